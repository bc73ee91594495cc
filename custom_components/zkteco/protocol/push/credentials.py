"""The fingers, faces, palms and cards of a PUSH device's users: enrolling them, and passing their templates on.

Lives here: what is asked in which order, and the proof by reading back. Not here: what rows mean (`templates`), how they are
written (`rows`), users (`roster`). Templates are asked for one user and one kind at a time, because they are long.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
import logging
from typing import Final

from .. import progress
from ..errors import (
    CommandRefused,
    DeviceError,
    InvalidValue,
    MalformedReply,
    Unsupported,
)
from ..people import Credential, Failures, Limits, Template, User, check_user
from . import commands
from .dialect import FINGERPRINT, USER, Store, find_biometric, find_dialect, find_stores
from .fields import PIN, by_user
from .photos import parse_photos
from .queue import CommandQueue
from .records import Fields
from .registration import Registration
from .rows import Rows, not_kept, not_there
from .templates import (
    check_template,
    count_by_user,
    decode_template,
    encode_template,
    shown_version,
)

_LOGGER = logging.getLogger(__name__)

ENROL_SECONDS = 120.0
"""How long a person may take."""
_HEADS: Final = {
    True: ("Pin", "FingerID", "Valid"),
    False: ("Pin", "Type", "No", "Valid", "MajorVer", "MinorVer"),
}
"""What tells how many there are, without the templates; by whether it is the table of fingerprints."""


class Credentials:
    """What the users of one device are known by. Verbs raise what `CommandQueue.run` raises, and Unsupported."""

    def __init__(self, queue: CommandQueue, rows: Rows) -> None:
        """Nothing is known about the device yet."""
        self._queue = queue
        self._rows = rows
        self._known = Registration()
        self._limits: Limits | None = None
        self._stores: Mapping[Credential, Store] = {}
        self._uncounted: set[Credential] = set()
        """What the device does not tell without the templates."""
        self._shown: dict[Store, str | None] = {}
        """Of which version the templates are that the device has."""

    def adopt(self, known: Registration) -> None:
        """Take over what the device is."""
        dialect = find_dialect(known)
        self._known = known
        self._limits = None if dialect is None else dialect.limits
        self._stores = find_stores(known)
        self._uncounted.clear()

    @property
    def limits(self) -> Limits | None:
        """What the device can hold; None before it has told what it is."""
        if self._limits is None:
            return None
        versions = {
            credential: self._shown.get(store, store.version)
            for credential, store in self._stores.items()
        }
        taken = {c: version for c, version in versions.items() if version}
        return replace(self._limits, templates=taken)

    def _need(self) -> Limits:
        if (limits := self.limits) is None:
            raise Unsupported
        return limits

    def enrolment(self, user_id: str, credential: Credential, index: int) -> str:
        """Return the command for an enrolment. Raises InvalidValue, and Unsupported."""
        limits = self._need()
        check_user(User(user_id=user_id), limits)
        if credential not in limits.enrols:
            raise Unsupported
        kind = find_biometric(self._known, credential)
        if kind is None:
            return commands.enrol_card(user_id)
        number = index if credential is Credential.FINGERPRINT else 0
        return commands.enrol_biometric(kind, number, user_id)

    async def enrol(self, user_id: str, command: str) -> None:
        """Let the device ask a person for a credential, and wait until that is over."""
        self._rows.note(user_id, seconds=ENROL_SECONDS)
        try:
            await self._queue.run(command, seconds=ENROL_SECONDS)
        finally:
            self._rows.note(user_id)

    async def count(self, users: Mapping[str, User]) -> dict[str, User]:
        """Return users with how many credentials of each kind they have, as far as the device tells cheaply."""
        found: dict[str, dict[Credential, int]] = {}
        for credential, store in self._stores.items():
            if credential in self._uncounted:
                continue
            heads = _HEADS[store.table == FINGERPRINT]
            try:
                rows = await self._rows.query(store.table, _named(store), heads)
            except CommandRefused, MalformedReply:
                self._uncounted.add(credential)
                continue
            self._shown[store] = shown_version(rows, store)
            for user_id, count in count_by_user(rows, store).items():
                found.setdefault(user_id, {})[credential] = count
        return {
            user_id: replace(user, credentials=found.get(user_id, {}))
            for user_id, user in users.items()
        }

    async def read(self, user_ids: Collection[str]) -> AsyncIterator[Template]:
        """Tell the templates of some users, those of one user together. What cannot be read is left out."""
        self._need()
        for user_id in dict.fromkeys(user_ids):
            for credential, store in self._stores.items():
                try:
                    found = await self._templates(user_id, credential, store)
                except (CommandRefused, InvalidValue, MalformedReply) as err:
                    _LOGGER.debug("No %s of a user: %s", credential, err)
                    continue
                for template in found:
                    yield template

    async def _templates(
        self, user_id: str, credential: Credential, store: Store
    ) -> list[Template]:
        """Return the templates of one kind that one user has."""
        rows = await self._rows.query(store.table, {**_named(store), "Pin": user_id})
        found = (
            decode_template(row, credential, store)
            for row in by_user(rows).get(user_id, ())
        )
        return [template for template in found if template]

    async def read_photo(self, user_id: str) -> bytes | None:
        """Return the photo for comparison (Security PUSH 3.1.2 section 9.1.4); None where there is none."""
        query = commands.query("biophoto", conditions={"PIN": user_id})
        photos = parse_photos(await self._queue.query(query), "biophoto")
        mine = (photo.data for photo in photos if photo.user_id == user_id)
        return next(mine, None)

    async def write(self, templates: Sequence[Template]) -> Failures:
        """Write templates of users whom the device has; what was refused or not kept is returned by user ID."""
        limits = self._need()
        failures: dict[str, DeviceError] = {}
        wanted: dict[str, list[Template]] = {}
        for template in templates:
            try:
                check_template(template, limits, self._stores)
            except InvalidValue as err:
                failures[template.user_id] = err
            wanted.setdefault(template.user_id, []).append(template)
        async with self._rows.lock:
            there = {u: wanted[u] for u in wanted if u not in failures}
            if not there:
                return failures
            with progress.part(0, 0.1):
                users = by_user(await self._rows.read(USER, there))
            failures |= {user_id: not_there() for user_id in there.keys() - users}
            for user_id in failures.keys() & there.keys():
                del there[user_id]
            with progress.part(0.1, 0.5):
                refused = await self._write(t for some in there.values() for t in some)
            for number, (user_id, some) in enumerate(there.items(), start=1):
                # Each of them is asked for by queries of their own.
                with progress.part(0.5, 0.5 + 0.5 * number / len(there)):
                    failure = await self._failure(user_id, some)
                if failure is not None:
                    failures[user_id] = refused.get(user_id, failure)
        return failures

    async def _write(self, templates: Iterable[Template]) -> Failures:
        """Write templates; one command holds only those of one kind."""
        rows: dict[Credential, list[Fields]] = {}
        for template in templates:
            row = encode_template(template, self._stores[template.credential])
            rows.setdefault(template.credential, []).append(row)
        refused: dict[str, DeviceError] = {}
        for credential, some in rows.items():
            refused |= await self._rows.update(self._stores[credential].table, some)
        return refused

    async def _failure(
        self, user_id: str, wanted: Sequence[Template]
    ) -> DeviceError | None:
        """Return why nothing shows that a user has templates; None when that is shown."""
        try:
            has = await self._has(user_id, wanted)
        except (CommandRefused, MalformedReply) as err:
            return err
        return None if has else not_kept("the templates")

    async def _has(self, user_id: str, wanted: Sequence[Template]) -> bool:
        """Return whether of the same fingers, faces or palms a user has these templates and no others.

        Parts that are left of an earlier face or palm go, together with what was written between them.
        """
        for credential in {template.credential for template in wanted}:
            some = {t for t in wanted if t.credential is credential}
            kept = await self._kept(user_id, some, credential)
            if left := {t.index for t in kept - some if t.part not in _parts(some, t)}:
                store = self._stores[credential]
                more = {name.lower(): value for name, value in _named(store).items()}
                stale = [{**more, PIN: user_id, "no": str(i)} for i in left]
                await self._rows.delete(store.table, stale)
                await self._write(t for t in some if t.index in left)
                kept = await self._kept(user_id, some, credential)
            if kept != some:
                return False
        return True

    async def _kept(
        self, user_id: str, wanted: Iterable[Template], credential: Credential
    ) -> set[Template]:
        """Return the templates that a user has of the same fingers, faces or palms."""
        indexes = {template.index for template in wanted}
        found = await self._templates(user_id, credential, self._stores[credential])
        return {template for template in found if template.index in indexes}


def _named(store: Store) -> dict[str, str]:
    """Return the condition that names the kind of templates, where there are several in a table."""
    return {"Type": str(int(store.kind))} if store.named else {}


def _parts(templates: Iterable[Template], like: Template) -> set[int]:
    """Return the parts of one finger, face or palm."""
    return {t.part for t in templates if t.index == like.index}
