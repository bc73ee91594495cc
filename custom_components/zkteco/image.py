"""What a device's camera saw, for a person to look at.

Lives here: the image entities. A picture is in memory only, and only while somebody has
enabled its entity. Not here: what a device calls a photo (protocols).
"""

from datetime import datetime
from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ZktecoConfigEntry, ZktecoCoordinator
from .entity import ZktecoEntity, async_add_fitted_entities
from .protocol.model import AccessEvent, Capability, EventKind, Photo

# The device orders its commands.
PARALLEL_UPDATES = 0

SNAPSHOT: Final = ImageEntityDescription(
    key="snapshot",
    translation_key="snapshot",
    entity_registry_enabled_default=False,
)
USER_PHOTO: Final = ImageEntityDescription(
    key="user-photo",
    translation_key="user_photo",
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the pictures that the device can show."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            image(hass, coordinator, description)
            for image, description, needed in (
                (ZktecoSnapshot, SNAPSHOT, Capability.SNAPSHOTS),
                (ZktecoUserPhoto, USER_PHOTO, Capability.USER_PHOTOS),
            )
            if needed in coordinator.device.capabilities
        ),
    )


class ZktecoImage(ZktecoEntity, ImageEntity):
    """The newest picture of some kind."""

    _attr_content_type = "image/jpeg"

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: ZktecoCoordinator,
        description: ImageEntityDescription,
    ) -> None:
        """Show nothing yet."""
        ZktecoEntity.__init__(self, coordinator, description)
        ImageEntity.__init__(self, hass)
        self._picture: bytes | None = None

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture."""
        return self._picture

    @callback
    def _async_show(self, picture: bytes | None, taken: datetime | None) -> None:
        """Replace the picture."""
        self._picture = picture
        self._attr_image_last_updated = taken
        self.async_write_ha_state()


class ZktecoSnapshot(ZktecoImage):
    """What the camera saw last."""

    @override
    async def async_added_to_hass(self) -> None:
        """Look at each photo that the device takes."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.device.on_photo(self._async_on_photo))

    @callback
    def _async_on_photo(self, photo: Photo) -> None:
        """Show a photo, unless a newer one is already there: late ones arrive in any order."""
        last = self.image_last_updated
        if last is None or photo.taken >= last:
            self._async_show(photo.data, photo.taken)


class ZktecoUserPhoto(ZktecoImage):
    """The photo that the device knows the person by who came last."""

    _last_event: AccessEvent | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Ask for the photo of each person who is let in."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_subscribe_events(self._async_on_event)
        )

    @callback
    def _async_on_event(self, event: AccessEvent) -> None:
        """Ask for the photo of a person who was let in just now."""
        if (
            event.kind is EventKind.ACCESS_GRANTED
            and event.user_id is not None
            and not event.late
        ):
            self._last_event = event
            self.coordinator.config_entry.async_create_background_task(
                self.hass, self._async_ask(event, event.user_id), "zkteco user photo"
            )

    async def _async_ask(self, event: AccessEvent, user_id: str) -> None:
        """Show the photo of a person; where there is none, that of the one before goes all the same."""
        device = self.coordinator.device
        try:
            picture = await self.coordinator.async_run(device.read_user_photo(user_id))
        except HomeAssistantError:
            picture = None
        # Somebody else may have come meanwhile.
        if event is self._last_event:
            self._async_show(picture, event.time if picture else None)
