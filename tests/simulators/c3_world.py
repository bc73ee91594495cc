"""What happens inside the simulated C3 panel: doors, people, clock and events.

Users and rights come from the data tables, settings from the parameters, so
what a client writes changes who may open. Time is only looked at, never waited
for. No bytes of the protocol and no sockets here.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from math import inf
from typing import Literal

from .c3_door import ALWAYS, DEFAULTS, DURESS, FORCED, HELD_OPEN, TAMPER, Door
from .c3_tables import Row, Tables
from .c3_wire import NORMAL_OPEN, WRONG_PARAMETER, Refused, pack_time, unpack_time

type Reader = Literal["in", "out"]

RING_SIZE = 30
MAX_CARD = 0xFFFFFFFF

BY_PASSWORD, BY_CARD, BY_NOBODY = 3, 4, 200
DIRECTION_NONE = 2

_WEEK = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_HOLIDAYS = ("Hol1", "Hol2", "Hol3")

_DEVICE_DEFAULTS = {
    "DeviceID": "1",
    "MachineType": "1",
    "IPAddress": "127.0.0.1",
    "GATEIPAddress": "127.0.0.1",
    "NetMask": "255.0.0.0",
    "RS232BaudRate": "38400",
    "WatchDog": "1",
    "Door4ToDoor2": "0",
    "InBIOTowWay": "0",
    "BackupTime": "0",
    "~ZKFPVersion": "10",
    "AntiPassback": "0",
    "InterLock": "0",
    "DaylightSavingTimeOn": "0",
}
_READ_ONLY = {
    "~SerialNumber",
    "LockCount",
    "ReaderCount",
    "AuxInCount",
    "AuxOutCount",
    "FirmVer",
    "DeviceName",
    "~DeviceName",
    "MAC",
    "MachineType",
    "~ZKFPVersion",
}
_INTERLOCKS: dict[str, tuple[tuple[int, ...], ...]] = {
    "1": ((1, 2),),
    "2": ((3, 4),),
    "3": ((1, 2, 3),),
    "4": ((1, 2), (3, 4)),
    "5": ((1, 2, 3, 4),),
}
_BYTE_SETTINGS = ("Drivertime", "Detectortime", "Intertime")


@dataclass(frozen=True, slots=True)
class User:
    """A person the panel knows.

    `doors` are the doors the person may open, during time zone `timezone`.
    `start` and `end` are dates as YYYYMMDD, 0 for unlimited; packed times where
    the panel's parameter DateFmtFunOn is 1.
    """

    pin: int
    card: int = 0
    name: str = ""
    doors: tuple[int, ...] = (1, 2, 3, 4)
    timezone: int = 1
    start: int = 0
    end: int = 0
    password: str = ""


ALICE = User(1, 1234567, "Alice")
BOB = User(2, 7654321, "Bob", doors=(1,))


def generated_users(count: int) -> list[User]:
    """Return people beside Alice and Bob: PIN 101 and up, card 1000101 and up."""
    return [User(n, 1000000 + n, f"User {n}") for n in range(101, 101 + count)]


class Code(IntEnum):
    """The events that this panel can record."""

    GRANTED = 0
    GRANTED_DURING_NORMAL_OPEN = 1
    SCHEDULE_OPENED = 5
    ALARMS_CANCELLED = 7
    REMOTE_OPENED = 8
    REMOTE_CLOSED = 9
    SCHEDULE_OFF = 10
    SCHEDULE_ON = 11
    AUX_OUTPUT_ON = 12
    AUX_OUTPUT_OFF = 13
    INTERVAL_TOO_SHORT = 20
    DOOR_OUT_OF_HOURS = 21
    USER_OUT_OF_HOURS = 22
    NO_RIGHT = 23
    INTERLOCKED = 25
    UNKNOWN_CARD = 27
    HELD_OPEN = 28
    EXPIRED = 29
    EXIT_BUTTON_OUT_OF_HOURS = 36
    CANNOT_CLOSE = 37
    CARD_REPORTED_LOST = 38
    TAMPER = 100
    DURESS = 101
    FORCED = 102
    DOOR_OPENED = 200
    DOOR_CLOSED = 201
    EXIT_BUTTON = 202
    SCHEDULE_ENDED = 204
    REMOTE_HELD_OPEN = 205
    STARTED = 206
    EXIT_BUTTON_LOCKED = 209
    AUX_INPUT_OPENED = 220
    AUX_INPUT_SHORTED = 221

    @property
    def words(self) -> str:
        """The event for a person to read."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Event:
    """Something the panel recorded; `time` is the panel's own wall clock.

    `door` holds the number of the input or output for auxiliary events.
    """

    index: int
    time: datetime
    code: int
    door: int = 0
    card: int = 0
    pin: int = 0
    verified: int = BY_NOBODY
    direction: int = DIRECTION_NONE

    @property
    def row(self) -> Row:
        """The event as a row of the transaction table, fields of every layout."""
        return {
            "Index": self.index,
            "Time_second": pack_time(self.time),
            "EventType": self.code,
            "DoorID": self.door,
            "Cardno": self.card,
            "Pin": self.pin,
            "Verified": self.verified,
            "InOutState": self.direction,
            "Sitecode": 0,
        }


class C3World:
    """The panel without its network: what people do to it and what it records."""

    def __init__(
        self,
        *,
        doors: int,
        serial: str,
        model: str,
        firmware: str,
        mac: str,
        password: str,
        aux_inputs: int,
        aux_outputs: int,
        users: list[User],
        tables: Tables,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        """Set up the panel with its people, everything closed and quiet."""
        self._now = now
        self.monotonic = monotonic
        self.clock_offset = timedelta()
        self.tables = tables
        self.parameters: dict[str, str] = {
            "~SerialNumber": serial,
            "LockCount": str(doors),
            "ReaderCount": str(doors * 2),
            "AuxInCount": str(aux_inputs),
            "AuxOutCount": str(aux_outputs),
            "FirmVer": firmware,
            "DeviceName": model,
            "~DeviceName": model,
            "MAC": mac,
            "ComPwd": password,
            **_DEVICE_DEFAULTS,
        }
        for n in range(1, doors + 1):
            for name, value in DEFAULTS.items():
                self.parameters[f"Door{n}{name}"] = str(value)
            # The reader to come in by, and the one to leave by.
            self.parameters[f"Reader{2 * n - 1}IOState"] = "0"
            self.parameters[f"Reader{2 * n}IOState"] = "1"
        self._doors = {
            n: Door(n, self.parameters, monotonic) for n in range(1, doors + 1)
        }
        self.aux_inputs = dict.fromkeys(range(1, aux_inputs + 1), False)
        self._aux_until = dict.fromkeys(range(1, aux_outputs + 1), -inf)
        self.ring: deque[Event] = deque(maxlen=RING_SIZE)
        self._transactions: list[Event] = []
        self._last_index = 0
        self.read_up_to = 0
        self.commands: list[tuple[int, bytes]] = []
        always: Row = {f"{day}Time1": 2359 for day in _WEEK + _HOLIDAYS}
        tables.put("timezone", {"TimezoneId": 1, **always})
        for user in users:
            self.add_user(user)

    @property
    def time(self) -> datetime:
        """The panel's own wall clock."""
        return self._now().replace(tzinfo=None) + self.clock_offset

    @property
    def doors(self) -> dict[int, Door]:
        """The doors by number, as they are now."""
        self.settle()
        return self._doors

    @property
    def transactions(self) -> list[Event]:
        """Every event since the panel was made or its log was wiped."""
        self.settle()
        return self._transactions

    @property
    def aux_outputs(self) -> dict[int, bool]:
        """Which auxiliary outputs are on."""
        now = self.monotonic()
        return {n: now < until for n, until in self._aux_until.items()}

    def add_user(self, user: User) -> None:
        """Give a person an entry and the right to open doors."""
        self.tables.put(
            "user",
            {
                "CardNo": user.card,
                "Pin": user.pin,
                "Password": user.password,
                "StartTime": user.start,
                "EndTime": user.end,
                "Name": user.name,
            },
        )
        if mask := sum(1 << (door - 1) for door in user.doors):
            right: Row = {"Pin": user.pin, "AuthorizeTimezoneId": user.timezone}
            self.tables.put("userauthorize", {**right, "AuthorizeDoorId": mask})

    # What people do

    def swipe(self, door: int, card: int, reader: Reader = "in") -> Event:
        """Hold a card against a reader; the relay pulses when it is granted."""
        if not 0 <= card <= MAX_CARD:
            raise ValueError(f"card must be 0 to {MAX_CARD}")
        self.settle()
        target = self.door(door)
        user = next((u for u in self.tables["user"] if u["CardNo"] == card != 0), None)
        code = self._judge(target, user)
        target.last_punch = self.monotonic()
        if code is Code.GRANTED:
            target.drive(target.setting("Drivertime"))
        return self.log(
            code,
            door=door,
            card=card,
            pin=int(user["Pin"]) if user else 0,
            verified=BY_CARD,
            direction=self.direction(door, reader),
        )

    def direction(self, door: int, reader: Reader) -> int:
        """Return which way a reader counts people: 0 in, 1 out."""
        number = 2 * door if reader == "out" else 2 * door - 1
        return int(self.parameters[f"Reader{number}IOState"])

    def exit_button(self, door: int) -> Event:
        """Press the exit button."""
        self.settle()
        target = self.door(door)
        if not self._covers(target.setting("ValidTZ")):
            return self.log(Code.EXIT_BUTTON_OUT_OF_HOURS, door=door)
        if not target.setting("REXInput"):
            return self.log(Code.EXIT_BUTTON_LOCKED, door=door)
        target.drive(target.setting("Drivertime"))
        return self.log(Code.EXIT_BUTTON, door=door)

    def open_contact(self, door: int) -> Event | None:
        """Pull the door open; forced when the relay is idle.

        Returns nothing when it was open already or has no sensor.
        """
        return self._open(self.door(door), unlocked=None)

    def force(self, door: int) -> Event | None:
        """Break the door open, whatever the relay does."""
        return self._open(self.door(door), unlocked=False)

    def close_contact(self, door: int) -> Event | None:
        """Push the door shut."""
        self.settle()
        target = self.door(door)
        if not target.contact_open:
            return None
        target.contact_open = False
        target.alarm_bits &= ~HELD_OPEN
        if not target.sensor_type:
            return None
        if target.setting("CloseAndLock") and not target.normal_open:
            target.release()
        return self.log(Code.DOOR_CLOSED, door=door)

    def aux_input(self, number: int, active: bool) -> Event | None:
        """Short (active) or open an auxiliary input."""
        self.settle()
        if number not in self.aux_inputs:
            raise ValueError(f"aux input must be 1 to {len(self.aux_inputs)}")
        if self.aux_inputs[number] == active:
            return None
        self.aux_inputs[number] = active
        return self.log(
            Code.AUX_INPUT_SHORTED if active else Code.AUX_INPUT_OPENED, door=number
        )

    def tamper(self) -> Event:
        """Open the panel's box."""
        self.settle()
        for door in self._doors.values():
            door.alarm = True
            door.alarm_bits |= TAMPER
        return self.log(Code.TAMPER)

    def duress(self, door: int, user: User) -> Event:
        """Enter the duress password: the door opens, with an alarm."""
        self.settle()
        target = self.door(door)
        target.drive(target.setting("Drivertime"))
        target.alarm = True
        target.alarm_bits |= DURESS
        return self.log(
            Code.DURESS, door=door, pin=user.pin, verified=BY_PASSWORD, direction=0
        )

    # What a client asks for

    def control(self, data: bytes) -> bool:
        """Carry out a control command; return whether the panel restarts."""
        self.settle()
        if len(data) != 5:
            raise Refused(WRONG_PARAMETER)
        self.commands.append((data[0], data[1:]))
        match [*data]:
            case [1, number, 1, seconds, 0]:
                self._control_door(self._addressed(number), seconds)
            case [1, number, 2, seconds, 0] if number in self._aux_until:
                self._control_aux(number, seconds)
            case [2, 0, 0, 0, 0]:
                for door in self._doors.values():
                    door.alarm = False
                    door.alarm_bits &= HELD_OPEN
                self.log(Code.ALARMS_CANCELLED)
            case [3, 0, 0, 0, 0]:
                return True
            case [4, number, (0 | 1) as enable, 0, 0]:
                self._control_schedule(self._addressed(number), bool(enable))
            case _:
                raise Refused(WRONG_PARAMETER)
        return False

    def get_parameters(self, names: list[str]) -> dict[str, str]:
        """Return the parameters asked for; an unknown one is empty."""
        known = {**self.parameters, "DateTime": str(pack_time(self.time))}
        return {name: known.get(name, "") for name in names}

    def set_parameters(self, values: Mapping[str, str]) -> bool:
        """Change parameters; return whether the panel restarts."""
        for name, value in values.items():
            number = int(value) if value.isdecimal() else inf
            if name in _READ_ONLY or (name.endswith(_BYTE_SETTINGS) and number > 255):
                raise Refused(WRONG_PARAMETER)
            if name == "DateTime":
                try:
                    wanted = unpack_time(int(value))
                except ValueError as err:
                    raise Refused(WRONG_PARAMETER) from err
                self.clock_offset += wanted - self.time
            elif name in self.parameters:
                self.parameters[name] = value
        return values.get("Reboot") == "1"

    def restarted(self) -> None:
        """Come up again: memory empty, relays dropped, event 206 recorded."""
        for door in self._doors.values():
            door.rest()
        self._aux_until = dict.fromkeys(self._aux_until, -inf)
        self.ring.clear()
        self.log(Code.STARTED)

    def wipe_transactions(self) -> None:
        """Empty the event table."""
        self._transactions.clear()

    # How it hangs together

    def settle(self) -> None:
        """Let happen what was due by now: schedules and held-open alarms."""
        for door in self._doors.values():
            self._follow_schedule(door)
        now = self.monotonic()
        for door in sorted(self._doors.values(), key=lambda door: door.held_open_since):
            due = door.held_open_since
            if due <= now:
                door.alarm = True
                door.alarm_bits |= HELD_OPEN
                self.log(
                    Code.HELD_OPEN, door=door.number, ago=timedelta(seconds=now - due)
                )

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
        """Record an event, in the table and for whoever polls."""
        self._last_index += 1
        when = (self.time - ago).replace(microsecond=0)
        event = Event(
            self._last_index, when, code, door, card, pin, verified, direction
        )
        self._transactions.append(event)
        self.ring.append(event)
        return event

    def door(self, number: int) -> Door:
        """Return a door; raise ValueError for a number it does not have."""
        if number not in self._doors:
            raise ValueError(f"door must be 1 to {len(self._doors)}")
        return self._doors[number]

    def _addressed(self, number: int) -> Door:
        if number not in self._doors:
            raise Refused(WRONG_PARAMETER)
        return self._doors[number]

    def _control_door(self, door: Door, seconds: int) -> None:
        if seconds == ALWAYS:
            door.relay_until = inf
            door.latched = True
            self.log(Code.REMOTE_HELD_OPEN, door=door.number)
        elif seconds:
            door.drive(seconds)
            self.log(Code.REMOTE_OPENED, door=door.number)
        elif door.normal_open:
            self.log(Code.CANNOT_CLOSE, door=door.number)
            raise Refused(NORMAL_OPEN)
        else:
            door.release()
            self.log(Code.REMOTE_CLOSED, door=door.number)

    def _control_aux(self, number: int, seconds: int) -> None:
        # A timed output ends without an event; only switching it off logs one.
        until = inf if seconds == ALWAYS else self.monotonic() + seconds
        self._aux_until[number] = until if seconds else -inf
        self.log(Code.AUX_OUTPUT_ON if seconds else Code.AUX_OUTPUT_OFF, door=number)

    def _control_schedule(self, door: Door, enable: bool) -> None:
        # Switching the schedule off also takes the latch of "stay open", but
        # the relay stays as it is until it is told to close.
        if not enable:
            door.latched = False
            if door.scheduled:
                door.relay_until = inf
        day = 0 if enable else int(f"{self.time:%Y%m%d}")
        self.parameters[f"Door{door.number}CancelKeepOpenDay"] = str(day)
        self.log(Code.SCHEDULE_ON if enable else Code.SCHEDULE_OFF, door=door.number)
        door.scheduled = enable and self._covers(door.setting("KeepOpenTimeZone"))

    def _follow_schedule(self, door: Door) -> None:
        cancelled = door.setting("CancelKeepOpenDay") == int(f"{self.time:%Y%m%d}")
        due = not cancelled and self._covers(door.setting("KeepOpenTimeZone"))
        if due != door.scheduled:
            door.scheduled = due
            self.log(
                Code.SCHEDULE_OPENED if due else Code.SCHEDULE_ENDED, door=door.number
            )

    def _open(self, door: Door, unlocked: bool | None) -> Event | None:
        self.settle()
        if door.contact_open:
            return None
        door.contact_open = True
        door.opened_at = self.monotonic()
        if not door.sensor_type:
            return None
        if door.relay if unlocked is None else unlocked:
            return self.log(Code.DOOR_OPENED, door=door.number)
        door.alarm = True
        door.alarm_bits |= FORCED
        return self.log(Code.FORCED, door=door.number)

    def _judge(self, door: Door, user: Row | None) -> Code:
        """Decide about somebody who asks to pass."""
        packed = self.parameters.get("DateFmtFunOn") == "1"
        now = pack_time(self.time) if packed else int(f"{self.time:%Y%m%d}")
        rights = [
            row
            for row in self.tables["userauthorize"]
            if user is not None
            and row["Pin"] == user["Pin"]
            and int(row["AuthorizeDoorId"]) >> (door.number - 1) & 1
        ]
        if user is None:
            return Code.UNKNOWN_CARD
        if any(row["CardNo"] == user["CardNo"] for row in self.tables["losscard"]):
            return Code.CARD_REPORTED_LOST
        if not self._covers(door.setting("ValidTZ")):
            return Code.DOOR_OUT_OF_HOURS
        if self.monotonic() - door.last_punch < door.setting("Intertime"):
            return Code.INTERVAL_TOO_SHORT
        if now < int(user["StartTime"]) or 0 < int(user["EndTime"]) < now:
            return Code.EXPIRED
        if not rights:
            return Code.NO_RIGHT
        if not any(self._covers(int(row["AuthorizeTimezoneId"])) for row in rights):
            return Code.USER_OUT_OF_HOURS
        if self._interlocked(door):
            return Code.INTERLOCKED
        return Code.GRANTED_DURING_NORMAL_OPEN if door.normal_open else Code.GRANTED

    def _interlocked(self, door: Door) -> bool:
        """Whether another door of the same interlock group is open."""
        groups = _INTERLOCKS.get(self.parameters["InterLock"], ())
        return any(
            other.contact_open
            for group in groups
            if door.number in group
            for other in self._doors.values()
            if other.number in group and other is not door
        )

    def _covers(self, timezone: int) -> bool:
        """Whether a weekly time zone of the panel includes this moment."""
        zone = next(
            (z for z in self.tables["timezone"] if z["TimezoneId"] == timezone), None
        )
        if zone is None:
            return False
        now = self.time
        day = self._holiday(now.date()) or _WEEK[now.isoweekday() % 7]
        minute = now.hour * 100 + now.minute
        slots = [int(zone[f"{day}Time{n}"]) for n in (1, 2, 3)]
        return any(slot and slot >> 16 <= minute <= slot & 0xFFFF for slot in slots)

    def _holiday(self, today: date) -> str | None:
        for row in self.tables["holiday"]:
            year, day = divmod(int(row["Holiday"]), 10000)
            yearly = row["Loop"] == 1
            kind = f"Hol{int(row['HolidayType'])}"
            if day == today.month * 100 + today.day and (yearly or year == today.year):
                return kind if kind in _HOLIDAYS else None
        return None
