"""Looking for C3 panels on the local network.

Lives here: one UDP broadcast and its answers. Not here: the datagrams (`discovery`). Panels answer to the sender's port,
some of them by broadcast, so that the socket is bound and never connected.
"""

import asyncio
from collections.abc import Sequence
import socket
from typing import override

from .discovery import REQUEST, Found, parse_reply

SEARCH_PORT = 65535
"""Where panels listen for the call (captured datagrams)."""
_MOST_ANSWERS = 256


class _Answers(asyncio.DatagramProtocol):
    """Collects the answers, one per serial number."""

    def __init__(self) -> None:
        self.found: dict[str, Found] = {}

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep what can be read; anybody may send here."""
        if len(self.found) < _MOST_ANSWERS and (found := parse_reply(data)):
            self.found.setdefault(found.serial, found)


async def search(
    targets: Sequence[str], *, seconds: float = 2.0, port: int = SEARCH_PORT
) -> list[Found]:
    """Ask at each broadcast or host address in `targets`, listen for `seconds`, and return who answered.

    Raises OSError when the machine gives us no socket.
    """
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(
        _Answers, local_addr=("0.0.0.0", 0), allow_broadcast=True, family=socket.AF_INET
    )
    try:
        for target in targets:
            # One that cannot be reached is told to `error_received` and hides no other.
            transport.sendto(REQUEST, (target, port))
        await asyncio.sleep(seconds)
    finally:
        transport.close()
    return sorted(answers.found.values(), key=lambda found: found.serial)
