"""The actions beyond those that every lock, switch and button has.

Lives here: their registration, fields and targets. Not here: what they do, which is the
entities' business for a door or an output and the device's for a whole panel.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import voluptuous as vol

from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import ATTR_DEVICE_ID, ATTR_STATE
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .known_people import ATTR_USER_ID
from .progress import Activity
from .protocol.model import Sound

if TYPE_CHECKING:
    from .switch import ZktecoAuxOutput

ATTR_ALLOW = "allow"
ATTR_FLOORS = "floors"
ATTR_LIMIT = "limit"
ATTR_LINE = "line"
ATTR_MESSAGE = "message"
ATTR_NAMES = "names"
ATTR_SECONDS = "seconds"
ATTR_SERIAL = "serial"
ATTR_SINCE = "since"
ATTR_SOUND = "sound"
ATTR_TEXT = "text"
ATTR_VALUES = "values"

SECONDS = vol.All(vol.Coerce(int), vol.Range(min=1, max=254))
PANEL_SCHEMA = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string})
GET_EVENTS_SCHEMA = PANEL_SCHEMA.extend(
    {
        vol.Optional(ATTR_SINCE): cv.datetime,
        vol.Optional(ATTR_LIMIT, default=100): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=1000)
        ),
    }
)
GET_PARAMETERS_SCHEMA = PANEL_SCHEMA.extend(
    {vol.Required(ATTR_NAMES): vol.All(cv.ensure_list, [cv.string], vol.Length(min=1))}
)
AUTHORIZE_SCHEMA = PANEL_SCHEMA.extend({vol.Required(ATTR_SERIAL): cv.string})
RELEASE_FLOORS_SCHEMA = PANEL_SCHEMA.extend(
    {
        vol.Required(ATTR_FLOORS): vol.All(
            cv.ensure_list,
            [vol.All(vol.Coerce(int), vol.Range(min=1, max=256))],
            vol.Length(min=1),
        ),
        vol.Optional(ATTR_SECONDS, default=5): SECONDS,
    }
)
PLAY_SOUND_SCHEMA = PANEL_SCHEMA.extend({vol.Required(ATTR_SOUND): vol.Coerce(Sound)})
SHOW_TEXT_SCHEMA = PANEL_SCHEMA.extend(
    {
        vol.Required(ATTR_TEXT): cv.string,
        vol.Optional(ATTR_LINE, default=1): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=8)
        ),
    }
)
SET_PARAMETERS_SCHEMA = PANEL_SCHEMA.extend(
    {
        vol.Required(ATTR_VALUES): vol.All(
            vol.Schema({cv.string: cv.string}), vol.Length(min=1)
        )
    }
)


@callback
def _coordinator(call: ServiceCall) -> ZktecoCoordinator:
    """Return the coordinator of the panel, or of the panel of the door, that is meant."""
    entry: ZktecoConfigEntry
    _, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID]
    )
    return entry.runtime_data


async def _async_set_aux_output(entity: ZktecoAuxOutput, call: ServiceCall) -> None:
    """Switch an auxiliary output, if asked so for a limited time."""
    await entity.async_set_output(
        on=call.data[ATTR_STATE], seconds=call.data.get(ATTR_SECONDS)
    )


async def _async_cancel_alarm(call: ServiceCall) -> None:
    """Silence every alarm of a panel."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.cancel_alarms())


async def _async_sync_time(call: ServiceCall) -> None:
    """Set a panel's clock."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.sync_time())


async def _async_restart(call: ServiceCall) -> None:
    """Restart a panel."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.restart())


async def _async_reset_counters(call: ServiceCall) -> None:
    """Set a turnstile's counters to zero."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.reset_counters())


async def _async_release_floors(call: ServiceCall) -> None:
    """Let people choose some floors of an elevator."""
    coordinator = _coordinator(call)
    await coordinator.async_run(
        coordinator.device.release_floors(
            call.data[ATTR_FLOORS], call.data[ATTR_SECONDS]
        )
    )


async def _async_play_sound(call: ServiceCall) -> None:
    """Let a terminal say or play something."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.play_sound(call.data[ATTR_SOUND]))


async def _async_show_text(call: ServiceCall) -> None:
    """Show a text on a terminal's screen."""
    coordinator = _coordinator(call)
    await coordinator.async_run(
        coordinator.device.show_text(call.data[ATTR_TEXT], call.data[ATTR_LINE])
    )


async def _async_clear_text(call: ServiceCall) -> None:
    """Take all texts off a terminal's screen."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.clear_text())


async def _async_emergency_open(call: ServiceCall) -> None:
    """Open every door of a panel at once."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.emergency(opened=True))


async def _async_emergency_close(call: ServiceCall) -> None:
    """Lock every door of a panel at once."""
    coordinator = _coordinator(call)
    await coordinator.async_run(coordinator.device.emergency(opened=False))


async def _async_get_events(call: ServiceCall) -> ServiceResponse:
    """Return records of a panel's own log, as `zkteco_event` would tell them."""
    coordinator = _coordinator(call)
    since: datetime | None = call.data.get(ATTR_SINCE)
    events = await coordinator.async_run(
        coordinator.progress.async_follow(
            Activity.READ_EVENTS,
            coordinator.device.read_events(
                since and dt_util.as_local(since), call.data[ATTR_LIMIT]
            ),
        )
    )
    return {
        "events": [
            dict(coordinator.event_data(coordinator.with_name(event)))
            for event in events
        ]
    }


async def _async_get_parameters(call: ServiceCall) -> ServiceResponse:
    """Return settings of a panel."""
    coordinator = _coordinator(call)
    values = await coordinator.async_run(
        coordinator.device.get_parameters(call.data[ATTR_NAMES])
    )
    return {"values": dict(values)}


async def _async_set_parameters(call: ServiceCall) -> None:
    """Change settings of a panel."""
    coordinator = _coordinator(call)
    await coordinator.async_run(
        coordinator.device.set_parameters(call.data[ATTR_VALUES])
    )


async def _async_authorize_sub_device(call: ServiceCall) -> None:
    """Let a device behind a master take part."""
    coordinator = _coordinator(call)
    await coordinator.async_run(
        coordinator.device.authorize_sub_device(call.data[ATTR_SERIAL])
    )


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    service.async_register_platform_entity_service(
        hass,
        DOMAIN,
        "open_door",
        entity_domain=LOCK_DOMAIN,
        schema={vol.Optional(ATTR_SECONDS): SECONDS},
        func="async_open_door",
    )
    for name, method in (
        ("hold_open", "async_hold_open"),
        ("release_door", "async_release_door"),
        ("lock_down", "async_lock_down"),
        ("end_lock_down", "async_end_lock_down"),
    ):
        service.async_register_platform_entity_service(
            hass, DOMAIN, name, entity_domain=LOCK_DOMAIN, schema={}, func=method
        )
    service.async_register_platform_entity_service(
        hass,
        DOMAIN,
        "answer_identification",
        entity_domain=LOCK_DOMAIN,
        schema={
            vol.Required(ATTR_ALLOW): cv.boolean,
            vol.Optional(ATTR_MESSAGE, default=""): cv.string,
            vol.Optional(ATTR_USER_ID): cv.string,
        },
        func="async_answer_identification",
    )
    service.async_register_platform_entity_service(
        hass,
        DOMAIN,
        "set_aux_output",
        entity_domain=SWITCH_DOMAIN,
        schema={
            vol.Required(ATTR_STATE): cv.boolean,
            vol.Optional(ATTR_SECONDS): SECONDS,
        },
        func=_async_set_aux_output,
    )
    for name, handler, schema in (
        ("cancel_alarm", _async_cancel_alarm, PANEL_SCHEMA),
        ("sync_time", _async_sync_time, PANEL_SCHEMA),
        ("restart", _async_restart, PANEL_SCHEMA),
        ("reset_counters", _async_reset_counters, PANEL_SCHEMA),
        ("release_floors", _async_release_floors, RELEASE_FLOORS_SCHEMA),
        ("play_sound", _async_play_sound, PLAY_SOUND_SCHEMA),
        ("show_text", _async_show_text, SHOW_TEXT_SCHEMA),
        ("clear_text", _async_clear_text, PANEL_SCHEMA),
    ):
        # Whoever may only look at the entities of doors may not do more this way.
        hass.services.async_register(
            DOMAIN, name, service.verify_domain_control(DOMAIN)(handler), schema=schema
        )
    for name, query, schema in (
        ("get_events", _async_get_events, GET_EVENTS_SCHEMA),
        ("get_parameters", _async_get_parameters, GET_PARAMETERS_SCHEMA),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            query,
            schema=schema,
            supports_response=SupportsResponse.ONLY,
        )
    for name, handler, schema in (
        ("set_parameters", _async_set_parameters, SET_PARAMETERS_SCHEMA),
        ("authorize_sub_device", _async_authorize_sub_device, AUTHORIZE_SCHEMA),
        ("emergency_open", _async_emergency_open, PANEL_SCHEMA),
        ("emergency_close", _async_emergency_close, PANEL_SCHEMA),
    ):
        service.async_register_admin_service(hass, DOMAIN, name, handler, schema=schema)
