"""What strangers, impostors and broken devices get, at both doors: nothing, and all the same.

Every test runs against Home Assistant's own web server and against the second listener,
over real sockets.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco import http, listener
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.listener import Listener
from custom_components.zkteco.protocol.push.intake import PER_PEER, Intake
from custom_components.zkteco.protocol.push.server import BULK_BODY, SMALL_BODY
from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.push_calls import (
    NOTHING,
    SERIAL,
    Answer,
    Caller,
    call,
    push_entry,
    request,
    say_hello,
)

STRANGER = "127.0.0.9"
UNKNOWN = "0000000000001"
PING = request(f"/iclock/ping?SN={SERIAL}")
RTLOG = f"/iclock/cdata?SN={SERIAL}&table=rtlog"


@pytest.fixture
async def entry(hass: HomeAssistant, hub: Hub) -> MockConfigEntry:
    """Return the entry of a device that calls from 127.0.0.1."""
    entry = push_entry(address="127.0.0.1")
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


@pytest.fixture(params=["home assistant", "listener"])
async def port(
    request: pytest.FixtureRequest,
    entry: MockConfigEntry,
    hub: Hub,
    hass_client_no_auth: ClientSessionGenerator,
) -> AsyncGenerator[int]:
    """Return where devices call."""
    if request.param == "home assistant":
        client = await hass_client_no_auth()
        yield client.server.port
    else:
        own = Listener(hub.async_answer, hub.clock.now)
        await own.start("127.0.0.1", 0)
        yield own.port
        await own.stop()


async def refusal(port: int) -> Answer:
    """Return what somebody gets who is nobody."""
    answer = await call(port, request("/iclock/ping"))
    assert answer.status == 403
    assert answer.body == "403: Forbidden"
    return answer


async def test_a_paired_device_is_served(port: int) -> None:
    """Under every spelling of its path, with one connection for all of them."""
    async with Caller(port) as caller:
        for path in (
            "/iclock/ping",
            "/iclock/PING",
            "/iclock/ping/",
            "/iclock/ping.aspx",
            "/iclock/iclock/ping",
        ):
            caller.send(request(f"{path}?SN={SERIAL}"))
            assert (await caller.answer()).body == "OK"
            caller.send(request(f"{path}?sn={SERIAL}", ""))
            assert (await caller.answer()).status == 200


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(request(f"/iclock/ping?SN={UNKNOWN}"), id="unknown"),
        pytest.param(request("/iclock/ping?SN=a'b"), id="no serial number"),
        pytest.param(request("/iclock/ping?SN=%00%00%00%00%00"), id="zeros"),
        pytest.param(request(f"/iclock/shell?SN={SERIAL}"), id="no such endpoint"),
        pytest.param(request(f"/iclock/a/b/c?SN={SERIAL}"), id="no such path"),
        pytest.param(request(f"/iclock/?SN={SERIAL}"), id="no path"),
        pytest.param(request(f"/iclock/registry?SN={UNKNOWN}", "a=1"), id="registry"),
        pytest.param(request(RTLOG, "a" * (SMALL_BODY + 1)), id="oversized"),
        pytest.param(
            request(RTLOG.replace(SERIAL, UNKNOWN), "a" * (SMALL_BODY + 1)),
            id="unknown and oversized",
        ),
        pytest.param(
            request(
                RTLOG, headers={"Content-Length": str(BULK_BODY + 1)}, method="POST"
            ),
            id="announced oversized",
        ),
        *(
            pytest.param(
                request(f"/iclock/ping?SN={SERIAL}", headers={header: "192.168.1.9"}),
                id=header,
            )
            for header in ("Via", "Forwarded", "X-Real-IP", "X-Forwarded-Host")
        ),
    ],
)
async def test_all_refusals_look_the_same(port: int, raw: bytes) -> None:
    """Nothing tells a stranger whether a serial number exists, or what was wrong."""
    assert await call(port, raw) == await refusal(port)


@pytest.mark.parametrize("serial", [SERIAL, UNKNOWN])
@pytest.mark.parametrize("size", [0, 100, SMALL_BODY + 1, 3_000_000])
async def test_a_stranger_learns_no_serial_number(
    port: int, serial: str, size: int
) -> None:
    """The body is read to its end before the refusal, whether the number is known or not."""
    raw = request(f"/iclock/querydata?SN={serial}&type=tabledata", "a" * size)
    async with Caller(port, STRANGER) as caller:
        caller.send(raw[: len(raw) - 1] if size else raw)
        if size:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await caller.reader.read(1)
            caller.send(raw[-1:])
        assert await caller.answer() == await refusal(port)
        assert await caller.is_over()


async def test_a_device_that_is_too_slow(port: int) -> None:
    """It is refused like anybody else, and nothing of its half body counts."""
    raw = request(RTLOG, "time=2026-11-21 12:00:00\tevent=0\teventaddr=1\tindex=1")
    with (
        patch.object(http, "READ_SECONDS", 0.05),
        patch.object(listener, "READ_SECONDS", 0.05),
    ):
        async with Caller(port) as caller:
            caller.send(raw[:-10])
            assert await caller.answer() == await refusal(port)
            assert await caller.is_over()


async def test_a_device_that_hangs_up(
    hass: HomeAssistant, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """In the middle of anything; nobody else notices."""
    raw = request(RTLOG, "time=2026-11-21 12:00:00\tevent=0\teventaddr=1\tindex=1")
    for length in (1, 30, len(raw) - 10):
        async with Caller(port) as caller:
            caller.send(raw[:length])
    assert (await call(port, PING)).body == "OK"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_flood_of_strangers(port: int) -> None:
    """They empty their own bucket; the device behind the same address has another."""
    async with AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(Caller(port)) for _ in range(8)]
        for _ in range(20):
            for caller in callers:
                caller.send(request(f"/iclock/ping?SN={UNKNOWN}"))
        assert (await call(port, PING)).body == "OK"


async def test_slow_strangers_starve_nobody(port: int) -> None:
    """However many half bodies they hold open."""
    half = request(f"/iclock/cdata?SN={UNKNOWN}", "a" * 1000)[:-1]
    async with AsyncExitStack() as stack:
        for _ in range(40):
            caller = await stack.enter_async_context(Caller(port, STRANGER))
            caller.send(half)
        assert (await call(port, PING)).body == "OK"


async def test_uploads_have_a_budget(port: int, hub: Hub) -> None:
    """A body that finds no room is dropped and refused, not taken for an empty one."""
    intake = Intake()
    with patch.object(hub, "_intake", intake), intake.hold("127.0.0.1", PER_PEER):
        answer = await call(port, request(RTLOG, "time=2026-11-21 12:00:00"))
    assert answer == await refusal(port)


async def test_pairing_is_closed(port: int, hub: Hub) -> None:
    """Outside of the window a new device is a stranger."""
    assert await say_hello(port, UNKNOWN) == await refusal(port)
    assert not hub.server.candidates


async def test_nobody_is_banned(
    hass: HomeAssistant, port: int, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """A refused device must not lock its address out of Home Assistant."""
    for _ in range(20):
        assert (await call(port, request("/iclock/ping?SN=x"))).status == 403
    assert not hass.http.app[KEY_FAILED_LOGIN_ATTEMPTS]


async def test_failures_inside_look_like_refusals(
    port: int, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake of ours is logged, and tells nobody anything."""
    expected = await refusal(port)
    with patch.object(hub.server, "_admit", side_effect=ValueError):
        assert await call(port, PING) == expected
    assert "Unexpected failure" in caplog.text


async def test_other_methods(port: int) -> None:
    """Devices know two."""
    raw = request(f"/iclock/ping?SN={SERIAL}", method="DELETE")
    assert (await call(port, raw)).status in (403, 405)


# Home Assistant's own server only


@pytest.fixture
async def home(
    entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> int:
    """Return the port of Home Assistant's web server."""
    client = await hass_client_no_auth()
    port: int = client.server.port
    return port


async def test_the_cloud_is_refused(home: int) -> None:
    """Whatever it asks for."""
    with patch.object(http, "is_cloud_connection", return_value=True):
        assert await call(home, PING) == await refusal(home)


async def test_an_upload_without_an_end(home: int) -> None:
    """One that does not say how long it is gets no further than the others."""
    raw = request(RTLOG, method="POST", headers={"Transfer-Encoding": "chunked"})
    with patch.object(http, "BULK_BODY", 1000):
        async with Caller(home) as caller:
            caller.send(raw + b"400\r\n" + b"a" * 1024 + b"\r\n")
            assert await caller.answer() == await refusal(home)


@pytest.mark.parametrize("client", ["8.8.8.8", "127.0.0.1"])
async def test_a_trusted_proxy_is_refused(
    hass: HomeAssistant,
    clock: object,
    socket_enabled: None,
    hass_client_no_auth: ClientSessionGenerator,
    client: str,
) -> None:
    """Also when Home Assistant itself trusts it: no device is behind a proxy."""
    settings = {"use_x_forwarded_for": True, "trusted_proxies": ["127.0.0.0/8"]}
    assert await async_setup_component(hass, "http", {"http": settings})
    entry = push_entry()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    port = (await hass_client_no_auth()).server.port
    assert (await call(port, PING)).status == 200
    forwarded = request(
        f"/iclock/ping?SN={SERIAL}", headers={"X-Forwarded-For": client}
    )
    assert await call(port, forwarded) == await refusal(port)


# The listener only


@pytest.fixture
async def own(entry: MockConfigEntry, hub: Hub) -> AsyncGenerator[Listener]:
    """Return a listener."""
    own = Listener(hub.async_answer, hub.clock.now)
    await own.start("127.0.0.1", 0)
    yield own
    await own.stop()


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"\r\n", b"\n"),
        lambda raw: raw.replace(b"Host: 127.0.0.1\r\n", b""),
        lambda raw: raw.replace(b"HTTP/1.1", b"http/1.1"),
        lambda raw: raw.replace(b"/iclock", b"//iclock"),
        lambda raw: raw.replace(b"?SN", b"?INFO=Ver 8.0.1\t\xc3\xc5&SN"),
        lambda raw: raw.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n"),
    ],
)
async def test_what_home_assistant_refuses(
    own: Listener, home: int, change: Callable[[bytes], bytes]
) -> None:
    """The reason why there is a second listener."""
    raw = change(request(f"/iclock/ping?SN={SERIAL}", "abc"))
    assert (await call(own.port, raw)).body == "OK"
    assert (await call(home, raw)).status in (400, 404)


async def test_the_listener_serves_nothing_else(own: Listener) -> None:
    """No page, no API, and no word about what it is."""
    expected = await refusal(own.port)
    for path in ("/", "/api/", "/auth/token", "/iclock", "/iclock/../api/"):
        assert await call(own.port, request(f"{path}?SN={SERIAL}")) == expected
    assert await call(own.port, b"\x16\x03\x01\x02\x00\x01\x00\n\n") == expected
    assert await call(own.port, b"a" * 20000) == expected
    chunked = request(RTLOG, method="POST", headers={"Transfer-Encoding": "chunked"})
    assert await call(own.port, chunked + b"x\r\n") == expected


async def test_expect_continue(own: Listener) -> None:
    """A client that asks before it sends its body is told to go on."""
    raw = request(RTLOG, "abc", headers={"Expect": "100-continue"})
    async with Caller(own.port) as caller:
        caller.send(raw[:-3])
        assert await caller.reader.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert await caller.reader.readline() == b"\r\n"
        caller.send(raw[-3:])
        assert (await caller.answer()).status == 200


async def test_requests_at_once(own: Listener) -> None:
    """A client that does not wait for answers gets them in order."""
    async with Caller(own.port) as caller:
        caller.send(PING + request("/iclock/getrequest?SN=" + SERIAL) + PING)
        for _ in range(3):
            assert (await caller.answer()).status == 200


async def test_connections_are_counted(own: Listener) -> None:
    """For each address, and for all of them."""
    async with AsyncExitStack() as stack:
        for address in range(1, 6):
            for number in range(20):
                caller = Caller(own.port, f"127.0.0.{address}")
                await stack.enter_async_context(caller)
                if address < 5 and number < 16:
                    caller.send(b"GET")
                else:
                    assert await caller.is_over()
    for _ in range(100):
        if (answer := await call(own.port, PING)) != NOTHING:
            break
    assert answer.body == "OK"


async def test_public_addresses_are_not_even_listened_to(own: Listener) -> None:
    """They are hung up on."""
    with patch.object(listener, "is_local", return_value=False):
        assert await call(own.port, PING) == NOTHING


async def test_a_connection_that_rests_too_long(own: Listener) -> None:
    """It is closed; a device connects again."""
    with (
        patch.object(listener, "READ_SECONDS", 0.05),
        patch.object(listener, "IDLE_SECONDS", 0.05),
    ):
        async with Caller(own.port) as silent, Caller(own.port) as served:
            served.send(PING)
            assert (await served.answer()).body == "OK"
            assert await silent.is_over()
            assert await served.is_over()


async def test_a_connection_that_fails_is_the_only_one(
    own: Listener, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are served."""
    async with Caller(own.port) as served:
        with patch.object(hub.server, "body_limit", side_effect=ValueError):
            assert await call(own.port, PING) == NOTHING
        served.send(PING)
        assert (await served.answer()).body == "OK"
    assert "Unexpected failure over a connection" in caplog.text


async def test_the_end_of_the_listener(own: Listener) -> None:
    """Everybody is hung up on."""
    async with Caller(own.port) as caller:
        caller.send(PING)
        assert (await caller.answer()).body == "OK"
        assert own.running
        await own.stop()
        assert not own.running
        assert await caller.is_over()
