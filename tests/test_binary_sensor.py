"""Contacts, alarms and inputs as the device reports them."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.protocol.model import DoorAlarm
from homeassistant.core import HomeAssistant
from tests.fake_device import FakeDevice


async def test_contact(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Open, closed, and unknown where the device does not tell."""
    contact = "binary_sensor.panel_door_1_contact"
    for contact_open, expected in ((True, "on"), (False, "off"), (None, "unknown")):
        device.push_door(1, contact_open=contact_open)
        assert hass.states.get(contact).state == expected
    assert hass.states.get("binary_sensor.panel_door_2_contact") is None


async def test_alarms(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Each alarm has its own sensor; an alarm without a value is unknown."""
    device.push_door(1, alarms={DoorAlarm.FORCED: True, DoorAlarm.DURESS: False})
    expected = {
        "forced_open": "on",
        "duress": "off",
        "tamper": "unknown",
        "held_open_too_long": "unknown",
        "alarm": "unknown",
    }
    for name, state in expected.items():
        assert hass.states.get(f"binary_sensor.panel_door_1_{name}").state == state


async def test_aux_inputs(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Inputs follow the device one by one."""
    device.push_state(aux_inputs={1: True})
    assert hass.states.get("binary_sensor.panel_auxiliary_input_1").state == "on"
    assert hass.states.get("binary_sensor.panel_auxiliary_input_2").state == "unknown"
