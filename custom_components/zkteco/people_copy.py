"""Fingerprints, faces and palms, from one device to others.

Lives here: the way of templates through memory, in portions, and what became of them.
They are in no answer, log, event, state or file. Not here: how a device tells and takes
them (`AccessDevice.read_templates`, `write_templates`).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from typing import Final

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.json import JsonObjectType

from .const import DOMAIN
from .coordinator import ZktecoCoordinator
from .people_data import ATTR_USER_ID, in_our_names
from .people_devices import (
    DEVICES_AT_ONCE,
    async_do,
    async_each,
    coordinator_of,
    limits_of,
    response,
    unknown_user,
)
from .people_fields import ATTR_CREDENTIAL_TYPE, ATTR_SOURCE
from .progress import Activity, Outcome, Work
from .protocol.errors import CannotConnect, DeviceError
from .protocol.people import Credential, Failures, Template
from .protocol.plan import Spelling

# Memory holds so many at a time and those of one more user. Each portion costs a
# terminal its whole list.
PORTION_BYTES: Final = 1 << 20


class _Target:
    """One device that gets templates, and what became of them there."""

    def __init__(
        self, coordinator: ZktecoCoordinator, source: str, users: Collection[str]
    ) -> None:
        """`source` is the other device's name, `users` are those who are here."""
        self._coordinator = coordinator
        self._limits = limits_of(coordinator)
        self._source = source
        self._users = users
        self._spelling = Spelling(users, self._limits)
        self._gone: CannotConnect | None = None
        self._copied: Counter[str] = Counter()
        self._skipped: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._failed: dict[str, str] = {}

    async def async_take(self, templates: Sequence[Template]) -> None:
        """Write what fits. Never raises a DeviceError: what went wrong is in the report."""
        fitting = []
        for there in templates:
            user_id = self._spelling.of(there.user_id)
            template = replace(there, user_id=user_id)
            if why_not := self._why_not(template):
                self.skip(template.user_id, why_not)
            else:
                fitting.append(template)
        if not fitting:
            return
        failures = await self._async_write(fitting)
        self.fail(failures, self._coordinator)
        self._copied.update(
            template.user_id for template in fitting if template.user_id not in failures
        )

    def skip(self, user_id: str, reason: HomeAssistantError) -> None:
        """Tell that something about a user was left out."""
        self._skipped[user_id][str(reason)] = None

    def fail(self, failures: Failures, coordinator: ZktecoCoordinator) -> None:
        """Tell that a device, this one or the source, did not do it for some users."""
        for user_id, err in failures.items():
            self._failed[user_id] = str(coordinator.error(in_our_names(err)))

    def work(self) -> AbstractAsyncContextManager[Work]:
        """Show the work within on this device."""
        return self._coordinator.progress.work(Activity.COPY_CREDENTIALS)

    def conclude(self, work: Work) -> None:
        """Tell of how many users something was copied, left out, or not taken."""
        work.end(
            Outcome.COPIED,
            copied=len(self._copied),
            skipped=len(self._skipped),
            failed=len(self._failed),
        )

    def report(self) -> JsonObjectType:
        """Return what became of everybody's templates."""
        return {
            "copied": {**self._copied},
            "skipped": {
                user_id: "; ".join(reasons)
                for user_id, reasons in self._skipped.items()
            },
            "failed": {**self._failed},
        }

    async def _async_write(self, templates: Sequence[Template]) -> Failures:
        """Write templates; an error that is nobody's own is everybody's."""
        everybody = {template.user_id for template in templates}
        # Nobody waits for the same device again and again.
        if self._gone:
            return dict.fromkeys(everybody, self._gone)
        async with self._coordinator.people_lock:
            try:
                return await self._coordinator.device.write_templates(templates)
            except DeviceError as err:
                if isinstance(err, CannotConnect):
                    self._gone = err
                return dict.fromkeys(everybody, err)

    def _why_not(self, template: Template) -> HomeAssistantError | None:
        """Return why a template does not belong here, None if it does."""
        name = self._coordinator.name
        if template.user_id not in self._users:
            return unknown_user(name, template.user_id)
        version = self._limits.templates.get(template.credential)
        if version is None:
            return ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="credential_not_taken",
                translation_placeholders={
                    "name": name,
                    "credential": template.credential,
                },
            )
        if version != template.version:
            return ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="credential_version",
                translation_placeholders={
                    "name": name,
                    "version": version,
                    "source": self._source,
                    "source_version": template.version,
                    "credential": template.credential,
                },
            )
        return None


async def async_copy_credentials(call: ServiceCall) -> ServiceResponse:
    """Copy fingerprints, faces and palms of users whom the targets know."""
    source = coordinator_of(call.hass, call.data[ATTR_SOURCE])
    limits = limits_of(source)
    there = await async_do(
        source,
        source.progress.async_follow(Activity.READ_USERS, source.device.read_users()),
    )
    spelling = Spelling(there, limits)
    wanted = [*map(spelling.of, call.data.get(ATTR_USER_ID, there))]

    async def begin(coordinator: ZktecoCoordinator) -> _Target:
        if coordinator is source:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="source_is_target",
                translation_placeholders={"name": source.name},
            )
        target = _Target(
            coordinator, source.name, await coordinator.device.read_users()
        )
        for user_id in wanted:
            if user_id not in there:
                target.skip(user_id, unknown_user(source.name, user_id))
        return target

    begun = await async_each(call, begin)
    targets = {target for target in begun.values() if isinstance(target, _Target)}
    known = [user_id for user_id in wanted if user_id in there]
    async with AsyncExitStack() as stack:
        works = {
            target: await stack.enter_async_context(target.work()) for target in targets
        }
        if targets:
            kinds = call.data[ATTR_CREDENTIAL_TYPE]
            await _async_stream(source, known, kinds, works)
        for target, work in works.items():
            target.conclude(work)
    return response(
        call,
        {
            device_id: target.report() if isinstance(target, _Target) else target
            for device_id, target in begun.items()
        },
    )


async def _async_stream(
    source: ZktecoCoordinator,
    user_ids: Collection[str],
    kinds: Collection[Credential],
    targets: Mapping[_Target, Work],
) -> None:
    """Carry templates from a device to others, one portion after the other."""
    slots = asyncio.Semaphore(DEVICES_AT_ONCE)
    missing = dict.fromkeys(user_ids)

    def carried() -> float:
        return 1 - len(missing) / len(user_ids)

    async def give(
        target: _Target, work: Work, portion: Sequence[Template], start: float
    ) -> None:
        async with slots:
            with work.part(start, carried()):
                await target.async_take(portion)
            work.tell(carried())

    try:
        async for portion in _portions(source.device.read_templates(user_ids)):
            start = carried()
            for template in portion:
                missing.pop(template.user_id, None)
            fitting = [template for template in portion if template.credential in kinds]
            await asyncio.gather(
                *(give(*target, fitting, start) for target in targets.items())
            )
    except DeviceError as err:
        # What was carried so far is worth telling.
        if len(missing) == len(user_ids):
            raise source.error(err) from err
        for target in targets:
            target.fail(dict.fromkeys(missing, err), source)


async def _portions(
    templates: AsyncIterator[Template],
) -> AsyncIterator[list[Template]]:
    """Yield templates in portions that fit into memory; nobody's are torn apart."""
    portion: list[Template] = []
    size = 0
    async for template in templates:
        if size >= PORTION_BYTES and template.user_id != portion[-1].user_id:
            yield portion
            portion, size = [], 0
        portion.append(template)
        size += len(template.data)
    if portion:
        yield portion
