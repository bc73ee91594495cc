"""What happens at a door, on the bus and in the door's event entity."""

from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.event import NOT_OF_A_DOOR
from custom_components.zkteco.protocol.model import Direction, EventKind, VerifyMethod
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from tests.fake_device import INFO, SERIAL, FakeDevice, make_event

ACCESS = "event.panel_door_1_access"
DOORBELL = "event.panel_door_1_doorbell"

SWIPE = {
    "type": "access_granted",
    "name": "normal_open",
    "description": "normal verify open",
    "code": 0,
    "door": 1,
    "user_id": "1001",
    "user_name": "Alice",
    "card": "…4567",
    "method": "card",
    "verify_code": 4,
    "direction": "in",
    "time": "2026-11-20T12:00:00+00:00",
    "late": False,
    "index": 17,
}


def swipe(device: FakeDevice) -> None:
    """Let Alice in at door 1."""
    device.push_event(
        EventKind.ACCESS_GRANTED,
        door=1,
        user_id="1001",
        user_name="Alice",
        card="1234567",
        method=VerifyMethod.CARD,
        verify_code=4,
        direction=Direction.IN,
        index=17,
    )


async def test_a_card_at_the_door(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The event entity tells who, how and which way."""
    swipe(device)
    state = hass.states.get(ACCESS)
    assert state.attributes["event_type"] == "access_granted"
    assert state.attributes.items() >= SWIPE.items()
    assert hass.states.get("event.panel_door_2_access").state == "unknown"


async def test_the_same_on_the_bus(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The bus event adds the door's device and event entity."""
    captured = async_capture_events(hass, EVENT_ZKTECO)
    swipe(device)
    door = device_registry.async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-1"), loaded_entry.entry_id
    )
    await hass.async_block_till_done()
    assert door
    assert [event.data for event in captured] == [
        SWIPE | {"device_id": door.id, "entity_id": ACCESS}
    ]


async def test_an_event_of_the_panel(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    device_registry: dr.DeviceRegistry,
) -> None:
    """What has no door belongs to the panel and is on the bus only."""
    captured = async_capture_events(hass, EVENT_ZKTECO)
    device.push_event(EventKind.AUX_INPUT, aux_input=1)
    device.push_event(EventKind.SYSTEM, door=9)
    await hass.async_block_till_done()
    panel = device_registry.async_get_device_by_identifier(
        (DOMAIN, SERIAL), loaded_entry.entry_id
    )
    assert panel
    assert [event.data["device_id"] for event in captured] == [panel.id, panel.id]
    assert captured[0].data["aux_input"] == 1
    assert all("entity_id" not in event.data for event in captured)
    assert hass.states.get(ACCESS).state == "unknown"


async def test_history_starts_no_automation(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Late events are on the bus, marked, and never in the event entity."""
    captured = async_capture_events(hass, EVENT_ZKTECO)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, late=True)
    await hass.async_block_till_done()
    assert captured[0].data["late"] is True
    assert hass.states.get(ACCESS).state == "unknown"


@pytest.mark.parametrize(
    ("kind", "event_type"),
    [(kind, kind.value) for kind in EventKind if kind not in NOT_OF_A_DOOR]
    + [(kind, "other") for kind in sorted(NOT_OF_A_DOOR)],
)
async def test_every_kind_has_a_type(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    kind: EventKind,
    event_type: str,
) -> None:
    """Nothing that happens at a door is lost; the unusual is called other."""
    device.push_event(kind, door=1)
    assert hass.states.get(ACCESS).attributes["event_type"] == event_type


async def test_a_ring(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The bell rings in both entities of its own door, and for nothing else."""
    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    device.push_event(EventKind.DOORBELL, door=2)
    device.push_event(EventKind.DOORBELL, door=1, late=True)
    assert hass.states.get(DOORBELL).state == "unknown"

    device.push_event(EventKind.DOORBELL, door=1)
    state = hass.states.get(DOORBELL)
    assert state.attributes["event_type"] == "ring"
    assert state.attributes["device_class"] == "doorbell"
    assert state.attributes["door"] == 1
    assert hass.states.get(ACCESS).attributes["event_type"] == "doorbell"


async def test_a_bell_shows_itself_by_ringing(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """No device tells in advance; the second ring is in an entity of its own."""
    bell = "event.panel_door_2_doorbell"
    device.push_event(EventKind.DOORBELL, door=2)
    assert hass.states.get(bell) is None
    device.rebuild(
        replace(
            INFO, doors={**INFO.doors, 2: replace(INFO.doors[2], has_doorbell=True)}
        )
    )
    await hass.async_block_till_done()
    device.push_event(EventKind.DOORBELL, door=2)
    assert hass.states.get(bell).attributes["event_type"] == "ring"


async def test_events_of_the_first_moment_are_not_lost(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> None:
    """What the panel tells while it is set up arrives once the entities are there."""
    captured = async_capture_events(hass, EVENT_ZKTECO)
    device.waiting_events = [
        make_event(EventKind.ACCESS_GRANTED, door=1, index=1),
        make_event(EventKind.ACCESS_DENIED, door=1, index=2),
    ]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert [event.data["index"] for event in captured] == [1, 2]
    assert all(event.data["entity_id"] == ACCESS for event in captured)
    assert hass.states.get(ACCESS).attributes["event_type"] == "access_denied"
