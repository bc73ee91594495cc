"""A simulated terminal, our device beside it, and one clock for both."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
import json
import math

import pytest

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.model import AccessEvent, PanelState
from custom_components.zkteco.protocol.standalone import (
    client as client_module,
    connection as connection_module,
)
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.terminal import Terminal
from tests.clock import PATIENCE_SECONDS, FakeClock
from tests.simulators.standalone_terminal import SimulatedTerminal

HOST = "127.0.0.1"


class Home:
    """A simulated terminal and what somebody hears of it."""

    def __init__(self, clock: FakeClock, terminal: SimulatedTerminal) -> None:
        """Nobody listens yet."""
        self.clock = clock
        self.terminal = terminal
        self.events: list[AccessEvent] = []
        self.states: list[PanelState] = []

    def device(
        self,
        memory: dict[str, Json] | None = None,
        key: str = "",
        transport: Transport = Transport.TCP,
        **options: object,
    ) -> Terminal:
        """Return a device for the terminal, not started; memory goes through a file."""
        device = Terminal(
            HOST,
            self.terminal.port,
            key,
            transport=transport,
            clock=self.clock,
            memory=json.loads(json.dumps(memory)),
            **options,
        )
        device.on_event(self.events.append)
        device.on_state(self.states.append)
        return device

    @asynccontextmanager
    async def connected(
        self, memory: dict[str, Json] | None = None, **options: object
    ) -> AsyncGenerator[Terminal]:
        """Start a device and stop it in the end."""
        device = self.device(memory, **options)
        await device.start()
        try:
            yield device
        finally:
            await device.stop()

    def asked(self, command: int) -> int:
        """Return how often the terminal was asked something."""
        return sum(packet.command == command for packet in self.terminal.requests)

    async def hear(self, count: int) -> list[AccessEvent]:
        """Wait until so many events were heard in all."""
        await until(lambda: len(self.events) >= count)
        return self.events

    @asynccontextmanager
    async def nobody_connected(self) -> AsyncGenerator[None]:
        """Make the clock go although no device waits for it."""
        somebody = asyncio.create_task(self.clock.wait(math.inf))
        try:
            yield
        finally:
            somebody.cancel()
            await asyncio.wait({somebody})

    async def pause(self, seconds: float) -> None:
        """Let time pass while nobody is connected."""
        async with self.nobody_connected():
            await self.clock.advance(seconds)

    async def run[T](self, verb: Awaitable[T]) -> T:
        """Let a verb that waits for the clock come to its end."""
        task = asyncio.ensure_future(verb)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not task.done():
                await self.clock.advance(0.1)
                await asyncio.sleep(0.001)  # for its sockets
        return await task


type HomeBuilder = Callable[..., Awaitable[Home]]


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that only moves when told."""
    return FakeClock()


@pytest.fixture
async def build(clock: FakeClock, socket_enabled: None) -> AsyncGenerator[HomeBuilder]:
    """Return how to get a terminal with options of its own."""
    async with AsyncExitStack() as stack:

        async def start(**options: object) -> Home:
            terminal = SimulatedTerminal(
                now=clock.local, monotonic=clock.monotonic, **options
            )
            return Home(clock, await stack.enter_async_context(terminal))

        yield start


@pytest.fixture
async def home(build: HomeBuilder) -> Home:
    """Return a terminal with three people and no key."""
    return await build()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up in a fifth of a second what takes seconds in a real house."""
    for name in ("CONNECT_SECONDS", "REPLY_SECONDS", "GOODBYE_SECONDS", "ECHO_SECONDS"):
        monkeypatch.setattr(connection_module, name, 0.2)
    for name in ("GATHER_SECONDS", "UDP_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(client_module, name, 0.2)
    monkeypatch.setattr(connection_module, "COMMAND_TTL_SECONDS", 0.4)


async def until(condition: Callable[[], object]) -> None:
    """Let others work until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0)
