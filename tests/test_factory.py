"""A config entry becomes the device of its kind."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.factory import build_device
from custom_components.zkteco.protocol.c3.panel import C3Panel
from homeassistant.core import HomeAssistant


@pytest.mark.parametrize("password", [{}, {"password": "secret"}])
async def test_c3(hass: HomeAssistant, password: dict[str, str]) -> None:
    """A C3 panel, with or without a password; nothing is connected yet."""
    data = {"kind": "c3", "host": "127.0.0.1", "port": 4370, **password}
    entry = MockConfigEntry(domain="zkteco", data=data)
    assert isinstance(build_device(hass, entry, {}), C3Panel)
