"""The simulated terminal against frames that real terminals sent or accepted.

The hexadecimal frames are captures, some with people's data exchanged and the
checksum made anew; nothing of the product takes part. Time is a clock that the
tests turn.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
import re
import signal
import struct
import sys
from typing import cast, override

import pytest

from tests.clock import PATIENCE_SECONDS

from . import standalone_wire as wire
from .console import obey
from .standalone_link import ChunkFault, Tongue
from .standalone_records import Record, RecordSize, User, UserSize
from .standalone_session import CLOSING_FIELD
from .standalone_terminal import (
    Event,
    Packet,
    SimulatedTerminal,
    console_commands,
    main,
)
from .standalone_world import Access, EventForm, Template

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROOT = Path(__file__).parents[2]

CONNECT = "5050827d08000000e80317fc00000000"
ALL_EVENTS = struct.pack("<I", 0xFFFF)
ATTENDANCE = struct.pack("<BHII", 1, wire.ATTENDANCE_READ, 0, 0)
OPERATIONS = struct.pack("<BHII", 1, wire.OPERATIONS_READ, 0, 0)
PEOPLE = struct.pack("<BHII", 1, wire.TEMPLATE_READ, 5, 0)
FINGERS = struct.pack("<BHII", 1, wire.DB_READ, 2, 0)


class Clock:
    """A wall clock and a monotonic clock that only move when told."""

    def __init__(self, wall: datetime = datetime(2018, 6, 25, 17, 41, 5)) -> None:
        """Stand still at a moment."""
        self.wall = wall
        self.seconds = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Return the wall clock time."""
        return self.wall

    def monotonic(self) -> float:
        """Return the monotonic time."""
        return self.seconds


class Client(ABC):
    """Sends packets and hands back packets; knows nothing of what they mean."""

    session = 0
    number = -1

    @abstractmethod
    def send_frame(self, frame: str) -> None:
        """Send a frame of a TCP stream, given as hexadecimal."""

    @abstractmethod
    async def receive_frame(self) -> str:
        """Return the next packet as it would stand in a stream."""

    async def ask_frame(self, frame: str) -> str:
        """Send a frame and return its answer."""
        self.send_frame(frame)
        return await self.receive_frame()

    async def receive(self) -> Packet:
        """Return the next packet; its checksum is right."""
        return wire.decode(bytes.fromhex(await self.receive_frame())[8:])

    def send(self, command: int, data: bytes = b"") -> int:
        """Send the next request; return its number."""
        self.number += 1
        packet = Packet(command, self.session, self.number, data)
        self.send_frame(wire.framed(packet.encode()).hex())
        return self.number

    async def ask(self, command: int, data: bytes = b"") -> Packet:
        """Send the next request and return its answer, which has its number."""
        number = self.send(command, data)
        answer = await self.receive()
        assert answer.number == number
        return answer

    async def code(self, command: int, data: bytes = b"") -> int:
        """Ask, and return what kind of answer came."""
        return (await self.ask(command, data)).command

    async def told(self, command: int, data: bytes = b"") -> bytes:
        """Ask for something that the terminal tells."""
        answer = await self.ask(command, data)
        assert answer.command == wire.OK
        return answer.data

    async def chunks(self, command: int, data: bytes = b"") -> list[Packet]:
        """Ask, and return everything up to the packet that ends the answer."""
        packets = [await self.ask(command, data)]
        while packets[-1].command in (wire.PREPARE_DATA, wire.DATA):
            if packets[0].command == wire.DATA:
                break
            packets.append(await self.receive())
        return packets

    async def whole(self, request: bytes) -> bytes:
        """Read a dataset by way of the buffer; return its records."""
        answer = await self.ask(wire.PREPARE_BUFFER, request)
        data = answer.data
        if answer.command == wire.OK:
            _, size, again, _ = struct.unpack("<BIII", data)
            assert size == again
            packets = await self.chunks(wire.READ_BUFFER, struct.pack("<II", 0, size))
            data = b"".join(p.data for p in packets if p.command == wire.DATA)
            assert await self.code(wire.FREE_DATA) == wire.OK
        assert int.from_bytes(data[:4], "little") == len(data) - 4
        return data[4:]

    def acknowledge(self) -> None:
        """Say that an event came."""
        packet = Packet(wire.OK, self.session, 0)
        self.send_frame(wire.framed(packet.encode()).hex())

    async def quiet(self) -> None:
        """Nothing comes by itself: the next packet is the answer to a question."""
        assert await self.code(wire.GET_TIME) == wire.OK

    async def connect(self, key: int | None = None) -> int:
        """Log in; return the code of the last answer."""
        answer = await self.ask(wire.CONNECT)
        self.session = answer.session
        if key is not None:
            proof = wire.scramble(key, self.session, 50)
            return await self.code(wire.AUTH, proof)
        return answer.command


class Stream(Client):
    """A client over TCP."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Use an open connection."""
        self.reader = reader
        self.writer = writer

    @override
    def send_frame(self, frame: str) -> None:
        self.writer.write(bytes.fromhex(frame))

    @override
    async def receive_frame(self) -> str:
        head = await self.reader.readexactly(8)
        rest = await self.reader.readexactly(int.from_bytes(head[4:], "little"))
        return (head + rest).hex()

    async def closed(self) -> bool:
        """Wait for the terminal to hang up; return whether it did so politely."""
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return False


class Mail(Client, asyncio.DatagramProtocol):
    """A client over UDP."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.inbox.put_nowait(data)

    @override
    def send_frame(self, frame: str) -> None:
        self.transport.sendto(bytes.fromhex(frame)[8:])

    @override
    async def receive_frame(self) -> str:
        return wire.framed(await self.inbox.get()).hex()


@asynccontextmanager
async def stream(terminal: SimulatedTerminal) -> AsyncGenerator[Stream]:
    """Open a TCP connection that has not said anything yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", terminal.port)
    try:
        yield Stream(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def mail(terminal: SimulatedTerminal) -> AsyncGenerator[Mail]:
    """Open a UDP socket that has not said anything yet."""
    transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
        Mail, remote_addr=("127.0.0.1", terminal.port)
    )
    try:
        yield client
    finally:
        transport.close()


@asynccontextmanager
async def connected(
    terminal: SimulatedTerminal, events: bytes = b""
) -> AsyncGenerator[Stream]:
    """Open a connection that is logged in, and hears of events when told which."""
    async with stream(terminal) as client:
        assert await client.connect() == wire.OK
        if events:
            assert await client.code(wire.EVENT, events) == wire.OK
        yield client


@pytest.fixture
def clock() -> Clock:
    """Return the clock of a test."""
    return Clock()


@pytest.fixture
async def terminal(clock: Clock) -> AsyncGenerator[SimulatedTerminal]:
    """Run a terminal without a key."""
    async with SimulatedTerminal(now=clock.now, monotonic=clock.monotonic) as running:
        yield running


def unlocked(terminal: SimulatedTerminal) -> bool:
    """Look at the lock now."""
    return terminal.relay


def captured(terminal: SimulatedTerminal, session: int) -> None:
    """Let the next client get the session number of a capture."""
    terminal.last_session = session - 1


class TestBytes:
    """Checksum, time and records against what terminals sent."""

    def test_checksum(self) -> None:
        """Published vectors; an odd byte counts as a word."""
        assert wire.checksum(bytes.fromhex("d0070000f38d0a0009")) == 0x6A29
        text = bytes.fromhex("0b000000f38d03005a4b4661636556657273696f6e00")
        assert wire.checksum(text) == 0x175A

    def test_checksum_folds_twice(self) -> None:
        """A sum of 1FFFF has a carry even after the first fold."""
        assert wire.checksum(bytes.fromhex("ffffffff0100")) == 0xFFFE

    @pytest.mark.parametrize(
        ("packed", "moment"),
        [
            (0x2368B36B, datetime(2018, 6, 25, 17, 50, 35)),
            (0x23689BC2, datetime(2018, 6, 25, 16, 9, 38)),
            (0x29C9EBB8, datetime(2021, 10, 24, 13, 42, 16)),
            (0x1EA7EBA8, datetime(2016, 1, 1, 19, 2, 0)),
            (0, datetime(2000, 1, 1)),
        ],
    )
    def test_packed_time(self, packed: int, moment: datetime) -> None:
        """Times that terminals sent."""
        assert wire.pack_time(moment) == packed
        assert wire.unpack_time(packed) == moment

    @pytest.mark.parametrize(
        ("key", "session", "tick", "proof"),
        [
            (12, 0x45CF, 50, "614d323c"),
            (45, 0x45CF, 50, "61c9323c"),
            (0, 0x45CF, 50, "617d323c"),
            (1234, 0x1F2E, 50, "41363266"),
            (999999, 0x1234, 0, "10b30049"),
        ],
    )
    def test_scramble(self, key: int, session: int, tick: int, proof: str) -> None:
        """Captured and computed logins."""
        assert wire.scramble(key, session, tick).hex() == proof

    @pytest.mark.parametrize(
        ("size", "record", "raw"),
        [
            (
                40,
                Record(13, "999111333", 1, 0, 0x2368B36B),
                "0d00393939313131333333"
                + "00" * 15
                + "016bb3682300"
                + "00000000ff000000",
            ),
            (16, Record(4, "21", 0, 0, 0x234F15EC), "15000000ec154f23" + "00" * 8),
            ("8B", Record(7, "7", 1, 0, 0x1EA7EBA8), "07002800a8eba71e"),
            ("8A", Record(7, "7", 1, 4, 0x1EA7EBA8), "070001a8eba71e04"),
            (
                49,
                Record(1, "10036", 15, 0, 0x29C9EBB8),
                "01003130303336" + "00" * 19 + "0fb8ebc929" + "00" * 5 + "ff000000"
                "ff32353500000000" + "00",
            ),
        ],
    )
    def test_records(self, size: RecordSize, record: Record, raw: str) -> None:
        """Every width; all but the 8A were captured."""
        assert record.pack(size).hex() == raw


class TestConnecting:
    """Sessions, keys, and what comes before them."""

    async def test_captured_session(self, terminal: SimulatedTerminal) -> None:
        """Connect and exit, byte for byte."""
        captured(terminal, 0xFB2F)
        async with stream(terminal) as client:
            assert await client.ask_frame(CONNECT) == (
                "5050827d08000000d007fffc2ffb0000"
            )
            answer = await client.ask_frame("5050827d08000000e903e6002ffb0100")
            assert answer == "5050827d08000000d007fefc2ffb0100"
            assert await client.code(wire.GET_TIME) == wire.UNAUTHORISED

    async def test_numbers_may_start_at_one(self, terminal: SimulatedTerminal) -> None:
        """A request's number is echoed, whatever it is."""
        async with stream(terminal) as client:
            client.send_frame("5050827d08000000e80316fc00000100")
            assert (await client.receive()).number == 1

    @pytest.mark.parametrize(
        ("key", "request_frame", "answer"),
        [
            (12, "5050827d0c0000004e044e2ccf450100614d323c", wire.OK),
            (45, "5050827d0c0000004e044db0cf45010061c9323c", wire.OK),
            (45, "5050827d0c0000004e044e2ccf450100614d323c", wire.UNAUTHORISED),
        ],
    )
    async def test_captured_login(
        self, key: int, request_frame: str, answer: int
    ) -> None:
        """The key is asked for, and only the right one is taken."""
        async with SimulatedTerminal(key=key) as terminal, stream(terminal) as client:
            assert await client.ask_frame(CONNECT) == (
                "5050827d08000000d5075bb2cf450000"
            )
            expected = {
                wire.OK: "5050827d08000000d0075fb2cf450100",
                wire.UNAUTHORISED: "5050827d08000000d5075ab2cf450100",
            }
            assert await client.ask_frame(request_frame) == expected[answer]
            assert len(terminal.operations) == (answer != wire.OK)

    async def test_key_zero(self) -> None:
        """Many newer models ask although there is no key."""
        async with (
            SimulatedTerminal(always_ask=True) as terminal,
            stream(terminal) as client,
        ):
            assert await client.connect() == wire.UNAUTHORISED
            assert await client.code(wire.GET_TIME) == wire.UNAUTHORISED
            assert await client.connect(key=0) == wire.OK
            assert await client.code(wire.GET_TIME) == wire.OK

    async def test_connecting_again_keeps_the_session(
        self, terminal: SimulatedTerminal
    ) -> None:
        """Only closing the connection ends it."""
        async with connected(terminal) as client:
            session = client.session
            assert await client.connect() == wire.OK
            assert client.session == session

    async def test_foreign_session(self, terminal: SimulatedTerminal) -> None:
        """A number that the terminal did not give is not let in."""
        async with connected(terminal) as client:
            client.session += 1
            assert await client.code(wire.UNLOCK, b"\x1e") == wire.UNAUTHORISED
        assert terminal.unlocks == []

    async def test_wrong_checksum_is_dropped(self, terminal: SimulatedTerminal) -> None:
        """Without a word."""
        async with connected(terminal) as client:
            damaged = bytearray(
                Packet(wire.UNLOCK, client.session, 9, b"\x1e").encode()
            )
            damaged[-1] ^= 1
            client.send_frame(wire.framed(bytes(damaged)).hex())
            await client.quiet()
        assert (terminal.dropped, terminal.unlocks) == (1, [])

    async def test_request_in_pieces(self, terminal: SimulatedTerminal) -> None:
        """A request may arrive byte by byte, or together with others."""
        async with stream(terminal) as client:
            for byte in bytes.fromhex(CONNECT):
                client.send_frame(f"{byte:02x}")
                await asyncio.sleep(0)
            client.session = (await client.receive()).session
            client.number = 0
            numbers = [client.send(wire.GET_TIME) for _ in range(3)]
            assert [(await client.receive()).number for _ in numbers] == numbers

    async def test_noise(self, terminal: SimulatedTerminal) -> None:
        """What is no frame ends the connection."""
        async with stream(terminal) as client:
            client.send_frame("aa01010000503c55")
            assert await client.closed()

    async def test_several_clients(self, terminal: SimulatedTerminal) -> None:
        """Each has a session, over either transport, and hears what it asked for."""
        async with (
            connected(terminal, ALL_EVENTS) as first,
            connected(terminal) as second,
            mail(terminal) as third,
        ):
            await third.connect()
            await third.ask(wire.EVENT, struct.pack("<I", Event.ATTENDANCE))
            assert len({first.session, second.session, third.session}) == 3
            terminal.verify("1002")
            codes = [(await first.receive()).session for _ in range(3)]
            assert codes == [Event.FINGER, Event.VERIFY, Event.ATTENDANCE]
            assert (await third.receive()).session == Event.ATTENDANCE
            await second.quiet()
            await third.quiet()
        assert terminal.connections == 3

    async def test_unknown_command(self, terminal: SimulatedTerminal) -> None:
        """Commands that the terminal does not have, or is made not to have."""
        terminal.unknown_commands.add(wire.DOOR_STATE)
        async with connected(terminal) as client:
            assert await client.code(1700) == wire.UNKNOWN_COMMAND
            assert await client.code(wire.DOOR_STATE) == wire.UNKNOWN_COMMAND

    @pytest.mark.parametrize(
        ("command", "data"),
        [
            (wire.UNLOCK, b""),
            (wire.SET_TIME, b"\1"),
            (wire.SET_TIME, struct.pack("<I", 60 * 86400)),
            (wire.USER_WRITE, bytes(28)),
            (wire.DELETE_USER, b"\x63\0"),
            (wire.ZONE_READ, b"\x33\0\0\0"),
            (wire.GROUP_READ, b""),
            (wire.READ_BUFFER, bytes(8)),
            (wire.PREPARE_BUFFER, b"\1"),
            (wire.OPTION_WRITE, b"LockOn\0"),
            (wire.DELETE_TEMPLATE, b"1001".ljust(24, b"\0") + b"\3"),
            (wire.DATA, b"unannounced"),
            (wire.START_ENROL, b"\1"),
        ],
    )
    async def test_nonsense_is_refused(
        self, terminal: SimulatedTerminal, command: int, data: bytes
    ) -> None:
        """Data that are too short, impossible, or about nobody."""
        async with connected(terminal) as client:
            assert await client.code(command, data) == wire.ERROR


class TestTerminal:
    """Settings, counters, clock and what shows on the outside."""

    async def test_captured_options(self, terminal: SimulatedTerminal) -> None:
        """Replies of one terminal, byte for byte, and its unknown options."""
        captured(terminal, 0x8DF3)
        terminal.options["~Platform"] = "ZEM760_TFT"
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            answer = await client.ask_frame(
                "5050827d120000000b00b9e6f38d0c007e506c6174666f726d00"
            )
            assert answer == (
                "5050827d1d000000d007714cf38d0c007e506c6174666f726d3d"
                "5a454d3736305f54465400"
            )
            client.session, client.number = 0x8DF3, 0x0C
            assert await client.told(wire.OPTION_READ, b"LockOn") == b"LockOn=5\0"
            assert await client.code(wire.OPTION_READ, b"Nothing\0") == wire.ERROR
            terminal.unknown_option = wire.UNKNOWN_COMMAND
            assert await client.code(wire.OPTION_READ, b"~OS2\0") == (
                wire.UNKNOWN_COMMAND
            )

    async def test_captured_option_write(self, terminal: SimulatedTerminal) -> None:
        """The lock drive time of a capture."""
        terminal.options["LockOn"] = "9"
        captured(terminal, 0xC584)
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.send_frame("5050827d110000000c00ebbb84c547004c6f636b4f6e3d3500")
            assert (await client.receive()).command == wire.OK
        assert terminal.options["LockOn"] == "5"

    async def test_captured_sizes(self, terminal: SimulatedTerminal) -> None:
        """Two users, nothing else, seven operations."""
        captured(terminal, 0x2058)
        terminal.users = {1: User(1, "1"), 2: User(2, "2")}
        terminal.templates.clear()
        terminal.capacities = (500, 500, 50000)
        for _ in range(7):
            terminal.note(0)
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.session, client.number = 0x2058, 0x12
            client.send(wire.SIZES)
            assert await client.receive_frame() == (
                "5050827d58000000d0074c4958201300"
                + "00" * 16
                + "02000000"
                + "00" * 20
                + "07000000"
                + "00" * 12
                + "f4010000f401000050c30000"
                "f4010000f201000050c30000"
            )

    async def test_other_sizes(self) -> None:
        """Longer, shorter, and wrong."""
        async with SimulatedTerminal(records=5) as terminal:
            terminal.claimed = {32: 0}
            terminal.sizes = 92
            async with connected(terminal) as client:
                counters = struct.unpack("<23i", await client.told(wire.SIZES))
                assert counters[4:14:2] == (3, 3, 0, 0, 1)
                assert counters[13] == 1
                terminal.sizes = 4
                assert await client.told(wire.SIZES) == bytes(4)

    async def test_captured_pin_width(self, terminal: SimulatedTerminal) -> None:
        """Nine digits, in a packet of an odd length."""
        captured(terminal, 0x3C5C)
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.session, client.number = 0x3C5C, 0x0F
            client.send(wire.PIN_WIDTH, b" P")
            assert await client.receive_frame() == (
                "5050827d09000000d007babb5c3c100009"
            )

    async def test_clock(self, terminal: SimulatedTerminal, clock: Clock) -> None:
        """It goes with the wall clock, from where a client put it."""
        async with connected(terminal) as client:
            wanted = datetime(2018, 6, 25, 17, 50, 35)
            assert await client.told(wire.SET_TIME, b"\x6b\xb3\x68\x23") == b""
            assert terminal.time == wanted
            assert terminal.clock_offset == timedelta(minutes=9, seconds=30)
            clock.advance(60)
            told = await client.told(wire.GET_TIME)
            assert wire.unpack_time(int.from_bytes(told, "little")) == (
                wanted + timedelta(minutes=1)
            )

    async def test_outside(self, terminal: SimulatedTerminal) -> None:
        """Version, voice, screen and sleep."""
        async with connected(terminal) as client:
            assert await client.told(wire.VERSION) == b"Ver 6.60 Apr 28 2017\0"
            await client.told(wire.TEST_VOICE, b"\x0a\0\0\0")
            await client.told(wire.WRITE_SCREEN, b"\2\0\0Hello\0")
            await client.told(wire.ENABLE_CLOCK, b"\0")
            await client.told(wire.SLEEP)
            assert (terminal.voices, terminal.screen) == ([10], {2: "Hello"})
            assert (terminal.clock_shown, terminal.asleep) == (False, True)
            await client.told(wire.RESUME)
            await client.told(wire.CLEAR_SCREEN)
            assert (terminal.asleep, terminal.screen) == (False, {})

    async def test_disabled_for_a_while(
        self, terminal: SimulatedTerminal, clock: Clock
    ) -> None:
        """Nobody gets in; the timed form ends by itself."""
        async with connected(terminal) as client:
            await client.told(wire.DISABLE, b"\x0a\0\0\0")
            assert (await client.ask(wire.STATE)).session == 4
            assert terminal.verify("1001") is None
            clock.advance(10)
            assert (await client.ask(wire.STATE)).session == 0
            await client.told(wire.DISABLE)
            clock.advance(1e6)
            assert terminal.disabled
            await client.told(wire.ENABLE)
            assert terminal.verify("1001")

    async def test_restart(self, terminal: SimulatedTerminal) -> None:
        """It hangs up without an answer; some terminals give one."""
        async with connected(terminal, ALL_EVENTS) as client:
            client.send(wire.RESTART)
            assert not await client.closed()
        assert [entry.code for entry in terminal.operations] == [0]
        terminal.confirms_restart = True
        async with connected(terminal) as client:
            assert await client.code(wire.RESTART) == wire.OK

    async def test_power_off(self, terminal: SimulatedTerminal) -> None:
        """Down until switched on; a datagram client has to log in anew."""
        async with connected(terminal) as client, mail(terminal) as other:
            assert await other.connect() == wire.OK
            assert await client.code(wire.POWER_OFF) == wire.OK
            await client.closed()
            async with stream(terminal) as late:
                await late.closed()
            terminal.power_on()
            assert await other.code(wire.GET_TIME) == wire.UNAUTHORISED
        async with connected(terminal) as client:
            assert await client.code(wire.GET_TIME) == wire.OK


class TestPeople:
    """Who does what at the terminal, and what is told about it."""

    async def test_captured_finger(
        self, terminal: SimulatedTerminal, clock: Clock
    ) -> None:
        """Finger, person, record; the lock opens for as long as set."""
        terminal.users = {13: User(13, "999111333")}
        async with connected(terminal, ALL_EVENTS) as client:
            record = terminal.verify("999111333")
            assert record
            finger, person = await client.receive(), await client.receive()
            assert (finger.session, finger.data) == (Event.FINGER, b"")
            assert (person.session, person.data.hex()) == (
                Event.VERIFY,
                struct.pack("<IB", 999111333, 1).hex(),
            )
            assert await client.receive_frame() == (
                "5050827d28000000f401ac1201000000"
                "393939313131333333" + "00" * 15 + "0100120619112905"
            )
        assert terminal.log == [record]
        assert record.time == clock.wall
        clock.advance(4.9)
        assert unlocked(terminal)
        clock.advance(0.1)
        assert not unlocked(terminal)

    async def test_captured_short_record(
        self, terminal: SimulatedTerminal, clock: Clock
    ) -> None:
        """Twelve bytes, as older terminals tell it."""
        clock.wall = datetime(2018, 12, 7, 19, 9, 6)
        terminal.users = {2: User(2, "4822257")}
        terminal.event_form = 12
        async with connected(terminal, b"\1\0\0\0") as client:
            terminal.verify("4822257", verify=0)
            assert (await client.receive_frame())[16:] == (
                "f401ae4301000000f19449000000120c07130906"
            )

    @pytest.mark.parametrize("form", [10, 12, 14, 32, 36, 37, 52])
    async def test_forms_of_a_record(
        self, terminal: SimulatedTerminal, form: EventForm
    ) -> None:
        """Every known length; the time is where it belongs."""
        terminal.event_form = form
        async with connected(terminal, b"\1\0\0\0") as client:
            terminal.verify("1002", verify=15, state=1)
            data = (await client.receive()).data
        who = {10: 2, 14: 2, 12: 4}.get(form, 24)
        number = int.from_bytes(data[:who], "little")
        assert len(data) == form
        assert number in (2, 1002) or data[:4] == b"1002"
        assert data[who : who + 8].hex() == "0f01120619112905"

    async def test_stranger(self, terminal: SimulatedTerminal) -> None:
        """Nobody whom the terminal knows: no record, no opening."""
        async with connected(terminal, ALL_EVENTS) as client:
            terminal.refuse()
            assert (await client.receive()).session == Event.FINGER
            assert (await client.receive()).data.hex() == "ffffffff01"
            await client.quiet()
        assert (terminal.log, terminal.relay) == ([], False)

    async def test_card(self, terminal: SimulatedTerminal) -> None:
        """A number, then whose it is; an unknown one is refused."""
        async with connected(terminal, ALL_EVENTS) as client:
            record = terminal.swipe(1000002)
            assert record
            assert (record.user_id, record.verify) == ("1002", 2)
            codes = [await client.receive() for _ in range(3)]
            assert [code.session for code in codes] == [1024, 128, 1]
            assert terminal.swipe(5) is None
        async with connected(terminal, struct.pack("<I", Event.CARD)) as client:
            terminal.swipe(5)
            assert (await client.receive()).data == b"\5\0\0\0"

    @pytest.mark.parametrize(
        "user",
        [
            User(2, "1002", privilege=1),
            User(2, "1002", group=0),
            User(2, "1002", own_zones=True),
            User(2, "1002", own_zones=True, zones=(2, 0, 0)),
        ],
        ids=["disabled", "no group", "no zone", "out of hours"],
    )
    async def test_who_may_not_pass(
        self, terminal: SimulatedTerminal, user: User
    ) -> None:
        """A known person whom the terminal does not let in now."""
        terminal.access.zones[2] = bytes((8, 0, 17, 40)) * 7
        assert terminal.verify("1002")
        terminal.users[2] = user
        assert terminal.verify("1002") is None
        assert len(terminal.log) == 1

    async def test_keys_and_alarms(self, terminal: SimulatedTerminal) -> None:
        """Data of 4 and 12 bytes, in either order of the words."""
        async with connected(terminal, ALL_EVENTS) as client:
            terminal.press(3)
            terminal.alarm("tamper")
            terminal.alarm("misoperation")
            terminal.alarm("duress", "1002")
            terminal.alarm_type_last = True
            terminal.alarm("anti-passback", "1002")
            told = [await client.receive() for _ in range(5)]
        assert [packet.session for packet in told] == [16, 512, 512, 512, 512]
        assert [packet.data.hex() for packet in told] == [
            "03000000",
            "37000000",
            "3a000000",
            "ffffffff2000020001000000",
            "ffffffff0200220001000000",
        ]
        entries = [(entry.code, entry.parameters[0]) for entry in terminal.operations]
        assert entries == [(3, 55), (3, 58), (32, 1), (34, 1)]

    async def test_events_carry_number_zero(self, terminal: SimulatedTerminal) -> None:
        """And are acknowledged with the session's number."""
        async with connected(terminal, b"\1\0\0\0") as client:
            terminal.verify("1001")
            assert (await client.receive()).number == 0
            client.send_frame(wire.framed(Packet(wire.OK, 1, 0).encode()).hex())
            await client.quiet()
            assert terminal.acks == []
            client.acknowledge()
            await client.quiet()
        assert [ack.number for ack in terminal.acks] == [0]
        assert terminal.commands.count(wire.OK) == 0

    async def test_silent_about(self, terminal: SimulatedTerminal) -> None:
        """Some terminals never tell of fingers."""
        terminal.silent_about = {Event.FINGER, Event.VERIFY}
        async with connected(terminal, ALL_EVENTS) as client:
            terminal.verify("1001")
            assert (await client.receive()).session == Event.ATTENDANCE

    async def test_stop_listening(self, terminal: SimulatedTerminal) -> None:
        """Mask 0 switches events off."""
        async with connected(terminal, ALL_EVENTS) as client:
            await client.told(wire.EVENT, bytes(4))
            terminal.verify("1001")
            await client.quiet()


class TestDoor:
    """Lock, leaf and sensor."""

    async def test_unlock(self, terminal: SimulatedTerminal, clock: Clock) -> None:
        """Tenths of a second; a second command waits for the first to end."""
        async with connected(terminal) as client:
            await client.told(wire.UNLOCK, b"\x1e\0\0\0")
            clock.advance(1)
            await client.told(wire.UNLOCK, b"\x0a")
            clock.advance(2.9)
            assert unlocked(terminal)
            clock.advance(0.2)
            assert not unlocked(terminal)
        assert terminal.unlocks == [(0, 30), (1, 10)]

    async def test_unlock_in_seconds(
        self, terminal: SimulatedTerminal, clock: Clock
    ) -> None:
        """Terminals that count so exist, or so some say."""
        terminal.unlock_unit = 1
        async with connected(terminal) as client:
            await client.told(wire.UNLOCK, b"\x0a\0\0\0")
        clock.advance(9)
        assert unlocked(terminal)

    async def test_leaf(self, terminal: SimulatedTerminal) -> None:
        """Opened properly, shut, forced; the sensor knows."""
        async with connected(terminal, struct.pack("<I", Event.ALARM)) as client:
            terminal.exit_button()
            assert terminal.open_leaf()
            assert not terminal.open_leaf()
            assert terminal.close_leaf()
            assert terminal.force()
            told = [(await client.receive()).data.hex() for _ in range(4)]
            assert told == [
                "35000000",
                "3600000004000000",
                "3600000005000000",
                "3600000001000000",
            ]
            assert await client.told(wire.DOOR_STATE) == b"\1"
            terminal.close_leaf()
            await client.receive()
            assert await client.told(wire.DOOR_STATE) == b"\0"
        assert terminal.open_leaf()
        assert [entry.parameters[0] for entry in terminal.operations] == [53, 54]

    async def test_opening_a_locked_door_is_force(
        self, terminal: SimulatedTerminal, clock: Clock
    ) -> None:
        """The lock had closed again."""
        async with connected(terminal, struct.pack("<I", Event.ALARM)) as client:
            terminal.verify("1001")
            clock.advance(5)
            terminal.open_leaf()
            assert (await client.receive()).data.hex() == "3600000001000000"

    async def test_without_sensor(self, terminal: SimulatedTerminal) -> None:
        """It tells nothing, and answers for ever closed or not at all."""
        terminal.contact = False
        async with connected(terminal, ALL_EVENTS) as client:
            assert terminal.open_leaf()
            assert await client.code(wire.DOOR_STATE) == wire.ERROR
            terminal.admits_missing_contact = False
            assert await client.told(wire.DOOR_STATE) == b"\0"

    async def test_no_lock(self, terminal: SimulatedTerminal) -> None:
        """A terminal without access control only takes attendance."""
        terminal.options["~LockFunOn"] = "0"
        assert terminal.verify("1001")
        assert not unlocked(terminal)


class TestReading:
    """Data sets, in every way they can be read."""

    async def test_captured_inline(self, terminal: SimulatedTerminal) -> None:
        """Two users fit into one packet."""
        captured(terminal, 0x2058)
        terminal.users = {
            1: User(1, "100001lp", "cfulano", group=0),
            2: User(2, "222222cb", "rmengano", group=0),
        }
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.session, client.number = 0x2058, 0x14
            client.send(wire.PREPARE_BUFFER, PEOPLE)
            assert await client.receive_frame() == (
                "5050827d9c000000dd053c875820150090000000"
                "01000000000000000000006366756c616e6f"
                + "00" * 30
                + "3130303030316c70"
                + "00" * 16
                + "0200000000000000000000726d656e67616e6f"
                + "00" * 29
                + "3232323232326362"
                + "00" * 16
            )

    async def test_captured_chunks(self, terminal: SimulatedTerminal) -> None:
        """Seventy users: index instead of session, and an odd end."""
        captured(terminal, 0x3C5C)
        terminal.users = {n: User(n, str(n)) for n in range(1, 71)}
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.session, client.number = 0x3C5C, 0x14
            prepared = await client.ask(wire.PREPARE_BUFFER, PEOPLE)
            assert prepared.command == wire.OK
            assert prepared.data[:9].hex() == "00b4130000b4130000"
            client.send(wire.READ_BUFFER, struct.pack("<II", 0, 5044))
            assert await client.receive_frame() == (
                "5050827d10000000dc050da65c3c1600b4130000f0030000"
            )
            parts = [await client.receive() for _ in range(5)]
            assert [part.session for part in parts] == [0, 1, 2, 3, 4]
            assert [len(part.data) for part in parts] == [1008] * 5
            assert await client.receive_frame() == (
                "5050827d0c000000dd0507fa0500160000000000"
            )
            assert await client.receive_frame() == (
                wire.framed(Packet(wire.OK, CLOSING_FIELD, 0x16).encode()).hex()
            )
            assert await client.code(wire.FREE_DATA) == wire.OK
            assert await client.code(wire.READ_BUFFER, bytes(8)) == wire.ERROR

    async def test_captured_direct_read(self, terminal: SimulatedTerminal) -> None:
        """A K40, asked without a buffer."""
        captured(terminal, 0x6BA0)
        terminal.inline_limit = 0
        terminal.log = [Record(n, str(n), 1, 0, 0) for n in range(3)]
        async with stream(terminal) as client:
            await client.ask_frame("5050827d08000000e80316fc00000100")
            assert await client.ask_frame("5050827d080000000d005094a06b0200") == (
                "5050827d10000000dc05158aa06b02007c000000f0030000"
            )
            assert (await client.receive()).session == 0
            assert await client.receive_frame() == ("5050827d08000000d007b1f77c000200")

    @pytest.mark.parametrize("size", [40, 49, 16, "8A", "8B"])
    @pytest.mark.parametrize("count", [0, 1, 300])
    async def test_log(self, size: RecordSize, count: int) -> None:
        """Every width, empty, inline and in chunks, over both transports."""
        async with SimulatedTerminal(records=count, record_size=size) as terminal:
            expected = b"".join(record.pack(size) for record in terminal.log)
            async with connected(terminal) as client:
                assert await client.whole(ATTENDANCE) == expected
            async with mail(terminal) as client:
                await client.connect()
                assert await client.whole(ATTENDANCE) == expected

    async def test_a_minute_apart(self, clock: Clock) -> None:
        """Invented records end just before now, and everybody is in them."""
        async with SimulatedTerminal(records=10, now=clock.now) as terminal:
            gap = {b.time - a.time for a, b in pairwise(terminal.log)}
            assert gap == {timedelta(minutes=1)}
            assert terminal.log[-1].time == clock.wall - timedelta(minutes=1)
            assert {record.user_id for record in terminal.log} == {
                "1001",
                "1002",
                "1003",
            }

    async def test_part_of_a_buffer(self, terminal: SimulatedTerminal) -> None:
        """Any range can be asked for; small ones need no announcement."""
        terminal.users = {n: User(n, str(n)) for n in range(1, 71)}
        async with connected(terminal) as client:
            await client.told(wire.PREPARE_BUFFER, PEOPLE)
            part = await client.ask(wire.READ_BUFFER, struct.pack("<II", 4, 72))
            assert (part.command, part.data) == (wire.DATA, User(1, "1").pack(72))
            rest = await client.ask(wire.READ_BUFFER, struct.pack("<II", 5000, 0xFFC0))
            assert len(rest.data) == 44

    async def test_large_chunks(self) -> None:
        """Up to 64 KiB in a stream; datagrams stay small."""
        async with SimulatedTerminal(records=3000, max_chunk=0x10000) as terminal:
            request = struct.pack("<II", 0, 120004)
            async with connected(terminal) as client:
                await client.told(wire.PREPARE_BUFFER, ATTENDANCE)
                packets = await client.chunks(wire.READ_BUFFER, request)
                lengths = [len(packet.data) for packet in packets]
                assert lengths == [8, 65536, 120004 - 65536, 0]
            async with mail(terminal) as client:
                await client.connect()
                await client.told(wire.PREPARE_BUFFER, ATTENDANCE)
                packets = await client.chunks(
                    wire.READ_BUFFER, struct.pack("<II", 0, 9000)
                )
                assert max(len(packet.data) for packet in packets) == 1024

    async def test_old_firmware(self) -> None:
        """Knows no buffer; everything can be read directly."""
        async with (
            SimulatedTerminal(
                old_firmware=True, user_size=28, record_size=16, records=200
            ) as terminal,
            connected(terminal) as client,
        ):
            code = await client.code(wire.PREPARE_BUFFER, ATTENDANCE)
            assert code == wire.UNKNOWN_COMMAND
            packets = await client.chunks(wire.ATTENDANCE_READ)
            assert sum(len(p.data) for p in packets[1:]) == 4 + 200 * 16
            for command in (wire.DB_READ, wire.TEMPLATE_READ):
                people = await client.ask(command, b"\5")
                assert people.data[4:32] == terminal.users[1].pack(28)

    async def test_range(self, clock: Clock) -> None:
        """Records between two times, both included."""
        async with (
            SimulatedTerminal(records=10, now=clock.now) as terminal,
            connected(terminal) as client,
        ):
            first, last = terminal.log[3], terminal.log[5]
            request = struct.pack(
                "<BHII", 1, wire.ATTENDANCE_RANGE, first.packed, last.packed
            )
            expected = b"".join(record.pack(40) for record in terminal.log[3:6])
            assert await client.whole(request) == expected
            terminal.range_read = False
            code = await client.code(wire.PREPARE_BUFFER, request)
            assert code == wire.UNKNOWN_COMMAND

    async def test_operations(self, terminal: SimulatedTerminal) -> None:
        """What was noted, oldest first."""
        terminal.alarm("tamper")
        terminal.enrol("1002", 7)
        async with connected(terminal) as client:
            entries = await client.whole(OPERATIONS)
            direct = await client.ask(wire.OPERATIONS_READ)
        assert direct.data[4:] == entries
        time = wire.pack_time(terminal.time).to_bytes(4, "little")
        tamper, finger = entries[:16], entries[16:]
        assert tamper == b"\0\0\3\0" + time + b"\x37" + bytes(7)
        assert finger[:14] == b"\0\0\6\0" + time + b"\2\0\0\0\7\0"

    async def test_nothing_to_read(self, terminal: SimulatedTerminal) -> None:
        """An empty set, or a refusal that looks like an error."""
        async with connected(terminal) as client:
            assert await client.whole(ATTENDANCE) == b""
            terminal.refuses_empty = True
            code = await client.code(wire.PREPARE_BUFFER, ATTENDANCE)
            assert code == wire.NOTHING_TO_READ


class TestWriting:
    """Users, fingers, and what wipes them."""

    async def test_captured_user(self, terminal: SimulatedTerminal) -> None:
        """With junk behind the password's end."""
        captured(terminal, 0x8A9D)
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.send_frame(
                "5050827d500000000800fc579d8a5c000e0006313233343536007c"
                "4e7565766f" + "00" * 19 + "8f190000010000000000000000"
                "3131323234343838" + "00" * 16
            )
            assert (await client.receive()).command == wire.OK
        assert terminal.users[14] == User(
            14, "11224488", "Nuevo", 6, "123456", card=6543
        )

    @pytest.mark.parametrize("size", [28, 72])
    async def test_user_comes_back(
        self, terminal: SimulatedTerminal, size: UserSize
    ) -> None:
        """What is written is what is read."""
        terminal.user_size = size
        user = User(7, "7007", "Grace", 14, "1234", 77, 3, True, (2, 5, 0))
        async with connected(terminal) as client:
            await client.told(wire.USER_WRITE, user.pack(size))
            people = await client.whole(PEOPLE)
            assert terminal.users[7] == user
            assert people[-size:] == user.pack(size)
            wrong = user.pack(28 if size == 72 else 72)
            assert await client.code(wire.USER_WRITE, wrong) == wire.ERROR
            await client.told(wire.DELETE_USER, b"\7\0")
        assert 7 not in terminal.users

    async def test_fingers(self, terminal: SimulatedTerminal) -> None:
        """Written in blocks, read, listed, deleted."""
        data = bytes(range(256)) * 5 + bytes(7)
        trailer = struct.pack("<HBBH", 2, 3, 1, len(data))
        async with connected(terminal) as client:
            await client.told(wire.FREE_DATA)
            await client.told(wire.PREPARE_DATA, struct.pack("<I", len(data)))
            for start in range(0, len(data), 1024):
                await client.told(wire.DATA, data[start : start + 1024])
            assert len(await client.told(wire.BUFFER_CHECKSUM)) == 4
            short = struct.pack("<HBBH", 2, 3, 1, len(data) - 1)
            assert await client.code(wire.BUFFERED_TEMPLATE, short) == wire.ERROR
            await client.told(wire.BUFFERED_TEMPLATE, trailer)
            await client.told(wire.FREE_DATA)
            assert terminal.templates[2, 3] == Template(data)
            for command in (wire.TEMPLATE_READ, wire.ONE_TEMPLATE_READ):
                packets = await client.chunks(command, b"\2\0\3")
                assert b"".join(p.data for p in packets[1:]) == data
            listed = await client.whole(FINGERS)
            assert listed.endswith(struct.pack("<HHBB", len(data) + 6, 2, 3, 1) + data)
            await client.told(wire.DELETE_TEMPLATE, b"1002".ljust(24, b"\0") + b"\3")
            assert sorted(terminal.templates) == [(1, 6), (2, 6), (3, 6)]
            assert await client.code(wire.ONE_TEMPLATE_READ, b"\2\0\3") == wire.ERROR
            await client.told(wire.DELETE_USER_TEMPLATE, b"\1\0\6")
            terminal.enrol("1002", 8)
            await client.told(wire.DELETE_USER_TEMPLATE, b"\2\0\0")
        assert sorted(terminal.templates) == [(3, 6)]

    @pytest.mark.parametrize(
        ("command", "data", "left"),
        [
            (wire.CLEAR_ATTENDANCE, b"", (3, 3, 0, True)),
            (wire.CLEAR_DATA, b"\1", (3, 3, 0, True)),
            (wire.CLEAR_DATA, b"\2", (3, 0, 4, True)),
            (wire.CLEAR_DATA, b"\4", (3, 3, 4, False)),
            (wire.CLEAR_DATA, b"\5", (0, 0, 4, True)),
            (wire.CLEAR_DATA, b"", (0, 0, 0, False)),
            (wire.CLEAR_OPERATIONS, b"", (3, 3, 4, False)),
        ],
    )
    async def test_wiping(
        self, command: int, data: bytes, left: tuple[int, int, int, bool]
    ) -> None:
        """What each verb takes, and that the bare one takes everything."""
        async with (
            SimulatedTerminal(records=4) as terminal,
            connected(terminal) as client,
        ):
            terminal.alarm("tamper")
            await client.told(command, data)
        noted = 3 in [entry.code for entry in terminal.operations]
        users, templates, log = terminal.users, terminal.templates, terminal.log
        assert (len(users), len(templates), len(log), noted) == left

    async def test_clear_admins(self, terminal: SimulatedTerminal) -> None:
        """Everybody is an ordinary user; who was disabled stays so."""
        terminal.users[2] = replace(terminal.users[2], privilege=15)
        async with connected(terminal) as client:
            await client.told(wire.CLEAR_ADMINS)
        assert [user.privilege for user in terminal.users.values()] == [0, 1, 0]


class TestEnrolling:
    """A finger, three times."""

    START = b"1002".ljust(24, b"\0") + b"\5\1"

    async def test_remote(self, terminal: SimulatedTerminal) -> None:
        """Asked for by a client; a bad sample does not count."""
        async with connected(terminal, ALL_EVENTS) as client:
            await client.told(wire.CANCEL_CAPTURE)
            await client.told(wire.START_ENROL, self.START)
            await client.told(wire.START_VERIFY)
            assert (await client.ask(wire.STATE)).session == 1
            assert await client.code(wire.START_ENROL, self.START) == wire.ERROR
            for good in (True, False, True, True):
                terminal.present_finger(good=good)
            told = [await client.receive() for _ in range(9)]
            assert [packet.session for packet in told] == [2, 256] * 4 + [8]
            scores = [packet.data[0] for packet in told[1:8:2]]
            assert scores == [100, 0, 100, 100]
            template = terminal.templates[2, 5]
            assert told[-1].data == struct.pack(
                "<HH9sB", 0, len(template.data), b"1002", 5
            )
            assert (await client.ask(wire.STATE)).session == 0

    async def test_captured_score(self, terminal: SimulatedTerminal) -> None:
        """Byte for byte."""
        async with connected(terminal, struct.pack("<I", Event.SAMPLE)) as client:
            terminal.start_enrolment("1001", 0)
            terminal.present_finger()
            assert await client.receive_frame() == "5050827d09000000f401a7fc0001000064"

    @pytest.mark.parametrize("data", [b"\xea\3\0\0\5", START[:25]])
    async def test_other_requests(
        self, terminal: SimulatedTerminal, data: bytes
    ) -> None:
        """A number instead of a text, and without a flag."""
        async with connected(terminal) as client:
            await client.told(wire.START_ENROL, data)
        for _ in range(3):
            terminal.present_finger()
        assert (2, 5) in terminal.templates

    async def test_cancelled(self, terminal: SimulatedTerminal) -> None:
        """By the client, by the person, by a finger that is known already."""
        mask = struct.pack("<I", Event.ENROL_FINGER)
        async with connected(terminal, mask) as client:
            await client.told(wire.START_ENROL, self.START)
            await client.told(wire.CANCEL_CAPTURE)
            assert (await client.receive()).data == b"\6\0"
            await client.told(wire.START_ENROL, self.START)
            terminal.fail_enrolment(5)
            assert (await client.receive()).data == b"\5\0"
        assert (2, 5) not in terminal.templates

    async def test_somebody_new(self, terminal: SimulatedTerminal) -> None:
        """At the terminal, for a user id that nobody has yet."""
        mask = struct.pack("<I", Event.ENROL_USER)
        async with connected(terminal, mask) as client:
            await client.told(wire.START_ENROL, b"77".ljust(24, b"\0") + b"\0\1")
            for _ in range(3):
                terminal.present_finger()
            assert (await client.receive()).data == b"\4\0"
        assert terminal.verify("77")

    async def test_wordy(self, terminal: SimulatedTerminal) -> None:
        """One model reports progress, and the end twice."""
        terminal.wordy_enrolment = True
        mask = struct.pack("<I", Event.ENROL_FINGER)
        async with connected(terminal, mask) as client:
            terminal.enrol("1002", 5)
            lengths = [len((await client.receive()).data) for _ in range(5)]
        assert lengths == [1, 1, 1, 14, 14]


class TestAccess:
    """Groups, time zones, combinations, verify modes, messages."""

    async def test_captured_zone(self, terminal: SimulatedTerminal) -> None:
        """Seven days and two bytes that nobody knows."""
        hours = "110c110d" + "11251125" * 5 + "11231124"
        captured(terminal, 0x6312)
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.session, client.number = 0x6312, 0x25
            await client.told(wire.ZONE_WRITE, b"\x30\0\0\0" + bytes.fromhex(hours))
            client.send(wire.ZONE_READ, b"\x30\0\0\0")
            assert await client.receive_frame() == (
                f"5050827d28000000d0072fa5126327003000{hours}a71c"
            )

    async def test_captured_group_and_combination(
        self, terminal: SimulatedTerminal
    ) -> None:
        """Group 77 and combination 7."""
        captured(terminal, 0x6312)
        group, combination = "4d0800070006008e", "0701020000000200"
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.session, client.number = 0x6312, 0x53
            await client.told(wire.GROUP_WRITE, bytes.fromhex(group))
            await client.told(wire.COMBINATION_WRITE, bytes.fromhex(combination))
            client.send(wire.GROUP_READ, b"\x4d" + bytes(7))
            assert await client.receive_frame() == (
                f"5050827d10000000d00779f112635600{group}"
            )
            client.number = 0x5C
            client.send(wire.COMBINATION_READ, b"\7" + bytes(7))
            assert await client.receive_frame() == (
                f"5050827d10000000d007b59312635d00{combination}"
            )
            await client.told(wire.CLEAR_ACCESS)
        assert terminal.access == Access()

    async def test_captured_verify_mode(self, terminal: SimulatedTerminal) -> None:
        """User 13 must give number, finger and password."""
        terminal.users[13] = User(13, "13")
        captured(terminal, 0x84E7)
        async with stream(terminal) as client:
            await client.ask_frame(CONNECT)
            client.send_frame("5050827d200000004f00ea79e78445000d008d" + "00" * 21)
            assert (await client.receive()).command == wire.OK
            client.session, client.number = 0x84E7, 0x45
            mode = await client.told(wire.VERIFY_MODE_READ, b"\x0d\0")
            assert mode == b"\x0d\0\x8d" + bytes(21)

    async def test_of_a_user(self, terminal: SimulatedTerminal) -> None:
        """Group and zones; the flag means the opposite in the other direction."""
        who = b"\2\0\0\0"
        async with connected(terminal) as client:
            await client.told(wire.USER_GROUP_WRITE, who + b"\5")
            assert await client.told(wire.USER_GROUP_READ, who) == b"\5"
            assert await client.told(wire.USER_ZONES_READ, who) == (
                struct.pack("<4H", 1, 0, 0, 0)
            )
            await client.told(
                wire.USER_ZONES_WRITE, who + struct.pack("<4I", 1, 3, 4, 0)
            )
            assert await client.told(wire.USER_ZONES_READ, who) == (
                struct.pack("<4H", 0, 3, 4, 0)
            )
        user = terminal.users[2]
        assert (user.group, user.own_zones, user.zones) == (5, True, (3, 4, 0))

    async def test_messages(self, terminal: SimulatedTerminal) -> None:
        """Kept as they come."""
        message = struct.pack("<BHHHI61s", 253, 9, 60, 0, 0, b"Back at noon")
        async with connected(terminal) as client:
            await client.told(wire.MESSAGE_WRITE, message)
            await client.told(wire.USER_MESSAGE_WRITE, b"\2\0\x09\0")
            assert terminal.user_messages == {(2, 9)}
            assert await client.told(wire.MESSAGE_READ, b"\x09\0") == message
            await client.told(wire.USER_MESSAGE_DELETE, b"\2\0\x09\0")
            await client.told(wire.MESSAGE_DELETE, b"\x09\0")
            assert await client.code(wire.MESSAGE_READ, b"\x09\0") == wire.ERROR
        assert terminal.user_messages == set()


class TestFaults:
    """Everything that can go wrong does, once it is switched on."""

    @pytest.mark.parametrize("split", [1, 5, Random(7)])
    async def test_split(self, split: int | Random) -> None:
        """Pieces of any size; the frames are still whole."""
        async with SimulatedTerminal(records=60) as terminal:
            terminal.faults.split = split
            async with connected(terminal, b"\1\0\0\0") as client:
                piece = asyncio.create_task(client.reader.read(1000))
                terminal.verify("1001")
                assert len(await piece) < 48
            async with connected(terminal) as client:
                assert len(await client.whole(ATTENDANCE)) == 61 * 40

    async def test_merge(self, terminal: SimulatedTerminal) -> None:
        """Events and the reply to a request in one segment."""
        async with connected(terminal, ALL_EVENTS) as client:
            terminal.faults.merge = True
            terminal.faults.event_before_reply = True
            terminal.verify("1001")
            client.send(wire.GET_TIME)
            segment = bytearray(await client.reader.read(1000))
        commands = [wire.decode(payload).command for payload in wire.cut(segment)]
        assert commands == [500, 500, 500, wire.OK]
        assert not segment

    async def test_event_before_reply(self, terminal: SimulatedTerminal) -> None:
        """An event waits for the next reply and precedes it."""
        terminal.faults.event_before_reply = True
        async with connected(terminal, b"\1\0\0\0") as client:
            terminal.verify("1001")
            client.send(wire.GET_TIME)
            assert (await client.receive()).command == wire.EVENT
            assert (await client.receive()).number == client.number

    async def test_repeat_events(self, terminal: SimulatedTerminal) -> None:
        """Until they are acknowledged."""
        terminal.faults.repeat_events = True
        async with connected(terminal, b"\1\0\0\0") as client:
            terminal.verify("1001")
            first = await client.receive()
            client.send(wire.GET_TIME)
            assert await client.receive() == first
            assert (await client.receive()).command == wire.OK
            client.acknowledge()
            await client.quiet()

    async def test_wait_for_ack(self, terminal: SimulatedTerminal) -> None:
        """One event at a time."""
        terminal.faults.wait_for_ack = True
        async with connected(terminal, ALL_EVENTS) as client:
            terminal.verify("1001")
            codes = []
            for _ in range(3):
                codes.append((await client.receive()).session)
                client.acknowledge()
            assert codes == [2, 128, 1]
            terminal.refuse()
            assert (await client.receive()).session == 2

    async def test_lost_reply(self, terminal: SimulatedTerminal) -> None:
        """Done, but never answered."""
        terminal.faults.lose_reply_to[wire.UNLOCK] = 1
        async with connected(terminal) as client:
            client.send(wire.UNLOCK, b"\x1e")
            await client.quiet()
            assert len(terminal.unlocks) == 1
            assert await client.code(wire.UNLOCK, b"\x1e") == wire.OK

    async def test_late_reply(self, terminal: SimulatedTerminal) -> None:
        """Held back, in order, while events go on."""
        async with connected(terminal, b"\1\0\0\0") as client:
            terminal.faults.hold_replies = asyncio.Event()
            numbers = [client.send(wire.GET_TIME), client.send(wire.VERSION)]
            await terminal.asked(wire.VERSION)
            terminal.verify("1001")
            assert (await client.receive()).command == wire.EVENT
            terminal.faults.hold_replies.set()
            assert [(await client.receive()).number for _ in numbers] == numbers

    async def test_stale_and_duplicate(self, terminal: SimulatedTerminal) -> None:
        """An old answer first, and the right one twice."""
        async with connected(terminal) as client:
            await client.quiet()
            terminal.faults.stale_reply = 1
            number = client.send(wire.VERSION)
            assert (await client.receive()).number == number - 1
            assert (await client.receive()).number == number
            terminal.faults.duplicate_reply = 1
            number = client.send(wire.VERSION)
            assert await client.receive() == await client.receive()
            await client.quiet()

    async def test_bad_checksum(self, terminal: SimulatedTerminal) -> None:
        """A damaged reply."""
        async with connected(terminal) as client:
            terminal.faults.bad_checksum = 1
            client.send(wire.GET_TIME)
            with pytest.raises(ValueError, match="wrong checksum"):
                await client.receive()
            await client.quiet()

    async def test_non_echoing(self) -> None:
        """Number and session are always 0, the login included."""
        async with SimulatedTerminal(key=12345, records=60) as terminal:
            terminal.faults.non_echoing = True
            async with stream(terminal) as client:
                client.send(wire.CONNECT)
                hello = await client.receive()
                assert (hello.session, hello.number) == (0, 0)
                client.send(wire.AUTH, wire.scramble(12345, 0, 9))
                assert (await client.receive()).command == wire.OK
                client.send(wire.ATTENDANCE_READ)
                packets = [await client.receive() for _ in range(5)]
                assert [(p.session, p.number) for p in packets] == [
                    (0, 0),
                    (0, 0),
                    (1, 0),
                    (2, 0),
                    (0, 0),
                ]

    @pytest.mark.parametrize(
        ("fault", "indexes"),
        [
            ("wrong", [0, 6, 2, 3]),
            ("missing", [0, 2, 3]),
            ("duplicate", [0, 1, 1, 2, 3]),
            ("swapped", [0, 2, 1, 3]),
        ],
    )
    async def test_chunks(self, fault: ChunkFault, indexes: list[int]) -> None:
        """The second part of a long answer is not what it should be."""
        async with SimulatedTerminal(records=100) as terminal:
            terminal.faults.chunks = fault
            async with connected(terminal) as client:
                packets = await client.chunks(wire.ATTENDANCE_READ)
                assert [p.session for p in packets[1:-1]] == indexes

    @pytest.mark.parametrize("come_back", [True, False])
    async def test_broken_off(self, come_back: bool) -> None:
        """In the middle of a transfer: a reset, or nobody there any more."""
        async with SimulatedTerminal(records=100) as terminal:
            async with connected(terminal) as client:
                if come_back:
                    terminal.faults.reset_after_packets = 2
                else:
                    terminal.faults.power_loss_after_packets = 2
                client.send(wire.ATTENDANCE_READ)
                assert not await client.closed()
            async with stream(terminal) as client:
                if come_back:
                    assert await client.connect() == wire.OK
                else:
                    await client.closed()
                    assert client.reader.at_eof()

    async def test_silent(self, terminal: SimulatedTerminal) -> None:
        """Requests and events vanish; what was asked meanwhile is not done."""
        async with connected(terminal, ALL_EVENTS) as client:
            terminal.faults.silent = True
            client.send(wire.UNLOCK, b"\x1e")
            await terminal.asked(wire.UNLOCK)
            terminal.verify("1001")
            terminal.faults.silent = False
            await client.quiet()
        assert terminal.unlocks == []

    @pytest.mark.parametrize("code", [wire.SECURE, wire.LOGIN_LOCKED])
    async def test_refused_logins(self, code: int) -> None:
        """By firmware that encrypts, or that has had enough."""
        async with SimulatedTerminal(key=1) as terminal, stream(terminal) as client:
            terminal.faults.answers = {wire.CONNECT: code}
            assert await client.connect() == code
            assert client.session
            terminal.faults.answers = {wire.AUTH: code}
            assert await client.connect(key=1) == code

    @pytest.mark.parametrize(
        ("tongue", "start"),
        [
            ("encrypted", "5050837c"),
            ("c3", "aa01"),
            ("http", b"HTTP".hex()),
            ("garbage", "00ff"),
        ],
    )
    async def test_other_protocols(
        self, terminal: SimulatedTerminal, tongue: Tongue, start: str
    ) -> None:
        """It speaks something else."""
        terminal.faults.speaks = tongue
        async with stream(terminal) as client:
            client.send_frame(CONNECT)
            assert (await client.reader.read(100)).hex().startswith(start)

    async def test_refuse(self, terminal: SimulatedTerminal) -> None:
        """It hangs up on everybody."""
        terminal.faults.refuse = True
        async with stream(terminal) as client:
            await client.closed()
            assert client.reader.at_eof()
        async with mail(terminal) as other:
            other.send(wire.CONNECT)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while terminal.connections < 2:
                    await asyncio.sleep(0)
            terminal.faults.refuse = False
            assert await other.connect() == wire.OK

    async def test_faults_combine(self) -> None:
        """Pieces, an event in front, an old reply and the right one."""
        async with (
            SimulatedTerminal(records=30) as terminal,
            connected(terminal, b"\1\0\0\0") as client,
        ):
            terminal.faults.split = 3
            terminal.faults.event_before_reply = True
            terminal.faults.stale_reply = 1
            terminal.verify("1001")
            client.send(wire.ATTENDANCE_READ)
            codes = [(await client.receive()).command for _ in range(6)]
        data = [wire.PREPARE_DATA, wire.DATA, wire.DATA, wire.OK]
        assert codes == [wire.EVENT, wire.OK, *data]


class TestDatagrams:
    """What only happens without a connection."""

    async def test_captured(self, terminal: SimulatedTerminal) -> None:
        """The payload alone."""
        captured(terminal, 0xFB2F)
        async with mail(terminal) as client:
            client.send_frame(CONNECT)
            assert (await client.inbox.get()).hex() == "d007fffc2ffb0000"

    async def test_lost(self, terminal: SimulatedTerminal) -> None:
        """On the way there nothing is done, on the way back it is."""
        async with mail(terminal) as client:
            await client.connect()
            terminal.faults.lose_requests = 1
            client.send(wire.UNLOCK, b"\1")
            await client.quiet()
            assert terminal.unlocks == []
            terminal.faults.lose_datagrams = 1
            client.send(wire.UNLOCK, b"\1")
            await client.quiet()
            assert len(terminal.unlocks) == 1

    async def test_lost_parts(self) -> None:
        """Every third."""
        async with SimulatedTerminal(records=100) as terminal, mail(terminal) as client:
            await client.connect()
            terminal.faults.lose_every = 3
            client.send(wire.ATTENDANCE_READ)
            packets = [await client.receive() for _ in range(4)]
        # Second datagram: the announcement. Third: lost, and so the sixth.
        assert [p.session for p in packets[1:]] == [1, 2, CLOSING_FIELD]

    async def test_duplicated_and_swapped(self, terminal: SimulatedTerminal) -> None:
        """Twice, or in the wrong order."""
        async with mail(terminal) as client:
            await client.connect()
            terminal.faults.duplicate_datagrams = 1
            client.send(wire.VERSION)
            assert await client.receive() == await client.receive()
            terminal.faults.swap_datagrams = 1
            numbers = [client.send(wire.VERSION), client.send(wire.VERSION)]
            swapped = [(await client.receive()).number for _ in numbers]
            assert swapped == numbers[::-1]

    async def test_only_udp(self) -> None:
        """No TCP at all."""
        async with SimulatedTerminal(tcp=False) as terminal, mail(terminal) as client:
            assert await client.connect() == wire.OK
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", terminal.port)

    async def test_only_tcp(self) -> None:
        """No UDP at all."""
        async with SimulatedTerminal(udp=False) as terminal, connected(terminal):
            assert len(terminal.sessions) == 1


async def test_hang_up(terminal: SimulatedTerminal) -> None:
    """The network is cut; life at the terminal goes on."""
    async with connected(terminal, ALL_EVENTS) as client:
        terminal.hang_up()
        assert not await client.closed()
    assert terminal.verify("1001")
    assert not terminal.sessions


def test_console() -> None:
    """Commands from the keyboard, and errors a person understands."""
    clock = Clock()
    terminal = SimulatedTerminal(now=clock.now, monotonic=clock.monotonic)
    commands = console_commands(terminal)
    assert obey(commands, "open") == "door open, locked"
    assert obey(commands, "open") == "nothing to notice"
    assert obey(commands, "close") == "door shut, locked"
    assert obey(commands, "verify 1001") == "1001 at 2018-06-25 17:41:05"
    assert obey(commands, "swipe 5") == "not let in"
    assert obey(commands, "force") == "door open, unlocked"
    assert obey(commands, "status") == (
        "door open, unlocked; 0 clients, 3 users, 1 records"
    )
    for line in ("refuse", "button 1", "exit", "tamper", "enrol 1002", "power-cycle"):
        assert obey(commands, line) == "done"
    assert (2, 0) in terminal.templates
    assert obey(commands, "verify 9") == "verify: nobody has the user id 9"
    assert obey(commands, "enrol 9") == "enrol: nobody has the user id 9"
    assert obey(commands, "verify Bob") == "verify: USER must be a whole number"
    assert obey(commands, "verify") == "usage: verify USER"
    assert obey(commands, "fly").startswith("unknown command 'fly'; known: verify,")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
async def test_runs_alone(ending: signal.Signals) -> None:
    """One line when it listens, obeys its input, outlives it, ends when told."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators.standalone_terminal", "--port", "0"),
        *("--key", "12345", "--users", "20", "--records", "1000", "--user-size", "28"),
        *("--record-size", "16", "--serial", "AB12", "--model", "K14"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    found = re.fullmatch(
        r"Terminal K14 listens on 127\.0\.0\.1:(\d+) \(TCP and UDP\)\n", line
    )
    assert found
    process.stdin.write(b"verify 1020\n\nverify Bob\n")
    assert (await process.stdout.readline()).startswith(b"1020 at ")
    assert await process.stdout.readline() == b"verify: USER must be a whole number\n"
    process.stdin.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(found[1]))
    client = Stream(reader, writer)
    assert await client.connect(key=12345) == wire.OK
    serial = await client.told(wire.OPTION_READ, b"~SerialNumber\0")
    assert serial == b"~SerialNumber=AB12\0"
    assert len(await client.whole(ATTENDANCE)) == 1001 * 16
    assert len(await client.whole(PEOPLE)) == 20 * 28
    process.send_signal(ending)
    assert await process.stdout.read() == b""
    assert await process.wait() == 0
    writer.close()


async def test_runs_alone_without_tcp() -> None:
    """And ends when told to on its input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators.standalone_terminal"),
        *("--port", "0", "--udp"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    output, _ = await process.communicate(b"fly\nquit\nverify 1001\n")
    first, second = output.splitlines()
    assert first.startswith(b"Terminal F18 listens on")
    assert first.endswith(b"(UDP)")
    assert second.startswith(b"unknown command 'fly")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--port", "70000"], "must be a whole number from 0 to 65535"),
        (["--key", "1000000"], "must be a whole number from 0 to 999999"),
        (["--users", "-1"], "must be a whole number from 0 to 10000"),
        (["--record-size", "41"], "invalid choice"),
    ],
)
def test_bad_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    complaint: str,
) -> None:
    """The error names the option and its limit."""
    monkeypatch.setattr(sys, "argv", ["standalone_terminal", *options])
    with pytest.raises(SystemExit):
        main()
    error = capsys.readouterr().err
    assert complaint in error
    assert f"argument {options[0]}" in error


async def test_port_in_use(terminal: SimulatedTerminal) -> None:
    """A second terminal on the same port says so and ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators.standalone_terminal"),
        *("--port", str(terminal.port)),
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    _, error = await process.communicate()
    assert process.returncode == 1
    assert error.decode().startswith(f"cannot listen on 127.0.0.1:{terminal.port}: ")
