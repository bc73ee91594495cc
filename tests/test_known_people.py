"""Names and persons that the owner gives to users: in everything that an event becomes."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import (
    CONF_KIND,
    CONF_PEOPLE,
    DOMAIN,
    EVENT_ZKTECO,
    Kind,
)
from custom_components.zkteco.known_people import (
    KnownPeople,
    someone_is_nobody,
    someone_is_there_twice,
)
from custom_components.zkteco.protocol.model import EventKind
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.fake_device import FakeDevice, make_event

ALICE, BOB, CAROL = "person.alice", "person.bob", "person.carol"
PEOPLE = [
    {"user_id": "1", "name": "Alice at work"},
    {"user_id": "2", "name": "Bobby", "person": BOB},
    {"user_id": " 3 ", "name": " ", "person": CAROL},
    {"user_id": "4", "person": "person.long_gone"},
]


@pytest.fixture
async def known(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> FakeDevice:
    """Return a panel whose owner knows people."""
    hass.states.async_set(CAROL, "home", {"friendly_name": "Carol"})
    hass.config_entries.async_update_entry(entry, options={CONF_PEOPLE: PEOPLE})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return device


@pytest.mark.parametrize(
    ("user_id", "on_device", "name", "person"),
    [
        ("1", None, "Alice at work", None),
        ("1", "A. Smith", "Alice at work", None),
        ("2", "B. Smith", "Bobby", BOB),
        ("3", None, "Carol", CAROL),
        ("3", "C. Smith", "C. Smith", CAROL),
        ("4", None, None, "person.long_gone"),
        ("9", "D. Smith", "D. Smith", None),
        (None, None, None, None),
    ],
)
async def test_who_it_is(
    hass: HomeAssistant,
    known: FakeDevice,
    *,
    user_id: str | None,
    on_device: str | None,
    name: str | None,
    person: str | None,
) -> None:
    """The owner's name, else the device's, else the person's: everywhere the same."""
    events = async_capture_events(hass, EVENT_ZKTECO)
    known.push_event(
        EventKind.ACCESS_GRANTED, door=1, user_id=user_id, user_name=on_device
    )
    await hass.async_block_till_done()
    shown = hass.states.get("event.panel_door_1_access").attributes
    for told in (events[0].data, shown):
        assert told.get("user_name") == name
        assert told.get("person") == person
    called = name or (f"User {user_id}" if user_id else None)
    assert hass.states.get("lock.panel_door_1").attributes.get("changed_by") == called
    if called:
        assert hass.states.get("sensor.panel_last_user").state == called


async def test_past_events(hass: HomeAssistant, known: FakeDevice) -> None:
    """Those that an action reads are told in the same way."""
    known.log = [make_event(EventKind.ACCESS_GRANTED, user_id="2")]
    sensor = er.async_get(hass).async_get("sensor.panel_last_user")
    answer = await hass.services.async_call(
        DOMAIN,
        "get_events",
        {"device_id": sensor.device_id},
        blocking=True,
        return_response=True,
    )
    [event] = answer["events"]
    assert (event["user_name"], event["person"]) == ("Bobby", BOB)


async def test_diagnostics_name_nobody(
    hass: HomeAssistant,
    known: FakeDevice,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """They are somebody's business, and not that of who reads a bug report."""
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    for secret in ("Alice", "Bobby", "carol"):
        assert secret not in str(told)


def test_without_options() -> None:
    """Nobody is known."""
    people = KnownPeople({})
    assert people.name("1") is None
    assert people.person(None) is None


@pytest.mark.parametrize(
    ("rows", "twice", "nobody"),
    [
        (PEOPLE, False, False),
        ([], False, False),
        ([{"user_id": "1", "name": "A"}, {"user_id": " 1", "name": "B"}], True, False),
        ([{"user_id": "1"}], False, True),
        ([{"user_id": "1", "name": " "}], False, True),
        ([{"user_id": " ", "name": "Alice"}], False, True),
    ],
)
def test_mistakes(rows: list[dict[str, Any]], *, twice: bool, nobody: bool) -> None:
    """Nobody is there twice, and everybody is somebody."""
    assert someone_is_there_twice(rows) is twice
    assert someone_is_nobody(rows) is nobody


@pytest.mark.parametrize("kind", Kind)
async def test_the_form(hass: HomeAssistant, kind: Kind) -> None:
    """Every kind of device has it; mistakes are explained and nothing that was typed is lost."""
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_KIND: kind})
    entry.add_to_hass(hass)
    flows = hass.config_entries.options
    result = await flows.async_init(entry.entry_id)
    if kind is Kind.PUSH:
        result = await flows.async_configure(
            result["flow_id"], {"next_step_id": "push"}
        )
    assert result["data_schema"].schema[CONF_PEOPLE]

    twice = [*PEOPLE, {"user_id": "1", "person": BOB}]
    nobody = [*PEOPLE, {"user_id": "5"}]
    for rows, mistake in ((twice, "user_listed_twice"), (nobody, "user_without_name")):
        result = await flows.async_configure(result["flow_id"], {CONF_PEOPLE: rows})
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {CONF_PEOPLE: mistake}
        [typed] = (key for key in result["data_schema"].schema if key == CONF_PEOPLE)
        assert typed.description == {"suggested_value": rows}
    for rows in ([{"name": "Alice"}], [{"user_id": "1", "person": "light.lamp"}]):
        with pytest.raises(InvalidData):
            await flows.async_configure(result["flow_id"], {CONF_PEOPLE: rows})
    result = await flows.async_configure(result["flow_id"], {CONF_PEOPLE: PEOPLE})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_PEOPLE] == PEOPLE


async def test_the_form_in_a_browser(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """It gets a list of rows with three fields, and their names."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_client()
    answer = await client.post(
        "/api/config/config_entries/options/flow", json={"handler": entry.entry_id}
    )
    fields = {field["name"]: field for field in (await answer.json())["data_schema"]}
    rows = fields[CONF_PEOPLE]["selector"]["object"]
    assert rows["multiple"]
    assert rows["translation_key"] == CONF_PEOPLE
    assert {field: [*row["selector"]] for field, row in rows["fields"].items()} == {
        "user_id": ["text"],
        "name": ["text"],
        "person": ["entity"],
    }
