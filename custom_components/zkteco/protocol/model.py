"""The vocabulary that every protocol translates into: panels, doors, alarms, events.

Lives here: frozen values and enums. Not here: wire names and layouts (each protocol's codecs), what an event number
means (`event_codes`), behaviour (`device`). `None` always means "the device does not tell", never "closed" or "off".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Flag, StrEnum, auto

from .errors import DeviceError


class Capability(Flag):
    """What a device can be asked to do, beyond opening its doors."""

    HOLD_OPEN = auto()
    CANCEL_ALARMS = auto()
    RESTART = auto()
    SET_TIME = auto()
    OPEN_TIME = auto()
    PARAMETERS = auto()
    EVENT_LOG = auto()
    LOCK_DOWN = auto()
    EMERGENCY = auto()
    TURNSTILE = auto()
    POWER_ALARMS = auto()
    SOUND = auto()
    SCREEN = auto()
    FLOORS = auto()
    """It controls an elevator."""
    IDENTIFICATION = auto()
    """It can ask whether somebody may come in."""
    FIRMWARE = auto()
    """It can be given new firmware."""
    SNAPSHOTS = auto()
    """It takes a photo of who stands before it, and hands it over by itself."""
    USER_PHOTOS = auto()
    """It can be asked for the photo that it knows a user by."""


class Notice(StrEnum):
    """Something about a device that its owner should look into; the values name repair issues."""

    ENCRYPTION = "encryption"
    """The device wants to encrypt, which only the vendor's own server can."""
    SECOND_ADDRESS = "second_address"
    """Another address claims to be this device; it is refused."""
    INDEX_BACKWARDS = "index_backwards"
    """The device's log began again: it was reset, or it is another device."""
    TOKEN_CHANGED = "token_changed"
    """The device no longer proves that it is the one that was paired; it is refused."""
    LOG_ALMOST_FULL = "log_almost_full"
    """The device's log of past events has little room left; what it does then differs by model."""


class DoorAlarm(StrEnum):
    """An alarm that belongs to one door. `ANY` is on while the door reports any alarm at all."""

    ANY = "alarm"
    FORCED = "forced"
    HELD_OPEN = "held_open"
    TAMPER = "tamper"
    DURESS = "duress"


class EventKind(StrEnum):
    """What happened, in the terms that automations use."""

    ACCESS_GRANTED = "access_granted"
    ACCESS_DENIED = "access_denied"
    EXIT_BUTTON = "exit_button"
    REMOTE_OPEN = "remote_open"
    REMOTE_CLOSE = "remote_close"
    DOOR_OPENED = "door_opened"
    DOOR_CLOSED = "door_closed"
    DOOR_FORCED = "door_forced"
    DOOR_HELD_OPEN = "door_held_open"
    DURESS = "duress"
    TAMPER = "tamper"
    DOORBELL = "doorbell"
    BUTTON = "button"
    """A key of the device's own keypad; most devices have no key for the doorbell alone."""
    ENROLMENT = "enrolment"
    """How the enrolment of a finger, a face or a card at the device goes on."""
    IDENTIFICATION = "identification"
    """Somebody wants to come in, and the device asks whether they may. Unanswered, it decides by itself."""
    USERS_CHANGED = "users_changed"
    """Somebody added, changed or deleted users at the device itself, or with another program."""
    ALARM = "alarm"
    ALARM_CANCELLED = "alarm_cancelled"
    AUX_INPUT = "aux_input"
    AUX_OUTPUT = "aux_output"
    SYSTEM = "system"
    OTHER = "other"


class Direction(StrEnum):
    """Which way a person went, as the reader is configured."""

    IN = "in"
    OUT = "out"


class AttendanceState(StrEnum):
    """What a person chose at an attendance terminal's function keys."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    BREAK_OUT = "break_out"
    BREAK_IN = "break_in"
    OVERTIME_IN = "overtime_in"
    OVERTIME_OUT = "overtime_out"


class Sound(StrEnum):
    """What a device can say or play; which of them it has depends on its firmware."""

    THANK_YOU = "thank_you"
    WRONG_PASSWORD = "wrong_password"
    ACCESS_DENIED = "access_denied"
    INVALID_ID = "invalid_id"
    TRY_AGAIN = "try_again"
    DUPLICATE_ID = "duplicate_id"
    DUPLICATE_FINGER = "duplicate_finger"
    DUPLICATE_PUNCH = "duplicate_punch"
    CUCKOO = "cuckoo"
    SIREN = "siren"
    BELL = "bell"
    BEEP = "beep"
    START_UP = "start_up"
    FINGER_NOT_ENROLLED = "finger_not_enrolled"
    PASSWORD_NOT_ENROLLED = "password_not_enrolled"
    CARD_NOT_ENROLLED = "card_not_enrolled"
    FACE_NOT_ENROLLED = "face_not_enrolled"
    INVALID_USER = "invalid_user"
    INVALID_TIME_PERIOD = "invalid_time_period"
    INVALID_COMBINATION = "invalid_combination"
    ILLEGAL_ACCESS = "illegal_access"
    STORAGE_FULL = "storage_full"
    NOT_REGISTERED = "not_registered"
    LOOK_INTO_CAMERA = "look_into_camera"


class VerifyMethod(StrEnum):
    """How a person proved who they are. Combinations keep the field's order of words."""

    AUTOMATIC = "automatic"
    FINGERPRINT = "fingerprint"
    USER_ID = "user_id"
    PIN_CODE = "pin_code"
    CARD = "card"
    FINGERPRINT_OR_PIN_CODE = "fingerprint_or_pin_code"
    CARD_OR_FINGERPRINT = "card_or_fingerprint"
    CARD_OR_PIN_CODE = "card_or_pin_code"
    USER_ID_AND_FINGERPRINT = "user_id_and_fingerprint"
    FINGERPRINT_AND_PIN_CODE = "fingerprint_and_pin_code"
    CARD_AND_FINGERPRINT = "card_and_fingerprint"
    CARD_AND_PIN_CODE = "card_and_pin_code"
    CARD_FINGERPRINT_AND_PIN_CODE = "card_fingerprint_and_pin_code"
    USER_ID_FINGERPRINT_AND_PIN_CODE = "user_id_fingerprint_and_pin_code"
    FINGERPRINT_WITH_USER_ID_OR_CARD = "fingerprint_with_user_id_or_card"
    FACE = "face"
    FACE_AND_FINGERPRINT = "face_and_fingerprint"
    FACE_AND_PIN_CODE = "face_and_pin_code"
    FACE_AND_CARD = "face_and_card"
    FACE_FINGERPRINT_AND_CARD = "face_fingerprint_and_card"
    FACE_FINGERPRINT_AND_PIN_CODE = "face_fingerprint_and_pin_code"
    FINGER_VEIN = "finger_vein"
    FINGER_VEIN_AND_PIN_CODE = "finger_vein_and_pin_code"
    FINGER_VEIN_AND_CARD = "finger_vein_and_card"
    FINGER_VEIN_CARD_AND_PIN_CODE = "finger_vein_card_and_pin_code"
    PALM = "palm"
    PALM_AND_CARD = "palm_and_card"
    PALM_AND_FACE = "palm_and_face"
    PALM_AND_FINGERPRINT = "palm_and_fingerprint"
    PALM_FINGERPRINT_AND_FACE = "palm_fingerprint_and_face"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorInfo:
    """What is fitted at one door."""

    number: int
    """1-based, as printed on the panel."""
    has_contact: bool
    """Whether a door contact is configured; without one the door's position is never known."""
    alarms: frozenset[DoorAlarm]
    """The alarms that this door can report."""
    has_lock: bool = True
    """Whether a lock relay is there; a terminal that only records who came and went has none."""
    has_doorbell: bool = False
    sub_device: str | None = None
    """The serial number of the device behind the main one that the door belongs to."""
    sub_door: int | None = None
    """The door's number on that device, which may be another than `number`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelInfo:
    """Who a device is and what is fitted. Changes only when the device is rebuilt or updated."""

    serial: str
    model: str
    firmware: str | None = None
    mac: str | None = None
    doors: Mapping[int, DoorInfo]
    """By door number."""
    aux_inputs: int = 0
    """How many; they are numbered from 1."""
    aux_outputs: int = 0
    """How many; they are numbered from 1."""
    protocol_version: str | None = None
    sub_devices: tuple[str, ...] = ()
    """The serial numbers of the devices behind this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """The live state of one door."""

    relay: bool | None = None
    """True while the lock relay is energised, that is unlocked."""
    held: bool | None = None
    """True while the door is held open until released (normal open)."""
    contact_open: bool | None = None
    """True while the door leaf is open."""
    alarms: Mapping[DoorAlarm, bool | None] = field(default_factory=dict)
    """One entry per alarm in `DoorInfo.alarms`."""
    open_time: int | None = None
    """Seconds for which the device energises the relay by itself, 0 to 255."""
    locked_down: bool | None = None
    """True while nobody is let in, whoever they are."""

    @property
    def locked(self) -> bool | None:
        """Whether nobody can just walk in: neither pulsed nor held open."""
        if self.relay or self.held:
            return False
        return None if self.relay is None else True


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """The live state of a device. A new value replaces the old; nothing in it is ever changed in place."""

    error: DeviceError | None = None
    """Why the device is unreachable; None while it is reachable."""
    doors: Mapping[int, DoorState]
    """By door number, the same numbers as `PanelInfo.doors`."""
    aux_inputs: Mapping[int, bool | None] = field(default_factory=dict)
    """By number; True while the input is active (shorted)."""
    aux_outputs: Mapping[int, bool | None] = field(default_factory=dict)
    """By number; True while the output is on."""
    clock_offset: timedelta | None = None
    """The device's clock minus ours; positive when the device is ahead."""
    user_count: int | None = None
    record_count: int | None = None
    """Rows in the device's log of past events."""
    user_capacity: int | None = None
    record_capacity: int | None = None
    fingerprint_count: int | None = None
    fingerprint_capacity: int | None = None
    face_count: int | None = None
    face_capacity: int | None = None
    mains_failed: bool | None = None
    battery_failed: bool | None = None
    entries: int | None = None
    """People whom a turnstile counted in."""
    exits: int | None = None
    sub_devices: Mapping[str, bool | None] = field(default_factory=dict)
    """By serial number; True while connected."""
    notices: frozenset[Notice] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEvent:
    """Something that happened at a device, as one record of its log.

    Personal data (`user_id`, `user_name`, `card`) is for automations only: never logged, redacted in diagnostics.
    """

    kind: EventKind
    code: int
    """The vendor's event number (Security PUSH 3.1.2 appendix 2).

    Standalone terminals have other numbers: theirs are translated where the meaning is the same; 10000 and more are a
    terminal's realtime event number plus 10000, 20000 and more an entry of its operation log plus 20000. 30000 and more
    are our own: what a device shows without an event of its own.
    """
    name: str
    """`code` as a stable word, such as "not_registered"; "unknown" for a number that no document explains."""
    description: str
    """`code` as English words, such as "card not registered"."""
    time: datetime
    """When it happened, aware: the device's record corrected by the measured error of the device's clock."""
    device_time: datetime | None
    """What the device's clock said (naive, local); None when it is no valid date."""
    late: bool = False
    """True for history: found after an outage, too old to act on."""
    door: int | None = None
    aux_input: int | None = None
    aux_output: int | None = None
    user_id: str | None = None
    user_name: str | None = None
    card: str | None = None
    """Decimal card number."""
    method: VerifyMethod | None = None
    verify_code: int | None = None
    """The device's own verification number (appendix 3), also where `method` does not know it."""
    direction: Direction | None = None
    index: int | None = None
    """The record's number in the device's log, where the device gives one."""
    temperature: float | None = None
    """Of the person, in degrees Celsius."""
    mask: bool | None = None
    """Whether the person wore a mask."""
    attendance: AttendanceState | None = None
    work_code: str | None = None
    """What a person keyed in about their work at an attendance terminal."""
    key: int | None = None
    """The number of the key that was pressed."""
    raw: str | None = None
    """The device's own bytes (hexadecimal) where nobody knows what they mean. May hold personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A picture that a device took of who stood before it. It is for a person to look at, and kept nowhere."""

    taken: datetime
    """When, aware."""
    user_id: str | None = None
    data: bytes = field(repr=False)
    """A JPEG."""
