"""The users of a list brought to four panels at once: how long, with how many requests, in how much memory.

Lives here: what is measured, through the action in a Home Assistant, and how others fare meanwhile: whoever opens a
door, and everything else that the event loop serves. Not here: what the numbers ought to be.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
import json
import time
import tracemalloc

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.const import CONF_KIND, DOMAIN, Kind
from custom_components.zkteco.people_fields import CONFIRMATION
from custom_components.zkteco.protocol.c3.frame import Command
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.json import JsonValueType

from .home import HOST, add, home
from .panel_process import PATIENCE_SECONDS, PanelProcess, simulated_panel

SERIALS = tuple(f"DGD919001905033513{number}" for number in range(4))
DOOR = 1
OTHERS = (Command.RTLOG, Command.CONTROL)
"""What is not asked about people."""
TICK_SECONDS = 0.005
PAUSE_SECONDS = 0.25
"""Between two doors that somebody opens: each panel has a turn every second."""
QUIET_SECONDS = 1.5
"""When a panel was asked nothing for so long, names and counts have been read again."""

type People = list[dict[str, JsonValueType]]


def people(count: int) -> People:
    """Return so many users for the action, each with everything that a panel keeps."""
    return [
        {
            "user_id": str(1001 + number),
            "user_name": f"Person {number}",
            "card": str(5_000_000 + number),
            "pin_code": f"{number:06}",
            "valid_from": "2026-01-01",
            "valid_until": "2027-12-31",
            "doors": "all",
        }
        for number in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Sync:
    """One call of the action."""

    seconds: float
    requests: Sequence[Counter[Command]]
    """How many each panel got, by command, without `OTHERS`."""
    added: int
    unchanged: int
    """Users, on all panels together."""
    late: float
    """By how many seconds a timer of Home Assistant's event loop was late at most."""


@dataclass(frozen=True, slots=True)
class Syncs:
    """The same users brought to the same panels."""

    first: Sync
    """To panels without users."""
    second: Sync
    """To panels that have just these users."""
    busy: Sync
    """As the first, while somebody opens doors."""
    waits: Sequence[float]
    """How long that took for each door, in seconds."""
    peak: int
    """The most bytes that Python objects took at once during such a sync, beyond what there was before."""


class Site:
    """Four panels in a Home Assistant of their own."""

    def __init__(self, hass: HomeAssistant, panels: Sequence[PanelProcess]) -> None:
        """Find the devices and locks of the panels."""
        self._hass = hass
        self._panels = panels
        entities = er.async_get(hass)
        entries = hass.config_entries.async_loaded_entries(DOMAIN)
        self._devices = [entry.runtime_data.panel_device_id for entry in entries]
        self._locks = [
            entities.async_get_entity_id("lock", DOMAIN, f"{serial}-door-{DOOR}-lock")
            for serial in SERIALS
        ]

    async def sync(self, users: People) -> Sync:
        """Bring users to the panels. Raises RuntimeError when one of them did not get there."""
        before = await self._requests()
        data = {ATTR_DEVICE_ID: self._devices, "users": users}
        async with _lateness() as late:
            started = time.monotonic()
            response = await self._hass.services.async_call(
                DOMAIN, "sync_users", data, blocking=True, return_response=True
            )
            seconds = time.monotonic() - started
        after = await self._requests()
        assert response
        added = unchanged = 0
        for result in response.values():
            assert isinstance(result, dict)
            if trouble := result.get("skipped", result) or result["failed"]:
                raise RuntimeError(str(trouble)[:200])
            assert isinstance(result["added"], list)
            assert isinstance(result["unchanged"], int)
            added += len(result["added"])
            unchanged += result["unchanged"]
        requests = [now - then for now, then in zip(after, before, strict=True)]
        return Sync(seconds, requests, added, unchanged, max(late))

    async def clear(self) -> None:
        """Delete the users of every panel."""
        for device in self._devices:
            await self._hass.services.async_call(
                DOMAIN,
                "clear_users",
                {ATTR_DEVICE_ID: device, "confirm": CONFIRMATION},
                blocking=True,
            )
        await self.quiet()

    async def open_doors(self, until: asyncio.Event) -> list[float]:
        """Open a door of each panel in turn, again and again; return how long each took, in seconds."""
        waits = []
        for lock in cycle(self._locks):
            if until.is_set():
                break
            started = time.monotonic()
            await self._hass.services.async_call(
                DOMAIN, "open_door", {ATTR_ENTITY_ID: lock}, blocking=True
            )
            waits.append(time.monotonic() - started)
            await asyncio.sleep(PAUSE_SECONDS)
        return waits

    async def quiet(self) -> None:
        """Wait until the panels are asked nothing any more."""
        before: list[Counter[Command]] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (now := await self._requests()) != before:
                before = now
                await asyncio.sleep(QUIET_SECONDS)

    async def _requests(self) -> list[Counter[Command]]:
        """Return how many requests each panel got so far."""
        answers = [json.loads(await panel.ask("requests")) for panel in self._panels]
        return [
            Counter(
                {
                    command: answer[str(int(command))]
                    for command in Command
                    if str(int(command)) in answer and command not in OTHERS
                }
            )
            for answer in answers
        ]


@asynccontextmanager
async def site() -> AsyncGenerator[Site]:
    """Set four panels up."""
    async with home() as hass, AsyncExitStack() as stack:
        panels = [
            await stack.enter_async_context(simulated_panel("--serial", serial))
            for serial in SERIALS
        ]
        for serial, panel in zip(SERIALS, panels, strict=True):
            data = {CONF_KIND: Kind.C3, CONF_HOST: HOST, CONF_PORT: panel.port}
            entry = MockConfigEntry(
                domain=DOMAIN, title=serial, unique_id=serial, data=data
            )
            await add(hass, entry)
        yield Site(hass, panels)
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)


async def sync_users(count: int) -> Syncs:
    """Bring so many users to the panels: twice, while doors are opened, and while memory is watched."""
    users = people(count)
    async with site() as place:
        await place.clear()
        first = await place.sync(users)
        await place.quiet()
        second = await place.sync(users)
        await place.clear()
        done = asyncio.Event()
        someone = asyncio.create_task(place.open_doors(done))
        try:
            busy = await place.sync(users)
        finally:
            done.set()
            waits = await someone
        await place.clear()
        # Watching memory takes more time than what is watched.
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        await place.sync(users)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return Syncs(first, second, busy, waits, peak - before)


@asynccontextmanager
async def _lateness() -> AsyncGenerator[list[float]]:
    """Yield by how much timers of this event loop are late, meanwhile."""
    found = [0.0]

    async def tick() -> None:
        while True:
            started = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)
            found.append(time.monotonic() - started - TICK_SECONDS)

    ticking = asyncio.create_task(tick())
    try:
        yield found
    finally:
        # One more, which ends after what is measured.
        await asyncio.sleep(2 * TICK_SECONDS)
        ticking.cancel()
