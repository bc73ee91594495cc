"""From a terminal's events and records to the common vocabulary.

Lives here: what each of them means to a person at the door. Not here: layouts (`realtime`, `logs`), when something is
told (`monitor`). Where the vendor's access devices have a number for the same thing, that number is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ..device_clock import LATE_AFTER, DeviceClock
from ..model import AccessEvent, EventKind
from ..terminal_codes import (
    ANTI_PASSBACK,
    DOOR_SENSOR,
    DURESS,
    EXIT_BUTTON,
    MISOPERATION,
    REALTIME_CODES,
    STATES,
    TAMPER,
    Meaning,
    changes_one_user,
    changes_users,
    describe_operation,
    known,
    terminal_method,
)
from .logs import Attendance, Operation
from .realtime import (
    Alarm,
    AlarmKind,
    Button,
    CardSeen,
    Enrolled,
    EnrolledUser,
    EnrolProgress,
    Event,
    EventCode,
    Punch,
    Raw,
    Score,
    Unlocked,
    Verified,
)
from .templates import ENROL_RESULTS

DOOR: Final = 1
"""Terminals have one door."""

_GRANTED: Final = 0
_NOT_REGISTERED: Final = 27
_FORCED: Final = 102
_OPENED: Final = 200
_CLOSED: Final = 201
_DOORBELL: Final = 224


def _own(code: EventCode, kind: EventKind, name: str, words: str) -> Meaning:
    """Return a meaning that only terminals have."""
    return Meaning(kind, REALTIME_CODES + code, name, words)


_ALARMS: Final[Mapping[AlarmKind, Meaning]] = {
    AlarmKind.MISOPERATION: MISOPERATION,
    AlarmKind.TAMPER: TAMPER,
    AlarmKind.EXIT_BUTTON: EXIT_BUTTON,
    AlarmKind.DOOR_SENSOR: DOOR_SENSOR,
    AlarmKind.DOOR_FORCED: known(_FORCED),
    AlarmKind.DOOR_NOT_CLOSED: known(_OPENED),
    AlarmKind.DOOR_CLOSED: known(_CLOSED),
    AlarmKind.DURESS: DURESS,
    AlarmKind.ANTI_PASSBACK: ANTI_PASSBACK,
}
_ENROL_NAMES: Final[Mapping[int, str]] = {
    0: "enrolment_finished",
    5: "enrolment_duplicate",
    6: "enrolment_cancelled",
}
GOOD_SCORE: Final = 100


@dataclass(slots=True)
class People:
    """Who is who on a terminal."""

    names: Mapping[str, str] = field(default_factory=dict)
    """By user ID."""
    ids: Mapping[int, str] = field(default_factory=dict)
    """The user ID of each of the terminal's own numbers."""

    def user_id(self, record: Punch | Attendance) -> str:
        """Return who a record is about; short records have only the terminal's own number."""
        if record.uid is not None and record.user_id == str(record.uid):
            return self.ids.get(record.uid, record.user_id)
        return record.user_id


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is translated."""

    clock: DeviceClock
    now: datetime
    """Aware, in the terminal's zone."""

    def at(self, time: datetime | None) -> datetime:
        """Return when the terminal's clock showed `time`; now for what it has not dated."""
        return self.now if time is None else self.clock.moment(time, self.now)

    def is_late(self, time: datetime | None, *, from_log: bool) -> bool:
        """Whether something is history rather than news."""
        age = None if time is None else self.clock.age(time, self.now)
        if (
            from_log
        ):  # where a time ahead of the clock means that the clock was set back
            return age is None or abs(age) > LATE_AFTER
        return age is not None and age > LATE_AFTER


def punch_event(
    record: Punch | Attendance, people: People, moment: Moment, *, from_log: bool
) -> AccessEvent:
    """Return that somebody was let in; `from_log` tells that nobody saw it happen."""
    user_id = people.user_id(record)
    state, direction = STATES.get(record.state, (None, None))
    meaning = known(_GRANTED)
    return AccessEvent(
        kind=meaning.kind,
        code=meaning.code,
        name=meaning.name,
        description=meaning.words,
        time=moment.at(record.time),
        device_time=record.time,
        late=moment.is_late(record.time, from_log=from_log),
        door=DOOR,
        user_id=user_id,
        user_name=people.names.get(user_id),
        method=terminal_method(record.verify),
        verify_code=record.verify,
        direction=direction,
        attendance=state,
    )


def realtime_event(
    event: Event, people: People, moment: Moment, doorbell_key: int | None
) -> AccessEvent | None:
    """Return what a realtime event means, None for what another event tells better."""
    uid: int | None = None
    user_id: str | None = None
    key: int | None = None
    card: str | None = None
    raw: bytes | None = None
    match event:
        case Punch():
            return punch_event(event, people, moment, from_log=False)
        case Verified(user=None):
            meaning = known(_NOT_REGISTERED)
        case Score(score):
            good = score >= GOOD_SCORE
            name = "enrolment_sample_good" if good else "enrolment_sample_bad"
            words = "sample accepted" if good else "sample refused, once more"
            meaning = _own(EventCode.SCORE, EventKind.ENROLMENT, name, words)
        case EnrolProgress():
            meaning = _own(
                EventCode.ENROL_FINGER,
                EventKind.ENROLMENT,
                "enrolment_progress",
                "enrolment goes on",
            )
        case Enrolled(result, user_id):
            name = _ENROL_NAMES.get(result, "enrolment_failed")
            words = ENROL_RESULTS.get(result, f"enrolment ended with result {result}")
            meaning = _own(EventCode.ENROL_FINGER, EventKind.ENROLMENT, name, words)
        case EnrolledUser(uid):
            meaning = _own(
                EventCode.ENROL_USER,
                EventKind.ENROLMENT,
                "user_enrolled",
                "user added at the terminal",
            )
        case Button(key) if key == doorbell_key:
            meaning = known(_DOORBELL)
        case Button(key):
            meaning = _own(
                EventCode.BUTTON, EventKind.BUTTON, "button", f"key {key} pressed"
            )
        case Unlocked(raw):
            meaning = _own(
                EventCode.UNLOCK, EventKind.OTHER, "unlocked", "lock released"
            )
        case Alarm(kind, uid):
            meaning = _ALARMS[kind]
            raw = event.raw if kind is AlarmKind.DOOR_SENSOR else None
        case CardSeen(number):
            card = str(number)
            meaning = _own(
                EventCode.CARD, EventKind.OTHER, "card_seen", "card shown to the reader"
            )
        case Raw(code, raw):
            meaning = Meaning(
                EventKind.OTHER, REALTIME_CODES + code, "unknown", f"event {code}"
            )
        case _:
            return None
    if uid is not None:
        user_id = people.ids.get(uid)
    return AccessEvent(
        kind=meaning.kind,
        code=meaning.code,
        name=meaning.name,
        description=meaning.words,
        time=moment.now,
        device_time=None,
        door=DOOR,
        user_id=user_id,
        user_name=people.names.get(user_id) if user_id else None,
        card=card,
        key=key,
        raw=raw.hex() if raw else None,
    )


def operation_event(
    operation: Operation, people: People, moment: Moment
) -> AccessEvent:
    """Return an entry of the operation log as an event of the past; about whom it is, else who was in the menu."""
    meaning = describe_operation(operation.code, operation.parameters[0])
    uid = operation.admin
    if changes_users(operation.code):
        uid = operation.parameters[0] if changes_one_user(operation.code) else 0
    user_id = people.ids.get(uid)
    has_door = meaning.kind not in (EventKind.SYSTEM, EventKind.USERS_CHANGED)
    return AccessEvent(
        kind=meaning.kind,
        code=meaning.code,
        name=meaning.name,
        description=meaning.words,
        time=moment.at(operation.time),
        device_time=operation.time,
        late=moment.is_late(operation.time, from_log=True),
        door=DOOR if has_door else None,
        user_id=user_id,
        user_name=people.names.get(user_id) if user_id else None,
    )
