"""The users of a terminal, as records in both directions.

Lives here: the three layouts, telling them apart, and what may be written. Not here: the transfer (`client`), and which
user a person meant (`terminal`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum, IntEnum
import re
import struct
from typing import Final, NamedTuple

from ..errors import InvalidValue, MalformedReply, Unsupported

_SAMPLE: Final = 64
"""How many records prove a layout."""
MAX_UID: Final = 0xFFFF
"""The terminal's own number of the last user."""
_MAX_CARD: Final = 0xFFFFFFFF
_MAX_NUMBER: Final = 0xFFFFFFFF
_MAX_PLAUSIBLE_NUMBER: Final = 999_999_999
"""Terminals that keep user ids as numbers take nine digits at their keypads."""
_MAX_GROUP: Final = 99
_MAX_ZONE: Final = 50

_DISABLED: Final = 0x01
_PRIVILEGE: Final = 0x0E
_UNKNOWN_FLAGS: Final = 0xF0
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ID: Final = re.compile(r"[0-9A-Za-z]{1,23}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,9}")
_PASSWORD: Final = re.compile(r"[0-9]*")


class Privilege(IntEnum):
    """What a user may do in the terminal's own menus. Some firmwares know others."""

    USER = 0
    ENROLLER = 2
    MANAGER = 6
    ADMIN = 14


class UserLayout(Enum):
    """What a user's record looks like; the value is its size. It goes with the firmware, not with the transport."""

    ANCIENT = 16
    NUMERIC = 28
    TEXT = 72


class _Ancient(NamedTuple):
    """Firmware before 5.04 (the vendor's communication manual of 2006): the number is the user id."""

    uid: int
    flags: int
    password: bytes
    name: bytes


class _Numeric(NamedTuple):
    """Black-and-white terminals (the vendor's communication manual of 2006)."""

    uid: int
    flags: int
    password: bytes
    name: bytes
    card: int
    card_rest: int
    """The manual gives cards five bytes and does not say in which order; numbers of four have been seen."""
    group: int
    zone_mask: int
    user_id: int


class _Text(NamedTuple):
    """Colour terminals (SDK manual 2.1; captured frames)."""

    uid: int
    flags: int
    password: bytes
    name: bytes
    card: int
    group: int
    own_zones: int
    zone_1: int
    zone_2: int
    zone_3: int
    user_id: bytes


type _Record = _Ancient | _Numeric | _Text

_ANCIENT: Final = struct.Struct("<HB5s8s")
_NUMERIC: Final = struct.Struct("<HB5s8sIBBHI")
_TEXT: Final = struct.Struct("<HB8s24sIBHHHH24s")
# The longer layout keeps a byte for the end of the name, the shorter one fills its fields.
NAME_SIZES: Final[Mapping[UserLayout, int]] = {
    UserLayout.ANCIENT: 8,
    UserLayout.NUMERIC: 8,
    UserLayout.TEXT: 23,
}


@dataclass(frozen=True, slots=True)
class User:
    """One user. To change one, read it and `replace` fields: a write overwrites the whole record."""

    uid: int
    """The terminal's own number for the user, 1 to 65535."""
    user_id: str
    """What the person keys in, and what logs name."""
    name: str = ""
    privilege: int = Privilege.USER
    """One of `Privilege`, or another even number up to 14."""
    enabled: bool = True
    password: str = field(default="", repr=False)
    card: int = field(default=0, repr=False)
    """0 is no card."""
    group: int = 1
    own_zones: bool = False
    """Whether `zones` count; otherwise the group's do."""
    zones: tuple[int, int, int] = (0, 0, 0)
    """Numbers of time zones, 0 for none; a person gets in during any of them."""
    kept: bytes = field(default=b"", repr=False)
    """The record as it was read: what nobody changes goes back as it came, whatever it means."""


_FIELDS: Final = tuple(one.name for one in fields(User) if one.name != "kept")


def user_layout(total: int, count: int | None, sample: bytes) -> UserLayout:
    """Tell the layout of `total` bytes of users that begin with `sample`.

    A layout has to divide the total, and most of its records have to look like users; only if several do, as can be with
    504 bytes, the terminal's own `count` decides, for counters are often wrong. Raises MalformedReply when that proves
    nothing, which includes a terminal without users.
    """
    fits = [
        layout
        for layout in UserLayout
        if total % layout.value == 0 and _is_plausible(sample, layout)
    ]
    if len(fits) > 1:
        fits = [layout for layout in fits if layout.value * (count or 0) == total]
    if len(fits) != 1:
        raise MalformedReply(f"users of an unknown layout ({total} bytes)")
    return fits[0]


def decode_users(
    data: bytes, layout: UserLayout, encoding: str = "utf-8"
) -> list[User]:
    """Read users; `data` is what follows the total. Raises MalformedReply for a rest.

    Sources: the vendor's communication manual of 2006; SDK manual 2.1; captured frames.
    """
    if len(data) % layout.value:
        raise MalformedReply(f"{len(data)} bytes of users of {layout.value}")
    return [
        _user(data[start : start + layout.value], layout, encoding)
        for start in range(0, len(data), layout.value)
    ]


def encode_user(user: User, layout: UserLayout, encoding: str = "utf-8") -> bytes:
    """Return the record to be written for a new user, or for one that was read and changed.

    Only what differs from the record that was read is checked and written, so that neither a name in an unknown encoding
    nor a group that another program left behind gets in the way of another change. A name is cut to what the layout holds
    (23 bytes, or 8), never inside a character.

    Raises InvalidValue: uid 1 to 65535; user_id up to 23 letters and digits, or a number of up to 32 bits; name without
    control characters and in the terminal's encoding; privilege one of `Privilege`; password up to 8 or 5 digits; card 32
    bits; group 1 to 99; zones 0 to 50, and none at all in the shorter layout. Raises Unsupported for the ancient layout.
    """
    is_new = len(user.kept) != layout.value
    record = _unpack(bytes(layout.value) if is_new else user.kept, layout)
    changed = set(_FIELDS)
    if not is_new:
        before = _user(user.kept, layout, encoding)
        changed = {
            name for name in _FIELDS if getattr(user, name) != getattr(before, name)
        }
    _check(user, changed)
    flags = (
        record.flags & _UNKNOWN_FLAGS
        | user.privilege
        | (0 if user.enabled else _DISABLED)
    )
    name = record.name
    if "name" in changed:
        name = _encode_name(user.name, NAME_SIZES[layout], encoding)
    password = record.password
    if "password" in changed:
        password = _encode_password(user.password, len(password))
    match record:
        case _Ancient():
            raise Unsupported("this firmware's users can only be read")
        case _Numeric():
            if user.own_zones or any(user.zones):
                raise InvalidValue("zones", "only the group's, on this terminal")
            if "user_id" in changed:
                _check_number(user.user_id)
            return _NUMERIC.pack(
                *record._replace(
                    uid=user.uid,
                    flags=flags,
                    password=password,
                    name=name,
                    card=user.card,
                    card_rest=0 if "card" in changed else record.card_rest,
                    group=user.group,
                    user_id=int(user.user_id),
                )
            )
        case _:
            user_id = record.user_id
            if "user_id" in changed:
                user_id = _encode_id(user.user_id)
            zone_1, zone_2, zone_3 = user.zones
            return _TEXT.pack(
                *record._replace(
                    uid=user.uid,
                    flags=flags,
                    password=password,
                    name=name,
                    card=user.card,
                    group=user.group,
                    own_zones=(
                        int(user.own_zones)
                        if "own_zones" in changed
                        else record.own_zones
                    ),
                    zone_1=zone_1,
                    zone_2=zone_2,
                    zone_3=zone_3,
                    user_id=user_id,
                )
            )


def encode_delete(uid: int) -> bytes:
    """Build the request to delete a user. Raises InvalidValue: 1 to 65535, for nobody knows what else would be deleted."""
    _check_range("uid", uid, 1, MAX_UID)
    return uid.to_bytes(2, "little")


def _unpack(data: bytes, layout: UserLayout) -> _Record:
    """Take one record apart."""
    match layout:
        case UserLayout.ANCIENT:
            return _Ancient(*_ANCIENT.unpack(data))
        case UserLayout.NUMERIC:
            return _Numeric(*_NUMERIC.unpack(data))
        case _:
            return _Text(*_TEXT.unpack(data))


def _user(data: bytes, layout: UserLayout, encoding: str) -> User:
    """Read one record."""
    record = _unpack(data, layout)
    user = User(
        uid=record.uid,
        user_id=str(record.uid),
        name=_text(record.name).decode(encoding, "replace"),
        privilege=record.flags & _PRIVILEGE,
        enabled=not record.flags & _DISABLED,
        password=_text(record.password).decode("ascii", "replace"),
        kept=data,
    )
    match record:
        case _Ancient():
            return user
        case _Numeric():
            return replace(
                user,
                user_id=str(record.user_id),
                card=record.card,
                group=record.group,
            )
        case _:
            return replace(
                user,
                user_id=_text(record.user_id).decode(encoding, "replace"),
                card=record.card,
                group=record.group,
                own_zones=bool(record.own_zones),
                zones=(record.zone_1, record.zone_2, record.zone_3),
            )


def _text(data: bytes) -> bytes:
    """Return a text without what follows its end: whatever was in the terminal's memory."""
    return data.partition(b"\0")[0]


def _is_plausible(sample: bytes, layout: UserLayout) -> bool:
    """Whether most records look like users, each with a number of its own."""
    size = layout.value
    count = min(len(sample) // size, _SAMPLE)
    records = [
        _unpack(sample[start : start + size], layout)
        for start in range(0, count * size, size)
    ]
    good = {record.uid for record in records if _looks_like_a_user(record)}
    return 2 * len(good) > count


def _looks_like_a_user(record: _Record) -> bool:
    """Whether a record is one, by what other programs cannot have spoilt: neither groups nor zones."""
    match record:
        case _Ancient():
            has_id = True
        case _Numeric():
            has_id = 0 < record.user_id <= _MAX_PLAUSIBLE_NUMBER
        case _:
            user_id = _text(record.user_id)
            has_id = bool(user_id) and user_id.isascii() and _is_printable(user_id)
    return (
        has_id
        and record.uid > 0
        and not record.flags & _UNKNOWN_FLAGS
        and _is_printable(_text(record.password))
        and _is_printable(_text(record.name))
    )


def _is_printable(text: bytes) -> bool:
    """Whether no control characters are there; all else is a letter in some encoding."""
    return all(byte >= 0x20 and byte != 0x7F for byte in text)


def _check(user: User, changed: set[str]) -> None:
    """Raise InvalidValue for a changed number that no layout holds."""
    if "uid" in changed:
        _check_range("uid", user.uid, 1, MAX_UID)
    if "privilege" in changed and user.privilege not in set(Privilege):
        raise InvalidValue("privilege", "0, 2, 6 or 14")
    if "card" in changed:
        _check_range("card", user.card, 0, _MAX_CARD)
    if "group" in changed:
        _check_range("group", user.group, 1, _MAX_GROUP)
    if "zones" in changed or ("own_zones" in changed and user.own_zones):
        for zone in user.zones:
            _check_range("zones", zone, 0, _MAX_ZONE)


def _check_range(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise InvalidValue outside the limits."""
    if not lowest <= value <= highest:
        raise InvalidValue(name, f"{lowest} to {highest}")


def _encode_name(name: str, size: int, encoding: str) -> bytes:
    """Return as much of a name as fits."""
    if _CONTROL.search(name):
        raise InvalidValue("name", "no control characters")
    try:
        while len(data := name.encode(encoding)) > size:
            name = name[: min(size, len(name) - 1)]
    except UnicodeEncodeError:
        raise InvalidValue("name", f"only characters that {encoding} has") from None
    return data


def _encode_password(password: str, size: int) -> bytes:
    """Return a password, which people key in."""
    if len(password) > size or not _PASSWORD.fullmatch(password):
        raise InvalidValue("password", f"at most {size} digits")
    return password.encode()


def _encode_id(user_id: str) -> bytes:
    """Return a user id as text."""
    if not _ID.fullmatch(user_id):
        raise InvalidValue("user_id", "1 to 23 letters and digits")
    return user_id.encode()


def _check_number(user_id: str) -> None:
    """Raise InvalidValue for a user id that is no number, or would come back as another text."""
    if not _NUMBER.fullmatch(user_id) or int(user_id) > _MAX_NUMBER:
        raise InvalidValue("user_id", f"a number from 1 to {_MAX_NUMBER}")
