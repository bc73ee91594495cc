"""Events as sentences that a person would say.

Lives here: the words of the logbook, for `zkteco_event` only. Not here: what an event is
(`event_data`), and the history of states, which Home Assistant tells by itself.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN
from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .const import DOMAIN, EVENT_ZKTECO, MANUFACTURER
from .protocol.model import AttendanceState, EventKind, VerifyMethod

# What a door does or suffers; all other kinds are told in the device's own words.
_DOOR_PREDICATES: Final[Mapping[str, str]] = {
    EventKind.EXIT_BUTTON: "was opened with the exit button",
    EventKind.REMOTE_OPEN: "was opened remotely",
    EventKind.REMOTE_CLOSE: "was locked remotely",
    EventKind.DOOR_OPENED: "opened",
    EventKind.DOOR_CLOSED: "closed",
    EventKind.DOOR_FORCED: "was forced open",
    EventKind.DOOR_HELD_OPEN: "was left open for too long",
    EventKind.DOORBELL: "doorbell rang",
}

# Without one the page of the logbook leaves an empty square.
_ICONS: Final[Mapping[str, str]] = {
    EventKind.ACCESS_GRANTED: "mdi:account-check",
    EventKind.ACCESS_DENIED: "mdi:account-cancel",
}
_ICON: Final = "mdi:door"

# What people choose at the keys of an attendance terminal. Checking in is not here: terminals
# without such keys send it for everybody.
_ATTENDANCE: Final[Mapping[str, str]] = {
    AttendanceState.CHECK_OUT: "checked out",
    AttendanceState.BREAK_OUT: "went on a break",
    AttendanceState.BREAK_IN: "came back from a break",
    AttendanceState.OVERTIME_IN: "began overtime",
    AttendanceState.OVERTIME_OUT: "ended overtime",
}

# The words of a method's name that people write otherwise.
_WORDS: Final[Mapping[str, str]] = {
    "pin": "PIN",
    "id": "ID",
    "face": "face scan",
    "vein": "vein scan",
}


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
        name, message = _sentence(data, place, opens=opens)
        if data["late"]:
            message += " (recorded earlier)"
        return {
            LOGBOOK_ENTRY_NAME: name,
            LOGBOOK_ENTRY_MESSAGE: message,
            LOGBOOK_ENTRY_ICON: _ICONS.get(data["type"], _ICON),
        }

    async_describe_event(DOMAIN, EVENT_ZKTECO, async_describe)


def _sentence(data: Mapping[str, Any], place: str, *, opens: bool) -> tuple[str, str]:
    """Return subject and predicate; `place` is the door's name, or the panel's."""
    kind: str = data["type"]
    description: str = data["description"]
    means = _means(data.get("method"))
    who: str | None = data.get("user_name")
    if who is None and "user_id" in data:
        who = f"User {data['user_id']}"

    if predicate := _DOOR_PREDICATES.get(kind):
        return place, predicate
    match kind:
        case EventKind.ACCESS_GRANTED:
            how = f" with a {means}" if means else ""
            if who is None:
                return place, f"{'was opened' if opens else 'recognised someone'}{how}"
            if done := _ATTENDANCE.get(data.get("attendance", "")):
                how += f" and {done}"
            return who, f"{'opened' if opens else 'was recognised at'} {place}{how}"
        case EventKind.ACCESS_DENIED:
            if who is None and data["name"].endswith("not_registered"):
                unknown = "card" if "card" in data else "person"
                return place, f"refused an unknown {means or unknown}"
            whom = who or (f"a {means}" if means else "someone")
            return place, f"refused {whom}: {description}"
        case EventKind.IDENTIFICATION:
            return who or (
                f"A {means}" if means else "Someone"
            ), f"asks to enter {place}"
        case EventKind.DURESS if who:
            return who, f"opened {place} under duress"
        case EventKind.DURESS:
            return place, "was opened under duress"
        case EventKind.BUTTON if "key" in data:
            return place, f"reported: key {data['key']} was pressed"
        case EventKind.ENROLMENT | EventKind.USERS_CHANGED if who:
            return place, f"reported about {who}: {description}"
        case EventKind.AUX_INPUT | EventKind.AUX_OUTPUT:
            number = data.get("aux_input") or data.get("aux_output")
            for thing in ("auxiliary input", "auxiliary output"):
                description = description.replace(thing, f"{thing} {number}")
            return place, description
    return place, f"reported: {description}"


def _means(method: str | None) -> str:
    """Return what was shown to a reader, such as "card and PIN code", or nothing."""
    if method is None or method == VerifyMethod.AUTOMATIC:
        return ""
    return " ".join(_WORDS.get(word, word) for word in method.split("_"))
