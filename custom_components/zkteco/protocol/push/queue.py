"""The commands that wait for a PUSH device to ask for them.

Lives here: numbers, order, expiry and results of commands. Not here: their texts (`commands`), HTTP (`server`). The
rules: a door command is offered once and only for a few seconds, so that no door opens late or twice; a data command
is offered until the device answers, also after a restart; whatever the device answers late, twice or to nobody is
harmless.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from ..device import Clock, Json
from ..errors import CommandRefused, DidNotAsk, InvalidValue, OutcomeUnknown
from .codes import Outcome, Verdict, interpret
from .records import CommandResult

COMMAND_TTL_SECONDS = 10.0
"""A door command that the device did not fetch within this time is gone."""
RESULT_SECONDS = 10.0
"""How long a caller waits for the result of a command that was fetched."""
RETRY_SECONDS = (30.0, 60.0, 300.0, 900.0)
"""A data command without an answer is offered again after these pauses."""
MAX_WAITING = 200
"""Commands that may wait for one device."""
MAX_ID = 2**31 - 1
_RESTART_GAP = 1000
"""Numbers skipped at a restart: some were perhaps used after the last time they were kept."""


@dataclass(eq=False, slots=True)
class Pending:
    """One command on its way."""

    id: int
    text: str
    urgent: bool
    """For a door: first in the queue, and offered once."""
    expires: float | None
    """When it is dropped unless it was fetched."""
    serial: str | None = None
    """The sub-controller that it is for."""
    offered: int = 0
    again_at: float = 0.0
    fetched: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    result: CommandResult | None = None


class CommandQueue:
    """The commands of one device."""

    def __init__(self, clock: Clock, memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart."""
        self._clock = clock
        self._waiting: OrderedDict[int, Pending] = OrderedDict()
        stored = memory if isinstance(memory, dict) else {}
        last = stored.get("last_id")
        self._last_id = last + _RESTART_GAP if isinstance(last, int) else 0
        data = stored.get("data")
        for item in data if isinstance(data, list) else []:
            if isinstance(item, dict):
                text, serial = item.get("text"), item.get("serial")
                if isinstance(text, str):
                    self._add(text, serial if isinstance(serial, str) else None)

    @property
    def memory(self) -> Json:
        """What must survive a restart: the numbers and the data commands, never a door command."""
        return {
            "last_id": self._last_id,
            "data": [
                {"text": pending.text, "serial": pending.serial}
                for pending in self._waiting.values()
                if not pending.urgent and pending.expires is None
            ],
        }

    def __len__(self) -> int:
        """Return how many commands wait for an answer."""
        return len(self._waiting)

    def _add(
        self,
        text: str,
        serial: str | None,
        *,
        urgent: bool = False,
        expires: float | None = None,
    ) -> Pending:
        """Queue a command under the next number."""
        if len(self._waiting) >= MAX_WAITING:
            raise InvalidValue("command", f"at most {MAX_WAITING} may wait")
        self._last_id = self._last_id % MAX_ID + 1
        pending = Pending(self._last_id, text, urgent, expires, serial)
        self._waiting[pending.id] = pending
        return pending

    def next(self) -> Pending | None:
        """Return the command to offer now: doors first, then the oldest that is due."""
        now = self._clock.monotonic()
        self._expire(now)
        due = [
            pending
            for pending in self._waiting.values()
            if pending.again_at <= now and not (pending.urgent and pending.offered)
        ]
        if not due:
            return None
        pending = min(due, key=lambda pending: (not pending.urgent, pending.id))
        pause = RETRY_SECONDS[min(pending.offered, len(RETRY_SECONDS) - 1)]
        pending.again_at = now + pause
        pending.offered += 1
        pending.fetched.set()
        return pending

    def _expire(self, now: float) -> None:
        """Drop what may no longer be offered."""
        for pending in list(self._waiting.values()):
            if pending.expires is not None and now >= pending.expires:
                if not pending.offered:
                    del self._waiting[pending.id]

    def conclude(self, result: CommandResult) -> None:
        """Take over a result.

        "Accepted, waiting for the sub-controller" is not final. A result that is late or for nobody is ignored.
        """
        pending = self._waiting.get(result.id)
        if pending is None or _verdict(pending, result).verdict is Verdict.PENDING:
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
        """Queue a command for a caller who waits, and return the device's answer.

        It is dropped when the device does not fetch it within 10 seconds, and once fetched its result is waited for as
        long as `seconds`. An urgent one is offered once. Raises DidNotAsk,
        OutcomeUnknown when it was fetched and not answered, or CommandRefused with the device's reason.
        """
        expires = self._clock.monotonic() + COMMAND_TTL_SECONDS
        pending = self._add(text, serial, urgent=urgent, expires=expires)
        try:
            await self._clock.wait(COMMAND_TTL_SECONDS, pending.fetched)
            if not pending.fetched.is_set():
                raise DidNotAsk("the device did not ask in time")
            await self._clock.wait(seconds, pending.answered)
        finally:
            self._waiting.pop(pending.id, None)
        if pending.result is None:
            raise OutcomeUnknown("the device took the command and did not answer")
        outcome = _verdict(pending, pending.result)
        if outcome.verdict is Verdict.FAILED:
            raise CommandRefused(pending.result.code, outcome.words)
        return pending.result

    def add_data(self, text: str, *, serial: str | None = None) -> None:
        """Queue a data command that is offered until it is answered; doing it twice does no harm."""
        self._add(text, serial)


def _verdict(pending: Pending, result: CommandResult) -> Outcome:
    """Interpret a result by the command that was sent, because devices shorten its name."""
    return interpret(" ".join(pending.text.split(maxsplit=2)[:2]), result.code)
