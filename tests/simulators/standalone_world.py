"""What happens inside the simulated terminal: its door, people, clock and logs.

Time is only looked at, never waited for. What is noticed goes out through `emit`;
no packets and no sockets here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import cycle, islice
from math import inf
from random import Random
import struct
from typing import Literal

from .standalone_records import (
    DISABLED,
    SUPER_ADMIN,
    Operation,
    Record,
    User,
    number_of,
)
from .standalone_wire import pack_time, six_bytes

type EventForm = Literal[10, 12, 14, 32, 36, 37, 52]
type Alarm = Literal["tamper", "misoperation", "duress", "anti-passback"]

BY_PASSWORD, BY_FINGER, BY_CARD = 0, 1, 2
UNKNOWN_PERSON = 0xFFFFFFFF
SAMPLES = 3  # that an enrolment takes
MAX_ZONE, MAX_COMBINATION, MAX_GROUP = 50, 10, 99

_ALL_DAY = bytes((0, 0, 23, 59)) * 7
_NAMES = ("Alice", "Bob", "Carol", "Dave", "Erin")


class Event(IntEnum):
    """What a terminal can send unasked; also the bits of a client's mask."""

    ATTENDANCE = 1
    FINGER = 2
    ENROL_USER = 4
    ENROL_FINGER = 8
    BUTTON = 16
    UNLOCK = 32
    VERIFY = 128
    SAMPLE = 256
    ALARM = 512
    CARD = 1024


class Did(IntEnum):
    """The operations that this terminal writes into its log."""

    POWER_ON = 0
    FAILED_LOGIN = 2
    ALARM = 3
    OPTION_CHANGED = 5
    FINGER_ENROLLED = 6
    CARD_ENROLLED = 8
    USER_DELETED = 9
    FINGER_DELETED = 10
    DATA_CLEARED = 13
    TIME_SET = 21
    LOGS_CLEARED = 23
    ADMINS_CLEARED = 24
    UNLOCKED = 29
    USER_ADDED = 30
    DURESS = 32
    ANTI_PASSBACK = 34


DOOR_SENSOR, EXIT_BUTTON, TAMPER, MISOPERATION = 54, 53, 55, 58
FORCED, OPENED, CLOSED = 1, 4, 5
_SIMPLE_ALARMS: dict[Alarm, int] = {"tamper": TAMPER, "misoperation": MISOPERATION}
_PERSONAL_ALARMS: dict[Alarm, Did] = {
    "duress": Did.DURESS,
    "anti-passback": Did.ANTI_PASSBACK,
}


@dataclass(frozen=True, slots=True)
class Template:
    """One finger: `flag` is 0 invalid, 1 valid, 3 duress."""

    data: bytes
    flag: int = 1


@dataclass(slots=True)
class Enrolment:
    """Somebody is asked for a finger."""

    user_id: str
    finger: int
    flag: int = 1
    good: int = 0


@dataclass(slots=True)
class Access:
    """Who may pass when: zones, groups and combinations, as bytes of the wire.

    `groups` holds three zones and the byte with holiday bit and verify mode;
    `combinations` five groups and their number.
    """

    zones: dict[int, bytes] = field(default_factory=lambda: {1: _ALL_DAY})
    groups: dict[int, tuple[int, int, int, int]] = field(
        default_factory=lambda: {1: (1, 0, 0, 0)}
    )
    combinations: dict[int, tuple[bytes, int]] = field(
        default_factory=lambda: {1: (b"\1\0\0\0\0", 1)}
    )
    verify_modes: dict[int, int] = field(default_factory=dict)


def generated_users(count: int) -> dict[int, User]:
    """Return people by uid: 1 is Alice, an administrator, with the user id 1001."""
    return {
        uid: User(
            uid,
            str(1000 + uid),
            _NAMES[uid - 1] if uid <= len(_NAMES) else f"User {uid}",
            privilege=SUPER_ADMIN if uid == 1 else 0,
            password="2580" if uid == 3 else "",
            card=1_000_000 + uid,
        )
        for uid in range(1, count + 1)
    }


def generated_records(users: list[User], count: int, end: datetime) -> list[Record]:
    """Return what the people did, one record a minute until just before `end`."""
    people = users or [User(1, "1001")]
    first = end - timedelta(minutes=count)
    return [
        Record(
            user.uid,
            user.user_id,
            BY_FINGER,
            n // len(people) % 2,
            pack_time(first + timedelta(minutes=n)),
        )
        for n, user in enumerate(islice(cycle(people), count))
    ]


def invented_template(uid: int, finger: int, version: str = "10") -> bytes:
    """Return bytes that look like a fingerprint and end in zeros, as some do."""
    random = Random(uid * 10 + finger)
    if version == "9":
        return random.randbytes(480 + uid % 50) + bytes(8)
    return bytes.fromhex("4dfd53533231") + random.randbytes(1000 + uid % 50) + bytes(8)


class TerminalWorld:
    """The terminal without its network.

    `log` and `operations` are its two logs, `users` are by uid, `templates` by
    uid and finger, `unlocks` are the unlock commands as (monotonic time, number
    on the wire). `voices` and `screen` are what it said and showed.
    """

    def __init__(
        self,
        *,
        serial: str,
        model: str,
        users: int,
        records: int,
        contact: bool,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        """Set up the terminal with its people, the door shut."""
        self._now = now
        self.monotonic = monotonic
        self.clock_offset = timedelta()
        self.contact = contact
        self.leaf_open = False
        self.unlock_unit = 0.1  # seconds that one of an unlock command is worth
        self.event_form: EventForm = 32
        self.alarm_type_last = False  # in 12-byte alarms: the other documented order
        self.wordy_enrolment = False  # progress first, and the result twice
        self.firmware = "Ver 6.60 Apr 28 2017"
        self.users = generated_users(users)
        self.templates: dict[tuple[int, int], Template] = {
            (uid, 6): Template(invented_template(uid, 6)) for uid in self.users
        }
        self.log = generated_records([*self.users.values()], records, self.time)
        self.operations: list[Operation] = []
        self.access = Access()
        self.messages: dict[int, bytes] = {}
        self.user_messages: set[tuple[int, int]] = set()
        self.unlocks: list[tuple[float, int]] = []
        self.voices: list[int] = []
        self.screen: dict[int, str] = {}
        self.clock_shown = True
        self.enrolling: Enrolment | None = None
        self.asleep = False
        self._relay_until = -inf
        self._disabled_until = -inf
        self.options = {
            "~SerialNumber": serial,
            "~DeviceName": model,
            "~Platform": "ZEM560_TFT",
            "~OS": "1",
            "~OEMVendor": "ZKTeco Inc.",
            "~ProductTime": "2017-04-28 09:30:11",
            "MAC": "00:17:61:c8:ec:18",
            "~ZKFPVersion": "10",
            "FingerFunOn": "1",
            "FaceFunOn": "0",
            "PhotoFunOn": "0",
            "~RFCardOn": "1",
            "~IsOnlyRFMachine": "0",
            "~LockFunOn": "15",
            "LockOn": "5",
            "AntiPassbackOn": "0",
            "~DCTZ": "0",
            "~DOTZ": "0",
            "~PIN2Width": "9",
            "~IsABCPinEnable": "0",
            "~T9FunOn": "0",
            "~ExtendFmt": "0",
            "~UserExtFmt": "0",
            "ExtendOPLog": "0",
            "CompatOldFirmware": "0",
            "~SSR": "1",
            "WorkCode": "0",
            "DeviceID": "1",
            "Language": "69",
            "IdleMinute": "0",
            "IdlePower": "88",
            "VoiceOn": "1",
            "ShowScore": "0",
            "DtFmt": "9",
            "AutoAlarm1": "65535",
            "NetworkOn": "1",
            "TCPPort": "4370",
            "UDPPort": "4370",
            "IPAddress": "127.0.0.1",
            "NetMask": "255.0.0.0",
            "GATEIPAddress": "127.0.0.1",
            "AlarmAttLog": "99",
            "AlarmReRec": "0",
            "SDKBuild": "0",
        }

    def emit(self, code: int, data: bytes = b"") -> None:
        """Tell whoever listens; a terminal without a network tells nobody."""

    # What a test looks at

    @property
    def time(self) -> datetime:
        """The terminal's own wall clock."""
        return self._now().replace(tzinfo=None) + self.clock_offset

    @property
    def relay(self) -> bool:
        """Whether the lock is released now."""
        return self.monotonic() < self._relay_until

    @property
    def disabled(self) -> bool:
        """Whether a client has locked keys and readers."""
        return self.monotonic() < self._disabled_until

    @property
    def state(self) -> int:
        """What it is busy with: 0 nothing, 1 enrolling, 4 a client."""
        if self.enrolling:
            return 1
        return 4 if self.disabled else 0

    def user(self, user_id: str) -> User:
        """Return a person; raise ValueError for a stranger."""
        for user in self.users.values():
            if user.user_id == user_id:
                return user
        raise ValueError(f"nobody has the user id {user_id}")

    # What people do

    def verify(
        self, user_id: str, verify: int = BY_FINGER, state: int = 0
    ) -> Record | None:
        """Identify oneself; returns nothing when the terminal does not let in.

        Raises ValueError for a user id that nobody has.
        """
        user = self.user(user_id)
        if not self._awake(verify):
            return None
        if not self._may_pass(user):
            self._reject()
            return None
        self.emit(
            Event.VERIFY, struct.pack("<IB", number_of(user.user_id, user.uid), 1)
        )
        now = self.time
        record = Record(user.uid, user.user_id, verify, state, pack_time(now))
        self.log.append(record)
        self.emit(Event.ATTENDANCE, self.attendance(record))
        if self.options["~LockFunOn"] != "0":
            self._release(self._seconds("LockOn"))
        return record

    def refuse(self, verify: int = BY_FINGER) -> None:
        """Try to get in with a finger that nobody enrolled."""
        if self._awake(verify):
            self._reject()

    def swipe(self, card: int) -> Record | None:
        """Hold a card against the reader."""
        self.emit(Event.CARD, struct.pack("<I", card))
        for user in self.users.values():
            if user.card == card != 0:
                return self.verify(user.user_id, BY_CARD)
        self.refuse(BY_CARD)
        return None

    def press(self, key: int) -> None:
        """Press a key."""
        if not self.disabled:
            self.emit(Event.BUTTON, struct.pack("<I", key))

    def exit_button(self) -> None:
        """Press the exit button beside the door."""
        self._alarm(EXIT_BUTTON)
        self._release(self._seconds("LockOn"))

    def open_leaf(self) -> bool:
        """Pull the door open; forced when the lock is not released.

        Like `force` and `close_leaf` it returns whether the door moved.
        """
        return self._move_leaf(OPENED if self.relay else FORCED)

    def force(self) -> bool:
        """Break the door open, whatever the lock does."""
        return self._move_leaf(FORCED)

    def close_leaf(self) -> bool:
        """Push the door shut."""
        return self._move_leaf(CLOSED)

    def alarm(self, kind: Alarm, user_id: str = "") -> None:
        """Open the terminal's case, or do what a person must not.

        Duress and anti-passback need to know who did it.
        """
        if kind in _SIMPLE_ALARMS:
            self._alarm(_SIMPLE_ALARMS[kind])
            return
        did = _PERSONAL_ALARMS[kind]
        uid = self.user(user_id).uid
        self.note(did, 1, uid)
        words = (uid, did) if self.alarm_type_last else (did, uid)
        self.emit(Event.ALARM, struct.pack("<IHHI", UNKNOWN_PERSON, *words, BY_FINGER))

    # Enrolling

    def start_enrolment(self, user_id: str, finger: int, flag: int = 1) -> None:
        """Ask a person for a finger, from the menu or from a client."""
        self.enrolling = Enrolment(user_id, finger, flag)

    def present_finger(self, *, good: bool = True) -> None:
        """Give one sample; the last good one ends the enrolment."""
        self.emit(Event.FINGER)
        if not self.enrolling:
            return
        self.emit(Event.SAMPLE, bytes([100 if good else 0]))
        self.enrolling.good += good
        if self.wordy_enrolment:
            self.emit(Event.ENROL_FINGER, bytes([self.enrolling.good]))
        if self.enrolling.good == SAMPLES:
            self._end_enrolment(self.enrolling)

    def fail_enrolment(self, result: int) -> None:
        """End it without a finger: 4 failed, 5 a duplicate, 6 cancelled."""
        if self.enrolling:
            self.enrolling = None
            self.emit(Event.ENROL_FINGER, struct.pack("<H", result))

    def enrol(self, user_id: str, finger: int = 0) -> None:
        """Do a whole enrolment at the terminal's menu."""
        self.user(user_id)
        self.start_enrolment(user_id, finger)
        for _ in range(SAMPLES):
            self.present_finger()

    def _end_enrolment(self, enrolment: Enrolment) -> None:
        self.enrolling = None
        user = next(
            (u for u in self.users.values() if u.user_id == enrolment.user_id), None
        )
        if user is None:
            user = User(max(self.users, default=0) + 1, enrolment.user_id)
            self.users[user.uid] = user
            self.emit(Event.ENROL_USER, struct.pack("<H", user.uid))
            self.note(Did.USER_ADDED, user.uid)
        version = self.options.get("~ZKFPVersion", "10")
        data = invented_template(user.uid, enrolment.finger, version)
        finger = (user.uid, enrolment.finger)
        self.templates[finger] = Template(data, enrolment.flag)
        self.note(Did.FINGER_ENROLLED, user.uid, 0, enrolment.finger, len(data))
        result = struct.pack(
            "<HH9sB", 0, len(data), user.user_id.encode()[:9], enrolment.finger
        )
        for _ in range(2 if self.wordy_enrolment else 1):
            self.emit(Event.ENROL_FINGER, result)

    # What an administrator does in the menu

    def add_user(self, user_id: str, name: str = "") -> User:
        """Make somebody a user."""
        user = User(max(self.users, default=0) + 1, user_id, name)
        self.users[user.uid] = user
        self.note(Did.USER_ADDED, user.uid)
        self.emit(Event.ENROL_USER, struct.pack("<H", user.uid))
        return user

    def give_card(self, user_id: str, card: int) -> None:
        """Let a person have a card."""
        user = self.user(user_id)
        self.users[user.uid] = replace(user, card=card)
        self.note(Did.CARD_ENROLLED, user.uid)

    def rename(self, user_id: str, name: str) -> None:
        """Call a person something else, of which the operation log says nothing."""
        user = self.user(user_id)
        self.users[user.uid] = replace(user, name=name)

    # What a client asks for

    def unlock(self, number: int) -> None:
        """Release the lock; several commands queue up behind each other."""
        self.unlocks.append((self.monotonic(), number))
        begin = max(self.monotonic(), self._relay_until)
        self._relay_until = begin + number * self.unlock_unit
        self.note(Did.UNLOCKED)

    def disable(self, seconds: float = inf) -> None:
        """Lock keys and readers."""
        self._disabled_until = self.monotonic() + seconds

    def enable(self) -> None:
        """Let people use the terminal again."""
        self._disabled_until = -inf

    def set_time(self, moment: datetime) -> None:
        """Put the clock right, or wrong."""
        self.clock_offset += moment - self.time.replace(microsecond=0)
        self.note(Did.TIME_SET)

    def change_user(
        self,
        uid: int,
        *,
        group: int | None = None,
        zones: tuple[int, int, int] | None = None,
        own_zones: bool = False,
    ) -> None:
        """Put a person into a group, or give them time zones."""
        user = self.users[uid]
        if group is not None:
            user = replace(user, group=group)
        if zones is not None:
            user = replace(user, own_zones=own_zones, zones=zones)
        self.users[uid] = user

    def delete_user(self, uid: int) -> None:
        """Forget a person and their fingers."""
        del self.users[uid]
        self.templates = {k: t for k, t in self.templates.items() if k[0] != uid}
        self.note(Did.USER_DELETED, uid)

    def clear_admins(self) -> None:
        """Make everybody an ordinary user."""
        self.users = {
            uid: replace(user, privilege=user.privilege & DISABLED)
            for uid, user in self.users.items()
        }
        self.note(Did.ADMINS_CLEARED)

    def restarted(self) -> None:
        """Come up again: nothing in memory, everything stored still there."""
        self._relay_until = self._disabled_until = -inf
        self.enrolling = None
        self.asleep = False
        self.note(Did.POWER_ON)

    def note(self, did: int, *parameters: int) -> None:
        """Write into the operation log."""
        first, second, third, fourth = (*parameters, 0, 0, 0, 0)[:4]
        self.operations.append(
            Operation(
                did, self.time.replace(microsecond=0), (first, second, third, fourth)
            )
        )

    # How it hangs together

    def attendance(self, record: Record) -> bytes:
        """Return the data of the event that tells about a record."""
        what = bytes([record.verify, record.state]) + six_bytes(record.time)
        match self.event_form:
            case 10 | 14:
                who = struct.pack("<H", record.uid)
            case 12:
                who = struct.pack("<I", number_of(record.user_id, record.uid))
            case _:
                who = struct.pack("<24s", record.user_id.encode())
        return (who + what).ljust(self.event_form, b"\0")

    def _seconds(self, option: str) -> int:
        value = self.options[option]
        return int(value) if value.isdecimal() else 0

    def _release(self, seconds: int) -> None:
        self._relay_until = max(self._relay_until, self.monotonic() + seconds)

    def _awake(self, verify: int) -> bool:
        if self.disabled:
            return False
        if verify == BY_FINGER:
            self.emit(Event.FINGER)
        return True

    def _reject(self) -> None:
        self.emit(Event.VERIFY, struct.pack("<IB", UNKNOWN_PERSON, 1))

    def _may_pass(self, user: User) -> bool:
        if user.privilege & DISABLED or user.group not in self.access.groups:
            return False
        zones = user.zones if user.own_zones else self.access.groups[user.group][:3]
        alone = bytes([user.group]).ljust(5, b"\0")
        return any(self._covers(zone) for zone in zones) and any(
            groups == alone for groups, _ in self.access.combinations.values()
        )

    def _covers(self, zone: int) -> bool:
        hours = self.access.zones.get(zone)
        if hours is None:
            return False
        day = self.time.isoweekday() % 7 * 4
        start, end = tuple(hours[day : day + 2]), tuple(hours[day + 2 : day + 4])
        return start <= (self.time.hour, self.time.minute) <= end

    def _move_leaf(self, how: int) -> bool:
        if self.leaf_open == (how != CLOSED):
            return False
        self.leaf_open = how != CLOSED
        if self.contact:
            if how == FORCED:
                self.note(Did.ALARM, DOOR_SENSOR)
            self.emit(Event.ALARM, struct.pack("<II", DOOR_SENSOR, how))
        return True

    def _alarm(self, kind: int) -> None:
        self.note(Did.ALARM, kind)
        self.emit(Event.ALARM, struct.pack("<I", kind))
