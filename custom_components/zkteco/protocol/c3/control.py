"""Control requests: the five bytes that move a relay, silence alarms or restart a panel.

Lives here: one builder per safe operation. Not here, and never buildable: operations above 4, which are undocumented
test hooks on these panels.
"""

from typing import Final

from ..errors import InvalidValue

MAX_DOORS: Final = 4
MAX_AUX_OUTPUTS: Final = 16
"""A sanity limit: captured panels have up to 4, and a panel refuses a number that it does not have."""

# operation, number or first argument, second, third, always 0 (captured frames)
_OUTPUT: Final = 1
_CANCEL_ALARMS: Final = 2
_RESTART: Final = 3
_NORMAL_OPEN: Final = 4

_DOOR: Final = 1
_AUX: Final = 2
_OFF: Final = 0
_STAY_ON: Final = 255


def _within(field: str, value: int, high: int) -> int:
    if not 1 <= value <= high:
        raise InvalidValue(field, f"must be from 1 to {high}")
    return value


def _output(number: int, kind: int, duration: int) -> bytes:
    return bytes((_OUTPUT, number, kind, duration, 0))


def open_door(door: int, seconds: int) -> bytes:
    """Unlock `door` (1 to 4) for `seconds` (1 to 254). Raises `InvalidValue`."""
    return _output(
        _within("door", door, MAX_DOORS), _DOOR, _within("seconds", seconds, 254)
    )


def hold_door(door: int) -> bytes:
    """Unlock `door` (1 to 4) until it is closed. Raises `InvalidValue`."""
    return _output(_within("door", door, MAX_DOORS), _DOOR, _STAY_ON)


def close_door(door: int) -> bytes:
    """Drop the lock relay of `door` (1 to 4).

    A panel refuses this while the door is held open or in its normal-open period: send
    `normal_open_schedule(door, enabled=False)` first. Raises `InvalidValue`.
    """
    return _output(_within("door", door, MAX_DOORS), _DOOR, _OFF)


def aux_on(output: int) -> bytes:
    """Switch auxiliary `output` (1 to 16) on until it is switched off. Raises `InvalidValue`."""
    return _output(_within("output", output, MAX_AUX_OUTPUTS), _AUX, _STAY_ON)


def aux_pulse(output: int, seconds: int) -> bytes:
    """Switch auxiliary `output` (1 to 16) on for `seconds` (1 to 254). Raises `InvalidValue`."""
    return _output(
        _within("output", output, MAX_AUX_OUTPUTS),
        _AUX,
        _within("seconds", seconds, 254),
    )


def aux_off(output: int) -> bytes:
    """Switch auxiliary `output` (1 to 16) off. Raises `InvalidValue`."""
    return _output(_within("output", output, MAX_AUX_OUTPUTS), _AUX, _OFF)


def cancel_alarms() -> bytes:
    """Silence the alarms of all doors."""
    return bytes((_CANCEL_ALARMS, 0, 0, 0, 0))


def restart() -> bytes:
    """Restart the panel; it answers first and is gone about a second later."""
    return bytes((_RESTART, 0, 0, 0, 0))


def normal_open_schedule(door: int, *, enabled: bool) -> bytes:
    """Enable or disable today's normal-open schedule of `door` (1 to 4).

    Disabling also ends a hold; enabling holds nothing open by itself. Raises `InvalidValue`.
    """
    return bytes((_NORMAL_OPEN, _within("door", door, MAX_DOORS), int(enabled), 0, 0))
