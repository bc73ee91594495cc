"""Fingerprint templates and the start of an enrolment."""

from collections.abc import Container
import struct

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue, MalformedReply
from custom_components.zkteco.protocol.standalone.templates import (
    ENROL_RESULTS,
    Template,
    TemplateDecoder,
    encode_enrol,
    encode_template_delete,
    encode_template_write,
)

TEMPLATES = st.builds(
    Template,
    st.integers(0, 0xFFFF),
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=100),
)


def entry(template: Template) -> bytes:
    """Return a template as it stands in a terminal's list."""
    size = len(template.data) + 6
    header = struct.pack("<HHBB", size, template.uid, template.finger, template.flag)
    return header + template.data


def read(
    data: bytes, uids: Container[int] = range(65536), pieces: int = 1000
) -> list[Template]:
    """Return the templates of a list that comes in pieces behind its length."""
    decoder = TemplateDecoder(uids)
    whole = struct.pack("<I", len(data)) + data
    for start in range(0, len(whole), pieces):
        decoder.feed(whole[start : start + pieces], len(whole))
    return decoder.finish()


def test_captured_header() -> None:
    """The beginning of an entry: finger 4 of user 14, valid, 1214 bytes."""
    header = bytes.fromhex("c4040e0004014dfd53533231000004bebe0408050709ced0")
    (template,) = read(header.ljust(0x04C4, b"\0"))
    assert (template.uid, template.finger, template.flag) == (14, 4, 1)
    assert len(template.data) == 1214
    assert template.data.startswith(b"\x4d\xfdSS21")


@given(st.lists(TEMPLATES, max_size=5), st.integers(1, 50))
def test_a_list(templates: list[Template], pieces: int) -> None:
    """One after the other, however it is cut; a template that ends in zeros keeps them."""
    data = b"".join(map(entry, templates))
    told = [one for one in templates if one.flag in (1, 3) and one.finger < 10]
    assert read(data, pieces=pieces) == told
    wanted = {one.uid for one in templates[::2]}
    assert read(data, wanted) == [one for one in told if one.uid in wanted]


@pytest.mark.parametrize(
    "data", ["05", "0600010001", "0000010001010000", "0500010001", "0800010001010a"]
)
def test_a_damaged_list(data: str) -> None:
    """A template that does not end where it should spoils the list, also when nobody asked for it."""
    for uids in (range(65536), ()):
        with pytest.raises(MalformedReply, match="a template"):
            read(bytes.fromhex(data), uids)


def test_a_list_of_another_length() -> None:
    """What it says of itself has to be so."""
    decoder = TemplateDecoder(range(9))
    decoder.feed(b"", 5)
    with pytest.raises(MalformedReply, match="of another length"):
        decoder.feed(b"\2\0\0\0a", 5)


@given(st.binary(max_size=60))
def test_garbage(data: bytes) -> None:
    """Whatever a terminal sends is understood or refused, and nothing is made up."""
    try:
        templates = read(data)
    except MalformedReply:
        return
    assert all(entry(template) in data for template in templates)


def test_a_template_is_not_printed() -> None:
    """What identifies a person stays out of logs."""
    assert "secret" not in repr(Template(1, 1, 1, b"secret"))


def test_requests() -> None:
    """Write one, delete one."""
    assert encode_template_write(Template(14, 4, 1, bytes(1214))) == bytes.fromhex(
        "0e000401be04"
    )
    assert encode_template_delete("A17", 4) == b"A17".ljust(24, b"\0") + b"\x04"


def test_enrolment() -> None:
    """The user ID is text on colour terminals, a number on older ones."""
    text = b"A17".ljust(24, b"\0")
    assert encode_enrol("A17", 4, numeric=False) == text + b"\x04\x01"
    assert encode_enrol("A17", 4, numeric=False, duress=True) == text + b"\x04\x03"
    assert encode_enrol("17", 4, numeric=True) == bytes.fromhex("1100000004")


@pytest.mark.parametrize("user_id", ["", "A" * 24, "A 17", "A\0", "\xc4"])
def test_user_ids_that_cannot_be(user_id: str) -> None:
    """Letters and digits, and room for the end of the text."""
    with pytest.raises(InvalidValue, match="user_id: 1 to 23 letters and digits"):
        encode_template_delete(user_id, 1)
    with pytest.raises(InvalidValue, match="user_id: 1 to 23 letters and digits"):
        encode_enrol(user_id, 1, numeric=False)


@pytest.mark.parametrize("user_id", ["", "A17", "-1", "\u0664", "4294967296"])
def test_numbers_that_cannot_be(user_id: str) -> None:
    """32 bits of digits."""
    with pytest.raises(InvalidValue, match="user_id: a whole number"):
        encode_enrol(user_id, 1, numeric=True)


def test_duress_needs_room() -> None:
    """The short request has no place for it, and leaving it out would enrol a finger without alarm."""
    with pytest.raises(InvalidValue, match="duress: not on terminals"):
        encode_enrol("17", 1, numeric=True, duress=True)


@pytest.mark.parametrize("finger", [-1, 10])
def test_fingers_that_cannot_be(finger: int) -> None:
    """Ten fingers, from 0."""
    limit = "finger: a whole number from 0 to 9"
    with pytest.raises(InvalidValue, match=limit):
        encode_template_write(Template(1, finger, 1, b"template"))
    with pytest.raises(InvalidValue, match=limit):
        encode_template_delete("1", finger)
    with pytest.raises(InvalidValue, match=limit):
        encode_enrol("1", finger, numeric=False)


@pytest.mark.parametrize(
    ("template", "error"),
    [
        (Template(0, 1, 1, b"template"), "user: a whole number from 1 to 65535"),
        (Template(65536, 1, 1, b"template"), "user: a whole number from 1 to 65535"),
        (Template(1, 1, 0, b"template"), "flag: 1 or 3"),
        (Template(1, 1, 2, b"template"), "flag: 1 or 3"),
        (Template(1, 1, 1, b""), "template: 1 to 65529 bytes"),
        (Template(1, 1, 1, bytes(65530)), "template: 1 to 65529 bytes"),
    ],
)
def test_templates_that_cannot_be(template: Template, error: str) -> None:
    """Only usable templates are written."""
    with pytest.raises(InvalidValue, match=error):
        encode_template_write(template)


def test_results_have_words() -> None:
    """Success and the three failures that owners have seen."""
    assert sorted(ENROL_RESULTS) == [0, 4, 5, 6]
    assert len(set(ENROL_RESULTS.values())) == 4
