"""Purpose-specific conditions: how it is at a door, by the name that people use.

Lives here: everything that depends on the base classes of Home Assistant's conditions,
which it may still change. Not here: contacts and locks, for which Home Assistant has
conditions of its own.
"""

from collections.abc import Mapping
from typing import Final, override

import voluptuous as vol

from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import CONF_OPTIONS, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL,
    Condition,
    ConditionConfig,
    EntityConditionBase,
)

from .const import DOMAIN
from .event_filter import USER
from .protocol.model import DoorAlarm
from .sensor import ATTR_USER_ID, LAST_USER_KEY


class ZktecoCondition(EntityConditionBase):
    """Something about one kind of entity of this integration; unknown is never true."""

    _key: str

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Leave out all others that a target holds."""
        registry = er.async_get(self._hass)
        return {
            entity_id
            for entity_id in super().entity_filter(entities)
            if (entry := registry.async_get(entity_id))
            and entry.platform == DOMAIN
            and entry.unique_id.endswith(f"-{self._key}")
        }

    @override
    def _should_include(self, _state: State) -> bool:
        """Count what is unknown: without it, all would be true when none is known."""
        return True

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Return whether there are any, and all of them match."""
        return bool(states) and super()._check_all_match_state(states)


class DoorAlarmCondition(ZktecoCondition):
    """An alarm is on."""

    _domain_specs: Mapping[str, DomainSpec] = {BINARY_SENSOR_DOMAIN: DomainSpec()}

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Check that it is on."""
        return entity_state.state == STATE_ON


class LastPersonCondition(ZktecoCondition):
    """Somebody was let in last."""

    _domain_specs: Mapping[str, DomainSpec] = {
        SENSOR_DOMAIN: DomainSpec(value_source=ATTR_USER_ID)
    }
    _key = LAST_USER_KEY
    _schema = ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
        {vol.Required(CONF_OPTIONS): {vol.Required(USER.name): USER.validate}}
    )

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Remember who is meant."""
        super().__init__(hass, config)
        self._users: list[str] = (config.options or {})[USER.name]

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Check who it was."""
        if entity_state.state in self._excluded_states:
            return False
        user_id = entity_state.attributes.get(ATTR_USER_ID)
        return USER.matches(
            self._users, {"user_id": user_id, "user_name": entity_state.state}
        )


def _alarm(alarm: DoorAlarm) -> type[Condition]:
    """Return the condition for one alarm."""

    class _Condition(DoorAlarmCondition):
        _key = alarm.value

    return _Condition


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "door_forced": _alarm(DoorAlarm.FORCED),
    "door_held_open": _alarm(DoorAlarm.HELD_OPEN),
    "duress": _alarm(DoorAlarm.DURESS),
    "last_person": LastPersonCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by name."""
    return CONDITIONS
