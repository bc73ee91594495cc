"""Which records are news."""

from datetime import datetime, timedelta
import json

import pytest

from custom_components.zkteco.protocol.attendance.news import SETTLED_SECONDS, News
from custom_components.zkteco.protocol.device import Json
from tests.clock import FakeClock


@pytest.fixture
def news(clock: FakeClock) -> News:
    """Return a memory that begins now."""
    return News(clock)


def told(
    news: News,
    clock: FakeClock,
    line: str,
    ago: float = 0,
    *,
    alone: bool = True,
    ahead: float = 0,
) -> str:
    """Say what becomes of a record of some seconds ago, by a clock that is perhaps ahead."""
    time = clock.local() - timedelta(seconds=ago) + timedelta(seconds=ahead)
    placed = news.place(line, time, clock.now(), alone=alone)
    if placed is None:
        return "nothing"
    return "late" if placed[1] else "live"


def restarted(news: News, clock: FakeClock) -> News:
    """Return what is left after a restart; memory goes through a file."""
    return News(clock, json.loads(json.dumps(news.memory)))


async def test_twice_is_once(news: News, clock: FakeClock) -> None:
    """Whatever is uploaded again, also after a restart."""
    news.resumed()
    assert told(news, clock, "a") == "live"
    assert told(news, clock, "a") == "nothing"
    assert told(restarted(news, clock), clock, "a") == "nothing"


async def test_what_was_before_us(news: News, clock: FakeClock) -> None:
    """Nobody asked for it, however often it comes."""
    news.resumed()
    for ago in (86_400, 3600, 60, 1):
        assert told(news, clock, f"{ago}", ago) in {"nothing", "live"}
    assert told(news, clock, "x", 86_400) == "nothing"
    await clock.advance(3 * 3600)
    assert told(restarted(news, clock), clock, "y", 4 * 3600) == "nothing"


async def test_what_happened_meanwhile(news: News, clock: FakeClock) -> None:
    """Late, and with the time that it had."""
    news.resumed()
    await clock.advance(3600)
    placed = news.place(
        "a", clock.local() - timedelta(minutes=30), clock.now(), alone=False
    )
    assert placed == (clock.now() - timedelta(minutes=30), True)


async def test_the_log_comes_again(news: News, clock: FakeClock) -> None:
    """More of it than is remembered: nothing of it is told twice."""
    news.resumed()
    lines = []
    for number in range(700):
        await clock.advance(60)
        lines.append((f"{number}", clock.local()))
        assert told(news, clock, f"{number}") == "live"
    news.resumed()
    for line, time in lines:
        assert news.place(line, time, clock.now(), alone=False) is None


async def test_clocks_that_go_back(news: News, clock: FakeClock) -> None:
    """An hour twice, in autumn: what happened in it is told."""
    news.resumed()
    await clock.advance(7200)
    assert told(news, clock, "a") == "live"
    assert told(news, clock, "b", ago=3600, alone=False) == "late"


async def test_alone_and_settled(news: News, clock: FakeClock) -> None:
    """Then it is the clock that is wrong: it is measured, and tells the age of others."""
    news.resumed()
    assert told(news, clock, "a", ahead=7200) == "late"
    await clock.advance(SETTLED_SECONDS + 10)
    assert told(news, clock, "b", ahead=7200) == "live"
    assert news.device_clock.offset == timedelta(hours=2)
    assert told(news, clock, "c", ahead=7200, alone=False) == "live"
    assert told(news, clock, "d", ago=600, ahead=7200, alone=False) == "nothing"
    news.clock_was_set()
    assert news.device_clock.offset == timedelta()
    assert told(news, clock, "e", alone=False) == "live"


async def test_old_records_one_by_one(news: News, clock: FakeClock) -> None:
    """As long as they follow each other, none of them is taken for new."""
    news.resumed()
    await clock.advance(SETTLED_SECONDS - 5)
    for number in range(20):
        assert told(news, clock, f"{number}", ago=30) == "late"
        await clock.advance(5)
    await clock.advance(10)
    assert told(news, clock, "now", ago=30) == "live"


async def test_a_restart_may_have_missed_something(
    news: News, clock: FakeClock
) -> None:
    """So nothing that looks old is taken for new at first."""
    await clock.advance(SETTLED_SECONDS + 10)
    news = restarted(news, clock)
    assert told(news, clock, "a", ago=30) == "late"


async def test_no_time_at_all(news: News, clock: FakeClock) -> None:
    """Old while there may be old ones, new afterwards."""
    news.resumed()
    assert news.place("a", None, clock.now(), alone=True) == (clock.now(), True)
    await clock.advance(SETTLED_SECONDS + 10)
    assert news.place("b", None, clock.now(), alone=True) == (clock.now(), False)


@pytest.mark.parametrize(
    "memory",
    [
        None,
        7,
        {},
        {"marks": {}, "since": 7, "until": None},
        {"marks": ["a", None], "since": "x", "until": "2026-01-01T00:00:00"},
    ],
)
async def test_nonsense_is_a_fresh_start(clock: FakeClock, memory: Json) -> None:
    """Which begins now."""
    news = News(clock, memory)
    assert news.memory == {
        "marks": [],
        "since": clock.now().isoformat(),
        "until": clock.now().isoformat(),
    }


async def test_memory_is_bounded(news: News, clock: FakeClock) -> None:
    """And holds nothing that anybody could read."""
    news.resumed()
    for number in range(2000):
        news.place(
            f"1001\t{number}", datetime(2026, 11, 21, 12), clock.now(), alone=False
        )
    text = json.dumps(news.memory)
    assert len(text) < 512 * 14
    assert text.count('"') == 10  # the names of its fields, and two times
