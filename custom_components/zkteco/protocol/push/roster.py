"""The people of a PUSH device: reading them, and changing them for sure.

Lives here: in which order tables are read and written, and the proof by reading back. Not here: what rows mean (`people`,
`schedules`), how they are written (`rows`), fingers and faces (`credentials`). Doing anything here twice does no harm.

A device lets in a user who has a right: a user is written before cards and rights, and deleted after them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date

from .. import progress
from ..errors import CommandRefused, DeviceError, InvalidValue, Unsupported
from ..people import (
    Failures,
    Holiday,
    TimeZone,
    User,
    check_holiday,
    check_time_zone,
    check_user,
)
from . import commands, people, schedules
from .dialect import CARD, RIGHT, USER, Dialect, belongings, find_dialect
from .fields import PIN, by_user, spelled
from .records import Fields
from .registration import Registration
from .rows import Rows, not_deleted, not_kept

type _Changes = tuple[list[Fields], list[Fields]]


class Roster:
    """The people of one device. Verbs raise what `CommandQueue.run` and `CommandQueue.query` raise, and Unsupported."""

    def __init__(self, rows: Rows) -> None:
        """Nothing is known about the device yet."""
        self._rows = rows
        self._known = Registration()
        self._dialect: Dialect | None = None

    def adopt(self, known: Registration) -> None:
        """Take over what the device is."""
        self._known = known
        self._dialect = find_dialect(known)

    def _need(self) -> Dialect:
        if self._dialect is None:
            raise Unsupported
        return self._dialect

    # Users

    async def read_users(self) -> dict[str, User]:
        """Return every user by user ID."""
        dialect = self._need()
        with progress.part(0, 0.4):
            users = await self._rows.read(USER)
        with progress.part(0.4, 0.6):
            cards = await self._rows.read(CARD) if dialect.card_table else []
        with progress.part(0.6, 1):
            rights = await self._rows.read(RIGHT)
        return await asyncio.to_thread(
            people.decode_users, users, cards, rights, dialect
        )

    async def count_users(self) -> int | None:
        """Return how many users there are; None when the device does not tell."""
        return await self._rows.count(USER, {})

    async def write_users(self, users: Sequence[User]) -> Failures:
        """Write whole users; what was refused or not kept is returned by user ID."""
        dialect = self._need()
        wanted: dict[str, User] = {}
        failures: dict[str, DeviceError] = {}
        for user in users:
            try:
                wanted[user.user_id] = people.fitting(user, dialect)
            except InvalidValue as err:
                failures[user.user_id] = err
        async with self._rows.lock:
            with progress.part(0, 0.4):
                failures |= await self._write_rows(wanted, dialect)
            if dialect.card_table:
                kept = {u: wanted[u] for u in wanted if u not in failures}
                with progress.part(0.4, 0.7):
                    failures |= await self._write_cards(kept)
            kept = {u: wanted[u] for u in wanted if u not in failures}
            with progress.part(0.7, 1):
                failures |= await self._write_rights(kept, dialect)
        return failures

    async def _write_rows(
        self, wanted: Mapping[str, User], dialect: Dialect
    ) -> Failures:
        """Make the table of users hold these."""

        def changes(before: Mapping[str, Sequence[Fields]]) -> _Changes:
            rows = (
                people.encode_user(user, rows[-1] if rows else None, dialect)
                for user_id, user in wanted.items()
                for rows in (before.get(user_id, ()),)
            )
            return [row for row in rows if row is not None], []

        def wrong(user: User, rows: Sequence[Fields]) -> str:
            if not rows:
                return "the user"
            return ", ".join(people.wrong_fields(user, rows[-1], dialect))

        return await self._change(USER, wanted, changes, wrong)

    async def _write_cards(self, wanted: Mapping[str, User]) -> Failures:
        """Give users their cards and no others."""

        def changes(before: Mapping[str, Sequence[Fields]]) -> _Changes:
            return _together(
                people.card_changes(user, before.get(user_id, ()))
                for user_id, user in wanted.items()
            )

        def wrong(user: User, rows: Sequence[Fields]) -> str:
            kept = {*people.decode_cards(rows)}
            return "" if kept == {*user.cards} else "the cards"

        return await self._change(CARD, wanted, changes, wrong)

    async def _write_rights(
        self, wanted: Mapping[str, User], dialect: Dialect
    ) -> Failures:
        """Give users their rights and no others."""
        device = ""

        def changes(before: Mapping[str, Sequence[Fields]]) -> _Changes:
            nonlocal device
            device = people.own_device(row for rows in before.values() for row in rows)
            return _together(
                people.right_changes(user, before.get(user_id, ()), device, dialect)
                for user_id, user in wanted.items()
            )

        def wrong(user: User, rows: Sequence[Fields]) -> str:
            kept = people.decode_rights(rows, device, dialect)
            return "" if kept == user.rights else "the rights"

        return await self._change(
            RIGHT, wanted, changes, wrong, everybody=dialect.device_field
        )

    async def _change(
        self,
        table: str,
        wanted: Mapping[str, User],
        changes: Callable[[Mapping[str, Sequence[Fields]]], _Changes],
        wrong: Callable[[User, Sequence[Fields]], str],
        *,
        everybody: bool = False,
    ) -> Failures:
        """Change what a table has of users, new rows first, so that nobody stands outside meanwhile.

        `wrong` says what is not as wanted in the rows of a user afterwards: that counts, whatever the device answered.
        `everybody` has the others' rows read too.
        """
        if not wanted:
            return {}

        async def read() -> dict[str, list[Fields]]:
            rows = await self._rows.read(table, () if everybody else wanted)
            return await asyncio.to_thread(by_user, rows)

        with progress.part(0, 0.2):
            before = after = await read()
        # Thousands of users take a small computer seconds, in which nothing else may stop.
        new, stale = await asyncio.to_thread(changes, before)
        refused: dict[str, DeviceError] = {}
        if new or stale:
            with progress.part(0.2, 0.6):
                refused |= await self._rows.update(table, new)
            with progress.part(0.6, 0.8):
                refused |= await self._rows.delete(table, stale)
            with progress.part(0.8, 1):
                after = await read()
        return {
            user_id: refused.get(user_id) or not_kept(what)
            for user_id, user in wanted.items()
            if (what := wrong(user, after.get(user_id, ())))
        }

    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        """Delete users; one of whom something cannot be deleted keeps the rest of it."""
        limits = self._need().limits
        failures: dict[str, DeviceError] = {}
        for user_id in dict.fromkeys(user_ids):
            try:
                check_user(User(user_id=user_id), limits)
            except InvalidValue as err:
                failures[user_id] = err
        async with self._rows.lock:
            for table, more in [*belongings(self._known), (USER, {})]:
                wanted = [u for u in dict.fromkeys(user_ids) if u not in failures]
                if not wanted:
                    break
                rows = [{**more, PIN: user_id} for user_id in wanted]
                failures |= await self._rows.delete(table, rows)
                if table in {RIGHT, CARD, USER}:
                    left = by_user(await self._rows.read(table, wanted))
                    for user_id in left.keys() & {*wanted}:
                        failures.setdefault(user_id, not_deleted())
        return failures

    async def clear_users(self) -> None:
        """Delete every user. Raises CommandRefused also when the device did not do it."""
        self._need()
        self._rows.note()
        async with self._rows.lock:
            for table, kind in belongings(self._known):
                condition = [spelled(kind)]
                text = (
                    commands.data_delete(table, condition)
                    if kind
                    else commands.data_clear(table)
                )
                try:
                    await self._rows.run(text)
                except CommandRefused:
                    if await self._rows.count(table, kind):
                        raise
            await self._rows.run(commands.data_clear(USER))
            self._rows.note()
            for table in (RIGHT, USER):
                if await self._rows.read(table):
                    raise not_deleted()

    # Schedules

    async def read_time_zones(self) -> dict[int, TimeZone]:
        """Return every weekly schedule by its number."""
        self._need()
        zones = map(
            schedules.decode_time_zone, await self._rows.read(schedules.TIME_ZONE)
        )
        return {zone.number: zone for zone in zones if zone}

    async def write_time_zone(self, zone: TimeZone) -> None:
        """Write one weekly schedule. Raises CommandRefused also when the device did not keep it."""
        check_time_zone(zone, self._need().limits)

        async def change() -> Fields | None:
            rows = await self._rows.read(schedules.TIME_ZONE)
            before = schedules.find_time_zone(rows, zone.number)
            return schedules.encode_time_zone(zone, before)

        await self._write_one(schedules.TIME_ZONE, change, "the schedule")

    # Holidays

    async def read_holidays(self) -> list[Holiday]:
        """Return the holidays, in the order of their days."""
        self._need()
        rows = await self._rows.read(schedules.HOLIDAY)
        found = [day for row in rows if (day := schedules.decode_holiday(row))]
        return sorted(found, key=lambda holiday: holiday.day)

    async def write_holiday(self, holiday: Holiday) -> None:
        """Write one holiday. Raises CommandRefused also when the device did not keep it."""
        check_holiday(holiday, self._need().limits)

        async def change() -> Fields | None:
            rows = await self._rows.read(schedules.HOLIDAY)
            before = schedules.find_holiday(rows, holiday.day)
            return schedules.encode_holiday(holiday, before)

        await self._write_one(schedules.HOLIDAY, change, "the holiday")

    async def delete_holiday(self, day: date) -> None:
        """Delete one holiday. Raises CommandRefused also when the device did not do it."""
        self._need()
        async with self._rows.lock:
            if (
                schedules.find_holiday(await self._rows.read(schedules.HOLIDAY), day)
                is None
            ):
                return
            condition: Mapping[str, commands.Value] = {"Holiday": f"{day:%Y%m%d}"}
            await self._rows.run(commands.data_delete(schedules.HOLIDAY, [condition]))
            if (
                schedules.find_holiday(await self._rows.read(schedules.HOLIDAY), day)
                is not None
            ):
                raise not_deleted()

    async def _write_one(
        self, table: str, change: Callable[[], Awaitable[Fields | None]], what: str
    ) -> None:
        """Write the row that `change` finds to be missing, until it finds none."""
        async with self._rows.lock:
            if (row := await change()) is None:
                return
            await self._rows.run(commands.data_update(table, [spelled(row)]))
            if await change() is not None:
                raise not_kept(what)


def _together(changes: Iterable[_Changes]) -> _Changes:
    """Return the changes of many users as those of a table."""
    new: list[Fields] = []
    stale: list[Fields] = []
    for more, less in changes:
        new += more
        stale += less
    return new, stale
