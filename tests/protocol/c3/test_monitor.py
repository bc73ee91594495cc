"""Keeping up with a panel: events once and in order, recovery, and what is known meanwhile."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import logging

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.zkteco.protocol import keeper
from custom_components.zkteco.protocol.c3 import monitor as monitor_module
from custom_components.zkteco.protocol.c3.client import C3Client
from custom_components.zkteco.protocol.c3.monitor import Monitor
from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    DeviceBusy,
    DeviceError,
    MalformedReply,
    WrongDevice,
    WrongPassword,
)
from custom_components.zkteco.protocol.model import DoorAlarm, EventKind
from tests.clock import ZONE, FakeClock
from tests.simulators import c3_wire as wire
from tests.simulators.c3_link import Link, Reply
from tests.simulators.c3_panel import ALICE, C3Panel as SimulatedPanel, Faults
from tests.simulators.c3_world import generated_users

from .conftest import HOST, Home, HomeBuilder, refuse, until


def polls(home: Home) -> int:
    """Return how often the panel was asked for events."""
    return home.panel.requests[wire.BINARY_LOG] + home.panel.requests[wire.TEXT_LOG]


async def outage(home: Home, seconds: float) -> None:
    """Cut the network and wait; the panel goes on alone."""
    home.panel.faults.refuse = True
    home.panel.hang_up()
    await home.clock.advance(seconds)


async def back(home: Home, seconds: float = 90) -> None:
    """Mend the network and wait for the next attempt."""
    home.panel.faults = Faults()
    await home.clock.advance(seconds)


# Events


@pytest.mark.parametrize("text_log", [True, False])
@pytest.mark.parametrize("events_per_reply", [1, 2, 30])
async def test_a_burst_is_told_once_and_in_order(
    build: HomeBuilder, text_log: bool, events_per_reply: int
) -> None:
    """Thirty people in a second: the panel's ring is full, and emptied in one poll."""
    home = await build(text_log=text_log, events_per_reply=events_per_reply)
    async with home.connected():
        for card in range(1001, 1031):
            home.panel.swipe(1, card)
        await home.clock.advance(1)
        assert home.cards == [*range(1001, 1031)]
        await home.clock.advance(60)
        assert len(home.events) == 30
        assert not any(event.late for event in home.events)


async def test_a_crowd_that_is_more_than_the_panel_holds(home: Home) -> None:
    """Its ring pushed the first ones out; they stand in its log."""
    async with home.connected():
        await home.clock.advance(5)
        for card in range(1001, 1051):
            home.panel.swipe(1, card)
        await home.clock.advance(5)
        assert sorted(home.cards) == [*range(1001, 1051)]
        assert not any(event.late for event in home.events)


async def test_what_an_event_tells(home: Home) -> None:
    """Who, how, where, when; the name comes from the panel's own table."""
    async with home.connected():
        await home.clock.advance(2)
        home.panel.swipe(2, ALICE.card, "out")
        before = home.clock.now()
        await home.clock.advance(1)
    event = home.events[0]
    assert event.kind is EventKind.ACCESS_GRANTED
    assert (event.code, event.door, event.user_id) == (0, 2, "1")
    assert (event.user_name, event.card) == ("Alice", "1234567")
    assert event.direction == "out"
    assert event.method == "card"
    assert abs(event.time - before) <= timedelta(seconds=1)
    assert event.device_time == before.replace(tzinfo=None)
    assert not event.late


async def test_an_event_number_that_nobody_knows(home: Home) -> None:
    """It is told with its number."""
    async with home.connected():
        home.panel.log(199, door=1)
        home.panel.log(253, door=9)
        await home.clock.advance(1)
    assert [(e.code, e.kind, e.door, e.name) for e in home.events] == [
        (199, EventKind.ALARM, 1, "unknown"),
        (253, EventKind.OTHER, None, "unknown"),
    ]


async def test_events_of_before_the_first_connection_are_no_news(home: Home) -> None:
    """The panel's log is full of them."""
    for card in range(50):
        home.panel.swipe(1, 100 + card)
    await home.pause(3600)
    async with home.connected():
        await home.clock.advance(30)
        assert home.events == []
        await outage(home, 30)
        await back(home)
        assert home.events == []


# Cadence


async def test_a_quiet_panel_is_asked_once_a_second(home: Home) -> None:
    """Cheap for the panel, quick enough for people."""
    async with home.connected():
        await home.clock.advance(10)
        before = polls(home)
        await home.clock.advance(60)
        assert polls(home) - before == 60


async def test_it_is_asked_faster_after_an_event_or_a_command(home: Home) -> None:
    """Something is going on: look three times a second for five seconds."""
    async with home.connected() as device:
        await home.clock.advance(10)
        home.panel.close_contact(1)
        home.panel.open_contact(1)
        await home.clock.advance(1)
        before = polls(home)
        await home.clock.advance(3)
        assert polls(home) - before in (9, 10)
        await home.clock.advance(10)
        before = polls(home)
        await device.cancel_alarms()
        await home.clock.settle()
        # The command is looked at without waiting.
        assert polls(home) > before
        await home.clock.advance(30)
        before = polls(home)
        await home.clock.advance(10)
        assert polls(home) - before == 10


async def test_a_slow_panel_is_asked_less_often(home: Home) -> None:
    """A panel that needs a second for each answer would do nothing else."""
    client = C3Client(HOST, home.panel.port, "")
    monitor = Monitor(client, home.clock, {}, home.states.append, home.events.append)
    await monitor.start()
    await home.clock.advance(20)
    client.round_trip = 1.0
    before = polls(home)
    await home.clock.advance(0.5)
    client.round_trip = 1.0
    await home.clock.advance(3.9)
    assert polls(home) - before == 1
    await monitor.stop()


# What is known


async def test_doors_as_the_panel_reports_them(home: Home) -> None:
    """Relay, contact and alarms come with every poll."""
    home.panel.doors[2].sensor_type = 0
    async with home.connected() as device:
        await home.clock.advance(1)
        first, second = device.state.doors[1], device.state.doors[2]
        assert (first.relay, first.held, first.contact_open) == (False, False, False)
        assert first.locked is True
        assert second.contact_open is None
        assert device.info.doors[1].has_contact
        assert not device.info.doors[2].has_contact
        home.panel.swipe(1, ALICE.card)
        home.panel.open_contact(1)
        await home.clock.advance(1)
        door = device.state.doors[1]
        assert (door.relay, door.contact_open, door.locked) == (True, True, False)
        home.panel.close_contact(1)
        await home.clock.advance(6)
        door = device.state.doors[1]
        assert (door.relay, door.contact_open, door.locked) == (False, False, True)


async def test_alarms_of_old_firmware_are_known_from_events(home: Home) -> None:
    """The status says that there is an alarm; the event said which."""
    async with home.connected() as device:
        await home.clock.advance(1)
        assert device.state.doors[1].alarms == dict.fromkeys(DoorAlarm, False)
        home.panel.force(1)
        await home.clock.advance(1)
        alarms = device.state.doors[1].alarms
        assert alarms[DoorAlarm.ANY] is True
        assert alarms[DoorAlarm.FORCED] is True
        assert alarms[DoorAlarm.TAMPER] is False
        await home.run(device.cancel_alarms())
        await home.clock.advance(1)
        assert device.state.doors[1].alarms == dict.fromkeys(DoorAlarm, False)


async def test_an_alarm_that_was_on_already_is_not_explained(home: Home) -> None:
    """Which one it is nobody saw: unknown, not off."""
    home.panel.force(1)
    await home.pause(3600)
    async with home.connected() as device:
        await home.clock.advance(1)
        alarms = device.state.doors[1].alarms
        assert alarms[DoorAlarm.ANY] is True
        assert alarms[DoorAlarm.FORCED] is None
        assert alarms[DoorAlarm.DURESS] is None


async def test_text_firmware_reports_each_alarm(build: HomeBuilder) -> None:
    """Nothing has to be guessed."""
    home = await build(text_log=True)
    home.panel.tamper()
    home.panel.duress(2, ALICE)
    await home.pause(3600)
    async with home.connected() as device:
        await home.clock.advance(1)
        assert device.state.doors[1].alarms == {
            DoorAlarm.ANY: True,
            DoorAlarm.FORCED: False,
            DoorAlarm.HELD_OPEN: False,
            DoorAlarm.TAMPER: True,
            DoorAlarm.DURESS: False,
        }
        assert device.state.doors[2].alarms[DoorAlarm.DURESS] is True


async def test_a_door_that_stands_open_too_long(home: Home) -> None:
    """The alarm comes on by itself and goes when the door is shut."""
    async with home.connected() as device:
        home.panel.swipe(1, ALICE.card)
        home.panel.open_contact(1)
        await home.clock.advance(30)
        assert (28, 1) in home.told
        assert device.state.doors[1].alarms[DoorAlarm.HELD_OPEN] is True
        home.panel.close_contact(1)
        await home.clock.advance(1)
        assert device.state.doors[1].alarms[DoorAlarm.HELD_OPEN] is False


async def test_auxiliary_inputs_are_unknown_until_they_change(home: Home) -> None:
    """The panel tells changes only."""
    async with home.connected() as device:
        await home.clock.advance(1)
        assert device.state.aux_inputs == {1: None, 2: None}
        home.panel.aux_input(2, True)
        await home.clock.advance(1)
        assert device.state.aux_inputs == {1: None, 2: True}
        home.panel.aux_input(2, False)
        await home.clock.advance(1)
        assert device.state.aux_inputs == {1: None, 2: False}
        assert [e.aux_input for e in home.events] == [2, 2]


async def test_old_firmware_does_not_report_its_relays(build: HomeBuilder) -> None:
    """Locked or not is unknown until somebody comes; then the pulse is timed."""
    home = await build(old_byte8=True)
    async with home.connected() as device:
        await home.clock.advance(5)
        assert device.state.doors[1].relay is None
        assert device.state.doors[1].locked is None
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(2)
        assert device.state.doors[1].locked is False
        await home.clock.advance(6)
        assert device.state.doors[1].locked is True
        assert device.state.doors[2].locked is None
        home.panel.swipe(1, 999)
        await home.clock.advance(1)
        assert device.state.doors[1].locked is True


async def test_a_door_that_was_held_open_before_is_not_shown_as_locked(
    build: HomeBuilder,
) -> None:
    """The panel confirms a pulse, and leaves the door as open as it was."""
    home = await build(old_byte8=True)
    home.panel.control(bytes((1, 1, 1, 255, 0)))
    async with home.connected() as device:
        await home.clock.advance(5)
        await device.open_door(1)
        home.panel.exit_button(1)
        await home.clock.advance(60)
        assert home.panel.door(1).relay
        assert device.state.doors[1].locked is None
        await home.run(device.release_door(1))
        assert not home.panel.door(1).relay
        assert device.state.doors[1].locked is True


async def test_a_hold_is_known_from_its_events(build: HomeBuilder) -> None:
    """Another program held the door open, and closed it again."""
    home = await build(old_byte8=True)
    async with home.connected() as device:
        home.panel.control(bytes((1, 1, 1, 255, 0)))
        await home.clock.advance(300)
        assert device.state.doors[1].held is True
        assert device.state.doors[1].locked is False
        home.panel.control(bytes((4, 1, 0, 0, 0)))
        home.panel.control(bytes((1, 1, 1, 0, 0)))
        await home.clock.advance(1)
        assert device.state.doors[1].held is False
        assert device.state.doors[1].locked is True


async def test_a_relay_that_stays_on_is_held(home: Home) -> None:
    """Nobody saw who held the door open, but no pulse lasts so long."""
    home.panel.control(bytes((1, 1, 1, 255, 0)))
    async with home.connected() as device:
        await home.clock.advance(1)
        assert device.state.doors[1].held is None
        assert device.state.doors[1].locked is False
        await home.clock.advance(300)
        assert device.state.doors[1].held is True


async def test_firmware_with_long_records_wants_text(build: HomeBuilder) -> None:
    """It says so at the first question."""
    home = await build(records36=True)
    async with home.connected() as device:
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(1)
        assert home.told == [(0, 1)]
        assert device.state.doors[1].relay is True
        assert home.panel.requests[wire.BINARY_LOG] == 0


async def test_firmware_that_wants_text_only_later(
    build: HomeBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch is for good, and what the long records held is read from the log."""
    home = await build()
    async with home.connected():
        await home.clock.advance(2)
        home.panel.swipe(1, 1001)
        await home.clock.advance(1)
        home.panel.records36 = True
        home.panel.swipe(1, 1002)
        # Long records that nobody can read took the event out of the live log.
        home.panel.ring.clear()
        await home.clock.advance(10)
        home.panel.swipe(1, 1003)
        await home.clock.advance(10)
        assert home.cards == [1001, 1002, 1003]
        before = home.panel.requests[wire.BINARY_LOG]
        await home.clock.advance(10)
        assert home.panel.requests[wire.BINARY_LOG] == before
        assert home.panel.connections == 1


async def test_one_unreadable_answer_is_forgiven(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No text either: the next poll tells more."""
    async with home.connected() as device:
        await home.clock.advance(2)
        home.panel.records36 = True
        monkeypatch.setattr(home.panel, "answer", refuse(home.panel, wire.TEXT_LOG))
        await home.clock.advance(1)
        home.panel.records36 = False
        assert device.state.error is None
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        assert device.state.error is None
        assert home.cards == [1001]


async def test_names_and_counts_come_with_time(home: Home) -> None:
    """They are read when nothing else is to do."""
    async with home.connected() as device:
        assert device.state.user_count is None
        await home.clock.advance(5)
        assert device.state.user_count == 2
        assert device.state.record_count == 0
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(5)
        assert device.state.record_count == 1


async def test_a_new_user_gets_a_name_soon(home: Home) -> None:
    """Another has the number now, which no count shows: the table is read again some minutes later."""
    home.panel.add_user(type(ALICE)(7, 777))
    async with home.connected():
        await home.clock.advance(5)
        home.panel.add_user(type(ALICE)(7, 777, "Carol"))
        home.panel.swipe(1, 777)
        await home.clock.advance(400)
        home.panel.swipe(1, 777)
        await home.clock.advance(5)
        assert [event.user_name for event in home.events] == [None, "Carol"]


async def test_old_firmware_has_no_names(build: HomeBuilder) -> None:
    """Its user table has no such column."""
    home = await build(new_layout=False)
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(5)
        assert home.events[0].user_name is None
        assert device.state.user_count == 2


# Recovery


async def test_one_failure_is_forgiven(home: Home) -> None:
    """Nobody needs to know about a single damaged answer."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.states.clear()
        home.panel.faults.bad_crc = 1
        await home.clock.advance(10)
        assert home.panel.connections == 2
        assert all(state.error is None for state in home.states)
        assert device.state.error is None


async def test_an_outage_is_told_once_and_so_is_its_end(home: Home) -> None:
    """The pauses grow to a minute."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.states.clear()
        before = home.panel.connections
        await outage(home, 600)
        assert isinstance(device.state.error, CannotConnect)
        # 1, 2, 5, 15 and then 60 seconds: a minute more or less.
        assert 11 <= home.panel.connections - before <= 15
        assert [type(s.error) for s in home.states] == [type(device.state.error)]
        await back(home)
        assert device.state.error is None
        assert home.states[-1].error is None


@pytest.mark.usefixtures("impatient")
async def test_a_panel_that_falls_silent(home: Home) -> None:
    """A half-open connection is noticed by its silence."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.faults.silent = True
        await home.clock.advance(5)
        assert isinstance(device.state.error, CannotConnect)
        await back(home)
        assert device.state.error is None
        home.panel.swipe(1, 1001)
        await home.clock.advance(2)
        assert home.cards == [1001]


async def test_another_program_takes_the_connection(home: Home) -> None:
    """After three short-lived connections in a row we stand back, and come again when it is gone."""
    async with home.connected() as device:
        await home.clock.advance(60)
        home.panel.faults.evict_every_connection = True
        home.panel.hang_up()
        await home.clock.advance(30)
        assert isinstance(device.state.error, DeviceBusy)
        before = home.panel.connections
        await home.clock.advance(300)
        assert home.panel.connections - before <= 6
        assert isinstance(device.state.error, DeviceBusy)
        home.panel.faults.evict_every_connection = False
        await home.clock.advance(200)
        assert device.state.error is None


async def test_the_password_was_changed(home: Home) -> None:
    """That is told at once: nothing but a person can help."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.parameters["ComPwd"] = "new"
        home.panel.hang_up()
        await home.clock.advance(10)
        assert isinstance(device.state.error, WrongPassword)
        home.panel.parameters["ComPwd"] = ""
        await home.clock.advance(90)
        assert device.state.error is None


async def test_another_panel_got_the_address(home: Home) -> None:
    """Its events are not told, its doors not shown."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.parameters["~SerialNumber"] = "OTHER"
        home.panel.hang_up()
        home.panel.swipe(1, 1001)
        await home.clock.advance(30)
        assert isinstance(device.state.error, WrongDevice)
        assert device.state.error.found == "OTHER"
        assert home.events == []
        assert device.info.serial == "DGD9190019050335134"


async def test_another_panel_gets_none_of_our_commands(home: Home) -> None:
    """Neither a door nor a user: who waits for the connection waits until it is known who answers."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.parameters["~SerialNumber"] = "OTHER"
        users = list(home.panel.tables["user"])
        logins = home.panel.requests[wire.CONNECT_SESSION]
        home.panel.hang_up()
        advancing = asyncio.create_task(home.clock.advance(5))
        await until(lambda: home.panel.requests[wire.CONNECT_SESSION] > logins)
        results = await asyncio.gather(
            device.open_door(1), device.restart(), return_exceptions=True
        )
        assert [type(result) for result in results] == [CannotConnect] * 2
        await advancing
        with pytest.raises(CannotConnect):
            await home.run(device.delete_users(["1"]))
        assert home.panel.commands == []
        assert list(home.panel.tables["user"]) == users
        assert home.panel.requests[wire.DISCONNECT] > 0
        del home.panel.parameters["~SerialNumber"]
        await home.clock.advance(120)
        assert isinstance(device.state.error, MalformedReply)


async def test_a_rebuilt_panel_is_probed_again(home: Home) -> None:
    """New firmware speaks text and shows another number of inputs."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.parameters["FirmVer"] = "AC Ver 5.4.3"
        home.panel.parameters["AuxInCount"] = "1"
        home.panel.text_log = True
        home.panel.hang_up()
        await home.clock.advance(10)
        assert device.info.firmware == "AC Ver 5.4.3"
        assert device.state.aux_inputs == {1: None}
        before = home.panel.requests[wire.BINARY_LOG]
        home.panel.swipe(1, 1001)
        await home.clock.advance(10)
        assert home.cards == [1001]
        assert home.panel.requests[wire.BINARY_LOG] == before


@pytest.mark.parametrize(("before", "after"), [("2", "4"), ("4", "2")])
async def test_a_setting_changes_the_number_of_doors(
    build: HomeBuilder, before: str, after: str
) -> None:
    """Two doors of two directions become four, or the other way round; what is known of those that stay is kept."""
    home = await build(doors=4)
    home.panel.parameters |= {"LockCount": before, "Door4ToDoor2": "0"}
    async with home.connected() as device:
        await home.clock.advance(5)
        await device.hold_open(1)
        home.panel.parameters["LockCount"] = after
        await home.run(device.set_parameters({"Door4ToDoor2": "1"}))
        assert len(device.state.doors) == int(after)
        assert device.state.doors[1].held is True
        home.panel.hang_up()
        await home.clock.advance(30)
        assert device.state.error is None
        assert len(device.state.doors) == int(after)


async def test_a_panel_restarts_in_the_middle_of_a_long_read(home: Home) -> None:
    """The read starts again with the next connection."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        await outage(home, 30)
        for card in range(2000, 5000):
            home.panel.swipe(1, card)
        home.panel.faults = Faults(reset_after=16)
        await home.clock.advance(120)
        assert home.panel.requests[wire.READ_PART] > 10
        assert home.cards == [1001, *range(2000, 5000)]
        assert device.state.error is None


async def test_an_unexpected_failure_does_not_end_the_loop(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake of ours costs one poll, and is logged for a bug report."""

    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError

    async with home.connected() as device:
        await home.clock.advance(5)
        with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
            patch.setattr(monitor_module, "decode_binary", broken)
            await home.clock.advance(4)
        assert isinstance(device.state.error, DeviceError)
        await home.clock.advance(30)
        assert device.state.error is None
        home.panel.swipe(1, 1001)
        await home.clock.advance(2)
        assert home.cards == [1001]


# Missed events


@pytest.mark.parametrize("text_log", [True, False])
@pytest.mark.parametrize("new_layout", [True, False])
async def test_what_happened_during_an_outage_is_told_late_and_once(
    build: HomeBuilder, text_log: bool, new_layout: bool
) -> None:
    """With names, and at the time when it happened."""
    home = await build(text_log=text_log, new_layout=new_layout)
    async with home.connected():
        await home.clock.advance(5)
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        await outage(home, 300)
        home.panel.swipe(1, ALICE.card)
        happened = home.clock.now()
        home.panel.exit_button(2)
        await home.clock.advance(300)
        await back(home)
        home.panel.swipe(1, 1002)
        await home.clock.advance(2)
        assert home.told == [(27, 1), (0, 1), (202, 2), (27, 1)]
        assert [event.late for event in home.events] == [False, True, True, False]
        assert abs(home.events[1].time - happened) < timedelta(seconds=2)
        assert home.events[1].user_name == ("Alice" if new_layout else None)
        for _ in range(3):
            await outage(home, 30)
            await back(home)
        assert len(home.events) == 4


async def test_a_blink_of_the_network_makes_nothing_late(home: Home) -> None:
    """Who came while we reconnected finds the light on."""
    async with home.connected():
        await home.clock.advance(5)
        home.panel.hang_up()
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(5)
        assert home.told == [(0, 1)]
        assert not home.events[0].late


async def test_a_panel_that_shows_no_possible_time(
    build: HomeBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens is told all the same, and nothing stops."""
    home = await build(text_log=True)
    async with home.connected() as device:
        await home.clock.advance(5)
        with monkeypatch.context() as patch:
            patch.setattr(SimulatedPanel, "time", datetime(9999, 12, 31, 23, 59, 59))
            await home.clock.advance(5)
            home.panel.swipe(1, 1001)
            await home.clock.advance(5)
        home.panel.swipe(1, 1002)
        await home.clock.advance(5)
        assert home.cards == [1001, 1002]
        assert [event.late for event in home.events] == [False, False]
        assert device.state.error is None
        assert device.state.clock_offset == timedelta()


@pytest.mark.parametrize("wrong", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_panel_clock_that_is_an_hour_wrong(
    home: Home, wrong: timedelta
) -> None:
    """Live stays live and late stays late; times are ours."""
    home.panel.clock_offset = wrong
    async with home.connected() as device:
        await home.clock.advance(5)
        assert device.state.clock_offset == wrong
        home.panel.swipe(1, 1001)
        await home.clock.advance(2)
        await outage(home, 300)
        home.panel.swipe(1, 1002)
        happened = home.clock.now()
        await home.clock.advance(300)
        await back(home)
        assert [event.late for event in home.events] == [False, True]
        assert abs(home.events[1].time - happened) < timedelta(seconds=3)
        assert home.events[1].device_time is not None


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(hours=1)])
async def test_the_clock_is_set_during_an_outage(home: Home, shift: timedelta) -> None:
    """The log's order counts, not its times; and nothing old looks new."""
    home.panel.clock_offset = -shift
    async with home.connected():
        await home.clock.advance(5)
        home.panel.swipe(1, 1001)
        await home.clock.advance(2)
        await outage(home, 1800)
        home.panel.swipe(1, 1002)
        home.panel.clock_offset += shift
        home.panel.swipe(1, 1003)
        await home.clock.advance(1800)
        await back(home)
        assert home.cards == [1001, 1002, 1003]
        assert [event.late for event in home.events] == [False, True, True]


async def test_an_old_event_that_a_set_clock_dates_now_is_late(home: Home) -> None:
    """The clock was an hour behind and put right; the hour of the outage hides behind it."""
    home.panel.clock_offset = timedelta(hours=-1)
    async with home.connected():
        await home.clock.advance(5)
        await outage(home, 10)
        home.panel.clock_offset = timedelta()
        home.panel.swipe(1, 1002)
        await home.clock.advance(3560)
        await back(home, 60)
        assert home.cards == [1002]
        assert home.events[0].late


async def test_the_log_was_cleared_during_an_outage(home: Home) -> None:
    """What it holds since the last told event is news."""
    async with home.connected():
        await home.clock.advance(5)
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        await outage(home, 60)
        home.panel.wipe_transactions()
        home.panel.swipe(1, 1002)
        await home.clock.advance(60)
        await back(home)
        assert home.cards == [1001, 1002]
        await outage(home, 60)
        await back(home)
        assert home.cards == [1001, 1002]


async def test_a_restart_of_home_assistant(home: Home) -> None:
    """What happened meanwhile is told late, what was told is not told again."""
    async with home.connected() as device:
        await home.clock.advance(5)
        for card in (1001, 1002):
            home.panel.swipe(1, card)
        await home.clock.advance(5)
    memory = device.memory
    home.panel.swipe(1, 1003)
    await home.pause(3600)
    async with home.connected(memory) as device:
        home.panel.swipe(1, 1004)
        await home.clock.advance(5)
        assert home.cards == [1001, 1002, 1004, 1003]
        assert [event.late for event in home.events] == [False, False, False, True]
    async with home.connected(device.memory):
        await home.clock.advance(5)
        assert len(home.events) == 4


async def test_the_log_is_not_read_when_it_did_not_grow(home: Home) -> None:
    """The count of its rows tells that nothing was missed."""
    for _ in range(200):
        home.panel.log(27, door=1)
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.swipe(1, 1001)
        await home.clock.advance(30)
    reads = home.panel.requests[wire.READ_TABLE]
    async with home.connected(device.memory) as device:
        await home.clock.advance(10)
        # The names only.
        assert home.panel.requests[wire.READ_TABLE] == reads + 1
    async with home.connected(device.memory):
        home.panel.swipe(1, 1002)
        await home.clock.advance(10)
        assert home.cards == [1001, 1002]


async def test_an_event_while_the_log_is_read_is_told_once(home: Home) -> None:
    """It stands in the log and in the live log."""
    async with home.connected():
        await home.clock.advance(5)
        await outage(home, 30)
        home.panel.swipe(1, 1001)
        home.panel.faults = Faults()
        answer = home.panel.answer

        def swipe_first(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
            if frame.command == wire.READ_TABLE:
                home.panel.answer = answer
                home.panel.swipe(1, 1002)
            return answer(link, frame)

        home.panel.answer = swipe_first
        await home.clock.advance(120)
        assert sorted(home.cards) == [1001, 1002]
        live = next(event for event in home.events if event.card == "1002")
        assert not live.late


async def test_the_same_twice_in_a_second(home: Home) -> None:
    """Two equal records, one told before the outage and one missed."""
    async with home.connected() as device:
        await device.cancel_alarms()  # polls are fast now
        await home.clock.advance(3.05)
        home.panel.swipe(1, 1001)
        await home.clock.advance(0.31)
        assert home.cards == [1001]
        home.panel.faults.refuse = True
        home.panel.hang_up()
        home.panel.swipe(1, 1001)
        first, second = home.panel.transactions[-2:]
        assert first.time == second.time
        await home.clock.advance(30)
        await back(home)
        assert home.cards == [1001, 1001]


@pytest.mark.parametrize("old_byte8", [True, False])
async def test_a_hold_during_an_outage_is_not_shown_as_locked(
    build: HomeBuilder, old_byte8: bool
) -> None:
    """The panel counts as reachable when what was missed is told."""
    home = await build(old_byte8=old_byte8)
    async with home.connected() as device:
        await home.clock.advance(5)
        await device.hold_open(1)
        await home.run(device.release_door(1))
        await home.clock.advance(20)
        assert device.state.doors[1].locked is True
        await outage(home, 60)
        assert device.state.error is not None
        home.panel.control(bytes((1, 1, 1, 255, 0)))
        home.states.clear()
        await back(home)
        reachable = [state for state in home.states if state.error is None]
        assert reachable
        assert not any(state.doors[1].locked for state in reachable)


async def test_a_log_that_cannot_be_read_makes_doors_unknown(
    build: HomeBuilder,
) -> None:
    """Old firmware, an outage, no log: the last known state is worth nothing."""
    home = await build(old_byte8=True)
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(20)
        assert device.state.doors[1].locked is True
        await outage(home, 60)
        home.panel.swipe(1, 1001)
        home.panel.answer = refuse(home.panel, wire.READ_TABLE)
        await back(home)
        assert device.state.error is None
        assert device.state.doors[1].locked is None
        connections = home.panel.connections
        await home.clock.advance(600)
        assert home.panel.connections == connections


async def test_a_panel_that_hangs_up_on_long_reads_is_left_in_peace(
    home: Home,
) -> None:
    """Three tries, then it is polled without its log and is nobody's rival."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        answer = home.panel.answer

        def hang_up(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
            if frame.command == wire.READ_TABLE:
                link.reset()
                return answer(link, wire.Frame(1, wire.DISCONNECT, frame.data))
            return answer(link, frame)

        home.panel.answer = hang_up
        await outage(home, 60)
        home.panel.swipe(1, 1002)
        home.panel.faults = Faults()
        await home.clock.advance(300)
        assert device.state.error is None
        connections = home.panel.connections
        home.panel.swipe(1, 1003)
        await home.clock.advance(250)
        assert home.panel.connections == connections
        assert not any(isinstance(s.error, DeviceBusy) for s in home.states)
        assert home.cards == [1001, 1003]
        # Another outage: the log is not asked for again today.
        await outage(home, 60)
        reads = home.panel.requests[wire.READ_TABLE]
        await back(home)
        assert home.panel.requests[wire.READ_TABLE] == reads


async def test_a_table_that_makes_no_sense_stops_nothing(home: Home) -> None:
    """Counts of three bytes and rows of another table: polling goes on."""
    answer = home.panel.answer

    def nonsense(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        reply, raw = answer(link, frame)
        if frame.command in (wire.READ_TABLE, wire.COUNT_ROWS):
            raw = wire.Frame(1, wire.OK, frame.data[:4] + b"\x99\x01\x01").encode()
        return reply, raw

    home.panel.answer = nonsense
    async with home.connected() as device:
        await home.clock.advance(60)
        home.panel.swipe(1, 1001)
        await home.clock.advance(60)
        assert device.state.error is None
        assert device.state.user_count is None
        assert home.panel.connections == 1
        await outage(home, 60)
        await back(home)
        assert device.state.error is None
        home.panel.swipe(1, 1002)
        await home.clock.advance(5)
        assert home.cards == [1001, 1002]


async def test_a_door_command_goes_before_a_long_read(home: Home) -> None:
    """And the missed events are told afterwards."""
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        await outage(home, 60)
        for card in range(2000, 6000):
            home.panel.swipe(1, card)
        home.panel.faults = Faults()
        parts = home.panel.requests[wire.READ_PART]
        advancing = asyncio.create_task(home.clock.advance(60))
        await until(lambda: home.panel.requests[wire.READ_PART] > parts)
        await device.open_door(1, 3)
        await advancing
        assert home.panel.commands[-1] == (1, b"\x01\x01\x03\x00")
        await home.clock.advance(10)
        assert sorted(home.cards) == [1001, *range(2000, 6000)]


async def test_names_give_way_to_a_door_command(build: HomeBuilder) -> None:
    """They are read right after it."""
    users = [type(ALICE)(n, 100000 + n, f"User {n}") for n in range(1, 3000)]
    home = await build(users=users)
    async with home.connected() as device:
        advancing = asyncio.create_task(home.clock.advance(1))
        await until(lambda: home.panel.requests[wire.READ_PART])
        await device.open_door(1, 3)
        await advancing
        await home.clock.advance(5)
        home.panel.swipe(1, 100007)
        await home.clock.advance(2)
        assert home.events[-1].user_name == "User 7"


async def test_names_that_arrive_damaged(home: Home) -> None:
    """The connection is opened again, and the names are read later."""
    answer = home.panel.answer

    def damage(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        if frame.command == wire.READ_TABLE:
            home.panel.answer = answer
            home.panel.faults.bad_crc = 1
        return answer(link, frame)

    home.panel.answer = damage
    async with home.connected() as device:
        await home.clock.advance(5)
        assert home.panel.connections == 2
        assert device.state.error is None
        await home.clock.advance(400)
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(2)
        assert home.events[0].user_name == "Alice"


async def test_a_log_that_never_ends(home: Home) -> None:
    """A poll does: other things have to be done too."""
    answer = home.panel.answer

    def one_more(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        if frame.command == wire.BINARY_LOG:
            home.panel.log(27, door=1)
        return answer(link, frame)

    async with home.connected() as device:
        await home.clock.advance(2)
        home.panel.answer = one_more
        before = polls(home)
        await home.clock.advance(1)
        assert polls(home) - before >= 64
        home.panel.answer = answer
        await home.clock.advance(10)
        assert device.state.error is None
        assert len(home.events) == len(home.panel.transactions)


async def test_a_panel_without_tables(build: HomeBuilder) -> None:
    """It is polled; names, counts and history are what it cannot tell."""
    home = await build()
    home.panel.answer = refuse(home.panel, wire.TABLE_DEFINITIONS)
    async with home.connected() as device:
        await home.clock.advance(10)
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        await outage(home, 60)
        await back(home)
        assert home.cards == [1001]
        assert device.state.error is None
        assert device.state.user_count is None


async def test_a_panel_that_cannot_count(build: HomeBuilder) -> None:
    """Its log is read all the same."""
    home = await build()
    home.panel.answer = refuse(home.panel, wire.COUNT_ROWS)
    async with home.connected() as device:
        await home.clock.advance(10)
        await outage(home, 60)
        home.panel.swipe(1, 1001)
        await back(home)
        assert home.cards == [1001]
        assert device.state.record_count is None


# Time


@pytest.mark.parametrize(
    ("start", "panel_follows"),
    [
        (datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC), True),
        (datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC), False),
        (datetime(2027, 3, 28, 0, 59, 50, tzinfo=UTC), True),
        (datetime(2027, 3, 28, 0, 59, 50, tzinfo=UTC), False),
    ],
)
async def test_an_event_across_daylight_saving(
    start: datetime, panel_follows: bool, socket_enabled: None
) -> None:
    """Seconds before the clocks change, told seconds after: still live, and at the right time."""
    clock = FakeClock(start.astimezone(ZONE))
    local = clock.local() - clock.now().astimezone(UTC).replace(tzinfo=None)

    def standing() -> datetime:
        return clock.now().astimezone(UTC).replace(tzinfo=None) + local

    now = clock.local if panel_follows else standing
    async with SimulatedPanel(now=now, monotonic=clock.monotonic) as panel:
        home = Home(clock, panel)
        async with home.connected():
            await clock.advance(9.2)
            panel.swipe(1, 1001)
            happened = clock.now().astimezone(UTC)
            await clock.advance(10)
            assert home.cards == [1001]
            assert not home.events[0].late
            difference = home.events[0].time.astimezone(UTC) - happened
            assert abs(difference) <= timedelta(seconds=2)


async def test_a_clock_that_is_set_silences_nobody(home: Home) -> None:
    """Somebody sets the clock in the second in which Alice comes."""
    home.panel.clock_offset = timedelta(minutes=-10)
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.swipe(1, ALICE.card)
        home.panel.clock_offset = timedelta()
        await home.clock.advance(1)
        assert not home.events[0].late
        assert device.state.clock_offset == timedelta()


# Life


async def test_stopping_is_polite(home: Home) -> None:
    """The panel hears goodbye and no task is left."""
    before = asyncio.all_tasks()
    device = home.device()
    await device.start()
    await home.clock.advance(5)
    await device.stop()
    assert home.panel.requests[wire.DISCONNECT] == 1
    assert asyncio.all_tasks() == before
    await device.stop()
    asked = sum(home.panel.requests.values())
    assert asked == sum(home.panel.requests.values())


async def test_stopping_does_not_wait_for_a_dead_panel(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request in flight gets a moment to end."""
    monkeypatch.setattr(keeper, "GOODBYE_SECONDS", 0.05)
    device = home.device()
    await device.start()
    await home.clock.advance(2)
    home.panel.faults.silent = True
    before = polls(home)
    advancing = asyncio.create_task(home.clock.advance(1))
    await until(lambda: polls(home) > before)
    await device.stop()
    advancing.cancel()
    assert device.state.error is None


async def test_stopping_does_not_wait_for_a_long_read(build: HomeBuilder) -> None:
    """Who asked for it is told, and the panel hears goodbye."""
    home = await build(users=generated_users(5000))
    device = home.device()
    await device.start()
    await home.clock.advance(5)
    read = home.panel.requests[wire.READ_PART]
    reading = asyncio.create_task(device.read_users())
    await until(lambda: home.panel.requests[wire.READ_PART] > read)
    await device.stop()
    assert home.panel.requests[wire.READ_PART] < read + 5
    assert home.panel.requests[wire.DISCONNECT] == 1
    async with home.nobody_connected():
        with pytest.raises(CannotConnect):
            await home.run(reading)


async def test_a_first_connection_that_fails(home: Home) -> None:
    """There is nothing to stop then."""
    home.panel.faults.refuse = True
    device = home.device()
    with pytest.raises(CannotConnect):
        await device.start()
    with pytest.raises(CannotConnect):
        _ = device.info
    await device.stop()


@pytest.mark.parametrize(
    "memory",
    [
        {},
        {"told": None, "rows": "x"},
        {"told": {"since": "yesterday", "before": 3, "after": ["x"]}, "rows": None},
        {"told": [1, 2]},
    ],
)
async def test_a_memory_that_makes_no_sense(
    home: Home, memory: dict[str, Json]
) -> None:
    """It is a fresh start."""
    async with home.connected(memory):
        home.panel.swipe(1, 1001)
        await home.clock.advance(5)
        assert home.cards == [1001]


# Anything at any time

FAULTS = {
    "bad_crc": lambda: Faults(bad_crc=1),
    "sequence": lambda: Faults(wrong_sequence=1),
    "stale": lambda: Faults(stale_reply=1),
    "reset": lambda: Faults(reset_after=2),
    "split": lambda: Faults(split=7),
    "refuse": lambda: Faults(refuse=True),
    "evict": lambda: Faults(evict_every_connection=True),
    "none": Faults,
}
STEPS = st.one_of(
    st.tuples(st.just("swipe"), st.integers(1, 30)),
    st.tuples(st.just("wait"), st.integers(1, 100)),
    st.tuples(st.just("fault"), st.sampled_from(sorted(FAULTS))),
    st.tuples(st.just("hang up"), st.just(0)),
    st.tuples(st.just("clock"), st.integers(-4000, 4000)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("reboot"), st.just(0)),
)


@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(STEPS, max_size=20), session=st.booleans(), text_log=st.booleans()
)
async def test_every_event_is_told_exactly_once(
    socket_enabled: None,
    steps: list[tuple[str, int | str]],
    session: bool,
    text_log: bool,
) -> None:
    """Whatever fails, restarts or is set meanwhile: never twice, never lost, and history in its order."""
    clock = FakeClock()
    card = 1000
    async with SimulatedPanel(
        session=session,
        text_log=text_log,
        events_per_reply=2,
        now=clock.local,
        monotonic=clock.monotonic,
    ) as panel:
        home = Home(clock, panel)
        device = home.device()
        await device.start()
        panel.swipe(1, card)
        await clock.advance(2)
        with pytest.MonkeyPatch.context() as patch:
            # Bad luck three times in a row is not what this is about.
            patch.setattr(monitor_module, "LOG_TRIES", 1000)
            for step, value in [*steps, ("fault", "none"), ("wait", 200)]:
                match step:
                    case "swipe":
                        for _ in range(int(value)):
                            card += 1
                            panel.swipe(1, card)
                    case "wait":
                        await clock.advance(int(value) / 7)
                    case "fault":
                        panel.faults = FAULTS[str(value)]()
                    case "hang up":
                        panel.hang_up()
                    case "clock":
                        panel.clock_offset += timedelta(seconds=int(value))
                    case "reboot":
                        panel.reboot()
                        panel.boot()
                    case "restart":
                        panel.faults = Faults()
                        await device.stop()
                        device = home.device(device.memory)
                        await device.start()
            await clock.advance(100)
        await device.stop()
    assert sorted(home.cards) == [*range(1000, card + 1)]
    late = [int(e.card) for e in home.events if e.late and e.card]
    assert late == sorted(late)


@pytest.mark.parametrize("seed", range(3))
async def test_quiet_connections_keep_the_order(home: Home, seed: int) -> None:
    """Without faults events are told in the order in which they happened."""
    async with home.connected():
        for n in range(100):
            home.panel.swipe(1, 1000 + n)
            await home.clock.advance((n * (seed + 3) % 7) / 5)
        await home.clock.advance(2)
    assert home.cards == [*range(1000, 1100)]
    times = [event.time for event in home.events]
    assert all(b - a > timedelta(seconds=-2) for a, b in pairwise(times))
