"""Questions with long answers: users, and the two logs."""

from datetime import datetime, timedelta

import pytest

from custom_components.zkteco.protocol.errors import CommandRefused, MalformedReply
from custom_components.zkteco.protocol.standalone.logs import (
    Attendance,
    AttendanceLayout,
)
from custom_components.zkteco.protocol.standalone.queries import (
    AttendanceReader,
    read_operations,
    read_users,
    records,
)
from custom_components.zkteco.protocol.standalone.users import UserLayout
from tests.simulators import standalone_wire as wire
from tests.simulators.standalone_records import RecordSize, UserSize
from tests.simulators.standalone_terminal import SimulatedTerminal

from .peer import Answers, connected, listening, reply

pytestmark = pytest.mark.usefixtures("socket_enabled")

PART = 16 * 1024
NOW = datetime(2026, 3, 4, 5, 6, 7)
LAYOUTS: dict[RecordSize, AttendanceLayout] = {
    "8A": AttendanceLayout.NUMBER_8A,
    "8B": AttendanceLayout.NUMBER_8B,
    16: AttendanceLayout.NUMBER_16,
    40: AttendanceLayout.TEXT_40,
    49: AttendanceLayout.TEXT_49,
}


def terminal_with(
    count: int, record_size: RecordSize = 40, *, range_read: bool = True
) -> SimulatedTerminal:
    """Return a terminal whose log got one record a minute until now."""
    return SimulatedTerminal(
        records=count,
        record_size=record_size,
        range_read=range_read,
        now=lambda: NOW,
        monotonic=lambda: 0.0,
    )


class Log:
    """What a reader delivers."""

    def __init__(self) -> None:
        """Nothing so far."""
        self.rows: list[Attendance] = []
        self.deliveries = 0

    def __call__(self, rows: list[Attendance]) -> None:
        """Take some rows."""
        self.rows += rows
        self.deliveries += 1


def asked_for(terminal: SimulatedTerminal) -> list[int]:
    """Return which data sets were asked for."""
    return [
        int.from_bytes(request.data[1:3], "little")
        for request in terminal.requests
        if request.command == wire.PREPARE_BUFFER
    ]


# The length at the beginning


def test_a_data_set_without_its_length() -> None:
    """The length does not count itself."""
    assert records(b"\x03\0\0\0abc") == b"abc"
    assert records(b"\0\0\0\0") == b""
    assert records(b"") == b""


@pytest.mark.parametrize(
    "data", [b"\0", b"\0\0\0", b"\0\0\0\0x", b"\x03\0\0\0ab", b"\x03\0\0\0abcd"]
)
def test_a_data_set_of_another_length_than_it_says(data: bytes) -> None:
    """A part of it is not taken for all of it."""
    with pytest.raises(MalformedReply):
        records(data)


# Users


@pytest.mark.parametrize("old_firmware", [False, True])
@pytest.mark.parametrize(
    ("size", "layout"), [(28, UserLayout.NUMERIC), (72, UserLayout.TEXT)]
)
async def test_users(size: UserSize, layout: UserLayout, old_firmware: bool) -> None:
    """Both widths, from old and new firmware."""
    async with (
        SimulatedTerminal(
            users=18, user_size=size, old_firmware=old_firmware
        ) as terminal,
        connected(terminal) as client,
    ):
        users, found = await read_users(client, 18)
        assert found is layout
        assert [(user.uid, user.user_id, user.name) for user in users] == [
            (user.uid, user.user_id, user.name[: 8 if size == 28 else 24])
            for user in terminal.users.values()
        ]


async def test_no_users() -> None:
    """Nobody is enrolled, so nothing is known about the layout."""
    async with SimulatedTerminal(users=0) as terminal, connected(terminal) as client:
        assert await read_users(client, 0) == ([], None)
        terminal.refuses_empty = True
        assert await read_users(client, None) == ([], None)


# The operation log


async def test_operations() -> None:
    """What was done to the terminal, oldest first."""
    async with terminal_with(0) as terminal, connected(terminal) as client:
        terminal.operations.clear()
        terminal.unlock(30)
        terminal.alarm("tamper")
        operations = await read_operations(client)
        assert [one.code for one in operations] == [29, 3]
        assert {one.time for one in operations} == {NOW}


# The attendance log


@pytest.mark.parametrize("size", LAYOUTS)
@pytest.mark.parametrize("count", [20, 1000])
async def test_a_log(size: RecordSize, count: int) -> None:
    """Of every layout; a long one is delivered while it comes."""
    log = Log()
    async with terminal_with(count, size) as terminal, connected(terminal) as client:
        reader = AttendanceReader(client, None)
        await reader.read(log, NOW, count=count)
        assert [row.time for row in log.rows] == [row.time for row in terminal.log]
        assert reader.layout is LAYOUTS[size]
        assert asked_for(terminal) == [wire.ATTENDANCE_READ]
        assert log.deliveries == 1 + (4 + count * reader.layout.width) // PART


async def test_an_empty_log() -> None:
    """There is nothing to learn from it; what was known stays known."""
    log = Log()
    async with terminal_with(0) as terminal, connected(terminal) as client:
        for refuses in (False, True):
            terminal.refuses_empty = refuses
            reader = AttendanceReader(client, AttendanceLayout.TEXT_40)
            await reader.read(log, NOW)
            assert reader.layout is AttendanceLayout.TEXT_40
        assert log.rows == []


async def test_a_part_of_a_log() -> None:
    """What is older need not be sent."""
    log = Log()
    async with terminal_with(1000) as terminal, connected(terminal) as client:
        reader = AttendanceReader(client, None)
        await reader.read(log, NOW, since=NOW - timedelta(minutes=20))
        assert len(log.rows) == 20
        assert asked_for(terminal) == [wire.ATTENDANCE_RANGE]


async def test_a_terminal_that_cannot_read_a_part() -> None:
    """It is asked once; from then on all is read."""
    async with (
        terminal_with(100, range_read=False) as terminal,
        connected(terminal) as client,
    ):
        reader = AttendanceReader(client, None)
        for _ in range(2):
            log = Log()
            await reader.read(log, NOW, since=NOW - timedelta(minutes=20))
            assert len(log.rows) == 100
        assert asked_for(terminal) == [
            wire.ATTENDANCE_RANGE,
            wire.ATTENDANCE_READ,
            wire.ATTENDANCE_READ,
        ]


async def test_a_part_with_nothing_in_it() -> None:
    """It is believed when the terminal has ever found something so; else all is read."""
    async with terminal_with(100) as terminal, connected(terminal) as client:
        reader = AttendanceReader(client, None)
        tomorrow = NOW + timedelta(days=1)
        log = Log()
        await reader.read(log, NOW, since=tomorrow)
        assert len(log.rows) == 100
        await reader.read(log, NOW, since=NOW - timedelta(minutes=5))
        assert len(log.rows) == 105
        await reader.read(log, NOW, since=tomorrow)
        assert len(log.rows) == 105
        assert asked_for(terminal) == [
            wire.ATTENDANCE_RANGE,
            wire.ATTENDANCE_READ,
            wire.ATTENDANCE_RANGE,
            wire.ATTENDANCE_RANGE,
        ]


@pytest.mark.parametrize("total", [0, 39, 41, 2**31])
async def test_a_log_of_another_length_than_it_says(total: int) -> None:
    """Nothing of it is delivered, and the connection is as good as before."""
    log = Log()
    data = total.to_bytes(4, "little") + bytes(40)

    def answer(request: wire.Packet) -> Answers:
        if request.command == wire.PREPARE_BUFFER:
            return [reply(request, wire.DATA, data)]
        return [reply(request)]

    async with listening(answer) as peer, connected(peer) as client:
        with pytest.raises(MalformedReply):
            await AttendanceReader(client, None).read(log, NOW)
        assert log.rows == []
        assert client.connected


async def test_a_log_that_is_cut_short() -> None:
    """Less than its length is not even that."""
    log = Log()

    def answer(request: wire.Packet) -> Answers:
        if request.command == wire.PREPARE_BUFFER:
            return [reply(request, wire.DATA, b"\x28\0")]
        return [reply(request)]

    async with listening(answer) as peer, connected(peer) as client:
        with pytest.raises(MalformedReply):
            await AttendanceReader(client, None).read(log, NOW)
        assert log.rows == []


async def test_a_log_of_an_unknown_layout() -> None:
    """It is refused, not guessed; whoever asks for something else gets it."""
    log = Log()
    data = (410).to_bytes(4, "little") + b"\xee" * 410

    def answer(request: wire.Packet) -> Answers:
        if request.command == wire.PREPARE_BUFFER:
            return [reply(request, wire.DATA, data)]
        return [reply(request)]

    async with listening(answer) as peer, connected(peer) as client:
        reader = AttendanceReader(client, None)
        with pytest.raises(MalformedReply, match="layout"):
            await reader.read(log, NOW, count=10)
        assert log.rows == []
        assert reader.layout is None
        assert client.connected


async def test_a_log_that_is_refused() -> None:
    """For a reason of the terminal's own."""
    async with terminal_with(5) as terminal, connected(terminal) as client:
        terminal.faults.answers[wire.PREPARE_BUFFER] = 2003
        reader = AttendanceReader(client, None)
        with pytest.raises(CommandRefused):
            await reader.read(Log(), NOW, since=NOW - timedelta(hours=1))
