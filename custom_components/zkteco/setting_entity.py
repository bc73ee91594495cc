"""What the entities of settings share: where they belong, and being added when they are known.

Lives here: their base class. Not here: the three kinds of them (number, select, switch), reading and writing (settings).
"""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import ChildDeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .entity import ZktecoEntity, async_add_missing
from .protocol.settings import Scope, Setting, SettingKind, SettingValue


class ZktecoSettingEntity(ZktecoEntity):
    """One setting of the device, of a door or of a reader."""

    def __init__(
        self,
        coordinator: ZktecoCoordinator,
        description: EntityDescription,
        setting: Setting,
    ) -> None:
        """Identify the entity by what it sets, and show it with its door."""
        super().__init__(coordinator, description)
        self._id = setting.id
        if setting.scope is not Scope.DEVICE:
            self._attr_unique_id = (
                f"{coordinator.serial}-{setting.scope}-{setting.number}-{setting.key}"
            )
            self._attr_translation_placeholders = {"number": str(setting.number)}
        if setting.door is not None:
            identifier = coordinator.door_identifier(setting.door)
            self._attr_device_info = ChildDeviceInfo(
                identifiers={(DOMAIN, identifier)},
                parent_device_id=coordinator.panel_device_id,
            )

    @property
    def setting(self) -> Setting | None:
        """Return the setting as it was read last."""
        return self.coordinator.settings.data.get(self._id)

    @property
    @override
    def available(self) -> bool:
        """Return whether the device can be reached, and what it is set to was read."""
        settings = self.coordinator.settings
        return (
            super().available
            and settings.last_update_success
            and self.setting is not None
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the settings as well as the device."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.settings.async_add_listener(self.async_write_ha_state)
        )

    @override
    async def async_update(self) -> None:
        """Read the settings again, because somebody asks for it."""
        await self.coordinator.settings.async_request_refresh()

    async def async_set(self, value: SettingValue) -> None:
        """Change the setting."""
        if self.setting is not None:
            await self.coordinator.settings.async_write(self.setting, value)


@callback
def async_add_settings[D: EntityDescription](
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    kind: type[SettingKind],
    descriptions: Iterable[D],
    build: Callable[[ZktecoCoordinator, D, Setting], Entity],
) -> None:
    """Add the settings of one kind as soon as they are known."""
    known = {description.key: description for description in descriptions}
    coordinator = entry.runtime_data
    present: set[str | None] = set()

    @callback
    def add_new() -> None:
        """Add the settings that were not there before."""
        entities = (
            build(coordinator, known[setting.key], setting)
            for setting in coordinator.settings.data.values()
            if isinstance(setting.kind, kind)
        )
        async_add_missing(async_add_entities, entities, present)

    add_new()
    entry.async_on_unload(coordinator.settings.async_add_listener(add_new))
