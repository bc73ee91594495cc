"""A panel's own log of past events, and which of its records are news.

Lives here: pure functions over `transaction` rows, and the memory of what was already told. Not here: reading the
table (`queries`). Following the log needs no clock: records stay in the order in which things happened, so everything
after the last record that we told is news, whatever the panel's clock did meanwhile.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
import zlib

from .. import packed_time
from ..device import Json
from ..model import Direction
from .rtlog import LINKAGE, EventRecord
from .tables import Row, Value

_REMEMBERED = 256
"""Several times the panel's ring of 30 live events, so that every live event is still known when the log is read."""

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


type Marked = tuple[int, EventRecord]
"""A record behind its mark."""


def _mark(record: EventRecord) -> int:
    """Reduce a record to a number, the same for its live form and its row; what it says cannot be read back."""
    user = record.user_id and record.user_id.lstrip("0")
    return zlib.crc32(
        repr(
            (
                record.time,
                record.code,
                record.address,
                user,
                record.card,
                record.direction,
            )
        ).encode()
    )


def marked(records: Iterable[EventRecord]) -> list[Marked]:
    """Return each record with its mark."""
    return [(_mark(record), record) for record in records]


class Told:
    """Which events were told already, so that none is told twice or never, across outages and restarts.

    While nothing is missing, the newest marks are kept. A gap opens when we may have missed something: from then on
    newly told events are kept apart, because the missed ones stand before them in the panel's log.
    """

    def __init__(self, memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart; anything unreadable is a fresh start."""
        stored = memory if isinstance(memory, dict) else {}
        self._since = _moment(stored.get("since"))
        self._before: deque[int] = deque(_integers(stored.get("before")), _REMEMBERED)
        self._after: deque[int] = deque(_integers(stored.get("after")), _REMEMBERED)
        self.gap = self._since is not None
        """Whether the log has to be read for events that we missed."""

    def memory(self) -> Json:
        """Return what to remember over a restart: no card, no name, nothing that can be turned back."""
        return {
            "since": None if self._since is None else self._since.isoformat(),
            "before": list(self._before),
            "after": list(self._after),
        }

    def listening(self, panel_time: datetime) -> None:
        """Events are told from now on; older ones in the log are no news."""
        if self._since is None:
            self._since = panel_time

    def open_gap(self) -> None:
        """We may have missed events."""
        self.gap = self._since is not None

    def add(self, record: EventRecord) -> None:
        """Remember a live record that is being told."""
        if self.gap:
            self._after.append(_mark(record))
            return
        self._before.append(_mark(record))
        self._since = record.time or self._since

    def close_gap(self, log: Sequence[Marked]) -> list[EventRecord]:
        """Return those of the log's records, oldest first, that were not told yet.

        They stand after the newest record told before the gap. When the log holds none of those (it was cleared, or
        it has turned over), they are the ones since the newest told event. An empty log leaves everything as told.
        """
        first = self._told_until(log)
        after = Counter(self._after)
        news = []
        for mark, record in log[first or 0 :]:
            if after[mark] > 0:
                after[mark] -= 1
            elif first is not None or _is_since(record, self._since):
                news.append(record)
        if log:
            self._before.clear()
            self._before.extend(mark for mark, _ in log[-_REMEMBERED:])
            self._since = log[-1][1].time or self._since
        # What was told already and is not in the log yet.
        self._before.extend(after.elements())
        self._after.clear()
        self.gap = False
        return news

    def _told_until(self, log: Sequence[Marked]) -> int | None:
        """Return behind how many of the log's records the last one stands that was told before the gap.

        Two records of one second can be the same in every field, so each counts as often as it was told.
        """
        told = Counter(self._before)
        until = None
        for position, (mark, _) in enumerate(log, 1):
            if told[mark] > 0:
                told[mark] -= 1
                until = position
        return until


def _moment(value: Json) -> datetime | None:
    """Return a stored moment of the panel's clock."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo else moment


def _integers(values: Json) -> list[int]:
    """Return the integers of a stored list."""
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, int)]


def _is_since(record: EventRecord, since: datetime | None) -> bool:
    """Whether a record is not older than `since`."""
    return since is not None and record.time is not None and record.time >= since


def oldest_first(records: Iterable[EventRecord]) -> list[EventRecord]:
    """Return records in the order of their index where the panel gives one, else as they came."""
    every = list(records)
    if all(record.index is not None for record in every):
        every.sort(key=lambda record: record.index or 0)
    return every
