"""Rows of a PUSH device's tables as people, and back."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.people import (
    Ability,
    Credential,
    Holiday,
    Interval,
    Privilege,
    Right,
    TimeZone,
    User,
    Weekday,
)
from custom_components.zkteco.protocol.push import (
    dialect as dialects,
    fields,
    people,
    schedules,
)
from custom_components.zkteco.protocol.push.codes import Biometric
from custom_components.zkteco.protocol.push.commands import data_update
from custom_components.zkteco.protocol.push.dialect import Dialect
from custom_components.zkteco.protocol.push.messages import parse_records
from custom_components.zkteco.protocol.push.registration import Registration


def flags(*positions: int) -> str:
    """Return an AccSupportFunList with these positions set."""
    return "".join("1" if place in positions else "0" for place in range(64))


def dialect(**options: str) -> Dialect:
    """Return how a device keeps people that registered with these options."""
    known = Registration.of({"lockcount": "4", **options})
    found = dialects.find_dialect(known)
    assert found is not None
    return found


PLAIN = dialect()
"""One card with the user, validity by the day."""
RICH = dialect(
    accsupportfunlist=flags(5, 7, 26),
    mulcarduserfunon="1",
    maxmcucardbits="64",
    datefmtfunon="1",
    disableuserfunon="1",
    verifystyles="12080000",
    stringpinfunon="1",
    lockcount="2",
)
"""Several cards in hexadecimal digits, packed times, users that can be disabled, verify in their own way."""
PER_DOOR = dialect(accsupportfunlist=flags(15))
START, END = datetime(2026, 1, 1, 8), datetime(2026, 1, 2, 17, 30, 1)
BOTH = pytest.mark.parametrize("known", [PLAIN, RICH])


def command(table: str, *rows: people.Fields) -> str:
    """Return the command that writes rows, as the document prints it: with spaces."""
    return data_update(table, [*map(fields.spelled, rows)]).replace("\t", " ")


def only(text: str) -> people.Fields:
    """Return the one row of a text that a device could send."""
    (row,) = parse_records(text.replace(" ", "\t").replace("user\t", "user "), None)
    return row


# What a device can hold


def test_a_device_that_has_told_nothing() -> None:
    """Nobody knows how it writes dates."""
    assert dialects.find_dialect(Registration()) is None


def test_what_a_plain_device_can_hold() -> None:
    """What is not told is not there, but for names."""
    limits = PLAIN.limits
    assert Ability.NAME | Ability.RIGHTS | Ability.TIME_ZONES in limits.abilities
    assert not limits.abilities & (
        Ability.VALIDITY_TIME | Ability.ENABLED | Ability.VERIFY_STYLE
    )
    assert limits.doors == {1, 2, 3, 4}
    assert (limits.max_cards, limits.max_card) == (1, 0xFFFFFFFF)
    assert (limits.user_id_digits, limits.user_id_letters) == (9, False)
    assert limits.name_bytes == 24
    assert limits.users is None
    assert limits.enrols == frozenset()
    assert dialect(lockcount="").limits.doors == {1}


def test_what_a_rich_device_can_hold() -> None:
    """Each switch shows."""
    limits = RICH.limits
    assert limits.abilities == ~Ability(0)
    assert (limits.max_cards, limits.max_card) == (16, 2**64 - 1)
    assert (limits.user_id_digits, limits.user_id_letters) == (24, True)
    assert limits.name_bytes == 48
    assert RICH.verify_codes == {1, 4, 11}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"mulcarduserfunon": "1"}, 1),  # as the printed F20/M
        ({"accsupportfunlist": flags(7)}, 16),
        ({"accsupportfunlist": flags(7), "mulcarduserfunon": "0"}, 1),
    ],
)
def test_several_cards(options: dict[str, str], expected: int) -> None:
    """The list of functions decides, unless the switch is off."""
    assert dialect(**options).limits.max_cards == expected


@pytest.mark.parametrize(
    ("bits", "expected"), [("37", 2**37 - 1), ("8", 2**32 - 1), ("", 2**32 - 1)]
)
def test_long_cards(bits: str, expected: int) -> None:
    """As long as the device says, at least 32 bits."""
    known = dialect(accsupportfunlist=flags(7), maxmcucardbits=bits)
    assert known.limits.max_card == expected


@pytest.mark.parametrize(
    ("told", "expected"), [("50", 5000), ("0", None), ("30000", 30000), ("", None)]
)
def test_capacity(told: str, expected: int | None) -> None:
    """Small numbers are hundreds."""
    assert dialect(maxusercount=told).limits.users == expected


def test_names_can_be_missing() -> None:
    """The device says so."""
    known = dialect(usernamefunon="0")
    assert Ability.NAME not in known.limits.abilities
    assert people.decode_user({"pin": "1", "name": "x"}, known).name == ""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"fingerfunon": "1"}, {Credential.FINGERPRINT: Biometric.FINGERPRINT}),
        (
            {"facefunon": "1", "pvfunon": "1"},
            {
                Credential.FACE: Biometric.NEAR_INFRARED_FACE,
                Credential.PALM: Biometric.PALM_VEIN,
            },
        ),
        ({"biodatafun": "1"}, {Credential.FACE: Biometric.FACE}),
        (
            {"multibiodatasupport": "0:1:1:0:0:0:0:0:1:1:1", "facefunon": "1"},
            {
                Credential.FINGERPRINT: Biometric.FINGERPRINT,
                Credential.FACE: Biometric.FACE,
                Credential.PALM: Biometric.PALM,
            },
        ),
    ],
)
def test_what_can_be_enrolled(
    options: dict[str, str], expected: dict[Credential, Biometric]
) -> None:
    """Only where the device can be asked to, and a card always there."""
    assert dialect(**options).limits.enrols == frozenset()
    options |= {"accsupportfunlist": flags(40)}
    assert dialect(**options).limits.enrols == {Credential.CARD, *expected}
    known = Registration.of(options)
    for credential in Credential:
        found = dialects.find_biometric(known, credential)
        assert found == expected.get(credential)


def test_what_belongs_to_a_user() -> None:
    """Rights go first; kinds of templates are named where there are several."""
    assert dialects.belongings(Registration()) == [
        ("userauthorize", {}),
        ("firstcard", {}),
        ("extuser", {}),
    ]
    options = {
        "accsupportfunlist": flags(7, 12, 16, 30, 55),
        "fingerfunon": "1",
        "photofunon": "1",
        "multibiodatasupport": "0:1:0:0:0:0:0:0:0:1",
        "biophotofun": "1",
    }
    assert dialects.belongings(Registration.of(options)) == [
        ("userauthorize", {}),
        ("userleauthorize", {}),
        ("mulcarduser", {}),
        ("SuperAuthorize", {}),
        ("PersonalVSTimezone", {}),
        ("firstcard", {}),
        ("extuser", {}),
        ("identitycard", {}),
        ("templatev10", {}),
        ("userpic", {}),
        ("biodata", {"type": "1"}),
        ("biodata", {"type": "9"}),
        ("biophoto", {}),
    ]


# The printed examples of section 9.1.1, in both directions


def test_the_printed_user() -> None:
    """User 1 with the password 234."""
    user = User(user_id="1", pin_code="234")
    row = people.encode_user(user, None, PLAIN)
    assert row is not None
    printed = (
        "DATA UPDATE user CardNo= Pin=1 Password=234 Group=0 "
        "StartTime=0 EndTime=0 Name= Privilege=0"
    )
    assert command("user", row) == printed
    assert people.decode_user(only(printed.removeprefix("DATA UPDATE ")), PLAIN) == user


def test_the_printed_upload() -> None:
    """User 4, captured from devices as well (sections 7.5 and 9.1.4)."""
    row = only(
        "user uid=5 cardno= pin=4 password= group=1 starttime=0 endtime=0 name= "
        "privilege=0 disable=0 verify=0"
    )
    for known in (PLAIN, RICH):
        assert people.decode_user(row, known) == User(user_id="4", group=1)
        assert people.encode_user(User(user_id="4"), row, known) is None


def test_the_printed_time() -> None:
    """583512660 is a moment (section 9.1.1), 20260131 a day."""
    row = {"pin": "1", "starttime": "583512660", "endtime": "583512660"}
    user = people.decode_user(row, RICH)
    assert user.valid_from == user.valid_until == datetime(2018, 2, 27, 14, 51)
    days = {"pin": "1", "starttime": "20260131", "endtime": "20260131"}
    user = people.decode_user(days, PLAIN)
    assert user.valid_from == datetime(2026, 1, 31)
    assert user.valid_until == datetime(2026, 1, 31, 23, 59, 59)
    assert people.decode_user({"starttime": "20261331"}, PLAIN).valid_from is None


def test_the_printed_card() -> None:
    """CC9932DD as an owner found it to work: in lower case."""
    user = User(user_id="1", cards=("3432592093",))
    (row,), stale = people.card_changes(user, [])
    assert stale == []
    printed = "DATA UPDATE mulcarduser Pin=1 CardNo=CC9932DD LossCardFlag=0 CardType=0"
    assert command("mulcarduser", row).lower() == printed.lower()
    assert row["cardno"] == "cc9932dd"
    told = only(printed.removeprefix("DATA UPDATE "))
    assert people.decode_cards([told]) == user.cards
    long = {"pin": "1", "cardno": "DF349C3BEA5277ED"}
    assert people.decode_cards([long]) == (str(0xDF349C3BEA5277ED),)
    bracketed = {"pin": "1", "cardno": "[15CD5B07]"}
    assert people.decode_cards([bracketed]) == ("123456789",)
    assert people.decode_user(bracketed, PLAIN).cards == ("123456789",)


def test_the_printed_right() -> None:
    """Door 1 during time zone 1."""
    user = User(user_id="1", rights=frozenset({Right(1)}))
    printed = (
        "DATA UPDATE userauthorize Pin=1 AuthorizeTimezoneId=1 "
        "AuthorizeDoorId=1 DevID=1"
    )
    (row,), stale = people.right_changes(user, [], people.own_device([]), RICH)
    assert command("userauthorize", row) == printed
    assert stale == []
    told = only(printed.removeprefix("DATA UPDATE "))
    assert people.decode_rights([told], "1", RICH) == user.rights


@pytest.mark.parametrize(
    ("value", "doors"),
    [
        *((1, {1}), (2, {2}), (3, {1, 2}), (4, {3}), (5, {1, 3}), (6, {2, 3})),
        *((7, {1, 2, 3}), (8, {4}), (9, {1, 4}), (10, {2, 4}), (11, {1, 2, 4})),
        *((12, {3, 4}), (13, {1, 3, 4}), (14, {2, 3, 4}), (15, {1, 2, 3, 4})),
    ],
)
def test_the_printed_doors(value: int, doors: set[int]) -> None:
    """The table of masks, in both directions."""
    rights = frozenset(Right(door, 2) for door in doors)
    row = {"pin": "1", "authorizetimezoneid": "2", "authorizedoorid": str(value)}
    assert people.decode_rights([row], "1", PLAIN) == rights
    user = User(user_id="1", rights=rights)
    assert people.right_changes(user, [], "1", PLAIN) == ([row], [])


def test_the_printed_holiday() -> None:
    """New Year, every year."""
    holiday = Holiday(day=date(2010, 1, 1), kind=1, yearly=True)
    printed = "DATA UPDATE holiday Holiday=20100101 HolidayType=1 Loop=1"
    row = schedules.encode_holiday(holiday, None)
    assert row is not None
    assert command("holiday", row) == printed
    assert schedules.decode_holiday(row) == holiday


def test_the_printed_time_zone() -> None:
    """On Mondays a moment after midnight, and an hour in the morning."""
    zone = TimeZone(
        number=2,
        days={
            Weekday.MONDAY: (
                Interval(time(0, 1), time(0, 3)),
                Interval(time(10), time(11)),
            )
        },
    )
    printed = (
        "DATA UPDATE timezone TimeZoneId=2 SunTime1=0 SunTime2=0 SunTime3=0 "
        "MonTime1=65539 MonTime2=65537100 MonTime3=0 TueTime1=0 TueTime2=0 TueTime3=0 "
        "WedTime1=0 WedTime2=0 WedTime3=0 ThuTime1=0 ThuTime2=0 ThuTime3=0 "
        "FriTime1=0 FriTime2=0 FriTime3=0 SatTime1=0 SatTime2=0 SatTime3=0 "
        "Hol1Time1=0 Hol1Time2=0 Hol1Time3=0 Hol2Time1=0 Hol2Time2=0 Hol2Time3=0 "
        "Hol3Time1=0 Hol3Time2=0 Hol3Time3=0"
    )
    row = schedules.encode_time_zone(zone, None)
    assert row is not None
    # The document spells the number's name in two ways.
    assert command("timezone", row) == printed.replace("TimeZoneId", "TimezoneId")
    assert schedules.decode_time_zone(row) == zone


def test_the_printed_interval() -> None:
    """8:30 to 12:00 is 33e04b0."""
    row = {"timezoneid": "3", "suntime2": str(0x33E04B0)}
    zone = schedules.decode_time_zone(row)
    assert zone is not None
    assert zone.days == {Weekday.SUNDAY: (Interval(time(8, 30), time(12)),)}


# Users


def test_a_row_keeps_what_is_not_known_here() -> None:
    """And what means the right thing already, however the device writes it."""
    before = {
        "uid": "5",
        "cardno": "[15CD5B07]",
        "pin": "4",
        "password": "12",
        "group": "1",
        "starttime": "",
        "endtime": "",
        "name": "Eve",
        "privilege": "10",
        "disable": "1",
        "verify": "7",
        "superauthorize": "1",
    }
    user = User(user_id="4", name="Eva", cards=("123456789",), pin_code="12")
    row = people.encode_user(user, before, PLAIN)
    assert row == {k: v for k, v in before.items() if k != "uid"} | {"name": "Eva"}
    again = people.encode_user(replace(user, name="Eve"), before, PLAIN)
    assert again is None


def test_a_user_changes_in_every_field() -> None:
    """Where a device holds all of them."""
    before = {"pin": "a7", "name": "", "disable": "0", "verify": "0", "cardno": "9"}
    user = User(
        user_id="a7",
        name="Eve",
        cards=("18446744073709551615",),
        pin_code="4711",
        privilege=Privilege.MANAGER,
        group=7,
        valid_from=START,
        valid_until=END,
        enabled=False,
        verify_style=4,
    )
    row = people.encode_user(user, before, RICH)
    assert row is not None
    assert command("user", row) == (
        "DATA UPDATE user Pin=a7 Name=Eve Disable=1 Verify=4 CardNo= Password=4711 "
        f"Privilege=6 Group=7 StartTime={packed_time.encode(START)} "
        f"EndTime={packed_time.encode(END)}"
    )
    assert people.decode_user(row, RICH) == replace(user, cards=())
    row = people.encode_user(User(user_id="a7"), row, RICH)
    assert row is not None
    assert people.decode_user(row, RICH) == User(user_id="a7")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"starttime": "2026-01-31", "endtime": "x"}, User(user_id="1")),
        ({"starttime": "4294967296", "endtime": "-5"}, User(user_id="1")),
        ({"privilege": "10", "group": "-1"}, User(user_id="1")),
        ({"cardno": "none", "verify": "99999999999"}, User(user_id="1")),
        ({"disable": "0", "password": "x y"}, User(user_id="1", pin_code="x y")),
    ],
)
@BOTH
def test_what_cannot_be_read_is_not_told(
    known: Dialect, row: dict[str, str], expected: User
) -> None:
    """A field that makes no sense hides nobody."""
    assert people.decode_user({"pin": "1", **row}, known) == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user_id": "007"}, "user_id"),
        ({"user_id": "a1"}, "user_id"),
        ({"verify_style": 4}, "verify_style"),
        ({"enabled": False}, "enabled"),
        ({"cards": ("1", "2")}, "cards"),
        ({"name": "Eve\tPin=2"}, "name"),
        ({"rights": frozenset({Right(5)})}, "doors"),
    ],
)
def test_who_does_not_fit(changes: dict[str, object], field: str) -> None:
    """A number with zeros would be somebody else's on a device that keeps numbers."""
    with pytest.raises(InvalidValue) as caught:
        people.fitting(replace(User(user_id="1"), **changes), PLAIN)
    assert caught.value.field == field


def test_who_fits() -> None:
    """As the device will tell it; the ways to verify are those that it knows."""
    user = User(
        user_id="007",
        cards=("0012", "12", "13"),
        valid_from=datetime(2026, 1, 1, 0, 0, 0, 5),
        valid_until=datetime(2026, 1, 1, 0, 0, 1, 5),
        verify_style=11,
    )
    assert people.fitting(user, RICH) == replace(
        user,
        cards=("12", "13"),
        valid_from=datetime(2026, 1, 1),
        valid_until=datetime(2026, 1, 1, 0, 0, 1),
    )
    with pytest.raises(InvalidValue, match=r"^verify_style: one of 1, 4, 11$"):
        people.fitting(replace(user, verify_style=5), RICH)


@pytest.mark.parametrize("field", ["valid_from", "valid_until"])
def test_a_moment_that_would_mean_for_ever(field: str) -> None:
    """Whoever has long expired does not get in by that."""
    user = replace(User(user_id="1"), **{field: datetime(2000, 1, 1, 0, 0, 0, 9)})
    with pytest.raises(InvalidValue, match=rf"^{field}: after 2000"):
        people.fitting(user, RICH)


def test_all_that_is_known_of_everybody() -> None:
    """By user ID; what belongs to nobody is left out."""
    users = people.decode_users(
        [{"pin": "1", "cardno": "9"}, {"pin": "0"}, {"name": "?"}, {"pin": "2"}],
        [{"pin": "1", "cardno": "a", "cardtype": "1"}, {"pin": "3", "cardno": "b"}],
        [
            {"pin": "2", "authorizetimezoneid": "1", "authorizedoorid": "15"},
            {"pin": "3", "authorizetimezoneid": "1", "authorizedoorid": "1"},
        ],
        RICH,
    )
    assert users == {
        "1": User(user_id="1", cards=("9", "10")),
        "2": User(user_id="2", rights=frozenset({Right(1), Right(2)})),
    }


# Cards


def test_cards_come_and_go() -> None:
    """Only what changes is written; a lost card is none, until it is wanted again."""
    rows = [
        {"pin": "1", "cardno": "0000000b", "losscardflag": "0", "cardtype": "1"},
        {"pin": "1", "cardno": "A", "losscardflag": "0", "cardtype": "0"},
        {"pin": "1", "cardno": "c", "losscardflag": "1", "cardtype": "1", "imie": "7"},
        {"pin": "1", "cardno": ""},
        {"pin": "1", "cardno": "0"},
        {"pin": "1", "cardno": "not a card"},
    ]
    assert people.decode_cards(rows) == ("10", "11")
    same = User(user_id="1", cards=("11", "10"))
    assert people.card_changes(same, rows) == ([], [])
    new, stale = people.card_changes(User(user_id="1", cards=("11", "12", "13")), rows)
    assert new == [
        {**rows[2], "losscardflag": "0"},
        {"pin": "1", "cardno": "0000000d", "losscardflag": "0", "cardtype": "1"},
    ]
    assert stale == [{"pin": "1", "cardno": "A"}]
    new, _ = people.card_changes(User(user_id="1", cards=("14", "15")), rows)
    assert [row["cardtype"] for row in new] == ["0", "1"]


def test_a_card_of_the_user_table_is_one_more() -> None:
    """Where there is a table of cards; one that is not wanted goes."""
    before = {"pin": "1", "cardno": "9"}
    assert (
        people.encode_user(User(user_id="1", cards=("9", "10")), before, RICH) is None
    )
    row = people.encode_user(User(user_id="1", cards=("10",)), before, RICH)
    assert row == {"pin": "1", "cardno": ""}


# Rights


def right(zone: int, doors: int, **more: str) -> dict[str, str]:
    """Return a row."""
    return {
        "pin": "1",
        "authorizetimezoneid": str(zone),
        "authorizedoorid": str(doors),
        **more,
    }


def test_rights_come_and_go() -> None:
    """Rows that mean the right thing stay, whatever else they allow at doors that are not there."""
    rows = [right(1, 15), right(2, 1, starttime="7"), right(3, 16), right(0, 1)]
    user = User(user_id="1", rights=frozenset({Right(1), Right(2)}))
    known = replace(PLAIN, limits=replace(PLAIN.limits, doors=frozenset({1, 2})))
    assert people.decode_rights(rows, "1", known) == user.rights | {Right(1, 2)}
    assert people.right_changes(user, rows, "1", known) == ([], [right(2, 1)])
    less = User(user_id="1", rights=frozenset({Right(1), Right(1, 2)}))
    assert people.right_changes(less, rows, "1", known) == (
        [right(1, 1)],
        [right(1, 15)],
    )


def test_rights_of_other_devices_are_theirs() -> None:
    """A device may be known by another number than the printed one."""
    own, other = right(1, 1, devid="3"), right(1, 2, devid="4")
    assert people.own_device([own, right(1, 1)]) == "3"
    assert people.own_device([own, other]) == people.own_device([]) == "1"
    assert people.decode_rights([own, other], "3", RICH) == {Right(1)}
    user = User(user_id="1", rights=frozenset({Right(2, 5)}))
    new, stale = people.right_changes(user, [own, other], "3", RICH)
    assert new == [right(5, 2, devid="3")]
    assert stale == [own]


def test_a_right_for_one_door() -> None:
    """Doors 1 and 2 only: what other numbers mean is nowhere said."""
    assert PER_DOOR.limits.doors == {1, 2}
    user = User(user_id="1", rights=frozenset({Right(1), Right(2)}))
    new, _ = people.right_changes(user, [], "1", PER_DOOR)
    assert new == [right(1, 1), right(1, 2)]
    assert people.decode_rights([*new, right(1, 3)], "1", PER_DOOR) == user.rights


# Schedules and holidays


def test_a_schedule_keeps_what_is_not_known_here() -> None:
    """Its validity, and days that are right already."""
    before = {
        "timezoneid": "2",
        "starttime": "752688180",
        "suntime1": "0",
        "suntime2": "2359",
        "montime1": str(2400 << 16),
        "tuetime1": str(1200 << 16 | 1100),
    }
    zone = schedules.decode_time_zone(before)
    all_day = (Interval(time(), time(23, 59)),)
    assert zone == TimeZone(number=2, days={Weekday.SUNDAY: all_day})
    assert schedules.encode_time_zone(zone, before) is None
    more = TimeZone(
        number=2, days={Weekday.SUNDAY: all_day, Weekday.HOLIDAY_3: all_day}
    )
    row = schedules.encode_time_zone(more, before)
    added = {"hol3time1": "2359", "hol3time2": "0", "hol3time3": "0"}
    assert row == before | added
    assert schedules.decode_time_zone({"suntime1": "1"}) is None


def test_an_interval_that_would_mean_none() -> None:
    """The first minute of the day alone cannot be told."""
    zone = TimeZone(number=2, days={Weekday.MONDAY: (Interval(time(), time()),)})
    with pytest.raises(InvalidValue, match=r"^monday: "):
        schedules.encode_time_zone(zone, None)


def test_a_holiday_keeps_what_is_not_known_here() -> None:
    """And is not written when it is right."""
    before = {"holiday": "20261225", "holidaytype": "2", "loop": "1", "id": "7"}
    holiday = Holiday(day=date(2026, 12, 25), kind=2, yearly=True)
    assert schedules.decode_holiday(before) == holiday
    assert schedules.encode_holiday(holiday, before) is None
    once = schedules.encode_holiday(replace(holiday, yearly=False), before)
    assert once == before | {"loop": "2"}
    assert schedules.decode_holiday({"holiday": "20260230"}) is None
    assert schedules.find_holiday([before, {"holiday": ""}], holiday.day) == before
    assert schedules.find_holiday([before], date(2026, 1, 1)) is None
    assert schedules.find_time_zone([before], 2) is None


# Whatever comes

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=9)
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0)
)


@st.composite
def users(draw: st.DrawFn, known: Dialect) -> User:
    """Return anybody who fits."""
    limits = known.limits
    start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
    if Ability.VALIDITY_TIME not in limits.abilities:
        start = start.replace(hour=0, minute=0, second=0)
        end = end.replace(hour=23, minute=59, second=59)
    zones = st.sampled_from(limits.time_zones)
    rights = st.builds(Right, st.sampled_from(sorted(limits.doors)), zones)
    cards = st.integers(1, limits.max_card).map(str)
    user = User(
        user_id=str(draw(st.integers(1, 10**9 - 1))),
        name=draw(TEXT.filter(lambda name: len(name.encode()) <= limits.name_bytes)),
        cards=tuple(draw(st.sets(cards, max_size=limits.max_cards))),
        pin_code=draw(st.from_regex(r"[0-9]{0,8}", fullmatch=True)),
        privilege=draw(st.sampled_from(Privilege)),
        group=draw(st.sampled_from(limits.groups)),
        valid_from=draw(st.none() | st.just(start)),
        valid_until=draw(st.none() | st.just(end)),
        rights=frozenset(draw(st.sets(rights, max_size=5))),
    )
    if Ability.ENABLED in limits.abilities:
        user = replace(user, enabled=draw(st.booleans()))
    if known.verify_codes:
        codes = st.none() | st.sampled_from(sorted(known.verify_codes))
        user = replace(user, verify_style=draw(codes))
    return people.fitting(user, known)


def travelled(table: str, rows: list[people.Fields]) -> list[people.Fields]:
    """Return rows as they are told by a device that keeps what it was sent."""
    if not rows:
        return []
    text = data_update(table, [*map(fields.spelled, rows)])
    return [*parse_records(text.removeprefix("DATA UPDATE "))]


@pytest.mark.parametrize("known", [PLAIN, RICH, PER_DOOR])
@given(data=st.data())
def test_whoever_is_written_is_there(known: Dialect, data: st.DataObject) -> None:
    """New, and in place of anybody else."""
    told: list[people.Fields] = []
    cards: list[people.Fields] = []
    rights: list[people.Fields] = []
    for user in data.draw(st.lists(users(known), min_size=1, max_size=3)):
        user = replace(user, user_id="7")
        row = people.encode_user(user, told[-1] if told else None, known)
        told = told if row is None else travelled("user", [row])
        if known.card_table:
            new, stale = people.card_changes(user, cards)
            cards = [row for row in cards if not met(row, stale)]
            cards += travelled("mulcarduser", new)
        new, stale = people.right_changes(user, rights, "1", known)
        rights = [row for row in rights if not met(row, stale)]
        rights += travelled("userauthorize", new)
        found = people.decode_users(told, cards, rights, known)["7"]
        assert {*found.cards} == {*user.cards}
        assert replace(found, cards=user.cards) == replace(user, group=found.group)
        assert (found.group or 1) == (user.group or 1)
        assert people.encode_user(user, told[-1], known) is None
        assert people.right_changes(user, rights, "1", known) == ([], [])


def met(row: people.Fields, conditions: list[people.Fields]) -> bool:
    """Whether a row is one of those to be deleted."""
    return any(all(row[k] == v for k, v in one.items()) for one in conditions)


INTERVALS = (
    st.tuples(st.integers(0, 1439), st.integers(1, 1439))
    .map(sorted)
    .map(lambda pair: Interval(*(time(*divmod(minute, 60)) for minute in pair)))
)


@given(st.dictionaries(st.sampled_from(Weekday), st.lists(INTERVALS, max_size=3)))
def test_schedules_come_back(days: dict[Weekday, list[Interval]]) -> None:
    """Days without an interval are closed."""
    zone = TimeZone(number=9, days={day: tuple(found) for day, found in days.items()})
    row = schedules.encode_time_zone(zone, None)
    assert row is not None
    (told,) = travelled("timezone", [row])
    found = schedules.decode_time_zone(told)
    assert found is not None
    assert found.days == {day: kept for day, kept in zone.days.items() if kept}
    assert schedules.encode_time_zone(zone, told) is None


@given(
    st.integers(0, 36_000).map(lambda days: date(2000, 1, 1) + timedelta(days)),
    st.integers(1, 3),
    st.booleans(),
)
def test_holidays_come_back(day: date, kind: int, yearly: bool) -> None:
    """Each of them."""
    holiday = Holiday(day=day, kind=kind, yearly=yearly)
    row = schedules.encode_holiday(holiday, None)
    assert row is not None
    (told,) = travelled("holiday", [row])
    assert schedules.decode_holiday(told) == holiday


FIELDS = st.sampled_from(
    [
        *("pin", "cardno", "password", "group", "starttime", "endtime", "name"),
        *("privilege", "disable", "verify", "losscardflag", "cardtype", "devid"),
        *("authorizetimezoneid", "authorizedoorid", "timezoneid", "suntime1"),
        *("holiday", "holidaytype", "loop"),
    ]
)
VALUES = st.text(max_size=30) | st.integers().map(str) | st.just("[15CD5B07]")


@given(st.lists(st.dictionaries(FIELDS, VALUES), max_size=5))
def test_whatever_a_device_tells(rows: list[dict[str, str]]) -> None:
    """Nothing is raised."""
    for known in (PLAIN, RICH, PER_DOOR):
        people.decode_users(rows, rows, rows, known)
    for row in rows:
        schedules.decode_time_zone(row)
        schedules.decode_holiday(row)
