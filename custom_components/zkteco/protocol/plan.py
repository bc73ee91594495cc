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


def make_plan(
    source: Iterable[User], target: Mapping[str, User], limits: Limits, mode: Mode
) -> Plan:
    """Compare users by their ID. `limits` are the target's.

    A user whom the target cannot hold just so is skipped, and never deleted for that.
    """
    add: dict[str, User] = {}
    update: dict[str, tuple[User, tuple[str, ...]]] = {}
    skipped: dict[str, InvalidValue] = {}
    unchanged = 0
    wanted: set[str] = set()
    for user in source:
        wanted.add(user.user_id)
        try:
            check_user(user, limits)
        except InvalidValue as err:
            skipped[user.user_id] = err
            continue
        there = target.get(user.user_id)
        if there is None:
            add[user.user_id] = user
        elif fields := changed_fields(there, user, limits):
            update[user.user_id] = user, fields
        else:
            unchanged += 1
    gone = [user_id for user_id in target if user_id not in wanted]
    delete = tuple(gone) if mode is Mode.MIRROR else ()
    return Plan(add, update, delete, unchanged, skipped)


def changed_fields(before: User, after: User, limits: Limits) -> tuple[str, ...]:
    """Return the names of the fields in which two users differ, as far as a device can hold them."""
    old, new = _as_kept(before, limits), _as_kept(after, limits)
    return tuple(name for name in NEEDS if getattr(old, name) != getattr(new, name))


def _as_kept(user: User, limits: Limits) -> User:
    """Return a user as a device keeps it: cards as numbers in no order, validity by the day where that is all it knows."""
    by_the_day = Ability.VALIDITY_TIME not in limits.abilities
    return replace(
        user,
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
