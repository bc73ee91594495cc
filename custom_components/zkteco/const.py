"""The names that the Home Assistant side shares: domain, options, identifiers.

Lives here: constants and the enums of the options. Not here: anything of a protocol.
"""

from enum import StrEnum
from typing import Final

DOMAIN: Final = "zkteco"
MANUFACTURER: Final = "ZKTeco"
TROUBLESHOOTING: Final = (
    "https://github.com/zkteco-ha/zkteco/blob/main/docs/troubleshooting.md"
)
EVENT_ZKTECO: Final = "zkteco_event"
EVENT_USERS_SYNCED: Final = "zkteco_users_synced"

CONF_KIND: Final = "kind"
CONF_MODE: Final = "mode"
CONF_UNLOCK_BEHAVIOUR: Final = "unlock_behaviour"
CONF_CARD_NUMBERS: Final = "card_numbers"
CONF_DECIDE: Final = "decide"
CONF_KEEP_CLOCK: Final = "keep_clock"
CONF_REQUEST_DELAY: Final = "request_delay"
CONF_KEY: Final = "key"
CONF_REGISTRATION: Final = "registration"
CONF_SERIAL: Final = "serial"
CONF_TRANSPORT: Final = "transport"
CONF_UNLOCK_UNIT: Final = "unlock_unit"
CONF_DOOR_SENSOR: Final = "door_sensor"
CONF_DOORBELL_KEY: Final = "doorbell_key"
CONF_PEOPLE: Final = "people"

DEFAULT_PORT: Final = 4370


class Kind(StrEnum):
    """Which protocol a config entry speaks."""

    C3 = "c3"
    PUSH = "push"
    TERMINAL = "terminal"


class Mode(StrEnum):
    """What a PUSH device is set to; terminals that can be both have a menu for it."""

    ACCESS = "access"
    ATTENDANCE = "attendance"


class UnlockBehaviour(StrEnum):
    """What the lock's unlock action does."""

    PULSE = "pulse"
    """Unlock for the door's open time; the door locks again by itself."""
    HOLD = "hold"
    """Unlock until the lock action."""


class CardNumbers(StrEnum):
    """How much of a card number leaves the integration."""

    FULL = "full"
    LAST_FOUR = "last_four"
    NONE = "none"
