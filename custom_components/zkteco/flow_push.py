"""The steps that add a PUSH device, which calls us, and say who may call as it.

Lives here: the pairing window as a person sees it, discovered devices, address and key, the
port that all PUSH devices share. Not here: who is served (`hub`), other kinds of devices.
"""

import asyncio
from collections.abc import Mapping
import errno
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_ADDRESS, CONF_HOST, CONF_PORT
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.helpers.typing import DiscoveryInfoType
from homeassistant.util.network import is_ip_address

from .const import (
    CONF_KEY,
    CONF_KIND,
    CONF_MODE,
    CONF_REGISTRATION,
    CONF_SERIAL,
    MANUFACTURER,
    Kind,
    Mode,
)
from .flow import KEY_SCHEMA, PASSWORD_SELECTOR, ConfigFlowBase, plain
from .hub import DATA_HUB, Hub
from .protocol.errors import InvalidValue
from .protocol.push.gate import parse_network
from .protocol.push.server import Candidate

CONF_DEVICE = "device"
ATTENDANCE_TERMINAL = "Attendance terminal"
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


class ConfigFlowPush(ConfigFlowBase):
    """The part of the config flow that is about PUSH devices."""

    _candidate: Candidate
    """The device that the confirmation step asks about."""

    def __init__(self) -> None:
        """Start without having waited."""
        super().__init__()
        self._wait_task: asyncio.Task[list[Candidate]] | None = None
        self._called: dict[str, Candidate] = {}

    async def async_step_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what to type into the device, and wait until it calls."""
        hub = self.hass.data[DATA_HUB]
        if self._wait_task is None:
            if hub.https_only:
                return await self.async_step_listener()
            # In the background: Home Assistant does not put off its end for it.
            self._wait_task = self.hass.async_create_background_task(
                hub.async_wait_for_devices(),
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
        self._called = {candidate.serial: candidate for candidate in found}
        if self._called:
            return self.async_show_progress_done(next_step_id="push_pick")
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
            errors = await async_listen_on(hub, user_input)
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
            self._candidate = self._called[user_input[CONF_DEVICE]]
            if self._candidate.attendance:
                return await self.async_step_push_attendance()
            return await self._async_add_push(self._candidate)
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
        """Say what a terminal that keeps attendance tells, and how it would tell more."""
        if user_input is not None:
            return await self._async_add_push(self._candidate)
        return self.async_show_form(
            step_id="push_attendance",
            data_schema=vol.Schema({}),
            description_placeholders={
                "model": plain(_model(self._candidate)),
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
        if candidate.attendance:
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
                "model": plain(_model(self._candidate)),
                "host": self._candidate.peer,
                "serial": self._candidate.serial,
                "doors": str(_doors(self._candidate)),
            },
        )

    async def _async_add_push(self, candidate: Candidate) -> ConfigFlowResult:
        """Create the entry of a device that has said what it is."""
        known = candidate.registration
        mode = Mode.ATTENDANCE if candidate.attendance else Mode.ACCESS
        await self.async_set_unique_id(candidate.serial, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title=self._title(_model(candidate), candidate.serial),
            data={
                CONF_KIND: Kind.PUSH.value,
                CONF_SERIAL: candidate.serial,
                CONF_MODE: mode.value,
                CONF_REGISTRATION: dict(known.raw) if known else {},
            },
        )

    async def async_step_reauth_push(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the communication key; whether it is right shows when the device calls."""
        entry = self._get_reauth_entry()
        if user_input is not None:
            data = {key: entry.data[key] for key in entry.data if key != CONF_KEY}
            if key := user_input.get(CONF_KEY, "").strip():
                data[CONF_KEY] = key
            return self.async_update_reload_and_abort(entry, data=data)
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
    if known and known.model:
        return known.model
    # Its first call tells no more.
    return ATTENDANCE_TERMINAL if candidate.attendance else MANUFACTURER


def _doors(candidate: Candidate) -> int:
    """Return how many doors a device has."""
    known = candidate.registration
    return (known and known.lock_count) or 1


async def async_listen_on(hub: Hub, user_input: Mapping[str, Any]) -> dict[str, str]:
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
