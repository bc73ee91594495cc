"""The conversation with one paired device: handshake, uploads, polls.

Lives here: which request gets which answer, as a small state machine. Not here: who is admitted (`server`), what records
mean (`records`), what is made of them (`device`). The device may start over at any time, so every message is understood
in every state.
"""

from collections import Counter
from datetime import datetime
import logging
import secrets
from typing import Protocol

from ..device import Clock, Json
from . import commands
from .messages import Request, decode_text, parse_options
from .queue import CommandQueue
from .records import (
    ErrorRecord,
    EventLog,
    SubController,
    TurnstileState,
    acknowledge,
    parse_error_log,
    parse_irstate,
    parse_results,
    parse_rtlog,
    parse_sub_controllers,
    parse_upload,
    refuse_identification,
)
from .registration import Registration
from .token import TokenWatch, tokens
from .transfers import Transfers

_LOGGER = logging.getLogger(__name__)

SERVER_NAME = "Home Assistant"
PROTOCOL_VERSION = "3.1.2"
PLAIN_VERSION = "3.0.1"
"""Older than 3.1.1, from which on devices may ask for encryption: both sides use the older version (appendix 13)."""
ERROR_DELAY_SECONDS = 30


def configuration(
    session_id: str,
    *,
    delay: int,
    error_delay: int = ERROR_DELAY_SECONDS,
    version: str = PROTOCOL_VERSION,
) -> str:
    """Return the settings that a device downloads.

    `delay` is the pause between its polls, `error_delay` the pause after a failure, both in seconds.
    Security PUSH 3.1.2 sections 4.1 and 4.5. Without the keys for biometrics no templates are uploaded; without
    NewVFStyles the older numbers for ways to verify are kept. The last line must end too.
    """
    values = {
        "ServerVersion": version,
        "ServerName": SERVER_NAME,
        "PushProtVer": version,
        "PushVersion": version,
        "ErrorDelay": error_delay,
        "RequestDelay": delay,
        "TransTimes": "00:00;14:00",
        "TransInterval": 1,
        "TransTables": "User Transaction",
        "Realtime": 1,
        "SessionID": session_id,
        "TimeoutSec": 10,
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


class Sink(Protocol):
    """What a session tells: the device behind it."""

    def registered(self, options: dict[str, str]) -> None:
        """Take over what the device is, or what it adds to that."""

    def happened(self, log: EventLog, received: datetime) -> None:
        """Take over events, in the order in which the device sent them."""

    def state_reported(self, text: str, received: datetime) -> None:
        """Take over the state of the doors."""

    def sub_controllers_reported(self, controllers: list[SubController]) -> None:
        """Take over the devices behind a master."""

    def turnstile_reported(self, state: TurnstileState) -> None:
        """Take over the counters of a turnstile."""

    def errors_reported(self, errors: list[ErrorRecord]) -> None:
        """Take over the device's own error log."""

    def asked_to_encrypt(self) -> None:
        """Note that the device wants to encrypt, which nobody but the vendor can."""


class Session:
    """One device's side of the protocol."""

    def __init__(
        self,
        serial: str,
        sink: Sink,
        queue: CommandQueue,
        clock: Clock,
        *,
        delay: int,
        memory: Json = None,
    ) -> None:
        """Go on from what `memory` returned before a restart."""
        stored = memory if isinstance(memory, dict) else {}
        self._serial = serial
        self._sink = sink
        self._queue = queue
        self._clock = clock
        self._delay = delay
        code = stored.get("registry_code")
        self._registry_code = code if isinstance(code, str) else secrets.token_hex(8)
        sessions = stored.get("sessions")
        self._sessions = [s for s in _list(sessions) if isinstance(s, str)][-2:]
        self._tokens = TokenWatch(stored.get("tokens"))
        self._plain_only = stored.get("plain_only") is True
        self._language: str | None = None
        self._transfers = Transfers(clock)
        self._counters: Counter[str] = Counter()
        self.registration = Registration()

    @property
    def memory(self) -> Json:
        """What must survive a restart for the device not to notice it."""
        return {
            "registry_code": self._registry_code,
            "sessions": list(self._sessions),
            "tokens": self._tokens.memory,
            "plain_only": self._plain_only,
        }

    def token_is_right(self, request: Request) -> bool:
        """Whether the request carries what a device that was paired can know; where tokens are learned only."""
        kind = request.endpoint or ""
        if kind == "cdata" and request.method == "GET":
            return True  # a new connection: no session yet
        right = tokens(self._registry_code, self._serial, self._sessions)
        return self._tokens.admits(kind, request.token, right)

    def forget_tokens(self) -> None:
        """Learn the device's tokens again."""
        self._tokens.forget()

    def answer(self, request: Request) -> str | None:
        """Return the text that answers an admitted request, None to refuse it; what it says goes to the sink."""
        self._counters[request.endpoint or ""] += 1
        text = decode_text(request.body, self._language)
        match request.endpoint:
            case "cdata" if request.method == "GET" or "options" in request.query:
                return self._connected(request)
            case "cdata" | "querydata" | "fdata" | "file":
                return self._uploaded(request, text)
            case "registry":
                return self._register(text)
            case "push":
                return self._configure()
            case "getrequest":
                return self._next_command()
            case "devicecmd":
                return self._concluded(text, request)
            case "rtdata":
                return commands.rtdata_time(request.received)
            case "exchange":
                self._plain_only = True
                self._sink.asked_to_encrypt()
                return None
            case _:
                return "OK"

    # The handshake

    def _new_session(self) -> str:
        """Start a session; the one before is still honoured, because answers get lost."""
        self._sessions = [*self._sessions[-1:], secrets.token_hex(16).upper()]
        return self._sessions[-1]

    @property
    def _version(self) -> str:
        return PLAIN_VERSION if self._plain_only else PROTOCOL_VERSION

    def _connected(self, request: Request) -> str:
        """Answer a device that connects: what is known about it decides which of the two handshakes follows."""
        self._language = request.query.get("language", self._language)
        if not self.registration.raw:
            return "OK"
        return f"registry=ok\nRegistryCode={self._registry_code}\n" + self._configure()

    def _register(self, text: str) -> str:
        """Take over what the device is."""
        options = parse_options(text)
        self._language = options.get("language", self._language)
        self._sink.registered(options)
        return f"RegistryCode={self._registry_code}"

    def _configure(self) -> str:
        """Hand out the settings and a new session."""
        return configuration(
            self._new_session(), delay=self._delay, version=self._version
        )

    # Uploads

    def _uploaded(self, request: Request, text: str) -> str:
        """Take over an upload and acknowledge it, so that the device forgets it."""
        query = request.query
        if query.get("authtype"):
            return refuse_identification(text)
        rows = sum(1 for line in text.splitlines() if line.strip())
        upload = parse_upload(query)
        if request.endpoint == "querydata":
            self._transfers.add(upload, text)
            return acknowledge(query, rows)
        match upload.table.lower():
            case "rtlog":
                self._sink.happened(parse_rtlog(text), request.received)
            case "rtstate":
                self._sink.state_reported(text, request.received)
            case "options":
                self._sink.registered(parse_options(text))
            case "deviceauthorize":
                self._sink.sub_controllers_reported(parse_sub_controllers(text))
            case "errorlog":
                self._sink.errors_reported(parse_error_log(text))
            case "irstate":
                if (state := parse_irstate(text)) is not None:
                    self._sink.turnstile_reported(state)
        return acknowledge(query, rows)

    # Commands

    def _next_command(self) -> str:
        """Offer one command: some firmware drops all but the first of several."""
        pending = self._queue.next()
        if pending is None:
            return "OK"
        # Appendix 14: a device that speaks for others is told for whom each command is.
        formatted = self.registration.command_format == 1
        prefix_for = (pending.serial or self._serial) if formatted else None
        return commands.encode(pending.id, pending.text, prefix_for=prefix_for) + "\n"

    def _concluded(self, text: str, request: Request) -> str:
        """Take over results. Whatever they are, the device must not send them again."""
        for result in parse_results(text, request.query):
            self._queue.conclude(result)
        return "OK"

    def take(self, command_id: int) -> str:
        """Return the text that a query brought, once."""
        return self._transfers.take(command_id)

    def describe(self) -> dict[str, Json]:
        """Return facts for a bug report."""
        return {
            "version": self._version,
            "language": self._language,
            "tokens_required_for": self._tokens.memory,
            "requests": dict(sorted(self._counters.items())),
        }


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
