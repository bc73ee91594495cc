"""Homes with PUSH devices: simulated ones over real sockets, and requests made by hand.

One clock for all. The bridge is as little HTTP as the core needs; the listener of the
product has its own tests.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.model import AccessEvent, PanelState
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.messages import (
    Request,
    Response,
    parse_query,
)
from custom_components.zkteco.protocol.push.server import Candidate, PushServer
from tests.clock import FakeClock
from tests.simulators.push_device import PushDevice as SimulatedDevice

SERIAL = "7001200100123"
STRANGER = "127.0.0.9"


class Home:
    """A server, the devices that were paired with it, and what somebody hears of them."""

    def __init__(self, clock: FakeClock) -> None:
        """Nobody is paired."""
        self.clock = clock
        self.called: list[Candidate] = []
        self.server = PushServer(clock, self.called.append)
        self.url = ""
        self.events: list[AccessEvent] = []
        self.states: list[PanelState] = []
        self.started: list[PushDevice] = []
        self.texts: list[str] = []

    def device(
        self,
        serial: str = SERIAL,
        memory: Mapping[str, Json] | None = None,
        **options: Any,
    ) -> PushDevice:
        """Return a paired device, not started; memory goes through a file."""
        device = PushDevice(
            serial,
            self.server,
            clock=self.clock,
            memory=json.loads(json.dumps(memory)),
            **options,
        )
        device.on_event(self.events.append)
        device.on_state(self.states.append)
        return device

    async def add(
        self,
        serial: str = SERIAL,
        memory: Mapping[str, Json] | None = None,
        **options: Any,
    ) -> PushDevice:
        """Return a paired device that is served."""
        device = self.device(serial, memory, **options)
        await device.start()
        self.started.append(device)
        return device

    async def restarted(self, device: PushDevice, **options: Any) -> PushDevice:
        """Return a device as it is after a restart of Home Assistant."""
        memory = device.memory
        await device.stop()
        return await self.add(device.serial, memory, **options)

    @property
    def told(self) -> list[tuple[int, int | None]]:
        """Return code and door of each event heard."""
        return [(event.code, event.door) for event in self.events]

    def request(
        self,
        endpoint: str,
        query: str = "",
        body: str | bytes = b"",
        *,
        serial: str = SERIAL,
        method: str = "",
        peer: str = "127.0.0.1",
        cookie: str = "",
        path: str = "/iclock/{}",
        **headers: str,
    ) -> Request:
        """Return a request as it comes out of an HTTP parser."""
        raw = body.encode() if isinstance(body, str) else body
        known = {name.replace("_", "-"): value for name, value in headers.items()}
        return Request(
            method=method or ("POST" if raw else "GET"),
            path=path.format(endpoint),
            query=parse_query(f"SN={serial}&{query}".encode()),
            headers=known | ({"cookie": cookie} if cookie else {}),
            body=raw,
            peer=peer,
            received=self.clock.now(),
        )

    def ask(
        self, endpoint: str, query: str = "", body: str | bytes = b"", **more: Any
    ) -> Response:
        """Call the server by hand."""
        return self.server.handle(self.request(endpoint, query, body, **more))

    def text(
        self, endpoint: str, query: str = "", body: str | bytes = b"", **more: Any
    ) -> str:
        """Call the server by hand; it must not refuse."""
        response = self.ask(endpoint, query, body, **more)
        assert response.status == 200
        return response.body.decode()

    def poll(self, **more: Any) -> tuple[int, str]:
        """Ask for a command; return its number and text, or (0, "")."""
        text = self.text("getrequest", **more)
        if text == "OK":
            return 0, ""
        assert text.endswith("\n")
        _, number, command = text.rstrip("\n").split(":", 2)
        return int(number), command

    def conclude(self, number: int, code: int = 0, **more: Any) -> None:
        """Post a result."""
        body = f"ID={number}&Return={code}&CMD=CONTROL DEVICE"
        assert self.text("devicecmd", "", body, **more) == "OK"

    async def run[T](
        self, verb: Awaitable[T], *sims: SimulatedDevice, seconds: float = 60
    ) -> T:
        """Let a verb come to its end while simulated devices call every second."""
        task = asyncio.ensure_future(verb)
        await asyncio.sleep(0)
        for _ in range(round(seconds)):
            if task.done():
                break
            await self.live(1, *sims)
        return await task

    async def live(self, seconds: float, *sims: SimulatedDevice) -> None:
        """Let time pass while simulated devices call every second."""
        for _ in range(round(seconds)):
            for sim in sims:
                await sim.step()
            await self.clock.advance(1)
            for _ in range(5):  # whoever was woken may wait again
                await asyncio.sleep(0)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")
                method, target, _ = first.split(" ", 2)
                pairs = (line.partition(":") for line in lines if line)
                headers = {key.lower(): value.strip() for key, _, value in pairs}
                url = urlsplit(target)
                length = int(headers.get("content-length", 0))
                request = Request(
                    method=method,
                    path=url.path,
                    query=parse_query(url.query.encode()),
                    headers=headers,
                    body=await reader.readexactly(length),
                    peer=writer.get_extra_info("peername")[0],
                    received=self.clock.now(),
                )
                response = await self.server.answer(request)
                self.texts.append(response.body.decode())
                lines = [f"{key}: {value}" for key, value in response.headers.items()]
                top = "\r\n".join([f"HTTP/1.1 {response.status} OK", *lines, "", ""])
                writer.write(top.encode() + response.body)
                await writer.drain()
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def clock() -> AsyncGenerator[FakeClock]:
    """Return a clock that only moves when told; somebody always waits for it."""
    clock = FakeClock()
    somebody = asyncio.create_task(clock.wait(10**9))
    await asyncio.sleep(0)
    yield clock
    somebody.cancel()


@pytest.fixture
async def home(clock: FakeClock) -> AsyncGenerator[Home]:
    """Return a home without devices, for requests made by hand."""
    home = Home(clock)
    yield home
    for device in home.started:
        await device.stop()


type Simulate = Callable[..., Awaitable[SimulatedDevice]]


@pytest.fixture
async def simulate(home: Home, socket_enabled: None) -> AsyncGenerator[Simulate]:
    """Return how to get a simulated device that calls this home."""
    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(home.serve, "127.0.0.1", 0)
        home.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        stack.push_async_callback(server.wait_closed)
        stack.callback(server.close)

        async def build(serial: str = SERIAL, **options: Any) -> SimulatedDevice:
            sim = SimulatedDevice(home.url, serial, clock=home.clock, **options)
            return await stack.enter_async_context(sim)

        yield build
