"""What the numbers mean."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.model import VerifyMethod
from custom_components.zkteco.protocol.push.codes import (
    ERROR_LOG_CODES,
    LANGUAGES,
    MODELS,
    RESERVED,
    RETURN_VALUES,
    Biometric,
    Outcome,
    Verdict,
    VerifyStyle,
    describe_error,
    interpret,
    method_of_styles,
    verify_styles,
)


@pytest.mark.parametrize(
    ("verb", "code", "outcome"),
    [
        # Captured on a BioFace A1.
        ("DATA QUERY", 3, Outcome(Verdict.DONE, count=3)),
        ("DATA QUERY", 0, Outcome(Verdict.DONE, count=0)),
        ("DATA UPDATE", 0, Outcome(Verdict.DONE)),
        ("DATA DELETE", 0, Outcome(Verdict.DONE)),
        (
            "DATA QUERY",
            -629,
            Outcome(Verdict.FAILED, "table unknown to the device"),
        ),
        # Captured on a C3-200 Plus.
        ("CONTROL DEVICE", 1, Outcome(Verdict.DONE)),
        (
            "CONTROL DEVICE",
            -13,
            Outcome(Verdict.FAILED, "command unknown to the device"),
        ),
        # Printed in sections 9.2.1, 9.5.1 and 9.5.3.
        ("ACCOUNT", 41, Outcome(Verdict.DONE, count=41)),
        ("ACCOUNT transaction", 5000, Outcome(Verdict.DONE, count=5000)),
        ("SET OPTIONS", 0, Outcome(Verdict.DONE)),
        ("SET ADSCREEN_OPTIONS", 5000, Outcome(Verdict.PENDING)),
        ("CONTROL DEVICE", -5000, Outcome(Verdict.PENDING)),
        ("DATA QUERY", -5000, Outcome(Verdict.PENDING)),
        # Five thousand rows are no command that waits.
        ("DATA QUERY", 5000, Outcome(Verdict.DONE, count=5000)),
        ("DATA", 5000, Outcome(Verdict.DONE)),
        ("PutFile", 5000, Outcome(Verdict.DONE)),
        (" data  query ", 7, Outcome(Verdict.DONE, count=7)),
        (
            "CONTROL DEVICE",
            -28,
            Outcome(Verdict.FAILED, "door is already held open by its schedule"),
        ),
        ("CONTROL DEVICE", -701, Outcome(Verdict.FAILED, "internal error")),
        ("CONTROL DEVICE", -999, Outcome(Verdict.FAILED, "unknown failure")),
        ("", 0, Outcome(Verdict.DONE)),
    ],
)
def test_results(verb: str, code: int, outcome: Outcome) -> None:
    """The same number means something else for another command."""
    assert interpret(verb, code) == outcome


@given(st.text(), st.integers())
def test_every_result_has_a_meaning(verb: str, code: int) -> None:
    """A failure has a reason, and nothing else has one."""
    outcome = interpret(verb, code)

    assert (outcome.verdict is Verdict.FAILED) == bool(outcome.words)
    assert outcome.verdict is not Verdict.FAILED or code < 0


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("00000000", "successful"),
        ("D01E0001", "no face found"),
        ("d01e0006", "template could not be extracted"),
        ("D02E0001", "unknown error in template processing"),
        ("D07E9999", "unknown error in licence"),
        ("D99E0001", "unknown error"),
        ("S01E0001", "unknown error of the server"),
        ("X", "unknown error"),
        ("", "unknown error"),
    ],
)
def test_error_log(code: str, words: str) -> None:
    """Even an unknown error tells where it came from."""
    assert describe_error(code) == words


@pytest.mark.parametrize(
    ("bits", "method"),
    [
        # Printed in section 7.2.
        ("0000000000000010", VerifyMethod.FACE),
        ("0000000000010000", VerifyMethod.FINGERPRINT),
        ("0000001000000000", VerifyMethod.PIN_CODE),
        ("0000010000000000", VerifyMethod.USER_ID),
        ("0000100000000000", VerifyMethod.CARD),
        # Bit 0 says that all were needed.
        ("0000000000000100", VerifyMethod.PALM),
        ("0000000000001000", VerifyMethod.PALM),
        ("0000100000001001", VerifyMethod.PALM_AND_CARD),
        ("0000000000010111", VerifyMethod.PALM_FINGERPRINT_AND_FACE),
        ("0000100000000011", VerifyMethod.FACE_AND_CARD),
        ("0000101000000001", VerifyMethod.CARD_AND_PIN_CODE),
        ("0000100000110000", None),
        ("0000000000000001", None),
    ],
)
def test_ways_to_verify(bits: str, method: VerifyMethod | None) -> None:
    """Ways add up to methods, where those have a name."""
    styles = verify_styles(bits)

    assert styles is not None
    assert method_of_styles(styles) is method


@pytest.mark.parametrize(
    ("bits", "styles"),
    [
        ("0000000001000000", {VerifyStyle.VOICE}),
        ("0001000000000000", {VerifyStyle.QR_CODE}),
        # Card, password and face together: the model has no word for that.
        (
            "0000101000000011",
            {VerifyStyle.CARD, VerifyStyle.PASSWORD, VerifyStyle.FACE},
        ),
        ("1110000000000000", set()),
    ],
)
def test_ways_without_a_method(bits: str, styles: set[VerifyStyle]) -> None:
    """They are kept as what they are."""
    assert verify_styles(bits) == frozenset(styles)
    assert method_of_styles(frozenset(styles)) is None


@pytest.mark.parametrize("bits", ["", "0" * 32, "0000000000000020", "10", "1" * 15])
def test_no_ways_to_verify(bits: str) -> None:
    """Panels send 32 zeros, which nobody has explained."""
    assert verify_styles(bits) is None


def test_tables() -> None:
    """Spot checks of the tables that are only looked things up in."""
    assert MODELS[1] == "C3-200"
    assert MODELS[40] == "BioIR9000"
    assert Biometric(9) is Biometric.FACE
    assert len(Biometric) == 11
    assert len(ERROR_LOG_CODES) == 7
    assert (LANGUAGES[83], LANGUAGES[69], len(LANGUAGES)) == ("zh-Hans", "en", 23)
    assert not RESERVED & RETURN_VALUES.keys()
