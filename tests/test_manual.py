"""What the manual and the maps of the protocols promise is there, and what they show works."""

from collections.abc import Iterator
from inspect import getmembers, isfunction
import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.condition import CONDITIONS
from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.event_data import event_data
from custom_components.zkteco.flow_push import DEFAULT_LISTENER_PORT
from custom_components.zkteco.listener import READ_SECONDS
from custom_components.zkteco.protocol.attendance import commands as attendance_commands
from custom_components.zkteco.protocol.c3 import frame, parameters
from custom_components.zkteco.protocol.device_clock import LATE_AFTER
from custom_components.zkteco.protocol.model import Capability, EventKind
from custom_components.zkteco.protocol.push import commands, control
from custom_components.zkteco.protocol.push.caller import SILENT_AFTER_SECONDS
from custom_components.zkteco.protocol.push.messages import Response
from custom_components.zkteco.protocol.push.queue import COMMAND_TTL_SECONDS
from custom_components.zkteco.protocol.push.server import (
    BULK_BODY,
    PAIRING_SECONDS,
    SMALL_BODY,
)
from custom_components.zkteco.protocol.standalone.logs import AttendanceLayout
from custom_components.zkteco.protocol.standalone.messages import MAX_LINES, MAX_TEXT
from custom_components.zkteco.protocol.standalone.monitor import (
    ALIVE_SECONDS,
    CONTACT_SECONDS,
    PATIENCE_SECONDS,
)
from custom_components.zkteco.protocol.standalone.packet import Command, Reply
from custom_components.zkteco.protocol.standalone.realtime import EventCode
from custom_components.zkteco.protocol.standalone.users import UserLayout
from custom_components.zkteco.trigger import FILTERS, TRIGGERS
from homeassistant.const import ATTR_ENTITY_ID, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
from tests.manual import MANUAL, PAGES, anchors
from tests.source import ROOT

PROTOCOL = ROOT / "custom_components/zkteco/protocol"
MAPS = {
    protocol: (ROOT / f"docs/{protocol}-protocol.md").read_text(encoding="utf-8")
    for protocol in ("c3", "push", "standalone")
}
WORDS = " ".join(MANUAL.split())
ENGLISH = json.loads(
    (ROOT / "custom_components/zkteco/translations/en.json").read_text(encoding="utf-8")
)
BLOCKS: list[Any] = [
    parse_yaml(block) for block in re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
]
TRIGGER_TABLE = MANUAL.partition("## Triggers")[2].partition("## Conditions")[0]
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
        *(f"`{DOMAIN}.{condition}`" for condition in CONDITIONS),
        *(f"`{kind}`" for kind in EventKind),
        *(
            text
            for flow in ("config", "options")
            for step in ENGLISH[flow]["step"].values()
            for kind in ("data", "menu_options")
            for text in parts(step.get(kind, {}))
        ),
        *(
            text
            for selector in ENGLISH["selector"].values()
            for text in selector.get("options", {}).values()
        ),
        *(
            field["name"]
            for selector in ENGLISH["selector"].values()
            for field in selector.get("fields", {}).values()
        ),
        *(
            f"**{re.sub(r'{\w+}', '…', issue['title'])}"
            for issue in ENGLISH["issues"].values()
        ),
    ],
)
def test_everything_is_described(promise: str) -> None:
    """A person finds each entity, action, field, trigger, condition, event, choice and repair."""
    assert promise in WORDS


@pytest.mark.parametrize(
    "words",
    [
        f"listens to new devices for {PAIRING_SECONDS / 60:g} minutes",
        f"has not called for {SILENT_AFTER_SECONDS:g} seconds is *unavailable*",
        f"has not fetched within {COMMAND_TTL_SECONDS:g} seconds is thrown away",
        f"late when it is more than {LATE_AFTER.total_seconds():g} seconds old",
        f"larger than {SMALL_BODY // 1024} KiB, and larger than {BULK_BODY >> 20} MiB",
        f"more than {READ_SECONDS:g} seconds for one request",
        f"Every {ALIVE_SECONDS:g} seconds it asks for the time",
        f"Home Assistant waits {PATIENCE_SECONDS / 60:g} minutes",
        f"looked at every {CONTACT_SECONDS:g} seconds",
        f"`text` (required): up to {MAX_TEXT} characters. `line` (optional): 1 to {MAX_LINES}",
        f"A free TCP port, such as {DEFAULT_LISTENER_PORT}",
        f'must show "{Response.refused(dt_util.utcnow()).body.decode()}"',
        f"status {Response.refused(dt_util.utcnow()).status}",
    ],
)
def test_limits_are_right(words: str) -> None:
    """What is said in numbers is what the code does."""
    assert words in WORDS


@pytest.mark.parametrize("kind", FILTERS)
def test_the_filters_are_right(kind: EventKind) -> None:
    """The row of each trigger has its filters."""
    (row,) = re.findall(
        rf"^\| `{DOMAIN}\.{kind}` \|.*\|(.*)\|$", TRIGGER_TABLE, re.MULTILINE
    )
    assert re.findall(r"`(\w+)`", row) == [one.name for one in FILTERS[kind]]


def test_every_event_field_is_described() -> None:
    """The table of fields is the translation of an event, field by field."""
    source = Path(event_data.__code__.co_filename).read_text(encoding="utf-8")
    for field in re.findall(r'^        "(\w+)": ', source, re.MULTILINE):
        assert f"`{field}`" in MANUAL


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+1\w+)`", MANUAL))))
def test_settings_exist(name: str) -> None:
    """Each setting that is named can be written."""
    parameter = parameters.find(name)
    assert parameter
    assert parameter.writable


@pytest.mark.parametrize(
    ("page", "target"),
    [
        (page, target)
        for page, text in PAGES.items()
        for target in sorted(set(re.findall(r"\]\(((?!http).*?)\)", text)))
    ],
    ids=lambda value: value if isinstance(value, str) else value.stem,
)
def test_links_lead_somewhere(page: Path, target: str) -> None:
    """To a file, and to a heading of it."""
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    assert path.is_file()
    if anchor:
        assert anchor in anchors(path.read_text(encoding="utf-8"))


def test_who_can_do_what() -> None:
    """The page that compares the protocols names each capability, and who has it."""
    page = (ROOT / "docs/protocols.md").read_text(encoding="utf-8")
    told = {
        name: [cell.strip() == "yes" for cell in cells.split("|")]
        for name, cells in re.findall(r"^\| `(\w+)` \|(.*)\|$", page, re.MULTILINE)
    }
    sources = [
        " ".join(path.read_text() for path in (PROTOCOL / folder).glob("*.py"))
        for folder in ("c3", "standalone", "push", "attendance")
    ]
    assert told == {
        capability.name: [f"Capability.{capability.name}" in text for text in sources]
        for capability in Capability
    }


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
    ("protocol", "path"),
    [
        (protocol, path)
        for protocol, text in MAPS.items()
        for path in sorted(set(re.findall(r"`([\w/.]+\.py)`", text)))
    ],
)
def test_the_maps_are_right(protocol: str, path: str) -> None:
    """Code and tests are where they say."""
    assert (PROTOCOL / protocol / path).is_file() or (ROOT / "tests" / path).is_file()


@pytest.mark.parametrize("protocol", MAPS)
def test_every_module_is_on_a_map(protocol: str) -> None:
    """Nobody has to search."""
    modules = {module.name for module in (PROTOCOL / protocol).glob("*.py")}
    missing = {name for name in modules if f"`{name}`" not in MAPS[protocol]}
    assert missing == {"__init__.py"}


def test_the_attendance_map_is_complete() -> None:
    """Each module and each command is on it."""
    modules = {module.name for module in (PROTOCOL / "attendance").glob("*.py")}
    missing = {n for n in modules if f"`../attendance/{n}`" not in MAPS["push"]}
    assert missing == {"__init__.py"}
    for name, function in getmembers(attendance_commands, isfunction):
        if function.__module__ == attendance_commands.__name__:
            assert name.startswith("_") or f"`{name}`" in MAPS["push"]


@pytest.mark.parametrize(
    "action", sorted(set(re.findall(r"`zkteco\.(\w+)`", "".join(MAPS.values()))))
)
def test_actions_on_the_maps_exist(action: str) -> None:
    """A person can reach a feature as the map says."""
    assert action in ENGLISH["services"]


def test_the_c3_map_is_complete() -> None:
    """Each command is on it."""
    rows = re.findall(r"^\| (.*?) \|", MAPS["c3"], re.MULTILINE)
    on_map = {int(n, 16) for row in rows for n in re.findall(r"`([0-9A-F]{2})`", row)}
    assert on_map >= set(frame.Command)


# Security PUSH 3.1.2, table of contents; 2 is a list of words.
SECTIONS = {
    *("1.2", "1.3", "3.1", "5", "6", "8.1", "9.3", "9.4", "9.4.1", "9.2", "10"),
    *(f"4.{n}" for n in range(1, 7)),
    *(f"7.{n}" for n in range(1, 15)),
    *(f"9.1.{n}" for n in range(1, 5)),
    *(f"9.5.{n}" for n in range(1, 4)),
    *(f"9.6.{n}" for n in range(1, 3)),
}
APPENDIXES = {str(number) for number in range(1, 21)}


def test_the_push_map_is_complete() -> None:
    """Each section and appendix of the document is on it, built or not, and each command."""
    exists, _, missing = MAPS["push"].partition("## What does not exist yet")
    sections, _, appendixes = exists.partition("## The appendixes")
    bold = re.findall(r"\*\*(.*?)\*\*", missing)
    for wanted, text, later in (
        (SECTIONS, sections, [words for words in bold if "App" not in words]),
        (APPENDIXES, appendixes, [words for words in bold if "App" in words]),
    ):
        cells = re.findall(r"^\| ([\d., ]+) \|", text, re.MULTILINE)
        assert set(re.findall(r"\d+(?:\.\d+)*", " ".join(cells + later))) >= wanted
    for module in (commands, control):
        for name, function in getmembers(module, isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                assert f"`{name}`" in exists


# "Protocol Description of ZKTeco's Standalone Devices", its table of commands.
DESCRIBED = {
    *range(7, 16),
    *range(18, 35),
    *(50, 57, 60, 61, 62, 64, 66, 67, *range(69, 77), 78, 79, 80, 87, 119, 134),
    *(201, 202, 500, *range(1000, 1008), 1009, 1011, 1012, 1013, 1014, 1017),
    *(1100, 1101, 1102, *range(1500, 1505)),
}


def test_the_terminal_map_is_complete() -> None:
    """Each command is on it by number and name, or refused; so is each reply, event and layout."""
    exists, _, rest = MAPS["standalone"].partition("## What is refused on purpose")
    refused, _, _ = rest.partition("## What does not exist yet")
    for known in (*Command, *Reply, *EventCode):
        assert f"`{known}` `{known.name}`" in exists
    for layout in (*AttendanceLayout, *UserLayout):
        assert f"| `{layout.value}` |" in exists
    first = "".join(re.findall(r"^\| (`\d.*?) \|", refused, re.MULTILINE))
    never = {int(number) for number in re.findall(r"`(\d+)`", first)}
    assert never.isdisjoint(Command)
    assert never | set(Command) >= DESCRIBED
