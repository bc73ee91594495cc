"""The actions about people: users, their cards and rights, schedules and holidays.

Lives here: their registration and fields, and what happens when one of several devices
fails. Not here: how people look in actions (`people_data`), bulk changes (`people_sync`),
what a device can hold (`protocol.people`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from functools import partial
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.helpers.typing import VolDictType
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from .const import DOMAIN
from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
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
    Wish,
    given,
    holiday_data,
    in_our_names,
    like,
    limits_data,
    our_names,
    time_zone_data,
    user_data,
    with_access,
    with_card,
    with_days,
    with_fields,
    without_access,
    without_card,
)
from .people_sync import async_sync
from .protocol.errors import DeviceError, Unsupported
from .protocol.people import (
    ALWAYS,
    Credential,
    Holiday,
    Limits,
    Privilege,
    User,
    Weekday,
    check_holiday,
    check_time_zone,
    check_user,
)
from .protocol.plan import Mode, changed_fields

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
DEVICES_AT_ONCE: Final = 4

type Work = Callable[[ZktecoCoordinator, Fields], Awaitable[JsonObjectType]]


def _card(value: object) -> str:
    """Return a card number as devices keep it; they print it with zeros in front."""
    text = cv.string(value).strip()
    return text.lstrip("0") if text.isdigit() else text


def _cards(value: object) -> tuple[str, ...]:
    """Return one card or several; nothing, or an empty text, is none."""
    cards = value if isinstance(value, list) else [value]
    return tuple(_card(card) for card in cards if card not in (None, ""))


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
        # Devices keep the time of their home.
        if moment.tzinfo:
            moment = dt_util.as_local(moment).replace(tzinfo=None)
        return moment.replace(microsecond=0)

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
SYNC_USERS_SCHEMA = vol.All(
    DEVICES_SCHEMA.extend(
        {
            vol.Optional(ATTR_SOURCE): cv.string,
            vol.Optional(ATTR_USERS): vol.All(
                cv.ensure_list, [vol.Schema(USER)], _known_once
            ),
            vol.Optional(ATTR_MODE, default=Mode.MERGE): vol.Coerce(Mode),
            vol.Optional(ATTR_DRY_RUN, default=False): cv.boolean,
        }
    ),
    cv.has_at_least_one_key(ATTR_SOURCE, ATTR_USERS),
    cv.has_at_most_one_key(ATTR_SOURCE, ATTR_USERS),
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


# On one or several devices


@callback
def _coordinator(hass: HomeAssistant, device_id: str) -> ZktecoCoordinator:
    """Return the coordinator of the device, or of the device of the door, that is meant."""
    entry: ZktecoConfigEntry
    _, entry = service.async_get_device_and_config_entry(hass, DOMAIN, device_id)
    return entry.runtime_data


async def _async_each(work: Work, call: ServiceCall) -> ServiceResponse:
    """Do something on every device that an action names, and answer by device ID.

    One that fails stops no other and answers with its error. The action itself fails
    when all of them did, or when one did and nobody looks at the answers.
    """
    slots = asyncio.Semaphore(DEVICES_AT_ONCE)
    done: dict[str, asyncio.Task[JsonObjectType]] = {}

    async def run(coordinator: ZktecoCoordinator) -> JsonObjectType:
        async with slots:
            try:
                return await work(coordinator, call.data)
            except DeviceError as err:
                raise coordinator.error(in_our_names(err)) from err

    async def answer(device_id: str) -> JsonObjectType:
        coordinator = _coordinator(call.hass, device_id)
        # Two doors of one panel are one device.
        if coordinator.serial not in done:
            done[coordinator.serial] = call.hass.async_create_task(run(coordinator))
        return await done[coordinator.serial]

    devices = list(dict.fromkeys(cv.ensure_list(call.data[ATTR_DEVICE_ID])))
    answers = await asyncio.gather(*map(answer, devices), return_exceptions=True)
    response: JsonObjectType = {}
    errors: list[HomeAssistantError] = []
    for device_id, result in zip(devices, answers, strict=True):
        if isinstance(result, HomeAssistantError):
            errors.append(result)
            response[device_id] = {"error": str(result)}
        elif isinstance(result, BaseException):
            raise result
        else:
            response[device_id] = result
    if errors and len(devices) == 1:
        raise errors[0]
    if len(errors) == len(devices) or (errors and not call.return_response):
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="devices_failed",
            translation_placeholders={
                "count": str(len(errors)),
                "total": str(len(devices)),
                "errors": "; ".join(dict.fromkeys(map(str, errors))),
            },
        )
    return response


def _limits(coordinator: ZktecoCoordinator) -> Limits:
    """Return what a device can hold."""
    limits = coordinator.device.people
    if limits is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_user_management",
            translation_placeholders={"name": coordinator.name},
        )
    return limits


# Users


async def _async_get_users(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Return users of a device."""
    limits = _limits(coordinator)
    users = await coordinator.device.read_users()
    wanted: list[str] = fields.get(ATTR_USER_ID, list(users))
    return {
        "max_users": limits.users,
        "users": [
            user_data(users[user_id], limits, coordinator.cards)
            for user_id in wanted
            if user_id in users
        ],
    }


async def _async_change(
    coordinator: ZktecoCoordinator, user_id: str, wish: Wish
) -> JsonObjectType:
    """Make one user what is wished, and tell what changed."""
    limits = _limits(coordinator)
    device = coordinator.device
    async with coordinator.people_lock:
        before = (await device.read_users()).get(user_id)
        after = wish(before, limits)
        check_user(after, limits)
        changed = changed_fields(before or User(user_id=user_id), after, limits)
        if changed or before is None:
            _raise_first(await device.write_users([after]))
    return {
        ATTR_USER_ID: user_id,
        "created": before is None,
        "changed": our_names(changed),
    }


async def _async_change_known(
    coordinator: ZktecoCoordinator,
    fields: Fields,
    change: Callable[[User, Limits], User],
) -> JsonObjectType:
    """Change a user whom the device must have."""
    user_id: str = fields[ATTR_USER_ID]

    def wish(user: User | None, limits: Limits) -> User:
        if user is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="unknown_user",
                translation_placeholders={
                    "name": coordinator.name,
                    ATTR_USER_ID: user_id,
                },
            )
        return change(user, limits)

    return await _async_change(coordinator, user_id, wish)


def _raise_first(failures: Mapping[str, DeviceError]) -> None:
    """Raise what went wrong for the only user that was meant."""
    for err in failures.values():
        raise err


async def _async_set_user(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Add a user, or change what is given."""
    return await _async_change(coordinator, fields[ATTR_USER_ID], given(fields))


async def _async_change_fields(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Change what is given about a user."""
    return await _async_change_known(
        coordinator, fields, lambda user, limits: with_fields(user, fields, limits)
    )


async def _async_delete_user(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Delete a user with everything that belongs to them."""
    _limits(coordinator)
    user_id: str = fields[ATTR_USER_ID]
    async with coordinator.people_lock:
        known = user_id in await coordinator.device.read_users()
        if known:
            _raise_first(await coordinator.device.delete_users([user_id]))
    return {ATTR_USER_ID: user_id, "deleted": known}


async def _async_set_access(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Let a user in at doors."""
    return await _async_change_known(
        coordinator, fields, lambda user, limits: with_access(user, fields, limits)
    )


async def _async_clear_access(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Let a user in at doors no longer."""
    return await _async_change_known(
        coordinator, fields, lambda user, limits: without_access(user, fields, limits)
    )


async def _async_set_credential(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Give a user a PIN code or a card."""
    told: str = fields[ATTR_CREDENTIAL_DATA]
    if fields[ATTR_CREDENTIAL_TYPE] == ATTR_PIN_CODE:
        pin_code = {**fields, ATTR_PIN_CODE: told}
        return await _async_change_fields(coordinator, pin_code)
    return await _async_change_known(
        coordinator, fields, lambda user, limits: with_card(user, _card(told), limits)
    )


async def _async_delete_credential(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Take a PIN code, a card, or all cards from a user."""
    if fields[ATTR_CREDENTIAL_TYPE] == ATTR_PIN_CODE:
        pin_code = {**fields, ATTR_PIN_CODE: ""}
        return await _async_change_fields(coordinator, pin_code)
    told: str | None = fields.get(ATTR_CREDENTIAL_DATA)
    card = None if told is None else _card(told)
    return await _async_change_known(
        coordinator, fields, lambda user, limits: without_card(user, card)
    )


async def _async_get_capabilities(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Return what a device can hold about people."""
    return limits_data(coordinator.device.people)


async def _async_enroll(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Let a device ask a person for a credential."""
    credential: Credential = fields[ATTR_CREDENTIAL_TYPE]
    if credential not in _limits(coordinator).enrols:
        raise Unsupported
    await coordinator.device.enrol(
        fields[ATTR_USER_ID], credential, fields[ATTR_FINGER]
    )
    return {ATTR_USER_ID: fields[ATTR_USER_ID], "started": True}


async def _async_clear_users(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Delete every user, on a person's explicit word."""
    _limits(coordinator)
    if fields[ATTR_CONFIRM] != CONFIRMATION:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_confirmed",
            translation_placeholders={"text": CONFIRMATION},
        )
    async with coordinator.people_lock:
        await coordinator.device.clear_users()
    return {"cleared": True}


async def _async_sync_users(call: ServiceCall) -> ServiceResponse:
    """Make the users of devices like those of another one, or like a list."""
    wishes = await _async_wishes(call)
    mode: Mode = call.data[ATTR_MODE]
    if mode is Mode.MIRROR and not wishes:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="nobody_to_mirror"
        )

    async def sync(coordinator: ZktecoCoordinator, fields: Fields) -> JsonObjectType:
        return await async_sync(
            coordinator,
            _limits(coordinator),
            wishes,
            mode,
            dry_run=fields[ATTR_DRY_RUN],
        )

    return await _async_each(sync, call)


async def _async_wishes(call: ServiceCall) -> dict[str, Wish]:
    """Return what users have to be, from a device or from the call itself."""
    if (source := call.data.get(ATTR_SOURCE)) is None:
        users: list[Fields] = call.data[ATTR_USERS]
        return {fields[ATTR_USER_ID]: given(fields) for fields in users}
    coordinator = _coordinator(call.hass, source)
    abilities = _limits(coordinator).abilities
    there = await coordinator.async_run(coordinator.device.read_users())
    return {user_id: like(user, abilities) for user_id, user in there.items()}


# Schedules and holidays


async def _async_get_time_zones(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Return the weekly schedules of a device."""
    _limits(coordinator)
    zones = await coordinator.device.read_time_zones()
    return {"time_zones": [time_zone_data(zones[number]) for number in sorted(zones)]}


async def _async_set_time_zone(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Change days of a weekly schedule."""
    limits = _limits(coordinator)
    number: int = fields[ATTR_TIME_ZONE]
    async with coordinator.people_lock:
        there = (await coordinator.device.read_time_zones()).get(number)
        zone = with_days(there, number, fields[ATTR_DAYS])
        check_time_zone(zone, limits)
        await coordinator.device.write_time_zone(zone)
    return time_zone_data(zone)


async def _async_get_holidays(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Return the holidays of a device."""
    _limits(coordinator)
    holidays = await coordinator.device.read_holidays()
    return {
        "holidays": [
            holiday_data(holiday)
            for holiday in sorted(holidays, key=lambda holiday: holiday.day)
        ]
    }


async def _async_set_holiday(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Add or change a holiday."""
    holiday = Holiday(
        day=fields[ATTR_DATE],
        kind=fields[ATTR_HOLIDAY_TYPE],
        yearly=fields[ATTR_YEARLY],
    )
    check_holiday(holiday, _limits(coordinator))
    await coordinator.device.write_holiday(holiday)
    return holiday_data(holiday)


async def _async_delete_holiday(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Delete a holiday."""
    _limits(coordinator)
    day: date = fields[ATTR_DATE]
    await coordinator.device.delete_holiday(day)
    return {ATTR_DATE: day.isoformat(), "deleted": True}


_ACTIONS: Final[Mapping[str, tuple[Work, vol.Schema]]] = {
    "get_users": (_async_get_users, GET_USERS_SCHEMA),
    "set_user": (_async_set_user, SET_USER_SCHEMA),
    "delete_user": (_async_delete_user, ONE_USER_SCHEMA),
    "set_user_enabled": (_async_change_fields, SET_USER_ENABLED_SCHEMA),
    "set_access": (_async_set_access, SET_ACCESS_SCHEMA),
    "clear_access": (_async_clear_access, CLEAR_ACCESS_SCHEMA),
    "set_credential": (_async_set_credential, SET_CREDENTIAL_SCHEMA),
    "delete_credential": (_async_delete_credential, DELETE_CREDENTIAL_SCHEMA),
    "get_credential_capabilities": (_async_get_capabilities, DEVICES_SCHEMA),
    "enroll": (_async_enroll, ENROLL_SCHEMA),
    "clear_users": (_async_clear_users, CLEAR_USERS_SCHEMA),
    "get_time_zones": (_async_get_time_zones, DEVICES_SCHEMA),
    "set_time_zone": (_async_set_time_zone, SET_TIME_ZONE_SCHEMA),
    "get_holidays": (_async_get_holidays, DEVICES_SCHEMA),
    "set_holiday": (_async_set_holiday, SET_HOLIDAY_SCHEMA),
    "delete_holiday": (_async_delete_holiday, DELETE_HOLIDAY_SCHEMA),
}


@callback
def async_setup_people_services(hass: HomeAssistant) -> None:
    """Register the actions; people are administrators' business, reading them too."""
    handlers: dict[str, tuple[Callable[[ServiceCall], Any], Any]] = {
        name: (partial(_async_each, work), schema)
        for name, (work, schema) in _ACTIONS.items()
    }
    handlers["sync_users"] = _async_sync_users, SYNC_USERS_SCHEMA
    for name, (handler, schema) in handlers.items():
        service.async_register_admin_service(
            hass,
            DOMAIN,
            name,
            handler,
            schema=schema,
            supports_response=(
                SupportsResponse.ONLY
                if name.startswith("get_")
                else SupportsResponse.OPTIONAL
            ),
        )
