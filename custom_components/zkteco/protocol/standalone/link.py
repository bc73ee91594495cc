"""One socket to a terminal: payloads in, payloads out, over TCP or UDP.

Lives here: sockets. Not here: what a payload means and which of them belong together (`client`).
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Callable
from contextlib import suppress
import socket
import struct
from typing import cast, override

from ..errors import (
    CannotConnect,
    DeviceError,
    MalformedReply,
    SecureFirmware,
    WrongFamily,
)
from .packet import PacketReader, framed

# On, and no seconds: what was not delivered yet is thrown away.
_DISCARD_UNSENT = struct.pack("ii", 1, 0)


class ConnectionDropped(CannotConnect):
    """The terminal closed or reset the connection; nothing timed out."""


class Link(ABC):
    """An open socket. After `lost` was called, or after `drop`, nothing is received any more."""

    def __init__(
        self, receive: Callable[[bytes], None], lost: Callable[[DeviceError], None]
    ) -> None:
        """`receive` gets each payload, `lost` why there will be no more."""
        self._receive = receive
        self._lost = lost

    def _end(self, err: DeviceError) -> None:
        """Tell once that the link is over."""
        lost, self._lost = self._lost, _ignore
        lost(err)

    @abstractmethod
    def send(self, payload: bytes) -> None:
        """Send one payload."""

    @abstractmethod
    def _abort(self) -> None:
        """Close the socket without delivering what still waits in it."""

    def drop(self) -> None:
        """Close at once, so that no request reaches the terminal when the network is back."""
        self._lost = _ignore
        self._abort()


def _ignore(_: object) -> None:
    """Tell nobody any more."""


class TcpLink(Link, asyncio.Protocol):
    """A TCP connection."""

    _transport: asyncio.Transport

    def __init__(
        self, receive: Callable[[bytes], None], lost: Callable[[DeviceError], None]
    ) -> None:
        """Start before the first byte."""
        super().__init__(receive, lost)
        self._reader = PacketReader()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        for payload in self._reader.feed(data):
            self._receive(payload)
        match self._reader.found:
            case None:
                return
            case "encrypted":
                self._end(SecureFirmware("the terminal encrypts"))
            case "unknown":
                self._end(MalformedReply("bytes that are no packet"))
            case found:
                self._end(WrongFamily(found))
        self._abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end(ConnectionDropped(str(exc or "the terminal closed the connection")))

    @override
    def send(self, payload: bytes) -> None:
        self._transport.write(framed(payload))

    @override
    def _abort(self) -> None:
        with suppress(OSError):
            sock: socket.socket = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD_UNSENT)
        self._transport.abort()


class UdpLink(Link, asyncio.DatagramProtocol):
    """A UDP socket that only hears its terminal."""

    _transport: asyncio.DatagramTransport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self._receive(data)

    @override
    def error_received(self, exc: Exception) -> None:
        # Nobody listens there, or there is no way: waiting would not help.
        self._end(ConnectionDropped(str(exc)))
        self._abort()

    @override
    def send(self, payload: bytes) -> None:
        self._transport.sendto(payload)

    @override
    def _abort(self) -> None:
        self._transport.abort()


async def open_link(
    host: str,
    port: int,
    receive: Callable[[bytes], None],
    lost: Callable[[DeviceError], None],
    *,
    udp: bool,
) -> Link:
    """Open a socket to a terminal. Raises CannotConnect; the caller limits the time."""
    loop = asyncio.get_running_loop()
    link: Link
    try:
        if udp:
            _, link = await loop.create_datagram_endpoint(
                lambda: UdpLink(receive, lost), remote_addr=(host, port)
            )
        else:
            _, link = await loop.create_connection(
                lambda: TcpLink(receive, lost), host, port
            )
    # UnicodeError is a host name that cannot be one.
    except (OSError, UnicodeError) as err:
        raise CannotConnect(str(err)) from err
    return link
