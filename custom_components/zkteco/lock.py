"""The doors as locks.

Lives here: what open, unlock and lock mean, and who changed the lock last. Not here: how
a device does it, and the door's leaf (binary_sensor).
"""

from collections.abc import Awaitable
from typing import Any, Final, override

from homeassistant.components.lock import (
    LockEntity,
    LockEntityDescription,
    LockEntityFeature,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import CONF_UNLOCK_BEHAVIOUR, UnlockBehaviour
from .coordinator import ZktecoConfigEntry
from .entity import ZktecoDoorEntity, async_add_fitted_entities
from .event_data import actor
from .protocol.model import AccessEvent, EventKind

# The device orders its commands; a door command must not grow old before it gets there.
PARALLEL_UPDATES = 0

DESCRIPTION = LockEntityDescription(key="lock", name=None)

ATTR_CHANGED_AT: Final = "changed_at"
HOME_ASSISTANT: Final = "Home Assistant"
CHANGES: Final = {
    EventKind.ACCESS_GRANTED,
    EventKind.EXIT_BUTTON,
    EventKind.REMOTE_OPEN,
    EventKind.REMOTE_CLOSE,
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ZktecoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a lock for each door that has one."""
    async_add_fitted_entities(
        entry,
        async_add_entities,
        lambda coordinator, info: (
            ZktecoLock(coordinator, DESCRIPTION, door.number)
            for door in info.doors.values()
            if door.has_lock
        ),
    )


class ZktecoLock(ZktecoDoorEntity, LockEntity):
    """A door that a person can be let through."""

    _attr_supported_features = LockEntityFeature.OPEN

    @property
    @override
    def is_locked(self) -> bool | None:
        """Return whether nobody can just walk in, as far as the device shows it."""
        return self.door_state.locked

    @override
    async def async_added_to_hass(self) -> None:
        """Learn from the events who changes the lock."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_subscribe_events(self._async_on_event)
        )

    @override
    async def async_open(self, **kwargs: Any) -> None:
        """Let one person in; the door locks again by itself."""
        await self.async_open_door()

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Let one person in, or unlock until locked, as the owner chose."""
        options = self.coordinator.config_entry.options
        if options.get(CONF_UNLOCK_BEHAVIOUR) == UnlockBehaviour.HOLD:
            await self.async_hold_open()
        else:
            self._attr_is_unlocking = True
            await self._async_command(self.coordinator.device.open_door(self._door))

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """End a hold or a running pulse."""
        await self.async_release_door()

    async def async_open_door(self, seconds: int | None = None) -> None:
        """Unlock for `seconds` (1 to 254), or for the door's own open time."""
        self._attr_is_opening = True
        await self._async_command(
            self.coordinator.device.open_door(self._door, seconds)
        )

    async def async_hold_open(self) -> None:
        """Unlock until released."""
        self._attr_is_unlocking = True
        await self._async_command(self.coordinator.device.hold_open(self._door))

    async def async_answer_identification(self, allow: bool, message: str) -> None:
        """Decide about whoever asks to come in; the device opens the door, or does not."""
        device = self.coordinator.device
        await self.coordinator.async_run_door(
            self._door,
            device.answer_identification(self._door, allow=allow, text=message),
        )

    async def async_release_door(self) -> None:
        """End a hold or a running pulse."""
        self._attr_is_locking = True
        await self._async_command(self.coordinator.device.release_door(self._door))

    async def _async_command(self, command: Awaitable[None]) -> None:
        """Show that a command is on its way, and nothing more until the device does."""
        self.async_write_ha_state()
        try:
            await self.coordinator.async_run_door(self._door, command)
            self._set_changed_by(HOME_ASSISTANT)
        finally:
            self._attr_is_opening = False
            self._attr_is_unlocking = False
            self._attr_is_locking = False
            self.async_write_ha_state()

    @callback
    def _async_on_event(self, event: AccessEvent) -> None:
        """Remember who opened or closed the door."""
        if event.door != self._door or event.late or event.kind not in CHANGES:
            return
        if self.coordinator.is_our_doing(event):
            self._set_changed_by(HOME_ASSISTANT)
        else:
            self._set_changed_by(actor(event, self.coordinator.cards))
        self.async_write_ha_state()

    def _set_changed_by(self, name: str | None) -> None:
        """Remember who it was, and that it was now: the state changes for other reasons, too."""
        self._attr_changed_by = name
        self._attr_extra_state_attributes = (
            {ATTR_CHANGED_AT: dt_util.utcnow()} if name else {}
        )
