"""The commands that wait for a device to ask for them."""

import asyncio
from collections.abc import Coroutine
import json

import pytest

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.errors import (
    CommandRefused,
    DidNotAsk,
    InvalidValue,
    MalformedReply,
    OutcomeUnknown,
)
from custom_components.zkteco.protocol.push import commands, control
from custom_components.zkteco.protocol.push.queue import MAX_WAITING, CommandQueue
from custom_components.zkteco.protocol.push.records import (
    CommandResult,
    parse_results,
    parse_upload,
)
from tests.clock import FakeClock

OPEN = control.open_door(1, 5)
USERS = commands.query("user")


def change(pin: int) -> str:
    """Return a data command."""
    return commands.data_update("user", [{"Pin": pin, "Name": "Alice"}])


def result(number: int, code: int = 0) -> CommandResult:
    """Return a result as a device posts it."""
    return parse_results(f"ID={number}&Return={code}&CMD=DATA", {})[0]


def packet(number: int, text: str, query: str = "packcnt=1&packidx=1") -> tuple:
    """Return a packet of an answer."""
    pairs = dict(pair.split("=") for pair in query.split("&"))
    upload = {"type": "tabledata", "tablename": "user", "cmdid": str(number), **pairs}
    return parse_upload(upload), text


@pytest.fixture
def queue(clock: FakeClock) -> CommandQueue:
    """Return an empty queue."""
    return CommandQueue(clock)


async def begun[T](work: Coroutine[None, None, T]) -> asyncio.Task[T]:
    """Return a caller that waits already."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    return task


def restarted(queue: CommandQueue, clock: FakeClock) -> CommandQueue:
    """Return the queue after a restart."""
    return CommandQueue(clock, json.loads(json.dumps(queue.memory)))


def offered(queue: CommandQueue) -> str | None:
    """Return the text of the command that the device gets now."""
    pending = queue.next()
    return pending.text if pending else None


async def test_a_door_command_is_offered_once(
    queue: CommandQueue, clock: FakeClock
) -> None:
    """The caller hears what the device says."""
    caller = await begun(queue.run(OPEN, urgent=True))
    pending = queue.next()
    assert pending is not None
    assert pending.text == OPEN
    assert queue.next() is None
    queue.conclude(result(pending.id, 1))
    assert (await caller).code == 1
    assert len(queue) == 0


async def test_nobody_asks(queue: CommandQueue, clock: FakeClock) -> None:
    """After ten seconds the command is gone, and the door stays shut for good."""
    caller = await begun(queue.run(OPEN, urgent=True))
    await clock.advance(9.9)
    assert not caller.done()
    await clock.advance(0.2)
    with pytest.raises(DidNotAsk):
        await caller
    assert queue.next() is None


async def test_a_command_is_too_old_at_the_tenth_second(
    queue: CommandQueue, clock: FakeClock
) -> None:
    """Even if its caller has not noticed yet."""
    caller = await begun(queue.run(OPEN, urgent=True))
    await clock.advance(10)
    assert queue.next() is None
    with pytest.raises(DidNotAsk):
        await caller


async def test_the_answer_is_lost(queue: CommandQueue, clock: FakeClock) -> None:
    """Nobody knows whether the door opened; it is not asked again, and blocks nothing."""
    caller = await begun(queue.run(OPEN, urgent=True))
    first = queue.next()
    other = await begun(queue.run(control.open_door(2, 5), urgent=True))
    second = queue.next()
    assert first is not None
    assert second is not None
    assert second.id == first.id + 1
    queue.conclude(result(second.id))
    assert (await other).id == second.id
    await clock.advance(10)
    with pytest.raises(OutcomeUnknown):
        await caller
    assert queue.next() is None
    queue.conclude(result(first.id))


async def test_the_device_says_no(queue: CommandQueue) -> None:
    """In words that a person understands."""
    caller = await begun(queue.run(OPEN, urgent=True))
    queue.next()
    queue.conclude(result(1, -13))
    with pytest.raises(CommandRefused) as caught:
        await caller
    assert caught.value.code == -13
    assert caught.value.reason


async def test_a_caller_who_leaves_takes_the_command_along(queue: CommandQueue) -> None:
    """A cancelled automation opens no door."""
    caller = await begun(queue.run(OPEN, urgent=True))
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert queue.next() is None
    assert len(queue) == 0


async def test_doors_come_first(queue: CommandQueue) -> None:
    """A long list of changes keeps nobody standing in the rain; the rest keeps its order."""
    changes = [await begun(queue.run(change(pin))) for pin in (1, 2)]
    door = await begun(queue.run(OPEN, urgent=True))
    assert [offered(queue) for _ in range(4)] == [OPEN, change(1), change(2), None]
    for caller in (*changes, door):
        caller.cancel()


async def test_results_for_nobody_are_harmless(queue: CommandQueue) -> None:
    """Late, repeated, unknown, or guessed before the command was fetched."""
    queue.conclude(result(77))
    caller = await begun(queue.run(OPEN, urgent=True))
    queue.conclude(result(1))
    assert not caller.done()
    queue.next()
    queue.conclude(result(1))
    queue.conclude(result(1, -1))
    assert (await caller).code == 0
    queue.conclude(result(1, -1))


async def test_a_master_passes_it_on(queue: CommandQueue, clock: FakeClock) -> None:
    """That it has the command is no result; the sub-controller's follows."""
    caller = await begun(queue.run(OPEN, urgent=True, serial="SUB1"))
    pending = queue.next()
    assert pending is not None
    assert pending.serial == "SUB1"
    queue.conclude(result(1, -5000))
    await clock.advance(5)
    assert not caller.done()
    queue.conclude(result(1, 0))
    assert (await caller).code == 0


async def test_numbers_survive_a_restart_but_no_command(
    queue: CommandQueue, clock: FakeClock
) -> None:
    """Some firmware takes a number that it knows for a repetition."""
    before = await begun(queue.run(change(1)))
    first = queue.next()
    assert first is not None
    after = restarted(queue, clock)
    assert "Alice" not in json.dumps(queue.memory)
    assert after.next() is None
    caller = await begun(after.run(OPEN, urgent=True))
    second = after.next()
    assert second is not None
    assert first.id < second.id
    before.cancel()
    caller.cancel()


async def test_there_is_an_end(queue: CommandQueue) -> None:
    """Two hundred may wait for one device."""
    callers = [await begun(queue.run(change(pin))) for pin in range(MAX_WAITING)]
    with pytest.raises(InvalidValue, match="at most 200 may wait"):
        await queue.run(change(0))
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    assert len(queue) == 0


async def test_what_no_builder_makes_is_refused_at_once(queue: CommandQueue) -> None:
    """Not when the device asks."""
    with pytest.raises(InvalidValue):
        await queue.run("SHELL reboot")
    with pytest.raises(InvalidValue):
        await queue.run(change(1), serial="not a serial number")
    assert len(queue) == 0


@pytest.mark.parametrize(
    "memory", [None, [], {}, {"last_id": "9"}, {"last_id": -5}, {"last_id": 2**31}]
)
async def test_nonsense_in_the_file_is_left_out(clock: FakeClock, memory: Json) -> None:
    """The numbers begin anew."""
    queue = CommandQueue(clock, memory)
    caller = await begun(queue.run(change(1)))
    pending = queue.next()
    assert pending is not None
    assert pending.id == 1
    caller.cancel()


async def test_numbers_begin_again_before_they_end(clock: FakeClock) -> None:
    """Never 0, never more than fits into 31 bits."""
    queue = CommandQueue(clock, {"last_id": 2**31 - 1002})
    callers = [await begun(queue.run(change(pin))) for pin in range(3)]
    ids = [pending.id for _ in range(3) if (pending := queue.next())]
    assert ids == [2**31 - 1, 1, 2]
    for caller in callers:
        caller.cancel()


async def test_an_answer_comes_in_packets(queue: CommandQueue) -> None:
    """First what was found, then how much that is."""
    caller = await begun(queue.query(USERS))
    queue.add_packet(*packet(1, "user pin=9"))  # not even asked
    queue.next()
    queue.add_packet(*packet(1, "user pin=2", "packcnt=2&packidx=2"))
    queue.add_packet(*packet(1, "user pin=1", "packcnt=2&packidx=1"))
    queue.add_packet(*packet(7, "user pin=9"))
    queue.conclude(result(1, 2))
    assert await caller == "user pin=1\nuser pin=2"
    queue.add_packet(*packet(1, "user pin=9"))


async def test_an_empty_table_is_an_answer(queue: CommandQueue) -> None:
    """Nothing is uploaded for it."""
    caller = await begun(queue.query(USERS))
    queue.next()
    queue.conclude(result(1, 0))
    assert await caller == ""


@pytest.mark.parametrize("query", ["packcnt=2&packidx=2", None])
async def test_half_an_answer_is_none(queue: CommandQueue, query: str | None) -> None:
    """A packet is missing, or all of them."""
    caller = await begun(queue.query(USERS))
    queue.next()
    if query:
        queue.add_packet(*packet(1, "user pin=2", query))
    queue.conclude(result(1, 2))
    with pytest.raises(MalformedReply):
        await caller


async def test_answers_fill_no_memory(queue: CommandQueue) -> None:
    """Eight million characters for all of a device's answers together."""
    callers = [await begun(queue.query(USERS)) for _ in range(3)]
    for number in (1, 2, 3):
        queue.next()
        queue.add_packet(*packet(number, "x" * 4_000_000))
    for number in (1, 2, 3):
        queue.conclude(result(number, 1))
    assert len(await callers[0]) == len(await callers[1]) == 4_000_000
    with pytest.raises(MalformedReply):
        await callers[2]


async def test_a_long_answer_is_waited_for(
    queue: CommandQueue, clock: FakeClock
) -> None:
    """For two minutes, without asking again."""
    caller = await begun(queue.query(USERS))
    queue.next()
    await clock.advance(119)
    assert not caller.done()
    assert queue.next() is None
    await clock.advance(2)
    with pytest.raises(OutcomeUnknown):
        await caller
