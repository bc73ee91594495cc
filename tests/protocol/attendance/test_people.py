"""Users as rows, in both directions."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.attendance import commands
from custom_components.zkteco.protocol.attendance.people import (
    decode_user,
    encode_user,
    fitting,
    limits_of,
    wrong_fields,
)
from custom_components.zkteco.protocol.attendance.records import parse_fields
from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.people import (
    Ability,
    Credential,
    Privilege,
    Right,
    User,
)
from custom_components.zkteco.protocol.push.registration import Registration

LIMITS = limits_of(Registration())
# As captured from a face terminal, with another person's name.
ROW = parse_fields(
    "PIN=4\tName=User3\tPri=0\tPasswd=\tCard=[552DE3D300]\tGrp=1\tTZ=0000000100000000"
    "\tVerify=1\tViceCard=\tStartDatetime=0\tEndDatetime=0"
)


def test_a_captured_row() -> None:
    """The card's bytes come lowest first."""
    assert decode_user(ROW) == User(
        user_id="4", name="User3", cards=("3554880853",), group=1
    )


@pytest.mark.parametrize(
    ("row", "user"),
    [
        ({}, User(user_id="")),
        (
            {"pin": "1", "pri": "14", "passwd": "1234", "card": "0", "grp": "x"},
            User(user_id="1", privilege=Privilege.ADMIN, pin_code="1234"),
        ),
        ({"pin": "1", "pri": "7"}, User(user_id="1")),
        ({"pin": "1", "pri": "2"}, User(user_id="1", privilege=Privilege.ENROLLER)),
        ({"pin": "1", "pri": "6"}, User(user_id="1", privilege=Privilege.MANAGER)),
    ],
)
def test_rows_that_tell_little(row: dict[str, str], user: User) -> None:
    """What cannot be read is as if it were not there."""
    assert decode_user(row) == user


def test_a_user_changes_and_keeps_what_we_do_not_know() -> None:
    """Schedule, way to verify and validity go back as they were."""
    user = fitting(User(user_id="4", name="Alice", cards=("0012",)), LIMITS)
    row = encode_user(user, ROW | {"category": "3"})
    assert row == {
        "PIN": "4",
        "Name": "Alice",
        "Pri": "0",
        "Passwd": "",
        "Card": "12",
        "Grp": "1",
        "TZ": "0000000100000000",
        "Verify": "1",
        "ViceCard": "",
        "StartDatetime": "0",
        "EndDatetime": "0",
    }
    assert list(row) == list(commands.USER_FIELDS)
    assert commands.encode(1, commands.update_user(row))


def test_a_new_user() -> None:
    """Follows the schedule of the group."""
    user = User(user_id="9", pin_code="1234", privilege=Privilege.ADMIN, group=3)
    row = encode_user(fitting(user, LIMITS), None)
    assert row == {
        "PIN": "9",
        "Name": "",
        "Pri": "14",
        "Passwd": "1234",
        "Card": "",
        "Grp": "3",
        "TZ": "0000000100000000",
    }


@pytest.mark.parametrize(
    ("user", "field"),
    [
        (User(user_id="1234567890"), "user_id"),
        (User(user_id="a1"), "user_id"),
        (User(user_id="0"), "user_id"),
        (User(user_id="1", name="a\tb"), "name"),
        (User(user_id="1", name="ä" * 13), "name"),
        (User(user_id="1", pin_code="123456789"), "pin_code"),
        (User(user_id="1", cards=("1", "2")), "cards"),
        (User(user_id="1", group=100), "group"),
        (User(user_id="1", enabled=False), "enabled"),
        (User(user_id="1", rights=frozenset({Right(1)})), "rights"),
    ],
)
def test_users_whom_no_terminal_can_hold(user: User, field: str) -> None:
    """A person is told which field is wrong."""
    with pytest.raises(InvalidValue) as refused:
        fitting(user, LIMITS)
    assert refused.value.field == field


def test_what_a_terminal_tells_about_its_users() -> None:
    """Longer user IDs, letters, fingers."""
    known = Registration.of(
        {"pin2width": "14", "stringpinfunon": "1", "fingerfunon": "1"}
    )
    limits = limits_of(known)
    assert (limits.user_id_digits, limits.user_id_letters) == (14, True)
    assert limits.enrols == {Credential.FINGERPRINT}
    assert Ability.RIGHTS not in limits.abilities
    for width in ("x", "0", "99", ""):
        assert limits_of(Registration.of({"pin2width": width})).user_id_digits == 9


names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=6)
digits = st.text("0123456789", max_size=8)
users = st.builds(
    User,
    user_id=st.integers(1, 999_999_999).map(str),
    name=names,
    cards=st.lists(st.integers(1, 2**32 - 1).map(str), max_size=1).map(tuple),
    pin_code=digits,
    privilege=st.sampled_from(Privilege),
    group=st.integers(0, 99),
)


@given(users, st.booleans())
def test_whoever_is_written_is_read_back(user: User, known: bool) -> None:
    """Through the whole line, and nothing is found wrong."""
    wanted = fitting(user, LIMITS)
    text = commands.update_user(encode_user(wanted, ROW if known else None))
    row = parse_fields(text.removeprefix("DATA UPDATE USERINFO "))
    assert decode_user(row) == wanted
    assert wrong_fields(wanted, row) == []


def test_what_was_not_kept() -> None:
    """Each field by name; one that is not told proves nothing."""
    wanted = fitting(
        User(
            user_id="4",
            name="A",
            cards=("1",),
            pin_code="1",
            privilege=Privilege.ADMIN,
            group=2,
        ),
        LIMITS,
    )
    assert wrong_fields(wanted, ROW) == [
        "the name",
        "the PIN code",
        "the card",
        "the privilege",
        "the group",
    ]
    assert wrong_fields(wanted, {"pin": "4", "name": "A"}) == []
