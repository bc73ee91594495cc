"""Which of a device's events were told already.

Lives here: a bounded memory of events by mark. Not here: what they mean (`records`). Devices send an event again until
they saw its acknowledgement, also after a restart of either side. Their log has a rising index, which begins again when a
device is reset, so the time counts too.
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


class Age(Enum):
    """What is known about an event by its place in the device's log."""

    NEW = auto()
    REPEATED = auto()
    """Told already."""
    EARLIER = auto()
    """Not told, but older than what was told last: history."""
    RESTARTED = auto()
    """New, although its index is lower than the last one: the log began again."""


@dataclass(frozen=True, slots=True)
class _Last:
    index: int
    time: datetime
    """The device's, naive."""


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
        self._last: dict[str, _Last] = {}
        last = stored.get("last")
        for serial, value in last.items() if isinstance(last, dict) else ():
            if (place := _place(value)) is not None:
                self._come_to(serial, place)

    @property
    def memory(self) -> Json:
        """What must survive a restart: no card, no name, nothing that can be turned back."""
        return {
            "marks": list(self._marks),
            "last": {
                serial: {"index": last.index, "time": last.time.isoformat()}
                for serial, last in self._last.items()
            },
        }

    def place(self, record: EventRecord, serial: str) -> Age:
        """Say whether an event is news, and remember it."""
        mark = _mark(record, serial)
        if mark in self._marks:
            self._marks.move_to_end(mark)
            return Age.REPEATED
        self._marks[mark] = None
        if len(self._marks) > _REMEMBERED:
            self._marks.popitem(last=False)
        if record.index is None or record.time is None:
            return Age.NEW
        last = self._last.get(serial)
        if last is not None and record.index <= last.index:
            if record.time <= last.time:
                return Age.EARLIER
            self._come_to(serial, _Last(record.index, record.time))
            return Age.RESTARTED
        self._come_to(serial, _Last(record.index, record.time))
        return Age.NEW

    def _come_to(self, serial: str, place: _Last) -> None:
        """Remember the newest event of a log."""
        self._last.pop(serial, None)
        self._last[serial] = place
        if len(self._last) > _LOGS:
            del self._last[next(iter(self._last))]


def _place(value: Json) -> _Last | None:
    """Read a stored place in a log."""
    if not isinstance(value, dict):
        return None
    index, time = value.get("index"), value.get("time")
    try:
        moment = datetime.fromisoformat(time) if isinstance(time, str) else None
    except ValueError:
        return None
    if not isinstance(index, int) or moment is None or moment.tzinfo is not None:
        return None
    return _Last(index, moment)
