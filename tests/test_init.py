"""The life of a config entry: set up, unload, remove, and what is remembered between."""

from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.coordinator import SAVE_DELAY
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    DeviceError,
    LoginLocked,
    MalformedReply,
    SecureFirmware,
    WrongFamily,
    WrongPassword,
)
from custom_components.zkteco.protocol.model import EventKind
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from tests.fake_device import SERIAL, FakeDevice


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CannotConnect(), (ConfigEntryState.SETUP_RETRY, "Panel cannot be reached")),
        (MalformedReply(), (ConfigEntryState.SETUP_RETRY, "cannot be read")),
        (LoginLocked(), (ConfigEntryState.SETUP_RETRY, "refuses everybody")),
        (SecureFirmware(), (ConfigEntryState.SETUP_RETRY, "encrypts")),
        (WrongPassword(), (ConfigEntryState.SETUP_ERROR, "communication password")),
        (WrongFamily("terminal"), (ConfigEntryState.SETUP_ERROR, "another protocol")),
    ],
)
async def test_setup_fails(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    error: DeviceError,
    expected: tuple[ConfigEntryState, str],
) -> None:
    """Each failure leads where a person can do something about it."""
    state, reason = expected
    device.start_error = error
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is state
    assert reason in str(entry.reason)
    reauths = [
        flow
        for flow in hass.config_entries.flow.async_progress()
        if flow["context"]["source"] == SOURCE_REAUTH
    ]
    assert bool(reauths) is isinstance(error, WrongPassword)


async def test_another_panel_at_the_address(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """Its doors are not taken for ours, and it is left alone."""
    entry = MockConfigEntry(domain=DOMAIN, title="Panel", unique_id="OTHER1")
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "serial number is AJYX184460012 instead of OTHER1" in str(entry.reason)
    assert not device.running


async def test_started_but_silent(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A device that calls us has its doors before it does so; to wait is no error."""
    device.push_state(error=CannotConnect())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("lock.panel_door_2").state == "unavailable"
    assert hass.states.get("binary_sensor.panel_connection").state == "off"
    assert "cannot be reached" not in caplog.text

    device.push_state(error=None)
    assert hass.states.get("lock.panel_door_2").state == "locked"


async def test_unload_stops_the_device(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The panel is free for others."""
    assert device.running
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert not device.running
    assert loaded_entry.state is ConfigEntryState.NOT_LOADED


async def test_the_end_of_home_assistant_stops_the_device(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """No goodbye, no slot for the next program."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert not device.running


async def test_memory(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    hass_storage: dict[str, Any],
) -> None:
    """What the device wants to remember is given back to it, until the entry is removed."""
    given: list[object] = []

    async def build(_hass: HomeAssistant, _entry: object, memory: object) -> FakeDevice:
        given.append(memory)
        return device

    with patch("custom_components.zkteco.async_build_device", build):
        assert await hass.config_entries.async_setup(entry.entry_id)
        device.remember(told=17)
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert given == [{}, {"told": 17}]

    await hass.config_entries.async_remove(entry.entry_id)
    assert not [key for key in hass_storage if key.startswith(DOMAIN)]


async def test_memory_is_saved_while_events_flow(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A crash of Home Assistant costs half a minute of memory, even on a busy day."""
    for number in range(8):
        device.remember(told=number)
        device.push_event(EventKind.ACCESS_GRANTED, door=1)
        freezer.tick(SAVE_DELAY / 5)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
    assert hass_storage[f"{DOMAIN}.{loaded_entry.entry_id}"]["data"] == {"told": 4}


async def test_memory_is_saved_when_it_has_changed(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A state that brings nothing to remember is not written."""
    key = f"{DOMAIN}.{loaded_entry.entry_id}"
    for memory, saved in (({}, False), ({"code": 1}, True), ({}, False)):
        hass_storage.pop(key, None)
        device.remember(**memory)
        device.push_door(1, relay=memory == {})
        freezer.tick(SAVE_DELAY + 1)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert (key in hass_storage) is saved


async def test_a_door_that_is_there_cannot_be_removed(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A leftover can."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    door = device_registry.async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-1"), loaded_entry.entry_id
    )
    leftover = device_registry.async_get_or_create(
        config_entry_id=loaded_entry.entry_id, identifiers={(DOMAIN, "leftover")}
    )
    assert door
    assert not (await client.remove_device(door.id))["success"]
    assert (await client.remove_device(leftover.id))["success"]


async def test_nothing_is_removed_while_nothing_is_known(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    hass_ws_client: WebSocketGenerator,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A panel that was away when Home Assistant started may still have what looks like a leftover."""
    device.start_error = CannotConnect()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    panel = device_registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, SERIAL)}
    )
    answer = await client.remove_device(panel.id)
    assert "rejected by integration" in answer["error"]["message"]
