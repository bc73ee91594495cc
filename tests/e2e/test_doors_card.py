"""The dashboard card in a real dashboard: doors that people open, and people who get doors.

The tests are one story, in the order in which they stand.
"""

from collections.abc import Generator
import re

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
import pytest

from tests.simulators import c3_wire as wire

from .conftest import Picture
from .home import Home

VIEW = "/zkteco-doors/people"
HOSTILE = "<img src=x onerror=a()>"
PHONE: ViewportSize = {"width": 360, "height": 780}
GUEST = "guest"


@pytest.fixture
def card(furnished: Home, page: Page) -> Locator:
    """Return the card, on the demo home's dashboard."""
    if not page.url.endswith(VIEW):
        page.goto(VIEW)
    card = page.locator("zkteco-doors-card")
    expect(card.locator(".door")).to_have_count(5)
    return card


@pytest.fixture
def people(card: Locator) -> Locator:
    """Return the part about people, unfolded."""
    if not card.locator("details[open]").count():
        card.get_by_text("People", exact=True).click()
    expect(person(card, "1")).to_be_visible()
    return card.locator("details")


def door(card: Locator, name: str) -> Locator:
    """Return the row of a door."""
    return card.locator(".door").filter(has=card.page.get_by_text(name, exact=True))


def person(card: Locator, user_id: str) -> Locator:
    """Return the row of a person."""
    return card.locator(f'[data-user="{user_id}"]')


def open_doors(row: Locator) -> list[str]:
    """Return where a person may enter."""
    cells = row.locator("td.always")
    doors: list[str] = cells.evaluate_all("all => all.map(cell => cell.dataset.door)")
    return doors


def device_named(home: Home, name: str) -> str:
    """Return the ID of a device."""
    devices = home.run(home.api.ask("config/device_registry/list"))
    (found,) = [
        device["id"]
        for device in devices
        if name in (device["name_by_user"], device["name"])
    ]
    return str(found)


def rename(home: Home, device_id: str, name: str) -> None:
    """Give a device another name."""
    home.run(
        home.api.ask(
            "config/device_registry/update", device_id=device_id, name_by_user=name
        )
    )


def users_of_panel(home: Home, user_id: str) -> dict[str, object]:
    """Return what the panel knows about somebody, as Home Assistant reads it."""
    panel = device_named(home, "C3-200")
    answer = home.run(
        home.api.ask(
            "call_service",
            domain="zkteco",
            service="get_users",
            service_data={"device_id": panel, "user_id": user_id},
            return_response=True,
        )
    )
    users: list[dict[str, object]] = answer["response"][panel]["users"]
    return users[0] if users else {}


# Doors


def test_doors_tell_their_state(card: Locator, picture: Picture) -> None:
    """Each door says what is known about it, and no more."""
    expect(door(card, "Front door").get_by_text("Locked")).to_be_visible()
    expect(door(card, "Workshop")).not_to_contain_text("Locked")
    expect(door(card, "Workshop")).to_contain_text("Unknown")
    picture("doors card")


def test_who_came(furnished: Home, card: Locator) -> None:
    """A card that opens a door is somebody at some time."""
    front = door(card, "Front door")
    furnished.do(furnished.panel.swipe, 1, 1234567)
    expect(front.get_by_text(re.compile(r"^Alice, \d+:\d\d"))).to_be_visible()
    expect(front.get_by_text("Unlocked")).to_be_visible()


def test_alarm_and_contact(furnished: Home, card: Locator, picture: Picture) -> None:
    """A door that is forced says so, and that it is open."""
    back = door(card, "Back door")
    furnished.do(furnished.panel.force, 2)
    expect(back.get_by_text("Forced open")).to_be_visible()
    expect(back.locator(".contact")).to_have_text(re.compile("Open$"))
    picture("doors card with an alarm")
    furnished.do(furnished.panel.close_contact, 2)
    expect(back.locator(".contact")).to_have_text(re.compile("Closed$"))


def test_opening_asks_first(furnished: Home, card: Locator) -> None:
    """The first press only asks; Escape takes it back; the second one opens."""
    garden = door(card, "Back door")
    opening = garden.get_by_role("button", name="Open Back door")
    opening.focus()
    card.page.keyboard.press("Enter")
    asked = garden.get_by_role("button", name="Press again to open Back door")
    expect(asked).to_have_text("Confirm?")
    card.page.keyboard.press("Escape")
    expect(opening).to_have_text("Open")
    assert not furnished.do(lambda: furnished.panel.doors[2].relay)

    opening.click()
    asked.click()
    expect(garden.get_by_role("status")).to_have_text(
        "The device has unlocked the door."
    )
    expect(garden.get_by_text("Home Assistant,")).to_be_visible()


def test_a_key_that_is_held_is_one_press(furnished: Home, card: Locator) -> None:
    """Whoever cannot let go of a key quickly has not confirmed anything."""
    back = door(card, "Back door")
    opening = back.get_by_role("button", name="Open Back door")
    opening.focus()
    furnished.do(furnished.panel.requests.clear)
    for _ in range(5):
        card.page.keyboard.down("Enter")
    card.page.keyboard.up("Enter")
    expect(back.get_by_text("Confirm?")).to_be_visible()
    card.page.keyboard.press("Escape")
    expect(opening).to_have_text("Open")
    assert not furnished.do(lambda: furnished.panel.requests[wire.CONTROL])


def test_a_double_click_is_one_press(furnished: Home, card: Locator) -> None:
    """Nor has somebody whose finger slipped."""
    back = door(card, "Back door")
    opening = back.get_by_role("button", name="Open Back door")
    furnished.do(furnished.panel.requests.clear)
    opening.dblclick()
    expect(back.get_by_text("Confirm?")).to_be_visible()
    card.page.keyboard.press("Escape")
    expect(opening).to_have_text("Open")
    assert not furnished.do(lambda: furnished.panel.requests[wire.CONTROL])


def test_where_results_are_told_is_there_before(card: Locator) -> None:
    """Screen readers tell only what changes in a place that they know already."""
    expect(card.get_by_role("status")).to_have_count(5)


def test_what_fails_is_told(furnished: Home, card: Locator, picture: Picture) -> None:
    """A failure is told in the words of Home Assistant, until somebody tries again."""
    front = door(card, "Front door")
    faults = furnished.panel.faults
    furnished.do(faults.lose_reply_to.add, wire.CONTROL)
    front.get_by_role("button", name="Open Front door").click()
    front.get_by_role("button", name="Press again").click()
    expect(front.get_by_role("status")).to_contain_text("did not confirm the command")
    picture("doors card after a failure")
    furnished.do(faults.lose_reply_to.clear)


def test_what_was_told_stays(furnished: Home, card: Locator) -> None:
    """What changes at the device or at another door takes nothing from whoever reads or types."""
    opening = door(card, "Front door").get_by_role("button", name="Open Front door")
    opening.focus()
    shed = device_named(furnished, "Shed")
    rename(furnished, shed, "Greenhouse")
    expect(door(card, "Greenhouse")).to_be_visible()
    expect(opening).to_be_focused()
    told = door(card, "Front door").get_by_role("status")
    expect(told).to_contain_text("did not confirm the command")
    rename(furnished, shed, "Shed")
    expect(door(card, "Shed")).to_be_visible()


def test_a_lock_that_is_gone_is_named(card: Locator) -> None:
    """A lock that has another ID now does not just vanish from a card that names it."""
    configure = "(card, doors) => card.setConfig({ doors })"
    card.evaluate(configure, ["lock.former_door"])
    gone = door(card, "lock.former_door")
    expect(gone).to_contain_text("This lock does not exist")
    expect(gone.get_by_role("button", name="Open")).to_be_disabled()
    card.evaluate(configure, [])
    expect(door(card, "Front door")).to_be_visible()


# People


def test_nothing_is_read_before_somebody_looks(furnished: Home, card: Locator) -> None:
    """The matrix is there once it is unfolded; a person on several devices is one row."""
    expect(person(card, "1")).to_have_count(0)
    before = furnished.do(lambda: furnished.panel.requests[wire.READ_TABLE])
    card.get_by_text("People", exact=True).click()
    expect(person(card, "1")).to_have_count(1)
    assert furnished.do(lambda: furnished.panel.requests[wire.READ_TABLE]) > before
    assert open_doors(person(card, "1")) == [
        "Back door",
        "Front door",
        "Garden gate",
        "Shed",
    ]
    assert open_doors(person(card, "1001")) == ["Workshop"]


def test_names_stay_readable(people: Locator) -> None:
    """With more doors than fit, names stay where they are, and marks go below them."""
    seen = people.evaluate(
        """details => {
            const matrix = details.querySelector(".matrix");
            const name = matrix.querySelector("tbody th");
            matrix.firstChild.style.width = "300%";
            const mark = name.parentNode.querySelector("td ha-icon");
            matrix.scrollLeft +=
                mark.getBoundingClientRect().x - name.getBoundingClientRect().x;
            const { x, y, width, height } = mark.getBoundingClientRect();
            const root = details.getRootNode();
            const seen = root.elementFromPoint(x + width / 2, y + height / 2);
            matrix.firstChild.style.width = "";
            return name.contains(seen);
        }"""
    )
    assert seen


def test_nobody_is_added_blindly(people: Locator) -> None:
    """Until the devices have told who is there, nobody knows which user ID is free."""
    was_enabled = people.evaluate(
        """details => {
            details.querySelector(".tools .icon").click();
            return !details.querySelector(".tools .primary").disabled;
        }"""
    )
    assert not was_enabled
    expect(people.get_by_role("button", name="Add", exact=True)).to_be_enabled()


def test_search(people: Locator) -> None:
    """Of many people, some are found by name or number."""
    search = people.get_by_role("searchbox", name="Search")
    search.fill("bob")
    expect(people.locator("[data-user]")).to_have_count(2)
    search.fill("nobody at all")
    expect(people.get_by_text("Nobody found.")).to_be_visible()
    search.fill("")
    expect(person(people, "1")).to_be_visible()


def test_adding(furnished: Home, people: Locator, picture: Picture) -> None:
    """Somebody new gets in at the chosen doors; a name is text, whatever is in it."""
    people.get_by_role("button", name="Add", exact=True).click()
    dialog = people.get_by_role("dialog", name="Add person")
    dialog.get_by_label("Name").fill(HOSTILE)
    dialog.get_by_label("User ID").fill("77")
    dialog.get_by_label("Card").fill("778899")
    dialog.get_by_label("PIN code").fill("4711")
    save = dialog.get_by_role("button", name="Save")
    save.click()
    expect(dialog.get_by_role("alert")).to_contain_text("Choose a door.")
    dialog.get_by_role("checkbox", name="Front door").check()
    dialog.get_by_role("checkbox", name="Workshop").check()
    picture("adding a person")
    save.click()
    expect(dialog).to_have_count(0)
    expect(people.get_by_role("status")).to_contain_text("C3-200 Added.")
    expect(people.get_by_role("status")).to_contain_text("F18 Added.")
    expect(person(people, "77").locator(".who")).to_have_text(HOSTILE)
    assert open_doors(person(people, "77")) == ["Front door", "Workshop"]
    expect(people.locator("img")).to_have_count(0)
    known = users_of_panel(furnished, "77")
    assert known["user_name"] == HOSTILE
    assert known["cards"] == ["…8899"]


def test_editing_keeps_schedules(
    furnished: Home, people: Locator, picture: Picture
) -> None:
    """Another door changes nothing about the doors that somebody has already."""
    panel = device_named(furnished, "C3-200")
    furnished.run(
        furnished.api.ask(
            "call_service",
            domain="zkteco",
            service="set_access",
            service_data={
                "device_id": panel,
                "user_id": "77",
                "doors": [1],
                "time_zone": 2,
            },
        )
    )
    people.get_by_role("button", name="Read again").click()
    expect(person(people, "77").locator("td.scheduled")).to_have_count(1)
    people.get_by_role("button", name=f"Edit {HOSTILE}").click()
    dialog = people.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Dora")
    dialog.get_by_role("checkbox", name="Back door").check()
    picture("editing a person")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(people.get_by_role("status")).to_contain_text(
        re.compile("C3-200 Changed: (Name and Doors|Doors and Name)")
    )
    expect(people.get_by_role("status")).to_contain_text("F18 Changed: Name.")
    known = users_of_panel(furnished, "77")
    assert known["user_name"] == "Dora"
    assert known["rights"] == [
        {"door": 1, "time_zone": 2},
        {"door": 2, "time_zone": 1},
    ]


def test_a_device_refuses(people: Locator, picture: Picture) -> None:
    """What one device cannot do is told, done on the others, and can be corrected."""
    people.get_by_role("button", name="Edit Dora").click()
    dialog = people.get_by_role("dialog", name="Edit Dora")
    dialog.get_by_label("Valid until").fill("2099-12-24T18:00")
    dialog.get_by_role("button", name="Save").click()
    alert = dialog.get_by_role("alert")
    expect(alert).to_contain_text("C3-200 Changed: Valid until.")
    expect(alert).to_contain_text(
        "F18 Failed: Invalid value for Valid until: this device does not have it."
    )
    picture("a device refuses a change")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(person(people, "77")).to_contain_text("until Dec 24, 2099")


def test_a_taken_number(people: Locator) -> None:
    """Nobody becomes somebody else by a user ID that is taken."""
    people.get_by_role("button", name="Add", exact=True).click()
    dialog = people.get_by_role("dialog", name="Add person")
    dialog.get_by_label("Name").fill("Mallory")
    dialog.get_by_label("User ID").fill("1")
    dialog.get_by_role("checkbox", name="Front door").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("already belongs to Alice")
    people.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_removing_asks_first(
    furnished: Home, people: Locator, picture: Picture
) -> None:
    """Nobody is removed by one press, and only from the devices that were chosen."""
    people.get_by_role("button", name="Remove Dora").click()
    dialog = people.get_by_role("dialog", name="Remove Dora?")
    picture("removing a person")
    dialog.get_by_role("button", name="Cancel").click()
    assert users_of_panel(furnished, "77")

    people.get_by_role("button", name="Remove Dora").click()
    dialog.get_by_role("checkbox", name="F18").uncheck()
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog).to_have_count(0)
    expect(people.get_by_role("status")).to_have_text("C3-200 Removed.")
    assert open_doors(person(people, "77")) == ["Workshop"]
    assert not users_of_panel(furnished, "77")


# Anywhere, and for anybody


def test_on_a_phone(people: Locator, picture: Picture) -> None:
    """A narrow card shows everything without scrolling sideways, in the dark too."""
    page = people.page
    usual = page.viewport_size
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.goto(VIEW)
    card = page.locator("zkteco-doors-card")
    card.get_by_text("People", exact=True).click()
    alice = person(card, "1")
    expect(alice.locator("td.always").first).to_be_visible()
    picture("doors card on a phone")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert card.locator(".matrix").evaluate("e => e.scrollWidth === e.clientWidth")
    page.get_by_role("button", name="Edit Alice").first.click()
    expect(
        page.get_by_role("dialog").get_by_role("button", name="Save")
    ).to_be_in_viewport()
    picture("editing on a phone")
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="light")
    assert usual
    page.set_viewport_size(usual)


@pytest.mark.usefixtures("furnished")
def test_picker_and_editor(page: Page, picture: Picture) -> None:
    """The list of cards offers it, with a preview; the visual editor has words for its options."""
    page.goto(f"{VIEW}?edit=1")
    page.get_by_role("button", name="Add card").first.click()
    page.get_by_role("tab", name="By card").click()
    page.get_by_placeholder("Search cards").fill("zkteco")
    offer = page.locator("hui-card-picker .card", has_text="ZKTeco doors")
    expect(offer.locator("zkteco-doors-card .door").first).to_be_visible()
    picture("the card in the list of cards")
    offer.click()
    editor = page.locator("hui-dialog-edit-card")
    expect(editor.get_by_text("Hide people").first).to_be_visible()
    editor.get_by_role("textbox", name="Title").fill("All doors")
    expect(editor.locator("zkteco-doors-card").get_by_text("All doors")).to_be_visible()
    expect(editor.locator("zkteco-doors-card .people")).to_be_visible()
    editor.locator("ha-switch").click()
    expect(editor.locator("zkteco-doors-card .people")).to_have_count(0)
    picture("the card in the visual editor")


@pytest.fixture
def guest(furnished: Home, browser: Browser) -> Generator[Page]:
    """Return the page of somebody who is no administrator."""
    user = furnished.run(
        furnished.api.ask("config/auth/create", name=GUEST, group_ids=["system-users"])
    )
    furnished.run(
        furnished.api.ask(
            "config/auth_provider/homeassistant/create",
            user_id=user["user"]["id"],
            username=GUEST,
            password=GUEST,
        )
    )
    page = browser.new_page(base_url=furnished.url)
    yield page
    page.context.close()


def test_people_are_for_administrators(guest: Page) -> None:
    """Others see doors, and no people."""
    guest.goto("/")
    guest.locator("input[name=username]").fill(GUEST)
    guest.locator("input[name=password]").fill(GUEST)
    guest.keyboard.press("Enter")
    guest.wait_for_url("**/zkteco-doors**")
    guest.goto(VIEW)
    card = guest.locator("zkteco-doors-card")
    expect(card.locator(".door")).to_have_count(5)
    expect(card.get_by_text("People", exact=True)).to_have_count(0)
