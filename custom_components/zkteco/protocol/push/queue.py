"""The commands that wait for a PUSH device to ask for them.

Lives here: numbers, order, expiry, answers and results of commands. Not here: their texts (`commands`), HTTP (`server`).
Texts and results are those of access devices; for others, a queue is told how to check the ones and read the others.
The rules: a command is offered once and only for a few seconds, so that no door opens late or twice; whatever the device
answers late, twice or to nobody is harmless.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from .. import progress
from ..device import Clock, Json
from ..errors import (
    CommandRefused,
    DidNotAsk,
    InvalidValue,
    MalformedReply,
    OutcomeUnknown,
)
from .codes import Outcome, Verdict, interpret
from .commands import MAX_ID, encode
from .records import CommandResult, Upload
from .transfers import Transfer

COMMAND_TTL_SECONDS = 10.0
"""A command that the device did not fetch within this time is gone."""
RESULT_SECONDS = 10.0
"""How long a caller waits for the result of a command that was fetched."""
QUERY_SECONDS = 120.0
"""The same for a query, whose answer may be long."""
MAX_WAITING = 200
"""Callers that may wait for one device."""
MAX_ANSWERS = 8 * 1024 * 1024
"""Characters of answers that are kept for one device at a time."""
_RESTART_GAP = 1000
"""Numbers skipped at a restart: some were perhaps used after the last time they were kept."""


@dataclass(eq=False, slots=True, kw_only=True)
class Pending:
    """One command on its way."""

    id: int
    text: str
    serial: str | None
    """The sub-controller that it is for."""
    urgent: bool = False
    """For a door: first in the queue."""
    expires: float
    """Until when it may be offered."""
    offered: bool = False
    fetched: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Transfer = field(default_factory=Transfer)
    tell: progress.Tell = field(default_factory=progress.teller)
    result: CommandResult | None = None

    def is_due(self, now: float) -> bool:
        """Whether it may be offered now."""
        return not self.offered and now < self.expires


type Check = Callable[[int, str, str | None], object]
type Interpret = Callable[[str, int], Outcome]


def _check(number: int, text: str, serial: str | None) -> str:
    """Raise InvalidValue for a command of an access device that would be refused when it is offered."""
    return encode(number, text, prefix_for=serial)


class CommandQueue:
    """The commands of one device."""

    def __init__(
        self,
        clock: Clock,
        memory: Json = None,
        *,
        check: Check = _check,
        interpret: Interpret = interpret,
    ) -> None:
        """Go on from what `memory` returned before a restart; whatever cannot be read is left out."""
        self._clock = clock
        self._check = check
        self._interpret = interpret
        self._waiting: dict[int, Pending] = {}
        stored = memory if isinstance(memory, dict) else {}
        last = stored.get("last_id")
        self._last_id = 0
        if isinstance(last, int) and 0 <= last <= MAX_ID:
            self._last_id = (last + _RESTART_GAP) % MAX_ID

    @property
    def memory(self) -> Json:
        """What must survive a restart: the numbers, never a command."""
        return {"last_id": self._last_id}

    def __len__(self) -> int:
        """Return how many commands wait for an answer."""
        return len(self._waiting)

    def _add(
        self, text: str, serial: str | None, *, urgent: bool, expires: float
    ) -> Pending:
        """Queue a command under the next number. Raises InvalidValue."""
        if len(self._waiting) >= MAX_WAITING:
            raise InvalidValue("command", f"at most {MAX_WAITING} may wait")
        number = self._last_id % MAX_ID + 1
        self._check(number, text, serial)  # refused now, not when it is offered
        self._last_id = number
        pending = Pending(
            id=number, text=text, serial=serial, urgent=urgent, expires=expires
        )
        self._waiting[number] = pending
        return pending

    def next(self) -> Pending | None:
        """Return the command to offer now: doors first, then the oldest."""
        now = self._clock.monotonic()
        due = [pending for pending in self._waiting.values() if pending.is_due(now)]
        if not due:
            return None
        pending = min(due, key=lambda p: not p.urgent)
        pending.offered = True
        pending.fetched.set()
        return pending

    def _offered(self, number: int | None) -> Pending | None:
        """Return the command with a number, if the device can know it."""
        pending = self._waiting.get(number or 0)
        return pending if pending is not None and pending.offered else None

    def add_packet(self, upload: Upload, text: str) -> None:
        """Take over a part of an answer; one that nobody waits for is dropped."""
        if (pending := self._offered(upload.command_id)) is not None:
            kept = sum(waiting.answer.size for waiting in self._waiting.values())
            pending.answer.add(upload, text, MAX_ANSWERS - kept)
            pending.tell(upload.packet, upload.packets)

    def conclude(self, result: CommandResult) -> None:
        """Take over a result.

        "Accepted, waiting for the sub-controller" is not final. A result that is late or for nobody is ignored.
        """
        pending = self._offered(result.id)
        if pending is None:
            return
        if self._outcome(pending, result).verdict is Verdict.PENDING:
            return
        del self._waiting[result.id]
        pending.result = result
        pending.answered.set()

    async def run(
        self,
        text: str,
        *,
        urgent: bool = False,
        serial: str | None = None,
        seconds: float = RESULT_SECONDS,
    ) -> CommandResult:
        """Queue a command for a caller who waits, and return the device's result.

        It is offered once, within 10 seconds; once fetched, its result is waited for `seconds`. Raises DidNotAsk,
        OutcomeUnknown when it was fetched and not answered, CommandRefused with the device's reason, or
        InvalidValue.
        """
        _, result = await self._run(text, seconds, urgent=urgent, serial=serial)
        return result

    async def query(self, text: str) -> str:
        """Queue a query for a caller who waits, and return what the device uploads for it.

        Raises like `run`, and MalformedReply when the answer is not complete.
        """
        pending, result = await self._run(text, QUERY_SECONDS)
        answer = pending.answer.text()
        if self._outcome(pending, result).count and not answer:
            raise MalformedReply("the answer is missing")
        return answer

    async def _run(
        self,
        text: str,
        seconds: float,
        *,
        urgent: bool = False,
        serial: str | None = None,
    ) -> tuple[Pending, CommandResult]:
        """Queue a command and wait for its result, at most for `seconds` once it was fetched."""
        expires = self._clock.monotonic() + COMMAND_TTL_SECONDS
        pending = self._add(text, serial, urgent=urgent, expires=expires)
        try:
            await self._clock.wait(COMMAND_TTL_SECONDS, pending.fetched)
            if not pending.offered:
                raise DidNotAsk("the device did not ask in time")
            await self._clock.wait(seconds, pending.answered)
        finally:
            self._waiting.pop(pending.id, None)
        if pending.result is None:
            raise OutcomeUnknown("the device took the command and did not answer")
        outcome = self._outcome(pending, pending.result)
        if outcome.verdict is Verdict.FAILED:
            raise CommandRefused(pending.result.code, outcome.words)
        return pending, pending.result

    def _outcome(self, pending: Pending, result: CommandResult) -> Outcome:
        """Interpret a result by the command that was sent, because devices shorten its name."""
        verb = " ".join(pending.text.split(maxsplit=2)[:2])
        return self._interpret(verb, result.code)
