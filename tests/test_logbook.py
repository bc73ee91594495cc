"""The logbook: what a person reads about an event.

The sentences are made by the logbook's own processor, from events as a device tells
them; the last test reads one back from the recorder.
"""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.protocol.event_codes import EVENTS, describe
from custom_components.zkteco.protocol.model import (
    AttendanceState,
    EventKind,
    VerifyMethod,
)
from homeassistant.components.logbook.models import async_event_to_row
from homeassistant.components.logbook.processor import EventProcessor
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, translation
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.fake_device import INFO, SERIAL, FakeDevice

ALICE = {"user_id": "7", "user_name": "Alice"}
CARD = {"method": VerifyMethod.CARD, "card": "1234567"}

GRANTED, NO_RIGHT, NOT_REGISTERED, FINGERPRINT_NOT_REGISTERED = 0, 23, 27, 34
WRONG_PASSWORD, HELD_OPEN, DURESS, FORCED, READER_TAMPER = 30, 28, 101, 102, 109


@pytest.fixture
def front_door(
    loaded_entry: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> dr.ChildDeviceEntry:
    """Return door 1 under the name that its owner gave it."""
    door = device_registry.async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-1"), loaded_entry.entry_id
    )
    assert door
    device_registry.async_update_child_device(door.id, name_by_user="Front door")
    return door


async def read(
    hass: HomeAssistant, device: FakeDevice, code: int, **fields: Any
) -> str:
    """Let a numbered event happen, and return what the logbook says about it."""
    event = describe(code)
    numbered = {"code": code, "name": event.name, "description": event.words}
    return await say(hass, device, event.kind, **numbered | fields)


async def say(
    hass: HomeAssistant, device: FakeDevice, kind: EventKind, **fields: Any
) -> str:
    """Let something happen at the device, and return what the logbook says about it."""
    hass.config.components.add("recorder")
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    events = async_capture_events(hass, EVENT_ZKTECO)
    device.push_event(kind, **{"door": 1} | fields)
    await hass.async_block_till_done()
    processor = EventProcessor(hass, (EVENT_ZKTECO,))
    [entry] = processor.humanify(async_event_to_row(event) for event in events)
    assert entry["domain"] == DOMAIN
    return f"{entry['name']} {entry['message']}"


@pytest.mark.parametrize(
    ("code", "fields", "sentence"),
    [
        (GRANTED, ALICE | CARD, "Alice opened Front door with a card"),
        (
            GRANTED,
            ALICE | {"method": VerifyMethod.CARD_AND_PIN_CODE},
            "Alice opened Front door with a card and PIN code",
        ),
        (
            GRANTED,
            ALICE | {"method": VerifyMethod.FACE},
            "Alice opened Front door with a face scan",
        ),
        (
            GRANTED,
            ALICE | {"method": VerifyMethod.AUTOMATIC},
            "Alice opened Front door",
        ),
        (GRANTED, ALICE, "Alice opened Front door"),
        (
            GRANTED,
            ALICE | CARD | {"attendance": AttendanceState.CHECK_IN},
            "Alice opened Front door with a card",
        ),
        (
            GRANTED,
            ALICE | CARD | {"attendance": AttendanceState.BREAK_OUT},
            "Alice opened Front door with a card and went on a break",
        ),
        (
            GRANTED,
            {"attendance": AttendanceState.CHECK_OUT},
            "Front door was opened",
        ),
        (GRANTED, {"user_id": "7"} | CARD, "User 7 opened Front door with a card"),
        (GRANTED, CARD, "Front door was opened with a card"),
        (GRANTED, {}, "Front door was opened"),
        (NO_RIGHT, ALICE | CARD, "Front door refused Alice: No right to this door"),
        (NO_RIGHT, CARD, "Front door refused a card: No right to this door"),
        (NOT_REGISTERED, CARD, "Front door refused an unknown card"),
        (NOT_REGISTERED, {}, "Front door refused an unknown person"),
        (
            FINGERPRINT_NOT_REGISTERED,
            {"method": VerifyMethod.FINGERPRINT},
            "Front door refused an unknown fingerprint",
        ),
        (WRONG_PASSWORD, {}, "Front door refused somebody: Wrong password"),
        (
            WRONG_PASSWORD,
            {"method": VerifyMethod.PIN_CODE},
            "Front door refused a PIN code: Wrong password",
        ),
        (202, {}, "Front door was opened with the exit button"),
        (8, {}, "Front door was opened remotely"),
        (9, {}, "Front door was locked remotely"),
        (200, {}, "Front door opened"),
        (201, {}, "Front door closed"),
        (FORCED, {}, "Front door was forced open"),
        (HELD_OPEN, {}, "Front door was left open for too long"),
        (DURESS, ALICE, "Alice opened Front door under duress"),
        (DURESS, {}, "Front door was opened under duress"),
        (224, {}, "Front door doorbell rang"),
        (READER_TAMPER, {}, "Front door reported: Reader tampered with"),
        (104, {}, "Front door reported: Invalid card used again and again"),
        (5, {}, "Front door reported: Door unlocked by its schedule"),
        (7, {"door": None}, "Panel reported: Alarm canceled"),
        (206, {"door": None}, "Panel reported: Device started"),
        (107, {"door": None}, "Panel reported: Mains power failed"),
        (
            221,
            {"door": None, "aux_input": 2},
            "Panel reported: Auxiliary input shorted (2)",
        ),
        (
            12,
            {"door": None, "aux_output": 1},
            "Panel reported: Auxiliary output switched on (1)",
        ),
        (3999, {}, "Front door reported: event 3999"),
        (
            GRANTED,
            ALICE | CARD | {"late": True},
            "Alice opened Front door with a card (recorded earlier)",
        ),
        (FORCED, {"late": True}, "Front door was forced open (recorded earlier)"),
    ],
)
@pytest.mark.usefixtures("front_door")
async def test_a_sentence_for(
    hass: HomeAssistant,
    device: FakeDevice,
    code: int,
    fields: dict[str, Any],
    sentence: str,
) -> None:
    """A person would say it like this."""
    assert await read(hass, device, code, **fields) == sentence


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (EventKind.IDENTIFICATION, ALICE, "Alice asks to enter Front door"),
        (
            EventKind.IDENTIFICATION,
            CARD,
            "Front door asks whether to let somebody in with a card",
        ),
        (EventKind.IDENTIFICATION, {}, "Front door asks whether to let somebody in"),
        (EventKind.BUTTON, {"key": 0}, "Front door reported: Key 0 was pressed"),
        (
            EventKind.BUTTON,
            {"description": "key pressed"},
            "Front door reported: key pressed",
        ),
        (
            EventKind.ENROLMENT,
            ALICE | {"description": "finger enrolled"},
            "Front door reported about Alice: finger enrolled",
        ),
        (
            EventKind.ENROLMENT,
            {"description": "finger not accepted"},
            "Front door reported: finger not accepted",
        ),
        (
            EventKind.USERS_CHANGED,
            {"door": None, "description": "users were changed at the device"},
            "Panel reported: users were changed at the device",
        ),
        (
            EventKind.USERS_CHANGED,
            ALICE | {"door": None, "description": "users were changed at the device"},
            "Panel reported about Alice: users were changed at the device",
        ),
    ],
)
@pytest.mark.usefixtures("front_door")
async def test_a_sentence_about_a_terminal(
    hass: HomeAssistant,
    device: FakeDevice,
    kind: EventKind,
    fields: dict[str, Any],
    sentence: str,
) -> None:
    """What only terminals tell."""
    assert await say(hass, device, kind, **fields) == sentence


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (ALICE | CARD, "Alice was recognized at Door 1 with a card"),
        (
            ALICE | {"attendance": AttendanceState.CHECK_OUT},
            "Alice was recognized at Door 1 and checked out",
        ),
        (CARD, "Door 1 recognized somebody with a card"),
    ],
)
async def test_a_terminal_without_a_lock(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fields: dict[str, Any],
    sentence: str,
) -> None:
    """Nothing is opened where there is nothing to open."""
    terminal = FakeDevice(
        replace(INFO, doors={1: replace(INFO.doors[1], has_lock=False)})
    )
    with patch("custom_components.zkteco.async_build_device", return_value=terminal):
        assert await hass.config_entries.async_setup(entry.entry_id)
    assert await read(hass, terminal, GRANTED, **fields) == sentence


async def test_a_door_without_a_name_of_its_own(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Its number tells it from the others."""
    assert await read(hass, device, FORCED, door=2) == "Door 2 was forced open"


async def test_a_door_that_is_gone(
    hass: HomeAssistant,
    device: FakeDevice,
    device_registry: dr.DeviceRegistry,
    front_door: dr.ChildDeviceEntry,
) -> None:
    """The history of a removed door can still be read."""
    device_registry.async_remove_device(front_door.id)
    assert await read(hass, device, FORCED) == "ZKTeco was forced open"


@pytest.mark.usefixtures("front_door")
async def test_every_kind_of_event_has_a_sentence(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """Whatever a device reports, the logbook can say it."""
    for kind in EventKind:
        assert await say(hass, device, kind)
    for code in EVENTS:
        assert await read(hass, device, code)


@pytest.mark.usefixtures("front_door")
async def test_in_the_language_of_the_home(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """Sentences follow the language that the owner chooses."""
    translation.async_setup(hass)
    await hass.config.async_update(language="de")
    await hass.async_block_till_done()
    came = await read(hass, device, GRANTED, **ALICE, **CARD)
    assert came == "Alice hat Front door mit Karte geöffnet"
    refused = await read(hass, device, NO_RIGHT, user_id="7")
    assert refused == "Front door hat Benutzer 7 abgewiesen: Kein Recht für diese Tür"


@pytest.mark.usefixtures("front_door")
async def test_while_the_language_changes(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """What is not there yet is said in English."""
    hass.config.language = "ko"
    assert await read(hass, device, 202) == "Front door was opened with the exit button"


@pytest.mark.usefixtures("front_door")
async def test_what_else_the_device_told(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """Words have no room for details: these come behind them."""
    sentence = await say(
        hass,
        device,
        EventKind.ENROLMENT,
        name="enrolment_started",
        description="enrolment started (card)",
        **ALICE,
    )
    assert sentence == "Front door reported about Alice: Enrollment started (card)"


async def test_read_from_the_recorder(
    recorder_mock: object,
    hass: HomeAssistant,
    device: FakeDevice,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """What the logbook page of a door shows."""
    start = dt_util.utcnow()
    assert await async_setup_component(hass, "logbook", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    door = dr.async_get(hass).async_get_child_device_by_identifier(
        (DOMAIN, f"{SERIAL}-door-1"), entry.entry_id
    )
    assert door
    device.push_event(EventKind.ACCESS_GRANTED, door=1, **ALICE, **CARD)
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)

    client = await hass_ws_client()
    await client.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": start.isoformat(),
            "device_ids": [door.id],
        }
    )
    answer = await client.receive_json()
    sentences = [
        f"{entry['name']} {entry['message']}"
        for entry in answer["result"]
        if entry.get("domain") == DOMAIN
    ]
    assert sentences == ["Alice opened Door 1 with a card"]
