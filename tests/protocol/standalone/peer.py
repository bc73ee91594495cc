"""A peer that answers what a test wants, and how a test talks to any terminal."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import override

from custom_components.zkteco.protocol.standalone.client import TerminalClient
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.packet import Command, Packet
from tests.simulators import standalone_wire as wire
from tests.simulators.standalone_terminal import SimulatedTerminal

from .conftest import HOST

SESSION = 0x45CF
LOGIN = (wire.CONNECT, wire.OPTION_READ, wire.OPTION_WRITE)

type Answers = Iterable[wire.Packet | bytes]
type Answer = Callable[[wire.Packet], Answers]


def reply(
    request: wire.Packet,
    command: int = wire.OK,
    data: bytes = b"",
    *,
    session: int = SESSION,
) -> wire.Packet:
    """Return a packet that answers a request."""
    return wire.Packet(command, session, request.number, data)


def in_pieces(request: wire.Packet, *pieces: bytes) -> list[wire.Packet]:
    """Return an answer that is announced, comes in these pieces, and is confirmed."""
    size = len(b"".join(pieces)).to_bytes(4, "little")
    return [
        reply(request, wire.PREPARE_DATA, size + b"\xf0\x03\0\0"),
        *(
            reply(request, wire.DATA, piece, session=index)
            for index, piece in enumerate(pieces)
        ),
        reply(request, session=0x7C),
    ]


class Peer:
    """What was asked of the peer, its acknowledged events, and how each connection ended."""

    def __init__(self, answer: Answer, *, login: bool) -> None:
        """Answer requests; with `login` those of a login are confirmed anyway."""
        self._answer = answer
        self._confirmed = LOGIN if login else ()
        self.port = 0
        self.requests: list[wire.Packet] = []
        self.acks: list[wire.Packet] = []
        self.ends: list[str] = []
        self.writers: list[asyncio.StreamWriter] = []

    @property
    def commands(self) -> list[int]:
        """What was asked after the login."""
        return [one.command for one in self.requests if one.command not in LOGIN]

    def asked(self, data: bytes) -> int:
        """Return how often something was asked with these data."""
        return sum(one.data == data for one in self.requests)

    def answers(self, payload: bytes) -> list[bytes]:
        """Return the payloads to send for one that came."""
        request = wire.decode(payload)
        if request.command == wire.OK:
            self.acks.append(request)
            return []
        self.requests.append(request)
        answers = (
            [reply(request)]
            if request.command in self._confirmed
            else self._answer(request)
        )
        return [one if isinstance(one, bytes) else one.encode() for one in answers]

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one TCP client."""
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readexactly(8)
                length = int.from_bytes(head[4:], "little")
                for payload in self.answers(await reader.readexactly(length)):
                    writer.write(wire.framed(payload))
        except asyncio.IncompleteReadError:
            self.ends.append("closed")
        except ConnectionResetError:
            self.ends.append("reset")
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    """The same over UDP."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        for payload in self._peer.answers(data):
            self._transport.sendto(payload, addr)


@asynccontextmanager
async def listening(
    answer: Answer, *, udp: bool = False, login: bool = True
) -> AsyncGenerator[Peer]:
    """Listen as such a peer."""
    peer = Peer(answer, login=login)
    if udp:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(peer), local_addr=(HOST, 0)
        )
        peer.port = transport.get_extra_info("sockname")[1]
        try:
            yield peer
        finally:
            transport.close()
        return
    server = await asyncio.start_server(peer.serve, HOST, 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        server.abort_clients()
        await server.wait_closed()


@asynccontextmanager
async def connected(
    terminal: SimulatedTerminal | Peer,
    key: str = "",
    transport: Transport = Transport.TCP,
) -> AsyncGenerator[TerminalClient]:
    """Return a client that has logged in."""
    client = TerminalClient(HOST, terminal.port, key, transport)
    await client.connect()
    try:
        yield client
    finally:
        await client.close()


async def firmware(client: TerminalClient) -> bytes:
    """Ask something with one right answer."""
    return (await client.request(Command.VERSION)).data


async def listen(client: TerminalClient) -> list[Packet]:
    """Ask for all events, and return where they will be."""
    events: list[Packet] = []
    client.on_event = events.append
    await client.request(Command.EVENT, b"\xff\xff\0\0")
    return events


def counters(client: TerminalClient) -> dict[str, int]:
    """Return what the client has counted."""
    found = client.describe()["counters"]
    assert isinstance(found, dict)
    return found


def users_of(terminal: SimulatedTerminal) -> bytes:
    """Return the data set of all users, as the terminal stores it."""
    rows = b"".join(user.pack(terminal.user_size) for user in terminal.users.values())
    return len(rows).to_bytes(4, "little") + rows


def log_of(terminal: SimulatedTerminal) -> bytes:
    """Return the data set of the attendance log."""
    rows = b"".join(record.pack(terminal.record_size) for record in terminal.log)
    return len(rows).to_bytes(4, "little") + rows
