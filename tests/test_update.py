"""Firmware that the owner has, on its way to the device."""

import asyncio
from collections.abc import Callable
import os
from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.protocol.errors import CommandRefused
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import async_update_entity
from tests.clock import PATIENCE_SECONDS
from tests.fake_device import SERIAL, FakeDevice

UPDATE = "update.panel_firmware_update"

type Put = Callable[[str, bytes, int], Path]


@pytest.fixture
def put(hass: HomeAssistant, tmp_path: Path) -> Put:
    """Return how to put a file into the folder of the device."""
    hass.config.config_dir = str(tmp_path)
    folder = tmp_path / "zkteco_firmware" / SERIAL

    def put_file(name: str, image: bytes, at: int) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / name
        file.write_bytes(image)
        os.utime(file, (at, at))
        return file

    return put_file


@pytest.fixture
async def loaded(
    hass: HomeAssistant,
    put: Put,
    device: FakeDevice,
    entry: MockConfigEntry,
    entity_registry_enabled_by_default: None,
) -> MockConfigEntry:
    """Return an entry whose update the owner has enabled; an old file is there."""
    put("AC Ver 4.7.9.cfg", b"new", 1)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def install(hass: HomeAssistant) -> None:
    """Confirm the update."""
    await hass.services.async_call(
        "update", "install", {"entity_id": UPDATE}, blocking=True
    )


async def test_nobody_is_tempted(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """It is off until somebody enables it."""
    assert er.async_get(hass).async_get(UPDATE).disabled


async def test_without_a_file(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    put: Put,
    entity_registry_enabled_by_default: None,
) -> None:
    """There is nothing newer."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    state = hass.states.get(UPDATE)
    assert state.state == STATE_OFF
    assert state.attributes["installed_version"] == device.info.firmware


@pytest.mark.usefixtures("loaded")
async def test_install(hass: HomeAssistant, device: FakeDevice) -> None:
    """The device gets the file, and the owner sees that it is being installed."""
    state = hass.states.get(UPDATE)
    assert state.state == STATE_ON
    assert state.attributes["latest_version"] == "AC Ver 4.7.9"
    device.answering.clear()
    task = asyncio.create_task(install(hass))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not device.calls:
            await asyncio.sleep(0.001)
    assert hass.states.get(UPDATE).attributes["in_progress"]
    device.answering.set()
    await task
    assert device.calls == [("update_firmware", b"new")]
    assert not hass.states.get(UPDATE).attributes["in_progress"]


@pytest.mark.usefixtures("loaded")
async def test_the_newest_file(hass: HomeAssistant, put: Put) -> None:
    """What was put there last counts, if it looks like firmware."""
    put("AC Ver 4.8.cfg", b"newer", 3)
    put("AC Ver 4.7.cfg", b"older", 2)
    put("readme.txt", b"", 4)
    await async_update_entity(hass, UPDATE)
    assert hass.states.get(UPDATE).attributes["latest_version"] == "AC Ver 4.8"


@pytest.mark.usefixtures("loaded")
async def test_refused(hass: HomeAssistant, device: FakeDevice) -> None:
    """The device's reason is told, and it can be tried again."""
    device.command_error = CommandRefused(-19, "wrong firmware")
    with pytest.raises(HomeAssistantError, match="wrong firmware"):
        await install(hass)
    assert not hass.states.get(UPDATE).attributes["in_progress"]


@pytest.mark.usefixtures("loaded")
async def test_a_file_that_is_gone(
    hass: HomeAssistant, device: FakeDevice, put: Put
) -> None:
    """Nothing is sent."""
    put("AC Ver 4.7.9.cfg", b"", 1).unlink()
    with pytest.raises(HomeAssistantError, match="no longer there"):
        await install(hass)
    assert device.calls == []
