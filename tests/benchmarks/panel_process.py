"""The simulated panel in a process of its own, so that its work is not counted as ours.

Lives here: starting it, talking to it, stopping it. Not here: what it simulates (`tests.simulators`).
"""

from asyncio import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
import sys
import time

ROOT = Path(__file__).parents[2]


class PanelProcess:
    """A simulated panel that listens on loopback and does what it is told."""

    def __init__(self, process: subprocess.Process, port: int) -> None:
        """Take over a process that has said on which port it listens."""
        self._process = process
        self.port = port

    async def do(self, command: str) -> float:
        """Carry out a command such as "exit 1"; return when it was sent (seconds, monotonic).

        Raises RuntimeError when the simulator ended instead.
        """
        assert self._process.stdin
        assert self._process.stdout
        sent = time.monotonic()
        self._process.stdin.write(f"{command}\n".encode())
        if not await self._process.stdout.readline():
            raise RuntimeError("the simulated panel has ended")
        return sent


@asynccontextmanager
async def simulated_panel() -> AsyncGenerator[PanelProcess]:
    """Run a simulated panel with two doors on a free port."""
    process = await subprocess.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators.c3_panel", "--port", "0"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    try:
        greeting = await process.stdout.readline()
        yield PanelProcess(process, int(greeting.rpartition(b":")[2]))
        process.stdin.write(b"quit\n")
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
