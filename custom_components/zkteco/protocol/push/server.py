"""The server that PUSH devices call: it admits a request and hands it to the device that it belongs to.

Lives here: who is served, pairing, limits. Not here: HTTP itself, and what an admitted request means (`session`). The
rule: a serial number is served only when it was paired and calls from where it may, or while the owner has opened the
pairing window, and whoever is unknown, refused or malformed gets the same answer.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import tzinfo
import logging
from typing import Protocol

from ..attendance.options import option_block
from ..device import Clock
from .gate import Buckets, is_local
from .messages import Answer, Request, Response, decode_text, parse_options
from .registration import Registration, parse_registration
from .session import (
    PLAIN_VERSION,
    PROTOCOL_VERSION,
    REQUEST_DELAY_SECONDS,
    calls_as_attendance,
    configuration,
    connects,
)

_LOGGER = logging.getLogger(__name__)

PAIRING_SECONDS = 600.0
"""The pairing window closes by itself."""
MAX_CANDIDATES = 16
"""Unpaired devices that are listened to in one pairing window."""
MAX_CANDIDATES_PER_ADDRESS = 4
"""So that one stranger with many serial numbers leaves room for others."""

# Whatever a device sends, it must not take the others down.
_FAILED = "Unexpected failure over a request to %s"
_STRANGER = (20.0, 60.0)
_PAIRED = (100.0, 600.0)
"""Requests a second and at once. A device that was offline sends event by event what it kept."""

SMALL_BODY = 64 * 1024
BULK_BODY = 8 * 1024 * 1024
"""Never more than this, whatever a device announces as its MaxPackageSize."""
MAX_LINES = 100_000
"""More than a terminal's whole log in one upload; nothing else runs while lines are read."""
_DEFAULT_PACKAGE = 2_048_000
_BULK = frozenset({"cdata", "querydata", "file", "fdata"})
_SMALL_TABLES = frozenset({"rtlog", "rtstate", "options", "irstate"})


class Candidate:
    """A device that calls and is not paired: what it tells about itself, and nothing of what it knows."""

    def __init__(self, serial: str, peer: str) -> None:
        """Start with a serial number that anybody could claim, and the address that it was claimed from."""
        self.serial = serial
        self.peer = peer
        self.encrypts = False
        """Whether it has asked to encrypt, which only the vendor's own server can."""
        self.registration: Registration | None = None
        self.attendance = False
        """Whether it calls as an attendance terminal."""
        self.is_access = False
        """Whether it has registered as an access device."""
        self.connections = 0
        """How often it has connected without saying which of both it is."""


class Served(Protocol):
    """A paired device as the server sees it."""

    @property
    def serial(self) -> str:
        """The serial number that it calls with."""

    @property
    def max_package(self) -> int | None:
        """The largest body that the device announced."""

    def is_at(self, peer: str) -> bool:
        """Whether the device may call from an address."""

    def claimed_elsewhere(self) -> None:
        """Note that somebody called with this device's serial number from where it may not call."""

    def refused(self, why: str) -> None:
        """Note that a request with this device's serial number was refused before it was looked into."""

    def handle(self, request: Request) -> Answer:
        """Answer a request from the device's address with its serial number; refuses by itself what proves to be wrong."""


class PushServer:
    """One for all devices, and for every way in which requests arrive."""

    def __init__(
        self, clock: Clock, on_candidate: Callable[[Candidate], None] | None = None
    ) -> None:
        """`on_candidate` is told about each unpaired device once it has said what it is."""
        self._clock = clock
        self._on_candidate = on_candidate
        self._devices: dict[str, Served] = {}
        self._candidates: OrderedDict[str, Candidate] = OrderedDict()
        self._strangers = Buckets(*_STRANGER)
        self._paired = Buckets(*_PAIRED)
        self._pairing_until = 0.0

    def attach(self, device: Served) -> None:
        """Serve a paired device."""
        self._devices[device.serial] = device
        self._candidates.pop(device.serial, None)

    def detach(self, device: Served) -> None:
        """Serve a device no longer."""
        if self._devices.get(device.serial) is device:
            del self._devices[device.serial]

    @property
    def pairing(self) -> bool:
        """Whether the pairing window is open."""
        return self._clock.monotonic() < self._pairing_until

    @property
    def candidates(self) -> list[Candidate]:
        """The unpaired devices that have said what they are, in the order in which they called."""
        return [c for c in self._candidates.values() if self._is_known(c)]

    def open_pairing(self) -> None:
        """Listen to unpaired devices for ten minutes from now."""
        if not self.pairing:
            self._candidates.clear()
        self._pairing_until = self._clock.monotonic() + PAIRING_SECONDS

    def close_pairing(self) -> None:
        """Listen to paired devices only."""
        self._pairing_until = 0.0
        self._candidates.clear()

    def body_limit(self, request: Request) -> int:
        """Return how many bytes of body a request may have, judged by its head alone; 0 when it is refused anyway."""
        device = self._device_of(request)
        if device is None:
            return SMALL_BODY if self._may_pair(request) else 0
        table = request.query.get("table", "").lower()
        if request.endpoint not in _BULK or table in _SMALL_TABLES:
            return SMALL_BODY
        return min(max(device.max_package or _DEFAULT_PACKAGE, SMALL_BODY), BULK_BODY)

    async def answer(self, request: Request) -> Response:
        """Answer a request, where somebody has to decide about it, after that. Never raises."""
        answer = self.handle(request)
        if isinstance(answer, Response):
            return answer
        try:
            return await answer
        except Exception:
            _LOGGER.exception(_FAILED, request.path)
            return Response.refused(request.received)

    def handle(self, request: Request) -> Answer:
        """Answer a request at once, or after somebody has decided about it. Never raises."""
        try:
            text = self._admit(request)
        except Exception:
            _LOGGER.exception(_FAILED, request.path)
            return Response.refused(request.received)
        if text is None:
            return Response.refused(request.received)
        return Response.ok(text, request.received) if isinstance(text, str) else text

    def _device_of(self, request: Request) -> Served | None:
        """Return the paired device that calls, if the request comes from where it may call.

        Anybody else with its serial number is treated like somebody with an unknown one, so that nobody learns which
        serial numbers are paired.
        """
        device = self._devices.get(request.serial or "")
        return device if device is not None and device.is_at(request.peer) else None

    def _admit(self, request: Request) -> Answer | str | None:
        """Find whose request it is, and answer it; None to refuse it."""
        if (serial := request.serial) is None:
            return None
        claimed = self._devices.get(serial)
        device = self._device_of(request)
        if (why := self._obstacle(request, device)) is not None:
            if claimed is not None:
                claimed.refused(why)
            return None
        if device is not None:
            return device.handle(request)
        if claimed is not None:
            claimed.claimed_elsewhere()
        return self._listen(request, serial) if self._may_pair(request) else None

    def _obstacle(self, request: Request, device: Served | None) -> str | None:
        """Return why a request is not looked into, whatever it is about."""
        if request.endpoint is None:
            return "unknown path"
        if not is_local(request.peer, request.headers):
            return "from outside the home"
        now = self._clock.monotonic()
        # A paired device has a bucket of its own: no stranger behind the same address can empty it.
        if not (
            self._paired.take(device.serial, now)
            if device is not None
            else self._strangers.take(request.peer, now)
        ):
            return "too many requests"
        body = request.body
        if len(body) > self.body_limit(request) or body.count(b"\n") > MAX_LINES:
            return "too long"
        return None

    def _is_known(self, candidate: Candidate) -> bool:
        """Whether a candidate has said what it is, and is not paired already."""
        told = bool(candidate.registration or candidate.attendance)
        return told and candidate.serial not in self._devices

    def _may_pair(self, request: Request) -> bool:
        """Whether an unpaired device is listened to now."""
        if not self.pairing:
            return False
        if request.serial in self._candidates:
            return True
        peers = [candidate.peer for candidate in self._candidates.values()]
        return (
            len(peers) < MAX_CANDIDATES
            and peers.count(request.peer) < MAX_CANDIDATES_PER_ADDRESS
        )

    def _listen(self, request: Request, serial: str) -> str | None:
        """Let an unpaired device say what it is. What it wants to upload it keeps until it is paired."""
        candidate = self._candidates.setdefault(serial, Candidate(serial, request.peer))
        told = candidate.registration is not None, candidate.attendance
        text = _answer(candidate, request, self._clock.zone)
        if self._is_known(candidate) and told != (
            candidate.registration is not None,
            candidate.attendance,
        ):
            _LOGGER.debug("An unpaired device has called from %s", request.peer)
            if self._on_candidate is not None:
                self._on_candidate(candidate)
        return text


def _is_about_itself(request: Request) -> bool:
    """Whether a device tells by itself what it is."""
    return request.query.get("table", "").lower() == "options"


def _answer(candidate: Candidate, request: Request, zone: tzinfo) -> str | None:
    """Go through the handshake with an unpaired device (Security PUSH 3.1.2, sections 4.1 to 4.5).

    One that only asks for commands thinks that it is known; refused, it connects anew and says what it is.
    """
    attendance = calls_as_attendance(request)
    if attendance is not None and not candidate.is_access:
        candidate.attendance = attendance
    match request.endpoint:
        case "cdata" if connects(request):
            candidate.connections += 1
            if _may_keep_attendance(candidate):
                now = request.received.astimezone(zone)
                return option_block(
                    candidate.serial, {}, delay=_CANDIDATE_ERROR_DELAY, now=now
                )
            # A version must be named to one that would encrypt with a newer one.
            return _configuration(candidate) if candidate.encrypts else "OK"
        case "registry":
            text = decode_text(request.body, request.query.get("language"))
            if parse_options(text):
                candidate.registration = parse_registration(text)
                candidate.is_access = not attendance
                candidate.attendance = not candidate.is_access
            return f"RegistryCode={_CANDIDATE_CODE}"
        case "cdata" if _may_keep_attendance(candidate) and _is_about_itself(request):
            candidate.attendance = True  # it took the options, and did not register
            text = decode_text(request.body, request.query.get("language"))
            candidate.registration = parse_registration(text)
            return "OK"
        case "push":
            return _configuration(candidate)
        case "getrequest" if _may_keep_attendance(candidate):
            candidate.attendance = True
            return "OK"
        case "getrequest" | "ping" if candidate.is_access or candidate.attendance:
            return "OK"
        case "exchange":
            candidate.encrypts = True
    return None


def _may_keep_attendance(candidate: Candidate) -> bool:
    """Whether a device is an attendance terminal, or acts like one that does not say so: it connects and connects.

    An access device registers after "OK"; a terminal of the other kind takes that for a failure.
    """
    hesitates = candidate.connections > 1 and not candidate.encrypts
    return candidate.attendance or (hesitates and not candidate.is_access)


def _configuration(candidate: Candidate) -> str:
    """Return settings with which a device is there at once when it has been paired."""
    known = candidate.registration
    return configuration(
        "",
        delay=REQUEST_DELAY_SECONDS,
        error_delay=_CANDIDATE_ERROR_DELAY,
        version=PLAIN_VERSION if candidate.encrypts else PROTOCOL_VERSION,
        level=known.security_level if known else None,
    )


_CANDIDATE_CODE = "unpaired"
_CANDIDATE_ERROR_DELAY = 5
