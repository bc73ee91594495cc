"""A PUSH device in a home, from its first call: the simulated device and real HTTP.

Here the whole house takes part: config flow, hub, views, protocol, entities. What each
of them does with mistakes is tested where it belongs.
"""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.hub import Hub
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from tests.clock import FakeClock
from tests.push_calls import SERIAL, push_entry
from tests.simulators.push_device import ALICE, PushDevice

LOCK = "lock.c3_200_plus_door_1"
CONNECTION = "binary_sensor.c3_200_plus_connection"


@pytest.fixture
async def simulator(
    hub: Hub, clock: FakeClock, hass_client_no_auth: ClientSessionGenerator
) -> AsyncGenerator[PushDevice]:
    """Return a panel whose server address is Home Assistant's. It calls at each `step`."""
    client = await hass_client_no_auth()
    server = f"http://127.0.0.1:{client.server.port}"
    async with PushDevice(server, SERIAL, clock=clock) as device:
        yield device


async def until(
    simulator: PushDevice,
    clock: FakeClock,
    hass: HomeAssistant,
    done: Callable[[], bool],
) -> None:
    """Let the device call until something is so."""
    for _ in range(30):
        await simulator.step()
        await clock.advance(1)
        await hass.async_block_till_done()
        if done():
            return
    pytest.fail("it never came true")


async def command(
    simulator: PushDevice, hass: HomeAssistant, action: str, entity_id: str
) -> None:
    """Use a lock while the device goes on calling."""
    work = hass.async_create_task(
        hass.services.async_call(
            "lock", action, {"entity_id": entity_id}, blocking=True
        )
    )
    for _ in range(10):
        await simulator.step()
        if work.done():
            break
    await work


def is_state(hass: HomeAssistant, entity_id: str, state: str) -> Callable[[], bool]:
    """Return a check of an entity's state."""

    def check() -> bool:
        found = hass.states.get(entity_id)
        return found is not None and found.state == state

    return check


async def test_from_the_first_call_to_the_open_door(
    hass: HomeAssistant, hub: Hub, simulator: PushDevice, clock: FakeClock
) -> None:
    """Set the address, find it under Discovered, confirm, open the door."""
    await simulator.step()
    assert not simulator.online
    flows = hass.config_entries.flow
    assert not flows.async_progress()

    result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await flows.async_configure(result["flow_id"], {"next_step_id": "push"})
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    assert result["description_placeholders"] == {"host": "10.10.10.10", "port": "8123"}

    await simulator.step()
    await hass.async_block_till_done(wait_background_tasks=True)
    (discovered,) = [
        flow
        for flow in flows.async_progress()
        if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
    ]
    assert discovered["step_id"] == "discovery_confirm_push"
    assert discovered["context"]["title_placeholders"] == {
        "name": f"C3-200 Plus ({SERIAL})"
    }

    result = await flows.async_configure(discovered["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "C3-200 Plus"
    await hass.async_block_till_done()
    assert hass.states.get(LOCK).state == "unavailable"

    await until(simulator, clock, hass, is_state(hass, CONNECTION, "on"))
    await command(simulator, hass, "open", LOCK)
    assert simulator.doors[1].relay
    assert hass.states.get(LOCK).state == "unlocked"
    assert simulator.results[-1].code == 1

    await clock.advance(6)
    await until(simulator, clock, hass, is_state(hass, LOCK, "locked"))


@pytest.fixture
async def entry(
    hass: HomeAssistant, hub: Hub, simulator: PushDevice, clock: FakeClock
) -> MockConfigEntry:
    """Return the entry of the device, which has called."""
    entry = push_entry()
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(
        simulator, clock, hass, is_state(hass, "binary_sensor.gate_connection", "on")
    )
    return entry


async def test_someone_comes_in(
    hass: HomeAssistant,
    simulator: PushDevice,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """A card at the reader is an event at the door, with the person's name."""
    events = async_capture_events(hass, EVENT_ZKTECO)
    simulator.swipe(1, ALICE.card)
    await until(simulator, clock, hass, lambda: bool(events))
    assert events[0].data["type"] == "access_granted"
    assert not events[0].data["late"]
    state = hass.states.get("event.gate_door_1_access")
    assert state.attributes["event_type"] == "access_granted"


async def test_a_device_that_falls_silent(
    hass: HomeAssistant,
    simulator: PushDevice,
    entry: MockConfigEntry,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Unavailable after a minute, told once; back with its first call."""
    await clock.advance(70)
    await hass.async_block_till_done()
    assert hass.states.get("lock.gate_door_1").state == "unavailable"
    assert caplog.text.count("Gate cannot be reached") == 1
    with pytest.raises(HomeAssistantError, match="Gate cannot be reached"):
        await hass.services.async_call(
            "zkteco", "cancel_alarm", await _device(hass, entry), blocking=True
        )
    await until(
        simulator, clock, hass, is_state(hass, "binary_sensor.gate_connection", "on")
    )
    assert caplog.text.count("Gate is reachable again") == 1


async def _device(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return what an action at the device is called with."""
    return {"device_id": entry.runtime_data.panel_device_id}


@pytest.mark.parametrize("answer_lost", [False, True])
async def test_events_survive_a_restart_of_home_assistant(
    hass: HomeAssistant,
    simulator: PushDevice,
    entry: MockConfigEntry,
    clock: FakeClock,
    answer_lost: bool,
) -> None:
    """What happens meanwhile is told once, and so is what was told just before."""
    events = async_capture_events(hass, EVENT_ZKTECO)

    def granted() -> list[Any]:
        return [event for event in events if event.data["type"] == "access_granted"]

    simulator.swipe(1, ALICE.card)
    simulator.faults.lose_answers = 1 if answer_lost else 0
    await until(simulator, clock, hass, lambda: bool(granted()))
    assert bool(simulator.events) is answer_lost

    assert await hass.config_entries.async_unload(entry.entry_id)
    await simulator.step()
    assert not simulator.online
    simulator.swipe(2, ALICE.card)
    await simulator.step()

    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(simulator, clock, hass, lambda: not simulator.events)
    assert [event.data["door"] for event in granted()] == [1, 2]


async def test_the_device_restarts(
    hass: HomeAssistant,
    simulator: PushDevice,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """It connects anew, and nothing is told twice."""
    events = async_capture_events(hass, EVENT_ZKTECO)
    simulator.swipe(1, ALICE.card)
    simulator.faults.lose_answers = 1
    await simulator.step()
    simulator.reboot()
    await until(simulator, clock, hass, lambda: not simulator.events)
    granted = [e for e in events if e.data["type"] == "access_granted"]
    assert len(granted) == 1
