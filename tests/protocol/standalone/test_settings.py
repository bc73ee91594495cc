"""What a terminal is set to, read and written over its connection."""

import pytest

from custom_components.zkteco.protocol.errors import InvalidValue, Unsupported
from custom_components.zkteco.protocol.settings import Scope, SettingKey as Key, Switch
from custom_components.zkteco.protocol.standalone.packet import Command

from .conftest import Home


async def test_read(home: Home) -> None:
    """As it was delivered."""
    async with home.connected() as device:
        settings = await device.read_settings()
    assert {setting.id: setting.value for setting in settings} == {
        (Key.ANTI_PASSBACK, 0): False,
        (Key.VOICE, 0): True,
    }
    assert {(setting.scope, setting.kind) for setting in settings} == {
        (Scope.DEVICE, Switch())
    }


async def test_write(home: Home) -> None:
    """One option, once."""
    async with home.connected() as device:
        home.terminal.requests.clear()
        for _ in range(2):
            await device.write_setting(Key.VOICE, 0, False)
        assert home.terminal.options["VoiceOn"] == "0"
        assert home.terminal.options["AntiPassbackOn"] == "0"
        assert home.asked(Command.OPTION_WRITE) == 1


async def test_what_a_terminal_does_not_have(home: Home) -> None:
    """It would store it all the same, and do nothing."""
    del home.terminal.options["VoiceOn"]
    async with home.connected() as device:
        assert [s.key for s in await device.read_settings()] == [Key.ANTI_PASSBACK]
        with pytest.raises(Unsupported):
            await device.write_setting(Key.VOICE, 0, True)
        assert "VoiceOn" not in home.terminal.options


async def test_a_mode_that_no_document_explains(home: Home) -> None:
    """Unknown, and only changed by choice."""
    home.terminal.options["AntiPassbackOn"] = "3"
    async with home.connected() as device:
        rule, voice = await device.read_settings()
        assert rule.value is None
        await device.write_setting(voice.key, 0, False)
        assert home.terminal.options["AntiPassbackOn"] == "3"
        await device.write_setting(rule.key, 0, False)
        assert home.terminal.options["AntiPassbackOn"] == "0"


@pytest.mark.parametrize(
    ("key", "number", "value"),
    [(Key.VOICE, 1, True), (Key.VOICE, 0, "on"), (Key.SENSOR_TYPE, 1, "none")],
)
async def test_what_cannot_be_set(
    home: Home, key: Key, number: int, value: bool | str
) -> None:
    """Nothing is written."""
    async with home.connected() as device:
        home.terminal.requests.clear()
        with pytest.raises(InvalidValue):
            await device.write_setting(key, number, value)
        assert home.asked(Command.OPTION_WRITE) == 0
