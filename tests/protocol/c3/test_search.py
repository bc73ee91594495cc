"""Looking for panels: one call, and who answers."""

import asyncio

import pytest

from custom_components.zkteco.protocol.c3.discovery import REQUEST, Found
from custom_components.zkteco.protocol.c3.search import search
from tests.simulators import c3_wire as wire
from tests.simulators.c3_panel import C3Panel

from .conftest import HOST

pytestmark = pytest.mark.usefixtures("socket_enabled")


class Stranger(asyncio.DatagramProtocol):
    """Something on the network that answers whatever it is asked."""

    def __init__(self, *answers: bytes) -> None:
        """Answer each call with all of these."""
        self.answers = answers
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """Keep the way back."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer."""
        self.heard.append(data)
        for answer in self.answers:
            self.transport.sendto(answer, addr)


async def listen(stranger: Stranger) -> int:
    """Let a stranger listen; return the port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: stranger, local_addr=(HOST, 0)
    )
    return int(transport.get_extra_info("sockname")[1])


def answer(serial: str) -> bytes:
    """Return the answer of a panel."""
    text = f"MAC=00:17:61:00:00:01,IP=192.0.2.7,SN={serial},Device=C3-400,Ver=1"
    return wire.Frame(1, wire.OK, text.encode()).encode()


async def test_a_panel_answers() -> None:
    """With all that a person needs to recognise it."""
    async with C3Panel(discovery_port=0) as panel:
        found = await search([HOST], seconds=0.1, port=panel.discovery_port)
    assert found == [
        Found(
            serial="DGD9190019050335134",
            ip=HOST,
            mac="00:17:61:C8:EC:17",
            model="C3-200",
            firmware="AC Ver 4.3.4 Apr 27 2017",
        )
    ]


async def test_many_answers_and_garbage() -> None:
    """Each panel once, in a steady order; garbage and an unreachable network hide nobody."""
    stranger = Stranger(
        answer("B"), b"", b"garbage", answer("A"), answer("B"), answer("A")[:-1]
    )
    port = await listen(stranger)
    found = await search(["256.0.0.1", HOST], seconds=0.1, port=port)
    assert [panel.serial for panel in found] == ["A", "B"]
    assert stranger.heard == [REQUEST]
    stranger.transport.close()


async def test_a_flood_of_answers() -> None:
    """Somebody makes up panels: there is an end to it."""
    stranger = Stranger(*(answer(f"{n:04}") for n in range(300)))
    port = await listen(stranger)
    found = await search([HOST], seconds=0.2, port=port)
    assert 0 < len(found) <= 256
    stranger.transport.close()


async def test_nobody_answers() -> None:
    """That is no error."""
    stranger = Stranger()
    port = await listen(stranger)
    assert await search([HOST], seconds=0.05, port=port) == []
    stranger.transport.close()
