"""A simulated PUSH access device: a client that calls its server over plain HTTP.

Here live its cadence, what people do to it, and the command line. Its talk with
the server lives in `push_session`, what it consists of in `push_world` and
`push_tables`, what it writes in `push_lines`, what it obeys in `push_commands`.
"""

import argparse
import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from math import inf
from typing import Self
from urllib.parse import urlsplit

from .c3_door import Door
from .c3_tables import Row
from .c3_world import ALICE, BOB, Event, Reader, User
from .console import Command, run_console, say
from .push_commands import Received, Result
from .push_http import Faults, Request
from .push_models import MODELS
from .push_session import PushSession
from .push_tables import record_line
from .push_world import words

__all__ = [
    "ALICE",
    "BOB",
    "Faults",
    "PushDevice",
    "Received",
    "Request",
    "Result",
    "User",
]


class PushDevice(PushSession):
    """The device: a `PushSession` that keeps its own time and has people.

    Everything a test wants to look at is an attribute: `commands` and `results`
    are in order; `dropped` are the commands that got lost because the device
    takes one per answer; `reuploads` counts by table how often the same data
    had to be sent again.
    """

    _task: asyncio.Task[None] | None = None

    # Switching it on and off

    async def start(self) -> None:
        """Begin to call the server, by its own cadence."""
        self._task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        """Hang up and be silent."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._wire.close()

    async def __aenter__(self) -> Self:
        """Return the device; it does nothing until `start` or `step`."""
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Stop."""
        await self.stop()

    async def run(self) -> None:
        """Call the server for ever: polls by RequestDelay, news at once."""
        while True:
            await self.step()
            due = self.clock.monotonic() + self._delay
            while (left := due - self.clock.monotonic()) > 0:
                await self.clock.wait(min(left, self._until_result), self._wake)
                self._wake.clear()
                if not self.online or self.clock.monotonic() >= due:
                    continue
                if not await self._attempt(self._deliver):
                    due = self.clock.monotonic() + self._delay

    async def step(self) -> None:
        """Do one round: connect if need be, upload what is pending, poll."""
        await self._attempt(self._round)

    def reset_index(self, last: int = 0) -> None:
        """Go on numbering behind `last`; from 1 after a factory reset."""
        self.world.reset_index(last)

    # What a test looks at

    @property
    def requests(self) -> list[Request]:
        """The latest requests: method, target and the answer's status."""
        return [*self._wire.log]

    @property
    def events(self) -> list[Event]:
        """The events that the server has not acknowledged yet."""
        return [event for _, event in self._buffer]

    @property
    def transactions(self) -> list[Event]:
        """Every event that the device's log holds."""
        return self.world.transactions

    @property
    def doors(self) -> dict[int, Door]:
        """The doors: relay, latch, contact, alarm bits."""
        return self.world.doors

    @property
    def lockdown(self) -> set[int]:
        """The doors that are locked down."""
        return self.world.lockdown

    @property
    def users(self) -> dict[int, Row]:
        """The user table by PIN."""
        return {int(row["Pin"]): row for row in self.world.tables["user"]}

    def table(self, name: str) -> list[Row]:
        """Return the rows of any table."""
        return [*self.world.tables[self.world.rows.name(name)]]

    @property
    def clock_offset(self) -> timedelta:
        """How far the device's clock is ahead of the true time."""
        return self.world.clock_offset

    @clock_offset.setter
    def clock_offset(self, offset: timedelta) -> None:
        self.world.clock_offset = offset

    # What people do to it

    def swipe(self, door: int, card: int, reader: Reader = "in") -> Event:
        """Hold a card against a reader."""
        return self.world.swipe(door, card, reader)

    def show_face(
        self, pin: int, *, mask: bool = False, temperature: float = 0
    ) -> Event:
        """Look into the terminal; PIN 0 is a stranger, 0 degrees not measured."""
        return self.world.show_face(1, pin, mask=mask, temperature=temperature)

    def touch(self, pin: int, door: int = 1) -> Event:
        """Put a finger on the reader; PIN 0 is a stranger."""
        return self.world.touch(door, pin)

    def exit_button(self, door: int) -> Event:
        """Press the exit button."""
        return self.world.exit_button(door)

    def open_contact(self, door: int) -> Event | None:
        """Pull the door open; forced when the relay is idle."""
        return self.world.open_contact(door)

    def close_contact(self, door: int) -> Event | None:
        """Push the door shut."""
        return self.world.close_contact(door)

    def force(self, door: int) -> Event | None:
        """Break the door open."""
        return self.world.force(door)

    def aux_input(self, number: int, active: bool) -> Event | None:
        """Short (active) or open an auxiliary input."""
        return self.world.aux_input(number, active)

    def tamper(self) -> Event:
        """Open the device's box."""
        return self.world.tamper()

    def duress(self, door: int, user: User) -> Event:
        """Enter the duress password."""
        return self.world.duress(door, user)

    def doorbell(self, door: int = 1) -> Event:
        """Ring the bell."""
        return self.world.doorbell(door)

    def enroll(self, *users: User) -> None:
        """Register persons at the device, which tells the server."""
        for user in users:
            self.world.add_user(user)
        records = [record_line("user", self.users[user.pin]) for user in users]
        self.upload("user", records)

    def enroll_finger(self, pin: int, finger: int, template: str) -> None:
        """Put a finger of somebody on the reader until the device knows it."""
        if "MultiBioDataSupport" in self.model.extra:
            table, number, of_whom = "biodata", "No", f"Pin={pin}\tType=1"
            more = f"MajorVer={self.model.version(1).partition('.')[0]}\tTmp"
        else:
            table, number, of_whom, more = (
                "templatev10",
                "FingerID",
                f"Pin={pin}",
                "Template",
            )
        which = f"{of_whom}\t{number}={finger}"
        self.world.rows.update(table, f"{which}\t{more}={template}")
        rows = self.world.rows.select(table, which)
        self.upload(table, [record_line(table, row) for row in rows])

    def delete(self, pin: int) -> None:
        """Delete somebody in the device's menu; only the number of users tells so."""
        self.world.rows.remove("user", f"Pin={pin}")
        self.upload_text("options", f"UserCount={len(self.users)}")

    # When the next round comes

    @property
    def _delay(self) -> float:
        return self.request_delay if self.online else self.error_delay

    @property
    def _until_result(self) -> float:
        due = min((moment for moment, _ in self._outbox), default=inf)
        return max(0.0, due - self.clock.monotonic()) if self.online else inf


# Running alone


def console_commands(device: PushDevice) -> dict[str, Command]:
    """Return what a person can do to the device from the keyboard."""

    def show(event: Event | None) -> str:
        if event is None:
            return "nothing to notice"
        return f"{words(event.code)} (event {event.code} at {event.door})"

    def aux(number: int) -> str:
        return show(
            device.aux_input(number, not device.world.aux_inputs.get(number, False))
        )

    def on_door(action: Callable[[int], Event | None]) -> Command:
        return Command(("DOOR",), lambda door: show(action(door)))

    commands = {
        "swipe": Command(
            ("DOOR", "CARD"), lambda door, card: show(device.swipe(door, card))
        ),
        "open": on_door(device.open_contact),
        "close": on_door(device.close_contact),
        "exit": on_door(device.exit_button),
        "force": on_door(device.force),
        "aux": Command(("N",), aux),
    }
    if device.model.terminal:
        commands |= {
            "bell": Command((), lambda: show(device.doorbell())),
            "face": Command(("PIN",), lambda pin: show(device.show_face(pin))),
        }
    return commands


async def _run(options: argparse.Namespace) -> None:
    device = PushDevice(
        options.server,
        options.serial,
        options.model,
        doors=options.doors,
        auth_key=options.key,
        report=say,
    )
    await device.start()
    try:
        await run_console(console_commands(device))
    finally:
        await device.stop()


def _server(text: str) -> str:
    try:
        url = urlsplit(text)
        valid = url.scheme == "http" and bool(url.hostname) and url.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise argparse.ArgumentTypeError("must look like http://127.0.0.1:8123")
    return text


def main() -> None:
    """Run one device until interrupted."""
    parser = argparse.ArgumentParser(description="A simulated PUSH access device.")
    parser.add_argument("--server", type=_server, default="http://127.0.0.1:8123")
    parser.add_argument("--serial", required=True)
    parser.add_argument("--model", default="c3-200-plus", choices=tuple(MODELS))
    parser.add_argument("--doors", type=int, choices=(1, 2, 4, 8))
    parser.add_argument("--key", default="", help="communication key")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
