"""What the system information page tells."""

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.protocol.errors import CannotConnect
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from tests.fake_device import FakeDevice
from tests.push_calls import push_entry


async def test_health(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """How many devices are there, and of those that are not."""
    push_entry().add_to_hass(hass)  # not loaded
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    hub: Hub = hass.data[DOMAIN]
    host, port = hub.async_address()
    assert await get_system_health_info(hass, DOMAIN) == {
        "c3_reachable": "1 / 1",
        "push_reachable": "0 / 1",
        "terminal_reachable": "0 / 0",
        "devices_call": f"{host}:{port}",
        "pairing": False,
    }
    texts = await async_get_translations(hass, "en", "system_health", {DOMAIN})
    told = await get_system_health_info(hass, DOMAIN)
    named = {key.rpartition(".")[2] for key in texts}
    assert named == told.keys()
    device.push_state(error=CannotConnect("gone"))
    await hub.async_open_pairing()
    health = await get_system_health_info(hass, DOMAIN)
    assert health["c3_reachable"] == "0 / 1"
    assert health["pairing"] is True
    hub.server.close_pairing()
