"""Packets: building them, and finding them again in a stream."""

from itertools import pairwise
import re

from hypothesis import assume, example, given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import MalformedReply
from custom_components.zkteco.protocol.standalone.packet import (
    MAGIC,
    MAX_PAYLOAD,
    PREFIX,
    REFUSALS,
    Packet,
    PacketReader,
    Reply,
    checksum,
    decode,
    encode,
    framed,
)

from . import vectors

WORDS = st.integers(0, 0xFFFF)
PACKETS = st.builds(Packet, WORDS, WORDS, WORDS, st.binary(max_size=300))
GREETING = encode(Packet(Reply.OK, 7, 0))


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Cut a stream at the given places."""
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(places)]


def folded(payload: bytes) -> int:
    """Return the sum of 16-bit words as the protocol description has it, folded until it fits."""
    padded = payload + b"\0" * (len(payload) % 2)
    total = sum(a | b << 8 for a, b in zip(padded[::2], padded[1::2], strict=True))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize("vector", vectors.PACKETS, ids=lambda vector: vector.id)
def test_a_captured_packet_is_built_and_read_back(vector: vectors.Captured) -> None:
    """Every byte of it, the checksum included."""
    wire = bytes.fromhex(vector.wire)

    built = encode(vector.packet)
    assert (built if vector.is_datagram else framed(built)) == wire

    payloads = [wire] if vector.is_datagram else PacketReader().feed(wire)
    assert [decode(payload) for payload in payloads] == [(vector.packet, True)]


def test_no_vector_is_missing() -> None:
    """All that are packets or records of these codecs; the others are with the rules, templates and events."""
    ids = [
        *(vector.id for vector in vectors.PACKETS),
        *vectors.SIZES,
        *vectors.USERS,
        *vectors.ATTENDANCE,
        "38",
    ]

    numbers = {int(match[0]) for text in ids if (match := re.match(r"\d+", text))}
    assert numbers == {*range(1, 16), *range(20, 39), *range(44, 53)}


@given(PACKETS)
def test_every_packet_survives(packet: Packet) -> None:
    """Building and reading are each other's reverse, and the checksum holds."""
    assert decode(encode(packet)) == (packet, True)


@given(st.binary(max_size=300))
@example(b"\xff\xff")
@example(b"\xff" * 7)
@example(b"\xff\xff\xff\xff\x01")  # one fold leaves a 17th bit
def test_the_checksum_is_the_folded_sum(payload: bytes) -> None:
    """The short way to compute it agrees with the description, where one fold is not enough too."""
    # Nothing but zeros is no packet; of the two zeros it does not matter which comes out.
    assume(any(payload))
    assert checksum(payload) == 0xFFFF - folded(payload)


@given(PACKETS, st.integers(0))
def test_one_wrong_bit_is_noticed(packet: Packet, place: int) -> None:
    """Wherever it is; the packet is read all the same, for some firmwares may count differently."""
    payload = bytearray(encode(packet))
    byte, bit = divmod(place % (len(payload) * 8), 8)
    payload[byte] ^= 1 << bit

    assert decode(bytes(payload))[1] is False


@pytest.mark.parametrize("stored", [b"\x00\x00", b"\xff\xff"])
def test_both_zeros_are_zero(stored: bytes) -> None:
    """A sum of zero can be sent as either."""
    # 2000 and 0xF82F make 0xFFFF
    _, is_right = decode(b"\xd0\x07" + stored + b"\x2f\xf8\x00\x00")

    assert is_right


@given(st.binary(max_size=7))
def test_less_than_a_header_is_no_packet(payload: bytes) -> None:
    """A datagram that short cannot be read."""
    with pytest.raises(MalformedReply):
        decode(payload)


@given(st.binary(min_size=8, max_size=100))
def test_any_datagram_is_some_packet(payload: bytes) -> None:
    """What was garbage shows in the checksum only."""
    packet, is_right = decode(payload)

    assert packet.data == payload[8:]
    assert is_right is (folded(payload) == 0xFFFF or not any(payload))


@given(st.lists(PACKETS, max_size=5), st.lists(st.integers(0, 2000), max_size=30))
def test_however_a_stream_arrives(packets: list[Packet], cuts: list[int]) -> None:
    """Packets come out whole and in order, whether merged or split anywhere."""
    payloads = [encode(packet) for packet in packets]
    stream = b"".join(framed(payload) for payload in payloads)
    reader = PacketReader()

    found = [one for piece in pieces(stream, cuts) for one in reader.feed(piece)]

    assert found == payloads
    assert reader.found is None


def test_byte_by_byte() -> None:
    """A packet is there with its last byte, not before."""
    stream = framed(GREETING)
    reader = PacketReader()

    assert [reader.feed(bytes((byte,))) for byte in stream[:-1]] == [[]] * (
        len(stream) - 1
    )
    assert reader.feed(stream[-1:]) == [GREETING]


def test_a_packet_with_the_magic_inside() -> None:
    """Only the length says where a packet ends."""
    payload = encode(Packet(Reply.OK, 1, 1, framed(GREETING)))

    assert PacketReader().feed(framed(payload) + framed(GREETING)) == [
        payload,
        GREETING,
    ]


@pytest.mark.parametrize(
    ("start", "family"),
    [
        (b"\xaa\x01\xc8\x04\x00\xf5\x9c\x00\x00", "c3"),
        (b"\x50\x50\x83\x7c\x10\x00\x00\x00", "encrypted"),
        (b"HTTP/1.1 400 Bad Request\r\n", "http"),
        (b"<html>", "http"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "http"),
        (b"\x16\x03\x03\x00\x7a", "http"),
        (b"SSH-2.0-OpenSSH", "unknown"),
        (b"\x50\x50\x82\x7e", "unknown"),
        (PREFIX.pack(MAGIC, 7), "unknown"),
        (PREFIX.pack(MAGIC, MAX_PAYLOAD + 1), "unknown"),
    ],
)
def test_another_protocol_is_recognised(start: bytes, family: str) -> None:
    """At once or byte by byte, and after packets too; from then on nothing is read."""
    at_once = PacketReader()
    assert at_once.feed(framed(GREETING) + start + framed(GREETING)) == [GREETING]
    assert at_once.found == family

    by_bytes = PacketReader()
    assert [one for byte in start for one in by_bytes.feed(bytes((byte,)))] == []
    assert by_bytes.found == family
    assert by_bytes.feed(framed(GREETING)) == []


def test_the_longest_packet() -> None:
    """It is read, however long it takes to come."""
    payload = encode(Packet(Reply.OK, 1, 1, bytes(MAX_PAYLOAD - 8)))
    stream = framed(payload)
    reader = PacketReader()

    assert reader.feed(stream[:-1]) == []
    assert reader.feed(stream[-1:]) == [payload]


@given(st.binary(max_size=100), st.lists(st.integers(0, 100), max_size=10))
def test_garbage_never_hurts(stream: bytes, cuts: list[int]) -> None:
    """And means the same however it is cut."""
    whole, cut = PacketReader(), PacketReader()

    expected = whole.feed(stream)
    found = [one for piece in pieces(stream, cuts) for one in cut.feed(piece)]

    assert (found, cut.found) == (expected, whole.found)


def test_a_refusal_is_no_consent() -> None:
    """What says yes is not among the words for no."""
    assert {Reply.OK, Reply.DATA}.isdisjoint(REFUSALS)
    assert all(REFUSALS[reply] for reply in set(Reply) - {Reply.OK, Reply.DATA})
