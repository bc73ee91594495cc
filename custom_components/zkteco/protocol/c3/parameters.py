"""Panel parameters: how they are read and written, and which ones are documented.

Lives here: the text codec, and the table of names with what may be done with each. Not here: reading back after a write
(`panel`). Secrets and whatever could cut the owner off can be neither read nor written through this table.
"""

from collections.abc import Mapping, Sequence
import re
from typing import Final

from ..documented import Documentation, Documented
from ..errors import InvalidValue

MAX_READ: Final = 30
MAX_WRITE: Final = 20

# Printable ASCII without the two separators of the wire format.
_VALUE = re.compile(r"[ -+\--<>-~]*")

_SDK: Final = "PullSDK User Guide 2.0"
_PUSH: Final = "Security PUSH 3.1.2 appendices 8 to 12"
_SEEN: Final = "captured frames"


def encode_get(names: Sequence[str]) -> bytes:
    """Build the data of a read of 1 to 30 parameters. Raises `InvalidValue`."""
    if not 1 <= len(names) <= MAX_READ:
        raise InvalidValue("parameters", f"1 to {MAX_READ} names in one request")
    return ",".join(map(_NAMES.checked, names)).encode("ascii")


def encode_set(values: Mapping[str, str]) -> bytes:
    """Build the data of a write of 1 to 20 parameters. Raises `InvalidValue`.

    Only the form is checked here; `check_writable` knows what each parameter allows.
    """
    if not 1 <= len(values) <= MAX_WRITE:
        raise InvalidValue("parameters", f"1 to {MAX_WRITE} in one request")
    for name, value in values.items():
        if not _VALUE.fullmatch(value):
            raise InvalidValue(
                _NAMES.checked(name), "printable ASCII without comma and equals sign"
            )
    return ",".join(
        f"{_NAMES.checked(name)}={value}" for name, value in values.items()
    ).encode("ascii")


def parse(data: bytes) -> dict[str, str]:
    """Read the answer to a read, or a discovery reply. Never raises.

    Parts without an equals sign are left out. A parameter that the panel does not know comes back empty, or not at all.
    """
    values: dict[str, str] = {}
    for part in data.replace(b"\0", b"").decode("utf-8", "replace").split(","):
        name, equals, value = part.partition("=")
        if equals and (name := name.strip()):
            values[name] = value.strip()
    return values


def _read(name: str, words: str, source: str = _SDK) -> Documented:
    return Documented(name=name, words=words, source=source)


def _number(
    name: str, allowed: Sequence[int], words: str, source: str = _SDK
) -> Documented:
    return Documented(
        name=name, words=words, source=source, writable=True, allowed=allowed
    )


def _secret(name: str, words: str) -> Documented:
    return Documented(name=name, words=words, source=_SDK, secret=True)


_SWITCH: Final = range(2)
_BYTE: Final = range(256)
# Doors in pairs 0 to 6, or the readers of single doors as a sum of 16 to 128. For
# doors 3 and 4 both documents print 196 where the sum is 192.
_ANTI_PASSBACK: Final = (*range(7), *range(16, 256, 16), 196)

PARAMETERS: Final[tuple[Documented, ...]] = (
    # Who the panel is and what is fitted.
    _read("~SerialNumber", "serial number"),
    _read("FirmVer", "firmware version", _SEEN),
    _read("DeviceName", "model", _SEEN),
    _read("~DeviceName", "model", _SEEN),
    _read("MAC", "hardware address", _SEEN),
    _read("DeviceID", "RS-485 address", _SEEN),
    _read("MachineType", "model as a number (appendix 7)", _PUSH),
    _read("LockCount", "doors"),
    _read("ReaderCount", "readers"),
    _read("AuxInCount", "auxiliary inputs"),
    _read("AuxOutCount", "auxiliary outputs"),
    _read("~ZKFPVersion", "fingerprint template version, 9 or 10"),
    # The network is readable only: a wrong address would cut the owner off.
    _read("IPAddress", "network address"),
    _read("GATEIPAddress", "gateway"),
    _read("NetMask", "network mask"),
    _secret("ComPwd", "communication password"),
    # The whole panel.
    _number(
        "RS232BaudRate",
        (9600, 19200, 38400, 57600, 115200),
        "speed of the serial port",
    ),
    _number("WatchDog", _SWITCH, "watchdog on"),
    _number("Door4ToDoor2", _SWITCH, "four-door panel used as two two-way doors"),
    _number("InBIOTowWay", _SWITCH, "inBio panel with two-way doors"),
    _number("BackupTime", range(1, 25), "hour of the daily backup to the SD card"),
    _number("AntiPassback", _ANTI_PASSBACK, "anti-passback rule (appendix 8)"),
    _number("InterLock", range(6), "interlock rule (appendix 9)"),
    # The clock has a verb of its own; the formats below it are not documented well
    # enough to be written.
    _read("DateTime", "clock, packed"),
    _number("DaylightSavingTimeOn", _SWITCH, "daylight saving time on"),
    _number("DLSTMode", _SWITCH, "daylight saving time: 0 by date, 1 by week"),
    _read("~DSTF", "daylight saving time supported"),
    _read("DaylightSavingTime", "start of daylight saving time"),
    _read("StandardTime", "end of daylight saving time"),
    *(_read(f"WeekOfMonth{n}", "daylight saving time by week") for n in range(1, 11)),
    _read("DSTOn", "daylight saving time on", _PUSH),
    _read("CurTimeMode", "1 daylight saving time, 2 standard time", _PUSH),
    _read("MachineTZ", "time zone", _PUSH),
    _read("DelRecord", "records deleted when the log is full", _PUSH),
    # Each door.
    _number(
        "Door{n}Drivertime",
        _BYTE,
        "seconds that the lock opens: 0 never, 255 until it is closed",
    ),
    _number(
        "Door{n}SensorType",
        range(3),
        "door contact: 0 none, 1 normally open, 2 normally closed",
    ),
    _number(
        "Door{n}Detectortime",
        _BYTE,
        "seconds until the held-open alarm, 0 for no alarm",
    ),
    _number("Door{n}CloseAndLock", _SWITCH, "lock as soon as the door closes"),
    _number("Door{n}Intertime", range(255), "seconds between two verifications"),
    _number("Door{n}VerifyType", range(25), "verification required (appendix 3)"),
    _number("Door{n}ValidTZ", _BYTE, "schedule in which the door works, 0 never"),
    _number(
        "Door{n}KeepOpenTimeZone", _BYTE, "schedule in which the door is open, 0 none"
    ),
    _read("Door{n}CancelKeepOpenDay", "day on which that schedule is cancelled"),
    _number(
        "Door{n}FirstCardOpenDoor",
        range(3),
        "first card: 0 nothing, 1 holds the door open, 2 enables the reader",
    ),
    _number("Door{n}MultiCardOpenDoor", _SWITCH, "several people must verify"),
    _secret("Door{n}SupperPassWord", "emergency password"),
    _secret("Door{n}ForcePassWord", "duress password"),
    _number(
        "Door{n}REXInput",
        _SWITCH,
        "exit button: 0 locked, 1 works",
        _PUSH,
    ),
    _number(
        "Door{n}InOutAntiPassback",
        range(4),
        "anti-passback of one door: 0 none, 1 in, 2 out, 3 both",
        _PUSH,
    ),
    # No document gives the ranges of these on a panel, or it contradicts itself.
    _read("Door{n}AutoMatch", "Wiegand format found by itself", _PUSH),
    _read("Door{n}ReaderType", "kind of reader", _PUSH),
    _read("Door{n}InTimeAPB", "seconds of anti-passback", _PUSH),
    _read("Door{n}REXTimeOut", "delay of the exit button, seconds", _PUSH),
    _read("Door{n}DelayOpenTime", "delay before the lock opens, seconds", _PUSH),
    _read("Door{n}MultiCardInterTime", "seconds between several people", _PUSH),
    _read("Door{n}Disable", "door in service", _PUSH),
    _read("Door{n}MaskFlag", "door locked down", _PUSH),
    _read("ExtDoor{n}DelayDrivertime", "longer opening, seconds", _PUSH),
    # Each reader.
    _number("Reader{n}IOState", _SWITCH, "reader direction: 0 in, 1 out", _PUSH),
    # What the firmware supports.
    *(
        _read(name, "capability of the firmware", _PUSH)
        for name in (
            "~MaxUserCount",
            "~MaxAttLogCount",
            "~MaxUserFingerCount",
            "~IsOnlyRFMachine",
            "~CardFormatFunOn",
            "~Ext485ReaderFunOn",
            "~RelayStateFunOn",
            "SimpleEventType",
            "VerifyStyles",
            "EventTypes",
            "DateFmtFunOn",
            "DisableUserFunOn",
            "LogIDFunOn",
            "IclockSvrFun",
            "ACPanelFunOn",
            "AccSupportFunList",
            "PC485AsInbio485",
            "MasterInbio485",
        )
    ),
)

_DOORS: Final = range(1, 5)
# Two readers per door, in and out.
_READERS: Final = range(1, 9)

_NAMES: Final = Documentation(
    {
        parameter.name.replace("{n}", str(n)): parameter
        for parameter in PARAMETERS
        for n in (_READERS if parameter.name.startswith("Reader{n}") else _DOORS)
    },
    what="parameter",
    secrets="passwords",
)
find: Final = _NAMES.find
check_readable: Final = _NAMES.check_readable
check_writable: Final = _NAMES.check_writable
