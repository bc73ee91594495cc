"""What a panel costs while nothing happens.

Lives here: processor time and bytes of one idle poll, ours and the independent client's. Not here: latency.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC
import sys
import time
from typing import override

from custom_components.zkteco.protocol.c3.panel import C3Panel
from custom_components.zkteco.protocol.device import Clock

from .panel_process import ROOT, PanelProcess

HOST = "127.0.0.1"
WARM_UP = 10
"""Polls before the first that counts: the chores after a start are done by then."""


class _Hurry(Clock):
    """Lets so many polls follow each other without pause, measures them, and then rests."""

    def __init__(self, polls: int) -> None:
        super().__init__(UTC)
        self._polls = polls
        self._rounds = 0
        self._started = 0.0
        self.seconds = 0.0
        self.finished = asyncio.Event()

    @override
    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        self._rounds += 1
        if self._rounds == WARM_UP:
            self._started = time.process_time()
        if self._rounds < WARM_UP + self._polls:
            await asyncio.sleep(0)
            return
        if not self.finished.is_set():
            self.seconds = time.process_time() - self._started
            self.finished.set()
        await super().wait(3600, wake)


async def poll_seconds(panel: PanelProcess, *, polls: int) -> float:
    """Return the processor time of one idle poll in seconds."""
    clock = _Hurry(polls)
    device = C3Panel(HOST, panel.port, "", clock=clock)
    await device.start()
    await clock.finished.wait()
    await device.stop()
    return clock.seconds / polls


async def peer_poll_seconds(panel: PanelProcess, *, polls: int) -> float:
    """Return the processor time of one idle poll by `zkaccess-c3` in seconds.

    Raises RuntimeError when it failed.
    """
    # Its frames are damaged once when its sequence number passes 0, after 258 requests.
    polls = min(polls, 200)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.peer", "poll"),
        *(str(panel.port), str(polls)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the other client failed")
    return float(output)


@dataclass(slots=True)
class Traffic:
    """Bytes on a connection, without what TCP adds."""

    sent: int = 0
    received: int = 0


async def poll_bytes(panel: PanelProcess, *, polls: int) -> Traffic:
    """Return the bytes of one idle poll, counted on the wire between client and panel."""
    traffic = Traffic()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(HOST, panel.port)

        async def upwards() -> None:
            while chunk := await reader.read(65536):
                traffic.sent += len(chunk)
                inner_writer.write(chunk)
            inner_writer.close()

        async def downwards() -> None:
            while chunk := await inner_reader.read(65536):
                traffic.received += len(chunk)
                writer.write(chunk)
            writer.close()

        await asyncio.gather(upwards(), downwards())

    async def total(count: int) -> Traffic:
        traffic.sent = traffic.received = 0
        clock = _Hurry(count)
        device = C3Panel(HOST, port, "", clock=clock)
        await device.start()
        await clock.finished.wait()
        seen = Traffic(traffic.sent, traffic.received)
        await device.stop()
        return seen

    async with await asyncio.start_server(relay, HOST, 0) as server:
        port = int(server.sockets[0].getsockname()[1])
        # The difference between a long visit and a short one is polls only.
        short, long = await total(1), await total(1 + polls)
    return Traffic(
        (long.sent - short.sent) // polls, (long.received - short.received) // polls
    )
