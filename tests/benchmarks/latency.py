"""How long a person waits: from the swipe to the state, from the command to the relay.

Lives here: the two measurements, and the two places where they are taken: the protocol package alone, and a lock and an
event entity of Home Assistant. Not here: what the numbers ought to be.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
import random
import time
from typing import Protocol

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.const import CONF_KIND, DOMAIN, Kind
from custom_components.zkteco.protocol.c3.panel import C3Panel
from custom_components.zkteco.protocol.device import Clock
from custom_components.zkteco.protocol.model import PanelState
from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN, LockState
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_HOST,
    CONF_PORT,
    EVENT_STATE_CHANGED,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from tests.push_calls import push_entry

from .home import HOST, add, home, serve
from .panel_process import Simulator, simulated_device

DOOR = 1
SECONDS = 30
"""How long a door is opened: longer than any measurement, which ends it."""
PATIENCE_SECONDS = 10
SERIAL = "DGD9190019050335134"
_UNLOCKED = {LockState.UNLOCKED: True, LockState.OPEN: True, LockState.LOCKED: False}


@dataclass(eq=False)
class Watch:
    """The state of one door, as one place shows it."""

    unlocked: bool | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _events: int = 0

    def show(self, unlocked: bool | None) -> None:
        """Take over a lock state."""
        self.unlocked = unlocked
        self._changed.set()

    def event(self) -> None:
        """Count an event."""
        self._events += 1
        self._changed.set()

    async def until_unlocked(self, unlocked: bool) -> float:
        """Wait until the lock shows this; return when it did (seconds, monotonic)."""
        return await self._until(lambda: self.unlocked is unlocked)

    async def until_event(self, after: int) -> float:
        """Wait for the next event after so many; return when it came."""
        return await self._until(lambda: self._events > after)

    @property
    def events(self) -> int:
        """How many events were shown so far."""
        return self._events

    async def _until(self, reached: Callable[[], bool]) -> float:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not reached():
                self._changed.clear()
                await self._changed.wait()
        return time.monotonic()


class Place(Protocol):
    """Where something is measured."""

    watch: Watch

    def open_door(self) -> Awaitable[None]:
        """Open the door; done when the panel has confirmed."""

    def release_door(self) -> Awaitable[None]:
        """Lock the door again; done when the panel has confirmed."""


type Connect = Callable[[int], AbstractAsyncContextManager[Place]]


@dataclass(eq=False)
class ProtocolPlace:
    """The protocol package alone."""

    panel: C3Panel
    watch: Watch

    async def open_door(self) -> None:
        """Open the door."""
        await self.panel.open_door(DOOR, SECONDS)

    async def release_door(self) -> None:
        """Lock the door again."""
        await self.panel.release_door(DOOR)


@asynccontextmanager
async def protocol_place(port: int) -> AsyncGenerator[Place]:
    """Connect the protocol package to a panel."""
    panel = C3Panel(HOST, port, "", clock=Clock(UTC))
    watch = Watch()

    def on_state(state: PanelState) -> None:
        locked = state.doors[DOOR].locked
        watch.show(None if locked is None else not locked)

    panel.on_state(on_state)
    panel.on_event(lambda event: watch.event())
    await panel.start()
    try:
        yield ProtocolPlace(panel, watch)
    finally:
        await panel.stop()


@asynccontextmanager
async def home_place(port: int) -> AsyncGenerator[Place]:
    """Set a panel up in a Home Assistant of its own."""
    async with home() as hass:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Panel",
            unique_id=SERIAL,
            data={CONF_KIND: Kind.C3, CONF_HOST: HOST, CONF_PORT: port},
        )
        await add(hass, entry)
        yield door_of(hass, SERIAL)


@asynccontextmanager
async def push_place(seconds: float = 0) -> AsyncGenerator[tuple[Place, Simulator]]:
    """Set a PUSH device up in a Home Assistant of its own, and have it call.

    It has called for `seconds` when it is handed over, because what it tells first may be old.
    """
    async with home() as hass:
        port = await serve(hass)
        await add(hass, push_entry(SERIAL))
        place = door_of(hass, SERIAL)
        async with simulated_device(port, SERIAL, hass.config.time_zone) as device:
            await place.watch.until_unlocked(False)
            await asyncio.sleep(seconds)
            yield place, device


@dataclass(eq=False)
class HomePlace:
    """A lock and an event entity of Home Assistant."""

    call: Callable[[str, str, dict[str, str | int]], Awaitable[object]]
    lock: str
    watch: Watch

    async def open_door(self) -> None:
        """Open the door."""
        target: dict[str, str | int] = {ATTR_ENTITY_ID: self.lock, "seconds": SECONDS}
        await self.call(DOMAIN, "open_door", target)

    async def release_door(self) -> None:
        """Lock the door again."""
        await self.call(LOCK_DOMAIN, "lock", {ATTR_ENTITY_ID: self.lock})


def door_of(hass: HomeAssistant, serial: str) -> HomePlace:
    """Watch the first door of a device."""
    registry = er.async_get(hass)
    door = f"{serial}-door-{DOOR}"
    lock = registry.async_get_entity_id("lock", DOMAIN, f"{door}-lock")
    access = registry.async_get_entity_id("event", DOMAIN, f"{door}-access")
    assert lock
    watch = Watch()

    @callback
    def on_state(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == lock:
            state = event.data["new_state"]
            watch.show(_UNLOCKED.get(state.state) if state else None)
        elif event.data["entity_id"] == access:
            watch.event()

    hass.bus.async_listen(EVENT_STATE_CHANGED, on_state)

    async def call(domain: str, service: str, data: dict[str, str | int]) -> None:
        await hass.services.async_call(domain, service, data, blocking=True)

    return HomePlace(call, lock, watch)


async def event_latency(
    panel: Simulator, watch: Watch, *, samples: int, pause: float
) -> list[float]:
    """Return how long, in seconds, events took from the panel's button to `watch`.

    Before each of them is a pause of `pause` seconds and up to one more, so that it meets the polls at any phase.
    """
    phases = random.Random(1)
    found = []
    for _ in range(samples):
        await asyncio.sleep(pause + phases.random())
        before = watch.events
        pressed = await panel.do(f"exit {DOOR}")
        found.append(await watch.until_event(before) - pressed)
    return found


@dataclass(frozen=True, slots=True)
class Unlocking:
    """How long it took, in seconds from the command, to open a door."""

    confirmed: float
    """Until the panel had switched its relay and said so."""
    shown: float
    """Until the lock showed as unlocked."""


async def unlock_latency(
    place: Place, *, samples: int, pause: float = 0
) -> list[Unlocking]:
    """Open and release the door again and again.

    Before each opening is a pause of up to `pause` seconds, so that it meets a device's polls at any phase.
    """
    phases = random.Random(1)
    found = []
    for _ in range(samples):
        await place.release_door()
        await place.watch.until_unlocked(False)
        await asyncio.sleep(pause * phases.random())
        started = time.monotonic()
        shown = asyncio.create_task(place.watch.until_unlocked(True))
        await place.open_door()
        confirmed = time.monotonic() - started
        found.append(Unlocking(confirmed, await shown - started))
    await place.release_door()
    return found
