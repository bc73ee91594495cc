"""Listening to one terminal: events as they come, the chores in between, and recovery.

Lives here: the loop, and all that is known about the terminal. Not here: packets as events (`hearing`), what those prove
(`evidence`), which records are news (`told`), sockets (`client`), the verbs (`terminal`). Events arrive by themselves; a
light question now and then shows that the terminal is still there, and how its clock goes. A lost connection is opened
again with growing pauses, and what the terminal recorded meanwhile is told as late.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
import logging
import math
import random
from typing import Final, override

from ..device import Clock, Json
from ..device_clock import DeviceClock
from ..errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    LoginLocked,
    MalformedReply,
    SecureFirmware,
    WrongPassword,
)
from ..evidence import DoorStatus, Evidence
from ..keeper import Keeper
from ..model import AccessEvent, EventKind, Notice, PanelState
from ..terminal_codes import is_worth_telling
from ..told import Told, mark_of
from .client import TerminalClient, TransferInterrupted
from .hearing import Hearing
from .logs import Attendance, AttendanceLayout, Operation
from .menu import Menu
from .packet import Command, Packet
from .probe import Profile, probe, read_contact
from .queries import AttendanceReader, read_operations, read_users
from .realtime import Punch, encode_registration
from .sizes import Sizes
from .translate import DOOR, Moment, People, operation_event, punch_event
from .users import User, UserLayout
from .verbs import get_sizes, get_time

_LOGGER = logging.getLogger(__name__)

ALIVE_SECONDS: Final = 15.0
"""Without such a question a dead connection would be found out by the first command."""
CONTACT_SECONDS: Final = 5.0
CONTACT_AGAIN_SECONDS: Final = 300.0
"""A terminal that cannot tell is not asked all the time."""
BURST_CONTACT_SECONDS: Final = 0.5
BURST_SECONDS: Final = 10.0
"""How long the door is looked at often after a command or an event."""
BACKOFF_SECONDS: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
JITTER: Final = 0.2
"""Several terminals that come back from one power cut are not all called at the same moment."""
SHORT_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 300.0
"""Between logins that the terminal refused: wrong keys make it refuse right ones too."""
USERS_EVERY_SECONDS: Final = 24 * 3600.0
USERS_AGAIN_SECONDS: Final = 300.0
SIZES_EVERY_SECONDS: Final = 60.0
"""Counters show that an event got lost, as can happen over UDP, and that somebody was in the menu."""
SIZES_AGAIN_SECONDS: Final = 10.0
OPERATIONS_EVERY_SECONDS: Final = 600.0
"""The operation log has rows for much else than users, and is read as a whole."""
LOG_TRIES: Final = 3
LOG_AGAIN_SECONDS: Final = 24 * 3600.0
"""After so many failures in a row the log is left alone for so long: reading it may be what fails."""
OVERLAP: Final = timedelta(minutes=1)
MOST_MISSED: Final = 10_000
"""More records than anybody waits to hear about."""
ALMOST_FULL: Final = 0.9
ROOM_AGAIN: Final = 0.85


def _mark(record: Punch | Attendance) -> int:
    """Reduce a record to a number, the same for its live form and its row: nobody enters twice in one second."""
    return mark_of(record.user_id.lstrip("0"), record.time)


class Monitor(Keeper):
    """What is known about one terminal, kept current."""

    def __init__(
        self,
        client: TerminalClient,
        clock: Clock,
        memory: Mapping[str, Json],
        *,
        zone: tzinfo | None,
        has_contact: bool,
        doorbell_key: int | None,
        on_state: Callable[[PanelState], None],
        on_event: Callable[[AccessEvent], None],
    ) -> None:
        """`memory` is what the property of that name returned before a restart."""
        super().__init__(clock, "terminal monitor")
        self._client = client
        client.on_event = self._heard
        client.on_lost = self._lost
        self._zone = zone or clock.zone
        self._has_contact = has_contact
        self._on_state = on_state
        self._on_event = on_event
        self._told: Told[Punch | Attendance] = Told(_mark, memory.get("told"))
        self._hearing = Hearing(self._is_new, doorbell_key)
        self._seen = self._kept = _moment(memory.get("seen"))
        """When the terminal was last heard of, by its own clock; and what of that is worth writing to a disk."""
        self._rows = _integer(memory.get("rows"))
        """How many records its log had when all of them were told; None where that proves nothing."""
        self._menu = Menu(self.local, memory.get("menu"))
        self.attendance = AttendanceReader(client, _layout(memory.get("layout")))
        self._profile: Profile | None = None
        self.evidence = Evidence((DOOR,), 0, 0, can_hold=False)
        self.device_clock = DeviceClock()
        self.people = People()
        self.user_layout: UserLayout | None = None
        """What the records of users look like; None until there was one."""
        self.sizes = Sizes()
        self.state = PanelState(doors={})
        self._error: DeviceError | None = None
        self._notices: frozenset[Notice] = frozenset()
        self._failures = 0
        self._connected_at: float | None = None
        self._missing: tuple[datetime, datetime] | None = None
        """Between which moments of its clock the terminal was not heard."""
        self._burst_until = 0.0
        self._alive_due = 0.0
        self._contact_due = 0.0
        self._users_due = 0.0
        self._sizes_due = 0.0
        self._operations_due = math.inf
        self._operations_read = 0.0
        self._log_failures = 0
        self._log_due = 0.0

    @property
    def profile(self) -> Profile:
        """What the terminal is and can do. Raises CannotConnect before it was ever reached."""
        if self._profile is None:
            raise CannotConnect("the terminal was never reached")
        return self._profile

    @property
    def memory(self) -> dict[str, Json]:
        """Which records were told, and what the log looks like."""
        layout = self.attendance.layout
        return {
            "told": self._told.memory(),
            "menu": dict(self._menu.memory),
            "rows": self._rows,
            "layout": None if layout is None else layout.value,
            "seen": None if self._kept is None else self._kept.isoformat(),
        }

    def describe(self) -> dict[str, Json]:
        """Return facts for a bug report, nothing personal."""
        layout = self.attendance.layout
        return self._hearing.describe() | {
            "attendance_layout": None if layout is None else layout.value
        }

    def now(self) -> datetime:
        """Return the time in the terminal's zone, aware."""
        return self._clock.now().astimezone(self._zone)

    def local(self) -> datetime:
        """Return the time that the terminal's clock shows, naive."""
        offset = self.device_clock.offset or timedelta()
        return self.now().replace(tzinfo=None) + offset

    def latest(self) -> datetime:
        """Return the time after which no record can be: the terminal's clock may have been right before."""
        return max(self.local(), self.now().replace(tzinfo=None))

    def moment(self) -> Moment:
        """Return now, as translations want it."""
        return Moment(self.device_clock, self.now())

    # Life

    @override
    async def stop(self) -> None:
        await super().stop()
        self._kept = self._seen

    @override
    async def _close(self) -> None:
        await self._client.close()

    @override
    def _pause(self) -> float:
        if self._failures:
            if isinstance(self._error, WrongPassword | LoginLocked | SecureFirmware):
                return PATIENCE_SECONDS
            pause = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS)) - 1]
            return pause * (1 + JITTER * random.random())
        now = self._clock.monotonic()
        due = [
            self._alive_due,
            self._users_due,
            self._sizes_due,
            self._operations_due,
        ]
        if self._has_contact:
            due.append(self._contact_due)
        if (change := self.evidence.next_change(now)) is not None:
            due.append(change)
        if self._hearing.due is not None:
            due.append(self._hearing.due)
        return 0.0 if self._told.gap else max(min(due) - now, 0.0)

    def hurry(self) -> None:
        """Look at the door now, and often for some seconds: something is about to happen."""
        now = self._clock.monotonic()
        self._burst_until = now + BURST_SECONDS
        if self.evidence.doors(now)[DOOR].contact_open is not None:
            self._contact_due = now
        self._wake.set()

    def _lost(self) -> None:
        """Learn that the connection ended, whoever was using it."""
        at = self._connected_at
        # One that began only just now would hardly be followed by one that lives longer.
        if at is None or self._clock.monotonic() - at > SHORT_SECONDS:
            self._wake.set()

    @override
    async def _step(self) -> None:
        """Do one round of what is due.

        After an outage the terminal counts as reachable when the missed records are told.
        """
        if not self._client.connected:
            await self._connect()
        now = self._clock.monotonic()
        if self._hearing.due is not None and now >= self._hearing.due:
            self._tell_heard(self._hearing.take_card())
        if now >= self._alive_due:
            await self.read_clock()
        if self._has_contact and now >= self._contact_due:
            await self._read_contact()
        self.publish()
        await self._chores()
        self._failures = 0
        self._error = None

    @override
    async def _connect(self) -> None:
        """Open the connection, find out what the terminal is now, and ask for its events."""
        self._connected_at = None
        self._told.open_gap()
        self.evidence.missed()
        await self._client.connect()
        old = self._profile
        door = old.info.doors[DOOR] if old else None
        profile = await probe(
            self._client,
            has_contact=self._has_contact,
            has_doorbell=bool(door and door.has_doorbell),
        )
        self.adopt(profile)
        away_since = self._seen
        back = await self.read_clock()
        if back is not None:
            if away_since is not None and away_since < back:
                start = self._missing[0] if self._missing else away_since
                self._missing = (start, back)
            if self._menu.may_have_missed:
                self._operations_due = self._clock.monotonic()
            self._told.listening(back)
            self._menu.listening(back)
        await self._client.request(Command.EVENT, encode_registration())
        if self._has_contact:
            await self._read_contact()
        self._connected_at = self._clock.monotonic()

    def adopt(self, profile: Profile) -> None:
        """Take over what was read about the terminal."""
        self._profile = profile
        self._client.serial = profile.info.serial
        self.evidence.set_open_time(DOOR, profile.open_time)

    @override
    async def _failed(self, err: DeviceError) -> None:
        """Close a connection that failed. One failure is forgiven, two in a row make the terminal unreachable."""
        await self._client.close()
        # It is known already that the connection ended.
        self._wake.clear()
        self._failures += 1
        forgiven = isinstance(err, CannotConnect | MalformedReply)
        if forgiven and not isinstance(err, LoginLocked) and self._failures == 1:
            return
        if type(err) is not type(self._error):
            self._error = err

    @override
    def publish(self) -> None:
        sizes = self.sizes
        state = PanelState(
            error=self._error,
            doors=self.evidence.doors(self._clock.monotonic()),
            clock_offset=self.device_clock.offset,
            user_count=sizes.users,
            record_count=sizes.records,
            user_capacity=sizes.user_capacity,
            record_capacity=sizes.record_capacity,
            fingerprint_count=sizes.fingerprints,
            fingerprint_capacity=sizes.fingerprint_capacity,
            face_count=sizes.faces,
            face_capacity=sizes.face_capacity,
            notices=self._notices,
        )
        if state != self.state:
            self.state = state
            self._on_state(state)

    # What the terminal says by itself

    def _heard(self, packet: Packet) -> None:
        """Take an event from the client, which has acknowledged it."""
        try:
            self._hear(packet)
        except Exception:
            _LOGGER.exception("Unexpected failure with an event of a terminal")

    def _hear(self, packet: Packet) -> None:
        """Tell what is new in a packet, and learn from it."""
        now = self._clock.monotonic()
        self._tell_heard(self._hearing.hear(packet, self.people, self.moment(), now))
        if self._hearing.due is not None:
            self._wake.set()

    def _is_new(self, punch: Punch) -> bool:
        """Remember a punch, and return whether it was told before."""
        if punch.time is not None and self._told.knows(punch):
            return False
        self._told.add(punch)
        self._kept = self._seen
        return True

    def _tell_heard(self, events: Iterable[AccessEvent]) -> None:
        """Tell events that came by themselves, and look at what they may have changed."""
        for event in events:
            self._rows = None
            soon = self._clock.monotonic() + SIZES_AGAIN_SECONDS
            self._sizes_due = min(self._sizes_due, soon)
            self._tell(event)
            if event.kind is EventKind.DOORBELL:
                self._show_doorbell()
            self.hurry()
            self.publish()

    def _tell(self, event: AccessEvent, *, from_log: bool = False) -> None:
        """Tell one event, and learn from it what it says about the door."""
        now = self._clock.monotonic()
        age = self.now().timestamp() - event.time.timestamp()
        self.evidence.event(event, now - age, from_log=from_log)
        if event.user_id is not None and event.user_name is None:
            self._users_due = min(self._users_due, now + USERS_AGAIN_SECONDS)
        if event.kind is EventKind.ENROLMENT:
            soon = now + SIZES_AGAIN_SECONDS
            self._users_due = min(self._users_due, soon)
            self._operations_due = min(self._operations_due, soon)
        self._on_event(event)

    def _show_doorbell(self) -> None:
        """Take over that the terminal has a bell: it rang."""
        profile = self.profile
        door = replace(profile.info.doors[DOOR], has_doorbell=True)
        self._profile = replace(profile, info=replace(profile.info, doors={DOOR: door}))

    # Questions

    async def read_clock(self) -> datetime | None:
        """Ask for the terminal's time, which also shows that it is there."""
        self._alive_due = self._clock.monotonic() + ALIVE_SECONDS
        time = await get_time(self._client)
        if time is not None:
            self.device_clock.measure(time, self.now())
            self._seen = time
        return time

    async def _read_contact(self) -> None:
        """Look at the door."""
        now = self._clock.monotonic()
        busy = now < self._burst_until
        self._contact_due = now + (BURST_CONTACT_SECONDS if busy else CONTACT_SECONDS)
        contact = await read_contact(self._client)
        if contact is None:
            self._contact_due = now + CONTACT_AGAIN_SECONDS
        status = DoorStatus(contact_open=contact, any_alarm=None, held_open=None)
        self.evidence.status({DOOR: status})

    async def _chores(self) -> None:
        """Do what is due: names, so that events have them; missed records; counters; what was done in the menu.

        What a terminal cannot do is left alone for a while and stops nothing else.
        """
        try:
            await self._read_users()
            if self._told.gap:
                await self._catch_up()
            if self._clock.monotonic() >= self._sizes_due:
                await self._read_sizes()
            if self._clock.monotonic() >= self._operations_due or self._menu.has_news:
                await self._tell_changes()
        except TransferInterrupted:
            _LOGGER.debug("A command went first")
        except DeviceError as err:
            if not self._client.connected:
                raise
            _LOGGER.debug("The terminal cannot tell: %s", err)

    async def _read_users(self) -> None:
        """Read who is who when that is due."""
        now = self._clock.monotonic()
        due = self._users_due
        if now < due:
            return
        self._users_due = now + USERS_AGAIN_SECONDS
        try:
            users, layout = await read_users(self._client, self.sizes.users)
        except TransferInterrupted:
            self._users_due = due
            raise
        self.learn_users(users, layout)

    def learn_users(self, users: Sequence[User], layout: UserLayout | None) -> None:
        """Take over who is who, as it was read just now."""
        now = self._clock.monotonic()
        self.people = People(
            names={user.user_id: user.name for user in users if user.name},
            ids={user.uid: user.user_id for user in users},
        )
        if self._menu.learn(self.people):
            self._operations_due = now
            self._wake.set()
        self.user_layout = layout or self.user_layout
        self._users_due = now + USERS_EVERY_SECONDS
        if len(users) != self.sizes.users:
            self._sizes_due = now
            self._wake.set()

    async def _read_sizes(self) -> None:
        """Read the counters, and judge how full the log is."""
        now = self._clock.monotonic()
        self._sizes_due = now + SIZES_EVERY_SECONDS
        before, operations = self.sizes.records, self.sizes.operations
        sizes = self.sizes = await get_sizes(self._client)
        if self._menu.count(sizes):
            self._operations_due = now
            if sizes.users != len(self.people.ids):
                self._users_due = now
        elif operations not in (None, sizes.operations):
            due = self._operations_read + OPERATIONS_EVERY_SECONDS
            self._operations_due = min(self._operations_due, due)
        if not sizes.records or not sizes.record_capacity:
            return
        if self._rows is not None and sizes.records > self._rows:
            # An event got lost on its way.
            self._told.open_gap()
            self._rows = None
        # Counters of some firmware are wrong: only one that was seen to count proves something, until the log is full.
        elif before is not None and before < sizes.records < sizes.record_capacity:
            self._rows = sizes.records
        fill = sizes.records / sizes.record_capacity
        if fill >= ALMOST_FULL:
            self._notices |= {Notice.LOG_ALMOST_FULL}
        elif fill < ROOM_AGAIN:
            self._notices -= {Notice.LOG_ALMOST_FULL}

    # The past

    async def _catch_up(self) -> None:
        """Tell as late what the terminal recorded while we were away."""
        if self._clock.monotonic() < self._log_due:
            self._give_up()
            return
        try:
            operations = await self._read_operations()
            # The last to be read, because what it returns counts as told.
            punches = await self._missed_punches()
        except TransferInterrupted:
            raise
        except DeviceError as err:
            if self._log_failed(err):
                self._give_up()
            raise
        self._log_failures = 0
        self._missing = None
        moment = self.moment()
        news = [
            punch_event(punch, self.people, moment, from_log=True) for punch in punches
        ]
        news += [operation_event(one, self.people, moment) for one in operations]
        news += self._menu.take(self.people, moment)
        for event in sorted(news, key=lambda event: event.time):
            self._tell(event, from_log=True)

    async def _missed_punches(self) -> list[Punch | Attendance]:
        """Return what the attendance log holds and nobody was told, oldest first; the gap is closed then."""
        sizes = await get_sizes(self._client)
        if self._rows is not None and sizes.records == self._rows:
            return self._told.close_gap([])
        newest: deque[Punch | Attendance] = deque(maxlen=MOST_MISSED)

        def keep(rows: list[Attendance]) -> None:
            newest.extend(
                replace(row, user_id=self.people.user_id(row)) for row in rows
            )

        since = self._told.since
        await self.attendance.read(
            keep,
            self.latest(),
            count=sizes.records,
            since=None if since is None else since - OVERLAP,
        )
        return self._told.close_gap(self._told.marked(newest))

    async def _read_operations(self) -> list[Operation]:
        """Find out what was done in the menu; return the alarms and the like from the time when nobody listened."""
        now = self._clock.monotonic()
        due = self._operations_due
        if now < due and self._missing is None and not self._menu.has_news:
            return []
        self._operations_due = math.inf
        self._operations_read = now
        try:
            operations = await read_operations(self._client)
        except TransferInterrupted:
            self._operations_due = due
            raise
        except (CommandRefused, MalformedReply) as err:
            if not self._client.connected:
                raise
            _LOGGER.debug("The operation log cannot be read: %s", err)
            return []
        self._menu.read(operations)
        if self._menu.has_rows:
            # So that events have the names of who is new.
            self._users_due = now
            await self._read_users()
            self._operations_due = math.inf
        if self._missing is None:
            return []
        start, end = self._missing
        return [
            one
            for one in operations
            if is_worth_telling(one.code) and one.time and start < one.time <= end
        ]

    async def _tell_changes(self) -> None:
        """Tell which users were changed at the terminal itself."""
        if self._clock.monotonic() < self._log_due:
            self._operations_due = math.inf
        else:
            try:
                await self._read_operations()
            except TransferInterrupted:
                raise
            except DeviceError as err:
                self._log_failed(err)
                raise
            self._log_failures = 0
        for event in self._menu.take(self.people, self.moment()):
            self._tell(event, from_log=True)

    @contextmanager
    def own_change(self, linger: timedelta = timedelta()) -> Generator[None]:
        """Take what happens to users meanwhile, and so long after it, for our own doing."""
        try:
            with self._menu.own_change(linger):
                yield
        finally:
            self._operations_due = self._clock.monotonic()
            self._wake.set()

    def _log_failed(self, err: DeviceError) -> bool:
        """Count a failure; return whether the logs are left alone from now on."""
        self._log_failures += 1
        if self._log_failures < LOG_TRIES and not isinstance(err, CommandRefused):
            return False
        self._log_failures = 0
        self._log_due = self._clock.monotonic() + LOG_AGAIN_SECONDS
        return True

    def _give_up(self) -> None:
        """Go on without what was missed: what only events tell is unknown now."""
        self._missing = None
        self._told.close_gap([])
        self.evidence.forget()


def _moment(value: Json) -> datetime | None:
    """Return a stored moment of the terminal's clock."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo else moment


def _integer(value: Json) -> int | None:
    """Return a stored number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _layout(value: Json) -> AttendanceLayout | None:
    """Return a stored layout."""
    try:
        return AttendanceLayout(value)
    except ValueError:
        return None
