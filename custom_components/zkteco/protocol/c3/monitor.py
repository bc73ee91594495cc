"""Keeping up with one C3 panel: polling, recovery, and the slower chores in between.

Lives here: the loop that polls, and all that is known about the panel. Not here: what records prove (`evidence`), which
events are news (`history`), sockets (`client`), the verbs (`panel`). Each poll drains the log up to the status record,
so that no event waits for the next poll. A lost connection is opened again with growing pauses, and what the panel
logged meanwhile is told as late.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
import logging
from typing import override

from ..device import Clock, Json
from ..device_clock import DeviceClock
from ..errors import (
    CannotConnect,
    CommandRefused,
    DeviceBusy,
    DeviceError,
    MalformedReply,
    Unsupported,
)
from ..event_codes import USERS_CHANGED
from ..evidence import Evidence
from ..keeper import Keeper
from ..model import AccessEvent, PanelInfo, PanelState
from .census import Census
from .client import C3Client, ConnectionDropped, TransferInterrupted
from .frame import Command
from .history import told_before
from .probe import Profile, probe, refresh
from .queries import count_rows, read_log, read_names
from .rtlog import EventRecord, Record, StatusRecord, decode_binary, decode_text
from .tables import Table
from .translate import translate

_LOGGER = logging.getLogger(__name__)

POLL_SECONDS = 1.0
BURST_POLL_SECONDS = 0.3
BURST_SECONDS = 5.0
"""How long polls stay fast after a command or an event."""
SLOWEST_POLL_SECONDS = 5.0
MAX_ROUNDS = 64
"""Log requests in one poll."""
RING_SIZE = 30
"""Live events that a panel holds; more of them push the oldest out (PullSDK, GetRTLog)."""
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
EVICTED_WITHIN_SECONDS = 30.0
EVICTIONS_UNTIL_BUSY = 3
"""This many short-lived connections in a row mean that another program takes the panel's only slot."""
NAMES_EVERY_SECONDS = 24 * 3600.0
NAMES_AGAIN_SECONDS = 300.0
COUNTS_EVERY_SECONDS = 3600.0
COUNT_PROVES = 200
"""A shorter log is read rather than counted: cleared and filled again it may have as many rows as before."""
LOG_TRIES = 3
LOG_AGAIN_SECONDS = 24 * 3600.0
"""After so many failures in a row the log of past events is left alone for so long: reading it may be what fails."""


class Monitor(Keeper):
    """What is known about one panel, kept current."""

    def __init__(
        self,
        client: C3Client,
        clock: Clock,
        memory: Mapping[str, Json],
        on_state: Callable[[PanelState], None],
        on_event: Callable[[AccessEvent], None],
    ) -> None:
        """`memory` is what the property of that name returned before a restart."""
        super().__init__(clock, "C3 panel monitor")
        self._client = client
        client.on_login = self._logged_in
        self._on_state = on_state
        self._on_event = on_event
        self._told = told_before(memory.get("told"))
        rows = memory.get("rows")
        self._rows = rows if isinstance(rows, int) else None
        self._census = Census(memory.get("users"))
        self._profile: Profile | None = None
        self.evidence = Evidence((), 0, 0)
        self.device_clock = DeviceClock()
        self.names: dict[str, str] = {}
        self.state = PanelState(doors={})
        self._published_info: PanelInfo | None = None
        self._error: DeviceError | None = None
        self._user_count: int | None = None
        self._record_count: int | None = None
        self._mains_failed: bool | None = None
        self._battery_failed: bool | None = None
        self._poll_lock = asyncio.Lock()
        self._failures = 0
        self._evictions = 0
        self._connected_at: float | None = None
        self._burst_until = 0.0
        self._names_due = 0.0
        self._counts_due = 0.0
        self._log_failures = 0
        self._log_due = 0.0

    @property
    def profile(self) -> Profile:
        """What the panel is and can do. Raises CannotConnect before it was ever reached."""
        if self._profile is None:
            raise CannotConnect("the panel was never reached")
        return self._profile

    @property
    def tables(self) -> Mapping[str, Table]:
        """The tables that the panel has named; none before it was ever reached."""
        return {} if self._profile is None else self._profile.tables

    @property
    def memory(self) -> dict[str, Json]:
        """Which events were told, and how many users there were."""
        return {
            "told": self._told.memory(),
            "rows": self._rows,
            "users": self._census.count,
        }

    # Life

    @override
    async def _close(self) -> None:
        await self._client.close()

    @override
    def _pause(self) -> float:
        """Short when something happens, long when the panel is slow."""
        if self._evictions >= EVICTIONS_UNTIL_BUSY:
            return BACKOFF_SECONDS[-1]
        if self._failures:
            return BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS)) - 1]
        trip = self._client.round_trip
        if self._clock.monotonic() < self._burst_until:
            return max(BURST_POLL_SECONDS, trip)
        return min(max(POLL_SECONDS, 4 * trip), SLOWEST_POLL_SECONDS)

    def hurry(self) -> None:
        """Poll now, and fast for some seconds: something is about to happen."""
        self._burst_until = self._clock.monotonic() + BURST_SECONDS
        self._wake.set()

    @contextmanager
    def changing_people(self) -> Iterator[None]:
        """Change users, and read names and counts again soon: somebody came, went or has another name."""
        try:
            with self._census.ours():
                yield
        finally:
            self._names_due = self._counts_due = 0.0

    @override
    async def _step(self) -> None:
        """Do one round: a poll, and the slower chores that are due.

        After an outage the panel counts as reachable when the missed events are told: before that, a door that
        somebody held open meanwhile may look locked.
        """
        if self._client.connected:
            await self.poll()
        else:
            await self._connect()
        if not self._short_lived():
            self._evictions = 0
        self.publish()
        await self._chores()
        self._failures = 0
        if self._evictions < EVICTIONS_UNTIL_BUSY:
            self._error = None

    @override
    async def _connect(self) -> None:
        """Open the connection, find out what the panel is now, and read its state."""
        self._connected_at = None
        self._miss_events()
        await self._client.connect()
        records: list[Record] = []
        old = self._profile
        if old is None:
            profile, records = await probe(self._client)
        else:
            profile = await refresh(self._client, old)
            if _fitted(profile.info) != _fitted(old.info):
                profile, records = await probe(self._client)
                self.evidence = Evidence((), 0, 0)
        self.adopt(profile)
        # Another program may have been there, and nobody changes users otherwise.
        self._counts_due = 0.0
        await self.poll(records)

    def _logged_in(self) -> None:
        """Remember when the panel let us in, whatever it does then."""
        self._connected_at = self._clock.monotonic()

    def adopt(self, profile: Profile) -> None:
        """Take over what was read about the panel."""
        self._profile = profile
        info = profile.info
        self._client.serial = info.serial
        # A parameter makes two doors of four, and four of two.
        self.evidence.fit(info.doors, info.aux_inputs, info.aux_outputs)
        for door in info.doors:
            self.evidence.set_open_time(door, profile.open_times.get(door))

    @override
    async def _failed(self, err: DeviceError) -> None:
        """Close a connection that failed. One failure is forgiven, two in a row make the panel unreachable."""
        await self._client.close()
        if not isinstance(err, ConnectionDropped):
            self._evictions = 0
        elif self._short_lived():
            self._evictions += 1
        self._failures += 1
        if self._evictions >= EVICTIONS_UNTIL_BUSY:
            err = DeviceBusy("another program takes the panel's only connection")
        elif self._failures == 1 and isinstance(err, CannotConnect | MalformedReply):
            return
        if type(err) is not type(self._error):
            self._error = err

    def _short_lived(self) -> bool:
        """Whether the newest login that worked was only just now."""
        at = self._connected_at
        return at is not None and self._clock.monotonic() - at <= EVICTED_WITHIN_SECONDS

    @override
    def publish(self) -> None:
        now = self._clock.monotonic()
        state = PanelState(
            error=self._error,
            doors=self.evidence.doors(now),
            aux_inputs=self.evidence.aux_inputs(),
            aux_outputs=self.evidence.aux_outputs(now),
            clock_offset=self.device_clock.offset,
            user_count=self._user_count,
            record_count=self._record_count,
            mains_failed=self._mains_failed,
            battery_failed=self._battery_failed,
        )
        info = None if self._profile is None else self._profile.info
        if state != self.state or info != self._published_info:
            self.state = state
            self._published_info = info
            self._on_state(state)

    # The live log

    async def poll(self, records: Iterable[Record] = ()) -> list[EventRecord]:
        """Drain the log up to its status record, tell what is in it, and return its events.

        `records` were read before. What was read before a failure is told all the same.
        """
        async with self._poll_lock:
            drained = list(records)
            try:
                for _ in range(MAX_ROUNDS):
                    batch = await self._read_live()
                    drained += batch
                    if not batch or any(isinstance(r, StatusRecord) for r in batch):
                        break
            finally:
                events = self._digest(drained)
            return events

    async def _read_live(self) -> list[Record]:
        """Read what the live log holds now, in the form that this panel understands."""
        if self.profile.text_log:
            return decode_text(await self._client.request(Command.RTLOG_TEXT))
        data = await self._client.request(Command.RTLOG)
        try:
            return decode_binary(data)
        except MalformedReply as err:
            # Some firmware answers with records of another length, and means: ask for text.
            _LOGGER.debug("%d bytes are no binary log, trying text", len(data))
            malformed = err
        try:
            records = decode_text(await self._client.request(Command.RTLOG_TEXT))
        except CommandRefused:
            raise malformed from None
        self._profile = replace(self.profile, text_log=True)
        # Whatever those bytes were stands in the log of past events.
        self._miss_events()
        return records

    def _miss_events(self) -> None:
        """Events may be missing: look for them in the log of past events."""
        self._told.open_gap()
        self.evidence.missed()

    def _digest(self, records: list[Record]) -> list[EventRecord]:
        """Learn from records in their order, and tell the events."""
        now = self._clock.now()
        for record in records:
            if isinstance(record, StatusRecord) and record.time is not None:
                self.device_clock.measure(record.time, now)
                self._told.listening(record.time)
        events = [r for r in records if isinstance(r, EventRecord)]
        if len(events) >= RING_SIZE:
            self._miss_events()
        for record in records:
            if isinstance(record, StatusRecord):
                self.evidence.relays(record.relays, self._clock.monotonic())
                self.evidence.status(record.doors)
                self._mains_failed = record.mains_failed
                self._battery_failed = record.battery_failed
            else:
                self._tell(record, now)
        if events:
            self._burst_until = self._clock.monotonic() + BURST_SECONDS
        return events

    def _tell(
        self, record: EventRecord, now: datetime, *, from_log: bool = False
    ) -> None:
        """Tell one event, and learn from it what it says about doors and outputs."""
        if not from_log:
            self._told.add(record)
        self._rows = None
        self._counts_due = 0.0
        event = translate(
            record,
            self.profile.info,
            self.names,
            self.device_clock,
            now,
            from_log=from_log,
        )
        age = now.timestamp() - event.time.timestamp()
        happened = self._clock.monotonic() - age
        self.evidence.event(event, happened, from_log=from_log)
        if event.user_id is not None and event.user_name is None:
            soonest = self._clock.monotonic() + NAMES_AGAIN_SECONDS
            self._names_due = min(self._names_due, soonest)
        self._on_event(event)

    # Chores

    async def _chores(self) -> None:
        """Do what is due: names, so that events have them; missed events; counts.

        What a panel cannot do is left alone for a while and stops nothing else.
        """
        try:
            await self._read_names()
            if self._told.gap:
                await self._catch_up()
            elif self._clock.monotonic() >= self._counts_due:
                await self._count()
        except TransferInterrupted:
            _LOGGER.debug("A command went first")
        except ConnectionDropped as err:
            # No sign of another program: some firmware hangs up on what it does not like.
            raise CannotConnect(str(err)) from err
        except DeviceError as err:
            if not self._client.connected:
                raise
            _LOGGER.debug("The panel cannot tell: %s", err)

    async def _read_names(self) -> None:
        """Read the names of users when they are due."""
        now = self._clock.monotonic()
        due = self._names_due
        if now < due:
            return
        again = self._names_due = now + NAMES_AGAIN_SECONDS
        try:
            self.names = await read_names(self._client, self.profile.tables)
        except TransferInterrupted:
            self._names_due = due
            raise
        # Unless people changed while they were read.
        if self._names_due == again:
            self._names_due = now + NAMES_EVERY_SECONDS

    async def _catch_up(self) -> None:
        """Tell as late what the panel logged while we were away."""
        if self._clock.monotonic() < self._log_due:
            self._give_up()
            return
        try:
            news = await self._missed()
        except TransferInterrupted:
            raise
        except DeviceError as err:
            self._log_failures += 1
            useless = isinstance(err, CommandRefused | Unsupported)
            if useless or self._log_failures >= LOG_TRIES:
                self._log_due = self._clock.monotonic() + LOG_AGAIN_SECONDS
                self._give_up()
            raise
        self._log_failures = 0
        now = self._clock.now()
        for record in news:
            self._tell(record, now, from_log=True)

    async def _missed(self) -> list[EventRecord]:
        """Return what the log holds and nobody was told, oldest first; the gap is closed then."""
        known = self.profile.tables
        rows = await count_rows(self._client, known, "transaction")
        if rows is not None and rows == self._rows and rows >= COUNT_PROVES:
            return self._told.close_gap([])
        log = await asyncio.to_thread(
            self._told.marked, await read_log(self._client, known)
        )
        # What happened while the log was read stands in the live log too: told once.
        await self.poll()
        return self._told.close_gap(log)

    def _give_up(self) -> None:
        """Go on without what was missed: what only events tell is unknown now."""
        self._log_failures = 0
        self._told.close_gap([])
        self.evidence.forget()

    async def _count(self) -> None:
        """Count users and log records."""
        self._counts_due = self._clock.monotonic() + COUNTS_EVERY_SECONDS
        known = self.profile.tables
        look = self._census.look()
        self._user_count = await count_rows(self._client, known, "user")
        if self._census.changed(self._user_count, look):
            self._users_changed()
        before = self._record_count
        rows = self._record_count = await count_rows(self._client, known, "transaction")
        # Remembered only where it proves something: a full log keeps its number, and an event may come in meanwhile.
        grew = rows is not None and before is not None and rows > before
        if not await self.poll() and grew:
            self._rows = rows

    def _users_changed(self) -> None:
        """Tell that somebody else changed the users; their names are read again soon."""
        self._names_due = 0.0
        self._on_event(
            AccessEvent(
                kind=USERS_CHANGED.kind,
                code=USERS_CHANGED.code,
                name=USERS_CHANGED.name,
                description=USERS_CHANGED.words,
                time=self._clock.now(),
                device_time=None,
            )
        )


def _fitted(info: PanelInfo) -> tuple[str | None, frozenset[int], int, int]:
    """Return what makes a new probe necessary when it changes."""
    return (
        info.firmware,
        frozenset(info.doors),
        info.aux_inputs,
        info.aux_outputs,
    )
