"""The one place that builds an `AccessDevice` from a config entry.

Lives here: the choice of the protocol. Not here: connecting (the device's `start`).
"""

from typing import TYPE_CHECKING, Final

from homeassistant.const import CONF_ADDRESS, CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant

from .const import (
    CONF_KEEP_CLOCK,
    CONF_KEY,
    CONF_KIND,
    CONF_REGISTRATION,
    CONF_REQUEST_DELAY,
    CONF_SERIAL,
    Kind,
)
from .hub import DATA_HUB
from .protocol.c3.panel import C3Panel
from .protocol.device import AccessDevice, Json
from .protocol.push.device import PushDevice
from .protocol.push.session import REQUEST_DELAY_SECONDS

if TYPE_CHECKING:
    from .coordinator import ZktecoConfigEntry


def build_device(
    hass: HomeAssistant, entry: ZktecoConfigEntry, memory: dict[str, Json]
) -> AccessDevice:
    """Return the device of an entry; `memory` is what it left behind last time."""
    return _BUILDERS[Kind(entry.data[CONF_KIND])](hass, entry, memory)


def _c3_panel(
    hass: HomeAssistant, entry: ZktecoConfigEntry, memory: dict[str, Json]
) -> C3Panel:
    """Return a C3 or inBio panel."""
    return C3Panel(
        entry.data[CONF_HOST],
        entry.data[CONF_PORT],
        entry.data.get(CONF_PASSWORD, ""),
        clock=hass.data[DATA_HUB].clock,
        memory=memory,
    )


def _push_device(
    hass: HomeAssistant, entry: ZktecoConfigEntry, memory: dict[str, Json]
) -> PushDevice:
    """Return a device that calls us."""
    hub = hass.data[DATA_HUB]
    return PushDevice(
        entry.data[CONF_SERIAL],
        hub.server,
        clock=hub.clock,
        registration=entry.data[CONF_REGISTRATION],
        address=entry.data.get(CONF_ADDRESS, ""),
        key=entry.data.get(CONF_KEY, ""),
        delay=entry.options.get(CONF_REQUEST_DELAY, REQUEST_DELAY_SECONDS),
        keep_clock=entry.options.get(CONF_KEEP_CLOCK, True),
        memory=memory,
    )


_BUILDERS: Final = {Kind.C3: _c3_panel, Kind.PUSH: _push_device}
