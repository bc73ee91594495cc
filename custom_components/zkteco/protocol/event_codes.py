"""What the vendor's event and verification numbers mean; all protocols share them.

Lives here: one table of events and one of verification methods. Not here: record layouts. A number that no document
explains is described all the same: nothing in this module raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .model import EventKind, VerifyMethod


class Subject(StrEnum):
    """What the address in an event record counts; address 0 is always the whole panel."""

    DOOR = "door"
    AUX_INPUT = "aux_input"
    AUX_OUTPUT = "aux_output"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class EventCode:
    """The meaning of one event number."""

    code: int
    name: str
    """Stable and unique, such as "anti_passback"; "unknown" for a number that no document explains."""
    kind: EventKind
    subject: Subject
    words: str
    """A part of a sentence, such as "door held open too long"."""


_GRANTED: Final = EventKind.ACCESS_GRANTED
_DENIED: Final = EventKind.ACCESS_DENIED
_ALARM: Final = EventKind.ALARM
_SYSTEM: Final = EventKind.SYSTEM
_OTHER: Final = EventKind.OTHER

# Events whose address is a door, or 0 for the whole panel. Older boards tell cards,
# fingers and passwords apart where newer ones send the first number of a family, so
# the words of that first number fit all of them. Two numbers are milder than their
# documented words: face terminals send 3 for every person they let in, and 26, 32, 51
# keep the door locked until more people verify.
_DOOR_EVENTS: Final = (
    (0, "granted", _GRANTED, "access granted"),
    (1, "granted_normal_open", _GRANTED, "verified while the door was held open"),
    (2, "granted_first_user", _GRANTED, "access granted to the first user"),
    (3, "granted_multi_user", _GRANTED, "access granted"),
    (4, "granted_emergency_password", _GRANTED, "emergency password used"),
    (5, "normal_open_start", _OTHER, "door unlocked by its schedule"),
    (6, "linkage", _OTHER, "linkage triggered"),
    (7, "alarm_cancelled", EventKind.ALARM_CANCELLED, "alarm cancelled"),
    (8, "remote_open", EventKind.REMOTE_OPEN, "door unlocked remotely"),
    (9, "remote_close", EventKind.REMOTE_CLOSE, "door locked remotely"),
    (10, "normal_open_disabled", _OTHER, "open schedule switched off for today"),
    (11, "normal_open_enabled", _OTHER, "open schedule switched on for today"),
    (14, "granted_fingerprint", _GRANTED, "access granted by fingerprint"),
    (
        15,
        "granted_multi_user_fingerprint",
        _GRANTED,
        "access granted to several people by fingerprint",
    ),
    (
        16,
        "granted_normal_open_fingerprint",
        _GRANTED,
        "fingerprint verified while the door was held open",
    ),
    (
        17,
        "granted_card_and_fingerprint",
        _GRANTED,
        "access granted by card and fingerprint",
    ),
    (
        18,
        "granted_first_user_fingerprint",
        _GRANTED,
        "access granted to the first user by fingerprint",
    ),
    (
        19,
        "granted_first_user_card_and_fingerprint",
        _GRANTED,
        "access granted to the first user by card and fingerprint",
    ),
    (20, "interval_too_short", _DENIED, "tried again too soon"),
    (21, "door_outside_time_zone", _DENIED, "outside the door's hours"),
    (22, "illegal_time_period", _DENIED, "outside the permitted hours"),
    (23, "no_right", _DENIED, "no right to this door"),
    (24, "anti_passback", _DENIED, "anti-passback violated"),
    (25, "interlock", _DENIED, "another interlocked door is open"),
    (26, "multi_user_waiting", _DENIED, "more people must verify"),
    (27, "not_registered", _DENIED, "card or user not registered"),
    (28, "held_open", EventKind.DOOR_HELD_OPEN, "door held open too long"),
    (29, "expired", _DENIED, "access right expired"),
    (30, "wrong_password", _DENIED, "wrong password"),
    (31, "fingerprint_interval_too_short", _DENIED, "fingerprint tried again too soon"),
    (
        32,
        "multi_user_fingerprint_waiting",
        _DENIED,
        "more people must verify by fingerprint",
    ),
    (33, "fingerprint_expired", _DENIED, "fingerprint expired"),
    (34, "fingerprint_not_registered", _DENIED, "fingerprint not registered"),
    (
        35,
        "fingerprint_outside_time_zone",
        _DENIED,
        "fingerprint outside the door's hours",
    ),
    (36, "exit_button_outside_time_zone", _OTHER, "exit button outside its hours"),
    (
        37,
        "cannot_close_normal_open",
        _OTHER,
        "door cannot be locked while it is held open",
    ),
    (38, "card_lost", _DENIED, "card reported as lost"),
    (39, "blacklisted", _DENIED, "person is blacklisted"),
    (40, "multi_user_failed", _DENIED, "verification of several people failed"),
    (41, "wrong_verify_mode", _DENIED, "wrong way to verify"),
    (42, "wrong_wiegand_format", _DENIED, "card format not accepted"),
    (43, "user_focused", _OTHER, "watched user"),
    (44, "remote_identification_failed", _DENIED, "remote identification failed"),
    (45, "remote_identification_timeout", _DENIED, "remote identification timed out"),
    (47, "command_failed", _OTHER, "command could not be sent"),
    (
        48,
        "multi_user_card_failed",
        _DENIED,
        "verification of several people by card failed",
    ),
    (49, "password_outside_time_zone", _DENIED, "password outside the door's hours"),
    (50, "password_interval_too_short", _DENIED, "password tried again too soon"),
    (
        51,
        "multi_user_password_waiting",
        _DENIED,
        "more people must verify by password",
    ),
    (
        52,
        "multi_user_password_failed",
        _DENIED,
        "verification of several people by password failed",
    ),
    (53, "password_expired", _DENIED, "password expired"),
    (56, "unauthorised_operation", _OTHER, "operation without permission"),
    (58, "normal_open_alarm", _ALARM, "alarm while the door was held open"),
    (59, "unauthorised_admin", _OTHER, "administrator not authorised"),
    (60, "locked_inside", _OTHER, "door locked from inside"),
    (61, "repeated_verification", _DENIED, "verified twice"),
    (62, "prohibited_user", _DENIED, "person is prohibited"),
    (63, "door_locked", _DENIED, "door is locked down"),
    (64, "exit_button_outside_period", _OTHER, "exit button outside its period"),
    (66, "reader_upgrade_failed", _SYSTEM, "reader update failed"),
    (
        67,
        "device_not_authorised",
        _DENIED,
        "identified remotely, but not authorised here",
    ),
    (68, "high_temperature", _DENIED, "body temperature too high"),
    (69, "no_mask", _DENIED, "no mask worn"),
    (72, "call_unanswered", _OTHER, "call not answered"),
    (73, "qr_code_invalid", _DENIED, "QR code not valid"),
    (74, "qr_code_expired", _DENIED, "QR code expired"),
    (75, "combined_verification_timeout", _DENIED, "second verification came too late"),
    (
        76,
        "fingerprint_unavailable",
        _DENIED,
        "fingerprint cannot be read in TITAN mode",
    ),
    (100, "tamper", EventKind.TAMPER, "device tampered with"),
    (101, "duress_password", EventKind.DURESS, "duress password used"),
    (102, "forced", EventKind.DOOR_FORCED, "door forced open"),
    (103, "duress_fingerprint", EventKind.DURESS, "duress fingerprint used"),
    (104, "invalid_card_repeated", _ALARM, "invalid card used again and again"),
    (109, "reader_tamper", EventKind.TAMPER, "reader tampered with"),
    (110, "reader_offline", _ALARM, "reader offline"),
    (118, "exit_button_line_open", _ALARM, "line of the exit button cut"),
    (119, "exit_button_line_short", _ALARM, "line of the exit button shorted"),
    (120, "contact_line_open", _ALARM, "line of the door contact cut"),
    (121, "contact_line_short", _ALARM, "line of the door contact shorted"),
    (200, "door_opened", EventKind.DOOR_OPENED, "door opened"),
    (201, "door_closed", EventKind.DOOR_CLOSED, "door closed"),
    (202, "exit_button", EventKind.EXIT_BUTTON, "exit button pressed"),
    (
        203,
        "granted_multi_user_card_and_fingerprint",
        _GRANTED,
        "access granted to several people by card and fingerprint",
    ),
    (204, "normal_open_end", _OTHER, "door locked by its schedule"),
    (205, "remote_hold_open", EventKind.REMOTE_OPEN, "door held open remotely"),
    (207, "granted_password", _GRANTED, "access granted by password"),
    (208, "granted_super_user", _GRANTED, "access granted to a super user"),
    (209, "exit_button_locked", _OTHER, "exit button pressed while locked"),
    (210, "fire_open", _ALARM, "door unlocked by the fire alarm"),
    (211, "super_user_close", _OTHER, "door locked by a super user"),
    (
        215,
        "granted_first_user_password",
        _GRANTED,
        "access granted to the first user by password",
    ),
    (
        216,
        "granted_normal_open_password",
        _GRANTED,
        "password verified while the door was held open",
    ),
    (218, "granted_identity_card", _GRANTED, "access granted by identity card"),
    (
        219,
        "granted_exit_button_open",
        _GRANTED,
        "verified while the exit button held the door open",
    ),
    (222, "granted_remotely", _GRANTED, "access granted by remote identification"),
    (223, "remote_identification", _OTHER, "remote identification"),
    (224, "doorbell", EventKind.DOORBELL, "doorbell rung"),
    (227, "emergency_open", _OTHER, "emergency: door unlocked"),
    (228, "emergency_closed", _OTHER, "emergency: door locked"),
    (231, "ipc_linkage", _OTHER, "camera linkage triggered"),
    (232, "verified", _GRANTED, "verified"),
    (233, "lockdown_start", _OTHER, "door locked down remotely"),
    (234, "lockdown_end", _OTHER, "lockdown ended remotely"),
    (235, "reader_upgraded", _SYSTEM, "reader updated"),
    (
        236,
        "reader_tamper_over",
        EventKind.ALARM_CANCELLED,
        "reader no longer tampered with",
    ),
    (237, "reader_online", _SYSTEM, "reader online"),
    (239, "call", _OTHER, "intercom call"),
    (240, "call_ended", _OTHER, "intercom call ended"),
    (241, "picture_taken", _OTHER, "picture taken"),
    (242, "video_recorded", _OTHER, "video recorded"),
    (254, "extended", _OTHER, "extended event"),
    (255, "status", _OTHER, "status of the doors"),
    (4000, "fire_open_end", _OTHER, "fire alarm no longer holds the door open"),
    (4001, "passed", _GRANTED, "person passed"),
    (4007, "health_code_green", _OTHER, "green health code"),
    (4009, "video_call", _OTHER, "video call"),
    (4010, "video_call_answered", _OTHER, "video call answered"),
    (4011, "video_call_timeout", _OTHER, "video call not answered"),
    (4012, "video_call_rejected", _OTHER, "video call rejected"),
    (4013, "video_call_ended", _OTHER, "video call ended"),
    (5021, "access_code_invalid", _DENIED, "QR code is invalid"),
    (6000, "fire_open_start", _ALARM, "door held open by the fire alarm"),
    (6001, "health_code_yellow", _ALARM, "yellow health code"),
    (6002, "health_code_red", _ALARM, "red health code"),
    (6003, "health_code_unknown", _ALARM, "unknown health status"),
    (6004, "health_code_abnormal", _ALARM, "abnormal health code"),
    (6006, "reader_rs485_short", _ALARM, "line of an RS-485 reader shorted"),
    (6007, "reader_wiegand_short", _ALARM, "line of a Wiegand reader shorted"),
)

_AUX_INPUT_EVENTS: Final = (
    (65, "aux_input_outside_period", _OTHER, "auxiliary input outside its period"),
    (116, "aux_input_line_open", _ALARM, "line of an auxiliary input cut"),
    (117, "aux_input_line_short", _ALARM, "line of an auxiliary input shorted"),
    (220, "aux_input_open", EventKind.AUX_INPUT, "auxiliary input opened"),
    (221, "aux_input_short", EventKind.AUX_INPUT, "auxiliary input shorted"),
    (225, "aux_input_normal", EventKind.AUX_INPUT, "auxiliary input back to normal"),
    (226, "aux_input_triggered", EventKind.AUX_INPUT, "auxiliary input triggered"),
)

_AUX_OUTPUT_EVENTS: Final = (
    (12, "aux_output_on", EventKind.AUX_OUTPUT, "auxiliary output switched on"),
    (13, "aux_output_off", EventKind.AUX_OUTPUT, "auxiliary output switched off"),
    (
        229,
        "aux_output_schedule_on",
        EventKind.AUX_OUTPUT,
        "auxiliary output switched on by its schedule",
    ),
    (
        230,
        "aux_output_schedule_off",
        EventKind.AUX_OUTPUT,
        "auxiliary output switched off by its schedule",
    ),
)

_PANEL_EVENTS: Final = (
    (54, "battery_low", _SYSTEM, "battery low"),
    (55, "battery_replace", _SYSTEM, "battery must be replaced"),
    (57, "backup_power", _SYSTEM, "running on backup power"),
    (70, "face_server_error", _SYSTEM, "face server not reachable"),
    (71, "face_server_response", _SYSTEM, "face server answered wrongly"),
    (77, "network_unplugged", _SYSTEM, "network cable unplugged"),
    (78, "hotspot_lost", _SYSTEM, "hotspot lost"),
    (79, "mobile_network_lost", _SYSTEM, "mobile network lost"),
    (80, "elevator_no_right", _OTHER, "elevator button pressed without a right"),
    (105, "server_offline", _ALARM, "server not reachable"),
    (106, "battery_failed", _ALARM, "battery failed"),
    (107, "mains_failed", _ALARM, "mains power failed"),
    (108, "main_controller_offline", _ALARM, "main controller not reachable"),
    (111, "poe_failed", _ALARM, "power over Ethernet failed"),
    (112, "expansion_offline", _ALARM, "expansion board offline"),
    (113, "illegal_security_level", _ALARM, "illegal security level"),
    (114, "fire_input_line_open", _ALARM, "line of the fire alarm input cut"),
    (115, "fire_input_line_short", _ALARM, "line of the fire alarm input shorted"),
    (132, "elevator_emergency_end", _OTHER, "elevator emergency ended"),
    (133, "elevator_emergency_stays", _ALARM, "elevator emergency cannot be ended"),
    (134, "elevator_restricted", _ALARM, "elevator restricted"),
    (150, "elevator_manual_short", _ALARM, "elevator manual button shorted"),
    (151, "elevator_manual_open", _ALARM, "elevator manual button cut off"),
    (152, "elevator_emergency_short", _ALARM, "elevator emergency button shorted"),
    (153, "elevator_emergency_open", _ALARM, "elevator emergency button cut off"),
    (154, "elevator_fire_short", _ALARM, "elevator fire button shorted"),
    (155, "elevator_fire_open", _ALARM, "elevator fire button cut off"),
    (206, "started", _SYSTEM, "device started"),
    (212, "elevator_control_on", _OTHER, "elevator control switched on"),
    (213, "elevator_control_off", _OTHER, "elevator control switched off"),
    (214, "server_online", _SYSTEM, "connected to the server"),
    (217, "main_controller_online", _SYSTEM, "connected to the main controller"),
    (243, "fire_input_open", _OTHER, "fire alarm input opened"),
    (244, "fire_input_short", _OTHER, "fire alarm input shorted"),
    (245, "hotspot_connected", _SYSTEM, "connected to the hotspot"),
    (246, "mobile_network_connected", _SYSTEM, "connected to the mobile network"),
    (247, "expansion_online", _SYSTEM, "expansion board online"),
    (248, "network_plugged", _SYSTEM, "network cable plugged in"),
    (249, "elevator_direct", _OTHER, "elevator called directly"),
    (250, "elevator_floor", _OTHER, "elevator floor chosen"),
    (251, "elevator_voice_cancelled", _OTHER, "elevator button cancelled by voice"),
    (252, "elevator_voice_pressed", _OTHER, "elevator button pressed by voice"),
    (4002, "elevator_configured", _OTHER, "elevator set up"),
    (4003, "elevator_card_lost", _OTHER, "elevator card reported as lost"),
    (4004, "elevator_card_found", _OTHER, "elevator card no longer lost"),
    (4005, "elevator_voice_close", _OTHER, "elevator door closed by voice"),
    (4006, "elevator_voice_open", _OTHER, "elevator door opened by voice"),
    (4008, "mains_restored", _SYSTEM, "mains power back"),
    (5000, "clutch_fault", _SYSTEM, "clutch faulty"),
    (5001, "fire_board_fault", _SYSTEM, "fire control board faulty"),
    (5002, "fire_board_power", _SYSTEM, "fire control board without power"),
    (5003, "power_supply_fault", _SYSTEM, "power supply faulty"),
    (5004, "synchronisation_fault", _SYSTEM, "signals out of step"),
    (5005, "motor_current", _SYSTEM, "motor current too high"),
    (5006, "mainboard_current", _SYSTEM, "mainboard current too high"),
    (5007, "mainboard_overload", _SYSTEM, "mainboard overloaded"),
    (5008, "opening_signal_stuck", _SYSTEM, "opening signal does not end"),
    (5009, "voice_fault", _SYSTEM, "voice messages cannot be loaded"),
    (5010, "slave_offline", _SYSTEM, "second gate unit offline"),
    (5011, "slave_disconnected", _SYSTEM, "second gate unit disconnected"),
    (5012, "belt_broken", _SYSTEM, "belt broken"),
    (5013, "opening_solenoid_fault", _SYSTEM, "opening solenoid faulty"),
    (5014, "drop_solenoid_fault", _SYSTEM, "drop-arm solenoid faulty"),
    (5015, "arm_cannot_lift", _SYSTEM, "arm cannot be lifted"),
    (5016, "arm_cannot_drop", _SYSTEM, "arm cannot be dropped"),
    (5017, "elevator_setup_failed", _OTHER, "elevator could not be set up"),
    (5018, "elevator_loss_failed", _OTHER, "elevator card could not be reported"),
    (5019, "elevator_found_failed", _OTHER, "elevator card is still lost"),
    (5020, "elevator_card_fault", _OTHER, "elevator card cannot be read"),
    (5022, "health_code_unavailable", _SYSTEM, "health code not available"),
    (6005, "log_almost_full", _ALARM, "log of events 90 % full"),
    (6008, "power_switched_to_battery", _ALARM, "power switched from mains to battery"),
    (6009, "power_switched_to_mains", _SYSTEM, "power switched from battery to mains"),
    (6010, "battery_voltage_low", _ALARM, "battery voltage low"),
)

EVENTS: Final[Mapping[int, EventCode]] = {
    code: EventCode(code, name, kind, subject, words)
    for subject, rows in (
        (Subject.DOOR, _DOOR_EVENTS),
        (Subject.AUX_INPUT, _AUX_INPUT_EVENTS),
        (Subject.AUX_OUTPUT, _AUX_OUTPUT_EVENTS),
        (Subject.PANEL, _PANEL_EVENTS),
    )
    for code, name, kind, words in rows
}
"""Every documented event by its number (Security PUSH 3.1.2 appendices 2 and 19; captured frames)."""


USERS_CHANGED: Final = EventCode(
    30000,
    "users_changed",
    EventKind.USERS_CHANGED,
    Subject.PANEL,
    "users were changed at the device",
)
"""Our own: few devices have an event for it, but their tables show it."""

IDENTIFICATION: Final = EventCode(
    30001,
    "identification",
    EventKind.IDENTIFICATION,
    Subject.DOOR,
    "somebody asks to come in",
)
"""Our own: an event that has not happened yet (Security PUSH 3.1.2 section 10)."""
_ENROLMENT: Final = EventKind.ENROLMENT
ENROLMENT_STARTED: Final = EventCode(
    30001, "enrolment_started", _ENROLMENT, Subject.PANEL, "enrolment started"
)
ENROLMENT_READ: Final = EventCode(
    30002, "enrolment_progress", _ENROLMENT, Subject.PANEL, "enrolment goes on"
)
ENROLMENT_FINISHED: Final = EventCode(
    30003, "enrolment_finished", _ENROLMENT, Subject.PANEL, "enrolment finished"
)
ENROLMENT_FAILED: Final = EventCode(
    30004, "enrolment_failed", _ENROLMENT, Subject.PANEL, "enrolment failed"
)
"""Our own: of devices that tell only by their answers how an enrolment goes on."""


def describe(code: int) -> EventCode:
    """Return what an event number means. Never raises.

    Of an undocumented number only the vendor's bands are known: 100 to 199 and 6000 to 6999 are alarms.
    """
    if event := EVENTS.get(code):
        return event
    alarm = 100 <= code < 200 or 6000 <= code < 7000
    kind = EventKind.ALARM if alarm else EventKind.OTHER
    return EventCode(code, "unknown", kind, Subject.DOOR, f"event {code}")


# In the order of their numbers, 0 to 29.
METHODS: Final[Mapping[int, VerifyMethod]] = dict(
    enumerate(
        (
            VerifyMethod.AUTOMATIC,
            VerifyMethod.FINGERPRINT,
            VerifyMethod.USER_ID,
            VerifyMethod.PIN_CODE,
            VerifyMethod.CARD,
            VerifyMethod.FINGERPRINT_OR_PIN_CODE,
            VerifyMethod.CARD_OR_FINGERPRINT,
            VerifyMethod.CARD_OR_PIN_CODE,
            VerifyMethod.USER_ID_AND_FINGERPRINT,
            VerifyMethod.FINGERPRINT_AND_PIN_CODE,
            VerifyMethod.CARD_AND_FINGERPRINT,
            VerifyMethod.CARD_AND_PIN_CODE,
            VerifyMethod.CARD_FINGERPRINT_AND_PIN_CODE,
            VerifyMethod.USER_ID_FINGERPRINT_AND_PIN_CODE,
            VerifyMethod.FINGERPRINT_WITH_USER_ID_OR_CARD,
            VerifyMethod.FACE,
            VerifyMethod.FACE_AND_FINGERPRINT,
            VerifyMethod.FACE_AND_PIN_CODE,
            VerifyMethod.FACE_AND_CARD,
            VerifyMethod.FACE_FINGERPRINT_AND_CARD,
            VerifyMethod.FACE_FINGERPRINT_AND_PIN_CODE,
            VerifyMethod.FINGER_VEIN,
            VerifyMethod.FINGER_VEIN_AND_PIN_CODE,
            VerifyMethod.FINGER_VEIN_AND_CARD,
            VerifyMethod.FINGER_VEIN_CARD_AND_PIN_CODE,
            VerifyMethod.PALM,
            VerifyMethod.PALM_AND_CARD,
            VerifyMethod.PALM_AND_FACE,
            VerifyMethod.PALM_AND_FINGERPRINT,
            VerifyMethod.PALM_FINGERPRINT_AND_FACE,
        )
    )
)
"""How a person verified (Security PUSH 3.1.2 appendix 3)."""


def method(code: int) -> VerifyMethod | None:
    """Return what a verification number means; None for 200 ("other") and for unknown numbers."""
    return METHODS.get(code)
