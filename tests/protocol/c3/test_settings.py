"""What a panel is set to, read and written over its connection."""

import pytest

from custom_components.zkteco.protocol.errors import (
    CommandRefused,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.settings import (
    Choice,
    Setting,
    SettingId,
    SettingKey as Key,
)
from tests.simulators import c3_wire as wire
from tests.simulators.c3_panel import ALICE

from .conftest import Home


def by_id(settings: list[Setting]) -> dict[SettingId, Setting]:
    """Return settings by what tells them apart."""
    return {setting.id: setting for setting in settings}


async def test_read(home: Home) -> None:
    """Doors, readers and the panel itself, as it was delivered."""
    async with home.connected() as device:
        settings = by_id(await device.read_settings())
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
    }
    assert settings[Key.READER_DIRECTION, 4].value == "out"
    assert settings[Key.READER_DIRECTION, 4].door == 2
    assert (Key.SENSOR_TYPE, 3) not in settings


async def test_what_a_panel_does_not_answer_is_not_there(home: Home) -> None:
    """Older firmware has fewer parameters."""
    for name in ("Door1REXInput", "DaylightSavingTimeOn", "ReaderCount"):
        del home.panel.parameters[name]
    async with home.connected() as device:
        settings = by_id(await device.read_settings())
        assert (Key.EXIT_BUTTON, 1) not in settings
        assert (Key.EXIT_BUTTON, 2) in settings
        assert (Key.DAYLIGHT_SAVING, 0) not in settings
        assert (Key.READER_DIRECTION, 1) not in settings
        with pytest.raises(Unsupported):
            await device.write_setting(Key.EXIT_BUTTON, 1, False)


@pytest.mark.parametrize(
    ("styles", "words"),
    [
        ("12080000", ("fingerprint", "card", "card_and_pin_code")),
        ("nonsense", None),
        ("00000000", None),
    ],
)
async def test_ways_to_verify(
    home: Home, styles: str, words: tuple[str, ...] | None
) -> None:
    """Those that the panel tells, or all that are documented for panels."""
    home.panel.parameters["VerifyStyles"] = styles
    async with home.connected() as device:
        kind = by_id(await device.read_settings())[Key.VERIFY_MODE, 1].kind
    assert isinstance(kind, Choice)
    if words:
        assert kind.words == words
    else:
        assert len(kind.words) == 25
        assert kind.words[-1] == "finger_vein_card_and_pin_code"


async def test_write(home: Home) -> None:
    """One parameter, once, and the panel behaves so."""
    async with home.connected() as device:
        await device.write_setting(Key.LOCK_ON_CLOSING, 1, True)
        assert home.panel.parameters["Door1CloseAndLock"] == "1"
        assert home.panel.parameters["Door2CloseAndLock"] == "0"
        await device.open_door(1)
        home.panel.open_contact(1)
        home.panel.close_contact(1)
        assert not home.panel.doors[1].relay
        assert home.panel.requests[wire.SET_PARAMETERS] == 1
        await device.write_setting(Key.READER_DIRECTION, 2, "in")
        assert home.panel.swipe(1, ALICE.card, "out").direction == 0
        await device.write_setting(Key.INTERLOCK, 0, "doors_1_2")
        home.panel.open_contact(1)
        assert home.panel.swipe(2, ALICE.card).code == 25
        await device.write_setting(Key.EXIT_BUTTON, 1, False)
        assert home.panel.exit_button(1).code == 209


async def test_what_is_so_already_is_not_written(home: Home) -> None:
    """A panel's memory wears."""
    async with home.connected() as device:
        await device.write_setting(Key.HELD_OPEN_DELAY, 1, 15)
        assert wire.SET_PARAMETERS not in home.panel.requests


async def test_what_nobody_understands_stays(home: Home) -> None:
    """Until somebody chooses something else."""
    home.panel.parameters["InterLock"] = "77"
    async with home.connected() as device:
        assert by_id(await device.read_settings())[Key.INTERLOCK, 0].value is None
        await device.write_setting(Key.ANTI_PASSBACK, 0, "doors_1_2")
        assert home.panel.parameters["InterLock"] == "77"
        await device.write_setting(Key.INTERLOCK, 0, "off")
        assert home.panel.parameters["InterLock"] == "0"


@pytest.mark.parametrize(
    ("key", "number", "value"),
    [
        (Key.SENSOR_TYPE, 3, "none"),
        (Key.SENSOR_TYPE, 1, "maybe"),
        (Key.HELD_OPEN_DELAY, 1, 256),
        (Key.INTERLOCK, 0, "doors_3_4"),
        (Key.NTP, 0, True),
    ],
)
async def test_what_cannot_be_set(
    home: Home, key: Key, number: int, value: str | int
) -> None:
    """Nothing is sent."""
    async with home.connected() as device:
        with pytest.raises(InvalidValue):
            await device.write_setting(key, number, value)
        assert wire.SET_PARAMETERS not in home.panel.requests


async def test_a_panel_that_keeps_its_own(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says yes, and does not."""
    async with home.connected() as device:
        monkeypatch.setattr(home.panel, "set_parameters", lambda _values: False)
        with pytest.raises(CommandRefused, match="Door1SensorType"):
            await device.write_setting(Key.SENSOR_TYPE, 1, "none")


async def test_a_contact_appears_with_its_sensor_type(home: Home) -> None:
    """And goes with it; whoever listens is told, whatever the state is."""
    home.panel.parameters["Door1SensorType"] = "0"
    async with home.connected() as device:
        assert not device.info.doors[1].has_contact
        heard = len(home.states)
        await device.write_setting(Key.SENSOR_TYPE, 1, "normally_closed")
        assert device.info.doors[1].has_contact
        assert len(home.states) == heard + 1
        await home.clock.advance(2)
        assert device.state.doors[1].contact_open is False
        await device.write_setting(Key.SENSOR_TYPE, 1, "none")
        assert not device.info.doors[1].has_contact
