"""What has to be done to make one device's users like another's.

Lives here: the comparison, as pure functions. Not here: doing it (each device's own `write_users`), reading the users.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum

from .errors import InvalidValue
from .people import NEEDS, Ability, Limits, User, check_user


class Mode(StrEnum):
    """What happens to users whom only the target has."""

    MERGE = "merge"
    """They stay."""
    MIRROR = "mirror"
    """They are deleted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference, by user ID in the order in which it is to be applied."""

    add: Mapping[str, User] = field(default_factory=dict)
    update: Mapping[str, tuple[User, tuple[str, ...]]] = field(default_factory=dict)
    """The user as it has to be, and the names of the fields that change."""
    delete: tuple[str, ...] = ()
    unchanged: int = 0
    skipped: Mapping[str, InvalidValue] = field(default_factory=dict)
    """Whom the target cannot hold, and why; nothing is dropped silently."""

    @property
    def writes(self) -> list[User]:
        """Return the users to be written."""
        return [*self.add.values(), *(user for user, _ in self.update.values())]


class Spelling:
    """How a device spells user IDs. Where it keeps digits only, 0042 and 42 are one person."""

    def __init__(self, there: Iterable[str], limits: Limits) -> None:
        """`there` are the user IDs that the device has."""
        self._letters = limits.user_id_letters
        self._there = {user_id: self.person(user_id) for user_id in there}
        # Of several spellings the first counts.
        self._of = {person: user_id for user_id, person in [*self._there.items()][::-1]}

    def person(self, user_id: str) -> str:
        """Return what all spellings of a user ID have in common."""
        return user_id if self._letters else user_id.lstrip("0")

    def of(self, user_id: str) -> str:
        """Return a user ID as the device spells it, or as it is when the device does not have the person."""
        if user_id in self._there:
            return user_id
        return self._of.get(self.person(user_id), user_id)


class Cards:
    """Whose which card is. With a card that two people have, the device alone decides who came and where they get in."""

    def __init__(self, users: Iterable[User]) -> None:
        """`users` are those who have cards already."""
        self._owners = {
            int(card): user.user_id for user in users for card in user.cards
        }

    def check(self, before: User | None, after: User) -> None:
        """Raise InvalidValue for a card that a user gets and somebody else has."""
        had = before.cards if before else ()
        for card in {int(card) for card in after.cards} - {int(card) for card in had}:
            if (owner := self._owners.get(card)) not in (None, after.user_id):
                raise InvalidValue("cards", f"user {owner} has it already")


def make_plan(
    source: Iterable[User], target: Mapping[str, User], limits: Limits, mode: Mode
) -> Plan:
    """Compare users by their ID, as the target spells it. `limits` are the target's.

    A user whom the target cannot hold just so is skipped, and never deleted for that. So is one who would be the same
    person there as another; whom the target has in the same spelling comes first.
    """
    add: dict[str, User] = {}
    update: dict[str, tuple[User, tuple[str, ...]]] = {}
    skipped: dict[str, InvalidValue] = {}
    unchanged = 0
    spelling = Spelling(target, limits)
    source = sorted(source, key=lambda user: user.user_id not in target)
    wanted = {spelling.person(user.user_id) for user in source}
    gone = [user_id for user_id in target if spelling.person(user_id) not in wanted]
    staying = [target[user_id] for user_id in gone] if mode is Mode.MERGE else []
    cards = Cards(staying)
    taken: set[str] = set()
    for user in source:
        user_id = spelling.of(user.user_id)
        person = spelling.person(user_id)
        there = target.get(user_id)
        place = person if there is None else user_id
        if place in taken:
            limit = "must differ from others by more than zeros in front"
            skipped[user.user_id] = InvalidValue("user_id", limit)
            continue
        taken.add(place)
        as_there = replace(user, user_id=user_id)
        try:
            check_user(as_there, limits)
            if there is None:
                _check_new(user_id, limits)
            cards.check(there, as_there)
        except InvalidValue as err:
            skipped[user.user_id] = err
            if there is None:
                taken.discard(place)
            continue
        if there is None:
            add[user_id] = as_there
        elif fields := changed_fields(there, as_there, limits):
            update[user_id] = as_there, fields
        else:
            unchanged += 1
    delete = tuple(gone) if mode is Mode.MIRROR else ()
    return Plan(add, update, delete, unchanged, skipped)


def _check_new(user_id: str, limits: Limits) -> None:
    """Raise InvalidValue where a device would keep another user ID."""
    if user_id.startswith("0") and not (limits.user_id_letters or limits.user_id_zeros):
        raise InvalidValue("user_id", "must not start with a zero")


def changed_fields(before: User, after: User, limits: Limits) -> tuple[str, ...]:
    """Return the names of the fields in which two users differ, as far as a device can hold them."""
    old, new = _as_kept(before, limits), _as_kept(after, limits)
    return tuple(name for name in NEEDS if getattr(old, name) != getattr(new, name))


def _as_kept(user: User, limits: Limits) -> User:
    """Return a user as a device keeps it: cards as numbers in no order, validity by the day where that is all it knows.

    Spaces around a name are nobody's: some devices tell them, some do not.
    """
    by_the_day = Ability.VALIDITY_TIME not in limits.abilities
    return replace(
        user,
        name=user.name.strip(),
        cards=tuple(map(str, sorted(map(int, user.cards)))),
        group=0 if user.group == limits.default_group else user.group,
        valid_from=_moment(user.valid_from, time.min if by_the_day else None),
        valid_until=_moment(user.valid_until, time(23, 59, 59) if by_the_day else None),
    )


def _moment(moment: datetime | None, of_day: time | None) -> datetime | None:
    """Return a moment to the second, or that time of its day."""
    if moment is None or of_day is None:
        return moment and moment.replace(microsecond=0)
    return datetime.combine(moment, of_day)
