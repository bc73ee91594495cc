"""The users of a PUSH device: what is told, asked and changed of them, and by whom they were changed.

Lives here: their names in events, and what an upload or an enrolment tells. Not here: reading and writing them (`roster`),
what they are known by (`credentials`), what counts as a change by somebody else (`changes`).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from ..device import Clock, Json
from ..errors import DeviceError
from ..model import AccessEvent
from ..names import remember
from ..people import Credential, Failures, User
from . import commands
from .changes import Changes
from .credentials import Credentials
from .dialect import USER, credential_of
from .enrolled import Enrolled, EnrolledCard
from .fields import by_user
from .messages import parse_records
from .queue import CommandQueue
from .records import Fields
from .registration import Registration
from .roster import Roster
from .rows import Rows


class Users:
    """The users of one device. Verbs raise what `CommandQueue.run` and `CommandQueue.query` raise, and Unsupported."""

    def __init__(
        self,
        queue: CommandQueue,
        rows: Rows,
        clock: Clock,
        *,
        names: dict[str, str],
        tell: Callable[[AccessEvent], None],
        memory: Json,
    ) -> None:
        """Keep `names` by user ID for whoever needs them; `memory` is what the property returned last."""
        self._queue = queue
        self._names = names
        self._tell = tell
        self._changes = Changes(rows, names, clock, memory)
        self.roster = Roster(rows)
        self.credentials = Credentials(queue, rows)

    @property
    def memory(self) -> Json:
        """What must survive a restart."""
        return self._changes.memory

    def adopt(self, known: Registration) -> None:
        """Take over what the device is."""
        self.roster.adopt(known)
        self.credentials.adopt(known)

    # Who they are

    def _named(self, users: Iterable[tuple[str, str]]) -> None:
        """Know people by name in events from now on."""
        remember(self._names, users)

    def _named_in(self, rows: Iterable[Fields]) -> None:
        self._named((row.get("pin", ""), row.get("name", "")) for row in rows)

    async def read_names(self) -> None:
        """Learn who the users are."""
        text = await self._queue.query(commands.query("user", ["Pin", "Name"]))
        # Thousands of rows take their time.
        rows = await asyncio.to_thread(parse_records, text, "user")
        self._names.clear()
        self._named_in(rows)
        self._changes.users_read()

    async def read(self) -> dict[str, User]:
        """Return every user by user ID, with how many credentials of each kind they have."""
        users = await self.credentials.count(await self.roster.read_users())
        self._names.clear()
        self._named((user.user_id, user.name) for user in users.values())
        self._changes.users_read()
        return users

    async def write(self, users: Sequence[User]) -> Failures:
        """Write whole users; what was refused or not kept is returned by user ID."""
        failures = await self.roster.write_users(users)
        self._named((u.user_id, u.name) for u in users if u.user_id not in failures)
        return failures

    async def delete(self, user_ids: Sequence[str]) -> Failures:
        """Delete users with everything that belongs to them; what is still there is returned by user ID."""
        failures = await self.roster.delete_users(user_ids)
        for user_id in {*user_ids} - failures.keys():
            self._names.pop(user_id, None)
        return failures

    async def clear(self) -> None:
        """Delete every user with everything that belongs to them."""
        await self.roster.clear_users()
        self._names.clear()

    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        """Let the device ask a person for a credential, and wait at most two minutes for the outcome."""
        command = self.credentials.enrolment(user_id, credential, index)
        self._tell(self._changes.enrolment_started(user_id, credential))
        try:
            await self.credentials.enrol(user_id, command)
        except DeviceError as err:
            self._tell(self._changes.enrolment_ended(user_id, credential, err))
            raise
        self._tell(self._changes.enrolment_ended(user_id, credential, None))

    # What the device tells of them

    def reported(self, table: str, rows: Sequence[Fields]) -> None:
        """Tell that users were enrolled or changed at the device, and take over their names."""
        if table == USER:
            self._named_in(rows)
        if event := self._changes.uploaded(by_user(rows).keys()):
            self._tell(event)

    def recounted(self) -> bool:
        """Tell that somebody else changed users, for there is another number of them; return whether that is so."""
        event = self._changes.recounted()
        if event is not None:
            self._tell(event)
        return event is not None

    def shown(self, shown: Iterable[Enrolled | EnrolledCard]) -> None:
        """Tell what somebody showed who was asked to enrol; of a template only that there is one."""
        told = dict.fromkeys(
            (found.user_id, Credential.CARD, found.card)
            if isinstance(found, EnrolledCard)
            else (found.user_id, credential_of(found.kind), None)
            for found in shown
        )
        for user_id, credential, card in told:
            if credential is not None:
                self._tell(self._changes.enrolment_read(user_id, credential, card))
