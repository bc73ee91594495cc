"""Doors as locks: what a person commands, what the device does, and who did it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from unittest.mock import AsyncMock

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.zkteco.const import (
    CONF_CARD_NUMBERS,
    CONF_UNLOCK_BEHAVIOUR,
    CardNumbers,
    UnlockBehaviour,
)
from custom_components.zkteco.lock import PATIENCE
from custom_components.zkteco.protocol.errors import OutcomeUnknown
from custom_components.zkteco.protocol.model import Capability, EventKind
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
from tests.fake_device import FakeDevice

LOCK = "lock.panel_door_1"


async def command(hass: HomeAssistant, action: str) -> None:
    """Call an action of the lock."""
    await hass.services.async_call("lock", action, {"entity_id": LOCK}, blocking=True)


async def set_options(
    hass: HomeAssistant, entry: MockConfigEntry, options: Mapping[str, str]
) -> None:
    """Choose options, as the options flow does."""
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)


@pytest.mark.parametrize(
    ("relay", "held", "expected"),
    [
        (False, False, "locked"),
        (True, False, "unlocked"),
        (True, True, "unlocked"),
        (False, True, "unlocked"),
        (False, None, "locked"),
        (None, True, "unlocked"),
        (None, False, "unknown"),
        (None, None, "unknown"),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_state_is_what_the_device_shows(
    hass: HomeAssistant,
    device: FakeDevice,
    relay: bool | None,
    held: bool | None,
    expected: str,
) -> None:
    """Relay and hold decide; the unknown is never called locked."""
    device.push_door(1, relay=relay, held=held)
    assert hass.states.get(LOCK).state == expected


async def test_neither_contact_nor_alarm_touch_the_lock(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """A door that was forced open is not jammed, and not unlocked either."""
    device.push_door(1, contact_open=True, alarms={"forced": True, "alarm": True})
    assert hass.states.get(LOCK).state == "locked"


@pytest.mark.parametrize("action", ["open", "unlock"])
async def test_letting_someone_in(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    action: str,
) -> None:
    """Open and unlock pulse the door; it locks again by itself."""
    await command(hass, action)
    assert device.calls == [("open_door", 1, None)]
    assert hass.states.get(LOCK).state == "unlocked"
    assert hass.states.get(LOCK).attributes["changed_by"] == "Home Assistant"

    device.push_door(1, relay=False)
    assert hass.states.get(LOCK).state == "locked"


async def test_holding_open(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """With the owner's choice, unlock lasts until lock."""
    await set_options(hass, loaded_entry, {CONF_UNLOCK_BEHAVIOUR: UnlockBehaviour.HOLD})
    await command(hass, "unlock")
    assert hass.states.get(LOCK).state == "unlocked"
    await command(hass, "lock")
    assert hass.states.get(LOCK).state == "locked"
    assert device.calls == [("hold_open", 1), ("release_door", 1)]


async def test_holding_open_is_refused_where_it_is_impossible(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It never becomes a pulse in silence."""
    unable = FakeDevice(capabilities=Capability.OPEN_TIME)
    monkeypatch.setattr(
        "custom_components.zkteco.async_build_device", AsyncMock(return_value=unable)
    )
    await set_options(hass, entry, {CONF_UNLOCK_BEHAVIOUR: UnlockBehaviour.HOLD})
    with pytest.raises(ServiceValidationError, match="Panel does not support this"):
        await command(hass, "unlock")
    assert hass.states.get(LOCK).state == "locked"


@pytest.mark.parametrize(
    ("action", "on_its_way"),
    [("open", "opening"), ("unlock", "unlocking"), ("lock", "locking")],
)
async def test_a_command_on_its_way(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    action: str,
    on_its_way: str,
) -> None:
    """The state says so, and only until the device has answered."""
    device.answering.clear()
    task = asyncio.create_task(command(hass, action))
    for _ in range(10):
        await asyncio.sleep(0)
    assert hass.states.get(LOCK).state == on_its_way

    device.answering.set()
    await task
    assert hass.states.get(LOCK).state != on_its_way


async def test_no_door_waits_for_another(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """A command grows old while it waits, and only the device knows how old it is."""
    device.answering.clear()
    both = {"entity_id": [LOCK, "lock.panel_door_2"]}
    task = asyncio.create_task(
        hass.services.async_call("lock", "open", both, blocking=True)
    )
    for _ in range(10):
        await asyncio.sleep(0)
    assert set(device.calls) == {("open_door", 1, None), ("open_door", 2, None)}
    device.answering.set()
    await task


@pytest.mark.parametrize(
    ("action", "on_its_way", "after"),
    [
        ("open", "opening", "unlocked"),
        ("unlock", "unlocking", "unlocked"),
        ("lock", "locking", "locked"),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_the_state_comes_after_the_answer(
    hass: HomeAssistant,
    device: FakeDevice,
    action: str,
    on_its_way: str,
    after: str,
) -> None:
    """Nobody sees the old state once more, and other news of the device change nothing."""
    device.push_door(1, relay=after == "locked")
    seen: list[str] = []
    async_track_state_change_event(
        hass, LOCK, lambda event: seen.append(event.data["new_state"].state)
    )
    device.deaf = True
    await command(hass, action)
    device.push_door(1, contact_open=True)
    device.push_door(2, relay=True)
    device.push_door(1, relay=after == "unlocked")
    await hass.async_block_till_done()
    assert list(dict.fromkeys(seen)) == [on_its_way, after]


async def test_no_optimism(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """A confirmed command that moves nothing is not shown for long."""
    device.deaf = True
    await command(hass, "open")
    assert hass.states.get(LOCK).state == "opening"
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=PATIENCE + 1))
    assert hass.states.get(LOCK).state == "locked"


@pytest.mark.parametrize("action", ["open", "lock"])
async def test_a_command_that_changes_nothing(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    action: str,
) -> None:
    """What is as it is to be needs no waiting."""
    device.push_door(1, relay=action == "open")
    before = hass.states.get(LOCK).state
    device.deaf = True
    await command(hass, action)
    assert hass.states.get(LOCK).state == before


async def test_a_device_that_shows_nothing(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Nothing is to be waited for where the lock's state is never known."""
    device.push_door(1, relay=None, held=None)
    device.deaf = True
    await command(hass, "open")
    assert hass.states.get(LOCK).state == "unknown"


async def test_a_newer_command_counts(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Each command gets its own time, and shows what it does."""
    device.deaf = True
    await command(hass, "open")
    freezer.tick(PATIENCE - 1)
    await command(hass, "unlock")
    freezer.tick(PATIENCE - 1)
    async_fire_time_changed(hass)
    assert hass.states.get(LOCK).state == "unlocking"


async def test_a_door_that_vanishes_while_it_is_opened(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Nobody waits for it, and nothing fails."""
    device.deaf = True
    device.answering.clear()
    task = asyncio.create_task(command(hass, "open"))
    await asyncio.sleep(0)
    info = replace(device.info, doors={2: device.info.doors[2]})
    device.rebuild(info, {2: device.state.doors[2]})
    device.answering.set()
    await task
    await hass.async_block_till_done()
    assert hass.states.get(LOCK) is None


async def test_an_unknown_outcome_is_said_and_not_repeated(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The door may or may not have opened; nothing is sent again."""
    device.command_error = OutcomeUnknown()
    with pytest.raises(HomeAssistantError, match="did not confirm the command"):
        await command(hass, "open")
    assert len(device.calls) == 1
    assert hass.states.get(LOCK).state == "locked"
    assert "changed_by" not in hass.states.get(LOCK).attributes


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (EventKind.ACCESS_GRANTED, {"user_id": "7", "user_name": "Alice"}, "Alice"),
        (EventKind.ACCESS_GRANTED, {"user_id": "1001", "card": "12"}, "User 1001"),
        (EventKind.ACCESS_GRANTED, {"card": "1234567"}, "Card …4567"),
        (EventKind.ACCESS_GRANTED, {}, None),
        (EventKind.EXIT_BUTTON, {}, "Exit button"),
        (EventKind.REMOTE_OPEN, {}, "Remote"),
        (EventKind.REMOTE_CLOSE, {}, "Remote"),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_changed_by(
    hass: HomeAssistant,
    device: FakeDevice,
    kind: EventKind,
    fields: dict[str, str],
    expected: str | None,
) -> None:
    """The lock tells who it was."""
    device.push_event(kind, door=1, **fields)
    assert hass.states.get(LOCK).attributes.get("changed_by") == expected
    assert "changed_by" not in hass.states.get("lock.panel_door_2").attributes


async def test_changed_at(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The lock tells since when it has been this person, whatever the state does later."""
    came = dt_util.utcnow()
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_name="Alice")
    freezer.tick(60)
    device.push_door(1, relay=True)
    assert hass.states.get(LOCK).attributes["changed_at"] == came

    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    assert "changed_at" not in hass.states.get(LOCK).attributes


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (EventKind.ACCESS_GRANTED, {"late": True}),
        (EventKind.ACCESS_DENIED, {}),
        (EventKind.DOOR_OPENED, {}),
    ],
)
async def test_not_changed_by(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    kind: EventKind,
    fields: dict[str, bool],
) -> None:
    """History, refusals and the door's leaf change no lock."""
    device.push_event(kind, door=1, user_name="Mallory", **fields)
    assert "changed_by" not in hass.states.get(LOCK).attributes


async def test_changed_by_keeps_card_numbers_private(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The owner wants no card numbers at all."""
    await set_options(hass, loaded_entry, {CONF_CARD_NUMBERS: CardNumbers.NONE})
    device.push_event(EventKind.ACCESS_GRANTED, door=1, card="1234567")
    assert "changed_by" not in hass.states.get(LOCK).attributes


async def test_the_report_of_our_own_command_is_no_remote(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A panel logs our command as a remote opening; another program's comes later."""
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": "select.panel_door_1_mode", "option": "held_open"},
        blocking=True,
    )
    device.push_event(EventKind.REMOTE_OPEN, door=1, time=dt_util.utcnow())
    assert hass.states.get(LOCK).attributes["changed_by"] == "Home Assistant"

    freezer.tick(timedelta(minutes=1))
    device.push_event(EventKind.REMOTE_OPEN, door=1, time=dt_util.utcnow())
    assert hass.states.get(LOCK).attributes["changed_by"] == "Remote"

    await command(hass, "open")
    device.push_event(EventKind.EXIT_BUTTON, door=1, time=dt_util.utcnow())
    assert hass.states.get(LOCK).attributes["changed_by"] == "Exit button"
