"""What the panel tells about itself, and who came last."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.protocol.model import EventKind
from homeassistant.core import HomeAssistant
from tests.fake_device import STATE, FakeDevice

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


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_is_counted_appears_when_it_is_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """No device says in advance what it counts; what it once told stays."""
    untold = replace(
        STATE,
        user_capacity=None,
        record_capacity=0,
        fingerprint_count=None,
        face_count=None,
    )
    device = FakeDevice(state=untold)
    with patch("custom_components.zkteco.async_build_device", return_value=device):
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    counts = (
        ("sensor.panel_fingerprints", "fingerprint_count", 4, "4"),
        ("sensor.panel_faces", "face_count", 2, "2"),
        ("sensor.panel_user_storage_used", "user_capacity", 500, "0.6"),
        ("sensor.panel_event_log_used", "record_capacity", 48_000, "2.5"),
    )
    for entity_id, *_ in counts:
        assert hass.states.get(entity_id) is None
    for entity_id, field, value, shown in counts:
        device.push_state(**{field: value})
        await hass.async_block_till_done()
        assert hass.states.get(entity_id).state == shown

    device.push_state(record_count=24_000)
    assert hass.states.get("sensor.panel_event_log_used").state == "50.0"
    device.push_state(face_count=None)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.panel_faces").state == "unknown"


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
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="42", user_name="Alice")
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert hass.states.get(LAST_USER).state == "unavailable"
    assert await hass.config_entries.async_setup(loaded_entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(LAST_USER).state == "Alice"
    assert hass.states.get(LAST_USER).attributes["user_id"] == "42"


async def test_last_user_is_told_by_id_too(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Names change, and an unknown card has none: it does not keep the ID of the one before."""
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="42", user_name="Alice")
    assert hass.states.get(LAST_USER).attributes["user_id"] == "42"
    device.push_event(EventKind.ACCESS_GRANTED, door=1, card="1234567")
    assert hass.states.get(LAST_USER).state == "Card …4567"
    assert "user_id" not in hass.states.get(LAST_USER).attributes
