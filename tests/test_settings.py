"""What a device is set to: numbers, choices and switches that appear when it has told what it has."""

from collections.abc import Collection
from dataclasses import replace
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    OutcomeUnknown,
    Unsupported,
)
from custom_components.zkteco.protocol.settings import (
    Choice,
    Range,
    Scope,
    Setting,
    SettingId,
    SettingKey as Key,
    Switch,
)
from custom_components.zkteco.settings import TRY_AGAIN
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from tests.fake_device import INFO, NOTHING, SERIAL, STATE, FakeDevice

SENSOR = "select.panel_door_1_contact_type"
DELAY = "number.panel_door_1_held_open_delay"
RELOCK = "switch.panel_door_1_lock_when_closed"
INTERLOCK = "select.panel_interlock"

SENSOR_TYPES = Choice(("none", "normally_open", "normally_closed"))
SETTINGS = (
    Setting(
        key=Key.SENSOR_TYPE,
        scope=Scope.DOOR,
        number=1,
        door=1,
        kind=SENSOR_TYPES,
        value="normally_open",
    ),
    Setting(
        key=Key.HELD_OPEN_DELAY,
        scope=Scope.DOOR,
        number=1,
        door=1,
        kind=Range(0, 255, seconds=True),
        value=15,
    ),
    Setting(
        key=Key.NORMAL_OPEN_TIME_ZONE,
        scope=Scope.DOOR,
        number=2,
        door=2,
        kind=Range(0, 255),
        value=0,
    ),
    Setting(
        key=Key.LOCK_ON_CLOSING,
        scope=Scope.DOOR,
        number=1,
        door=1,
        kind=Switch(),
        value=False,
    ),
    Setting(
        key=Key.READER_DIRECTION,
        scope=Scope.READER,
        number=4,
        door=2,
        kind=Choice(("in", "out")),
        value="out",
    ),
    Setting(
        key=Key.READER_DIRECTION,
        scope=Scope.READER,
        number=5,
        door=None,
        kind=Choice(("in", "out")),
        value="in",
    ),
    Setting(
        key=Key.INTERLOCK,
        scope=Scope.DEVICE,
        number=0,
        door=None,
        kind=Choice(("off", "doors_1_2")),
        value=None,
    ),
    Setting(
        key=Key.NTP,
        scope=Scope.DEVICE,
        number=0,
        door=None,
        kind=Switch(),
        value=True,
    ),
)


def settings(*chosen: Setting) -> dict[SettingId, Setting]:
    """Return settings as the fake device keeps them."""
    return {setting.id: setting for setting in chosen}


@pytest.fixture
def device(device: FakeDevice) -> FakeDevice:
    """Return a device that has settings."""
    device.settings = settings(*SETTINGS)
    return device


async def call(
    hass: HomeAssistant, action: str, entity_id: str, **data: object
) -> None:
    """Call an action of an entity."""
    domain = entity_id.split(".", maxsplit=1)[0]
    await hass.services.async_call(
        domain, action, {"entity_id": entity_id, **data}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)


def value(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state, entity_id
    return state.state


@pytest.mark.parametrize(
    "platform", [Platform.NUMBER, Platform.SELECT, Platform.SWITCH]
)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_all_settings(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    platform: Platform,
) -> None:
    """Each with its name, its limits and its value."""
    able = FakeDevice(info=replace(INFO, aux_outputs=0), capabilities=NOTHING)
    able.settings = settings(*SETTINGS)
    with (
        patch("custom_components.zkteco.PLATFORMS", [platform]),
        patch("custom_components.zkteco.async_build_device", return_value=able),
    ):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_the_few_that_most_owners_need(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """The others are there for those who ask for them."""
    assert value(hass, SENSOR) == "normally_open"
    assert value(hass, DELAY) == "15"
    for entity_id in (RELOCK, INTERLOCK):
        assert hass.states.get(entity_id) is None
        hidden = entity_registry.async_get(entity_id)
        assert hidden
        assert hidden.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_a_setting_is_with_its_door(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A reader too, where it is known whose it is; otherwise it is the panel's."""
    panel = device_registry.async_get_device_by_identifier(
        (DOMAIN, SERIAL), loaded_entry.entry_id
    )
    door = device_registry.async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-2"), loaded_entry.entry_id
    )
    assert panel and door
    for entity_id, device_id in (
        ("number.panel_door_2_normal_open_time_zone", door.id),
        ("select.panel_door_2_reader_4_direction", door.id),
        ("select.panel_reader_5_direction", panel.id),
        (INTERLOCK, panel.id),
    ):
        entity = entity_registry.async_get(entity_id)
        assert entity, entity_id
        assert entity.device_id == device_id


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "loaded_entry")
async def test_change(hass: HomeAssistant, device: FakeDevice) -> None:
    """One setting each, and only that one."""
    await call(hass, "select_option", SENSOR, option="none")
    await call(hass, "set_value", DELAY, value=30)
    await call(hass, "turn_on", RELOCK)
    assert value(hass, SENSOR) == "none"
    assert value(hass, DELAY) == "30"
    assert value(hass, RELOCK) == "on"
    await call(hass, "turn_off", RELOCK)
    assert value(hass, RELOCK) == "off"
    assert device.calls == [
        ("write_setting", Key.SENSOR_TYPE, 1, "none"),
        ("write_setting", Key.HELD_OPEN_DELAY, 1, 30),
        ("write_setting", Key.LOCK_ON_CLOSING, 1, True),
        ("write_setting", Key.LOCK_ON_CLOSING, 1, False),
    ]


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "loaded_entry")
async def test_what_nobody_understands(hass: HomeAssistant, device: FakeDevice) -> None:
    """It is unknown until somebody chooses something else."""
    assert value(hass, INTERLOCK) == STATE_UNKNOWN
    await call(hass, "select_option", INTERLOCK, option="off")
    assert value(hass, INTERLOCK) == "off"


@pytest.mark.parametrize("key", [Key.HELD_OPEN_DELAY, Key.LOCK_ON_CLOSING])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_nobody_understands_is_no_number_and_no_switch(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice, key: Key
) -> None:
    """Neither 0 nor off."""
    device.settings[key, 1] = replace(device.settings[key, 1], value=None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    entity_id = {Key.HELD_OPEN_DELAY: DELAY, Key.LOCK_ON_CLOSING: RELOCK}[key]
    assert value(hass, entity_id) == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("action", "entity_id", "data"),
    [
        ("set_value", DELAY, {"value": 256}),
        ("select_option", SENSOR, {"option": "maybe"}),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_limits(
    hass: HomeAssistant,
    device: FakeDevice,
    action: str,
    entity_id: str,
    data: dict[str, int | str],
) -> None:
    """The device is not asked for what it cannot be set to."""
    with pytest.raises(ServiceValidationError):
        await call(hass, action, entity_id, **data)
    assert device.calls == []


@pytest.mark.parametrize(
    ("error", "raised", "key"),
    [
        (
            InvalidValue("sensor type", "must be one of none"),
            ServiceValidationError,
            "invalid_value",
        ),
        (
            CommandRefused(-13, "the panel did not accept Door1SensorType"),
            HomeAssistantError,
            "command_refused",
        ),
        (OutcomeUnknown("no answer"), HomeAssistantError, "outcome_unknown"),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_a_change_that_fails(
    hass: HomeAssistant,
    device: FakeDevice,
    error: DeviceError,
    raised: type[HomeAssistantError],
    key: str,
) -> None:
    """It is said why, and what the device is set to now is read."""
    device.command_error = error
    device.settings = settings(replace(SETTINGS[0], value="normally_closed"))
    with pytest.raises(raised) as caught:
        await call(hass, "select_option", SENSOR, option="none")
    assert caught.value.translation_key == key
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, SENSOR) == "normally_closed"


@pytest.mark.usefixtures("loaded_entry")
async def test_a_device_that_comes_back(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """Somebody else may have changed its settings meanwhile; before, nobody reads them again."""
    device.settings = settings(replace(SETTINGS[0], value="none"), SETTINGS[1])
    device.push_door(1, relay=True)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, SENSOR) == "normally_open"
    device.push_state(error=CannotConnect())
    await hass.async_block_till_done()
    assert value(hass, SENSOR) == STATE_UNAVAILABLE
    device.push_state(error=None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, SENSOR) == "none"


async def test_a_device_that_calls_later(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Its settings are there when it is."""
    device.push_state(error=CannotConnect())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(SENSOR) is None
    device.push_state(error=None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, SENSOR) == "normally_open"


@pytest.mark.usefixtures("loaded_entry")
async def test_a_door_that_is_gone_for_a_while(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """With the door its settings go, and come back."""

    async def rebuilt(doors: Collection[int], chosen: Collection[Setting]) -> None:
        device.push_state(error=CannotConnect())
        device.rebuild(
            replace(INFO, doors={door: INFO.doors[door] for door in doors}),
            {door: STATE.doors[door] for door in doors},
        )
        device.settings = settings(*chosen)
        device.push_state(error=None)
        await hass.async_block_till_done(wait_background_tasks=True)

    await rebuilt([2], [setting for setting in SETTINGS if setting.door != 1])
    assert hass.states.get(SENSOR) is None
    await rebuilt([1, 2], SETTINGS)
    assert value(hass, SENSOR) == "normally_open"
    assert value(hass, DELAY) == "15"


async def test_settings_that_cannot_be_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    freezer: FrozenDateTimeFactory,
) -> None:
    """They are tried again after a while; the device is there all the same."""
    device.settings_error = CannotConnect()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert value(hass, "lock.panel_door_1") == "locked"
    assert hass.states.get(SENSOR) is None
    device.settings_error = None
    await pass_time(hass, freezer)
    assert value(hass, SENSOR) == "normally_open"
    # Once they are known, they stay.
    device.settings = settings(replace(SETTINGS[0], value="none"))
    await pass_time(hass, freezer)
    assert value(hass, SENSOR) == "normally_open"


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let as much time pass as it takes until settings are tried again."""
    freezer.tick(TRY_AGAIN * 1.1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_device_without_settings(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is offered, and nothing is wrong."""
    device.settings_error = Unsupported()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(SENSOR) is None
    assert "settings" not in "".join(
        record.message for record in caplog.records if record.levelname == "ERROR"
    )


@pytest.mark.usefixtures("loaded_entry")
async def test_read_again_on_request(hass: HomeAssistant, device: FakeDevice) -> None:
    """Somebody changed something at the device; what is gone is unavailable, and what is new is there."""
    await async_setup_component(hass, "homeassistant", {})
    device.settings = settings(
        replace(SETTINGS[0], kind=Choice(("none", "broken")), value="broken"),
        replace(SETTINGS[0], number=2, door=2),
    )
    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": SENSOR}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, SENSOR) == "broken"
    assert value(hass, DELAY) == STATE_UNAVAILABLE
    assert value(hass, "select.panel_door_2_contact_type") == "normally_open"
