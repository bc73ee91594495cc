"""What a PUSH device's reports prove: its doors, its events, its clock.

Lives here: from records to `PanelInfo`, `DoorState` and `AccessEvent`. Not here: the conversation (`session`), verbs and
reachability (`device`). The rules: a door position from an unknown layout is no position; whether a relay bit of 1 means
energised is learned from pulses, because the document and the devices disagree; an event is judged old by the device's
own clock, and while a device has been calling without a pause its events are new whatever its clock says.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
import logging

from ..device import Clock, Json
from ..device_clock import LATE_AFTER, DeviceClock
from ..event_codes import Subject
from ..evidence import DoorStatus, Evidence
from ..model import AccessEvent, DoorAlarm, DoorInfo, DoorState, PanelInfo
from .doors import Doors
from .history import Age, Told
from .messages import parse_records, valid_serial
from .records import (
    Alarm,
    EventLog,
    EventRecord,
    StateRecord,
    SubController,
    TurnstileState,
    read_state,
)
from .registration import Registration
from .translate import subject_of, translate

_LOGGER = logging.getLogger(__name__)

SETTLED_SECONDS = 60.0
"""A device that has called for so long without a pause has nothing old left to tell."""
_DOORBELL = 224
_LOCKED_DOWN, _LOCK_DOWN_ENDED = 233, 234
_ALARMS = frozenset(DoorAlarm)


class Reports:
    """Everything that one device has told."""

    def __init__(
        self,
        serial: str,
        clock: Clock,
        memory: Json,
        on_event: Callable[[AccessEvent], None],
    ) -> None:
        """Go on from what `memory` returned before a restart."""
        stored = memory if isinstance(memory, dict) else {}
        self._serial = serial
        self._clock = clock
        self._on_event = on_event
        self._told = Told(stored.get("told"))
        self._doors = Doors(serial, stored.get("subs"))
        self._contacts = set(_integers(stored.get("contacts")))
        self._doorbells = set(_integers(stored.get("doorbells")))
        # Idle devices of three makes report 0, against the document.
        self._active_high = stored.get("active_high") is not False
        self._idle_bits: dict[int, bool] = {}
        self._registration = Registration()
        self._subs: dict[str, SubController] = {}
        self._locked_down = dict.fromkeys(_integers(stored.get("locked_down")), True)
        self._evidence = Evidence((), 0, 0)
        self.device_clock = DeviceClock()
        self.names: dict[str, str] = {}
        self.turnstile: TurnstileState | None = None
        self.mains_failed: bool | None = None
        self.battery_failed: bool | None = None
        self.info = PanelInfo(serial=serial, model="PUSH device", doors={})

    @property
    def memory(self) -> Json:
        """What must survive a restart."""
        return {
            "told": self._told.memory,
            "subs": self._doors.memory,
            "contacts": [*sorted(self._contacts)],
            "doorbells": [*sorted(self._doorbells)],
            "active_high": self._active_high,
            "locked_down": [door for door, on in self._locked_down.items() if on],
        }

    @property
    def evidence(self) -> Evidence:
        """What is known about doors and outputs, to be told about confirmed commands."""
        return self._evidence

    def place(self, number: int) -> tuple[str | None, int]:
        """Return the sub-controller and its own number of a door."""
        return self._doors.place(number)

    # Who it is

    def adopt(self, registration: Registration) -> None:
        """Take over what the device is."""
        self._registration = registration
        self._rebuild()

    def sub_controllers_reported(self, controllers: list[SubController]) -> None:
        """Take over the devices behind a master."""
        for controller in controllers:
            self._subs[controller.serial] = controller
            if count := controller.registration.lock_count:
                self._doors.add(controller.serial, count)
        self._rebuild()

    def sub_devices(self) -> Mapping[str, bool | None]:
        """Return which sub-controllers are connected."""
        return {
            serial: sub.online if (sub := self._subs.get(serial)) else None
            for serial in self.info.sub_devices
        }

    def _rebuild(self) -> None:
        """Describe the device anew; what is known about doors that stay is kept."""
        known = self._registration
        numbers = dict.fromkeys(
            self._doors.numbers(self._serial, known.lock_count or 1)
        ) | {
            number: serial
            for serial, count in self._doors.subs.items()
            for number in self._doors.numbers(serial, count)
        }
        info = PanelInfo(
            serial=self._serial,
            model=known.model or "PUSH device",
            firmware=known.firmware,
            mac=known.mac,
            doors={
                number: DoorInfo(
                    number=number,
                    has_contact=number in self._contacts,
                    alarms=_ALARMS,
                    has_doorbell=number in self._doorbells,
                    sub_device=sub,
                    sub_door=self.place(number)[1] if sub else None,
                )
                for number, sub in sorted(numbers.items())
            },
            aux_inputs=known.aux_inputs or 0,
            aux_outputs=known.aux_outputs or 0,
            protocol_version=known.push_version,
            sub_devices=tuple(dict.fromkeys((*self._doors.subs, *self._subs))),
        )
        self._evidence.fit(info.doors, info.aux_inputs, info.aux_outputs)
        self.info = info

    def _learn(self, where: set[int], number: int) -> None:
        """Remember that a door has a contact, or a doorbell."""
        if number not in where and number in self.info.doors:
            where.add(number)
            self._rebuild()

    # State

    def doors(self) -> Mapping[int, DoorState]:
        """Return the state of every door."""
        return {
            number: replace(state, locked_down=self._locked_down.get(number))
            for number, state in self._evidence.doors(self._clock.monotonic()).items()
        }

    def state_reported(self, text: str, received: datetime) -> None:
        """Take over states: of the device itself, or of those behind it."""
        for fields in parse_records(text):
            serial = valid_serial(fields.get("sn")) or self._serial
            count = self._doors.subs.get(serial, self._registration.lock_count)
            self._state_reported(read_state(fields, count), serial, received)

    def _state_reported(
        self, record: StateRecord, serial: str, received: datetime
    ) -> None:
        """Take over one state."""
        if record.time is not None:
            self.device_clock.measure(record.time, received)
        alarms = [
            status.alarms
            for status in record.doors.values()
            if status.alarms is not None
        ]
        if alarms and serial == self._serial:
            self.mains_failed = any(Alarm.MAINS_FAILED in alarm for alarm in alarms)
            self.battery_failed = any(Alarm.BATTERY_FAILED in alarm for alarm in alarms)
        states: dict[int, DoorStatus] = {}
        for door, status in record.doors.items():
            number = self._doors.number(serial, door)
            states[number] = _door_status(status.contact_open, status.alarms)
            if status.has_contact:
                self._learn(self._contacts, number)
        self._evidence.status(states)
        self._relays_reported(record, serial)

    def _relays_reported(self, record: StateRecord, serial: str) -> None:
        """Read the relay bits, and learn what they mean from pulses that we know of."""
        if record.relay_bits is None:
            return
        now = self._clock.monotonic()
        doors = self._evidence.doors(now)
        for door in record.doors:
            number = self._doors.number(serial, door)
            bit = bool(record.relay_bits >> (door - 1) & 1)
            if number in doors and doors[number].relay:
                if self._idle_bits.get(number) is (not bit):
                    self._active_high = bit
            else:
                self._idle_bits[number] = bit
            on = bit is self._active_high
            self._evidence.relay_changed(number, on=on, now=now)

    # Events

    def happened(self, log: EventLog, received: datetime, *, settled: bool) -> bool:
        """Tell events; return whether the device's log began again.

        `settled` when the device has been calling without a pause.
        """
        if log.unreadable:
            _LOGGER.debug("%d lines of an upload are no events", log.unreadable)
        restarted = False
        for record in log.events:
            serial = record.serial or self._serial
            age = self._told.place(record, serial)
            restarted |= age is Age.RESTARTED
            if age is not Age.REPEATED:
                earlier = age is Age.EARLIER
                self._tell(
                    record, received, settled=settled and not earlier, earlier=earlier
                )
        return restarted

    def history(self, log: EventLog, now: datetime) -> list[AccessEvent]:
        """Return past events, oldest first, without telling anybody."""
        events = [
            translate(
                record,
                door=self._door_of(record),
                user_name=self.names.get(record.user_id or ""),
                time=now
                if record.time is None
                else self.device_clock.moment(record.time, now),
                late=True,
            )
            for record in log.events
        ]
        return sorted(events, key=lambda event: event.time)

    def _door_of(self, record: EventRecord) -> int | None:
        """Return our number of the door that an event is about."""
        number = self._doors.number(record.serial, record.address)
        is_door = subject_of(record) is Subject.DOOR and number in self.info.doors
        return number if is_door else None

    def _tell(
        self,
        record: EventRecord,
        received: datetime,
        *,
        settled: bool,
        earlier: bool,
    ) -> None:
        """Tell one event, and learn from it."""
        time, late = self._moment(record, received, settled=settled)
        door = self._door_of(record)
        event = translate(
            record,
            door=door,
            user_name=self.names.get(record.user_id or ""),
            time=time,
            late=late or earlier,
        )
        if record.code == _DOORBELL and door is not None:
            self._learn(self._doorbells, door)
        if record.code in (_LOCKED_DOWN, _LOCK_DOWN_ENDED) and door is not None:
            self._locked_down[door] = record.code == _LOCKED_DOWN
        happened = self._clock.monotonic() - (received - time).total_seconds()
        self._evidence.event(event, happened, from_log=earlier)
        self._on_event(event)

    def _moment(
        self, record: EventRecord, received: datetime, *, settled: bool
    ) -> tuple[datetime, bool]:
        """Return when an event happened, and whether it is too old to act on."""
        if record.time is None:
            return received, not settled
        age = self.device_clock.age(record.time, received)
        if settled and (age is None or abs(age) > LATE_AFTER):
            # It happened just now, so it is the clock that is wrong.
            self.device_clock.measure(record.time, received)
            return received, False
        if age is None:
            # Never measured: a device takes our time when it connects, so it is taken for right.
            self.device_clock.measure(received.replace(tzinfo=None), received)
            age = self.device_clock.age(record.time, received)
        moment = self.device_clock.moment(record.time, received)
        return moment, age is None or age > LATE_AFTER

    def locked_down(self, door: int, *, on: bool) -> None:
        """We locked a door down, or ended that, and the device confirmed."""
        self._locked_down[door] = on


def _door_status(contact_open: bool | None, alarms: Alarm | None) -> DoorStatus:
    """Translate one door's report."""
    if alarms is None:
        return DoorStatus(contact_open=contact_open, any_alarm=None, held_open=None)
    door = alarms & ~(Alarm.MAINS_FAILED | Alarm.BATTERY_FAILED)
    return DoorStatus(
        contact_open=contact_open,
        any_alarm=bool(door),
        held_open=Alarm.HELD_OPEN in alarms,
        forced=Alarm.FORCED in alarms,
        tamper=bool(alarms & (Alarm.TAMPER | Alarm.READER_TAMPER)),
        duress=bool(alarms & (Alarm.DURESS_PASSWORD | Alarm.DURESS_FINGERPRINT)),
    )


def _integers(value: Json) -> list[int]:
    return [n for n in value if isinstance(n, int)] if isinstance(value, list) else []
