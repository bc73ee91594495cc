"""The settings of a PUSH device: where it keeps them, reading and writing them.

Lives here: options (Security PUSH 3.1.2 section 9.5), the tables of door and device parameters that newer devices have in
their place (section 9.1.1, appendices 10 and 12), and ways to verify as 16 digits. Not here: what texts mean
(`panel_settings`). A device has what it answers with a text when it is asked; the doors of the devices behind it are not
asked for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import batched, chain, combinations
import re
from typing import Final

from ..errors import CommandRefused, Unsupported
from ..model import VerifyMethod
from ..panel_settings import SWITCH, Meaning, Parameter, find, parameters
from ..settings import Scope, Setting, SettingKey, SettingValue
from . import commands
from .codes import VerifyStyle, method_of_styles
from .messages import parse_options, parse_records
from .queue import CommandQueue
from .registration import Feature, Registration

_MAX_NAMES: Final = 30
"""In one question, as many as are printed."""
_NOT_SAVED: Final = -612

DEVICE_PARAMETERS: Final = (
    Parameter(key=SettingKey.DAYLIGHT_SAVING, name="DSTOn", meaning=SWITCH),
    Parameter(key=SettingKey.NTP, name="NtpFunOn", meaning=SWITCH),
)
# Rows of a table instead, which cannot be told as one number.
_TABLES_INSTEAD: Final = {
    SettingKey.ANTI_PASSBACK: Feature.ANTI_PASSBACK_TABLE,
    SettingKey.INTERLOCK: Feature.INTERLOCK_TABLE,
}

_DOOR_TABLE: Final = "DoorParameters"
_TABLES: Final = {Scope.DOOR: _DOOR_TABLE, Scope.DEVICE: "DevParameters"}
_DOOR_NUMBER: Final = re.compile(r"[1-9]")

# Section 9.5.1. Bit 0 tells whether all of the others are needed.
_STYLES: Final = re.compile(r"[01]{16}")
_ALL: Final = 1
_MOST_STYLES: Final = 3
_ALTERNATIVES: Final[Mapping[VerifyMethod, frozenset[VerifyStyle]]] = {
    VerifyMethod.FINGERPRINT_OR_PIN_CODE: frozenset(
        {VerifyStyle.FINGERPRINT, VerifyStyle.PASSWORD}
    ),
    VerifyMethod.CARD_OR_FINGERPRINT: frozenset(
        {VerifyStyle.CARD, VerifyStyle.FINGERPRINT}
    ),
    VerifyMethod.CARD_OR_PIN_CODE: frozenset({VerifyStyle.CARD, VerifyStyle.PASSWORD}),
}


@dataclass(frozen=True, slots=True)
class _Held:
    """The text of a parameter, and what would replace it."""

    text: str
    name: str
    table: str | None = None
    row: Mapping[str, str] | None = None

    def command(self, text: str) -> str:
        """Return what writes another text."""
        if self.table is None or self.row is None:
            return commands.set_options({self.name: text})
        return commands.data_update(self.table, [{**self.row, "Value": text}])


class DeviceSettings:
    """The settings of one device. Verbs raise what `CommandQueue.query` and `CommandQueue.run` raise."""

    def __init__(self, queue: CommandQueue) -> None:
        """Nothing is known about the device yet."""
        self._queue = queue
        self._known = Registration()
        self._refused: set[str] = set()
        """Tables that the device did not show when all settings were read."""

    def adopt(self, known: Registration) -> None:
        """Take over what the device is."""
        self._known = known

    async def read(self) -> list[Setting]:
        """Return what the device has."""
        self._refused.clear()
        wanted = [*self._parameters()]
        held = await self._held(wanted)
        return [
            self._read(parameter, held[parameter.name].text)
            for parameter in wanted
            if parameter.name in held
        ]

    async def write(self, key: SettingKey, number: int, value: SettingValue) -> None:
        """Write one setting, unless it is so already, and read it back.

        Raises InvalidValue, Unsupported when the device does not have it, or CommandRefused when it does not keep it.
        """
        parameter = find(self._parameters(), key, number)
        if (held := (await self._held([parameter])).get(parameter.name)) is None:
            raise Unsupported
        if self._read(parameter, held.text).value == value:
            return
        text = self._as_held(parameter, held.text).encode(value)
        await self._queue.run(held.command(text))
        kept = (await self._held([parameter])).get(parameter.name)
        if kept is None or self._read(parameter, kept.text).value != value:
            raise _not_kept(parameter.name)

    # By name

    async def get(self, names: Sequence[str]) -> dict[str, str]:
        """Return the options that the device has, by name."""
        values: dict[str, str] = {}
        for part in batched(names, _MAX_NAMES, strict=False):
            answer = await self._queue.query(commands.get_options(part))
            options = parse_options(answer)
            values |= {
                name: text
                for name in part
                if (text := options.get(name.removeprefix("~").lower()))
            }
        return values

    async def set(self, values: Mapping[str, str]) -> None:
        """Write options and read them back. Raises CommandRefused for one that the device does not keep."""
        await self._queue.run(commands.set_options(values))
        kept = await self.get([*values])
        for name, text in values.items():
            if kept.get(name) != text:
                raise _not_kept(name)

    # By what they mean

    def _parameters(self) -> Iterator[Parameter]:
        """Yield what the device may have."""
        known = self._known
        possible = parameters(
            doors=known.lock_count or 1,
            readers=known.reader_count or 0,
            verify_codes=known.verify_codes,
        )
        for parameter in chain(possible, DEVICE_PARAMETERS):
            table = _TABLES_INSTEAD.get(parameter.key)
            if table is None or not known.supports(table):
                yield parameter

    def _read(self, parameter: Parameter, text: str) -> Setting:
        return self._as_held(parameter, text).setting(text)

    def _as_held(self, parameter: Parameter, text: str) -> Parameter:
        """Return a parameter as the device writes it: ways to verify may be digits instead of a number."""
        if parameter.key is SettingKey.VERIFY_MODE and _STYLES.fullmatch(text):
            styles = self._known.verify_styles or frozenset()
            return replace(parameter, meaning=meaning_of_styles(styles))
        return parameter

    # Where parameters are

    async def _held(self, wanted: Sequence[Parameter]) -> dict[str, _Held]:
        """Return the parameters that the device has, by name; one that is in a table is not an option, too."""
        held: dict[str, _Held] = {}
        if self._known.supports(Feature.DOOR_PARAMETERS):
            scopes = {parameter.scope for parameter in wanted}
            for scope, table in _TABLES.items():
                if scope in scopes and table not in self._refused:
                    held |= await self._rows(table)
        rest = [parameter.name for parameter in wanted if parameter.name not in held]
        options = await self.get(rest)
        return held | {name: _Held(text, name) for name, text in options.items()}

    async def _rows(self, table: str) -> dict[str, _Held]:
        """Return the parameters in a table; none when the device does not show it, or shows another device's as well."""
        try:
            answer = await self._queue.query(commands.query(table))
        except CommandRefused:
            self._refused.add(table)
            return {}
        held: dict[str, _Held] = {}
        for row in parse_records(answer, table):
            number, name, text = (row.get(key, "") for key in ("id", "name", "value"))
            if table == _DOOR_TABLE:
                if not _DOOR_NUMBER.fullmatch(number):
                    continue
                name = f"Door{number}{name.removeprefix('Door')}"
            if name in held:
                return {}
            fields = {"ID": number, "Name": row.get("name", "")}
            device = {"DevID": row["devid"]} if "devid" in row else {}
            held[name] = _Held(text, name, table, fields | device)
        return {name: place for name, place in held.items() if place.text}


def _not_kept(name: str) -> CommandRefused:
    return CommandRefused(_NOT_SAVED, f"the device did not accept {name}")


def meaning_of_styles(supported: frozenset[VerifyStyle]) -> Meaning:
    """Return the ways to verify that 16 digits can tell, the leftmost being bit 15 (Security PUSH 3.1.2 section 9.5.1).

    Any of all that a device supports is automatic. What has no name stays unknown.
    """
    words: dict[str, str] = {}
    for style in sorted(supported):
        if method := method_of_styles(frozenset({style})):
            words[_digits({style})] = method
            words[_digits({style}, _ALL)] = method
    for count in range(2, _MOST_STYLES + 1):
        for styles in combinations(sorted(supported), count):
            if method := method_of_styles(frozenset(styles)):
                words[_digits(styles, _ALL)] = method
    for method, alternatives in _ALTERNATIVES.items():
        if alternatives <= supported:
            words[_digits(alternatives)] = method
    if len(supported) > 1:
        words[_digits(supported)] = VerifyMethod.AUTOMATIC
    return Meaning.of(words)


def _digits(styles: Iterable[VerifyStyle], logic: int = 0) -> str:
    return f"{sum(1 << style for style in styles) | logic:016b}"
