"""The bytes of the standalone protocol as the simulated terminal speaks them.

Here live its own packets, checksum, key scrambling and packed time, written from
the wire facts so that a mistake in the product's codecs cannot hide here too. No
records (`standalone_records`), no sockets, no behaviour.
"""

from dataclasses import dataclass
from datetime import datetime
import struct

DB_READ = 7
USER_WRITE = 8
TEMPLATE_READ = 9
OPTION_READ = 11
OPTION_WRITE = 12
ATTENDANCE_READ = 13
CLEAR_DATA = 14
CLEAR_ATTENDANCE = 15
DELETE_USER = 18
DELETE_USER_TEMPLATE = 19
CLEAR_ADMINS = 20
USER_GROUP_READ = 21
USER_GROUP_WRITE = 22
USER_ZONES_READ = 23
USER_ZONES_WRITE = 24
GROUP_READ = 25
GROUP_WRITE = 26
ZONE_READ = 27
ZONE_WRITE = 28
COMBINATION_READ = 29
COMBINATION_WRITE = 30
UNLOCK = 31
CLEAR_ACCESS = 32
CLEAR_OPERATIONS = 33
OPERATIONS_READ = 34
SIZES = 50
ENABLE_CLOCK = 57
START_VERIFY = 60
START_ENROL = 61
CANCEL_CAPTURE = 62
STATE = 64
WRITE_SCREEN = 66
CLEAR_SCREEN = 67
PIN_WIDTH = 69
MESSAGE_WRITE = 70
MESSAGE_READ = 71
MESSAGE_DELETE = 72
USER_MESSAGE_WRITE = 73
USER_MESSAGE_DELETE = 74
DOOR_STATE = 75
VERIFY_MODE_WRITE = 79
VERIFY_MODE_READ = 80
BUFFERED_TEMPLATE = 87
ONE_TEMPLATE_READ = 88
BUFFER_CHECKSUM = 119
DELETE_TEMPLATE = 134
GET_TIME = 201
SET_TIME = 202
EVENT = 500
CONNECT = 1000
EXIT = 1001
ENABLE = 1002
DISABLE = 1003
RESTART = 1004
POWER_OFF = 1005
SLEEP = 1006
RESUME = 1007
REFRESH_DATA = 1013
REFRESH_OPTIONS = 1014
TEST_VOICE = 1017
VERSION = 1100
AUTH = 1102
PREPARE_DATA = 1500
DATA = 1501
FREE_DATA = 1502
PREPARE_BUFFER = 1503
READ_BUFFER = 1504
ATTENDANCE_RANGE = 10004

OK = 2000
ERROR = 2001
UNAUTHORISED = 2005
LOGIN_LOCKED = 2032
NOTHING_TO_READ = 4989
NOT_FOUND = 4991
SECURE = 6001
UNKNOWN_COMMAND = 65535

MAGIC = bytes.fromhex("5050827d")
HEADER = struct.Struct("<HHHH")
MAX_REQUEST = 1 << 20


class Refused(Exception):
    """The terminal answers this request with a code that says no."""

    def __init__(self, code: int = ERROR) -> None:
        """Keep the code."""
        super().__init__(f"refused with {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Packet:
    """A request, a reply or an event: the same four words before the data."""

    command: int
    session: int
    number: int
    data: bytes = b""

    def encode(self) -> bytes:
        """Return the payload: what a datagram holds and a stream frames."""
        head = HEADER.pack(self.command, 0, self.session, self.number)
        head = HEADER.pack(
            self.command, checksum(head + self.data), self.session, self.number
        )
        return head + self.data


def decode(payload: bytes) -> Packet:
    """Read a payload; raise ValueError when it is short or its checksum wrong."""
    if len(payload) < HEADER.size:
        raise ValueError("shorter than its header")
    command, check, session, number = HEADER.unpack_from(payload)
    if check % 0xFFFF != checksum(payload[:2] + b"\0\0" + payload[4:]) % 0xFFFF:
        raise ValueError("wrong checksum")
    return Packet(command, session, number, payload[HEADER.size :])


def checksum(payload: bytes) -> int:
    """Return the checksum of a payload whose checksum field is zero."""
    if len(payload) % 2:
        payload += b"\0"
    total: int = sum(struct.unpack(f"<{len(payload) // 2}H", payload))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def framed(payload: bytes) -> bytes:
    """Return a payload as it stands in a TCP stream."""
    return MAGIC + len(payload).to_bytes(4, "little") + payload


def cut(buffer: bytearray) -> list[bytes]:
    """Take the whole payloads off the start of a TCP stream.

    Raises ValueError where no frame begins or one is absurdly long.
    """
    found = []
    while len(buffer) >= 8:
        length = int.from_bytes(buffer[4:8], "little")
        if buffer[:4] != MAGIC or length > MAX_REQUEST:
            raise ValueError("no frame begins here")
        if len(buffer) < 8 + length:
            break
        found.append(bytes(buffer[8 : 8 + length]))
        del buffer[: 8 + length]
    return found


def scramble(key: int, session: int, tick: int) -> bytes:
    """Return what proves the communication key in a session."""
    mirrored = 0
    for bit in range(32):
        mirrored = mirrored << 1 | key >> bit & 1
    mixed = struct.pack("<I", mirrored + session & 0xFFFFFFFF)
    first, second, third, fourth = (a ^ b for a, b in zip(mixed, b"ZKSO", strict=True))
    # The first byte is lost to the tick: that is how the vendor wrote it.
    del first
    return bytes([third ^ tick, fourth ^ tick, tick, second ^ tick])


def pack_time(moment: datetime) -> int:
    """Return a local wall clock time as a terminal counts it, in 31-day months."""
    days = (moment.year % 100) * 372 + (moment.month - 1) * 31 + moment.day - 1
    return days * 86400 + moment.hour * 3600 + moment.minute * 60 + moment.second


def unpack_time(value: int) -> datetime:
    """Return the wall clock time; raise ValueError for a date like 30 February."""
    days, seconds = divmod(value, 86400)
    months, day = divmod(days, 31)
    years, month = divmod(months, 12)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return datetime(2000 + years, month + 1, day + 1, hour, minute, second)


def six_bytes(moment: datetime) -> bytes:
    """Return a wall clock time as events carry it."""
    return bytes(
        (
            moment.year - 2000,
            moment.month,
            moment.day,
            moment.hour,
            moment.minute,
            moment.second,
        )
    )
