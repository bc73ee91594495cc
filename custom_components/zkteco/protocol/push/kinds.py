"""What a field of a table can hold: each kind of value as text and back.

Lives here: the kinds, with their limits in words. Not here: which field is of which kind (`table_list`), what is made of a
value that does not fit (`tables`), what may stand in a command at all (`commands`). Nothing here raises.
"""

from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from datetime import date, datetime
from ipaddress import AddressValueError, IPv4Address
import re
from typing import Final, NamedTuple, override

from .. import packed_hours, packed_time
from ..errors import InvalidValue
from ..people import Interval
from .records import parse_card

MAX_NUMBER: Final = 2**31 - 1
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_SIGNED: Final = re.compile(r"-?[0-9]{1,20}")
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]{1,64}")
_CARD: Final = re.compile(r"[1-9][0-9]{0,19}")
_DST: Final = re.compile(r"[0-9]{8}")
_YEAR_2001: Final = 32140800
"""The first packed second of a year; no day is written as so large a number."""


class Raw(str):
    """The text of a value that its table does not explain, as a device sent it. It can be sent back as it came."""

    __slots__ = ()


class DstMoment(NamedTuple):
    """The moment of each year at which daylight saving time begins or ends."""

    month: int
    week: int
    """Which week of the month, 1 to 5."""
    weekday: int
    """0 to 7: the document does not say where it begins to count."""
    hour: int


type Cell = str | int | bytes | date | Interval | DstMoment | frozenset[int] | None
"""A value of a row, None for none. A `datetime` is a `date`, a `bool` an `int`."""


class Kind(ABC):
    """A kind of value."""

    blanks: tuple[str, ...] = ("",)
    """How no value is told; written as the first. Empty where there always is one."""

    @property
    @abstractmethod
    def limit(self) -> str:
        """What is allowed, in words."""

    @abstractmethod
    def encode(self, value: Cell) -> str | None:
        """Return a value as text; None when it is not of this kind."""

    @abstractmethod
    def decode(self, text: str) -> Cell:
        """Read a value other than the blanks; None when it is not of this kind."""


class Text(Kind):
    """A text, which may be empty."""

    blanks = ()

    def __init__(
        self, longest: int = 255, allowed: str = ".*", words: str = "characters"
    ) -> None:
        """Allow `longest` bytes that match `allowed`, which `words` describe. The default is a sanity limit."""
        self._longest = longest
        self._allowed = re.compile(allowed, re.DOTALL)
        self._words = words

    @property
    @override
    def limit(self) -> str:
        return (
            f"at most {self._longest} bytes of {self._words}, no spaces around the text"
        )

    @override
    def encode(self, value: Cell) -> str | None:
        if (
            isinstance(value, str)
            # Or it would come back as another text.
            and value == value.strip()
            and len(value.encode(errors="replace")) <= self._longest
            and self._allowed.fullmatch(value)
        ):
            return str(value)
        return None

    @override
    def decode(self, text: str) -> Cell:
        return self.encode(text)


class Number(Kind):
    """A whole number."""

    def __init__(self, low: int = 0, high: int = MAX_NUMBER) -> None:
        """Allow `low` to `high`."""
        self._low = low
        self._high = high

    @property
    @override
    def limit(self) -> str:
        return f"must be from {self._low} to {self._high}"

    @override
    def encode(self, value: Cell) -> str | None:
        # Whoever says yes or no means a switch.
        if isinstance(value, int) and not isinstance(value, bool):
            return str(int(value)) if self._low <= value <= self._high else None
        return None

    @override
    def decode(self, text: str) -> Cell:
        number = int(text) if _SIGNED.fullmatch(text) else None
        return number if self.encode(number) else None


class Choice(Number):
    """One of a few numbers."""

    def __init__(self, *numbers: int) -> None:
        """Allow these numbers."""
        super().__init__(min(numbers), max(numbers))
        self._numbers = numbers

    @property
    @override
    def limit(self) -> str:
        return f"one of {', '.join(map(str, self._numbers))}"

    @override
    def encode(self, value: Cell) -> str | None:
        return super().encode(value) if value in self._numbers else None


class Switch(Kind):
    """Yes or no, as 1 or 0."""

    @property
    @override
    def limit(self) -> str:
        return "true or false"

    @override
    def encode(self, value: Cell) -> str | None:
        return str(int(value)) if isinstance(value, bool) else None

    @override
    def decode(self, text: str) -> Cell:
        return {"0": False, "1": True}.get(text)


class Card(Kind):
    """A card number, in decimal."""

    blanks = ("", "0")

    @property
    @override
    def limit(self) -> str:
        return "1 to 20 digits, the first of which is no zero"

    @override
    def encode(self, value: Cell) -> str | None:
        return str(value) if isinstance(value, str) and _CARD.fullmatch(value) else None

    @override
    def decode(self, text: str) -> Cell:
        # Records may tell longer ones than tables hold.
        return self.encode(parse_card(text))


class Hexadecimal(Kind):
    """Hexadecimal digits. Their case is kept: devices differ."""

    def __init__(self, longest: int) -> None:
        """Allow 1 to `longest` digits."""
        self._longest = longest

    @property
    @override
    def limit(self) -> str:
        return f"1 to {self._longest} hexadecimal digits"

    @override
    def encode(self, value: Cell) -> str | None:
        if isinstance(value, str) and _HEXADECIMAL.fullmatch(value):
            return str(value) if len(value) <= self._longest else None
        return None

    @override
    def decode(self, text: str) -> Cell:
        return self.encode(text)


class Bits(Kind):
    """A set of numbers from 1 on, each a bit of one number, the lowest first."""

    def __init__(self, count: int, *, hexadecimal: bool = False) -> None:
        """Allow 1 to `count`."""
        self._count = count
        self._hexadecimal = hexadecimal

    @property
    @override
    def limit(self) -> str:
        return f"a set of numbers from 1 to {self._count}"

    @override
    def encode(self, value: Cell) -> str | None:
        if isinstance(value, frozenset) and value <= {*range(1, self._count + 1)}:
            return (
                f"{sum(1 << n - 1 for n in value):{'X' if self._hexadecimal else 'd'}}"
            )
        return None

    @override
    def decode(self, text: str) -> Cell:
        if not (_HEXADECIMAL if self._hexadecimal else _DIGITS).fullmatch(text):
            return None
        bits = int(text, 16 if self._hexadecimal else 10)
        if bits >> self._count:
            return None
        return frozenset(n for n in range(1, self._count + 1) if bits >> n - 1 & 1)


class Moment(Kind):
    """A local time as packed seconds (Security PUSH 3.1.2 appendix 5)."""

    blanks = ("0", "")

    @property
    @override
    def limit(self) -> str:
        return "a local time from 2000-01-01 00:00:01 to 2133-08-18 06:28:15"

    @override
    def encode(self, value: Cell) -> str | None:
        if not isinstance(value, datetime):
            return None
        try:
            return str(packed_time.encode(value) or "") or None
        except InvalidValue:
            return None

    @override
    def decode(self, text: str) -> Cell:
        return packed_time.decode(int(text)) if _DIGITS.fullmatch(text) else None


class Day(Kind):
    """A date, as YYYYMMDD."""

    @property
    @override
    def limit(self) -> str:
        return "a date"

    @override
    def encode(self, value: Cell) -> str | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat().replace("-", "")
        return None

    @override
    def decode(self, text: str) -> Cell:
        # Other forms of a date have other lengths or characters.
        if len(text) != 8 or not _DIGITS.fullmatch(text):
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None


class Validity(Kind):
    """One end of a validity: a date or packed seconds, as the device wants it."""

    blanks = ("0", "")
    _day = Day()
    _moment = Moment()

    @property
    @override
    def limit(self) -> str:
        return "a date from 2000 on, or a local time from 2001-01-01 to 2133-08-18"

    @override
    def encode(self, value: Cell) -> str | None:
        text = self._day.encode(value) or self._moment.encode(value) or ""
        # Devices tell dates and times apart by their size, too.
        there = self.decode(text)
        if there is None or isinstance(there, datetime) != isinstance(value, datetime):
            return None
        return text

    @override
    def decode(self, text: str) -> Cell:
        if not _DIGITS.fullmatch(text):
            return None
        if int(text) >= _YEAR_2001:
            return self._moment.decode(text)
        return self._day.decode(text) if text >= "20000101" else None


class Window(Kind):
    """From one minute of a day to another: HHMM of the start above 16 bits of HHMM of the end."""

    blanks = ("0", "")

    @property
    @override
    def limit(self) -> str:
        return "whole minutes; it ends after 00:00 and not before it starts"

    @override
    def encode(self, value: Cell) -> str | None:
        if not isinstance(value, Interval):
            return None
        text = str(packed_hours.encode(value))
        return text if self.decode(text) == value else None

    @override
    def decode(self, text: str) -> Cell:
        if not _DIGITS.fullmatch(text):
            return None
        return packed_hours.decode(int(text))


class Dst(Kind):
    """A moment of each year, as MMIIWWHH: month, week, weekday and hour."""

    @property
    @override
    def limit(self) -> str:
        return "month 1 to 12, week 1 to 5, weekday 0 to 7, hour 0 to 23"

    @override
    def encode(self, value: Cell) -> str | None:
        match value:
            case DstMoment(month, week, weekday, hour):
                text = f"{month:02}{week:02}{weekday:02}{hour:02}"
                return text if self.decode(text) == value else None
        return None

    @override
    def decode(self, text: str) -> Cell:
        if not _DST.fullmatch(text):
            return None
        month, week, weekday, hour = (
            int(text[place : place + 2]) for place in (0, 2, 4, 6)
        )
        if 1 <= month <= 12 and 1 <= week <= 5 and weekday <= 7 and hour <= 23:
            return DstMoment(month, week, weekday, hour)
        return None


class Base64(Kind):
    """Bytes, such as a photo."""

    def __init__(self, longest: int) -> None:
        """Allow 1 to `longest` bytes."""
        self._longest = longest

    @property
    @override
    def limit(self) -> str:
        return f"1 to {self._longest} bytes"

    @override
    def encode(self, value: Cell) -> str | None:
        if isinstance(value, bytes) and 0 < len(value) <= self._longest:
            return b64encode(value).decode()
        return None

    @override
    def decode(self, text: str) -> Cell:
        try:
            value = b64decode(text, validate=True)
        except ValueError:
            return None
        # What would come out otherwise is better left alone.
        return value if self.encode(value) == text else None


class Ipv4(Kind):
    """An address such as 192.168.1.201."""

    @property
    @override
    def limit(self) -> str:
        return "an address such as 192.168.1.201"

    @override
    def encode(self, value: Cell) -> str | None:
        if not isinstance(value, str):
            return None
        try:
            return str(IPv4Address(value))
        except AddressValueError:
            return None

    @override
    def decode(self, text: str) -> Cell:
        return self.encode(text)
