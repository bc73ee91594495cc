"""What the network's DHCP tells: new devices, and known ones at a new address.

Lives here: the order in which a found device is asked what it is, and the click that adds
it. Not here: the steps of one kind of device (`flow_c3`, `flow_terminal`).
"""

from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.util.network import is_ip_address

from .const import CONF_KEY, CONF_KIND, MANUFACTURER, Kind
from .flow import plain
from .flow_c3 import ConfigFlowC3, async_identify_panel, panel_connection
from .flow_terminal import (
    TERMINAL_SCHEMA,
    ConfigFlowTerminal,
    async_identify_terminal,
    terminal_connection,
)
from .protocol.model import PanelInfo


class ConfigFlowDhcp(ConfigFlowC3, ConfigFlowTerminal):
    """The part of the config flow that is about devices found by DHCP."""

    _kind: Kind
    _info: PanelInfo
    """The device that the confirmation step asks about."""

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Look at a device whose network address the vendor owns, or that we know."""
        host = discovery_info.ip
        self._async_abort_entries_match({CONF_HOST: host})
        # Until the device has told its serial number, its network address is its name.
        mac = dr.format_mac(discovery_info.macaddress)
        await self.async_set_unique_id(mac)
        self._abort_if_unique_id_configured()

        data: dict[str, Any] = TERMINAL_SCHEMA({CONF_HOST: host})
        kind: Kind | None = None
        if known := self._async_entry_by_mac(mac):
            if not is_ip_address(known.data.get(CONF_HOST, "")):
                # The name that the owner chose finds the device by itself, and a PUSH
                # device finds us.
                raise AbortFlow("already_configured")
            kind = Kind(known.data[CONF_KIND])
            data = {**known.data, CONF_HOST: host}
        self.context["title_placeholders"] = {"name": f"{MANUFACTURER} ({host})"}
        if kind in (None, Kind.C3):
            self._connection = panel_connection(data)
            info, errors = await async_identify_panel(self._connection)
            if CONF_PASSWORD in errors:
                return await self.async_step_password()
            if info is not None:
                return await self._async_found(Kind.C3, info)
        if kind in (None, Kind.TERMINAL):
            self._connection = terminal_connection(data)
            info, errors = await async_identify_terminal(self._connection)
            if CONF_KEY in errors:
                return await self.async_step_terminal_key()
            if info is not None:
                return await self._async_found(Kind.TERMINAL, info)
        return self.async_abort(reason="nothing_answered")

    @callback
    def _async_entry_by_mac(self, mac: str) -> ConfigEntry | None:
        """Return the entry of the device with a network address."""
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

    async def _async_found(self, kind: Kind, info: PanelInfo) -> ConfigFlowResult:
        """Follow a device that we know, or offer a new one."""
        host = self._connection[CONF_HOST]
        await self.async_set_unique_id(info.serial)
        self._abort_if_configured(kind, {CONF_HOST: host})
        self._kind = kind
        self._info = info
        self.context["title_placeholders"] = {"name": f"{info.model} ({host})"}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether a device that was found and needs no secret is to be added."""
        if user_input is not None:
            return await self._async_add(self._kind, self._info, self._connection)
        return self.async_show_form(
            step_id="discovery_confirm",
            description_placeholders={
                "model": plain(self._info.model),
                "host": self._connection[CONF_HOST],
                "serial": plain(self._info.serial),
            },
        )
