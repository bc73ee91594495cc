"""The conversation with one paired terminal in attendance mode: options, uploads, polls.

Lives here: which request gets which answer, and what shows that the terminal is the paired one. Not here: where it may call
from (`push.gate`), what uploads mean (`records`), what is made of them (`terminal`). The terminal may start over at any
time, so every message is understood in every state.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
import hmac
from typing import Final, Protocol

from ..device import Clock, Json
from ..push.commands import rtdata_time
from ..push.messages import Request, decode_text, parse_options
from ..push.queue import CommandQueue
from ..push.records import parse_results
from ..push.session import calls_as_attendance
from . import commands
from .options import STAMPED, option_block, time_answer, valid_stamp
from .records import (
    Fields,
    OperationLog,
    Punches,
    acknowledge,
    count_lines,
    parse_info,
    parse_operations,
    parse_punches,
)

_COMMANDS_AT_ONCE: Final = 20
_COMMAND_BYTES: Final = 8 * 1024
"""Of one answer: terminals on a mobile network take 10 kB."""
_OF_PEOPLE: Final = frozenset({"OPERLOG", "USERINFO", "USER"})
# What a terminal shows its communication key as (PUSH SDK 3.2.0; captured).
_KEYS: Final = ("pushcommkey", "comkey")


def connects(request: Request) -> bool:
    """Whether a terminal asks for its options, as it does whenever it starts over."""
    return request.endpoint == "cdata" and "options" in request.query


class Sink(Protocol):
    """What a session tells: the terminal behind it."""

    def connected(self) -> None:
        """Note that the terminal has started over, and has our time now."""

    def registered(self, options: Fields) -> None:
        """Take over what the terminal is, or what it adds to that."""

    def came(self, punches: Punches, received: datetime) -> None:
        """Take over who verified."""

    def done(self, log: OperationLog, received: datetime) -> None:
        """Take over what was done at the terminal, and users whom it tells."""

    def polled(self) -> None:
        """Note that the terminal has nothing to do."""


class Session:
    """One terminal's side of the protocol."""

    def __init__(
        self,
        serial: str,
        sink: Sink,
        queue: CommandQueue,
        clock: Clock,
        *,
        delay: int,
        key: str = "",
        memory: Json = None,
    ) -> None:
        """Go on from what `memory` returned before a restart; `key` must be shown first, unless it is empty."""
        stored = memory if isinstance(memory, dict) else {}
        self._serial = serial
        self._sink = sink
        self._queue = queue
        self._clock = clock
        self._delay = delay
        self._key = key
        stamps = stored.get("stamps")
        self._stamps: dict[str, str] = {}
        for table, stamp in stamps.items() if isinstance(stamps, dict) else ():
            if table in STAMPED and isinstance(stamp, str):
                self._keep_stamp(table, stamp)
        language = stored.get("language")
        self._language = language if isinstance(language, str) else None
        self._counters: Counter[str] = Counter()
        self.proven = not key
        """Whether the terminal has shown the key, where there is one."""
        self.wrong_key = False
        """Whether it has tried with another one."""
        self.access = False
        """Whether it calls as an access device, which speaks another dialect."""
        self._starts_over = False
        """Whether it has our options and has not said since what it is."""

    @property
    def memory(self) -> Json:
        """What must survive a restart for the terminal not to upload everything again. The key is asked for again."""
        return {"stamps": {**self._stamps}, "language": self._language}

    # Who it is

    def admits(self, request: Request) -> bool:
        """Return whether a request shows what only the paired terminal can know: the key, once."""
        if not self._key:
            return True
        shown = next((k for name in _KEYS if (k := request.query.get(name))), None)
        if shown is not None:
            self.proven = hmac.compare_digest(shown.encode(), self._key.encode())
            self.wrong_key = not self.proven
        elif connects(request):
            self.wrong_key = not self.proven
        return self.proven

    # What it gets

    def answer(self, request: Request) -> str | None:
        """Return the text that answers an admitted request, None to refuse it; what it says goes to the sink."""
        self._counters[request.endpoint or ""] += 1
        if self._is_access(request):
            return None  # it keeps its records
        query = request.query
        match request.endpoint:
            case "cdata" if query.get("type") == "time":
                return time_answer(self._home_time(request.received))
            case "cdata" | "push" if request.endpoint == "push" or connects(request):
                return self._connected(request)
            case "cdata" | "fdata" | "querydata":
                return self._uploaded(request)
            case "getrequest":
                return self._next_commands(query)
            case "devicecmd":
                text = decode_text(request.body, self._language)
                for result in parse_results(text, query):
                    self._queue.conclude(result)
                return "OK"
            case "rtdata":
                return rtdata_time(self._home_time(request.received))
            case "exchange":
                return None
            case _:
                return "OK"

    def _is_access(self, request: Request) -> bool:
        """Note what a request shows of how the terminal is set up, and return whether to refuse it.

        One that was set back need not say so when it connects. An access device registers then; one that goes on
        without that keeps attendance.
        """
        attendance = calls_as_attendance(request)
        if attendance is None and self._starts_over and self.is_contact(request):
            attendance = True
        self._starts_over = attendance is None and connects(request)
        if attendance is not None:
            self.access = not attendance
        return self.access and not self._starts_over

    @staticmethod
    def is_contact(request: Request) -> bool:
        """Whether a request shows that the terminal is connected, not only that it tries to."""
        return not connects(request) and request.endpoint not in {
            "registry",
            "push",
            "exchange",
        }

    def _home_time(self, moment: datetime) -> datetime:
        """Return a moment as the home's clocks show it: terminals keep local time."""
        return moment.astimezone(self._clock.zone)

    def _connected(self, request: Request) -> str:
        """Answer a terminal that starts over."""
        self._language = request.query.get("language", self._language)
        self._sink.connected()
        return option_block(
            self._serial,
            self._stamps,
            delay=self._delay,
            now=self._home_time(request.received),
        )

    # Uploads

    def _keep_stamp(self, table: str, stamp: str | None) -> None:
        """Remember how far the terminal has come."""
        if (valid := valid_stamp(stamp)) is not None:
            self._stamps[table] = valid

    def _uploaded(self, request: Request) -> str:
        """Take over an upload and acknowledge it, so that the terminal forgets it."""
        query = request.query
        table = (query.get("table") or query.get("tablename") or "").upper()
        received = self._home_time(request.received)
        if table == "ATTLOG":
            text = decode_text(request.body, self._language)
            self._sink.came(parse_punches(text, self._clock.zone), received)
        elif table in _OF_PEOPLE:
            text = decode_text(request.body, self._language)
            self._sink.done(parse_operations(text, self._clock.zone), received)
        elif table == "OPTIONS":
            self._sink.registered(
                parse_options(decode_text(request.body, self._language))
            )
        if table in STAMPED:
            self._keep_stamp(table, query.get("stamp"))
        return acknowledge(table, count_lines(request.body))

    # Commands

    def _next_commands(self, query: Mapping[str, str]) -> str:
        """Offer what waits: a door by itself, other commands together, which spares a pause for each."""
        if info := parse_info(query.get("info", "")):
            self._sink.registered(info)
        self._sink.polled()
        lines: list[str] = []
        size = 0
        while len(lines) < _COMMANDS_AT_ONCE and size < _COMMAND_BYTES:
            if (pending := self._queue.next()) is None:
                break
            line = commands.encode(pending.id, pending.text) + "\n"
            lines.append(line)
            size += len(line.encode())
            if pending.urgent:
                break
        return "".join(lines) or "OK"

    def describe(self) -> dict[str, Json]:
        """Return facts for a bug report."""
        return {
            "language": self._language,
            "access": self.access,
            "stamps": {**self._stamps},
            "requests": dict(sorted(self._counters.items())),
        }
