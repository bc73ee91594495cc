"""The real-time log in both forms; captured records are in `vectors`."""

from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.c3.rtlog import (
    DoorStatus,
    EventRecord,
    StatusRecord,
    decode_binary,
    decode_text,
)
from custom_components.zkteco.protocol.errors import MalformedReply
from custom_components.zkteco.protocol.model import Direction

TIME = "d888da2d"
WHEN = datetime(2023, 12, 7, 21, 30)


def binary_status(alarms: str, contacts: str, relays: str = "00") -> StatusRecord:
    """Return what a binary status record means."""
    (record,) = decode_binary(
        bytes.fromhex(f"{alarms} {contacts} {relays} 00 ff 00 {TIME}")
    )
    assert isinstance(record, StatusRecord)
    return record


def text_status(line: str) -> StatusRecord:
    """Return what a status line means; spaces stand for TABs."""
    (record,) = decode_text(line.replace(" ", "\t").encode())
    assert isinstance(record, StatusRecord)
    return record


def text_event(line: str) -> EventRecord:
    """Return what an event line means; spaces stand for TABs."""
    (record,) = decode_text(line.replace(" ", "\t").encode())
    assert isinstance(record, EventRecord)
    return record


def test_nothing_happened() -> None:
    """An empty answer holds no records."""
    assert decode_binary(b"") == []
    assert decode_text(b"") == []
    assert decode_text(b"\r\n\0") == []


@pytest.mark.parametrize("length", [1, 15, 17, 36, 360])
def test_records_of_another_size(length: int) -> None:
    """A panel with larger records has to be asked for text."""
    with pytest.raises(MalformedReply, match=f"{length} bytes"):
        decode_binary(b"\x01" * length)


@pytest.mark.parametrize("length", [16, 144])
def test_empty_records_only(length: int) -> None:
    """Zeros would read as someone who was let in."""
    with pytest.raises(MalformedReply, match="empty records"):
        decode_binary(bytes(length))


def test_an_empty_record_among_others() -> None:
    """Nobody is let in by padding."""
    event = bytes.fromhex(f"00000000 00000000 c8 01 ca 02 {TIME}")

    assert [
        record.code
        for record in decode_binary(bytes(16) + event + bytes(16))
        if isinstance(record, EventRecord)
    ] == [202]


def test_way_out() -> None:
    """Readers outside say so."""
    (record,) = decode_binary(bytes.fromhex(f"01000000 02000000 04 02 00 01 {TIME}"))

    assert record == EventRecord(
        code=0,
        card=1,
        user_id="2",
        address=2,
        verify=4,
        direction=Direction.OUT,
        time=WHEN,
        index=None,
        trigger=None,
    )


@pytest.mark.parametrize("code", ["06", "e7"])
def test_linkage_tells_what_set_it_off(code: str) -> None:
    """Neither the rule's number nor the trigger is shown as a card or a way to verify."""
    (record,) = decode_binary(
        bytes.fromhex(f"07000000 00000000 dd 01 {code} 02 {TIME}")
    )

    assert isinstance(record, EventRecord)
    assert (record.card, record.verify, record.trigger) == (0, None, 221)


def test_a_clock_fault() -> None:
    """A record of the thirtieth of February is a record all the same."""
    event, status = decode_binary(
        bytes.fromhex(
            "00000000 00000000 c8 01 ca 07 80ff4f00"
            "01000000 00000000 00 00 ff 00 80ff4f00"
        )
    )

    assert isinstance(event, EventRecord)
    assert isinstance(status, StatusRecord)
    assert (event.code, event.direction, event.time) == (202, None, None)
    assert (status.doors[1].any_alarm, status.time) == (True, None)


@pytest.mark.parametrize(
    ("alarm", "any_alarm", "held_open"),
    [
        ("00", False, False),
        ("01", True, False),
        ("02", False, True),
        ("03", True, True),
    ],
)
def test_binary_alarms(alarm: str, any_alarm: bool, held_open: bool) -> None:
    """Two bits per door, the fourth door's too; what else is wrong is not told."""
    assert binary_status(f"000000{alarm}", "00000001").doors[4] == DoorStatus(
        contact_open=False,
        any_alarm=any_alarm,
        held_open=held_open,
        forced=None,
        tamper=None,
        duress=None,
    )


@pytest.mark.parametrize(
    ("contact", "contact_open"),
    [
        ("00", None),
        ("10", None),
        ("01", False),
        ("11", False),
        ("02", True),
        ("12", True),
        ("03", None),
        ("0f", None),
    ],
)
def test_binary_contacts(contact: str, contact_open: bool | None) -> None:
    """Only the low half counts, and an unknown value is unknown, not closed."""
    door = binary_status("00000000", f"0000{contact}00").doors[3]

    assert door.contact_open is contact_open


@pytest.mark.parametrize(
    ("value", "relays"),
    [
        ("00", {1: False, 2: False, 3: False, 4: False}),
        ("05", {1: True, 2: False, 3: True, 4: False}),
        ("0f", {1: True, 2: True, 3: True, 4: True}),
        ("10", None),
        ("c8", None),
    ],
)
def test_binary_relays(value: str, relays: dict[int, bool] | None) -> None:
    """Four bits, or a firmware that does not tell."""
    assert binary_status("00000000", "01010101", value).relays == relays


def test_a_card_as_text() -> None:
    """All fields, with keys in any case, and unknown ones."""
    assert text_event(
        "TIME=2023-12-07T21:30:00 Pin=77 CardNo=123456789012 sitecode=1 eventaddr=2 event=0 inoutstatus=0 "
        "verifytype=4 index=815 nonsense"
    ) == EventRecord(
        code=0,
        card=123456789012,
        user_id="77",
        address=2,
        verify=4,
        direction=Direction.IN,
        time=WHEN,
        index=815,
        trigger=None,
    )


def test_as_little_as_possible() -> None:
    """An event is an event by its number; what is missing is unknown."""
    assert text_event("event=999") == EventRecord(
        code=999,
        card=0,
        user_id=None,
        address=0,
        verify=None,
        direction=None,
        time=None,
        index=None,
        trigger=None,
    )


@pytest.mark.parametrize(
    "line",
    [
        "event=27 pin=0 cardno=abc eventaddr= inoutstatus=x verifytype=0000000000000010 index=-1 time=yesterday",
        "event=27 pin=000 cardno=² inoutstatus=9 verifytype=four time=2023-12-07T21:30:00+01:00",
    ],
)
def test_fields_that_cannot_be_read(line: str) -> None:
    """They are unknown; the event still happened."""
    assert text_event(line) == text_event("event=27")


def test_linkage_as_text() -> None:
    """The trigger is where others have their verification."""
    record = text_event("event=6 eventaddr=1 verifytype=221")

    assert (record.verify, record.trigger) == (None, 221)


def test_lines_between_records() -> None:
    """Lines that are no record do not stop the others."""
    records = decode_text(b"event=\r\n\r\nhello\r\nevent=200\tindex=1\nrelay=01\r\n")

    assert [type(record) for record in records] == [EventRecord, StatusRecord]


@pytest.mark.parametrize("data", [b"hello", b"time=2023-12-07 21:30:00", b"\x01\x02"])
def test_no_record_at_all(data: bytes) -> None:
    """An answer that is no text log says so, or a panel would seem to be silent for ever."""
    with pytest.raises(MalformedReply, match="no record"):
        decode_text(data)


@pytest.mark.parametrize(
    ("alarm", "on"),
    [
        ("00", set()),
        ("01", {"any_alarm", "forced"}),
        ("02", {"any_alarm", "tamper"}),
        ("04", {"any_alarm", "duress"}),
        ("08", {"any_alarm", "duress"}),
        ("10", {"any_alarm", "held_open"}),
        ("80", {"any_alarm", "tamper"}),
        ("60", set()),
        ("ff", {"any_alarm", "forced", "tamper", "duress", "held_open"}),
    ],
)
def test_text_alarms(alarm: str, on: set[str]) -> None:
    """Bits differ from the binary ones; power is the panel's own affair."""
    status = text_status(f"sensor=55 alarm=00{alarm}")
    door = status.doors[2]

    for name in ("any_alarm", "forced", "tamper", "duress", "held_open"):
        assert getattr(door, name) is (name in on)
        assert getattr(status.doors[1], name) is False
        assert getattr(status.doors[3], name) is None


@pytest.mark.parametrize(
    ("alarm", "mains", "battery"),
    [
        ("alarm=0000", False, False),
        ("alarm=0020", True, False),
        ("alarm=4000", False, True),
        ("alarm=", None, None),
        ("alarm=00g0", None, None),
        ("relay=00", None, None),
    ],
)
def test_power(alarm: str, mains: bool | None, battery: bool | None) -> None:
    """Any door's bits tell of the panel's power."""
    status = text_status(alarm)

    assert (status.mains_failed, status.battery_failed) == (mains, battery)


def test_eight_doors() -> None:
    """The second byte of contacts is for doors 5 to 8."""
    status = text_status("time=2023-12-07T21:30:00 sensor=E401 relay=81 alarm=")

    assert {n: door.contact_open for n, door in status.doors.items()} == {
        1: None,
        2: False,
        3: True,
        4: None,
        5: False,
        6: None,
        7: None,
        8: None,
    }
    assert status.relays is not None
    assert [n for n, on in status.relays.items() if on] == [1, 8]
    assert status.time == WHEN


@pytest.mark.parametrize(
    "line",
    [
        "sensor=0101010101 relay=000000 alarm=000000000000000000",
        "sensor=1 relay=zz alarm=0",
    ],
)
def test_unknown_layouts(line: str) -> None:
    """Longer strings of newer boards are unknown, never closed or locked."""
    assert text_status(line) == StatusRecord(
        doors={}, relays=None, mains_failed=None, battery_failed=None, time=None
    )


@given(st.binary(max_size=200))
def test_garbage(data: bytes) -> None:
    """Any bytes are records or a malformed reply, in both forms."""
    for decode in (decode_binary, decode_text):
        try:
            records = decode(data)
        except MalformedReply:
            continue
        assert len(records) <= len(data)


@given(st.integers(0, 12), st.binary(min_size=16, max_size=16))
def test_garbage_of_the_right_size(position: int, record: bytes) -> None:
    """Every 16 bytes that are not all zero are one record."""
    status = bytes.fromhex(f"00000000 00000000 00 00 ff 00 {TIME}")
    records = decode_binary(status * position + record + status)

    assert len(records) == position + 1 + any(record)


@given(
    st.dictionaries(
        st.sampled_from(
            ["event", "pin", "cardno", "time", "sensor", "relay", "alarm", "index"]
        ),
        st.text(max_size=20),
    )
)
def test_garbage_in_fields(fields: dict[str, str]) -> None:
    """Right keys with any values never raise anything else."""
    line = "\t".join(f"{key}={value}" for key, value in fields.items())
    try:
        records = decode_text(line.encode("utf-8", "replace"))
    except MalformedReply:
        return
    assert all(isinstance(record, EventRecord | StatusRecord) for record in records)
