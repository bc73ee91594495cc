"""Panels that answer a broadcast."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.c3 import discovery, frame
from custom_components.zkteco.protocol.c3.discovery import Found, parse_reply


def answer(text: str) -> bytes:
    """Return the datagram of a panel."""
    return frame.encode(frame.Reply.OK, text.encode())


def test_a_panel_answers() -> None:
    """The usual answer."""
    assert parse_reply(
        answer(
            "MAC=00:17:61:C8:EC:17,IP=192.168.1.201,SN=DGD9190019050335134,Device=C3-400,Ver=AC Ver 4.3.4 Apr 27 2017"
        )
    ) == Found(
        serial="DGD9190019050335134",
        ip="192.168.1.201",
        mac="00:17:61:C8:EC:17",
        model="C3-400",
        firmware="AC Ver 4.3.4 Apr 27 2017",
    )


def test_other_firmware_answers_in_another_order() -> None:
    """Fields are found by name, whatever their case, and others are ignored."""
    assert parse_reply(
        answer(
            "sn=123,NetMask=255.255.255.0,GATEIPAddress=10.0.0.1,ip=10.0.0.9,DEVICE=\0"
        )
    ) == Found(serial="123", ip="10.0.0.9", mac=None, model=None, firmware=None)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        discovery.REQUEST,
        answer("IP=10.0.0.9,MAC=1"),
        answer("SN=123,MAC=1"),
        answer("SN=,IP=10.0.0.9"),
        answer("SN=123,IP=somewhere"),
        answer("SN=12\x1b[2J3,IP=10.0.0.9"),
        answer("SN=" + 65 * "1" + ",IP=10.0.0.9"),
        frame.encode(frame.Reply.ERROR, b"SN=123,IP=10.0.0.9"),
        answer("SN=123,IP=10.0.0.9")[:-1],
    ],
)
def test_what_is_no_panel(datagram: bytes) -> None:
    """Our own request, incomplete answers and control characters are no panel."""
    assert parse_reply(datagram) is None


@given(st.binary(max_size=200), st.booleans())
def test_garbage_is_no_panel(data: bytes, framed: bool) -> None:
    """Anybody on the network may send anything."""
    found = parse_reply(frame.encode(frame.Reply.OK, data) if framed else data)

    assert found is None or (b"SN" in data.upper() and b"IP" in data.upper())
