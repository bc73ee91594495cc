"""A PUSH device's log of events, read when somebody asks for it (Security PUSH 3.1.2 section 9.1.4).

Lives here: which part of it is asked for. Not here: events as they happen (`session`), what a device was silent about
(`catch_up`), what records prove (`reports`).
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from .. import packed_time
from ..device import Clock
from ..errors import CommandRefused, InvalidValue
from ..model import AccessEvent
from . import commands
from .queue import CommandQueue
from .records import parse_rtlog
from .reports import Reports

_MARGIN: Final = timedelta(hours=2)
"""Daylight saving may lie between a moment and now."""


class Log:
    """The log of one device. Reading raises what `CommandQueue.query` raises."""

    def __init__(self, queue: CommandQueue, reports: Reports, clock: Clock) -> None:
        """Use what `reports` knows of doors, names and the device's clock."""
        self._queue = queue
        self._reports = reports
        self._clock = clock

    async def read(self, since: datetime | None, limit: int) -> list[AccessEvent]:
        """Return at most `limit` of the newest events, oldest first; `since` (aware) leaves older ones out."""
        log = await asyncio.to_thread(parse_rtlog, await self._rows(since))
        events = self._reports.history(log, self._clock.now())
        chosen = [e for e in events if since is None or e.time >= since]
        return chosen[-limit:] if limit > 0 else []

    async def _rows(self, since: datetime | None) -> str:
        """Return the rows of the log, only those since a moment where the device can choose."""
        everything = commands.query("transaction")
        if since is None:
            return await self._queue.query(everything)
        offset = self._reports.device_clock.offset or timedelta()
        first = since.astimezone(self._clock.zone).replace(tzinfo=None) + offset
        end = self._clock.now().replace(tzinfo=None) + offset
        try:
            limits = {
                "starttime": packed_time.encode(first - _MARGIN),
                "endtime": packed_time.encode(end + _MARGIN),
            }
            some = commands.query("transaction", conditions=limits)
            return await self._queue.query(some)
        except CommandRefused, InvalidValue:
            return await self._queue.query(everything)
