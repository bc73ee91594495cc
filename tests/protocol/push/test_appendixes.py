"""Where each appendix of Security PUSH 3.1.2 is, and what it prints.

Appendix 2 and 19 (events) and 3 (ways to verify) are also covered by `tests/protocol/test_event_codes.py`, 16 (encryption)
by `test_session.py`: it is refused.
"""

from dataclasses import replace
from datetime import datetime

import pytest

from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.event_codes import EVENTS, METHODS, method
from custom_components.zkteco.protocol.model import VerifyMethod
from custom_components.zkteco.protocol.panel_settings import find, parameters
from custom_components.zkteco.protocol.push import commands
from custom_components.zkteco.protocol.push.codes import (
    ERROR_LOG_CODES,
    LANGUAGES,
    MODELS,
    RESERVED,
    RETURN_VALUES,
    Biometric,
    VerifyStyle,
    describe_error,
    verify_styles,
)
from custom_components.zkteco.protocol.push.commands import encode
from custom_components.zkteco.protocol.push.messages import CHINESE
from custom_components.zkteco.protocol.push.negotiation import (
    VERSIONS,
    agreed_version,
    parse_kinds,
)
from custom_components.zkteco.protocol.push.registration import Role, parse_registration
from custom_components.zkteco.protocol.push.settings import DEVICE_PARAMETERS
from custom_components.zkteco.protocol.push.turnstile import CHANNEL_OPTIONS
from custom_components.zkteco.protocol.settings import SettingKey


def test_1_return_values() -> None:
    """Each printed number is explained, or kept by firmware for itself."""
    printed = {
        *range(-28, 0),
        -30,
        *range(-108, -99),
        *(-201, -202, -203, -206, -301),
        *(-601, -603, -604, -609, -612, -614, -615, -616, -618, -619, -620, -621),
        *range(-632, -627),
        *range(-709, -700),
        *range(-732, -719),
        -801,
    }
    assert RETURN_VALUES.keys() | RESERVED == printed
    assert not RETURN_VALUES.keys() & RESERVED


def test_2_and_19_events() -> None:
    """From the first to the last of each table."""
    assert {0, 80, 100, 155, 200, 252, 254, 255} <= EVENTS.keys()
    assert {4000, 4013, 5000, 5022, 6000, 6010} <= EVENTS.keys()


def test_3_ways_to_verify() -> None:
    """The printed string of ways, which says that there is no face.

    It is explained from left to right there. The one in section 4.4, of a terminal without a camera for faces, makes sense
    only from the lowest bit of each byte, as all other masks are read.
    """
    terminal = parse_registration("VerifyStyles=FB1E1F00")
    assert terminal.verify_codes is not None
    assert {0, 1, 3, 4, 5, 6, 7} <= terminal.verify_codes
    assert not {2, 8, 13, 14, 15} & terminal.verify_codes
    assert sorted(METHODS) == list(range(30))
    assert method(29) is VerifyMethod.PALM_FINGERPRINT_AND_FACE
    assert method(200) is None


def test_3_ways_to_verify_as_digits() -> None:
    """Sections 4.4 and 9.5.1: one place for each way."""
    assert verify_styles("0000101000001010") == {
        *(VerifyStyle.FACE, VerifyStyle.PALM_VEIN),
        *(VerifyStyle.PASSWORD, VerifyStyle.CARD),
    }
    either = verify_styles("0001101000000010")
    assert either == {
        *(VerifyStyle.FACE, VerifyStyle.PASSWORD),
        *(VerifyStyle.CARD, VerifyStyle.QR_CODE),
    }


def test_4_languages() -> None:
    """By number; the one that changes the encoding has a name."""
    assert len(LANGUAGES) == 23
    assert LANGUAGES[int(CHINESE)] == "zh-Hans"
    assert (LANGUAGES[69], LANGUAGES[97], LANGUAGES[84]) == ("en", "es", "zh-Hant")


def test_5_and_6_seconds() -> None:
    """Printed in sections 9.5.1, 9.2.2 and 7.5."""
    moment = datetime(2018, 2, 22, 14, 54, 54)
    assert packed_time.encode(moment) == 583080894
    assert packed_time.decode(583080894) == moment
    assert packed_time.decode(548003687) == datetime(2017, 1, 19, 15, 14, 47)
    assert packed_time.decode(583512660) == datetime(2018, 2, 27, 14, 51)


def test_7_models() -> None:
    """Single ones and those that share a number."""
    printed = {*range(1, 11), *range(23, 29), 40, 101, 102, 103, 301}
    assert MODELS.keys() == printed
    assert (MODELS[1], MODELS[10], MODELS[301]) == (
        "C3-200",
        "C3-460 / inBio460",
        "Wireless lock",
    )


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        # "196" is a misprint of 192, which is the sum of readers 3 and 4.
        (SettingKey.ANTI_PASSBACK, {*range(7), *range(16, 256, 16), 196}),
        (SettingKey.INTERLOCK, set(range(6))),
    ],
)
def test_8_and_9_rules_between_doors(key: SettingKey, codes: set[int]) -> None:
    """Every printed value has a meaning."""
    known = parameters(doors=4, readers=4, verify_codes=None)
    assert set(map(int, find(known, key, 0).meaning.values)) == codes


def test_10_11_and_12_parameters() -> None:
    """Those with a meaning that a person can set; the rest can be read by name, or is secret."""
    names = {p.name for p in parameters(doors=1, readers=1, verify_codes=None)}
    assert names >= {
        "Door1SensorType",
        "Door1Detectortime",
        "Door1CloseAndLock",
        "Door1Intertime",
        "Door1VerifyType",
        "Door1ValidTZ",
        "Door1KeepOpenTimeZone",
        "Door1InOutAntiPassback",
        "AntiPassback",
    }
    assert {p.name for p in DEVICE_PARAMETERS} == {"DSTOn", "NtpFunOn"}


def test_13_versions() -> None:
    """The lower one counts."""
    assert VERSIONS == ("3.0.1", "3.1.1", "3.1.2")
    assert agreed_version(None, "3.1.2") == "3.0.1"


def test_14_command_format() -> None:
    """The two printed commands, with the priority that the rule has and the examples forget, and without spaces."""
    user = commands.data_update(
        "user",
        [
            {
                "CardNo": "",
                "Pin": 1,
                "Password": 234,
                "Group": 0,
                "StartTime": 0,
                "EndTime": 0,
                "Name": "",
                "Privilege": 0,
            }
        ],
    )
    assert encode(295, user) == (
        "C:295:DATA UPDATE user CardNo=\tPin=1\tPassword=234\tGroup=0\tStartTime=0\tEndTime=0\tName=\tPrivilege=0"
    )
    assert encode(295, user, prefix_for="123456789") == (
        "DataType=1,SN=123456789,Priority=0,CmdID=295,CmdDesc=C:295:DATA UPDATE user CardNo=\tPin=1\tPassword=234\t"
        "Group=0\tStartTime=0\tEndTime=0\tName=\tPrivilege=0"
    )
    values = {
        "DoorAutoMatch": 1,
        "DoorDrivertime": 5,
        "DoorKeepOpenTimeZone": 0,
        "DoorValidTZ": 1,
        "DoorSupperPassWord": "",
    }
    doors = commands.data_update(
        "DoorParameters",
        [
            {"ID": 1, "Name": name, "Value": value, "DevID": 1}
            for name, value in values.items()
        ],
    )
    line = encode(295, doors, prefix_for="DDG7012017010600049")
    assert line.splitlines() == [
        (
            "DataType=1,SN=DDG7012017010600049,Priority=0,CmdID=295,CmdDesc=C:295:DATA UPDATE DoorParameters "
            "ID=1\tName=DoorAutoMatch\tValue=1\tDevID=1"
        ),
        "ID=1\tName=DoorDrivertime\tValue=5\tDevID=1",
        "ID=1\tName=DoorKeepOpenTimeZone\tValue=0\tDevID=1",
        "ID=1\tName=DoorValidTZ\tValue=1\tDevID=1",
        "ID=1\tName=DoorSupperPassWord\tValue=\tDevID=1",
    ]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("", Role.SINGLE),
        ("MultiStageControlFunOn=1,SubControlOn=0,MasterControlOn=0", Role.SINGLE),
        ("MultiStageControlFunOn=0,SubControlOn=0,MasterControlOn=0", Role.SINGLE),
        ("MultiStageControlFunOn=1,SubControlOn=1,MasterControlOn=0", Role.SUB),
        ("MultiStageControlFunOn=1,MasterControlOn=1,SubControlOn=0", Role.MASTER),
    ],
)
def test_15_masters_and_sub_controllers(text: str, role: Role) -> None:
    """As configured."""
    assert parse_registration(text).role is role


def test_17_error_log() -> None:
    """The printed codes, and the modules of others."""
    assert ERROR_LOG_CODES.keys() == {
        "00000000",
        *(f"D01E000{number}" for number in range(1, 7)),
    }
    assert describe_error("D07E0001") == "unknown error in licence"


def test_18_kinds_of_biometrics() -> None:
    """From 0 to 10, and the printed strings of what a device has."""
    assert [int(kind) for kind in Biometric] == list(range(11))
    both = {Biometric.FINGERPRINT, Biometric.NEAR_INFRARED_FACE}
    assert parse_kinds("0: 1: 1: 0: 0: 0: 0: 0: 0: 0: 0") == both
    numbers = "0: 10000: 3000: 0: 0: 0: 0: 0: 0: 0: 0"
    counts = dict(zip(sorted(both), ("10000", "3000"), strict=True))
    assert (
        parse_registration(f"MultiBioDataCount={numbers}").multi_bio_data_count
        == counts
    )
    assert (
        parse_registration(f"MultiBioPhotoCount={numbers}").multi_bio_photo_count
        == counts
    )


COMMON = (
    "~DeviceName MAC ~MaxAttLogCount UserCount ~MaxUserCount PhotoFunOn ~MaxUserPhotoCount FingerFunOn FPVersion "
    "~MaxFingerCount FPCount FaceFunOn FaceVersion ~MaxFaceCount FaceCount FvFunOn FvVersion ~MaxFvCount FvCount "
    "PvFunOn PvVersion ~MaxPvCount PvCount Language IPAddress ~Platform ~OEMVendor FWVersion PushVersion RegDeviceType"
)
"""The parameters of turnstiles that other devices have, too."""


def test_20_turnstiles() -> None:
    """What a turnstile has beyond other devices; the rest is in `registration`."""
    assert len(CHANNEL_OPTIONS) == 38
    nothing = parse_registration("")
    for name in COMMON.split():
        assert replace(parse_registration(f"{name}=1"), raw={}) != nothing, name
    assert parse_registration("PassMode=1").raw["passmode"] == "1"
