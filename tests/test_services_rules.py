"""The actions about rules that are lists: what reaches the device, what comes back, and what is refused."""

import logging
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    OutcomeUnknown,
)
from custom_components.zkteco.protocol.rules import (
    USER_ID,
    Hours,
    Pattern,
    Rule,
    RuleField,
)
from custom_components.zkteco.protocol.settings import Choice, Range, Switch
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Context, HomeAssistant, ServiceResponse
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from tests.fake_device import FakeDevice

FIRST_CARD = (
    RuleField(name="door", kind=Range(1, 2), key=True, required=True),
    RuleField(
        name=USER_ID,
        kind=Pattern(re.compile("[0-9]{1,9}"), "must be digits"),
        key=True,
        required=True,
    ),
    RuleField(name="hours", kind=Hours()),
    RuleField(name="action", kind=Choice(("open", "closed"))),
    RuleField(name="yearly", kind=Switch()),
)
ROW = {"door": 1, USER_ID: "1"}
NEEDED: dict[str, dict[str, Any]] = {
    "get_rules": {"rule": "first_card"},
    "set_rule": {"rule": "first_card", "fields": ROW},
    "delete_rule": {"rule": "first_card", "fields": ROW},
}


@pytest.fixture
def ruled(people: FakeDevice) -> FakeDevice:
    """Return the panel with Alice and Bob, who can be made to come first."""
    people.rule_fields = {Rule.FIRST_CARD: FIRST_CARD}
    return people


async def act(
    hass: HomeAssistant,
    action: str,
    panel: str,
    context: Context | None = None,
    **data: Any,
) -> ServiceResponse:
    """Use an action."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        {ATTR_DEVICE_ID: panel, **NEEDED[action], **data},
        blocking=True,
        context=context,
        return_response=True,
    )


async def test_what_there_is_and_what_can_be(
    hass: HomeAssistant, ruled: FakeDevice, panel: str
) -> None:
    """Nobody has to guess."""
    ruled.rule_rows = [ROW]
    answer = await act(hass, "get_rules", panel)
    assert answer is not None
    assert answer["rows"] == [ROW]
    assert answer["fields"][:2] == [
        {
            "name": "door",
            "limit": "must be a whole number from 1 to 2",
            "key": True,
            "required": True,
        },
        {"name": "user_id", "limit": "must be digits", "key": True, "required": True},
    ]
    assert len(answer["fields"]) == len(FIRST_CARD)


async def test_written_and_deleted(
    hass: HomeAssistant, ruled: FakeDevice, panel: str
) -> None:
    """And told what is there now."""
    assert await act(hass, "set_rule", panel) == {"fields": ROW}
    assert ruled.rule_rows == [ROW]
    assert await act(hass, "delete_rule", panel) == {"deleted": True}
    assert await act(hass, "delete_rule", panel) == {"deleted": False}
    assert ruled.rule_rows == []


async def test_a_rule_about_nobody(
    hass: HomeAssistant, ruled: FakeDevice, panel: str
) -> None:
    """Users are not even asked for, which may take a while."""
    number = RuleField(name="number", kind=Range(1, 9), key=True, required=True)
    ruled.rule_fields = {Rule.LINKAGE: (number,)}
    await act(hass, "set_rule", panel, rule="linkage", fields={"number": 3})
    assert ruled.calls == [("write_rule", Rule.LINKAGE, {"number": 3})]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"door": "2", "user_id": 1}, {"door": 2, "user_id": "1"}),
        ({"hours": "08:00-17:30"}, {"hours": "08:00-17:30"}),
        ({"hours": ""}, {"hours": ""}),
        ({"action": "open", "yearly": False}, {"action": "open", "yearly": False}),
        # Panels print numbers with zeros in front.
        ({"user_id": "001"}, {"user_id": "1"}),
    ],
)
async def test_as_people_write_it(
    hass: HomeAssistant,
    ruled: FakeDevice,
    panel: str,
    given: dict[str, Any],
    meant: dict[str, Any],
) -> None:
    """Templates make texts of numbers, and YAML makes numbers of texts."""
    await act(hass, "set_rule", panel, fields={**ROW, **given})
    (call,) = [call for call in ruled.calls if call[0] == "write_rule"]
    assert call == ("write_rule", Rule.FIRST_CARD, {**ROW, **meant})


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"door": 3}, "door: must be a whole number from 1 to 2"),
        ({"door": "one"}, "door"),
        ({"door": True}, "door"),
        ({"user_id": "1\t2"}, "user_id: must be digits"),
        ({"user_id": True}, "user_id"),
        ({"hours": "17:00-08:00"}, "hours"),
        ({"hours": 8}, "hours"),
        ({"action": "on"}, "action: must be one of open, closed"),
        ({"yearly": "yes"}, "yearly"),
        ({"pin": "1"}, "fields: only door, user_id, hours, action, yearly"),
    ],
)
@pytest.mark.parametrize("action", ["set_rule", "delete_rule"])
async def test_what_cannot_be(
    hass: HomeAssistant,
    ruled: FakeDevice,
    *,
    panel: str,
    action: str,
    wrong: dict[str, Any],
    words: str,
) -> None:
    """Said by name, before the device is asked for anything."""
    with pytest.raises(ServiceValidationError, match=words):
        await act(hass, action, panel, fields={**ROW, **wrong})
    assert ruled.calls == []


@pytest.mark.parametrize("action", ["set_rule", "delete_rule"])
async def test_without_the_key(
    hass: HomeAssistant, ruled: FakeDevice, panel: str, action: str
) -> None:
    """Nothing is deleted by half of it."""
    with pytest.raises(ServiceValidationError, match="user_id: must be given"):
        await act(hass, action, panel, fields={"door": 1})
    assert ruled.calls == []


async def test_a_user_who_is_not_there(
    hass: HomeAssistant, ruled: FakeDevice, panel: str
) -> None:
    """Or the next with that number would come first; what is left of somebody can be deleted."""
    nobody = {**ROW, "user_id": "9"}
    with pytest.raises(ServiceValidationError, match="has no user 9"):
        await act(hass, "set_rule", panel, fields=nobody)
    assert ruled.rule_rows == []
    ruled.rule_rows = [nobody]
    answer = await act(hass, "delete_rule", panel, fields=nobody)
    assert answer == {"deleted": True}


@pytest.mark.parametrize("action", NEEDED)
async def test_a_rule_that_the_device_does_not_have(
    hass: HomeAssistant, ruled: FakeDevice, panel: str, action: str
) -> None:
    """It says which it has."""
    with pytest.raises(
        ServiceValidationError, match=r"no rule linkage\. It has these: first_card"
    ):
        await act(hass, action, panel, rule="linkage")
    ruled.rule_fields = {}
    with pytest.raises(ServiceValidationError, match="no rules"):
        await act(hass, action, panel)
    with pytest.raises(vol.Invalid):
        await act(hass, action, panel, rule="siren")


@pytest.mark.parametrize("fields", [{}, {"door": [1]}, {"door": None}])
async def test_no_rows(
    hass: HomeAssistant, ruled: FakeDevice, panel: str, fields: dict[str, Any]
) -> None:
    """What is no list of values by name is refused at once."""
    for action in ("set_rule", "delete_rule"):
        with pytest.raises(vol.Invalid):
            await act(hass, action, panel, fields=fields)
    assert ruled.calls == []


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (CannotConnect(), HomeAssistantError, "cannot be reached"),
        (CommandRefused(-28, "no room"), HomeAssistantError, "no room"),
        (OutcomeUnknown(), HomeAssistantError, "may or may not"),
        (InvalidValue("door", "from 1"), ServiceValidationError, "door: from 1"),
    ],
)
async def test_what_went_wrong(
    hass: HomeAssistant,
    ruled: FakeDevice,
    *,
    panel: str,
    error: DeviceError,
    kind: type[Exception],
    words: str,
) -> None:
    """In words, and as the caller's mistake only where it is one."""
    ruled.command_error = error
    for action in NEEDED:
        with pytest.raises(HomeAssistantError, match=words) as raised:
            await act(hass, action, panel)
        assert type(raised.value) is kind


async def test_only_administrators(
    hass: HomeAssistant,
    ruled: FakeDevice,
    panel: str,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
) -> None:
    """Who may come in is nobody else's business, not even to read."""
    for action in NEEDED:
        with pytest.raises(Unauthorized):
            await act(hass, action, panel, Context(user_id=hass_read_only_user.id))
    assert ruled.calls == []
    for action in NEEDED:
        await act(hass, action, panel, Context(user_id=hass_admin_user.id))
    assert ruled.calls


async def test_a_panel_that_is_not_loaded(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, panel: str
) -> None:
    """The actions stay and say why they cannot act."""
    assert await hass.config_entries.async_unload(loaded_entry.entry_id)
    for action in NEEDED:
        with pytest.raises(ServiceValidationError) as raised:
            await act(hass, action, panel)
        assert raised.value.translation_key == "service_config_entry_not_loaded"


async def test_nobody_is_named(
    hass: HomeAssistant,
    ruled: FakeDevice,
    *,
    panel: str,
    loaded_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in the log nor in diagnostics."""
    caplog.set_level(logging.DEBUG)
    ruled.users["471147"] = ruled.users["1"]
    for action in NEEDED:
        if action == "get_rules":
            await act(hass, action, panel)
        else:
            await act(hass, action, panel, fields={**ROW, "user_id": "471147"})
    diagnostics = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded_entry
    )
    # Home Assistant itself writes what actions are called with, at debug level.
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components")
    ]
    assert "471147" not in f"{ours} {diagnostics}"
