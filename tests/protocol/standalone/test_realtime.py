"""Events of terminals. What is called captured was, apart from the people in it."""

from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.standalone.packet import decode
from custom_components.zkteco.protocol.standalone.realtime import (
    ALL_EVENTS,
    Alarm,
    AlarmKind,
    Button,
    CardSeen,
    Enrolled,
    EnrolledUser,
    EnrolProgress,
    Event,
    EventCode,
    FingerPlaced,
    Punch,
    Raw,
    Score,
    Unlocked,
    Verified,
    decode_event,
    encode_registration,
)

TIME = bytes((24, 5, 6, 7, 8, 9))
WHEN = datetime(2024, 5, 6, 7, 8, 9)
USER = b"A17".ljust(24, b"\0")


def event(payload: str) -> Event:
    """Return what a captured payload means; its event number stands in the session field."""
    packet, _ = decode(bytes.fromhex(payload))
    return decode_event(packet.session, packet.data)


def test_asking_for_events() -> None:
    """The vendor's software asks for everything; 0 ends it."""
    assert encode_registration() == encode_registration(ALL_EVENTS)
    assert encode_registration() == bytes.fromhex("ffff0000")
    assert encode_registration(0) == bytes(4)
    asked = EventCode.ATTENDANCE | EventCode.ALARM
    assert encode_registration(asked) == bytes.fromhex("01020000")


@pytest.mark.parametrize("mask", [-1, 1 << 32])
def test_a_mask_that_is_none(mask: int) -> None:
    """A mask has 32 bits."""
    with pytest.raises(InvalidValue, match="events: a mask of 32 bits"):
        encode_registration(mask)


def test_captured_score() -> None:
    """A good sample during an enrolment."""
    assert event("f401a7fc0001000064") == Score(100)


def test_captured_punch_with_a_number() -> None:
    """A terminal with numeric users: 12 bytes."""
    assert event("f401ae430100000087d612000000120c07130906") == Punch(
        "1234567", 0, 0, datetime(2018, 12, 7, 19, 9, 6)
    )


@pytest.mark.parametrize(
    ("payload", "punch"),
    [
        (
            "f401ae43010000003132333435363700000000000000000000000000000000000f00120b1d0c3703",
            Punch("1234567", 15, 0, datetime(2018, 11, 29, 12, 55, 3)),
        ),
        (
            "f401ac12010000003939393131313333330000000000000000000000000000000100120619112905",
            Punch("999111333", 1, 0, datetime(2018, 6, 25, 17, 41, 5)),
        ),
    ],
)
def test_captured_punch_with_a_text(payload: str, punch: Punch) -> None:
    """A terminal with user IDs of text: 32 bytes, with a face and with a finger."""
    assert event(payload) == punch


@pytest.mark.parametrize(
    ("data", "punch"),
    [
        (b"\x11\0\x01\x03" + TIME, Punch("17", 1, 3, WHEN, uid=17)),
        (b"\x11\0\0\0\x01\x03" + TIME, Punch("17", 1, 3, WHEN)),
        (b"\x11\0\x01\x03" + TIME + b"tail", Punch("17", 1, 3, WHEN, b"tail", 17)),
        (USER + b"\x04\x01" + TIME, Punch("A17", 4, 1, WHEN)),
        (USER + b"\x04\x01" + TIME + b"4444", Punch("A17", 4, 1, WHEN, b"4444")),
        (USER + b"\x04\x01" + TIME + b"55555", Punch("A17", 4, 1, WHEN, b"55555")),
        (
            USER + b"\x04\x01" + TIME + b"t" * 20,
            Punch("A17", 4, 1, WHEN, b"t" * 20),
        ),
    ],
    ids=lambda value: str(len(value)) if isinstance(value, bytes) else "",
)
def test_the_seven_lengths(data: bytes, punch: Punch) -> None:
    """Seven lengths are known: 10, 12, 14, 32, 36, 37 and 52."""
    assert decode_event(EventCode.ATTENDANCE, data) == punch


@pytest.mark.parametrize(("sent", "state"), [(0x10, 0), (0x15, 5), (0xFF, 255)])
def test_validity_is_no_state(sent: int, state: int) -> None:
    """The short form shares the byte of the state with the record's validity; 255 is no state."""
    punch = decode_event(EventCode.ATTENDANCE, bytes((17, 0, 1, sent)) + TIME)
    assert punch == Punch("17", 1, state, WHEN, uid=17)


def test_junk_behind_the_user_id() -> None:
    """Terminals do not clear what stands behind the end of a text."""
    data = b"A17\0junk".ljust(24, b"\xff") + b"\x01\x00" + TIME
    assert decode_event(EventCode.ATTENDANCE, data) == Punch("A17", 1, 0, WHEN)


def test_an_impossible_date() -> None:
    """A clock fault hides the time, not who came."""
    data = USER + b"\x01\x00" + bytes((24, 13, 45, 25, 61, 61))
    assert decode_event(EventCode.ATTENDANCE, data) == Punch("A17", 1, 0, None)


@pytest.mark.parametrize(
    "data",
    [b"", bytes(9), bytes(11), bytes(13), bytes(24), bytes(28), bytes(31)],
    ids=len,
)
def test_unknown_lengths_of_a_punch(data: bytes) -> None:
    """A length that no document names is kept raw, and nobody is let in by it."""
    assert decode_event(EventCode.ATTENDANCE, data) == Raw(1, data)


@pytest.mark.parametrize("user", [bytes(24), b"\xc4\xd6".ljust(24, b"\0"), b"\n"])
def test_a_punch_of_nobody(user: bytes) -> None:
    """What is no user ID is kept raw too."""
    data = user.ljust(24, b"\0") + b"\x01\x00" + TIME
    assert decode_event(EventCode.ATTENDANCE, data) == Raw(1, data)


@pytest.mark.parametrize(
    ("code", "data", "meaning"),
    [
        (EventCode.FINGER, "", FingerPlaced()),
        (EventCode.ENROL_USER, "0d00", EnrolledUser(13)),
        (EventCode.BUTTON, "07", Button(7)),
        (EventCode.BUTTON, "0701", Button(263)),
        (EventCode.BUTTON, "07000000", Button(7)),
        (EventCode.UNLOCK, "", Unlocked(b"")),
        (EventCode.UNLOCK, "0102", Unlocked(b"\x01\x02")),
        (EventCode.VERIFY, "0d00000001", Verified(13)),
        (EventCode.VERIFY, "0d000000", Verified(13)),
        (EventCode.VERIFY, "ffffffff01", Verified(None)),
        (EventCode.SCORE, "00", Score(0)),
        (EventCode.CARD, "d2040000", CardSeen(1234)),
    ],
)
def test_other_events(code: EventCode, data: str, meaning: Event) -> None:
    """The layouts come from the documents."""
    assert decode_event(code, bytes.fromhex(data)) == meaning


@pytest.mark.parametrize(
    ("data", "meaning"),
    [
        (b"\x01", EnrolProgress(1)),
        (b"\x64\x00", EnrolProgress(100)),
        (b"\x00\x00", EnrolProgress(0)),
        (b"\x04\x00", Enrolled(4)),
        (b"\x05\x00", Enrolled(5)),
        (b"\x06\x00", Enrolled(6)),
        (b"\x00\x00\x02\x05\x06\x00\x00\x00", Enrolled(0)),
        (b"\x00\x00\x02\x05999111333\x07", Enrolled(0, "999111333", 7)),
        (b"\x00\x00\x02\x05A17\0\0\0\0\0\0\x00", Enrolled(0, "A17", 0)),
        (b"\x00\x00\x02\x05ABC123456789\0\x01", Enrolled(0, "ABC123456789")),
    ],
)
def test_enrolment(data: bytes, meaning: Event) -> None:
    """Progress comes in one or two bytes; the end has who and which finger where there is room."""
    assert decode_event(EventCode.ENROL_FINGER, data) == meaning


@pytest.mark.parametrize(
    ("data", "kind", "user"),
    [
        ("3a000000", AlarmKind.MISOPERATION, None),
        ("37000000", AlarmKind.TAMPER, None),
        ("35000000", AlarmKind.EXIT_BUTTON, None),
        ("36000000", AlarmKind.DOOR_SENSOR, None),
        ("3700000000000000", AlarmKind.TAMPER, None),
        ("3600000001000000", AlarmKind.DOOR_FORCED, None),
        ("3600000004000000", AlarmKind.DOOR_NOT_CLOSED, None),
        ("3600000005000000", AlarmKind.DOOR_CLOSED, None),
        ("3600000035000000", AlarmKind.EXIT_BUTTON, None),
        ("5400000001000000", AlarmKind.DOOR_FORCED, None),
        ("5400000063000000", AlarmKind.DOOR_SENSOR, None),
        ("ffffffff20000d0001000000", AlarmKind.DURESS, 13),
        ("ffffffff0d00200001000000", AlarmKind.DURESS, 13),
        ("ffffffff22000d0001000000", AlarmKind.ANTI_PASSBACK, 13),
        ("ffffffff0d00220001000000", AlarmKind.ANTI_PASSBACK, 13),
        ("ffffffff2000200001000000", AlarmKind.DURESS, 32),
        # A duress key instead of a person.
        ("ffffffff2000000000000000", AlarmKind.DURESS, None),
        ("ffffffff0000200000000000", AlarmKind.DURESS, None),
    ],
)
def test_alarms(data: str, kind: AlarmKind, user: int | None) -> None:
    """4 bytes for the terminal, 8 for the door sensor, 12 for what a person does."""
    raw = bytes.fromhex(data)
    assert decode_event(EventCode.ALARM, raw) == Alarm(kind, user, raw)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (EventCode.ENROL_USER, "0d"),
        (EventCode.ENROL_FINGER, ""),
        (EventCode.ENROL_FINGER, "000001"),
        (EventCode.BUTTON, ""),
        (EventCode.BUTTON, "070000"),
        (EventCode.VERIFY, "0d0000"),
        (EventCode.SCORE, ""),
        (EventCode.SCORE, "6400"),
        (EventCode.CARD, "d204"),
        (EventCode.ALARM, ""),
        (EventCode.ALARM, "ff000000"),
        (EventCode.ALARM, "3a010000"),
        (EventCode.ALARM, "6300000001000000"),
        (EventCode.ALARM, "360000000100"),
        (EventCode.ALARM, "360000000100000000"),
        (EventCode.ALARM, "54000000"),
        (EventCode.ALARM, "ffffffff0d000e0001000000"),
        (EventCode.ALARM, "0000000020000d0001000000"),
        (EventCode.WRITE_CARD, "00"),
        (EventCode.EMPTY_CARD, "00"),
        (EventCode.DELETE_TEMPLATE, "0d0001"),
        (64, "00"),
        (3, "00"),
    ],
)
def test_what_nobody_knows(code: int, data: str) -> None:
    """Unknown codes and lengths are kept as they are."""
    raw = bytes.fromhex(data)
    assert decode_event(code, raw) == Raw(code, raw)


def test_nothing_secret_in_a_log() -> None:
    """Neither a card nor bytes that may hold one show when an event is printed."""
    assert "1234" not in repr(CardSeen(1234))
    assert "1234" not in repr(Raw(1024, b"1234"))


@given(st.integers(0, 0xFFFF) | st.sampled_from(EventCode), st.binary(max_size=80))
def test_garbage(code: int, data: bytes) -> None:
    """Whatever a terminal sends is an event; a raw one has lost nothing."""
    found = decode_event(code, data)
    if isinstance(found, Raw):
        assert found == Raw(code, data)


@given(
    st.text("ABCabc0123456789", min_size=1, max_size=24),
    st.integers(0, 255),
    st.integers(0, 255),
    st.datetimes(datetime(2000, 1, 1), datetime(2255, 12, 31)),
    st.binary(max_size=20),
)
def test_every_punch_is_read(
    user_id: str, verify: int, state: int, when: datetime, tail: bytes
) -> None:
    """Whoever comes, whenever."""
    when = when.replace(microsecond=0)
    data = (
        user_id.encode().ljust(24, b"\0")
        + bytes((verify, state, when.year - 2000))
        + bytes((when.month, when.day, when.hour, when.minute, when.second))
        + tail
    )
    assert decode_event(EventCode.ATTENDANCE, data) == Punch(
        user_id, verify, state, when, tail
    )
