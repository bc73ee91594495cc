"""How a client reaches the simulated terminal, and what goes wrong on the way.

TCP connections, UDP peers, and the faults. What a request does and what is
answered belongs to `standalone_session`.
"""

from abc import ABC, abstractmethod
import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random
import socket
import struct
from typing import TYPE_CHECKING, Literal, cast, override

from . import standalone_wire as wire
from .standalone_session import Session
from .standalone_wire import Packet

if TYPE_CHECKING:
    from .standalone_terminal import SimulatedTerminal

type Tongue = Literal["encrypted", "c3", "http", "garbage"]
type ChunkFault = Literal["wrong", "missing", "duplicate", "swapped"]

_OTHER_TONGUES: dict[Tongue, bytes] = {
    "encrypted": bytes.fromhex("5050837c10000000") + bytes(range(16)),
    "c3": bytes.fromhex("aa01c80000800255"),
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "garbage": bytes.fromhex("00ff17280c"),
}


@dataclass
class Faults:
    """What goes wrong, switched on by a test at any moment; they combine.

    Numbers count down: they say for how many of the next replies, transfers or
    datagrams.
    """

    # Both transports
    answers: dict[int, int] = field(default_factory=dict)  # reply codes by command
    hold_replies: asyncio.Event | None = None  # replies wait until it is set
    lose_reply_to: Counter[int] = field(default_factory=Counter)  # done, unanswered
    duplicate_reply: int = 0
    stale_reply: int = 0  # the previous reply comes once more before the right one
    bad_checksum: int = 0
    event_before_reply: bool = False  # events wait for the next reply and precede it
    repeat_events: bool = False  # unacknowledged ones come again before each reply
    wait_for_ack: bool = False  # one event at a time
    non_echoing: bool = False  # reply number and session are always 0
    chunks: ChunkFault | None = None  # what happens to the second chunk of a transfer
    reset_after_packets: int | None = None  # of one answer; the connection breaks
    power_loss_after_packets: int | None = None  # the same, and nobody comes back
    silent: bool = False  # swallows everything, like a half-open connection
    refuse: bool = False  # closes every new connection
    speaks: Tongue | None = None  # another protocol

    # TCP
    split: int | Random = 0  # bytes per write, or pieces of any size
    merge: bool = False  # everything that is ready goes in one write

    # UDP
    lose_requests: int = 0
    lose_datagrams: int = 0
    lose_every: int = 0  # every so many datagrams one is lost
    duplicate_datagrams: int = 0
    swap_datagrams: int = 0  # it comes after the one behind it


class Link(ABC):
    """One client's way to the terminal."""

    largest_chunk = 0x10000

    def __init__(self, terminal: SimulatedTerminal) -> None:
        """Belong to a terminal."""
        self.terminal = terminal
        self.session = Session(terminal, self.largest_chunk)
        self._waiting: deque[Packet] = deque()  # events that are not sent yet
        self._last_reply: Packet | None = None
        self._outbox: deque[bytes | Callable[[], None]] = deque()
        self._something = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._run(self._write())

    def close(self) -> None:
        """Stop sending."""
        for task in self._tasks:
            task.cancel()
        self.terminal.lost(self)

    @abstractmethod
    def hang_up(self) -> None:
        """End the connection."""

    @abstractmethod
    async def _transmit(self, payload: bytes) -> None:
        """Put a whole write on the wire."""

    # Incoming

    def receive(self, payload: bytes) -> None:
        """Take a request or an acknowledgement; drop what is damaged."""
        terminal, faults = self.terminal, self.terminal.faults
        try:
            packet = wire.decode(payload)
        except ValueError:
            terminal.dropped += 1
            return
        if packet.command == wire.OK:
            if self.session.acknowledge(packet):
                terminal.acks.append(packet)
                self._send_events()
            return
        terminal.take(packet)
        if faults.silent:
            return
        if faults.speaks:
            self._queue(_OTHER_TONGUES[faults.speaks])
            return
        said = self.session.answer(packet)
        if faults.lose_reply_to[packet.command] > 0:
            faults.lose_reply_to[packet.command] -= 1
            return
        if faults.hold_replies:
            self._run(self._reply_later(faults.hold_replies, said.packets, said.then))
        else:
            self._reply(said.packets, said.then)

    # Outgoing

    def notify(self, code: int, data: bytes) -> None:
        """Tell the client what happened, if it registered for that."""
        faults = self.terminal.faults
        packet = None if faults.silent else self.session.event(code, data)
        if packet is not None:
            self._waiting.append(packet)
            if not faults.event_before_reply:
                self._send_events()

    def _send_events(self) -> None:
        alone = self.terminal.faults.wait_for_ack
        while self._waiting:
            unacknowledged = len(self.session.unacknowledged)
            if alone and unacknowledged > len(self._waiting):
                return
            self._queue_packet(self._waiting.popleft())

    async def _reply_later(
        self,
        over: asyncio.Event,
        packets: list[Packet],
        then: Callable[[], None] | None,
    ) -> None:
        await over.wait()
        self._reply(packets, then)

    def _reply(self, packets: list[Packet], then: Callable[[], None] | None) -> None:
        faults = self.terminal.faults
        if faults.repeat_events:
            sent = len(self.session.unacknowledged) - len(self._waiting)
            for event in islice(self.session.unacknowledged, sent):
                self._queue_packet(event)
        self._send_events()
        if faults.chunks and len(packets) > 4:
            packets = _disturb(packets, faults.chunks)
        previous, self._last_reply = self._last_reply, packets[-1]
        if faults.stale_reply and previous:
            faults.stale_reply -= 1
            packets = [previous, *packets]
        if faults.duplicate_reply:
            faults.duplicate_reply -= 1
            packets = [*packets, *packets]
        if faults.non_echoing:
            packets = [_without_numbers(packet) for packet in packets]
        for count, packet in enumerate(packets):
            if faults.reset_after_packets == count:
                faults.reset_after_packets = None
                self._queue(self.hang_up)
                return
            if faults.power_loss_after_packets == count:
                faults.power_loss_after_packets = None
                self._queue(self.terminal.power_off)
                return
            self._queue_packet(packet)
        if then:
            self._queue(then)

    def _queue_packet(self, packet: Packet) -> None:
        payload = packet.encode()
        faults = self.terminal.faults
        if faults.bad_checksum and packet.command != wire.EVENT:
            faults.bad_checksum -= 1
            payload = payload[:2] + bytes([payload[2] ^ 0x5A]) + payload[3:]
        self._queue(self._wrap(payload))

    def _wrap(self, payload: bytes) -> bytes:
        return payload

    def _queue(self, item: bytes | Callable[[], None]) -> None:
        self._outbox.append(item)
        self._something.set()

    async def _write(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._outbox:
                item = self._outbox.popleft()
                if not isinstance(item, bytes):
                    item()
                    continue
                await self._transmit(item)
                if self.terminal.frame_gap:
                    await asyncio.sleep(self.terminal.frame_gap)

    def _ready(self) -> bytes:
        """Take what else waits to be written."""
        found = b""
        while self._outbox and isinstance(self._outbox[0], bytes):
            found += self._outbox[0]
            self._outbox.popleft()
        return found

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _without_numbers(packet: Packet) -> Packet:
    """Echo nothing; where parts of a long answer stand they keep their index."""
    session = packet.session if packet.command == wire.DATA else 0
    return replace(packet, session=session, number=0)


def _disturb(packets: list[Packet], fault: ChunkFault) -> list[Packet]:
    """Spoil the second chunk of a transfer."""
    announcement, first, second, third, *rest = packets
    match fault:
        case "wrong":
            chunks = [first, replace(second, session=second.session + 5), third]
        case "missing":
            chunks = [first, third]
        case "duplicate":
            chunks = [first, second, second, third]
        case "swapped":
            chunks = [first, third, second]
    return [announcement, *chunks, *rest]


class Connection(Link, asyncio.Protocol):
    """A client's TCP connection."""

    transport: asyncio.Transport

    def __init__(self, terminal: SimulatedTerminal) -> None:
        """Belong to a terminal, not yet connected."""
        super().__init__(terminal)
        self._buffer = bytearray()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or hang up when the terminal refuses."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        # Else the fault `split` would not reach the other side in pieces.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.terminal.accept(self):
            transport.abort()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self.close()

    @override
    def data_received(self, data: bytes) -> None:
        """Take whole requests out of the stream; hang up where there are none."""
        self._buffer += data
        try:
            payloads = wire.cut(self._buffer)
        except ValueError:
            self.transport.close()
            return
        for payload in payloads:
            self.receive(payload)

    @override
    def hang_up(self) -> None:
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.transport.abort()

    @override
    def _wrap(self, payload: bytes) -> bytes:
        return wire.framed(payload)

    @override
    async def _transmit(self, payload: bytes) -> None:
        faults = self.terminal.faults
        if faults.merge:
            payload += self._ready()
        for piece in _pieces(payload, faults.split):
            self.transport.write(piece)
            if len(piece) < len(payload):
                await asyncio.sleep(0)  # the reader gets to see each piece

    @property
    def _socket(self) -> socket.socket:
        found: socket.socket = self.transport.get_extra_info("socket")
        return found


def _pieces(data: bytes, split: int | Random) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        if isinstance(split, Random):
            step = split.randint(1, 32)
        else:
            step = split or len(data)
        yield data[start : start + step]
        start += step


class Peer(Link):
    """A client that talks in datagrams."""

    largest_chunk = 1024

    def __init__(
        self,
        terminal: SimulatedTerminal,
        transport: asyncio.DatagramTransport,
        address: tuple[str, int],
    ) -> None:
        """Belong to a terminal; the client is at an address."""
        super().__init__(terminal)
        self._transport = transport
        self._address = address
        self._sent = 0
        self._held: bytes | None = None

    @override
    def hang_up(self) -> None:
        self.close()

    @override
    async def _transmit(self, payload: bytes) -> None:
        faults = self.terminal.faults
        self._sent += 1
        if faults.lose_every and self._sent % faults.lose_every == 0:
            return
        if faults.lose_datagrams:
            faults.lose_datagrams -= 1
            return
        if faults.swap_datagrams and self._held is None:
            faults.swap_datagrams -= 1
            self._held = payload
            return
        self._transport.sendto(payload, self._address)
        if faults.duplicate_datagrams:
            faults.duplicate_datagrams -= 1
            self._transport.sendto(payload, self._address)
        if self._held is not None:
            self._transport.sendto(self._held, self._address)
            self._held = None


class Datagrams(asyncio.DatagramProtocol):
    """The UDP port: knows its clients by address."""

    def __init__(self, terminal: SimulatedTerminal) -> None:
        """Speak for a terminal."""
        self._terminal = terminal
        self._peers: dict[tuple[str, int], Peer] = {}

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand the datagram to whom it concerns."""
        faults = self._terminal.faults
        if faults.lose_requests:
            faults.lose_requests -= 1
            return
        peer = self._peers.get(addr)
        if peer is None or not self._terminal.knows(peer):
            peer = Peer(self._terminal, self._transport, addr)
            if not self._terminal.accept(peer):
                peer.close()
                return
            self._peers[addr] = peer
        peer.receive(data)
