"""The vocabulary of people that every protocol translates into: users, rights, schedules, holidays.

Lives here: frozen values, what a device can hold of them, and the check of one against the other. Not here: wire names and
layouts (each protocol's own), comparing two devices (`plan`). Dates and times are the device's own local ones, naive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Flag, IntEnum, StrEnum, auto

from .errors import DeviceError, InvalidValue

# The first second of 2000 is 0 on the wire, which means no limit.
_FIRST = datetime(2000, 1, 1, 0, 0, 1)
_END = datetime(2100, 1, 1)

ALWAYS = 1
"""The time zone that lets in at any time: every panel has it from the factory."""


class Privilege(StrEnum):
    """What a user may do in a device's own menus."""

    USER = "user"
    ENROLLER = "enroller"
    MANAGER = "manager"
    ADMIN = "admin"


class Credential(StrEnum):
    """What a person can be known by at a device, beyond cards and PIN codes. Their data never leave the protocols."""

    FINGERPRINT = "fingerprint"
    FACE = "face"
    PALM = "palm"
    CARD = "card"
    """Only to be enrolled: a card that is held to the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a device knows a finger, a face or a palm by. It passes from device to device and is never kept or shown."""

    user_id: str
    credential: Credential
    index: int
    """Which finger, 0 to 9; of a face or a palm, which of several."""
    part: int = 0
    """Some kinds consist of several templates."""
    version: str
    """Of the algorithm, such as "10" or "39.1": no other version can read it."""
    duress: bool = False
    """Whether it raises an alarm."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """At one door during one weekly schedule."""

    door: int
    time_zone: int = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person on one device. Everything is told: what a device cannot hold has its default."""

    user_id: str
    """What the person keys in, and what events name (called PIN by panels)."""
    name: str = ""
    cards: tuple[str, ...] = field(default=(), repr=False)
    """Decimal card numbers."""
    pin_code: str = field(default="", repr=False)
    privilege: Privilege = Privilege.USER
    group: int = 0
    """0 is the device's own default."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """The last moment; devices that keep dates count the whole day."""
    enabled: bool = True
    verify_style: int | None = None
    """How the person has to verify, in the vendor's numbers; None is as everybody else."""
    rights: frozenset[Right] = frozenset()
    credentials: Mapping[Credential, int] = field(default_factory=dict, compare=False)
    """How many of each kind the device has of the person; not to be written."""


class Ability(Flag):
    """What a device can hold about a person."""

    NAME = auto()
    CARDS = auto()
    PIN_CODE = auto()
    PRIVILEGE = auto()
    GROUP = auto()
    VALIDITY = auto()
    VALIDITY_TIME = auto()
    """To the second rather than to the day."""
    ENABLED = auto()
    VERIFY_STYLE = auto()
    RIGHTS = auto()
    TIME_ZONES = auto()
    HOLIDAYS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a device can hold, and how much of it."""

    abilities: Ability
    user_id_digits: int = 9
    user_id_letters: bool = False
    user_id_zeros: bool = False
    """Whether somebody new can have zeros in front, where there are no letters."""
    name_bytes: int = 24
    max_cards: int = 1
    max_card: int = 0xFFFFFFFF
    pin_code_digits: int = 8
    privileges: frozenset[Privilege] = frozenset({Privilege.USER})
    groups: range = range(1)
    default_group: int = 0
    """The number of the group that 0 stands for."""
    doors: frozenset[int] = frozenset()
    time_zones: range = range(1, 51)
    needs_rights: bool = False
    """Whether nobody can be without rights, because the device lets in whoever it knows."""
    rights_per_door: int = 50
    """How many time zones a person can have at one door."""
    intervals: int = 3
    """Per day of a time zone."""
    enrols: frozenset[Credential] = frozenset()
    templates: Mapping[Credential, str] = field(default_factory=dict)
    """Which templates it takes from others, and of which version of the algorithm."""
    users: int | None = None
    """How many users there is room for; None where the device does not tell."""


class Weekday(IntEnum):
    """The days of a time zone, in the order in which panels keep them."""

    SUNDAY = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    HOLIDAY_1 = 7
    HOLIDAY_2 = 8
    HOLIDAY_3 = 9


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From one time of day to another, both to the minute and both included."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeZone:
    """A weekly schedule: when a right counts."""

    number: int
    days: Mapping[Weekday, tuple[Interval, ...]]
    """A day without intervals is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day that follows one of the three holiday schedules instead of its weekday's."""

    day: date
    kind: int = 1
    """1 to 3."""
    yearly: bool = False


type Failures = Mapping[str, DeviceError]
"""Why something could not be done for a user, by user ID; everybody else's was done."""


# What a field of `User` needs, where that is anything.
NEEDS: Mapping[str, Ability] = {
    "name": Ability.NAME,
    "cards": Ability.CARDS,
    "pin_code": Ability.PIN_CODE,
    "privilege": Ability.PRIVILEGE,
    "group": Ability.GROUP,
    "valid_from": Ability.VALIDITY,
    "valid_until": Ability.VALIDITY,
    "enabled": Ability.ENABLED,
    "verify_style": Ability.VERIFY_STYLE,
    "rights": Ability.RIGHTS,
}


def check_user(user: User, limits: Limits) -> None:
    """Raise InvalidValue, with the field and its limit, unless a device can hold a user just so."""
    nobody = User(user_id=user.user_id)
    for name, ability in NEEDS.items():
        told = getattr(user, name)
        if ability not in limits.abilities and told != getattr(nobody, name):
            raise InvalidValue(name, "this device does not have it")
    _check_text(
        "user_id",
        user.user_id,
        limits.user_id_digits,
        letters=limits.user_id_letters,
    )
    if not user.user_id.strip("0"):
        raise InvalidValue("user_id", "must not be zero")
    # A separator of the wire would end the field, and half a character has no bytes.
    if not user.name.isprintable():
        raise InvalidValue("name", "printable characters only")
    if len(user.name.encode()) > limits.name_bytes:
        raise InvalidValue("name", f"at most {limits.name_bytes} bytes")
    if user.pin_code:
        _check_text("pin_code", user.pin_code, limits.pin_code_digits)
    if len(user.cards) > limits.max_cards:
        raise InvalidValue("cards", f"at most {limits.max_cards}")
    for card in user.cards:
        _check_text("cards", card, len(str(limits.max_card)))
        if not 1 <= int(card) <= limits.max_card:
            raise InvalidValue("cards", f"numbers from 1 to {limits.max_card}")
    if user.privilege not in limits.privileges:
        known = ", ".join(sorted(limits.privileges))
        raise InvalidValue("privilege", f"one of {known}")
    _check_range("group", user.group, limits.groups)
    _check_validity(user)
    _check_rights(user, limits)


def _check_text(name: str, text: str, longest: int, *, letters: bool = False) -> None:
    """Raise InvalidValue unless a text consists of so many digits, or letters, at most."""
    allowed = text.isalnum() if letters else text.isdigit()
    if not (text.isascii() and allowed and len(text) <= longest):
        what = "letters and digits" if letters else "digits"
        raise InvalidValue(name, f"1 to {longest} {what}")


def _check_range(name: str, number: int, allowed: range) -> None:
    """Raise InvalidValue unless a number is allowed."""
    if number not in allowed:
        raise InvalidValue(name, f"must be from {allowed[0]} to {allowed[-1]}")


def _check_validity(user: User) -> None:
    """Raise InvalidValue unless there is a time in which the user is valid, and no time zone in it."""
    for name in ("valid_from", "valid_until"):
        moment: datetime | None = getattr(user, name)
        if moment is None:
            continue
        if moment.tzinfo is not None:
            raise InvalidValue(name, "must be local, without a time zone")
        if not _FIRST <= moment < _END:
            raise InvalidValue(name, "after 2000-01-01 00:00:00 and before 2100")
    if user.valid_from and user.valid_until and user.valid_from > user.valid_until:
        raise InvalidValue("valid_until", "must not be before valid_from")


def _check_rights(user: User, limits: Limits) -> None:
    """Raise InvalidValue unless the device has the doors and the time zones."""
    if limits.needs_rights and not user.rights:
        raise InvalidValue(
            "rights",
            "at least one, as this device lets in everybody whom it knows; to keep the user out, make them inactive",
        )
    doors = [right.door for right in user.rights]
    for right in user.rights:
        if right.door not in limits.doors:
            known = ", ".join(map(str, sorted(limits.doors)))
            raise InvalidValue("doors", f"one of {known}")
        _check_range("time_zone", right.time_zone, limits.time_zones)
    if any(doors.count(door) > limits.rights_per_door for door in set(doors)):
        raise InvalidValue(
            "rights", f"at most {limits.rights_per_door} time zones per door"
        )


def check_time_zone(zone: TimeZone, limits: Limits) -> None:
    """Raise InvalidValue unless a device can hold a time zone."""
    if Ability.TIME_ZONES not in limits.abilities:
        raise InvalidValue("time_zone", "this device does not have it")
    _check_range("time_zone", zone.number, limits.time_zones)
    for day, intervals in zone.days.items():
        name = day.name.lower()
        if day >= Weekday.HOLIDAY_1 and Ability.HOLIDAYS not in limits.abilities:
            raise InvalidValue(name, "this device does not have it")
        if len(intervals) > limits.intervals:
            raise InvalidValue(name, f"at most {limits.intervals} intervals")
        for interval in intervals:
            if interval.start > interval.end:
                raise InvalidValue(name, "an interval must not end before it starts")


def check_holiday(holiday: Holiday, limits: Limits) -> None:
    """Raise InvalidValue unless a device can hold a holiday."""
    if Ability.HOLIDAYS not in limits.abilities:
        raise InvalidValue("holiday", "this device does not have it")
    if not 1 <= holiday.kind <= 3:
        raise InvalidValue("kind", "must be from 1 to 3")
    if not 2000 <= holiday.day.year <= 2099:
        raise InvalidValue("day", "from the year 2000 to 2099")
