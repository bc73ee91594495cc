"""What a connected PUSH device does at once when it is told to: doors, outputs, alarms, its clock.

Lives here: which command goes to which device, and what its confirmation proves. Not here: their texts (`control`), when
they are offered (`queue`), what devices tell (`reports`). Door numbers are ours; they raise InvalidValue where there is no
such door. Every verb raises what `CommandQueue.run` raises.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Final

from ..device import Clock
from ..errors import CommandRefused, InvalidValue
from ..evidence import MAX_PULSE_SECONDS, STAYS_OPEN
from . import commands, control
from .messages import parse_options
from .queue import CommandQueue
from .reports import Reports

DEFAULT_OPEN_SECONDS: Final = 5


class Verbs:
    """What one device, and those behind it, can be told to do."""

    def __init__(self, queue: CommandQueue, reports: Reports, clock: Clock) -> None:
        """Tell `reports` what was confirmed."""
        self._queue = queue
        self._reports = reports
        self._clock = clock

    async def _run(self, text: str, sub: str | None = None) -> None:
        """Send a command that moves something: first in the queue, offered once, soon gone."""
        await self._queue.run(text, urgent=True, serial=sub)

    async def _everywhere(
        self, text: str, confirmed: Callable[[str | None], None]
    ) -> None:
        """Send a command to this device and to those behind it; raise the first failure when all have been told."""
        doors = self._reports.info.doors.values()
        machines = [*dict.fromkeys(door.sub_device for door in doors)]
        results = await asyncio.gather(
            *(self._run(text, machine) for machine in machines),
            return_exceptions=True,
        )
        for machine, result in zip(machines, results, strict=True):
            if not isinstance(result, BaseException):
                confirmed(machine)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    # Doors

    def check_door(self, door: int) -> None:
        """Raise InvalidValue for a door that is not there."""
        self._place(door)

    def _place(self, door: int) -> tuple[str | None, int]:
        """Return the sub-controller and its own number of a door."""
        doors = self._reports.info.doors
        if door not in doors:
            raise InvalidValue("door", f"must be one of {', '.join(map(str, doors))}")
        return self._reports.place(door)

    def _open_seconds(self, door: int) -> int:
        """Return for how long a door opens by itself."""
        usual = self._reports.doors()[door].open_time or 0
        return usual if 1 <= usual <= MAX_PULSE_SECONDS else DEFAULT_OPEN_SECONDS

    def opening(self, door: int) -> str:
        """Return the command that opens a door for as long as it opens by itself, for the device at that door."""
        _, own = self._place(door)
        return control.open_door(own, self._open_seconds(door))

    async def open(self, door: int, seconds: int | None) -> None:
        """Open a door for some seconds, or for as long as it opens by itself."""
        sub, own = self._place(door)
        if seconds is None:
            seconds = self._open_seconds(door)
        await self._run(control.open_door(own, seconds), sub)
        self._reports.evidence.opened(door, seconds, self._clock.monotonic())

    async def hold(self, door: int) -> None:
        """Open a door until it is released."""
        sub, own = self._place(door)
        await self._run(control.hold_door(own), sub)
        self._reports.evidence.held(door, self._clock.monotonic())

    async def release(self, door: int) -> None:
        """Drop the relay; where that is refused because of a schedule, end the schedule first."""
        sub, own = self._place(door)
        try:
            await self._run(control.close_door(own), sub)
        except CommandRefused:
            await self._run(control.normal_open_schedule(own, enabled=False), sub)
            await self._run(control.close_door(own), sub)
        self._reports.evidence.released(door, self._clock.monotonic())

    async def lock_down(self, door: int, *, on: bool) -> None:
        """Let nobody in at a door, or end that."""
        sub, own = self._place(door)
        await self._run(control.lock_down(own, on=on), sub)
        self._reports.locked_down(door, on=on)

    async def emergency(self, *, opened: bool) -> None:
        """Open every door, or lock them all."""

        def confirmed(machine: str | None) -> None:
            now = self._clock.monotonic()
            for door, info in self._reports.info.doors.items():
                if info.sub_device == machine and opened:
                    self._reports.evidence.held(door, now)
                elif info.sub_device == machine:
                    self._reports.evidence.released(door, now)

        await self._everywhere(control.emergency(opened=opened), confirmed)

    async def release_floors(self, floors: Collection[int], seconds: int) -> None:
        """Let people choose some floors of an elevator for some seconds."""
        await self._run(control.elevator_floors(floors, seconds))

    async def set_open_time(self, door: int, seconds: int) -> None:
        """Set for how long (1 to 254 seconds) a door opens by itself."""
        sub, own = self._place(door)
        if not 1 <= seconds <= MAX_PULSE_SECONDS:
            raise InvalidValue("seconds", f"must be from 1 to {MAX_PULSE_SECONDS}")
        options = {f"Door{own}Drivertime": seconds}
        await self._queue.run(commands.set_options(options), serial=sub)
        self._reports.evidence.set_open_time(door, seconds)

    async def read_open_times(self) -> None:
        """Learn for how long the doors open by themselves; not those of the devices behind this one."""
        every = self._reports.info.doors.items()
        doors = [door for door, info in every if not info.sub_device]
        names = [f"Door{door}Drivertime" for door in doors]
        options = parse_options(await self._queue.query(commands.get_options(names)))
        for door, name in zip(doors, names, strict=True):
            text = options.get(name.lower(), "")
            if text.isascii() and text.isdigit() and int(text) <= STAYS_OPEN:
                self._reports.evidence.set_open_time(door, int(text))

    # The rest of the device

    async def set_aux_output(
        self, output: int, *, on: bool, seconds: int | None
    ) -> None:
        """Switch an auxiliary output."""
        count = self._reports.info.aux_outputs
        if not 1 <= output <= count:
            raise InvalidValue("output", f"must be from 1 to {count}")
        duration = on if seconds is None or not on else seconds
        await self._run(control.aux_output(output, duration))
        self._reports.evidence.output_set(
            output,
            on=on,
            seconds=seconds if on else None,
            now=self._clock.monotonic(),
        )

    async def cancel_alarms(self) -> None:
        """Silence every alarm."""
        await self._everywhere(control.cancel_alarm(), lambda _machine: None)

    async def restart(self) -> None:
        """Restart the device."""
        await self._run(control.restart())

    async def reset_counters(self) -> None:
        """Set a turnstile's counters to zero."""
        await self._run(control.reset_counter(control.Counter.ALL))

    async def sync_time(self) -> None:
        """Set the device's clock to ours."""
        local = self._clock.now().replace(tzinfo=None)
        await self._queue.run(commands.set_time(local))
        now = self._clock.now()
        self._reports.device_clock.measure(now.replace(tzinfo=None), now)
