"""The doors as locks.

Lives here: what open, unlock and lock mean, and who changed the lock last. Not here: how
a device does it, and the door's leaf (binary_sensor).
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.lock import (
    LockEntity,
    LockEntityDescription,
    LockEntityFeature,
    LockState,
)
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later
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
# A device obeys first and shows it later: within a second, or it does not show it at all.
PATIENCE: Final = 5.0


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

    _doing: LockState | None = None
    """What the newest command is about to bring about, until the device shows it."""
    _cancel_patience: CALLBACK_TYPE | None = None

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
        self.async_on_remove(lambda: self._async_set_doing(None))

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
            await self._async_command(
                LockState.UNLOCKING, self.coordinator.device.open_door(self._door)
            )

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """End a hold or a running pulse."""
        await self.async_release_door()

    async def async_open_door(self, seconds: int | None = None) -> None:
        """Unlock for `seconds` (1 to 254), or for the door's own open time."""
        await self._async_command(
            LockState.OPENING, self.coordinator.device.open_door(self._door, seconds)
        )

    async def async_hold_open(self) -> None:
        """Unlock until released."""
        await self._async_command(
            LockState.UNLOCKING, self.coordinator.device.hold_open(self._door)
        )

    async def async_answer_identification(
        self, allow: bool, message: str, user_id: str | None = None
    ) -> None:
        """Decide about whoever asks to come in; the device opens the door, or does not."""
        answer = self.coordinator.device.answer_identification(
            self._door, allow=allow, text=message, user_id=user_id
        )
        await self.coordinator.async_run_door(self._door, answer)

    async def async_release_door(self) -> None:
        """End a hold or a running pulse."""
        await self._async_command(
            LockState.LOCKING, self.coordinator.device.release_door(self._door)
        )

    async def _async_command(self, doing: LockState, command: Awaitable[None]) -> None:
        """Show that a command is on its way, and nothing more until the device does."""
        self._async_set_doing(doing)
        self.async_write_ha_state()
        try:
            await self.coordinator.async_run_door(self._door, command)
            self._set_changed_by(HOME_ASSISTANT)
        except BaseException:
            self._async_set_doing(None)
            raise
        else:
            shows = self.available and self.is_locked is not None
            waits = shows and not self._has_come_true
            self._async_set_doing(self._doing if waits else None)
            if self._doing:
                over = HassJob(self._async_on_patience_over, cancel_on_shutdown=True)
                self._cancel_patience = async_call_later(self.hass, PATIENCE, over)
        finally:
            self.async_write_ha_state()

    @property
    def _has_come_true(self) -> bool:
        """Return whether the device shows what the newest command is to bring about."""
        return self.available and self.is_locked is (self._doing is LockState.LOCKING)

    @callback
    def _async_set_doing(self, doing: LockState | None) -> None:
        """Begin to wait for what a command is to bring about, or end it."""
        if self._cancel_patience:
            self._cancel_patience()
            self._cancel_patience = None
        self._doing = doing
        self._attr_is_opening = doing is LockState.OPENING
        self._attr_is_unlocking = doing is LockState.UNLOCKING
        self._attr_is_locking = doing is LockState.LOCKING

    @callback
    def _async_on_patience_over(self, _now: datetime) -> None:
        """Show again what the device shows, whatever it confirmed."""
        self._cancel_patience = None
        self._async_set_doing(None)
        self.async_write_ha_state()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Stop waiting once the device shows what was asked for."""
        if self._has_come_true:
            self._async_set_doing(None)
        super()._handle_coordinator_update()

    @callback
    def _async_on_event(self, event: AccessEvent) -> None:
        """Remember who opened or closed the door."""
        if event.door != self._door or event.late or event.kind not in CHANGES:
            return
        if self.coordinator.is_our_doing(event):
            self._set_changed_by(HOME_ASSISTANT)
        else:
            self._set_changed_by(actor(self.hass, event, self.coordinator.cards))
        self.async_write_ha_state()

    def _set_changed_by(self, name: str | None) -> None:
        """Remember who it was, and that it was now: the state changes for other reasons, too."""
        self._attr_changed_by = name
        self._attr_extra_state_attributes = (
            {ATTR_CHANGED_AT: dt_util.utcnow()} if name else {}
        )
