"""A recording of a panel: everything that a parser needs, and nobody's secrets."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.zkteco.protocol.c3.frame import Command, Reply, encode
from custom_components.zkteco.protocol.c3.redact import C3Tracer
from custom_components.zkteco.protocol.c3.rtlog import decode_binary
from custom_components.zkteco.protocol.c3.tables import (
    Table,
    decode_rows,
    parse_definitions,
)
from custom_components.zkteco.protocol.people import User
from custom_components.zkteco.protocol.trace import Entry
from tests.secrets import foreseeable, found, people, secrets_of, with_rights
from tests.simulators.c3_tables import definition_lines
from tests.simulators.c3_wire import Frame

from .conftest import Home, HomeBuilder

__all__ = ["foreseeable"]

PASSWORD = "Xy7-rosebud"
DEFINITIONS = "\r\n".join(definition_lines(new_layout=True)).encode()
TABLES: dict[str, Table] = parse_definitions(DEFINITIONS)
TEMPLATE = TABLES["templatev10"]
(COLUMN,) = [field for field in TEMPLATE.fields if field.name == "Template"]


async def a_day(home: Home, users: list[User]) -> list[Entry]:
    """Let everything happen that can be about people, and return what was recorded of it."""
    recording: list[Entry] = []
    async with home.connected(password=PASSWORD) as device:
        device.trace(recording.append)
        (somebody, *_) = (await home.run(device.read_users())).values()
        users = with_rights(users, somebody)
        assert not await home.run(device.write_users(users))
        for user in users:
            home.panel.swipe(1, int(user.cards[0]))
        await home.clock.advance(10)
        home.panel.hang_up()  # so that it logs in again
        await home.clock.advance(60)
        await home.run(device.read_events(None, 100))
        await home.run(device.get_parameters(["~SerialNumber", "IPAddress", "MAC"]))
        assert not await home.run(device.delete_users([users[0].user_id]))
        device.trace(None)
        count = len(recording)
        await home.clock.advance(10)
        assert len(recording) == count
    return recording


@pytest.mark.parametrize(
    "options",
    [{}, {"session": False}, {"text_log": True}, {"new_layout": False}],
    ids=["usual", "no session", "text", "old"],
)
@given(users=people())
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nobody_is_in_it(
    build: HomeBuilder, options: dict[str, Any], users: list[User]
) -> None:
    """Neither people nor the panel's password, number and address; and all of it is understood."""
    home = await build(password=PASSWORD, **options)
    parameters = home.panel.parameters
    if not options.get("new_layout", True):
        users = [replace(user, name="") for user in users]
    recording = await a_day(home, users)
    secrets = [secret for secret in secrets_of(users) if secret]
    secrets += [PASSWORD, parameters["~SerialNumber"], parameters["MAC"]]
    assert not found(recording, secrets)
    assert [e["note"] for e in recording if e["way"] == "note"][1:3] == [
        "distrusted",
        "closed",
    ]
    assert not [e for e in recording if "shape" in e or "cannot be told" in e]


@given(users=people())
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_rows_stay_rows(build: HomeBuilder, users: list[User]) -> None:
    """Codecs read them, the same person is the same in all of them, and what is no secret is as it was."""
    home = await build(password=PASSWORD)
    recording = await a_day(home, users)
    answers = [*pairwise(recording)]

    def answers_to(command: str, start: str = "") -> list[bytes]:
        return [
            bytes.fromhex(str(answer.get("data", "")))
            for question, answer in answers
            if question.get("command") == command
            and str(question.get("data", "")).startswith(start)
            and answer.get("command") == "OK"
        ]

    rows = [
        row
        for data in answers_to("READ_ROWS", "01")
        for row in decode_rows(TABLES["user"], data)
    ]
    cards = {row["CardNo"] for row in rows if "CardNo" in row}
    pins = {row["Pin"] for row in rows}
    assert {row["Group"] for row in rows if "Group" in row} <= {0, 1}
    log = [record for data in answers_to("RTLOG") for record in decode_binary(data)]
    came = [record for record in log if hasattr(record, "card") and record.card]
    assert [record.address for record in came] == [1] * len(users)
    assert {record.card for record in came} <= cards
    assert {int(record.user_id or 0) for record in came} <= pins


SECRET = "Rosebud-1941"


class Wire:
    """A connection without a panel."""

    def __init__(
        self, *, has_session: bool = False, tables: dict[str, Table] = TABLES
    ) -> None:
        """Nothing was said."""
        self.told: list[Entry] = []
        self.tracer = C3Tracer(self.told.append, tables, has_session=has_session)
        self.told.clear()

    def ask(self, command: int, data: bytes = b"") -> None:
        """Send a request."""
        self.tracer.sent(encode(command, data))

    def answer(self, data: bytes, reply: int = Reply.OK) -> Entry:
        """Receive a frame; return what was told of it."""
        before = len(self.told)
        self.tracer.received(Frame(1, reply, data).encode())
        (entry,) = self.told[before:]
        return entry


@given(
    command=st.sampled_from([*Command, 0x7E]),
    reply=st.sampled_from([*Reply, 0x42]),
    around=st.tuples(st.binary(max_size=40), st.binary(max_size=40)),
    has_session=st.booleans(),
    damaged=st.booleans(),
)
@settings(max_examples=400)
def test_what_nobody_understands_is_not_told(
    command: int,
    reply: int,
    around: tuple[bytes, bytes],
    has_session: bool,
    damaged: bool,
) -> None:
    """Whatever comes as an answer to whatever: only its shape is."""
    wire = Wire(has_session=has_session)
    wire.ask(command)
    before, after = around
    data = before.replace(b"=", b"") + SECRET.encode() + after
    frame = Frame(1, reply, data).encode()
    wire.tracer.received(frame[:-2] if damaged else frame)
    wire.ask(Command.END_TRANSFER)
    wire.tracer.note("closed")
    assert not found(wire.told, [SECRET])
    assert not [entry for entry in wire.told if "cannot be told" in entry]


def test_a_damaged_frame() -> None:
    """Of bytes that are no frame the head is told, as far as it came."""
    wire = Wire()
    wire.ask(Command.RTLOG)
    frame = Frame(1, Reply.OK, b"12345").encode()
    wire.tracer.received(frame.replace(b"123", b"321"))
    wire.tracer.note("distrusted", TimeoutError("10.9.8.7"))
    wire.ask(Command.RTLOG)
    wire.tracer.received(b"\xaa\x01")
    wire.tracer.note("closed")
    _, damaged, note, _, short, _ = wire.told
    assert damaged["no frame"] == {"command": 0xC8, "length": 5, "checksum": False}
    assert damaged["way"] == "received"
    assert note == {"way": "note", "note": "distrusted", "error": "TimeoutError"}
    assert short == {"way": "received", "no frame": {}, "size": 2, "shape": "x1 c1"}


def test_an_answer_in_parts() -> None:
    """It is told once it is whole; its checksum would tell what it was."""
    wire = Wire()
    wire.ask(Command.READ_ROWS, bytes.fromhex("01020203 00 00"))
    large = b"\0" + b"".join(n.to_bytes(4, "little") for n in (14, 14, 0xCAFE, 9))
    assert "fe" not in str(wire.answer(large, Reply.LARGE)["data"])
    content = bytes.fromhex("0102020304393000000407070707")
    for start in (0, 9):
        wire.ask(Command.READ_PART, start.to_bytes(4, "little"))
        part = wire.answer(start.to_bytes(4, "little") + content[start : start + 9])
        assert part["data"] == start.to_bytes(4, "little").hex()
    wire.ask(Command.END_TRANSFER)
    whole = wire.told[-2]
    assert whole["whole"] == "READ_ROWS"
    assert whole["size"] == len(content)
    (row,) = decode_rows(TABLES["user"], bytes.fromhex(str(whole["data"])))
    assert 10_000 <= int(row["CardNo"]) <= 99_999
    assert row["CardNo"] != 12345


@pytest.mark.parametrize(
    "data",
    [
        "63010100",  # a table that nobody has named
        "01",  # cut off
        "0101630101",  # a column that nobody has named
        "0101020501",  # a value that is cut off
        "01010209010203040506070809",  # a number of nine bytes
        f"{TEMPLATE.index:02x}01{COLUMN.index:02x}0102",  # nobody knows the length
        "0100010101",  # values without columns
    ],
)
def test_rows_that_are_not_understood(data: str) -> None:
    """No part of them is told."""
    wire = Wire()
    wire.ask(Command.READ_ROWS, bytes.fromhex("0101020000"))
    entry = wire.answer(bytes.fromhex(data))
    assert "data" not in entry
    assert entry["size"] == len(bytes.fromhex(data))


@pytest.mark.parametrize("data", ["", "01", "0105", "01010200", "01010200010205"])
def test_questions_that_are_not_understood(data: str) -> None:
    """They are ours, but a mistake of ours must not tell anything either."""
    wire = Wire()
    wire.ask(Command.READ_ROWS, bytes.fromhex(data))
    (entry,) = wire.told
    assert "data" not in entry
    assert "cannot be told" not in entry


def test_a_long_answer_is_told_in_part() -> None:
    """Thousands of users would fill a recording at once."""
    wire = Wire()
    wire.ask(Command.READ_ROWS, bytes.fromhex("0101020000"))
    content = bytes.fromhex("010102") + bytes.fromhex("0439300000") * 5000
    wire.ask(Command.READ_PART, bytes(4))
    for start in range(0, len(content), 5000):
        offset = start.to_bytes(4, "little")
        wire.answer(offset + content[start : start + 5000])
    wire.ask(Command.END_TRANSFER)
    whole = wire.told[-2]
    assert whole["size"] == len(content)
    assert len(str(whole["data"])) == 2 * 16 * 1024


def test_a_late_answer() -> None:
    """Nobody knows to which question."""
    wire = Wire(has_session=True)
    wire.ask(Command.COUNT_ROWS, bytes.fromhex("11220100") + b"\x01")
    assert wire.answer(bytes.fromhex("1122010005000000"))["data"] == "05000000"
    assert "data" not in wire.answer(bytes.fromhex("1122000005000000"))


def test_a_door_is_opened() -> None:
    """Which one, and for how long."""
    wire = Wire()
    wire.ask(Command.CONTROL, bytes.fromhex("0101010500"))
    assert wire.told[-1]["data"] == "0101010500"
    wire.ask(Command.CONTROL, bytes.fromhex("010101050012345678"))
    assert "data" not in wire.told[-1]


def test_tables_are_learned() -> None:
    """Before that no row is understood; the names of tables and columns are about nobody."""
    wire = Wire(tables={})
    rows = bytes.fromhex("01010204d2029649")
    wire.ask(Command.READ_ROWS, bytes.fromhex("0101020000"))
    assert "data" not in wire.answer(rows)
    wire.ask(Command.TABLE_DEFINITIONS)
    assert wire.answer(DEFINITIONS)["text"] == DEFINITIONS.decode()
    wire.ask(Command.READ_ROWS, bytes.fromhex("0101020000"))
    assert str(wire.answer(rows)["data"]).startswith("01010204")


def test_a_log_that_is_none() -> None:
    """Sixteen bytes without a date may be anything."""
    wire = Wire()
    wire.ask(Command.RTLOG)
    assert "data" not in wire.answer(SECRET.encode().ljust(16, b"\xff"))
