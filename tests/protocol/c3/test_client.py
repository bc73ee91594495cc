"""The connection to a panel: whom it trusts, what it sends once only, when it hangs up."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import struct
import zlib

import pytest

from custom_components.zkteco.protocol.c3 import client as client_module, control
from custom_components.zkteco.protocol.c3.client import (
    C3Client,
    ConnectionDropped,
    ReplyTimeout,
    TransferInterrupted,
)
from custom_components.zkteco.protocol.c3.frame import Command
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
    MalformedReply,
    OutcomeUnknown,
    Unsupported,
    WrongFamily,
    WrongPassword,
)
from tests.simulators import c3_wire as wire
from tests.simulators.c3_panel import C3Panel, Faults

from .conftest import HOST, arrival, scripted, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

OPEN_DOOR_1 = control.open_door(1, 3)
READ_LOG = bytes((5, 1, 6, 0, 0))
"""Of each past event its time."""


@asynccontextmanager
async def connected(panel: C3Panel, password: str = "") -> AsyncGenerator[C3Client]:
    """Return a client with an open connection."""
    client = C3Client(HOST, panel.port, password)
    await client.connect()
    try:
        yield client
    finally:
        await client.close()


async def serial(client: C3Client) -> bytes:
    """Ask something with one right answer."""
    return await client.request(Command.GET_PARAMETERS, b"~SerialNumber")


SERIAL = b"~SerialNumber=DGD9190019050335134"


# Logging in


@pytest.mark.parametrize("session", [True, False])
@pytest.mark.parametrize("password", ["", "banana123"])
async def test_a_panel_answers_with_and_without_session_and_password(
    session: bool, password: str
) -> None:
    """Newer firmware knows sessions, older refuses them on the same connection."""
    async with (
        C3Panel(session=session, password=password) as panel,
        connected(panel, password) as client,
    ):
        assert await serial(client) == SERIAL
        assert client.connected
        assert client.has_session is session
        assert panel.connections == 1


@pytest.mark.parametrize("session", [True, False])
async def test_a_wrong_password_is_told_apart(session: bool) -> None:
    """The panel hangs up after error -14: there is nothing to fall back to."""
    async with C3Panel(session=session, password="right") as panel:
        client = C3Client(HOST, panel.port, "wrong")
        with pytest.raises(WrongPassword):
            await client.connect()
        assert not client.connected
        with pytest.raises(CannotConnect):
            await serial(client)


@pytest.mark.parametrize(
    ("password", "limit"),
    [("Grüße", "ASCII"), ("tab\there", "ASCII"), ("x" * 16, "15")],
)
def test_a_password_that_no_panel_takes_is_refused(password: str, limit: str) -> None:
    """The error names the field and the limit, never the password."""
    with pytest.raises(InvalidValue) as caught:
        C3Client(HOST, 4370, password)
    assert caught.value.field == "password"
    assert limit in caught.value.limit
    assert password not in str(caught.value)


async def test_a_standalone_terminal_is_recognised() -> None:
    """It shares the port and nothing else."""
    async with C3Panel() as panel:
        panel.faults.foreign = True
        client = C3Client(HOST, panel.port, "")
        with pytest.raises(WrongFamily) as caught:
            await client.connect()
        assert caught.value.found == "terminal"
        assert not client.connected


async def test_nobody_listens() -> None:
    """The port is closed."""
    async with C3Panel() as panel:
        port = panel.port
    with pytest.raises(CannotConnect):
        await C3Client(HOST, port, "").connect()


async def test_a_name_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A label of more than 63 letters cannot even be looked up."""

    async def look_up(host: str, _port: int) -> None:
        host.encode("idna")

    monkeypatch.setattr(asyncio, "open_connection", look_up)
    with pytest.raises(CannotConnect):
        await C3Client("a" * 70, 4370, "").connect()


async def test_a_panel_that_hangs_up_at_once() -> None:
    """It refuses us for a while after somebody else has left."""
    async with C3Panel() as panel:
        panel.faults.refuse = True
        with pytest.raises(ConnectionDropped):
            await C3Client(HOST, panel.port, "").connect()


@pytest.mark.usefixtures("impatient")
async def test_a_silent_peer() -> None:
    """It takes the connection and says nothing."""
    async with C3Panel() as panel:
        panel.faults.silent = True
        client = C3Client(HOST, panel.port, "")
        with pytest.raises(ReplyTimeout):
            await client.connect()
        assert not client.connected


async def test_another_refusal_of_the_login() -> None:
    """An error that is neither -13 nor -14 leads to no second try."""
    asked = []

    def answer(frame: wire.Frame) -> bytes:
        asked.append(frame.command)
        return wire.Frame(1, wire.ERROR, b"\xf4").encode()

    async with scripted(answer) as (port, _):
        with pytest.raises(CannotConnect, match="could not carry out"):
            await C3Client(HOST, port, "").connect()
    assert asked == [Command.CONNECT_SESSION]


async def test_a_session_reply_without_a_session_means_none() -> None:
    """A firmware that says yes and gives no number is taken as it is."""

    def answer(frame: wire.Frame) -> bytes:
        data = b"" if frame.command == wire.CONNECT_SESSION else frame.data
        return wire.Frame(1, wire.OK, data).encode()

    async with scripted(answer) as (port, _):
        client = C3Client(HOST, port, "")
        await client.connect()
        assert not client.has_session
        assert await client.request(Command.GET_PARAMETERS, b"X") == b"X"
        await client.close()


async def test_a_cancelled_login_leaves_nothing_open() -> None:
    """Home Assistant may stop at any moment."""
    async with C3Panel() as panel:
        panel.faults.hold_replies = asyncio.Event()
        client = C3Client(HOST, panel.port, "")
        task = asyncio.create_task(client.connect())
        await until(lambda: panel.requests[wire.CONNECT_SESSION])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client.connected


# Bytes


@pytest.mark.parametrize("session", [True, False])
async def test_replies_in_single_bytes(session: bool) -> None:
    """A reply is whole when its length says so, not when a read returns."""
    async with C3Panel(session=session) as panel, connected(panel) as client:
        panel.faults.split = 1
        for _ in range(3):
            assert await serial(client) == SERIAL
        assert client.connected


@pytest.mark.parametrize(
    ("session", "fault"),
    [
        (True, {"merge": True}),
        (False, {"merge": True}),
        (True, {"bad_crc": 1}),
        (False, {"bad_crc": 1}),
        (True, {"wrong_sequence": 1}),
        (True, {"stale_reply": 1}),
    ],
)
async def test_a_doubtful_reply_closes_the_connection(
    session: bool, fault: dict[str, int]
) -> None:
    """The next connection starts clean."""
    async with C3Panel(session=session) as panel, connected(panel) as client:
        await client.request(Command.RTLOG)
        panel.faults = Faults(**fault)
        with pytest.raises(MalformedReply):
            await serial(client)
        assert not client.connected
        panel.faults = Faults()
        await client.connect()
        assert await serial(client) == SERIAL


async def test_a_reply_to_the_request_before_is_never_believed() -> None:
    """A captured reply with sequence 3915 to request 3916 closes the connection."""
    stale = "aa01c81400d2fe153900000000010002020000ff00d888da2d27c055"

    def answer(frame: wire.Frame) -> bytes:
        if frame.command == wire.CONNECT_SESSION:
            return wire.Frame(1, wire.OK, b"\xd2\xfe\xfe\xfe").encode()
        return bytes.fromhex(stale)

    async with scripted(answer) as (port, _):
        client = C3Client(HOST, port, "")
        await client.connect()
        with pytest.raises(MalformedReply, match="another request"):
            await client.request(Command.RTLOG)
        assert not client.connected
        assert client.describe()["counters"]["stale replies"] == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (wire.Frame(1, wire.OK, b"\xd2"), "without its session"),
        (wire.Frame(1, 0x42, b"\xd2\xfe\xff\xfe"), "unexpected reply"),
        (wire.Frame(1, wire.LARGE_REPLY, b"\xd2\xfe\xff\xfe"), "unexpected large"),
    ],
)
async def test_a_reply_that_makes_no_sense(reply: wire.Frame, reason: str) -> None:
    """It is sound as a frame, and still no answer."""

    def answer(frame: wire.Frame) -> bytes:
        if frame.command == wire.CONNECT_SESSION:
            return wire.Frame(1, wire.OK, b"\xd2\xfe\xfe\xfe").encode()
        return reply.encode()

    async with scripted(answer) as (port, _):
        client = C3Client(HOST, port, "")
        await client.connect()
        with pytest.raises(MalformedReply, match=reason):
            await client.request(Command.RTLOG)
        assert not client.connected


async def test_more_requests_than_sequence_numbers_to_the_wrap() -> None:
    """Numbers start near the end, so 300 requests go past it."""
    async with C3Panel() as panel, connected(panel) as client:
        for _ in range(300):
            assert await serial(client) == SERIAL
        assert panel.connections == 1


async def test_bytes_that_nobody_asked_for() -> None:
    """Without a session they would be taken for the next answer."""
    writers = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read(100)
        writer.write(wire.Frame(1, wire.ERROR, b"\xf3").encode())
        await reader.read(100)
        writer.write(wire.Frame(1, wire.OK, b"").encode())

    server = await asyncio.start_server(serve, HOST, 0)
    client = C3Client(HOST, server.sockets[0].getsockname()[1], "")
    await client.connect()
    writers[0].write(wire.Frame(1, wire.OK, b"late").encode())
    await arrival()
    with pytest.raises(CannotConnect, match="unasked"):
        await client.request(Command.RTLOG)
    assert not client.connected
    server.close()
    writers[0].close()


# Silence and loss


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("session", [True, False])
async def test_a_late_reply_is_never_taken_for_the_next(session: bool) -> None:
    """The connection on which nothing came is reset; a new one is right at once."""
    async with C3Panel(session=session) as panel, connected(panel) as client:
        late = panel.faults.hold_replies = asyncio.Event()
        with pytest.raises(ReplyTimeout):
            await client.request(Command.RTLOG)
        assert not client.connected
        panel.faults.hold_replies = None
        await client.connect()
        late.set()
        assert await serial(client) == SERIAL


@pytest.mark.usefixtures("impatient")
async def test_what_was_given_up_is_not_delivered_later() -> None:
    """The connection is reset rather than closed, which drops what was not sent yet."""

    def answer(frame: wire.Frame) -> bytes | None:
        if frame.command == wire.CONNECT_SESSION:
            return wire.Frame(1, wire.OK, b"\xd2\xfe\xfe\xfe").encode()
        return None

    async with scripted(answer) as (port, ends):
        client = C3Client(HOST, port, "")
        await client.connect()
        with pytest.raises(OutcomeUnknown):
            await client.control(OPEN_DOOR_1)
        await until(lambda: ends)
        assert ends == ["reset"]


async def test_a_reset_in_the_middle_of_a_request() -> None:
    """The panel restarts while we wait."""
    async with C3Panel() as panel, connected(panel) as client:
        panel.faults.reset_after = 0
        with pytest.raises(ConnectionDropped):
            await serial(client)
        assert not client.connected


async def test_a_connection_that_was_closed_meanwhile() -> None:
    """Nothing is sent on it: the command was certainly not carried out."""
    async with C3Panel() as panel, connected(panel) as client:
        panel.reboot()
        panel.boot()
        await arrival()
        with pytest.raises(CannotConnect):
            await client.control(OPEN_DOOR_1)
        assert not client.connected
        assert panel.requests[wire.CONTROL] == 0


async def test_a_connection_that_was_reset_meanwhile() -> None:
    """The end of a connection may be an error of the socket too."""
    writers = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read(100)
        writer.write(wire.Frame(1, wire.OK, b"").encode())

    server = await asyncio.start_server(serve, HOST, 0)
    client = C3Client(HOST, server.sockets[0].getsockname()[1], "")
    await client.connect()
    sock = writers[0].get_extra_info("socket")
    sock.setsockopt(
        client_module.socket.SOL_SOCKET,
        client_module.socket.SO_LINGER,
        struct.pack("ii", 1, 0),
    )
    writers[0].transport.abort()
    await arrival()
    with pytest.raises(ConnectionDropped):
        await client.request(Command.RTLOG)
    assert not client.connected
    server.close()


async def test_a_cancelled_request_takes_its_reply_with_it() -> None:
    """Without a session nothing else would tell the two replies apart."""
    async with C3Panel(session=False) as panel, connected(panel) as client:
        late = panel.faults.hold_replies = asyncio.Event()
        task = asyncio.create_task(client.request(Command.RTLOG))
        await until(lambda: panel.requests[Command.RTLOG])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not client.connected
        panel.faults.hold_replies = None
        await client.connect()
        late.set()
        assert await serial(client) == SERIAL


async def test_goodbye_is_said_and_survives_a_dead_panel() -> None:
    """The panel frees its only slot when it is told."""
    async with C3Panel() as panel:
        client = C3Client(HOST, panel.port, "")
        await client.connect()
        await client.close()
        assert panel.requests[wire.DISCONNECT] == 1
        assert not client.connected
        await client.close()
        assert panel.requests[wire.DISCONNECT] == 1
        await client.connect()
        panel.faults.reset_after = 0
        await client.close()
        assert not client.connected


# Commands


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("faults", "carried_out"),
    [
        (Faults(silent=True), 0),
        (Faults(reset_after=0), 0),
        (Faults(lose_reply_to={wire.CONTROL}), 1),
        (Faults(bad_crc=1), 1),
        (Faults(wrong_sequence=1), 1),
        (Faults(stale_reply=1), 1),
        (Faults(merge=True), 1),
        (Faults(foreign=True), 0),
    ],
)
async def test_a_door_command_is_sent_at_most_once(
    faults: Faults, carried_out: int
) -> None:
    """The outcome is not known, and nothing is sent again with the next connection."""
    async with C3Panel() as panel, connected(panel) as client:
        await client.request(Command.RTLOG)
        panel.faults = faults
        with pytest.raises(OutcomeUnknown):
            await client.control(OPEN_DOOR_1)
        assert not client.connected
        panel.faults = Faults()
        await client.connect()
        await serial(client)
        assert panel.commands == [(1, b"\x01\x01\x03\x00")] * carried_out


async def test_a_door_command_is_confirmed_or_refused() -> None:
    """A refusal leaves the connection as it is."""
    async with C3Panel() as panel, connected(panel) as client:
        await client.control(OPEN_DOOR_1)
        assert panel.doors[1].relay
        with pytest.raises(CommandRefused) as caught:
            await client.control(control.open_door(4, 3))
        assert caught.value.code == -11
        assert "parameter" in caught.value.reason
        assert client.connected


async def test_a_door_command_without_a_connection() -> None:
    """It is not kept for later."""
    async with C3Panel() as panel:
        client = C3Client(HOST, panel.port, "")
        with pytest.raises(CannotConnect, match="not connected"):
            await client.control(OPEN_DOOR_1)
        await client.connect()
        await client.close()
        assert panel.commands == []


async def test_a_door_command_that_waited_too_long_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It must not open the door when the panel answers at last."""
    monkeypatch.setattr(client_module, "COMMAND_TTL_SECONDS", 5.02)
    async with C3Panel() as panel, connected(panel) as client:
        held = panel.faults.hold_replies = asyncio.Event()
        reading = asyncio.create_task(serial(client))
        await until(lambda: panel.requests[wire.GET_PARAMETERS])
        with pytest.raises(CannotConnect, match="busy"):
            await client.control(OPEN_DOOR_1)
        held.set()
        assert await reading == SERIAL
        assert panel.commands == []
        await client.control(OPEN_DOOR_1)
        assert len(panel.commands) == 1


async def test_a_connection_that_lost_its_rights() -> None:
    """Error -8 means that the panel wants a new login."""

    def answer(frame: wire.Frame) -> bytes:
        if frame.command == wire.CONNECT_SESSION:
            return wire.Frame(1, wire.OK, b"\xd2\xfe\xfe\xfe").encode()
        return wire.Frame(1, wire.ERROR, frame.data[:4] + b"\xf8").encode()

    async with scripted(answer) as (port, _):
        client = C3Client(HOST, port, "")
        await client.connect()
        with pytest.raises(CannotConnect, match="not authorised"):
            await client.control(OPEN_DOOR_1)
        assert not client.connected


# Large replies


def with_log(panel: C3Panel, events: int = 2000) -> C3Panel:
    """Give a panel so much past that it needs several parts."""
    for _ in range(events):
        panel.log(27, door=1, card=4711)
    return panel


@pytest.mark.parametrize("session", [True, False])
async def test_a_large_reply_is_put_together(session: bool) -> None:
    """It is what a short reply would have been."""
    async with with_log(C3Panel(session=session)) as panel, connected(panel) as client:
        data = await client.fetch(Command.READ_ROWS, READ_LOG)
        assert data[:3] == bytes((5, 1, 6))
        assert len(data) == 3 + 2000 * 5
        assert panel.requests[wire.READ_PART] == 2
        assert panel.requests[wire.END_TRANSFER] == 1
        assert await serial(client) == SERIAL


async def test_a_small_reply_comes_at_once() -> None:
    """Most tables fit into one frame."""
    async with C3Panel() as panel, connected(panel) as client:
        panel.log(27, door=1)
        assert len(await client.fetch(Command.READ_ROWS, READ_LOG)) == 3 + 5
        assert panel.requests[wire.READ_PART] == 0


async def test_a_waiting_door_command_interrupts_a_long_read() -> None:
    """The door opens first, the connection stays good, and the read can start again."""
    async with with_log(C3Panel(), 20000) as panel, connected(panel) as client:
        reading = asyncio.create_task(client.fetch(Command.READ_ROWS, READ_LOG))
        await until(lambda: panel.requests[wire.READ_PART])
        await client.control(OPEN_DOOR_1)
        with pytest.raises(TransferInterrupted):
            await reading
        assert len(panel.commands) == 1
        assert panel.requests[wire.READ_PART] < 10
        assert client.connected
        again = await client.fetch(Command.READ_ROWS, READ_LOG)
        assert len(again) == 3 + len(panel.transactions) * 5


CONTENT = b"0123456789"


def large(
    *,
    parts: list[tuple[int, bytes]],
    compressed: int = 0,
    length: int = len(CONTENT),
    crc: int = zlib.crc32(CONTENT),
    end: int = wire.OK,
) -> list[wire.Frame]:
    """Return the replies of a panel with a large answer, in the order of its requests."""
    announced = struct.pack("<BIIII", compressed, length, length, crc, 5)
    return [
        wire.Frame(1, wire.LARGE_REPLY, announced),
        *(
            wire.Frame(1, wire.OK, offset.to_bytes(4, "little") + part)
            for offset, part in parts
        ),
        wire.Frame(1, end, b"\xf3" if end == wire.ERROR else b""),
    ]


async def fetch(
    replies: list[wire.Frame],
) -> tuple[C3Client, bytes | Exception, list[int]]:
    """Fetch from a panel that gives these replies; return what came of it."""
    asked: list[int] = []
    script = iter([wire.Frame(1, wire.ERROR, b"\xf3"), wire.Frame(1, wire.OK, b"")])

    def answer(frame: wire.Frame) -> bytes | None:
        if frame.command in (wire.CONNECT_SESSION, wire.CONNECT):
            return next(script).encode()
        asked.append(frame.command)
        return replies.pop(0).encode() if replies else None

    async with scripted(answer) as (port, _):
        client = C3Client(HOST, port, "")
        await client.connect()
        try:
            return client, await client.fetch(Command.READ_ROWS, READ_LOG), asked
        except Exception as err:  # noqa: BLE001
            return client, err, asked


async def test_a_panel_that_dislikes_the_end_of_a_transfer() -> None:
    """Everything is there, so what."""
    replies = large(parts=[(0, b"01234"), (5, b"56789")], end=wire.ERROR)
    _, result, _ = await fetch(replies)
    assert result == CONTENT


@pytest.mark.parametrize(
    "replies",
    [
        large(parts=[(0, b"01234"), (5, b"56789")], crc=1),
        large(parts=[(0, b"01234"), (6, b"6789")]),
        large(parts=[(0, b"01234"), (5, b"")]),
        large(parts=[(0, b"01234"), (5, b"56789more")]),
        [wire.Frame(1, wire.LARGE_REPLY, b"short")],
        large(parts=[], length=5 * 1024 * 1024),
        [large(parts=[])[0], wire.Frame(1, 0x42, b"")],
    ],
    ids=["checksum", "missing", "empty", "longer", "announced", "huge", "unexpected"],
)
async def test_a_damaged_large_reply(replies: list[wire.Frame]) -> None:
    """It is thrown away as a whole, and the connection with it."""
    client, result, _ = await fetch(list(replies))
    assert isinstance(result, MalformedReply)
    assert not client.connected
    assert client.describe()["counters"]["MalformedReply"] == 1


async def test_a_compressed_large_reply_is_declined() -> None:
    """Nobody has seen one; the connection stays good."""
    client, result, asked = await fetch(large(parts=[], compressed=1))
    assert isinstance(result, Unsupported)
    assert asked == [wire.READ_TABLE, wire.END_TRANSFER]
    assert client.connected
    await client.close()


async def test_a_part_that_is_refused() -> None:
    """Firmware without large replies says so; the connection stays good."""
    refused = [
        large(parts=[])[0],
        wire.Frame(1, wire.ERROR, b"\xf3"),
    ]
    client, result, _ = await fetch(refused)
    assert isinstance(result, CommandRefused)
    assert client.connected
    await client.close()


# Bug reports


async def test_a_bug_report_has_numbers_and_no_contents() -> None:
    """Errors are shown in full, everything else by its length."""
    async with (
        C3Panel(password="secret") as panel,
        connected(panel, "secret") as client,
    ):
        await serial(client)
        with pytest.raises(CommandRefused):
            await client.control(control.open_door(4, 3))
        report = client.describe()
        assert report["connected"] is True
        assert report["session"] is True
        assert report["counters"] == {
            "connections": 1,
            "error -11": 1,
            "requests": 3,
        }
        login, parameters, refused = report["exchanges"]
        assert login["command"] == "0x76"
        assert parameters["length"] == len(SERIAL)
        assert parameters["content"] is None
        assert refused["reply"] == "0xc9"
        assert refused["content"] == "f5"
        assert "secret" not in str(report)
        assert "DGD9190019050335134" not in str(report)
        assert client.round_trip > 0
    assert client.describe()["connected"] is False
