"""What a panel is and can do, found out by asking it."""

import asyncio

import pytest

from custom_components.zkteco.protocol.c3 import probe as probe_module
from custom_components.zkteco.protocol.c3.client import C3Client
from custom_components.zkteco.protocol.errors import MalformedReply
from custom_components.zkteco.protocol.model import Capability, DoorAlarm
from tests.simulators import c3_wire as wire
from tests.simulators.c3_panel import Faults

from .conftest import HOST, Home, HomeBuilder, refuse


async def test_what_is_fitted(build: HomeBuilder) -> None:
    """Doors with and without a contact, inputs, outputs."""
    home = await build(doors=4, model="C3-400", aux_inputs=4, aux_outputs=3)
    home.panel.doors[2].sensor_type = 0
    home.panel.doors[3].sensor_type = 2
    async with home.connected() as device:
        info = device.info
        assert info.model == "C3-400"
        assert [door.has_contact for door in info.doors.values()] == [
            True,
            False,
            True,
            True,
        ]
        assert info.doors[4].alarms == frozenset(DoorAlarm)
        assert (info.aux_inputs, info.aux_outputs) == (4, 3)
        assert [*device.state.doors] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("parameters", "model"),
    [
        ({"DeviceName": ""}, "C3-200"),
        ({"DeviceName": "", "~DeviceName": "ACP-200"}, "ACP-200"),
        ({"DeviceName": "", "~DeviceName": ""}, "C3-200"),
    ],
)
async def test_a_panel_without_a_name(
    home: Home, parameters: dict[str, str], model: str
) -> None:
    """It is named after the number of its doors."""
    home.panel.parameters.update(parameters)
    info = await home.identify()
    assert info.model == model


async def test_what_a_panel_does_not_tell(home: Home) -> None:
    """No address, no version, nonsense for numbers: none of that is needed."""
    home.panel.parameters.update(
        MAC="",
        FirmVer="",
        AuxInCount="many",
        AuxOutCount="99",
        Door1Drivertime="x",
        Door2SensorType="",
    )
    async with home.connected() as device:
        info = device.info
        assert info.mac is None
        assert info.firmware is None
        assert (info.aux_inputs, info.aux_outputs) == (0, 0)
        assert device.state.doors[1].open_time is None
        assert not info.doors[2].has_contact


@pytest.mark.parametrize(
    "parameters", [{"~SerialNumber": " "}, {"LockCount": "0"}, {"LockCount": "200"}]
)
async def test_no_panel_at_all(home: Home, parameters: dict[str, str]) -> None:
    """Without a serial number or doors it cannot be one."""
    home.panel.parameters.update(parameters)
    with pytest.raises(MalformedReply):
        await home.identify()


@pytest.mark.parametrize("text_log", [True, False])
async def test_the_form_of_its_log(build: HomeBuilder, text_log: bool) -> None:
    """Text is tried once; only text tells mains and battery."""
    home = await build(text_log=text_log)
    async with home.connected() as device:
        await home.clock.advance(5)
        assert bool(device.capabilities & Capability.POWER_ALARMS) is text_log
        assert (device.state.mains_failed is False) is text_log
        asked = home.panel.requests
        assert (asked[wire.TEXT_LOG] > 1) is text_log
        assert (asked[wire.BINARY_LOG] == 0) is text_log


async def test_events_that_the_first_question_takes_out(build: HomeBuilder) -> None:
    """The probe asks for text, and gets an event: it is told."""
    home = await build(text_log=True)
    answer = home.panel.answer

    def swipe_first(link: object, frame: wire.Frame) -> object:
        if frame.command == wire.TEXT_LOG:
            home.panel.answer = answer
            home.panel.swipe(1, 1001)
        return answer(link, frame)

    home.panel.answer = swipe_first
    async with home.connected():
        await home.clock.advance(2)
        assert home.cards == [1001]


@pytest.mark.usefixtures("impatient")
async def test_firmware_that_does_not_answer_to_text(home: Home) -> None:
    """Silence means no, and costs the connection."""
    home.panel.faults = Faults(lose_reply_to={wire.TEXT_LOG})
    async with home.connected():
        home.panel.swipe(1, 1001)
        await home.clock.advance(2)
        assert home.cards == [1001]
        assert home.panel.connections == 2


async def test_an_empty_text_log_is_none(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panel that knows text answers with its status at least."""
    answer = home.panel.answer

    def say_nothing(link: object, frame: wire.Frame) -> object:
        reply, raw = answer(link, frame)
        if frame.command == wire.TEXT_LOG:
            raw = wire.Frame(1, wire.OK, frame.data[:4]).encode()
        return reply, raw

    monkeypatch.setattr(home.panel, "answer", say_nothing)
    async with home.connected():
        home.panel.swipe(1, 1001)
        await home.clock.advance(2)
        assert home.cards == [1001]
        assert home.panel.requests[wire.TEXT_LOG] == 1


async def test_an_odd_line_among_the_tables(build: HomeBuilder) -> None:
    """Newer firmware lists one whose number fits no request."""
    home = await build(odd_table_line=True)
    async with home.connected() as device:
        tables = device.diagnostics()["probe"]["tables"]
        assert "user" in tables
        assert "logfmt" not in tables


async def test_settings_are_read_again(home: Home) -> None:
    """What settings can change is read without a new probe."""
    client = C3Client(HOST, home.panel.port, "")
    await client.connect()
    profile, records = await probe_module.probe(client)
    assert records == []
    home.panel.parameters["Door1Drivertime"] = "42"
    asked = home.panel.requests[wire.TABLE_DEFINITIONS]
    fresh = await probe_module.refresh(client, profile)
    assert fresh.open_times == {1: 42, 2: 5}
    assert fresh.tables is profile.tables
    assert home.panel.requests[wire.TABLE_DEFINITIONS] == asked
    await client.close()
    await asyncio.sleep(0)


async def test_a_user_table_without_definitions(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is counted, nobody has a name, and nobody minds."""
    answer = refuse(home.panel, wire.TABLE_DEFINITIONS)
    monkeypatch.setattr(home.panel, "answer", answer)
    async with home.connected() as device:
        await home.clock.advance(5)
        assert device.state.user_count is None
        assert device.state.error is None
