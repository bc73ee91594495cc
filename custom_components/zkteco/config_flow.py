"""The config and options flow.

Lives here: the choice of the kind, what is asked again later, the options. Not here: the
steps of one kind of device (`flow_c3`, `flow_push`).
"""

from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .const import (
    CONF_CARD_NUMBERS,
    CONF_KEEP_CLOCK,
    CONF_KIND,
    CONF_REQUEST_DELAY,
    CONF_UNLOCK_BEHAVIOUR,
    DOMAIN,
    CardNumbers,
    Kind,
    UnlockBehaviour,
)
from .flow_c3 import ConfigFlowC3
from .flow_push import LISTENER_SCHEMA, ConfigFlowPush, async_listen_on
from .hub import DATA_HUB
from .protocol.push.session import REQUEST_DELAY_SECONDS

# A door command lives for ten seconds; a device must ask more often than that.
MAX_REQUEST_DELAY = 5


class ZktecoConfigFlow(ConfigFlowC3, ConfigFlowPush, domain=DOMAIN):
    """Add a device, by hand or because it was found, and keep the way to it right."""

    VERSION = 1
    MINOR_VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        if config_entry.data[CONF_KIND] == Kind.PUSH:
            return PushOptionsFlow()
        return ZktecoOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which kind of device is to be added."""
        return self.async_show_menu(
            step_id="user", menu_options=[Kind.C3.value, Kind.PUSH.value]
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start over with the secret, because the device and we no longer share one."""
        if entry_data[CONF_KIND] == Kind.PUSH:
            return await self.async_step_reauth_push()
        return await self.async_step_reauth_confirm()

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what has changed about the same device."""
        if self._get_reconfigure_entry().data[CONF_KIND] == Kind.PUSH:
            return await self.async_step_reconfigure_push()
        return await self._async_step_reconfigure_c3(user_input)


class ZktecoOptionsFlow(OptionsFlowWithReload):
    """Change what only the owner can know."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, self.config_entry.options
            ),
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
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="push",
            data_schema=self.add_suggested_values_to_schema(
                PUSH_OPTIONS_SCHEMA, self.config_entry.options
            ),
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


def _select(key: str, options: type[UnlockBehaviour | CardNumbers]) -> SelectSelector:
    """Return a selector whose options are translated under `key`."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[option.value for option in options],
            mode=SelectSelectorMode.LIST,
            translation_key=key,
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
    }
)
PUSH_OPTIONS_SCHEMA = OPTIONS_SCHEMA.extend(
    {
        vol.Required(CONF_KEEP_CLOCK, default=True): BooleanSelector(),
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
