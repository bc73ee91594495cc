"""Fingerprint templates as bytes, and the enrolment of a finger at the terminal.

Lives here: a list of templates, the requests to write and delete one, and the start of an enrolment. Not here: what
is inside of a template, which nobody but the terminal reads, and how an enrolment goes on (`realtime`).
Sources: "Protocol Description of ZKTeco's Standalone Devices"; the vendor's communication manual of 2006.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
import re
import struct
from typing import Final

from ..errors import InvalidValue, MalformedReply

ENROL_RESULTS: Final[Mapping[int, str]] = {
    0: "enrolled",
    4: "samples did not match, or came too late",
    5: "finger is already enrolled",
    6: "cancelled, or nobody came",
}
"""How an enrolment ended (reported by owners); other numbers are unknown."""

FINGERS: Final = 10
"""Of one user, counted from 0."""
_MAX_UID: Final = 0xFFFF
_MAX_NUMBER: Final = 0xFFFFFFFF
_USER_ID: Final = re.compile(r"[0-9A-Za-z]{1,23}")

_TOTAL: Final = struct.Struct("<I")  # size of what follows
_ENTRY: Final = struct.Struct("<HHBB")  # size with this header | user | finger | flag
_WRITE: Final = struct.Struct("<HBBH")  # user | finger | flag | size
_DELETE: Final = struct.Struct("<24sB")  # user ID | finger
_ENROL: Final = struct.Struct("<24sBB")  # user ID | finger | flag
_ENROL_NUMBER: Final = struct.Struct("<IB")  # user ID | finger

VALID: Final = 1
DURESS: Final = 3
"""A finger that opens the door and raises an alarm."""


@dataclass(frozen=True, slots=True)
class Template:
    """One finger of one user."""

    uid: int
    """The terminal's own number for the user, 1 to 65535."""
    finger: int
    """0 to 9."""
    flag: int
    """0 invalid, 1 valid, 3 duress."""
    data: bytes = field(repr=False)


def _check_uid(uid: int) -> None:
    if not 1 <= uid <= _MAX_UID:
        raise InvalidValue("user", f"a whole number from 1 to {_MAX_UID}")


def _check_finger(finger: int) -> None:
    if not 0 <= finger < FINGERS:
        raise InvalidValue("finger", f"a whole number from 0 to {FINGERS - 1}")


def _encoded_id(user_id: str) -> bytes:
    if not _USER_ID.fullmatch(user_id):
        raise InvalidValue("user_id", "1 to 23 letters and digits")
    return user_id.encode("ascii")


class TemplateDecoder:
    """Reads a list of templates while it arrives, and keeps those of some users."""

    def __init__(self, uids: Container[int]) -> None:
        """`uids` are the terminal's own numbers of these users."""
        self.templates: list[Template] = []
        """Those that are complete; of one that is not valid, or of no finger, nothing is told."""
        self._uids = uids
        self._rest = bytearray()
        self._has_begun = False

    def feed(self, data: bytes, size: int) -> None:
        """Take the next part of a data set of `size` bytes.

        Raises MalformedReply when it says that it is of another size, or when a template does not end where it should.
        """
        rest = self._rest
        rest += data
        start = 0
        if not self._has_begun:
            if len(rest) < _TOTAL.size:
                return
            (total,) = _TOTAL.unpack_from(rest)
            if total != size - _TOTAL.size:
                raise MalformedReply("templates of another length than they say")
            start = _TOTAL.size
            self._has_begun = True
        while start + _ENTRY.size <= len(rest):
            length, uid, finger, flag = _ENTRY.unpack_from(rest, start)
            end = start + length
            if length < _ENTRY.size:
                raise MalformedReply(f"a template of {length} bytes")
            if end > len(rest):
                break
            if uid in self._uids and finger < FINGERS and flag in (VALID, DURESS):
                content = bytes(rest[start + _ENTRY.size : end])
                self.templates.append(Template(uid, finger, flag, content))
            start = end
        del rest[:start]

    def finish(self) -> list[Template]:
        """Return the templates. Raises MalformedReply when the last of them is cut off."""
        if self._rest:
            raise MalformedReply("a template without its end")
        return self.templates


def check_template(template: Template) -> None:
    """Raise `InvalidValue` unless a template can be written."""
    _check_uid(template.uid)
    _check_finger(template.finger)
    if template.flag not in (VALID, DURESS):
        raise InvalidValue("flag", f"{VALID} or {DURESS}")
    if not 0 < len(template.data) <= 0xFFFF - _ENTRY.size:
        raise InvalidValue("template", "1 to 65529 bytes")


def encode_template_write(template: Template) -> bytes:
    """Build the request that takes a template out of the terminal's buffer, where its bytes must be. Raises `InvalidValue`."""
    check_template(template)
    return _WRITE.pack(template.uid, template.finger, template.flag, len(template.data))


def encode_template_delete(user_id: str, finger: int) -> bytes:
    """Build the request to delete one finger of a user. Raises `InvalidValue`."""
    user = _encoded_id(user_id)
    _check_finger(finger)
    return _DELETE.pack(user, finger)


def encode_enrol(
    user_id: str, finger: int, *, numeric: bool, duress: bool = False
) -> bytes:
    """Build the start of an enrolment at the terminal. Raises `InvalidValue`.

    `numeric` is for terminals that keep user IDs as numbers; they know no finger for duress here.
    """
    _check_finger(finger)
    if not numeric:
        return _ENROL.pack(_encoded_id(user_id), finger, DURESS if duress else VALID)
    if duress:
        raise InvalidValue("duress", "not on terminals with numeric user IDs")
    if not (user_id.isascii() and user_id.isdigit()) or int(user_id) > _MAX_NUMBER:
        raise InvalidValue("user_id", f"a whole number from 0 to {_MAX_NUMBER}")
    return _ENROL_NUMBER.pack(int(user_id), finger)
