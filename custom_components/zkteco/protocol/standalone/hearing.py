"""What a terminal says by itself, once: its packets as events.

Lives here: what it repeats, and the card that belongs to what is said next. Not here: the layout of packets (`realtime`),
their meaning (`translate`), and what they prove about the door (`evidence`).
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ..device import Json
from ..model import AccessEvent, EventKind
from .packet import Packet
from .realtime import CardSeen, Enrolled, Punch, decode_event
from .translate import Moment, People, realtime_event

TWICE_SECONDS: Final = 5.0
"""Some terminals say twice that an enrolment ended."""
CARD_SECONDS: Final = 1.0
"""How long a card that was shown waits for what comes of it."""
_CARD_RESULTS: Final = (EventKind.ACCESS_GRANTED, EventKind.ACCESS_DENIED)
_UNKNOWN_KEPT: Final = 20


class Hearing:
    """Turns packets into events. Times are those of a monotonic clock, in seconds."""

    def __init__(
        self, is_new: Callable[[Punch], bool], doorbell_key: int | None
    ) -> None:
        """`is_new` remembers a punch, and tells whether it was told before."""
        self._is_new = is_new
        self._doorbell_key = doorbell_key
        self._enrolled: tuple[Enrolled, float] | None = None
        self._card: tuple[AccessEvent, float] | None = None
        """A card that was shown, until the terminal says what came of that, or so long."""
        self._codes: Counter[str] = Counter()
        self._unknown: deque[Json] = deque(maxlen=_UNKNOWN_KEPT)

    @property
    def due(self) -> float | None:
        """When a card is told of which the terminal says no more."""
        return None if self._card is None else self._card[1]

    def describe(self) -> dict[str, Json]:
        """Return facts for a bug report; what events say may be personal, so only their numbers and lengths."""
        return {
            "events": dict(sorted(self._codes.items())),
            "unknown_events": list(self._unknown),
        }

    def hear(
        self, packet: Packet, people: People, moment: Moment, now: float
    ) -> list[AccessEvent]:
        """Return what is to be told after a packet, oldest first. Never raises MalformedReply."""
        event = decode_event(packet.session, packet.data)
        self._codes[type(event).__name__] += 1
        if isinstance(event, Punch):
            event = replace(event, user_id=people.user_id(event))
        if self._is_repeated(event, now):
            return []
        told = realtime_event(event, people, moment, self._doorbell_key)
        if told is None:
            return []
        if isinstance(event, CardSeen):
            before = self.take_card()
            self._card = (told, now + CARD_SECONDS)
            return before
        if self._card is not None and told.kind in _CARD_RESULTS:
            told = replace(told, card=self._card[0].card)
            self._card = None
        if told.raw is not None:
            self._unknown.append([packet.session, len(packet.data)])
        return [told]

    def take_card(self) -> list[AccessEvent]:
        """Return the card of which the terminal says no more, if there is one."""
        card, self._card = self._card, None
        return [] if card is None else [card[0]]

    def _is_repeated(self, event: object, now: float) -> bool:
        """Whether the terminal says again what it said just now."""
        if isinstance(event, Punch):
            return not self._is_new(event)
        if not isinstance(event, Enrolled):
            return False
        before, self._enrolled = self._enrolled, (event, now)
        return (
            before is not None
            and before[0] == event
            and now - before[1] <= TWICE_SECONDS
        )
