"""A terminal in a home, over real sockets."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.zkteco.protocol.attendance.terminal import AttendanceTerminal
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DidNotAsk,
    InvalidValue,
    OutcomeUnknown,
    WrongFamily,
    WrongPassword,
)
from custom_components.zkteco.protocol.model import (
    AttendanceState,
    Capability,
    EventKind,
    Notice,
    VerifyMethod,
)
from custom_components.zkteco.protocol.people import Credential
from tests.simulators.attendance_terminal import (
    ALICE,
    BOB,
    AttendanceTerminal as Simulator,
    Faults,
    Person,
    Quirks,
)
from tests.simulators.attendance_world import (
    ALARM,
    BELL,
    CARD,
    CHECK_OUT,
    CONTACT_CLOSED,
    CONTACT_OPEN,
    FACE,
    FORCED,
    MENU,
)

from .conftest import SERIAL, Simulate, Terminals

MODELS = ["classic", "face"]


async def settled(home: Terminals, sim: Simulator) -> AttendanceTerminal:
    """Return a terminal that has called for so long that it has nothing old to tell."""
    terminal = await home.add()
    await home.live(70, sim)
    assert terminal.state.error is None
    home.events.clear()
    return terminal


@pytest.mark.parametrize("model", MODELS)
async def test_a_terminal_introduces_itself(
    home: Terminals, simulate: Simulate, model: str
) -> None:
    """What it is, how much it holds, who its users are."""
    sim = await simulate(model)
    terminal = await home.add()
    assert isinstance(terminal.state.error, CannotConnect)
    await home.live(6, sim)
    assert sim.refusals == 0
    assert terminal.state.error is None
    info = terminal.info
    assert (info.serial, info.model) == (SERIAL, sim.model.name)
    assert (info.firmware, info.protocol_version) == (
        sim.model.firmware,
        sim.model.push_version,
    )
    assert info.doors[1].has_lock
    assert not info.doors[1].has_contact
    state = terminal.state
    assert (state.user_count, state.record_count) == (2, 0)
    assert (state.fingerprint_count, state.face_count) == (0, 0)
    assert state.doors[1].locked is None
    sim.world.verify(ALICE.pin)
    await home.live(2, sim)
    assert home.events[-1].user_name == "Alice"


@pytest.mark.parametrize("model", MODELS)
async def test_somebody_comes_and_goes(
    home: Terminals, simulate: Simulate, model: str
) -> None:
    """Who, when, how, what for."""
    sim = await simulate(model)
    await settled(home, sim)
    sim.world.verify(ALICE.pin, CHECK_OUT, FACE, work_code="12")
    await home.live(2, sim)
    [event] = home.events
    assert event.kind is EventKind.ACCESS_GRANTED
    assert (event.user_id, event.user_name, event.door) == ("1001", "Alice", 1)
    assert event.attendance is AttendanceState.CHECK_OUT
    assert event.method is VerifyMethod.FACE
    assert event.work_code == "12"
    assert not event.late
    assert event.time <= home.clock.now()
    sim.world.verify("4711", method=CARD)
    await home.live(2, sim)
    assert (home.events[1].user_id, home.events[1].user_name) == ("4711", None)
    assert sim.reuploads.total() == 0


async def test_the_door_opens_once(home: Terminals, simulate: Simulate) -> None:
    """A pulse of a length that nobody knows; where it is known, the lock closes by itself."""
    sim = await simulate()
    terminal = await settled(home, sim)
    await home.run(terminal.open_door(1), sim)
    assert sim.world.opened == 1
    assert terminal.state.doors[1].locked is None
    sim.world.options["LockOn"] = "5"
    await home.live(700, sim)
    assert terminal.state.doors[1].open_time == 5
    await home.run(terminal.open_door(1, 5), sim)
    assert terminal.state.doors[1].locked is False
    await home.live(6, sim)
    assert terminal.state.doors[1].locked is True
    assert sim.world.opened == 2


async def test_doors_that_are_not_there(home: Terminals, simulate: Simulate) -> None:
    """And times that cannot be asked for."""
    sim = await simulate()
    terminal = await settled(home, sim)
    with pytest.raises(InvalidValue, match="door"):
        await terminal.open_door(2)
    with pytest.raises(InvalidValue, match="seconds"):
        await terminal.open_door(1, 30)
    assert sim.world.opened == 0


async def test_no_door_opens_late_or_twice(home: Terminals, simulate: Simulate) -> None:
    """A command is offered once, for ten seconds."""
    sim = await simulate(quirks=Quirks(silent="AC_UNLOCK"))
    terminal = await settled(home, sim)
    with pytest.raises(DidNotAsk):
        await home.run(terminal.open_door(1))
    await home.live(3, sim)
    assert sim.world.opened == 0
    with pytest.raises(OutcomeUnknown):
        await home.run(terminal.open_door(1), sim)
    await home.live(30, sim)
    assert sim.world.opened == 1


async def test_a_terminal_that_refuses(home: Terminals, simulate: Simulate) -> None:
    """It says why, in its own numbers."""
    sim = await simulate(quirks=Quirks(refuses="AC_UNLOCK"))
    terminal = await settled(home, sim)
    with pytest.raises(CommandRefused, match="command not understood") as refused:
        await home.run(terminal.open_door(1), sim)
    assert refused.value.code == -1002


async def test_a_lost_answer_opens_no_door(home: Terminals, simulate: Simulate) -> None:
    """The terminal never hears the command; nobody sends it again."""
    sim = await simulate()
    terminal = await settled(home, sim)
    sim.faults.lose_answers = 1
    with pytest.raises(OutcomeUnknown):
        await home.run(terminal.open_door(1), sim)
    assert sim.world.opened == 0


async def test_what_the_door_tells(home: Terminals, simulate: Simulate) -> None:
    """Its contact and its bell are there from when they were first heard of, also after a restart."""
    sim = await simulate("face")
    terminal = await settled(home, sim)
    for code, first in ((ALARM, CONTACT_OPEN), (BELL, 0)):
        sim.world.operate(code, first)
        await home.live(1, sim)
    door = terminal.info.doors[1]
    assert (door.has_contact, door.has_doorbell) == (True, True)
    assert terminal.state.doors[1].contact_open is True
    sim.world.operate(ALARM, CONTACT_CLOSED)
    sim.world.operate(ALARM, FORCED)
    await home.live(1, sim)
    assert terminal.state.doors[1].contact_open is False
    assert [event.kind for event in home.events] == [
        EventKind.DOOR_OPENED,
        EventKind.DOORBELL,
        EventKind.DOOR_CLOSED,
        EventKind.DOOR_FORCED,
    ]
    terminal = await home.restarted(terminal)
    assert terminal.info.doors[1].has_contact
    assert terminal.info.doors[1].has_doorbell
    assert terminal.state.doors[1].contact_open is None


async def test_a_contact_of_some_time_ago(home: Terminals) -> None:
    """Shows that there is one, and nothing about now."""
    terminal = await home.add()
    home.text("getrequest")
    old = home.clock.local() + timedelta(minutes=10)
    await home.live(1200)
    home.text(
        "cdata", "table=OPERLOG&Stamp=None", f"OPLOG 3\t0\t{old:%F %T}\t51\t0\t0\t0"
    )
    assert [event.late for event in home.events] == [True]
    assert terminal.info.doors[1].has_contact
    assert terminal.state.doors[1].contact_open is None


@pytest.mark.parametrize(
    ("told", "open_time"), [("5", 5), ("0", None), ("9999999", None), ("x", None)]
)
async def test_open_times(home: Terminals, told: str, open_time: int | None) -> None:
    """Only what can be one."""
    terminal = await home.add(registration={"lockon": told})
    assert terminal.state.doors[1].open_time == open_time


async def test_a_terminal_without_a_lock(home: Terminals) -> None:
    """It only records who came."""
    terminal = await home.add(registration={"lockfunon": "0", "devicename": "K14"})
    assert not terminal.info.doors[1].has_lock
    assert terminal.info.model == "K14"


async def test_alarms_and_restart(home: Terminals, simulate: Simulate) -> None:
    """The other things that can be asked for."""
    sim = await simulate()
    terminal = await settled(home, sim)
    sim.world.alarm = True
    await home.run(terminal.cancel_alarms(), sim)
    assert not sim.world.alarm
    await home.run(terminal.restart(), sim)
    await home.live(3, sim)
    assert EventKind.ALARM_CANCELLED in {event.kind for event in home.events}
    assert [event.code for event in home.events][-1] == 206
    assert terminal.state.error is None


# Old and new


async def test_history_from_before_is_not_told(
    home: Terminals, simulate: Simulate
) -> None:
    """A terminal that uploads everything to its new server, by whatever stamp."""
    sim = await simulate(quirks=Quirks(everything=True))
    sim.world.clock_offset = timedelta(days=-30)
    for _ in range(120):
        sim.world.verify(ALICE.pin)
    sim.world.clock_offset = timedelta()
    await home.add()
    await home.live(3, sim)
    assert sum(body.count("1001") for _, body in sim.uploads) >= 120
    assert sim.reuploads.total() == 0
    assert home.events == []


async def test_what_happened_meanwhile_is_told_late(
    home: Terminals, simulate: Simulate
) -> None:
    """Home Assistant was away: once, as late, with the true time."""
    sim = await simulate()
    terminal = await settled(home, sim)
    sim.world.verify(ALICE.pin)
    await home.live(1, sim)
    memory = terminal.memory
    await terminal.stop()
    await home.live(60, sim)
    assert not sim.online
    sim.world.verify(BOB.pin)
    then = home.clock.now()
    await home.live(60, sim)
    await home.add(memory)
    await home.live(3, sim)
    assert [event.user_id for event in home.events] == ["1001", "1002"]
    assert [event.late for event in home.events] == [False, True]
    assert abs(home.events[1].time - then) < timedelta(seconds=2)


async def test_stamps_go_back_and_forth(home: Terminals, simulate: Simulate) -> None:
    """The last one that came is handed back, also after a restart of either side."""
    sim = await simulate()
    terminal = await settled(home, sim)
    sim.world.verify(ALICE.pin)
    await home.live(1, sim)
    stamp = str(sim.world.attendance[-1].stamp)
    sim.lose_stamps()
    await home.restarted(terminal)
    sim.reboot()
    await home.live(2, sim)
    assert sim.settings["ATTLOGStamp"] == stamp
    assert [table for table, _ in sim.uploads].count("ATTLOG") == 1


async def test_lost_stamps(home: Terminals, simulate: Simulate) -> None:
    """The terminal uploads everything again; nothing is told twice, and nothing old as new."""
    sim = await simulate(quirks=Quirks(everything=True))
    terminal = await settled(home, sim)
    for _ in range(3):
        sim.world.verify(ALICE.pin)
        await home.live(2, sim)
    assert len(home.events) == 3
    memory = terminal.memory
    memory["session"] = None
    await terminal.stop()
    await home.add(memory)
    sim.reboot()
    await home.live(4, sim)
    punches = [e for e in home.events if e.kind is EventKind.ACCESS_GRANTED]
    assert len(punches) == 3
    assert [table for table, _ in sim.uploads].count("ATTLOG") == 4


async def test_an_acknowledgement_is_lost(home: Terminals, simulate: Simulate) -> None:
    """A terminal that counts by itself uploads once more; it is told once."""
    sim = await simulate(quirks=Quirks(constant_stamp=True))
    await settled(home, sim)
    sim.world.verify(ALICE.pin)
    sim.faults.lose_answers = 1
    await home.live(5, sim)
    assert len(home.events) == 1
    assert [table for table, _ in sim.uploads].count("ATTLOG") == 2


@pytest.mark.parametrize("offset", [timedelta(hours=-9), timedelta(minutes=30)])
async def test_a_clock_that_is_wrong(
    home: Terminals, simulate: Simulate, offset: timedelta
) -> None:
    """What happens now is news all the same, and the drift is shown; nobody can set this clock."""
    sim = await simulate(quirks=Quirks(ignores_date=True))
    sim.world.clock_offset = offset
    terminal = await settled(home, sim)
    sim.world.verify(ALICE.pin)
    await home.live(1, sim)
    [event] = home.events
    assert not event.late
    assert terminal.state.clock_offset == offset
    assert sim.world.clock_offset == offset


async def test_the_clock_is_kept(home: Terminals, simulate: Simulate) -> None:
    """A terminal whose clock has run away connects anew, and takes our time."""
    sim = await simulate()
    terminal = await settled(home, sim)
    sim.world.clock_offset = timedelta(minutes=-5)
    sim.world.verify(ALICE.pin)
    await home.live(5, sim)
    assert sim.world.clock_offset == timedelta()
    assert terminal.state.clock_offset == timedelta()
    assert [text for _, text in sim.commands].count("CHECK") == 1


async def test_setting_the_clock_by_hand(home: Terminals, simulate: Simulate) -> None:
    """It succeeds when the terminal has asked for the time."""
    sim = await simulate(quirks=Quirks(posts_time=True))
    terminal = await home.add(keep_clock=False)
    await home.live(70, sim)
    sim.world.clock_offset = timedelta(minutes=-5)
    await home.run(terminal.sync_time(), sim)
    assert sim.world.clock_offset == timedelta()
    sim.quirks.ignores = "CHECK"
    with pytest.raises(OutcomeUnknown, match="time"):
        await home.run(terminal.sync_time(), sim)


async def test_a_time_that_is_none(home: Terminals, simulate: Simulate) -> None:
    """Two people in a row, before the clock was ever set."""
    sim = await simulate()
    await settled(home, sim)
    for pin in (ALICE.pin, BOB.pin):
        sim.world.verify(pin, garbage_time=True)
        await home.live(1, sim)
    assert [(event.user_id, event.late) for event in home.events] == [
        ("1001", False),
        ("1002", False),
    ]
    assert home.events[0].device_time is None


async def test_the_log_can_be_read(home: Terminals, simulate: Simulate) -> None:
    """All of it as late, oldest first, without telling anybody again."""
    sim = await simulate()
    terminal = await settled(home, sim)
    for pin in (ALICE.pin, BOB.pin, ALICE.pin):
        sim.world.verify(pin)
        await home.live(60, sim)
    told = len(home.events)
    events = await home.run(terminal.read_events(None, 10), sim)
    assert [event.user_id for event in events] == ["1001", "1002", "1001"]
    assert all(event.late for event in events)
    assert len(home.events) == told
    since = events[1].time
    assert await home.run(terminal.read_events(since, 10), sim) == events[1:]
    assert await home.run(terminal.read_events(None, 1), sim) == events[2:]
    assert await home.run(terminal.read_events(None, 0), sim) == []


async def test_a_log_with_one_old_row(home: Terminals, simulate: Simulate) -> None:
    """Reading it opens no automation's door: what was asked for is no news, even if it comes alone."""
    sim = await simulate()
    sim.world.clock_offset = timedelta(days=-30)
    sim.world.verify(ALICE.pin)
    sim.world.clock_offset = timedelta()
    terminal = await settled(home, sim)
    [event] = await home.run(terminal.read_events(None, 10), sim)
    assert event.late
    assert home.events == []


# Who it is


async def test_the_communication_key(home: Terminals, simulate: Simulate) -> None:
    """Nothing is told to a terminal that shows another one, or none."""
    sim = await simulate(key="1234")
    terminal = await home.add(key="4321")
    await home.live(3, sim)
    assert isinstance(terminal.state.error, WrongPassword)
    assert not sim.online
    terminal = await home.restarted(terminal, key="1234")
    await home.live(3, sim)
    assert sim.online
    assert terminal.state.error is None
    assert home.ask("cdata", "options=all&pushcommkey=9") == 403
    assert home.ask("getrequest") == 403
    sim.reboot()
    await home.live(2, sim)
    assert sim.online


async def test_a_terminal_that_shows_no_key(
    home: Terminals, simulate: Simulate
) -> None:
    """The owner is asked for it."""
    sim = await simulate()
    terminal = await home.add(key="1234")
    await home.live(3, sim)
    assert isinstance(terminal.state.error, WrongPassword)


async def test_it_falls_silent_and_comes_back(
    home: Terminals, simulate: Simulate
) -> None:
    """Unavailable after a minute; then it introduces itself anew."""
    sim = await simulate()
    terminal = await settled(home, sim)
    await home.live(70)
    assert isinstance(terminal.state.error, CannotConnect)
    with pytest.raises(CannotConnect):
        await terminal.open_door(1)
    asked = [text for _, text in sim.commands].count("INFO")
    await home.live(4, sim)
    assert terminal.state.error is None
    assert [text for _, text in sim.commands].count("INFO") == asked + 1


async def test_it_calls_from_elsewhere(home: Terminals, simulate: Simulate) -> None:
    """Somebody else is refused, and the owner told; a terminal that moved is let in when the owner agrees."""
    sim = await simulate()
    terminal = await settled(home, sim)
    other = await simulate(source="127.0.0.9")
    await home.live(2, sim, other)
    assert not other.online
    assert Notice.SECOND_ADDRESS in terminal.state.notices
    terminal.dismiss(Notice.LOG_ALMOST_FULL)
    assert Notice.SECOND_ADDRESS in terminal.state.notices
    terminal.dismiss(Notice.SECOND_ADDRESS)
    assert terminal.state.notices == frozenset()
    await home.live(70, other)
    assert not other.online
    terminal.dismiss(Notice.SECOND_ADDRESS)
    await home.live(2, other)
    assert other.online


async def test_it_turns_up_as_an_access_device(
    home: Terminals, simulate: Simulate
) -> None:
    """Its records are left to it; it keeps attendance again when it says so."""
    sim = await simulate()
    terminal = await settled(home, sim)
    registration = "DeviceType=acc,~DeviceName=F22,LockCount=1"
    assert home.ask("registry", "", registration) == 403
    error = terminal.state.error
    assert isinstance(error, WrongFamily)
    assert error.found == "access"
    assert home.ask("cdata", "table=rtlog", "time=x") == 403
    sim.world.verify(ALICE.pin)
    await home.live(2, sim)
    assert terminal.state.error is None
    assert len(home.events) == 1


async def test_an_access_device_that_is_set_back(home: Terminals) -> None:
    """Some do not say what they are when they connect: what they do next shows it."""
    terminal = await home.add()
    assert home.ask("cdata", "table=rtlog", "time=x") == 403
    for registration in ("DeviceType=acc", "LockCount=1"):
        assert home.text("cdata", "options=all").startswith("GET OPTION FROM: ")
        assert home.ask("registry", "", registration) == 403
        assert home.ask("getrequest") == 403
        assert isinstance(terminal.state.error, WrongFamily)
    assert home.text("cdata", "options=all").startswith("GET OPTION FROM: ")
    assert isinstance(terminal.state.error, WrongFamily)
    assert home.text("getrequest") != ""
    assert terminal.state.error is None


@pytest.mark.parametrize(
    "memory",
    [
        None,
        {},
        {"session": 7, "reports": "x", "registration": [], "queue": 3},
        {
            "session": {"stamps": {"ATTLOG": 7, "OTHER": "1"}, "language": 1},
            "reports": {"news": {"marks": ["x"], "since": "never", "until": "2026"}},
            "registration": {"devicename": 7},
        },
        {"session": {"stamps": []}, "reports": {"news": {"marks": "x", "until": 1}}},
    ],
)
async def test_nonsense_in_the_file_is_a_fresh_start(
    home: Terminals, memory: dict[str, Any] | None
) -> None:
    """Also nonsense inside it."""
    await home.add(memory)
    assert "ATTLOGStamp=9999\n" in home.text("cdata", "options=all")
    assert home.text("getrequest") != ""


async def test_diagnostics_hold_nothing_personal(
    home: Terminals, simulate: Simulate
) -> None:
    """No name, no card, no password, no address; memory neither."""
    people = [Person("1001", "Alice", card="7654321", password="918273")]
    sim = await simulate("face", people=people)
    terminal = await settled(home, sim)
    sim.world.verify("1001")
    sim.world.enrol(Person("1003", "Carol", password="564738"))
    await home.live(3, sim)
    for text in (str(terminal.diagnostics()), str(terminal.memory)):
        for secret in ("Alice", "Carol", "7654321", "918273", "564738", "QUJD"):
            assert secret not in text
    assert "192.168.1.201" not in str(terminal.diagnostics())
    assert terminal.diagnostics()["registration"]


async def test_what_it_can_do(home: Terminals) -> None:
    """Nothing that the dialect has no word for."""
    terminal = await home.add()
    assert Capability.HOLD_OPEN not in terminal.capabilities
    assert Capability.CANCEL_ALARMS in terminal.capabilities
    assert terminal.people is not None
    assert terminal.people.doors == frozenset()


# Parameters


async def test_parameters(home: Terminals, simulate: Simulate) -> None:
    """What INFO tells can be read; a few can be written, and are read back."""
    sim = await simulate()
    terminal = await settled(home, sim)
    read = await home.run(
        terminal.get_parameters(["VOLUME", "~DeviceName", "Nothing"]), sim
    )
    assert read == {"VOLUME": "70", "~DeviceName": "MB360/ID"}
    await home.run(terminal.set_parameters({"VOLUME": "30"}), sim)
    assert sim.world.options["VOLUME"] == "30"
    with pytest.raises(InvalidValue):
        await terminal.set_parameters({"VOLUME": "30", "ComKey": "0"})
    sim.quirks.ignores = "SET OPTION"
    with pytest.raises(CommandRefused, match="VOLUME"):
        await home.run(terminal.set_parameters({"VOLUME": "40"}), sim)


# Enrolment


async def test_a_finger_is_enrolled(home: Terminals, simulate: Simulate) -> None:
    """Told as it goes on, as far as that is known."""
    sim = await simulate()
    terminal = await settled(home, sim)
    await home.run(terminal.enrol(ALICE.pin, Credential.FINGERPRINT, 6), sim)
    assert sim.world.people[ALICE.pin].fingers == {6}
    with pytest.raises(CommandRefused, match="user not found"):
        await home.run(terminal.enrol("77", Credential.FINGERPRINT, 6), sim)
    names = [e.name for e in home.events if e.kind is EventKind.ENROLMENT]
    assert names == [
        "enrolment_started",
        "enrolment_finished",
        "enrolment_started",
        "enrolment_failed",
    ]
    with pytest.raises(InvalidValue, match="credential"):
        await terminal.enrol(ALICE.pin, Credential.FACE, 0)


async def test_users_change_at_the_terminal(
    home: Terminals, simulate: Simulate
) -> None:
    """Whoever is new has a name at once; templates are taken and not looked at."""
    sim = await simulate("classic")
    terminal = await settled(home, sim)
    sim.world.enrol(Person("1003", "Carol"))
    await home.live(2, sim)
    [event] = home.events
    assert event.kind is EventKind.USERS_CHANGED
    assert (event.user_id, event.user_name) == ("1003", "Carol")
    assert not any("TMP" in body for _, body in sim.uploads)
    sim.world.operate(MENU, admin=BOB.pin)
    sim.world.remove("1003")
    await home.live(2, sim)
    assert [e.name for e in home.events[1:]] == ["menu_entered", "user_deleted"]
    assert terminal.state.error is None


# Calls by hand


async def test_other_ways_to_call(home: Terminals) -> None:
    """Each upload is acknowledged in the way that ends it, whatever it is."""
    await home.add()
    assert home.text("cdata", "type=time").startswith("Time=2026-11-21T12:00:00+01:00")
    assert home.text("rtdata", "type=time").startswith("DateTime=")
    assert home.text("ping") == "OK"
    assert home.text("cdata", "table=BIODATA&Stamp=1", b"a\n\xff\nb\n") == "OK: 3"
    assert home.text("cdata", "table=ATTPHOTO", b"PIN=1\0\xff\xd8\n\n") == "OK"
    assert home.text("fdata", "table=ATTPHOTO", b"\xff\xd8") == "OK"
    assert home.text("cdata", "table=IDCARD", "x") == "OK: 1"
    assert home.text("cdata", "", "x") == "OK"
    assert home.text("querydata", "tablename=USERINFO", "USER PIN=1") == "OK: 1"
    assert home.text("devicecmd", "ID=77&Return=0&CMD=INFO") == "OK"
    assert home.text("registry", "", "DeviceType=att") == "OK"
    assert home.text("push").startswith("GET OPTION FROM: ")
    assert home.text("cdata", "table=ATTLOG&Stamp=5", "nonsense\n1\t2") == "OK: 2"
    assert home.ask("exchange", "type=publickey", "PublicKey=x") == 403


async def test_a_terminal_that_tells_very_much(home: Terminals) -> None:
    """Beyond all sense it is not kept beside what is known."""
    terminal = await home.add(registration={"devicename": "K40"})
    options = ",".join(f"Option{n}=1" for n in range(501))
    home.text("cdata", "table=options", options)
    assert "option500" in str(terminal.memory["registration"])
    assert terminal.info.model == "Attendance terminal"


async def test_faults_on_the_way(home: Terminals, simulate: Simulate) -> None:
    """Answers in pieces and lost requests cost time, nothing else."""
    sim = await simulate(faults=Faults(in_pieces=7))
    await home.add()
    for _ in range(10):
        sim.faults.lose_requests = 1
        sim.world.verify(ALICE.pin)
        await home.live(2, sim)
    await home.live(5, sim)
    assert len(home.events) == 10
