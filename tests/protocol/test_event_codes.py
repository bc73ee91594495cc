"""What event and verification numbers mean."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.event_codes import (
    EVENTS,
    METHODS,
    Subject,
    describe,
    method,
)
from custom_components.zkteco.protocol.model import EventKind, VerifyMethod

# Security PUSH 3.1.2 appendices 2 and 19.
DOCUMENTED = {
    *range(46),
    *range(47, 81),
    *range(100, 122),
    *range(132, 135),
    *range(150, 156),
    *range(200, 238),
    *range(239, 253),
    254,
    255,
    *range(4000, 4014),
    *range(5000, 5023),
    *range(6000, 6011),
}

# All numbers of every kind that automations act on; whoever moves one has to change this.
KINDS = {
    EventKind.ACCESS_GRANTED: {
        *range(5),
        *range(14, 20),
        203,
        207,
        208,
        215,
        216,
        218,
        219,
        222,
        232,
        4001,
    },
    EventKind.ACCESS_DENIED: {
        *range(20, 28),
        *range(29, 36),
        *range(38, 43),
        44,
        45,
        *range(48, 54),
        *range(61, 64),
        *range(67, 70),
        *range(73, 77),
        5021,
    },
    EventKind.EXIT_BUTTON: {202},
    EventKind.REMOTE_OPEN: {8, 205},
    EventKind.REMOTE_CLOSE: {9},
    EventKind.DOOR_OPENED: {200},
    EventKind.DOOR_CLOSED: {201},
    EventKind.DOOR_FORCED: {102},
    EventKind.DOOR_HELD_OPEN: {28},
    EventKind.DURESS: {101, 103},
    EventKind.TAMPER: {100, 109},
    EventKind.DOORBELL: {224},
    EventKind.ALARM_CANCELLED: {7, 236},
    EventKind.AUX_INPUT: {220, 221, 225, 226},
    EventKind.AUX_OUTPUT: {12, 13, 229, 230},
}


def test_every_documented_number_is_described() -> None:
    """No number of the vendor's appendices is missing, and none is invented."""
    assert set(EVENTS) == DOCUMENTED


@pytest.mark.parametrize(("kind", "codes"), KINDS.items())
def test_what_automations_act_on(kind: EventKind, codes: set[int]) -> None:
    """Only these numbers are of this kind."""
    assert {code for code, event in EVENTS.items() if event.kind is kind} == codes


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (58, EventKind.ALARM),
        (104, EventKind.ALARM),
        (107, EventKind.ALARM),
        (155, EventKind.ALARM),
        (210, EventKind.ALARM),
        (6002, EventKind.ALARM),
        (54, EventKind.SYSTEM),
        (77, EventKind.SYSTEM),
        (206, EventKind.SYSTEM),
        (237, EventKind.SYSTEM),
        (4008, EventKind.SYSTEM),
        (5000, EventKind.SYSTEM),
        (5, EventKind.OTHER),
        (6, EventKind.OTHER),
        (36, EventKind.OTHER),
        (37, EventKind.OTHER),
        (234, EventKind.OTHER),
    ],
)
def test_kinds_of_the_rest(code: int, kind: EventKind) -> None:
    """Alarms, the panel's own affairs, and what is neither."""
    assert describe(code).kind is kind


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        (0, "granted", "access granted"),
        (3, "granted_multi_user", "access granted"),
        (24, "anti_passback", "anti-passback violated"),
        (27, "not_registered", "card or user not registered"),
        (28, "held_open", "door held open too long"),
        (102, "forced", "door forced open"),
        (107, "mains_failed", "mains power failed"),
        (202, "exit_button", "exit button pressed"),
        (4013, "video_call_ended", "video call ended"),
    ],
)
def test_names_and_words(code: int, name: str, words: str) -> None:
    """Automations keep using these names; people read these words."""
    assert (describe(code).name, describe(code).words) == (name, words)


def test_names_are_unique_and_stable_words() -> None:
    """A name stands for one number, and reads as a word of a configuration file."""
    names = [event.name for event in EVENTS.values()]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() for name in names)
    assert "unknown" not in names
    assert all(event.code == code for code, event in EVENTS.items())


def test_words_fit_into_a_sentence() -> None:
    """No full stop, no surrounding space, and no capital but in names."""
    for event in EVENTS.values():
        assert event.words == event.words.strip(" .")
        assert event.words[0].islower() or event.words.startswith("QR")


@pytest.mark.parametrize(
    ("subject", "codes"),
    [
        (Subject.AUX_INPUT, {65, 116, 117, 220, 221, 225, 226}),
        (Subject.AUX_OUTPUT, {12, 13, 229, 230}),
    ],
)
def test_whose_number_the_address_is(subject: Subject, codes: set[int]) -> None:
    """Auxiliary number 2 must never be taken for door 2."""
    assert {code for code, event in EVENTS.items() if event.subject is subject} == codes


def test_the_panel_speaks_of_itself() -> None:
    """The address of these is no door."""
    for code in (105, 106, 107, 206, 214, 4008, 6010):
        assert describe(code).subject is Subject.PANEL


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, EventKind.OTHER),
        (46, EventKind.OTHER),
        (99, EventKind.OTHER),
        (122, EventKind.ALARM),
        (199, EventKind.ALARM),
        (253, EventKind.OTHER),
        (999, EventKind.OTHER),
        (4999, EventKind.OTHER),
        (5999, EventKind.OTHER),
        (6999, EventKind.ALARM),
        (7000, EventKind.OTHER),
    ],
)
def test_unknown_numbers(code: int, kind: EventKind) -> None:
    """The number stays visible, and nobody counts as refused because of it."""
    event = describe(code)

    assert (event.code, event.name, event.kind) == (code, "unknown", kind)
    assert event.subject is Subject.DOOR
    assert event.words == f"event {code}"


@given(st.integers())
def test_nothing_ever_fails(code: int) -> None:
    """Any number gets an answer."""
    assert describe(code).code == code
    assert (method(code) is None) == (code not in METHODS)


def test_methods() -> None:
    """All 30 methods are known; "other" and newer ones are not."""
    assert sorted(METHODS) == list(range(30))
    assert set(METHODS.values()) == set(VerifyMethod)
    assert method(0) is VerifyMethod.AUTOMATIC
    assert method(1) is VerifyMethod.FINGERPRINT
    assert method(3) is VerifyMethod.PIN_CODE
    assert method(4) is VerifyMethod.CARD
    assert method(11) is VerifyMethod.CARD_AND_PIN_CODE
    assert method(15) is VerifyMethod.FACE
    assert method(24) is VerifyMethod.FINGER_VEIN_CARD_AND_PIN_CODE
    assert method(25) is VerifyMethod.PALM
    assert method(26) is VerifyMethod.PALM_AND_CARD
    assert method(27) is VerifyMethod.PALM_AND_FACE
    assert method(28) is VerifyMethod.PALM_AND_FINGERPRINT
    assert method(29) is VerifyMethod.PALM_FINGERPRINT_AND_FACE
    assert method(200) is None
    assert method(30) is None
