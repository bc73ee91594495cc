"""Turnstiles: counters, and what their options set (Security PUSH 3.1.2 section 7.14, appendix 20)."""

from hypothesis import given, strategies as st

from custom_components.zkteco.protocol.model import EventKind
from custom_components.zkteco.protocol.push.turnstile import (
    CHANNEL_OPTIONS,
    parse_irstate,
)

from .conftest import Home


def test_turnstile() -> None:
    """The fields of section 7.14."""
    turnstile = parse_irstate(
        "irstate=00\tincount=1\r\n"
        "irstate=0101\tirsensecount=6\tincount=12\toutcount=11\talarmcount=0\truncount=23\r\n"
    )

    assert turnstile is not None
    assert turnstile.infrared == "0101"
    assert turnstile.sensors == 6
    assert (turnstile.entries, turnstile.exits) == (12, 11)
    assert (turnstile.alarms, turnstile.runs) == (0, 23)


def test_a_turnstile_that_says_little() -> None:
    """No counter is not zero."""
    turnstile = parse_irstate("irstate=\tincount=many")

    assert turnstile is not None
    assert (turnstile.infrared, turnstile.entries, turnstile.runs) == (None, None, None)
    assert parse_irstate("") is None


def test_options() -> None:
    """Those of the table that no other device has."""
    assert CHANNEL_OPTIONS["passwaytailset"] == "anti-tailgating"
    assert len(CHANNEL_OPTIONS) == 38
    assert all(key == key.lower() for key in CHANNEL_OPTIONS)


async def test_a_cancelled_alarm(home: Home) -> None:
    """Section 7.13: whatever number the event has, the type of the alarm says what it is."""
    await home.add(registration={"lockcount": "1"})
    line = "time=2026-11-21 12:00:01\teventaddr=1\tevent=27\tinoutstatus=1\tindex={}\tAlarmtype={}\r\n"
    for index, kind in ((2, 200), (3, 0)):
        home.text("cdata", "table=rtlog", line.format(index, kind))

    told = [(event.kind, event.code, event.door) for event in home.events]
    assert told == [
        (EventKind.ALARM_CANCELLED, 7, 1),
        (EventKind.ACCESS_DENIED, 27, 1),
    ]


@given(st.text() | st.text(st.sampled_from("irstaencou=0123456789\t\n")))
def test_no_turnstile_is_too_strange(text: str) -> None:
    """Nothing said, nothing known."""
    turnstile = parse_irstate(text)
    assert turnstile is None or text.strip()
