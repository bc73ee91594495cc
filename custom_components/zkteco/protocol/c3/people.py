"""Users, rights, schedules and holidays of a connected panel: reading them, and changing them for sure.

Lives here: in which order tables are read and written, and the proof by reading back. Not here: what rows mean
(`people_rows`), trying again after a lost connection (`panel`). Doing anything here twice does no harm.

A panel opens for a user who has a right: a user is written before the rights, and deleted after them. It may keep less
than it was sent and say that all is well, so only reading back tells.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Final

from ..errors import CommandRefused, DeviceError, InvalidValue, Unsupported
from ..people import (
    Ability,
    Failures,
    Holiday,
    Limits,
    TimeZone,
    User,
    check_holiday,
    check_time_zone,
)
from . import people_rows as rows_of, tables
from .client import C3Client
from .frame import Command, ErrorCode
from .queries import Tables, read_rows
from .tables import Row, Table, Value

_AT_ONCE: Final = 50
"""Rows in one request."""
_FEW: Final = 5
"""So many users are asked for one by one; a whole table may take a panel many seconds."""

type _Encode = Callable[[Table, Sequence[Row]], list[bytes]]


class People:
    """The people of one panel. Verbs raise what `C3Client.fetch` raises."""

    def __init__(self, client: C3Client, known: Tables, limits: Limits) -> None:
        """`limits` are what `people_rows.find_limits` says of the tables."""
        self._client = client
        self._known = known
        self._limits = limits

    # Users

    async def read_users(self) -> dict[str, User]:
        """Return every user by user ID, with the number of fingers."""
        users = await self._read(rows_of.USER)
        rights: list[Row] = []
        if Ability.RIGHTS in self._limits.abilities:
            rights = await self._read(rows_of.RIGHT)
        fingers = [
            row
            for name in rows_of.FINGERS
            for row in await self._belongings(name, rows_of.FINGER_COLUMNS)
        ]
        return await asyncio.to_thread(
            rows_of.decode_users, users, rights, fingers, self._limits
        )

    async def write_users(self, users: Sequence[User]) -> Failures:
        """Write whole users; what was refused or not kept is returned by user ID."""
        # Thousands of users take a small computer seconds, in which nothing else may stop.
        wanted, unfit = await asyncio.to_thread(rows_of.split, users, self._limits)
        failures: dict[str, DeviceError] = {**unfit}
        failures |= await self._write_rows(wanted)
        if Ability.RIGHTS in self._limits.abilities:
            kept = {n: user for n, user in wanted.items() if n not in failures}
            failures |= await self._write_rights(kept)
        return failures

    async def _write_rows(self, wanted: Mapping[str, User]) -> dict[str, DeviceError]:
        """Make the table of users hold these."""
        table, limits = self._known[rows_of.USER], self._limits
        before = await self._rows(table, wanted)
        changes = await asyncio.to_thread(rows_of.user_changes, wanted, before, limits)
        refused = await self._write(table, changes)
        after = await self._rows(table, wanted) if changes else before
        wrong = await asyncio.to_thread(rows_of.wrong_users, wanted, after, limits)
        return {name: _not_kept(what) for name, what in wrong.items()} | refused

    async def _write_rights(self, wanted: Mapping[str, User]) -> dict[str, DeviceError]:
        """Give users their rights and no others: new ones first, so that nobody stands outside meanwhile."""
        table, limits = self._known[rows_of.RIGHT], self._limits
        before = await self._rows(table, wanted)
        new, stale = await asyncio.to_thread(
            rows_of.right_changes, wanted, before, limits
        )
        refused = await self._write(table, new)
        stuck = await self._delete(table, stale)
        if refused and stale:
            # There was no room, perhaps, until the old ones were gone.
            again = [row for row in new if rows_of.user_id(row) in refused]
            refused = await self._write(table, again)
        after = await self._rows(table, wanted) if new or stale else before
        wrong = await asyncio.to_thread(rows_of.wrong_rights, wanted, after, limits)
        return dict.fromkeys(wrong, _not_kept("rights")) | refused | stuck

    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        """Delete users; one of whom something cannot be deleted keeps the rest of it."""
        failures: dict[str, DeviceError] = {}
        for table in self._tables():
            wanted = set(user_ids) - failures.keys()
            there = await self._pins(table)
            found: list[Row] = [{rows_of.PIN: there[n]} for n in wanted & there.keys()]
            if not found:
                continue
            failures |= await self._delete(table, found)
            left = await self._pins(table)
            for name in wanted & left.keys():
                failures.setdefault(name, _not_deleted())
        return failures

    async def clear_users(self) -> None:
        """Delete every user. Raises CommandRefused also when the panel did not do it."""
        for table in self._tables():
            if await self._pins(table):
                clear = tables.encode_clear(table)
                await self._client.request(Command.DELETE_ROWS, clear)
                if await self._pins(table):
                    raise _not_deleted()

    # Schedules

    async def read_time_zones(self) -> dict[int, TimeZone]:
        """Return every weekly schedule by its number."""
        self._need(Ability.TIME_ZONES)
        rows = await self._read(rows_of.TIME_ZONE)
        zones = (rows_of.decode_time_zone(row, self._limits) for row in rows)
        return {zone.number: zone for zone in zones}

    async def write_time_zone(self, zone: TimeZone) -> None:
        """Write one weekly schedule. Raises CommandRefused also when the panel did not keep it."""
        check_time_zone(zone, self._limits)
        before = await self._time_zone(zone.number)
        row = rows_of.encode_time_zone(zone, before, self._limits)
        if row == before:
            return
        await self._write_one(rows_of.TIME_ZONE, row)
        after = await self._time_zone(zone.number)
        if (
            after is None
            or rows_of.encode_time_zone(zone, after, self._limits) != after
        ):
            raise _not_kept("the schedule")

    async def _time_zone(self, number: int) -> Row | None:
        rows = await self._read(rows_of.TIME_ZONE)
        return next((row for row in rows if row[rows_of.ZONE] == number), None)

    # Holidays

    async def read_holidays(self) -> list[Holiday]:
        """Return the holidays, in the order of their days."""
        self._need(Ability.HOLIDAYS)
        rows = await self._read(rows_of.HOLIDAY)
        found = [day for row in rows if (day := rows_of.decode_holiday(row))]
        return sorted(found, key=lambda holiday: holiday.day)

    async def write_holiday(self, holiday: Holiday) -> None:
        """Write one holiday. Raises CommandRefused also when the panel did not keep it."""
        check_holiday(holiday, self._limits)
        before = await self._holiday(holiday.day)
        row = rows_of.encode_holiday(holiday, before)
        if row == before:
            return
        await self._write_one(rows_of.HOLIDAY, row)
        after = await self._holiday(holiday.day)
        if after is None or rows_of.decode_holiday(after) != holiday:
            raise _not_kept("the holiday")

    async def delete_holiday(self, day: date) -> None:
        """Delete one holiday. Raises CommandRefused also when the panel did not do it."""
        self._need(Ability.HOLIDAYS)
        if await self._holiday(day) is None:
            return
        table = self._known[rows_of.HOLIDAY]
        for data in tables.encode_delete(table, [rows_of.day_row(day)]):
            await self._client.request(Command.DELETE_ROWS, data)
        if await self._holiday(day) is not None:
            raise _not_deleted()

    async def _holiday(self, day: date) -> Row | None:
        wanted = rows_of.day_row(day)
        rows = await self._read(rows_of.HOLIDAY)
        return next((row for row in rows if row | wanted == row), None)

    # Rows

    def _need(self, ability: Ability) -> None:
        if ability not in self._limits.abilities:
            raise Unsupported

    async def _read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        conditions: Row | None = None,
    ) -> list[Row]:
        """Read a table of the panel, all columns or some, all rows or some."""
        return await read_rows(
            self._client,
            self._known[name],
            columns,
            lambda rows: list(map(rows_of.fold, rows)),
            conditions,
        )

    async def _rows(self, table: Table, names: Collection[str]) -> list[Row]:
        """Read the rows of these users, perhaps with those of others.

        No panel was seen to find single rows: one that refuses, or does not find whom it has, is asked for all.
        """
        if len(names) <= _FEW:
            with suppress(CommandRefused):
                rows = [row for name in names for row in await self._find(table, name)]
                missing = set(names) - set(map(rows_of.user_id, rows))
                if not missing or missing.isdisjoint(await self._pins(table)):
                    return rows
        return await self._read(table.name)

    async def _find(self, table: Table, name: str) -> list[Row]:
        """Ask for the rows of one user; what a panel tells of others is left out."""
        wanted = rows_of.pin_row(name, self._limits)
        rows = await self._read(table.name, conditions=wanted)
        return [row for row in rows if rows_of.user_id(row) == name]

    async def _belongings(self, name: str, columns: Sequence[str]) -> list[Row]:
        """Read a table of things that belong to people; some panels name such tables and do not have them."""
        table = self._known.get(name)
        if table is None or not all(map(table.field, columns)):
            return []
        try:
            return await self._read(name, columns)
        except CommandRefused:
            return []

    def _tables(self) -> Iterable[Table]:
        """Return the tables with rows of single people, in the order in which somebody is deleted."""
        names = (rows_of.RIGHT, *rows_of.BELONGINGS, rows_of.USER)
        found = (self._known.get(name) for name in names)
        return [table for table in found if table and table.field(rows_of.PIN)]

    async def _pins(self, table: Table) -> dict[str, Value]:
        """Return who has rows in a table, and how the table tells so."""
        columns = (rows_of.PIN,)
        if table.name in rows_of.BELONGINGS:
            rows = await self._belongings(table.name, columns)
        else:
            rows = await self._read(table.name, columns)
        return {rows_of.user_id(row): row[rows_of.PIN] for row in rows}

    async def _write_one(self, name: str, row: Row) -> None:
        for data in tables.encode_write(self._known[name], [row]):
            await self._client.request(Command.WRITE_ROWS, data)

    async def _write(self, table: Table, rows: Sequence[Row]) -> dict[str, DeviceError]:
        return await self._send(Command.WRITE_ROWS, tables.encode_write, table, rows)

    async def _delete(
        self, table: Table, rows: Sequence[Row]
    ) -> dict[str, DeviceError]:
        return await self._send(Command.DELETE_ROWS, tables.encode_delete, table, rows)

    async def _send(
        self, command: Command, encode: _Encode, table: Table, rows: Sequence[Row]
    ) -> dict[str, DeviceError]:
        """Send rows of users, many at once.

        What is refused, or cannot be sent at all, is halved until it is known whose row it is.
        """
        failures: dict[str, DeviceError] = {}
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
        return failures


def _not_kept(what: str) -> CommandRefused:
    reason = f"the panel did not accept {what}"
    return CommandRefused(ErrorCode.EXECUTION_FAILED, reason)


def _not_deleted() -> CommandRefused:
    return CommandRefused(ErrorCode.EXECUTION_FAILED, "the panel did not delete")
