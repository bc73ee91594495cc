"""The mode of a door: normal, or held open.

Lives here: the select entity. Not here: what the lock's actions mean (lock).
"""

from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry
from .entity import ZktecoDoorEntity, async_add_fitted_entities
from .protocol.model import Capability

PARALLEL_UPDATES = 1

NORMAL: Final = "normal"
HELD_OPEN: Final = "held_open"

DOOR_MODE: Final = SelectEntityDescription(
    key="mode", translation_key="door_mode", options=[NORMAL, HELD_OPEN]
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a mode for each door that can be held open."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoDoorMode(coordinator, DOOR_MODE, door)
            for door in info.doors
            if Capability.HOLD_OPEN in coordinator.device.capabilities
        ),
    )


class ZktecoDoorMode(ZktecoDoorEntity, SelectEntity):
    """The mode of a door."""

    @property
    @override
    def current_option(self) -> str | None:
        """Return the mode, as far as the device shows it."""
        if (held := self.door_state.held) is None:
            return None
        return HELD_OPEN if held else NORMAL

    @override
    async def async_select_option(self, option: str) -> None:
        """Hold the door open, or end that."""
        device = self.coordinator.device
        command = device.hold_open if option == HELD_OPEN else device.release_door
        await self.coordinator.async_run_door(self._door, command(self._door))
