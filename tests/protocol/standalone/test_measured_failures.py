"""Situations in which other clients of this protocol were measured to fail, and in which this one must not.

All of them are legal: TCP cuts and merges packets as it likes, events come at any moment, firmware differs. Measured were
lost events, listeners that ended, answers cut short and taken for whole, and long answers that depended on how the
network happened to cut them. The last section holds what was found by reading other clients.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random

import pytest

from custom_components.zkteco.protocol.errors import DeviceError
from custom_components.zkteco.protocol.model import EventKind
from custom_components.zkteco.protocol.standalone import people
from custom_components.zkteco.protocol.standalone.client import TerminalClient
from custom_components.zkteco.protocol.standalone.connection import (
    ReplyTimeout,
    Transport,
)
from custom_components.zkteco.protocol.standalone.packet import Command
from custom_components.zkteco.protocol.standalone.queries import read_users
from tests.simulators import standalone_wire as wire
from tests.simulators.standalone_terminal import Event, Faults, SimulatedTerminal

from .conftest import HOST, Home, HomeBuilder, until
from .peer import (
    connected,
    firmware,
    in_pieces,
    listen,
    listening,
    log_of,
    reply,
    users_of,
)

pytestmark = pytest.mark.usefixtures("socket_enabled")

VERSION = b"Ver 6.60 Apr 28 2017\0"


def told(home: Home) -> list[EventKind]:
    """Return what kinds of events were told."""
    return [event.kind for event in home.events]


# Listening


async def test_two_events_in_one_segment(home: Home) -> None:
    """Both are told."""
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.faults.merge = True
        home.terminal.verify("1001")
        home.terminal.verify("1002")
        first, second = await home.hear(2)
        assert (first.user_id, second.user_id) == ("1001", "1002")


@pytest.mark.parametrize("size", [1, 4, 8, 10, 16, 20, 30])
async def test_an_event_split_over_two_segments(home: Home, size: int) -> None:
    """Or over many: it is told once, when it is whole."""
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.faults.split = size
        home.terminal.verify("1001")
        home.terminal.verify("1002")
        first, second = await home.hear(2)
        assert (first.user_id, second.user_id) == ("1001", "1002")


async def test_an_alarm_of_12_bytes(home: Home) -> None:
    """It has the length of somebody who verified, and is something else."""
    async with home.connected():
        home.terminal.alarm("duress", "1001")
        home.terminal.verify("1002")
        await home.hear(2)
        assert told(home) == [EventKind.DURESS, EventKind.ACCESS_GRANTED]


@pytest.mark.parametrize("length", [0, 9, 11, 13, 28, 33, 35, 300])
async def test_an_event_of_unknown_length(home: Home, length: int) -> None:
    """It is told as what nobody knows, and the next one is understood."""
    async with home.connected():
        home.terminal.emit(Event.ATTENDANCE, b"\xff" * length)
        home.terminal.verify("1002")
        await home.hear(2)
        assert told(home)[1] is EventKind.ACCESS_GRANTED


async def test_the_terminal_hangs_up_while_we_listen(home: Home) -> None:
    """A new connection is opened, and what happened meanwhile is told too."""
    async with home.connected() as device:
        await home.clock.advance(60)
        home.terminal.verify("1001")
        await home.hear(1)
        home.terminal.hang_up()
        home.terminal.verify("1002")
        await home.clock.advance(60)
        await home.hear(2)
        home.terminal.verify("1003")
        await home.hear(3)
        assert [event.user_id for event in home.events] == ["1001", "1002", "1003"]
        assert device.state.error is None


# Answers


@asynccontextmanager
async def cut_at(place: int) -> AsyncGenerator[SimulatedTerminal]:
    """Return a terminal whose replies come in pieces of so many bytes."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.split = place
        yield terminal


@pytest.mark.parametrize("place", [1, 3, 7, 8, 9, 10, 15])
async def test_a_reply_cut_within_its_header(place: int) -> None:
    """The rest of it is waited for."""
    async with cut_at(place) as terminal, connected(terminal) as client:
        for _ in range(3):
            assert await firmware(client) == VERSION


@pytest.mark.parametrize("place", [16, 17, 24, 36])
async def test_a_reply_cut_within_its_data(place: int) -> None:
    """What came is not taken for all of it, and the rest not for the next answer."""
    async with cut_at(place) as terminal, connected(terminal) as client:
        assert await firmware(client) == VERSION
        answer = await client.request(Command.OPTION_READ, b"~DeviceName\0")
        assert answer.data == b"~DeviceName=F18\0"


@pytest.mark.parametrize("merge", [False, True])
async def test_an_event_just_before_a_reply(merge: bool) -> None:
    """Neither is taken for the other, nor is the next question answered by this reply."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        events = await listen(client)
        terminal.faults.event_before_reply = True
        terminal.faults.merge = merge
        for _ in range(3):
            terminal.press(7)
            assert await firmware(client) == VERSION
            answer = await client.request(Command.OPTION_READ, b"~OS\0")
            assert answer.data == b"~OS=1\0"
        assert [event.data for event in events] == [b"\7\0\0\0"] * 3


@pytest.mark.usefixtures("impatient")
async def test_a_damaged_reply() -> None:
    """It is not believed."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.faults.bad_checksum = 1
        with pytest.raises(ReplyTimeout):
            await firmware(client)
        await client.connect()
        assert await firmware(client) == VERSION


# Long answers


@pytest.mark.parametrize("old_firmware", [False, True])
@pytest.mark.parametrize("count", [100, 1000, 5000])
async def test_a_long_answer_in_one_burst(count: int, old_firmware: bool) -> None:
    """Everything the terminal has to say is there at once."""
    async with (
        SimulatedTerminal(records=count, old_firmware=old_firmware) as terminal,
        connected(terminal) as client,
    ):
        terminal.faults.merge = True
        assert await client.read(Command.ATTENDANCE_READ) == log_of(terminal)
        assert await firmware(client) == VERSION


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("count", [100, 1000, 5000])
async def test_a_long_answer_in_pieces_of_any_size(count: int, seed: int) -> None:
    """However the network cuts it."""
    async with (
        SimulatedTerminal(records=count) as terminal,
        connected(terminal) as client,
    ):
        terminal.faults.merge = True
        terminal.faults.split = Random(seed)
        assert await client.read(Command.ATTENDANCE_READ) == log_of(terminal)
        assert await firmware(client) == VERSION


async def test_a_long_answer_in_chunks_of_64_kilobytes() -> None:
    """Some terminals fill their chunks more than others."""
    async with (
        SimulatedTerminal(records=5000, max_chunk=0x10000) as terminal,
        connected(terminal) as client,
    ):
        assert await client.read(Command.ATTENDANCE_READ) == log_of(terminal)


async def test_the_last_bytes_are_not_lost() -> None:
    """They come with the confirmation, in a segment of their own, or with the next answer."""
    for pieces in ([b"0123456", b"7"], [b"0", b"1234567"], [b"01234567"]):
        async with (
            listening(lambda r, pieces=pieces: in_pieces(r, *pieces)) as peer,
            connected(peer) as client,
        ):
            for _ in range(3):
                assert await client.read(Command.ATTENDANCE_READ) == b"01234567"


# What was found by reading


async def test_no_connection_but_the_one_that_is_needed(build: HomeBuilder) -> None:
    """Nothing is tried out first: some terminals have room for one client only."""
    home = await build(key=12345)
    async with home.connected(key="12345"):
        await home.clock.advance(60)
    assert home.terminal.connections == 1
    assert home.asked(wire.CONNECT) == 1


async def test_all_kinds_of_events_are_asked_for(home: Home) -> None:
    """Not only who verified."""
    async with home.connected():
        home.terminal.press(3)
        home.terminal.refuse()
        home.terminal.alarm("tamper")
        home.terminal.exit_button()
        await home.hear(4)
        assert told(home) == [
            EventKind.BUTTON,
            EventKind.ACCESS_DENIED,
            EventKind.TAMPER,
            EventKind.EXIT_BUTTON,
        ]


async def test_listening_does_not_read_everybody_first(build: HomeBuilder) -> None:
    """Events are heard before the names are read, however long that takes."""
    home = await build(users=500)
    async with home.connected():
        registered = home.terminal.commands.index(wire.EVENT)
        await home.clock.advance(1)
        await until(lambda: wire.PREPARE_BUFFER in home.terminal.commands)
        assert registered < home.terminal.commands.index(wire.PREPARE_BUFFER)


async def test_two_terminals_with_different_encodings() -> None:
    """What one of them is set to changes nothing for the other."""
    name = "Жанна"
    async with (
        SimulatedTerminal(users=1) as first,
        SimulatedTerminal(users=1) as second,
        connected(first) as ours,
        connected(second) as other,
    ):
        for terminal in (first, second):
            row = terminal.users[1]
            terminal.users[1] = type(row)(row.uid, row.user_id, name)
        ours.encoding = "cp1251"
        (garbled,), _ = await read_users(ours, 1)
        (right,), _ = await read_users(other, 1)
        assert garbled.name == name.encode().decode("cp1251")
        assert right.name == name


async def test_two_terminals_at_once() -> None:
    """Their numbers, sessions and answers are their own."""
    async with (
        SimulatedTerminal(users=300) as first,
        SimulatedTerminal(users=20) as second,
        connected(first) as one,
        connected(second) as two,
    ):
        for _ in range(3):
            answers = await asyncio.gather(
                one.read(Command.TEMPLATE_READ, 5), two.read(Command.TEMPLATE_READ, 5)
            )
            assert answers == [users_of(first), users_of(second)]


async def test_many_ask_at_once() -> None:
    """One after the other, each gets the answer to its own question."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        names = [b"~OS", b"~DeviceName", b"MAC", b"~Platform"] * 5
        answers = await asyncio.gather(
            *(client.request(Command.OPTION_READ, name + b"\0") for name in names)
        )
        assert [answer.data.partition(b"=")[0] for answer in answers] == names


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "faults",
    [Faults(), Faults(silent=True), Faults(speaks="c3"), Faults(refuse=True)],
    ids=["wrong key", "silent", "other family", "refuses"],
)
async def test_no_socket_is_left_behind_after_a_failure(faults: Faults) -> None:
    """Whatever goes wrong with a login, the terminal has its connection back."""
    async with SimulatedTerminal(key=12345) as terminal:
        terminal.faults = faults
        client = TerminalClient(HOST, terminal.port, "1", Transport.TCP)
        with pytest.raises(DeviceError):
            await client.connect()
        await until(lambda: not terminal.sessions)


async def test_a_template_that_ends_in_zeros() -> None:
    """Its length is known: no byte is taken away by guess."""
    async with SimulatedTerminal(users=2) as terminal, connected(terminal) as client:
        templates = await people.read_templates(client, {1, 2})
        assert [template.data for template in templates] == [
            template.data for template in terminal.templates.values()
        ]
        assert all(template.data.endswith(bytes(8)) for template in templates)


async def test_a_session_number_means_nothing_in_a_long_answer() -> None:
    """Pieces have their index there, and the confirmation has something that nobody knows."""

    def answer(request: wire.Packet) -> list[wire.Packet]:
        if request.command != wire.PREPARE_BUFFER:
            return [reply(request, session=0xBEEF)]
        return in_pieces(request, *([b"x"] * 300))

    async with listening(answer) as peer, connected(peer) as client:
        assert await client.read(Command.ATTENDANCE_READ) == b"x" * 300
        assert (await client.request(Command.ENABLE)).session == 0xBEEF
