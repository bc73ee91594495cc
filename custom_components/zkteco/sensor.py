"""What a panel says about itself, who came last, and how far long work is.

Lives here: the table of sensors. Not here: anything that is on or off (binary_sensor).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoredExtraData, RestoreEntity

from .coordinator import ZktecoConfigEntry
from .entity import ZktecoEntity, async_add_fitted_entities
from .event_data import actor
from .progress import ATTR_ACTIVITY
from .protocol.model import AccessEvent, Capability, EventKind, PanelInfo, PanelState

PARALLEL_UPDATES = 0

ATTR_USER_ID: Final = "user_id"
ATTR_VALUE: Final = "native_value"


@dataclass(frozen=True, kw_only=True)
class ZktecoSensorDescription(SensorEntityDescription):
    """A sensor of a panel."""

    fitted: Callable[[PanelInfo, Capability], bool] = lambda info, capabilities: True
    value: Callable[[PanelInfo, PanelState], str | float | None]


def _is_turnstile(info: PanelInfo, capabilities: Capability) -> bool:
    """Return whether the panel counts people."""
    return Capability.TURNSTILE in capabilities


SENSORS: Final = (
    ZktecoSensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda info, state: info.firmware,
    ),
    ZktecoSensorDescription(
        key="protocol-version",
        translation_key="protocol_version",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        fitted=lambda info, capabilities: info.protocol_version is not None,
        value=lambda info, state: info.protocol_version,
    ),
    ZktecoSensorDescription(
        key="entries",
        translation_key="entries",
        state_class=SensorStateClass.TOTAL_INCREASING,
        fitted=_is_turnstile,
        value=lambda info, state: state.entries,
    ),
    ZktecoSensorDescription(
        key="exits",
        translation_key="exits",
        state_class=SensorStateClass.TOTAL_INCREASING,
        fitted=_is_turnstile,
        value=lambda info, state: state.exits,
    ),
    ZktecoSensorDescription(
        key="users",
        translation_key="users",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda info, state: state.user_count,
    ),
    ZktecoSensorDescription(
        key="records",
        translation_key="records",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda info, state: state.record_count,
    ),
    ZktecoSensorDescription(
        key="clock-drift",
        translation_key="clock_drift",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value=lambda info, state: (
            None if state.clock_offset is None else state.clock_offset.total_seconds()
        ),
    ),
)


def _percentage(count: int | None, capacity: int | None) -> float | None:
    """Return how full something is; some devices tell a capacity of 0."""
    return 100 * count / capacity if count is not None and capacity else None


# Nothing but a first value shows that a device counts these.
COUNTS: Final = (
    ZktecoSensorDescription(
        key="fingerprints",
        translation_key="fingerprints",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda info, state: state.fingerprint_count,
    ),
    ZktecoSensorDescription(
        key="faces",
        translation_key="faces",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda info, state: state.face_count,
    ),
    ZktecoSensorDescription(
        key="users-used",
        translation_key="users_used",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value=lambda info, state: _percentage(state.user_count, state.user_capacity),
    ),
    ZktecoSensorDescription(
        key="records-used",
        translation_key="records_used",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value=lambda info, state: _percentage(
            state.record_count, state.record_capacity
        ),
    ),
)

LAST_USER_KEY: Final = "last-user"
LAST_USER: Final = SensorEntityDescription(
    key=LAST_USER_KEY, translation_key="last_user"
)
PROGRESS: Final = SensorEntityDescription(
    key="progress",
    translation_key="progress",
    entity_category=EntityCategory.DIAGNOSTIC,
    native_unit_of_measurement=PERCENTAGE,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: [
            ZktecoLastUser(coordinator, LAST_USER),
            ZktecoProgress(coordinator, PROGRESS),
            *(
                ZktecoSensor(coordinator, description)
                for description in SENSORS
                if description.fitted(info, coordinator.device.capabilities)
            ),
        ],
    )
    _async_add_counts(entry, async_add_entities)


@callback
def _async_add_counts(
    entry: ZktecoConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add each count when the device first tells it."""
    coordinator = entry.runtime_data
    missing = list(COUNTS)

    @callback
    def add_told() -> None:
        """Add what is told now and was not before."""
        device = coordinator.device
        for description in tuple(missing):
            if description.value(device.info, coordinator.data) is not None:
                missing.remove(description)
                async_add_entities([ZktecoSensor(coordinator, description)])

    add_told()
    entry.async_on_unload(coordinator.async_add_listener(add_told))


class ZktecoSensor(ZktecoEntity, SensorEntity):
    """A fact about the panel."""

    entity_description: ZktecoSensorDescription

    @property
    @override
    def native_value(self) -> str | float | None:
        """Return the fact."""
        return self.entity_description.value(
            self.coordinator.device.info, self.coordinator.data
        )


class ZktecoLastUser(ZktecoEntity, SensorEntity, RestoreEntity):
    """Who was let in last, at any door of the panel."""

    _user_id: str | None = None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str]:
        """Return the user ID too: people have names that change."""
        return {} if self._user_id is None else {ATTR_USER_ID: self._user_id}

    @property
    @override
    def extra_restore_state_data(self) -> RestoredExtraData:
        """Return what must survive a restart."""
        return RestoredExtraData(
            {ATTR_VALUE: self.native_value, **self.extra_state_attributes}
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the last user and listen to the panel's events."""
        await super().async_added_to_hass()
        if restored := await self.async_get_last_extra_data():
            kept = restored.as_dict()
            self._attr_native_value = kept.get(ATTR_VALUE)
            self._user_id = kept.get(ATTR_USER_ID)
        self.async_on_remove(
            self.coordinator.async_subscribe_events(self._async_on_event)
        )

    @callback
    def _async_on_event(self, event: AccessEvent) -> None:
        """Show who was let in."""
        if event.kind is not EventKind.ACCESS_GRANTED or event.late:
            return
        if user := actor(self.hass, event, self.coordinator.cards):
            self._attr_native_value = user
            self._user_id = event.user_id
            self.async_write_ha_state()


class ZktecoProgress(ZktecoEntity, SensorEntity):
    """How far long work on the panel is; 100 when it succeeded, nothing when it failed."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the work."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.progress.async_add_listener(self.async_write_ha_state)
        )

    @property
    @override
    def native_value(self) -> int | None:
        """Return the percentage."""
        work = self.coordinator.progress.shown
        return None if work is None else work.percent

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        """Return what is done, or was."""
        work = self.coordinator.progress.shown
        return {ATTR_ACTIVITY: None if work is None else work.activity}
