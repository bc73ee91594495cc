"""A clock that stands still until a test moves it.

Shared by a device and the simulator of its panel, so that a day passes in moments. Sockets are real: moving the clock
waits until whoever was woken has done its I/O and waits again, and until the threads are done.

Time limits are real, too, but count only while nobody here has anything to do.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, override
from zoneinfo import ZoneInfo

from custom_components.zkteco.protocol.device import Clock

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 21, 12, 0, tzinfo=ZONE)
PATIENCE_SECONDS = 60
"""Real seconds until a test that waits for nothing fails instead of hanging: much more than a busy machine needs."""

_PASSES = 100
"""Rounds of the event loop in which what is on its way arrives."""

_to_thread = asyncio.to_thread
_threads: set[asyncio.Future[Any]] = set()
_timeout = asyncio.timeout


async def to_thread[**P, T](
    work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Work in a thread as `asyncio.to_thread` does; clocks stand still meanwhile."""
    thread = asyncio.ensure_future(_to_thread(work, *args, **kwargs))
    _threads.add(thread)
    try:
        return await thread
    finally:
        _threads.discard(thread)


async def rest() -> None:
    """Let everybody go on who can, threads too."""
    for _ in range(20):
        await (asyncio.wait(_threads) if _threads else asyncio.sleep(0))


@asynccontextmanager
async def timeout(seconds: float | None) -> AsyncGenerator[asyncio.Timeout]:
    """Limit work as `asyncio.timeout` does, however long the machine lets this process wait meanwhile.

    Both ends of a connection are in this process: what one of them has sent is taken before the limit counts.
    """
    if not seconds:
        async with _timeout(seconds) as limit:
            yield limit
        return
    loop = asyncio.get_running_loop()
    handle: asyncio.Handle

    def over(passes: int) -> None:
        nonlocal handle
        if passes:
            handle = loop.call_soon(over, passes - 1)
        else:
            limit.reschedule(loop.time())

    async with _timeout(None) as limit:
        handle = loop.call_later(seconds, over, _PASSES)
        try:
            yield limit
        finally:
            handle.cancel()


@dataclass(eq=False)
class _Waiter:
    deadline: float
    over: asyncio.Future[None]
    wake: asyncio.Event | None

    @property
    def rests(self) -> bool:
        """Whether it goes on waiting when the clock stands still."""
        return not self.over.done() and not (self.wake and self.wake.is_set())


class FakeClock(Clock):
    """Time for tests: `advance` moves it, and `settle` lets woken work come to rest."""

    def __init__(self, start: datetime = START) -> None:
        """Stand still at `start` (aware)."""
        super().__init__(start.tzinfo or ZONE)
        self._start = start.astimezone(UTC)
        self._elapsed = 0.0
        self._waiters: list[_Waiter] = []

    @override
    def now(self) -> datetime:
        return (self._start + timedelta(seconds=self._elapsed)).astimezone(self.zone)

    def local(self) -> datetime:
        """Return the naive local time, as a panel's clock shows it."""
        return self.now().replace(tzinfo=None)

    @override
    def monotonic(self) -> float:
        return self._elapsed

    @override
    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(self._elapsed + seconds, over, wake)
        self._waiters.append(waiter)
        woken = asyncio.ensure_future(wake.wait()) if wake else None
        waits: set[asyncio.Future[None] | asyncio.Future[Literal[True]]] = {over}
        if woken:
            waits.add(woken)
        try:
            await asyncio.wait(waits, return_when="FIRST_COMPLETED")
        finally:
            self._waiters.remove(waiter)
            if woken:
                woken.cancel()

    async def settle(self) -> None:
        """Wait until somebody waits for the clock and nobody who was woken is still at work."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._rests:
                await (asyncio.wait(_threads) if _threads else asyncio.sleep(0))

    @property
    def _rests(self) -> bool:
        """Whether nothing happens unless the clock is moved."""
        waiters = self._waiters
        return bool(waiters) and all(w.rests for w in waiters) and not _threads

    async def advance(self, seconds: float) -> None:
        """Move the clock, from deadline to deadline, letting each woken waiter work until it waits again."""
        await self.settle()
        target = self._elapsed + seconds
        while due := [w for w in self._waiters if w.deadline <= target]:
            waiter = min(due, key=lambda waiter: waiter.deadline)
            self._elapsed = max(self._elapsed, waiter.deadline)
            waiter.over.set_result(None)
            await self.settle()
        self._elapsed = target
