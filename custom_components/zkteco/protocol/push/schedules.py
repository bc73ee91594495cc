"""Weekly schedules and holidays as rows of a PUSH device's tables, in both directions.

Lives here: what the fields mean (Security PUSH 3.1.2 section 9.1.1), as pure functions. Not here: asking the device
(`roster`), what else belongs to people (`people`). Rows have their field names in lower case. A row that already means the
right thing is not written at all.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from .. import packed_hours
from ..people import Holiday, Interval, TimeZone, Weekday
from .fields import SLOTS, day_of
from .messages import parse_number
from .records import Fields

TIME_ZONE: Final = "timezone"
HOLIDAY: Final = "holiday"

_ZONE: Final = "timezoneid"
_DAY: Final = "holiday"
_YEARLY, _ONCE = "1", "2"
_SLOTS: Final[Mapping[Weekday, tuple[str, ...]]] = {
    day: tuple(map(str.lower, names))
    for day, names in zip(Weekday, SLOTS.values(), strict=True)
}


def decode_time_zone(row: Fields) -> TimeZone | None:
    """Read a weekly schedule; what is no interval counts as closed. None without a number."""
    number = parse_number(row.get(_ZONE))
    if not number:
        return None
    days = {day: found for day in Weekday if (found := _intervals(row, day))}
    return TimeZone(number=number, days=days)


def _intervals(row: Fields, day: Weekday) -> tuple[Interval, ...]:
    slots = (
        packed_hours.decode(parse_number(row.get(name)) or 0) for name in _SLOTS[day]
    )
    return tuple(interval for interval in slots if interval)


def encode_time_zone(zone: TimeZone, before: Fields | None) -> Fields | None:
    """Return the row of a weekly schedule, out of the one that the device has; None when that one is right.

    Raises InvalidValue.
    """
    row = {_ZONE: str(zone.number), **(before or {})}
    for day in Weekday:
        numbers = [
            packed_hours.encode_slot(interval, day)
            for interval in zone.days.get(day, ())
        ]
        there = [
            packed_hours.encode_slot(interval, day) for interval in _intervals(row, day)
        ]
        if numbers != there or before is None:
            numbers += [0] * (len(_SLOTS[day]) - len(numbers))
            row |= dict(zip(_SLOTS[day], map(str, numbers), strict=True))
    return None if row == before else row


# Holidays


def decode_holiday(row: Fields) -> Holiday | None:
    """Read a holiday; None when it has no date."""
    day = day_of(parse_number(row.get(_DAY)) or 0)
    if day is None:
        return None
    return Holiday(
        day=day,
        kind=parse_number(row.get("holidaytype")) or 1,
        yearly=row.get("loop") == _YEARLY,
    )


def encode_holiday(holiday: Holiday, before: Fields | None) -> Fields | None:
    """Return the row of a holiday, out of the one that the device has; None when that one is right."""
    if before is not None and decode_holiday(before) == holiday:
        return None
    return {
        **(before or {}),
        _DAY: f"{holiday.day:%Y%m%d}",
        "holidaytype": str(holiday.kind),
        "loop": _YEARLY if holiday.yearly else _ONCE,
    }


def find_holiday(rows: Iterable[Fields], day: date) -> Fields | None:
    """Return the row of a day."""
    found = (r for r in rows if (told := decode_holiday(r)) and told.day == day)
    return next(found, None)


def find_time_zone(rows: Iterable[Fields], number: int) -> Fields | None:
    """Return the row of a weekly schedule."""
    return next((row for row in rows if parse_number(row.get(_ZONE)) == number), None)
