"""The steps that add a C3 or inBio panel, and keep its address and password right.

Lives here: search, connection test, a changed password. Not here: discovery by DHCP
(`flow_dhcp`), the protocol (`protocol/c3`), other kinds of devices.
"""

import asyncio
from collections.abc import Mapping
import logging
from typing import Any

import voluptuous as vol

from homeassistant.components import network
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.network import is_host_valid

from .const import DEFAULT_PORT, MANUFACTURER, Kind
from .flow import OTHER_KIND_SECONDS, PASSWORD_SELECTOR, ConfigFlowBase
from .protocol.c3.discovery import Found
from .protocol.c3.panel import identify
from .protocol.c3.search import search
from .protocol.device import Clock
from .protocol.errors import (
    CannotConnect,
    DeviceBusy,
    DeviceError,
    InvalidValue,
    LoginLocked,
    SecureFirmware,
    WrongFamily,
    WrongPassword,
)
from .protocol.model import PanelInfo
from .protocol.standalone.connection import Transport
from .protocol.standalone.terminal import identify as identify_terminal

_LOGGER = logging.getLogger(__name__)

CONF_PANEL = "panel"
PANEL_MANUAL = "manual"

CONNECTION_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): cv.port,
        vol.Optional(CONF_PASSWORD): PASSWORD_SELECTOR,
    }
)
# A panel can be told to do without the password that it had.
PASSWORD_SCHEMA = vol.Schema({vol.Optional(CONF_PASSWORD): PASSWORD_SELECTOR})

# The first match counts: a busy panel is also one that cannot be connected to.
ERRORS: tuple[tuple[type[DeviceError], str, str], ...] = (
    (WrongPassword, CONF_PASSWORD, "invalid_auth"),
    # The password is the only value that is checked before it is sent.
    (InvalidValue, CONF_PASSWORD, "invalid_password"),
    (DeviceBusy, "base", "panel_busy"),
    (CannotConnect, "base", "cannot_connect"),
    (DeviceError, "base", "invalid_reply"),
)


def panel_connection(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of a connection form; no password when none was given."""
    data = {
        CONF_HOST: user_input[CONF_HOST].strip(),
        CONF_PORT: user_input[CONF_PORT],
    }
    if password := user_input.get(CONF_PASSWORD):
        data[CONF_PASSWORD] = password
    return data


async def async_identify_panel(
    data: Mapping[str, Any],
) -> tuple[PanelInfo | None, dict[str, str]]:
    """Return who answers at an address, or the errors that the form shows."""
    if not is_host_valid(data[CONF_HOST]):
        return None, {CONF_HOST: "invalid_host"}
    try:
        info = await identify(
            data[CONF_HOST],
            data[CONF_PORT],
            data.get(CONF_PASSWORD, ""),
            clock=Clock(dt_util.get_default_time_zone()),
        )
    except WrongFamily as err:
        other = "is_a_terminal" if err.found == "terminal" else "not_a_c3_panel"
        return None, {"base": other}
    except DeviceError as err:
        return None, next(
            {field: key} for kind, field, key in ERRORS if isinstance(err, kind)
        )
    except Exception:
        _LOGGER.exception("Unexpected exception")
        return None, {"base": "unknown"}
    return info, {}


async def async_identify_typed_panel(
    data: Mapping[str, Any],
) -> tuple[PanelInfo | None, dict[str, str]]:
    """Do the same for an address that a person typed, which may be a terminal's.

    A terminal hangs up on what a panel is asked, or says nothing.
    """
    info, errors = await async_identify_panel(data)
    if errors.get("base") in ("cannot_connect", "panel_busy"):
        try:
            async with asyncio.timeout(OTHER_KIND_SECONDS):
                await identify_terminal(
                    data[CONF_HOST], data[CONF_PORT], "", Transport.AUTOMATIC
                )
        except WrongPassword, LoginLocked, SecureFirmware:
            pass
        except DeviceError, TimeoutError:
            return info, errors
        errors = {"base": "is_a_terminal"}
    return info, errors


class ConfigFlowC3(ConfigFlowBase):
    """The part of the config flow that is about C3 and inBio panels."""

    def __init__(self) -> None:
        """Start without having searched."""
        super().__init__()
        self._search_task: asyncio.Task[list[Found]] | None = None
        self._found: dict[str, Found] = {}

    async def async_step_c3(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Search the local network for panels."""
        if self._search_task is None:
            # A search that is over at once would hand the menu's answer to the next form.
            self._search_task = self.hass.async_create_task(
                self._async_search(), "zkteco search", eager_start=False
            )
        if not self._search_task.done():
            return self.async_show_progress(
                step_id="c3",
                progress_action="search",
                progress_task=self._search_task,
            )
        configured = self._async_current_ids(include_ignore=False)
        self._found = {
            found.serial: found
            for found in self._search_task.result()
            if found.serial not in configured
        }
        return self.async_show_progress_done(
            next_step_id="pick" if self._found else "nothing_found"
        )

    async def _async_search(self) -> list[Found]:
        """Return the panels that answer a broadcast; none where the network forbids it."""
        addresses = await network.async_get_ipv4_broadcast_addresses(self.hass)
        try:
            return await search([str(address) for address in addresses])
        except OSError as err:
            _LOGGER.debug("Cannot search the network: %s", err)
            return []

    async def async_step_pick(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let a person pick one of the panels that were found."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_PANEL] == PANEL_MANUAL:
                return await self.async_step_manual()
            found = self._found[user_input[CONF_PANEL]]
            self._connection = {CONF_HOST: found.ip, CONF_PORT: DEFAULT_PORT}
            info, errors = await async_identify_panel(self._connection)
            if info is not None:
                return await self._async_add(Kind.C3, info, self._connection)
            if CONF_PASSWORD in errors:
                return await self.async_step_password()
        options = [
            SelectOptionDict(
                value=serial,
                label=f"{found.model or MANUFACTURER} ({found.ip}, {serial})",
            )
            for serial, found in self._found.items()
        ]
        options.append(SelectOptionDict(value=PANEL_MANUAL, label=PANEL_MANUAL))
        schema = vol.Schema(
            {
                vol.Required(CONF_PANEL): SelectSelector(
                    SelectSelectorConfig(
                        options=options,
                        mode=SelectSelectorMode.LIST,
                        translation_key=CONF_PANEL,
                    )
                )
            }
        )
        return self.async_show_form(
            step_id="pick",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or {CONF_PANEL: options[0]["value"]}
            ),
            errors=errors,
        )

    async def async_step_nothing_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address, because no panel answered the search."""
        return await self._async_step_address("nothing_found", user_input)

    async def async_step_manual(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the address."""
        return await self._async_step_address("manual", user_input)

    async def _async_step_address(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for address and password, and try them."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = panel_connection(user_input)
            # A panel serves one connection: a test would interrupt the running one.
            self._async_abort_entries_match(
                {CONF_HOST: data[CONF_HOST], CONF_PORT: data[CONF_PORT]}
            )
            info, errors = await async_identify_typed_panel(data)
            if info is not None:
                return await self._async_add(Kind.C3, info, data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                CONNECTION_SCHEMA, user_input
            ),
            errors=errors,
        )

    async def async_step_password(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the password of a panel whose address is known."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = panel_connection({**self._connection, **user_input})
            info, errors = await async_identify_panel(data)
            if info is not None:
                return await self._async_add(Kind.C3, info, data)
        return self.async_show_form(
            step_id="password",
            data_schema=PASSWORD_SCHEMA,
            description_placeholders={"host": self._connection[CONF_HOST]},
            errors=errors,
        )

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new password."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            address = {key: entry.data[key] for key in (CONF_HOST, CONF_PORT)}
            data = panel_connection({**address, **user_input})
            info, errors = await async_identify_panel(data)
            if info is not None:
                return await self._async_update(entry, info, data)
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=PASSWORD_SCHEMA,
            description_placeholders={"host": entry.data[CONF_HOST]},
            errors=errors,
        )

    async def _async_step_reconfigure_c3(
        self, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for a changed address or password of the same panel."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = panel_connection(user_input)
            info, errors = await async_identify_typed_panel(data)
            if info is not None:
                return await self._async_update(entry, info, data)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                CONNECTION_SCHEMA, user_input or entry.data
            ),
            errors=errors,
        )
