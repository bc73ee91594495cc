"""What a PUSH device is set to: options, tables in their place, and ways to verify as digits."""

import asyncio
from collections.abc import Mapping

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.push.codes import VerifyStyle
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.settings import meaning_of_styles
from custom_components.zkteco.protocol.settings import (
    Choice,
    Setting,
    SettingId,
    SettingKey as Key,
    SettingValue,
)
from tests.simulators.push_device import PushDevice as SimulatedDevice

from .conftest import Home, Simulate

TABLES = "000000000000000000000100000000000000"
"""AccSupportFunList of a device whose doors have a table of parameters."""


@pytest.fixture
async def sim(simulate: Simulate) -> SimulatedDevice:
    """Return a panel with two doors that keeps options."""
    return await simulate()


@pytest.fixture
async def device(home: Home, sim: SimulatedDevice) -> PushDevice:
    """Return the device for it, which has told what it is."""
    device = await home.add()
    await home.live(8, sim)
    return device


async def read(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> dict[SettingId, Setting]:
    """Read the settings of a device."""
    settings = await home.run(device.read_settings(), sim)
    return {setting.id: setting for setting in settings}


def written(sim: SimulatedDevice) -> list[str]:
    """Return what a device was told to change."""
    changes = ("SET OPTIONS", "DATA UPDATE")
    return [c.text for c in sim.commands if c.text.startswith(changes)]


async def test_read(home: Home, device: PushDevice, sim: SimulatedDevice) -> None:
    """Doors, readers and the device itself, as it was delivered."""
    settings = await read(home, device, sim)
    assert {s.id: s.value for s in settings.values() if s.number < 2} == {
        (Key.SENSOR_TYPE, 1): "normally_open",
        (Key.HELD_OPEN_DELAY, 1): 15,
        (Key.LOCK_ON_CLOSING, 1): False,
        (Key.VERIFY_INTERVAL, 1): 0,
        (Key.VERIFY_MODE, 1): "card",
        (Key.ACTIVE_TIME_ZONE, 1): 1,
        (Key.NORMAL_OPEN_TIME_ZONE, 1): 0,
        (Key.FIRST_CARD, 1): "off",
        (Key.MULTI_CARD, 1): False,
        (Key.EXIT_BUTTON, 1): True,
        (Key.DOOR_ANTI_PASSBACK, 1): "off",
        (Key.READER_DIRECTION, 1): "in",
        (Key.ANTI_PASSBACK, 0): "off",
        (Key.INTERLOCK, 0): "off",
        (Key.DAYLIGHT_SAVING, 0): False,
        (Key.NTP, 0): False,
    }
    assert settings[Key.READER_DIRECTION, 4].door == 2
    # The model's own ways to verify.
    assert settings[Key.VERIFY_MODE, 2].kind == Choice(
        ("pin_code", "card", "card_and_pin_code")
    )
    asked = [c.text for c in sim.commands if c.text.startswith("GET OPTIONS")]
    assert all(text.count(",") < 30 for text in asked)


async def test_a_terminal(home: Home, simulate: Simulate) -> None:
    """One door, one reader; rules between doors are in tables of their own."""
    sim = await simulate(model="face")
    device = await home.add()
    await home.live(8, sim)
    settings = await read(home, device, sim)
    assert settings[Key.READER_DIRECTION, 1].door == 1
    assert settings[Key.ANTI_PASSBACK, 0].kind == Choice(("off", "readers_1"))
    assert (Key.INTERLOCK, 0) not in settings


async def test_rules_that_are_in_tables_are_no_options(
    home: Home, sim: SimulatedDevice, device: PushDevice
) -> None:
    """AccSupportFunList says so: 22 for anti-passback, 23 for interlock."""
    home.text("cdata", "table=options", f"AccSupportFunList={'0' * 22}11")
    settings = await read(home, device, sim)
    assert (Key.ANTI_PASSBACK, 0) not in settings
    assert (Key.INTERLOCK, 0) not in settings
    assert (Key.SENSOR_TYPE, 1) in settings
    with pytest.raises(InvalidValue):
        await home.run(device.write_setting(Key.INTERLOCK, 0, "off"), sim)


async def test_what_a_device_does_not_answer_is_not_there(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """An option without a text."""
    del sim.world.parameters["NtpFunOn"]
    assert (Key.NTP, 0) not in await read(home, device, sim)
    with pytest.raises(Unsupported):
        await home.run(device.write_setting(Key.NTP, 0, True), sim)
    assert written(sim) == []


async def test_write(home: Home, device: PushDevice, sim: SimulatedDevice) -> None:
    """One option, once, and the device behaves so."""
    await home.run(device.write_setting(Key.SENSOR_TYPE, 2, "normally_closed"), sim)
    assert written(sim) == ["SET OPTIONS Door2SensorType=2"]
    assert sim.doors[2].sensor_type == 2
    await home.run(device.write_setting(Key.SENSOR_TYPE, 2, "normally_closed"), sim)
    assert len(written(sim)) == 1
    await home.run(device.write_setting(Key.DAYLIGHT_SAVING, 0, True), sim)
    assert written(sim)[-1] == "SET OPTIONS DSTOn=1"


async def test_what_nobody_understands_stays(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """Until somebody chooses something else."""
    sim.world.parameters["InterLock"] = "77"
    settings = await read(home, device, sim)
    assert settings[Key.INTERLOCK, 0].value is None
    await home.run(device.write_setting(Key.INTERLOCK, 0, "doors_1_2"), sim)
    assert sim.world.parameters["InterLock"] == "1"


@pytest.mark.parametrize(
    "setting",
    [
        (Key.SENSOR_TYPE, 3, "none"),
        (Key.SENSOR_TYPE, 1, "none,Door1ForcePassWord=1"),
        (Key.HELD_OPEN_DELAY, 1, 256),
        (Key.INTERLOCK, 0, "doors_3_4"),
        (Key.VERIFY_MODE, 1, "face"),
        (Key.VOICE, 0, True),
    ],
)
async def test_what_cannot_be_set(
    home: Home,
    device: PushDevice,
    sim: SimulatedDevice,
    setting: tuple[Key, int, SettingValue],
) -> None:
    """Nothing is changed."""
    with pytest.raises(InvalidValue):
        await home.run(device.write_setting(*setting), sim)
    assert written(sim) == []


async def test_a_device_that_keeps_its_own(
    home: Home,
    device: PushDevice,
    sim: SimulatedDevice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says yes, and does not."""
    monkeypatch.setattr(sim.world, "set_parameters", lambda _values: False)
    with pytest.raises(CommandRefused, match="Door1CloseAndLock"):
        await home.run(device.write_setting(Key.LOCK_ON_CLOSING, 1, True), sim)
    with pytest.raises(CommandRefused, match="DSTOn"):
        await home.run(device.set_parameters({"DSTOn": "1"}), sim)


async def test_a_device_that_is_away(home: Home) -> None:
    """Nobody waits for it."""
    device = await home.add(registration={"lockcount": "2"})
    for verb in (
        device.read_settings(),
        device.write_setting(Key.NTP, 0, True),
        device.get_parameters(["NtpFunOn"]),
        device.set_parameters({"NtpFunOn": "1"}),
    ):
        with pytest.raises(CannotConnect):
            await verb


# Tables in place of options (Security PUSH 3.1.2 section 9.1.1)


def fill(sim: SimulatedDevice, table: str, *rows: Mapping[str, str | int]) -> None:
    """Give a device parameters in a table."""
    for row in rows:
        sim.world.rows.put(table, row)


async def test_tables(home: Home, device: PushDevice, sim: SimulatedDevice) -> None:
    """What is there counts; the rest are options. A row goes back with its own numbers, as printed."""
    fill(
        sim,
        "DoorParameters",
        {"ID": 1, "Name": "DoorSensorType", "Value": "2", "DevID": 14},
        {"ID": 1, "Name": "DoorVerifyType", "Value": "4", "DevID": 14},
        {"ID": 1, "Name": "DoorREXInput", "Value": "", "DevID": 14},
        {"ID": 0, "Name": "DoorSensorType", "Value": "2", "DevID": 14},
    )
    fill(sim, "DevParameters", {"ID": 14, "Name": "InterLock", "Value": "1"})
    settings = await read(home, device, sim)
    assert settings[Key.SENSOR_TYPE, 1].value == "normally_closed"
    assert settings[Key.SENSOR_TYPE, 2].value == "normally_open"
    assert settings[Key.INTERLOCK, 0].value == "doors_1_2"
    await home.run(device.write_setting(Key.SENSOR_TYPE, 1, "none"), sim)
    await home.run(device.write_setting(Key.INTERLOCK, 0, "off"), sim)
    await home.run(device.write_setting(Key.READER_DIRECTION, 1, "out"), sim)
    assert written(sim) == [
        "DATA UPDATE DoorParameters ID=1\tName=DoorSensorType\tDevID=14\tValue=0",
        "DATA UPDATE DevParameters ID=14\tName=InterLock\tValue=0",
        "SET OPTIONS Reader1IOState=1",
    ]
    settings = await read(home, device, sim)
    assert settings[Key.SENSOR_TYPE, 1].value == "none"
    assert settings[Key.INTERLOCK, 0].value == "off"


async def test_tables_of_several_devices(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """Whose parameters they are is not known: the options are the device's own."""
    for number, value in ((1, "1"), (2, "0")):
        row = {"ID": number, "Name": "InterLock", "Value": value}
        fill(sim, "DevParameters", row)
    await home.run(device.write_setting(Key.INTERLOCK, 0, "doors_1_2"), sim)
    assert written(sim) == ["SET OPTIONS InterLock=1"]


async def test_tables_that_a_device_does_not_show(home: Home) -> None:
    """It is not asked for them again and again."""
    device = await home.add(
        registration={"lockcount": "1", "accsupportfunlist": TABLES}
    )
    home.text("ping")
    verb = asyncio.create_task(device.read_settings())
    asked = await answer(home, verb, {"Door1SensorType": "1"})
    assert [text.split(",")[0].split()[-1] for text in asked] == [
        "tablename=DoorParameters",
        "tablename=DevParameters",
        "Door1SensorType",
    ]
    assert [setting.id for setting in await verb] == [(Key.SENSOR_TYPE, 1)]
    verb = asyncio.create_task(device.write_setting(Key.SENSOR_TYPE, 1, "none"))
    asked = await answer(home, verb, {"Door1SensorType": "0"})
    assert asked == ["GET OPTIONS Door1SensorType"]
    await verb


async def test_a_device_that_asks_seldom(home: Home) -> None:
    """It has other questions to answer when it comes; these wait for their turn, and are in time."""
    device = await home.add(registration={"lockcount": "1"}, delay=5)
    home.poll()
    verb = asyncio.create_task(device.read_settings())
    asked = await answer(home, verb, {"DSTOn": "1"}, pause=5)
    assert len(asked) == 1
    assert [setting.value for setting in await verb] == [True]


CHORES = ("GET OPTIONS Door1Drivertime", "DATA QUERY tablename=user,")


async def answer(
    home: Home,
    verb: asyncio.Task[object],
    options: Mapping[str, str],
    *,
    pause: float = 0,
) -> list[str]:
    """Answer what a verb asks until it is done: options by name, and no table. Return the questions."""
    asked: list[str] = []
    while not verb.done():
        for _ in range(5):
            await asyncio.sleep(0)
        await home.clock.advance(pause)
        number, command = home.poll()
        if not number:
            continue
        if not command.startswith(CHORES):
            asked.append(command)
        if command.startswith("DATA QUERY"):
            home.conclude(number, -629)
            continue
        line = ",".join(f"{name}={text}" for name, text in options.items())
        query = f"type=options&cmdid={number}&tablename=options"
        home.text("querydata", f"{query}&count=1&packcnt=1&packidx=1", line)
        home.conclude(number)
    return asked


# Ways to verify as digits (section 9.5.1)

PRINTED_STYLES = frozenset(
    {VerifyStyle.CARD, VerifyStyle.PASSWORD, VerifyStyle.FACE, VerifyStyle.QR_CODE}
)


@pytest.mark.parametrize(
    ("digits", "supported", "value"),
    [
        # Printed: card, password and face together, and any of them.
        ("0000101000000011", PRINTED_STYLES, None),
        ("0000101000000010", PRINTED_STYLES, None),
        ("0000101000000010", PRINTED_STYLES - {VerifyStyle.QR_CODE}, "automatic"),
        ("0001101000000010", PRINTED_STYLES, "automatic"),
        ("0000100000000000", PRINTED_STYLES, "card"),
        ("0000100000000001", PRINTED_STYLES, "card"),
        ("0000101000000001", PRINTED_STYLES, "card_and_pin_code"),
        ("0000101000000000", PRINTED_STYLES, "card_or_pin_code"),
        ("0000100000000011", PRINTED_STYLES, "face_and_card"),
        ("0000000000010000", PRINTED_STYLES, None),
        ("0000000000000000", PRINTED_STYLES, None),
        ("0000100000000000", frozenset(), None),
    ],
)
def test_digits(
    digits: str, supported: frozenset[VerifyStyle], value: str | None
) -> None:
    """The leftmost is bit 15, and the rightmost tells whether all are needed."""
    assert meaning_of_styles(supported).decode(digits) == value


def test_digits_of_a_way_to_verify() -> None:
    """What is written; a single way needs no "all"."""
    meaning = meaning_of_styles(PRINTED_STYLES)
    for value, digits in (
        ("face", "0000000000000010"),
        ("face_and_card", "0000100000000011"),
        ("card_or_pin_code", "0000101000000000"),
        ("automatic", "0001101000000010"),
    ):
        assert meaning.encode(Key.VERIFY_MODE, value) == digits
    with pytest.raises(InvalidValue):
        meaning.encode(Key.VERIFY_MODE, "fingerprint")


async def test_a_device_that_verifies_by_digits(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """It is told in the same way; one that counts is told a number, whatever it supports."""
    home.text("cdata", "table=options", "NewVFStyles=0000101000000010")
    sim.world.parameters["Door1VerifyType"] = "0000100000000000"
    settings = await read(home, device, sim)
    assert settings[Key.VERIFY_MODE, 1].value == "card"
    assert settings[Key.VERIFY_MODE, 2].value == "card"
    for door in (1, 2):
        verb = device.write_setting(Key.VERIFY_MODE, door, "card_and_pin_code")
        await home.run(verb, sim)
    assert written(sim) == [
        "SET OPTIONS Door1VerifyType=0000101000000001",
        "SET OPTIONS Door2VerifyType=11",
    ]


# By name


async def test_options_by_name(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """Read and written as the document calls them; the open time is known at once."""
    names = ["~SerialNumber", "Door1Drivertime", "MachineTZ"]
    assert await home.run(device.get_parameters(names), sim) == {
        "~SerialNumber": sim.serial,
        "Door1Drivertime": "5",
    }
    values = {"Door1Drivertime": "9", "Door2SensorType": "0"}
    await home.run(device.set_parameters(values), sim)
    assert written(sim) == ["SET OPTIONS Door1Drivertime=9,Door2SensorType=0"]
    await home.live(4, sim)
    assert device.state.doors[1].open_time == 9


@pytest.mark.parametrize(
    "name",
    [
        *("ComPwd", "Door1SupperPassWord", "Door1ForcePassWord", "QRCodeDecryptKey"),
        *("SIPKey", "WebServerIP", "WebServerPort", "AutoServerIP", "DateTime"),
        *("Door9SensorType", "x\ny", "a,b"),
    ],
)
async def test_secrets_and_strangers(
    home: Home, device: PushDevice, sim: SimulatedDevice, name: str
) -> None:
    """Neither read nor written, nor repeated."""
    before = len(sim.commands)
    for verb in (device.get_parameters([name]), device.set_parameters({name: "1"})):
        with pytest.raises(InvalidValue) as caught:
            await home.run(verb, sim)
        assert name not in str(caught.value)
    assert len(sim.commands) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IPAddress", "10.0.0.9"),
        ("NetMask", "255.0.0.0"),
        ("~SerialNumber", "1"),
        ("RS232BaudRate", "9600"),
        ("Door1Drivertime", "256"),
        ("Door1Drivertime", "05"),
        ("Door1SensorType", "1,Door1ForcePassWord=1"),
    ],
)
async def test_what_can_only_be_read(device: PushDevice, name: str, value: str) -> None:
    """The network above all: a wrong address would cut the owner off."""
    with pytest.raises(InvalidValue, match=name):
        await device.set_parameters({name: value})
