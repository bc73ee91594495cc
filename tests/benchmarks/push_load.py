"""How much a home with PUSH devices carries: uploads per second, and a crowd that polls.

Lives here: the measurements and the bare server that uploads are compared with. Not here: those who load
(`push_clients`), latency.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time

from aiohttp import web

from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.hub import DATA_HUB
from custom_components.zkteco.listener import Listener
from homeassistant.core import Event, HomeAssistant, callback
from tests.push_calls import push_entry

from .home import HOST, add, home, serve
from .panel_process import PATIENCE_SECONDS, Simulator, running

CLIENTS = "tests.benchmarks.push_clients"
WARM_UP = 5
TICK_SECONDS = 0.005
INTRODUCED_POLLS = 6
"""By then a device has answered what it is asked at first."""


def serials(count: int) -> list[str]:
    """Return serial numbers for so many devices."""
    return [f"{7001200100000 + number}" for number in range(count)]


@asynccontextmanager
async def bare_server() -> AsyncGenerator[int]:
    """Run an aiohttp server that reads the body and does nothing with it; yields its port."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="OK")

    app = web.Application()
    app.router.add_route("*", "/iclock/{rest:.*}", answer)
    # As Home Assistant runs its own.
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Rates:
    """Uploads of one event, per second."""

    bare: float
    """By a server that does nothing."""
    home: float
    """Through Home Assistant's web server, up to the event entity and the bus."""
    listener: float
    """The same through the port for devices."""


async def upload_rates(*, devices: int, each: int) -> Rates:
    """Upload `each` events of so many devices at once, to three servers in turn."""
    known = serials(devices)
    async with home() as hass, bare_server() as bare:
        port = await serve(hass)
        await add(hass, *map(push_entry, known))
        hub = hass.data[DATA_HUB]
        listener = Listener(hub.async_answer, hub.clock.now)
        await listener.start(HOST, 0)
        zone = hass.config.time_zone
        news: list[str] = []

        @callback
        def told(event: Event) -> None:
            if not event.data["late"]:
                news.append(event.data["type"])

        hass.bus.async_listen(EVENT_ZKTECO, told)
        try:
            # The first time counts for nobody: connections, caches, entities.
            for number, warm in enumerate((port, listener.port, bare)):
                await _rate(warm, known, zone, 1 + number * WARM_UP, WARM_UP)
            start = 1 + 3 * WARM_UP
            rates = Rates(
                bare=await _rate(bare, known, zone, start, each),
                home=await _rate(port, known, zone, start, each),
                listener=await _rate(listener.port, known, zone, start + each, each),
            )
            if len(news) != devices * 2 * (WARM_UP + each):
                raise RuntimeError("events got lost")
            return rates
        finally:
            await listener.stop()


async def _rate(
    port: int, known: Sequence[str], zone: str, first: int, each: int
) -> float:
    """Return how many uploads a server took in a second. Raises RuntimeError when it refused one."""
    arguments = ("upload", str(port), ",".join(known), str(first), str(each))
    async with running(CLIENTS, *arguments, TZ=zone) as process:
        seconds = float(await Simulator(process).says())
    return len(known) * each / seconds


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many devices that poll each second."""

    polls: float
    """How many polls came in a second."""
    lags: Sequence[float]
    """By how many seconds a timer of Home Assistant's event loop was late, again and again, in ascending order."""
    processor: float
    """Share of one core that Home Assistant used."""
    quiet_lags: Sequence[float]
    """The same before the first device called."""


async def crowd(*, devices: int, seconds: float) -> Crowd:
    """Let so many simulated devices poll for so long, once all are connected and have told what they had to."""
    known = serials(devices)
    async with home() as hass:
        port = await serve(hass)
        await add(hass, *map(push_entry, known))
        quiet = await _lags(seconds)
        arguments = ("poll", str(port), ",".join(known))
        async with running(CLIENTS, *arguments, TZ=hass.config.time_zone) as process:
            await Simulator(process).says()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while min(_each_polls(hass)) < INTRODUCED_POLLS:
                    await asyncio.sleep(0.1)
            before, used, started = _polls(hass), time.process_time(), time.monotonic()
            lags = await _lags(seconds)
            elapsed = time.monotonic() - started
            found = Crowd(
                polls=(_polls(hass) - before) / elapsed,
                lags=lags,
                processor=(time.process_time() - used) / elapsed,
                quiet_lags=quiet,
            )
    return found


def _each_polls(hass: HomeAssistant) -> list[int]:
    """Return how many polls each device has made."""
    described = [
        entry.runtime_data.device.diagnostics()
        for entry in hass.config_entries.async_entries(DOMAIN)
    ]
    return [device["session"]["requests"].get("getrequest", 0) for device in described]


def _polls(hass: HomeAssistant) -> int:
    """Return how many polls all devices have made."""
    return sum(_each_polls(hass))


async def _lags(seconds: float) -> Sequence[float]:
    """Return by how much timers of this event loop are late."""
    found = []
    end = time.monotonic() + seconds
    while (started := time.monotonic()) < end:
        await asyncio.sleep(TICK_SECONDS)
        found.append(time.monotonic() - started - TICK_SECONDS)
    return sorted(found)
