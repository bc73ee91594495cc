"""Firmware: how a device is told about it, and how it fetches that (Security PUSH 3.1.2 section 9.4.1)."""

from base64 import b64encode

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.push.commands import encode
from custom_components.zkteco.protocol.push.upgrade import (
    Firmware,
    Method,
    Part,
    as_sent,
    part,
    upgrade,
)

PRINTED = Firmware(checksum="a5bf4dcd6020f408589224274aab132d", size=2312)
URL = "http://192.168.213.17:8088/fireware/F20/admin/emfw.cfg"


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (
            Method.ENCODED,
            f"UPGRADE checksum=a5bf4dcd6020f408589224274aab132d,url={URL},size=2312",
        ),
        (
            Method.PLAIN,
            f"UPGRADE type=1,checksum=a5bf4dcd6020f408589224274aab132d,size=2312,url={URL}",
        ),
        (
            Method.IN_PARTS,
            f"UPGRADE checksum=a5bf4dcd6020f408589224274aab132d,size=2312,url={URL},supportsubcontracting=1",
        ),
    ],
)
def test_three_ways(method: Method, text: str) -> None:
    """As printed, with the address that the device then asks for."""
    assert upgrade(method, PRINTED, URL) == text
    assert encode(384, text) == f"C:384:{text}"


def test_an_address_on_this_server() -> None:
    """Devices complete it themselves."""
    text = upgrade(Method.IN_PARTS, PRINTED, "/firmware/emfw.cfg")
    assert ",url=/firmware/emfw.cfg," in encode(1, text)


def test_checksum() -> None:
    """MD5 of the file itself."""
    assert Firmware.of(b"abc") == Firmware(
        checksum="900150983cd24fb0d6963f7d28e17f72", size=3
    )


@pytest.mark.parametrize(
    ("firmware", "url", "message"),
    [
        # Printed as a checksum, and no MD5.
        (
            Firmware(checksum="oqoier9883kjankdefi894eu", size=1),
            URL,
            "checksum: 32 hexadecimal digits in lower case",
        ),
        (
            Firmware(checksum="A" * 32, size=1),
            URL,
            "checksum: 32 hexadecimal digits in lower case",
        ),
        (Firmware.of(b""), URL, "size: must be from 1 to 268435456"),
        (PRINTED, "ftp://x/y", "url: at most 512 characters, without a comma"),
        (PRINTED, "http://x/a,size=1", "url: at most 512 characters, without a comma"),
        (PRINTED, "http://x/a b", "url: at most 512 characters, without a comma"),
        (PRINTED, "http://x/a\nC:1:x", "url: at most 512 characters, without a comma"),
        (PRINTED, "", "url: at most 512 characters, without a comma"),
        (PRINTED, "/" + "a" * 512, "url: at most 512 characters, without a comma"),
    ],
)
def test_limits(firmware: Firmware, url: str, message: str) -> None:
    """Nothing becomes a field of its own."""
    with pytest.raises(InvalidValue) as caught:
        upgrade(Method.PLAIN, firmware, url)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "UPGRADE x",
        "UPGRADE checksum=1,url=/a,size=1",
        f"UPGRADE type=2,checksum={'0' * 32},size=1,url=/a",
        f"UPGRADE checksum={'0' * 32},size=1,url=/a,supportsubcontracting=2",
        f"UPGRADE type=1,checksum={'0' * 32},size=1,url=/a\nC:2:x",
    ],
)
def test_other_forms_are_not_sent(text: str) -> None:
    """They have no builder."""
    with pytest.raises(InvalidValue, match=r"^command: must come from"):
        encode(1, text)


DATA = bytes(range(10))


@pytest.mark.parametrize(
    ("wanted", "body", "content_range"),
    [
        ("bytes=0-3", DATA[:4], "bytes 0-3/10"),
        ("BYTES = 4-7", DATA[4:8], "bytes 4-7/10"),
        # As the document writes it.
        ("8-11", DATA[8:], "bytes 8-9/10"),
        ("bytes=5-", DATA[5:], "bytes 5-9/10"),
        ("bytes=-3", DATA[7:], "bytes 7-9/10"),
        ("bytes=-30", DATA, "bytes 0-9/10"),
    ],
)
def test_parts(wanted: str, body: bytes, content_range: str) -> None:
    """A megabyte at a time, for devices with little memory."""
    assert part(DATA, wanted) == Part(
        status=206, body=body, content_range=content_range
    )


@pytest.mark.parametrize(
    "wanted", [None, "", "bytes=-", "bytes=0-1,4-5", "lines=1-2", "bytes=x-y"]
)
def test_everything_at_once(wanted: str | None) -> None:
    """Where no part is asked for, or none that can be read."""
    assert part(DATA, wanted) == Part(status=200, body=DATA, content_range=None)


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=5-4", "bytes=-0"])
def test_parts_that_are_not_there(wanted: str) -> None:
    """The device learns how much there is."""
    assert part(DATA, wanted) == Part(status=416, body=b"", content_range="bytes */10")


def test_encoded() -> None:
    """The first way takes the file as Base64."""
    assert as_sent(Method.ENCODED, DATA) == b64encode(DATA)
    assert as_sent(Method.PLAIN, DATA) is as_sent(Method.IN_PARTS, DATA) is DATA
    assert "\\x01" not in repr(part(DATA, None))


@given(st.binary(max_size=64), st.integers(1, 9))
def test_parts_make_the_whole(data: bytes, size: int) -> None:
    """Asked for one after the other."""
    got = b""
    while (
        answer := part(data, f"bytes={len(got)}-{len(got) + size - 1}")
    ).status == 206:
        got += answer.body
    assert got == data


@given(st.binary(max_size=8), st.text())
def test_no_range_is_too_strange(data: bytes, wanted: str) -> None:
    """Some answer, and never more than there is."""
    answer = part(data, wanted)
    assert answer.status in {200, 206, 416}
    assert len(answer.body) <= len(data)
