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
from . import account, control, upgrade
from .codes import Biometric
from .messages import valid_serial
from .values import CONTROL, checked_name, checked_table, pair, row, within

MAX_ID: Final = 2**31 - 1
_MAX_ROWS: Final = 1000

type Value = str | int

_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,252}")
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
        "userleauthorize",
        "userpic",
    }
)
"""The tables whose rows belong to one person each."""

# What the builders make, and nothing else.
_COMMAND: Final = re.compile(
    f"{control.GRAMMAR}|{account.GRAMMAR}|{upgrade.GRAMMAR}"
    r"|SET OPTIONS ~?[A-Za-z]\w*=[^\n\t]*"
    r"|GET OPTIONS [\w~,]+"
    r"|DATA COUNT \[?\w+\]?(?: [A-Za-z]\w*=[^\n]*)?"
    r"|DATA QUERY tablename=\[?\w+\]?,fielddesc=[^\n]+,filter=[^\n]+"
    r"|DATA UPDATE \[?\w+\]? [A-Za-z]\w*=[^\n]*(?:\n[A-Za-z]\w*=[^\n]*)*"
    r"|DATA DELETE \[?\w+\]? [A-Za-z]\w*=[^\n]+(?:\n[A-Za-z]\w*=[^\n]+)*"
    rf"|DATA DELETE (?:{'|'.join(sorted(PERSONAL_TABLES))}) \*"
    r"|ENROLL_(?:INFO|BIO) TYPE=[^\n]+"
    rf"|Test Host Address={_HOST.pattern}:[0-9]{{1,5}}"
    r"|SET ADSCREEN_OPTIONS InOut=[01],Area=[0-9]{1,3},Type=[0-3],Range=[^,\n\t]*,"
    r"URL=[^,\n\t]+,(?:In|Out)PlayInterval=[0-9]{1,5}",
    re.ASCII,
)


def _some(field: str, number: int) -> None:
    if not 1 <= number <= _MAX_ROWS:
        raise InvalidValue(field, f"1 to {_MAX_ROWS} in one command")


def set_options(options: Mapping[str, Value]) -> str:
    """Set device options; values hold neither commas nor control characters. Raises `InvalidValue`."""
    _some("options", len(options))
    return "SET OPTIONS " + ",".join(
        pair(name, value, comma=False) for name, value in options.items()
    )


def get_options(names: Sequence[str]) -> str:
    """Ask for device options, which arrive as an upload of their own. Raises `InvalidValue`."""
    _some("options", len(names))
    return "GET OPTIONS " + ",".join(checked_name("option", name) for name in names)


def try_host(host: str, port: int) -> str:
    """Let the device try whether it reaches `host`, a name or an IPv4 address (section 9.3). Raises `InvalidValue`."""
    if not _HOST.fullmatch(host):
        raise InvalidValue("host", "a name or an IPv4 address")
    return f"Test Host Address={host}:{within('port', port, 1, 65535)}"


class Advertisement(IntEnum):
    """What is shown on the screen of a turnstile."""

    VIDEO = 0
    PICTURE = 1
    TEXT = 2
    FIRMWARE = 3
    """Not shown, but an update of the screen itself."""


def advertise(
    kind: Advertisement, url: str, *, leaving: bool, area: int, size: str, seconds: int
) -> str:
    """Let the screen of a turnstile fetch what it shows (section 9.5.3).

    `leaving` is for the side of those who leave; `area` is 1 to 999, `size` what part of the screen it takes, in the
    device's own words; `seconds`, 0 to 99999, is how long one picture stays. Raises `InvalidValue`.
    """
    way = int(leaving)
    options: dict[str, Value] = {
        "InOut": way,
        "Area": within("Area", area, 1, 999),
        "Type": int(kind),
        "Range": size,
        "URL": url,
        ("In", "Out")[way] + "PlayInterval": within("seconds", seconds, 0, 99999),
    }
    if not url:
        raise InvalidValue("URL", "must not be empty")
    return "SET ADSCREEN_OPTIONS " + ",".join(
        pair(name, value, comma=False) for name, value in options.items()
    )


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
    names = "\t".join(checked_name("field name", name) for name in fields)
    return (
        f"DATA QUERY tablename={checked_table(table)},fielddesc={names or '*'},"
        f"filter={row(conditions or {}, comma=False) or '*'}"
    )


def query_new(table: str) -> str:
    """Ask for the rows that the device did not upload yet (section 9.1.4). Raises `InvalidValue`."""
    return f"DATA QUERY tablename={checked_table(table)},fielddesc=*,filter=NewRecord"


def count(table: str, conditions: Mapping[str, Value] | None = None) -> str:
    """Ask how many rows a table has; the number arrives as an upload of its own. Raises `InvalidValue`."""
    text = f"DATA COUNT {checked_table(table)}"
    return f"{text} {row(conditions)}" if conditions else text


def data_update(table: str, rows: Sequence[Mapping[str, Value]]) -> str:
    """Add or replace 1 to 1000 rows, none of them empty. Raises `InvalidValue`."""
    _some("rows", len(rows))
    if not all(rows):
        raise InvalidValue("rows", "at least one field in each")
    return f"DATA UPDATE {checked_table(table)} " + "\n".join(map(row, rows))


def data_delete(table: str, rows: Sequence[Mapping[str, Value]]) -> str:
    """Delete the rows for which all the conditions of one of 1 to 1000 `rows` hold.

    Raises `InvalidValue`, above all without any condition and for a condition that everything may meet: such a command
    would wipe the table.
    """
    _some("rows", len(rows))
    if not all(rows):
        raise InvalidValue("conditions", "at least one in each")
    for conditions in rows:
        for name, value in conditions.items():
            if not str(value).strip(" *"):
                raise InvalidValue(name, "must name what to delete")
    return f"DATA DELETE {checked_table(table)} " + "\n".join(map(row, rows))


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
    return f"ENROLL_INFO {row(fields | {'RETRY': _TRIES, 'MODE': _KEEP})}"


def enrol_biometric(kind: Biometric, number: int, user_id: str) -> str:
    """Let the device ask a person for a finger, face or palm, in place of one that it has (section 9.6.2).

    `number` is which finger or hand, 0 to 9. Raises `InvalidValue`.
    """
    fields: dict[str, Value] = {
        "TYPE": int(kind),
        "NO": within("index", number, 0, 9),
        "PIN": user_id,
        "RETRY": _TRIES,
        "OVERWRITE": 1,
        "MODE": _KEEP,
    }
    return f"ENROLL_BIO {row(fields)}"


def encode(command_id: int, text: str, *, prefix_for: str | None = None) -> str:
    """Return a command as it is handed to a device, without a line end.

    `command_id` is 1 to 2147483647. `prefix_for` is the serial number of the device that shall carry it out, for devices
    that registered with CmdFormat=1 (Security PUSH 3.1.2 appendix 14). Raises `InvalidValue`, also for a text that no
    builder of this module makes.
    """
    within("command id", command_id, 1, MAX_ID)
    if not _COMMAND.fullmatch(text) or CONTROL.search(re.sub(r"[\t\n]", "", text)):
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
