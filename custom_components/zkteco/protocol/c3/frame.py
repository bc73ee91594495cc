"""The C3 frame: start byte, address, command, length, data, checksum, end byte.

Lives here: one frame in both directions, command and error numbers. Not here: what the data means, sessions, sockets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
import struct
from typing import Final

from ..errors import InvalidValue

# start, address, command, length of data | data | CRC-16 low byte first, end.
# The checksum covers everything between the start byte and itself. There is no
# escaping: start and end bytes occur inside data. (captured frames)
_HEADER = struct.Struct("<BBBH")
_TRAILER = struct.Struct("<HB")
_OVERHEAD: Final = _HEADER.size + _TRAILER.size
_START: Final = 0xAA
_END: Final = 0x55
_HOST_ADDRESS: Final = 0x01

MAX_REQUEST_DATA: Final = 5200 - _OVERHEAD
"""Bytes of data in a request, the session's four included: a panel's receive buffer holds 5200."""

SESSION_SIZE: Final = 4
"""Bytes of session and sequence number that a session puts in front of the data, both ways."""

MAX_REPLY_DATA: Final = 8192
"""Bytes of data accepted in a frame.

Panels send at most 5120 plus the session's four; larger contents come in parts. The slack is for firmware with larger
parts. The bound keeps memory small and lets a start byte in garbage be recognised by its impossible length.
"""

_FOREIGN_STARTS: Final = (b"\x50\x50\x82\x7d", b"\x50\x50\x83\x7c")


class Command(IntEnum):
    """What a host asks. The panel's file and firmware commands are left out on purpose."""

    CONNECT = 0x01
    DISCONNECT = 0x02
    SET_PARAMETERS = 0x03
    GET_PARAMETERS = 0x04
    CONTROL = 0x05
    TABLE_DEFINITIONS = 0x06
    WRITE_ROWS = 0x07
    READ_ROWS = 0x08
    DELETE_ROWS = 0x09
    COUNT_ROWS = 0x0A
    RTLOG = 0x0B
    READ_PART = 0x0E
    END_TRANSFER = 0x0F
    DISCOVER = 0x14
    CONNECT_SESSION = 0x76
    RTLOG_TEXT = 0x79


class Reply(IntEnum):
    """What a panel answers."""

    OK = 0xC8
    ERROR = 0xC9
    LARGE = 0x0D
    """The answer is too large for one frame and waits to be read in parts."""


class ErrorCode(IntEnum):
    """The error numbers that code acts on; `ERROR_WORDS` explains all of them."""

    NOT_AUTHORISED = -8
    WRONG_PARAMETER = -11
    EXECUTION_FAILED = -12
    UNKNOWN_COMMAND = -13
    WRONG_PASSWORD = -14
    TABLE_FULL = -18
    NORMAL_OPEN = -28
    UNKNOWN = -99


ERROR_WORDS: Final[Mapping[int, str]] = {
    -1: "the panel could not send",
    -2: "the panel got no response",
    -3: "the panel's buffer is too small",
    -4: "the data could not be decompressed",
    -5: "the length read is wrong",
    -6: "the length after decompression is wrong",
    -7: "the command was repeated",
    -8: "the connection is not authorised",
    -9: "the checksum of the data is wrong",
    -10: "the panel could not read the data",
    -11: "a parameter is wrong",
    -12: "the panel could not carry out the command",
    -13: "the panel does not know this command",
    -14: "the communication password is wrong",
    -15: "the panel could not write a file",
    -16: "the panel could not read a file",
    -17: "a file is missing on the panel",
    -18: "the panel has no space left",
    -19: "the checksum of the transfer is wrong",
    -20: "the length of the transfer is wrong",
    -21: "the panel does not know its platform",
    -22: "the firmware is for another platform",
    -23: "the firmware is older than the installed one",
    -24: "the upgrade file is damaged",
    -25: "the firmware file has the wrong name",
    -26: "the fingerprint template is empty",
    -27: "the fingerprint template belongs to no user",
    -28: "the door is in its normal-open period",
    -99: "unknown error",
}
"""Error numbers of a panel in words (PullSDK User Guide 2.0 appendix; -28: Security PUSH 3.1.2 appendix 1)."""


def error_code(data: bytes) -> int:
    """Return the number in the data of an error reply: its last byte, signed; -99 when there is none."""
    if not data:
        return ErrorCode.UNKNOWN
    return data[-1] - 0x100 if data[-1] & 0x80 else data[-1]


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC_TABLE: Final = tuple(map(_crc_of_byte, range(256)))


def crc16(data: bytes) -> int:
    """Return the CRC-16/ARC of `data` (polynomial 0x8005 reflected, start 0; "123456789" gives 0xBB3D)."""
    crc = 0
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


@dataclass(frozen=True, slots=True)
class Frame:
    """One received frame whose checksum was right."""

    command: int
    data: bytes
    address: int
    """The panel's RS-485 address. It varies between panels, even between replies, and means nothing over TCP."""


def encode(command: int, data: bytes = b"") -> bytes:
    """Build one request frame.

    Raises `InvalidValue` when `data` is longer than `MAX_REQUEST_DATA`.
    """
    if len(data) > MAX_REQUEST_DATA:
        raise InvalidValue("data", f"at most {MAX_REQUEST_DATA} bytes in one request")
    header = _HEADER.pack(_START, _HOST_ADDRESS, command, len(data))
    crc = crc16(header[1:] + data)
    return header + data + _TRAILER.pack(crc, _END)


class FrameReader:
    """Cuts a byte stream into frames, however it was split or merged on its way. Never raises.

    What is no frame is skipped byte by byte until length, end byte and checksum agree again. At most one incomplete
    frame is kept.
    """

    def __init__(self) -> None:
        """Start at the beginning of a stream."""
        self._buffer = bytearray()
        self._head = b""
        self._skipped = 0

    @property
    def skipped(self) -> int:
        """How many bytes were thrown away while looking for a frame; 0 on a sound connection."""
        return self._skipped

    @property
    def foreign(self) -> bool:
        """Whether the stream began as those of standalone terminals do."""
        return self._head in _FOREIGN_STARTS

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take the next bytes of the stream; return the frames that they complete."""
        self._head += chunk[: 4 - len(self._head)]
        self._buffer += chunk
        frames: list[Frame] = []
        position = 0
        while (start := self._buffer.find(_START, position)) >= 0:
            self._skipped += start - position
            position = start
            if len(self._buffer) - start < _HEADER.size:
                break
            _, address, command, length = _HEADER.unpack_from(self._buffer, start)
            end = start + _OVERHEAD + length
            if length <= MAX_REPLY_DATA:
                if len(self._buffer) < end:
                    break
                crc, last = _TRAILER.unpack_from(self._buffer, end - _TRAILER.size)
                # The end byte first: it spares garbage most of the checksums.
                if last == _END:
                    body = bytes(self._buffer[start + 1 : end - _TRAILER.size])
                    if crc == crc16(body):
                        data = body[_HEADER.size - 1 :]
                        frames.append(Frame(command, data, address))
                        position = end
                        continue
            self._skipped += 1
            position = start + 1
        else:
            self._skipped += len(self._buffer) - position
            position = len(self._buffer)
        del self._buffer[:position]
        return frames
