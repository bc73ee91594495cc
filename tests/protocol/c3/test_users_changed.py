"""Somebody changes the users with another program: Home Assistant notices, and never takes its own work for that."""

import asyncio
from datetime import timedelta

import pytest

from custom_components.zkteco.protocol.c3 import monitor
from custom_components.zkteco.protocol.c3.census import Census
from custom_components.zkteco.protocol.c3.panel import C3Panel
from custom_components.zkteco.protocol.event_codes import USERS_CHANGED
from custom_components.zkteco.protocol.model import AccessEvent, EventKind
from custom_components.zkteco.protocol.people import Right, User
from tests.simulators import c3_wire as wire
from tests.simulators.c3_link import Link, Reply
from tests.simulators.c3_panel import ALICE, C3Panel as SimulatedPanel
from tests.simulators.c3_world import User as Enrolled

from .conftest import Home, HomeBuilder, PanelAnswer, refuse, until

AN_HOUR = 60.0
"""In these tests; what matters is that it passes."""
CAROL = Enrolled(77, 5551234, "Carol")


@pytest.fixture(autouse=True)
def short_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count more often, so that an hour is not thousands of polls."""
    monkeypatch.setattr(monitor, "COUNTS_EVERY_SECONDS", AN_HOUR)


def visitor(number: int) -> User:
    """Return somebody who is written by us."""
    return User(user_id=str(number), rights=frozenset({Right(1)}))


def changes(home: Home) -> list[AccessEvent]:
    """Return what was told of users who changed."""
    return [e for e in home.events if e.kind is EventKind.USERS_CHANGED]


async def test_somebody_else_was_there(home: Home) -> None:
    """Another program takes the only connection and leaves: one event, and the names are fresh."""
    panel = home.panel
    async with home.connected():
        await home.clock.advance(5)
        panel.add_user(CAROL)
        panel.hang_up()
        await home.clock.advance(10)
        [event] = changes(home)
        assert event == AccessEvent(
            kind=EventKind.USERS_CHANGED,
            code=USERS_CHANGED.code,
            name="users_changed",
            description="users were changed at the device",
            time=event.time,
            device_time=None,
        )
        assert timedelta() <= home.clock.now() - event.time < timedelta(seconds=10)
        panel.swipe(1, CAROL.card)
        await home.clock.advance(5)
        assert home.events[-1].user_name == "Carol"
        panel.hang_up()
        await home.clock.advance(2 * AN_HOUR)
        assert len(changes(home)) == 1


async def test_nobody_leaves_a_trace(home: Home) -> None:
    """Who changes users without taking the connection is noticed within the hour."""
    async with home.connected():
        await home.clock.advance(5)
        home.panel.add_user(CAROL)
        await home.clock.advance(AN_HOUR + 5)
        assert len(changes(home)) == 1


async def test_our_own_work(home: Home) -> None:
    """It is no news, whatever is counted in the middle of it."""
    async with home.connected() as device:
        await home.clock.advance(5)
        await device.write_users([visitor(n) for n in range(101, 111)])
        await home.clock.advance(5)
        assert device.state.user_count == 12
        await device.delete_users(["101", "102"])
        await home.clock.advance(AN_HOUR + 5)
        assert device.state.user_count == 10
        await device.clear_users()
        await home.clock.advance(5)
        assert device.state.user_count == 0
        assert changes(home) == []
        home.panel.add_user(CAROL)
        await home.clock.advance(AN_HOUR + 5)
        assert len(changes(home)) == 1


def hold(panel: SimulatedPanel, command: int, until_set: asyncio.Event) -> PanelAnswer:
    """Return how a panel answers that takes its time for one kind of command."""
    answer = panel.answer

    def answering(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        held = frame.command == command
        panel.faults.hold_replies = until_set if held else None
        return answer(link, frame)

    return answering


async def test_a_count_in_the_middle_of_our_work(home: Home) -> None:
    """Users were written and their rights were not: the count that comes in says nothing."""
    panel = home.panel
    async with home.connected() as device:
        await home.clock.advance(5)
        writes = panel.requests[wire.WRITE_TABLE]
        go_on = asyncio.Event()
        panel.answer = hold(panel, wire.WRITE_TABLE, go_on)
        writing = asyncio.create_task(device.write_users([visitor(101)]))
        await until(lambda: panel.requests[wire.WRITE_TABLE] > writes)
        counts = panel.requests[wire.COUNT_ROWS]
        panel.swipe(1, ALICE.card)
        advancing = asyncio.create_task(home.clock.advance(5))
        go_on.set()
        assert await writing == {}
        await advancing
        await home.clock.advance(5)
        assert panel.requests[wire.COUNT_ROWS] > counts
        assert device.state.user_count == 3
        assert changes(home) == []


def test_many_counts_in_the_middle_of_our_work() -> None:
    """None of them is compared with another; afterwards it begins anew."""
    census = Census(5)
    with census.ours():
        for count in (6, 7):
            assert not census.changed(count, census.look())
        with census.ours():
            assert not census.changed(8, census.look())
        assert not census.changed(9, census.look())
    assert not census.changed(10, census.look())
    assert census.changed(11, census.look())


async def test_a_count_that_our_work_overtakes(home: Home) -> None:
    """It was asked for before, and answered when there was one user more on the way."""
    panel = home.panel
    async with home.connected() as device:
        await home.clock.advance(5)
        go_on = asyncio.Event()
        panel.answer = hold(panel, wire.COUNT_ROWS, go_on)
        counts = panel.requests[wire.COUNT_ROWS]
        panel.swipe(1, ALICE.card)
        advancing = asyncio.create_task(home.clock.advance(2))
        await until(lambda: panel.requests[wire.COUNT_ROWS] > counts)
        writing = asyncio.create_task(device.write_users([visitor(101)]))
        await asyncio.sleep(0)
        go_on.set()
        assert await writing == {}
        await advancing
        await home.clock.advance(5)
        assert device.state.user_count == 3
        assert changes(home) == []


async def restarted(home: Home, device: C3Panel) -> list[AccessEvent]:
    """Return what is told of changes after a restart of Home Assistant."""
    home.events.clear()
    async with home.connected(device.memory):
        await home.clock.advance(5)
    return changes(home)


async def test_a_restart(home: Home) -> None:
    """The count that was kept proves what changed meanwhile; without one there is nothing to compare."""
    async with home.connected() as device:
        await home.clock.advance(5)
    assert await restarted(home, device) == []
    home.panel.add_user(CAROL)
    assert len(await restarted(home, device)) == 1
    async with home.connected(device.memory) as device:
        await device.write_users([visitor(101)])
        assert device.memory["users"] is None
        home.panel.add_user(Enrolled(78))
    assert await restarted(home, device) == []


async def test_a_panel_that_does_not_count(home: Home) -> None:
    """Nothing is told, and nothing is forgotten."""
    panel = home.panel
    async with home.connected() as device:
        await home.clock.advance(5)
        answer, panel.answer = panel.answer, refuse(panel, wire.COUNT_ROWS)
        panel.add_user(CAROL)
        panel.hang_up()
        await home.clock.advance(10)
        assert device.state.user_count is None
        assert changes(home) == []
        panel.answer = answer
        panel.hang_up()
        await home.clock.advance(10)
        assert len(changes(home)) == 1


async def test_a_memory_that_is_none(build: HomeBuilder) -> None:
    """Whatever a file holds, a count is a number."""
    home = await build()
    async with home.connected({"users": "many"}):
        await home.clock.advance(5)
    assert changes(home) == []
