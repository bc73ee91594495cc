"""Reads a terminal's attendance log, in a process of its own: `python -m tests.benchmarks.log_reader PORT TRANSPORT ...`.

Lives here: our client at the work that `terminal_peer` does with the other one. Not here: what is made of the numbers.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
import json
import sys
import time
import tracemalloc

from custom_components.zkteco.protocol.standalone.client import TerminalClient
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.logs import Attendance
from custom_components.zkteco.protocol.standalone.queries import AttendanceReader
from custom_components.zkteco.protocol.standalone.verbs import get_sizes

type Sink = Callable[[list[Attendance]], None]


async def read(client: TerminalClient, sink: Sink) -> None:
    """Read the whole log, as after an outage: first the counter, then the rows."""
    sizes = await get_sizes(client)
    await AttendanceReader(client, None).read(sink, datetime.now(), count=sizes.records)


async def kept(client: TerminalClient) -> int:
    """Read the log and keep all of it; return how many rows it has."""
    rows: list[Attendance] = []
    await read(client, rows.extend)
    return len(rows)


async def counted(client: TerminalClient) -> int:
    """Read the log and keep nothing of it; return how many rows it has."""
    lengths: list[int] = []
    await read(client, lambda rows: lengths.append(len(rows)))
    return sum(lengths)


async def main(port: int, transport: Transport, keeps: bool, repeats: int) -> None:
    """Print the rows, the seconds of each reading, and the peak of memory in bytes."""
    job = kept if keeps else counted
    client = TerminalClient("127.0.0.1", port, "", transport)
    await client.connect()
    seconds = []
    for _ in range(repeats):
        started = time.monotonic()
        rows = await job(client)
        seconds.append(time.monotonic() - started)
    # Once more, because watching the memory takes time.
    tracemalloc.start()
    await job(client)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    await client.close()
    sys.stdout.write(json.dumps([rows, seconds, peak]))


match sys.argv[1:]:
    case [port, transport, "keep" | "count" as what, repeats]:
        asyncio.run(main(int(port), Transport(transport), what == "keep", int(repeats)))
