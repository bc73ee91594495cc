"""The independent client `pyzk` talks to our simulated terminal.

What it can do there it could do with a real terminal, so the simulator that our
own client is tested against speaks the protocol and not just our dialect.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import sys

import pytest

from tests.simulators import standalone_wire as wire
from tests.simulators.standalone_records import RecordSize, UserSize
from tests.simulators.standalone_terminal import Event, SimulatedTerminal

pytestmark = pytest.mark.usefixtures("socket_enabled")

SCRIPT = Path(__file__).with_name("pyzk_client.py")


@asynccontextmanager
async def client_of(
    terminal: SimulatedTerminal, key: int, transport: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run the client until it ends."""
    # It takes what one read returns for one packet, so packets must not meet.
    terminal.frame_gap = 0.02
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(SCRIPT), str(terminal.port), str(key), transport),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    ("user_size", "record_size", "records"),
    [(72, 40, 20), (72, 40, 60), (28, 16, 200), (28, "8A", 300)],
    ids=["inline", "chunked", "old", "oldest"],
)
async def test_sees_who_enters(
    transport: str, user_size: UserSize, record_size: RecordSize, records: int
) -> None:
    """It logs in, reads people and records, unlocks, and hears of Bob at once."""
    async with (
        SimulatedTerminal(
            key=12345,
            records=records,
            user_size=user_size,
            record_size=record_size,
        ) as terminal,
        client_of(terminal, 12345, transport) as process,
    ):
        before = [*terminal.log]
        registered = asyncio.ensure_future(terminal.asked(wire.EVENT))
        ended = asyncio.ensure_future(process.communicate())
        await asyncio.wait((registered, ended), return_when="FIRST_COMPLETED")
        assert registered.done(), (await ended)[1].decode()
        entered = terminal.verify("1002")
        output, complaints = await ended
        assert process.returncode == 0, complaints.decode()

        seen = json.loads(output)
        assert seen["serial"] == terminal.options["~SerialNumber"]
        assert seen["firmware"] == terminal.firmware
        assert seen["users"] == [
            [1, "1001", "Alice", 14, 1000001],
            [2, "1002", "Bob", 0, 1000002],
            [3, "1003", "Carol", 0, 1000003],
        ]
        # The oldest records hold no user id, only the internal number, which the
        # client looks up among the people.
        assert seen["records"] == [[r.user_id, r.time.isoformat()] for r in before]
        assert entered
        assert seen["live"] == [entered.user_id, entered.time.isoformat()]

        assert [number for _, number in terminal.unlocks] == [30]
        assert terminal.relay
        assert [ack.number for ack in terminal.acks] == [0]
        assert terminal.requests[-1].command == wire.EXIT
        assert terminal.dropped == 0


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_wrong_key(transport: str) -> None:
    """It is turned away, and the terminal notes the attempt."""
    async with (
        SimulatedTerminal(key=12345) as terminal,
        client_of(terminal, 54321, transport) as process,
    ):
        _, complaints = await process.communicate()
        assert process.returncode == 1
        assert b"Unauthenticated" in complaints
        assert [entry.code for entry in terminal.operations] == [2]
        assert terminal.unlocks == []


async def test_registers_for_attendance_only() -> None:
    """A terminal sends what its client asked for: of a stranger it hears nothing."""
    async with (
        SimulatedTerminal(key=12345) as terminal,
        client_of(terminal, 12345, "tcp") as process,
    ):
        registered = await terminal.asked(wire.EVENT)
        assert registered.data == Event.ATTENDANCE.to_bytes(4, "little")
        terminal.refuse()
        terminal.verify("1003")
        output, complaints = await process.communicate()
        assert process.returncode == 0, complaints.decode()
        assert json.loads(output)["live"][0] == "1003"
        assert len(terminal.acks) == 1
