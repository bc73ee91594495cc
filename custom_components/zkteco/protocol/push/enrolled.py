"""What devices upload when somebody was enrolled: that it happened, not what the finger looks like.

Lives here: uploads of templates without the templates (Security PUSH 3.1.2 sections 7.7, 7.11, 9.6.1 and 9.6.2). Not here:
templates that are asked for (`templates`), photos (`photos`). Nothing here raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .codes import Biometric
from .messages import parse_number, parse_records
from .records import parse_card

_DURESS_FINGER: Final = 16
"""Added to the number of a finger that raises an alarm (section 7.7)."""
_DURESS: Final = "3"
_INVALID: Final = "0"
_BIOMETRICS: Final[Mapping[int | None, Biometric]] = {int(b): b for b in Biometric}


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A finger, a face or a palm that a device now knows; of the template itself nothing is kept."""

    user_id: str
    kind: Biometric
    index: int | None
    """Which finger, 0 to 9, or which hand or eye, 0 the left one."""
    part: int = 0
    """Which of the templates of one finger."""
    valid: bool = True
    duress: bool = False
    version: str | None
    """Of the algorithm; None where the upload does not tell."""
    digits: int
    """The length of the template as it travelled, in Base64; 0 when there was none."""


def parse_templates(text: str, table: str) -> list[Enrolled]:
    """Read an upload of "templatev10" or "biodata", or of the type "BioData"; others tell nothing.

    Lines without a person or a known kind are left out.
    """
    match table.lower():
        case "templatev10":
            read = _finger
        case "biodata":
            read = _biometric
        case _:
            return []
    return [
        found
        for line in parse_records(text)
        if line.get("pin", "").strip("0") and (found := read(line)) is not None
    ]


def _finger(line: Mapping[str, str]) -> Enrolled | None:
    number = parse_number(line.get("fingerid"), 2)
    is_duress = number is not None and number >= _DURESS_FINGER
    return Enrolled(
        user_id=line["pin"],
        kind=Biometric.FINGERPRINT,
        index=None if number is None else number % _DURESS_FINGER,
        valid=line.get("valid") != _INVALID,
        duress=is_duress or line.get("valid") == _DURESS,
        version=None,
        digits=len(line.get("template", "")),
    )


def _biometric(line: Mapping[str, str]) -> Enrolled | None:
    kind = _BIOMETRICS.get(parse_number(line.get("type"), 2))
    if kind is None:
        return None
    # The uploads of an enrolment write "MAJOR_VER" where the table has "majorver".
    major = line.get("majorver") or line.get("major_ver")
    minor = line.get("minorver") or line.get("minor_ver")
    return Enrolled(
        user_id=line["pin"],
        kind=kind,
        index=parse_number(line.get("no"), 2),
        part=parse_number(line.get("index"), 3) or 0,
        valid=line.get("valid") != _INVALID,
        duress=line.get("duress") == "1",
        version=f"{major}.{minor or 0}" if major else None,
        digits=len(line.get("tmp", "")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledCard:
    """A card that somebody held to the reader."""

    user_id: str
    card: str | None = field(repr=False)
    """Decimal card number; None when it cannot be read."""


def parse_enrolled_cards(text: str) -> list[EnrolledCard]:
    """Read an upload of the type "EnrollInfoData"; lines about nobody, or about something else, are left out."""
    return [
        EnrolledCard(user_id=user_id, card=parse_card(line.get("tmp", "")))
        for line in parse_records(text)
        if (user_id := line.get("pin", "")).strip("0")
        and line.get("type", "0") == str(int(Biometric.COMMON))
    ]
