"""Fingerprint templates of a connected panel: reading them, and writing them for sure.

Lives here: templates as rows in both directions, and the proof by reading back. Not here: requests (`people_tables`),
users (`people`).

A template is far longer than the 255 bytes that the one byte in front of other values can tell, and neither a document
nor a capture shows how panels send it. So a panel's own rows have to show it: of all the forms that keep to the layout of
the other columns, the one that explains every row to its last byte. Rows are written in the form in which they are read,
as they are in all other tables, and never in one that was not seen.
"""

import asyncio
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Final

from .. import progress
from ..errors import (
    CommandRefused,
    DeviceError,
    InvalidValue,
    MalformedReply,
    Unsupported,
)
from ..people import Credential, Failures, Limits, Template
from . import people_rows as rows_of, tables
from .people_tables import PeopleTables, not_kept
from .tables import LongColumn, Row, Table

_FINGERS: Final = range(10)
# A finger under duress has 16 more, or is valid in another way (Security PUSH 3.1.2, upload of fingerprint templates).
_DURESS_BIT: Final = 0x10
_INVALID: Final = 0
_VALID: Final = 1
_DURESS: Final = 3


class _Content(Enum):
    """What the bytes of a template are on the wire, and of what the size is."""

    BYTES = auto()
    BASE64 = auto()
    """The size is of the text."""
    BASE64_OF_SIZE = auto()
    """The size is of the template."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a panel may send templates."""

    width: int
    content: _Content

    @property
    def column(self) -> LongColumn:
        """How the bytes are found in a row."""
        in_base64 = self.content is _Content.BASE64_OF_SIZE
        return LongColumn(rows_of.TEMPLATE, rows_of.SIZE, self.width, in_base64)

    def decode(self, raw: bytes) -> bytes:
        """Return the template. Raises MalformedReply."""
        if self.content is _Content.BYTES:
            return raw
        try:
            return b64decode(raw, validate=True)
        except Base64Error as err:
            raise MalformedReply("a template is no base64") from err

    def encode(self, data: bytes) -> Row:
        """Return the columns of a template."""
        raw = data if self.content is _Content.BYTES else b64encode(data)
        size = len(raw if self.content is _Content.BASE64 else data)
        return {rows_of.SIZE: size, rows_of.TEMPLATE: raw}


_WIDTHS: Final = (1, 2, 4)
FORMS: Final[Mapping[bool, tuple[Form, ...]]] = {
    False: tuple(Form(width, _Content.BYTES) for width in _WIDTHS),
    True: tuple(
        Form(width, content)
        for content in (_Content.BASE64, _Content.BASE64_OF_SIZE)
        for width in _WIDTHS
    ),
}
"""Those of a column of bytes, and those of a column of text."""


def decode_rows(table: Table, data: bytes) -> tuple[list[Row], Form | None]:
    """Read rows of templates, and find out their form; None when nothing shows it.

    Raises MalformedReply when no form explains them, or more than one does: a wrong one would be written.
    """
    column = table.field(rows_of.TEMPLATE)
    is_text = column is not None and column.kind == tables.TEXT
    found: list[tuple[list[Row], Form | None]] = []
    for form in FORMS[is_text]:
        try:
            rows = list(map(rows_of.fold, tables.decode_rows(table, data, form.column)))
            templates = [_raw(row, form) for row in rows]
        except MalformedReply:
            continue
        if not any(templates):
            return rows, None
        found.append((rows, form))
    if len(found) != 1:
        raise MalformedReply(f"{len(found)} forms explain the templates of the panel")
    return found[0]


def _raw(row: Row, form: Form) -> bytes:
    """Return the template in a row, empty where there is none. Raises MalformedReply."""
    value = row[rows_of.TEMPLATE]
    return form.decode(value) if isinstance(value, bytes) else b""


def decode_template(row: Row, version: str, form: Form) -> Template | None:
    """Read a row that `decode_rows` has read; None when it holds no valid template."""
    valid = rows_of.number_in(row, rows_of.VALID)
    index, data = rows_of.finger_of(row), _raw(row, form)
    if valid == _INVALID or index not in _FINGERS or not data:
        return None
    number = rows_of.number_in(row, rows_of.FINGER)
    return Template(
        user_id=rows_of.user_id(row),
        credential=Credential.FINGERPRINT,
        index=index,
        version=version,
        duress=valid == _DURESS or bool(number & _DURESS_BIT),
        data=data,
    )


def encode_template(
    template: Template, there: Iterable[Row], limits: Limits, form: Form
) -> Row:
    """Return the row of a template, out of one of those that the panel has of the same finger."""
    row = form.encode(template.data)
    before: Row | None = None
    for before in there:
        told = decode_template(before, template.version, form)
        if told is not None and told.duress == template.duress:
            return before | row
    new = before or rows_of.pin_row(template.user_id, limits)
    valid = _DURESS if template.duress else _VALID
    return new | row | {rows_of.FINGER: template.index, rows_of.VALID: valid}


def check_template(template: Template, limits: Limits, users: Container[str]) -> None:
    """Raise InvalidValue unless a panel with these users can hold a template."""
    if template.user_id not in users:
        raise InvalidValue("user_id", "must be a user of this device")
    if (version := limits.templates.get(template.credential)) is None:
        raise InvalidValue("credential", "this device does not have it")
    if template.version != version:
        raise InvalidValue("version", f"must be {version}")
    if template.index not in _FINGERS or template.part:
        raise InvalidValue("index", "a finger from 0 to 9")
    if not template.data:
        raise InvalidValue("data", "must not be empty")


class Credentials:
    """The templates of one panel. Verbs raise what `C3Client.fetch` raises, and Unsupported where it has none."""

    def __init__(self, of_panel: PeopleTables) -> None:
        """Work on a panel's tables."""
        self._tables = of_panel
        self._limits = of_panel.limits
        self._form: Form | None = None

    @property
    def _version(self) -> str:
        if (version := self._limits.templates.get(Credential.FINGERPRINT)) is None:
            raise Unsupported("the panel knows no fingers")
        return version

    @property
    def _table(self) -> Table:
        return self._tables.known[rows_of.TEMPLATES[self._version]]

    # Reading

    async def owners(self, user_ids: Iterable[str]) -> list[str]:
        """Return which of some users have templates."""
        there = await self._tables.pins(self._table)
        return [name for name in dict.fromkeys(user_ids) if name in there]

    async def read(self, names: Sequence[str]) -> dict[str, list[Template]]:
        """Return the templates of the first of some owners, or of all where single rows cannot be found."""
        found = await self._rows(names)
        return {name: self._decode(rows) for name, rows in found.items()}

    def _decode(self, rows: Iterable[Row]) -> list[Template]:
        if (form := self._form) is None:
            return []
        told = (decode_template(row, self._version, form) for row in rows)
        return [template for template in told if template]

    async def _rows(self, names: Sequence[str]) -> dict[str, list[Row]]:
        """Read the rows of the first of some owners, or of all where the panel does not find them by a condition.

        A whole table of templates may have megabytes.
        """
        wanted = rows_of.pin_row(names[0], self._limits)
        try:
            rows = await self._fetch(wanted)
        except CommandRefused:
            rows = []
        told = set(map(rows_of.user_id, rows))
        if told == {names[0]}:
            return {names[0]: rows}
        if not told.issuperset(names):
            rows = await self._fetch()
        found = rows_of.by_user(rows)
        return {name: found.get(name, []) for name in names}

    async def _fetch(self, conditions: Row | None = None) -> list[Row]:
        table = self._table
        data = await self._tables.fetch(table, None, conditions)
        rows, form = await asyncio.to_thread(decode_rows, table, data)
        if form is not None:
            self._form = form
        return rows

    async def _rows_of_all(self, names: Iterable[str]) -> dict[str, list[Row]]:
        """Read the rows of some users; who has none is left out."""
        left = await self.owners(names)
        found: dict[str, list[Row]] = {}
        while left:
            found |= await self._rows(left)
            left = [name for name in left if name not in found]
        return found

    # Writing

    async def write(self, templates: Iterable[Template]) -> Failures:
        """Write templates; what was refused or not kept is returned by user ID."""
        with progress.part(0, 0.1):
            users = await self._tables.pins(self._tables.known[rows_of.USER])
        failures: dict[str, DeviceError] = {}
        wanted: dict[tuple[str, int], Template] = {}
        for template in templates:
            try:
                check_template(template, self._limits, users)
            except InvalidValue as err:
                failures[template.user_id] = err
                continue
            wanted[template.user_id, template.index] = template
        with progress.part(0.1, 1):
            return failures | await self._write(wanted)

    async def _write(
        self, wanted: Mapping[tuple[str, int], Template]
    ) -> dict[str, DeviceError]:
        """Make the table hold these, one for each finger."""
        if not wanted:
            return {}
        names = list(dict.fromkeys(name for name, _ in wanted))
        with progress.part(0, 0.2):
            before = await self._rows_of_all(names)
            form = await self._seen_form()
        if form is None:
            return dict.fromkeys(names, _none_seen())
        new: list[Row] = []
        stale: list[Row] = []
        for (name, index), template in wanted.items():
            there = [r for r in before.get(name, ()) if rows_of.finger_of(r) == index]
            row = encode_template(template, there, self._limits, form)
            if row not in there:
                new.append(row)
            stale += [
                {column: other[column] for column in rows_of.FINGER_COLUMNS}
                for other in there
                if other[rows_of.FINGER] != row[rows_of.FINGER]
            ]
        table = self._table
        encode = partial(tables.encode_write, long=form.column)
        with progress.part(0.2, 0.8):
            refused = await self._tables.write(table, new, encode)
        kept = [row for row in stale if rows_of.user_id(row) not in refused]
        with progress.part(0.8, 1):
            refused |= await self._tables.delete(table, kept)
            after = await self._rows_of_all(names) if new or stale else before
        for (name, index), template in wanted.items():
            there = [r for r in after.get(name, ()) if rows_of.finger_of(r) == index]
            if self._decode(there) != [template]:
                refused.setdefault(name, not_kept("a template"))
        return refused

    async def _seen_form(self) -> Form | None:
        """Return in which form the panel has templates; None when it has none."""
        if self._form is None and (there := await self._tables.pins(self._table)):
            await self._rows([next(iter(there))])
        return self._form


def _none_seen() -> InvalidValue:
    return InvalidValue(
        "fingerprint",
        "only after another was enrolled at this panel, which shows how it keeps them",
    )
