"""The TCP connection to one C3 / inBio panel: handshake, one request at a time, large replies.

Lives here: all socket I/O of the PULL protocol, and the rule when to distrust a connection. Not here: layouts
(the codecs) and meaning (`panel`). The rules, learned from field reports: a panel serves one host and handles one
frame at a time, and after one late reply every later reply would answer the wrong question. So exactly one
request is in flight, and a connection with a timeout, a damaged frame or a wrong sequence number is closed at once.
Nothing is ever sent twice.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
import socket
import struct
import time
import zlib

from .. import progress
from ..device import Json
from ..errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    MalformedReply,
    OutcomeUnknown,
    Unsupported,
    WrongDevice,
    WrongFamily,
    WrongPassword,
)
from ..trace import Tracer
from . import parameters, tables
from .frame import (
    ERROR_WORDS,
    Command,
    ErrorCode,
    Frame,
    FrameReader,
    Reply,
    encode,
    error_code,
)

CONNECT_SECONDS = 5.0
REPLY_SECONDS = 3.0
SLOW_REPLY_SECONDS: Mapping[Command, float] = {
    Command.CONTROL: 5.0,
    Command.SET_PARAMETERS: 10.0,
    Command.TABLE_DEFINITIONS: 10.0,
    Command.READ_ROWS: 10.0,
    Command.READ_PART: 10.0,
    Command.WRITE_ROWS: 10.0,
    Command.DELETE_ROWS: 10.0,
}
"""How long panels may take for what takes them longer than `REPLY_SECONDS`."""
COMMAND_TTL_SECONDS = 10.0
"""A door command that has not reached the panel by then never will: doors never open late."""

MAX_PASSWORD = 15
_SESSION_REQUEST = b"\xfe\xfe\xfe\xfe"
_FIRST_SEQUENCE = 0xFEFE
_SESSION = struct.Struct("<HH")  # session id, sequence number
_REPLIES = frozenset(Reply)
_SERIAL_NUMBER = "~SerialNumber"
_FRAMES_KEPT = 50
# On, and no seconds: what was not delivered yet is thrown away.
_DISCARD_UNSENT = struct.pack("ii", 1, 0)


class ConnectionDropped(CannotConnect):
    """The panel closed or reset the connection; nothing timed out."""


class ReplyTimeout(CannotConnect):
    """The panel did not answer in time; the connection was closed."""


class TransferInterrupted(DeviceError):
    """A long read gave way to a command that was waiting."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its reply, as kept for bug reports: never any content but status and errors."""

    command: int
    reply: int | None
    length: int
    milliseconds: float
    content: str | None

    def describe(self) -> dict[str, Json]:
        """Return the exchange as plain values."""
        return {
            "command": f"{self.command:#04x}",
            "reply": None if self.reply is None else f"{self.reply:#04x}",
            "length": self.length,
            "ms": self.milliseconds,
            "content": self.content,
        }


class C3Client:
    """One panel's connection. Not connected until `connect`, and again after any doubt."""

    def __init__(self, host: str, port: int, password: str) -> None:
        """`password` is the panel's communication password, "" for none.

        Raises InvalidValue for a password that no panel accepts (ASCII, at most 15 characters: PullSDK, ComPwd).
        """
        check_password(password)
        self.host = host
        self.port = port
        self.serial: str | None = None
        """Whom to talk to: another panel that got the address is left again before anything is asked or commanded."""
        self.on_login: Callable[[], None] = lambda: None
        """Called when a login has worked."""
        self._password = password.encode("ascii")
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._session: int | None = None
        self._sequence = 0
        self._counters: Counter[str] = Counter()
        self._exchanges: deque[Exchange] = deque(maxlen=_FRAMES_KEPT)
        self.round_trip = 0.0
        """Smoothed round-trip time in seconds."""
        self.tracer: Tracer[bytes, bytes] | None = None
        """Listens while somebody records."""

    @property
    def connected(self) -> bool:
        """Whether the handshake is done and the connection is trusted."""
        return self._writer is not None

    @property
    def has_session(self) -> bool:
        """Whether the panel's firmware uses sessions with sequence numbers."""
        return self._session is not None

    def describe(self) -> dict[str, Json]:
        """Return counters, the round-trip time and the last exchanges for a bug report."""
        return {
            "connected": self.connected,
            "session": self.has_session,
            "round_trip_ms": round(self.round_trip * 1000, 1),
            "counters": dict(sorted(self._counters.items())),
            "exchanges": [exchange.describe() for exchange in self._exchanges],
        }

    async def connect(self) -> None:
        """Open the connection: with a session, or without when the firmware knows none (error -13).

        Raises CannotConnect, WrongPassword, WrongFamily, WrongDevice or MalformedReply.
        """
        async with self._lock:
            self._drop()
            self._session = None
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    self._reader, self._writer = await asyncio.open_connection(
                        self.host, self.port
                    )
            # TimeoutError is an OSError; UnicodeError is a host name that cannot be one.
            except (OSError, UnicodeError) as err:
                self._note("refused", err)
                raise CannotConnect(str(err)) from err
            self._note("connected")
            self._counters["connections"] += 1
            try:
                await self._handshake()
                self.on_login()
                await self._recognise()
            except CommandRefused as err:
                self._drop()
                raise CannotConnect(err.reason) from err
            except BaseException:
                self._drop()
                raise

    async def _handshake(self) -> None:
        """Log in; see the PullSDK error table for -13 and -14."""
        try:
            data = await self._exchange(
                Command.CONNECT_SESSION, _SESSION_REQUEST + self._password
            )
        except CommandRefused as err:
            if err.code != ErrorCode.UNKNOWN_COMMAND:
                raise
            await self._exchange(Command.CONNECT, self._password)
            return
        if len(data) >= _SESSION.size:
            self._session = _SESSION.unpack_from(data)[0]
            self._sequence = _FIRST_SEQUENCE

    async def _recognise(self) -> None:
        """Make sure who answers, before anybody's turn comes who waits for the connection."""
        if self.serial is None:
            return
        request = parameters.encode_get([_SERIAL_NUMBER])
        data = await self._exchange(Command.GET_PARAMETERS, request)
        found = parameters.parse(data).get(_SERIAL_NUMBER)
        if found != self.serial:
            await self._leave()
            if not found:
                raise MalformedReply("the panel does not tell its serial number")
            raise WrongDevice(found)

    async def close(self) -> None:
        """Say goodbye, so that the panel frees its only slot, and close. Never raises; a long read is cut short."""
        try:
            async with self._urgent_turn():
                await self._leave()
        except CannotConnect:
            self._drop()

    async def _leave(self) -> None:
        """Say goodbye and close."""
        with suppress(DeviceError):
            await self._exchange(Command.DISCONNECT)
        if (writer := self._writer) is not None:
            self._note("closed")
            self._reader = self._writer = None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def request(self, command: Command, data: bytes = b"") -> bytes:
        """Send one request and return the data of its reply.

        Raises CommandRefused for the panel's own error replies, and ReplyTimeout, ConnectionDropped or
        MalformedReply after which the connection is closed.
        """
        async with self._lock:
            await self._check_quiet()
            return await self._exchange(command, data)

    async def control(self, operation: bytes) -> None:
        """Send one control operation, at most once and never late.

        Raises CannotConnect when it was not sent, CommandRefused when the panel refused it, and OutcomeUnknown
        when it was sent and no proper answer came.
        """
        async with self._urgent_turn():
            await self._check_quiet()
            try:
                await self._exchange(Command.CONTROL, operation)
            except (
                ReplyTimeout,
                ConnectionDropped,
                MalformedReply,
                WrongFamily,
            ) as err:
                raise OutcomeUnknown(str(err)) from err

    @asynccontextmanager
    async def _urgent_turn(self) -> AsyncGenerator[None]:
        """Take the turn of what cannot wait for long; a long read gives way to it."""
        self._waiting += 1
        wait = COMMAND_TTL_SECONDS - SLOW_REPLY_SECONDS[Command.CONTROL]
        try:
            async with asyncio.timeout(wait):
                await self._lock.acquire()
        except TimeoutError as err:
            raise CannotConnect("the panel was busy for too long") from err
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._lock.release()

    async def fetch(self, command: Command, data: bytes = b"") -> bytes:
        """Send a request whose reply may be large, and return the whole reply data.

        A large reply is announced, read in parts, and checked by its CRC-32. Between parts a waiting door command
        goes first: then TransferInterrupted is raised and the connection stays good.
        """
        async with self._lock:
            await self._check_quiet()
            reply = await self._frame(command, data)
            if reply.command != Reply.LARGE:
                return reply.data
            try:
                return await self._read_parts(tables.parse_large_reply(reply.data))
            except TransferInterrupted, Unsupported:
                await self._end_transfer()
                raise
            except MalformedReply as err:
                raise self._distrust(err) from None

    async def _read_parts(self, large: tables.LargeReply) -> bytes:
        """Read the parts of an announced reply (captured announcement; the exchange itself is described only)."""
        content = bytearray()
        while len(content) < large.length:
            if self._waiting:
                raise TransferInterrupted("a command went first")
            request = tables.encode_part(len(content))
            data = await self._exchange(Command.READ_PART, request)
            offset, part = tables.parse_part(data)
            if offset != len(content):
                raise MalformedReply("a part of a large reply is missing")
            content += part
            progress.tell(len(content), large.length)
        await self._end_transfer()
        if len(content) != large.length or zlib.crc32(content) != large.crc32:
            raise MalformedReply("the checksum of a large reply is wrong")
        return bytes(content)

    async def _end_transfer(self) -> None:
        """Tell the panel that no more parts are wanted; what it thinks of that changes nothing."""
        with suppress(CommandRefused):
            await self._exchange(Command.END_TRANSFER)

    async def _check_quiet(self) -> None:
        """Make sure that the connection is there and nothing waits in it.

        What came unasked would answer the next request; and a command that meets the end of the connection here was
        certainly not carried out.
        """
        if self._reader is None:
            raise CannotConnect("not connected")
        try:
            async with asyncio.timeout(0):
                unasked = await self._reader.read(1)
        except TimeoutError:
            return
        except OSError as err:
            raise self._distrust(ConnectionDropped(str(err))) from err
        if unasked:
            raise self._distrust(CannotConnect("the panel spoke unasked"))
        raise self._distrust(ConnectionDropped("the panel closed the connection"))

    async def _exchange(self, command: Command, data: bytes = b"") -> bytes:
        """Send one request and return the data of its ordinary reply."""
        reply = await self._frame(command, data)
        if reply.command == Reply.LARGE:
            raise self._distrust(MalformedReply("an unexpected large reply"))
        return reply.data

    async def _frame(self, command: Command, data: bytes) -> Frame:
        """Send one request and return its reply without the session bytes."""
        if self._writer is None or self._reader is None:
            raise CannotConnect("not connected")
        if self._session is not None:
            self._sequence = (self._sequence + 1) & 0xFFFF
            data = _SESSION.pack(self._session, self._sequence) + data
        frame = encode(command, data)
        if self.tracer is not None:
            self.tracer.sent(frame)
        self._counters["requests"] += 1
        started = time.monotonic()
        reply: Frame | None = None
        try:
            async with asyncio.timeout(SLOW_REPLY_SECONDS.get(command, REPLY_SECONDS)):
                self._writer.write(frame)
                await self._writer.drain()
                reply = self._unwrap(await self._receive(self._reader))
        except TimeoutError as err:
            raise self._distrust(ReplyTimeout("no answer in time")) from err
        except OSError as err:
            raise self._distrust(ConnectionDropped(str(err))) from err
        except DeviceError as err:
            raise self._distrust(err) from None
        except BaseException:
            # A cancelled request: its reply would answer the next one.
            self._drop()
            raise
        finally:
            self._remember(command, reply, time.monotonic() - started)
        if reply.command == Reply.ERROR:
            raise self._refusal(reply.data)
        return reply

    async def _receive(self, reader: asyncio.StreamReader) -> Frame:
        """Read until one frame is complete."""
        # A new one for each reply, so that nothing is left over from the last.
        incoming = FrameReader()
        while True:
            chunk = await reader.read(8192)
            if not chunk:
                raise ConnectionResetError("the panel closed the connection")
            if self.tracer is not None:
                self.tracer.received(chunk)
            frames = incoming.feed(chunk)
            if incoming.foreign:
                raise WrongFamily("terminal")
            if incoming.skipped or len(frames) > 1:
                raise MalformedReply("damaged or unexpected bytes")
            if frames:
                return frames[0]

    def _unwrap(self, frame: Frame) -> Frame:
        """Check that a frame answers the request in flight, and take the session bytes off."""
        if frame.command not in _REPLIES:
            raise MalformedReply(f"unexpected reply {frame.command:#04x}")
        if self._session is None:
            return frame
        if len(frame.data) < _SESSION.size:
            raise MalformedReply("a reply without its session")
        session, sequence = _SESSION.unpack_from(frame.data)
        if session != self._session or sequence != self._sequence:
            self._counters["stale replies"] += 1
            raise MalformedReply("a reply to another request")
        return Frame(frame.command, frame.data[_SESSION.size :], frame.address)

    def _refusal(self, data: bytes) -> DeviceError:
        """Turn an error reply into the exception that a caller can act on."""
        code = error_code(data)
        self._counters[f"error {code}"] += 1
        if code == ErrorCode.WRONG_PASSWORD:
            self._drop()
            return WrongPassword()
        if code == ErrorCode.NOT_AUTHORISED:
            return self._distrust(CannotConnect(ERROR_WORDS[code]))
        return CommandRefused(code, ERROR_WORDS.get(code, "unknown error"))

    def _distrust[E: DeviceError](self, err: E) -> E:
        """Close the connection because of `err`, and return it."""
        if self.connected:
            self._note("distrusted", err)
            self._counters[type(err).__name__] += 1
        self._drop()
        return err

    def _note(self, what: str, err: BaseException | None = None) -> None:
        """Tell whoever records what became of the connection."""
        if self.tracer is not None:
            self.tracer.note(what, err)

    def _drop(self) -> None:
        """Reset the connection, so that no request reaches the panel when the network is back."""
        if (writer := self._writer) is not None:
            self._note("closed")
            self._reader = self._writer = None
            with suppress(OSError):
                sock: socket.socket = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD_UNSENT)
            writer.transport.abort()

    def _remember(self, command: Command, reply: Frame | None, seconds: float) -> None:
        """Keep what a bug report needs. The content of a reply may be personal, unless it is an error."""
        if reply is not None:
            self.round_trip += (seconds - self.round_trip) / 8
        harmless = reply is not None and reply.command in (Reply.ERROR, Reply.LARGE)
        self._exchanges.append(
            Exchange(
                command=command,
                reply=None if reply is None else reply.command,
                length=0 if reply is None else len(reply.data),
                milliseconds=round(seconds * 1000, 1),
                content=reply.data.hex() if reply is not None and harmless else None,
            )
        )


def check_password(password: str) -> None:
    """Raise InvalidValue unless `password` can be sent to a panel."""
    if not password.isascii() or not all(map(str.isprintable, password)):
        raise InvalidValue("password", "ASCII letters, digits and signs only")
    if len(password) > MAX_PASSWORD:
        raise InvalidValue("password", f"at most {MAX_PASSWORD} characters")
