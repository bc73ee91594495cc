"""A standalone terminal as an `AccessDevice`: its verbs.

Lives here: what a terminal can be asked to do, and how each verb is verified. Not here: listening and recovery
(`monitor`), sockets (`client`). Door commands are sent at most once.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from heapq import nlargest
import logging
from typing import Final, override

from .. import progress
from ..device import AccessDevice, Clock, Json
from ..errors import CommandRefused, InvalidValue
from ..evidence import MAX_PULSE_SECONDS
from ..model import AccessEvent, Capability, EventKind, PanelInfo, PanelState, Sound
from ..people import Credential, Failures, Limits, Template, TimeZone, User
from ..rules import Rule, RuleFields, RuleRow
from ..settings import Setting, SettingKey, SettingValue
from ..trace import Tell
from . import verbs
from .access import encode_unlock
from .changes import Changes
from .client import TerminalClient, TransferInterrupted
from .connection import Transport
from .fingers import Fingers
from .logs import Attendance
from .monitor import OVERLAP, Monitor
from .packet import Command, Reply
from .probe import OPEN_TIME_OPTION, probe
from .queries import read_operations
from .redact import StandaloneTracer
from .roster import Roster
from .rule_book import TerminalRules
from .settings import NAMES, change, settings
from .translate import DOOR, operation_event, punch_event

_LOGGER = logging.getLogger(__name__)

DEFAULT_OPEN_SECONDS: Final = 5
"""For a terminal that does not tell how long it opens by itself."""
# Terminals tell and take whole seconds, and take a moment.
_CLOCK_IS_RIGHT: Final = timedelta(seconds=1)
_CLOCK_IS_SET: Final = timedelta(seconds=5)
_HALF_A_SECOND: Final = timedelta(milliseconds=500)
_TRIES: Final = 3
_AGAIN_SECONDS: Final = 1.0


class UnlockUnit(StrEnum):
    """What the number in an unlock command counts, which differs by model."""

    TENTHS = "tenths"
    SECONDS = "seconds"


async def identify(
    host: str, port: int, key: str, transport: Transport
) -> tuple[PanelInfo, Transport]:
    """Connect, ask a terminal who it is, and say goodbye; also return the transport that worked.

    Raises CannotConnect, LoginLocked, WrongPassword (the key), SecureFirmware, WrongFamily, MalformedReply, or
    InvalidValue for a key that no terminal has.
    """
    client = TerminalClient(host, port, key, transport)
    try:
        await client.connect()
        return (await probe(client)).info, client.transport
    finally:
        await client.close()


class Terminal(AccessDevice):
    """One terminal, with one door."""

    tells = frozenset((EventKind.ACCESS_DENIED, EventKind.BUTTON, EventKind.ENROLMENT))

    def __init__(
        self,
        host: str,
        port: int,
        key: str,
        *,
        transport: Transport,
        clock: Clock,
        zone: tzinfo | None = None,
        unlock_unit: UnlockUnit = UnlockUnit.TENTHS,
        has_contact: bool = False,
        doorbell_key: int | None = None,
        memory: Mapping[str, Json] | None = None,
    ) -> None:
        """Take over from the owner what the terminal cannot tell.

        `zone` is its time zone if it is not the home's, `has_contact` whether a door sensor is fitted, `doorbell_key`
        which of its keys rings a bell. `memory` is what the property of that name returned before a restart.
        """
        super().__init__()
        self._client = TerminalClient(host, port, key, transport)
        self._clock = clock
        self._unlock_unit = unlock_unit
        self._monitor = Monitor(
            self._client,
            clock,
            memory or {},
            zone=zone,
            has_contact=has_contact,
            doorbell_key=doorbell_key,
            on_state=self._publish_state,
            on_event=self._publish_event,
        )
        self._changes = changes = Changes(self._client, self._monitor, clock)
        self._roster = Roster(self._client, self._monitor, changes)
        self._fingers = Fingers(self._client, self._monitor, changes, self._roster)

    @property
    @override
    def info(self) -> PanelInfo:
        return self._monitor.profile.info

    @property
    @override
    def capabilities(self) -> Capability:
        return self._monitor.profile.capabilities

    @property
    @override
    def state(self) -> PanelState:
        return self._monitor.state

    @property
    @override
    def memory(self) -> dict[str, Json]:
        return self._monitor.memory

    @override
    async def start(self) -> None:
        await self._monitor.start()

    @override
    async def stop(self) -> None:
        await self._monitor.stop()

    @override
    def diagnostics(self) -> dict[str, Json]:
        """Return the probe, counters of events, the round-trip time and the last exchanges."""
        return {
            "probe": self._monitor.profile.describe(),
            "monitor": self._monitor.describe(),
            "connection": self._client.describe(),
        }

    @override
    def trace(self, tell: Tell | None) -> None:
        self._client.tracer = None if tell is None else StandaloneTracer(tell)

    # The door

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        if door != DOOR:
            raise InvalidValue("door", f"must be {DOOR}")
        if seconds is None:
            own = self._monitor.profile.open_time or 0
            is_pulse = 1 <= own <= MAX_PULSE_SECONDS
            seconds = own if is_pulse else DEFAULT_OPEN_SECONDS
        request = encode_unlock(seconds, self._unlock_unit is UnlockUnit.TENTHS)
        try:
            await self._client.control(Command.UNLOCK, request)
        finally:
            self._monitor.hurry()
        self._monitor.evidence.opened(door, seconds, self._clock.monotonic())
        self._monitor.publish()

    @override
    async def set_open_time(self, door: int, seconds: int) -> None:
        if door != DOOR:
            raise InvalidValue("door", f"must be {DOOR}")
        if not 1 <= seconds <= MAX_PULSE_SECONDS:
            raise InvalidValue("seconds", f"must be from 1 to {MAX_PULSE_SECONDS}")
        await self._write_options({OPEN_TIME_OPTION: str(seconds)})

    # Settings

    @override
    async def get_parameters(self, names: list[str]) -> dict[str, str]:
        """Read documented options. Raises InvalidValue for others and for secrets."""
        return await verbs.get_options(self._client, names)

    @override
    async def set_parameters(self, values: Mapping[str, str]) -> None:
        """Write documented options and read them back. Raises InvalidValue for others and for secrets."""
        await self._write_options(values)

    @override
    async def read_settings(self) -> list[Setting]:
        return settings(await verbs.get_options(self._client, NAMES))

    @override
    async def write_setting(
        self, key: SettingKey, number: int, value: SettingValue
    ) -> None:
        options = await verbs.get_options(self._client, NAMES)
        if values := change(options, key, number, value):
            await self._write_options(values)

    async def _write_options(self, values: Mapping[str, str]) -> None:
        """Write options, each verified by reading it back."""
        await verbs.set_options(self._client, values)
        door = self.info.doors[DOOR]
        self._monitor.adopt(
            await probe(
                self._client,
                has_contact=door.has_contact,
                has_doorbell=door.has_doorbell,
            )
        )
        self._monitor.publish()

    @override
    async def sync_time(self) -> None:
        """Set the terminal's clock to its zone's local time, unless it is right, and verify it."""
        monitor = self._monitor
        await monitor.read_clock()
        offset = monitor.device_clock.offset
        if offset is None or abs(offset) > _CLOCK_IS_RIGHT:
            now = monitor.now().replace(tzinfo=None) + _HALF_A_SECOND
            await verbs.set_time(self._client, now)
            await monitor.read_clock()
        monitor.publish()
        offset = monitor.device_clock.offset
        if offset is None or abs(offset) > _CLOCK_IS_SET:
            raise CommandRefused(Reply.ERROR, "the terminal kept its own time")

    # The terminal itself

    @override
    async def restart(self) -> None:
        await verbs.restart(self._client)

    @override
    async def play_sound(self, sound: Sound) -> None:
        await verbs.play_sound(self._client, sound)

    @override
    async def show_text(self, text: str, line: int) -> None:
        await verbs.show_text(self._client, text, line)

    @override
    async def clear_text(self) -> None:
        await verbs.clear_text(self._client)

    # People

    @property
    @override
    def people(self) -> Limits | None:
        return self._roster.limits

    @override
    async def read_users(self) -> dict[str, User]:
        return await self._roster.read()

    @override
    async def write_users(self, users: Sequence[User]) -> Failures:
        return await self._roster.write(users)

    @override
    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        return await self._roster.delete(user_ids)

    @override
    async def clear_users(self) -> None:
        await self._roster.clear()

    @override
    async def read_time_zones(self) -> dict[int, TimeZone]:
        return await self._roster.read_time_zones()

    @override
    async def write_time_zone(self, zone: TimeZone) -> None:
        await self._roster.write_time_zone(zone)

    @override
    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        await self._fingers.enrol(user_id, credential, index)

    @override
    def read_templates(self, user_ids: Collection[str]) -> AsyncIterator[Template]:
        return self._fingers.read(user_ids)

    @override
    async def write_templates(self, templates: Sequence[Template]) -> Failures:
        return await self._fingers.write(templates)

    # Rules

    @property
    def _rules(self) -> TerminalRules:
        return TerminalRules(self._client, self._changes, self._roster.limits)

    @property
    @override
    def rules(self) -> Mapping[Rule, RuleFields]:
        return self._rules.fields

    @override
    async def read_rules(self, rule: Rule) -> list[RuleRow]:
        return await self._rules.read(rule)

    @override
    async def write_rule(self, rule: Rule, row: RuleRow) -> RuleRow:
        async with self._changes.busy:
            return await self._rules.write(rule, row)

    @override
    async def delete_rule(self, rule: Rule, row: RuleRow) -> bool:
        async with self._changes.busy:
            return await self._rules.delete(rule, row)

    # The past

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        monitor = self._monitor
        rows: list[Attendance] = []
        start = None
        if since is not None:
            start = monitor.local() - (monitor.now() - since) - OVERLAP

        async def read_attendance() -> None:
            rows.clear()
            await monitor.attendance.read(
                rows.extend, monitor.latest(), count=monitor.sizes.records, since=start
            )

        with progress.part(0, 0.9):
            await self._uninterrupted(read_attendance)
        with progress.part(0.9, 1):
            operations = await self._uninterrupted(
                lambda: read_operations(self._client)
            )
        moment = monitor.moment()

        def newest() -> list[AccessEvent]:
            events = [
                punch_event(row, monitor.people, moment, from_log=True) for row in rows
            ]
            events += [
                operation_event(one, monitor.people, moment) for one in operations
            ]
            wanted = (event for event in events if since is None or event.time >= since)
            latest = nlargest(limit, wanted, key=lambda event: event.time)
            return [replace(event, late=True) for event in reversed(latest)]

        # A full log takes a small computer seconds, in which nothing else may stop.
        return await asyncio.to_thread(newest)

    async def _uninterrupted[T](self, read: Callable[[], Awaitable[T]]) -> T:
        """Start a long read again when a door command went first."""
        for _ in range(_TRIES):
            with suppress(TransferInterrupted):
                return await read()
            await self._clock.wait(_AGAIN_SECONDS)
        return await read()
