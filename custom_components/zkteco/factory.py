"""The one place that builds an `AccessDevice` from a config entry.

Lives here: the choice of the protocol. Not here: connecting (the device's `start`).
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.const import (
    CONF_ADDRESS,
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_TIME_ZONE,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import (
    CONF_DECIDE,
    CONF_DOOR_SENSOR,
    CONF_DOORBELL_KEY,
    CONF_KEEP_CLOCK,
    CONF_KEY,
    CONF_KIND,
    CONF_MODE,
    CONF_REGISTRATION,
    CONF_REQUEST_DELAY,
    CONF_SERIAL,
    CONF_TRANSPORT,
    CONF_UNLOCK_UNIT,
    Kind,
    Mode,
)
from .hub import DATA_HUB
from .protocol.attendance.terminal import AttendanceTerminal
from .protocol.c3.panel import C3Panel
from .protocol.device import AccessDevice, Json
from .protocol.push.device import PushDevice
from .protocol.push.session import REQUEST_DELAY_SECONDS
from .protocol.standalone.connection import Transport
from .protocol.standalone.terminal import Terminal, UnlockUnit

if TYPE_CHECKING:
    from .coordinator import ZktecoConfigEntry


async def async_build_device(
    hass: HomeAssistant, entry: ZktecoConfigEntry, memory: dict[str, Json]
) -> AccessDevice:
    """Return the device of an entry; `memory` is what it left behind last time."""
    return await _BUILDERS[Kind(entry.data[CONF_KIND])](hass, entry, memory)


async def _async_c3_panel(
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


async def _async_push_device(
    hass: HomeAssistant, entry: ZktecoConfigEntry, memory: dict[str, Json]
) -> PushDevice | AttendanceTerminal:
    """Return a device that calls us, in the mode that it was last seen in."""
    hub = hass.data[DATA_HUB]
    keeps_attendance = entry.data.get(CONF_MODE) == Mode.ATTENDANCE
    decides = entry.options.get(CONF_DECIDE, False)
    build: Callable[..., PushDevice | AttendanceTerminal] = (
        AttendanceTerminal if keeps_attendance else partial(PushDevice, decides=decides)
    )
    return build(
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


async def _async_terminal(
    hass: HomeAssistant, entry: ZktecoConfigEntry, memory: dict[str, Json]
) -> Terminal:
    """Return a standalone terminal."""
    options = entry.options
    zone = options.get(CONF_TIME_ZONE)
    return Terminal(
        entry.data[CONF_HOST],
        entry.data[CONF_PORT],
        entry.data.get(CONF_KEY, ""),
        transport=Transport(entry.data[CONF_TRANSPORT]),
        clock=hass.data[DATA_HUB].clock,
        # From a file: not in the event loop.
        zone=await dt_util.async_get_time_zone(zone) if zone else None,
        unlock_unit=UnlockUnit(options.get(CONF_UNLOCK_UNIT, UnlockUnit.TENTHS)),
        has_contact=options.get(CONF_DOOR_SENSOR, False),
        doorbell_key=options.get(CONF_DOORBELL_KEY),
        memory=memory,
    )


_BUILDERS: Final = {
    Kind.C3: _async_c3_panel,
    Kind.PUSH: _async_push_device,
    Kind.TERMINAL: _async_terminal,
}
