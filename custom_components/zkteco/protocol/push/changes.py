"""What happens to a PUSH device's users beside what we do: changes at the device, and enrolments as they go on.

Lives here: which uploads are a change by somebody else, and the events for that. Not here: the uploads (`session`), which
users we wrote (`rows`), enrolling (`credentials`). No document has events for any of this.
"""

from collections.abc import Collection, Mapping
from math import inf
from typing import Final

from ..device import Clock, Json
from ..errors import DeviceError
from ..event_codes import (
    ENROLMENT_FAILED,
    ENROLMENT_FINISHED,
    ENROLMENT_READ,
    ENROLMENT_STARTED,
    USERS_CHANGED,
    EventCode,
)
from ..model import AccessEvent, VerifyMethod
from ..people import Credential
from .rows import ECHO_SECONDS, Rows

SETTLING_SECONDS = 60.0
"""How long a device may take to tell all its users once it was paired."""

_METHODS: Final[Mapping[Credential, VerifyMethod]] = {
    Credential.FINGERPRINT: VerifyMethod.FINGERPRINT,
    Credential.FACE: VerifyMethod.FACE,
    Credential.PALM: VerifyMethod.PALM,
    Credential.CARD: VerifyMethod.CARD,
}


class Changes:
    """What one device shows of its users."""

    def __init__(
        self, rows: Rows, names: Mapping[str, str], clock: Clock, memory: Json
    ) -> None:
        """`names` are those of the users, as they are known at any time; `memory` is what the property returned last."""
        self._rows = rows
        self._names = names
        self._clock = clock
        self._settled_at = 0.0 if memory is True else inf
        self._told_at = -inf

    @property
    def memory(self) -> Json:
        """What must survive a restart: whether the users are known, so that others are news."""
        return self._settled_at <= self._clock.monotonic()

    def users_read(self) -> None:
        """Note that the users are known: what the device tells of them from a minute later on is news."""
        self._settled_at = min(
            self._settled_at, self._clock.monotonic() + SETTLING_SECONDS
        )

    def uploaded(self, user_ids: Collection[str]) -> AccessEvent | None:
        """Return that users were changed, if not by us, because the device uploaded something of them on its own."""
        others = [user_id for user_id in user_ids if not self._rows.wrote(user_id)]
        if not others or self._clock.monotonic() < self._settled_at:
            return None
        self._told_at = self._clock.monotonic()
        return self._event(USERS_CHANGED, others[0] if len(others) == 1 else None)

    def recounted(self) -> AccessEvent | None:
        """Return that users were changed, because the device has another number of them, unless that is known."""
        now = self._clock.monotonic()
        known = self._rows.wrote() or now - self._told_at < ECHO_SECONDS
        if known or now < self._settled_at:
            return None
        self._told_at = now
        return self._event(USERS_CHANGED, None)

    # Enrolments that were asked for

    def enrolment_started(self, user_id: str, credential: Credential) -> AccessEvent:
        """Return that the device is asked to enrol somebody."""
        return self._event(ENROLMENT_STARTED, user_id, credential)

    def enrolment_read(
        self, user_id: str, credential: Credential, card: str | None
    ) -> AccessEvent:
        """Return that the device was shown something, and which card that is."""
        return self._event(ENROLMENT_READ, user_id, credential, card=card)

    def enrolment_ended(
        self, user_id: str, credential: Credential, failure: DeviceError | None
    ) -> AccessEvent:
        """Return how an enrolment ended."""
        if failure is None:
            return self._event(ENROLMENT_FINISHED, user_id, credential)
        return self._event(ENROLMENT_FAILED, user_id, credential, more=f": {failure}")

    def _event(
        self,
        code: EventCode,
        user_id: str | None,
        credential: Credential | None = None,
        *,
        card: str | None = None,
        more: str = "",
    ) -> AccessEvent:
        """Return an event of now."""
        of_what = f" ({credential})" if credential else ""
        return AccessEvent(
            kind=code.kind,
            code=code.code,
            name=code.name,
            description=f"{code.words}{of_what}{more}",
            time=self._clock.now(),
            device_time=None,
            user_id=user_id,
            user_name=self._names.get(user_id or "") or None,
            card=card,
            method=_METHODS[credential] if credential else None,
        )
