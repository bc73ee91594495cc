"""Buttons of a panel."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.fake_device import FakeDevice


@pytest.mark.parametrize(
    ("button", "verb"),
    [
        ("cancel_alarms", "cancel_alarms"),
        ("restart", "restart"),
        ("synchronize_clock", "sync_time"),
        ("reset_counters", "reset_counters"),
    ],
)
async def test_press(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    button: str,
    verb: str,
) -> None:
    """Each button is one verb."""
    await hass.services.async_call(
        "button", "press", {"entity_id": f"button.panel_{button}"}, blocking=True
    )
    assert device.calls == [(verb,)]
