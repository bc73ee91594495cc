"""The settings of a C3 panel.

Lives here: which parameters they are on a panel. Not here: what their texts mean (`panel_settings`), how parameters are
written (`panel`). A panel has what it answers with a text when it is asked.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import chain
import re
from typing import Final

from ..errors import Unsupported
from ..panel_settings import SWITCH, Parameter, find, parameters
from ..settings import Setting, SettingKey, SettingValue

type Get = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]

_READERS: Final = "ReaderCount"
_COUNT: Final = re.compile(r"[0-9]{1,2}")
_VERIFY_STYLES: Final = "VerifyStyles"
_VERIFY_CODES: Final = frozenset(range(25))
"""What the documents have for panels, for one that does not tell which it supports."""
_DAYLIGHT_SAVING: Final = Parameter(
    key=SettingKey.DAYLIGHT_SAVING, name="DaylightSavingTimeOn", meaning=SWITCH
)


async def read_settings(get: Get, doors: int) -> list[Setting]:
    """Return what a panel has; `get` reads parameters by name."""
    known = [*await _known(get, doors)]
    values = await get([parameter.name for parameter in known])
    return [
        parameter.setting(text)
        for parameter in known
        if (text := values.get(parameter.name))
    ]


async def change(
    get: Get, doors: int, key: SettingKey, number: int, value: SettingValue
) -> dict[str, str]:
    """Return what has to be written for a setting, nothing when it is so already.

    Raises `InvalidValue`, and `Unsupported` when the panel does not have it.
    """
    parameter = find(await _known(get, doors), key, number)
    if not (text := (await get([parameter.name])).get(parameter.name)):
        raise Unsupported
    if parameter.setting(text).value == value:
        return {}
    return {parameter.name: parameter.encode(value)}


async def _known(get: Get, doors: int) -> Iterator[Parameter]:
    """Return what a panel may have, by what it tells about its readers."""
    told = await get([_READERS, _VERIFY_STYLES])
    readers = told.get(_READERS, "")
    codes = _bits(told.get(_VERIFY_STYLES, "")) or _VERIFY_CODES
    count = int(readers) if _COUNT.fullmatch(readers) else 0
    found = parameters(doors=doors, readers=count, verify_codes=codes)
    return chain(found, (_DAYLIGHT_SAVING,))


def _bits(text: str) -> frozenset[int]:
    """Read hexadecimal bytes as the set of bits that are 1, the lowest of each byte first; none for nonsense."""
    try:
        value = int.from_bytes(bytes.fromhex(text), "little")
    except ValueError:
        return frozenset()
    return frozenset(n for n in range(value.bit_length()) if value >> n & 1)
