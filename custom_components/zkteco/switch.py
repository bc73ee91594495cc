"""The auxiliary outputs as switches.

Lives here: the switch entity. Not here: the lock relays (lock).
"""

from collections.abc import Awaitable
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry
from .entity import ZktecoNumberedEntity, async_add_fitted_entities

# The device orders its commands.
PARALLEL_UPDATES = 0

AUX_OUTPUT: Final = SwitchEntityDescription(
    key="aux-output", translation_key="aux_output"
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a switch for each auxiliary output."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoAuxOutput(coordinator, AUX_OUTPUT, number)
            for number in range(1, info.aux_outputs + 1)
        ),
    )


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
