"""HTTP as devices write it: what a strict server refuses is read, what is unclear is not."""

from datetime import UTC, datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.push.http1 import (
    HEAD_LIMIT,
    MAX_HEADERS,
    Head,
    HttpError,
    HttpReader,
    serialise,
)
from custom_components.zkteco.protocol.push.messages import Response, parse_query

LIMIT = 1000
ANSWER = Response.ok("OK", datetime(2026, 11, 21, 12, 0, tzinfo=UTC))

# Captured from firmware's HTTP client (Security PUSH 3.1.2 prints the same headers).
CAPTURED = (
    b"POST /iclock/cdata?SN=3383154200002&table=rtlog HTTP/1.1\r\n"
    b"Cookie: token=cb386eb5f8219329db63356fb262ddff\r\n"
    b"Host: 192.168.213.17:8088\r\n"
    b"User-Agent: iClock Proxy/1.09\r\n"
    b"Connection: starting\r\n"
    b"Accept: application/push\r\n"
    b"Accept-Charset: UTF-8\r\n"
    b"Accept-Language: zh-CN\r\n"
    b"Content-Type: application/push;charset=UTF-8\r\n"
    b"Content-Language: zh-CN\r\n"
    b"Content-Length: 7\r\n"
    b"\r\n"
    b"time=1\n"
)


def read(raw: bytes, keep: int = LIMIT) -> tuple[Head, bytes]:
    """Return the only request in some bytes."""
    reader = HttpReader(LIMIT)
    reader.feed(raw)
    head = reader.head()
    assert head is not None
    body = reader.body(keep)
    assert body is not None
    assert not reader.pending
    return head, body


def get(target: bytes, version: bytes = b"HTTP/1.1") -> Head:
    """Return the head of a GET."""
    head, body = read(b"GET " + target + b" " + version + b"\r\nHost: h\r\n\r\n")
    assert body == b""
    return head


def test_captured_request() -> None:
    """The request of a real device, whole."""
    head, body = read(CAPTURED)
    assert head.method == "POST"
    assert head.path == "/iclock/cdata"
    assert head.query == b"SN=3383154200002&table=rtlog"
    assert head.headers["cookie"] == "token=cb386eb5f8219329db63356fb262ddff"
    assert head.length == 7
    assert head.keep_alive
    assert not head.expects_continue
    assert body == b"time=1\n"


@pytest.mark.parametrize(
    ("target", "query"),
    [
        (b"/iclock/cdata?SN=A1&INFO=Ver 8.0.1 Dec 1", {"info": "Ver 8.0.1 Dec 1"}),
        (b"/iclock/cdata?SN=A1&x=a\tb", {"x": "a\tb"}),
        (b"/iclock/cdata?SN=A1&x=a%09b", {"x": "a\tb"}),
        (b"/iclock/cdata?SN=A1&x=\xc3\xc5", {"x": "��"}),
        (b"http://10.0.0.1:8088/iclock/cdata?SN=A1", {}),
    ],
)
def test_targets_that_a_strict_server_refuses(
    target: bytes, query: dict[str, str]
) -> None:
    """Raw spaces, TABs and Chinese bytes are part of the URL."""
    head = get(target)
    assert head.path == "/iclock/cdata"
    assert parse_query(head.query) == {"sn": "A1", **query}


def test_doubled_slash() -> None:
    """It is left as it is; who routes knows about it."""
    assert get(b"//iclock/cdata?SN=A1").path == "//iclock/cdata"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("version", [b"http/1.1", b"HTTP/1.0", b"HTTP/1.2"])
def test_line_ends_and_versions(end: bytes, version: bytes) -> None:
    """Either line end, in any letters, with or without a host."""
    lines = [b"get /iclock/ping?SN=A1 " + version, b"Cookie : x", b"", b""]
    head, _ = read(end.join(lines))
    assert (head.method, head.path) == ("GET", "/iclock/ping")
    assert head.headers == {"cookie": "x"}
    assert head.keep_alive is (version != b"HTTP/1.0")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (b"HTTP/1.1\nConnection: close", False),
        (b"HTTP/1.1\nConnection: TE, Close", False),
        (b"HTTP/1.1\nConnection: starting", True),
        (b"HTTP/1.0\nConnection: Keep-Alive", True),
        (b"HTTP/1.0\nConnection: starting", False),
    ],
)
def test_keep_alive(lines: bytes, expected: bool) -> None:
    """Words that nobody else knows mean nothing."""
    assert read(b"GET / " + lines + b"\n\n")[0].keep_alive is expected


@pytest.mark.parametrize(
    ("version", "expected"), [(b"HTTP/1.1", True), (b"HTTP/1.0", False)]
)
def test_expect(version: bytes, expected: bool) -> None:
    """The older version knows no 100."""
    raw = b"POST / " + version + b"\nExpect: 100-Continue\n\n"
    assert read(raw)[0].expects_continue is expected


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 3\n",
        b"Content-Length: 3\nContent-Length: 3\n",
        b"content-length:3, 3\n",
    ],
)
def test_a_length_that_is_told_twice(lengths: bytes) -> None:
    """The same twice is clear."""
    assert read(b"POST / HTTP/1.1\n" + lengths + b"\nabc")[1] == b"abc"


def test_chunks() -> None:
    """Chunks with extensions and headers behind them."""
    head, body = read(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
        b"3;x=1\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
    )
    assert head.length is None
    assert body == b"abc0123456789"


def test_first_of_a_repeated_header_counts() -> None:
    """Whoever adds one behind it changes nothing."""
    raw = b"GET / HTTP/1.1\nCookie: a\nCookie: b\n\n"
    assert read(raw)[0].headers == {"cookie": "a"}


@pytest.mark.parametrize(
    "raw",
    [
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1x\r\n\r\n",
        b"G?T / HTTP/1.1\r\n\r\n",
        b"GET /a\rb HTTP/1.1\r\n\r\n",
        b"GET /a\0b HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n: no name\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: a\rb\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nContent-Length: 3, 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length:\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        ),
        b"GET / HTTP/1.1\r\n" + b"A: 1\r\n" * (MAX_HEADERS + 1) + b"\r\n",
        b"GET /" + b"a" * HEAD_LIMIT,
        b"GET /" + b"a" * HEAD_LIMIT + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_unclear_is_refused(raw: bytes) -> None:
    """Nobody's body becomes another request, and nothing grows without bounds."""
    reader = HttpReader(LIMIT)
    reader.feed(raw)
    with pytest.raises(HttpError):
        reader.head()


@pytest.mark.parametrize(
    "chunks",
    [
        b"x\r\nabc\r\n",
        b"-1\r\nabc\r\n",
        b"\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3e9\r\n",
        b"3e8\r\n" + b"a" * 1000 + b"\r\n1\r\n",
        b"1" * 1024,
        b"0\r\n" + b"A: 1\r\n" * (MAX_HEADERS + 1),
    ],
)
def test_chunks_that_are_none(chunks: bytes) -> None:
    """A body without an end is no body."""
    reader = HttpReader(LIMIT)
    reader.feed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert reader.head()
    with pytest.raises(HttpError):
        reader.body(LIMIT)


def test_a_body_that_is_not_wanted_is_dropped() -> None:
    """It is read to its end all the same: the next request begins behind it."""
    reader = HttpReader(LIMIT)
    reader.feed(b"POST /1 HTTP/1.1\nContent-Length: 1000\n\n" + b"a" * 1000)
    reader.feed(b"GET /2 HTTP/1.1\n\n")
    assert reader.head()
    assert reader.body(4) == b"aaaa"
    assert reader.pending
    head = reader.head()
    assert head
    assert head.path == "/2"


def test_line_ends_between_requests() -> None:
    """Some clients send one more behind a body than they count."""
    reader = HttpReader(LIMIT)
    reader.feed(CAPTURED + b"\r\n\r\n" + CAPTURED)
    for _ in range(2):
        assert reader.head()
        assert reader.body(LIMIT) == b"time=1\n"
    assert not reader.pending
    reader.feed(b"\r\n" * HEAD_LIMIT)
    assert reader.head() is None


CHUNKED = (
    b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
)


def test_byte_by_byte() -> None:
    """Nothing is there before it is whole."""
    reader = HttpReader(LIMIT)
    head = body = None
    for byte in CHUNKED:
        assert body is None
        reader.feed(bytes([byte]))
        if (head := head or reader.head()) is not None:
            body = reader.body(LIMIT)
    assert body == b"abcde"


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_pieces_make_no_difference(sizes: list[int]) -> None:
    """However the network cuts it, the same requests come out."""
    rest = CAPTURED + CHUNKED + CAPTURED
    reader = HttpReader(LIMIT)
    pieces = iter([*sizes, len(rest)])
    found = []
    head = None
    while len(found) < 3:
        if head is None and (head := reader.head()) is not None:
            continue
        if head is not None and (body := reader.body(LIMIT)) is not None:
            found.append((head.path, body))
            head = None
            continue
        size = next(pieces)
        reader.feed(rest[:size])
        rest = rest[size:]
    captured = ("/iclock/cdata", b"time=1\n")
    assert found == [captured, ("/c", b"abcde"), captured]


WORDS = st.sampled_from(
    [
        b"GET ",
        b"POST /iclock/cdata?SN=A1",
        b" HTTP/1.1",
        b"http/1.0",
        b"\r\n",
        b"\n",
        b"\n\n",
        b"Content-Length: ",
        b"Transfer-Encoding: chunked",
        b"5",
        b"0",
        b"ff",
        b":",
        b" ",
        b"\t",
        b"abcde",
    ]
)


@given(st.lists(WORDS | st.binary(max_size=80), max_size=60))
def test_garbage(pieces: list[bytes]) -> None:
    """Whatever comes is a request or an HttpError; it ends, and what is kept is bounded."""
    reader = HttpReader(LIMIT)
    head = None
    try:
        for piece in pieces:
            reader.feed(piece)
            while True:
                if head is None:
                    if (head := reader.head()) is None:
                        break
                    assert "\n" not in head.path
                    assert len(head.headers) <= MAX_HEADERS
                if (body := reader.body(10)) is None:
                    break
                assert len(body) <= 10
                head = None
    except HttpError:
        pass


@pytest.mark.parametrize(
    ("keep_alive", "word"), [(True, "keep-alive"), (False, "close")]
)
def test_answer(keep_alive: bool, word: str) -> None:
    """Devices compare the first line letter by letter, and look for headers by these names."""
    assert serialise(ANSWER, keep_alive=keep_alive).decode() == (
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: text/plain\r\n"
        "Content-Length: 2\r\n"
        "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\n"
        f"Connection: {word}\r\n"
        "\r\n"
        "OK"
    )


def test_refusal() -> None:
    """The reason phrase is the standard's."""
    raw = serialise(Response.refused(datetime.now(UTC)), keep_alive=False)
    assert raw.startswith(b"HTTP/1.1 403 Forbidden\r\n")
