"""One coordinator for every kind of device: it keeps the state and spreads the events.

Lives here: the life of an `AccessDevice`, the device registry, repair issues, and the
one translation of device errors. Not here: what an entity makes of the state, and which
protocol the device speaks (factory).
"""

import asyncio
from collections.abc import Awaitable, Callable, Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Final, TypedDict, override

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryError,
    HomeAssistantError,
    ServiceValidationError,
)
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.storage import Store
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .const import DOMAIN, EVENT_ZKTECO, MANUFACTURER, TROUBLESHOOTING, Mode
from .event_data import EventData, card_policy, event_data
from .known_people import KnownPeople
from .last_access import LastAccesses
from .progress import Progress
from .protocol.device import AccessDevice, Json
from .protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceBusy,
    DeviceError,
    DidNotAsk,
    InvalidValue,
    LoginLocked,
    OutcomeUnknown,
    SecureFirmware,
    Unsupported,
    WrongDevice,
    WrongFamily,
    WrongPassword,
)
from .protocol.model import (
    AccessEvent,
    Capability,
    EventKind,
    Notice,
    PanelInfo,
    PanelState,
)
from .protocol.people import Right
from .settings import SettingsCoordinator

_LOGGER = logging.getLogger(__name__)

type ZktecoConfigEntry = ConfigEntry[ZktecoCoordinator]

ACCESS_EVENT_KEY: Final = "access"
ISSUE_CLOCK_DRIFT: Final = "clock_drift"

# What keeps a device away and only its owner can end, and where the manual says how.
ERROR_ISSUES: Final = (
    (DeviceBusy, "device_busy", "troubleshooting-c3-and-inbio-panels"),
    (SecureFirmware, "secure_firmware", "secure-firmware"),
)

# What the owner can declare to be all right.
DISMISSIBLE: Final = (
    Notice.SECOND_ADDRESS,
    Notice.TOKEN_CHANGED,
    Notice.INDEX_BACKWARDS,
)
# What has to be mended at the device.
NOT_DISMISSIBLE: Final = (
    (Notice.ENCRYPTION, ir.IssueSeverity.ERROR),
    (Notice.LOG_ALMOST_FULL, ir.IssueSeverity.WARNING),
)

DRIFT_LIMIT: Final = timedelta(seconds=60)
# Well below the limit: a clock that sits on it must not raise and clear the issue all day.
DRIFT_CLEARED: Final = timedelta(seconds=30)
SAVE_DELAY: Final = 30.0

REMOTE: Final = {EventKind.REMOTE_OPEN, EventKind.REMOTE_CLOSE}
# A device reports our own commands as remote ones; this is how long that may take.
ECHO: Final = timedelta(seconds=10)


class Translation(TypedDict):
    """The arguments that every translated exception takes."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def memory_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Json]]:
    """Return where the memory of an entry's device is kept."""
    return Store(hass, 1, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True)


@callback
def async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw every repair issue of an entry."""
    away = [issue for _, issue, _ in ERROR_ISSUES]
    for issue in (ISSUE_CLOCK_DRIFT, *away, *Notice):
        ir.async_delete_issue(hass, DOMAIN, f"{issue}_{entry_id}")


class ZktecoCoordinator(DataUpdateCoordinator[PanelState]):
    """Own one device, from its start to its stop."""

    config_entry: ZktecoConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ZktecoConfigEntry,
        device: AccessDevice,
        store: Store[dict[str, Json]],
    ) -> None:
        """Listen to a device that has not been started yet."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=None,
            always_update=False,
        )
        self.device = device
        self.serial = str(entry.unique_id)
        self.cards = card_policy(entry.options)
        self._known = KnownPeople(entry.options)
        self.settings = SettingsCoordinator(hass, entry, self)
        self.progress = Progress(self)
        self.last_accesses = LastAccesses(hass)
        self._store = store
        self._save_pending = False
        self._saved: dict[str, Json] = {}
        self._info: PanelInfo | None = None
        self._panel_device_id = ""
        self._door_device_ids: dict[int, str] = {}
        self._commanded: dict[int, datetime] = {}
        self._is_lost = False
        # A user is read, changed and written back: nobody may come in between.
        self.people_lock = asyncio.Lock()
        # By user ID, what new users were to get and may not have: a device can go away in between.
        self.due_rights: dict[str, frozenset[Right]] = {}
        self._event_listeners: list[Callable[[AccessEvent], None]] = []
        # Events wait here until the entities that show them exist.
        self._waiting: list[AccessEvent] | None = []

    @property
    def panel_device_id(self) -> str:
        """Return the panel's id in the device registry."""
        return self._panel_device_id

    def door_identifier(self, door: int) -> str:
        """Return what identifies a door among all doors of all panels."""
        return f"{self.serial}-door-{door}"

    def access_unique_id(self, door: int) -> str:
        """Return what identifies the entity of a door's events."""
        return f"{self.door_identifier(door)}-{ACCESS_EVENT_KEY}"

    def door_device_id(self, door: int) -> str:
        """Return a door's id in the device registry; the panel's if unknown."""
        return self._door_device_ids.get(door, self._panel_device_id)

    @callback
    def async_subscribe_events(
        self, listener: Callable[[AccessEvent], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with every event, late ones too; returns the unsubscriber."""
        self._event_listeners.append(listener)
        return lambda: self._event_listeners.remove(listener)

    @callback
    def async_deliver_events(self) -> None:
        """Hand out the events that arrived during set-up; from now on each at once."""
        waiting, self._waiting = self._waiting or [], None
        for event in waiting:
            self._async_deliver(event)

    def with_name(self, event: AccessEvent) -> AccessEvent:
        """Return an event with the name that the owner gave to the person, if any."""
        name = self._known.name(event.user_id) or event.user_name
        person = self._known.person(event.user_id)
        if not name and person and (state := self.hass.states.get(person)):
            name = state.name
        return replace(event, user_name=name)

    def event_data(self, event: AccessEvent) -> EventData:
        """Return an event as people and automations get to see it."""
        return event_data(event, self.cards, self._known.person(event.user_id))

    async def async_run[T](self, command: Awaitable[T]) -> T:
        """Await a verb of the device; its errors become translated ones."""
        try:
            return await command
        except DeviceError as err:
            raise self.error(err) from err

    def error(self, err: DeviceError) -> HomeAssistantError:
        """Return an error of the device as one that a person can read."""
        if isinstance(err, InvalidValue | Unsupported):
            return ServiceValidationError(**self.explain(err))
        return HomeAssistantError(**self.explain(err))

    async def async_run_door(self, door: int, command: Awaitable[None]) -> None:
        """Await a verb that opens or closes a door."""
        self._commanded[door] = dt_util.utcnow()
        await self.async_run(command)

    def is_our_doing(self, event: AccessEvent) -> bool:
        """Return whether a remote event is the device's report of our own command."""
        if event.kind not in REMOTE or event.door not in self._commanded:
            return False
        return abs(event.time - self._commanded[event.door]) < ECHO

    @override
    async def async_config_entry_first_refresh(self) -> None:
        """Start the device. One that calls us is unavailable until it has done so."""
        await super().async_config_entry_first_refresh()
        self.last_update_success = self.device.state.error is None

    @override
    async def _async_setup(self) -> None:
        """Start the device."""
        self.config_entry.async_on_unload(
            self.hass.bus.async_listen_once(
                EVENT_HOMEASSISTANT_STOP, self._async_on_home_assistant_stop
            )
        )
        self.device.on_event(self._async_on_event)
        try:
            await self.device.start()
            # Addresses move: another panel's doors must never be taken for ours.
            if (found := self.device.info.serial) != self.serial:
                raise WrongDevice(found)
        except WrongPassword as err:
            raise ConfigEntryAuthFailed(**self.explain(err)) from err
        except WrongFamily as err:
            raise ConfigEntryError(**self.explain(err)) from err
        except DeviceError as err:
            # Tried again, less and less often: an owner can change even a firmware's mode.
            self._async_update_error_issues(err)
            raise UpdateFailed(**self.explain(err)) from err
        self.device.on_state(self._async_on_state)

    @override
    async def _async_update_data(self) -> PanelState:
        """Return the state that the device keeps current by itself."""
        state = self.device.state
        # The first time, what the device is made of is enough.
        if state.error and self._info:
            raise UpdateFailed(**self.explain(state.error))
        self._async_update_issues(state)
        self._async_update_registry()
        return state

    @override
    async def async_shutdown(self) -> None:
        """Stop the device and keep what it wants to remember."""
        await super().async_shutdown()
        await self.device.stop()
        if self._info:
            await self._store.async_save(self.device.memory)

    async def _async_on_home_assistant_stop(self, _event: Event) -> None:
        """Say goodbye: a panel with one connection is then free for others."""
        await self.async_shutdown()

    @callback
    def _async_on_state(self, state: PanelState) -> None:
        """Take over a state that the device published."""
        self._async_save_soon()
        self._async_update_error_issues(state.error)
        self._async_update_notices(state.notices)
        if state.error:
            if isinstance(state.error, WrongPassword):
                self.config_entry.async_start_reauth(self.hass)
            # A device that calls us has not been there yet after a start: that is no loss.
            self._is_lost |= self.last_update_success
            self.async_set_update_error(UpdateFailed(**self.explain(state.error)))
            return
        if self._is_lost:
            self._is_lost = False
            _LOGGER.info("%s is reachable again", self.name)
        self._async_update_issues(state)
        self._async_update_registry()
        self.async_set_updated_data(state)

    @callback
    def _async_on_event(self, event: AccessEvent) -> None:
        """Take over an event that the device published."""
        if self._waiting is not None:
            self._waiting.append(event)
        else:
            self._async_deliver(event)

    @callback
    def _async_deliver(self, event: AccessEvent) -> None:
        """Fire an event on the bus and hand it to the entities."""
        event = self.with_name(event)
        data = self.event_data(event)
        if event.door is None:
            data[ATTR_DEVICE_ID] = self.panel_device_id
        else:
            self.last_accesses.add(event.door, data)
            data[ATTR_DEVICE_ID] = self.door_device_id(event.door)
            unique_id = self.access_unique_id(event.door)
            entities = er.async_get(self.hass)
            if entity := entities.async_get_entity_id(EVENT_DOMAIN, DOMAIN, unique_id):
                data[ATTR_ENTITY_ID] = entity
        self.hass.bus.async_fire(EVENT_ZKTECO, data)
        for listener in tuple(self._event_listeners):
            listener(event)
        self._async_save_soon()

    @callback
    def _async_save_soon(self) -> None:
        """Keep what the device wants to remember, if that has changed."""
        if not self._save_pending and self.device.memory != self._saved:
            self._save_pending = True
            self._store.async_delay_save(self._memory_to_save, SAVE_DELAY)

    @callback
    def _memory_to_save(self) -> dict[str, Json]:
        """Return what the device wants to remember, at the moment of writing."""
        self._save_pending = False
        self._saved = self.device.memory
        return self._saved

    def explain(self, err: DeviceError) -> Translation:
        """Say in the user's language what went wrong."""
        placeholders = {"name": self.name}
        match err:
            case DeviceBusy():
                key = "device_busy"
            case DidNotAsk():
                key = "did_not_ask"
            case LoginLocked():
                key = "login_locked"
            case CannotConnect():
                key = "cannot_connect"
            case SecureFirmware():
                key = "secure_firmware"
            case WrongPassword():
                key = "wrong_password"
            case WrongFamily() if err.found in Mode:
                key = "other_mode"
            case WrongFamily():
                key = "wrong_family"
            case WrongDevice():
                key = "wrong_device"
                placeholders |= {"expected": self.serial, "found": err.found}
            case CommandRefused():
                key = "command_refused"
                placeholders |= {"reason": err.reason, "code": str(err.code)}
            case OutcomeUnknown():
                key = "outcome_unknown"
            case Unsupported():
                key = "unsupported"
            case InvalidValue():
                key = "invalid_value"
                placeholders |= {"field": err.field, "limit": err.limit}
            case _:
                key = "unreadable_answer"
        return {
            "translation_domain": DOMAIN,
            "translation_key": key,
            "translation_placeholders": placeholders,
        }

    @callback
    def _async_update_error_issues(self, error: DeviceError | None) -> None:
        """Tell the user what keeps the device away, until it is back."""
        for kind, issue, chapter in ERROR_ISSUES:
            issue_id = f"{issue}_{self.config_entry.entry_id}"
            if isinstance(error, kind):
                ir.async_create_issue(
                    self.hass,
                    DOMAIN,
                    issue_id,
                    is_fixable=False,
                    learn_more_url=f"{TROUBLESHOOTING}#{chapter}",
                    severity=ir.IssueSeverity.ERROR,
                    translation_key=issue,
                    translation_placeholders={"name": self.name},
                )
            elif error is None:
                ir.async_delete_issue(self.hass, DOMAIN, issue_id)

    @callback
    def _async_update_notices(self, notices: AbstractSet[Notice]) -> None:
        """Tell the user what the device is worried about, and no longer than it is."""
        for notice in DISMISSIBLE:
            issue_id = f"{notice}_{self.config_entry.entry_id}"
            if notice in notices:
                ir.async_create_issue(
                    self.hass,
                    DOMAIN,
                    issue_id,
                    data={"entry_id": self.config_entry.entry_id, "notice": notice},
                    is_fixable=True,
                    severity=ir.IssueSeverity.WARNING,
                    translation_key=notice,
                    translation_placeholders={"name": self.name},
                )
            else:
                ir.async_delete_issue(self.hass, DOMAIN, issue_id)
        for lasting, severity in NOT_DISMISSIBLE:
            issue_id = f"{lasting}_{self.config_entry.entry_id}"
            if lasting in notices:
                ir.async_create_issue(
                    self.hass,
                    DOMAIN,
                    issue_id,
                    is_fixable=False,
                    severity=severity,
                    translation_key=lasting,
                    translation_placeholders={"name": self.name},
                )
            else:
                ir.async_delete_issue(self.hass, DOMAIN, issue_id)

    @callback
    def _async_update_issues(self, state: PanelState) -> None:
        """Compare a usable state with the repair issues."""
        self._async_update_error_issues(state.error)
        self._async_update_notices(state.notices)
        if (offset := state.clock_offset) is None:
            return
        issue_id = f"{ISSUE_CLOCK_DRIFT}_{self.config_entry.entry_id}"
        if abs(offset) < DRIFT_CLEARED:
            ir.async_delete_issue(self.hass, DOMAIN, issue_id)
        elif (
            abs(offset) > DRIFT_LIMIT
            and Capability.SET_TIME in self.device.capabilities
        ):
            ir.async_create_issue(
                self.hass,
                DOMAIN,
                issue_id,
                data={"entry_id": self.config_entry.entry_id},
                is_fixable=True,
                severity=ir.IssueSeverity.WARNING,
                translation_key=ISSUE_CLOCK_DRIFT,
                translation_placeholders={"name": self.name},
            )

    @callback
    def _async_update_registry(self) -> None:
        """Register the panel and its doors; forget the doors that are gone."""
        info = self.device.info
        if info == self._info:
            return
        self._info = info
        devices = dr.async_get(self.hass)
        entry_id = self.config_entry.entry_id
        self._panel_device_id = devices.async_get_or_create(
            config_entry_id=entry_id,
            identifiers={(DOMAIN, info.serial)},
            connections=(
                {(dr.CONNECTION_NETWORK_MAC, dr.format_mac(info.mac))}
                if info.mac
                else set()
            ),
            manufacturer=MANUFACTURER,
            model=info.model,
            name=self.name,
            serial_number=info.serial,
            sw_version=info.firmware,
        ).id
        self._door_device_ids = {
            door.number: devices.async_get_or_create_child(
                config_entry_id=entry_id,
                identifiers={(DOMAIN, self.door_identifier(door.number))},
                parent_device_id=self._panel_device_id,
                translation_key="sub_device_door" if door.sub_device else "door",
                translation_placeholders={
                    "number": str(door.sub_door or door.number),
                    "serial": door.sub_device or "",
                },
            ).id
            for door in info.doors.values()
        }
        for device in dr.async_child_entries_for_config_entry(devices, entry_id):
            if device.id not in self._door_device_ids.values():
                devices.async_remove_device(device.id)
