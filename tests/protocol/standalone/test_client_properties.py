"""What holds for the connection whatever the network, the terminal or a stranger does."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from random import Random
import struct

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import DeviceError
from custom_components.zkteco.protocol.standalone import (
    client as client_module,
    connection as connection_module,
)
from custom_components.zkteco.protocol.standalone.client import TerminalClient
from custom_components.zkteco.protocol.standalone.connection import (
    ReplyTimeout,
    Transport,
)
from custom_components.zkteco.protocol.standalone.packet import Command
from tests.clock import PATIENCE_SECONDS
from tests.simulators import standalone_wire as wire
from tests.simulators.standalone_terminal import SimulatedTerminal

from .conftest import HOST, until
from .peer import Answers, connected, firmware, listen, listening, reply, users_of

pytestmark = pytest.mark.usefixtures("socket_enabled", "hasty")

# Its fixtures change nothing from one example to the next.
some = settings(
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up at once: here nobody minds when an answer that is due comes too late."""
    for name in ("REPLY_SECONDS", "ECHO_SECONDS"):
        monkeypatch.setattr(connection_module, name, 0.01)
    for name in ("GATHER_SECONDS", "UDP_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(client_module, name, 0.01)
    monkeypatch.setattr(connection_module, "COMMAND_TTL_SECONDS", 0.02)


@pytest.fixture
def patient(hasty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long as in a real house: every answer comes."""
    monkeypatch.setattr(connection_module, "REPLY_SECONDS", 5.0)
    monkeypatch.setattr(client_module, "GATHER_SECONDS", 5.0)


@pytest.mark.usefixtures("patient")
@some
@given(
    users=st.integers(0, 40),
    chunk=st.integers(10, 3000),
    inline=st.sampled_from([0, 4, 500, 1008, 10**6]),
    old_firmware=st.booleans(),
    split=st.one_of(st.integers(0, 50), st.integers(51).map(Random)),
    merge=st.booleans(),
    keys=st.integers(0, 3),
)
async def test_answers_do_not_depend_on_how_they_arrive(
    *,
    users: int,
    chunk: int,
    inline: int,
    old_firmware: bool,
    split: int | Random,
    merge: bool,
    keys: int,
) -> None:
    """Whatever the size of the terminal's chunks, and wherever the network cuts or merges them; events included."""
    async with (
        SimulatedTerminal(
            users=users, old_firmware=old_firmware, max_chunk=chunk
        ) as terminal,
        connected(terminal) as client,
    ):
        events = await listen(client)
        terminal.inline_limit = inline
        terminal.faults.split = split
        terminal.faults.merge = merge
        for key in range(keys):
            terminal.press(key)
        assert await client.read(Command.TEMPLATE_READ, 5) == users_of(terminal)
        assert await firmware(client) == terminal.firmware.encode() + b"\0"
        assert [event.data[0] for event in events] == list(range(keys))


def framed(packet: wire.Packet) -> bytes:
    """Return a packet as it stands in a stream."""
    return wire.framed(packet.encode())


WORDS = st.one_of(
    st.integers(0, 0xFFFF),
    st.sampled_from([0, 1, 2, 3, 500, 1500, 1501, 1503, 2000, 2001, 2005, 6001]),
)
NOISE = st.one_of(
    st.binary(max_size=40),
    st.builds(wire.MAGIC.__add__, st.binary(max_size=40)),
    st.builds(
        lambda length, rest: wire.MAGIC + struct.pack("<I", length) + rest,
        st.sampled_from([0, 1, 7, 8, 9, 2**20, 2**20 + 1, 2**31, 2**32 - 1]),
        st.binary(max_size=20),
    ),
    st.builds(
        lambda packet, cut: framed(packet)[:-cut],
        st.builds(wire.Packet, WORDS, WORDS, WORDS, st.binary(max_size=20)),
        st.integers(1, 15),
    ),
)
# A reply to whatever was asked, whose content is anything.
NONSENSE = st.tuples(WORDS, WORDS, st.booleans(), st.binary(max_size=40))
MOODS = st.lists(
    st.one_of(st.none(), st.just("hang up"), NOISE, NONSENSE, NONSENSE), max_size=12
)
type Mood = str | bytes | tuple[int, int, bool, bytes] | None


@asynccontextmanager
async def moody(moods: list[Mood], *, polite_login: bool) -> AsyncGenerator[int]:
    """Listen as a peer that does something else at every request; in the end it is silent."""
    left = iter(moods)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readexactly(8)
                length = int.from_bytes(head[4:], "little")
                request = wire.decode(await reader.readexactly(length))
                if polite_login and request.command in (wire.CONNECT, wire.OPTION_READ):
                    writer.write(framed(reply(request)))
                    continue
                match next(left, None):
                    case "hang up":
                        break
                    case bytes() as noise:
                        writer.write(noise)
                    case (command, session, is_ours, data):
                        number = request.number if is_ours else 0
                        packet = wire.Packet(command, session, number, data)
                        writer.write(framed(packet))
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
        # Whoever was connected has gone by himself.
        async with asyncio.timeout(PATIENCE_SECONDS):
            server.close()
            await server.wait_closed()
    finally:
        server.close()
        server.abort_clients()


def everything(client: TerminalClient) -> list[Callable[[], Awaitable[object]]]:
    """Return one of each thing that a client can be asked for."""
    return [
        lambda: client.request(Command.GET_TIME),
        lambda: client.read(Command.TEMPLATE_READ, 5),
        lambda: client.control(Command.UNLOCK, b"\x1e\0\0\0"),
        lambda: client.upload(bytes(1500), Command.BUFFERED_TEMPLATE_WRITE, b""),
        client.connect,
    ]


@some
@given(
    moods=MOODS,
    polite_login=st.booleans(),
    asked=st.lists(st.integers(0, 4), min_size=1, max_size=6),
)
async def test_a_peer_that_sends_anything(
    moods: list[Mood], polite_login: bool, asked: list[int]
) -> None:
    """Nothing but errors of devices comes of it, in finite time, and nothing is left behind."""
    before = asyncio.all_tasks()
    async with moody(moods, polite_login=polite_login) as port:
        client = TerminalClient(HOST, port, "", Transport.TCP)
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(DeviceError):
                await client.connect()
            for number in asked:
                with suppress(DeviceError):
                    await everything(client)[number]()
            await client.close()
        assert not client.connected
    await until(lambda: asyncio.all_tasks() == before)


@some
@given(
    noise=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.builds(
                lambda *words: wire.Packet(*words).encode(),
                WORDS,
                WORDS,
                WORDS,
                st.binary(max_size=40),
            ),
        ),
        max_size=12,
    ),
    asked=st.lists(st.integers(0, 4), min_size=1, max_size=4),
)
async def test_a_peer_that_sends_any_datagrams(
    noise: list[bytes], asked: list[int]
) -> None:
    """The same over UDP, where every question brings some noise before its answer."""
    before = asyncio.all_tasks()
    left = iter(noise)

    def answer(request: wire.Packet) -> Answers:
        found = next(left, None)
        return [reply(request)] if found is None else [found, reply(request)]

    async with listening(answer, udp=True) as peer:
        client = TerminalClient(HOST, peer.port, "", Transport.UDP)
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(DeviceError):
                await client.connect()
            for number in asked:
                with suppress(DeviceError):
                    await everything(client)[number]()
            await client.close()
        assert not client.connected
    await until(lambda: asyncio.all_tasks() == before)


FAULTS = (
    "none",
    "twice",
    "the last one again",
    "late",
    "late, but an event",
    "never",
    "damaged",
    "refused",
)
STEPS = st.tuples(st.sampled_from(FAULTS), st.booleans(), st.booleans())


@some
@given(script=st.lists(STEPS, max_size=12), udp=st.booleans())
async def test_a_reply_is_always_that_of_its_own_request(
    script: list[tuple[str, bool, bool]], udp: bool
) -> None:
    """Whatever came late, twice or damaged before, and whoever did not wait; and doors are asked to open once."""
    fault = "none"
    late: list[wire.Packet] = []
    last: list[wire.Packet] = []

    def answer(request: wire.Packet) -> Answers:
        right = reply(request, data=request.data)
        before, late[:] = [*late], []
        again, last[:] = [*last], [right]
        match fault:
            case "twice":
                return [*before, right, right]
            case "the last one again":
                return [*before, *again, right]
            case "late":
                late.append(right)
                return before
            case "late, but an event":
                late.append(right)
                return [*before, wire.Packet(wire.EVENT, 16, 0, b"\7\0\0\0")]
            case "never":
                return before
            case "damaged":
                payload = right.encode()
                return [*before, payload[:-1] + bytes([payload[-1] ^ 0x41])]
            case "refused":
                return [*before, reply(request, wire.ERROR)]
            case _:
                return [*before, right]

    async def ask(client: TerminalClient, question: bytes, *, is_door: bool) -> None:
        if is_door:
            await client.control(Command.UNLOCK, question)
        else:
            assert (await client.request(Command.VERSION, question)).data == question

    async def reconnect(client: TerminalClient) -> None:
        while not client.connected:
            # What was late went to the old connection.
            late.clear()
            last.clear()
            with suppress(DeviceError):
                await client.connect()

    async with asyncio.timeout(PATIENCE_SECONDS), listening(answer, udp=udp) as peer:
        transport = Transport.UDP if udp else Transport.TCP
        client = TerminalClient(HOST, peer.port, "", transport)
        for number, (what, is_door, is_cancelled) in enumerate(script):
            await reconnect(client)
            fault = what
            question = f"question {number}".encode()
            task = asyncio.create_task(ask(client, question, is_door=is_door))
            if is_cancelled:
                await until(partial(peer.asked, question))
                task.cancel()
            with suppress(DeviceError, asyncio.CancelledError):
                await task
            assert peer.asked(question) == 1 or not is_door
        fault = "none"
        await reconnect(client)
        with suppress(ReplyTimeout):
            await ask(client, b"the last question", is_door=False)
        await client.close()
