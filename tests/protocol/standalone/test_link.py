"""One socket: what comes out of it, and how its end is told."""

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    DeviceError,
    MalformedReply,
    SecureFirmware,
    WrongFamily,
)
from custom_components.zkteco.protocol.standalone.link import (
    ConnectionDropped,
    Link,
    open_link,
)
from custom_components.zkteco.protocol.standalone.packet import Packet, encode
from tests.simulators import standalone_wire as wire

from .conftest import HOST, until
from .peer import Answers, Peer, listening

pytestmark = pytest.mark.usefixtures("socket_enabled")

QUESTION = encode(Packet(wire.VERSION, 1, 1))
ANSWERS = [encode(Packet(wire.OK, 1, 1, b"first")), encode(Packet(wire.OK, 1, 1))]


class Owner:
    """What somebody hears of a link."""

    def __init__(self) -> None:
        """Nothing so far."""
        self.received: list[bytes] = []
        self.lost: list[DeviceError] = []

    async def open(self, peer: Peer, *, udp: bool = False) -> Link:
        """Open a link to a peer."""
        return await open_link(
            HOST, peer.port, self.received.append, self.lost.append, udp=udp
        )


def two_answers(_request: wire.Packet) -> Answers:
    """Answer every request twice."""
    return ANSWERS


@pytest.mark.parametrize("udp", [False, True])
async def test_payloads_in_and_out(udp: bool) -> None:
    """Whole ones, over either transport; after a drop none, and no word about that."""
    owner = Owner()
    async with listening(two_answers, udp=udp) as peer:
        link = await owner.open(peer, udp=udp)
        link.send(QUESTION)
        await until(lambda: len(owner.received) == 2)
        assert owner.received == ANSWERS
        link.send(QUESTION)
        link.drop()
        if not udp:
            await until(lambda: peer.ends)
            assert peer.ends == ["reset"]
        assert owner.lost == []
        assert owner.received == ANSWERS


@pytest.mark.parametrize(
    ("noise", "error"),
    [
        (b"\xaa\x01\xc8\x00\x00", WrongFamily),
        (b"HTTP/1.1 200 OK", WrongFamily),
        (b"PP\x83\x7c", SecureFirmware),
        (b"what?", MalformedReply),
        (b"", ConnectionDropped),
    ],
)
async def test_an_end_is_told_once(noise: bytes, error: type[DeviceError]) -> None:
    """With its reason, after everything that came before it; the other side learns of it too."""
    owner = Owner()
    async with listening(two_answers) as peer:
        link = await owner.open(peer)
        link.send(QUESTION)
        await until(lambda: peer.writers)
        await until(lambda: len(owner.received) == 2)
        (writer,) = peer.writers
        writer.write(noise)
        writer.write_eof()
        await until(lambda: owner.lost and peer.ends)
        assert [type(err) for err in owner.lost] == [error]
        assert owner.received == ANSWERS


async def test_a_closed_port() -> None:
    """TCP learns of it at once, UDP with what it sends."""
    owner = Owner()
    async with listening(two_answers) as peer:
        pass
    with pytest.raises(CannotConnect):
        await owner.open(peer)
    link = await owner.open(peer, udp=True)
    link.send(QUESTION)
    await until(lambda: owner.lost)
    assert [type(err) for err in owner.lost] == [ConnectionDropped]
