"""The commands that a terminal in attendance mode can be sent: a closed set of builders, and the line they travel in.

Lives here: the text after `C:<id>:`, and that prefix. Not here: when a command is sent (`push.queue`). No value can become
a second field or command: separators and control characters are refused, and so is every verb without a builder. There is
none for the terminal's shell and its files. PUSH SDK 3.2.0; reported by owners.
"""

from collections.abc import Mapping
from datetime import datetime
import re
from typing import Final

from ..errors import InvalidValue

MAX_ID: Final = 2**31 - 1
SETTABLE: Final = frozenset({"VOLUME", "Language", "DtFmt"})
"""The options that may be changed: none of them can cut a terminal off from us, or let anybody in."""

_MAX_VALUE: Final = 256
_USER_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,24}")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_MAX_FINGER: Final = 9
_TRIES: Final = 3
"""How often a person may try."""
USER_FIELDS: Final = (
    "PIN",
    "Name",
    "Pri",
    "Passwd",
    "Card",
    "Grp",
    "TZ",
    "Verify",
    "ViceCard",
    "StartDatetime",
    "EndDatetime",
)
"""The fields of a user that can be written, in the order in which terminals tell them."""

# What the builders below make, and nothing else.
_MOMENT: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_COMMAND: Final = re.compile(
    r"AC_UNLOCK|AC_UNALARM|REBOOT|CHECK|INFO|CLEAR ALL USERINFO"
    rf"|SET OPTION (?:{'|'.join(sorted(SETTABLE))})=[^\t\n]+"
    r"|DATA UPDATE USERINFO PIN=[\w-]+(?:\t[A-Za-z]+=[^\t\n]*)*"
    r"|DATA DELETE USERINFO PIN=[\w-]+"
    r"|DATA QUERY USERINFO(?: PIN=[\w-]+)?"
    rf"|DATA QUERY ATTLOG StartTime={_MOMENT}\tEndTime={_MOMENT}"
    r"|ENROLL_FP PIN=[\w-]+\tFID=\d\tRETRY=\d\tOVERWRITE=1",
    re.ASCII,
)


def unlock() -> str:
    """Unlock the door for the terminal's own open time."""
    return "AC_UNLOCK"


def cancel_alarm() -> str:
    """Silence the alarm."""
    return "AC_UNALARM"


def restart() -> str:
    """Restart the terminal."""
    return "REBOOT"


def check() -> str:
    """Let the terminal connect anew: it reads its options and our time, and uploads what is new."""
    return "CHECK"


def info() -> str:
    """Ask what the terminal is and holds; the answer comes with the result."""
    return "INFO"


def set_option(name: str, value: str) -> str:
    """Set one of the options in `SETTABLE`. Raises InvalidValue."""
    if name not in SETTABLE:
        raise InvalidValue("name", "one of " + ", ".join(sorted(SETTABLE)))
    if not value:
        raise InvalidValue(name, "must not be empty")
    return f"SET OPTION {name}={_checked(name, value)}"


def query_users(user_id: str | None = None) -> str:
    """Ask for a user, or for all of them, who are uploaded as if they had just been changed. Raises InvalidValue."""
    everybody = "DATA QUERY USERINFO"
    return everybody if user_id is None else f"{everybody} PIN={_checked_id(user_id)}"


def query_punches(start: datetime, end: datetime) -> str:
    """Ask for rows of the log between two moments of the terminal's clock (naive), which are uploaded once more."""
    return (
        f"DATA QUERY ATTLOG StartTime={start.strftime(_TIME_FORMAT)}"
        f"\tEndTime={end.strftime(_TIME_FORMAT)}"
    )


def update_user(row: Mapping[str, str]) -> str:
    """Add or replace a user; `row` holds `USER_FIELDS`. Raises InvalidValue."""
    fields = [f"PIN={_checked_id(row.get('PIN', ''))}"]
    for name, value in row.items():
        if name not in USER_FIELDS:
            raise InvalidValue(name, "one of " + ", ".join(USER_FIELDS))
        if name != "PIN":
            fields.append(f"{name}={_checked(name, value)}")
    return "DATA UPDATE USERINFO " + "\t".join(fields)


def delete_user(user_id: str) -> str:
    """Delete one user with everything that belongs to them. Raises InvalidValue."""
    return f"DATA DELETE USERINFO PIN={_checked_id(user_id)}"


def clear_users() -> str:
    """Delete every user. Only ever sent on a person's explicit word."""
    return "CLEAR ALL USERINFO"


def enrol_finger(user_id: str, finger: int) -> str:
    """Let the terminal ask a person for a finger (0 to 9), in place of one that it has. Raises InvalidValue."""
    if not 0 <= finger <= _MAX_FINGER:
        raise InvalidValue("index", f"must be from 0 to {_MAX_FINGER}")
    return f"ENROLL_FP PIN={_checked_id(user_id)}\tFID={finger}\tRETRY={_TRIES}\tOVERWRITE=1"


def encode(number: int, text: str) -> str:
    """Return a command as it is handed to a terminal, without a line end.

    `number` is 1 to 2147483647. Raises InvalidValue, also for a text that no builder of this module makes.
    """
    if not 1 <= number <= MAX_ID:
        raise InvalidValue("command id", f"must be from 1 to {MAX_ID}")
    if not _COMMAND.fullmatch(text) or _CONTROL.search(text.replace("\t", "")):
        raise InvalidValue("command", "must come from one of the builders")
    return f"C:{number}:{text}"


def _checked_id(user_id: str) -> str:
    if not _USER_ID.fullmatch(user_id):
        raise InvalidValue("user_id", "1 to 24 letters, digits, _ or -")
    return user_id


def _checked(name: str, value: str) -> str:
    if len(value) > _MAX_VALUE:
        raise InvalidValue(name, f"at most {_MAX_VALUE} characters")
    if _CONTROL.search(value):
        raise InvalidValue(name, "no control characters")
    return value
