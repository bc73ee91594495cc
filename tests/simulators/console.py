"""Commands on standard input for simulators that run alone.

Knows lines and words; what a command does belongs to the simulator.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import os
import signal
import sys
import threading

_QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the words it needs, and what it does with their numbers.

    `run` returns a line to show; it raises ValueError with a text for a person.
    """

    words: tuple[str, ...]
    run: Callable[..., str]


def say(text: str) -> None:
    """Show one line at once, also when the output is a file or a pipe."""
    print(text, flush=True)


def obey(commands: Mapping[str, Command], line: str) -> str:
    """Carry out one line and return what to show; never raises for bad input."""
    name, *words = line.split()
    command = commands.get(name)
    if command is None:
        return f"unknown command {name!r}; known: {', '.join([*commands, _QUIT])}"
    if len(words) != len(command.words):
        return f"usage: {' '.join([name, *command.words])}"
    for word, meaning in zip(words, command.words, strict=True):
        if not (word.isascii() and word.isdecimal()):
            return f"{name}: {meaning} must be a whole number"
    try:
        return command.run(*map(int, words))
    except ValueError as err:
        return f"{name}: {err}"


async def run_console(commands: Mapping[str, Command]) -> None:
    """Obey standard input until `quit` or a signal; its end does not stop the simulator."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lines.put_nowait, _QUIT)

    def read() -> None:
        # Unbuffered, because a thread that waits inside sys.stdin would hold
        # its lock when the interpreter ends.
        rest = b""
        with suppress(OSError, RuntimeError):
            while chunk := os.read(0, 4096):
                *whole, rest = (rest + chunk).split(b"\n")
                for raw in whole:
                    text = raw.decode(errors="replace")
                    loop.call_soon_threadsafe(lines.put_nowait, text)

    if sys.stdin is not None:
        threading.Thread(target=read, daemon=True).start()
    while (line := (await lines.get()).strip()) != _QUIT:
        if line:
            say(obey(commands, line))
