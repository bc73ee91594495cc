"""The open time of a door."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from tests.fake_device import FakeDevice

OPEN_TIME = "number.panel_door_1_open_time"


async def set_value(hass: HomeAssistant, value: int) -> None:
    """Choose an open time."""
    await hass.services.async_call(
        "number", "set_value", {"entity_id": OPEN_TIME, "value": value}, blocking=True
    )


async def test_open_time_is_kept_on_the_device(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The value comes back from the device."""
    assert hass.states.get(OPEN_TIME).state == "5"
    await set_value(hass, 30)
    assert device.calls == [("set_open_time", 1, 30)]
    assert hass.states.get(OPEN_TIME).state == "30"


@pytest.mark.parametrize("value", [0, 255])
async def test_limits(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    value: int,
) -> None:
    """0 (never) and 255 (for ever) cannot be chosen by accident."""
    with pytest.raises(ServiceValidationError):
        await set_value(hass, value)
    assert device.calls == []
