"""What the config flows of all kinds of devices share.

Lives here: entries that must not be there twice, their titles, common fields. Not here: any
kind's own steps (`flow_c3`, `flow_push`, `flow_terminal`), the flow itself (`config_flow`).
"""

import re
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .const import CONF_KEY, CONF_KIND, DOMAIN, Kind
from .protocol.model import PanelInfo

PASSWORD_SELECTOR = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
# A device can be told to do without the secret that it had.
KEY_SCHEMA = vol.Schema({vol.Optional(CONF_KEY): PASSWORD_SELECTOR})

OTHER_KIND_SECONDS = 3.0
"""How long a silent device gets to answer as one of another kind; in a home that is plenty."""

_MARKS: Final = re.compile(r"[\\`*_\[\]()<>!#|~&:@.]")
"""What makes links, pictures or anything else of a text in a form."""


def plain(text: str) -> str:
    """Return what a device says of itself so that a form shows it as it is: it may be a stranger."""
    return _MARKS.sub(r"\\\g<0>", text)


class ConfigFlowBase(ConfigFlow):
    """The part of a config flow that knows no kind of device."""

    _connection: dict[str, Any]
    """The way to the device that a step asks about."""

    async def _async_add(
        self, kind: Kind, info: PanelInfo, connection: dict[str, Any]
    ) -> ConfigFlowResult:
        """Create the entry of a device that was reached, or update the one it has."""
        await self.async_set_unique_id(info.serial, raise_on_progress=False)
        self._abort_if_configured(kind, connection)
        return self.async_create_entry(
            title=self._title(info.model, info.serial),
            data={CONF_KIND: kind.value, **connection},
        )

    async def _async_update(
        self, entry: ConfigEntry, info: PanelInfo, connection: dict[str, Any]
    ) -> ConfigFlowResult:
        """Give the entry of a device another way to it, if it leads to the same device."""
        await self.async_set_unique_id(info.serial)
        self._abort_if_unique_id_mismatch(reason="wrong_device")
        return self.async_update_reload_and_abort(
            entry, data={CONF_KIND: entry.data[CONF_KIND], **connection}
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
