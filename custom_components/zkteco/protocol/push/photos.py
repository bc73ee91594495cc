"""Photos that devices upload: of people, for comparison, and of what the camera saw.

Lives here: four forms of the same upload (Security PUSH 3.1.2 sections 7.8, 7.9, 7.10 and 9.6.2). Not here: what becomes of
a photo. What is no JPEG picture of a reasonable size is left out; nothing here raises.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
import re
from typing import Final

from .codes import Biometric
from .messages import parse_number, parse_records

MAX_PHOTO: Final = 2 * 1024 * 1024
"""Bytes of one picture."""
_JPEG: Final = b"\xff\xd8\xff"


class PhotoKind(StrEnum):
    """What a photo is for."""

    USER = "user"
    """A portrait, to be shown."""
    COMPARISON = "comparison"
    """What a device recognises a person by."""
    SNAPSHOT = "snapshot"
    """What the camera saw when somebody verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One picture."""

    kind: PhotoKind
    user_id: str | None
    """None for a stranger."""
    moment: datetime | None = None
    """Of a snapshot, in the device's local time, naive."""
    biometric: Biometric | None = None
    """Of a comparison photo."""
    data: bytes = field(repr=False)
    """JPEG."""


@dataclass(frozen=True, slots=True)
class _Layout:
    kind: PhotoKind
    content: str
    """The field with the picture."""


_LAYOUTS: Final[Mapping[str, _Layout]] = {
    "userpic": _Layout(PhotoKind.USER, "content"),
    "biophoto": _Layout(PhotoKind.COMPARISON, "content"),
    "attphoto": _Layout(PhotoKind.SNAPSHOT, "photo"),
    # Enrolment: not a table, but the type of the upload.
    "biodata": _Layout(PhotoKind.COMPARISON, "biophoto"),
}
# "20181003143617-22.jpg": when, and who if that is known.
_SNAPSHOT: Final = re.compile(
    r"([0-9]{14})(?:-([A-Za-z0-9]{1,32}))?\.jpe?g", re.IGNORECASE
)


def parse_jpeg(text: str) -> bytes | None:
    """Read a JPEG picture in Base64; None for anything else, or for one that is too large."""
    if len(text) > MAX_PHOTO // 3 * 4 + 4:
        return None
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return None
    return data if data.startswith(_JPEG) else None


def parse_photos(text: str, table: str) -> list[Photo]:
    """Read an upload of "userpic", "biophoto", "ATTPHOTO", or of the type "BioData" ("biodata"); others have none."""
    layout = _LAYOUTS.get(table.lower())
    if layout is None:
        return []
    name = None if table.lower() == "biodata" else table
    return [
        photo
        for line in parse_records(text, name)
        if (data := parse_jpeg(line.get(layout.content, ""))) is not None
        and (photo := _photo(layout.kind, line, data)) is not None
    ]


def _photo(kind: PhotoKind, line: Mapping[str, str], data: bytes) -> Photo | None:
    pin = line.get("pin", "")
    if kind is not PhotoKind.SNAPSHOT:
        biometric = None
        if kind is PhotoKind.COMPARISON:
            biometric = _BIOMETRICS.get(parse_number(line.get("type")))
        return Photo(kind=kind, user_id=pin or None, biometric=biometric, data=data)
    if (name := _SNAPSHOT.fullmatch(pin)) is None:
        return None
    try:
        moment = datetime.strptime(name[1], "%Y%m%d%H%M%S")
    except ValueError:
        moment = None
    return Photo(kind=kind, user_id=name[2], moment=moment, data=data)


_BIOMETRICS: Final[Mapping[int | None, Biometric]] = {int(b): b for b in Biometric}
