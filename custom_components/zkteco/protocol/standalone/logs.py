"""The logs of a terminal: who came and went, and what was done to the terminal.

Lives here: attendance records in every known layout, finding out which one a terminal has, and operation records. Not
here: the transfer (`client`), and what a record means as an event (`translate`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
import struct
from typing import Final

from .. import packed_time, terminal_codes
from ..errors import MalformedReply

_SAMPLE: Final = 4096
"""How many bytes of a log prove its layout."""
_AHEAD: Final = timedelta(days=1)
_STATES: Final = frozenset((0, 1, 2, 3, 4, 5, 255))
_MAX_NUMBER: Final = 999_999_999
_MAX_WORK_CODE: Final = 99_999_999


@dataclass(frozen=True, slots=True)
class Attendance:
    """One row of the attendance log: somebody verified."""

    user_id: str
    """Where the layout has only the terminal's own number of the user, that number."""
    uid: int | None
    """The terminal's own number of the user; None where the layout has only the user id."""
    time: datetime | None
    """The terminal's local time, naive; None when it is no date."""
    verify: int
    """How, in numbers that differ between models."""
    state: int
    """0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 not chosen."""
    work_code: int = 0
    tail: bytes = field(default=b"", repr=False)
    """What nobody has explained."""


class AttendanceLayout(Enum):
    """What a row looks like; the value is its size, and a letter where two share one."""

    NUMBER_8A = "8A"
    NUMBER_8B = "8B"
    """State and method share a byte (MA300 and others, reported by owners)."""
    NUMBER_16 = "16"
    TEXT_36 = "36"
    """Hardly known: taken for the next one without its last field."""
    TEXT_40 = "40"
    TEXT_49 = "49"
    """The one before, and nine bytes; often `FF` and the text "255", perhaps mask and temperature."""

    @property
    def width(self) -> int:
        """Bytes per row."""
        return _ROWS[self].size


# Sources: 8B captured; 8A and 49 reported by owners; 16 the vendor's communication manual of 2006; 40 SDK manual 2.1.
_ROWS: Final[Mapping[AttendanceLayout, struct.Struct]] = {
    # uid | verify | time | state
    AttendanceLayout.NUMBER_8A: struct.Struct("<HBIB"),
    # uid | state in bits 0 to 2, verify in bits 3 and 4 | unknown | time
    AttendanceLayout.NUMBER_8B: struct.Struct("<HBBI"),
    # user id | time | state | verify | reserved | work code
    AttendanceLayout.NUMBER_16: struct.Struct("<IIBB2sI"),
    # uid | user id | verify | time | state | work code | tail
    AttendanceLayout.TEXT_36: struct.Struct("<H24sBIBI0s"),
    AttendanceLayout.TEXT_40: struct.Struct("<H24sBIBI4s"),
    AttendanceLayout.TEXT_49: struct.Struct("<H24sBIBI13s"),
}


class AttendanceDecoder:
    """Reads an attendance log while it arrives.

    Its layout has to be proven by the first rows, since terminals do not name it and their counters are often wrong: a
    layout has to divide the total, and three rows in four have to make sense, not counting those without a date. What proves nothing is refused.
    """

    def __init__(
        self,
        total: int,
        count: int | None,
        now: datetime,
        layout: AttendanceLayout | None = None,
    ) -> None:
        """Begin a log of `total` bytes, not counting the total itself.

        `layout` is what the log was before, and `count` the terminal's own counter: in this order they decide between
        layouts that fit. `now` is the terminal's local time, naive; rows from more than a day after it make no sense.
        """
        self._total = total
        self._count = count
        self._latest = now + _AHEAD
        self._known = layout
        self._layout: AttendanceLayout | None = None
        self._is_decided = False
        self._received = 0
        self._rest = bytearray()

    @property
    def layout(self) -> AttendanceLayout | None:
        """The layout; None until it is proven."""
        return self._layout

    def feed(self, data: bytes) -> list[Attendance]:
        """Take the next part of the log, and return the rows that are complete and understood now. Never raises."""
        self._received += len(data)
        self._rest += data
        if not self._is_decided and len(self._rest) < _SAMPLE:
            return []
        return self._rows()

    def finish(self) -> list[Attendance]:
        """Return what a log too short to be decided on earlier holds; call it once, after the last part.

        Raises MalformedReply when the log is not as long as announced, or its layout is unknown.
        """
        if self._received != self._total:
            raise MalformedReply(
                f"{self._received} bytes of attendance instead of {self._total}"
            )
        rows = self._rows()
        if self._total and self._layout is None:
            raise MalformedReply(
                f"attendance of an unknown layout ({self._total} bytes)"
            )
        return rows

    def _rows(self) -> list[Attendance]:
        """Return the rows that are complete."""
        if not self._is_decided:
            self._layout = self._decide()
            self._is_decided = True
        if self._layout is None:
            self._rest.clear()
            return []
        end = len(self._rest) - len(self._rest) % self._layout.width
        rows = _decode(self._layout, bytes(self._rest[:end]))
        del self._rest[:end]
        return rows

    def _decide(self) -> AttendanceLayout | None:
        """Return the layout that the rows so far prove."""
        if self._known is not None and self._fits(self._known):
            return self._known
        fits = [layout for layout in AttendanceLayout if self._fits(layout)]
        counted = [
            layout
            for layout in fits
            if layout.width * (self._count or 0) == self._total
        ]
        # The first is the smallest: small rows in a row may look like large ones, but never the reverse. Of the two that
        # are equally small, 8A: read as 8B its rows seem to be from 2000 to 2002, while 8B hardly ever makes sense as 8A.
        return next(iter(counted or fits), None)

    def _fits(self, layout: AttendanceLayout) -> bool:
        """Whether a layout divides the total, and three rows in four make sense, in order where that is needed as proof."""
        if self._total % layout.width:
            return False
        size = min(len(self._rest), _SAMPLE)
        good = bad = 0
        previous = datetime.min
        for row in _decode(layout, bytes(self._rest[: size - size % layout.width])):
            if not _has_plausible_numbers(row, layout):
                bad += 1
                continue
            if row.time is None:
                continue  # proves nothing: real logs have such dates, and few numbers are none
            # Logs that hold other terminals' rows are not in order, so the larger layouts have to do without.
            if row.time > self._latest or (layout.width == 8 and row.time < previous):
                bad += 1
            else:
                good += 1
            previous = row.time
        return good > 0 and good >= 3 * bad


def _has_plausible_numbers(row: Attendance, layout: AttendanceLayout) -> bool:
    """Whether a row's fields are what they can be in that layout, apart from the time."""
    match layout:
        case AttendanceLayout.NUMBER_8A:
            return row.uid != 0 and row.state in _STATES
        case AttendanceLayout.NUMBER_8B:
            return row.uid != 0
        case AttendanceLayout.NUMBER_16:
            return (
                0 < int(row.user_id) <= _MAX_NUMBER
                and row.work_code <= _MAX_WORK_CODE
                and not any(row.tail)
            )
        case _:
            # The text is proof enough; owners may define states of their own.
            return (
                row.user_id != ""
                and row.user_id.isascii()
                and row.user_id.isprintable()
            )


def _decode(layout: AttendanceLayout, data: bytes) -> list[Attendance]:
    """Read whole rows: a list at once, for a terminal may hold 200,000."""
    rows = _ROWS[layout].iter_unpack(data)
    when = packed_time.decode
    match layout:
        case AttendanceLayout.NUMBER_8A:
            return [
                Attendance(str(uid), uid, when(time), verify, state)
                for uid, verify, time, state in rows
            ]
        case AttendanceLayout.NUMBER_8B:
            # The two bytes are kept, for the meaning of their other bits is disputed.
            return [
                Attendance(
                    str(uid),
                    uid,
                    when(time),
                    packed >> 3 & 3,
                    packed & 7,
                    tail=bytes((packed, extra)),
                )
                for uid, packed, extra, time in rows
            ]
        case AttendanceLayout.NUMBER_16:
            return [
                Attendance(
                    str(user_id), None, when(time), verify, state, work_code, tail
                )
                for user_id, time, state, verify, tail, work_code in rows
            ]
        case _:
            return [
                Attendance(
                    _text(user_id), uid, when(time), verify, state, work_code, tail
                )
                for uid, user_id, verify, time, state, work_code, tail in rows
            ]


def _text(data: bytes) -> str:
    """Read a user id, without what follows its end: whatever was in the terminal's memory."""
    return data.partition(b"\0")[0].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the operation log."""

    admin: int
    """The terminal's own number of the user who was in its menus; 0 for nobody."""
    code: int
    time: datetime | None
    """The terminal's local time, naive; None when it is no date."""
    parameters: tuple[int, int, int, int]
    """What they are depends on the code; often a user's number, the result, and details."""


# admin | code | unused | time | parameters
_OPERATION: Final = struct.Struct("<HBxI4H")


def decode_operations(data: bytes) -> list[Operation]:
    """Read the operation log; `data` is what follows the total. Raises MalformedReply for a rest.

    Sources: the vendor's communication manual of 2006; captured frames.
    """
    if len(data) % _OPERATION.size:
        raise MalformedReply(f"{len(data)} bytes of operations")
    return [
        Operation(admin, code, packed_time.decode(time), (first, second, third, fourth))
        for admin, code, time, first, second, third, fourth in _OPERATION.iter_unpack(
            data
        )
    ]


def operation_words(operation: Operation) -> str:
    """Say what was done, such as "alarm: tamper"; "operation 99" for a code that no document explains."""
    return terminal_codes.operation_words(operation.code, operation.parameters[0])
