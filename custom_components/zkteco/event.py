"""What happens at a door, as event entities.

Lives here: the table of event entities. Not here: events without a door, which are on
the bus only (coordinator), and sentences about them (logbook).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.event import (
    DoorbellEventType,
    EventDeviceClass,
    EventEntity,
    EventEntityDescription,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ACCESS_EVENT_KEY, ZktecoConfigEntry
from .entity import ZktecoDoorEntity, async_add_fitted_entities
from .protocol.model import AccessEvent, DoorInfo, EventKind

PARALLEL_UPDATES = 0

NOT_OF_A_DOOR: Final = {
    EventKind.AUX_INPUT,
    EventKind.AUX_OUTPUT,
    EventKind.SYSTEM,
    EventKind.USERS_CHANGED,
}


@dataclass(frozen=True, kw_only=True)
class DoorEventDescription(EventEntityDescription):
    """An event entity of a door."""

    supported: Callable[[DoorInfo], bool]
    types: Mapping[EventKind, str]
    """What the entity calls the kinds of events that it tells."""


# A ring is here too: the first one is how a device shows that it has a bell.
ACCESS: Final = DoorEventDescription(
    key=ACCESS_EVENT_KEY,
    translation_key="access",
    event_types=[kind.value for kind in EventKind if kind not in NOT_OF_A_DOOR],
    supported=lambda door: True,
    types={
        kind: EventKind.OTHER.value if kind in NOT_OF_A_DOOR else kind.value
        for kind in EventKind
    },
)

# As the doorbell triggers of Home Assistant itself know bells.
DOORBELL: Final = DoorEventDescription(
    key="doorbell",
    translation_key="doorbell",
    device_class=EventDeviceClass.DOORBELL,
    event_types=[DoorbellEventType.RING],
    supported=lambda door: door.has_doorbell,
    types={EventKind.DOORBELL: DoorbellEventType.RING},
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of each door."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoDoorEvent(coordinator, description, door.number)
            for door in info.doors.values()
            for description in (ACCESS, DOORBELL)
            if description.supported(door)
        ),
    )


class ZktecoDoorEvent(ZktecoDoorEntity, EventEntity):
    """The newest thing of some kind that happened at a door."""

    entity_description: DoorEventDescription

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
        if event_type := self.entity_description.types.get(event.kind):
            self._trigger_event(event_type, self.coordinator.event_data(event))
            self.async_write_ha_state()
