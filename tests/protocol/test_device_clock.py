"""How old an event is, and when it happened, by a clock that may be wrong."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from custom_components.zkteco.protocol.device_clock import LATE_AFTER, DeviceClock

ZONE = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 7, 1, 12, tzinfo=ZONE)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def local(moment: datetime) -> datetime:
    """Return what a right clock shows."""
    return moment.replace(tzinfo=None)


def test_nothing_is_known_before_the_first_measurement() -> None:
    """What happened is told as of now."""
    clock = DeviceClock()
    assert clock.offset is None
    assert clock.age(local(NOON), NOON) is None
    assert clock.moment(local(NOON) - HOUR, NOON) == NOON


def test_what_cannot_be_the_time_of_a_clock() -> None:
    """The end of the calendar, or its beginning: no sum may leave it, and the clock is known as before."""
    for nonsense in (datetime.min, datetime.max):
        clock = DeviceClock()
        clock.measure(nonsense, NOON)
        assert clock.offset is None
        clock.measure(local(NOON) - HOUR, NOON)
        clock.measure(nonsense, NOON)
        assert clock.offset == -HOUR
        assert clock.age(nonsense, NOON) is None
        assert clock.moment(nonsense, NOON) == NOON


def test_a_clock_that_is_decades_wrong() -> None:
    """A battery was empty, or somebody mistyped: ages are right all the same."""
    for year in (1970, 2000, 2199):
        clock = DeviceClock()
        wrong = local(NOON).replace(year=year)
        clock.measure(wrong, NOON)
        assert clock.age(wrong - 5 * SECOND, NOON) == 5 * SECOND
        assert clock.moment(wrong - 5 * SECOND, NOON) == NOON - 5 * SECOND
        for other in (1970, 2199):
            assert clock.moment(datetime(other, 1, 1), NOON) <= NOON


def test_a_clock_that_is_an_hour_behind() -> None:
    """Ages are its own, times are ours."""
    clock = DeviceClock()
    clock.measure(local(NOON) - HOUR, NOON)
    assert clock.offset == -HOUR
    record = local(NOON) - HOUR - 5 * SECOND
    assert clock.age(record, NOON) == 5 * SECOND
    assert clock.moment(record, NOON) == NOON - 5 * SECOND
    old = local(NOON) - 3 * HOUR
    assert clock.age(old, NOON) == 2 * HOUR
    assert clock.moment(old, NOON) == NOON - 2 * HOUR


def test_the_offset_does_not_flicker() -> None:
    """Devices tell whole seconds: a second more or less is none."""
    clock = DeviceClock()
    offsets = set()
    for tenths in range(100):
        now = NOON + timedelta(seconds=tenths / 10)
        clock.measure(local(now).replace(microsecond=0), now)
        offsets.add(clock.offset)
    assert offsets == {timedelta()}
    clock.measure(local(NOON) + 3 * SECOND, NOON)
    assert clock.offset == 3 * SECOND


def test_a_clock_that_was_just_set() -> None:
    """Between two looks, and an event before it: the younger age counts."""
    clock = DeviceClock()
    clock.measure(local(NOON) - HOUR, NOON)
    now = NOON + SECOND
    clock.measure(local(now), now)
    assert clock.age(local(NOON) - HOUR, now) == SECOND
    assert clock.age(local(NOON), now) == SECOND


def test_a_clock_that_was_set_during_an_outage() -> None:
    """What it showed before says nothing about today."""
    clock = DeviceClock()
    clock.measure(local(NOON) - HOUR, NOON)
    now = NOON + HOUR
    clock.measure(local(now), now)
    assert clock.age(local(NOON), now) == HOUR


def test_a_record_from_the_future() -> None:
    """The clock was set back: it did not happen later than now."""
    clock = DeviceClock()
    clock.measure(local(NOON), NOON)
    assert clock.age(local(NOON) + HOUR, NOON) == -HOUR
    assert clock.moment(local(NOON) + HOUR, NOON) == NOON
    assert clock.moment(local(NOON) + SECOND, NOON) == NOON


def test_live_across_daylight_saving() -> None:
    """Whether the device's clock follows or not."""
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)
    before, after = change - 2 * SECOND, change + SECOND
    for shift in (timedelta(), HOUR):
        clock = DeviceClock()
        shown = local(before.astimezone(ZONE))
        clock.measure(shown, before.astimezone(ZONE))
        now = after.astimezone(ZONE)
        clock.measure(shown + 3 * SECOND - shift, now)
        age = clock.age(shown + SECOND, now)
        assert age is not None
        assert age <= LATE_AFTER
        assert clock.moment(shown + SECOND, now).astimezone(UTC) == before + SECOND


def test_a_summers_record_in_winter() -> None:
    """Its time is the local time of that summer."""
    clock = DeviceClock()
    winter = datetime(2026, 12, 1, 12, tzinfo=ZONE)
    clock.measure(local(winter), winter)
    assert clock.moment(local(NOON), winter) == NOON
