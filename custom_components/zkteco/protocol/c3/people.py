"""Users, rights, schedules and holidays of a connected panel: reading them, and changing them for sure.

Lives here: in which order tables are read and written, and the proof by reading back. Not here: what rows mean
(`people_rows`), requests (`people_tables`), templates (`credentials`), trying again after a lost connection (`panel`).
Doing anything here twice does no harm.

A panel opens for a user who has a right: a user is written before the rights, and deleted after them. It may keep less
than it was sent and say that all is well, so only reading back tells.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from .. import progress
from ..errors import DeviceError, Unsupported
from ..people import (
    Ability,
    Failures,
    Holiday,
    TimeZone,
    User,
    check_holiday,
    check_time_zone,
)
from . import people_rows as rows_of
from .people_tables import PeopleTables, not_deleted, not_kept
from .tables import Row


class People:
    """The people of one panel. Verbs raise what `C3Client.fetch` raises."""

    def __init__(self, tables: PeopleTables) -> None:
        """Work on a panel's tables."""
        self._tables = tables
        self._limits = tables.limits

    # Users

    async def read_users(self) -> dict[str, User]:
        """Return every user by user ID, with the number of fingers."""
        with progress.part(0, 0.4):
            users = await self._tables.read(rows_of.USER)
        rights: list[Row] = []
        if Ability.RIGHTS in self._limits.abilities:
            with progress.part(0.4, 0.8):
                rights = await self._tables.read(rows_of.RIGHT)
        with progress.part(0.8, 1):
            fingers = [
                row
                for name in rows_of.FINGERS
                for row in await self._tables.belongings(name, rows_of.FINGER_COLUMNS)
            ]
        return await asyncio.to_thread(
            rows_of.decode_users, users, rights, fingers, self._limits
        )

    async def write_users(self, users: Sequence[User]) -> Failures:
        """Write whole users; what was refused or not kept is returned by user ID."""
        # Thousands of users take a small computer seconds, in which nothing else may stop.
        wanted, unfit = await asyncio.to_thread(rows_of.split, users, self._limits)
        failures: dict[str, DeviceError] = {**unfit}
        with progress.part(0, 0.5):
            failures |= await self._write_rows(wanted)
        if Ability.RIGHTS in self._limits.abilities:
            kept = {n: user for n, user in wanted.items() if n not in failures}
            with progress.part(0.5, 1):
                failures |= await self._write_rights(kept)
        return failures

    async def _write_rows(self, wanted: Mapping[str, User]) -> dict[str, DeviceError]:
        """Make the table of users hold these."""
        table, limits = self._tables.known[rows_of.USER], self._limits
        with progress.part(0, 0.2):
            before = await self._tables.rows(table, wanted)
        changes = await asyncio.to_thread(rows_of.user_changes, wanted, before, limits)
        with progress.part(0.2, 0.8):
            refused = await self._tables.write(table, changes)
        with progress.part(0.8, 1):
            after = await self._tables.rows(table, wanted) if changes else before
        wrong = await asyncio.to_thread(rows_of.wrong_users, wanted, after, limits)
        return {name: not_kept(what) for name, what in wrong.items()} | refused

    async def _write_rights(self, wanted: Mapping[str, User]) -> dict[str, DeviceError]:
        """Give users their rights and no others: new ones first, so that nobody stands outside meanwhile."""
        table, limits = self._tables.known[rows_of.RIGHT], self._limits
        with progress.part(0, 0.2):
            before = await self._tables.rows(table, wanted)
        new, stale = await asyncio.to_thread(
            rows_of.right_changes, wanted, before, limits
        )
        with progress.part(0.2, 0.5):
            refused = await self._tables.write(table, new)
        with progress.part(0.5, 0.8):
            stuck = await self._tables.delete(table, stale)
        if refused and stale:
            # There was no room, perhaps, until the old ones were gone.
            again = [row for row in new if rows_of.user_id(row) in refused]
            refused = await self._tables.write(table, again)
        with progress.part(0.8, 1):
            after = await self._tables.rows(table, wanted) if new or stale else before
        wrong = await asyncio.to_thread(rows_of.wrong_rights, wanted, after, limits)
        return dict.fromkeys(wrong, not_kept("rights")) | refused | stuck

    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        """Delete users; one of whom something cannot be deleted keeps the rest of it."""
        failures: dict[str, DeviceError] = {}
        for table in self._tables.of_people():
            wanted = set(user_ids) - failures.keys()
            there = await self._tables.pins(table)
            found: list[Row] = [{rows_of.PIN: there[n]} for n in wanted & there.keys()]
            if not found:
                continue
            failures |= await self._tables.delete(table, found)
            left = await self._tables.pins(table)
            for name in wanted & left.keys():
                failures.setdefault(name, not_deleted())
        return failures

    async def clear_users(self) -> None:
        """Delete every user. Raises CommandRefused also when the panel did not do it."""
        for table in self._tables.of_people():
            if await self._tables.pins(table):
                await self._tables.clear(table)
                if await self._tables.pins(table):
                    raise not_deleted()

    # Schedules

    async def read_time_zones(self) -> dict[int, TimeZone]:
        """Return every weekly schedule by its number."""
        self._need(Ability.TIME_ZONES)
        rows = await self._tables.read(rows_of.TIME_ZONE)
        zones = (rows_of.decode_time_zone(row, self._limits) for row in rows)
        return {zone.number: zone for zone in zones}

    async def write_time_zone(self, zone: TimeZone) -> None:
        """Write one weekly schedule. Raises CommandRefused also when the panel did not keep it."""
        check_time_zone(zone, self._limits)
        before = await self._time_zone(zone.number)
        row = rows_of.encode_time_zone(zone, before, self._limits)
        if row == before:
            return
        await self._tables.write_one(rows_of.TIME_ZONE, row)
        after = await self._time_zone(zone.number)
        if (
            after is None
            or rows_of.encode_time_zone(zone, after, self._limits) != after
        ):
            raise not_kept("the schedule")

    async def _time_zone(self, number: int) -> Row | None:
        rows = await self._tables.read(rows_of.TIME_ZONE)
        return next((row for row in rows if row[rows_of.ZONE] == number), None)

    # Holidays

    async def read_holidays(self) -> list[Holiday]:
        """Return the holidays, in the order of their days."""
        self._need(Ability.HOLIDAYS)
        rows = await self._tables.read(rows_of.HOLIDAY)
        found = [day for row in rows if (day := rows_of.decode_holiday(row))]
        return sorted(found, key=lambda holiday: holiday.day)

    async def write_holiday(self, holiday: Holiday) -> None:
        """Write one holiday. Raises CommandRefused also when the panel did not keep it."""
        check_holiday(holiday, self._limits)
        before = await self._holiday(holiday.day)
        row = rows_of.encode_holiday(holiday, before)
        if row == before:
            return
        await self._tables.write_one(rows_of.HOLIDAY, row)
        after = await self._holiday(holiday.day)
        if after is None or rows_of.decode_holiday(after) != holiday:
            raise not_kept("the holiday")

    async def delete_holiday(self, day: date) -> None:
        """Delete one holiday. Raises CommandRefused also when the panel did not do it."""
        self._need(Ability.HOLIDAYS)
        if await self._holiday(day) is None:
            return
        await self._tables.delete_one(rows_of.HOLIDAY, rows_of.day_row(day))
        if await self._holiday(day) is not None:
            raise not_deleted()

    async def _holiday(self, day: date) -> Row | None:
        wanted = rows_of.day_row(day)
        rows = await self._tables.read(rows_of.HOLIDAY)
        return next((row for row in rows if row | wanted == row), None)

    # Rows

    def _need(self, ability: Ability) -> None:
        if ability not in self._limits.abilities:
            raise Unsupported
