"""The actions about people: what reaches the devices, what comes back, and what is refused."""

from dataclasses import replace
from datetime import date, datetime, time
import json
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components.zkteco.const import (
    CONF_CARD_NUMBERS,
    DOMAIN,
    EVENT_ZKTECO,
    CardNumbers,
)
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    OutcomeUnknown,
)
from custom_components.zkteco.protocol.model import EventKind
from custom_components.zkteco.protocol.people import (
    Ability,
    Credential,
    Holiday,
    Interval,
    Privilege,
    Right,
    TimeZone,
    User,
    Weekday,
)
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import device_registry as dr
from tests.fake_device import LIMITS, SERIAL, FakeDevice
from tests.people_calls import ALICE, BOB, ask, device_id
from tests.test_services import ACTIONS
from tests.test_services_rules import NEEDED as RULE_ACTIONS

# The least that each action needs.
NEEDED: dict[str, dict[str, Any]] = {
    "get_users": {},
    "set_user": {"user_id": "1", "user_name": "Alicia"},
    "delete_user": {"user_id": "1"},
    "set_user_enabled": {"user_id": "1", "active": False},
    "set_access": {"user_id": "1"},
    "clear_access": {"user_id": "1"},
    "set_credential": {
        "user_id": "1",
        "credential_type": "card",
        "credential_data": "99",
    },
    "delete_credential": {"user_id": "1", "credential_type": "card"},
    "get_credential_capabilities": {},
    "enroll": {"user_id": "1", "credential_type": "fingerprint"},
    "sync_users": {"users": [{"user_id": "1", "user_name": "Alicia"}]},
    "clear_users": {"confirm": "delete all users"},
    "get_time_zones": {},
    "set_time_zone": {"time_zone": 2, "days": {}},
    "get_holidays": {},
    "set_holiday": {"date": "2026-12-25"},
    "delete_holiday": {"date": "2026-12-25"},
}
ABOUT_A_KNOWN_USER = (
    "set_user_enabled",
    "set_access",
    "clear_access",
    "set_credential",
    "delete_credential",
)


# Users


async def test_who_is_there(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Everything that is no secret."""
    answer = await ask(hass, "get_users", panel)
    assert answer["max_users"] == 500
    alice, bob = answer["users"]
    assert alice == {
        "user_id": "1",
        "user_name": "Alice",
        "active": True,
        "privilege": "user",
        "group": 0,
        "valid_from": None,
        "valid_until": "2026-11-22T23:59:59",
        "verify_style": None,
        "rights": [{"door": 1, "time_zone": 1}, {"door": 2, "time_zone": 3}],
        "cards": ["…4567"],
        "credentials": {"fingerprint": 2, "card": 1, "pin_code": 1},
    }
    assert bob["credentials"] == {"card": 0, "pin_code": 0}
    assert await ask(hass, "get_users", panel, user_id=[2, 9]) == {
        "max_users": 500,
        "users": [bob],
    }


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        (CardNumbers.FULL, ["1234567"]),
        (CardNumbers.LAST_FOUR, ["…4567"]),
        (CardNumbers.NONE, []),
    ],
)
async def test_one_option_for_all_card_numbers(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    people: FakeDevice,
    policy: CardNumbers,
    shown: list[str],
) -> None:
    """What it says for events counts here too; that there is a card is no secret."""
    hass.config_entries.async_update_entry(entry, options={CONF_CARD_NUMBERS: policy})
    assert await hass.config_entries.async_setup(entry.entry_id)
    answer = await ask(hass, "get_users", device_id(hass, entry), user_id="1")
    [alice] = answer["users"]
    assert alice["cards"] == shown
    assert alice["credentials"]["card"] == 1


async def test_what_a_device_cannot_hold_is_not_told(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Nobody takes a missing field for an empty one."""
    people.limits = replace(LIMITS, abilities=Ability.NAME)
    answer = await ask(hass, "get_users", panel, user_id="2")
    assert answer["users"] == [{"user_id": "2", "user_name": "Bob", "credentials": {}}]


async def test_a_visitor(hass: HomeAssistant, device: FakeDevice, panel: str) -> None:
    """One call makes a working person."""
    answer = await ask(
        hass,
        "set_user",
        panel,
        user_id=42,
        user_name="Visitor",
        card="0001234567",
        valid_until="2026-11-22",
        doors=["1", 2],
    )
    assert answer == {
        "user_id": "42",
        "created": True,
        "changed": ["user_name", "card", "valid_until", "doors"],
    }
    assert device.users == {
        "42": User(
            user_id="42",
            name="Visitor",
            cards=("1234567",),
            valid_until=datetime(2026, 11, 22, 23, 59, 59),
            rights=frozenset({Right(1), Right(2)}),
        )
    }


async def test_a_new_user_gets_in(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """Everywhere and always, unless told otherwise."""
    await ask(hass, "set_user", panel, user_id="1")
    await ask(hass, "set_user", panel, user_id="2", time_zone=5)
    await ask(hass, "set_user", panel, user_id="3", doors=2, time_zone=5)
    await ask(hass, "set_user", panel, user_id="4", doors=[])
    await ask(hass, "set_user", panel, user_id="5", doors="all")
    assert [user.rights for user in device.users.values()] == [
        {Right(1), Right(2)},
        {Right(1, 5), Right(2, 5)},
        {Right(2, 5)},
        set(),
        {Right(1), Right(2)},
    ]


async def test_only_what_is_given_changes(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """The rest of a user stays, and what is so already is not written."""
    answer = await ask(hass, "set_user", panel, user_id="1", user_name="Alicia")
    assert answer == {"user_id": "1", "created": False, "changed": ["user_name"]}
    assert people.users["1"] == replace(ALICE, name="Alicia")
    people.calls.clear()
    answer = await ask(hass, "set_user", panel, user_id="1", user_name="Alicia")
    assert answer == {"user_id": "1", "created": False, "changed": []}
    assert people.calls == [("read_users",)]


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"active": False}, {"enabled": False}),
        ({"card": ["0099", 98]}, {"cards": ("99", "98")}),
        ({"card": ""}, {"cards": ()}),
        ({"card": None}, {"cards": ()}),
        ({"pin_code": 1234}, {"pin_code": "1234"}),
        ({"pin_code": ""}, {"pin_code": ""}),
        ({"pin_code": None}, {"pin_code": ""}),
        ({"privilege": "admin"}, {"privilege": Privilege.ADMIN}),
        ({"group": 7}, {"group": 7}),
        ({"verify_style": 4}, {"verify_style": 4}),
        ({"valid_until": None}, {"valid_until": None}),
        ({"valid_until": ""}, {"valid_until": None}),
        ({"valid_until": "2026-11-21"}, {"valid_until": datetime(2026, 11, 21, 23, 59, 59)}),
        ({"valid_until": date(2026, 11, 21)}, {"valid_until": datetime(2026, 11, 21, 23, 59, 59)}),
        ({"valid_from": "2026-11-21"}, {"valid_from": datetime(2026, 11, 21)}),
        ({"valid_from": "2026-11-21 08:30:00"}, {"valid_from": datetime(2026, 11, 21, 8, 30)}),
        # Home Assistant's own time, from a template such as now().
        ({"valid_from": "2026-11-21T08:30:00.123+00:00"}, {"valid_from": datetime(2026, 11, 21, 9, 30)}),
        ({"doors": [2]}, {"rights": {Right(2)}}),
        ({"doors": []}, {"rights": set()}),
        ({"doors": ["all"]}, {"rights": {Right(1), Right(2)}}),
        ({"time_zone": 4}, {"rights": {Right(1, 4), Right(2, 4)}}),
        ({"doors": [1], "time_zone": 4}, {"rights": {Right(1, 4)}}),
    ],
)  # fmt: skip
async def test_every_field(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    fields: dict[str, Any],
    changes: dict[str, Any],
) -> None:
    """Each of them does what it says and nothing else."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await ask(hass, "set_user", panel, user_id="1", **fields)
    assert people.users == {"1": replace(ALICE, **changes), "2": BOB}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"user_id": "0"}, "user_id: must not be zero"),
        ({"user_id": "a;b"}, "user_id: 1 to 9 digits"),
        ({"user_id": "1\t2"}, "user_id: 1 to 9 digits"),
        ({"user_name": "Al\tice"}, "user_name: printable"),
        ({"user_name": "x" * 25}, "user_name: at most 24 bytes"),
        ({"card": "12 34"}, "card: 1 to 10 digits"),
        ({"card": "…4567"}, "card: 1 to 10 digits"),
        ({"card": "4294967296"}, "card: numbers from 1"),
        ({"card": "0"}, "card: "),
        ({"card": ["1", "2", "3"]}, "card: at most 2"),
        ({"pin_code": "123456789"}, "pin_code: 1 to 8 digits"),
        ({"pin_code": "12a"}, "pin_code: 1 to 8 digits"),
        ({"privilege": "manager"}, "privilege: one of admin, user"),
        ({"group": 100}, "group: must be from 0 to 99"),
        ({"doors": [3]}, "doors: one of 1, 2"),
        ({"time_zone": 51}, "time_zone: must be from 1 to 50"),
        ({"valid_until": "1999-01-01"}, "valid_until: after 2000"),
        ({"valid_from": "2026-12-01"}, "valid_until: must not be before"),
        ({"valid_from": "0001-01-01T00:00:00+14:00"}, "valid_from: after 2000"),
        ({"valid_until": "9999-12-31T23:59:59-12:00"}, "valid_until: after 2000"),
    ],
)
async def test_what_no_device_can_hold(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    fields: dict[str, Any],
    words: str,
) -> None:
    """The error names field and limit, in the action's own words, and nothing is written."""
    with pytest.raises(ServiceValidationError, match=words):
        await ask(hass, "set_user", panel, **{"user_id": "1", **fields})
    assert people.users == {"1": ALICE, "2": BOB}


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("set_user", {"user_id": None}, "user_id"),
        ("set_user", {"active": "maybe"}, "active"),
        ("set_user", {"privilege": "king"}, "privilege"),
        ("set_user", {"valid_until": "Sunday"}, "valid_until"),
        ("set_user", {"doors": ["front"]}, "doors"),
        ("set_user", {"rights": []}, "rights"),
        ("set_credential", {"credential_type": "face"}, "credential_type"),
        ("enroll", {"credential_type": "pin_code"}, "credential_type"),
        ("enroll", {"finger": 10}, "finger"),
        ("sync_users", {"mode": "copy"}, "mode"),
        ("sync_users", {"users": [{"user_name": "Nobody"}]}, "user_id"),
        ("sync_users", {"users": [{"user_id": 1}, {"user_id": "1"}]}, "user_id"),
        ("sync_users", {"source": "a device, too"}, "source"),
        ("set_time_zone", {"days": {"someday": []}}, "days"),
        ("set_time_zone", {"days": {"monday": [{"from": "08:00"}]}}, "to"),
        ("set_time_zone", {"days": {"monday": [{"from": "8", "to": "9"}]}}, "from"),
        ("set_holiday", {"date": "Christmas"}, "date"),
    ],
)
async def test_a_wrong_field_is_named(
    hass: HomeAssistant,
    people: FakeDevice,
    *,
    panel: str,
    action: str,
    fields: dict[str, Any],
    field: str,
) -> None:
    """Before anything reaches the device."""
    with pytest.raises(vol.Invalid, match=field):
        await ask(hass, action, panel, **NEEDED[action] | fields)
    assert people.calls == []


async def test_a_device_without_rights(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Everybody gets in there; whoever asks for less is told so."""
    people.limits = replace(LIMITS, abilities=~Ability.RIGHTS, doors=frozenset({1}))
    people.users = {}
    await ask(hass, "set_user", panel, user_id="1")
    await ask(hass, "set_user", panel, user_id="2", doors="all")
    assert [user.rights for user in people.users.values()] == [set(), set()]
    for action, fields, field in (
        ("set_user", {"doors": [1]}, "doors"),
        ("set_user", {"time_zone": 2}, "time_zone"),
        ("set_access", {}, "doors"),
        ("clear_access", {}, "doors"),
    ):
        with pytest.raises(ServiceValidationError, match=f"{field}: this device does"):
            await ask(hass, action, panel, user_id="1", **fields)


async def test_a_time_zone_at_no_door(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """A schedule alone would change nothing, which nobody would notice."""
    people.users["2"] = replace(BOB, rights=frozenset())
    with pytest.raises(ServiceValidationError, match="doors: needed"):
        await ask(hass, "set_user", panel, user_id="2", time_zone=3)


async def test_a_new_user_of_whom_half_is_there(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Doing it again does the rest; once that is done, or taken away, nothing is due any more."""
    half = User(user_id="3")
    for last in ("set_user", "clear_access"):
        people.write_error = CannotConnect()
        with pytest.raises(HomeAssistantError):
            await ask(hass, "set_user", panel, user_id="3", doors=[2])
        people.write_error = None
        people.users["3"] = half
        answer = await ask(hass, last, panel, user_id="3")
        wanted = {Right(2)} if last == "set_user" else set()
        assert people.users["3"].rights == wanted
        assert answer["changed"] == ["doors"] * len(wanted)
        people.users["3"] = half
        answer = await ask(hass, "set_user", panel, user_id="3")
        assert answer["changed"] == []
        del people.users["3"]


async def test_users_go(hass: HomeAssistant, people: FakeDevice, panel: str) -> None:
    """Once; then there is nobody to delete."""
    answer = await ask(hass, "delete_user", panel, user_id="1")
    assert answer == {"user_id": "1", "deleted": True}
    assert people.users == {"2": BOB}
    answer = await ask(hass, "delete_user", panel, user_id="1")
    assert answer == {"user_id": "1", "deleted": False}


async def test_a_user_is_locked_out(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """And comes back with everything."""
    await ask(hass, "set_user_enabled", panel, user_id="1", active=False)
    assert people.users["1"] == replace(ALICE, enabled=False)
    await ask(hass, "set_user_enabled", panel, user_id="1", active=True)
    assert people.users["1"] == ALICE


@pytest.mark.parametrize(
    ("action", "fields", "rights"),
    [
        ("set_access", {}, {Right(1), Right(2)}),
        ("set_access", {"doors": [2]}, {Right(1), Right(2)}),
        ("set_access", {"doors": [1], "time_zone": 7}, {Right(1, 7), Right(2, 3)}),
        ("clear_access", {}, set()),
        ("clear_access", {"doors": [1]}, {Right(2, 3)}),
        ("clear_access", {"time_zone": 3}, {Right(1)}),
        ("clear_access", {"doors": [1], "time_zone": 3}, {Right(1), Right(2, 3)}),
    ],
)
async def test_access(
    hass: HomeAssistant,
    people: FakeDevice,
    *,
    panel: str,
    action: str,
    fields: dict[str, Any],
    rights: set[Right],
) -> None:
    """Other doors stay as they are."""
    await ask(hass, action, panel, user_id="1", **fields)
    assert people.users["1"] == replace(ALICE, rights=frozenset(rights))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"doors": [1, 3]}, "doors: one of 1, 2"),
        ({"doors": [1], "time_zone": 51}, "time_zone: must be from 1 to 50"),
    ],
)
async def test_a_slip_takes_no_access(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    fields: dict[str, Any],
    words: str,
) -> None:
    """Whoever wants to shut a door to somebody is told that it is another one."""
    with pytest.raises(ServiceValidationError, match=words):
        await ask(hass, "clear_access", panel, user_id="1", **fields)
    assert people.users["1"] == ALICE


async def test_access_for_a_while(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """The time in which a user is valid comes with it."""
    answer = await ask(
        hass,
        "set_access",
        panel,
        user_id="2",
        doors=[2],
        valid_from="2026-11-21 08:00:00",
        valid_until="2026-11-22",
    )
    assert answer["changed"] == ["valid_from", "valid_until", "doors"]
    assert people.users["2"] == replace(
        BOB,
        rights=frozenset({Right(1), Right(2)}),
        valid_from=datetime(2026, 11, 21, 8),
        valid_until=datetime(2026, 11, 22, 23, 59, 59),
    )


async def test_credentials(hass: HomeAssistant, people: FakeDevice, panel: str) -> None:
    """Cards are added and taken away one by one, a PIN code is the only one."""

    async def credential(action: str, kind: str, **fields: Any) -> User:
        await ask(
            hass, f"{action}_credential", panel, user_id="1", credential_type=kind, **fields
        )  # fmt: skip
        return people.users["1"]

    two = await credential("set", "card", credential_data="0099")
    assert two.cards == ("1234567", "99")
    assert await credential("set", "card", credential_data="99") == two
    with pytest.raises(ServiceValidationError, match="card: at most 2"):
        await credential("set", "card", credential_data="98")
    one = await credential("delete", "card", credential_data="1234567")
    assert one.cards == ("99",)
    assert (await credential("delete", "card")).cards == ()
    new = await credential("set", "pin_code", credential_data="1111")
    assert new.pin_code == "1111"
    assert (await credential("delete", "pin_code")).pin_code == ""


async def test_the_only_card_is_replaced(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Where there is room for one, the new one counts."""
    people.limits = replace(LIMITS, max_cards=1)
    await ask(hass, "set_credential", panel, **NEEDED["set_credential"])
    assert people.users["1"] == replace(ALICE, cards=("99",))


@pytest.mark.parametrize("action", ABOUT_A_KNOWN_USER)
async def test_nobody_is_made_by_the_way(
    hass: HomeAssistant, people: FakeDevice, panel: str, action: str
) -> None:
    """A typing error in the user ID gives nobody access."""
    with pytest.raises(ServiceValidationError, match="Panel has no user 9"):
        await ask(hass, action, panel, **NEEDED[action] | {"user_id": "9"})
    assert people.calls == [("read_users",)]


async def test_what_a_device_can_hold(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """In the words of Home Assistant's own locks where they have words for it."""
    assert await ask(hass, "get_credential_capabilities", panel) == {
        "supports_user_management": True,
        "max_users": 500,
        "max_user_id_length": 9,
        "user_id_letters": False,
        "max_user_name_length": 24,
        "supported_credential_types": {
            "card": {
                "num_slots": 2,
                "min_length": 1,
                "max_length": 10,
                "supports_learn": True,
            },
            "face": {"supports_learn": False, "template_version": "39.1"},
            "fingerprint": {"supports_learn": True, "template_version": "10"},
            "pin_code": {
                "num_slots": 1,
                "min_length": 1,
                "max_length": 8,
                "supports_learn": False,
            },
        },
        "supported_fields": [
            "active",
            "card",
            "doors",
            "group",
            "pin_code",
            "privilege",
            "time_zone",
            "user_name",
            "valid_from",
            "valid_until",
            "verify_style",
        ],
        "validity_to_the_second": True,
        "privileges": ["admin", "user"],
        "max_group": 99,
        "doors": [1, 2],
        "supports_time_zones": True,
        "max_time_zone": 50,
        "max_intervals_per_day": 3,
        "supports_holidays": True,
    }


async def test_a_device_without_a_reader_of_cards(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """Nobody is offered a card that no reader could read."""
    device.limits = replace(LIMITS, abilities=~Ability.CARDS, enrols=frozenset())
    answer = await ask(hass, "get_credential_capabilities", panel)
    assert "card" not in answer["supported_credential_types"]
    assert "card" not in answer["supported_fields"]


async def test_a_device_that_cannot_manage_users(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """It says so, whatever it is asked for."""
    device.limits = None
    answer = await ask(hass, "get_credential_capabilities", panel)
    assert answer == {"supports_user_management": False}
    for action in NEEDED.keys() - {"get_credential_capabilities"}:
        with pytest.raises(ServiceValidationError, match="Panel cannot manage users"):
            await ask(hass, action, panel, **NEEDED[action])
    assert device.calls == []


async def test_enroll(hass: HomeAssistant, people: FakeDevice, panel: str) -> None:
    """The device asks the person; what it cannot ask for is refused."""
    answer = await ask(hass, "enroll", panel, **NEEDED["enroll"], finger=6)
    assert answer == {"user_id": "1", "started": True}
    assert people.calls == [("enrol", "1", Credential.FINGERPRINT, 6)]
    with pytest.raises(ServiceValidationError, match="does not support"):
        await ask(hass, "enroll", panel, user_id="1", credential_type="face")


async def test_everybody_goes(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """On the exact word only."""
    for confirm in ("yes", "Delete all users", ""):
        with pytest.raises(ServiceValidationError, match="enter exactly"):
            await ask(hass, "clear_users", panel, confirm=confirm)
    assert people.calls == []
    assert await ask(hass, "clear_users", panel, **NEEDED["clear_users"]) == {
        "cleared": True
    }
    assert people.users == {}


# Synchronization


async def test_one_panel_like_another(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """Tried, done, and done again: then nothing is left to do."""
    changed = replace(ALICE, name="Alicia", rights=frozenset({Right(1)}))
    carol = User(user_id="3", name="Carol")
    second.users = {"1": changed, "3": carol}
    done = {
        "dry_run": False,
        "added": ["2"],
        "updated": {"1": ["user_name", "doors"]},
        "deleted": ["3"],
        "unchanged": 0,
        "skipped": {},
        "failed": {},
    }
    call = {"source": panel, "mode": "mirror"}
    answer = await ask(hass, "sync_users", second_panel, **call, dry_run=True)
    assert answer == {**done, "dry_run": True}
    assert second.users == {"1": changed, "3": carol}
    assert second.calls == [("read_users",)]

    assert await ask(hass, "sync_users", second_panel, **call) == done
    assert second.users == people.users == {"1": ALICE, "2": BOB}

    second.calls.clear()
    answer = await ask(hass, "sync_users", second_panel, **call)
    assert answer == {
        **done,
        "added": [],
        "updated": {},
        "deleted": [],
        "unchanged": 2,
    }
    assert second.calls == [("read_users",)]


async def test_a_merge_deletes_nobody(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """Which is what happens unless somebody asks for more."""
    second.users = {"3": User(user_id="3")}
    await ask(hass, "sync_users", second_panel, source=panel)
    assert second.users.keys() == {"1", "2", "3"}


async def test_a_source_has_no_say_in_what_it_does_not_know(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """A PIN code that it does not tell, a name that it cannot hold."""
    people.limits = replace(LIMITS, abilities=~Ability.NAME & ~Ability.RIGHTS)
    nameless = replace(ALICE, name="", pin_code="", rights=frozenset())
    people.users = {"1": nameless, "2": User(user_id="2")}
    second.users = {"1": ALICE}
    answer = await ask(hass, "sync_users", second_panel, source=panel)
    assert answer["unchanged"] == 1
    assert answer["added"] == ["2"]
    # Whoever is new gets in nowhere before somebody says where.
    assert second.users == {"1": ALICE, "2": User(user_id="2")}


async def test_who_does_not_fit_is_skipped(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """By name and reason, and deleted by no mirror."""
    second.limits = replace(LIMITS, doors=frozenset({1}))
    second.users = {"1": replace(ALICE, rights=frozenset({Right(1)}))}
    answer = await ask(hass, "sync_users", second_panel, source=panel, mode="mirror")
    assert answer["skipped"] == {"1": "Invalid value for doors: one of 1"}
    assert answer["added"] == ["2"]
    assert second.users.keys() == {"1", "2"}


async def test_a_list_of_users(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Each with the fields of `set_user`; what is not given stays."""
    users = [
        {"user_id": 1, "card": ["99"]},
        {"user_id": 3, "user_name": "Carol", "doors": [2]},
        {"user_id": 4, "doors": [9]},
        {"user_id": 5, "time_zone": 2, "doors": "all"},
    ]
    answer = await ask(hass, "sync_users", panel, users=users, mode="mirror")
    assert answer == {
        "dry_run": False,
        "added": ["3", "5"],
        "updated": {"1": ["card"]},
        "deleted": ["2"],
        "unchanged": 0,
        "skipped": {"4": "Invalid value for doors: one of 1, 2"},
        "failed": {},
    }
    assert people.users == {
        "1": replace(ALICE, cards=("99",)),
        "3": User(user_id="3", name="Carol", rights=frozenset({Right(2)})),
        "5": User(user_id="5", rights=frozenset({Right(1, 2), Right(2, 2)})),
    }


async def test_zeros_in_front_of_a_user_id(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """A device that keeps digits only has 0001 already: nothing of Alice is lost, and no mirror deletes her."""
    users = [
        {"user_id": "0001", "user_name": "Alicia"},
        {"user_id": "02", "doors": [9]},
    ]
    answer = await ask(hass, "sync_users", panel, users=users, mode="mirror")
    assert answer["updated"] == {"1": ["user_name"]}
    assert answer["skipped"].keys() == {"02"}
    assert (answer["added"], answer["deleted"]) == ([], [])
    assert people.users["1"] == replace(ALICE, name="Alicia")
    assert people.users.keys() == {"1", "2"}


async def test_a_wish_that_cannot_be_is_skipped(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """And its user is nobody whom a mirror would delete."""
    people.limits = replace(LIMITS, abilities=~Ability.RIGHTS)
    people.users = {"1": User(user_id="1")}
    answer = await ask(
        hass,
        "sync_users",
        panel,
        users=[{"user_id": "1", "time_zone": 2}],
        mode="mirror",
    )
    assert answer["skipped"].keys() == {"1"}
    assert people.users.keys() == {"1"}


async def test_an_empty_mirror_deletes_nobody(
    hass: HomeAssistant,
    device: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """A source that was reset must not empty a whole house."""
    second.users = {"1": ALICE}
    for source in ({"source": panel}, {"users": []}):
        with pytest.raises(
            ServiceValidationError,
            match="is empty, so mirroring it would delete everybody",
        ):
            await ask(hass, "sync_users", second_panel, mode="mirror", **source)
    assert second.users == {"1": ALICE}


async def test_a_mirror_of_nobody_who_fits_deletes_nobody(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Then the list is wrong rather than the people."""
    for wrong in ({"user_id": "a b"}, {"user_id": "3", "doors": [9]}):
        answer = await ask(hass, "sync_users", panel, users=[wrong], mode="mirror")
        assert answer["skipped"].keys() == {wrong["user_id"]}
        assert answer["deleted"] == []
    assert people.users == {"1": ALICE, "2": BOB}


async def test_a_card_is_named_twice(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """With zeros in front and without, it is one, and the second time there is nothing to do."""
    cards = ["7654321", "0007654321", 7654321]
    for changed in (["card"], []):
        answer = await ask(hass, "set_user", panel, user_id="2", card=cards)
        assert answer["changed"] == changed
    assert people.users["2"].cards == ("7654321",)


async def test_one_bad_user_stops_nobody(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """Who could not be written or deleted is named with the device's reason."""
    second.users = {"8": User(user_id="8"), "9": User(user_id="9")}
    second.refused = {"1": CommandRefused(-1, "no room"), "9": OutcomeUnknown()}
    answer = await ask(hass, "sync_users", second_panel, source=panel, mode="mirror")
    assert answer["added"] == ["2"]
    assert answer["deleted"] == ["8"]
    assert answer["failed"].keys() == {"1", "9"}
    assert "no room" in answer["failed"]["1"]
    assert second.users.keys() == {"2", "9"}
    # The next time only they are left.
    second.refused = {}
    answer = await ask(hass, "sync_users", second_panel, source=panel, mode="mirror")
    assert (answer["added"], answer["deleted"]) == (["1"], ["9"])
    assert second.users == people.users


async def test_a_device_that_goes_away_in_the_middle(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """Everybody who is not certain counts as failed."""
    second.users = {"9": User(user_id="9")}
    second.write_error = CannotConnect()
    answer = await ask(hass, "sync_users", second_panel, source=panel, mode="mirror")
    assert answer["failed"].keys() == {"1", "2", "9"}
    assert answer["added"] == answer["deleted"] == []


async def test_a_source_that_is_away(
    hass: HomeAssistant, people: FakeDevice, panel: str, second_panel: str
) -> None:
    """Without it nothing is done."""
    people.command_error = CannotConnect()
    with pytest.raises(HomeAssistantError, match="Panel cannot be reached"):
        await ask(hass, "sync_users", second_panel, source=panel)


# Several devices


async def test_one_device_away_stops_no_other(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """Its answer is its error; whoever does not look at the answers gets it anyway."""
    both = [panel, second_panel]
    people.command_error = CannotConnect()
    answers = await ask(hass, "set_user", both, user_id="7")
    assert answers[panel]["error"].startswith("Panel cannot be reached")
    assert answers[second_panel]["created"] is True
    with pytest.raises(HomeAssistantError, match="1 of 2 devices did not"):
        await hass.services.async_call(
            DOMAIN, "set_user", {"device_id": both, "user_id": "8"}, blocking=True
        )
    assert second.users.keys() == {"7", "8"}
    second.command_error = OutcomeUnknown()
    with pytest.raises(HomeAssistantError, match=r"2 of 2 .*reached.*confirm"):
        await ask(hass, "set_user", both, user_id="9")


async def test_a_mistake_of_ours_is_no_failure_of_a_device(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    second: FakeDevice,
    second_panel: str,
) -> None:
    """It is not hidden in an answer, and stops no other device either."""
    people.command_error = ArithmeticError("a bug")
    with pytest.raises(ArithmeticError, match="a bug"):
        await ask(hass, "set_user", [panel, second_panel], user_id="7")
    assert second.users.keys() == {"7"}


async def test_two_doors_of_one_panel(
    hass: HomeAssistant,
    device: FakeDevice,
    loaded_entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """They are one device, which is asked once."""
    doors = []
    for number in (1, 2):
        door = device_registry.async_get_child_device_by_identifier(
            (DOMAIN, f"{SERIAL}-door-{number}"), loaded_entry.entry_id
        )
        assert door
        doors.append(door.id)
    answers = await ask(hass, "set_user", doors, user_id="7")
    assert answers[doors[0]] == answers[doors[1]]
    assert [call[0] for call in device.calls] == ["read_users", "write_users"]


async def test_two_changes_at_once(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Neither is lost, although each of them reads, changes and writes the whole user."""
    people.answering.clear()
    changes = [
        hass.async_create_task(ask(hass, "set_user", panel, user_id="1", **fields))
        for fields in ({"user_name": "Alicia"}, {"group": 5})
    ]
    people.answering.set()
    for change in changes:
        await change
    assert people.users["1"] == replace(ALICE, name="Alicia", group=5)


# Schedules and holidays


async def test_time_zones(hass: HomeAssistant, device: FakeDevice, panel: str) -> None:
    """Days that are not given stay; those of a new schedule are closed."""
    morning = Interval(time(8), time(12))
    device.time_zones = {
        2: TimeZone(number=2, days={Weekday.SUNDAY: (morning,), Weekday.MONDAY: ()})
    }
    hours = [{"from": "08:00", "to": "12:00:00"}, {"from": "13:30:00", "to": "24:00"}]
    days = {"monday": hours, "holiday_1": []}
    answer = await ask(hass, "set_time_zone", panel, time_zone=2, days=days)
    assert device.time_zones[2].days == {
        Weekday.SUNDAY: (morning,),
        Weekday.MONDAY: (morning, Interval(time(13, 30), time(23, 59))),
        Weekday.HOLIDAY_1: (),
    }
    assert answer["time_zone"] == 2
    assert answer["days"]["sunday"] == [{"from": "08:00", "to": "12:00"}]
    assert answer["days"]["tuesday"] == []
    await ask(hass, "set_time_zone", panel, time_zone=3, days=answer["days"])
    zones = (await ask(hass, "get_time_zones", panel))["time_zones"]
    assert zones == [answer, {**answer, "time_zone": 3}]


async def test_a_schedule_of_home_assistant(
    hass: HomeAssistant, device: FakeDevice, panel: str
) -> None:
    """What `schedule.get_schedule` answers is taken as it is."""
    days = {
        "monday": [{"from": time(8), "to": time.max, "data": {"brightness": 5}}],
        "tuesday": [],
    }
    await ask(hass, "set_time_zone", panel, time_zone=2, days=days)
    assert device.time_zones[2].days == {
        Weekday.MONDAY: (Interval(time(8), time(23, 59)),),
        Weekday.TUESDAY: (),
    }


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"time_zone": 51, "days": {}}, "time_zone: must be from 1 to 50"),
        (
            {"time_zone": 2, "days": {"monday": [{"from": "12:00", "to": "08:00"}]}},
            "monday: an interval must not end before",
        ),
        (
            {"time_zone": 2, "days": {"monday": [{"from": "8:00", "to": "9:00"}] * 4}},
            "monday: at most 3 intervals",
        ),
    ],
)
async def test_a_schedule_that_cannot_be(
    hass: HomeAssistant,
    device: FakeDevice,
    panel: str,
    call: dict[str, Any],
    words: str,
) -> None:
    """It is refused before anything is written."""
    with pytest.raises(ServiceValidationError, match=words):
        await ask(hass, "set_time_zone", panel, **call)
    assert device.time_zones == {}


async def test_holidays(hass: HomeAssistant, device: FakeDevice, panel: str) -> None:
    """They come, are told in order, and go."""
    christmas = {"date": "2026-12-25", "holiday_type": 2, "yearly": True}
    new_year = {"date": "2026-01-01", "holiday_type": 1, "yearly": False}
    assert await ask(hass, "set_holiday", panel, **christmas) == christmas
    assert await ask(hass, "set_holiday", panel, date="2026-01-01") == new_year
    assert device.holidays[date(2026, 12, 25)] == Holiday(
        day=date(2026, 12, 25), kind=2, yearly=True
    )
    answer = await ask(hass, "get_holidays", panel)
    assert answer == {"holidays": [new_year, christmas]}
    for deleted in (True, False):
        answer = await ask(hass, "delete_holiday", panel, date="2026-01-01")
        assert answer == {"date": "2026-01-01", "deleted": deleted}
    assert device.holidays.keys() == {date(2026, 12, 25)}
    with pytest.raises(ServiceValidationError, match="holiday_type: must be from 1"):
        await ask(hass, "set_holiday", panel, date="2026-12-25", holiday_type=4)


# Who may, and what goes wrong


async def test_only_administrators(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
) -> None:
    """Who may come in is nobody else's business, not even to read."""

    async def act(action: str, user: MockUser) -> None:
        await hass.services.async_call(
            DOMAIN,
            action,
            {ATTR_DEVICE_ID: panel, **NEEDED[action]},
            blocking=True,
            context=Context(user_id=user.id),
            return_response=True,
        )

    for action in NEEDED:
        with pytest.raises(Unauthorized):
            await act(action, hass_read_only_user)
    assert people.calls == []
    for action in NEEDED.keys() - {"delete_user", "clear_users"}:
        await act(action, hass_admin_user)
    assert people.calls


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CannotConnect(), (HomeAssistantError, "Panel cannot be reached")),
        (CommandRefused(-28, "no room"), (HomeAssistantError, "no room")),
        (OutcomeUnknown(), (HomeAssistantError, "may or may not")),
        (
            InvalidValue("name", "at most 8 bytes"),
            (ServiceValidationError, "user_name: at most 8 bytes"),
        ),
    ],
)
async def test_every_action_says_what_went_wrong(
    hass: HomeAssistant,
    people: FakeDevice,
    panel: str,
    error: DeviceError,
    expected: tuple[type[Exception], str],
) -> None:
    """In words, and as the caller's mistake only where it is one."""
    kind, words = expected
    people.command_error = error
    # A sync with a device that is away waits.
    waits = {"sync_users"} if isinstance(error, CannotConnect) else set()
    for action in NEEDED.keys() - {"get_credential_capabilities"} - waits:
        with pytest.raises(HomeAssistantError, match=words) as raised:
            await ask(hass, action, panel, **NEEDED[action])
        assert type(raised.value) is kind


async def test_a_user_that_the_device_refuses(
    hass: HomeAssistant, people: FakeDevice, panel: str
) -> None:
    """Its own reason is told."""
    people.refused = {"1": CommandRefused(-1, "no room")}
    for action in (*ABOUT_A_KNOWN_USER, "set_user", "delete_user"):
        with pytest.raises(HomeAssistantError, match="no room"):
            await ask(hass, action, panel, **NEEDED[action])


async def test_a_panel_that_is_not_loaded(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, panel: str
) -> None:
    """The actions stay and say why they cannot act."""
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    for action, fields in NEEDED.items():
        with pytest.raises(ServiceValidationError) as raised:
            await ask(hass, action, panel, **fields)
        assert raised.value.translation_key == "service_config_entry_not_loaded"


@pytest.mark.usefixtures("loaded_entry")
async def test_every_action_is_known_here(hass: HomeAssistant) -> None:
    """What is tried here and for whole panels is all that there is."""
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert registered.keys() == {
        *(*NEEDED, "capture", "copy_credentials"),
        *(*ACTIONS, *RULE_ACTIONS),
    }


async def test_secrets_stay_secret(
    hass: HomeAssistant,
    device: FakeDevice,
    loaded_entry: MockConfigEntry,
    *,
    panel: str,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """PIN codes and card numbers reach the device and nothing else of ours."""
    caplog.set_level(logging.DEBUG)
    events = async_capture_events(hass, EVENT_ZKTECO)
    pin_codes, cards = ("86420975", "75319864"), ("3141592653", "2718281828")
    told = [
        await ask(
            hass, "set_user", panel, user_id="1", card=cards[0], pin_code=pin_codes[0]
        ),
        await ask(
            hass,
            "set_credential",
            panel,
            user_id="1",
            credential_type="card",
            credential_data=cards[1],
        ),
        await ask(
            hass,
            "set_credential",
            panel,
            user_id="1",
            credential_type="pin_code",
            credential_data=pin_codes[1],
        ),
        await ask(hass, "get_users", panel),
        await ask(hass, "sync_users", panel, users=[{"user_id": 1, "card": cards[0]}]),
    ]
    for secret, field in ((f"{pin_codes[0]}9", "pin_code"), (f"{cards[0]}9", "card")):
        with pytest.raises(ServiceValidationError) as raised:
            await ask(hass, "set_user", panel, user_id="1", **{field: secret})
        told.append(str(raised.value))
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1", card=cards[0])
    await hass.async_block_till_done()
    assert device.users["1"].pin_code == pin_codes[1]

    diagnostics = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded_entry
    )
    # Home Assistant itself writes what actions are called with, at debug level.
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components")
    ]
    states = [str(state.as_dict()) for state in hass.states.async_all()]
    bus = [str(event.data) for event in events]
    assert bus
    everything = json.dumps([told, ours, states, bus, diagnostics, repr(device.calls)])
    for secret in (*pin_codes, *cards):
        assert secret not in everything
