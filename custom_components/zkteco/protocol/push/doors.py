"""Which of our door numbers is which door of which device.

Lives here: the numbering of doors over a device and those behind it. Not here: their state (`device`). The device's own
doors keep their numbers; each sub-controller's doors follow in the order in which the sub-controllers were first seen,
which is remembered, so that a number never changes its door.
"""

from collections.abc import Mapping

from ..device import Json

DOORS_PER_DEVICE = 8
"""As many as the messages have room for (Security PUSH 3.1.2 section 7.3)."""
MAX_SUB_CONTROLLERS = 32
"""A sanity limit: more are not listened to."""


class Doors:
    """The doors of one device and of the sub-controllers behind it."""

    def __init__(self, serial: str, memory: Json = None) -> None:
        """Go on from what `memory` returned before a restart."""
        self._serial = serial
        self._subs: dict[str, int] = {}
        for item in memory if isinstance(memory, list) else []:
            match item:
                case [str(sub), int(count)]:
                    self.add(sub, count)

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
        if serial == self._serial or not 0 < count <= DOORS_PER_DEVICE:
            return
        if serial in self._subs or len(self._subs) < MAX_SUB_CONTROLLERS:
            self._subs[serial] = count

    def number(self, serial: str, door: int) -> int | None:
        """Return our number of a device's door; None for a device that is not known, and for what can be no door."""
        if not 1 <= door <= DOORS_PER_DEVICE:
            return None
        if serial == self._serial:
            return door
        if serial in self._subs:
            return door + DOORS_PER_DEVICE * ([*self._subs].index(serial) + 1)
        return None

    def place(self, number: int) -> tuple[str | None, int]:
        """Return the sub-controller (None for the device itself) and its own number of one of our doors."""
        sub, door = divmod(number - 1, DOORS_PER_DEVICE)
        return ([*self._subs][sub - 1] if sub else None), door + 1
