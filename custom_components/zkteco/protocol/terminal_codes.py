"""What numbers mean that only terminals use: attendance states, ways to verify, operations, alarms.

Lives here: tables, for terminals that are called and for those that call in attendance mode. Not here: layouts, and the
numbers of access devices (`event_codes`), which are used wherever they mean the same thing. Nothing here raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .event_codes import USERS_CHANGED, describe, method
from .model import AttendanceState, Direction, EventKind, VerifyMethod

REALTIME_CODES: Final = 10_000
"""Added to the number of a realtime event that only terminals have."""
OPERATION_CODES: Final = 20_000
"""Added to the number of an operation that only terminals have."""

STATES: Final[Mapping[int, tuple[AttendanceState, Direction]]] = {
    0: (AttendanceState.CHECK_IN, Direction.IN),
    1: (AttendanceState.CHECK_OUT, Direction.OUT),
    2: (AttendanceState.BREAK_OUT, Direction.OUT),
    3: (AttendanceState.BREAK_IN, Direction.IN),
    4: (AttendanceState.OVERTIME_IN, Direction.IN),
    5: (AttendanceState.OVERTIME_OUT, Direction.OUT),
}
"""What a person chose at the function keys; 255 is nothing, and owners may define others."""
_METHODS: Final[Mapping[int, VerifyMethod]] = {
    0: VerifyMethod.PIN_CODE,
    2: VerifyMethod.CARD,
}
"""Where terminals differ from access devices (Protocol Description of ZKTeco's Standalone Devices; the other numbers
agree in captured records)."""


def terminal_method(code: int) -> VerifyMethod | None:
    """Return how a person verified at a terminal; None for unknown numbers."""
    return _METHODS.get(code) or method(code)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What happened, in the words of `AccessEvent`."""

    kind: EventKind
    code: int
    name: str
    words: str


def known(code: int) -> Meaning:
    """Return the meaning of one of the vendor's common numbers."""
    event = describe(code)
    return Meaning(event.kind, code, event.name, event.words)


_REALTIME_ALARM: Final = 512
MISOPERATION: Final = Meaning(
    EventKind.ALARM,
    REALTIME_CODES + _REALTIME_ALARM,
    "misoperation",
    "too many failed attempts",
)
DOOR_SENSOR: Final = Meaning(
    EventKind.ALARM,
    REALTIME_CODES + _REALTIME_ALARM,
    "door_sensor",
    "door sensor alarm",
)
DURESS: Final = Meaning(
    EventKind.DURESS, REALTIME_CODES + _REALTIME_ALARM, "duress", "duress alarm"
)
ANTI_PASSBACK: Final = known(24)
TAMPER: Final = known(100)
EXIT_BUTTON: Final = known(202)

ALARM_OPERATION: Final = 3
_DURESS_OPERATION: Final = 32
_WORDS: Final[Mapping[int, str]] = {
    0: "terminal switched on",
    1: "terminal switched off",
    2: "verification failed",
    ALARM_OPERATION: "alarm",
    4: "menu opened",
    5: "setting changed",
    6: "fingerprint enrolled",
    7: "password enrolled",
    8: "card enrolled",
    9: "user deleted",
    10: "fingerprint deleted",
    11: "password deleted",
    12: "card deleted",
    13: "data cleared",
    14: "MIFARE card created",
    15: "MIFARE card enrolled",
    16: "MIFARE card registered",
    17: "MIFARE card registration deleted",
    18: "MIFARE card emptied",
    19: "user data moved to a MIFARE card",
    20: "user data copied from a MIFARE card",
    21: "clock set",
    22: "factory settings restored",
    23: "attendance log cleared",
    24: "administrators cleared",
    25: "access settings changed",
    26: "access settings of a user changed",
    27: "time zone changed",
    28: "unlock combination changed",
    29: "door unlocked",
    30: "user enrolled",
    31: "fingerprint changed",
    _DURESS_OPERATION: "duress",
    34: "anti-passback violated",
    36: "user changed",
    68: "user photo added",
    69: "user photo changed",
    70: "name of a user changed",
    71: "privilege of a user changed",
}
_ALARM_WORDS: Final[Mapping[int, str]] = {
    53: "exit button",
    54: "alarm: door sensor",
    55: "alarm: tamper",
    58: "alarm: misoperation",
    0xFFFF: "alarm over",
}
_DURESS_WORDS: Final[Mapping[int, str]] = {
    0: "duress key",
    1: "duress verification",
}


def operation_words(code: int, first: int) -> str:
    """Say what was done, such as "alarm: tamper"; "operation 99" for a code that no document explains.

    `first` is the operation's first parameter. Sources: the vendor's communication manual of 2006; SDK manual 2.1; PUSH SDK
    3.2.0.
    """
    words = _WORDS.get(code, f"operation {code}")
    if code == ALARM_OPERATION:
        return _ALARM_WORDS.get(first, f"{words} {first}")
    if code == _DURESS_OPERATION:
        return _DURESS_WORDS.get(first, words)
    return words


_ALARMS: Final[Mapping[int, Meaning]] = {
    53: EXIT_BUTTON,
    54: DOOR_SENSOR,
    55: TAMPER,
    58: MISOPERATION,
    0xFFFF: known(7),
}
_OPERATIONS: Final[Mapping[int, Meaning]] = {
    0: known(206),
    29: known(8),
    _DURESS_OPERATION: DURESS,
    34: ANTI_PASSBACK,
}
_NAMES: Final[Mapping[int, str]] = {
    1: "switched_off",
    2: "verification_failed",
    ALARM_OPERATION: "alarm",
    4: "menu_entered",
    5: "option_changed",
    6: "finger_enrolled",
    7: "password_enrolled",
    8: "card_registered",
    9: "user_deleted",
    10: "finger_deleted",
    11: "password_deleted",
    12: "card_deleted",
    13: "data_cleared",
    21: "clock_set",
    22: "factory_reset",
    23: "logs_cleared",
    24: "admins_cleared",
    30: "user_added",
    **dict.fromkeys((31, 36, *range(68, 72)), USERS_CHANGED.name),
}
# Fingers, passwords, cards, the user, the user's access and photo; the first parameter tells whose (captured for 6, likely
# for the others).
_OF_ONE_USER: Final = frozenset((*range(6, 13), 26, 30, 31, 36, *range(68, 72)))
# MIFARE cards registered and read, everything cleared, administrators cleared.
_OF_USERS: Final = _OF_ONE_USER | {13, 15, 16, 17, 20, 22, 24}


def changes_users(code: int) -> bool:
    """Whether by an operation users came, went or changed (the vendor's communication manual of 2006; PUSH SDK 3.2.0)."""
    return code in _OF_USERS


def changes_one_user(code: int) -> bool:
    """Whether an operation changes the user whom its first parameter tells."""
    return code in _OF_ONE_USER


def describe_operation(code: int, first: int) -> Meaning:
    """Return what an entry of the operation log means; `first` is its first parameter."""
    meaning = _ALARMS.get(first) if code == ALARM_OPERATION else _OPERATIONS.get(code)
    kind = EventKind.USERS_CHANGED if changes_users(code) else EventKind.SYSTEM
    return meaning or Meaning(
        EventKind.ALARM if code == ALARM_OPERATION else kind,
        OPERATION_CODES + code,
        _NAMES.get(code, "operation"),
        operation_words(code, first),
    )


def is_worth_telling(code: int) -> bool:
    """Whether somebody who was away wants to hear of an operation: alarms, unlocking, a restart."""
    return code == ALARM_OPERATION or code in _OPERATIONS
