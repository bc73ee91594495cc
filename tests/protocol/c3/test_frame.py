"""Frames: building them, and finding them again in a stream."""

from itertools import pairwise

from hypothesis import example, given, strategies as st
import pytest

from custom_components.zkteco.protocol.c3 import frame
from custom_components.zkteco.protocol.c3.frame import (
    ERROR_WORDS,
    MAX_REPLY_DATA,
    MAX_REQUEST_DATA,
    Command,
    ErrorCode,
    Frame,
    FrameReader,
)
from custom_components.zkteco.protocol.errors import InvalidValue

CONTENTS = st.tuples(st.integers(0, 255), st.binary(max_size=300))


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Cut a stream at the given places."""
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(places)]


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"", 0),
        (b"123456789", 0xBB3D),
        (b"abcdefg", 0xE9D9),
        (b"0123456789ABCDEF", 0x0F65),
        (bytes.fromhex("0176040000000000"), 0x8FD7),
    ],
)
def test_checksum(data: bytes, crc: int) -> None:
    """The check values of CRC-16/ARC."""
    assert frame.crc16(data) == crc


@given(st.lists(CONTENTS, max_size=5), st.lists(st.integers(0, 2000), max_size=30))
def test_however_a_stream_arrives(
    contents: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    """Frames come out whole and in order, whether merged or split anywhere."""
    stream = b"".join(frame.encode(command, data) for command, data in contents)
    reader = FrameReader()

    found = [one for piece in pieces(stream, cuts) for one in reader.feed(piece)]

    assert found == [Frame(command, data, 1) for command, data in contents]
    assert reader.skipped == 0
    assert not reader.foreign


def test_byte_by_byte() -> None:
    """A panel may send single bytes; the frame is there with the last one."""
    stream = frame.encode(Command.RTLOG, b"\xaa\x55" * 20)
    reader = FrameReader()

    assert [reader.feed(bytes((byte,))) for byte in stream[:-1]] == [[]] * (
        len(stream) - 1
    )
    assert reader.feed(stream[-1:]) == [Frame(Command.RTLOG, b"\xaa\x55" * 20, 1)]


@given(st.integers(0, 255), st.binary(max_size=50))
def test_any_address(address: int, data: bytes) -> None:
    """Panels answer with their own address, which changes and means nothing."""
    body = bytes((address, 0xC8)) + len(data).to_bytes(2, "little") + data
    wire = b"\xaa" + body + frame.crc16(body).to_bytes(2, "little") + b"\x55"

    assert FrameReader().feed(wire) == [Frame(0xC8, data, address)]


@given(st.binary(max_size=100), CONTENTS, st.integers(1, 400))
@example(b"\xaa\x01\xc8\xff\x1f", (0xC8, b""), 1)
@example(b"\xaa", (0xC8, b"\xaa\x01\xc8\x00\x00"), 1)
def test_a_frame_is_found_behind_garbage(
    garbage: bytes, content: tuple[int, bytes], size: int
) -> None:
    """What looks like a start in garbage delays the next frames at most by the longest frame."""
    wire = frame.encode(*content)
    stream = garbage + wire * (1 + (MAX_REPLY_DATA + 8) // len(wire))
    reader = FrameReader()

    found = [
        one
        for start in range(0, len(stream), size)
        for one in reader.feed(stream[start : start + size])
    ]

    assert Frame(*content, 1) in found


@given(st.lists(st.binary(max_size=2000), max_size=10))
@example([b"\xaa\x01\xc8\x00\x20" + b"\xaa" * 9000] * 5)
def test_garbage_is_bounded(chunks: list[bytes]) -> None:
    """Whatever comes, nothing is raised, and at most one incomplete frame is kept."""
    reader = FrameReader()

    found = [one for chunk in chunks for one in reader.feed(chunk)]

    read = sum(8 + len(one.data) for one in found)
    kept = sum(map(len, chunks)) - reader.skipped - read
    assert 0 <= kept < MAX_REPLY_DATA + 8


@pytest.mark.parametrize("damaged", range(9))
def test_damage_is_noticed(damaged: int) -> None:
    """One wrong bit anywhere: no frame; the next sound frame is read all the same."""
    wire = bytearray(frame.encode(Command.CONTROL, b"\x01"))
    wire[damaged] ^= 0x01
    reader = FrameReader()
    sound = frame.encode(Command.CONNECT)

    found = reader.feed(bytes(wire)) + reader.feed(sound * 300)

    assert set(found) == {Frame(Command.CONNECT, b"", 1)}
    assert reader.skipped > 0


def test_the_end_byte_counts() -> None:
    """A right checksum with another end is no frame."""
    reader = FrameReader()

    assert reader.feed(frame.encode(Command.CONNECT)[:-1] + b"\x56") == []
    assert reader.skipped == 8


@pytest.mark.parametrize("start", ["5050827d", "5050837c"])
def test_a_terminal_is_recognised(start: str) -> None:
    """Standalone terminals share the port; their first four bytes give them away."""
    whole = FrameReader()
    slow = FrameReader()
    whole.feed(bytes.fromhex(start) + b"\x08\x00\x00\x00")
    recognised = []
    for byte in bytes.fromhex(start):
        slow.feed(bytes((byte,)))
        recognised.append(slow.foreign)

    assert whole.foreign
    assert recognised == [False, False, False, True]
    assert whole.skipped == 8


def test_only_the_beginning_tells_a_terminal() -> None:
    """The same bytes later in a stream are garbage like any other."""
    reader = FrameReader()
    reader.feed(frame.encode(Command.CONNECT) + bytes.fromhex("5050827d"))

    assert not reader.foreign
    assert reader.skipped == 4


def test_requests_are_limited() -> None:
    """A panel's buffer holds 5200 bytes."""
    assert len(frame.encode(Command.WRITE_ROWS, bytes(MAX_REQUEST_DATA))) == 5200
    with pytest.raises(InvalidValue, match="data: at most 5192 bytes"):
        frame.encode(Command.WRITE_ROWS, bytes(MAX_REQUEST_DATA + 1))


def test_replies_are_limited() -> None:
    """The longest accepted frame is read; one byte more is garbage."""
    lengths = []
    for length in (MAX_REPLY_DATA, MAX_REPLY_DATA + 1):
        body = b"\x01\xc8" + length.to_bytes(2, "little") + bytes(length)
        wire = b"\xaa" + body + frame.crc16(body).to_bytes(2, "little") + b"\x55"
        lengths.append([len(one.data) for one in FrameReader().feed(wire)])

    assert lengths == [[MAX_REPLY_DATA], []]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", -99),
        ("f3", ErrorCode.UNKNOWN_COMMAND),
        ("f2", ErrorCode.WRONG_PASSWORD),
        ("50a7fefef2", ErrorCode.WRONG_PASSWORD),
        ("ee", ErrorCode.TABLE_FULL),
        ("80", -128),
        ("7f", 127),
        ("00", 0),
    ],
)
def test_error_codes(data: str, code: int) -> None:
    """The last byte is the error, as a signed number."""
    assert frame.error_code(bytes.fromhex(data)) == code


def test_every_error_that_code_acts_on_has_words() -> None:
    """Nobody is shown a bare number that we know."""
    assert set(ErrorCode) <= set(ERROR_WORDS)
    assert set(range(-28, 0)) <= set(ERROR_WORDS)


def test_no_command_touches_files() -> None:
    """Files, firmware and addresses cannot be reached by a name of ours."""
    assert {0x10, 0x11, 0x15, 0x16, 0x17, 0x1B, 0x77}.isdisjoint(Command)
