"""The simulated C3 panel against frames that real panels sent or accepted.

The hexadecimal frames are captures and hand-computed vectors; nothing of the
product takes part. Time is a clock that the tests turn.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
import re
import signal
import struct
import sys
from typing import override
import zlib

import pytest

from . import c3_wire as wire
from .c3_panel import ALICE, BOB, C3Panel, User, console_commands, main
from .c3_tables import ODD_LINE, definition_lines
from .c3_world import generated_users
from .console import obey

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROOT = Path(__file__).parents[2]

CONNECT = "aa01010000503c55"
CONNECT_SESSION = "aa01760400fefefefe467755"
OK = "aa01c80000800255"
RT_LOG = "aa010b0000703e55"
TEXT_LOG = "aa01790000d02555"
PULSE_DOOR_1 = "aa010505000101010300f5a355"
HOLD_DOOR_1 = "aa01050500010101ff00b4a355"
CLOSE_DOOR_1 = "aa010505000101010000f55355"
READ_USERS = "aa01080d0001090102030405060708090000073f55"


class Clock:
    """A wall clock and a monotonic clock that only move when told."""

    def __init__(self, wall: datetime = datetime(2024, 1, 8, 20, 51, 42)) -> None:
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


class Wire:
    """A client that sends bytes and hands back bytes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Use an open connection."""
        self.reader = reader
        self.writer = writer

    def send(self, *frames: str) -> None:
        """Send frames given as hexadecimal, in one segment."""
        self.writer.write(bytes.fromhex("".join(frames)))

    async def send_alone(self, piece: str) -> None:
        """Send a piece and let the panel read it before anything else comes."""
        self.send(piece)
        for _ in range(5):  # the loopback delivers within one turn of the loop
            await asyncio.sleep(0)

    async def receive(self) -> str:
        """Return the next frame as hexadecimal."""
        head = await self.reader.readexactly(5)
        rest = await self.reader.readexactly(int.from_bytes(head[3:], "little") + 3)
        return (head + rest).hex()

    async def ask(self, frame: str) -> str:
        """Send a frame and return its answer."""
        self.send(frame)
        return await self.receive()

    async def request(self, command: int, data: bytes = b"") -> wire.Frame:
        """Ask without a ready-made frame."""
        answer = await self.ask(wire.Frame(1, command, data).encode().hex())
        return wire.decode_frame(bytes.fromhex(answer))

    async def status(self) -> tuple[bytes, bytes, int, int]:
        """Poll a quiet panel: alarms, contacts, relays and the unknown byte."""
        data = (await self.request(wire.BINARY_LOG)).data
        alarms, contacts, relays, unknown, code, _, _ = wire.STATUS_RECORD.unpack(data)
        assert code == 255
        return alarms, contacts, relays, unknown

    async def events(self) -> list[tuple[int, int]]:
        """Poll until the status record: event codes and doors."""
        found: list[tuple[int, int]] = []
        while True:
            data = (await self.request(wire.BINARY_LOG)).data
            _, _, _, door, code, _, _ = wire.EVENT_RECORD.unpack(data)
            if code == 255:
                return found
            found.append((code, door))

    async def closed(self) -> bool:
        """Wait for the panel to hang up; return whether it did so politely."""
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return False


@asynccontextmanager
async def open_wire(panel: C3Panel) -> AsyncGenerator[Wire]:
    """Open a connection that has not said anything yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", panel.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def connected(panel: C3Panel) -> AsyncGenerator[Wire]:
    """Open a connection without a session, ready for requests."""
    async with open_wire(panel) as client:
        assert await client.ask(CONNECT) == OK
        yield client


def energised(panel: C3Panel, door: int) -> bool:
    """Look at a door's relay now."""
    return panel.doors[door].relay


@pytest.fixture
def clock() -> Clock:
    """Return the clock of a test."""
    return Clock()


@pytest.fixture
async def panel(clock: Clock) -> AsyncGenerator[C3Panel]:
    """Run a two-door panel."""
    async with C3Panel(now=clock.now, monotonic=clock.monotonic) as running:
        yield running


class TestBytes:
    """CRC, time and numbers against published check values."""

    def test_crc(self) -> None:
        """CRC-16/ARC."""
        assert wire.crc16(b"123456789") == 0xBB3D
        assert wire.crc16(b"abcdefg") == 0xE9D9
        assert wire.crc16(bytes.fromhex("0176040000000000")) == 0x8FD7

    @pytest.mark.parametrize(
        ("packed", "moment"),
        [
            (347748895, datetime(2010, 10, 26, 20, 54, 55)),
            (812649252, datetime(2025, 4, 13, 15, 54, 12)),
            (565030309, datetime(2017, 7, 30, 16, 51, 49)),
            (853507565, datetime(2026, 7, 21, 13, 26, 5)),
        ],
    )
    def test_packed_time(self, packed: int, moment: datetime) -> None:
        """Times that panels sent."""
        assert wire.pack_time(moment) == packed
        assert wire.unpack_time(packed) == moment

    def test_definitions_are_as_long_as_a_real_panels(self) -> None:
        """A capture of 13 tables with new users and old transactions has 1196 bytes."""
        lines = [definition_lines(True)[0], *definition_lines(False)[1:]]
        assert len(lines) == 13
        assert sum(len(line) + 1 for line in lines) == 1196


class TestConnecting:
    """Sessions, passwords and who may stay."""

    async def test_session(self, panel: C3Panel) -> None:
        """Session and sequence stand before every reply."""
        async with open_wire(panel) as client:
            hello = bytes.fromhex(await client.ask(CONNECT_SESSION))
            assert hello[2:5] == bytes.fromhex("c80400")
            session = hello[5:7]
            assert hello[7:9] == b"\xfe\xfe"
            for sequence in (b"\xff\xfe", b"\x00\x00", b"\x39\x16"):
                reply = await client.request(wire.BINARY_LOG, session + sequence)
                assert reply.data[:4] == session + sequence
                assert reply.data[4 + 10] == 255

    async def test_no_session(self) -> None:
        """Older firmware knows no sessions and then connects without."""
        async with C3Panel(session=False) as panel, open_wire(panel) as client:
            assert await client.ask(CONNECT_SESSION) == "aa01c90100f313d955"
            assert await client.ask(CONNECT) == OK
            assert await client.ask("aa01020000a03c55") == OK

    async def test_address_byte(self) -> None:
        """The panel puts its own address into replies."""
        async with C3Panel(address=0) as panel, open_wire(panel) as client:
            assert await client.ask(CONNECT) == "aa00c8000081fe55"

    async def test_password(self) -> None:
        """The right password connects, with a session and without."""
        async with C3Panel(password="banana123") as panel:
            async with open_wire(panel) as client:
                hello = await client.ask("aa01760d00fefefefe62616e616e61313233961955")
                assert hello.startswith("aa01c80400")
            async with open_wire(panel) as client:
                assert await client.ask("aa0101090062616e616e61313233d26055") == OK

    async def test_wrong_password(self) -> None:
        """A wrong password is answered in the form of the request, then hung up."""
        async with C3Panel(password="banana123") as panel:
            async with open_wire(panel) as client:
                answer = bytes.fromhex(await client.ask(CONNECT_SESSION))
                assert answer[2:5] == bytes.fromhex("c90500")
                assert answer[7:10] == bytes.fromhex("fefef2")
                assert await client.closed()
            async with open_wire(panel) as client:
                answer = bytes.fromhex(await client.ask(CONNECT))
                assert answer[2:6] == bytes.fromhex("c90100f2")
                assert await client.closed()

    async def test_not_connected(self, panel: C3Panel) -> None:
        """Nothing is done for a client that never connected."""
        async with open_wire(panel) as client:
            answer = await client.request(wire.CONTROL, bytes([1, 1, 1, 3, 0]))
            assert (answer.command, answer.data) == (wire.ERROR, b"\xf8")
        assert panel.commands == []

    async def test_newcomer_evicts(self, panel: C3Panel) -> None:
        """One client at a time: who speaks last, stays."""
        async with connected(panel) as first, open_wire(panel) as second:
            assert len(bytes.fromhex(await first.ask(RT_LOG))) == 24
            assert await second.ask(CONNECT) == OK
            assert await first.closed()
            assert len(bytes.fromhex(await second.ask(RT_LOG))) == 24
        assert panel.connections == 2

    async def test_wrong_password_does_not_evict(self) -> None:
        """A stranger cannot throw the client out."""
        async with (
            C3Panel(password="banana123") as panel,
            open_wire(panel) as first,
            open_wire(panel) as stranger,
        ):
            assert await first.ask("aa0101090062616e616e61313233d26055") == OK
            await stranger.ask(CONNECT)
            assert await stranger.closed()
            assert (await first.request(wire.BINARY_LOG)).command == wire.OK

    async def test_connect_clears_the_event_ring(self, panel: C3Panel) -> None:
        """Events before the connect are only in the transaction table."""
        panel.exit_button(1)
        async with connected(panel) as client:
            assert await client.events() == []
        assert [event.code for event in panel.transactions] == [202]

    @pytest.mark.parametrize("noise", ["00112233", "aa010b0000703f55", "aa010bffff"])
    async def test_garbage(self, panel: C3Panel, noise: str) -> None:
        """Noise, a wrong checksum and an absurd length do not stop the panel."""
        async with connected(panel) as client:
            await client.send_alone(noise)
            client.send(RT_LOG)
            assert len(bytes.fromhex(await client.receive())) == 24

    async def test_half_a_request(self, panel: C3Panel, clock: Clock) -> None:
        """A request that stopped half-way is forgotten after two seconds."""
        async with connected(panel) as client:
            await client.send_alone(RT_LOG[:6])
            clock.advance(3)
            assert len(bytes.fromhex(await client.ask(RT_LOG))) == 24

    async def test_request_in_pieces(self, panel: C3Panel) -> None:
        """A request may arrive byte by byte."""
        async with connected(panel) as client:
            for byte in bytes.fromhex(RT_LOG):
                await client.send_alone(f"{byte:02x}")
            assert len(bytes.fromhex(await client.receive())) == 24

    async def test_no_pipelining(self, panel: C3Panel) -> None:
        """What comes behind a request in the same segment is dropped."""
        async with connected(panel) as client:
            client.send(PULSE_DOOR_1, RT_LOG)
            assert await client.receive() == OK
            assert (await client.request(wire.GET_PARAMETERS, b"LockCount")).data == (
                b"LockCount=2"
            )
        assert panel.requests[wire.BINARY_LOG] == 0

    async def test_unknown_command(self, panel: C3Panel) -> None:
        """Commands that the panel does not have."""
        async with connected(panel) as client:
            answer = await client.request(0x78)
            assert (answer.command, answer.data) == (wire.ERROR, b"\xf3")


class TestRealTimeLog:
    """Status and event records, byte for byte where a capture exists."""

    async def test_status_of_a_quiet_old_panel(self, clock: Clock) -> None:
        """Four closed doors; byte 8 is C8 on old firmware."""
        async with (
            C3Panel(
                doors=4, old_byte8=True, now=clock.now, monotonic=clock.monotonic
            ) as panel,
            connected(panel) as client,
        ):
            assert await client.ask(RT_LOG) == (
                "aa01c810000000000001010101c800ff00deaf042ed32255"
            )

    async def test_remote_opening(self, panel: C3Panel, clock: Clock) -> None:
        """Closed, remote open, door opened, relay bit, closed again."""
        async with connected(panel) as client:
            clock.wall = wire.unpack_time(0x21B331F4)
            assert await client.ask(PULSE_DOOR_1) == OK
            clock.advance(1)
            panel.open_contact(1)
            for record in ("c8010802f431b321", "c801c802f531b321"):
                reply = await client.request(wire.BINARY_LOG)
                assert reply.data.hex() == "00" * 8 + record
            assert await client.status() == (b"\0" * 4, b"\2\1\0\0", 1, 0)
            clock.advance(2)
            assert await client.status() == (b"\0" * 4, b"\2\1\0\0", 0, 0)
            panel.close_contact(1)
            assert await client.events() == [(201, 1)]

    async def test_relay_bits(self, panel: C3Panel) -> None:
        """Bit n-1 of byte 8 is the relay of door n."""
        async with connected(panel) as client:
            await client.request(wire.CONTROL, bytes([1, 2, 1, 9, 0]))
            assert await client.events() == [(8, 2)]
            assert (await client.status())[2] == 2

    async def test_card_record(self, clock: Clock) -> None:
        """Somebody's card as a panel reported it in 2017."""
        user = User(307682, 308555799)
        clock.wall = wire.unpack_time(0x21AF2C74)
        async with (
            C3Panel(users=[user], now=clock.now, monotonic=clock.monotonic) as panel,
            connected(panel) as client,
        ):
            panel.swipe(1, 308555799)
            reply = await client.request(wire.BINARY_LOG)
            assert reply.data.hex() == "17306412e2b1040004010000742caf21"

    async def test_aux_records(self, panel: C3Panel, clock: Clock) -> None:
        """Inputs and outputs carry their own number in the door byte."""
        async with connected(panel) as client:
            clock.wall = wire.unpack_time(0x2CCAC3F5)
            panel.aux_input(2, True)
            reply = await client.request(wire.BINARY_LOG)
            assert reply.data.hex() == "0000000000000000c802dd02f5c3ca2c"
            panel.aux_input(2, False)
            assert await client.events() == [(220, 2)]

    async def test_alarm_bits(self, panel: C3Panel, clock: Clock) -> None:
        """Forced: bit 0 until cancelled. Held open: bit 1 until closed."""
        async with connected(panel) as client:
            panel.open_contact(1)
            assert await client.events() == [(102, 1)]
            assert await client.status() == (b"\1\0\0\0", b"\2\1\0\0", 0, 1)
            clock.advance(20)
            assert await client.events() == [(28, 1)]
            assert await client.status() == (b"\3\0\0\0", b"\2\1\0\0", 0, 1)
            assert await client.ask("aa010505000200000000e16f55") == OK
            assert await client.events() == [(7, 0)]
            assert (await client.status())[0] == b"\2\0\0\0"
            panel.close_contact(1)
            assert await client.events() == [(201, 1)]
            assert (await client.status())[0] == b"\0\0\0\0"

    async def test_ring_overflows_silently(self, panel: C3Panel) -> None:
        """Thirty events wait for a poll; older ones are lost to it."""
        async with connected(panel) as client:
            for number in range(40):
                panel.aux_input(1, number % 2 == 0)
            assert len(await client.events()) == 30
        assert len(panel.transactions) == 40

    async def test_several_events_in_one_reply(self, panel: C3Panel) -> None:
        """Some panels send two records at once, then the status."""
        panel.events_per_reply = 2
        async with connected(panel) as client:
            await client.ask(PULSE_DOOR_1)
            panel.open_contact(1)
            data = (await client.request(wire.BINARY_LOG)).data
            assert [data[10], data[26]] == [8, 200]
            assert (await client.status())[1] == b"\2\1\0\0"

    async def test_empty_36_byte_records(self) -> None:
        """Newer firmware has nothing to say in binary and wants the text mode."""
        async with C3Panel(records36=True) as panel, connected(panel) as client:
            assert await client.ask(RT_LOG) == "aa01c86801" + "00" * 360 + "fabb55"
            assert b"sensor=05" in (await client.request(wire.TEXT_LOG)).data

    async def test_no_text_log(self, panel: C3Panel) -> None:
        """Older firmware has no text mode."""
        async with connected(panel) as client:
            assert await client.ask(TEXT_LOG) == "aa01c90100f313d955"

    async def test_text_events(self, clock: Clock) -> None:
        """Device start and a remote opening in one captured reply."""
        clock.wall = datetime(2023, 12, 6, 22, 33, 15)
        async with C3Panel(
            text_log=True, now=clock.now, monotonic=clock.monotonic
        ) as panel:
            for _ in range(7):
                panel.exit_button(1)
            panel.events_per_reply = 2
            async with connected(panel) as client:
                panel.boot()
                clock.wall = datetime(2023, 12, 6, 22, 57, 54)
                await client.ask(PULSE_DOOR_1)
                assert await client.ask(TEXT_LOG) == (
                    "aa01c8c40074696d653d323032332d31322d30362032323a33333a31350970696e"
                    "3d3009636172646e6f3d30096576656e74616464723d30096576656e743d323036"
                    "09696e6f75747374617475733d3209766572696679747970653d32303009696e64"
                    "65783d380d0a74696d653d323032332d31322d30362032323a35373a3534097069"
                    "6e3d3009636172646e6f3d30096576656e74616464723d31096576656e743d3809"
                    "696e6f75747374617475733d3209766572696679747970653d32303009696e6465"
                    "783d39621455"
                )

    async def test_text_status(self, clock: Clock) -> None:
        """A captured status: door 2 closed, door 3 open and its relay on."""
        clock.wall = datetime(2023, 12, 9, 15, 9, 33)
        async with C3Panel(
            doors=4, text_log=True, now=clock.now, monotonic=clock.monotonic
        ) as panel:
            panel.doors[1].sensor_type = panel.doors[4].sensor_type = 0
            panel.exit_button(3)
            panel.open_contact(3)
            async with connected(panel) as client:
                assert await client.ask(TEXT_LOG) == (
                    "aa01c83a0074696d653d323032332d31322d30392031353a30393a33330973656e"
                    "736f723d32340972656c61793d303409616c61726d3d3030303030303030c2b655"
                )

    async def test_text_alarm_bits_differ(self, clock: Clock) -> None:
        """Bit 0 forced, bit 1 tamper, bit 2 duress, bit 4 held open."""
        async with C3Panel(
            text_log=True, now=clock.now, monotonic=clock.monotonic
        ) as panel:
            panel.force(1)
            panel.duress(2, ALICE)
            clock.advance(16)
            panel.tamper()
            async with connected(panel) as client:
                reply = await client.request(wire.TEXT_LOG)
                assert reply.data.endswith(b"alarm=13060000")


class TestPeople:
    """What the panel decides when somebody is at the door."""

    def decide(self, panel: C3Panel, door: int, card: int) -> tuple[int, bool]:
        """Swipe; return the event's code and whether the relay is on."""
        event = panel.swipe(door, card)
        return event.code, energised(panel, door)

    async def test_granted(self, panel: C3Panel, clock: Clock) -> None:
        """Alice opens for the drive time; the relay drops without an event."""
        event = panel.swipe(1, ALICE.card, "out")
        assert (event.code, event.pin, event.card) == (0, 1, 1234567)
        assert event.direction == 1
        clock.advance(4.9)
        assert energised(panel, 1)
        clock.advance(0.1)
        assert not energised(panel, 1)
        assert panel.transactions == [event]

    async def test_refused(self, panel: C3Panel, clock: Clock) -> None:
        """Unknown card, no right to this door, expired, wrong hours, lost card."""
        panel.add_user(User(3, 33, end=20240107))
        panel.add_user(User(4, 44, timezone=2))
        panel.add_user(User(5, 55))
        panel.tables.put("losscard", {"CardNo": 55})
        day_time = {f"{day}Time1": 8 * 100 << 16 | 1800 for day in ("Mon", "Tue")}
        panel.tables.put("timezone", {"TimezoneId": 2, **day_time})
        assert self.decide(panel, 1, 999) == (27, False)
        assert self.decide(panel, 2, BOB.card) == (23, False)
        assert self.decide(panel, 1, 33) == (29, False)
        assert self.decide(panel, 1, 44) == (22, False)
        assert self.decide(panel, 1, 55) == (38, False)
        clock.advance(12 * 3600)
        assert self.decide(panel, 1, 44) == (0, True)

    async def test_holiday(self, panel: C3Panel) -> None:
        """On a holiday the holiday's hours count."""
        panel.add_user(User(4, 44, timezone=2))
        panel.tables.put("timezone", {"TimezoneId": 2, "MonTime1": 2359})
        panel.tables.put("holiday", {"Holiday": 20200108, "HolidayType": 1, "Loop": 1})
        assert self.decide(panel, 1, 44) == (22, False)

    async def test_door_settings(self, panel: C3Panel, clock: Clock) -> None:
        """The door's own hours and the pause between two punches."""
        panel.parameters["Door1Intertime"] = "10"
        assert self.decide(panel, 1, ALICE.card)[0] == 0
        clock.advance(9)
        assert self.decide(panel, 1, ALICE.card)[0] == 20
        panel.parameters["Door1ValidTZ"] = "0"
        clock.advance(10)
        assert self.decide(panel, 1, ALICE.card)[0] == 21
        assert panel.exit_button(1).code == 36
        assert not energised(panel, 1)

    async def test_exit_button_and_door(self, panel: C3Panel, clock: Clock) -> None:
        """The exit button unlocks, opening is then no alarm."""
        assert panel.exit_button(1).code == 202
        opened = panel.open_contact(1)
        assert opened is not None
        assert opened.code == 200
        assert panel.open_contact(1) is None

    async def test_exit_button_that_is_locked(self, panel: C3Panel) -> None:
        """REXInput 0: it is noticed, and the door stays shut."""
        panel.parameters["Door1REXInput"] = "0"
        assert panel.exit_button(1).code == 209
        assert not energised(panel, 1)

    async def test_interlock(self, panel: C3Panel) -> None:
        """Nobody gets in while another door of the group is open."""
        panel.parameters["InterLock"] = "1"
        panel.open_contact(1)
        assert self.decide(panel, 2, ALICE.card)[0] == 25
        assert self.decide(panel, 1, ALICE.card)[0] == 0
        panel.close_contact(1)
        assert self.decide(panel, 2, ALICE.card)[0] == 0

    async def test_direction_of_a_reader(self, panel: C3Panel) -> None:
        """As it is set, whichever side of the door it is on."""
        panel.parameters["Reader2IOState"] = "0"
        assert panel.swipe(1, ALICE.card, "out").direction == 0
        assert panel.swipe(2, ALICE.card, "out").direction == 1

    async def test_held_open_is_dated_when_it_was_due(
        self, panel: C3Panel, clock: Clock
    ) -> None:
        """Nobody looked for an hour; the alarm still has its own time."""
        panel.exit_button(1)
        panel.open_contact(1)
        opened = clock.wall
        clock.advance(3600)
        alarm = panel.transactions[-1]
        assert (alarm.code, alarm.time) == (28, opened + timedelta(seconds=15))

    async def test_door_without_sensor(self, panel: C3Panel, clock: Clock) -> None:
        """What the panel cannot see it does not report."""
        panel.doors[1].sensor_type = 0
        assert panel.open_contact(1) is None
        clock.advance(60)
        assert panel.close_contact(1) is None
        assert panel.transactions == []
        async with connected(panel) as client:
            assert (await client.status())[1] == b"\0\1\0\0"

    async def test_schedule(self, panel: C3Panel, clock: Clock) -> None:
        """During its normal-open hours a door is open to everybody."""
        evening = {"MonTime1": 2100 << 16 | 2200}
        panel.tables.put("timezone", {"TimezoneId": 2, **evening})
        panel.parameters["Door1KeepOpenTimeZone"] = "2"
        assert not energised(panel, 1)
        clock.advance(600)
        assert energised(panel, 1)
        assert panel.swipe(1, ALICE.card).code == 1
        clock.advance(3700)
        assert [event.code for event in panel.transactions] == [5, 1, 204]
        assert not energised(panel, 1)

    async def test_duress(self, panel: C3Panel) -> None:
        """The door opens for the person under threat."""
        event = panel.duress(1, ALICE)
        assert (event.code, event.pin) == (101, 1)
        assert energised(panel, 1)

    async def test_no_such_door(self, panel: C3Panel) -> None:
        """The error names the limit."""
        with pytest.raises(ValueError, match="door must be 1 to 2"):
            panel.swipe(3, 1)


class TestControl:
    """The four control operations."""

    async def test_hold_and_release(self, panel: C3Panel) -> None:
        """A held door ignores pulses and closing until its schedule is off."""
        async with connected(panel) as client:
            assert await client.ask(HOLD_DOOR_1) == OK
            assert await client.events() == [(205, 1)]
            assert await client.ask(PULSE_DOOR_1) == OK
            assert panel.doors[1].held
            refusal = await client.request(wire.CONTROL, bytes([1, 1, 1, 0, 0]))
            assert (refusal.command, refusal.data) == (wire.ERROR, b"\xe4")
            assert await client.events() == [(8, 1), (37, 1)]
            assert energised(panel, 1)
            await client.request(wire.CONTROL, bytes([4, 1, 0, 0, 0]))
            assert energised(panel, 1)
            assert await client.ask(CLOSE_DOOR_1) == OK
            assert await client.events() == [(10, 1), (9, 1)]
        assert not energised(panel, 1)
        assert panel.commands == [
            (1, b"\1\1\xff\0"),
            (1, b"\1\1\3\0"),
            (1, b"\1\1\0\0"),
            (4, b"\1\0\0\0"),
            (1, b"\1\1\0\0"),
        ]

    async def test_a_new_pulse_starts_again(self, panel: C3Panel, clock: Clock) -> None:
        """Three seconds count from the last command."""
        async with connected(panel) as client:
            await client.ask(PULSE_DOOR_1)
            clock.advance(2)
            await client.ask(PULSE_DOOR_1)
            clock.advance(2)
            assert energised(panel, 1)
            await client.ask(CLOSE_DOOR_1)
            assert not energised(panel, 1)
            assert await client.events() == [(8, 1), (8, 1), (9, 1)]

    async def test_aux_output(self, panel: C3Panel, clock: Clock) -> None:
        """A timed output ends silently, a switched one says so."""
        async with connected(panel) as client:
            assert await client.ask("aa010505000101020500060355") == OK
            assert panel.aux_outputs == {1: True, 2: False}
            clock.advance(5)
            assert panel.aux_outputs == {1: False, 2: False}
            await client.request(wire.CONTROL, bytes([1, 2, 2, 255, 0]))
            clock.advance(86400)
            assert panel.aux_outputs == {1: False, 2: True}
            await client.request(wire.CONTROL, bytes([1, 2, 2, 0, 0]))
            assert panel.aux_outputs == {1: False, 2: False}
            assert await client.events() == [(12, 1), (12, 2), (13, 2)]

    async def test_schedule_off_for_today(self, panel: C3Panel, clock: Clock) -> None:
        """Enabling the schedule does not hold a door without one."""
        async with connected(panel) as client:
            assert await client.ask("aa010505000401010000395355") == OK
            assert await client.events() == [(11, 1)]
        assert not energised(panel, 1)

    @pytest.mark.parametrize(
        "data",
        [
            bytes([1, 3, 1, 5, 0]),
            bytes([1, 0, 1, 5, 0]),
            bytes([1, 3, 2, 5, 0]),
            bytes([1, 1, 3, 5, 0]),
            bytes([4, 3, 1, 0, 0]),
            bytes([5, 0, 0, 0, 0]),
            b"\1\1",
        ],
    )
    async def test_bad_command(self, panel: C3Panel, data: bytes) -> None:
        """A door or output that is not there, an operation that nobody may use."""
        async with connected(panel) as client:
            refusal = await client.request(wire.CONTROL, data)
            assert (refusal.command, refusal.data) == (wire.ERROR, b"\xf5")
        assert panel.transactions == []

    async def test_restart(self, panel: C3Panel) -> None:
        """The panel answers, hangs up and comes back with everything released."""
        async with connected(panel) as client:
            await client.ask(HOLD_DOOR_1)
            assert await client.ask("aa010505000300000000dcaf55") == OK
            assert await client.closed()
        assert panel.transactions[-1].code == 206
        assert not energised(panel, 1)
        async with connected(panel) as client:
            assert (await client.status())[2] == 0


class TestParameters:
    """Reading and writing settings."""

    async def test_read(self, panel: C3Panel) -> None:
        """A captured request; the order is the client's."""
        async with connected(panel) as client:
            answer = await client.ask(
                "aa010441007e53657269616c4e756d6265722c4669726d5665722c4465766963654e61"
                "6d652c4c6f636b436f756e742c417578496e436f756e742c4175784f7574436f756e74"
                "d06355"
            )
            assert wire.decode_frame(bytes.fromhex(answer)).data == (
                b"~SerialNumber=DGD9190019050335134,FirmVer=AC Ver 4.3.4 Apr 27 2017,"
                b"DeviceName=C3-200,LockCount=2,AuxInCount=2,AuxOutCount=2"
            )
            unknown = await client.request(wire.GET_PARAMETERS, b"Nonsense,LockCount")
            assert unknown.data == b"Nonsense=,LockCount=2"

    async def test_limits(self, panel: C3Panel) -> None:
        """Thirty names per read, twenty per write."""
        names = [f"Name{n}" for n in range(31)]
        async with connected(panel) as client:
            for command, count in (
                (wire.GET_PARAMETERS, 30),
                (wire.SET_PARAMETERS, 20),
            ):
                end = "=1" if command == wire.SET_PARAMETERS else ""
                fits = ",".join(f"{name}{end}" for name in names[:count])
                over = ",".join(f"{name}{end}" for name in names[: count + 1])
                assert (await client.request(command, fits.encode())).command == wire.OK
                answer = await client.request(command, over.encode())
                assert (answer.command, answer.data) == (wire.ERROR, b"\xf5")

    async def test_write_takes_effect(self, panel: C3Panel, clock: Clock) -> None:
        """A new drive time holds for the next card."""
        async with connected(panel) as client:
            answer = await client.request(
                wire.SET_PARAMETERS, b"Door1Drivertime=60,Door1Detectortime=0"
            )
            assert answer == wire.Frame(1, wire.OK, b"")
        panel.swipe(1, ALICE.card)
        clock.advance(59)
        assert energised(panel, 1)

    @pytest.mark.parametrize(
        "change",
        [
            b"Door1Drivertime=256",
            b"Door1Detectortime=soon",
            b"LockCount=4",
            b"DateTime=x",
            b"DateTime=5184000",  # 30 February
            b"DateTime=4294967296",
            b"novalue",
        ],
    )
    async def test_bad_write(self, panel: C3Panel, change: bytes) -> None:
        """Out of range, read-only, or no assignment at all."""
        async with connected(panel) as client:
            answer = await client.request(wire.SET_PARAMETERS, change)
            assert (answer.command, answer.data) == (wire.ERROR, b"\xf5")

    async def test_clock(self, panel: C3Panel, clock: Clock) -> None:
        """The panel's clock goes on from what it was set to."""
        async with connected(panel) as client:
            answer = await client.request(wire.SET_PARAMETERS, b"DateTime=812649252")
            assert answer.command == wire.OK
            clock.advance(3)
            assert await client.ask("aa010408004461746554696d65763755") == (
                wire.Frame(1, wire.OK, b"DateTime=812649255").encode().hex()
            )
        assert panel.exit_button(1).time == datetime(2025, 4, 13, 15, 54, 15)

    async def test_new_password(self, panel: C3Panel) -> None:
        """A changed password counts for the next connect."""
        async with connected(panel) as client:
            await client.request(wire.SET_PARAMETERS, b"ComPwd=secret")
        async with open_wire(panel) as client:
            answer = await client.request(wire.CONNECT)
            assert answer.data == b"\xf2"

    async def test_reboot(self, panel: C3Panel) -> None:
        """Reboot=1 is a restart."""
        async with connected(panel) as client:
            await client.request(wire.SET_PARAMETERS, b"Reboot=1")
            assert await client.closed()
        assert [event.code for event in panel.transactions] == [206]


class TestTables:
    """Definitions, rows, large replies."""

    async def test_definitions(self, panel: C3Panel) -> None:
        """The lines that panels sent, for new users and new transactions."""
        async with connected(panel) as client:
            answer = await client.ask("aa01060000e1fd55")
            lines = wire.decode_frame(bytes.fromhex(answer)).data.splitlines()
            assert lines[0] == bytes.fromhex(
                "757365723d312c5549443d69312c436172644e6f3d69322c50696e3d69332c50617373"
                "776f72643d73342c47726f75703d69352c537461727454696d653d69362c456e645469"
                "6d653d69372c4e616d653d73382c5375706572417574686f72697a653d6939"
            )
            assert lines[4] == bytes.fromhex(
                "7472616e73616374696f6e3d352c50696e3d73312c56657269666965643d69322c446f"
                "6f7249443d69332c4576656e74547970653d69342c496e4f757453746174653d69352c"
                "54696d655f7365636f6e643d69362c496e6465783d69372c436172646e6f3d4c382c53"
                "697465636f64653d6939"
            )

    async def test_odd_definition_line(self) -> None:
        """Some firmware has a line that is no table of a byte's index."""
        async with C3Panel(odd_table_line=True) as panel, connected(panel) as client:
            data = (await client.request(wire.TABLE_DEFINITIONS)).data
            assert ODD_LINE.encode() in data.splitlines()
            assert len(data.splitlines()) == 14

    async def test_read_users(self) -> None:
        """Two users of a capture."""
        users = [
            User(3298422, 1234567),
            User(11776689, 10724257, start=20220202, end=20230303),
        ]
        async with C3Panel(users=users) as panel, connected(panel) as client:
            assert await client.ask(READ_USERS) == (
                "aa01c83900010901020304050607080901010387d6120376543200010001000100000100"
                "010203a1a3a303b1b2b3000100042a893401049fb0340100010082ce55"
            )

    async def test_old_transaction_row(self, clock: Clock) -> None:
        """A row of the old layout, and the NewRecord option."""
        clock.wall = datetime(2010, 10, 26, 20, 54, 55)
        async with C3Panel(
            new_layout=False, now=clock.now, monotonic=clock.monotonic
        ) as panel:
            panel.log(3, door=2, card=100, pin=1, verified=1, direction=1)
            only_new = "aa01080c0005070102030405060701010047e355"
            row = "aa01c81a00050701020304050607016401010101010201030101041f3aba14941955"
            async with connected(panel) as client:
                assert await client.ask(only_new) == row
                await client.request(wire.MARK_READ, b"\5")
                empty = wire.decode_frame(bytes.fromhex(await client.ask(only_new)))
                assert empty.data == bytes.fromhex("050701020304050607")
                everything = bytes.fromhex("0507010203040506070000")
                answer = await client.request(wire.READ_TABLE, everything)
                assert answer.encode().hex() == row

    async def test_write_read_delete(self, clock: Clock) -> None:
        """A person comes and goes, over the wire."""
        async with (
            C3Panel(
                users=[], new_layout=False, now=clock.now, monotonic=clock.monotonic
            ) as panel,
            connected(panel) as client,
        ):
            count = "aa010a010001ae1855"
            one = "aa01080f0001070102030405060700010202e903a3ee55"
            none_found = bytes.fromhex("010701020304050607")
            assert (await client.request(wire.COUNT_ROWS, b"\1")).data == bytes(4)
            assert (
                await client.ask(
                    "aa01071a00010701020304050607044e61bc0002e9030001000100010001007376"
                    "55"
                )
                == OK
            )
            assert panel.swipe(1, 12345678).code == 23
            assert await client.ask("aa01070c00020301020302e9030101010195f855") == OK
            assert panel.swipe(1, 12345678).code == 0
            assert panel.swipe(2, 12345678).code == 23
            assert await client.ask(count) == (
                wire.Frame(1, wire.OK, b"\1\0\0\0").encode().hex()
            )
            found = wire.decode_frame(bytes.fromhex(await client.ask(one)))
            assert found.data == none_found + bytes.fromhex(
                "034e61bc 02e903 00 0100 0100 0100 0100"
            )
            assert await client.ask("aa0109060001010202e903284755") == OK
            found = wire.decode_frame(bytes.fromhex(await client.ask(one)))
            assert found.data == none_found

    async def test_write_replaces_the_whole_row(self, panel: C3Panel) -> None:
        """Fields that a write leaves out become empty."""
        async with connected(panel) as client:
            await client.request(
                wire.WRITE_TABLE, bytes.fromhex("0102 02 03 0363b94b 0101")
            )
            row = next(row for row in panel.tables["user"] if row["Pin"] == 1)
            assert (row["CardNo"], row["Name"], row["UID"]) == (0x4BB963, "", 1)

    async def test_long_password_is_dropped_silently(self, panel: C3Panel) -> None:
        """The panel says OK and stores nothing: only reading back tells."""
        async with connected(panel) as client:
            row = b"\x01\x09" + b"\x0b" + b"12345678901"
            answer = await client.request(wire.WRITE_TABLE, b"\x01\x02\x03\x04" + row)
            assert answer.command == wire.OK
        assert [row["Pin"] for row in panel.tables["user"]] == [1, 2]

    async def test_full_table(self) -> None:
        """No room for a third person."""
        async with C3Panel(max_rows=2) as panel, connected(panel) as client:
            write = bytes.fromhex("0101 03 0109")
            answer = await client.request(wire.WRITE_TABLE, write)
            assert (answer.command, answer.data) == (wire.ERROR, b"\xee")

    @pytest.mark.parametrize(
        ("length_bytes", "front"), [(1, "2c"), (2, "2c01"), (4, "2c010000")]
    )
    async def test_a_long_template(
        self, panel: C3Panel, length_bytes: int, front: str
    ) -> None:
        """Its length, or the lowest byte of it, stands in front: both ways alike."""
        panel.tables.length_bytes = length_bytes
        row = bytes.fromhex(f"022c01 0102 0103 0101 {front}") + bytes(range(150)) * 2
        header = bytes.fromhex("0a05 01 03 04 05 06")
        async with connected(panel) as client:
            answer = await client.request(wire.WRITE_TABLE, header + row)
            assert answer.command == wire.OK
            answer = await client.request(wire.READ_TABLE, header + b"\0\0")
            assert answer.data == header + row
            counted = await client.request(wire.COUNT_ROWS, b"\x0a")
            assert counted.data == b"\1\0\0\0"
        [there] = panel.tables["templatev10"]
        assert (there["Pin"], there["Size"]) == (2, 300)
        assert there["Template"] == bytes(range(150)) * 2

    async def test_delete_without_condition_wipes(self, panel: C3Panel) -> None:
        """Why no client may ever build such a request by accident."""
        panel.exit_button(1)
        async with connected(panel) as client:
            await client.request(wire.DELETE_ROWS, b"\x01\x00")
            await client.request(wire.DELETE_ROWS, b"\x05\x00")
        assert not panel.tables["user"]
        assert panel.transactions == []

    @pytest.mark.parametrize(
        "request_data", ["63010100 00", "0101ff0000", "01", "0100 0000", "010103000103"]
    )
    async def test_bad_read(self, panel: C3Panel, request_data: str) -> None:
        """Unknown table, unknown field, truncated requests."""
        async with connected(panel) as client:
            answer = await client.request(wire.READ_TABLE, bytes.fromhex(request_data))
            assert (answer.command, answer.data) == (wire.ERROR, b"\xf6")

    async def test_large_reply(self) -> None:
        """A reply over 5120 bytes is announced, fetched in parts, and ended."""
        people = generated_users(300)
        async with C3Panel(users=people) as panel, connected(panel) as client:
            announced = wire.decode_frame(bytes.fromhex(await client.ask(READ_USERS)))
            assert announced.command == 0x0D
            flag, length, original, crc, part = struct.unpack("<BIIII", announced.data)
            assert (flag, original, part) == (0, length, 5108)
            whole = b""
            while len(whole) < length:
                offset = struct.pack("<I", len(whole))
                answer = await client.request(wire.READ_PART, offset)
                assert answer.data[:4] == offset
                assert len(answer.data) <= 5120
                whole += answer.data[4:]
            assert len(whole) == length
            assert zlib.crc32(whole) == crc
            assert whole.count(b"User ") == 300
            assert await client.ask("aa010f000031ff55") == OK
            gone = await client.request(wire.READ_PART, bytes(4))
            assert gone.command == wire.ERROR


class TestFaults:
    """Everything that goes wrong on request."""

    async def test_split(self, panel: C3Panel) -> None:
        """Replies arrive in single bytes, whole all the same."""
        panel.faults.split = 1
        async with connected(panel) as client:
            client.send(RT_LOG)
            assert len(await client.reader.read(100)) < 24

    async def test_merge(self, panel: C3Panel) -> None:
        """An old reply follows in the same segment."""
        async with connected(panel) as client:
            panel.faults.merge = True
            client.send(RT_LOG)
            assert len(bytes.fromhex(await client.receive())) == 24
            assert await client.receive() == OK

    async def test_hold_replies(self, panel: C3Panel) -> None:
        """The command is carried out; its reply waits for the test."""
        async with connected(panel) as client:
            panel.faults.hold_replies = asyncio.Event()
            client.send(PULSE_DOOR_1)
            reply = asyncio.ensure_future(client.receive())
            while not panel.commands:
                await asyncio.sleep(0)
            assert energised(panel, 1)
            assert not reply.done()
            panel.faults.hold_replies.set()
            assert await reply == OK

    async def test_stale_reply(self, panel: C3Panel) -> None:
        """The previous reply comes instead, its own sequence in it."""
        async with open_wire(panel) as client:
            hello = await client.ask(CONNECT_SESSION)
            session = bytes.fromhex(hello)[5:7]
            panel.faults.stale_reply = 1
            stale = await client.request(wire.BINARY_LOG, session + b"\1\0")
            assert stale.encode().hex() == hello
            fresh = await client.request(wire.BINARY_LOG, session + b"\2\0")
            assert fresh.data[2:4] == b"\2\0"

    async def test_bad_crc(self, panel: C3Panel) -> None:
        """The next reply is damaged, the one after it is not."""
        async with connected(panel) as client:
            panel.faults.bad_crc = 1
            with pytest.raises(ValueError, match="damaged"):
                await client.request(wire.BINARY_LOG)
            assert (await client.request(wire.BINARY_LOG)).command == wire.OK

    async def test_wrong_sequence(self, panel: C3Panel) -> None:
        """The reply belongs to another request."""
        async with open_wire(panel) as client:
            session = bytes.fromhex(await client.ask(CONNECT_SESSION))[5:7]
            panel.faults.wrong_sequence = 1
            reply = await client.request(wire.BINARY_LOG, session + b"\1\0")
            assert reply.data[:4] == session + b"\0\0"

    async def test_reset(self, panel: C3Panel) -> None:
        """One more answer, then a TCP reset instead of carrying out the next."""
        async with connected(panel) as client:
            panel.faults.reset_after = 1
            assert await client.ask(PULSE_DOOR_1) == OK
            client.send(PULSE_DOOR_1)
            assert not await client.closed()
        assert len(panel.commands) == 1

    async def test_refuse(self, panel: C3Panel) -> None:
        """New connections end at once."""
        panel.faults.refuse = True
        async with open_wire(panel) as client:
            await client.closed()
        assert panel.connections == 1

    async def test_silent(self, panel: C3Panel) -> None:
        """Requests disappear; the connection looks alive."""
        async with connected(panel) as client:
            panel.faults.silent = True
            client.send(PULSE_DOOR_1)
            while not panel.requests[wire.CONTROL]:
                await asyncio.sleep(0)
            panel.faults.silent = False
            assert len(bytes.fromhex(await client.ask(RT_LOG))) == 24
        assert panel.commands == []

    async def test_evicted_every_time(self, panel: C3Panel) -> None:
        """As if another program connected right behind us."""
        panel.faults.evict_every_connection = True
        for _ in range(2):
            async with open_wire(panel) as client:
                assert await client.ask(CONNECT) == OK
                assert await client.closed()

    async def test_drop_after_set_time(self, panel: C3Panel) -> None:
        """The clock is set, nobody says so."""
        panel.faults.drop_after_set_time = True
        async with connected(panel) as client:
            client.send(
                wire.Frame(1, wire.SET_PARAMETERS, b"DateTime=812649252").encode().hex()
            )
            assert await client.closed()
        assert panel.time == datetime(2025, 4, 13, 15, 54, 12)

    async def test_lost_reply(self, panel: C3Panel) -> None:
        """The door opened, the client cannot know."""
        panel.faults.lose_reply_to = {wire.CONTROL}
        async with connected(panel) as client:
            client.send(PULSE_DOOR_1)
            while not panel.commands:
                await asyncio.sleep(0)
            assert len(bytes.fromhex(await client.ask(RT_LOG))) == 24
        assert energised(panel, 1)

    async def test_foreign(self, panel: C3Panel) -> None:
        """A standalone terminal listens on the same port."""
        panel.faults.foreign = True
        async with open_wire(panel) as client:
            client.send(CONNECT_SESSION)
            assert (await client.reader.readexactly(16))[:4] == b"\x50\x50\x82\x7d"

    async def test_reboot(self, panel: C3Panel) -> None:
        """Down until told to boot."""
        async with connected(panel) as client:
            panel.reboot()
            assert await client.closed()
        async with open_wire(panel) as client:
            await client.closed()
        panel.boot()
        async with connected(panel) as client:
            assert await client.events() == []
        assert [event.code for event in panel.transactions] == [206]


async def test_discovery() -> None:
    """The panel tells who it is."""
    answers: asyncio.Queue[bytes] = asyncio.Queue()

    class Listener(asyncio.DatagramProtocol):
        """Collects answers."""

        @override
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            """Keep it."""
            answers.put_nowait(data)

    async with C3Panel(discovery_port=0) as panel:
        assert panel.discovery_port
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Listener, remote_addr=("127.0.0.1", panel.discovery_port)
        )
        transport.sendto(b"noise")
        transport.sendto(
            bytes.fromhex("aa0114120043616c6c5365637572697479446576696365eea955")
        )
        frame = wire.decode_frame(await answers.get())
        transport.close()
    assert frame.data == (
        b"MAC=00:17:61:C8:EC:17,IP=127.0.0.1,SN=DGD9190019050335134,Device=C3-200,"
        b"Ver=AC Ver 4.3.4 Apr 27 2017"
    )


def test_shares_nothing_with_the_product() -> None:
    """A shared mistake could not show: the simulator has its own everything."""
    sources = [p for p in Path(__file__).parent.glob("*.py") if p.name[:5] != "test_"]
    assert sources
    assert not [p for p in sources if "custom_components" in p.read_text()]


def test_console() -> None:
    """Commands from the keyboard, and errors a person understands."""
    panel = C3Panel()
    commands = console_commands(panel)
    assert obey(commands, "swipe 1 1234567") == "granted (event 0 at 1)"
    assert obey(commands, "open 1") == "door opened (event 200 at 1)"
    assert obey(commands, "open 1") == "nothing to notice"
    assert obey(commands, "close 1") == "door closed (event 201 at 1)"
    assert obey(commands, "exit 2") == "exit button (event 202 at 2)"
    assert obey(commands, "force 2") == "forced (event 102 at 2)"
    assert obey(commands, "aux 1") == "aux input shorted (event 221 at 1)"
    assert obey(commands, "aux 1") == "aux input opened (event 220 at 1)"
    assert obey(commands, "aux 9") == "aux: aux input must be 1 to 2"
    panel.requests[wire.CONNECT] += 1
    assert obey(commands, "requests") == f'{{"{wire.CONNECT}": 1}}'
    assert obey(commands, "swipe 1") == "usage: swipe DOOR CARD"
    assert obey(commands, "open three") == "open: DOOR must be a whole number"
    assert obey(commands, "open 3") == "open: door must be 1 to 2"
    assert obey(commands, "swipe 1 99999999999") == (
        "swipe: card must be 0 to 4294967295"
    )
    assert obey(commands, "fly").startswith("unknown command 'fly'; known: swipe,")


async def test_runs_alone() -> None:
    """One line when it listens, obeys its input, outlives it, ends on interrupt."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators.c3_panel", "--port", "0"),
        *("--users", "3", "--serial", "ABC123"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    found = re.fullmatch(r"C3 panel with 2 doors listens on 127\.0\.0\.1:(\d+)\n", line)
    assert found
    process.stdin.write(b"swipe 1 1234567\n\nswipe 1 one\n")
    assert await process.stdout.readline() == b"granted (event 0 at 1)\n"
    assert await process.stdout.readline() == b"swipe: CARD must be a whole number\n"
    process.stdin.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(found[1]))
    client = Wire(reader, writer)
    assert await client.ask(CONNECT) == OK
    assert (await client.request(wire.COUNT_ROWS, b"\1")).data == b"\5\0\0\0"
    serial = await client.request(wire.GET_PARAMETERS, b"~SerialNumber")
    assert serial.data == b"~SerialNumber=ABC123"
    writer.close()
    process.send_signal(signal.SIGINT)
    assert await process.stdout.read() == b""
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--port", "70000"], "must be a whole number from 0 to 65535"),
        (["--users", "-1"], "must be a whole number from 0 to 29998"),
        (["--doors", "3"], "invalid choice: '3'"),
    ],
)
def test_bad_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    complaint: str,
) -> None:
    """The error names the option and its limit."""
    monkeypatch.setattr(sys, "argv", ["c3_panel", *options])
    with pytest.raises(SystemExit):
        main()
    error = capsys.readouterr().err
    assert complaint in error
    assert f"argument {options[0]}" in error


async def test_port_in_use(panel: C3Panel) -> None:
    """A second panel on the same port says so and ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators.c3_panel", "--port", str(panel.port)),
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    _, error = await process.communicate()
    assert process.returncode == 1
    assert error.decode().startswith(f"cannot listen on 127.0.0.1:{panel.port}: ")


async def test_quit() -> None:
    """Ends when told to on its input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators.c3_panel", "--port", "0", "--doors", "1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    output, _ = await process.communicate(b"fly\nquit\nswipe 1 1\n")
    assert [line[:20] for line in output.splitlines()] == [
        b"C3 panel with 1 door",
        b"unknown command 'fly",
    ]
    assert process.returncode == 0
