"""Whether somebody else changed the users of a panel: their number tells.

Lives here: which count is news. Not here: counting (`monitor`). A panel has no event for it and no other sign that is
cheap to read; a change that keeps the number is not noticed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ..device import Json


class Census:
    """The newest number of users that is nobody's doing but the panel's."""

    def __init__(self, remembered: Json) -> None:
        """`remembered` is what `count` was before a restart."""
        self.count = remembered if isinstance(remembered, int) else None
        """None where the next count is no news."""
        self._changes = 0
        self._under_way = 0

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Change users: what is counted before the end of it, and the first count afterwards, are no news."""
        self._changes += 1
        self._under_way += 1
        self.count = None
        try:
            yield
        finally:
            self._under_way -= 1
            self._changes += 1

    def look(self) -> int | None:
        """Return what to give back with the count that is asked for now; None while we change users."""
        return None if self._under_way else self._changes

    def changed(self, count: int | None, look: int | None) -> bool:
        """Take a count, None where the panel did not tell, and return whether somebody else changed the users."""
        if count is None or look is None or look != self._changes:
            return False
        before, self.count = self.count, count
        return before is not None and before != count
