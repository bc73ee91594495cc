"""The mode of a door - normal, held open, or locked down - and settings with a choice.

Lives here: the select entities. Not here: what the lock's actions mean (lock), what settings are (settings).
"""

from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry
from .entity import ZktecoDoorEntity, async_add_fitted_entities
from .protocol.model import Capability
from .protocol.settings import CHOICES, Choice, SettingKey
from .setting_entity import ZktecoSettingEntity, async_add_settings

# The device orders its commands.
PARALLEL_UPDATES = 0

NORMAL: Final = "normal"
HELD_OPEN: Final = "held_open"
LOCKED_DOWN: Final = "locked_down"

# What each mode takes; normal is always there.
NEEDS: Final = {
    HELD_OPEN: Capability.HOLD_OPEN,
    LOCKED_DOWN: Capability.LOCK_DOWN,
}

DOOR_MODE: Final = SelectEntityDescription(
    key="mode", translation_key="door_mode", options=[NORMAL, *NEEDS]
)

SETTINGS: Final = tuple(
    SelectEntityDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=key is SettingKey.SENSOR_TYPE,
        options=[*words],
    )
    for key, words in CHOICES.items()
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a mode for each door that has more than the normal one, and the settings with a choice."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoDoorMode(coordinator, DOOR_MODE, door.number)
            for door in info.doors.values()
            if door.has_lock
            and any(mode in coordinator.device.capabilities for mode in NEEDS.values())
        ),
    )
    async_add_settings(entry, async_add_entities, Choice, SETTINGS, ZktecoSettingSelect)


class ZktecoDoorMode(ZktecoDoorEntity, SelectEntity):
    """The mode of a door."""

    @property
    @override
    def options(self) -> list[str]:
        """Return the modes that the device can do."""
        capabilities = self.coordinator.device.capabilities
        return [
            NORMAL,
            *(mode for mode, needed in NEEDS.items() if needed in capabilities),
        ]

    @property
    @override
    def current_option(self) -> str | None:
        """Return the mode, as far as the device shows it."""
        if self.door_state.locked_down:
            return LOCKED_DOWN
        if (held := self.door_state.held) is None:
            return None
        return HELD_OPEN if held else NORMAL

    @override
    async def async_select_option(self, option: str) -> None:
        """Change the mode; what the old one does is ended first."""
        if option == LOCKED_DOWN:
            await self.async_lock_down()
            return
        before = self.door_state
        if before.locked_down:
            await self.async_end_lock_down()
        device = self.coordinator.device
        if option == HELD_OPEN:
            command = device.hold_open(self._door)
        elif before.locked_down and before.held is False:
            return
        else:
            command = device.release_door(self._door)
        await self.coordinator.async_run_door(self._door, command)


class ZktecoSettingSelect(ZktecoSettingEntity, SelectEntity):
    """A setting with a choice."""

    @property
    @override
    def options(self) -> list[str]:
        """Return what the device can be set to."""
        kind = self.setting and self.setting.kind
        return [*kind.words] if isinstance(kind, Choice) else []

    @property
    @override
    def current_option(self) -> str | None:
        """Return what the device is set to; None for what no document explains."""
        value = self.setting and self.setting.value
        return value if isinstance(value, str) else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Set something else."""
        await self.async_set(option)
