"""A terminal in attendance mode as an `AccessDevice`: it calls, and what it asks for is all that we can tell it.

Lives here: which requests are this terminal's own, and the verbs. Not here: the conversation (`session`), what its uploads
prove (`reports`), its users (`roster`), reachability (`push.caller`), strangers (`push.server`). What it told before a
restart of ours is kept, so that its door exists before it calls again.
"""

from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
import logging
from math import inf
from typing import Final, override

from ..device import Clock, Json
from ..errors import (
    CommandRefused,
    DeviceError,
    InvalidValue,
    OutcomeUnknown,
    WrongFamily,
    WrongPassword,
)
from ..event_codes import (
    ENROLMENT_FAILED,
    ENROLMENT_FINISHED,
    ENROLMENT_STARTED,
    EventCode,
)
from ..evidence import MAX_PULSE_SECONDS
from ..model import AccessEvent, Capability, PanelInfo, PanelState
from ..people import Credential, Failures, Limits, User
from ..push.caller import SILENT, Caller
from ..push.messages import Request, Response
from ..push.queue import QUERY_SECONDS, CommandQueue
from ..push.registration import Registration, impersonal, remembered
from ..push.server import PushServer
from ..push.session import REQUEST_DELAY_SECONDS
from . import commands
from .answers import Answers
from .codes import interpret
from .records import Fields, OperationLog, Punch, Punches
from .reports import Reports
from .roster import Roster
from .session import Session
from .translate import DOOR

_LOGGER = logging.getLogger(__name__)

_INFO_SECONDS: Final = 600.0
"""How often a terminal is asked how much it holds."""
_CONNECTS_SECONDS: Final = 60.0
"""How long a terminal may take to connect anew when it was told to."""
_FIRST: Final = datetime(2000, 1, 1)
_AHEAD: Final = timedelta(days=1)
_MARGIN: Final = timedelta(hours=2)
"""Daylight saving may lie between a moment and now."""
# Not to be raised, only to be shown: states are compared with each other.
_WRONG_KEY: Final = WrongPassword("the terminal has another communication key")
_ACCESS: Final = WrongFamily("access")


class AttendanceTerminal(Caller):
    """One paired terminal."""

    tells = frozenset()

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
        memory: Mapping[str, Json] | None = None,
    ) -> None:
        """`registration` is what the terminal told when it was paired, `memory` what the property returned last.

        `address` is where it may call from, an IP address or a range; empty for the first that it uses. `key` is the
        communication key that it must show, empty for any. `delay` is the pause between its polls in seconds. `keep_clock`
        lets it take our time when its clock is off. Raises InvalidValue.
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
        self._queue = CommandQueue(
            clock,
            memory.get("queue"),
            check=lambda number, text, _serial: commands.encode(number, text),
            interpret=interpret,
        )
        self._reports = Reports(
            serial, clock, memory.get("reports"), self._publish_event
        )
        self._roster = Roster(self._queue, clock)
        self._punches: Answers[Punch] = Answers()
        self._session = Session(
            serial,
            self,
            self._queue,
            clock,
            delay=delay,
            key=key,
            memory=memory.get("session"),
        )
        told = remembered(registration, memory.get("registration"))
        self._adopt(Registration.of(told))
        self._info_due = -inf
        self._connections = 0
        self._refresh()

    @property
    @override
    def info(self) -> PanelInfo:
        return self._reports.info

    @property
    @override
    def capabilities(self) -> Capability:
        return (
            Capability.CANCEL_ALARMS
            | Capability.RESTART
            | Capability.SET_TIME
            | Capability.EVENT_LOG
            | Capability.PARAMETERS
        )

    @property
    @override
    def memory(self) -> dict[str, Json]:
        """What must survive a restart: no key, no card, no name."""
        return {
            "address": self._pin.memory,
            "queue": self._queue.memory,
            "reports": self._reports.memory,
            "session": self._session.memory,
            "registration": dict(self._known.raw),
        }

    @property
    @override
    def max_package(self) -> int | None:
        return self._known.max_package_size

    @override
    def diagnostics(self) -> dict[str, Json]:
        """Return what the terminal told about itself, without secrets, and what waits for it."""
        return {
            "registration": impersonal(self._known.raw),
            "waiting_commands": len(self._queue),
            "session": self._session.describe(),
        }

    @property
    def _error(self) -> DeviceError | None:
        """Why the terminal cannot be used."""
        if self._session.access:
            return _ACCESS
        if self._online:
            return None
        return _WRONG_KEY if self._session.wrong_key else SILENT

    @override
    def _build_state(self) -> PanelState:
        known = self._known
        return PanelState(
            error=self._error,
            doors=self._reports.doors(),
            clock_offset=self._reports.news.device_clock.offset,
            user_count=known.user_count,
            record_count=known.record_count,
            fingerprint_count=known.finger_count,
            face_count=known.face_count,
            notices=frozenset(self._current_notices()),
        )

    @override
    def _next_change(self, now: float) -> float | None:
        return self._reports.evidence.next_change(now)

    # Requests

    @property
    @override
    def _conversation(self) -> Session:
        return self._session

    @override
    def _answer(self, request: Request) -> Response | None:
        text = self._session.answer(request)
        return None if text is None else Response.ok(text, request.received)

    @override
    def _resumed(self) -> None:
        self._reports.news.resumed()

    # What the session tells

    def connected(self) -> None:
        """Note that the terminal has started over: it may tell old things, and has our time."""
        self._connections += 1
        self._reports.news.resumed()
        self._reports.news.clock_was_set()
        self._wake.set()

    def registered(self, options: Fields) -> None:
        """Take over what the terminal is, or what it adds to that."""
        self._adopt(self._known.updated(options))

    def _adopt(self, known: Registration) -> None:
        self._known = known
        self._reports.adopt(known)
        self._roster.adopt(known)

    def came(self, punches: Punches, received: datetime) -> None:
        """Tell who verified."""
        if punches.unreadable:
            _LOGGER.debug("%d lines of an upload are no rows", punches.unreadable)
        asked = self._punches.waited_for
        self._punches.add(punches.rows)
        self._reports.came(punches, received, asked=asked)

    def done(self, log: OperationLog, received: datetime) -> None:
        """Tell what was done, and take over users."""
        self._roster.answers.add(log.users)
        self._reports.done(log, received)

    def polled(self) -> None:
        """Note that the terminal has nothing to do."""
        self._punches.polled()
        self._roster.answers.polled()

    # Chores, while the terminal asks for commands

    @override
    def _next_chore(self) -> Coroutine[None, None, None] | None:
        if self._clock.monotonic() >= self._info_due:
            return self._quietly(self._read_info())
        if self._must_set_clock(self._reports.news.device_clock.offset):
            return self._quietly(self.sync_time())
        return None

    @override
    async def _introduce(self) -> None:
        await self._quietly(self._read_info())
        await self._quietly(self._read_names())

    async def _read_info(self) -> None:
        """Learn what the terminal is and how much it holds."""
        self._info_due = self._clock.monotonic() + _INFO_SECONDS
        await self._ask_info()

    async def _ask_info(self) -> Fields:
        result = await self._queue.run(commands.info())
        self.registered(result.extra)
        self._changed()
        return result.extra

    async def _read_names(self) -> None:
        """Learn who the users are."""
        rows = await self._roster.read_rows()
        self._reports.names.clear()
        self._reports.named(rows.values())

    # The door

    async def _command(self, text: str, *, urgent: bool = False) -> None:
        """Send a command: offered once, soon gone."""
        self._must_be_online()
        await self._queue.run(text, urgent=urgent)

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        """Unlock the door for the terminal's own open time: no other can be asked for."""
        if door != DOOR:
            raise InvalidValue("door", f"must be {DOOR}")
        usual = self._reports.doors()[DOOR].open_time
        if seconds is not None and seconds != usual:
            raise InvalidValue("seconds", "this terminal knows its own open time only")
        await self._command(commands.unlock(), urgent=True)
        if usual is not None and usual <= MAX_PULSE_SECONDS:
            self._reports.evidence.opened(DOOR, usual, self._clock.monotonic())
        self._changed()

    @override
    async def cancel_alarms(self) -> None:
        await self._command(commands.cancel_alarm(), urgent=True)

    @override
    async def restart(self) -> None:
        await self._command(commands.restart())

    # Settings and the past

    @override
    async def sync_time(self) -> None:
        """Let the terminal connect anew, for it takes our time whenever it does."""
        before = self._connections
        await self._command(commands.check())
        until = self._clock.monotonic() + _CONNECTS_SECONDS
        while self._connections == before:
            if (left := until - self._clock.monotonic()) <= 0:
                raise OutcomeUnknown("the terminal did not ask for the time")
            await self._clock.wait(min(left, 1.0))
        self._changed()

    @override
    async def get_parameters(self, names: list[str]) -> dict[str, str]:
        """Read settings; those that hold secrets are not told."""
        self._must_be_online()
        told = Registration.of(await self._ask_info()).raw
        return {
            name: told[key]
            for name in names
            if (key := name.lstrip("~").lower()) in told
        }

    @override
    async def set_parameters(self, values: Mapping[str, str]) -> None:
        self._must_be_online()
        texts = [commands.set_option(name, value) for name, value in values.items()]
        for text in texts:
            await self._queue.run(text)
        kept = await self.get_parameters([*values])
        for name, value in values.items():
            if name in kept and kept[name] != value:
                raise CommandRefused(-1, f"the terminal did not keep {name}")

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        """Return the newest rows of the terminal's log of attendance."""
        self._must_be_online()
        clock = self._reports.news.device_clock
        now = self._clock.now()
        end = now.replace(tzinfo=None) + (clock.offset or timedelta())
        start = _FIRST
        if since is not None:
            start = max(_FIRST, end - (now - since) - _MARGIN)
        async with self._punches as answer:
            text = commands.query_punches(start, end + _AHEAD)
            await self._queue.run(text, seconds=QUERY_SECONDS)
            rows = await answer.complete(self._clock)
        events = [
            self._reports.translate(row, clock.moment(row.time, now), late=True)
            for row in rows
            if row.time is not None
        ]
        chosen = [event for event in events if since is None or event.time >= since]
        chosen.sort(key=lambda event: event.time)
        return chosen[-limit:] if limit > 0 else []

    # People

    @property
    @override
    def people(self) -> Limits | None:
        return self._roster.limits

    @override
    async def read_users(self) -> dict[str, User]:
        self._must_be_online()
        return await self._roster.read_users()

    @override
    async def write_users(self, users: Sequence[User]) -> Failures:
        self._must_be_online()
        failures = await self._roster.write(users)
        self._info_due = -inf
        return failures

    @override
    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        self._must_be_online()
        failures = await self._roster.delete(user_ids)
        for user_id in {*user_ids} - failures.keys():
            self._reports.names.pop(user_id, None)
        self._info_due = -inf
        return failures

    @override
    async def clear_users(self) -> None:
        self._must_be_online()
        await self._roster.clear()
        self._reports.names.clear()
        self._info_due = -inf

    @override
    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        """Let the terminal ask a person for a finger; events tell that it begins and how it ends."""
        self._must_be_online()
        self._tell_enrolment(ENROLMENT_STARTED, user_id)
        try:
            await self._roster.enrol(user_id, credential, index)
        except DeviceError as err:
            self._tell_enrolment(ENROLMENT_FAILED, user_id, f": {err}")
            raise
        self._tell_enrolment(ENROLMENT_FINISHED, user_id)
        self._info_due = -inf

    def _tell_enrolment(self, code: EventCode, user_id: str, more: str = "") -> None:
        """Tell how an enrolment goes on, as far as answers show."""
        self._publish_event(
            AccessEvent(
                kind=code.kind,
                code=code.code,
                name=code.name,
                description=f"{code.words} ({Credential.FINGERPRINT}){more}",
                time=self._clock.now(),
                device_time=None,
                user_id=user_id,
                user_name=self._reports.names.get(user_id) or None,
            )
        )
