"""What terminals upload in attendance mode: who came, what was done, users, what they tell about themselves.

Lives here: rows of those tables, and how each upload is acknowledged. Not here: what a row means as an event
(`translate`), users in full (`people`). Nothing here raises. Biometric data and photos are counted and not looked at.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
import re
from typing import Final

type Fields = Mapping[str, str]

_LINE_END: Final = re.compile(r"[\r\n]+")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_EPOCH: Final = re.compile(r"[0-9]{9,10}")
_YEARS: Final = range(2000, 2100)
"""Anything else is no time, but a clock that nobody has set."""
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
# Firmware that pads with spaces where others write TABs.
_PADDED: Final = re.compile(
    r"\s*(\S+)\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|[0-9]{9,10})(?:\s+(.*))?", re.ASCII
)
_MAX_USER_ID: Final = 32
# Degrees Celsius that a person can have at the forehead; terminals without a sensor send 0.
_TEMPERATURES: Final = (25.0, 50.0)
_TEMPERATURE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")
_WITH_TEMPERATURE: Final = 10
"""Columns. Longer rows hold codes of jobs and tips in the same place."""


def _time(text: str, zone: tzinfo) -> datetime | None:
    """Read a local time, or seconds since 1970, as the terminal's local time."""
    try:
        if _EPOCH.fullmatch(text):
            moment = datetime.fromtimestamp(int(text), UTC).astimezone(zone)
            return moment.replace(tzinfo=None)
        moment = datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
    except ValueError:
        return None
    return moment if moment.year in _YEARS else None


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _user_id(text: str) -> str | None:
    return text if 0 < len(text) <= _MAX_USER_ID and text.isprintable() else None


def lines_of(text: str) -> list[str]:
    """Return the lines of an upload that hold anything."""
    return [line for line in _LINE_END.split(text) if line.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Punch:
    """Somebody verified: a row of the table ATTLOG."""

    user_id: str
    time: datetime | None
    """The terminal's local time, naive; None when it is no date."""
    state: int | None
    """0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 not chosen."""
    verify: int | None
    """How, in numbers that differ between models."""
    work_code: str = ""
    mask: bool | None = None
    temperature: float | None = None
    """Degrees Celsius."""
    line: str = field(default="", repr=False, compare=False)
    """As it came, which is how it comes again."""


@dataclass(frozen=True, slots=True)
class Punches:
    """The rows of one upload."""

    rows: list[Punch]
    unreadable: int
    """Lines that are no row. They are acknowledged like the others, or the terminal sends them for ever."""


def parse_punches(text: str, zone: tzinfo) -> Punches:
    """Read an upload of the table ATTLOG: user, time, state, verification, work code, and more of no known meaning.

    `zone` is the terminal's: some firmware writes the seconds since 1970.
    """
    lines = lines_of(text)
    rows = [row for line in lines if (row := _punch(line, zone)) is not None]
    return Punches(rows, len(lines) - len(rows))


def _punch(line: str, zone: tzinfo) -> Punch | None:
    if "\t" in line:
        columns = [column.strip() for column in line.split("\t")]
    elif found := _PADDED.fullmatch(line):
        columns = [found[1], found[2], *(found[3] or "").split()]
    else:
        return None
    if columns[-1] == "":
        columns.pop()  # behind the last TAB
    user_id = _user_id(columns[0]) if columns else None
    if user_id is None or len(columns) < 2:
        return None
    known = dict(enumerate(columns))
    measured = len(columns) == _WITH_TEMPERATURE
    return Punch(
        user_id=user_id,
        time=_time(columns[1], zone),
        state=_number(known.get(2, "")),
        verify=_number(known.get(3, "")),
        work_code=code if (code := known.get(4, "")).strip("0") else "",
        mask={"0": False, "1": True}.get(columns[7]) if measured else None,
        temperature=_temperature(columns[8]) if measured else None,
        line=line.strip(),
    )


def _temperature(text: str) -> float | None:
    low, high = _TEMPERATURES
    if _TEMPERATURE.fullmatch(text) and low <= (value := float(text)) <= high:
        return value
    return None


@dataclass(frozen=True, slots=True)
class Operation:
    """Something was done to the terminal, or happened to it: a line "OPLOG" of the table OPERLOG."""

    code: int
    admin: str
    """The user who was in its menus; "0" for nobody."""
    time: datetime | None
    """The terminal's local time, naive; None when it is no date."""
    parameters: tuple[int, ...]
    """What they are depends on the code; the first is often a user's number or the kind of alarm."""
    line: str = field(default="", repr=False, compare=False)
    """As it came, which is how it comes again."""

    @property
    def first(self) -> int:
        """The first parameter."""
        return self.parameters[0] if self.parameters else 0


@dataclass(frozen=True, slots=True)
class OperationLog:
    """The lines of one upload of the table OPERLOG, or of an answer to a query for users."""

    operations: list[Operation]
    users: list[Fields] = field(repr=False)
    """By lower-case key. They hold PIN codes and cards."""
    ignored: Counter[str]
    """How many lines of each other kind there were, templates and photos above all."""


_OPERATION: Final = "OPLOG"
_USER: Final = frozenset({"USER", "USERINFO"})
_KIND: Final = re.compile(r"\s*([A-Za-z]\w{0,31})[ \t]+")
_UNREADABLE: Final = "?"


def parse_operations(text: str, zone: tzinfo) -> OperationLog:
    """Read an upload of the table OPERLOG. Each line begins with its kind."""
    log = OperationLog([], [], Counter())
    for line in lines_of(text):
        found = _KIND.match(line)
        kind = found[1].upper() if found else _UNREADABLE
        rest = line[found.end() :] if found else ""
        if kind == _OPERATION and (operation := _operation(rest, zone)):
            log.operations.append(operation)
        elif kind in _USER and _user_id((user := parse_fields(rest)).get("pin", "")):
            log.users.append(user)
        else:
            log.ignored[kind] += 1
    return log


def _operation(text: str, zone: tzinfo) -> Operation | None:
    code, *columns = [column.strip() for column in text.split("\t")]
    if len(columns) < 2 or (number := _number(code)) is None:
        return None
    admin, time, *parameters = columns
    return Operation(
        number,
        admin,
        _time(time, zone),
        tuple(_number(parameter) or 0 for parameter in parameters),
        text.strip(),
    )


def parse_fields(text: str) -> dict[str, str]:
    """Read TAB-separated key=value fields, keys in lower case."""
    values: dict[str, str] = {}
    for part in text.split("\t"):
        key, equals, value = part.partition("=")
        if equals and (name := key.strip().lower()):
            values[name] = value.strip()
    return values


# What a terminal writes into its first poll, and what the same is called among its options.
_INFO: Final = (
    "fwversion",
    "usercount",
    "fpcount",
    "transactioncount",
    "ipaddress",
    "fpversion",
    "faceversion",
    "facecount",
)


def parse_info(text: str) -> dict[str, str]:
    """Read the `INFO` of a poll: versions and counts in a fixed order, as options by lower-case key."""
    values = (value.strip() for value in text.split(","))
    return {key: value for key, value in zip(_INFO, values, strict=False) if value}


def acknowledge(table: str, count: int) -> str:
    """Return the answer that lets a terminal forget an upload of `count` lines; another one makes it send for ever."""
    if table.upper() in {"", "OPTIONS", "ATTPHOTO"}:
        return "OK"
    return f"OK: {count}"


def count_lines(body: bytes) -> int:
    """Return how many lines of an upload hold anything, without reading them."""
    return sum(1 for line in body.replace(b"\r", b"\n").split(b"\n") if line.strip())
