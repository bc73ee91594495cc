"""A paired device: reachable while it calls, and what it can be asked to do."""

import asyncio
from datetime import timedelta

import pytest

from custom_components.zkteco.protocol.device import AccessDevice
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DidNotAsk,
    InvalidValue,
    OutcomeUnknown,
    Unsupported,
)
from custom_components.zkteco.protocol.model import Capability, Notice
from tests.simulators.push_device import ALICE, PushDevice as SimulatedDevice

from .conftest import SERIAL, STRANGER, Home, Simulate

SUB = "SUB7001"


def commands(sim: SimulatedDevice) -> list[str]:
    """Return what a simulated device was told, but for what is asked of each at first."""
    chores = ("GET OPTIONS Door", "DATA QUERY tablename=user,")
    return [c.text for c in sim.commands if not c.text.startswith(chores)]


async def test_a_device_is_reachable_while_it_calls(
    home: Home, simulate: Simulate
) -> None:
    """Its doors are there before, and after."""
    sim = await simulate()
    device = await home.add(registration={"lockcount": "2"})
    assert isinstance(device.state.error, CannotConnect)
    assert [*device.info.doors] == [1, 2]
    await home.live(3, sim)
    assert device.state.error is None
    assert device.info.model == "C3-200 Plus"
    assert device.info.firmware == "AC Ver 19.0.18 Mar 15 2024"
    assert device.info.mac == "00:17:61:C8:2A:34"
    assert (device.info.aux_inputs, device.info.aux_outputs) == (2, 2)
    await home.live(57)
    assert device.state.error is None
    await home.live(10)
    assert isinstance(device.state.error, CannotConnect)
    assert home.states[-1] == device.state
    await home.live(1, sim)
    assert device.state.error is None


async def test_a_slow_device_may_be_silent_for_longer(home: Home) -> None:
    """Three of its own pauses."""
    device = await home.add(delay=100)
    home.text("ping")
    await home.live(290)
    assert device.state.error is None
    await home.live(20)
    assert isinstance(device.state.error, CannotConnect)


async def test_a_device_that_only_tries_to_connect_is_not_there(home: Home) -> None:
    """Nobody could open its doors."""
    device = await home.add()
    home.text("cdata", "options=all")
    home.text("registry", "", "LockCount=2")
    home.text("push")
    assert isinstance(device.state.error, CannotConnect)


async def test_an_event_in_the_first_call(home: Home) -> None:
    """The device is there before it is told what happened: nobody listens to one that is away."""
    device = await home.add()
    heard: list[tuple[int, object]] = []
    device.on_state(lambda state: heard.append((0, state.error)))
    device.on_event(lambda event: heard.append((event.code, device.state.error)))
    line = "time=2026-11-21 12:00:00\teventaddr=1\tevent=200\tindex=1"
    assert home.text("cdata", "table=rtlog", line) == "OK"
    assert heard[:2] == [(0, None), (200, None)]


async def test_a_state_is_told_when_it_changes(home: Home, simulate: Simulate) -> None:
    """And when what the device is does; not with each call."""
    sim = await simulate()
    device = await home.add()
    await home.live(5, sim)
    heard = len(home.states)
    await home.live(60, sim)
    assert len(home.states) == heard
    home.text("cdata", "table=options", "FirmVer=newer")
    assert device.info.firmware == "newer"
    assert len(home.states) == heard + 1


async def test_open_a_door(home: Home, simulate: Simulate) -> None:
    """For its own time, or another; the state follows the pulse."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    sim.world.set_parameters({"Door2Drivertime": "9"})
    await home.run(device.open_door(1), sim)
    assert sim.doors[1].relay
    assert device.state.doors[1].locked is False
    assert commands(sim) == ["CONTROL DEVICE 01010105"]
    assert home.told == [(8, 1)]
    await home.live(6, sim)
    assert device.state.doors[1].locked is True
    await home.run(device.open_door(2, 30), sim)
    assert commands(sim)[-1] == "CONTROL DEVICE 0102011E"
    await home.run(device.set_open_time(2, 7), sim)
    assert device.state.doors[2].open_time == 7
    await home.run(device.open_door(2), sim)
    assert commands(sim)[-1] == "CONTROL DEVICE 01020107"


async def test_a_door_without_a_known_time_opens_for_five_seconds(home: Home) -> None:
    """A device that cannot be asked has doors all the same; perhaps somebody holds this one open."""
    device = await home.add()
    home.text("ping")
    verb = asyncio.create_task(device.open_door(1))
    await asyncio.sleep(0)
    assert home.poll() == (1, "CONTROL DEVICE 01010105")
    home.conclude(1)
    await verb
    assert device.state.doors[1].relay is True
    await home.live(5)
    assert device.state.doors[1].relay is None
    assert home.states[-1].doors[1].relay is None


async def test_hold_a_door_open_and_release_it(home: Home, simulate: Simulate) -> None:
    """Until it is released."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    await home.run(device.hold_open(1), sim)
    assert device.state.doors[1].held
    assert sim.doors[1].latched
    await home.run(device.release_door(1), sim)
    assert device.state.doors[1].locked
    assert not sim.doors[1].relay


async def test_release_a_door_that_its_schedule_holds_open(home: Home) -> None:
    """The schedule ends for today, and then the relay drops."""
    device = await home.add(registration={"lockcount": "2"})
    home.text("ping")
    verb = asyncio.create_task(device.release_door(2))
    for expected, code in (
        ("CONTROL DEVICE 01020100", -13),
        ("CONTROL DEVICE 04020000", 0),
        ("CONTROL DEVICE 01020100", 0),
    ):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        number, command = await polled(home)
        assert command == expected
        home.conclude(number, code)
    await verb
    assert device.state.doors[2].locked


async def polled(home: Home) -> tuple[int, str]:
    """Return the next command that is none of the device's own questions."""
    for _ in range(50):
        await asyncio.sleep(0)
        number, command = home.poll()
        if command.startswith(("GET OPTIONS", "DATA QUERY tablename=user")):
            home.conclude(number, -13)
        elif command:
            return number, command
    raise AssertionError("no command came")


async def test_a_device_that_refuses_to_release_says_so(home: Home) -> None:
    """In words, and the state stays what it was."""
    device = await home.add()
    home.text("ping")
    verb = asyncio.create_task(device.release_door(1))
    for code in (-13, -13):
        number, _ = await polled(home)
        home.conclude(number, code)
    with pytest.raises(CommandRefused):
        await verb
    assert device.state.doors[1].locked is None


async def test_nobody_is_there(home: Home) -> None:
    """A silent device is not waited for."""
    device = await home.add(registration={"lockcount": "1", "auxoutcount": "1"})
    verbs = (
        device.open_door(1),
        device.hold_open(1),
        device.release_door(1),
        device.set_open_time(1, 5),
        device.set_aux_output(1, on=True),
        device.lock_down(1, on=True),
        device.emergency(opened=True),
        device.cancel_alarms(),
        device.release_floors([1], 5),
        device.restart(),
        device.reset_counters(),
        device.sync_time(),
        device.read_events(None, 10),
    )
    for verb in verbs:
        with pytest.raises(CannotConnect):
            await verb
    assert device.diagnostics()["waiting_commands"] == 0


async def test_it_falls_silent_just_then(home: Home) -> None:
    """After ten seconds the caller hears that the door stays shut."""
    device = await home.add()
    home.text("ping")
    with pytest.raises(DidNotAsk):
        await home.run(device.open_door(1))
    assert home.poll()[1] != "CONTROL DEVICE 01010105"


async def test_the_result_is_lost(home: Home, simulate: Simulate) -> None:
    """The door has opened once, and is not opened again."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    sim.faults.result_delay = 60
    with pytest.raises(OutcomeUnknown):
        await home.run(device.open_door(1), sim)
    sim.faults.result_delay = 0
    await home.live(90, sim)
    assert commands(sim) == ["CONTROL DEVICE 01010105"]


@pytest.mark.parametrize(
    "fault", ["duplicate_polls", "duplicate_results", "lower_return"]
)
async def test_a_clumsy_device_opens_once(
    home: Home, simulate: Simulate, fault: str
) -> None:
    """Polls and results that come twice, and half of the document's spelling."""
    sim = await simulate()
    device = await home.add()
    setattr(sim.faults, fault, True)
    await home.live(4, sim)
    await home.run(device.open_door(1), sim)
    await home.live(5, sim)
    assert commands(sim) == ["CONTROL DEVICE 01010105"]
    assert home.told == [(8, 1)]


async def test_a_lost_answer_opens_no_door_late(home: Home, simulate: Simulate) -> None:
    """The command was in it."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    sim.faults.lose_answers = 1
    with pytest.raises(OutcomeUnknown):
        await home.run(device.open_door(1), sim)
    await home.live(60, sim)
    assert commands(sim) == []
    assert not sim.doors[1].relay


async def test_lock_down_and_emergency(home: Home, simulate: Simulate) -> None:
    """Nobody gets in, or everybody gets out."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    assert Capability.LOCK_DOWN | Capability.EMERGENCY in device.capabilities
    await home.run(device.lock_down(1, on=True), sim)
    assert device.state.doors[1].locked_down is True
    assert sim.lockdown == {1}
    with pytest.raises(CommandRefused):
        await home.run(device.open_door(1), sim)
    await home.run(device.lock_down(1, on=False), sim)
    assert device.state.doors[1].locked_down is False
    await home.run(device.emergency(opened=True), sim)
    await home.live(2, sim)
    assert all(door.held for door in device.state.doors.values())
    await home.run(device.emergency(opened=False), sim)
    await home.live(2, sim)
    assert all(door.locked for door in device.state.doors.values())


async def test_an_elevator(home: Home) -> None:
    """Only a device that controls one, and each floor is a bit."""
    device = await home.add(registration={"lockcount": "1"})
    assert Capability.FLOORS not in device.capabilities
    functions = "0" * 52 + "11"
    home.text("registry", "", f"DeviceType=acc,AccSupportFunList={functions}")
    assert Capability.FLOORS in device.capabilities
    home.poll()
    released = asyncio.create_task(device.release_floors([1, 3], 30))
    await asyncio.sleep(0)
    number, command = home.poll()
    assert command == f"CONTROL DEVICE 11A0{'00' * 31}1E"
    home.conclude(number)
    await released


async def test_an_emergency_that_somebody_else_called(
    home: Home, simulate: Simulate
) -> None:
    """An event of the whole device is one of each of its doors."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    sim.world.carry_out(bytes((7, 1, 0, 0)))
    await home.live(1, sim)
    assert [door.held for door in device.state.doors.values()] == [True, True]
    sim.world.carry_out(bytes((7, 2, 0, 0)))
    await home.live(1, sim)
    assert [door.locked for door in device.state.doors.values()] == [True, True]


async def test_outputs_alarms_and_restarts(home: Home, simulate: Simulate) -> None:
    """Whatever else moves."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    await home.run(device.set_aux_output(1, on=True), sim)
    assert device.state.aux_outputs == {1: True, 2: None}
    await home.run(device.set_aux_output(1, on=False, seconds=3), sim)
    assert device.state.aux_outputs[1] is False
    await home.run(device.set_aux_output(2, on=True, seconds=3), sim)
    assert device.state.aux_outputs[2] is True
    await home.live(4, sim)
    assert device.state.aux_outputs[2] is False
    with pytest.raises(InvalidValue, match="must be from 1 to 2"):
        await device.set_aux_output(3, on=True)
    sim.force(1)
    await home.live(1, sim)
    await home.run(device.cancel_alarms(), sim)
    assert commands(sim)[-1] == "CONTROL DEVICE 02000000"
    await home.run(device.restart(), sim)
    await home.live(3, sim)
    assert (206, None) in home.told
    assert device.state.error is None


@pytest.mark.parametrize(
    ("seconds", "door", "field"),
    [(0, 1, "seconds"), (255, 1, "seconds"), (5, 3, "door")],
)
async def test_what_cannot_be_is_explained(
    home: Home, seconds: int, door: int, field: str
) -> None:
    """Which value, and what is allowed."""
    device = await home.add(registration={"lockcount": "2"})
    home.text("ping")
    for verb in (device.open_door(door, seconds), device.set_open_time(door, seconds)):
        with pytest.raises(InvalidValue) as caught:
            await verb
        assert caught.value.field == field


async def test_what_a_device_cannot_do(home: Home) -> None:
    """It has no screen that could be written to, and terminals have no counters."""
    device = await home.add()
    with pytest.raises(Unsupported):
        await device.clear_text()
    assert not device.capabilities & (
        Capability.TURNSTILE | Capability.LOCK_DOWN | Capability.EMERGENCY
    )
    with pytest.raises(Unsupported):
        await AccessDevice.authorize_sub_device(device, SUB)


async def test_a_turnstile_counts(home: Home) -> None:
    """It shows itself by its counters, which can be reset."""
    device = await home.add()
    home.text("cdata", "table=irstate", "irstate=00\tincount=3\toutcount=2")
    assert (device.state.entries, device.state.exits) == (3, 2)
    assert Capability.TURNSTILE in device.capabilities
    verb = asyncio.create_task(device.reset_counters())
    number, command = await polled(home)
    assert command == "CONTROL DEVICE 10040000"
    home.conclude(number)
    await verb


async def test_open_times_and_names_are_asked_for_once(
    home: Home, simulate: Simulate
) -> None:
    """Once per connection."""
    sim = await simulate()
    device = await home.add()
    await home.live(10, sim)
    assert [c.verb for c in sim.commands] == ["GET OPTIONS", "DATA QUERY"]
    assert [door.open_time for door in device.state.doors.values()] == [5, 5]
    sim.swipe(1, ALICE.card)
    await home.live(1, sim)
    assert home.events[-1].user_name == "Alice"
    assert "Alice" not in str(device.memory) + str(device.diagnostics())
    await home.live(70)
    await home.live(10, sim)
    assert len(sim.commands) == 4


async def test_a_refused_question_stops_no_other(home: Home) -> None:
    """A terminal without such settings has people all the same."""
    device = await home.add(registration={"lockcount": "2"})
    number, command = home.poll()
    assert command == ""
    await asyncio.sleep(0)
    number, command = home.poll()
    assert command == "GET OPTIONS Door1Drivertime,Door2Drivertime"
    home.text(
        "querydata",
        f"type=options&cmdid={number}",
        "Door1Drivertime=7,Door2Drivertime=256",
    )
    home.conclude(number)
    for _ in range(10):
        await asyncio.sleep(0)
    number, command = home.poll()
    assert command == "DATA QUERY tablename=user,fielddesc=Pin\tName,filter=*"
    home.conclude(number, -629)
    assert [door.open_time for door in device.state.doors.values()] == [7, None]


@pytest.mark.parametrize("packet", [2_048_000, 40])
async def test_names_arrive_in_packets(
    home: Home, simulate: Simulate, packet: int
) -> None:
    """Cut in the middle of a record, too."""
    sim = await simulate(model="face", max_package=packet)
    sim.faults.cut_records = packet < 100
    await home.add()
    await home.live(6, sim)
    sim.show_face(ALICE.pin)
    await home.live(1, sim)
    assert home.events[-1].user_name == "Alice"


async def test_the_clock_is_kept(home: Home, simulate: Simulate) -> None:
    """A device that does not follow the time in our answers is set, once an hour at most."""
    sim = await simulate(date_sync=False)
    sim.clock_offset = timedelta(minutes=5)
    device = await home.add()
    await home.live(3, sim)
    assert device.state.clock_offset == timedelta(minutes=5)
    await home.live(5, sim)
    assert abs(sim.clock_offset) < timedelta(seconds=2)
    assert device.state.clock_offset == timedelta(0)
    before = len(sim.commands)
    sim.clock_offset = timedelta(minutes=5)
    sim.exit_button(1)
    await home.live(60, sim)
    assert len(sim.commands) == before


async def test_a_clock_that_somebody_else_keeps_is_left_alone(
    home: Home, simulate: Simulate
) -> None:
    """It can be set by hand."""
    sim = await simulate(date_sync=False)
    sim.clock_offset = timedelta(minutes=5)
    device = await home.add(keep_clock=False)
    await home.live(10, sim)
    assert sim.clock_offset == timedelta(minutes=5)
    await home.run(device.sync_time(), sim)
    assert abs(sim.clock_offset) < timedelta(seconds=2)


async def test_read_past_events(home: Home, simulate: Simulate) -> None:
    """From the device's own log, all of them late, nobody is told again."""
    sim = await simulate(max_package=200)
    device = await home.add()
    await home.live(4, sim)
    for _ in range(5):
        sim.exit_button(1)
        await home.live(10, sim)
    heard = len(home.events)
    events = await home.run(device.read_events(None, 100), sim)
    assert len(events) == 5
    assert all(event.late and event.door == 1 for event in events)
    assert [e.time for e in events] == [e.time for e in home.events]
    assert await home.run(device.read_events(None, 2), sim) == events[-2:]
    assert await home.run(device.read_events(events[3].time, 9), sim) == events[3:]
    assert await home.run(device.read_events(None, 0), sim) == []
    assert len(home.events) == heard


async def test_a_device_that_cannot_choose_tells_everything(home: Home) -> None:
    """What is too old is left out here."""
    device = await home.add(keep_clock=False)
    home.text("ping")
    since = home.clock.now() - timedelta(hours=1)
    verb = asyncio.create_task(device.read_events(since, 9))
    number, command = await polled(home)
    assert "filter=starttime=" in command
    home.conclude(number, -13)
    number, command = await polled(home)
    assert command == "DATA QUERY tablename=transaction,fielddesc=*,filter=*"
    rows = "\n".join(
        f"transaction eventtype=0\tdoorid=1\ttime=2026-11-21 {hour}:30:00\tindex={hour}"
        for hour in (10, 11)
    )
    home.text("querydata", f"type=tabledata&tablename=transaction&cmdid={number}", rows)
    home.conclude(number, 2)
    assert [event.index for event in await verb] == [11]


async def test_a_second_address_shows_and_disappears(home: Home) -> None:
    """After ten minutes of peace, or when the owner says that it is all right."""
    device = await home.add()
    home.text("ping")
    home.ask("ping", peer=STRANGER)
    assert home.states[-1].notices == {Notice.SECOND_ADDRESS}
    await home.live(606)
    assert home.states[-1].notices == frozenset()
    home.ask("ping", peer=STRANGER)
    device.dismiss(Notice.SECOND_ADDRESS)
    assert home.states[-1].notices == frozenset()
    assert home.ask("ping", peer=STRANGER).status == 200  # it was silent: it has moved
    device.dismiss(Notice.SECOND_ADDRESS)
    assert home.ask("ping").status == 403  # it is not silent: it has not


async def test_the_address_survives_a_restart(home: Home) -> None:
    """The first that was used, unless the owner has chosen."""
    device = await home.add()
    home.text("ping")
    device = await home.restarted(device)
    assert home.ask("ping", peer=STRANGER).status == 403
    await home.restarted(device, address="127.0.0.8/31")
    assert home.ask("ping").status == 403
    assert home.ask("ping", peer=STRANGER).status == 200


async def test_two_devices_with_one_serial_number(
    home: Home, simulate: Simulate
) -> None:
    """The first goes on undisturbed."""
    sim = await simulate()
    device = await home.add()
    await home.live(4, sim)
    twin = await simulate(source=STRANGER)
    twin.exit_button(1)
    await home.live(30, sim, twin)
    assert not twin.online
    assert home.events == []
    assert device.state.error is None
    assert device.state.notices == {Notice.SECOND_ADDRESS}


async def test_a_log_that_begins_again_is_a_notice(
    home: Home, simulate: Simulate
) -> None:
    """Until its owner has seen it."""
    sim = await simulate()
    device = await home.add()
    sim.exit_button(1)
    sim.exit_button(1)
    await home.live(4, sim)
    sim.reset_index()
    sim.exit_button(1)
    await home.live(1, sim)
    assert device.state.notices == {Notice.INDEX_BACKWARDS}
    device.dismiss(Notice.INDEX_BACKWARDS)
    assert device.state.notices == frozenset()
    assert len(home.events) == 3


async def test_devices_behind_the_device(home: Home, simulate: Simulate) -> None:
    """They are shown, take part when Home Assistant says so, and have doors of their own."""
    sim = await simulate(cmd_format=1, secondaries=(SUB,))
    device = await home.add()
    await home.live(6, sim)
    assert device.info.sub_devices == (SUB,)
    assert [*device.info.doors] == [1, 2]
    with pytest.raises(InvalidValue, match="must be one of SUB7001"):
        await device.authorize_sub_device("OTHER")
    await home.run(device.authorize_sub_device(SUB), sim)
    assert [*device.info.doors] == [1, 2, 9, 10]
    await home.live(2, sim)
    await home.run(device.open_door(10), sim)
    assert sim.secondaries[SUB].doors[2].relay
    assert not sim.doors[2].relay
    assert device.state.doors[10].relay
    await home.live(2, sim)
    assert home.told[-1] == (8, 10)
    await home.run(device.emergency(opened=True), sim)
    assert all(door.held for door in device.state.doors.values())
    sim.secondaries[SUB].aux_input(1, True)
    await home.live(1, sim)
    assert home.events[-1].aux_input is None
    assert device.state.aux_inputs[1] is None
    await home.run(device.emergency(opened=False), sim)
    device = await home.restarted(device)
    assert device.state.sub_devices == {SUB: None}
    await home.live(80, sim)
    assert device.state.sub_devices == {SUB: True}


async def test_a_device_behind_that_stays_silent(home: Home) -> None:
    """It was let in, but did not tell what it is."""
    device = await home.add()
    row = f"DeviceAuthorize SN={SUB}\tOnline=1\tIsAuthorize=0"
    home.text(
        "cdata", "type=registry&table=tabledata&tablename=DeviceAuthorize&count=1", row
    )
    verb = asyncio.create_task(device.authorize_sub_device(SUB))
    number, command = await polled(home)
    assert command == f"DATA UPDATE DeviceAuthorize SN={SUB}\tIsAuthorize=1"
    home.conclude(number)
    with pytest.raises(OutcomeUnknown):
        await home.run(verb)


async def test_a_failure_behind_hides_nothing(home: Home) -> None:
    """One device refuses, the other has done it."""
    device = await home.add(registration={"lockcount": "1", "cmdformat": "1"})
    row = f"DeviceAuthorize SN={SUB}\tOnline=1\tIsAuthorize=2\tRegisterInfo=LockCount=1"
    home.text(
        "cdata", "type=registry&table=tabledata&tablename=DeviceAuthorize&count=1", row
    )
    verb = asyncio.create_task(device.emergency(opened=True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    own, behind = home.text("getrequest"), home.text("getrequest")
    assert f"SN={SERIAL}," in own
    assert f"SN={SUB}," in behind
    home.conclude(2, -2)
    home.conclude(1)
    with pytest.raises(CommandRefused):
        await verb
    assert (device.state.doors[1].held, device.state.doors[9].held) == (True, None)


async def test_a_master_is_asked_for_its_devices(
    home: Home, simulate: Simulate
) -> None:
    """It tells of them only when something changes, and that may have been before us."""
    sim = await simulate(secondaries=(SUB,), cmd_format=1)
    await home.add()
    await home.live(6, sim)
    assert commands(sim)[:1] == ["CONTROL DEVICE 0D000000"]


async def test_a_device_cannot_tell_without_end(home: Home) -> None:
    """What it says about itself is bounded."""
    device = await home.add(registration={"lockcount": "2"})
    for start in range(0, 3000, 100):
        options = ",".join(f"Key{number}=1" for number in range(start, start + 100))
        home.text("cdata", "table=options", options)
    assert len(device.memory["registration"]) <= 500


async def test_a_bug_report_holds_no_personal_data(
    home: Home, simulate: Simulate
) -> None:
    """Nor secrets, nor where the device is."""
    sim = await simulate(model="face", auth_key="opensesame")
    device = await home.add(key="opensesame")
    await home.live(5, sim)
    sim.show_face(ALICE.pin)
    await home.live(2, sim)
    text = str(device.diagnostics())
    for secret in ("opensesame", "Alice", "00:17:61", "127.0.0.1", SERIAL):
        assert secret not in text
    assert "'relay': '01'" in text


async def test_an_error_log_is_for_bug_reports(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """In words, without details."""
    caplog.set_level("DEBUG")
    await home.add()
    home.text(
        "cdata",
        "table=tabledata&tablename=errorlog&count=1",
        "errorlog errcode=D01E0001\terrmsg=\tadditional=eyJwaW4iOjd9",
    )
    assert "PUSH device reports: no face found" in caplog.text


async def test_stopping_leaves_nothing_behind(home: Home, simulate: Simulate) -> None:
    """No task, in the middle of the first questions."""
    sim = await simulate()
    before = asyncio.all_tasks()
    device = home.device()
    await device.start()
    await home.live(1, sim)
    assert len(asyncio.all_tasks() - before) >= 2
    await device.stop()
    assert {t for t in asyncio.all_tasks() - before if "PUSH" in t.get_name()} == set()
    await device.stop()
    await home.device("OTHER").stop()
