"""People on a PUSH device, through the server, over real sockets: what is asked for is there afterwards, or it is said why not."""

from datetime import datetime, time

from custom_components.zkteco.protocol.people import (
    Interval,
    Right,
    TimeZone,
    User,
    Weekday,
)
from custom_components.zkteco.protocol.push.device import PushDevice
from tests.simulators.push_device import ALICE, PushDevice as SimulatedDevice

from .conftest import Home, Simulate

EVE = User(
    user_id="1001",
    name="Eve",
    cards=("1234567", "24681357"),
    pin_code="4711",
    valid_from=datetime(2026, 11, 20),
    valid_until=datetime(2026, 11, 22, 23, 59, 59),
    rights=frozenset({Right(1), Right(2), Right(2, 3)}),
)
MALLORY = User(user_id="1002", name="Mallory", rights=frozenset({Right(1)}))
LUNCH = Interval(time(12), time(13, 30))
ZONE = TimeZone(number=7, days={Weekday.MONDAY: (LUNCH,)})


async def begun(
    home: Home, simulate: Simulate, model: str = "c3-200-plus", **options: object
) -> tuple[PushDevice, SimulatedDevice]:
    """Return a device that calls and has been asked what it does not tell by itself."""
    sim = await simulate(model=model, **options)
    device = await home.add()
    await home.live(6, sim)
    return device, sim


def told(sim: SimulatedDevice, verb: str = "DATA ") -> list[str]:
    """Return the data commands that a device was given, without those of its introduction."""
    texts = [command.text for command in sim.commands if command.text.startswith(verb)]
    return [text for text in texts if "fielddesc=Pin\tName" not in text]


async def test_who_is_there(home: Home, simulate: Simulate) -> None:
    """Names, cards and rights, by user ID."""
    device, sim = await begun(home, simulate, max_package=120)
    users = await home.run(device.read_users(), sim)
    assert [*users] == ["1", "2"]
    assert (users["1"].name, users["1"].cards) == ("Alice", (str(ALICE.card),))
    assert users["1"].rights == {Right(1), Right(2)}
    assert users["2"].rights == {Right(1)}


async def test_a_visitor_comes_and_goes(home: Home, simulate: Simulate) -> None:
    """With two cards on two doors until Sunday; afterwards nothing is left."""
    device, sim = await begun(home, simulate)
    assert await home.run(device.write_users([EVE, MALLORY]), sim) == {}
    users = await home.run(device.read_users(), sim)
    assert users["1001"] == EVE
    assert users["1002"] == MALLORY
    assert sim.swipe(2, 24681357).code == 0
    await home.live(2, sim)
    assert home.events[-1].user_name == "Eve"
    assert device.state.user_count == 4
    before = len(sim.commands)
    assert await home.run(device.write_users([EVE, MALLORY]), sim) == {}
    assert all(c.verb in {"DATA QUERY", "DATA COUNT"} for c in sim.commands[before:])
    assert await home.run(device.delete_users(["1001", "1001", "9"]), sim) == {}
    assert "1001" not in await home.run(device.read_users(), sim)
    for table in ("userauthorize", "mulcarduser"):
        assert all(row["Pin"] != 1001 for row in sim.table(table))
    await home.live(2, sim)
    assert device.state.user_count == 3
