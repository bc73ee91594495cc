"""What all entities share: identity, device, and being added when they appear.

Lives here: base classes and the helper that adds entities. Not here: platforms.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .protocol.model import Capability, DoorState, PanelInfo


class ZktecoEntity(CoordinatorEntity[ZktecoCoordinator]):
    """An entity of the panel itself."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: ZktecoCoordinator, description: EntityDescription
    ) -> None:
        """Identify the entity by serial number and key."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.serial}-{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, coordinator.serial)})


class ZktecoNumberedEntity(ZktecoEntity):
    """An entity of one of the panel's auxiliary inputs or outputs."""

    def __init__(
        self,
        coordinator: ZktecoCoordinator,
        description: EntityDescription,
        number: int,
    ) -> None:
        """Identify the entity by serial number, key and number."""
        super().__init__(coordinator, description)
        self._number = number
        self._attr_unique_id = f"{coordinator.serial}-{description.key}-{number}"
        self._attr_translation_placeholders = {"number": str(number)}


class ZktecoDoorEntity(ZktecoEntity):
    """An entity of one door, which is a device of its own, named by the coordinator."""

    def __init__(
        self,
        coordinator: ZktecoCoordinator,
        description: EntityDescription,
        door: int,
    ) -> None:
        """Identify the entity by serial number, door number and key."""
        super().__init__(coordinator, description)
        self._door = door
        identifier = coordinator.door_identifier(door)
        self._attr_unique_id = f"{identifier}-{description.key}"
        self._attr_device_info = ChildDeviceInfo(
            identifiers={(DOMAIN, identifier)},
            parent_device_id=coordinator.panel_device_id,
        )

    @property
    @override
    def available(self) -> bool:
        """Return whether the panel is reachable and still has the door."""
        return super().available and self._door in self.coordinator.data.doors

    @property
    def door_state(self) -> DoorState:
        """Return the newest state of the door."""
        return self.coordinator.data.doors[self._door]

    async def async_lock_down(self) -> None:
        """Let nobody in, whoever they are; a door that is unlocked is locked, too."""
        device = self.coordinator.device
        await self.coordinator.async_run_door(
            self._door, device.lock_down(self._door, on=True)
        )
        # The device may have lost the door meanwhile.
        door = self.coordinator.data.doors.get(self._door)
        if door and door.locked is False:
            await self.coordinator.async_run_door(
                self._door, device.release_door(self._door)
            )

    async def async_end_lock_down(self) -> None:
        """Let people in again who may come in."""
        device = self.coordinator.device
        await self.coordinator.async_run_door(
            self._door, device.lock_down(self._door, on=False)
        )


@callback
def async_add_missing(
    async_add_entities: AddConfigEntryEntitiesCallback,
    entities: Iterable[Entity],
    present: set[str | None],
) -> None:
    """Add the entities that are not present; one that is removed may come back."""
    missing = [entity for entity in entities if entity.unique_id not in present]
    for entity in missing:
        present.add(entity.unique_id)
        entity.async_on_remove(partial(present.discard, entity.unique_id))
    async_add_entities(missing)


@callback
def async_add_fitted_entities(
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    fitted: Callable[[ZktecoCoordinator, PanelInfo], Iterable[Entity]],
) -> None:
    """Add what is fitted at the panel, now and whenever that changes."""
    coordinator = entry.runtime_data
    known: tuple[PanelInfo, Capability] | None = None
    present: set[str | None] = set()

    @callback
    def add_new() -> None:
        """Add the entities that were not there before."""
        nonlocal known
        device = coordinator.device
        if (device.info, device.capabilities) != known:
            known = device.info, device.capabilities
            entities = fitted(coordinator, device.info)
            async_add_missing(async_add_entities, entities, present)

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
