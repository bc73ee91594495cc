"""Packets of the standalone protocol: their bytes, checksum and numbers.

Lives here: one packet as a UDP datagram or in a TCP stream, and the names of commands and replies. Not here: what their
data mean, and which reply answers which request (`client`).
Sources: "Protocol Description of ZKTeco's Standalone Devices"; the vendor's communication manual of 2006; captured frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
import struct
from typing import Final

from ..errors import MalformedReply


class Command(IntEnum):
    """What a terminal can be asked; `EVENT` is also what it sends unasked."""

    DB_READ = 7
    USER_WRITE = 8
    TEMPLATE_READ = 9
    TEMPLATE_WRITE = 10
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
    GROUP_ZONES_READ = 25
    GROUP_ZONES_WRITE = 26
    TIME_ZONE_READ = 27
    TIME_ZONE_WRITE = 28
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
    BUFFERED_TEMPLATE_WRITE = 87
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


class Reply(IntEnum):
    """What a terminal answers, besides `Command.DATA` and `Command.PREPARE_DATA`."""

    OK = 2000
    ERROR = 2001
    DATA = 2002
    RETRY = 2003
    REPEAT = 2004
    UNAUTHORISED = 2005
    LOGIN_LOCKED = 2032
    CANNOT_ALLOCATE = 4989
    NOT_FOUND = 4991
    SECURE = 6001
    ERROR_DATA = 65531
    ERROR_INIT = 65532
    ERROR_COMMAND = 65533
    UNKNOWN_COMMAND = 65535


REFUSALS: Final[Mapping[int, str]] = {
    Reply.ERROR: "refused",
    Reply.RETRY: "terminal is busy",
    Reply.REPEAT: "terminal wants the command again",
    Reply.UNAUTHORISED: "not authorised",
    Reply.LOGIN_LOCKED: "logins are locked",
    4981: "not supported",
    4982: "terminal is out of memory",
    4983: "checksum cannot be computed",
    4984: "file cannot be written",
    4985: "file cannot be read",
    4986: "file does not exist",
    4987: "refused",
    4988: "refused",
    Reply.CANNOT_ALLOCATE: "terminal has no buffer, or nothing to read",
    4990: "storage is full",
    Reply.NOT_FOUND: "not found",
    4992: "cannot be deleted",
    4993: "cannot be read",
    4994: "cannot be updated",
    4995: "cannot be added",
    4996: "parameter not valid",
    4997: "length not valid",
    4998: "setting cannot be written",
    4999: "setting cannot be read",
    Reply.SECURE: "firmware encrypts",
    Reply.ERROR_DATA: "data not valid",
    Reply.ERROR_INIT: "terminal is not ready",
    Reply.ERROR_COMMAND: "command not valid",
    Reply.UNKNOWN_COMMAND: "command unknown to the terminal",
}
"""Replies that say no, in words."""

# Where the terminal does not know what was asked; never a statement about data.
UNSUPPORTED: Final = frozenset((4981, Reply.ERROR_COMMAND, Reply.UNKNOWN_COMMAND))

HEADER: Final = struct.Struct("<HHHH")
"""Command or reply, checksum, session, reply number."""
PREFIX: Final = struct.Struct("<4sI")
"""In a TCP stream: magic, length of what follows."""
MAGIC: Final = b"\x50\x50\x82\x7d"
# What else answers at such a port, by its first bytes: panels, encrypting firmware, web servers, TLS.
_FAMILIES: Final[Mapping[bytes, str]] = {
    b"\xaa": "c3",
    b"\x50\x50\x83\x7c": "encrypted",
    b"HTTP": "http",
    b"<": "http",
    b"\x15\x03": "http",
    b"\x16\x03": "http",
}
MAX_PAYLOAD: Final = 1 << 20
"""The largest seen is a part of 64 KiB and its header; a longer one is a damaged length."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One request, reply or event."""

    command: int
    session: int
    """The session's number; in events the event's, in parts of a long answer their index."""
    number: int
    """Counts requests; a reply has its request's, an event has 0."""
    data: bytes = b""


def checksum(payload: bytes) -> int:
    """Return the ones' complement of the ones' complement sum of 16-bit words, an odd byte padded with zero.

    Over a payload with its checksum in place the result is 0 (or 0xFFFF: both are zero in this arithmetic).
    """
    # 2**16 is 1 modulo 2**16 - 1, so the remainder of the whole number is the folded sum of its words.
    return 0xFFFF - (int.from_bytes(payload, "little") % 0xFFFF or 0xFFFF)


def encode(packet: Packet) -> bytes:
    """Return a packet's payload: a whole UDP datagram."""
    payload = bytearray(
        HEADER.pack(packet.command, 0, packet.session, packet.number) + packet.data
    )
    struct.pack_into("<H", payload, 2, checksum(bytes(payload)))
    return bytes(payload)


def framed(payload: bytes) -> bytes:
    """Return a payload as it stands in a TCP stream."""
    return PREFIX.pack(MAGIC, len(payload)) + payload


def decode(payload: bytes) -> tuple[Packet, bool]:
    """Return the packet in a payload, and whether its checksum is right.

    Raises MalformedReply for one that is too short.
    """
    if len(payload) < HEADER.size:
        raise MalformedReply("a packet without its header")
    command, _, session, number = HEADER.unpack_from(payload)
    packet = Packet(command, session, number, payload[HEADER.size :])
    return packet, checksum(payload) in (0, 0xFFFF)


class PacketReader:
    """Cuts a TCP stream into payloads, however the network has cut it. Pure: bytes in, payloads out.

    `found` says which protocol the peer speaks when it is not this one: "c3", "http", "encrypted" or "unknown". From then
    on the stream is over: it has no marks by which it could be found again.
    """

    def __init__(self) -> None:
        """Start before the first byte."""
        self._buffer = bytearray()
        self.found: str | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes, and return the payloads that are complete now."""
        payloads: list[bytes] = []
        if self.found is not None:
            return payloads
        buffer = self._buffer
        buffer += data
        start = 0
        while self.found is None and len(buffer) - start >= 1:
            if buffer[start : start + 4] != MAGIC[: len(buffer) - start]:
                self.found = _family(bytes(buffer[start : start + 8]))
                break
            if len(buffer) - start < PREFIX.size:
                break
            _, length = PREFIX.unpack_from(buffer, start)
            if not HEADER.size <= length <= MAX_PAYLOAD:
                self.found = "unknown"
                break
            end = start + PREFIX.size + length
            if len(buffer) < end:
                break
            payloads.append(bytes(buffer[start + PREFIX.size : end]))
            start = end
        del buffer[:start]
        return payloads


def _family(start: bytes) -> str | None:
    """Tell which protocol begins like that; None while more bytes have to tell."""
    for sign, family in _FAMILIES.items():
        if start.startswith(sign):
            return family
        if sign.startswith(start):
            return None
    return "unknown"
