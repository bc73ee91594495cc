"""People as rows of a panel's tables: users, rights, schedules and holidays in both directions.

Lives here: what the columns mean to a person, as pure functions, and from the columns of a panel what it can hold. Not
here: asking the panel (`people`), the bytes of a row (`tables`). Rows have their column names in lower case.

Only columns whose meaning changes are changed: what a panel keeps in its own way, or in columns that are not known
here, goes back as it came. One of these is SuperAuthorize: a super user passes whatever the rights say, which is no
privilege in a menu and cannot be given here (PullSDK User Guide 2.0).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

from .. import packed_hours, packed_time
from ..errors import InvalidValue
from ..people import (
    Ability,
    Credential,
    Holiday,
    Interval,
    Limits,
    Right,
    TimeZone,
    User,
    Weekday,
    check_user,
)
from ..plan import changed_fields
from .tables import Row, Table

USER: Final = "user"
RIGHT: Final = "userauthorize"
TIME_ZONE: Final = "timezone"
HOLIDAY: Final = "holiday"
TEMPLATES: Final[Mapping[str, str]] = {"9": "template", "10": "templatev10"}
"""The table of fingers by the version of their algorithm."""
FINGERS: Final = tuple(TEMPLATES.values())
BELONGINGS: Final = ("firstcard", *FINGERS, "usertype")
"""Tables with rows of single people. Others have a column of that name too, which means something else in `wiegandfmt`."""

PIN: Final = "pin"
_CARD: Final = "cardno"
FINGER: Final = "fingerid"
SIZE: Final = "size"
VALID: Final = "valid"
TEMPLATE: Final = "template"
FINGER_COLUMNS: Final = (PIN, FINGER)
RIGHT_COLUMNS: Final = (PIN, "authorizetimezoneid", "authorizedoorid")
ZONE: Final = "timezoneid"
DAY: Final = "holiday"
_HOLIDAY_COLUMNS: Final = (DAY, "holidaytype", "loop")
_YEARLY: Final = 1
_ONCE: Final = 2

_TEXT: Final = "s"
_LARGEST: Final[Mapping[str, int]] = {"i": 0xFFFFFFFF, "L": 0xFFFFFFFFFFFFFFFF}

# What the table of users needs for an ability: columns and whether they are text.
_USER_COLUMNS: Final[Mapping[Ability, tuple[tuple[str, ...], bool]]] = {
    Ability.NAME: (("name",), True),
    Ability.CARDS: ((_CARD,), False),
    Ability.PIN_CODE: (("password",), True),
    Ability.GROUP: (("group",), False),
    Ability.VALIDITY: (("starttime", "endtime"), False),
}

_GROUPS: Final = range(256)
_FIRST_GROUP: Final = 1
_DAYS: Final[Mapping[Weekday, str]] = dict(
    zip(
        Weekday,
        ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "hol1", "hol2", "hol3"),
        strict=True,
    )
)
_SLOTS: Final[Mapping[Weekday, tuple[str, ...]]] = {
    day: tuple(f"{name}time{slot}" for slot in (1, 2, 3)) for day, name in _DAYS.items()
}
_WEEK: Final = tuple(day for day in Weekday if day < Weekday.HOLIDAY_1)
# A finger under duress has the same number and this bit.
_FINGER_NUMBER: Final = 0x0F


def fold(row: Row) -> Row:
    """Return a row with the names of its columns in lower case."""
    return {name.lower(): value for name, value in row.items()}


def _has(table: Table | None, columns: Iterable[str], *, text: bool = False) -> bool:
    """Whether a table has all these columns, as numbers or as text."""
    kinds = (_TEXT,) if text else tuple(_LARGEST)
    return table is not None and all(
        (field := table.field(name)) is not None and field.kind in kinds
        for name in columns
    )


def find_limits(
    known: Mapping[str, Table],
    doors: Collection[int],
    *,
    to_the_second: bool,
    users: int | None,
    fingerprints: str = "",
) -> Limits | None:
    """Return what a panel with these tables and doors can hold; None without a table of users.

    `to_the_second` is whether validity is packed time rather than a date, `fingerprints` the version of the algorithm
    that knows fingers. Readers with Wiegand 26 tell only the lower 24 bits of a card: a longer number can be kept, but
    is not what such a reader tells.
    """
    user = known.get(USER)
    letters = _has(user, (PIN,), text=True)
    if user is None or not (letters or _has(user, (PIN,))):
        return None
    abilities = Ability(0)
    for ability, (columns, text) in _USER_COLUMNS.items():
        if _has(user, columns, text=text):
            abilities |= ability
    if to_the_second and Ability.VALIDITY in abilities:
        abilities |= Ability.VALIDITY_TIME
    rights = known.get(RIGHT)
    if _has(rights, RIGHT_COLUMNS[1:]) and _has(rights, (PIN,), text=letters):
        abilities |= Ability.RIGHTS
    zones = known.get(TIME_ZONE)
    if _has(zones, (ZONE, *(name for day in _WEEK for name in _SLOTS[day]))):
        abilities |= Ability.TIME_ZONES
    special = (name for day in Weekday if day not in _WEEK for name in _SLOTS[day])
    if _has(zones, special) and _has(known.get(HOLIDAY), _HOLIDAY_COLUMNS):
        abilities |= Ability.HOLIDAYS
    fingers = known.get(TEMPLATES.get(fingerprints, ""))
    takes_fingers = (
        fingers is not None
        and fingers.field(TEMPLATE) is not None
        and _has(fingers, (SIZE, FINGER, VALID))
        and _has(fingers, (PIN,), text=letters)
    )
    card = user.field(_CARD)
    return Limits(
        abilities=abilities,
        user_id_letters=letters,
        max_card=_LARGEST.get(card.kind if card else "", 0) or _LARGEST["i"],
        groups=_GROUPS,
        doors=frozenset(doors),
        templates={Credential.FINGERPRINT: fingerprints} if takes_fingers else {},
        users=users,
    )


def user_id(row: Row) -> str:
    """Return whose row it is."""
    return str(row[PIN])


def pin_row(name: str, limits: Limits) -> Row:
    """Return what says which user is meant."""
    return {PIN: name if limits.user_id_letters else int(name)}


def number_in(row: Row, name: str) -> int:
    """Return the number in a column, 0 where there is none."""
    value = row.get(name)
    return value if isinstance(value, int) else 0


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def finger_of(row: Row) -> int:
    """Return which finger it is, 0 to 9."""
    return number_in(row, FINGER) & _FINGER_NUMBER


def by_user(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each user."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(user_id(row), []).append(row)
    return found


# Users


def fitting(user: User, limits: Limits) -> User:
    """Return a user as a panel tells it: card numbers without leading zeros, whole seconds.

    Raises InvalidValue unless the panel can hold the user.
    """
    check_user(user, limits)
    if user.user_id.startswith("0") and not limits.user_id_letters:
        # The panel keeps a number: it would be another user's.
        raise InvalidValue("user_id", "must not start with a zero")
    return replace(
        user,
        cards=tuple(str(int(card)) for card in user.cards),
        valid_from=user.valid_from and user.valid_from.replace(microsecond=0),
        valid_until=user.valid_until and user.valid_until.replace(microsecond=0),
    )


def split(
    users: Iterable[User], limits: Limits
) -> tuple[dict[str, User], dict[str, InvalidValue]]:
    """Return the users as a panel tells them, and why it cannot hold the others."""
    wanted: dict[str, User] = {}
    unfit: dict[str, InvalidValue] = {}
    for user in users:
        try:
            wanted[user.user_id] = fitting(user, limits)
        except InvalidValue as err:
            unfit[user.user_id] = err
    return wanted, unfit


def decode_user(row: Row, limits: Limits) -> User:
    """Read a user, without rights. A validity that is no date counts as none. Never raises."""
    card = number_in(row, _CARD)
    user = User(
        user_id=user_id(row),
        name=_text(row, "name"),
        cards=(str(card),) if card else (),
        pin_code=_text(row, "password"),
        group=number_in(row, "group"),
    )
    if Ability.VALIDITY not in limits.abilities:
        return user
    return replace(
        user,
        valid_from=_read_moment(number_in(row, "starttime"), limits, time()),
        valid_until=_read_moment(number_in(row, "endtime"), limits, time(23, 59, 59)),
    )


def _read_moment(number: int, limits: Limits, of_day: time) -> datetime | None:
    """Read one end of the validity; None for no end, and for what is no date."""
    if Ability.VALIDITY_TIME in limits.abilities:
        return packed_time.decode(number) if number else None
    day = _day(number)
    return None if day is None else datetime.combine(day, of_day)


def _day(number: int) -> date | None:
    """Read YYYYMMDD; None when it is no date."""
    try:
        return date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        return None


def _day_number(day: date) -> int:
    return (day.year * 100 + day.month) * 100 + day.day


def _moment(moment: datetime | None, limits: Limits) -> int:
    """Return one end of the validity as the panel keeps it, 0 for none."""
    if moment is None:
        return 0
    if Ability.VALIDITY_TIME in limits.abilities:
        return packed_time.encode(moment)
    return _day_number(moment)


def encode_user(user: User, before: Row | None, limits: Limits) -> Row:
    """Return the row of a fitting user, out of the one that the panel has."""
    row = pin_row(user.user_id, limits) if before is None else dict(before)
    columns: Mapping[str, Row] = {
        "name": {"name": user.name},
        "cards": {_CARD: int(user.cards[0]) if user.cards else 0},
        "pin_code": {"password": user.pin_code},
        "group": {"group": user.group},
        "valid_from": {"starttime": _moment(user.valid_from, limits)},
        "valid_until": {"endtime": _moment(user.valid_until, limits)},
    }
    for name in wrong_fields(user, row, limits):
        row |= columns[name]
    return row


def wrong_fields(user: User, row: Row, limits: Limits) -> tuple[str, ...]:
    """Return the names of the fields, other than rights, that a row has otherwise than a fitting user."""
    there = replace(decode_user(row, limits), rights=user.rights)
    return changed_fields(there, user, limits)


def user_changes(
    wanted: Mapping[str, User], there: Iterable[Row], limits: Limits
) -> list[Row]:
    """Return the rows to be written, so that a panel has these fitting users.

    Those whom it has come first: they need no room.
    """
    before = {user_id(row): row for row in there}
    names = sorted(wanted, key=lambda name: name not in before)
    rows = (encode_user(wanted[name], before.get(name), limits) for name in names)
    return [row for row in rows if row != before.get(user_id(row))]


def wrong_users(
    wanted: Mapping[str, User], there: Iterable[Row], limits: Limits
) -> dict[str, str]:
    """Return what a panel has otherwise than it should, by user, in words."""
    after = {user_id(row): row for row in there}
    wrong: dict[str, str] = {}
    for name, user in wanted.items():
        if (row := after.get(name)) is None:
            wrong[name] = "the user"
            continue
        if not user.group and number_in(row, "group") == _FIRST_GROUP:
            # The vendor's documents disagree on the number of the default.
            row = row | {"group": 0}
        if fields := wrong_fields(user, row, limits):
            wrong[name] = ", ".join(fields)
    return wrong


def decode_users(
    users: Iterable[Row], rights: Iterable[Row], fingers: Iterable[Row], limits: Limits
) -> dict[str, User]:
    """Read all users. Rights and fingers that belong to nobody are left out."""
    rights_of, fingers_of = by_user(rights), by_user(fingers)
    found: dict[str, User] = {}
    for row in users:
        user = decode_user(row, limits)
        if not user.user_id.strip("0"):
            continue
        numbers = set(map(finger_of, fingers_of.get(user.user_id, ())))
        found[user.user_id] = replace(
            user,
            rights=decode_rights(rights_of.get(user.user_id, ()), limits),
            credentials={Credential.FINGERPRINT: len(numbers)} if numbers else {},
        )
    return found


# Rights


def decode_rights(rows: Iterable[Row], limits: Limits) -> frozenset[Right]:
    """Read the rights of one user, at the doors that the panel has."""
    return frozenset(
        Right(door, zone)
        for _, zone, mask in map(_right, rows)
        for door in limits.doors
        if mask >> (door - 1) & 1
    )


def _right(row: Row) -> tuple[str, int, int]:
    """Return what a right consists of; all three make it what it is."""
    _, zone, doors = RIGHT_COLUMNS
    return user_id(row), number_in(row, zone), number_in(row, doors)


def right_changes(
    wanted: Mapping[str, User], there: Iterable[Row], limits: Limits
) -> tuple[list[Row], list[Row]]:
    """Return the rows to be written and those to be deleted, so that fitting users have their rights and no others.

    The doors of one time zone share a row, door 1 in the lowest bit. Rows that mean the right thing already stay.
    """
    rights_of = by_user(there)
    new: list[Row] = []
    stale: list[Row] = []
    for name, user in wanted.items():
        more, less = _changes_of(user, rights_of.get(name, ()), limits)
        new += more
        stale += less
    return new, stale


def _changes_of(
    user: User, rows: Collection[Row], limits: Limits
) -> tuple[list[Row], list[Row]]:
    if decode_rights(rows, limits) == user.rights:
        return [], []
    masks: dict[int, int] = {}
    for right in user.rights:
        masks[right.time_zone] = masks.get(right.time_zone, 0) | 1 << (right.door - 1)
    wanted = {(user.user_id, zone, mask) for zone, mask in masks.items()}
    there = {_right(row): {name: row[name] for name in RIGHT_COLUMNS} for row in rows}
    return (
        [
            pin_row(name, limits) | dict(zip(RIGHT_COLUMNS[1:], right, strict=True))
            for name, *right in sorted(wanted - there.keys())
        ],
        [there[key] for key in sorted(there.keys() - wanted)],
    )


def wrong_rights(
    wanted: Mapping[str, User], there: Iterable[Row], limits: Limits
) -> list[str]:
    """Return who has other rights than they should."""
    rights_of = by_user(there)
    return [
        name
        for name, user in wanted.items()
        if decode_rights(rights_of.get(name, ()), limits) != user.rights
    ]


# Schedules


def decode_time_zone(row: Row, limits: Limits) -> TimeZone:
    """Read a weekly schedule. What is no interval counts as closed. Never raises."""
    return TimeZone(
        number=number_in(row, ZONE),
        days={day: _intervals(row, day) for day in _days(limits)},
    )


def _days(limits: Limits) -> Iterable[Weekday]:
    return Weekday if Ability.HOLIDAYS in limits.abilities else _WEEK


def _intervals(row: Row, day: Weekday) -> tuple[Interval, ...]:
    slots = (packed_hours.decode(number_in(row, name)) for name in _SLOTS[day])
    return tuple(interval for interval in slots if interval)


def encode_time_zone(zone: TimeZone, before: Row | None, limits: Limits) -> Row:
    """Return the row of a weekly schedule, out of the one that the panel has. Raises InvalidValue."""
    row: Row = {ZONE: zone.number} if before is None else dict(before)
    for day in _days(limits):
        numbers = [
            packed_hours.encode_slot(interval, day)
            for interval in zone.days.get(day, ())
        ]
        there = [
            packed_hours.encode_slot(interval, day) for interval in _intervals(row, day)
        ]
        if numbers != there or before is None:
            numbers += [0] * (len(_SLOTS[day]) - len(numbers))
            row |= dict(zip(_SLOTS[day], numbers, strict=True))
    return row


# Holidays


def decode_holiday(row: Row) -> Holiday | None:
    """Read a holiday; None when it has no date."""
    name, kind, loop = _HOLIDAY_COLUMNS
    day = _day(number_in(row, name))
    if day is None:
        return None
    yearly = number_in(row, loop) == _YEARLY
    return Holiday(day=day, kind=number_in(row, kind), yearly=yearly)


def encode_holiday(holiday: Holiday, before: Row | None) -> Row:
    """Return the row of a holiday, out of the one that the panel has."""
    loop = _YEARLY if holiday.yearly else _ONCE
    values = (_day_number(holiday.day), holiday.kind, loop)
    return (before or {}) | dict(zip(_HOLIDAY_COLUMNS, values, strict=True))


def day_row(day: date) -> Row:
    """Return what says which holiday is meant."""
    return {DAY: _day_number(day)}
