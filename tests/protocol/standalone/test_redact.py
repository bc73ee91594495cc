"""A recording of a terminal: everything that a parser needs, and nobody's secrets."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.zkteco.protocol.people import User
from custom_components.zkteco.protocol.standalone.packet import (
    Command,
    Packet,
    Reply,
    encode,
)
from custom_components.zkteco.protocol.standalone.realtime import (
    EventCode,
    Punch,
    decode_event,
)
from custom_components.zkteco.protocol.standalone.redact import StandaloneTracer
from custom_components.zkteco.protocol.standalone.users import (
    User as Record,
    UserLayout,
    decode_users,
    encode_user,
)
from custom_components.zkteco.protocol.trace import Entry
from tests.secrets import foreseeable, found, people, secrets_of, with_rights

from .conftest import Home, HomeBuilder

__all__ = ["foreseeable"]

KEY = 835271
UNKNOWN_CARD = 3_999_999_990
SECRET = "Rosebud-1941"


async def a_day(home: Home, users: list[User], **options: Any) -> list[Entry]:
    """Let everything happen that can be about people, and return what was recorded of it."""
    recording: list[Entry] = []
    terminal = home.terminal
    async with home.connected(key=str(KEY), **options) as device:
        device.trace(recording.append)
        (somebody, *_) = (await home.run(device.read_users())).values()
        users = with_rights(users, somebody)
        assert not await home.run(device.write_users(users))
        for user in users:
            terminal.verify(user.user_id)
            terminal.swipe(int(user.cards[0]))
        terminal.swipe(UNKNOWN_CARD)
        await home.hear(1)
        await home.run(device.read_events(None, 100))
        await home.run(device.get_parameters(["~SerialNumber", "IPAddress", "MAC"]))
        assert not await home.run(device.delete_users([users[0].user_id]))
        device.trace(None)
        count = len(recording)
        await home.clock.advance(60)
        assert len(recording) == count
    return recording


@pytest.mark.parametrize(
    "options",
    [{}, {"old_firmware": True}],
    ids=["usual", "old"],
)
@pytest.mark.parametrize("transport", ["tcp", "udp"])
@given(users=people())
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nobody_is_in_it(
    build: HomeBuilder, options: dict[str, Any], transport: str, users: list[User]
) -> None:
    """Neither people nor the terminal's key, number and address."""
    home = await build(key=KEY, **options)
    recording = await a_day(home, users, transport=transport)
    known = home.terminal.options
    secrets = [*secrets_of(users), known["~SerialNumber"], known["MAC"]]
    secrets += [str(UNKNOWN_CARD)]
    assert not found(recording, secrets)
    assert str(KEY) not in str(recording)
    assert not [entry for entry in recording if "cannot be told" in entry]
    wholes = {entry["whole"]: entry for entry in recording if "whole" in entry}
    for name in ("TEMPLATE_READ", "ATTENDANCE_READ", "OPERATIONS_READ"):
        assert "data" in wholes[name]


class Wire:
    """A connection without a terminal."""

    def __init__(self) -> None:
        """Nothing was said."""
        self.told: list[Entry] = []
        self.tracer = StandaloneTracer(self.told.append)

    def ask(self, command: int, data: bytes = b"", number: int = 1) -> Entry:
        """Send a request; return what was told of it."""
        self.tracer.sent(encode(Packet(command, 7, number, data)))
        return self.told[-1]

    def answer(
        self, command: int, data: bytes = b"", number: int = 1, session: int = 7
    ) -> Entry:
        """Receive a packet; return what was told of it."""
        self.tracer.received(encode(Packet(command, session, number, data)))
        return self.told[-1]


HARMLESS = {
    Command.TIME_ZONE_READ,
    Command.GROUP_ZONES_READ,
    Command.COMBINATION_READ,
    Command.SIZES,
    Command.VERSION,
}


@given(
    command=st.sampled_from([*{*Command} - HARMLESS, 4242]),
    reply=st.sampled_from([*Reply, Command.DATA, Command.PREPARE_DATA, Command.EVENT]),
    around=st.tuples(st.binary(max_size=40), st.binary(max_size=40)),
    session=st.sampled_from([7, *EventCode]),
)
@settings(max_examples=400)
def test_what_nobody_understands_is_not_told(
    command: int, reply: int, around: tuple[bytes, bytes], session: int
) -> None:
    """Whatever comes as an answer to whatever: only its shape is."""
    wire = Wire()
    wire.ask(command, bytes(11))
    before, after = around
    data = before.replace(b"=", b"") + SECRET.encode() + after
    wire.answer(reply, data, session=session)
    wire.answer(Reply.OK)
    wire.ask(Command.FREE_DATA)
    wire.tracer.received(data[:7])
    wire.tracer.note("closed")
    assert not found(wire.told, [SECRET])


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_nothing_breaks_it(request: bytes, data: bytes) -> None:
    """Whatever the wire carries, the connection goes on."""
    wire = Wire()
    for command in (Command.PREPARE_BUFFER, Command.READ_BUFFER, Command.USER_WRITE):
        wire.ask(command, request)
    wire.tracer.received(data)
    wire.tracer.sent(data)


@pytest.mark.parametrize(
    ("code", "data", "kept"),
    [
        (EventCode.CARD, "d2029649", ""),
        (EventCode.VERIFY, "ffffffff", "ffffffff"),
        (EventCode.VERIFY, "2a00000001", "00000001"),
        (EventCode.FINGER, "", ""),
        (EventCode.ALARM, "35000000", "35000000"),
        (EventCode.ALARM, "3600000001000000", "3600000001000000"),
        (EventCode.ALARM, "ffffffff20002a0001000000", "ffffffff2000"),
        (EventCode.ALARM, "ffffffff2a00200001000000", "200001000000"),
        (EventCode.BUTTON, "07", "07"),
        (EventCode.SCORE, "50", "50"),
        (EventCode.ENROL_FINGER, "0000e8033132333400", "0000e803"),
        (EventCode.ENROL_USER, "2a00", "00"),
        (EventCode.ATTENDANCE, "2a0001001a0b150c0000", "01001a0b150c0000"),
    ],
)
def test_events(code: int, data: str, kept: str) -> None:
    """What happened stays, and to whom does not."""
    entry = Wire().answer(Command.EVENT, bytes.fromhex(data), 0, code)
    told = str(entry.get("data", ""))
    assert len(told) == len(data)
    assert kept in told
    if kept != data:
        assert told != data


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (EventCode.UNLOCK, "2a000000"),
        (EventCode.ALARM, "d2029649"),
        (EventCode.ALARM, "36000000d2029649"),
        (EventCode.ALARM, "ffffffff2a002b0001000000"),
        (EventCode.CARD, "d202964900"),
        (9999, "01"),
    ],
)
def test_events_of_which_nobody_knows_enough(code: int, data: str) -> None:
    """They may hold anything, also card numbers."""
    assert "data" not in Wire().answer(Command.EVENT, bytes.fromhex(data), 0, code)


def test_a_punch_of_a_colour_terminal() -> None:
    """It is read as before; the bytes of unknown meaning behind it are zeros."""
    data = b"4711".ljust(24, b"\0") + bytes((1, 0, 26, 11, 21, 12, 0, 0, 9, 9, 9, 9))
    entry = Wire().answer(Command.EVENT, data, 0, EventCode.ATTENDANCE)
    punch = decode_event(EventCode.ATTENDANCE, bytes.fromhex(str(entry["data"])))
    assert isinstance(punch, Punch)
    assert len(punch.user_id) == 4
    assert punch.user_id != "4711"
    assert punch.verify == 1
    assert punch.time is not None
    assert punch.tail == bytes(4)


def test_a_part_that_is_asked_for_again() -> None:
    """It does not count twice."""
    wire = Wire()
    user = Record(uid=3, user_id="4711", name="Rosebud", card=12345678)
    rows = encode_user(user, UserLayout.NUMERIC)
    rows += encode_user(replace(user, uid=4), UserLayout.NUMERIC)
    content = len(rows).to_bytes(4, "little") + rows
    wire.ask(Command.PREPARE_BUFFER, bytes.fromhex("0109000500000000000000"))
    prepared = bytes(1) + len(content).to_bytes(4, "little") * 2 + b"\xca\xfe\xba\xbe"
    assert str(wire.answer(Reply.OK, prepared)["data"]).endswith("00000000")
    for offset, number in ((0, 2), (30, 3), (30, 4)):
        part = content[offset : offset + 30]
        question = offset.to_bytes(4, "little") + bytes(4)
        wire.ask(Command.READ_BUFFER, question, number)
        assert "data" not in wire.answer(Command.DATA, part, number)
    wire.ask(Command.FREE_DATA, number=5)
    whole = wire.told[-2]
    assert whole["whole"] == "TEMPLATE_READ"
    users = decode_users(bytes.fromhex(str(whole["data"]))[4:], UserLayout.NUMERIC)
    assert len({user.name for user in users}) == 1
    assert users[0].name != "Rosebud"
    assert 10_000_000 <= users[0].card <= 99_999_999


def test_a_late_answer() -> None:
    """Nobody knows to which question."""
    wire = Wire()
    wire.ask(Command.GET_TIME, number=5)
    assert "data" in wire.answer(Reply.OK, b"1234", 5)
    assert "data" not in wire.answer(Reply.OK, b"1234", 4)


def test_options() -> None:
    """Documented ones are told, as long as they tell nothing of where the terminal is."""
    wire = Wire()
    assert wire.ask(Command.OPTION_READ, b"LockOn\0")["text"] == "LockOn\0"
    assert wire.answer(Reply.OK, b"LockOn=5\0junk")["text"] == "LockOn=5" + "\0" * 5
    for name in ("ComKey", "IPAddress", "NobodyKnows"):
        told = str(wire.answer(Reply.OK, f"{name}=12345678\0".encode())["text"])
        assert told.startswith(f"{name}=")
        assert "12345678" not in told
    assert wire.ask(Command.OPTION_READ, b"NobodyKnows\0")["text"] != "NobodyKnows\0"


def test_the_version() -> None:
    """It is a text."""
    wire = Wire()
    wire.ask(Command.VERSION)
    assert wire.answer(Reply.OK, b"Ver 6.60 Apr 28 2017\0")["text"]


@pytest.mark.parametrize(
    ("command", "first", "rows", "told"),
    [
        (Command.TEMPLATE_READ, 5, b"", True),
        (Command.TEMPLATE_READ, 5, SECRET.encode() * 3, False),
        (Command.TEMPLATE_READ, 2, bytes(72), False),  # fingers
        (Command.ATTENDANCE_READ, 0, SECRET.encode() * 4, False),
        (Command.OPERATIONS_READ, 0, bytes(15), False),
        (Command.OPERATIONS_READ, 0, bytes(16), True),
        (Command.DB_READ, 0, bytes(16), False),
    ],
)
def test_data_sets(command: int, first: int, rows: bytes, *, told: bool) -> None:
    """Only rows of a layout that is certain are told."""
    wire = Wire()
    wire.ask(command, bytes((first,)))
    wire.answer(Command.DATA, len(rows).to_bytes(4, "little") + rows)
    wire.ask(Command.FREE_DATA, number=2)
    whole = wire.told[-2]
    assert whole["whole"] == Command(command).name
    assert ("data" in whole) is told
