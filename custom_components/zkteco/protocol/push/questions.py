"""Who waits at a door for somebody else to decide, when a device asks us whether a person may come in.

Lives here: the wait, which is short because a person stands there, the decision, and the response that tells it. Not here:
the texts of question and answer (`identification`). Nobody is let in because of a decision that came too late, or about somebody else
where it says about whom it is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from ..device import Clock
from ..errors import InvalidValue
from ..model import AccessEvent
from .identification import MAX_TIPS, Answer, answer, parse_question
from .messages import Request, Response, decode_text
from .reports import Reports
from .values import CONTROL

ANSWER_SECONDS: Final = 3.0
"""After this time the device is told that nobody decided, and decides by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about somebody."""

    allow: bool
    text: str = ""
    """To be shown to the person."""
    user_id: str | None = None
    """Whom it is about, empty for somebody who is not known; None for whoever waits."""


@dataclass(eq=False, slots=True)
class _Question:
    user_id: str
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    decision: Decision | None = None


class Questions:
    """The open questions of one device, at most one at each door."""

    def __init__(
        self,
        clock: Clock,
        reports: Reports,
        tell: Callable[[AccessEvent], None],
        opening: Callable[[int], str],
    ) -> None:
        """Nobody waits. `tell` tells who asks, and `opening` returns the command that opens a door."""
        self._clock = clock
        self._reports = reports
        self._tell = tell
        self._opening = opening
        self._open: dict[int, _Question] = {}

    def asked(self, request: Request) -> Awaitable[Response] | None:
        """Tell who asks to come in, and return the answer to come; None for any other request."""
        if "authtype" not in request.query:
            return None
        text = decode_text(request.body, None)
        if (question := parse_question(text)) is None:
            return None
        event = self._reports.asked(question, request.received)
        if event.door is None:
            return None
        # First it is waited for an answer: a listener may have it at once.
        decision = self._ask(event.door, event.user_id or "")
        self._tell(event)
        return self._response(request, text, event.door, decision)

    async def _response(
        self,
        request: Request,
        text: str,
        door: int,
        decision: Awaitable[Decision | None],
    ) -> Response:
        """Return the answer about somebody at a door. It opens the door, so it is given once."""
        decided = await decision
        if decided is None:
            told = answer(text, Answer.TIMEOUT)
        elif decided.allow:
            command = self._opening(door)
            told = answer(text, Answer.SUCCESS, command=command, tips=decided.text)
        else:
            told = answer(text, Answer.FAILED, tips=decided.text)
        return Response.ok(told, request.received)

    def _ask(self, door: int, user_id: str) -> Awaitable[Decision | None]:
        """Return what will be decided about whoever stands at a door now; None when nobody decides in time.

        Whoever stood there before is forgotten.
        """
        if (earlier := self._open.pop(door, None)) is not None:
            earlier.answered.set()
        question = self._open[door] = _Question(user_id)
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
        question = self._open.get(door)
        if question is None or decision.user_id not in {None, question.user_id}:
            raise InvalidValue("door", "nobody waits there for an answer (any more)")
        del self._open[door]
        question.decision = decision
        question.answered.set()
