"""What a panel can be asked to do, and what a caller sees of it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceBusy,
    DeviceError,
    InvalidValue,
    OutcomeUnknown,
    Unsupported,
    WrongFamily,
    WrongPassword,
)
from custom_components.zkteco.protocol.model import Capability
from tests.simulators import c3_wire as wire
from tests.simulators.c3_link import Link, Reply
from tests.simulators.c3_panel import ALICE, Faults

from .conftest import Home, HomeBuilder, arrival, refuse, until

# Who it is


async def test_identify(home: Home) -> None:
    """The serial number, what is fitted, and goodbye."""
    info = await home.identify()
    assert info.serial == "DGD9190019050335134"
    assert info.model == "C3-200"
    assert info.firmware == "AC Ver 4.3.4 Apr 27 2017"
    assert info.mac == "00:17:61:C8:EC:17"
    assert [*info.doors] == [1, 2]
    assert (info.aux_inputs, info.aux_outputs) == (2, 2)
    assert home.panel.requests[wire.DISCONNECT] == 1


@pytest.mark.parametrize(
    ("password", "faults", "error"),
    [
        ("wrong", Faults(), WrongPassword),
        ("", Faults(foreign=True), WrongFamily),
        ("", Faults(evict_every_connection=True), DeviceBusy),
        ("", Faults(refuse=True), DeviceBusy),
        ("x" * 16, Faults(), InvalidValue),
    ],
)
async def test_identify_says_what_is_wrong(
    home: Home, password: str, faults: Faults, error: type[DeviceError]
) -> None:
    """Each has something else that a person can do."""
    home.panel.faults = faults
    with pytest.raises(error):
        await home.identify(password)


async def test_identify_while_the_panel_recovers(home: Home) -> None:
    """Somebody else has just left: the second try works."""
    home.panel.faults.refuse = True
    asking = asyncio.create_task(home.identify())
    await until(lambda: home.panel.connections)
    home.panel.faults.refuse = False
    assert (await asking).serial == "DGD9190019050335134"
    assert home.panel.connections == 2


async def test_identify_without_a_panel(home: Home) -> None:
    """Nobody listens there."""
    await home.panel.stop()
    with pytest.raises(CannotConnect):
        await home.identify()


async def test_capabilities_and_diagnostics(home: Home) -> None:
    """A bug report has the probe and the connection, and nothing secret."""
    home.panel.parameters["ComPwd"] = "secret"
    async with home.connected(password="secret") as device:
        await home.clock.advance(5)
        home.panel.swipe(1, ALICE.card)
        await home.clock.advance(5)
        assert Capability.EVENT_LOG in device.capabilities
        assert Capability.HOLD_OPEN in device.capabilities
        report = device.diagnostics()
        assert report["probe"]["text_log"] is False
        assert report["probe"]["open_times"] == {"1": 5, "2": 5}
        assert "Pin=s1" in report["probe"]["tables"]["transaction"]
        assert report["connection"]["connected"] is True
        for private in ("secret", str(ALICE.card), "Alice", device.info.serial):
            assert private not in str(report)


# Doors


async def test_a_door_opens_for_its_own_time(home: Home) -> None:
    """As the panel is set up."""
    home.panel.parameters["Door1Drivertime"] = "7"
    async with home.connected() as device:
        assert device.state.doors[1].open_time == 7
        await device.open_door(1)
        await home.clock.advance(1)
        assert home.panel.commands == [(1, b"\x01\x01\x07\x00")]
        assert device.state.doors[1].relay is True
        assert device.state.doors[2].relay is False
        await home.clock.advance(8)
        assert device.state.doors[1].locked is True
        assert home.told == [(8, 1)]


async def test_a_door_opens_for_a_given_time(home: Home) -> None:
    """One to 254 seconds."""
    async with home.connected() as device:
        await device.open_door(2, 254)
        assert home.panel.commands == [(1, b"\x02\x01\xfe\x00")]


@pytest.mark.parametrize("drive_time", ["0", "255", ""])
async def test_a_drive_time_that_is_no_pulse(home: Home, drive_time: str) -> None:
    """Never and for ever are no times to open a door for."""
    home.panel.parameters["Door1Drivertime"] = drive_time
    async with home.connected() as device:
        await device.open_door(1)
        assert home.panel.commands == [(1, b"\x01\x01\x05\x00")]


@pytest.mark.parametrize(
    ("door", "seconds", "field"),
    [(0, 5, "door"), (3, 5, "door"), (1, 0, "seconds"), (1, 255, "seconds")],
)
async def test_a_door_that_cannot_be_opened_so(
    home: Home, door: int, seconds: int, field: str
) -> None:
    """The field and its limit are named; nothing is sent."""
    async with home.connected() as device:
        with pytest.raises(InvalidValue) as caught:
            await device.open_door(door, seconds)
        assert caught.value.field == field
        assert home.panel.commands == []


async def test_our_own_pulse_on_old_firmware(build: HomeBuilder) -> None:
    """It lasts as long as we said, whatever the door's own time is."""
    home = await build(old_byte8=True)
    async with home.connected() as device:
        await home.run(device.release_door(1))
        await device.open_door(1, 2)
        await home.clock.advance(1)
        assert device.state.doors[1].locked is False
        await home.clock.advance(2)
        assert device.state.doors[1].locked is True
        await device.open_door(1, 60)
        await home.clock.advance(55)
        assert device.state.doors[1].locked is False
        await home.clock.advance(10)
        assert device.state.doors[1].locked is True


@pytest.mark.usefixtures("impatient")
async def test_a_door_whose_answer_is_lost(home: Home) -> None:
    """It may be open; it is not opened again, and the next look tells."""
    async with home.connected() as device:
        home.panel.faults.lose_reply_to = {wire.CONTROL}
        with pytest.raises(OutcomeUnknown):
            await device.open_door(1, 20)
        await home.clock.advance(5)
        assert len(home.panel.commands) == 1
        assert device.state.error is None
        assert device.state.doors[1].relay is True
        assert home.told == [(8, 1)]


async def test_a_door_while_the_panel_is_away(home: Home) -> None:
    """The command is not kept, but it makes us look for the panel at once."""
    async with home.connected() as device:
        home.panel.faults.refuse = True
        home.panel.hang_up()
        await home.clock.advance(300)
        with pytest.raises(CannotConnect):
            await device.open_door(1)
        home.panel.faults.refuse = False
        with pytest.raises(CannotConnect):
            await device.open_door(1)
        await home.clock.settle()
        await device.open_door(1)
        assert len(home.panel.commands) == 1


@pytest.mark.parametrize("old_byte8", [True, False])
async def test_hold_and_release(build: HomeBuilder, old_byte8: bool) -> None:
    """Released means: the schedule first, then the relay, then a look."""
    home = await build(old_byte8=old_byte8)
    async with home.connected() as device:
        await device.hold_open(1)
        await home.clock.advance(300)
        assert device.state.doors[1].held is True
        assert device.state.doors[1].locked is False
        assert home.panel.doors[1].held
        await home.run(device.release_door(1))
        assert device.state.doors[1].held is False
        assert device.state.doors[1].locked is True
        assert not home.panel.doors[1].relay
        assert home.panel.commands == [
            (1, b"\x01\x01\xff\x00"),
            (4, b"\x01\x00\x00\x00"),
            (1, b"\x01\x01\x00\x00"),
        ]
        await home.clock.advance(5)
        assert device.state.doors[1].locked is True


async def test_release_ends_a_pulse(home: Home) -> None:
    """Somebody thought better of it."""
    async with home.connected() as device:
        await device.open_door(1, 200)
        await home.clock.advance(1)
        await home.run(device.release_door(1))
        assert device.state.doors[1].locked is True
        assert not home.panel.doors[1].relay


async def test_firmware_without_schedules(home: Home) -> None:
    """It refuses to end what it does not have; the relay is dropped all the same."""
    control = home.panel.control
    async with home.connected() as device:
        await device.open_door(1, 200)

        def no_schedule(data: bytes) -> bool:
            if data[0] == 4:
                raise wire.Refused(wire.NOT_AVAILABLE)
            return control(data)

        home.panel.control = no_schedule
        await home.run(device.release_door(1))
        assert device.state.doors[1].locked is True


@pytest.mark.parametrize("answers", [True, False])
async def test_a_close_that_the_panel_refuses(
    build: HomeBuilder, answers: bool
) -> None:
    """It says so in its reply, or in event 37 only."""
    home = await build(old_byte8=True)
    control = home.panel.control
    async with home.connected() as device:
        await device.hold_open(1)
        await home.clock.advance(1)

        def stubborn(data: bytes) -> bool:
            if data[0] == 1 and answers:
                home.panel.log(37, door=1)
                raise wire.Refused(wire.NORMAL_OPEN)
            if data[0] == 1:
                home.panel.log(37, door=1)
                return False
            return control(data)

        home.panel.control = stubborn
        with pytest.raises(CommandRefused) as caught:
            await home.run(device.release_door(1))
        assert caught.value.code == (-28 if answers else 37)
        await home.clock.advance(5)
        assert device.state.doors[1].locked is False
        # Another door's refusal is none of this one.
        home.panel.control = control
        home.panel.log(37, door=2)
        await home.run(device.release_door(1))
        assert device.state.doors[1].locked is True


async def test_a_relay_that_stays_on_after_release(home: Home) -> None:
    """The panel said yes, its relay says no."""
    control = home.panel.control
    async with home.connected() as device:
        await device.hold_open(1)

        def forgetful(data: bytes) -> bool:
            return False if data[:4] == b"\x01\x01\x01\x00" else control(data)

        home.panel.control = forgetful
        with pytest.raises(CommandRefused, match="stays unlocked"):
            await home.run(device.release_door(1))
        assert device.state.doors[1].locked is False


async def test_a_release_that_cannot_be_verified(home: Home) -> None:
    """The connection is lost just then."""
    async with home.connected() as device:
        await device.hold_open(1)
        await home.clock.advance(10)
        control = home.panel.control

        def hang_up(data: bytes) -> bool:
            home.panel.faults.reset_after = 0
            return control(data)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                home.panel,
                "control",
                lambda data: hang_up(data) if data[0] == 1 else control(data),
            )
            with pytest.raises(OutcomeUnknown):
                await home.run(device.release_door(1))
        await home.clock.advance(10)
        assert device.state.doors[1].locked is True


# Outputs, alarms, restart


async def test_auxiliary_outputs(home: Home) -> None:
    """On, off, and for a time; the panel tells no end of a time."""
    async with home.connected() as device:
        assert device.state.aux_outputs == {1: None, 2: None}
        await device.set_aux_output(1, on=True)
        await home.clock.advance(400)
        assert device.state.aux_outputs == {1: True, 2: None}
        await device.set_aux_output(1, on=False)
        await device.set_aux_output(2, on=True, seconds=3)
        await home.clock.advance(1)
        assert device.state.aux_outputs == {1: False, 2: True}
        assert home.panel.aux_outputs == {1: False, 2: True}
        await home.clock.advance(4)
        assert device.state.aux_outputs == {1: False, 2: False}
        assert home.panel.aux_outputs == {1: False, 2: False}
        assert [(e.code, e.aux_output) for e in home.events] == [
            (12, 1),
            (13, 1),
            (12, 2),
        ]


async def test_an_output_that_somebody_else_switched(home: Home) -> None:
    """For how long is not told: after the longest time it is unknown."""
    async with home.connected() as device:
        home.panel.control(bytes((1, 1, 2, 5, 0)))
        await home.clock.advance(2)
        assert device.state.aux_outputs[1] is True
        await home.clock.advance(300)
        assert device.state.aux_outputs[1] is None


@pytest.mark.parametrize(("output", "seconds"), [(0, None), (3, None), (1, 255)])
async def test_an_output_that_is_none(
    home: Home, output: int, seconds: int | None
) -> None:
    """The limit is in the error."""
    async with home.connected() as device:
        with pytest.raises(InvalidValue):
            await device.set_aux_output(output, on=True, seconds=seconds)
        assert home.panel.commands == []


async def test_restart(home: Home) -> None:
    """The panel is away for a while and comes back with its event."""
    async with home.connected() as device:
        await home.clock.advance(60)
        await device.restart()
        await home.clock.advance(30)
        assert home.panel.commands == [(3, bytes(4))]
        assert device.state.error is None
        assert (206, None) in home.told


# Settings


async def test_open_time(home: Home) -> None:
    """Kept on the panel, and used for the next pulse."""
    async with home.connected() as device:
        await home.run(device.set_open_time(2, 9))
        assert home.panel.parameters["Door2Drivertime"] == "9"
        assert device.state.doors[2].open_time == 9
        await device.open_door(2)
        assert home.panel.commands == [(1, b"\x02\x01\x09\x00")]
        for door, seconds in ((3, 5), (1, 0), (1, 255)):
            with pytest.raises(InvalidValue):
                await device.set_open_time(door, seconds)


async def test_parameters(home: Home) -> None:
    """Read and written by their documented names."""
    async with home.connected() as device:
        names = ["Door1Detectortime", "Door2SensorType", "~SerialNumber"]
        assert await device.get_parameters(names) == {
            "Door1Detectortime": "15",
            "Door2SensorType": "1",
            "~SerialNumber": "DGD9190019050335134",
        }
        await home.run(device.set_parameters({"Door2SensorType": "0"}))
        assert home.panel.parameters["Door2SensorType"] == "0"
        assert not device.info.doors[2].has_contact


async def test_more_parameters_than_one_request_takes(home: Home) -> None:
    """They are asked for in parts."""
    names = [f"Door{n}{kind}" for n in range(1, 5) for kind in KINDS]
    assert len(names) > 30
    async with home.connected() as device:
        values = await device.get_parameters(names)
        assert values["Door2Detectortime"] == "15"


KINDS = (
    "Drivertime",
    "SensorType",
    "Detectortime",
    "CloseAndLock",
    "Intertime",
    "VerifyType",
    "ValidTZ",
    "KeepOpenTimeZone",
)


@pytest.mark.parametrize(
    "name", ["ComPwd", "Door1SupperPassWord", "Door1ForcePassWord"]
)
async def test_secrets_are_neither_read_nor_written(home: Home, name: str) -> None:
    """Panels would give them away in clear text."""
    async with home.connected() as device:
        asked = home.panel.requests[wire.GET_PARAMETERS]
        with pytest.raises(InvalidValue):
            await device.get_parameters([name])
        with pytest.raises(InvalidValue):
            await device.set_parameters({name: "1234"})
        assert home.panel.requests[wire.GET_PARAMETERS] == asked
        assert home.panel.requests[wire.SET_PARAMETERS] == 0


async def test_a_parameter_that_the_panel_ignores(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says yes and keeps the old value: reading back tells."""
    monkeypatch.setattr(home.panel, "set_parameters", lambda values: False)
    async with home.connected() as device:
        with pytest.raises(CommandRefused, match="Door1Detectortime"):
            await home.run(device.set_parameters({"Door1Detectortime": "99"}))


async def test_a_parameter_that_the_panel_refuses(home: Home) -> None:
    """With its own error."""
    async with home.connected() as device:
        home.panel.faults = Faults()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(home.panel, "answer", refuse(home.panel, wire.SET_PARAMETERS))
            with pytest.raises(CommandRefused) as caught:
                await home.run(device.set_open_time(1, 9))
        assert caught.value.code == -13


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault",
    [
        lambda: Faults(lose_reply_to={wire.SET_PARAMETERS}),
        lambda: Faults(bad_crc=1),
    ],
)
async def test_a_write_whose_answer_is_lost(
    home: Home, fault: Callable[[], Faults]
) -> None:
    """It is read back with a new connection."""
    async with home.connected() as device:
        await home.clock.advance(2)
        home.panel.faults = fault()
        await home.run(device.set_open_time(1, 9))
        assert device.state.doors[1].open_time == 9
        assert home.panel.requests[wire.SET_PARAMETERS] == 1


async def test_a_write_after_which_the_panel_stays_away(home: Home) -> None:
    """There is nothing to read back from."""
    async with home.connected() as device:
        await home.clock.advance(2)
        home.panel.faults.refuse = True
        home.panel.hang_up()
        await arrival()
        with pytest.raises(CannotConnect):
            await home.run(device.set_open_time(1, 9))


@pytest.mark.parametrize("dropped", [True, False])
async def test_the_clock_is_set(home: Home, dropped: bool) -> None:
    """Some firmware drops the connection instead of an answer."""
    home.panel.clock_offset = timedelta(minutes=-7)
    home.panel.faults.drop_after_set_time = dropped
    async with home.connected() as device:
        await home.clock.advance(40)
        assert device.state.clock_offset == timedelta(minutes=-7)
        await home.run(device.sync_time())
        assert device.state.clock_offset is not None
        assert abs(device.state.clock_offset) <= timedelta(seconds=1)
        assert abs(home.panel.clock_offset) <= timedelta(seconds=1)
        assert device.state.error is None
        await home.run(device.sync_time())
        assert home.panel.requests[wire.SET_PARAMETERS] == 1


async def test_a_panel_that_keeps_its_own_time(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time server may rule it."""
    home.panel.clock_offset = timedelta(minutes=-7)
    monkeypatch.setattr(home.panel, "set_parameters", lambda values: False)
    async with home.connected() as device:
        with pytest.raises(CommandRefused, match="its own time"):
            await home.run(device.sync_time())


# The past


async def test_past_events(home: Home) -> None:
    """The newest, oldest first, all of them marked late."""
    for card in (1001, 1002, ALICE.card, 1004):
        home.panel.swipe(1, card)
        await home.pause(60)
    async with home.connected() as device:
        await home.clock.advance(5)
        events = await device.read_events(None, 100)
        assert [e.card for e in events] == ["1001", "1002", str(ALICE.card), "1004"]
        assert all(e.late for e in events)
        assert events[2].user_name == "Alice"
        assert [e.card for e in await device.read_events(None, 2)] == [
            str(ALICE.card),
            "1004",
        ]
        since = home.clock.now() - timedelta(minutes=2, seconds=30)
        assert [e.card for e in await device.read_events(since, 100)] == [
            str(ALICE.card),
            "1004",
        ]
        assert await device.read_events(None, 0) == []
        assert home.events == []


async def test_past_events_of_old_firmware(build: HomeBuilder) -> None:
    """Its rows have no index and come in their order."""
    home = await build(new_layout=False)
    home.panel.swipe(1, 1001, "out")
    home.panel.exit_button(2)
    async with home.connected() as device:
        await home.clock.advance(2)
        first, second = await device.read_events(None, 10)
        assert (first.card, first.direction, first.index) == ("1001", "out", None)
        assert (second.code, second.door, second.user_id) == (202, 2, None)


async def test_a_long_past_gives_way_to_doors(home: Home) -> None:
    """And is read again after them."""
    for card in range(2000, 6000):
        home.panel.swipe(1, card)
    async with home.connected() as device:
        await home.clock.advance(5)
        parts = home.panel.requests[wire.READ_PART]
        reading = asyncio.create_task(device.read_events(None, 10000))
        await until(lambda: home.panel.requests[wire.READ_PART] > parts)
        await device.open_door(1, 3)
        events = await home.run(reading)
        assert len([e for e in events if e.card]) == 4000


async def test_a_past_that_is_interrupted_again_and_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the end a caller is told."""
    for card in range(2000, 6000):
        home.panel.swipe(1, card)
    async with home.connected() as device:
        await home.clock.advance(5)
        answer = home.panel.answer
        opening: list[asyncio.Task[None]] = []

        def interrupt(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
            if frame.command == wire.READ_TABLE:
                opening.append(asyncio.create_task(device.open_door(1, 3)))
            return answer(link, frame)

        monkeypatch.setattr(home.panel, "answer", interrupt)
        with pytest.raises(DeviceError):
            await home.run(device.read_events(None, 10))
        await asyncio.gather(*opening)


async def test_no_past(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel without tables has no log to read."""
    answer = refuse(home.panel, wire.TABLE_DEFINITIONS)
    monkeypatch.setattr(home.panel, "answer", answer)
    async with home.connected() as device:
        assert Capability.EVENT_LOG not in device.capabilities
        with pytest.raises(Unsupported):
            await device.read_events(None, 10)
