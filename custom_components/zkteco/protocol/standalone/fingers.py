"""The fingers of one terminal's users, in the words that all devices share.

Lives here: reading and writing their templates, and starting an enrolment. Not here: layouts (`templates`), the requests
(`people`), how a change is done and proven (`changes`), how an enrolment goes on (`realtime`).

Templates are read as one list of all users': only there does a terminal say which fingers raise an alarm, and where a
template ends. What was not asked for is dropped as it comes. What is inside is nobody's business but the terminal's, and
the two versions of its algorithm cannot read each other's.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Final

from ..errors import CommandRefused, DeviceError, InvalidValue, Unsupported
from ..people import Credential, Failures, Limits, Template
from ..plan import Spelling
from . import people
from .changes import Changes, Need, Needs, by_id
from .client import TerminalClient
from .monitor import Monitor
from .roster import Roster
from .templates import DURESS, FINGERS, VALID, Template as Finger, check_template
from .users import User as Record, UserLayout

ENROLMENT: Final = timedelta(minutes=2)
"""Longer than a terminal waits for somebody's finger."""


def to_template(finger: Finger, user_id: str, version: str) -> Template:
    """Return what a terminal stores about a finger in everybody's words."""
    return Template(
        user_id=user_id,
        credential=Credential.FINGERPRINT,
        index=finger.finger,
        version=version,
        duress=finger.flag == DURESS,
        data=finger.data,
    )


def to_finger(template: Template, uid: int, limits: Limits) -> Finger:
    """Return what a terminal has to store of somebody's template. Raises InvalidValue for what it cannot use."""
    version = limits.templates.get(template.credential)
    if version is None or template.part:
        raise InvalidValue("templates", "fingerprints only")
    if template.version != version:
        raise InvalidValue(
            "templates", f"version {version} only, and this is {template.version}"
        )
    flag = DURESS if template.duress else VALID
    finger = Finger(uid, template.index, flag, template.data)
    check_template(finger)
    return finger


def _find(user_id: str, known: Mapping[str, Record]) -> Record:
    """Return a user's record. Raises InvalidValue for somebody whom the terminal does not have."""
    if (record := known.get(user_id)) is None:
        raise InvalidValue("user_id", "one that the terminal has")
    return record


class Fingers:
    """The fingers of one terminal's users. Verbs raise `DeviceError` subclasses only."""

    def __init__(
        self, client: TerminalClient, monitor: Monitor, changes: Changes, roster: Roster
    ) -> None:
        """Share the changes of the people with the roster, which knows what the terminal can hold."""
        self._client = client
        self._monitor = monitor
        self._changes = changes
        self._roster = roster

    def _limits(self) -> Limits:
        """Return the limits of a terminal that takes templates."""
        limits = self._roster.limits
        if limits is None or not limits.templates:
            raise Unsupported
        return limits

    async def read(self, user_ids: Collection[str]) -> AsyncGenerator[Template]:
        """Tell the templates of some users; those of one user together."""
        limits = self._limits()
        version = limits.templates[Credential.FINGERPRINT]
        known = by_id(await self._changes.records())
        spelling = Spelling(known, limits)
        ids = {
            known[there].uid: user_id
            for user_id in user_ids
            if (there := spelling.of(user_id)) in known
        }
        found: dict[int, list[Finger]] = {}
        for finger in await self._read(ids):
            found.setdefault(finger.uid, []).append(finger)
        for uid in [*found]:
            for finger in found.pop(uid):
                yield to_template(finger, ids[uid], version)

    async def _read(self, uids: Collection[int]) -> list[Finger]:
        """Read the fingers of some users, by their numbers."""
        if not uids:
            return []
        read = partial(people.read_templates, self._client, uids)
        return await self._changes.patiently(read)

    async def write(self, templates: Sequence[Template]) -> Failures:
        """Write templates of users whom the terminal has; what was refused or not kept is returned by user ID."""
        limits = self._limits()
        wanted: dict[str, list[Template]] = {}
        for template in templates:
            wanted.setdefault(template.user_id, []).append(template)
        return await self._changes.fulfil(lambda: self._missing(wanted, limits))

    async def _missing(
        self, wanted: Mapping[str, Sequence[Template]], limits: Limits
    ) -> Needs:
        """Return what is missing until the terminal has these templates."""
        needs: dict[str, Need | DeviceError] = {}
        known = by_id(await self._changes.records())
        spelling = Spelling(known, limits)
        fingers: dict[str, list[Finger]] = {}
        for user_id, templates in wanted.items():
            try:
                uid = _find(spelling.of(user_id), known).uid
                fingers[user_id] = [to_finger(one, uid, limits) for one in templates]
            except InvalidValue as err:
                needs[user_id] = err
        uids = {finger.uid for found in fingers.values() for finger in found}
        there = {(one.uid, one.finger): one for one in await self._read(uids)}
        for user_id, found in fingers.items():
            # Of two templates of one finger the last counts.
            last = {(one.uid, one.finger): one for one in found}
            if new := [one for key, one in last.items() if there.get(key) != one]:
                needs[user_id] = Need(
                    tuple(
                        partial(people.write_template, self._client, one) for one in new
                    ),
                    "the finger" if len(new) == 1 else "the fingers",
                )
        return needs

    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        """Let the terminal ask a user for a finger, in place of the one that it may have; events tell how it goes on."""
        limits = self._roster.limits
        if limits is None or credential not in limits.enrols:
            raise Unsupported
        if index not in range(FINGERS):
            raise InvalidValue("index", f"a whole number from 0 to {FINGERS - 1}")
        async with self._changes.busy:
            _find(user_id, by_id(await self._changes.records()))
            numeric = self._monitor.user_layout is not UserLayout.TEXT
            with self._monitor.own_change(ENROLMENT):
                # It refuses to enrol a finger that it knows; a finger that it does not know it refuses to delete.
                with suppress(CommandRefused):
                    await people.delete_template(self._client, user_id, index)
                await people.enrol(self._client, user_id, index, numeric=numeric)
