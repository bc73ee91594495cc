"""What the config flows of all kinds of devices share.

Lives here: entries that must not be there twice, their titles, common fields. Not here: any
kind's own steps (`flow_c3`, `flow_push`), the flow itself (`config_flow`).
"""

from typing import Any

from homeassistant.config_entries import ConfigFlow
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .const import CONF_KIND, DOMAIN, Kind

PASSWORD_SELECTOR = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)


class ConfigFlowBase(ConfigFlow):
    """The part of a config flow that knows no kind of device."""

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
