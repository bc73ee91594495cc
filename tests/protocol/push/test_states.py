"""The state of doors, in every layout that was captured, printed or only met."""

from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.push.states import (
    Alarm,
    DoorStatus,
    Layout,
    StateRecord,
    parse_rtstate,
    read_state,
)


def state(text: str, lock_count: int | None) -> StateRecord:
    """Return the state of an upload, whose fields are separated by "|" here."""
    return parse_rtstate(text.replace("|", "\t"), lock_count)


def test_state_of_a_panel() -> None:
    """As a C3-200 Plus writes it: five bytes of sensor that nobody has explained, but one byte per door in `door`."""
    record = state(
        "time=2026-07-05 10:00:00|sensor=0000000000|relay=000000|alarm=0000|door=0101|sn=ABC1234567890",
        2,
    )

    assert record.time == datetime(2026, 7, 5, 10)
    assert record.layout is Layout.DOOR
    closed = DoorStatus(has_contact=True, contact_open=False, alarms=Alarm(0))
    assert record.doors == {1: closed, 2: closed}
    assert record.relay_bits == 0
    assert record.relay_on(1, active_high=True) is False
    assert record.serial == "ABC1234567890"


def test_relays_of_a_panel() -> None:
    """Which of its three bytes is which door, nobody has explained; only none energised is clear."""
    record = state("relay=010000|door=0101", 2)

    assert record.relay_bits is None
    assert record.relay_on(1, active_high=True) is None
    assert record.raw["relay"] == "010000"


def test_alarm_of_a_panel() -> None:
    """The variant of the same record: the second door was forced open."""
    record = state(
        "time=2026-07-05 10:00:00|sensor=0000000000|relay=000000|alarm=0001|door=0102|sn=ABC1234567890",
        2,
    )

    assert record.doors[1].alarms == Alarm(0)
    assert record.doors[2].alarms is Alarm.FORCED
    assert record.doors[2].contact_open is True


def test_state_of_a_face_terminal() -> None:
    """Captured from a SenseFace 3A."""
    record = state(
        "time=2026-02-23 14:13:48|sensor=01|relay=00|alarm=0000000000000000|door=01", 1
    )

    assert record.layout is Layout.PACKED
    assert record.doors == {
        1: DoorStatus(has_contact=True, contact_open=False, alarms=Alarm(0))
    }
    assert record.relay_bits == 0
    assert record.serial is None


def test_the_printed_state() -> None:
    """Section 7.3: no door contact, tamper alarm at door 1. Without a number of doors, all eight are told."""
    text = "time=2017-01-10 15:42:40|sensor=00|relay=00|alarm=0200000000000000\r\n"
    record = state(text, None)

    assert sorted(record.doors) == list(range(1, 9))
    assert record.doors[1] == DoorStatus(has_contact=False, alarms=Alarm.TAMPER)
    assert record.doors[4] == DoorStatus(has_contact=False, alarms=Alarm(0))
    assert record.doors[5] == DoorStatus(alarms=Alarm(0))
    assert state(text, 1).doors == {1: record.doors[1]}


def test_eight_doors() -> None:
    """Two bits per door, door 1 lowest: closed, open, none, undefined, and again from door 5."""
    record = state("sensor=C909|relay=81|alarm=FF00000000000001", 8)

    assert record.layout is Layout.PACKED
    assert [record.doors[door].contact_open for door in range(1, 9)] == [
        False,
        True,
        None,
        None,
        False,
        True,
        None,
        None,
    ]
    assert record.doors[3].has_contact is False
    assert record.doors[4].has_contact is None
    assert record.doors[1].alarms == Alarm(0xFF)
    assert record.doors[8].alarms is Alarm.FORCED


@pytest.mark.parametrize(
    ("sensor", "lock_count", "layout"),
    [
        ("010201", 3, Layout.BYTES),
        ("0102010201020102", 8, Layout.BYTES),
        # Four digits are the documented layout, also of a two-door panel.
        ("0102", 2, Layout.PACKED),
        ("010201", 2, Layout.UNKNOWN),
        ("010201", None, Layout.UNKNOWN),
        ("0101010101", 4, Layout.UNKNOWN),
        ("1", 1, Layout.UNKNOWN),
        ("zz", 1, Layout.UNKNOWN),
        ("010101010101010101", 9, Layout.UNKNOWN),
    ],
)
def test_layouts(sensor: str, lock_count: int | None, layout: Layout) -> None:
    """A layout that nobody has explained tells nothing, least of all that a door is closed."""
    record = state(f"sensor={sensor}", lock_count)

    assert record.layout is layout
    if layout is Layout.UNKNOWN:
        assert all(door == DoorStatus() for door in record.doors.values())


def test_one_byte_per_door() -> None:
    """Closed, open, and something that nobody has explained."""
    record = state("sensor=01020003", 4)

    assert record.layout is Layout.BYTES
    assert record.doors == {
        1: DoorStatus(has_contact=True, contact_open=False),
        2: DoorStatus(has_contact=True, contact_open=True),
        3: DoorStatus(has_contact=False),
        4: DoorStatus(),
    }


def test_door_field_comes_second() -> None:
    """It counts where the sensors tell nothing, and only with one byte per door."""
    assert state("sensor=02|door=01", 1).doors[1].contact_open is True
    assert state("door=0201", 2).doors[1].contact_open is True
    assert state("door=02", 2).layout is Layout.UNKNOWN
    assert state("door=0101", None).layout is Layout.UNKNOWN
    assert state("sensor=00|door=01", 1).doors[1] == DoorStatus(has_contact=False)
    assert state("relay=01", 1).layout is Layout.ABSENT


@pytest.mark.parametrize("active_high", [True, False])
def test_relays(active_high: bool) -> None:
    """Documents and devices disagree about what a 1 means, so the caller has to know."""
    record = state("relay=02", 2)

    assert record.relay_bits == 2
    assert record.relay_on(2, active_high=active_high) is active_high
    assert record.relay_on(1, active_high=active_high) is not active_high


def test_newest_of_several_states() -> None:
    """A device that was cut off may send what has passed."""
    assert state("sensor=01\r\nsensor=02", 1).doors[1].contact_open is True
    assert read_state({"sensor": "02"}, 1) == state("sensor=02", 1)


def test_no_state() -> None:
    """An empty upload tells nothing about the doors there are."""
    assert state("", 2) == StateRecord(
        time=None,
        doors={1: DoorStatus(), 2: DoorStatus()},
        layout=Layout.ABSENT,
        relay_bits=None,
        serial=None,
        raw={},
    )


TEXTS = st.text() | st.lists(
    st.dictionaries(
        st.sampled_from(["time", "sensor", "relay", "alarm", "door", "sn"]),
        st.text() | st.text(st.sampled_from("0123456789ABCDEF")),
    ).map(lambda line: "\t".join(f"{key}={value}" for key, value in line.items()))
).map("\n".join)


@given(TEXTS, st.none() | st.integers(1, 8))
def test_no_state_is_too_strange(text: str, lock_count: int | None) -> None:
    """A door is closed only where a known layout says so."""
    record = parse_rtstate(text, lock_count)

    assert len(record.doors) == lock_count or (
        lock_count is None and len(record.doors) <= 8
    )
    for door, status in record.doors.items():
        assert 1 <= door <= 8
        if status.contact_open is not None:
            assert status.has_contact
            assert record.layout in {Layout.PACKED, Layout.BYTES, Layout.DOOR}
        if record.relay_bits is not None:
            assert record.relay_on(door, active_high=True) is not None
