"""Which of our door numbers is which door of which device.

Lives here: the numbering of doors over a device and those behind it. Not here: their state (`device`). The device's own
doors keep their numbers; each sub-controller's doors follow in the order in which the sub-controllers were first seen,
which is remembered, so that a number never changes its door.
"""

from collections.abc import Iterable, Mapping

from ..device import Json

DOORS_PER_DEVICE = 8
"""As many as the messages have room for (Security PUSH 3.1.2 section 7.3)."""


class Doors:
    """The doors of one device and of the sub-controllers behind it."""

    def __init__(self, serial: str, memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart."""
        self._serial = serial
        self._subs: dict[str, int] = {}
        for item in memory if isinstance(memory, list) else []:
            match item:
                case [str(sub), int(count)]:
                    self._subs[sub] = count

    @property
    def memory(self) -> Json:
        """The sub-controllers and their door counts, in the order of their doors."""
        return [[serial, count] for serial, count in self._subs.items()]

    @property
    def subs(self) -> Mapping[str, int]:
        """How many doors each sub-controller has."""
        return self._subs

    def add(self, serial: str, count: int) -> None:
        """Give a sub-controller its numbers, or another count of doors."""
        if serial != self._serial:
            self._subs[serial] = count

    def number(self, serial: str | None, door: int) -> int:
        """Return our number of a device's door; the device's own doors when `serial` is None or unknown to us."""
        if serial is None or serial not in self._subs:
            return door
        return door + DOORS_PER_DEVICE * ([*self._subs].index(serial) + 1)

    def numbers(self, serial: str, count: int) -> Iterable[int]:
        """Return our numbers of the first `count` doors of a device."""
        return (self.number(serial, door) for door in range(1, count + 1))

    def place(self, number: int) -> tuple[str | None, int]:
        """Return the sub-controller (None for the device itself) and its own number of one of our doors."""
        sub, door = divmod(number - 1, DOORS_PER_DEVICE)
        subs = [*self._subs]
        return (subs[sub - 1] if 0 < sub <= len(subs) else None), door + 1
