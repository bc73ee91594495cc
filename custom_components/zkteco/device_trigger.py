"""Device triggers: what happens at a door, chosen at its device.

Lives here: which of them a door offers. Not here: the triggers by name, which can be
limited to somebody (`trigger`).
"""

from collections.abc import Callable, Mapping
from typing import Final

import voluptuous as vol

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.components.homeassistant.triggers import event as event_trigger
from homeassistant.const import (
    ATTR_DEVICE_ID,
    CONF_DEVICE_ID,
    CONF_DOMAIN,
    CONF_EVENT,
    CONF_EVENT_DATA,
    CONF_PLATFORM,
    CONF_TYPE,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, EVENT_ZKTECO
from .coordinator import ZktecoConfigEntry
from .protocol.device import AccessDevice
from .protocol.model import Capability, DoorAlarm, DoorInfo, EventKind
from .trigger import TRIGGERS

TRIGGER_SCHEMA: Final = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {vol.Required(CONF_TYPE): vol.In(TRIGGERS)}
)


# What must be so at a door for a kind that not every door has; the rare ones are the device's own (`AccessDevice.tells`).
_TOLD: Final[Mapping[str, Callable[[AccessDevice, DoorInfo], bool]]] = {
    # Terminals tell of a forced door, but not for how long.
    EventKind.DOOR_HELD_OPEN: lambda device, door: DoorAlarm.HELD_OPEN in door.alarms,
    EventKind.DOORBELL: lambda device, door: door.has_doorbell,
    EventKind.IDENTIFICATION: lambda device, door: (
        Capability.IDENTIFICATION in device.capabilities
    ),
}
_RARE: Final = (EventKind.ACCESS_DENIED, EventKind.BUTTON, EventKind.ENROLMENT)


def _tells(device: AccessDevice, door: DoorInfo, kind: str) -> bool:
    """Return whether a kind of event can happen at a door."""
    if kind in _RARE:
        return kind in device.tells
    return kind not in _TOLD or _TOLD[kind](device, door)


async def async_get_triggers(
    hass: HomeAssistant, device_id: str
) -> list[dict[str, str]]:
    """Return the triggers of a door; no other device has any."""
    entries: list[ZktecoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return [
        {
            CONF_PLATFORM: "device",
            CONF_DEVICE_ID: device_id,
            CONF_DOMAIN: DOMAIN,
            CONF_TYPE: kind,
        }
        for entry in entries
        for door in entry.runtime_data.device.info.doors.values()
        if entry.runtime_data.door_device_id(door.number) == device_id
        for kind in TRIGGERS
        if _tells(entry.runtime_data.device, door, kind)
    ]


async def async_attach_trigger(
    hass: HomeAssistant,
    config: ConfigType,
    action: TriggerActionType,
    trigger_info: TriggerInfo,
) -> CALLBACK_TYPE:
    """Listen to the bus; history must not start automations."""
    event_config = event_trigger.TRIGGER_SCHEMA(
        {
            CONF_PLATFORM: CONF_EVENT,
            event_trigger.CONF_EVENT_TYPE: EVENT_ZKTECO,
            CONF_EVENT_DATA: {
                ATTR_DEVICE_ID: config[CONF_DEVICE_ID],
                "type": config[CONF_TYPE],
                "late": False,
            },
        }
    )
    return await event_trigger.async_attach_trigger(
        hass, event_config, action, trigger_info, platform_type="device"
    )
