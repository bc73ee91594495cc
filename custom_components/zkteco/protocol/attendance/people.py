"""The users of a terminal, as rows of the table USERINFO in both directions.

Lives here: what a terminal can hold of a user, and how. Not here: who reads and writes rows (`roster`). Weekly schedules
and validity have a place in a row, but no document that two terminals agree with: what a terminal holds of them is handed
back as it was.
"""

from collections.abc import Mapping
from typing import Final

from ..people import Ability, Credential, Limits, Privilege, User, check_user
from ..push.records import parse_card
from ..push.registration import Registration
from .commands import USER_FIELDS
from .records import Fields

_PRIVILEGES: Final[Mapping[str, Privilege]] = {
    "0": Privilege.USER,
    "2": Privilege.ENROLLER,
    "6": Privilege.MANAGER,
    "14": Privilege.ADMIN,
}
_PRIVILEGE_NUMBERS: Final = {name: number for number, name in _PRIVILEGES.items()}
_DEFAULT_GROUP: Final = 1
# A new user follows the schedule of the group; by itself it would be number 1, which every terminal has.
_NEW: Final[Fields] = {"tz": "0000000100000000"}
_MAX_ID_DIGITS: Final = 24
_KNOWN: Final = {name.lower(): name for name in USER_FIELDS}


def limits_of(known: Registration) -> Limits:
    """Return what a terminal can hold; `known` is what it told about itself."""
    width = known.raw.get("pin2width", "")
    digits = int(width) if width.isascii() and width.isdigit() else 0
    return Limits(
        abilities=Ability.NAME
        | Ability.CARDS
        | Ability.PIN_CODE
        | Ability.PRIVILEGE
        | Ability.GROUP,
        user_id_digits=digits if 0 < digits <= _MAX_ID_DIGITS else 9,
        user_id_letters=bool(known.letters_in_user_ids),
        privileges=frozenset(Privilege),
        groups=range(100),
        default_group=_DEFAULT_GROUP,
        enrols=frozenset({Credential.FINGERPRINT})
        if known.fingerprint
        else frozenset(),
    )


def decode_user(row: Fields) -> User:
    """Return a row as a user; what cannot be read is as if it were not there."""
    card = parse_card(row.get("card", ""))
    group = row.get("grp", "")
    return User(
        user_id=row.get("pin", ""),
        name=row.get("name", ""),
        cards=() if card is None else (card,),
        pin_code=row.get("passwd", ""),
        privilege=_PRIVILEGES.get(row.get("pri", ""), Privilege.USER),
        group=int(group) if group.isascii() and group.isdigit() else 0,
    )


def fitting(user: User, limits: Limits) -> User:
    """Return a user as a terminal will tell it. Raises InvalidValue unless the terminal can hold it."""
    check_user(user, limits)
    return User(
        user_id=user.user_id,
        name=user.name,
        cards=tuple(str(int(card)) for card in user.cards),
        pin_code=user.pin_code,
        privilege=user.privilege,
        group=user.group or limits.default_group,
    )


def encode_user(user: User, before: Fields | None) -> dict[str, str]:
    """Return the whole row of a user; `before` is what the terminal holds now, whose other fields stay."""
    row = {key: value for key, value in (before or _NEW).items() if key in _KNOWN}
    row |= {
        "pin": user.user_id,
        "name": user.name,
        "pri": _PRIVILEGE_NUMBERS[user.privilege],
        "passwd": user.pin_code,
        "card": user.cards[0] if user.cards else "",
        "grp": str(user.group),
    }
    return {name: row[key] for key, name in _KNOWN.items() if key in row}


def wrong_fields(user: User, row: Fields) -> list[str]:
    """Return what is not as wanted in a row that was read back; a field that the terminal does not tell proves nothing."""
    kept = decode_user(row)
    checks = {
        "name": ("the name", kept.name != user.name),
        "passwd": ("the PIN code", kept.pin_code != user.pin_code),
        "card": ("the card", kept.cards != user.cards),
        "pri": ("the privilege", kept.privilege != user.privilege),
        "grp": ("the group", kept.group != user.group),
    }
    return [words for key, (words, wrong) in checks.items() if key in row and wrong]
