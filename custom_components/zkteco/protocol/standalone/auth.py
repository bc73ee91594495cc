"""The communication key of a terminal, as it goes over the wire.

Lives here: its limits and its scrambling, which hides nothing: whoever sees one login can compute the key. Not here:
the login itself (`client`).
"""

import struct

from ..errors import InvalidValue

_KEY_DIGITS = 6
"""As many as terminals take in their menus (user manuals)."""
_MASK = 0x4F534B5A  # "ZKSO"


def check_key(text: str) -> int:
    """Return the key that a person typed; "" is no key, which is 0.

    Raises InvalidValue for anything but 1 to 6 digits.
    """
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > _KEY_DIGITS:
        raise InvalidValue("key", f"1 to {_KEY_DIGITS} digits")
    return int(text)


def scramble(key: int, session: int, tick: int = 50) -> bytes:
    """Return the 4 bytes that prove the key; `tick` is any byte and proves nothing.

    Source: captured logins; independent implementations agree.
    """
    mirrored = int(f"{key & 0xFFFFFFFF:032b}"[::-1], 2)
    value = ((mirrored + session) & 0xFFFFFFFF) ^ _MASK
    low, high = value & 0xFFFF, value >> 16
    return struct.pack(
        "<4B", high & 0xFF ^ tick, high >> 8 ^ tick, tick, low >> 8 ^ tick
    )
