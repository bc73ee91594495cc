"""The fields of the actions about people: what a caller may write, and what becomes of it.

Lives here: names, validators and schemas. Not here: what the fields mean (`people_data`),
what is done with them (`services_people`).
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time
from typing import Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType
from homeassistant.util import dt as dt_util

from .people_data import (
    ALL,
    ATTR_ACTIVE,
    ATTR_CARD,
    ATTR_DATE,
    ATTR_DOORS,
    ATTR_GROUP,
    ATTR_HOLIDAY_TYPE,
    ATTR_PIN_CODE,
    ATTR_PRIVILEGE,
    ATTR_TIME_ZONE,
    ATTR_USER_ID,
    ATTR_USER_NAME,
    ATTR_VALID_FROM,
    ATTR_VALID_UNTIL,
    ATTR_VERIFY_STYLE,
    ATTR_YEARLY,
    Fields,
)
from .protocol.people import ALWAYS, Credential, Privilege, Weekday
from .protocol.plan import Mode

ATTR_CONFIRM = "confirm"
ATTR_CREDENTIAL_DATA = "credential_data"
ATTR_CREDENTIAL_TYPE = "credential_type"
ATTR_DAYS = "days"
ATTR_DRY_RUN = "dry_run"
ATTR_FINGER = "finger"
ATTR_MODE = "mode"
ATTR_SOURCE = "source"
ATTR_USERS = "users"

CONFIRMATION: Final = "delete all users"


def one_card(value: object) -> str:
    """Return a card number as devices keep it; they print it with zeros in front."""
    text = cv.string(value).strip()
    return text.lstrip("0") if text.isdigit() else text


def _cards(value: object) -> tuple[str, ...]:
    """Return one card or several, each once; nothing, or an empty text, is none."""
    cards = value if isinstance(value, list) else [value]
    told = (one_card(card) for card in cards if card not in (None, ""))
    return tuple(dict.fromkeys(told))


def _pin_code(value: object) -> str:
    """Return a PIN code; nothing is none."""
    return "" if value is None else cv.string(value)


def _doors(value: object) -> str | list[int]:
    """Return door numbers, or that all doors are meant."""
    doors = cv.ensure_list(value)
    return ALL if ALL in doors else [NUMBER(door) for door in doors]


def _moment(day_ends_at: time) -> Callable[[object], datetime | None]:
    """Return a validator of a moment; of a mere date, it is that time of the day."""

    def validate(value: object) -> datetime | None:
        if value is None or value == "":
            return None
        if isinstance(value, str) and len(value) == len("2026-11-22"):
            value = cv.date(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, day_ends_at)
        moment = cv.datetime(value)
        # Devices keep the time of their home. What has none is far beyond what any can keep.
        if moment.tzinfo:
            with suppress(OverflowError):
                moment = dt_util.as_local(moment)
        return moment.replace(tzinfo=None, microsecond=0)

    return validate


def _time_of_day(value: object) -> time:
    """Return a time of day to the minute; 24:00 is the last one."""
    text = ":".join(str(value).split(":")[:2])
    return time(23, 59) if text == "24:00" else cv.time(text)


def _known_once(users: list[Fields]) -> list[Fields]:
    """Return users if each of them is there once."""
    ids = [user[ATTR_USER_ID] for user in users]
    if len(ids) > len(set(ids)):
        raise vol.Invalid("a user_id is there twice", path=[ATTR_USER_ID])
    return users


NUMBER: Final = vol.Coerce(int)
VALIDITY: Final[VolDictType] = {
    vol.Optional(ATTR_VALID_FROM): _moment(time.min),
    vol.Optional(ATTR_VALID_UNTIL): _moment(time(23, 59, 59)),
}
USER: Final[VolDictType] = {
    vol.Required(ATTR_USER_ID): cv.string,
    vol.Optional(ATTR_USER_NAME): cv.string,
    vol.Optional(ATTR_ACTIVE): cv.boolean,
    vol.Optional(ATTR_CARD): _cards,
    vol.Optional(ATTR_PIN_CODE): _pin_code,
    vol.Optional(ATTR_PRIVILEGE): vol.Coerce(Privilege),
    vol.Optional(ATTR_GROUP): NUMBER,
    **VALIDITY,
    vol.Optional(ATTR_DOORS): _doors,
    vol.Optional(ATTR_TIME_ZONE): NUMBER,
    vol.Optional(ATTR_VERIFY_STYLE): vol.Any(None, NUMBER),
}
CREDENTIAL_TYPES: Final = (ATTR_PIN_CODE, Credential.CARD.value)
TEMPLATE_TYPES: Final = (Credential.FINGERPRINT, Credential.FACE, Credential.PALM)

DEVICES_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): vol.All(
            cv.ensure_list, [cv.string], vol.Length(min=1)
        )
    }
)
ONE_USER_SCHEMA = DEVICES_SCHEMA.extend({vol.Required(ATTR_USER_ID): cv.string})
GET_USERS_SCHEMA = DEVICES_SCHEMA.extend(
    {vol.Optional(ATTR_USER_ID): vol.All(cv.ensure_list, [cv.string])}
)
SET_USER_SCHEMA = DEVICES_SCHEMA.extend(USER)
SET_USER_ENABLED_SCHEMA = ONE_USER_SCHEMA.extend(
    {vol.Required(ATTR_ACTIVE): cv.boolean}
)
SET_ACCESS_SCHEMA = ONE_USER_SCHEMA.extend(
    {
        vol.Optional(ATTR_DOORS, default=ALL): _doors,
        vol.Optional(ATTR_TIME_ZONE, default=ALWAYS): NUMBER,
        **VALIDITY,
    }
)
CLEAR_ACCESS_SCHEMA = ONE_USER_SCHEMA.extend(
    {
        vol.Optional(ATTR_DOORS, default=ALL): _doors,
        vol.Optional(ATTR_TIME_ZONE): NUMBER,
    }
)
SET_CREDENTIAL_SCHEMA = ONE_USER_SCHEMA.extend(
    {
        vol.Required(ATTR_CREDENTIAL_TYPE): vol.In(CREDENTIAL_TYPES),
        vol.Required(ATTR_CREDENTIAL_DATA): cv.string,
    }
)
DELETE_CREDENTIAL_SCHEMA = ONE_USER_SCHEMA.extend(
    {
        vol.Required(ATTR_CREDENTIAL_TYPE): vol.In(CREDENTIAL_TYPES),
        vol.Optional(ATTR_CREDENTIAL_DATA): cv.string,
    }
)
ENROLL_SCHEMA = ONE_USER_SCHEMA.extend(
    {
        vol.Required(ATTR_CREDENTIAL_TYPE): vol.Coerce(Credential),
        vol.Optional(ATTR_FINGER, default=0): vol.All(NUMBER, vol.Range(min=0, max=9)),
    }
)
CLEAR_USERS_SCHEMA = vol.Schema(
    {
        # One device at a time: this is not to be done in passing.
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_CONFIRM): cv.string,
    }
)
SYNC: Final[VolDictType] = {
    vol.Optional(ATTR_SOURCE): cv.string,
    vol.Optional(ATTR_USERS): vol.All(cv.ensure_list, [vol.Schema(USER)], _known_once),
    vol.Optional(ATTR_MODE, default=Mode.MERGE): vol.Coerce(Mode),
}
SYNC_USERS_SCHEMA = vol.All(
    DEVICES_SCHEMA.extend(
        {**SYNC, vol.Optional(ATTR_DRY_RUN, default=False): cv.boolean}
    ),
    cv.has_at_least_one_key(ATTR_SOURCE, ATTR_USERS),
    cv.has_at_most_one_key(ATTR_SOURCE, ATTR_USERS),
)
COPY_CREDENTIALS_SCHEMA = DEVICES_SCHEMA.extend(
    {
        vol.Required(ATTR_SOURCE): cv.string,
        vol.Optional(ATTR_USER_ID): vol.All(cv.ensure_list, [cv.string]),
        vol.Optional(ATTR_CREDENTIAL_TYPE, default=list(TEMPLATE_TYPES)): vol.All(
            cv.ensure_list,
            [vol.All(vol.In(TEMPLATE_TYPES), vol.Coerce(Credential))],
            vol.Length(min=1),
        ),
    }
)
INTERVAL = vol.Schema(
    {vol.Required("from"): _time_of_day, vol.Required("to"): _time_of_day},
    # What a schedule of Home Assistant has besides.
    extra=vol.REMOVE_EXTRA,
)
SET_TIME_ZONE_SCHEMA = DEVICES_SCHEMA.extend(
    {
        vol.Required(ATTR_TIME_ZONE): NUMBER,
        vol.Required(ATTR_DAYS): vol.Schema(
            {vol.In([day.name.lower() for day in Weekday]): [INTERVAL]}
        ),
    }
)
DELETE_HOLIDAY_SCHEMA = DEVICES_SCHEMA.extend({vol.Required(ATTR_DATE): cv.date})
SET_HOLIDAY_SCHEMA = DELETE_HOLIDAY_SCHEMA.extend(
    {
        vol.Optional(ATTR_HOLIDAY_TYPE, default=1): NUMBER,
        vol.Optional(ATTR_YEARLY, default=False): cv.boolean,
    }
)
