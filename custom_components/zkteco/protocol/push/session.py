"""The conversation with one paired device: handshake, uploads, polls.

Lives here: which request gets which answer, as a small state machine, and what shows that the device is the paired one.
Not here: where it may call from (`gate`), what records mean (`records`), what is made of them (`device`). The device may
start over at any time, so every message is understood in every state.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
import hmac
import logging
import secrets
from typing import Protocol

from ..device import Clock, Json
from ..errors import MalformedReply
from . import account, commands
from .codes import Biometric
from .enrolled import Enrolled, EnrolledCard, parse_enrolled_cards, parse_templates
from .identification import Answer, answer
from .messages import Request, decode_text, parse_options, parse_records
from .negotiation import offer
from .photos import Photo, parse_photos
from .queue import CommandQueue
from .records import (
    ErrorRecord,
    EventLog,
    Fields,
    SubController,
    Upload,
    acknowledge,
    parse_error_log,
    parse_results,
    parse_rtlog,
    parse_sub_controllers,
    parse_upload,
)
from .registration import Registration
from .token import TokenWatch, tokens
from .turnstile import TurnstileState, parse_irstate

_LOGGER = logging.getLogger(__name__)

SERVER_NAME = "Home Assistant"
PROTOCOL_VERSION = "3.1.2"
PLAIN_VERSION = "3.0.1"
"""Older than 3.1.1, from which on devices may ask for encryption: both sides use the older version (appendix 13)."""
REQUEST_DELAY_SECONDS = 1
"""The pause between a device's polls, and so the longest wait of a person at the door."""
ERROR_DELAY_SECONDS = 30

ACCESS = "acc"
"""What access devices call their type."""
_HANDSHAKE = frozenset({"registry", "push", "exchange"})
_ACCESS_TABLES = frozenset({"rtlog", "rtstate", "tabledata"})
_PEOPLE = frozenset(map(str.lower, commands.PERSONAL_TABLES))
_ATTENDANCE_TABLES = frozenset({"attlog", "operlog", "attphoto"})

_NEGOTIATED = ("MultiBioDataSupport", "MultiBioPhotoSupport")


def connects(request: Request) -> bool:
    """Whether a request opens a connection, so that there is no session that it could belong to."""
    return request.endpoint == "cdata" and (
        request.method == "GET" or "options" in request.query
    )


def calls_as_attendance(request: Request) -> bool | None:
    """Whether a request shows that the device is set up as an attendance terminal; None when it does not show.

    Terminals that can be both have a setting for it. What they say of their type is not always one of the documented
    words, so what they do counts more. Some register in either mode.
    """
    query = request.query
    table = query.get("table", "").lower()
    if table in _ATTENDANCE_TABLES or "info" in query:
        return True
    if table in _ACCESS_TABLES:
        return False
    kind = ""
    if connects(request):
        kind = query.get("devicetype", "")
    elif request.endpoint == "registry":
        told = parse_options(decode_text(request.body, query.get("language")))
        kind = told.get("devicetype", "")
    return kind.lower() != ACCESS if kind else None


def configuration(
    session_id: str,
    *,
    delay: int,
    error_delay: int = ERROR_DELAY_SECONDS,
    version: str = PROTOCOL_VERSION,
    level: int | None = None,
    biometrics: Mapping[str, str] | None = None,
) -> str:
    """Return the settings that a device downloads.

    `delay` is the pause between its polls, `error_delay` the pause after a failure, both in seconds. `level` is the
    security level that a device has, which must be ours too. `biometrics` is what both sides can do, for devices that
    negotiate that (section 3.1); to others no such key is sent, or they would upload templates. Security PUSH 3.1.2
    sections 4.1 and 4.5. Without NewVFStyles the older numbers for ways to verify are kept. The last line must end too.
    """
    values: dict[str, str | int] = {
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
    if level:
        values["SvrNSLevel"] = level
    values |= biometrics or {}
    return "".join(f"{key}={value}\n" for key, value in values.items())


class Sink(Protocol):
    """What a session tells: the device behind it."""

    def registered(self, options: Fields) -> None:
        """Take over what the device is, or what it adds to that."""

    def happened(self, log: EventLog, received: datetime) -> None:
        """Take over events, in the order in which the device sent them."""

    def state_reported(self, text: str, received: datetime) -> None:
        """Take over the state of the doors."""

    def sub_controllers_reported(self, controllers: list[SubController]) -> None:
        """Take over the devices behind a master."""

    def people_reported(self, table: str, rows: list[Fields]) -> None:
        """Take over what the device tells on its own of its users, in one of the tables about them."""

    def enrolment_reported(self, shown: Sequence[Enrolled | EnrolledCard]) -> None:
        """Take over what somebody showed who was asked to enrol."""

    def turnstile_reported(self, state: TurnstileState) -> None:
        """Take over the counters of a turnstile."""

    def errors_reported(self, errors: list[ErrorRecord]) -> None:
        """Take over the device's own error log."""

    def snapshots_reported(self, photos: list[Photo], received: datetime) -> None:
        """Take over what the camera saw."""

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
        code = stored.get("registry_code")
        self._registry_code = code if isinstance(code, str) else secrets.token_hex(8)
        sessions = stored.get("sessions")
        kept = sessions if isinstance(sessions, list) else []
        self._sessions = [s for s in kept if isinstance(s, str)][-2:]
        self._tokens = TokenWatch(stored.get("tokens"))
        self._plain_only = stored.get("plain_only") is True
        language = stored.get("language")
        self._language = language if isinstance(language, str) else None
        self._counters: Counter[str] = Counter()
        self._registered_or_asked = False
        self.proven = not key
        """Whether the device has shown the key, where there is one."""
        self.wrong_key = False
        """Whether it has tried with another one."""
        self.attendance = False
        """Whether it calls as an attendance terminal, which has no doors."""
        self.registration = Registration()

    @property
    def memory(self) -> Json:
        """What must survive a restart for the device not to notice it. The key is not in it: it is asked for again."""
        return {
            "registry_code": self._registry_code,
            "sessions": [*self._sessions],
            "tokens": self._tokens.memory,
            "plain_only": self._plain_only,
            "language": self._language,
        }

    # Who it is

    def admits(self, request: Request) -> bool:
        """Return whether a request shows what only the paired device can know."""
        if connects(request):
            return True  # answered without a secret
        if not self._key_is_right(request):
            return False
        right = tokens(self._registry_code, self._serial, self._sessions)
        return self._tokens.admits(request.endpoint or "", request.token, right)

    def _key_is_right(self, request: Request) -> bool:
        """Ask for the communication key at registration; nothing is exchanged with a device that has not shown it."""
        if not self._key:
            return True
        if request.endpoint == "registry":
            shown = parse_options(decode_text(request.body, self._language))
            self.proven = hmac.compare_digest(
                shown.get("authkey", "").encode(), self._key.encode()
            )
            self.wrong_key = not self.proven
        return self.proven or request.endpoint == "exchange"

    @property
    def token_changed(self) -> bool:
        """Whether the device no longer proves that it is the paired one, as it used to."""
        return self._tokens.changed

    def forget_tokens(self) -> None:
        """Learn the device's tokens again."""
        self._tokens.forget()

    # What it gets

    def answer(self, request: Request) -> str | None:
        """Return the text that answers an admitted request, None to refuse it; what it says goes to the sink."""
        self._counters[request.endpoint or ""] += 1
        attendance = calls_as_attendance(request)
        if attendance is not None:
            self.attendance = attendance
        text = decode_text(request.body, self._language)
        match request.endpoint:
            case "cdata" if connects(request):
                return self._connected(request)
            case "cdata" if attendance:
                return None  # it keeps its records
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
                now = request.received.astimezone(self._clock.zone)
                return commands.rtdata_time(now)
            case "exchange":
                self._plain_only = True
                self._sink.asked_to_encrypt()
                return None
            case _:
                return "OK"

    @staticmethod
    def is_contact(request: Request) -> bool:
        """Whether a request shows that the device is connected, not only that it tries to."""
        return (
            not connects(request)
            and request.endpoint not in _HANDSHAKE
            and not calls_as_attendance(request)
        )

    # The handshake

    def _new_session(self) -> str:
        """Start a session; the one before is still honoured, because answers get lost."""
        self._sessions = [*self._sessions[-1:], secrets.token_hex(16).upper()]
        return self._sessions[-1]

    @property
    def _version(self) -> str:
        return PLAIN_VERSION if self._plain_only else PROTOCOL_VERSION

    def _connected(self, request: Request) -> str:
        """Answer a device that connects: what is known about it decides which of the two handshakes follows.

        After a restart of ours it is asked to register, because it may have been updated; one that does not is served
        all the same.
        """
        self._language = request.query.get("language", self._language)
        if self.registration.raw and self._registered_or_asked and self.proven:
            code = f"registry=ok\nRegistryCode={self._registry_code}\n"
            return code + self._configure()
        self._registered_or_asked = True
        # A version must be named to a device that would encrypt with a newer one.
        return self._configure() if self._plain_only else "OK"

    def _register(self, text: str) -> str:
        """Take over what the device is."""
        options = parse_options(text)
        self._language = options.get("language", self._language)
        self._registered_or_asked = True
        self._sink.registered(options)
        return f"RegistryCode={self._registry_code}"

    def _configure(self) -> str:
        """Hand out the settings and a new session."""
        return configuration(
            self._new_session(),
            delay=self._delay,
            version=self._version,
            level=self.registration.security_level,
            biometrics=self._biometrics(),
        )

    def _biometrics(self) -> dict[str, str]:
        """Return which kinds of templates and photos we can pass on; what is uploaded unasked is discarded."""
        told = self.registration.raw
        return {
            name: offer(told[name.lower()], Biometric)
            for name in _NEGOTIATED
            if told.get(name.lower())
        }

    # Uploads

    def _uploaded(self, request: Request, text: str) -> str:
        """Take over an upload and acknowledge it, so that the device forgets it. Biometric data is not looked at."""
        query = request.query
        if query.get("authtype"):
            return answer(text, Answer.TIMEOUT)  # nobody is let in by us
        rows = sum(1 for line in text.splitlines() if line.strip())
        upload = parse_upload(query)
        if request.endpoint == "querydata" or "fileseq" in query:
            self._answered(upload, request, text)
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
            case "attphoto":
                self._sink.snapshots_reported(
                    parse_photos(text, upload.table), request.received
                )
            case table if table in _PEOPLE:
                self._sink.people_reported(table, [*parse_records(text, table)])
            case "" if upload.kind == "enrollinfodata":
                self._sink.enrolment_reported(parse_enrolled_cards(text))
            case "" if upload.kind == "biodata":
                self._sink.enrolment_reported(parse_templates(text, upload.kind))
        return acknowledge(query, rows)

    def _answered(self, upload: Upload, request: Request, text: str) -> None:
        """Take over a part of what was asked for; some of it is packed."""
        try:
            packed = account.read_upload(request.query, request.body)
        except MalformedReply as err:
            _LOGGER.debug("An archive cannot be read: %s", err)
            return
        if packed is not None:
            number, text = packed
            upload = replace(upload, packet=number, packets=number)
        self._queue.add_packet(upload, text)

    # Commands

    def _next_command(self) -> str:
        """Offer one command: some firmware drops all but the first of several."""
        pending = self._queue.next()
        if pending is None:
            return "OK"
        # Appendix 14. A command for a device behind this one always says so, or this one would carry it out.
        prefixed = self.registration.command_format == 1
        prefix_for = pending.serial or (self._serial if prefixed else None)
        return commands.encode(pending.id, pending.text, prefix_for=prefix_for) + "\n"

    def _concluded(self, text: str, request: Request) -> str:
        """Take over results. Whatever they are, the device must not send them again."""
        for result in parse_results(text, request.query):
            self._queue.conclude(result)
        return "OK"

    def describe(self) -> dict[str, Json]:
        """Return facts for a bug report."""
        return {
            "version": self._version,
            "language": self._language,
            "attendance": self.attendance,
            "tokens_required_for": self._tokens.memory,
            "requests": dict(sorted(self._counters.items())),
        }
