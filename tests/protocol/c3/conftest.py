"""A simulated panel, our device beside it, and one clock for both."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
import json
import math

import pytest

from custom_components.zkteco.protocol.c3 import client as client_module
from custom_components.zkteco.protocol.c3.frame import Command
from custom_components.zkteco.protocol.c3.panel import C3Panel, identify
from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.model import AccessEvent, PanelInfo, PanelState
from tests.clock import PATIENCE_SECONDS, FakeClock
from tests.simulators import c3_wire as wire
from tests.simulators.c3_link import Link, Reply
from tests.simulators.c3_panel import C3Panel as SimulatedPanel

HOST = "127.0.0.1"


class Home:
    """A simulated panel and what somebody hears of it."""

    def __init__(self, clock: FakeClock, panel: SimulatedPanel) -> None:
        """Nobody listens yet."""
        self.clock = clock
        self.panel = panel
        self.events: list[AccessEvent] = []
        self.states: list[PanelState] = []

    def device(
        self, memory: dict[str, Json] | None = None, password: str = ""
    ) -> C3Panel:
        """Return a device for the panel, not started; memory goes through a file."""
        device = C3Panel(
            HOST,
            self.panel.port,
            password,
            clock=self.clock,
            memory=json.loads(json.dumps(memory)),
        )
        device.on_event(self.events.append)
        device.on_state(self.states.append)
        return device

    @asynccontextmanager
    async def connected(
        self, memory: dict[str, Json] | None = None, password: str = ""
    ) -> AsyncGenerator[C3Panel]:
        """Start a device and stop it in the end."""
        device = self.device(memory, password)
        await device.start()
        try:
            yield device
        finally:
            await device.stop()

    @property
    def told(self) -> list[tuple[int, int | None]]:
        """Return code and door of each event heard."""
        return [(event.code, event.door) for event in self.events]

    @property
    def cards(self) -> list[int]:
        """Return the card of each event heard that has one."""
        return [int(event.card) for event in self.events if event.card]

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

    async def identify(self, password: str = "") -> PanelInfo:
        """Ask the panel who it is."""
        async with self.nobody_connected():
            return await self.run(
                identify(HOST, self.panel.port, password, clock=self.clock)
            )


type HomeBuilder = Callable[..., Awaitable[Home]]


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that only moves when told."""
    return FakeClock()


@pytest.fixture
async def build(clock: FakeClock, socket_enabled: None) -> AsyncGenerator[HomeBuilder]:
    """Return how to get a panel with options of its own."""
    async with AsyncExitStack() as stack:

        async def start(**options: object) -> Home:
            panel = SimulatedPanel(
                now=clock.local, monotonic=clock.monotonic, **options
            )
            return Home(clock, await stack.enter_async_context(panel))

        yield start


@pytest.fixture
async def home(build: HomeBuilder) -> Home:
    """Return a panel with two doors and sessions."""
    return await build()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up in a fifth of a second what takes seconds in a real house."""
    monkeypatch.setattr(client_module, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(client_module, "REPLY_SECONDS", 0.2)
    monkeypatch.setattr(
        client_module, "SLOW_REPLY_SECONDS", dict.fromkeys(Command, 0.2)
    )
    monkeypatch.setattr(client_module, "COMMAND_TTL_SECONDS", 0.4)


type Answer = Callable[[wire.Frame], bytes | None]


@asynccontextmanager
async def scripted(answer: Answer) -> AsyncGenerator[tuple[int, list[str]]]:
    """Listen as a peer that answers what a test wants.

    Yields the port, and how each connection ended: "closed" or "reset".
    """
    ends: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readexactly(5)
                length = int.from_bytes(head[3:], "little")
                frame = wire.decode_frame(head + await reader.readexactly(length + 3))
                if reply := answer(frame):
                    writer.write(reply)
        except asyncio.IncompleteReadError:
            ends.append("closed")
        except ConnectionResetError:
            ends.append("reset")
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1], ends
    finally:
        server.close()
        server.abort_clients()
        await server.wait_closed()


async def until(condition: Callable[[], object]) -> None:
    """Let others work until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0)


async def arrival() -> None:
    """Let everything arrive that is on its way, where nothing tells when it has."""
    for _ in range(20):
        await asyncio.sleep(0.001)


type PanelAnswer = Callable[[Link, wire.Frame], tuple[Reply, bytes]]


def refuse(panel: SimulatedPanel, command: int) -> PanelAnswer:
    """Return how a panel answers whose firmware does not know one command."""
    answer = panel.answer

    def refusing(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        unknown = wire.Frame(frame.address, 0x7E, frame.data)
        return answer(link, unknown if frame.command == command else frame)

    return refusing
