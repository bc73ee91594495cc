"""CONTROL DEVICE: everything that moves, switches or tests something at once.

Lives here: the 18 operations of Security PUSH 3.1.2 section 9.4 as builders, and the answer to the Wiegand test. Not here:
when a command is sent (`queue`). The document numbers the operations in decimal and sends them as hexadecimal digits
("0D" is 13). Its number 0 for all doors has no builder but for alarms: all doors open in an emergency only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from ..errors import InvalidValue
from .messages import parse_number, parse_records, valid_serial
from .values import within

MAX_DOORS: Final = 8
MAX_AUX_OUTPUTS: Final = 16
"""A sanity limit: a device refuses a number that it does not have."""
MAX_FLOORS: Final = 256
_MAX_SUB_DEVICES: Final = 16
_MAX_PULSE: Final = 254
_MAX_BYTE: Final = 255


class Operation(IntEnum):
    """What is controlled."""

    OUTPUT = 1
    CANCEL_ALARM = 2
    RESTART = 3
    NORMAL_OPEN = 4
    BATTERY = 5
    LOCK_DOWN = 6
    EMERGENCY = 7
    ZIGBEE = 8
    WIEGAND_TEST = 9
    READER_LIGHT = 10
    NETWORK = 11
    IDENTITY_CARDS = 12
    SUB_DEVICES = 13
    NETWORK_TEST = 14
    ELEVATOR_EMERGENCY_END = 15
    RESET_COUNTER = 16
    FLOORS = 17
    FLOORS_NORMAL_OPEN = 18


_LOCK: Final = 1
_AUX: Final = 2
_OFF: Final = 0
_STAY_ON: Final = 255

# What the builders below make, and nothing else.
_DOOR: Final = "0[1-8]"
_NUMBER: Final = "(?:0[0-9A-F]|10)"
GRAMMAR: Final = "CONTROL DEVICE (?:{})".format(
    "|".join(
        (
            f"01{_DOOR}01[0-9A-F]{{2}}",
            f"01(?!00){_NUMBER}02[0-9A-F]{{2}}",
            "020[0-8]0000",
            f"03{_NUMBER}0000",
            f"0[46]{_DOOR}0[01]00",
            "0[5ADEF]000000",
            "0[79]0[12]0000",
            "(?:0[8B]|10)0[1-4]0000",
            "0C0[01]0[0-8][0-9A-F]{2}",
            "1[12](?!0{64})[0-9A-F]{66}",
        )
    )
)
"""The texts that may be sent, as a regular expression."""


class Counter(IntEnum):
    """A counter of a turnstile."""

    OUT = 1
    IN = 2
    ALARMS = 3
    ALL = 4


class Zigbee(IntEnum):
    """What a device does with its wireless locks."""

    FORM_AGAIN = 1
    STOP_FORMING = 2
    ADMIT = 3
    ADMIT_NO_MORE = 4


class Network(IntEnum):
    """From one way to the server to another."""

    WIRED_TO_MOBILE = 1
    WIRED_TO_WIRELESS = 2
    """To the network named by the options TempWirelessSSID and TempWirelessKey."""
    MOBILE_TO_WIRED = 3
    WIRELESS_TO_WIRED = 4


def _control(operation: Operation, *parameters: int) -> str:
    first, second, third = (*parameters, 0, 0, 0)[:3]
    return f"CONTROL DEVICE {bytes((operation, first, second, third)).hex().upper()}"


def _door(door: int) -> int:
    return within("door", door, 1, MAX_DOORS)


def _duration(duration: int | bool) -> int:
    """Return the byte for a number of seconds, or for on and off without an end."""
    if duration is True:
        return _STAY_ON
    if duration is False:
        return _OFF
    return within("seconds", duration, 1, _MAX_PULSE)


def open_door(door: int, seconds: int) -> str:
    """Unlock `door` (1 to 8) for `seconds` (1 to 254). Raises `InvalidValue`."""
    pulse = within("seconds", seconds, 1, _MAX_PULSE)
    return _control(Operation.OUTPUT, _door(door), _LOCK, pulse)


def hold_door(door: int) -> str:
    """Unlock `door` (1 to 8) until it is closed. Raises `InvalidValue`."""
    return _control(Operation.OUTPUT, _door(door), _LOCK, _STAY_ON)


def close_door(door: int) -> str:
    """Lock `door` (1 to 8), ending a pulse or hold. Raises `InvalidValue`."""
    return _control(Operation.OUTPUT, _door(door), _LOCK, _OFF)


def aux_output(output: int, duration: int | bool) -> str:
    """Switch auxiliary `output` (1 to 16): True on, False off, 1 to 254 on for so many seconds. Raises `InvalidValue`."""
    number = within("output", output, 1, MAX_AUX_OUTPUTS)
    return _control(Operation.OUTPUT, number, _AUX, _duration(duration))


def cancel_alarm(door: int = 0) -> str:
    """Silence the alarms of `door` (1 to 8), or of all doors (0). Raises `InvalidValue`."""
    return _control(Operation.CANCEL_ALARM, within("door", door, 0, MAX_DOORS))


def restart(sub_device: int = 0) -> str:
    """Restart the device itself (0), or one behind it (1 to 16). Raises `InvalidValue`."""
    number = within("sub-device", sub_device, 0, _MAX_SUB_DEVICES)
    return _control(Operation.RESTART, number)


def normal_open_schedule(door: int, *, enabled: bool) -> str:
    """Enable or disable today's normal-open schedule of `door` (1 to 8). Raises `InvalidValue`."""
    return _control(Operation.NORMAL_OPEN, _door(door), enabled)


def battery() -> str:
    """Ask for the state of the battery."""
    return _control(Operation.BATTERY)


def lock_down(door: int, *, on: bool) -> str:
    """Lock `door` (1 to 8) against everybody, or end that. Raises `InvalidValue`."""
    return _control(Operation.LOCK_DOWN, _door(door), on)


def emergency(*, opened: bool) -> str:
    """Open all doors, or close all doors, in an emergency."""
    return _control(Operation.EMERGENCY, 1 if opened else 2)


def zigbee(action: Zigbee) -> str:
    """Form the network of wireless locks anew, or let further ones in."""
    return _control(Operation.ZIGBEE, action)


def wiegand_test(*, on: bool) -> str:
    """Start or stop the upload of whatever a Wiegand reader sends (`parse_wiegand_test`)."""
    return _control(Operation.WIEGAND_TEST, 1 if on else 2)


def reader_light() -> str:
    """Make an RS-485 reader light up; which one, the document does not say."""
    return _control(Operation.READER_LIGHT)


def switch_network(change: Network) -> str:
    """Let the device reach its server on another way."""
    return _control(Operation.NETWORK, change)


def identity_card_enrolment(*, on: bool, door: int = 0, seconds: int = 0) -> str:
    """Enrol people by identity card at `door` (1 to 8, or 0 for all) for `seconds` (0 to 255), or end that.

    Raises `InvalidValue`.
    """
    return _control(
        Operation.IDENTITY_CARDS,
        on,
        within("door", door, 0, MAX_DOORS),
        within("seconds", seconds, 0, _MAX_BYTE),
    )


def sub_devices() -> str:
    """Ask which sub-devices are connected."""
    return _control(Operation.SUB_DEVICES)


def check_network() -> str:
    """Try the network that the device was switched to."""
    return _control(Operation.NETWORK_TEST)


def end_elevator_emergency() -> str:
    """End the emergency of an elevator."""
    return _control(Operation.ELEVATOR_EMERGENCY_END)


def reset_counter(counter: Counter) -> str:
    """Set a counter of a turnstile back to zero."""
    return _control(Operation.RESET_COUNTER, counter)


def elevator_floors(floors: Iterable[int], duration: int | bool) -> str:
    """Release the buttons of `floors` (1 to 256): True without an end, False no longer, 1 to 254 for so many seconds.

    Raises `InvalidValue`, also without any floor.
    """
    return _floors(Operation.FLOORS, floors, duration)


def elevator_normal_open(floors: Iterable[int], duration: int | bool) -> str:
    """Do the same with the normal-open state of `floors`. Raises `InvalidValue`."""
    return _floors(Operation.FLOORS_NORMAL_OPEN, floors, duration)


def _floors(operation: Operation, floors: Iterable[int], duration: int | bool) -> str:
    """Write one bit for each floor, the first floor leftmost (the printed pattern cannot be read)."""
    bits = 0
    for floor in floors:
        bits |= 1 << (MAX_FLOORS - within("floor", floor, 1, MAX_FLOORS))
    if not bits:
        raise InvalidValue("floors", "at least one")
    data = bytes((operation, *bits.to_bytes(MAX_FLOORS // 8), _duration(duration)))
    return f"CONTROL DEVICE {data.hex().upper()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WiegandTest:
    """What a reader sent during a Wiegand test."""

    bits: str = field(repr=False)
    """Binary digits: a card."""
    count: int | None
    serial: str | None
    """Of the sub-controller, or of the device itself."""


def parse_wiegand_test(text: str) -> list[WiegandTest]:
    """Read an upload of the table "testdata"; lines without bits are left out. Never raises."""
    return [
        WiegandTest(
            bits=bits,
            count=parse_number(line.get("bitscount"), digits=4),
            serial=valid_serial(line.get("sn")),
        )
        for line in parse_records(text)
        if line.get("type") == "wg"
        and (bits := line.get("bits", ""))
        and not bits.strip("01")
    ]
