"""How a PUSH device is added, found, moved and configured, as a person sees it.

The device calls over Home Assistant's real web server.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
import socket
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco import flow_c3
from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.protocol.push.server import PAIRING_SECONDS
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_USER,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from tests.clock import PATIENCE_SECONDS, FakeClock
from tests.fake_device import INFO
from tests.push_calls import REGISTER, SERIAL, call, push_entry, request, say_hello

TERMINAL = "CK9Z204960003"
ATTENDANCE = f"/iclock/cdata?SN={TERMINAL}&options=all&DeviceType=middle%20east"


@pytest.fixture(autouse=True)
def leave_entries_alone() -> Any:
    """Leave entries alone once they exist."""
    with patch("custom_components.zkteco.async_setup_entry", return_value=True) as mock:
        yield mock


@pytest.fixture
async def port(hub: Hub, hass_client_no_auth: ClientSessionGenerator) -> int:
    """Return where devices call."""
    client = await hass_client_no_auth()
    port: int = client.server.port
    return port


@pytest.fixture
async def taken_port(socket_enabled: None) -> AsyncGenerator[int]:
    """Return a port that somebody uses."""
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
async def bystander(clock: FakeClock) -> AsyncGenerator[None]:
    """Let somebody wait for the clock, so that it can be moved when nobody else does."""
    waiting = asyncio.create_task(clock.wait(1e9))
    yield
    waiting.cancel()


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Choose to add a PUSH device."""
    flows = hass.config_entries.flow
    result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await flows.async_configure(result["flow_id"], {"next_step_id": "push"})


async def waiting(hub: Hub) -> None:
    """Wait until devices are waited for."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not hub.server.pairing:
            await asyncio.sleep(0)


async def opened(port: int) -> None:
    """Wait until a port is open."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(ConnectionRefusedError):
                await call(port, request("/"))
                return


async def proceed(
    hass: HomeAssistant, result: ConfigFlowResult, answer: dict[str, Any] | None = None
) -> ConfigFlowResult:
    """Answer a form, or see how a wait has ended."""
    flows = hass.config_entries.flow
    if answer is None:
        assert result["type"] is FlowResultType.SHOW_PROGRESS
        await hass.async_block_till_done(wait_background_tasks=True)
    return await flows.async_configure(result["flow_id"], answer)


async def discovered(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return what is shown under Discovered."""
    await hass.async_block_till_done()
    return [
        flow
        for flow in hass.config_entries.flow.async_progress()
        if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
    ]


async def test_add_a_device(hass: HomeAssistant, port: int) -> None:
    """The page shows what to type into the device, and goes on when it calls."""
    result = await start(hass)
    assert result["progress_action"] == "wait_for_device"
    await say_hello(port, SERIAL)
    result = await proceed(hass, result)
    assert result["step_id"] == "push_pick"
    options = result["data_schema"].schema["device"].config["options"]
    assert [option["label"] for option in options] == [
        f"C3-200 Plus (127.0.0.1, {SERIAL})"
    ]

    result = await proceed(hass, result, {"device": SERIAL})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "C3-200 Plus"
    assert result["result"].unique_id == SERIAL
    assert result["data"]["kind"] == "push"
    assert result["data"]["serial"] == SERIAL
    assert result["data"]["registration"]["lockcount"] == "2"
    assert not await discovered(hass)


async def test_the_secret_of_a_device_is_not_stored(
    hass: HomeAssistant, port: int
) -> None:
    """The key that a device shows to anybody stays where it is."""
    result = await start(hass)
    await say_hello(port, SERIAL, options=f"{REGISTER},authKey=topsecret")
    result = await proceed(hass, await _picked(hass, result), {"device": SERIAL})
    assert "topsecret" not in str(result["data"])


async def _picked(hass: HomeAssistant, result: ConfigFlowResult) -> ConfigFlowResult:
    result = await proceed(hass, result)
    assert result["step_id"] == "push_pick"
    return result


@pytest.mark.usefixtures("bystander")
async def test_nobody_calls(
    hass: HomeAssistant, port: int, hub: Hub, clock: FakeClock
) -> None:
    """After ten minutes there is advice, and another ten minutes for who wants them."""
    result = await start(hass)
    await waiting(hub)
    await clock.advance(PAIRING_SECONDS - 1)
    assert hub.server.pairing
    await clock.advance(1)
    assert not hub.server.pairing
    result = await proceed(hass, result)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "nobody_called"
    assert result["menu_options"] == ["push", "listener"]
    assert result["description_placeholders"] == {"host": "10.10.10.10", "port": "8123"}

    assert (await say_hello(port, SERIAL)).status == 403
    assert not await discovered(hass)

    result = await proceed(hass, result, {"next_step_id": "push"})
    await say_hello(port, SERIAL)
    assert (await proceed(hass, result))["step_id"] == "push_pick"


async def test_a_stranger_is_quoted(hass: HomeAssistant, port: int) -> None:
    """Whoever calls while anybody may puts no links and pictures into a form."""
    await start(hass)
    name = "~DeviceName=F20/M ![x](https://example.com) <b>"
    await say_hello(port, SERIAL, options=f"{REGISTER},{name}")
    (flow,) = await discovered(hass)
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert form["description_placeholders"]["model"] == (
        r"F20/M \!\[x\]\(https\://example\.com\) \<b\>"
    )


async def test_discovered_once(hass: HomeAssistant, port: int) -> None:
    """One card for each serial number, however often it calls."""
    await start(hass)
    for _ in range(3):
        await say_hello(port, SERIAL)
    (card,) = await discovered(hass)
    assert card["step_id"] == "discovery_confirm_push"
    form = await hass.config_entries.flow.async_configure(card["flow_id"])
    assert form["description_placeholders"] == {
        "model": "C3-200 Plus",
        "host": "127.0.0.1",
        "serial": SERIAL,
        "doors": "2",
    }


async def test_discoveries_are_bounded(
    hass: HomeAssistant, port: int, socket_enabled: None
) -> None:
    """A stranger with many serial numbers fills neither memory nor page."""
    await start(hass)
    for address in range(1, 9):
        for number in range(6):
            await say_hello(port, f"FAKE{address}{number}", f"127.0.0.{address}")
    assert len(await discovered(hass)) == 16


async def test_an_ignored_device_stays_ignored(hass: HomeAssistant, port: int) -> None:
    """Whoever does not want it is not asked again."""
    entry = MockConfigEntry(domain=DOMAIN, unique_id=SERIAL, source=SOURCE_IGNORE)
    entry.add_to_hass(hass)
    await start(hass)
    await say_hello(port, SERIAL)
    assert not await discovered(hass)


async def test_two_devices_of_a_model(hass: HomeAssistant, port: int) -> None:
    """They are told apart by the end of their serial numbers."""
    push_entry("OTHER0001").add_to_hass(hass)
    hass.config_entries.async_update_entry(
        hass.config_entries.async_entries(DOMAIN)[0], title="C3-200 Plus"
    )
    result = await start(hass)
    await say_hello(port, SERIAL)
    result = await proceed(hass, await _picked(hass, result), {"device": SERIAL})
    assert result["title"] == "C3-200 Plus (0002)"


async def test_a_panel_that_was_added_as_c3(hass: HomeAssistant, port: int) -> None:
    """One device, one entry, whatever it speaks."""
    data = {"kind": "c3", "host": "127.0.0.1", "port": 4370}
    MockConfigEntry(domain=DOMAIN, unique_id=SERIAL, data=data).add_to_hass(hass)
    result = await start(hass)
    await say_hello(port, SERIAL)
    assert not await discovered(hass)
    result = await proceed(hass, await _picked(hass, result), {"device": SERIAL})
    assert (result["type"], result["reason"]) == ("abort", "already_configured")


async def test_a_device_that_was_added_as_push(hass: HomeAssistant, port: int) -> None:
    """Found as a C3 panel, it keeps its entry as it is."""
    entry = push_entry(INFO.serial)
    entry.add_to_hass(hass)
    before = dict(entry.data)
    dhcp = DhcpServiceInfo(ip="192.0.2.8", hostname="zk", macaddress="001761010203")
    with patch.object(flow_c3, "identify", AsyncMock(return_value=INFO)):
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_DHCP}, data=dhcp
        )
    assert (result["type"], result["reason"]) == ("abort", "already_configured")
    assert entry.data == before


async def test_the_address_of_a_push_device_changes(
    hass: HomeAssistant, port: int
) -> None:
    """The network tells so, and nobody needs to know: the device calls us."""
    entry = push_entry()
    entry.add_to_hass(hass)
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        connections={(dr.CONNECTION_NETWORK_MAC, "00:17:61:01:02:03")},
    )
    dhcp = DhcpServiceInfo(ip="192.0.2.8", hostname="zk", macaddress="001761010203")
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_DHCP}, data=dhcp
    )
    assert (result["type"], result["reason"]) == ("abort", "already_configured")


# Terminals that keep attendance


async def test_a_terminal_in_attendance_mode(hass: HomeAssistant, port: int) -> None:
    """It can be added as it is; the page says what would tell more."""
    result = await start(hass)
    await call(port, request(ATTENDANCE))
    result = await proceed(hass, result)
    assert result["step_id"] == "push_pick"
    result = await proceed(hass, result, {"device": TERMINAL})
    assert result["step_id"] == "push_attendance"
    assert result["description_placeholders"] == {
        "model": "Attendance terminal",
        "host": "127.0.0.1",
        "serial": TERMINAL,
    }
    result = await proceed(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Attendance terminal"
    assert result["data"] == {
        "kind": "push",
        "serial": TERMINAL,
        "mode": "attendance",
        "registration": {},
    }


async def test_a_discovered_terminal_in_attendance_mode(
    hass: HomeAssistant, port: int
) -> None:
    """Its card says the same; what it has told of itself is kept."""
    await start(hass)
    await call(port, request(ATTENDANCE))
    options = "~DeviceName=MB360/ID,UserCount=143,~LockFunOn=15"
    told = await call(
        port, request(f"/iclock/cdata?SN={TERMINAL}&table=options", options)
    )
    assert told.body == "OK"
    (card,) = await discovered(hass)
    assert card["step_id"] == "push_attendance"
    assert card["context"]["title_placeholders"] == {
        "name": f"Attendance terminal ({TERMINAL})"
    }
    result = await hass.config_entries.flow.async_configure(card["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "MB360/ID"
    assert result["data"]["mode"] == "attendance"
    assert result["data"]["registration"]["lockfunon"] == "15"


async def test_a_discovered_terminal_that_is_switched(
    hass: HomeAssistant, port: int
) -> None:
    """It is added as what it has become."""
    await start(hass)
    await call(port, request(ATTENDANCE))
    (card,) = await discovered(hass)
    assert card["step_id"] == "push_attendance"
    await say_hello(port, TERMINAL)
    result = await hass.config_entries.flow.async_configure(card["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["mode"] == "access"


# The port for devices


async def test_a_home_with_https_only(
    hass: HomeAssistant, hub: Hub, free_port: int
) -> None:
    """A port for devices comes first; it is open while somebody waits, and then closed."""
    assert hass.config.api
    hass.config.api.use_ssl = True
    result = await start(hass)
    assert result["step_id"] == "listener"
    answer = {"port": free_port, "host": "127.0.0.1"}
    result = await proceed(hass, result, answer)
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["description_placeholders"] == {
        "host": "127.0.0.1",
        "port": str(free_port),
    }
    await opened(free_port)
    await say_hello(free_port, SERIAL)
    assert (await proceed(hass, result))["step_id"] == "push_pick"


@pytest.mark.usefixtures("bystander")
async def test_the_listener_ends_with_the_pairing_window(
    hass: HomeAssistant, hub: Hub, clock: FakeClock, free_port: int, freezer: Any
) -> None:
    """Nobody was added, so nobody needs it."""
    await hub.async_listen_on({"port": free_port})
    with pytest.raises(ConnectionRefusedError):
        await call(free_port, request("/"))
    await hub.async_open_pairing()
    await hub.async_open_pairing()
    assert (await call(free_port, request("/"))).status == 403

    await clock.advance(PAIRING_SECONDS + 2)
    freezer.tick(PAIRING_SECONDS + 2)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    with pytest.raises(ConnectionRefusedError):
        await call(free_port, request("/"))


async def options(
    hass: HomeAssistant, entry: MockConfigEntry, step: str
) -> ConfigFlowResult:
    """Open a page of the options."""
    flows = hass.config_entries.options
    result = await flows.async_init(entry.entry_id)
    assert result["menu_options"] == ["push", "listener"]
    return await flows.async_configure(result["flow_id"], {"next_step_id": step})


async def test_options(hass: HomeAssistant, hub: Hub) -> None:
    """Those of every device, and who keeps its clock right."""
    entry = push_entry()
    entry.add_to_hass(hass)
    result = await options(hass, entry, "push")
    answer = {
        "unlock_behaviour": "hold",
        "card_numbers": "none",
        "keep_clock": False,
        "decide": True,
        "request_delay": 3,
    }
    flows = hass.config_entries.options
    result = await flows.async_configure(result["flow_id"], answer)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == answer


async def test_the_port_in_the_options(
    hass: HomeAssistant, hub: Hub, free_port: int, taken_port: int
) -> None:
    """Every mistake has its words; the entry's own options stay as they are."""
    entry = push_entry()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"keep_clock": False})
    flows = hass.config_entries.options
    result = await options(hass, entry, "listener")
    for answer, errors in (
        ({"port": taken_port}, {"port": "port_in_use"}),
        ({"port": free_port, "host": "home.local"}, {"host": "invalid_host_address"}),
        ({"port": free_port, "host": "192.0.2.1"}, {"host": "not_our_address"}),
    ):
        result = await flows.async_configure(result["flow_id"], answer)
        assert result["errors"] == errors
    with patch("asyncio.start_server", side_effect=PermissionError(13, "no")):
        result = await flows.async_configure(result["flow_id"], {"port": 80})
    assert result["errors"] == {"port": "port_reserved"}

    answer = {"port": free_port, "host": " 127.0.0.1 "}
    result = await flows.async_configure(result["flow_id"], answer)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hub.listen_on == {"port": free_port, "host": "127.0.0.1"}
    assert entry.options == {"keep_clock": False}

    result = await options(hass, entry, "listener")
    result = await flows.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hub.listen_on == {}


@pytest.mark.usefixtures("bystander")
async def test_mistakes_with_the_port_while_adding(
    hass: HomeAssistant, hub: Hub, clock: FakeClock, taken_port: int
) -> None:
    """The form stays, with what was typed."""
    result = await start(hass)
    await waiting(hub)
    await clock.advance(PAIRING_SECONDS)
    result = await proceed(
        hass, await proceed(hass, result), {"next_step_id": "listener"}
    )
    result = await proceed(hass, result, {"port": taken_port})
    assert result["errors"] == {"port": "port_in_use"}


# What is typed into the device


@pytest.mark.parametrize(
    ("internal_url", "host"),
    [
        (None, "10.10.10.10"),
        ("http://192.168.1.7:8123", "192.168.1.7"),
        ("http://home.example:8123", "10.10.10.10"),
        ("https://192.168.1.8", "192.168.1.8"),
    ],
)
async def test_address(
    hass: HomeAssistant, hub: Hub, internal_url: str | None, host: str
) -> None:
    """An IP address, because few devices resolve names."""
    if internal_url:
        await async_process_ha_core_config(hass, {"internal_url": internal_url})
    assert hub.async_address() == (host, 8123)


async def test_address_of_a_home_without_any(hass: HomeAssistant, hub: Hub) -> None:
    """The web server's own address is better than nothing."""
    hass.config.api = Mock(local_ip="127.0.0.1", port=8123, use_ssl=True)
    assert hub.async_address() == ("127.0.0.1", 8123)


async def test_no_web_server_is_a_clear_error(hass: HomeAssistant, hub: Hub) -> None:
    """It cannot be: the integration depends on it."""
    hass.config.api = None
    with pytest.raises(RuntimeError, match="has no web server"):
        hub.async_address()


# Reconfigure


async def test_another_key(hass: HomeAssistant, hub: Hub) -> None:
    """The device shows another key than the stored one: its owner is asked for it."""
    entry = push_entry()
    entry.add_to_hass(hass)
    result = await entry.start_reauth_flow(hass)
    assert result["step_id"] == "reauth_push"
    result = await proceed(hass, result, {"key": " 54321 "})
    assert result["reason"] == "reauth_successful"
    assert entry.data["key"] == "54321"


@pytest.mark.parametrize("form", [{}, {"key": " "}])
async def test_no_key_any_more(
    hass: HomeAssistant, hub: Hub, form: dict[str, str]
) -> None:
    """The owner does without a key, and everything else stays."""
    entry = push_entry(key="12345", address="192.168.1.7")
    entry.add_to_hass(hass)
    result = await proceed(hass, await entry.start_reauth_flow(hass), form)
    assert result["reason"] == "reauth_successful"
    assert entry.data == push_entry(address="192.168.1.7").data


async def test_reconfigure(hass: HomeAssistant, hub: Hub) -> None:
    """Address and key, and back to none of them."""
    entry = push_entry()
    entry.add_to_hass(hass)
    before = dict(entry.data)
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_push"
    result = await proceed(hass, result, {"address": "gate.local"})
    assert result["errors"] == {"address": "invalid_address"}
    answer = {"address": " 192.168.1.0/24 ", "key": "12345"}
    result = await proceed(hass, result, answer)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {**before, "address": "192.168.1.0/24", "key": "12345"}

    result = await entry.start_reconfigure_flow(hass)
    result = await proceed(hass, result, {})
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == before
