"""Purpose-specific triggers: what happened at a door, by the name that people use.

Lives here: everything that depends on the base classes of Home Assistant's triggers,
which it may still change. Not here: what an event is (the event entities).
"""

from typing import Any, Final, override

import voluptuous as vol

from homeassistant.components.event import (
    DOMAIN as EVENT_DOMAIN,
    DoorbellEventType,
    EventEntityStateAttribute,
)
from homeassistant.const import CONF_OPTIONS
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerConfig,
)

from .const import DOMAIN
from .coordinator import ACCESS_EVENT_KEY
from .event_filter import CARD, DIRECTION, KEY, USER, EventFilter
from .protocol.model import EventKind

PERSON: Final = (USER, CARD, DIRECTION)

# The kinds of events that trigger, each with what they can be limited to: only what such events tell.
FILTERS: Final[dict[EventKind, tuple[EventFilter, ...]]] = {
    EventKind.ACCESS_GRANTED: PERSON,
    EventKind.ACCESS_DENIED: PERSON,
    EventKind.EXIT_BUTTON: (),
    EventKind.DOOR_FORCED: (),
    EventKind.DOOR_HELD_OPEN: (),
    EventKind.DURESS: PERSON,
    EventKind.DOORBELL: (),
    EventKind.BUTTON: (KEY,),
    EventKind.ENROLMENT: (USER,),
    EventKind.IDENTIFICATION: PERSON,
}


class DoorEventTrigger(StatelessEntityTriggerBase):
    """Fire when an event entity of this integration tells of one kind of event."""

    _domain_specs = {EVENT_DOMAIN: DomainSpec()}
    _kind: EventKind

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Remember which events are meant."""
        super().__init__(hass, config)
        self._wanted: list[tuple[EventFilter, Any]] = [
            (one, self._options[one.name])
            for one in FILTERS[self._kind]
            if one.name in self._options
        ]

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
        """Check the event type and what the event tells."""
        told = state.attributes
        event_type = told.get(EventEntityStateAttribute.EVENT_TYPE)
        if event_type == DoorbellEventType.RING:
            return self._kind is EventKind.DOORBELL
        return event_type == self._kind and all(
            one.matches(value, told) for one, value in self._wanted
        )


def _door_event(kind: EventKind) -> type[Trigger]:
    """Return the trigger for one kind of event."""

    class _Trigger(DoorEventTrigger):
        _kind = kind
        _schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
            {
                vol.Required(CONF_OPTIONS, default={}): {
                    vol.Optional(one.name): one.validate for one in FILTERS[kind]
                }
            }
        )

    return _Trigger


TRIGGERS: dict[str, type[Trigger]] = {kind.value: _door_event(kind) for kind in FILTERS}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by name."""
    return TRIGGERS
