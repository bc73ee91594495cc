"""The cookie by which an access device shows that it knows what it was told at registration.

Lives here: computing and learning tokens. Not here: the cookie's text (`messages`). Security PUSH 3.1.2, section 4.5: the
hexadecimal MD5 of registration code, serial number and session id. Nobody has published a match with a real device, so a
token is observed first, and asked for only where it was right again and again.
"""

from collections import Counter
from collections.abc import Iterable
import hashlib
import hmac

from ..device import Json

MATCHES_UNTIL_REQUIRED = 10
WRONG_UNTIL_CHANGED = 3
"""A device that was refused once connects anew and has a right token again."""
_UNTOKENED = frozenset({"registry", "push", "exchange"})
"""Requests that are made before there is a session to prove."""


def tokens(registry_code: str, serial: str, sessions: Iterable[str]) -> set[str]:
    """Return what a device may send that belongs to one of `sessions`, or to none yet."""
    texts = {f"{registry_code}{serial}{session}" for session in ("", *sessions)}
    return {
        hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in texts
    }


class TokenWatch:
    """Learns whether a device's tokens can be relied on, per kind of request."""

    def __init__(self, memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart."""
        self._required: set[str] = set()
        if isinstance(memory, list):
            self._required.update(item for item in memory if isinstance(item, str))
        self._matches: Counter[str] = Counter()
        self._wrong = 0

    @property
    def memory(self) -> Json:
        """The kinds of request whose token was right often enough to be asked for."""
        return [*sorted(self._required)]

    @property
    def changed(self) -> bool:
        """Whether a device whose tokens could be relied on has been wrong ever since."""
        return self._wrong >= WRONG_UNTIL_CHANGED

    def admits(self, kind: str, token: str | None, right: set[str]) -> bool:
        """Return whether a request of this kind may pass with this token, which is in lower case."""
        if kind in _UNTOKENED:
            return True
        if token is not None and any(
            hmac.compare_digest(token, candidate) for candidate in right
        ):
            self._wrong = 0
            self._matches[kind] += 1
            if self._matches[kind] >= MATCHES_UNTIL_REQUIRED:
                self._required.add(kind)
            return True
        self._matches[kind] = 0
        if kind not in self._required:
            return True
        self._wrong += 1
        return False

    def forget(self) -> None:
        """Start learning again, because the owner says that the device is right."""
        self._required.clear()
        self._matches.clear()
        self._wrong = 0
