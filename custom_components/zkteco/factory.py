"""The one place that builds an `AccessDevice` from a config entry.

Lives here: the choice of the protocol. Not here: connecting (the device's `start`).
"""

from typing import TYPE_CHECKING, Final

from homeassistant.const import CONF_ADDRESS, CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import (
    CONF_KEEP_CLOCK,
    CONF_KEY,
    CONF_KIND,
    CONF_REGISTRATION,
    CONF_SERIAL,
    Kind,
)
from .hub import DATA_HUB
from .protocol.c3.panel import C3Panel
from .protocol.device import AccessDevice, Clock, Json
from .protocol.push.device import PushDevice

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
        clock=Clock(dt_util.get_default_time_zone()),
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
        keep_clock=entry.options.get(CONF_KEEP_CLOCK, True),
        memory=memory,
    )


_BUILDERS: Final = {Kind.C3: _c3_panel, Kind.PUSH: _push_device}
