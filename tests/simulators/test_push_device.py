"""The simulated PUSH device against what real devices sent, byte by byte.

Its counterpart is a server of a few lines on a raw socket; nothing of the
product takes part but the test clock. Time is a clock that the tests turn.
"""

import asyncio
from base64 import b64decode
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
import io
from pathlib import Path
import re
import signal
import sys
import tarfile

import pytest

from tests.clock import PATIENCE_SECONDS, FakeClock

from . import push_lines
from .console import obey
from .push_device import (
    ALICE,
    BOB,
    Faults,
    PushDevice,
    Request,
    Result,
    User,
    console_commands,
    main,
)
from .push_session import Cookies

pytestmark = pytest.mark.usefixtures("socket_enabled")

ROOT = Path(__file__).parents[2]
SERIAL = "3383154200002"
CODE = "Uy47fxftP3"
SESSION = "30BFB04B2C8AECC72C01C03BFD549D15"

CONFIGURATION = (
    "ServerVersion=3.0.1\nServerName=ADMS\nPushVersion=3.0.1\nErrorDelay=60\n"
    "RequestDelay=2\nTransTimes=00:00;14:00\nTransInterval=1\n"
    f"TransTables=User Transaction\nRealtime=1\nSessionID={SESSION}\nTimeoutSec=10\n"
)
REGISTERED = f"registry=ok\nRegistryCode={CODE}\nPushProtVer=3.1.2\n{CONFIGURATION}"

# The registration that the vendor's document prints for one of its terminals.
PRINTED_REGISTRATION = (
    "DeviceType=acc,~DeviceName=F20/M,FirmVer=Ver 8.0.1.3-20151229,PushVersion=Ver "
    "2.0.22-20161201,CommType=ethernet,MaxPackageSize=2048000,LockCount=1,"
    "ReaderCount=2,AuxInCount=0,AuxOutCount=0,MachineType=101,~IsOnlyRFMachine=0,"
    "~MaxUserCount=50,~MaxAttLogCount=10,~MaxUserFingerCount=10,MThreshold=60,"
    "IPAddress=192.168.213.221,NetMask=255.255.255.0,GATEIPAddress=192.168.213.1,"
    "~ZKFPVersion=10,IclockSvrFun=1,OverallAntiFunOn=0,~REXInputFunOn=0,"
    "~CardFormatFunOn=0,~SupAuthrizeFunOn=0,~ReaderCFGFunOn=0,~ReaderLinkageFunOn=0,"
    "~RelayStateFunOn=1,~Ext485ReaderFunOn=0,~TimeAPBFunOn=0,~CtlAllRelayFunOn=0,"
    "~LossCardFunOn=0,SimpleEventType=1,VerifyStyles=ff7f0000,EventTypes=BF0FE03D30000"
    "100000000000700000000000000000000000077002001000000,DisableUserFunOn=0,"
    "DeleteAndFunOn=0,LogIDFunOn=0,DateFmtFunOn=0,DelAllLossCardFunOn=0,AutoClearDay=0,"
    "FirstDelayDay=0,DelayDay=0,StopAllVerify=0,FvFunOn=0,FaceFunOn=0,FingerFunOn=1,"
    "CameraOpen=1,AccSupportFunList=0101010000111000000111010100011010,"
    "AutoServerFunOn=1,DelayOpenDoorFunOn=1,UserOpenDoorDelayFunOn=1,"
    "MultiCardInterTimeFunOn=1,OutRelaySetFunOn=1,MachineTZFunOn=1,DSTFunOn=1,"
    "CardSiteCodeFunOn=1,MulCardUserFunOn=1,UserNameFunOn=1,StringPinFunOn=1,"
    "MaxLockCount=4,MaxZigbeeCount=3,MaxMCUCardBits=37,SupportReaderType=1,"
    "authKey=dassas"
)


class Clock:
    """A clock that only moves when told; nobody waits for it."""

    def __init__(self, wall: datetime = datetime(2026, 2, 23, 14, 13, 48, tzinfo=UTC)):
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

    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """Fail: these tests go step by step."""
        raise AssertionError(f"nobody waits here, yet {seconds} s were asked, {wake}")


def response(
    body: str | bytes,
    status: str = "HTTP/1.1 200 OK",
    *headers: str,
    content_type: str = "text/plain",
) -> bytes:
    """Return an answer as a server writes it."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [
        status,
        f"Content-Type: {content_type}",
        f"Content-Length: {len(raw)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + raw


NEVER = response("no such page", "HTTP/1.1 404 Not Found")


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it arrived."""

    head: bytes
    body: bytes
    peer: str

    @property
    def line(self) -> str:
        """Method and target."""
        return self.head.split(b"\n")[0].decode("latin-1").rpartition(" ")[0]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.line.partition("?")[0].rpartition("/")[2].partition(".")[0]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the URL."""
        pairs = [part.partition("=") for part in self.line.partition("?")[2].split("&")]
        return {key: value for key, _, value in pairs}

    @property
    def token(self) -> str:
        """The cookie as it stands there."""
        found = re.search(rb"^Cookie: (.*)\r$", self.head, re.MULTILINE)
        return found[1].decode() if found else ""


@dataclass
class Server:
    """A server as the document wants it.

    `next_answers` come first, then what it `always` answers; both by the table
    of the request, or by its name when it has none.
    """

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    next_answers: defaultdict[str, list[bytes]] = field(
        default_factory=lambda: defaultdict(list)
    )
    always: dict[str, bytes] = field(default_factory=dict)
    truncated: int = 0
    connections: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def of(self, name: str, **query: str) -> list[Heard]:
        """Return the requests with that name and these parameters."""
        return [
            one
            for one in self.heard
            if one.name == name and query.items() <= one.query.items()
        ]

    def bodies(self, table: str) -> list[str]:
        """Return the bodies uploaded to a table of cdata."""
        return [one.body.decode() for one in self.of("cdata", table=table)]

    @property
    def results(self) -> list[str]:
        """The results of commands, as they were posted."""
        return [one.body.decode() for one in self.of("devicecmd")]

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one connection's requests."""
        self.connections += 1
        peer = writer.get_extra_info("peername")[0]
        try:
            while heard := await self._hear(reader, peer):
                self.heard.append(heard)
                writer.write(self._answer(heard))
        except asyncio.IncompleteReadError, ConnectionError:
            self.truncated += 1
        finally:
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader, peer: str) -> Heard | None:
        head = b""
        while not head.endswith((b"\r\n\r\n", b"\n\n")):
            line = await reader.readline()
            if not line:
                return None
            head += line
        found = re.search(rb"^Content-Length: (\d+)", head, re.MULTILINE)
        body = await reader.readexactly(int(found[1])) if found else b""
        return Heard(head, body, peer)

    def _answer(self, heard: Heard) -> bytes:
        name, query = heard.name, heard.query
        topic = query.get("tablename") or query.get("table") or name
        if self.next_answers[topic]:
            return self.next_answers[topic].pop(0)
        if topic in self.always:
            return self.always[topic]
        if name == "registry":
            return response(f"RegistryCode={CODE}")
        if name == "push":
            return response(CONFIGURATION)
        if "tablename" in query:
            return response(f"{query['tablename']}={query['count']}")
        if name == "getrequest" and self.commands:
            return response(self.commands.pop(0))
        return response("OK")


@pytest.fixture
def clock() -> Clock:
    """Provide a clock that stands still."""
    return Clock()


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    """Provide a server on a free port."""
    server = Server()
    listener = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    yield server
    listener.close()
    listener.close_clients()
    await listener.wait_closed()


@pytest.fixture
async def panel(server: Server, clock: Clock) -> AsyncGenerator[PushDevice]:
    """Provide a C3-200 Plus that has not called yet."""
    async with PushDevice(server.url, SERIAL, clock=clock) as device:
        yield device


@pytest.fixture
async def terminal(server: Server, clock: Clock) -> AsyncGenerator[PushDevice]:
    """Provide a face terminal that has not called yet."""
    async with PushDevice(server.url, SERIAL, "face", clock=clock) as device:
        yield device


def token(session: str) -> str:
    """Return the token of the tests' registration code and serial."""
    return md5(f"{CODE}{SERIAL}{session}".encode()).hexdigest()


def online(device: PushDevice) -> bool:
    """Return whether the device takes itself for connected."""
    return device.online


def energised(device: PushDevice, door: int) -> bool:
    """Return whether a lock's relay is on."""
    return device.doors[door].relay


def unpacked(data: bytes) -> str:
    """Return what is in the only file of an archive."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        (member,) = archive.getmembers()
        content = archive.extractfile(member)
        assert content is not None
        return content.read().decode()


async def command(device: PushDevice, server: Server, text: str) -> Result:
    """Give the device one command and return what it made of it."""
    server.commands.append(f"C:{len(device.commands) + 1}:{text}")
    await device.step()
    return device.results[-1]


class TestRequests:
    """The bytes of its HTTP."""

    async def test_first_request(self, panel: PushDevice, server: Server) -> None:
        """As printed: no cookie, no length, `Connection: starting`."""
        await panel.step()
        assert (
            server.heard[0].head
            == (
                f"GET /iclock/cdata?SN={SERIAL}&pushver=3.0.1&options=all HTTP/1.1\r\n"
                f"Host: 127.0.0.1:{server.port}\r\n"
                "User-Agent: iClock Proxy/1.09\r\n"
                "Connection: starting\r\n"
                "Accept: application/push\r\n"
                "Accept-Charset: UTF-8\r\n"
                "Accept-Language: zh-CN\r\n\r\n"
            ).encode()
        )

    async def test_first_request_of_a_terminal(
        self, terminal: PushDevice, server: Server
    ) -> None:
        """A terminal says that it is for access control and will send options."""
        await terminal.step()
        assert server.heard[0].line == (
            f"GET /iclock/cdata?SN={SERIAL}&options=all&pushver=3.1.2"
            "&DeviceType=acc&PushOptionsFlag=1&language=69"
        )
        assert b"\r\nAccept-Language: VoicePrint-CN\r\n" in server.heard[0].head

    async def test_posted(self, panel: PushDevice, server: Server) -> None:
        """The configuration is asked for as printed: an empty POST with a cookie."""
        await panel.step()
        assert (
            server.of("push")[0].head
            == (
                f"POST /iclock/push?SN={SERIAL} HTTP/1.1\r\n"
                f"Cookie: token={token('')}\r\n"
                f"Host: 127.0.0.1:{server.port}\r\n"
                "User-Agent: iClock Proxy/1.09\r\n"
                "Connection: starting\r\n"
                "Accept: application/push\r\n"
                "Accept-Charset: UTF-8\r\n"
                "Accept-Language: zh-CN\r\n"
                "Content-Type: application/push;charset=UTF-8\r\n"
                "Content-Language: zh-CN\r\n"
                "Content-Length: 0\r\n\r\n"
            ).encode()
        )

    async def test_one_connection(self, panel: PushDevice, server: Server) -> None:
        """The panel keeps its connection, and opens another when it has to."""
        await panel.step()
        await panel.step()
        assert server.connections == 1
        server.next_answers["getrequest"] = [
            response("OK", "HTTP/1.1 200 OK", "Connection: close")
        ]
        await panel.step()
        await panel.step()
        assert server.connections == 2
        assert online(panel)

    @pytest.mark.parametrize(
        ("status", "accepted"),
        [
            ("HTTP/1.1 200 OK", True),
            ("HTTP/1.0 200 OK", True),
            ("HTTP/1.1 200 ", True),
            ("HTTP/1.1 200", False),
            ("HTTP/1.2 200 OK", False),
            ("http/1.1 200 OK", False),
            ("HTTP/1.1 201 Created", False),
            ("HTTP/1.1 302 Found", False),
            ("HTTP/1.1 503 Service Unavailable", False),
        ],
    )
    async def test_success_line(
        self, panel: PushDevice, server: Server, status: str, accepted: bool
    ) -> None:
        """Success is what begins exactly as the firmware compares it."""
        server.next_answers["getrequest"] = [response("OK", status)]
        await panel.step()
        assert panel.online is accepted

    @pytest.mark.parametrize(
        "raw",
        [
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 8192 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\nOK",
            b"hello\r\n\r\n",
        ],
    )
    async def test_no_use(self, panel: PushDevice, server: Server, raw: bytes) -> None:
        """No content, an empty body, long headers, nonsense: the server is away."""
        server.next_answers["getrequest"] = [raw]
        await panel.step()
        assert not online(panel)

    async def test_chunked(self, panel: PushDevice, server: Server) -> None:
        """An answer may come in chunks."""
        server.next_answers["getrequest"] = [
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"a\r\nC:9:CONTRO\r\nf;x=1\r\nL DEVICE 010101\r\n2\r\n05\r\n0\r\n\r\n"
            )
        ]
        await panel.step()
        assert server.results == ["ID=9&Return=1&CMD=CONTROL DEVICE"]

    async def test_log(self, panel: PushDevice, server: Server) -> None:
        """What was asked, and with what success."""
        server.always["registry"] = NEVER
        await panel.step()
        assert panel.requests == [
            Request("GET", f"/iclock/cdata?SN={SERIAL}&pushver=3.0.1&options=all", 200),
            Request("POST", f"/iclock/registry?SN={SERIAL}", 404),
        ]


class TestConnecting:
    """Both ways in, and everything that keeps a device out."""

    async def test_unknown_device(self, panel: PushDevice, server: Server) -> None:
        """OK alone: it registers, fetches its configuration, then polls."""
        await panel.step()
        assert online(panel)
        assert [one.name for one in server.heard] == [
            *("cdata", "registry", "push", "cdata", "getrequest")
        ]
        assert (panel.registry_code, panel.session) == (CODE, SESSION)
        assert (panel.request_delay, panel.error_delay) == (2, 60)

    async def test_known_device(self, panel: PushDevice, server: Server) -> None:
        """The whole block at once: it goes straight to its work."""
        server.next_answers["cdata"] = [response(REGISTERED)]
        await panel.step()
        assert [one.name for one in server.heard] == ["cdata", "cdata", "getrequest"]
        assert {one.token for one in server.heard[1:]} == {f"token={token(SESSION)}"}

    async def test_no_session(self, panel: PushDevice, server: Server) -> None:
        """What a real C3-200 Plus accepted: no session, CRLF, foreign options."""
        server.always["push"] = response(
            "ServerVersion=2.0.34\r\nErrorDelay=10\r\nRequestDelay=1\r\n"
            "TransTimes=00:00;23:59\r\nTransInterval=1\r\nTransFlag=1111111111\r\n"
            "Realtime=1\r\nTimeZone=8\r\nEncrypt=0\r\n"
        )
        await panel.step()
        assert online(panel)
        assert (panel.request_delay, panel.session) == (1, "")
        assert server.of("getrequest")[0].token == f"token={token('')}"

    async def test_unterminated_line(self, panel: PushDevice, server: Server) -> None:
        """A last option without its newline is not seen."""
        server.next_answers["push"] = [response("ErrorDelay=7\nRequestDelay=1")]
        await panel.step()
        assert panel.error_delay == 7
        assert panel.request_delay == 30

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    async def test_line_ends(
        self, panel: PushDevice, server: Server, ending: str
    ) -> None:
        """Any of the three ends an option."""
        server.next_answers["push"] = [response(CONFIGURATION.replace("\n", ending))]
        await panel.step()
        assert panel.session == SESSION
        assert panel.settings["TimeoutSec"] == "10"

    @pytest.mark.parametrize(
        ("name", "answer", "reason"),
        [
            ("cdata", NEVER, "cdata answered 404"),
            ("cdata", response("UNKNOWN DEVICE"), "it does not want the device"),
            ("cdata", response("RETRY"), "it does not want the device"),
            (
                "registry",
                response("", "HTTP/1.1 406 Not Acceptable"),
                "registry answered 406",
            ),
            ("registry", response("OK"), "no registration code"),
            ("push", response("OK"), "no configuration"),
            ("getrequest", response(""), "an empty answer to getrequest"),
        ],
    )
    async def test_refused(
        self, server: Server, clock: Clock, name: str, answer: bytes, reason: str
    ) -> None:
        """It stays away, says why once, and begins anew the next time."""
        said: list[str] = []
        server.always[name] = answer
        async with PushDevice(
            server.url, SERIAL, clock=clock, report=said.append
        ) as device:
            await device.step()
            await device.step()
            assert not online(device)
            assert device.refusals == 2
            assert said[-1] == f"{SERIAL} refused by {server.url}: {reason}"
            assert len(server.of("cdata", options="all")) == 2
            del server.always[name]
            await device.step()
            assert said[-1] == f"{SERIAL} accepted by {server.url}"

    async def test_nobody_there(self, clock: Clock) -> None:
        """No server at all."""
        said: list[str] = []
        async with PushDevice(
            "http://127.0.0.1:9", SERIAL, clock=clock, report=said.append
        ) as device:
            await device.step()
            await device.step()
        assert said == [f"{SERIAL}: no answer from http://127.0.0.1:9"]
        assert [request.status for request in device.requests] == [0, 0]

    async def test_registration(self, terminal: PushDevice, server: Server) -> None:
        """Every printed parameter is there, in the printed order."""
        await terminal.step()
        keys = [
            part.partition("=")[0]
            for part in server.of("registry")[0].body.decode().split(",")
        ]
        printed = re.findall(r"(?:^|,)(~?\w+)=", PRINTED_REGISTRATION)
        assert [key for key in keys if key in printed] == printed
        assert keys[-1] == "authKey"

    async def test_registration_of_a_panel(self, server: Server, clock: Clock) -> None:
        """Doors, inputs and functions of the panel at hand."""
        async with PushDevice(
            server.url,
            SERIAL,
            doors=4,
            firmware="AC Ver 19.0.18",
            push_version="2.0.34",
            auth_key="dassas",
            clock=clock,
        ) as device:
            await device.step()
        body = server.of("registry")[0].body.decode()
        assert body.startswith(
            "DeviceType=acc,~DeviceName=C3-200 Plus,FirmVer=AC Ver 19.0.18,"
            "PushVersion=2.0.34,MAC=00:17:61:C8:2A:34,CommType=ethernet,"
            "MaxPackageSize=2048000,LockCount=4,ReaderCount=8,AuxInCount=2,"
            "AuxOutCount=2,MachineType=1,"
        )
        assert body.endswith(",authKey=dassas")
        functions = re.search("AccSupportFunList=([01]{64}),", body)
        assert functions
        assert functions[1][2:4] == "11"  # lock-down and emergency

    def test_masks(self) -> None:
        """The example of the document: codes 0, 1, 3, 5, 9 and 12."""
        assert push_lines.bit_mask([0, 1, 3, 5, 9, 12], 2) == "2B12"
        assert push_lines.flags([1, 3], 5) == "01010"

    async def test_bell_only_at_the_terminal(
        self, panel: PushDevice, terminal: PushDevice, server: Server
    ) -> None:
        """Event 224 is announced by the device that has a bell."""
        await panel.step()
        await terminal.step()
        announced = []
        for one in server.of("registry"):
            found = re.search(r"EventTypes=(\w{64}),", one.body.decode())
            assert found
            mask = int.from_bytes(bytes.fromhex(found[1]), "little")
            announced.append(mask >> 224 & 1)
        assert announced == [0, 1]

    async def test_options(
        self, panel: PushDevice, terminal: PushDevice, server: Server
    ) -> None:
        """Only a terminal uploads its parameters, with a comma inside of one."""
        await panel.step()
        assert server.bodies("options") == []
        await terminal.step()
        (body,) = server.bodies("options")
        assert body.startswith("~DeviceName=SenseFace 3A,MAC=00:17:61:13:20:21,")
        assert ",~OEMVendor=ZKTECO CO., LTD.,FWVersion=ZAM70-NF24HA-Ver3.0.15," in body

    @pytest.mark.parametrize(
        ("style", "shown"),
        [
            ("always", ("token={}", "token={}", "token={}")),
            ("some", ("", "token={}", "")),
            ("bare", ("{}", "{}", "{}")),
            ("none", ("", "", "")),
        ],
    )
    async def test_cookies(
        self,
        server: Server,
        clock: Clock,
        style: Cookies,
        shown: tuple[str, str, str],
    ) -> None:
        """Firmware differs in when and how it shows its token."""
        server.commands.append("C:1:CONTROL DEVICE 01010105")
        async with PushDevice(server.url, SERIAL, clock=clock, cookies=style) as device:
            await device.step()
        push, poll, result = shown
        assert server.of("push")[0].token == push.format(token(""))
        assert server.of("getrequest")[0].token == poll.format(token(SESSION))
        assert server.of("devicecmd")[0].token == result.format(token(SESSION))

    async def test_odd_cookie(self, terminal: PushDevice, server: Server) -> None:
        """With a comma, as printed, where others have a semicolon."""
        await terminal.step()
        assert server.of("push")[0].token == f"token={token('')}, timestamp=1771856028"

    async def test_own_token(self, server: Server, clock: Clock) -> None:
        """Nobody knows the true rule: a test can have its own."""
        async with PushDevice(
            server.url,
            SERIAL,
            clock=clock,
            token_rule=lambda code, serial, session: f"{session}-{serial}-{code}",
        ) as device:
            await device.step()
            assert device.token == f"{SESSION}-{SERIAL}-{CODE}"
        assert server.of("getrequest")[0].token == f"token={device.token}"

    async def test_encryption_falls_back(
        self, panel: PushDevice, server: Server
    ) -> None:
        """Refused keys are no reason to stay away."""
        panel.faults.encrypt = "try"
        server.always["exchange"] = NEVER
        await panel.step()
        assert (
            server.heard[1].line == f"POST /iclock/exchange?SN={SERIAL}&type=publickey"
        )
        assert server.heard[1].body.startswith(b"PublicKey=")
        assert online(panel)

    async def test_encryption_insists(self, panel: PushDevice, server: Server) -> None:
        """It stays away until the server offers a version without encryption."""
        panel.faults.encrypt = "insist"
        server.always["exchange"] = NEVER
        server.next_answers["cdata"] = [response(REGISTERED)]
        await panel.step()
        assert not online(panel)
        old = REGISTERED.replace("PushProtVer=3.1.2", "PushProtVer=3.0.1")
        server.next_answers["cdata"] = [response(old)]
        await panel.step()
        assert online(panel)
        assert len(server.of("exchange")) == 1

    async def test_encryption_accepted(self, panel: PushDevice, server: Server) -> None:
        """A server that goes along gets the factors and no more."""
        panel.faults.encrypt = "try"
        server.always["exchange"] = response("PublicKey=abc=")
        await panel.step()
        assert [one.query["type"] for one in server.of("exchange")] == [
            "publickey",
            "factors",
        ]
        assert not online(panel)

    @pytest.mark.parametrize(
        ("content_type", "ahead", "taken"),
        [
            ("text/plain", 11, True),
            ("text/plain;charset=ISO-8859-1", -11, True),
            ("text/plain", 10, False),
            ("application/push;charset=UTF-8", 3600, False),
        ],
    )
    async def test_date(
        self,
        panel: PushDevice,
        server: Server,
        content_type: str,
        ahead: int,
        taken: bool,
    ) -> None:
        """The clock follows the Date header of plain text, beyond ten seconds."""
        panel.clock_offset = timedelta(seconds=ahead)
        server.next_answers["cdata"] = [
            response(
                "OK",
                "HTTP/1.1 200 OK",
                "Date: Mon, 23 Feb 2026 14:13:48 GMT",
                content_type=content_type,
            )
        ]
        await panel.step()
        assert panel.clock_offset == timedelta(seconds=0 if taken else ahead)

    async def test_date_is_not_for_everybody(
        self, server: Server, clock: Clock
    ) -> None:
        """Some clocks stay wrong, and the header's name is compared exactly."""
        for header, follows in (("Date", False), ("date", True)):
            server.next_answers["cdata"] = [
                response(
                    "OK",
                    "HTTP/1.1 200 OK",
                    f"{header}: Mon, 23 Feb 2026 14:13:48 GMT",
                )
            ]
            async with PushDevice(
                server.url, SERIAL, clock=clock, date_sync=follows
            ) as device:
                device.clock_offset = timedelta(hours=1)
                await device.step()
                assert device.clock_offset == timedelta(hours=1)


class TestUploads:
    """Events, states and tables, and what ends their repetition."""

    async def test_granted_face(self, terminal: PushDevice, server: Server) -> None:
        """As a SenseFace 3A sent it: a granted face is event 3, verified by 15."""
        terminal.reset_index(139)
        await terminal.step()
        terminal.show_face(BOB.pin)
        await terminal.step()
        assert server.bodies("rtlog") == [
            (
                "time=2026-02-23 14:13:48\tpin=2\tcardno=0\teventaddr=1\tevent=3\t"
                "inoutstatus=0\tverifytype=15\tindex=140\tsitecode=0\tlinkid=0\t"
                "maskflag=0\ttemperature=0\tconvtemperature=0\n"
            )
        ]

    async def test_granted_finger(self, server: Server, clock: Clock) -> None:
        """The shape of a SpeedFace-V3L's record."""
        clock.wall = datetime(2026, 9, 28, 11, 40, 45, tzinfo=UTC)
        async with PushDevice(
            server.url, SERIAL, "face", clock=clock, users=[User(41235478)]
        ) as device:
            device.reset_index(13354)
            device.touch(41235478)
            await device.step()
        assert server.bodies("rtlog") == [
            (
                "time=2026-09-28 11:40:45\tpin=41235478\tcardno=0\teventaddr=1\tevent=3\t"
                "inoutstatus=0\tverifytype=1\tindex=13355\tsitecode=0\tlinkid=0\t"
                "maskflag=0\ttemperature=0\tconvtemperature=0\n"
            )
        ]

    async def test_denied_finger(self, terminal: PushDevice, server: Server) -> None:
        """An unregistered finger is event 27 of nobody."""
        terminal.touch(0)
        await terminal.step()
        assert (
            "\tpin=0\tcardno=0\teventaddr=1\tevent=27\tinoutstatus=0\t"
            in (server.bodies("rtlog")[0])
        )
        assert not energised(terminal, 1)

    async def test_panel_record(self, panel: PushDevice, server: Server) -> None:
        """A C3-200 Plus: another order, its serial, and 32 zeros as verification."""
        panel.reset_index(41)
        panel.world.log(0, door=1, card=5551234, pin=1)
        await panel.step()
        assert server.bodies("rtlog") == [
            (
                "time=2026-02-23 14:13:48\tpin=1\tcardno=5551234\tsitecode=0\teventaddr=1\t"
                f"event=0\tinoutstatus=2\tverifytype={'0' * 32}\tindex=42\tsn={SERIAL}\r\n"
            )
        ]

    async def test_printed_record(self, server: Server, clock: Clock) -> None:
        """The printed lengths (99 and 69) hold with a tab before the line's end."""
        async with PushDevice(
            server.url, SERIAL, clock=clock, record_end="\t\r\n"
        ) as device:
            device.swipe(1, ALICE.card)
            await device.step()
        assert server.bodies("rtlog")[0].endswith(f"\tsn={SERIAL}\t\r\n")

    async def test_measured(self, terminal: PushDevice, server: Server) -> None:
        """Temperature and mask, where the terminal looked."""
        terminal.show_face(ALICE.pin, mask=True, temperature=36.25)
        terminal.show_face(ALICE.pin)
        await terminal.step()
        first, second = server.bodies("rtlog")[0].splitlines()
        assert first.endswith("\tmaskflag=1\ttemperature=36.2\tconvtemperature=36.2")
        assert second.endswith("\tmaskflag=0\ttemperature=0\tconvtemperature=0")

    async def test_new_verification_style(self, server: Server, clock: Clock) -> None:
        """Bit strings, when the server repeated the device's own offer."""
        async with PushDevice(
            server.url, SERIAL, "face", clock=clock, new_verify_styles=True
        ) as device:
            device.show_face(ALICE.pin)
            await device.step()
            assert "\tverifytype=15\t" in server.bodies("rtlog")[0]
            device.reboot()
            server.next_answers["push"] = [
                response(f"NewVFStyles=0000101000000010\n{CONFIGURATION}")
            ]
            device.show_face(ALICE.pin)
            device.swipe(1, ALICE.card)
            await device.step()
        assert re.findall(r"verifytype=(\d+)", server.bodies("rtlog")[1]) == [
            "0000000000000000",
            "0000000000000010",
            "0000100000000000",
        ]
        assert b",NewVFStyles=0000101000010010," in server.of("registry")[0].body

    async def test_panel_state(self, panel: PushDevice, server: Server) -> None:
        """As a C3-200 Plus shows two closed doors, and one that was forced."""
        await panel.step()
        panel.force(1)
        await panel.step()
        head = "time=2026-02-23 14:13:48\tsensor=0000000000\trelay=000000\t"
        assert server.bodies("rtstate") == [
            f"{head}alarm=0000\tdoor=0101\tsn={SERIAL}\r\n",
            f"{head}alarm=0100\tdoor=0201\tsn={SERIAL}\r\n",
        ]

    async def test_terminal_state(self, terminal: PushDevice, server: Server) -> None:
        """As a SenseFace 3A shows a closed door; then granted and opened."""
        await terminal.step()
        terminal.show_face(ALICE.pin)
        terminal.open_contact(1)
        await terminal.step()
        zeros = "0" * 16
        assert server.bodies("rtstate") == [
            f"time=2026-02-23 14:13:48\tsensor=01\trelay=00\talarm={zeros}\tdoor=01\n",
            f"time=2026-02-23 14:13:48\tsensor=02\trelay=01\talarm={zeros}\tdoor=02\n",
        ]

    async def test_tamper_without_sensor(
        self, terminal: PushDevice, server: Server
    ) -> None:
        """The printed example: no sensor, tampered with."""
        terminal.doors[1].sensor_type = 0
        terminal.tamper()
        await terminal.step()
        assert (
            "\tsensor=00\trelay=00\talarm=0200000000000000\t"
            in (server.bodies("rtstate")[0])
        )

    async def test_alarms(self, panel: PushDevice, server: Server) -> None:
        """All eight bits, each from its cause."""
        panel.duress(2, ALICE)
        panel.world.duress_finger(2, ALICE)
        panel.world.reader_tamper(2)
        panel.world.mains_failure()
        panel.world.battery_failure()
        panel.tamper()
        panel.force(1)
        await panel.step()
        assert "\talarm=63ee\t" in server.bodies("rtstate")[0]
        panel.world.power_restored()
        await command(panel, server, "CONTROL DEVICE 02000000")
        assert "\talarm=0000\t" in server.bodies("rtstate")[-1]

    async def test_held_open(
        self, panel: PushDevice, server: Server, clock: Clock
    ) -> None:
        """A door that stays open too long says so by itself."""
        panel.swipe(1, ALICE.card)
        panel.open_contact(1)
        await panel.step()
        clock.advance(15)
        await panel.step()
        assert "\tevent=28\t" in server.bodies("rtlog")[-1]
        assert "\talarm=1000\t" in server.bodies("rtstate")[-1]

    async def test_relay_follows_time(
        self, panel: PushDevice, server: Server, clock: Clock
    ) -> None:
        """The end of a pulse is a change of state, without an event."""
        await panel.step()
        panel.swipe(2, ALICE.card)
        await panel.step()
        clock.advance(5)
        await panel.step()
        await panel.step()
        relays = [
            re.findall("relay=(\\w+)", body)[0] for body in server.bodies("rtstate")
        ]
        assert relays == ["000000", "020000", "000000"]

    async def test_printed_polarity(self, panel: PushDevice, server: Server) -> None:
        """By the document 0 is energised."""
        panel.faults.relay_inverted = True
        panel.swipe(1, ALICE.card)
        await panel.step()
        assert "\trelay=020000\t" in server.bodies("rtstate")[0]

    @pytest.mark.parametrize(
        "answer", [response("rtlog=1"), response(""), response("ERROR")]
    )
    async def test_event_until_acknowledged(
        self, panel: PushDevice, server: Server, answer: bytes
    ) -> None:
        """The same bytes again and again, until the answer is OK."""
        await panel.step()
        panel.swipe(1, ALICE.card)
        server.next_answers["rtlog"] = [answer] * 3
        for _ in range(3):
            await panel.step()
        assert len(panel.events) == 1
        assert panel.reuploads["rtlog"] == 3
        await panel.step()
        await panel.step()
        assert len(server.bodies("rtlog")) == 4
        assert panel.events == []
        assert len({*server.bodies("rtlog")}) == 1

    async def test_event_survives_errors(
        self, panel: PushDevice, server: Server
    ) -> None:
        """After an error it connects anew, and the event comes again."""
        await panel.step()
        panel.swipe(1, ALICE.card)
        server.next_answers["rtlog"] = [NEVER]
        await panel.step()
        assert not online(panel)
        await panel.step()
        assert online(panel)
        assert (len(server.bodies("rtlog")), len(panel.events)) == (2, 0)
        assert len(server.of("registry")) == 2

    async def test_lost_answer(self, panel: PushDevice, server: Server) -> None:
        """What the server heard and the device does not know comes twice."""
        await panel.step()
        panel.swipe(1, ALICE.card)
        panel.faults.lose_answers = 1
        await panel.step()
        await panel.step()
        first, second = server.bodies("rtlog")
        assert first == second

    async def test_buffered(self, panel: PushDevice, server: Server) -> None:
        """What happened while the server was away comes later, in order, dated."""
        server.always["cdata"] = NEVER
        await panel.step()
        assert isinstance(panel.clock, Clock)
        panel.swipe(1, ALICE.card)
        panel.clock.advance(3600)
        panel.exit_button(2)
        await panel.step()
        assert [event.index for event in panel.events] == [1, 2]
        del server.always["cdata"]
        await panel.step()
        (body,) = server.bodies("rtlog")
        assert re.findall(r"time=\S+ (\S+)\t.*index=(\d+)", body) == [
            ("14:13:48", "1"),
            ("15:13:48", "2"),
        ]
        panel.reset_index()
        panel.exit_button(2)
        await panel.step()
        assert "\tindex=1\t" in server.bodies("rtlog")[-1]

    async def test_many_events(self, panel: PushDevice, server: Server) -> None:
        """A night's events come in portions."""
        for _ in range(120):
            panel.exit_button(1)
        await panel.step()
        assert [body.count("\n") for body in server.bodies("rtlog")] == [50, 50, 20]

    async def test_garbage_clock(self, panel: PushDevice, server: Server) -> None:
        """As a SenseFace 2A before its clock was set."""
        panel.faults.garbage_clock = True
        panel.exit_button(1)
        await panel.step()
        assert server.bodies("rtlog")[0].startswith("time=1971--10--29 -23:-27:-54\t")

    async def test_wrong_clock(self, server: Server, clock: Clock) -> None:
        """An hour ahead, in its own zone."""
        async with PushDevice(
            server.url,
            SERIAL,
            clock=clock,
            zone=FakeClock().zone,
        ) as device:
            device.clock_offset = timedelta(hours=1)
            device.exit_button(1)
            await device.step()
        assert server.bodies("rtlog")[0].startswith("time=2026-02-23 16:13:48\t")

    async def test_exact_acknowledgement(
        self, terminal: PushDevice, server: Server
    ) -> None:
        """OK does not end the upload of a table, nor does a wrong count."""
        await terminal.step()
        terminal.enroll(User(4))
        for wrong in ("OK", "user=2", "user: 1", "User=1"):
            server.next_answers["user"] = [response(wrong)]
            await terminal.step()
        assert terminal.reuploads["user"] == 4
        await terminal.step()
        await terminal.step()
        uploads = server.of("cdata", tablename="user")
        assert len(uploads) == 5
        assert {(one.line, one.body) for one in uploads} == {
            (
                f"POST /iclock/cdata?SN={SERIAL}&table=tabledata&tablename=user&count=1",
                (
                    b"user uid=3\tcardno=\tpin=4\tpassword=\tgroup=1\tstarttime=0\t"
                    b"endtime=0\tname=\tprivilege=0\tdisable=0\tverify=0"
                ),
            )
        }

    async def test_other_tables(self, terminal: PushDevice, server: Server) -> None:
        """Anything a device may upload: error log, turnstile counters."""
        await terminal.step()
        terminal.upload(
            "errorlog",
            [
                "errorlog errcode=D01E0001\terrmsg=\tdataorigin=cmd\tcmdid=123\tadditional="
            ],
        )
        terminal.upload_text("irstate", "irstate=0\tirsensecount=2\tincount=7\r\n")
        await terminal.step()
        await terminal.step()
        assert len(server.of("cdata", tablename="errorlog")) == 1
        assert server.bodies("irstate") == ["irstate=0\tirsensecount=2\tincount=7\r\n"]

    async def test_chinese_names(self, server: Server, clock: Clock) -> None:
        """A Chinese device does not write UTF-8."""
        async with PushDevice(
            server.url, SERIAL, "face", clock=clock, language=83
        ) as device:
            await device.step()
            device.enroll(User(4, name="\u5f20\u4e09"))
            await device.step()
        assert (
            b"\tname=\xd5\xc5\xc8\xfd\t" in server.of("cdata", tablename="user")[0].body
        )

    async def test_not_in_real_time(
        self, panel: PushDevice, server: Server, clock: Clock
    ) -> None:
        """Realtime=0: news wait for the interval."""
        server.next_answers["push"] = [
            response(CONFIGURATION.replace("Realtime=1", "Realtime=0"))
        ]
        await panel.step()
        panel.exit_button(1)
        clock.advance(59)
        await panel.step()
        assert server.bodies("rtlog") == []
        clock.advance(1)
        await panel.step()
        assert len(server.bodies("rtlog")) == 1


class TestCommands:
    """What it obeys, what it refuses, and how it says so."""

    async def test_first_of_several(self, panel: PushDevice, server: Server) -> None:
        """A panel takes one command of an answer and never sees the others."""
        server.commands.append(
            "C:1:CONTROL DEVICE 01010105\nC:2:CONTROL DEVICE 01020105"
        )
        await panel.step()
        await panel.step()
        assert [one.number for one in panel.commands] == [1]
        assert [one.number for one in panel.dropped] == [2]
        assert server.results == ["ID=1&Return=1&CMD=CONTROL DEVICE"]
        assert energised(panel, 1)
        assert not energised(panel, 2)

    async def test_several(self, terminal: PushDevice, server: Server) -> None:
        """A terminal takes all of them and reports them together."""
        server.commands.append(
            "C:5:DATA UPDATE user Pin=7\tName=Eve\nPin=8\r\n"
            "C:7:DATA DELETE user Pin=7\r\nC:9:DATA QUERY tablename=tz,fielddesc=*,filter=*"
        )
        await terminal.step()
        assert server.results == [
            (
                "ID=5&Return=0&CMD=DATA UPDATE\nID=7&Return=0&CMD=DATA DELETE\n"
                "ID=9&Return=-629&CMD=DATA QUERY"
            )
        ]
        assert {*terminal.users} == {ALICE.pin, BOB.pin, 8}

    async def test_pulse(self, panel: PushDevice, server: Server, clock: Clock) -> None:
        """Open for as long as told; the event and the state follow the result."""
        await panel.step()
        server.heard.clear()
        await command(panel, server, "CONTROL DEVICE 01010105")
        assert [one.query.get("table", one.name) for one in server.heard] == [
            *("getrequest", "devicecmd", "rtlog", "rtstate")
        ]
        assert (
            "\tpin=0\tcardno=0\tsitecode=0\teventaddr=1\tevent=8\t"
            in (server.bodies("rtlog")[0])
        )
        clock.advance(4.9)
        assert energised(panel, 1)
        clock.advance(0.1)
        assert not energised(panel, 1)

    async def test_hold(self, panel: PushDevice, server: Server, clock: Clock) -> None:
        """FF latches, 00 closes."""
        await command(panel, server, "CONTROL DEVICE 010101FF")
        clock.advance(86400)
        assert energised(panel, 1)
        assert panel.doors[1].latched
        assert (await command(panel, server, "CONTROL DEVICE 01010100")).code == 1
        assert not energised(panel, 1)
        assert [event.code for event in panel.transactions] == [205, 9]

    async def test_close_that_holds(self, panel: PushDevice, server: Server) -> None:
        """Reported of a C3-200 Plus: accepted, and the door stays open."""
        panel.faults.close_holds = True
        assert (await command(panel, server, "CONTROL DEVICE 01010100")).code == 1
        assert panel.doors[1].latched

    async def test_every_door(self, panel: PushDevice, server: Server) -> None:
        """Number 00 is all of them."""
        await command(panel, server, "CONTROL DEVICE 01000105")
        assert all(door.relay for door in panel.doors.values())

    async def test_aux_output(self, panel: PushDevice, server: Server) -> None:
        """On, and off again."""
        await command(panel, server, "CONTROL DEVICE 010202FF")
        assert panel.world.aux_outputs == {1: False, 2: True}
        await command(panel, server, "CONTROL DEVICE 01020200")
        assert panel.world.aux_outputs == {1: False, 2: False}

    async def test_lockdown(self, panel: PushDevice, server: Server) -> None:
        """Nobody passes a door that is locked down; the other one works."""
        await command(panel, server, "CONTROL DEVICE 010101FF")
        await command(panel, server, "CONTROL DEVICE 06010100")
        assert panel.lockdown == {1}
        assert not energised(panel, 1)
        assert panel.swipe(1, ALICE.card).code == 63
        assert panel.exit_button(1).code == 209
        assert (await command(panel, server, "CONTROL DEVICE 01010105")).code == -12
        assert panel.swipe(2, ALICE.card).code == 0
        await command(panel, server, "CONTROL DEVICE 06010000")
        assert panel.swipe(1, ALICE.card).code == 0
        assert {233, 234} <= {event.code for event in panel.transactions}

    async def test_emergency(self, panel: PushDevice, server: Server) -> None:
        """All open, all closed, and how each of them ends."""
        modes: list[str] = []
        for text in ("07010000", "07020000"):
            await command(panel, server, f"CONTROL DEVICE {text}")
            modes.append(panel.world.emergency)
            relays = {door.relay for door in panel.doors.values()}
            assert relays == {text == "07010000"}
        assert panel.swipe(1, ALICE.card).code == 63
        await command(panel, server, "CONTROL DEVICE 06000000")
        modes.append(panel.world.emergency)
        assert modes == ["open", "closed", ""]
        assert panel.lockdown == set()

    async def test_schedule(self, panel: PushDevice, server: Server) -> None:
        """A door that stands open by schedule does not close, until it is off."""
        await command(panel, server, "SET OPTIONS Door1KeepOpenTimeZone=1")
        assert (await command(panel, server, "CONTROL DEVICE 01010100")).code == -28
        await command(panel, server, "CONTROL DEVICE 04010000")
        await command(panel, server, "CONTROL DEVICE 01010100")
        assert not energised(panel, 1)

    async def test_restart(self, panel: PushDevice, server: Server) -> None:
        """The result first; then it connects anew, with event 206."""
        await command(panel, server, "CONTROL DEVICE 03000000")
        assert server.results == ["ID=1&Return=1&CMD=CONTROL DEVICE"]
        assert not online(panel)
        await panel.step()
        assert "\tevent=206\t" in server.bodies("rtlog")[-1]
        assert len(server.of("registry")) == 2
        assert server.of("push")[1].token == f"token={token('')}"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("CONTROL DEVICE 01010000", -13),
            ("CONTROL DEVICE 01030105", -11),
            ("CONTROL DEVICE 01030205", -11),
            ("CONTROL DEVICE 05000000", -13),
            ("CONTROL DEVICE 0D000000", -13),
            ("CONTROL DEVICE 10040000", -13),
            ("CONTROL DEVICE 0101010", -620),
            ("CONTROL DEVICE 01", -620),
            ("AC_UNLOCK", -13),
            ("REBOOT", -13),
            ("SET OPTION LockCount=1", -13),
            ("DATA", -13),
            ("ACCOUNT user MaxIndex=0", -11),
            ("ACCOUNT transaction ContentType=tgz MaxIndex=0", -11),
            ("UPGRADE checksum=1", -708),
            ("SET OPTIONS LockCount=4", -612),
            ("SET OPTIONS novalue", -620),
            ("DATA UPDATE tz TimezoneId=1", -629),
            ("DATA UPDATE templatev10 Pin=1", -629),
            ("DATA UPDATE user Pin=1\tShoeSize=44", -621),
            ("DATA UPDATE user Pin=one", -11),
            ("DATA UPDATE user Name=Eve", -11),
            ("DATA UPDATE user", -10),
            ("DATA UPDATE user Pin", -10),
            ("DATA DELETE user", -11),
            ("DATA DELETE transaction Index=1", -11),
            ("DATA COUNT nothing", -629),
            ("DATA QUERY user", -620),
            ("DATA QUERY tablename=[APList],fielddesc=*,filter=*", -629),
        ],
    )
    async def test_refused(
        self, panel: PushDevice, server: Server, text: str, code: int
    ) -> None:
        """With the document's own codes, and nothing changed."""
        before = (panel.users, panel.world.parameters.copy())
        assert (await command(panel, server, text)).code == code
        assert server.results[-1].startswith(f"ID=1&Return={code}&CMD=")
        assert (panel.users, panel.world.parameters) == before
        assert not any(door.relay for door in panel.doors.values())

    async def test_terminal_results(self, terminal: PushDevice, server: Server) -> None:
        """0 where the panel says 1; a battery has a level."""
        assert (await command(terminal, server, "CONTROL DEVICE 01010105")).code == 0
        assert (await command(terminal, server, "CONTROL DEVICE 05000000")).code == 87
        assert (
            await command(terminal, server, "Test Host Address=1.2.3.4:80")
        ).code == 0

    async def test_new_person(self, panel: PushDevice, server: Server) -> None:
        """It takes a user and a right to pass a door."""
        assert panel.swipe(2, 123456789).code == 27
        await command(
            panel,
            server,
            "DATA UPDATE user CardNo=[15CD5B07]\tPin=9\tName=Eve\tGroup=1",
        )
        assert panel.users[9]["CardNo"] == 123456789
        assert panel.swipe(2, 123456789).code == 23
        await command(
            panel,
            server,
            "DATA UPDATE userauthorize Pin=9\tAuthorizeTimezoneId=1\tAuthorizeDoorId=2",
        )
        assert panel.swipe(2, 123456789).code == 0
        assert panel.swipe(1, 123456789).code == 23
        await command(panel, server, "DATA DELETE userauthorize Pin=9")
        assert panel.swipe(2, 123456789).code == 23
        await command(panel, server, "DATA DELETE user Pin=9")
        assert panel.swipe(2, 123456789).code == 27
        await command(panel, server, "DATA DELETE user *")
        assert panel.users == {}

    async def test_changed_person(self, panel: PushDevice, server: Server) -> None:
        """Fields that an update does not name stay as they are."""
        await command(panel, server, f"DATA UPDATE user Pin={ALICE.pin}\tname=Alicia")
        assert panel.users[ALICE.pin]["CardNo"] == ALICE.card
        assert panel.users[ALICE.pin]["UID"] == 1
        assert panel.users[ALICE.pin]["Name"] == "Alicia"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ("StartTime=0\tEndTime=0", 0),
            ("StartTime=20260223\tEndTime=20260223", 0),
            ("StartTime=20260224\tEndTime=0", 29),
            ("EndTime=20260222", 29),
            # 2026-02-23 14:13:48 is 840291228.
            ("EndTime=840291228", 0),
            ("EndTime=840291227", 29),
            ("StartTime=2026-02-23 14:13:49", 29),
            ("EndTime=2026-02-23 14:13:49", 0),
            ("Disable=1", 39),
        ],
    )
    async def test_validity(
        self, panel: PushDevice, server: Server, fields: str, code: int
    ) -> None:
        """Days, packed seconds and written-out times; and people locked out."""
        result = await command(
            panel, server, f"DATA UPDATE user Pin={ALICE.pin}\t{fields}"
        )
        assert result.code == 0
        assert panel.swipe(1, ALICE.card).code == code

    async def test_second_card(self, panel: PushDevice, server: Server) -> None:
        """More cards for one person, in hexadecimal, until one is lost."""
        row = f"DATA UPDATE mulcarduser Pin={BOB.pin}\tCardNo=CC9932DD\tCardType=1"
        await command(panel, server, row)
        event = panel.swipe(1, 0xCC9932DD)
        assert (event.code, event.pin, event.card) == (0, BOB.pin, 0xCC9932DD)
        await command(panel, server, f"{row}\tLossCardFlag=1")
        assert panel.swipe(1, 0xCC9932DD).code == 38

    async def test_time_zone(self, panel: PushDevice, server: Server) -> None:
        """The printed time rule, and a holiday that has its own hours."""
        await command(
            panel,
            server,
            "DATA UPDATE timezone TimeZoneId=2\tMonTime1=65539\tMonTime2=91751000",
        )
        await command(panel, server, f"DATA DELETE userauthorize Pin={BOB.pin}")
        await command(
            panel,
            server,
            f"DATA UPDATE userauthorize Pin={BOB.pin}\tAuthorizeTimezoneId=2\t"
            "AuthorizeDoorId=1",
        )
        assert panel.swipe(1, BOB.card).code == 22  # Monday, 14:13; 14:00 to 13:36
        await command(
            panel, server, "DATA UPDATE timezone TimezoneId=2\tMonTime2=91752359"
        )
        assert panel.swipe(1, BOB.card).code == 0  # 14:00 to 23:59
        result = await command(
            panel, server, "DATA UPDATE holiday Holiday=20100223\tHolidayType=1\tLoop=1"
        )
        assert result.code == 0
        assert panel.swipe(1, BOB.card).code == 22
        assert panel.table("TimeZone")[1]["MonTime1"] == 65539

    @pytest.mark.parametrize(
        "text",
        [
            "DATA UPDATE firstcard Pin=1\tDoorID=1\tTimezoneID=1",
            "DATA UPDATE multimcard Index=1\tDoorId=1\tGroup1=1",
            "DATA UPDATE extuser Pin=1\tFunSwitch=1\tFirstName=\tLastName=\tPersonalVS=0",
            "DATA UPDATE losscard CardNo=7654321",
        ],
    )
    async def test_further_tables(
        self, panel: PushDevice, server: Server, text: str
    ) -> None:
        """Taken; the table of lost cards counts for the door."""
        assert (await command(panel, server, text)).code == 0
        assert len(panel.table(text.split()[2])) == 1
        lost = panel.swipe(1, BOB.card).code == 38
        assert lost is ("losscard" in text)

    async def test_query(self, panel: PushDevice, server: Server, clock: Clock) -> None:
        """Rows first; the result with their number 0.2 s later."""
        await panel.step()
        await command(panel, server, "DATA DELETE user *")
        await command(panel, server, "DATA UPDATE user Pin=1\tPrivilege=14")
        await command(panel, server, "DATA QUERY tablename=user,fielddesc=*,filter=*")
        (upload,) = server.of("querydata")
        assert upload.line == (
            f"POST /iclock/querydata?SN={SERIAL}&type=tabledata&cmdid=3&tablename=user"
            "&count=1&packcnt=1&packidx=1"
        )
        assert upload.body.decode() == (
            "user uid=3\tcardno=\tpin=1\tpassword=\tgroup=1\tstarttime=0\tendtime=0\t"
            "name=\tprivilege=14\tdisable=0\tverify=0"
        )
        assert len(server.results) == 2
        clock.advance(0.19)
        await panel.step()
        assert len(server.results) == 2
        clock.advance(0.02)
        await panel.step()
        assert server.results[2:] == ["ID=3&Return=1&CMD=DATA QUERY"]

    async def test_chosen_rows(self, panel: PushDevice, server: Server) -> None:
        """Some fields, some rows; none at all has no upload."""
        query = "DATA QUERY tablename=user,fielddesc={},filter={}"
        result = await command(
            panel, server, query.format("Pin\tName", "Pin=2\tVerify=0")
        )
        assert result.code == 1
        assert [one.body for one in server.of("querydata")] == [b"user pin=2\tname=Bob"]
        assert (await command(panel, server, query.format("*", "Pin=3"))).code == 0
        assert len(server.of("querydata")) == 1

    async def test_transactions(self, panel: PushDevice, server: Server) -> None:
        """Past events, all or new ones, in the table's own words."""
        panel.tamper()
        query = "DATA QUERY tablename=transaction,fielddesc=*,filter={}"
        assert (await command(panel, server, query.format("NewRecord"))).code == 1
        assert server.of("querydata")[0].body.decode() == (
            "transaction cardno=0\tpin=0\tverified=200\tdoorid=0\teventtype=100\t"
            "inoutstate=2\ttime_second=840291228\tindex=1\tsitecode=0\tdevid=1\t"
            f"sn={SERIAL}"
        )
        assert (await command(panel, server, query.format("NewRecord"))).code == 0
        assert (await command(panel, server, query.format("*"))).code == 1
        early = query.format("starttime=1\tendtime=840291227")
        assert (await command(panel, server, early)).code == 0
        await command(panel, server, "DATA COUNT transaction")
        assert server.of("querydata")[-1].body == b"transaction=1"
        await command(panel, server, "DATA DELETE transaction *")
        assert panel.transactions == []

    async def test_log_of_a_panel(self, panel: PushDevice, server: Server) -> None:
        """Announced, and in files of forty."""
        for _ in range(42):
            panel.tamper()
        await panel.step()
        result = await command(panel, server, "ACCOUNT transaction MaxIndex=1")
        assert result.code == 41
        (overview,) = server.of("cdata", desc="overview")
        assert overview.body == (
            b"SumCount=41\nFileName=transaction.tgz\nContentType=tgz\nFileCount=2"
        )
        first, second = server.of("file")
        assert first.line.endswith(
            f"SN={SERIAL}&cmdid=1&fileseq=1&contenttype=tgz&table=transaction&count=40"
        )
        assert unpacked(first.body).startswith(
            "cardno=0\tpin=0\tverified=200\tdoorid=0\teventtype=100\tinoutstate=2\t"
            "time_second=840291228\tindex=2\r\n"
        )
        assert unpacked(second.body).count("\n") == 1
        some = "ACCOUNT transaction StartIndex=2\tEndIndex=5"
        assert (await command(panel, server, some)).code == 4
        times = "ACCOUNT transaction StartTime=2026-02-23 {}\tEndTime=2026-02-23 {}"
        early = times.format("00:00:00", "14:13:47")
        assert (await command(panel, server, early)).code == 0
        all_of_it = times.format("14:13:48", "14:13:48")
        assert (await command(panel, server, all_of_it)).code == 42

    async def test_log_of_a_terminal(
        self, terminal: PushDevice, server: Server
    ) -> None:
        """One package in Base64, after a few words and a NUL; what is not taken is sent for ever."""
        terminal.tamper()
        text = "ACCOUNT transaction ContentType=tgz MaxIndex=0"
        assert (await command(terminal, server, text)).code == 1
        (upload,) = server.of("querydata")
        assert upload.line.endswith(
            f"SN={SERIAL}&type=tabledata&cmdid=1&tablename=transaction&count=1&datafmt=3&Stamp=9999"
        )
        head, _, data = upload.body.partition(b"\0")
        assert head.startswith(b"name=transaction.tgz\nsize=")
        assert head.endswith(b"\ndatacode=base64\ndatatype=tgz")
        assert "\tindex=1\r\n" in unpacked(b64decode(data))
        server.next_answers["transaction"].append(response("OK"))
        assert (await command(terminal, server, text)).code == -731
        server.next_answers["transaction"].append(response("", "HTTP/1.1 500 Oh"))
        assert (await command(terminal, server, text)).code == -726

    async def test_forgotten_events(self, panel: PushDevice, server: Server) -> None:
        """What was kept for the server is lost, and the log is not."""
        panel.tamper()
        panel.forget()
        await panel.step()
        assert server.bodies("rtlog") == []
        assert len(panel.transactions) == 1

    async def test_count(self, panel: PushDevice, server: Server, clock: Clock) -> None:
        """As printed, in two steps too."""
        server.commands.append("C:288:DATA COUNT user")
        await panel.step()
        (upload,) = server.of("querydata")
        assert upload.line == (
            f"POST /iclock/querydata?SN={SERIAL}&type=count&cmdid=288&tablename=user"
            "&count=1&packcnt=1&packidx=1"
        )
        assert upload.body == b"user=2"
        clock.advance(0.2)
        await panel.step()
        assert server.results == ["ID=288&Return=0&CMD=DATA COUNT"]

    async def test_get_options(self, panel: PushDevice, server: Server) -> None:
        """Parameters by name; an unknown one is empty."""
        await command(
            panel, server, "GET OPTIONS ~SerialNumber,FirmVer, LockCount,Nonsense"
        )
        (upload,) = server.of("querydata", type="options", tablename="options")
        assert upload.body.decode() == (
            f"~SerialNumber={SERIAL},FirmVer=AC Ver 19.0.18 Mar 15 2024,LockCount=2,"
            "Nonsense="
        )

    async def test_set_options(self, panel: PushDevice, server: Server) -> None:
        """They take effect, in the next registration too."""
        await command(panel, server, "SET OPTIONS Door1Drivertime=60,ComPwd=1")
        assert panel.doors[1].setting("Drivertime") == 60
        panel.reboot()
        await panel.step()
        assert server.of("registry")[-1].body.endswith(b",authKey=1")

    async def test_set_time(self, panel: PushDevice, server: Server) -> None:
        """Local wall clock time; a panel asks nothing afterwards."""
        await command(panel, server, "SET OPTIONS DateTime=583080894")
        panel.exit_button(1)
        await panel.step()
        assert server.bodies("rtlog")[0].startswith("time=2018-02-22 14:54:54\t")
        assert server.of("rtdata") == []

    async def test_ask_time(self, terminal: PushDevice, server: Server) -> None:
        """A terminal asks at once, and is told UTC and the server's zone."""
        server.always["rtdata"] = response("DateTime=583050990,ServerTZ=+0800")
        await command(terminal, server, "SET OPTIONS DateTime=583080894")
        assert (
            server.of("rtdata")[0].line == f"GET /iclock/rtdata?SN={SERIAL}&type=time"
        )
        terminal.exit_button(1)
        await terminal.step()
        assert server.bodies("rtlog")[-1].startswith("time=2018-02-22 14:36:30\t")

    @pytest.mark.parametrize("cut", [False, True])
    async def test_packets(self, server: Server, clock: Clock, cut: bool) -> None:
        """Much data comes in packets, a ping between them."""
        users = [User(n, n, f"User {n}") for n in range(1, 8)]
        async with PushDevice(
            server.url,
            SERIAL,
            "face",
            clock=clock,
            users=users,
            max_package=300,
            faults=Faults(cut_records=cut),
        ) as device:
            await command(
                device, server, "DATA QUERY tablename=user,fielddesc=*,filter=*"
            )
        packets = server.of("querydata")
        assert [one.query["packidx"] for one in packets] == ["1", "2", "3", "4"][
            : len(packets)
        ]
        assert {one.query["packcnt"] for one in packets} == {str(len(packets))}
        assert all(len(one.body) <= 300 for one in packets)
        assert len(server.of("ping")) == len(packets) - 1 > 0
        joined = (b"" if cut else b"\n").join(one.body for one in packets)
        assert [line[:9] for line in joined.split(b"\n")] == [
            f"user uid={n}"[:9].encode() for n in range(1, 8)
        ]

    @pytest.mark.parametrize(
        ("answer", "code"), [(response("OK"), -731), (NEVER, -726), (b"\r\n\r\n", -730)]
    )
    async def test_query_not_taken(
        self, panel: PushDevice, server: Server, answer: bytes, code: int
    ) -> None:
        """The result says why the rows did not arrive."""
        server.always["user"] = answer
        result = await command(
            panel, server, "DATA QUERY tablename=user,fielddesc=*,filter=*"
        )
        assert result == Result(1, code, "DATA QUERY")
        assert online(panel)

    async def test_result_survives(self, panel: PushDevice, server: Server) -> None:
        """A result that nobody took is posted again."""
        server.next_answers["devicecmd"] = [NEVER]
        await command(panel, server, "CONTROL DEVICE 01010105")
        await panel.step()
        assert server.results == ["ID=1&Return=1&CMD=CONTROL DEVICE"] * 2

    async def test_odd_results(
        self, panel: PushDevice, server: Server, clock: Clock
    ) -> None:
        """Late, twice, and in the document's other spelling."""
        panel.faults.result_delay = 60
        panel.faults.duplicate_results = True
        panel.faults.lower_return = True
        await command(panel, server, "DATA DELETE user Pin=9")
        clock.advance(59)
        await panel.step()
        assert server.results == []
        clock.advance(1)
        await panel.step()
        assert server.results == ["ID=1&return=0&CMD=DATA DELETE"] * 2

    @pytest.mark.parametrize(("refused", "codes"), [(True, [1, -7]), (False, [1, 1])])
    async def test_repeated(
        self, panel: PushDevice, server: Server, refused: bool, codes: list[int]
    ) -> None:
        """Some firmware knows a number it has seen."""
        panel.faults.repeated_refused = refused
        server.commands += ["C:4:CONTROL DEVICE 01010105"] * 2
        await panel.step()
        await panel.step()
        assert [result.code for result in panel.results] == codes

    async def test_command_format(self, server: Server, clock: Clock) -> None:
        """CmdFormat=1: announced, and a line without the prefix is refused."""
        async with PushDevice(server.url, SERIAL, clock=clock, cmd_format=1) as device:
            server.commands += [
                "C:1:CONTROL DEVICE 01010105",
                (
                    f"DataType=1,SN={SERIAL},Priority=0,CmdID=2,CmdDesc="
                    "C:2:CONTROL DEVICE 01010105"
                ),
                f"DataType=1, SN={SERIAL}, CmdID=3, CmdDesc=C:3:CONTROL DEVICE 01020105",
            ]
            for _ in range(3):
                await device.step()
            assert [result.code for result in device.results] == [-801, 1, 1]
        assert b",CmdFormat=1,authKey=" in server.of("registry")[0].body


class TestSecondaries:
    """Machines behind the device, which speak through it."""

    @pytest.fixture
    async def master(self, server: Server, clock: Clock) -> AsyncGenerator[PushDevice]:
        """Provide a main controller with one machine behind it."""
        async with PushDevice(
            server.url, SERIAL, clock=clock, cmd_format=1, secondaries=("SUB1",)
        ) as device:
            yield device

    async def order(self, master: PushDevice, server: Server, text: str) -> None:
        """Address one command to the master and one to the machine behind."""
        number = len(master.commands) + 1
        addressed = "SUB1" if text.startswith("CONTROL") else SERIAL
        server.commands.append(
            f"DataType=1,SN={addressed},Priority=0,CmdID={number},CmdDesc=C:{number}:{text}"
        )
        await master.step()

    async def test_authorization(
        self, master: PushDevice, server: Server, clock: Clock
    ) -> None:
        """It shows its table, and the machine is heard once it is authorized."""
        await master.step()
        master.secondaries["SUB1"].exit_button(2)
        await master.step()
        (shown,) = server.of("cdata", tablename="DeviceAuthorize")
        assert shown.line == (
            f"POST /iclock/cdata?SN={SERIAL}&type=registry&table=tabledata"
            "&tablename=DeviceAuthorize&count=1"
        )
        assert shown.body.decode() == (
            "DeviceAuthorize SN=SUB1\tOnline=1\tIsAuthorize=0\t"
            "AuthorizeInfo=DeviceName=inBIO260\tRegisterInfo="
        )
        assert server.bodies("rtlog") == []
        await self.order(
            master, server, "DATA UPDATE DeviceAuthorize SN=SUB1\tIsAuthorize=1"
        )
        registered = server.of("cdata", tablename="DeviceAuthorize")[1].body
        assert b"\tIsAuthorize=1\t" in registered
        assert b"\tRegisterInfo=DeviceName=inBIO260,LockCount=2" in registered
        await self.order(
            master, server, "DATA UPDATE DeviceAuthorize SN=SUB1\tIsAuthorize=2"
        )
        assert server.bodies("rtlog")[0].endswith("\tindex=1\tsn=SUB1\r\n")
        assert server.bodies("rtstate")[-1].endswith("\tsn=SUB1\r\n")

    async def test_commands(
        self, master: PushDevice, server: Server, clock: Clock
    ) -> None:
        """First pending at the master, then done by the machine."""
        await self.order(master, server, "CONTROL DEVICE 01010105")
        assert server.results == ["ID=1&Return=-8&CMD=CONTROL DEVICE&SN=SUB1"]
        await self.order(
            master, server, "DATA UPDATE DeviceAuthorize SN=SUB1\tIsAuthorize=2"
        )
        await self.order(master, server, "CONTROL DEVICE 01010105")
        assert server.results[-1] == "ID=3&Return=-5000&CMD=CONTROL DEVICE&SN=SUB1"
        clock.advance(0.2)
        await master.step()
        assert server.results[-1] == "ID=3&Return=1&CMD=CONTROL DEVICE&SN=SUB1"
        assert master.secondaries["SUB1"].doors[1].relay
        assert not master.doors[1].relay

    async def test_asked_for(self, master: PushDevice, server: Server) -> None:
        """Command 0D shows the table again."""
        await master.step()
        server.commands.append(
            f"DataType=1,SN={SERIAL},Priority=0,CmdID=1,CmdDesc=C:1:CONTROL DEVICE 0D000000"
        )
        await master.step()
        assert len(server.of("cdata", tablename="DeviceAuthorize")) == 2


class TestFaults:
    """What goes wrong on demand."""

    @pytest.mark.parametrize(
        ("faults", "expected"),
        [
            (Faults(double_slash=True), b"GET //iclock/cdata?SN="),
            (Faults(aspx=True), b"GET /iclock/cdata.aspx?SN="),
            (Faults(lower_http=True), b"&options=all http/1.1\r\nHost: "),
            (Faults(no_host=True), b" HTTP/1.1\r\nUser-Agent: "),
            (Faults(lf_only=True), b"Accept: application/push\nAccept-Charset: "),
            (
                Faults(raw_query=b"&Name=\xd5\xc5 1\t"),
                b"&options=all&Name=\xd5\xc5 1\t HTTP/1.1\r\n",
            ),
            (
                Faults(forwarded_for="203.0.113.9"),
                b"\r\nX-Forwarded-For: 203.0.113.9\r\n",
            ),
        ],
    )
    async def test_head(
        self, server: Server, clock: Clock, faults: Faults, expected: bytes
    ) -> None:
        """Heads that a strict server does not like."""
        async with PushDevice(server.url, SERIAL, clock=clock, faults=faults) as device:
            await device.step()
        assert expected in server.heard[0].head

    async def test_path(self, server: Server, clock: Clock) -> None:
        """A person typed the path into the server's address."""
        async with PushDevice(
            server.url, SERIAL, clock=clock, path="/iclock/iclock"
        ) as device:
            await device.step()
            assert online(device)
        assert server.heard[0].line.startswith("GET /iclock/iclock/cdata?")

    async def test_double_length(self, panel: PushDevice, server: Server) -> None:
        """Content-Length twice."""
        panel.faults.double_length = True
        await panel.step()
        head = server.of("registry")[0].head
        assert head.count(b"Content-Length: ") == 2

    async def test_oversized(self, panel: PushDevice, server: Server) -> None:
        """Bodies that no record needs."""
        panel.faults.oversized = 100_000
        await panel.step()
        assert len(server.of("registry")[0].body) > 100_000

    async def test_length_too_large(self, panel: PushDevice, server: Server) -> None:
        """The body ends before its length."""
        panel.faults.wrong_length = 5
        await panel.step()
        assert not online(panel)
        assert server.truncated == 1

    async def test_length_too_small(self, panel: PushDevice, server: Server) -> None:
        """The rest of the body looks like another request."""
        panel.faults.wrong_length = -3
        await panel.step()
        assert server.of("registry")[0].body.endswith(b",authK")

    async def test_slow_body(self, panel: PushDevice, server: Server) -> None:
        """Half a body, and the rest when the test says so."""
        await panel.step()
        panel.faults.slow_body = asyncio.Event()
        panel.faults.in_pieces = 10
        panel.exit_button(1)
        step = asyncio.create_task(panel.step())
        for _ in range(200):  # the loopback delivers within a few turns of the loop
            await asyncio.sleep(0)
        assert server.bodies("rtlog") == []
        panel.faults.slow_body.set()
        await step
        assert len(server.bodies("rtlog")) == 1

    async def test_duplicate_polls(self, panel: PushDevice, server: Server) -> None:
        """Two polls, and the commands of both."""
        panel.faults.duplicate_polls = True
        server.commands += [f"C:{n}:CONTROL DEVICE 01010105" for n in (1, 2)]
        await panel.step()
        assert len(server.of("getrequest")) == 2
        assert [result.number for result in panel.results] == [1, 2]

    async def test_lost_request(self, panel: PushDevice, server: Server) -> None:
        """The server hears nothing of it."""
        await panel.step()
        heard = len(server.heard)
        panel.faults.lose_requests = 1
        await panel.step()
        assert len(server.heard) == heard
        assert not online(panel)
        assert panel.requests[-1].status == 0

    async def test_lost_command(self, panel: PushDevice, server: Server) -> None:
        """A command in a lost answer is never carried out."""
        await panel.step()
        server.commands.append("C:1:CONTROL DEVICE 01010105")
        panel.exit_button(1)
        await panel.step()
        panel.faults.lose_answers = 1
        server.commands.append("C:2:CONTROL DEVICE 01010105")
        await panel.step()
        await panel.step()
        assert server.commands == []
        assert [one.number for one in panel.commands] == [1]

    async def test_twins(self, server: Server, clock: Clock) -> None:
        """The same serial from another address."""
        async with (
            PushDevice(server.url, SERIAL, clock=clock) as one,
            PushDevice(server.url, SERIAL, clock=clock, source="127.0.0.2") as other,
        ):
            await one.step()
            await other.step()
        assert [one.peer for one in server.of("registry")] == ["127.0.0.1", "127.0.0.2"]
        assert b",IPAddress=127.0.0.2," in server.of("registry")[1].body


class TestByItself:
    """Its own cadence, on a clock that the test turns."""

    @pytest.fixture
    def time(self) -> FakeClock:
        """Provide the clock that devices and the product share."""
        return FakeClock()

    async def test_cadence(self, server: Server, time: FakeClock) -> None:
        """It polls by RequestDelay, tells news at once, and results when due."""
        async with PushDevice(server.url, SERIAL, clock=time) as device:
            await device.start()
            await time.advance(10)
            assert len(server.of("getrequest")) == 6
            await time.advance(1)
            device.swipe(1, ALICE.card)
            await time.settle()
            assert len(server.bodies("rtlog")) == 1
            assert len(server.of("getrequest")) == 6
            server.commands.append("C:1:DATA COUNT user")
            await time.advance(1)
            assert server.results == []
            await time.advance(0.2)
            assert server.results == ["ID=1&Return=0&CMD=DATA COUNT"]
            assert len(server.of("getrequest")) == 7

    async def test_patience(self, server: Server, time: FakeClock) -> None:
        """After a failure it waits for ErrorDelay, its own or the configured."""
        server.always["registry"] = NEVER
        async with PushDevice(server.url, SERIAL, clock=time) as device:
            await device.start()
            await time.advance(44)
            assert len(server.of("registry")) == 3
            del server.always["registry"]
            await time.advance(1)
            assert online(device)
            server.next_answers["getrequest"] = [response("")]
            await time.advance(2)
            assert not online(device)
            await time.advance(59)
            assert not online(device)
            await time.advance(1)
            assert online(device)

    async def test_news_that_fail(self, server: Server, time: FakeClock) -> None:
        """An event that cannot be told puts it off, too."""
        async with PushDevice(server.url, SERIAL, clock=time) as device:
            await device.start()
            await time.settle()
            server.next_answers["rtlog"] = [NEVER]
            device.swipe(1, ALICE.card)
            await time.advance(59)
            assert not online(device)
            await time.advance(1)
            assert (len(server.bodies("rtlog")), len(device.events)) == (2, 0)

    async def test_stop(self, server: Server, time: FakeClock) -> None:
        """Silence."""
        device = PushDevice(server.url, SERIAL, clock=time)
        await device.start()
        await time.settle()
        await device.stop()
        heard = len(server.heard)
        device.exit_button(1)
        await asyncio.sleep(0)
        assert len(server.heard) == heard


def test_console(clock: Clock) -> None:
    """Commands from the keyboard; the bell only where there is one."""
    panel = PushDevice("http://127.0.0.1:9", SERIAL, clock=clock)
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
    assert obey(commands, "open 3") == "open: door must be 1 to 2"
    assert obey(commands, "swipe 1 99999999999") == (
        "swipe: card must be 0 to 4294967295"
    )
    assert obey(commands, "bell").startswith("unknown command 'bell'; known: swipe,")
    terminal = PushDevice("http://127.0.0.1:9", SERIAL, "face", clock=clock)
    commands = console_commands(terminal)
    assert obey(commands, "bell") == "doorbell (event 224 at 1)"
    assert obey(commands, "face 1") == "granted at terminal (event 3 at 1)"
    assert obey(commands, "face 99") == "unknown card (event 27 at 1)"


@pytest.mark.parametrize("model", ["c3-200-plus", "face"])
async def test_runs_alone(server: Server, model: str) -> None:
    """One line when accepted, obeys its input, outlives it, ends on interrupt."""
    server.always["push"] = response("RequestDelay=0.05\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators.push_device", "--server", server.url),
        *("--serial", SERIAL, "--model", model),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    accepted = f"{SERIAL} accepted by {server.url}\n".encode()
    assert await process.stdout.readline() == accepted
    process.stdin.write(b"exit 1\n\nexit one\n")
    assert await process.stdout.readline() == b"exit button (event 202 at 1)\n"
    assert await process.stdout.readline() == b"exit: DOOR must be a whole number\n"
    process.stdin.close()
    server.commands.append("C:1:CONTROL DEVICE 01010105")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (server.results and server.bodies("rtlog")):
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert await process.stdout.read() == b""
    assert await process.wait() == 0


async def test_refused_alone(server: Server) -> None:
    """One line when it is refused; `quit` ends it."""
    server.always["registry"] = response("", "HTTP/1.1 406 Not Acceptable")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators.push_device", "--server", server.url),
        *("--serial", SERIAL),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin
    assert process.stdout
    said = await process.stdout.readline()
    assert said.decode() == (
        f"{SERIAL} refused by {server.url}: registry answered 406\n"
    )
    process.stdin.write(b"quit\n")
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--server", "192.168.1.5"], "must look like http://127.0.0.1:8123"),
        (["--server", "https://127.0.0.1:8123"], "must look like http"),
        (["--server", "http://127.0.0.1:99999"], "must look like http"),
        (["--doors", "3"], "invalid choice: '3'"),
        (["--model", "c3"], "invalid choice: 'c3'"),
    ],
)
def test_bad_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    complaint: str,
) -> None:
    """The error names the option and what it takes."""
    monkeypatch.setattr(sys, "argv", ["push_device", "--serial", "X", *options])
    with pytest.raises(SystemExit):
        main()
    error = capsys.readouterr().err
    assert complaint in error
    assert f"argument {options[0]}" in error
