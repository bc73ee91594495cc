"""How an event looks to people and automations, everywhere the same.

Lives here: the one translation of `AccessEvent` into event data, and the card number
policy. Not here: who receives it (coordinator, event, services), sentences (logbook).
"""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant

from .const import CONF_CARD_NUMBERS, CardNumbers
from .protocol.model import AccessEvent, EventKind
from .texts import say

type EventData = dict[str, str | float | bool]


def card_policy(options: Mapping[str, str]) -> CardNumbers:
    """Return the card number policy of a config entry's options."""
    return CardNumbers(options.get(CONF_CARD_NUMBERS, CardNumbers.LAST_FOUR))


def shown_card(card: str | None, policy: CardNumbers) -> str | None:
    """Return as much of a card number as the policy allows, None for nothing."""
    if card is None or policy is CardNumbers.NONE:
        return None
    if policy is CardNumbers.FULL:
        return card
    # The last four digits of a number that short would be all of it.
    return f"…{card[-4:]}" if len(card) > 4 else "…"


def event_data(
    event: AccessEvent, policy: CardNumbers, person: str | None = None
) -> EventData:
    """Return an event as JSON values; what nobody tells is left out.

    `person` is the entity of whoever it is about.
    """
    values = {
        "type": event.kind.value,
        "name": event.name,
        "description": event.description,
        "code": event.code,
        "door": event.door,
        "aux_input": event.aux_input,
        "aux_output": event.aux_output,
        "user_id": event.user_id,
        "user_name": event.user_name,
        "person": person,
        "card": shown_card(event.card, policy),
        "method": event.method and event.method.value,
        "verify_code": event.verify_code,
        "direction": event.direction and event.direction.value,
        "temperature": event.temperature,
        "mask": event.mask,
        "time": event.time.isoformat(),
        "late": event.late,
        "index": event.index,
        "attendance": event.attendance and event.attendance.value,
        "work_code": event.work_code,
        "key": event.key,
        # Nobody knows what is in it: perhaps a card number.
        "raw": event.raw if policy is CardNumbers.FULL else None,
    }
    return {key: value for key, value in values.items() if value is not None}


def actor(hass: HomeAssistant, event: AccessEvent, policy: CardNumbers) -> str | None:
    """Return who or what made a door open or close, None where nobody can tell."""
    match event.kind:
        case EventKind.EXIT_BUTTON:
            return say(hass, "actor_exit_button")
        case EventKind.REMOTE_OPEN | EventKind.REMOTE_CLOSE:
            return say(hass, "actor_remote")
    if event.user_name:
        return event.user_name
    if event.user_id:
        return say(hass, "actor_user", user_id=event.user_id)
    if card := shown_card(event.card, policy):
        return say(hass, "actor_card", card=card)
    return None
