"""The options of a PUSH device that may be read and written by name.

Lives here: which ones are documented (Security PUSH 3.1.2 sections 4.4, 4.6, 9.5.1 and 9.5.2, appendices 10 and 12). Not
here: sending them (`device`). Secrets and whatever could cut the owner off are neither read nor written through this list.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from ..errors import InvalidValue
from ..panel_settings import MAX_DOORS, MAX_READERS, parameters
from .settings import DEVICE_PARAMETERS

_OPEN_TIMES: Final[Mapping[str, range]] = {
    f"Door{door}Drivertime": range(256) for door in range(1, MAX_DOORS + 1)
}

WRITABLE: Final[Mapping[str, frozenset[str]]] = {
    **{name: frozenset(map(str, allowed)) for name, allowed in _OPEN_TIMES.items()},
    **{
        parameter.name: frozenset(parameter.meaning.values)
        for parameter in chain(
            parameters(doors=MAX_DOORS, readers=MAX_READERS, verify_codes=None),
            DEVICE_PARAMETERS,
        )
    },
}
"""By name, the texts that may be written."""

# Who it is, what is fitted, how much it holds, what its firmware can do, and the rest of appendices 10 and 12.
_READABLE: Final = (
    "~SerialNumber",
    "FirmVer",
    "~DeviceName",
    "MAC",
    "MachineType",
    "LockCount",
    "ReaderCount",
    "AuxInCount",
    "AuxOutCount",
    "~MaxUserCount",
    "~MaxAttLogCount",
    "~MaxFingerCount",
    "~MaxUserFingerCount",
    "~MaxFace7Count",
    "~MaxFvCount",
    "~ZKFPVersion",
    "MThreshold",
    "UserCount",
    "TransactionCount",
    "FPCount",
    "FaceCount",
    "FvCount",
    "PvCount",
    "IPAddress",
    "NetMask",
    "GATEIPAddress",
    "RS232BaudRate",
    "PC485AsInbio485",
    "MasterInbio485",
    "~IsOnlyRFMachine",
    "SimpleEventType",
    "VerifyStyles",
    "NewVFStyles",
    "EventTypes",
    "AccSupportFunList",
    "FingerFunOn",
    "FvFunOn",
    "FaceFunOn",
    "PvFunOn",
    "IclockSvrFun",
    "OverallAntiFunOn",
    "~REXInputFunOn",
    "~CardFormatFunOn",
    "~SupAuthrizeFunOn",
    "~ReaderCFGFunOn",
    "~ReaderLinkageFunOn",
    "~RelayStateFunOn",
    "~Ext485ReaderFunOn",
    "~TimeAPBFunOn",
    "~CtlAllRelayFunOn",
    "~LossCardFunOn",
    "DisableUserFunOn",
    "DeleteAndFunOn",
    "LogIDFunOn",
    "DateFmtFunOn",
    "DelAllLossCardFunOn",
    "DelayOpenDoorFunOn",
    "UserOpenDoorDelayFunOn",
    "MultiCardInterTimeFunOn",
    "DSTFunOn",
    "OutRelaySetFunOn",
    "MachineTZFunOn",
    "AutoServerFunOn",
    "AutoServerMode",
    "CurTimeMode",
    "DLSTMode",
    "BackupTime",
    "DelRecord",
    "MachineTZ",
    "VoiceModuleType",
    "VoiceModuleCancelTime",
    "VoiceModuleCancelCount",
)
_OF_DOORS: Final = (
    "AutoMatch",
    "CancelKeepOpenDay",
    "ReaderType",
    "InTimeAPB",
    "REXTimeOut",
    "DelayOpenTime",
    "MultiCardInterTime",
    "Disable",
    "MaskFlag",
)

READABLE: Final = frozenset(
    {
        *WRITABLE,
        *_READABLE,
        *(f"Door{n}{name}" for n in range(1, MAX_DOORS + 1) for name in _OF_DOORS),
    }
)
"""All names that may be asked for."""


def check_readable(name: str) -> None:
    """Raise `InvalidValue` unless `name` is a documented option and no secret."""
    if name not in READABLE:
        raise InvalidValue("option name", "must be a documented one, and no secret")


def check_writable(name: str, value: str) -> None:
    """Raise `InvalidValue` unless `name` may be written and `value` is one that is documented."""
    check_readable(name)
    if (allowed := WRITABLE.get(name)) is None:
        raise InvalidValue(name, "can only be read")
    if value not in allowed:
        raise InvalidValue(name, "must be a documented value")
