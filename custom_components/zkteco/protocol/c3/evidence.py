"""What is known about a panel's doors and outputs, and from which evidence.

Lives here: a pure state machine, fed with status records, events and our own confirmed commands, that answers with
`DoorState`s. Not here: I/O and clocks; every call is given the time (seconds, monotonic). The rules: firmware that
reports its relays is believed; other firmware reports no relay dropping, so a pulse is timed from the event that
started it; what no evidence shows is None.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..model import DoorAlarm, DoorState, EventKind
from .rtlog import DoorStatus, EventRecord, StatusRecord

MAX_PULSE_SECONDS = 254
"""Control operation 1: 1 to 254 are seconds (PullSDK, ControlDevice)."""
STAYS_OPEN = 255
"""As a duration or as `Door{n}Drivertime`: until released."""
_RELAY_SECONDS = 2.0

_HOLDS = {205, 5}  # remote normal open; opened by the normal-open schedule
_CLOSES = {9, 204}  # remote close; the normal-open period is over
_PULSES = {EventKind.ACCESS_GRANTED, EventKind.EXIT_BUTTON, EventKind.REMOTE_OPEN}
_CAUSES = {
    EventKind.DOOR_FORCED: DoorAlarm.FORCED,
    EventKind.DURESS: DoorAlarm.DURESS,
    EventKind.TAMPER: DoorAlarm.TAMPER,
}


@dataclass(slots=True)
class _Door:
    """Evidence about one door."""

    open_time: int | None = None
    reported: bool | None = None
    """The relay as the newest status record reports it; None for firmware that does not."""
    reported_since: float = 0.0
    held: bool | None = None
    held_since: float = 0.0
    pulse_until: float | None = None
    """When the last pulse we know of ends; None before the first."""
    contact_open: bool | None = None
    alarms: dict[DoorAlarm, bool | None] = field(
        default_factory=lambda: dict.fromkeys(DoorAlarm)
    )

    def relay(self, now: float) -> bool | None:
        """Whether the lock relay is energised."""
        if self.reported is not None:
            return self.reported
        if self.held:
            return True
        return None if self.pulse_until is None else now < self.pulse_until


@dataclass(slots=True)
class _Output:
    """Evidence about one auxiliary output."""

    on: bool | None = None
    until: float | None = None
    """When `on` stops being true; None for until further notice."""
    after: bool | None = None
    """What holds from then on: off after our own pulse, unknown after somebody else's command."""

    def state(self, now: float) -> bool | None:
        """Whether the output is on."""
        return self.after if self.until is not None and now >= self.until else self.on


class Evidence:
    """Everything that is known about one panel's doors, inputs and outputs."""

    def __init__(self, doors: Iterable[int], aux_inputs: int, aux_outputs: int) -> None:
        """Know nothing yet."""
        self._doors = {door: _Door() for door in doors}
        self._inputs: dict[int, bool | None] = dict.fromkeys(range(1, aux_inputs + 1))
        self._outputs = {n: _Output() for n in range(1, aux_outputs + 1)}

    def set_open_time(self, door: int, seconds: int | None) -> None:
        """Take over `Door{n}Drivertime` as read from the panel."""
        self._doors[door].open_time = seconds

    def forget(self) -> None:
        """After an outage: what only events tell is no longer known."""
        for door in self._doors.values():
            door.reported = door.held = door.pulse_until = None
        self._inputs = dict.fromkeys(self._inputs)
        self._outputs = {n: _Output() for n in self._outputs}

    def opened(self, door: int, seconds: int, now: float) -> None:
        """We opened a door for `seconds`, and the panel confirmed."""
        if not self._doors[door].held:
            self._doors[door].pulse_until = now + seconds

    def held(self, door: int, now: float) -> None:
        """We hold a door open, and the panel confirmed."""
        self._doors[door].held = True
        self._doors[door].held_since = now

    def released(self, door: int, now: float) -> None:
        """We released a door, and the panel confirmed."""
        self._doors[door].held = False
        self._doors[door].pulse_until = now

    def output_set(
        self, output: int, *, on: bool, seconds: int | None, now: float
    ) -> None:
        """We switched an auxiliary output, and the panel confirmed."""
        until = None if seconds is None else now + seconds
        self._outputs[output] = _Output(on=on, until=until, after=False)

    def event(
        self, record: EventRecord, kind: EventKind, now: float, *, late: bool = False
    ) -> None:
        """Learn from an event that happened at `now`; a late one says nothing about alarms, which may be over."""
        if kind is EventKind.AUX_INPUT:
            if record.address in self._inputs:
                # 221 shorted, 226 triggered; 220 open, 225 back to normal.
                self._inputs[record.address] = record.code in (221, 226)
        elif kind is EventKind.AUX_OUTPUT:
            self._output_event(record.address, on=record.code == 12, now=now)
        elif (door := self._doors.get(record.address)) is not None:
            if kind in _CAUSES and not late:
                door.alarms[_CAUSES[kind]] = True
            self._door_event(door, record, kind, now)

    @staticmethod
    def _door_event(
        door: _Door, record: EventRecord, kind: EventKind, now: float
    ) -> None:
        """Learn from an event at a door."""
        if record.code in _HOLDS:
            door.held = True
            door.held_since = now
        elif record.code in _CLOSES:
            door.held = False
            door.pulse_until = now
        elif kind in _PULSES and not door.held:
            if door.open_time == STAYS_OPEN:
                door.held = True
                door.held_since = now
            elif door.open_time is not None:
                # Our own pulse has its own length; the event that echoes it must not cut it short.
                until = now + door.open_time
                door.pulse_until = max(until, door.pulse_until or until)

    def _output_event(self, number: int, *, on: bool, now: float) -> None:
        """Learn from an output event; there is none when a timed output ends."""
        output = self._outputs.get(number)
        if output is None or (on and output.state(now)):
            return  # the echo of our own command
        self._outputs[number] = (
            _Output(on=True, until=now + STAYS_OPEN) if on else _Output(on=False)
        )

    def status(self, record: StatusRecord, now: float) -> None:
        """Take over a status record, after the events that came with it."""
        for number, door in self._doors.items():
            self._relay(door, (record.relays or {}).get(number), now)
            if (status := record.doors.get(number)) is not None:
                door.contact_open = status.contact_open
                _update_alarms(door.alarms, status)

    @staticmethod
    def _relay(door: _Door, reported: bool | None, now: float) -> None:
        """Take over a reported relay; one that stays on longer than any pulse is held."""
        if reported != door.reported:
            door.reported = reported
            door.reported_since = now
        if reported is False:
            # A relay takes a moment to follow a hold that was only just confirmed.
            if not door.held or now - door.held_since > _RELAY_SECONDS:
                door.held = False
        elif reported and door.held is None:
            if now - door.reported_since > MAX_PULSE_SECONDS:
                door.held = True

    def relay_reported(self, door: int) -> bool:
        """Whether the panel itself shows the relay as energised."""
        return self._doors[door].reported is True

    def doors(self, now: float) -> Mapping[int, DoorState]:
        """Return the state of every door."""
        return {
            number: DoorState(
                relay=door.relay(now),
                held=door.held,
                contact_open=door.contact_open,
                alarms=dict(door.alarms),
                open_time=door.open_time,
            )
            for number, door in self._doors.items()
        }

    def aux_inputs(self) -> Mapping[int, bool | None]:
        """Return which auxiliary inputs are active."""
        return dict(self._inputs)

    def aux_outputs(self, now: float) -> Mapping[int, bool | None]:
        """Return which auxiliary outputs are on."""
        return {n: output.state(now) for n, output in self._outputs.items()}


def _update_alarms(alarms: dict[DoorAlarm, bool | None], status: DoorStatus) -> None:
    """Take over the alarm bits of one door.

    Text mode reports each alarm. Binary mode reports "some alarm" and "held open" only: the other alarms are known
    from the events that raised them, off when there is no alarm at all, and unknown when an alarm was already there.
    """
    was_any = alarms[DoorAlarm.ANY]
    alarms[DoorAlarm.ANY] = status.any_alarm
    alarms[DoorAlarm.HELD_OPEN] = status.held_open
    reported = {
        DoorAlarm.FORCED: status.forced,
        DoorAlarm.TAMPER: status.tamper,
        DoorAlarm.DURESS: status.duress,
    }
    unexplained = (
        status.any_alarm
        and was_any is not True
        and not status.held_open
        and not any(alarms[alarm] for alarm in reported)
    )
    for alarm, value in reported.items():
        if value is not None:
            alarms[alarm] = value
        elif status.any_alarm is False:
            alarms[alarm] = False
        elif unexplained and alarms[alarm] is False:
            alarms[alarm] = None
