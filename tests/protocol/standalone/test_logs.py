"""Logs of terminals: finding out what their rows look like, and reading them while they arrive."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import lcm
from random import Random
import struct

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.errors import MalformedReply
from custom_components.zkteco.protocol.standalone.logs import (
    Attendance,
    AttendanceDecoder,
    AttendanceLayout,
    Operation,
    decode_operations,
    operation_words,
)

from . import vectors

NOW = datetime(2024, 5, 6, 7, 8, 9)
START = datetime(2023, 1, 2, 3, 4, 5)
PAUSE = timedelta(minutes=20)
NO_DATE = packed_time.encode(datetime(2024, 2, 29)) + 86400
# Behind the 40 bytes that everybody knows. Who takes rows for 40 bytes sees it as a mark between them.
TRAILER = b"\xff255\0\0\0\0\0"
EVERY_LAYOUT_DIVIDES = lcm(*(layout.width for layout in AttendanceLayout))
LAYOUTS = st.sampled_from(AttendanceLayout)


def row(
    layout: AttendanceLayout, uid: int, time: int, verify: int = 1, state: int = 0
) -> bytes:
    """Return one row as a terminal keeps it."""
    match layout:
        case AttendanceLayout.NUMBER_8A:
            return struct.pack("<HBIB", uid, verify, time, state)
        case AttendanceLayout.NUMBER_8B:
            return struct.pack("<HBBI", uid, 0x20 | verify << 3 | state, 0, time)
        case AttendanceLayout.NUMBER_16:
            return struct.pack("<IIBBHI", 1000 + uid, time, state, verify, 0, 0)
    text = str(1000 + uid).encode()
    data = struct.pack("<H24sBIBI", uid, text, verify, time, state, 0)
    return (data + b"\xff\0\0\0" + TRAILER)[: layout.width]


def log(layout: AttendanceLayout, count: int, start: datetime = START) -> bytes:
    """Return a log with somebody every 20 minutes."""
    return b"".join(
        row(
            layout,
            1 + number % 9,
            packed_time.encode(start + number * PAUSE),
            state=number % 2,
        )
        for number in range(count)
    )


def read(
    data: bytes,
    count: int | None = None,
    *,
    known: AttendanceLayout | None = None,
    cuts: Sequence[int] = (),
) -> tuple[list[Attendance], AttendanceLayout | None]:
    """Return what a log that arrives in pieces says, and its layout."""
    decoder = AttendanceDecoder(len(data), count, NOW, known)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    rows = [row for a, b in pairwise(places) for row in decoder.feed(data[a:b])]
    return rows + decoder.finish(), decoder.layout


@pytest.mark.parametrize(
    ("layout", "data", "rows"), vectors.ATTENDANCE.values(), ids=vectors.ATTENDANCE
)
def test_captured_rows(
    layout: AttendanceLayout, data: str, rows: list[Attendance]
) -> None:
    """Few as they are, they prove their layout, and read as shown."""
    assert read(bytes.fromhex(data)) == (rows, layout)


def test_the_captured_short_rows_make_no_sense_the_other_way() -> None:
    """They were made in 2016; who mixes up the layouts gets 2087."""
    _, data, _ = vectors.ATTENDANCE["37"]

    rows, layout = read(bytes.fromhex(data), known=AttendanceLayout.NUMBER_8A)

    assert layout is AttendanceLayout.NUMBER_8B
    assert {row.time.year for row in rows if row.time} == {2016}


@pytest.mark.parametrize(("value", "when"), vectors.TIMES.items())
def test_captured_times(value: int, when: datetime) -> None:
    """As a row has them, and as a command would send them."""
    (found,), _ = read(row(AttendanceLayout.TEXT_40, 1, value))

    assert found.time == when
    assert packed_time.encode(when) == value


@pytest.mark.parametrize("counter", [None, 0, 1, 12345])
@pytest.mark.parametrize("layout", AttendanceLayout)
def test_a_wrong_counter_misleads_nobody(
    layout: AttendanceLayout, counter: int | None
) -> None:
    """Every layout divides this total; some terminals count no rows, or another number than there are."""
    data = log(layout, EVERY_LAYOUT_DIVIDES // layout.width)

    rows, found = read(data, counter)

    assert found is layout
    assert [row.time for row in rows] == [
        START + number * PAUSE for number in range(len(rows))
    ]
    assert {row.uid for row in rows} == (
        {None} if layout is AttendanceLayout.NUMBER_16 else set(range(1, 10))
    )
    assert {(row.verify, row.state) for row in rows} == {(1, 0), (1, 1)}


@pytest.mark.parametrize("counter", [None, 0, 40, 49])
def test_the_rows_of_49_bytes(counter: int | None) -> None:
    """40 of them are as long as 49 of 40 bytes, and the first one reads well either way."""
    data = log(AttendanceLayout.TEXT_49, 40)
    assert len(data) % 40 == 0
    assert data[40:49] == TRAILER

    rows, layout = read(data, counter)

    assert layout is AttendanceLayout.TEXT_49
    assert len(rows) == 40
    assert {row.tail for row in rows} == {b"\xff\0\0\0" + TRAILER}
    assert {row.user_id for row in rows} == {str(1001 + number) for number in range(9)}


def test_what_the_other_bytes_hold() -> None:
    """Work codes, and bytes that are kept because nobody knows what they mean."""
    time = packed_time.encode(START)
    text = b"A17".ljust(24, b"\0")

    (long,), _ = read(struct.pack("<H24sBIBI4s", 7, text, 15, time, 255, 42, b"tail"))
    assert long == Attendance("A17", 7, START, 15, 255, 42, b"tail")
    (mid,), _ = read(struct.pack("<IIBBHI", 7, time, 4, 3, 0, 42))
    assert mid == Attendance("7", None, START, 3, 4, 42, bytes(2))
    (short,), _ = read(struct.pack("<HBIB", 7, 15, time, 5))
    assert short == Attendance("7", 7, START, 15, 5)
    (packed,), _ = read(struct.pack("<HBBI", 7, 0x15, 9, time))
    assert packed == Attendance("7", 7, START, 2, 5, tail=b"\x15\x09")


def test_what_follows_the_end_of_an_id_is_no_part_of_it() -> None:
    """Terminals leave there whatever was in their memory."""
    text = b"A17\0\x01\xff9".ljust(24, b"x")
    time = packed_time.encode(START)

    (found,), _ = read(struct.pack("<H24sBIBI4s", 7, text, 1, time, 0, 0, b""))

    assert found.user_id == "A17"


@given(
    LAYOUTS,
    st.integers(0, 300),
    st.lists(st.integers(0, 15000), max_size=20),
    st.data(),
)
def test_however_a_log_arrives(
    layout: AttendanceLayout, count: int, cuts: list[int], data: st.DataObject
) -> None:
    """The rows and the layout are the same, and every row is there once."""
    whole = log(layout, count)
    counter = data.draw(st.sampled_from((None, 0, count)))

    rows, found = read(whole, counter, cuts=cuts)

    assert len(rows) == count
    assert found is (layout if count else None)
    assert (rows, found) == read(whole)


def test_rows_come_while_the_log_arrives() -> None:
    """A log of 8 MB is not kept until its end."""
    data = log(AttendanceLayout.TEXT_40, 1000)
    decoder = AttendanceDecoder(len(data), 1000, NOW)

    assert decoder.feed(data[:4000]) == []
    assert decoder.layout is None
    assert len(decoder.feed(data[4000:8030])) == 200
    assert decoder.layout is AttendanceLayout.TEXT_40
    assert len(decoder.feed(data[8030:8040])) == 1
    assert len(decoder.feed(data[8040:])) == 799
    assert decoder.finish() == []


def test_no_log_has_no_layout() -> None:
    """An empty log is one, too."""
    assert read(b"") == ([], None)
    assert read(b"", 5, known=AttendanceLayout.TEXT_40) == ([], None)


@pytest.mark.parametrize("layout", AttendanceLayout)
def test_impossible_dates_are_none(layout: AttendanceLayout) -> None:
    """The 30th of February happens to terminals; it hides neither its row nor the others."""
    first = packed_time.encode(START)
    times = [first, NO_DATE, NO_DATE, NO_DATE, first + 1]

    rows, found = read(b"".join(row(layout, 1, time) for time in times))

    assert found is layout
    assert [row.time for row in rows] == [
        START,
        None,
        None,
        None,
        START + timedelta(seconds=1),
    ]


@pytest.mark.parametrize("layout", AttendanceLayout)
def test_a_clock_that_was_wrong_for_a_while(layout: AttendanceLayout) -> None:
    """Some rows from the year 2000 and one from the future do no harm to a long log."""
    data = (
        log(layout, 40)
        + log(layout, 10, datetime(2000, 1, 1))
        + log(layout, 1, datetime(2099, 1, 1))
        + log(layout, 40, START + 40 * PAUSE)
    )

    rows, found = read(data)

    assert found is layout
    assert len(rows) == 91


def test_rows_in_any_order() -> None:
    """A terminal that holds the rows of others has them as they came; the text is proof enough."""
    data = b"".join(
        log(AttendanceLayout.TEXT_40, 1, START - number * PAUSE) for number in range(50)
    )

    assert read(data)[1] is AttendanceLayout.TEXT_40


def test_a_terminal_ahead_of_us() -> None:
    """By a day at most: what it logs later than that makes no sense."""
    ahead = NOW + timedelta(days=1)

    (found,), _ = read(log(AttendanceLayout.TEXT_40, 1, ahead))
    assert found.time == ahead
    with pytest.raises(MalformedReply):
        read(log(AttendanceLayout.TEXT_40, 1, ahead + timedelta(seconds=1)))


def test_when_the_rows_do_not_say() -> None:
    """Rows of a dead clock make sense in several layouts: experience decides, then the counter, then the size."""
    data = b"".join(struct.pack("<HBBI", 1, 0, 0, 1000 + number) for number in range(6))

    rows, layout = read(data, 3, known=AttendanceLayout.NUMBER_8B)
    assert layout is AttendanceLayout.NUMBER_8B
    assert rows[5].time == datetime(2000, 1, 1, 0, 16, 45)
    assert read(data, 3)[1] is AttendanceLayout.NUMBER_16
    for counter in (None, 0, 5, 6):
        assert read(data, counter)[1] is AttendanceLayout.NUMBER_8A


def test_experience_does_not_beat_proof() -> None:
    """After an update a terminal may have another layout than before."""
    data = log(AttendanceLayout.TEXT_49, 40)

    assert read(data, known=AttendanceLayout.TEXT_40)[1] is AttendanceLayout.TEXT_49
    assert read(data, known=AttendanceLayout.TEXT_49)[1] is AttendanceLayout.TEXT_49


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        bytes(16),
        bytes(EVERY_LAYOUT_DIVIDES),
        b"\xff" * EVERY_LAYOUT_DIVIDES,
        Random(4).randbytes(EVERY_LAYOUT_DIVIDES),
        log(AttendanceLayout.TEXT_40, 3)[:-1],
        log(AttendanceLayout.TEXT_40, 3) + b"\0",
        log(AttendanceLayout.TEXT_40, 200)[20:-20],
    ],
    ids=["byte", "zeros", "many zeros", "ones", "noise", "short", "long", "shifted"],
)
@pytest.mark.parametrize("known", [None, AttendanceLayout.TEXT_40])
def test_what_nobody_can_read_is_refused(
    data: bytes, known: AttendanceLayout | None
) -> None:
    """Wrong names and times would be worse than none, whatever the counter says."""
    for counter in (None, len(data) // 40):
        with pytest.raises(MalformedReply):
            read(data, counter, known=known)


@pytest.mark.parametrize("size", [0, 79, 4000, 7999, 8001, 9000])
def test_a_log_of_another_length_than_announced(size: int) -> None:
    """Something was lost, or is another answer's: the rows before it may be good, the log is not."""
    data = log(AttendanceLayout.TEXT_40, 300)
    decoder = AttendanceDecoder(8000, 200, NOW)
    decoder.feed(data[:size])

    with pytest.raises(MalformedReply, match="instead of 8000"):
        decoder.finish()


@given(
    st.binary(max_size=400) | st.integers(0, 60).map(lambda count: b"\1" * count * 8),
    st.none() | st.integers(-1, 50),
    st.none() | LAYOUTS,
)
def test_garbage_is_refused_or_read(
    data: bytes, counter: int | None, known: AttendanceLayout | None
) -> None:
    """And nothing else happens."""
    try:
        rows, layout = read(data, counter, known=known)
    except MalformedReply:
        return
    assert len(rows) * (layout.width if layout else 0) == len(data)


def test_a_captured_operation() -> None:
    """Somebody enrolled a finger of user 3."""
    data = bytes.fromhex(vectors.OPERATION_38)

    assert decode_operations(data * 2) == [vectors.FINGERPRINT_ENROLLED] * 2
    assert operation_words(vectors.FINGERPRINT_ENROLLED) == "fingerprint enrolled"


def test_operations_without_a_date() -> None:
    """They are there all the same."""
    data = struct.pack("<HBBI4H", 5, 29, 0, NO_DATE, 1, 2, 3, 4)

    assert decode_operations(data) == [Operation(5, 29, None, (1, 2, 3, 4))]


@given(st.binary(max_size=100))
def test_any_operations(data: bytes) -> None:
    """Whole rows are read and have words, a rest is refused."""
    if len(data) % 16:
        with pytest.raises(MalformedReply):
            decode_operations(data)
    else:
        assert all(operation_words(row) for row in decode_operations(data))


@pytest.mark.parametrize(
    ("code", "first", "words"),
    [
        (0, 0, "terminal switched on"),
        (1, 0, "terminal switched off"),
        (3, 58, "alarm: misoperation"),
        (3, 54, "alarm: door sensor"),
        (3, 53, "exit button"),
        (3, 55, "alarm: tamper"),
        (3, 65535, "alarm over"),
        (3, 99, "alarm 99"),
        (13, 0, "data cleared"),
        (29, 0, "door unlocked"),
        (29, 55, "door unlocked"),
        (32, 0, "duress key"),
        (32, 1, "duress verification"),
        (32, 9, "duress"),
        (34, 0, "anti-passback violated"),
        (70, 0, "name of a user changed"),
        (99, 0, "operation 99"),
    ],
)
def test_an_operation_in_words(code: int, first: int, words: str) -> None:
    """Alarms and duress say more in their first parameter."""
    assert operation_words(Operation(0, code, START, (first, 0, 0, 0))) == words


def test_every_documented_operation_has_words_of_its_own() -> None:
    """Codes 0 to 30, duress and anti-passback."""
    codes = [*range(31), 32, 34]
    words = {operation_words(Operation(0, code, START, (7, 0, 0, 0))) for code in codes}

    assert len(words) == len(codes)
    assert not any(text.startswith("operation") for text in words)
