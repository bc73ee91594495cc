"""What may stand in a command: names, numbers and values that cannot break out of their field.

Lives here: the checks that every builder shares. Not here: the commands (`commands`, `control`, `account`, `upgrade`).
Errors name the field and never repeat the value, which may be secret.
"""

from collections.abc import Mapping
import re
from typing import Final

from ..errors import InvalidValue

_MAX_VALUE: Final = 1024
_TEMPLATES: Final = ("template", "tmp", "fp_template1", "fp_template2")
_PHOTOS: Final = ("content", "photo", "photojpg")
_MAX_VALUES: Final[Mapping[str, int]] = {
    **dict.fromkeys(_TEMPLATES, 24 * 1024),
    **dict.fromkeys(_PHOTOS, 1 << 20),
}
"""Of fields that hold more: older firmware has 30 kB of room for a whole command, but knows no photos."""
_NAME: Final = re.compile(r"~?[A-Za-z]\w{0,63}", re.ASCII)
# Square brackets mark tables that exist only in memory.
_TABLE: Final = re.compile(r"[A-Za-z]\w{0,63}|\[[A-Za-z]\w{0,63}\]", re.ASCII)
# Whatever could end a line for some reader, and what cannot be encoded.
CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def within(field: str, value: int, low: int, high: int) -> int:
    """Return a number from `low` to `high`. Raises `InvalidValue` for any other."""
    if not low <= value <= high:
        raise InvalidValue(field, f"must be from {low} to {high}")
    return value


def checked_name(field: str, name: str) -> str:
    """Return the name of a field or an option. Raises `InvalidValue`."""
    if not _NAME.fullmatch(name):
        raise InvalidValue(field, "1 to 64 letters, digits or underscores")
    return name


def checked_table(table: str) -> str:
    """Return the name of a table, which may stand in square brackets. Raises `InvalidValue`."""
    if not _TABLE.fullmatch(table):
        raise InvalidValue("table", "1 to 64 letters, digits or underscores")
    return table


def pair(name: str, value: str | int, *, comma: bool = True) -> str:
    """Join a name and a value, which is not too long; with `comma`, it may contain one.

    Raises `InvalidValue`.
    """
    checked_name("field name", name)
    text = str(value)
    longest = _MAX_VALUES.get(name.lower(), _MAX_VALUE)
    if len(text) > longest:
        raise InvalidValue(name, f"at most {longest} characters")
    if CONTROL.search(text) or (not comma and "," in text):
        raise InvalidValue(
            name,
            "no control characters" if comma else "no comma, no control characters",
        )
    return f"{name}={text}"


def row(values: Mapping[str, str | int], *, comma: bool = True) -> str:
    """Join the fields of one row with TABs. Raises `InvalidValue`."""
    return "\t".join(pair(name, value, comma=comma) for name, value in values.items())
