"""One door of the simulated C3 panel: relay, contact, alarms and settings.

Who may open it and which events that makes is decided in `c3_world`.
"""

from collections.abc import Callable
from math import inf

ALWAYS = 255  # an open time that never ends

# Alarm bits of one door as the text mode reports them.
FORCED, TAMPER, DURESS, HELD_OPEN = 1 << 0, 1 << 1, 1 << 2, 1 << 4

DEFAULTS = {
    "Drivertime": 5,
    "SensorType": 1,
    "Detectortime": 15,
    "CloseAndLock": 0,
    "Intertime": 0,
    "VerifyType": 4,
    "ValidTZ": 1,
    "KeepOpenTimeZone": 0,
    "CancelKeepOpenDay": 0,
    "FirstCardOpenDoor": 0,
    "MultiCardOpenDoor": 0,
    "REXInput": 1,
    "InOutAntiPassback": 0,
    "SupperPassWord": "",
    "ForcePassWord": "",
}


class Door:
    """One door: relay, contact and the alarms that hang on it."""

    def __init__(
        self, number: int, parameters: dict[str, str], monotonic: Callable[[], float]
    ) -> None:
        """Start closed and at rest; settings are the panel's parameters."""
        self.number = number
        self._parameters = parameters
        self._monotonic = monotonic
        self.contact_open = False
        self.opened_at = -inf
        self.last_punch = -inf
        self.rest()

    def rest(self) -> None:
        """Forget everything the panel's memory held, as a restart does."""
        self.relay_until = -inf
        self.latched = False
        self.scheduled = False
        self.alarm = False
        self.alarm_bits = 0

    def setting(self, name: str) -> int:
        """Return a numeric parameter of this door, 0 when it holds no number."""
        value = self._parameters.get(f"Door{self.number}{name}", "")
        return int(value) if value.isdecimal() else 0

    @property
    def sensor_type(self) -> int:
        """0 no sensor, 1 normally open, 2 normally closed."""
        return self.setting("SensorType")

    @sensor_type.setter
    def sensor_type(self, value: int) -> None:
        self._parameters[f"Door{self.number}SensorType"] = str(value)

    @property
    def sensor(self) -> int:
        """The contact as reported: 0 no sensor, 1 closed, 2 open."""
        if not self.sensor_type:
            return 0
        return 2 if self.contact_open else 1

    @property
    def held(self) -> bool:
        """Whether the relay stays energised until somebody releases it."""
        return self.relay_until == inf

    @property
    def relay(self) -> bool:
        """Whether the lock relay is energised."""
        return self.scheduled or self._monotonic() < self.relay_until

    @property
    def normal_open(self) -> bool:
        """Whether the panel takes the door as open to everybody for now."""
        return self.latched or self.scheduled

    def drive(self, seconds: int) -> None:
        """Energise the relay; a door that is open to everybody has no pulse."""
        if not self.normal_open:
            self.relay_until = inf if seconds == ALWAYS else self._monotonic() + seconds

    def release(self) -> None:
        """Drop the relay; from here on an open door counts as held open."""
        if self.held:
            self.opened_at = self._monotonic()
        self.relay_until = -inf

    @property
    def held_open_since(self) -> float:
        """Monotonic time at which the held-open alarm is due, inf for never."""
        limit = self.setting("Detectortime")
        if (
            not limit
            or self.sensor != 2
            or self.alarm_bits & HELD_OPEN
            or self.held
            or self.scheduled
        ):
            return inf
        return self.opened_at + limit
