"""Who was changed at a terminal's own menu is told, and what we change ourselves never is."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.device_clock import DeviceClock
from custom_components.zkteco.protocol.model import AccessEvent, EventKind
from custom_components.zkteco.protocol.people import Credential, Right, Template, User
from custom_components.zkteco.protocol.standalone import monitor as monitor_module
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.logs import Operation
from custom_components.zkteco.protocol.standalone.menu import Menu
from custom_components.zkteco.protocol.standalone.packet import Command
from custom_components.zkteco.protocol.standalone.translate import Moment, People
from tests.simulators.standalone_world import Did

from .conftest import Home, HomeBuilder, until

TRANSPORTS = pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
SOON = 70
"""Seconds in which a change at the menu is noticed."""
somebody = partial(User, rights=frozenset({Right(1)}))


def changes(home: Home) -> list[AccessEvent]:
    """Return what was told of changed users."""
    return [one for one in home.events if one.kind is EventKind.USERS_CHANGED]


def told(home: Home) -> list[tuple[int, str | None, str | None]]:
    """Return the number, and about whom it is, of each of them."""
    return [(one.code, one.user_id, one.user_name) for one in changes(home)]


# At the menu


@TRANSPORTS
async def test_a_new_user(home: Home, transport: Transport) -> None:
    """With the name that was just given, and nothing of it is late."""
    async with home.connected(transport=transport) as device:
        await home.clock.advance(40)
        home.terminal.add_user("2001", "Zoe")
        await home.clock.advance(SOON)
        assert told(home) == [(20030, "2001", "Zoe")]
        (event,) = changes(home)
        assert (event.name, event.description) == ("user_added", "user enrolled")
        assert (event.door, event.late) == (None, False)
        assert event.device_time is not None
        assert device.state.user_count == 4
        home.terminal.verify("2001")
        await until(lambda: home.events[-1].kind is EventKind.ACCESS_GRANTED)
        assert home.events[-1].user_name == "Zoe"
        await home.clock.advance(2000)
        assert len(changes(home)) == 1


async def test_somebody_deleted(home: Home) -> None:
    """Known by the name that they had; whoever comes next has their number, and not their name."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.delete_user(3)
        await home.clock.advance(SOON)
        assert told(home) == [(20009, "1003", "Carol")]
        assert device.state.user_count == 2
        home.terminal.add_user("2001", "Zoe")
        await home.clock.advance(SOON)
        assert told(home)[1:] == [(20030, "2001", "Zoe")]


async def test_fingers_and_cards(home: Home) -> None:
    """A finger shows in the counters; of a card only the log tells, which is read when it has grown, but not often."""
    async with home.connected():
        await home.clock.advance(40)
        home.terminal.enrol("1002", 3)
        await home.clock.advance(SOON)
        assert told(home) == [(20006, "1002", "Bob")]
        before = home.asked(Command.PREPARE_BUFFER)
        home.terminal.give_card("1001", 77)
        await home.clock.advance(monitor_module.OPERATIONS_EVERY_SECONDS + SOON)
        assert told(home)[1:] == [(20008, "1001", "Alice")]
        assert changes(home)[1].late is False
        # The log, and the names.
        assert home.asked(Command.PREPARE_BUFFER) == before + 2


async def test_what_happens_to_nobody(home: Home) -> None:
    """Doors that open and settings that change are rows of the same log."""
    async with home.connected() as device:
        await home.clock.advance(40)
        for _ in range(3):
            await device.open_door(1)
            home.terminal.note(Did.OPTION_CHANGED)
            await home.clock.advance(700)
        assert changes(home) == []


async def test_everything_cleared(home: Home) -> None:
    """About nobody in particular."""
    async with home.connected():
        await home.clock.advance(40)
        home.terminal.users.clear()
        home.terminal.note(Did.DATA_CLEARED, 1)
        await home.clock.advance(SOON)
        assert told(home) == [(20013, None, None)]


# Without a word in the log


async def test_users_who_differ(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One event, however many they are; a name that changed comes with the daily look at them."""
    monkeypatch.setattr(monitor_module, "USERS_EVERY_SECONDS", 600.0)
    async with home.connected():
        await home.clock.advance(40)
        first = home.terminal.users[1]
        for uid in range(10, 15):
            home.terminal.users[uid] = replace(first, uid=uid, user_id=str(3000 + uid))
        await home.clock.advance(SOON)
        assert told(home) == [(30000, None, None)]
        home.terminal.rename("1002", "Bobby")
        await home.clock.advance(700)
        assert told(home)[1:] == [(30000, None, None)]
        home.terminal.verify("1002")
        await until(lambda: home.events[-1].kind is EventKind.ACCESS_GRANTED)
        assert home.events[-1].user_name == "Bobby"


async def test_whoever_asks_finds_out_at_once(home: Home) -> None:
    """Reading the users for another reason shows it, too."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.rename("1002", "Bobby")
        await device.read_users()
        await home.clock.advance(1)
        assert told(home) == [(30000, None, None)]
        await device.read_users()
        await home.clock.advance(1)
        assert len(changes(home)) == 1


async def test_a_log_that_cannot_be_read(home: Home) -> None:
    """The users tell it, then; as old firmware may have none."""
    home.terminal.old_firmware = True
    home.terminal.unknown_commands = {Command.OPERATIONS_READ}
    async with home.connected():
        await home.clock.advance(40)
        home.terminal.add_user("2001", "Zoe")
        await home.clock.advance(SOON)
        assert told(home) == [(30000, None, None)]


async def test_a_log_that_ends_the_connection_each_time(home: Home) -> None:
    """It is left alone after a while, and the terminal stays reachable."""
    async with home.connected() as device:
        await home.clock.advance(40)
        for _ in range(400):
            home.terminal.note(Did.OPTION_CHANGED)
        home.terminal.add_user("2001", "Zoe")
        home.terminal.faults.chunks = "missing"
        await home.clock.advance(600)
        assert device.state.error is None
        assert told(home) == [(30000, None, None)]


async def test_a_door_does_not_wait_for_a_long_log(home: Home) -> None:
    """The log is read again from its beginning, and nothing of it is lost."""
    async with home.connected() as device:
        await home.clock.advance(40)
        for _ in range(3000):
            home.terminal.note(Did.OPTION_CHANGED)
        home.terminal.add_user("2001", "Zoe")
        noticing = asyncio.create_task(home.clock.advance(SOON))
        await until(lambda: home.asked(Command.READ_BUFFER))
        await device.open_door(1)
        assert changes(home) == []
        await noticing
        assert told(home) == [(20030, "2001", "Zoe")]


def test_a_row_without_a_date() -> None:
    """It may be ours, so nobody is told."""
    menu = Menu(lambda: datetime(2026, 1, 1), None)
    menu.listening(datetime(2026, 1, 1))
    row = Operation(0, Did.USER_ADDED, datetime(2026, 1, 1), (1, 0, 0, 0))
    menu.read([row])
    assert menu.has_news
    moment = Moment(DeviceClock(), datetime(2026, 1, 1, tzinfo=UTC))
    assert len(menu.take(People(), moment)) == 1
    menu.read([row, replace(row, time=None)])
    assert not menu.has_news


# During an outage


async def test_during_an_outage(home: Home, impatient: None) -> None:
    """Told late, in the order of all that happened."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.verify("1001")
        await home.hear(1)
        home.terminal.power_off()
        await home.clock.advance(100)
        home.terminal.verify("1002")
        await home.clock.advance(10)
        home.terminal.add_user("2001", "Zoe")
        await home.clock.advance(10)
        home.terminal.verify("2001")
        await home.clock.advance(100)
        home.terminal.power_on()
        await home.clock.advance(100)
        assert device.state.error is None
        late = [(one.kind, one.user_name) for one in home.events if one.late]
        assert late[:3] == [
            (EventKind.ACCESS_GRANTED, "Bob"),
            (EventKind.USERS_CHANGED, "Zoe"),
            (EventKind.ACCESS_GRANTED, "Zoe"),
        ]
        assert len(changes(home)) == 1


async def test_while_nobody_was_there(home: Home) -> None:
    """After a restart the rest of the log is told, and nothing of it twice."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.add_user("2001", "Zoe")
        await home.clock.advance(SOON)
    memory = device.memory
    await home.pause(100)
    home.terminal.delete_user(2)
    await home.pause(100)
    async with home.connected(memory):
        await home.clock.advance(SOON)
    assert [code for code, *_ in told(home)] == [20030, 20009]
    assert changes(home)[1].late


@pytest.mark.parametrize(
    "stored",
    [
        None,
        7,
        {"told": 1, "own": 2},
        {"own": ["2026-01-01T00:00:00"]},
        {"own": ["yesterday", "today"]},
        {"own": ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"]},
    ],
)
async def test_a_memory_of_something_else(home: Home, stored: Json) -> None:
    """A fresh start."""
    async with home.connected({"menu": stored}):
        await home.clock.advance(40)
        home.terminal.add_user("2001", "Zoe")
        await home.clock.advance(SOON)
    assert len(changes(home)) == 1


# What we do ourselves


@TRANSPORTS
@pytest.mark.parametrize("user_size", [72, 28])
async def test_our_own_changes(
    build: HomeBuilder, transport: Transport, user_size: int
) -> None:
    """None of them is told, whatever the terminal writes into its log about them."""
    home = await build(user_size=user_size)
    rights = frozenset({Right(1)}) if user_size == 72 else frozenset()
    dora = User(user_id="2001", name="Dora", rights=rights)
    finger = Template(
        user_id="2001",
        credential=Credential.FINGERPRINT,
        index=1,
        version="10",
        data=b"finger",
    )
    async with home.connected(transport=transport) as device:
        await home.clock.advance(40)
        for verb in (
            lambda: device.write_users([dora]),
            lambda: device.write_templates([finger]),
            lambda: device.write_users([replace(dora, name="Theodora")]),
            lambda: device.delete_users(["2001", "1002"]),
            device.clear_users,
            lambda: device.write_users([dora]),
        ):
            await verb()
            await home.clock.advance(SOON)
        rows = {row.code for row in home.terminal.operations}
        assert {6, 9, 13, 30} <= rows
        await home.clock.advance(2000)
        assert changes(home) == []


async def test_our_own_enrolment(home: Home) -> None:
    """The person takes their time; a finger of somebody else later is told."""
    async with home.connected() as device:
        await home.clock.advance(40)
        await device.enrol("1002", Credential.FINGERPRINT, 6)
        await home.clock.advance(60)
        for _ in range(3):
            home.terminal.present_finger()
        await home.clock.advance(SOON)
        assert {one.kind for one in home.events} == {EventKind.ENROLMENT}
        await home.clock.advance(60)
        home.terminal.enrol("1003", 0)
        await home.clock.advance(SOON)
        assert told(home) == [(20006, "1003", "Carol")]


async def test_ours_and_theirs(home: Home) -> None:
    """What was done before and after a change of ours is told, and nothing of ours."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.add_user("2001", "Zoe")
        await home.clock.advance(8)
        assert await device.write_users([somebody(user_id="3001", name="Dora")]) == {}
        await home.clock.advance(8)
        home.terminal.add_user("2002", "Yves")
        await home.clock.advance(SOON)
        assert told(home) == [(20030, "2001", "Zoe"), (20030, "2002", "Yves")]


async def test_a_change_of_ours_that_is_cut(home: Home, impatient: None) -> None:
    """What was written before counts as ours, however long the terminal is away."""
    many = [somebody(user_id=str(5000 + n), name=f"User {n}") for n in range(20)]
    async with home.connected() as device:
        await home.clock.advance(40)

        async def power_cut() -> None:
            for _ in range(7):
                await home.terminal.asked(Command.USER_WRITE)
            home.terminal.power_off()

        cutting = asyncio.create_task(power_cut())
        assert await home.run(device.write_users(many))
        await cutting
        await home.clock.advance(600)
        home.terminal.power_on()
        await home.clock.advance(300)
        assert device.state.error is None
        assert device.state.user_count is not None
        assert device.state.user_count > 3
        assert changes(home) == []


async def test_a_change_of_ours_just_before_a_restart(home: Home) -> None:
    """It is remembered as ours."""
    async with home.connected() as device:
        await home.clock.advance(40)
        assert await device.write_users([somebody(user_id="5", name="Dora")]) == {}
        memory = device.memory
    async with home.connected(memory):
        await home.clock.advance(700)
    assert changes(home) == []


async def test_the_names_are_read_while_we_write(home: Home) -> None:
    """A list of half the users is no change of anybody else's."""
    many = [somebody(user_id=str(5000 + n), name=f"User {n}") for n in range(20)]
    async with home.connected() as device:
        await home.clock.advance(40)
        writing = asyncio.create_task(device.write_users(many))
        for _ in range(5):
            await home.terminal.asked(Command.USER_WRITE)
        await device.read_users()
        assert await writing == {}
        await home.clock.advance(700)
        assert changes(home) == []
