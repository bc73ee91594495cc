"""The bytes of the C3 protocol as the simulated panel speaks them.

Here live its own CRC, framing, packed time and number encoding, written from
the wire facts so that a mistake in the product's codecs cannot hide here too.
No sockets, no behaviour.
"""

from dataclasses import dataclass
from datetime import datetime
import struct

CONNECT = 0x01
DISCONNECT = 0x02
SET_PARAMETERS = 0x03
GET_PARAMETERS = 0x04
CONTROL = 0x05
TABLE_DEFINITIONS = 0x06
WRITE_TABLE = 0x07
READ_TABLE = 0x08
DELETE_ROWS = 0x09
COUNT_ROWS = 0x0A
BINARY_LOG = 0x0B
LARGE_REPLY = 0x0D
READ_PART = 0x0E
END_TRANSFER = 0x0F
DISCOVER = 0x14
MARK_READ = 0x19
CONNECT_SESSION = 0x76
TEXT_LOG = 0x79
OK = 0xC8
ERROR = 0xC9

WRONG_PARAMETER = -11
NOT_CARRIED_OUT = -12
NOT_AVAILABLE = -13
WRONG_PASSWORD = -14
NOT_AUTHORISED = -8
NOT_PARSEABLE = -10
TABLE_FULL = -18
NORMAL_OPEN = -28

START, END = 0xAA, 0x55
OVERHEAD = 8
MAX_REQUEST = 5200
MAX_REPLY = 5120
PART_LENGTH = MAX_REPLY - 12

# record: card, PIN, verified by, door, event, direction, packed time
EVENT_RECORD = struct.Struct("<IIBBBBI")
# record: alarm per door, contact per door, relays, unknown, 255, 0, packed time
STATUS_RECORD = struct.Struct("<4s4sBBBBI")


class Refused(Exception):
    """The panel answers this request with an error code."""

    def __init__(self, code: int) -> None:
        """Keep the code, a signed byte."""
        super().__init__(f"refused with {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: device address, command and data."""

    address: int
    command: int
    data: bytes

    def encode(self) -> bytes:
        """Return the frame's bytes, CRC included."""
        body = struct.pack("<BBH", self.address, self.command, len(self.data))
        body += self.data
        return bytes([START]) + body + struct.pack("<HB", crc16(body), END)


def frame_length(buffer: bytes | bytearray) -> int | None:
    """Return the length of the frame at the start, None when too short to know.

    Raises ValueError when no frame can begin like this.
    """
    if buffer and buffer[0] != START:
        raise ValueError("no start byte")
    if len(buffer) < 5:
        return None
    length = int.from_bytes(buffer[3:5], "little") + OVERHEAD
    if length > MAX_REQUEST:
        raise ValueError("longer than the receive buffer")
    return length


def decode_frame(raw: bytes | bytearray) -> Frame:
    """Read exactly one whole frame; raise ValueError when it is damaged."""
    body, (crc, end) = raw[1:-3], struct.unpack("<HB", raw[-3:])
    if end != END or crc != crc16(body):
        raise ValueError("damaged frame")
    return Frame(body[0], body[1], bytes(body[4:]))


def _crc_entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


_CRC_TABLE = [_crc_entry(byte) for byte in range(256)]


def crc16(data: bytes | bytearray) -> int:
    """Return the CRC-16/ARC of the data."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def pack_time(moment: datetime) -> int:
    """Return a local wall clock time as the panel counts it, in 31-day months."""
    days = (moment.year - 2000) * 372 + (moment.month - 1) * 31 + moment.day - 1
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return days * 86400 + seconds & 0xFFFFFFFF


def unpack_time(value: int) -> datetime:
    """Return the wall clock time; raise ValueError for a date like 30 February."""
    if not 0 <= value <= 0xFFFFFFFF:
        raise ValueError("packed time must have 32 bits")
    days, seconds = divmod(value, 86400)
    months, day = divmod(days, 31)
    years, month = divmod(months, 12)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return datetime(2000 + years, month + 1, day + 1, hour, minute, second)


def pack_number(value: int) -> bytes:
    """Return a number as little-endian bytes, as few as it takes, at least one."""
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "little")
