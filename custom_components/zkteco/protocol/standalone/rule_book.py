"""The rules of a terminal: its groups and unlock combinations.

Lives here: what they are by the names of fields, in both directions. Not here: asking for one of them (`rules`), the layouts
(`access`), finding and proving (`rules` above).

Each number exists at any time, and none has more fields than these. A combination without groups is not in use, so that is how one is deleted; a group cannot be
deleted.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, override

from ..errors import CommandRefused, InvalidValue, Unsupported
from ..event_codes import METHODS
from ..people import Ability, Limits
from ..rules import Rule, RuleBook, RuleField, RuleFields, RuleRow, RuleValue
from ..settings import Choice, Range, Switch
from . import rules
from .access import (
    MAX_COMBINATION,
    MAX_GROUP,
    MAX_MEMBERS,
    MAX_VERIFY_MODE,
    MAX_ZONE,
    Combination,
    GroupZones,
)
from .changes import Changes, not_accepted
from .client import TerminalClient

_MODES: Final = {code: str(METHODS[code]) for code in range(MAX_VERIFY_MODE + 1)}
_CODES: Final = {word: code for code, word in _MODES.items()}
_NUMBER: Final = "number"
_HOLIDAYS: Final = "holidays"
_MODE: Final = "verify_mode"
_ZONES: Final = tuple(f"time_zone_{number}" for number in (1, 2, 3))
_GROUPS: Final = tuple(f"group_{number}" for number in range(1, MAX_MEMBERS + 1))


def _number(highest: int) -> RuleField:
    return RuleField(name=_NUMBER, kind=Range(1, highest), key=True, required=True)


_FIELDS: Final[Mapping[Rule, RuleFields]] = {
    Rule.GROUP: (
        _number(MAX_GROUP),
        *(RuleField(name=name, kind=Range(0, MAX_ZONE)) for name in _ZONES),
        RuleField(name=_HOLIDAYS, kind=Switch()),
        RuleField(name=_MODE, kind=Choice(tuple(_CODES))),
    ),
    Rule.UNLOCK_COMBINATION: (
        _number(MAX_COMBINATION),
        RuleField(name=_GROUPS[0], kind=Range(1, MAX_GROUP), required=True),
        *(RuleField(name=name, kind=Range(0, MAX_GROUP)) for name in _GROUPS[1:]),
    ),
}

type _Row = GroupZones | Combination


def find_rules(limits: Limits | None) -> Mapping[Rule, RuleFields]:
    """Return what rules a terminal has: one without a lock has nobody to be let in."""
    if limits is None or Ability.TIME_ZONES not in limits.abilities:
        return {}
    return _FIELDS


class TerminalRules(RuleBook[_Row]):
    """The rules of one terminal. Verbs also raise what `TerminalClient.request` raises."""

    def __init__(
        self, client: TerminalClient, changes: Changes, limits: Limits | None
    ) -> None:
        """`limits` tell whether there are any rules."""
        super().__init__(not_accepted)
        self._client = client
        self._changes = changes
        self._fields = find_rules(limits)

    @property
    @override
    def fields(self) -> Mapping[Rule, RuleFields]:
        return self._fields

    @override
    async def _rows(self, rule: Rule, key: RuleRow) -> list[_Row]:
        """Read one number, or all that are in use; a terminal need not know each of them."""
        if number := key.get(_NUMBER):
            row = await self._row(rule, int(number))
            return [row] if isinstance(row, GroupZones) or row.groups else []
        highest = MAX_GROUP if rule is Rule.GROUP else MAX_COMBINATION
        rows: list[_Row] = []
        for one in range(1, highest + 1):
            try:
                row = await self._row(rule, one)
            except CommandRefused:
                if one == 1:
                    raise
                break
            if any(row.zones if isinstance(row, GroupZones) else row.groups):
                rows.append(row)
        return rows

    async def _row(self, rule: Rule, number: int) -> _Row:
        read: Callable[[TerminalClient, int], Awaitable[_Row]] = (
            rules.read_group if rule is Rule.GROUP else rules.read_combination
        )
        return await self._changes.patiently(partial(read, self._client, number))

    @override
    def _told(self, rule: Rule, row: _Row) -> dict[str, RuleValue]:
        if isinstance(row, Combination):
            groups = (*row.groups, *(0 for _ in _GROUPS))
            return {_NUMBER: row.number, **dict(zip(_GROUPS, groups, strict=False))}
        mode = _MODES.get(row.verify_mode)
        return {
            _NUMBER: row.group,
            **dict(zip(_ZONES, row.zones, strict=True)),
            _HOLIDAYS: row.holidays,
            **({} if mode is None else {_MODE: mode}),
        }

    @override
    async def _put(self, rule: Rule, before: _Row | None, row: RuleRow) -> None:
        if isinstance(before, GroupZones):
            await rules.write_group(self._client, _with_fields(before, row))
            return
        told = {} if before is None else self._told(rule, before)
        groups = [int(row.get(name, told.get(name, 0))) for name in _GROUPS]
        used = tuple(group for group in groups if group)
        if tuple(groups[: len(used)]) != used:
            gap = _GROUPS[groups.index(0)]
            raise InvalidValue(gap, "must be given before those behind it")
        number = int(row[_NUMBER])
        await rules.write_combination(self._client, Combination(number, used))

    @override
    async def _remove(self, rule: Rule, row: _Row) -> None:
        if isinstance(row, GroupZones):
            raise Unsupported
        await rules.write_combination(self._client, Combination(row.number, ()))


def _with_fields(group: GroupZones, row: RuleRow) -> GroupZones:
    """Return a group with what is given; a verify mode without a word has to be given."""
    first, second, third = (
        int(row.get(name, zone)) for name, zone in zip(_ZONES, group.zones, strict=True)
    )
    mode = row.get(_MODE)
    return GroupZones(
        group.group,
        (first, second, third),
        bool(row.get(_HOLIDAYS, group.holidays)),
        group.verify_mode if mode is None else _CODES[str(mode)],
    )
