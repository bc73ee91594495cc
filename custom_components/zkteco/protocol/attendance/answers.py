"""The answer to a query, which a terminal uploads as if it had just happened, without a word on when it is complete.

Lives here: collecting rows while somebody waits for them. Not here: the query itself (`roster`, `terminal`). Some firmware
uploads before it reports the result, some after: an answer is complete when the terminal has nothing else to do any more,
or has told as much as was expected.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from .. import progress
from ..device import Clock

SETTLING_SECONDS: Final = 90.0
"""How long a terminal may take to upload what it was asked for, once it has said that it will."""
_IDLE_POLLS: Final = 2
"""A terminal that asks for commands so often without uploading anything has no more to tell."""
MOST_ROWS: Final = 250_000
"""A sanity limit: no terminal holds more."""


def _never(_rows: Sequence[object]) -> bool:
    return False


class Answer[R]:
    """The rows of one answer."""

    def __init__(self) -> None:
        """Start with none."""
        self.rows: list[R] = []
        self.expected = 0
        """How many there should be, as far as that is known."""
        self._tell = progress.teller()
        self._idle = 0
        self._is_over = asyncio.Event()
        self._is_enough: Callable[[Sequence[R]], bool] = _never

    def add(self, rows: Iterable[R]) -> None:
        """Take over rows."""
        before = len(self.rows)
        self.rows.extend(rows)
        del self.rows[MOST_ROWS:]
        if len(self.rows) > before:
            self._idle = 0
            self._tell(len(self.rows), self.expected)
        self._judge()

    def polled(self) -> None:
        """Note that the terminal has nothing to do."""
        self._idle += 1
        self._judge()

    def _judge(self) -> None:
        if self._idle >= _IDLE_POLLS or self._is_enough(self.rows):
            self._is_over.set()

    async def complete(
        self, clock: Clock, is_enough: Callable[[Sequence[R]], bool] | None = None
    ) -> list[R]:
        """Wait until the terminal has told everything, or what `is_enough`, and return the rows."""
        self._is_enough = is_enough or _never
        self._idle = 0
        self._is_over.clear()
        self._judge()
        await clock.wait(SETTLING_SECONDS, self._is_over)
        return self.rows


class Answers[R]:
    """Whoever waits for rows of one kind: one at a time."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._lock = asyncio.Lock()
        self._current: Answer[R] | None = None

    async def __aenter__(self) -> Answer[R]:
        """Wait until nobody else waits, and collect rows from now on."""
        await self._lock.acquire()
        self._current = Answer()
        return self._current

    async def __aexit__(self, *_exc: object) -> None:
        """Collect no more."""
        self._current = None
        self._lock.release()

    @property
    def waited_for(self) -> bool:
        """Whether somebody waits, so that whatever comes may be an answer."""
        return self._current is not None

    def add(self, rows: Iterable[R]) -> None:
        """Give rows to whoever waits for them."""
        if self._current is not None:
            self._current.add(rows)

    def polled(self) -> None:
        """Note that the terminal has nothing to do."""
        if self._current is not None:
            self._current.polled()
