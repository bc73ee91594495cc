"""What records mean to a person at the door."""

from datetime import UTC, datetime

import pytest

from custom_components.zkteco.protocol.attendance.records import Operation, Punch
from custom_components.zkteco.protocol.attendance.translate import (
    operation_event,
    punch_event,
)
from custom_components.zkteco.protocol.model import (
    AttendanceState,
    Direction,
    EventKind,
    VerifyMethod,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOCAL = datetime(2026, 11, 21, 13)


def test_somebody_checks_out() -> None:
    """Who, when, how, which way, for what work."""
    punch = Punch(
        user_id="7", time=LOCAL, state=1, verify=15, work_code="12", mask=True
    )
    event = punch_event(punch, user_name="Alice", time=NOW, late=False)
    assert event.kind is EventKind.ACCESS_GRANTED
    assert (event.door, event.code) == (1, 0)
    assert (event.user_id, event.user_name) == ("7", "Alice")
    assert (event.time, event.device_time, event.late) == (NOW, LOCAL, False)
    assert event.attendance is AttendanceState.CHECK_OUT
    assert event.direction is Direction.OUT
    assert event.method is VerifyMethod.FACE
    assert (event.work_code, event.mask) == ("12", True)


@pytest.mark.parametrize("state", [None, 255, 77])
def test_nothing_was_chosen(state: int | None) -> None:
    """Then there is no direction either."""
    punch = Punch(user_id="7", time=None, state=state, verify=None)
    event = punch_event(punch, user_name=None, time=NOW, late=True)
    assert (event.attendance, event.direction, event.method) == (None, None, None)
    assert (event.work_code, event.late) == (None, True)


@pytest.mark.parametrize(
    ("code", "method"),
    [(0, VerifyMethod.PIN_CODE), (2, VerifyMethod.CARD), (4, VerifyMethod.CARD)],
)
def test_terminals_count_methods_their_own_way(code: int, method: VerifyMethod) -> None:
    """A password is 0."""
    punch = Punch(user_id="7", time=None, state=0, verify=code)
    assert punch_event(punch, user_name=None, time=NOW, late=False).method is method


@pytest.mark.parametrize(
    ("code", "first", "kind", "number", "door"),
    [
        (0, 0, EventKind.SYSTEM, 206, None),
        (3, 50, EventKind.DOOR_CLOSED, 201, 1),
        (3, 51, EventKind.DOOR_OPENED, 200, 1),
        (3, 53, EventKind.EXIT_BUTTON, 202, 1),
        (3, 54, EventKind.DOOR_FORCED, 102, 1),
        (3, 55, EventKind.TAMPER, 100, 1),
        (3, 58, EventKind.ALARM, 10512, 1),
        (3, 65535, EventKind.ALARM_CANCELLED, 7, 1),
        (3, 99, EventKind.ALARM, 20003, 1),
        (4, 1, EventKind.SYSTEM, 20004, None),
        (9, 3, EventKind.USERS_CHANGED, 20009, None),
        (29, 0, EventKind.REMOTE_OPEN, 8, 1),
        (30, 4, EventKind.USERS_CHANGED, 20030, None),
        (32, 1, EventKind.DURESS, 10512, 1),
        (33, 0, EventKind.DOORBELL, 224, 1),
        (34, 0, EventKind.ACCESS_DENIED, 24, 1),
        (70, 4, EventKind.USERS_CHANGED, 20070, None),
        (99, 0, EventKind.SYSTEM, 20099, None),
    ],
)
def test_what_was_done(
    code: int, first: int, kind: EventKind, number: int, door: int | None
) -> None:
    """Where access devices have a number for the same thing, that number is used."""
    operation = Operation(code, "0", LOCAL, (first, 0, 0, 0))
    event = operation_event(operation, {}, time=NOW, late=False)
    assert (event.kind, event.code, event.door) == (kind, number, door)
    assert event.description


def test_who_did_it() -> None:
    """The user who was in the menus."""
    operation = Operation(4, "7", None, ())
    event = operation_event(operation, {"7": "Alice"}, time=NOW, late=True)
    assert (event.user_id, event.user_name, event.late) == ("7", "Alice", True)
    nobody = operation_event(
        Operation(4, "0", None, (5,)), {"0": "x", "5": "Bob"}, time=NOW, late=False
    )
    assert (nobody.user_id, nobody.user_name) == (None, None)


def test_whom_it_was_done_to() -> None:
    """Changes of users are about them, and have words of their own."""
    operation = Operation(70, "1", LOCAL, (7, 0, 0, 0))
    event = operation_event(operation, {"7": "Alice"}, time=NOW, late=False)
    assert (event.user_id, event.user_name) == ("7", "Alice")
    assert (event.name, event.description) == (
        "users_changed",
        "name of a user changed",
    )
    deleted = operation_event(Operation(9, "1", None, (3,)), {}, time=NOW, late=False)
    assert (deleted.user_id, deleted.name) == ("3", "user_deleted")
    assert deleted.description == "user deleted"
