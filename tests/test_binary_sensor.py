"""Contacts, alarms and inputs as the device reports them."""

from dataclasses import replace

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.protocol.model import DoorAlarm
from homeassistant.core import HomeAssistant
from tests.fake_device import INFO, SUB_SERIAL, FakeDevice


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


async def test_power(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """On means that there is power, and that the battery is low."""
    mains, battery = "binary_sensor.panel_mains_power", "binary_sensor.panel_battery"
    for failed, power, low in (
        (False, "on", "off"),
        (True, "off", "on"),
        (None, "unknown", "unknown"),
    ):
        device.push_state(mains_failed=failed, battery_failed=failed)
        assert hass.states.get(mains).state == power
        assert hass.states.get(battery).state == low


async def test_devices_behind_the_panel(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Each has a connection; one that is found later appears without a reload."""
    first = "binary_sensor.panel_connection_of_ckpg221160003"
    second = "binary_sensor.panel_connection_of_ckpg221160004"
    for connected, expected in ((True, "on"), (False, "off"), (None, "unknown")):
        device.push_state(sub_devices={SUB_SERIAL: connected})
        assert hass.states.get(first).state == expected
    assert hass.states.get(second) is None

    device.rebuild(replace(INFO, sub_devices=(SUB_SERIAL, "CKPG221160004")))
    device.push_state(sub_devices={SUB_SERIAL: True, "CKPG221160004": True})
    await hass.async_block_till_done()
    assert hass.states.get(first).state == "on"
    assert hass.states.get(second).state == "on"


async def test_aux_inputs(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Inputs follow the device one by one."""
    device.push_state(aux_inputs={1: True})
    assert hass.states.get("binary_sensor.panel_auxiliary_input_1").state == "on"
    assert hass.states.get("binary_sensor.panel_auxiliary_input_2").state == "unknown"
