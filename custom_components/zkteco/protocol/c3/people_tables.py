"""The tables of a connected panel that hold people: reading rows, sending rows.

Lives here: requests, and how one bad row is found among many. Not here: in which order they are made (`people`,
`credentials`), what rows mean (`people_rows`), trying again after a lost connection (`panel`).
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Final

from .. import progress
from ..device import Clock
from ..errors import CommandRefused, DeviceError, InvalidValue
from ..people import Limits
from . import people_rows as rows_of, tables
from .client import C3Client
from .frame import Command, ErrorCode
from .queries import Tables, uninterrupted
from .tables import Row, Table, Value

_AT_ONCE: Final = 50
"""Rows in one request."""
_FEW: Final = 5
"""So many users are asked for one by one; a whole table may take a panel many seconds."""

type Encode = Callable[[Table, Sequence[Row]], list[bytes]]


class PeopleTables:
    """The tables of one panel. Methods raise what `C3Client.fetch` raises."""

    def __init__(
        self, client: C3Client, clock: Clock, known: Tables, limits: Limits
    ) -> None:
        """`limits` are what `people_rows.find_limits` says of the tables."""
        self._client = client
        self._clock = clock
        self.known = known
        self.limits = limits

    # Reading

    async def fetch(
        self,
        table: Table,
        columns: Sequence[str] | None = None,
        conditions: Row | None = None,
    ) -> bytes:
        """Read a table as the panel sends it, all columns or some, all rows or some.

        Where a door command goes first, only this one table is read again from its start.
        """
        request = tables.encode_read(table, columns, conditions)
        return await uninterrupted(
            self._clock, lambda: self._client.fetch(Command.READ_ROWS, request)
        )

    async def read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        conditions: Row | None = None,
    ) -> list[Row]:
        """Read a table, all columns or some, all rows or some."""
        table = self.known[name]
        data = await self.fetch(table, columns, conditions)
        # Thousands of rows take a small computer seconds, in which nothing else may stop.
        return await asyncio.to_thread(
            lambda: [rows_of.fold(row) for row in tables.decode_rows(table, data)]
        )

    async def rows(self, table: Table, names: Collection[str]) -> list[Row]:
        """Read the rows of these users, perhaps with those of others.

        No panel was seen to find single rows: one that refuses, or does not find whom it has, is asked for all.
        """
        if len(names) <= _FEW:
            with suppress(CommandRefused):
                rows = [row for name in names for row in await self._find(table, name)]
                missing = set(names) - set(map(rows_of.user_id, rows))
                if not missing or missing.isdisjoint(await self.pins(table)):
                    return rows
        return await self.read(table.name)

    async def _find(self, table: Table, name: str) -> list[Row]:
        """Ask for the rows of one user; what a panel tells of others is left out."""
        wanted = rows_of.pin_row(name, self.limits)
        rows = await self.read(table.name, conditions=wanted)
        return [row for row in rows if rows_of.user_id(row) == name]

    async def belongings(self, name: str, columns: Sequence[str]) -> list[Row]:
        """Read a table of things that belong to people; some panels name such tables and do not have them."""
        table = self.known.get(name)
        if table is None or not all(map(table.field, columns)):
            return []
        try:
            return await self.read(name, columns)
        except CommandRefused:
            return []

    def of_people(self) -> Iterable[Table]:
        """Return the tables with rows of single people, in the order in which somebody is deleted."""
        names = (rows_of.RIGHT, *rows_of.BELONGINGS, rows_of.USER)
        found = (self.known.get(name) for name in names)
        return [table for table in found if table and table.field(rows_of.PIN)]

    async def pins(self, table: Table) -> dict[str, Value]:
        """Return who has rows in a table, and how the table tells so."""
        columns = (rows_of.PIN,)
        if table.name in rows_of.BELONGINGS:
            rows = await self.belongings(table.name, columns)
        else:
            rows = await self.read(table.name, columns)
        return {rows_of.user_id(row): row[rows_of.PIN] for row in rows}

    # Sending

    async def write_one(self, name: str, row: Row) -> None:
        """Write a row that is nobody's."""
        for data in tables.encode_write(self.known[name], [row]):
            await self._client.request(Command.WRITE_ROWS, data)

    async def delete_one(self, name: str, row: Row) -> None:
        """Delete a row that is nobody's."""
        for data in tables.encode_delete(self.known[name], [row]):
            await self._client.request(Command.DELETE_ROWS, data)

    async def clear(self, table: Table) -> None:
        """Delete all rows of a table."""
        await self._client.request(Command.DELETE_ROWS, tables.encode_clear(table))

    async def write(
        self,
        table: Table,
        rows: Sequence[Row],
        encode: Encode = tables.encode_write,
    ) -> dict[str, DeviceError]:
        """Write rows of users, and return by user ID why some were refused."""
        return await self._send(Command.WRITE_ROWS, encode, table, rows)

    async def delete(self, table: Table, rows: Sequence[Row]) -> dict[str, DeviceError]:
        """Delete rows of users, and return by user ID why some were not."""
        return await self._send(Command.DELETE_ROWS, tables.encode_delete, table, rows)

    async def _send(
        self, command: Command, encode: Encode, table: Table, rows: Sequence[Row]
    ) -> dict[str, DeviceError]:
        """Send rows of users, many at once.

        What is refused, or cannot be sent at all, is halved until it is known whose row it is.
        """
        failures: dict[str, DeviceError] = {}
        done = 0
        starts = range(0, len(rows), _AT_ONCE)
        waiting = [rows[start : start + _AT_ONCE] for start in reversed(starts)]
        while waiting:
            part = waiting.pop()
            try:
                for data in encode(table, part):
                    await self._client.request(command, data)
            except (CommandRefused, InvalidValue) as err:
                if (half := len(part) // 2) > 0:
                    waiting += part[half:], part[:half]
                    continue
                failures[rows_of.user_id(part[0])] = err
                if isinstance(err, CommandRefused) and err.code == ErrorCode.TABLE_FULL:
                    # Nor is there room for any other.
                    left = (row for part in waiting for row in part)
                    return failures | {rows_of.user_id(row): err for row in left}
            done += len(part)
            progress.tell(done, len(rows))
        return failures


def not_kept(what: str) -> CommandRefused:
    """Return the error for something that the panel said yes to and does not have."""
    reason = f"the panel did not accept {what}"
    return CommandRefused(ErrorCode.EXECUTION_FAILED, reason)


def not_deleted() -> CommandRefused:
    """Return the error for something that is still there."""
    return CommandRefused(ErrorCode.EXECUTION_FAILED, "the panel did not delete")
