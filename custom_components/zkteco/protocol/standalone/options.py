"""Options of a terminal, its named settings: how they are read and written, and which ones are documented.

Lives here: the text codec, and the table of names with what may be done with each. Not here: sending them, and reading back
after a write (`verbs`) - which proves little: terminals also store names that they do not use. Secrets and whatever could
cut the owner off can be neither read nor written through this table.
"""

from collections.abc import Sequence
import re
from typing import Final

from ..documented import Documentation, Documented
from ..errors import InvalidValue

# Printable ASCII without the separator of the wire format.
_VALUE = re.compile(r"[ -<>-~]{0,100}")

_PROTOCOL: Final = "Protocol Description of ZKTeco's Standalone Devices"
_SDK: Final = "SDK manual 2.1"
_SEEN: Final = "captured frames"
_OWNERS: Final = "reported by owners"


def encode_read(name: str) -> bytes:
    """Build the data of a read of one option. Raises `InvalidValue`."""
    return f"{_NAMES.checked(name)}\0".encode("ascii")


def encode_write(name: str, value: str) -> bytes:
    """Build the data of a write of one option. Raises `InvalidValue`.

    Only the form is checked here; `check_writable` knows what each option allows.
    """
    if not _VALUE.fullmatch(value):
        raise InvalidValue(
            _NAMES.checked(name),
            "up to 100 printable ASCII characters without equals sign",
        )
    return f"{_NAMES.checked(name)}={value}\0".encode("ascii")


def decode_value(name: str, data: bytes) -> str | None:
    """Return the value in the answer to a read of `name`; None when the answer is about something else. Never raises.

    What stands behind the first NUL is junk. Firmware may write the name in other letters, or leave it out.
    """
    text = data.partition(b"\0")[0].decode("utf-8", "replace").strip()
    found, equals, value = text.partition("=")
    if not equals:
        return text or None
    if found.strip().lower() in ("", name.lower()):
        return value.strip()
    return None


def _read(name: str, words: str, source: str = _PROTOCOL) -> Documented:
    return Documented(name=name, words=words, source=source)


def _number(
    name: str,
    allowed: Sequence[int],
    words: str,
    source: str = _PROTOCOL,
    *,
    allowed_words: str = "",
) -> Documented:
    return Documented(
        name=name,
        words=words,
        source=source,
        writable=True,
        allowed=allowed,
        allowed_words=allowed_words,
    )


def _secret(name: str, words: str) -> Documented:
    return Documented(name=name, words=words, source=_OWNERS, secret=True)


_SWITCH: Final = range(2)
_BELL_OFF: Final = 65535
# hour * 256 + minute
_BELL_TIMES: Final = (
    *(hour * 256 + minute for hour in range(24) for minute in range(60)),
    _BELL_OFF,
)

OPTIONS: Final[tuple[Documented, ...]] = (
    # Who the terminal is and what it can do.
    _read("~SerialNumber", "serial number"),
    _read("~DeviceName", "model"),
    _read("~Platform", "platform; _TFT at its end means a colour screen", _SEEN),
    _read("~OS", "operating system", _SEEN),
    _read("~OEMVendor", "manufacturer"),
    _read("~ProductTime", "when it was made"),
    _read("MAC", "hardware address"),
    _read("~ZKFPVersion", "fingerprint template version, 9 or 10", _SDK),
    _read("ZKFaceVersion", "face template version", _SEEN),
    _read("FaceVersion", "face template version", _SEEN),
    _read("~ZKFVVersion", "finger vein template version", _SDK),
    _read("FingerFunOn", "fingerprints supported"),
    _read("FaceFunOn", "faces supported"),
    _read("PhotoFunOn", "photographs supported"),
    _read("~RFCardOn", "cards supported"),
    _read("~IsOnlyRFMachine", "cards only"),
    _read("~LockFunOn", "access control: 0 none, more bits more of it", _SDK),
    _read("~PIN2Width", "length of a user ID"),
    _read("~IsABCPinEnable", "letters allowed in a user ID"),
    _read("IsSupportABCPin", "letters allowed in a user ID"),
    _read("~T9FunOn", "letters can be typed"),
    *(
        _read(name, "feature or format of the firmware")
        for name in (
            "~ExtendFmt",
            "~UserExtFmt",
            "ExtendOPLog",
            "CompatOldFirmware",
            "~SSR",
            "WorkCode",
            "BiometricType",
            "IsSupportAlarmExt",
            "MultiBioDataSupport",
        )
    ),
    # The door.
    _number(
        "LockOn",
        range(1, 255),
        "seconds for which the terminal itself opens the lock",
        _SEEN,
    ),
    _number("AntiPassbackOn", _SWITCH, "anti-passback on", _SEEN),
    # What these do to a door, or their ranges, are not documented well enough to write them.
    _read("~DCTZ", "time zone of the door, closed"),
    _read("~DOTZ", "time zone of the door, open"),
    _read("UnlockPerson", "people who must verify"),
    _read("Must1To1", "user ID must be entered first"),
    _read("OnlyPINCard", "user ID from a card only"),
    _read("MustEnroll", "only enrolled people"),
    *(
        _read(name, "Wiegand output or Mifare card layout")
        for name in (
            "WGFailedID",
            "WGDuressID",
            "WGSiteCode",
            "WGPulseWidth",
            "WGPulseInterval",
            "~RFSStart",
            "~RFSLen",
            "~RFFPC",
        )
    ),
    # Sound, screen and bells.
    _number("VoiceOn", _SWITCH, "voice on"),
    _number("ShowScore", _SWITCH, "score of a finger shown"),
    *(
        _number(
            f"AutoAlarm{n}",
            _BELL_TIMES,
            "time of a bell: hour x 256 + minute",
            _SDK,
            allowed_words=f"hour x 256 + minute, or {_BELL_OFF} for no bell",
        )
        for n in range(1, 7)
    ),
    _read("Language", "language"),
    _read("NewLng", "language"),
    _read("DtFmt", "date format"),
    _read("TOState", "timeout of the function keys, seconds"),
    _read("TOMenu", "timeout of the menu, seconds"),
    _read("AlarmAttLog", "warning before the attendance log is full"),
    _read("AlarmOpLog", "warning before the operation log is full"),
    _read("AlarmReRec", "window in which a second punch is refused"),
    # A terminal that sleeps or is off cannot be asked to wake up.
    _read("IdleMinute", "minutes until it idles"),
    _read("IdlePower", "what it does then: 87 off, 88 sleep"),
    _read("AutoPowerOff", "time at which it switches off", _SDK),
    _read("AutoPowerOn", "time at which it switches on", _SDK),
    _read("AutoPowerSuspend", "time at which it sleeps", _SDK),
    # The network is readable only: a wrong address would cut the owner off.
    _read("DeviceID", "RS-485 address, 1 to 254"),
    _read("NetworkOn", "network on"),
    _read("HiSpeedNet", "network speed"),
    _read("IPAddress", "network address"),
    _read("NetMask", "network mask"),
    _read("GATEIPAddress", "gateway"),
    _read("TCPPort", "TCP port"),
    _read("UDPPort", "UDP port"),
    _read("RS232On", "serial port on"),
    _read("RS485On", "RS-485 on"),
    _read("RS232BaudRate", "speed of the serial port"),
    _secret("ComKey", "communication key"),
    _secret("COMKEY", "communication key"),
    # The clock has a verb of its own; the client says itself that it is there.
    _read("TZAdj", "time zone, hours", _OWNERS),
    _read("SDKBuild", "a program is connected", _SEEN),
)

_NAMES: Final = Documentation(
    {option.name: option for option in OPTIONS}, what="option", secrets="keys"
)
find: Final = _NAMES.find
check_readable: Final = _NAMES.check_readable
check_writable: Final = _NAMES.check_writable
