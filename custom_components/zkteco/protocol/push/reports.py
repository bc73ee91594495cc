"""What a PUSH device's reports prove: its doors, its events, its clock.

Lives here: from records to `PanelInfo`, `DoorState` and `AccessEvent`. Not here: the conversation (`session`), verbs and
reachability (`device`), what a relay bit means (`relays`). The rules: a door position from an unknown layout is no position;
an event is judged old by the device's own clock, and while a device has been calling without a pause its events are new
whatever its clock says.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging

from ..device import Clock, Json
from ..device_clock import LATE_AFTER, DeviceClock
from ..event_codes import IDENTIFICATION, Subject
from ..evidence import DoorStatus, Evidence
from ..model import (
    AccessEvent,
    DoorAlarm,
    DoorInfo,
    DoorState,
    EventKind,
    PanelInfo,
    Photo,
)
from .doors import MAX_SUB_CONTROLLERS, Doors
from .history import Age, Told
from .messages import parse_records, valid_serial
from .photos import Photo as UploadedPhoto
from .records import EventLog, EventRecord, Fields, SubController
from .registration import Registration
from .relays import Relays
from .states import Alarm, StateRecord, read_state
from .translate import subject_of, translate
from .turnstile import TurnstileState

_LOGGER = logging.getLogger(__name__)

SETTLED_SECONDS = 60.0
"""A device that has called for so long without a pause has nothing old left to tell."""
_BACKLOG_SECONDS = 10.0
"""As long as old events follow each other within this time, there are more."""
_YEARS = range(2000, 2100)
"""Anything else is no time, but a clock that nobody has set."""
_DOORBELL = 224
_LOCKED_DOWN, _LOCK_DOWN_ENDED = 233, 234
_EMERGENCIES = frozenset((227, 228))
_PULSES = frozenset(
    (EventKind.ACCESS_GRANTED, EventKind.EXIT_BUTTON, EventKind.REMOTE_OPEN)
)
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
        self._relays = Relays(clock, stored.get("polarity"))
        self._registration = Registration()
        self._subs: dict[str, SubController] = {}
        self._locked_down = dict.fromkeys(_integers(stored.get("locked_down")), True)
        self._evidence = Evidence((), 0, 0)
        self._settles_at = 0.0
        self.device_clock = DeviceClock()
        self._remember_clock(stored.get("clock_offset"))
        self.last_state: Fields = {}
        self.names: dict[str, str] = {}
        """Of users by user ID; whoever learns them keeps them here."""
        self.turnstile: TurnstileState | None = None
        self.mains_failed: bool | None = None
        self.battery_failed: bool | None = None
        self.info = PanelInfo(serial=serial, model="PUSH device", doors={})

    @property
    def memory(self) -> Json:
        """What must survive a restart."""
        offset = self.device_clock.offset
        return {
            "told": self._told.memory,
            "subs": self._doors.memory,
            "contacts": [*sorted(self._contacts)],
            "doorbells": [*sorted(self._doorbells)],
            "polarity": self._relays.memory,
            "locked_down": [door for door, on in self._locked_down.items() if on],
            "clock_offset": None if offset is None else offset.total_seconds(),
        }

    def _remember_clock(self, offset: Json) -> None:
        """Take the device's clock to be as wrong as it was before a restart, until it shows itself."""
        now = self._clock.now()
        if isinstance(offset, int | float):
            try:
                then = now.replace(tzinfo=None) + timedelta(seconds=offset)
            except ValueError, OverflowError:
                return
            self._measure(then, now)

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
        for controller in controllers[:MAX_SUB_CONTROLLERS]:
            if controller.serial != self._serial:
                self._subs.pop(controller.serial, None)
                self._subs[controller.serial] = controller
                self._doors.add(
                    controller.serial, controller.registration.lock_count or 0
                )
        while len(self._subs) > MAX_SUB_CONTROLLERS:
            del self._subs[next(iter(self._subs))]
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
        counts = {self._serial: known.lock_count or 1, **self._doors.subs}
        doors = {
            number: DoorInfo(
                number=number,
                has_contact=number in self._contacts,
                alarms=_ALARMS,
                has_doorbell=number in self._doorbells,
                sub_device=None if serial == self._serial else serial,
                sub_door=None if serial == self._serial else door,
            )
            for serial, count in counts.items()
            for door in range(1, count + 1)
            if (number := self._doors.number(serial, door)) is not None
        }
        info = PanelInfo(
            serial=self._serial,
            model=known.model or "PUSH device",
            firmware=known.firmware,
            mac=known.mac,
            doors=doors,
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
        """Take over states: of the device itself, or of those behind it. Others' tell nothing."""
        for fields in parse_records(text):
            serial = valid_serial(fields.get("sn")) or self._serial
            if serial == self._serial:
                self.last_state = fields
                count = self._registration.lock_count
            elif (count := self._doors.subs.get(serial)) is None:
                continue
            self._state_reported(read_state(fields, count), serial, received)

    def _state_reported(
        self, record: StateRecord, serial: str, received: datetime
    ) -> None:
        """Take over one state."""
        if serial == self._serial:
            if record.time is not None:
                self._measure(record.time, received)
            alarms = [
                status.alarms
                for status in record.doors.values()
                if status.alarms is not None
            ]
            if alarms:
                self.mains_failed = any(Alarm.MAINS_FAILED in a for a in alarms)
                self.battery_failed = any(Alarm.BATTERY_FAILED in a for a in alarms)
        numbers = {
            number: door
            for door in record.doors
            if (number := self._doors.number(serial, door)) is not None
        }
        states: dict[int, DoorStatus] = {}
        for number, door in numbers.items():
            status = record.doors[door]
            states[number] = _door_status(status.contact_open, status.alarms)
            if status.has_contact:
                self._learn(self._contacts, number)
            if record.relay_bits is not None:
                bit = bool(record.relay_bits >> (door - 1) & 1)
                on = self._relays.reported(serial, number, bit=bit)
                if on is not None:
                    now = self._clock.monotonic()
                    self._evidence.relay_changed(number, on=on, now=now)
        self._evidence.status(states)

    # Events

    def resumed(self) -> None:
        """Note that the device calls after a pause, and may have old events to tell."""
        self._settles_at = self._clock.monotonic() + SETTLED_SECONDS

    def happened(self, log: EventLog, received: datetime) -> bool:
        """Tell events; return whether the device's log began again."""
        if log.unreadable:
            _LOGGER.debug("%d lines of an upload are no events", log.unreadable)
        restarted = False
        for record in log.events:
            age = self._told.place(record, record.serial or self._serial)
            restarted |= age is Age.RESTARTED
            if age is not Age.REPEATED:
                self._tell(record, received, earlier=age is Age.EARLIER)
        return restarted

    def photo(self, photo: UploadedPhoto, received: datetime) -> Photo:
        """Return a snapshot with the moment at which it was taken."""
        taken = received
        if photo.moment is not None and photo.moment.year in _YEARS:
            taken = self._clock_at(received).moment(photo.moment, received)
        return Photo(taken=taken, user_id=photo.user_id, data=photo.data)

    def asked(self, record: EventRecord, now: datetime) -> AccessEvent:
        """Return the question about somebody, told as the event that it would become, as one of its own."""
        return replace(
            self._translate(record, now, late=False),
            kind=IDENTIFICATION.kind,
            code=IDENTIFICATION.code,
            name=IDENTIFICATION.name,
            description=IDENTIFICATION.words,
        )

    def last_index(self) -> int | None:
        """Return the highest index of the device's log that was told; None for none."""
        return self._told.last_index(self._serial)

    def recover(self, log: EventLog, after: int, received: datetime) -> None:
        """Tell those of past events above an index that were not told, as history and in the order of the log."""
        own = [
            (record.index, record)
            for record in log.events
            if record.serial in {None, self._serial}
            and record.index is not None
            and record.index > after
        ]
        for _, record in sorted(own, key=lambda item: item[0]):
            if self._told.recover(record, self._serial):
                self._tell(record, received, earlier=True)

    def history(self, log: EventLog, now: datetime) -> list[AccessEvent]:
        """Return past events, oldest first, without telling anybody."""
        events = [
            self._translate(
                record, self._moment(record, now, settled=False)[0], late=True
            )
            for record in log.events
        ]
        return sorted(events, key=lambda event: event.time)

    def _translate(
        self, record: EventRecord, time: datetime, *, late: bool
    ) -> AccessEvent:
        """Return a record as an event of one of our doors, inputs or outputs."""
        own = record.serial in {None, self._serial}
        door = None
        if subject_of(record) is Subject.DOOR:
            door = self._doors.number(record.serial or self._serial, record.address)
        event = translate(
            record,
            door=door if door in self.info.doors else None,
            user_name=self.names.get(record.user_id or "") or None,
            time=time,
            late=late,
        )
        return event if own else replace(event, aux_input=None, aux_output=None)

    def _tell(self, record: EventRecord, received: datetime, *, earlier: bool) -> None:
        """Tell one event, and learn from it."""
        now = self._clock.monotonic()
        settled = now >= self._settles_at
        time, late = self._moment(record, received, settled=settled and not earlier)
        late = late or (earlier and not settled)
        if late and not settled:
            self._settles_at = max(self._settles_at, now + _BACKLOG_SECONDS)
        event = self._translate(record, time, late=late)
        happened = now - (received - time).total_seconds()
        if event.door is not None:
            self._learn_from(event, event.door, news=not earlier)
        elif record.code in _EMERGENCIES:
            for door, info in self.info.doors.items():
                if (info.sub_device or self._serial) == (record.serial or self._serial):
                    of_door = replace(event, door=door)
                    self._evidence.event(of_door, happened, from_log=earlier)
        self._evidence.event(event, happened, from_log=earlier)
        self._on_event(event)

    def _learn_from(self, event: AccessEvent, door: int, *, news: bool) -> None:
        """Learn from an event what else a door has and is."""
        if event.code == _DOORBELL:
            self._learn(self._doorbells, door)
        if event.kind in _PULSES and not event.late:
            self._relays.pulsed(door)
        if event.code in {_LOCKED_DOWN, _LOCK_DOWN_ENDED} and news:
            self._locked_down[door] = event.code == _LOCKED_DOWN

    # The clock

    def _measure(self, device_time: datetime, received: datetime) -> None:
        """Take over what the device's clock shows."""
        if device_time.year in _YEARS:
            self.device_clock.measure(device_time, received)

    def _moment(
        self, record: EventRecord, received: datetime, *, settled: bool
    ) -> tuple[datetime, bool]:
        """Return when an event happened, and whether it is too old to act on."""
        told = record.time
        if told is None or told.year not in _YEARS:
            return received, not settled
        age = self.device_clock.age(told, received)
        if settled and (age is None or abs(age) > LATE_AFTER):
            # It happened just now, so it is the clock that is wrong.
            self.device_clock.measure(told, received)
            return received, False
        if age is None:
            age = received.replace(tzinfo=None) - told
        # In the future: from before the clock was set.
        return self._clock_at(received).moment(told, received), abs(age) > LATE_AFTER

    def _clock_at(self, received: datetime) -> DeviceClock:
        """Return the device's clock. One that was never seen is taken for right: a device takes our time when it connects."""
        clock = self.device_clock
        if clock.offset is None:
            clock = DeviceClock()
            clock.measure(received.replace(tzinfo=None), received)
        return clock

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
