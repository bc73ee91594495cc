"""Simulated devices, and those who load a server, in processes of their own, so that their work is not counted as ours.

Lives here: starting them, talking to them, stopping them. Not here: what they simulate (`tests.simulators`).
"""

import asyncio
from asyncio import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import sys
import time

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


class Simulator:
    """A simulator that does what it is told."""

    def __init__(self, process: subprocess.Process) -> None:
        """Take over a process."""
        self._process = process

    async def says(self) -> str:
        """Return the next line that it prints. Raises RuntimeError when it ended instead."""
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the simulator has ended")
        return line.decode().strip()

    async def do(self, command: str) -> float:
        """Carry out a command such as "exit 1"; return when it was sent (seconds, monotonic).

        Raises RuntimeError when the simulator ended instead.
        """
        sent = time.monotonic()
        await self.ask(command)
        return sent

    async def ask(self, command: str) -> str:
        """Carry out a command and return what is said to it. Raises RuntimeError when the simulator ended instead."""
        assert self._process.stdin
        self._process.stdin.write(f"{command}\n".encode())
        return await self.says()


class PanelProcess(Simulator):
    """A simulated panel that listens on loopback."""

    def __init__(self, process: subprocess.Process, port: int) -> None:
        """Take over a process that has said on which port it listens."""
        super().__init__(process)
        self.port = port


@asynccontextmanager
async def running(
    module: str, *arguments: str, **environment: str
) -> AsyncGenerator[subprocess.Process]:
    """Run a module that ends when it reads "quit"."""
    process = await subprocess.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    try:
        yield process
        process.stdin.write(b"quit\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def simulated_panel(*arguments: str) -> AsyncGenerator[PanelProcess]:
    """Run a simulated panel with two doors on a free port."""
    module = "tests.simulators.c3_panel"
    async with running(module, "--port", "0", *arguments) as process:
        greeting = await Simulator(process).says()
        yield PanelProcess(process, int(greeting.rpartition(":")[2]))


@asynccontextmanager
async def simulated_device(
    port: int, serial: str, zone: str
) -> AsyncGenerator[Simulator]:
    """Run a simulated PUSH device with two doors whose server is at a port of ours."""
    arguments = ("--server", f"http://127.0.0.1:{port}", "--serial", serial)
    async with running("tests.simulators.push_device", *arguments, TZ=zone) as process:
        device = Simulator(process)
        greeting = await device.says()
        if "accepted" not in greeting:
            raise RuntimeError(greeting)
        yield device


@asynccontextmanager
async def simulated_terminal(*arguments: str) -> AsyncGenerator[PanelProcess]:
    """Run a simulated standalone terminal on a free port, TCP and UDP."""
    module = "tests.simulators.standalone_terminal"
    async with running(module, "--port", "0", *arguments) as process:
        greeting = await Simulator(process).says()
        yield PanelProcess(process, int(greeting.partition(" (")[0].rpartition(":")[2]))


async def output_of(module: str, *arguments: str, seconds: float) -> bytes:
    """Run a module until it ends, and return what it printed.

    Raises RuntimeError when it failed, and TimeoutError when it took longer than so many seconds.
    """
    process = await subprocess.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{module} failed")
    return output
