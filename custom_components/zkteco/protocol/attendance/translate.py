"""From a terminal's records to the common vocabulary.

Lives here: what a punch and an operation mean to a person at the door. Not here: layouts (`records`), the numbers
(`terminal_codes`), which of them are news (`reports`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ..model import AccessEvent, EventKind
from ..terminal_codes import (
    ALARM_OPERATION,
    STATES,
    Meaning,
    changes_one_user,
    changes_users,
    describe_operation,
    known,
    terminal_method,
)
from .records import Operation, Punch

DOOR: Final = 1
"""Terminals have one door."""
_GRANTED: Final = known(0)
_NO_STATE: Final = 255
# Kinds of alarms that terminals in this mode have a clearer word for, or that others do not have (PUSH SDK 3.2.0).
_ALARMS: Final[Mapping[int, Meaning]] = {
    50: known(201),
    51: known(200),
    54: known(102),
}
_DOORBELL: Final = 33
_OPERATIONS: Final[Mapping[int, Meaning]] = {_DOORBELL: known(224)}
_NOT_AT_THE_DOOR: Final = frozenset((EventKind.SYSTEM, EventKind.USERS_CHANGED))


def operation_meaning(operation: Operation) -> Meaning:
    """Return what an operation means."""
    code, first = operation.code, operation.first
    if code == ALARM_OPERATION and first in _ALARMS:
        return _ALARMS[first]
    if code in _OPERATIONS:
        return _OPERATIONS[code]
    return describe_operation(code, first)


def punch_event(
    punch: Punch, *, user_name: str | None, time: datetime, late: bool
) -> AccessEvent:
    """Return that somebody verified; `time` is aware."""
    state, direction = STATES.get(
        _NO_STATE if punch.state is None else punch.state, (None, None)
    )
    return AccessEvent(
        kind=_GRANTED.kind,
        code=_GRANTED.code,
        name=_GRANTED.name,
        description=_GRANTED.words,
        time=time,
        device_time=punch.time,
        late=late,
        door=DOOR,
        user_id=punch.user_id,
        user_name=user_name,
        method=None if punch.verify is None else terminal_method(punch.verify),
        verify_code=punch.verify,
        direction=direction,
        temperature=punch.temperature,
        mask=punch.mask,
        attendance=state,
        work_code=punch.work_code or None,
    )


def operation_event(
    operation: Operation, names: Mapping[str, str], *, time: datetime, late: bool
) -> AccessEvent:
    """Return that something was done; `time` is aware, `names` are the users' by their ID."""
    meaning = operation_meaning(operation)
    # Who was changed, else who was in the menus.
    number = operation.admin
    if changes_users(operation.code):
        number = str(operation.first) if changes_one_user(operation.code) else "0"
    user_id = number if number.strip("0") else None
    return AccessEvent(
        kind=meaning.kind,
        code=meaning.code,
        name=meaning.name,
        description=meaning.words,
        time=time,
        device_time=operation.time,
        late=late,
        door=None if meaning.kind in _NOT_AT_THE_DOOR else DOOR,
        user_id=user_id,
        user_name=names.get(user_id or "") or None,
    )
