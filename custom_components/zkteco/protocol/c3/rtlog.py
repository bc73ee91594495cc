"""The real-time log: events that just happened, and the status that follows them.

Lives here: both forms of the log, binary records and key/value text. Not here: what an event number means
(`event_codes`), polling (`panel`). Whatever a record does not tell is None, never "closed" or "off".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
import struct
from typing import Final

from .. import packed_time
from ..errors import MalformedReply
from ..evidence import DoorStatus
from ..model import Direction

LINKAGE: Final = (6, 231)
"""Events that carry, in place of the verification number, the code of what set them off."""

_STATUS: Final = 255
_DIRECTIONS: Final[Mapping[int | None, Direction]] = {
    0: Direction.IN,
    1: Direction.OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """Something that happened at the panel."""

    code: int
    card: int
    """0 when no card was involved."""
    user_id: str | None
    address: int
    """Door or auxiliary number, depending on the code; 0 for the whole panel."""
    verify: int | None
    """The verification number (Security PUSH 3.1.2 appendix 3), 200 when nobody verified."""
    direction: Direction | None
    time: datetime | None
    """The panel's local time, naive; None when it is no date."""
    index: int | None
    """The record's number in the panel's log; text form only."""
    trigger: int | None
    """The code of the event that set off this linkage event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRecord:
    """The state of the panel, sent when no event waits."""

    doors: Mapping[int, DoorStatus]
    """By door number; may name more doors than the panel has."""
    relays: Mapping[int, bool] | None
    """By door number, True while energised; None when the firmware does not tell."""
    mains_failed: bool | None
    battery_failed: bool | None
    time: datetime | None
    """The panel's local time, naive; None when it is no date."""


type Record = EventRecord | StatusRecord

# card | user id | verification | address | event code | direction | packed time
_EVENT = struct.Struct("<IIBBBBI")
# alarm bits of doors 1-4 | contact of doors 1-4 | relay bits | unknown | 255 | 0 | packed time
_STATUS_LAYOUT = struct.Struct("<4B4BBBBBI")
_EVENT_CODE_AT: Final = 10

_BINARY_ALARM: Final = 0x01
_BINARY_HELD_OPEN: Final = 0x02
# Contact of one door, in both forms. The high half of the binary byte has no known meaning.
_CONTACT: Final[Mapping[int, bool]] = {1: False, 2: True}
# Firmware without relay bits sends 200 in their place.
_RELAY_BITS_MAX: Final = 0x0F


def decode_binary(data: bytes) -> list[Record]:
    """Read 16-byte records; an empty reply holds none.

    Raises `MalformedReply` for another record length and for a reply of zeros only: both mean that the panel wants to
    be asked for the text form. Source: captured frames; PullSDK User Guide 2.0, GetRTLog.
    """
    if len(data) % _EVENT.size:
        raise MalformedReply(f"{len(data)} bytes of log are no 16-byte records")
    if data and not any(data):
        raise MalformedReply("the log is empty records only")
    # A record of zeros would read as somebody let in at door 0.
    return [
        _binary_status(record)
        if record[_EVENT_CODE_AT] == _STATUS
        else _binary_event(record)
        for start in range(0, len(data), _EVENT.size)
        if any(record := data[start : start + _EVENT.size])
    ]


def _binary_event(record: bytes) -> EventRecord:
    card, user, verify, address, code, direction, time = _EVENT.unpack(record)
    linkage = code in LINKAGE
    return EventRecord(
        code=code,
        # A linkage event has the number of its rule here.
        card=0 if linkage else card,
        user_id=str(user) if user else None,
        address=address,
        verify=None if linkage else verify,
        direction=_DIRECTIONS.get(direction),
        time=packed_time.decode(time),
        index=None,
        trigger=verify if linkage else None,
    )


def _binary_status(record: bytes) -> StatusRecord:
    fields = _STATUS_LAYOUT.unpack(record)
    relays = fields[8]
    return StatusRecord(
        doors={
            door: DoorStatus(
                contact_open=_CONTACT.get(contact & 0x0F),
                any_alarm=bool(alarm & _BINARY_ALARM),
                held_open=bool(alarm & _BINARY_HELD_OPEN),
            )
            for door, (alarm, contact) in enumerate(
                zip(fields[:4], fields[4:8], strict=True), 1
            )
        },
        relays=_bits(relays, 4) if relays <= _RELAY_BITS_MAX else None,
        mains_failed=None,
        battery_failed=None,
        time=packed_time.decode(fields[-1]),
    )


def _bits(value: int, count: int) -> dict[int, bool]:
    return {number: bool(value >> (number - 1) & 1) for number in range(1, count + 1)}


# Alarm bits of one door in the text form. They differ from the binary ones.
# (Security PUSH 3.1.2 section 7.3; captured frames for the shape)
_FORCED: Final = 0x01
_TAMPER: Final = 0x02 | 0x80  # the door's own, its reader's
_DURESS: Final = 0x04 | 0x08  # by password, by finger
_HELD_OPEN: Final = 0x10
_MAINS: Final = 0x20
_BATTERY: Final = 0x40
_DOOR_ALARMS: Final = _FORCED | _TAMPER | _DURESS | _HELD_OPEN
# Longest documented strings; longer ones have layouts that nobody has explained.
_MAX_DOORS: Final = 8


def decode_text(data: bytes) -> list[Record]:
    """Read records of TAB-separated key=value fields, one per line.

    Lines that are neither event nor status are left out; a reply that holds nothing else raises `MalformedReply`.
    """
    text = data.replace(b"\0", b"").decode("ascii", "replace").strip()
    records: list[Record] = []
    for line in text.splitlines():
        fields: dict[str, str] = {}
        for part in line.split("\t"):
            key, equals, value = part.partition("=")
            if equals:
                fields[key.strip().lower()] = value.strip()
        if (code := _number(fields.get("event"))) is not None:
            records.append(_text_event(code, fields))
        elif fields.keys() & {"sensor", "relay", "alarm"}:
            records.append(_text_status(fields))
    if text and not records:
        raise MalformedReply("the log holds no record that can be read")
    return records


def _text_event(code: int, fields: Mapping[str, str]) -> EventRecord:
    linkage = code in LINKAGE
    verify = _number(fields.get("verifytype"), digits=3)
    user = fields.get("pin", "")
    return EventRecord(
        code=code,
        card=_number(fields.get("cardno")) or 0,
        user_id=user if user.strip("0") else None,
        address=_number(fields.get("eventaddr")) or 0,
        verify=None if linkage else verify,
        direction=_DIRECTIONS.get(_number(fields.get("inoutstatus"))),
        time=_time(fields.get("time")),
        index=_number(fields.get("index")),
        trigger=verify if linkage else None,
    )


def _text_status(fields: Mapping[str, str]) -> StatusRecord:
    # Two bits of contact per door, four doors per byte; one bit of relay per door;
    # one byte of alarm per door. Door 1 comes first, in the lowest bits.
    sensor = _hex(fields.get("sensor"), _MAX_DOORS // 4)
    relay = _hex(fields.get("relay"), _MAX_DOORS // 8)
    alarm = _hex(fields.get("alarm"), _MAX_DOORS)
    contacts = {
        4 * byte + door: _CONTACT.get(value >> (2 * (door - 1)) & 3)
        for byte, value in enumerate(sensor)
        for door in range(1, 5)
    }
    alarms = dict(enumerate(alarm, 1))
    return StatusRecord(
        doors={
            door: _text_door(contacts.get(door), alarms.get(door))
            for door in sorted(contacts.keys() | alarms.keys())
        },
        relays=_bits(relay[0], 8) if relay else None,
        mains_failed=any(value & _MAINS for value in alarm) if alarm else None,
        battery_failed=any(value & _BATTERY for value in alarm) if alarm else None,
        time=_time(fields.get("time")),
    )


def _text_door(contact_open: bool | None, alarm: int | None) -> DoorStatus:
    def is_on(bits: int) -> bool | None:
        return None if alarm is None else bool(alarm & bits)

    return DoorStatus(
        contact_open=contact_open,
        any_alarm=is_on(_DOOR_ALARMS),
        held_open=is_on(_HELD_OPEN),
        forced=is_on(_FORCED),
        tamper=is_on(_TAMPER),
        duress=is_on(_DURESS),
    )


def _number(text: str | None, digits: int = 20) -> int | None:
    """Read a decimal number of at most `digits` digits: verification can be a string of bits instead."""
    if text and text.isascii() and text.isdigit() and len(text) <= digits:
        return int(text)
    return None


def _hex(text: str | None, length: int) -> bytes:
    """Read hexadecimal bytes; empty for an unknown layout."""
    try:
        value = bytes.fromhex(text or "")
    except ValueError:
        return b""
    return value if len(value) <= length else b""


def _time(text: str | None) -> datetime | None:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo is None else None
