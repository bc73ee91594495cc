"""Measures everything and prints one table: `python -m tests.benchmarks [--quick]`.

Lives here: how much is measured, and the table. Not here: the measurements.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

from custom_components.zkteco.protocol.c3.frame import Command
from custom_components.zkteco.protocol.standalone.connection import Transport

from . import codecs, idle, latency, people, push_load, terminals
from .panel_process import PanelProcess, simulated_panel, simulated_terminal

type Row = tuple[str, str, str]

LOGS = (1_000, 10_000, 100_000)
"""Records in a terminal; many cannot hold more."""
BUSY, QUIET = 0.3, 6.0
"""Seconds between two events: within the fast polls after an event, and beyond them."""

REQUESTS = {
    Command.WRITE_ROWS: "writes",
    Command.DELETE_ROWS: "deletes",
    Command.READ_ROWS: "reads",
    Command.READ_PART: "parts of them",
    Command.COUNT_ROWS: "counts",
}

PEER, TERMINAL_PEER, BARE = "zkaccess-c3", "pyzk", "bare aiohttp"


async def measure(
    *,
    few: int,
    some: int,
    many: int,
    devices: int,
    seconds: float,
    logs: Sequence[int],
    users: int,
) -> list[Row]:
    """Measure, with so many samples of what takes seconds, milliseconds, microseconds.

    `devices` poll for `seconds`; `logs` of so many records are read; so many `users` are
    brought to four panels.
    """
    return [
        *await _panel(few=few, some=some, many=many),
        *await _push_latencies(few=few, some=some),
        *await _push_uploads(),
        *await _push_crowd(devices, seconds),
        *await _terminal_logs(logs, repeats=few),
        *await _terminal_events(samples=some * 6),
        *await _terminal_work(many=many),
        *await _people(users),
    ]


async def _panel(*, few: int, some: int, many: int) -> list[Row]:
    """Measure a C3 panel."""
    rows: list[Row] = []
    async with simulated_panel() as panel:
        for name, connect in (
            ("protocol", latency.protocol_place),
            ("Home Assistant", latency.home_place),
        ):
            async with connect(panel.port) as place:
                rows += await _latencies(name, panel, place, few=few, some=some)
        ours = await idle.poll_seconds(panel, polls=many)
        theirs = await idle.peer_poll_seconds(panel, polls=many)
        traffic = await idle.poll_bytes(panel, polls=some)
    rows.append(
        (
            "Idle poll, processor",
            f"{ours * 1e6:.0f} us, {ours:.3%} of one core at one poll a second",
            _ratio(theirs / ours, PEER),
        )
    )
    sizes = f"{traffic.sent} bytes sent, {traffic.received} received"
    rows.append(("Idle poll, traffic", sizes, ""))
    rows.extend(
        (
            result.job,
            f"{result.ours * 1e6:.1f} us",
            _ratio(result.theirs / result.ours, PEER),
        )
        for result in await codecs.compare(number=many // 10)
    )
    return rows


async def _latencies(
    name: str, panel: PanelProcess, place: latency.Place, *, few: int, some: int
) -> list[Row]:
    """Measure what a person waits for in one place."""
    unlocked = await latency.unlock_latency(place, samples=some)
    busy = await latency.event_latency(panel, place.watch, samples=some, pause=BUSY)
    quiet = await latency.event_latency(panel, place.watch, samples=few, pause=QUIET)
    return [
        (f"Command to relay, {name}", _spread([u.confirmed for u in unlocked]), ""),
        (f"Command to lock state, {name}", _spread([u.shown for u in unlocked]), ""),
        (f"Event to state while busy, {name}", _spread(busy), ""),
        (f"Event to state after silence, {name}", _spread(quiet), ""),
    ]


async def _push_latencies(*, few: int, some: int) -> list[Row]:
    """Measure what a person waits for at a PUSH device, which polls each second."""
    async with latency.push_place() as (place, device):
        unlocked = await latency.unlock_latency(place, samples=few, pause=1)
        events = await latency.event_latency(
            device, place.watch, samples=some, pause=BUSY
        )
    return [
        ("Command to answer, PUSH", _spread([u.confirmed for u in unlocked]), ""),
        ("Command to lock state, PUSH", _spread([u.shown for u in unlocked]), ""),
        ("Event to state, PUSH", _spread(events), ""),
    ]


async def _push_uploads() -> list[Row]:
    """Measure how many events a home takes from eight PUSH devices."""
    # Both times together are less than what one device may send at once.
    rates = await push_load.upload_rates(devices=8, each=200)
    return [
        (f"Uploads, {name}", f"{rate:.0f} a second", _ratio(rate / rates.bare, BARE))
        for name, rate in (
            ("Home Assistant", rates.home),
            ("port for devices", rates.listener),
            ("no work at all", rates.bare),
        )
    ]


async def _push_crowd(devices: int, seconds: float) -> list[Row]:
    """Measure what many PUSH devices cost while nothing happens."""
    crowd = await push_load.crowd(devices=devices, seconds=seconds)
    load = f"{crowd.polls:.0f} polls a second, {crowd.processor:.0%} of one core"
    return [
        (f"{devices} PUSH devices", load, ""),
        ("Event loop late, with them", _spread(crowd.lags, 0.5, 0.95, 0.99, 1), ""),
        ("Event loop late, before", _spread(crowd.quiet_lags, 0.5, 0.95, 0.99, 1), ""),
    ]


async def _terminal_logs(sizes: Sequence[int], *, repeats: int) -> list[Row]:
    """Measure how a terminal's log is read."""
    rows: list[Row] = []
    for size in sizes:
        # The larger the log, the less a moment's disturbance matters, and the longer the other client takes.
        times = max(1, min(repeats, 30_000 // size))
        transports = (Transport.UDP, Transport.TCP)
        found = await terminals.read_logs(size, *transports, repeats=times)
        for transport, readings in zip(transports, found, strict=True):
            ours, kept, peer = readings.counted, readings.kept, readings.peer
            complete = {size} == {r.rows for r in (ours, kept, peer) if r}
            name = f"{size:,} records, {transport.upper()}"
            note = "" if complete else ", INCOMPLETE"
            rows += [
                (
                    f"Read {name}",
                    f"{ours.seconds * 1e3:.0f} ms, keeping all {kept.seconds * 1e3:.0f} ms{note}",
                    _ratio(peer.seconds / kept.seconds, TERMINAL_PEER)
                    if peer
                    else f"{TERMINAL_PEER} cannot: packets meet",
                ),
                (
                    f"Memory for {name}",
                    f"{ours.peak / 1e6:.2f} MB, keeping all {kept.peak / 1e6:.2f} MB",
                    f"{TERMINAL_PEER} takes {peer.peak / 1e6:.2f} MB" if peer else "",
                ),
            ]
    return rows


async def _terminal_events(*, samples: int) -> list[Row]:
    """Measure how soon it is known who enters."""
    return [
        (
            f"Terminal's event, {name}",
            _spread(await terminals.event_latency(ear, samples=samples), 0.5, 0.99),
            "",
        )
        for name, ear in (
            ("protocol", terminals.protocol_ear),
            ("Home Assistant", terminals.home_ear),
            (TERMINAL_PEER, terminals.peer_ear),
        )
    ]


async def _terminal_work(*, many: int) -> list[Row]:
    """Measure what a terminal costs while nothing happens, and what its bytes cost."""
    async with simulated_terminal() as terminal:
        ours = await terminals.idle_seconds(terminal, minutes=many // 4)
        theirs = await terminals.peer_idle_seconds(terminal, minutes=many // 4)
    return [
        (
            "Idle terminal, processor",
            f"{ours * 1e6:.0f} us a minute",
            _ratio(theirs / ours, TERMINAL_PEER),
        ),
        *(
            (
                result.job,
                f"{result.ours * 1e6:.1f} us",
                _ratio(result.theirs / result.ours, TERMINAL_PEER),
            )
            for result in await terminals.compare(number=max(many // 100, 1))
        ),
    ]


async def _people(users: int) -> list[Row]:
    """Measure how users are brought to several panels."""
    found = await people.sync_users(users)
    name = f"{users:,} users to {len(people.SERIALS)} panels"
    rows: list[Row] = []
    for what, sync in (
        (f"Sync {name}", found.first),
        ("Same again, nothing to change", found.second),
        ("Same while doors are opened", found.busy),
    ):
        # All panels got the same, unless a door command went first.
        most = max(sync.requests, key=Counter.total)
        told = ", ".join(
            f"{most[command]} {words}"
            for command, words in REQUESTS.items()
            if most[command]
        )
        rows += [
            (
                what,
                f"{sync.seconds:.2f} s, event loop late {_spread([sync.late], 1)}",
                "",
            ),
            ("  Requests to one panel", told, ""),
        ]
    return [
        *rows,
        ("Command to answer, meanwhile", _spread(found.waits, 0.5, 1), ""),
        (
            f"Memory for {name}",
            f"{found.peak / 1e6:.1f} MB, {found.peak / users / 1e3:.2f} MB per 1,000 users",
            "",
        ),
    ]


def _spread(seconds: Sequence[float], *shares: float) -> str:
    """Return percentiles in milliseconds, by default the median and the 95th."""
    ordered = sorted(seconds)
    words = {0.5: "median", 1: "at most"}
    return ", ".join(
        f"{words.get(share, f'{share:.0%} within')}"
        f" {ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3:.1f} ms"
        for share in shares or (0.5, 0.95)
    )


def _ratio(ratio: float, other: str) -> str:
    """Return our speed as a multiple of another program's."""
    return f"{ratio:.2g} x {other}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table."""
    head: Row = ("What", "How much", "Speed next to others")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, tuple("-" * width for width in widths), *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure speed and cost.")
    parser.add_argument("--quick", action="store_true", help="with fewer samples")
    quick: bool = parser.parse_args().quick
    rows = asyncio.run(
        measure(
            few=2, some=10, many=200, devices=20, seconds=3, logs=LOGS[:2], users=200
        )
        if quick
        else measure(
            few=5, some=30, many=2000, devices=200, seconds=15, logs=LOGS, users=10_000
        )
    )
    for line in table(rows):
        print(line)


if __name__ == "__main__":
    main()
