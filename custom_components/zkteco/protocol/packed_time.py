"""The vendor's packed time: seconds in a calendar whose months all have 31 days.

Lives here: the two directions of that one number. Not here: time zones (device times are naive and local).
"""

from datetime import datetime

from .errors import InvalidValue

_MAX = 0xFFFFFFFF


def encode(when: datetime) -> int:
    """Pack a naive local time; fractions of a second are dropped.

    Raises `InvalidValue` for an aware time, and outside 2000-01-01 00:00:00 to 2133-08-18 06:28:15 (32 bits).
    Source: Security PUSH 3.1.2 appendix 5.
    """
    if when.tzinfo is not None:
        raise InvalidValue("time", "must be local, without a time zone")
    days = ((when.year - 2000) * 12 + when.month - 1) * 31 + when.day - 1
    value = ((days * 24 + when.hour) * 60 + when.minute) * 60 + when.second
    if not 0 <= value <= _MAX:
        raise InvalidValue("time", "2000-01-01 00:00:00 to 2133-08-18 06:28:15")
    return value


def decode(value: int) -> datetime | None:
    """Unpack to a naive local time; None when it is no calendar date, as after a clock fault.

    Source: Security PUSH 3.1.2 appendix 6.
    """
    if not 0 <= value <= _MAX:
        return None
    minutes, second = divmod(value, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    months, day = divmod(days, 31)
    years, month = divmod(months, 12)
    try:
        return datetime(2000 + years, month + 1, day + 1, hour, minute, second)
    except ValueError:
        return None
