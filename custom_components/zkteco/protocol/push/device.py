"""A PUSH access device as an `AccessDevice`: it calls, and what it asks for is all that we can tell it.

Lives here: how the parts of one device work together. Not here: since when and from where it calls (`caller`), the
conversation (`session`), what its reports prove (`reports`), what it can be told to do (`verbs`), its people (`users`),
strangers (`server`). What it told before a restart of ours is kept, so that its doors exist before it calls again.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence
from datetime import date, datetime
import logging
from typing import Final, override

from ..device import Clock, Json
from ..errors import DeviceError, WrongFamily, WrongPassword
from ..model import AccessEvent, Capability, Notice, PanelInfo, PanelState
from ..people import Credential, Failures, Holiday, Limits, Template, TimeZone, User
from ..rules import Rule, RuleFields, RuleRow
from ..settings import Setting, SettingKey, SettingValue
from .caller import SILENT, Caller
from .catch_up import CatchUp
from .enrolled import Enrolled, EnrolledCard
from .firmware import FirmwareDelivery
from .log import Log
from .messages import Answer, Request, Response
from .options import check_readable, check_writable
from .photos import Photo as UploadedPhoto
from .questions import Decision, Questions
from .queue import CommandQueue
from .records import ErrorRecord, EventLog, Fields, SubController
from .registration import Feature, Registration, Role, impersonal, remembered
from .reports import Reports
from .rows import Rows
from .rules import DeviceRules
from .server import PushServer
from .session import REQUEST_DELAY_SECONDS, Session
from .settings import DeviceSettings
from .sub_devices import SubDevices
from .turnstile import TurnstileState
from .users import Users
from .verbs import Verbs

_LOGGER = logging.getLogger(__name__)

# Not to be raised, only to be shown: states are compared with each other.
_WRONG_KEY: Final = WrongPassword("the device has another communication key")
_ATTENDANCE: Final = WrongFamily("attendance")


_ELEVATOR: Final = {Feature.ELEVATOR_EXPANSION, Feature.ELEVATOR_DIRECT}


class PushDevice(Caller):
    """One paired device."""

    def __init__(
        self,
        serial: str,
        server: PushServer,
        *,
        clock: Clock,
        registration: Mapping[str, str] | None = None,
        address: str = "",
        key: str = "",
        delay: int = REQUEST_DELAY_SECONDS,
        keep_clock: bool = True,
        decides: bool = False,
        memory: Mapping[str, Json] | None = None,
    ) -> None:
        """`registration` is what the device told when it was paired, `memory` what the property returned last.

        `address` is where it may call from, an IP address or a range; empty for the first that it uses. `key` is the
        communication key that it must register with, empty for any. `delay` is the pause between its polls in seconds.
        `keep_clock` sets its clock when it is off. `decides` asks whoever listens when the device asks us who may come
        in, which makes people wait; otherwise it decides by itself. Raises InvalidValue.
        """
        memory = memory or {}
        super().__init__(
            serial,
            server,
            clock,
            address=address,
            delay=delay,
            keep_clock=keep_clock,
            memory=memory,
        )
        self._queue = queue = CommandQueue(clock, memory.get("queue"))
        self._reports = reports = Reports(
            serial, clock, memory.get("reports"), self._publish_event
        )
        self._verbs = Verbs(queue, reports, clock)
        self._sub_devices = SubDevices(queue, reports, clock)
        self._log = Log(queue, reports, clock)
        self._firmware = FirmwareDelivery(serial, queue)
        self._settings = DeviceSettings(queue)
        self._rows = Rows(queue, clock)
        self._rules = DeviceRules(self._rows)
        self._users = Users(
            queue,
            self._rows,
            clock,
            names=reports.names,
            tell=self._publish_event,
            memory=memory.get("users_known"),
        )
        self._decides = decides
        self._questions = Questions(
            clock, reports, self._publish_event, self._verbs.opening
        )
        self._catch_up = CatchUp(
            queue,
            clock,
            reports.last_index,
            self._recover,
            memory.get("catch_up"),
        )
        self._session = Session(
            serial,
            self,
            queue,
            clock,
            delay=delay,
            key=key,
            memory=memory.get("session"),
        )
        self._has_camera = memory.get("has_camera") is True
        told = remembered(registration, memory.get("registration"))
        self._adopt(Registration.of(told))
        self._refresh()

    @property
    @override
    def info(self) -> PanelInfo:
        return self._reports.info

    @property
    @override
    def capabilities(self) -> Capability:
        known = self._session.registration
        found = (
            Capability.HOLD_OPEN
            | Capability.CANCEL_ALARMS
            | Capability.RESTART
            | Capability.SET_TIME
            | Capability.OPEN_TIME
            | Capability.PARAMETERS
            | Capability.EVENT_LOG
            | Capability.FIRMWARE
            | Capability.POWER_ALARMS
        )
        if known.supports(Feature.LOCK_DOWN):
            found |= Capability.LOCK_DOWN
        if known.supports(Feature.EMERGENCY):
            found |= Capability.EMERGENCY
        if known.features & _ELEVATOR:
            found |= Capability.FLOORS
        if self._decides:
            found |= Capability.IDENTIFICATION
        if self._has_camera:
            found |= Capability.SNAPSHOTS
        if known.bio_photo:
            found |= Capability.USER_PHOTOS
        if self._reports.turnstile is not None:
            found |= Capability.TURNSTILE
        return found

    @property
    @override
    def memory(self) -> dict[str, Json]:
        """What must survive a restart: no key, no card, no name."""
        return {
            "address": self._pin.memory,
            "queue": self._queue.memory,
            "reports": self._reports.memory,
            "session": self._session.memory,
            "catch_up": self._catch_up.memory,
            "registration": dict(self._session.registration.raw),
            "has_camera": self._has_camera,
            "users_known": self._users.memory,
        }

    @property
    @override
    def max_package(self) -> int | None:
        return self._session.registration.max_package_size

    @override
    def diagnostics(self) -> dict[str, Json]:
        """Return what the device told about itself, without secrets, and what waits for it."""
        known = self._session.registration
        return {
            "registration": impersonal(known.raw),
            "last_state": impersonal(self._reports.last_state),
            "waiting_commands": len(self._queue),
            "session": self._session.describe(),
        }

    @property
    def _error(self) -> DeviceError | None:
        """Why the device cannot be used."""
        if self._session.attendance:
            return _ATTENDANCE
        if self._online:
            return None
        return _WRONG_KEY if self._session.wrong_key else SILENT

    @override
    def _build_state(self) -> PanelState:
        reports = self._reports
        turnstile = reports.turnstile
        notices = self._current_notices()
        if self._session.token_changed:
            notices.add(Notice.TOKEN_CHANGED)
        return PanelState(
            error=self._error,
            doors=reports.doors(),
            aux_inputs=reports.evidence.aux_inputs(),
            aux_outputs=reports.evidence.aux_outputs(self._clock.monotonic()),
            clock_offset=reports.device_clock.offset,
            user_count=self._session.registration.user_count,
            record_count=self._session.registration.record_count,
            mains_failed=reports.mains_failed,
            battery_failed=reports.battery_failed,
            entries=turnstile.entries if turnstile else None,
            exits=turnstile.exits if turnstile else None,
            sub_devices=reports.sub_devices(),
            notices=frozenset(notices),
        )

    @override
    def _next_change(self, now: float) -> float | None:
        return self._reports.evidence.next_change(now)

    @override
    def dismiss(self, notice: Notice) -> None:
        if notice is Notice.TOKEN_CHANGED:
            self._session.forget_tokens()
        super().dismiss(notice)

    # Requests

    @property
    @override
    def _conversation(self) -> Session:
        return self._session

    @override
    def _answer(self, request: Request) -> Answer | None:
        if request.endpoint == "file" and request.method == "GET":
            return self._firmware.answer(request, request.received)
        if (text := self._session.answer(request)) is None:
            return None
        if self._decides and (decided := self._questions.asked(request)) is not None:
            return decided
        return Response.ok(text, request.received)

    @override
    def _resumed(self) -> None:
        self._reports.resumed()
        self._catch_up.resumed()

    @override
    def _next_chore(self) -> Coroutine[None, None, None] | None:
        if self._must_set_clock(self._reports.device_clock.offset):
            return self._quietly(self.sync_time())
        if (after := self._catch_up.due) is not None:
            return self._catch_up.run(after, self._session.registration)
        return None

    @override
    async def _introduce(self) -> None:
        await self._quietly(self._read_open_times())
        await self._quietly(self._users.read_names())
        if self._session.registration.role is Role.MASTER:
            await self._quietly(self._sub_devices.ask())

    async def _read_open_times(self) -> None:
        await self._verbs.read_open_times()
        self._changed()

    # What the session tells

    def registered(self, options: Fields) -> None:
        """Take over what the device is, or what it adds to that."""
        before = self._session.registration.user_count
        self._adopt(self._session.registration.updated(options))
        after = self._session.registration.user_count
        if None not in {before, after} and before != after and self._users.recounted():
            self._chore(self._quietly(self._users.read_names()))

    def _adopt(self, registration: Registration) -> None:
        self._session.registration = registration
        self._reports.adopt(registration)
        self._rows.adopt(registration)
        self._settings.adopt(registration)
        self._rules.adopt(registration)
        self._users.adopt(registration)

    def happened(self, log: EventLog, received: datetime) -> None:
        """Tell events."""
        if self._reports.happened(log, self._home_time(received)):
            self._notices.add(Notice.INDEX_BACKWARDS)

    def _recover(self, log: EventLog, after: int) -> None:
        """Tell what happened while the device was away and was never told."""
        self._reports.recover(log, after, self._home_time(self._clock.now()))
        self._publish()

    def state_reported(self, text: str, received: datetime) -> None:
        """Take over the state of the doors."""
        self._reports.state_reported(text, self._home_time(received))

    def _home_time(self, moment: datetime) -> datetime:
        """Return a moment as the home's clocks show it: devices keep local time."""
        return moment.astimezone(self._clock.zone)

    def sub_controllers_reported(self, controllers: list[SubController]) -> None:
        """Take over the devices behind this one."""
        self._sub_devices.reported(controllers)

    def people_reported(self, table: str, rows: list[Fields]) -> None:
        """Tell that people were enrolled or changed at the device, and take over their names."""
        self._users.reported(table, rows)

    def enrolment_reported(self, shown: Sequence[Enrolled | EnrolledCard]) -> None:
        """Tell what somebody showed who was asked to."""
        self._users.shown(shown)

    def turnstile_reported(self, state: TurnstileState) -> None:
        """Take over a turnstile's counters."""
        self._reports.turnstile = state

    def errors_reported(self, errors: list[ErrorRecord]) -> None:
        """Keep the device's own troubles for a bug report."""
        for error in errors:
            _LOGGER.debug("%s reports: %s", self.info.model, error.words)

    def snapshots_reported(
        self, photos: list[UploadedPhoto], received: datetime
    ) -> None:
        """Show what the camera saw, and keep none of it."""
        self._has_camera = True
        for photo in photos:
            self._publish_photo(self._reports.photo(photo, self._home_time(received)))

    def asked_to_encrypt(self) -> None:
        """Remember that the owner has to change a setting on the device."""
        self._notices.add(Notice.ENCRYPTION)

    # Doors and outputs

    @override
    async def answer_identification(
        self, door: int, *, allow: bool, text: str = "", user_id: str | None = None
    ) -> None:
        self._verbs.check_door(door)
        decision = Decision(allow=allow, text=text, user_id=user_id)
        self._questions.decide(door, decision)

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        with self._commanding():
            await self._verbs.open(door, seconds)

    @override
    async def hold_open(self, door: int) -> None:
        with self._commanding():
            await self._verbs.hold(door)

    @override
    async def release_door(self, door: int) -> None:
        with self._commanding():
            await self._verbs.release(door)

    @override
    async def lock_down(self, door: int, *, on: bool) -> None:
        with self._commanding():
            await self._verbs.lock_down(door, on=on)

    @override
    async def emergency(self, *, opened: bool) -> None:
        with self._commanding():
            await self._verbs.emergency(opened=opened)

    @override
    async def release_floors(self, floors: Collection[int], seconds: int) -> None:
        """Security PUSH 3.1.2 section 9.4."""
        with self._commanding():
            await self._verbs.release_floors(floors, seconds)

    @override
    async def set_aux_output(
        self, output: int, *, on: bool, seconds: int | None = None
    ) -> None:
        with self._commanding():
            await self._verbs.set_aux_output(output, on=on, seconds=seconds)

    @override
    async def cancel_alarms(self) -> None:
        with self._commanding():
            await self._verbs.cancel_alarms()

    @override
    async def set_open_time(self, door: int, seconds: int) -> None:
        with self._commanding():
            await self._verbs.set_open_time(door, seconds)

    @override
    async def authorize_sub_device(self, serial: str) -> None:
        with self._commanding():
            await self._sub_devices.authorize(serial)

    # The device itself

    @override
    async def restart(self) -> None:
        with self._commanding():
            await self._verbs.restart()

    @override
    async def sync_time(self) -> None:
        with self._commanding():
            await self._verbs.sync_time()

    @override
    async def reset_counters(self) -> None:
        with self._commanding():
            await self._verbs.reset_counters()

    @override
    async def update_firmware(self, image: bytes) -> None:
        """Security PUSH 3.1.2 section 9.4.1."""
        self._must_be_online()
        in_parts = bool(self._session.registration.partial_upgrade)
        await self._firmware.deliver(image, in_parts=in_parts)

    # Settings and the past

    @override
    async def read_settings(self) -> list[Setting]:
        self._must_be_online()
        # A slow device fetches one question in five seconds, and none may wait for more than ten.
        if self._chores:
            await asyncio.wait(self._chores)
        return await self._settings.read()

    @override
    async def write_setting(
        self, key: SettingKey, number: int, value: SettingValue
    ) -> None:
        self._must_be_online()
        await self._settings.write(key, number, value)

    @override
    async def get_parameters(self, names: list[str]) -> dict[str, str]:
        """Read documented options. Raises InvalidValue for others and for secrets."""
        for name in names:
            check_readable(name)
        self._must_be_online()
        return await self._settings.get(names)

    @override
    async def set_parameters(self, values: Mapping[str, str]) -> None:
        """Write documented options and read them back. Raises InvalidValue for others and for secrets."""
        for name, value in values.items():
            check_writable(name, value)
        self._must_be_online()
        await self._settings.set(values)
        self._chore(self._quietly(self._read_open_times()))

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        self._must_be_online()
        return await self._log.read(since, limit)

    # Rules

    @property
    @override
    def rules(self) -> Mapping[Rule, RuleFields]:
        return self._rules.fields

    @override
    async def read_rules(self, rule: Rule) -> list[RuleRow]:
        self._must_be_online()
        return await self._rules.read(rule)

    @override
    async def write_rule(self, rule: Rule, row: RuleRow) -> RuleRow:
        self._must_be_online()
        async with self._rows.lock:
            return await self._rules.write(rule, row)

    @override
    async def delete_rule(self, rule: Rule, row: RuleRow) -> bool:
        self._must_be_online()
        async with self._rows.lock:
            return await self._rules.delete(rule, row)

    # People

    @property
    @override
    def people(self) -> Limits | None:
        return self._users.credentials.limits

    @override
    async def read_users(self) -> dict[str, User]:
        self._must_be_online()
        return await self._users.read()

    @override
    async def write_users(self, users: Sequence[User]) -> Failures:
        self._must_be_online()
        failures = await self._users.write(users)
        self._recount()
        return failures

    @override
    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        self._must_be_online()
        failures = await self._users.delete(user_ids)
        self._recount()
        return failures

    @override
    async def clear_users(self) -> None:
        self._must_be_online()
        await self._users.clear()
        self._recount()

    def _recount(self) -> None:
        """Learn how many users there are, which a device tells by itself only when it registers."""
        self._chore(self._quietly(self._count_users()))

    async def _count_users(self) -> None:
        if (count := await self._users.roster.count_users()) is not None:
            self.registered({"usercount": str(count)})
            self._changed()

    @override
    async def read_time_zones(self) -> dict[int, TimeZone]:
        self._must_be_online()
        return await self._users.roster.read_time_zones()

    @override
    async def write_time_zone(self, zone: TimeZone) -> None:
        self._must_be_online()
        await self._users.roster.write_time_zone(zone)

    @override
    async def read_holidays(self) -> list[Holiday]:
        self._must_be_online()
        return await self._users.roster.read_holidays()

    @override
    async def write_holiday(self, holiday: Holiday) -> None:
        self._must_be_online()
        await self._users.roster.write_holiday(holiday)

    @override
    async def delete_holiday(self, day: date) -> None:
        self._must_be_online()
        await self._users.roster.delete_holiday(day)

    @override
    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        self._must_be_online()
        await self._users.enrol(user_id, credential, index)

    @override
    async def read_templates(
        self, user_ids: Collection[str]
    ) -> AsyncIterator[Template]:
        self._must_be_online()
        async for template in self._users.credentials.read(user_ids):
            yield template

    @override
    async def write_templates(self, templates: Sequence[Template]) -> Failures:
        self._must_be_online()
        return await self._users.credentials.write(templates)

    @override
    async def read_user_photo(self, user_id: str) -> bytes | None:
        self._must_be_online()
        return await self._users.credentials.read_photo(user_id)
