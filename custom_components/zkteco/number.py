"""How long a door stays unlocked by itself, and settings that are numbers.

Lives here: the number entities. Not here: pulses of another length (services), what settings are (settings).
"""

from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .entity import ZktecoDoorEntity, async_add_fitted_entities
from .protocol.model import Capability
from .protocol.settings import Range, Setting, SettingKey
from .setting_entity import ZktecoSettingEntity, async_add_settings

# The device orders its commands.
PARALLEL_UPDATES = 0

OPEN_TIME: Final = NumberEntityDescription(
    key="open-time",
    translation_key="open_time",
    device_class=NumberDeviceClass.DURATION,
    entity_category=EntityCategory.CONFIG,
    native_unit_of_measurement=UnitOfTime.SECONDS,
    native_min_value=1,
    native_max_value=254,
    native_step=1,
    mode=NumberMode.BOX,
)

SETTINGS: Final = (
    *(
        NumberEntityDescription(
            key=key,
            translation_key=key,
            device_class=NumberDeviceClass.DURATION,
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=common,
            native_unit_of_measurement=UnitOfTime.SECONDS,
            native_step=1,
            mode=NumberMode.BOX,
        )
        for key, common in (
            (SettingKey.HELD_OPEN_DELAY, True),
            (SettingKey.VERIFY_INTERVAL, False),
        )
    ),
    *(
        NumberEntityDescription(
            key=key,
            translation_key=key,
            entity_category=EntityCategory.CONFIG,
            entity_registry_enabled_default=False,
            native_step=1,
            mode=NumberMode.BOX,
        )
        for key in (SettingKey.ACTIVE_TIME_ZONE, SettingKey.NORMAL_OPEN_TIME_ZONE)
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add an open time for each door that keeps one, and the settings that are numbers."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoOpenTime(coordinator, OPEN_TIME, door.number)
            for door in info.doors.values()
            if door.has_lock and Capability.OPEN_TIME in coordinator.device.capabilities
        ),
    )
    async_add_settings(entry, async_add_entities, Range, SETTINGS, ZktecoSettingNumber)


class ZktecoOpenTime(ZktecoDoorEntity, NumberEntity):
    """The open time of a door, kept on the device."""

    @property
    @override
    def native_value(self) -> int | None:
        """Return the open time in seconds."""
        return self.door_state.open_time

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the open time."""
        device = self.coordinator.device
        await self.coordinator.async_run(device.set_open_time(self._door, int(value)))


class ZktecoSettingNumber(ZktecoSettingEntity, NumberEntity):
    """A setting that is a number."""

    def __init__(
        self,
        coordinator: ZktecoCoordinator,
        description: NumberEntityDescription,
        setting: Setting,
    ) -> None:
        """Take over the limits of the setting."""
        super().__init__(coordinator, description, setting)
        if isinstance(kind := setting.kind, Range):
            self._attr_native_min_value = kind.low
            self._attr_native_max_value = kind.high

    @property
    @override
    def native_value(self) -> int | None:
        """Return the number that the device is set to."""
        value = self.setting and self.setting.value
        return value if isinstance(value, int) else None

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set another number."""
        await self.async_set(int(value))
