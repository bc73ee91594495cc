"""How long a door stays unlocked by itself.

Lives here: the number entity. Not here: pulses of another length (services).
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

from .coordinator import ZktecoConfigEntry
from .entity import ZktecoDoorEntity, async_add_fitted_entities
from .protocol.model import Capability

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


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add an open time for each door that keeps one."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoOpenTime(coordinator, OPEN_TIME, door.number)
            for door in info.doors.values()
            if door.has_lock and Capability.OPEN_TIME in coordinator.device.capabilities
        ),
    )


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
