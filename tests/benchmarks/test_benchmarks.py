"""The benchmarks run, and measure what they say. How fast is nobody's business here."""

from collections.abc import AsyncGenerator

import pytest

from custom_components.zkteco.protocol.c3.frame import Command
from custom_components.zkteco.protocol.standalone.connection import Transport

from . import codecs, idle, latency, people, push_load, terminals
from .__main__ import table
from .panel_process import PanelProcess, simulated_panel, simulated_terminal

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(autouse=True)
def disable_http_server() -> None:
    """Let web servers run, on loopback: other tests do without."""


@pytest.fixture
async def panel() -> AsyncGenerator[PanelProcess]:
    """Return a simulated panel in a process of its own."""
    async with simulated_panel() as process:
        yield process


@pytest.mark.parametrize(
    "connect", [latency.protocol_place, latency.home_place], ids=["protocol", "home"]
)
async def test_latency(panel: PanelProcess, connect: latency.Connect) -> None:
    """A command reaches the relay before the state shows it, and an event arrives."""
    async with connect(panel.port) as place:
        (unlocking,) = await latency.unlock_latency(place, samples=1)
        (event,) = await latency.event_latency(panel, place.watch, samples=1, pause=0)
    assert unlocking.confirmed > 0
    assert unlocking.shown > 0
    assert event > 0


async def test_push_latency() -> None:
    """A command waits for the device's next poll, an event does not."""
    async with latency.push_place() as (place, device):
        (unlocking,) = await latency.unlock_latency(place, samples=1)
        (event,) = await latency.event_latency(device, place.watch, samples=1, pause=0)
    assert unlocking.confirmed > 0
    assert unlocking.shown > 0
    assert event > 0


async def test_push_uploads() -> None:
    """Every server takes every event, or this fails."""
    rates = await push_load.upload_rates(devices=2, each=2)
    assert rates.bare > 0
    assert rates.home > 0
    assert rates.listener > 0


async def test_push_crowd() -> None:
    """Devices poll, and timers are never early."""
    crowd = await push_load.crowd(devices=2, seconds=2)
    assert crowd.polls > 0
    assert crowd.processor > 0
    assert 0 <= crowd.lags[0] <= crowd.lags[-1]
    assert crowd.quiet_lags


async def test_idle_poll(panel: PanelProcess) -> None:
    """A poll costs time, an empty request and one 16-byte record."""
    assert await idle.poll_seconds(panel, polls=1) > 0
    assert await idle.peer_poll_seconds(panel, polls=1) > 0
    # Session bytes make 4 of both; the record is the status of an idle panel.
    assert await idle.poll_bytes(panel, polls=2) == idle.Traffic(8 + 4, 8 + 4 + 16)


async def test_codecs() -> None:
    """Both clients come to the same answers."""
    results = await codecs.compare(number=1)
    assert len(results) == len(codecs.JOBS)
    assert all(result.agree for result in results)


async def test_terminal_log() -> None:
    """Who keeps nothing of a log needs less memory, and the other client reads the same rows."""
    (readings,) = await terminals.read_logs(10_000, Transport.UDP, repeats=1)
    assert readings.counted.peak * 2 < readings.kept.peak
    assert readings.counted.seconds > 0
    assert readings.peer
    rows = {r.rows for r in (readings.counted, readings.kept, readings.peer)}
    assert rows == {10_000}


@pytest.mark.parametrize(
    "listen",
    [terminals.protocol_ear, terminals.home_ear, terminals.peer_ear],
    ids=["protocol", "home", "peer"],
)
async def test_terminal_event(listen: terminals.Listen) -> None:
    """Nobody hears of a finger before it was there."""
    latencies = await terminals.event_latency(listen, samples=2)
    assert len(latencies) == 2
    assert min(latencies) > 0


async def test_idle_terminal() -> None:
    """Silence costs time."""
    async with simulated_terminal() as terminal:
        assert await terminals.idle_seconds(terminal, minutes=1) > 0
        assert await terminals.peer_idle_seconds(terminal, minutes=1) > 0


async def test_terminal_codecs() -> None:
    """Both clients come to the same answers."""
    results = await terminals.compare(number=1)
    assert len(results) == len(terminals.JOBS)
    assert all(result.agree for result in results)


async def test_people() -> None:
    """Users come to every panel once; the second time, nothing is written, and no user is asked for alone."""
    syncs = await people.sync_users(30)
    everywhere = 30 * len(people.SERIALS)
    assert (syncs.first.added, syncs.first.unchanged) == (everywhere, 0)
    assert (syncs.second.added, syncs.second.unchanged) == (0, everywhere)
    assert (syncs.busy.added, syncs.busy.unchanged) == (everywhere, 0)
    for first, second in zip(syncs.first.requests, syncs.second.requests, strict=True):
        assert first[Command.WRITE_ROWS] >= 1
        assert second[Command.WRITE_ROWS] == second[Command.DELETE_ROWS] == 0
        assert 1 <= second[Command.READ_ROWS] < first[Command.READ_ROWS] < 30
    assert min(syncs.waits) > 0
    assert syncs.peak > 0


def test_table() -> None:
    """Columns stand below each other."""
    head, line, *rows = table([("Idle poll", "9 us", "2.0 x"), ("Event", "10 us", "")])
    assert head.index("How much") == line.index("-  -") + 3
    assert [
        row.index(value) for row, value in zip(rows, ("9 us", "10 us"), strict=True)
    ] == [11, 11]
