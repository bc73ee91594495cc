"""A recording of a PUSH device: everything that a parser needs, and nobody's secrets."""

import asyncio
from collections.abc import Awaitable

from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest

from custom_components.zkteco.protocol.people import User
from custom_components.zkteco.protocol.push.messages import Response
from custom_components.zkteco.protocol.push.redact import PushTracer
from custom_components.zkteco.protocol.push.server import SMALL_BODY
from custom_components.zkteco.protocol.trace import Entry
from tests.secrets import foreseeable, found, people, secrets_of, with_rights

from .conftest import SERIAL, Home, Simulate

__all__ = ["foreseeable"]

SECRET = "Rosebud-1941"


@given(users=people())
@settings(
    max_examples=2,
    phases=[Phase.generate],  # no patience for smaller examples over sockets
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_nobody_is_in_it(
    home: Home, simulate: Simulate, users: list[User]
) -> None:
    """Neither people nor the device's number and address."""
    recording: list[Entry] = []
    sim = await simulate()
    device = await home.add()
    device.trace(recording.append)
    await home.live(10, sim)
    (somebody, *_) = (await home.run(device.read_users(), sim)).values()
    users = with_rights(users, somebody)
    assert not await home.run(device.write_users(users), sim)
    for user in users:
        sim.swipe(1, int(user.cards[0]))
    sim.swipe(1, 3_999_999_990)
    await home.live(5, sim)
    await home.run(device.read_users(), sim)
    await home.run(device.read_events(None, 100), sim)
    assert not await home.run(device.delete_users([users[0].user_id]), sim)
    device.trace(None)
    count = len(recording)
    await home.live(5, sim)
    await device.stop()
    assert len(recording) == count
    secrets = [*secrets_of(users), SERIAL, "3999999990"]
    assert not found(recording, secrets)
    assert not [e for e in recording if "shape" in e or "cannot be told" in e]
    told = "\n".join(str(entry.get("text", "")) for entry in recording)
    assert "eventaddr=1\tevent=" in told
    assert "DATA UPDATE user " in told
    assert "DATA QUERY tablename=user," in told


class Wire:
    """A server without a device."""

    def __init__(self, home: Home) -> None:
        """Nobody has called."""
        self.home = home
        self.told: list[Entry] = []
        self.tracer = PushTracer(self.told.append)

    def call(self, endpoint: str, query: str = "", body: str | bytes = b"") -> str:
        """Let a device call; return what was told of the body."""
        self.tracer.received(self.home.request(endpoint, query, body))
        return str(self.told[-1].get("text", ""))

    def answer(self, text: str) -> str:
        """Answer; return what was told of that."""
        self.tracer.sent(Response.ok(text, self.home.clock.now()))
        return str(self.told[-1]["text"])


@pytest.fixture
def wire(home: Home) -> Wire:
    """Return a server that is listened to."""
    return Wire(home)


@given(
    endpoint=st.sampled_from(
        ["cdata", "registry", "devicecmd", "querydata", "fdata", "ping", "exchange"]
    ),
    table=st.sampled_from(
        ["", "rtlog", "rtstate", "ATTLOG", "OPERLOG", "options", "tabledata", "new"]
    ),
    around=st.tuples(st.binary(max_size=40), st.binary(max_size=40)),
    name=st.sampled_from(["", "Name=", "pin=", "CardNo=", "user uid=1\tname=", "X="]),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_nobody_understands_is_not_told(
    wire: Wire, endpoint: str, table: str, around: tuple[bytes, bytes], name: str
) -> None:
    """Whatever a device calls with, and whatever it is answered."""
    before, after = (part.replace(b"=", b"") for part in around)
    body = before + name.encode() + SECRET.encode() + after
    wire.call(endpoint, f"table={table}&new={SECRET}", body)
    wire.answer(f"C:1:DATA UPDATE user {name}{SECRET}\nC:2:{SECRET}\n{SECRET}")
    assert not found(wire.told, [SECRET])
    assert not [entry for entry in wire.told if "cannot be told" in entry]


def test_a_photo(wire: Wire) -> None:
    """It stands behind its record, and is not told."""
    wire.call("cdata", "table=ATTPHOTO", b"PIN=4711.jpg\nsize=9\n\0\xff\xd8 photo")
    (entry,) = wire.told
    assert "size=9" in str(entry["text"])
    assert "4711" not in str(entry)
    assert entry["behind"] == {"size": 8, "shape": "x2 p1 a5"}


def test_a_file(wire: Wire) -> None:
    """Firmware is told by its length."""
    wire.tracer.sent(Response.file(200, b"firmware", None, wire.home.clock.now()))
    assert wire.told == [{"way": "sent", "status": 200, "size": 8}]


def test_a_long_upload_is_told_in_part(wire: Wire) -> None:
    """Whole lines of it."""
    line = "user uid=1\tpin=4711\tname=Rosebud\n"
    told = wire.call("cdata", "table=tabledata&tablename=user", line * 5000)
    assert len(told) < 17_000
    assert told.endswith("\n")
    assert len({*told.splitlines()}) == 1


def test_a_command_for_a_device_behind_this_one(wire: Wire) -> None:
    """The command is told, and not for whom."""
    told = wire.answer(
        f"DataType=1,SN={SERIAL},Priority=0,CmdID=3,"
        "CmdDesc=C:3:DATA UPDATE user CardNo=12345678\tPin=4711"
    )
    assert "CmdDesc=C:3:DATA UPDATE user CardNo=" in told
    assert SERIAL not in told
    assert "12345678" not in told


def test_the_attendance_log(wire: Wire) -> None:
    """When and how somebody came stays, and who does not."""
    told = wire.call(
        "cdata", "table=ATTLOG", "4711\t2026-11-21 12:00:00\t0\t15\tjob\t0\t37.1\n"
    )
    assert "\t2026-11-21 12:00:00\t0\t15\t" in told
    for secret in ("4711", "job", "37.1"):
        assert secret not in told


def test_the_log_of_operations(wire: Wire) -> None:
    """What was done stays."""
    told = wire.call(
        "cdata",
        "table=OPERLOG",
        "OPLOG 4\t4711\t2026-11-21 12:00:00\t4712\t0\t0\t0\nUSER PIN=4711\tName=Rosebud\tPri=14\n",
    )
    assert told.startswith("OPLOG 4\t")
    assert "\t2026-11-21 12:00:00\t" in told
    assert "\tPri=14\n" in told
    assert "4711" not in told
    assert "4712" not in told
    assert "Rosebud" not in told


def test_an_alarm_in_the_log_of_operations(wire: Wire) -> None:
    """Its kind stays, where other operations have a user; and what is no kind of alarm does not."""
    line = "OPLOG {}\t0\t2026-11-21 12:00:00\t{}\t0\t0\t0"
    for code, first, kept in ((3, 54, True), (3, 4711, False), (30, 54, False)):
        told = wire.call("cdata", "table=OPERLOG", line.format(code, first))
        assert (told.split("\t")[3] == str(first)) is kept


async def test_somebody_decides(home: Home) -> None:
    """The answer is told when it is there."""
    told: list[Entry] = []
    tracer = PushTracer(told.append)
    response = Response.ok("AUTH=SUCCESS", home.clock.now())

    async def decide() -> Response:
        await asyncio.sleep(0)
        return response

    answer = tracer.answered(decide())
    assert isinstance(answer, Awaitable)
    assert [entry["way"] for entry in told] == ["note"]
    assert await answer is response
    assert told[-1]["text"] == "AUTH=SUCCESS"


async def test_a_call_from_elsewhere(home: Home) -> None:
    """It is told that there was one, and not from where."""
    told: list[Entry] = []
    device = await home.add(address="127.0.0.1")
    device.trace(told.append)
    assert home.ask("cdata", "options=all", peer="127.0.0.9").status == 403
    assert told == [{"way": "note", "note": "refused: from another address"}]


async def test_calls_that_nobody_looks_into(home: Home) -> None:
    """It is told that there were some, and why; not what they were."""
    told: list[Entry] = []
    device = await home.add()
    device.trace(told.append)
    home.ask("cdata", peer="8.8.8.8")
    home.ask("nothing", path="/iclock/Rosebud/{}")
    for _ in range(700):  # more than a device ever has to say at once
        home.ask("rtdata", body=b"x" * (SMALL_BODY + 1))
    device.trace(None)
    home.ask("cdata", peer="8.8.8.8")
    notes = list(dict.fromkeys(str(entry["note"]) for entry in told))
    assert notes == [
        "refused: from outside the home",
        "refused: unknown path",
        "refused: too long",
        "refused: too many requests",
    ]
