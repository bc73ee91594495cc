"""An action about people on one or several devices at a time.

Lives here: which devices are meant, and what happens when one of them fails. Not here:
what is done on each (`services_people`, `people_copy`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util.json import JsonObjectType

from .const import DOMAIN
from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .people_data import in_our_names
from .protocol.errors import DeviceError
from .protocol.people import Failures, Limits, Right, User

DEVICES_AT_ONCE: Final = 4

type Absent[T] = Callable[[str, ServiceValidationError], Awaitable[T]]
"""What is done for a device that is not set up, and what was wrong."""


@callback
def coordinator_of(hass: HomeAssistant, device_id: str) -> ZktecoCoordinator:
    """Return the coordinator of the device, or of the device of the door, that is meant."""
    entry: ZktecoConfigEntry
    _, entry = service.async_get_device_and_config_entry(hass, DOMAIN, device_id)
    return entry.runtime_data


def limits_of(coordinator: ZktecoCoordinator) -> Limits:
    """Return what a device can hold."""
    limits = coordinator.device.people
    if limits is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_user_management",
            translation_placeholders={"name": coordinator.name},
        )
    return limits


def unknown_user(name: str, user_id: str) -> ServiceValidationError:
    """Return the error that a device has no such user."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="unknown_user",
        translation_placeholders={"name": name, "user_id": user_id},
    )


async def async_do[T](coordinator: ZktecoCoordinator, work: Awaitable[T]) -> T:
    """Do something on a device; its errors become translated ones, in the names of actions."""
    try:
        return await work
    except DeviceError as err:
        raise coordinator.error(in_our_names(err)) from err


def as_begun(user: User | None, due: Mapping[str, frozenset[Right]]) -> User | None:
    """Return a user of a device with the rights that are due, as if making them had not failed half-way.

    Otherwise doing it again would find somebody whom the device knows, and leave them outside.
    """
    if user is None or user.rights:
        return user
    return replace(user, rights=due.get(user.user_id, user.rights))


async def async_write(
    coordinator: ZktecoCoordinator, users: Sequence[User], new: Container[str]
) -> Failures:
    """Write users, and remember what is due to new ones until they have it."""
    due = coordinator.due_rights
    due |= {user.user_id: user.rights for user in users if user.user_id in new}
    failures = await coordinator.device.write_users(users)
    for user in users:
        if user.user_id not in failures:
            due.pop(user.user_id, None)
    return failures


async def async_each[T](
    call: ServiceCall,
    work: Callable[[ZktecoCoordinator], Awaitable[T]],
    absent: Absent[T] | None = None,
) -> dict[str, T | HomeAssistantError]:
    """Do something on every device that an action names, and return what came of it by device ID.

    One that fails stops no other.
    """
    slots = asyncio.Semaphore(DEVICES_AT_ONCE)
    done: dict[str, asyncio.Task[T]] = {}

    async def run(coordinator: ZktecoCoordinator) -> T:
        async with slots:
            return await async_do(coordinator, work(coordinator))

    async def result(device_id: str) -> T:
        try:
            coordinator = coordinator_of(call.hass, device_id)
        except ServiceValidationError as err:
            if absent is None:
                raise
            return await absent(device_id, err)
        # Two doors of one panel are one device.
        if coordinator.serial not in done:
            done[coordinator.serial] = call.hass.async_create_task(run(coordinator))
        return await done[coordinator.serial]

    devices = list(dict.fromkeys(cv.ensure_list(call.data[ATTR_DEVICE_ID])))
    results = await asyncio.gather(*map(result, devices), return_exceptions=True)
    answers: dict[str, T | HomeAssistantError] = {}
    for device_id, answer in zip(devices, results, strict=True):
        if isinstance(answer, BaseException) and not isinstance(
            answer, HomeAssistantError
        ):
            raise answer
        answers[device_id] = answer
    return answers


def response(
    call: ServiceCall, answers: Mapping[str, JsonObjectType | HomeAssistantError]
) -> ServiceResponse:
    """Return the answers of devices; one that failed answers with its error.

    The action itself fails when all of them did, or when one did and nobody looks at the
    answers.
    """
    errors = [
        answer for answer in answers.values() if isinstance(answer, HomeAssistantError)
    ]
    if errors and len(answers) == 1:
        raise errors[0]
    if len(errors) == len(answers) or (errors and not call.return_response):
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="devices_failed",
            translation_placeholders={
                "count": str(len(errors)),
                "total": str(len(answers)),
                "errors": "; ".join(dict.fromkeys(map(str, errors))),
            },
        )
    return {
        device_id: {"error": str(answer)}
        if isinstance(answer, HomeAssistantError)
        else answer
        for device_id, answer in answers.items()
    }
