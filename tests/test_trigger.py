"""The triggers: an automation that names what happens at a door."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import voluptuous as vol

from custom_components.zkteco.const import CONF_CARD_NUMBERS, DOMAIN, CardNumbers
from custom_components.zkteco.protocol.model import Direction, EventKind
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.helpers.trigger import (
    async_get_all_descriptions,
    async_validate_trigger_config,
)
from homeassistant.setup import async_setup_component
from tests.fake_device import SERIAL, FakeDevice

KINDS = [
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.EXIT_BUTTON,
    EventKind.DOOR_FORCED,
    EventKind.DOOR_HELD_OPEN,
    EventKind.DURESS,
    EventKind.DOORBELL,
    EventKind.BUTTON,
    EventKind.ENROLMENT,
    EventKind.IDENTIFICATION,
]


@pytest.fixture
def ran(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the automations did."""
    return async_mock_service(hass, "test", "ran")


async def automate(
    hass: HomeAssistant,
    trigger: str,
    *,
    domain: str = DOMAIN,
    options: dict[str, Any] | None = None,
    **target: str | list[str],
) -> None:
    """Set up an automation."""
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {
                    "trigger": f"{domain}.{trigger}",
                    "target": target,
                    "options": options or {},
                },
                "actions": {
                    "action": "test.ran",
                    "data": {"entity": "{{ trigger.entity_id }}"},
                },
            }
        },
    )
    await hass.async_block_till_done()


def door_event(registry: er.EntityRegistry, door: int) -> str:
    """Return the event entity of a door."""
    entity_id = registry.async_get_entity_id(
        "event", DOMAIN, f"{SERIAL}-door-{door}-access"
    )
    assert entity_id
    return entity_id


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("loaded_entry")
async def test_each_trigger_knows_its_kind(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
    kind: EventKind,
) -> None:
    """It fires for its own kind at its own door, and for nothing else."""
    entity_id = door_event(entity_registry, 1)
    await automate(hass, kind.value, entity_id=entity_id)
    for other in EventKind:
        if other is not kind:
            device.push_event(other, door=1)
    device.push_event(kind, door=2)
    device.push_event(kind, door=1, late=True)
    await hass.async_block_till_done()
    assert ran == []

    device.push_event(kind, door=1)
    device.push_event(kind, door=1)
    await hass.async_block_till_done()
    assert [call.data["entity"] for call in ran] == [entity_id, entity_id]


async def test_a_lost_connection_is_no_event(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
) -> None:
    """The old event that comes back with the entity fires nothing."""
    entity_id = door_event(entity_registry, 1)
    await automate(hass, "access_granted", entity_id=entity_id)
    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    await hass.async_block_till_done()
    assert len(ran) == 1

    await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert hass.states.get(entity_id).state == STATE_UNAVAILABLE
    await hass.config_entries.async_setup(loaded_entry.entry_id)
    await hass.async_block_till_done()
    assert len(ran) == 1


@pytest.mark.usefixtures("loaded_entry")
async def test_an_area_holds_other_event_entities_too(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
) -> None:
    """Another integration's event of the same name is not ours."""
    area = ar.async_get(hass).async_get_or_create("Hall")
    ours = door_event(entity_registry, 1)
    theirs = entity_registry.async_get_or_create("event", "other", "1").entity_id
    for entity_id in (ours, theirs):
        entity_registry.async_update_entity(entity_id, area_id=area.id)
    await automate(hass, "access_granted", area_id=area.id)

    for state in ("2026-11-20T12:00:00", "2026-11-20T12:00:01"):
        hass.states.async_set(theirs, state, {"event_type": "access_granted"})
    await hass.async_block_till_done()
    assert ran == []

    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    await hass.async_block_till_done()
    assert [call.data["entity"] for call in ran] == [ours]


def door_bell(registry: er.EntityRegistry) -> str:
    """Return the doorbell entity of door 1."""
    entity_id = registry.async_get_entity_id(
        "event", DOMAIN, f"{SERIAL}-door-1-doorbell"
    )
    assert entity_id
    return entity_id


@pytest.mark.parametrize("meant", ["access", "bell", "both", "door"])
@pytest.mark.usefixtures("loaded_entry")
async def test_a_ring_fires_once_whatever_is_meant(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
    meant: str,
) -> None:
    """Two entities of the door tell of it: either is enough, and both are not too much."""
    access, bell = door_event(entity_registry, 1), door_bell(entity_registry)
    door = entity_registry.async_get(bell).device_id
    assert door
    targets: dict[str, dict[str, str | list[str]]] = {
        "access": {"entity_id": access},
        "bell": {"entity_id": bell},
        "both": {"entity_id": [access, bell]},
        "door": {"device_id": door},
    }
    await automate(hass, "doorbell", **targets[meant])
    device.push_event(EventKind.DOORBELL, door=1)
    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    await hass.async_block_till_done()
    assert len(ran) == 1


@pytest.mark.usefixtures("loaded_entry")
async def test_a_ring_is_one_without_the_access_entity(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
) -> None:
    """The owner disabled it; the bell still counts."""
    access, bell = door_event(entity_registry, 1), door_bell(entity_registry)
    entity_registry.async_update_entity(
        access, disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    await automate(hass, "doorbell", entity_id=[access, bell])
    device.push_event(EventKind.DOORBELL, door=1)
    await hass.async_block_till_done()
    assert [call.data["entity"] for call in ran] == [bell]


@pytest.mark.usefixtures("loaded_entry")
async def test_home_assistants_own_doorbell_trigger(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
) -> None:
    """It knows our bell, and fires once for the whole door."""
    bell = door_bell(entity_registry)
    door = entity_registry.async_get(bell).device_id
    assert door
    assert await async_setup_component(hass, "doorbell", {})
    await automate(hass, "rang", domain="doorbell", device_id=door)
    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    device.push_event(EventKind.DOORBELL, door=1)
    await hass.async_block_till_done()
    assert [call.data["entity"] for call in ran] == [bell]


@pytest.mark.usefixtures("loaded_entry")
async def test_every_trigger_is_described(hass: HomeAssistant) -> None:
    """The user interface offers them all, for our event entities."""
    assert await async_setup_component(hass, "automation", {})
    await hass.async_block_till_done()
    descriptions = {
        name: about
        for name, about in (await async_get_all_descriptions(hass)).items()
        if name.startswith(f"{DOMAIN}.")
    }
    assert set(descriptions) == {f"{DOMAIN}.{kind}" for kind in KINDS}
    for about in descriptions.values():
        assert about["target"]["entity"] == [
            {"domain": ["event"], "integration": DOMAIN}
        ]


ALICE = {"user_id": "42", "user_name": "Alice", "direction": Direction.IN}
BOB = {"user_id": "43", "user_name": "Bob", "direction": Direction.OUT, "key": 2}
NOBODY: dict[str, Any] = {}


GRANTED = EventKind.ACCESS_GRANTED


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        (GRANTED, {"user": "Alice"}, ALICE),
        (GRANTED, {"user": " aLICE "}, ALICE),
        (GRANTED, {"user": ["Carol", "Alice"]}, ALICE),
        (GRANTED, {"user": "ÅSA"}, {"user_name": "Åsa "}),
        (GRANTED, {"user": "42"}, ALICE),
        (GRANTED, {"user": 42}, ALICE),
        (GRANTED, {"user": "0042"}, ALICE),
        (GRANTED, {"user": "42"}, ALICE | {"user_id": "0042"}),
        (GRANTED, {"user": "a7"}, {"user_id": "A7"}),
        (GRANTED, {"direction": "in"}, ALICE),
        (GRANTED, {"user": "Alice", "direction": "in"}, ALICE),
        (EventKind.ACCESS_DENIED, {"user": "Alice", "direction": "in"}, ALICE),
        (EventKind.DURESS, {"user": "Alice", "direction": "in"}, ALICE),
        (EventKind.IDENTIFICATION, {"user": "Alice", "direction": "in"}, ALICE),
        (EventKind.ENROLMENT, {"user": "Alice"}, ALICE),
        (EventKind.BUTTON, {"key": 3}, {"key": 3}),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_only_who_is_meant(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
    *,
    kind: EventKind,
    options: dict[str, Any],
    told: dict[str, Any],
) -> None:
    """It fires for whom it is limited to, here and now; neither for others nor for strangers."""
    entity_id = door_event(entity_registry, 1)
    await automate(hass, kind.value, options=options, entity_id=entity_id)
    for other in (BOB, NOBODY):
        device.push_event(kind, door=1, **other)
    device.push_event(kind, door=1, late=True, **told)
    device.push_event(kind, door=2, **told)
    await hass.async_block_till_done()
    assert ran == []

    device.push_event(kind, door=1, **told)
    await hass.async_block_till_done()
    assert len(ran) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"user": "Ali"},
        {"user": "4"},
        {"user": "420"},
        {"user": "0"},
        {"user": "Alice", "direction": "out"},
        {"user": "Bob", "direction": "in"},
        {"user": "Alice", "card": "1234567"},
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_almost_is_not_enough(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
    options: dict[str, Any],
) -> None:
    """Names and IDs are whole, and all that is asked for has to be true."""
    entity_id = door_event(entity_registry, 1)
    await automate(hass, "access_granted", options=options, entity_id=entity_id)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, **ALICE)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="", user_name="")
    await hass.async_block_till_done()
    assert ran == []


@pytest.mark.parametrize(
    ("shown", "written", "card", "fires"),
    [
        (CardNumbers.FULL, "1234567", "1234567", True),
        (CardNumbers.FULL, 1234567, "1234567", True),
        (CardNumbers.FULL, "0001234567", "1234567", True),
        (CardNumbers.FULL, ["7654321", "1234567"], "1234567", True),
        (CardNumbers.FULL, "4567", "1234567", False),
        (CardNumbers.FULL, "1234567", None, False),
        (CardNumbers.LAST_FOUR, "1234567", "1234567", True),
        (CardNumbers.LAST_FOUR, "4567", "1234567", True),
        (CardNumbers.LAST_FOUR, "…4567", "1234567", True),
        (CardNumbers.LAST_FOUR, "0567", "1230567", True),
        # Nobody can tell these apart.
        (CardNumbers.LAST_FOUR, "9994567", "1234567", True),
        (CardNumbers.LAST_FOUR, "1234568", "1234567", False),
        (CardNumbers.LAST_FOUR, "567", "1234567", False),
        # Of a number that short nothing is shown.
        (CardNumbers.LAST_FOUR, "4567", "4567", False),
        (CardNumbers.LAST_FOUR, "4567", None, False),
        (CardNumbers.NONE, "1234567", "1234567", False),
    ],
)
async def test_only_a_card(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    ran: list[ServiceCall],
    *,
    shown: CardNumbers,
    written: Any,
    card: str | None,
    fires: bool,
) -> None:
    """It knows as much of a card as events may tell."""
    hass.config_entries.async_update_entry(entry, options={CONF_CARD_NUMBERS: shown})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    entity_id = door_event(entity_registry, 1)
    await automate(
        hass, "access_denied", options={"card": written}, entity_id=entity_id
    )
    device.push_event(EventKind.ACCESS_DENIED, door=1, card=card)
    await hass.async_block_till_done()
    assert bool(ran) is fires


@pytest.mark.parametrize(
    ("trigger", "options", "why"),
    [
        ("access_granted", {"user": []}, "write at least one"),
        ("access_granted", {"user": ["Alice", " "]}, "leave none empty"),
        ("access_granted", {"user": [None]}, "string value is None"),
        ("access_granted", {"card": "12AB"}, "digits only"),
        ("access_granted", {"direction": "up"}, "direction"),
        ("access_granted", {"colour": "red"}, "colour"),
        ("button", {"key": 256}, "at most 255"),
        ("button", {"key": "three"}, "expected int"),
        ("exit_button", {"user": "Alice"}, "user"),
        ("doorbell", {"direction": "in"}, "direction"),
        ("enrolment", {"card": "1234567"}, "card"),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_mistakes_are_told(
    hass: HomeAssistant, trigger: str, options: dict[str, Any], why: str
) -> None:
    """A filter that cannot work is refused when the automation is written."""
    with pytest.raises(vol.Invalid, match=why):
        await async_validate_trigger_config(
            hass,
            [
                {
                    "platform": f"{DOMAIN}.{trigger}",
                    "target": {"entity_id": "event.panel_door_1_access"},
                    "options": options,
                }
            ],
        )
