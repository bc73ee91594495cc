"""What both sides can do (Security PUSH 3.1.2 section 3.1, appendices 13 and 18)."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.push.codes import Biometric
from custom_components.zkteco.protocol.push.negotiation import (
    VERSIONS,
    agreed_kinds,
    agreed_version,
    offer,
    parse_kinds,
    write_kinds,
)


@pytest.mark.parametrize(
    ("device", "server", "agreed"),
    [
        ("3.1.2", "3.1.2", "3.1.2"),
        ("3.0.1", "3.1.2", "3.0.1"),
        ("3.1.2", "3.0.1", "3.0.1"),
        ("2.4.1", "3.1.2", "2.4.1"),
        ("3.10.0", "3.1.2", "3.1.2"),
        (" 3.1.1 ", "3.1.2", "3.1.1"),
        # Who names none speaks the oldest.
        (None, "3.1.2", "3.0.1"),
        ("", "3.1.2", "3.0.1"),
        ("Ver 2.0.33S", "3.1.2", "3.0.1"),
        ("3.1.2", "new", "3.0.1"),
        ("9999.1", "3.1.2", "3.0.1"),
    ],
)
def test_the_lower_version_counts(device: str | None, server: str, agreed: str) -> None:
    """Appendix 13, on both sides."""
    assert agreed_version(device, server) == agreed


def test_versions_are_in_order() -> None:
    """Oldest first."""
    for older, newer in pairwise(VERSIONS):
        assert agreed_version(older, newer) == agreed_version(newer, older) == older


def test_the_printed_negotiation() -> None:
    """Section 3.1, with the strings of its example.

    It calls the ninth place a visible light face; by appendix 18, which counts from 0, that is a palm vein.
    """
    device_data = "0:1:0:0:0:0:0:0:1:0"
    device_photos = "0:0:0:0:0:0:0:0:0:1:0"
    server_data = "0:0:0:0:0:0:0:0:1:0"
    server_photos = "0:0:0:0:0:0:0:0:1:0"

    assert parse_kinds(device_data) == {Biometric.FINGERPRINT, Biometric.PALM_VEIN}
    assert parse_kinds(device_photos) == {Biometric.FACE}
    assert agreed_kinds(device_data, server_data) == {Biometric.PALM_VEIN}
    assert agreed_kinds(device_photos, server_photos) == frozenset()
    assert offer(device_data, {Biometric.PALM_VEIN, Biometric.FACE}) == (
        "0:0:0:0:0:0:0:0:1:0:0"
    )


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        # Printed in section 4.4 and appendix 18, with spaces.
        (
            "0: 1: 1: 0: 0: 0: 0: 0: 0: 0",
            {Biometric.FINGERPRINT, Biometric.NEAR_INFRARED_FACE},
        ),
        (
            "0: 10: 0: 7: 0: 0: 0: 0: 0: 0: 0",
            {Biometric.FINGERPRINT, Biometric.VOICE},
        ),
        (
            "0: 10000: 3000: 0: 0: 0: 0: 0: 0: 0: 0",
            {Biometric.FINGERPRINT, Biometric.NEAR_INFRARED_FACE},
        ),
        ("", set()),
        ("0:x:-1:1", {Biometric.VOICE}),
        ("0:0:0:0:0:0:0:0:0:0:1:1", {Biometric.PALM}),
    ],
)
def test_kinds(text: str, kinds: set[Biometric]) -> None:
    """Whatever is not 0."""
    assert parse_kinds(text) == kinds


@given(st.sets(st.sampled_from(Biometric)))
def test_kinds_come_back(kinds: set[Biometric]) -> None:
    """Written and read."""
    assert parse_kinds(write_kinds(kinds)) == kinds


@given(st.text(), st.text(st.sampled_from("01:")), st.sets(st.sampled_from(Biometric)))
def test_nothing_is_offered_that_nobody_has(
    text: str, other: str, wanted: set[Biometric]
) -> None:
    """Or that nobody wants."""
    for device in (text, other):
        both = agreed_kinds(device, offer(device, wanted))
        assert both == parse_kinds(device) & wanted
        agreed_version(device, "3.1.2")
