"""What a terminal says and shows: sounds, a line of text, short messages for its users.

Lives here: the numbers and layouts. Not here: sending them (`verbs`), and when.
Sources: the vendor's communication manual of 2006; SDK manual 2.1; reported by owners where noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
import struct
from typing import Final

from .. import packed_time
from ..errors import InvalidValue, MalformedReply
from ..model import Sound

SOUNDS: Final[Mapping[Sound, int]] = {
    Sound.THANK_YOU: 0,
    Sound.WRONG_PASSWORD: 1,
    Sound.ACCESS_DENIED: 2,
    Sound.INVALID_ID: 3,
    Sound.TRY_AGAIN: 4,
    Sound.DUPLICATE_ID: 5,
    Sound.DUPLICATE_FINGER: 8,
    Sound.DUPLICATE_PUNCH: 9,
    Sound.CUCKOO: 10,
    Sound.SIREN: 11,
    Sound.BELL: 13,
    Sound.START_UP: 18,
    Sound.FINGER_NOT_ENROLLED: 20,
    Sound.PASSWORD_NOT_ENROLLED: 21,
    Sound.CARD_NOT_ENROLLED: 22,
    Sound.FACE_NOT_ENROLLED: 23,
    Sound.BEEP: 24,
    Sound.INVALID_USER: 30,
    Sound.INVALID_TIME_PERIOD: 31,
    Sound.INVALID_COMBINATION: 32,
    Sound.ILLEGAL_ACCESS: 33,
    Sound.STORAGE_FULL: 34,
    Sound.NOT_REGISTERED: 36,
    Sound.LOOK_INTO_CAMERA: 51,
}
"""The terminal's number of each sound (reported by owners); firmware without one plays nothing, or says no."""

MAX_LINES: Final = 8
MAX_TEXT: Final = 40
"""Bytes; a screen may show less."""

_TEXT: Final = struct.Struct("<HB")  # row | column


def encode_sound(sound: Sound) -> bytes:
    """Build the request to play something."""
    return SOUNDS[sound].to_bytes(4, "little")


def _encoded(field: str, text: str, limit: int, encoding: str) -> bytes:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        raise InvalidValue(field, "letters that the terminal has") from None
    if not text or not text.isprintable() or len(data) > limit:
        raise InvalidValue(field, f"1 to {limit} bytes, without control characters")
    return data


def encode_screen_text(text: str, line: int, encoding: str = "utf-8") -> bytes:
    """Build the request to show up to 40 bytes of text in a line, 1 to 8. Raises `InvalidValue`.

    Documented for black-and-white screens; others may ignore it. Whether the first line is 0 on some is not known.
    """
    if not 1 <= line <= MAX_LINES:
        raise InvalidValue("line", f"a whole number from 1 to {MAX_LINES}")
    return _TEXT.pack(line, 0) + _encoded("text", text, MAX_TEXT, encoding)


class MessageKind(IntEnum):
    """For whom a short message is."""

    PUBLIC = 253
    PERSONAL = 254
    """For the users to whom it is given."""
    DRAFT = 255


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """A text that the terminal shows for a while, to everybody or to some of its users."""

    number: int
    """1 to 65535."""
    kind: int
    """One of `MessageKind`; other numbers are unknown."""
    text: str
    start: datetime | None
    """The terminal's local time, naive; None when it is no date."""
    minutes: int
    """For how long; 0 is for ever."""


# kind | number | minutes | reserved | packed start | text
_MESSAGE: Final = struct.Struct("<BHHHI61s")
_MAX_MESSAGE_TEXT: Final = 60  # and its end
_MAX_WORD: Final = 0xFFFF
_LINK: Final = struct.Struct("<HH")  # user | message


def _checked(field: str, value: int, low: int) -> int:
    if not low <= value <= _MAX_WORD:
        raise InvalidValue(field, f"a whole number from {low} to {_MAX_WORD}")
    return value


def encode_message(message: ShortMessage, encoding: str = "utf-8") -> bytes:
    """Build the write of a short message of up to 60 bytes. Raises `InvalidValue`."""
    if message.kind not in set(MessageKind):
        raise InvalidValue("kind", "253, 254 or 255")
    if message.start is None:
        raise InvalidValue("start", "a time")
    return _MESSAGE.pack(
        message.kind,
        _checked("message", message.number, 1),
        _checked("minutes", message.minutes, 0),
        0,
        packed_time.encode(message.start),
        _encoded("text", message.text, _MAX_MESSAGE_TEXT, encoding),
    )


def decode_messages(data: bytes, encoding: str = "utf-8") -> list[ShortMessage]:
    """Read short messages; `data` is what follows the total. Raises `MalformedReply` for a rest."""
    if len(data) % _MESSAGE.size:
        raise MalformedReply(f"{len(data)} bytes of short messages")
    return [
        ShortMessage(
            number,
            kind,
            text.partition(b"\0")[0].decode(encoding, "replace"),
            packed_time.decode(start),
            minutes,
        )
        for kind, number, minutes, _, start, text in _MESSAGE.iter_unpack(data)
    ]


def encode_message_delete(number: int) -> bytes:
    """Build the request to delete a short message. Raises `InvalidValue`."""
    return _checked("message", number, 1).to_bytes(2, "little")


def encode_message_link(uid: int, number: int) -> bytes:
    """Build the request to give a short message to a user, or to take it away. Raises `InvalidValue`."""
    return _LINK.pack(_checked("user", uid, 1), _checked("message", number, 1))
