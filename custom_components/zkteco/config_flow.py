"""Config and options flow.

Lives here: everything that a person is asked, and the connection tests behind the answers.
Not here: the protocols (`protocol/`) and what is done with an entry (`coordinator`).
"""

import asyncio
from collections.abc import Mapping
import errno
import logging
from typing import Any, override

import voluptuous as vol

from homeassistant.components import network
from homeassistant.config_entries import (
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_ADDRESS, CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.typing import DiscoveryInfoType
from homeassistant.util import dt as dt_util
from homeassistant.util.network import is_host_valid, is_ip_address

from .const import (
    CONF_CARD_NUMBERS,
    CONF_KEEP_CLOCK,
    CONF_KEY,
    CONF_KIND,
    CONF_REGISTRATION,
    CONF_SERIAL,
    CONF_UNLOCK_BEHAVIOUR,
    DOMAIN,
    MANUFACTURER,
    CardNumbers,
    Kind,
    UnlockBehaviour,
)
from .hub import DATA_HUB, Hub
from .protocol.c3.discovery import Found
from .protocol.c3.panel import identify
from .protocol.c3.search import search
from .protocol.device import Clock
from .protocol.errors import (
    CannotConnect,
    DeviceBusy,
    DeviceError,
    InvalidValue,
    WrongFamily,
    WrongPassword,
)
from .protocol.model import PanelInfo
from .protocol.push.gate import parse_network
from .protocol.push.server import Candidate

_LOGGER = logging.getLogger(__name__)

DEFAULT_PORT = 4370

CONF_PANEL = "panel"
PANEL_MANUAL = "manual"

PASSWORD_SELECTOR = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
CONNECTION_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): cv.port,
        vol.Optional(CONF_PASSWORD): PASSWORD_SELECTOR,
    }
)
PASSWORD_SCHEMA = vol.Schema({vol.Required(CONF_PASSWORD): PASSWORD_SELECTOR})

CONF_DEVICE = "device"
DEFAULT_LISTENER_PORT = 8088
LISTENER_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_PORT): cv.port,
        vol.Optional(CONF_HOST): TextSelector(),
    }
)
PUSH_CONNECTION_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_ADDRESS): TextSelector(),
        vol.Optional(CONF_KEY): PASSWORD_SELECTOR,
    }
)

KEY_SCHEMA = vol.Schema({vol.Required(CONF_KEY): PASSWORD_SELECTOR})

# The first match counts: a busy panel is also one that cannot be connected to.
ERRORS: tuple[tuple[type[DeviceError], str, str], ...] = (
    (WrongPassword, CONF_PASSWORD, "invalid_auth"),
    # The password is the only value that is checked before it is sent.
    (InvalidValue, CONF_PASSWORD, "invalid_password"),
    (DeviceBusy, "base", "panel_busy"),
    (CannotConnect, "base", "cannot_connect"),
    (WrongFamily, "base", "not_a_c3_panel"),
    (DeviceError, "base", "invalid_reply"),
)


def _connection_data(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of a connection form; no password when none was given."""
    data = {
        CONF_HOST: user_input[CONF_HOST].strip(),
        CONF_PORT: user_input[CONF_PORT],
    }
    if password := user_input.get(CONF_PASSWORD):
        data[CONF_PASSWORD] = password
    return data


async def _async_identify(
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
    except DeviceError as err:
        return None, next(
            {field: key} for kind, field, key in ERRORS if isinstance(err, kind)
        )
    except Exception:
        _LOGGER.exception("Unexpected exception")
        return None, {"base": "unknown"}
    return info, {}


class ZktecoConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add a panel, by hand or because it was found, and keep its address and password right."""

    VERSION = 1
    MINOR_VERSION = 1

    _connection: dict[str, Any]
    """The panel that the password or confirmation step asks about."""
    _info: PanelInfo
    """The panel that the confirmation step asks about."""
    _candidate: Candidate
    """The PUSH device that the confirmation step asks about."""

    def __init__(self) -> None:
        """Start without having searched."""
        self._search_task: asyncio.Task[list[Found]] | None = None
        self._found: dict[str, Found] = {}
        self._wait_task: asyncio.Task[list[Candidate]] | None = None
        self._called: dict[str, Candidate] = {}
        self._in_attendance: set[str] = set()

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
            info, errors = await _async_identify(self._connection)
            if info is not None:
                return await self._async_add(info, self._connection)
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
            data = _connection_data(user_input)
            # A panel serves one connection: a test would interrupt the running one.
            self._async_abort_entries_match(
                {CONF_HOST: data[CONF_HOST], CONF_PORT: data[CONF_PORT]}
            )
            info, errors = await _async_identify(data)
            if info is not None:
                return await self._async_add(info, data)
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
            data = _connection_data({**self._connection, **user_input})
            info, errors = await _async_identify(data)
            if info is not None:
                return await self._async_add(info, data)
        return self.async_show_form(
            step_id="password",
            data_schema=PASSWORD_SCHEMA,
            description_placeholders={"host": self._connection[CONF_HOST]},
            errors=errors,
        )

    async def _async_add(
        self, info: PanelInfo, data: dict[str, Any]
    ) -> ConfigFlowResult:
        """Create the entry of a panel that was reached, or update the one it has."""
        await self.async_set_unique_id(info.serial, raise_on_progress=False)
        self._abort_if_configured(Kind.C3, data)
        return self.async_create_entry(
            title=self._title(info.model, info.serial),
            data={CONF_KIND: Kind.C3.value, **data},
        )

    @callback
    def _abort_if_configured(
        self, kind: Kind, updates: dict[str, Any] | None = None
    ) -> None:
        """Stop when there is an entry; the updates are for one of this kind only."""
        entry = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, str(self.unique_id)
        )
        same = entry is not None and entry.data.get(CONF_KIND) == kind
        self._abort_if_unique_id_configured(updates=updates if same else None)

    @callback
    def _title(self, model: str, serial: str) -> str:
        """Return a title that no other entry has."""
        titles = {entry.title for entry in self._async_current_entries()}
        return f"{model} ({serial[-4:]})" if model in titles else model

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Look at a device whose network address the vendor owns, or that we know."""
        host = discovery_info.ip
        self._async_abort_entries_match({CONF_HOST: host})
        # Until the panel has told its serial number, its network address is its name.
        mac = dr.format_mac(discovery_info.macaddress)
        await self.async_set_unique_id(mac)
        self._abort_if_unique_id_configured()

        self._connection = {CONF_HOST: host, CONF_PORT: DEFAULT_PORT}
        if known := self._async_entry_by_mac(mac):
            if not is_ip_address(known.data.get(CONF_HOST, "")):
                # The name that the owner chose finds the panel by itself, and a PUSH
                # device finds us.
                raise AbortFlow("already_configured")
            self._connection = _connection_data({**known.data, CONF_HOST: host})
        info, errors = await _async_identify(self._connection)
        if CONF_PASSWORD in errors:
            self.context["title_placeholders"] = {"name": f"{MANUFACTURER} ({host})"}
            return await self.async_step_password()
        if info is None:
            return self.async_abort(reason="no_panel_answered")

        await self.async_set_unique_id(info.serial)
        self._abort_if_configured(Kind.C3, {CONF_HOST: host})
        self._info = info
        self.context["title_placeholders"] = {"name": f"{info.model} ({host})"}
        return await self.async_step_discovery_confirm()

    @callback
    def _async_entry_by_mac(self, mac: str) -> ConfigEntry | None:
        """Return the entry of the panel with a network address."""
        registry = dr.async_get(self.hass)
        connection = (dr.CONNECTION_NETWORK_MAC, mac)
        return next(
            (
                entry
                for entry in self._async_current_entries(include_ignore=False)
                if registry.async_get_device_by_connection(connection, entry.entry_id)
            ),
            None,
        )

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether a panel that was found and needs no password is to be added."""
        if user_input is not None:
            return await self._async_add(self._info, self._connection)
        return self.async_show_form(
            step_id="discovery_confirm",
            description_placeholders={
                "model": self._info.model,
                "host": self._connection[CONF_HOST],
                "serial": self._info.serial,
            },
        )

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start over with the secret, because the device and we no longer share one."""
        if entry_data[CONF_KIND] == Kind.PUSH:
            return await self.async_step_reauth_push()
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new password."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            info, errors = await _async_identify({**entry.data, **user_input})
            if info is not None:
                await self.async_set_unique_id(info.serial)
                self._abort_if_unique_id_mismatch(reason="wrong_device")
                return self.async_update_reload_and_abort(
                    entry, data_updates=user_input
                )
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=PASSWORD_SCHEMA,
            description_placeholders={"host": entry.data[CONF_HOST]},
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a changed address or password of the same panel."""
        entry = self._get_reconfigure_entry()
        if entry.data[CONF_KIND] == Kind.PUSH:
            return await self.async_step_reconfigure_push()
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _connection_data(user_input)
            info, errors = await _async_identify(data)
            if info is not None:
                await self.async_set_unique_id(info.serial)
                self._abort_if_unique_id_mismatch(reason="wrong_device")
                return self.async_update_reload_and_abort(
                    entry, data={CONF_KIND: entry.data[CONF_KIND], **data}
                )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                CONNECTION_SCHEMA, user_input or entry.data
            ),
            errors=errors,
        )

    # PUSH devices, which call us

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what to type into the device, and wait until it calls."""
        hub = self.hass.data[DATA_HUB]
        api = self.hass.config.api
        if self._wait_task is None:
            if api and api.use_ssl and not hub.listen_on:
                return await self.async_step_listener()
            # In the background: Home Assistant does not put off its end for it.
            self._wait_task = self.hass.async_create_background_task(
                hub.async_wait_for_devices(self._in_attendance),
                "zkteco pairing",
                eager_start=False,
            )
        if not self._wait_task.done():
            host, port = hub.async_address()
            return self.async_show_progress(
                step_id="push",
                progress_action="wait_for_device",
                progress_task=self._wait_task,
                description_placeholders={"host": host, "port": str(port)},
            )
        found = self._wait_task.result()
        self._wait_task = None
        self._called = {
            candidate.serial: candidate
            for candidate in found
            if candidate.registration is not None
        }
        if self._called:
            return self.async_show_progress_done(next_step_id="push_pick")
        if found:
            self._candidate = found[0]
            self._in_attendance.add(found[0].serial)
            return self.async_show_progress_done(next_step_id="push_attendance")
        return self.async_show_progress_done(next_step_id="nobody_called")

    async def async_step_nobody_called(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what could be wrong, and offer to wait again."""
        host, port = self.hass.data[DATA_HUB].async_address()
        return self.async_show_menu(
            step_id="nobody_called",
            menu_options=["push", "listener"],
            description_placeholders={"host": host, "port": str(port)},
        )

    async def async_step_listener(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a port of the devices' own, then wait for the device there."""
        hub = self.hass.data[DATA_HUB]
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await _async_listen_on(hub, user_input)
            if not errors:
                return await self.async_step_push()
        suggested = {CONF_PORT: DEFAULT_LISTENER_PORT, **hub.listen_on}
        return self.async_show_form(
            step_id="listener",
            data_schema=self.add_suggested_values_to_schema(
                LISTENER_SCHEMA, user_input or suggested
            ),
            errors=errors,
        )

    async def async_step_push_pick(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say who has called; let a person pick one."""
        if user_input is not None:
            return await self._async_add_push(self._called[user_input[CONF_DEVICE]])
        options = [
            SelectOptionDict(
                value=serial, label=f"{_model(candidate)} ({candidate.peer}, {serial})"
            )
            for serial, candidate in self._called.items()
        ]
        schema = vol.Schema(
            {
                vol.Required(CONF_DEVICE): SelectSelector(
                    SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
                )
            }
        )
        return self.async_show_form(
            step_id="push_pick",
            data_schema=self.add_suggested_values_to_schema(
                schema, {CONF_DEVICE: options[0]["value"]}
            ),
        )

    async def async_step_push_attendance(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say how a terminal that keeps attendance becomes one that has doors."""
        if user_input is not None:
            if self.source != SOURCE_INTEGRATION_DISCOVERY:
                return await self.async_step_push()
            if self._candidate.registration is None:
                return self.async_abort(reason="attendance_mode")
            return await self.async_step_discovery_confirm_push()
        return self.async_show_form(
            step_id="push_attendance",
            data_schema=vol.Schema({}),
            description_placeholders={
                "host": self._candidate.peer,
                "serial": self._candidate.serial,
            },
        )

    @override
    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Look at a device that called while the pairing window was open."""
        self._candidate = candidate = discovery_info["candidate"]
        await self.async_set_unique_id(candidate.serial)
        self._abort_if_unique_id_configured()
        name = f"{_model(candidate)} ({candidate.serial})"
        self.context["title_placeholders"] = {"name": name}
        if candidate.registration is None:
            return await self.async_step_push_attendance()
        return await self.async_step_discovery_confirm_push()

    async def async_step_discovery_confirm_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether a device that called is to be added."""
        if user_input is not None:
            return await self._async_add_push(self._candidate)
        return self.async_show_form(
            step_id="discovery_confirm_push",
            description_placeholders={
                "model": _model(self._candidate),
                "host": self._candidate.peer,
                "serial": self._candidate.serial,
                "doors": str(_doors(self._candidate)),
            },
        )

    async def _async_add_push(self, candidate: Candidate) -> ConfigFlowResult:
        """Create the entry of a device that has said what it is."""
        assert candidate.registration
        await self.async_set_unique_id(candidate.serial, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title=self._title(_model(candidate), candidate.serial),
            data={
                CONF_KIND: Kind.PUSH.value,
                CONF_SERIAL: candidate.serial,
                CONF_REGISTRATION: dict(candidate.registration.raw),
            },
        )

    async def async_step_reauth_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the communication key; whether it is right shows when the device calls."""
        entry = self._get_reauth_entry()
        if user_input is not None:
            key = user_input[CONF_KEY].strip()
            return self.async_update_reload_and_abort(
                entry, data_updates={CONF_KEY: key}
            )
        return self.async_show_form(
            step_id="reauth_push",
            data_schema=KEY_SCHEMA,
            description_placeholders={"name": entry.title},
        )

    async def async_step_reconfigure_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where a device may call from, and with which key."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            given = {key: text.strip() for key, text in user_input.items()}
            if CONF_ADDRESS in given:
                try:
                    parse_network(given[CONF_ADDRESS])
                except InvalidValue:
                    errors[CONF_ADDRESS] = "invalid_address"
            if not errors:
                kept = {
                    key: value
                    for key, value in entry.data.items()
                    if key not in (CONF_ADDRESS, CONF_KEY)
                }
                return self.async_update_reload_and_abort(entry, data=kept | given)
        return self.async_show_form(
            step_id="reconfigure_push",
            data_schema=self.add_suggested_values_to_schema(
                PUSH_CONNECTION_SCHEMA, user_input or entry.data
            ),
            errors=errors,
        )


def _model(candidate: Candidate) -> str:
    """Return what a device calls itself."""
    known = candidate.registration
    return (known and known.model) or MANUFACTURER


def _doors(candidate: Candidate) -> int:
    """Return how many doors a device has."""
    known = candidate.registration
    return (known and known.lock_count) or 1


async def _async_listen_on(hub: Hub, user_input: Mapping[str, Any]) -> dict[str, str]:
    """Give the devices a port of their own, or none; return the errors of the form."""
    listen_on: dict[str, Any] = {}
    if CONF_PORT in user_input:
        listen_on = {CONF_PORT: user_input[CONF_PORT]}
        if host := user_input.get(CONF_HOST, "").strip():
            if not is_ip_address(host):
                return {CONF_HOST: "invalid_host_address"}
            listen_on[CONF_HOST] = host
    try:
        await hub.async_listen_on(listen_on)
    except OSError as err:
        match err.errno:
            case errno.EADDRINUSE:
                return {CONF_PORT: "port_in_use"}
            case errno.EACCES:
                return {CONF_PORT: "port_reserved"}
            case _:
                return {CONF_HOST: "not_our_address"}
    return {}


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
            errors = await _async_listen_on(hub, user_input)
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
    {vol.Required(CONF_KEEP_CLOCK, default=True): BooleanSelector()}
)
