"""A standalone terminal in a home: the simulated terminal and real sockets.

Here the whole house takes part: config flow, protocol, entities. What each of them does
with mistakes is tested where it belongs.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any
from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.zkteco import flow_c3
from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.protocol.c3 import panel as c3_panel
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from tests.clock import FakeClock
from tests.simulators.c3_panel import C3Panel
from tests.simulators.standalone_terminal import SimulatedTerminal

LOCK = "lock.f18_door_1"
ACCESS = "event.f18_door_1_access"
CONTACT = "binary_sensor.f18_door_1_contact"


@pytest.fixture
async def terminal(hub: Hub, clock: FakeClock) -> AsyncGenerator[SimulatedTerminal]:
    """Return a terminal with a key and a door sensor, which has the home's time."""
    terminal = SimulatedTerminal(key=1234, now=clock.local, monotonic=clock.monotonic)
    await terminal.start()
    yield terminal
    await terminal.stop()


async def add(hass: HomeAssistant, port: int, **form: Any) -> dict[str, Any]:
    """Fill in the form, and return what it shows."""
    flows = hass.config_entries.flow
    result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flows.async_configure(result["flow_id"], {"next_step_id": "terminal"})
    return dict(
        await flows.async_configure(
            result["flow_id"], {"host": "127.0.0.1", "port": port, **form}
        )
    )


@pytest.fixture
async def home(
    hass: HomeAssistant, terminal: SimulatedTerminal, clock: FakeClock
) -> AsyncGenerator[SimulatedTerminal]:
    """Return the terminal, added to Home Assistant, with its sensor."""
    result = await add(hass, terminal.port, key="1234")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    hass.config_entries.async_update_entry(
        entry, options={"door_sensor": True, "doorbell_key": 7}
    )
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await clock.advance(1)  # in which it reads the names
    yield terminal
    assert await hass.config_entries.async_unload(entry.entry_id)


async def until(
    hass: HomeAssistant, clock: FakeClock, true: Callable[[], bool]
) -> None:
    """Let time pass and the house work until something is so."""
    for _ in range(300):
        await hass.async_block_till_done()
        if true():
            return
        await clock.advance(0.1)
        await asyncio.sleep(0.001)  # for the sockets
    pytest.fail("it never came true")


async def test_the_way_to_a_terminal(
    hass: HomeAssistant, terminal: SimulatedTerminal
) -> None:
    """A wrong key is told apart from everything else, and the right one opens."""
    result = await add(hass, terminal.port)
    assert result["errors"] == {"key": "wrong_key"}
    result = await add(hass, terminal.port, key="12x4")
    assert result["errors"] == {"key": "invalid_key"}
    result = await add(hass, terminal.port, key="1234", transport="udp")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "F18"
    assert result["data"]["transport"] == "udp"


async def test_somebody_comes_in(
    hass: HomeAssistant, home: SimulatedTerminal, clock: FakeClock
) -> None:
    """The finger is recognised, the door unlocks for its open time and locks again."""
    home.verify("1001")
    await until(hass, clock, lambda: hass.states.get(LOCK).state == "unlocked")
    event = hass.states.get(ACCESS).attributes
    assert event["event_type"] == "access_granted"
    assert event["user_name"] == "Alice"
    assert event["method"] == "fingerprint"
    assert hass.states.get(LOCK).attributes["changed_by"] == "Alice"
    assert hass.states.get("sensor.f18_last_user").state == "Alice"

    home.open_leaf()
    await clock.advance(1)
    await until(hass, clock, lambda: hass.states.get(CONTACT).state == "on")
    home.close_leaf()
    await clock.advance(10)
    await until(hass, clock, lambda: hass.states.get(LOCK).state == "locked")
    assert hass.states.get(CONTACT).state == "off"


async def test_opened_from_home_assistant(
    hass: HomeAssistant, home: SimulatedTerminal, clock: FakeClock
) -> None:
    """Unlock lets one person in; there is nothing that holds the door, so nothing to lock."""
    target = {"entity_id": LOCK}
    await hass.services.async_call("lock", "unlock", target, blocking=True)
    await hass.services.async_call(
        DOMAIN, "open_door", {**target, "seconds": 20}, blocking=True
    )
    assert [number for _, number in home.unlocks] == [50, 200]
    assert hass.states.get(LOCK).attributes["changed_by"] == "Home Assistant"
    with pytest.raises(ServiceValidationError, match="does not support"):
        await hass.services.async_call("lock", "lock", target, blocking=True)
    assert hass.states.get("select.f18_door_1_mode") is None


async def test_keys(
    hass: HomeAssistant, home: SimulatedTerminal, clock: FakeClock
) -> None:
    """One of them rings, as its owner chose; the others are keys."""
    events = async_capture_events(hass, EVENT_ZKTECO)
    home.press(3)
    home.press(7)
    await until(hass, clock, lambda: len(events) == 2)
    assert [event.data["type"] for event in events] == ["button", "doorbell"]
    assert [event.data["key"] for event in events] == [3, 7]


async def test_what_a_terminal_can_say(
    hass: HomeAssistant,
    home: SimulatedTerminal,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A sound, a text, and an empty screen again."""
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, str(entry.unique_id)), entry.entry_id
    )
    assert device

    async def act(action: str, **data: Any) -> None:
        data["device_id"] = device.id
        await hass.services.async_call(DOMAIN, action, data, blocking=True)

    await act("play_sound", sound="bell")
    await act("show_text", text="Back at two", line=2)
    assert home.voices == [13]
    assert home.screen == {2: "Back at two"}
    await act("clear_text")
    assert home.screen == {}
    with pytest.raises(ServiceValidationError, match="Invalid value for text"):
        await act("show_text", text="x" * 100)


async def test_a_key_that_was_changed(
    hass: HomeAssistant, home: SimulatedTerminal, clock: FakeClock
) -> None:
    """The terminal comes back with another one, and its owner is asked for it."""
    home.key = 4321
    home.hang_up()
    await until(hass, clock, lambda: hass.states.get(LOCK).state == "unavailable")
    [flow] = hass.config_entries.flow.async_progress()
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"key": "4321"}
    )
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert hass.states.get(LOCK).state != "unavailable"


# Typed into the wrong form


@pytest.mark.parametrize("password", ["", "banana"])
@pytest.mark.usefixtures("hub")
async def test_a_panel_is_no_terminal(hass: HomeAssistant, password: str) -> None:
    """A panel that says nothing to a terminal's words is recognised."""
    async with C3Panel(password=password) as panel:
        result = await add(hass, panel.port, transport="udp")
        assert result["errors"] == {"base": "is_a_c3_panel"}


async def test_a_terminal_is_no_panel(
    hass: HomeAssistant, terminal: SimulatedTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that hangs up on a panel's words is recognised, whatever its key."""
    monkeypatch.setattr(flow_c3, "search", AsyncMock(return_value=[]))
    monkeypatch.setattr(c3_panel, "BACKOFF_SECONDS", (0.0,))
    flows = hass.config_entries.flow
    result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    await flows.async_configure(result["flow_id"], {"next_step_id": "c3"})
    await hass.async_block_till_done()
    await flows.async_configure(result["flow_id"])
    result = await flows.async_configure(
        result["flow_id"], {"host": "127.0.0.1", "port": terminal.port}
    )
    assert result["errors"] == {"base": "is_a_terminal"}
