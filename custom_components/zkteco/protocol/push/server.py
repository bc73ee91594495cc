"""The server that PUSH devices call: it admits a request and hands it to the device that it belongs to.

Lives here: who is served, pairing, limits. Not here: HTTP itself, and what an admitted request means (`session`). The
rule: a serial number is served only when it was paired, or while the owner has opened the pairing window, and whoever is
unknown, refused or malformed gets the same answer.
"""

from collections import OrderedDict
from collections.abc import Callable
import logging
from typing import Protocol

from ..device import Clock
from .gate import Buckets, is_local
from .messages import Request, Response, parse_options
from .registration import Registration, parse_registration
from .session import configuration

_LOGGER = logging.getLogger(__name__)

PAIRING_SECONDS = 600.0
"""The pairing window closes by itself."""
MAX_CANDIDATES = 16
"""Unpaired devices that are listened to at a time."""

SMALL_BODY = 64 * 1024
BULK_BODY = 8 * 1024 * 1024
"""Never more than this, whatever a device announces as its MaxPackageSize."""
_DEFAULT_PACKAGE = 2_048_000
_BULK = frozenset({"cdata", "querydata", "file", "fdata"})
_SMALL_TABLES = frozenset({"rtlog", "rtstate", "options", "irstate"})


class Candidate:
    """A device that calls and is not paired: what it tells about itself, and nothing of what it knows."""

    def __init__(self, serial: str, peer: str) -> None:
        """Start with a serial number that anybody could claim."""
        self.serial = serial
        self.peer = peer
        self.registration: Registration | None = None
        self.attendance = False
        """Whether it calls as an attendance terminal, which has no doors to tell of."""


class Served(Protocol):
    """A paired device as the server sees it."""

    @property
    def serial(self) -> str:
        """The serial number that it calls with."""

    @property
    def max_package(self) -> int | None:
        """The largest body that the device announced."""

    def handle(self, request: Request) -> Response:
        """Answer a request with this device's serial number; refuses by itself what is not this device's."""


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
        self._buckets = Buckets()
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
        return [c for c in self._candidates.values() if c.registration or c.attendance]

    def open_pairing(self) -> None:
        """Listen to unpaired devices for ten minutes."""
        self._pairing_until = self._clock.monotonic() + PAIRING_SECONDS

    def close_pairing(self) -> None:
        """Listen to paired devices only."""
        self._pairing_until = 0.0
        self._candidates.clear()

    def body_limit(self, request: Request) -> int:
        """Return how many bytes of body a request may have, judged by its head alone; 0 when it is refused anyway."""
        device = self._devices.get(request.serial or "")
        if device is None:
            return SMALL_BODY if self._may_pair(request) else 0
        table = request.query.get("table", "").lower()
        if request.endpoint not in _BULK or table in _SMALL_TABLES:
            return SMALL_BODY
        return min(max(device.max_package or _DEFAULT_PACKAGE, SMALL_BODY), BULK_BODY)

    def handle(self, request: Request) -> Response:
        """Answer a request. Never raises."""
        try:
            return self._admit(request)
        except Exception:
            # Whatever a device sends, it must not take the others down.
            _LOGGER.exception("Unexpected failure over a request to %s", request.path)
            return Response.refused(request.received)

    def _admit(self, request: Request) -> Response:
        """Find whose request it is."""
        serial = request.serial
        if request.endpoint is None or serial is None:
            return Response.refused(request.received)
        if not is_local(request.peer, request.headers):
            return Response.refused(request.received)
        now = self._clock.monotonic()
        device = self._devices.get(serial)
        # A paired device has a bucket of its own: no stranger behind the same address can empty it.
        key = f"{request.peer} {serial}" if device else request.peer
        if not self._buckets.take(key, now):
            return Response.refused(request.received)
        if len(request.body) > self.body_limit(request):
            return Response.refused(request.received)
        if device is not None:
            return device.handle(request)
        if self._may_pair(request):
            return self._listen(request, serial)
        return Response.refused(request.received)

    def _may_pair(self, request: Request) -> bool:
        """Whether an unpaired device is listened to now."""
        return self.pairing and (
            request.serial in self._candidates or len(self._candidates) < MAX_CANDIDATES
        )

    def _listen(self, request: Request, serial: str) -> Response:
        """Let an unpaired device say what it is. What it wants to upload it keeps until it is paired."""
        candidate = self._candidates.setdefault(serial, Candidate(serial, request.peer))
        known = bool(candidate.registration or candidate.attendance)
        text = self._candidate_answer(candidate, request)
        if text is None:
            return Response.refused(request.received)
        if not known and (candidate.registration or candidate.attendance):
            _LOGGER.debug("An unpaired device has called from %s", request.peer)
            if self._on_candidate is not None:
                self._on_candidate(candidate)
        return Response.ok(text, request.received)

    def _candidate_answer(self, candidate: Candidate, request: Request) -> str | None:
        """Go through the handshake with an unpaired device (Security PUSH 3.1.2, sections 4.1 to 4.5)."""
        match request.endpoint:
            case "cdata" if "options" in request.query and request.method == "GET":
                kind = request.query.get("devicetype")
                candidate.attendance = kind is not None and kind.lower() != "acc"
                return "OK"
            case "registry":
                text = request.body.decode(errors="replace")
                if parse_options(text):
                    candidate.registration = parse_registration(text)
                    candidate.attendance = False
                return f"RegistryCode={_CANDIDATE_CODE}"
            case "push":
                # Soon after it is paired it shall call again.
                return configuration(
                    "", delay=_CANDIDATE_DELAY, error_delay=_CANDIDATE_DELAY
                )
            case "getrequest" | "ping":
                return "OK"
            case _:
                return None


_CANDIDATE_CODE = "unpaired"
_CANDIDATE_DELAY = 5
