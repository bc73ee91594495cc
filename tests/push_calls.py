"""Calls of PUSH devices, byte by byte, and the entry of one of them.

Lives here: a client that sends what it is told to and reads one answer; the simulated
device is the one that behaves.
"""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
import socket
from typing import Self

from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.clock import PATIENCE_SECONDS

SERIAL = "3383154200002"
REGISTRATION = {
    "devicetype": "acc",
    "devicename": "C3-200 Plus",
    "firmver": "AC Ver 19.0.18 Mar 15 2024",
    "lockcount": "2",
    "auxincount": "2",
    "auxoutcount": "2",
}
REGISTER = (
    "DeviceType=acc,~DeviceName=C3-200 Plus,FirmVer=AC Ver 19.0.18,"
    "MAC=00:17:61:C8:2A:34,LockCount=2,AuxInCount=2,AuxOutCount=2"
)


@contextmanager
def kept_free() -> Generator[int]:
    """Keep a port on which nobody listens.

    It is bound, so that neither another process nor an outgoing connection gets it in between; who asks for exactly this
    one (with SO_REUSEADDR, as servers of asyncio do) can listen all the same.
    """
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("0.0.0.0", 0))
        yield kept.getsockname()[1]


def push_entry(serial: str = SERIAL, **data: object) -> MockConfigEntry:
    """Return the config entry of a PUSH device."""
    return MockConfigEntry(
        domain="zkteco",
        title="Gate",
        unique_id=serial,
        data={"kind": "push", "serial": serial, "registration": REGISTRATION, **data},
    )


@dataclass(frozen=True)
class Answer:
    """What came back; without the date, which is another each time."""

    status: int
    headers: frozenset[str]
    body: str


NOTHING = Answer(0, frozenset(), "")
"""The server hung up without a word."""


def request(
    target: str,
    body: str | None = None,
    *,
    method: str = "",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return a request as bytes; with a body it is a POST."""
    content = (body or "").encode()
    lines = [
        f"{method or ('GET' if body is None else 'POST')} {target} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: starting",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
        *([] if body is None else [f"Content-Length: {len(content)}"]),
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + content


class Caller:
    """One connection."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        """Know the server, and the address to call from."""
        self._port = port
        self._source = source

    async def __aenter__(self) -> Self:
        """Connect."""
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(self._source, 0)
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Hang up."""
        self.writer.close()

    def send(self, raw: bytes) -> None:
        """Send bytes."""
        self.writer.write(raw)

    async def answer(self) -> Answer:
        """Read one answer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError, ConnectionError:
                return NOTHING
            first, *lines = head.decode().strip().split("\r\n")
            headers = frozenset(line for line in lines if not line.startswith("Date:"))
            length = next(
                int(line.split(":")[1]) for line in lines if "Content-Length" in line
            )
            body = await self.reader.readexactly(length)
        return Answer(int(first.split()[1]), headers, body.decode())

    async def is_over(self) -> bool:
        """Wait until the server hangs up."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


async def call(port: int, raw: bytes, source: str = "127.0.0.1") -> Answer:
    """Send one request and return the answer."""
    async with Caller(port, source) as caller:
        caller.send(raw)
        return await caller.answer()


async def say_hello(
    port: int, serial: str, source: str = "127.0.0.1", options: str = REGISTER
) -> Answer:
    """Call as an unpaired device does at first: connect, and say what it is."""
    hello = f"/iclock/cdata?SN={serial}&options=all&DeviceType=acc"
    assert (await call(port, request(hello), source)).status in (200, 403)
    return await call(port, request(f"/iclock/registry?SN={serial}", options), source)
