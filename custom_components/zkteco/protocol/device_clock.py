"""A device's clock, seen from ours.

Lives here: how far the device's clock is off, and when something happened by our clock. Not here: setting the clock.
Pure: every call is given the time. Devices keep naive local time, drift by seconds a day and may be hours wrong, so the
age of a record is judged by the panel's own clock, which its reports show.
"""

from datetime import UTC, datetime, timedelta

LATE_AFTER = timedelta(seconds=15)
"""Older events are history: nobody wants the light on for who came an hour ago."""
_JITTER = timedelta(seconds=2)
_YEARS = range(1970, 2200)
"""What can be a device's clock, however wrong; it also keeps sums of times within the calendar."""


class DeviceClock:
    """Measures a device's clock whenever the device shows it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._measured: tuple[tuple[datetime, timedelta], ...] = ()
        """Newest first: when (UTC), and the device's clock minus UTC, on which our daylight saving has no effect."""
        self.offset: timedelta | None = None
        """The device's clock minus ours in whole seconds; steady, because devices tell whole seconds only."""

    def measure(self, device_time: datetime, now: datetime) -> None:
        """Take over the device's time (naive, local) as read at `now` (aware), if it can be one."""
        if device_time.year not in _YEARS:
            return
        utc = now.astimezone(UTC)
        error = device_time - utc.replace(tzinfo=None)
        self._measured = ((utc, error), *self._measured[:1])
        offset = device_time - now.replace(tzinfo=None)
        if self.offset is None or abs(offset - self.offset) >= _JITTER:
            self.offset = timedelta(seconds=round(offset.total_seconds()))

    def age(self, device_time: datetime, now: datetime) -> timedelta | None:
        """Return how long before `now` the device's clock showed `device_time`.

        None before the first measurement, and for what cannot be a device's time.

        The clock may have been set between a recent measurement and the newest: the younger age counts, so that
        setting it silences no automation. Before an outage it may have been anything.
        """
        if device_time.year not in _YEARS:
            return None
        utc = now.astimezone(UTC)
        ages = [
            utc.replace(tzinfo=None) + error - device_time
            for n, (measured, error) in enumerate(self._measured)
            if n == 0 or utc - measured <= LATE_AFTER
        ]
        return min(ages, key=abs, default=None)

    def moment(self, device_time: datetime, now: datetime) -> datetime:
        """Return when the device's clock showed `device_time` (aware, not after `now`); `now` if that is not known.

        For history the device's clock is taken for our local time with an offset: a summer's record shows summer time
        in winter too.
        """
        age = self.age(device_time, now)
        if age is None or self.offset is None:
            return now
        if abs(age) <= LATE_AFTER:
            moment = now.astimezone(UTC) - age
        else:
            local = (device_time - self.offset).replace(tzinfo=now.tzinfo)
            moment = local.astimezone(UTC)
        return min(moment, now.astimezone(UTC)).astimezone(now.tzinfo)
