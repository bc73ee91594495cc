"""Hours of a day as one number, as panels and PUSH devices keep them: HHMM of the start above 16 bits of HHMM of the end.

Lives here: the two directions of that one number. Not here: the fields of a weekly schedule. Sources: PullSDK User Guide
2.0; Security PUSH 3.1.2 section 9.1.1.
"""

from datetime import time

from .errors import InvalidValue
from .people import Interval, Weekday


def encode(hours: Interval) -> int:
    """Pack hours in whole minutes. The one minute after midnight gives 0, which means none: see `encode_slot`."""
    start, end = (t.hour * 100 + t.minute for t in (hours.start, hours.end))
    return start << 16 | end


def encode_slot(hours: Interval, day: Weekday) -> int:
    """Pack hours of a weekly schedule. Raises InvalidValue for the one minute that means none."""
    if not (number := encode(hours)):
        raise InvalidValue(day.name.lower(), "an interval must end after 00:00")
    return number


def decode(number: int) -> Interval | None:
    """Return the hours; None for 0 and for what are no hours. Never raises."""
    try:
        start, end = (time(*divmod(hhmm, 100)) for hhmm in divmod(number, 1 << 16))
    except ValueError, OverflowError:
        return None
    return Interval(start, end) if number and start <= end else None
