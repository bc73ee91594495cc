"""UPGRADE: how a device is told about new firmware, and how it fetches that in whole or in parts.

Lives here: the three forms of the command, the checksum, the answer to a request for a part (Security PUSH 3.1.2 section
9.4.1). Not here: where firmware comes from; this program brings none. Nothing that a device asks for becomes a path.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from enum import Enum, auto
import hashlib
import re
from typing import Final

from ..errors import InvalidValue
from .values import within

MAX_FIRMWARE: Final = 256 * 1024 * 1024
"""A sanity limit, in bytes."""
_MAX_URL: Final = 512
_MAX_RANGE_DIGITS: Final = 12

# A comma would end the field.
_URL_CHARACTERS: Final = r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+;=%-]"
_URL: Final = re.compile(rf"(?:https?:/)?/{_URL_CHARACTERS}+")
_CHECKSUM: Final = re.compile(r"[0-9a-f]{32}")
GRAMMAR: Final = (
    r"UPGRADE (?:"
    rf"checksum=[0-9a-f]{{32}},url={_URL.pattern},size=[0-9]{{1,10}}"
    rf"|type=1,checksum=[0-9a-f]{{32}},size=[0-9]{{1,10}},url={_URL.pattern}"
    rf"|checksum=[0-9a-f]{{32}},size=[0-9]{{1,10}},url={_URL.pattern},supportsubcontracting=[01]"
    r")"
)
"""The texts that may be sent, as a regular expression."""


class Method(Enum):
    """How a device gets the file."""

    ENCODED = auto()
    """As Base64, at once: controllers and PULL SDK devices."""
    PLAIN = auto()
    """As it is, at once."""
    IN_PARTS = auto()
    """As it is, a part at a time, for devices with "SubcontractingUpgradeFunOn"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """A file and what a device is told about it."""

    checksum: str
    """Its MD5, 32 hexadecimal digits in lower case."""
    size: int
    """Bytes of the file itself, also where it travels as Base64."""

    @staticmethod
    def of(data: bytes) -> Firmware:
        """Describe a file."""
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return Firmware(checksum=digest, size=len(data))


def upgrade(method: Method, firmware: Firmware, url: str) -> str:
    """Tell a device to fetch firmware from `url`, absolute or from the root of this server. Raises `InvalidValue`."""
    if not _CHECKSUM.fullmatch(firmware.checksum):
        raise InvalidValue("checksum", "32 hexadecimal digits in lower case")
    within("size", firmware.size, 1, MAX_FIRMWARE)
    if len(url) > _MAX_URL or not _URL.fullmatch(url):
        raise InvalidValue("url", f"at most {_MAX_URL} characters, without a comma")
    checksum, size, where = (
        f"checksum={firmware.checksum}",
        f"size={firmware.size}",
        f"url={url}",
    )
    forms = {
        Method.ENCODED: (checksum, where, size),
        Method.PLAIN: ("type=1", checksum, size, where),
        Method.IN_PARTS: (checksum, size, where, "supportsubcontracting=1"),
    }
    return "UPGRADE " + ",".join(forms[method])


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What answers a request for a file."""

    status: int
    """200 for all of it, 206 for a part, 416 for a part that is not there."""
    body: bytes = field(repr=False)
    content_range: str | None
    """The header that says which part; None for all of it."""


_RANGE: Final = re.compile(
    rf"(?:bytes=)?([0-9]{{0,{_MAX_RANGE_DIGITS}}})-([0-9]{{0,{_MAX_RANGE_DIGITS}}})",
    re.IGNORECASE,
)


def as_sent(method: Method, data: bytes) -> bytes:
    """Return a file as it travels. For megabytes this takes its time, as `Firmware.of` does."""
    return b64encode(data) if method is Method.ENCODED else data


def part(content: bytes, wanted: str | None) -> Part:
    """Return the part of a content that the header "Range" asks for; without one that can be read, all of it.

    The document writes "xx-xx" where HTTP writes "bytes=xx-xx", so both are understood. Never raises.
    """
    size = len(content)
    found = _RANGE.fullmatch((wanted or "").replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return Part(status=200, body=content, content_range=None)
    if found[1]:
        first, last = int(found[1]), int(found[2] or size)
    else:  # the last so many
        first, last = max(size - int(found[2]), 0), size
    last = min(last, size - 1)
    if first > last:
        return Part(status=416, body=b"", content_range=f"bytes */{size}")
    return Part(
        status=206,
        body=content[first : last + 1],
        content_range=f"bytes {first}-{last}/{size}",
    )
