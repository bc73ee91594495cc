"""The settings of a standalone terminal.

Lives here: the options that are worth an entity; `options` has their sources. Not here: reading and writing them
(`terminal`). A terminal has what it answers with a text when it is asked.
"""

from collections.abc import Mapping
from typing import Final

from ..errors import Unsupported
from ..panel_settings import SWITCH, Parameter, find
from ..settings import Setting, SettingKey, SettingValue

_PARAMETERS: Final = (
    Parameter(key=SettingKey.ANTI_PASSBACK, name="AntiPassbackOn", meaning=SWITCH),
    Parameter(key=SettingKey.VOICE, name="VoiceOn", meaning=SWITCH),
)
NAMES: Final = [parameter.name for parameter in _PARAMETERS]
"""The options to be read."""


def settings(options: Mapping[str, str]) -> list[Setting]:
    """Return what a terminal with such options has."""
    return [
        parameter.setting(text)
        for parameter in _PARAMETERS
        if (text := options.get(parameter.name))
    ]


def change(
    options: Mapping[str, str], key: SettingKey, number: int, value: SettingValue
) -> dict[str, str]:
    """Return what has to be written, nothing when it is so already.

    Raises `InvalidValue`, and `Unsupported` when the terminal does not have it: it would store it all the same.
    """
    parameter = find(_PARAMETERS, key, number)
    if not (text := options.get(parameter.name)):
        raise Unsupported
    if parameter.setting(text).value == value:
        return {}
    return {parameter.name: parameter.encode(value)}
