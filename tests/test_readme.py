"""What the README and the protocol's map promise is there, and what they show works."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.event_data import event_data
from custom_components.zkteco.protocol.c3 import parameters
from custom_components.zkteco.protocol.c3.frame import Command
from custom_components.zkteco.protocol.model import EventKind
from custom_components.zkteco.trigger import TRIGGERS
from homeassistant.const import ATTR_ENTITY_ID, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

ROOT = Path(__file__).parents[1]
PROTOCOL = ROOT / "custom_components/zkteco/protocol"
PROTOCOL_MAP = (ROOT / "docs/c3-protocol.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENGLISH = json.loads(
    (ROOT / "custom_components/zkteco/translations/en.json").read_text(encoding="utf-8")
)
BLOCKS: list[Any] = [
    parse_yaml(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
]
AUTOMATIONS = [block for block in BLOCKS if "alias" in block]
ACTIONS = [block for block in BLOCKS if "action" in block]


def parts(text: Any) -> Iterator[str]:
    """Yield every text in a piece of the translations."""
    if isinstance(text, str):
        yield text
    else:
        for value in text.values():
            yield from parts(value)


def names(kind: str) -> list[str]:
    """Return the names of all entities of a kind, without what differs in them."""
    return [
        entity["name"].partition(" {")[0] for entity in ENGLISH["entity"][kind].values()
    ]


@pytest.mark.parametrize(
    "promise",
    [
        *(name for kind in ENGLISH["entity"] for name in names(kind)),
        *(f"`{DOMAIN}.{action}`" for action in ENGLISH["services"]),
        *(
            f"`{field}`"
            for action in ENGLISH["services"].values()
            for field in action.get("fields", {})
        ),
        *(f"`{DOMAIN}.{trigger}`" for trigger in TRIGGERS),
        *(f"`{kind}`" for kind in EventKind),
        *parts(ENGLISH["options"]["step"]["init"]["data"]),
        *parts(ENGLISH["selector"]),
        *parts(ENGLISH["config"]["step"]["manual"]["data"]),
    ],
)
def test_everything_is_described(promise: str) -> None:
    """A person finds each entity, action, field, trigger, event and option."""
    assert promise in README


def test_every_event_field_is_described() -> None:
    """The table of fields is the translation of an event, field by field."""
    source = Path(event_data.__code__.co_filename).read_text(encoding="utf-8")
    for field in re.findall(r'^        "(\w+)": ', source, re.MULTILINE):
        assert f"`{field}`" in README


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+1\w+)`", README))))
def test_settings_exist(name: str) -> None:
    """Each setting that is named can be written."""
    parameter = parameters.find(name)
    assert parameter
    assert parameter.writable


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!http|#).*?)\)", README))
def test_files_exist(target: str) -> None:
    """Links lead somewhere; pictures are made by hand and looked at by people."""
    assert target.startswith("docs/images/") or (ROOT / target).is_file()


@pytest.mark.parametrize("anchor", sorted(set(re.findall(r"\]\(#(.*?)\)", README))))
def test_anchors_exist(anchor: str) -> None:
    """Links within the page lead to a heading."""
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "automation", AUTOMATIONS, ids=[block["alias"] for block in AUTOMATIONS]
)
@pytest.mark.usefixtures("loaded_entry")
async def test_automations_load(hass: HomeAssistant, automation: Any) -> None:
    """Each example can be pasted."""
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    assert state.state == STATE_ON
    # Or the timer of a time trigger would outlive the test.
    target = {ATTR_ENTITY_ID: state.entity_id}
    await hass.services.async_call("automation", "turn_off", target, blocking=True)


@pytest.mark.parametrize("action", ACTIONS, ids=[block["action"] for block in ACTIONS])
async def test_actions_are_valid(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, action: Any
) -> None:
    """Each action exists and takes what is shown."""
    cv.SCRIPT_SCHEMA([action])
    domain, _, name = action["action"].partition(".")
    service = hass.services.async_services_for_domain(domain)[name]
    assert service.schema
    service.schema(action.get("target", {}) | action.get("data", {}))


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`([\w/.]+\.py)`", PROTOCOL_MAP)))
)
def test_the_map_is_right(path: str) -> None:
    """Code and tests are where it says."""
    assert (PROTOCOL / "c3" / path).is_file() or (ROOT / "tests" / path).is_file()


def test_the_map_is_complete() -> None:
    """Each command and each module is on it."""
    rows = re.findall(r"^\| (.*?) \|", PROTOCOL_MAP, re.MULTILINE)
    on_map = {int(n, 16) for row in rows for n in re.findall(r"`([0-9A-F]{2})`", row)}
    assert on_map >= set(Command)
    modules = {module.name for module in (PROTOCOL / "c3").glob("*.py")}
    assert all(f"`{name}`" in PROTOCOL_MAP for name in modules - {"__init__.py"})
