"""The lines that the simulated PUSH device writes about itself and its doors.

Registration, parameters, real-time events and states, each as one device kind
sends it. When they are sent belongs to `push_device`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from .c3_world import Code, Event
from .push_world import PushCode, PushEvent, PushWorld

GARBAGE_TIME = "1971--10--29 -23:-27:-54"

# Verification mode to its bit in the new style (section 7.2).
_NEW_STYLE = {1: 4, 3: 9, 4: 11, 15: 1}
NEW_STYLES = f"{sum(1 << bit for bit in _NEW_STYLE.values()):016b}"

# The parameters that the printed registration holds, in its order.
_PRINTED = {
    "~IsOnlyRFMachine": "0",
    "~MaxUserCount": "50",
    "~MaxAttLogCount": "10",
    "~MaxUserFingerCount": "10",
    "MThreshold": "60",
    "IPAddress": "",
    "NetMask": "",
    "GATEIPAddress": "",
    "~ZKFPVersion": "",
    "IclockSvrFun": "1",
    "OverallAntiFunOn": "0",
    "~REXInputFunOn": "0",
    "~CardFormatFunOn": "0",
    "~SupAuthrizeFunOn": "0",
    "~ReaderCFGFunOn": "0",
    "~ReaderLinkageFunOn": "0",
    "~RelayStateFunOn": "1",
    "~Ext485ReaderFunOn": "0",
    "~TimeAPBFunOn": "0",
    "~CtlAllRelayFunOn": "0",
    "~LossCardFunOn": "0",
    "SimpleEventType": "1",
    "VerifyStyles": "",
    "EventTypes": "",
    "DisableUserFunOn": "0",
    "DeleteAndFunOn": "0",
    "LogIDFunOn": "0",
    "DateFmtFunOn": "0",
    "DelAllLossCardFunOn": "0",
    "AutoClearDay": "0",
    "FirstDelayDay": "0",
    "DelayDay": "0",
    "StopAllVerify": "0",
    "FvFunOn": "0",
    "FaceFunOn": "0",
    "FingerFunOn": "0",
    "CameraOpen": "0",
    "AccSupportFunList": "",
    "AutoServerFunOn": "0",
    "DelayOpenDoorFunOn": "1",
    "UserOpenDoorDelayFunOn": "1",
    "MultiCardInterTimeFunOn": "1",
    "OutRelaySetFunOn": "1",
    "MachineTZFunOn": "1",
    "DSTFunOn": "1",
    "CardSiteCodeFunOn": "1",
    "MulCardUserFunOn": "1",
    "UserNameFunOn": "1",
    "StringPinFunOn": "0",
    "MaxLockCount": "4",
    "MaxZigbeeCount": "3",
    "MaxMCUCardBits": "37",
    "SupportReaderType": "1",
}


def bit_mask(numbers: Iterable[int], size: int) -> str:
    """Return bytes in which each number sets a bit, the lowest bit first."""
    mask = sum(1 << number for number in numbers)
    return mask.to_bytes(size, "little").hex().upper()


def flags(positions: Iterable[int], size: int) -> str:
    """Return a string of 0 and 1, position 0 at its left."""
    chosen = {*positions}
    return "".join("1" if at in chosen else "0" for at in range(size))


def registration(
    world: PushWorld, push_version: str, max_package: int, extra: Mapping[str, str]
) -> dict[str, str]:
    """Return the parameters of the registration, in the order they are sent."""
    model, known = world.model, world.parameters
    doors = int(known["LockCount"])
    codes = {int(code) for kind in (Code, PushCode) for code in kind}
    if not model.terminal:
        codes -= {PushCode.GRANTED_AT_TERMINAL, PushCode.DOORBELL}
    return {
        "DeviceType": "acc",
        "~DeviceName": known["~DeviceName"],
        "FirmVer": known["FirmVer"],
        "PushVersion": push_version,
        "MAC": known["MAC"],
        "CommType": "ethernet",
        "MaxPackageSize": str(max_package),
        "LockCount": str(doors),
        "ReaderCount": str(doors * model.readers_per_door),
        "AuxInCount": known["AuxInCount"],
        "AuxOutCount": known["AuxOutCount"],
        "MachineType": str(model.machine_type),
        **{name: known.get(name, value) for name, value in _PRINTED.items()},
        "VerifyStyles": bit_mask(model.verify_styles, 4),
        "EventTypes": bit_mask(codes, 32),
        "FaceFunOn": str(int(model.terminal)),
        "FingerFunOn": str(int(model.terminal)),
        "AccSupportFunList": flags(model.functions, 64),
        **model.extra,
        **extra,
        "authKey": known["ComPwd"],
    }


def parameters_line(values: Mapping[str, str]) -> bytes:
    """Return parameters as one line."""
    return ",".join(f"{key}={value}" for key, value in values.items()).encode()


def own_parameters(world: PushWorld, push_version: str) -> dict[str, str]:
    """Return what a terminal uploads by itself: capacities, counts, versions."""
    known = world.parameters
    return {
        "~DeviceName": known["~DeviceName"],
        "MAC": known["MAC"],
        "TransactionCount": str(len(world.transactions)),
        "~MaxAttLogCount": "20",
        "UserCount": str(len(world.tables["user"])),
        "~MaxUserCount": "100",
        "PhotoFunOn": "1",
        "~MaxUserPhotoCount": "3000",
        "FingerFunOn": "1",
        "FPVersion": "10",
        "~MaxFingerCount": "40",
        "FPCount": "0",
        "FaceFunOn": "1",
        "FaceVersion": "58",
        "~MaxFaceCount": "3000",
        "FaceCount": str(len(world.tables["user"])),
        "FvFunOn": "0",
        "PvFunOn": "0",
        "Language": "69",
        "IPAddress": known["IPAddress"],
        "~Platform": "ZAM70_TFT",
        "~OEMVendor": "ZKTECO CO., LTD.",
        "FWVersion": known["FirmVer"],
        "PushVersion": push_version,
        "RegDeviceType": "",
        "IsSupportQRcode": "1",
        "QRCodeDecryptFunList": "010",
    }


def event_line(
    world: PushWorld, event: Event, *, new_style: bool, garbage: bool, shown_as: str
) -> str:
    """Return an event as rtlog carries it; `shown_as` names a secondary machine."""
    model = world.model
    degrees = event.temperature if isinstance(event, PushEvent) else 0
    temperature = f"{degrees:.1f}" if degrees else "0"
    values = {
        "time": _time(event.time, garbage),
        "pin": event.pin,
        "cardno": event.card,
        "sitecode": 0,
        "linkid": 0,
        "eventaddr": event.door,
        "event": event.code,
        "inoutstatus": event.direction,
        "verifytype": _verify_type(world, event.verified, new_style),
        "index": event.index,
        "maskflag": int(isinstance(event, PushEvent) and event.mask),
        "temperature": temperature,
        "convtemperature": temperature,
        "sn": shown_as or world.serial,
    }
    fields = [*model.rtlog]
    if shown_as and "sn" not in fields:
        fields.append("sn")
    return "\t".join(f"{name}={values[name]}" for name in fields)


def state_line(
    world: PushWorld, *, inverted: bool, garbage: bool, shown_as: str
) -> str:
    """Return the state of all doors as rtstate carries it.

    `inverted` is the printed rule for relays, by which 0 means energised.
    """
    model, doors = world.model, world.doors
    contacts = sum(door.sensor << 2 * (n - 1) for n, door in doors.items())
    relays = sum((door.relay != inverted) << (n - 1) for n, door in doors.items())
    alarms = bytes(door.alarm_bits for door in doors.values())
    parts = [
        f"time={_time(world.time, garbage)}",
        # What panels put into these five bytes is unknown: they stay zero.
        f"sensor={bytes(model.sensor_bytes).hex()}"
        if model.sensor_bytes > 2
        else f"sensor={contacts:0{2 * max(1, -(-len(doors) // 4))}x}",
        f"relay={relays.to_bytes(model.relay_bytes, 'little').hex()}",
        f"alarm={alarms.ljust(model.alarm_bytes, b'\0').hex()}",
        f"door={bytes(door.sensor for door in doors.values()).hex()}",
    ]
    if model.state_serial or shown_as:
        parts.append(f"sn={shown_as or world.serial}")
    return "\t".join(parts)


def _time(moment: datetime, garbage: bool) -> str:
    return GARBAGE_TIME if garbage else f"{moment:%Y-%m-%d %H:%M:%S}"


def _verify_type(world: PushWorld, verified: int, new_style: bool) -> str:
    if not world.model.terminal:
        return "0" * 32
    if not new_style:
        return str(verified)
    bit = _NEW_STYLE.get(verified)
    return f"{0 if bit is None else 1 << bit:016b}"
