"""What a terminal says and shows."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue, MalformedReply
from custom_components.zkteco.protocol.model import Sound
from custom_components.zkteco.protocol.standalone.messages import (
    SOUNDS,
    MessageKind,
    ShortMessage,
    decode_messages,
    encode_message,
    encode_message_delete,
    encode_message_link,
    encode_screen_text,
    encode_sound,
)

LUNCH = ShortMessage(
    3, MessageKind.PUBLIC, "Lunch", datetime(2018, 6, 25, 17, 50, 35), 30
)


def test_every_sound_has_a_number() -> None:
    """And no two sounds the same."""
    assert set(SOUNDS) == set(Sound)
    assert len(set(SOUNDS.values())) == len(Sound)


def test_sounds() -> None:
    """A bell, a beep, a thank you."""
    assert encode_sound(Sound.BELL) == bytes.fromhex("0d000000")
    assert encode_sound(Sound.BEEP) == bytes.fromhex("18000000")
    assert encode_sound(Sound.THANK_YOU) == bytes(4)


def test_a_line_of_text() -> None:
    """Row, column, text."""
    assert encode_screen_text("Hello", 2) == b"\x02\x00\x00Hello"
    assert encode_screen_text("Gr\xfc\xdfe", 1, "cp1252") == b"\x01\0\0Gr\xfc\xdfe"


@pytest.mark.parametrize("line", [0, 9])
def test_a_line_that_no_screen_has(line: int) -> None:
    """Lines count from 1."""
    with pytest.raises(InvalidValue, match="line: a whole number from 1 to 8"):
        encode_screen_text("Hello", line)


@pytest.mark.parametrize("text", ["", "x" * 41, "\xe4" * 21, "a\nb", "a\0b", "\x1b[2J"])
def test_a_text_that_no_screen_shows(text: str) -> None:
    """Bytes count, not letters; control characters never pass."""
    with pytest.raises(InvalidValue, match="text: 1 to 40 bytes"):
        encode_screen_text(text, 1)


def test_letters_that_the_terminal_lacks() -> None:
    """A code page has its limits."""
    with pytest.raises(InvalidValue, match="text: letters that the terminal has"):
        encode_screen_text("\u4f60", 1, "cp1252")


def test_a_short_message() -> None:
    """The layout of the manual: 72 bytes."""
    written = encode_message(LUNCH)
    assert written == bytes.fromhex("fd 0300 1e00 0000 6bb36823") + b"Lunch".ljust(
        61, b"\0"
    )
    assert decode_messages(written) == [LUNCH]


@given(
    st.lists(
        st.builds(
            ShortMessage,
            st.integers(1, 65535),
            st.sampled_from(MessageKind),
            st.text("abc\xe4\u4f60 ", min_size=1, max_size=20),
            st.datetimes(datetime(2000, 1, 1), datetime(2133, 1, 1)).map(
                lambda when: when.replace(microsecond=0)
            ),
            st.integers(0, 65535),
        ),
        max_size=3,
    )
)
def test_short_messages(messages: list[ShortMessage]) -> None:
    """What is written can be read."""
    assert decode_messages(b"".join(map(encode_message, messages))) == messages


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (replace(LUNCH, number=0), "message: a whole number from 1 to 65535"),
        (replace(LUNCH, number=65536), "message: a whole number from 1 to 65535"),
        (replace(LUNCH, kind=252), "kind: 253, 254 or 255"),
        (replace(LUNCH, minutes=-1), "minutes: a whole number from 0 to 65535"),
        (replace(LUNCH, text="x" * 61), "text: 1 to 60 bytes"),
        (replace(LUNCH, start=None), "start: a time"),
        (replace(LUNCH, start=datetime(1999, 1, 1)), "time: 2000-01-01"),
        (replace(LUNCH, start=datetime(2024, 1, 1, tzinfo=UTC)), "time: must be local"),
    ],
)
def test_short_messages_that_cannot_be(message: ShortMessage, error: str) -> None:
    """The error says what would be right."""
    with pytest.raises(InvalidValue, match=error):
        encode_message(message)


@given(st.binary(max_size=150))
def test_garbage(data: bytes) -> None:
    """Whatever a terminal sends is understood, or refused for its length."""
    try:
        assert len(decode_messages(data)) == len(data) // 72
    except MalformedReply:
        assert len(data) % 72


def test_messages_of_users() -> None:
    """A message is deleted by its number, and given to a user by both."""
    assert encode_message_delete(3) == bytes.fromhex("0300")
    assert encode_message_link(13, 3) == bytes.fromhex("0d000300")
    with pytest.raises(InvalidValue, match="user: a whole number"):
        encode_message_link(0, 3)
    with pytest.raises(InvalidValue, match="message: a whole number"):
        encode_message_delete(0)
