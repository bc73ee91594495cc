"""The commands that a device can be sent: a closed set of builders, and the line they travel in.

Lives here: the text after `C:<id>:`, and that prefix. Not here: when a command is sent (`queue`). No value can become a
second field, row or command: separators and control characters are refused, and so is every verb without a builder.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
import re
from typing import Final

from .. import packed_time
from ..errors import InvalidValue
from .codes import Biometric
from .messages import valid_serial

MAX_DOORS: Final = 8
MAX_AUX_OUTPUTS: Final = 16
"""A sanity limit: a device refuses a number that it does not have."""
MAX_ID: Final = 2**31 - 1
_MAX_PULSE: Final = 254
_MAX_VALUE: Final = 1024
_MAX_ROWS: Final = 1000

_NAME: Final = re.compile(r"~?[A-Za-z]\w{0,63}", re.ASCII)
# Square brackets mark tables that exist only in memory.
_TABLE: Final = re.compile(r"[A-Za-z]\w{0,63}|\[[A-Za-z]\w{0,63}\]", re.ASCII)
# Whatever could end a line for some reader, and what cannot be encoded.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
PERSONAL_TABLES: Final = frozenset(
    {
        "biodata",
        "biophoto",
        "extuser",
        "firstcard",
        "identitycard",
        "mulcarduser",
        "PersonalVSTimezone",
        "SuperAuthorize",
        "templatev10",
        "user",
        "userauthorize",
        "userpic",
    }
)
"""The tables whose rows belong to one person each."""

# What the builders below make, and nothing else.
_COMMAND: Final = re.compile(
    r"CONTROL DEVICE (?:[0-9A-F]{2}){4}"
    r"|SET OPTIONS ~?[A-Za-z]\w*=[^\n\t]*"
    r"|GET OPTIONS [\w~,]+"
    r"|DATA COUNT \[?\w+\]?(?: [A-Za-z]\w*=[^\n]*)?"
    r"|DATA QUERY tablename=\[?\w+\]?,fielddesc=[^\n]+,filter=[^\n]+"
    r"|DATA UPDATE \[?\w+\]? [A-Za-z]\w*=[^\n]*(?:\n[A-Za-z]\w*=[^\n]*)*"
    r"|DATA DELETE \[?\w+\]? [A-Za-z]\w*=[^\n]+(?:\n[A-Za-z]\w*=[^\n]+)*"
    rf"|DATA DELETE (?:{'|'.join(sorted(PERSONAL_TABLES))}) \*"
    r"|ENROLL_(?:INFO|BIO) TYPE=[^\n]+",
    re.ASCII,
)

type Value = str | int


class Counter(IntEnum):
    """A counter of a turnstile."""

    OUT = 1
    IN = 2
    ALARMS = 3
    ALL = 4


def _control(operation: int, first: int = 0, second: int = 0, third: int = 0) -> str:
    # Four bytes as hexadecimal digits. The document numbers the operations in decimal
    # but writes 13 as "0D" (section 9.4).
    return f"CONTROL DEVICE {bytes((operation, first, second, third)).hex().upper()}"


def _within(field: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise InvalidValue(field, f"must be from {low} to {high}")
    return value


def _door(door: int) -> int:
    return _within("door", door, 1, MAX_DOORS)


_OUTPUT: Final = 1
_CANCEL_ALARM: Final = 2
_RESTART: Final = 3
_NORMAL_OPEN: Final = 4
_BATTERY: Final = 5
_LOCK_DOWN: Final = 6
_EMERGENCY: Final = 7
_SUB_DEVICES: Final = 13
_RESET_COUNTER: Final = 16

_LOCK: Final = 1
_AUX: Final = 2
_OFF: Final = 0
_STAY_ON: Final = 255


def open_door(door: int, seconds: int) -> str:
    """Unlock `door` (1 to 8) for `seconds` (1 to 254). Raises `InvalidValue`."""
    return _control(
        _OUTPUT, _door(door), _LOCK, _within("seconds", seconds, 1, _MAX_PULSE)
    )


def hold_door(door: int) -> str:
    """Unlock `door` (1 to 8) until it is closed. Raises `InvalidValue`."""
    return _control(_OUTPUT, _door(door), _LOCK, _STAY_ON)


def close_door(door: int) -> str:
    """Lock `door` (1 to 8), ending a pulse or hold. Raises `InvalidValue`."""
    return _control(_OUTPUT, _door(door), _LOCK, _OFF)


def aux_output(output: int, duration: int | bool) -> str:
    """Switch auxiliary `output` (1 to 16): True on, False off, 1 to 254 on for so many seconds. Raises `InvalidValue`."""
    if duration is True:
        duration = _STAY_ON
    elif duration is False:
        duration = _OFF
    else:
        _within("seconds", duration, 1, _MAX_PULSE)
    return _control(
        _OUTPUT, _within("output", output, 1, MAX_AUX_OUTPUTS), _AUX, duration
    )


def cancel_alarm(door: int = 0) -> str:
    """Silence the alarms of `door` (1 to 8), or of all doors (0). Raises `InvalidValue`."""
    return _control(_CANCEL_ALARM, _within("door", door, 0, MAX_DOORS))


def restart() -> str:
    """Restart the device."""
    return _control(_RESTART)


def normal_open_schedule(door: int, *, enabled: bool) -> str:
    """Enable or disable today's normal-open schedule of `door` (1 to 8). Raises `InvalidValue`."""
    return _control(_NORMAL_OPEN, _door(door), int(enabled))


def battery() -> str:
    """Ask for the state of the battery."""
    return _control(_BATTERY)


def lock_down(door: int, *, on: bool) -> str:
    """Lock `door` (1 to 8) against everybody, or end that. Raises `InvalidValue`."""
    return _control(_LOCK_DOWN, _door(door), int(on))


def emergency(*, opened: bool) -> str:
    """Open all doors, or close all doors, in an emergency."""
    return _control(_EMERGENCY, 1 if opened else 2)


def sub_devices() -> str:
    """Ask which sub-devices are connected."""
    return _control(_SUB_DEVICES)


def reset_counter(counter: Counter) -> str:
    """Set a counter of a turnstile back to zero."""
    return _control(_RESET_COUNTER, counter)


def _checked_name(field: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidValue(field, "1 to 64 letters, digits or underscores")
    return name


def _checked_table(table: str) -> str:
    if not _TABLE.fullmatch(table):
        raise InvalidValue("table", "1 to 64 letters, digits or underscores")
    return table


def _pair(name: str, value: Value, *, comma: bool = True) -> str:
    """Join a checked name and value; with `comma`, the value may contain one."""
    _checked_name("field name", name)
    text = str(value)
    if len(text) > _MAX_VALUE:
        raise InvalidValue(name, f"at most {_MAX_VALUE} characters")
    if _CONTROL.search(text) or (not comma and "," in text):
        raise InvalidValue(
            name,
            "no control characters" if comma else "no comma, no control characters",
        )
    return f"{name}={text}"


def _fields(values: Mapping[str, Value], *, comma: bool = True) -> str:
    return "\t".join(_pair(name, value, comma=comma) for name, value in values.items())


def _some(field: str, number: int) -> None:
    if not 1 <= number <= _MAX_ROWS:
        raise InvalidValue(field, f"1 to {_MAX_ROWS} in one command")


def set_options(options: Mapping[str, Value]) -> str:
    """Set device options; values hold neither commas nor control characters. Raises `InvalidValue`."""
    _some("options", len(options))
    return "SET OPTIONS " + ",".join(
        _pair(name, value, comma=False) for name, value in options.items()
    )


def get_options(names: Sequence[str]) -> str:
    """Ask for device options, which arrive as an upload of their own. Raises `InvalidValue`."""
    _some("options", len(names))
    return "GET OPTIONS " + ",".join(_checked_name("option", name) for name in names)


def set_time(local: datetime) -> str:
    """Set the clock to a naive local time. Raises `InvalidValue`, also for an aware one."""
    return set_options({"DateTime": packed_time.encode(local)})


def query(
    table: str,
    fields: Sequence[str] = (),
    conditions: Mapping[str, Value] | None = None,
) -> str:
    """Ask for rows, which arrive as uploads of their own; no field means all, no condition means all.

    Raises `InvalidValue`. Several conditions must all hold.
    """
    names = "\t".join(_checked_name("field name", name) for name in fields)
    return (
        f"DATA QUERY tablename={_checked_table(table)},fielddesc={names or '*'},"
        f"filter={_fields(conditions or {}, comma=False) or '*'}"
    )


def count(table: str, conditions: Mapping[str, Value] | None = None) -> str:
    """Ask how many rows a table has; the number arrives as an upload of its own. Raises `InvalidValue`."""
    text = f"DATA COUNT {_checked_table(table)}"
    return f"{text} {_fields(conditions)}" if conditions else text


def data_update(table: str, rows: Sequence[Mapping[str, Value]]) -> str:
    """Add or replace 1 to 1000 rows, none of them empty. Raises `InvalidValue`."""
    _some("rows", len(rows))
    if not all(rows):
        raise InvalidValue("rows", "at least one field in each")
    return f"DATA UPDATE {_checked_table(table)} " + "\n".join(map(_fields, rows))


def data_delete(table: str, rows: Sequence[Mapping[str, Value]]) -> str:
    """Delete the rows for which all the conditions of one of 1 to 1000 `rows` hold.

    Raises `InvalidValue`, above all without any condition and for a condition that everything may meet: such a command
    would wipe the table.
    """
    _some("rows", len(rows))
    if not all(rows):
        raise InvalidValue("conditions", "at least one in each")
    for row in rows:
        for name, value in row.items():
            if not str(value).strip(" *"):
                raise InvalidValue(name, "must name what to delete")
    return f"DATA DELETE {_checked_table(table)} " + "\n".join(map(_fields, rows))


def data_clear(table: str) -> str:
    """Delete all rows of one of the `PERSONAL_TABLES`. Raises `InvalidValue` for any other table."""
    if table not in PERSONAL_TABLES:
        raise InvalidValue("table", "one of " + ", ".join(sorted(PERSONAL_TABLES)))
    return f"DATA DELETE {table} *"


_TRIES: Final = 3
"""How often a person may try, as printed."""
_KEEP: Final = 1
"""The device keeps what it was shown."""


def enrol_card(user_id: str) -> str:
    """Let the device ask a person for a card (Security PUSH 3.1.2 section 9.6.1). Raises `InvalidValue`."""
    fields: dict[str, Value] = {"TYPE": 0, "PIN": user_id}
    return f"ENROLL_INFO {_fields(fields | {'RETRY': _TRIES, 'MODE': _KEEP})}"


def enrol_biometric(kind: Biometric, number: int, user_id: str) -> str:
    """Let the device ask a person for a finger, face or palm, in place of one that it has (section 9.6.2).

    `number` is which finger or hand, 0 to 9. Raises `InvalidValue`.
    """
    fields: dict[str, Value] = {
        "TYPE": int(kind),
        "NO": _within("index", number, 0, 9),
        "PIN": user_id,
        "RETRY": _TRIES,
        "OVERWRITE": 1,
        "MODE": _KEEP,
    }
    return f"ENROLL_BIO {_fields(fields)}"


def encode(command_id: int, text: str, *, prefix_for: str | None = None) -> str:
    """Return a command as it is handed to a device, without a line end.

    `command_id` is 1 to 2147483647. `prefix_for` is the serial number of the device that shall carry it out, for devices
    that registered with CmdFormat=1 (Security PUSH 3.1.2 appendix 14). Raises `InvalidValue`, also for a text that no
    builder of this module makes.
    """
    _within("command id", command_id, 1, MAX_ID)
    if not _COMMAND.fullmatch(text) or _CONTROL.search(re.sub(r"[\t\n]", "", text)):
        raise InvalidValue("command", "must come from one of the builders")
    line = f"C:{command_id}:{text}"
    if prefix_for is None:
        return line
    if not valid_serial(prefix_for):
        raise InvalidValue("serial number", "4 to 32 letters, digits, _ or -")
    return f"DataType=1,SN={prefix_for},Priority=0,CmdID={command_id},CmdDesc={line}"


def rtdata_time(now: datetime) -> str:
    """Answer a device that asks for the time: packed UTC, and the offset of the zone of `now`, which is aware.

    Raises `InvalidValue` for a time that cannot be packed or has no zone.
    """
    if (offset := now.utcoffset()) is None:
        raise InvalidValue("time", "must have a time zone")
    minutes = round(offset.total_seconds() / 60)
    hours, minutes = divmod(abs(minutes), 60)
    sign = "-" if offset.total_seconds() < 0 else "+"
    packed = packed_time.encode(now.astimezone(UTC).replace(tzinfo=None))
    return f"DateTime={packed},ServerTZ={sign}{hours:02}{minutes:02}"
