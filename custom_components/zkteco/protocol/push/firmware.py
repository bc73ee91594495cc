"""New firmware on its way to a device: the device is told that it is there, and then fetches it.

Lives here: one delivery at a time, for as long as it lasts. Not here: the texts (`upgrade`), whose firmware it is. Nothing
is served but the file that was given here, to the device that it was given for, whatever address the device asks for.
"""

import asyncio
from datetime import datetime
from typing import Final

from ..errors import InvalidValue
from .messages import Request, Response
from .queue import CommandQueue
from .upgrade import Firmware, Method, as_sent, part, upgrade

INSTALL_SECONDS: Final = 1800.0
"""For a device to fetch the file and to say what became of it."""
_URL: Final = "/iclock/file?SN={serial}&url=emfw.cfg"
"""From the root of the server, whose address the device knows."""


class FirmwareDelivery:
    """The firmware of one device."""

    def __init__(self, serial: str, queue: CommandQueue) -> None:
        """There is nothing to fetch."""
        self._serial = serial
        self._queue = queue
        self._delivering = asyncio.Lock()
        self._content: bytes | None = None
        """What the device may fetch now, as it travels."""

    async def deliver(self, image: bytes, *, in_parts: bool) -> None:
        """Have a device fetch and install a file; returns when it says that it did.

        `in_parts` is for devices that can ask for a part at a time; others get all of it as Base64, the form that every
        device knows. Raises InvalidValue, CommandRefused, DidNotAsk, OutcomeUnknown.
        """
        if self._delivering.locked():
            raise InvalidValue("firmware", "one installation at a time")
        async with self._delivering:
            method = Method.IN_PARTS if in_parts else Method.ENCODED
            # Megabytes take their time.
            command, prepared = await asyncio.to_thread(self._prepare, method, image)
            self._content = prepared
            try:
                await self._queue.run(command, seconds=INSTALL_SECONDS)
            finally:
                self._content = None

    def _prepare(self, method: Method, image: bytes) -> tuple[str, bytes]:
        """Return what the device is told about a file, and what it then fetches."""
        url = _URL.format(serial=self._serial)
        return upgrade(method, Firmware.of(image), url), as_sent(method, image)

    def answer(self, request: Request, now: datetime) -> Response:
        """Return what a device gets that asks for a file."""
        if self._content is None:
            return Response.refused(now)
        found = part(self._content, request.headers.get("range"))
        return Response.file(found.status, found.body, found.content_range, now)
