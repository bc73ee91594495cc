"""The devices behind a PUSH device: asking which there are, and letting one take part (Security PUSH 3.1.2 section 5).

Lives here: the order of steps. Not here: their doors (`doors`), what they tell (`records`, `reports`).
"""

import asyncio
from typing import Final

from ..device import Clock
from ..errors import InvalidValue, OutcomeUnknown
from . import commands, control
from .queue import CommandQueue
from .records import Authorization, SubController
from .reports import Reports

_REGISTERS_SECONDS: Final = 30.0
"""How long a sub-controller may take to tell what it is."""


class SubDevices:
    """The sub-controllers of one device. Verbs raise what `CommandQueue.run` raises."""

    def __init__(self, queue: CommandQueue, reports: Reports, clock: Clock) -> None:
        """Keep what they are in `reports`."""
        self._queue = queue
        self._reports = reports
        self._clock = clock
        self._told = asyncio.Event()

    def reported(self, controllers: list[SubController]) -> None:
        """Take over what they are."""
        self._reports.sub_controllers_reported(controllers)
        self._told.set()

    async def ask(self) -> None:
        """Have the table of them uploaded, which is told only when it changes."""
        await self._queue.run(control.sub_devices())

    async def authorize(self, serial: str) -> None:
        """Let a sub-controller register, and then take part. Raises InvalidValue for one that is not known."""
        if serial not in self._reports.info.sub_devices:
            known = ", ".join(self._reports.info.sub_devices) or "none"
            raise InvalidValue("serial number", f"must be one of {known}")
        await self._set(serial, Authorization.IN_PROGRESS)
        until = self._clock.monotonic() + _REGISTERS_SECONDS
        while not self._has_registered(serial):
            if (left := until - self._clock.monotonic()) <= 0:
                raise OutcomeUnknown("the sub-controller did not tell what it is")
            self._told.clear()
            await self._clock.wait(left, self._told)
        await self._set(serial, Authorization.GRANTED)

    def _has_registered(self, serial: str) -> bool:
        """Whether a sub-controller has told how many doors it has."""
        doors = self._reports.info.doors.values()
        return any(door.sub_device == serial for door in doors)

    async def _set(self, serial: str, authorization: Authorization) -> None:
        row: dict[str, commands.Value] = {
            "SN": serial,
            "IsAuthorize": int(authorization),
        }
        await self._queue.run(commands.data_update("DeviceAuthorize", [row]))
