"""The names of a device's users, as the device tells them.

Lives here: remembering them, within bounds. Not here: how a device tells them (`push`, `attendance`), who sees them.
"""

from collections.abc import Iterable
from typing import Final

MOST: Final = 100_000
"""Names that are kept of one device; the largest ones hold about as many users."""
_LETTERS: Final = 64
"""Of a name or a user ID. No device has longer ones."""


def remember(names: dict[str, str], told: Iterable[tuple[str, str]]) -> None:
    """Take over names by user ID. Those of further users are not kept, however many a device invents."""
    for user_id, name in told:
        known = user_id in names
        if 0 < len(user_id) <= _LETTERS and (known or len(names) < MOST):
            names[user_id] = name[:_LETTERS]
