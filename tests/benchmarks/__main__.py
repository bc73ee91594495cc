"""Measures everything and prints one table: `python -m tests.benchmarks [--quick]`.

Lives here: how much is measured, and the table. Not here: the measurements.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence

from . import codecs, idle, latency
from .panel_process import PanelProcess, simulated_panel

type Row = tuple[str, str, str]

BUSY, QUIET = 0.3, 6.0
"""Seconds between two events: within the fast polls after an event, and beyond them."""


async def measure(*, few: int, some: int, many: int) -> list[Row]:
    """Measure, with so many samples of what takes seconds, milliseconds, microseconds."""
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
            _ratio(theirs, ours),
        )
    )
    sizes = f"{traffic.sent} bytes sent, {traffic.received} received"
    rows.append(("Idle poll, traffic", sizes, ""))
    rows.extend(
        (
            result.job,
            f"{result.ours * 1e6:.1f} us",
            _ratio(result.theirs, result.ours),
        )
        for result in await codecs.compare(number=many)
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


def _spread(seconds: Sequence[float]) -> str:
    """Return median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    median, high = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95))
    return f"median {median * 1e3:.1f} ms, 95 % within {high * 1e3:.1f} ms"


def _ratio(theirs: float, ours: float) -> str:
    """Return our speed as a multiple of the other client's."""
    return f"{theirs / ours:.1f} x"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table."""
    head: Row = ("What", "How much", "Speed next to zkaccess-c3")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, tuple("-" * width for width in widths), *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure speed and cost.")
    parser.add_argument("--quick", action="store_true", help="with fewer samples")
    quick: bool = parser.parse_args().quick
    few, some, many = (2, 10, 200) if quick else (10, 50, 2000)
    for line in table(asyncio.run(measure(few=few, some=some, many=many))):
        print(line)


if __name__ == "__main__":
    main()
