"""The steps that add a standalone terminal, and keep its address and key right.

Lives here: connection test, a changed key. Not here: discovery (`flow_dhcp`), the protocol
(`protocol/standalone`), other kinds of devices.
"""

import asyncio
from collections.abc import Mapping
import logging
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.util.network import is_host_valid

from .const import CONF_KEY, CONF_TRANSPORT, DEFAULT_PORT, Kind
from .flow import KEY_SCHEMA, OTHER_KIND_SECONDS, PASSWORD_SELECTOR, ConfigFlowBase
from .flow_c3 import async_identify_panel
from .protocol.errors import (
    CannotConnect,
    DeviceError,
    InvalidValue,
    LoginLocked,
    SecureFirmware,
    WrongFamily,
    WrongPassword,
)
from .protocol.model import PanelInfo
from .protocol.standalone.connection import Transport
from .protocol.standalone.terminal import identify

_LOGGER = logging.getLogger(__name__)

TERMINAL_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): cv.port,
        vol.Optional(CONF_KEY): PASSWORD_SELECTOR,
        vol.Required(CONF_TRANSPORT, default=Transport.AUTOMATIC): SelectSelector(
            SelectSelectorConfig(
                options=[transport.value for transport in Transport],
                mode=SelectSelectorMode.DROPDOWN,
                translation_key=CONF_TRANSPORT,
            )
        ),
    }
)

# The first match counts: a terminal that locks logins cannot be connected to either.
ERRORS: tuple[tuple[type[DeviceError], str, str], ...] = (
    (WrongPassword, CONF_KEY, "wrong_key"),
    # The key is the only value that is checked before it is sent.
    (InvalidValue, CONF_KEY, "invalid_key"),
    (LoginLocked, "base", "login_locked"),
    (SecureFirmware, "base", "secure_firmware"),
    (CannotConnect, "base", "terminal_silent"),
    (DeviceError, "base", "invalid_reply"),
)


def terminal_connection(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of a connection; no key when none was given."""
    connection = {
        CONF_HOST: user_input[CONF_HOST].strip(),
        CONF_PORT: user_input[CONF_PORT],
        CONF_TRANSPORT: user_input[CONF_TRANSPORT],
    }
    if key := user_input.get(CONF_KEY, "").strip():
        connection[CONF_KEY] = key
    return connection


async def async_identify_terminal(
    connection: dict[str, Any],
) -> tuple[PanelInfo | None, dict[str, str]]:
    """Return who answers, or the errors that the form shows.

    From then on the connection names the transport that worked.
    """
    if not is_host_valid(connection[CONF_HOST]):
        return None, {CONF_HOST: "invalid_host"}
    try:
        info, transport = await identify(
            connection[CONF_HOST],
            connection[CONF_PORT],
            connection.get(CONF_KEY, ""),
            Transport(connection[CONF_TRANSPORT]),
        )
    except WrongFamily as err:
        match err.found:
            case "c3":
                return None, {"base": "is_a_c3_panel"}
            case "http":
                return None, {"base": "is_a_web_page"}
            case _:
                return None, {"base": "not_a_terminal"}
    except DeviceError as err:
        return None, next(
            {field: key} for kind, field, key in ERRORS if isinstance(err, kind)
        )
    except Exception:
        _LOGGER.exception("Unexpected exception")
        return None, {"base": "unknown"}
    connection[CONF_TRANSPORT] = transport.value
    return info, {}


async def async_identify_typed_terminal(
    connection: dict[str, Any],
) -> tuple[PanelInfo | None, dict[str, str]]:
    """Do the same for an address that a person typed, which may be a panel's.

    A C3 panel says nothing to what is no frame of its own.
    """
    info, errors = await async_identify_terminal(connection)
    if errors.get("base") == "terminal_silent":
        address = {key: connection[key] for key in (CONF_HOST, CONF_PORT)}
        try:
            async with asyncio.timeout(OTHER_KIND_SECONDS):
                panel, refused = await async_identify_panel(address)
        except TimeoutError:
            return info, errors
        if panel is not None or CONF_PASSWORD in refused:
            errors = {"base": "is_a_c3_panel"}
    return info, errors


class ConfigFlowTerminal(ConfigFlowBase):
    """The part of the config flow that is about standalone terminals."""

    async def async_step_terminal(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address, the key and the transport, and try them."""
        errors: dict[str, str] = {}
        if user_input is not None:
            connection = terminal_connection(user_input)
            self._async_abort_entries_match(
                {
                    CONF_HOST: connection[CONF_HOST],
                    CONF_PORT: connection[CONF_PORT],
                }
            )
            info, errors = await async_identify_typed_terminal(connection)
            if info is not None:
                return await self._async_add(Kind.TERMINAL, info, connection)
        return self.async_show_form(
            step_id="terminal",
            data_schema=self.add_suggested_values_to_schema(
                TERMINAL_SCHEMA, user_input
            ),
            errors=errors,
        )

    async def async_step_terminal_key(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the key of a terminal whose address is known."""
        errors: dict[str, str] = {}
        if user_input is not None:
            connection = terminal_connection({**self._connection, **user_input})
            info, errors = await async_identify_terminal(connection)
            if info is not None:
                return await self._async_add(Kind.TERMINAL, info, connection)
        return self.async_show_form(
            step_id="terminal_key",
            data_schema=KEY_SCHEMA,
            description_placeholders={"host": self._connection[CONF_HOST]},
            errors=errors,
        )

    async def async_step_reauth_terminal(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new key."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            kept = {key: entry.data[key] for key in entry.data if key != CONF_KEY}
            connection = terminal_connection({**kept, **user_input})
            info, errors = await async_identify_terminal(connection)
            if info is not None:
                return await self._async_update(entry, info, connection)
        return self.async_show_form(
            step_id="reauth_terminal",
            data_schema=KEY_SCHEMA,
            description_placeholders={"host": entry.data[CONF_HOST]},
            errors=errors,
        )

    async def async_step_reconfigure_terminal(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a changed address, key or transport of the same terminal."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            connection = terminal_connection(user_input)
            info, errors = await async_identify_typed_terminal(connection)
            if info is not None:
                return await self._async_update(entry, info, connection)
        return self.async_show_form(
            step_id="reconfigure_terminal",
            data_schema=self.add_suggested_values_to_schema(
                TERMINAL_SCHEMA, user_input or entry.data
            ),
            errors=errors,
        )
