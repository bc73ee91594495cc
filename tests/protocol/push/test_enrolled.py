"""Somebody was enrolled at a device (Security PUSH 3.1.2 sections 7.7, 7.11 and 9.6)."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.push.codes import Biometric
from custom_components.zkteco.protocol.push.enrolled import (
    Enrolled,
    EnrolledCard,
    parse_enrolled_cards,
    parse_templates,
)


def test_fingers() -> None:
    """The two of section 7.7, one of them under duress, and one that does not count."""
    text = (
        "templatev10 size=1808\tuid=4\tpin=4\tfingerid=7\tvalid=1\ttemplate=TAIt\tresverd=\tendtag=\n"
        "templatev10 size=1928\tuid=3\tpin=3\tfingerid=22\tvalid=1\ttemplate=TOVTUz==\tresverd=\tendtag=\n"
        "templatev10 pin=3\tfingerid=0\tvalid=3\ttemplate=AAAA\n"
        "templatev10 pin=3\tfingerid=?\tvalid=0\n"
        "templatev10 pin=0\tfingerid=1\n"
    )
    first, duress, other, invalid = parse_templates(text, "templatev10")

    assert first == Enrolled(
        user_id="4",
        kind=Biometric.FINGERPRINT,
        index=7,
        version=None,
        digits=4,
    )
    assert (duress.index, duress.duress, duress.digits) == (6, True, 8)
    assert (other.index, other.duress, other.valid) == (0, True, True)
    assert (invalid.index, invalid.duress, invalid.valid) == (None, False, False)


def test_a_palm() -> None:
    """Printed in section 7.11."""
    (palm,) = parse_templates(
        "biodata pin=1\tno=0\tindex=0\tvalid=1\tduress=0\ttype=8\tmajorver=5\tminorver=0\tformat=0\ttmp=apUB",
        "biodata",
    )
    assert palm == Enrolled(
        user_id="1", kind=Biometric.PALM_VEIN, index=0, version="5.0", digits=4
    )


def test_a_face_that_was_asked_for() -> None:
    """Printed in section 9.6.2; one template is on each line."""
    line = "TYPE=9\tPIN=1\tNO=0\tINDEX={}\tMAJOR_VER=58\tMINOR_VER=1\tTMP=XXXXX\tBIOPHOTO=XXXX"
    faces = parse_templates("\r\n".join(map(line.format, range(2))), "BioData")

    assert [face.part for face in faces] == [0, 1]
    assert {(face.kind, face.version) for face in faces} == {(Biometric.FACE, "58.1")}


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("biodata pin=1\ttype=99", "biodata"),
        ("biodata pin=1", "biodata"),
        ("biodata type=9", "biodata"),
        ("user pin=1\ttype=9", "user"),
        ("", "biodata"),
    ],
)
def test_nobody_was_enrolled(text: str, table: str) -> None:
    """No person, no kind, or something else."""
    assert parse_templates(text, table) == []


def test_a_template_without_a_version() -> None:
    """It is unknown, and not zero."""
    (finger,) = parse_templates("biodata pin=1\ttype=1\tduress=1", "biodata")
    assert (finger.version, finger.duress, finger.index) == (None, True, None)


def test_a_card_that_was_asked_for() -> None:
    """The fields of section 9.6.1; the card is not shown."""
    (card, torn) = parse_enrolled_cards(
        "TYPE=0\tPIN=7\tTMP=123456789\r\nPIN=8\tTMP=?\r\nTYPE=1\tPIN=9\tTMP=1\r\nTYPE=0\tTMP=1"
    )
    assert card == EnrolledCard(user_id="7", card="123456789")
    assert "123456789" not in repr(card)
    assert torn == EnrolledCard(user_id="8", card=None)


@given(
    st.text() | st.text(st.sampled_from("pintypeo=0123456789\t\n")),
    st.sampled_from(["templatev10", "biodata"]),
)
def test_no_enrolment_is_too_strange(text: str, table: str) -> None:
    """Numbers have their bounds."""
    for found in parse_templates(text, table):
        assert found.index is None or 0 <= found.index <= 99
    parse_enrolled_cards(text)
