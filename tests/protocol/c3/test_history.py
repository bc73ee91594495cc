"""Which records of a panel's log are news."""

from datetime import datetime, timedelta
import json

from hypothesis import given, strategies as st

from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.c3.history import (
    decode_row,
    oldest_first,
    told_before,
)
from custom_components.zkteco.protocol.c3.rtlog import EventRecord
from custom_components.zkteco.protocol.c3.tables import Row
from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.model import Direction
from custom_components.zkteco.protocol.told import Told

NOON = datetime(2026, 11, 21, 12)


def at(seconds: int, *, card: int = 7, user_id: str | None = None) -> EventRecord:
    """Return a record of some second after noon."""
    return EventRecord(
        code=27,
        card=card,
        user_id=user_id,
        address=1,
        verify=4,
        direction=None,
        time=NOON + timedelta(seconds=seconds),
        index=None,
        trigger=None,
    )


def told_until(*records: EventRecord) -> Told[EventRecord]:
    """Return a memory in which these were told."""
    told = told_before()
    told.listening(NOON)
    for record in records:
        told.add(record)
    return told


def news(told: Told[EventRecord], *log: EventRecord) -> list[EventRecord]:
    """Close the gap with a log."""
    return told.close_gap(told.marked(log))


# Rows


def test_a_row_of_new_firmware() -> None:
    """PIN as text, an index, a long card number."""
    row: Row = {
        "Pin": "12",
        "Verified": 4,
        "DoorID": 2,
        "EventType": 0,
        "InOutState": 1,
        "Time_second": packed_time.encode(NOON),
        "Index": 9,
        "Cardno": 1 << 40,
        "Sitecode": 1,
    }
    assert decode_row(row) == EventRecord(
        code=0,
        card=1 << 40,
        user_id="12",
        address=2,
        verify=4,
        direction=Direction.OUT,
        time=NOON,
        index=9,
        trigger=None,
    )


def test_a_row_of_a_linkage() -> None:
    """Its verification number is what set it off, its card number a rule."""
    record = decode_row({"EventType": 6, "Verified": 221, "Cardno": 3, "Pin": 0})
    assert (record.trigger, record.verify, record.card) == (221, None, 0)
    assert record.user_id is None


def test_a_row_that_makes_no_sense() -> None:
    """Whatever is there is taken, nothing raises."""
    record = decode_row({"EventType": "x", "Time_second": b"\xff", "Pin": "A7"})
    assert (record.code, record.user_id, record.index) == (0, "A7", None)
    assert decode_row({"EventType": " 27 ", "Pin": "000"}).code == 27


def test_the_order_of_rows() -> None:
    """By index where every row has one."""
    second = decode_row({"Index": 2})
    first = decode_row({"Index": 1})
    none = decode_row({})
    assert oldest_first([second, first]) == [first, second]
    assert oldest_first([second, none, first]) == [second, none, first]


# News


def test_what_stands_behind_the_last_told_record() -> None:
    """However old the rest of the log is."""
    told = told_until(at(1), at(2))
    told.open_gap()
    log = [at(-50), at(1), at(2), at(3), at(4)]
    assert news(told, *log) == [at(3), at(4)]
    assert not told.gap
    told.open_gap()
    assert news(told, *log, at(5)) == [at(5)]


def test_before_anything_was_told() -> None:
    """News is what happened since we listen."""
    told = told_until()
    told.open_gap()
    assert news(told, at(-50), at(-1), at(0), at(1)) == [at(0), at(1)]


def test_before_we_ever_listened_there_is_no_gap() -> None:
    """An old log is no news to a new home."""
    told = told_before()
    told.open_gap()
    assert not told.gap


def test_live_events_while_the_gap_is_open() -> None:
    """They stand behind the missed ones in the log, or not there yet."""
    told = told_until(at(1))
    told.open_gap()
    told.add(at(10))
    told.add(at(11))
    assert news(told, at(1), at(2), at(3), at(10)) == [at(2), at(3)]
    told.open_gap()
    assert news(told, at(1), at(2), at(3), at(10), at(11), at(12)) == [at(12)]


def test_equal_records_of_one_second() -> None:
    """Each counts as often as it was told."""
    told = told_until(at(1), at(1))
    told.open_gap()
    assert news(told, at(1), at(1), at(1), at(2)) == [at(1), at(2)]


def test_told_in_another_order_than_logged() -> None:
    """The last of them in the log counts."""
    told = told_until(at(2), at(1))
    told.open_gap()
    assert news(told, at(1), at(2), at(3)) == [at(3)]


def test_a_record_that_never_reaches_the_log() -> None:
    """Some firmware keeps doors opening and closing out of it."""
    told = told_until(at(1), at(2))
    told.open_gap()
    assert news(told, at(1), at(3)) == [at(3)]


def test_a_cleared_log_and_one_that_turned_over() -> None:
    """Nothing told is in it: the time decides."""
    told = told_until(at(1), at(5))
    told.open_gap()
    assert news(told, at(3), at(6), at(7)) == [at(6), at(7)]


def test_a_log_that_cannot_be_read() -> None:
    """Everything counts as told."""
    told = told_until(at(1))
    told.open_gap()
    told.add(at(9))
    assert news(told) == []
    told.open_gap()
    assert news(told, at(1), at(5), at(9), at(10)) == [at(10)]


def test_leading_zeros_of_a_pin() -> None:
    """Live log and table write the same PIN differently."""
    told = told_until(at(1, user_id="0042"))
    told.open_gap()
    assert news(told, at(1, user_id="42")) == []


def test_a_record_without_a_date() -> None:
    """After a clock fault, as on 30 February, it is told by its place in the log."""
    undated = decode_row({"EventType": 27, "Time_second": 60 * 86400})
    assert undated.time is None
    told = told_until(at(1), undated)
    told.open_gap()
    assert news(told, at(1), undated, undated, at(2)) == [undated, at(2)]
    cleared = told_until(at(1))
    cleared.open_gap()
    assert news(cleared, undated) == []


SCHEDULE = st.lists(
    st.tuples(
        st.sampled_from(("live", "missed", "gap", "restart", "both")),
        st.integers(0, 2),
    ),
    max_size=60,
)


@given(SCHEDULE)
def test_each_record_is_told_once(schedule: list[tuple[str, int]]) -> None:
    """Live, missed, or live while a gap is open, with many equal records."""
    log: list[EventRecord] = []
    heard: list[EventRecord] = []
    told = told_until(at(0, card=99))
    log.append(at(0, card=99))
    heard.append(at(0, card=99))
    second = 1
    for step, value in [*schedule, ("gap", 0)]:
        second += value // 2
        record = at(second, card=value)
        match step:
            case "missed":
                log.append(record)
                told.open_gap()
            case "live" | "both":
                log.append(record)
                told.add(record)
                heard.append(record)
                if step == "both":
                    told.open_gap()
            case "gap":
                heard += told.close_gap(told.marked(log)) if told.gap else []
            case "restart":
                told = told_before(json.loads(json.dumps(told.memory())))
    assert sorted(map(repr, heard)) == sorted(map(repr, log))


# Memory


@given(st.lists(st.integers(0, 600), max_size=600), st.booleans())
def test_memory_survives_a_restart(seconds: list[int], gap: bool) -> None:
    """What comes out of a file knows the same."""
    told = told_until()
    log = [at(n) for n in sorted(seconds)]
    for n, record in enumerate(log):
        if gap and n == len(log) // 2:
            told.open_gap()
        told.add(record)
    again = told_before(json.loads(json.dumps(told.memory())))
    assert again.gap
    told.open_gap()
    missed = at(1000)
    assert news(again, *log, missed) == news(told, *log, missed)
    assert again.memory() == told.memory()


def test_memory_tells_nothing_about_people() -> None:
    """Neither card nor PIN can be read from it."""
    told = told_until(at(1, card=1234567, user_id="4242"))
    assert "1234567" not in json.dumps(told.memory())
    assert "4242" not in json.dumps(told.memory())


JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON | st.fixed_dictionaries({"since": JSON, "before": JSON, "after": JSON}))
def test_a_memory_of_garbage_is_a_fresh_start(memory: Json) -> None:
    """Somebody edited the file."""
    told = told_before(memory)
    told.listening(NOON)
    told.open_gap()
    told.add(at(1))
    told.close_gap(told.marked([at(1)]))
    told_before(json.loads(json.dumps(told.memory())))


def test_a_memory_of_another_clock_is_a_fresh_start() -> None:
    """A panel's clock has no zone."""
    assert not told_before({"since": "2026-11-21T12:00:00+00:00"}).gap
