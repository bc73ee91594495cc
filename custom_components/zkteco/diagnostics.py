"""Facts for a bug report.

Lives here: what is told and what is blacked out. Not here: the device's own facts
(`AccessDevice.diagnostics`), what was recorded of its traffic (capture).
"""

from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_ADDRESS, CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant

from .capture import DATA_CAPTURES
from .const import CONF_KEY, CONF_PEOPLE, CONF_SERIAL
from .coordinator import ZktecoConfigEntry
from .people_pending import DATA_WAITING_SYNCS

TO_REDACT: Final = {
    CONF_ADDRESS,
    CONF_HOST,
    CONF_KEY,
    CONF_PASSWORD,
    CONF_PEOPLE,
    CONF_SERIAL,
    "card",
    # How it was found: by serial number or network address.
    "discovery_keys",
    # What a PUSH device tells of its network when it registers.
    "dns",
    "gateipaddress",
    "iclocksvrurl",
    "ipaddress",
    "mac",
    "netmask",
    "serialnumber",
    "sn",
    "ssid",
    "webserverip",
    "webserverurl",
    "title",
    "unique_id",
    "user_id",
    "user_name",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ZktecoConfigEntry
) -> dict[str, Any]:
    """Return the facts about a panel, without secrets and personal data."""
    diagnostics: dict[str, Any] = {
        "entry": entry.as_dict(),
        "set_up": entry.state.value,
        "reason": entry.error_reason_translation_key,
    }
    if entry.state is ConfigEntryState.LOADED:
        diagnostics |= _facts(hass, entry)
    redacted: dict[str, Any] = async_redact_data(diagnostics, TO_REDACT)
    # Whoever records has taken the secrets out already.
    capture = hass.data[DATA_CAPTURES].get(entry.entry_id)
    return redacted | {"capture": capture and capture.export()}


def _facts(hass: HomeAssistant, entry: ZktecoConfigEntry) -> dict[str, Any]:
    """Return what is known of a panel that is set up."""
    device = entry.runtime_data.device
    info = device.info
    state = device.state
    return {
        "info": {
            "serial": info.serial,
            "model": info.model,
            "firmware": info.firmware,
            "mac": info.mac,
            "doors": {
                str(number): {
                    "has_contact": door.has_contact,
                    "has_lock": door.has_lock,
                    "has_doorbell": door.has_doorbell,
                    "sub_door": door.sub_door,
                    "alarms": sorted(door.alarms),
                }
                for number, door in info.doors.items()
            },
            "aux_inputs": info.aux_inputs,
            "aux_outputs": info.aux_outputs,
            "protocol_version": info.protocol_version,
        },
        "capabilities": sorted(str(flag.name).lower() for flag in device.capabilities),
        "state": {
            "error": type(state.error).__name__ if state.error else None,
            "doors": {
                str(number): {
                    "relay": door.relay,
                    "held": door.held,
                    "contact_open": door.contact_open,
                    "alarms": dict(door.alarms),
                    "open_time": door.open_time,
                    "locked_down": door.locked_down,
                }
                for number, door in state.doors.items()
            },
            "aux_inputs": dict(state.aux_inputs),
            "aux_outputs": dict(state.aux_outputs),
            "clock_offset": state.clock_offset and state.clock_offset.total_seconds(),
            "user_count": state.user_count,
            "user_capacity": state.user_capacity,
            "record_count": state.record_count,
            "record_capacity": state.record_capacity,
            "fingerprint_count": state.fingerprint_count,
            "fingerprint_capacity": state.fingerprint_capacity,
            "face_count": state.face_count,
            "face_capacity": state.face_capacity,
            "mains_failed": state.mains_failed,
            "battery_failed": state.battery_failed,
            "entries": state.entries,
            "exits": state.exits,
            # Serial numbers stay here.
            "sub_devices": list(state.sub_devices.values()),
            "notices": sorted(state.notices),
        },
        "sync_waits": hass.data[DATA_WAITING_SYNCS].waits(entry.entry_id),
        "device": device.diagnostics(),
    }
