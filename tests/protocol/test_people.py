"""What a device can hold about people is checked before anything is written."""

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.people import (
    Ability,
    Holiday,
    Interval,
    Limits,
    Privilege,
    Right,
    TimeZone,
    User,
    Weekday,
    check_holiday,
    check_time_zone,
    check_user,
)

EVERYTHING = Limits(
    abilities=~Ability(0),
    user_id_digits=9,
    name_bytes=24,
    max_cards=2,
    pin_code_digits=8,
    privileges=frozenset(Privilege),
    groups=range(100),
    doors=frozenset({1, 2}),
    needs_rights=True,
    rights_per_door=2,
)
NOTHING = replace(EVERYTHING, abilities=Ability(0), needs_rights=False)
ALICE = User(
    user_id="1001",
    name="Alice",
    cards=("1234567", "4294967295"),
    pin_code="12345678",
    privilege=Privilege.ADMIN,
    group=99,
    valid_from=datetime(2026, 1, 1),
    valid_until=datetime(2026, 12, 31, 23, 59, 59),
    enabled=False,
    verify_style=4,
    rights=frozenset({Right(1), Right(2, 50)}),
)


def test_a_user_that_fits() -> None:
    """Every field at its limit; and somebody of whom nothing is known but the number."""
    check_user(ALICE, EVERYTHING)
    check_user(User(user_id="1"), NOTHING)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user_id": ""}, "user_id"),
        ({"user_id": "0"}, "user_id"),
        ({"user_id": "1234567890"}, "user_id"),
        ({"user_id": "12a"}, "user_id"),
        ({"user_id": "١٢"}, "user_id"),
        ({"user_id": "1\t2"}, "user_id"),
        ({"name": "x" * 25}, "name"),
        ({"name": "ü" * 13}, "name"),
        ({"name": "Alice\tPin=2"}, "name"),
        ({"name": "Alice\n"}, "name"),
        ({"name": "Al\ud800ice"}, "name"),
        ({"pin_code": "123456789"}, "pin_code"),
        ({"pin_code": "12 34"}, "pin_code"),
        ({"cards": ("1", "2", "3")}, "cards"),
        ({"cards": ("0",)}, "cards"),
        ({"cards": ("4294967296",)}, "cards"),
        ({"cards": ("-1",)}, "cards"),
        ({"cards": ("",)}, "cards"),
        ({"group": 100}, "group"),
        ({"group": -1}, "group"),
        ({"valid_from": datetime(2000, 1, 1)}, "valid_from"),
        ({"valid_until": datetime(2100, 1, 1)}, "valid_until"),
        ({"valid_from": datetime(2027, 1, 1)}, "valid_until"),
        ({"valid_until": datetime.fromisoformat("2026-12-31T00:00Z")}, "valid_until"),
        ({"rights": frozenset({Right(3)})}, "doors"),
        ({"rights": frozenset({Right(1, 51)})}, "time_zone"),
        ({"rights": frozenset({Right(1, 0)})}, "time_zone"),
        ({"rights": frozenset({Right(1, 1), Right(1, 2), Right(1, 3)})}, "rights"),
        ({"rights": frozenset()}, "rights"),
    ],
)
def test_a_user_that_does_not_fit(changes: dict[str, object], field: str) -> None:
    """The field and its limit are named, never what was in it."""
    with pytest.raises(InvalidValue) as caught:
        check_user(replace(ALICE, **changes), EVERYTHING)
    assert caught.value.field == field
    assert caught.value.limit


@pytest.mark.parametrize(
    "field",
    [
        "name",
        "cards",
        "pin_code",
        "privilege",
        "group",
        "valid_from",
        "valid_until",
        "enabled",
        "verify_style",
        "rights",
    ],
)
def test_what_a_device_does_not_have_is_refused_by_name(field: str) -> None:
    """Nothing is dropped silently."""
    user = replace(User(user_id="1"), **{field: getattr(ALICE, field)})
    with pytest.raises(InvalidValue) as caught:
        check_user(user, NOTHING)
    assert caught.value.field == field


def test_a_privilege_that_a_device_does_not_know() -> None:
    """The known ones are named."""
    limits = replace(EVERYTHING, privileges=frozenset({Privilege.USER}))
    with pytest.raises(InvalidValue, match="privilege: one of user"):
        check_user(ALICE, limits)


def test_letters_in_a_user_id() -> None:
    """Where the device takes them."""
    user = User(user_id="A12b", rights=frozenset({Right(1)}))
    check_user(user, replace(EVERYTHING, user_id_letters=True))
    with pytest.raises(InvalidValue):
        check_user(user, EVERYTHING)


def test_secrets_are_in_no_log() -> None:
    """A user may end up in a debug message."""
    assert "1234567" not in repr(ALICE)
    assert "12345678" not in repr(ALICE)


WORK = Interval(time(8), time(17, 30))


def test_a_time_zone_that_fits() -> None:
    """Three intervals a day, and holidays."""
    days = dict.fromkeys(Weekday, (WORK,) * 3)
    check_time_zone(TimeZone(number=50, days=days), EVERYTHING)


@pytest.mark.parametrize(
    ("zone", "limits", "field"),
    [
        (TimeZone(number=51, days={}), EVERYTHING, "time_zone"),
        (TimeZone(number=1, days={}), NOTHING, "time_zone"),
        (
            TimeZone(number=1, days={Weekday.MONDAY: (WORK,) * 4}),
            EVERYTHING,
            "monday",
        ),
        (
            TimeZone(number=1, days={Weekday.SUNDAY: (Interval(time(9), time(8)),)}),
            EVERYTHING,
            "sunday",
        ),
        (
            TimeZone(number=1, days={Weekday.HOLIDAY_1: (WORK,)}),
            replace(EVERYTHING, abilities=Ability.TIME_ZONES),
            "holiday_1",
        ),
    ],
)
def test_a_time_zone_that_does_not_fit(
    zone: TimeZone, limits: Limits, field: str
) -> None:
    """The day is named."""
    with pytest.raises(InvalidValue) as caught:
        check_time_zone(zone, limits)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("holiday", "limits", "field"),
    [
        (Holiday(day=date(2026, 12, 25)), NOTHING, "holiday"),
        (Holiday(day=date(2026, 12, 25), kind=4), EVERYTHING, "kind"),
        (Holiday(day=date(1999, 12, 25)), EVERYTHING, "day"),
    ],
)
def test_a_holiday_that_does_not_fit(
    holiday: Holiday, limits: Limits, field: str
) -> None:
    """Three kinds, in this century."""
    check_holiday(Holiday(day=date(2026, 12, 25), kind=3), EVERYTHING)
    with pytest.raises(InvalidValue) as caught:
        check_holiday(holiday, limits)
    assert caught.value.field == field
