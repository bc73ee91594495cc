"""A day in the life of a panel: nothing is left over in the evening."""

import asyncio
import gc
import logging
import socket

import pytest

from tests.simulators.c3_panel import ALICE, BOB, Faults

from .conftest import Home

HOURS = 24
OUTAGES = (3, 15)
"""At these hours. The second must cost nothing that the first has not."""
CARDS = (ALICE.card, BOB.card, 999)


def alive() -> tuple[int, int]:
    """Count the open sockets, and everything else that is not garbage."""
    gc.collect()
    found = gc.get_objects()
    return sum(type(one) is socket.socket for one in found), len(found)


async def an_hour(home: Home, hour: int) -> int:
    """Let people come and go; return how many events that made."""
    before = len(home.panel.transactions)
    for minute, card in enumerate(CARDS):
        home.panel.swipe(1 + minute % 2, card)
        home.panel.open_contact(1 + minute % 2)
        await home.clock.advance(4)
        home.panel.close_contact(1 + minute % 2)
        await home.clock.advance(56)
    if hour in OUTAGES:
        home.panel.faults = Faults(refuse=True)
        home.panel.hang_up()
        await home.clock.advance(1200)
        home.panel.swipe(1, ALICE.card)
        home.panel.faults = Faults()
        await home.clock.advance(600)
    else:
        await home.clock.advance(1800)
    await home.clock.advance(3600 - home.clock.monotonic() % 3600)
    return len(home.panel.transactions) - before


async def test_a_day(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """Every event is told, and no task, socket or memory is left behind by an hour."""
    # The loop's debug mode is slow, and what is logged for pytest stays alive.
    asyncio.get_running_loop().set_debug(False)
    caplog.set_level(logging.WARNING)
    objects = []
    told = 0
    async with home.connected() as device:
        await home.clock.advance(5)
        tasks, (sockets, _) = len(asyncio.all_tasks()), alive()
        for hour in range(HOURS):
            made = await an_hour(home, hour)
            assert len(home.events) == made
            told += made
            home.events.clear()
            home.states.clear()
            assert device.state.error is None
            assert len(asyncio.all_tasks()) == tasks
            now_open, everything = alive()
            assert now_open == sockets
            # What happened stands in the panel's own log.
            objects.append(everything - len(home.panel.transactions))
        assert told > HOURS * 6
        assert device.state.record_count == told
    # One object more for each event would be sixty, seven hours later; Python itself keeps a few.
    assert min(objects[-6:]) - max(objects[6:12]) < 50, objects
