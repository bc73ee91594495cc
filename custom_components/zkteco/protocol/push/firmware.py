"""New firmware on its way to a device: the device is told that it is there, and then fetches it.

Lives here: one delivery at a time, for as long as it lasts. Not here: the texts (`upgrade`), whose firmware it is. Nothing
is served but the file that was given here, to the device that it was given for, whatever address the device asks for.
"""

from datetime import datetime
from typing import Final

from ..errors import InvalidValue
from .messages import Request, Response
from .queue import CommandQueue
from .upgrade import Firmware, Method, part, upgrade

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
        self._waiting: tuple[Method, bytes] | None = None

    async def deliver(self, image: bytes, *, in_parts: bool) -> None:
        """Have a device fetch and install a file; returns when it says that it did.

        `in_parts` is for devices that can ask for a part at a time; others get all of it as Base64, the form that every
        device knows. Raises InvalidValue, CommandRefused, DidNotAsk, OutcomeUnknown.
        """
        if self._waiting is not None:
            raise InvalidValue("firmware", "one installation at a time")
        method = Method.IN_PARTS if in_parts else Method.ENCODED
        command = upgrade(method, Firmware.of(image), _URL.format(serial=self._serial))
        self._waiting = method, image
        try:
            await self._queue.run(command, seconds=INSTALL_SECONDS)
        finally:
            self._waiting = None

    def answer(self, request: Request, now: datetime) -> Response:
        """Return what a device gets that asks for a file."""
        if self._waiting is None:
            return Response.refused(now)
        method, image = self._waiting
        found = part(method, image, request.headers.get("range"))
        return Response.file(found.status, found.body, found.content_range, now)
