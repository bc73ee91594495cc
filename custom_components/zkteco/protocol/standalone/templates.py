"""Fingerprint templates as bytes, and the enrolment of a finger at the terminal.

Lives here: a list of templates, the requests to read, write and delete one, and the start of an enrolment. Not here: what
is inside of a template, which nobody but the terminal reads, and how an enrolment goes on (`realtime`).
Sources: "Protocol Description of ZKTeco's Standalone Devices"; the vendor's communication manual of 2006.
"""

from collections.abc import Mapping
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

_ENTRY: Final = struct.Struct("<HHBB")  # size with this header | user | finger | flag
_READ: Final = struct.Struct("<HB")  # user | finger
_WRITE: Final = struct.Struct("<HBBH")  # user | finger | flag | size
_DELETE: Final = struct.Struct("<24sB")  # user ID | finger
_ENROL: Final = struct.Struct("<24sBB")  # user ID | finger | flag
_ENROL_NUMBER: Final = struct.Struct("<IB")  # user ID | finger

# Version 10 begins so (captured frames); its size counts itself.
_HEADER: Final = b"SS21"
_HEADER_AT: Final = 2
_SIZE_AT: Final = 6
_SIZED: Final = 10

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


def decode_templates(data: bytes) -> list[Template]:
    """Read a list of templates; `data` is what follows the total.

    Raises `MalformedReply` when one of them does not end where it should.
    """
    templates: list[Template] = []
    start = 0
    while start < len(data):
        if start + _ENTRY.size > len(data):
            raise MalformedReply("a template without its header")
        size, uid, finger, flag = _ENTRY.unpack_from(data, start)
        end = start + size
        if size < _ENTRY.size or end > len(data):
            raise MalformedReply(f"a template of {size} bytes")
        templates.append(Template(uid, finger, flag, data[start + _ENTRY.size : end]))
        start = end
    return templates


def encode_template_request(uid: int, finger: int) -> bytes:
    """Build the request for one template. Raises `InvalidValue`."""
    _check_uid(uid)
    _check_finger(finger)
    return _READ.pack(uid, finger)


def decode_template(uid: int, finger: int, data: bytes) -> Template:
    """Read the answer to the request for one template. It does not say whether the finger is one for duress.

    A few bytes follow the template (captured frames). Those of version 10 tell their size, and end there; all others stay
    as they came, for zeros at the end may belong to them.
    """
    if data.startswith(_HEADER, _HEADER_AT) and len(data) >= _SIZED:
        size = int.from_bytes(data[_SIZE_AT:_SIZED], "big")
        data = data[:size] if size >= _SIZED else data
    return Template(uid, finger, VALID, data)


def encode_template_write(template: Template) -> bytes:
    """Build the request that takes a template out of the terminal's buffer, where its bytes must be. Raises `InvalidValue`."""
    _check_uid(template.uid)
    _check_finger(template.finger)
    if template.flag not in (VALID, DURESS):
        raise InvalidValue("flag", f"{VALID} or {DURESS}")
    if not 0 < len(template.data) <= 0xFFFF - _ENTRY.size:
        raise InvalidValue("template", "1 to 65529 bytes")
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
