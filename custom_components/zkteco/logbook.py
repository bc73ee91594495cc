"""Events as sentences that a person would say, in the language of the home.

Lives here: the choice of the sentence, for `zkteco_event` only. Not here: what an event is
(`event_data`), the sentences (`translations`), and the history of states, which Home Assistant
tells by itself.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN
from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_translate_state_attr

from .const import DOMAIN, EVENT_ZKTECO, MANUFACTURER
from .event import ACCESS
from .protocol.model import AttendanceState, EventKind, VerifyMethod
from .texts import say

# What a door does or suffers; all other kinds are told in the words for what happened.
_OF_A_DOOR: Final = {
    EventKind.EXIT_BUTTON,
    EventKind.REMOTE_OPEN,
    EventKind.REMOTE_CLOSE,
    EventKind.DOOR_OPENED,
    EventKind.DOOR_CLOSED,
    EventKind.DOOR_FORCED,
    EventKind.DOOR_HELD_OPEN,
    EventKind.DOORBELL,
}

# Without one the page of the logbook leaves an empty square.
_ICONS: Final[Mapping[str, str]] = {
    EventKind.ACCESS_GRANTED: "mdi:account-check",
    EventKind.ACCESS_DENIED: "mdi:account-cancel",
}
_ICON: Final = "mdi:door"


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Tell the logbook how to describe our events."""
    devices = dr.async_get(hass)
    entities = er.async_get(hass)

    @callback
    def async_describe(event: Event) -> dict[str, str]:
        """Return subject and predicate of an event."""
        data = event.data
        device = devices.async_get(data[ATTR_DEVICE_ID])
        place = (device and (device.name_by_user or device.name)) or MANUFACTURER
        # A terminal without a lock recognises people and opens nothing.
        on_device = device and er.async_entries_for_device(
            entities, device.id, include_disabled_entities=True
        )
        opens = not on_device or any(item.domain == LOCK_DOMAIN for item in on_device)
        name, message = _sentence(hass, data, place, opens=opens)
        if data["late"]:
            message = say(hass, "logbook_late", sentence=message)
        return {
            LOGBOOK_ENTRY_NAME: name,
            LOGBOOK_ENTRY_MESSAGE: message,
            LOGBOOK_ENTRY_ICON: _ICONS.get(data["type"], _ICON),
        }

    async_describe_event(DOMAIN, EVENT_ZKTECO, async_describe)


def _sentence(
    hass: HomeAssistant, data: Mapping[str, Any], place: str, *, opens: bool
) -> tuple[str, str]:
    """Return subject and predicate; `place` is the door's name, or the panel's."""

    def tell(key: str, /, **placeholders: str) -> str:
        return say(hass, f"logbook_{key}", **placeholders)

    def tell_with(key: str, means: str, **placeholders: str) -> str:
        """Also tell what was shown to the reader, if that is known."""
        if not means:
            return tell(key, **placeholders)
        return tell(f"{key}_with", means=means, **placeholders)

    kind: str = data["type"]
    if kind in _OF_A_DOOR:
        return place, tell(kind)
    what = _what(hass, data)
    means = _means(hass, data.get("method"))
    who: str | None = data.get("user_name")
    if who is None and "user_id" in data:
        who = say(hass, "actor_user", user_id=data["user_id"])
    match kind:
        case EventKind.ACCESS_GRANTED:
            key = "opened" if opens else "recognised"
            if who is None:
                return place, tell_with(f"{key}_someone", means)
            message = tell_with(key, means, place=place)
            # Terminals without keys for it send checking in for everybody.
            attendance = data.get("attendance", AttendanceState.CHECK_IN)
            if attendance != AttendanceState.CHECK_IN:
                message = tell(attendance, sentence=message)
            return who, message
        case EventKind.ACCESS_DENIED if who:
            return place, tell("refused", who=who, what=what)
        case EventKind.ACCESS_DENIED if data["name"].endswith("not_registered"):
            if not means and "card" in data:
                means = _means(hass, VerifyMethod.CARD)
            return place, tell_with("refused_unknown", means)
        case EventKind.ACCESS_DENIED:
            return place, tell_with("refused_someone", means, what=what)
        case EventKind.IDENTIFICATION if who:
            return who, tell("asks", place=place)
        case EventKind.IDENTIFICATION:
            return place, tell_with("asks_someone", means)
        case EventKind.DURESS if who:
            return who, tell("duress", place=place)
        case EventKind.DURESS:
            return place, tell("duress_someone")
        case EventKind.BUTTON if "key" in data:
            return place, tell("key", key=str(data["key"]))
        case EventKind.ENROLMENT | EventKind.USERS_CHANGED if who:
            return place, tell("about", who=who, what=what)
        case EventKind.AUX_INPUT | EventKind.AUX_OUTPUT:
            number = data.get("aux_input") or data.get("aux_output")
            return place, tell("number", what=what, number=str(number))
    return place, tell("reported", what=what)


def _what(hass: HomeAssistant, data: Mapping[str, Any]) -> str:
    """Return what happened, with what the device told besides; in English where nobody has translated it."""
    name: str = data["name"]
    description: str = data["description"]
    what = async_translate_state_attr(
        hass, name, EVENT_DOMAIN, DOMAIN, ACCESS.translation_key, None, "name"
    )
    if what == name:
        return description
    _, bracket, more = description.partition(" (")
    return f"{what}{bracket}{more}"


def _means(hass: HomeAssistant, method: str | None) -> str:
    """Return what was shown to a reader, such as "card and PIN code", or nothing."""
    if method is None or method == VerifyMethod.AUTOMATIC:
        return ""
    return say(hass, f"method_{method}")
