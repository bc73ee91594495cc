"""Long work on one device: how far it is, and what came of it.

Lives here: which work is shown, in which steps, and the notification at its end. Not here: how far work is
(`protocol.progress`), the sensor that shows it (`sensor`), the work itself (services, people).
Reading tells its outcome to whoever asked for it; only what changes something leaves a notification.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.components import persistent_notification
from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .protocol import progress
from .protocol.errors import DeviceError
from .texts import say

if TYPE_CHECKING:
    from .coordinator import ZktecoCoordinator

ATTR_ACTIVITY: Final = "activity"
SHOWN_AFTER: Final = 2.0
"""Seconds. What is done sooner would only fill the history."""
TOLD_AFTER: Final = 10.0
"""Seconds. Whoever waited so long has gone to do something else, and wants to know."""
STEP: Final = 5
"""Percent: a work is at most 21 states."""


class Activity(StrEnum):
    """What takes long."""

    COPY_CREDENTIALS = "copy_credentials"
    ENROL = "enrol"
    READ_EVENTS = "read_events"
    READ_USERS = "read_users"
    SYNC_USERS = "sync_users"


class Outcome(StrEnum):
    """What came of it."""

    COPIED = "credentials_copied"
    ENROLLED = "enrolled"
    SYNCED = "users_synced"
    WAITING = "sync_waits"


class Work:
    """One piece of long work."""

    def __init__(self, activity: Activity, changed: Callable[[], None]) -> None:
        """Begin; `changed` is called when there is something else to be shown."""
        self.activity = activity
        self.percent = 0
        """In whole steps; never goes back."""
        self.shown = False
        self.long = False
        self.outcome: Outcome | None = None
        self.numbers: Mapping[str, str] = {}
        self._changed = changed

    def part(self, start: float = 0, end: float = 1) -> AbstractContextManager[None]:
        """Listen to a part of the work, between two shares of the whole."""

        def told(share: float) -> None:
            self.tell(start + (end - start) * share)

        return progress.listening(told)

    def tell(self, share: float) -> None:
        """Take over how much is done, 0.0 to 1.0. It is over only when it is left."""
        percent = min(round(share * 100) // STEP * STEP, 100 - STEP)
        if percent > self.percent:
            self.percent = percent
            if self.shown:
                self._changed()

    def end(self, outcome: Outcome, **numbers: object) -> None:
        """Tell what came of it, in words and numbers."""
        self.outcome = outcome
        self.numbers = {name: str(number) for name, number in numbers.items()}


class Progress:
    """The long work on one device."""

    def __init__(self, coordinator: ZktecoCoordinator) -> None:
        """Nothing is done yet."""
        self._coordinator = coordinator
        self._works: list[Work] = []
        self._last: Work | None = None
        self._listeners: list[CALLBACK_TYPE] = []

    @property
    def shown(self) -> Work | None:
        """The oldest work that goes on, else the last one that succeeded; what is short is not shown."""
        works = (work for work in self._works if work.shown)
        return next(works, self._last)

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` whenever something else is shown; returns the unsubscriber."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @callback
    def _async_changed(self) -> None:
        """Tell whoever shows it."""
        for listener in tuple(self._listeners):
            listener()

    async def async_follow[T](self, activity: Activity, done: Awaitable[T]) -> T:
        """Show work that tells by itself how far it is, and whose outcome only the caller wants to know."""
        work = Work(activity, self._async_changed)
        with self._shown(work), work.part():
            return await done

    @asynccontextmanager
    async def work(self, activity: Activity) -> AsyncGenerator[Work]:
        """Show the work within, and tell its end if it took long."""
        work = Work(activity, self._async_changed)
        with self._shown(work):
            try:
                yield work
            except (DeviceError, HomeAssistantError) as err:
                reason = (
                    self._coordinator.error(err)
                    if isinstance(err, DeviceError)
                    else err
                )
                self._async_notify(work, "work_failed", error=str(reason))
                raise
            self._async_notify(work, work.outcome, **work.numbers)

    @contextmanager
    def _shown(self, work: Work) -> Iterator[None]:
        """Show a work while it goes on, and that it succeeded."""
        hass = self._coordinator.hass

        @callback
        def show(_now: datetime) -> None:
            work.shown = True
            self._last = None
            self._async_changed()

        @callback
        def lengthen(_now: datetime) -> None:
            work.long = True

        timers = [
            async_call_later(hass, after, HassJob(job, cancel_on_shutdown=True))
            for after, job in ((SHOWN_AFTER, show), (TOLD_AFTER, lengthen))
        ]
        self._works.append(work)
        succeeded = False
        try:
            yield
            succeeded = True
        finally:
            for cancel in timers:
                cancel()
            self._works.remove(work)
            if work.shown:
                work.percent = 100
                self._last = work if succeeded else None
                self._async_changed()

    @callback
    def _async_notify(
        self, work: Work, outcome: str | None, **placeholders: str
    ) -> None:
        """Leave a notification about a long work, in place of what was said about an earlier one."""
        hass = self._coordinator.hass
        entry_id = self._coordinator.config_entry.entry_id
        notification_id = f"{DOMAIN}_{work.activity}_{entry_id}"
        if outcome is None or not work.long:
            persistent_notification.async_dismiss(hass, notification_id)
            return
        name = self._coordinator.name
        persistent_notification.async_create(
            hass,
            say(hass, outcome, name=name, **placeholders),
            say(hass, f"{work.activity}_title", name=name),
            notification_id,
        )
