"""Which users were changed at a terminal's own menu, or with another program.

Lives here: what hints at it, what proves it, and what of it was our own doing. Not here: when something is asked
(`monitor`). The operation log says what was done and when, so what falls into a change of ours is ours; it has rows for
much else, and whole firmware that writes none, so users who differ without a word of it are told as that. Counters prove
nothing; when they change, it is time to look.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ..device import Json
from ..event_codes import USERS_CHANGED
from ..model import AccessEvent
from ..terminal_codes import changes_users
from ..told import Told, mark_of
from .logs import Operation
from .sizes import Sizes
from .translate import Moment, People, operation_event

MARGIN: Final = timedelta(seconds=3)
"""Terminals tell whole seconds, and take a moment."""


def _mark(operation: Operation) -> int:
    """Reduce a row to a number."""
    what = (operation.admin, operation.code, operation.parameters)
    return mark_of(what, operation.time)


class Menu:
    """What is known about changes that are not ours."""

    def __init__(self, local: Callable[[], datetime], memory: Json) -> None:
        """Go on from what the property of that name returned before a restart; `local` is the terminal's clock, naive."""
        stored = memory if isinstance(memory, dict) else {}
        self._local = local
        self._told: Told[Operation] = Told(_mark, stored.get("told"))
        self._own = _span(stored.get("own"))
        """Between which moments of the terminal's clock we changed something ourselves."""
        self._changing = 0
        self._since: datetime | None = None
        """Since when somebody listens."""
        self._people: People | None = None
        """Who is who; None after a change of ours, until they are read again."""
        self._former = People()
        self._counts: tuple[int | None, ...] | None = None
        self._rows: list[Operation] = []
        """Changes that nobody was told of yet."""
        self._differ = False

    @property
    def memory(self) -> Mapping[str, Json]:
        """Which rows were looked at, and what of the others is ours."""
        own: Json = None
        if self._own is not None:
            own = [moment.isoformat() for moment in self._own]
        return {"told": self._told.memory(), "own": own}

    @property
    def may_have_missed(self) -> bool:
        """Whether the log may hold what happened before somebody listened."""
        return self._told.since is not None

    @property
    def has_news(self) -> bool:
        """Whether somebody has to be told."""
        return self._differ or bool(self._rows)

    @property
    def has_rows(self) -> bool:
        """Whether the log told of a change."""
        return bool(self._rows)

    def listening(self, time: datetime) -> None:
        """Take over that somebody listens from that moment of the terminal's clock on."""
        self._since = time
        self._told.listening(time)

    @contextmanager
    def own_change(self, linger: timedelta) -> Generator[None]:
        """Take what happens to users meanwhile, and so long after it, for our own doing."""
        start, end = self._own or (datetime.max, datetime.min)
        start = min(start, self._local() - MARGIN)
        self._own = start, max(end, self._local() + MARGIN + linger)
        self._changing += 1
        try:
            yield
        finally:
            self._changing -= 1
            self._own = start, max(end, self._local() + MARGIN + linger)
            self._people = self._counts = None

    def learn(self, people: People) -> bool:
        """Take over who is who, as it was read just now; return whether somebody else changed that."""
        before = self._people
        self._people = None if self._changing else people
        if before is None or self._people in (None, before):
            return False
        self._former = before
        self._differ = True
        return True

    def count(self, sizes: Sizes) -> bool:
        """Take over the counters; return whether they hint at a change that is not ours."""
        counts = (
            sizes.users,
            sizes.fingerprints,
            sizes.passwords,
            sizes.admins,
            sizes.faces,
        )
        before = self._counts
        self._counts = None if self._changing else counts
        return self._counts is not None and before not in (None, counts)

    def read(self, log: Sequence[Operation]) -> None:
        """Take over the operation log, oldest first."""
        for row in self._told.close_gap(self._told.marked(log)):
            if changes_users(row.code) and not self._is_own(row.time):
                self._rows.append(row)
        if not self._changing and self._own and self._own[1] < self._local():
            self._own = None

    def _is_own(self, time: datetime | None) -> bool:
        """Whether something happened during a change of ours; what has no date may have."""
        if time is None:
            return True
        if self._own is None:
            return False
        start, end = self._own
        return start <= time and (time <= end or self._changing > 0)

    def take(self, people: People, moment: Moment) -> list[AccessEvent]:
        """Return what has to be told, once: each row, or that users differ and nobody says why."""
        events = [self._event(row, people, moment) for row in self._rows]
        if self._differ and not events:
            events = [
                AccessEvent(
                    kind=USERS_CHANGED.kind,
                    code=USERS_CHANGED.code,
                    name=USERS_CHANGED.name,
                    description=USERS_CHANGED.words,
                    time=moment.now,
                    device_time=None,
                )
            ]
        self._rows = []
        self._differ = False
        self._former = People()
        return events

    def _event(self, row: Operation, people: People, moment: Moment) -> AccessEvent:
        """Return a row as an event; whoever was deleted is known from before."""
        former = self._former
        everybody = People(
            names={**former.names, **people.names}, ids={**former.ids, **people.ids}
        )
        event = operation_event(row, everybody, moment)
        is_news = self._since and row.time and row.time >= self._since
        return replace(event, late=False) if is_news else event


def _span(value: Json) -> tuple[datetime, datetime] | None:
    """Return two stored moments of the terminal's clock."""
    match value:
        case [str(start), str(end)]:
            pass
        case _:
            return None
    try:
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError:
        return None
    return None if first.tzinfo or last.tzinfo else (first, last)
