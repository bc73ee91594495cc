"""Who may enter when, and the door. The frames were captured."""

from datetime import time

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue, MalformedReply
from custom_components.zkteco.protocol.standalone.access import (
    Combination,
    GroupZones,
    Hours,
    UserZones,
    WeekSchedule,
    decode_combination,
    decode_door_state,
    decode_group,
    decode_user_group,
    decode_user_zones,
    decode_verify_mode,
    decode_zone,
    encode_combination,
    encode_combination_request,
    encode_group,
    encode_group_request,
    encode_unlock,
    encode_user_group,
    encode_user_request,
    encode_user_zones,
    encode_verify_mode,
    encode_verify_mode_request,
    encode_zone,
    encode_zone_request,
)
from custom_components.zkteco.protocol.standalone.packet import decode

MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
HOURS = st.tuples(MINUTES, MINUTES).map(lambda pair: Hours(*sorted(pair)))
ZONES = st.tuples(*[st.integers(0, 50)] * 3)
ALL_DAY = Hours(time(0, 0), time(23, 59))


def data(frame: str) -> bytes:
    """Return the data in a captured TCP frame."""
    return decode(bytes.fromhex(frame)[8:])[0].data


def test_captured_time_zone() -> None:
    """Time zone 48 of a terminal; two bytes at its end mean nothing."""
    answer = data(
        "5050827d28000000d0072fa5126327003000110c110d112511251125112511251125112511251125112511231124a71c"
    )
    number, schedule = decode_zone(answer)
    assert number == 48
    assert schedule.days[0] == Hours(time(17, 12), time(17, 13))
    assert schedule.days[1:6] == (Hours(time(17, 37), time(17, 37)),) * 5
    assert schedule.days[6] == Hours(time(17, 35), time(17, 36))
    assert encode_zone(number, schedule)[4:] == answer[2:30]


def test_captured_combination() -> None:
    """Combination 7: somebody of group 1 and somebody of group 2."""
    answer = data("5050827d10000000d007b59312635d000701020000000200")
    assert decode_combination(answer) == Combination(7, (1, 2))
    assert encode_combination(Combination(7, (1, 2))) == answer


def test_captured_group() -> None:
    """Group 77: three time zones, holidays, and a verify mode."""
    answer = data("5050827d10000000d00779f1126356004d0800070006008e")
    group = GroupZones(77, (8, 7, 6), holidays=True, verify_mode=14)
    assert decode_group(answer) == group
    assert encode_group(group) == answer


def test_captured_verify_mode() -> None:
    """User 13 needs user ID, finger and password."""
    request = data(
        "5050827d200000004f00ea79e78445000d008d000000000000000000000000000000000000000000"
    )
    assert encode_verify_mode(13, 13) == request
    assert decode_verify_mode(request) == 13


def test_requests() -> None:
    """What is asked for by its number."""
    assert encode_zone_request(48) == bytes.fromhex("30000000")
    assert encode_group_request(77) == bytes.fromhex("4d00000000000000")
    assert encode_combination_request(7) == bytes.fromhex("0700000000000000")
    assert encode_user_request(13) == bytes.fromhex("0d000000")
    assert encode_verify_mode_request(13) == bytes.fromhex("0d00")


@given(st.integers(1, 50), st.lists(st.none() | HOURS, min_size=7, max_size=7))
def test_time_zones(number: int, days: list[Hours | None]) -> None:
    """What is written can be read; a day without access stays one."""
    schedule = WeekSchedule(tuple(days))
    written = encode_zone(number, schedule)
    assert decode_zone(written[:2] + written[4:]) == (number, schedule)


def test_a_closed_day_on_the_wire() -> None:
    """It starts after it ends."""
    written = encode_zone(1, WeekSchedule((None,) * 7))
    assert written == bytes.fromhex("01000000" + "173b0000" * 7)


@pytest.mark.parametrize(
    ("number", "days", "error"),
    [
        (0, (ALL_DAY,) * 7, "time zone: a whole number from 1 to 50"),
        (51, (ALL_DAY,) * 7, "time zone: a whole number from 1 to 50"),
        (1, (ALL_DAY,) * 6, "schedule: seven days"),
        (1, (ALL_DAY,) * 8, "schedule: seven days"),
        (
            1,
            (Hours(time(8, 1), time(8, 0)),) * 7,
            "schedule: a start that is not after its end",
        ),
        (1, (Hours(time(8, 0, 1), time(9)),) * 7, "schedule: whole minutes"),
        (1, (Hours(time(8), time(9, 0, 0, 1)),) * 7, "schedule: whole minutes"),
    ],
)
def test_time_zones_that_cannot_be(
    number: int, days: tuple[Hours, ...], error: str
) -> None:
    """The error says what would be right."""
    with pytest.raises(InvalidValue, match=error):
        encode_zone(number, WeekSchedule(days))


@pytest.mark.parametrize("start", ["1800", "003c", "ffff"])
def test_a_time_that_does_not_exist(start: str) -> None:
    """Hour 24 is no time; nothing is guessed."""
    with pytest.raises(MalformedReply, match="impossible time"):
        decode_zone(bytes.fromhex("0100" + (start + "173b") * 7))


@given(
    st.builds(GroupZones, st.integers(1, 99), ZONES, st.booleans(), st.integers(0, 14))
)
def test_groups(group: GroupZones) -> None:
    """What is written can be read."""
    assert decode_group(encode_group(group)) == group


@pytest.mark.parametrize(
    ("group", "error"),
    [
        (GroupZones(0, (1, 0, 0), False, 0), "group: a whole number from 1 to 99"),
        (GroupZones(100, (1, 0, 0), False, 0), "group: a whole number from 1 to 99"),
        (GroupZones(1, (1, 0, 51), False, 0), "time zone: a whole number from 0 to 50"),
        (GroupZones(1, (1, -1, 0), False, 0), "time zone: a whole number from 0 to 50"),
        (GroupZones(1, (1, 0, 0), False, 15), "verify mode: a whole number from 0"),
    ],
)
def test_groups_that_cannot_be(group: GroupZones, error: str) -> None:
    """The error says what would be right."""
    with pytest.raises(InvalidValue, match=error):
        encode_group(group)


@given(st.integers(1, 10), st.lists(st.integers(1, 99), max_size=5))
def test_combinations(number: int, groups: list[int]) -> None:
    """What is written can be read."""
    combination = Combination(number, tuple(groups))
    assert decode_combination(encode_combination(combination)) == combination


@pytest.mark.parametrize(
    ("combination", "error"),
    [
        (Combination(0, (1,)), "combination: a whole number from 1 to 10"),
        (Combination(11, (1,)), "combination: a whole number from 1 to 10"),
        (Combination(1, (1,) * 6), "groups: up to 5"),
        (Combination(1, (0,)), "group: a whole number from 1 to 99"),
    ],
)
def test_combinations_that_cannot_be(combination: Combination, error: str) -> None:
    """The error says what would be right."""
    with pytest.raises(InvalidValue, match=error):
        encode_combination(combination)


def test_the_group_of_a_user() -> None:
    """Read by one byte, written behind the user."""
    assert decode_user_group(b"\x05") == 5
    assert encode_user_group(13, 5) == bytes.fromhex("0d00000005")
    with pytest.raises(InvalidValue, match="group: a whole number"):
        encode_user_group(13, 0)


def test_the_time_zones_of_a_user() -> None:
    """The flag has one sense when it is read and another when it is written."""
    own = UserZones(own=True, zones=(3, 2, 1))
    assert decode_user_zones(bytes.fromhex("0000030002000100")) == own
    assert encode_user_zones(13, own) == bytes.fromhex(
        "0d000000 01000000 03000000 02000000 01000000"
    )
    groups = UserZones(own=False, zones=(0, 0, 0))
    assert decode_user_zones(bytes.fromhex("0100000000000000")) == groups
    assert encode_user_zones(13, groups) == bytes.fromhex("0d000000") + bytes(16)


def test_an_unknown_flag_is_no_guess() -> None:
    """Whose time zones they are stays open, and that cannot be written."""
    unknown = decode_user_zones(bytes.fromhex("0200030002000100"))
    assert unknown == UserZones(own=None, zones=(3, 2, 1))
    with pytest.raises(InvalidValue, match="time zones: either"):
        encode_user_zones(13, unknown)


@pytest.mark.parametrize("uid", [0, -1, 65536])
def test_users_that_cannot_be(uid: int) -> None:
    """Internal numbers have 16 bits."""
    limit = "user: a whole number from 1 to 65535"
    with pytest.raises(InvalidValue, match=limit):
        encode_user_request(uid)
    with pytest.raises(InvalidValue, match=limit):
        encode_verify_mode_request(uid)
    with pytest.raises(InvalidValue, match=limit):
        encode_verify_mode(uid, None)
    with pytest.raises(InvalidValue, match=limit):
        encode_user_zones(uid, UserZones(own=True, zones=(1, 0, 0)))


@given(st.integers(1, 65535), st.none() | st.integers(0, 14))
def test_verify_modes(uid: int, mode: int | None) -> None:
    """What is written can be read; mode 0 is not the group's."""
    assert decode_verify_mode(encode_verify_mode(uid, mode)) == mode


def test_verify_modes_that_cannot_be() -> None:
    """14 is the last one; a mode of nobody is not understood."""
    with pytest.raises(InvalidValue, match="verify mode: a whole number from 0 to 14"):
        encode_verify_mode(13, 15)
    with pytest.raises(MalformedReply, match="verify mode 5"):
        decode_verify_mode(bytes((13, 0, 5)).ljust(24, b"\0"))


@given(st.binary(max_size=40))
def test_garbage(answer: bytes) -> None:
    """Whatever a terminal answers is understood or refused."""
    for read in (
        decode_zone,
        decode_group,
        decode_combination,
        decode_user_group,
        decode_user_zones,
        decode_verify_mode,
    ):
        try:
            read(answer)
        except MalformedReply:
            assert len(answer) < 8 or read in (decode_zone, decode_verify_mode)


@pytest.mark.parametrize(
    ("seconds", "tenths", "sent"),
    [
        (3, True, "1e000000"),
        (3, False, "03000000"),
        (0.5, True, "05000000"),
        (0.5, False, "01000000"),
        (0.01, True, "01000000"),
        (254, True, "ec090000"),
        (254, False, "fe000000"),
    ],
)
def test_unlock(seconds: float, tenths: bool, sent: str) -> None:
    """Tenths of a second, or seconds; never nothing."""
    assert encode_unlock(seconds, unit_tenths=tenths).hex() == sent


@pytest.mark.parametrize("seconds", [0, -1, 254.1, float("nan"), float("inf")])
def test_unlock_for_an_impossible_time(seconds: float) -> None:
    """Neither no time nor for ever."""
    with pytest.raises(InvalidValue, match="seconds: more than 0, at most 254"):
        encode_unlock(seconds, unit_tenths=True)


@pytest.mark.parametrize(
    ("answer", "is_open"),
    [
        ("01", True),
        ("00", False),
        ("", None),
        ("02", None),
        ("ff", None),
        ("00000000", None),
    ],
)
def test_door_state(answer: str, is_open: bool | None) -> None:
    """An answer that nobody knows is never "closed"."""
    assert decode_door_state(bytes.fromhex(answer)) is is_open
