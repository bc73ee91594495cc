"""From a panel's records to the common vocabulary.

Lives here: `EventRecord` to `AccessEvent`. Not here: what a number means (`event_codes`), when it is told (`monitor`).
"""

from collections.abc import Mapping
from datetime import datetime

from ..device_clock import LATE_AFTER, DeviceClock
from ..event_codes import Subject, describe, method
from ..model import AccessEvent, PanelInfo
from .rtlog import EventRecord


def translate(
    record: EventRecord,
    info: PanelInfo,
    names: Mapping[str, str],
    clock: DeviceClock,
    now: datetime,
    *,
    from_log: bool = False,
) -> AccessEvent:
    """Return a record as an event; `now` is aware, `from_log` tells that nobody saw it happen."""
    code = describe(record.code)
    age = None if record.time is None else clock.age(record.time, now)
    if from_log:  # where a time ahead of the clock means that the clock was set back
        late = age is None or abs(age) > LATE_AFTER
    else:
        late = age is not None and age > LATE_AFTER
    number = record.address
    return AccessEvent(
        kind=code.kind,
        code=record.code,
        name=code.name,
        description=code.words,
        time=now if record.time is None else clock.moment(record.time, now),
        device_time=record.time,
        late=late,
        door=number if code.subject is Subject.DOOR and number in info.doors else None,
        aux_input=number if code.subject is Subject.AUX_INPUT else None,
        aux_output=number if code.subject is Subject.AUX_OUTPUT else None,
        user_id=record.user_id,
        user_name=names.get(record.user_id) if record.user_id else None,
        card=str(record.card) if record.card else None,
        method=None if record.verify is None else method(record.verify),
        verify_code=record.verify,
        direction=record.direction,
        index=record.index,
    )
