"""What a terminal tells unasked: somebody verified, a key, an alarm, how an enrolment goes on.

Lives here: the numbers of events, and their data as typed values. Not here: acknowledging them (`client`), what they mean
for a door. Layouts differ by firmware and some were never published, so whatever cannot be read is `Raw`, never an error.
Sources: "Protocol Description of ZKTeco's Standalone Devices"; the vendor's communication manual of 2006; SDK manual 2.1;
captured frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum, auto
import struct
from typing import Final

from ..errors import InvalidValue


class EventCode(IntEnum):
    """The number in the session field of an event packet; each is one bit of the mask that asks for events."""

    ATTENDANCE = 1
    FINGER = 2
    ENROL_USER = 4
    ENROL_FINGER = 8
    BUTTON = 16
    UNLOCK = 32
    VERIFY = 128
    SCORE = 256
    ALARM = 512
    CARD = 1024
    WRITE_CARD = 2048
    EMPTY_CARD = 4096
    DELETE_TEMPLATE = 8192


ALL_EVENTS: Final = 0xFFFF
"""The mask that the vendor's own software uses."""


def encode_registration(mask: int = ALL_EVENTS) -> bytes:
    """Build the request for the events in `mask`; 0 ends them. Raises `InvalidValue` beyond 32 bits."""
    if not 0 <= mask <= 0xFFFFFFFF:
        raise InvalidValue("events", "a mask of 32 bits")
    return mask.to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class Punch:
    """A person verified, and the terminal wrote a record of it."""

    user_id: str
    verify: int
    """How, in the terminal's own numbers."""
    state: int
    """0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 none."""
    time: datetime | None
    """The terminal's local time, naive; None when it is no date."""
    tail: bytes = b""
    """What longer forms carry beyond that; its meaning was never published."""
    uid: int | None = None
    """The terminal's internal number, where the event has that in place of the user ID.

    `user_id` is then the same number as text, which is right on the old terminals that know no other.
    """


@dataclass(frozen=True, slots=True)
class FingerPlaced:
    """A finger lies on the sensor, known or not."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The terminal compared somebody with whom it knows."""

    user: int | None
    """The internal number; None for a person whom the terminal does not know."""


@dataclass(frozen=True, slots=True)
class Score:
    """How good a sample of a finger is, during an enrolment: 0 to 100."""

    score: int


@dataclass(frozen=True, slots=True)
class EnrolProgress:
    """An enrolment goes on; what the value counts differs by model."""

    value: int


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolment ended; `templates.ENROL_RESULTS` has the results in words. Some terminals say it twice."""

    result: int
    """0 when it succeeded."""
    user_id: str | None = None
    finger: int | None = None
    """0 to 9."""


@dataclass(frozen=True, slots=True)
class EnrolledUser:
    """Somebody became a user at the terminal itself."""

    uid: int


@dataclass(frozen=True, slots=True)
class Button:
    """A key of the terminal was pressed."""

    key: int


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The lock opened. What the data mean was never published."""

    data: bytes


class AlarmKind(Enum):
    """What an alarm event is about; not all of them are alarms."""

    MISOPERATION = auto()
    TAMPER = auto()
    EXIT_BUTTON = auto()
    DOOR_SENSOR = auto()
    """The door sensor reports something unknown."""
    DOOR_FORCED = auto()
    DOOR_NOT_CLOSED = auto()
    """Open, or not closed properly."""
    DOOR_CLOSED = auto()
    DURESS = auto()
    ANTI_PASSBACK = auto()


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm, the exit button, or the door sensor."""

    kind: AlarmKind
    user: int | None = None
    """The internal number of who set it off, where somebody did."""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card was held to the reader."""

    card: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Raw:
    """An event with a code or a length that no document explains. The data may hold anything, also card numbers."""

    code: int
    data: bytes = field(repr=False)


type Event = (
    Punch
    | FingerPlaced
    | Verified
    | Score
    | EnrolProgress
    | Enrolled
    | EnrolledUser
    | Button
    | Unlocked
    | Alarm
    | CardSeen
    | Raw
)

# user | verification | state | year, month, day, hour, minute, second
_BY_UID: Final = struct.Struct("<HBB6s")
_BY_NUMBER: Final = struct.Struct("<IBB6s")
_BY_TEXT: Final = struct.Struct("<24sBB6s")
# By length of the data. Whatever is longer than the last one is text with something behind it.
_PUNCHES: Final[Mapping[int, struct.Struct]] = {
    10: _BY_UID,
    12: _BY_NUMBER,
    14: _BY_UID,
}
_NO_STATE: Final = 255

# result | size of the template | user ID; the finger follows
_ENROLLED: Final = struct.Struct("<HH9s")
# In a packet of two bytes these are results; any other value says how the enrolment goes on.
_ENROL_FAILURES: Final = (4, 5, 6)
_LAST_FINGER: Final = 9

_UNKNOWN_PERSON: Final = 0xFFFFFFFF

_ALARMS: Final[Mapping[int, AlarmKind]] = {
    53: AlarmKind.EXIT_BUTTON,
    54: AlarmKind.DOOR_SENSOR,
    55: AlarmKind.TAMPER,
    58: AlarmKind.MISOPERATION,
}
# The SDK manual counts 54 among the decimal numbers; the protocol description has it hexadecimal.
_DOOR_SENSOR: Final = (54, 0x54)
# The manual gives these numbers to the callback; that they are the second word is likely, not proven.
_DOOR_SENSOR_SAYS: Final[Mapping[int, AlarmKind]] = {
    1: AlarmKind.DOOR_FORCED,
    4: AlarmKind.DOOR_NOT_CLOSED,
    5: AlarmKind.DOOR_CLOSED,
    53: AlarmKind.EXIT_BUTTON,
}
_PERSON_ALARMS: Final[Mapping[int, AlarmKind]] = {
    32: AlarmKind.DURESS,
    34: AlarmKind.ANTI_PASSBACK,
}
# all ones | type and user, in either order | how the person verified
_PERSON_ALARM: Final = struct.Struct("<IHHI")


def decode_event(code: int, data: bytes) -> Event:
    """Read one event. Never raises: an unknown code or length is `Raw`."""
    return _decode(code, data) or Raw(code, data)


def _decode(code: int, data: bytes) -> Event | None:
    match code:
        case EventCode.ATTENDANCE:
            return _punch(data)
        case EventCode.FINGER:
            return FingerPlaced()
        case EventCode.ENROL_USER if len(data) == 2:
            return EnrolledUser(int.from_bytes(data, "little"))
        case EventCode.ENROL_FINGER:
            return _enrolment(data)
        # No document gives the width of a key's number.
        case EventCode.BUTTON if len(data) in (1, 2, 4):
            return Button(int.from_bytes(data, "little"))
        case EventCode.UNLOCK:
            return Unlocked(data)
        # The protocol description has a fifth byte, the callback in the SDK manual has not.
        case EventCode.VERIFY if len(data) in (4, 5):
            user = int.from_bytes(data[:4], "little")
            return Verified(None if user == _UNKNOWN_PERSON else user)
        case EventCode.SCORE if len(data) == 1:
            return Score(data[0])
        case EventCode.ALARM:
            return _alarm(data)
        case EventCode.CARD if len(data) == 4:
            return CardSeen(int.from_bytes(data, "little"))
    return None


def _punch(data: bytes) -> Punch | None:
    """Read who verified: 10, 12, 14, or 32 and more bytes (36, 37 and 52 are known)."""
    layout = _BY_TEXT if len(data) >= _BY_TEXT.size else _PUNCHES.get(len(data))
    if layout is None:
        return None
    user, verify, state, time = layout.unpack_from(data)
    user_id = _text(user) if isinstance(user, bytes) else str(user)
    if user_id is None:
        return None
    # The upper half of the short form says whether the record is valid.
    if layout is _BY_UID and state != _NO_STATE:
        state &= 0x0F
    return Punch(
        user_id,
        verify,
        state,
        _time(time),
        data[layout.size :],
        user if layout is _BY_UID else None,
    )


def _enrolment(data: bytes) -> Enrolled | EnrolProgress | None:
    """Read how an enrolment goes on (1 or 2 bytes) or ended (2, or 8 and more)."""
    value = int.from_bytes(data[:2], "little")
    if len(data) == 1 or (len(data) == 2 and value not in _ENROL_FAILURES):
        return EnrolProgress(value)
    if len(data) == 2:
        return Enrolled(value)
    if len(data) < 8:
        return None
    if len(data) <= _ENROLLED.size:
        return Enrolled(value)
    # A byte that can be a finger ends the short form; in a longer user ID it is a letter or a digit.
    finger = data[_ENROLLED.size]
    if finger <= _LAST_FINGER:
        return Enrolled(value, _text(data[4 : _ENROLLED.size]), finger)
    return Enrolled(value, _text(data[4:]))


def _alarm(data: bytes) -> Alarm | None:
    """Read an alarm of 4, 8 or 12 bytes."""
    if len(data) == _PERSON_ALARM.size:
        ones, first, second, _ = _PERSON_ALARM.unpack(data)
        if ones != 0xFFFFFFFF:
            return None
        # The two documents disagree about the order, and the types are numbers that users have too.
        if first in _PERSON_ALARMS:
            return Alarm(_PERSON_ALARMS[first], second or None, data)
        if second in _PERSON_ALARMS:
            return Alarm(_PERSON_ALARMS[second], first or None, data)
        return None
    if len(data) == 8 and data[0] in _DOOR_SENSOR:
        says = int.from_bytes(data[4:], "little")
        return Alarm(
            _DOOR_SENSOR_SAYS.get(says, AlarmKind.DOOR_SENSOR),
            raw=data,
        )
    if len(data) in (4, 8):
        kind = _ALARMS.get(int.from_bytes(data[:4], "little"))
        return None if kind is None else Alarm(kind, raw=data)
    return None


def _text(data: bytes) -> str | None:
    """Return a user ID; None for bytes that are none."""
    text = data.partition(b"\0")[0].decode("ascii", "replace")
    return text if text.isascii() and text.isprintable() and text else None


def _time(data: bytes) -> datetime | None:
    year, month, day, hour, minute, second = data
    try:
        return datetime(2000 + year, month, day, hour, minute, second)
    except ValueError:
        return None
