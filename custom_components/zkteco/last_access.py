"""Who came last at which door, for whoever asks by voice.

Lives here: what is remembered of each door, and which doors an assistant may know of. Not here: how it is asked and
answered (`llm`, `intent`), events as they happen (`coordinator`).
Nothing is asked of a device, and card numbers are not remembered. Nor is duress: whoever forces somebody may be listening.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Self

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er, intent
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .event_data import EventData
from .protocol.model import Direction, EventKind
from .texts import say

if TYPE_CHECKING:
    from .coordinator import ZktecoConfigEntry, ZktecoCoordinator

MOST: Final = 5
"""Accesses: nobody listens to more."""
_KINDS: Final = (EventKind.ACCESS_GRANTED, EventKind.ACCESS_DENIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Somebody was let in, or not."""

    granted: bool
    time: datetime
    who: str | None
    """A name, or a user ID; None for somebody whom nobody knows."""
    method: str | None
    direction: str | None
    reason: str | None
    """Why not, in the device's words."""

    @property
    def came_in(self) -> bool:
        """Whether somebody came in; most doors have readers on one side only, which tell no direction."""
        return self.granted and self.direction != Direction.OUT

    @classmethod
    def of(cls, hass: HomeAssistant, data: Mapping[str, Any]) -> Self | None:
        """Return what event data tell; None for what is about something else, or does not say when."""
        kind = data.get("type")
        time = dt_util.parse_datetime(str(data.get("time")))
        if kind not in _KINDS or time is None:
            return None
        granted = kind == EventKind.ACCESS_GRANTED
        who: str | None = data.get("user_name")
        if who is None and (user_id := data.get("user_id")):
            who = say(hass, "actor_user", user_id=user_id)
        return cls(
            granted=granted,
            time=time,
            who=who,
            method=data.get("method"),
            direction=data.get("direction"),
            reason=None if granted else data.get("description"),
        )


class LastAccesses:
    """The newest accesses at each door of one device."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of none yet."""
        self._hass = hass
        self._by_door: defaultdict[int, list[Access]] = defaultdict(list)

    def add(self, door: int, data: EventData) -> None:
        """Remember an event, if it is one; history comes late, but in its place."""
        if access := Access.of(self._hass, data):
            newest = sorted([*self._by_door[door], access], key=attrgetter("time"))
            self._by_door[door] = newest[-MOST:]

    def at(self, door: int) -> list[Access]:
        """Return the newest accesses at a door, oldest first."""
        return self._by_door[door]


@dataclass(frozen=True, slots=True)
class Door:
    """A door that an assistant may know of."""

    name: str
    number: int
    coordinator: ZktecoCoordinator

    def accesses(self, hass: HomeAssistant) -> list[Access]:
        """Return the newest accesses, oldest first."""
        if known := self.coordinator.last_accesses.at(self.number):
            return known
        entities = er.async_get(hass)
        unique_id = self.coordinator.access_unique_id(self.number)
        entity_id = entities.async_get_entity_id(EVENT_DOMAIN, DOMAIN, unique_id)
        state = hass.states.get(entity_id) if entity_id else None
        shown = state and Access.of(hass, state.attributes)
        return [shown] if shown else []


@callback
def async_find_doors(
    hass: HomeAssistant, assistant: str | None, name: str | None = None
) -> list[Door]:
    """Return the doors whose lock or access event an assistant may know of, all or those of a name.

    Raises MatchFailedError, which assistants put into words.
    """
    constraints = intent.MatchTargetsConstraints(
        name=name,
        domains=[LOCK_DOMAIN, EVENT_DOMAIN],
        assistant=assistant,
        allow_duplicate_names=True,
    )
    result = intent.async_match_targets(hass, constraints)
    doors = _doors_of(hass, result.states)
    if not doors:
        if result.is_match:
            reason = intent.MatchFailedReason.NAME
            result = intent.MatchTargetsResult(False, reason, no_match_name=name)
        raise intent.MatchFailedError(result=result, constraints=constraints)
    return doors


def _doors_of(hass: HomeAssistant, states: list[State]) -> list[Door]:
    """Return the doors that some entities belong to, each once."""
    entities = er.async_get(hass)
    devices = dr.async_get(hass)
    found = {
        entity.device_id
        for state in states
        if (entity := entities.async_get(state.entity_id)) and entity.platform == DOMAIN
    }
    entries: list[ZktecoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return [
        Door(device.name_by_user or device.name or "", number, coordinator)
        for coordinator in (entry.runtime_data for entry in entries)
        for number in coordinator.device.info.doors
        if (device_id := coordinator.door_device_id(number)) in found
        and (device := devices.async_get(device_id))
    ]


@callback
def async_last_accesses(
    hass: HomeAssistant, doors: list[Door]
) -> list[tuple[Door, Access]]:
    """Return the newest accesses at some doors, newest first."""
    accesses = [(door, access) for door in doors for access in door.accesses(hass)]
    return sorted(accesses, key=lambda pair: pair[1].time, reverse=True)
