"""The users of a terminal, over real sockets: read, written for sure, deleted for sure."""

import pytest

from custom_components.zkteco.protocol import progress
from custom_components.zkteco.protocol.attendance.terminal import AttendanceTerminal
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
    MalformedReply,
    OutcomeUnknown,
)
from custom_components.zkteco.protocol.people import Privilege, User
from tests.simulators.attendance_terminal import (
    ALICE,
    BOB,
    AttendanceTerminal as Simulator,
    Person,
    Quirks,
)

from .conftest import Simulate, Terminals

CAROL = User(
    user_id="1003",
    name="Carol",
    cards=("7654321",),
    pin_code="4711",
    privilege=Privilege.ADMIN,
    group=2,
)


async def introduced(home: Terminals, sim: Simulator) -> AttendanceTerminal:
    """Return a terminal that has introduced itself."""
    terminal = await home.add()
    await home.live(6, sim)
    sim.commands.clear()
    return terminal


@pytest.mark.parametrize("model", ["classic", "face"])
@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(rows_after_result=True),
        Quirks(users_table="USERINFO"),
        Quirks(results_in_query=True),
        Quirks(miscounts_users=-1),
    ],
)
async def test_everybody(
    home: Terminals, simulate: Simulate, model: str, quirks: Quirks
) -> None:
    """However a terminal tells them."""
    sim = await simulate(model, quirks=quirks)
    terminal = await introduced(home, sim)
    users = await home.run(terminal.read_users(), sim)
    assert users == {
        "1001": User(user_id="1001", name="Alice", cards=("1234567",), group=1),
        "1002": User(user_id="1002", name="Bob", group=1),
    }


async def test_many(home: Terminals, simulate: Simulate) -> None:
    """Several uploads are one answer."""
    people = [Person(str(n), f"Person {n}") for n in range(1, 131)]
    sim = await simulate(people=people)
    terminal = await introduced(home, sim)
    users = await home.run(terminal.read_users(), sim)
    assert len(users) == 130


async def test_nobody(home: Terminals, simulate: Simulate) -> None:
    """An empty terminal has no users, and says so by doing nothing."""
    sim = await simulate(people=[])
    terminal = await introduced(home, sim)
    assert await home.run(terminal.read_users(), sim) == {}


async def test_an_answer_that_is_not_complete(
    home: Terminals, simulate: Simulate
) -> None:
    """Fewer than the terminal counts are nobody's list: whoever is missing would be deleted elsewhere."""
    sim = await simulate(quirks=Quirks(miscounts_users=3))
    terminal = await introduced(home, sim)
    with pytest.raises(MalformedReply, match="2 users of 5"):
        await home.run(terminal.read_users(), sim)


async def test_a_count_that_was_old(home: Terminals, simulate: Simulate) -> None:
    """It is asked for again before anything is made of it."""
    sim = await simulate()
    terminal = await introduced(home, sim)
    del sim.world.people[BOB.pin]
    users = await home.run(terminal.read_users(), sim)
    assert [*users] == [ALICE.pin]


@pytest.mark.parametrize("model", ["classic", "face"])
async def test_a_user_is_written(
    home: Terminals, simulate: Simulate, model: str
) -> None:
    """As a whole, and read back."""
    sim = await simulate(model)
    terminal = await introduced(home, sim)
    assert await home.run(terminal.write_users([CAROL]), sim) == {}
    person = sim.world.people["1003"]
    assert (person.name, person.password, person.card) == ("Carol", "4711", "7654321")
    assert (person.privilege, person.group, person.zones) == (
        "14",
        "2",
        "0000000100000000",
    )
    users = await home.run(terminal.read_users(), sim)
    assert users["1003"] == CAROL
    await home.live(5, sim)
    assert terminal.state.user_count == 3
    sim.world.verify("1003")
    await home.live(1, sim)
    assert home.events[-1].user_name == "Carol"


async def test_what_we_do_not_know_stays(home: Terminals, simulate: Simulate) -> None:
    """The schedule of somebody who is known already."""
    people = [Person("1001", "Alice", zones="0001000200030004", privilege="14")]
    sim = await simulate(people=people)
    terminal = await introduced(home, sim)
    user = User(user_id="1001", name="Alicia", privilege=Privilege.ADMIN)
    assert await home.run(terminal.write_users([user]), sim) == {}
    assert sim.world.people["1001"].zones == "0001000200030004"
    assert sim.world.people["1001"].name == "Alicia"


async def test_many_at_once(home: Terminals, simulate: Simulate) -> None:
    """Twenty commands share a poll; one bad user stops none of the others."""
    sim = await simulate()
    terminal = await introduced(home, sim)
    users = [User(user_id=str(n), name=f"Person {n}") for n in range(1, 51)]
    users.append(User(user_id="99999999999"))
    failures = await home.run(terminal.write_users(users), sim)
    assert isinstance(failures.pop("99999999999"), InvalidValue)
    assert failures == {}
    assert len(sim.world.people) == 52
    queries = [text for _, text in sim.commands if text.startswith("DATA QUERY")]
    assert queries == ["DATA QUERY USERINFO"] * 2


async def test_how_far_it_is(home: Terminals, simulate: Simulate) -> None:
    """Long work tells so, with each twenty commands and with each upload of a long answer."""
    sim = await simulate(people=[Person(str(n), str(n)) for n in range(1, 131)])
    terminal = await introduced(home, sim)
    shares: list[float] = []
    with progress.listening(shares.append):
        await home.run(terminal.read_users(), sim)
    read, shares = shares, []
    users = [User(user_id=str(n)) for n in range(201, 251)]
    with progress.listening(shares.append):
        assert await home.run(terminal.write_users(users), sim) == {}
    for told in (read, shares):
        assert told == sorted(told)
        assert told[-1] == 1
    assert len(set(read)) > 1
    assert len(set(shares)) > 4


async def test_a_door_goes_first(home: Terminals, simulate: Simulate) -> None:
    """Whoever stands outside does not wait for fifty users."""
    sim = await simulate()
    terminal = await introduced(home, sim)
    users = [User(user_id=str(n)) for n in range(1, 51)]

    async def both() -> None:
        async with home.at_the_same_time(terminal.write_users(users)):
            await terminal.open_door(1)

    await home.run(both(), sim)
    texts = [text for _, text in sim.commands]
    updates = [n for n, text in enumerate(texts) if text.startswith("DATA UPDATE")]
    assert len(updates) == 50
    assert texts.index("AC_UNLOCK") < updates[20]


@pytest.mark.parametrize(
    ("quirks", "reason"),
    [
        (Quirks(refuses="DATA UPDATE"), "command not understood"),
        (Quirks(ignores="DATA UPDATE"), "did not keep the user"),
    ],
)
async def test_a_user_who_is_not_kept(
    home: Terminals, simulate: Simulate, quirks: Quirks, reason: str
) -> None:
    """What the terminal holds afterwards counts."""
    sim = await simulate(quirks=quirks)
    terminal = await introduced(home, sim)
    failures = await home.run(terminal.write_users([CAROL]), sim)
    assert [*failures] == ["1003"]
    assert isinstance(failures["1003"], CommandRefused)
    assert reason in str(failures["1003"])


async def test_a_field_that_is_not_kept(home: Terminals, simulate: Simulate) -> None:
    """It is named."""
    sim = await simulate()
    terminal = await introduced(home, sim)
    user = User(user_id="1001", name="Alicia", pin_code="1", cards=("1234567",))
    sim.quirks.ignores = "DATA UPDATE"
    failures = await home.run(terminal.write_users([user]), sim)
    assert "did not keep the name, the PIN code" in str(failures["1001"])


async def test_passwords_that_are_not_told(home: Terminals, simulate: Simulate) -> None:
    """They are written all the same, and nothing is claimed about them."""
    sim = await simulate(quirks=Quirks(hides_passwords=True))
    terminal = await introduced(home, sim)
    assert await home.run(terminal.write_users([CAROL]), sim) == {}
    assert sim.world.people["1003"].password == "4711"


async def test_a_terminal_that_is_full(home: Terminals, simulate: Simulate) -> None:
    """It says so."""
    sim = await simulate()
    sim.world.capacity = 2
    terminal = await introduced(home, sim)
    failures = await home.run(terminal.write_users([CAROL]), sim)
    assert "device is full" in str(failures["1003"])


async def test_a_terminal_that_cannot_ask_for_one(
    home: Terminals, simulate: Simulate
) -> None:
    """All are read instead."""
    sim = await simulate(quirks=Quirks(no_single_query=True))
    terminal = await introduced(home, sim)
    assert await home.run(terminal.write_users([CAROL]), sim) == {}
    assert sim.world.people["1003"].name == "Carol"


async def test_only_bad_users(home: Terminals, simulate: Simulate) -> None:
    """The terminal is not even asked."""
    sim = await simulate()
    terminal = await introduced(home, sim)
    failures = await terminal.write_users([User(user_id="x")])
    assert isinstance(failures["x"], InvalidValue)
    failures = await terminal.delete_users(["*"])
    assert isinstance(failures["*"], InvalidValue)
    assert sim.commands == []


async def test_users_are_deleted(home: Terminals, simulate: Simulate) -> None:
    """Whoever is not there counts as deleted."""
    sim = await simulate()
    terminal = await introduced(home, sim)
    assert await home.run(terminal.delete_users(["1001", "4711"]), sim) == {}
    assert [*sim.world.people] == ["1002"]
    sim.world.verify("1001")
    await home.live(1, sim)
    assert home.events[-1].user_name is None


@pytest.mark.parametrize(
    ("quirks", "reason"),
    [
        (Quirks(refuses="DATA DELETE"), "command not understood"),
        (Quirks(ignores="DATA DELETE"), "kept the user"),
    ],
)
async def test_a_user_who_is_not_deleted(
    home: Terminals, simulate: Simulate, quirks: Quirks, reason: str
) -> None:
    """What the terminal holds afterwards counts."""
    sim = await simulate(quirks=quirks)
    terminal = await introduced(home, sim)
    failures = await home.run(terminal.delete_users(["1001"]), sim)
    assert reason in str(failures["1001"])


async def test_everybody_is_deleted(home: Terminals, simulate: Simulate) -> None:
    """By one command, and looked at afterwards."""
    sim = await simulate()
    terminal = await introduced(home, sim)
    await home.run(terminal.clear_users(), sim)
    assert sim.world.people == {}
    sim.world.people["1"] = Person("1")
    sim.quirks.ignores = "CLEAR"
    with pytest.raises(CommandRefused, match="kept users"):
        await home.run(terminal.clear_users(), sim)


async def test_nobody_is_there_to_ask(home: Terminals) -> None:
    """Every verb says so at once."""
    terminal = await home.add()
    for verb in (
        terminal.read_users(),
        terminal.write_users([]),
        terminal.delete_users([]),
        terminal.clear_users(),
        terminal.cancel_alarms(),
        terminal.read_events(None, 1),
        terminal.get_parameters([]),
        terminal.set_parameters({}),
    ):
        with pytest.raises(CannotConnect):
            await verb


async def test_two_questions_at_a_time(home: Terminals, simulate: Simulate) -> None:
    """Each gets its own answer."""
    sim = await simulate()
    terminal = await introduced(home, sim)

    async def both() -> None:
        async with home.at_the_same_time(terminal.read_users()) as first:
            second = await terminal.read_users()
        assert [*await first] == [*second] == ["1001", "1002"]

    await home.run(both(), sim)


async def test_a_terminal_that_goes_away_while_it_answers(
    home: Terminals, simulate: Simulate
) -> None:
    """What it has told by then is not everything."""
    sim = await simulate(quirks=Quirks(silent="DATA QUERY"))
    terminal = await home.add()
    await home.live(3, sim)
    with pytest.raises(OutcomeUnknown):
        await home.run(terminal.read_users(), sim, seconds=400)
