"""What the simulated PUSH device does when its server commands something.

Reads the lines of an answer to a poll and carries one command out on the world.
Uploading what a query found and posting results belongs to `push_device`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Literal, NamedTuple

from .c3_wire import WRONG_PARAMETER, Refused, pack_time
from .c3_world import Event
from .push_tables import record_line
from .push_world import NO_SUCH_COMMAND, PushWorld

WRONG_FORMAT, OPTION_NOT_SAVED, NOT_SUPPORTED = -620, -612, -708
BATTERY_PERCENT = 87
TRANSACTION = "transaction"

# As printed in section 9.2.2: fewer than a query has.
_ACCOUNT_FIELDS = "\t".join(
    (
        *("cardno", "pin", "verified", "doorid", "eventtype", "inoutstate"),
        *("time_second", "index"),
    )
)
_COMMAND = re.compile(
    r"(?:DataType=\d+,\s*SN=(?P<serial>[^,]*),\s*(?:Priority=\d+,\s*)?"
    r"CmdID=[^,]*,\s*CmdDesc=)?C:(?P<number>\d+):(?P<text>.*)"
)
_QUERY = re.compile(r"tablename=(.*?),fielddesc=(.*?),filter=(.*)", re.DOTALL)
_VERB = re.compile(r"(?:(?:DATA|CONTROL|SET|GET|Test) )?\S*")
_UNSUPPORTED = {"UPGRADE", "SET ADSCREEN_OPTIONS"}
_ACCOUNT = 11  # in AccSupportFunList
REMOTE_ENROLMENT = 40  # in AccSupportFunList
NEW_CARD = 24681357  # what somebody shows who is asked for a card
NEW_TEMPLATE = "U2hvd24="  # what is made of another part of somebody


class Received(NamedTuple):
    """A command as it arrived; `serial` comes from a prefix, None without one."""

    number: int
    text: str
    serial: str | None = None

    @property
    def verb(self) -> str:
        """What is to be done, as the result repeats it."""
        match = _VERB.match(self.text)
        return match[0] if match else ""


class Result(NamedTuple):
    """What became of a command."""

    number: int
    code: int
    verb: str
    serial: str = ""

    def line(self, key: str = "Return") -> str:
        """Return the result as it is posted."""
        line = f"ID={self.number}&{key}={self.code}&CMD={self.verb}"
        return f"{line}&SN={self.serial}" if self.serial else line


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command, and what is to be done before telling it."""

    verb: str
    code: int = 0
    kind: Literal["", "tabledata", "count", "options", "package", "files"] = ""
    table: str = ""
    lines: tuple[str, ...] = ()
    restart: bool = False
    time_set: bool = False
    authorization: bool = False  # the table of secondary machines is to be shown
    enrolled: tuple[str, str] = ("", "")  # type and text of an upload
    changed: str = ""  # a table that was written to


def read_commands(text: str) -> list[Received]:
    """Return the commands of an answer; further lines belong to the one before."""
    found: list[Received] = []
    for line in filter(None, re.split(r"[\r\n]+", text)):
        if match := _COMMAND.fullmatch(line):
            number, serial = int(match["number"]), match["serial"]
            found.append(Received(number, match["text"], serial))
        elif found:
            last = found.pop()
            found.append(last._replace(text=f"{last.text}\n{line}"))
    return found


def execute(
    world: PushWorld, command: Received, known: Callable[[], Mapping[str, str]]
) -> Outcome:
    """Carry out a command; `known` returns every parameter that can be asked for."""
    verb = command.verb
    action = _ACTIONS.get(verb)
    if action is None:
        return Outcome(verb, NOT_SUPPORTED if verb in _UNSUPPORTED else NO_SUCH_COMMAND)
    try:
        return action(world, verb, command.text[len(verb) + 1 :], known)
    except Refused as refusal:
        return Outcome(verb, refusal.code)


type _Known = Callable[[], Mapping[str, str]]
type _Action = Callable[[PushWorld, str, str, _Known], Outcome]


def _update(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    table, _, records = detail.partition(" ")
    if table.lower() == "biodata" and len({*_kinds(records)}) > 1:
        raise Refused(WRONG_PARAMETER)  # "the same type", section 9.1.1
    world.rows.update(table, records)
    return Outcome(verb, authorization=_is_authorization(table), changed=table)


def _kinds(text: str) -> list[str]:
    return re.findall(r"\bType=(\d+)", text, re.IGNORECASE)


def _delete(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    table, _, condition = detail.partition(" ")
    if table.lower() != TRANSACTION:
        world.rows.remove(table, condition)
    elif condition.strip() == "*":
        world.wipe_transactions()
    else:
        raise Refused(WRONG_PARAMETER)
    return Outcome(verb, authorization=_is_authorization(table))


def _count(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    table, _, condition = detail.strip().partition(" ")
    if table.lower() == TRANSACTION:
        count = len(world.transactions)
    else:
        count = len(world.rows.select(table, condition))
    return Outcome(verb, 0, "count", table, (f"{table}={count}",))


def _query(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    match = _QUERY.fullmatch(detail.strip("\r\n"))
    if not match:
        raise Refused(WRONG_FORMAT)
    table, fields, condition = match.groups()
    if table.lower() == TRANSACTION:
        rows = _transactions(world, condition)
    elif (
        table.lower() == "biodata"
        and "MultiBioDataSupport" in world.model.extra
        and not _kinds(condition)
    ):
        raise Refused(WRONG_PARAMETER)
    else:
        rows = world.rows.select(table, condition)
    lines = tuple(record_line(table, row, fields) for row in rows)
    return Outcome(verb, len(lines), "tabledata", table, lines)


def _account(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    if _ACCOUNT not in world.model.functions:
        raise Refused(NOT_SUPPORTED)
    table, *words = detail.strip("\r\n").split(" ", 1)
    asked = dict(re.findall(r"(\w+)=([^\t]*?)(?=[ \t]\w+=|$)", " ".join(words)))
    if table != TRANSACTION or world.model.terminal != ("ContentType" in asked):
        raise Refused(WRONG_PARAMETER)
    first = int(asked.get("StartIndex") or int(asked.get("MaxIndex", 0)) + 1)
    last = int(asked.get("EndIndex", 1 << 32))
    since, until = asked.get("StartTime", ""), asked.get("EndTime", "9999")
    events = [
        event
        for event in world.transactions
        if first <= event.index <= last and since <= str(event.time)[:19] <= until
    ]
    lines = tuple(
        record_line(TRANSACTION, row, _ACCOUNT_FIELDS).removeprefix(f"{TRANSACTION} ")
        for row in _rows(world, events)
    )
    kind: Literal["package", "files"] = "package" if world.model.terminal else "files"
    return Outcome(verb, len(lines), kind, TRANSACTION, lines)


def _transactions(
    world: PushWorld, condition: str
) -> list[dict[str, int | str | bytes]]:
    events = [*world.transactions]
    limits = dict(re.findall(r"(starttime|endtime)=(\d+)", condition, re.IGNORECASE))
    if condition.lower() == "newrecord":
        events = [event for event in events if event.index > world.read_up_to]
        world.read_up_to = max((event.index for event in events), default=0)
    elif limits:
        spelled = {name.lower(): int(value) for name, value in limits.items()}
        first = spelled.get("starttime", 0)
        last = spelled.get("endtime", 1 << 32)
        events = [event for event in events if first <= pack_time(event.time) <= last]
    return _rows(world, events)


def _rows(
    world: PushWorld, events: Iterable[Event]
) -> list[dict[str, int | str | bytes]]:
    return [
        {
            "cardno": event.card,
            "pin": event.pin,
            "verified": event.verified,
            "doorid": event.door,
            "eventtype": event.code,
            "inoutstate": event.direction,
            "time_second": pack_time(event.time),
            "index": event.index,
            "sitecode": 0,
            "devid": 1,
            "sn": world.serial,
        }
        for event in events
    ]


def _control(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    try:
        data = bytes.fromhex(detail.strip())
    except ValueError as err:
        raise Refused(WRONG_FORMAT) from err
    if len(data) < 2:
        raise Refused(WRONG_FORMAT)
    if data[0] == 0x05 and world.model.terminal:
        # A guess: the document does not say how the level is told.
        return Outcome(verb, BATTERY_PERCENT)
    if data[0] == 0x0D and world.tables["DeviceAuthorize"]:
        return Outcome(verb, world.model.control_result, authorization=True)
    restart = world.carry_out(data)
    return Outcome(verb, world.model.control_result, restart=restart)


def _set_options(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    pairs = [part.partition("=") for part in detail.strip("\r\n").split(",")]
    if not all(sign for _, sign, _ in pairs):
        raise Refused(WRONG_FORMAT)
    values = {name: value for name, _, value in pairs}
    try:
        restart = world.set_parameters(values)
    except Refused as refusal:
        raise Refused(OPTION_NOT_SAVED) from refusal
    return Outcome(verb, restart=restart, time_set="DateTime" in values)


def _get_options(_world: PushWorld, verb: str, detail: str, known: _Known) -> Outcome:
    values = known()
    line = ",".join(f"{name}={values.get(name, '')}" for name in _names(detail))
    return Outcome(verb, 0, "options", "options", (line,))


def _names(detail: str) -> list[str]:
    return [name for part in detail.split(",") if (name := part.strip())]


def _enroll(world: PushWorld, verb: str, detail: str, _known: _Known) -> Outcome:
    """Ask a person, who comes at once."""
    if REMOTE_ENROLMENT not in world.model.functions:
        raise Refused(NOT_SUPPORTED)
    asked = dict(part.split("=", 1) for part in detail.strip("\r\n").split("\t"))
    pin = asked.get("PIN", "")
    if not world.rows.select("user", f"Pin={pin}"):
        raise Refused(WRONG_PARAMETER)
    if verb == "ENROLL_INFO":
        world.rows.update("user", f"Pin={pin}\tCardNo={NEW_CARD}")
        shown = ("EnrollInfoData", f"TYPE=0\tPIN={pin}\tTMP={NEW_CARD}")
    else:
        kind, number = asked["TYPE"], asked["NO"]
        major, _, minor = world.model.version(int(kind)).partition(".")
        which = f"Pin={pin}\tType={kind}\tNo={number}"
        versions = f"MajorVer={major}\tMinorVer={minor or 0}"
        world.rows.update("biodata", f"{which}\t{versions}\tTmp={NEW_TEMPLATE}")
        fields = {
            "TYPE": kind,
            "PIN": pin,
            "NO": number,
            "INDEX": 0,
            "MAJOR_VER": major,
            "MINOR_VER": minor or 0,
            "TMP": NEW_TEMPLATE,
            "BIOPHOTO": "/9j/",
        }
        line = "\t".join(f"{name}={value}" for name, value in fields.items())
        shown = ("BioData", line)
    return Outcome(verb, enrolled=shown)


def _test_host(_world: PushWorld, verb: str, _detail: str, _known: _Known) -> Outcome:
    return Outcome(verb)


def _is_authorization(table: str) -> bool:
    return table.lower() == "deviceauthorize"


_ACTIONS: dict[str, _Action] = {
    "ACCOUNT": _account,
    "DATA UPDATE": _update,
    "DATA DELETE": _delete,
    "DATA COUNT": _count,
    "DATA QUERY": _query,
    "CONTROL DEVICE": _control,
    "SET OPTIONS": _set_options,
    "GET OPTIONS": _get_options,
    "ENROLL_BIO": _enroll,
    "ENROLL_INFO": _enroll,
    "Test Host": _test_host,
}
