"""The rules of a panel, over its connection: rows of its tables, by the names of their columns."""

from collections.abc import Mapping
import logging
from typing import Any

import pytest

from custom_components.zkteco.protocol.c3.frame import Command
from custom_components.zkteco.protocol.errors import (
    CommandRefused,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.rules import Rule
from tests.simulators import c3_tables

from .conftest import Home, HomeBuilder, refuse

ROWS: dict[Rule, dict[str, Any]] = {
    Rule.FIRST_CARD: {"door": 1, "time_zone": 2, "user_id": "1"},
    Rule.MULTI_CARD: {"number": 3, "door": 1, "group_1": 1, "group_2": 4},
    Rule.LINKAGE: {
        "number": 1,
        "event": 204,
        "point": 0,
        "output_type": "aux_output",
        "output": 1,
        "seconds": 255,
    },
}
OTHERS: dict[Rule, dict[str, Any]] = {
    Rule.FIRST_CARD: {"door": 2},
    Rule.MULTI_CARD: {"number": 4},
    Rule.LINKAGE: {"number": 2},
}
KEYS: dict[Rule, set[str]] = {
    Rule.FIRST_CARD: {"door", "time_zone", "user_id"},
    Rule.MULTI_CARD: {"number"},
    Rule.LINKAGE: {"number"},
}


@pytest.mark.parametrize("rule", ROWS)
async def test_there_and_back(home: Home, rule: Rule) -> None:
    """Written once, read, deleted by its whole key; another row stays."""
    row, other = ROWS[rule], ROWS[rule] | OTHERS[rule]
    async with home.connected() as device:
        for one in (row, other, row):
            kept = await device.write_rule(rule, one)
            assert kept.items() >= one.items()
        told = await device.read_rules(rule)
        assert len(told) == 2
        assert told[0].items() >= row.items()
        key = {field.name: row[field.name] for field in device.rules[rule] if field.key}
        assert key.keys() == KEYS[rule]
        assert await device.delete_rule(rule, key)
        assert not await device.delete_rule(rule, key)
        (left,) = await device.read_rules(rule)
        assert left.items() >= other.items()


async def test_as_the_panel_has_it(home: Home) -> None:
    """Numbers for words, 0 for what nobody named."""
    async with home.connected() as device:
        for rule, row in ROWS.items():
            await device.write_rule(rule, row)
    tables = home.panel.tables
    assert [*tables["firstcard"]] == [{"Pin": 1, "DoorID": 1, "TimezoneID": 2}]
    (groups,) = tables["multimcard"]
    assert [groups[f"Group{n}"] for n in range(1, 6)] == [1, 4, 0, 0, 0]
    (linkage,) = tables["inoutfun"]
    assert linkage == {
        "Index": 1,
        "EventType": 204,
        "InAddr": 0,
        "OutType": 1,
        "OutAddr": 1,
        "OutTime": 255,
        "Reserved": 0,
    }


async def test_what_nobody_names_stays(home: Home) -> None:
    """Also what no document explains."""
    kept = {"Index": 1, "EventType": 204, "OutType": 9, "OutAddr": 1, "Reserved": 77}
    home.panel.tables.put("inoutfun", kept)
    async with home.connected() as device:
        (told,) = await device.read_rules(Rule.LINKAGE)
        assert "output_type" not in told
        await device.write_rule(Rule.LINKAGE, {"number": 1, "seconds": 5})
    (row,) = home.panel.tables["inoutfun"]
    assert row == {**kept, "InAddr": 0, "OutTime": 5}


@pytest.mark.parametrize(
    ("rule", "row", "field"),
    [
        (Rule.FIRST_CARD, {"door": 3, "time_zone": 1, "user_id": "1"}, "door"),
        (Rule.FIRST_CARD, {"door": 1, "time_zone": 51, "user_id": "1"}, "time_zone"),
        (Rule.FIRST_CARD, {"door": 1, "time_zone": 1, "user_id": "A"}, "user_id"),
        (Rule.FIRST_CARD, {"door": 1, "time_zone": 1, "user_id": "0"}, "user_id"),
        (Rule.FIRST_CARD, {"door": 1, "time_zone": 1, "user_id": 1}, "user_id"),
        (Rule.FIRST_CARD, {"door": 1, "time_zone": 1}, "user_id"),
        (Rule.MULTI_CARD, {"number": 1, "group_1": 1}, "door"),
        (Rule.MULTI_CARD, {"number": 0, "door": 1, "group_1": 1}, "number"),
        (Rule.MULTI_CARD, {"number": 1, "door": 1, "group_1": 256}, "group_1"),
        (Rule.LINKAGE, {**ROWS[Rule.LINKAGE], "output": 9}, "output"),
        (Rule.LINKAGE, {**ROWS[Rule.LINKAGE], "output_type": "lamp"}, "output_type"),
        (Rule.LINKAGE, {**ROWS[Rule.LINKAGE], "reserved": 1}, "fields"),
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
        assert await device.read_rules(rule) == []


async def test_a_panel_without_the_columns(
    build: HomeBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the rest of its firmware can do."""
    lines = c3_tables.definition_lines
    monkeypatch.setattr(
        c3_tables,
        "definition_lines",
        lambda new_layout: [
            line.replace(",Group5=i7", "").replace(
                "firstcard=6,Pin=i1", "firstcard=6,Pin=s1"
            )
            for line in lines(new_layout)
            if not line.startswith("inoutfun")
        ],
    )
    home = await build()
    async with home.connected() as device:
        assert device.rules == {}
        for rule in Rule:
            with pytest.raises(Unsupported):
                await device.read_rules(rule)


async def test_user_ids_with_letters(
    build: HomeBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the columns are texts."""
    lines = c3_tables.definition_lines
    monkeypatch.setattr(
        c3_tables,
        "definition_lines",
        lambda new_layout: [
            line.replace("Pin=i", "Pin=s") for line in lines(new_layout)
        ],
    )
    home = await build()
    async with home.connected() as device:
        row = {"door": 1, "time_zone": 2, "user_id": "A7"}
        await device.write_rule(Rule.FIRST_CARD, row)
        assert await device.read_rules(Rule.FIRST_CARD) == [row]
        assert await device.delete_rule(Rule.FIRST_CARD, row)


async def test_a_panel_without_tables(home: Home) -> None:
    """It has no rules either."""
    home.panel.answer = refuse(home.panel, Command.TABLE_DEFINITIONS)
    async with home.connected() as device:
        assert device.rules == {}
        with pytest.raises(Unsupported):
            await device.read_rules(Rule.FIRST_CARD)


async def test_a_panel_that_says_yes_and_does_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only reading back tells."""
    row = ROWS[Rule.FIRST_CARD]
    async with home.connected() as device:
        await device.write_rule(Rule.FIRST_CARD, row)
        monkeypatch.setattr(home.panel.tables, "write", lambda _request: None)
        monkeypatch.setattr(home.panel.tables, "delete", lambda _request: None)
        with pytest.raises(CommandRefused, match="the rule"):
            await device.write_rule(Rule.FIRST_CARD, {**row, "door": 2})
        with pytest.raises(CommandRefused, match="the deletion"):
            await device.delete_rule(Rule.FIRST_CARD, row)


async def test_whoever_goes_comes_first_no_longer(home: Home) -> None:
    """So that the next with that number inherits nothing."""
    async with home.connected() as device:
        await device.write_rule(Rule.FIRST_CARD, ROWS[Rule.FIRST_CARD])
        await device.delete_users(["1"])
        assert await device.read_rules(Rule.FIRST_CARD) == []


async def test_nothing_is_logged(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """Who may do what is nobody's business."""
    caplog.set_level(logging.DEBUG, "custom_components")
    row = {"door": 1, "time_zone": 2, "user_id": "471147"}
    async with home.connected() as device:
        await device.write_rule(Rule.FIRST_CARD, row)
        await device.delete_rule(Rule.FIRST_CARD, row)
    assert "471147" not in caplog.text
