"""Users of terminals: reading them, and changing one without harm to the rest."""

from dataclasses import replace
import struct

from hypothesis import example, given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import (
    InvalidValue,
    MalformedReply,
    Unsupported,
)
from custom_components.zkteco.protocol.standalone.users import (
    Privilege,
    User,
    UserLayout,
    decode_users,
    encode_user,
    user_layout,
)

from . import vectors

WRITABLE = st.sampled_from((UserLayout.NUMERIC, UserLayout.TEXT))
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
NAMES = st.text(LETTERS, max_size=30)
ZONE = st.integers(0, 50)
DIGITS = "0123456789"
RECORDS = st.binary(min_size=72, max_size=72)
COMMON = {
    "uid": st.integers(1, 0xFFFF),
    "privilege": st.sampled_from(Privilege),
    "enabled": st.booleans(),
    "card": st.integers(0, 0xFFFFFFFF),
    "group": st.integers(1, 99),
}
TEXT_USERS = st.builds(
    User,
    user_id=st.from_regex(r"[0-9A-Za-z]{1,23}", fullmatch=True),
    name=NAMES.filter(lambda name: len(name.encode()) <= 23),
    password=st.text(DIGITS, max_size=8),
    own_zones=st.booleans(),
    zones=st.tuples(ZONE, ZONE, ZONE),
    **COMMON,
)
NUMERIC_USERS = st.builds(
    User,
    user_id=st.integers(1, 0xFFFFFFFF).map(str),
    name=NAMES.filter(lambda name: len(name.encode()) <= 8),
    password=st.text(DIGITS, max_size=5),
    **COMMON,
)
ALICE = User(1, "1001", "Alice")


def records(count: int, layout: UserLayout) -> bytes:
    """Return users as a terminal would list them."""
    return b"".join(
        encode_user(User(uid, str(1000 + uid), f"User {uid}", card=uid << 16), layout)
        for uid in range(1, count + 1)
    )


@pytest.mark.parametrize(("record", "user"), vectors.USERS.values(), ids=vectors.USERS)
def test_a_captured_user(record: bytes, user: User) -> None:
    """Read as shown, and written back byte by byte."""
    assert decode_users(record, UserLayout.TEXT) == [user]
    assert encode_user(user, UserLayout.TEXT) == record


def test_the_vendors_own_record() -> None:
    """A new user gets the bytes that the vendor's software writes, but zeros behind the texts."""
    ned = replace(vectors.USERS["31"][1], kept=b"")
    nuevo = replace(vectors.USERS["32"][1], kept=b"")

    assert encode_user(ned, UserLayout.TEXT) == vectors.USER_31.replace(
        bytes.fromhex("c69a807c"), bytes(4)
    )
    assert encode_user(nuevo, UserLayout.TEXT) == vectors.USER_32.replace(
        b"6\0\x7c", b"6\0\0"
    )


def test_group_and_zones_are_where_the_vendor_has_them() -> None:
    """Others write a text there, which ends as group 0 and impossible time zones, and shuts people out."""
    new = encode_user(ALICE, UserLayout.TEXT)
    assert new[39:48] == bytes((1, 0, 0, 0, 0, 0, 0, 0, 0))

    own = replace(ALICE, group=7, own_zones=True, zones=(2, 30, 50))
    assert encode_user(own, UserLayout.TEXT)[39:48] == bytes(
        (7, 1, 0, 2, 0, 30, 0, 50, 0)
    )


def test_the_shorter_record() -> None:
    """Every field at its place (the vendor's communication manual of 2006)."""
    user = User(
        0x0102,
        "305419896",
        "Alice",
        Privilege.ADMIN,
        enabled=False,
        password="12345",
        card=0x01020304,
        group=9,
    )
    record = bytes.fromhex(
        "0201 0f 3132333435 416c696365000000 0403020100 09 0000 78563412"
    )

    assert encode_user(user, UserLayout.NUMERIC) == record
    assert decode_users(record, UserLayout.NUMERIC) == [replace(user, kept=record)]


def test_the_ancient_record() -> None:
    """Its number is the user id; it can be read, and who wants to change it is told."""
    record = bytes.fromhex("0700 0e 3132330000 426f620000000000")
    (bob,) = decode_users(record, UserLayout.ANCIENT)

    assert (bob.uid, bob.user_id, bob.name) == (7, "7", "Bob")
    assert (bob.privilege, bob.password, bob.enabled) == (Privilege.ADMIN, "123", True)
    with pytest.raises(Unsupported):
        encode_user(bob, UserLayout.ANCIENT)


@given(TEXT_USERS)
def test_every_user_survives(user: User) -> None:
    """Written and read again, in the longer layout."""
    record = encode_user(user, UserLayout.TEXT)

    assert decode_users(record, UserLayout.TEXT) == [replace(user, kept=record)]


@given(NUMERIC_USERS)
def test_every_user_survives_the_shorter_layout(user: User) -> None:
    """Written and read again."""
    record = encode_user(user, UserLayout.NUMERIC)

    assert decode_users(record, UserLayout.NUMERIC) == [replace(user, kept=record)]


@given(RECORDS, WRITABLE, st.sampled_from(("utf-8", "gbk", "cp1251", "ascii")))
def test_what_nobody_changed_goes_back_as_it_came(
    record: bytes, layout: UserLayout, encoding: str
) -> None:
    """Whatever it is: other alphabets, broken letters, unknown bits, what other programs left behind."""
    record = record[: layout.value]
    (user,) = decode_users(record, layout, encoding)

    assert encode_user(user, layout, encoding) == record


@given(RECORDS, WRITABLE)
def test_one_change_is_one_change(record: bytes, layout: UserLayout) -> None:
    """Even in a record that makes no sense, locking a user out touches one bit."""
    record = record[: layout.value]
    (user,) = decode_users(record, layout)
    written = encode_user(replace(user, enabled=not user.enabled), layout)

    assert written[2] == record[2] ^ 1
    assert written[:2] + written[3:] == record[:2] + record[3:]


@pytest.mark.parametrize(
    ("change", "start", "end"),
    [
        ({"uid": 99}, 0, 2),
        ({"privilege": Privilege.ADMIN}, 2, 3),
        ({"password": "98765432"}, 3, 11),
        ({"password": ""}, 3, 11),
        ({"name": "Nora"}, 11, 35),
        ({"card": 0}, 35, 39),
        ({"group": 3}, 39, 40),
        ({"own_zones": False}, 40, 42),
        ({"zones": (3, 4, 5)}, 42, 48),
        ({"user_id": "A17"}, 48, 72),
    ],
)
def test_a_change_stays_in_its_field(
    change: dict[str, object], start: int, end: int
) -> None:
    """A new card does not delete the password, and so on."""
    record, ned = vectors.USERS["31"]
    changed = replace(ned, **change)
    written = encode_user(changed, UserLayout.TEXT)

    assert written[:start] + written[end:] == record[:start] + record[end:]
    assert decode_users(written, UserLayout.TEXT) == [replace(changed, kept=written)]


def test_what_the_shorter_record_says_beyond_us() -> None:
    """The fifth byte of a card stays with the card, the zone mask and the other bits stay anyway."""
    record = bytes.fromhex(
        "0700 f0 3132330000 426f620000000000 0403020105 01 3412 78563412"
    )
    (bob,) = decode_users(record, UserLayout.NUMERIC)

    renamed = encode_user(replace(bob, name="Rob"), UserLayout.NUMERIC)
    assert renamed == record.replace(b"Bob", b"Rob")
    new_card = encode_user(replace(bob, card=9), UserLayout.NUMERIC)
    assert new_card == record[:16] + bytes((9, 0, 0, 0, 0)) + record[21:]


def test_a_user_that_another_program_spoilt() -> None:
    """Group 0 and letters for zones stay until somebody mends them, and do not get in the way."""
    record = bytearray(vectors.USER_31)
    record[39:48] = b"\x00\x31\x00\x37\x37\x31\x00\x00\x00"
    (user,) = decode_users(bytes(record), UserLayout.TEXT)

    assert (user.group, user.own_zones, user.zones) == (0, True, (0x3737, 0x31, 0))
    written = encode_user(replace(user, password="1"), UserLayout.TEXT)
    assert written[39:48] == record[39:48]

    mended = replace(user, group=1, own_zones=False, zones=(0, 0, 0))
    assert encode_user(mended, UserLayout.TEXT)[39:48] == b"\x01" + bytes(8)

    # Its zones begin to count only when they are some.
    off = encode_user(replace(user, own_zones=False), UserLayout.TEXT)
    (user,) = decode_users(off, UserLayout.TEXT)
    with pytest.raises(InvalidValue, match="zones"):
        encode_user(replace(user, own_zones=True), UserLayout.TEXT)


def test_a_privilege_of_another_firmware() -> None:
    """Is shown and kept, but nobody can be given it."""
    record = bytearray(vectors.USER_33)
    record[2] = 12
    (user,) = decode_users(bytes(record), UserLayout.TEXT)

    assert user.privilege == 12
    assert encode_user(replace(user, name="Ida"), UserLayout.TEXT)[2] == 12
    with pytest.raises(InvalidValue, match="privilege: 0, 2, 6 or 14"):
        encode_user(replace(ALICE, privilege=12), UserLayout.TEXT)


@given(NAMES, WRITABLE, st.sampled_from(("utf-8", "gbk", "utf-8-sig")))
@example("Zoë Ångström-Müller-Lüdenscheidt", UserLayout.TEXT, "utf-8")
@example("Владимир", UserLayout.NUMERIC, "utf-8")
@example("张伟张伟张", UserLayout.NUMERIC, "gbk")
def test_a_long_name_is_cut_between_letters(
    name: str, layout: UserLayout, encoding: str
) -> None:
    """As much of it is kept as fits, and never half a letter."""
    size = 23 if layout is UserLayout.TEXT else 8
    try:
        name.encode(encoding)
    except UnicodeEncodeError:
        with pytest.raises(InvalidValue, match=f"name: only .* {encoding}"):
            encode_user(replace(ALICE, name=name), layout, encoding)
        return
    record = encode_user(replace(ALICE, name=name), layout, encoding)
    (user,) = decode_users(record, layout, encoding)

    assert name.startswith(user.name)
    if user.name != name:
        assert len(name[: len(user.name) + 1].encode(encoding)) > size


def test_the_end_of_a_name_is_kept() -> None:
    """The longer layout ends a name with a zero."""
    record = encode_user(replace(ALICE, name="x" * 99), UserLayout.TEXT)

    assert record[11:35] == b"x" * 23 + b"\0"


@pytest.mark.parametrize("layout", [UserLayout.NUMERIC, UserLayout.TEXT])
@pytest.mark.parametrize(
    "change",
    [
        {"uid": 0},
        {"uid": 65536},
        {"user_id": ""},
        {"user_id": "12 3"},
        {"user_id": "1\0"},
        {"user_id": "1\n"},
        {"user_id": "²"},
        {"user_id": "9" * 5000},
        {"name": "a\0b"},
        {"name": "a\tb"},
        {"name": "\ud800"},
        {"privilege": 1},
        {"privilege": 16},
        {"password": "123456789"},
        {"password": "12a"},
        {"password": "1\n"},
        {"card": -1},
        {"card": 1 << 32},
        {"group": 0},
        {"group": 100},
        {"zones": (0, 0, 51)},
        {"zones": (-1, 0, 0)},
    ],
)
def test_what_no_terminal_takes(layout: UserLayout, change: dict[str, object]) -> None:
    """A person is told which value, whether the user is new or not."""
    (field,) = change
    known = replace(ALICE, kept=encode_user(ALICE, layout))
    for user in (ALICE, known):
        with pytest.raises(InvalidValue) as caught:
            encode_user(replace(user, **change), layout)
        assert caught.value.field == field


@pytest.mark.parametrize(
    ("layout", "change", "limit"),
    [
        (
            UserLayout.NUMERIC,
            {"user_id": "A17"},
            "user_id: a number from 1 to 4294967295",
        ),
        (UserLayout.NUMERIC, {"user_id": "0"}, "user_id: a number"),
        (UserLayout.NUMERIC, {"user_id": "007"}, "user_id: a number"),
        (UserLayout.NUMERIC, {"user_id": "4294967296"}, "user_id: a number"),
        (UserLayout.NUMERIC, {"password": "123456"}, "password: at most 5 digits"),
        (UserLayout.NUMERIC, {"own_zones": True}, "zones: only the group's"),
        (UserLayout.NUMERIC, {"zones": (1, 0, 0)}, "zones: only the group's"),
        (UserLayout.TEXT, {"user_id": "1" * 24}, "user_id: 1 to 23 letters and digits"),
        (UserLayout.TEXT, {"password": "123456789"}, "password: at most 8 digits"),
        (UserLayout.TEXT, {"uid": 0}, "uid: 1 to 65535"),
        (UserLayout.TEXT, {"group": 100}, "group: 1 to 99"),
        (UserLayout.TEXT, {"zones": (51, 0, 0)}, "zones: 0 to 50"),
    ],
)
def test_what_one_layout_does_not_take(
    layout: UserLayout, change: dict[str, object], limit: str
) -> None:
    """The limits are said in words."""
    with pytest.raises(InvalidValue, match=limit):
        encode_user(replace(ALICE, **change), layout)


def test_secrets_are_not_shown() -> None:
    """Neither in themselves nor in the record that is kept."""
    (_, user) = vectors.USERS["32"]

    assert "123456" not in repr(user)
    assert "6543" not in repr(user)
    assert "kept" not in repr(user)


@pytest.mark.parametrize("count", [None, 0, 7, 18, 1000])
@pytest.mark.parametrize("layout", [UserLayout.NUMERIC, UserLayout.TEXT])
def test_504_bytes_are_7_users_or_18(layout: UserLayout, count: int | None) -> None:
    """The users themselves say which; the terminal's counter may be wrong."""
    data = records(504 // layout.value, layout)

    assert user_layout(504, count, data) is layout


def test_when_the_users_do_not_say_the_counter_does() -> None:
    """Bytes that make sense in either layout; without a counter nobody guesses."""
    data = bytearray(504)
    for place in range(0, 504, 28):
        struct.pack_into("<H21xxI", data, place, place + 1, 50)
    for place in range(0, 504, 72):
        struct.pack_into("<H", data, place, place + 1)
        struct.pack_into("<H", data, place + 48, 0x31)

    assert user_layout(504, 7, bytes(data)) is UserLayout.TEXT
    assert user_layout(504, 18, bytes(data)) is UserLayout.NUMERIC
    for count in (None, 0, 8):
        with pytest.raises(MalformedReply):
            user_layout(504, count, bytes(data))


@given(st.integers(1, 100), WRITABLE, st.integers(1, 7200))
def test_the_beginning_is_enough(count: int, layout: UserLayout, size: int) -> None:
    """One whole user of many proves the layout where the total leaves no other."""
    data = records(count, layout)
    sample = data[: max(size, 144)]

    assert user_layout(len(data), None, sample) is layout


def test_captured_layouts() -> None:
    """Two users of 72 bytes; one of an ancient terminal."""
    assert user_layout(144, 2, vectors.USERS_30[4:]) is UserLayout.TEXT
    ancient = bytes.fromhex("0700 0e 3132330000 426f620000000000")
    assert user_layout(16, None, ancient) is UserLayout.ANCIENT


def test_a_few_odd_users_do_not_matter() -> None:
    """One without an id among ten is a fault of its own."""
    data = bytearray(records(10, UserLayout.TEXT))
    data[72 + 48 : 144] = bytes(24)

    assert user_layout(720, None, bytes(data)) is UserLayout.TEXT


@pytest.mark.parametrize(
    ("total", "sample"),
    [
        (0, b""),
        (72, b""),
        (73, vectors.USER_31),
        (72, bytes(72)),
        (144, bytes(144)),
        (144, b"\xff" * 144),
    ],
)
def test_no_layout_is_refused(total: int, sample: bytes) -> None:
    """Nothing to go by, an odd total, or no users at all."""
    with pytest.raises(MalformedReply):
        user_layout(total, None, sample)


@given(st.binary(max_size=600), st.none() | st.integers(-1, 50), st.integers(0, 1000))
def test_garbage_is_refused_or_read(data: bytes, count: int | None, more: int) -> None:
    """And nothing else happens."""
    for layout in UserLayout:
        try:
            users = decode_users(data, layout)
        except MalformedReply:
            assert len(data) % layout.value
        else:
            assert len(users) * layout.value == len(data)
    try:
        found = user_layout(len(data) + more, count, data)
    except MalformedReply:
        return
    assert (len(data) + more) % found.value == 0
