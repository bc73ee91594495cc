"""The actions about rules that are lists: first cards, multi-card groups, linkages and more.

Lives here: what these actions do on one device, and their registration. Not here: what rules
a device has and what fits into them (`protocol.rules` and each protocol), schedules and
holidays (`services_people`).
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util.json import JsonObjectType

from .const import DOMAIN
from .coordinator import ZktecoCoordinator
from .people_devices import coordinator_of, limits_of, unknown_user
from .protocol.plan import Spelling
from .protocol.rules import (
    USER_ID,
    Rule,
    RuleField,
    RuleFields,
    RuleRow,
    RuleValue,
    check_row,
)

ATTR_FIELDS: Final = "fields"
ATTR_RULE: Final = "rule"

GET_RULES_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Required(ATTR_RULE): vol.Coerce(Rule),
    }
)
RULE_SCHEMA: Final = GET_RULES_SCHEMA.extend(
    {
        vol.Required(ATTR_FIELDS): vol.All(
            vol.Schema({cv.string: vol.Any(bool, int, str)}), vol.Length(min=1)
        )
    }
)

type _Work = Callable[
    [ZktecoCoordinator, Rule, RuleFields, RuleRow], Awaitable[JsonObjectType]
]


def _meant(fields: RuleFields, row: RuleRow) -> dict[str, RuleValue]:
    """Return what is given as the fields take it: templates make texts, and YAML makes numbers."""
    known = {field.name: field for field in fields}
    return {
        name: _value(known[name], value) if name in known else value
        for name, value in row.items()
    }


def _value(field: RuleField, value: RuleValue) -> RuleValue:
    if field.kind.allows(value):
        return value
    other: RuleValue = value
    if isinstance(value, str):
        other = int(value) if value.isdecimal() else value
    elif not isinstance(value, bool):
        other = str(value)
    return other if field.kind.allows(other) else value


async def _async_get(
    coordinator: ZktecoCoordinator, rule: Rule, fields: RuleFields, _row: RuleRow
) -> JsonObjectType:
    """Return the rows of a rule, and what its fields can hold."""
    rows = await coordinator.device.read_rules(rule)
    return {
        "rows": [dict(row) for row in rows],
        ATTR_FIELDS: [
            {
                "name": field.name,
                "limit": field.kind.limit,
                "key": field.key,
                "required": field.required,
            }
            for field in fields
        ],
    }


async def _async_set(
    coordinator: ZktecoCoordinator, rule: Rule, fields: RuleFields, row: RuleRow
) -> JsonObjectType:
    """Add or change a row; what is for nobody would be for the next with that number."""
    check_row(fields, row)
    async with coordinator.people_lock:
        if USER_ID in row:
            told = str(row[USER_ID])
            there = await coordinator.device.read_users()
            user_id = Spelling(there, limits_of(coordinator)).of(told)
            if user_id not in there:
                raise unknown_user(coordinator.name, told)
            row = {**row, USER_ID: user_id}
        kept = await coordinator.device.write_rule(rule, row)
    return {ATTR_FIELDS: dict(kept)}


async def _async_delete(
    coordinator: ZktecoCoordinator, rule: Rule, _fields: RuleFields, row: RuleRow
) -> JsonObjectType:
    """Delete a row."""
    async with coordinator.people_lock:
        return {"deleted": await coordinator.device.delete_rule(rule, row)}


async def _async_handle(work: _Work, call: ServiceCall) -> ServiceResponse:
    """Do something with a rule of a device that has it."""
    coordinator = coordinator_of(call.hass, call.data[ATTR_DEVICE_ID])
    rule: Rule = call.data[ATTR_RULE]
    known = coordinator.device.rules
    if (fields := known.get(rule)) is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="rule_not_there" if known else "no_rules",
            translation_placeholders={
                "name": coordinator.name,
                "rule": rule,
                "rules": ", ".join(known),
            },
        )
    row = _meant(fields, call.data.get(ATTR_FIELDS, {}))
    return await coordinator.async_run(work(coordinator, rule, fields, row))


@callback
def async_setup_rule_services(hass: HomeAssistant) -> None:
    """Register the actions; whoever changes rules decides who gets in."""
    for name, work, schema, response in (
        ("get_rules", _async_get, GET_RULES_SCHEMA, SupportsResponse.ONLY),
        ("set_rule", _async_set, RULE_SCHEMA, SupportsResponse.OPTIONAL),
        ("delete_rule", _async_delete, RULE_SCHEMA, SupportsResponse.OPTIONAL),
    ):
        service.async_register_admin_service(
            hass,
            DOMAIN,
            name,
            partial(_async_handle, work),
            schema=schema,
            supports_response=response,
        )
