"""A panel's own log of past events, and which of its records are news.

Lives here: pure functions over `transaction` rows, and what makes two of them the same. Not here: reading the table
(`queries`), the memory of what was told (`told`).
"""

from collections.abc import Iterable, Mapping

from .. import packed_time
from ..device import Json
from ..model import Direction
from ..told import Told, mark_of
from .rtlog import LINKAGE, EventRecord
from .tables import Row, Value

_DIRECTIONS: Mapping[Value | None, Direction] = {0: Direction.IN, 1: Direction.OUT}


def decode_row(row: Row) -> EventRecord:
    """Read one row of the `transaction` table, old layout or new (PullSDK, appendix; captured definitions)."""
    fields = {name.lower(): value for name, value in row.items()}
    code = _number(fields.get("eventtype"))
    linkage = code in LINKAGE
    verify = _number(fields.get("verified"))
    user = str(fields.get("pin", ""))
    return EventRecord(
        code=code,
        card=0 if linkage else _number(fields.get("cardno")),
        user_id=user if user.strip("0") else None,
        address=_number(fields.get("doorid")),
        verify=None if linkage else verify,
        direction=_DIRECTIONS.get(fields.get("inoutstate")),
        time=packed_time.decode(_number(fields.get("time_second"))),
        index=_number(fields.get("index")) or None,
        trigger=verify if linkage else None,
    )


def _number(value: Value | None) -> int:
    """Return an integer field; a text field's number; 0 for anything else."""
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _mark(record: EventRecord) -> int:
    """Reduce a record to a number, the same for its live form and its row; what it says cannot be read back."""
    user = record.user_id and record.user_id.lstrip("0")
    return mark_of(
        record.time, record.code, record.address, user, record.card, record.direction
    )


def told_before(memory: Json = None) -> Told[EventRecord]:
    """Return what was told; `memory` is what its method of that name returned before a restart."""
    return Told(_mark, memory)


def oldest_first(records: Iterable[EventRecord]) -> list[EventRecord]:
    """Return records in the order of their index where the panel gives one, else as they came."""
    every = list(records)
    if all(record.index is not None for record in every):
        every.sort(key=lambda record: record.index or 0)
    return every
