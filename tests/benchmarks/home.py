"""A Home Assistant to measure in.

Lives here: starting one, its web server, and its config entries. Not here: what is measured.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import socket
import sys
from tempfile import TemporaryDirectory

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.zkteco.const import DOMAIN
from homeassistant import loader
from homeassistant.const import EVENT_HOMEASSISTANT_START
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from homeassistant.setup import async_setup_component

from .panel_process import ROOT

HOST = "127.0.0.1"


@asynccontextmanager
async def home() -> AsyncGenerator[HomeAssistant]:
    """Run a Home Assistant that knows the integration."""
    # The root of the repository is where the loader looks for custom integrations.
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    with TemporaryDirectory() as config:
        async with async_test_home_assistant(config_dir=config) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            frame.async_setup(hass)
            try:
                yield hass
            finally:
                for entry in hass.config_entries.async_loaded_entries(DOMAIN):
                    await hass.config_entries.async_unload(entry.entry_id)
                await hass.async_stop(force=True)


async def serve(hass: HomeAssistant) -> int:
    """Start its own web server on loopback; return the port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    config = {"http": {"server_host": HOST, "server_port": port}}
    if not await async_setup_component(hass, "http", config):
        raise RuntimeError("the web server could not be set up")
    hass.bus.async_fire(EVENT_HOMEASSISTANT_START)
    await hass.async_block_till_done()
    return port


async def add(hass: HomeAssistant, *entries: MockConfigEntry) -> None:
    """Set config entries up."""
    for entry in entries:
        entry.add_to_hass(hass)
        if entry.state.recoverable and not await hass.config_entries.async_setup(
            entry.entry_id
        ):
            raise RuntimeError("a device could not be set up")
    await hass.async_block_till_done()
