"""Listening to a connection: whatever goes wrong in doing so, the connection goes on."""

from collections.abc import Iterable
from random import Random
from typing import override

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.redact import StandIns, is_harmless, shape
from custom_components.zkteco.protocol.trace import Entry, Tracer


class Clumsy(Tracer[bytes, bytes]):
    """A tracer with a mistake."""

    @override
    def _sent(self, message: bytes) -> Iterable[Entry]:
        return ({"size": len(message)},)

    @override
    def _received(self, message: bytes) -> Iterable[Entry]:
        raise IndexError(message)


def test_a_mistake_costs_nothing_but_the_message() -> None:
    """It is told as such, without what it was about."""
    told: list[Entry] = []
    tracer = Clumsy(told.append)
    tracer.sent(b"hello")
    tracer.received(b"secret")
    tracer.note("closed")
    assert told == [
        {"way": "sent", "size": 5},
        {"way": "received", "cannot be told": "IndexError"},
        {"way": "note", "note": "closed"},
    ]


@pytest.mark.parametrize(
    ("data", "size", "words"),
    [
        (b"1234\0\0Ann Lee", 13, "d4 z2 a3 p1 a3"),
        (b"\x01\x02\xff\x7f", 4, "c2 x2"),
        (b"a1" * 100, 200, " ".join(["a1 d1"] * 20)),
    ],
)
def test_shapes(data: bytes, size: int, words: str) -> None:
    """Lengths and kinds of characters, and never endless."""
    assert shape(data) == {"size": size, "shape": words}
    assert shape(b"") == {"size": 0}


@given(st.integers(1, 2**64 - 1))
def test_numbers(value: int) -> None:
    """As many digits and bytes, for the same the same, and something else where there is anything else."""
    stand_ins = StandIns(Random(0))
    other = stand_ins.number(value)
    assert other == stand_ins.number(value)
    assert other != value
    assert len(str(other)) == len(str(value))
    assert other.bit_length() // 8 == value.bit_length() // 8
    size = (value.bit_length() + 7) // 8
    assert stand_ins.binary(value.to_bytes(size, "little")) == other.to_bytes(
        size, "little"
    )
    assert stand_ins.text(f"00{value}") == f"00{other}"


def test_nobody_stays_nobody() -> None:
    """Zero and nothing are facts about the device."""
    stand_ins = StandIns()
    assert stand_ins.number(0) == 0
    assert stand_ins.text("000") == "000"
    assert stand_ins.text("") == ""
    assert stand_ins.text("- .") == "- ."
    assert stand_ins.binary(b"\0\0") == b"\0\0"


def test_as_long_as_there_are_others_nobody_is_somebody_else() -> None:
    """Rows with one-digit numbers can be compared too."""
    stand_ins = StandIns(Random(0))
    others = [stand_ins.number(value) for value in range(1, 10)]
    assert len({*others}) >= 8
    assert all(1 <= other <= 9 for other in others)


@given(st.text(max_size=64))
def test_texts(value: str) -> None:
    """As many characters and bytes, of the same kinds."""
    stand_ins = StandIns(Random(0))
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return
    other = stand_ins.text(value)
    assert len(other) == len(value)
    assert len(other.encode()) == size
    assert other == stand_ins.text(value)
    for one, two in zip(value, other, strict=True):
        if one.isascii():
            assert one.isalpha() == two.isalpha()
            assert one.isdigit() == two.isdigit()
            assert one.isupper() == two.isupper()
            assert one == two or one.isalnum()


def test_templates_and_photos() -> None:
    """Of a long text nothing is left, not even which of its characters are the same."""
    assert StandIns().text("Qk0z" * 30 + "==") == "A" * 120 + "=="


@given(st.binary(max_size=24))
def test_fields(data: bytes) -> None:
    """The end stays where it was, and behind it is nothing of what was left in a device's memory."""
    other = StandIns(Random(0)).field(data)
    assert len(other) == len(data)
    text = data.partition(b"\0")[0]
    assert other.partition(b"\0")[0] == other.rstrip(b"\0") or not text
    assert not any(other[len(text) :])
    assert len(other.partition(b"\0")[0]) == len(text)


@pytest.mark.parametrize(
    ("column", "value"),
    [("pin", "1"), ("CardNo", ""), ("event", "Ann"), ("time", "x" * 9), ("name", "")],
)
def test_personal_columns(column: str, value: str) -> None:
    """What is a person's, and what is no number."""
    assert not is_harmless(column, value)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event", "27"),
        ("time", "2026-11-21 12:00:00"),
        ("MonTime1", "393242"),
        ("hol1time2vsuser", ""),
        ("sensor", "0A"),
    ],
)
def test_harmless_columns(column: str, value: str) -> None:
    """Without them a recording would be worth nothing."""
    assert is_harmless(column, value)
