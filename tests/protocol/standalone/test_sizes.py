"""Counters of terminals."""

from dataclasses import asdict
import struct

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.standalone.sizes import Sizes, decode_sizes

from . import vectors


@pytest.mark.parametrize(("data", "meaning"), vectors.SIZES.values(), ids=vectors.SIZES)
def test_known_counters(data: bytes, meaning: Sizes) -> None:
    """Every counter is at its place: used and free make the capacity."""
    assert decode_sizes(data) == meaning
    free = struct.unpack_from("<iii", data, 68)
    assert meaning.fingerprint_capacity - meaning.fingerprints == free[0]
    assert meaning.user_capacity - meaning.users == free[1]
    assert meaning.record_capacity - meaning.records == free[2]


def test_a_terminal_with_faces() -> None:
    """Three more numbers; whatever may follow is not looked at."""
    data = vectors.SIZES_24 + vectors.sizes(12, 0, 400)

    assert decode_sizes(data).faces == 12
    assert decode_sizes(data).face_capacity == 400
    assert decode_sizes(data + b"more") == decode_sizes(data)
    assert decode_sizes(data[:84]).faces == 12
    assert decode_sizes(data[:84]).face_capacity is None


@pytest.mark.parametrize("data", [b"", bytes(4), vectors.SIZES_24[:79]])
def test_a_terminal_that_does_not_tell(data: bytes) -> None:
    """One zero instead of a table (WL20) is not a terminal without users."""
    assert decode_sizes(data) == Sizes()


@pytest.mark.parametrize("number", [-1, -(2**31), 100_000_000, 2**31 - 1])
def test_an_absurd_counter_is_not_told(number: int) -> None:
    """The others are."""
    data = bytearray(vectors.SIZES_24)
    struct.pack_into("<i", data, 32, number)

    assert decode_sizes(bytes(data)).records is None
    assert decode_sizes(bytes(data)).users == 70


@given(st.binary(max_size=120))
def test_garbage_is_counters_or_nothing(data: bytes) -> None:
    """Nothing is negative, nothing is raised."""
    values = asdict(decode_sizes(data)).values()

    assert all(value is None or 0 <= value < 100_000_000 for value in values)
