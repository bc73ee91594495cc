"""How the people of one terminal are changed: one change after the other, patiently, and proven by reading back.

Lives here: what all such changes have in common. Not here: what is to be changed (`roster` for users, `fingers` for their
fingers). Only reading back proves a change: what is not as it should be then is written again after a lost connection, and a
failure where the terminal had said yes. So doing anything here twice does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from .. import progress
from ..device import Clock
from ..errors import CannotConnect, CommandRefused, DeviceError
from ..people import Failures
from .client import TerminalClient, TransferInterrupted
from .monitor import Monitor
from .packet import Command, Reply
from .queries import read_users
from .users import User as Record
from .verbs import at_last, get_sizes

_ROUNDS: Final = 3
_TRIES: Final = 3
_AGAIN_SECONDS: Final = 2.0

type Step = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Need:
    """What one user still needs."""

    steps: tuple[Step, ...]
    what: str
    """In words, for when the terminal does not keep it."""


type Needs = Mapping[str, Need | DeviceError]
"""By user ID, or why that cannot be; whoever needs nothing is not there."""


def by_id(records: Iterable[Record]) -> dict[str, Record]:
    """Return records by user ID; of two with the same one the first counts."""
    found: dict[str, Record] = {}
    for record in records:
        found.setdefault(record.user_id, record)
    return found


def not_accepted(what: str) -> CommandRefused:
    """Return why a change failed to which the terminal had said yes."""
    return CommandRefused(Reply.ERROR, f"the terminal did not accept {what}")


class Changes:
    """The changes of one terminal's people."""

    def __init__(self, client: TerminalClient, monitor: Monitor, clock: Clock) -> None:
        """`monitor` gets to know everything that is read."""
        self._client = client
        self._monitor = monitor
        self._clock = clock
        self.busy = asyncio.Lock()
        """Two changes at once would give the same number to two new users."""

    async def patiently[T](self, read: Callable[[], Awaitable[T]]) -> T:
        """Read something again when a door command went first, or when the monitor has opened a lost connection."""
        for _ in range(_TRIES):
            with suppress(TransferInterrupted, CannotConnect):
                return await read()
            self._monitor.hurry()
            await self._clock.wait(_AGAIN_SECONDS)
        return await read()

    async def records(self) -> list[Record]:
        """Read all users, and let events have their names from now on."""
        return await self.patiently(self._records)

    async def _records(self) -> list[Record]:
        sizes = await get_sizes(self._client)
        records, layout = await read_users(self._client, sizes.users)
        self._monitor.learn_users(records, layout)
        return records

    async def fulfil(self, find: Callable[[], Awaitable[Needs]]) -> Failures:
        """Do what users need until nothing is left; return for whom that did not come about, and why.

        `find` reads what there is, and returns what is missing.
        """
        failures: dict[str, DeviceError] = {}
        accepted: set[str] = set()
        lost: DeviceError = CannotConnect("the connection was lost")

        async def look() -> dict[str, Need]:
            """Return what is missing; what was accepted and is missing all the same will not be tried again."""
            missing: dict[str, Need] = {}
            for user_id, need in (await find()).items():
                if not isinstance(need, Need):
                    failures[user_id] = need
                elif user_id in accepted:
                    failures[user_id] = not_accepted(need.what)
                elif user_id not in failures:
                    missing[user_id] = need
            return missing

        async with self.busy:
            with progress.part(0, 0.2):
                missing = await look()
            for _ in range(_ROUNDS):
                if not missing:
                    break
                try:
                    with progress.part(0.2, 0.8):
                        await self._do(missing, accepted, failures)
                except DeviceError as err:
                    lost = err
                try:
                    with progress.part(0.8, 1):
                        missing = await look()
                except DeviceError as err:
                    lost = err
                    break
        return {**dict.fromkeys(missing, lost), **failures}

    async def _do(
        self,
        needs: Mapping[str, Need],
        accepted: set[str],
        failures: dict[str, DeviceError],
    ) -> None:
        """Take the steps, one user after the other, and let the terminal put what is new to use."""
        with self._monitor.own_change():
            try:
                for number, (user_id, need) in enumerate(needs.items(), start=1):
                    try:
                        for step in need.steps:
                            await step()
                    except CommandRefused as err:
                        failures[user_id] = err
                    else:
                        accepted.add(user_id)
                    progress.tell(number, len(needs))
            finally:
                await at_last(self._client, Command.REFRESH_DATA)
