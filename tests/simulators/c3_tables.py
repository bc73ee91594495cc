"""The data tables inside the simulated C3 panel and their wire encoding.

Layouts are the panel's own definition lines; rows are kept by field name. What
the rows mean for a door is decided in `c3_world`, not here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .c3_wire import NOT_CARRIED_OUT, NOT_PARSEABLE, TABLE_FULL, Refused, pack_number

type Value = int | str | bytes
type Row = dict[str, Value]

TRANSACTION = "transaction"
TEMPLATE = "Template"

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Hol1", "Hol2", "Hol3")
_SLOTS = [f"{day}Time{slot}" for day in _DAYS for slot in (1, 2, 3)]
_SLOT_FIELDS = ",".join(f"{name}=i{n}" for n, name in enumerate(_SLOTS, 2))

_OLD_USER = (
    "user=1,CardNo=i1,Pin=i2,Password=s3,Group=i4,StartTime=i5,EndTime=i6,"
    "SuperAuthorize=i7"
)
_NEW_USER = (
    "user=1,UID=i1,CardNo=i2,Pin=i3,Password=s4,Group=i5,StartTime=i6,EndTime=i7,"
    "Name=s8,SuperAuthorize=i9"
)
_OLD_TRANSACTION = (
    "transaction=5,Cardno=i1,Pin=i2,Verified=i3,DoorID=i4,EventType=i5,"
    "InOutState=i6,Time_second=i7"
)
_NEW_TRANSACTION = (
    "transaction=5,Pin=s1,Verified=i2,DoorID=i3,EventType=i4,InOutState=i5,"
    "Time_second=i6,Index=i7,Cardno=L8,Sitecode=i9"
)
_MULTI_CARD = (
    "multimcard=7,Index=i1,DoorId=i2,Group1=i3,Group2=i4,Group3=i5,Group4=i6,Group5=i7"
)
_LINKAGE = (
    "inoutfun=8,Index=i1,EventType=i2,InAddr=i3,OutType=i4,OutAddr=i5,OutTime=i6,"
    "Reserved=i7"
)
_TEMPLATE_V10 = (
    "templatev10=10,Size=i1,UID=i2,Pin=i3,FingerID=i4,Valid=i5,Template=B6,"
    "Resverd=i7,EndTag=i8"
)
# What 5.4.3 firmware sends between its tables: an index that fits no byte.
ODD_LINE = "logfmt=256,logfmt=i1"

# Rows are replaced when these fields agree. A table not named here has none.
_PRIMARY_KEYS = {
    "user": ("Pin",),
    "userauthorize": ("Pin", "AuthorizeTimezoneId", "AuthorizeDoorId"),
    "holiday": ("Holiday",),
    "timezone": ("TimezoneId",),
    "firstcard": ("Pin", "DoorID", "TimezoneID"),
    "multimcard": ("Index",),
    "inoutfun": ("Index",),
    "template": ("Pin", "FingerID"),
    "templatev10": ("Pin", "FingerID"),
    "losscard": ("CardNo",),
    "usertype": ("Pin",),
    "wiegandfmt": ("Pin",),
}
_PASSWORD_LIMIT = 10


def definition_lines(new_layout: bool) -> list[str]:
    """Return the 13 definition lines of older or newer firmware."""
    return [
        _NEW_USER if new_layout else _OLD_USER,
        "userauthorize=2,Pin=i1,AuthorizeTimezoneId=i2,AuthorizeDoorId=i3",
        "holiday=3,Holiday=i1,HolidayType=i2,Loop=i3",
        f"timezone=4,TimezoneId=i1,{_SLOT_FIELDS}",
        _NEW_TRANSACTION if new_layout else _OLD_TRANSACTION,
        "firstcard=6,Pin=i1,DoorID=i2,TimezoneID=i3",
        _MULTI_CARD,
        _LINKAGE,
        "template=9,Size=i1,Pin=i2,FingerID=i3,Valid=i4,Template=s5",
        _TEMPLATE_V10,
        "losscard=11,CardNo=i1,Reserved=i2",
        "usertype=12,Pin=i1,Type=i2",
        "wiegandfmt=13,Pin=i1,Name=s2,WgCount=i3,Format=s4",
    ]


@dataclass(frozen=True, slots=True)
class Layout:
    """One table's name and its fields: number to name and type letter."""

    name: str
    fields: dict[int, tuple[str, str]]

    @property
    def empty_row(self) -> Row:
        """A row in which every field is zero or empty."""
        blank: dict[str, Value] = {"s": "", "B": b""}
        return {name: blank.get(kind, 0) for name, kind in self.fields.values()}

    def encode(
        self, numbers: Iterable[int], row: Mapping[str, Value], length_bytes: int
    ) -> bytes:
        """Return the row's fields as the wire has them, in the order asked for.

        `length_bytes` stand in front of a template and tell its length, or the
        lower part of it.
        """
        encoded = bytearray()
        for number in numbers:
            name, kind = self.fields[number]
            value = row[name]
            if isinstance(value, int):
                raw = str(value).encode() if kind == "s" else pack_number(value)
            else:
                raw = value.encode() if isinstance(value, str) else value
            width = length_bytes if name == TEMPLATE else 1
            encoded += len(raw).to_bytes(4, "little")[:width] + raw
        return bytes(encoded)

    def decode(self, number: int, raw: bytes) -> tuple[str, Value]:
        """Return a field's name and value."""
        name, kind = self.fields[number]
        if kind == "s":
            return name, raw.decode(errors="replace")
        return name, raw if kind == "B" else int.from_bytes(raw[:4], "little")


class Cursor:
    """Walks through a request; running over its end refuses the request."""

    def __init__(self, data: bytes) -> None:
        """Start at the first byte."""
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._at == len(self._data)

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise Refused(NOT_PARSEABLE)
        self._at += count
        return piece

    def byte(self) -> int:
        """Return the next byte."""
        return self.take(1)[0]

    def counted(self) -> bytes:
        """Return the bytes announced by a length byte."""
        return self.take(self.byte())

    def template(self, length_bytes: int, size: Value) -> bytes:
        """Return a template; one byte cannot tell its length, so its size does."""
        length = int.from_bytes(self.take(length_bytes), "little")
        if length_bytes == 1 and isinstance(size, int):
            length += size - size % 256
        return self.take(length)


class Tables:
    """Every table of one panel, except that events are kept by the panel itself.

    What goes wrong, switched on by a test: `longest_text` is how many bytes a
    text may have before its row is dropped although the panel says OK, and
    `refused_pins` are PINs whose rows it refuses to write or delete.

    Nobody has published how a real panel tells the length of a template, which
    is far more than 255 bytes. This one can do it in several ways that keep to
    the layout of all other values: `length_bytes` stand in front of it, and
    where that is 1 it is the lowest byte of the length.
    """

    def __init__(self, *, new_layout: bool, odd_line: bool, max_rows: int) -> None:
        """Create the tables empty; more than `max_rows` rows answer "full"."""
        lines = definition_lines(new_layout)
        self._lines = [*lines[:7], ODD_LINE, *lines[7:]] if odd_line else lines
        self._layouts = dict(map(_layout, lines))
        self._rows: dict[str, dict[tuple[Value, ...], Row]] = {
            layout.name: {} for layout in self._layouts.values()
        }
        self._last_uid = 0
        self.max_rows = max_rows
        self.longest_text: int | None = None
        self.refused_pins: set[Value] = set()
        self.length_bytes = 2

    @property
    def definitions(self) -> bytes:
        """The answer to the request for table definitions."""
        return "".join(f"{line}\n" for line in self._lines).encode()

    def __getitem__(self, name: str) -> Collection[Row]:
        """Return a table's rows by its name."""
        return self._rows[name].values()

    def layout(self, index: int) -> Layout:
        """Return a table's layout; refuse an unknown index."""
        if index not in self._layouts:
            raise Refused(NOT_PARSEABLE)
        return self._layouts[index]

    def put(self, name: str, values: Mapping[str, Value]) -> None:
        """Insert a row, or replace the whole row that has the same key."""
        layout = next(x for x in self._layouts.values() if x.name == name)
        row = layout.empty_row
        row.update((key, value) for key, value in values.items() if key in row)
        if len(str(row.get("Password", ""))) > _PASSWORD_LIMIT:
            return  # the panel answers OK all the same
        texts = [
            value.encode()
            for field, value in row.items()
            if isinstance(value, str) and field != TEMPLATE
        ]
        if self.longest_text is not None and any(
            len(text) > self.longest_text for text in texts
        ):
            return
        rows = self._rows[name]
        key = tuple(row[field] for field in _PRIMARY_KEYS[name])
        if key not in rows and len(rows) >= self.max_rows:
            raise Refused(TABLE_FULL)
        if row.get("UID") == 0:
            self._last_uid += 1
            row["UID"] = rows[key]["UID"] if key in rows else self._last_uid
        rows[key] = row

    def read(
        self, request: bytes, transactions: list[Row], new_transactions: list[Row]
    ) -> bytes:
        """Answer a read request: chosen fields of the rows that match."""
        cursor = Cursor(request)
        index = cursor.byte()
        layout = self.layout(index)
        numbers = cursor.take(cursor.byte())
        options = cursor.take(cursor.byte())
        conditions = cursor.take(cursor.byte())
        if not numbers or not {*numbers, *conditions} <= layout.fields.keys():
            raise Refused(NOT_PARSEABLE)
        wanted = dict(layout.decode(n, cursor.counted()) for n in conditions)
        rows = self[layout.name]
        if layout.name == TRANSACTION:
            rows = new_transactions if 1 in options else transactions
        answer = bytearray([index, len(numbers), *numbers])
        for row in rows:
            if _matches(row, wanted):
                answer += layout.encode(numbers, row, self.length_bytes)
        return bytes(answer)

    def write(self, request: bytes) -> None:
        """Carry out an insert-or-replace request."""
        layout, rows = self._request_rows(request)
        if layout.name == TRANSACTION:
            raise Refused(NOT_PARSEABLE)
        for row in rows:
            self.put(layout.name, row)

    def delete(self, request: bytes) -> str | None:
        """Delete matching rows; without a condition, wipe the table.

        Returns the table's name when it was wiped.
        """
        layout, wanted = self._request_rows(request)
        if not request[1]:
            self._rows[layout.name].clear()
            return layout.name
        gone = {tuple(map(str, one.values())) for one in wanted}
        names = [layout.fields[number][0] for number in request[2 : 2 + request[1]]]
        self._rows[layout.name] = {
            key: row
            for key, row in self._rows[layout.name].items()
            if tuple(str(row[name]) for name in names) not in gone
        }
        return None

    def _request_rows(self, request: bytes) -> tuple[Layout, list[Row]]:
        cursor = Cursor(request)
        layout = self.layout(cursor.byte())
        numbers = cursor.take(cursor.byte())
        if not set(numbers) <= layout.fields.keys():
            raise Refused(NOT_PARSEABLE)
        rows = []
        while numbers and not cursor.at_end:
            row: Row = {}
            for number in numbers:
                if layout.fields[number][0] == TEMPLATE:
                    raw = cursor.template(self.length_bytes, row["Size"])
                else:
                    raw = cursor.counted()
                row.update([layout.decode(number, raw)])
            rows.append(row)
        if any(row.get("Pin") in self.refused_pins for row in rows):
            raise Refused(NOT_CARRIED_OUT)
        return layout, rows


def _matches(row: Row, wanted: Mapping[str, Value]) -> bool:
    return all(str(row[name]) == str(value) for name, value in wanted.items())


def _layout(line: str) -> tuple[int, Layout]:
    (name, index), *fields = (part.split("=") for part in line.split(","))
    by_number = {int(kind[1:]): (field, kind[0]) for field, kind in fields}
    return int(index), Layout(name, by_number)
