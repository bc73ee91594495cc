"""What can be told of the frames of a C3 panel.

Lives here: which bytes of which command are secret. Not here: the layouts themselves (`frame`, `tables`, `rtlog`), what
stands for a secret (`redact` above). An answer in parts is told once it is whole. What is told has no checksums but whether
they were right: of something short they would tell what it was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
import re
import struct
from typing import Final, override

from .. import packed_time
from ..redact import MAX_TOLD, PRIVATE_OPTIONS, StandIns, is_harmless, shape
from ..trace import Entry, Tell, Tracer
from . import parameters
from .frame import SESSION_SIZE, Command, FrameReader, Reply, crc16
from .rtlog import LINKAGE
from .tables import Table, parse_definitions

_HEADER: Final = struct.Struct("<BBBH")
_TRAILER: Final = struct.Struct("<HB")
_NUMBERS: Final = "iL"
_TEXT: Final = "s"
_OFFSET: Final = 4
_CONTROL_SIZE: Final = 5
_LARGE_SIZE: Final = 17
_CRC32: Final = slice(9, 13)
_MAX_ERROR: Final = 4
_DEFINITION: Final = re.compile(r"\w{1,40}=\d+(?:,\w{1,40}=[A-Za-z]\d+)*", re.ASCII)
_COMMA: Final = re.compile("(,)")
_IN_LOG: Final = re.compile("([\t\r\n])")
_MAX_NUMBER: Final = 8
"""Bytes. Longer ones show that the rows are not what they seem to be."""
_SHORT: Final = 4
# card | user id | verification | address | event code | direction | packed time; and where a state has its number 255
_EVENT: Final = struct.Struct("<IIBBBBI")
_STATUS: Final = 255
_DIRECTIONS: Final = range(10)


type _Redact = Callable[[int, bytes], bytes | str | None]


class C3Tracer(Tracer[bytes, bytes]):
    """Listens to the connection of one panel."""

    def __init__(
        self,
        tell: Tell,
        tables: Mapping[str, Table],
        *,
        has_session: bool,
        stand_ins: StandIns | None = None,
    ) -> None:
        """`tables` are those that the panel has named, `has_session` tells whether its frames begin with a session."""
        super().__init__(tell)
        self._stand_ins = stand_ins or StandIns()
        self._tables = {table.index: table for table in tables.values()}
        self._has_session = has_session
        self._asked = 0
        self._number: int | None = None
        self._reader = FrameReader()
        self._incoming = bytearray()
        self._parts = bytearray()
        self._fetched = 0
        """The command whose answer may come in parts."""
        # Without them nobody could read the rows that follow.
        tell({"way": "note", "note": "tables", "text": _as_told(tables.values())})

    # Frames

    @override
    def _sent(self, message: bytes) -> Iterator[Entry]:
        yield from self._leftover()
        command = message[2]
        data = message[_HEADER.size : -_TRAILER.size]
        self._asked = command
        if command in (Command.CONNECT_SESSION, Command.CONNECT):
            self._has_session = False
        if command == Command.END_TRANSFER:
            yield from self._whole()
        elif command != Command.READ_PART:
            self._fetched = command
        yield self._entry(command, data, self._request)

    @override
    def _received(self, message: bytes) -> Iterator[Entry]:
        self._incoming += message
        for frame in self._reader.feed(message):
            self._incoming.clear()
            entry = self._entry(frame.command, frame.data, self._reply)
            yield entry | {"address": frame.address}
            if (
                self._asked == Command.CONNECT_SESSION
                and frame.command == Reply.OK
                and len(frame.data) >= SESSION_SIZE
            ):
                self._has_session = True

    @override
    def _noted(self, what: str, err: BaseException | None) -> Iterator[Entry]:
        yield from self._leftover()
        self._has_session = False
        yield from super()._noted(what, err)

    def _leftover(self) -> Iterator[Entry]:
        """Tell of bytes that came and were no frame."""
        data = bytes(self._incoming)
        self._incoming.clear()
        self._reader = FrameReader()
        if len(data) >= _HEADER.size + _TRAILER.size:
            _, _, command, length = _HEADER.unpack_from(data)
            crc, _ = _TRAILER.unpack_from(data, len(data) - _TRAILER.size)
            right = crc == crc16(data[1 : -_TRAILER.size])
            head: Entry = {"command": command, "length": length, "checksum": right}
            yield {"way": "received", "no frame": head, **shape(data)}
        elif data:
            yield {"way": "received", "no frame": {}, **shape(data)}

    def _entry(self, command: int, data: bytes, redact: _Redact) -> Entry:
        """Return what can be told of a frame."""
        entry: Entry = {"command": _name(command)}
        if self._has_session and len(data) >= SESSION_SIZE:
            session, number = struct.unpack_from("<HH", data)
            entry |= {"session": session, "number": number}
            data = data[SESSION_SIZE:]
            if command in set(Command):
                self._number = number
            elif number != self._number:
                return entry | shape(data)  # nobody knows what it answers
        return entry | _told(data, redact(command, data))

    # What they hold

    def _request(self, command: int, data: bytes) -> bytes | str | None:
        """Return the data of a request without secrets; None when that is not known to be possible."""
        match command:
            case Command.CONNECT_SESSION:
                return data[:SESSION_SIZE] + self._stand_ins.field(data[SESSION_SIZE:])
            case Command.CONNECT:
                return self._stand_ins.field(data)
            case Command.GET_PARAMETERS | Command.SET_PARAMETERS:
                return self._parameters(data)
            case Command.CONTROL if len(data) == _CONTROL_SIZE:
                return data
            case Command.READ_PART if len(data) == _OFFSET:
                return data
            case Command.COUNT_ROWS if len(data) == 1:
                return data
            case Command.READ_ROWS:
                return self._query(data)
            case Command.WRITE_ROWS | Command.DELETE_ROWS:
                return self._rows(data)
        return None if data else data

    def _reply(self, command: int, data: bytes) -> bytes | str | None:
        """Return the data of a reply without secrets."""
        if command == Reply.LARGE and len(data) == _LARGE_SIZE:
            self._parts.clear()
            return data[: _CRC32.start] + bytes(4) + data[_CRC32.stop :]
        if command == Reply.ERROR and len(data) <= _MAX_ERROR:
            return data
        if command != Reply.OK:
            return None
        match self._asked:
            case Command.READ_PART if len(data) >= _OFFSET:
                # Told when it is whole.
                self._parts += data[_OFFSET:]
                return data[:_OFFSET]
            case Command.COUNT_ROWS if len(data) == _OFFSET:
                return data
            case Command.CONNECT_SESSION if len(data) == SESSION_SIZE:
                return data
        return self._answer(self._asked, data)

    def _answer(self, asked: int, data: bytes) -> bytes | str | None:
        match asked:
            case Command.GET_PARAMETERS:
                return self._parameters(data)
            case Command.TABLE_DEFINITIONS:
                return self._definitions(data)
            case Command.READ_ROWS:
                return self._rows(data)
            case Command.RTLOG:
                return self._log(data)
            case Command.RTLOG_TEXT:
                return self._stand_ins.fields(_text(data), _IN_LOG, is_harmless)
        return None if data else data

    def _whole(self) -> Iterator[Entry]:
        """Tell an answer that came in parts."""
        data = bytes(self._parts)
        self._parts.clear()
        if data:
            told = self._answer(self._fetched, data)
            name = _name(self._fetched)
            yield {"way": "received", "whole": name, **_told(data, told)}

    def _parameters(self, data: bytes) -> str:
        """Return parameters; names without values are those that are asked for."""
        return self._stand_ins.fields(
            _text(data),
            _COMMA,
            _is_public,
            lambda name: name if parameters.find(name) else self._stand_ins.text(name),
        )

    def _definitions(self, data: bytes) -> str | None:
        """Return which tables there are, and learn that."""
        text = _text(data)
        if not all(_DEFINITION.fullmatch(line.strip("\0 ")) for line in text.split()):
            return None
        found = parse_definitions(data).values()
        self._tables = {table.index: table for table in found}
        return text

    def _query(self, data: bytes) -> bytes | None:
        """Return the request for rows, with its conditions."""
        # table | columns | options | tested columns | values
        position = 1
        for _ in range(2):
            if position >= len(data):
                return None
            position += 1 + data[position]
        header, rest = data[:position], data[position:]
        if not rest or (table := self._tables.get(data[0])) is None:
            return None
        count = rest[0]
        if not count:
            return data if len(rest) == 1 else None
        told = self._values(table, rest[1 : 1 + count], rest[1 + count :])
        return None if told is None else header + rest[: 1 + count] + told

    def _rows(self, data: bytes) -> bytes | None:
        """Return rows behind the numbers of their columns."""
        if not data:
            return data
        if len(data) < 2 or (table := self._tables.get(data[0])) is None:
            return None
        start = 2 + data[1]
        told = self._values(table, data[2:start], data[start:])
        return None if told is None else data[:start] + told

    def _values(self, table: Table, columns: bytes, data: bytes) -> bytes | None:
        """Return values with their lengths in front, to the last byte; None when they do not fit."""
        kinds = {field.index: field for field in table.fields}
        fields = [field for index in columns if (field := kinds.get(index))]
        if len(fields) != len(columns) or (data and not fields):
            return None
        # Nobody knows the length of a template for sure, so nobody knows what stands behind it.
        if any(f.kind not in _NUMBERS + _TEXT or f.name == "Template" for f in fields):
            return None
        told = bytearray()
        position = 0
        while position < len(data) and position < MAX_TOLD:
            for field in fields:
                end = position + 1 + int.from_bytes(data[position : position + 1])
                value = data[position + 1 : end]
                if position >= len(data) or end > len(data):
                    return None
                if field.kind == _TEXT:
                    value = self._stand_ins.field(value)
                elif len(value) > _MAX_NUMBER:
                    return None
                elif not is_harmless(field.name) or len(value) > _SHORT:
                    value = self._stand_ins.binary(value)
                told += bytes((len(value),)) + value
                position = end
        return bytes(told)

    def _log(self, data: bytes) -> bytes | None:
        """Return records of what happened and of the doors."""
        if len(data) % _EVENT.size:
            return None
        told = bytearray()
        for start in range(0, len(data), _EVENT.size):
            record = data[start : start + _EVENT.size]
            card, user, verify, address, code, direction, time = _EVENT.unpack(record)
            # Without a date or a direction it may be anything.
            is_known = direction in _DIRECTIONS and packed_time.decode(time)
            if any(record) and not is_known:
                return None
            if any(record) and code != _STATUS:
                card = card if code in LINKAGE else self._stand_ins.number(card)
                user = self._stand_ins.number(user)
                record = _EVENT.pack(card, user, verify, address, code, direction, time)
            told += record
        return bytes(told)


def _as_told(tables: Iterable[Table]) -> str:
    """Return tables as panels tell them."""
    return "\r\n".join(
        ",".join(
            (
                f"{table.name}={table.index}",
                *(f"{field.name}={field.kind}{field.index}" for field in table.fields),
            )
        )
        for table in tables
    )


def _told(data: bytes, told: bytes | str | None) -> Entry:
    """Return data as they can be told."""
    if told is None:
        return shape(data)
    if isinstance(told, str):
        return {"size": len(data), "text": told[:MAX_TOLD]}
    return {"size": len(data), "data": told[:MAX_TOLD].hex()} if data else {"size": 0}


def _name(command: int) -> str:
    for names in (Command, Reply):
        if command in set(names):
            return names(command).name
    return f"{command:#04x}"


def _text(data: bytes) -> str:
    return data.decode("latin-1")


def _is_public(name: str, value: str) -> bool:
    """Whether a parameter is documented, and tells nobody and no place."""
    found = parameters.find(name)
    is_private = name.lower().lstrip("~") in PRIVATE_OPTIONS
    return found is not None and not found.secret and not is_private
