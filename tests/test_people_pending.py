"""Syncs of users with devices that are away: what waits, what is done later, and what is not."""

import asyncio
from datetime import timedelta
import json
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN, EVENT_USERS_SYNCED
from custom_components.zkteco.people_pending import REST
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    DidNotAsk,
    LoginLocked,
)
from custom_components.zkteco.protocol.people import Right, User
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests.fake_device import FakeDevice
from tests.people_calls import ALICE, ask

STORE = f"{DOMAIN}.waiting_syncs"
CAROL = {"user_id": "3", "user_name": "Carol", "pin_code": "86420975", "card": ["99"]}


@pytest.fixture
def synced(hass: HomeAssistant) -> list[Event]:
    """Return the events of finished syncs."""
    return async_capture_events(hass, EVENT_USERS_SYNCED)


def leave(device: FakeDevice, error: DeviceError | None = None) -> None:
    """Let a device go away."""
    device.command_error = error or CannotConnect()
    device.push_state(error=device.command_error)


async def come_back(hass: HomeAssistant, device: FakeDevice) -> None:
    """Let a device be there again."""
    device.command_error = device.write_error = None
    device.push_state(error=None)
    await hass.async_block_till_done(wait_background_tasks=True)


async def restart(hass: HomeAssistant) -> None:
    """Set up what another run of Home Assistant would, from what was stored."""
    entries = hass.config_entries.async_entries(DOMAIN)
    for entry in entries:
        await hass.config_entries.async_unload(entry.entry_id)
    hass.config.components.remove(DOMAIN)
    for entry in entries:
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_at_once(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    synced: list[Event],
    hass_storage: dict[str, Any],
) -> None:
    """A device that is there is done, and told of; a dry run is not."""
    await ask(hass, "sync_users", panel, users=[CAROL], dry_run=True)
    assert synced == []
    answer = await ask(hass, "sync_users", panel, users=[CAROL])
    assert answer["added"] == ["3"]
    assert "waiting" not in answer
    assert [event.data for event in synced] == [{"device_id": panel, **answer}]
    assert STORE not in hass_storage
    for secret in ("86420975", "Carol"):
        assert secret not in str(synced[0].data)


@pytest.mark.parametrize("error", [CannotConnect(), DidNotAsk(), LoginLocked()])
async def test_a_device_follows_when_it_is_back(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    synced: list[Event],
    error: DeviceError,
) -> None:
    """Not before, and once."""
    leave(people, error)
    answer = await ask(hass, "sync_users", panel, users=[CAROL])
    assert answer.keys() == {"waiting", "reason"}
    assert answer["waiting"] is True
    assert answer["reason"].startswith("Panel ")
    people.push_state(error=error)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert synced == []

    await come_back(hass, people)
    assert people.users["3"].name == "Carol"
    assert people.users["3"].pin_code == "86420975"
    [event] = synced
    assert event.data["device_id"] == panel
    assert event.data["added"] == ["3"]
    assert "waiting" not in event.data

    people.calls.clear()
    people.push_state(user_count=9)
    leave(people)
    await come_back(hass, people)
    assert people.calls == []


async def test_nobody_has_to_look_at_the_answer(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """To wait is no failure."""
    leave(people)
    await hass.services.async_call(
        DOMAIN, "sync_users", {"device_id": panel, "users": [CAROL]}, blocking=True
    )
    await come_back(hass, people)
    assert "3" in people.users


async def test_what_waiting_would_not_mend(
    hass: HomeAssistant, people: FakeDevice, panel: str, synced: list[Event]
) -> None:
    """A dry run of a device that is away, and a refusal, fail as ever."""
    for error, dry_run in ((CannotConnect(), True), (CommandRefused(-1, "no"), False)):
        people.command_error = error
        with pytest.raises(HomeAssistantError):
            await ask(hass, "sync_users", panel, users=[CAROL], dry_run=dry_run)
    await come_back(hass, people)
    assert "3" not in people.users
    assert synced == []


async def test_lost_in_the_middle(
    hass: HomeAssistant, people: FakeDevice, panel: str, synced: list[Event]
) -> None:
    """What was done is told, and the rest is done later."""
    people.write_error = CannotConnect()
    answer = await ask(hass, "sync_users", panel, users=[CAROL, {"user_id": "1"}])
    assert answer["waiting"] is True
    assert answer["reason"].startswith("Panel cannot be reached")
    assert answer["failed"].keys() == {"3"}
    assert answer["unchanged"] == 1
    assert synced == []
    people.push_state(error=CannotConnect())
    await come_back(hass, people)
    assert "3" in people.users
    assert synced[0].data["added"] == ["3"]


async def test_lost_in_the_middle_of_somebody(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Whom the device knows already is not done: what a new user gets is still due, also after a restart."""
    people.write_error = CannotConnect()
    await ask(hass, "sync_users", panel, users=[CAROL, {"user_id": "1"}])
    people.users |= {user_id: User(user_id=user_id) for user_id in ("3", "4")}
    people.write_error = None
    await restart(hass)
    assert people.users["3"].rights == {Right(1), Right(2)}
    assert people.users["4"].rights == set()
    await ask(hass, "sync_users", panel, users=[{"user_id": "4"}])
    assert people.users["4"].rights == set()


async def test_a_device_that_seems_to_be_there(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is tried again after a while, and not at every sign of life."""

    async def wait(pause: timedelta) -> None:
        people.push_state(user_count=len(people.calls))
        freezer.tick(pause)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    people.command_error = DidNotAsk()
    await ask(hass, "sync_users", panel, users=[CAROL])
    assert len(people.calls) == 1
    await wait(REST / 2)
    assert len(people.calls) == 1
    await wait(REST / 2)
    assert len(people.calls) == 2
    await wait(REST / 2)
    assert len(people.calls) == 2
    people.command_error = None
    await wait(REST / 2)
    assert "3" in people.users
    # A new attempt now needs a new wish.
    people.calls.clear()
    await wait(REST)
    await wait(REST)
    assert people.calls == []


async def test_the_newest_counts(
    hass: HomeAssistant, people: FakeDevice, panel: str, synced: list[Event]
) -> None:
    """An older one that waits is forgotten."""
    leave(people)
    await ask(hass, "sync_users", panel, users=[{"user_id": "8"}])
    await ask(hass, "sync_users", panel, users=[CAROL])
    await come_back(hass, people)
    assert people.users.keys() == {"1", "2", "3"}
    assert len(synced) == 1


async def test_one_that_succeeds_meanwhile(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    hass_storage: dict[str, Any],
) -> None:
    """It takes the place of the one that waits; a dry run does not."""
    people.command_error = DidNotAsk()
    await ask(hass, "sync_users", panel, users=[{"user_id": "8"}])
    people.command_error = None
    await ask(hass, "sync_users", panel, users=[CAROL], dry_run=True)
    assert hass_storage[STORE]["data"] != {}
    await ask(hass, "sync_users", panel, users=[CAROL])
    assert hass_storage[STORE]["data"] == {}
    leave(people)
    await come_back(hass, people)
    assert people.users.keys() == {"1", "2", "3"}


async def test_two_at_the_same_time(
    hass: HomeAssistant, people: FakeDevice, panel: str, synced: list[Event]
) -> None:
    """One that waited never comes after a newer one."""
    leave(people)
    await ask(hass, "sync_users", panel, users=[{"user_id": "3", "user_name": "Old"}])
    people.command_error = None
    people.answering.clear()
    people.calls.clear()
    newer = hass.async_create_task(ask(hass, "sync_users", panel, users=[CAROL]))
    while not people.calls:
        await asyncio.sleep(0)
    people.push_state(error=None)
    people.answering.set()
    await newer
    await hass.async_block_till_done(wait_background_tasks=True)
    assert people.users["3"].name == "Carol"
    assert len(synced) == 1


async def test_after_a_restart(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    synced: list[Event],
    hass_storage: dict[str, Any],
) -> None:
    """What the call said was kept, with dates and everything."""
    leave(people)
    visitor = {**CAROL, "valid_until": "2026-11-22", "doors": [1], "privilege": "admin"}
    await ask(hass, "sync_users", panel, users=[visitor], mode="mirror")
    assert json.dumps(hass_storage[STORE]["data"])
    people.users = {}
    await restart(hass)
    await come_back(hass, people)
    carol = people.users["3"]
    assert str(carol.valid_until) == "2026-11-22 23:59:59"
    assert (carol.pin_code, carol.cards, carol.privilege) == (
        "86420975",
        ("99",),
        "admin",
    )
    assert len(carol.rights) == 1
    assert len(synced) == 1
    assert hass_storage[STORE]["data"] == {}


async def test_a_device_that_could_not_even_be_set_up(
    hass: HomeAssistant, people: FakeDevice, loaded_entry: MockConfigEntry, panel: str
) -> None:
    """As when Home Assistant starts while it is away. One that was switched off here is refused."""
    people.start_error = CannotConnect()
    assert not await hass.config_entries.async_reload(loaded_entry.entry_id)
    assert loaded_entry.state is ConfigEntryState.SETUP_RETRY
    answer = await ask(hass, "sync_users", panel, users=[CAROL])
    assert answer["waiting"] is True
    assert answer["reason"].startswith("Panel cannot be reached")
    with pytest.raises(ServiceValidationError):
        await ask(hass, "sync_users", panel, users=[CAROL], dry_run=True)

    people.start_error = None
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "3" in people.users

    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    with pytest.raises(ServiceValidationError):
        await ask(hass, "sync_users", panel, users=[CAROL])


async def test_a_list_that_is_no_longer_understood(
    hass: HomeAssistant,
    people: FakeDevice,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is dropped, and nothing else is."""
    call = {"users": [{"user_id": "3", "pin_code": "86420975", "tail": 1}]}
    hass_storage[STORE] = {
        "version": 1,
        "minor_version": 1,
        "key": STORE,
        "data": {entry.entry_id: call},
    }
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "A waiting sync is not understood" in caplog.text
    assert "86420975" not in str(hass_storage[STORE])
    assert people.users.keys() == {"1", "2"}


# From another device


async def test_the_source_is_read_when_it_is_time(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
    *,
    hass_storage: dict[str, Any],
) -> None:
    """What waits is where to look, not what was seen."""
    leave(second)
    await ask(hass, "sync_users", second_panel, source=panel)
    [waiting] = hass_storage[STORE]["data"].values()
    assert waiting == {"source": panel, "mode": "merge"}
    people.users.pop("2")
    people.users["5"] = User(user_id="5")
    await come_back(hass, second)
    assert second.users.keys() == {"1", "5"}


async def test_a_source_that_is_away_then(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
    *,
    synced: list[Event],
    freezer: FrozenDateTimeFactory,
) -> None:
    """Both have to be there."""
    leave(second)
    await ask(hass, "sync_users", second_panel, source=panel)
    leave(people)
    await come_back(hass, second)
    assert second.users == {}
    assert synced == []
    await come_back(hass, people)
    freezer.tick(REST)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert second.users == people.users
    assert len(synced) == 1


async def test_a_source_that_was_reset(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
    *,
    synced: list[Event],
) -> None:
    """It must not empty a device when that comes back; people are told why."""
    second.users = {"1": ALICE}
    leave(second)
    await ask(hass, "sync_users", second_panel, source=panel, mode="mirror")
    people.users = {}
    await come_back(hass, second)
    assert second.users == {"1": ALICE}
    [event] = synced
    assert event.data["device_id"] == second_panel
    assert "is empty, so mirroring it would delete everybody" in event.data["error"]


async def test_a_source_that_was_removed(
    hass: HomeAssistant,
    people: FakeDevice,
    loaded_entry: MockConfigEntry,
    panel: str,
    second: FakeDevice,
    *,
    second_panel: str,
    synced: list[Event],
) -> None:
    """It waits while the source is not loaded, and ends when there is none."""
    leave(second)
    await ask(hass, "sync_users", second_panel, source=panel)
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    await come_back(hass, second)
    assert synced == []
    await hass.config_entries.async_remove(loaded_entry.entry_id)
    leave(second)
    await come_back(hass, second)
    assert "error" in synced[0].data
    assert second.users == {}


# Who may know of it


async def test_a_device_that_is_removed(
    hass: HomeAssistant,
    people: FakeDevice,
    loaded_entry: MockConfigEntry,
    panel: str,
    hass_storage: dict[str, Any],
) -> None:
    """Nothing is left of what waited for it."""
    leave(people)
    await ask(hass, "sync_users", panel, users=[CAROL])
    assert "86420975" in json.dumps(hass_storage[STORE]["data"])
    await hass.config_entries.async_remove(loaded_entry.entry_id)
    assert hass_storage[STORE]["data"] == {}


async def test_diagnostics_tell_that_something_waits(
    hass: HomeAssistant,
    people: FakeDevice,
    loaded_entry: MockConfigEntry,
    panel: str,
    *,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And nothing of what it is; nor do our logs."""
    caplog.set_level(logging.DEBUG)
    leave(people)
    for waits in (False, True):
        told = await get_diagnostics_for_config_entry(hass, hass_client, loaded_entry)
        assert told["sync_waits"] is waits
        assert "Carol" not in json.dumps(told)
        answer = await ask(hass, "sync_users", panel, users=[CAROL])
    await come_back(hass, people)
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components")
    ]
    for secret in ("86420975", "Carol"):
        assert secret not in str([ours, answer])
