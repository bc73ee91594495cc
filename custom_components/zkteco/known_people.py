"""People whom the owner knows better than a device does.

Lives here: the option that names them or links them to Home Assistant's persons, and the
look-up by user ID. Not here: the form that asks for it (`config_flow`), events (`event_data`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .const import CONF_PEOPLE

ATTR_NAME: Final = "name"
ATTR_PERSON: Final = "person"
ATTR_USER_ID: Final = "user_id"

type Row = Mapping[str, str]
"""One person: a `user_id`, and a `name`, a `person` entity or both."""


class KnownPeople:
    """Who is who on one device."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Read the options of a config entry."""
        rows: list[Row] = options.get(CONF_PEOPLE, [])
        self._rows = {row[ATTR_USER_ID].strip(): row for row in rows}

    def name(self, user_id: str | None) -> str | None:
        """Return the name that the owner gave."""
        return self._told(user_id, ATTR_NAME)

    def person(self, user_id: str | None) -> str | None:
        """Return the entity of the person."""
        return self._told(user_id, ATTR_PERSON)

    def _told(self, user_id: str | None, field: str) -> str | None:
        """Return a field of somebody's row, None where there is nothing in it."""
        row = self._rows.get(user_id or "", {})
        return row.get(field, "").strip() or None


def someone_is_there_twice(rows: Sequence[Row]) -> bool:
    """Return whether two rows are about one user."""
    ids = [row[ATTR_USER_ID].strip() for row in rows]
    return len(set(ids)) < len(ids)


def someone_is_nobody(rows: Sequence[Row]) -> bool:
    """Return whether a row does not tell whom or what it is about."""
    return not all(
        row[ATTR_USER_ID].strip()
        and (row.get(ATTR_NAME, "").strip() or row.get(ATTR_PERSON))
        for row in rows
    )
