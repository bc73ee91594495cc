"""What is set up once at a device and worth an entity: the vocabulary of settings for all protocols.

Lives here: pure data. Not here: wire names and texts (`panel_settings` and each protocol's own), reading and writing
(`device`), and whatever has a verb of its own, such as the open time and the clock. No setting can cut the owner off: there
is none for the network, passwords or servers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .errors import InvalidValue
from .model import VerifyMethod


class Scope(StrEnum):
    """What a setting belongs to."""

    DEVICE = "device"
    DOOR = "door"
    READER = "reader"


class SettingKey(StrEnum):
    """What can be set; the values name translations."""

    SENSOR_TYPE = "sensor_type"
    """Whether a door contact is there, and what it does while the door is closed."""
    HELD_OPEN_DELAY = "held_open_delay"
    """Seconds until an open door raises the held-open alarm; 0 for no alarm."""
    LOCK_ON_CLOSING = "lock_on_closing"
    """Whether a door locks as soon as it closes, before its open time is over."""
    VERIFY_MODE = "verify_mode"
    """What people must show; the words are those of `model.VerifyMethod`."""
    VERIFY_INTERVAL = "verify_interval"
    """Seconds before the next person may verify."""
    ACTIVE_TIME_ZONE = "active_time_zone"
    """The number of the weekly schedule in which the door works; 0 for never."""
    NORMAL_OPEN_TIME_ZONE = "normal_open_time_zone"
    """The number of the weekly schedule in which the door is open to everybody; 0 for none."""
    FIRST_CARD = "first_card"
    """What the first person of the day brings about."""
    MULTI_CARD = "multi_card"
    """Whether several people must verify together."""
    EXIT_BUTTON = "exit_button"
    """Whether the exit button works."""
    DOOR_ANTI_PASSBACK = "door_anti_passback"
    """Whether nobody may come in, or leave, twice in a row through one door."""
    READER_DIRECTION = "reader_direction"
    """Whether people who use a reader come in or leave."""
    ANTI_PASSBACK = "anti_passback"
    """Whether nobody may come in, or leave, twice in a row, and at which doors."""
    INTERLOCK = "interlock"
    """Of which doors only one may be open at a time."""
    DAYLIGHT_SAVING = "daylight_saving"
    """Whether the device changes its clock in spring and autumn."""
    NTP = "ntp"
    """Whether the device sets its clock by time servers."""
    VOICE = "voice"
    """Whether the device speaks."""


CHOICES: Final[Mapping[SettingKey, tuple[str, ...]]] = {
    SettingKey.SENSOR_TYPE: ("none", "normally_open", "normally_closed"),
    SettingKey.VERIFY_MODE: tuple(VerifyMethod),
    SettingKey.FIRST_CARD: ("off", "normal_open", "activation"),
    SettingKey.DOOR_ANTI_PASSBACK: ("off", "in", "out", "in_and_out"),
    SettingKey.READER_DIRECTION: ("in", "out"),
    SettingKey.ANTI_PASSBACK: (
        "off",
        "doors_1_2",
        "doors_3_4",
        "doors_1_2_and_3_4",
        "doors_1_2_against_3_4",
        "door_1_against_2_3",
        "door_1_against_2_3_4",
        "readers_1",
        "readers_2",
        "readers_1_2",
        "readers_3",
        "readers_1_3",
        "readers_2_3",
        "readers_1_2_3",
        "readers_4",
        "readers_1_4",
        "readers_2_4",
        "readers_1_2_4",
        "readers_3_4",
        "readers_1_3_4",
        "readers_2_3_4",
        "readers_1_2_3_4",
    ),
    SettingKey.INTERLOCK: (
        "off",
        "doors_1_2",
        "doors_3_4",
        "doors_1_2_3",
        "doors_1_2_and_3_4",
        "doors_1_2_3_4",
    ),
}
"""Every word of a setting with a choice, in the order of the numbers that devices know it by.

Those with door numbers are rules: between doors, or between the two readers of each of some doors.
"""

type SettingValue = bool | int | str
type SettingId = tuple[SettingKey, int]
"""What is set, and the number of the door or reader; 0 for the device itself."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that is on or off: True or False."""

    @property
    def limit(self) -> str:
        """What can be set, in words."""
        return "must be on or off"

    def allows(self, value: SettingValue) -> bool:
        """Whether a value can be set."""
        return isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Range:
    """A whole number from `low` to `high`."""

    low: int
    high: int
    seconds: bool = False
    """Whether it is a time."""

    @property
    def limit(self) -> str:
        """What can be set, in words."""
        return f"must be a whole number from {self.low} to {self.high}"

    def allows(self, value: SettingValue) -> bool:
        """Whether a value can be set."""
        return (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some stable words, which are translation keys."""

    words: tuple[str, ...]

    @property
    def limit(self) -> str:
        """What can be set, in words."""
        return f"must be one of {', '.join(self.words)}"

    def allows(self, value: SettingValue) -> bool:
        """Whether a value can be set."""
        return value in self.words


type SettingKind = Switch | Range | Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that can be set at a device, and what it is set to."""

    key: SettingKey
    scope: Scope
    number: int
    """Of the door or reader, from 1; 0 for the device itself."""
    door: int | None
    """The door that it belongs to, where that is known."""
    kind: SettingKind
    value: SettingValue | None
    """None when the device is set to something that no document explains; it stays so until somebody changes it."""

    @property
    def id(self) -> SettingId:
        """What tells this setting from all others of the device."""
        return self.key, self.number


def check_value(key: SettingKey, kind: SettingKind, value: SettingValue) -> None:
    """Raise `InvalidValue` for a value that cannot be set."""
    if not kind.allows(value):
        raise InvalidValue(key.replace("_", " "), kind.limit)
