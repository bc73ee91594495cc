"""How a panel is added, found, repaired and configured, as a person sees it.

The protocol is replaced at its two functions, `identify` and `search`; the last tests
talk to a simulated panel instead.
"""

from collections.abc import Generator
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco import flow_c3, flow_terminal
from custom_components.zkteco.const import (
    CONF_CARD_NUMBERS,
    CONF_KIND,
    CONF_UNLOCK_BEHAVIOUR,
    DOMAIN,
    CardNumbers,
    Kind,
    UnlockBehaviour,
)
from custom_components.zkteco.protocol.c3.discovery import Found
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    DeviceBusy,
    InvalidValue,
    LoginLocked,
    MalformedReply,
    SecureFirmware,
    WrongFamily,
    WrongPassword,
)
from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_USER,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from tests.fake_device import INFO, SERIAL
from tests.simulators.c3_panel import C3Panel

HOST = "192.0.2.7"
NEW_HOST = "192.0.2.8"
OTHER = replace(INFO, serial="DDG8130016")
FOUND = Found(serial=SERIAL, ip=HOST, mac=INFO.mac, model="C3-200", firmware=None)
DHCP = DhcpServiceInfo(ip=NEW_HOST, hostname="zk", macaddress="001761010203")

ERRORS = [
    pytest.param(CannotConnect(), {"base": "cannot_connect"}, id="nobody there"),
    pytest.param(DeviceBusy(), {"base": "panel_busy"}, id="busy"),
    pytest.param(WrongPassword(), {CONF_PASSWORD: "invalid_auth"}, id="password"),
    pytest.param(WrongFamily("terminal"), {"base": "is_a_terminal"}, id="terminal"),
    pytest.param(WrongFamily("unknown"), {"base": "not_a_c3_panel"}, id="no panel"),
    pytest.param(MalformedReply(), {"base": "invalid_reply"}, id="garbage"),
    pytest.param(
        InvalidValue("password", "at most 15 characters"),
        {CONF_PASSWORD: "invalid_password"},
        id="impossible password",
    ),
    pytest.param(RuntimeError("a bug"), {"base": "unknown"}, id="bug"),
]


@pytest.fixture(autouse=True)
def setup_entry() -> Generator[AsyncMock]:
    """Leave entries alone once they exist."""
    with patch("custom_components.zkteco.async_setup_entry", return_value=True) as mock:
        yield mock


@pytest.fixture
def identify() -> Generator[AsyncMock]:
    """Return what answers at every address: a panel without a password."""
    with patch.object(flow_c3, "identify", return_value=INFO) as mock:
        yield mock


@pytest.fixture(autouse=True)
def identify_terminal() -> Generator[AsyncMock]:
    """Return the terminal that answers where no panel does: none."""
    mock = AsyncMock(side_effect=WrongFamily("c3"))
    with (
        patch.object(flow_terminal, "identify", mock),
        patch.object(flow_c3, "identify_terminal", mock),
    ):
        yield mock


@pytest.fixture
def search() -> Generator[AsyncMock]:
    """Return who answers the search: one panel."""
    with patch.object(flow_c3, "search", return_value=[FOUND]) as mock:
        yield mock


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Choose to add a C3 panel, and wait for the search."""
    flows = hass.config_entries.flow
    result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["c3", "terminal", "push"]
    result = await flows.async_configure(result["flow_id"], {"next_step_id": "c3"})
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["progress_action"] == "search"
    await hass.async_block_till_done()
    return await flows.async_configure(result["flow_id"])


async def answer(
    hass: HomeAssistant, result: ConfigFlowResult, **user_input: Any
) -> ConfigFlowResult:
    """Fill in the form that a flow shows."""
    assert result["type"] is FlowResultType.FORM
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], user_input
    )
    await hass.async_block_till_done()
    return result


async def discover(
    hass: HomeAssistant, discovery: DhcpServiceInfo = DHCP
) -> ConfigFlowResult:
    """Let a device ask for a network address."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_DHCP}, data=discovery
    )


def with_password(password: str) -> Any:
    """Return an `identify` for a panel that wants a password."""

    async def identify(_host: str, _port: int, given: str, **_: Any) -> Any:
        if given != password:
            raise WrongPassword
        return INFO

    return identify


async def test_pick_a_panel_that_was_found(
    hass: HomeAssistant, identify: AsyncMock, search: AsyncMock
) -> None:
    """Three clicks to the first door: kind, panel, done."""
    result = await start(hass)
    assert result["step_id"] == "pick"
    options = result["data_schema"].schema["panel"].config["options"]
    assert [option["label"] for option in options] == [
        f"C3-200 (192.0.2.7, {SERIAL})",
        "manual",
    ]
    assert search.await_args.args == (["255.255.255.255"],)

    result = await answer(hass, result, panel=SERIAL)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "C3-200"
    assert result["result"].unique_id == SERIAL
    assert result["data"] == {CONF_KIND: "c3", CONF_HOST: HOST, CONF_PORT: 4370}
    assert identify.await_args.args == (HOST, 4370, "")


async def test_picked_panel_wants_a_password(
    hass: HomeAssistant, identify: AsyncMock, search: AsyncMock
) -> None:
    """Only the password is asked for, and again when it was wrong."""
    identify.side_effect = with_password("secret")
    result = await answer(hass, await start(hass), panel=SERIAL)
    assert result["step_id"] == "password"
    assert result["errors"] == {}
    assert result["description_placeholders"] == {"host": HOST}

    result = await answer(hass, result, password="guess")
    assert result["errors"] == {CONF_PASSWORD: "invalid_auth"}

    result = await answer(hass, result, password="secret")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PASSWORD] == "secret"


async def test_picked_panel_does_not_answer(
    hass: HomeAssistant, identify: AsyncMock, search: AsyncMock
) -> None:
    """The list stays, so that a person can try again."""
    identify.side_effect = DeviceBusy
    result = await answer(hass, await start(hass), panel=SERIAL)
    assert result["step_id"] == "pick"
    assert result["errors"] == {"base": "panel_busy"}

    identify.side_effect = None
    result = await answer(hass, result, panel=SERIAL)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_enter_the_address_although_panels_were_found(
    hass: HomeAssistant, identify: AsyncMock, search: AsyncMock
) -> None:
    """The list has a way out; the address is cleaned of spaces."""
    search.return_value = [replace(FOUND, model=None)]
    result = await start(hass)
    options = result["data_schema"].schema["panel"].config["options"]
    assert options[0]["label"] == f"ZKTeco (192.0.2.7, {SERIAL})"

    result = await answer(hass, result, panel="manual")
    assert result["step_id"] == "manual"
    result = await answer(hass, result, host=" panel.local ", port=4371)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        CONF_KIND: "c3",
        CONF_HOST: "panel.local",
        CONF_PORT: 4371,
    }


@pytest.mark.parametrize("found", [[], [FOUND], OSError("no network")])
async def test_nothing_new_was_found(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    identify: AsyncMock,
    search: AsyncMock,
    found: list[Found] | OSError,
) -> None:
    """Without a panel to pick, the form for the address comes at once."""
    search.side_effect = [found]
    identify.return_value = OTHER
    result = await start(hass)
    assert result["step_id"] == "nothing_found"
    result = await answer(hass, result, host=HOST, port=4370)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(("error", "shown"), ERRORS)
async def test_every_error_can_be_corrected(
    hass: HomeAssistant,
    identify: AsyncMock,
    search: AsyncMock,
    error: Exception,
    shown: dict[str, str],
) -> None:
    """Each error is told apart, and the same form then succeeds."""
    search.return_value = []
    identify.side_effect = error
    result = await answer(
        hass, await start(hass), host=HOST, port=4370, password="secret"
    )
    assert result["errors"] == shown

    identify.side_effect = None
    result = await answer(hass, result, host=HOST, port=4370, password="secret")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PASSWORD] == "secret"


async def test_a_bug_is_logged(
    hass: HomeAssistant,
    identify: AsyncMock,
    search: AsyncMock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only what nobody expects is worth a traceback, and it holds no password."""
    search.return_value = []
    form = {"host": HOST, "port": 4370, "password": "secret"}
    identify.side_effect = CannotConnect
    result = await answer(hass, await start(hass), **form)
    assert "Traceback" not in caplog.text
    identify.side_effect = RuntimeError("a bug")
    await answer(hass, result, **form)
    assert "RuntimeError: a bug" in caplog.text
    assert "secret" not in "".join(
        record.getMessage() for record in caplog.records if "zkteco" in record.name
    )


@pytest.mark.parametrize("host", [" ", "http://192.0.2.7/", "192.0.2", "my panel"])
async def test_an_impossible_host_is_never_tried(
    hass: HomeAssistant, identify: AsyncMock, search: AsyncMock, host: str
) -> None:
    """The field is to blame, and says so."""
    search.return_value = []
    result = await answer(hass, await start(hass), host=host, port=4370)
    assert result["errors"] == {CONF_HOST: "invalid_host"}
    identify.assert_not_awaited()

    result = await answer(hass, result, host=HOST, port=4370)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_second_panel_of_a_model_gets_a_title_of_its_own(
    hass: HomeAssistant, identify: AsyncMock, search: AsyncMock
) -> None:
    """Two panels of one model can be told apart."""
    search.return_value = [FOUND, replace(FOUND, serial=OTHER.serial, ip=NEW_HOST)]
    result = await answer(hass, await start(hass), panel=SERIAL)
    assert result["title"] == "C3-200"

    identify.return_value = OTHER
    result = await answer(hass, await start(hass), panel=OTHER.serial)
    assert result["title"] == "C3-200 (0016)"


async def test_a_known_panel_at_a_new_address(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock, search: AsyncMock
) -> None:
    """Adding it again corrects the entry that it has."""
    search.return_value = []
    result = await answer(
        hass, await start(hass), host=NEW_HOST, port=4371, password="new"
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data == {
        CONF_KIND: "c3",
        CONF_HOST: NEW_HOST,
        CONF_PORT: 4371,
        CONF_PASSWORD: "new",
    }


async def test_a_known_address_is_not_disturbed(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock, search: AsyncMock
) -> None:
    """A panel serves one connection, which a test would interrupt."""
    search.return_value = []
    result = await answer(hass, await start(hass), host="127.0.0.1", port=4370)
    assert result["reason"] == "already_configured"
    identify.assert_not_awaited()


async def test_dhcp_finds_a_new_panel(hass: HomeAssistant, identify: AsyncMock) -> None:
    """A card appears; one click adds the panel."""
    result = await discover(hass)
    assert result["step_id"] == "discovery_confirm"
    assert result["description_placeholders"] == {
        "model": "C3-200",
        "host": NEW_HOST,
        "serial": SERIAL,
    }
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": f"C3-200 ({NEW_HOST})"}
    assert (await discover(hass))["reason"] == "already_in_progress"

    result = await answer(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_KIND: "c3", CONF_HOST: NEW_HOST, CONF_PORT: 4370}


async def test_dhcp_finds_a_new_panel_with_a_password(
    hass: HomeAssistant, identify: AsyncMock
) -> None:
    """The card asks for the password, which nothing else could tell."""
    identify.side_effect = with_password("secret")
    result = await discover(hass)
    assert result["step_id"] == "password"
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": f"ZKTeco ({NEW_HOST})"}

    result = await answer(hass, result, password="secret")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == SERIAL


@pytest.mark.parametrize(
    "error", [CannotConnect(), DeviceBusy(), WrongFamily("unknown"), RuntimeError()]
)
async def test_dhcp_finds_something_else(
    hass: HomeAssistant, identify: AsyncMock, error: Exception
) -> None:
    """Nobody is bothered with a device that is neither a panel nor a terminal."""
    identify.side_effect = error
    result = await discover(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "nothing_answered"


async def test_dhcp_finds_an_ignored_panel(
    hass: HomeAssistant, identify: AsyncMock
) -> None:
    """An ignored card stays away and the device is left in peace."""
    MockConfigEntry(
        domain=DOMAIN, source=SOURCE_IGNORE, unique_id="00:17:61:01:02:03", data={}
    ).add_to_hass(hass)
    assert (await discover(hass))["reason"] == "already_configured"
    identify.assert_not_awaited()


async def test_dhcp_finds_a_panel_ignored_by_serial(
    hass: HomeAssistant, identify: AsyncMock
) -> None:
    """The same for a panel whose card had told the serial number."""
    MockConfigEntry(
        domain=DOMAIN, source=SOURCE_IGNORE, unique_id=SERIAL, data={}
    ).add_to_hass(hass)
    assert (await discover(hass))["reason"] == "already_configured"


async def test_dhcp_at_a_known_address(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """A panel that stays where it is keeps its connection."""
    result = await discover(
        hass, DhcpServiceInfo(ip="127.0.0.1", hostname="zk", macaddress="001761010203")
    )
    assert result["reason"] == "already_configured"
    identify.assert_not_awaited()


async def test_dhcp_does_not_take_a_known_panel_for_a_terminal(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    registered: None,
    identify: AsyncMock,
    identify_terminal: AsyncMock,
) -> None:
    """It is asked as what it is, and left alone when it does not answer."""
    identify.side_effect = CannotConnect
    assert (await discover(hass))["reason"] == "nothing_answered"
    identify_terminal.assert_not_awaited()


@pytest.fixture
def registered(entry: MockConfigEntry, device_registry: dr.DeviceRegistry) -> None:
    """Know the panel's network address, as after its first connection."""
    device_registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        connections={(dr.CONNECTION_NETWORK_MAC, "00:17:61:01:02:03")},
    )


async def test_dhcp_follows_a_known_panel(
    hass: HomeAssistant, entry: MockConfigEntry, registered: None, identify: AsyncMock
) -> None:
    """With the stored password the serial number proves that it is the same panel."""
    identify.side_effect = with_password("secret")
    assert (await discover(hass))["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == NEW_HOST
    assert entry.data[CONF_PASSWORD] == "secret"


async def test_dhcp_follows_a_panel_known_by_serial_only(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """A panel that needs no password tells its serial number to everybody."""
    assert (await discover(hass))["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == NEW_HOST


async def test_dhcp_follows_a_known_panel_with_a_new_password(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """Nothing changes before a person has proved that it is the same panel."""
    identify.side_effect = with_password("changed")
    result = await discover(hass)
    assert result["step_id"] == "password"
    assert entry.data[CONF_HOST] == "127.0.0.1"

    result = await answer(hass, result, password="changed")
    assert result["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == NEW_HOST
    assert entry.data[CONF_PASSWORD] == "changed"


async def test_dhcp_leaves_a_host_name_alone(
    hass: HomeAssistant, entry: MockConfigEntry, registered: None, identify: AsyncMock
) -> None:
    """A name finds the panel wherever it is, so that nothing has to interrupt it."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_HOST: "panel.local"}
    )
    assert (await discover(hass))["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == "panel.local"
    identify.assert_not_awaited()


@pytest.mark.parametrize(("error", "shown"), ERRORS)
async def test_reauth(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    identify: AsyncMock,
    error: Exception,
    shown: dict[str, str],
) -> None:
    """A person enters the new password, after an attempt that failed."""
    result = await entry.start_reauth_flow(hass)
    assert result["step_id"] == "reauth_confirm"
    identify.side_effect = error
    result = await answer(hass, result, password="new")
    assert result["errors"] == shown

    identify.side_effect = None
    result = await answer(hass, result, password="new")
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == "new"
    assert entry.data[CONF_HOST] == "127.0.0.1"
    assert identify.await_args.args == ("127.0.0.1", 4370, "new")


@pytest.mark.parametrize("form", [{}, {CONF_PASSWORD: ""}])
async def test_reauth_without_a_password(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    identify: AsyncMock,
    form: dict[str, str],
) -> None:
    """The password was removed at the panel, and so it is here."""
    result = await answer(hass, await entry.start_reauth_flow(hass), **form)
    assert result["reason"] == "reauth_successful"
    assert entry.data == {CONF_KIND: "c3", CONF_HOST: "127.0.0.1", CONF_PORT: 4370}
    assert identify.await_args.args == ("127.0.0.1", 4370, "")


async def test_reauth_of_another_panel(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """A password is never stored for a panel that it does not belong to."""
    identify.return_value = OTHER
    result = await answer(hass, await entry.start_reauth_flow(hass), password="new")
    assert result["reason"] == "wrong_device"
    assert entry.data[CONF_PASSWORD] == "secret"


@pytest.mark.parametrize(("error", "shown"), ERRORS)
async def test_reconfigure(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    identify: AsyncMock,
    error: Exception,
    shown: dict[str, str],
) -> None:
    """The panel moved and lost its password; a first attempt fails."""
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "reconfigure"
    identify.side_effect = error
    result = await answer(hass, result, host=NEW_HOST, port=4371)
    assert result["errors"] == shown

    identify.side_effect = None
    result = await answer(hass, result, host=NEW_HOST, port=4371)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {CONF_KIND: "c3", CONF_HOST: NEW_HOST, CONF_PORT: 4371}


async def test_reconfigure_to_another_panel(
    hass: HomeAssistant, entry: MockConfigEntry, identify: AsyncMock
) -> None:
    """The doors of another panel must never take the place of these."""
    identify.return_value = OTHER
    result = await answer(
        hass, await entry.start_reconfigure_flow(hass), host=NEW_HOST, port=4370
    )
    assert result["reason"] == "wrong_device"
    assert entry.data[CONF_HOST] == "127.0.0.1"


async def test_options(
    hass: HomeAssistant, entry: MockConfigEntry, setup_entry: AsyncMock
) -> None:
    """Two choices, and the panel is set up again with them."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "init"
    assert result["data_schema"]({}) == {
        CONF_UNLOCK_BEHAVIOUR: UnlockBehaviour.PULSE,
        CONF_CARD_NUMBERS: CardNumbers.LAST_FOUR,
    }
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {CONF_UNLOCK_BEHAVIOUR: "hold", CONF_CARD_NUMBERS: "none"}
    )
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {CONF_UNLOCK_BEHAVIOUR: "hold", CONF_CARD_NUMBERS: "none"}
    assert setup_entry.call_count == 2


@pytest.mark.usefixtures("socket_enabled")
async def test_add_a_simulated_panel(hass: HomeAssistant, search: AsyncMock) -> None:
    """The whole way over a real socket: too long, wrong and right password."""
    search.return_value = []
    async with C3Panel(password="banana") as panel:
        form = {"host": "127.0.0.1", "port": panel.port}
        result = await answer(hass, await start(hass), **form, password="a" * 16)
        assert result["errors"] == {CONF_PASSWORD: "invalid_password"}

        result = await answer(hass, result, **form, password="grün")
        assert result["errors"] == {CONF_PASSWORD: "invalid_password"}

        result = await answer(hass, result, **form, password="apple")
        assert result["errors"] == {CONF_PASSWORD: "invalid_auth"}

        result = await answer(hass, result, **form, password="banana")
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"] == {
            CONF_KIND: Kind.C3,
            CONF_HOST: "127.0.0.1",
            CONF_PORT: panel.port,
            CONF_PASSWORD: "banana",
        }


@pytest.mark.parametrize("panel", [CannotConnect(), DeviceBusy()])
@pytest.mark.parametrize("reconfigures", [False, True])
@pytest.mark.parametrize(
    ("terminal", "is_terminal"),
    [
        (None, True),
        (WrongPassword(), True),
        (LoginLocked(), True),
        (SecureFirmware(), True),
        (CannotConnect(), False),
        (WrongFamily("http"), False),
        (TimeoutError(), False),
    ],
)
async def test_the_address_of_a_terminal(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    identify: AsyncMock,
    identify_terminal: AsyncMock,
    *,
    panel: Exception,
    reconfigures: bool,
    terminal: Exception | None,
    is_terminal: bool,
) -> None:
    """One that hangs up on a panel's words, or says nothing, is asked in its own."""
    if reconfigures:
        entry: MockConfigEntry = request.getfixturevalue("entry")
        result = await entry.start_reconfigure_flow(hass)
    else:
        with patch.object(flow_c3, "search", return_value=[]):
            result = await start(hass)
    identify.side_effect = panel
    identify_terminal.side_effect = terminal
    result = await answer(hass, result, host=NEW_HOST, port=4371, password="banana")
    assert (result["errors"] == {"base": "is_a_terminal"}) is is_terminal
    assert identify_terminal.await_args.args == (NEW_HOST, 4371, "", "automatic")


@pytest.mark.usefixtures("socket_enabled")
async def test_a_simulated_terminal_is_no_panel(
    hass: HomeAssistant, search: AsyncMock
) -> None:
    """A device of another kind on the same port is recognised."""
    search.return_value = []
    async with C3Panel() as panel:
        panel.faults.foreign = True
        result = await answer(
            hass, await start(hass), host="127.0.0.1", port=panel.port
        )
        assert result["errors"] == {"base": "is_a_terminal"}
