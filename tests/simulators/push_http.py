"""How the simulated PUSH device talks HTTP, and what goes wrong on the way.

Its requests are written byte by byte, because real firmware's HTTP is its own:
header order, `Connection: starting`, a success line compared literally. What is
asked and what an answer means belongs to `push_device`.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

USER_AGENT = "iClock Proxy/1.09"
_SUCCESS = (b"HTTP/1.1 200 ", b"HTTP/1.0 200 ")
_HEADER_LIMIT = 8192
_BODY_LIMIT = 8 << 20


class Request(NamedTuple):
    """One request in the log; status 0 when no answer was understood."""

    method: str
    target: str
    status: int


class NoAnswer(Exception):
    """The server was not reached, or its answer was not understood."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    ok: bool  # the status line began exactly as the firmware wants it
    headers: bytes
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, as it came."""
        return self.body.decode(errors="replace")

    def header(self, name: str) -> str | None:
        """Return a header by its exact name, as the firmware looks for it."""
        for line in self.headers.split(b"\n"):
            key, _, value = line.partition(b":")
            if key == name.encode():
                return value.strip().decode(errors="replace")
        return None


@dataclass
class Faults:
    """What goes wrong, switched on by a test at any moment.

    `lose_answers` and `lose_requests` say for how many requests, and count down.
    """

    # On the way
    lose_answers: int = 0  # done by the server, never heard by the device
    lose_requests: int = 0  # never sent
    duplicate_polls: bool = False  # every poll is sent twice
    slow_body: asyncio.Event | None = None  # half a body, the rest when it is set
    in_pieces: int = 0  # bytes per write, 0 for all at once
    wrong_length: int = 0  # added to Content-Length
    double_length: bool = False  # Content-Length twice
    oversized: int = 0  # bytes of padding behind every body
    lf_only: bool = False  # header lines end with LF
    no_host: bool = False
    lower_http: bool = False  # http/1.1
    double_slash: bool = False  # //iclock
    aspx: bool = False  # cdata.aspx
    raw_query: bytes = b""  # appended to every URL: spaces, tabs, GBK bytes
    forwarded_for: str = ""
    # In the device
    encrypt: Literal["", "try", "insist"] = ""  # exchanges keys first
    garbage_clock: bool = False
    relay_inverted: bool = False  # rtstate: 0 means energised
    close_holds: bool = False  # 01dd0100 holds the door open
    repeated_refused: bool = False  # a known command number gets -7
    lower_return: bool = False  # `return=` as half of the document prints it
    duplicate_results: bool = False  # every result is posted twice
    result_delay: float = 0  # seconds until a result is posted
    cut_records: bool = False  # packets of a query end in mid-record
    # With data: what a command must hold to be treated so
    refuses: str = ""  # it is refused
    ignores: str = ""  # it is answered like all others, and nothing is done
    first_row_only: bool = False  # of several rows to be deleted
    echoes: bool = False  # users who were written are uploaded, too
    all_fields: bool = False  # a query gets whole rows, whatever it asks for
    all_rows: bool = False  # a query gets every row, whatever it asks for
    no_table: str = ""  # there is no table of this name


class Wire:
    """The connection to the server, kept open between requests."""

    def __init__(
        self, host: str, port: int, *, source: str, faults: Faults, language: str
    ) -> None:
        """Know the server; `source` is the own address, empty for any."""
        self.host, self.port = host, port
        self.log: deque[Request] = deque(maxlen=10_000)
        self.timeout = 10.0
        self._source = source
        self._faults = faults
        self._language = language
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(
        self, method: str, target: str, *, cookie: str = "", body: bytes | None = None
    ) -> Answer:
        """Send a request and return the answer; raise `NoAnswer` without one."""
        status = 0
        try:
            answer = await self._exchange(method, target, cookie, body)
            status = answer.status
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as err:
            raise NoAnswer(str(err) or type(err).__name__) from err
        finally:
            if not status:
                self.close()
            self.log.append(Request(method, target, status))
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._streams:
            self._streams[1].close()
        self._streams = None

    def _encode(
        self, method: str, target: str, cookie: str, body: bytes | None
    ) -> bytes:
        faults = self._faults
        raw = target.encode("utf-8", "surrogateescape")
        if faults.double_slash:
            raw = b"/" + raw
        if faults.aspx:
            path, mark, query = raw.partition(b"?")
            raw = path + b".aspx" + mark + query
        version = "http/1.1" if faults.lower_http else "HTTP/1.1"
        lines = [f"Cookie: {cookie}"] if cookie else []
        if not faults.no_host:
            lines.append(f"Host: {self.host}:{self.port}")
        lines += [
            f"User-Agent: {USER_AGENT}",
            "Connection: starting",
            "Accept: application/push",
            "Accept-Charset: UTF-8",
            f"Accept-Language: {self._language}",
        ]
        if faults.forwarded_for:
            lines.append(f"X-Forwarded-For: {faults.forwarded_for}")
        if body is not None:
            length = len(body) + faults.wrong_length
            lines += [
                "Content-Type: application/push;charset=UTF-8",
                "Content-Language: zh-CN",
                *[f"Content-Length: {length}"] * (2 if faults.double_length else 1),
            ]
        end = "\n" if faults.lf_only else "\r\n"
        first = method.encode() + b" " + raw + faults.raw_query
        rest = [f" {version}", *lines, "", ""]
        return first + end.join(rest).encode()

    async def _exchange(
        self, method: str, target: str, cookie: str, body: bytes | None
    ) -> Answer:
        faults = self._faults
        if faults.lose_requests:
            faults.lose_requests -= 1
            raise EOFError("request lost")
        if body is not None:
            body += b" " * faults.oversized
        head = self._encode(method, target, cookie, body)
        reader, writer = await self._connected()
        content = body or b""
        if faults.slow_body and content:
            middle = len(content) // 2
            await self._write(writer, head + content[:middle])
            await faults.slow_body.wait()
            await self._write(writer, content[middle:])
        else:
            await self._write(writer, head + content)
        if body is not None and faults.wrong_length > 0:
            writer.write_eof()  # nothing more comes: the server need not wait
        async with asyncio.timeout(self.timeout):
            answer = await _read_answer(reader)
        if faults.lose_answers:
            faults.lose_answers -= 1
            raise EOFError("answer lost")
        if (answer.header("Connection") or "").lower() == "close":
            self.close()
        return answer

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams and not self._streams[0].at_eof():
            return self._streams
        self.close()
        async with asyncio.timeout(self.timeout):
            self._streams = await asyncio.open_connection(
                self.host,
                self.port,
                local_addr=(self._source, 0) if self._source else None,
            )
        return self._streams

    async def _write(self, writer: asyncio.StreamWriter, raw: bytes) -> None:
        step = self._faults.in_pieces or len(raw) or 1
        for start in range(0, len(raw), step):
            writer.write(raw[start : start + step])
            await writer.drain()
            if self._faults.in_pieces:
                await asyncio.sleep(0)  # the reader gets to see each piece


async def _read_answer(reader: asyncio.StreamReader) -> Answer:
    head = bytearray()
    while not head.endswith((b"\r\n\r\n", b"\n\n")):
        line = await reader.readline()
        if not line:
            raise EOFError("connection closed by the server")
        head += line
        if len(head) > _HEADER_LIMIT:
            raise ValueError("answer's headers are too long")
    first, _, headers = bytes(head).partition(b"\n")
    words = first.split()
    if len(words) < 2 or not words[1].isdigit():
        raise ValueError("no status line")
    answer = Answer(int(words[1]), first.startswith(_SUCCESS), headers, b"")
    fields = {
        key.strip().lower(): value.strip()
        for key, _, value in (line.partition(b":") for line in headers.split(b"\n"))
    }
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = await _read_chunks(reader)
    elif b"content-length" in fields:
        length = int(fields[b"content-length"])
        if not 0 <= length <= _BODY_LIMIT:
            raise ValueError("answer is too long")
        body = await reader.readexactly(length)
    elif answer.status == 204:
        body = b""
    else:
        body = await reader.read(_BODY_LIMIT)
    return Answer(answer.status, answer.ok, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return bytes(body)
