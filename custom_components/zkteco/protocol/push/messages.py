"""What comes in over HTTP and what goes back, and the text forms that all messages share.

Lives here: requests, responses, routes, query strings, record lines and option lines. Not here: what a record means
(`records`, `registration`), who may ask (`session`). Whatever a device sends, no parser here raises.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
import re
from typing import Final, Self
from urllib.parse import unquote_to_bytes

CHINESE: Final = "83"
"""The language number of devices that do not speak UTF-8 (Security PUSH 3.1.2 appendix 4)."""

_ENDPOINTS: Final = (
    "cdata",
    "devicecmd",
    "exchange",
    "fdata",
    "file",
    "getrequest",
    "ping",
    "push",
    "querydata",
    "registry",
    "rtdata",
)
# The prefix is doubled when somebody typed it into the device, and ".aspx" is what
# firmware for the vendor's Windows server says.
_PATH: Final = re.compile(
    rf"/+iclock(?:/+iclock)?/+({'|'.join(_ENDPOINTS)})(?:\.aspx)?/*", re.IGNORECASE
)
_SERIAL: Final = re.compile(r"[A-Za-z0-9_-]{4,32}")
# A cookie parser trips over the comma of "token=..., timestamp=..." and over a bare hash.
_TOKEN: Final = re.compile(
    r"(?:(?:^|[\s,;])token=|^\s*)([0-9A-Fa-f]{32})(?![0-9A-Za-z])"
)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_LINE_END: Final = re.compile(r"[\r\n]+")
# "user uid=1": the table's name, before the first key.
_TABLE: Final = re.compile(r"\s*\[?[A-Za-z]\w*\]? +(?=~?[A-Za-z]\w*=)")
# Values may hold commas ("ZKTECO CO., LTD."), so only one before the next key separates.
_OPTION_END: Final = re.compile(r",(?=\s*~?[A-Za-z]\w*=)|[\r\n]+")
# The one comma that the document itself forgets (section 4.4).
_MISSING_COMMA: Final = re.compile(r"(BioPhotoFun=\d*)(?=BioDataFun=)", re.IGNORECASE)


def valid_serial(text: str | None) -> str | None:
    """Return a serial number that can be one: 4 to 32 letters, digits, "_" or "-"."""
    return text if text and _SERIAL.fullmatch(text) else None


def parse_number(text: str | None, digits: int = 10) -> int | None:
    """Read a decimal number of at most `digits` digits; None for anything else."""
    if text and text.isascii() and text.isdigit() and len(text) <= digits:
        return int(text)
    return None


def parse_time(text: str | None) -> datetime | None:
    """Read "2017-01-10 11:49:32", a naive local time; None for anything else."""
    try:
        return datetime.fromisoformat(text) if text and _TIME.fullmatch(text) else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of a device, as the HTTP server read it."""

    method: str
    path: str
    """As sent, without the query."""
    query: Mapping[str, str]
    """By lower-case key."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    peer: str
    """The IP address of the caller."""
    received: datetime
    """When, aware."""

    @property
    def endpoint(self) -> str | None:
        """What is asked for, such as "cdata"; None when it is nothing of ours."""
        return route(self.path)

    @property
    def serial(self) -> str | None:
        """The serial number that the device claims; None when it cannot be one."""
        return valid_serial(self.query.get("sn"))

    @property
    def token(self) -> str | None:
        """The session token from the cookie, 32 hexadecimal digits in lower case."""
        found = _TOKEN.search(self.headers.get("cookie", ""))
        return found[1].lower() if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a device gets back. Devices take an empty body, or any other 2xx or 3xx than 200, for a failed connection."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def ok(cls, text: str, now: datetime) -> Self:
        """Answer with `text`, or "OK" when there is nothing to say; `now` is aware."""
        return cls._of(200, (text or "OK").encode(), now)

    @classmethod
    def refused(cls, now: datetime) -> Self:
        """Answer whoever is unknown, refused or malformed, all alike; `now` is aware.

        Devices try again after their error delay. The words are those of the web server, which refuses banned addresses
        with them: a stranger cannot tell who said no.
        """
        return cls._of(403, b"403: Forbidden", now)

    @classmethod
    def file(
        cls, status: int, body: bytes, content_range: str | None, now: datetime
    ) -> Self:
        """Answer with a file, or with a part of it; `now` is aware."""
        response = cls._of(status, body, now, "application/octet-stream")
        if content_range is None:
            return response
        headers = {**response.headers, "Content-Range": content_range}
        return replace(response, headers=headers)

    @classmethod
    def _of(
        cls, status: int, body: bytes, now: datetime, content_type: str = "text/plain"
    ) -> Self:
        return cls(
            status=status,
            body=body,
            headers={
                # Some firmware sets its clock only from an answer that is plain text.
                "Content-Type": content_type,
                "Content-Length": str(len(body)),
                "Date": format_datetime(now.astimezone(UTC), usegmt=True),
            },
        )


type Answer = Response | Awaitable[Response]
"""At once, or after somebody has decided."""


def route(path: str) -> str | None:
    """Return the endpoint that a path names, in lower case; None for everything else."""
    found = _PATH.fullmatch(path)
    return found[1].lower() if found else None


def parse_query(raw: bytes) -> dict[str, str]:
    """Read a query string as it came over the wire; of a repeated key the first counts.

    Lenient where devices are careless: raw spaces, TABs and Chinese bytes, stray percent signs. A "+" stays a "+".
    """
    values: dict[str, str] = {}
    for pair in raw.split(b"&"):
        key, _, value = pair.partition(b"=")
        if name := decode_text(unquote_to_bytes(key), None).strip().lower():
            values.setdefault(name, decode_text(unquote_to_bytes(value), None).strip())
    return values


def decode_text(body: bytes, language: str | None) -> str:
    """Read text as UTF-8, else as GB18030 from a Chinese device, else with replacement marks. NULs are dropped."""
    body = body.replace(b"\0", b"")
    try:
        return body.decode()
    except UnicodeDecodeError:
        encoding = "gb18030" if language == CHINESE else "utf-8"
        return body.decode(encoding, "replace")


def parse_records(text: str, table: str | None = None) -> list[dict[str, str]]:
    """Read lines of TAB-separated key=value fields, keys in lower case; a line without any field is left out.

    Each line may begin with the name of its table. With `table`, lines of other tables are left out.
    """
    return [record for record in record_lines(text, table) if record]


def record_lines(text: str, table: str | None = None) -> list[dict[str, str]]:
    """Read lines as `parse_records` does, with an empty record for each line without any field."""
    records = []
    for line in _LINE_END.split(text):
        if not line.strip():
            continue
        if (name := _TABLE.match(line)) is not None:
            line = line[name.end() :]
            if table and name[0].strip(" []").lower() != table.strip("[]").lower():
                continue
        records.append(_fields(line.split("\t")))
    return records


def parse_options(text: str) -> dict[str, str]:
    """Read a line of comma-separated key=value options, keys in lower case and without the "~" that marks some.

    Line ends separate too, as in answers of attendance firmware.
    """
    return _fields(_OPTION_END.split(_MISSING_COMMA.sub(r"\1,", text)))


def _fields(parts: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if equals and (name := key.strip().lstrip("~").lower()):
            values[name] = value.strip()
    return values
