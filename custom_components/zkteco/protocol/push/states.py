"""The state of doors as devices upload it (Security PUSH 3.1.2 section 7.3; captured records).

Lives here: contacts, relays and alarms out of one record, by layouts of which some were never explained. Not here: what is
made of them (`reports`). Nothing here raises, and whatever a record does not tell is None, never "closed" or "off".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Flag, IntEnum, StrEnum
from typing import Final

from .messages import parse_records, parse_time, valid_serial


class Alarm(Flag):
    """The alarms of one door, as their bits in rtstate (Security PUSH 3.1.2 section 7.3)."""

    FORCED = 0x01
    TAMPER = 0x02
    DURESS_PASSWORD = 0x04
    DURESS_FINGERPRINT = 0x08
    HELD_OPEN = 0x10
    MAINS_FAILED = 0x20
    BATTERY_FAILED = 0x40
    READER_TAMPER = 0x80


class Layout(StrEnum):
    """Where the position of the doors was found."""

    PACKED = "packed"
    """In `sensor`, two bits per door, as documented."""
    BYTES = "bytes"
    """In `sensor`, one byte per door."""
    DOOR = "door"
    """In `door`, one byte per door: captured, nowhere documented."""
    UNKNOWN = "unknown"
    ABSENT = "absent"


class _Sensor(IntEnum):
    NONE = 0
    CLOSED = 1
    OPEN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorStatus:
    """What rtstate says about one door."""

    has_contact: bool | None = None
    """False when no door contact is configured."""
    contact_open: bool | None = None
    alarms: Alarm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRecord:
    """The state of the device (Security PUSH 3.1.2 section 7.3; captured records)."""

    time: datetime | None
    """The device's local time, naive; None when it is no date."""
    doors: Mapping[int, DoorStatus]
    """By door number; may name more doors than there are when their number is not known."""
    layout: Layout
    """Of the door positions; when it is unknown, so are they."""
    relay_bits: int | None
    """One bit per door, door 1 lowest; what a 1 means differs between devices. None for an unknown layout."""
    serial: str | None
    """Of the sub-controller, or of the device itself."""
    raw: Mapping[str, str]

    def relay_on(self, door: int, *, active_high: bool) -> bool | None:
        """Whether the lock relay of `door` (1 or more) is energised; `active_high` when a 1 was seen to mean that."""
        if self.relay_bits is None:
            return None
        return bool(self.relay_bits >> (door - 1) & 1) is active_high


_PACKED_DIGITS: Final = 4
_MAX_DOORS: Final = 8


def parse_rtstate(text: str, lock_count: int | None) -> StateRecord:
    """Read a state; of several the last, which is the newest. `lock_count` is 1 to 8, as registered. Never raises."""
    records = parse_records(text)
    return read_state(records[-1] if records else {}, lock_count)


def read_state(raw: Mapping[str, str], lock_count: int | None) -> StateRecord:
    """Read one record of states. Sub-controllers, whose records may share an upload, have their own `lock_count`."""
    layout, positions = _positions(raw, lock_count)
    # Panels send three bytes where the document has one, and nobody knows what they hold.
    # Zeros only, as captured from idle ones, mean the same in every layout.
    relays = _hex(raw.get("relay"), _MAX_DOORS)
    relays_known = len(relays) == 1 or (bool(relays) and not any(relays))
    alarms = dict(enumerate(_hex(raw.get("alarm"), _MAX_DOORS), 1))
    numbers = (
        range(1, lock_count + 1)
        if lock_count
        else sorted(positions.keys() | alarms.keys())
    )
    return StateRecord(
        time=parse_time(raw.get("time")),
        doors={
            door: _door(
                positions.get(door), None if door not in alarms else Alarm(alarms[door])
            )
            for door in numbers
        },
        layout=layout,
        relay_bits=int.from_bytes(relays) if relays_known else None,
        serial=valid_serial(raw.get("sn")),
        raw=raw,
    )


def _door(position: int | None, alarms: Alarm | None) -> DoorStatus:
    known = position in {_Sensor.CLOSED, _Sensor.OPEN}
    return DoorStatus(
        has_contact=True if known else False if position == _Sensor.NONE else None,
        contact_open=position == _Sensor.OPEN if known else None,
        alarms=alarms,
    )


def _positions(
    raw: Mapping[str, str], lock_count: int | None
) -> tuple[Layout, dict[int, int]]:
    """Return the position code of each door. A layout that nobody has explained tells nothing at all."""
    sensor = raw.get("sensor", "")
    if len(sensor) <= _PACKED_DIGITS and (packed := _hex(sensor, _PACKED_DIGITS // 2)):
        # Two bits per door, four doors per byte, door 1 in the lowest bits.
        bits = int.from_bytes(packed, "little")
        return Layout.PACKED, {
            door: bits >> (2 * (door - 1)) & 3 for door in range(1, 4 * len(packed) + 1)
        }
    for layout, digits in ((Layout.BYTES, sensor), (Layout.DOOR, raw.get("door", ""))):
        values = _hex(digits, _MAX_DOORS)
        if values and len(values) == lock_count:
            return layout, dict(enumerate(values, 1))
    return Layout.UNKNOWN if sensor or raw.get("door") else Layout.ABSENT, {}


def _hex(text: str | None, length: int) -> bytes:
    """Read up to `length` hexadecimal bytes; empty for anything else."""
    try:
        value = bytes.fromhex(text or "")
    except ValueError:
        return b""
    return value if len(value) <= length else b""
