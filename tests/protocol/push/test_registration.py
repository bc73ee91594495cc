"""What devices say about themselves."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.push.codes import Biometric, VerifyStyle
from custom_components.zkteco.protocol.push.messages import parse_options
from custom_components.zkteco.protocol.push.registration import (
    Feature,
    Registration,
    Role,
    parse_registration,
)

# Printed in section 4.4. Its EventTypes has two digits too many; those of section 9.5.2
# are right but for four zeros at the end of the first third.
EVENT_TYPES = "BF0FE03D30000100000000007000000000000000000000000077002001000000"
TERMINAL = (
    "DeviceType=acc,~DeviceName=F20/M,FirmVer=Ver 8.0.1.3-20151229,PushVersion=Ver 2.0.22-20161201,"
    "CommType=ethernet,MaxPackageSize=2048000,LockCount=1,ReaderCount=2,AuxInCount=0,AuxOutCount=0,"
    "MachineType=101,~IsOnlyRFMachine=0,~MaxUserCount=50,~MaxAttLogCount=10,~MaxUserFingerCount=10,"
    "MThreshold=60,IPAddress=192.168.213.221,NetMask=255.255.255.0,GATEIPAddress=192.168.213.1,"
    "~ZKFPVersion=10,IclockSvrFun=1,OverallAntiFunOn=0,~REXInputFunOn=0,~CardFormatFunOn=0,"
    "~SupAuthrizeFunOn=0,~ReaderCFGFunOn=0,~ReaderLinkageFunOn=0,~RelayStateFunOn=1,~Ext485ReaderFunOn=0,"
    "~TimeAPBFunOn=0,~CtlAllRelayFunOn=0,~LossCardFunOn=0,SimpleEventType=1,VerifyStyles=ff7f0000,"
    f"EventTypes={EVENT_TYPES},DisableUserFunOn=0,DeleteAndFunOn=0,LogIDFunOn=0,DateFmtFunOn=0,"
    "DelAllLossCardFunOn=0,AutoClearDay=0,FirstDelayDay=0,DelayDay=0,StopAllVerify=0,FvFunOn=0,FaceFunOn=0,"
    "FingerFunOn=1,CameraOpen=1,AccSupportFunList=0101010000111000000111010100011010,AutoServerFunOn=1,"
    "DelayOpenDoorFunOn=1,UserOpenDoorDelayFunOn=1,MultiCardInterTimeFunOn=1,OutRelaySetFunOn=1,"
    "MachineTZFunOn=1,DSTFunOn=1,CardSiteCodeFunOn=1,MulCardUserFunOn=1,UserNameFunOn=1,StringPinFunOn=1,"
    "MaxLockCount=4,MaxZigbeeCount=3,MaxMCUCardBits=37,SupportReaderType=1,authKey=dassas"
)


def test_the_printed_terminal() -> None:
    """A one-door fingerprint terminal."""
    terminal = parse_registration(TERMINAL)

    assert terminal.device_type == "acc"
    assert (terminal.device_name, terminal.model) == ("F20/M", "F20/M")
    assert terminal.firmware == "Ver 8.0.1.3-20151229"
    assert terminal.push_version == "Ver 2.0.22-20161201"
    assert terminal.communication == "ethernet"
    assert terminal.max_package_size == 2_048_000
    assert (terminal.lock_count, terminal.max_lock_count) == (1, 4)
    assert terminal.reader_count == 2
    assert (terminal.aux_inputs, terminal.aux_outputs) == (0, 0)
    assert terminal.machine_type == 101
    assert terminal.ip_address == "192.168.213.221"
    assert terminal.net_mask == "255.255.255.0"
    assert terminal.gateway == "192.168.213.1"
    assert (terminal.max_users, terminal.max_records) == (50, 10)
    assert terminal.max_user_fingers == 10
    assert terminal.match_threshold == 60
    assert terminal.fingerprint_version == "10"
    assert (terminal.fingerprint, terminal.face, terminal.camera) == (True, False, True)
    assert terminal.cards_only is False
    assert terminal.simple_events is True
    assert terminal.relay_state is True
    assert terminal.packed_user_times is False
    assert terminal.multiple_cards is True
    assert terminal.letters_in_user_ids is True
    assert terminal.max_card_bits == 37
    assert terminal.role is Role.SINGLE
    # Not told.
    assert terminal.mac is None
    assert terminal.command_format is None
    assert terminal.verify_styles is None
    assert terminal.multi_bio_data == {}
    assert terminal.qr_schemes == frozenset()


def test_its_features() -> None:
    """34 flags, read from left to right."""
    terminal = parse_registration(TERMINAL)

    assert terminal.features == {1, 3, 5, 10, 11, 12, 19, 20, 21, 23, 25, 29, 30, 32}
    assert terminal.supports(Feature.EMERGENCY)
    assert terminal.supports(Feature.MIXED_READERS)
    assert not terminal.supports(Feature.LOCK_DOWN)
    assert not terminal.supports(Feature.VIDEO_INTERCOM_CONTACTS)


def test_its_events() -> None:
    """The lowest bit of each byte comes first: everything below 8 but linkage, which is 6."""
    events = parse_registration(TERMINAL).events

    assert events is not None
    assert {code for code in events if code < 8} == {0, 1, 2, 3, 4, 5, 7}
    assert {code for code in events if 99 < code < 200} == {100, 101, 102}
    assert {code for code in events if code >= 200} == {
        200,
        201,
        202,
        204,
        205,
        206,
        221,
        224,
    }


def test_its_ways_to_verify() -> None:
    """All up to 14; 15 would be faces, for which it has no camera."""
    assert parse_registration(TERMINAL).verify_codes == frozenset(range(15))


def test_its_key_is_not_for_showing() -> None:
    """The communication key can be compared, and appears nowhere."""
    terminal = parse_registration(TERMINAL)

    assert terminal.communication_key == "dassas"
    assert "authkey" not in terminal.raw
    assert "dassas" not in repr(terminal)
    assert terminal.raw["mthreshold"] == "60"


def test_a_panel_with_an_empty_key() -> None:
    """Captured from a C3-100Pro."""
    panel = parse_registration(
        "DeviceType=acc,~DeviceName=C3-100Pro,FirmVer=AC Ver 4.7.8.3033 Aug 14 2023,authKey="
    )

    assert panel.model == "C3-100Pro"
    assert panel.firmware == "AC Ver 4.7.8.3033 Aug 14 2023"
    assert panel.communication_key is None
    assert panel.lock_count is None


def test_options_of_a_face_terminal() -> None:
    """Captured from a SpeedFace-V5L; the vendor's name has a comma in it."""
    terminal = parse_registration(
        "~DeviceName=SpeedFace-V5L,MAC=00:17:61:13:20:21,TransactionCount=0,~MaxAttLogCount=20,UserCount=1,"
        "~OEMVendor=ZKTECO CO., LTD.,FWVersion=ZAM180-NF50VA-Ver3.4.9,PushVersion=Ver 2.0.33S-20220623,"
        "RegDeviceType=,QRCodeDecryptFunList=010"
    )

    assert terminal.vendor == "ZKTECO CO., LTD."
    assert terminal.firmware == "ZAM180-NF50VA-Ver3.4.9"
    assert terminal.mac == "00:17:61:13:20:21"
    assert (terminal.user_count, terminal.record_count) == (1, 0)
    assert terminal.registration_type is None
    assert terminal.qr_schemes == {2}


def test_options_of_a_fingerprint_terminal() -> None:
    """Printed in section 4.6."""
    terminal = parse_registration(
        "~DeviceName=ProBio,MAC=00:17:61:11:ad:4f,TransactionCount=23,~MaxAttLogCount=10,UserCount=7,"
        "~MaxUserCount=100,PhotoFunOn=1,~MaxUserPhotoCount=3000,FingerFunOn=1,FPVersion=10,~MaxFingerCount=40,"
        "FPCount=4,FaceFunOn=1,FaceVersion=7,~MaxFaceCount=2000,FaceCount=3,FvFunOn=0,FvVersion=3,"
        "~MaxFvCount=10,FvCount=0,PvFunOn=0,PvVersion=5,~MaxPvCount=,PvCount=0,Language=69,"
        "IPAddress=192.168.52.71,~Platform=ZMM220_TFT,~OEMVendor=ZKTeco Inc. ,FWVersion=Ver 8.0.4.1-20180102,"
        "PushVersion=Ver 2.0.34-20180822"
    )

    assert terminal.record_count == 23
    assert terminal.finger_count == 4
    assert terminal.face_count == 3
    assert (terminal.finger_vein, terminal.palm_vein) == (False, False)
    assert terminal.fingerprint_version == "10"
    assert terminal.max_palm_veins is None
    assert terminal.palm_vein_count == 0
    assert terminal.platform == "ZMM220_TFT"
    assert terminal.vendor == "ZKTeco Inc."
    assert terminal.language == "69"


def test_new_events() -> None:
    """The example of section 4.4, once for each thousand."""
    panel = parse_registration(
        "NewNormalEventTypes=2B12,NewErrorEventTypes=01,NewWarningEventTypes=80"
    )

    assert panel.events == frozenset({4000, 4001, 4003, 4005, 4009, 4012, 5000, 6007})


def test_masks_that_cannot_be_read() -> None:
    """No mask is not the same as an empty one."""
    assert parse_registration("EventTypes=xyz").events is None
    assert parse_registration("EventTypes=").events is None
    assert parse_registration("EventTypes=0000").events == frozenset()
    assert parse_registration("EventTypes=x,NewErrorEventTypes=01").events == frozenset(
        {5000}
    )
    assert parse_registration("VerifyStyles=f").verify_codes is None
    assert parse_registration(f"NewErrorEventTypes={'f' * 400}").events == frozenset(
        range(5000, 6000)
    )


def test_printed_ways_to_verify() -> None:
    """Appendix 3: whichever end the bits are counted from, this device knows no faces."""
    codes = parse_registration("VerifyStyles=FB1E1F00").verify_codes

    assert codes is not None
    assert 15 not in codes
    assert 0 in codes


@pytest.mark.parametrize(
    ("bits", "styles"),
    [
        (
            "0000111000011010",
            {
                VerifyStyle.FACE,
                VerifyStyle.PALM_VEIN,
                VerifyStyle.FINGERPRINT,
                VerifyStyle.PASSWORD,
                VerifyStyle.USER_ID,
                VerifyStyle.CARD,
            },
        ),
        (
            "0000101000001010",
            {
                VerifyStyle.FACE,
                VerifyStyle.PALM_VEIN,
                VerifyStyle.PASSWORD,
                VerifyStyle.CARD,
            },
        ),
    ],
)
def test_new_ways_to_verify(bits: str, styles: set[VerifyStyle]) -> None:
    """Both examples of section 4.4."""
    assert parse_registration(f"NewVFStyles={bits}").verify_styles == frozenset(styles)


def test_biometrics() -> None:
    """The examples of appendix 18, which the document prints with spaces."""
    device = parse_registration(
        "BioPhotoFun=1BioDataFun=0,MultiBioDataSupport=0: 1: 1: 0: 0: 0: 0: 0: 0: 0: 0,"
        "MultiBioPhotoSupport=0:0:0:0:0:0:0:0:0:1:0,MultiBioVersion=0:10:0:7:0:0:0:0:0:58.12:0,"
        "MaxMultiBioDataCount=0:10000:3000:0:0:0:0:0:0:0:0:99,MaxMultiBioPhotoCount=0:10000"
    )

    assert (device.bio_photo, device.bio_data) == (True, False)
    assert set(device.multi_bio_data) == {
        Biometric.FINGERPRINT,
        Biometric.NEAR_INFRARED_FACE,
    }
    assert set(device.multi_bio_photo) == {Biometric.FACE}
    assert device.multi_bio_version == {
        Biometric.FINGERPRINT: "10",
        Biometric.VOICE: "7",
        Biometric.FACE: "58.12",
    }
    assert device.max_multi_bio_data == {
        Biometric.FINGERPRINT: "10000",
        Biometric.NEAR_INFRARED_FACE: "3000",
    }
    assert device.max_multi_bio_photo == {Biometric.FINGERPRINT: "10000"}


def test_qr_codes() -> None:
    """Section 4.4: the first and the third scheme."""
    device = parse_registration(
        "IsSupportQRcode=1,QRCodeEnable=0,QRCodeDecryptFunList=101"
    )

    assert device.qr_schemes == {1, 3}
    assert (device.qr_code, device.qr_code_enabled) == (True, False)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("LockCount=1", 1),
        ("LockCount=8", 8),
        ("LockCount=0", None),
        ("LockCount=9", None),
        ("LockCount=-1", None),
        ("LockCount=٤", None),
        ("LockCount=99999999999", None),
        ("LockCount=two", None),
        ("LockCount=", None),
    ],
)
def test_number_of_doors(text: str, count: int | None) -> None:
    """A device cannot make us build a million doors."""
    assert parse_registration(text).lock_count == count


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("", Role.SINGLE),
        ("MultiStageControlFunOn=1,MasterControlOn=0,SubControlOn=0", Role.SINGLE),
        ("MultiStageControlFunOn=0,MasterControlOn=1,SubControlOn=0", Role.SINGLE),
        ("MultiStageControlFunOn=1,MasterControlOn=0,SubControlOn=1", Role.SUB),
        ("MultiStageControlFunOn=1,MasterControlOn=1,SubControlOn=0", Role.MASTER),
        ("MultiStageControlFunOn=1,MasterControlOn=1,SubControlOn=1", Role.SINGLE),
    ],
)
def test_role(text: str, role: Role) -> None:
    """Appendix 15."""
    assert parse_registration(text).role is role


def test_model_by_number() -> None:
    """A panel without a name has a machine type."""
    assert parse_registration("MachineType=9").model == "C3-260 / inBio260"
    assert parse_registration("MachineType=77").model is None
    assert parse_registration("").model is None


def test_a_device_that_says_nothing() -> None:
    """Nothing is assumed of it."""
    assert parse_registration("") == Registration()
    assert Registration().raw == {}


def test_options_add_to_a_registration() -> None:
    """What was said earlier is kept, and survives being stored."""
    first = parse_registration(TERMINAL)
    both = Registration.of({**first.raw, **parse_options("UserCount=7,LockCount=2")})

    assert both.user_count == 7
    assert both.lock_count == 2
    assert both.device_name == "F20/M"
    assert both.events == first.events
    assert Registration.of(both.raw) == both


@pytest.mark.parametrize(
    "key",
    [
        "authKey",
        "ComPwd",
        "VMSUserName",
        "VMSPasswd",
        "DoorSupperPassWord",
        "DoorForcePassWord",
        "pushcommkey",
        "ComKey",
        "TempWirelessKey",
        "QRCodeDecryptKey",
        "SIPKey",
    ],
)
def test_secrets_are_left_out(key: str) -> None:
    """Nobody finds them in a bug report."""
    device = parse_registration(f"LockCount=1,{key}=s3cret,MAC=00:17")

    assert device.raw == {"lockcount": "1", "mac": "00:17"}
    assert "s3cret" not in repr(device)


KEYS = [part.split("=")[0] for part in TERMINAL.split(",")] + [
    "NewNormalEventTypes",
    "NewVFStyles",
    "MultiBioVersion",
    "QRCodeDecryptFunList",
]


@given(
    st.text()
    | st.dictionaries(st.sampled_from(KEYS), st.text()).map(
        lambda options: ",".join(f"{key}={value}" for key, value in options.items())
    )
)
def test_no_registration_is_too_strange(text: str) -> None:
    """Whatever it says, numbers have their bounds and what is kept is no more than was sent."""
    device = parse_registration(text)

    assert device.lock_count is None or 1 <= device.lock_count <= 8
    assert device.aux_outputs is None or 0 <= device.aux_outputs <= 16
    assert len(device.features) <= 256
    assert sum(map(len, device.raw.values())) <= len(text)
    assert Registration.of(device.raw).features == device.features
