"""Which of a device's events were told already.

Lives here: a bounded memory of events by mark. Not here: what they mean (`records`). Devices send an event again until
they saw its acknowledgement, also after a restart of either side. Their log has a rising index, so what was told is
remembered as spans of it; the index begins again when a device is reset, so the time counts too.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
import hashlib

from ..device import Json
from .records import EventRecord

_REMEMBERED = 512
_MARK_BYTES = 6
"""Two events never share a mark in a device's life, and any program can store the number."""
_LOGS = 64
"""A sanity limit: how many devices with a log of their own there are behind one."""
_SPANS = 32
"""What lies before so many spans is forgotten: some firmware leaves numbers out all the time."""


class Age(Enum):
    """What is known about an event by its place in the device's log."""

    NEW = auto()
    REPEATED = auto()
    """Told already."""
    EARLIER = auto()
    """Not told, but older than what was told last: history."""
    RESTARTED = auto()
    """New, although its index is lower than the last one: the log began again."""


@dataclass(slots=True)
class _Log:
    """What was told of one log."""

    index: int
    """The highest, since the log began."""
    time: datetime
    """Of that one; the device's, naive."""
    spans: list[tuple[int, int]]
    """From one index to another, in order, what was told."""

    def holds(self, index: int) -> bool:
        """Whether an index was told."""
        return any(first <= index <= last for first, last in self.spans)

    def add(self, index: int) -> None:
        """Remember an index, and what it closes up."""
        first = last = index
        apart = []
        for span in self.spans:
            if span[0] - 1 <= index <= span[1] + 1:
                first, last = min(first, span[0]), max(last, span[1])
            else:
                apart.append(span)
        self.spans = sorted([*apart, (first, last)])[-_SPANS:]


def _mark(record: EventRecord, serial: str) -> int:
    """Reduce an event to a number; what it says cannot be read back."""
    where: tuple[object, ...] = (serial, record.time, record.code, record.index)
    if record.index is None:
        where += (record.address, record.user_id, record.card, record.direction)
    digest = hashlib.blake2b(repr(where).encode(), digest_size=_MARK_BYTES).digest()
    return int.from_bytes(digest)


class Told:
    """The events of one device, and of those behind it."""

    def __init__(self, memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart; anything unreadable is a fresh start."""
        stored = memory if isinstance(memory, dict) else {}
        self._marks: OrderedDict[int, None] = OrderedDict()
        marks = stored.get("marks")
        for mark in marks[-_REMEMBERED:] if isinstance(marks, list) else []:
            if isinstance(mark, int):
                self._marks[mark] = None
        self._logs: dict[str, _Log] = {}
        logs = stored.get("last")
        for serial, value in logs.items() if isinstance(logs, dict) else ():
            if (log := _read(value)) is not None:
                self._keep(serial, log)

    @property
    def memory(self) -> Json:
        """What must survive a restart: no card, no name, nothing that can be turned back."""
        return {
            "marks": list(self._marks),
            "last": {
                serial: {
                    "index": log.index,
                    "time": log.time.isoformat(),
                    "told": [[*span] for span in log.spans],
                }
                for serial, log in self._logs.items()
            },
        }

    def place(self, record: EventRecord, serial: str) -> Age:
        """Say whether an event is news, and remember it."""
        if not self._is_first(record, serial):
            return Age.REPEATED
        if record.index is None or record.time is None:
            return Age.NEW
        log = self._logs.get(serial)
        if log is None or record.index > log.index:
            self._come_to(serial, record.index, record.time)
            return Age.NEW
        if record.time > log.time:
            span = (record.index, record.index)
            self._keep(serial, _Log(record.index, record.time, [span]))
            return Age.RESTARTED
        if log.holds(record.index):
            return Age.REPEATED
        log.add(record.index)
        return Age.EARLIER

    def recover(self, record: EventRecord, serial: str) -> bool:
        """Whether an event out of the log itself was not told yet; from now on it was.

        The log is one, so its index alone counts: the device's clock may have been set meanwhile.
        """
        if record.index is None or record.time is None:
            return False
        log = self._logs.get(serial)
        if log is not None and log.holds(record.index):
            return False
        if not self._is_first(record, serial):
            return False
        self._come_to(serial, record.index, record.time)
        return True

    def last_index(self, serial: str) -> int | None:
        """Return the highest index that was told; None for none."""
        log = self._logs.get(serial)
        return None if log is None else log.index

    def _is_first(self, record: EventRecord, serial: str) -> bool:
        """Remember an event by its mark; return whether it is seen for the first time."""
        mark = _mark(record, serial)
        if mark in self._marks:
            self._marks.move_to_end(mark)
            return False
        self._marks[mark] = None
        if len(self._marks) > _REMEMBERED:
            self._marks.popitem(last=False)
        return True

    def _come_to(self, serial: str, index: int, time: datetime) -> None:
        """Remember that an event of a log was told."""
        log = self._logs.get(serial)
        if log is None:
            log = _Log(index, time, [])
        elif index > log.index:
            log.index, log.time = index, time
        log.add(index)
        self._keep(serial, log)

    def _keep(self, serial: str, log: _Log) -> None:
        """Remember a log as the one that was told of last."""
        self._logs.pop(serial, None)
        self._logs[serial] = log
        if len(self._logs) > _LOGS:
            del self._logs[next(iter(self._logs))]


def _read(value: Json) -> _Log | None:
    """Read what was stored of a log."""
    if not isinstance(value, dict):
        return None
    index, time = value.get("index"), value.get("time")
    try:
        moment = datetime.fromisoformat(time) if isinstance(time, str) else None
    except ValueError:
        return None
    if not isinstance(index, int) or moment is None or moment.tzinfo is not None:
        return None
    log = _Log(index, moment, [])
    told = value.get("told")
    for span in told if isinstance(told, list) else ():
        match span:
            case [int(first), int(last)] if first <= last:
                log.spans.append((first, last))
    log.add(index)
    return log
