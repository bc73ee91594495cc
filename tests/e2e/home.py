"""Homes for tests in a browser: Home Assistant as a process, and the simulated devices.

Lives here: starting and stopping them, what their owner would have done. Not here: the
browser (`conftest.py`), the demo home that this is made of (`scripts/demo/home.py`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cached_property
from pathlib import Path
import socket
import threading
from typing import Self

import aiohttp

from scripts.demo import home as demo
from scripts.demo.api import Api
from tests.simulators.attendance_terminal import ALICE, BOB, AttendanceTerminal
from tests.simulators.c3_panel import C3Panel
from tests.simulators.push_device import PushDevice
from tests.simulators.standalone_terminal import SimulatedTerminal

HOST = demo.HOST
USER, PASSWORD = demo.USER, demo.PASSWORD
# What a busy machine may need; nothing waits that long when all is well.
PATIENCE_SECONDS = 120
# Seconds for which doors stay unlocked: long enough to be seen.
OPEN_TIMES = {"Door1Drivertime": "15", "Door2Drivertime": "15"}

GARDEN_SERIAL, _ = demo.PUSH_DEVICES["garden"]
HALL_SERIAL, _ = demo.ATTENDANCE_TERMINALS["hall"]


class Background:
    """An event loop in a thread of its own: what runs there goes on while a test waits for the browser."""

    def __enter__(self) -> Self:
        """Start."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._stack = AsyncExitStack()
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop everything that was entered, the latest first."""
        try:
            self.run(self._stack.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def run[T](self, work: Coroutine[object, object, T]) -> T:
        """Wait for a coroutine."""

        async def patiently() -> T:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await work

        return asyncio.run_coroutine_threadsafe(patiently(), self._loop).result()

    def do[**P, T](
        self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function there: simulators are not to be touched from another thread."""

        async def call() -> T:
            return function(*args, **kwargs)

        return self.run(call())

    def enter[T](self, context: AbstractAsyncContextManager[T]) -> T:
        """Enter a context, and leave it at the end."""
        return self.run(self._stack.enter_async_context(context))


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@asynccontextmanager
async def _port() -> AsyncIterator[int]:
    """Keep a port, on which nobody listens, for whoever asks for exactly this one."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind((HOST, 0))
        yield kept.getsockname()[1]


class Home:
    """A Home Assistant of its own, new and empty, and the devices of its owner.

    A device begins to exist when a test first looks at it. `do` is for what happens
    there: `home.do(home.panel.swipe, 1, 1234567)`.
    """

    def __init__(self, background: Background, config: Path) -> None:
        """Start Home Assistant in an empty folder; return when it serves its pages."""
        self._background = background
        self.run, self.do = background.run, background.do
        self.log = config / "home-assistant.log"
        port = background.enter(_port())
        self.url = f"http://{HOST}:{port}"
        demo.prepare(config, port)
        self._session = background.enter(_session())
        process = background.enter(
            demo.running("scripts.demo.hass", "--config", str(config))
        )
        self.run(self._start(process))

    async def _start(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(demo.ended(process, "Home Assistant"))
                await demo.wait_for_answer(self._session, self.url)
                watch.cancel()
        except* demo.Ended as group:
            raise RuntimeError(str(group.exceptions[0])) from None

    @cached_property
    def api(self) -> Api:
        """The owner's connection; there is an owner from then on."""
        return self.run(demo.wait_for_home(self._session, self.url))

    # The devices

    @cached_property
    def panel(self) -> C3Panel:
        """A C3-200: two doors, Alice's and Bob's cards, no password."""
        panel = C3Panel(serial=demo.PANEL_SERIAL)
        panel.parameters |= OPEN_TIMES
        return self._background.enter(panel)

    @cached_property
    def terminal(self) -> SimulatedTerminal:
        """A standalone terminal with a key and three people."""
        return self._background.enter(
            SimulatedTerminal(
                key=int(demo.TERMINAL_KEY),
                serial=demo.TERMINAL_SERIAL,
                model=demo.TERMINAL_MODEL,
            )
        )

    @cached_property
    def push_device(self) -> PushDevice:
        """A C3-200 Plus, which calls this home from `push_device.start()` on."""
        device = PushDevice(self.url, GARDEN_SERIAL, "c3-200-plus")
        device.world.parameters |= OPEN_TIMES
        return self._background.enter(device)

    @cached_property
    def attendance_terminal(self) -> AttendanceTerminal:
        """A face terminal that keeps attendance, and calls from its `start()` on."""
        return self._background.enter(
            AttendanceTerminal(self.url, HALL_SERIAL, "face", people=[ALICE, BOB])
        )

    # What its owner would have done

    def furnish(self) -> None:
        """Add panel, terminal and PUSH device, name their doors, and make a dashboard."""
        panel = {"host": HOST, "port": self.panel.port, "panel": "manual"}
        terminal = {
            "host": HOST,
            "port": self.terminal.port,
            "key": demo.TERMINAL_KEY,
        }
        self.run(self.push_device.start())
        self.run(self.api.walk_flow("zkteco", ("c3", "manual"), panel))
        self.run(self.api.walk_flow("zkteco", ("terminal",), terminal))
        self.run(self.api.walk_flow("zkteco", ("push",), {}))
        self.run(demo.arrange(self.api))
