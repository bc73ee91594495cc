"""One device's people made like another's, or like a list.

Lives here: carrying out a plan, and telling what came of it. Not here: the comparison
(`plan`), the action (`services_people`), devices that are away (`people_pending`).
"""

import asyncio
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.json import JsonObjectType, JsonValueType

from .const import DOMAIN
from .coordinator import ZktecoCoordinator
from .people_data import (
    ATTR_USER_ID,
    Fields,
    Wish,
    given,
    in_our_names,
    like,
    our_names,
)
from .people_devices import as_begun, async_do, async_write, coordinator_of, limits_of
from .people_fields import ATTR_MODE, ATTR_SOURCE, ATTR_USERS
from .progress import Activity
from .protocol import progress
from .protocol.errors import CannotConnect, DeviceError, InvalidValue
from .protocol.people import Failures, Limits, Right, User
from .protocol.plan import Mode, Plan, Spelling, make_plan


async def async_wishes(hass: HomeAssistant, call: Fields) -> dict[str, Wish]:
    """Return what users have to be, from a device or from the call itself."""
    if (source := call.get(ATTR_SOURCE)) is None:
        users: list[Fields] = call[ATTR_USERS]
        wishes = {fields[ATTR_USER_ID]: given(fields) for fields in users}
    else:
        coordinator = coordinator_of(hass, source)
        abilities = limits_of(coordinator).abilities
        there = await async_do(
            coordinator,
            coordinator.progress.async_follow(
                Activity.READ_USERS, coordinator.device.read_users()
            ),
        )
        wishes = {user_id: like(user, abilities) for user_id, user in there.items()}
    if call[ATTR_MODE] is Mode.MIRROR and not wishes:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="nobody_to_mirror"
        )
    return wishes


async def async_sync(
    coordinator: ZktecoCoordinator,
    wishes: Mapping[str, Wish],
    mode: Mode,
    *,
    dry_run: bool = True,
) -> JsonObjectType:
    """Make a device's users what is wished, and tell what was done.

    What one user needs and does not get stops nobody else. Raises a DeviceError when the users cannot be read.
    """
    limits = limits_of(coordinator)
    async with coordinator.people_lock:
        with progress.part(0, 0.2):
            there = await coordinator.device.read_users()
        # Thousands of users take a small computer seconds, in which nothing else may stop.
        plan, refused = await asyncio.to_thread(
            _plan, wishes, there, limits, mode, coordinator.due_rights
        )
        with progress.part(0.2, 1):
            failed = {} if dry_run else await _async_apply(coordinator, plan)
    skipped = {**plan.skipped, **refused}
    report: JsonObjectType = {
        "dry_run": dry_run,
        "added": [user_id for user_id in plan.add if user_id not in failed],
        "updated": {
            user_id: our_names(fields)
            for user_id, (_, fields) in plan.update.items()
            if user_id not in failed
        },
        "deleted": [user_id for user_id in plan.delete if user_id not in failed],
        "unchanged": plan.unchanged,
        "skipped": _reasons(coordinator, skipped),
        "failed": _reasons(coordinator, failed),
    }
    if away := [err for err in failed.values() if isinstance(err, CannotConnect)]:
        report |= waiting(str(coordinator.error(away[0])))
    return report


def waiting(reason: str) -> JsonObjectType:
    """Return what tells that something is left to do when a device is back."""
    return {"waiting": True, "reason": reason}


def _plan(
    wishes: Mapping[str, Wish],
    there: Mapping[str, User],
    limits: Limits,
    mode: Mode,
    due: Mapping[str, frozenset[Right]],
) -> tuple[Plan, dict[str, InvalidValue]]:
    """Return what is to be done, and for whom nobody can say what."""
    source: list[User] = []
    refused: dict[str, InvalidValue] = {}
    spelling = Spelling(there, limits)
    for user_id, wish in wishes.items():
        try:
            user = wish(as_begun(there.get(spelling.of(user_id)), due), limits)
            source.append(replace(user, user_id=user_id))
        except InvalidValue as err:
            refused[user_id] = err
    # Who is refused is no stranger: a mirror leaves them as they are.
    kept = {spelling.person(user_id) for user_id in refused}
    target = {
        key: user for key, user in there.items() if spelling.person(key) not in kept
    }
    plan = make_plan(source, target, limits, mode)
    if not (plan.writes or plan.unchanged):
        # A list of which nobody fits is no more a reason to delete everybody than an empty one.
        plan = replace(plan, delete=())
    return plan, refused


async def _async_apply(coordinator: ZktecoCoordinator, plan: Plan) -> Failures:
    """Carry out a plan, and return why not for whom it could not be."""
    device = coordinator.device
    failed: dict[str, DeviceError] = {}
    writes = plan.writes
    # First those who go: they make room, and free their cards.
    going = len(plan.delete) / max(len(plan.delete) + len(writes), 1)
    if plan.delete:
        try:
            with progress.part(0, going):
                failed |= await device.delete_users(plan.delete)
        except DeviceError as err:
            failed |= dict.fromkeys(plan.delete, err)
    if writes:
        with progress.part(going, 1):
            failed |= await _async_write(coordinator, writes, plan.add)
    return failed


async def _async_write(
    coordinator: ZktecoCoordinator, users: Sequence[User], new: Container[str]
) -> Failures:
    """Write users; an error that is nobody's own is everybody's."""
    try:
        return await async_write(coordinator, users, new)
    except DeviceError as err:
        return {user.user_id: err for user in users}


def _reasons(coordinator: ZktecoCoordinator, errors: Failures) -> JsonValueType:
    """Return errors in words, by user ID."""
    return {
        user_id: str(coordinator.error(in_our_names(err)))
        for user_id, err in errors.items()
    }
