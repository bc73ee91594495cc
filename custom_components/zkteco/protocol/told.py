"""Which records of a device's log were told already, for devices that number nothing.

Lives here: a bounded memory of marks, and the place in the log up to which everything was told. Not here: reading a log,
and what makes two records the same (each protocol's own mark). Following the log needs no clock: records stay in the
order in which things happened, so everything after the last record that we told is news, whatever the device's clock
did meanwhile.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol
import zlib

from .device import Json

_REMEMBERED = 256
"""More than any device tells at a time, so that every live event is still known when the log is read."""


class Record(Protocol):
    """What happened at some time of the device's clock; None for a damaged one."""

    @property
    def time(self) -> datetime | None:
        """Naive, local."""


type Marked[R] = tuple[int, R]
"""A record behind its mark."""


def mark_of(*fields: object) -> int:
    """Reduce what makes a record this record to a number; what it says cannot be read back."""
    return zlib.crc32(repr(fields).encode())


class Told[R: Record]:
    """Which events were told already, so that none is told twice or never, across outages and restarts.

    While nothing is missing, the newest marks are kept. A gap opens when we may have missed something: from then on
    newly told events are kept apart, because the missed ones stand before them in the device's log.
    """

    def __init__(self, mark: Callable[[R], int], memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart; anything unreadable is a fresh start.

        `mark` is the same number for the live form of a record and for its row in the log.
        """
        self._mark = mark
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

    def marked(self, records: Iterable[R]) -> list[Marked[R]]:
        """Return each record with its mark."""
        return [(self._mark(record), record) for record in records]

    @property
    def since(self) -> datetime | None:
        """When the newest told record happened, by the device's clock."""
        return self._since

    def listening(self, device_time: datetime) -> None:
        """Events are told from now on; older ones in the log are no news."""
        if self._since is None:
            self._since = device_time

    def open_gap(self) -> None:
        """We may have missed events."""
        self.gap = self._since is not None

    def add(self, record: R) -> None:
        """Remember a live record that is being told."""
        if self.gap:
            self._after.append(self._mark(record))
            return
        self._before.append(self._mark(record))
        self._since = record.time or self._since

    def knows(self, record: R) -> bool:
        """Whether a record is one of the newest that were told."""
        mark = self._mark(record)
        return mark in self._before or mark in self._after

    def close_gap(self, log: Sequence[Marked[R]]) -> list[R]:
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

    def _told_until(self, log: Sequence[Marked[R]]) -> int | None:
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
    """Return a stored moment of the device's clock."""
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


def _is_since(record: Record, since: datetime | None) -> bool:
    """Whether a record is not older than `since`."""
    return since is not None and record.time is not None and record.time >= since
