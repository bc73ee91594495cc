"""Keeping up with a terminal: outages, what was missed meanwhile, and what may not be told twice."""

import asyncio
from datetime import timedelta
import itertools
from zoneinfo import ZoneInfo

import pytest

from custom_components.zkteco.protocol import keeper
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    LoginLocked,
    MalformedReply,
    SecureFirmware,
    WrongDevice,
    WrongPassword,
)
from custom_components.zkteco.protocol.model import EventKind, Sound
from custom_components.zkteco.protocol.standalone import (
    hearing as hearing_module,
    monitor as monitor_module,
)
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.packet import Command
from tests.simulators.standalone_terminal import Faults, User
from tests.simulators.standalone_world import Did, Event

from .conftest import Home, HomeBuilder, until

TRANSPORTS = pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])


def entered(home: Home) -> list[tuple[str | None, bool]]:
    """Return who was let in as far as anybody heard, and whether that was late."""
    return [
        (event.user_id, event.late)
        for event in home.events
        if event.kind is EventKind.ACCESS_GRANTED
    ]


# Outages


@TRANSPORTS
async def test_what_happens_during_an_outage_is_told_late(
    home: Home, impatient: None, transport: Transport
) -> None:
    """The network is cut, people go in and out, the network is back."""
    async with home.connected(transport=transport) as device:
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(10)
        home.terminal.power_off()
        await home.clock.advance(60)
        assert isinstance(device.state.error, CannotConnect)
        home.terminal.verify("1002")
        await home.clock.advance(60)
        home.terminal.verify("1003")
        await home.clock.advance(60)
        home.terminal.power_on()
        await home.clock.advance(90)
        assert device.state.error is None
        assert entered(home) == [("1001", False), ("1002", True), ("1003", True)]
        assert home.events[1].user_name == home.terminal.users[2].name
        home.terminal.verify("1001")
        await until(lambda: len(entered(home)) == 4)
        assert entered(home)[-1] == ("1001", False)


@pytest.mark.parametrize("record_size", [40, 16, "8A", "8B", 49])
@pytest.mark.parametrize("range_read", [True, False])
async def test_every_log_layout_fills_the_gap(
    build: HomeBuilder, record_size: int | str, range_read: bool
) -> None:
    """Whether the terminal can read a part of its log or only all of it."""
    home = await build(
        records=30,
        record_size=record_size,
        range_read=range_read,
        user_size=72 if record_size in (40, 49) else 28,
    )
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(30)
        home.terminal.power_off()
        home.terminal.verify("1002")
        await home.clock.advance(2)
        home.terminal.verify("1003")
        home.terminal.power_on()
        await home.clock.advance(90)
    assert [user for user, _ in entered(home)] == ["1001", "1002", "1003"]


async def test_what_happened_while_home_assistant_was_off(build: HomeBuilder) -> None:
    """Told late at the next start, once; what was there before the first start never."""
    home = await build(records=20)
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(20)
    home.terminal.verify("1002")
    home.terminal.alarm("tamper")
    await home.pause(3600)
    for _ in range(2):
        async with home.connected(device.memory) as device:
            await home.clock.advance(1)
    assert entered(home) == [("1001", False), ("1002", True)]
    assert [event.kind for event in home.events].count(EventKind.TAMPER) == 1


async def test_alarms_of_an_outage_come_from_the_operation_log(home: Home) -> None:
    """Those that were heard are not told again."""
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.alarm("tamper")
        await home.hear(1)
        await home.clock.advance(20)
        home.terminal.power_off()
        await home.clock.advance(5)
        home.terminal.alarm("misoperation")
        home.terminal.unlock(50)
        await home.clock.advance(25)
        home.terminal.power_on()
        await home.clock.advance(90)
    told = [(event.kind, event.late) for event in home.events]
    assert told.count((EventKind.TAMPER, False)) == 1
    assert told.count((EventKind.TAMPER, True)) == 0
    assert told.count((EventKind.ALARM, True)) == 1


async def test_a_terminal_that_restarts_again_and_again(home: Home) -> None:
    """Nothing is lost and nothing told twice, whenever it goes down."""
    async with home.connected():
        await home.clock.advance(1)
        people = itertools.cycle(("1001", "1002", "1003"))
        for seconds in (0.2, 3, 31, 0, 45, 1):
            home.terminal.verify(next(people))
            home.terminal.power_cycle()
            await home.clock.advance(seconds)
            home.terminal.verify(next(people))
            await home.clock.advance(2)
        await home.clock.advance(120)
    told = sorted(str(event.device_time) for event in home.events if event.user_id)
    assert len(told) == len(home.terminal.log)


async def test_one_failure_is_forgiven(home: Home) -> None:
    """Nobody wants a door that flickers."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.hang_up()
        await until(lambda: home.terminal.connections == 2)
        await home.clock.advance(5)
        assert not any(state.error for state in home.states)
        assert device.state.error is None


async def test_a_half_open_connection_is_found_out(home: Home, impatient: None) -> None:
    """Nothing arrives and nothing is refused: only asking tells."""
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.faults.silent = True
        home.terminal.verify("1001")
        await home.clock.advance(120)
        assert isinstance(device.state.error, CannotConnect)
        assert home.events == []
        home.terminal.faults.silent = False
        await home.clock.advance(90)
        assert device.state.error is None
        assert entered(home) == [("1001", True)]


async def test_pauses_grow(home: Home) -> None:
    """A terminal that is off is not called all the time."""
    async with home.connected():
        await home.clock.advance(40)
        home.terminal.faults.refuse = True
        home.terminal.hang_up()
        await home.clock.advance(600)
        assert home.terminal.connections < 20


async def test_a_terminal_that_hangs_up_on_everybody(home: Home) -> None:
    """It takes each login and ends the connection: it is called less and less."""
    async with home.connected():
        for _ in range(200):
            await home.clock.advance(1)
            home.terminal.hang_up()
        assert home.terminal.connections < 40


@pytest.mark.parametrize(
    ("code", "command", "error"),
    [
        (2032, Command.CONNECT, LoginLocked),
        (6001, Command.CONNECT, SecureFirmware),
        (2005, Command.CONNECT, WrongPassword),
    ],
)
async def test_a_login_that_is_refused_is_not_tried_all_the_time(
    home: Home, code: int, command: int, error: type[Exception]
) -> None:
    """Somebody changed the key, or new firmware encrypts."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.faults.answers[command] = code
        if error is WrongPassword:
            home.terminal.key = 777
        home.terminal.hang_up()
        await home.clock.advance(60)
        assert isinstance(device.state.error, error)
        before = home.terminal.connections
        await home.clock.advance(600)
        assert home.terminal.connections - before <= 2
        home.terminal.faults = Faults()
        home.terminal.key = 0
        await home.clock.advance(400)
        assert device.state.error is None


async def test_another_terminal_at_the_same_address(home: Home) -> None:
    """It is not taken for ours."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.options["~SerialNumber"] = "OTHER"
        home.terminal.hang_up()
        await home.clock.advance(10)
        assert isinstance(device.state.error, WrongDevice)
        assert device.info.serial != "OTHER"


async def test_another_terminal_gets_none_of_our_commands(home: Home) -> None:
    """Who waits for the connection waits until it is known who answers."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.options["~SerialNumber"] = "OTHER"
        logins, goodbyes = home.asked(Command.CONNECT), home.asked(Command.EXIT)
        home.terminal.hang_up()
        advancing = asyncio.create_task(home.clock.advance(10))
        await until(lambda: home.asked(Command.CONNECT) > logins)
        with pytest.raises(CannotConnect):
            await device.open_door(1)
        await advancing
        assert home.terminal.unlocks == []
        assert home.asked(Command.EXIT) > goodbyes
        home.terminal.options["~SerialNumber"] = ""
        await home.clock.advance(120)
        assert isinstance(device.state.error, MalformedReply)


async def test_a_terminal_that_does_not_say_who_it_is(home: Home) -> None:
    """It cannot be added."""
    del home.terminal.options["~SerialNumber"]
    with pytest.raises(MalformedReply):
        async with home.connected():
            pass
    assert home.asked(Command.EXIT) == 1


async def test_somebody_enters_while_the_connection_is_made(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Before the first state is known, and told all the same."""
    device = home.device(has_contact=True)
    starting = asyncio.create_task(device.start())
    await until(lambda: home.asked(Command.EVENT))
    home.terminal.verify("1001")
    await starting
    await home.hear(1)
    assert entered(home) == [("1001", False)]
    assert device.state.doors[1].locked is False
    await device.stop()
    assert "Unexpected" not in caplog.text


# What must not be told twice, or wrongly


async def test_repeated_events_are_told_once(home: Home) -> None:
    """The terminal says it again until it saw the acknowledgement."""
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.faults.repeat_events = True
        home.terminal.verify("1001")
        await home.hear(1)
        await device.get_parameters(["LockOn"])
        await home.clock.advance(20)
        assert entered(home) == [("1001", False)]


async def test_a_terminal_that_says_it_once_more(home: Home) -> None:
    """Although it has the acknowledgement: two people who come in differ at least in the second."""
    async with home.connected():
        await home.clock.advance(1)
        record = home.terminal.verify("1001")
        assert record
        await home.hear(1)
        home.terminal.emit(Event.ATTENDANCE, home.terminal.attendance(record))
        await home.clock.advance(1)
        home.terminal.verify("1002")
        await home.hear(2)
        assert entered(home) == [("1001", False), ("1002", False)]


@pytest.mark.parametrize("claimed", [0, 7, 99_999])
async def test_wrong_counters_lose_nothing(build: HomeBuilder, claimed: int) -> None:
    """Some firmware counts no records where there are many."""
    home = await build(records=30)
    home.terminal.claimed[32] = claimed
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(30)
        home.terminal.power_off()
        home.terminal.verify("1002")
        home.terminal.power_on()
        await home.clock.advance(90)
    assert [user for user, _ in entered(home)] == ["1001", "1002"]


async def test_a_log_that_did_not_grow_is_not_read(build: HomeBuilder) -> None:
    """A terminal with 100,000 records is not asked for all of them after each hiccup."""
    home = await build(records=30, range_read=False)
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(60)
        home.terminal.requests.clear()
        home.terminal.hang_up()
        await home.clock.advance(10)
        log = [
            packet
            for packet in home.terminal.requests
            if packet.command == Command.PREPARE_BUFFER and packet.data[1] == 13
        ]
        assert log == []
        home.terminal.power_off()
        home.terminal.verify("1002")
        home.terminal.power_on()
        await home.clock.advance(90)
    assert [user for user, _ in entered(home)] == ["1001", "1002"]


async def test_a_log_that_cannot_be_read(home: Home) -> None:
    """What happened is lost, but not the terminal; whether the door is open is unknown."""
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(40)
        assert device.state.doors[1].locked is True
        home.terminal.faults.answers[Command.PREPARE_BUFFER] = 2001
        home.terminal.power_off()
        home.terminal.verify("1002")
        home.terminal.power_on()
        await home.clock.advance(90)
        assert device.state.error is None
        assert device.state.doors[1].locked is None
        assert entered(home) == [("1001", False)]
        home.terminal.verify("1003")
        await until(lambda: len(entered(home)) == 2)
        home.terminal.faults.answers.clear()
        home.terminal.requests.clear()
        home.terminal.hang_up()
        await home.clock.advance(60)
        assert device.state.error is None
        # Reading the log may be what fails, so it is left alone for a day.
        assert home.asked(Command.ATTENDANCE_READ) == 0
        assert home.asked(Command.PREPARE_BUFFER) == 0


async def test_an_operation_log_that_ends_the_connection(home: Home) -> None:
    """It is read again, and the alarm of the outage is told."""
    async with home.connected() as device:
        await home.clock.advance(40)
        for _ in range(400):
            home.terminal.note(Did.OPTION_CHANGED)
        home.terminal.power_off()
        await home.clock.advance(30)
        home.terminal.alarm("tamper")
        home.terminal.faults.chunks = "missing"
        home.terminal.power_on()
        while not home.asked(Command.READ_BUFFER):
            await home.clock.advance(1)
        assert home.events == []
        home.terminal.faults.chunks = None
        await home.clock.advance(100)
        assert device.state.error is None
        alarms = [one for one in home.events if one.kind is EventKind.TAMPER]
        assert [one.late for one in alarms] == [True]


async def test_a_log_of_an_unknown_layout(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused rather than guessed, a few times, and then left alone."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.hang_up()
        monkeypatch.setattr(home.terminal, "record_size", 40)
        home.terminal.log.clear()
        monkeypatch.setattr(
            "tests.simulators.standalone_session.Session._dataset",
            lambda session, kind: b"\xff" * 1001,
        )
        await home.clock.advance(120)
        assert device.state.error is None
        assert home.events == []


async def test_the_clock_was_set_back(build: HomeBuilder) -> None:
    """Following the log needs no clock."""
    home = await build(records=5)
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(40)
        home.terminal.power_off()
        home.terminal.clock_offset = timedelta(days=-3)
        home.terminal.verify("1002")
        home.terminal.range_read = False
        await home.clock.advance(30)
        home.terminal.power_on()
        await home.clock.advance(120)
    assert entered(home) == [("1001", False), ("1002", True)]


async def test_daylight_saving_and_another_zone(home: Home) -> None:
    """A terminal that keeps another zone's time."""
    home.terminal.clock_offset = timedelta(hours=-6)
    async with home.connected(zone=ZoneInfo("America/New_York")) as device:
        assert device.state.clock_offset == timedelta(0)
        home.terminal.verify("1001")
        (event,) = await home.hear(1)
        assert event.time == home.clock.now()
        await device.sync_time()
        assert home.terminal.clock_offset == timedelta(hours=-6)


# Names


async def test_a_new_person_gets_a_name(build: HomeBuilder) -> None:
    """Users are read again soon after somebody unknown came."""
    home = await build(users=1)
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.users[9] = User(9, "2001", "Zoe")
        home.terminal.verify("2001")
        (event,) = await home.hear(1)
        assert (event.user_id, event.user_name) == ("2001", None)
        await home.clock.advance(310)
        home.terminal.verify("2001")
        _, changed, event = await home.hear(3)
        assert changed.kind is EventKind.USERS_CHANGED
        assert event.user_name == "Zoe"


async def test_a_door_does_not_wait_for_names(build: HomeBuilder) -> None:
    """They are read from the beginning as soon as it is open."""
    home = await build(users=3000)
    async with home.connected() as device:
        reading = asyncio.create_task(home.clock.advance(2))
        await until(lambda: home.asked(Command.READ_BUFFER))
        await device.open_door(1)
        assert len(home.terminal.unlocks) == 1
        await reading
        home.terminal.verify("3999")
        (event,) = await home.hear(1)
        assert event.user_name == "User 2999"


async def test_users_that_cannot_be_read(home: Home) -> None:
    """Events come without names."""
    home.terminal.faults.answers[Command.PREPARE_BUFFER] = 2001
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.verify("1001")
        (event,) = await home.hear(1)
        assert (event.user_id, event.user_name) == ("1001", None)
        assert device.state.error is None


def test_a_memory_of_garbage_is_a_fresh_start(home: Home) -> None:
    """Somebody edited the file."""
    for memory in (
        {"seen": "yesterday", "rows": True, "layout": "9", "told": 3},
        {"seen": "2026-11-21T12:00:00+00:00", "rows": "x", "layout": None},
    ):
        assert home.device(memory).memory["seen"] is None


async def test_an_event_that_breaks_the_code_breaks_nothing_else(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours is logged, and the next event is told."""
    async with home.connected():
        await home.clock.advance(1)
        with monkeypatch.context() as patch:
            patch.setattr(hearing_module, "decode_event", None)
            home.terminal.verify("1001")
            await until(lambda: len(home.terminal.acks) >= 1)
            await home.clock.advance(1)
        home.terminal.verify("1002")
        await until(lambda: entered(home))
        assert entered(home) == [("1002", False)]


# Everything at once


async def test_a_door_command_goes_before_a_long_log(build: HomeBuilder) -> None:
    """Catching up with a full log gives way, and is done afterwards."""
    home = await build(records=3000, range_read=False)
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(40)
        home.terminal.power_off()
        home.terminal.verify("1002")
        home.terminal.power_on()
        home.terminal.requests.clear()
        catching_up = asyncio.create_task(home.clock.advance(120))
        await until(lambda: home.asked(Command.READ_BUFFER) > 2)
        await device.open_door(1)
        await catching_up
        assert len(home.terminal.unlocks) == 1
        await home.clock.advance(10)
    assert [user for user, _ in entered(home)] == ["1001", "1002"]


async def test_who_enters_while_a_log_is_read(build: HomeBuilder) -> None:
    """Told at once, and not again from the log."""
    home = await build(records=3000, range_read=False)
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(40)
        home.terminal.power_off()
        home.terminal.verify("1002")
        await home.clock.advance(30)
        home.terminal.power_on()
        home.terminal.requests.clear()
        catching_up = asyncio.create_task(home.clock.advance(120))
        await until(lambda: home.asked(Command.READ_BUFFER) > 2)
        home.terminal.verify("1003")
        await until(lambda: ("1003", False) in entered(home))
        await catching_up
    assert sorted(entered(home)) == [("1001", False), ("1002", True), ("1003", False)]


async def test_an_event_that_got_lost(home: Home) -> None:
    """Over UDP nobody notices, until the terminal has more records than were told."""
    async with home.connected(transport=Transport.UDP):
        await home.clock.advance(1)
        for user in ("1001", "1002"):
            home.terminal.verify(user)
            await until(lambda user=user: (user, False) in entered(home))
            await home.clock.advance(20)
        home.terminal.silent_about = {1}
        home.terminal.verify("1003")
        await home.clock.advance(90)
    assert entered(home)[-1] == ("1003", True)


async def test_stopping_in_the_middle_of_a_question(
    home: Home, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal is silent; nobody waits for it for long."""
    monkeypatch.setattr(keeper, "GOODBYE_SECONDS", 0.01)
    device = home.device()
    await device.start()
    await home.clock.advance(1)
    home.terminal.faults.silent = True
    async with home.nobody_connected():
        waiting = asyncio.create_task(home.clock.advance(20))
        await until(lambda: home.asked(Command.GET_TIME) > 1)
        await device.stop()
        waiting.cancel()
    assert device.state.error is None


@pytest.mark.parametrize("old_firmware", [False, True])
async def test_stopping_in_the_middle_of_a_long_read(
    build: HomeBuilder, impatient: None, old_firmware: bool
) -> None:
    """In parts or in one go: nobody waits for its end, and who asked for it is told."""
    home = await build(records=20_000, old_firmware=old_firmware, range_read=False)
    device = home.device()
    await device.start()
    await home.clock.advance(1)
    what = Command.ATTENDANCE_READ if old_firmware else Command.READ_BUFFER
    before = home.asked(what)
    reading = asyncio.create_task(device.read_events(None, 10))
    await until(lambda: home.asked(what) > before)
    await device.stop()
    assert home.asked(what) < before + 5
    async with home.nobody_connected():
        with pytest.raises(CannotConnect):
            await home.run(reading)


async def test_a_defect_of_ours_ends_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged, and the terminal is called again."""
    async with home.connected() as device:
        await home.clock.advance(1)
        with monkeypatch.context() as patch:
            patch.setattr(monitor_module, "get_time", None)
            await home.clock.advance(60)
            assert isinstance(device.state.error, MalformedReply)
        await home.clock.advance(90)
        assert device.state.error is None


async def test_a_terminal_without_a_clock(home: Home) -> None:
    """Everything else goes on."""
    home.terminal.unknown_commands = {Command.GET_TIME}
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.verify("1001")
        (event,) = await home.hear(1)
        assert not event.late
        assert device.state.clock_offset is None


async def test_a_question_of_somebody_else_ends_the_connection(
    home: Home, impatient: None
) -> None:
    """It is opened again at once, so that nothing is missed for long."""
    async with home.connected() as device:
        await home.clock.advance(40)
        home.terminal.faults.lose_reply_to[Command.TEST_VOICE] = 1
        with pytest.raises(CannotConnect):
            await device.play_sound(Sound.BELL)
        await until(lambda: home.terminal.connections == 2)
        home.terminal.verify("1001")
        await until(lambda: entered(home) == [("1001", False)])
