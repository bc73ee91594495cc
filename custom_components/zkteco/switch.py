"""The auxiliary outputs as switches, and settings that are on or off.

Lives here: the switch entities. Not here: the lock relays (lock), what settings are (settings).
"""

from collections.abc import Awaitable
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry
from .entity import ZktecoNumberedEntity, async_add_fitted_entities
from .protocol.settings import SettingKey, Switch
from .setting_entity import ZktecoSettingEntity, async_add_settings

# The device orders its commands.
PARALLEL_UPDATES = 0

AUX_OUTPUT: Final = SwitchEntityDescription(
    key="aux-output", translation_key="aux_output"
)

SETTINGS: Final = tuple(
    SwitchEntityDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    )
    for key in (
        SettingKey.LOCK_ON_CLOSING,
        SettingKey.MULTI_CARD,
        SettingKey.EXIT_BUTTON,
        SettingKey.ANTI_PASSBACK,
        SettingKey.DAYLIGHT_SAVING,
        SettingKey.NTP,
        SettingKey.VOICE,
    )
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a switch for each auxiliary output, and the settings that are on or off."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoAuxOutput(coordinator, AUX_OUTPUT, number)
            for number in range(1, info.aux_outputs + 1)
        ),
    )
    async_add_settings(entry, async_add_entities, Switch, SETTINGS, ZktecoSettingSwitch)


class ZktecoAuxOutput(ZktecoNumberedEntity, SwitchEntity):
    """An auxiliary output."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the output is on, as far as the device shows it."""
        return self.coordinator.data.aux_outputs.get(self._number)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch the output on."""
        await self.async_set_output(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch the output off."""
        await self.async_set_output(on=False)

    async def async_set_output(self, *, on: bool, seconds: int | None = None) -> None:
        """Switch the output; `seconds` (1 to 254) switches it off again by itself."""
        command: Awaitable[None] = self.coordinator.device.set_aux_output(
            self._number, on=on, seconds=seconds
        )
        await self.coordinator.async_run(command)


class ZktecoSettingSwitch(ZktecoSettingEntity, SwitchEntity):
    """A setting that is on or off."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is on; None for what no document explains."""
        value = self.setting and self.setting.value
        return value if isinstance(value, bool) else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch it on."""
        await self.async_set(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch it off."""
        await self.async_set(False)
