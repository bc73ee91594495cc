"""What a terminal tells and can be asked to do, and what a caller sees of it."""

import asyncio
from datetime import timedelta

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    LoginLocked,
    MalformedReply,
    OutcomeUnknown,
    SecureFirmware,
    WrongFamily,
    WrongPassword,
)
from custom_components.zkteco.protocol.model import (
    AttendanceState,
    Capability,
    Direction,
    EventKind,
    Notice,
    Sound,
    VerifyMethod,
)
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.packet import Command
from custom_components.zkteco.protocol.standalone.terminal import UnlockUnit, identify
from tests.simulators.standalone_terminal import Faults

from .conftest import HOST, Home, HomeBuilder, until

# Who it is


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
async def test_identify(home: Home, transport: Transport) -> None:
    """The serial number, what is fitted, and goodbye."""
    info, used = await identify(HOST, home.terminal.port, "", transport)
    assert used is transport
    assert info.serial == home.terminal.options["~SerialNumber"]
    assert info.model == home.terminal.options["~DeviceName"]
    assert info.firmware == "Ver 6.60 Apr 28 2017"
    assert info.mac == "00:17:61:c8:ec:18"
    assert [*info.doors] == [1]
    assert info.doors[1].has_lock
    assert not info.doors[1].has_contact
    assert home.asked(Command.EXIT) == 1


async def test_identify_finds_the_transport(build: HomeBuilder) -> None:
    """A terminal with TCP switched off answers over UDP."""
    home = await build(tcp=False)
    _, used = await identify(HOST, home.terminal.port, "", Transport.AUTOMATIC)
    assert used is Transport.UDP


@pytest.mark.parametrize(
    ("key", "faults", "error"),
    [
        ("54321", Faults(), WrongPassword),
        ("", Faults(), WrongPassword),
        ("12345", Faults(answers={Command.CONNECT: 6001}), SecureFirmware),
        ("12345", Faults(answers={Command.CONNECT: 2032}), LoginLocked),
        ("12345", Faults(answers={Command.AUTH: 2032}), LoginLocked),
        ("12345", Faults(answers={Command.CONNECT: 2001}), CannotConnect),
        ("12345", Faults(speaks="encrypted"), SecureFirmware),
        ("12345", Faults(speaks="c3"), WrongFamily),
        ("12345", Faults(speaks="http"), WrongFamily),
        ("12345", Faults(speaks="garbage"), MalformedReply),
        ("12345", Faults(refuse=True), CannotConnect),
        ("1234567", Faults(), InvalidValue),
        ("secret", Faults(), InvalidValue),
    ],
)
async def test_identify_says_what_is_wrong(
    build: HomeBuilder, key: str, faults: Faults, error: type[DeviceError]
) -> None:
    """Each has something else that a person can do."""
    home = await build(key=12345)
    home.terminal.faults = faults
    with pytest.raises(error):
        await identify(HOST, home.terminal.port, key, Transport.TCP)


async def test_identify_without_a_terminal(home: Home, impatient: None) -> None:
    """Nobody listens there, on either transport."""
    await home.terminal.stop()
    with pytest.raises(CannotConnect):
        await identify(HOST, home.terminal.port, "", Transport.AUTOMATIC)


@pytest.mark.parametrize("key", ["", "0", "12345", "999999"])
async def test_the_key_is_asked_for_and_given(build: HomeBuilder, key: str) -> None:
    """Some terminals ask although none was ever set."""
    home = await build(key=int(key or 0), always_ask=True)
    async with home.connected(key=key) as device:
        assert device.info.serial


async def test_capabilities_and_diagnostics(build: HomeBuilder) -> None:
    """A bug report has the probe, the connection and counters, and nothing about people."""
    home = await build(key=12345)
    async with home.connected(key="12345") as device:
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(20)
        assert Capability.EVENT_LOG in device.capabilities
        assert Capability.OPEN_TIME in device.capabilities
        assert Capability.HOLD_OPEN not in device.capabilities
        report = device.diagnostics()
        assert report["monitor"]["events"]["Punch"] == 1
        assert report["connection"]["echoes_numbers"] is True
        name = home.terminal.users[1].name
        for private in ("12345", "1001", name, device.info.serial):
            assert private not in str(report)


async def test_a_terminal_without_a_lock(home: Home) -> None:
    """One that only records who came and went."""
    home.terminal.options["~LockFunOn"] = "0"
    async with home.connected() as device:
        assert not device.info.doors[1].has_lock
        assert Capability.OPEN_TIME not in device.capabilities


# Who enters


@pytest.mark.parametrize("form", [10, 12, 14, 32, 36, 37, 52])
async def test_who_enters(build: HomeBuilder, form: int) -> None:
    """By name, in every form that firmware has for it."""
    home = await build()
    home.terminal.event_form = form
    async with home.connected() as device:
        await home.clock.advance(1)
        home.terminal.verify("1002", verify=15, state=1)
        (event,) = await home.hear(1)
        assert event.kind is EventKind.ACCESS_GRANTED
        assert (event.code, event.name, event.door) == (0, "granted", 1)
        assert event.user_id == "1002"
        assert event.user_name == home.terminal.users[2].name
        assert event.method is VerifyMethod.FACE
        assert event.direction is Direction.OUT
        assert event.attendance is AttendanceState.CHECK_OUT
        assert event.time == home.clock.now()
        assert not event.late
        assert device.state.doors[1].relay is True
        await home.clock.advance(5)
        assert device.state.doors[1].locked is True


@pytest.mark.parametrize(
    ("verify", "method"),
    [
        (0, VerifyMethod.PIN_CODE),
        (1, VerifyMethod.FINGERPRINT),
        (2, VerifyMethod.CARD),
        (15, VerifyMethod.FACE),
        (200, None),
    ],
)
async def test_how_somebody_proved_who_they_are(
    home: Home, verify: int, method: VerifyMethod | None
) -> None:
    """Terminals number a PIN code and a card in their own way; an unknown number is told as it is."""
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.verify("1002", verify=verify)
        (event,) = await home.hear(1)
        assert (event.method, event.verify_code) == (method, verify)


async def test_who_is_refused(home: Home) -> None:
    """A finger that nobody enrolled."""
    async with home.connected():
        home.terminal.refuse()
        (event,) = await home.hear(1)
        assert event.kind is EventKind.ACCESS_DENIED
        assert event.name == "not_registered"


async def test_a_card_belongs_to_what_came_of_it(home: Home) -> None:
    """The terminal tells the number first, and then who it was."""
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.swipe(home.terminal.users[2].card)
        home.terminal.swipe(4711)
        first, second = await home.hear(2)
        assert (first.kind, first.user_id) == (EventKind.ACCESS_GRANTED, "1002")
        assert first.card == str(home.terminal.users[2].card)
        assert (second.kind, second.card) == (EventKind.ACCESS_DENIED, "4711")


async def test_a_card_of_which_the_terminal_says_no_more(home: Home) -> None:
    """It is told all the same, a second later."""
    async with home.connected():
        home.terminal.emit(1024, (4711).to_bytes(4, "little"))
        await home.clock.advance(0.1)
        assert home.events == []
        await home.clock.advance(2)
        (event,) = await home.hear(1)
        assert (event.kind, event.name) == (EventKind.OTHER, "card_seen")
        assert event.card == "4711"


async def test_keys_and_the_bell(home: Home) -> None:
    """Which key rings is up to the owner; that there is a bell shows when it rings."""
    async with home.connected(doorbell_key=7) as device:
        home.terminal.press(3)
        assert not device.info.doors[1].has_doorbell
        home.terminal.press(7)
        first, second = await home.hear(2)
        assert (first.kind, first.key) == (EventKind.BUTTON, 3)
        assert (second.kind, second.key) == (EventKind.DOORBELL, 7)
        assert device.info.doors[1].has_doorbell


@pytest.mark.parametrize(
    ("alarm", "kind"),
    [
        ("tamper", EventKind.TAMPER),
        ("misoperation", EventKind.ALARM),
        ("duress", EventKind.DURESS),
        ("anti-passback", EventKind.ACCESS_DENIED),
    ],
)
async def test_alarms(home: Home, alarm: str, kind: EventKind) -> None:
    """Of 4 and of 12 bytes."""
    async with home.connected():
        home.terminal.alarm(alarm, "1001")
        (event,) = await home.hear(1)
        assert event.kind is kind


async def test_an_enrolment_at_the_terminal(build: HomeBuilder) -> None:
    """Its progress is told, its end once, and the new name is known soon after."""
    home = await build(users=1)
    async with home.connected():
        home.terminal.wordy_enrolment = True
        home.terminal.enrol("1001", finger=3)
        await until(lambda: any("finished" in event.name for event in home.events))
        await home.clock.advance(1)
        assert {event.kind for event in home.events} == {EventKind.ENROLMENT}
        names = [event.name for event in home.events]
        assert names.count("enrolment_sample_good") == 3
        assert names.count("enrolment_finished") == 1


async def test_a_user_who_is_added_at_the_terminal(home: Home) -> None:
    """By the terminal's own number, and by name when that is known."""
    async with home.connected():
        await home.clock.advance(1)
        home.terminal.emit(4, b"\2\0")
        home.terminal.emit(4, b"\x63\0")
        known, unknown = await home.hear(2)
        assert (known.kind, known.name) == (EventKind.ENROLMENT, "user_enrolled")
        assert (known.user_id, known.user_name) == ("1002", "Bob")
        assert (unknown.user_id, unknown.user_name) == (None, None)


async def test_a_lock_that_is_released(home: Home) -> None:
    """Nobody knows what else the event says, so its bytes are told."""
    async with home.connected():
        home.terminal.emit(32, b"\1\2")
        (event,) = await home.hear(1)
        assert (event.kind, event.code) == (EventKind.OTHER, 10032)
        assert (event.name, event.raw) == ("unlocked", "0102")


async def test_an_event_that_nobody_knows(home: Home) -> None:
    """The bytes are told; nothing else stops."""
    async with home.connected():
        home.terminal.emit(1, b"x" * 28)
        home.terminal.emit(0x4000, b"\1\2")
        home.terminal.verify("1001")
        first, second, third = await home.hear(3)
        assert (first.kind, first.code, first.raw) == (
            EventKind.OTHER,
            10001,
            "78" * 28,
        )
        assert (second.code, second.raw) == (26384, "0102")
        assert third.kind is EventKind.ACCESS_GRANTED


# The door


@pytest.mark.parametrize(
    ("unit", "number"), [(UnlockUnit.TENTHS, 30), (UnlockUnit.SECONDS, 3)]
)
async def test_the_door_opens(home: Home, unit: UnlockUnit, number: int) -> None:
    """For so many seconds, in the unit that this model counts."""
    async with home.connected(unlock_unit=unit) as device:
        assert device.state.doors[1].locked is None
        await device.open_door(1, 3)
        assert [n for _, n in home.terminal.unlocks] == [number]
        assert device.state.doors[1].locked is False
        await home.clock.advance(3)
        assert device.state.doors[1].locked is True


async def test_the_door_opens_for_its_own_time(home: Home) -> None:
    """As the terminal is set up."""
    home.terminal.options["LockOn"] = "7"
    async with home.connected() as device:
        assert device.state.doors[1].open_time == 7
        await device.open_door(1)
        assert [n for _, n in home.terminal.unlocks] == [70]


@pytest.mark.parametrize(
    ("door", "seconds", "field"),
    [(0, 5, "door"), (2, 5, "door"), (1, 0, "seconds"), (1, 255, "seconds")],
)
async def test_a_door_that_cannot_be_opened_so(
    home: Home, door: int, seconds: int, field: str
) -> None:
    """The field and its limit are named; nothing is sent."""
    async with home.connected() as device:
        with pytest.raises(InvalidValue) as caught:
            await device.open_door(door, seconds)
        assert caught.value.field == field
        assert home.terminal.unlocks == []


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
async def test_an_unlock_without_an_answer_is_not_repeated(
    home: Home, impatient: None, transport: Transport
) -> None:
    """The terminal did it, and its answer got lost: a second one would open twice as long."""
    async with home.connected(transport=transport) as device:
        await home.clock.advance(1)
        home.terminal.faults.lose_reply_to[Command.UNLOCK] = 1
        with pytest.raises(OutcomeUnknown):
            await device.open_door(1, 5)
        await home.clock.advance(30)
        assert len(home.terminal.unlocks) == 1
        assert device.state.error is None


async def test_an_unlock_that_is_refused(home: Home) -> None:
    """In words, and the connection lives on."""
    async with home.connected() as device:
        home.terminal.faults.answers[Command.UNLOCK] = 2001
        with pytest.raises(CommandRefused) as caught:
            await device.open_door(1)
        assert caught.value.code == 2001
        assert device.state.doors[1].relay is None


async def test_the_door_sensor(build: HomeBuilder) -> None:
    """Asked now and then, and often while something happens."""
    home = await build(contact=True)
    async with home.connected(has_contact=True) as device:
        assert device.state.doors[1].contact_open is False
        home.terminal.leaf_open = True
        await home.clock.advance(5.1)
        assert device.state.doors[1].contact_open is True
        await device.open_door(1)
        home.terminal.leaf_open = False
        await home.clock.advance(0.6)
        assert device.state.doors[1].contact_open is False


async def test_a_door_sensor_that_is_not_there(build: HomeBuilder) -> None:
    """Never closed by default; without the owner's word it is not even asked."""
    home = await build(contact=False)
    async with home.connected(has_contact=True) as device:
        assert device.state.doors[1].contact_open is None
    home.terminal.requests.clear()
    async with home.connected() as device:
        assert not device.info.doors[1].has_contact
        await home.clock.advance(60)
        assert home.asked(Command.DOOR_STATE) == 0


async def test_the_open_time(home: Home) -> None:
    """Written to the terminal and read back."""
    async with home.connected() as device:
        await device.set_open_time(1, 9)
        assert home.terminal.options["LockOn"] == "9"
        assert device.state.doors[1].open_time == 9
        for door, seconds in ((2, 5), (1, 0), (1, 255)):
            with pytest.raises(InvalidValue):
                await device.set_open_time(door, seconds)


# Settings and the terminal itself


async def test_parameters(home: Home) -> None:
    """Documented ones, and no secrets."""
    async with home.connected() as device:
        assert await device.get_parameters(["LockOn", "VoiceOn", "TZAdj"]) == {
            "LockOn": "5",
            "VoiceOn": "1",
        }
        await device.set_parameters({"VoiceOn": "0"})
        assert home.terminal.options["VoiceOn"] == "0"
        with pytest.raises(InvalidValue):
            await device.get_parameters(["COMKEY"])
        with pytest.raises(InvalidValue):
            await device.set_parameters({"IPAddress": "127.0.0.2"})


async def test_the_clock(home: Home) -> None:
    """Its error is measured; setting it makes it right."""
    home.terminal.clock_offset = timedelta(minutes=-3)
    async with home.connected() as device:
        assert device.state.clock_offset == timedelta(minutes=-3)
        home.terminal.verify("1001")
        (event,) = await home.hear(1)
        assert event.time == home.clock.now()
        assert not event.late
        await device.sync_time()
        assert abs(home.terminal.clock_offset) <= timedelta(seconds=1)
        assert device.state.clock_offset == timedelta(0)


async def test_a_clock_that_cannot_be_set(home: Home) -> None:
    """The terminal says yes and does nothing."""
    home.terminal.clock_offset = timedelta(minutes=-3)
    async with home.connected() as device:
        home.terminal.faults.answers[Command.SET_TIME] = 2000
        with pytest.raises(CommandRefused):
            await device.sync_time()


async def test_sound_and_screen(home: Home) -> None:
    """What the terminal adds to a door."""
    async with home.connected() as device:
        await device.play_sound(Sound.BELL)
        assert home.terminal.voices == [13]
        await device.show_text("Back at 3", 2)
        assert "Back at 3" in home.terminal.screen.values()
        await device.clear_text()
        assert not home.terminal.screen


async def test_restart(home: Home) -> None:
    """It does not even say goodbye, and is there again."""
    async with home.connected() as device:
        await home.clock.advance(1)
        await device.restart()
        assert home.asked(Command.RESTART) == 1
        await home.clock.advance(70)
        assert device.state.error is None


async def test_counters(build: HomeBuilder) -> None:
    """What it holds, what it can hold, and a warning in time."""
    home = await build(users=5, records=20)
    async with home.connected() as device:
        await home.clock.advance(1)
        assert (device.state.user_count, device.state.record_count) == (5, 20)
        assert device.state.record_capacity
        assert not device.state.notices
        home.terminal.claimed[64] = 22
        home.terminal.verify("1001")
        await home.hear(1)
        await home.clock.advance(20)
        assert device.state.notices == {Notice.LOG_ALMOST_FULL}
        # A little room is not enough to be silent about it.
        for capacity, full in ((24, True), (40, False)):
            home.terminal.claimed[64] = capacity
            await home.clock.advance(3700)
            assert bool(device.state.notices) is full


# The past


async def test_past_events(build: HomeBuilder) -> None:
    """Both logs, newest last, all of them late."""
    home = await build(records=50)
    async with home.connected() as device:
        home.terminal.alarm("tamper")
        events = await device.read_events(None, 10)
        assert len(events) == 10
        assert all(event.late for event in events)
        assert [event.time for event in events] == sorted(e.time for e in events)
        assert EventKind.TAMPER in {event.kind for event in events}
        since = home.clock.now() - timedelta(minutes=5, seconds=30)
        recent = await device.read_events(since, 1000)
        granted = [e for e in recent if e.kind is EventKind.ACCESS_GRANTED]
        assert len(granted) == 5


async def test_doors_go_before_the_past(build: HomeBuilder) -> None:
    """However often: the log is read from its beginning each time, and told in the end."""
    home = await build(records=3000)
    async with home.connected() as device:
        await home.clock.advance(1)
        reading = asyncio.create_task(home.run(device.read_events(None, 10)))
        for _ in range(3):
            home.terminal.requests.clear()
            await until(lambda: home.asked(Command.READ_BUFFER))
            await device.open_door(1, 1)
        assert len(await reading) == 10
        assert len(home.terminal.unlocks) == 3


def test_nothing_is_known_before_the_first_contact(home: Home) -> None:
    """Neither who it is nor what it can hold."""
    device = home.device()
    with pytest.raises(CannotConnect):
        _ = device.info
    with pytest.raises(CannotConnect):
        _ = device.people
