"""What no device should send, to every address that devices call, from paired devices and from strangers.

Chance with a known beginning: whoever finds something finds it again. Bodies and queries of real devices are where it
begins (`replay`); they are damaged, mixed and lied about.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
import tracemalloc

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.hub import Hub
from custom_components.zkteco.listener import Listener
from custom_components.zkteco.protocol import names
from custom_components.zkteco.protocol.attendance.terminal import AttendanceTerminal
from custom_components.zkteco.protocol.errors import DeviceError
from custom_components.zkteco.protocol.model import AccessEvent
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.messages import Request, parse_query
from custom_components.zkteco.protocol.push.server import PushServer
from homeassistant.core import HomeAssistant
from tests.clock import PATIENCE_SECONDS, FakeClock
from tests.push_calls import SERIAL, Caller, call, push_entry, request
from tests.replay.script import Call, load

DEVICE, STRANGER = "192.168.1.10", "192.168.9.9"
REFUSED = b"403: Forbidden"
ENDPOINTS = (
    *("cdata", "getrequest", "devicecmd", "registry", "push", "ping", "querydata"),
    *("exchange", "rtdata", "file", "fdata", "edata", "service/control", "inspect"),
    *("cpos", "FileName=options.cfg", "", "..", "cdata/../getrequest", "%63data"),
)
TABLES = (
    *("rtlog", "rtstate", "irstate", "options", "tabledata", "testdata", "ATTLOG"),
    *("OPERLOG", "ATTPHOTO", "BIODATA", "BIOPHOTO", "IDCARD", "ERRORLOG", "USERINFO"),
    *("vmtable", "", "[APList]", "../x", "transaction"),
)
NAMES = (
    *("user", "biodata", "biophoto", "userpic", "templatev10", "identitycard"),
    *("ATTPHOTO", "errorlog", "DeviceAuthorize", "transaction", "mulcarduser", "x=y"),
)
TYPES = (
    *("tabledata", "count", "options", "time", "publickey", "factors", "BioData"),
    *("EnrollInfoData", "overview", "-1"),
)
NUMBERS = ("0", "1", "2", "-1", "9" * 30, "1e9", "\u0663", "100000", "")
PARAMETERS = {
    **dict.fromkeys(("count", "packcnt", "packidx", "cmdid", "Stamp"), NUMBERS),
    **dict.fromkeys(("ID", "Return", "fileseq", "SupportFileSize"), NUMBERS),
    "table": TABLES,
    "tablename": NAMES,
    "type": TYPES,
    "options": ("all", ""),
    "DeviceType": ("acc", "att", "middle%20east", "%"),
    "pushver": ("3.1.2", "2.4.1", "9.9.9", "x"),
    "language": ("83", "69", "9999999999"),
    "AuthType": ("device", ""),
    "INFO": ("Ver 8.0,1,2,3", ",,,,,", "x"),
    "contenttype": ("tgz", "zip"),
    "desc": ("overview", "x"),
    "PushOptionsFlag": ("1",),
    "ComKey": ("88888888", "x"),
}
RECORDED = [
    step
    for path in sorted((Path(__file__).parent / "replay").glob("*.txt"))
    for step in load(path).steps
    if isinstance(step, Call)
]
BODIES = [
    *sorted({step.body.encode() for step in RECORDED}),
    b"AUTH=SUCCESS\r\ntime=2026-11-21 12:00:00\tpin=1\teventaddr=1\tevent=0\r\n",
    b"ID=1&Return=0&CMD=GET OPTIONS\nDoor1Drivertime=5",
    b"user uid=1\tpin=1\tname=x\nuser uid=2\tpin=2",
    b"USER PIN=1\tName=x\tPri=0\nFP PIN=1\tFID=0\tTMP=xx\nOPLOG 3\t0\t2026-11-21 12:00:00\t54",
    b"templatev10 pin=1\tfingerid=0\ttemplate=AAAA\nbiodata pin=1\ttype=9\ttmp=AAAA",
    b"TransactionTable=1\nfilename=a\0H4sIAAAAAAAA",
    b"DeviceAuthorize SN=7001200100999\tOnline=1\tIsAuthorize=2\tRegisterInfo=LockCount=8",
    b"entries=1\texits=2\tirstate=1",
    b"PublicKey=AAAA",
    b"",
]
PROFILE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def damaged(draw: st.DrawFn, data: st.SearchStrategy[bytes]) -> bytes:
    """Return data with some of it cut, doubled or replaced, seldom very long."""
    text = draw(data)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 12))
        match draw(st.integers(0, 3)):
            case 0:
                text = text[:place] + text[place + length :]
            case 1:
                text = text[:place] + text[place : place + length] * 40 + text[place:]
            case 2:
                text = text[:place] + draw(st.binary(max_size=8)) + text[place:]
            case _:
                text = text[:place] + draw(st.sampled_from(BODIES)) + text[place:]
    return text * (2000 if draw(st.integers(0, 60)) == 60 else 1)


BODY = damaged(st.sampled_from(BODIES)) | st.binary(max_size=200)


@st.composite
def calls(draw: st.DrawFn) -> Request:
    """Return a request as it comes out of a lenient parser, without an owner."""
    form = draw(
        st.sampled_from(
            (
                "/iclock/{}",
                "/iclock/{}.aspx",
                "/iclock/iclock/{}/",
                "//ICLOCK//{}",
                "/{}",
            )
        )
    )
    query = "&".join(
        f"{key}={draw(st.sampled_from(values))}"
        for key, values in draw(
            st.lists(st.sampled_from([*PARAMETERS.items()]), max_size=5)
        )
    )
    raw = query.encode() + draw(st.just(b"") | st.binary(max_size=30))
    return Request(
        method=draw(st.sampled_from(("GET", "POST"))),
        path=form.format(draw(st.sampled_from(ENDPOINTS))),
        query=parse_query(raw),
        headers=draw(
            st.sampled_from(
                (
                    {},
                    {"cookie": "token=" + "a" * 32},
                    {"cookie": "token=" + "0" * 32 + ", timestamp=1"},
                    {"cookie": "f" * 32},
                    {"cookie": "\0;;=", "range": "bytes=5-1"},
                    {"range": "bytes=0-99999999999999"},
                )
            )
        ),
        body=draw(BODY),
        peer="",
        received=FakeClock().now(),
    )


class Home:
    """A server, perhaps a device, and what is heard of it."""

    def __init__(self, mode: str) -> None:
        """`mode` is "nobody", "pairing", "access" or "attendance"."""
        self.mode = mode
        self.clock = FakeClock()
        self.server = PushServer(self.clock)
        self.events: list[AccessEvent] = []
        self.device: PushDevice | AttendanceTerminal | None = None

    def ask(self, one: Request, *, serial: str = SERIAL, peer: str = DEVICE) -> bytes:
        """Let somebody call, and return the body of the answer."""
        one = replace(
            one,
            query={**one.query, "sn": serial},
            peer=peer,
            received=self.clock.now(),
        )
        response = self.server.handle(one)
        assert not hasattr(response, "__await__")
        assert response.status in {200, 206, 403, 416}
        assert response.body
        assert (response.status == 403) is (response.body == REFUSED)
        return response.body

    def get(self, target: str, body: bytes = b"") -> bytes:
        """Let the device call as it should."""
        endpoint, _, query = target.partition("?")
        return self.ask(
            Request(
                method="POST" if body else "GET",
                path=f"/iclock/{endpoint}",
                query=parse_query(query.encode()),
                headers={},
                body=body,
                peer="",
                received=self.clock.now(),
            )
        )

    def is_heard(self) -> bool:
        """Whether the device still gets what it should, and what it then tells is told."""
        now = self.clock.local().isoformat(" ", "seconds")
        before = len(self.events)
        if self.mode == "attendance":
            assert self.get("cdata?options=all").startswith(b"GET OPTION FROM: ")
            assert self.get("getrequest?INFO=x") != REFUSED
            row = f"4711\t{now}\t0\t1\t0\t0\n".encode()
            assert self.get("cdata?table=ATTLOG&Stamp=1", row) == b"OK: 1"
        else:
            assert self.get("cdata?options=all") != REFUSED
            assert self.get("getrequest") != REFUSED
            row = f"time={now}\tpin=4711\teventaddr=1\tevent=0\n".encode()
            assert self.get("cdata?table=rtlog", row) == b"OK"
        return [event.user_id for event in self.events[before:]] == ["4711"]


@asynccontextmanager
async def home_of(mode: str) -> AsyncGenerator[Home]:
    """Return a home in which a device of that mode has called, or may be paired, or neither."""
    home = Home(mode)
    somebody = asyncio.create_task(home.clock.wait(10**9))
    if mode == "pairing":
        home.server.open_pairing()
    if mode in ("access", "attendance"):
        build = PushDevice if mode == "access" else AttendanceTerminal
        home.device = build(SERIAL, home.server, clock=home.clock, address=DEVICE)
        home.device.on_event(home.events.append)
        await home.device.start()
        assert home.get("ping") == b"OK"
    await asyncio.sleep(0)
    try:
        yield home
    finally:
        if home.device is not None:
            await home.device.stop()
        somebody.cancel()


@pytest.fixture(autouse=True)
def nothing_fails(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail when anything of ours fails that nobody expected."""
    yield
    assert not [
        record
        for record in caplog.get_records("call")
        if record.name.startswith("custom_components")
        and record.levelname == "ERROR"
        and record.exc_info
    ]


@settings(PROFILE, max_examples=150)
@given(
    mode=st.sampled_from(("nobody", "pairing", "access", "attendance")),
    several=st.lists(calls(), min_size=1, max_size=10),
)
async def test_no_call_is_too_strange(mode: str, several: list[Request]) -> None:
    """It is answered or refused, and afterwards the device is heard as before."""
    async with home_of(mode) as home:
        for one in several:
            body = home.ask(one)
            if home.device is None:
                assert not body.startswith(b"C:")
            await home.clock.advance(1)
        if home.device is not None:
            assert home.is_heard()
            assert len(home.device.info.doors) <= 8 * 33
        assert len(home.server.candidates) <= 1


@settings(PROFILE, max_examples=100)
@given(
    mode=st.sampled_from(("access", "attendance")),
    pairing=st.booleans(),
    several=st.lists(
        st.tuples(calls(), st.sampled_from((SERIAL, "0000000000001", "x", "A" * 32))),
        min_size=1,
        max_size=10,
    ),
)
async def test_no_stranger_gets_a_command(
    mode: str, *, pairing: bool, several: list[tuple[Request, str]]
) -> None:
    """Least of all one for the door, while it waits. Nor does a stranger change anything."""
    async with home_of(mode) as home:
        device = home.device
        assert device is not None
        if pairing:
            home.server.open_pairing()
        opening = asyncio.create_task(device.open_door(1))
        await asyncio.sleep(0)
        memory, doors, info = device.memory, device.state.doors, device.info
        for one, serial in several:
            body = home.ask(one, serial=serial, peer=STRANGER)
            assert pairing or body == REFUSED
            assert b"CONTROL" not in body
            assert b"UNLOCK" not in body
            assert not body.startswith(b"C:")
        assert (device.memory, device.state.doors, device.info) == (memory, doors, info)
        assert not home.events
        offered = home.get("getrequest")
        assert offered.endswith((b"CONTROL DEVICE 01010105\n", b"AC_UNLOCK\n"))
        assert home.get("getrequest") != offered
        opening.cancel()
        with suppress(asyncio.CancelledError, DeviceError):
            await opening


# Whatever else is uploaded proves nothing about a door.
REPORTS = {"rtlog", "rtstate", "transaction", "attlog", "operlog", "userinfo", "user"}


@settings(PROFILE, max_examples=100)
@given(
    mode=st.sampled_from(("access", "attendance")),
    several=st.lists(calls(), min_size=1, max_size=10),
)
async def test_nothing_opens_a_door_but_a_report(
    mode: str, several: list[Request]
) -> None:
    """What the device did not report is not known, and nobody came."""
    async with home_of(mode) as home:
        device = home.device
        assert device is not None
        for one in several:
            if REPORTS.isdisjoint(
                {one.query.get(key, "").lower() for key in ("table", "tablename")}
            ):
                home.ask(one)
                await home.clock.advance(1)
        for door in device.state.doors.values():
            assert (door.relay, door.held, door.contact_open) == (None, None, None)
            assert not any(door.alarms.values())
        assert not any(device.state.aux_outputs.values())
        assert not [event for event in home.events if event.door is not None]


OURS = tracemalloc.Filter(True, "*/custom_components/zkteco/*")


def many(random: Random, number: int) -> Iterator[Request]:
    """Return calls that have nothing in common."""
    for _ in range(number):
        unique = random.randbytes(8).hex()
        endpoint = random.choice(ENDPOINTS)
        table, name = random.choice(TABLES), random.choice(NAMES)
        if random.randrange(3) == 0:  # what is remembered of people
            endpoint, table, name = random.choice(
                (("cdata", "tabledata", "user"), ("cdata", "OPERLOG", "USER"))
            )
        body = "\n".join(
            f"{name} pin={unique}{row}\tname={unique}\tindex={random.getrandbits(40)}\t"
            f"{unique}{row}=1\tevent=0\teventaddr=1\tsn={unique}\tx={unique}"
            for row in range(random.randrange(30))
        )
        query = f"table={table}&tablename={name}&language={unique}&Stamp={unique}"
        yield Request(
            method="POST",
            path=f"/iclock/{endpoint}",
            query=parse_query(query.encode()),
            headers={"cookie": f"token={unique}{unique}"},
            body=body.encode(),
            peer="",
            received=FakeClock().now(),
        )


@pytest.mark.parametrize("mode", ["access", "attendance", "pairing"])
async def test_memory_stays_bounded(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is told, by the device and by strangers with ever new serial numbers."""
    random = Random(7)
    async with home_of(mode) as home:
        monkeypatch.setattr(names, "MOST", 1000)
        tracemalloc.start()
        sizes = []
        try:
            for _ in range(3):
                for one in many(random, 500):
                    home.ask(one)
                    serial = random.randbytes(8).hex()
                    home.ask(one, serial=serial, peer=f"10.0.0.{random.randrange(250)}")
                    await home.clock.advance(1)
                    home.events.clear()
                traces = tracemalloc.take_snapshot().filter_traces([OURS])
                sizes.append(sum(item.size for item in traces.statistics("filename")))
        finally:
            tracemalloc.stop()
        # The first rounds fill what has limits.
        assert sizes[2] - sizes[1] < 100_000, sizes


@pytest.fixture(params=["home assistant", "listener"])
async def port(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    hub: Hub,
    hass_client_no_auth: ClientSessionGenerator,
) -> AsyncGenerator[int]:
    """Return where a paired device calls."""
    client = await hass_client_no_auth()
    entry = push_entry(address="127.0.0.1")
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    if request.param == "home assistant":
        yield client.server.port
        return
    own = Listener(hub.async_answer, hub.clock.now)
    await own.start("127.0.0.1", 0)
    yield own.port
    await own.stop()


RAW = damaged(
    st.sampled_from(RECORDED).map(
        lambda step: step.raw("1").replace(b"0000000000001", SERIAL.encode())
    )
    | calls().map(
        lambda one: request(f"{one.path}?SN={SERIAL}&x=", one.body.decode("latin-1"))
    )
    | st.binary(max_size=300)
)


@settings(PROFILE, max_examples=60)
@given(raw=RAW)
async def test_no_bytes_are_too_strange(
    port: int, clock: FakeClock, raw: bytes
) -> None:
    """Over sockets: whoever sends them hangs up, and the device is answered."""
    async with Caller(port) as caller:
        caller.send(raw)
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionError):
                await caller.writer.drain()
                caller.writer.write_eof()
                await caller.reader.read()
    await clock.advance(1)
    assert (await call(port, request(f"/iclock/ping?SN={SERIAL}"))).body == "OK"
