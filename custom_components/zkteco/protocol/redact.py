"""What is told of a message instead of secrets and personal data.

Lives here: stand-ins, which keep length and kind, the shape of what nobody understands, and which columns and options are
harmless. Not here: the layouts of messages (`redact` of each protocol). Whatever is not known to be harmless is replaced.
"""

from collections.abc import Callable
from itertools import groupby, islice
from random import Random, SystemRandom
import re
import string
from typing import Final

from .device import Json

MAX_TOLD: Final = 16 * 1024
"""Bytes of one message: of a longer one the beginning is told. Reading users and logs would fill a record at once."""
PRIVATE_OPTIONS: Final = frozenset(
    {
        "dns",
        "gateipaddress",
        "iclocksvrurl",
        "ipaddress",
        "mac",
        "netmask",
        "serialnumber",
        "sn",
        "ssid",
        "webserverip",
        "webserverurl",
    }
)
"""What devices tell of where they are and which one they are, in lower case and without "~"."""

_LONGEST: Final = 64
"""Characters; longer texts are templates and photos, of which nothing but the length is told."""
_TRIES: Final = 50
_RUNS: Final = 40
_UPPER: Final = range(ord("A"), ord("Z") + 1)
_LOWER: Final = range(ord("a"), ord("z") + 1)
_DIGITS: Final = range(ord("1"), ord("9") + 1)
# Letters that take two, three and four bytes in UTF-8.
_WIDER: Final = (range(0xC0, 0xD7), range(0x4E00, 0x9000), range(0x20000, 0x2A000))
_FILLED: Final = re.compile(r"[^=\s]")

type Keeps = Callable[[str, str], bool]
"""Whether the value of a name may be told."""

_DAY: Final = r"(?:sun|mon|tue|wed|thu|fri|sat|hol[123])"
_COLUMNS: Final = re.compile(
    rf"{_DAY}time[123]?(?:vs\w{{1,10}})?"
    # who may what, when, where; how many
    "|group[1-5]?|superauthorize|privilege|disable|verify|starttime|endtime|funswitch"
    "|authorizetimezoneid|authorizedoorid|timezoneid|startdatetime|enddatetime|pri|grp|tz"
    "|holiday|holidaytype|loop|losscardflag|cardtype|cardbit"
    # what happened
    "|event|eventtype|eventaddr|doorid|inoutstate|inoutstatus|verified|verifytype|index"
    "|time|time_second|maskflag|bitcount"
    # the state of doors
    "|sensor|relay|alarm|door"
    # templates, without themselves
    "|size|fingerid|fid|valid|no|type|majorver|minorver|duress|endtag"
    # devices and their parts
    "|inaddr|outtype|outaddr|outtime|intype|reserved|devid|address|bustype|inout"
    "|readerid|machinetype|devtype|isdefault|wgformatid|disabled|ismaster|online"
    # messages
    "|id|return|cmdid|errcode|count"
)
_NAME: Final = re.compile(r"~?[A-Za-z]\w{0,39}", re.ASCII)
_NUMBERS: Final = re.compile(r"[-0-9A-Fa-f:., T]{0,40}")


def is_harmless(column: str, value: str = "") -> bool:
    """Whether the numbers of a column are about no person, in the tables and logs of panels and PUSH devices."""
    known = _COLUMNS.fullmatch(column.lower()) is not None
    return known and _NUMBERS.fullmatch(value) is not None


def shape(data: bytes) -> dict[str, Json]:
    """Tell of bytes that nobody understands how many they are, and of which kinds: "d4 z2" is four digits and two zeros.

    Besides, "a" are letters, "p" what else is printed, "c" control characters, "x" all others.
    """
    if not data:
        return {"size": 0}
    kinds = groupby(data, _kind_of)
    runs = [f"{kind}{len([*run])}" for kind, run in islice(kinds, _RUNS)]
    return {"size": len(data), "shape": " ".join(runs)}


def _kind_of(byte: int) -> str:
    letter = chr(byte)
    if byte == 0:
        return "z"
    if letter in string.digits:
        return "d"
    if letter in string.ascii_letters:
        return "a"
    if byte < 0x20:
        return "c"
    return "p" if byte < 0x7F else "x"


class _Chosen[V]:
    """What was chosen for which value."""

    def __init__(self) -> None:
        self._known: dict[V, V] = {}
        self._used: set[V] = set()

    def get(self, value: V, make: Callable[[], V]) -> V:
        """Return what stands for a value, which stands for nothing else as long as others are left."""
        if (found := self._known.get(value)) is not None:
            return found
        for _ in range(_TRIES):
            other = make()
            if other != value and other not in self._used:
                break
        self._used.add(other)
        self._known[value] = other
        return other


class StandIns:
    """Invented values in place of real ones: of the same length and kind, the same for the same, and others for others.

    One record has one, so that its rows can be compared, and nobody can compare two records.
    """

    def __init__(self, random: Random | None = None) -> None:
        """`random` is for tests; by itself nobody can foresee what is chosen."""
        self._random = random or SystemRandom()
        self._numbers = _Chosen[int]()
        self._texts = _Chosen[str]()

    def number(self, value: int) -> int:
        """Return a number with as many digits and bytes; 0 is nobody and nothing, and stays."""
        if value <= 0:
            return value
        digits, bits = len(str(value)), value.bit_length()
        # Panels send numbers with a spare bit, so those of a byte and a bit take two.
        low = max(10 ** (digits - 1), 1 << max(bits // 8 * 8 - 1, 0))
        high = min(10**digits, 1 << (bits + 7) // 8 * 8, 1 << bits // 8 * 8 + 7)
        return self._numbers.get(value, lambda: self._random.randrange(low, high))

    def text(self, value: str) -> str:
        """Return a text whose letters and digits are others; a number is the one that `number` returns."""
        if len(value) > _LONGEST:
            return _FILLED.sub("A", value)
        number = value.lstrip("0")
        if not number:
            return value
        if number.isascii() and number.isdigit():
            zeros = len(value) - len(number)
            return "0" * zeros + str(self.number(int(number)))
        return self._texts.get(value, lambda: "".join(map(self._letter, value)))

    def field(self, data: bytes) -> bytes:
        """Return the same for a text field of fixed size, up to its end; what is behind that becomes zeros."""
        text = data.partition(b"\0")[0]
        try:
            other = self.text(text.decode()).encode()
        except UnicodeDecodeError:
            other = self.text(text.decode("latin-1")).encode("latin-1")
        return other.ljust(len(data), b"\0")

    def binary(self, data: bytes) -> bytes:
        """Return the same for a number, lowest byte first."""
        number = self.number(int.from_bytes(data, "little"))
        return number.to_bytes(len(data), "little")

    def fields(
        self,
        text: str,
        separator: re.Pattern[str],
        keeps: Keeps,
        bare: Callable[[str], str] | None = None,
    ) -> str:
        """Return a text of name=value fields between separators, of which only the names are told, and what `keeps` allows.

        `separator` has one group around all of it. `bare` returns what is told of whatever is no value: fields without a
        name, and words in front of one.
        """
        tell = bare or self.text
        parts = separator.split(text)
        parts[::2] = [self._field(part, keeps, tell) for part in parts[::2]]
        return "".join(parts)

    def _field(self, field: str, keeps: Keeps, tell: Callable[[str], str]) -> str:
        front, equals, value = field.partition("=")
        words, blank, name = front.rpartition(" ")
        if not equals or not _NAME.fullmatch(name):
            return tell(field)
        if not keeps(name, value.strip()):
            value = self.text(value)
        return f"{tell(words) if words else ''}{blank}{name}={value}"

    def _letter(self, letter: str) -> str:
        """Return another letter of the same kind and size."""
        code = ord(letter)
        for kind in (_UPPER, _LOWER):
            if code in kind:
                return chr(self._random.choice(kind))
        if letter in string.digits:
            return chr(self._random.choice(_DIGITS))
        if code < 0x80:
            return letter
        return chr(self._random.choice(_WIDER[len(letter.encode()) - 2]))
