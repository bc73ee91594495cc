"""What is on or off: contacts, alarms, auxiliary inputs, power, connections.

Lives here: the table of binary sensors. Not here: the lock's own state (lock).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .entity import (
    ZktecoDoorEntity,
    ZktecoEntity,
    ZktecoNumberedEntity,
    async_add_fitted_entities,
)
from .protocol.model import (
    Capability,
    DoorAlarm,
    DoorInfo,
    DoorState,
    PanelInfo,
    PanelState,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class DoorBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor of a door."""

    supported: Callable[[DoorInfo], bool]
    value: Callable[[DoorState], bool | None]


@dataclass(frozen=True, kw_only=True)
class PanelBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor of the panel itself."""

    value: Callable[[PanelState], bool | None]


def _has_alarm(alarm: DoorAlarm, door: DoorInfo) -> bool:
    """Return whether a door can report an alarm."""
    return alarm in door.alarms


def _alarm(alarm: DoorAlarm, door: DoorState) -> bool | None:
    """Return whether an alarm is on."""
    return door.alarms.get(alarm)


DOOR_SENSORS: Final = (
    DoorBinarySensorDescription(
        key="contact",
        translation_key="contact",
        device_class=BinarySensorDeviceClass.DOOR,
        supported=lambda door: door.has_contact,
        value=lambda door: door.contact_open,
    ),
    *(
        DoorBinarySensorDescription(
            key=alarm.value,
            translation_key=alarm.value,
            device_class=device_class,
            supported=partial(_has_alarm, alarm),
            value=partial(_alarm, alarm),
        )
        for alarm, device_class in (
            (DoorAlarm.ANY, BinarySensorDeviceClass.PROBLEM),
            (DoorAlarm.FORCED, BinarySensorDeviceClass.SAFETY),
            (DoorAlarm.HELD_OPEN, BinarySensorDeviceClass.PROBLEM),
            (DoorAlarm.TAMPER, BinarySensorDeviceClass.TAMPER),
            (DoorAlarm.DURESS, BinarySensorDeviceClass.SAFETY),
        )
    ),
)

POWER_SENSORS: Final = (
    PanelBinarySensorDescription(
        key="mains",
        translation_key="mains",
        device_class=BinarySensorDeviceClass.POWER,
        entity_category=EntityCategory.DIAGNOSTIC,
        # On means that there is power.
        value=lambda state: (
            None if state.mains_failed is None else not state.mains_failed
        ),
    ),
    PanelBinarySensorDescription(
        key="battery",
        device_class=BinarySensorDeviceClass.BATTERY,
        entity_category=EntityCategory.DIAGNOSTIC,
        # On means that it is low.
        value=lambda state: state.battery_failed,
    ),
)

AUX_INPUT: Final = BinarySensorEntityDescription(
    key="aux-input", translation_key="aux_input"
)

CONNECTION: Final = BinarySensorEntityDescription(
    key="connection",
    translation_key="connection",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)

SUB_DEVICE_CONNECTION: Final = BinarySensorEntityDescription(
    key="connection",
    translation_key="sub_device_connection",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors."""
    async_add_fitted_entities(entry, async_add_entities, _fitted)


def _fitted(
    coordinator: ZktecoCoordinator, info: PanelInfo
) -> Iterator[BinarySensorEntity]:
    """Yield the binary sensors of a panel."""
    yield ZktecoConnection(coordinator, CONNECTION)
    for serial in info.sub_devices:
        yield ZktecoSubDeviceConnection(coordinator, SUB_DEVICE_CONNECTION, serial)
    if Capability.POWER_ALARMS in coordinator.device.capabilities:
        for power in POWER_SENSORS:
            yield ZktecoPanelBinarySensor(coordinator, power)
    for number in range(1, info.aux_inputs + 1):
        yield ZktecoAuxInput(coordinator, AUX_INPUT, number)
    for door in info.doors.values():
        for description in DOOR_SENSORS:
            if description.supported(door):
                yield ZktecoDoorBinarySensor(coordinator, description, door.number)


class ZktecoDoorBinarySensor(ZktecoDoorEntity, BinarySensorEntity):
    """A contact or an alarm of a door."""

    entity_description: DoorBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the device reports, None where it does not tell."""
        return self.entity_description.value(self.door_state)


class ZktecoPanelBinarySensor(ZktecoEntity, BinarySensorEntity):
    """Something that the panel tells about itself."""

    entity_description: PanelBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the device reports, None where it does not tell."""
        return self.entity_description.value(self.coordinator.data)


class ZktecoAuxInput(ZktecoNumberedEntity, BinarySensorEntity):
    """An auxiliary input; what is wired to it is the owner's business."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the input is active."""
        return self.coordinator.data.aux_inputs.get(self._number)


class ZktecoConnection(ZktecoEntity, BinarySensorEntity):
    """Whether the panel can be reached."""

    @property
    @override
    def available(self) -> bool:
        """Return True: that the panel is away is exactly what this tells."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the panel can be reached."""
        return self.coordinator.last_update_success


class ZktecoSubDeviceConnection(ZktecoEntity, BinarySensorEntity):
    """Whether the panel reaches a device behind it."""

    def __init__(
        self,
        coordinator: ZktecoCoordinator,
        description: BinarySensorEntityDescription,
        serial: str,
    ) -> None:
        """Identify the entity by both serial numbers."""
        super().__init__(coordinator, description)
        self._serial = serial
        self._attr_unique_id = f"{coordinator.serial}-{description.key}-{serial}"
        self._attr_translation_placeholders = {"serial": serial}

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the panel reaches it, as far as it tells."""
        return self.coordinator.data.sub_devices.get(self._serial)
