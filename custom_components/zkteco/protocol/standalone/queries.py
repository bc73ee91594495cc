"""Questions to a connected terminal that take a long answer and its codec.

Lives here: users, the attendance log and the operation log. Not here: when they are asked (`monitor`), layouts (`users`,
`logs`), short questions (`verbs`).
"""

from collections.abc import Callable
from datetime import datetime
import struct
from typing import Final

from .. import packed_time
from ..errors import CommandRefused, MalformedReply
from .client import TerminalClient
from .logs import (
    Attendance,
    AttendanceDecoder,
    AttendanceLayout,
    Operation,
    decode_operations,
)
from .packet import Command
from .users import User, UserLayout, decode_users, user_layout

_TOTAL: Final = struct.Struct("<I")
"""Every data set begins with its length, which does not count itself."""
_USERS: Final = 5
_END_OF_TIME: Final = 0xFFFFFFFF


def records(data: bytes) -> bytes:
    """Return a data set without the length at its beginning. Raises MalformedReply when that is wrong."""
    if not data:
        return b""
    if (
        len(data) < _TOTAL.size
        or _TOTAL.unpack_from(data)[0] != len(data) - _TOTAL.size
    ):
        raise MalformedReply("a data set of another length than it says")
    return data[_TOTAL.size :]


async def read_users(
    client: TerminalClient, count: int | None
) -> tuple[list[User], UserLayout | None]:
    """Read all users; `count` is the terminal's own number of them. The layout is None when there are none."""
    data = records(await client.read(Command.TEMPLATE_READ, _USERS))
    if not data:
        return [], None
    layout = user_layout(len(data), count, data)
    return decode_users(data, layout, client.encoding), layout


async def read_operations(client: TerminalClient) -> list[Operation]:
    """Read the operation log, oldest first."""
    return decode_operations(records(await client.read(Command.OPERATIONS_READ)))


class AttendanceReader:
    """Reads attendance logs of one terminal; what it learned about them makes the next ones easier."""

    def __init__(self, client: TerminalClient, layout: AttendanceLayout | None) -> None:
        """`layout` is what the log was before, if that is known."""
        self._client = client
        self.layout = layout
        self._ranges: bool | None = None
        """Whether the terminal can read a part of its log; None until that was tried."""

    async def read(
        self,
        sink: Callable[[list[Attendance]], None],
        now: datetime,
        *,
        count: int | None = None,
        since: datetime | None = None,
    ) -> None:
        """Read the log as it comes, oldest first; with `since` not much older than that, where the terminal can.

        `now` is the terminal's local time, `count` its own number of records. Raises MalformedReply for a log of an
        unknown layout, and whatever `TerminalClient.read_into` raises.
        """
        if since is not None and self._ranges is not False:
            try:
                if await self._read(sink, now, None, packed_time.encode(since)):
                    self._ranges = True
            except CommandRefused:
                self._ranges = False
            # Of a terminal that never found anything so, nothing may mean that it cannot.
            if self._ranges:
                return
        await self._read(sink, now, count, None)

    async def _read(
        self,
        sink: Callable[[list[Attendance]], None],
        now: datetime,
        count: int | None,
        start: int | None,
    ) -> bool:
        """Read the whole log, or what happened from `start` on; return whether there was anything."""
        decoder: AttendanceDecoder | None = None
        head = bytearray()

        def feed(data: bytes, size: int) -> None:
            nonlocal decoder
            if decoder is None:
                head.extend(data)
                if len(head) < _TOTAL.size:
                    return
                (total,) = _TOTAL.unpack_from(head)
                if total != size - _TOTAL.size:
                    raise MalformedReply("a log of another length than it says")
                decoder = AttendanceDecoder(total, count, now, self.layout)
                data = bytes(head[_TOTAL.size :])
            if rows := decoder.feed(data):
                sink(rows)

        if start is None:
            await self._client.read_into(feed, Command.ATTENDANCE_READ)
        else:
            await self._client.read_into(
                feed, Command.ATTENDANCE_RANGE, start, _END_OF_TIME
            )
        if decoder is None:
            records(
                bytes(head)
            )  # nothing, or less than the length that it should begin with
            return False
        if rows := decoder.finish():
            sink(rows)
        self.layout = decoder.layout or self.layout
        return decoder.layout is not None
