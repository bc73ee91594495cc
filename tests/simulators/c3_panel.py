"""A simulated C3 panel on a real socket, with faults that can be switched on.

Requests, replies and the command line live here; what the panel is made of
lives in `c3_world` and `c3_tables`, its connections in `c3_link`, its bytes in
`c3_wire`.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
import json
import struct
import sys
import time
from typing import Self
import zlib

from . import c3_wire as wire
from .c3_door import HELD_OPEN, Door
from .c3_link import Discovery, Faults, Link, Reply
from .c3_tables import TRANSACTION, Tables
from .c3_wire import Frame, Refused
from .c3_world import ALICE, BOB, C3World, Code, Event, User, generated_users
from .console import Command, run_console, say

__all__ = ["ALICE", "BOB", "C3Panel", "Door", "Event", "Faults", "User"]

SERIAL = "DGD9190019050335134"
MAX_ROWS = 30000
MAX_READ_NAMES, MAX_WRITE_NAMES = 30, 20
IDLE_36 = bytes(360)  # ten empty 36-byte records


class C3Panel(C3World):
    """The panel: a `C3World` that a client can reach.

    Everything a test wants to look at is an attribute: `commands` holds every
    control command as (operation, the four bytes behind it), `requests` counts
    requests by command byte, `connections` the connections accepted so far.
    """

    def __init__(
        self,
        *,
        doors: int = 2,
        serial: str = SERIAL,
        model: str = "C3-200",
        firmware: str = "AC Ver 4.3.4 Apr 27 2017",
        mac: str = "00:17:61:C8:EC:17",
        password: str = "",
        session: bool = True,
        text_log: bool = False,
        records36: bool = False,
        old_byte8: bool = False,
        aux_inputs: int = 2,
        aux_outputs: int = 2,
        users: list[User] | None = None,
        new_layout: bool = True,
        odd_table_line: bool = False,
        max_rows: int = MAX_ROWS,
        events_per_reply: int = 1,
        address: int = 1,
        discovery_port: int | None = None,
        now: Callable[[], datetime] = datetime.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Build the panel; without `users` it knows Alice and Bob.

        With `discovery_port` it also answers discovery datagrams (0 for any
        free port, which `discovery_port` then tells).
        """
        super().__init__(
            doors=doors,
            serial=serial,
            model=model,
            firmware=firmware,
            mac=mac,
            password=password,
            aux_inputs=aux_inputs,
            aux_outputs=aux_outputs,
            users=[ALICE, BOB] if users is None else users,
            tables=Tables(
                new_layout=new_layout, odd_line=odd_table_line, max_rows=max_rows
            ),
            now=now,
            monotonic=monotonic,
        )
        self.session = session
        self.text_log = text_log
        self.records36 = records36
        self.old_byte8 = old_byte8
        self.events_per_reply = events_per_reply
        self.address = address
        self.discovery_port = discovery_port
        self.port = 0
        self.faults = Faults()
        self.connections = 0
        self.requests: Counter[int] = Counter()
        self._links: set[Link] = set()
        self._client: Link | None = None
        self._up = True
        self._last_session = 0xCDD5
        self._server: asyncio.Server | None = None
        self._discovery: asyncio.DatagramTransport | None = None
        self._handlers: dict[int, Callable[[Link, bytes], Reply]] = {
            wire.CONNECT: self._connect,
            wire.CONNECT_SESSION: self._connect_session,
            wire.DISCONNECT: self._disconnect,
            wire.SET_PARAMETERS: self._set_parameters,
            wire.GET_PARAMETERS: self._get_parameters,
            wire.CONTROL: self._control,
            wire.TABLE_DEFINITIONS: self._definitions,
            wire.READ_TABLE: self._read_table,
            wire.WRITE_TABLE: self._write_table,
            wire.DELETE_ROWS: self._delete_rows,
            wire.COUNT_ROWS: self._count_rows,
            wire.BINARY_LOG: self._binary_log,
            wire.TEXT_LOG: self._text_log,
            wire.READ_PART: self._read_part,
            wire.END_TRANSFER: self._end_transfer,
            wire.MARK_READ: self._mark_read,
        }

    # Switching it on and off

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; return the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self), host, port)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.parameters["IPAddress"] = host
        if self.discovery_port is not None:
            self._discovery, _ = await loop.create_datagram_endpoint(
                lambda: Discovery(self), local_addr=(host, self.discovery_port)
            )
            name = self._discovery.get_extra_info("sockname")
            self.discovery_port = int(name[1])
        return self.port

    async def stop(self) -> None:
        """Hang up and stop listening."""
        if self._discovery:
            self._discovery.close()
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

    def reboot(self) -> None:
        """Go down: every connection breaks, new ones are refused until `boot`."""
        self._up = False
        self.ring.clear()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection, as a cut network does; events go on."""
        for link in self._links:
            link.transport.close()

    def boot(self) -> None:
        """Come up again after `reboot`."""
        self._up = True
        self.restarted()

    # Who is connected

    def accept(self, link: Link) -> bool:
        """Count a connection; return whether the panel takes it."""
        self.connections += 1
        self._links.add(link)
        return self._up and not self.faults.refuse

    def lost(self, link: Link) -> None:
        """Forget a connection that ended."""
        self._links.discard(link)
        if self._client is link:
            self._client = None

    def _take_over(self, link: Link) -> None:
        # There is room for one client; the newcomer wins once it spoke well.
        if self._client not in (None, link):
            self._client.transport.close()
        self._client = link

    # Requests and replies

    def answer(self, link: Link, frame: Frame) -> tuple[Reply, bytes]:
        """Carry out a request; return the reply and its bytes, empty for none."""
        self.settle()
        data, prefix = frame.data, b""
        connecting = frame.command in (wire.CONNECT, wire.CONNECT_SESSION)
        try:
            if not connecting:
                data, prefix = self._authorised(link, data)
            handler = self._handlers.get(frame.command, self._unknown)
            reply = handler(link, data)
        except Refused as refusal:
            code = refusal.code.to_bytes(1, signed=True)
            wrong_password = refusal.code == wire.WRONG_PASSWORD
            if wrong_password and frame.command == wire.CONNECT_SESSION:
                prefix = self._new_session() + data[:2]
            reply = Reply(code, wire.ERROR, close=wrong_password)
        if not reply.close:
            self._take_over(link)
        if connecting and link.session is not None and link.connected:
            prefix = struct.pack("<H", link.session) + data[:2]
        if prefix and self.faults.wrong_sequence:
            self.faults.wrong_sequence -= 1
            sequence = int.from_bytes(prefix[2:], "little") - 1
            prefix = prefix[:2] + struct.pack("<H", sequence & 0xFFFF)
        if reply.command == wire.OK and len(reply.data) > wire.MAX_REPLY:
            link.prepared = reply.data
            reply = Reply(_announcement(reply.data), wire.LARGE_REPLY)
        if connecting and self.faults.evict_every_connection:
            reply = Reply(reply.data, reply.command, close=True)
        if reply.close and frame.command == wire.SET_PARAMETERS:
            return reply, b""
        answer = Frame(self.address, reply.command, prefix + reply.data)
        return reply, answer.encode()

    def _authorised(self, link: Link, data: bytes) -> tuple[bytes, bytes]:
        """Return the data behind the session bytes, and those bytes."""
        if not link.connected:
            raise Refused(wire.NOT_AUTHORISED)
        if link.session is None:
            return data, b""
        if len(data) < 4 or int.from_bytes(data[:2], "little") != link.session:
            raise Refused(wire.NOT_AUTHORISED)
        return data[4:], data[:4]

    def _new_session(self) -> bytes:
        self._last_session = self._last_session + 1 & 0xFFFF
        return struct.pack("<H", self._last_session)

    def _unknown(self, _link: Link, _data: bytes) -> Reply:
        raise Refused(wire.NOT_AVAILABLE)

    def _connect(self, link: Link, data: bytes) -> Reply:
        if data.decode(errors="replace") != self.parameters["ComPwd"]:
            raise Refused(wire.WRONG_PASSWORD)
        link.connected, link.session = True, None
        self.ring.clear()
        return Reply()

    def _connect_session(self, link: Link, data: bytes) -> Reply:
        if not self.session:
            raise Refused(wire.NOT_AVAILABLE)
        self._connect(link, data[4:])
        link.session = int.from_bytes(self._new_session(), "little")
        return Reply()

    def _disconnect(self, link: Link, _data: bytes) -> Reply:
        link.connected = False
        return Reply()

    def _get_parameters(self, _link: Link, data: bytes) -> Reply:
        names = data.decode(errors="replace").split(",")
        if len(names) > MAX_READ_NAMES:
            raise Refused(wire.WRONG_PARAMETER)
        found = self.get_parameters(names)
        return Reply(",".join(f"{k}={v}" for k, v in found.items()).encode())

    def _set_parameters(self, _link: Link, data: bytes) -> Reply:
        pairs = [
            part.partition("=") for part in data.decode(errors="replace").split(",")
        ]
        if len(pairs) > MAX_WRITE_NAMES or not all(sign for _, sign, _ in pairs):
            raise Refused(wire.WRONG_PARAMETER)
        values = {name: value for name, _, value in pairs}
        restart = self.set_parameters(values)
        dropped = "DateTime" in values and self.faults.drop_after_set_time
        return Reply(close=dropped, restart=restart)

    def _control(self, _link: Link, data: bytes) -> Reply:
        return Reply(restart=self.control(data))

    def _definitions(self, _link: Link, _data: bytes) -> Reply:
        return Reply(self.tables.definitions)

    def _read_table(self, _link: Link, data: bytes) -> Reply:
        rows = [event.row for event in self.transactions]
        new = [row for row in rows if int(row["Index"]) > self.read_up_to]
        return Reply(self.tables.read(data, rows, new))

    def _write_table(self, _link: Link, data: bytes) -> Reply:
        self.tables.write(data)
        return Reply()

    def _delete_rows(self, _link: Link, data: bytes) -> Reply:
        if self.tables.delete(data) == TRANSACTION:
            self.wipe_transactions()
        return Reply()

    def _count_rows(self, _link: Link, data: bytes) -> Reply:
        if len(data) != 1:
            raise Refused(wire.WRONG_PARAMETER)
        name = self.tables.layout(data[0]).name
        rows = self.transactions if name == TRANSACTION else self.tables[name]
        return Reply(struct.pack("<I", len(rows)))

    def _mark_read(self, _link: Link, data: bytes) -> Reply:
        if len(data) != 1 or self.tables.layout(data[0]).name != TRANSACTION:
            raise Refused(wire.WRONG_PARAMETER)
        self.read_up_to = self.transactions[-1].index if self.transactions else 0
        # Reported so: this command answers with the error reply when it worked.
        return Reply(b"\0", wire.ERROR)

    def _read_part(self, link: Link, data: bytes) -> Reply:
        if link.prepared is None or len(data) != 4:
            raise Refused(wire.WRONG_PARAMETER)
        offset = int.from_bytes(data, "little")
        if offset >= len(link.prepared):
            raise Refused(wire.WRONG_PARAMETER)
        return Reply(data + link.prepared[offset : offset + wire.PART_LENGTH])

    def _end_transfer(self, link: Link, _data: bytes) -> Reply:
        link.prepared = None
        return Reply()

    # The real-time log

    def _take_events(self) -> list[Event]:
        count = min(self.events_per_reply, len(self.ring))
        return [self.ring.popleft() for _ in range(count)]

    def _binary_log(self, _link: Link, _data: bytes) -> Reply:
        if self.records36:
            return Reply(IDLE_36)
        records = [
            wire.EVENT_RECORD.pack(
                event.card,
                event.pin,
                event.verified,
                event.door,
                event.code,
                event.direction,
                wire.pack_time(event.time),
            )
            for event in self._take_events()
        ]
        return Reply(b"".join(records) or self._binary_status())

    def _binary_status(self) -> bytes:
        doors = self.doors.values()
        alarms = bytes(
            door.alarm | bool(door.alarm_bits & HELD_OPEN) << 1 for door in doors
        )
        return wire.STATUS_RECORD.pack(
            alarms,
            bytes(door.sensor for door in doors),
            0xC8 if self.old_byte8 else self._relay_bits(),
            any(alarms),
            255,
            0,
            wire.pack_time(self.time),
        )

    def _relay_bits(self) -> int:
        return sum(door.relay << (n - 1) for n, door in self.doors.items())

    def _text_log(self, _link: Link, _data: bytes) -> Reply:
        if not (self.text_log or self.records36):
            raise Refused(wire.NOT_AVAILABLE)
        records = [
            "\t".join(
                (
                    f"time={event.time}",
                    f"pin={event.pin}",
                    f"cardno={event.card}",
                    f"eventaddr={event.door}",
                    f"event={event.code}",
                    f"inoutstatus={event.direction}",
                    f"verifytype={event.verified}",
                    f"index={event.index}",
                )
            )
            for event in self._take_events()
        ]
        return Reply(("\r\n".join(records) or self._text_status()).encode())

    def _text_status(self) -> str:
        doors = self.doors.values()
        sensors = sum(door.sensor << 2 * (door.number - 1) for door in doors)
        alarms = bytes(door.alarm_bits for door in doors).ljust(4, b"\0")
        return "\t".join(
            (
                f"time={self.time:%Y-%m-%d %H:%M:%S}",
                f"sensor={sensors:02x}",
                f"relay={self._relay_bits():02x}",
                f"alarm={alarms.hex()}",
            )
        )


def _announcement(data: bytes) -> bytes:
    """Return the fields that announce a reply too large for one frame."""
    size = len(data)
    return struct.pack("<BIIII", 0, size, size, zlib.crc32(data), wire.PART_LENGTH)


# Running alone


def console_commands(panel: C3Panel) -> dict[str, Command]:
    """Return what a person can do to the panel from the keyboard."""

    def show(event: Event | None) -> str:
        if event is None:
            return "nothing to notice"
        return f"{Code(event.code).words} (event {event.code} at {event.door})"

    def aux(number: int) -> str:
        return show(panel.aux_input(number, not panel.aux_inputs.get(number)))

    def on_door(action: Callable[[int], Event | None]) -> Command:
        return Command(("DOOR",), lambda door: show(action(door)))

    return {
        "swipe": Command(
            ("DOOR", "CARD"), lambda door, card: show(panel.swipe(door, card))
        ),
        "open": on_door(panel.open_contact),
        "close": on_door(panel.close_contact),
        "exit": on_door(panel.exit_button),
        "force": on_door(panel.force),
        "aux": Command(("N",), aux),
        "requests": Command((), lambda: json.dumps(panel.requests)),
    }


async def _run(options: argparse.Namespace) -> None:
    panel = C3Panel(
        doors=options.doors,
        serial=options.serial,
        model={1: "C3-100", 2: "C3-200", 4: "C3-400"}[options.doors],
        password=options.password,
        session=options.session,
        text_log=options.text_log,
        users=[ALICE, BOB, *generated_users(options.users)],
    )
    try:
        port = await panel.start(options.host, options.port)
    except OSError as err:
        sys.exit(f"cannot listen on {options.host}:{options.port}: {err.strerror}")
    doors = "1 door" if options.doors == 1 else f"{options.doors} doors"
    say(f"C3 panel with {doors} listens on {options.host}:{port}")
    try:
        await run_console(console_commands(panel))
    finally:
        await panel.stop()


def _whole_number(text: str, limit: int) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= limit):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {limit}")
    return int(text)


def main() -> None:
    """Run one panel until interrupted."""
    parser = argparse.ArgumentParser(description="A simulated C3 door panel.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=partial(_whole_number, limit=65535), default=14370
    )
    parser.add_argument("--doors", type=int, default=2, choices=(1, 2, 4))
    parser.add_argument("--serial", default=SERIAL)
    parser.add_argument("--password", default="", help="communication password")
    parser.add_argument("--no-session", dest="session", action="store_false")
    parser.add_argument("--text-log", action="store_true")
    parser.add_argument(
        "--users",
        type=partial(_whole_number, limit=MAX_ROWS - 2),
        default=0,
        help="people to make up beside Alice and Bob",
    )
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
