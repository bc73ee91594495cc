"""Documented settings of a device, by the names that they have on the wire: what may be read and written, and what is secret.

Lives here: the description of one, and the checks of names and values. Not here: which there are, and how they travel
(`c3.parameters`, `standalone.options`), settings as people see them (`settings`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import re
from typing import Final

from .errors import InvalidValue

_NAME: Final = re.compile(r"~?[A-Za-z][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """What is documented about one, or about the same one of every door or reader."""

    name: str
    """As on the wire; `{n}` stands for a door or reader number."""
    words: str
    source: str
    writable: bool = False
    secret: bool = False
    """Neither readable nor writable: devices give secrets away in clear text."""
    allowed: Sequence[int] = ()
    """The numbers that can be written."""
    allowed_words: str = ""
    """The same in words, where a list would be too long."""

    @property
    def limit(self) -> str:
        """What can be written, in words."""
        if self.allowed_words:
            return self.allowed_words
        if isinstance(self.allowed, range):
            return f"a whole number from {self.allowed[0]} to {self.allowed[-1]}"
        return "one of " + ", ".join(map(str, self.allowed))


class Documentation:
    """All that are documented for one kind of device."""

    def __init__(
        self, documented: Mapping[str, Documented], *, what: str, secrets: str
    ) -> None:
        """In messages, one of them is called `what`, and those that are kept secret `secrets`."""
        self._documented = documented
        self._what = what
        self._secrets = secrets

    def checked(self, name: str) -> str:
        """Return `name` when it can go into a request; an error never repeats one that cannot."""
        if not _NAME.fullmatch(name):
            limit = "1 to 40 letters, digits or underscores"
            raise InvalidValue(f"{self._what} name", limit)
        return name

    def find(self, name: str) -> Documented | None:
        """Return what is documented about `name`, such as "Door1Drivertime"; None for any other name."""
        return self._documented.get(name)

    def _find_usable(self, name: str) -> Documented:
        found = self.find(self.checked(name))
        if found is None:
            raise InvalidValue(name, f"not a documented {self._what}")
        if found.secret:
            raise InvalidValue(name, f"{self._secrets} are neither read nor written")
        return found

    def check_readable(self, name: str) -> None:
        """Raise `InvalidValue` unless `name` is documented and no secret."""
        self._find_usable(name)

    def check_writable(self, name: str, value: str) -> None:
        """Raise `InvalidValue` unless `name` may be written and `value` is within its documented range."""
        found = self._find_usable(name)
        if not found.writable:
            raise InvalidValue(name, "can only be read")
        # The text must be what the device will read back, so no sign and no leading zero.
        if value not in map(str, found.allowed):
            raise InvalidValue(name, found.limit)
