"""What a terminal is told when it connects."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.attendance.options import (
    option_block,
    time_answer,
    time_zone,
    valid_stamp,
)

BERLIN = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 21, 12, 0, 5, 250_000, tzinfo=BERLIN)


def options(block: str) -> dict[str, str]:
    """Return the options of a block as firmware reads them: lines that end."""
    first, *lines = block.split("\n")
    assert first.startswith("GET OPTION FROM: ")
    assert lines.pop() == ""  # whatever does not end is not seen
    return dict(line.split("=", 1) for line in lines)


def test_the_block_that_a_terminal_asks_for() -> None:
    """The first time only what is new; at once; who came and what was done, no photos and no templates."""
    block = option_block("BOCK200961014", {}, delay=2, now=NOW)
    assert block.startswith("GET OPTION FROM: BOCK200961014\nATTLOGStamp=9999\n")
    told = options(block)
    assert told == told | {
        "OPERLOGStamp": "9999",
        "ATTPHOTOStamp": "9999",
        "ErrorDelay": "30",
        "Delay": "2",
        "TransTimes": "00:00;14:05",
        "TransInterval": "1",
        "TransFlag": "1100101000",
        "TimeZone": "1",
        "Realtime": "1",
        "Encrypt": "None",
        "ServerVer": "2.4.1 2018-06-30",
        "PushProtVer": "2.4.1",
        "SupportPing": "1",
    }
    assert "~LockFunOn" in told["PushOptions"]


def test_stamps_go_back_under_both_names() -> None:
    """Older firmware reads other names."""
    stamps = {"ATTLOG": "82983982", "OPERLOG": "9238883"}
    told = options(option_block("S0X9", stamps, delay=1, now=NOW))
    assert (told["ATTLOGStamp"], told["Stamp"]) == ("82983982", "82983982")
    assert (told["OPERLOGStamp"], told["OpStamp"]) == ("9238883", "9238883")
    assert (told["ATTPHOTOStamp"], told["PhotoStamp"]) == ("9999", "9999")


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("9999", "9999"),
        ("0", "0"),
        ("", None),
        (None, None),
        ("None", None),
        ("1\nDelay=1", None),
        ("-1", None),
        ("9" * 21, None),
    ],
)
def test_only_a_number_is_a_stamp(text: str | None, stamp: str | None) -> None:
    """Nothing else is handed back to a terminal."""
    assert valid_stamp(text) == stamp


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0, "0"), (1, "1"), (-3, "-3"), (5.5, "330"), (5.75, "345"), (-3.5, "-210")],
)
def test_zones_are_whole_hours_or_minutes(hours: float, text: str) -> None:
    """India, Nepal and Newfoundland keep their minutes."""
    assert time_zone(timedelta(hours=hours)) == text


@given(st.integers(-14 * 4, 14 * 4))
def test_any_zone_reads_back_as_it_is(quarters: int) -> None:
    """By the rule of the firmware: below 25 hours, else minutes."""
    offset = timedelta(minutes=15 * quarters)
    number = int(time_zone(offset))
    unit = timedelta(hours=1) if abs(number) < 25 else timedelta(minutes=1)
    # A quarter of an hour by itself is nobody's offset.
    if abs(offset) >= timedelta(minutes=25) or not offset:
        assert number * unit == offset


def test_a_home_without_zone_is_in_utc() -> None:
    """A naive time has no offset."""
    block = option_block("S0X9", {}, delay=1, now=datetime(2026, 1, 1))
    assert options(block)["TimeZone"] == "0"


def test_the_time() -> None:
    """As printed, with the offset of the zone."""
    assert time_answer(NOW) == "Time=2026-11-21T12:00:05+01:00\n"
    assert time_answer(datetime(2026, 7, 1, tzinfo=UTC)).endswith("+00:00\n")
