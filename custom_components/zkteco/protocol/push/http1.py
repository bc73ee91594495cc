"""HTTP/1.x as devices write it, for those that a strict server refuses.

Lives here: bytes in, requests out, and answers as bytes. Not here: sockets and time (the listener), what a request means
(`server`). Everything is bounded, and what cannot be read for certain is an error: nobody's body becomes another request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
import re
from typing import Final

from .messages import Response

HEAD_LIMIT: Final = 16 * 1024
"""Bytes of request line and headers."""
MAX_HEADERS: Final = 64
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Goes to a client that `expects_continue`, before its body is read."""

_CHUNK_LINE_LIMIT: Final = 1024
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_METHOD: Final = re.compile(rb"[A-Za-z]{1,16}")
_VERSION: Final = re.compile(rb"HTTP/1\.([0-9])", re.IGNORECASE)
_ORIGIN: Final = re.compile(rb"https?://[^/?]*", re.IGNORECASE)
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A TAB is what some firmware writes into its URLs; nothing else of this kind is harmless.
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LENGTH: Final = re.compile(r"[0-9]{1,10}")
_CHUNK_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,8}")


class HttpError(Exception):
    """What arrived is no request, or too large for one. The connection cannot go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request without its body."""

    method: str
    """In upper case."""
    path: str
    """As sent, without origin and query."""
    query: bytes
    """As sent, without the question mark."""
    headers: Mapping[str, str]
    """By lower-case name; of a repeated one the first."""
    length: int | None
    """Bytes of body; None when it comes in chunks."""
    keep_alive: bool
    """Whether the client expects to send another request."""
    expects_continue: bool
    """Whether the client waits for `CONTINUE` before it sends the body."""


class _Part(Enum):
    """What comes next in a body of chunks."""

    SIZE = auto()
    END = auto()
    TRAILER = auto()


class HttpReader:
    """One connection's requests: feed bytes whenever `head` or `body` wants more, and ask again."""

    def __init__(self, body_limit: int) -> None:
        """`body_limit` is the largest body in bytes that is read to its end."""
        self._body_limit = body_limit
        self._buffer = bytearray()
        self._searched = 0
        self._left = 0
        self._part: _Part | None = None
        self._seen = 0
        self._trailers = 0
        self._kept = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer += data

    @property
    def pending(self) -> bool:
        """Whether something has arrived that was not asked for yet: the next request, or a part of it."""
        return bool(self._buffer)

    def head(self) -> Head | None:
        """Return the next request's head; None while more must be fed. Raises HttpError."""
        if not self._searched:
            # Some clients end a body with a line end that they do not count.
            self._buffer = self._buffer.lstrip(b"\r\n")
        end = _HEAD_END.search(self._buffer, max(0, self._searched - 2))
        if (len(self._buffer) if end is None else end.end()) > HEAD_LIMIT:
            raise HttpError("the head is too long")
        if end is None:
            self._searched = len(self._buffer)
            return None
        lines = bytes(self._buffer[: end.start()]).split(b"\n")
        del self._buffer[: end.end()]
        self._searched = 0
        head = _parse_head([line.removesuffix(b"\r") for line in lines])
        if head.length is not None and head.length > self._body_limit:
            raise HttpError("the body is too long")
        self._left = head.length or 0
        self._part = _Part.SIZE if head.length is None else None
        self._seen = self._trailers = 0
        self._kept = bytearray()
        return head

    def body(self, keep: int) -> bytes | None:
        """Return the body that follows the head, cut to `keep` bytes; None while more must be fed. Raises HttpError.

        Whatever is longer is read and dropped, up to the limit for all bodies.
        """
        while True:
            self._take(keep)
            if self._left:
                return None
            if self._part is None:
                return bytes(self._kept)
            if (line := self._line()) is None:
                return None
            self._framing(self._part, line)

    def _take(self, keep: int) -> None:
        """Move what belongs to the body out of the buffer."""
        count = min(self._left, len(self._buffer))
        room = max(0, keep - len(self._kept))
        self._kept += self._buffer[: min(count, room)]
        del self._buffer[:count]
        self._left -= count

    def _line(self) -> bytes | None:
        """Return the next line between chunks."""
        end = self._buffer.find(b"\n", 0, _CHUNK_LINE_LIMIT)
        if end < 0:
            if len(self._buffer) >= _CHUNK_LINE_LIMIT:
                raise HttpError("a line between chunks is too long")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    def _framing(self, part: _Part, line: bytes) -> None:
        """Read a line between chunks."""
        match part:
            case _Part.SIZE:
                size = _CHUNK_SIZE.fullmatch(line.partition(b";")[0].strip())
                if size is None:
                    raise HttpError("a chunk without a size")
                self._left = int(size[0], 16)
                self._seen += self._left
                if self._seen > self._body_limit:
                    raise HttpError("the body is too long")
                self._part = _Part.END if self._left else _Part.TRAILER
            case _Part.END:
                if line:
                    raise HttpError("a chunk is longer than it says")
                self._part = _Part.SIZE
            case _:
                self._trailers += 1
                if self._trailers > MAX_HEADERS:
                    raise HttpError("too many headers behind the body")
                if not line:
                    self._part = None


def _parse_head(lines: list[bytes]) -> Head:
    """Read a request line and headers."""
    try:
        method, rest = lines[0].split(None, 1)
        # Whatever lies between method and version is the target, with its raw spaces.
        target, version = rest.rsplit(None, 1)
    except ValueError as err:
        raise HttpError("no request line") from err
    minor = _VERSION.fullmatch(version)
    if minor is None or not _METHOD.fullmatch(method) or _CONTROL.search(target):
        raise HttpError("no request line")
    if (origin := _ORIGIN.match(target)) is not None:
        target = target[origin.end() :]
    path, _, query = target.partition(b"?")
    headers, lengths = _parse_headers(lines[1:])
    connection = {word.strip().lower() for word in _words(headers, "connection")}
    old = minor[1] == b"0"
    return Head(
        method=method.decode().upper(),
        path=path.decode(errors="replace"),
        query=query,
        headers=headers,
        length=_length(headers, lengths),
        keep_alive="keep-alive" in connection if old else "close" not in connection,
        expects_continue=not old
        and headers.get("expect", "").lower() == "100-continue",
    )


def _words(headers: Mapping[str, str], name: str) -> list[str]:
    return headers.get(name, "").split(",")


def _parse_headers(lines: list[bytes]) -> tuple[dict[str, str], set[str]]:
    """Read headers; also every length that they claim."""
    if len(lines) > MAX_HEADERS:
        raise HttpError("too many headers")
    headers: dict[str, str] = {}
    lengths: set[str] = set()
    for line in lines:
        raw_name, colon, raw_value = line.partition(b":")
        # A folded line has no name either: what it belongs to is anybody's guess.
        name, value = raw_name.rstrip(b" \t"), raw_value.strip(b" \t")
        if not colon or not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise HttpError("a header cannot be read")
        key, text = name.decode().lower(), value.decode(errors="replace")
        if key == "content-length":
            lengths |= {part.strip() for part in text.split(",")}
        if key == "transfer-encoding" and key in headers:
            raise HttpError("the body has two encodings")
        headers.setdefault(key, text)
    return headers, lengths


def _length(headers: Mapping[str, str], lengths: set[str]) -> int | None:
    """Return the body's length; None for chunks. One that is told twice must be the same."""
    if (encoding := headers.get("transfer-encoding")) is not None:
        if encoding.lower() != "chunked" or lengths:
            raise HttpError("where the body ends is unclear")
        return None
    if not lengths:
        return 0
    (length, *others) = lengths
    if others or not _LENGTH.fullmatch(length):
        raise HttpError("where the body ends is unclear")
    return int(length)


def serialise(response: Response, *, keep_alive: bool) -> bytes:
    """Return an answer as it goes over the wire; devices compare its first line letter by letter."""
    lines = [
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
        f"Connection: {'keep-alive' if keep_alive else 'close'}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + response.body
