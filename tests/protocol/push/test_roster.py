"""People on a PUSH device, through the server, over real sockets: what is asked for is there afterwards, or it is said why not."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from custom_components.zkteco.protocol import progress
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DidNotAsk,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.people import (
    Credential,
    Holiday,
    Interval,
    Right,
    TimeZone,
    User,
    Weekday,
)
from custom_components.zkteco.protocol.push.device import PushDevice
from tests.simulators.push_commands import NEW_CARD
from tests.simulators.push_device import ALICE, PushDevice as SimulatedDevice

from .conftest import Home, Simulate

EVE = User(
    user_id="1001",
    name="Eve",
    cards=("1234567", "24681357"),
    pin_code="471147",
    valid_from=datetime(2026, 11, 20),
    valid_until=datetime(2026, 11, 22, 23, 59, 59),
    rights=frozenset({Right(1), Right(2), Right(2, 3)}),
)
MALLORY = User(user_id="1002", name="Mallory", rights=frozenset({Right(1)}))
LUNCH = Interval(time(12), time(13, 30))
ZONE = TimeZone(number=7, days={Weekday.MONDAY: (LUNCH,)})
CHRISTMAS = Holiday(day=date(2026, 12, 25), kind=2, yearly=True)
FACE = "face"


async def begun(
    home: Home, simulate: Simulate, **options: Any
) -> tuple[PushDevice, SimulatedDevice]:
    """Return a device that calls and has been asked what it does not tell by itself."""
    sim = await simulate(**options)
    device = await home.add()
    await home.live(6, sim)
    return device, sim


def told(sim: SimulatedDevice, verb: str = "DATA ") -> list[str]:
    """Return the data commands that a device was given, without those of its introduction."""
    texts = [command.text for command in sim.commands if command.text.startswith(verb)]
    return [text for text in texts if "fielddesc=Pin\tName" not in text]


def group(count: int) -> list[User]:
    """Return many people."""
    return [
        User(user_id=str(number), name=f"Person {number}", rights=frozenset({Right(1)}))
        for number in range(2001, 2001 + count)
    ]


# Users


async def test_who_is_there(home: Home, simulate: Simulate) -> None:
    """Names, cards and rights, by user ID, in as many packets as it takes."""
    device, sim = await begun(home, simulate, max_package=120)
    users = await home.run(device.read_users(), sim)
    assert [*users] == ["1", "2"]
    assert (users["1"].name, users["1"].cards) == ("Alice", (str(ALICE.card),))
    assert users["1"].rights == {Right(1), Right(2)}
    assert users["2"].rights == {Right(1)}


async def test_a_terminal_keeps_cards_with_users(
    home: Home, simulate: Simulate
) -> None:
    """There is no table of cards to be asked for; half a record may end a packet."""
    device, sim = await begun(home, simulate, model=FACE, max_package=70)
    sim.faults.cut_records = True
    eve = replace(EVE, cards=("9",), rights=frozenset({Right(1)}))
    assert await home.run(device.write_users([eve]), sim) == {}
    assert (await home.run(device.read_users(), sim))["1001"] == eve
    assert not any("mulcarduser" in text for text in told(sim))


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
    assert await home.run(device.delete_users(["1001", "1001", "9"]), sim) == {}
    assert "1001" not in await home.run(device.read_users(), sim)
    for table in ("userauthorize", "mulcarduser"):
        assert 1001 not in [int(row["Pin"]) for row in sim.table(table)]
    sim.swipe(2, 24681357)
    await home.live(2, sim)
    assert home.events[-1].user_name is None
    assert device.state.user_count == 3


async def test_a_user_is_written_before_the_rights_and_deleted_after(
    home: Home, simulate: Simulate
) -> None:
    """New rights come before stale ones go, each stale one by all that it is."""
    device, sim = await begun(home, simulate)
    await home.run(device.write_users([EVE]), sim)
    assert [t.split()[2] for t in told(sim, "DATA UPDATE")] == [
        "user",
        "mulcarduser",
        "userauthorize",
    ]
    await home.live(3, sim)
    moved = replace(EVE, cards=("7",), rights=frozenset({Right(1, 4)}))
    before = len(sim.commands)
    assert await home.run(device.write_users([moved]), sim) == {}
    await home.live(2, sim)
    assert [c.text for c in sim.commands[before:] if "QUERY" not in c.text] == [
        "DATA UPDATE mulcarduser Pin=1001\tCardNo=00000007\tLossCardFlag=0\tCardType=0",
        "DATA DELETE mulcarduser Pin=1001\tCardNo=0012d687\nPin=1001\tCardNo=01789b8d",
        "DATA COUNT mulcarduser Pin=1001\tCardNo=01789b8d",
        (
            "DATA UPDATE userauthorize Pin=1001\tAuthorizeTimezoneId=4\t"
            "AuthorizeDoorId=1\tDevID=1"
        ),
        (
            "DATA DELETE userauthorize "
            "Pin=1001\tAuthorizeTimezoneId=1\tAuthorizeDoorId=3\tDevID=1\n"
            "Pin=1001\tAuthorizeTimezoneId=3\tAuthorizeDoorId=2\tDevID=1"
        ),
        (
            "DATA COUNT userauthorize "
            "Pin=1001\tAuthorizeTimezoneId=3\tAuthorizeDoorId=2\tDevID=1"
        ),
        "DATA COUNT user",
    ]
    await home.run(device.delete_users(["1001"]), sim)
    assert [t.split()[2] for t in told(sim, "DATA DELETE")][2:] == [
        "userauthorize",
        "mulcarduser",
        "firstcard",
        "extuser",
        "user",
    ]


async def test_twice_changes_nothing(home: Home, simulate: Simulate) -> None:
    """What is there already is not written."""
    device, sim = await begun(home, simulate)
    await home.run(device.write_users([EVE, MALLORY]), sim)
    await home.live(2, sim)
    before = len(sim.commands)
    assert await home.run(device.write_users([EVE, MALLORY]), sim) == {}
    assert {c.verb for c in sim.commands[before:]} <= {"DATA QUERY", "DATA COUNT"}
    assert await home.run(device.write_users([]), sim) == {}
    assert await home.run(device.delete_users([]), sim) == {}


async def test_what_is_not_known_here_stays(home: Home, simulate: Simulate) -> None:
    """A whole row is written back, with whatever else a device keeps in it."""
    device, sim = await begun(home, simulate)
    sim.users[1]["Verify"] = 7
    sim.users[1]["Disable"] = 1
    alice = (await home.run(device.read_users(), sim))["1"]
    assert alice.enabled
    alice = replace(alice, name="Alicia")
    assert await home.run(device.write_users([alice]), sim) == {}
    assert sim.users[1]["Name"] == "Alicia"
    (text,) = told(sim, "DATA UPDATE user ")
    assert "Disable=1\tVerify=7" in text
    assert "uid" not in text


async def test_a_device_that_can_tells_times_and_who_is_disabled(
    home: Home, simulate: Simulate
) -> None:
    """To the second."""
    sim = await simulate(model=FACE)
    sim.world.parameters |= {"DateFmtFunOn": "1", "DisableUserFunOn": "1"}
    device = await home.add()
    await home.live(6, sim)
    eve = replace(
        MALLORY,
        valid_until=datetime(2026, 11, 21, 12, 30),
        enabled=False,
        verify_style=15,
    )
    assert await home.run(device.write_users([eve]), sim) == {}
    assert (await home.run(device.read_users(), sim))["1002"] == eve
    assert sim.show_face(1002).code == 39
    eve = replace(eve, enabled=True)
    assert await home.run(device.write_users([eve]), sim) == {}
    assert sim.show_face(1002).code == 3
    sim.clock_offset = timedelta(minutes=31)
    assert sim.show_face(1002).code == 29


async def test_many_at_once(home: Home, simulate: Simulate) -> None:
    """As much in one command as the device takes, and nobody is asked for alone."""
    device, sim = await begun(home, simulate, max_package=270)
    people = group(12)
    assert await home.run(device.write_users(people), sim, seconds=200) == {}
    found = await home.run(device.read_users(), sim, seconds=200)
    assert [found[user.user_id] for user in people] == people
    writes = told(sim, "DATA UPDATE")
    assert all(len(text) <= 270 for text in writes)
    assert len(writes) < 12
    assert not any("filter=Pin" in text for text in told(sim))
    pins = [user.user_id for user in people]
    sim.faults.no_table = "firstcard"
    assert await home.run(device.delete_users(pins), sim, seconds=200) == {}
    assert [*sim.users] == [1, 2]
    tables = [text.split()[2] for text in told(sim, "DATA DELETE")]
    assert (tables.count("firstcard"), tables.count("user")) == (1, 2)


async def test_thousands_of_rows_share_commands(home: Home, simulate: Simulate) -> None:
    """But no command is without end."""
    device, sim = await begun(home, simulate)
    pins = [str(number) for number in range(1, 1200)]
    assert await home.run(device.delete_users(pins), sim, seconds=100) == {}
    deletes = [t for t in told(sim, "DATA DELETE") if t.startswith("DATA DELETE user ")]
    assert [text.count("Pin=") for text in deletes] == [500, 500, 199]
    assert sim.users == {}


async def test_how_far_it_is(home: Home, simulate: Simulate) -> None:
    """Long work tells so, with each command and with each packet of a long answer."""
    device, sim = await begun(home, simulate, max_package=270)
    shares: list[float] = []
    with progress.listening(shares.append):
        assert await home.run(device.write_users(group(12)), sim, seconds=200) == {}
    written, shares = shares, []
    with progress.listening(shares.append):
        await home.run(device.read_users(), sim, seconds=200)
    for told in (written, shares):
        assert told == sorted(told)
        assert told[-1] == 1
    assert len(set(written)) > 9
    assert len(set(shares)) >= 3


async def test_one_bad_user_stops_nobody(home: Home, simulate: Simulate) -> None:
    """Whoever cannot be held, and whoever the device refuses, in words; the others are there."""
    device, sim = await begun(home, simulate)
    sim.faults.refuses = "Mallory"
    people = group(5)
    bad = replace(EVE, user_id="007")
    failures = await home.run(
        device.write_users([*people[:3], MALLORY, bad, *people[3:]]), sim, seconds=100
    )
    assert {*failures} == {"1002", "007"}
    refused, invalid = failures["1002"], failures["007"]
    assert isinstance(refused, CommandRefused)
    assert (refused.code, refused.reason) == (-12, "command could not be carried out")
    assert isinstance(invalid, InvalidValue)
    assert invalid.field == "user_id"
    found = await home.run(device.read_users(), sim)
    assert [found[user.user_id] for user in people] == people
    assert not any(row["Pin"] == 1002 for row in sim.table("userauthorize"))


async def test_a_row_that_cannot_be_sent_back(home: Home, simulate: Simulate) -> None:
    """It is the device's own oddity, and stays its own."""
    device, sim = await begun(home, simulate)
    sim.users[1]["x-y"] = 1
    alice = replace(MALLORY, user_id="1")
    failures = await home.run(device.write_users([alice, EVE]), sim)
    assert [*failures] == ["1"]
    assert isinstance(failures["1"], InvalidValue)
    assert sim.users[1]["Name"] == "Alice"


@pytest.mark.parametrize(
    ("ignored", "reason"),
    [
        ("UPDATE user ", "the device did not accept the user"),
        ("UPDATE mulcarduser", "the device did not accept the cards"),
        ("UPDATE userauthorize", "the device did not accept the rights"),
    ],
)
async def test_a_device_that_says_yes_and_does_nothing(
    home: Home, simulate: Simulate, ignored: str, reason: str
) -> None:
    """Only reading back tells."""
    device, sim = await begun(home, simulate)
    sim.faults.ignores = ignored
    failures = await home.run(device.write_users([EVE]), sim)
    failure = failures["1001"]
    assert isinstance(failure, CommandRefused)
    assert failure.reason == reason
    await home.live(1, sim)
    sim.faults.ignores = ""
    assert await home.run(device.write_users([EVE]), sim) == {}


async def test_what_a_device_did_not_accept_is_named(
    home: Home, simulate: Simulate
) -> None:
    """Field by field."""
    device, sim = await begun(home, simulate)
    await home.run(device.write_users([EVE]), sim)
    sim.faults.ignores = "UPDATE user "
    eva = replace(EVE, name="Eva", pin_code="1")
    failures = await home.run(device.write_users([eva]), sim)
    assert str(failures["1001"]) == "the device did not accept name, pin_code (-12)"


async def test_a_full_device(home: Home, simulate: Simulate) -> None:
    """It is not asked again and again."""
    device, sim = await begun(home, simulate, max_package=300)
    sim.world.rows.max_rows = 4
    people = group(12)
    failures = await home.run(device.write_users(people), sim, seconds=100)
    assert len(failures) >= 10
    assert all(
        isinstance(failure, CommandRefused) and failure.code == -18
        for failure in failures.values()
    )
    assert len(told(sim, "DATA UPDATE user ")) <= 2


async def test_a_device_that_cannot_be_asked_for_one(
    home: Home, simulate: Simulate
) -> None:
    """It is asked for all."""
    device, sim = await begun(home, simulate)
    sim.faults.refuses = "filter=Pin"
    assert await home.run(device.write_users([EVE]), sim) == {}
    assert (await home.run(device.read_users(), sim))["1001"] == EVE


async def test_a_device_without_a_table(home: Home, simulate: Simulate) -> None:
    """Nobody has anything in it; it is not asked for again."""
    device, sim = await begun(home, simulate)
    sim.faults.no_table = "mulcarduser"
    users = await home.run(device.read_users(), sim)
    assert users["1"].cards == (str(ALICE.card),)
    await home.run(device.read_users(), sim)
    assert len([text for text in told(sim) if "mulcarduser" in text]) == 1
    failures = await home.run(device.write_users([EVE]), sim)
    assert str(failures["1001"]) == "table unknown to the device (-629)"


async def test_a_device_that_does_not_tell_its_users(
    home: Home, simulate: Simulate
) -> None:
    """It has some, but they cannot be known."""
    device, sim = await begun(home, simulate)
    sim.faults.no_table = "user"
    with pytest.raises(CommandRefused):
        await home.run(device.read_users(), sim)


async def test_a_device_with_another_number(home: Home, simulate: Simulate) -> None:
    """New rights name it as the rights do that are there."""
    device, sim = await begun(home, simulate)
    for row in sim.table("userauthorize"):
        row["DevID"] = 3
    assert await home.run(device.write_users([MALLORY]), sim) == {}
    assert (
        sim.table("userauthorize")[-1] | {"DevID": 3} == sim.table("userauthorize")[-1]
    )


# Deleting


@pytest.mark.parametrize("fault", ["refuses", "ignores"])
async def test_a_right_that_stays_keeps_its_user(
    home: Home, simulate: Simulate, fault: str
) -> None:
    """Or it would be the next one's with that number."""
    device, sim = await begun(home, simulate)
    setattr(sim.faults, fault, "DELETE userauthorize Pin=1")
    failures = await home.run(device.delete_users(["1", "2", "x"]), sim)
    assert isinstance(failures["1"], CommandRefused)
    assert isinstance(failures["x"], InvalidValue)
    assert 1 in sim.users


async def test_one_of_many_cannot_be_deleted(home: Home, simulate: Simulate) -> None:
    """The others are."""
    device, sim = await begun(home, simulate, model=FACE)
    people = group(4)
    await home.run(device.write_users(people), sim)
    for user in people:
        sim.world.rows.update("templatev10", f"Pin={user.user_id}\tFingerID=6")
    sim.faults.refuses = "Pin=2002"
    pins = [user.user_id for user in people]
    failures = await home.run(device.delete_users(pins), sim, seconds=100)
    assert {*failures} == {"2002"}
    assert [*sim.users] == [1, 2, 2002]


async def test_a_device_that_reads_the_first_row_only(
    home: Home, simulate: Simulate
) -> None:
    """It is told one by one."""
    device, sim = await begun(home, simulate, model=FACE)
    for pin in (1, 2):
        sim.world.rows.update("biodata", f"Pin={pin}\tType=9\tNo=0")
    sim.faults.first_row_only = True
    assert await home.run(device.delete_users(["1", "2"]), sim, seconds=100) == {}
    assert sim.users == {}
    assert sim.table("biodata") == []
    assert sim.table("userauthorize") == []


async def test_deleting_what_a_device_does_not_have(
    home: Home, simulate: Simulate
) -> None:
    """A table that it cannot even count is not there; one that it does not know is asked for once."""
    device, sim = await begun(home, simulate, model=FACE)
    sim.faults.refuses = " extuser"
    sim.faults.no_table = "firstcard"
    assert await home.run(device.delete_users(["1"]), sim) == {}
    assert [*sim.users] == [2]
    tables = [text.split()[2] for text in told(sim, "DATA DELETE")]
    assert "PersonalVSTimezone" in tables
    assert tables.count("biodata") == 2


async def test_a_user_who_stays(home: Home, simulate: Simulate) -> None:
    """The device said that the user was deleted."""
    device, sim = await begun(home, simulate)
    sim.faults.ignores = "DELETE user "
    failures = await home.run(device.delete_users(["1"]), sim)
    assert str(failures["1"]) == "the device did not delete (-12)"


async def test_rows_that_cannot_be_deleted_as_they_came(
    home: Home, simulate: Simulate
) -> None:
    """The others are all the same; what stays is told."""
    device, sim = await begun(home, simulate)
    await home.run(device.write_users([EVE]), sim)
    sim.faults.refuses = "DATA DELETE mulcarduser"
    failures = await home.run(device.write_users([replace(EVE, cards=())]), sim)
    assert str(failures["1001"]) == "command could not be carried out (-12)"


async def test_everybody_is_deleted(home: Home, simulate: Simulate) -> None:
    """With everything; a table that is not there stops nothing."""
    device, sim = await begun(home, simulate, model=FACE)
    sim.world.rows.update("biodata", "Pin=1\tType=9\tNo=0")
    await home.run(device.clear_users(), sim)
    assert told(sim, "DATA DELETE") == [
        "DATA DELETE userauthorize *",
        "DATA DELETE mulcarduser *",
        "DATA DELETE PersonalVSTimezone *",
        "DATA DELETE firstcard *",
        "DATA DELETE extuser *",
        "DATA DELETE templatev10 *",
        "DATA DELETE userpic *",
        "DATA DELETE biodata Type=1",
        "DATA DELETE biodata Type=9",
        "DATA DELETE biophoto Type=9",
        "DATA DELETE user *",
    ]
    for table in ("user", "userauthorize", "biodata"):
        assert sim.table(table) == []
    await home.live(2, sim)
    assert device.state.user_count == 0


async def test_a_table_that_is_empty_anyway(home: Home, simulate: Simulate) -> None:
    """Some firmware refuses to delete nothing; what counts is that nothing is there."""
    device, sim = await begun(home, simulate)
    sim.faults.refuses = "DELETE firstcard *"
    await home.run(device.clear_users(), sim)
    assert sim.table("user") == []


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("refuses", "DELETE userauthorize *"),
        ("ignores", "DELETE userauthorize *"),
        ("ignores", "DELETE user *"),
    ],
)
async def test_not_everybody_is_deleted(
    home: Home, simulate: Simulate, fault: str, what: str
) -> None:
    """It is said, and the names stay."""
    device, sim = await begun(home, simulate)
    setattr(sim.faults, fault, what)
    with pytest.raises(CommandRefused):
        await home.run(device.clear_users(), sim)


# The number of users


@pytest.mark.parametrize("fault", ["refuses", "ignores"])
async def test_a_device_that_does_not_count(
    home: Home, simulate: Simulate, fault: str
) -> None:
    """It does not matter."""
    device, sim = await begun(home, simulate, model=FACE)
    count = device.state.user_count
    setattr(sim.faults, fault, "DATA COUNT")
    assert await home.run(device.write_users([MALLORY]), sim) == {}
    await home.live(3, sim)
    assert device.state.user_count == count


# Enrolment


@pytest.mark.parametrize(
    ("credential", "index", "command"),
    [
        (Credential.FINGERPRINT, 6, "BIO TYPE=1\tNO=6\tPIN=1\tRETRY=3\tOVERWRITE=1"),
        (Credential.FACE, 6, "BIO TYPE=9\tNO=0\tPIN=1\tRETRY=3\tOVERWRITE=1"),
        (Credential.CARD, 0, "INFO TYPE=0\tPIN=1\tRETRY=3"),
    ],
)
async def test_enrol(
    home: Home, simulate: Simulate, credential: Credential, index: int, command: str
) -> None:
    """The device asks the person; what it uploads of that is not looked at."""
    device, sim = await begun(home, simulate, model=FACE)
    sim.faults.result_delay = 60
    await home.run(device.enrol("1", credential, index), sim, seconds=100)
    assert told(sim, "ENROLL") == [f"ENROLL_{command}\tMODE=1"]
    sim.faults.result_delay = 0
    await home.live(3, sim)
    assert sim.reuploads.total() == 0
    if credential is Credential.CARD:
        users = await home.run(device.read_users(), sim)
        assert users["1"].cards == (str(NEW_CARD),)
    else:
        assert sim.table("biodata")[0]["No"] == (
            index if index and "=6" in command else 0
        )


async def test_who_cannot_be_enrolled(home: Home, simulate: Simulate) -> None:
    """Somebody who is not there, somebody whom nobody can be, and what no reader reads."""
    device, sim = await begun(home, simulate, model=FACE)
    with pytest.raises(CommandRefused):
        await home.run(device.enrol("77", Credential.FACE, 0), sim)
    with pytest.raises(InvalidValue, match=r"^user_id"):
        await device.enrol("1\tTYPE=0", Credential.FACE, 0)
    with pytest.raises(InvalidValue, match=r"^index"):
        await device.enrol("1", Credential.FINGERPRINT, 10)
    with pytest.raises(Unsupported):
        await device.enrol("1", Credential.PALM, 0)


# Schedules


async def test_schedules(home: Home, simulate: Simulate) -> None:
    """They are written whole, and once."""
    device, sim = await begun(home, simulate)
    await home.run(device.write_time_zone(ZONE), sim)
    zones = await home.run(device.read_time_zones(), sim)
    assert zones[7] == ZONE
    assert len(told(sim, "DATA UPDATE timezone")) == 1
    await home.run(device.write_time_zone(ZONE), sim)
    assert len(told(sim, "DATA UPDATE timezone")) == 1
    with pytest.raises(InvalidValue, match=r"^time_zone"):
        await device.write_time_zone(replace(ZONE, number=0))
    sim.faults.ignores = "UPDATE timezone"
    with pytest.raises(CommandRefused, match="did not accept the schedule"):
        await home.run(device.write_time_zone(replace(ZONE, number=8)), sim)


async def test_holidays(home: Home, simulate: Simulate) -> None:
    """They come, change and go one by one."""
    device, sim = await begun(home, simulate)
    new_year = Holiday(day=date(2026, 1, 1))
    for holiday in (CHRISTMAS, new_year):
        await home.run(device.write_holiday(holiday), sim)
    await home.run(device.write_holiday(CHRISTMAS), sim)
    assert len(told(sim, "DATA UPDATE")) == 2
    assert await home.run(device.read_holidays(), sim) == [new_year, CHRISTMAS]
    other = replace(CHRISTMAS, kind=1)
    await home.run(device.write_holiday(other), sim)
    assert await home.run(device.read_holidays(), sim) == [new_year, other]
    await home.run(device.delete_holiday(CHRISTMAS.day), sim)
    await home.run(device.delete_holiday(CHRISTMAS.day), sim)
    assert told(sim, "DATA DELETE") == ["DATA DELETE holiday Holiday=20261225"]
    assert await home.run(device.read_holidays(), sim) == [new_year]
    sim.faults.ignores = "holiday Holiday="
    with pytest.raises(CommandRefused, match="did not accept the holiday"):
        await home.run(device.write_holiday(CHRISTMAS), sim)
    with pytest.raises(CommandRefused, match="did not delete"):
        await home.run(device.delete_holiday(new_year.day), sim)
    with pytest.raises(InvalidValue, match=r"^kind"):
        await device.write_holiday(replace(CHRISTMAS, kind=4))


# Nobody there


async def test_nobody_is_there(home: Home) -> None:
    """A silent device is not waited for, and nothing waits for it."""
    device = await home.add(registration={"lockcount": "1"})
    assert device.people is not None
    verbs = (
        device.read_users(),
        device.write_users([EVE]),
        device.delete_users(["1"]),
        device.clear_users(),
        device.read_time_zones(),
        device.write_time_zone(ZONE),
        device.read_holidays(),
        device.write_holiday(CHRISTMAS),
        device.delete_holiday(CHRISTMAS.day),
        device.enrol("1", Credential.FACE, 0),
    )
    for verb in verbs:
        with pytest.raises(CannotConnect):
            await verb
    assert device.diagnostics()["waiting_commands"] == 0


async def test_a_device_that_has_not_told_what_it_is(home: Home) -> None:
    """Nobody knows how it keeps people."""
    device = await home.add()
    home.text("ping")
    assert device.people is None
    with pytest.raises(Unsupported):
        await device.read_users()


async def test_a_device_that_goes_away(home: Home, simulate: Simulate) -> None:
    """What was done is done, and doing it again does no harm."""
    device, sim = await begun(home, simulate)
    with pytest.raises(DidNotAsk):
        await home.run(device.write_users([EVE]))
    assert 1001 not in sim.users
    assert await home.run(device.write_users([EVE]), sim) == {}


async def test_two_changes_at_once(home: Home, simulate: Simulate) -> None:
    """One waits for the other."""
    device, sim = await begun(home, simulate)

    async def both() -> None:
        async with asyncio.TaskGroup() as work:
            work.create_task(device.write_users([EVE]))
            work.create_task(device.write_users([replace(EVE, name="Eva")]))

    await home.run(both(), sim)
    assert sim.users[1001]["Name"] == "Eva"


async def test_nothing_personal_is_written_down(
    home: Home, simulate: Simulate, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in logs nor in what survives a restart, nor in a bug report."""
    caplog.set_level("DEBUG")
    device, sim = await begun(home, simulate)
    sim.faults.ignores = "UPDATE userauthorize"
    failures = await home.run(device.write_users([EVE]), sim)
    await home.live(2, sim)
    users = await home.run(device.read_users(), sim)
    text = caplog.text + str([device.memory, device.diagnostics(), failures, users])
    for secret in ("471147", "1234567", "24681357", "12d687"):
        assert secret not in text
