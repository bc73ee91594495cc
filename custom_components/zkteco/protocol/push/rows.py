"""The rows of a PUSH device's tables: reading, writing and deleting them, whatever they mean.

Lives here: how much goes into one command, what is asked again in another way, and whose rows were written just now. Not
here: what rows mean (`people`, `schedules`, `templates`), the texts (`commands`), how commands travel (`queue`).

Many rows share a command, because a device fetches one command at a time; what it refuses is halved until it is known whose
row it is.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from .. import progress
from ..device import Clock
from ..errors import CommandRefused, DeviceError, InvalidValue
from ..people import Failures
from . import commands
from .dialect import USER
from .fields import PIN, spelled
from .messages import parse_options, parse_records
from .queue import CommandQueue
from .records import Fields
from .registration import Registration

WRITE_SECONDS = 60.0
"""How long a device may take for one command with many rows."""
ECHO_SECONDS = 60.0
"""How long a device may take to tell of a user whom it was just told of."""
_BATCH_BYTES: Final = 16 * 1024
"""Of one command: older firmware has 30 kB of room for it."""
_BATCH_ROWS: Final = 500
_FEW: Final = 3
"""So many users are asked for one by one, rather than all that there are."""
_FULL: Final = frozenset({-18, -604})
_NO_TABLE: Final = frozenset({-100, -107, -629})
_NOT_DONE: Final = -12
_EVERYBODY: Final = ""

type _Build = Callable[[str, Sequence[Mapping[str, commands.Value]]], str]


def not_kept(what: str) -> CommandRefused:
    """Return that a device does not have what it was told to keep."""
    return CommandRefused(_NOT_DONE, f"the device did not accept {what}")


def not_deleted() -> CommandRefused:
    """Return that a device still has what it was told to delete."""
    return CommandRefused(_NOT_DONE, "the device did not delete")


def not_there() -> CommandRefused:
    """Return that a device does not have a user."""
    return CommandRefused(_NOT_DONE, "the device does not have the user")


class Rows:
    """The tables of one device. Verbs raise what `CommandQueue.run` and `CommandQueue.query` raise."""

    def __init__(self, queue: CommandQueue, clock: Clock) -> None:
        """Nothing is known about the device yet."""
        self._queue = queue
        self._clock = clock
        self._room = _BATCH_BYTES
        self._missing: set[str] = set()
        """Tables that the device does not have."""
        self._written: dict[str, float] = {}
        """By user ID: until when the device may tell of it because it was told."""
        # A row is read, changed and written back: nobody may come in between.
        self.lock = asyncio.Lock()

    def adopt(self, known: Registration) -> None:
        """Take over what the device is."""
        self._room = min(_BATCH_BYTES, known.max_package_size or _BATCH_BYTES)
        self._missing.clear()

    # Whose rows were written

    def note(self, *user_ids: str, seconds: float = ECHO_SECONDS) -> None:
        """Remember for a while that users are changed by us; without any, everybody is."""
        now = self._clock.monotonic()
        self._written = {u: end for u, end in self._written.items() if end > now}
        self._written |= dict.fromkeys(user_ids or (_EVERYBODY,), now + seconds)

    def wrote(self, user_id: str | None = None) -> bool:
        """Return whether a user was changed by us just now; without an ID, whether anybody was."""
        now = self._clock.monotonic()
        wanted = self._written if user_id is None else {_EVERYBODY, user_id}
        return any(self._written.get(user, now) > now for user in wanted)

    # Reading

    async def run(self, text: str) -> None:
        """Have a command carried out that may take its time."""
        await self._queue.run(text, seconds=WRITE_SECONDS)

    async def query(
        self,
        table: str,
        conditions: Mapping[str, commands.Value] | None = None,
        fields: Sequence[str] = (),
    ) -> list[Fields]:
        """Return the rows that meet all conditions, and some that do not from a device that takes no conditions."""
        query = commands.query(table, fields, conditions)
        text = await self._queue.query(query)
        # Thousands of rows take their time.
        return [*await asyncio.to_thread(parse_records, text, table)]

    async def read(self, table: str, user_ids: Collection[str] = ()) -> list[Fields]:
        """Return the rows of a table, at least those of some users. A table that the device does not have is empty."""
        if table in self._missing:
            return []
        try:
            if 0 < len(user_ids) <= _FEW:
                with suppress(CommandRefused):
                    return [
                        row
                        for user_id in user_ids
                        for row in await self.query(table, {"Pin": user_id})
                    ]
            return await self.query(table)
        except CommandRefused as err:
            if table == USER or err.code not in _NO_TABLE:
                raise
            self._missing.add(table)
            return []

    async def count(self, table: str, row: Fields) -> int | None:
        """Return how many rows meet conditions; None when the device does not tell."""
        query = commands.count(table, spelled(row))
        try:
            told = parse_options(await self._queue.query(query)).get(table.lower(), "")
        except CommandRefused:
            return None
        return int(told) if told.isascii() and told.isdigit() else None

    # Writing

    def _batches(
        self, build: _Build, table: str, rows: Iterable[Fields]
    ) -> tuple[list[list[Fields]], dict[str, DeviceError]]:
        """Divide rows into what fits into one command, and find those that cannot be sent."""
        batches: list[list[Fields]] = []
        failures: dict[str, DeviceError] = {}
        size = 0
        for row in rows:
            try:
                length = len(build(table, [spelled(row)]).encode())
            except InvalidValue as err:
                failures[row[PIN]] = err
                continue
            full = size + length > self._room
            if not batches or full or len(batches[-1]) >= _BATCH_ROWS:
                batches.append([])
                size = 0
            batches[-1].append(row)
            size += length
        return batches, failures

    async def _change(self, build: _Build, table: str, rows: Sequence[Fields]) -> None:
        """Write or delete rows by one command; the device may tell of them both before and after its result."""
        users = [row[PIN] for row in rows]
        self.note(*users)
        try:
            await self.run(build(table, [*map(spelled, rows)]))
        finally:
            self.note(*users)

    async def update(self, table: str, rows: Iterable[Fields]) -> Failures:
        """Write rows of users; what is refused is halved until it is known whose row it is."""
        batches, failures = await asyncio.to_thread(
            self._batches, commands.data_update, table, rows
        )
        waiting = batches[::-1]
        done, total = 0, sum(map(len, batches))
        while waiting:
            part = waiting.pop()
            try:
                await self._change(commands.data_update, table, part)
            except CommandRefused as err:
                if err.code in _FULL:
                    # Nor is there room for any other.
                    left = (row for rest in (part, *waiting) for row in rest)
                    return failures | {row[PIN]: err for row in left}
                if half := len(part) // 2:
                    waiting += part[half:], part[:half]
                    continue
                failures[part[0][PIN]] = err
            done += len(part)
            progress.tell(done, total)
        return failures

    async def delete(self, table: str, rows: Iterable[Fields]) -> Failures:
        """Delete rows of users. What is refused counts when there was something to be deleted."""
        batches, failures = await asyncio.to_thread(
            self._batches, commands.data_delete, table, rows
        )
        for number, part in enumerate(batches):
            progress.tell(number, len(batches))
            if table in self._missing:
                break
            if await self._is_deleted(table, part):
                continue
            for row in part:
                if not await self.count(table, row):
                    continue
                try:
                    await self._change(commands.data_delete, table, [row])
                except CommandRefused as err:
                    failures[row[PIN]] = err
        return failures

    async def _is_deleted(self, table: str, rows: Sequence[Fields]) -> bool:
        """Delete rows by one command; return whether that worked, or there is nothing to be deleted from."""
        try:
            await self._change(commands.data_delete, table, rows)
        except CommandRefused as err:
            if err.code in _NO_TABLE:
                self._missing.add(table)
                return True
            # What can neither be deleted from nor counted is hardly there; what matters is read back.
            return await self.count(table, rows[0]) is None
        # A device that read the first line only would have been content, too.
        return len(rows) == 1 or not await self.count(table, rows[-1])
