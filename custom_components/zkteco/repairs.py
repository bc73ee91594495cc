"""What a person can mend with one click.

Lives here: the fix of a clock that drifted, and the owner's word that what looks wrong
is all right. Not here: when an issue is raised and withdrawn (coordinator).
"""

from abc import ABC, abstractmethod
from typing import override

import voluptuous as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .protocol.model import Notice


class DeviceFlow(RepairsFlow, ABC):
    """Mend something at a device once the user agrees."""

    def __init__(self, entry_id: str) -> None:
        """Remember which device it is."""
        self._entry_id = entry_id

    @abstractmethod
    async def _async_mend(self, coordinator: ZktecoCoordinator) -> None:
        """Do it. Raises HomeAssistantError."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask first."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Mend it once the user agrees."""
        entry: ZktecoConfigEntry | None = self.hass.config_entries.async_get_entry(
            self._entry_id
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                await self._async_mend(entry.runtime_data)
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


class SyncTimeFlow(DeviceFlow):
    """Set a device's clock."""

    @override
    async def _async_mend(self, coordinator: ZktecoCoordinator) -> None:
        await coordinator.async_run(coordinator.device.sync_time())


class DismissFlow(DeviceFlow):
    """Accept what a device is worried about."""

    def __init__(self, entry_id: str, notice: Notice) -> None:
        """Remember what it is."""
        super().__init__(entry_id)
        self._notice = notice

    @override
    async def _async_mend(self, coordinator: ZktecoCoordinator) -> None:
        coordinator.device.dismiss(self._notice)


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the fix of an issue: of what a device is worried about, or of its clock."""
    # An issue that tells no device has none that is loaded: its fix says so.
    data = data or {}
    entry_id = str(data.get("entry_id"))
    if "notice" in data:
        return DismissFlow(entry_id, Notice(str(data["notice"])))
    return SyncTimeFlow(entry_id)
