"""The device triggers: an automation that begins at a door's page."""

from dataclasses import replace
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_get_device_automations,
    async_mock_service,
)

from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.protocol.attendance.terminal import AttendanceTerminal
from custom_components.zkteco.protocol.c3.panel import C3Panel
from custom_components.zkteco.protocol.device import AccessDevice
from custom_components.zkteco.protocol.model import Capability, DoorAlarm, EventKind
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.standalone.terminal import Terminal
from custom_components.zkteco.trigger import TRIGGERS
from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from tests.fake_device import INFO, SERIAL, FakeDevice

EVERY_DOOR = {"access_granted", "exit_button", "door_forced", "duress"}


def door_device(hass: HomeAssistant, entry: MockConfigEntry, door: int) -> str:
    """Return the device of a door."""
    device = dr.async_get(hass).async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-{door}"), entry.entry_id
    )
    assert device
    return device.id


async def offered(hass: HomeAssistant, device_id: str) -> set[str]:
    """Return the types of the device triggers that a device offers."""
    found = await async_get_device_automations(
        hass, DeviceAutomationType.TRIGGER, device_id
    )
    return {item["type"] for item in found if item["domain"] == DOMAIN}


@pytest.mark.parametrize(
    ("device_class", "alarms", "bell", "asks", "more"),
    [
        (
            C3Panel,
            frozenset(DoorAlarm),
            False,
            False,
            {"access_denied", "door_held_open"},
        ),
        (
            PushDevice,
            frozenset(DoorAlarm),
            True,
            True,
            {"access_denied", "door_held_open", "doorbell", "identification"},
        ),
        (AttendanceTerminal, frozenset(), True, False, {"doorbell"}),
        (
            Terminal,
            frozenset(),
            False,
            False,
            {"access_denied", "button", "enrolment"},
        ),
    ],
)
async def test_a_door_offers_what_it_can_tell(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    *,
    device_class: type[AccessDevice],
    alarms: frozenset[DoorAlarm],
    bell: bool,
    asks: bool,
    more: set[str],
) -> None:
    """Nobody chooses something that never happens."""
    door = replace(INFO.doors[1], alarms=alarms, has_doorbell=bell)
    device = FakeDevice(
        replace(INFO, doors={1: door}),
        capabilities=Capability.IDENTIFICATION if asks else Capability(0),
    )
    device.tells = device_class.tells
    with patch("custom_components.zkteco.async_build_device", return_value=device):
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert await offered(hass, door_device(hass, entry, 1)) == EVERY_DOOR | more


async def test_a_panel_offers_none(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, panel: str
) -> None:
    """What happens, happens at a door; and a panel that is away offers nothing."""
    door = door_device(hass, loaded_entry, 1)
    assert await offered(hass, panel) == set()
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert await offered(hass, door) == set()


@pytest.fixture
def ran(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the automations did."""
    return async_mock_service(hass, "test", "ran")


async def automate(hass: HomeAssistant, device_id: str, kind: str) -> str:
    """Set up an automation, and return its state."""
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {
                    "trigger": "device",
                    "domain": DOMAIN,
                    "device_id": device_id,
                    "type": kind,
                },
                "actions": {
                    "action": "test.ran",
                    "data": {"who": "{{ trigger.event.data.user_name }}"},
                },
            }
        },
    )
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    return state.state


@pytest.mark.parametrize("kind", TRIGGERS)
async def test_each_type_fires_for_its_own_kind(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    ran: list[ServiceCall],
    kind: str,
) -> None:
    """At its own door, now, and once."""
    await automate(hass, door_device(hass, loaded_entry, 1), kind)
    for other in EventKind:
        if other != kind:
            device.push_event(other, door=1)
    device.push_event(EventKind(kind), door=2)
    device.push_event(EventKind(kind))
    device.push_event(EventKind(kind), door=1, late=True)
    hass.bus.async_fire(EVENT_ZKTECO, {"type": kind, "late": False})
    await hass.async_block_till_done()
    assert ran == []

    device.push_event(EventKind(kind), door=1, user_name="Alice")
    await hass.async_block_till_done()
    assert [call.data["who"] for call in ran] == ["Alice"]


async def test_a_type_that_does_not_exist(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """The automation is not set up, and Home Assistant says why."""
    door = door_device(hass, loaded_entry, 1)
    assert await automate(hass, door, "door_eaten") == STATE_UNAVAILABLE
