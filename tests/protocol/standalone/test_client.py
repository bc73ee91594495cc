"""The connection to a terminal: whom it believes, what it sends once only, when it hangs up."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
import socket
import struct
from typing import Never

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    LoginLocked,
    MalformedReply,
    OutcomeUnknown,
    SecureFirmware,
    WrongFamily,
    WrongPassword,
)
from custom_components.zkteco.protocol.standalone import (
    client as client_module,
    connection as connection_module,
)
from custom_components.zkteco.protocol.standalone.client import (
    TerminalClient,
    TransferInterrupted,
)
from custom_components.zkteco.protocol.standalone.connection import (
    LoggedOut,
    ReplyTimeout,
    Transport,
)
from custom_components.zkteco.protocol.standalone.link import ConnectionDropped
from custom_components.zkteco.protocol.standalone.packet import Command
from tests.simulators import standalone_wire as wire
from tests.simulators.standalone_link import ChunkFault, Tongue
from tests.simulators.standalone_terminal import Event, Faults, SimulatedTerminal

from .conftest import HOST, until
from .peer import (
    SESSION,
    Answers,
    connected,
    counters,
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
THREE_SECONDS = b"\x1e\0\0\0"
USERS = 5
UDP = Transport.UDP
TRANSPORTS = pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
impatient = pytest.mark.usefixtures("impatient")


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a datagram for lost after a tenth of a second: most come, on a slow machine too."""
    monkeypatch.setattr(connection_module, "REPLY_SECONDS", 0.3)
    monkeypatch.setattr(client_module, "GATHER_SECONDS", 0.3)
    monkeypatch.setattr(client_module, "UDP_SECONDS", 0.1)


# Logging in


@TRANSPORTS
@pytest.mark.parametrize(
    ("key", "terminal_key"), [("", 0), ("0", 0), ("12345", 12345), ("999999", 999999)]
)
@pytest.mark.parametrize("always_ask", [True, False])
async def test_a_login(
    transport: Transport, key: str, terminal_key: int, always_ask: bool
) -> None:
    """Some terminals ask for a key although none was ever set."""
    async with SimulatedTerminal(key=terminal_key, always_ask=always_ask) as terminal:
        async with connected(terminal, key, transport) as client:
            assert client.connected
            assert await firmware(client) == VERSION
            assert (wire.AUTH in terminal.commands) is bool(always_ask or terminal_key)
        assert not client.connected
        assert terminal.commands[-1] == wire.EXIT
        assert terminal.connections == 1


@pytest.mark.parametrize("key", ["", "0", "54321"])
async def test_a_wrong_key(key: str) -> None:
    """It is tried once: too many wrong ones lock the terminal."""
    async with SimulatedTerminal(key=12345) as terminal:
        client = TerminalClient(HOST, terminal.port, key, Transport.AUTOMATIC)
        with pytest.raises(WrongPassword):
            await client.connect()
        assert not client.connected
        assert terminal.commands == [wire.CONNECT, wire.AUTH]
        with pytest.raises(CannotConnect, match="not connected"):
            await firmware(client)


@pytest.mark.parametrize("key", ["1234567", "secret", "-1", "١٢"])
def test_a_key_that_no_terminal_has(key: str) -> None:
    """The error names the field and its limit, never the key."""
    with pytest.raises(InvalidValue) as caught:
        TerminalClient(HOST, 4370, key, Transport.TCP)
    assert caught.value.field == "key"
    assert key not in str(caught.value)


@pytest.mark.parametrize("asked", [wire.CONNECT, wire.AUTH])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (2001, CannotConnect),
        (2032, LoginLocked),
        (6001, SecureFirmware),
        (1234, MalformedReply),
    ],
)
async def test_a_login_that_is_refused(
    asked: int, code: int, error: type[DeviceError]
) -> None:
    """Each reason is another thing to do for a person; none is tried again."""
    async with SimulatedTerminal(key=12345) as terminal:
        terminal.faults.answers[asked] = code
        client = TerminalClient(HOST, terminal.port, "12345", Transport.TCP)
        with pytest.raises(error):
            await client.connect()
        assert not client.connected
        assert terminal.connections == 1


@pytest.mark.parametrize(
    ("before", "within"), [("0", "1"), ("7", "1"), ("1", "1"), (None, "1")]
)
async def test_the_terminal_knows_what_kind_of_software_we_are(
    before: str | None, within: str
) -> None:
    """And afterwards has what it had before."""
    async with SimulatedTerminal() as terminal:
        del terminal.options["SDKBuild"]
        if before is not None:
            terminal.options["SDKBuild"] = before
        async with connected(terminal):
            assert terminal.options["SDKBuild"] == within
        assert terminal.options["SDKBuild"] == before or within


async def test_a_terminal_that_does_not_care() -> None:
    """It refuses both the question and the answer."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.answers = {wire.OPTION_READ: 2001, wire.OPTION_WRITE: 65535}
        async with connected(terminal) as client:
            assert await firmware(client) == VERSION
        assert terminal.options["SDKBuild"] == "0"


@pytest.mark.parametrize(
    ("tongue", "error", "found"),
    [
        ("c3", WrongFamily, "c3"),
        ("http", WrongFamily, "http"),
        ("encrypted", SecureFirmware, None),
        ("garbage", MalformedReply, None),
    ],
)
async def test_something_else_answers(
    tongue: Tongue, error: type[DeviceError], found: str | None
) -> None:
    """It shares the port and nothing else."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.speaks = tongue
        client = TerminalClient(HOST, terminal.port, "", Transport.TCP)
        with pytest.raises(error) as caught:
            await client.connect()
        assert getattr(caught.value, "found", None) == found
        assert not client.connected


@TRANSPORTS
async def test_nobody_listens(transport: Transport) -> None:
    """The port is closed, which the network tells for datagrams too."""
    async with SimulatedTerminal() as terminal:
        port = terminal.port
    with pytest.raises(CannotConnect):
        await TerminalClient(HOST, port, "", transport).connect()


@TRANSPORTS
async def test_a_name_that_is_none(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label of more than 63 letters cannot even be looked up."""
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *_args, **_options: host.encode("idna")
    )
    with pytest.raises(CannotConnect):
        await TerminalClient("a" * 70, 4370, "", transport).connect()


async def test_a_terminal_that_hangs_up_at_once() -> None:
    """It has no room for another client."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.refuse = True
        with pytest.raises(ConnectionDropped):
            await TerminalClient(HOST, terminal.port, "", Transport.TCP).connect()


@impatient
@TRANSPORTS
async def test_a_silent_peer(transport: Transport) -> None:
    """It takes the connection and says nothing."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.silent = True
        client = TerminalClient(HOST, terminal.port, "", transport)
        with pytest.raises(ReplyTimeout):
            await client.connect()
        assert not client.connected
        assert len(terminal.requests) == (3 if transport is UDP else 1)


@impatient
async def test_an_address_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets to it just vanish."""

    async def vanish(*_args: object, **_options: object) -> Never:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(connection_module, "open_link", vanish)
    with pytest.raises(CannotConnect, match="no answer in time"):
        await TerminalClient(HOST, 4370, "", Transport.TCP).connect()


async def test_a_cancelled_login_leaves_nothing_open() -> None:
    """Home Assistant may stop at any moment."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.hold_replies = asyncio.Event()
        client = TerminalClient(HOST, terminal.port, "", Transport.TCP)
        task = asyncio.create_task(client.connect())
        await until(lambda: terminal.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client.connected
        await until(lambda: not terminal.sessions)


# Which transport


async def test_tcp_is_preferred() -> None:
    """And the choice remembered."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=Transport.AUTOMATIC) as client,
    ):
        assert client.transport is Transport.TCP
        assert terminal.connections == 1


async def test_udp_where_tcp_is_switched_off() -> None:
    """Terminals have either in their menus."""
    async with (
        SimulatedTerminal(key=7, tcp=False) as terminal,
        connected(terminal, "7", Transport.AUTOMATIC) as client,
    ):
        assert client.transport is UDP
        assert await firmware(client) == VERSION


async def test_neither_answers() -> None:
    """What TCP said is told: it is what most terminals have."""
    async with SimulatedTerminal(udp=False) as terminal:
        terminal.faults.refuse = True
        client = TerminalClient(HOST, terminal.port, "", Transport.AUTOMATIC)
        with pytest.raises(ConnectionDropped, match="closed"):
            await client.connect()
        assert client.transport is Transport.AUTOMATIC
        terminal.faults.refuse = False
        await client.connect()
        assert client.transport is Transport.TCP
        await client.close()


async def test_a_locked_terminal_is_left_alone() -> None:
    """Asking again over UDP would prolong that."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.answers[wire.CONNECT] = 2032
        client = TerminalClient(HOST, terminal.port, "", Transport.AUTOMATIC)
        with pytest.raises(LoginLocked):
            await client.connect()
        assert terminal.connections == 1


# Numbers


async def test_numbers_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without 0, which is the number of events, and 65535, which a checksum takes for 0."""
    assert connection_module.MAX_NUMBER == 65534
    monkeypatch.setattr(connection_module, "MAX_NUMBER", 20)
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        for _ in range(50):
            assert await firmware(client) == VERSION
        numbers = [request.number for request in terminal.requests]
        assert numbers == [0, *(n % 20 + 1 for n in range(len(numbers) - 1))]
        assert terminal.connections == 1


@TRANSPORTS
@pytest.mark.parametrize("fault", ["stale_reply", "duplicate_reply"])
async def test_a_reply_to_another_request_is_dropped(
    transport: Transport, fault: str
) -> None:
    """The number tells, and the connection lives on."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        await client.request(Command.GET_TIME)
        setattr(terminal.faults, fault, 1)
        for _ in range(3):
            assert await firmware(client) == VERSION
        assert terminal.connections == 1


@TRANSPORTS
@pytest.mark.parametrize("key", ["", "12345"])
async def test_a_login_that_is_confirmed_twice(transport: Transport, key: str) -> None:
    """The second reply comes when the next request was sent, and does not answer that."""
    async with SimulatedTerminal(key=int(key or 0)) as terminal:
        terminal.faults.duplicate_reply = 1
        async with connected(terminal, key, transport) as client:
            assert await firmware(client) == VERSION
            assert client.describe()["echoes_numbers"] is True


@impatient
@TRANSPORTS
@pytest.mark.parametrize("key", ["", "12345"])
async def test_a_terminal_that_numbers_nothing(transport: Transport, key: str) -> None:
    """It is found out with the first request, and works."""
    async with SimulatedTerminal(key=int(key or 0), users=100) as terminal:
        terminal.faults.non_echoing = True
        async with connected(terminal, key, transport) as client:
            assert await firmware(client) == VERSION
            assert client.describe()["echoes_numbers"] is False
            # The confirmation of each part comes a little after it.
            terminal.frame_gap = 0.001
            assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)
            assert await firmware(client) == VERSION
            await client.control(Command.UNLOCK, THREE_SECONDS)
            # After an update of its firmware it may be another.
            terminal.faults.non_echoing = False
            await client.connect()
            assert client.describe()["echoes_numbers"] is True
        assert len(terminal.unlocks) == 1


@impatient
async def test_a_terminal_that_numbers_nothing_is_not_asked_twice() -> None:
    """Over UDP a second answer would be taken for the answer to the next question."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.non_echoing = True
        async with connected(terminal, transport=UDP) as client:
            terminal.faults.lose_requests = 1
            with pytest.raises(ReplyTimeout):
                await firmware(client)
            assert not client.connected


async def test_a_terminal_that_numbers_as_it_likes() -> None:
    """Already its first reply has a number that was never sent."""
    odd = wire.Packet(wire.OK, SESSION, 99, b"yes")
    async with listening(lambda request: [odd], login=False) as peer:
        client = TerminalClient(HOST, peer.port, "", Transport.TCP)
        await client.connect()
        assert await firmware(client) == b"yes"
        assert client.describe()["echoes_numbers"] is False
        await client.close()


# Checksums


@impatient
async def test_a_damaged_reply_is_no_reply() -> None:
    """A stream that damages bytes is not trusted any more."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.faults.bad_checksum = 1
        with pytest.raises(ReplyTimeout):
            await firmware(client)
        assert not client.connected
        assert counters(client)["wrong checksums"] == 1


@pytest.mark.usefixtures("brisk")
async def test_a_damaged_datagram_is_a_lost_one() -> None:
    """The request is sent again."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        terminal.faults.bad_checksum = 1
        assert await firmware(client) == VERSION
        assert counters(client)["requests sent again"] == 1


async def test_a_terminal_that_cannot_compute_checksums() -> None:
    """None of its packets was ever right, so that proves nothing."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.bad_checksum = 100
        async with connected(terminal) as client:
            assert await firmware(client) == VERSION
            assert client.describe()["exact_checksums"] is False
            assert counters(client)["wrong checksums"] == 4


# Events


@TRANSPORTS
async def test_events_are_acknowledged_at_once(transport: Transport) -> None:
    """With the session's number and the number 0, as terminals expect."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        terminal.faults.wait_for_ack = True
        events = await listen(client)
        terminal.verify("1001")
        terminal.refuse()
        terminal.press(7)
        # This terminal sends the next one only when it knows that we have the last.
        await until(lambda: len(events) == 6)
        assert [event.session for event in events] == [
            Event.FINGER,
            Event.VERIFY,
            Event.ATTENDANCE,
            Event.FINGER,
            Event.VERIFY,
            Event.BUTTON,
        ]
        await until(lambda: len(terminal.acks) == 6)
        ours = terminal.sessions[0].id
        assert {(one.session, one.number, one.data) for one in terminal.acks} == {
            (ours, 0, b"")
        }


@TRANSPORTS
async def test_events_before_a_reply_and_again(transport: Transport) -> None:
    """A terminal that did not get our word for it says it again; neither is the reply."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        events = await listen(client)
        terminal.faults.event_before_reply = True
        terminal.faults.repeat_events = True
        terminal.press(1)
        terminal.press(2)
        assert events == []
        assert await firmware(client) == VERSION
        assert [event.data[0] for event in events] == [1, 2]


async def test_events_in_the_middle_of_a_transfer() -> None:
    """They are told and acknowledged before it ends."""
    told: list[int] = []

    def answer(request: wire.Packet) -> Answers:
        if request.command != wire.PREPARE_BUFFER:
            return [reply(request)]
        first, *rest = in_pieces(request, b"01234", b"567", b"89")
        event = wire.Packet(wire.EVENT, 16, 0, b"\7\0\0\0")
        return [first, rest[0], event, rest[1], event, *rest[2:]]

    async with listening(answer) as peer, connected(peer) as client:
        client.on_event = lambda packet: told.append(len(peer.acks))
        assert await client.read(Command.TEMPLATE_READ, USERS) == b"0123456789"
        assert len(told) == 2
        await until(lambda: len(peer.acks) == 2)
        assert [(one.session, one.number) for one in peer.acks] == [(SESSION, 0)] * 2


async def test_events_when_nobody_asked_anything() -> None:
    """They come by themselves, and an unasked reply is not believed."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        events = await listen(client)
        terminal.emit(Event.BUTTON, b"\1\0\0\0")
        await until(lambda: events)
        assert client.connected


# Silence and loss


@impatient
async def test_a_late_reply_is_never_taken_for_the_next() -> None:
    """The connection on which nothing came is closed; a new one is right at once."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        late = terminal.faults.hold_replies = asyncio.Event()
        with pytest.raises(ReplyTimeout):
            await client.request(Command.GET_TIME)
        assert not client.connected
        terminal.faults.hold_replies = None
        await client.connect()
        late.set()
        assert await firmware(client) == VERSION


@impatient
async def test_what_was_given_up_is_not_delivered_later() -> None:
    """The connection is reset rather than closed, which drops what was not sent yet."""
    async with listening(lambda request: []) as peer, connected(peer) as client:
        with pytest.raises(OutcomeUnknown):
            await client.control(Command.UNLOCK, THREE_SECONDS)
        assert not client.connected
        await until(lambda: peer.ends)
        assert peer.ends == ["reset"]


async def test_the_end_of_a_connection_is_told() -> None:
    """Whoever listens does not have to ask first."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        lost: list[bool] = []
        client.on_lost = lambda: lost.append(client.connected)
        terminal.hang_up()
        await until(lambda: lost)
        assert lost == [False]
        with pytest.raises(CannotConnect, match="not connected"):
            await client.control(Command.UNLOCK, THREE_SECONDS)
        assert terminal.unlocks == []
        await client.connect()
        assert await firmware(client) == VERSION
        await client.close()
        await until(lambda: not terminal.sessions)
        assert lost == [False]


async def test_a_polite_goodbye_of_the_terminal() -> None:
    """It closes rather than resets."""
    async with (
        listening(lambda request: [reply(request)]) as peer,
        connected(peer) as client,
    ):
        lost: list[bool] = []
        client.on_lost = lambda: lost.append(client.connected)
        peer.writers[0].close()
        await until(lambda: lost)
        assert lost == [False]


async def test_a_reset_in_the_middle_of_a_request() -> None:
    """Who asked learns of it, and who keeps the connection."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        lost: list[bool] = []
        client.on_lost = lambda: lost.append(client.connected)
        terminal.faults.reset_after_packets = 0
        with pytest.raises(ConnectionDropped):
            await firmware(client)
        assert not client.connected
        assert lost == [False]


@TRANSPORTS
async def test_a_cancelled_request_takes_its_reply_with_it(
    transport: Transport,
) -> None:
    """The connection stays; the number of the late reply says that nobody wants it."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        held = terminal.faults.hold_replies = asyncio.Event()
        task = asyncio.create_task(client.request(Command.GET_TIME))
        await until(lambda: terminal.commands[-1] == wire.GET_TIME)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client.connected
        task = asyncio.create_task(client.request(Command.VERSION))
        await until(lambda: terminal.commands[-1] == wire.VERSION)
        held.set()  # both come now, in their order
        assert (await task).data == VERSION
        assert counters(client)["stale replies"] == 1


@impatient
async def test_a_cancelled_request_to_a_terminal_that_numbers_nothing() -> None:
    """Nothing would tell the two replies apart."""
    async with SimulatedTerminal() as terminal:
        terminal.faults.non_echoing = True
        async with connected(terminal) as client:
            terminal.faults.hold_replies = asyncio.Event()
            task = asyncio.create_task(client.request(Command.GET_TIME))
            await until(lambda: terminal.commands[-1] == wire.GET_TIME)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not client.connected


@impatient
@TRANSPORTS
@pytest.mark.parametrize("build", ["0", "1"])
async def test_goodbye_survives_a_dead_terminal(
    transport: Transport, build: str
) -> None:
    """And is said once only."""
    async with SimulatedTerminal() as terminal:
        terminal.options["SDKBuild"] = build
        async with connected(terminal, transport=transport) as client:
            terminal.faults.silent = True
        assert not client.connected
        await client.close()
        terminal.faults.silent = False
        await client.connect()
        await client.close()
        await client.close()
        assert terminal.commands[-2:].count(wire.EXIT) == 1


async def test_a_goodbye_does_not_wait_for_a_dead_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody who unloads a terminal waits as long as for an answer that matters."""
    monkeypatch.setattr(connection_module, "GOODBYE_SECONDS", 0.01)
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.faults.silent = True
        async with asyncio.timeout(connection_module.REPLY_SECONDS / 2):
            await client.close()
        assert not client.connected


async def test_a_cancelled_goodbye_leaves_nothing_open() -> None:
    """Whoever waits for it may have to go."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.requests.clear()
        terminal.faults.hold_replies = asyncio.Event()
        task = asyncio.create_task(client.close())
        await until(lambda: terminal.commands == [wire.OPTION_WRITE])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client.connected
        await until(lambda: not terminal.sessions)


async def test_a_terminal_that_restarted_has_forgotten_us() -> None:
    """Over UDP nothing else shows that; we have to log in again."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        terminal.power_cycle()
        with pytest.raises(LoggedOut):
            await client.control(Command.UNLOCK, THREE_SECONDS)
        assert not client.connected
        assert terminal.unlocks == []
        await client.connect()
        assert await firmware(client) == VERSION


async def test_a_reply_that_makes_no_sense() -> None:
    """It is sound as a packet, and still no answer."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.faults.answers[wire.VERSION] = 1234
        with pytest.raises(MalformedReply, match="1234"):
            await firmware(client)
        assert not client.connected


async def test_a_refusal_changes_nothing() -> None:
    """The next question is answered."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.faults.answers[wire.GET_TIME] = 65535
        with pytest.raises(CommandRefused) as caught:
            await client.request(Command.GET_TIME)
        assert (caught.value.code, "unknown" in caught.value.reason) == (65535, True)
        assert await firmware(client) == VERSION
        assert counters(client)["refusal 65535"] == 1


# The door


@TRANSPORTS
async def test_a_door_command_is_confirmed_or_refused(transport: Transport) -> None:
    """A refusal leaves the connection as it is."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        await client.control(Command.UNLOCK, THREE_SECONDS)
        assert [number for _, number in terminal.unlocks] == [30]
        with pytest.raises(CommandRefused):
            await client.control(Command.UNLOCK, b"too long")
        assert client.connected


@impatient
@pytest.mark.parametrize(
    ("transport", "faults", "carried_out"),
    [
        (Transport.TCP, {"silent": True}, 0),
        (Transport.TCP, {"reset_after_packets": 0}, 1),
        (Transport.TCP, {"power_loss_after_packets": 0}, 1),
        (Transport.TCP, {"lose_reply_to": Counter({wire.UNLOCK: 1})}, 1),
        (Transport.TCP, {"bad_checksum": 1}, 1),
        (Transport.TCP, {"speaks": "c3"}, 0),
        (Transport.TCP, {"speaks": "encrypted"}, 0),
        (Transport.TCP, {"speaks": "garbage"}, 0),
        (Transport.TCP, {"answers": {wire.UNLOCK: 1234}}, 0),
        (UDP, {"silent": True}, 0),
        (UDP, {"lose_requests": 1}, 0),
        (UDP, {"lose_datagrams": 1}, 1),
        (UDP, {"bad_checksum": 1}, 1),
    ],
    ids=str,
)
async def test_a_door_command_is_sent_at_most_once(
    transport: Transport, faults: dict[str, object], carried_out: int
) -> None:
    """The outcome is not known, and nothing is sent again with the next connection."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        await firmware(client)
        terminal.faults = Faults(**faults)
        with pytest.raises(OutcomeUnknown):
            await client.control(Command.UNLOCK, THREE_SECONDS)
        assert not client.connected
        terminal.faults = Faults()
        terminal.power_on()
        await client.connect()
        await firmware(client)
        assert len(terminal.unlocks) == carried_out
        assert terminal.commands.count(wire.UNLOCK) <= 1


@pytest.mark.parametrize(
    "faults",
    [
        {"stale_reply": 1},
        {"duplicate_reply": 1},
        {"split": 1},
        {"merge": True},
        {"duplicate_datagrams": 1},
    ],
    ids=str,
)
@TRANSPORTS
async def test_a_door_command_survives_what_only_looks_bad(
    transport: Transport, faults: dict[str, object]
) -> None:
    """Its confirmation is known by its number."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        terminal.faults = Faults(**faults)
        await client.control(Command.UNLOCK, THREE_SECONDS)
        assert len(terminal.unlocks) == 1
        assert await firmware(client) == VERSION


async def test_a_door_command_without_a_connection() -> None:
    """It is not kept for later."""
    async with SimulatedTerminal() as terminal:
        client = TerminalClient(HOST, terminal.port, "", Transport.TCP)
        with pytest.raises(CannotConnect, match="not connected"):
            await client.control(Command.UNLOCK, THREE_SECONDS)
        await client.connect()
        await client.close()
        assert terminal.unlocks == []


async def test_a_door_command_that_waited_too_long_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It must not open the door when the terminal answers at last."""
    monkeypatch.setattr(connection_module, "COMMAND_TTL_SECONDS", 5.02)
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        held = terminal.faults.hold_replies = asyncio.Event()
        asking = asyncio.create_task(firmware(client))
        await until(lambda: terminal.commands[-1] == wire.VERSION)
        with pytest.raises(CannotConnect, match="busy"):
            await client.control(Command.UNLOCK, THREE_SECONDS)
        held.set()
        assert await asking == VERSION
        assert terminal.unlocks == []
        await client.control(Command.UNLOCK, THREE_SECONDS)
        assert len(terminal.unlocks) == 1


@TRANSPORTS
async def test_a_waiting_door_command_interrupts_a_long_read(
    transport: Transport,
) -> None:
    """The door opens first, the buffer is free, and the read can start again."""
    async with (
        SimulatedTerminal(records=5000) as terminal,
        connected(terminal, transport=transport) as client,
    ):
        reading = asyncio.create_task(client.read(Command.ATTENDANCE_READ))
        await until(lambda: wire.READ_BUFFER in terminal.commands)
        await client.control(Command.UNLOCK, THREE_SECONDS)
        with pytest.raises(TransferInterrupted):
            await reading
        assert len(terminal.unlocks) == 1
        assert terminal.commands.count(wire.READ_BUFFER) < 4
        assert terminal.commands[-2:] == [wire.FREE_DATA, wire.UNLOCK]
        assert client.connected
        assert await client.read(Command.ATTENDANCE_READ) == log_of(terminal)


# Long answers


@TRANSPORTS
@pytest.mark.parametrize("old_firmware", [False, True])
@pytest.mark.parametrize("count", [0, 1, 13, 14, 15, 300])
async def test_a_data_set_is_read(
    transport: Transport, old_firmware: bool, count: int
) -> None:
    """Whether it comes at once, in pieces, or in parts of pieces; from old firmware in one go."""
    async with (
        SimulatedTerminal(users=count, old_firmware=old_firmware) as terminal,
        connected(terminal, transport=transport) as client,
    ):
        for _ in range(2):
            assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)
        # What the firmware cannot do is asked once.
        assert terminal.commands.count(wire.PREPARE_BUFFER) == 2 - old_firmware
        if not old_firmware:
            assert terminal.commands[-1] == wire.FREE_DATA
        assert client.describe()["buffered_reads"] is not old_firmware
        assert await firmware(client) == VERSION


async def test_a_data_set_in_parts() -> None:
    """Each comes with the size of the whole, so that a reader need not wait for the end."""
    async with (
        SimulatedTerminal(records=1000) as terminal,
        connected(terminal) as client,
    ):
        parts: list[tuple[int, int]] = []
        await client.read_into(
            lambda data, size: parts.append((len(data), size)), Command.ATTENDANCE_READ
        )
        assert parts == [(16384, 40004), (16384, 40004), (7236, 40004)]


async def test_a_range_is_never_read_directly() -> None:
    """Old firmware does not know it, and says so."""
    async with (
        SimulatedTerminal(old_firmware=True, records=10) as terminal,
        connected(terminal) as client,
    ):
        for _ in range(2):
            with pytest.raises(CommandRefused):
                await client.read_into(
                    lambda data, size: None, Command.ATTENDANCE_RANGE, 2**31, 2**32 - 1
                )
            assert await client.read(Command.ATTENDANCE_READ) == log_of(terminal)
        assert wire.ATTENDANCE_RANGE not in terminal.commands


async def test_a_terminal_that_forgot_for_a_moment_that_it_has_a_buffer() -> None:
    """What worked once is not replaced by what may give foreign memory."""
    async with SimulatedTerminal(users=3) as terminal, connected(terminal) as client:
        await client.read(Command.TEMPLATE_READ, USERS)
        terminal.faults.answers[wire.PREPARE_BUFFER] = 65535
        with pytest.raises(CommandRefused):
            await client.read(Command.TEMPLATE_READ, USERS)
        assert wire.TEMPLATE_READ not in terminal.commands
        terminal.faults.answers.clear()
        assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)


@pytest.mark.parametrize("code", [4989, 4991])
@pytest.mark.parametrize("old_firmware", [False, True])
async def test_nothing_to_read(code: int, old_firmware: bool) -> None:
    """Two numbers say that."""
    async with (
        SimulatedTerminal(old_firmware=old_firmware) as terminal,
        connected(terminal) as client,
    ):
        command = wire.ATTENDANCE_READ if old_firmware else wire.PREPARE_BUFFER
        terminal.faults.answers[command] = code
        assert await client.read(Command.ATTENDANCE_READ) == b""
        assert client.connected


@TRANSPORTS
@pytest.mark.parametrize("code", [2001, 2003, 65531])
async def test_a_data_set_that_is_refused(transport: Transport, code: int) -> None:
    """At the beginning or on the way; the buffer is freed."""
    async with (
        SimulatedTerminal(records=2000) as terminal,
        connected(terminal, transport=transport) as client,
    ):
        for command in (wire.PREPARE_BUFFER, wire.READ_BUFFER):
            terminal.faults.answers = {command: code}
            with pytest.raises(CommandRefused) as caught:
                await client.read(Command.ATTENDANCE_READ)
            assert caught.value.code == code
            assert terminal.commands[-2:] == [command, wire.FREE_DATA]
            assert client.connected


async def test_old_firmware_that_refuses() -> None:
    """There is nothing else to try."""
    async with (
        SimulatedTerminal(old_firmware=True) as terminal,
        connected(terminal) as client,
    ):
        terminal.faults.answers[wire.ATTENDANCE_READ] = 2001
        with pytest.raises(CommandRefused):
            await client.read(Command.ATTENDANCE_READ)
        assert client.connected


@TRANSPORTS
async def test_a_buffer_that_need_not_be_freed(transport: Transport) -> None:
    """Everything is there, so what."""
    async with (
        SimulatedTerminal(users=300) as terminal,
        connected(terminal, transport=transport) as client,
    ):
        terminal.faults.answers[wire.FREE_DATA] = 2001
        assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)
        assert client.connected


async def test_a_reader_that_does_not_understand() -> None:
    """That is no reason to distrust the connection; the buffer is freed."""

    def give_up(data: bytes, size: int) -> Never:
        raise MalformedReply("an unknown layout")

    async with SimulatedTerminal(users=300) as terminal, connected(terminal) as client:
        with pytest.raises(MalformedReply, match="layout"):
            await client.read_into(give_up, Command.TEMPLATE_READ, USERS)
        assert terminal.commands[-2:] == [wire.READ_BUFFER, wire.FREE_DATA]
        assert client.connected


type Script = dict[int, Callable[[wire.Packet], Answers]]
CONTENT = b"0123456789"
PREPARED = struct.pack("<BIII", 0, 10, 10, 4711)


def script(
    begin: Callable[[wire.Packet], Answers],
    part: Callable[[wire.Packet], Answers] = lambda request: [reply(request)],
) -> Callable[[wire.Packet], Answers]:
    """Return a terminal that begins a data set, and gives a part of it, as told."""

    def answer(request: wire.Packet) -> Answers:
        match request.command:
            case wire.PREPARE_BUFFER | wire.ATTENDANCE_READ:
                return begin(request)
            case wire.READ_BUFFER:
                return part(request)
            case _:
                return [reply(request)]

    return answer


@pytest.mark.parametrize("udp", [False, True])
@pytest.mark.parametrize(
    "begin",
    [
        lambda r: [reply(r, wire.DATA, CONTENT)],
        lambda r: [reply(r), reply(r, wire.DATA, CONTENT)],
        lambda r: in_pieces(r, b"01234", b"56789"),
        lambda r: [reply(r), *in_pieces(r, b"01234", b"567", b"", b"89")],
        lambda r: [reply(r), reply(r, wire.OK, PREPARED)],
        lambda r: [reply(r, 2002, PREPARED)],
    ],
    ids=["inline", "ok-inline", "pieces", "ok-pieces", "ok-prepared", "data-prepared"],
)
@pytest.mark.parametrize(
    "part",
    [
        lambda r: [reply(r, wire.DATA, CONTENT)],
        lambda r: in_pieces(r, b"01234", b"56789"),
        # firmware that does not count: the session's number is in all of them
        lambda r: [
            reply(r, wire.PREPARE_DATA, b"\x0a\0\0\0"),
            reply(r, wire.DATA, b"01234"),
            reply(r, wire.DATA, b"56789"),
            reply(r),
        ],
    ],
    ids=["inline", "pieces", "uncounted"],
)
async def test_the_ways_to_answer(
    udp: bool,
    begin: Callable[[wire.Packet], Answers],
    part: Callable[[wire.Packet], Answers],
) -> None:
    """All were seen, and lead to the same."""
    async with (
        listening(script(begin, part), udp=udp) as peer,
        connected(peer, transport=UDP if udp else Transport.TCP) as client,
    ):
        assert await client.read(Command.ATTENDANCE_READ) == CONTENT
        assert peer.commands[-1] == wire.FREE_DATA


@impatient
@pytest.mark.parametrize("udp", [False, True])
async def test_a_confirmation_and_nothing_behind_it(udp: bool) -> None:
    """There is nothing, and that is all right."""
    async with (
        listening(lambda request: [reply(request)], udp=udp) as peer,
        connected(peer, transport=UDP if udp else Transport.TCP) as client,
    ):
        assert await client.read(Command.ATTENDANCE_READ) == b""
        assert client.connected


async def test_old_firmware_with_nothing() -> None:
    """It gives an empty data set, or the answer that has none."""

    def answer(request: wire.Packet) -> Answers:
        if request.command == wire.PREPARE_BUFFER:
            return [reply(request, wire.UNKNOWN_COMMAND)]
        return [reply(request, wire.DATA, b"")]

    async with listening(answer) as peer, connected(peer) as client:
        assert await client.read(Command.ATTENDANCE_READ) == b""
        assert client.connected


# An answer to a question


@TRANSPORTS
@pytest.mark.parametrize("max_chunk", [100, 1008, 0x10000])
async def test_an_answer_in_pieces(transport: Transport, max_chunk: int) -> None:
    """In one go, of which nothing is announced before; one that is refused spoils nothing else."""
    async with SimulatedTerminal(max_chunk=max_chunk, old_firmware=True) as terminal:
        for limit in (terminal.inline_limit, 4000):
            terminal.inline_limit = limit
            async with connected(terminal, transport=transport) as client:
                found = await client.read(Command.DB_READ, 2)
                for template in terminal.templates.values():
                    assert template.data in found
                assert len(found) == 4 + sum(
                    len(template.data) + 6 for template in terminal.templates.values()
                )
                terminal.faults.answers[Command.DB_READ] = wire.ERROR
                with pytest.raises(CommandRefused):
                    await client.read(Command.DB_READ, 2)
                terminal.faults.answers[Command.DB_READ] = wire.NOT_FOUND
                assert await client.read(Command.DB_READ, 2) == b""
                terminal.faults.answers.clear()
                assert await firmware(client) == VERSION


def announced(request: wire.Packet, size: int) -> wire.Packet:
    """Return the announcement of an answer of that size."""
    return reply(request, wire.PREPARE_DATA, struct.pack("<II", size, 1008))


@impatient
@pytest.mark.parametrize(
    ("begin", "part"),
    [
        (lambda r: [reply(r, wire.OK, b"\0\x0a")], None),
        (lambda r: [reply(r, wire.OK, b"\0" + b"\xff" * 12)], None),
        (lambda r: [reply(r, wire.PREPARE_DATA, b"\x0a")], None),
        (lambda r: [announced(r, 2**31)], None),
        (lambda r: [announced(r, 11), *in_pieces(r, CONTENT)[1:]], None),
        (lambda r: [announced(r, 9), *in_pieces(r, CONTENT)[1:]], None),
        (None, lambda r: [reply(r, wire.DATA, b"012345678")]),
        (None, lambda r: [reply(r, wire.DATA, b"0123456789a")]),
        (None, lambda r: [announced(r, 9)]),
        (None, lambda r: in_pieces(r, b"01234", b"567")),
        (None, lambda r: [announced(r, 10), *in_pieces(r, b"01234")[1:]]),
        (None, lambda r: [announced(r, 10), *in_pieces(r, b"01234", CONTENT)[1:]]),
        (
            None,
            lambda r: [
                announced(r, 10),
                reply(r, wire.DATA, b"01234", session=0),
                reply(r, wire.DATA, b"56789", session=7),
                reply(r),
            ],
        ),
        (None, lambda r: [reply(r, wire.OK)]),
        (None, lambda r: [announced(r, 10), reply(r, 1234)]),
    ],
    ids=[
        "no-size",
        "endless",
        "no-size-announced",
        "endless-announced",
        "promises-more",
        "promises-less",
        "short-inline",
        "long-inline",
        "other-size-announced",
        "short",
        "ends-early",
        "long",
        "skips",
        "confirms-nothing",
        "unexpected",
    ],
)
@pytest.mark.parametrize("udp", [False, True])
async def test_an_answer_that_lies_about_itself(
    udp: bool,
    begin: Callable[[wire.Packet], Answers] | None,
    part: Callable[[wire.Packet], Answers] | None,
) -> None:
    """It is thrown away as a whole, and the connection with it."""
    answer = script(
        begin or (lambda r: [reply(r, wire.OK, PREPARED)]), part or (lambda r: [])
    )
    async with (
        listening(answer, udp=udp) as peer,
        connected(peer, transport=UDP if udp else Transport.TCP) as client,
    ):
        # Over UDP the rest of it may have got lost.
        errors = (MalformedReply, ReplyTimeout) if udp else MalformedReply
        with pytest.raises(errors):
            await client.read(Command.ATTENDANCE_READ)
        assert not client.connected


async def test_a_part_that_is_refused_half_way() -> None:
    """The terminal began to send and could not go on; the connection stays good."""
    answer = script(
        lambda r: [reply(r, wire.OK, PREPARED)],
        lambda r: [
            announced(r, 10),
            reply(r, wire.DATA, b"01234", session=0),
            reply(r, 4993),
        ],
    )
    async with listening(answer) as peer, connected(peer) as client:
        with pytest.raises(CommandRefused) as caught:
            await client.read(Command.ATTENDANCE_READ)
        assert caught.value.code == 4993
        assert peer.commands[-1] == wire.FREE_DATA
        assert client.connected


@pytest.mark.parametrize(
    ("fault", "survives"),
    [("wrong", False), ("missing", False), ("swapped", False), ("duplicate", True)],
)
async def test_pieces_out_of_order_in_a_stream(
    fault: ChunkFault, survives: bool
) -> None:
    """TCP keeps the order, so the terminal itself has lost it; nothing is put together by guess."""
    async with SimulatedTerminal(users=100) as terminal, connected(terminal) as client:
        terminal.faults.chunks = fault
        if survives:
            assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)
        else:
            with pytest.raises(MalformedReply):
                await client.read(Command.TEMPLATE_READ, USERS)
        assert client.connected is survives
        terminal.faults.chunks = None
        await client.connect()
        assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)


@impatient
@pytest.mark.parametrize(
    ("fault", "survives"),
    [("wrong", False), ("missing", False), ("swapped", True), ("duplicate", True)],
)
async def test_pieces_out_of_order_in_datagrams(
    fault: ChunkFault, survives: bool
) -> None:
    """Their numbers put them in order; a part of which a piece never comes is given up in the end."""
    async with (
        SimulatedTerminal(users=100) as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        terminal.faults.chunks = fault
        if survives:
            assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)
        else:
            with pytest.raises((ReplyTimeout, MalformedReply)):
                await client.read(Command.TEMPLATE_READ, USERS)
            assert counters(client)["parts read again"] == 2
        assert client.connected is survives


@pytest.mark.parametrize("packets", [0, 1, 3])
@pytest.mark.parametrize("old_firmware", [False, True])
async def test_the_connection_breaks_in_the_middle_of_a_transfer(
    packets: int, old_firmware: bool
) -> None:
    """Power loss or a cut cable; a new connection reads it all."""
    async with (
        SimulatedTerminal(users=300, old_firmware=old_firmware) as terminal,
        connected(terminal) as client,
    ):
        begun: list[int] = []

        def once(data: bytes, size: int) -> None:
            begun.append(len(data))
            terminal.faults.power_loss_after_packets = packets

        if old_firmware:
            await client.read(Command.ATTENDANCE_READ)
            once(b"", 0)
        with pytest.raises(CannotConnect):
            await client.read_into(once, Command.TEMPLATE_READ, USERS)
        assert len(begun) == 1
        assert not client.connected
        with pytest.raises(CannotConnect):
            await client.connect()
        terminal.power_on()
        await client.connect()
        assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)


@pytest.mark.parametrize("old_firmware", [False, True])
async def test_a_cancelled_transfer_ends_the_connection(old_firmware: bool) -> None:
    """The terminal goes on sending, and nobody can tell it to stop."""
    async with (
        SimulatedTerminal(users=300, old_firmware=old_firmware) as terminal,
        connected(terminal) as client,
    ):
        command = wire.TEMPLATE_READ if old_firmware else wire.READ_BUFFER
        await client.read(Command.ATTENDANCE_READ)
        terminal.faults.hold_replies = held = asyncio.Event()
        if not old_firmware:
            held.set()
        task = asyncio.create_task(client.read(Command.TEMPLATE_READ, USERS))
        await until(lambda: command in terminal.commands)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client.connected
        terminal.faults.hold_replies = None
        await client.connect()
        assert await firmware(client) == VERSION


# Uploads


def template_request(uid: int, finger: int, size: int) -> bytes:
    """Return the request that stores what was uploaded."""
    return struct.pack("<HBBH", uid, finger, 1, size)


@TRANSPORTS
@pytest.mark.parametrize("size", [1, 1024, 1025, 5000])
async def test_an_upload(transport: Transport, size: int) -> None:
    """In blocks that a terminal takes; before and after it the buffer is empty."""
    data = bytes(n % 251 for n in range(size))
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=transport) as client,
    ):
        await client.upload(
            data, Command.BUFFERED_TEMPLATE_WRITE, template_request(1, 3, size)
        )
        assert terminal.templates[1, 3].data == data
        blocks = (size + 1023) // 1024
        assert terminal.commands[-blocks - 5 :] == [
            wire.FREE_DATA,
            wire.PREPARE_DATA,
            *[wire.DATA] * blocks,
            wire.BUFFER_CHECKSUM,
            wire.BUFFERED_TEMPLATE,
            wire.FREE_DATA,
        ]


@pytest.mark.parametrize(
    "command", [wire.PREPARE_DATA, wire.DATA, wire.BUFFERED_TEMPLATE]
)
async def test_an_upload_that_is_refused(command: int) -> None:
    """Half of it must not stay in the buffer."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.faults.answers[command] = 4982
        with pytest.raises(CommandRefused) as caught:
            await client.upload(
                bytes(3000),
                Command.BUFFERED_TEMPLATE_WRITE,
                template_request(1, 3, 3000),
            )
        assert caught.value.code == 4982
        assert terminal.commands[-2:] == [command, wire.FREE_DATA]
        assert client.connected
        assert (1, 3) not in terminal.templates


async def test_an_upload_to_a_terminal_that_does_not_sum_it_up() -> None:
    """Nobody knows how the sum is computed anyway."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        terminal.unknown_commands.add(wire.BUFFER_CHECKSUM)
        await client.upload(
            b"abc", Command.BUFFERED_TEMPLATE_WRITE, template_request(1, 3, 3)
        )
        assert terminal.templates[1, 3].data == b"abc"


@impatient
@pytest.mark.parametrize("command", [wire.PREPARE_DATA, wire.DATA])
async def test_a_block_is_not_uploaded_twice(command: int) -> None:
    """The terminal may have taken it; over UDP that cannot be known."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        terminal.faults.lose_reply_to[command] = 1
        with pytest.raises(ReplyTimeout):
            await client.upload(
                b"abc", Command.BUFFERED_TEMPLATE_WRITE, template_request(1, 3, 3)
            )
        assert terminal.commands.count(command) == 1
        assert not client.connected
        assert (1, 3) not in terminal.templates


async def test_a_cancelled_upload_ends_the_connection() -> None:
    """With it goes what the terminal has in its buffer."""
    async with SimulatedTerminal() as terminal, connected(terminal) as client:
        upload = client.upload(
            bytes(3000), Command.BUFFERED_TEMPLATE_WRITE, template_request(1, 3, 3000)
        )
        task = asyncio.create_task(upload)
        await until(lambda: wire.DATA in terminal.commands)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client.connected


# Datagrams


@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize(
    ("faults", "again"),
    [
        ({"lose_requests": 2}, 2),
        ({"lose_datagrams": 2}, 2),
        ({"lose_reply_to": Counter({wire.VERSION: 1})}, 1),
        ({"duplicate_datagrams": 1}, 0),
        ({"duplicate_reply": 1}, 0),
        # The reply waits behind the one to the question that is sent again.
        ({"swap_datagrams": 1}, 1),
    ],
    ids=str,
)
async def test_datagrams_get_lost_doubled_and_mixed_up(
    faults: dict[str, object], again: int
) -> None:
    """A question is asked again, as often as it takes; answers are told apart by their numbers."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        terminal.faults = Faults(**faults)
        assert await firmware(client) == VERSION
        assert (await client.request(Command.GET_TIME)).data != VERSION
        assert await firmware(client) == VERSION
        assert counters(client).get("requests sent again", 0) == again


@impatient
async def test_too_many_datagrams_get_lost() -> None:
    """The third one was the last."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        terminal.faults.lose_requests = 3
        with pytest.raises(ReplyTimeout):
            await firmware(client)
        assert not client.connected


@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize(
    "faults",
    [
        {"lose_every": 7},
        {"lose_every": 13, "duplicate_datagrams": 10},
        {"duplicate_datagrams": 1000},
        {"swap_datagrams": 1000},
    ],
    ids=str,
)
@pytest.mark.parametrize("old_firmware", [False, True])
async def test_a_long_read_over_a_bad_network(
    faults: dict[str, object], old_firmware: bool
) -> None:
    """A part is read again when a piece of it is missing; old firmware can only start over."""
    async with (
        SimulatedTerminal(users=300, old_firmware=old_firmware) as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        terminal.faults = Faults(**faults)
        if old_firmware and "lose_every" in faults:
            with pytest.raises(ReplyTimeout):
                await client.read(Command.TEMPLATE_READ, USERS)
            return
        assert await client.read(Command.TEMPLATE_READ, USERS) == users_of(terminal)


async def test_datagrams_that_are_none() -> None:
    """Shorter than a header: counted and forgotten."""

    def answer(request: wire.Packet) -> Answers:
        return [b"", b"\xd0\x07", reply(request, data=b"yes")]

    async with (
        listening(answer, udp=True) as peer,
        connected(peer, transport=UDP) as client,
    ):
        assert await firmware(client) == b"yes"
        assert counters(client)["unreadable packets"] == 2


@impatient
async def test_the_port_is_closed_meanwhile() -> None:
    """The network says so, and nobody waits for an answer."""
    async with (
        SimulatedTerminal() as terminal,
        connected(terminal, transport=UDP) as client,
    ):
        await terminal.stop()
        with pytest.raises(ConnectionDropped):
            await firmware(client)
        assert not client.connected


# Bug reports


async def test_a_bug_report_has_numbers_and_no_contents() -> None:
    """Which commands and replies, how long, how fast; never what they said."""
    async with SimulatedTerminal(key=12345) as terminal:
        async with connected(terminal, "12345") as client:
            await client.request(Command.OPTION_READ, b"~SerialNumber\0")
            terminal.faults.answers[wire.UNLOCK] = 2001
            with pytest.raises(CommandRefused):
                await client.control(Command.UNLOCK, THREE_SECONDS)
            report = client.describe()
            assert client.round_trip > 0
        assert report["connected"] is True
        assert report["transport"] == "tcp"
        assert report["echoes_numbers"] is True
        assert report["exact_checksums"] is True
        assert report["counters"] == {"connections": 1, "refusal 2001": 1}
        exchanges = report["exchanges"]
        assert isinstance(exchanges, list)
        kept: list[Iterable[object]] = [
            [one["command"], one["reply"], one["length"]]
            for one in exchanges
            if isinstance(one, dict)
        ]
        assert kept == [
            [wire.CONNECT, 2005, 0],
            [wire.AUTH, 2000, 0],
            [wire.OPTION_READ, 2000, 11],
            [wire.OPTION_WRITE, 2000, 0],
            [wire.OPTION_READ, 2000, 28],
            [wire.UNLOCK, 2001, 0],
        ]
        for secret in ("12345", "CJ2M182660014"):
            assert secret not in str(report)
        assert client.describe()["connected"] is False
