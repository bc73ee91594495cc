"""A PUSH access device as an `AccessDevice`: it calls, and what it asks for is all that we can tell it.

Lives here: which requests are this device's own, its life, and the verbs. Not here: the conversation (`session`), what
its reports prove (`reports`), strangers (`server`). The device is reachable while it calls. What it told before a restart
of ours is kept, so that its doors exist before it calls again.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import datetime
import hmac
import logging
from typing import override

from ..device import AccessDevice, Clock, Json
from ..errors import CannotConnect, CommandRefused, DeviceError, InvalidValue
from ..evidence import MAX_PULSE_SECONDS, STAYS_OPEN
from ..model import AccessEvent, Capability, Notice, PanelInfo, PanelState
from . import commands
from .gate import Network, parse_address, parse_network
from .messages import Request, Response, parse_options, parse_records
from .queue import CommandQueue
from .records import (
    CommandResult,
    ErrorRecord,
    EventLog,
    SubController,
    TurnstileState,
    parse_rtlog,
)
from .registration import Feature, Registration
from .reports import SETTLED_SECONDS, Reports
from .server import PushServer
from .session import Session

_LOGGER = logging.getLogger(__name__)

REQUEST_DELAY_SECONDS = 1
"""The pause between a device's polls, and so the longest wait of a person at the door."""
SILENT_AFTER_SECONDS = 60.0
_WATCH_SECONDS = 5.0
DEFAULT_OPEN_SECONDS = 5
_SECOND_ADDRESS_FOR_SECONDS = 600.0
_SET_CLOCK_BEYOND_SECONDS = 30.0
_SET_CLOCK_EVERY_SECONDS = 3600.0
_QUERY_SECONDS = 120.0
_PERSONAL = frozenset({"mac", "ipaddress", "serialnumber", "gateipaddress"})
_SILENT = CannotConnect("the device does not call")


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
        memory: Mapping[str, Json] | None = None,
    ) -> None:
        """`registration` is what the device told when it was paired, `memory` what the property returned last.

        `address` is where it may call from, an IP address or a range; empty for the first that it uses. `key` is the
        communication key that it must register with, empty for any. `delay` is the pause between its polls in seconds.
        `keep_clock` sets its clock when it is off. Raises InvalidValue.
        """
        super().__init__()
        memory = memory or {}
        self.serial = serial
        self._server = server
        self._clock = clock
        self._key = key
        self._delay = delay
        self._keep_clock = keep_clock
        self._allowed: Network | None = parse_network(address) if address else None
        pinned = memory.get("address")
        self._pinned = pinned if isinstance(pinned, str) else None
        self._queue = CommandQueue(clock, memory.get("queue"))
        self._reports = Reports(
            serial, clock, memory.get("reports"), self._publish_event
        )
        self._session = Session(
            serial,
            self,
            self._queue,
            clock,
            delay=delay,
            memory=memory.get("session"),
        )
        self._adopt({**(registration or {}), **_texts(memory.get("registration"))})
        self._key_shown = not key or memory.get("key_shown") is True
        self._notices: set[Notice] = set()
        self._strange_peer_until = 0.0
        self._last_contact: float | None = None
        self._online_since = 0.0
        self._clock_set_at: float | None = None
        self._introduced = False
        self._state = self._build_state()
        self._published = self._state, self.info
        self._watch: asyncio.Task[None] | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

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
            | Capability.EVENT_LOG
            | Capability.EMERGENCY
            | Capability.POWER_ALARMS
        )
        if known.supports(Feature.LOCK_DOWN):
            found |= Capability.LOCK_DOWN
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
        return {
            "address": self._pinned,
            "key_shown": self._key_shown,
            "queue": self._queue.memory,
            "reports": self._reports.memory,
            "session": self._session.memory,
            "registration": dict(self._session.registration.raw),
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
            "waiting_commands": len(self._queue),
            "answers": self._session.describe(),
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
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
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

    def _build_state(self) -> PanelState:
        """Return the state as it is known now."""
        reports = self._reports
        turnstile = reports.turnstile
        notices = set(self._notices)
        if self._clock.monotonic() < self._strange_peer_until:
            notices.add(Notice.SECOND_ADDRESS)
        return PanelState(
            error=None if self._online else _SILENT,
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

    def handle(self, request: Request) -> Response:
        """Answer a request with this device's serial number; refuse one that comes from somebody else."""
        if not self._is_own(request):
            self._publish()
            return Response.refused(request.received)
        now = self._clock.monotonic()
        if not self._online:
            self._online_since = now
            self._introduced = False
        self._last_contact = now
        text = self._session.answer(request)
        if text is None:
            return Response.refused(request.received)
        if request.endpoint == "getrequest":
            self._start_chores()
        self._publish()
        return Response.ok(text, request.received)

    def _is_own(self, request: Request) -> bool:
        """Whether a request comes from the paired device, as far as address, key and token show."""
        address = parse_address(request.peer)
        if address is None or not self._address_is_right(str(address)):
            return False
        if not self._key_is_right(request):
            return False
        if not self._session.token_is_right(request):
            self._notices.add(Notice.TOKEN_CHANGED)
            return False
        return True

    def _address_is_right(self, address: str) -> bool:
        """Compare the caller's address with the owner's choice, or with the first one that was used."""
        if self._allowed is not None:
            own = parse_address(address)
            right = own is not None and own in self._allowed
        else:
            self._pinned = self._pinned or address
            right = address == self._pinned
        if not right:
            until = self._clock.monotonic() + _SECOND_ADDRESS_FOR_SECONDS
            self._strange_peer_until = until
        return right

    def _key_is_right(self, request: Request) -> bool:
        """Ask for the communication key at registration; nothing is exchanged with a device that has not shown it."""
        if not self._key:
            return True
        if request.endpoint == "registry":
            shown = parse_options(request.body.decode(errors="replace")).get(
                "authkey", ""
            )
            self._key_shown = hmac.compare_digest(shown.encode(), self._key.encode())
            return self._key_shown
        first = request.endpoint == "cdata" and request.method == "GET"
        return self._key_shown or first

    # What the session tells

    def registered(self, options: dict[str, str]) -> None:
        """Take over what the device is, or what it adds to that."""
        self._adopt({**self._session.registration.raw, **options})

    def _adopt(self, options: Mapping[str, str]) -> None:
        registration = Registration.of(options)
        self._session.registration = registration
        self._reports.adopt(registration)

    def happened(self, log: EventLog, received: datetime) -> None:
        """Tell events."""
        online = self._clock.monotonic() - self._online_since
        settled = self._last_contact is not None and online > SETTLED_SECONDS
        if self._reports.happened(log, received, settled=settled):
            self._notices.add(Notice.INDEX_BACKWARDS)

    def state_reported(self, text: str, received: datetime) -> None:
        """Take over the state of the doors."""
        self._reports.state_reported(text, received)

    def sub_controllers_reported(self, controllers: list[SubController]) -> None:
        """Take over the devices behind this one."""
        self._reports.sub_controllers_reported(controllers)

    def turnstile_reported(self, state: TurnstileState) -> None:
        """Take over a turnstile's counters."""
        self._reports.turnstile = state

    def errors_reported(self, errors: list[ErrorRecord]) -> None:
        """Keep the device's own troubles for a bug report."""
        for error in errors:
            _LOGGER.debug("%s reports: %s", self.info.model, error.words)

    def asked_to_encrypt(self) -> None:
        """Remember that the owner has to change a setting on the device."""
        self._notices.add(Notice.ENCRYPTION)

    @override
    def dismiss(self, notice: Notice) -> None:
        self._notices.discard(notice)
        match notice:
            case Notice.SECOND_ADDRESS:
                self._pinned = None
                self._strange_peer_until = 0.0
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
            self._chore(self.sync_time())

    def _chore(self, work: Coroutine[None, None, None]) -> None:
        """Do something in the background; a device that refuses is asked again when it comes back."""

        async def quietly() -> None:
            try:
                await work
            except DeviceError as err:
                _LOGGER.debug("%s did not help: %s", self.info.model, err)

        task = asyncio.create_task(quietly())
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def _clock_is_off(self) -> bool:
        """Whether the device's clock needs to be set, and was not set just now."""
        offset = self._reports.device_clock.offset
        if offset is None or abs(offset.total_seconds()) < _SET_CLOCK_BEYOND_SECONDS:
            return False
        last = self._clock_set_at
        now = self._clock.monotonic()
        return last is None or now - last > _SET_CLOCK_EVERY_SECONDS

    async def _introduce(self) -> None:
        """Learn the doors' open times and the people's names."""
        names = [
            f"Door{door}Drivertime"
            for sub, door in map(self._reports.place, self.info.doors)
            if sub is None
        ]
        result = await self._queue.run(commands.get_options(names))
        options = parse_options(self._session.take(result.id))
        for door in self.info.doors:
            text = options.get(f"door{door}drivertime", "")
            if text.isascii() and text.isdigit() and int(text) <= STAYS_OPEN:
                self._reports.evidence.set_open_time(door, int(text))
        result = await self._queue.run(
            commands.query("user", ["Pin", "Name"]), seconds=_QUERY_SECONDS
        )
        rows = parse_records(self._session.take(result.id), "user")
        self._reports.names = {
            row["pin"]: row["name"]
            for row in rows
            if row.get("pin") and row.get("name")
        }
        self._publish()

    # Doors and outputs

    def _place(self, door: int) -> tuple[str | None, int]:
        """Return the sub-controller and its own number of a door. Raises InvalidValue for a door that is not there."""
        if door not in self.info.doors:
            known = ", ".join(map(str, self.info.doors))
            raise InvalidValue("door", f"must be one of {known}")
        return self._reports.place(door)

    async def _command(self, text: str, sub: str | None = None) -> CommandResult:
        """Send a command that moves something: first in the queue, offered once, and gone after ten seconds."""
        if not self._online:
            raise _SILENT
        return await self._queue.run(text, urgent=True, serial=sub)

    def _changed(self) -> None:
        """Publish what a confirmed command changed."""
        self._wake.set()
        self._publish()

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        sub, own = self._place(door)
        if seconds is None:
            usual = self._reports.doors()[door].open_time or 0
            is_pulse = 1 <= usual <= MAX_PULSE_SECONDS
            seconds = usual if is_pulse else DEFAULT_OPEN_SECONDS
        await self._command(commands.open_door(own, seconds), sub)
        self._reports.evidence.opened(door, seconds, self._clock.monotonic())
        self._changed()

    @override
    async def hold_open(self, door: int) -> None:
        sub, own = self._place(door)
        await self._command(commands.hold_door(own), sub)
        self._reports.evidence.held(door, self._clock.monotonic())
        self._changed()

    @override
    async def release_door(self, door: int) -> None:
        """Drop the relay; where that is refused because of a schedule, end the schedule first."""
        sub, own = self._place(door)
        try:
            await self._command(commands.close_door(own), sub)
        except CommandRefused:
            schedule = commands.normal_open_schedule(own, enabled=False)
            await self._command(schedule, sub)
            await self._command(commands.close_door(own), sub)
        self._reports.evidence.released(door, self._clock.monotonic())
        self._changed()

    @override
    async def lock_down(self, door: int, *, on: bool) -> None:
        sub, own = self._place(door)
        await self._command(commands.lock_down(own, on=on), sub)
        self._reports.locked_down(door, on=on)
        self._changed()

    @override
    async def emergency(self, *, opened: bool) -> None:
        await self._command(commands.emergency(opened=opened))
        now = self._clock.monotonic()
        for door in self.info.doors:
            if opened:
                self._reports.evidence.held(door, now)
            else:
                self._reports.evidence.released(door, now)
        self._changed()

    @override
    async def set_aux_output(
        self, output: int, *, on: bool, seconds: int | None = None
    ) -> None:
        if not 1 <= output <= self.info.aux_outputs:
            limit = f"must be from 1 to {self.info.aux_outputs}"
            raise InvalidValue("output", limit)
        duration = on if seconds is None or not on else seconds
        await self._command(commands.aux_output(output, duration))
        self._reports.evidence.output_set(
            output,
            on=on,
            seconds=seconds if on else None,
            now=self._clock.monotonic(),
        )
        self._changed()

    @override
    async def cancel_alarms(self) -> None:
        await self._command(commands.cancel_alarm())

    @override
    async def restart(self) -> None:
        await self._command(commands.restart())

    @override
    async def reset_counters(self) -> None:
        await self._command(commands.reset_counter(commands.Counter.ALL))

    # Settings and the past

    @override
    async def set_open_time(self, door: int, seconds: int) -> None:
        sub, own = self._place(door)
        if not 1 <= seconds <= MAX_PULSE_SECONDS:
            raise InvalidValue("seconds", f"must be from 1 to {MAX_PULSE_SECONDS}")
        options = {f"Door{own}Drivertime": str(seconds)}
        await self._queue.run(commands.set_options(options), serial=sub)
        self._reports.evidence.set_open_time(door, seconds)
        self._changed()

    @override
    async def sync_time(self) -> None:
        local = self._clock.now().replace(tzinfo=None)
        await self._queue.run(commands.set_time(local))
        self._reports.device_clock.measure(
            self._clock.now().replace(tzinfo=None), self._clock.now()
        )
        self._publish()

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        result = await self._queue.run(
            commands.query("transaction"), seconds=_QUERY_SECONDS
        )
        log = parse_rtlog(self._session.take(result.id))
        events = self._reports.history(log, self._clock.now())
        return [e for e in events if since is None or e.time >= since][-limit:]


def _texts(value: Json) -> dict[str, str]:
    """Return the text values of something stored."""
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}
