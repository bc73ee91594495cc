"""What both sides can do: protocol version, kinds of biometrics, ways to verify.

Lives here: the rules by which a device and its server meet (Security PUSH 3.1.2 sections 3.1 and 4.5, appendices 13 and 18).
Not here: the conversation itself (`session`). A text that cannot be read offers nothing; nothing here raises.
"""

from collections.abc import Collection
from typing import Final

from .codes import Biometric

VERSIONS: Final = ("3.0.1", "3.1.1", "3.1.2")
"""The published versions, oldest first; the first counts for whoever names none."""
_MAX_PART: Final = 3


def _ordered(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")
    if all(p.isascii() and p.isdigit() and len(p) <= _MAX_PART for p in parts):
        return tuple(map(int, parts))
    return None


def agreed_version(device: str | None, server: str) -> str:
    """Return the lower of two versions; the oldest one counts for a device that names none, or none that can be read."""
    told = (device or "").strip()
    ours = _ordered(server)
    theirs = _ordered(told)
    if theirs is None or ours is None:
        return VERSIONS[0]
    return min((theirs, told), (ours, server))[1]


def parse_kinds(text: str) -> frozenset[Biometric]:
    """Read "0:1:0": the kinds of biometrics that are not 0. Spaces, as printed, do not count."""
    values = (value.strip() for value in text.split(":"))
    return frozenset(
        kind
        for kind, value in zip(Biometric, values, strict=False)
        if value.isascii() and value.isdigit() and value.strip("0")
    )


def write_kinds(kinds: Collection[Biometric]) -> str:
    """Write kinds of biometrics as "0:1:0", one place for each kind that there is."""
    return ":".join("1" if kind in kinds else "0" for kind in Biometric)


def offer(device: str, wanted: Collection[Biometric]) -> str:
    """Return the server's MultiBioDataSupport or MultiBioPhotoSupport: what we want and the device has.

    Whatever both name is uploaded as soon as it is enrolled, so nothing is named that nobody wants.
    """
    return write_kinds(parse_kinds(device) & frozenset(wanted))


def agreed_kinds(device: str, server: str) -> frozenset[Biometric]:
    """Return the kinds that both sides name."""
    return parse_kinds(device) & parse_kinds(server)
