"""From a PUSH device's events to the common vocabulary.

Lives here: `EventRecord` to `AccessEvent`. Not here: what a number means (`event_codes`), which events are news
(`history`).
"""

from datetime import datetime

from ..event_codes import Subject, describe
from ..model import AccessEvent
from .records import AddressType, EventRecord

_ALARM_CANCELLED = 7
_CHANNEL = 200
"""The type of an alarm with which turnstiles tell that it was cancelled (Security PUSH 3.1.2 section 7.13)."""
_SUBJECTS = {
    AddressType.DOOR: Subject.DOOR,
    # Which door a reader belongs to is not told, and a wrong one would open.
    AddressType.READER: Subject.PANEL,
    AddressType.AUX_INPUT: Subject.AUX_INPUT,
    AddressType.AUX_OUTPUT: Subject.AUX_OUTPUT,
    AddressType.DEVICE: Subject.PANEL,
}


def subject_of(record: EventRecord) -> Subject:
    """Return what an event's address counts: as the device says, else by the event's number."""
    if record.address_type in _SUBJECTS:
        return _SUBJECTS[record.address_type]
    return describe(record.code).subject


def translate(
    record: EventRecord,
    *,
    door: int | None,
    user_name: str | None,
    time: datetime,
    late: bool,
) -> AccessEvent:
    """Return a record as an event; `door` is our number of the door that it is about, `time` is aware."""
    cancelled = record.alarm_type == _CHANNEL
    code = describe(_ALARM_CANCELLED if cancelled else record.code)
    subject = subject_of(record)
    return AccessEvent(
        kind=code.kind,
        code=code.code,
        name=code.name,
        description=code.words,
        time=time,
        device_time=record.time,
        late=late,
        door=door,
        aux_input=record.address if subject is Subject.AUX_INPUT else None,
        aux_output=record.address if subject is Subject.AUX_OUTPUT else None,
        user_id=record.user_id,
        user_name=user_name,
        card=record.card,
        method=record.method,
        verify_code=record.verify if isinstance(record.verify, int) else None,
        direction=record.direction,
        index=record.index,
        temperature=record.temperature,
        mask=record.mask,
    )
