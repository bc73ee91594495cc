"""New firmware, for devices that take it from us and owners who have the file.

Lives here: the update entity, and the folder in which its owner puts the file. Nothing is
downloaded, and nothing installed that the owner did not put there and confirm. Not here:
how a device gets it (protocols).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final, override

from homeassistant.components.update import (
    UpdateDeviceClass,
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import ZktecoConfigEntry
from .entity import ZktecoEntity, async_add_fitted_entities
from .protocol.model import Capability

# The device orders its commands.
PARALLEL_UPDATES = 0
# How often to look whether there is a file.
SCAN_INTERVAL = timedelta(minutes=5)

FOLDER: Final = "zkteco_firmware"
SUFFIX: Final = ".cfg"

FIRMWARE: Final = UpdateEntityDescription(
    key="firmware-update",
    translation_key="firmware",
    device_class=UpdateDeviceClass.FIRMWARE,
    entity_category=EntityCategory.CONFIG,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the update of a device that takes firmware."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            [ZktecoFirmwareUpdate(coordinator, FIRMWARE)]
            if Capability.FIRMWARE in coordinator.device.capabilities
            else []
        ),
    )


class ZktecoFirmwareUpdate(ZktecoEntity, UpdateEntity):
    """The firmware that a device has, and the file that its owner wants it to have."""

    _attr_should_poll = True
    _attr_supported_features = UpdateEntityFeature.INSTALL
    _version: str | None = None
    """What the newest file is called, without its ending."""

    @property
    def _folder(self) -> Path:
        """Where the owner puts files for this device."""
        return Path(self.hass.config.path(FOLDER, self.coordinator.serial))

    @override
    async def async_added_to_hass(self) -> None:
        """Look whether there is a file."""
        await super().async_added_to_hass()
        await self.async_update()

    @override
    async def async_update(self) -> None:
        """Look whether there is a file for this device."""
        self._version = await self.hass.async_add_executor_job(_newest, self._folder)

    @property
    @override
    def installed_version(self) -> str | None:
        """Return the version that the device tells."""
        return self.coordinator.device.info.firmware

    @property
    @override
    def latest_version(self) -> str | None:
        """Return the name of the file; without one there is nothing newer."""
        return self._version or self.installed_version

    @override
    async def async_install(
        self, version: str | None, backup: bool, **kwargs: Any
    ) -> None:
        """Have the device install the file."""
        file = self._folder / f"{self._version}{SUFFIX}"
        try:
            image = await self.hass.async_add_executor_job(file.read_bytes)
        except OSError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="firmware_unreadable"
            ) from err
        self._attr_in_progress = True
        self.async_write_ha_state()
        try:
            device = self.coordinator.device
            await self.coordinator.async_run(device.update_firmware(image))
        finally:
            self._attr_in_progress = False
            self.async_write_ha_state()


def _newest(folder: Path) -> str | None:
    """Return the name, without its ending, of the file that was put into a folder last."""
    try:
        files = [path for path in folder.iterdir() if path.suffix == SUFFIX]
        newest = max(files, key=lambda path: path.stat().st_mtime, default=None)
    except OSError:
        return None
    return newest.stem if newest else None
