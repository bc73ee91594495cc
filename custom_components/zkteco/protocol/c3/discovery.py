"""Discovery: one datagram asks, every panel on the network answers with who it is.

Lives here: the request and its replies. Not here: sockets (`search`), and the datagram that changes a panel's address.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from . import parameters
from .frame import Command, FrameReader, Reply, encode

REQUEST: Final = encode(Command.DISCOVER, b"CallSecurityDevice")

_MAX_LENGTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A panel that answered."""

    serial: str
    ip: str
    """As the panel says; it may be of another network than the way the datagram came."""
    mac: str | None
    model: str | None
    firmware: str | None


def parse_reply(datagram: bytes) -> Found | None:
    """Read one datagram; None for anything but a panel's answer with a serial number and an address. Never raises."""
    frames = FrameReader().feed(datagram)
    if not frames or frames[0].command != Reply.OK:
        return None
    values = {
        name.lower(): value
        for name, value in parameters.parse(frames[0].data).items()
        if value and value.isprintable() and len(value) <= _MAX_LENGTH
    }
    serial = values.get("sn")
    ip = values.get("ip")
    if serial is None or ip is None or not _is_address(ip):
        return None
    return Found(
        serial=serial,
        ip=ip,
        mac=values.get("mac"),
        model=values.get("device"),
        firmware=values.get("ver"),
    )


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True
