"""A PUSH access device as an `AccessDevice`: it calls, and what it asks for is all that we can tell it.

Lives here: which requests are this device's own, its life, and the verbs. Not here: the conversation (`session`), what
its reports prove (`reports`), strangers (`server`). The device is reachable while it calls. What it told before a restart
of ours is kept, so that its doors exist before it calls again.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import date, datetime, timedelta
import logging
from typing import override

from .. import packed_time
from ..device import AccessDevice, Clock, Json
from ..errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    OutcomeUnknown,
    WrongFamily,
    WrongPassword,
)
from ..evidence import MAX_PULSE_SECONDS, STAYS_OPEN
from ..model import AccessEvent, Capability, Notice, PanelInfo, PanelState
from ..people import Credential, Failures, Holiday, Limits, Template, TimeZone, User
from ..rules import Rule, RuleFields, RuleRow
from ..settings import Setting, SettingKey, SettingValue
from . import commands, control
from .catch_up import CatchUp
from .changes import Changes
from .credentials import Credentials
from .dialect import USER, credential_of
from .enrolled import Enrolled, EnrolledCard
from .fields import by_user
from .firmware import FirmwareDelivery
from .gate import Pin
from .identification import (
    Answer as Answered,
    answer as answer_question,
    parse_question,
)
from .messages import (
    Answer,
    Request,
    Response,
    decode_text,
    parse_options,
    parse_records,
)
from .options import check_readable, check_writable
from .photos import Photo as UploadedPhoto, parse_photos
from .questions import Decision, Questions
from .queue import CommandQueue
from .records import (
    Authorization,
    ErrorRecord,
    EventLog,
    Fields,
    SubController,
    parse_rtlog,
)
from .registration import Feature, Registration, Role
from .reports import Reports
from .roster import Roster
from .rows import Rows
from .rules import DeviceRules
from .server import PushServer
from .session import REQUEST_DELAY_SECONDS, Session
from .settings import DeviceSettings
from .turnstile import TurnstileState

_LOGGER = logging.getLogger(__name__)

SILENT_AFTER_SECONDS = 60.0
PAUSE_SECONDS = 15.0
"""A device that has not called for so long may have kept events meanwhile."""
_WATCH_SECONDS = 5.0
DEFAULT_OPEN_SECONDS = 5
_SECOND_ADDRESS_FOR_SECONDS = 600.0
_SET_CLOCK_BEYOND_SECONDS = 30.0
_SET_CLOCK_EVERY_SECONDS = 3600.0
_REGISTERS_SECONDS = 30.0
"""How long a sub-controller may take to tell what it is."""
_MAX_OPTIONS = 500
"""A sanity limit on what a device tells about itself: more are not kept beside each other."""
_MARGIN = timedelta(hours=2)
"""Daylight saving may lie between a moment and now."""
_PERSONAL = frozenset(
    {
        "dns",
        "gateipaddress",
        "iclocksvrurl",
        "ipaddress",
        "mac",
        "netmask",
        "serialnumber",
        "sn",
        "ssid",
        "webserverip",
        "webserverurl",
    }
)
# Not to be raised, only to be shown: states are compared with each other.
_SILENT = CannotConnect("the device does not call")
_WRONG_KEY = WrongPassword("the device has another communication key")
_ATTENDANCE = WrongFamily("attendance")


class PushDevice(AccessDevice):
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
        super().__init__()
        memory = memory or {}
        self.serial = serial
        self._server = server
        self._clock = clock
        self._delay = delay
        self._keep_clock = keep_clock
        self._decides = decides
        self._questions = Questions(clock)
        self._pin = Pin(address, memory.get("address"))
        self._queue = CommandQueue(clock, memory.get("queue"))
        self._rows = Rows(self._queue, clock)
        self._firmware = FirmwareDelivery(serial, self._queue)
        self._roster = Roster(self._rows)
        self._settings = DeviceSettings(self._queue)
        self._rules = DeviceRules(self._rows)
        self._credentials = Credentials(self._queue, self._rows)
        self._reports = Reports(
            serial, clock, memory.get("reports"), self._publish_event
        )
        self._catch_up = CatchUp(
            self._queue,
            clock,
            self._reports.last_index,
            self._recover,
            memory.get("catch_up"),
        )
        self._changes = Changes(
            self._rows, self._reports.names, clock, memory.get("users_known")
        )
        self._session = Session(
            serial,
            self,
            self._queue,
            clock,
            delay=delay,
            key=key,
            memory=memory.get("session"),
        )
        self._has_camera = memory.get("has_camera") is True
        self._adopt({**(registration or {}), **_texts(memory.get("registration"))})
        self._notices: set[Notice] = set()
        self._strange_peer_until = 0.0
        self._last_contact: float | None = None
        self._clock_set_at: float | None = None
        self._introduced = False
        self._state = self._build_state()
        self._published = self._state, self.info
        self._watch: asyncio.Task[None] | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._sub_told = asyncio.Event()

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
    def state(self) -> PanelState:
        return self._state

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
            "users_known": self._changes.memory,
        }

    @property
    def max_package(self) -> int | None:
        """The largest body that the device announced, in bytes."""
        return self._session.registration.max_package_size

    @override
    def diagnostics(self) -> dict[str, Json]:
        """Return what the device told about itself, without secrets, and what waits for it."""
        known = self._session.registration
        return {
            "registration": {
                key: value for key, value in known.raw.items() if key not in _PERSONAL
            },
            "last_state": {
                key: value
                for key, value in self._reports.last_state.items()
                if key not in _PERSONAL
            },
            "waiting_commands": len(self._queue),
            "session": self._session.describe(),
        }

    # Life

    @override
    async def start(self) -> None:
        """Be served from now on. The device calls when it likes."""
        self._server.attach(self)
        self._watch = asyncio.create_task(self._watch_contact(), name="PUSH watch")

    @override
    async def stop(self) -> None:
        self._server.detach(self)
        tasks = [*self._chores, *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._watch = None

    async def _watch_contact(self) -> None:
        """Notice when the device falls silent, and when a pulse ends."""
        while True:
            now = self._clock.monotonic()
            change = self._reports.evidence.next_change(now)
            pause = _WATCH_SECONDS if change is None else change - now
            await self._clock.wait(min(pause, _WATCH_SECONDS), self._wake)
            self._wake.clear()
            self._publish()

    @property
    def _silent_after(self) -> float:
        return max(SILENT_AFTER_SECONDS, 3 * self._delay)

    @property
    def _online(self) -> bool:
        last = self._last_contact
        return last is not None and self._clock.monotonic() - last < self._silent_after

    @property
    def _error(self) -> DeviceError | None:
        """Why the device cannot be used."""
        if self._session.attendance:
            return _ATTENDANCE
        if self._online:
            return None
        return _WRONG_KEY if self._session.wrong_key else _SILENT

    def _build_state(self) -> PanelState:
        """Return the state as it is known now."""
        reports = self._reports
        turnstile = reports.turnstile
        notices = set(self._notices)
        if self._clock.monotonic() < self._strange_peer_until:
            notices.add(Notice.SECOND_ADDRESS)
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

    def _publish(self) -> None:
        """Tell the state when it changed, or what the device is."""
        self._state = self._build_state()
        current = self._state, self.info
        if current != self._published:
            self._published = current
            self._publish_state(self._state)

    # Requests

    def is_at(self, peer: str) -> bool:
        """Whether the device may call from an address."""
        return self._pin.admits(peer)

    def claimed_elsewhere(self) -> None:
        """Note that somebody called with this device's serial number from where it may not call."""
        self._strange_peer_until = self._clock.monotonic() + _SECOND_ADDRESS_FOR_SECONDS
        self._publish()

    def handle(self, request: Request) -> Answer:
        """Answer a request that comes from where the device is; refuse one that proves to be somebody else's."""
        text = None
        if self._session.admits(request):
            if self._session.proven:
                self._pin.keep(request.peer)
            if self._session.is_contact(request):
                self._contacted()
            if request.endpoint == "file" and request.method == "GET":
                return self._firmware.answer(request, request.received)
            text = self._session.answer(request)
        if text is not None and request.endpoint == "getrequest":
            self._start_chores()
        self._publish()
        if text is None:
            return Response.refused(request.received)
        if self._decides and (decided := self._ask_about(request)) is not None:
            return decided
        return Response.ok(text, request.received)

    def _ask_about(self, request: Request) -> Awaitable[Response] | None:
        """Tell who asks to come in, and return the answer to come; None for any other request."""
        if "authtype" not in request.query:
            return None
        text = decode_text(request.body, None)
        if (question := parse_question(text)) is None:
            return None
        event = self._reports.asked(question, request.received)
        if event.door is None:
            return None
        # First it is waited for an answer: a listener may have it at once.
        decision = self._questions.ask(event.door)
        self._publish_event(event)
        return self._decided(request, text, event.door, decision)

    async def _decided(
        self,
        request: Request,
        text: str,
        door: int,
        decision: Awaitable[Decision | None],
    ) -> Response:
        """Return the answer about somebody at a door. It opens the door, so it is given once."""
        decided = await decision
        if decided is None:
            answer = answer_question(text, Answered.TIMEOUT)
        elif decided.allow:
            _, own = self._place(door)
            opening = control.open_door(own, self._open_seconds(door))
            answer = answer_question(
                text, Answered.SUCCESS, command=opening, tips=decided.text
            )
        else:
            answer = answer_question(text, Answered.FAILED, tips=decided.text)
        return Response.ok(answer, request.received)

    def _contacted(self) -> None:
        """Note that the device is connected."""
        now = self._clock.monotonic()
        last = self._last_contact
        if last is None or now - last > max(PAUSE_SECONDS, 2 * self._delay):
            self._reports.resumed()
            self._catch_up.resumed()
        if not self._online:
            self._introduced = False
        self._last_contact = now

    # What the session tells

    def registered(self, options: Fields) -> None:
        """Take over what the device is, or what it adds to that."""
        before = self._session.registration.user_count
        known = {**self._session.registration.raw, **options}
        self._adopt(known if len(known) <= _MAX_OPTIONS else options)
        after = self._session.registration.user_count
        if None not in {before, after} and before != after:
            self._recounted()

    def _recounted(self) -> None:
        """Tell that somebody else changed users, and learn who they are."""
        if (event := self._changes.recounted()) is not None:
            self._publish_event(event)
            self._chore(self._quietly(self._read_names()))

    def _adopt(self, options: Mapping[str, str]) -> None:
        registration = Registration.of(options)
        self._session.registration = registration
        self._reports.adopt(registration)
        self._rows.adopt(registration)
        self._roster.adopt(registration)
        self._settings.adopt(registration)
        self._rules.adopt(registration)
        self._credentials.adopt(registration)

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
        self._reports.sub_controllers_reported(controllers)
        self._sub_told.set()

    def people_reported(self, table: str, rows: list[Fields]) -> None:
        """Tell that people were enrolled or changed at the device, and take over their names."""
        if table == USER:
            self._reports.people_reported(rows)
        self._tell(self._changes.uploaded(by_user(rows).keys()))

    def enrolment_reported(self, shown: Sequence[Enrolled | EnrolledCard]) -> None:
        """Tell what somebody showed who was asked to; of a template only that there is one."""
        told = dict.fromkeys(
            (found.user_id, Credential.CARD, found.card)
            if isinstance(found, EnrolledCard)
            else (found.user_id, credential_of(found.kind), None)
            for found in shown
        )
        for user_id, credential, card in told:
            if credential is not None:
                self._tell(self._changes.enrolment_read(user_id, credential, card))

    def _tell(self, event: AccessEvent | None) -> None:
        """Tell an event, if there is one."""
        if event is not None:
            self._publish_event(event)

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

    @override
    def dismiss(self, notice: Notice) -> None:
        self._notices.discard(notice)
        match notice:
            case Notice.SECOND_ADDRESS:
                self._strange_peer_until = 0.0
                if not self._online:
                    self._pin.release()  # it has moved
            case Notice.TOKEN_CHANGED:
                self._session.forget_tokens()
        self._publish()

    # Chores, while the device asks for commands

    def _start_chores(self) -> None:
        """Ask the device what it did not tell by itself."""
        if self._chores:
            return
        if not self._introduced:
            self._introduced = True
            self._chore(self._introduce())
        elif self._keep_clock and self._clock_is_off():
            self._clock_set_at = self._clock.monotonic()
            self._chore(self._quietly(self.sync_time()))
        elif (after := self._catch_up.due) is not None:
            self._chore(self._catch_up.run(after, self._session.registration))

    def _chore(self, work: Coroutine[None, None, None]) -> None:
        """Do something in the background."""
        task = asyncio.create_task(work, name="PUSH chore")
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _quietly(self, work: Coroutine[None, None, None]) -> None:
        """Do without what the device refuses to do; it is asked again when it comes back."""
        try:
            await work
        except DeviceError as err:
            _LOGGER.debug("%s did not help: %s", self.info.model, err)

    def _clock_is_off(self) -> bool:
        """Whether the device's clock needs to be set, and was not set just now."""
        offset = self._reports.device_clock.offset
        if offset is None or abs(offset.total_seconds()) < _SET_CLOCK_BEYOND_SECONDS:
            return False
        last = self._clock_set_at
        now = self._clock.monotonic()
        return last is None or now - last > _SET_CLOCK_EVERY_SECONDS

    async def _introduce(self) -> None:
        """Learn what a device does not tell by itself; what it refuses stops nothing else."""
        await self._quietly(self._read_open_times())
        await self._quietly(self._read_names())
        if self._session.registration.role is Role.MASTER:
            await self._quietly(self._ask_for_sub_devices())

    async def _read_open_times(self) -> None:
        """Learn for how long the doors open by themselves."""
        doors = [door for door, info in self.info.doors.items() if not info.sub_device]
        names = [f"Door{door}Drivertime" for door in doors]
        options = parse_options(await self._queue.query(commands.get_options(names)))
        for door, name in zip(doors, names, strict=True):
            text = options.get(name.lower(), "")
            if text.isascii() and text.isdigit() and int(text) <= STAYS_OPEN:
                self._reports.evidence.set_open_time(door, int(text))
        self._changed()

    async def _read_names(self) -> None:
        """Learn who the people are."""
        query = commands.query("user", ["Pin", "Name"])
        text = await self._queue.query(query)
        # Thousands of rows take their time.
        rows = await asyncio.to_thread(parse_records, text, "user")
        self._reports.names.clear()
        self._reports.people_reported(rows)
        self._changes.users_read()

    async def _ask_for_sub_devices(self) -> None:
        """Have the table of sub-controllers uploaded, which is told only when it changes."""
        await self._queue.run(control.sub_devices())

    # Doors and outputs

    def _place(self, door: int) -> tuple[str | None, int]:
        """Return the sub-controller and its own number of a door. Raises InvalidValue for a door that is not there."""
        if door not in self.info.doors:
            known = ", ".join(map(str, self.info.doors))
            raise InvalidValue("door", f"must be one of {known}")
        return self._reports.place(door)

    async def _command(
        self, text: str, sub: str | None = None, *, urgent: bool = True
    ) -> None:
        """Send a command, by default one that moves something: first in the queue, offered once, soon gone."""
        self._must_be_online()
        await self._queue.run(text, urgent=urgent, serial=sub)

    def _must_be_online(self) -> None:
        """Raise CannotConnect at once when nobody is there to fetch a command."""
        if not self._online:
            raise CannotConnect("the device does not call")

    async def _everywhere(
        self, text: str, confirmed: Callable[[str | None], None]
    ) -> None:
        """Send a command to this device and to those behind it; raise the first failure when all have been told."""
        machines = [*dict.fromkeys(i.sub_device for i in self.info.doors.values())]
        results = await asyncio.gather(
            *(self._command(text, machine) for machine in machines),
            return_exceptions=True,
        )
        for machine, result in zip(machines, results, strict=True):
            if not isinstance(result, BaseException):
                confirmed(machine)
        self._changed()
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _changed(self) -> None:
        """Publish what a confirmed command changed."""
        self._wake.set()
        self._publish()

    def _open_seconds(self, door: int) -> int:
        """Return for how long a door opens by itself."""
        usual = self._reports.doors()[door].open_time or 0
        return usual if 1 <= usual <= MAX_PULSE_SECONDS else DEFAULT_OPEN_SECONDS

    @override
    async def answer_identification(
        self, door: int, *, allow: bool, text: str = ""
    ) -> None:
        self._place(door)
        self._questions.decide(door, Decision(allow=allow, text=text))

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        sub, own = self._place(door)
        if seconds is None:
            seconds = self._open_seconds(door)
        await self._command(control.open_door(own, seconds), sub)
        self._reports.evidence.opened(door, seconds, self._clock.monotonic())
        self._changed()

    @override
    async def hold_open(self, door: int) -> None:
        sub, own = self._place(door)
        await self._command(control.hold_door(own), sub)
        self._reports.evidence.held(door, self._clock.monotonic())
        self._changed()

    @override
    async def release_door(self, door: int) -> None:
        """Drop the relay; where that is refused because of a schedule, end the schedule first."""
        sub, own = self._place(door)
        try:
            await self._command(control.close_door(own), sub)
        except CommandRefused:
            schedule = control.normal_open_schedule(own, enabled=False)
            await self._command(schedule, sub)
            await self._command(control.close_door(own), sub)
        self._reports.evidence.released(door, self._clock.monotonic())
        self._changed()

    @override
    async def lock_down(self, door: int, *, on: bool) -> None:
        sub, own = self._place(door)
        await self._command(control.lock_down(own, on=on), sub)
        self._reports.locked_down(door, on=on)
        self._changed()

    @override
    async def emergency(self, *, opened: bool) -> None:
        def confirmed(machine: str | None) -> None:
            now = self._clock.monotonic()
            for door, info in self.info.doors.items():
                if info.sub_device == machine and opened:
                    self._reports.evidence.held(door, now)
                elif info.sub_device == machine:
                    self._reports.evidence.released(door, now)

        await self._everywhere(control.emergency(opened=opened), confirmed)

    @override
    async def set_aux_output(
        self, output: int, *, on: bool, seconds: int | None = None
    ) -> None:
        if not 1 <= output <= self.info.aux_outputs:
            limit = f"must be from 1 to {self.info.aux_outputs}"
            raise InvalidValue("output", limit)
        duration = on if seconds is None or not on else seconds
        await self._command(control.aux_output(output, duration))
        self._reports.evidence.output_set(
            output,
            on=on,
            seconds=seconds if on else None,
            now=self._clock.monotonic(),
        )
        self._changed()

    @override
    async def cancel_alarms(self) -> None:
        await self._everywhere(control.cancel_alarm(), lambda _machine: None)

    @override
    async def restart(self) -> None:
        await self._command(control.restart())

    @override
    async def update_firmware(self, image: bytes) -> None:
        """Security PUSH 3.1.2 section 9.4.1."""
        self._must_be_online()
        in_parts = bool(self._session.registration.partial_upgrade)
        await self._firmware.deliver(image, in_parts=in_parts)

    @override
    async def reset_counters(self) -> None:
        await self._command(control.reset_counter(control.Counter.ALL))

    # Settings and the past

    @override
    async def set_open_time(self, door: int, seconds: int) -> None:
        sub, own = self._place(door)
        if not 1 <= seconds <= MAX_PULSE_SECONDS:
            raise InvalidValue("seconds", f"must be from 1 to {MAX_PULSE_SECONDS}")
        options = {f"Door{own}Drivertime": seconds}
        await self._command(commands.set_options(options), sub, urgent=False)
        self._reports.evidence.set_open_time(door, seconds)
        self._changed()

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
    async def sync_time(self) -> None:
        local = self._clock.now().replace(tzinfo=None)
        await self._command(commands.set_time(local), urgent=False)
        now = self._clock.now()
        self._reports.device_clock.measure(now.replace(tzinfo=None), now)
        self._changed()

    @override
    async def authorize_sub_device(self, serial: str) -> None:
        """Let a sub-controller register, and then take part (Security PUSH 3.1.2 section 5)."""
        if serial not in self.info.sub_devices:
            known = ", ".join(self.info.sub_devices) or "none"
            raise InvalidValue("serial number", f"must be one of {known}")
        await self._authorize(serial, Authorization.IN_PROGRESS)
        until = self._clock.monotonic() + _REGISTERS_SECONDS
        while not self._has_registered(serial):
            if (left := until - self._clock.monotonic()) <= 0:
                raise OutcomeUnknown("the sub-controller did not tell what it is")
            self._sub_told.clear()
            await self._clock.wait(left, self._sub_told)
        await self._authorize(serial, Authorization.GRANTED)

    def _has_registered(self, serial: str) -> bool:
        """Whether a sub-controller has told how many doors it has."""
        return any(door.sub_device == serial for door in self.info.doors.values())

    async def _authorize(self, serial: str, authorization: Authorization) -> None:
        row: dict[str, commands.Value] = {
            "SN": serial,
            "IsAuthorize": int(authorization),
        }
        update = commands.data_update("DeviceAuthorize", [row])
        await self._command(update, urgent=False)

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        self._must_be_online()
        log = await asyncio.to_thread(parse_rtlog, await self._transactions(since))
        events = self._reports.history(log, self._clock.now())
        chosen = [e for e in events if since is None or e.time >= since]
        return chosen[-limit:] if limit > 0 else []

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
        return self._credentials.limits

    @override
    async def read_users(self) -> dict[str, User]:
        self._must_be_online()
        users = await self._credentials.count(await self._roster.read_users())
        self._reports.names.clear()
        self._named(users.values())
        self._changes.users_read()
        return users

    @override
    async def write_users(self, users: Sequence[User]) -> Failures:
        self._must_be_online()
        failures = await self._roster.write_users(users)
        self._named(user for user in users if user.user_id not in failures)
        self._recount()
        return failures

    @override
    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        self._must_be_online()
        failures = await self._roster.delete_users(user_ids)
        for user_id in {*user_ids} - failures.keys():
            self._reports.names.pop(user_id, None)
        self._recount()
        return failures

    @override
    async def clear_users(self) -> None:
        self._must_be_online()
        await self._roster.clear_users()
        self._reports.names.clear()
        self._recount()

    def _named(self, users: Iterable[User]) -> None:
        """Know people by name in events from now on."""
        self._reports.people_reported(
            {"pin": user.user_id, "name": user.name} for user in users
        )

    def _recount(self) -> None:
        """Learn how many users there are, which a device tells by itself only when it registers."""
        self._chore(self._quietly(self._count_users()))

    async def _count_users(self) -> None:
        if (count := await self._roster.count_users()) is not None:
            self.registered({"usercount": str(count)})
            self._changed()

    @override
    async def read_time_zones(self) -> dict[int, TimeZone]:
        self._must_be_online()
        return await self._roster.read_time_zones()

    @override
    async def write_time_zone(self, zone: TimeZone) -> None:
        self._must_be_online()
        await self._roster.write_time_zone(zone)

    @override
    async def read_holidays(self) -> list[Holiday]:
        self._must_be_online()
        return await self._roster.read_holidays()

    @override
    async def write_holiday(self, holiday: Holiday) -> None:
        self._must_be_online()
        await self._roster.write_holiday(holiday)

    @override
    async def delete_holiday(self, day: date) -> None:
        self._must_be_online()
        await self._roster.delete_holiday(day)

    @override
    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        """Let the device ask a person for a credential, and wait at most two minutes for the outcome."""
        self._must_be_online()
        command = self._credentials.enrolment(user_id, credential, index)
        self._tell(self._changes.enrolment_started(user_id, credential))
        try:
            await self._credentials.enrol(user_id, command)
        except DeviceError as err:
            self._tell(self._changes.enrolment_ended(user_id, credential, err))
            raise
        self._tell(self._changes.enrolment_ended(user_id, credential, None))

    @override
    async def read_templates(
        self, user_ids: Collection[str]
    ) -> AsyncIterator[Template]:
        self._must_be_online()
        async for template in self._credentials.read(user_ids):
            yield template

    @override
    async def write_templates(self, templates: Sequence[Template]) -> Failures:
        self._must_be_online()
        return await self._credentials.write(templates)

    @override
    async def read_user_photo(self, user_id: str) -> bytes | None:
        """Return the photo for comparison (Security PUSH 3.1.2 section 9.1.4)."""
        self._must_be_online()
        query = commands.query("biophoto", conditions={"PIN": user_id})
        photos = parse_photos(await self._queue.query(query), "biophoto")
        mine = (photo.data for photo in photos if photo.user_id == user_id)
        return next(mine, None)

    # The log

    async def _transactions(self, since: datetime | None) -> str:
        """Return the rows of the log, only those since a moment where the device can choose."""
        everything = commands.query("transaction")
        if since is None:
            return await self._queue.query(everything)
        offset = self._reports.device_clock.offset or timedelta()
        first = self._home_time(since).replace(tzinfo=None) + offset
        end = self._clock.now().replace(tzinfo=None) + offset
        try:
            limits = {
                "starttime": packed_time.encode(first - _MARGIN),
                "endtime": packed_time.encode(end + _MARGIN),
            }
            some = commands.query("transaction", conditions=limits)
            return await self._queue.query(some)
        except CommandRefused, InvalidValue:
            return await self._queue.query(everything)


def _texts(value: Json) -> dict[str, str]:
    """Return the text values of something stored."""
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}
