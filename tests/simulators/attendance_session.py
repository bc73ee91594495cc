"""One simulated attendance terminal's conversation with its server.

Connecting, uploading, polling and obeying, one round at a time. When a round comes and what people do belongs to
`attendance_terminal`; what there is to tell belongs to `attendance_world`.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from email.utils import parsedate_to_datetime
import re
from urllib.parse import urlsplit

from .attendance_world import (
    ALARM,
    DONE,
    FULL,
    MODELS,
    NO_SUCH_TABLE,
    NO_USER,
    NOT_UNDERSTOOD,
    OVER,
    Entry,
    Family,
    Person,
    World,
)
from .push_http import Answer, Faults, NoAnswer, Wire
from .push_session import Clock, SystemClock

CLOCK_TOLERANCE = timedelta(seconds=10)
BATCH = 50  # rows per upload
NEW_ONLY = "9999"
# What the digits of TransFlag stand for, and their words.
KINDS = (
    "AttLog",
    "OpLog",
    "AttPhoto",
    "EnrollFP",
    "EnrollUser",
    "FPImag",
    "ChgUser",
    "ChgFP",
    "FACE",
    "UserPic",
)
# Which of them a line of the operation log needs.
NEEDS = {"OPLOG": "OpLog", "USER": "EnrollUser", "FP": "EnrollFP"}


@dataclass
class Quirks:
    """How firmware differs, and what goes wrong beyond the way."""

    rows_after_result: bool = False  # of a query
    users_table: str = "OPERLOG"  # where the answer to a query for users goes
    no_single_query: bool = False  # a query for one user is not understood
    miscounts_users: int = 0  # added to the count
    ignores: str = ""  # a command with this in it is answered, and nothing is done
    refuses: str = ""  # a command with this in it is refused
    silent: str = ""  # a command with this in it is carried out, and never answered
    hides_passwords: bool = False
    constant_stamp: bool = False  # sends back the first stamp that it got
    everything: bool = False  # takes 9999 for a stamp like any other
    ignores_date: bool = False  # keeps its own time
    registers: bool = False  # asks to register, as access devices do
    results_in_query: bool = False  # puts a single result into the URL
    posts_time: bool = False  # asks for the time after connecting


class Offline(Exception):
    """The server is not there, or does not want this terminal."""


@dataclass
class Table:
    """One log as it is uploaded."""

    name: str
    entries: list[Entry]
    done: int = 0
    """How many of them the server has acknowledged."""
    stamp: str = field(default=NEW_ONLY)


class AttendanceSession:
    """The terminal as far as its server knows it."""

    def __init__(
        self,
        server: str,
        serial: str,
        model: Family = "classic",
        *,
        people: list[Person] | None = None,
        key: str = "",
        zone: tzinfo | None = None,
        clock: Clock | None = None,
        faults: Faults | None = None,
        quirks: Quirks | None = None,
        source: str = "",
        path: str = "/iclock",
        report: Callable[[str], None] | None = None,
    ) -> None:
        """Build the terminal. `source` is the address it calls from; `report` is told when the server's verdict changes."""
        url = urlsplit(server)
        self.server = server
        self.serial = serial
        self.model = MODELS[model]
        self.key = key
        self.clock = clock or SystemClock()
        self.faults = faults or Faults()
        self.quirks = quirks or Quirks()
        self.path = path
        self.online = False
        self.refusals = 0
        self.delay = 30.0
        self.error_delay = 30.0
        self.settings: dict[str, str] = {}
        self.commands: list[tuple[int, str]] = []
        self.results: list[tuple[int, int]] = []
        self.reuploads: Counter[str] = Counter()
        self.uploads: list[tuple[str, str]] = []
        """Table and body of every upload, in order."""
        self._zone = zone or self.clock.now().tzinfo
        self._told_info = False
        self._outbox: list[str] = []
        self._answers: list[tuple[str, list[str]]] = []
        self._again = False
        self._restart = False
        self._report = report or (lambda _text: None)
        self._last_report = ""
        self._wire = Wire(
            url.hostname or "127.0.0.1",
            url.port or 80,
            source=source,
            faults=self.faults,
            language="en",
        )
        self.world = World(
            self.model,
            lambda: self.clock.now().astimezone(self._zone),
            self.clock.monotonic,
            self._noticed,
        )
        for person in people or ():
            self.world.people[person.pin] = person
        self._tables = (
            Table("ATTLOG", self.world.attendance),
            Table("OPERLOG", self.world.operations),
        )

    def _noticed(self) -> None:
        """Hear that there is something to upload."""

    def reboot(self) -> None:
        """Go down and come up: everything but the logs is forgotten."""
        self._restart = False
        self._disconnected()
        self.world.operate(0)

    def lose_stamps(self) -> None:
        """Forget what was uploaded, as after a change of the server."""
        for table in self._tables:
            table.done = 0

    # One round

    async def step(self) -> None:
        """Connect if need be, upload what is pending, poll."""
        try:
            await self._round()
        except NoAnswer:
            self._disconnected()
            self._tell(f"{self.serial}: no answer from {self.server}")
        except Offline as err:
            self.refusals += 1
            self._disconnected()
            self._tell(f"{self.serial} refused by {self.server}: {err}")

    def _tell(self, text: str) -> None:
        if text != self._last_report:
            self._last_report = text
            self._report(text)

    def _disconnected(self) -> None:
        self.online = False
        self._told_info = False
        self._wire.close()

    async def _round(self) -> None:
        if not self.online:
            await self._connect()
        await self._post_results()
        if self._restart:
            self.reboot()
            return
        if self._again:
            self._again = False
            await self._connect()
        await self._deliver()
        await self._poll()

    async def _deliver(self) -> None:
        await self._upload_answers()
        for table in self._tables:
            while rows := table.entries[table.done : table.done + BATCH]:
                texts = [row.text for row in rows if self._wants(table, row)]
                if texts:
                    if not self.quirks.constant_stamp:
                        table.stamp = str(rows[-1].stamp)
                    await self._upload(table.name, table.stamp, texts)
                table.done += len(rows)

    async def _upload_answers(self) -> None:
        """Upload what was asked for."""
        answers, self._answers = self._answers, []
        for name, rows in answers:
            await self._upload(name, NEW_ONLY, rows)

    def _wants(self, table: Table, row: Entry) -> bool:
        """Whether the server wants to have a line."""
        flags = self.settings.get("TransFlag", "")
        if re.fullmatch("[01]+", flags):
            kinds = {kind for kind, on in zip(KINDS, flags, strict=False) if on == "1"}
        else:
            kinds = {*flags.split()} if self.model.reads_words else set()
        if table.name == "ATTLOG":
            return "AttLog" in kinds
        return NEEDS.get(row.text.partition(" ")[0], "") in kinds

    # Connecting

    async def _connect(self) -> None:
        key = f"&pushcommkey={self.key}" if self.key else ""
        answer = await self._get("cdata", f"&options=all{self.model.first_query}{key}")
        if answer.text.startswith(("UN", "RETRY")):
            raise Offline("it does not want the terminal")
        if not answer.text.startswith("GET OPTION FROM: "):
            if self.quirks.registers:
                body = f"DeviceType=att,~DeviceName={self.model.name}"
                await self._post("registry", "", body)
            raise Offline("no options")
        self.settings = _options(answer.text)
        self.delay = float(self.settings.get("Delay", 30))
        self.error_delay = float(self.settings.get("ErrorDelay", 30))
        self._follow_date(answer)
        new = "ServerVer" in self.settings
        for table, old_name in zip(self._tables, ("Stamp", "OpStamp"), strict=True):
            name = f"{table.name}Stamp" if new else old_name
            self._go_back_to(table, self.settings.get(name, NEW_ONLY))
        if not self.online and self.settings.get("PushOptionsFlag") == "1":
            known = self.world.info()
            wanted = self.settings.get("PushOptions", "").split(",")
            told = {name: known[name] for name in known if name in wanted} or known
            body = ",".join(f"{name}={value}" for name, value in told.items())
            await self._upload("options", "", [body])
        self.online = True
        self._tell(f"{self.serial} accepted by {self.server}")
        if self.quirks.posts_time:
            await self._get("cdata", "&type=time")

    def _go_back_to(self, table: Table, stamp: str) -> None:
        """Upload again what the server has not got, by its own account."""
        if stamp == NEW_ONLY and not self.quirks.everything:
            return
        number = int(stamp) if stamp.isdigit() else 0
        table.done = sum(entry.stamp <= number for entry in table.entries)

    def _follow_date(self, answer: Answer) -> None:
        """Set the clock by the answer, as the zone of the options says."""
        date = answer.header("Date")
        if date is None or b"text/plain" not in answer.headers:
            return
        if self.quirks.ignores_date:
            return
        number = int(self.settings.get("TimeZone", 0))
        unit = timedelta(hours=1) if abs(number) < 25 else timedelta(minutes=1)
        with suppress(ValueError):
            wanted = parsedate_to_datetime(date).replace(tzinfo=None) + number * unit
            error = wanted - self.world.time
            if abs(error) > CLOCK_TOLERANCE:
                self.world.clock_offset += error

    # Uploading

    async def _upload(self, table: str, stamp: str, rows: list[str]) -> None:
        query = f"&table={table}" + (f"&Stamp={stamp}" if stamp else "")
        body = "".join(row + self.model.line_end for row in rows)
        self.uploads.append((table, body))
        answer = await self._post("cdata", query, body)
        right = {"OK"} if table == "options" else {"OK", f"OK: {len(rows)}"}
        if answer.text.strip() not in right:
            self.reuploads[table] += 1
            raise Offline(f"{table} acknowledged with {answer.text!r}")

    # Commands

    async def _poll(self) -> None:
        info = ""
        if not self._told_info:
            known = self.world.info()
            values = ("FWVersion", "UserCount", "FPCount", "TransactionCount")
            info = "&INFO=" + ",".join(known[name] for name in values)
            info += ",192.168.1.201,10,7,0,111"
        answer = await self._get("getrequest", info.replace(" ", "%20"))
        self._told_info = True
        if not answer.body:
            raise Offline("an empty answer to getrequest")
        for line in re.split(r"[\r\n]+", answer.text):
            if found := re.fullmatch(r"C:(\d+):(.*)", line):
                self._obey(int(found[1]), found[2])

    def _obey(self, number: int, text: str) -> None:
        self.commands.append((number, text))
        verb = text.partition(" ")[0]
        extra: dict[str, str] = {}
        if self.quirks.refuses and self.quirks.refuses in text:
            code = NOT_UNDERSTOOD
        elif self.quirks.ignores and self.quirks.ignores in text:
            code = DONE
        else:
            code, extra = self._carry_out(text)
        self.results.append((number, code))
        if self.quirks.silent and self.quirks.silent in text:
            return
        lines = [f"ID={number}&Return={code}&CMD={verb}"]
        lines += [f"{name}={value}" for name, value in extra.items()]
        self._outbox.append("\n".join(lines))

    def _carry_out(self, text: str) -> tuple[int, dict[str, str]]:
        world = self.world
        match text.split(" ", 3):
            case ["AC_UNLOCK"] if self.model.has_lock:
                world.unlock()
            case ["AC_UNALARM"]:
                world.alarm = False
                world.operate(ALARM, OVER)
            case ["REBOOT"]:
                self._restart = True
            case ["CHECK"]:
                self._again = True
            case ["INFO"]:
                info = world.info()
                count = len(world.people) + self.quirks.miscounts_users
                return DONE, info | {"UserCount": str(count)}
            case ["CLEAR", "ALL", "USERINFO"]:
                world.people.clear()
            case ["SET", "OPTION", option]:
                name, _, value = option.partition("=")
                world.options[name] = value
            case ["DATA", verb, table, *rest]:
                return self._data(verb, table, _fields(rest[0] if rest else "")), {}
            case ["ENROLL_FP", *rest]:
                return self._enrol(_fields(" ".join(rest))), {}
            case _:
                return NOT_UNDERSTOOD, {}
        return DONE, {}

    def _data(self, verb: str, table: str, fields: dict[str, str]) -> int:
        world, pin = self.world, fields.get("PIN", "")
        match verb, table:
            case "QUERY", "USERINFO":
                if pin and self.quirks.no_single_query:
                    return NOT_UNDERSTOOD
                rows = [
                    self._row(person)
                    for person in world.people.values()
                    if pin in ("", person.pin)
                ]
                if pin and not rows:
                    return NO_USER
                self._answer(self.quirks.users_table, rows)
            case "QUERY", "ATTLOG":
                start, end = fields["StartTime"], fields["EndTime"]
                rows = [
                    entry.text
                    for entry in world.attendance
                    if start <= entry.text.split("\t")[1] <= end
                ]
                self._answer("ATTLOG", rows)
            case "UPDATE", "USERINFO":
                if pin not in world.people and len(world.people) >= world.capacity:
                    return FULL
                person = world.people.setdefault(pin, Person(pin))
                person.name = fields.get("Name", person.name)
                person.privilege = fields.get("Pri", person.privilege)
                person.password = fields.get("Passwd", person.password)
                person.card = fields.get("Card", person.card)
                person.group = fields.get("Grp", person.group)
                person.zones = fields.get("TZ", person.zones)
            case "DELETE", "USERINFO":
                if world.people.pop(pin, None) is None:
                    return NO_USER
            case _:
                return NO_SUCH_TABLE
        return DONE

    def _row(self, person: Person) -> str:
        row = person.row(more=self.model.verify_and_more)
        if self.quirks.hides_passwords:
            row = re.sub(r"Passwd=[^\t]*\t", "", row)
        return row

    def _answer(self, table: str, rows: list[str]) -> None:
        """Upload rows with the next round, before the result or after it."""
        self._answers += [
            (table, rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)
        ]

    def _enrol(self, fields: dict[str, str]) -> int:
        person = self.world.people.get(fields.get("PIN", ""))
        if person is None:
            return NO_USER
        person.fingers.add(int(fields["FID"]))
        self.world.operate(6, int(person.pin))
        return DONE

    async def _post_results(self) -> None:
        if not self.quirks.rows_after_result:
            await self._upload_answers()
        if not self._outbox:
            return
        body = "\n".join(self._outbox)
        if self.quirks.results_in_query and len(self._outbox) == 1:
            await self._post("devicecmd", "&" + body.partition("\n")[0], "")
        else:
            await self._post("devicecmd", "", body + "\n")
        self._outbox.clear()

    # Requests

    async def _get(self, name: str, query: str = "") -> Answer:
        return await self._call("GET", name, query, None)

    async def _post(self, name: str, query: str, body: str) -> Answer:
        return await self._call("POST", name, query, body.encode())

    async def _call(
        self, method: str, name: str, query: str, body: bytes | None
    ) -> Answer:
        target = f"{self.path}/{name}?SN={self.serial}{query}"
        answer = await self._wire.call(method, target, body=body)
        if not answer.ok:
            raise Offline(f"{name} answered {answer.status}")
        return answer


def _options(text: str) -> dict[str, str]:
    """Return the options of a block; a last line without its end is not seen."""
    *ended, _ = re.split(r"[\r\n]", text)
    pairs = [line.partition("=") for line in ended]
    return {key.strip(): value.strip() for key, sign, value in pairs if sign}


def _fields(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split("\t")]
    return {key: value for key, sign, value in pairs if sign}
