"""Those who load a server, in a process of their own: `python -m tests.benchmarks.push_clients upload|poll ...`.

Lives here: uploading events as fast as the server takes them, and a crowd of simulated devices. Not here: what is
measured of it.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
import sys
import time

from tests.simulators.console import run_console
from tests.simulators.push_device import PushDevice

HOST = "127.0.0.1"


class Refused(Exception):
    """The server did not take an event."""


def _upload(serial: str, index: int) -> bytes:
    """Return a request with one new event, as panels send it."""
    now = datetime.now().astimezone()
    body = (
        f"time={now:%Y-%m-%d %H:%M:%S}\tpin=1\tcardno=5551234\tsitecode=0\teventaddr=1"
        f"\tevent=0\tinoutstatus=0\tverifytype=4\tindex={index}\tsn={serial}\r\n"
    )
    head = (
        f"POST /iclock/cdata?SN={serial}&table=rtlog HTTP/1.1",
        f"Host: {HOST}",
        "User-Agent: iClock Proxy/1.09",
        "Connection: starting",
        "Accept: application/push",
        "Content-Type: application/push;charset=UTF-8",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, "", body)).encode()


async def _send_all(port: int, serial: str, indexes: range) -> None:
    """Send events over one connection, each when the one before was taken."""
    reader, writer = await asyncio.open_connection(HOST, port)
    for index in indexes:
        writer.write(_upload(serial, index))
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = head.partition("content-length:")[2].partition("\r")[0]
        body = await reader.readexactly(int(length))
        if not head.startswith("http/1.1 200 ") or body != b"OK":
            raise Refused(head)
    writer.close()


async def upload(port: int, serials: list[str], first: int, each: int) -> None:
    """Upload so many events of each device, all devices at once; print the seconds that it took."""
    started = time.monotonic()
    indexes = range(first, first + each)
    async with asyncio.TaskGroup() as tasks:
        for serial in serials:
            tasks.create_task(_send_all(port, serial, indexes))
    sys.stdout.write(f"{time.monotonic() - started}\n")


async def poll(port: int, serials: list[str]) -> None:
    """Run a simulated device for each serial number, until "quit"; print a line when all have connected."""
    async with AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(PushDevice(f"http://{HOST}:{port}", serial))
            for serial in serials
        ]
        for device in devices:
            await device.start()
            # Their seconds begin at different moments, as in life.
            await asyncio.sleep(1 / len(devices))
        while not all(device.online for device in devices):
            await asyncio.sleep(0.1)
        sys.stdout.write("all connected\n")
        sys.stdout.flush()
        await run_console({})


match sys.argv[1:]:
    case ["upload", port, serials, first, each]:
        asyncio.run(upload(int(port), serials.split(","), int(first), int(each)))
    case ["poll", port, serials]:
        asyncio.run(poll(int(port), serials.split(",")))
