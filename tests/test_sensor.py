"""What the panel tells about itself, and who came last."""

from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.protocol.model import EventKind
from homeassistant.core import HomeAssistant
from tests.fake_device import FakeDevice

LAST_USER = "sensor.panel_last_user"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_facts_follow_the_panel(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Counts and clock change; what the panel stops telling is unknown."""
    device.push_state(user_count=4, clock_offset=timedelta(seconds=-3.5))
    assert hass.states.get("sensor.panel_users").state == "4"
    assert hass.states.get("sensor.panel_clock_drift").state == "-3.5"

    device.push_state(clock_offset=None)
    assert hass.states.get("sensor.panel_clock_drift").state == "unknown"


async def test_a_turnstile(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """It counts people until somebody starts again."""
    device.push_state(entries=121)
    assert hass.states.get("sensor.panel_entries").state == "121"
    assert hass.states.get("sensor.panel_exits").state == "118"
    await device.reset_counters()
    assert hass.states.get("sensor.panel_entries").state == "0"
    assert hass.states.get("sensor.panel_exits").state == "0"


async def test_last_user(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Only somebody who was let in, and just now, counts."""
    device.push_event(EventKind.ACCESS_GRANTED, door=2, user_name="Alice")
    device.push_event(EventKind.ACCESS_DENIED, door=1, user_name="Mallory")
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_name="Bob", late=True)
    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    assert hass.states.get(LAST_USER).state == "Alice"


async def test_last_user_survives_a_reload(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The owner changes an option, and it is still Alice."""
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_name="Alice")
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert hass.states.get(LAST_USER).state == "unavailable"
    assert await hass.config_entries.async_setup(loaded_entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(LAST_USER).state == "Alice"
