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
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import CONF_CARD_NUMBERS, CONF_DECIDE, CardNumbers
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.protocol.model import (
    AttendanceState,
    Direction,
    EventKind,
)
from custom_components.zkteco.protocol.people import Ability, Right, User
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
from tests.fake_device import LIMITS, FakeDevice
from tests.push_calls import SERIAL, call, push_entry, request

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
    told = async_mock_service(hass, "notify", "mobile_app_alice_s_phone")
    inputs = {"doors": [ACCESS], "phone": add_phone(hass), "days": 2}
    await use(hass, "add_unknown_card.yaml", inputs)
    return told


def add_phone(hass: HomeAssistant) -> str:
    """Return the device of a phone with Home Assistant's app."""
    app = MockConfigEntry(domain="mobile_app")
    app.add_to_hass(hass)
    phone = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id,
        identifiers={("mobile_app", "1")},
        name="Alice's phone",
    )
    return phone.id


async def use(hass: HomeAssistant, name: str, inputs: dict[str, Any]) -> None:
    """Make an automation from a blueprint."""
    automation = {"use_blueprint": {"path": name, "input": inputs}}
    with patch.object(DomainBlueprints, "_load_blueprint", return_value=load(name)):
        assert await async_setup_component(
            hass, "automation", {"automation": automation}
        )
    await hass.async_block_till_done()


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


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what Alice's phone was told."""
    return async_mock_service(hass, "notify", "mobile_app_alice_s_phone")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"user_id": "1001", "user_name": "Bob"}, "Bob came in."),
        ({"user_id": "1001", "direction": Direction.OUT}, "User 1001 went out."),
        ({}, "Somebody came in."),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_tell_who_came(
    hass: HomeAssistant,
    device: FakeDevice,
    told: list[ServiceCall],
    fields: dict[str, Any],
    message: str,
) -> None:
    """By name, as far as it is known, and which way."""
    inputs = {"doors": [ACCESS], "phones": [add_phone(hass)]}
    await use(hass, "tell_who_came.yaml", inputs)
    device.push_event(EventKind.ACCESS_DENIED, door=2)
    device.push_event(EventKind.ACCESS_GRANTED, door=1)
    device.push_event(EventKind.ACCESS_GRANTED, door=2, **fields)
    await hass.async_block_till_done()
    assert [call.data for call in told] == [{"title": "Door 2", "message": message}]


@pytest.mark.usefixtures("loaded_entry")
async def test_call_for_help(
    hass: HomeAssistant, device: FakeDevice, told: list[ServiceCall]
) -> None:
    """A critical notification says where and who."""
    inputs = {"doors": [ACCESS], "phones": [add_phone(hass)]}
    await use(hass, "duress.yaml", inputs)
    device.push_event(EventKind.DURESS, door=2, user_id="1001", user_name="Bob")
    await hass.async_block_till_done()
    [call] = told
    assert call.data["title"] == "Duress at Door 2"
    assert "by Bob" in call.data["message"]
    assert call.data["data"]["push"]["sound"]["critical"] == 1


CONTACT = "binary_sensor.panel_door_1_contact"


async def minutes_later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: int
) -> None:
    """Let minutes pass."""
    freezer.tick(minutes * 60 + 1)
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle()


@pytest.mark.usefixtures("loaded_entry")
async def test_a_door_left_open(
    hass: HomeAssistant,
    device: FakeDevice,
    told: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    """It reminds again and again, but not for ever, and not of a door that was closed."""
    inputs = {"door": CONTACT, "phones": [add_phone(hass)], "reminders": 2}
    await use(hass, "door_left_open.yaml", inputs)
    device.push_door(1, contact_open=True)
    await settle()
    assert told == []
    for reminders in (1, 2, 2):
        await minutes_later(hass, freezer, 5)
        assert [call.data["message"] for call in told] == [
            "Door 1 is still open."
        ] * reminders
    device.push_door(1, contact_open=False)
    await settle()
    device.push_door(1, contact_open=True)
    await minutes_later(hass, freezer, 5)
    assert len(told) == 3
    device.push_door(1, contact_open=False)
    await minutes_later(hass, freezer, 5)
    assert len(told) == 3


@pytest.mark.parametrize(
    ("way", "hour", "calls"),
    [
        (("not_home", "home"), 12, [("open_door", 1, None)]),
        (("not_home", "home"), 23, []),
        (("unavailable", "home"), 12, []),
        (("home", "not_home"), 12, []),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_open_when_somebody_comes_home(
    hass: HomeAssistant,
    device: FakeDevice,
    freezer: FrozenDateTimeFactory,
    *,
    way: tuple[str, str],
    hour: int,
    calls: list[Any],
) -> None:
    """Who comes home by day is let in; a phone that is merely found again opens nothing."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(f"2026-11-20 {hour}:00:00+01:00")
    inputs = {"people": ["person.alice"], "door": "lock.panel_door_1"}
    await use(hass, "open_when_home.yaml", inputs)
    for state in way:
        hass.states.async_set("person.alice", state)
        await settle()
    assert device.calls == calls


@pytest.mark.parametrize(
    ("told", "presence"),
    [
        ([{"attendance": AttendanceState.CHECK_IN}], "on"),
        ([{"attendance": AttendanceState.CHECK_IN, "late": True}], "on"),
        (
            [
                {"attendance": AttendanceState.CHECK_IN},
                {"attendance": AttendanceState.BREAK_OUT},
            ],
            "off",
        ),
        (
            [
                {"attendance": AttendanceState.CHECK_OUT},
                {"attendance": AttendanceState.OVERTIME_IN},
            ],
            "on",
        ),
        # Somebody else, another terminal, nothing chosen, refused.
        ([{"attendance": AttendanceState.CHECK_IN, "user_id": "8"}], "off"),
        ([{"attendance": AttendanceState.CHECK_IN, "door": 1}], "off"),
        ([{}], "off"),
        (
            [
                {
                    "attendance": AttendanceState.CHECK_IN,
                    "kind": EventKind.ACCESS_DENIED,
                }
            ],
            "off",
        ),
    ],
)
async def test_presence_follows_the_keys_of_a_terminal(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    told: list[dict[str, Any]],
    presence: str,
) -> None:
    """Who checks in is there, until they check out."""
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"alice_works": None}}
    )
    await use(
        hass,
        "presence_from_attendance.yaml",
        {
            "doors": [ACCESS],
            "user_ids": ["7", "1001"],
            "presence": "input_boolean.alice_works",
        },
    )
    for fields in told:
        event: dict[str, Any] = {"door": 2, "user_id": "1001"} | fields
        device.push_event(event.pop("kind", EventKind.ACCESS_GRANTED), **event)
        await hass.async_block_till_done()
    assert hass.states.get("input_boolean.alice_works").state == presence


CLEANING = "schedule.cleaning"
ANSWER = "answer_identification"


async def decide(hass: HomeAssistant, door: str) -> None:
    """Let two people in at a door while it is time for cleaning."""
    inputs = {
        "doors": [door],
        "users": ["Alice", "42", ""],
        "schedule": CLEANING,
        "message": "Please come on Friday",
    }
    await use(hass, "decide_who_may_come_in.yaml", inputs)


@pytest.mark.parametrize(
    ("state", "fields", "allowed"),
    [
        ("on", {"user_id": "7", "user_name": "ALICE"}, True),
        ("on", {"user_id": "0042"}, True),
        ("off", {"user_id": "42"}, False),
        ("unavailable", {"user_id": "42"}, False),
        ("on", {"user_id": "7", "user_name": "Bob"}, False),
        ("on", {"user_id": "8"}, False),
        ("on", {"user_id": "420"}, False),
        ("on", {"user_id": "7", "user_name": ""}, False),
        ("on", {"card": "42"}, False),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_decide_who_may_come_in(
    hass: HomeAssistant,
    device: FakeDevice,
    state: str,
    fields: dict[str, Any],
    *,
    allowed: bool,
) -> None:
    """Who is listed, at the right time; nobody else, and nobody who is not known."""
    hass.states.async_set(CLEANING, state)
    await decide(hass, ACCESS)
    device.push_event(EventKind.ACCESS_DENIED, door=2, **fields)
    device.push_event(EventKind.IDENTIFICATION, door=1, **fields)
    device.push_event(EventKind.IDENTIFICATION, door=2, **fields)
    await hass.async_block_till_done()
    text = "" if allowed else "Please come on Friday"
    assert device.calls == [(ANSWER, 2, allowed, text, fields.get("user_id", ""))]


async def test_the_decision_goes_back_to_the_device(
    hass: HomeAssistant, hub: Hub, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """It is the answer to the call in which the device asked."""
    entry = push_entry(address="127.0.0.1")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={CONF_DECIDE: True})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await decide(hass, "event.gate_door_2_access")
    hass.states.async_set(CLEANING, "on")
    client = await hass_client_no_auth()
    target = f"/iclock/cdata?SN={SERIAL}&AuthType=device"
    told = []
    for pin in (42, 43):
        asked = (
            f"time=2026-11-20 12:00:00\tpin={pin}\tcardno=0\taddrtype=2\teventaddr=2\t"
            "event=0\tinoutstatus=0\tverifytype=1"
        )
        answer = await call(client.server.port, request(target, asked))
        told.append(answer.body.replace(asked, "…").split("\r\n"))
    assert told == [
        ["AUTH=SUCCESS", "…", "CONTROL DEVICE 01020105", ""],
        ["AUTH=FAILED", "…", "TIPS=Please come on Friday"],
    ]
