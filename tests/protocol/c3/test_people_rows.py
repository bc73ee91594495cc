"""What the columns of a panel's tables mean to a person, in both directions."""

from dataclasses import replace
from datetime import date, datetime, time

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.c3.people_rows import (
    decode_holiday,
    decode_rights,
    decode_time_zone,
    decode_user,
    decode_users,
    encode_holiday,
    encode_time_zone,
    encode_user,
    find_limits,
    fitting,
    fold,
    right_changes,
    wrong_fields,
    wrong_users,
)
from custom_components.zkteco.protocol.c3.tables import (
    Row,
    Table,
    decode_rows,
    encode_read,
    encode_write,
    parse_definitions,
)
from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.people import (
    Ability,
    Credential,
    Holiday,
    Interval,
    Limits,
    Right,
    TimeZone,
    User,
    Weekday,
)
from custom_components.zkteco.protocol.plan import changed_fields
from tests.simulators.c3_tables import definition_lines

DEFINITIONS = "\n".join(definition_lines(new_layout=True)).encode()
KNOWN = parse_definitions(DEFINITIONS)
DOORS = (1, 2, 3, 4)
RIGHT = b"userauthorize=2,Pin=i1,AuthorizeTimezoneId=i2,AuthorizeDoorId=i3\n"


def limits(*, to_the_second: bool = False, lines: bytes | None = None) -> Limits:
    """Return what a panel can hold."""
    known = KNOWN if lines is None else parse_definitions(lines)
    found = find_limits(known, DOORS, to_the_second=to_the_second, users=None)
    assert found
    return found


TO_THE_DAY = limits()
TO_THE_SECOND = limits(to_the_second=True)
WITH_LETTERS = limits(lines=b"user=1,Pin=s1,CardNo=L2\n" + RIGHT.replace(b"i1", b"s1"))


# What a panel can hold


def test_a_panel_with_all_tables() -> None:
    """Names, schedules, holidays; the time of day only where the panel says so."""
    everything = (
        Ability.NAME
        | Ability.CARDS
        | Ability.PIN_CODE
        | Ability.GROUP
        | Ability.VALIDITY
        | Ability.RIGHTS
        | Ability.TIME_ZONES
        | Ability.HOLIDAYS
    )
    assert TO_THE_DAY.abilities == everything
    assert TO_THE_SECOND.abilities == everything | Ability.VALIDITY_TIME
    assert TO_THE_DAY.doors == set(DOORS)
    assert TO_THE_DAY.max_card == 0xFFFFFFFF
    assert not TO_THE_DAY.user_id_letters


@pytest.mark.parametrize(
    ("lines", "abilities"),
    [
        (b"user=1,Pin=i1", Ability(0)),
        (b"user=1,PIN=i1,NAME=s2", Ability.NAME),
        (b"user=1,Pin=i1,Name=i2,Password=B3,CardNo=s4", Ability(0)),
        (b"user=1,Pin=i1,StartTime=i2", Ability(0)),
        (b"user=1,Pin=i1\n" + RIGHT, Ability.RIGHTS),
        (b"user=1,Pin=i1\n" + RIGHT.replace(b"i1", b"s1"), Ability(0)),
        (b"user=1,Pin=s1\n" + RIGHT, Ability(0)),
        (b"user=1,Pin=i1\ntimezone=4,TimezoneId=i1,SunTime1=i2", Ability(0)),
    ],
)
def test_what_is_missing_is_not_offered(lines: bytes, abilities: Ability) -> None:
    """A column counts when it is there in the kind that we know."""
    assert limits(lines=lines, to_the_second=True).abilities == abilities


@pytest.mark.parametrize("lines", [b"", RIGHT, b"user=1,Name=s1", b"user=1,Pin=B1"])
def test_no_table_of_users(lines: bytes) -> None:
    """Nothing about people."""
    known = parse_definitions(lines)
    assert find_limits(known, DOORS, to_the_second=False, users=None) is None


FINGERS = b"templatev10=10,Size=i1,Pin=i3,FingerID=i4,Valid=i5,Template=B6\n"


@pytest.mark.parametrize(
    ("lines", "version", "taken"),
    [
        (FINGERS, "10", True),
        (FINGERS.replace(b"v10", b""), "9", True),
        (FINGERS, "9", False),
        (FINGERS, "12", False),
        (FINGERS, "", False),
        (FINGERS.replace(b"Pin=i", b"Pin=s"), "10", False),
        (FINGERS.replace(b"Valid", b"Void"), "10", False),
        (FINGERS.replace(b"Template", b"Plate"), "10", False),
    ],
)
def test_fingers_of_one_version(lines: bytes, version: str, taken: bool) -> None:
    """The panel tells the version, and has a table for it."""
    known = parse_definitions(b"user=1,Pin=i1\n" + lines)
    found = find_limits(
        known, DOORS, to_the_second=False, users=None, fingerprints=version
    )
    assert found
    assert found.templates == ({Credential.FINGERPRINT: version} if taken else {})


def test_long_cards_and_letters() -> None:
    """As newer firmware may keep them; then a leading zero is not lost either."""
    assert WITH_LETTERS.max_card == 0xFFFFFFFFFFFFFFFF
    user = fitting(User(user_id="07A", cards=(str(1 << 40),)), WITH_LETTERS)
    row = encode_user(user, None, WITH_LETTERS)
    assert row == {"pin": "07A", "cardno": 1 << 40}
    assert decode_user(row, WITH_LETTERS) == user
    allowed = replace(user, rights=frozenset({Right(1)}))
    [right], _ = right_changes({"07A": allowed}, [], WITH_LETTERS)
    assert right["pin"] == "07A"


# Users

MOMENTS = st.none() | st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 31))
NAMES = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=6
)
IDS = st.integers(1, 999_999_999).map(str)
RIGHTS = st.frozensets(
    st.builds(Right, st.sampled_from(DOORS), st.integers(1, 50)), max_size=8
)


@st.composite
def users(draw: st.DrawFn) -> User:
    """Return somebody whom a panel can hold."""
    start, end = draw(MOMENTS), draw(MOMENTS)
    if start and end and start > end:
        start, end = end, start
    return User(
        user_id=draw(IDS),
        name=draw(NAMES),
        cards=draw(
            st.lists(st.integers(1, 0xFFFFFFFF).map(str), max_size=1).map(tuple)
        ),
        pin_code=draw(st.text("0123456789", max_size=8)),
        group=draw(st.integers(0, 255)),
        valid_from=start,
        valid_until=end,
        rights=draw(RIGHTS),
    )


def sent(table: Table, rows: list[Row]) -> list[Row]:
    """Return rows as they come back from a panel that keeps what it was sent."""
    [data] = encode_write(table, rows)
    assert data[: data[1] + 2] == encode_read(table)[: data[1] + 2]
    return [fold(row) for row in decode_rows(table, data)]


@given(users(), st.sampled_from([TO_THE_DAY, TO_THE_SECOND]))
def test_a_user_comes_back(user: User, kept: Limits) -> None:
    """As they were written, to the day or to the second."""
    user = fitting(user, kept)
    row = encode_user(user, None, kept)
    more, less = right_changes({user.user_id: user}, [], kept)
    assert not less
    rows = sent(KNOWN["user"], [row])
    rights = sent(KNOWN["userauthorize"], more) if more else []
    there = decode_users(rows, rights, [], kept)[user.user_id]
    assert not changed_fields(there, user, kept)
    assert there.rights == user.rights
    assert encode_user(user, rows[0], kept) == rows[0]
    assert right_changes({user.user_id: user}, rights, kept) == ([], [])
    # What is told can be written.
    assert fitting(there, kept) == there


@given(users(), users(), st.sampled_from([TO_THE_DAY, TO_THE_SECOND]))
def test_a_user_changes(before: User, after: User, kept: Limits) -> None:
    """Whatever there was, the rows are right afterwards, and nobody else's are touched."""
    before = fitting(before, kept)
    after = fitting(replace(after, user_id=before.user_id), kept)
    row = encode_user(before, {"pin": int(before.user_id), "superauthorize": 1}, kept)
    changed = encode_user(after, row, kept)
    assert changed["superauthorize"] == 1
    assert wrong_fields(after, changed, kept) == ()
    there, _ = right_changes({before.user_id: before}, [], kept)
    more, less = right_changes({after.user_id: after}, there, kept)
    assert all(row in there for row in less)
    assert all(row not in there for row in more)
    left = [row for row in there if row not in less]
    assert decode_rights(left + more, kept) == after.rights


def test_rights_share_rows() -> None:
    """The doors of one time zone are bits of one row, and a stale row is named by all that it is."""
    rights = frozenset({Right(1), Right(3), Right(4, 7)})
    user = User(user_id="12", rights=rights)
    stale: Row = {
        "pin": 12,
        "authorizetimezoneid": 1,
        "authorizedoorid": 2,
        "unknown": 9,
    }
    assert right_changes({"12": user}, [stale], TO_THE_DAY) == (
        [
            {"pin": 12, "authorizetimezoneid": 1, "authorizedoorid": 0b0101},
            {"pin": 12, "authorizetimezoneid": 7, "authorizedoorid": 0b1000},
        ],
        [{"pin": 12, "authorizetimezoneid": 1, "authorizedoorid": 2}],
    )


@given(
    st.dictionaries(
        st.sampled_from(
            ["cardno", "password", "group", "starttime", "endtime", "name", "x"]
        ),
        st.integers(0, 0xFFFFFFFF) | st.text() | st.binary(),
    ),
    st.sampled_from([TO_THE_DAY, TO_THE_SECOND]),
)
def test_any_row_is_somebody(row: Row, kept: Limits) -> None:
    """Nothing that a panel keeps raises, and what nobody changes stays."""
    user = decode_user(row | {"pin": 5}, kept)
    assert user.user_id == "5"
    assert encode_user(user, row | {"pin": 5}, kept) == row | {"pin": 5}


@pytest.mark.parametrize(
    ("wanted", "kept", "wrong"),
    [(0, 0, {}), (0, 1, {}), (0, 2, {"5": "group"}), (2, 1, {"5": "group"})],
)
def test_the_default_group(wanted: int, kept: int, wrong: dict[str, str]) -> None:
    """A panel may tell its default group as 0 or 1."""
    users = {"5": User(user_id="5", group=wanted)}
    assert wrong_users(users, [{"pin": 5, "group": kept}], TO_THE_DAY) == wrong


def test_dates_are_days() -> None:
    """From its first second to its last; as the captured row of a panel has them."""
    row: Row = {"pin": 11776689, "starttime": 20220202, "endtime": 20230303}
    user = decode_user(row, TO_THE_DAY)
    assert user.valid_from == datetime(2022, 2, 2)
    assert user.valid_until == datetime(2023, 3, 3, 23, 59, 59)
    # The vendor's document shows this number.
    packed = decode_user({"pin": 1, "starttime": 583512660}, TO_THE_SECOND)
    assert packed.valid_from == datetime(2018, 2, 27, 14, 51)
    assert packed.valid_until is None


# Schedules

TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))
INTERVALS = (
    st.tuples(TIMES, TIMES)
    .map(lambda pair: Interval(*sorted(pair)))
    .filter(lambda interval: interval.end > time())
)
ZONES = st.builds(
    TimeZone,
    number=st.integers(1, 50),
    days=st.dictionaries(
        st.sampled_from(Weekday), st.lists(INTERVALS, max_size=3).map(tuple)
    ),
)


@given(ZONES, ZONES)
def test_a_schedule_comes_back(before: TimeZone, zone: TimeZone) -> None:
    """New or in place of another one."""
    [row] = sent(KNOWN["timezone"], [encode_time_zone(before, None, TO_THE_DAY)])
    for there in (None, row):
        [kept] = sent(KNOWN["timezone"], [encode_time_zone(zone, there, TO_THE_DAY)])
        read = decode_time_zone(kept, TO_THE_DAY)
        assert read.days == {day: zone.days.get(day, ()) for day in Weekday}
    assert decode_time_zone(row, TO_THE_DAY).number == before.number


def test_a_slot_of_the_document() -> None:
    """Half past eight to half past twelve; empty slots, and what is no interval, are closed."""
    row: Row = {
        "timezoneid": 2,
        "montime2": 54396110,
        "tuetime1": (2360 << 16) + 2400,
        "wedtime1": (1200 << 16) + 900,
    }
    zone = decode_time_zone(row, TO_THE_DAY)
    assert zone.days[Weekday.MONDAY] == (Interval(time(8, 30), time(12, 30)),)
    others = set(Weekday) - {Weekday.MONDAY}
    assert {zone.days[day] for day in others} == {()}
    # Nobody changed those days, so they stay as odd as they were.
    assert encode_time_zone(zone, row, TO_THE_DAY) == row


def test_seconds_of_an_interval() -> None:
    """Both ends are whole minutes, both included."""
    day = (Interval(time(8, 30, 15), time(23, 59, 59)),)
    zone = TimeZone(number=2, days={Weekday.FRIDAY: day})
    row = encode_time_zone(zone, None, TO_THE_DAY)
    assert row["fritime1"] == (830 << 16) + 2359
    assert encode_time_zone(zone, row, TO_THE_DAY) == row


def test_the_minute_that_cannot_be_told() -> None:
    """It would read as closed."""
    days = {Weekday.MONDAY: (Interval(time(), time()),)}
    with pytest.raises(InvalidValue) as caught:
        encode_time_zone(TimeZone(number=2, days=days), None, TO_THE_DAY)
    assert caught.value.field == "monday"


def test_a_panel_without_holidays() -> None:
    """Its schedules have seven days."""
    lines = DEFINITIONS.replace(b"holiday=3", b"another=3")
    without = limits(lines=lines)
    assert Ability.HOLIDAYS not in without.abilities
    assert Ability.TIME_ZONES in without.abilities
    zone = decode_time_zone({"timezoneid": 1, "hol1time1": 2359}, without)
    assert len(zone.days) == 7


@given(
    st.builds(
        Holiday,
        day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        kind=st.integers(1, 3),
        yearly=st.booleans(),
    )
)
def test_a_holiday_comes_back(holiday: Holiday) -> None:
    """New, or out of a row with a column that we do not know."""
    [row] = sent(KNOWN["holiday"], [encode_holiday(holiday, None)])
    assert decode_holiday(row) == holiday
    assert encode_holiday(holiday, row | {"more": 1}) == row | {"more": 1}


@given(st.integers(0, 0xFFFFFFFF))
def test_any_number_is_a_day_or_none(number: int) -> None:
    """Nothing raises."""
    holiday = decode_holiday({"holiday": number, "holidaytype": 1, "loop": 2})
    assert holiday is None or encode_holiday(holiday, None)["holiday"] == number
