"""A bug report tells facts, and nothing about people or the network."""

import json
from types import MappingProxyType

from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.protocol.errors import CannotConnect
from custom_components.zkteco.protocol.redact import PRIVATE_OPTIONS
from homeassistant.core import HomeAssistant
from homeassistant.helpers.discovery_flow import DiscoveryKey
from tests.fake_device import INFO, FakeDevice
from tests.push_calls import REGISTRATION, SERIAL, push_entry


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    snapshot: SnapshotAssertion,
) -> None:
    """Everything is there, the secrets blacked out."""
    result = await get_diagnostics_for_config_entry(hass, hass_client, loaded_entry)
    assert result == snapshot(exclude=props("created_at", "modified_at"))
    text = json.dumps(result)
    for secret in (INFO.serial, str(INFO.mac), "127.0.0.1", "secret", "must be"):
        assert secret not in text


async def test_diagnostics_while_the_panel_is_away(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
) -> None:
    """That is when they are needed most."""
    device.push_state(error=CannotConnect("127.0.0.1 refused"), clock_offset=None)
    result = await get_diagnostics_for_config_entry(hass, hass_client, loaded_entry)
    state = result["state"]
    assert isinstance(state, dict)
    assert state["error"] == "CannotConnect"
    assert state["clock_offset"] is None


async def test_diagnostics_of_a_push_device(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, hub: Hub
) -> None:
    """What it told of itself, without its network and its key."""
    told = REGISTRATION | dict.fromkeys(PRIVATE_OPTIONS, "10.9.8.7")
    entry = push_entry(registration=told, address="10.9.8.0/24", key="topsecret")
    entry.add_to_hass(hass)
    # How it was found.
    found = DiscoveryKey(domain=DOMAIN, key=SERIAL, version=1)
    hass.config_entries.async_update_entry(
        entry, discovery_keys=MappingProxyType({DOMAIN: (found,)})
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    result = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    text = json.dumps(result)
    assert "C3-200 Plus" in text
    for secret in (SERIAL, "10.9.8", "topsecret"):
        assert secret not in text
