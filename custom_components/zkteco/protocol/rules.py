"""The rules of a device that are lists: their vocabulary for all protocols, and how one of them is changed for sure.

Lives here: names, what a field can hold, and the one way in which a row is found, written, deleted and proven. Not here: wire
names (`panel_rules` and each protocol's own), schedules and holidays (`people`), single values (`settings`).

A rule is a table; a row is told by its key. A row is changed and not replaced: what nobody names, and what nobody
understands, stays.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
import re
from typing import Final, Protocol

from .errors import CommandRefused, InvalidValue, Unsupported
from .people import Interval


class Rule(StrEnum):
    """What a device keeps as a list. The values are stable words."""

    FIRST_CARD = "first_card"
    """Whose card starts the hours in which a door is open to everybody."""
    MULTI_CARD = "multi_card"
    """Groups that open a door only together."""
    LINKAGE = "linkage"
    """What an event switches."""
    SCHEDULED_OUTPUT = "scheduled_output"
    """In which hours a lock or an output is open or closed by itself."""
    SCHEDULED_INPUT = "scheduled_input"
    """In which hours an exit button or an input works."""
    VERIFY_SCHEDULE = "verify_schedule"
    """Weekly schedules of what people must show."""
    VERIFY_BY_TIME = "verify_by_time"
    """Which doors follow such a schedule."""
    USER_VERIFY_BY_TIME = "user_verify_by_time"
    """Which users follow such a schedule, at which doors."""
    SUPER_USER = "super_user"
    """Who may open a door at any time, whatever else is set."""
    DAYLIGHT_SAVING = "daylight_saving"
    """When a device changes its clock."""
    GROUP = "group"
    """When the users of a group have access, and how they verify."""
    UNLOCK_COMBINATION = "unlock_combination"
    """Groups of which one user each must verify before the door opens."""


USER_ID: Final = "user_id"
"""The field of a rule that names a user."""

type RuleValue = int | str
"""A `bool` is an `int`."""
type RuleRow = Mapping[str, RuleValue]


class RuleKind(Protocol):
    """What a field can hold. `settings` has most of them."""

    @property
    def limit(self) -> str:
        """What is allowed, in words."""

    def allows(self, value: RuleValue) -> bool:
        """Whether a value is allowed."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text."""

    allowed: re.Pattern[str]
    limit: str

    def allows(self, value: RuleValue) -> bool:
        """Whether a value is allowed."""
        return isinstance(value, str) and bool(self.allowed.fullmatch(value))


_TIME: Final = "((?:[01][0-9]|2[0-3]):[0-5][0-9])"
_HOURS: Final = re.compile(f"{_TIME}-{_TIME}")


@dataclass(frozen=True, slots=True)
class Hours:
    """From one minute of a day to another; an empty text is none."""

    @property
    def limit(self) -> str:
        """What is allowed, in words."""
        return "must be such as 08:00-17:30, ending after 00:00 and not before it starts, or empty"

    def allows(self, value: RuleValue) -> bool:
        """Whether a value is allowed."""
        if not isinstance(value, str):
            return False
        interval = self.interval(value)
        return not value or (
            interval is not None and interval.start <= interval.end > time.min
        )

    @staticmethod
    def interval(text: str) -> Interval | None:
        """Read hours; None when there are none."""
        if (found := _HOURS.fullmatch(text)) is None:
            return None
        return Interval(*map(time.fromisoformat, found.groups()))

    @staticmethod
    def text(interval: Interval) -> str:
        """Return hours as they are told."""
        return f"{interval.start:%H:%M}-{interval.end:%H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleField:
    """A field of a rule on one device."""

    name: str
    kind: RuleKind
    key: bool = False
    """Whether it tells rows apart."""
    required: bool = False
    """Whether it must be given: a key always, anything else in a new row."""


type RuleFields = tuple[RuleField, ...]


def check_row(fields: RuleFields, row: RuleRow) -> None:
    """Raise `InvalidValue` for a field that is not there, a value that is not allowed, and a key that is not given."""
    known = {field.name: field for field in fields}
    for name, value in row.items():
        if (field := known.get(name)) is None:
            raise InvalidValue("fields", f"only {', '.join(known)}")
        if not field.kind.allows(value):
            raise InvalidValue(name, field.kind.limit)
    for field in fields:
        if field.key and field.required and field.name not in row:
            raise InvalidValue(field.name, "must be given")


class RuleBook[Row](ABC):
    """The rules of one device; `Row` is what its protocol reads and writes.

    Verbs raise Unsupported for a rule that the device does not have, InvalidValue before anything is written, CommandRefused
    also when the device said yes and did not do it, and whatever the protocol's own requests raise.
    """

    def __init__(self, not_kept: Callable[[str], CommandRefused]) -> None:
        """`not_kept` makes the error for something that the device said yes to and does not have."""
        self._not_kept = not_kept

    @property
    @abstractmethod
    def fields(self) -> Mapping[Rule, RuleFields]:
        """What rules the device has, with their fields."""

    @abstractmethod
    async def _rows(self, rule: Rule, key: RuleRow) -> Sequence[Row]:
        """Read the rows of a rule, at least those with a key."""

    @abstractmethod
    def _told(self, rule: Rule, row: Row) -> dict[str, RuleValue]:
        """Return a row by the names of fields, without what makes no sense."""

    @abstractmethod
    async def _put(self, rule: Rule, before: Row | None, row: RuleRow) -> None:
        """Write what is given of a row over what the device has of it."""

    @abstractmethod
    async def _remove(self, rule: Rule, row: Row) -> None:
        """Delete a row by its whole key."""

    async def read(self, rule: Rule) -> list[RuleRow]:
        """Return all rows."""
        self._of(rule)
        return [self._told(rule, row) for row in await self._rows(rule, {})]

    async def write(self, rule: Rule, row: RuleRow) -> RuleRow:
        """Add a row or change what is given of it, unless it is so already; return what the device has then."""
        fields = self._of(rule)
        check_row(fields, row)
        before = await self._find(rule, row)
        if before is None:
            for field in fields:
                if field.required and field.name not in row:
                    raise InvalidValue(field.name, "must be given in a new row")
        else:
            told = self._told(rule, before)
            if _agrees(told, row):
                return told
        await self._put(rule, before, row)
        after = await self._find(rule, row)
        if after is None or not _agrees(told := self._told(rule, after), row):
            raise self._not_kept("the rule")
        return told

    async def delete(self, rule: Rule, row: RuleRow) -> bool:
        """Delete the row with the key that is given; return whether there was one that is as told."""
        check_row(self._of(rule), row)
        found = await self._find(rule, row)
        if found is None or not _agrees(self._told(rule, found), row):
            return False
        await self._remove(rule, found)
        if await self._find(rule, row) is not None:
            raise self._not_kept("the deletion")
        return True

    def _of(self, rule: Rule) -> RuleFields:
        if (fields := self.fields.get(rule)) is None:
            raise Unsupported
        return fields

    async def _find(self, rule: Rule, row: RuleRow) -> Row | None:
        """Return the row with the key of another."""
        names = [field.name for field in self.fields[rule] if field.key]
        key = {name: row[name] for name in names if name in row}
        rows = await self._rows(rule, key)
        found = [one for one in rows if self._told(rule, one).items() >= key.items()]
        if len(found) > 1:
            # What deletes one of them would delete them all.
            missing = (name for name in names if name not in row)
            raise InvalidValue(next(missing, names[0]), "does not tell rows apart")
        return found[0] if found else None


def _agrees(told: RuleRow, wanted: RuleRow) -> bool:
    """Whether a row is as wanted; what has no value is not told."""
    return all(told.get(name, "") == value for name, value in wanted.items())
