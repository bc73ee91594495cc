"""The connection to one terminal: login, one request at a time, events at any time.

Lives here: which reply belongs to which request, and the rule when to distrust a connection. Not here: sockets (`link`),
long answers (`client`), layouts (the codecs), meaning (`terminal`). The rules, learned from field reports: events come at
any moment and are acknowledged at once; a reply is known by its number, never by its session, which long answers use for
something else; what answers an older request is dropped; a TCP connection on which a reply is overdue or unreadable is
closed. Over UDP a request is sent again, unless doing it twice would do harm. A door command is never sent twice.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
import time
from typing import Final

from ..device import Json
from ..errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    LoginLocked,
    MalformedReply,
    OutcomeUnknown,
    SecureFirmware,
    WrongDevice,
    WrongPassword,
)
from ..trace import Tracer
from .auth import check_key, scramble
from .link import Link, open_link
from .options import decode_value, encode_read
from .packet import REFUSALS, Command, Packet, Reply, decode, encode

CONNECT_SECONDS: Final = 5.0
REPLY_SECONDS: Final = 5.0
GOODBYE_SECONDS: Final = 1.0
"""A terminal that does not answer a goodbye is left all the same."""
UDP_TRIES: Final = 3
ECHO_SECONDS: Final = 0.5
"""How long a reply with a wrong number waits for one with the right number, until it is known that there is none."""
COMMAND_TTL_SECONDS: Final = 10.0
"""A door command that has not reached the terminal by then never will: doors never open late."""
_SDK: Final = b"SDKBuild"
_SERIAL_NUMBER: Final = "~SerialNumber"
MAX_NUMBER: Final = 0xFFFE
"""0xFFFF and 0 are the same to a checksum, and 0 is the number of events."""
_ONCE: Final = frozenset(
    (
        Command.UNLOCK,
        Command.START_ENROL,
        Command.RESTART,
        Command.POWER_OFF,
        Command.TEST_VOICE,
        Command.PREPARE_DATA,
        Command.DATA,
        Command.BUFFERED_TEMPLATE_WRITE,
    )
)
"""What is not sent again when no answer comes: done twice it would be something else."""
PARTS: Final = frozenset((Command.PREPARE_DATA, Command.DATA))
_CONSENTS: Final = PARTS | {Reply.OK, Reply.DATA}
_PACKETS_KEPT: Final = 50


class Transport(StrEnum):
    """How to talk to a terminal."""

    AUTOMATIC = "automatic"
    """TCP, and UDP where that does not answer."""
    TCP = "tcp"
    UDP = "udp"


class ReplyTimeout(CannotConnect):
    """The terminal did not answer in time."""


class LoggedOut(CannotConnect):
    """The terminal has forgotten our login, as it does when it restarts; over UDP that shows in no other way."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its first reply, as kept for bug reports: never any content."""

    command: int
    reply: int | None
    length: int
    milliseconds: float

    def describe(self) -> dict[str, Json]:
        """Return the exchange as plain values."""
        return {
            "command": self.command,
            "reply": self.reply,
            "length": self.length,
            "ms": self.milliseconds,
        }


class Connection:
    """One terminal's connection. Not connected until `connect`, and again after any doubt."""

    def __init__(self, host: str, port: int, key: str, transport: Transport) -> None:
        """`key` is the communication key, "" for none. Raises InvalidValue for a key that no terminal has."""
        self.host = host
        self.port = port
        self.transport = transport
        """`AUTOMATIC` until the first connection; then what worked."""
        self.serial: str | None = None
        """Whom to talk to: another terminal that got the address is left again before anything is asked or commanded."""
        self._key = check_key(key)
        self.on_event: Callable[[Packet], None] = lambda packet: None
        """Gets each event as it comes."""
        self.on_lost: Callable[[], None] = lambda: None
        """Called when a connection has ended, for whatever reason but `close`."""
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._link: Link | None = None
        self._reliable = True
        """Whether the network itself repeats what was lost and keeps the order, as TCP does."""
        self._session = 0
        self._number = 0
        self._pending = False
        self._replies: asyncio.Queue[Packet | DeviceError] = asyncio.Queue()
        self._echoes: bool | None = None
        """Whether replies carry the number of their request; None until that has been seen."""
        self._exact: bool | None = None
        """Whether this terminal computes checksums as others do; its first packet tells."""
        self._buffers: bool | None = None
        """Whether long answers can be read from a buffer; old firmware sends them in one go."""
        self._old_build: bytes | None = None
        self._counters: Counter[str] = Counter()
        self._exchanges: deque[Exchange] = deque(maxlen=_PACKETS_KEPT)
        self.tracer: Tracer[bytes, bytes] | None = None
        """Listens while somebody records."""
        self.encoding = "utf-8"
        """Of names and messages."""
        self.round_trip = 0.0
        """Smoothed round-trip time in seconds."""

    @property
    def connected(self) -> bool:
        """Whether the login is done and the connection is trusted."""
        return self._link is not None

    def describe(self) -> dict[str, Json]:
        """Return counters, the round-trip time and the last exchanges for a bug report."""
        return {
            "connected": self.connected,
            "transport": self.transport,
            "echoes_numbers": self._echoes,
            "exact_checksums": self._exact,
            "buffered_reads": self._buffers,
            "round_trip_ms": round(self.round_trip * 1000, 1),
            "counters": dict(sorted(self._counters.items())),
            "exchanges": [exchange.describe() for exchange in self._exchanges],
        }

    # Life

    async def connect(self) -> None:
        """Open the connection and log in.

        Raises CannotConnect, LoginLocked, WrongPassword, SecureFirmware, WrongFamily, WrongDevice or MalformedReply.
        """
        async with self._lock:
            self._drop()
            if self.transport is not Transport.AUTOMATIC:
                await self._connect(self.transport)
                return
            try:
                await self._connect(Transport.TCP)
                self.transport = Transport.TCP
            except LoginLocked:
                raise
            except CannotConnect as err:
                # Some terminals have TCP, some UDP switched off in their menu.
                try:
                    await self._connect(Transport.UDP)
                except CannotConnect:
                    raise err from None
                self.transport = Transport.UDP

    async def _connect(self, transport: Transport) -> None:
        """Open a connection over TCP or UDP and log in; nothing is believed of the terminal from before."""
        self._reliable = transport is Transport.TCP
        self._session = self._number = 0
        self._echoes = self._exact = self._buffers = None
        self._old_build = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._link = await open_link(
                    self.host,
                    self.port,
                    self._received,
                    self._lost,
                    udp=not self._reliable,
                )
        except TimeoutError as err:
            self._note(f"refused: {transport}", err)
            raise CannotConnect("no answer in time") from err
        except CannotConnect as err:
            self._note(f"refused: {transport}", err)
            raise
        self._note(f"connected: {transport}")
        self._counters["connections"] += 1
        try:
            with self._in_flight(part_of_more=True):
                await self._login()
            await self._recognise()
        except CommandRefused as err:
            self._drop()
            raise CannotConnect(err.reason) from err

    async def _login(self) -> None:
        """Introduce ourselves; the terminal may ask for the key even when none was ever set."""
        reply = await self._ask(Command.CONNECT)
        self._session = reply.session
        if reply.command == Reply.UNAUTHORISED:
            answer = scramble(self._key, self._session)
            reply = await self._ask(Command.AUTH, answer)
            if reply.command == Reply.UNAUTHORISED:
                raise WrongPassword
        match reply.command:
            case Reply.SECURE:
                raise SecureFirmware("the terminal wants to encrypt")
            case Reply.LOGIN_LOCKED:
                raise LoginLocked("the terminal refuses logins for a while")
        self._accept(reply)
        await self._introduce()

    async def _introduce(self) -> None:
        """Say that we are software of the vendor's kind; newer firmware then knows more commands."""
        with suppress(CommandRefused):
            reply = self._accept(await self._ask(Command.OPTION_READ, _SDK + b"\0"))
            old = reply.data.partition(b"\0")[0].partition(b"=")[2]
            if old == b"1":
                return
            self._old_build = old
        with suppress(CommandRefused):
            self._accept(await self._ask(Command.OPTION_WRITE, _SDK + b"=1\0"))

    async def _recognise(self) -> None:
        """Make sure who answers, before anybody's turn comes who waits for the connection."""
        if self.serial is None:
            return
        request = encode_read(_SERIAL_NUMBER)
        reply = await self._exchange(Command.OPTION_READ, request, part_of_more=True)
        found = decode_value(_SERIAL_NUMBER, reply.data)
        if found != self.serial:
            await self._leave()
            if not found:
                raise MalformedReply("the terminal does not tell its serial number")
            raise WrongDevice(found)

    async def close(self) -> None:
        """Say goodbye and close. Never raises; a long answer is cut short."""
        try:
            async with self._urgent_turn():
                await self._leave()
        except CannotConnect as err:
            self._drop()
            if self._pending:
                self._replies.put_nowait(err)

    async def _leave(self) -> None:
        """Say goodbye and close."""
        try:
            if self._old_build:
                value = _SDK + b"=" + self._old_build + b"\0"
                await self._say(Command.OPTION_WRITE, value)
            await self._say(Command.EXIT)
        finally:
            self._drop()

    async def _say(self, command: int, data: bytes = b"") -> None:
        """Send something of which no answer changes anything."""
        with suppress(DeviceError), self._in_flight():
            await self._ask(command, data, GOODBYE_SECONDS)

    # What arrives

    def _received(self, payload: bytes) -> None:
        """Take a payload from the link: acknowledge an event, or hand a reply to whoever waits for it."""
        if self.tracer is not None:
            self.tracer.received(payload)
        try:
            packet, exact = decode(payload)
        except MalformedReply:
            self._counters["unreadable packets"] += 1
            return
        if self._exact is None:
            self._exact = exact
        if not exact:
            self._counters["wrong checksums"] += 1
            if self._exact:
                # The terminal can count, so this packet was damaged on the way.
                return
        if packet.command == Command.EVENT and self._link is not None:
            self._counters["events"] += 1
            self._send(self._link, encode(Packet(Reply.OK, self._session, 0)))
            self.on_event(packet)
        elif self._pending and (not self._echoes or packet.number == self._number):
            self._replies.put_nowait(packet)
        else:
            self._counters["stale replies"] += 1

    def _lost(self, err: DeviceError) -> None:
        """Learn from the link that it is over."""
        self._note("lost", err)
        self._counters[type(err).__name__] += 1
        self._link = None
        if self._pending:
            self._replies.put_nowait(err)
        self.on_lost()

    def _send(self, link: Link, payload: bytes) -> None:
        if self.tracer is not None:
            self.tracer.sent(payload)
        link.send(payload)

    def _note(self, what: str, err: BaseException | None = None) -> None:
        """Tell whoever records what became of the connection."""
        if self.tracer is not None:
            self.tracer.note(what, err)

    # One request

    async def request(self, command: int, data: bytes = b"") -> Packet:
        """Send one request and return its reply.

        Raises CommandRefused when the terminal says no, and CannotConnect or MalformedReply after which the
        connection is closed.
        """
        async with self._lock:
            return await self._exchange(command, data)

    async def control(self, command: int, data: bytes) -> None:
        """Send one door command, at most once and never late.

        Raises CannotConnect when it was not sent, CommandRefused when the terminal refused it, and OutcomeUnknown
        when it was sent and no proper answer came.
        """
        async with self._urgent_turn():
            if self._link is None:
                raise CannotConnect("not connected")
            try:
                await self._exchange(command, data)
            except CommandRefused, LoggedOut:
                raise
            except DeviceError as err:
                raise OutcomeUnknown(str(err)) from err

    @asynccontextmanager
    async def _urgent_turn(self) -> AsyncGenerator[None]:
        """Take the turn of what cannot wait for long; a long read gives way to it."""
        self._waiting += 1
        try:
            async with asyncio.timeout(COMMAND_TTL_SECONDS - REPLY_SECONDS):
                await self._lock.acquire()
        except TimeoutError as err:
            raise CannotConnect("the terminal was busy for too long") from err
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._lock.release()

    def _accept(self, reply: Packet) -> Packet:
        """Return a reply that does not say no."""
        if reply.command in _CONSENTS:
            return reply
        reason = REFUSALS.get(reply.command)
        if reason is None:
            raise MalformedReply(f"unexpected reply {reply.command}")
        self._counters[f"refusal {reply.command}"] += 1
        if reply.command == Reply.UNAUTHORISED:
            raise LoggedOut(reason)
        raise CommandRefused(reply.command, reason)

    async def _exchange(
        self, command: int, data: bytes = b"", *, part_of_more: bool = False
    ) -> Packet:
        """Send one request and return its reply, which does not say no."""
        with self._in_flight(part_of_more=part_of_more):
            return self._accept(await self._ask(command, data))

    @contextmanager
    def _in_flight(self, *, part_of_more: bool = False) -> Generator[None]:
        """Expect replies meanwhile; after any doubt what the next one would belong to, the connection is closed.

        `part_of_more` tells that a cancellation leaves something half done behind.
        """
        self._pending = True
        try:
            yield
        except CommandRefused:
            raise
        except DeviceError as err:
            if self._link is not None:
                self._counters[type(err).__name__] += 1
                self._drop()
                self.on_lost()
            raise
        except BaseException:
            # Cancelled: the reply to come is known by its number, if this terminal has numbers.
            if part_of_more or not self._echoes:
                self._drop()
                self.on_lost()
            raise
        finally:
            self._pending = False

    @property
    def _tries(self) -> int:
        """How often to ask: over UDP again, as long as answers say by their numbers which of them come twice."""
        return 1 if self._reliable or self._echoes is False else UDP_TRIES

    async def _ask(
        self, command: int, data: bytes = b"", seconds: float | None = None
    ) -> Packet:
        """Send one request and return the first packet of its answer, which may take so long."""
        if (link := self._link) is None:
            raise CannotConnect("not connected")
        if command != Command.CONNECT:
            self._number = self._number % MAX_NUMBER + 1
        self._replies = asyncio.Queue()
        payload = encode(Packet(command, self._session, self._number, data))
        tries = 1 if command in _ONCE else self._tries
        patience = (seconds or REPLY_SECONDS) / tries
        started = time.monotonic()
        reply: Packet | None = None
        try:
            while reply is None:
                self._send(link, payload)
                tries -= 1
                try:
                    reply = await self._next(patience)
                except ReplyTimeout:
                    if not tries:
                        raise
                    self._counters["requests sent again"] += 1
            return await self._numbered(reply)
        finally:
            self._remember(command, reply, time.monotonic() - started)

    async def _next(self, seconds: float | None = None) -> Packet:
        """Return the next packet that may belong to the request in flight."""
        try:
            async with asyncio.timeout(seconds or REPLY_SECONDS):
                reply = await self._replies.get()
        except TimeoutError as err:
            raise ReplyTimeout("no answer in time") from err
        if isinstance(reply, DeviceError):
            raise reply
        return reply

    async def _numbered(self, reply: Packet) -> Packet:
        """Find out with the first replies whether this terminal numbers them, and return the one that is meant."""
        if self._echoes is not None:
            return reply
        if self._number == 0:
            # Also what a terminal sends that numbers nothing: the next request tells.
            if reply.number != 0:
                self._echoes = False
            return reply
        candidate = reply
        try:
            while reply.number != self._number:
                reply = await self._next(ECHO_SECONDS)
        except ReplyTimeout:
            self._echoes = False
            return candidate
        self._echoes = True
        return reply

    # Doubt

    def _drop(self) -> None:
        """Close the connection without a word."""
        if (link := self._link) is not None:
            self._note("closed")
            self._link = None
            link.drop()

    def _remember(self, command: int, reply: Packet | None, seconds: float) -> None:
        """Keep what a bug report needs; what packets say may be personal."""
        if reply is not None:
            self.round_trip += (seconds - self.round_trip) / 8
        self._exchanges.append(
            Exchange(
                command=command,
                reply=None if reply is None else reply.command,
                length=0 if reply is None else len(reply.data),
                milliseconds=round(seconds * 1000, 1),
            )
        )
