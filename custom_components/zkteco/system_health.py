"""What the system information page tells at a glance.

Lives here: the facts. Not here: what is wrong with one device (repairs, diagnostics).
"""

from typing import Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import CONF_KIND, DOMAIN, Kind
from .coordinator import ZktecoConfigEntry
from .hub import DATA_HUB


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register what we tell."""
    register.async_register_info(async_health)


async def async_health(hass: HomeAssistant) -> dict[str, Any]:
    """Return how many devices of each kind are there, and where PUSH devices call."""
    entries: list[ZktecoConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    health: dict[str, Any] = {}
    for kind in Kind:
        ours = [entry for entry in entries if entry.data[CONF_KIND] == kind]
        there = sum(
            entry.state is ConfigEntryState.LOADED
            and entry.runtime_data.last_update_success
            for entry in ours
        )
        health[f"{kind}_reachable"] = f"{there} / {len(ours)}"
    hub = hass.data[DATA_HUB]
    host, port = hub.async_address()
    health["devices_call"] = f"{host}:{port}"
    health["pairing"] = hub.server.pairing
    return health
