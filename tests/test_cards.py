"""The dashboard card reaches the browser, and has a text for everything that it says."""

from http import HTTPStatus
import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco import cards
from custom_components.zkteco.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .source import OURS, flat

CODE = {
    script.name: script.read_text(encoding="utf-8")
    for script in sorted(cards.FILES.glob("*.js"))
}
VERSION = cards.version_of(cards.FILES)
LOADED = re.compile(rf'import\("(/zkteco-cards/[0-9a-f]{{12}}/){cards.CARD}"\)')


@pytest.fixture(autouse=True)
def somebody_lives_here(hass_storage: dict[str, Any]) -> None:
    """Let Home Assistant have an owner: a new one has a page of its own."""
    done = {"done": ["user", "core_config", "analytics", "integration"]}
    hass_storage["onboarding"] = {"version": 4, "key": "onboarding", "data": done}


async def folder_on_page(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> str:
    """Return the address of the card's folder, as Home Assistant's own page says it."""
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_client()
    page = await (await client.get("/")).text()
    (folder,) = LOADED.findall(page)
    return str(folder)


async def test_every_page_loads_the_card(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """The page loads the card once; browsers get all of its modules, and keep them."""
    folder = await folder_on_page(hass, hass_client)
    client = await hass_client()
    for name, code in CODE.items():
        answer = await client.get(folder + name)
        assert answer.status == HTTPStatus.OK
        assert answer.content_type == "text/javascript"
        assert "max-age" in answer.headers["Cache-Control"]
        assert await answer.text() == code


@pytest.fixture
def new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another version of the card be installed, with a change in one of its modules."""
    for name, code in CODE.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    (tmp_path / "style.js").write_text("// All new.", encoding="utf-8")
    monkeypatch.setattr(cards, "FILES", tmp_path)


@pytest.mark.usefixtures("new_files")
async def test_another_version_has_another_address(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """What a browser has kept is not taken for what is new."""
    folder = await folder_on_page(hass, hass_client)
    assert VERSION not in folder
    client = await hass_client()
    assert await (await client.get(f"{folder}style.js")).text() == "// All new."


async def test_without_frontend(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """A home without pages does well without a card."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert "frontend" not in hass.config.components
    client = await hass_client()
    answer = await client.get(f"/zkteco-cards/{VERSION}/{cards.CARD}")
    assert answer.status == HTTPStatus.NOT_FOUND


def test_modules() -> None:
    """Everything that is imported is there, and nothing comes from elsewhere."""
    imported = {
        module for code in CODE.values() for module in re.findall(r'from "(.+)"', code)
    }
    assert imported | {f"./{cards.CARD}"} == {f"./{name}" for name in CODE}


def test_no_markup_is_made_of_data() -> None:
    """Names come from devices: only text may become of them."""
    ways = r"innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|srcdoc|eval\("
    assert not [name for name, code in CODE.items() if re.search(ways, code)]


def test_texts() -> None:
    """Every text that the card says is there, and is filled in; there is no other."""
    said: dict[str, list[str]] = {}
    for code in CODE.values():
        # What follows may be the values, up to the end of the call.
        for key, rest in re.findall(
            r'words\(\s*"([\w.]+)"(?=(.{0,80}))', code, re.DOTALL
        ):
            said.setdefault(key, []).append(rest)
    texts = json.loads((OURS / "translations/en.json").read_text(encoding="utf-8"))
    written = flat(texts["config_panel"])
    assert set(said) == set(written)
    for key, text in written.items():
        for name in re.findall(r"{(\w+)}", text):
            for rest in said[key]:
                values = rest.partition("{")[2]
                assert re.match(rf"[^;]*\b{name}\b", values), f"{key}: {name}"
