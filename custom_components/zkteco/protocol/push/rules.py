"""The rules of a PUSH device: rows of its tables.

Lives here: which tables they are, and a row by the names of fields in both directions. Not here: what a table has and what
fits into it (`device_tables`, `people_tables`, `tables`), the names (`panel_rules`), finding and proving (`rules` above).

Left out, although the tables are known: expansion boards, turnstiles and elevators, Wiegand formats and contacts, whose
mistakes lock people out or hold passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Final, override

from ..panel_rules import NAMES, NEW_ROWS_NEED, NUMBERS, WORDS
from ..people import Interval
from ..rules import (
    Hours,
    Pattern,
    Rule,
    RuleBook,
    RuleField,
    RuleFields,
    RuleKind,
    RuleRow,
    RuleValue,
)
from ..settings import Choice, Range, Switch
from .device_tables import DAYLIGHT_SAVING, INPUT, LINKAGE, MULTI_CARD, OUTPUT
from .kinds import Cell, Dst, DstMoment, Kind, Number, Raw, Switch as OnOff, Window
from .people_tables import DOOR_VERIFY, FIRST_CARD, SUPER_USER, USER_VERIFY, VERIFY
from .registration import Registration, Role
from .rows import Rows, not_kept
from .table_parts import STYLE
from .tables import Field, Table, delete, parse_row, update

TABLES: Final[Mapping[Rule, Table]] = {
    Rule.FIRST_CARD: FIRST_CARD,
    Rule.MULTI_CARD: MULTI_CARD,
    Rule.LINKAGE: LINKAGE,
    Rule.SCHEDULED_OUTPUT: OUTPUT,
    Rule.SCHEDULED_INPUT: INPUT,
    Rule.VERIFY_SCHEDULE: VERIFY,
    Rule.VERIFY_BY_TIME: DOOR_VERIFY,
    Rule.USER_VERIFY_BY_TIME: USER_VERIFY,
    Rule.SUPER_USER: SUPER_USER,
    Rule.DAYLIGHT_SAVING: DAYLIGHT_SAVING,
}
_AS_USUAL: Final = 255
"""The way to verify of hours that have none of their own, as printed."""
# As POSIX writes it; the document does not say which weekday is 0.
_MOMENT: Final = re.compile(r"M([1-9]|1[0-2])\.([1-5])\.([0-7])/([0-9]|1[0-9]|2[0-3])")
_MOMENTS: Final = Pattern(
    _MOMENT, "must be such as M3.5.0/2: month 3, week 5, weekday 0, hour 2"
)

type _Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Whatever fits into a field of the table, but not nothing."""

    kind: Kind

    @property
    def limit(self) -> str:
        """What is allowed, in words."""
        return self.kind.limit

    def allows(self, value: RuleValue) -> bool:
        """Whether a value is allowed."""
        return bool(self.kind.encode(value))


class DeviceRules(RuleBook[_Row]):
    """The rules of one device. Verbs also raise what `Rows.query` and `Rows.run` raise."""

    def __init__(self, rows: Rows) -> None:
        """Nothing is known about the device yet."""
        super().__init__(not_kept)
        self._device = rows
        self._tables: Mapping[Rule, Table] = {}
        self._fields: Mapping[Rule, RuleFields] = {}

    def adopt(self, known: Registration) -> None:
        """Take over what the device is."""
        there = {rule: table for rule, table in TABLES.items() if table.is_there(known)}
        self._tables = {rule: table.on(known) for rule, table in there.items()}
        # A master counts the doors of its sub-controllers, too.
        doors = None if known.role is Role.MASTER else known.lock_count
        self._fields = {
            rule: tuple(_field(item, doors) for item in table.fields)
            for rule, table in self._tables.items()
        }

    @property
    @override
    def fields(self) -> Mapping[Rule, RuleFields]:
        return self._fields

    @override
    async def _rows(self, rule: Rule, key: RuleRow) -> list[_Row]:
        table = self._tables[rule]
        return [parse_row(table, row) for row in await self._device.query(table.name)]

    @override
    def _told(self, rule: Rule, row: _Row) -> dict[str, RuleValue]:
        told = {
            _name(item): _value(item, row[item.name])
            for item in self._tables[rule].fields
            if item.name in row
        }
        return {name: value for name, value in told.items() if value is not None}

    @override
    async def _put(self, rule: Rule, before: _Row | None, row: RuleRow) -> None:
        table = self._tables[rule]
        cells = {
            item.name: _cell(item, row[name])
            for item in table.fields
            if (name := _name(item)) in row
        }
        there = _new(table) if before is None else before
        await self._device.run(update(table, [there | cells]))

    @override
    async def _remove(self, rule: Rule, row: _Row) -> None:
        table = self._tables[rule]
        key = {
            item.name: row[item.name]
            for item in table.fields
            if item.key and item.name in row
        }
        await self._device.run(delete(table, [key]))


def _name(item: Field) -> str:
    return NAMES[item.name.lower()]


def _field(item: Field, doors: int | None) -> RuleField:
    name = _name(item)
    return RuleField(
        name=name,
        kind=_kind(item.kind, name, doors),
        key=item.key,
        required=item.required or name in NEW_ROWS_NEED,
    )


def _kind(kind: Kind, name: str, doors: int | None) -> RuleKind:
    if (words := WORDS.get(name)) is not None:
        return Choice(tuple(words.values()))
    if name == "door" and doors:
        return Range(1, doors)
    match kind:
        case Window():
            return Hours()
        case Dst():
            return _MOMENTS
        case OnOff():
            return Switch()
        case _:
            return _Fitting(kind)


def _value(item: Field, cell: Cell) -> RuleValue | None:
    """Return what a device has in a field; None for nothing, and for what makes no sense."""
    match cell:
        case Raw():
            return None
        case DstMoment(month, week, weekday, hour):
            return f"M{month}.{week}.{weekday}/{hour}"
        case Interval():
            return Hours.text(cell)
        case None if _name(item) not in WORDS:
            return 0 if isinstance(item.kind, Number) and item.kind.encode(0) else None
        case int() if (words := WORDS.get(_name(item))) is not None:
            return words.get(cell)
        case int() | str():
            return cell
        case _:
            return None


def _cell(item: Field, value: RuleValue) -> Cell:
    """Return an allowed value as the table has it."""
    if isinstance(value, str):
        if (numbers := NUMBERS.get(_name(item))) is not None:
            return numbers[value]
        if isinstance(item.kind, Window):
            return Hours.interval(value)
        if (found := _MOMENT.fullmatch(value)) and isinstance(item.kind, Dst):
            return DstMoment(*map(int, found.groups()))
    return value


def _new(table: Table) -> _Row:
    """Return the fields of a new row as they are when nobody tells; that of a device is left out."""
    return {item.name: _start(item) for item in table.fields if not item.needs}


def _start(item: Field) -> Cell:
    if item.kind is STYLE:
        return _AS_USUAL
    if isinstance(item.kind, OnOff):
        return False
    return 0 if _name(item) in WORDS else None
