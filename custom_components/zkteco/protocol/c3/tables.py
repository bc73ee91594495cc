"""The panel's data tables: users, rights, schedules, past events.

Lives here: the definitions that a panel gives of its tables, rows in both directions, counts, and answers in parts. Not
here: what a column means to a person. Columns differ between firmwares, so none is named here.

Numbers keep the panel's units (PullSDK User Guide 2.0): dates are YYYYMMDD with 0 for "no limit", times of log rows are
packed, a schedule slot is (start HHMM << 16) + end HHMM in decimal, doors of a right are bits with 1 for door 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import re
import struct
from typing import Final

from ..errors import InvalidValue, MalformedReply, Unsupported
from .frame import MAX_REQUEST_DATA, SESSION_SIZE

type Value = int | str | bytes
type Row = dict[str, Value]

_BITS: Final[Mapping[str, int]] = {"i": 32, "L": 64}
TEXT: Final = "s"
# Lone surrogates too: they have no encoding.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MAX_SIZE: Final = MAX_REQUEST_DATA - SESSION_SIZE
_MAX_TRANSFER: Final = 4 * 1024 * 1024
_NEW_RECORDS: Final = 1


@dataclass(frozen=True, slots=True)
class Field:
    """One column."""

    name: str
    kind: str
    """The panel's letter: i number, L long number, s text, others bytes."""
    index: int


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one panel."""

    name: str
    index: int
    fields: tuple[Field, ...]
    """In ascending order of their indexes, at least one."""

    def field(self, name: str) -> Field | None:
        """Return a column by its name in any case; None when this panel has no such column."""
        wanted = name.lower()
        for field in self.fields:
            if field.name.lower() == wanted:
                return field
        return None


@dataclass(frozen=True, slots=True)
class LongColumn:
    """How a panel sends a column whose values may be longer than 255 bytes, which one byte in front cannot tell.

    No source shows it, so this is every way that keeps to the layout of the other columns. See `credentials`.
    """

    name: str
    size_name: str
    """The number column, to the left of it, that tells the size."""
    width: int
    """Bytes of the length in front, lowest first; what does not fit into them is left off."""
    in_base64: bool = False
    """Whether the size is of what the value is in base64."""

    def length(self, size: int) -> int:
        """Return how many bytes the value has."""
        return (size + 2) // 3 * 4 if self.in_base64 else size

    def front(self, length: int) -> bytes:
        """Return the length in front of a value."""
        return (length % (1 << 8 * self.width)).to_bytes(self.width, "little")


def parse_definitions(data: bytes) -> dict[str, Table]:
    """Read what tables a panel has, by name in lower case. Never raises.

    One line per table: `name=index,Field=<kind><index>,...`. What does not fit is left out, as the line
    `logfmt=256,logfmt=i1` of some firmware, whose index is too large for a request.
    """
    tables: dict[str, Table] = {}
    for line in data.replace(b"\0", b"").decode("ascii", "replace").splitlines():
        head, *parts = line.strip().split(",")
        name, _, number = head.partition("=")
        index = _index(number)
        fields = {}
        for part in parts:
            field_name, _, kind = part.partition("=")
            field_index = _index(kind[1:])
            if field_name and field_index is not None:
                fields[field_index] = Field(field_name, kind[0], field_index)
        if name and index is not None and fields:
            columns = tuple(field for _, field in sorted(fields.items()))
            tables[name.lower()] = Table(name.lower(), index, columns)
    return tables


def _index(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 255:
        return int(text)
    return None


def _resolve(table: Table, name: str) -> Field:
    if (field := table.field(name)) is None:
        raise InvalidValue(name, f"no such field in table {table.name}")
    return field


def _encode_value(field: Field, value: Value) -> bytes:
    """Encode one value with its length in front."""
    if bits := _BITS.get(field.kind):
        if not isinstance(value, int) or not 0 <= value < 1 << bits:
            raise InvalidValue(
                field.name, f"must be a whole number from 0 to {(1 << bits) - 1}"
            )
        # Short, but with a spare bit: no panel may take a card number for negative.
        size = min(value.bit_length() // 8 + 1, bits // 8)
        raw = value.to_bytes(size, "little")
    elif field.kind == TEXT:
        if not isinstance(value, str) or _CONTROL.search(value):
            raise InvalidValue(field.name, "must be text without control characters")
        raw = value.encode()
    elif isinstance(value, bytes):
        raw = value
    else:
        raise InvalidValue(field.name, "must be bytes")
    if len(raw) > 255:
        raise InvalidValue(field.name, "must be at most 255 bytes long")
    return bytes((len(raw),)) + raw


def _decode_value(field: Field, raw: bytes) -> Value:
    if field.kind in _BITS:
        return int.from_bytes(raw, "little")
    return decode_string(raw) if field.kind == TEXT else raw


def decode_string(raw: bytes) -> str:
    """Read text of a panel: UTF-8, or else GB18030 as older firmware writes it. Never raises."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace").replace("\0", "")


def _empty(field: Field) -> Value:
    if field.kind in _BITS:
        return 0
    return "" if field.kind == TEXT else b""


def encode_read(
    table: Table,
    fields: Sequence[str] | None = None,
    conditions: Mapping[str, Value] | None = None,
    *,
    new_records: bool = False,
) -> bytes:
    """Build the data of a read.

    `fields` are the columns wanted, all when None; `conditions` are values that a row must have; `new_records` asks
    for what the panel has not yet sent, which only its log of events knows. Raises `InvalidValue`.
    """
    wanted = (
        [field.index for field in table.fields]
        if fields is None
        else sorted({_resolve(table, name).index for name in fields})
    )
    if not wanted:
        raise InvalidValue("fields", f"at least one field of table {table.name}")
    tested = [
        (_resolve(table, name), value) for name, value in (conditions or {}).items()
    ]
    options = [_NEW_RECORDS] if new_records else []
    return b"".join(
        (
            bytes((table.index, len(wanted), *wanted)),
            bytes((len(options), *options)),
            bytes((len(tested), *(field.index for field, _ in tested))),
            *(_encode_value(field, value) for field, value in tested),
        )
    )


def decode_rows(
    table: Table, data: bytes, long: LongColumn | None = None
) -> Iterator[Row]:
    """Read the answer to a read, row by row, with the panel's own spelling of field names.

    An answer without any data holds no rows. The long column comes as bytes. Raises `MalformedReply`, at the latest when
    the last row is asked for.
    """
    if not data:
        return
    if data[0] != table.index:
        raise MalformedReply(f"rows of table {data[0]} instead of {table.index}")
    count = data[1] if len(data) > 1 else 0
    position = 2 + count
    if not count or len(data) < position:
        raise MalformedReply(f"the header of table {table.name} is cut off")
    by_index = {field.index: field for field in table.fields}
    try:
        fields = [by_index[index] for index in data[2:position]]
    except KeyError as err:
        raise MalformedReply(f"table {table.name} has no such field") from err
    while position < len(data):
        row: Row = {}
        for field in fields:
            is_long = long is not None and field.name.lower() == long.name
            if long is not None and is_long:
                start = position + long.width
                length = long.length(_size(row, long))
                if data[position:start] != long.front(length):
                    raise MalformedReply(f"{field.name} is longer than its size")
            else:
                start = position + 1
                # One slice past the end reads as length 0, which then fails just below.
                length = int.from_bytes(data[position:start])
            position = start + length
            if position > len(data):
                raise MalformedReply(f"a row of table {table.name} is cut off")
            raw = data[start:position]
            row[field.name] = raw if is_long else _decode_value(field, raw)
        yield row


def _size(row: Row, long: LongColumn) -> int:
    """Return the size of the long value, from the columns to the left of it."""
    for name, value in row.items():
        if name.lower() == long.size_name and isinstance(value, int):
            return value
    raise MalformedReply(f"{long.name} without its size")


def encode_write(
    table: Table, rows: Sequence[Row], long: LongColumn | None = None
) -> list[bytes]:
    """Build the data of the requests that insert rows or replace those with the same key.

    A panel replaces whole rows, so every field is sent: what a row leaves out becomes 0 or empty. The value of the long
    column is bytes, in every row. Raises `InvalidValue`.
    """
    for row in rows:
        for name in row:
            _resolve(table, name)
    folded = [{name.lower(): value for name, value in row.items()} for row in rows]
    return _split(
        table,
        bytes((table.index, *_indexes(table.fields))),
        [
            b"".join(
                _encode_field(field, row.get(field.name.lower(), _empty(field)), long)
                for field in table.fields
            )
            for row in folded
        ],
    )


def _encode_field(field: Field, value: Value, long: LongColumn | None) -> bytes:
    if long is None or field.name.lower() != long.name:
        return _encode_value(field, value)
    if not isinstance(value, bytes):
        raise InvalidValue(field.name, "must be bytes")
    return long.front(len(value)) + value


def encode_delete(table: Table, rows: Sequence[Row]) -> list[bytes]:
    """Build the data of the requests that delete every row that has all values of one of `rows`.

    All rows must name the same fields. None without fields is accepted: it would empty the table, see `encode_clear`.
    Raises `InvalidValue`.
    """
    keys = [{_resolve(table, name): row[name] for name in row} for row in rows]
    fields = tuple(keys[0]) if keys else ()
    if not fields:
        raise InvalidValue("rows", "a delete needs at least one condition")
    if any(key.keys() != set(fields) for key in keys):
        raise InvalidValue("rows", "all rows of a delete must name the same fields")
    return _split(
        table,
        bytes((table.index, *_indexes(fields))),
        [
            b"".join(_encode_value(field, key[field]) for field in fields)
            for key in keys
        ],
    )


def encode_clear(table: Table) -> bytes:
    """Build the data of the request that deletes all rows. Only for an explicit, confirmed wish."""
    return bytes((table.index, 0))


def _indexes(fields: Sequence[Field]) -> bytes:
    return bytes((len(fields), *(field.index for field in fields)))


def _split(table: Table, header: bytes, rows: Sequence[bytes]) -> list[bytes]:
    """Put as many rows behind each header as fit into a request."""
    if not rows:
        raise InvalidValue("rows", "at least one row")
    requests = [header]
    for row in rows:
        if len(header) + len(row) > _MAX_SIZE:
            raise InvalidValue(
                "rows", f"a row of table {table.name} exceeds {_MAX_SIZE} bytes"
            )
        if len(requests[-1]) + len(row) > _MAX_SIZE:
            requests.append(header)
        requests[-1] += row
    return requests


def encode_count(table: Table) -> bytes:
    """Build the data of the request that counts rows."""
    return bytes((table.index,))


def decode_count(data: bytes) -> int:
    """Read the answer to a count. Raises `MalformedReply`."""
    if len(data) != 4:
        raise MalformedReply(f"{len(data)} bytes instead of a count of 4")
    return int.from_bytes(data, "little")


# compressed | length of the transfer | length of the content | CRC-32 of the data | size of a part
_LARGE = struct.Struct("<BIIII")


@dataclass(frozen=True, slots=True)
class LargeReply:
    """An answer that waits to be read in parts; joined, they are what a short answer would hold."""

    compressed: bool
    length: int
    """Bytes to read in all."""
    crc32: int
    """Of all parts joined, as `zlib.crc32` computes it."""
    part_size: int
    """Bytes in one part at most."""


def parse_large_reply(data: bytes) -> LargeReply:
    """Read the announcement of a large answer.

    Raises `Unsupported` when it is compressed (never seen), `MalformedReply` when it cannot be read or exceeds 4 MiB.
    """
    if len(data) != _LARGE.size:
        raise MalformedReply(f"{len(data)} bytes instead of {_LARGE.size}")
    compressed, length, _, crc32, part_size = _LARGE.unpack(data)
    if compressed:
        raise Unsupported("the panel compresses its answer")
    if length > _MAX_TRANSFER or not part_size:
        raise MalformedReply(f"{length} bytes in parts of {part_size}")
    return LargeReply(False, length, crc32, part_size)


def encode_part(offset: int) -> bytes:
    """Build the data of the request for the part that starts at `offset`."""
    return offset.to_bytes(4, "little")


def parse_part(data: bytes) -> tuple[int, bytes]:
    """Read one part: its offset and its bytes, at least one. Raises `MalformedReply`."""
    if len(data) <= 4:
        raise MalformedReply("a part without data")
    return int.from_bytes(data[:4], "little"), data[4:]
