"""The settings that C3 panels and PUSH devices keep under the same names, and what their texts mean.

Lives here: one table of names and meanings, both directions (PullSDK User Guide 2.0; Security PUSH 3.1.2 section 9.5.1 and
appendices 8 to 10). Not here: how they are read and written (`c3.settings`, `push.settings`). A text that no document
explains is None; nothing but a value that cannot be set raises.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
import re
from typing import Final, Self

from .errors import InvalidValue
from .event_codes import METHODS
from .settings import (
    CHOICES,
    Choice,
    Range,
    Scope,
    Setting,
    SettingKey,
    SettingKind,
    SettingValue,
    Switch,
    check_value,
)

MAX_DOORS: Final = 8
MAX_READERS: Final = 2 * MAX_DOORS
_MAX_DIGITS: Final = 3
_NUMBER: Final = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the texts of a parameter mean."""

    kind: SettingKind
    """What can be set."""
    values: Mapping[str, SettingValue]
    """By text, all that can be read; of several texts with one meaning the first is written."""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """Return a choice of all the words."""
        return cls(Choice(tuple(dict.fromkeys(values.values()))), values)

    def decode(self, text: str) -> SettingValue | None:
        """Return what a text means; None when no document explains it. Numbers may have leading zeros."""
        text = text.strip()
        if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
            text = str(int(text))
        return self.values.get(text)

    def encode(self, key: SettingKey, value: SettingValue) -> str:
        """Return the text for a value. Raises `InvalidValue`."""
        check_value(key, self.kind, value)
        return next(text for text, meant in self.values.items() if meant == value)

    def including(self, value: SettingValue | None) -> SettingKind:
        """Return what can be set, and what is set now."""
        if isinstance(self.kind, Choice) and isinstance(value, str):
            return Choice(tuple(dict.fromkeys((*self.kind.words, value))))
        return self.kind


def _numbers(allowed: range, *, seconds: bool = False) -> Meaning:
    kind = Range(allowed[0], allowed[-1], seconds=seconds)
    return Meaning(kind, {str(number): number for number in allowed})


def _words(key: SettingKey) -> Meaning:
    return Meaning.of({str(number): word for number, word in enumerate(CHOICES[key])})


SWITCH: Final = Meaning(Switch(), {"0": False, "1": True})
_BYTE: Final = range(256)

_DOOR: Final[Mapping[str, tuple[SettingKey, Meaning]]] = {
    "SensorType": (SettingKey.SENSOR_TYPE, _words(SettingKey.SENSOR_TYPE)),
    "Detectortime": (SettingKey.HELD_OPEN_DELAY, _numbers(_BYTE, seconds=True)),
    "CloseAndLock": (SettingKey.LOCK_ON_CLOSING, SWITCH),
    "Intertime": (SettingKey.VERIFY_INTERVAL, _numbers(range(255), seconds=True)),
    "ValidTZ": (SettingKey.ACTIVE_TIME_ZONE, _numbers(_BYTE)),
    "KeepOpenTimeZone": (SettingKey.NORMAL_OPEN_TIME_ZONE, _numbers(_BYTE)),
    "FirstCardOpenDoor": (SettingKey.FIRST_CARD, _words(SettingKey.FIRST_CARD)),
    "MultiCardOpenDoor": (SettingKey.MULTI_CARD, SWITCH),
    "REXInput": (SettingKey.EXIT_BUTTON, SWITCH),
    "InOutAntiPassback": (
        SettingKey.DOOR_ANTI_PASSBACK,
        _words(SettingKey.DOOR_ANTI_PASSBACK),
    ),
}
_VERIFY_TYPE: Final = "VerifyType"
_DIRECTION: Final = _words(SettingKey.READER_DIRECTION)

_READERS_OF_FIRST_DOOR: Final = 16
_RULES_BETWEEN_DOORS: Final = 7
# Both documents print this for the readers of doors 3 and 4, where the sum is 192.
_MISPRINT: Final = {"196": "readers_3_4"}


def _interlock(doors: int) -> Meaning:
    return _rules(enumerate(CHOICES[SettingKey.INTERLOCK]), doors)


def _anti_passback(doors: int) -> Meaning:
    words = CHOICES[SettingKey.ANTI_PASSBACK]
    readers = words[_RULES_BETWEEN_DOORS:]
    meaning = _rules(
        chain(
            enumerate(words[:_RULES_BETWEEN_DOORS]),
            (
                (bits * _READERS_OF_FIRST_DOOR, word)
                for bits, word in enumerate(readers, 1)
            ),
        ),
        doors,
    )
    return replace(meaning, values={**meaning.values, **_MISPRINT})


def _rules(words: Iterable[tuple[int, str]], doors: int) -> Meaning:
    """Return a choice of the rules for which a device has the doors; it can be set to others only by mistake."""
    values = {str(code): word for code, word in words}
    possible = tuple(
        word
        for word in values.values()
        if all(int(door) <= doors for door in _NUMBER.findall(word))
    )
    return Meaning(Choice(possible), values)


def _verify_type(supported: Collection[int] | None) -> Meaning:
    """Return the ways to verify, of which a device may have told the numbers that it supports."""
    everything = Meaning.of({str(code): word for code, word in METHODS.items()})
    if supported is None:
        return everything
    words = tuple(word for code, word in METHODS.items() if code in supported)
    return replace(everything, kind=Choice(words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One setting of one device: its name on the wire, and what its texts mean."""

    key: SettingKey
    scope: Scope = Scope.DEVICE
    number: int = 0
    door: int | None = None
    name: str
    meaning: Meaning

    def setting(self, text: str) -> Setting:
        """Return what a text sets."""
        value = self.meaning.decode(text)
        return Setting(
            key=self.key,
            scope=self.scope,
            number=self.number,
            door=self.door,
            kind=self.meaning.including(value),
            value=value,
        )

    def encode(self, value: SettingValue) -> str:
        """Return the text that sets a value. Raises `InvalidValue`."""
        return self.meaning.encode(self.key, value)


def parameters(
    *, doors: int, readers: int, verify_codes: Collection[int] | None
) -> Iterator[Parameter]:
    """Yield what a device with so many doors and readers may have; `verify_codes` are what it told, None for nothing."""
    verify_type = _verify_type(verify_codes)
    of_door = {**_DOOR, _VERIFY_TYPE: (SettingKey.VERIFY_MODE, verify_type)}
    for door in range(1, min(doors, MAX_DOORS) + 1):
        for name, (key, meaning) in of_door.items():
            yield Parameter(
                key=key,
                scope=Scope.DOOR,
                number=door,
                door=door,
                name=f"Door{door}{name}",
                meaning=meaning,
            )
    for reader in range(1, min(readers, MAX_READERS) + 1):
        yield Parameter(
            key=SettingKey.READER_DIRECTION,
            scope=Scope.READER,
            number=reader,
            door=_door_of(reader, doors, readers),
            name=f"Reader{reader}IOState",
            meaning=_DIRECTION,
        )
    yield Parameter(
        key=SettingKey.ANTI_PASSBACK, name="AntiPassback", meaning=_anti_passback(doors)
    )
    if doors > 1:
        yield Parameter(
            key=SettingKey.INTERLOCK, name="InterLock", meaning=_interlock(doors)
        )


def _door_of(reader: int, doors: int, readers: int) -> int | None:
    """Return the door of a reader where each door has one, or one to come in and one to leave."""
    if readers == 2 * doors:
        return (reader + 1) // 2
    return reader if readers == doors else None


def find(known: Iterable[Parameter], key: SettingKey, number: int) -> Parameter:
    """Return one of a device's parameters. Raises `InvalidValue` for one that it cannot have."""
    for parameter in known:
        if (parameter.key, parameter.number) == (key, number):
            return parameter
    raise InvalidValue(key.replace("_", " "), "must be a setting of this device")
