"""Who came in last? What assistants get to know, with a language model or with sentences."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.model import Direction, EventKind, VerifyMethod
from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.llm import async_get_tools
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    llm,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.fake_device import FakeDevice
from tests.manual import MANUAL

TOOL = "zkteco__get_last_accesses"
TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    """Return a configuration directory with the sentences of the manual."""
    [sentences] = re.findall(r"```yaml\n(language: en\n.*?)```", MANUAL, re.DOTALL)
    folder = tmp_path / "custom_sentences" / "en"
    folder.mkdir(parents=True)
    (folder / "zkteco.yaml").write_text(sentences, encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
async def assist(hass: HomeAssistant, sentences: Path) -> None:
    """Set up what answers."""
    hass.config.config_dir = str(sentences)
    for component in ("homeassistant", "conversation", "llm"):
        assert await async_setup_component(hass, component, {})


@pytest.fixture
def doors(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> None:
    """Give the doors names and areas; the assistant knows of the first one."""
    areas = ar.async_get(hass)
    for lock, name, area in (
        ("lock.panel_door_1", "Front door", "Hall"),
        ("lock.panel_door_2", "Back door", "Kitchen"),
    ):
        entity = er.async_get(hass).async_get(lock)
        assert entity
        assert entity.device_id
        dr.async_get(hass).async_update_child_device(
            entity.device_id, name_by_user=name, area_id=areas.async_create(area).id
        )
    expose(hass, "lock.panel_door_1")


def expose(hass: HomeAssistant, entity_id: str) -> None:
    """Let the assistant know of something."""
    async_expose_entity(hass, conversation.DOMAIN, entity_id, should_expose=True)


async def ask(hass: HomeAssistant, **arguments: Any) -> list[dict[str, Any]]:
    """Return what the tool tells."""
    api = await instance(hass)
    result = await api.async_call_tool(llm.ToolInput(TOOL, arguments))
    assert not result.error
    accesses: Any = result.data["accesses"]
    return accesses


def talk(assistant: str = conversation.DOMAIN) -> llm.LLMContext:
    """Return that somebody talks to an assistant."""
    return llm.LLMContext("test", Context(), "en", assistant, None)


async def instance(hass: HomeAssistant) -> llm.APIInstance:
    """Return what a language model may do."""
    return await llm.async_get_api(hass, llm.LLM_API_ASSIST, talk())


async def say(hass: HomeAssistant, text: str, language: str = "en") -> str:
    """Say something to Assist, and return the answer."""
    result = await conversation.async_converse(
        hass, text, None, Context(), language=language
    )
    answer: str = result.response.speech["plain"]["speech"]
    return answer


# With a language model


@pytest.mark.usefixtures("doors")
async def test_who_came(hass: HomeAssistant, device: FakeDevice) -> None:
    """Newest first, with what is known, and without the card."""
    device.push_event(
        EventKind.ACCESS_GRANTED,
        door=1,
        user_id="1",
        user_name="Alice",
        card="1234567",
        method=VerifyMethod.CARD,
        direction=Direction.IN,
        time=TEN,
    )
    device.push_event(
        EventKind.ACCESS_DENIED,
        door=1,
        card="7654321",
        description="card not registered",
        time=TEN + timedelta(minutes=1),
    )
    device.push_event(
        EventKind.ACCESS_GRANTED, door=1, user_id="7", time=TEN + timedelta(minutes=2)
    )
    device.push_event(EventKind.DOOR_OPENED, door=1, time=TEN + timedelta(minutes=3))
    device.push_event(EventKind.DURESS, door=1, user_name="Alice")
    told = await ask(hass)
    assert told == [
        {
            "door": "Front door",
            "who": "User 7",
            "granted": True,
            "time": dt_util.as_local(TEN + timedelta(minutes=2)).isoformat(),
        },
        {
            "door": "Front door",
            "granted": False,
            "reason": "card not registered",
            "time": dt_util.as_local(TEN + timedelta(minutes=1)).isoformat(),
        },
        {
            "door": "Front door",
            "who": "Alice",
            "granted": True,
            "method": "card",
            "direction": "in",
            "time": dt_util.as_local(TEN).isoformat(),
        },
    ]


@pytest.mark.usefixtures("doors")
async def test_only_exposed_doors(hass: HomeAssistant, device: FakeDevice) -> None:
    """Of others it is not even told that they are there."""
    device.push_event(EventKind.ACCESS_GRANTED, door=2, user_name="Bob", time=TEN)
    assert await ask(hass) == []
    result = await (await instance(hass)).async_call_tool(
        llm.ToolInput(TOOL, {"door": "Back door"})
    )
    assert result.error
    assert "Bob" not in str(result.data)

    # A terminal without a lock has events only.
    expose(hass, "event.panel_door_2_access")
    device.push_event(
        EventKind.ACCESS_GRANTED, door=1, user_name="Alice", time=TEN, late=True
    )
    [told] = await ask(hass, door="Back door")
    assert (told["door"], told["who"]) == ("Back door", "Bob")
    assert {told["who"] for told in await ask(hass)} == {"Alice", "Bob"}


async def test_no_door_is_exposed(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Then there is no tool, also where another integration's lock is exposed."""
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_name="Alice")
    assert TOOL not in {tool.name for tool in (await instance(hass)).tools}
    hass.states.async_set("lock.shed", "locked")
    expose(hass, "lock.shed")
    assert TOOL not in {tool.name for tool in (await instance(hass)).tools}


@pytest.mark.usefixtures("doors")
@pytest.mark.parametrize(
    ("assistant", "api"),
    [(conversation.DOMAIN, "other"), ("", llm.LLM_API_ASSIST)],
)
async def test_others(hass: HomeAssistant, assistant: str, api: str) -> None:
    """Only Assist has the tool, and only for an assistant to which doors can be exposed."""
    tools = await async_get_tools(hass, talk(assistant), api)
    assert TOOL not in {tool.name for tool in tools.tools}


@pytest.mark.usefixtures("doors")
async def test_it_only_reads(hass: HomeAssistant, device: FakeDevice) -> None:
    """Nothing is asked of the device, and assistants know that."""
    [tool] = [tool for tool in (await instance(hass)).tools if tool.name == TOOL]
    assert tool.annotations == llm.ToolAnnotations(
        read_only=True, destructive=False, idempotent=True, open_world=False
    )
    assert tool.integration == DOMAIN
    device.calls.clear()
    await ask(hass)
    assert device.calls == []


@pytest.mark.usefixtures("doors")
async def test_it_is_taken_away_meanwhile(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """The owner stops exposing the door while somebody talks to the assistant."""
    api = await instance(hass)
    async_expose_entity(
        hass, conversation.DOMAIN, "lock.panel_door_1", should_expose=False
    )
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_name="Alice")
    result = await api.async_call_tool(llm.ToolInput(TOOL, {}))
    assert result.error
    assert "Alice" not in str(result.data)


@pytest.mark.usefixtures("doors")
async def test_not_more_than_five(hass: HomeAssistant, device: FakeDevice) -> None:
    """By their time: history is told late."""
    expose(hass, "lock.panel_door_2")
    for minute in (3, 1, 7, 2, 6, 5, 4):
        for door in (1, 2):
            device.push_event(
                EventKind.ACCESS_GRANTED,
                door=door,
                user_name=f"Visitor {minute}",
                time=TEN + timedelta(minutes=minute, seconds=door),
                late=minute < 7,
            )
    told = [(access["who"][-1], access["door"]) for access in await ask(hass)]
    assert told == [
        ("7", "Back door"),
        ("7", "Front door"),
        ("6", "Back door"),
        ("6", "Front door"),
        ("5", "Back door"),
    ]
    told = [(access["who"][-1]) for access in await ask(hass, door="Back door")]
    assert told == [*"76543"]


@pytest.mark.usefixtures("doors")
async def test_after_a_reload(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The last event of a door is known, if it is about a person."""
    expose(hass, "lock.panel_door_2")
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_name="Alice", time=TEN)
    device.push_event(EventKind.ACCESS_GRANTED, door=2, user_name="Bob", time=TEN)
    device.push_event(EventKind.DOOR_OPENED, door=2)
    assert await hass.config_entries.async_reload(loaded_entry.entry_id)
    await hass.async_block_till_done()
    assert [access["who"] for access in await ask(hass)] == ["Alice"]


# With sentences


@pytest.mark.usefixtures("doors")
@pytest.mark.parametrize(
    "question",
    [
        "Who came in last?",
        "who was here last",
        "Who came in last at the Front door?",
        "who came through the front door last",
    ],
)
async def test_question(hass: HomeAssistant, device: FakeDevice, question: str) -> None:
    """Neither who went out, nor who was refused."""
    now = dt_util.now()
    assert await say(hass, question) == "I do not know of anybody who came in."
    for kind, name, direction in (
        (EventKind.ACCESS_GRANTED, "Alice", None),
        (EventKind.ACCESS_GRANTED, "Bob", Direction.OUT),
        (EventKind.ACCESS_DENIED, "Mallory", Direction.IN),
    ):
        device.push_event(kind, door=1, user_name=name, direction=direction, time=now)
    assert await say(hass, question) == (
        f"Alice came in last: Front door, {now:%H:%M}."
    )


@pytest.mark.usefixtures("doors")
async def test_somebody_came_some_day(hass: HomeAssistant, device: FakeDevice) -> None:
    """Whom nobody knows, on another day."""
    time = dt_util.now() - timedelta(days=3)
    device.push_event(EventKind.ACCESS_GRANTED, door=1, card="1234567", time=time)
    assert await say(hass, "Who came in last?") == (
        f"Somebody came in last: Front door, {time:%Y-%m-%d %H:%M}."
    )


@pytest.mark.usefixtures("doors")
async def test_a_door_that_is_not_exposed(
    hass: HomeAssistant, device: FakeDevice
) -> None:
    """The assistant does not know it."""
    device.push_event(EventKind.ACCESS_GRANTED, door=2, user_name="Bob")
    answer = await say(hass, "who came through the back door last")
    assert "Bob" not in answer


@pytest.mark.usefixtures("doors")
async def test_a_lock(hass: HomeAssistant, device: FakeDevice) -> None:
    """It has the name of its door, and nothing before or behind it."""
    assert await say(hass, "is the front door locked") == "Yes"
    await say(hass, "unlock the front door")
    await hass.async_block_till_done()
    assert device.calls == [("open_door", 1, None)]
    assert await say(hass, "is the front door locked") != "Yes"


async def test_a_door_without_an_area(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Home Assistant puts the panel's name before that of such a door."""
    expose(hass, "lock.panel_door_1")
    await say(hass, "unlock door 1")
    assert device.calls == []
    await say(hass, "unlock panel door 1")
    await hass.async_block_till_done()
    assert device.calls == [("open_door", 1, None)]


@pytest.mark.usefixtures("doors")
async def test_a_contact(hass: HomeAssistant, device: FakeDevice) -> None:
    """Assist knows it without being told, by a name that is not the lock's."""
    assert (await say(hass, "is the front door contact open")).startswith("No")
    device.push_door(1, contact_open=True)
    assert (await say(hass, "is the front door contact open")).startswith("Yes")
