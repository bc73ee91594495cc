"""What results mean."""

import pytest

from custom_components.zkteco.protocol.attendance.codes import RETURN_VALUES, interpret
from custom_components.zkteco.protocol.push import codes


def test_terminals_have_numbers_of_their_own() -> None:
    """The same number means something else to an access device."""
    assert RETURN_VALUES[-10] == "user not found"
    assert codes.RETURN_VALUES[-10] != RETURN_VALUES[-10]
    assert all(code < 0 for code in RETURN_VALUES)


@pytest.mark.parametrize(
    ("code", "verdict", "words"),
    [
        (0, codes.Verdict.DONE, ""),
        (3, codes.Verdict.DONE, ""),
        (-1002, codes.Verdict.FAILED, "command not understood"),
        (-99, codes.Verdict.FAILED, "unknown failure"),
        # Nothing is pending at a terminal.
        (-5000, codes.Verdict.FAILED, "unknown failure"),
    ],
)
def test_results(code: int, verdict: codes.Verdict, words: str) -> None:
    """Nothing that is not negative is a failure."""
    outcome = interpret("DATA QUERY", code)
    assert (outcome.verdict, outcome.words, outcome.count) == (verdict, words, None)


@pytest.mark.parametrize(
    ("code", "words"), [(6, "cancelled"), (99, "unknown failure"), (0, "")]
)
def test_enrolments_fail_with_other_numbers(code: int, words: str) -> None:
    """Only 0 is a finger that was enrolled."""
    outcome = interpret("ENROLL_FP PIN=1", code)
    assert outcome.words == words
    assert (outcome.verdict is codes.Verdict.FAILED) is bool(code)
