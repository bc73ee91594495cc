"""A device that calls us, whatever it has to say: since when, from where, and what is done while it does.

Lives here: reachability, the address, background work, publishing, when a clock is set. Not here: the dialects (`device`,
`attendance`), what a request means (`session`), strangers (`server`). What can be told to such a device is an answer to one
of its calls.
"""

from abc import abstractmethod
import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
import logging
from math import inf
from typing import Protocol, override

from ..device import AccessDevice, Clock, Json
from ..errors import CannotConnect, DeviceError
from ..model import Notice, PanelInfo, PanelState
from ..trace import Tell
from .gate import Pin
from .messages import Answer, Request, Response
from .redact import PushTracer
from .server import PushServer

_LOGGER = logging.getLogger(__name__)

SILENT_AFTER_SECONDS = 60.0
PAUSE_SECONDS = 15.0
"""A device that has not called for so long may have kept events meanwhile."""
_WATCH_SECONDS = 5.0
_SECOND_ADDRESS_FOR_SECONDS = 600.0
_SET_CLOCK_BEYOND = timedelta(seconds=30)
_SET_CLOCK_EVERY_SECONDS = 3600.0
# Not to be raised, only to be shown: states are compared with each other.
SILENT = CannotConnect("the device does not call")


class Conversation(Protocol):
    """A session, whatever its dialect."""

    @property
    def proven(self) -> bool:
        """Whether the device has shown the key, where there is one."""

    def admits(self, request: Request) -> bool:
        """Return whether a request shows what only the paired device can know."""

    def is_contact(self, request: Request) -> bool:
        """Whether a request shows that the device is connected, not only that it tries to."""


class Caller(AccessDevice):
    """One paired device that calls."""

    def __init__(
        self,
        serial: str,
        server: PushServer,
        clock: Clock,
        *,
        address: str,
        delay: int,
        keep_clock: bool,
        memory: Mapping[str, Json],
    ) -> None:
        """`address` is where it may call from, `delay` the pause between its polls in seconds. Raises InvalidValue.

        `keep_clock` sets its clock when it is off.
        """
        super().__init__()
        self.serial = serial
        self._server = server
        self._clock = clock
        self._delay = delay
        self._keep_clock = keep_clock
        self._clock_set_at = -inf
        self._introduced = False
        self._pin = Pin(address, memory.get("address"))
        self._notices: set[Notice] = set()
        self._strange_peer_until = 0.0
        self._last_contact: float | None = None
        self._state = PanelState(doors={})
        self._published: tuple[PanelState, PanelInfo] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._chores: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._tracer: PushTracer | None = None

    @property
    @override
    def state(self) -> PanelState:
        return self._state

    @property
    @abstractmethod
    def max_package(self) -> int | None:
        """The largest body that the device announced, in bytes."""

    @property
    @abstractmethod
    def _conversation(self) -> Conversation:
        """The session."""

    @abstractmethod
    def _answer(self, request: Request) -> Answer | None:
        """Return the answer to an admitted request, None to refuse it."""

    @abstractmethod
    def _resumed(self) -> None:
        """Note that the device calls after a pause, in which it may have kept events."""

    @abstractmethod
    def _next_chore(self) -> Coroutine[None, None, None] | None:
        """Return what an introduced device should be asked next; None for nothing."""

    @abstractmethod
    async def _introduce(self) -> None:
        """Learn what a device does not tell by itself; what it refuses stops nothing else."""

    @abstractmethod
    def _build_state(self) -> PanelState:
        """Return the state as it is known now."""

    @abstractmethod
    def _next_change(self, now: float) -> float | None:
        """Return when the state changes by itself, if that is known."""

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
            change = self._next_change(now)
            pause = _WATCH_SECONDS if change is None else change - now
            await self._clock.wait(min(pause, _WATCH_SECONDS), self._wake)
            self._wake.clear()
            self._publish()

    @property
    def _online(self) -> bool:
        last = self._last_contact
        silent_after = max(SILENT_AFTER_SECONDS, 3 * self._delay)
        return last is not None and self._clock.monotonic() - last < silent_after

    def _must_be_online(self) -> None:
        """Raise CannotConnect at once when nobody is there to fetch a command."""
        if not self._online:
            raise CannotConnect("the device does not call")

    def _refresh(self) -> None:
        """Build the first state, which is news to nobody."""
        self._state = self._build_state()
        self._published = self._state, self.info

    def _publish(self) -> None:
        """Tell the state when it changed, or what the device is."""
        self._state = self._build_state()
        current = self._state, self.info
        if current != self._published:
            self._published = current
            self._publish_state(self._state)

    def _changed(self) -> None:
        """Publish what a confirmed command changed."""
        self._wake.set()
        self._publish()

    @contextmanager
    def _commanding(self) -> Iterator[None]:
        """Send commands while somebody is there to fetch them, and publish what they changed."""
        self._must_be_online()
        try:
            yield
        finally:
            self._changed()

    # Requests

    @override
    def trace(self, tell: Tell | None) -> None:
        self._tracer = None if tell is None else PushTracer(tell)

    def handle(self, request: Request) -> Answer:
        """Answer a request that comes from where the device is; refuse one that proves to be somebody else's."""
        if (tracer := self._tracer) is None:
            return self._handle(request)
        tracer.received(request)
        answer = self._handle(request)
        return tracer.answered(answer)

    def _handle(self, request: Request) -> Answer:
        answer = None
        if self._conversation.admits(request):
            if self._conversation.proven:
                self._pin.keep(request.peer)
            if self._conversation.is_contact(request):
                self._contacted()
                if request.endpoint != "getrequest":
                    # Before what it says: nobody listens to a device that is away.
                    self._publish()
            answer = self._answer(request)
        if answer is not None and request.endpoint == "getrequest":
            self._start_chores()
        self._publish()
        return Response.refused(request.received) if answer is None else answer

    def _contacted(self) -> None:
        """Note that the device is connected."""
        now = self._clock.monotonic()
        last = self._last_contact
        if last is None or now - last > max(PAUSE_SECONDS, 2 * self._delay):
            self._resumed()
        if not self._online:
            self._introduced = False
        self._last_contact = now

    # Where it calls from

    def is_at(self, peer: str) -> bool:
        """Whether the device may call from an address."""
        return self._pin.admits(peer)

    def refused(self, why: str) -> None:
        """Tell whoever records of a request that was refused before it was looked into."""
        if self._tracer is not None:
            self._tracer.note(f"refused: {why}")

    def claimed_elsewhere(self) -> None:
        """Note that somebody called with this device's serial number from where it may not call."""
        self.refused("from another address")
        self._strange_peer_until = self._clock.monotonic() + _SECOND_ADDRESS_FOR_SECONDS
        self._publish()

    def _current_notices(self) -> set[Notice]:
        """Return what the owner should look into now."""
        if self._clock.monotonic() < self._strange_peer_until:
            return self._notices | {Notice.SECOND_ADDRESS}
        return set(self._notices)

    @override
    def dismiss(self, notice: Notice) -> None:
        self._notices.discard(notice)
        if notice is Notice.SECOND_ADDRESS:
            self._strange_peer_until = 0.0
            if not self._online:
                self._pin.release()  # it has moved
        self._publish()

    # Chores, while the device asks for commands

    def _start_chores(self) -> None:
        """Ask the device what it did not tell by itself."""
        if self._chores:
            return
        if not self._introduced:
            self._introduced = True
            self._chore(self._introduce())
        elif (work := self._next_chore()) is not None:
            self._chore(work)

    def _must_set_clock(self, offset: timedelta | None) -> bool:
        """Return whether the device's clock is off by an `offset` that calls for setting it, and note that this is done."""
        now = self._clock.monotonic()
        if (
            not self._keep_clock
            or offset is None
            or abs(offset) < _SET_CLOCK_BEYOND
            or now - self._clock_set_at <= _SET_CLOCK_EVERY_SECONDS
        ):
            return False
        self._clock_set_at = now
        return True

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
