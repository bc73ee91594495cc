"""The people of a PUSH device: reading them, and changing them for sure.

Lives here: in which order tables are read and written, how much goes into one command, and the proof by reading back. Not
here: what rows mean (`people`), the texts (`commands`), how commands travel (`queue`). Doing anything here twice does no
harm.

A device lets in a user who has a right: a user is written before cards and rights, and deleted after them. Many rows share
a command, because a device fetches one command at a time; what it refuses is halved until it is known whose row it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Final

from ..errors import CommandRefused, DeviceError, InvalidValue, Unsupported
from ..people import (
    Credential,
    Failures,
    Holiday,
    Limits,
    TimeZone,
    User,
    check_holiday,
    check_time_zone,
    check_user,
)
from . import commands, people
from .messages import parse_options, parse_records
from .queue import CommandQueue
from .records import Fields
from .registration import Registration

WRITE_SECONDS = 60.0
"""How long a device may take for one command with many rows."""
ENROL_SECONDS = 120.0
"""How long a person may take."""
_BATCH_BYTES: Final = 16 * 1024
"""Of one command: older firmware has 30 kB of room for it."""
_BATCH_ROWS: Final = 500
_FEW: Final = 3
"""So many users are asked for one by one, rather than all that there are."""
_NOT_DONE: Final = -12
_FULL: Final = frozenset({-18, -604})
_NO_TABLE: Final = frozenset({-100, -107, -629})

type _Build = Callable[[str, Sequence[Mapping[str, commands.Value]]], str]
type _Changes = tuple[list[Fields], list[Fields]]


class Roster:
    """The people of one device. Verbs raise what `CommandQueue.run` and `CommandQueue.query` raise, and Unsupported."""

    def __init__(self, queue: CommandQueue) -> None:
        """Nothing is known about the device yet."""
        self._queue = queue
        self._known = Registration()
        self._dialect: people.Dialect | None = None
        self._missing: set[str] = set()
        """Tables that the device does not have."""
        # A row is read, changed and written back: nobody may come in between.
        self._lock = asyncio.Lock()

    def adopt(self, known: Registration) -> None:
        """Take over what the device is."""
        self._known = known
        self._dialect = people.find_dialect(known)
        self._missing.clear()

    @property
    def limits(self) -> Limits | None:
        """What the device can hold; None before it has told what it is."""
        return None if self._dialect is None else self._dialect.limits

    def _need(self) -> people.Dialect:
        if self._dialect is None:
            raise Unsupported
        return self._dialect

    # Users

    async def read_users(self) -> dict[str, User]:
        """Return every user by user ID."""
        dialect = self._need()
        users = await self._read(people.USER)
        cards = await self._read(people.CARD) if dialect.card_table else []
        rights = await self._read(people.RIGHT)
        return await asyncio.to_thread(
            people.decode_users, users, cards, rights, dialect
        )

    async def count_users(self) -> int | None:
        """Return how many users there are; None when the device does not tell."""
        return await self._count(people.USER, {})

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
        async with self._lock:
            failures |= await self._write_rows(wanted, dialect)
            if dialect.card_table:
                kept = {u: wanted[u] for u in wanted if u not in failures}
                failures |= await self._write_cards(kept)
            kept = {u: wanted[u] for u in wanted if u not in failures}
            failures |= await self._write_rights(kept, dialect)
        return failures

    async def _write_rows(
        self, wanted: Mapping[str, User], dialect: people.Dialect
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

        return await self._change(people.USER, wanted, changes, wrong)

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

        return await self._change(people.CARD, wanted, changes, wrong)

    async def _write_rights(
        self, wanted: Mapping[str, User], dialect: people.Dialect
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
            people.RIGHT, wanted, changes, wrong, everybody=dialect.device_field
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
            rows = await self._read(table, () if everybody else wanted)
            return await asyncio.to_thread(people.by_user, rows)

        before = after = await read()
        # Thousands of users take a small computer seconds, in which nothing else may stop.
        new, stale = await asyncio.to_thread(changes, before)
        refused: dict[str, DeviceError] = {}
        if new or stale:
            refused |= await self._update(table, new)
            refused |= await self._delete(table, stale)
            after = await read()
        return {
            user_id: refused.get(user_id) or _not_kept(what)
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
        async with self._lock:
            for table, more in [*people.belongings(self._known), (people.USER, {})]:
                wanted = [u for u in dict.fromkeys(user_ids) if u not in failures]
                if not wanted:
                    break
                rows = [{**more, people.PIN: user_id} for user_id in wanted]
                failures |= await self._delete(table, rows)
                if table in {people.RIGHT, people.CARD, people.USER}:
                    left = people.by_user(await self._read(table, wanted))
                    for user_id in left.keys() & {*wanted}:
                        failures.setdefault(user_id, _not_deleted())
        return failures

    async def clear_users(self) -> None:
        """Delete every user. Raises CommandRefused also when the device did not do it."""
        self._need()
        async with self._lock:
            for table, kind in people.belongings(self._known):
                condition = [people.spelled(kind)]
                text = (
                    commands.data_delete(table, condition)
                    if kind
                    else commands.data_clear(table)
                )
                try:
                    await self._run(text)
                except CommandRefused:
                    if await self._count(table, kind):
                        raise
            await self._run(commands.data_clear(people.USER))
            for table in (people.RIGHT, people.USER):
                if await self._read(table):
                    raise _not_deleted()

    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        """Let the device ask a person for a credential, and wait until that is over."""
        limits = self._need().limits
        check_user(User(user_id=user_id), limits)
        if credential not in limits.enrols:
            raise Unsupported
        kind = people.find_biometric(self._known, credential)
        text = (
            commands.enrol_card(user_id)
            if kind is None
            else commands.enrol_biometric(
                kind, index if credential is Credential.FINGERPRINT else 0, user_id
            )
        )
        await self._queue.run(text, seconds=ENROL_SECONDS)

    # Schedules

    async def read_time_zones(self) -> dict[int, TimeZone]:
        """Return every weekly schedule by its number."""
        self._need()
        zones = map(people.decode_time_zone, await self._read(people.TIME_ZONE))
        return {zone.number: zone for zone in zones if zone}

    async def write_time_zone(self, zone: TimeZone) -> None:
        """Write one weekly schedule. Raises CommandRefused also when the device did not keep it."""
        check_time_zone(zone, self._need().limits)

        async def change() -> Fields | None:
            rows = await self._read(people.TIME_ZONE)
            before = people.find_time_zone(rows, zone.number)
            return people.encode_time_zone(zone, before)

        await self._write_one(people.TIME_ZONE, change, "the schedule")

    # Holidays

    async def read_holidays(self) -> list[Holiday]:
        """Return the holidays, in the order of their days."""
        self._need()
        rows = await self._read(people.HOLIDAY)
        found = [day for row in rows if (day := people.decode_holiday(row))]
        return sorted(found, key=lambda holiday: holiday.day)

    async def write_holiday(self, holiday: Holiday) -> None:
        """Write one holiday. Raises CommandRefused also when the device did not keep it."""
        check_holiday(holiday, self._need().limits)

        async def change() -> Fields | None:
            rows = await self._read(people.HOLIDAY)
            before = people.find_holiday(rows, holiday.day)
            return people.encode_holiday(holiday, before)

        await self._write_one(people.HOLIDAY, change, "the holiday")

    async def delete_holiday(self, day: date) -> None:
        """Delete one holiday. Raises CommandRefused also when the device did not do it."""
        self._need()
        async with self._lock:
            if people.find_holiday(await self._read(people.HOLIDAY), day) is None:
                return
            condition: Mapping[str, commands.Value] = {"Holiday": f"{day:%Y%m%d}"}
            await self._run(commands.data_delete(people.HOLIDAY, [condition]))
            if people.find_holiday(await self._read(people.HOLIDAY), day) is not None:
                raise _not_deleted()

    async def _write_one(
        self, table: str, change: Callable[[], Awaitable[Fields | None]], what: str
    ) -> None:
        """Write the row that `change` finds to be missing, until it finds none."""
        async with self._lock:
            if (row := await change()) is None:
                return
            await self._run(commands.data_update(table, [people.spelled(row)]))
            if await change() is not None:
                raise _not_kept(what)

    # Rows

    async def _run(self, text: str) -> None:
        await self._queue.run(text, seconds=WRITE_SECONDS)

    async def _read(self, table: str, user_ids: Collection[str] = ()) -> list[Fields]:
        """Return the rows of a table, at least those of some users. A table that the device does not have is empty."""
        if table in self._missing:
            return []
        try:
            if 0 < len(user_ids) <= _FEW:
                with suppress(CommandRefused):
                    return [
                        row
                        for user_id in user_ids
                        for row in await self._query(table, {"Pin": user_id})
                    ]
            return await self._query(table)
        except CommandRefused as err:
            if table == people.USER or err.code not in _NO_TABLE:
                raise
            self._missing.add(table)
            return []

    async def _query(
        self, table: str, conditions: Mapping[str, commands.Value] | None = None
    ) -> list[Fields]:
        text = await self._queue.query(commands.query(table, conditions=conditions))
        # Thousands of rows take their time.
        return [*await asyncio.to_thread(parse_records, text, table)]

    async def _count(self, table: str, row: Fields) -> int | None:
        """Return how many rows meet conditions; None when the device does not tell."""
        query = commands.count(table, people.spelled(row))
        try:
            told = parse_options(await self._queue.query(query)).get(table.lower(), "")
        except CommandRefused:
            return None
        return int(told) if told.isascii() and told.isdigit() else None

    def _batches(
        self, build: _Build, table: str, rows: Iterable[Fields]
    ) -> tuple[list[list[Fields]], dict[str, DeviceError]]:
        """Divide rows into what fits into one command, and find those that cannot be sent."""
        room = min(_BATCH_BYTES, self._known.max_package_size or _BATCH_BYTES)
        batches: list[list[Fields]] = []
        failures: dict[str, DeviceError] = {}
        size = 0
        for row in rows:
            try:
                length = len(build(table, [people.spelled(row)]).encode())
            except InvalidValue as err:
                failures[row[people.PIN]] = err
                continue
            if not batches or size + length > room or len(batches[-1]) >= _BATCH_ROWS:
                batches.append([])
                size = 0
            batches[-1].append(row)
            size += length
        return batches, failures

    async def _update(self, table: str, rows: Iterable[Fields]) -> Failures:
        """Write rows of users; what is refused is halved until it is known whose row it is."""
        batches, failures = await asyncio.to_thread(
            self._batches, commands.data_update, table, rows
        )
        waiting = batches[::-1]
        while waiting:
            part = waiting.pop()
            try:
                await self._run(
                    commands.data_update(table, [*map(people.spelled, part)])
                )
            except CommandRefused as err:
                if err.code in _FULL:
                    # Nor is there room for any other.
                    left = (row for rest in (part, *waiting) for row in rest)
                    return failures | {row[people.PIN]: err for row in left}
                if half := len(part) // 2:
                    waiting += part[half:], part[:half]
                else:
                    failures[part[0][people.PIN]] = err
        return failures

    async def _delete(self, table: str, rows: Iterable[Fields]) -> Failures:
        """Delete rows of users. What is refused counts when there was something to be deleted."""
        batches, failures = await asyncio.to_thread(
            self._batches, commands.data_delete, table, rows
        )
        for part in batches:
            if table in self._missing:
                break
            if await self._is_deleted(table, part):
                continue
            for row in part:
                if not await self._count(table, row):
                    continue
                try:
                    await self._run(commands.data_delete(table, [people.spelled(row)]))
                except CommandRefused as err:
                    failures[row[people.PIN]] = err
        return failures

    async def _is_deleted(self, table: str, rows: Sequence[Fields]) -> bool:
        """Delete rows by one command; return whether that worked, or there is nothing to be deleted from."""
        try:
            await self._run(commands.data_delete(table, [*map(people.spelled, rows)]))
        except CommandRefused as err:
            if err.code in _NO_TABLE:
                self._missing.add(table)
                return True
            # What can neither be deleted from nor counted is hardly there; what matters is read back.
            return await self._count(table, rows[0]) is None
        # A device that read the first line only would have been content, too.
        return len(rows) == 1 or not await self._count(table, rows[-1])


def _together(changes: Iterable[_Changes]) -> _Changes:
    """Return the changes of many users as those of a table."""
    new: list[Fields] = []
    stale: list[Fields] = []
    for more, less in changes:
        new += more
        stale += less
    return new, stale


def _not_kept(what: str) -> CommandRefused:
    return CommandRefused(_NOT_DONE, f"the device did not accept {what}")


def _not_deleted() -> CommandRefused:
    return CommandRefused(_NOT_DONE, "the device did not delete")
