"""What happened while a device was away and that it does not tell by itself."""

from custom_components.zkteco.protocol.model import AccessEvent
from tests.simulators.c3_world import ALICE
from tests.simulators.push_device import PushDevice as SimulatedDevice

from .conftest import Home, Simulate

AWAY = 90
BACK = 60


def told(home: Home) -> list[tuple[int | None, bool]]:
    """Return index and lateness of what was heard about people at the door."""
    return [(event.index, event.late) for event in home.events if event.code in {0, 3}]


def come_in(sim: SimulatedDevice, times: int) -> None:
    """Let Alice in, so many times."""
    for _ in range(times):
        sim.swipe(1, ALICE.card)


async def missed(home: Home, sim: SimulatedDevice, times: int) -> None:
    """Let a device be away, and forget what it kept for its server."""
    await home.live(AWAY)
    come_in(sim, times)
    sim.forget()
    await home.live(AWAY)


def asked(sim: SimulatedDevice) -> list[str]:
    """Return how the device was asked for its log."""
    return [
        command.text
        for command in sim.commands
        if command.verb == "ACCOUNT" or "transaction" in command.text
    ]


async def test_a_panel_hands_over_what_was_missed(
    home: Home, simulate: Simulate
) -> None:
    """In files, as history, in order, and once; what it tells by itself is not told again."""
    await home.add()
    sim = await simulate()
    await home.live(5, sim)
    come_in(sim, 2)
    await home.live(5, sim)
    before = told(home)
    assert [late for _, late in before] == [False, False]
    assert asked(sim) == []

    await missed(home, sim, 45)
    come_in(sim, 1)  # this one it keeps, and tells: it happens just now
    await home.live(BACK, sim)
    first = before[-1][0] or 0
    assert asked(sim) == [f"ACCOUNT transaction MaxIndex={first}"]
    later = told(home)[2:]
    assert sorted(index or 0 for index, _ in later) == [*range(first + 1, first + 47)]
    assert {index for index, late in later if not late} == {first + 46}

    await home.live(BACK, sim)
    assert len(told(home)) == 48
    assert len(asked(sim)) == 1


async def test_a_terminal_hands_over_what_was_missed(
    home: Home, simulate: Simulate
) -> None:
    """In one package; also after a restart of ours."""
    device = await home.add()
    sim = await simulate(model="face")
    await home.live(5, sim)
    sim.show_face(ALICE.pin)
    await home.live(5, sim)
    assert len(told(home)) == 1

    await home.live(AWAY)
    sim.show_face(ALICE.pin)
    sim.forget()
    await home.restarted(device)
    await home.live(BACK, sim)
    assert [
        text.startswith("ACCOUNT transaction ContentType=tgz") for text in asked(sim)
    ] == [True]
    assert [late for _, late in told(home)] == [False, True]


async def test_a_log_that_cannot_be_compared_is_asked_for_news(
    home: Home, simulate: Simulate
) -> None:
    """By the device's own idea of what it did not upload."""
    await home.add()
    sim = await simulate()
    await home.live(5, sim)
    come_in(sim, 1)
    await home.live(5, sim)
    sim.faults.refuses = "ACCOUNT"
    await missed(home, sim, 3)
    await home.live(BACK, sim)
    assert [text.split()[0] for text in asked(sim)] == ["ACCOUNT", "DATA"]
    assert asked(sim)[1].endswith("filter=NewRecord")
    assert [late for _, late in told(home)] == [False, True, True, True]


async def test_a_log_that_is_refused_is_left_alone(
    home: Home, simulate: Simulate
) -> None:
    """Until the device is away again."""
    await home.add()
    sim = await simulate()
    await home.live(5, sim)
    come_in(sim, 1)
    await home.live(5, sim)
    sim.faults.refuses = "transaction"
    await missed(home, sim, 1)
    await home.live(600, sim)
    assert len(asked(sim)) == 2
    sim.faults.refuses = ""
    await missed(home, sim, 1)
    await home.live(BACK, sim)
    assert len(asked(sim)) == 3


async def test_a_log_that_is_not_answered_is_asked_for_three_times(
    home: Home, simulate: Simulate
) -> None:
    """The gap is remembered over a restart, and counted anew; then it is given up."""
    device = await home.add()
    await simulate()
    home.text(
        "cdata",
        "table=rtlog",
        "time=2026-11-21 12:00:00\tevent=0\teventaddr=1\tindex=7",
    )
    await home.live(AWAY)
    asked_for = 0
    for second in range(1500):
        if second == 400:
            device = await home.restarted(device)
        number, text = home.poll()
        if text.startswith("ACCOUNT") or "transaction" in text:
            assert number
            asked_for += 1
        await home.live(1)
    assert asked_for == 4
    assert device.memory["catch_up"] is None


async def test_the_past_of_a_new_device_stays_in_its_log(
    home: Home, simulate: Simulate
) -> None:
    """Nobody wants to hear of last year."""
    sim = await simulate()
    come_in(sim, 3)
    sim.forget()
    await home.add()
    await home.live(BACK, sim)
    assert asked(sim) == []
    assert told(home) == []


async def test_events_of_others_are_not_ours(home: Home) -> None:
    """A log may hold those of devices behind it, of long ago, or without a number."""
    device = await home.add(registration={"accsupportfunlist": "000000000001"})
    row = "cardno=0\tpin=1\tverified=4\tdoorid=1\teventtype=0\tinoutstate=0\ttime_second=840291228\tindex={}"
    home.text(
        "cdata",
        "table=rtlog",
        "time=2026-02-23 14:00:00\tevent=0\teventaddr=1\tindex=7",
    )
    await home.live(AWAY)
    heard: list[AccessEvent] = []
    device.on_event(heard.append)
    for _ in range(60):
        number, text = home.poll()
        if text.startswith("ACCOUNT"):
            rows = [row.format(n) for n in (6, 8, "x")] + [
                row.format(9) + "\tsn=OTHER123"
            ]
            query = f"type=tabledata&cmdid={number}&tablename=transaction&count=4"
            home.text("querydata", query, "\n".join(rows))
            home.conclude(number, 4)
        elif number:
            home.conclude(number, -13)
        await home.live(1)
    assert [event.index for event in heard] == [8]


async def test_a_pause_while_it_is_asked(home: Home) -> None:
    """The log may have been handed over before what was missed happened: it is asked for once more."""
    await home.add(registration={"accsupportfunlist": "000000000001"})
    home.text(
        "cdata",
        "table=rtlog",
        "time=2026-02-23 14:00:00\tevent=0\teventaddr=1\tindex=7",
    )
    await home.live(AWAY)
    numbers = []
    for _ in range(120):
        number, text = home.poll()
        if text.startswith("ACCOUNT"):
            numbers.append(number)
            await home.live(20 if len(numbers) == 1 else 1)
            home.text("ping")
        if number:
            home.conclude(number, 0 if number in numbers else -13)
        await home.live(1)
    assert len(numbers) == 2


async def test_an_archive_that_cannot_be_read(home: Home) -> None:
    """It is acknowledged, or it would come again and again; what is missing is asked for later."""
    await home.add(registration={"accsupportfunlist": "000000000001"})
    home.text(
        "cdata",
        "table=rtlog",
        "time=2026-02-23 14:00:00\tevent=0\teventaddr=1\tindex=7",
    )
    await home.live(AWAY)
    asked_for = 0
    for _ in range(400):
        number, text = home.poll()
        if text.startswith("ACCOUNT"):
            asked_for += 1
            query = (
                f"cmdid={number}&fileseq=1&contenttype=tgz&table=transaction&count=1"
            )
            assert home.text("file", query, b"\x1f\x8b\x08nonsense") == "OK"
            home.conclude(number, 1)
        elif number:
            home.conclude(number, -13)
        await home.live(1)
    assert asked_for == 2
