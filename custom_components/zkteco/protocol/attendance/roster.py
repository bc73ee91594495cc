"""The users of a terminal: reading them, and changing them for sure.

Lives here: which users are asked for, and the proof by reading back. Not here: rows (`people`), texts (`commands`), how
commands travel (`push.queue`). Doing anything here twice does no harm, and one bad user never stops the others.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final

from .. import progress
from ..device import Clock
from ..errors import CommandRefused, DeviceError, InvalidValue, MalformedReply
from ..people import Credential, Failures, Limits, User
from ..push.queue import QUERY_SECONDS, CommandQueue
from ..push.registration import Registration
from . import commands, people
from .answers import Answers
from .records import Fields

WRITE_SECONDS: Final = 60.0
"""How long a terminal may take for the commands of one answer."""
ENROL_SECONDS: Final = 120.0
"""How long a person may take."""
_AT_ONCE: Final = 20
_FEW: Final = 3
"""So many users are asked for one by one, rather than all that there are."""
_NOT_KEPT: Final = -1
_NOT_THERE: Final = frozenset({-4, -10})


class Roster:
    """The users of one terminal. Verbs raise what `CommandQueue.run` raises."""

    def __init__(self, queue: CommandQueue, clock: Clock) -> None:
        """Nothing is known about the terminal yet."""
        self._queue = queue
        self._clock = clock
        self._limits = people.limits_of(Registration())
        self.answers: Answers[Fields] = Answers()
        """Told about every user that the terminal uploads."""
        self._count: int | None = None
        self._lock = asyncio.Lock()
        """A row is read, changed and written back: nobody may come in between."""

    def adopt(self, known: Registration) -> None:
        """Take over what the terminal is."""
        self._limits = people.limits_of(known)
        self._count = known.user_count

    @property
    def limits(self) -> Limits:
        """What the terminal can hold."""
        return self._limits

    # Reading

    async def read_rows(self) -> dict[str, Fields]:
        """Return the rows of all users by user ID. Raises MalformedReply when there are fewer than the terminal counts."""
        count = self._count

        def all_of_them(rows: Sequence[Fields]) -> bool:
            return count is not None and len({row["pin"] for row in rows}) >= count

        rows = await self._query(commands.query_users(), all_of_them, count or 0)
        if len(rows) < (count or 0):
            # The count may be older than the users.
            result = await self._queue.run(commands.info())
            newest = Registration.of(result.extra).user_count
            if newest is not None and len(rows) < newest:
                raise MalformedReply(f"{len(rows)} users of {newest}")
        return rows

    async def _query(
        self,
        text: str,
        is_enough: Callable[[Sequence[Fields]], bool] | None = None,
        expected: int = 0,
    ) -> dict[str, Fields]:
        async with self.answers as answer:
            answer.expected = expected
            await self._queue.run(text, seconds=QUERY_SECONDS)
            rows = await answer.complete(self._clock, is_enough)
        return {row["pin"]: row for row in rows}

    async def read_users(self) -> dict[str, User]:
        """Return every user by user ID."""
        rows = await self.read_rows()
        # Thousands of users take a small computer seconds, in which nothing else may stop.
        return await asyncio.to_thread(_decode, rows)

    async def _rows_of(self, user_ids: Collection[str]) -> dict[str, Fields]:
        """Return the rows of some users; those who are not there are left out."""
        if len(user_ids) > _FEW:
            return await self.read_rows()
        found: dict[str, Fields] = {}
        for user_id in user_ids:
            text = commands.query_users(user_id)
            try:
                rows = await self._query(text, partial(_has, user_id))
            except CommandRefused as err:
                if err.code not in _NOT_THERE:
                    return await self.read_rows()  # it cannot ask for one
            else:
                found |= rows
        return found

    # Changing

    async def write(self, users: Sequence[User]) -> Failures:
        """Write whole users; what was refused or not kept is returned by user ID."""
        wanted: dict[str, User] = {}
        failures: dict[str, DeviceError] = {}
        for user in users:
            try:
                wanted[user.user_id] = people.fitting(user, self._limits)
            except InvalidValue as err:
                failures[user.user_id] = err
        if not wanted:
            return failures
        async with self._lock:
            with progress.part(0, 0.2):
                before = await self._rows_of(wanted)
            with progress.part(0.2, 0.8):
                refused = await self._each(
                    {
                        user_id: commands.update_user(
                            people.encode_user(user, before.get(user_id))
                        )
                        for user_id, user in wanted.items()
                    }
                )
            with progress.part(0.8, 1):
                after = await self._rows_of(wanted)
        for user_id, user in wanted.items():
            if row := after.get(user_id):
                wrong = ", ".join(people.wrong_fields(user, row))
            else:
                wrong = "the user"
            # What the terminal holds counts, whatever it answered.
            if wrong:
                failures[user_id] = refused.get(user_id) or CommandRefused(
                    _NOT_KEPT, f"the terminal did not keep {wrong}"
                )
        return failures

    async def delete(self, user_ids: Sequence[str]) -> Failures:
        """Delete users with everything that belongs to them."""
        texts: dict[str, str] = {}
        failures: dict[str, DeviceError] = {}
        for user_id in user_ids:
            try:
                texts[user_id] = commands.delete_user(user_id)
            except InvalidValue as err:
                failures[user_id] = err
        if not texts:
            return failures
        async with self._lock:
            with progress.part(0, 0.8):
                refused = await self._each(texts)
            with progress.part(0.8, 1):
                after = await self._rows_of(texts)
        for user_id in texts.keys() & after.keys():
            failures[user_id] = refused.get(user_id) or CommandRefused(
                _NOT_KEPT, "the terminal kept the user"
            )
        return failures

    async def clear(self) -> None:
        """Delete every user."""
        async with self._lock:
            await self._queue.run(commands.clear_users(), seconds=WRITE_SECONDS)
            if await self._query(commands.query_users()):
                raise CommandRefused(_NOT_KEPT, "the terminal kept users")

    async def _each(self, texts: Mapping[str, str]) -> dict[str, DeviceError]:
        """Send a command for each of some users, several at a time, and return what went wrong."""
        refused: dict[str, DeviceError] = {}

        async def send(user_id: str, text: str) -> None:
            try:
                await self._queue.run(text, seconds=WRITE_SECONDS)
            except DeviceError as err:
                refused[user_id] = err

        pairs = [*texts.items()]
        for start in range(0, len(pairs), _AT_ONCE):
            batch = pairs[start : start + _AT_ONCE]
            await asyncio.gather(*(send(*pair) for pair in batch))
            progress.tell(start + len(batch), len(pairs))
        return refused

    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        """Let the terminal ask a person for a finger, and wait at most two minutes for the outcome."""
        if credential not in self._limits.enrols:
            known = ", ".join(sorted(self._limits.enrols)) or "nothing"
            raise InvalidValue("credential", f"one of {known}")
        text = commands.enrol_finger(user_id, index)
        await self._queue.run(text, seconds=ENROL_SECONDS)


def _decode(rows: Mapping[str, Fields]) -> dict[str, User]:
    return {user_id: people.decode_user(row) for user_id, row in rows.items()}


def _has(user_id: str, rows: Sequence[Fields]) -> bool:
    return any(row["pin"] == user_id for row in rows)
