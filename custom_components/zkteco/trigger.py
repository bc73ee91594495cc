"""Purpose-specific triggers: what happened at a door, by the name that people use.

Lives here: everything that depends on the base classes of Home Assistant's triggers,
which it may still change. Not here: what an event is (the event entities).
"""

from typing import override

from homeassistant.components.event import (
    DOMAIN as EVENT_DOMAIN,
    DoorbellEventType,
    EventEntityStateAttribute,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
)

from .const import DOMAIN
from .coordinator import ACCESS_EVENT_KEY
from .protocol.model import EventKind


class DoorEventTrigger(StatelessEntityTriggerBase):
    """Fire when an event entity of this integration tells of one kind of event."""

    _domain_specs = {EVENT_DOMAIN: DomainSpec()}
    _kind: EventKind

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave out what other integrations have in a targeted area.

        A ring is told by two entities of a door: where both are meant, one is enough.
        """
        registry = er.async_get(self._hass)
        ours = {
            entity_id: entry
            for entity_id in super().entity_filter(entities)
            if (entry := registry.async_get(entity_id)) and entry.platform == DOMAIN
        }
        complete = {
            entry.device_id
            for entry in ours.values()
            if entry.unique_id.endswith(f"-{ACCESS_EVENT_KEY}") and not entry.disabled
        }
        return {
            entity_id
            for entity_id, entry in ours.items()
            if entry.unique_id.endswith(f"-{ACCESS_EVENT_KEY}")
            or entry.device_id not in complete
        }

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Check the event type."""
        event_type = state.attributes.get(EventEntityStateAttribute.EVENT_TYPE)
        if event_type == DoorbellEventType.RING:
            return self._kind is EventKind.DOORBELL
        return event_type == self._kind


def _door_event(kind: EventKind) -> type[Trigger]:
    """Return the trigger for one kind of event."""

    class _Trigger(DoorEventTrigger):
        _kind = kind

    return _Trigger


TRIGGERS: dict[str, type[Trigger]] = {
    kind.value: _door_event(kind)
    for kind in (
        EventKind.ACCESS_GRANTED,
        EventKind.ACCESS_DENIED,
        EventKind.EXIT_BUTTON,
        EventKind.DOOR_FORCED,
        EventKind.DOOR_HELD_OPEN,
        EventKind.DURESS,
        EventKind.DOORBELL,
        EventKind.BUTTON,
        EventKind.ENROLMENT,
        EventKind.IDENTIFICATION,
    )
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by name."""
    return TRIGGERS
