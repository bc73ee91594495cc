"""`AccessDevice`: the one door between the protocols below and Home Assistant above.

Lives here: the abstract device, its listeners, and the clock that devices are given. Not here: any wire detail.
The rules: state comes from device evidence only; door commands are sent at most once; a listener never sees an
exception of another listener; events are delivered once and in order.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import date, datetime, tzinfo
import logging
import time
from typing import TYPE_CHECKING

from .errors import Unsupported
from .model import (
    AccessEvent,
    Capability,
    EventKind,
    Notice,
    PanelInfo,
    PanelState,
    Photo,
    Sound,
)
from .people import Credential, Failures, Holiday, Limits, Template, TimeZone, User
from .rules import Rule, RuleFields, RuleRow
from .settings import Setting, SettingKey, SettingValue

if TYPE_CHECKING:
    from .trace import Tell

_LOGGER = logging.getLogger(__name__)

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None
type Unsubscribe = Callable[[], None]


class Clock:
    """Time as a device sees it. Tests inject their own, so that a simulated day takes a second."""

    def __init__(self, zone: tzinfo) -> None:
        """`zone` is the home's time zone: panels keep naive local time."""
        self.zone = zone

    def now(self) -> datetime:
        """Return the current time, aware, in the home's zone."""
        return datetime.now(self.zone)

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start; never goes backwards."""
        return time.monotonic()

    async def wait(self, seconds: float, wake: asyncio.Event | None = None) -> None:
        """Wait for `seconds`, or less when `wake` is set meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await (wake or asyncio.Event()).wait()
        except TimeoutError:
            pass


class AccessDevice(ABC):
    """One panel, terminal or PUSH device. Verbs raise `errors.DeviceError` subclasses only."""

    tells: frozenset[EventKind] = frozenset({EventKind.ACCESS_DENIED})
    """Of the kinds of events that not every device has at its doors, those that this one has."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._state_listeners: list[Callable[[PanelState], None]] = []
        self._event_listeners: list[Callable[[AccessEvent], None]] = []
        self._photo_listeners: list[Callable[[Photo], None]] = []

    @property
    @abstractmethod
    def info(self) -> PanelInfo:
        """Who the device is; valid once `start` has returned."""

    @property
    @abstractmethod
    def capabilities(self) -> Capability:
        """What the device can be asked to do; valid once `start` has returned."""

    @property
    @abstractmethod
    def state(self) -> PanelState:
        """The newest state; valid once `start` has returned."""

    @property
    @abstractmethod
    def memory(self) -> dict[str, Json]:
        """What must survive a restart of Home Assistant, to be given to the constructor again. Holds no secrets."""

    @abstractmethod
    async def start(self) -> None:
        """Connect, find out what the device is, and keep its state current from now on.

        Raises a `DeviceError` when the first connection fails; later failures show in `PanelState.error`.
        """

    @abstractmethod
    async def stop(self) -> None:
        """Say goodbye to the device and end all background work. Never raises."""

    @abstractmethod
    def diagnostics(self) -> dict[str, Json]:
        """Return facts for a bug report: no secrets, no personal data."""

    @abstractmethod
    def trace(self, tell: Tell | None) -> None:
        """Tell everything that goes over the wire from now on, without secrets and personal data; None ends that."""

    def on_state(self, listener: Callable[[PanelState], None]) -> Unsubscribe:
        """Call `listener` with each new state; returns the unsubscriber."""
        self._state_listeners.append(listener)
        return lambda: self._state_listeners.remove(listener)

    def on_event(self, listener: Callable[[AccessEvent], None]) -> Unsubscribe:
        """Call `listener` with each event, in order; returns the unsubscriber."""
        self._event_listeners.append(listener)
        return lambda: self._event_listeners.remove(listener)

    def on_photo(self, listener: Callable[[Photo], None]) -> Unsubscribe:
        """Call `listener` with each snapshot; returns the unsubscriber."""
        self._photo_listeners.append(listener)
        return lambda: self._photo_listeners.remove(listener)

    def _publish_state(self, state: PanelState) -> None:
        """Tell every listener about a new state."""
        _notify(self._state_listeners, state)

    def _publish_event(self, event: AccessEvent) -> None:
        """Tell every listener about an event."""
        _notify(self._event_listeners, event)

    def _publish_photo(self, photo: Photo) -> None:
        """Tell every listener about a snapshot; the device itself keeps none."""
        _notify(self._photo_listeners, photo)

    @abstractmethod
    async def open_door(self, door: int, seconds: int | None = None) -> None:
        """Unlock a door for `seconds` (1 to 254), or for its own open time. At most once."""

    async def hold_open(self, door: int) -> None:
        """Unlock a door until it is released."""
        raise Unsupported

    async def release_door(self, door: int) -> None:
        """End a hold or a running pulse: the door locks."""
        raise Unsupported

    async def set_open_time(self, door: int, seconds: int) -> None:
        """Set for how many seconds (1 to 254) the device unlocks the door by itself."""
        raise Unsupported

    async def set_aux_output(
        self, output: int, *, on: bool, seconds: int | None = None
    ) -> None:
        """Switch an auxiliary output; `seconds` (1 to 254) switches it off again by itself."""
        raise Unsupported

    async def cancel_alarms(self) -> None:
        """Silence every alarm of the device."""
        raise Unsupported

    async def lock_down(self, door: int, *, on: bool) -> None:
        """Let nobody in at a door, whoever they are, or end that."""
        raise Unsupported

    async def answer_identification(
        self, door: int, *, allow: bool, text: str = "", user_id: str | None = None
    ) -> None:
        """Decide about whoever waits at a door since an `EventKind.IDENTIFICATION`, which is a few seconds ago.

        `text` is shown to the person. With a `user_id`, empty for somebody without one, nobody else is decided about.
        Raises InvalidValue where nobody waits.
        """
        raise Unsupported

    async def release_floors(self, floors: Collection[int], seconds: int) -> None:
        """Let people choose some floors (1 to 256) of an elevator for some seconds (1 to 254). At most once."""
        raise Unsupported

    async def emergency(self, *, opened: bool) -> None:
        """Open every door at once, or end that by locking them all."""
        raise Unsupported

    async def reset_counters(self) -> None:
        """Set a turnstile's counters to zero."""
        raise Unsupported

    async def authorize_sub_device(self, serial: str) -> None:
        """Let a device behind this one, as `PanelInfo.sub_devices` names it, take part."""
        raise Unsupported

    def dismiss(self, notice: Notice) -> None:
        """Accept what a notice tells of, because the owner says that it is all right."""
        raise Unsupported

    async def restart(self) -> None:
        """Restart the device. It is unreachable for a while afterwards."""
        raise Unsupported

    async def update_firmware(self, image: bytes) -> None:
        """Have the device install a firmware file, which nobody but its owner can know to be right.

        Returns when the device says that it did, which may take half an hour; it restarts then.
        """
        raise Unsupported

    async def sync_time(self) -> None:
        """Set the device's clock to ours."""
        raise Unsupported

    async def play_sound(self, sound: Sound) -> None:
        """Let the device say or play something."""
        raise Unsupported

    async def show_text(self, text: str, line: int) -> None:
        """Show a text in one line (from 1) of the device's screen."""
        raise Unsupported

    async def clear_text(self) -> None:
        """Take all shown texts off the device's screen."""
        raise Unsupported

    async def get_parameters(self, names: list[str]) -> dict[str, str]:
        """Read settings by their documented names; unknown ones are absent from the answer."""
        raise Unsupported

    async def set_parameters(self, values: Mapping[str, str]) -> None:
        """Write settings by their documented names and verify them by reading back."""
        raise Unsupported

    async def read_settings(self) -> Sequence[Setting]:
        """Return every setting that the device has, and what it is set to."""
        raise Unsupported

    async def write_setting(
        self, key: SettingKey, number: int, value: SettingValue
    ) -> None:
        """Write one setting of the device (`number` 0), a door or a reader, verified by reading back.

        Only this one is written; what nobody understands stays as it is.
        """
        raise Unsupported

    @property
    def rules(self) -> Mapping[Rule, RuleFields]:
        """What rules the device keeps as lists, with their fields."""
        return {}

    async def read_rules(self, rule: Rule) -> Sequence[RuleRow]:
        """Return all rows of a rule; what makes no sense is left out of them."""
        raise Unsupported

    async def write_rule(self, rule: Rule, row: RuleRow) -> RuleRow:
        """Add a row of a rule, or change what is given of it; return what the device has then, verified.

        Raises InvalidValue before anything is written.
        """
        raise Unsupported

    async def delete_rule(self, rule: Rule, row: RuleRow) -> bool:
        """Delete the row with the whole key that is given; return whether there was one that is as told."""
        raise Unsupported

    # People

    @property
    def people(self) -> Limits | None:
        """What the device can hold about people; None where it has no users that can be managed."""
        return None

    async def read_users(self) -> dict[str, User]:
        """Return every user by user ID."""
        raise Unsupported

    async def write_users(self, users: Sequence[User]) -> Failures:
        """Write whole users, new or known, verified by reading back; what the device refused is returned by user ID.

        Each user is checked (`people.check_user`) before anything is written. Doing it twice does no harm.
        """
        raise Unsupported

    async def delete_users(self, user_ids: Sequence[str]) -> Failures:
        """Delete users with everything that belongs to them; users whom the device does not have count as deleted."""
        raise Unsupported

    async def clear_users(self) -> None:
        """Delete every user with everything that belongs to them. Only ever called on a person's explicit word."""
        raise Unsupported

    async def read_time_zones(self) -> dict[int, TimeZone]:
        """Return every weekly schedule by its number."""
        raise Unsupported

    async def write_time_zone(self, zone: TimeZone) -> None:
        """Write one weekly schedule, verified by reading back."""
        raise Unsupported

    async def read_holidays(self) -> list[Holiday]:
        """Return the holidays."""
        raise Unsupported

    async def write_holiday(self, holiday: Holiday) -> None:
        """Write one holiday, verified by reading back."""
        raise Unsupported

    async def delete_holiday(self, day: date) -> None:
        """Delete one holiday."""
        raise Unsupported

    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        """Let the device ask a person for a credential; events tell how it goes on. `index` is a finger, 0 to 9."""
        raise Unsupported

    def read_templates(self, user_ids: Collection[str]) -> AsyncIterator[Template]:
        """Tell the templates of some users, one after the other and those of one user together.

        Between two of them the device is free for other things. What it cannot tell is left out.
        """
        raise Unsupported

    async def write_templates(self, templates: Sequence[Template]) -> Failures:
        """Write templates of users whom the device has, in place of the same finger's, face's or palm's.

        Only those that `Limits.templates` takes. Verified; what the device refused is returned by user ID.
        """
        raise Unsupported

    async def read_user_photo(self, user_id: str) -> bytes | None:
        """Return the photo that the device knows a user by, as a JPEG; None where it has none."""
        raise Unsupported

    async def read_events(
        self, since: datetime | None, limit: int
    ) -> list[AccessEvent]:
        """Return at most `limit` of the newest records of the device's own log, oldest first.

        `since` (aware) leaves older ones out. All of them are marked late.
        """
        raise Unsupported


def _notify[T](listeners: list[Callable[[T], None]], value: T) -> None:
    """Call each listener; one that fails is logged and hides nothing from the others."""
    for listener in tuple(listeners):
        try:
            listener(value)
        except Exception:
            _LOGGER.exception("A listener failed")
