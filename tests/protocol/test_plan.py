"""The difference between two devices' users, and that applying it makes them alike."""

from dataclasses import replace
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.people import (
    Ability,
    Limits,
    Privilege,
    Right,
    User,
)
from custom_components.zkteco.protocol.plan import (
    Cards,
    Mode,
    Plan,
    Spelling,
    changed_fields,
    make_plan,
)

LIMITS = Limits(
    abilities=~Ability(0),
    max_cards=3,
    privileges=frozenset(Privilege),
    groups=range(100),
    doors=frozenset({1, 2}),
    user_id_zeros=True,
)
LETTERS = replace(LIMITS, user_id_letters=True)
BY_THE_DAY = replace(LIMITS, abilities=~Ability.VALIDITY_TIME)

USERS = st.builds(
    User,
    user_id=st.builds(str.zfill, st.integers(1, 12).map(str), st.integers(1, 4)),
    name=st.sampled_from(["", "Alice", "Bob", "too long a name for any device"]),
    cards=st.lists(st.integers(1, 99).map(str), max_size=3, unique=True).map(tuple),
    pin_code=st.sampled_from(["", "1234"]),
    privilege=st.sampled_from(Privilege),
    group=st.integers(0, 3),
    valid_from=st.none() | st.just(datetime(2026, 1, 1, 8)),
    valid_until=st.none() | st.datetimes(datetime(2026, 2, 1), datetime(2027, 1, 1)),
    enabled=st.booleans(),
    rights=st.frozensets(
        st.builds(Right, st.integers(1, 3), st.integers(1, 3)), max_size=3
    ),
)
TABLES = st.lists(USERS, unique_by=lambda user: user.user_id)


def table(users: list[User]) -> dict[str, User]:
    """Return users by their ID."""
    return {user.user_id: user for user in users}


def person(user_id: str) -> str:
    """Return what 0042 and 42 have in common."""
    return str(int(user_id))


def persons(users: list[User]) -> set[str]:
    """Return who they are, however that is spelled."""
    return {person(user.user_id) for user in users}


def applied(plan: Plan, target: dict[str, User]) -> dict[str, User]:
    """Do what a plan says."""
    result = target | table(plan.writes)
    for user_id in plan.delete:
        del result[user_id]
    return result


@given(TABLES, TABLES, st.sampled_from(Mode), st.sampled_from([LIMITS, LETTERS]))
def test_a_plan_makes_devices_alike(
    source: list[User], target: list[User], mode: Mode, limits: Limits
) -> None:
    """Everybody whom the target can hold is there as in the source; others stay, or go in a mirror."""
    plan = make_plan(source, table(target), limits, mode)
    result = applied(plan, table(target))
    spelling = Spelling(table(target), limits)
    for user in source:
        if user.user_id in plan.skipped:
            assert result.get(user.user_id) == table(target).get(user.user_id)
        else:
            there = result[spelling.of(user.user_id)]
            assert not changed_fields(there, user, limits)
    known = {spelling.person(user.user_id) for user in source}
    strangers = {u.user_id for u in target if spelling.person(u.user_id) not in known}
    assert (
        strangers <= result.keys()
        if mode is Mode.MERGE
        else result.keys() & table(target).keys() == table(target).keys() - strangers
    )


@given(TABLES, TABLES, st.sampled_from(Mode), st.sampled_from([LIMITS, LETTERS]))
def test_twice_changes_nothing(
    source: list[User], target: list[User], mode: Mode, limits: Limits
) -> None:
    """The second plan is empty."""
    first = make_plan(source, table(target), limits, mode)
    second = make_plan(source, applied(first, table(target)), limits, mode)
    assert not second.writes
    assert not second.delete
    assert second.skipped.keys() == first.skipped.keys()


@given(TABLES)
def test_a_device_is_like_itself(users: list[User]) -> None:
    """Also one that has both 0042 and 42."""
    plan = make_plan(users, table(users), LIMITS, Mode.MIRROR)
    assert not plan.writes
    assert not plan.delete
    assert plan.unchanged + len(plan.skipped) == len(users)


@given(TABLES, TABLES)
def test_everybody_is_in_one_part(source: list[User], target: list[User]) -> None:
    """Nobody is forgotten, nobody counted twice, and nobody written is new beside the same person."""
    plan = make_plan(source, table(target), LIMITS, Mode.MIRROR)
    parts = [*plan.add, *plan.update, *plan.skipped]
    assert len(parts) == len(set(parts))
    assert len(parts) + plan.unchanged == len(source)
    assert not set(map(person, plan.delete)) & persons(source)
    assert not set(map(person, plan.add)) & persons(target)
    assert len(set(map(person, plan.add))) == len(plan.add)
    assert plan.update.keys() <= table(target).keys()
    assert all(name == user.user_id for name, (user, _) in plan.update.items())


@given(TABLES, TABLES)
def test_nobody_gets_the_card_of_a_stranger(
    source: list[User], target: list[User]
) -> None:
    """Of two people with one card, at least one had it before."""
    plan = make_plan(source, table(target), LIMITS, Mode.MERGE)
    for user in plan.writes:
        there = table(target).get(user.user_id)
        new = {*user.cards} - {*(there.cards if there else ())}
        for stranger in target:
            if person(stranger.user_id) not in persons(source):
                assert new.isdisjoint(stranger.cards)


def test_whose_card_it_is() -> None:
    """The error names the owner."""
    bob = User(user_id="7", cards=("0012",))
    with pytest.raises(InvalidValue, match="user 7 has it already"):
        Cards([bob]).check(None, User(user_id="8", cards=("12",)))
    Cards([bob]).check(None, bob)
    Cards([bob]).check(
        User(user_id="8", cards=("12",)), User(user_id="8", cards=("12",))
    )


ZEROS = User(user_id="0042", name="Alice")


def test_zeros_in_front_are_nobodys() -> None:
    """A panel that keeps numbers has 42 for 0042: the same person, in its own spelling."""
    there = {"42": User(user_id="42", name="Alice")}
    assert make_plan([ZEROS], there, LIMITS, Mode.MIRROR) == Plan(unchanged=1)
    alicia = replace(ZEROS, name="Alicia")
    plan = make_plan([alicia], there, LIMITS, Mode.MIRROR)
    assert plan == Plan(update={"42": (replace(alicia, user_id="42"), ("name",))})
    other = {"0042": ZEROS}
    assert make_plan([*there.values()], other, LIMITS, Mode.MIRROR).unchanged == 1
    assert make_plan([ZEROS], {}, LIMITS, Mode.MERGE).add == other


def test_zeros_in_front_count_among_letters() -> None:
    """There 0042 and 42 are two texts."""
    there = {"42": User(user_id="42", name="Alice")}
    plan = make_plan([ZEROS], there, LETTERS, Mode.MIRROR)
    assert plan == Plan(add={"0042": ZEROS}, delete=("42",))


def test_two_who_would_be_one() -> None:
    """The one whom the target has in the same spelling stays, else the first; the other is told why not."""
    short, long = replace(ZEROS, user_id="42"), replace(ZEROS, name="Bob")
    plan = make_plan([short, long], {}, LIMITS, Mode.MIRROR)
    assert plan.add == {"42": short}
    assert {name: str(err) for name, err in plan.skipped.items()} == {
        "0042": "user_id: must differ from others by more than zeros in front"
    }
    plan = make_plan([short, long], {"0042": long}, LIMITS, Mode.MIRROR)
    assert (plan.unchanged, plan.skipped.keys(), plan.delete) == (1, {"42"}, ())


def test_zeros_that_the_target_does_not_keep() -> None:
    """Nobody new can have them there, and nobody else is refused for that."""
    limits = replace(LIMITS, user_id_zeros=False)
    plan = make_plan([ZEROS, User(user_id="42")], {}, limits, Mode.MERGE)
    assert plan.add.keys() == {"42"}
    assert plan.skipped["0042"].limit == "must not start with a zero"
    plan = make_plan([ZEROS], {"42": User(user_id="42")}, limits, Mode.MERGE)
    assert plan.update.keys() == {"42"}


def test_two_on_the_target_who_are_one() -> None:
    """A terminal that keeps texts may have both: neither is a stranger, and nothing goes to and fro."""
    both = {"042": replace(ZEROS, user_id="042"), "0042": ZEROS}
    plan = make_plan([replace(ZEROS, user_id="42")], both, LIMITS, Mode.MIRROR)
    assert plan == Plan(unchanged=1)


def test_an_update_names_its_fields() -> None:
    """So that a person sees what changed."""
    before = User(user_id="1", name="Alice", cards=("7",))
    after = replace(before, name="Alicia", rights=frozenset({Right(1)}))
    plan = make_plan([after], {"1": before}, LIMITS, Mode.MERGE)
    assert plan.update == {"1": (after, ("name", "rights"))}


def test_validity_by_the_day() -> None:
    """A device that keeps dates is not written again and again for a time of day."""
    noon = User(user_id="1", valid_until=datetime(2026, 11, 22, 12))
    kept = replace(noon, valid_until=datetime(2026, 11, 22, 23, 59, 59))
    assert changed_fields(kept, noon, LIMITS) == ("valid_until",)
    assert changed_fields(kept, noon, BY_THE_DAY) == ()


def test_cards_have_no_order() -> None:
    """Devices tell them in their own."""
    one = User(user_id="1", cards=("7", "10"))
    assert changed_fields(one, replace(one, cards=("10", "7")), LIMITS) == ()


def test_cards_are_numbers() -> None:
    """Zeros before them are nobody's."""
    one = User(user_id="1", cards=("0007",))
    assert changed_fields(one, replace(one, cards=("7",)), LIMITS) == ()


def test_the_default_group_has_two_numbers() -> None:
    """Where a device numbers it, asking for that number is asking for the default."""
    one = User(user_id="1", group=1)
    default = replace(one, group=0)
    assert changed_fields(default, one, LIMITS) == ("group",)
    assert changed_fields(default, one, replace(LIMITS, default_group=1)) == ()


def test_a_moment_to_the_second() -> None:
    """No device keeps less than a second."""
    noon = User(user_id="1", valid_until=datetime(2026, 11, 22, 12, 0, 0, 5))
    there = replace(noon, valid_until=datetime(2026, 11, 22, 12))
    assert changed_fields(there, noon, LIMITS) == ()
