"""What a terminal's uploads prove: who came, its door, what it is.

Lives here: from records to `PanelInfo`, `DoorState` and `AccessEvent`. Not here: the conversation (`session`), verbs and
reachability (`terminal`), which records are news (`news`). No terminal reports its relay in this mode: a pulse is known
only where the open time is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..device import Clock, Json
from ..evidence import MAX_PULSE_SECONDS, DoorStatus, Evidence
from ..model import AccessEvent, DoorInfo, DoorState, EventKind, PanelInfo
from ..names import remember
from ..push.registration import Registration
from .news import News
from .records import Fields, Operation, OperationLog, Punch, Punches
from .translate import DOOR, operation_event, punch_event

_NO_LOCK: Final = "0"
_CONTACT: Final = {EventKind.DOOR_OPENED: True, EventKind.DOOR_CLOSED: False}


@dataclass(frozen=True, slots=True)
class _Told:
    """A record that is news."""

    record: Punch | Operation
    time: datetime
    late: bool


class Reports:
    """Everything that one terminal has told."""

    def __init__(
        self,
        serial: str,
        clock: Clock,
        memory: Json,
        on_event: Callable[[AccessEvent], None],
    ) -> None:
        """Go on from what `memory` returned before a restart."""
        stored = memory if isinstance(memory, dict) else {}
        self._serial = serial
        self._clock = clock
        self._on_event = on_event
        self.news = News(clock, stored.get("news"))
        self._has_contact = stored.get("contact") is True
        self._has_doorbell = stored.get("doorbell") is True
        self._known = Registration()
        self.evidence = Evidence((DOOR,), 0, 0, can_hold=False)
        self.names: dict[str, str] = {}
        self.info = self._describe()

    @property
    def memory(self) -> Json:
        """What must survive a restart."""
        return {
            "news": self.news.memory,
            "contact": self._has_contact,
            "doorbell": self._has_doorbell,
        }

    # Who it is

    def adopt(self, known: Registration) -> None:
        """Take over what the terminal is."""
        self._known = known
        open_time = known.raw.get("lockon", "")
        if open_time.isascii() and open_time.isdigit():
            seconds = int(open_time[:4])
            if 1 <= seconds <= MAX_PULSE_SECONDS:
                self.evidence.set_open_time(DOOR, seconds)
        self.info = self._describe()

    def _describe(self) -> PanelInfo:
        known = self._known
        door = DoorInfo(
            number=DOOR,
            has_contact=self._has_contact,
            alarms=frozenset(),
            has_lock=known.raw.get("lockfunon") != _NO_LOCK,
            has_doorbell=self._has_doorbell,
        )
        return PanelInfo(
            serial=self._serial,
            model=known.model or "Attendance terminal",
            firmware=known.firmware,
            mac=known.mac,
            doors={DOOR: door},
            protocol_version=known.push_version,
        )

    def named(self, rows: Iterable[Fields]) -> None:
        """Take over the names of users, some or all."""
        remember(self.names, ((row["pin"], row.get("name", "")) for row in rows))

    def doors(self) -> Mapping[int, DoorState]:
        """Return the state of the door."""
        return self.evidence.doors(self._clock.monotonic())

    # What happened

    def came(self, punches: Punches, received: datetime, *, asked: bool) -> None:
        """Tell who verified; `asked` tells that old rows were asked for."""
        self._happened(punches.rows, received, asked=asked)

    def done(self, log: OperationLog, received: datetime) -> None:
        """Tell what was done; the names of new users come first."""
        self.named(log.users)
        self._happened(log.operations, received)

    def _happened(
        self,
        records: Sequence[Punch | Operation],
        received: datetime,
        *,
        asked: bool = False,
    ) -> None:
        alone = len(records) == 1 and not asked
        for record in records:
            placed = self.news.place(record.line, record.time, received, alone=alone)
            if placed is not None:
                self._tell(_Told(record, *placed), received)

    def _tell(self, told: _Told, received: datetime) -> None:
        """Tell one event, and learn from it."""
        event = self.translate(told.record, told.time, late=told.late)
        age = (received - told.time).total_seconds()
        if event.kind in _CONTACT:
            self._learn(contact=True)
            if not told.late:
                contact = _CONTACT[event.kind]
                status = DoorStatus(
                    contact_open=contact, any_alarm=None, held_open=None
                )
                self.evidence.status({DOOR: status})
        if event.kind is EventKind.DOORBELL:
            self._learn(doorbell=True)
        self.evidence.event(event, self._clock.monotonic() - age)
        self._on_event(event)

    def translate(
        self, record: Punch | Operation, time: datetime, *, late: bool
    ) -> AccessEvent:
        """Return a record as an event."""
        if isinstance(record, Punch):
            name = self.names.get(record.user_id) or None
            return punch_event(record, user_name=name, time=time, late=late)
        return operation_event(record, self.names, time=time, late=late)

    def _learn(self, *, contact: bool = False, doorbell: bool = False) -> None:
        """Remember that the door has a contact, or the terminal a doorbell."""
        self._has_contact |= contact
        self._has_doorbell |= doorbell
        self.info = self._describe()
