"""How a client reaches the simulated C3 panel, and what goes wrong on the way.

One TCP connection, its faults, and the discovery datagram. What a request does
and what is answered belongs to `c3_panel`.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
import socket
import struct
from typing import TYPE_CHECKING, cast, override

from . import c3_wire as wire
from .c3_wire import Frame

if TYPE_CHECKING:
    from .c3_panel import C3Panel

FRAME_PATIENCE = 2.0  # seconds from the first byte of a request to its last
DISCOVERY_WORDS = b"CallSecurityDevice"
TERMINAL_GREETING = bytes.fromhex("5050827d08000000d507000000000000")


@dataclass
class Faults:
    """What goes wrong, switched on by a test at any moment.

    The numbers `bad_crc`, `wrong_sequence` and `stale_reply` say for how many
    of the next replies, and count down.
    """

    split: int = 0  # bytes per write, 0 for all at once
    merge: bool = False  # an old reply follows in the same segment
    hold_replies: asyncio.Event | None = None  # replies wait until it is set
    stale_reply: int = 0  # the previous reply is sent again instead
    bad_crc: int = 0
    wrong_sequence: int = 0  # sessions only: there is no other sequence
    reset_after: int | None = None  # answers so many requests, then resets
    refuse: bool = False  # closes every new connection
    silent: bool = False  # swallows requests, like a half-open connection
    evict_every_connection: bool = False  # closes after answering the connect
    drop_after_set_time: bool = False  # sets the time, closes without reply
    lose_reply_to: set[int] = field(default_factory=set)  # done, never answered
    foreign: bool = False  # speaks like a standalone terminal


@dataclass(frozen=True, slots=True)
class Reply:
    """What the panel answers, and whether it hangs up or restarts afterwards."""

    data: bytes = b""
    command: int = wire.OK
    close: bool = False
    restart: bool = False


class Link(asyncio.Protocol):
    """One client's connection: collects requests, sends replies."""

    transport: asyncio.Transport

    def __init__(self, panel: C3Panel) -> None:
        """Belong to a panel, not yet connected."""
        self._panel = panel
        self._buffer = bytearray()
        self._started = 0.0
        self._answering: asyncio.Task[None] | None = None
        self._last_reply = b""
        self.connected = False  # the client sent a connect that was accepted
        self.session: int | None = None
        self.prepared: bytes | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or hang up when the panel refuses."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        # Else the fault `split` would not reach the other side in pieces.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._panel.accept(self):
            transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        if self._answering:
            self._answering.cancel()
        self._panel.lost(self)

    @override
    def data_received(self, data: bytes) -> None:
        """Collect bytes until a request is whole; drop what comes behind it."""
        if self._answering and not self._answering.done():
            return
        if self._panel.faults.foreign:
            self.transport.write(TERMINAL_GREETING)
            return
        now = self._panel.monotonic()
        if not self._buffer or now - self._started > FRAME_PATIENCE:
            self._buffer.clear()
            self._started = now
        self._buffer += data
        try:
            length = wire.frame_length(self._buffer)
            if length is None or len(self._buffer) < length:
                return
            frame = wire.decode_frame(self._buffer[:length])
        except ValueError:
            self._buffer.clear()
            return
        self._buffer.clear()
        self._answering = asyncio.get_running_loop().create_task(self._answer(frame))

    def reset(self) -> None:
        """Break the connection off with a TCP reset."""
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.transport.abort()

    @property
    def _socket(self) -> socket.socket:
        found: socket.socket = self.transport.get_extra_info("socket")
        return found

    async def _answer(self, frame: Frame) -> None:
        panel, faults = self._panel, self._panel.faults
        panel.requests[frame.command] += 1
        if faults.silent:
            return
        if faults.reset_after is not None:
            faults.reset_after -= 1
            if faults.reset_after < 0:
                faults.reset_after = None
                self.reset()
                return
        reply, raw = panel.answer(self, frame)
        if frame.command not in faults.lose_reply_to and raw:
            await self._send(raw)
        if reply.restart:
            panel.reboot()
            panel.boot()
        elif reply.close:
            self.transport.close()

    async def _send(self, raw: bytes) -> None:
        faults = self._panel.faults
        previous, self._last_reply = self._last_reply or raw, raw
        if faults.stale_reply:
            faults.stale_reply -= 1
            raw = previous
        if faults.bad_crc:
            faults.bad_crc -= 1
            raw = raw[:-3] + bytes([raw[-3] ^ 0xFF]) + raw[-2:]
        if faults.merge:
            raw += previous
        if faults.hold_replies:
            await faults.hold_replies.wait()
        step = faults.split or len(raw)
        for start in range(0, len(raw), step):
            if start:
                await asyncio.sleep(0)  # the reader gets to see each piece
            self.transport.write(raw[start : start + step])


class Discovery(asyncio.DatagramProtocol):
    """Answers the discovery datagram, to the one who asked."""

    def __init__(self, panel: C3Panel) -> None:
        """Speak for a panel."""
        self._panel = panel

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Tell who the panel is."""
        with suppress(ValueError, struct.error, IndexError):
            frame = wire.decode_frame(data)
            if (frame.command, frame.data) != (wire.DISCOVER, DISCOVERY_WORDS):
                return
            parameters = self._panel.parameters
            text = ",".join(
                f"{key}={parameters[name]}"
                for key, name in (
                    ("MAC", "MAC"),
                    ("IP", "IPAddress"),
                    ("SN", "~SerialNumber"),
                    ("Device", "DeviceName"),
                    ("Ver", "FirmVer"),
                )
            )
            reply = Frame(self._panel.address, wire.OK, text.encode())
            self._transport.sendto(reply.encode(), addr)
