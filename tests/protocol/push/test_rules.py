"""The rules of a PUSH device, over its connection: what it has, and each of them written, changed and deleted."""

from collections.abc import Mapping
import logging
from typing import Any

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.rules import TABLES
from custom_components.zkteco.protocol.rules import Rule, RuleRow
from tests.simulators.push_device import PushDevice as SimulatedDevice

from .conftest import Home, Simulate

EVERYTHING = {
    "accsupportfunlist": "1" * 26 + "0" + "1" * 37,
    "lockcount": "2",
    "dstfunon": "1",
    "outrelaysetfunon": "1",
}
"""Of a device that has every rule, and none behind it."""


@pytest.fixture
async def sim(simulate: Simulate) -> SimulatedDevice:
    """Return a panel with two doors."""
    return await simulate()


@pytest.fixture
async def device(home: Home, sim: SimulatedDevice) -> PushDevice:
    """Return the device for it, which has told what it is, and that it has every rule."""
    device = await home.add()
    await home.live(8, sim)
    device.registered(EVERYTHING)
    sim.commands.clear()
    return device


def changes(sim: SimulatedDevice) -> list[str]:
    """Return what a device was told to change."""
    told = ("DATA UPDATE", "DATA DELETE")
    return [c.text for c in sim.commands if c.text.startswith(told)]


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
        "linkage_type": "reader_unlock",
    },
    Rule.SCHEDULED_OUTPUT: {
        "output": 1,
        "output_type": "door",
        "action": "closed",
        "time_zone": 2,
    },
    Rule.SCHEDULED_INPUT: {"input": 1, "input_type": "aux_input", "time_zone": 1},
    Rule.VERIFY_SCHEDULE: {
        "time_zone": 5,
        "monday_1": "08:00-17:30",
        "monday_1_user": 4,
        "holiday_3_3": "00:00-23:59",
        "holiday_3_3_door": 6,
    },
    Rule.VERIFY_BY_TIME: {"door": 2, "time_zone": 5},
    Rule.USER_VERIFY_BY_TIME: {"user_id": "1", "door": 2, "time_zone": 5},
    Rule.SUPER_USER: {"user_id": "1", "door": 2},
    Rule.DAYLIGHT_SAVING: {
        "year": 2026,
        "start": "M3.5.0/2",
        "end": "M10.5.0/3",
        "yearly": True,
    },
}


def key_of(device: PushDevice, rule: Rule, row: RuleRow) -> dict[str, Any]:
    """Return what tells a row from all others."""
    return {f.name: row[f.name] for f in device.rules[rule] if f.key and f.name in row}


def test_every_table_has_an_example() -> None:
    """So that none is forgotten below."""
    assert ROWS.keys() == TABLES.keys()


@pytest.mark.parametrize("rule", ROWS)
async def test_there_and_back(
    home: Home, device: PushDevice, sim: SimulatedDevice, rule: Rule
) -> None:
    """Written once, read, deleted once by its whole key; another row stays."""
    row = ROWS[rule]
    name = next(f.name for f in device.rules[rule] if f.key and f.name != "user_id")
    other = {**row, name: 2024 if name == "year" else 1 if row[name] == 2 else 2}
    for one in (row, other, row):
        kept = await home.run(device.write_rule(rule, one), sim)
        assert kept.items() >= one.items()
    assert len(changes(sim)) == 2

    told = await home.run(device.read_rules(rule), sim)
    assert len(told) == 2
    assert told[0].items() >= row.items()

    key = key_of(device, rule, row)
    assert await home.run(device.delete_rule(rule, key), sim)
    assert not await home.run(device.delete_rule(rule, key), sim)
    (left,) = await home.run(device.read_rules(rule), sim)
    assert left.items() >= other.items()
    *_, deletion = changes(sim)
    assert deletion.count("=") == len(key)
    assert "*" not in deletion


async def test_as_printed(home: Home, device: PushDevice, sim: SimulatedDevice) -> None:
    """Whole rows: groups that nobody named are empty, as in the document's own example."""
    row = {"number": 1, "door": 1, "group_1": 1, "group_2": 3}
    await home.run(device.write_rule(Rule.MULTI_CARD, row), sim)
    printed = "Index=1 DoorId=1 Group1=1 Group2=3 Group3= Group4= Group5="
    assert changes(sim) == ["DATA UPDATE multimcard " + printed.replace(" ", "\t")]


async def test_hours_as_usual(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """A new verify schedule changes nothing where nobody says so."""
    row = {"time_zone": 1, "monday_1": "00:00-23:59", "monday_1_user": 7}
    await home.run(device.write_rule(Rule.VERIFY_SCHEDULE, row), sim)
    (command,) = changes(sim)
    assert "SunTime1=0\tSunTime1VSUser=255\tSunTime1VSDoor=255" in command
    assert "MonTime1=2359\tMonTime1VSUser=7\tMonTime1VSDoor=255" in command
    kept = await home.run(
        device.write_rule(Rule.VERIFY_SCHEDULE, {"time_zone": 1, "monday_1": ""}), sim
    )
    assert "monday_1" not in kept
    assert kept["monday_1_user"] == 7


async def test_what_nobody_names_stays(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """Known or not: a device's own values go back as they came."""
    sim.world.tables.put(
        "inoutfun",
        {
            "Index": 1,
            "EventType": 204,
            "OutAddr": 1,
            "OutTime": 9,
            "Reserved": 7,
            "InDevID": 14,
        },
    )
    (told,) = await home.run(device.read_rules(Rule.LINKAGE), sim)
    assert "linkage_type" not in told  # 7 is in no document
    change = {"number": 1, "seconds": 5}
    await home.run(device.write_rule(Rule.LINKAGE, change), sim)
    (row,) = sim.table("inoutfun")
    assert (row["OutTime"], row["Reserved"], row["InDevID"]) == (5, 7, 14)
    assert (row["EventType"], row["OutAddr"]) == (204, 1)


async def test_empty_fields(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """A group that is not there is group 0; what has no such number is not told."""
    groups = {"Group1": 1, "Group2": ""}
    sim.world.tables.put("multimcard", {"Index": 1, "DoorId": 1, **groups})
    (told,) = await home.run(device.read_rules(Rule.MULTI_CARD), sim)
    assert (told["group_1"], told["group_2"]) == (1, 0)
    output = {"Num": 1, "ActionType": "", "TimezoneId": 1}
    sim.world.tables.put("outrelaysetting", output)
    (told,) = await home.run(device.read_rules(Rule.SCHEDULED_OUTPUT), sim)
    assert told == {"output": 1, "output_type": "door", "time_zone": 1}
    sim.world.tables.put("DoorVSTimezone", {"DoorID": 1, "TimezoneID": ""})
    assert await home.run(device.read_rules(Rule.VERIFY_BY_TIME), sim) == [{"door": 1}]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ((Rule.FIRST_CARD, {"door": 3, "time_zone": 1, "user_id": "1"}), "door"),
        ((Rule.FIRST_CARD, {"door": 1, "time_zone": 0, "user_id": "1"}), "time_zone"),
        ((Rule.FIRST_CARD, {"door": 1, "time_zone": 1, "user_id": "1\t2"}), "user_id"),
        ((Rule.FIRST_CARD, {"door": 1, "time_zone": 1, "user_id": ""}), "user_id"),
        ((Rule.FIRST_CARD, {"door": 1, "time_zone": 1, "user_id": 1}), "user_id"),
        ((Rule.FIRST_CARD, {"door": 1, "time_zone": 1}), "user_id"),
        ((Rule.FIRST_CARD, {**ROWS[Rule.FIRST_CARD], "pin": "1"}), "fields"),
        ((Rule.FIRST_CARD, {**ROWS[Rule.FIRST_CARD], "device": 1}), "fields"),
        ((Rule.MULTI_CARD, {"number": 1, "door": 1}), "group_1"),
        ((Rule.LINKAGE, {**ROWS[Rule.LINKAGE], "seconds": 256}), "seconds"),
        ((Rule.LINKAGE, {**ROWS[Rule.LINKAGE], "seconds": True}), "seconds"),
        ((Rule.LINKAGE, {**ROWS[Rule.LINKAGE], "output_type": 1}), "output_type"),
        (
            (Rule.LINKAGE, {**ROWS[Rule.LINKAGE], "linkage_type": "wall"}),
            "linkage_type",
        ),
        (
            (Rule.VERIFY_SCHEDULE, {"time_zone": 1, "monday_1": "17:00-08:00"}),
            "monday_1",
        ),
        (
            (Rule.VERIFY_SCHEDULE, {"time_zone": 1, "monday_1": "00:00-00:00"}),
            "monday_1",
        ),
        (
            (Rule.VERIFY_SCHEDULE, {"time_zone": 1, "monday_1": "24:00-24:00"}),
            "monday_1",
        ),
        ((Rule.VERIFY_SCHEDULE, {"time_zone": 1, "monday_1": 8}), "monday_1"),
        (
            (Rule.DAYLIGHT_SAVING, {**ROWS[Rule.DAYLIGHT_SAVING], "end": "M13.1.0/3"}),
            "end",
        ),
        ((Rule.DAYLIGHT_SAVING, {**ROWS[Rule.DAYLIGHT_SAVING], "end": 3}), "end"),
        ((Rule.DAYLIGHT_SAVING, {**ROWS[Rule.DAYLIGHT_SAVING], "yearly": 1}), "yearly"),
    ],
)
async def test_what_cannot_be(
    home: Home,
    device: PushDevice,
    sim: SimulatedDevice,
    wrong: tuple[Rule, Mapping[str, Any]],
    field: str,
) -> None:
    """A clear error, and nothing written."""
    with pytest.raises(InvalidValue) as refused:
        await home.run(device.write_rule(*wrong), sim)
    assert refused.value.field == field
    assert refused.value.limit
    assert changes(sim) == []


async def test_only_what_a_device_says_it_has(home: Home) -> None:
    """By the options of its registration; three tables are everybody's."""
    device = await home.add()
    assert device.rules.keys() == {Rule.FIRST_CARD, Rule.MULTI_CARD, Rule.LINKAGE}
    device.registered({"accsupportfunlist": "0" * 16 + "1"})
    assert Rule.SUPER_USER in device.rules
    assert Rule.SCHEDULED_INPUT not in device.rules
    device.registered({"outrelaysetfunon": "1", "dstfunon": "0"})
    assert Rule.SCHEDULED_OUTPUT in device.rules
    assert Rule.DAYLIGHT_SAVING not in device.rules


async def test_a_rule_that_is_not_there(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """Terminals have it."""
    for verb in (
        device.read_rules(Rule.GROUP),
        device.write_rule(Rule.GROUP, {"number": 1}),
        device.delete_rule(Rule.GROUP, {"number": 1}),
    ):
        with pytest.raises(Unsupported):
            await home.run(verb, sim)
    assert sim.commands == []


async def test_doors_of_a_master(home: Home) -> None:
    """It does not say how many there are behind it."""
    device = await home.add()
    device.registered({"lockcount": "2"})
    assert not device.rules[Rule.FIRST_CARD][0].kind.allows(3)
    master = {"multistagecontrolfunon": "1", "mastercontrolon": "1"}
    device.registered({**master, "subcontrolon": "0"})
    assert device.rules[Rule.FIRST_CARD][0].kind.allows(3)
    assert not device.rules[Rule.FIRST_CARD][0].kind.allows(0)


async def test_devices_behind_a_device(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """The same door number on two of them is two rows."""
    device.registered({"accsupportfunlist": "1" * 64})
    row = ROWS[Rule.FIRST_CARD]
    for number in (1, 2):
        wanted = {**row, "device": number}
        await home.run(device.write_rule(Rule.FIRST_CARD, wanted), sim)
    for verb in (device.write_rule, device.delete_rule):
        with pytest.raises(InvalidValue) as refused:
            await home.run(verb(Rule.FIRST_CARD, row), sim)
        assert refused.value.field == "device"
    second = {**row, "device": 2}
    assert await home.run(device.delete_rule(Rule.FIRST_CARD, second), sim)
    assert await home.run(device.read_rules(Rule.FIRST_CARD), sim) == [
        {**row, "device": 1}
    ]
    # Of one that is alone the device fills in the rest of the key.
    assert await home.run(device.delete_rule(Rule.FIRST_CARD, row), sim)
    assert changes(sim)[-1].count("=") == 4


async def test_rows_that_nothing_tells_apart(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """Deleting one would delete both."""
    for number in (1, 2):
        sim.world.tables.put(
            "InputIOSetting", {"Number": 1, "TimeZoneId": 1, "DevID": number}
        )
    row = {"input": 1, "input_type": "exit_button"}
    with pytest.raises(InvalidValue):
        await home.run(device.delete_rule(Rule.SCHEDULED_INPUT, row), sim)
    assert len(sim.table("InputIOSetting")) == 2


async def test_a_row_that_is_another_one(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """Somebody changed it meanwhile: it stays."""
    row = ROWS[Rule.MULTI_CARD]
    await home.run(device.write_rule(Rule.MULTI_CARD, row), sim)
    before = {**row, "group_2": 5}
    assert not await home.run(device.delete_rule(Rule.MULTI_CARD, before), sim)
    assert await home.run(device.delete_rule(Rule.MULTI_CARD, row), sim)


async def test_a_device_that_says_yes_and_does_nothing(
    home: Home,
    device: PushDevice,
    sim: SimulatedDevice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only reading back tells."""
    row = ROWS[Rule.FIRST_CARD]
    await home.run(device.write_rule(Rule.FIRST_CARD, row), sim)
    monkeypatch.setattr(sim.world.rows, "update", lambda *_: None)
    monkeypatch.setattr(sim.world.rows, "remove", lambda *_: None)
    with pytest.raises(CommandRefused, match="the rule"):
        await home.run(device.write_rule(Rule.FIRST_CARD, {**row, "door": 2}), sim)
    with pytest.raises(CommandRefused, match="the deletion"):
        await home.run(device.delete_rule(Rule.FIRST_CARD, row), sim)


async def test_a_device_without_the_table(
    home: Home, device: PushDevice, sim: SimulatedDevice
) -> None:
    """It says so, and nothing is written blindly."""
    sim.faults.no_table = "firstcard"
    with pytest.raises(CommandRefused):
        await home.run(device.write_rule(Rule.FIRST_CARD, ROWS[Rule.FIRST_CARD]), sim)
    assert changes(sim) == []


async def test_nobody_there(home: Home) -> None:
    """Nothing waits for a device that is away."""
    device = await home.add()
    row = ROWS[Rule.FIRST_CARD]
    for verb in (
        device.read_rules(Rule.FIRST_CARD),
        device.write_rule(Rule.FIRST_CARD, row),
        device.delete_rule(Rule.FIRST_CARD, row),
    ):
        with pytest.raises(CannotConnect):
            await verb


async def test_nothing_is_logged(
    home: Home,
    device: PushDevice,
    sim: SimulatedDevice,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who may do what is nobody's business."""
    caplog.set_level(logging.DEBUG, "custom_components")
    row = {"door": 1, "time_zone": 2, "user_id": "471147"}
    await home.run(device.write_rule(Rule.FIRST_CARD, row), sim)
    await home.run(device.delete_rule(Rule.FIRST_CARD, row), sim)
    assert "471147" not in caplog.text
