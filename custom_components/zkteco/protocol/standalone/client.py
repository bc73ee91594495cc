"""Everything that a terminal can be asked, whole data sets too.

Lives here: long answers, read in parts or in one go, and uploads. Not here: single requests (`connection`).
"""

from collections.abc import Callable
from contextlib import suppress
import struct
from typing import Final

from .. import progress
from ..errors import CommandRefused, DeviceError, MalformedReply
from .connection import PARTS, Connection, ReplyTimeout
from .packet import UNSUPPORTED, Command, Packet, Reply

GATHER_SECONDS: Final = 30.0
"""A terminal collects a whole log before it answers that it is ready to be read."""
UDP_SECONDS: Final = 1.5
"""After so long the next datagram of a long answer counts as lost."""
ANSWER_SECONDS: Final = 1.5
"""How long data are waited for behind a mere confirmation, until it is known that there are none."""
TCP_PART: Final = 16 * 1024
UDP_PART: Final = 8 * 1024
BLOCK: Final = 1024
"""Bytes of an upload per packet (the vendor's software)."""
MAX_DATA_SET: Final = 64 << 20
"""More than any terminal stores."""


_PREPARED: Final = struct.Struct("<BII")
"""Answer to `PREPARE_BUFFER`: 0, size, size; a checksum of unknown kind follows."""
_RANGE: Final = struct.Struct("<II")
_LENGTH: Final = struct.Struct("<I")
_GATHER: Final = struct.Struct("<BHII")
_EMPTY: Final = frozenset((Reply.CANNOT_ALLOCATE, Reply.NOT_FOUND))


class TransferInterrupted(DeviceError):
    """A long read gave way to a command that was waiting."""


class TerminalClient(Connection):
    """One terminal, and what can be read from it and written to it."""

    async def read(self, command: int, argument: int = 0) -> bytes:
        """Return a whole data set, with the length at its beginning; nothing when it is empty.

        Raises what `read_into` raises.
        """
        content = bytearray()
        await self.read_into(lambda data, size: content.extend(data), command, argument)
        return bytes(content)

    async def read_into(
        self,
        sink: Callable[[bytes, int], None],
        command: int,
        first: int = 0,
        second: int = 0,
    ) -> None:
        """Read a data set piece by piece; `sink` gets each piece and the size of the whole.

        Between pieces a waiting door command goes first: then TransferInterrupted is raised and the connection stays
        good, as it does with whatever `sink` raises. Raises CommandRefused, CannotConnect or MalformedReply too.
        """
        can_be_direct = command != Command.ATTENDANCE_RANGE
        async with self._lock:
            if self._buffers is not False or not can_be_direct:
                try:
                    await self._read_buffered(sink, command, first, second)
                except CommandRefused as err:
                    is_old = err.code in UNSUPPORTED and self._buffers is None
                    if not (is_old and can_be_direct):
                        raise
                    self._buffers = False
                else:
                    return
            await self._read_directly(sink, command, first)

    async def _read_directly(
        self, sink: Callable[[bytes, int], None], command: int, first: int
    ) -> None:
        """Read a data set in one go, as old firmware sends it."""
        request = bytes((first,)) if first else b""
        with self._in_flight(part_of_more=True):
            reply = await self._begin(command, request)
            data = b"" if reply is None else await self._collect(reply, None, {})
        if data:
            sink(data, len(data))

    async def _read_buffered(
        self, sink: Callable[[bytes, int], None], command: int, first: int, second: int
    ) -> None:
        """Let the terminal gather a data set in its buffer, fetch it in parts, and let the terminal free the buffer."""
        part = TCP_PART if self._reliable else UDP_PART
        try:
            with self._in_flight(part_of_more=True):
                data, size = await self._prepare(
                    _GATHER.pack(1, command, first, second)
                )
            self._buffers = True
            if data:
                sink(data, len(data))
            for offset in range(0, size, part):
                if self._waiting:
                    raise TransferInterrupted("a command went first")
                sink(await self._read_part(offset, min(part, size - offset)), size)
                progress.tell(offset + part, size)
        finally:
            await self._free()

    async def _prepare(self, request: bytes) -> tuple[bytes, int]:
        """Return a small data set, which comes at once, or the size of one that can be fetched now."""
        reply = await self._begin(Command.PREPARE_BUFFER, request)
        if reply is None:
            return b"", 0
        if reply.command in PARTS:
            return await self._collect(reply, None, {}), 0
        try:
            _, size, _ = _PREPARED.unpack_from(reply.data)
        except struct.error as err:
            raise MalformedReply("the size of a long answer is missing") from err
        if size > MAX_DATA_SET:
            raise MalformedReply("a long answer without end")
        return b"", int(size)

    async def _begin(self, command: int, request: bytes) -> Packet | None:
        """Ask for a data set, and return the first packet of the answer; None when there is nothing to read."""
        reply = await self._ask(command, request, GATHER_SECONDS)
        if reply.command == Reply.OK and not reply.data:
            # Some firmware confirms before it answers; or there is nothing.
            try:
                reply = await self._next(ANSWER_SECONDS)
            except ReplyTimeout:
                return None
        return None if reply.command in _EMPTY else self._accept(reply)

    async def _read_part(self, offset: int, length: int) -> bytes:
        """Fetch one part of the buffer; over UDP again, when a piece of it was lost."""
        request = _RANGE.pack(offset, length)
        pieces: dict[int, bytes] = {}
        with self._in_flight(part_of_more=True):
            tries = self._tries
            while True:
                reply = self._accept(await self._ask(Command.READ_BUFFER, request))
                tries -= 1
                try:
                    return await self._collect(reply, length, pieces)
                except ReplyTimeout:
                    if not tries:
                        raise
                    self._counters["parts read again"] += 1

    async def _free(self) -> None:
        """Let the terminal free its buffer; what it thinks of that changes nothing."""
        if self._link is not None:
            with suppress(CommandRefused):
                await self._exchange(Command.FREE_DATA)

    async def _collect(
        self, packet: Packet, expected: int | None, pieces: dict[int, bytes]
    ) -> bytes:
        """Return the data of an answer, whose first packet this is.

        They are in this packet, or come announced, in pieces counted from 0, and with a confirmation behind them.
        `pieces` are those that are there already, and gets those that come.
        """
        in_order = self._reliable or not self._echoes
        size, is_announced = expected, False
        got = sum(map(len, pieces.values()))
        while True:
            match packet.command:
                case Command.PREPARE_DATA:
                    size, is_announced = _announced(packet.data, expected), True
                case Command.DATA:
                    # What does not count its pieces has the session's number there.
                    counts = bool(self._echoes) and packet.session != self._session
                    if not is_announced and (in_order or not counts):
                        if expected not in (None, len(packet.data)):
                            raise MalformedReply("an answer of the wrong length")
                        return packet.data
                    index = packet.session if counts else len(pieces)
                    if in_order and index > len(pieces):
                        raise MalformedReply("a piece of an answer is missing")
                    if index not in pieces:
                        pieces[index] = packet.data
                        got += len(packet.data)
                        if expected is None and size:
                            progress.tell(got, size)
                case _:
                    self._accept(packet)
                    if in_order:
                        break
            if size is not None and (got > size or (got == size and not in_order)):
                break
            packet = await self._next(None if self._reliable else UDP_SECONDS)
        if got != size or max(pieces, default=-1) != len(pieces) - 1:
            raise MalformedReply("a piece of an answer is missing")
        return b"".join(pieces[index] for index in sorted(pieces))

    async def upload(self, data: bytes, command: int, request: bytes) -> None:
        """Fill the terminal's buffer with `data`, and send the request that uses it.

        Raises CommandRefused, CannotConnect or MalformedReply; the buffer is freed while the connection lives.
        """
        async with self._lock:
            await self._free()
            try:
                size = _LENGTH.pack(len(data))
                await self._exchange(Command.PREPARE_DATA, size, part_of_more=True)
                for start in range(0, len(data), BLOCK):
                    block = data[start : start + BLOCK]
                    await self._exchange(Command.DATA, block, part_of_more=True)
                # As the vendor's software does; how the number is computed is not known.
                with suppress(CommandRefused):
                    await self._exchange(Command.BUFFER_CHECKSUM, part_of_more=True)
                await self._exchange(command, request, part_of_more=True)
            finally:
                await self._free()


def _announced(data: bytes, expected: int | None) -> int:
    """Return how long an answer will be, which may be known before."""
    if len(data) < _LENGTH.size:
        raise MalformedReply("the size of an answer is missing")
    (size,) = _LENGTH.unpack_from(data)
    if size > MAX_DATA_SET or expected not in (None, size):
        raise MalformedReply("an answer of the wrong length")
    return int(size)
