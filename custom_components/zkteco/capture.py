"""The action that records what a device and Home Assistant say to each other, for a bug report.

Lives here: the record, when it begins and ends, and what an owner is told. Not here: what
a message says, and that it holds no secrets (`AccessDevice.trace`).
A record is in memory only, until Home Assistant restarts; starting anew hands the last one over and forgets it. It goes on
while the device is reloaded, and also records how a device that cannot be set up is tried again.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
import json
from typing import Final

import voluptuous as vol

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HassJob,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    service,
)
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import CONF_KIND, CONF_MODE, DOMAIN
from .coordinator import ZktecoConfigEntry
from .people_devices import coordinator_of
from .protocol.device import AccessDevice, Json
from .texts import say

ATTR_MINUTES: Final = "minutes"

CAPTURE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Optional(ATTR_MINUTES, default=5): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=15)
        ),
    }
)


MAX_MESSAGES: Final = 5000
MAX_BYTES: Final = 1 << 20
"""Of text, as a diagnostics file has it."""


class End(StrEnum):
    """Why a record has ended."""

    TIME = "time"
    FULL = "full"
    AGAIN = "again"
    REMOVED = "removed"


class _Recorder:
    """Keeps entries until it is full: how a conversation began says more than how it went on."""

    def __init__(self, now: Callable[[], float], on_full: Callable[[], None]) -> None:
        """`now` returns seconds since an arbitrary start; `on_full` is called when something does not fit."""
        self._now = now
        self._on_full = on_full
        self._start = now()
        self._room = MAX_BYTES
        self.entries: list[Json] = []

    def add(self, entry: dict[str, Json]) -> None:
        """Keep an entry with its time in seconds, if there is room for it."""
        entry = {"t": round(self._now() - self._start, 3), **entry}
        self._room -= len(json.dumps(entry))
        if self._room >= 0 and len(self.entries) < MAX_MESSAGES:
            self.entries.append(entry)
        else:
            self._on_full()


class Capture:
    """One record of one device, which runs from the beginning until it ends."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ZktecoConfigEntry,
        minutes: int,
    ) -> None:
        """Begin."""
        self._hass = hass
        self._entry = entry
        # With the offset to UTC: devices tell local time.
        self._started = dt_util.now()
        self._minutes = minutes
        self._end: End | None = None
        self._device: AccessDevice | None = None
        self._recorder = _Recorder(hass.loop.time, lambda: self.end(End.FULL))
        self._cancel_timer = async_call_later(
            hass, minutes * 60, HassJob(self._over, cancel_on_shutdown=True)
        )

    @callback
    def listen(self, device: AccessDevice) -> None:
        """Listen to the device, in place of what it was before a reload."""
        if self._end is None:
            self._hang_up()
            self._device = device
            device.trace(self._recorder.add)

    def _hang_up(self) -> None:
        if self._device is not None:
            self._device.trace(None)

    @callback
    def _over(self, _now: datetime) -> None:
        self.end(End.TIME)

    @callback
    def end(self, why: End) -> None:
        """End, if it still runs, and say so where the owner waits for that."""
        if self._end is not None:
            return
        self._end = why
        self._cancel_timer()
        self._hang_up()
        if why in (End.TIME, End.FULL):
            self._notify()

    def _notify(self) -> None:
        """Say where the record is."""
        device = dr.async_get(self._hass).async_get_device(
            identifiers={(DOMAIN, str(self._entry.unique_id))}
        )
        name = self._entry.title
        link = f"[{name}](/config/devices/device/{device.id})" if device else name
        key = "capture_full" if self._end is End.FULL else "capture_done"
        count = str(len(self._recorder.entries))
        persistent_notification.async_create(
            self._hass,
            say(self._hass, key, device=link, count=count),
            say(self._hass, "capture_title", name=name),
            _notification_id(self._entry),
        )

    def export(self) -> dict[str, Json]:
        """Return the record for a bug report."""
        return {
            "kind": self._entry.data[CONF_KIND],
            "mode": self._entry.data.get(CONF_MODE),
            "started": self._started.isoformat(),
            "minutes": self._minutes,
            "ended": self._end,
            "messages": [*self._recorder.entries],
        }


DATA_CAPTURES: HassKey[dict[str, Capture]] = HassKey(f"{DOMAIN}_captures")


# Whoever is tried again, or could be if something changed.
_AWAY: Final = (ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR)


def _notification_id(entry: ZktecoConfigEntry) -> str:
    return f"{DOMAIN}_capture_{entry.entry_id}"


@callback
def async_listen(
    hass: HomeAssistant, entry: ZktecoConfigEntry, device: AccessDevice
) -> None:
    """Listen to a device from its first connection on, if its entry is being recorded."""
    if (capture := hass.data[DATA_CAPTURES].get(entry.entry_id)) is not None:
        capture.listen(device)


@callback
def async_forget_capture(hass: HomeAssistant, entry: ZktecoConfigEntry) -> None:
    """Forget the record of an entry that is removed."""
    if (capture := hass.data[DATA_CAPTURES].pop(entry.entry_id, None)) is not None:
        capture.end(End.REMOVED)


def _entry_of(hass: HomeAssistant, device_id: str) -> ZktecoConfigEntry:
    """Return the entry of a device, also of one that could not be set up."""
    _, entry = dr.async_get_device_and_config_entry_for_domain(
        hass, device_id, domain=DOMAIN
    )
    if entry is not None and entry.state in _AWAY:
        return entry
    return coordinator_of(hass, device_id).config_entry


async def _async_capture(call: ServiceCall) -> ServiceResponse:
    """Begin to record a device; return what was recorded of it before."""
    hass = call.hass
    entry = _entry_of(hass, call.data[ATTR_DEVICE_ID])
    captures = hass.data[DATA_CAPTURES]
    last = captures.pop(entry.entry_id, None)
    if last is not None:
        last.end(End.AGAIN)
    persistent_notification.async_dismiss(hass, _notification_id(entry))
    capture = Capture(hass, entry, call.data[ATTR_MINUTES])
    captures[entry.entry_id] = capture
    if entry.state is ConfigEntryState.LOADED:
        capture.listen(entry.runtime_data.device)
    else:
        # What keeps it away shows at once.
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return {} if last is None else last.export()


@callback
def async_setup_capture(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.data[DATA_CAPTURES] = {}
    service.async_register_admin_service(
        hass,
        DOMAIN,
        "capture",
        _async_capture,
        schema=CAPTURE_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
