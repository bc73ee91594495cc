"""The fields of rows about people: how they are spelled, whose they are, numbers and days.

Lives here: what the tables share. Not here: what the rows of one of them mean (`people`, `schedules`, `templates`). Rows
have their field names in lower case.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from .people_tables import BIO_DATA, CARD, FINGERPRINT, HOLIDAY, RIGHT, TIME_ZONE, USER
from .records import Fields
from .table_parts import DAYS

PIN: Final = "pin"
SLOTS: Final[Mapping[str, tuple[str, ...]]] = {
    day: tuple(f"{day}Time{slot}" for slot in (1, 2, 3)) for day in DAYS
}
"""Of a weekly schedule: three for each day."""
# As the document spells them. Others are sent as they came, in lower case.
_SPELLED: Final[Mapping[str, str]] = {
    field.name.lower(): field.name
    for table in (USER, CARD, RIGHT, TIME_ZONE, HOLIDAY, FINGERPRINT, BIO_DATA)
    for field in table.fields
}


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


def day_of(number: int) -> date | None:
    """Read YYYYMMDD; None when it is no date."""
    try:
        return date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        return None
