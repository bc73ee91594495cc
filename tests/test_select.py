"""The mode of a door."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.fake_device import FakeDevice

MODE = "select.panel_door_1_mode"


async def test_select(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Held open and back to normal, shown when the device shows it."""
    for option in ("held_open", "normal"):
        await hass.services.async_call(
            "select",
            "select_option",
            {"entity_id": MODE, "option": option},
            blocking=True,
        )
        assert hass.states.get(MODE).state == option
    assert device.calls == [("hold_open", 1), ("release_door", 1)]


async def test_unknown_mode(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """A device that does not tell is not called normal."""
    device.push_door(1, held=None)
    assert hass.states.get(MODE).state == "unknown"
