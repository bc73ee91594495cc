"""Standalone terminals: reading their log, hearing of who enters, listening to silence; next to the client `pyzk`.

Lives here: what is measured, in which places. Not here: both clients at work in processes of their own (`log_reader`,
`terminal_peer`), and what the numbers ought to be.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import random
from statistics import median
import struct
import time
from timeit import repeat
from typing import override

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.const import (
    CONF_KEY,
    CONF_KIND,
    CONF_TRANSPORT,
    DOMAIN,
    Kind,
)
from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.device import Clock
from custom_components.zkteco.protocol.model import AccessEvent, EventKind
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.logs import AttendanceDecoder
from custom_components.zkteco.protocol.standalone.packet import Command, Packet, encode
from custom_components.zkteco.protocol.standalone.terminal import Terminal
from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers import entity_registry as er

from .codecs import Comparison
from .home import HOST, add, home
from .panel_process import (
    PanelProcess,
    Simulator,
    output_of,
    running,
    simulated_terminal,
)

PEER = "tests.benchmarks.terminal_peer"
SERIAL = "CJ2M182660014"
PATIENCE_SECONDS = 600
FIRST_USER = 1001
USERS = 13
"""As many as fit into one packet: `pyzk`, which reads them before it listens, may trip over more."""
PAUSE_SECONDS = 0.08
"""Between two events, and up to half as much more: nobody enters twice in one second."""
REPEATS = 5

# Reading a log


@dataclass(frozen=True, slots=True)
class Reading:
    """A log, read by one client."""

    rows: int
    seconds: float
    """The median of some."""
    peak: int
    """The most bytes that Python objects took at once, beyond what a connected client takes.

    Not the size of the process: that also tells what it loaded and never gave back.
    """


@dataclass(frozen=True, slots=True)
class Readings:
    """The same log, read three times."""

    counted: Reading
    """By us, keeping nothing."""
    kept: Reading
    """By us, keeping every row."""
    peer: Reading | None
    """By `pyzk`, which keeps every row; None when it could not.

    Over TCP it takes what one read returns for one packet, and the simulated terminal sends without pause; from a terminal
    that pauses between packets, or sends larger ones, it can read.
    """


async def read_logs(
    records: int, *transports: Transport, repeats: int
) -> list[Readings]:
    """Read a log of so many records over each transport."""
    async with simulated_terminal("--records", str(records)) as terminal:
        found = []
        for transport in transports:
            way, times = (str(terminal.port), transport), str(repeats)
            reader = "tests.benchmarks.log_reader"
            counted = await _reading(reader, *way, "count", times)
            kept = await _reading(reader, *way, "keep", times)
            assert counted
            assert kept
            peer = await _reading(PEER, "read", *way, times)
            found.append(Readings(counted, kept, peer))
        return found


async def _reading(module: str, *arguments: str) -> Reading | None:
    """Let a client read."""
    output = await output_of(module, *arguments, seconds=PATIENCE_SECONDS)
    result: tuple[int, list[float], int] | None = json.loads(output)
    if result is None:
        return None
    rows, seconds, peak = result
    return Reading(rows, median(seconds), peak)


# Hearing of who enters

type Heard = Callable[[], Awaitable[float]]
"""Waits for the next event; returns when it came (seconds, monotonic)."""
type Listen = Callable[[int, int], AbstractAsyncContextManager[Heard]]
"""Listens at a port for so many events."""


@asynccontextmanager
async def protocol_ear(port: int, _events: int) -> AsyncGenerator[Heard]:
    """Listen with the protocol package alone."""
    terminal = Terminal(HOST, port, "", transport=Transport.TCP, clock=Clock(UTC))
    times: asyncio.Queue[float] = asyncio.Queue()

    def on_event(event: AccessEvent) -> None:
        if event.kind is EventKind.ACCESS_GRANTED:
            times.put_nowait(time.monotonic())

    terminal.on_event(on_event)
    await terminal.start()
    try:
        yield times.get
    finally:
        await terminal.stop()


@asynccontextmanager
async def home_ear(port: int, _events: int) -> AsyncGenerator[Heard]:
    """Listen to an event entity of a Home Assistant."""
    async with home() as hass:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Terminal",
            unique_id=SERIAL,
            data={
                CONF_KIND: Kind.TERMINAL,
                CONF_HOST: HOST,
                CONF_PORT: port,
                CONF_KEY: "",
                CONF_TRANSPORT: Transport.TCP,
            },
        )
        await add(hass, entry)
        access = er.async_get(hass).async_get_entity_id(
            "event", DOMAIN, f"{SERIAL}-door-1-access"
        )
        assert access
        times: asyncio.Queue[float] = asyncio.Queue()

        @callback
        def on_state(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if (
                event.data["entity_id"] == access
                and state
                and state.attributes.get("event_type") == EventKind.ACCESS_GRANTED
            ):
                times.put_nowait(time.monotonic())

        hass.bus.async_listen(EVENT_STATE_CHANGED, on_state)
        yield times.get


@asynccontextmanager
async def peer_ear(port: int, events: int) -> AsyncGenerator[Heard]:
    """Listen with `pyzk`."""
    async with running(PEER, "listen", str(port), str(events)) as process:
        peer = Simulator(process)
        await peer.says()

        async def heard() -> float:
            return float(await peer.says())

        yield heard


async def event_latency(listen: Listen, *, samples: int) -> list[float]:
    """Return how long, in seconds, events took from the finger until they were heard of."""
    phases = random.Random(1)
    found = []
    async with (
        simulated_terminal("--users", str(USERS)) as terminal,
        listen(terminal.port, samples) as heard,
    ):
        for number in range(samples):
            await asyncio.sleep(PAUSE_SECONDS * (1 + phases.random() / 2))
            verified = await terminal.do(f"verify {FIRST_USER + number % USERS}")
            async with asyncio.timeout(PATIENCE_SECONDS):
                found.append(await heard() - verified)
    return found


# Listening to silence


class _Leap(Clock):
    """Leaps over every pause, measures so many minutes after the first, and then rests."""

    def __init__(self, minutes: int) -> None:
        super().__init__(UTC)
        self._time = 0.0
        self._end = 60.0 * (1 + minutes)
        self._started: float | None = None
        self.seconds = 0.0
        self.finished = asyncio.Event()

    @override
    def monotonic(self) -> float:
        return self._time

    @override
    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        if self._started is None and self._time >= 60:
            self._started = time.process_time()
        if self._time < self._end:
            self._time += seconds
            await asyncio.sleep(0)
            return
        if not self.finished.is_set():
            assert self._started is not None
            self.seconds = time.process_time() - self._started
            self.finished.set()
        await super().wait(3600, wake)


async def idle_seconds(terminal: PanelProcess, *, minutes: int) -> float:
    """Return the processor time of one minute in which nothing happens, in seconds."""
    clock = _Leap(minutes)
    device = Terminal(HOST, terminal.port, "", transport=Transport.TCP, clock=clock)
    await device.start()
    await clock.finished.wait()
    await device.stop()
    return clock.seconds / minutes


async def peer_idle_seconds(terminal: PanelProcess, *, minutes: int) -> float:
    """Return the processor time of as many questions by `pyzk`, which asks nothing by itself, per minute."""
    arguments = ("ask", str(terminal.port), str(4 * minutes))
    return 4 * float(await output_of(PEER, *arguments, seconds=PATIENCE_SECONDS))


# Bytes and values

BLOCK = bytes(range(256)) * 4
"""As much as goes into one packet of an upload."""
NOW = datetime(2026, 11, 21, 12)
LOG = b"".join(
    struct.pack(
        "<H24sBIBI4x",
        uid,
        str(FIRST_USER + uid).encode(),
        1,
        packed_time.encode(NOW.replace(hour=uid // 60 % 12, minute=uid % 60)),
        0,
        0,
    )
    for uid in range(1, 1001)
)


def _encode() -> list[str]:
    return [encode(Packet(Command.DATA, 0x45CE, 8, BLOCK)).hex()]


def _decode() -> list[str]:
    decoder = AttendanceDecoder(len(LOG), None, NOW)
    rows = decoder.feed(LOG)
    return [row.user_id for row in rows + decoder.finish()]


JOBS: dict[str, Callable[[], list[str]]] = {
    f"Packet of {len(BLOCK)} bytes, with its checksum": _encode,
    f"Decode {len(LOG) // 40:,} attendance records": _decode,
}


async def compare(*, number: int) -> list[Comparison]:
    """Do each job `number` times a round. Raises RuntimeError when the other client failed."""
    arguments = (BLOCK.hex(), LOG.hex(), str(number), str(REPEATS))
    output = await output_of(PEER, "codecs", *arguments, seconds=PATIENCE_SECONDS)
    theirs: list[tuple[float, list[str]]] = json.loads(output)
    return [
        Comparison(
            name,
            min(repeat(job, number=number, repeat=REPEATS)) / number,
            seconds,
            agree=job() == answer,
        )
        for (name, job), (seconds, answer) in zip(JOBS.items(), theirs, strict=True)
    ]
