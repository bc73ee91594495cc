"""A day in the life of a terminal: everybody is told once, and nothing is left over in the evening."""

import asyncio
import gc
import logging
from random import Random
import socket

import pytest

from custom_components.zkteco.protocol.model import EventKind
from custom_components.zkteco.protocol.standalone.connection import Transport
from tests.simulators.standalone_terminal import Faults

from .conftest import Home, until

HOURS = 24
OUTAGES = (3, 15)
"""At these hours. The second must cost nothing that the first has not."""
PEOPLE = ("1001", "1002", "1003")


def alive() -> tuple[int, int]:
    """Count the open sockets, and everything else that is not garbage."""
    gc.collect()
    found = gc.get_objects()
    return sum(type(one) is socket.socket for one in found), len(found)


async def come_and_go(home: Home) -> None:
    """Let everybody in, one a minute."""
    for person in PEOPLE:
        heard = len(home.events)
        home.terminal.verify(person)
        home.terminal.open_leaf()
        await until(lambda heard=heard: len(home.events) >= heard + 2)
        await home.clock.advance(4)
        home.terminal.close_leaf()
        await until(lambda heard=heard: len(home.events) >= heard + 3)
        await home.clock.advance(56)


async def an_hour(home: Home, hour: int) -> int:
    """Let people come and go; return how many of them did."""
    before = len(home.terminal.log)
    await come_and_go(home)
    if hour in OUTAGES:
        home.terminal.faults = Faults(refuse=True)
        home.terminal.hang_up()
        await home.clock.advance(1200)
        home.terminal.verify("1001")
        home.terminal.faults = Faults()
        await home.clock.advance(600)
    else:
        await home.clock.advance(1800)
    await home.clock.advance(3600 - home.clock.monotonic() % 3600)
    return len(home.terminal.log) - before


async def test_a_day(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """Every entry is told, and no task, socket or memory is left behind by an hour."""
    # The loop's debug mode is slow, and what is logged for pytest stays alive.
    asyncio.get_running_loop().set_debug(False)
    caplog.set_level(logging.WARNING)
    objects = []
    told = 0
    async with home.connected(has_contact=True) as device:
        await home.clock.advance(5)
        tasks, (sockets, _) = len(asyncio.all_tasks()), alive()
        for hour in range(HOURS):
            made = await an_hour(home, hour)
            entered = [e for e in home.events if e.kind is EventKind.ACCESS_GRANTED]
            assert len(entered) == made
            told += made
            home.events.clear()
            home.states.clear()
            home.terminal.requests.clear()
            home.terminal.acks.clear()
            assert device.state.error is None
            assert len(asyncio.all_tasks()) == tasks
            now_open, everything = alive()
            assert now_open == sockets
            # What happened stands in the terminal's own logs.
            logs = len(home.terminal.log) + len(home.terminal.operations)
            objects.append(everything - logs)
        assert told == HOURS * len(PEOPLE) + len(OUTAGES)
        assert device.state.record_count == told
    # One object more for each event would be sixty, seven hours later; Python itself keeps a few.
    assert min(objects[-6:]) - max(objects[6:12]) < 50, objects


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
@pytest.mark.parametrize("seed", range(4))
async def test_a_bad_day(
    home: Home, impatient: None, seed: int, transport: Transport
) -> None:
    """People come at any moment of an unsteady network; each entry is told exactly once, in the end."""
    dice = Random(seed)
    home.terminal.range_read = dice.random() < 0.5
    memory = None
    for _ in range(3):
        async with home.connected(memory, transport=transport) as device:
            await home.clock.advance(1)
            for _ in range(25):
                match dice.randrange(8):
                    case 0:
                        home.terminal.hang_up()
                    case 1:
                        home.terminal.power_off()
                    case 2:
                        home.terminal.power_on()
                    case 3:
                        home.terminal.faults.silent = dice.random() < 0.3
                    case _:
                        home.terminal.verify(dice.choice(PEOPLE))
                await home.clock.advance(dice.choice((0, 0.1, 1, 7, 40, 100)))
                # Nobody is so quick that two people enter in one second.
                await home.clock.advance(1)
            home.terminal.power_on()
            home.terminal.faults = Faults()
            await home.clock.advance(400)
            assert device.state.error is None
        memory = device.memory
        home.terminal.verify("1001")
        await home.pause(20)
    async with home.connected(memory, transport=transport):
        await home.clock.advance(90)
    entered = [
        (event.user_id, event.device_time)
        for event in home.events
        if event.kind is EventKind.ACCESS_GRANTED
    ]
    assert len(entered) == len(set(entered))
    assert len(entered) == len(home.terminal.log)
