"""What happens at a door, as an event entity per door.

Lives here: the event entity. Not here: events without a door, which are on the bus only
(coordinator), and sentences about them (logbook).
"""

from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ACCESS_EVENT_KEY, ZktecoConfigEntry
from .entity import ZktecoDoorEntity, async_add_fitted_entities
from .event_data import event_data
from .protocol.model import AccessEvent, EventKind

PARALLEL_UPDATES = 0

NOT_OF_A_DOOR: Final = {EventKind.AUX_INPUT, EventKind.AUX_OUTPUT, EventKind.SYSTEM}

ACCESS: Final = EventEntityDescription(
    key=ACCESS_EVENT_KEY,
    translation_key="access",
    event_types=[kind.value for kind in EventKind if kind not in NOT_OF_A_DOOR],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add an event entity for each door."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoAccessEvent(coordinator, ACCESS, door) for door in info.doors
        ),
    )


class ZktecoAccessEvent(ZktecoDoorEntity, EventEntity):
    """The newest thing that happened at a door."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the panel's events."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_subscribe_events(self._async_on_event)
        )

    @callback
    def _async_on_event(self, event: AccessEvent) -> None:
        """Show an event of this door; history must not start automations."""
        if event.door != self._door or event.late:
            return
        kind = EventKind.OTHER if event.kind in NOT_OF_A_DOOR else event.kind
        self._trigger_event(kind.value, event_data(event, self.coordinator.cards))
        self.async_write_ha_state()
