"""The blueprints can be imported, and do what they say."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.zkteco.const import CONF_CARD_NUMBERS, CardNumbers
from custom_components.zkteco.protocol.model import EventKind
from custom_components.zkteco.protocol.people import Ability, Right, User
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
from tests.fake_device import LIMITS, FakeDevice

FOLDER = Path(__file__).parents[1] / "blueprints/automation/zkteco"
ACCESS = "event.panel_door_2_access"


def load(name: str) -> Blueprint:
    """Return a blueprint, as Home Assistant's own schema accepts it."""
    return Blueprint(
        load_yaml_dict(str(FOLDER / name)),
        path=name,
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda p: p.stem)
def test_blueprints_are_valid(path: Path) -> None:
    """Home Assistant takes each of them, and knows where it came from."""
    blueprint = load(path.name)
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(
        f"/main/{path.relative_to(FOLDER.parents[2])}"
    )


@pytest.fixture
async def questions(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    freezer: FrozenDateTimeFactory,
) -> list[ServiceCall]:
    """Return what a phone was told, with the blueprint for unknown cards in use."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to("2026-11-20 12:00:00+01:00")
    hass.config_entries.async_update_entry(
        entry, options={CONF_CARD_NUMBERS: CardNumbers.FULL}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    app = MockConfigEntry(domain="mobile_app")
    app.add_to_hass(hass)
    phone = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id,
        identifiers={("mobile_app", "1")},
        name="Alice's phone",
    )
    told = async_mock_service(hass, "notify", "mobile_app_alice_s_phone")
    use = {
        "use_blueprint": {
            "path": "add_unknown_card.yaml",
            "input": {"doors": [ACCESS], "phone": phone.id, "days": 2},
        }
    }
    with patch.object(
        DomainBlueprints, "_load_blueprint", return_value=load("add_unknown_card.yaml")
    ):
        assert await async_setup_component(hass, "automation", {"automation": use})
    await hass.async_block_till_done()
    return told


async def settle() -> None:
    """Let everything happen that can: an automation that waits for a tap is never done."""
    for _ in range(100):
        await asyncio.sleep(0)


async def show_card(hass: HomeAssistant, device: FakeDevice, **fields: Any) -> None:
    """Hold a card to the reader of door 2."""
    event: dict[str, Any] = {"name": "not_registered", "door": 2, "card": "3141592653"}
    device.push_event(EventKind.ACCESS_DENIED, **event | fields)
    await settle()


async def tap(hass: HomeAssistant, question: ServiceCall) -> None:
    """Tap the only button of a notification."""
    [button] = question.data["data"]["actions"]
    hass.bus.async_fire("mobile_app_notification_action", {"action": button["action"]})
    await settle()


async def test_an_unknown_card_is_added(
    hass: HomeAssistant, device: FakeDevice, questions: list[ServiceCall]
) -> None:
    """One notification and one tap."""
    device.users = {"7": User(user_id="7"), "A1": User(user_id="A1")}
    await show_card(hass, device)
    [question] = questions
    assert question.data["title"] == "Unknown card at Door 2"
    assert question.data["message"] == "Card 3141592653"
    assert device.users.keys() == {"7", "A1"}
    await tap(hass, question)
    user = device.users["8"]
    assert user.valid_until
    assert replace(user, valid_until=None) == User(
        user_id="8",
        name="Guest 2653",
        cards=("3141592653",),
        rights=frozenset({Right(2)}),
    )
    assert user.valid_until.isoformat() == "2026-11-22T12:00:00"
    assert (
        questions[1].data["message"]
        == "Guest 2653 may now come in at Door 2, as user 8."
    )


async def test_a_device_that_holds_little(
    hass: HomeAssistant, device: FakeDevice, questions: list[ServiceCall]
) -> None:
    """It gets the card and what else it can hold."""
    device.limits = replace(LIMITS, abilities=Ability.CARDS)
    await show_card(hass, device)
    await tap(hass, questions[0])
    assert device.users == {"1": User(user_id="1", cards=("3141592653",))}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "anti_passback", "user_id": "1"},
        {"card": None, "name": "finger_not_registered"},
    ],
)
async def test_others_are_nobodys_question(
    hass: HomeAssistant,
    device: FakeDevice,
    questions: list[ServiceCall],
    fields: dict[str, Any],
) -> None:
    """Who is known, or shows no card, is not to be added."""
    await show_card(hass, device, **fields)
    assert questions == []


async def test_a_late_tap_does_nothing(
    hass: HomeAssistant,
    device: FakeDevice,
    questions: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """A forgotten notification opens no door next week."""
    await show_card(hass, device)
    freezer.tick(16 * 60)
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle()
    await tap(hass, questions[0])
    assert device.users == {}
