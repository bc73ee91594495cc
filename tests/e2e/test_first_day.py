"""The first day with the integration, by clicks only: one story, its tests in the order in which they stand.

A test that fails takes those along that need what it should have made; the first failure is the
one to look at. Not here: the card (`test_doors_card.py`).
"""

import re

from playwright.sync_api import Locator, Page, expect

from scripts.demo.home import DASHBOARD, TERMINAL_KEY, arrange, doors_of

from .conftest import Picture
from .home import HOST, PASSWORD, USER, Home

INTEGRATION = "/config/integrations/integration/zkteco"
FRONT_DOOR, BACK_DOOR, GARDEN_GATE, SHED, WORKSHOP, HALL = (
    "Front door",
    "Back door",
    "Garden gate",
    "Shed",
    "Workshop",
    "Hall",
)
ALICES_CARD, BOBS_CARD, UNKNOWN_CARD = 1234567, 7654321, 999


def field(page: Page, label: str) -> Locator:
    """Return what a text or a number is typed into."""
    return page.get_by_role("textbox", name=label).or_(
        page.get_by_role("spinbutton", name=label)
    )


def press(page: Page, button: str) -> None:
    """Press a button; of several of this name the one at the bottom of a dialog."""
    page.get_by_role("button", name=button, exact=True).last.click()


def add_integration(page: Page) -> None:
    """Begin to add a device; which kind it is comes next."""
    page.goto("/config/integrations/dashboard")
    press(page, "Add integration")
    page.get_by_placeholder("Search for a brand name").fill("zkteco")
    brands = page.locator("dialog-add-integration")
    brands.get_by_text("ZKTeco", exact=True).click()
    expect(page.get_by_text("Which kind of device is it?")).to_be_visible()


def name_devices(page: Page, *names: str) -> None:
    """Name the doors of a device that was just added."""
    fields = page.get_by_role("textbox", name="Device name")
    expect(fields).to_have_count(1 + len(names))  # the device itself comes first
    for number, name in enumerate(names, 1):
        fields.nth(number).fill(name)
        fields.nth(number).press("Tab")  # the dialog takes a name that is complete
    press(page, "Finish")
    expect(page.get_by_role("dialog")).to_be_hidden()


def close_with(page: Page, text: str) -> None:
    """Read what a dialog says at its end, and close it."""
    expect(page.get_by_text(text)).to_be_visible()
    page.get_by_role("button", name=re.compile("^(Close|Finish)$")).last.click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def entry_of(page: Page, device: str) -> Locator:
    """Return what the integration's page shows about a device."""
    page.goto(INTEGRATION)
    return page.locator("ha-config-entry-row", has_text=device)


def choose(page: Page, device: str, item: str) -> None:
    """Choose an item from a device's menu."""
    entry_of(page, device).get_by_role("button", name="Menu").first.click()
    page.get_by_role("menuitem", name=item).click()


def door_tile(page: Page, door: str) -> Locator:
    """Return a door on the dashboard."""
    return page.locator("hui-tile-card", has_text=door)


def entity(home: Home, door: str, key: str) -> str:
    """Return the entity id of a part of a door."""
    doors = home.run(doors_of(home.api))
    return next(
        str(item["entities"][key]) for item in doors if item["name_by_user"] == door
    )


def open_door(page: Page, door: str) -> None:
    """Open a door from the dashboard."""
    door_tile(page, door).get_by_text("Open door").click()
    door_tile(page, door).get_by_text("Really open?").click()


def test_somebody_moves_in(home: Home, page: Page, picture: Picture) -> None:
    """An owner's account is made."""
    page.goto("/")
    press(page, "Create my smart home")
    for name, text in {
        "name": "Demo",
        "username": USER,
        "password": PASSWORD,
        "password_confirm": PASSWORD,
    }.items():
        page.locator(f"input[name={name}]").fill(text)
    picture("01 an account")
    with page.expect_response("**/auth/token"):
        press(page, "Create account")
    page.goto("/")  # the demo home skips the steps that call out into the world
    page.get_by_role("link", name="Settings").click()
    page.get_by_text("Devices & services").click()
    expect(page.get_by_role("button", name="Add integration")).to_be_visible()
    # The page asked for something before there was an owner, and was refused.
    home.run(home.api.post("services/persistent_notification/dismiss_all", {}))


def test_a_panel_is_added(home: Home, page: Page, picture: Picture) -> None:
    """Neither a wrong port nor a wrong password is the end of it."""
    home.do(home.panel.parameters.__setitem__, "ComPwd", "1234")
    add_integration(page)
    picture("02 which kind", readme="add-device")
    page.get_by_text("C3 or inBio panel").click()

    field(page, "Host").fill(HOST)
    picture("03 address of the panel")
    field(page, "Port").fill("1")
    press(page, "Submit")
    expect(page.get_by_text("The panel does not answer.")).to_be_visible()
    picture("04 no answer")

    field(page, "Port").fill(str(home.panel.port))
    field(page, "Communication password").fill("4321")
    press(page, "Submit")
    expect(page.get_by_text("The panel refused this password.")).to_be_visible()
    picture("05 wrong password")

    field(page, "Communication password").fill("1234")
    press(page, "Submit")
    expect(page.get_by_role("textbox", name="Device name").first).to_be_visible()
    picture("06 name the doors")
    name_devices(page, FRONT_DOOR, BACK_DOOR)
    expect(entry_of(page, FRONT_DOOR)).to_contain_text(BACK_DOOR)
    picture("07 the integration")


def test_a_terminal_is_added(home: Home, page: Page, picture: Picture) -> None:
    """A terminal without its key says so, and is added with it."""
    add_integration(page)
    page.get_by_text("Standalone terminal").click()
    field(page, "Host").fill(HOST)
    field(page, "Port").fill(str(home.terminal.port))
    picture("08 address of the terminal")
    press(page, "Submit")
    expect(page.get_by_text("The terminal refused this key.")).to_be_visible()
    picture("09 wrong key")
    field(page, "Communication key").fill(TERMINAL_KEY)
    press(page, "Submit")
    name_devices(page, WORKSHOP)


def test_a_push_device_is_waited_for(home: Home, page: Page, picture: Picture) -> None:
    """The dialog tells what to type into the device, and waits until it calls."""
    add_integration(page)
    page.get_by_text("Device that calls Home Assistant").click()
    expect(page.get_by_text("Waiting for the device to call.")).to_be_visible()
    port = home.url.rpartition(":")[2]
    expect(page.get_by_text(f"Server port: {port}")).to_be_visible()
    picture("10 waiting for the device")
    home.run(home.push_device.start())
    expect(page.get_by_role("radio", name="C3-200 Plus")).to_be_checked()
    picture("11 the device has called")
    press(page, "Submit")
    name_devices(page, GARDEN_GATE, SHED)


def test_a_door_is_opened(home: Home, page: Page, picture: Picture) -> None:
    """The lock goes through opening and unlocked, and locks by itself."""
    home.run(arrange(home.api))
    page.goto(f"/{DASHBOARD}")
    tile = door_tile(page, FRONT_DOOR)
    expect(tile).to_contain_text("Locked")
    open_door(page, FRONT_DOOR)
    expect(tile).to_contain_text("Unlocked")
    picture("12 unlocked")
    expect(tile).to_contain_text("Locked")
    tile.locator("ha-tile-container").click(position={"x": 80, "y": 20})
    expect(page.locator("ha-more-info-dialog")).to_contain_text(FRONT_DOOR)
    picture("13 more about the lock")

    page.goto(f"/logbook?entity_id={entity(home, FRONT_DOOR, 'lock')}")
    told = page.locator("ha-logbook-entry")
    for state in ("Opening", "Unlocked", "Locked"):
        expect(told.filter(has_text=state).first).to_be_visible()


def test_what_happens_is_told(home: Home, page: Page, picture: Picture) -> None:
    """Cards at the doors are sentences in the logbook."""
    page.goto("/logbook")
    happened = page.locator("ha-logbook")
    home.do(home.push_device.swipe, 1, ALICES_CARD)
    expect(happened).to_contain_text(f"Alice opened {GARDEN_GATE}")
    home.do(home.panel.swipe, 2, UNKNOWN_CARD)
    expect(happened).to_contain_text(f"{BACK_DOOR} refused an unknown card")
    home.do(home.panel.swipe, 2, BOBS_CARD)
    expect(happened).to_contain_text(f"{BACK_DOOR} refused Bob: No right to this door")
    home.do(home.panel.swipe, 1, ALICES_CARD)
    expect(happened).to_contain_text(f"Alice opened {FRONT_DOOR} with a card")
    picture("14 logbook", readme="logbook")

    page.set_viewport_size({"width": 1360, "height": 900})
    page.goto(f"/{DASHBOARD}")
    expect(page.locator("hui-logbook-card")).to_contain_text("Alice")
    picture("15 dashboard", readme="dashboard")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_people_are_on_a_card(page: Page, picture: Picture) -> None:
    """The card of the integration shows who may enter where."""
    page.goto(f"/{DASHBOARD}")
    page.get_by_role("tab", name="People").click()
    card = page.locator("zkteco-doors-card")
    card.get_by_text("People", exact=True).click()
    expect(card.get_by_role("button", name="Edit Alice").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1100})
    picture("16 people", of=card, readme="people")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_door_has_a_page(page: Page, picture: Picture) -> None:
    """The page of a door shows its state, what happened and its settings."""
    entry_of(page, FRONT_DOOR).get_by_text(FRONT_DOOR).click()
    expect(page.get_by_text("Open time")).to_be_visible()
    expect(page.get_by_text("Alice").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1100})
    picture("17 a door", readme="door")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(INTEGRATION)
    page.get_by_text("C3-200", exact=True).nth(1).click()
    expect(page.get_by_text("Firmware:")).to_be_visible()
    picture("18 a panel")


def test_an_automation_runs(home: Home, page: Page, picture: Picture) -> None:
    """A refused card triggers an automation, which tells its owner."""
    automation = {
        "alias": "Tell about refused cards",
        "triggers": [
            {
                "trigger": "zkteco.access_denied",
                "target": {"entity_id": entity(home, BACK_DOOR, "access")},
            }
        ],
        "actions": [
            {
                "action": "persistent_notification.create",
                "data": {"title": "Back door", "message": "Somebody was refused."},
            }
        ],
    }
    home.run(home.api.post("config/automation/config/refused", automation))
    page.goto("/config/automation/edit/refused")
    expect(page.get_by_text("Access denied")).to_be_visible()
    picture("19 automation")
    home.do(home.panel.swipe, 2, UNKNOWN_CARD)
    page.get_by_text("Notifications", exact=True).click()
    expect(page.get_by_text("Somebody was refused.")).to_be_visible()
    picture("20 notification")


def test_an_action_returns_users(page: Page, picture: Picture) -> None:
    """Whoever has a card at the panel is in the answer of an action."""
    page.goto("/config/developer-tools/action")
    page.locator("ha-service-picker").click()
    page.locator("ha-service-picker input").fill("zkteco get users")
    page.get_by_text("zkteco.get_users").click()
    page.get_by_text("Select a device").click()
    page.locator("ha-device-picker input").fill("C3-200")
    page.get_by_text("C3-200", exact=True).last.click()
    press(page, "Perform action")
    response = page.locator("ha-yaml-editor").last
    expect(response).to_contain_text("Alice")
    expect(response).to_contain_text("Bob")
    response.scroll_into_view_if_needed()
    picture("21 users")


def test_options_are_changed(page: Page, picture: Picture) -> None:
    """What was chosen is still chosen when one looks again."""
    configure = entry_of(page, FRONT_DOOR).get_by_role("button", name="Configure")
    configure.click()
    whole = page.get_by_role("radio", name="The whole number")
    expect(whole).not_to_be_checked()
    picture("22 options of a panel")
    whole.check()
    press(page, "Submit")
    close_with(page, "Options successfully saved.")
    configure.click()
    expect(whole).to_be_checked()


def test_options_of_other_kinds(page: Page, picture: Picture) -> None:
    """A terminal and a PUSH device have options of their own."""
    entry_of(page, WORKSHOP).get_by_role("button", name="Configure").click()
    expect(page.get_by_text("A door sensor is fitted").first).to_be_visible()
    picture("23 options of a terminal")
    entry_of(page, GARDEN_GATE).get_by_role("button", name="Configure").click()
    page.get_by_text("This device").click()
    expect(page.get_by_text("Keep the device's clock right").first).to_be_visible()
    picture("24 options of a push device")


def test_a_panel_is_reconfigured(home: Home, page: Page, picture: Picture) -> None:
    """A wrong password is told; with the right one the panel goes on."""
    choose(page, FRONT_DOOR, "Reconfigure")
    expect(page.get_by_text("The panel stays the same")).to_be_visible()
    picture("25 reconfigure")
    field(page, "Communication password").fill("4321")
    press(page, "Submit")
    expect(page.get_by_text("The panel refused this password.")).to_be_visible()
    field(page, "Host").fill("localhost")
    field(page, "Communication password").fill("1234")
    press(page, "Submit")
    close_with(page, "successful")


def test_a_changed_password_is_asked_for(
    home: Home, page: Page, picture: Picture
) -> None:
    """Somebody changes the panel's password; Home Assistant asks for the new one."""
    page.goto(INTEGRATION)
    home.do(home.panel.parameters.__setitem__, "ComPwd", "5678")
    home.do(home.panel.hang_up)
    expect(page.get_by_text("Needs attention")).to_be_visible()
    picture("26 needs attention")
    page.goto("/config/repairs")
    expect(page.get_by_text("Authentication expired for C3-200")).to_be_visible()
    picture("27 repairs")
    page.goto(INTEGRATION)
    press(page, "Reconfigure")
    expect(page.get_by_text("Password refused")).to_be_visible()
    picture("28 new password")
    field(page, "Communication password").fill("5678")
    press(page, "Submit")
    close_with(page, "successful")
    expect(page.get_by_text("Needs attention")).to_be_hidden()
    page.goto(f"/{DASHBOARD}")
    expect(door_tile(page, FRONT_DOOR)).to_contain_text("Locked")


def test_a_device_calls_while_nobody_looks(
    home: Home, page: Page, picture: Picture
) -> None:
    """The pairing window is still open: an attendance terminal that calls is discovered."""
    page.goto("/config/integrations/dashboard")
    home.run(home.attendance_terminal.start())
    expect(page.get_by_text("Discovered", exact=True)).to_be_visible()
    picture("29 discovered")
    press(page, "Add")
    expect(page.get_by_text("is set to keep attendance")).to_be_visible()
    picture("30 attendance")
    press(page, "Submit")
    name_devices(page, HALL)


def test_a_panel_is_deleted(page: Page, picture: Picture) -> None:
    """The others go on working."""
    choose(page, FRONT_DOOR, "Delete")
    picture("31 delete")
    page.locator("dialog-box").get_by_role("button", name="Delete").click()
    expect(page.get_by_text(FRONT_DOOR)).to_have_count(0)
    expect(page.get_by_text(GARDEN_GATE)).to_be_visible()
    picture("32 without the panel")
    page.goto(f"/{DASHBOARD}")
    open_door(page, GARDEN_GATE)
    expect(door_tile(page, GARDEN_GATE)).to_contain_text("Unlocked")
