"""The actions about people: users, their cards and rights, schedules and holidays.

Lives here: what each of them does on one device, and their registration. Not here: their
fields (`people_fields`), several devices (`people_devices`), bulk changes (`people_sync`,
`people_copy`), what a device can hold (`protocol.people`).
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

import voluptuous as vol

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import service
from homeassistant.util.json import JsonObjectType

from .const import DOMAIN
from .coordinator import ZktecoCoordinator
from .people_copy import async_copy_credentials
from .people_data import (
    ATTR_DATE,
    ATTR_HOLIDAY_TYPE,
    ATTR_PIN_CODE,
    ATTR_TIME_ZONE,
    ATTR_USER_ID,
    ATTR_YEARLY,
    Fields,
    Wish,
    given,
    holiday_data,
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
from .people_devices import (
    Absent,
    as_begun,
    async_each,
    async_write,
    limits_of,
    response,
    unknown_user,
)
from .people_fields import (
    ATTR_CONFIRM,
    ATTR_CREDENTIAL_DATA,
    ATTR_CREDENTIAL_TYPE,
    ATTR_DAYS,
    ATTR_DRY_RUN,
    ATTR_FINGER,
    ATTR_MODE,
    CLEAR_ACCESS_SCHEMA,
    CLEAR_USERS_SCHEMA,
    CONFIRMATION,
    COPY_CREDENTIALS_SCHEMA,
    DELETE_CREDENTIAL_SCHEMA,
    DELETE_HOLIDAY_SCHEMA,
    DEVICES_SCHEMA,
    ENROLL_SCHEMA,
    GET_USERS_SCHEMA,
    ONE_USER_SCHEMA,
    SET_ACCESS_SCHEMA,
    SET_CREDENTIAL_SCHEMA,
    SET_HOLIDAY_SCHEMA,
    SET_TIME_ZONE_SCHEMA,
    SET_USER_ENABLED_SCHEMA,
    SET_USER_SCHEMA,
    SYNC_USERS_SCHEMA,
    one_card,
)
from .people_pending import DATA_WAITING_SYNCS
from .people_sync import async_sync, async_wishes
from .progress import Activity, Outcome
from .protocol.errors import DeviceError, Unsupported
from .protocol.people import (
    Credential,
    Holiday,
    Limits,
    User,
    check_holiday,
    check_time_zone,
    check_user,
)
from .protocol.plan import Cards, Spelling, changed_fields

type Work = Callable[[ZktecoCoordinator, Fields], Awaitable[JsonObjectType]]


# Users


async def _async_get_users(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Return users of a device."""
    limits = limits_of(coordinator)
    users = await coordinator.progress.async_follow(
        Activity.READ_USERS, coordinator.device.read_users()
    )
    wanted: list[str] = fields.get(ATTR_USER_ID, list(users))
    spelling = Spelling(users, limits)
    return {
        "max_users": limits.users,
        "users": [
            user_data(user, limits, coordinator.cards)
            for user_id in wanted
            if (user := users.get(spelling.of(user_id)))
        ],
    }


async def _async_change(
    coordinator: ZktecoCoordinator, user_id: str, wish: Wish
) -> JsonObjectType:
    """Make one user what is wished, and tell what changed."""
    limits = limits_of(coordinator)
    async with coordinator.people_lock:
        there = await coordinator.device.read_users()
        before = there.get(Spelling(there, limits).of(user_id))
        after = wish(as_begun(before, coordinator.due_rights), limits)
        check_user(after, limits)
        Cards(there.values()).check(before, after)
        changed = changed_fields(before or User(user_id=user_id), after, limits)
        if changed or before is None:
            new = {user_id} if before is None else ()
            _raise_first(await async_write(coordinator, [after], new))
        coordinator.due_rights.pop(after.user_id, None)
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
            raise unknown_user(coordinator.name, user_id)
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
    limits = limits_of(coordinator)
    async with coordinator.people_lock:
        there = await coordinator.device.read_users()
        user_id = Spelling(there, limits).of(fields[ATTR_USER_ID])
        known = user_id in there
        if known:
            _raise_first(await coordinator.device.delete_users([user_id]))
    return {ATTR_USER_ID: fields[ATTR_USER_ID], "deleted": known}


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
        coordinator,
        fields,
        lambda user, limits: with_card(user, one_card(told), limits),
    )


async def _async_delete_credential(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Take a PIN code, a card, or all cards from a user."""
    if fields[ATTR_CREDENTIAL_TYPE] == ATTR_PIN_CODE:
        pin_code = {**fields, ATTR_PIN_CODE: ""}
        return await _async_change_fields(coordinator, pin_code)
    told: str | None = fields.get(ATTR_CREDENTIAL_DATA)
    card = None if told is None else one_card(told)
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
    if credential not in limits_of(coordinator).enrols:
        raise Unsupported
    user_id: str = fields[ATTR_USER_ID]
    # Some devices tell when somebody is asked, some when that is over.
    async with coordinator.progress.work(Activity.ENROL) as work:
        await coordinator.device.enrol(user_id, credential, fields[ATTR_FINGER])
        work.end(Outcome.ENROLLED, user_id=user_id)
    return {ATTR_USER_ID: user_id, "started": True}


async def _async_clear_users(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Delete every user, on a person's explicit word."""
    limits_of(coordinator)
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
    wishes = await async_wishes(call.hass, call.data)
    syncs = call.hass.data[DATA_WAITING_SYNCS]
    absent: Absent[JsonObjectType] | None = None
    if call.data[ATTR_DRY_RUN]:

        async def sync(coordinator: ZktecoCoordinator) -> JsonObjectType:
            return await coordinator.progress.async_follow(
                Activity.READ_USERS,
                async_sync(coordinator, wishes, call.data[ATTR_MODE]),
            )

    else:
        sync = partial(syncs.async_sync, call=call.data, wishes=wishes)
        absent = partial(syncs.async_absent, call=call.data)
    return response(call, await async_each(call, sync, absent))


# Schedules and holidays


async def _async_get_time_zones(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Return the weekly schedules of a device."""
    limits_of(coordinator)
    zones = await coordinator.device.read_time_zones()
    return {"time_zones": [time_zone_data(zones[number]) for number in sorted(zones)]}


async def _async_set_time_zone(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Change days of a weekly schedule."""
    limits = limits_of(coordinator)
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
    limits_of(coordinator)
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
    check_holiday(holiday, limits_of(coordinator))
    await coordinator.device.write_holiday(holiday)
    return holiday_data(holiday)


async def _async_delete_holiday(
    coordinator: ZktecoCoordinator, fields: Fields
) -> JsonObjectType:
    """Delete a holiday."""
    limits_of(coordinator)
    day: date = fields[ATTR_DATE]
    there = await coordinator.device.read_holidays()
    known = day in {holiday.day for holiday in there}
    if known:
        await coordinator.device.delete_holiday(day)
    return {ATTR_DATE: day.isoformat(), "deleted": known}


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


async def _async_on_each(work: Work, call: ServiceCall) -> ServiceResponse:
    """Do something on every device that an action names, and answer by device ID."""
    return response(
        call,
        await async_each(call, lambda coordinator: work(coordinator, call.data)),
    )


@callback
def async_setup_people_services(hass: HomeAssistant) -> None:
    """Register the actions; people are administrators' business, reading them too."""
    handlers: dict[str, tuple[Callable[[ServiceCall], Any], Any]] = {
        name: (partial(_async_on_each, work), schema)
        for name, (work, schema) in _ACTIONS.items()
    }
    handlers["sync_users"] = _async_sync_users, SYNC_USERS_SCHEMA
    handlers["copy_credentials"] = async_copy_credentials, COPY_CREDENTIALS_SCHEMA
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
