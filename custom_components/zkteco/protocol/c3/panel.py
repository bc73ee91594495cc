"""A C3 / inBio panel as an `AccessDevice`: its verbs.

Lives here: what a panel can be asked to do, and how each verb is verified. Not here: polling and recovery (`monitor`),
sockets (`client`). Door commands are sent at most once; settings are written, however the panel takes it, and read back.
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
from datetime import date, datetime, timedelta
from itertools import islice
import logging
from typing import override

from .. import packed_time
from ..device import AccessDevice, Clock, Json
from ..errors import (
    CannotConnect,
    CommandRefused,
    DeviceBusy,
    InvalidValue,
    MalformedReply,
    OutcomeUnknown,
    Unsupported,
)
from ..evidence import MAX_PULSE_SECONDS
from ..model import AccessEvent, Capability, PanelInfo, PanelState
from ..people import Failures, Holiday, Limits, Template, TimeZone, User
from ..rules import Rule, RuleFields, RuleRow
from ..settings import Setting, SettingKey, SettingValue
from ..trace import Tell
from . import control, parameters
from .client import C3Client, ConnectionDropped, ReplyTimeout
from .credentials import Credentials
from .frame import Command, ErrorCode
from .monitor import BACKOFF_SECONDS, BURST_POLL_SECONDS, Monitor
from .people import People
from .people_tables import PeopleTables
from .probe import read_info, refresh
from .queries import read_log, read_parameters, uninterrupted
from .redact import C3Tracer
from .rules import PanelRules, find_rules
from .settings import change, read_settings
from .translate import translate

_LOGGER = logging.getLogger(__name__)

DEFAULT_OPEN_SECONDS = 5
"""The panels' own default, for a door whose drive time is no pulse (PullSDK, Door{n}Drivertime)."""
_CANNOT_CLOSE = 37
# Panels tell and take whole seconds, and take a moment.
_CLOCK_IS_RIGHT = timedelta(seconds=1)
_CLOCK_IS_SET = timedelta(seconds=5)
_HALF_A_SECOND = timedelta(milliseconds=500)
_CHECKS = 5


async def identify(host: str, port: int, password: str, *, clock: Clock) -> PanelInfo:
    """Connect, ask a panel who it is, and say goodbye.

    Raises CannotConnect, DeviceBusy (it hangs up on us: another program holds it), WrongPassword, WrongFamily,
    MalformedReply or InvalidValue.
    """
    client = C3Client(host, port, password)
    try:
        with suppress(ConnectionDropped):
            return await _ask(client)
        # Panels refuse for a moment after somebody else has left; hanging up twice means that somebody stays.
        await clock.wait(BACKOFF_SECONDS[0])
        return await _ask(client)
    except ConnectionDropped as err:
        raise DeviceBusy(str(err)) from err
    finally:
        await client.close()


async def _ask(client: C3Client) -> PanelInfo:
    """Connect and read who the panel is."""
    await client.connect()
    return (await read_info(client))[0]


class C3Panel(AccessDevice):
    """One panel. It serves a single host, so two of these for one panel fight."""

    def __init__(
        self,
        host: str,
        port: int,
        password: str,
        *,
        clock: Clock,
        memory: Mapping[str, Json] | None = None,
    ) -> None:
        """`memory` is what the property of that name returned before a restart."""
        super().__init__()
        self._client = C3Client(host, port, password)
        self._clock = clock
        self._monitor = Monitor(
            self._client, clock, memory or {}, self._publish_state, self._publish_event
        )
        self._people_lock = asyncio.Lock()

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
        """Return the probe, counters, round-trip time and the last exchanges."""
        return {
            "probe": self._monitor.profile.describe(),
            "connection": self._client.describe(),
        }

    @override
    def trace(self, tell: Tell | None) -> None:
        tables = self._monitor.tables
        has_session = self._client.has_session
        self._client.tracer = (
            None if tell is None else C3Tracer(tell, tables, has_session=has_session)
        )

    # Doors and outputs

    async def _control(self, operation: bytes) -> None:
        """Send a control operation, and look at its effect soon, or for a way to the panel."""
        try:
            await self._client.control(operation)
        finally:
            self._monitor.hurry()

    def _check_door(self, door: int) -> None:
        """Raise InvalidValue for a door that the panel does not have."""
        if door not in self.info.doors:
            raise InvalidValue("door", f"must be from 1 to {len(self.info.doors)}")

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        self._check_door(door)
        if seconds is None:
            own = self._monitor.profile.open_times.get(door, 0)
            is_pulse = 1 <= own <= MAX_PULSE_SECONDS
            seconds = own if is_pulse else DEFAULT_OPEN_SECONDS
        await self._control(control.open_door(door, seconds))
        self._monitor.evidence.opened(door, seconds, self._clock.monotonic())
        self._monitor.publish()

    @override
    async def hold_open(self, door: int) -> None:
        self._check_door(door)
        await self._control(control.hold_door(door))
        self._monitor.evidence.held(door, self._clock.monotonic())
        self._monitor.publish()

    @override
    async def release_door(self, door: int) -> None:
        """End a hold or a pulse: the schedule first, because a latched door refuses a plain close.

        Raises CommandRefused when the panel says, or its relay shows, that the door stays open.
        """
        self._check_door(door)
        refusals: list[AccessEvent] = []
        unsubscribe = self.on_event(refusals.append)
        try:
            try:
                await self._control(control.normal_open_schedule(door, enabled=False))
            except CommandRefused as err:
                _LOGGER.debug("No normal-open schedule to end: %s", err)
            await self._control(control.close_door(door))
            await self._verify_released(door)
        finally:
            unsubscribe()
        for event in refusals:
            if event.code == _CANNOT_CLOSE and event.door == door:
                raise CommandRefused(event.code, event.description)
        self._monitor.evidence.released(door, self._clock.monotonic())
        self._monitor.publish()

    async def _verify_released(self, door: int) -> None:
        """Look at the relay where the panel shows it."""
        try:
            for _ in range(_CHECKS):
                await self._monitor.poll()
                if not self._monitor.evidence.relay_reported(door):
                    return
                await self._clock.wait(BURST_POLL_SECONDS)
        except (CannotConnect, MalformedReply) as err:
            raise OutcomeUnknown(str(err)) from err
        raise CommandRefused(ErrorCode.EXECUTION_FAILED, "the door stays unlocked")

    @override
    async def set_aux_output(
        self, output: int, *, on: bool, seconds: int | None = None
    ) -> None:
        if not 1 <= output <= self.info.aux_outputs:
            limit = f"must be from 1 to {self.info.aux_outputs}"
            raise InvalidValue("output", limit)
        if not on:
            operation = control.aux_off(output)
        elif seconds is None:
            operation = control.aux_on(output)
        else:
            operation = control.aux_pulse(output, seconds)
        await self._control(operation)
        self._monitor.evidence.output_set(
            output, on=on, seconds=seconds, now=self._clock.monotonic()
        )
        self._monitor.publish()

    @override
    async def cancel_alarms(self) -> None:
        await self._control(control.cancel_alarms())

    @override
    async def restart(self) -> None:
        await self._control(control.restart())

    # Settings

    @override
    async def set_open_time(self, door: int, seconds: int) -> None:
        self._check_door(door)
        if not 1 <= seconds <= MAX_PULSE_SECONDS:
            raise InvalidValue("seconds", f"must be from 1 to {MAX_PULSE_SECONDS}")
        await self._write_parameters({f"Door{door}Drivertime": str(seconds)})

    @override
    async def get_parameters(self, names: list[str]) -> dict[str, str]:
        """Read documented parameters. Raises InvalidValue for others and for secrets."""
        for name in names:
            parameters.check_readable(name)
        values = await read_parameters(self._client, names)
        return {name: values[name] for name in names if name in values}

    @override
    async def set_parameters(self, values: Mapping[str, str]) -> None:
        """Write documented parameters and read them back. Raises InvalidValue for others and for secrets."""
        for name, value in values.items():
            parameters.check_writable(name, value)
        await self._write_parameters(values)

    @override
    async def read_settings(self) -> list[Setting]:
        return await read_settings(self._read_parameters, len(self.info.doors))

    @override
    async def write_setting(
        self, key: SettingKey, number: int, value: SettingValue
    ) -> None:
        doors = len(self.info.doors)
        values = await change(self._read_parameters, doors, key, number, value)
        if values:
            await self._write_parameters(values)

    async def _read_parameters(self, names: Sequence[str]) -> dict[str, str]:
        return await read_parameters(self._client, names)

    async def _write_parameters(self, values: Mapping[str, str]) -> None:
        """Write parameters and verify them by reading back."""
        await self._set(parameters.encode_set(values))
        kept = await self._reconnected(
            lambda: read_parameters(self._client, list(values))
        )
        for name, value in values.items():
            if kept.get(name) != value:
                reason = f"the panel did not accept {name}"
                raise CommandRefused(ErrorCode.EXECUTION_FAILED, reason)
        profile = self._monitor.profile
        self._monitor.adopt(
            await self._reconnected(lambda: refresh(self._client, profile))
        )
        self._monitor.publish()

    async def _set(self, data: bytes) -> None:
        """Send a parameter write.

        Some firmware applies its network settings again after every write and drops the connection, with or without
        an answer: only reading back tells what happened.
        """
        try:
            await self._client.request(Command.SET_PARAMETERS, data)
        except (ReplyTimeout, ConnectionDropped, MalformedReply) as err:
            _LOGGER.debug("The connection did not survive a write: %s", err)

    async def _reconnected[T](self, read: Callable[[], Awaitable[T]]) -> T:
        """Read something that may be read again, while the monitor opens a lost connection."""
        for _ in range(_CHECKS):
            with suppress(CannotConnect):
                return await read()
            self._monitor.hurry()
            await self._clock.wait(2 * BACKOFF_SECONDS[0])
        return await read()

    @override
    async def sync_time(self) -> None:
        """Set the panel's clock to the home's local time, unless it is right, and verify it by the panel's status."""
        clock = self._monitor.device_clock
        if clock.offset is not None and abs(clock.offset) <= _CLOCK_IS_RIGHT:
            return
        now = self._clock.now().replace(tzinfo=None) + _HALF_A_SECOND
        await self._set(
            parameters.encode_set({"DateTime": str(packed_time.encode(now))})
        )
        await self._reconnected(self._monitor.poll)
        self._monitor.publish()
        offset = clock.offset
        if offset is None or abs(offset) > _CLOCK_IS_SET:
            reason = "the panel kept its own time"
            raise CommandRefused(ErrorCode.EXECUTION_FAILED, reason)

    # People

    @property
    @override
    def people(self) -> Limits | None:
        return self._monitor.profile.people

    async def _with_tables[T](self, verb: Callable[[PeopleTables], Awaitable[T]]) -> T:
        """Do something with the panel's people, one thing at a time.

        It is begun again when the connection was lost: what is done is seen then.
        """

        async def attempt() -> T:
            profile = self._monitor.profile
            if profile.people is None:
                raise Unsupported
            return await verb(
                PeopleTables(self._client, self._clock, profile.tables, profile.people)
            )

        async with self._people_lock:
            return await self._reconnected(attempt)

    async def _with_people[T](self, verb: Callable[[People], Awaitable[T]]) -> T:
        return await self._with_tables(lambda tables: verb(People(tables)))

    async def _with_credentials[T](
        self, verb: Callable[[Credentials], Awaitable[T]]
    ) -> T:
        return await self._with_tables(lambda tables: verb(Credentials(tables)))

    async def _change_people[T](self, verb: Callable[[People], Awaitable[T]]) -> T:
        """Do something after which events may have other names."""
        with self._monitor.changing_people():
            return await self._with_people(verb)

    @override
    async def read_users(self) -> dict[str, User]:
        return await self._with_people(lambda people: people.read_users())

    @override
    async def write_users(self, users: Sequence[User]) -> Failures:
        return await self._change_people(lambda people: people.write_users(users))

    @override
    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        return await self._change_people(lambda people: people.delete_users(user_ids))

    @override
    async def clear_users(self) -> None:
        await self._change_people(lambda people: people.clear_users())

    @override
    async def read_time_zones(self) -> dict[int, TimeZone]:
        return await self._with_people(lambda people: people.read_time_zones())

    @override
    async def write_time_zone(self, zone: TimeZone) -> None:
        await self._with_people(lambda people: people.write_time_zone(zone))

    @override
    async def read_holidays(self) -> list[Holiday]:
        return await self._with_people(lambda people: people.read_holidays())

    @override
    async def write_holiday(self, holiday: Holiday) -> None:
        await self._with_people(lambda people: people.write_holiday(holiday))

    @override
    async def delete_holiday(self, day: date) -> None:
        await self._with_people(lambda people: people.delete_holiday(day))

    @override
    async def read_templates(
        self, user_ids: Collection[str]
    ) -> AsyncIterator[Template]:
        """See the contract. Where the panel does not find single rows, all that are wanted are in memory at once."""
        left = await self._with_credentials(lambda there: there.owners(user_ids))
        while left:
            found = await self._templates_of(left)
            for template in (t for told in found.values() for t in told):
                yield template
            left = [name for name in left if name not in found]

    async def _templates_of(self, names: Sequence[str]) -> dict[str, list[Template]]:
        return await self._with_credentials(lambda there: there.read(names))

    @override
    async def write_templates(self, templates: Sequence[Template]) -> Failures:
        return await self._with_credentials(lambda there: there.write(templates))

    # Rules

    @property
    @override
    def rules(self) -> Mapping[Rule, RuleFields]:
        profile = self._monitor.profile
        return find_rules(profile.tables, profile.people, profile.info)

    async def _with_rules[T](self, verb: Callable[[PanelRules], Awaitable[T]]) -> T:
        return await self._with_tables(
            lambda tables: verb(PanelRules(tables, self.info))
        )

    @override
    async def read_rules(self, rule: Rule) -> list[RuleRow]:
        return await self._with_rules(lambda rules: rules.read(rule))

    @override
    async def write_rule(self, rule: Rule, row: RuleRow) -> RuleRow:
        return await self._with_rules(lambda rules: rules.write(rule, row))

    @override
    async def delete_rule(self, rule: Rule, row: RuleRow) -> bool:
        return await self._with_rules(lambda rules: rules.delete(rule, row))

    # The past

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        monitor = self._monitor
        log = await uninterrupted(
            self._clock, lambda: read_log(self._client, monitor.profile.tables)
        )
        now = self._clock.now()

        def newest() -> list[AccessEvent]:
            events = (
                translate(
                    record,
                    monitor.profile.info,
                    monitor.names,
                    monitor.device_clock,
                    now,
                    from_log=True,
                )
                for record in reversed(log)
            )
            wanted = (event for event in events if since is None or event.time >= since)
            return [replace(event, late=True) for event in islice(wanted, limit)]

        # A full log takes a small computer seconds, in which nothing else may stop.
        return (await asyncio.to_thread(newest))[::-1]
