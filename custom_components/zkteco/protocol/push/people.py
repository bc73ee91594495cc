"""People as rows of a PUSH device's tables: users, cards, rights, schedules and holidays in both directions.

Lives here: what the fields mean to a person (Security PUSH 3.1.2 sections 7.5 and 9.1.1), as pure functions, and from a
registration what a device can hold. Not here: asking the device (`roster`), the text of a command (`commands`). Rows have
their field names in lower case.

Only fields whose meaning changes are changed: what a device keeps in its own way, or in fields that are not known here,
goes back as it came. Rows that already mean the right thing are not written at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
import re
from typing import Final

from .. import packed_time
from ..errors import InvalidValue
from ..people import (
    Ability,
    Credential,
    Holiday,
    Interval,
    Limits,
    Privilege,
    Right,
    TimeZone,
    User,
    Weekday,
    check_user,
)
from ..plan import changed_fields
from .codes import Biometric
from .records import Fields, parse_card
from .registration import Feature, Registration

USER: Final = "user"
CARD: Final = "mulcarduser"
RIGHT: Final = "userauthorize"
TIME_ZONE: Final = "timezone"
HOLIDAY: Final = "holiday"

PIN: Final = "pin"
_CARD_NUMBER: Final = "cardno"
_ZONE: Final = "timezoneid"
_DAY: Final = "holiday"
_RIGHT_ZONE: Final = "authorizetimezoneid"
_RIGHT_DOORS: Final = "authorizedoorid"
_DEVICE: Final = "devid"
_RIGHT_KEYS: Final = (PIN, _RIGHT_ZONE, _RIGHT_DOORS, _DEVICE)
_YEARLY, _ONCE = "1", "2"
_LOST: Final = "1"
_OWN_DEVICE: Final = "1"
"""As printed; it counts only until the device has shown another."""

_PRIVILEGES: Final[Mapping[Privilege, int]] = {
    Privilege.USER: 0,
    Privilege.ENROLLER: 2,
    Privilege.MANAGER: 6,
    Privilege.ADMIN: 14,
}
_BY_NUMBER: Final[Mapping[int | None, Privilege]] = {
    number: privilege for privilege, number in _PRIVILEGES.items()
}
_GROUPS: Final = range(256)
_DEFAULT_GROUP: Final = 1
_TIME_ZONES: Final = range(1, 256)
_MAX_CARDS: Final = 16
"""A sanity limit: the document has none."""
_NAME_BYTES, _LONG_NAME_BYTES = 24, 48
_TEXT_ID_LETTERS: Final = 24
_HEXADECIMAL: Final = re.compile("[0-9A-Fa-f]{1,16}")
_HUNDREDS_BELOW: Final = 1000
"""A capacity of less is counted in hundreds."""

_DAYS: Final[Mapping[Weekday, str]] = dict(
    zip(
        Weekday,
        ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Hol1", "Hol2", "Hol3"),
        strict=True,
    )
)
_SLOTS: Final[Mapping[Weekday, tuple[str, ...]]] = {
    day: tuple(f"{name}Time{slot}".lower() for slot in (1, 2, 3))
    for day, name in _DAYS.items()
}
# The fields of a new user, in the printed order.
_NEW_USER: Final[Mapping[str, str]] = {
    _CARD_NUMBER: "",
    PIN: "",
    "password": "",
    "group": "0",
    "starttime": "0",
    "endtime": "0",
    "name": "",
    "privilege": "0",
}
# As the document spells them. Others are sent as they came, in lower case.
_SPELLED: Final[Mapping[str, str]] = {
    name.lower(): name
    for name in (
        *("Pin", "CardNo", "Password", "Group", "StartTime", "EndTime", "Name"),
        *("Privilege", "Disable", "Verify", "LossCardFlag", "CardType", "Type"),
        *("AuthorizeTimezoneId", "AuthorizeDoorId", "DevID"),
        *("TimezoneId", "Holiday", "HolidayType", "Loop"),
        *(f"{day}Time{slot}" for day in _DAYS.values() for slot in (1, 2, 3)),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a device can hold, and how it says so."""

    limits: Limits
    card_table: bool
    """Cards are in a table of their own, and the field of the user table does not count."""
    door_per_right: bool
    """A right is for one door rather than for a mask of doors."""
    device_field: bool
    """Rights name the device that they are for."""
    verify_codes: frozenset[int]


def find_dialect(known: Registration) -> Dialect | None:
    """Return how a device that registered so keeps people; None for one that has not told what it is.

    The document has no switch for schedules and holidays: every access device has them. Its field for the way to verify
    is written where the device tells which ways it knows.
    """
    if not known.raw:
        return None
    # The switch alone is set by devices that keep the card with the user, too.
    card_table = (
        known.supports(Feature.MULTIPLE_CARDS) and known.multiple_cards is not False
    )
    door_per_right = known.supports(Feature.AUTHORITY_PER_DOOR)
    verify_codes = (known.verify_codes or frozenset()) - {0}
    letters = bool(known.letters_in_user_ids)
    abilities = (
        Ability.CARDS
        | Ability.PIN_CODE
        | Ability.PRIVILEGE
        | Ability.GROUP
        | Ability.VALIDITY
        | Ability.RIGHTS
        | Ability.TIME_ZONES
        | Ability.HOLIDAYS
    )
    if known.user_names is not False:
        abilities |= Ability.NAME
    if known.packed_user_times:
        abilities |= Ability.VALIDITY_TIME
    if known.disable_users:
        abilities |= Ability.ENABLED
    if verify_codes:
        abilities |= Ability.VERIFY_STYLE
    doors = range(1, (known.lock_count or 1) + 1)
    limits = Limits(
        abilities=abilities,
        user_id_digits=_TEXT_ID_LETTERS if letters else 9,
        user_id_letters=letters,
        name_bytes=_LONG_NAME_BYTES
        if known.supports(Feature.LONG_NAMES)
        else _NAME_BYTES,
        max_cards=_MAX_CARDS if card_table else 1,
        max_card=(1 << _card_bits(known)) - 1 if card_table else 0xFFFFFFFF,
        privileges=frozenset(_PRIVILEGES),
        groups=_GROUPS,
        default_group=_DEFAULT_GROUP,
        # Whether 4 is door 3 or door 4 is nowhere said where a right is for one door:
        # 1 and 2 mean the same either way.
        doors=frozenset(doors[:2] if door_per_right else doors),
        time_zones=_TIME_ZONES,
        enrols=frozenset(_enrols(known)),
        users=_capacity(known.max_users),
    )
    return Dialect(
        limits=limits,
        card_table=card_table,
        door_per_right=door_per_right,
        device_field=known.supports(Feature.DEVICE_ID_FIELD),
        verify_codes=verify_codes,
    )


def _card_bits(known: Registration) -> int:
    bits = known.max_card_bits or 0
    return bits if 32 <= bits <= 64 else 32


def _capacity(told: int | None) -> int | None:
    if told is None or told >= _HUNDREDS_BELOW:
        return told
    return told * 100 or None


def find_biometric(known: Registration, credential: Credential) -> Biometric | None:
    """Return by which number a device is asked to enrol a credential; None where it does not know any."""
    wanted = {
        Credential.FINGERPRINT: (Biometric.FINGERPRINT,),
        Credential.FACE: (Biometric.FACE, Biometric.NEAR_INFRARED_FACE),
        Credential.PALM: (Biometric.PALM, Biometric.PALM_VEIN),
    }.get(credential, ())
    switches = {
        Biometric.FINGERPRINT: known.fingerprint,
        Biometric.NEAR_INFRARED_FACE: known.face,
        Biometric.PALM_VEIN: known.palm_vein,
        Biometric.FACE: known.bio_data,
    }
    kinds = (*(kind for kind in wanted if kind in known.multi_bio_data),) or (
        *(kind for kind in wanted if switches.get(kind)),
    )
    return kinds[0] if kinds else None


def _enrols(known: Registration) -> Iterable[Credential]:
    if not known.supports(Feature.REMOTE_ENROLMENT):
        return
    for credential in Credential:
        if credential is Credential.CARD or find_biometric(known, credential):
            yield credential


def belongings(known: Registration) -> list[tuple[str, Fields]]:
    """Return the tables that hold something of a user, in the order in which it is deleted, and what else to name there.

    Super users, first cards and the like are not offered, but must not pass to the next person with the same number.
    """
    found: list[tuple[str, Fields]] = [(RIGHT, {})]
    for table, there in (
        (CARD, known.multiple_cards or known.supports(Feature.MULTIPLE_CARDS)),
        ("SuperAuthorize", known.supports(Feature.SUPER_USER_TABLE)),
        ("PersonalVSTimezone", known.supports(Feature.USER_VERIFY_BY_TIME)),
        ("firstcard", True),
        ("extuser", True),
        ("identitycard", known.supports(Feature.IDENTITY_CARDS)),
        ("templatev10", known.fingerprint),
        ("userpic", known.user_photo or known.user_photo_by_url),
    ):
        if there:
            found.append((table, {}))
    for table, kinds, there in (
        ("biodata", known.multi_bio_data, known.bio_data),
        ("biophoto", known.multi_bio_photo, known.bio_photo),
    ):
        # Devices that know several kinds must be told which one is meant.
        if kinds:
            found += [(table, {"type": str(int(kind))}) for kind in kinds]
        elif there:
            found.append((table, {}))
    return found


def spelled(row: Fields) -> dict[str, str | int]:
    """Return a row as it is sent."""
    return {_SPELLED.get(name, name): value for name, value in row.items()}


def by_user(rows: Iterable[Fields]) -> dict[str, list[Fields]]:
    """Return the rows of each user; those of nobody are left out."""
    found: dict[str, list[Fields]] = {}
    for row in rows:
        if (user_id := row.get(PIN, "")).strip("0"):
            found.setdefault(user_id, []).append(row)
    return found


def _number(text: str | None) -> int | None:
    """Read a decimal number of at most 10 digits."""
    if text and text.isascii() and text.isdigit() and len(text) <= 10:
        return int(text)
    return None


# Users


def fitting(user: User, dialect: Dialect) -> User:
    """Return a user as a device tells it: card numbers without leading zeros, whole seconds.

    Raises InvalidValue unless the device can hold the user.
    """
    check_user(user, dialect.limits)
    if user.user_id.startswith("0") and not dialect.limits.user_id_letters:
        # The device keeps a number: it would be another user's.
        raise InvalidValue("user_id", "must not start with a zero")
    if user.verify_style is not None and user.verify_style not in dialect.verify_codes:
        known = ", ".join(map(str, sorted(dialect.verify_codes)))
        raise InvalidValue("verify_style", f"one of {known}")
    return replace(
        user,
        cards=tuple(dict.fromkeys(str(int(card)) for card in user.cards)),
        valid_from=user.valid_from and user.valid_from.replace(microsecond=0),
        valid_until=user.valid_until and user.valid_until.replace(microsecond=0),
    )


def decode_user(row: Fields, dialect: Dialect) -> User:
    """Read a user, without what other tables hold. What cannot be read counts as not told. Never raises."""
    abilities = dialect.limits.abilities
    card = parse_card(row.get(_CARD_NUMBER, ""))
    style = _number(row.get("verify"))
    return User(
        user_id=row.get(PIN, ""),
        name=row.get("name", "") if Ability.NAME in abilities else "",
        cards=(card,) if card else (),
        pin_code=row.get("password", ""),
        privilege=_BY_NUMBER.get(_number(row.get("privilege")), Privilege.USER),
        group=_number(row.get("group")) or 0,
        valid_from=_moment(row.get("starttime"), dialect, time()),
        valid_until=_moment(row.get("endtime"), dialect, time(23, 59, 59)),
        enabled=Ability.ENABLED not in abilities or row.get("disable") != "1",
        # One that could not be written again is not told.
        verify_style=style if style in dialect.verify_codes else None,
    )


def _moment(text: str | None, dialect: Dialect, day_time: time) -> datetime | None:
    """Read one end of the validity: packed, or YYYYMMDD, which means a time of that day. 0 is none."""
    number = _number(text)
    if not number:
        return None
    if Ability.VALIDITY_TIME in dialect.limits.abilities:
        return packed_time.decode(number)
    day = _day(number)
    return None if day is None else datetime.combine(day, day_time)


def _day(number: int) -> date | None:
    """Read YYYYMMDD; None when it is no date."""
    try:
        return date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        return None


def _moment_text(moment: datetime | None, dialect: Dialect) -> str:
    if moment is None:
        return "0"
    if Ability.VALIDITY_TIME in dialect.limits.abilities:
        return str(packed_time.encode(moment))
    return f"{moment:%Y%m%d}"


def encode_user(user: User, before: Fields | None, dialect: Dialect) -> Fields | None:
    """Return the row of a fitting user, out of the one that the device has; None when that one is right."""
    row = {**_NEW_USER, PIN: user.user_id} if before is None else dict(before)
    # The number of the row is the device's own.
    row.pop("uid", None)
    fields: Mapping[str, tuple[str, str]] = {
        "name": ("name", user.name),
        "cards": (
            _CARD_NUMBER,
            "" if dialect.card_table or not user.cards else user.cards[0],
        ),
        "pin_code": ("password", user.pin_code),
        "privilege": ("privilege", str(_PRIVILEGES[user.privilege])),
        "group": ("group", str(user.group)),
        "valid_from": ("starttime", _moment_text(user.valid_from, dialect)),
        "valid_until": ("endtime", _moment_text(user.valid_until, dialect)),
        "enabled": ("disable", str(int(not user.enabled))),
        "verify_style": ("verify", str(user.verify_style or 0)),
    }
    wrong = wrong_fields(user, row, dialect)
    row |= dict(fields[name] for name in wrong)
    return row if wrong or before is None else None


def wrong_fields(user: User, row: Fields, dialect: Dialect) -> tuple[str, ...]:
    """Return the names of the fields that a row of the user table has otherwise than a fitting user."""
    there = replace(decode_user(row, dialect), rights=user.rights)
    if dialect.card_table and {*there.cards} <= {*user.cards}:
        there = replace(there, cards=user.cards)
    return changed_fields(there, user, dialect.limits)


def decode_users(
    users: Iterable[Fields],
    cards: Iterable[Fields],
    rights: Iterable[Fields],
    dialect: Dialect,
) -> dict[str, User]:
    """Read all users. Cards and rights that belong to nobody are left out. Never raises."""
    rights = list(rights)
    device = own_device(rights)
    cards_of, rights_of = by_user(cards), by_user(rights)
    found: dict[str, User] = {}
    for user_id, rows in by_user(users).items():
        user = decode_user(rows[-1], dialect)
        more = decode_cards(cards_of.get(user_id, ()))
        found[user_id] = replace(
            user,
            cards=tuple(dict.fromkeys((*user.cards, *more))),
            rights=decode_rights(rights_of.get(user_id, ()), device, dialect),
        )
    return found


# Cards


def decode_cards(rows: Iterable[Fields]) -> tuple[str, ...]:
    """Read the cards of one user, the main card first; those that were reported lost are none."""
    return tuple(dict.fromkeys(number for _, number in _valid_cards(rows)))


def _valid_cards(rows: Iterable[Fields]) -> list[tuple[Fields, str]]:
    main_first = sorted(rows, key=lambda row: row.get("cardtype", ""))
    return [
        (row, number)
        for row in main_first
        if row.get("losscardflag") != _LOST and (number := _card(row))
    ]


def _card(row: Fields) -> str | None:
    """Read a card of the card table, which has plain hexadecimal digits; None for none."""
    text = row.get(_CARD_NUMBER, "")
    if _HEXADECIMAL.fullmatch(text):
        return str(int(text, 16) or "") or None
    return parse_card(text) if text.startswith("[") else None


def card_changes(
    user: User, rows: Iterable[Fields]
) -> tuple[list[Fields], list[Fields]]:
    """Return the rows to be written, and what says which ones are to be deleted, so that a fitting user has their cards.

    A card that was lost and is wanted is found again. Lower-case digits are what an owner found his controller to know.
    """
    rows = list(rows)
    valid = _valid_cards(rows)
    known = {number: row for row in rows if (number := _card(row))}
    kept = {number for _, number in valid} & {*user.cards}
    new: list[Fields] = []
    for card in user.cards:
        if card in kept:
            continue
        is_main = not kept and not new
        fresh = {
            PIN: user.user_id,
            _CARD_NUMBER: f"{int(card):08x}",
            "losscardflag": "0",
            "cardtype": "0" if is_main else "1",
        }
        lost = known.get(card)
        new.append(fresh if lost is None else {**lost, "losscardflag": "0"})
    stale: list[Fields] = [
        {PIN: row[PIN], _CARD_NUMBER: row[_CARD_NUMBER]}
        for row, number in valid
        if number not in kept
    ]
    return new, stale


# Rights


def own_device(rights: Iterable[Fields]) -> str:
    """Return by which number a device's rights name the device itself: the only one that they name."""
    named = {row[_DEVICE] for row in rights if row.get(_DEVICE, "").strip("0")}
    return named.pop() if len(named) == 1 else _OWN_DEVICE


def decode_rights(
    rows: Iterable[Fields], device: str, dialect: Dialect
) -> frozenset[Right]:
    """Read the rights of one user, at the doors that the device has."""
    return frozenset(right for row in rows for right in _rights(row, device, dialect))


def _rights(row: Fields, device: str, dialect: Dialect) -> frozenset[Right]:
    """Read what one row allows; nothing when it is for the doors of another device."""
    zone, doors = _number(row.get(_RIGHT_ZONE)), _number(row.get(_RIGHT_DOORS)) or 0
    if not zone or row.get(_DEVICE, "").strip("0") not in {"", device}:
        return frozenset()
    if dialect.door_per_right:
        there = {doors} & dialect.limits.doors
    else:
        there = {door for door in dialect.limits.doors if doors >> (door - 1) & 1}
    return frozenset(Right(door, zone) for door in there)


def right_changes(
    user: User, rows: Iterable[Fields], device: str, dialect: Dialect
) -> tuple[list[Fields], list[Fields]]:
    """Return the rows to be written, and what says which ones are to be deleted, so that a fitting user has their rights.

    The doors of one time zone share a row, door 1 in the lowest bit, where a row can hold several.
    """
    there = [(row, found) for row in rows if (found := _rights(row, device, dialect))]
    wanted: dict[frozenset[Right], tuple[int, int]] = {}
    for zone in sorted({right.time_zone for right in user.rights}):
        doors = sorted(right.door for right in user.rights if right.time_zone == zone)
        if dialect.door_per_right:
            wanted |= {frozenset({Right(door, zone)}): (zone, door) for door in doors}
        else:
            mask = sum(1 << (door - 1) for door in doors)
            wanted[frozenset(Right(door, zone) for door in doors)] = zone, mask
    kept = {found for _, found in there}
    own: Fields = {_DEVICE: device} if dialect.device_field else {}
    new: list[Fields] = [
        {PIN: user.user_id, _RIGHT_ZONE: str(zone), _RIGHT_DOORS: str(value), **own}
        for rights, (zone, value) in wanted.items()
        if rights not in kept
    ]
    stale: list[Fields] = [
        {name: row[name] for name in _RIGHT_KEYS if row.get(name)}
        for row, found in there
        if found not in wanted
    ]
    return new, stale


# Schedules


def decode_time_zone(row: Fields) -> TimeZone | None:
    """Read a weekly schedule; what is no interval counts as closed. None without a number."""
    number = _number(row.get(_ZONE))
    if not number:
        return None
    days = {day: found for day in Weekday if (found := _intervals(row, day))}
    return TimeZone(number=number, days=days)


def _intervals(row: Fields, day: Weekday) -> tuple[Interval, ...]:
    slots = (_interval(_number(row.get(name)) or 0) for name in _SLOTS[day])
    return tuple(interval for interval in slots if interval)


def _interval(number: int) -> Interval | None:
    """Read a slot, 0 for none: HHMM of the start above 16 bits of HHMM of the end."""
    try:
        start, end = (time(*divmod(hhmm, 100)) for hhmm in divmod(number, 1 << 16))
    except ValueError:
        return None
    return Interval(start, end) if number and start <= end else None


def _slot(interval: Interval, day: Weekday) -> int:
    """Return an interval as a slot. Raises InvalidValue for the one minute that means none."""
    start, end = (t.hour * 100 + t.minute for t in (interval.start, interval.end))
    if not end:
        raise InvalidValue(day.name.lower(), "an interval must end after 00:00")
    return start << 16 | end


def encode_time_zone(zone: TimeZone, before: Fields | None) -> Fields | None:
    """Return the row of a weekly schedule, out of the one that the device has; None when that one is right.

    Raises InvalidValue.
    """
    row = {_ZONE: str(zone.number), **(before or {})}
    for day in Weekday:
        numbers = [_slot(interval, day) for interval in zone.days.get(day, ())]
        there = [_slot(interval, day) for interval in _intervals(row, day)]
        if numbers != there or before is None:
            numbers += [0] * (len(_SLOTS[day]) - len(numbers))
            row |= dict(zip(_SLOTS[day], map(str, numbers), strict=True))
    return None if row == before else row


# Holidays


def decode_holiday(row: Fields) -> Holiday | None:
    """Read a holiday; None when it has no date."""
    day = _day(_number(row.get(_DAY)) or 0)
    if day is None:
        return None
    return Holiday(
        day=day,
        kind=_number(row.get("holidaytype")) or 1,
        yearly=row.get("loop") == _YEARLY,
    )


def encode_holiday(holiday: Holiday, before: Fields | None) -> Fields | None:
    """Return the row of a holiday, out of the one that the device has; None when that one is right."""
    if before is not None and decode_holiday(before) == holiday:
        return None
    return {
        **(before or {}),
        _DAY: f"{holiday.day:%Y%m%d}",
        "holidaytype": str(holiday.kind),
        "loop": _YEARLY if holiday.yearly else _ONCE,
    }


def find_holiday(rows: Iterable[Fields], day: date) -> Fields | None:
    """Return the row of a day."""
    found = (r for r in rows if (told := decode_holiday(r)) and told.day == day)
    return next(found, None)


def find_time_zone(rows: Iterable[Fields], number: int) -> Fields | None:
    """Return the row of a weekly schedule."""
    return next((row for row in rows if _number(row.get(_ZONE)) == number), None)
