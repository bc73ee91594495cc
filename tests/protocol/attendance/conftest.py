"""Homes with attendance terminals: simulated ones over real sockets, and requests made by hand."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
import json
from typing import Any

import pytest

from custom_components.zkteco.protocol.attendance.terminal import AttendanceTerminal
from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.model import AccessEvent, PanelState
from custom_components.zkteco.protocol.push.server import PushServer
from tests.clock import FakeClock
from tests.protocol.push.conftest import Home, clock
from tests.simulators.attendance_terminal import (
    ALICE,
    BOB,
    AttendanceTerminal as Simulator,
    Person,
)

__all__ = ["clock"]

SERIAL = "BOCK200961014"


class Terminals:
    """A server, the terminals that were paired with it, and what somebody hears of them."""

    def __init__(self, clock: FakeClock) -> None:
        """Nobody is paired."""
        self.clock = clock
        self.by_hand = Home(clock)
        """For requests made by hand."""
        self.server: PushServer = self.by_hand.server
        self.events: list[AccessEvent] = []
        self.states: list[PanelState] = []
        self.started: list[AttendanceTerminal] = []

    async def add(
        self, memory: Mapping[str, Json] | None = None, **options: Any
    ) -> AttendanceTerminal:
        """Return a paired terminal that is served; memory goes through a file."""
        terminal = AttendanceTerminal(
            SERIAL,
            self.server,
            clock=self.clock,
            memory=json.loads(json.dumps(memory)),
            **options,
        )
        terminal.on_event(self.events.append)
        terminal.on_state(self.states.append)
        await terminal.start()
        self.started.append(terminal)
        return terminal

    async def restarted(
        self, terminal: AttendanceTerminal, **options: Any
    ) -> AttendanceTerminal:
        """Return a terminal as it is after a restart of Home Assistant."""
        memory = terminal.memory
        await terminal.stop()
        return await self.add(memory, **options)

    def ask(self, endpoint: str, query: str = "", body: str | bytes = b"") -> int:
        """Call the server by hand, and return the status."""
        return self.by_hand.ask(endpoint, query, body, serial=SERIAL).status

    def text(self, endpoint: str, query: str = "", body: str | bytes = b"") -> str:
        """Call the server by hand; it must not refuse."""
        return self.by_hand.text(endpoint, query, body, serial=SERIAL)

    async def live(self, seconds: float, *sims: Simulator) -> None:
        """Let time pass while simulated terminals call every second."""
        for _ in range(round(seconds)):
            for sim in sims:
                await sim.step()
            await self.clock.advance(1)
            for _ in range(5):  # whoever was woken may wait again
                await asyncio.sleep(0)

    @staticmethod
    @asynccontextmanager
    async def at_the_same_time[T](
        verb: Awaitable[T],
    ) -> AsyncGenerator[asyncio.Future[T]]:
        """Begin a verb, do something else meanwhile, and wait for its end."""
        task = asyncio.ensure_future(verb)
        await asyncio.sleep(0)
        yield task
        await task

    async def run[T](
        self, verb: Awaitable[T], *sims: Simulator, seconds: float = 120
    ) -> T:
        """Let a verb come to its end while simulated terminals call every second."""
        task = asyncio.ensure_future(verb)
        await asyncio.sleep(0)
        for _ in range(round(seconds)):
            if task.done():
                break
            await self.live(1, *sims)
        return await task


@pytest.fixture
async def home(clock: FakeClock) -> AsyncGenerator[Terminals]:
    """Return a home without terminals."""
    home = Terminals(clock)
    yield home
    for terminal in home.started:
        await terminal.stop()


type Simulate = Callable[..., Awaitable[Simulator]]


@pytest.fixture
async def simulate(home: Terminals, socket_enabled: None) -> AsyncGenerator[Simulate]:
    """Return how to get a simulated terminal that calls this home. Alice and Bob are its users."""
    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(home.by_hand.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        stack.push_async_callback(server.wait_closed)
        stack.callback(server.close)

        async def build(model: str = "classic", **options: Any) -> Simulator:
            people = options.pop(
                "people",
                [
                    Person(ALICE.pin, ALICE.name, card=ALICE.card),
                    Person(BOB.pin, BOB.name),
                ],
            )
            sim = Simulator(
                url, SERIAL, model, clock=home.clock, people=people, **options
            )
            return await stack.enter_async_context(sim)

        yield build
