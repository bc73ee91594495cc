"""The people of one terminal, in the words that all devices share.

Lives here: what a terminal can hold, the translation of its records in both directions, and what each change consists of.
Not here: the layouts (`users`, `access`), how a change is done and proven (`changes`), fingers (`fingers`). Two classes tell
of a person: `User` is everybody's vocabulary, `Record` is what this terminal stores.

A terminal knows no user without access: who has no time zones of their own gets in during those of the group. So such a
user is told with the rights of the group, and whoever is written with just these rights follows the group again; other
rights are time zones of the user's own, three at most. To keep somebody out, disable them. Whether somebody whose own
time zones are none, as a menu can leave them, gets in is not documented: they are told without rights, and nobody is
written so. Group 0 is the terminal's default, which is 1 on the wire.

Whole records are written, and what `User` does not know, or nobody changed, goes back as it came.
"""

import asyncio
from collections.abc import (
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set as AbstractSet,
)
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from ..errors import CommandRefused, DeviceError, InvalidValue, Unsupported
from ..people import (
    ALWAYS,
    Ability,
    Credential,
    Failures,
    Interval,
    Limits,
    Privilege,
    Right,
    TimeZone,
    User,
    Weekday,
    check_time_zone,
    check_user,
)
from ..plan import Spelling, changed_fields
from . import rules
from .access import MAX_GROUP, MAX_ZONE, Hours, WeekSchedule
from .changes import Changes, Need, Needs, Step, by_id, not_accepted
from .client import TerminalClient
from .monitor import Monitor
from .packet import REFUSALS, Command
from .probe import Profile
from .translate import DOOR
from .users import (
    MAX_UID,
    NAME_SIZES,
    Privilege as WirePrivilege,
    User as Record,
    UserLayout,
    encode_delete,
    encode_user,
)
from .verbs import Data, clear_data

DEFAULT_GROUP: Final = 1
MAX_OWN_ZONES: Final = 3
_STORAGE_FULL: Final = 4990
_COLOUR: Final = "_TFT"
"""How the name of a colour terminal's platform ends."""

_WEEK: Final = tuple(Weekday)[: Weekday.HOLIDAY_1]
_PRIVILEGES: Final[Mapping[WirePrivilege, Privilege]] = {
    WirePrivilege.USER: Privilege.USER,
    WirePrivilege.ENROLLER: Privilege.ENROLLER,
    WirePrivilege.MANAGER: Privilege.MANAGER,
    WirePrivilege.ADMIN: Privilege.ADMIN,
}
_WIRE_PRIVILEGES: Final = {told: wire for wire, told in _PRIVILEGES.items()}


# --- What a terminal can hold ---


def find_limits(
    profile: Profile, layout: UserLayout | None, capacity: int | None
) -> Limits | None:
    """Return what a terminal can hold about people; None where its firmware is so old that users can only be read.

    The shorter records have time zones as a mask of which nobody says what it means: there are no rights.
    """
    layout = layout or _layout_of_first_user(profile.platform)
    if layout is UserLayout.ANCIENT:
        return None
    is_text = layout is UserLayout.TEXT
    has_lock = profile.info.doors[DOOR].has_lock
    version = profile.finger_version if profile.has_fingers else None
    abilities = (
        Ability.NAME
        | Ability.CARDS
        | Ability.PIN_CODE
        | Ability.PRIVILEGE
        | Ability.GROUP
        | Ability.ENABLED
    )
    if has_lock:
        abilities |= Ability.TIME_ZONES
    if has_lock and is_text:
        abilities |= Ability.RIGHTS
    return Limits(
        abilities=abilities,
        user_id_digits=min(profile.user_id_digits or 9, 23 if is_text else 9),
        user_id_letters=is_text and profile.user_id_letters,
        user_id_zeros=True,
        name_bytes=NAME_SIZES[UserLayout.TEXT if is_text else UserLayout.NUMERIC],
        pin_code_digits=8 if is_text else 5,
        privileges=frozenset(Privilege),
        groups=range(MAX_GROUP + 1),
        default_group=DEFAULT_GROUP,
        doors=frozenset({DOOR}) if has_lock and is_text else frozenset(),
        needs_rights=has_lock and is_text,
        time_zones=range(1, MAX_ZONE + 1),
        rights_per_door=MAX_OWN_ZONES,
        intervals=1,
        enrols=frozenset({Credential.FINGERPRINT} if profile.has_fingers else ()),
        templates={Credential.FINGERPRINT: version} if version else {},
        users=capacity,
    )


def _layout_of_first_user(platform: str | None) -> UserLayout | None:
    """Tell how a terminal without users will keep them; None where that is not certain."""
    is_colour = platform is not None and platform.endswith(_COLOUR)
    return UserLayout.TEXT if is_colour else None


# --- Translation ---


type Groups = Mapping[int, tuple[int, ...]]
"""The time zones of each group, of which any will do."""


def _rights(record: Record, groups: Groups) -> frozenset[Right]:
    """Return when a person gets in; a group that the terminal does not tell has the factory's time zone."""
    zones: tuple[int, ...] = record.zones
    if not record.own_zones:
        zones = groups.get(record.group or DEFAULT_GROUP, (ALWAYS,))
    return frozenset(Right(DOOR, zone) for zone in zones if 1 <= zone <= MAX_ZONE)


def to_user(record: Record, groups: Groups | None = None) -> User:
    """Return what a terminal stores about a person in everybody's words.

    Without `groups` the terminal has no rights that it could tell.
    """
    return User(
        user_id=record.user_id,
        name=record.name,
        cards=(str(record.card),) if record.card else (),
        pin_code=record.password,
        # Some firmware has more of them: what they may at least.
        privilege=_PRIVILEGES[max(p for p in WirePrivilege if p <= record.privilege)],
        group=0 if record.group == DEFAULT_GROUP else record.group,
        enabled=record.enabled,
        rights=frozenset() if groups is None else _rights(record, groups),
    )


def to_record(user: User, before: Record, groups: Groups | None = None) -> Record:
    """Return what a terminal has to store about a person instead of `before`, or of a record without anything."""
    told = to_user(before)
    record = replace(
        before,
        user_id=user.user_id,
        name=user.name,
        password=user.pin_code,
        enabled=user.enabled,
        card=int(user.cards[0]) if user.cards else 0,
        # Programs are known to write 0, with which nobody gets in.
        group=user.group or DEFAULT_GROUP,
    )
    if user.privilege != told.privilege:
        record = replace(record, privilege=_WIRE_PRIVILEGES[user.privilege])
    if groups is None or user.rights == _rights(record, groups):
        return record
    follower = replace(record, own_zones=False, zones=(0, 0, 0))
    if user.rights == _rights(follower, groups):
        return follower
    numbers = sorted(right.time_zone for right in user.rights)
    first, second, third, *_ = (*numbers, 0, 0, 0)
    return replace(record, own_zones=True, zones=(first, second, third))


def to_time_zone(number: int, week: WeekSchedule) -> TimeZone:
    """Return one of a terminal's time zones in everybody's words."""
    days = {
        day: () if hours is None else (Interval(hours.start, hours.end),)
        for day, hours in zip(_WEEK, week.days, strict=True)
    }
    return TimeZone(number=number, days=days)


def to_week(zone: TimeZone) -> WeekSchedule:
    """Return what a terminal has to store as a time zone, which has one interval a day at most."""
    found = (zone.days.get(day, ()) for day in _WEEK)
    return WeekSchedule(
        tuple(
            Hours(intervals[0].start, intervals[0].end) if intervals else None
            for intervals in found
        )
    )


# --- What has to be done ---


@dataclass(frozen=True, slots=True)
class _Page:
    """What was read just now."""

    records: Sequence[Record]
    layout: UserLayout | None
    limits: Limits
    groups: Groups | None


type _Send = Callable[[Command, bytes], Step]


def _to_write(
    users: Mapping[str, User], page: _Page, encoding: str, send: _Send
) -> Needs:
    """Return what is missing until a terminal has these users just so."""
    needs: dict[str, Need | DeviceError] = {}
    if (layout := page.layout) is None:
        raise Unsupported("the first user has to be made at this terminal itself")
    known = by_id(page.records)
    spelling = Spelling(known, page.limits)
    taken = {record.uid for record in page.records}
    free = (uid for uid in range(1, MAX_UID + 1) if uid not in taken)
    for user_id, user in users.items():
        there = spelling.of(user_id)
        before = known.get(there)
        if layout is not UserLayout.TEXT:
            # It keeps them as numbers.
            there = spelling.person(there)
        try:
            check_user(user, page.limits)
            user = replace(user, user_id=there)
            if before is None:
                what = "the user"
                before = _new_record(there, free)
            elif fields := changed_fields(
                to_user(before, page.groups), user, page.limits
            ):
                what = ", ".join(fields)
            else:
                continue
            record = to_record(user, before, page.groups)
            request = encode_user(record, layout, encoding)
            needs[user_id] = Need((send(Command.USER_WRITE, request),), what)
        except (InvalidValue, CommandRefused) as err:
            needs[user_id] = err
    return needs


def _new_record(user_id: str, free: Iterator[int]) -> Record:
    """Return a record without anything, with a number of its own."""
    if (uid := next(free, None)) is None:
        raise CommandRefused(_STORAGE_FULL, REFUSALS[_STORAGE_FULL])
    return Record(uid=uid, user_id=user_id)


def _to_delete(user_ids: Iterable[str], page: _Page, send: _Send) -> Needs:
    """Return what has to go until a terminal has none of these users."""
    spelling = Spelling((record.user_id for record in page.records), page.limits)
    asked = {spelling.of(user_id): user_id for user_id in user_ids}
    steps: dict[str, tuple[Step, ...]] = {}
    needs: dict[str, Need | DeviceError] = {}
    for record in page.records:
        if (user_id := asked.get(record.user_id)) is None:
            continue
        try:
            step = send(Command.DELETE_USER, encode_delete(record.uid))
            steps[user_id] = *steps.get(user_id, ()), step
        except InvalidValue as err:
            needs[user_id] = err
    for user_id, found in steps.items():
        needs.setdefault(user_id, Need(found, "the deletion"))
    return needs


# --- Doing it ---


class Roster:
    """The people of one terminal. Verbs raise `DeviceError` subclasses only."""

    def __init__(
        self, client: TerminalClient, monitor: Monitor, changes: Changes
    ) -> None:
        """Share `changes` with whoever else changes something about this terminal's people."""
        self._client = client
        self._monitor = monitor
        self._changes = changes

    @property
    def limits(self) -> Limits | None:
        """What the terminal can hold; None where users can only be read."""
        monitor = self._monitor
        return find_limits(
            monitor.profile, monitor.user_layout, monitor.sizes.user_capacity
        )

    def _need(self, ability: Ability) -> Limits:
        """Return the limits of a terminal that has an ability. One whose users can only be read has none."""
        limits = self.limits
        if limits is None or ability not in limits.abilities:
            raise Unsupported
        return limits

    # Users

    async def read(self) -> dict[str, User]:
        """Return every user by user ID. Fingers are not counted: only reading them all would tell."""
        records = await self._changes.records()
        groups = await self._groups(records)
        return await asyncio.to_thread(
            lambda: {
                user_id: to_user(record, groups)
                for user_id, record in by_id(records).items()
            }
        )

    async def write(self, users: Sequence[User]) -> Failures:
        """Write whole users; what was refused or not kept is returned by user ID."""
        wanted = {user.user_id: user for user in users}
        return await self._fulfil(
            lambda page: _to_write(wanted, page, self._client.encoding, self._send),
            {user.group or DEFAULT_GROUP for user in users},
        )

    async def delete(self, user_ids: Sequence[str]) -> Failures:
        """Delete users; the terminal deletes their fingers with them."""
        return await self._fulfil(lambda page: _to_delete(user_ids, page, self._send))

    async def clear(self) -> None:
        """Delete every user. Raises CommandRefused also when the terminal did not do it."""
        self._need(Ability.NAME)
        async with self._changes.busy:
            # So that it is known how to write the next first user.
            await self._changes.records()
            with self._monitor.own_change():
                # Fingers that stayed would open the door to whoever gets their number next.
                with suppress(CommandRefused):
                    await clear_data(self._client, Data.FINGERPRINTS, confirmed=True)
                await clear_data(self._client, Data.USERS, confirmed=True)
            if await self._changes.records():
                raise not_accepted("the deletion")

    async def _page(self, groups: AbstractSet[int] = frozenset()) -> _Page:
        """Read all users, and when their groups and some others get in."""
        records = await self._changes.records()
        layout = self._monitor.user_layout
        platform = self._monitor.profile.platform
        return _Page(
            records,
            layout or _layout_of_first_user(platform),
            self._need(Ability.NAME),
            await self._groups(records, groups),
        )

    async def _groups(
        self, records: Iterable[Record], more: AbstractSet[int] = frozenset()
    ) -> Groups | None:
        """Read when the groups of users, and some more, get in; None where that says nothing about a user."""
        limits = self.limits
        if limits is None or Ability.RIGHTS not in limits.abilities:
            return None
        groups: dict[int, tuple[int, ...]] = {}

        async def read(group: int) -> None:
            # A terminal need not know each of them.
            with suppress(CommandRefused, InvalidValue):
                groups[group] = (await rules.read_group(self._client, group)).zones

        for group in {record.group or DEFAULT_GROUP for record in records} | more:
            await self._changes.patiently(partial(read, group))
        return groups

    async def _fulfil(
        self, find: Callable[[_Page], Needs], groups: AbstractSet[int] = frozenset()
    ) -> Failures:
        """Do what users need, as `find` knows."""
        self._need(Ability.NAME)

        async def look() -> Needs:
            page = await self._page(groups)
            # Thousands of users take a small computer seconds, in which nothing else may stop.
            return await asyncio.to_thread(find, page)

        return await self._changes.fulfil(look)

    def _send(self, command: Command, request: bytes) -> Step:
        return partial(self._client.request, command, request)

    # Schedules

    async def read_time_zones(self) -> dict[int, TimeZone]:
        """Return every time zone by its number, one request for each."""
        numbers = self._need(Ability.TIME_ZONES).time_zones

        async def read() -> dict[int, TimeZone]:
            return {
                number: to_time_zone(
                    number, await rules.read_zone(self._client, number)
                )
                for number in numbers
            }

        return await self._changes.patiently(read)

    async def write_time_zone(self, zone: TimeZone) -> None:
        """Write one time zone. Raises CommandRefused also when the terminal did not keep it."""
        check_time_zone(zone, self._need(Ability.TIME_ZONES))
        week = to_week(zone)
        await rules.write_zone(self._client, zone.number, week)
        if await rules.read_zone(self._client, zone.number) != week:
            raise not_accepted("the schedule")
