"""How a standalone terminal is added, found, repaired and configured, as a person sees it.

The protocol is replaced at its one function, `identify`.
"""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.zkteco import flow_c3, flow_terminal
from custom_components.zkteco.const import (
    CONF_CARD_NUMBERS,
    CONF_DOOR_SENSOR,
    CONF_DOORBELL_KEY,
    CONF_KEY,
    CONF_KIND,
    CONF_TRANSPORT,
    CONF_UNLOCK_UNIT,
    DOMAIN,
)
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    InvalidValue,
    LoginLocked,
    MalformedReply,
    SecureFirmware,
    WrongFamily,
    WrongPassword,
)
from custom_components.zkteco.protocol.standalone.connection import Transport
from homeassistant.config_entries import SOURCE_DHCP, SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TIME_ZONE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from tests.fake_device import INFO

HOST = "192.0.2.17"
NEW_HOST = "192.0.2.18"
SERIAL = "AJYX184460077"
TERMINAL = replace(INFO, serial=SERIAL, model="F18", aux_inputs=0, aux_outputs=0)
OTHER = replace(TERMINAL, serial="BKLM200100033")
DHCP = DhcpServiceInfo(ip=NEW_HOST, hostname="zk", macaddress="001761010203")

FORM = {CONF_HOST: HOST, CONF_PORT: 4370, CONF_TRANSPORT: "automatic"}
STORED = {CONF_KIND: "terminal", CONF_HOST: HOST, CONF_PORT: 4370}

ERRORS = [
    pytest.param(CannotConnect(), {"base": "terminal_silent"}, id="nobody there"),
    pytest.param(WrongPassword(), {CONF_KEY: "wrong_key"}, id="key"),
    pytest.param(
        InvalidValue("key", "1 to 6 digits"), {CONF_KEY: "invalid_key"}, id="no key"
    ),
    pytest.param(LoginLocked(), {"base": "login_locked"}, id="locked"),
    pytest.param(SecureFirmware(), {"base": "secure_firmware"}, id="encrypts"),
    pytest.param(WrongFamily("c3"), {"base": "is_a_c3_panel"}, id="panel"),
    pytest.param(WrongFamily("http"), {"base": "is_a_web_page"}, id="web page"),
    pytest.param(WrongFamily("unknown"), {"base": "not_a_terminal"}, id="no terminal"),
    pytest.param(MalformedReply(), {"base": "invalid_reply"}, id="garbage"),
    pytest.param(RuntimeError("a bug"), {"base": "unknown"}, id="bug"),
]


@pytest.fixture(autouse=True)
def setup_entry() -> Generator[AsyncMock]:
    """Leave entries alone once they exist."""
    with patch("custom_components.zkteco.async_setup_entry", return_value=True) as mock:
        yield mock


@pytest.fixture(autouse=True)
def identify_panel() -> Generator[AsyncMock]:
    """Return the panel that answers at every address: none, as terminals are no panels."""
    with patch.object(flow_c3, "identify", side_effect=WrongFamily("terminal")) as mock:
        yield mock


@pytest.fixture(autouse=True)
def identify() -> Generator[AsyncMock]:
    """Return what answers at every address: a terminal without a key, over TCP."""
    with patch.object(
        flow_terminal,
        "identify",
        autospec=True,
        return_value=(TERMINAL, Transport.TCP),
    ) as mock:
        yield mock


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return the entry of a terminal with a key."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Terminal",
        unique_id=SERIAL,
        data={**STORED, CONF_TRANSPORT: "udp", CONF_KEY: "1234"},
    )
    entry.add_to_hass(hass)
    return entry


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Choose to add a terminal."""
    flows = hass.config_entries.flow
    result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await flows.async_configure(
        result["flow_id"], {"next_step_id": "terminal"}
    )
    assert result["step_id"] == "terminal"
    return result


async def answer(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: dict[str, Any]
) -> ConfigFlowResult:
    """Fill in the form that a flow shows."""
    assert result["type"] is FlowResultType.FORM
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], user_input
    )
    await hass.async_block_till_done()
    return result


async def discover(hass: HomeAssistant) -> ConfigFlowResult:
    """Let a device ask for a network address."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_DHCP}, data=DHCP
    )


def with_key(key: str) -> Any:
    """Return an `identify` for a terminal that wants a key."""

    async def identify(_host: str, _port: int, given: str, *_: Any, **__: Any) -> Any:
        if given != key:
            raise WrongPassword
        return TERMINAL, Transport.TCP

    return identify


async def test_add_a_terminal(hass: HomeAssistant, identify: AsyncMock) -> None:
    """An address is enough; the transport that worked is used from then on."""
    identify.return_value = TERMINAL, Transport.UDP
    result = await answer(hass, await start(hass), {CONF_HOST: f" {HOST} "})
    assert identify.await_args.args == (HOST, 4370, "", Transport.AUTOMATIC)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "F18"
    assert result["result"].unique_id == SERIAL
    assert result["data"] == {**STORED, CONF_TRANSPORT: "udp"}


async def test_add_a_terminal_with_a_key(
    hass: HomeAssistant, identify: AsyncMock
) -> None:
    """The key is stored, without the spaces around it."""
    form = {**FORM, CONF_TRANSPORT: "tcp", CONF_KEY: " 1234 "}
    result = await answer(hass, await start(hass), form)
    assert identify.await_args.args == (HOST, 4370, "1234", Transport.TCP)
    assert result["data"] == {**STORED, CONF_TRANSPORT: "tcp", CONF_KEY: "1234"}


@pytest.mark.parametrize(("error", "shown"), ERRORS)
async def test_every_error_can_be_corrected(
    hass: HomeAssistant,
    identify: AsyncMock,
    error: Exception,
    shown: dict[str, str],
) -> None:
    """Each error is told apart, and the same form then succeeds."""
    identify.side_effect = error
    result = await answer(hass, await start(hass), FORM)
    assert result["errors"] == shown

    identify.side_effect = None
    result = await answer(hass, result, FORM)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_an_impossible_host_is_never_tried(
    hass: HomeAssistant, identify: AsyncMock
) -> None:
    """The field is to blame, and says so."""
    result = await answer(hass, await start(hass), {**FORM, CONF_HOST: "my terminal"})
    assert result["errors"] == {CONF_HOST: "invalid_host"}
    identify.assert_not_awaited()


async def test_a_known_terminal_at_a_new_address(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Adding it again corrects the entry that it has."""
    form = {**FORM, CONF_HOST: NEW_HOST, CONF_KEY: "7"}
    result = await answer(hass, await start(hass), form)
    assert result["reason"] == "already_configured"
    assert entry.data == {
        **STORED,
        CONF_HOST: NEW_HOST,
        CONF_TRANSPORT: "tcp",
        CONF_KEY: "7",
    }


async def test_a_known_address_is_not_disturbed(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """Old terminals serve one connection, which a test would interrupt."""
    result = await answer(hass, await start(hass), FORM)
    assert result["reason"] == "already_configured"
    identify.assert_not_awaited()


@pytest.mark.parametrize("panel", [WrongFamily("terminal"), CannotConnect()])
async def test_dhcp_finds_a_new_terminal(
    hass: HomeAssistant,
    identify: AsyncMock,
    identify_panel: AsyncMock,
    panel: Exception,
) -> None:
    """Also one that says nothing when it is asked whether it is a panel."""
    identify_panel.side_effect = panel
    result = await discover(hass)
    assert result["step_id"] == "discovery_confirm"
    assert result["description_placeholders"] == {
        "model": "F18",
        "host": NEW_HOST,
        "serial": SERIAL,
    }
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": f"F18 ({NEW_HOST})"}
    assert identify.await_args.args == (NEW_HOST, 4370, "", Transport.AUTOMATIC)

    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {**STORED, CONF_HOST: NEW_HOST, CONF_TRANSPORT: "tcp"}


async def test_dhcp_finds_a_new_terminal_with_a_key(
    hass: HomeAssistant, identify: AsyncMock
) -> None:
    """The card asks for the key, and again when it was wrong."""
    identify.side_effect = with_key("1234")
    result = await discover(hass)
    assert result["step_id"] == "terminal_key"
    assert result["description_placeholders"] == {"host": NEW_HOST}
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": f"ZKTeco ({NEW_HOST})"}

    result = await answer(hass, result, {CONF_KEY: "1"})
    assert result["errors"] == {CONF_KEY: "wrong_key"}
    result = await answer(hass, result, {CONF_KEY: "1234"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == SERIAL
    assert result["data"][CONF_KEY] == "1234"


async def test_dhcp_follows_a_known_terminal(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    identify: AsyncMock,
    identify_panel: AsyncMock,
) -> None:
    """With the stored key its serial number proves that it is the same one."""
    device_registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        connections={(dr.CONNECTION_NETWORK_MAC, "00:17:61:01:02:03")},
    )
    identify.side_effect = with_key("1234")
    assert (await discover(hass))["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == NEW_HOST
    assert entry.data[CONF_KEY] == "1234"
    assert identify.await_args.args == (NEW_HOST, 4370, "1234", Transport.UDP)
    identify_panel.assert_not_awaited()


@pytest.mark.parametrize(("error", "shown"), ERRORS)
async def test_reauth(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    identify: AsyncMock,
    error: Exception,
    shown: dict[str, str],
) -> None:
    """A person enters the new key, after an attempt that failed."""
    result = await entry.start_reauth_flow(hass)
    assert result["step_id"] == "reauth_terminal"
    assert result["description_placeholders"]["host"] == HOST
    identify.side_effect = error
    result = await answer(hass, result, {CONF_KEY: "77"})
    assert result["errors"] == shown

    identify.side_effect = None
    result = await answer(hass, result, {CONF_KEY: "77"})
    assert result["reason"] == "reauth_successful"
    assert entry.data == {**STORED, CONF_TRANSPORT: "tcp", CONF_KEY: "77"}
    assert identify.await_args.args == (HOST, 4370, "77", Transport.UDP)


@pytest.mark.parametrize("form", [{}, {CONF_KEY: ""}])
async def test_reauth_without_a_key(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    identify: AsyncMock,
    form: dict[str, str],
) -> None:
    """The key was removed at the terminal, and so it is here."""
    result = await answer(hass, await entry.start_reauth_flow(hass), form)
    assert result["reason"] == "reauth_successful"
    assert entry.data == {**STORED, CONF_TRANSPORT: "tcp"}
    assert identify.await_args.args == (HOST, 4370, "", Transport.UDP)


async def test_reauth_of_another_terminal(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """A key is never stored for a terminal that it does not belong to."""
    identify.return_value = OTHER, Transport.TCP
    result = await answer(hass, await entry.start_reauth_flow(hass), {CONF_KEY: "7"})
    assert result["reason"] == "wrong_device"
    assert entry.data[CONF_KEY] == "1234"


@pytest.mark.parametrize(("error", "shown"), ERRORS)
async def test_reconfigure(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    identify: AsyncMock,
    error: Exception,
    shown: dict[str, str],
) -> None:
    """The terminal moved and lost its key; a first attempt fails."""
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure_terminal"
    identify.side_effect = error
    form = {CONF_HOST: NEW_HOST, CONF_PORT: 4371, CONF_TRANSPORT: "automatic"}
    result = await answer(hass, result, form)
    assert result["errors"] == shown

    identify.side_effect = None
    result = await answer(hass, result, form)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {
        CONF_KIND: "terminal",
        CONF_HOST: NEW_HOST,
        CONF_PORT: 4371,
        CONF_TRANSPORT: "tcp",
    }


@pytest.mark.parametrize("reconfigures", [False, True])
@pytest.mark.parametrize(
    ("panel", "shown"),
    [
        (None, "is_a_c3_panel"),
        (WrongPassword(), "is_a_c3_panel"),
        (CannotConnect(), "terminal_silent"),
        (WrongFamily("unknown"), "terminal_silent"),
    ],
)
async def test_the_address_of_a_panel(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    identify: AsyncMock,
    identify_panel: AsyncMock,
    *,
    reconfigures: bool,
    panel: Exception | None,
    shown: str,
) -> None:
    """One that says nothing to a terminal's words is asked in its own."""
    if reconfigures:
        entry: MockConfigEntry = request.getfixturevalue("entry")
        result = await entry.start_reconfigure_flow(hass)
    else:
        result = await start(hass)
    identify.side_effect = CannotConnect()
    identify_panel.side_effect = panel
    result = await answer(hass, result, {**FORM, CONF_HOST: NEW_HOST, CONF_KEY: "7"})
    assert result["errors"] == {"base": shown}
    assert identify_panel.await_args.args == (NEW_HOST, 4370, "")


async def test_nobody_at_all(
    hass: HomeAssistant,
    identify: AsyncMock,
    identify_panel: AsyncMock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not tried for long whether a panel is there."""

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(flow_terminal, "OTHER_KIND_SECONDS", 0)
    identify.side_effect = CannotConnect()
    identify_panel.side_effect = never
    result = await answer(hass, await start(hass), FORM)
    assert result["errors"] == {"base": "terminal_silent"}


async def test_a_terminal_is_not_asked_twice(
    hass: HomeAssistant, identify_panel: AsyncMock
) -> None:
    """One that answers is never asked for anything else."""
    await answer(hass, await start(hass), FORM)
    identify_panel.assert_not_awaited()


async def test_reconfigure_to_another_terminal(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """The door of another terminal must never take the place of this one."""
    identify.return_value = OTHER, Transport.TCP
    form = {**FORM, CONF_HOST: NEW_HOST}
    result = await answer(hass, await entry.start_reconfigure_flow(hass), form)
    assert result["reason"] == "wrong_device"
    assert entry.data[CONF_HOST] == HOST


async def test_options(
    hass: HomeAssistant, entry: MockConfigEntry, setup_entry: AsyncMock
) -> None:
    """What the terminal cannot tell; nothing about a door that stays unlocked."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    options = hass.config_entries.options
    result = await options.async_init(entry.entry_id)
    assert result["step_id"] == "terminal"
    assert result["data_schema"]({}) == {
        CONF_UNLOCK_UNIT: "tenths",
        CONF_DOOR_SENSOR: False,
        CONF_CARD_NUMBERS: "last_four",
    }
    chosen = {
        CONF_UNLOCK_UNIT: "seconds",
        CONF_DOOR_SENSOR: True,
        CONF_DOORBELL_KEY: 7,
        CONF_CARD_NUMBERS: "none",
        CONF_TIME_ZONE: "Europe/Berlin",
    }
    result = await options.async_configure(result["flow_id"], chosen)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == chosen
    assert setup_entry.call_count == 2

    # What is left empty is gone.
    result = await options.async_init(entry.entry_id)
    del chosen[CONF_TIME_ZONE], chosen[CONF_DOORBELL_KEY]
    await options.async_configure(result["flow_id"], chosen)
    assert entry.options == chosen


@pytest.mark.parametrize(
    "wrong",
    [{CONF_DOORBELL_KEY: 256}, {CONF_DOORBELL_KEY: -1}, {CONF_TIME_ZONE: "Moon/Sea"}],
)
async def test_impossible_options(
    hass: HomeAssistant, entry: MockConfigEntry, wrong: dict[str, Any]
) -> None:
    """They do not get through the form."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    with pytest.raises(vol.Invalid):
        result["data_schema"](wrong)
