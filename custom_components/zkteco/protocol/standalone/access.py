"""Who may enter when, and the door: time zones, groups, combinations, verify modes, unlock, door state.

Lives here: requests and answers of these commands as bytes. Not here: sending them, and the refresh that a write needs to
take effect (`rules`). "Time zone" is the field's word for a weekly schedule.
Sources: "Protocol Description of ZKTeco's Standalone Devices" (captured frames of one terminal); the vendor's communication
manual of 2006; SDK manual 2.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
import struct
from typing import Final

from ..errors import InvalidValue, MalformedReply

MAX_ZONE: Final = 50
MAX_GROUP: Final = 99
MAX_COMBINATION: Final = 10
MAX_MEMBERS: Final = 5
"""Groups in one combination."""
MAX_VERIFY_MODE: Final = 14
"""The modes that are documented for a user or a group; `event_codes.METHODS` has them in words."""
MAX_UNLOCK: Final = 254
"""Seconds."""
_MAX_UID: Final = 0xFFFF

_ZONE_WRITE: Final = struct.Struct("<I28s")
# What two more bytes at the end of an answer mean is unknown.
_ZONE_READ: Final = struct.Struct("<H28s")
_GROUP: Final = struct.Struct("<B3HB")  # group | zones | holidays and verify mode
_COMBINATION: Final = struct.Struct("<B5sH")  # number | groups | how many
_VERIFY_MODE: Final = struct.Struct("<HB21x")
_USER_ZONES_READ: Final = struct.Struct("<4H")  # flag | zones
_USER_ZONES_WRITE: Final = struct.Struct("<5I")  # uid | flag | zones

_HOLIDAYS: Final = 0x80
_OWN_MODE: Final = 0x80

# A start after the end is a day without access.
_CLOSED: Final = bytes((23, 59, 0, 0))


def _checked(field: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise InvalidValue(field, f"a whole number from {low} to {high}")
    return value


def _checked_uid(uid: int) -> int:
    return _checked("user", uid, 1, _MAX_UID)


def _checked_zones(zones: tuple[int, int, int]) -> tuple[int, int, int]:
    for zone in zones:
        _checked("time zone", zone, 0, MAX_ZONE)
    return zones


def _unpack(layout: struct.Struct, data: bytes, what: str) -> tuple[int, ...]:
    if len(data) < layout.size:
        raise MalformedReply(f"{len(data)} bytes are no {what}")
    return layout.unpack_from(data)


# --- Time zones ---


@dataclass(frozen=True, slots=True)
class Hours:
    """When a day has access, in whole minutes; both ends belong to it."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class WeekSchedule:
    """One of the terminal's time zones."""

    days: tuple[Hours | None, ...]
    """Seven, from Sunday; None is a day without access."""


def encode_zone_request(zone: int) -> bytes:
    """Build the request for a time zone, 1 to 50. Raises `InvalidValue`."""
    return _checked("time zone", zone, 1, MAX_ZONE).to_bytes(4, "little")


def encode_zone(zone: int, schedule: WeekSchedule) -> bytes:
    """Build the write of a time zone, 1 to 50.

    Raises `InvalidValue` unless there are seven days, and each starts before it ends, in whole minutes.
    """
    _checked("time zone", zone, 1, MAX_ZONE)
    if len(schedule.days) != 7:
        raise InvalidValue("schedule", "seven days")
    return _ZONE_WRITE.pack(zone, b"".join(map(_encode_hours, schedule.days)))


def _encode_hours(hours: Hours | None) -> bytes:
    if hours is None:
        return _CLOSED
    if hours.start > hours.end:
        raise InvalidValue("schedule", "a start that is not after its end")
    if any(at.second or at.microsecond for at in (hours.start, hours.end)):
        raise InvalidValue("schedule", "whole minutes")
    start, end = hours.start, hours.end
    return bytes((start.hour, start.minute, end.hour, end.minute))


def decode_zone(data: bytes) -> tuple[int, WeekSchedule]:
    """Return a time zone's number and its week. Raises `MalformedReply`."""
    if len(data) < _ZONE_READ.size:
        raise MalformedReply(f"{len(data)} bytes are no time zone")
    zone: int
    week: bytes
    zone, week = _ZONE_READ.unpack_from(data)
    days = tuple(_decode_hours(week[at : at + 4]) for at in range(0, len(week), 4))
    return zone, WeekSchedule(days)


def _decode_hours(data: bytes) -> Hours | None:
    try:
        start, end = time(data[0], data[1]), time(data[2], data[3])
    except ValueError:
        raise MalformedReply("a time zone with an impossible time") from None
    return None if start > end else Hours(start, end)


# --- Groups of users ---


@dataclass(frozen=True, slots=True)
class GroupZones:
    """When a group has access, and how its users verify."""

    group: int
    zones: tuple[int, int, int]
    """Any of them will do; 0 is none."""
    holidays: bool
    """Whether holidays count."""
    verify_mode: int
    """0 to 14 are documented."""


def encode_group_request(group: int) -> bytes:
    """Build the request for a group, 1 to 99. Raises `InvalidValue`."""
    return bytes((_checked("group", group, 1, MAX_GROUP),)).ljust(_GROUP.size, b"\0")


def encode_group(group: GroupZones) -> bytes:
    """Build the write of a group. Raises `InvalidValue`."""
    _checked("verify mode", group.verify_mode, 0, MAX_VERIFY_MODE)
    return _GROUP.pack(
        _checked("group", group.group, 1, MAX_GROUP),
        *_checked_zones(group.zones),
        group.verify_mode | (_HOLIDAYS if group.holidays else 0),
    )


def decode_group(data: bytes) -> GroupZones:
    """Read a group. Raises `MalformedReply`."""
    group, first, second, third, flags = _unpack(_GROUP, data, "group")
    return GroupZones(
        group,
        (first, second, third),
        bool(flags & _HOLIDAYS),
        flags & ~_HOLIDAYS,
    )


# --- Unlock combinations ---


@dataclass(frozen=True, slots=True)
class Combination:
    """Groups of which one user each must verify, one after the other, before the door opens."""

    number: int
    groups: tuple[int, ...]
    """Up to five; the same group twice means two of its users. None at all: the combination is not in use."""


def encode_combination_request(number: int) -> bytes:
    """Build the request for a combination, 1 to 10. Raises `InvalidValue`."""
    number = _checked("combination", number, 1, MAX_COMBINATION)
    return bytes((number,)).ljust(_COMBINATION.size, b"\0")


def encode_combination(combination: Combination) -> bytes:
    """Build the write of a combination. Raises `InvalidValue`."""
    if len(combination.groups) > MAX_MEMBERS:
        raise InvalidValue("groups", f"up to {MAX_MEMBERS}")
    for group in combination.groups:
        _checked("group", group, 1, MAX_GROUP)
    return _COMBINATION.pack(
        _checked("combination", combination.number, 1, MAX_COMBINATION),
        bytes(combination.groups),
        len(combination.groups),
    )


def decode_combination(data: bytes) -> Combination:
    """Read a combination; its groups are counted, whatever its count says. Raises `MalformedReply`."""
    if len(data) < _COMBINATION.size:
        raise MalformedReply(f"{len(data)} bytes are no unlock combination")
    number: int
    groups: bytes
    number, groups, _ = _COMBINATION.unpack_from(data)
    return Combination(number, tuple(group for group in groups if group))


# --- One user ---


def encode_user_request(uid: int) -> bytes:
    """Build the request for a user's group or time zones. Raises `InvalidValue`."""
    return _checked_uid(uid).to_bytes(4, "little")


def encode_user_group(uid: int, group: int) -> bytes:
    """Build the write of a user's group, 1 to 99. Raises `InvalidValue`."""
    return encode_user_request(uid) + bytes((_checked("group", group, 1, MAX_GROUP),))


def decode_user_group(data: bytes) -> int:
    """Read a user's group. Raises `MalformedReply`."""
    if not data:
        raise MalformedReply("an empty answer is no group")
    return data[0]


@dataclass(frozen=True, slots=True)
class UserZones:
    """When one user has access."""

    own: bool | None
    """True: the user's own time zones; False: the group's. None: the terminal's answer is neither."""
    zones: tuple[int, int, int]
    """Any of them will do; 0 is none."""


# The flag is doubtful: in the protocol description 1 means the group's zones where it is read and the user's own where it
# is written, and the manual of 2006 writes how many zones follow. No other place in this package knows.
_FLAG_READ: Final[Mapping[int, bool]] = {0: True, 1: False}
_FLAG_WRITTEN: Final[Mapping[bool, int]] = {True: 1, False: 0}


def encode_user_zones(uid: int, zones: UserZones) -> bytes:
    """Build the write of a user's time zones. Raises `InvalidValue`.

    What the flag means is doubtful on the wire; the user's record has the same setting without doubt.
    """
    if zones.own is None:
        raise InvalidValue("time zones", "either the user's own or the group's")
    return _USER_ZONES_WRITE.pack(
        _checked_uid(uid), _FLAG_WRITTEN[zones.own], *_checked_zones(zones.zones)
    )


def decode_user_zones(data: bytes) -> UserZones:
    """Read a user's time zones. Raises `MalformedReply`."""
    flag, first, second, third = _unpack(_USER_ZONES_READ, data, "user's time zones")
    return UserZones(_FLAG_READ.get(flag), (first, second, third))


def encode_verify_mode_request(uid: int) -> bytes:
    """Build the request for a user's verify mode. Raises `InvalidValue`."""
    return _checked_uid(uid).to_bytes(2, "little")


def encode_verify_mode(uid: int, mode: int | None) -> bytes:
    """Build the write of a user's verify mode, 0 to 14; None is the group's. Raises `InvalidValue`."""
    if mode is not None:
        _checked("verify mode", mode, 0, MAX_VERIFY_MODE)
    return _VERIFY_MODE.pack(_checked_uid(uid), 0 if mode is None else _OWN_MODE | mode)


def decode_verify_mode(data: bytes) -> int | None:
    """Read a user's verify mode; None is the group's. Raises `MalformedReply`."""
    _, mode = _unpack(_VERIFY_MODE, data, "verify mode")
    if mode and not mode & _OWN_MODE:
        raise MalformedReply(f"verify mode {mode} is neither a user's nor the group's")
    return mode & ~_OWN_MODE if mode else None


# --- The door ---

_DOOR_STATES: Final[Mapping[bytes, bool]] = {b"\x00": False, b"\x01": True}


def encode_unlock(seconds: float, unit_tenths: bool) -> bytes:
    """Build an unlock for more than 0 and up to 254 seconds, never shorter than one unit. Raises `InvalidValue`.

    The SDK manual counts tenths of a second; other documents, and some terminals, count seconds.
    """
    if not 0 < seconds <= MAX_UNLOCK:
        raise InvalidValue("seconds", f"more than 0, at most {MAX_UNLOCK}")
    return max(1, round(seconds * 10 if unit_tenths else seconds)).to_bytes(4, "little")


def decode_door_state(data: bytes) -> bool | None:
    """Tell whether the door is open; None for every answer that is not documented, never "closed"."""
    return _DOOR_STATES.get(data)
