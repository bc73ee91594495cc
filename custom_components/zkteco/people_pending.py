"""Syncs of users that wait for a device which is away.

Lives here: what is left to do for whom, kept over restarts, and when it is tried again.
Not here: what a sync does (`people_sync`).
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonObjectType, json_loads_object

from .const import DOMAIN, EVENT_USERS_SYNCED
from .coordinator import ZktecoCoordinator
from .people_data import ATTR_DOORS, ATTR_USER_ID, Fields, Wish
from .people_devices import async_do
from .people_fields import ATTR_MODE, ATTR_SOURCE, ATTR_USERS, SYNC
from .people_sync import async_sync, async_wishes, waiting
from .progress import Activity, Outcome
from .protocol.errors import CannotConnect

_LOGGER = logging.getLogger(__name__)

# For a device that seems to be there and yet is not, or whose source is away.
REST: Final = timedelta(minutes=5)

_SCHEMA = vol.Schema(SYNC)


class WaitingSyncs:
    """The syncs of all devices: at most one waits for each, the newest that was asked for."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of none yet."""
        self._hass = hass
        self._store: Store[dict[str, Any]] = Store(
            hass, 1, f"{DOMAIN}.waiting_syncs", private=True, atomic_writes=True
        )
        self._calls: dict[str, Fields] = {}
        # An older sync must not come after a newer one.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rests: dict[str, CALLBACK_TYPE] = {}

    async def async_load(self) -> None:
        """Remember what waited before Home Assistant was restarted."""
        stored = await self._store.async_load() or {}
        for entry_id, call in stored.items():
            try:
                self._calls[entry_id] = _SCHEMA(call)
            except vol.Invalid:
                _LOGGER.warning("A waiting sync is not understood and was dropped")
        if len(self._calls) < len(stored):
            # There may be PIN codes in it.
            await self._async_save()

    def waits(self, entry_id: str) -> bool:
        """Return whether a sync waits for a device."""
        return entry_id in self._calls

    @callback
    def async_follow(self, coordinator: ZktecoCoordinator) -> None:
        """Catch up with a device that was set up, now or when it is back."""
        entry = coordinator.config_entry
        look = partial(self._async_look, coordinator)
        entry.async_on_unload(coordinator.async_add_listener(look))
        entry.async_on_unload(partial(self._async_wake, entry.entry_id))
        look()

    async def async_forget(self, entry_id: str) -> None:
        """Forget what waits for a device."""
        if self._calls.pop(entry_id, None):
            await self._async_save()

    async def async_absent(
        self, device_id: str, err: ServiceValidationError, *, call: Fields
    ) -> JsonObjectType:
        """Remember a sync with a device that could not even be set up."""
        _, entry = dr.async_get_device_and_config_entry_for_domain(
            self._hass, device_id, domain=DOMAIN
        )
        if entry is None or entry.state is not ConfigEntryState.SETUP_RETRY:
            raise err
        await self._async_remember(entry.entry_id, call)
        return waiting(entry.reason or str(err))

    async def async_sync(
        self,
        coordinator: ZktecoCoordinator,
        *,
        call: Fields,
        wishes: Mapping[str, Wish],
    ) -> JsonObjectType:
        """Make a device's users what is wished, now or when it is back.

        Raises what no waiting would mend.
        """
        async with self._turns[coordinator.config_entry.entry_id]:
            try:
                report = await _async_sync(coordinator, wishes, call)
            except HomeAssistantError as err:
                if not _is_away(err):
                    raise
                report = waiting(str(err))
            await self._async_conclude(coordinator, call, report)
        return report

    async def _async_catch_up(self, coordinator: ZktecoCoordinator) -> None:
        """Do what waits for a device that is back."""
        entry_id = coordinator.config_entry.entry_id
        async with self._turns[entry_id]:
            if (call := self._calls.get(entry_id)) is None:
                return
            try:
                wishes = await async_wishes(self._hass, call)
                report = await _async_sync(coordinator, wishes, call)
            except HomeAssistantError as err:
                report = waiting(str(err)) if _is_away(err) else {"error": str(err)}
            await self._async_conclude(coordinator, call, report)

    async def _async_conclude(
        self, coordinator: ZktecoCoordinator, call: Fields, report: JsonObjectType
    ) -> None:
        """Tell everybody that a sync is done, or remember what is left to do."""
        entry = coordinator.config_entry
        if "waiting" in report:
            await self._async_remember(entry.entry_id, _as_begun(call, coordinator))
            if entry.state is not ConfigEntryState.LOADED:
                return
            if entry.runtime_data is coordinator:
                self._async_rest(coordinator)
            else:
                # It was set up anew meanwhile, when nobody knew that something would be left.
                self._async_look(entry.runtime_data)
        else:
            await self.async_forget(entry.entry_id)
            told = {ATTR_DEVICE_ID: coordinator.panel_device_id, **report}
            self._hass.bus.async_fire(EVENT_USERS_SYNCED, told)

    @callback
    def _async_look(self, coordinator: ZktecoCoordinator) -> None:
        """Begin to catch up if there is reason to."""
        entry = coordinator.config_entry
        if not coordinator.last_update_success:
            self._async_wake(entry.entry_id)
        elif self.waits(entry.entry_id) and entry.entry_id not in self._rests:
            self._async_rest(coordinator)
            entry.async_create_background_task(
                self._hass,
                self._async_catch_up(coordinator),
                f"{DOMAIN} waiting sync {entry.entry_id}",
            )

    @callback
    def _async_rest(self, coordinator: ZktecoCoordinator) -> None:
        """Let a device that seems to be there alone for a while; its return ends that."""
        entry_id = coordinator.config_entry.entry_id

        @callback
        def look_again(_now: datetime) -> None:
            self._rests.pop(entry_id)
            self._async_look(coordinator)

        if coordinator.last_update_success and entry_id not in self._rests:
            job = HassJob(look_again, cancel_on_shutdown=True)
            self._rests[entry_id] = async_call_later(self._hass, REST, job)

    @callback
    def _async_wake(self, entry_id: str) -> None:
        """End the rest of a device."""
        if cancel := self._rests.pop(entry_id, None):
            cancel()

    async def _async_remember(self, entry_id: str, call: Fields) -> None:
        """Keep what a call says, in place of what waited before. Nothing waits for a device that was removed."""
        if self._hass.config_entries.async_get_entry(entry_id) is None:
            return
        told = {
            name: call[name]
            for name in (ATTR_SOURCE, ATTR_USERS, ATTR_MODE)
            if name in call
        }
        if self._calls.get(entry_id) != told:
            self._calls[entry_id] = told
            await self._async_save()

    async def _async_save(self) -> None:
        """Write down what waits."""
        await self._store.async_save(json_loads_object(json_bytes(self._calls)))


DATA_WAITING_SYNCS: Final[HassKey[WaitingSyncs]] = HassKey(f"{DOMAIN}_waiting_syncs")


async def _async_sync(
    coordinator: ZktecoCoordinator, wishes: Mapping[str, Wish], call: Fields
) -> JsonObjectType:
    """Sync a device, for all to see."""
    async with coordinator.progress.work(Activity.SYNC_USERS) as work:
        with work.part():
            report = await async_do(
                coordinator,
                async_sync(coordinator, wishes, call[ATTR_MODE], dry_run=False),
            )
        work.end(
            Outcome.WAITING if "waiting" in report else Outcome.SYNCED,
            written=_count(report, "added", "updated"),
            deleted=_count(report, "deleted"),
            refused=_count(report, "skipped", "failed"),
        )
    return report


def _as_begun(call: Fields, coordinator: ZktecoCoordinator) -> Fields:
    """Return a call that also says what is due to those whom the device may have half."""
    due = coordinator.due_rights
    users: list[Fields] = call.get(ATTR_USERS, [])
    if due.keys().isdisjoint(fields[ATTR_USER_ID] for fields in users):
        return call
    return {
        **call,
        ATTR_USERS: [
            {
                ATTR_DOORS: sorted({right.door for right in rights}),
                **fields,
            }
            if (rights := due.get(fields[ATTR_USER_ID]))
            else fields
            for fields in users
        ],
    }


def _count(report: JsonObjectType, *names: str) -> int:
    """Return of how many users a report tells, under some headings."""
    found = (report[name] for name in names)
    return sum(len(users) for users in found if isinstance(users, list | dict))


def _is_away(err: HomeAssistantError) -> bool:
    """Return whether a device, target or source, could not be reached."""
    return (
        isinstance(err.__cause__, CannotConnect)
        or err.translation_key == "service_config_entry_not_loaded"
    )
