"""What can be done with the tables of a PUSH device: checking, writing, deleting, counting, asking, and reading rows.

Lives here: what a table and a field are, and how a description of one turns values into a command and text into values. Not
here: the descriptions (`table_list`), the kinds of values (`kinds`), the text of a command (`commands`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Flag, auto
import re
from typing import Final

from ..errors import InvalidValue
from . import commands
from .kinds import Cell, Kind, Raw
from .messages import parse_records
from .records import Fields
from .registration import Feature, Registration

type Row = Mapping[str, Cell]
"""Values by wire name, in any case."""
type Need = Feature | str
"""A feature, an option that is not 0, or one with the version that it must have at least ("WGRuleVer=V2.0")."""

_PERSON: Final = "pin"
"""The first key, in lower case, of what belongs to a person."""
_VERSION: Final = re.compile(r"\d+")


class Operation(Flag):
    """What the document has for a table (Security PUSH 3.1.2 sections 7 and 9.1)."""

    UPLOAD = auto()
    """The device sends rows on its own."""
    UPDATE = auto()
    DELETE = auto()
    COUNT = auto()
    QUERY = auto()


_OPERATIONS: Final[Mapping[str, Operation]] = {
    "5": Operation.UPLOAD | Operation.UPDATE | Operation.DELETE,
    "9.1.1": Operation.UPDATE,
    "9.1.2": Operation.DELETE,
    "9.1.3": Operation.COUNT,
    "9.1.4": Operation.QUERY,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a table."""

    name: str
    """As the document spells it in commands."""
    kind: Kind
    key: bool = False
    """Whether it tells rows apart, so that what is to be deleted can be named by it."""
    required: bool = False
    """Whether it must have a value in what is written."""
    default: Cell = None
    """What the document says that the device takes for a field that is left out."""
    needs: tuple[Need, ...] = ()
    """One of these must be there."""
    own: bool = False
    """Whether only the device fills it: it is read, and left out of what is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a device."""

    name: str
    purpose: str
    """In a few words."""
    sections: tuple[str, ...]
    """Of Security PUSH 3.1.2; they say what can be done with it."""
    fields: tuple[Field, ...]
    """In the printed order."""
    filters: tuple[Field, ...] = ()
    """Conditions of a query that are no fields."""
    needs: tuple[Need, ...] = ()
    """One of these must be there; empty where the document names nothing."""

    @property
    def operations(self) -> Operation:
        """What the document has for it."""
        found = Operation(0)
        for section in self.sections:
            found |= _OPERATIONS.get(section, Operation.UPLOAD)
        return found

    def find(self, name: str) -> Field | None:
        """Return a field. Case does not count, nor do underscores: the document itself drops them."""
        return next((item for item in self.fields if _same(item.name, name)), None)

    def is_there(self, known: Registration) -> bool:
        """Whether a device that registered so has the table, as far as the document says what tells that."""
        return _has(self.needs, known)

    def on(self, known: Registration) -> Table:
        """Return the table with only those fields that a device that registered so knows."""
        there = tuple(item for item in self.fields if _has(item.needs, known))
        return replace(self, fields=there)


def _same(one: str, other: str) -> bool:
    return one.lower().replace("_", "") == other.lower().replace("_", "")


def _has(needs: tuple[Need, ...], known: Registration) -> bool:
    return not needs or any(_meets(need, known) for need in needs)


def _meets(need: Need, known: Registration) -> bool:
    if isinstance(need, Feature):
        return known.supports(need)
    name, _, least = need.partition("=")
    told = known.raw.get(name.lower(), "")
    if least:
        return _version(told) >= _version(least)
    # Some hold a value for each kind of biometrics.
    return bool(told.strip("0: "))


def _version(text: str) -> list[int]:
    return [int(part) for part in _VERSION.findall(text)]


# What is sent


def update(table: Table, rows: Sequence[Row]) -> str:
    """Return the command that adds or replaces rows, each with all of its fields that are to stay.

    Raises `InvalidValue` for a field that the table does not have, a value that its kind does not allow, and a key or another
    required field without a value. `Raw` is sent as it came, also under names that are not known.
    """
    _must_be_written(table)
    return commands.data_update(table.name, [check(table, row) for row in rows])


def check(table: Table, row: Row) -> dict[str, commands.Value]:
    """Return a row as it is written: wire names, in the printed order. Raises `InvalidValue` as `update` does."""
    texts = _texts(table.fields, row)
    written: dict[str, commands.Value] = {}
    for item in table.fields:
        text = texts.pop(item.name, None)
        if item.required and not text:
            raise InvalidValue(item.name, "must have a value")
        if text is not None and not item.own:
            written[item.name] = text
    # What the table does not explain comes last.
    return written | texts


def delete(table: Table, conditions: Sequence[Row]) -> str:
    """Return the command that deletes all rows that meet all conditions of one of `conditions`.

    The general format allows that for each table that is written, whether the document shows it or not. Raises
    `InvalidValue`, above all without a condition in each, for a condition on a field that is no key, and where rows belong to
    persons and one does not say to whom: clearing a table is another command (`commands.data_clear`).
    """
    _must_be_written(table)
    keys = [item for item in table.fields if item.key]
    for row in conditions:
        for name in row:
            # A device that ignores what it does not know would delete more than was meant.
            _field(keys, name)
    named = [_texts(keys, row) for row in conditions]
    command = commands.data_delete(table.name, named)
    whose = keys[0].name
    if whose.lower() == _PERSON and not all(whose in row for row in named):
        raise InvalidValue(whose, "must be among the conditions")
    return command


def count(table: Table, conditions: Row | None = None) -> str:
    """Return the command that counts the rows that meet all conditions. Raises `InvalidValue`."""
    return commands.count(table.name, _texts(table.fields, conditions or {}))


def query(
    table: Table, names: Iterable[str] = (), conditions: Row | None = None
) -> str:
    """Return the command that asks for rows that meet all conditions, with some fields or all. Raises `InvalidValue`."""
    return commands.query(
        table.name,
        [_field(table.fields, name).name for name in names],
        _texts((*table.fields, *table.filters), conditions or {}),
    )


def _must_be_written(table: Table) -> None:
    if Operation.UPDATE not in table.operations:
        raise InvalidValue("table", f"{table.name} can only be read")


def _field(fields: Iterable[Field], name: str) -> Field:
    found = next((item for item in fields if _same(item.name, name)), None)
    if found is None:
        raise InvalidValue("field name", f"one of {', '.join(f.name for f in fields)}")
    return found


def _texts(fields: Sequence[Field], row: Row) -> dict[str, commands.Value]:
    """Return a row as text by wire name, in its own order."""
    texts: dict[str, commands.Value] = {}
    for name, value in row.items():
        if isinstance(value, Raw) and not any(_same(f.name, name) for f in fields):
            texts[name] = str(value)
        else:
            item = _field(fields, name)
            texts[item.name] = _text(item, value)
    return texts


def _text(item: Field, value: Cell) -> str:
    if isinstance(value, Raw):
        return str(value)
    if value is None and item.kind.blanks:
        return item.kind.blanks[0]
    if (text := item.kind.encode(value)) is None:
        raise InvalidValue(item.name, item.kind.limit)
    return text


# What comes back


def parse(table: Table, text: str) -> list[dict[str, Cell]]:
    """Read rows that a device sends, on its own or as the answer to a query. Never raises."""
    return [parse_row(table, row) for row in parse_records(text, table.name)]


def parse_row(table: Table, row: Fields) -> dict[str, Cell]:
    """Read one row: wire names, and `Raw` for what the table does not explain. Never raises."""
    values: dict[str, Cell] = {}
    for name, text in row.items():
        if (item := table.find(name)) is None:
            values[name] = Raw(text)
        else:
            values[item.name] = _cell(item.kind, text)
    return values


def _cell(kind: Kind, text: str) -> Cell:
    if text in kind.blanks:
        return None
    value = kind.decode(text)
    return Raw(text) if value is None else value
