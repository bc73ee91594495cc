"""Auxiliary outputs as switches."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.fake_device import FakeDevice

OUTPUT = "switch.panel_auxiliary_output_1"


async def test_switching(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """On and off, as the device confirms."""
    for action, state in (("turn_on", "on"), ("turn_off", "off")):
        await hass.services.async_call(
            "switch", action, {"entity_id": OUTPUT}, blocking=True
        )
        assert hass.states.get(OUTPUT).state == state
    assert device.calls == [
        ("set_aux_output", 1, True, None),
        ("set_aux_output", 1, False, None),
    ]


async def test_unknown_state(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """An output that the device does not report is neither on nor off."""
    device.push_state(aux_outputs={})
    assert hass.states.get(OUTPUT).state == "unknown"
