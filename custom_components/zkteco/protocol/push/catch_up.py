"""What happened while a device was away and that it did not tell by itself.

Lives here: when its log is asked for, and how (Security PUSH 3.1.2 sections 9.1.4 and 9.2). Not here: what was told already
(`history`), telling the rest (`reports`). A device uploads what it kept before it asks for commands again, so its log is
asked for a little later. What happened before it was paired stays in its log.
"""

import asyncio
from collections.abc import Callable
import logging

from ..device import Clock, Json
from ..errors import CommandRefused, DeviceError
from . import account, commands
from .queue import CommandQueue
from .records import EventLog, parse_rtlog
from .registration import Feature, Registration

_LOGGER = logging.getLogger(__name__)

_QUIET_SECONDS = 15.0
"""For the device to upload what it kept."""
_AGAIN_SECONDS = 300.0
_TRIES = 3
_TERMINALS = frozenset((101, 102, 103))
"""The machine types that upload their log in one package; controllers upload files."""


class CatchUp:
    """The gaps of one device's log."""

    def __init__(
        self,
        queue: CommandQueue,
        clock: Clock,
        last_index: Callable[[], int | None],
        recover: Callable[[EventLog, int], None],
        memory: Json,
    ) -> None:
        """Go on from what `memory` returned before a restart.

        `last_index` returns the highest index that was told; `recover` tells what was not, above an index.
        """
        self._queue = queue
        self._clock = clock
        self._last_index = last_index
        self._recover = recover
        self._after = memory if isinstance(memory, int) else None
        self._due = 0.0
        self._pauses = 0
        self._tries = 0

    @property
    def memory(self) -> Json:
        """The index from which on there may be a gap; None when there is none."""
        return self._after

    def resumed(self) -> None:
        """Note that the device calls after a pause."""
        if self._after is None:
            self._after = self._last_index()
        self._due = self._clock.monotonic() + _QUIET_SECONDS
        self._pauses += 1
        self._tries = 0

    @property
    def due(self) -> int | None:
        """The index after which the log should be asked for now; None when it should not."""
        return self._after if self._clock.monotonic() >= self._due else None

    async def run(self, after: int, known: Registration) -> None:
        """Ask for the log, and have told what was not. Raises nothing: it is tried three times."""
        self._due = self._clock.monotonic() + _AGAIN_SECONDS
        self._tries += 1
        pauses = self._pauses
        try:
            log = await asyncio.to_thread(parse_rtlog, await self._ask(after, known))
        except DeviceError as err:
            _LOGGER.debug("The log after a pause cannot be read: %s", err)
            if self._tries < _TRIES and not isinstance(err, CommandRefused):
                return
        else:
            self._recover(log, after)
        if pauses == self._pauses:  # or it was asked too early
            self._after = None

    async def _ask(self, after: int, known: Registration) -> str:
        """Return rows of the log: above an index where the device can choose so, else those that it did not upload."""
        if known.supports(Feature.ACCOUNT):
            is_terminal = known.machine_type in _TERMINALS
            text = (account.packed_after if is_terminal else account.after)(after)
            try:
                return await self._queue.query(text)
            except CommandRefused as err:
                _LOGGER.debug("The log cannot be compared: %s", err)
        return await self._queue.query(commands.query_new("transaction"))
