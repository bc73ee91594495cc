"""What happens inside the simulated PUSH device: doors, people and events.

The access rules are those of the C3 world; here is what PUSH devices add to
them: lock-down, emergency, further alarms, more than one card, faces. Nothing
of HTTP here.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import inf
from typing import Literal, override

from .c3_door import ALWAYS, HELD_OPEN, Door
from .c3_tables import Row
from .c3_wire import WRONG_PARAMETER, Refused, pack_time
from .c3_world import (
    BY_CARD,
    BY_NOBODY,
    DIRECTION_NONE,
    MAX_CARD,
    C3World,
    Code,
    Event,
    Reader,
    User,
)
from .push_models import Model
from .push_tables import PushTables

type Emergency = Literal["", "open", "closed"]

BY_FINGER, BY_FACE = 1, 15
REFUSED_NOW, NO_SUCH_COMMAND = -12, -13
MAX_ROWS = 30000

# Alarm bits that C3 panels do not have.
DURESS_FINGER, MAINS_FAILED, BATTERY_FAILED, READER_TAMPER = 8, 32, 64, 128

_YYYYMMDD_LIMIT = 100_000_000


class PushCode(IntEnum):
    """The events that only PUSH devices record."""

    GRANTED_AT_TERMINAL = 3
    USER_DISABLED = 39
    DOOR_LOCKED_DOWN = 63
    DURESS_FINGER = 103
    BATTERY_FAILED = 106
    MAINS_FAILED = 107
    READER_TAMPER = 109
    EXIT_BUTTON_LOCKED_DOWN = 209
    DOORBELL = 224
    EMERGENCY_OPEN = 227
    EMERGENCY_CLOSED = 228
    LOCKED_DOWN = 233
    LOCK_DOWN_ENDED = 234

    @property
    def words(self) -> str:
        """The event for a person to read."""
        return self.name.lower().replace("_", " ")


def words(code: int) -> str:
    """Return the name of an event code for a person to read."""
    for kind in (Code, PushCode):
        if code in kind:
            return kind(code).words
    return "event"


@dataclass(frozen=True, slots=True)
class PushEvent(Event):
    """An event with what terminals measure: temperature in degrees, 0 for none."""

    mask: bool = False
    temperature: float = 0


class PushWorld(C3World):
    """The device without its network. `noticed` is called after every event."""

    def __init__(
        self,
        model: Model,
        *,
        serial: str,
        doors: int,
        firmware: str,
        users: list[User],
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        noticed: Callable[[Event], None],
    ) -> None:
        """Set up the device with its people, everything closed and quiet."""
        self.rows = PushTables(biometric=model.terminal, max_rows=MAX_ROWS)
        super().__init__(
            doors=doors,
            serial=serial,
            model=model.name,
            firmware=firmware,
            mac=model.mac,
            password="",
            aux_inputs=model.aux_inputs,
            aux_outputs=model.aux_outputs,
            users=users,
            tables=self.rows,
            now=now,
            monotonic=monotonic,
        )
        self.parameters |= {"DSTOn": "0", "NtpFunOn": "0"}
        self.model = model
        self.serial = serial
        self.lockdown: set[int] = set()
        self.emergency: Emergency = ""
        self.close_holds = False
        self._noticed = noticed
        self._measured: tuple[bool, float] = (False, 0)

    def reset_index(self, last: int) -> None:
        """Take `last` for the number of the last event."""
        self._last_index = last

    # What people do

    @override
    def swipe(self, door: int, card: int, reader: Reader = "in") -> Event:
        """Hold a card against a reader; the relay pulses when it is granted."""
        if not 0 <= card <= MAX_CARD:
            raise ValueError(f"card must be 0 to {MAX_CARD}")
        user, lost = self._owner(card)
        return self._pass(door, user, card=card, by=BY_CARD, lost=lost, reader=reader)

    def show_face(
        self, door: int, pin: int, *, mask: bool = False, temperature: float = 0
    ) -> Event:
        """Look into the terminal; PIN 0 is a stranger."""
        self._measured = (mask, temperature)
        try:
            return self._pass(door, self._user(pin), by=BY_FACE)
        finally:
            self._measured = (False, 0)

    def touch(self, door: int, pin: int) -> Event:
        """Put a finger on the reader; PIN 0 is a stranger."""
        return self._pass(door, self._user(pin), by=BY_FINGER)

    @override
    def exit_button(self, door: int) -> Event:
        """Press the exit button; a door that is locked down stays shut."""
        if self.door(door).number in self.lockdown:
            return self.log(PushCode.EXIT_BUTTON_LOCKED_DOWN, door=door)
        return super().exit_button(door)

    def doorbell(self, door: int = 1) -> Event:
        """Ring the bell of a terminal."""
        return self.log(PushCode.DOORBELL, door=self.door(door).number)

    def duress_finger(self, door: int, user: User) -> Event:
        """Use the duress finger: the door opens, with an alarm."""
        target = self.door(door)
        target.drive(target.setting("Drivertime"))
        target.alarm_bits |= DURESS_FINGER
        return self.log(
            PushCode.DURESS_FINGER,
            door=door,
            pin=user.pin,
            verified=BY_FINGER,
            direction=0,
        )

    def reader_tamper(self, door: int) -> Event:
        """Tear a reader off the wall."""
        self.door(door).alarm_bits |= READER_TAMPER
        return self.log(PushCode.READER_TAMPER, door=door)

    def mains_failure(self) -> Event:
        """Cut the mains; the battery takes over."""
        return self._failure(PushCode.MAINS_FAILED, MAINS_FAILED)

    def battery_failure(self) -> Event:
        """Let the battery fail."""
        return self._failure(PushCode.BATTERY_FAILED, BATTERY_FAILED)

    def power_restored(self) -> None:
        """Bring mains and battery back; no event tells so."""
        for door in self._doors.values():
            door.alarm_bits &= ~(MAINS_FAILED | BATTERY_FAILED)

    # What a server asks for

    def carry_out(self, data: bytes) -> bool:
        """Carry out a CONTROL DEVICE command; return whether the device restarts."""
        self.settle()
        match [*data[:4].ljust(4, b"\0")]:
            case [1, number, 1, seconds]:
                for door in self._wanted(number):
                    self._drive(door, seconds)
            case [1, number, 2, seconds] if number in self._aux_until:
                self._control_aux(number, seconds)
            case [1, _, 2, _]:
                raise Refused(WRONG_PARAMETER)
            case [2, number, _, _]:
                for door in self._wanted(number):
                    door.alarm = False
                    door.alarm_bits &= HELD_OPEN | MAINS_FAILED | BATTERY_FAILED
                self.log(Code.ALARMS_CANCELLED, door=number)
            case [3, 0, _, _]:
                return True
            case [4, number, (0 | 1) as enable, _]:
                for door in self._wanted(number):
                    self._control_schedule(door, bool(enable))
            case [6, number, (0 | 1) as lock, _]:
                for door in self._wanted(number):
                    self._lock_down(door, bool(lock))
            case [7, (1 | 2) as mode, _, _]:
                self._emergency("open" if mode == 1 else "closed")
            case _:
                raise Refused(NO_SUCH_COMMAND)
        return False

    @override
    def restarted(self) -> None:
        """Come up again: relays dropped, lock-down over, event 206 recorded."""
        self.lockdown.clear()
        self.emergency = ""
        super().restarted()

    @override
    def log(
        self,
        code: int,
        *,
        door: int = 0,
        card: int = 0,
        pin: int = 0,
        verified: int = BY_NOBODY,
        direction: int = DIRECTION_NONE,
        ago: timedelta = timedelta(),
    ) -> Event:
        """Record an event and tell the network side that there is news."""
        plain = super().log(
            code,
            door=door,
            card=card,
            pin=pin,
            verified=verified,
            direction=direction,
            ago=ago,
        )
        mask, temperature = self._measured
        event = PushEvent(**asdict(plain), mask=mask, temperature=temperature)
        self._transactions[-1] = event
        self._noticed(event)
        return event

    # How it hangs together

    def _pass(
        self,
        door: int,
        user: Row | None,
        *,
        by: int,
        card: int = 0,
        lost: bool = False,
        reader: Reader = "in",
    ) -> Event:
        self.settle()
        target = self.door(door)
        code = self._decide(target, user, lost)
        target.last_punch = self.monotonic()
        if code == self.model.granted:
            target.drive(target.setting("Drivertime"))
        return self.log(
            code,
            door=door,
            card=card,
            pin=int(user["Pin"]) if user else 0,
            verified=by,
            direction=self.direction(door, reader),
        )

    def _decide(self, door: Door, user: Row | None, lost: bool) -> int:
        # Validity has its own rule here: a PUSH device knows times, not only days.
        ageless = user and {**user, "StartTime": 0, "EndTime": 0}
        code = self._judge(door, ageless)
        if user is None or code == Code.CARD_REPORTED_LOST:
            return code
        if lost:
            return Code.CARD_REPORTED_LOST
        if user["Disable"]:
            return PushCode.USER_DISABLED
        if door.number in self.lockdown:
            return PushCode.DOOR_LOCKED_DOWN
        if not self._valid(user):
            return Code.EXPIRED
        return self.model.granted if code == Code.GRANTED else code

    def _valid(self, user: Row) -> bool:
        start, end = int(user["StartTime"]), int(user["EndTime"])
        return _comparable(start, self.time) >= start and (
            not end or _comparable(end, self.time) <= end
        )

    def _owner(self, card: int) -> tuple[Row | None, bool]:
        """Return whose card it is, and whether it was reported lost."""
        if not card:
            return None, False
        for user in self.tables["user"]:
            if user["CardNo"] == card:
                return user, False
        for row in self.tables["mulcarduser"]:
            if int(str(row["CardNo"]) or "0", 16) == card:
                return self._user(int(row["Pin"])), row["LossCardFlag"] == 1
        return None, False

    def _user(self, pin: int) -> Row | None:
        return next((u for u in self.tables["user"] if u["Pin"] == pin != 0), None)

    def _failure(self, code: PushCode, bit: int) -> Event:
        for door in self._doors.values():
            door.alarm_bits |= bit
        return self.log(code)

    def _wanted(self, number: int) -> list[Door]:
        return [*self._doors.values()] if number == 0 else [self._addressed(number)]

    def _drive(self, door: Door, seconds: int) -> None:
        if seconds and door.number in self.lockdown:
            raise Refused(REFUSED_NOW)
        if not seconds and self.close_holds:
            seconds = ALWAYS
        if not seconds:
            door.latched = False
            self.emergency = ""
        self._control_door(door, seconds)

    def _lock_down(self, door: Door, lock: bool) -> None:
        if lock:
            self._shut(door)
        else:
            self.lockdown.discard(door.number)
            self.emergency = ""
        self.log(
            PushCode.LOCKED_DOWN if lock else PushCode.LOCK_DOWN_ENDED, door=door.number
        )

    def _shut(self, door: Door) -> None:
        self.lockdown.add(door.number)
        door.latched = door.scheduled = False
        door.release()

    def _emergency(self, mode: Emergency) -> None:
        self.emergency = mode
        for door in self._doors.values():
            if mode == "open":
                self.lockdown.discard(door.number)
                door.latched = True
                door.relay_until = inf
            else:
                self._shut(door)
        self.log(
            PushCode.EMERGENCY_OPEN if mode == "open" else PushCode.EMERGENCY_CLOSED
        )

    @override
    def _follow_schedule(self, door: Door) -> None:
        if door.number not in self.lockdown:
            super()._follow_schedule(door)


def _comparable(limit: int, moment: datetime) -> int:
    """Return a moment in the form of a validity limit: packed, or YYYYMMDD."""
    return pack_time(moment) if limit >= _YYYYMMDD_LIMIT else int(f"{moment:%Y%m%d}")
