"""What a panel does at the push of a button.

Lives here: the table of buttons. Not here: what concerns one door (lock).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry
from .entity import ZktecoEntity, async_add_fitted_entities
from .protocol.device import AccessDevice
from .protocol.model import Capability

# The device orders its commands.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ZktecoButtonDescription(ButtonEntityDescription):
    """A button of a panel."""

    needs: Capability
    command: Callable[[AccessDevice], Awaitable[None]]


BUTTONS: Final = (
    ZktecoButtonDescription(
        key="cancel-alarms",
        translation_key="cancel_alarms",
        needs=Capability.CANCEL_ALARMS,
        command=lambda device: device.cancel_alarms(),
    ),
    ZktecoButtonDescription(
        key="restart",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        needs=Capability.RESTART,
        command=lambda device: device.restart(),
    ),
    ZktecoButtonDescription(
        key="sync-time",
        translation_key="sync_time",
        entity_category=EntityCategory.CONFIG,
        needs=Capability.SET_TIME,
        command=lambda device: device.sync_time(),
    ),
    ZktecoButtonDescription(
        key="reset-counters",
        translation_key="reset_counters",
        entity_category=EntityCategory.CONFIG,
        needs=Capability.TURNSTILE,
        command=lambda device: device.reset_counters(),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons that the panel can obey."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoButton(coordinator, description)
            for description in BUTTONS
            if description.needs in coordinator.device.capabilities
        ),
    )


class ZktecoButton(ZktecoEntity, ButtonEntity):
    """A button of a panel."""

    entity_description: ZktecoButtonDescription

    @override
    async def async_press(self) -> None:
        """Send the command."""
        command = self.entity_description.command(self.coordinator.device)
        await self.coordinator.async_run(command)
