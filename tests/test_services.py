"""The actions: what reaches the device, what comes back, and what is refused."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.event_data import event_data
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    OutcomeUnknown,
    Unsupported,
)
from custom_components.zkteco.protocol.model import EventKind, PanelState, Sound
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, ServiceResponse
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.service import async_get_all_descriptions
from scripts.demo.hass import stand_in
from tests.fake_device import SERIAL, FakeDevice, make_event

PANEL_ACTIONS = (
    "cancel_alarm",
    "sync_time",
    "restart",
    "reset_counters",
    "release_floors",
    "play_sound",
    "show_text",
    "clear_text",
    "authorize_sub_device",
    "emergency_open",
    "emergency_close",
    "get_events",
    "get_parameters",
    "set_parameters",
)
DOOR_ACTIONS = (
    "open_door",
    "hold_open",
    "release_door",
    "lock_down",
    "end_lock_down",
)
ACTIONS = (*DOOR_ACTIONS, "answer_identification", "set_aux_output", *PANEL_ACTIONS)


@pytest.fixture(scope="module", autouse=True)
def without_voice() -> None:
    """Let Home Assistant describe its actions, for which it imports what needs a compiler."""
    stand_in()


@pytest.fixture
def lock(loaded_entry: MockConfigEntry, entity_registry: er.EntityRegistry) -> str:
    """Return the lock of door 1."""
    entity_id = entity_registry.async_get_entity_id(
        "lock", DOMAIN, f"{SERIAL}-door-1-lock"
    )
    assert entity_id
    return entity_id


@pytest.fixture
def output(loaded_entry: MockConfigEntry, entity_registry: er.EntityRegistry) -> str:
    """Return the switch of auxiliary output 1."""
    entity_id = entity_registry.async_get_entity_id(
        "switch", DOMAIN, f"{SERIAL}-aux-output-1"
    )
    assert entity_id
    return entity_id


@pytest.fixture
def panel(loaded_entry: MockConfigEntry, device_registry: dr.DeviceRegistry) -> str:
    """Return the panel's device."""
    entry = device_registry.async_get_device_by_identifier(
        (DOMAIN, SERIAL), loaded_entry.entry_id
    )
    assert entry
    return entry.id


@pytest.fixture
def valid(lock: str, output: str, panel: str) -> dict[str, dict[str, Any]]:
    """Return the least that each action needs."""
    return {
        **{action: {ATTR_ENTITY_ID: lock} for action in DOOR_ACTIONS},
        "answer_identification": {ATTR_ENTITY_ID: lock, "allow": True},
        "set_aux_output": {ATTR_ENTITY_ID: output, "state": True},
        **{action: {ATTR_DEVICE_ID: panel} for action in PANEL_ACTIONS},
        "release_floors": {ATTR_DEVICE_ID: panel, "floors": [3]},
        "play_sound": {ATTR_DEVICE_ID: panel, "sound": "bell"},
        "show_text": {ATTR_DEVICE_ID: panel, "text": "Hello"},
        "authorize_sub_device": {ATTR_DEVICE_ID: panel, "serial": "SUB1"},
        "get_parameters": {ATTR_DEVICE_ID: panel, "names": ["FirmVer"]},
        "set_parameters": {ATTR_DEVICE_ID: panel, "values": {"Door1Drivertime": 9}},
    }


async def act(
    hass: HomeAssistant, action: str, context: Context | None = None, **data: Any
) -> ServiceResponse:
    """Perform an action, and return its answer where it has one."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        data,
        blocking=True,
        context=context,
        return_response=action.startswith("get_"),
    )


async def test_open_a_door(hass: HomeAssistant, device: FakeDevice, lock: str) -> None:
    """For the door's own time, or for as long as asked."""
    await act(hass, "open_door", entity_id=lock)
    await act(hass, "open_door", entity_id=lock, seconds="254")
    assert device.calls == [("open_door", 1, None), ("open_door", 1, 254)]


async def test_hold_and_release_a_door(
    hass: HomeAssistant, device: FakeDevice, lock: str
) -> None:
    """A door stays unlocked until it is released."""
    await act(hass, "hold_open", entity_id=lock)
    assert hass.states.get(lock).state == "unlocked"
    await act(hass, "release_door", entity_id=lock)
    assert hass.states.get(lock).state == "locked"
    assert device.calls == [("hold_open", 1), ("release_door", 1)]


async def test_lock_a_door_down(
    hass: HomeAssistant, device: FakeDevice, lock: str
) -> None:
    """Nobody gets in, not even through a door that was held open."""
    mode = "select.panel_door_1_mode"
    await act(hass, "hold_open", entity_id=lock)
    await act(hass, "lock_down", entity_id=lock)
    assert hass.states.get(lock).state == "locked"
    assert hass.states.get(mode).state == "locked_down"
    await act(hass, "end_lock_down", entity_id=lock)
    assert hass.states.get(mode).state == "normal"
    assert device.calls == [
        ("hold_open", 1),
        ("lock_down", 1, True),
        ("release_door", 1),
        ("lock_down", 1, False),
    ]


async def test_a_door_that_vanishes_while_it_is_locked_down(
    hass: HomeAssistant, device: FakeDevice, lock: str
) -> None:
    """What is not there any more needs no locking."""
    device.answering.clear()
    task = asyncio.create_task(act(hass, "lock_down", entity_id=lock))
    await asyncio.sleep(0)

    def lose_the_door(state: PanelState) -> None:
        stop()
        info = replace(device.info, doors={2: device.info.doors[2]})
        device.rebuild(info, {2: device.state.doors[2]})

    stop = device.on_state(lose_the_door)
    device.answering.set()
    await task
    assert device.calls == [("lock_down", 1, True)]


async def test_answer_who_may_come_in(
    hass: HomeAssistant, device: FakeDevice, lock: str
) -> None:
    """The device opens the door, or shows why not."""
    answer = "answer_identification"
    await act(hass, answer, entity_id=lock, allow=True)
    await act(hass, answer, entity_id=lock, allow=False, message="Closed today")
    await act(hass, answer, entity_id=lock, allow=True, user_id=7)
    assert device.calls == [
        (answer, 1, True, "", None),
        (answer, 1, False, "Closed today", None),
        (answer, 1, True, "", "7"),
    ]


async def test_an_elevator(hass: HomeAssistant, device: FakeDevice, panel: str) -> None:
    """Its buttons are released for a while, those of floors that there can be."""
    await act(hass, "release_floors", device_id=panel, floors=["1", 12], seconds=30)
    await act(hass, "release_floors", device_id=panel, floors=3)
    assert device.calls == [
        ("release_floors", [1, 12], 30),
        ("release_floors", [3], 5),
    ]
    for floors in ([], [0], [257], ["roof"]):
        with pytest.raises(vol.Invalid):
            await act(hass, "release_floors", device_id=panel, floors=floors)


async def test_an_emergency(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """Every door, at once."""
    await act(hass, "emergency_open", device_id=panel)
    assert {state.state for state in hass.states.async_all("lock")} == {"unlocked"}
    await act(hass, "emergency_close", device_id=panel)
    assert {state.state for state in hass.states.async_all("lock")} == {"locked"}
    assert device.calls == [("emergency", True), ("emergency", False)]


async def test_switch_an_output(
    hass: HomeAssistant, device: FakeDevice, output: str
) -> None:
    """On, on for a while, off."""
    await act(hass, "set_aux_output", entity_id=output, state="on")
    await act(hass, "set_aux_output", entity_id=output, state=True, seconds=30)
    await act(hass, "set_aux_output", entity_id=output, state=False)
    assert device.calls == [
        ("set_aux_output", 1, True, None),
        ("set_aux_output", 1, True, 30),
        ("set_aux_output", 1, False, None),
    ]


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        # 255 would hold a door open for ever.
        ("open_door", {"seconds": 255}),
        ("open_door", {"seconds": 0}),
        ("open_door", {"seconds": "long"}),
        ("set_aux_output", {"seconds": 255}),
        ("set_aux_output", {"seconds": 0}),
        ("set_aux_output", {"state": "maybe"}),
        ("play_sound", {"sound": "whistle"}),
        ("show_text", {"line": 0}),
        ("show_text", {"line": 9}),
        ("show_text", {"text": None}),
        ("get_events", {"limit": 0}),
        ("get_events", {"limit": 1001}),
        ("get_events", {"since": "yesterday"}),
        ("get_parameters", {"names": []}),
        ("set_parameters", {"values": {}}),
        ("set_parameters", {"values": {"Door1Drivertime": None}}),
        ("set_parameters", {"values": "Door1Drivertime"}),
    ],
)
async def test_a_wrong_field_is_named(
    hass: HomeAssistant,
    device: FakeDevice,
    valid: dict[str, dict[str, Any]],
    action: str,
    wrong: dict[str, Any],
) -> None:
    """Nothing reaches the device, and the error says which field is to blame."""
    [field] = wrong
    with pytest.raises(vol.Invalid, match=field):
        await act(hass, action, **valid[action] | wrong)
    assert device.calls == []


@pytest.mark.parametrize(
    ("action", "verb"),
    [
        ("cancel_alarm", "cancel_alarms"),
        ("sync_time", "sync_time"),
        ("restart", "restart"),
        ("reset_counters", "reset_counters"),
        ("clear_text", "clear_text"),
    ],
)
async def test_a_panel_obeys(
    hass: HomeAssistant, device: FakeDevice, panel: str, action: str, verb: str
) -> None:
    """What concerns the whole panel."""
    await act(hass, action, device_id=panel)
    assert device.calls == [(verb,)]


async def test_a_device_behind_the_panel_is_authorized(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """It takes part from then on."""
    await act(hass, "authorize_sub_device", device_id=panel, serial="SUB1")
    assert device.calls == [("authorize_sub_device", "SUB1")]


async def test_a_terminal_speaks(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """Each sound that the user interface offers is one that devices know, and no more."""
    descriptions = (await async_get_all_descriptions(hass))[DOMAIN]
    offered = descriptions["play_sound"]["fields"]["sound"]["selector"]["select"]
    for sound in offered["options"]:
        await act(hass, "play_sound", device_id=panel, sound=sound)
    assert device.calls == [("play_sound", sound) for sound in Sound]


async def test_a_terminal_shows_a_text(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """In the first line, or in another one."""
    await act(hass, "show_text", device_id=panel, text="Back at two")
    await act(hass, "show_text", device_id=panel, text="Back at three", line=8)
    assert device.calls == [
        ("show_text", "Back at two", 1),
        ("show_text", "Back at three", 8),
    ]


async def test_a_door_stands_for_its_panel(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Nobody has to know in which panel a door ends."""
    door = device_registry.async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-1"), loaded_entry.entry_id
    )
    assert door
    await act(hass, "cancel_alarm", device_id=door.id)
    assert device.calls == [("cancel_alarms",)]


async def test_past_events(hass: HomeAssistant, device: FakeDevice, panel: str) -> None:
    """They come as the bus would tell them, with the card numbers cut."""
    old, new = (
        make_event(
            EventKind.ACCESS_GRANTED,
            time=datetime(2026, 11, day, 12, 0, tzinfo=UTC),
            door=1,
            user_name="Alice",
            card="1234567",
            late=True,
        )
        for day in (19, 20)
    )
    device.log = [old, new]
    cards = hass.config_entries.async_entries(DOMAIN)[0].runtime_data.cards

    answer = await act(hass, "get_events", device_id=panel)
    assert answer == {"events": [event_data(old, cards), event_data(new, cards)]}
    assert answer["events"][0]["card"] == "…4567"
    assert device.calls[-1] == ("read_events", None, 100)

    answer = await act(hass, "get_events", device_id=panel, limit=1)
    assert answer == {"events": [event_data(new, cards)]}


async def test_past_events_since_a_local_time(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """A time without a zone is the home's own."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await act(hass, "get_events", device_id=panel, since="2026-11-20 12:00:00")
    _, since, _ = device.calls[-1]
    assert since == datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


async def test_settings(hass: HomeAssistant, device: FakeDevice, panel: str) -> None:
    """Written values are there when they are read again; unknown names are absent."""
    await act(hass, "set_parameters", device_id=panel, values={"Door1Drivertime": 9})
    answer = await act(
        hass, "get_parameters", device_id=panel, names=["Door1Drivertime", "Nonsense"]
    )
    assert answer == {"values": {"Door1Drivertime": "9"}}


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("set_parameters", ("set_parameters", {"Door1Drivertime": "9"})),
        ("emergency_open", ("emergency", True)),
        ("emergency_close", ("emergency", False)),
    ],
)
async def test_only_an_administrator_opens_a_house(
    hass: HomeAssistant,
    device: FakeDevice,
    valid: dict[str, dict[str, Any]],
    *,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
    action: str,
    call: tuple[str, dict[str, str] | bool],
) -> None:
    """A wrong setting can leave a door open, too."""
    with pytest.raises(Unauthorized):
        await act(
            hass, action, Context(user_id=hass_read_only_user.id), **valid[action]
        )
    assert device.calls == []
    await act(hass, action, Context(user_id=hass_admin_user.id), **valid[action])
    assert device.calls == [call]


@pytest.mark.parametrize(
    "action",
    [
        *DOOR_ACTIONS,
        "answer_identification",
        "set_aux_output",
        "cancel_alarm",
        "sync_time",
        "restart",
        "reset_counters",
        "release_floors",
        "play_sound",
        "show_text",
        "clear_text",
    ],
)
async def test_whoever_may_only_look(
    hass: HomeAssistant,
    device: FakeDevice,
    valid: dict[str, dict[str, Any]],
    hass_read_only_user: MockUser,
    action: str,
) -> None:
    """Somebody without the right to control anything brings nothing about."""
    with pytest.raises(Unauthorized):
        await act(
            hass, action, Context(user_id=hass_read_only_user.id), **valid[action]
        )
    assert device.calls == []


async def test_no_administrator_is_needed_to_use_a_panel(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """Everybody who lives there can silence an alarm."""
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group
    user = MockUser(groups=[group]).add_to_hass(hass)
    await act(hass, "cancel_alarm", Context(user_id=user.id), device_id=panel)
    assert device.calls == [("cancel_alarms",)]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CannotConnect(), (HomeAssistantError, "Panel cannot be reached")),
        (CommandRefused(-28, "held open"), (HomeAssistantError, "held open")),
        (OutcomeUnknown(), (HomeAssistantError, "may or may not")),
        (Unsupported(), (ServiceValidationError, "does not support")),
        (
            InvalidValue("Door1Drivertime", "a whole number from 0 to 254"),
            (
                ServiceValidationError,
                "Door1Drivertime: a whole number from 0 to 254",
            ),
        ),
    ],
)
async def test_every_action_says_what_went_wrong(
    hass: HomeAssistant,
    device: FakeDevice,
    valid: dict[str, dict[str, Any]],
    error: DeviceError,
    expected: tuple[type[Exception], str],
) -> None:
    """In words, and as the caller's mistake only where it is one."""
    kind, words = expected
    device.command_error = error
    for action in ACTIONS:
        with pytest.raises(HomeAssistantError, match=words) as raised:
            await act(hass, action, **valid[action])
        assert type(raised.value) is kind


async def test_a_panel_that_is_not_loaded(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    valid: dict[str, dict[str, Any]],
) -> None:
    """The actions stay and say why they cannot act."""
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    for action in PANEL_ACTIONS:
        with pytest.raises(ServiceValidationError) as raised:
            await act(hass, action, **valid[action])
        assert raised.value.translation_key == "service_config_entry_not_loaded"


async def test_every_action_is_described(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """The fields in the user interface are those that the actions take."""
    descriptions = (await async_get_all_descriptions(hass))[DOMAIN]
    fields = {name: set(descriptions[name]["fields"]) for name in ACTIONS}
    assert fields == {
        "open_door": {"seconds"},
        "hold_open": set(),
        "release_door": set(),
        "lock_down": set(),
        "end_lock_down": set(),
        "answer_identification": {"allow", "message", "user_id"},
        "set_aux_output": {"state", "seconds"},
        "cancel_alarm": {"device_id"},
        "sync_time": {"device_id"},
        "restart": {"device_id"},
        "reset_counters": {"device_id"},
        "release_floors": {"device_id", "floors", "seconds"},
        "play_sound": {"device_id", "sound"},
        "show_text": {"device_id", "text", "line"},
        "clear_text": {"device_id"},
        "authorize_sub_device": {"device_id", "serial"},
        "emergency_open": {"device_id"},
        "emergency_close": {"device_id"},
        "get_events": {"device_id", "since", "limit"},
        "get_parameters": {"device_id", "names"},
        "set_parameters": {"device_id", "values"},
    }
