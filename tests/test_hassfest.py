"""The integration's files agree with each other and with what Home Assistant asks for.

Home Assistant's own checker, hassfest, is no package; here is what it would say, and the
rules of this house on top.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
import json
import re
import string
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from custom_components.zkteco import condition, device_trigger, trigger
from custom_components.zkteco.const import DOMAIN, TROUBLESHOOTING
from custom_components.zkteco.progress import Activity, Outcome
from custom_components.zkteco.protocol.event_codes import EVENTS
from custom_components.zkteco.protocol.model import (
    AttendanceState,
    Direction,
    EventKind,
    VerifyMethod,
)
from custom_components.zkteco.protocol.terminal_codes import describe_operation
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.selector import ObjectSelector, SelectSelector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict

from .manual import PAGES, headings
from .source import (
    OURS,
    ROOT,
    Function,
    Source,
    called,
    flat,
    keyword,
    modules,
    rooms,
    spread,
)

type Json = dict[str, Any]

TRANSLATED_ERRORS = {
    "ConfigEntryAuthFailed",
    "ConfigEntryError",
    "ConfigEntryNotReady",
    "HomeAssistantError",
    "ServiceValidationError",
    "UpdateFailed",
}
# Home Assistant has texts of its own for these.
COMMON_ABORTS = {
    "already_configured",
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
}
# Who may know more of the protocols than `AccessDevice` and its vocabulary.
PROTOCOL_DOORS = {
    "config_flow",
    "factory",
    "flow_c3",
    "flow_push",
    "flow_terminal",
    "hub",
    "http",
    "listener",
}
FLOW_ROOMS = (
    "config_flow",
    "flow",
    "flow_c3",
    "flow_dhcp",
    "flow_push",
    "flow_terminal",
)


def load_json(name: str) -> Json:
    """Return a JSON file of the integration."""
    loaded: Json = json.loads((OURS / name).read_text(encoding="utf-8"))
    return loaded


def load_actions(name: str) -> Json:
    """Return a YAML file of the integration, without its anchors."""
    loaded = load_yaml_dict(str(OURS / name))
    return {key: value for key, value in loaded.items() if not key.startswith(".")}


def room(name: str) -> Source:
    """Return one module of the Home Assistant side."""
    return Source(OURS / f"{name}.py")


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def agree(what: str, used: Iterable[str], written: Iterable[str]) -> None:
    """Fail with the difference between what the code uses and what is written down."""
    used, written = set(used), set(written)
    missing, dead = sorted(used - written), sorted(written - used)
    assert not (missing or dead), f"{what}: missing {missing}, dead {dead}"


@pytest.fixture
def manifest() -> Json:
    """Return the manifest."""
    return load_json("manifest.json")


@pytest.fixture
def texts() -> Json:
    """Return the English texts."""
    return load_json("translations/en.json")


@pytest.fixture
def icons() -> Json:
    """Return the icons."""
    return load_json("icons.json")


# The package


def test_manifest(manifest: Json) -> None:
    """Domain and name come first, the rest is sorted; nothing is missing or unknown."""
    keys = list(manifest)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    required = {"codeowners", "documentation", "issue_tracker", "iot_class", "version"}
    ours = {"config_flow", "dependencies", "dhcp", "integration_type", "loggers"}
    ours |= {"after_dependencies"}
    agree("manifest", {"domain", "name", "requirements"} | required | ours, keys)
    assert manifest["domain"] == OURS.name == DOMAIN
    assert manifest["requirements"] == []
    assert "http" in manifest["dependencies"]
    assert manifest["config_flow"] is True
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert manifest["documentation"].startswith("https://")
    assert (
        f"{manifest['documentation']}/blob/main/docs/troubleshooting.md"
        == TROUBLESHOOTING
    )


def test_versions(manifest: Json) -> None:
    """The version is the same everywhere."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert manifest["version"] == project["project"]["version"]


def test_hacs() -> None:
    """HACS knows the name, the oldest Home Assistant that is supported, and which file of a release it installs."""
    hacs = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    agree("hacs.json", {"name", "homeassistant", "zip_release", "filename"}, set(hacs))
    assert f"build/{hacs['filename']}" in (ROOT / "scripts/release").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("prefix", ["", "dark_"])
@pytest.mark.parametrize(
    ("name", "height"),
    [("icon", 256), ("icon@2x", 512), ("logo", 256), ("logo@2x", 512)],
)
def test_brand(prefix: str, name: str, height: int) -> None:
    """The brand images exist in the sizes that Home Assistant shows."""
    image = (OURS / "brand" / f"{prefix}{name}.png").read_bytes()
    assert image.startswith(b"\x89PNG")
    size = int.from_bytes(image[16:20]), int.from_bytes(image[20:24])
    assert size[1] == height
    assert size[0] == height if name.startswith("icon") else size[0] > height


def test_quality_scale() -> None:
    """Every rule of the scale has a status, and a reason where it does not apply."""
    rules = load_yaml_dict(str(OURS / "quality_scale.yaml"))["rules"]
    assert len(rules) == 54
    for name, rule in rules.items():
        status = rule if isinstance(rule, str) else rule["status"]
        assert status in ("done", "todo", "exempt"), name
        assert status != "exempt" or rule["comment"], name


# Where the manual says what a rule about documentation asks for.
CHAPTERS = {
    "docs-actions": "# Actions",
    "docs-triggers": "## Triggers",
    "docs-conditions": "## Conditions",
    "docs-high-level-description": "# ZKTeco for Home Assistant",
    "docs-installation-instructions": "### Install",
    "docs-removal-instructions": "## Remove",
    "docs-configuration-parameters": "### Options",
    "docs-installation-parameters": "## Add a device",
    "docs-data-update": "# How data is updated",
    "docs-examples": "# Examples",
    "docs-known-limitations": "## Known limits",
    "docs-supported-devices": "# Supported devices",
    "docs-supported-functions": "# Entities",
    "docs-troubleshooting": "# Troubleshooting",
    "docs-use-cases": "## Use cases",
}


def test_documentation_rules() -> None:
    """What is said to be documented has its chapter."""
    rules = load_yaml_dict(str(OURS / "quality_scale.yaml"))["rules"]
    assert set(CHAPTERS) == {rule for rule in rules if rule.startswith("docs-")}
    done = {chapter for rule, chapter in CHAPTERS.items() if rules[rule] == "done"}
    assert done <= {heading for page in PAGES.values() for heading in headings(page)}


def test_no_machine_in_the_files() -> None:
    """No committed file knows the machine or the package index it was written with."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    traces = re.compile(
        rb"/(?:home|root|Users|work)/\w|(?:index|find)[-_](?:url|links) *="
        rb"|https?://[\w.:-]+/(?:root/)?(?:pypi|simple)/"
    )
    found = {
        name: trace.group()
        for name in listed.stdout.split("\0")
        if name and (trace := traces.search((ROOT / name).read_bytes()))
    }
    assert not found


# The two worlds


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Yield what a module imports, as absolute names."""
    package = source.path.relative_to(ROOT).parent.parts
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *filter(None, [node.module])))
            # `from .protocol import c3` names a module as well.
            yield from ((node, f"{base}.{alias.name}") for alias in node.names)


def test_protocol_imports_the_standard_library_only() -> None:
    """The protocols could be a package of their own."""
    wrong = [
        f"{source.place(node)} imports {name}"
        for source in modules(OURS / "protocol")
        for node, name in imports(source)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith("custom_components.zkteco.protocol.")
    ]
    assert not wrong


def test_home_assistant_knows_devices_not_protocols() -> None:
    """Only the named places look behind `AccessDevice`."""
    vocabulary = re.compile(
        r"custom_components\.zkteco\.protocol\.(?:model|device|errors|people|plan|progress|rules|settings)(?:\.|$)"
    )
    wrong = [
        f"{source.place(node)} imports {name}"
        for source in rooms()
        if source.name not in PROTOCOL_DOORS
        for node, name in imports(source)
        if name.startswith("custom_components.zkteco.protocol")
        and not vocabulary.match(name)
    ]
    assert not wrong


# Texts


def test_texts_are_complete_sentences_of_ours(texts: Json) -> None:
    """A custom integration has no strings.json, no references, and no addresses."""
    assert not (OURS / "strings.json").exists()
    for key, text in flat(texts).items():
        assert text.strip() == text, key
        assert text, key
        assert "[%key:" not in text, key
        assert "://" not in text, key


def test_translations_agree(texts: Json) -> None:
    """Every language has the same texts with the same placeholders."""
    english = flat(texts)
    for path in (OURS / "translations").glob("*.json"):
        other = flat(json.loads(path.read_text(encoding="utf-8")))
        agree(path.name, english, other)
        for key, text in english.items():
            assert placeholders(text) == placeholders(other[key]), (path.name, key)


def dict_keys(source: Source, node: ast.expr | None, within: ast.AST) -> set[str]:
    """Return the keys of a dict literal, or of those that a local name is built from."""
    match node:
        case ast.Dict():
            literals = [node]
        case ast.Name():
            literals = [
                item.value
                for item in ast.walk(within)
                if isinstance(item, ast.Assign | ast.AugAssign | ast.AnnAssign)
                and isinstance(item.value, ast.Dict)
                and node.id
                in {
                    getattr(target, "id", "")
                    for target in getattr(item, "targets", [getattr(item, "target", 0)])
                }
            ]
        case _:
            literals = []
    return {
        text
        for literal in literals
        for key in literal.keys
        for text in source.strings(key, within)
    }


def test_exceptions(texts: Json) -> None:
    """Every exception that a person can see is translated."""
    used: dict[str, set[str]] = {}
    for source in rooms():
        for function in source.functions():
            for call in source.calls(*TRANSLATED_ERRORS, within=function):
                if spread(call):
                    continue
                assert keyword(call, "translation_domain"), source.place(call)
                keys = source.strings(keyword(call, "translation_key"), function)
                assert keys, source.place(call)
                given = dict_keys(
                    source, keyword(call, "translation_placeholders"), function
                )
                used |= dict.fromkeys(keys, given)
            # A mapping that such a call is given.
            for node in ast.walk(function):
                if isinstance(node, ast.Dict):
                    items = {
                        key.value: value
                        for key, value in zip(node.keys, node.values, strict=True)
                        if isinstance(key, ast.Constant)
                    }
                    if "translation_key" in items:
                        keys = source.strings(items["translation_key"], function)
                        given = dict_keys(
                            source, items.get("translation_placeholders"), function
                        )
                        used |= dict.fromkeys(keys, given)
    agree("exceptions", used, texts["exceptions"])
    for key, given in used.items():
        message = texts["exceptions"][key]["message"]
        assert placeholders(message) <= given, key


def test_nothing_untranslated_is_raised() -> None:
    """No raise statement of the Home Assistant side hands out bare English."""
    bare = [
        source.place(node)
        for source in rooms()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Raise)
        and (
            (isinstance(node.exc, ast.Name) and node.exc.id in TRANSLATED_ERRORS)
            or (
                isinstance(node.exc, ast.Call)
                and called(node.exc) in TRANSLATED_ERRORS
                and not spread(node.exc)
                and not keyword(node.exc, "translation_key")
            )
        )
    ]
    assert not bare


def test_issues(texts: Json) -> None:
    """Every repair issue has its texts, a fixable one those of its flow."""
    used: set[str] = set()
    for source in rooms():
        for function in source.functions():
            for call in source.calls("async_create_issue", within=function):
                keys = source.strings(keyword(call, "translation_key"), function)
                assert keys, source.place(call)
                used |= keys
                fixable = keyword(call, "is_fixable")
                assert isinstance(fixable, ast.Constant), source.place(call)
                given = dict_keys(
                    source, keyword(call, "translation_placeholders"), function
                )
                for key in keys:
                    issue = texts["issues"][key]
                    body = "fix_flow" if fixable.value else "description"
                    agree(f"issue {key}", {"title", body}, issue)
                    for text in flat(issue).values():
                        assert placeholders(text) <= given, key
    agree("issues", used, texts["issues"])


def test_repair_flows(texts: Json) -> None:
    """The flows of the fixable issues show the steps that are written down."""
    written: dict[str, set[str]] = {"step": set(), "error": set(), "abort": set()}
    for issue in texts["issues"].values():
        for kind, entries in issue.get("fix_flow", {}).items():
            written[kind] |= set(entries)
    source = room("repairs")
    steps: set[str] = set()
    aborts: set[str] = set()
    for function in source.functions():
        for call in source.calls("async_show_form", within=function):
            steps |= source.strings(keyword(call, "step_id"), function)
        for call in source.calls("async_abort", within=function):
            aborts |= source.strings(keyword(call, "reason"), function)
    agree("steps", steps, written["step"])
    agree("aborts", aborts, written["abort"])
    # A flow shows why the device did not do it in the words of the exceptions.
    assert written["error"] <= set(texts["exceptions"])


def test_devices(texts: Json) -> None:
    """The names of child devices are translated."""
    used: dict[str, set[str]] = {}
    for source in rooms():
        for function in source.functions():
            for call in source.calls(
                "ChildDeviceInfo",
                "DeviceInfo",
                "async_get_or_create",
                "async_get_or_create_child",
                within=function,
            ):
                given = dict_keys(
                    source, keyword(call, "translation_placeholders"), function
                )
                keys = source.strings(keyword(call, "translation_key"), function)
                used |= dict.fromkeys(keys, given)
    agree("devices", used, texts["device"])
    for key, given in used.items():
        assert placeholders(texts["device"][key]["name"]) <= given


# Config and options flow


class Flow:
    """What the flows of the integration show."""

    def __init__(self, base: str) -> None:
        """Read the classes with this base class."""
        self.steps: dict[str, set[str]] = {}
        self.menus: dict[str, set[str]] = {}
        self.given: dict[str, set[str]] = {}
        self.errors: set[str] = set()
        self.aborts: set[str] = set()
        self.progress: set[str] = set()
        for source in map(room, FLOW_ROOMS):
            for flow in source.classes(base):
                for function in ast.walk(flow):
                    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                        self._read(source, function)

    def _read(self, source: Source, function: Function) -> None:
        """Collect what one method shows."""
        for call in source.calls(
            "async_show_form",
            "async_show_menu",
            "async_show_progress",
            "async_abort",
            "_abort_if_unique_id_mismatch",
            within=function,
        ):
            steps = source.strings(keyword(call, "step_id"), function)
            given = dict_keys(
                source, keyword(call, "description_placeholders"), function
            )
            match called(call):
                case "async_show_form":
                    assert steps, source.place(call)
                    schema = keyword(call, "data_schema")
                    fields = self._fields(source, schema, function)
                    for step in steps:
                        self.steps.setdefault(step, set()).update(fields)
                        self.given.setdefault(step, set()).update(given)
                case "async_show_menu":
                    options = source.value(keyword(call, "menu_options") or call)
                    assert isinstance(options, list), source.place(call)
                    self.menus |= {step: set(options) for step in steps}
                case "async_show_progress":
                    action = keyword(call, "progress_action")
                    self.progress |= source.strings(action, function)
                case _:
                    self.aborts |= source.strings(keyword(call, "reason"), function)

    def _fields(
        self, source: Source, schema: ast.expr | None, function: ast.AST
    ) -> set[str]:
        """Return the fields of a form."""
        match schema:
            case ast.Call() if called(schema) == "add_suggested_values_to_schema":
                return self._fields(source, schema.args[0], function)
            case ast.Call() if called(schema) == "Schema":
                assert isinstance(schema.args[0], ast.Dict)
                markers = [key for key in schema.args[0].keys if key]
                return {
                    field
                    for marker in markers
                    if isinstance(marker, ast.Call)
                    for field in source.strings(marker.args[0], function)
                }
            case ast.Call(func=ast.Attribute(attr="extend", value=base)):
                return self._fields(source, base, function) | {
                    field
                    for marker in source.calls("Optional", "Required", within=schema)
                    for field in source.strings(marker.args[0], function)
                }
            case ast.Name(id=name):
                if known := getattr(source.module, name, None):
                    return {str(field) for field in known.schema}
                return {
                    field
                    for node in ast.walk(function)
                    if isinstance(node, ast.Assign)
                    and getattr(node.targets[0], "id", "") == name
                    for field in self._fields(source, node.value, function)
                }
        return set()

    def all_errors(self, other: Flow) -> set[str]:
        """Return the errors that two flows can put beside a field or under a form."""
        places = {"base"}.union(*self.steps.values(), *other.steps.values())
        found: set[str] = set()
        functions = [
            (source, function)
            for source in map(room, FLOW_ROOMS)
            for function in source.functions()
        ]
        for source, function in functions:
            for node in ast.walk(function):
                match node:
                    case ast.Dict():
                        pairs = zip(node.keys, node.values, strict=True)
                    case ast.DictComp():
                        pairs = iter([(node.key, node.value)])
                    case ast.Assign(targets=[ast.Subscript(slice=place)]):
                        pairs = iter([(place, node.value)])
                    case _:
                        continue
                for place, value in pairs:
                    if source.strings(place, function) & places:
                        found |= source.strings(value, function)
        return found


@pytest.mark.parametrize(
    ("base", "section"), [("ConfigFlow", "config"), ("OptionsFlow", "options")]
)
def test_flow_steps(texts: Json, base: str, section: str) -> None:
    """Every step, field and menu entry has its text and its explanation."""
    flow = Flow(base)
    written = texts[section]["step"]
    agree(f"{section} steps", {*flow.steps, *flow.menus}, written)
    for step, fields in flow.steps.items():
        agree(f"{section} {step} data", fields, written[step].get("data", {}))
        explained = written[step].get("data_description", {})
        agree(f"{section} {step} data_description", fields, explained)
        for text in flat(written[step]).values():
            assert placeholders(text) <= flow.given[step], step
    for step, options in flow.menus.items():
        agree(f"{section} {step} menu", options, written[step]["menu_options"])
    agree(f"{section} progress", flow.progress, texts[section].get("progress", {}))


def test_flow_errors_and_aborts(texts: Json) -> None:
    """Every way in which a flow can fail has its text."""
    config = Flow("ConfigFlow")
    options = Flow("OptionsFlow")
    agree("errors", config.all_errors(options), texts["config"]["error"])
    aborts = set(texts["config"]["abort"])
    agree("aborts", config.aborts, aborts - COMMON_ABORTS)
    assert not options.aborts
    agree("options", {"error", "step"}, texts["options"])
    for key, text in texts["options"]["error"].items():
        assert text == texts["config"]["error"][key]


def test_flow_title(texts: Json) -> None:
    """The title of a discovered device is made of what the flow knows."""
    given = {
        key
        for source in map(room, FLOW_ROOMS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Subscript)
        and source.value(node.targets[0].slice) == "title_placeholders"
        for key in dict_keys(source, node.value, source.tree)
    }
    assert placeholders(texts["config"]["flow_title"]) == given


def selectors(source: Source) -> Iterator[tuple[str, set[str]]]:
    """Yield the translation key and the options that are known of each selector."""
    for function in source.functions():
        for call in source.calls("SelectSelectorConfig", within=function):
            keys = source.strings(keyword(call, "translation_key"), function)
            # The rest of the options is made of what is found at run time.
            fixed = {
                text
                for option in source.calls("SelectOptionDict", within=function)
                for text in source.strings(keyword(option, "value"), function)
            }
            yield from ((key, fixed) for key in keys)


def schema_selectors(source: Source) -> Iterator[tuple[str, set[str]]]:
    """Yield the same of the selectors in a module's ready-made schemas."""
    for thing in vars(source.module).values():
        schema = getattr(thing, "schema", None)
        for field in schema.values() if isinstance(schema, Mapping) else ():
            if isinstance(field, SelectSelector) and "translation_key" in field.config:
                yield field.config["translation_key"], set(field.config["options"])
            elif isinstance(field, ObjectSelector) and "fields" in field.config:
                yield field.config["translation_key"], set(field.config["fields"])


def test_selectors(texts: Json) -> None:
    """Every option of a selector has its text."""
    used: dict[str, set[str]] = {}
    for key, options in (
        *(pair for flow in map(room, FLOW_ROOMS) for pair in selectors(flow)),
        *(pair for flow in map(room, FLOW_ROOMS) for pair in schema_selectors(flow)),
        *yaml_selectors(load_actions("services.yaml")),
        *yaml_selectors(load_actions("triggers.yaml")),
        *yaml_selectors(load_actions("conditions.yaml")),
    ):
        used.setdefault(key, set()).update(options)
    agree("selectors", used, texts["selector"])
    for key, options in used.items():
        text = texts["selector"][key]
        agree(f"selector {key}", options, text.get("options") or text["fields"])


def yaml_selectors(actions: Json) -> Iterator[tuple[str, set[str]]]:
    """Yield the same of the selectors of actions, triggers and conditions."""
    for action in actions.values():
        for field in fields_of(action).values():
            select = (field.get("selector") or {}).get("select") or {}
            if "translation_key" in select:
                yield select["translation_key"], set(select["options"])


# Entities


def described(thing: Any) -> Iterator[EntityDescription]:
    """Yield the entity descriptions in a module-level value."""
    # By name: Home Assistant makes some of these classes twice, frozen and thawed.
    if any(base.__name__ == EntityDescription.__name__ for base in type(thing).__mro__):
        yield thing
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from described(value)
    elif isinstance(thing, tuple | list | set | frozenset):
        for value in thing:
            yield from described(value)


def entity_keys(platform: Platform) -> dict[str, set[str]]:
    """Return the translation keys of a platform and the states that have a name."""
    source = room(platform)
    used: dict[str, set[str]] = {}
    for thing in vars(source.module).values():
        for description in described(thing):
            if description.translation_key:
                states = getattr(description, "options", None) or getattr(
                    description, "event_types", None
                )
                used[str(description.translation_key)] = set(states or ())
    for node in ast.walk(source.tree):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        for target in targets:
            name = getattr(target, "id", getattr(target, "attr", ""))
            if name == "_attr_translation_key":
                for key in source.strings(node.value, source.tree):
                    used.setdefault(key, set())
    return used


PLATFORMS = [item for item in Platform if (OURS / f"{item}.py").exists()]


def test_entity_platforms(texts: Json, icons: Json) -> None:
    """Texts and icons belong to platforms that exist."""
    used = {platform.value for platform in PLATFORMS if entity_keys(platform)}
    agree("entity texts", used, texts["entity"])
    assert set(icons["entity"]) <= used


def test_every_platform_says_how_much_goes_on_at_once() -> None:
    """Everything: a device orders its commands by itself."""
    for platform in PLATFORMS:
        assert room(platform).module.PARALLEL_UPDATES == 0, platform


@pytest.mark.parametrize("platform", PLATFORMS)
def test_entities(texts: Json, icons: Json, platform: Platform) -> None:
    """Every entity has a name, its states too, and icons are of entities that exist."""
    used = entity_keys(platform)
    written = texts["entity"].get(platform, {})
    agree(f"{platform} texts", used, written)
    sources = (room(platform), room("entity"), room("setting_entity"))
    given = {
        key
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "attr", "") == "_attr_translation_placeholders"
        for key in dict_keys(source, node.value, source.tree)
    }
    for key, states in used.items():
        text = written[key]
        named = text.get("state", {}) or text.get("state_attributes", {}).get(
            "event_type", {}
        ).get("state", {})
        agree(f"{platform} {key} states", states, named)
        assert placeholders(text["name"]) <= given, key
    for key, icon in icons["entity"].get(platform, {}).items():
        assert key in used, f"{platform} icon {key} is dead"
        for shown in (icon, *icon.get("state_attributes", {}).values()):
            if states := used[key]:
                assert set(shown.get("state", {})) <= states, key


def test_icons_are_material_design_icons(icons: Json) -> None:
    """Home Assistant ships no others."""
    for key, icon in flat(icons).items():
        assert re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", icon), key


def test_progress(texts: Json) -> None:
    """What takes long has a name, and what came of it a sentence."""
    shown = texts["entity"]["sensor"]["progress"]["state_attributes"]["activity"]
    agree("activities", Activity, shown["state"])
    titles = {f"{a}_title" for a in Activity if not a.startswith("read_")}
    captures = {"capture_title", "capture_done", "capture_full"}
    spoken = {"last_access", "nobody_came", "somebody"}
    said = {*titles, *Outcome, "work_failed"} | captures | spoken
    sentences = ("actor_", "logbook_", "method_")
    others = {key for key in texts["common"] if not key.startswith(sentences)}
    agree("common", said, others)
    for title in titles:
        assert placeholders(texts["common"][title]) == {"name"}


def test_what_happened(texts: Json) -> None:
    """What a device can tell about an event has words."""
    attributes = texts["entity"]["event"]["access"]["state_attributes"]
    shown = {
        key: set(text["state"]) for key, text in attributes.items() if "state" in text
    }
    agree("ways to verify", VerifyMethod, shown["method"])
    agree("attendance", AttendanceState, shown["attendance"])
    agree("directions", Direction, shown["direction"])
    # Each of these may be a number that nobody has explained, which tells its own words.
    names = {event.name for event in EVENTS.values()} | {
        describe_operation(code, 0).name for code in range(256)
    } - {"alarm", "operation"}
    assert names <= shown["name"]
    written = {
        constant.value
        for module in modules()
        for constant in ast.walk(module.tree)
        if isinstance(constant, ast.Constant)
    }
    assert shown["name"] <= written


def test_sentences(texts: Json) -> None:
    """The logbook has a sentence for all that it says, and no others."""
    texts = texts["common"]
    spoken = {key.removeprefix("method_") for key in texts if key.startswith("method_")}
    agree("what was shown", {*VerifyMethod} - {VerifyMethod.AUTOMATIC}, spoken)
    (module,) = (module for module in modules() if module.name == "logbook")
    said = {*EventKind, *AttendanceState} | {
        constant.value
        for constant in ast.walk(module.tree)
        if isinstance(constant, ast.Constant)
    }
    for key in texts:
        stem = key.removesuffix("_with").removesuffix("_someone")
        if key.startswith("logbook_"):
            assert stem.removeprefix("logbook_") in said, key
            assert ("means" in placeholders(texts[key])) is key.endswith("_with")


# Actions, triggers and conditions


def fields_of(action: Json | None) -> Json:
    """Return the fields of an action, trigger or condition, out of their sections."""
    found: Json = {}
    for name, field in ((action or {}).get("fields") or {}).items():
        if "fields" in (field or {}):
            found |= fields_of(field)
        else:
            found[name] = field or {}
    return found


def check_fields(name: str, action: Json | None, text: Json) -> None:
    """Check the texts of one action, trigger or condition."""
    assert {"name", "description"} <= set(text), name
    fields = fields_of(action)
    agree(f"{name} fields", fields, text.get("fields", {}))
    for field in text.get("fields", {}).values():
        assert set(field) == {"name", "description"}, name
    assert not any(placeholders(line) for line in flat(text).values()), name


def accepted(schema: Any) -> set[str]:
    """Return the fields that an action's schema accepts, its targets among them."""
    while not isinstance(schema, Mapping):
        schema = getattr(schema, "schema", None) or schema.validators[0]
    return {str(key) for key in schema}


async def test_actions(hass: HomeAssistant, texts: Json, icons: Json) -> None:
    """What is registered, described, named and drawn are the same actions."""
    assert await async_setup_component(hass, DOMAIN, {})
    registered = hass.services.async_services_for_domain(DOMAIN)
    described_actions = load_actions("services.yaml")
    agree("services.yaml", registered, described_actions)
    agree("services texts", registered, texts["services"])
    agree("services icons", registered, icons["services"])
    for name, action in described_actions.items():
        check_fields(name, action, texts["services"][name])
        fields = accepted(registered[name].schema)
        if "target" in (action or {}):
            fields -= accepted(cv.make_entity_service_schema({}))
        agree(f"{name} schema", fields, fields_of(action))


async def test_triggers(hass: HomeAssistant, texts: Json, icons: Json) -> None:
    """What triggers, and how it is described, named and drawn, is the same."""
    offered = await trigger.async_get_triggers(hass)
    described_triggers = load_actions("triggers.yaml")
    agree("triggers.yaml", offered, described_triggers)
    agree("triggers texts", offered, texts["triggers"])
    agree("triggers icons", offered, icons["triggers"])
    for name, description in described_triggers.items():
        check_fields(name, description, texts["triggers"][name])
        filters = {one.name for one in trigger.FILTERS[EventKind(name)]}
        agree(f"{name} filters", filters, fields_of(description))


def test_device_triggers(texts: Json) -> None:
    """Each type that a device trigger can have is named."""
    types = device_trigger.TRIGGERS
    agree("device triggers", types, texts["device_automation"]["trigger_type"])
    agree("device automations", {"trigger_type"}, texts["device_automation"])


async def test_conditions(hass: HomeAssistant, texts: Json, icons: Json) -> None:
    """What is tested, and how it is described, named and drawn, is the same."""
    offered = await condition.async_get_conditions(hass)
    described_conditions = load_actions("conditions.yaml")
    agree("conditions.yaml", offered, described_conditions)
    agree("conditions texts", offered, texts["conditions"])
    agree("conditions icons", offered, icons["conditions"])
    for name, description in described_conditions.items():
        check_fields(name, description, texts["conditions"][name])


def test_sections(texts: Json, icons: Json) -> None:
    """Nothing else is written down."""
    agree(
        "texts",
        {
            "common",
            "conditions",
            "config",
            "config_panel",
            "device",
            "device_automation",
            "entity",
            "exceptions",
            "issues",
            "options",
            "selector",
            "services",
            "system_health",
            "triggers",
        },
        texts,
    )
    agree("icons", {"conditions", "entity", "services", "triggers"}, icons)
