"""What the device is set to, as Home Assistant knows it.

Lives here: when settings are read, and writing one. Not here: their entities (setting_entity and the platforms), and
what has an entity of its own, such as the open time.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .protocol.errors import DeviceError, Unsupported
from .protocol.settings import Setting, SettingId, SettingValue

if TYPE_CHECKING:
    from .coordinator import ZktecoConfigEntry, ZktecoCoordinator

_LOGGER = logging.getLogger(__name__)

TRY_AGAIN: Final = timedelta(minutes=5)


class SettingsCoordinator(DataUpdateCoordinator[Mapping[SettingId, Setting]]):
    """Read the settings when the device comes and when it comes back; nobody else changes them often."""

    config_entry: ZktecoConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ZktecoConfigEntry,
        coordinator: ZktecoCoordinator,
    ) -> None:
        """Know nothing yet."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{entry.title} settings",
            update_interval=None,
            always_update=False,
        )
        self.data = {}
        self._coordinator = coordinator
        self._reachable = False

    @callback
    def async_follow(self) -> None:
        """Read the settings now, or as soon as the device can be reached, and each time that it comes back."""
        self.config_entry.async_on_unload(
            self._coordinator.async_add_listener(self._async_on_state)
        )
        self._async_on_state()

    @callback
    def _async_on_state(self) -> None:
        """Notice when the device comes back."""
        before, self._reachable = self._reachable, self._coordinator.last_update_success
        if self._reachable and not before:
            self._async_read()

    @callback
    def _async_read(self) -> None:
        """Read in the background: some devices take their time."""
        self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), self.name
        )

    @override
    async def _async_update_data(self) -> Mapping[SettingId, Setting]:
        """Read every setting that the device has."""
        self.update_interval = TRY_AGAIN
        try:
            settings = await self._coordinator.device.read_settings()
        except Unsupported:
            settings = ()
        except DeviceError as err:
            raise UpdateFailed(**self._coordinator.explain(err)) from err
        self.update_interval = None
        return {setting.id: setting for setting in settings}

    async def async_write(self, setting: Setting, value: SettingValue) -> None:
        """Change one setting; the device is read again when it is not sure what it is set to."""
        device = self._coordinator.device
        try:
            await self._coordinator.async_run(
                device.write_setting(setting.key, setting.number, value)
            )
        except HomeAssistantError:
            self._async_read()
            raise
        self.async_set_updated_data(
            {**self.data, setting.id: replace(setting, value=value)}
        )
