"""What is known about a device's doors and outputs, and from which evidence.

Lives here: a pure state machine, fed with reports, events and our own confirmed commands, that answers with
`DoorState`s. Not here: I/O and clocks; every call is given the time (seconds, monotonic). The rules: firmware that
reports its relays is believed; other firmware reports no relay dropping, so a pulse is timed from the event that
started it; what no evidence shows is None.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .model import AccessEvent, DoorAlarm, DoorState, EventKind

MAX_PULSE_SECONDS = 254
"""Control operation 1: 1 to 254 are seconds (PullSDK, ControlDevice)."""
STAYS_OPEN = 255
"""As a duration or as `Door{n}Drivertime`: until released."""
_RELAY_SECONDS = 2.0
_ECHO_SECONDS = 5.0
"""Within this time an output event is the echo of our own command: a panel serves nobody else."""

# By schedule, by a command, by fire, in an emergency; and what can only happen while a door is held open.
_HOLDS = frozenset((5, 205, 210, 227, 6000)) | frozenset((1, 16, 37, 216, 219))
_CLOSES = frozenset((9, 204, 211, 228))
_REMOTE_OPEN = 8
_PULSES = {EventKind.ACCESS_GRANTED, EventKind.EXIT_BUTTON, EventKind.REMOTE_OPEN}
# A first user or a super user may leave the door open until its schedule ends, and the time of somebody else's
# command is not told. Afterwards the door may be locked or not.
_OPEN_END = frozenset((2, 18, 19, 208, 215, _REMOTE_OPEN))
_CAUSES = {
    EventKind.DOOR_FORCED: DoorAlarm.FORCED,
    EventKind.DURESS: DoorAlarm.DURESS,
    EventKind.TAMPER: DoorAlarm.TAMPER,
}
_STARTED = 206
_INPUT_ACTIVE = frozenset((221, 226))  # shorted, triggered; 220 open, 225 normal
_OUTPUT_ON, _OUTPUT_SCHEDULE_ON = 12, 229


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorStatus:
    """What a device reports about one door at one moment. None is what it does not tell."""

    contact_open: bool | None
    any_alarm: bool | None
    held_open: bool | None
    forced: bool | None = None
    tamper: bool | None = None
    duress: bool | None = None


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
    after_pulse: bool | None = None
    """The relay from then on: off, or unknown."""
    own_until: float | None = None
    """When our own pulse ends, until the event has come that echoes it."""
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
        if self.pulse_until is None:
            return None
        return True if now < self.pulse_until else self.after_pulse

    def hold(self, now: float) -> None:
        """Take over that the door is held open."""
        self.held = True
        self.held_since = now
        self.own_until = None

    def close(self, now: float) -> None:
        """Take over that the relay dropped; a pulse of our own that was not echoed yet came after that."""
        self.held = self.after_pulse = False
        if self.own_until is None:
            self.pulse_until = now

    def pulse(self, event: AccessEvent, now: float) -> None:
        """Take over a pulse: of our own time, of the door's open time, or of a time that nobody knows."""
        remote = event.code == _REMOTE_OPEN
        if remote and self.own_until is not None and now <= self.own_until:
            self.pulse_until, self.own_until = self.own_until, None
        elif self.open_time == STAYS_OPEN and not remote:
            self.hold(now)
        elif self.open_time is None or self.open_time == STAYS_OPEN:
            self.pulse_until, self.after_pulse = now, None
        else:
            until = now + self.open_time
            self.pulse_until = max(until, self.pulse_until or until)
            if event.code in _OPEN_END:
                self.after_pulse = None
            elif event.kind is EventKind.ACCESS_GRANTED:
                self.after_pulse = False


@dataclass(slots=True)
class _Output:
    """Evidence about one auxiliary output."""

    on: bool | None = None
    until: float | None = None
    """When `on` stops being true; None for until further notice."""
    after: bool | None = None
    """What holds from then on: off after our own pulse, unknown after somebody else's command."""
    echo_until: float | None = None
    """Until when an event says no more than our own command did."""

    def state(self, now: float) -> bool | None:
        """Whether the output is on."""
        return self.after if self.until is not None and now >= self.until else self.on


class Evidence:
    """Everything that is known about one panel's doors, inputs and outputs."""

    def __init__(
        self,
        doors: Iterable[int],
        aux_inputs: int,
        aux_outputs: int,
        *,
        can_hold: bool = True,
    ) -> None:
        """Know nothing yet. `can_hold` tells whether a door can be held open.

        One that was held open before we knew it confirms a pulse as every other does, and stays open after it.
        """
        self._after_first_pulse = None if can_hold else False
        self._doors: dict[int, _Door] = {}
        self._inputs: dict[int, bool | None] = {}
        self._outputs: dict[int, _Output] = {}
        self.fit(doors, aux_inputs, aux_outputs)
        self._newer: set[tuple[str, int]] = set()
        """Of what we know more than the log of missed events can tell."""

    def fit(self, doors: Iterable[int], aux_inputs: int, aux_outputs: int) -> None:
        """Take over what the device has; what is known about parts that stay is kept."""
        self._doors = {
            n: self._doors.get(n) or _Door(after_pulse=self._after_first_pulse)
            for n in doors
        }
        self._inputs = {n: self._inputs.get(n) for n in range(1, aux_inputs + 1)}
        self._outputs = {
            n: self._outputs.get(n) or _Output() for n in range(1, aux_outputs + 1)
        }

    def set_open_time(self, door: int, seconds: int | None) -> None:
        """Take over `Door{n}Drivertime` as read from the panel."""
        self._doors[door].open_time = seconds

    def missed(self) -> None:
        """Events may have been missed; until they are told, all others are newer than they."""
        self._newer.clear()

    def forget(self) -> None:
        """Events were missed for good, or the panel started anew: what only events tell is no longer known."""
        for door in self._doors.values():
            door.held = door.pulse_until = door.own_until = None
            door.after_pulse = self._after_first_pulse
        self._inputs = dict.fromkeys(self._inputs)
        self._outputs = {n: _Output() for n in self._outputs}

    def opened(self, door: int, seconds: int, now: float) -> None:
        """We opened a door for `seconds`, and the panel confirmed."""
        if not self._doors[door].held:
            until = now + seconds
            self._doors[door].pulse_until = self._doors[door].own_until = until

    def held(self, door: int, now: float) -> None:
        """We hold a door open, and the panel confirmed."""
        self._doors[door].hold(now)
        self._newer.add(("door", door))

    def released(self, door: int, now: float) -> None:
        """We released a door, and the panel confirmed."""
        self._doors[door].own_until = None
        self._doors[door].close(now)
        self._newer.add(("door", door))

    def output_set(
        self, output: int, *, on: bool, seconds: int | None, now: float
    ) -> None:
        """We switched an auxiliary output, and the panel confirmed."""
        until = None if seconds is None else now + seconds
        self._outputs[output] = _Output(on, until, False, now + _ECHO_SECONDS)
        self._newer.add(("output", output))

    def event(self, event: AccessEvent, now: float, *, from_log: bool = False) -> None:
        """Learn from an event that happened at `now`.

        One `from_log` was missed; what was told since then, or done by us, is newer. A late one says nothing about
        alarms, which may be over.
        """
        if event.code == _STARTED:
            if not (from_log and self._newer):
                self.forget()
        elif event.kind is EventKind.AUX_INPUT and event.aux_input in self._inputs:
            if self._is_news("input", event.aux_input, from_log=from_log):
                self._inputs[event.aux_input] = event.code in _INPUT_ACTIVE
        elif event.kind is EventKind.AUX_OUTPUT and event.aux_output in self._outputs:
            if self._is_news("output", event.aux_output, from_log=from_log):
                self._output_event(event.aux_output, event.code, now)
        elif event.door in self._doors:
            self._door_event(event.door, event, now, from_log=from_log)

    def _is_news(self, what: str, number: int, *, from_log: bool) -> bool:
        """Whether an event tells more than what we know."""
        if from_log:
            return (what, number) not in self._newer
        self._newer.add((what, number))
        return True

    def _door_event(
        self, number: int, event: AccessEvent, now: float, *, from_log: bool
    ) -> None:
        """Learn from an event at a door."""
        door = self._doors[number]
        if event.kind in _CAUSES and not event.late:
            door.alarms[_CAUSES[event.kind]] = True
        if event.code in _HOLDS:
            if self._is_news("door", number, from_log=from_log):
                door.hold(now)
        elif event.code in _CLOSES:
            if self._is_news("door", number, from_log=from_log):
                # A pulse told already is newer than a missed close.
                end = max(now, door.pulse_until or now) if from_log else now
                door.close(end)
        elif event.kind in _PULSES and not door.held:
            door.pulse(event, now)

    def _output_event(self, number: int, code: int, now: float) -> None:
        """Learn from an output event; there is none when a timed output ends."""
        echo_until = self._outputs[number].echo_until
        if echo_until is not None and now < echo_until:
            return
        if code == _OUTPUT_ON:
            self._outputs[number] = _Output(True, now + STAYS_OPEN)
        else:
            self._outputs[number] = _Output(code == _OUTPUT_SCHEDULE_ON)

    def status(self, doors: Mapping[int, DoorStatus]) -> None:
        """Take over a report, after the events that came with it."""
        for number, status in doors.items():
            if (door := self._doors.get(number)) is not None:
                door.contact_open = status.contact_open
                _update_alarms(door.alarms, status)

    def relays(self, relays: Mapping[int, bool] | None, now: float) -> None:
        """Take over the relays of a device that is asked again and again; None when it does not tell."""
        for number, door in self._doors.items():
            self._relay(door, (relays or {}).get(number), now)

    def relay_changed(self, number: int, *, on: bool, now: float) -> None:
        """Take over a relay from a device that reports it now and then: what happens later counts more."""
        if (door := self._doors.get(number)) is None:
            return
        if on and not door.relay(now):
            door.pulse_until, door.after_pulse = now + MAX_PULSE_SECONDS, None
        elif not on and (not door.held or now - door.held_since > _RELAY_SECONDS):
            door.own_until = None
            door.close(now)

    def next_change(self, now: float) -> float | None:
        """Return when the next pulse ends, if one is running."""
        ends = (door.pulse_until for door in self._doors.values())
        return min((end for end in ends if end is not None and end > now), default=None)

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
        elif reported and not door.held:
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
