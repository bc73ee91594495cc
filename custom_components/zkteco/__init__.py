"""ZKTeco access control: door panels as Home Assistant devices.

Lives here: setting up, unloading and removing config entries. Not here: anything that
happens in between (coordinator, platforms).
"""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .capture import async_forget_capture, async_listen, async_setup_capture
from .cards import async_setup_cards
from .const import DOMAIN
from .coordinator import (
    ZktecoConfigEntry,
    ZktecoCoordinator,
    async_delete_issues,
    memory_store,
)
from .factory import async_build_device
from .http import PushView
from .hub import DATA_HUB, Hub
from .people_pending import DATA_WAITING_SYNCS, WaitingSyncs
from .services import async_setup_services
from .services_people import async_setup_people_services
from .services_rules import async_setup_rule_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.LOCK,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.UPDATE,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all panels share: the actions, and the way for those that call us."""
    async_setup_services(hass)
    async_setup_people_services(hass)
    async_setup_rule_services(hass)
    async_setup_capture(hass)
    hass.data[DATA_HUB] = hub = Hub(hass)
    await hub.async_load()
    hass.data[DATA_WAITING_SYNCS] = syncs = WaitingSyncs(hass)
    await syncs.async_load()
    hass.http.register_view(PushView)
    await async_setup_cards(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ZktecoConfigEntry) -> bool:
    """Set up a panel."""
    store = memory_store(hass, entry.entry_id)
    device = await async_build_device(hass, entry, await store.async_load() or {})
    async_listen(hass, entry, device)
    coordinator = ZktecoCoordinator(hass, entry, device, store)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    await hass.data[DATA_HUB].async_entry_loaded(entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    coordinator.async_deliver_events()
    coordinator.settings.async_follow()
    hass.data[DATA_WAITING_SYNCS].async_follow(coordinator)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ZktecoConfigEntry) -> bool:
    """Unload a panel; the coordinator says goodbye to it."""
    async_delete_issues(hass, entry.entry_id)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: ZktecoConfigEntry) -> None:
    """Forget what was kept about a panel."""
    async_forget_capture(hass, entry)
    async_delete_issues(hass, entry.entry_id)
    await memory_store(hass, entry.entry_id).async_remove()
    await hass.data[DATA_WAITING_SYNCS].async_forget(entry.entry_id)
    await hass.data[DATA_HUB].async_entry_removed()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: ZktecoConfigEntry, device: dr.AnyDeviceEntry
) -> bool:
    """Let the user delete what the panel no longer has, as far as that is known."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    coordinator = entry.runtime_data
    present = {
        coordinator.serial,
        *(coordinator.door_identifier(door) for door in coordinator.device.info.doors),
    }
    return not any(
        domain == DOMAIN and identifier in present
        for domain, identifier in device.identifiers
    )
