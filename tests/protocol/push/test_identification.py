"""A device asks whether to let somebody in (Security PUSH 3.1.2 section 10)."""

import re

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.push import control
from custom_components.zkteco.protocol.push.identification import (
    Answer,
    answer,
    parse_question,
)
from custom_components.zkteco.protocol.push.records import AddressType

ASKED = (
    "time=2018-02-22 16:19:20\tpin=1\tcardno=0\taddrtype=2\teventaddr=1\tevent=0\t"
    "inoutstatus=0\tverifytype=1"
)


def test_a_question() -> None:
    """An event that has not happened yet."""
    question = parse_question(f"{ASKED}\r\n")

    assert question is not None
    assert (question.user_id, question.address, question.code) == ("1", 1, 0)
    assert question.address_type is AddressType.DOOR
    assert parse_question("") is None
    assert parse_question("pin=1") is None


@pytest.mark.parametrize("result", Answer)
def test_answers(result: Answer) -> None:
    """The device gets its own record back, whatever line it ended with."""
    for end in ("", "\r", "\n", "\r\n", "\r\nCONTROL DEVICE 010101FF\r\n"):
        assert answer(ASKED + end, result) == f"AUTH={result}\r\n{ASKED}\r\n"


def test_somebody_may_come_in() -> None:
    """As printed: what to do, and what to show."""
    opened = control.open_door(1, 5)
    head = f"AUTH=SUCCESS\r\n{ASKED}\r\n"

    assert answer(ASKED, Answer.SUCCESS, command=opened, tips="Grüß Gott") == (
        f"{head}CONTROL DEVICE 01010105\r\nTIPS=Grüß Gott"
    )
    assert answer(ASKED, Answer.SUCCESS, command=opened) == (
        f"{head}CONTROL DEVICE 01010105\r\n"
    )
    assert answer(ASKED, Answer.FAILED, tips="Not today") == (
        f"AUTH=FAILED\r\n{ASKED}\r\nTIPS=Not today"
    )


@pytest.mark.parametrize(
    ("result", "command", "tips", "message"),
    [
        (
            Answer.FAILED,
            control.open_door(1, 5),
            "",
            "command: only for somebody who may come in",
        ),
        (
            Answer.SUCCESS,
            "CONTROL DEVICE 01000105",
            "",
            "command: must come from one of the builders",
        ),
        (
            Answer.SUCCESS,
            "DATA DELETE user *",
            "",
            "command: must come from one of the builders",
        ),
        (
            Answer.SUCCESS,
            "",
            "a\r\nCONTROL DEVICE 010101FF",
            "tips: at most 256 printable characters",
        ),
        (Answer.SUCCESS, "", "x" * 257, "tips: at most 256 printable characters"),
    ],
)
def test_limits(result: Answer, command: str, tips: str, message: str) -> None:
    """No other door opens, and no text becomes a command."""
    with pytest.raises(InvalidValue) as caught:
        answer(ASKED, result, command=command, tips=tips)
    assert str(caught.value) == message


@given(st.text(), st.sampled_from(Answer), st.text())
def test_no_question_is_too_strange(text: str, result: Answer, tips: str) -> None:
    """One line in return, and nothing that opens a door."""
    parse_question(text)
    assert len(re.findall(r"\r\n?|\n", answer(text, result))) == 2
    try:
        shown = answer(text, result, tips=tips)
    except InvalidValue:
        return
    assert len(re.findall(r"\r\n?|\n", shown)) == 2
