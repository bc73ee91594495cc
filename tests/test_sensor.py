"""What the panel tells about itself, and who came last."""

from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)

from custom_components.zkteco.protocol.model import EventKind
from homeassistant.core import HomeAssistant, State
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


async def test_last_user(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Only somebody who was let in, and just now, counts."""
    device.push_event(EventKind.ACCESS_GRANTED, door=2, user_name="Alice")
    device.push_event(EventKind.ACCESS_DENIED, door=1, user_name="Mallory")
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_name="Bob", late=True)
    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    assert hass.states.get(LAST_USER).state == "Alice"


async def test_last_user_survives_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> None:
    """After a restart of Home Assistant it is still Alice."""
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(LAST_USER, "Alice"),
                {"native_value": "Alice", "native_unit_of_measurement": None},
            )
        ],
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(LAST_USER).state == "Alice"
