"""People as rows of a PUSH device's tables: users, cards and rights in both directions.

Lives here: what the fields mean to a person (Security PUSH 3.1.2 sections 7.5 and 9.1.1), as pure functions. Not here: what
a device can hold (`dialect`), asking it (`roster`), the text of a command (`commands`). Rows have their field names in lower
case.

Only fields whose meaning changes are changed: what a device keeps in its own way, or in fields that are not known here,
goes back as it came. Rows that already mean the right thing are not written at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time
import re
from typing import Final

from .. import packed_time
from ..errors import InvalidValue
from ..people import Ability, Privilege, Right, User, check_user
from ..plan import changed_fields
from .dialect import PRIVILEGES, Dialect
from .fields import PIN, by_user, day_of
from .messages import parse_number
from .records import Fields, parse_card

_CARD_NUMBER: Final = "cardno"
_RIGHT_ZONE: Final = "authorizetimezoneid"
_RIGHT_DOORS: Final = "authorizedoorid"
_DEVICE: Final = "devid"
_RIGHT_KEYS: Final = (PIN, _RIGHT_ZONE, _RIGHT_DOORS, _DEVICE)
_LOST: Final = "1"
_OWN_DEVICE: Final = "1"
"""As printed; it counts only until the device has shown another."""
_BY_NUMBER: Final[Mapping[int | None, Privilege]] = {
    number: privilege for privilege, number in PRIVILEGES.items()
}
_HEXADECIMAL: Final = re.compile("[0-9A-Fa-f]{1,16}")
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
    style = parse_number(row.get("verify"))
    return User(
        user_id=row.get(PIN, ""),
        name=row.get("name", "") if Ability.NAME in abilities else "",
        cards=(card,) if card else (),
        pin_code=row.get("password", ""),
        privilege=_BY_NUMBER.get(parse_number(row.get("privilege")), Privilege.USER),
        group=parse_number(row.get("group")) or 0,
        valid_from=_moment(row.get("starttime"), dialect, time()),
        valid_until=_moment(row.get("endtime"), dialect, time(23, 59, 59)),
        enabled=Ability.ENABLED not in abilities or row.get("disable") != "1",
        # One that could not be written again is not told.
        verify_style=style if style in dialect.verify_codes else None,
    )


def _moment(text: str | None, dialect: Dialect, day_time: time) -> datetime | None:
    """Read one end of the validity: packed, or YYYYMMDD, which means a time of that day. 0 is none."""
    number = parse_number(text)
    if not number:
        return None
    if Ability.VALIDITY_TIME in dialect.limits.abilities:
        return packed_time.decode(number)
    day = day_of(number)
    return None if day is None else datetime.combine(day, day_time)


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
        "privilege": ("privilege", str(PRIVILEGES[user.privilege])),
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
    zone, doors = (
        parse_number(row.get(_RIGHT_ZONE)),
        parse_number(row.get(_RIGHT_DOORS)) or 0,
    )
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
