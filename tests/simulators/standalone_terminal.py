"""A simulated standalone terminal on real sockets, TCP and UDP on the same port.

Who is connected and the command line live here; what happens at the terminal
lives in `standalone_world`, what a client may ask in `standalone_session`, the
way between them and its faults in `standalone_link`, bytes in `standalone_wire`
and `standalone_records`.
"""

import argparse
import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
import sys
import time
from typing import Literal, Self, override

from .console import Command, run_console, say
from .standalone_link import Connection, Datagrams, Faults, Link
from .standalone_records import Record, RecordSize, User, UserSize
from .standalone_session import Session
from .standalone_wire import ERROR, Packet
from .standalone_world import BY_CARD, BY_FINGER, BY_PASSWORD, Event, TerminalWorld

__all__ = [
    "BY_CARD",
    "BY_FINGER",
    "BY_PASSWORD",
    "Event",
    "Faults",
    "Packet",
    "Record",
    "SimulatedTerminal",
    "User",
]

PORTS_TO_TRY = 20
MAX_PEOPLE, MAX_RECORDS, MAX_KEY = 10_000, 200_000, 999_999


class SimulatedTerminal(TerminalWorld):
    """The terminal: a `TerminalWorld` that clients can reach.

    Everything a test wants to look at is an attribute: `requests` holds every
    request in order, `acks` the acknowledged events, `dropped` counts requests
    with a wrong checksum, `connections` the clients that came, `last_session`
    is the number that the latest of them got.
    """

    def __init__(
        self,
        *,
        key: int = 0,
        always_ask: bool = False,
        serial: str = "CJ2M182660014",
        model: str = "F18",
        users: int = 3,
        records: int = 0,
        contact: bool = True,
        admits_missing_contact: bool = True,
        user_size: UserSize = 72,
        record_size: RecordSize = 40,
        sizes: Literal[80, 92, 4] = 80,
        range_read: bool = True,
        old_firmware: bool = False,
        max_chunk: int = 1008,
        tcp: bool = True,
        udp: bool = True,
        now: Callable[[], datetime] = datetime.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build the terminal; its people are Alice 1001, Bob 1002, Carol 1003, ...

        With `always_ask` it wants the key also when that is 0. Without a
        `contact` it refuses to tell the door's state, or says closed when it
        does not admit that it has none. `old_firmware` knows no buffered reads.
        """
        super().__init__(
            serial=serial,
            model=model,
            users=users,
            records=records,
            contact=contact,
            now=now,
            monotonic=monotonic,
        )
        self.key = key
        self.always_ask = always_ask
        self.admits_missing_contact = admits_missing_contact
        self.user_size = user_size
        self.record_size = record_size
        self.sizes = sizes
        self.capacities = (3000, 10000, 100000)  # fingers, users, records
        self.claimed: dict[int, int] = {}  # wrong counters, by their offset
        self.range_read = range_read
        self.old_firmware = old_firmware
        self.refuses_empty = False  # answers 4989 where there is nothing to read
        self.cuts_fingers = False  # the last one of the list lacks its end
        self.max_chunk = max_chunk
        self.inline_limit = 1008
        self.confirms_restart = False
        self.unknown_option = ERROR  # the reply for an option it does not have
        self.unknown_commands: set[int] = set()
        self.silent_about: set[int] = set()  # event codes that it never sends
        self.frame_gap = 0.0  # real seconds between two packets, for slow readers
        self.tcp, self.udp = tcp, udp
        self.port = 0
        self.faults = Faults()
        self.connections = 0
        self.requests: list[Packet] = []
        self.acks: list[Packet] = []
        self.dropped = 0
        self._links: list[Link] = []
        self._awaited: dict[int, list[asyncio.Future[Packet]]] = {}
        self._up = True
        self.last_session = 0x45CE
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.DatagramTransport | None = None

    # Switching it on and off

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; return the port, which is the same for TCP and UDP."""
        for _ in range(PORTS_TO_TRY if self.tcp and self.udp and not port else 1):
            try:
                self.port = await self._listen(host, port)
                break
            except OSError as err:
                # A free TCP port can be taken in UDP.
                await self.stop()
                failure = err
        else:
            raise failure
        self.options["IPAddress"] = host
        return self.port

    async def _listen(self, host: str, port: int) -> int:
        loop = asyncio.get_running_loop()
        if self.tcp:
            self._server = await loop.create_server(
                lambda: Connection(self), host, port
            )
            port = int(self._server.sockets[0].getsockname()[1])
        if self.udp:
            self._datagrams, _ = await loop.create_datagram_endpoint(
                lambda: Datagrams(self), local_addr=(host, port)
            )
            port = int(self._datagrams.get_extra_info("sockname")[1])
        return port

    async def stop(self) -> None:
        """Hang up and stop listening."""
        for link in [*self._links]:
            link.close()
        if self._datagrams:
            self._datagrams.close()
        if self._server:
            self._server.close()
            self._server.abort_clients()
            await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        """Start on a free port of the loopback address."""
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Stop."""
        await self.stop()

    def power_off(self) -> None:
        """Go down: connections break, new ones are refused until `power_on`."""
        self._up = False
        self.hang_up()

    def power_on(self) -> None:
        """Come up again; clients have to log in anew."""
        self._up = True
        self.restarted()

    def power_cycle(self) -> None:
        """Go down and come up at once."""
        self.power_off()
        self.power_on()

    def hang_up(self) -> None:
        """Break every connection, as a cut network does; events go on."""
        for link in [*self._links]:
            link.hang_up()

    # Who is connected

    def accept(self, link: Link) -> bool:
        """Count a client; return whether the terminal takes it."""
        self.connections += 1
        self._links.append(link)
        return self._up and not self.faults.refuse

    def lost(self, link: Link) -> None:
        """Forget a client that went."""
        if link in self._links:
            self._links.remove(link)

    def knows(self, link: Link) -> bool:
        """Whether a client is still there."""
        return link in self._links

    @property
    def sessions(self) -> list[Session]:
        """The clients, as the terminal knows them."""
        return [link.session for link in self._links]

    @property
    def commands(self) -> list[int]:
        """The command of every request, in order."""
        return [request.command for request in self.requests]

    async def asked(self, command: int) -> Packet:
        """Wait until the terminal has carried out the next request of a command."""
        future: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        self._awaited.setdefault(command, []).append(future)
        return await future

    def take(self, request: Packet) -> None:
        """Remember a request, and tell who waited for it."""
        self.requests.append(request)
        for future in self._awaited.pop(request.command, []):
            if not future.done():
                future.set_result(request)

    def new_session(self) -> int:
        """Return a number for a client that connects."""
        if self.faults.non_echoing:
            return 0  # the only one the client will ever see
        self.last_session = self.last_session + 1 & 0xFFFF
        return self.last_session

    def is_own(self, given: int, session: int) -> bool:
        """Whether a client names its session; one that never echoes cannot mind."""
        return given == session or self.faults.non_echoing

    @override
    def emit(self, code: int, data: bytes = b"") -> None:
        """Send an event to every client that registered for it."""
        if self._up and code not in self.silent_about:
            for link in self._links:
                link.notify(code, data)


# Running alone


def console_commands(terminal: SimulatedTerminal) -> dict[str, Command]:
    """Return what a person can do to the terminal from the keyboard."""

    def verify(user_id: int) -> str:
        return shown(terminal.verify(str(user_id)))

    def shown(record: Record | None) -> str:
        return f"{record.user_id} at {record.time}" if record else "not let in"

    def leaf(move: Callable[[], bool]) -> Command:
        return Command((), lambda: door() if move() else "nothing to notice")

    def door() -> str:
        return (
            f"door {'open' if terminal.leaf_open else 'shut'}, "
            f"{'unlocked' if terminal.relay else 'locked'}"
        )

    def status() -> str:
        return (
            f"{door()}; {len(terminal.sessions)} clients, {len(terminal.users)} users, "
            f"{len(terminal.log)} records"
        )

    def simple(do: Callable[[], object]) -> Command:
        def run() -> str:
            do()
            return "done"

        return Command((), run)

    def press(key: int) -> str:
        terminal.press(key)
        return "done"

    def enrol(user_id: int) -> str:
        terminal.enrol(str(user_id))
        return "done"

    return {
        "verify": Command(("USER",), verify),
        "refuse": simple(terminal.refuse),
        "swipe": Command(("CARD",), lambda card: shown(terminal.swipe(card))),
        "button": Command(("KEY",), press),
        "exit": simple(terminal.exit_button),
        "open": leaf(terminal.open_leaf),
        "close": leaf(terminal.close_leaf),
        "force": leaf(terminal.force),
        "tamper": simple(lambda: terminal.alarm("tamper")),
        "enrol": Command(("USER",), enrol),
        "power-cycle": simple(terminal.power_cycle),
        "status": Command((), status),
    }


async def _run(options: argparse.Namespace) -> None:
    terminal = SimulatedTerminal(
        key=options.key,
        serial=options.serial,
        model=options.model,
        users=options.users,
        records=options.records,
        user_size=options.user_size,
        record_size="8A" if options.record_size == 8 else options.record_size,
        tcp=not options.udp,
    )
    try:
        port = await terminal.start(options.host, options.port)
    except OSError as err:
        sys.exit(f"cannot listen on {options.host}:{options.port}: {err.strerror}")
    way = "UDP" if options.udp else "TCP and UDP"
    say(f"Terminal {options.model} listens on {options.host}:{port} ({way})")
    try:
        await run_console(console_commands(terminal))
    finally:
        await terminal.stop()


def _whole_number(text: str, limit: int) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= limit):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {limit}")
    return int(text)


def main() -> None:
    """Run one terminal until interrupted."""

    def number(limit: int) -> Callable[[str], int]:
        return partial(_whole_number, limit=limit)

    parser = argparse.ArgumentParser(description="A simulated standalone terminal.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=number(65535), default=14371)
    parser.add_argument(
        "--key", type=number(MAX_KEY), default=0, help="communication key"
    )
    parser.add_argument("--serial", default="CJ2M182660014")
    parser.add_argument("--model", default="F18")
    parser.add_argument("--users", type=number(MAX_PEOPLE), default=3)
    parser.add_argument("--records", type=number(MAX_RECORDS), default=0)
    parser.add_argument("--user-size", type=int, default=72, choices=(72, 28))
    parser.add_argument("--record-size", type=int, default=40, choices=(40, 16, 8, 49))
    parser.add_argument("--udp", action="store_true", help="no TCP")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
