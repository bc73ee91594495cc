"""What all PUSH devices share: the listener's life, and what a person is told about it."""

import socket
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.hub import SILENCE_SECONDS, Hub
from custom_components.zkteco.protocol.model import Notice
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.clock import FakeClock
from tests.push_calls import SERIAL, call, push_entry, request, say_hello

PING = request(f"/iclock/ping?SN={SERIAL}")


@pytest.fixture
def port(free_port: int) -> int:
    """Return a port that nobody uses."""
    return free_port


async def is_open(port: int) -> bool:
    """Return whether devices can call."""
    try:
        await call(port, request("/"))
    except ConnectionRefusedError:
        return False
    return True


async def add(hass: HomeAssistant, serial: str = SERIAL) -> MockConfigEntry:
    """Add a device and set it up."""
    entry = push_entry(serial)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


def issues(hass: HomeAssistant) -> set[str]:
    """Return which of our issues are shown."""
    return {
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


async def test_the_listener_lives_with_the_devices(
    hass: HomeAssistant, hub: Hub, port: int, hass_storage: dict[str, Any]
) -> None:
    """It opens with the first and closes with the last, whoever asked for it."""
    await hub.async_listen_on({"port": port})
    assert not await is_open(port)
    first = await add(hass)
    assert await is_open(port)
    second = await add(hass, "OTHER0001")
    assert (await call(port, PING)).body == "OK"

    assert await hass.config_entries.async_unload(first.entry_id)
    assert await is_open(port)
    assert await hass.config_entries.async_unload(second.entry_id)
    await hass.async_block_till_done()
    assert not await is_open(port)

    assert await hass.config_entries.async_setup(first.entry_id)
    assert await is_open(port)
    await hass.config_entries.async_remove(first.entry_id)
    assert hub.listen_on
    await hass.config_entries.async_remove(second.entry_id)
    await hass.async_block_till_done()
    assert not hub.listen_on
    assert not [key for key in hass_storage if key.startswith(DOMAIN)]


async def test_the_listener_ends_with_home_assistant(
    hass: HomeAssistant, hub: Hub, port: int
) -> None:
    """Nothing listens to a house that is not there."""
    await hub.async_listen_on({"port": port})
    await add(hass)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert not await is_open(port)


async def test_a_c3_panel_needs_no_listener(
    hass: HomeAssistant,
    hub: Hub,
    port: int,
    entry: MockConfigEntry,
    device: object,
) -> None:
    """It is called, and does not call."""
    await hub.async_listen_on({"port": port})
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert not await is_open(port)


async def test_the_port_is_remembered(
    hass: HomeAssistant,
    clock: object,
    port: int,
    hass_storage: dict[str, Any],
    socket_enabled: None,
) -> None:
    """Over a restart."""
    data = {"port": port, "host": "127.0.0.1"}
    hass_storage[f"{DOMAIN}.listener"] = {"version": 1, "data": data}
    assert await async_setup_component(hass, DOMAIN, {})
    await add(hass)
    assert await is_open(port)


async def test_a_port_that_is_taken_meanwhile(
    hass: HomeAssistant, hub: Hub, port: int
) -> None:
    """The devices are set up all the same, and a person is told."""
    await hub.async_listen_on({"port": port})
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("0.0.0.0", port))
        other.listen()
        entry = await add(hass)
        assert issues(hass) == {"listener_failed"}
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await is_open(port)
    assert issues(hass) == set()


async def test_moving_the_listener_to_a_taken_port(
    hass: HomeAssistant, hub: Hub, port: int
) -> None:
    """It stays where it was."""
    await hub.async_listen_on({"port": port})
    await add(hass)
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        with pytest.raises(OSError):
            await hub.async_listen_on({"port": other.getsockname()[1]})
    assert await is_open(port)
    assert hub.listen_on == {"port": port}
    assert issues(hass) == set()


async def test_a_listener_is_suggested(
    hass: HomeAssistant, hub: Hub, port: int, freezer: FrozenDateTimeFactory
) -> None:
    """While a device is silent in a home with HTTPS only, and no longer."""
    assert hass.config.api
    hass.config.api.use_ssl = True
    await add(hass)
    await hass.async_block_till_done()
    assert issues(hass) == set()
    freezer.tick(SILENCE_SECONDS + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert issues(hass) == {"https_only"}

    await hub.async_listen_on({"port": port})
    assert issues(hass) == set()
    await hub.async_listen_on({})
    assert issues(hass) == {"https_only"}
    await hub.async_listen_on({"port": port})
    await call(port, PING)
    await hub.async_listen_on({})
    assert issues(hass) == set()


async def test_the_suggestion_goes_with_the_device(
    hass: HomeAssistant, hub: Hub, freezer: FrozenDateTimeFactory
) -> None:
    """Nobody is silent who is not there."""
    assert hass.config.api
    hass.config.api.use_ssl = True
    entry = await add(hass)
    freezer.tick(SILENCE_SECONDS + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert issues(hass) == set()


async def test_the_home_moves_to_another_time_zone(
    hass: HomeAssistant, hub: Hub
) -> None:
    """The clocks of devices follow."""
    await hass.config.async_update(time_zone="Asia/Tokyo")
    await hass.async_block_till_done()
    assert str(hub.clock.zone) == "Asia/Tokyo"


async def test_second_address(
    hass: HomeAssistant, hub: Hub, clock: FakeClock, port: int
) -> None:
    """Whoever has the same serial number is refused, until the owner says that it moved."""
    await hub.async_listen_on({"port": port})
    entry = await add(hass)
    assert (await call(port, PING)).body == "OK"
    assert (await say_hello(port, SERIAL, "127.0.0.2")).status == 403
    await hass.async_block_till_done()
    assert issues(hass) == {"second_address"}

    await clock.advance(100)
    entry.runtime_data.device.dismiss(Notice.SECOND_ADDRESS)
    await hass.async_block_till_done()
    assert issues(hass) == set()
    assert (await call(port, PING, "127.0.0.2")).body == "OK"
