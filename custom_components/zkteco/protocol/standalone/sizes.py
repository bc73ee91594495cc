"""How full a terminal is: its counters.

Lives here: the answer to `Command.SIZES`. Not here: what a nearly full log leads to (`terminal`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
import struct
from typing import Final

_NUMBER: Final = struct.Struct("<i")
_SHORT: Final = 80
"""The table without faces; 12 bytes more with them."""
_ABSURD: Final = 100_000_000

# The places between them are zero, or what is still free: capacity less use.
_OFFSETS: Final[Mapping[str, int]] = {
    "users": 16,
    "fingerprints": 24,
    "records": 32,
    "operations": 40,
    "admins": 48,
    "passwords": 52,
    "fingerprint_capacity": 56,
    "user_capacity": 60,
    "record_capacity": 64,
    "faces": 80,
    "face_capacity": 88,
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a terminal holds and can hold; None is what it does not tell.

    Hints, not facts: some firmwares count no records where there are many, and the reverse (reported by owners).
    """

    users: int | None = None
    fingerprints: int | None = None
    records: int | None = None
    """Rows of the attendance log."""
    operations: int | None = None
    """Rows of the operation log."""
    admins: int | None = None
    passwords: int | None = None
    fingerprint_capacity: int | None = None
    user_capacity: int | None = None
    record_capacity: int | None = None
    faces: int | None = None
    face_capacity: int | None = None


def decode_sizes(data: bytes) -> Sizes:
    """Read the counters. Never raises: what is missing, negative or absurdly large is None.

    80 bytes, or 92 with faces; a terminal that answers with less does not tell.
    Source: "Protocol Description of ZKTeco's Standalone Devices"; captured frames.
    """
    if len(data) < _SHORT:
        return Sizes()
    values: dict[str, int] = {}
    for name, offset in _OFFSETS.items():
        if offset + _NUMBER.size <= len(data):
            (value,) = _NUMBER.unpack_from(data, offset)
            if 0 <= value < _ABSURD:
                values[name] = value
    return Sizes(**values)
