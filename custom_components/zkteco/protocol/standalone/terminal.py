"""A standalone terminal as an `AccessDevice`: its verbs.

Lives here: what a terminal can be asked to do, and how each verb is verified. Not here: the connection and recovery
(`monitor`), sockets (`client`). Door commands are sent at most once.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import override

from ..device import AccessDevice, Clock, Json
from ..errors import CannotConnect
from ..model import AccessEvent, Capability, PanelInfo, PanelState
from .client import Transport


class UnlockUnit(StrEnum):
    """What the number in an unlock command counts, which differs by model."""

    TENTHS = "tenths"
    SECONDS = "seconds"


async def identify(
    host: str, port: int, key: str, transport: Transport, *, clock: Clock
) -> tuple[PanelInfo, Transport]:
    """Connect, ask a terminal who it is, and say goodbye; also return the transport that worked.

    Raises CannotConnect, LoginLocked, WrongPassword (the key), SecureFirmware, WrongFamily, MalformedReply, or
    InvalidValue for a key that no terminal has.
    """
    raise CannotConnect("not built yet")


class Terminal(AccessDevice):
    """One terminal, with one door."""

    def __init__(
        self,
        host: str,
        port: int,
        key: str,
        *,
        transport: Transport,
        clock: Clock,
        zone: tzinfo | None = None,
        unlock_unit: UnlockUnit = UnlockUnit.TENTHS,
        has_contact: bool = False,
        doorbell_key: int | None = None,
        memory: Mapping[str, Json] | None = None,
    ) -> None:
        """Take over from the owner what the terminal cannot tell.

        `zone` is its time zone if it is not the home's, `has_contact` whether a door sensor is fitted, `doorbell_key`
        which of its keys rings a bell. `memory` is what the property of that name returned before a restart.
        """
        super().__init__()

    @property
    @override
    def info(self) -> PanelInfo:
        raise NotImplementedError

    @property
    @override
    def capabilities(self) -> Capability:
        raise NotImplementedError

    @property
    @override
    def state(self) -> PanelState:
        raise NotImplementedError

    @property
    @override
    def memory(self) -> dict[str, Json]:
        raise NotImplementedError

    @override
    async def start(self) -> None:
        raise NotImplementedError

    @override
    async def stop(self) -> None:
        raise NotImplementedError

    @override
    def diagnostics(self) -> dict[str, Json]:
        raise NotImplementedError

    @override
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        raise NotImplementedError

    @override
    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        raise NotImplementedError
