"""Which of a device's events were told already."""

import json

from hypothesis import given, strategies as st

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.push.history import Age, Told
from custom_components.zkteco.protocol.push.records import EventRecord, parse_rtlog

SERIAL = "7001200100123"


def event(
    index: int | None, minute: int = 0, *, door: int = 1, card: int = 0
) -> EventRecord:
    """Return an event as a device tells it."""
    number = "" if index is None else f"\tindex={index}"
    line = f"time=2026-11-21 12:{minute:02}:00\tcardno={card}\teventaddr={door}\tevent=0{number}"
    return parse_rtlog(line).events[0]


def restarted(told: Told) -> Told:
    """Return what is known after a restart."""
    return Told(json.loads(json.dumps(told.memory)))


def test_an_event_that_comes_again_is_known() -> None:
    """The device did not hear that it had arrived, or we started anew."""
    told = Told()
    assert told.place(event(1), SERIAL) is Age.NEW
    assert told.place(event(1), SERIAL) is Age.REPEATED
    assert restarted(told).place(event(1), SERIAL) is Age.REPEATED
    assert told.place(event(1), "SUB1") is Age.NEW


def test_events_without_an_index_are_told_by_what_they_say() -> None:
    """Two doors may open in the same second."""
    told = Told()
    assert told.place(event(None), SERIAL) is Age.NEW
    assert told.place(event(None, door=2), SERIAL) is Age.NEW
    assert told.place(event(None, card=7), SERIAL) is Age.NEW
    assert told.place(event(None), SERIAL) is Age.REPEATED


def test_an_event_of_before_the_last_one_is_history() -> None:
    """A device tells first what happens now, and then what it kept."""
    told = Told()
    assert told.place(event(9, 9), SERIAL) is Age.NEW
    assert told.place(event(8, 8), SERIAL) is Age.EARLIER
    assert told.place(event(8, 8), SERIAL) is Age.REPEATED
    assert restarted(told).place(event(7, 7), SERIAL) is Age.EARLIER
    assert told.place(event(10, 10), SERIAL) is Age.NEW


def test_a_log_that_begins_again_is_noticed_once() -> None:
    """A lower number at a later time."""
    told = Told()
    assert told.place(event(900, 1), SERIAL) is Age.NEW
    assert told.place(event(1, 2), SERIAL) is Age.RESTARTED
    assert told.place(event(2, 3), SERIAL) is Age.NEW


def test_an_event_without_a_time_is_known_by_its_index() -> None:
    """Its clock was never set."""
    record = parse_rtlog("time=1971--10--29 -23:-27:-54\tevent=0\tindex=5").events[0]
    told = Told()
    assert told.place(record, SERIAL) is Age.NEW
    assert told.place(record, SERIAL) is Age.REPEATED


@given(st.lists(st.integers(0, 60)), st.integers(1, 8))
def test_every_event_is_told_once_whatever_is_repeated(
    order: list[int], every: int
) -> None:
    """Duplicates and restarts between any two of them."""
    told, heard = Told(), []
    for position, index in enumerate(order):
        if position % every == 0:
            told = restarted(told)
        if told.place(event(index, index % 60), SERIAL) is not Age.REPEATED:
            heard.append(index)
    assert sorted(heard) == sorted(set(order))


def test_an_event_of_long_ago_is_known() -> None:
    """Marks are for the newest; what lies in the spans was told all the same."""
    told = Told()
    for index in range(1, 1000):
        told.place(event(index, index * 59 // 1000), SERIAL)
    assert told.place(event(1), SERIAL) is Age.REPEATED


def test_a_log_that_is_read_is_told_once() -> None:
    """What was missed is told, also hundreds of events later; nothing twice, whatever the clock said meanwhile."""
    told = Told()
    missed = range(5, 300)
    for index in (1, 2, 3, 4, *range(300, 1000)):
        told.place(event(index, index % 60), SERIAL)
    told = restarted(told)

    recovered = [n for n in range(1001) if told.recover(event(n, 59), SERIAL)]
    assert recovered == [0, *missed, 1000]
    told = restarted(told)
    assert not any(told.recover(event(n, 58), SERIAL) for n in range(1001))
    assert told.place(event(299, 59), SERIAL) is Age.REPEATED
    assert told.last_index(SERIAL) == 1000


def test_what_cannot_be_placed_is_not_recovered() -> None:
    """Without an index or a time, nobody knows whether it was told."""
    told = Told()
    undated = parse_rtlog("event=0\tindex=5").events[0]
    assert not told.recover(event(None), SERIAL)
    assert not told.recover(undated, SERIAL)
    assert told.last_index(SERIAL) is None
    told.place(undated, SERIAL)
    assert told.recover(event(5), SERIAL)


def test_an_event_that_is_known_by_its_mark_is_not_recovered() -> None:
    """The log began again after it, and so the spans did."""
    told = Told()
    told.place(event(900, 1), SERIAL)
    told.place(event(1, 2), SERIAL)
    assert not told.recover(event(900, 1), SERIAL)


def test_a_log_with_many_gaps() -> None:
    """A device that leaves numbers out all the time does not fill the file, and nothing that it tells late is lost."""
    told = Told()
    for index in range(0, 2000, 2):
        told.place(event(index, index % 60), SERIAL)
    assert not told.recover(event(1998, 59), SERIAL)
    assert told.recover(event(1999, 59), SERIAL)
    assert told.recover(event(1, 59), SERIAL)
    assert told.place(event(3, 0), SERIAL) is Age.EARLIER
    assert json.dumps(told.memory).count("[") < 40


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans())))
def test_reading_and_being_told_go_together(order: list[tuple[int, bool]]) -> None:
    """In any order, every event once, as long as there are few gaps."""
    told, heard = Told(), []
    for index, read in order:
        record = event(index, index)
        is_new = (
            told.recover(record, SERIAL)
            if read
            else told.place(record, SERIAL) is not Age.REPEATED
        )
        if is_new:
            heard.append(index)
    assert len(heard) == len(set(heard))


def test_memory_is_bounded_and_holds_no_card() -> None:
    """Marks cannot be turned back into what happened."""
    told = Told()
    for index in range(2000):
        told.place(event(index, index % 60, card=5551234), f"S{index % 100}")
    text = json.dumps(told.memory)
    assert "5551234" not in text
    assert len(text) < 40_000
    assert json.loads(text) == restarted(told).memory


def test_nonsense_is_a_fresh_start() -> None:
    """Whatever is in the file."""
    place: dict[str, Json] = {"index": 9, "time": "2026-11-21T12:09:00"}
    for memory in (
        [],
        {"marks": 5, "last": 7},
        {"marks": ["x"], "last": {SERIAL: 7}},
        {"last": {SERIAL: {**place, "time": "yesterday"}}},
        {"last": {SERIAL: {**place, "time": 5}}},
        {"last": {SERIAL: {**place, "time": "2026-11-21T12:09:00+01:00"}}},
        {"last": {SERIAL: {**place, "index": "9"}}},
    ):
        assert Told(memory).place(event(1, 1), SERIAL) is Age.NEW
    assert Told({"last": {SERIAL: place}}).place(event(1, 1), SERIAL) is Age.EARLIER
    broken = {**place, "told": [[1], 7, [3, 2], ["a", 2], [4, 5]]}
    told = Told({"last": {SERIAL: broken}})
    assert [n for n in range(10) if told.recover(event(n), SERIAL)] == [
        *(0, 1, 2, 3),
        *(6, 7, 8),
    ]
