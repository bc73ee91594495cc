"""How much of a card number is told, and what an event looks like."""

import json

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.const import CardNumbers
from custom_components.zkteco.event_data import card_policy, event_data, shown_card
from custom_components.zkteco.protocol.model import AttendanceState, EventKind
from tests.fake_device import make_event


@pytest.mark.parametrize(
    ("card", "policy", "shown"),
    [
        ("1234567", CardNumbers.FULL, "1234567"),
        ("1234567", CardNumbers.LAST_FOUR, "…4567"),
        ("12345", CardNumbers.LAST_FOUR, "…2345"),
        ("1234", CardNumbers.LAST_FOUR, "…"),
        ("1234567", CardNumbers.NONE, None),
        (None, CardNumbers.FULL, None),
    ],
)
def test_card_policy(card: str | None, policy: CardNumbers, shown: str | None) -> None:
    """Full, the last four digits, or nothing; a short number is never told whole."""
    assert shown_card(card, policy) == shown


def test_the_last_four_digits_are_the_default() -> None:
    """An entry without options tells little."""
    assert card_policy({}) is CardNumbers.LAST_FOUR
    assert card_policy({"card_numbers": "full"}) is CardNumbers.FULL


@given(card=st.integers(min_value=10**4).map(str), user_id=st.none() | st.text())
def test_no_policy_but_full_tells_a_card(card: str, user_id: str | None) -> None:
    """The number is nowhere in the data, whatever else there is."""
    event = make_event(EventKind.ACCESS_GRANTED, card=card, user_id=user_id)
    for policy in (CardNumbers.LAST_FOUR, CardNumbers.NONE):
        data = event_data(event, policy) | {"user_id": ""}
        assert card not in json.dumps(data, ensure_ascii=False)
    assert event_data(event, CardNumbers.FULL)["card"] == card


def test_what_a_face_terminal_sees() -> None:
    """A mask that is not worn is told, too."""
    event = make_event(EventKind.ACCESS_DENIED, temperature=36.6, mask=False)
    data = event_data(event, CardNumbers.FULL)
    assert data["temperature"] == 36.6
    assert data["mask"] is False


def test_what_a_terminal_tells() -> None:
    """Key number 0 is a key; what nobody understands may be somebody's card."""
    event = make_event(
        EventKind.BUTTON, key=0, attendance=AttendanceState.BREAK_OUT, raw="0a1b"
    )
    data = event_data(event, CardNumbers.FULL)
    assert (data["key"], data["attendance"], data["raw"]) == (0, "break_out", "0a1b")
    for policy in (CardNumbers.LAST_FOUR, CardNumbers.NONE):
        assert event_data(event, policy) == {
            key: value for key, value in data.items() if key != "raw"
        }


def test_what_is_not_told_is_left_out() -> None:
    """The smallest event."""
    assert event_data(make_event(EventKind.OTHER), CardNumbers.FULL) == {
        "type": "other",
        "name": "normal_open",
        "description": "normal verify open",
        "code": 0,
        "time": "2026-11-20T12:00:00+00:00",
        "late": False,
    }
