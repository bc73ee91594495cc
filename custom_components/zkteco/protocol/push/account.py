"""ACCOUNT: the device's whole log of events in one package, to find out which of them were never told.

Lives here: the forms of the command, and the way from the upload to the text of the rows (Security PUSH 3.1.2 section 9.2).
Not here: what a row means (`records.parse_rtlog`). An archive comes from the network: nothing of it becomes a path, and its
size, its members and their names have limits.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
import re
from tarfile import AREGTYPE, BLOCKSIZE, NUL, REGTYPE, TarError, TarInfo
from typing import Final
import zlib

from ..errors import InvalidValue, MalformedReply
from .messages import decode_text, parse_number, parse_options
from .values import row, within

MAX_INDEX: Final = 2**32 - 1
MAX_PACKED: Final = 4 * 1024 * 1024
"""Bytes of an archive, as it is uploaded."""
MAX_UNPACKED: Final = 8 * 1024 * 1024
"""Bytes in it: some 80 000 events."""
MAX_MEMBERS: Final = 64

_MOMENT: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
GRAMMAR: Final = (
    r"ACCOUNT transaction (?:(?:ContentType=tgz )?MaxIndex=[0-9]{1,10}"
    r"|StartIndex=[0-9]{1,10}\tEndIndex=[0-9]{1,10}"
    rf"|StartTime={_MOMENT}\tEndTime={_MOMENT})"
)
"""The texts that may be sent, as a regular expression."""

_VERB: Final = "ACCOUNT transaction "
_PACKED: Final = "3"
_TGZ: Final = "tgz"
_NAME: Final = re.compile(r"(?:\./)?[A-Za-z0-9][\w.-]{0,63}", re.ASCII)
_GZIP: Final = 16 + zlib.MAX_WBITS


def _index(name: str, value: int) -> int:
    return within(name, value, 0, MAX_INDEX)


def packed_after(index: int = 0) -> str:
    """Ask a PULL SDK device for the events with a number greater than `index`, in one package (9.2.1).

    Raises `InvalidValue`.
    """
    return f"{_VERB}ContentType=tgz MaxIndex={_index('MaxIndex', index)}"


def after(index: int = 0) -> str:
    """Ask a controller for the events with a number greater than `index`, in files (9.2.2). Raises `InvalidValue`."""
    return f"{_VERB}MaxIndex={_index('MaxIndex', index)}"


def between_indexes(first: int, last: int) -> str:
    """Ask a controller for the events from number `first` to number `last`. Raises `InvalidValue`."""
    numbers: dict[str, str | int] = {
        "StartIndex": _index("StartIndex", first),
        "EndIndex": _index("EndIndex", last),
    }
    if first > last:
        raise InvalidValue("EndIndex", "must not be before StartIndex")
    return _VERB + row(numbers)


def between_times(first: datetime, last: datetime) -> str:
    """Ask a controller for the events from one moment to another, both in its own local time, naive.

    Raises `InvalidValue`.
    """
    for name, moment in (("StartTime", first), ("EndTime", last)):
        if moment.tzinfo is not None:
            raise InvalidValue(name, "must be local, without a time zone")
    if first > last:
        raise InvalidValue("EndTime", "must not be before StartTime")
    return _VERB + row({"StartTime": _written(first), "EndTime": _written(last)})


def _written(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a controller announces before it uploads its files."""

    events: int | None
    files: int | None
    file_name: str
    content_type: str


def parse_overview(text: str) -> Overview:
    """Read the upload with "desc=overview". Never raises."""
    values = parse_options(text)
    return Overview(
        events=parse_number(values.get("sumcount")),
        files=parse_number(values.get("filecount")),
        file_name=values.get("filename", ""),
        content_type=values.get("contenttype", ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a PULL SDK device uploads: an archive with a few words about it."""

    name: str
    size: int | None
    """Bytes of the archive, as the device says."""
    archive: bytes = field(repr=False)


def parse_package(body: bytes) -> Package:
    """Read header lines, a NUL and an archive in Base64. Raises `MalformedReply`."""
    head, separator, data = body.partition(NUL)
    if not separator:
        raise MalformedReply("a package without an end of its header")
    values = parse_options(decode_text(head, None))
    if values.get("datatype") != _TGZ or values.get("datacode") != "base64":
        raise MalformedReply("a package of another kind")
    try:
        # Printed with a space after the NUL; line ends may be anywhere in Base64.
        archive = b64decode(b"".join(data.split()), validate=True)
    except ValueError as err:
        raise MalformedReply("a package that is not Base64") from err
    return Package(
        name=values.get("name", ""),
        size=parse_number(values.get("size")),
        archive=archive,
    )


def read_upload(query: Mapping[str, str], body: bytes) -> tuple[int, str] | None:
    """Return the number of a file and its lines; None for an upload that is no archive. Raises `MalformedReply`."""
    if query.get("datafmt") == _PACKED:
        return 1, unpack(parse_package(body).archive)
    if query.get("contenttype", "").lower() == _TGZ:
        return parse_number(query.get("fileseq"), 4) or 1, unpack(body)
    return None


def unpack(archive: bytes) -> str:
    """Return the lines in all the files of a gzipped tar archive, each line with its end.

    Raises `MalformedReply` for anything that is not a small archive of plain files.
    """
    return "".join(
        text if text.endswith("\n") else f"{text}\n"
        for member in _members(_decompressed(archive))
        if (text := decode_text(member, None))
    )


def _decompressed(archive: bytes) -> bytes:
    """Undo gzip, but never beyond the limit, whatever the archive claims."""
    if len(archive) > MAX_PACKED:
        raise MalformedReply("too large an archive")
    reader = zlib.decompressobj(_GZIP)
    try:
        data = reader.decompress(archive, MAX_UNPACKED + 1)
    except zlib.error as err:
        raise MalformedReply("an archive that is not gzip") from err
    if len(data) > MAX_UNPACKED:
        raise MalformedReply("too much in an archive")
    if not reader.eof:
        raise MalformedReply("an archive that is cut off")
    return data


def _members(data: bytes) -> list[bytes]:
    """Return the plain files of a tar archive. Extensions, links and everything else are refused."""
    members: list[bytes] = []
    place = 0
    while any(header := data[place : place + BLOCKSIZE]):
        member = _header(header)
        if len(members) == MAX_MEMBERS:
            raise MalformedReply("too many files in an archive")
        start = place + BLOCKSIZE
        if not 0 <= member.size <= len(data) - start:
            raise MalformedReply("an archive that is cut off")
        members.append(data[start : start + member.size])
        place = start + -(-member.size // BLOCKSIZE) * BLOCKSIZE
    return members


def _header(block: bytes) -> TarInfo:
    """Read one header on its own, so that none can speak for another."""
    try:
        member = TarInfo.frombuf(block, "utf-8", "strict")
    except (TarError, ValueError) as err:
        raise MalformedReply("an archive that is not tar") from err
    if member.type not in {REGTYPE, AREGTYPE} or not _NAME.fullmatch(member.name):
        raise MalformedReply("an archive with more than plain files")
    return member
