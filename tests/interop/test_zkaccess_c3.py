"""The independent client `zkaccess-c3` talks to our simulated panel.

What it can do there it could do with a real panel, so the simulator that our
own client is tested against speaks the protocol and not just our dialect.
"""

import asyncio
import json
from pathlib import Path
import sys

import pytest

from tests.simulators.c3_panel import C3Panel

pytestmark = pytest.mark.usefixtures("socket_enabled")

SCRIPT = Path(__file__).with_name("zkaccess_client.py")


async def drive(panel: C3Panel, password: str = "") -> tuple[int | None, bytes, bytes]:
    """Run the client; return its exit status, output and complaints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(SCRIPT), str(panel.port), password),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaints = await process.communicate()
    return process.returncode, output, complaints


@pytest.mark.parametrize("session", [True, False], ids=["session", "no-session"])
@pytest.mark.parametrize("password", ["", "banana123"], ids=["open", "password"])
async def test_opens_a_door(session: bool, password: str) -> None:
    """It connects, reads settings and people, polls the log and opens a door."""
    async with C3Panel(session=session, password=password) as panel:
        status, output, complaints = await drive(panel, password)
        assert status == 0, complaints.decode()
        seen = json.loads(output)
        assert seen["parameters"] == {
            "~SerialNumber": "DGD9190019050335134",
            "LockCount": "2",
        }
        assert seen["drive_time"] == 5
        assert [(user["Pin"], user["Name"]) for user in seen["users"]] == [
            (1, "Alice"),
            (2, "Bob"),
        ]
        assert (seen["quiet"], seen["after_opening"], seen["quiet_again"]) == (
            [255],
            [8],
            [255],
        )
        assert panel.doors[1].relay
        assert panel.commands == [(1, b"\1\1\3\0")]


async def test_text_mode() -> None:
    """It notices the 36-byte records and goes on with the text log."""
    async with C3Panel(records36=True) as panel:
        status, output, complaints = await drive(panel)
        assert status == 0, complaints.decode()
        seen = json.loads(output)
        assert seen["after_opening"] == [8]
        assert panel.requests[0x79]


async def test_wrong_password() -> None:
    """It is turned away and nothing opens."""
    async with C3Panel(password="banana123") as panel:
        status, _, _ = await drive(panel, "apple")
        assert status == 1
        assert panel.commands == []
