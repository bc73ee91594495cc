"""The groups and unlock combinations of a terminal, by the names that all devices share."""

from collections.abc import Mapping
from typing import Any

import pytest

from custom_components.zkteco.protocol.errors import (
    CommandRefused,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.rules import Rule
from custom_components.zkteco.protocol.standalone.packet import Command
from tests.simulators import standalone_session

from .conftest import Home

EMPTY = dict.fromkeys([f"group_{n}" for n in range(1, 6)], 0)


async def test_from_the_factory(home: Home) -> None:
    """Group 1 is in at any time, and alone; what is not in use is not told."""
    async with home.connected() as device:
        assert await device.read_rules(Rule.GROUP) == [
            {
                "number": 1,
                "time_zone_1": 1,
                "time_zone_2": 0,
                "time_zone_3": 0,
                "holidays": False,
                "verify_mode": "automatic",
            }
        ]
        assert await device.read_rules(Rule.UNLOCK_COMBINATION) == [
            {**EMPTY, "number": 1, "group_1": 1}
        ]


async def test_a_group(home: Home) -> None:
    """Only what is given changes, once, and takes effect."""
    async with home.connected() as device:
        change = {"number": 1, "time_zone_2": 7, "holidays": True}
        for _ in range(2):
            kept = await device.write_rule(Rule.GROUP, change)
        assert kept["verify_mode"] == "automatic"
        assert home.terminal.access.groups[1] == (1, 7, 0, 0x80)
        assert home.asked(Command.GROUP_ZONES_WRITE) == 1
        refreshed = home.asked(Command.REFRESH_DATA)
        assert refreshed
        await device.write_rule(Rule.GROUP, {"number": 99, "verify_mode": "card"})
        assert home.terminal.access.groups[99] == (0, 0, 0, 4)
        assert home.asked(Command.REFRESH_DATA) == refreshed + 1
        with pytest.raises(Unsupported):
            await device.delete_rule(Rule.GROUP, {"number": 1})


async def test_a_combination(home: Home) -> None:
    """Added, changed, deleted by having no groups; others stay."""
    async with home.connected() as device:
        both = {"number": 2, "group_1": 1, "group_2": 3}
        assert await device.write_rule(Rule.UNLOCK_COMBINATION, both) == EMPTY | both
        more = {"number": 2, "group_3": 3}
        await device.write_rule(Rule.UNLOCK_COMBINATION, more)
        assert home.terminal.access.combinations[2] == (b"\1\3\3\0\0", 3)
        assert await device.delete_rule(Rule.UNLOCK_COMBINATION, {"number": 2})
        assert not await device.delete_rule(Rule.UNLOCK_COMBINATION, {"number": 2})
        assert home.terminal.access.combinations == {
            1: (b"\1\0\0\0\0", 1),
            2: (bytes(5), 0),
        }


async def test_a_verify_mode_without_a_word(home: Home) -> None:
    """It is not told, and has to be given to change the rest."""
    home.terminal.access.groups[1] = (1, 0, 0, 77)
    async with home.connected() as device:
        (told,) = await device.read_rules(Rule.GROUP)
        assert "verify_mode" not in told
        with pytest.raises(InvalidValue):
            await device.write_rule(Rule.GROUP, {"number": 1, "time_zone_1": 2})
        change = {"number": 1, "time_zone_1": 2, "verify_mode": "automatic"}
        await device.write_rule(Rule.GROUP, change)
        assert home.terminal.access.groups[1] == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("rule", "row", "field"),
    [
        (Rule.GROUP, {"time_zone_1": 1}, "number"),
        (Rule.GROUP, {"number": 100}, "number"),
        (Rule.GROUP, {"number": 1, "time_zone_1": 51}, "time_zone_1"),
        (Rule.GROUP, {"number": 1, "verify_mode": "palm"}, "verify_mode"),
        (Rule.GROUP, {"number": 1, "name": "office"}, "fields"),
        (Rule.UNLOCK_COMBINATION, {"number": 11, "group_1": 1}, "number"),
        (Rule.UNLOCK_COMBINATION, {"number": 2, "group_2": 1}, "group_1"),
        (Rule.UNLOCK_COMBINATION, {"number": 1, "group_1": 0}, "group_1"),
        (Rule.UNLOCK_COMBINATION, {"number": 1, "group_3": 2}, "group_2"),
    ],
)
async def test_what_cannot_be(
    home: Home, rule: Rule, row: Mapping[str, Any], field: str
) -> None:
    """A clear error, and nothing written."""
    async with home.connected() as device:
        with pytest.raises(InvalidValue) as refused:
            await device.write_rule(rule, row)
        assert refused.value.field == field
        assert not home.asked(Command.GROUP_ZONES_WRITE)
        assert not home.asked(Command.COMBINATION_WRITE)


async def test_a_terminal_with_few_groups(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked no further than it knows; one that knows none says so."""
    monkeypatch.setattr(standalone_session, "MAX_GROUP", 5)
    async with home.connected() as device:
        assert len(await device.read_rules(Rule.GROUP)) == 1
        assert home.asked(Command.GROUP_ZONES_READ) == 6
        monkeypatch.setattr(standalone_session, "MAX_GROUP", 0)
        with pytest.raises(CommandRefused):
            await device.read_rules(Rule.GROUP)


async def test_a_terminal_that_says_yes_and_does_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only reading back tells."""

    class Deaf(dict[int, Any]):
        def __setitem__(self, key: int, value: object) -> None:
            """Do nothing."""

    access = home.terminal.access
    monkeypatch.setattr(access, "groups", Deaf(access.groups))
    monkeypatch.setattr(access, "combinations", Deaf(access.combinations))
    async with home.connected() as device:
        with pytest.raises(CommandRefused, match="the rule"):
            await device.write_rule(Rule.GROUP, {"number": 1, "time_zone_1": 2})
        with pytest.raises(CommandRefused, match="the deletion"):
            await device.delete_rule(Rule.UNLOCK_COMBINATION, {"number": 1})


async def test_what_a_terminal_does_not_have(home: Home) -> None:
    """Panels have it."""
    async with home.connected() as device:
        assert device.rules.keys() == {Rule.GROUP, Rule.UNLOCK_COMBINATION}
        for verb in (
            device.read_rules(Rule.FIRST_CARD),
            device.write_rule(Rule.FIRST_CARD, {"door": 1}),
            device.delete_rule(Rule.FIRST_CARD, {"door": 1}),
        ):
            with pytest.raises(Unsupported):
                await verb


async def test_a_terminal_without_a_lock(home: Home) -> None:
    """There is nobody to be let in."""
    home.terminal.options["~LockFunOn"] = "0"
    async with home.connected() as device:
        assert device.rules == {}
