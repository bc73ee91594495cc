"""What an automation can ask of an event: about whom it is, which card, which way.

Lives here: what a person may write, and how that is compared with what an event tells.
Not here: which trigger or condition asks for what (`trigger`, `condition`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from typing import Any, Final

import voluptuous as vol

from homeassistant.helpers import config_validation as cv

from .protocol.model import Direction

type Told = Mapping[str, Any]
"""The fields of an event, as `event_data` names them."""

_CARD: Final = re.compile(r"…?([0-9]+)")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Something that an automation can ask of an event."""

    name: str
    """What it is called in YAML."""
    validate: Callable[[Any], Any]
    """Returns what somebody wrote as it is compared; raises vol.Invalid."""
    matches: Callable[[Any, Told], bool]
    """Whether an event is meant; one that does not tell is not."""


def _texts(value: Any) -> list[str]:
    """Return one text or several."""
    texts = [cv.string(item).strip() for item in cv.ensure_list(value)]
    if not texts or not all(texts):
        raise vol.Invalid("write at least one, and leave none empty")
    return texts


def _cards(value: Any) -> list[str]:
    """Return one card number or several, as digits; events show some with an ellipsis."""
    found = [_CARD.fullmatch(text) for text in _texts(value)]
    digits = [match[1] for match in found if match]
    if len(digits) < len(found):
        raise vol.Invalid("a card number has digits only")
    return digits


def _plain(text: str) -> str:
    """Return a name or a number as it is compared: devices print IDs with zeros in front."""
    text = text.strip().casefold()
    return text.lstrip("0") if text.isdecimal() else text


def is_user(wanted: list[str], told: Told) -> bool:
    """Whether an event is about one of some users, by ID or name."""
    known = {
        _plain(told[field]) for field in ("user_id", "user_name") if told.get(field)
    }
    return not known.isdisjoint(map(_plain, wanted))


def is_card(wanted: list[str], told: Told) -> bool:
    """Whether an event tells one of some cards, or as much of it as events may tell."""
    card = told.get("card", "")
    if card.startswith("…"):
        return any(one.endswith(card[1:]) for one in wanted if len(card) > 1)
    return any(_plain(one) == _plain(card) for one in wanted if card)


USER: Final = EventFilter("user", _texts, is_user)
CARD: Final = EventFilter("card", _cards, is_card)
DIRECTION: Final = EventFilter(
    "direction",
    vol.Coerce(Direction),
    lambda wanted, told: told.get("direction") == wanted,
)
KEY: Final = EventFilter(
    "key",
    vol.All(vol.Coerce(int), vol.Range(min=0, max=255)),
    lambda wanted, told: told.get("key") == wanted,
)
