"""The people of a terminal: told in everybody's words, changed for sure, and left as they are where nobody changed them."""

import asyncio
from dataclasses import replace
from datetime import time
from functools import partial

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol import progress
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
    MalformedReply,
    Unsupported,
)
from custom_components.zkteco.protocol.people import (
    Ability,
    Credential,
    Interval,
    Limits,
    Privilege,
    Right,
    TimeZone,
    User,
    Weekday,
    check_user,
)
from custom_components.zkteco.protocol.plan import Mode, changed_fields, make_plan
from custom_components.zkteco.protocol.standalone.access import Hours, WeekSchedule
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.packet import Command
from custom_components.zkteco.protocol.standalone.roster import (
    to_record,
    to_time_zone,
    to_user,
    to_week,
)
from custom_components.zkteco.protocol.standalone.terminal import Terminal
from custom_components.zkteco.protocol.standalone.users import (
    User as Record,
    UserLayout,
    decode_users,
    encode_user,
)
from tests.simulators.standalone_terminal import User as Stored

from .conftest import Home, HomeBuilder

SIZES = pytest.mark.parametrize("user_size", [72, 28])
TRANSPORTS = pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])

# Fits every terminal.
IN = frozenset({Right(1)})
"""What the group of the terminal's own people may."""
somebody = partial(User, rights=IN)
DORA = User(
    user_id="2001",
    name="Dora",
    cards=("7654321",),
    pin_code="12345",
    privilege=Privilege.ENROLLER,
    group=5,
    enabled=False,
    rights=IN,
)
WITHOUT = replace(DORA, rights=frozenset())
"""The same where the terminal has no rights."""
WITH_RIGHTS = replace(DORA, rights=frozenset({Right(1, 2), Right(1, 50)}))


async def limits_of(device: Terminal) -> Limits:
    """Return what a terminal can hold, when it told its users."""
    await device.read_users()
    assert device.people is not None
    return device.people


# What it can hold


@SIZES
async def test_what_a_terminal_can_hold(build: HomeBuilder, user_size: int) -> None:
    """Its records and its options say so."""
    home = await build(user_size=user_size)
    is_text = user_size == 72
    async with home.connected() as device:
        await home.clock.advance(1)
        limits = await limits_of(device)
        assert limits.user_id_digits == 9
        assert not limits.user_id_letters
        assert limits.name_bytes == (23 if is_text else 8)
        assert limits.pin_code_digits == (8 if is_text else 5)
        assert limits.max_cards == 1
        assert limits.privileges == frozenset(Privilege)
        assert (limits.groups[0], limits.groups[-1]) == (0, 99)
        assert limits.users == 10000
        assert limits.enrols == {Credential.FINGERPRINT}
        assert (limits.intervals, limits.time_zones[-1]) == (1, 50)
        assert Ability.TIME_ZONES in limits.abilities
        assert (Ability.RIGHTS in limits.abilities) == is_text
        assert limits.doors == ({1} if is_text else set())
        for none in (Ability.VALIDITY, Ability.HOLIDAYS, Ability.VERIFY_STYLE):
            assert none not in limits.abilities


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"~PIN2Width": "5"}, {"user_id_digits": 5}),
        ({"~PIN2Width": "99"}, {"user_id_digits": 23}),
        ({"~PIN2Width": "many"}, {"user_id_digits": 9}),
        ({"~IsABCPinEnable": "1"}, {"user_id_letters": True}),
        ({"IsSupportABCPin": "1"}, {"user_id_letters": True}),
        ({"FingerFunOn": "0"}, {"enrols": frozenset()}),
        ({"~LockFunOn": "0"}, {"doors": frozenset()}),
    ],
)
async def test_options_say_more(
    home: Home, options: dict[str, str], expected: dict[str, object]
) -> None:
    """The length of user IDs, letters in them, fingers, a lock."""
    home.terminal.options |= options
    async with home.connected() as device:
        limits = await limits_of(device)
        assert {name: getattr(limits, name) for name in expected} == expected


async def test_a_terminal_without_a_lock_has_no_rights(home: Home) -> None:
    """Nor schedules: it lets nobody in."""
    home.terminal.options["~LockFunOn"] = "0"
    async with home.connected() as device:
        limits = await limits_of(device)
        assert not (Ability.RIGHTS | Ability.TIME_ZONES) & limits.abilities
        with pytest.raises(Unsupported):
            await device.read_time_zones()
        with pytest.raises(Unsupported):
            await device.write_time_zone(TimeZone(number=2, days={}))


# Reading and writing


@SIZES
async def test_reading(build: HomeBuilder, user_size: int) -> None:
    """Everybody by their ID, in the terminal's order; no finger is read for it."""
    home = await build(user_size=user_size)
    async with home.connected() as device:
        users = await device.read_users()
    assert [*users] == ["1001", "1002", "1003"]
    assert users["1001"] == User(
        rights=IN if user_size == 72 else frozenset(),
        user_id="1001",
        name="Alice",
        cards=("1000001",),
        privilege=Privilege.ADMIN,
    )
    assert users["1003"].pin_code == "2580"
    assert home.asked(Command.DB_READ) == 0


@TRANSPORTS
@pytest.mark.parametrize(("user_size", "dora"), [(72, WITH_RIGHTS), (28, WITHOUT)])
async def test_writing(
    build: HomeBuilder, user_size: int, dora: User, transport: Transport
) -> None:
    """A new user and a known one; all others stay, and events have the new names at once."""
    home = await build(user_size=user_size)
    before = dict(home.terminal.users)
    async with home.connected(transport=transport) as device:
        await home.clock.advance(1)
        people = await device.read_users()
        bobby = replace(people["1002"], name="Bobby", cards=())
        assert await device.write_users([dora, bobby]) == {}
        expected = people | {"1002": bobby, "2001": dora}
        assert await device.read_users() == expected
        stored = home.terminal.users[4]
        assert (stored.user_id, stored.name, stored.card) == ("2001", "Dora", 7654321)
        assert (stored.password, stored.privilege, stored.group) == ("12345", 2 | 1, 5)
        if dora.rights:
            assert (stored.own_zones, stored.zones) == (True, (2, 50, 0))
        assert home.terminal.users[1] == before[1]
        assert home.terminal.users[3] == before[3]
        assert home.asked(Command.USER_WRITE) == 2
        assert home.asked(Command.REFRESH_DATA) == 1
        home.terminal.verify("1002")
        (event,) = await home.hear(1)
        assert event.user_name == "Bobby"
        await home.clock.advance(1)
        assert device.state.user_count == 4


@SIZES
async def test_writing_twice_changes_nothing(
    build: HomeBuilder, user_size: int
) -> None:
    """The second time nothing is sent."""
    home = await build(user_size=user_size)
    dora = DORA if user_size == 72 else WITHOUT
    async with home.connected() as device:
        assert await device.write_users([dora]) == {}
        written = home.asked(Command.USER_WRITE)
        assert await device.write_users([dora]) == {}
        assert home.asked(Command.USER_WRITE) == written
        limits = await limits_of(device)
        plan = make_plan([dora], await device.read_users(), limits, Mode.MERGE)
        assert not plan.writes


async def test_the_default_group_has_two_numbers(home: Home) -> None:
    """Whoever asks for 1 or for the default gets the same, and neither is written again."""
    async with home.connected() as device:
        users = [somebody(user_id="5", group=1), somebody(user_id="6", group=0)]
        assert await device.write_users(users) == {}
        assert [home.terminal.users[uid].group for uid in (4, 5)] == [1, 1]
        limits = await limits_of(device)
        there = await device.read_users()
        assert there["5"].group == there["6"].group == 0
        assert not make_plan(users, there, limits, Mode.MERGE).writes
        assert await device.write_users(users) == {}
        assert home.asked(Command.USER_WRITE) == 2


@pytest.mark.parametrize(("user_size", "kept"), [(72, "0042"), (28, "42")])
async def test_zeros_in_front(build: HomeBuilder, user_size: int, kept: str) -> None:
    """Where user IDs are digits they make nobody somebody else, whether the terminal keeps them or not."""
    home = await build(user_size=user_size)
    rights = IN if user_size == 72 else frozenset()
    zero = User(user_id="0042", name="Dora", rights=rights)
    async with home.connected() as device:
        for user in (zero, replace(zero, user_id="42")):
            assert await device.write_users([user]) == {}
            assert [*await device.read_users()][3:] == [kept]
            plan = make_plan(
                [user], await device.read_users(), await limits_of(device), Mode.MERGE
            )
            assert plan.unchanged == 1
        assert home.asked(Command.USER_WRITE) == 1
        assert await device.delete_users(["042"]) == {}
        assert len(home.terminal.users) == 3


async def test_numbers_are_the_lowest_that_are_free(home: Home) -> None:
    """The gap that somebody left is filled first; known users keep theirs."""
    del home.terminal.users[2]
    async with home.connected() as device:
        users = [
            somebody(user_id="7"),
            somebody(user_id="8"),
            somebody(user_id="1003", name="C"),
        ]
        assert await device.write_users(users) == {}
    ids = {uid: user.user_id for uid, user in home.terminal.users.items()}
    assert ids == {1: "1001", 2: "7", 3: "1003", 4: "8"}


async def test_two_changes_at_once(home: Home) -> None:
    """Each new user gets a number of their own."""
    async with home.connected() as device:
        changes = (device.write_users([somebody(user_id=user_id)]) for user_id in "567")
        assert await asyncio.gather(*changes) == [{}, {}, {}]
    assert len(home.terminal.users) == 6


async def test_one_bad_user_stops_nobody(home: Home) -> None:
    """The field is named, before anything of theirs is written."""
    async with home.connected() as device:
        failures = await device.write_users(
            [
                somebody(user_id="5", name="x" * 24),
                somebody(user_id="6", name="Six"),
                User(user_id="7", rights=frozenset({Right(2)})),
                somebody(user_id="8", name="Eight\tPin=9"),
                somebody(user_id="1001", pin_code="12 34"),
            ]
        )
    assert {key: str(err) for key, err in failures.items()} == {
        "5": "name: at most 23 bytes",
        "7": "doors: one of 1",
        "8": "name: printable characters only",
        "1001": "pin_code: 1 to 8 digits",
    }
    assert all(isinstance(err, InvalidValue) for err in failures.values())
    assert home.terminal.users[4].user_id == "6"
    assert len(home.terminal.users) == 4
    assert home.terminal.users[1].password == ""


async def test_rights_where_there_are_none(build: HomeBuilder) -> None:
    """Refused by name rather than dropped."""
    home = await build(user_size=28)
    async with home.connected() as device:
        failures = await device.write_users([WITH_RIGHTS, WITHOUT])
        assert failures == {}  # the last word about a user counts
        failures = await device.write_users([WITH_RIGHTS])
        assert str(failures["2001"]) == "rights: this device does not have it"


async def test_rights_come_and_go(home: Home) -> None:
    """With the rights of the group its schedule counts again; without any, everybody known would get in."""
    async with home.connected() as device:
        assert await device.write_users([WITH_RIGHTS]) == {}
        assert home.terminal.users[4].own_zones
        assert await device.write_users([replace(DORA, group=0)]) == {}
        assert not home.terminal.users[4].own_zones
        home.terminal.access.groups[1] = (7, 0, 9, 0)
        dora = (await device.read_users())["2001"]
        assert dora.rights == {Right(1, 7), Right(1, 9)}
        assert await device.write_users([replace(dora, name="Theodora")]) == {}
        assert not home.terminal.users[4].own_zones
        four = frozenset(Right(1, zone) for zone in range(1, 5))
        failures = await device.write_users([replace(DORA, rights=four)])
        assert str(failures["2001"]) == "rights: at most 3 time zones per door"
        failures = await device.write_users([WITHOUT])
        assert "everybody whom it knows" in str(failures["2001"])


async def test_a_group_of_which_the_terminal_tells_nothing(home: Home) -> None:
    """It is taken for one as the factory made it."""
    home.terminal.unknown_commands = {Command.GROUP_ZONES_READ}
    async with home.connected() as device:
        assert (await device.read_users())["1002"].rights == IN
        assert await device.write_users([DORA]) == {}
        assert not home.terminal.users[4].own_zones


async def test_own_zones_that_are_none(home: Home) -> None:
    """Whether they let anybody in is not known: such a person is changed only together with rights."""
    barred = replace(home.terminal.users[2], own_zones=True, zones=(0, 0, 0))
    home.terminal.users[2] = barred
    async with home.connected() as device:
        bob = (await device.read_users())["1002"]
        assert bob.rights == frozenset()
        failures = await device.write_users([replace(bob, name="Bobby")])
        assert [*failures] == ["1002"]
        assert home.terminal.users[2] == barred
        assert await device.write_users([replace(bob, rights={Right(1, 3)})]) == {}
        assert home.terminal.users[2].zones == (3, 0, 0)


async def test_what_another_program_spoilt_is_mended(home: Home) -> None:
    """Group 0, with which nobody gets in."""
    home.terminal.users[2] = replace(home.terminal.users[2], group=0)
    async with home.connected() as device:
        bob = (await device.read_users())["1002"]
        assert await device.write_users([replace(bob, name="Bobby")]) == {}
    assert home.terminal.users[2].group == 1


async def test_what_the_terminal_does_not_keep_is_a_failure(home: Home) -> None:
    """It says yes and stores less: only reading back tells. This one keeps seven digits."""
    async with home.connected() as device:
        failures = await device.write_users(
            [somebody(user_id="5", pin_code="12345678"), somebody(user_id="6")]
        )
        assert [*failures] == ["5"]
        assert isinstance(failures["5"], CommandRefused)
        assert failures["5"].reason == "the terminal did not accept pin_code"
        assert "12345678" not in str(failures)
        home.terminal.faults.answers[Command.USER_WRITE] = 2000
        failures = await device.write_users([somebody(user_id="9")])
        assert str(failures["9"]) == "the terminal did not accept the user (2001)"


async def test_no_room(home: Home) -> None:
    """In the terminal's own words, for each of them."""
    async with home.connected() as device:
        home.terminal.faults.answers[Command.USER_WRITE] = 4990
        failures = await device.write_users(
            [somebody(user_id="5"), somebody(user_id="6")]
        )
    assert {str(err) for err in failures.values()} == {"storage is full (4990)"}
    assert [*failures] == ["5", "6"]


async def test_no_number_is_left(build: HomeBuilder) -> None:
    """65535 users are all that a terminal can tell apart."""
    home = await build(max_chunk=0x10000)
    home.terminal.users = {
        uid: Stored(uid, str(uid)) for uid in range(1, 65536) if uid != 77
    }
    async with home.connected() as device:
        failures = await home.run(
            device.write_users([somebody(user_id="100001"), somebody(user_id="100002")])
        )
    assert [*failures] == ["100002"]
    assert str(failures["100002"]) == "storage is full (4990)"
    assert home.terminal.users[77].user_id == "100001"


# The first user, and old firmware


async def test_the_first_user_of_a_colour_terminal(build: HomeBuilder) -> None:
    """Its platform tells how it keeps users."""
    home = await build(users=0)
    async with home.connected() as device:
        assert await device.read_users() == {}
        assert device.people is not None
        assert device.people.name_bytes == 23
        assert await device.write_users([WITH_RIGHTS]) == {}
    assert home.terminal.users[1].user_id == "2001"


async def test_the_first_user_of_another_terminal(build: HomeBuilder) -> None:
    """Nothing is guessed where a wrong guess would write nonsense."""
    home = await build(users=0, user_size=28)
    home.terminal.options["~Platform"] = "ZEM500"
    async with home.connected() as device:
        assert device.people is not None
        assert device.people.name_bytes == 8
        with pytest.raises(Unsupported, match="at this terminal itself"):
            await device.write_users([DORA])
    assert home.asked(Command.USER_WRITE) == 0


async def test_the_layout_is_remembered_when_all_are_gone(build: HomeBuilder) -> None:
    """A terminal that had users before need not be asked how it keeps them."""
    home = await build(user_size=28)
    home.terminal.options["~Platform"] = "ZEM500"
    async with home.connected() as device:
        await device.clear_users()
        assert await device.write_users([WITHOUT]) == {}
    assert home.terminal.users[1].name == "Dora"


async def test_firmware_so_old_that_users_can_only_be_read(build: HomeBuilder) -> None:
    """Its records hold a number, a name and a PIN code; how they are written nobody tells."""
    home = await build(user_size=16)
    async with home.connected() as device:
        users = await device.read_users()
        assert [user.name for user in users.values()] == ["Alice", "Bob", "Carol"]
        assert device.people is None
        for verb in (
            device.write_users([DORA]),
            device.delete_users(["1"]),
            device.clear_users(),
            device.enrol("1", Credential.FINGERPRINT, 0),
        ):
            with pytest.raises(Unsupported):
                await verb
    assert len(home.terminal.users) == 3


# Deleting


@SIZES
async def test_deleting(build: HomeBuilder, user_size: int) -> None:
    """With their fingers; whom nobody knows counts as deleted."""
    home = await build(user_size=user_size)
    async with home.connected() as device:
        await home.clock.advance(1)
        assert await device.delete_users(["1002", "4711"]) == {}
        assert [*home.terminal.users] == [1, 3]
        assert [*home.terminal.templates] == [(1, 6), (3, 6)]
        assert home.asked(Command.DELETE_USER) == 1
        assert await device.delete_users(["1002"]) == {}
        assert home.asked(Command.DELETE_USER) == 1
        await home.clock.advance(1)
        assert device.state.user_count == 2


async def test_two_users_with_one_id(home: Home) -> None:
    """The first is written, both are deleted: nobody stays with the access of somebody who went."""
    home.terminal.users[3] = replace(home.terminal.users[3], user_id="1002")
    async with home.connected() as device:
        bob = (await device.read_users())["1002"]
        assert bob.name == "Bob"
        assert await device.write_users([replace(bob, name="Bobby")]) == {}
        assert home.terminal.users[2].name == "Bobby"
        assert home.terminal.users[3].name == "Carol"
        assert await device.delete_users(["1002"]) == {}
    assert [*home.terminal.users] == [1]


async def test_a_deletion_that_is_refused(home: Home) -> None:
    """Or that the terminal only pretends."""
    async with home.connected() as device:
        home.terminal.faults.answers[Command.DELETE_USER] = 4992
        failures = await device.delete_users(["1002"])
        assert str(failures["1002"]) == "cannot be deleted (4992)"
        home.terminal.faults.answers[Command.DELETE_USER] = 2000
        failures = await device.delete_users(["1002"])
        assert (
            str(failures["1002"]) == "the terminal did not accept the deletion (2001)"
        )


async def test_a_user_without_a_number(home: Home) -> None:
    """Nobody knows what a terminal would delete for number 0, so it is not asked."""
    home.terminal.users[0] = Stored(0, "5")
    async with home.connected() as device:
        failures = await device.delete_users(["5", "1002"])
        assert str(failures["5"]) == "uid: 1 to 65535"
    assert [*home.terminal.users] == [1, 3, 0]


async def test_clearing(home: Home) -> None:
    """Everybody, and the fingers before them; the logs stay."""
    home.terminal.verify("1001")
    async with home.connected() as device:
        await device.clear_users()
        assert home.terminal.users == {}
        assert home.terminal.templates == {}
        assert home.terminal.log
        assert await device.read_users() == {}
    wiped = [r.data for r in home.terminal.requests if r.command == Command.CLEAR_DATA]
    assert wiped == [b"\2", b"\5"]


async def test_clearing_that_does_not_happen(home: Home) -> None:
    """The terminal says yes and does nothing, or says no."""
    async with home.connected() as device:
        home.terminal.faults.answers[Command.CLEAR_DATA] = 2000
        with pytest.raises(CommandRefused, match="did not accept the deletion"):
            await device.clear_users()
        home.terminal.faults.answers[Command.CLEAR_DATA] = 2001
        with pytest.raises(CommandRefused, match="refused"):
            await device.clear_users()
    assert len(home.terminal.users) == 3


# Faults


MANY = [somebody(user_id=str(5000 + n), name=f"User {n}") for n in range(20)]


async def test_how_far_it_is(home: Home) -> None:
    """Long work tells so, with each user and with each part of a long answer."""
    shares: list[float] = []
    async with home.connected() as device:
        with progress.listening(shares.append):
            assert await home.run(device.write_users(MANY)) == {}
        written, shares = shares, []
        with progress.listening(shares.append):
            await device.read_users()
    for told in (written, shares):
        assert told == sorted(told)
        assert told[-1] == 1
    assert len(set(written)) > len(MANY)


async def cut_after(home: Home, count: int) -> None:
    """Break every connection when so many users were written."""
    for _ in range(count):
        await home.terminal.asked(Command.USER_WRITE)
    home.terminal.hang_up()


@TRANSPORTS
async def test_the_connection_is_lost_in_the_middle(
    home: Home, impatient: None, transport: Transport
) -> None:
    """It comes back, and the rest is written: everybody once, nobody twice."""
    async with home.connected(transport=transport) as device:
        await home.clock.advance(40)
        cut = asyncio.create_task(cut_after(home, 7))
        assert await home.run(device.write_users(MANY)) == {}
        await cut
        assert len(home.terminal.users) == 23
        users = await device.read_users()
        assert [users[user.user_id] for user in MANY] == MANY


async def test_the_terminal_goes_away_in_the_middle(
    home: Home, impatient: None
) -> None:
    """What nobody could prove is a failure; nothing is half written; later the rest is."""
    async with home.connected() as device:
        await home.clock.advance(40)

        async def power_cut() -> None:
            for _ in range(7):
                await home.terminal.asked(Command.USER_WRITE)
            home.terminal.power_off()

        cut = asyncio.create_task(power_cut())
        failures = await home.run(device.write_users(MANY))
        await cut
        assert all(isinstance(err, CannotConnect) for err in failures.values())
        unwritten = {user.user_id for user in MANY[8:]}
        assert unwritten <= failures.keys()
        stored = [user for uid, user in home.terminal.users.items() if uid > 3]
        assert [(u.user_id, u.name) for u in stored] == [
            (user.user_id, user.name) for user in MANY[: len(stored)]
        ]
        home.terminal.power_on()
        await home.clock.advance(120)
        assert await home.run(device.write_users(MANY)) == {}
    assert len(home.terminal.users) == 23


async def test_a_terminal_that_hangs_up_at_every_write(home: Home) -> None:
    """There is an end to trying."""
    async with home.connected() as device:
        await home.clock.advance(40)
        alive = True

        async def cut() -> None:
            while alive:
                await home.terminal.asked(Command.USER_WRITE)
                home.terminal.hang_up()

        home.terminal.faults.lose_reply_to[Command.USER_WRITE] = 99
        home.terminal.faults.answers[Command.USER_WRITE] = 2000
        cutting = asyncio.create_task(cut())
        failures = await home.run(device.write_users(MANY[:2]))
        cutting.cancel()
        assert [*failures] == ["5000", "5001"]
        assert all(isinstance(err, CannotConnect) for err in failures.values())
    assert len(home.terminal.users) == 3


async def test_nobody_is_there(home: Home, impatient: None) -> None:
    """The whole verb fails, for nothing can be said of anybody."""
    async with home.connected() as device:
        home.terminal.power_off()
        for verb in (
            device.read_users(),
            device.write_users([DORA]),
            device.delete_users(["1001"]),
            device.read_time_zones(),
        ):
            with pytest.raises(CannotConnect):
                await home.run(verb)


async def test_users_that_nobody_can_read(home: Home) -> None:
    """Nothing is written where nobody knows how."""
    home.terminal.users[1] = replace(home.terminal.users[1], user_id="")
    home.terminal.users[2] = replace(home.terminal.users[2], user_id="")
    async with home.connected() as device:
        with pytest.raises(MalformedReply):
            await device.write_users([DORA])
    assert home.asked(Command.USER_WRITE) == 0


# Schedules


WORK = Interval(time(8), time(17, 30))
WEEKDAYS = TimeZone(
    number=2,
    days={
        day: () if day in (Weekday.SUNDAY, Weekday.SATURDAY) else (WORK,)
        for day in [*Weekday][:7]
    },
)


async def test_time_zones(home: Home) -> None:
    """All fifty of them; one is written and read back."""
    async with home.connected() as device:
        await device.write_time_zone(WEEKDAYS)
        zones = await device.read_time_zones()
        assert [*zones] == [*range(1, 51)]
        assert zones[2] == WEEKDAYS
        always = Interval(time(0), time(23, 59))
        assert set(zones[1].days.values()) == {(always,)}
        await device.write_time_zone(TimeZone(number=3, days={Weekday.MONDAY: (WORK,)}))
        monday = (await device.read_time_zones())[3].days
        assert [day for day, hours in monday.items() if hours] == [Weekday.MONDAY]


@pytest.mark.parametrize(
    ("zone", "field"),
    [
        (TimeZone(number=51, days={}), "time_zone"),
        (TimeZone(number=2, days={Weekday.MONDAY: (WORK, WORK)}), "monday"),
        (TimeZone(number=2, days={Weekday.HOLIDAY_1: (WORK,)}), "holiday_1"),
        (
            TimeZone(
                number=2, days={Weekday.MONDAY: (Interval(time(8, 0, 1), time(9)),)}
            ),
            "schedule",
        ),
    ],
)
async def test_a_time_zone_that_does_not_fit(
    home: Home, zone: TimeZone, field: str
) -> None:
    """One interval a day, no holidays, whole minutes."""
    async with home.connected() as device:
        with pytest.raises(InvalidValue) as caught:
            await device.write_time_zone(zone)
        assert caught.value.field == field
    assert home.asked(Command.TIME_ZONE_WRITE) == 0


async def test_a_time_zone_that_is_not_kept(home: Home) -> None:
    """The terminal says yes and does nothing."""
    async with home.connected() as device:
        home.terminal.faults.answers[Command.TIME_ZONE_WRITE] = 2000
        with pytest.raises(CommandRefused, match="did not accept the schedule"):
            await device.write_time_zone(WEEKDAYS)


async def test_a_door_does_not_wait_for_fifty_time_zones(home: Home) -> None:
    """It opens in between."""
    async with home.connected() as device:
        await home.clock.advance(1)
        reading = asyncio.create_task(device.read_time_zones())
        await home.terminal.asked(Command.TIME_ZONE_READ)
        await device.open_door(1)
        assert home.asked(Command.TIME_ZONE_READ) < 10
        assert len(await reading) == 50


async def test_holidays(home: Home) -> None:
    """Nobody knows how a terminal keeps them."""
    async with home.connected() as device:
        with pytest.raises(Unsupported):
            await device.read_holidays()


# The translation


IDS = st.integers(1, 999_999_999).map(str)
ZONES = st.tuples(*[st.integers(0, 50)] * 3)
RECORDS = st.builds(
    Record,
    uid=st.integers(1, 65535),
    user_id=IDS,
    name=st.text(st.characters(categories=["L", "N"]), max_size=5),
    privilege=st.sampled_from([0, 2, 6, 14]),
    enabled=st.booleans(),
    password=st.text("0123456789", max_size=8),
    card=st.integers(0, 0xFFFFFFFF),
    group=st.integers(1, 99),
    own_zones=st.booleans(),
    zones=ZONES,
)
USERS = st.builds(
    User,
    user_id=IDS,
    name=st.text(st.characters(categories=["L", "N"]), max_size=5),
    cards=st.one_of(
        st.just(()), st.integers(1, 0xFFFFFFFF).map(lambda card: (str(card),))
    ),
    pin_code=st.text("0123456789", max_size=8),
    privilege=st.sampled_from(Privilege),
    group=st.integers(0, 99),
    enabled=st.booleans(),
    rights=st.frozensets(
        st.builds(Right, st.just(1), st.integers(1, 50)), min_size=1, max_size=3
    ),
)
LIMITS = Limits(
    abilities=Ability.NAME
    | Ability.CARDS
    | Ability.PIN_CODE
    | Ability.PRIVILEGE
    | Ability.GROUP
    | Ability.ENABLED
    | Ability.RIGHTS,
    name_bytes=23,
    privileges=frozenset(Privilege),
    groups=range(100),
    default_group=1,
    doors=frozenset({1}),
    needs_rights=True,
    rights_per_door=3,
)


def stored(record: Record) -> Record:
    """Return a record as a terminal tells it after it was written."""
    layout = UserLayout.TEXT
    (told,) = decode_users(encode_user(record, layout), layout)
    return told


GROUPS = st.dictionaries(
    st.integers(1, 99), st.lists(st.integers(0, 50), max_size=3).map(tuple), max_size=3
)


@given(USERS, RECORDS, GROUPS)
def test_every_user_survives(
    user: User, before: Record, groups: dict[int, tuple[int, ...]]
) -> None:
    """Written over anybody, or as somebody new, whatever the groups may."""
    check_user(user, LIMITS)
    for old in (stored(before), Record(uid=before.uid, user_id=user.user_id)):
        record = stored(to_record(user, old, groups))
        assert record.uid == old.uid
        assert not changed_fields(to_user(record, groups), user, LIMITS)


@given(RECORDS)
def test_what_nobody_changes_goes_back_as_it_came(record: Record) -> None:
    """Byte for byte, own zones that count for nothing among it."""
    before = stored(record)
    after = to_record(to_user(before, {1: (2, 0, 0)}), before, {1: (2, 0, 0)})
    assert after == before
    assert encode_user(after, UserLayout.TEXT) == before.kept


@pytest.mark.parametrize(
    ("wire", "told"), [(4, Privilege.ENROLLER), (12, Privilege.MANAGER)]
)
def test_a_privilege_of_another_firmware(wire: int, told: Privilege) -> None:
    """Told as what the person may at least, and kept until somebody gives another."""
    record = Record(uid=1, user_id="1", privilege=wire)
    user = to_user(record)
    assert user.privilege is told
    assert to_record(replace(user, name="Ann"), record).privilege == wire
    admin = replace(user, privilege=Privilege.ADMIN)
    assert to_record(admin, record).privilege == 14


HOURS = st.none() | st.tuples(st.times(), st.times()).map(
    lambda ends: Hours(*sorted(end.replace(second=0, microsecond=0) for end in ends))
)


@given(st.integers(1, 50), st.tuples(*[HOURS] * 7).map(WeekSchedule))
def test_every_week_survives(number: int, week: WeekSchedule) -> None:
    """In both directions."""
    zone = to_time_zone(number, week)
    assert zone.number == number
    assert to_week(zone) == week
