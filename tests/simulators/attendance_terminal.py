"""A simulated attendance terminal: a client that calls its server over plain HTTP.

Run it with `python -m tests.simulators.attendance_terminal --serial ...`. Here live its cadence, what people do to it, and
the command line. Its talk with the server lives in `attendance_session`, what it consists of in `attendance_world`.
"""

import argparse
import asyncio
from contextlib import suppress
from typing import Self, override

from .attendance_session import AttendanceSession, Quirks
from .attendance_world import (
    ALARM,
    ALICE,
    BELL,
    BOB,
    CHECK_IN,
    CHECK_OUT,
    CONTACT_CLOSED,
    CONTACT_OPEN,
    FORCED,
    MODELS,
    TAMPER,
    Entry,
    Person,
)
from .console import Command, run_console, say
from .push_device import _server
from .push_http import Faults

__all__ = ["ALICE", "BOB", "AttendanceTerminal", "Faults", "Person", "Quirks"]


class AttendanceTerminal(AttendanceSession):
    """The terminal: an `AttendanceSession` that keeps its own time."""

    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to call the server, by its own cadence."""
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Hang up and be silent."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._wire.close()

    async def __aenter__(self) -> Self:
        """Return the terminal; it does nothing until `start` or `step`."""
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Stop."""
        await self.stop()

    async def _run(self) -> None:
        """Call the server for ever: polls by Delay, news at once."""
        while True:
            await self.step()
            pause = self.delay if self.online else self.error_delay
            await self.clock.wait(pause, self._wake)
            self._wake.clear()

    @override
    def _noticed(self) -> None:
        if self._task:
            self._wake.set()


def console_commands(terminal: AttendanceTerminal) -> dict[str, Command]:
    """Return what a person can do to the terminal from the keyboard."""
    world = terminal.world

    def shown(entry: Entry) -> str:
        return entry.text.replace("\t", " ").strip()

    def came(state: int) -> Command:
        return Command(("PIN",), lambda pin: shown(world.verify(str(pin), state)))

    def alarm(kind: int) -> Command:
        return Command((), lambda: shown(world.operate(ALARM, kind)))

    return {
        "verify": came(CHECK_IN),
        "in": came(CHECK_IN),
        "out": came(CHECK_OUT),
        "open": alarm(CONTACT_OPEN),
        "close": alarm(CONTACT_CLOSED),
        "force": alarm(FORCED),
        "tamper": alarm(TAMPER),
        "bell": Command((), lambda: shown(world.operate(BELL))),
    }


async def _run(options: argparse.Namespace) -> None:
    terminal = AttendanceTerminal(
        options.server,
        options.serial,
        options.model,
        key=options.key,
        people=[ALICE, BOB],
        report=say,
    )
    await terminal.start()
    try:
        await run_console(console_commands(terminal))
    finally:
        await terminal.stop()


def main() -> None:
    """Run one terminal until interrupted."""
    parser = argparse.ArgumentParser(description="A simulated attendance terminal.")
    parser.add_argument("--server", type=_server, default="http://127.0.0.1:8123")
    parser.add_argument("--serial", required=True)
    parser.add_argument("--model", default="face", choices=tuple(MODELS))
    parser.add_argument("--key", default="", help="communication key")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
