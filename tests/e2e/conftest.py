"""A home in a real browser. Run by `scripts/e2e`, not by `scripts/test`.

Each module of tests gets a Home Assistant of its own, devices that it may break, and one browser
page that all of its tests share, in the order in which they stand::

    def test_a_card_opens_the_door(furnished: Home, page: Page, picture: Picture) -> None:
        page.goto("/zkteco-doors")                               # the dashboard; paths are enough
        furnished.do(furnished.panel.swipe, 1, 1234567)          # something happens at the panel
        expect(page.get_by_text("Alice").first).to_be_visible()  # waits for it
        picture("a card opens the door")                         # build/e2e/a-card-opens-the-door.png

`home` is new and empty: nobody has an account yet. `furnished` is the same home after its owner
added a panel (two doors), a terminal and a PUSH device, named the doors and signed in; the page
is signed in too. `furnished.api` asks Home Assistant what a test cannot see.

Locators of playwright see through shadow DOM. Nothing sleeps: `expect` and `wait_for` are patient.
A test fails when our own code tells the browser's console about an error. After a failure,
build/e2e/ has the page as a picture and as HTML, and Home Assistant's log.

Not here: what a home is (`home.py`).
"""

from collections.abc import Callable, Generator
import os
import re
import shutil
import time

from PIL import Image
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)
import pytest

from scripts.demo.home import ROOT, ZONE

from .home import PASSWORD, PATIENCE_SECONDS, USER, Background, Home

BUILD = ROOT / "build" / "e2e"
IMAGES = ROOT / "docs" / "images"
OURS = "zkteco"
VIEWPORT = (1280, 800)

type Picture = Callable[..., None]
"""Keeps a picture of what is seen: `picture(name, of=None, readme=None)`.

`of` is a part of the page; `readme` the name of the README's image that this one is to be.
"""

failed = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `scripts/e2e --pictures` make the README's images anew."""
    parser.addoption("--pictures", action="store_true")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember which test failed, for the fixtures."""
    report = yield
    item.stash[failed] = item.stash.get(failed, False) or report.failed
    return report


@pytest.fixture(scope="session")
def background() -> Generator[Background]:
    """Return where everything but the browser runs, in the time of the demo home."""
    os.environ["TZ"] = ZONE
    time.tzset()
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    with Background() as background:
        yield background


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """Return the browser that `CHROMIUM` names."""
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def home(background: Background, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a new home."""
    return Home(background, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def page(home: Home, browser: Browser) -> Generator[Page]:
    """Return the page of the module, still blank."""
    width, height = VIEWPORT
    page = browser.new_page(
        base_url=home.url,
        viewport={"width": width, "height": height},
        locale="en-US",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def furnished(home: Home, page: Page) -> Home:
    """Return the home with devices, an owner who is signed in, and a dashboard."""
    home.furnish()
    sign_in(page)
    return home


def sign_in(page: Page) -> None:
    """Sign in as the owner."""
    page.goto("/")
    page.locator("input[name=username]").fill(USER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Settings").wait_for()


@pytest.fixture
def picture(page: Page, request: pytest.FixtureRequest) -> Picture:
    """Return what keeps a picture of the page."""

    def keep(name: str, of: Locator | None = None, readme: str | None = None) -> None:
        path = BUILD / f"{slug(name)}.png"
        (of or page).screenshot(path=path, animations="disabled")
        if readme and request.config.getoption("pictures"):
            colours = Image.open(path).convert("RGB").quantize(256)
            colours.save(IMAGES / f"{readme}.png", optimize=True)

    return keep


def slug(name: str) -> str:
    """Return a name for a file."""
    return re.sub(r"\W+", "-", name).strip("-").lower()


@pytest.fixture(autouse=True)
def watched(page: Page, home: Home, request: pytest.FixtureRequest) -> Generator[None]:
    """Fail for errors of our own code in the browser; keep what explains a failure."""
    errors: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if message.type == "error" and OURS in message.location["url"]:
            errors.append(message.text)

    def thrown(error: Exception) -> None:
        if OURS in (getattr(error, "stack", "") or ""):
            errors.append(str(error))

    page.on("console", told)
    page.on("pageerror", thrown)
    yield
    page.remove_listener("console", told)
    page.remove_listener("pageerror", thrown)
    if errors or request.node.stash.get(failed, False):
        name = f"failed-{slug(request.node.name)}"
        page.screenshot(path=BUILD / f"{name}.png")
        (BUILD / f"{name}.html").write_text(page.content(), encoding="utf-8")
        shutil.copy(home.log, BUILD / f"{name}.log")
    assert not errors
