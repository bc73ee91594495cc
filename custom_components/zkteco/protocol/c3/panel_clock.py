"""A panel's clock, seen from ours.

Lives here: how far the panel's clock is off, and when something happened by our clock. Not here: setting the clock.
Pure: every call is given the time. Panels keep naive local time, drift by seconds a day and may be hours wrong, so the
age of a record is judged by the panel's own clock, which every status record shows.
"""

from datetime import UTC, datetime, timedelta

LATE_AFTER = timedelta(seconds=15)
"""Older events are history: nobody wants the light on for who came an hour ago."""
_JITTER = timedelta(seconds=2)


class PanelClock:
    """Measures a panel's clock with each status record."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._errors: tuple[timedelta, ...] = ()
        self.offset: timedelta | None = None
        """The panel's clock minus ours in whole seconds; steady, because panels tell whole seconds only."""

    def measure(self, panel_time: datetime, now: datetime) -> None:
        """Take over the panel's time (naive, local) as read at `now` (aware)."""
        # Against UTC, so that our own daylight saving does not look like a jump of the panel's clock.
        self._errors = (panel_time - _naive_utc(now), *self._errors[:1])
        offset = panel_time - now.replace(tzinfo=None)
        if self.offset is None or abs(offset - self.offset) >= _JITTER:
            self.offset = timedelta(seconds=round(offset.total_seconds()))

    def age(self, panel_time: datetime, now: datetime) -> timedelta | None:
        """Return how long before `now` the panel's clock showed `panel_time`; None before the first measurement.

        The clock may have been set between the event and the newest measurement: the younger age counts, so that
        setting it silences no automation.
        """
        ages = [_naive_utc(now) + error - panel_time for error in self._errors]
        return min(ages, key=abs, default=None)


def _naive_utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC without its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
