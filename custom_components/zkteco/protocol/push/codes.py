"""What the vendor's PUSH numbers mean: command results, error log, models, kinds of biometrics, ways to verify.

Lives here: tables and the functions that read them. Not here: events and the older verification numbers
(`event_codes`). A number that no document explains is described all the same: nothing here raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import Final

from ..model import VerifyMethod

RETURN_VALUES: Final[Mapping[int, str]] = {
    -1: "command could not be sent",
    -2: "no response to the command",
    -3: "device out of buffer space",
    -4: "data could not be decompressed",
    -5: "data read has the wrong length",
    -6: "decompressed data has the wrong length",
    -7: "command repeated",
    -8: "connection not authorised",
    -9: "data corrupted on the way",
    -10: "data cannot be read",
    -11: "parameter not valid",
    -12: "command could not be carried out",
    -13: "command unknown to the device",
    -14: "wrong communication password",
    -15: "file could not be written",
    -16: "file could not be read",
    -17: "file does not exist",
    -18: "device out of storage space",
    -19: "wrong checksum",
    -20: "data received has the wrong length",
    -21: "platform not set on the device",
    -22: "firmware is for another platform",
    -23: "firmware is older than the installed one",
    -24: "firmware file is marked wrongly",
    -25: "firmware file has the wrong name",
    -26: "fingerprint template is empty",
    -27: "user of the template not found",
    -28: "door is already held open by its schedule",
    -30: "template is of another algorithm version",
    -100: "table has no structure",
    -101: "condition names an unknown field",
    -102: "wrong number of fields",
    -103: "wrong order of fields",
    -104: "event data not valid",
    -105: "data cannot be resolved",
    -106: "more than 4 MB of data",
    -107: "structure of the table not available",
    -108: "options not valid",
    -201: "library could not be loaded",
    -202: "interface could not be called",
    -203: "communication could not be started",
    -206: "serial port not available",
    -301: "TCP/IP version not available",
    -603: "internal error: invalid handle",
    -604: "device out of memory",
    -609: "internal error: invalid handle",
    -612: "option could not be saved",
    -614: "alarm could not be cancelled",
    -615: "restart failed",
    -616: "open schedule could not be changed",
    -618: "address not valid",
    -619: "internal error: empty parameter",
    -620: "wrong format of data",
    -621: "table has no such field",
    -628: "fingerprint could not be loaded",
    -629: "table unknown to the device",
    -630: "shell command failed",
    -631: "base64 data has the wrong length",
    -632: "wrong file name",
    -708: "firmware does not support the command",
    -709: "options could not be uploaded",
    -720: "firmware update failed",
    -721: "file is being downloaded",
    -722: "data could not be uploaded",
    -725: "no result in time",
    -726: "server answered with an HTTP error",
    -728: "number of rows could not be uploaded",
    -730: "no response from the server",
    -731: "server could not receive the data",
    -801: "wrong format of command",
}
"""Failures of access devices (Security PUSH 3.1.2 appendix 1)."""
RESERVED: Final = frozenset({-601, -723, -724, -727, -729, -732, *range(-707, -700)})
"""What firmware uses for itself (appendix 1)."""

_PENDING: Final = -5000
# The document prints this where it says -5000 (section 9.5.3).
_PENDING_MISPRINT: Final = 5000
# Commands that return how many rows there were. A result may name the command only by its first word.
_ACCOUNT: Final = "ACCOUNT"
_COUNTING: Final = frozenset({"DATA QUERY", _ACCOUNT})
_MAY_COUNT: Final = _COUNTING | {
    "DATA",
    "DATA COUNT",
    "PUTFILE",
    "GETFILE",
    "UPGRADE",
}


class Verdict(Enum):
    """How far a command has come."""

    DONE = auto()
    PENDING = auto()
    """Accepted for a sub-controller; the final result follows."""
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the returned number of a command means."""

    verdict: Verdict
    words: str = ""
    """Why it failed, such as "table unknown to the device"; empty otherwise."""
    count: int | None = None
    """How many rows a query found."""


def interpret(verb: str, code: int) -> Outcome:
    """Return what `code` means as the result of a command that begins with `verb`. Never raises.

    `verb` is best taken from the command that was sent ("DATA QUERY"): devices may shorten it in the result.
    """
    verb = " ".join(verb.upper().split())
    if verb.startswith(f"{_ACCOUNT} "):  # with the table's name
        verb = _ACCOUNT
    if code == _PENDING or (code == _PENDING_MISPRINT and verb not in _MAY_COUNT):
        return Outcome(Verdict.PENDING)
    if code < 0:
        other = "internal error" if code in RESERVED else "unknown failure"
        return Outcome(Verdict.FAILED, RETURN_VALUES.get(code, other))
    return Outcome(Verdict.DONE, count=code if verb in _COUNTING else None)


ERROR_LOG_CODES: Final[Mapping[str, str]] = {
    "00000000": "successful",
    "D01E0001": "no face found",
    "D01E0002": "face covered",
    "D01E0003": "picture not sharp enough",
    "D01E0004": "face turned too far",
    "D01E0005": "face not alive",
    "D01E0006": "template could not be extracted",
}
"""Errors in the log that devices upload (Security PUSH 3.1.2 appendix 17)."""

_ERROR_MODULES: Final = {
    "01": "PUSH communication",
    "02": "template processing",
    "03": "hardware",
    "04": "PULL communication",
    "05": "standalone communication",
    "06": "data relay",
    "07": "licence",
}


def describe_error(code: str) -> str:
    """Return an error of the log in words; of an unknown one, as much as its digits tell. Never raises."""
    code = code.upper()
    if words := ERROR_LOG_CODES.get(code):
        return words
    if code.startswith("S"):
        return "unknown error of the server"
    module = _ERROR_MODULES.get(code[1:3]) if code.startswith("D") else None
    return f"unknown error in {module}" if module else "unknown error"


MODELS: Final[Mapping[int, str]] = {
    1: "C3-200",
    2: "C3-400",
    3: "C4-400",
    4: "C3-100",
    5: "C4-200 / inBio280",
    6: "C4 (four doors to two)",
    7: "C3 (four doors to two)",
    8: "C3-160 / inBio160",
    9: "C3-260 / inBio260",
    10: "C3-460 / inBio460",
    23: "C5-100",
    24: "C5-200",
    25: "C5-400",
    26: "inBio5-100",
    27: "inBio5-200",
    28: "inBio5-400",
    40: "BioIR9000",
    101: "Terminal",
    102: "Finger vein terminal",
    103: "iFace7",
    301: "Wireless lock",
}
"""By machine type (Security PUSH 3.1.2 appendix 7)."""


LANGUAGES: Final[Mapping[int, str]] = {
    65: "fa",
    66: "ar",
    68: "nl",
    69: "en",
    70: "fr",
    71: "de",
    72: "he",
    73: "id",
    74: "ja",
    75: "ko",
    76: "th",
    80: "pt",
    82: "ru",
    83: "zh-Hans",
    84: "zh-Hant",
    86: "vi",
    89: "sk",
    90: "cs",
    97: "es",
    103: "el",
    105: "it",
    112: "pl",
    116: "tr",
}
"""What a device speaks, as a language tag (Security PUSH 3.1.2 appendix 4)."""


class Biometric(IntEnum):
    """What a template or photo is of (Security PUSH 3.1.2 appendix 18)."""

    COMMON = 0
    FINGERPRINT = 1
    NEAR_INFRARED_FACE = 2
    VOICE = 3
    IRIS = 4
    RETINA = 5
    PALM_PRINT = 6
    FINGER_VEIN = 7
    PALM_VEIN = 8
    FACE = 9
    """By visible light."""
    PALM = 10
    """By visible light."""


class VerifyStyle(IntEnum):
    """One way to verify, as its bit in NewVFStyles (Security PUSH 3.1.2 section 4.4)."""

    FACE = 1
    PALM_PRINT = 2
    PALM_VEIN = 3
    FINGERPRINT = 4
    FINGER_VEIN = 5
    VOICE = 6
    IRIS = 7
    RETINA = 8
    PASSWORD = 9
    USER_ID = 10
    CARD = 11
    QR_CODE = 12


_STYLES: Final = frozenset(VerifyStyle)
_STYLE_DIGITS: Final = 16

_METHODS: Final[Mapping[frozenset[VerifyStyle], VerifyMethod]] = {
    frozenset(styles): method
    for method, styles in (
        (VerifyMethod.FACE, [VerifyStyle.FACE]),
        (VerifyMethod.FINGERPRINT, [VerifyStyle.FINGERPRINT]),
        (VerifyMethod.FINGER_VEIN, [VerifyStyle.FINGER_VEIN]),
        (VerifyMethod.PIN_CODE, [VerifyStyle.PASSWORD]),
        (VerifyMethod.USER_ID, [VerifyStyle.USER_ID]),
        (VerifyMethod.CARD, [VerifyStyle.CARD]),
        (
            VerifyMethod.USER_ID_AND_FINGERPRINT,
            [VerifyStyle.USER_ID, VerifyStyle.FINGERPRINT],
        ),
        (
            VerifyMethod.FINGERPRINT_AND_PIN_CODE,
            [VerifyStyle.FINGERPRINT, VerifyStyle.PASSWORD],
        ),
        (
            VerifyMethod.CARD_AND_FINGERPRINT,
            [VerifyStyle.CARD, VerifyStyle.FINGERPRINT],
        ),
        (VerifyMethod.CARD_AND_PIN_CODE, [VerifyStyle.CARD, VerifyStyle.PASSWORD]),
        (
            VerifyMethod.CARD_FINGERPRINT_AND_PIN_CODE,
            [VerifyStyle.CARD, VerifyStyle.FINGERPRINT, VerifyStyle.PASSWORD],
        ),
        (
            VerifyMethod.USER_ID_FINGERPRINT_AND_PIN_CODE,
            [VerifyStyle.USER_ID, VerifyStyle.FINGERPRINT, VerifyStyle.PASSWORD],
        ),
        (
            VerifyMethod.FACE_AND_FINGERPRINT,
            [VerifyStyle.FACE, VerifyStyle.FINGERPRINT],
        ),
        (VerifyMethod.FACE_AND_PIN_CODE, [VerifyStyle.FACE, VerifyStyle.PASSWORD]),
        (VerifyMethod.FACE_AND_CARD, [VerifyStyle.FACE, VerifyStyle.CARD]),
        (
            VerifyMethod.FACE_FINGERPRINT_AND_CARD,
            [VerifyStyle.FACE, VerifyStyle.FINGERPRINT, VerifyStyle.CARD],
        ),
        (
            VerifyMethod.FACE_FINGERPRINT_AND_PIN_CODE,
            [VerifyStyle.FACE, VerifyStyle.FINGERPRINT, VerifyStyle.PASSWORD],
        ),
        (
            VerifyMethod.FINGER_VEIN_AND_PIN_CODE,
            [VerifyStyle.FINGER_VEIN, VerifyStyle.PASSWORD],
        ),
        (
            VerifyMethod.FINGER_VEIN_AND_CARD,
            [VerifyStyle.FINGER_VEIN, VerifyStyle.CARD],
        ),
        (
            VerifyMethod.FINGER_VEIN_CARD_AND_PIN_CODE,
            [VerifyStyle.FINGER_VEIN, VerifyStyle.CARD, VerifyStyle.PASSWORD],
        ),
        *(
            (method, [palm, *others])
            for palm in (VerifyStyle.PALM_PRINT, VerifyStyle.PALM_VEIN)
            for method, others in (
                (VerifyMethod.PALM, []),
                (VerifyMethod.PALM_AND_CARD, [VerifyStyle.CARD]),
                (VerifyMethod.PALM_AND_FACE, [VerifyStyle.FACE]),
                (VerifyMethod.PALM_AND_FINGERPRINT, [VerifyStyle.FINGERPRINT]),
                (
                    VerifyMethod.PALM_FINGERPRINT_AND_FACE,
                    [VerifyStyle.FINGERPRINT, VerifyStyle.FACE],
                ),
            )
        ),
    )
}


def verify_styles(bits: str) -> frozenset[VerifyStyle] | None:
    """Read 16 binary digits, the leftmost being bit 15; None for anything else.

    Bit 0 only says that several ways are needed together, and bits 13 to 15 have no meaning.
    """
    if len(bits) != _STYLE_DIGITS or bits.strip("01"):
        return None
    value = int(bits, 2)
    return frozenset(style for style in _STYLES if value >> style & 1)


def method_of_styles(styles: frozenset[VerifyStyle]) -> VerifyMethod | None:
    """Return the one method that a set of ways makes; None for a combination without a name."""
    return _METHODS.get(styles)
