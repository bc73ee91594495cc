"""Who waits at a door for somebody else to decide, when a device asks us whether a person may come in.

Lives here: the wait, which is short because a person stands there, and the decision. Not here: the texts of question and
answer (`identification`). Nobody is let in because of a decision that came too late, or about somebody else.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final

from ..device import Clock
from ..errors import InvalidValue
from .identification import MAX_TIPS
from .values import CONTROL

ANSWER_SECONDS: Final = 3.0
"""After this time the device is told that nobody decided, and decides by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about somebody."""

    allow: bool
    text: str = ""
    """To be shown to the person."""


@dataclass(eq=False, slots=True)
class _Question:
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    decision: Decision | None = None


class Questions:
    """The open questions of one device, at most one at each door."""

    def __init__(self, clock: Clock) -> None:
        """Nobody waits."""
        self._clock = clock
        self._open: dict[int, _Question] = {}

    def ask(self, door: int) -> Awaitable[Decision | None]:
        """Return what will be decided about whoever stands at a door now; None when nobody decides in time.

        Whoever stood there before is forgotten: the decision could be meant for either of them.
        """
        if (earlier := self._open.pop(door, None)) is not None:
            earlier.answered.set()
        question = self._open[door] = _Question()
        return self._wait(door, question)

    async def _wait(self, door: int, question: _Question) -> Decision | None:
        """Wait for the decision, but not for long."""
        try:
            await self._clock.wait(ANSWER_SECONDS, question.answered)
        finally:
            if self._open.get(door) is question:
                del self._open[door]
        return question.decision

    def decide(self, door: int, decision: Decision) -> None:
        """Decide about whoever waits at a door. Raises InvalidValue where nobody does, and for a text that cannot be shown."""
        if len(decision.text) > MAX_TIPS or CONTROL.search(decision.text):
            raise InvalidValue("text", f"at most {MAX_TIPS} printable characters")
        if (question := self._open.pop(door, None)) is None:
            raise InvalidValue("door", "nobody waits there for an answer (any more)")
        question.decision = decision
        question.answered.set()
