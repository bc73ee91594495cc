"""Which of a terminal's records are news: told already, late, or just now.

Lives here: a bounded memory of records, the place in time up to which everything was told, and the terminal's clock seen
through its records. Not here: what a record means (`translate`). Terminals number nothing and upload again whatever was not
acknowledged, and everything when they like: on a new server, at a command, when they have lost their stamps. What was told
is never told again, and what is older than what was told is history that nobody asked for.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from ..device import Clock, Json
from ..device_clock import LATE_AFTER, DeviceClock
from ..told import mark_of

SETTLED_SECONDS = 60.0
"""A terminal that has called for so long without a pause has nothing old left to tell."""
_BACKLOG_SECONDS = 10.0
"""As long as old records follow each other within this time, there are more."""
_REMEMBERED = 512
_MARGIN = timedelta(hours=2)
"""The terminal's clock may have gone back by as much, with daylight saving."""


class News:
    """What one terminal has told."""

    def __init__(self, clock: Clock, memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart; anything unreadable is a fresh start."""
        stored = memory if isinstance(memory, dict) else {}
        self._clock = clock
        marks = stored.get("marks")
        kept = marks if isinstance(marks, list) else []
        self._marks: OrderedDict[int, None] = OrderedDict.fromkeys(
            mark for mark in kept[-_REMEMBERED:] if isinstance(mark, int)
        )
        self._since = _moment(stored.get("since")) or clock.now()
        """When we began to listen: what is older is nobody's business."""
        self._until = _moment(stored.get("until")) or self._since
        self.device_clock = DeviceClock()
        self.resumed()

    @property
    def memory(self) -> Json:
        """What must survive a restart: no name, no user ID, nothing that can be turned back."""
        return {
            "marks": list(self._marks),
            "since": self._since.isoformat(),
            "until": self._until.isoformat(),
        }

    def resumed(self) -> None:
        """Note that the terminal calls after a pause, and may have old records to tell."""
        self._settles_at = self._clock.monotonic() + SETTLED_SECONDS

    def clock_was_set(self) -> None:
        """Note that the terminal has taken our time, until it shows another."""
        now = self._clock.now()
        self.device_clock.measure(now.replace(tzinfo=None), now)

    def place(
        self, line: str, told: datetime | None, received: datetime, *, alone: bool
    ) -> tuple[datetime, bool] | None:
        """Return when a record is from, and whether it is too old to act on; None for one that is no news at all.

        `line` is the record itself, `told` its time by the terminal's clock, `received` is now, in the home's zone.
        `alone` tells that nothing else came with it, and that it was not asked for.
        """
        mark = mark_of(line)
        if mark in self._marks:
            self._marks.move_to_end(mark)
            return None
        time, late = self._moment(told, received, alone=alone)
        if late:
            if time < max(self._since, self._until - _MARGIN):
                return None
            self._settles_at = max(
                self._settles_at, self._clock.monotonic() + _BACKLOG_SECONDS
            )
        self._marks[mark] = None
        if len(self._marks) > _REMEMBERED:
            self._marks.popitem(last=False)
        self._until = max(self._until, time)
        return time, late

    def _moment(
        self, told: datetime | None, received: datetime, *, alone: bool
    ) -> tuple[datetime, bool]:
        settled = self._clock.monotonic() >= self._settles_at
        if told is None:
            return received, not settled
        clock = self.device_clock
        age = clock.age(told, received)
        if settled and alone:
            # It happened just now: if it seems otherwise, the clock is wrong. Old records never come one by one so late.
            clock.measure(told, received)
            if age is None or abs(age) > LATE_AFTER:
                return received, False
        if age is None:
            # Never seen: a terminal takes our time when it connects, so it is taken for right.
            clock = DeviceClock()
            clock.measure(received.replace(tzinfo=None), received)
            age = received.replace(tzinfo=None) - told
        # In the future: from before the clock was set.
        return clock.moment(told, received), abs(age) > LATE_AFTER


def _moment(value: Json) -> datetime | None:
    """Return a stored moment."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
