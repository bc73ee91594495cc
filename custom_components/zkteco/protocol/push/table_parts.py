"""What many tables of a PUSH device share: kinds of values, fields, and how a table is written down.

Lives here: those parts. Not here: the tables (`people_tables`, `device_tables`, `table_list`), what a kind is (`kinds`).

Where the document names no range, the widest that makes sense is allowed.
"""

from collections.abc import Iterable
from typing import Final

from .codes import Biometric
from .kinds import Base64, Choice, Kind, Number, Switch, Text
from .registration import Feature
from .tables import Field, Need, Table

# Sections

COUNT: Final = "9.1.3"
QUERY: Final = "9.1.4"
UPDATED: Final = ("9.1.1",)
CHANGED: Final = (*UPDATED, "9.1.2")
ALL_FOUR: Final = (*CHANGED, COUNT, QUERY)

# Values

NUMBER: Final = Number()
POSITIVE: Final = Number(1)
BIOMETRIC: Final = Choice(*Biometric)
STYLE: Final = Number(0, 0xFFFF)
"""A way to verify: a number, or bits where the device tells them by bits."""
SWITCH: Final = Switch()
TEXT: Final = Text()
USER_ID: Final = Text(24, "[0-9A-Za-z]*", "letters and digits")
DIGITS: Final = Text(32, "[0-9]*", "digits")
LETTERS: Final = Text(255, "[0-9A-Za-z:;]*", "letters, digits, : and ;")
SERIAL: Final = Text(32, "[0-9A-Za-z_-]*", "letters, digits, _ and -")
PARAMETER: Final = Text(64, "~?[0-9A-Za-z_]*", "letters, digits and _")
MAC: Final = Text(17, "[0-9A-Fa-f:-]*", "hexadecimal digits, : and -")
HOST: Final = Text(253, "[0-9A-Za-z.:_-]*", "a host name or an address")
URL: Final = Text(1024, "[!-~]*", "an address without spaces")
# Sanity limits: the document has none.
PHOTO: Final = Base64(768 * 1024)
TEMPLATE: Final = Base64(18 * 1024)

# Fields


def key(name: str, kind: Kind, needs: tuple[Need, ...] = ()) -> Field:
    """Return a field by which rows are told apart; it must be there unless it needs something."""
    return Field(name, kind, key=True, required=not needs, needs=needs)


def own(name: str, kind: Kind) -> Field:
    """Return a field that only the device fills."""
    return Field(name, kind, own=True)


WIEGAND_2: Final = ("WGRuleVer=V2.0",)
# Wherever a table has one (section 4.4).
_DEVICES: Final = (Feature.DEVICE_ID_FIELD,)


def device(name: str = "DevID") -> Field:
    """Return a field that names a device behind this one."""
    return Field(name, NUMBER, needs=_DEVICES)


PIN: Final = key("Pin", USER_ID)
DEVICE_ID: Final = device()
DEVICE_KEY: Final = key("DevID", NUMBER, _DEVICES)

WEEKDAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
DAYS: Final = (*WEEKDAYS, "Hol1", "Hol2", "Hol3")


def week(*suffixes: tuple[str, Kind], days: Iterable[str], slots: int) -> list[Field]:
    """Return the fields of a week; `suffixes` are those of each slot, with "{}" for its number."""
    return [
        Field(day + suffix.format(slot), kind)
        for day in days
        for slot in range(1, slots + 1)
        for suffix, kind in suffixes
    ]


def table(
    name: str,
    purpose: str,
    sections: tuple[str, ...],
    *fields: Field,
    needs: tuple[Need, ...] = (),
    filters: tuple[Field, ...] = (),
) -> Table:
    """Return a table; see there."""
    return Table(
        name=name,
        purpose=purpose,
        sections=sections,
        fields=fields,
        needs=needs,
        filters=filters,
    )
