"""The packed time of the vendor's devices."""

from datetime import UTC, datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.errors import InvalidValue

from .c3.vectors import TIMES

FIRST = datetime(2000, 1, 1)
LAST = datetime(2133, 8, 18, 6, 28, 15)


@pytest.mark.parametrize(("value", "when"), TIMES.items())
def test_known_times(value: int, when: datetime) -> None:
    """Captured numbers read as the time they were captured at."""
    assert packed_time.decode(value) == when
    assert packed_time.encode(when) == value


@given(st.datetimes(min_value=FIRST, max_value=LAST))
def test_every_second_survives(when: datetime) -> None:
    """Packing loses fractions of a second and nothing else."""
    assert packed_time.decode(packed_time.encode(when)) == when.replace(microsecond=0)


@given(st.integers(min_value=-(2**40), max_value=2**40))
def test_any_number_is_a_time_or_nothing(value: int) -> None:
    """A number that is a date at all packs to itself again."""
    when = packed_time.decode(value)

    assert when is None or packed_time.encode(when) == value


def test_the_range_is_32_bits() -> None:
    """The first and last second fit; their neighbours do not."""
    assert packed_time.encode(FIRST) == 0
    assert packed_time.encode(LAST) == 0xFFFFFFFF
    assert packed_time.decode(-1) is None
    assert packed_time.decode(0x1_0000_0000) is None
    for when in (datetime(1999, 12, 31, 23, 59, 59), datetime(2133, 8, 18, 6, 28, 16)):
        with pytest.raises(InvalidValue, match="time: 2000-01-01"):
            packed_time.encode(when)


def test_the_thirtieth_of_february_is_no_date() -> None:
    """Months of 31 days make room for dates that do not exist."""
    before = packed_time.encode(datetime(2024, 2, 29))

    assert packed_time.decode(before + 86400) is None


def test_an_aware_time_is_refused() -> None:
    """Devices keep local time: the caller has to convert, or the door's clock is hours off."""
    with pytest.raises(InvalidValue, match="without a time zone"):
        packed_time.encode(datetime(2024, 1, 1, tzinfo=UTC))
