"""The simulated attendance terminal against what real ones sent, byte by byte.

Its counterpart is a server of a few lines on a raw socket; nothing of the product takes part but the test clock.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import signal
import sys
from typing import override

import pytest

from tests.clock import PATIENCE_SECONDS, FakeClock

from .attendance_session import Quirks
from .attendance_terminal import (
    ALICE,
    BOB,
    AttendanceTerminal,
    Faults,
    Person,
    console_commands,
    main,
)
from .attendance_world import CHECK_OUT, FACE, MENU, Family
from .console import obey
from .test_push_device import NEVER, ROOT, Clock, Heard, Server, response

pytestmark = pytest.mark.usefixtures("socket_enabled")

SERIAL = "BOCK200961014"
WORDS = "TransData AttLog\tOpLog\tEnrollUser\tEnrollFP"


def block(flags: str = "1111100000", **more: str) -> str:
    """Return options as servers in the field write them."""
    options = {
        "ATTLOGStamp": "9999",
        "OPERLOGStamp": "9999",
        "ErrorDelay": "30",
        "Delay": "10",
        "TransFlag": flags,
        "TimeZone": "1",
        "Realtime": "1",
        "Encrypt": "None",
        "ServerVer": "2.4.1",
    }
    lines = [f"{name}={value}" for name, value in (options | more).items()]
    return "\n".join([f"GET OPTION FROM: {SERIAL}", *lines, ""])


@dataclass
class Attendance(Server):
    """A server as the attendance document wants it."""

    @override
    def _answer(self, heard: Heard) -> bytes:
        topic = heard.query.get("table") or heard.name
        known = topic in self.always or bool(self.next_answers[topic])
        if not known and heard.name == "cdata" and "options" in heard.query:
            return response(block())
        return super()._answer(heard)


@pytest.fixture
def clock() -> Clock:
    """Provide a clock that stands still, in UTC."""
    return Clock(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    """Provide a server on a free port, which acknowledges with "OK"."""
    server = Attendance()
    listener = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    yield server
    listener.close()
    listener.close_clients()
    await listener.wait_closed()


@pytest.fixture
async def terminal(server: Server, clock: Clock) -> AsyncGenerator[AttendanceTerminal]:
    """Provide a classic terminal that has not called yet."""
    people = [Person(ALICE.pin, ALICE.name, card="1234567"), Person(BOB.pin, "Bob")]
    async with AttendanceTerminal(
        server.url, SERIAL, clock=clock, people=people
    ) as terminal:
        yield terminal


@pytest.fixture
async def face(server: Server, clock: Clock) -> AsyncGenerator[AttendanceTerminal]:
    """Provide a newer terminal that has not called yet."""
    people = [Person("4", "User3", card="3554880853")]
    async with AttendanceTerminal(
        server.url, SERIAL, "face", clock=clock, people=people
    ) as terminal:
        yield terminal


async def told(terminal: AttendanceTerminal, server: Server, text: str) -> str:
    """Give the terminal one command, and return its result as it was posted."""
    server.commands.append(f"C:{len(terminal.commands) + 1}:{text}\n")
    await terminal.step()
    await terminal.step()
    return server.results[-1]


async def test_the_first_calls(terminal: AttendanceTerminal, server: Server) -> None:
    """As captured: options, then polls, the first with what it is."""
    await terminal.step()
    assert terminal.online
    assert server.heard[0].line == (
        f"GET /iclock/cdata?SN={SERIAL}&options=all&language=69&pushver=2.4.0"
    )
    [poll] = server.of("getrequest")
    assert poll.query["INFO"] == (
        "Ver%208.0.4.2-20180611,2,0,0,192.168.1.201,10,7,0,111"
    )
    await terminal.step()
    assert "INFO" not in server.of("getrequest")[1].query
    assert terminal.delay == 10


async def test_a_captured_row(terminal: AttendanceTerminal, server: Server) -> None:
    """Eight columns with an empty one at the end, a stamp, a carriage return."""
    await terminal.step()
    terminal.world.verify("1")
    await terminal.step()
    [upload] = server.of("cdata", table="ATTLOG")
    assert upload.body == b"1\t2026-11-21 12:00:00\t0\t1\t\t0\t0\t\r\n"
    assert upload.query["Stamp"] == str(terminal.world.attendance[0].stamp)


async def test_rows_of_newer_firmware(face: AttendanceTerminal, server: Server) -> None:
    """Ten columns and a line feed; what it cannot date is garbage."""
    await face.step()
    face.world.verify("4", CHECK_OUT, FACE, "12")
    face.world.verify("4", garbage_time=True)
    await face.step()
    assert server.bodies("ATTLOG") == [
        (
            "4\t2026-11-21 12:00:00\t1\t15\t12\t0\t0\t0\t0\t0\t\n"
            "4\t1971--10--29 -23:-27:-54\t0\t1\t\t0\t0\t0\t0\t0\t\n"
        )
    ]


async def test_what_it_tells_of_itself(
    terminal: AttendanceTerminal, server: Server
) -> None:
    """All of it, or what the server names."""
    server.always["cdata"] = response(block(PushOptionsFlag="1"))
    await terminal.step()
    [body] = server.bodies("options")
    assert body.startswith("~DeviceName=MB360/ID,MAC=00:17:61:10:79:9f,")
    assert "~OEMVendor=ZKTECO CO., LTD.," in body
    server.always["cdata"] = response(
        block(PushOptionsFlag="1", PushOptions="UserCount,~LockFunOn")
    )
    terminal.reboot()
    await terminal.step()
    assert server.bodies("options")[1] == "UserCount=2,~LockFunOn=15\r\n"


@pytest.mark.parametrize(
    ("model", "flags", "tables"),
    [
        ("classic", WORDS, {"ATTLOG", "OPERLOG"}),
        ("face", WORDS, set()),
        ("face", "1111000000", {"ATTLOG", "OPERLOG"}),
        ("face", "1000000000", {"ATTLOG"}),
        ("classic", "0000000000", set()),
    ],
)
async def test_what_is_uploaded(
    server: Server, clock: Clock, model: Family, flags: str, tables: set[str]
) -> None:
    """Newer firmware does not read words, and says nothing about it."""
    server.always["cdata"] = response(block(flags))
    async with AttendanceTerminal(server.url, SERIAL, model, clock=clock) as terminal:
        await terminal.step()
        terminal.world.verify("1")
        terminal.world.operate(MENU)
        await terminal.step()
    assert {table for table, _ in terminal.uploads} == tables


@pytest.mark.parametrize(
    ("flags", "kinds"),
    [
        ("0100000000", ["OPLOG"]),
        ("0100100000", ["OPLOG", "USER"]),
        ("0101100000", ["OPLOG", "USER", "FP"]),
    ],
)
async def test_somebody_is_enrolled(
    face: AttendanceTerminal, server: Server, flags: str, kinds: list[str]
) -> None:
    """The operation, the user, the finger, as far as they are wanted."""
    server.always["cdata"] = response(block(flags))
    await face.step()
    face.world.enrol(Person("5", "New"))
    await face.step()
    lines = "".join(server.bodies("OPERLOG")).splitlines()
    assert [line.split()[0] for line in lines] == kinds
    assert lines[0] == "OPLOG 30\t0\t2026-11-21 12:00:00\t5\t0\t0\t0"


@pytest.mark.parametrize(
    ("answer", "again"), [("OK", 0), ("OK: 1", 0), ("OK: 2", 1), ("OK:1", 1), ("", 1)]
)
async def test_acknowledgements(
    terminal: AttendanceTerminal, server: Server, answer: str, again: int
) -> None:
    """A wrong one is a failure: the terminal is offline and uploads again."""
    await terminal.step()
    terminal.world.verify("1")
    server.next_answers["ATTLOG"] = [response(answer)]
    await terminal.step()
    assert terminal.reuploads["ATTLOG"] == again
    assert terminal.online is not bool(again)
    await terminal.step()
    assert len(server.bodies("ATTLOG")) == 1 + again


@pytest.mark.parametrize(
    "answer",
    [
        response("OK"),
        response(""),
        response("UNKNOWN DEVICE\n"),
        response("RETRY\n"),
        response(block(), "HTTP/1.1 204 No Content"),
        NEVER,
    ],
)
async def test_servers_that_do_not_want_it(
    terminal: AttendanceTerminal, server: Server, answer: bytes
) -> None:
    """It stays offline, and tries again."""
    server.next_answers["cdata"] = [answer]
    await terminal.step()
    assert not terminal.online
    assert terminal.refusals == 1
    await terminal.step()
    assert terminal.online


async def test_an_empty_answer_is_no_answer(
    terminal: AttendanceTerminal, server: Server
) -> None:
    """To a poll, an empty body counts as offline."""
    await terminal.step()
    server.next_answers["getrequest"] = [response("")]
    await terminal.step()
    assert not terminal.online


async def test_an_option_that_does_not_end(
    terminal: AttendanceTerminal, server: Server
) -> None:
    """Is not read."""
    server.always["cdata"] = response(block().rstrip("\n") + "\nDelay=3")
    await terminal.step()
    assert terminal.delay == 10


@pytest.mark.parametrize(
    ("stamp", "quirks", "uploads"),
    [
        ("9999", Quirks(), 1),
        ("9999", Quirks(everything=True), 2),
        ("0", Quirks(), 2),
        ("None", Quirks(), 2),
        ("newest", Quirks(), 1),
    ],
)
async def test_stamps(
    server: Server, clock: Clock, stamp: str, quirks: Quirks, uploads: int
) -> None:
    """What was uploaded before is uploaded again, or not, as the server's stamp says."""
    async with AttendanceTerminal(
        server.url, SERIAL, clock=clock, quirks=quirks
    ) as terminal:
        await terminal.step()
        entry = terminal.world.verify("1")
        await terminal.step()
        known = str(entry.stamp) if stamp == "newest" else stamp
        server.always["cdata"] = response(block(ATTLOGStamp=known))
        terminal.reboot()
        await terminal.step()
    assert len(server.bodies("ATTLOG")) == uploads


async def test_older_names_of_stamps(
    terminal: AttendanceTerminal, server: Server
) -> None:
    """Without a version of the server, they count."""
    terminal.world.verify("1")
    text = block(Stamp="0", OpStamp="0").replace("ServerVer", "Nothing")
    server.always["cdata"] = response(text)
    await terminal.step()
    assert len(server.bodies("ATTLOG")) == 1


@pytest.mark.parametrize(
    ("zone", "hours"), [("1", 1), ("-3", -3), ("330", 5.5), ("-210", -3.5)]
)
async def test_the_clock_follows_the_answer(
    terminal: AttendanceTerminal, server: Server, zone: str, hours: float
) -> None:
    """By its date and the zone of the options, where the answer is plain text."""
    date = f"Date: {format_datetime(datetime(2026, 11, 21, 12, tzinfo=UTC), True)}"
    server.always["cdata"] = response(
        block(TimeZone=zone), "HTTP/1.1 200 OK", date, content_type="text/html"
    )
    await terminal.step()
    assert terminal.world.clock_offset == timedelta()
    server.always["cdata"] = response(block(TimeZone=zone), "HTTP/1.1 200 OK", date)
    terminal.reboot()
    await terminal.step()
    assert terminal.world.clock_offset == timedelta(hours=hours)


async def test_results_share_an_upload(
    terminal: AttendanceTerminal, server: Server
) -> None:
    """Three commands in one answer; as captured."""
    await terminal.step()
    server.commands.append(
        "C:1:DATA UPDATE USERINFO PIN=9\tName=New One\tCard=7\n"
        "C:2:DATA DELETE USERINFO PIN=9\nC:3:CHECK\n"
    )
    await terminal.step()
    assert server.results == []
    await terminal.step()
    assert server.results == [
        "ID=1&Return=0&CMD=DATA\nID=2&Return=0&CMD=DATA\nID=3&Return=0&CMD=CHECK\n"
    ]
    assert len(server.of("cdata", options="all")) == 2


async def test_information(terminal: AttendanceTerminal, server: Server) -> None:
    """Follows its result, line by line; as captured."""
    await terminal.step()
    result = await told(terminal, server, "INFO")
    assert result.startswith(
        "ID=1&Return=0&CMD=INFO\n~DeviceName=MB360/ID\nMAC=00:17:61:10:79:9f\n"
        "TransactionCount=0\n~MaxAttLogCount=10\nUserCount=2\n"
    )


async def test_questions_for_users(face: AttendanceTerminal, server: Server) -> None:
    """Rows come as uploads of operations, before the result; as captured."""
    await face.step()
    await told(face, server, "DATA QUERY USERINFO")
    assert server.bodies("OPERLOG") == [
        (
            "USER PIN=4\tName=User3\tPri=0\tPasswd=\tCard=[552DE3D300]\tGrp=1"
            "\tTZ=0000000100000000\tVerify=-1\tViceCard=\tStartDatetime=0\tEndDatetime=0\n"
        )
    ]
    names = [one.name for one in server.heard[-3:]]
    assert names == ["cdata", "devicecmd", "getrequest"]
    face.quirks.rows_after_result = True
    await told(face, server, "DATA QUERY USERINFO PIN=4")
    names = [one.name for one in server.heard[-3:]]
    assert names == ["devicecmd", "cdata", "getrequest"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AC_UNLOCK", 0),
        ("AC_UNALARM", 0),
        ("SET OPTION VOLUME=3", 0),
        ("CLEAR ALL USERINFO", 0),
        (
            "DATA QUERY ATTLOG StartTime=2026-01-01 00:00:00\tEndTime=2027-01-01 0:0:0",
            0,
        ),
        ("DATA QUERY USERINFO PIN=77", -10),
        ("DATA DELETE USERINFO PIN=77", -10),
        ("DATA QUERY SMS", -1004),
        ("USER ADD PIN=1", -1002),
        ("DATA DEL USERINFO", -1004),
        ("Shell reboot", -1002),
        ("ENROLL_FP PIN=1001\tFID=6\tRETRY=3\tOVERWRITE=1", 0),
        ("ENROLL_FP PIN=77\tFID=6\tRETRY=3\tOVERWRITE=1", -10),
    ],
)
async def test_what_commands_end_with(
    terminal: AttendanceTerminal, server: Server, text: str, code: int
) -> None:
    """In the numbers of these terminals."""
    await terminal.step()
    verb = text.partition(" ")[0]
    assert await told(terminal, server, text) == f"ID=1&Return={code}&CMD={verb}\n"


async def test_quirks_of_commands(terminal: AttendanceTerminal, server: Server) -> None:
    """Refused, ignored, never answered, answered in the address."""
    await terminal.step()
    terminal.quirks.refuses = "AC_UNLOCK"
    assert "Return=-1002" in await told(terminal, server, "AC_UNLOCK")
    terminal.quirks.refuses, terminal.quirks.ignores = "", "AC_UNLOCK"
    assert "Return=0" in await told(terminal, server, "AC_UNLOCK")
    assert terminal.world.opened == 0
    terminal.quirks.ignores, terminal.quirks.silent = "", "AC_UNLOCK"
    await told(terminal, server, "AC_UNLOCK")
    assert (terminal.world.opened, len(server.results)) == (1, 2)
    assert terminal.world.relay
    terminal.quirks.silent, terminal.quirks.results_in_query = "", True
    assert await told(terminal, server, "CHECK") == ""
    assert server.of("devicecmd")[-1].query["Return"] == "0"


async def test_restart(terminal: AttendanceTerminal, server: Server) -> None:
    """It comes back, and says that it was switched on."""
    await terminal.step()
    await told(terminal, server, "REBOOT")
    await terminal.step()
    assert terminal.online
    assert "OPLOG 0\t" in server.bodies("OPERLOG")[0]


async def test_keys_and_time(server: Server, clock: Clock) -> None:
    """It shows its key when it connects, and asks for the time."""
    async with AttendanceTerminal(
        server.url, SERIAL, clock=clock, key="1234", quirks=Quirks(posts_time=True)
    ) as terminal:
        await terminal.step()
    assert server.heard[0].query["pushcommkey"] == "1234"
    assert len(server.of("cdata", type="time")) == 1


async def test_a_terminal_that_registers(server: Server, clock: Clock) -> None:
    """As access devices do, but with another type."""
    server.next_answers["cdata"] = [response("OK")]
    async with AttendanceTerminal(
        server.url, SERIAL, clock=clock, quirks=Quirks(registers=True)
    ) as terminal:
        await terminal.step()
    [heard] = server.of("registry")
    assert heard.body == b"DeviceType=att,~DeviceName=MB360/ID"


async def test_a_lost_answer(terminal: AttendanceTerminal, server: Server) -> None:
    """What was not acknowledged is uploaded again."""
    await terminal.step()
    terminal.world.verify("1")
    terminal.faults.lose_answers = 1
    await terminal.step()
    assert not terminal.online
    await terminal.step()
    assert len(server.bodies("ATTLOG")) == 2


async def test_cadence(server: Server) -> None:
    """It polls by Delay, and tells news at once."""
    time = FakeClock()
    async with AttendanceTerminal(
        server.url, SERIAL, clock=time, faults=Faults()
    ) as terminal:
        await terminal.start()
        await time.advance(35)
        assert len(server.of("getrequest")) == 4
        terminal.world.verify("1")
        await time.settle()
        assert len(server.bodies("ATTLOG")) == 1


def test_console(clock: Clock) -> None:
    """Commands from the keyboard."""
    terminal = AttendanceTerminal("http://127.0.0.1:9", SERIAL, clock=clock)
    commands = console_commands(terminal)
    assert obey(commands, "verify 1001") == "1001 2026-11-21 12:00:00 0 1  0 0"
    assert obey(commands, "out 1001") == "1001 2026-11-21 12:00:00 1 1  0 0"
    for name, said in (("open", "3 0"), ("bell", "33 0"), ("tamper", "3 0")):
        assert obey(commands, name).startswith(f"OPLOG {said}")


async def test_runs_alone(server: Server) -> None:
    """One line when accepted, obeys its input, ends on interrupt."""
    server.always["cdata"] = response(block(Delay="0.05"))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators.attendance_terminal", "--server", server.url),
        *("--serial", SERIAL, "--model", "classic"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    accepted = f"{SERIAL} accepted by {server.url}\n".encode()
    assert await process.stdout.readline() == accepted
    process.stdin.write(b"in 1001\n")
    assert (await process.stdout.readline()).startswith(b"1001 20")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.bodies("ATTLOG"):
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert await process.stdout.read() == b""
    assert await process.wait() == 0


def test_bad_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names the option and what it takes."""
    monkeypatch.setattr(sys, "argv", ["x", "--serial", "X", "--server", "ftp://x"])
    with pytest.raises(SystemExit):
        main()
    assert "must look like http://127.0.0.1:8123" in capsys.readouterr().err
