"""The conditions: an automation that goes on only if it is so at a door."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import voluptuous as vol

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.model import DoorAlarm, EventKind
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar, entity_registry as er
from homeassistant.helpers.condition import (
    async_get_all_descriptions,
    async_validate_condition_config,
)
from homeassistant.setup import async_setup_component
from tests.fake_device import SERIAL, FakeDevice

ALARMS = [
    ("door_forced", DoorAlarm.FORCED),
    ("door_held_open", DoorAlarm.HELD_OPEN),
    ("duress", DoorAlarm.DURESS),
]
LAST_USER = "sensor.panel_last_user"


class Asking:
    """An automation that runs whenever it is asked, if its condition is true."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Count what it does."""
        self._hass = hass
        self._ran: list[ServiceCall] = async_mock_service(hass, "test", "ran")

    async def begin(
        self, condition: str, options: dict[str, Any], **target: str | list[str]
    ) -> None:
        """Set it up."""
        assert await async_setup_component(
            self._hass,
            "automation",
            {
                "automation": {
                    "triggers": {"trigger": "event", "event_type": "asked"},
                    "conditions": {
                        "condition": f"{DOMAIN}.{condition}",
                        "target": target,
                        "options": options,
                    },
                    "actions": {"action": "test.ran"},
                }
            },
        )
        await self._hass.async_block_till_done()
        (state,) = self._hass.states.async_all("automation")
        assert state.state == STATE_ON

    async def answer(self) -> bool:
        """Return whether the condition is true now."""
        before = len(self._ran)
        self._hass.bus.async_fire("asked")
        await self._hass.async_block_till_done()
        return len(self._ran) > before


@pytest.fixture
def asking(hass: HomeAssistant) -> Asking:
    """Return the automation."""
    return Asking(hass)


def alarm_sensor(
    registry: er.EntityRegistry, alarm: DoorAlarm, *, door: int = 1
) -> str:
    """Return the binary sensor of an alarm."""
    entity_id = registry.async_get_entity_id(
        "binary_sensor", DOMAIN, f"{SERIAL}-door-{door}-{alarm}"
    )
    assert entity_id
    return entity_id


@pytest.mark.parametrize(("condition", "alarm"), ALARMS)
async def test_an_alarm_is_on(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    asking: Asking,
    *,
    condition: str,
    alarm: DoorAlarm,
) -> None:
    """It is true for its own alarm, as long as the device says so."""
    door = entity_registry.async_get(alarm_sensor(entity_registry, alarm)).device_id
    assert door
    await asking.begin(condition, {}, device_id=door)
    assert not await asking.answer()
    device.push_door(1, alarms=dict.fromkeys(DoorAlarm, True) | {alarm: False})
    assert not await asking.answer()
    device.push_door(1, alarms={alarm: True})
    assert await asking.answer()
    device.push_door(1, alarms={alarm: None})
    assert not await asking.answer()

    device.push_door(1, alarms={alarm: True})
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert not await asking.answer()


@pytest.mark.usefixtures("loaded_entry")
async def test_an_alarm_for_a_while(
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    asking: Asking,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A door that has just been left open is no reason yet."""
    entity_id = alarm_sensor(entity_registry, DoorAlarm.HELD_OPEN)
    await asking.begin("door_held_open", {"for": "00:05:00"}, entity_id=entity_id)
    device.push_door(1, alarms={DoorAlarm.HELD_OPEN: True})
    assert not await asking.answer()
    freezer.tick(timedelta(minutes=4))
    assert not await asking.answer()
    freezer.tick(timedelta(minutes=1))
    assert await asking.answer()


@pytest.mark.parametrize("by_area", [True, False])
@pytest.mark.usefixtures("loaded_entry")
async def test_other_sensors_do_not_count(
    hass: HomeAssistant,
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    asking: Asking,
    by_area: bool,
) -> None:
    """Those of other integrations are not ours, whatever they are called."""
    area = ar.async_get(hass).async_get_or_create("Hall")
    ours = alarm_sensor(entity_registry, DoorAlarm.FORCED)
    tamper = alarm_sensor(entity_registry, DoorAlarm.TAMPER)
    theirs = entity_registry.async_get_or_create(
        "binary_sensor", "other", "1-forced"
    ).entity_id
    unregistered = "binary_sensor.stray"
    for entity_id in (ours, tamper, theirs):
        entity_registry.async_update_entity(entity_id, area_id=area.id)
    for entity_id in (theirs, unregistered):
        hass.states.async_set(entity_id, STATE_ON)
    await asking.begin(
        "door_forced",
        {},
        **(
            {"area_id": area.id}
            if by_area
            else {"entity_id": [ours, tamper, theirs, unregistered]}
        ),
    )
    device.push_door(1, alarms={DoorAlarm.TAMPER: True, DoorAlarm.FORCED: False})
    assert not await asking.answer()
    device.push_door(1, alarms={DoorAlarm.FORCED: True})
    assert await asking.answer()


@pytest.mark.parametrize(
    ("first", "second", "behavior", "expected"),
    [
        (False, False, "any", False),
        (True, False, "any", True),
        (True, None, "any", True),
        (None, None, "any", False),
        (False, True, "all", False),
        (True, None, "all", False),
        (None, None, "all", False),
        (True, True, "all", True),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_two_doors(
    device: FakeDevice,
    entity_registry: er.EntityRegistry,
    asking: Asking,
    *,
    first: bool | None,
    second: bool | None,
    behavior: str,
    expected: bool,
) -> None:
    """One of them is enough or not, and unknown is never true."""
    doors = [
        alarm_sensor(entity_registry, DoorAlarm.FORCED, door=door) for door in (1, 2)
    ]
    await asking.begin("door_forced", {"behavior": behavior}, entity_id=doors)
    device.push_door(1, alarms={DoorAlarm.FORCED: first})
    device.push_door(2, alarms={DoorAlarm.FORCED: second})
    assert await asking.answer() is expected


@pytest.mark.parametrize("behavior", ["any", "all"])
@pytest.mark.usefixtures("loaded_entry")
async def test_a_door_without_the_alarm(
    entity_registry: er.EntityRegistry, asking: Asking, behavior: str
) -> None:
    """Nothing is not everything."""
    sensor = alarm_sensor(entity_registry, DoorAlarm.FORCED, door=2)
    door = entity_registry.async_get(sensor).device_id
    assert door
    await asking.begin("duress", {"behavior": behavior}, device_id=door)
    assert not await asking.answer()


@pytest.mark.parametrize("user", ["Alice", " ALICE", "42", 42, "0042", ["Bob", "42"]])
@pytest.mark.usefixtures("loaded_entry")
async def test_somebody_was_last(
    device: FakeDevice, asking: Asking, user: object
) -> None:
    """It is true from when they were let in until somebody else is."""
    alice = {"user_id": "42", "user_name": "Alice"}
    await asking.begin("last_person", {"user": user}, entity_id=LAST_USER)
    assert not await asking.answer()
    device.push_event(EventKind.ACCESS_DENIED, door=1, **alice)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, late=True, **alice)
    assert not await asking.answer()
    device.push_event(EventKind.ACCESS_GRANTED, door=2, **alice)
    assert await asking.answer()
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="43", user_name="Carol")
    assert not await asking.answer()
    device.push_event(EventKind.ACCESS_GRANTED, door=1, **alice)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, card="1234542")
    assert not await asking.answer()


@pytest.mark.usefixtures("loaded_entry")
async def test_somebody_without_a_name_was_last(
    device: FakeDevice, asking: Asking
) -> None:
    """The device tells no more than a number."""
    await asking.begin("last_person", {"user": "42"}, entity_id=LAST_USER)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="42")
    assert await asking.answer()


async def test_somebody_was_last_before_a_restart(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    asking: Asking,
) -> None:
    """It is known by ID again as soon as the panel is there."""
    await asking.begin("last_person", {"user": "42"}, entity_id=LAST_USER)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="42", user_name="Alice")
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert not await asking.answer()
    await hass.config_entries.async_setup(loaded_entry.entry_id)
    await hass.async_block_till_done()
    assert await asking.answer()


async def test_nobody_is_called_unknown(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, asking: Asking
) -> None:
    """What Home Assistant writes for nothing is no name."""
    nothing = {"user": [STATE_UNKNOWN, STATE_UNAVAILABLE]}
    await asking.begin("last_person", nothing, entity_id=LAST_USER)
    assert hass.states.get(LAST_USER).state == STATE_UNKNOWN
    assert not await asking.answer()
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert not await asking.answer()


@pytest.mark.usefixtures("loaded_entry")
async def test_every_condition_is_described(hass: HomeAssistant) -> None:
    """The user interface offers them all, and only what they take."""
    assert await async_setup_component(hass, "automation", {})
    await hass.async_block_till_done()
    descriptions = {
        name: about
        for name, about in (await async_get_all_descriptions(hass)).items()
        if about and name.startswith(f"{DOMAIN}.")
    }
    assert set(descriptions) == {
        *(f"{DOMAIN}.{condition}" for condition, _ in ALARMS),
        f"{DOMAIN}.last_person",
    }
    values = {"behavior": "all", "for": {"minutes": 1}, "user": ["Alice"]}
    for name, about in descriptions.items():
        domain = "sensor" if name.endswith("last_person") else "binary_sensor"
        assert about["target"]["entity"] == [
            {"domain": [domain], "integration": DOMAIN}
        ]
        config = {
            "condition": name,
            "target": {"entity_id": f"{domain}.it"},
            "options": {field: values[field] for field in about["fields"]},
        }
        taken = await async_validate_condition_config(hass, config)
        assert set(taken["options"]) == set(about["fields"])


@pytest.mark.parametrize(
    ("condition", "options", "why"),
    [
        ("last_person", {}, "user"),
        ("last_person", {"user": []}, "write at least one"),
        ("last_person", {"user": ""}, "leave none empty"),
        ("last_person", {"user": "Alice", "behavior": "some"}, "behavior"),
        ("duress", {"user": "Alice"}, "user"),
        ("door_forced", {"for": "a while"}, "for"),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_mistakes_are_told(
    hass: HomeAssistant, condition: str, options: dict[str, Any], why: str
) -> None:
    """A condition that cannot work is refused when the automation is written."""
    with pytest.raises(vol.Invalid, match=why):
        await async_validate_condition_config(
            hass,
            {
                "condition": f"{DOMAIN}.{condition}",
                "target": {"entity_id": LAST_USER},
                "options": options,
            },
        )
