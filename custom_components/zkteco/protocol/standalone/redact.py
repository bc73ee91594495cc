"""What can be told of the packets of a standalone terminal.

Lives here: which bytes of which command are secret. Not here: the layouts themselves (`packet`, `users`, `logs`,
`realtime`), what stands for a secret (`redact` above). A long answer is told once it is whole.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from enum import Enum, auto
import re
import struct
from typing import Final, override

from ..errors import MalformedReply
from ..redact import MAX_TOLD, PRIVATE_OPTIONS, StandIns, shape
from ..trace import Entry, Tell, Tracer
from . import options
from .logs import AttendanceDecoder, AttendanceLayout
from .packet import Command, Packet, Reply, decode
from .realtime import EventCode
from .users import UserLayout, user_layout

_LENGTH: Final = struct.Struct("<I")
_GATHER: Final = struct.Struct("<BHII")
_USERS: Final = 5
_SHORT: Final = 64
"""Bytes. No question that is about nobody is longer."""
_COUNTERS: Final = 128
_PREPARED: Final = 9
"""Bytes of the answer to `PREPARE_BUFFER` before a checksum of what is to be read."""
_OPERATION_SIZE: Final = 16
# Later than any log: a row from the future proves nothing here.
_NOW: Final = datetime(2133, 1, 1)
_NUL: Final = re.compile("(\0)")
_PRINTED: Final = re.compile(rb"[ -~]{0,63}\0?")
_NOBODY: Final = b"\xff\xff\xff\xff"

# Neither what is asked nor what is answered is about a person.
_IMPERSONAL: Final = frozenset(
    {
        *(Command.CONNECT, Command.EXIT, Command.ENABLE, Command.DISABLE),
        *(Command.RESTART, Command.POWER_OFF, Command.SLEEP, Command.RESUME),
        *(Command.REFRESH_DATA, Command.REFRESH_OPTIONS, Command.TEST_VOICE),
        *(Command.UNLOCK, Command.DOOR_STATE, Command.STATE, Command.PIN_WIDTH),
        *(Command.GET_TIME, Command.SET_TIME, Command.ENABLE_CLOCK, Command.EVENT),
        *(Command.CLEAR_DATA, Command.CLEAR_ATTENDANCE, Command.CLEAR_OPERATIONS),
        *(Command.CLEAR_ADMINS, Command.CLEAR_ACCESS, Command.CLEAR_SCREEN),
        *(Command.START_VERIFY, Command.CANCEL_CAPTURE, Command.FREE_DATA),
        *(Command.TIME_ZONE_READ, Command.TIME_ZONE_WRITE),
        *(Command.GROUP_ZONES_READ, Command.GROUP_ZONES_WRITE),
        *(Command.COMBINATION_READ, Command.COMBINATION_WRITE),
    }
)
_NUMBER: Final = 4
_ANSWERS: Final[Mapping[int, int]] = {
    Command.TIME_ZONE_READ: 32,
    Command.GROUP_ZONES_READ: 16,
    Command.COMBINATION_READ: 16,
}
"""Bytes of answers that are more than a number."""
# What is asked for is told, but not what comes.
_LONG: Final = frozenset(
    {
        *(Command.DB_READ, Command.TEMPLATE_READ, Command.ATTENDANCE_READ),
        *(Command.OPERATIONS_READ, Command.PREPARE_BUFFER, Command.READ_BUFFER),
        Command.PREPARE_DATA,
    }
)
_OPTIONS: Final = frozenset({Command.OPTION_READ, Command.OPTION_WRITE})


class _Kind(Enum):
    NUMBER = auto()
    TEXT = auto()
    NOTHING = auto()
    """Becomes zeros."""


type _Secrets = tuple[tuple[int, int, _Kind], ...]
"""Where, how many bytes, of which kind. All else in a row may be told."""

_USER_SECRETS: Final[Mapping[UserLayout, _Secrets]] = {
    UserLayout.ANCIENT: ((0, 2, _Kind.NUMBER), (3, 5, _Kind.TEXT), (8, 8, _Kind.TEXT)),
    UserLayout.NUMERIC: (
        (0, 2, _Kind.NUMBER),
        (3, 5, _Kind.TEXT),
        (8, 8, _Kind.TEXT),
        (16, 4, _Kind.NUMBER),
        (20, 1, _Kind.NUMBER),
        (24, 4, _Kind.NUMBER),
    ),
    UserLayout.TEXT: (
        (0, 2, _Kind.NUMBER),
        (3, 8, _Kind.TEXT),
        (11, 24, _Kind.TEXT),
        (35, 4, _Kind.NUMBER),
        (48, 24, _Kind.TEXT),
    ),
}
_BY_TEXT: Final = ((0, 2, _Kind.NUMBER), (2, 24, _Kind.TEXT))
_ROW_SECRETS: Final[Mapping[AttendanceLayout, _Secrets]] = {
    AttendanceLayout.NUMBER_8A: ((0, 2, _Kind.NUMBER),),
    AttendanceLayout.NUMBER_8B: ((0, 2, _Kind.NUMBER),),
    AttendanceLayout.NUMBER_16: ((0, 4, _Kind.NUMBER),),
    AttendanceLayout.TEXT_36: _BY_TEXT,
    AttendanceLayout.TEXT_40: (*_BY_TEXT, (36, 4, _Kind.NOTHING)),
    AttendanceLayout.TEXT_49: (*_BY_TEXT, (36, 13, _Kind.NOTHING)),
}
# Who was in the menus, and parameters of which many are users.
_OPERATION: Final[_Secrets] = (
    (0, 2, _Kind.NUMBER),
    *((start, 2, _Kind.NUMBER) for start in range(8, _OPERATION_SIZE, 2)),
)
# By event and length of its data; None stands for any length from 32 on.
_EVENT_SECRETS: Final[Mapping[tuple[int, int | None], _Secrets]] = {
    (EventCode.ATTENDANCE, 10): ((0, 2, _Kind.NUMBER),),
    (EventCode.ATTENDANCE, 12): ((0, 4, _Kind.NUMBER),),
    (EventCode.ATTENDANCE, 14): ((0, 2, _Kind.NUMBER),),
    (EventCode.ATTENDANCE, None): ((0, 24, _Kind.TEXT), (32, 99, _Kind.NOTHING)),
    (EventCode.FINGER, 0): (),
    (EventCode.ENROL_USER, 2): ((0, 2, _Kind.NUMBER),),
    (EventCode.ENROL_FINGER, 1): (),
    (EventCode.ENROL_FINGER, 2): (),
    (EventCode.BUTTON, 1): (),
    (EventCode.BUTTON, 2): (),
    (EventCode.VERIFY, 4): ((0, 4, _Kind.NUMBER),),
    (EventCode.VERIFY, 5): ((0, 4, _Kind.NUMBER),),
    (EventCode.SCORE, 1): (),
    (EventCode.CARD, 4): ((0, 4, _Kind.NUMBER),),
}
_LONG_EVENT: Final = 32
_LOW_NUMBERS: Final = range(256)
"""Of keys and of what happened; nothing else is told in their place."""
# type and user, in either order
_PERSON_ALARM: Final = struct.Struct("<4xHH4x")
_DURESS_OR_PASSBACK: Final = (32, 34)


class StandaloneTracer(Tracer[bytes, bytes]):
    """Listens to the connection of one terminal."""

    def __init__(self, tell: Tell, *, stand_ins: StandIns | None = None) -> None:
        """`stand_ins` is for tests."""
        super().__init__(tell)
        self._stand_ins = stand_ins or StandIns()
        self._asked = Packet(Command.EXIT, 0, 0)
        self._read = (0, 0)
        """The command and first argument of the data set that is being read."""
        self._content = bytearray()
        self._echoes = False
        """Whether replies carry the number of their request, so that a late one can be known."""

    @override
    def _sent(self, message: bytes) -> Iterator[Entry]:
        packet, is_right = decode(message)
        if packet.command == Reply.OK:
            yield self._entry(packet, is_right, packet.data or b"")
            return
        if packet.command == Command.READ_BUFFER:
            # One that is lost is asked for again.
            (offset,) = _LENGTH.unpack_from(packet.data)
            del self._content[offset:]
        else:
            yield from self._whole()
        self._asked = packet
        if packet.command == Command.PREPARE_BUFFER:
            _, command, first, _ = _GATHER.unpack(packet.data)
            self._read = command, first
        elif packet.command in _LONG and packet.command != Command.READ_BUFFER:
            self._read = packet.command, int.from_bytes(packet.data[:1])
        yield self._entry(packet, is_right, self._request(packet))

    @override
    def _received(self, message: bytes) -> Iterator[Entry]:
        try:
            packet, is_right = decode(message)
        except MalformedReply:
            yield {"no packet": {}, **shape(message)}
            return
        if packet.command == Command.EVENT:
            event = self._event(packet.session, packet.data)
            yield self._entry(packet, is_right, event)
        else:
            yield self._entry(packet, is_right, self._reply(packet))

    @override
    def _noted(self, what: str, err: BaseException | None) -> Iterator[Entry]:
        yield from self._whole()
        yield from super()._noted(what, err)

    def _entry(self, packet: Packet, is_right: bool, told: bytes | str | None) -> Entry:
        """Return what can be told of a packet."""
        return {
            "command": _name(packet.command),
            "session": packet.session,
            "number": packet.number,
            "checksum": is_right,
            **_told(packet.data, told),
        }

    # What they hold

    def _request(self, packet: Packet) -> bytes | str | None:
        """Return the data of a request without secrets; None when that is not known to be possible."""
        command, data = packet.command, packet.data
        if command in _OPTIONS:
            return self._option(data)
        if command == Command.USER_WRITE:
            sizes = {layout.value: layout for layout in UserLayout}
            layout = sizes.get(len(data))
            return None if layout is None else self._row(data, _USER_SECRETS[layout])
        if command == Command.AUTH:
            return bytes(len(data))  # the key can be computed from it
        harmless = command in _IMPERSONAL | _LONG and len(data) <= _SHORT
        return data if harmless or not data else None

    def _reply(self, packet: Packet) -> bytes | str | None:
        """Return the data of a reply without secrets."""
        asked, data = self._asked.command, packet.data
        if packet.number == self._asked.number:
            self._echoes = self._echoes or packet.number > 0
        elif self._echoes:
            return None  # to a question that is no longer known
        if packet.command == Command.PREPARE_DATA and len(data) >= _LENGTH.size:
            return data[: _LENGTH.size] + bytes(len(data) - _LENGTH.size)
        if asked in _LONG and packet.command == Command.DATA:
            self._content += data  # told when it is whole
            return None
        if asked == Command.PREPARE_BUFFER:
            return data[:_PREPARED] + bytes(len(data) - len(data[:_PREPARED]))
        if asked in _OPTIONS:
            return self._option(data)
        if asked == Command.VERSION and _PRINTED.fullmatch(data):
            return data.decode("ascii")
        harmless = asked in _IMPERSONAL and len(data) <= _ANSWERS.get(asked, _NUMBER)
        counters = asked == Command.SIZES and len(data) <= _COUNTERS
        return data if harmless or counters or not data else None

    def _option(self, data: bytes) -> str:
        """Return options; a name without a value is one that is asked for."""

        def keeps(name: str, value: str) -> bool:
            found = options.find(name)
            is_private = name.lower().lstrip("~") in PRIVATE_OPTIONS
            return found is not None and not found.secret and not is_private

        def bare(name: str) -> str:
            return name if options.find(name) else self._stand_ins.text(name)

        text, end, junk = data.partition(b"\0")
        told = self._stand_ins.fields(text.decode("latin-1"), _NUL, keeps, bare)
        return told + "\0" * len(end + junk)

    def _event(self, code: int, data: bytes) -> bytes | None:
        """Return the data of an event."""
        length = len(data)
        secrets = _EVENT_SECRETS.get((code, length))
        if code == EventCode.ATTENDANCE and length >= _LONG_EVENT:
            secrets = _EVENT_SECRETS[code, None]
        if code == EventCode.ENROL_FINGER and length >= 8:
            secrets = ((4, length - 4, _Kind.TEXT),)
        if code in (EventCode.ALARM, EventCode.BUTTON) and length in (4, 8):
            words = (data[:4], data[4:])
            are_low = all(int.from_bytes(w, "little") in _LOW_NUMBERS for w in words)
            secrets = () if are_low else None
        if code == EventCode.ALARM and length == _PERSON_ALARM.size:
            first, second = _PERSON_ALARM.unpack(data)
            if first in _DURESS_OR_PASSBACK:
                secrets = ((6, 2, _Kind.NUMBER),)
            elif second in _DURESS_OR_PASSBACK:
                secrets = ((4, 2, _Kind.NUMBER),)
        return None if secrets is None else self._row(data, secrets)

    # Long answers

    def _whole(self) -> Iterator[Entry]:
        """Tell a data set that was read, or as much of it as came."""
        data = bytes(self._content)
        self._content.clear()
        if data:
            told = self._data_set(data)
            name = _name(self._read[0])
            yield {"way": "received", "whole": name, **_told(data, told)}

    def _data_set(self, data: bytes) -> bytes | None:
        """Return a data set: its length and its rows."""
        rows = data[_LENGTH.size :]
        if len(data) < _LENGTH.size or _LENGTH.unpack_from(data)[0] != len(rows):
            return None
        if not rows:
            return data
        if (found := self._layout_of(rows)) is None:
            return None
        width, secrets = found
        some = rows[: MAX_TOLD // width * width]
        return data[: _LENGTH.size] + b"".join(
            self._row(some[start : start + width], secrets)
            for start in range(0, len(some), width)
        )

    def _layout_of(self, rows: bytes) -> tuple[int, _Secrets] | None:
        """Return the width of rows and what is secret in each; None where that is not certain."""
        match self._read:
            case (Command.TEMPLATE_READ, first) if first == _USERS:
                try:
                    users = user_layout(len(rows), None, rows)
                except MalformedReply:
                    return None
                return users.value, _USER_SECRETS[users]
            case (Command.ATTENDANCE_READ | Command.ATTENDANCE_RANGE, _):
                decoder = AttendanceDecoder(len(rows), None, _NOW)
                decoder.feed(rows)
                with suppress(MalformedReply):
                    decoder.finish()
                log = decoder.layout
                return None if log is None else (log.width, _ROW_SECRETS[log])
            case (Command.OPERATIONS_READ, _) if not len(rows) % _OPERATION_SIZE:
                return _OPERATION_SIZE, _OPERATION
        return None

    def _row(self, row: bytes, secrets: _Secrets) -> bytes:
        """Return a row with stand-ins for its secrets."""
        told = bytearray(row)
        for start, size, kind in secrets:
            part = row[start : start + size]
            match kind:
                case _Kind.TEXT:
                    part = self._stand_ins.field(part)
                case _Kind.NUMBER if part != _NOBODY:
                    part = self._stand_ins.binary(part)
                case _Kind.NOTHING:
                    part = bytes(len(part))
            told[start : start + size] = part
        return bytes(told)


def _told(data: bytes, told: bytes | str | None) -> Entry:
    """Return data as they can be told."""
    if told is None:
        return shape(data)
    if isinstance(told, str):
        return {"size": len(data), "text": told}
    return {"size": len(data), "data": told.hex()} if data else {"size": 0}


def _name(command: int) -> str:
    for names in (Command, Reply):
        if command in set(names):
            return names(command).name
    return str(command)
