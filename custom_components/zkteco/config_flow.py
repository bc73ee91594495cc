"""The config and options flow.

Lives here: the choice of the kind, what is asked again later, the options. Not here: the
steps of one kind of device (`flow_c3`, `flow_push`, `flow_terminal`).
"""

from collections.abc import Mapping
from typing import Any, override
import zoneinfo

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TIME_ZONE
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from .const import (
    CONF_CARD_NUMBERS,
    CONF_DECIDE,
    CONF_DOOR_SENSOR,
    CONF_DOORBELL_KEY,
    CONF_KEEP_CLOCK,
    CONF_KIND,
    CONF_PEOPLE,
    CONF_REQUEST_DELAY,
    CONF_UNLOCK_BEHAVIOUR,
    CONF_UNLOCK_UNIT,
    DOMAIN,
    CardNumbers,
    Kind,
    UnlockBehaviour,
)
from .flow_dhcp import ConfigFlowDhcp
from .flow_push import LISTENER_SCHEMA, ConfigFlowPush, async_listen_on
from .hub import DATA_HUB
from .known_people import (
    ATTR_NAME,
    ATTR_PERSON,
    ATTR_USER_ID,
    someone_is_nobody,
    someone_is_there_twice,
)
from .protocol.push.session import REQUEST_DELAY_SECONDS
from .protocol.standalone.terminal import UnlockUnit

# A door command lives for ten seconds; a device must ask more often than that.
MAX_REQUEST_DELAY = 5


class ZktecoConfigFlow(ConfigFlowDhcp, ConfigFlowPush, domain=DOMAIN):
    """Add a device, by hand or because it was found, and keep the way to it right."""

    VERSION = 1
    MINOR_VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        match config_entry.data[CONF_KIND]:
            case Kind.PUSH:
                return PushOptionsFlow()
            case Kind.TERMINAL:
                return TerminalOptionsFlow()
            case _:
                return ZktecoOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which kind of device is to be added."""
        return self.async_show_menu(
            step_id="user",
            menu_options=[Kind.C3.value, Kind.TERMINAL.value, Kind.PUSH.value],
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start over with the secret, because the device and we no longer share one."""
        match entry_data[CONF_KIND]:
            case Kind.PUSH:
                return await self.async_step_reauth_push()
            case Kind.TERMINAL:
                return await self.async_step_reauth_terminal()
            case _:
                return await self.async_step_reauth_confirm()

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what has changed about the same device."""
        match self._get_reconfigure_entry().data[CONF_KIND]:
            case Kind.PUSH:
                return await self.async_step_reconfigure_push()
            case Kind.TERMINAL:
                return await self.async_step_reconfigure_terminal()
            case _:
                return await self._async_step_reconfigure_c3(user_input)


def _mistakes(options: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with options, by field."""
    people = options.get(CONF_PEOPLE, [])
    if someone_is_nobody(people):
        return {CONF_PEOPLE: "user_without_name"}
    if someone_is_there_twice(people):
        return {CONF_PEOPLE: "user_listed_twice"}
    return {}


class ZktecoOptionsFlow(OptionsFlowWithReload):
    """Change what only the owner can know."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        errors = _mistakes(user_input or {})
        if user_input is not None and not errors:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, user_input or self.config_entry.options
            ),
            errors=errors,
        )


class PushOptionsFlow(OptionsFlowWithReload):
    """The same for a PUSH device, and the port that all of them share."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        return self.async_show_menu(step_id="init", menu_options=["push", "listener"])

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options of this device."""
        errors = _mistakes(user_input or {})
        if user_input is not None and not errors:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="push",
            data_schema=self.add_suggested_values_to_schema(
                PUSH_OPTIONS_SCHEMA, user_input or self.config_entry.options
            ),
            errors=errors,
        )

    async def async_step_listener(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a port of the devices' own."""
        hub = self.hass.data[DATA_HUB]
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await async_listen_on(hub, user_input)
            if not errors:
                return self.async_create_entry(data={**self.config_entry.options})
        return self.async_show_form(
            step_id="listener",
            data_schema=self.add_suggested_values_to_schema(
                LISTENER_SCHEMA, user_input or hub.listen_on
            ),
            errors=errors,
        )


class TerminalOptionsFlow(OptionsFlowWithReload):
    """The same for a standalone terminal: most of it is what the terminal cannot tell."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go on to the only step; it has texts of its own."""
        return await self.async_step_terminal()

    async def async_step_terminal(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        errors = _mistakes(user_input or {})
        if user_input is not None and not errors:
            return self.async_create_entry(data=user_input)
        zones = await self.hass.async_add_executor_job(zoneinfo.available_timezones)
        schema = TERMINAL_OPTIONS_SCHEMA.extend(
            {
                vol.Optional(CONF_TIME_ZONE): SelectSelector(
                    SelectSelectorConfig(
                        options=sorted(zones), mode=SelectSelectorMode.DROPDOWN
                    )
                )
            }
        )
        return self.async_show_form(
            step_id="terminal",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or self.config_entry.options
            ),
            errors=errors,
        )


def _select(
    key: str, options: type[UnlockBehaviour | CardNumbers | UnlockUnit]
) -> SelectSelector:
    """Return a selector whose options are translated under `key`."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[option.value for option in options],
            mode=SelectSelectorMode.LIST,
            translation_key=key,
        )
    )


PEOPLE = ObjectSelector(
    ObjectSelectorConfig(
        multiple=True,
        fields={
            ATTR_USER_ID: {"required": True, "selector": TextSelector()},
            ATTR_NAME: {"selector": TextSelector()},
            ATTR_PERSON: {
                "selector": EntitySelector(EntitySelectorConfig(domain="person"))
            },
        },
        label_field=ATTR_USER_ID,
        description_field=ATTR_NAME,
        translation_key=CONF_PEOPLE,
    )
)
OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_UNLOCK_BEHAVIOUR, default=UnlockBehaviour.PULSE): _select(
            CONF_UNLOCK_BEHAVIOUR, UnlockBehaviour
        ),
        vol.Required(CONF_CARD_NUMBERS, default=CardNumbers.LAST_FOUR): _select(
            CONF_CARD_NUMBERS, CardNumbers
        ),
        vol.Optional(CONF_PEOPLE): PEOPLE,
    }
)
TERMINAL_OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_UNLOCK_UNIT, default=UnlockUnit.TENTHS): _select(
            CONF_UNLOCK_UNIT, UnlockUnit
        ),
        vol.Required(CONF_DOOR_SENSOR, default=False): BooleanSelector(),
        vol.Optional(CONF_DOORBELL_KEY): vol.All(
            NumberSelector(
                NumberSelectorConfig(min=0, max=255, mode=NumberSelectorMode.BOX)
            ),
            vol.Coerce(int),
        ),
        vol.Required(CONF_CARD_NUMBERS, default=CardNumbers.LAST_FOUR): _select(
            CONF_CARD_NUMBERS, CardNumbers
        ),
        vol.Optional(CONF_PEOPLE): PEOPLE,
    }
)
PUSH_OPTIONS_SCHEMA = OPTIONS_SCHEMA.extend(
    {
        vol.Required(CONF_KEEP_CLOCK, default=True): BooleanSelector(),
        vol.Required(CONF_DECIDE, default=False): BooleanSelector(),
        vol.Required(CONF_REQUEST_DELAY, default=REQUEST_DELAY_SECONDS): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=1, max=MAX_REQUEST_DELAY, unit_of_measurement="s"
                )
            ),
            vol.Coerce(int),
        ),
    }
)
