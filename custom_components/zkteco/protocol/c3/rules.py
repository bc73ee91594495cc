"""The rules of a connected panel: rows of its tables.

Lives here: which tables they are, what fits into their columns, and a row by the names of fields in both directions. Not here:
the names (`panel_rules`), requests (`people_tables`), finding and proving (`rules` above), trying again (`panel`).
Source: PullSDK User Guide 2.0. What `Reserved` of a linkage means on a panel is not in it: it stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Final, override

from ..model import PanelInfo
from ..panel_rules import NAMES, NEW_ROWS_NEED, NUMBERS, WORDS
from ..people import Limits
from ..rules import (
    USER_ID,
    Pattern,
    Rule,
    RuleBook,
    RuleField,
    RuleFields,
    RuleKind,
    RuleRow,
    RuleValue,
)
from ..settings import Choice, Range
from .people_rows import number_in, pin_row, user_id
from .people_tables import PeopleTables, not_kept
from .queries import Tables
from .tables import Row, Table, Value


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a rule is."""

    table: str
    key: tuple[str, ...]
    others: tuple[str, ...] = ()


_TABLES: Final[Mapping[Rule, _Kept]] = {
    Rule.FIRST_CARD: _Kept("firstcard", ("doorid", "timezoneid", "pin")),
    Rule.MULTI_CARD: _Kept(
        "multimcard",
        ("index",),
        ("doorid", *(f"group{number}" for number in range(1, 6))),
    ),
    Rule.LINKAGE: _Kept(
        "inoutfun",
        ("index",),
        ("eventtype", "inaddr", "outtype", "outaddr", "outtime"),
    ),
}
_MAX_INDEX: Final = 0xFFFF
_MAX_EVENT: Final = 255
_STAYS_OPEN: Final = 255


def find_rules(
    known: Tables, limits: Limits | None, info: PanelInfo
) -> dict[Rule, RuleFields]:
    """Return what rules a panel with these tables has, with their fields."""
    if limits is None:
        return {}
    kinds = _kinds(limits, info)
    return {
        rule: tuple(_field(name, kept, kinds) for name in (*kept.key, *kept.others))
        for rule, kept in _TABLES.items()
        if _has(known.get(kept.table), kept, limits)
    }


def _has(table: Table | None, kept: _Kept, limits: Limits) -> bool:
    """Whether a panel has a table with all of its columns, the numbers as numbers."""
    if table is None:
        return False
    texts = {"pin"} if limits.user_id_letters else set()
    return all(
        (column := table.field(name)) is not None
        and (column.kind == "s") is (name in texts)
        for name in (*kept.key, *kept.others)
    )


def _kinds(limits: Limits, info: PanelInfo) -> dict[str, RuleKind]:
    """Return what fits into a field."""
    doors = len(info.doors)
    letters = limits.user_id_letters
    users = Pattern(
        re.compile("[0-9A-Za-z]{1,9}" if letters else "[1-9][0-9]{0,8}"),
        f"must be 1 to 9 digits{' or letters' if letters else ', no 0 in front'}",
    )
    group = Range(limits.groups[0], limits.groups[-1])
    return {
        USER_ID: users,
        "door": Range(1, doors),
        "time_zone": Range(limits.time_zones[0], limits.time_zones[-1]),
        "number": Range(1, _MAX_INDEX),
        **{f"group_{number}": group for number in range(1, 6)},
        "event": Range(0, _MAX_EVENT),
        "point": Range(0, max(doors, info.aux_inputs)),
        "output_type": Choice(tuple(WORDS["output_type"].values())),
        "output": Range(1, max(doors, info.aux_outputs)),
        "seconds": Range(0, _STAYS_OPEN),
    }


def _field(column: str, kept: _Kept, kinds: Mapping[str, RuleKind]) -> RuleField:
    name = NAMES[column]
    key = column in kept.key
    needed = key or name in NEW_ROWS_NEED
    return RuleField(name=name, kind=kinds[name], key=key, required=needed)


class PanelRules(RuleBook[Row]):
    """The rules of one panel. Verbs also raise what `C3Client.fetch` raises."""

    def __init__(self, tables: PeopleTables, info: PanelInfo) -> None:
        """Work on a panel's tables."""
        super().__init__(not_kept)
        self._tables = tables
        self._fields = find_rules(tables.known, tables.limits, info)

    @property
    @override
    def fields(self) -> Mapping[Rule, RuleFields]:
        return self._fields

    @override
    async def _rows(self, rule: Rule, key: RuleRow) -> list[Row]:
        return await self._tables.read(_TABLES[rule].table)

    @override
    def _told(self, rule: Rule, row: Row) -> dict[str, RuleValue]:
        kept = _TABLES[rule]
        told = {
            NAMES[column]: _value(column, row) for column in (*kept.key, *kept.others)
        }
        return {name: value for name, value in told.items() if value is not None}

    @override
    async def _put(self, rule: Rule, before: Row | None, row: RuleRow) -> None:
        kept = _TABLES[rule]
        columns = {
            column: self._column(name, row[name])
            for column in (*kept.key, *kept.others)
            if (name := NAMES[column]) in row
        }
        await self._tables.write_one(kept.table, (before or {}) | columns)

    @override
    async def _remove(self, rule: Rule, row: Row) -> None:
        kept = _TABLES[rule]
        await self._tables.delete_one(
            kept.table, {column: row[column] for column in kept.key}
        )

    def _column(self, name: str, value: RuleValue) -> Value:
        """Return an allowed value as the table has it."""
        if name == USER_ID:
            return pin_row(str(value), self._tables.limits)["pin"]
        return NUMBERS[name][str(value)] if name in NUMBERS else value


def _value(column: str, row: Row) -> RuleValue | None:
    """Return what a panel has in a column; None for what makes no sense."""
    if (name := NAMES[column]) == USER_ID:
        return user_id(row)
    number = number_in(row, column)
    return WORDS[name].get(number) if name in WORDS else number
