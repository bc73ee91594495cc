"""Every entity as a person finds it, and entities that come and go with what is fitted."""

from dataclasses import replace
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.zkteco import PLATFORMS
from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.errors import CannotConnect
from custom_components.zkteco.protocol.model import (
    Capability,
    DoorAlarm,
    DoorInfo,
    DoorState,
)
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.fake_device import INFO, NOTHING, SERIAL, STATE, SUB_SERIAL, FakeDevice


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.usefixtures("entity_registry_enabled_by_default", "device")
async def test_all_entities(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    platform: Platform,
) -> None:
    """Each platform has exactly the entities of the snapshot."""
    with (
        patch("custom_components.zkteco.PLATFORMS", [platform]),
        # The addresses of pictures are secret, and so random.
        patch("random.SystemRandom.getrandbits", return_value=1),
    ):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_a_device_that_can_do_little(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> None:
    """No entity offers what the device cannot do."""
    little = FakeDevice(
        info=replace(INFO, mac=None, aux_inputs=0, aux_outputs=0), capabilities=NOTHING
    )
    with patch("custom_components.zkteco.async_build_device", return_value=little):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    platforms = {
        entity_id.split(".")[0] for entity_id in hass.states.async_entity_ids()
    }
    assert platforms == {"binary_sensor", "event", "lock", "sensor"}


async def test_a_terminal_without_a_lock(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It tells who came; there is nothing to unlock."""
    info = replace(
        INFO,
        doors={1: replace(INFO.doors[1], has_lock=False)},
        aux_inputs=0,
        aux_outputs=0,
    )
    terminal = FakeDevice(info=info)
    with patch("custom_components.zkteco.async_build_device", return_value=terminal):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    platforms = {
        entity_id.split(".")[0] for entity_id in hass.states.async_entity_ids()
    }
    assert platforms == {"binary_sensor", "button", "event", "sensor"}


async def test_doors_are_devices_of_their_own(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """A door can live in another area than its panel."""
    panel = device_registry.async_get_device_by_identifier(
        (DOMAIN, SERIAL), loaded_entry.entry_id
    )
    assert panel == snapshot(name="panel")
    door = device_registry.async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-2"), loaded_entry.entry_id
    )
    assert panel and door
    assert door.parent_device_id == panel.id
    assert door.name == "Door 2"


async def test_a_door_that_is_added_appears_without_a_reload(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """An extension board brings a third door."""
    third = DoorInfo(number=3, has_contact=True, alarms=frozenset())
    device.rebuild(
        replace(INFO, doors={**INFO.doors, 3: third}),
        {**STATE.doors, 3: DoorState(relay=False, contact_open=True)},
    )
    await hass.async_block_till_done()

    assert hass.states.get("lock.panel_door_3").state == "locked"
    assert hass.states.get("binary_sensor.panel_door_3_contact").state == STATE_ON


async def test_a_door_of_a_device_behind_the_panel(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    device_registry: dr.DeviceRegistry,
) -> None:
    """It is called what is printed on that device, and stays so."""
    ninth = DoorInfo(
        number=9,
        has_contact=False,
        alarms=frozenset(),
        sub_device=SUB_SERIAL,
        sub_door=1,
    )
    info = replace(INFO, doors={**INFO.doors, 9: ninth})
    for firmware in ("AC Ver 8", "AC Ver 9"):
        device.rebuild(
            replace(info, firmware=firmware),
            {**STATE.doors, 9: DoorState(relay=False)},
        )
        await hass.async_block_till_done()
        door = device_registry.async_get_child_device_by_identifier(
            (DOMAIN, f"{SERIAL}-door-9"), loaded_entry.entry_id
        )
        assert door
        assert door.name == "Door 1 of CKPG221160003"
    assert hass.states.get("lock.panel_door_1_of_ckpg221160003").state == "locked"


async def test_what_shows_late_that_it_can_do_more(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A turnstile is one from its first count on."""
    late = FakeDevice(capabilities=Capability.HOLD_OPEN)
    with patch("custom_components.zkteco.async_build_device", return_value=late):
        assert await hass.config_entries.async_setup(entry.entry_id)
    assert hass.states.get("sensor.panel_entries") is None
    mode = hass.states.get("select.panel_door_1_mode")
    assert mode.attributes["options"] == ["normal", "held_open"]

    late.learn(Capability.TURNSTILE | Capability.LOCK_DOWN)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.panel_entries").state == "120"
    assert hass.states.get("button.panel_reset_counters")
    mode = hass.states.get("select.panel_door_1_mode")
    assert mode.attributes["options"] == ["normal", "held_open", "locked_down"]


async def test_a_contact_that_is_fitted_later_appears(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Only what is new is added; the door's other entities stay as they are."""
    assert hass.states.get("binary_sensor.panel_door_2_contact") is None
    fitted = DoorInfo(number=2, has_contact=True, alarms=frozenset({DoorAlarm.FORCED}))
    device.rebuild(replace(INFO, doors={**INFO.doors, 2: fitted}))
    device.push_door(2, contact_open=True)
    await hass.async_block_till_done()

    assert hass.states.get("binary_sensor.panel_door_2_contact").state == STATE_ON
    assert hass.states.get("lock.panel_door_2").state == "locked"


async def test_what_is_not_told_for_a_while(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The output that a device forgets to mention once is still the same one."""
    device.rebuild(replace(INFO, aux_outputs=0))
    device.rebuild(INFO)
    await hass.async_block_till_done()
    assert hass.states.get("switch.panel_auxiliary_output_1").state == "off"
    assert "does not generate unique IDs" not in caplog.text


async def test_a_door_that_is_gone_is_forgotten(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The panel was set to a single door; later it gets the second one back."""
    device.rebuild(replace(INFO, doors={1: INFO.doors[1]}), {1: STATE.doors[1]})
    await hass.async_block_till_done()

    assert hass.states.get("lock.panel_door_2") is None
    assert entity_registry.async_get("lock.panel_door_2") is None
    assert hass.states.get("lock.panel_door_1").state == "locked"
    identifier = (DOMAIN, f"{SERIAL}-door-2")
    assert not device_registry.async_get_child_device_by_identifier(
        identifier, loaded_entry.entry_id
    )

    device.rebuild(INFO, STATE.doors)
    await hass.async_block_till_done()
    assert hass.states.get("lock.panel_door_2").state == "locked"


async def test_a_new_firmware_is_shown(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The device page follows an update."""
    device.rebuild(replace(INFO, firmware="AC Ver 9"))
    panel = device_registry.async_get_device_by_identifier(
        (DOMAIN, SERIAL), loaded_entry.entry_id
    )
    assert panel and panel.sw_version == "AC Ver 9"


async def test_everything_is_unavailable_while_the_panel_is_away(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Only the connection itself still tells something."""
    device.push_state(error=CannotConnect())
    states = {state.entity_id: state.state for state in hass.states.async_all()}
    assert states.pop("binary_sensor.panel_connection") == "off"
    assert set(states.values()) == {STATE_UNAVAILABLE}

    device.push_state(error=None)
    assert hass.states.get("binary_sensor.panel_connection").state == "on"
    assert hass.states.get("lock.panel_door_1").state == "locked"
