"""Keeping up with a device that we call: the loop around it, and its life from start to stop.

Lives here: what is the same for every such device. Not here: what is asked, when, and how failures count (each protocol's
`monitor`).
"""

from abc import ABC, abstractmethod
import asyncio
from contextlib import suppress
import logging

from .device import Clock
from .errors import DeviceError, MalformedReply

_LOGGER = logging.getLogger(__name__)

GOODBYE_SECONDS = 5.0


class Keeper(ABC):
    """A loop that takes one step after another until it is stopped. Nothing that a device sends ends it."""

    def __init__(self, clock: Clock, name: str) -> None:
        """`name` is for people who debug."""
        self._clock = clock
        self._name = name
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._wake = asyncio.Event()
        """Ends the pause."""

    @abstractmethod
    async def _connect(self) -> None:
        """Open the connection, and learn what the device is and how it is. Raises DeviceError."""

    @abstractmethod
    async def _close(self) -> None:
        """Close the connection. Never raises."""

    @abstractmethod
    def _pause(self) -> float:
        """Return the seconds until the next step."""

    @abstractmethod
    async def _step(self) -> None:
        """Do what is due. Raises DeviceError."""

    @abstractmethod
    async def _failed(self, err: DeviceError) -> None:
        """Take over that a step failed."""

    @abstractmethod
    def publish(self) -> None:
        """Tell the state when it changed."""

    async def start(self) -> None:
        """Connect, read the first state, and go on."""
        try:
            await self._connect()
        except BaseException:
            await self._close()
            raise
        self.publish()
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Let the request in flight end, so that the device can be left politely."""
        if self._task is not None:
            self._stopping = True
            self._wake.set()
            _, unfinished = await asyncio.wait({self._task}, timeout=GOODBYE_SECONDS)
            for task in unfinished:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            self._task = None
        await self._close()

    async def _run(self) -> None:
        """Take steps until stopped."""
        while True:
            await self._clock.wait(self._pause(), self._wake)
            self._wake.clear()
            if self._stopping:
                return
            try:
                await self._step()
            except DeviceError as err:
                await self._failed(err)
            except Exception:
                _LOGGER.exception("Unexpected failure of the %s", self._name)
                await self._failed(MalformedReply("unexpected failure"))
            self.publish()
