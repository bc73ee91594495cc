"""The one place that builds an `AccessDevice` from a config entry.

Lives here: the choice of the protocol. Not here: connecting (the device's `start`).
"""

from typing import TYPE_CHECKING, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import CONF_KIND, Kind
from .protocol.c3.panel import C3Panel
from .protocol.device import AccessDevice, Clock, Json

if TYPE_CHECKING:
    from .coordinator import ZktecoConfigEntry


def build_device(
    hass: HomeAssistant, entry: ZktecoConfigEntry, memory: dict[str, Json]
) -> AccessDevice:
    """Return the device of an entry; `memory` is what it left behind last time."""
    return _BUILDERS[Kind(entry.data[CONF_KIND])](entry, memory)


def _c3_panel(entry: ZktecoConfigEntry, memory: dict[str, Json]) -> C3Panel:
    """Return a C3 or inBio panel."""
    return C3Panel(
        entry.data[CONF_HOST],
        entry.data[CONF_PORT],
        entry.data.get(CONF_PASSWORD, ""),
        clock=Clock(dt_util.get_default_time_zone()),
        memory=memory,
    )


_BUILDERS: Final = {Kind.C3: _c3_panel}
