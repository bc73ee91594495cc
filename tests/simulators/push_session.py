"""One simulated PUSH device's conversation with its server.

Connecting, uploading, polling and obeying, one round at a time; what is pending
and what was acknowledged. When a round comes and what people do to the device
belongs to `push_device`.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from hashlib import md5
import re
import time
from typing import Literal, Protocol
from urllib.parse import urlsplit

from . import push_lines as lines
from .c3_wire import unpack_time
from .c3_world import ALICE, BOB, Event, User
from .push_account import files, package
from .push_commands import Outcome, Received, Result, execute, read_commands
from .push_http import Answer, Faults, NoAnswer, Wire
from .push_models import MODELS, ModelName
from .push_tables import NO_SUCH_TABLE, record_line
from .push_world import REFUSED_NOW, PushWorld

QUERY_RESULT_DELAY = 0.2  # seconds from the rows of a query to its result
CLOCK_TOLERANCE = timedelta(seconds=10)
SLOW_ANSWER = 5.0  # seconds after which an answer's date is not trusted
ENCRYPTION_SINCE = "3.1.1"
BATCH = 50  # events per upload

# Results of commands (Security PUSH 3.1.2, appendix 1 and section 7.4).
REPEATED, UNKNOWN_MACHINE = -7, -8
HTTP_ERROR, SERVER_SILENT, BAD_ANSWER = -726, -730, -731
WRONG_COMMAND_FORMAT, PENDING = -801, -5000

PUBLIC_KEY = b"PublicKey=DMCtRl3RwiGI4M9TRn/3xEmkddz2lqoZR7zUrOMhOc3FLvhLtpIWs3"
FACTORS = b"Factors=D/VtnItwfrABVfyAJku6jKdobqCUIz2eTJ0yXIwI8ZMi5wSylQePPhVD"

type Cookies = Literal["always", "some", "bare", "none"]


class Clock(Protocol):
    """Time as the device lives it."""

    def now(self) -> datetime:
        """Return the true time, aware."""

    def monotonic(self) -> float:
        """Return seconds since some start."""

    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """Wait for `seconds`, or less when `wake` is set meanwhile."""


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the time in the computer's zone."""
        return datetime.now().astimezone()

    def monotonic(self) -> float:
        """Return seconds since the computer started."""
        return time.monotonic()

    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """Wait for `seconds`, or less when `wake` is set meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (wake or asyncio.Event()).wait()


def printed_token(registry_code: str, serial: str, session: str) -> str:
    """Return the token as two independent servers read the document."""
    plain = registry_code + serial + session
    return md5(plain.encode(), usedforsecurity=False).hexdigest()


@dataclass
class _Upload:
    """A table that waits to be uploaded, and the only answer that ends that."""

    query: str
    body: bytes
    acknowledgement: str


class _Offline(Exception):
    """The server is not there, or does not want this device."""


class PushSession:
    """The device as far as its server knows it."""

    def __init__(
        self,
        server: str,
        serial: str,
        model: ModelName = "c3-200-plus",
        *,
        doors: int | None = None,
        firmware: str | None = None,
        push_version: str | None = None,
        protocol_version: str | None = None,
        path: str = "/iclock",
        zone: tzinfo | None = None,
        clock: Clock | None = None,
        faults: Faults | None = None,
        users: list[User] | None = None,
        source: str = "",
        auth_key: str = "",
        language: int = 69,
        error_delay: float = 15,
        cookies: Cookies = "always",
        token_rule: Callable[[str, str, str], str] = printed_token,
        date_sync: bool = True,
        new_verify_styles: bool = False,
        record_end: str | None = None,
        max_package: int = 2048000,
        cmd_format: int = 0,
        secondaries: tuple[str, ...] = (),
        report: Callable[[str], None] | None = None,
    ) -> None:
        """Build the device; without `users` it knows Alice and Bob.

        `zone` is its time zone, by default the clock's. `source` is the address
        it calls from. `secondaries` are the serials of machines behind it, each
        with two doors. `report` is told when the server's verdict changes.
        """
        url = urlsplit(server)
        self.server = server
        self.serial = serial
        self.model = MODELS[model]
        self.clock = clock or SystemClock()
        self.faults = faults or Faults()
        self.path = path
        self.push_version = push_version or self.model.push_version
        self.protocol_version = protocol_version or self.model.protocol
        self.cmd_format = cmd_format
        self.online = False
        self.refusals = 0
        self.request_delay = 30.0
        self.error_delay = error_delay
        self.realtime = True
        self.registry_code = ""
        self.session = ""
        self.settings: dict[str, str] = {}  # what the server last configured
        self.commands: list[Received] = []
        self.dropped: list[Received] = []
        self.results: list[Result] = []
        self.reuploads: Counter[str] = Counter()
        self._zone = zone or self.clock.now().tzinfo
        self._cookies = cookies
        self._token_rule = token_rule
        self._date_sync = date_sync
        self._new_style = new_verify_styles
        self._language = language
        self._record_end = self.model.record_end if record_end is None else record_end
        self._max_package = max_package
        self._report = report or (lambda _text: None)
        self._last_report = ""
        self._wire = Wire(
            url.hostname or "127.0.0.1",
            url.port or 80,
            source=source,
            faults=self.faults,
            language=self.model.accept_language,
        )
        self._buffer: list[tuple[PushWorld, Event]] = []
        self._uploads: list[_Upload] = []
        self._outbox: list[tuple[float, Result]] = []
        self._shown_states: dict[str, str] = {}
        self._next_transfer = 0.0
        self._wake = asyncio.Event()
        self._restart = False
        self.world = self._build(
            serial,
            doors or self.model.doors,
            firmware or self.model.firmware,
            [ALICE, BOB] if users is None else users,
        )
        self.world.parameters |= {
            "IPAddress": source or "127.0.0.1",
            "ComPwd": auth_key,
        }
        self.secondaries = {
            name: self._build(name, 2, self.model.firmware, []) for name in secondaries
        }
        for name in secondaries:
            self.world.tables.put(
                "DeviceAuthorize",
                {"SN": name, "Online": 1, "AuthorizeInfo": "DeviceName=inBIO260"},
            )

    def _build(
        self, serial: str, doors: int, firmware: str, users: list[User]
    ) -> PushWorld:
        def noticed(event: Event) -> None:
            self._buffer.append((world, event))
            self._wake.set()

        world = PushWorld(
            self.model,
            serial=serial,
            doors=doors,
            firmware=firmware,
            users=users,
            now=lambda: self.clock.now().astimezone(self._zone),
            monotonic=self.clock.monotonic,
            noticed=noticed,
        )
        return world

    # What can be asked of it

    @property
    def token(self) -> str:
        """The token of this session, empty before a registration code is known."""
        if not self.registry_code:
            return ""
        return self._token_rule(self.registry_code, self.serial, self.session)

    def reboot(self) -> None:
        """Go down and come up: relays dropped, session forgotten, events kept."""
        self._restart = False
        self._disconnected()
        self.session = ""
        self.world.restarted()
        for world in self.secondaries.values():
            world.restarted()

    def upload(self, table: str, records: list[str], extra: str = "") -> None:
        """Queue records of any table; they stay until acknowledged exactly."""
        count = len(records)
        query = f"{extra}&table=tabledata&tablename={table}&count={count}"
        body = self._record_end.join(records).encode(self._encoding)
        self._uploads.append(_Upload(query, body, f"{table}={count}"))
        self._wake.set()

    def upload_text(self, table: str, body: str) -> None:
        """Queue one body of a table that is acknowledged with OK, like irstate."""
        self._uploads.append(
            _Upload(f"&table={table}", body.encode(self._encoding), "OK")
        )
        self._wake.set()

    def forget(self) -> None:
        """Lose what was kept for the server; the log is not lost."""
        self._buffer.clear()

    async def ping(self) -> None:
        """Tell the server that the device is there."""
        await self._get("ping")

    # One round

    @property
    def _encoding(self) -> str:
        return "gb18030" if self._language == 83 else "utf-8"

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> bool:
        try:
            await work()
        except NoAnswer:
            self._disconnected()
            self._tell(f"{self.serial}: no answer from {self.server}")
        except _Offline as err:
            self.refusals += 1
            self._disconnected()
            self._tell(f"{self.serial} refused by {self.server}: {err}")
        else:
            return True
        return False

    def _tell(self, text: str) -> None:
        if text != self._last_report:
            self._last_report = text
            self._report(text)

    def _disconnected(self) -> None:
        self.online = False
        self._shown_states.clear()
        self._wire.close()

    async def _round(self) -> None:
        if not self.online:
            await self._connect()
        await self._deliver()
        if self.online and await self._poll():
            await self._deliver()

    async def _deliver(self) -> None:
        """Post the results that are due and upload what is pending."""
        await self._post_results()
        if self._restart:
            self.reboot()
            return
        now = self.clock.monotonic()
        if not self.realtime and now < self._next_transfer:
            return
        self._next_transfer = now + 60 * _number(self.settings, "TransInterval", 2)
        for upload in [*self._uploads]:
            answer = await self._post("cdata", upload.query, upload.body)
            if _acknowledged(answer, upload.acknowledgement):
                self._uploads.remove(upload)
            else:
                self.reuploads[upload.acknowledgement.partition("=")[0]] += 1
        await self._upload_events_and_states()

    # Connecting

    async def _connect(self) -> None:
        query = self.model.first_query.format(
            protocol=self.protocol_version, language=self._language
        )
        asked = self.clock.monotonic()
        answer = await self._get("cdata", query)
        self._follow_date(answer, self.clock.monotonic() - asked)
        if answer.text.startswith(("UN", "RETRY")):
            raise _Offline("it does not want the device")
        block = _option_block(answer.text)
        await self._exchange_keys(block.get("PushProtVer", ""))
        if block.get("registry") == "ok" and block.get("RegistryCode"):
            self.registry_code = block["RegistryCode"]
        else:
            block = await self._register()
        self._configure(block)
        self.online = True
        self._tell(f"{self.serial} accepted by {self.server}")
        if self.model.pushes_options and not self._waits("&table=options"):
            body = lines.parameters_line(
                lines.own_parameters(self.world, self.push_version)
            )
            self._uploads.insert(0, _Upload("&table=options", body, "OK"))
        if self.secondaries and not self._waits("&type=registry"):
            self._show_authorization()

    def _waits(self, query: str) -> bool:
        return any(upload.query.startswith(query) for upload in self._uploads)

    async def _register(self) -> dict[str, str]:
        extra: dict[str, str] = {}
        if self._new_style:
            extra["NewVFStyles"] = lines.NEW_STYLES
        if self.cmd_format:
            extra["CmdFormat"] = str(self.cmd_format)
        if self.secondaries:
            extra |= {
                "MultiStageControlFunOn": "1",
                "MasterControlOn": "1",
                "SubControlOn": "0",
            }
        values = lines.registration(
            self.world, self.push_version, self._max_package, extra
        )
        answer = await self._post("registry", "", lines.parameters_line(values))
        found = re.search(r"RegistryCode=(\S+)", answer.text)
        if not found:
            raise _Offline("no registration code")
        self.registry_code = found[1]
        block = _option_block((await self._post("push", "", b"")).text)
        if not block:
            raise _Offline("no configuration")
        return block

    def _configure(self, block: dict[str, str]) -> None:
        self.settings = block
        self.session = block.get("SessionID", self.session)
        self.request_delay = _number(block, "RequestDelay", 30)
        self.error_delay = _number(block, "ErrorDelay", self.error_delay)
        self._wire.timeout = _number(block, "TimeoutSec", 10)
        self.realtime = block.get("Realtime", "1") != "0"

    async def _exchange_keys(self, version: str) -> None:
        # The cipher is unknown, so a server that goes along gets no further. By
        # the document a server that names no version means 3.0.1; devices have
        # been seen to try all the same.
        if not self.faults.encrypt or (version and not _encrypts(version)):
            return
        answer = await self._call("POST", "exchange", "&type=publickey", PUBLIC_KEY)
        if answer.ok and "PublicKey=" in answer.text:
            await self._call("POST", "exchange", "&type=factors", FACTORS)
            raise _Offline("an encrypted session is beyond this simulator")
        if self.faults.encrypt == "insist":
            raise _Offline(f"exchange answered {answer.status}")

    def _follow_date(self, answer: Answer, took: float) -> None:
        date = answer.header("Date")
        if (
            date is None
            or not self._date_sync
            or b"text/plain" not in answer.headers
            or took >= SLOW_ANSWER
        ):
            return
        with suppress(ValueError):
            self._set_clock(parsedate_to_datetime(date).astimezone(self._zone))

    def _set_clock(
        self, wanted: datetime, tolerance: timedelta = CLOCK_TOLERANCE
    ) -> None:
        error = wanted.replace(tzinfo=None) - self.world.time
        if abs(error) > tolerance:
            self.world.clock_offset += error

    # Uploading

    async def _upload_events_and_states(self) -> None:
        for world in (self.world, *self.secondaries.values()):
            world.settle()
        news = False
        while batch := [x for x in self._buffer if self._speaks(x[0])][:BATCH]:
            records = [
                lines.event_line(
                    world,
                    event,
                    new_style=self._new_style and "NewVFStyles" in self.settings,
                    garbage=self.faults.garbage_clock,
                    shown_as=self._shown_as(world),
                )
                for world, event in batch
            ]
            answer = await self._post("cdata", "&table=rtlog", self._join(records))
            if not _acknowledged(answer, "OK"):
                self.reuploads["rtlog"] += 1
                break
            self._buffer = [x for x in self._buffer if x not in batch]
            news = True
        for world in (self.world, *self.secondaries.values()):
            if self._speaks(world):
                await self._upload_state(world, even_unchanged=news)

    async def _upload_state(self, world: PushWorld, *, even_unchanged: bool) -> None:
        line = lines.state_line(
            world,
            inverted=self.faults.relay_inverted,
            garbage=self.faults.garbage_clock,
            shown_as=self._shown_as(world),
        )
        state = line.partition("\t")[2]
        if even_unchanged or self._shown_states.get(world.serial) != state:
            answer = await self._post("cdata", "&table=rtstate", self._join([line]))
            if _acknowledged(answer, "OK"):
                self._shown_states[world.serial] = state
            else:
                self.reuploads["rtstate"] += 1

    def _speaks(self, world: PushWorld) -> bool:
        """Whether what happens in a machine is passed on."""
        if world is self.world:
            return True
        rows = self.world.tables["DeviceAuthorize"]
        return any(r["SN"] == world.serial and r["IsAuthorize"] == 2 for r in rows)

    def _shown_as(self, world: PushWorld) -> str:
        return "" if world is self.world else world.serial

    def _join(self, records: list[str]) -> bytes:
        text = "".join(record + self._record_end for record in records)
        return text.encode(self._encoding)

    def _show_authorization(self) -> None:
        rows = self.world.tables["DeviceAuthorize"]
        for row in rows:
            if row["IsAuthorize"] and not row["RegisterInfo"]:
                row["RegisterInfo"] = "DeviceName=inBIO260,LockCount=2,ReaderCount=4"
        records = [record_line("DeviceAuthorize", row, keep_case=True) for row in rows]
        self.upload("DeviceAuthorize", records, extra="&type=registry")

    # Commands

    async def _poll(self) -> bool:
        """Ask for commands and obey them; return whether there were any."""
        before = len(self.commands)
        answers = [
            await self._get("getrequest")
            for _ in range(2 if self.faults.duplicate_polls else 1)
        ]
        for answer in answers:
            if not answer.body:
                raise _Offline("an empty answer to getrequest")
            found = read_commands(answer.text)
            if self.model.one_command:
                self.dropped += found[1:]
                found = found[:1]
            for command in found:
                await self._obey(command)
        return len(self.commands) > before

    async def _obey(self, command: Received) -> None:
        repeated = command.number in {known.number for known in self.commands}
        self.commands.append(command)
        number, verb = command.number, command.verb
        delay = self.faults.result_delay
        if self.cmd_format and command.serial is None:
            self._conclude(Result(number, WRONG_COMMAND_FORMAT, verb), delay)
            return
        if repeated and self.faults.repeated_refused:
            self._conclude(Result(number, REPEATED, verb), delay)
            return
        world, shown = self.world, ""
        if command.serial not in (None, self.serial):
            shown = command.serial or ""
            behind = self.secondaries.get(shown)
            if behind is None or not self._speaks(behind):
                self._conclude(Result(number, UNKNOWN_MACHINE, verb, shown), delay)
                return
            world = behind
            # The master only passes it on; the machine's own result follows.
            self._conclude(Result(number, PENDING, verb, shown), delay)
            delay += QUERY_RESULT_DELAY
        world.close_holds = self.faults.close_holds
        outcome = self._carry_out(world, command)
        code = outcome.code
        kind, text = outcome.enrolled
        if kind:  # before the result, as printed
            await self._post("cdata", f"&type={kind}", text.encode(self._encoding))
        if outcome.lines:
            code = await self._upload_query(number, outcome) or code
            delay += QUERY_RESULT_DELAY
        self._conclude(Result(number, code, outcome.verb, shown), delay)
        if outcome.time_set and self.model.asks_time:
            await self._ask_time()
        if outcome.authorization and self.secondaries:
            self._show_authorization()
        if self.faults.echoes and outcome.changed.lower() == "user":
            pins = {*re.findall(r"\bPin=(\d+)", command.text)}
            rows = [r for r in world.tables["user"] if str(r["Pin"]) in pins]
            self.upload("user", [record_line("user", row) for row in rows])
        self._restart = self._restart or outcome.restart

    def _carry_out(self, world: PushWorld, command: Received) -> Outcome:
        """Carry out a command, as well as this device can."""
        faults, text = self.faults, command.text
        if faults.no_table and re.search(rf"[ =]{faults.no_table}\b", text):
            return Outcome(command.verb, NO_SUCH_TABLE)
        if faults.refuses and faults.refuses in text:
            return Outcome(command.verb, REFUSED_NOW)
        if faults.ignores and faults.ignores in text:
            return Outcome(command.verb)
        if faults.first_row_only and command.verb == "DATA DELETE":
            command = command._replace(text=text.partition("\n")[0])
        if faults.all_fields:
            text = re.sub("fielddesc=.*?,", "fielddesc=*,", text)
            command = command._replace(text=text)
        if faults.all_rows:
            text = re.sub(r"\tPin=\w+", "", re.sub(r"filter=Pin=\w+", "filter=*", text))
            command = command._replace(text=text)
        return execute(world, command, lambda: self._known(world))

    def _known(self, world: PushWorld) -> dict[str, str]:
        """Return every parameter that can be asked for."""
        return {
            **lines.own_parameters(world, self.push_version),
            **world.get_parameters([*world.parameters, "DateTime"]),
            **lines.registration(world, self.push_version, self._max_package, {}),
        }

    def _conclude(self, result: Result, delay: float) -> None:
        self.results.append(result)
        due = self.clock.monotonic() + delay
        self._outbox += [(due, result)] * (2 if self.faults.duplicate_results else 1)

    async def _post_results(self) -> None:
        key = "return" if self.faults.lower_return else "Return"
        now = self.clock.monotonic()
        while due := [entry for entry in self._outbox if entry[0] <= now]:
            posted = due[:1] if self.model.one_result else due
            body = "\n".join(result.line(key) for _, result in posted)
            await self._post("devicecmd", "", body.encode())
            for entry in posted:
                self._outbox.remove(entry)

    async def _upload_query(self, number: int, outcome: Outcome) -> int:
        """Upload what a query found; return 0, or the code of what went wrong."""
        if outcome.kind in {"package", "files"}:
            return await self._upload_log(number, outcome)
        packets = self._packets(outcome.lines)
        expected = f"{outcome.table}={len(outcome.lines)}"
        for index, packet in enumerate(packets, 1):
            if index > 1:
                await self.ping()
            query = (
                f"&type={outcome.kind}&cmdid={number}&tablename={outcome.table}"
                f"&count={len(outcome.lines)}&packcnt={len(packets)}&packidx={index}"
            )
            try:
                answer = await self._call("POST", "querydata", query, packet)
            except NoAnswer:
                return SERVER_SILENT
            if not answer.ok:
                return HTTP_ERROR
            # How counts and parameters are acknowledged is nowhere said.
            if outcome.kind == "tabledata" and not _acknowledged(answer, expected):
                self.reuploads[outcome.table] += 1
                return BAD_ANSWER
        return 0

    async def _upload_log(self, number: int, outcome: Outcome) -> int:
        """Upload a whole log; return 0, or the code of what went wrong."""
        hand_over = package if outcome.kind == "package" else files
        for endpoint, query, body, expected in hand_over(number, outcome.lines):
            try:
                answer = await self._call("POST", endpoint, query, body)
            except NoAnswer:
                return SERVER_SILENT
            if not answer.ok:
                return HTTP_ERROR
            if not _acknowledged(answer, expected):
                self.reuploads[outcome.table] += 1
                return BAD_ANSWER
        return 0

    def _packets(self, records: tuple[str, ...]) -> list[bytes]:
        raw = [record.encode(self._encoding) for record in records]
        end = self._record_end.encode()
        size = self._max_package
        if self.faults.cut_records:
            whole = end.join(raw)
            return [whole[at : at + size] for at in range(0, len(whole), size)]
        packets: list[bytes] = []
        for record in raw:
            if packets and len(packets[-1]) + len(end) + len(record) <= size:
                packets[-1] += end + record
            else:
                packets.append(record)
        return packets

    async def _ask_time(self) -> None:
        answer = await self._get("rtdata", "&type=time")
        found = re.search(r"DateTime=(\d+),ServerTZ=([+-])(\d\d):?(\d\d)", answer.text)
        if not found:
            return
        shift = timedelta(hours=int(found[3]), minutes=int(found[4]))
        utc = unpack_time(int(found[1]))
        self._set_clock(utc + (shift if found[2] == "+" else -shift), timedelta())

    # Requests

    async def _get(self, name: str, query: str = "") -> Answer:
        return _accepted(name, await self._call("GET", name, query))

    async def _post(self, name: str, query: str, body: bytes) -> Answer:
        return _accepted(name, await self._call("POST", name, query, body))

    async def _call(
        self, method: str, name: str, query: str, body: bytes | None = None
    ) -> Answer:
        target = f"{self.path}/{name}?SN={self.serial}{query}"
        first = name == "cdata" and method == "GET"
        cookie = "" if first else self._cookie(name)
        return await self._wire.call(method, target, cookie=cookie, body=body)

    def _cookie(self, name: str) -> str:
        style, token = self._cookies, self.token
        silent = name == "registry" or (
            style == "some" and name in {"ping", "push", "devicecmd"}
        )
        if silent or style == "none" or not token:
            return ""
        if style == "bare":
            return token
        if name == "push" and self.model.terminal:
            # A comma, as printed: no cookie parser expects it.
            stamp = int(self.clock.now().timestamp())
            return f"token={token}, timestamp={stamp}"
        return f"token={token}"


def _accepted(name: str, answer: Answer) -> Answer:
    if not answer.ok:
        raise _Offline(f"{name} answered {answer.status}")
    return answer


def _acknowledged(answer: Answer, expected: str) -> bool:
    return answer.ok and answer.text.strip() == expected


def _option_block(text: str) -> dict[str, str]:
    """Return the options of a block; a last line without its end is not seen."""
    *ended, _ = re.split(r"[\r\n]", text)
    pairs = [line.partition("=") for line in ended]
    return {key.strip(): value.strip() for key, sign, value in pairs if sign}


def _number(block: dict[str, str], name: str, default: float) -> float:
    try:
        return max(0.0, float(block[name]))
    except KeyError, ValueError:
        return default


def _encrypts(version: str) -> bool:
    parts = [int(part) for part in re.findall(r"\d+", version)]
    return parts >= [int(part) for part in ENCRYPTION_SINCE.split(".")]
