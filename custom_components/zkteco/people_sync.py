"""One device's people made like another's, or like a list.

Lives here: carrying out a plan, and telling what came of it. Not here: the comparison
(`plan`), the actions (`services_people`).
"""

import asyncio
from collections.abc import Mapping, Sequence

from homeassistant.util.json import JsonObjectType, JsonValueType

from .coordinator import ZktecoCoordinator
from .people_data import Wish, in_our_names, our_names
from .protocol.errors import DeviceError, InvalidValue
from .protocol.people import Failures, Limits, User
from .protocol.plan import Mode, Plan, make_plan


async def async_sync(
    coordinator: ZktecoCoordinator,
    limits: Limits,
    wishes: Mapping[str, Wish],
    mode: Mode,
    *,
    dry_run: bool,
) -> JsonObjectType:
    """Make a device's users what is wished, and tell what was done.

    What one user needs and does not get stops nobody else. Raises a DeviceError when the users cannot be read.
    """
    async with coordinator.people_lock:
        there = await coordinator.device.read_users()
        # Thousands of users take a small computer seconds, in which nothing else may stop.
        plan, refused = await asyncio.to_thread(_plan, wishes, there, limits, mode)
        failed = {} if dry_run else await _async_apply(coordinator, plan)
    skipped = {**plan.skipped, **refused}
    return {
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


def _plan(
    wishes: Mapping[str, Wish], there: Mapping[str, User], limits: Limits, mode: Mode
) -> tuple[Plan, dict[str, InvalidValue]]:
    """Return what is to be done, and for whom nobody can say what."""
    source: list[User] = []
    refused: dict[str, InvalidValue] = {}
    for user_id, wish in wishes.items():
        try:
            source.append(wish(there.get(user_id), limits))
        except InvalidValue as err:
            refused[user_id] = err
    # Who is refused is no stranger: a mirror leaves them as they are.
    target = {key: user for key, user in there.items() if key not in refused}
    return make_plan(source, target, limits, mode), refused


async def _async_apply(coordinator: ZktecoCoordinator, plan: Plan) -> Failures:
    """Carry out a plan, and return why not for whom it could not be."""
    device = coordinator.device
    failed: dict[str, DeviceError] = {}
    # First those who go: they make room, and free their cards.
    if plan.delete:
        try:
            failed |= await device.delete_users(plan.delete)
        except DeviceError as err:
            failed |= dict.fromkeys(plan.delete, err)
    if writes := plan.writes:
        failed |= await _async_write(coordinator, writes)
    return failed


async def _async_write(
    coordinator: ZktecoCoordinator, users: Sequence[User]
) -> Failures:
    """Write users; an error that is nobody's own is everybody's."""
    try:
        return await coordinator.device.write_users(users)
    except DeviceError as err:
        return {user.user_id: err for user in users}


def _reasons(coordinator: ZktecoCoordinator, errors: Failures) -> JsonValueType:
    """Return errors in words, by user ID."""
    return {
        user_id: str(coordinator.error(in_our_names(err)))
        for user_id, err in errors.items()
    }
