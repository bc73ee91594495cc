"""What a door's relay bit means, which the document and the devices disagree about.

Lives here: learning it from pulses. Not here: where the bit stands (`states`), what a relay shows of a door (`evidence`).
"""

from dataclasses import dataclass
from typing import Final

from ..device import Clock, Json

_IDLE_SECONDS: Final = 10.0
_FOLLOWS_SECONDS: Final = 5.0
_SURE: Final = 3


@dataclass(slots=True)
class _Bit:
    """One door's relay bit as it was reported last."""

    value: bool
    since: float
    pulsed_at: float | None = None
    """When a door was opened whose relay had been idle until then."""


class Relays:
    """The relays of one device's doors, and of those of the devices behind it."""

    def __init__(self, clock: Clock, memory: Json) -> None:
        """Go on from what `memory` returned before a restart."""
        self._clock = clock
        self._bits: dict[int, _Bit] = {}
        self._polarity: dict[str, int] = {}
        """By serial number: above 0 where a 1 was seen to mean energised, below where a 0 was."""
        for serial, votes in memory.items() if isinstance(memory, dict) else ():
            if isinstance(votes, int):
                self._polarity[serial] = max(-_SURE, min(votes, _SURE))

    @property
    def memory(self) -> Json:
        """What must survive a restart: what was learned."""
        return {**self._polarity}

    def pulsed(self, door: int) -> None:
        """Expect the bit of an idle door to follow, because the door was opened just now."""
        now = self._clock.monotonic()
        bit = self._bits.get(door)
        if bit is not None and now - bit.since >= _IDLE_SECONDS:
            bit.pulsed_at = now

    def reported(self, serial: str, door: int, *, bit: bool) -> bool | None:
        """Return whether a relay is on, None when that cannot be told; learn from a bit that follows a pulse."""
        now = self._clock.monotonic()
        last = self._bits.get(door)
        votes = self._polarity.get(serial, 0)
        if last is None or bit != last.value:
            if last is not None and last.pulsed_at is not None:
                if now - last.pulsed_at <= _FOLLOWS_SECONDS:
                    votes = max(-_SURE, min(votes + (1 if bit else -1), _SURE))
                    self._polarity[serial] = votes
            self._bits[door] = _Bit(bit, now)
        else:
            last.pulsed_at = None
        if bit and not votes:
            return None  # on, or idle on a device of the other kind
        # Idle devices of three makes report 0, against the document.
        return bit is (votes >= 0)
