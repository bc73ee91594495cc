"""How many bytes of uploads are held in memory at a time.

Lives here: one budget for all callers and one for each. Not here: how large one body may be (`server`), reading it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PER_PEER = 16 * 1024 * 1024
TOTAL = 64 * 1024 * 1024


class Intake:
    """The uploads that are on their way. One caller can use up its own budget only."""

    def __init__(self) -> None:
        """Start with nothing on its way."""
        self._held: Counter[str] = Counter()

    @contextmanager
    def hold(self, peer: str, size: int) -> Iterator[bool]:
        """Set `size` bytes aside for a body from `peer` while it is read; yields whether there was room for them."""
        admitted = (
            self._held[peer] + size <= PER_PEER and self._held.total() + size <= TOTAL
        )
        if not admitted:
            size = 0
        self._held[peer] += size
        try:
            yield admitted
        finally:
            self._held[peer] -= size
            if not self._held[peer]:
                del self._held[peer]
