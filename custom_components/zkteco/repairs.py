"""What a person can mend with one click.

Lives here: the fix of a clock that drifted. Not here: when an issue is raised and
withdrawn (coordinator).
"""

import voluptuous as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .coordinator import ZktecoConfigEntry


class SyncTimeFlow(RepairsFlow):
    """Set a panel's clock."""

    def __init__(self, entry_id: str) -> None:
        """Remember which panel it is."""
        self._entry_id = entry_id

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask first."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Set the clock once the user agrees."""
        entry: ZktecoConfigEntry | None = self.hass.config_entries.async_get_entry(
            self._entry_id
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            coordinator = entry.runtime_data
            try:
                await coordinator.async_run(coordinator.device.sync_time())
            except HomeAssistantError as err:
                errors["base"] = str(err.translation_key)
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={"name": entry.title},
            errors=errors,
        )


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the fix of an issue; the clock's is the only one."""
    assert data
    return SyncTimeFlow(str(data["entry_id"]))
