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
