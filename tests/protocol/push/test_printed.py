"""What the document prints, word for word: requests and their answers, commands and their results.

Security PUSH 3.1.2 chapters 4 to 8, sections 9.2 to 9.6 and chapter 10. TABs are "|" here. Where the document contradicts
itself or lost something in print, the text is what it must have been; the list of misprints is in
`docs/push-protocol.md`. Tables of section 9.1 have a test of their own.
"""

from datetime import datetime

import pytest

from custom_components.zkteco.protocol.push import account, commands, control
from custom_components.zkteco.protocol.push.codes import Biometric, Verdict, interpret
from custom_components.zkteco.protocol.push.commands import Advertisement, encode
from custom_components.zkteco.protocol.push.control import Network
from custom_components.zkteco.protocol.push.records import parse_results
from custom_components.zkteco.protocol.push.upgrade import Firmware, Method, upgrade

from .conftest import Home
from .test_registration import TERMINAL

F20 = "3383154200002"
PICTURE = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcU"


REQUESTS = [
    ("4.1", F20, "GET cdata?pushver=3.0.1&options=all", "", "OK"),
    (
        "4.6",
        "AJI6181160001",
        "POST cdata?table=options",
        (
            "~DeviceName=ProBio,MAC=00:17:61:11:ad:4f,TransactionCount=23,~MaxAttLogCount=10,UserCount=7,"
            "~MaxUserCount=100,PhotoFunOn=1,~MaxUserPhotoCount=3000,FingerFunOn=1,FPVersion=10,~MaxFingerCount=40,"
            "FPCount=4,FaceFunOn=1,FaceVersion=7,~MaxFaceCount=2000,FaceCount=3,FvFunOn=0,FvVersion=3,~MaxFvCount=10,"
            "FvCount=0,PvFunOn=0,PvVersion=5,~MaxPvCount=,PvCount=0,Language=69,IPAddress=192.168.52.71,"
            "~Platform=ZMM220_TFT,~OEMVendor=ZKTeco Inc.,FWVersion=Ver 8.0.4.1-20180102,PushVersion=Ver 2.0.34-20180822"
        ),
        "OK",
    ),
    (
        "5",
        F20,
        "POST cdata?type=registry&table=tabledata&tablename=DeviceAuthorize&count=1",
        "DeviceAuthorize SN=DDG7050067042500078|Online=1|IsAuthorize=0|AuthorizeInfo=|RegisterInfo=",
        "DeviceAuthorize=1",
    ),
    ("6", F20, "GET ping?", "", "OK"),
    (
        "7.2",
        F20,
        "POST cdata?table=rtlog",
        "time=2017-01-10 11:49:32|pin=0|cardno=0|eventaddr=1|event=27|inoutstatus=1|verifytype=0|index=21",
        "OK",
    ),
    (
        "7.3",
        F20,
        "POST cdata?table=rtstate",
        "time=2017-01-10 15:42:40|sensor=00|relay=00|alarm=0200000000000000",
        "OK",
    ),
    ("7.4", F20, "POST devicecmd?", "ID=1&Return=0&CMD=DATA UPDATE", "OK"),
    (
        "7.5",
        F20,
        "POST cdata?table=tabledata&tablename=user&count=1",
        "user uid=5|cardno=|pin=4|password=|group=1|starttime=0|endtime=0|name=|privilege=0|disable=0|verify=0",
        "user=1",
    ),
    (
        "7.6",
        F20,
        "POST cdata?table=tabledata&tablename=identitycard&count=1",
        (
            "identitycard pin=1|SN_Num=12345678901234567890|IDNum=123456789012345678|DNNum=|Name=Zhangsan|"
            "Gender=1|Nation=1|Birthday=19911218|ValidInfo=2013091220230912|Address=xxxxx, Tangxia Town|"
            "AdditionalInfo=|Issuer=xxx Public Security Bureau|Photo=V0xmAH4AMgAA|PhotoJPG=|FPTemplate1=|"
            "FPTemplate2=|Reserve=|Notice="
        ),
        "identitycard=1",
    ),
    (
        "7.7",
        F20,
        "POST cdata?table=tabledata&tablename=templatev10&count=2",
        (
            "templatev10 size=1808|uid=4|pin=4|fingerid=7|valid=1|template=TAItUzIxAAAFSksE|resverd=|endtag=\n"
            "templatev10 size=1928|uid=3|pin=3|fingerid=6|valid=1|template=TOVTUzIxAAAFpqkE|resverd=|endtag="
        ),
        "templatev10=2",
    ),
    (
        "7.8",
        "0316144680030",
        "POST cdata?table=tabledata&tablename=biophoto&count=1",
        f"biophoto pin=1|filename=1.jpg|type=9|size=95040|content={PICTURE}",
        "biophoto=1",
    ),
    (
        "7.9",
        "1809140006",
        "POST cdata?table=tabledata&tablename=ATTPHOTO&count=1",
        f"pin=20181003143617-22.jpg|sn=1809140006|size=22701|photo={PICTURE}",
        "ATTPHOTO=1",
    ),
    (
        "7.10",
        "1809140006",
        "POST cdata?table=tabledata&tablename=userpic&count=1",
        f"userpic pin=1|filename=1.jpg|size=22320|content={PICTURE}",
        "userpic=1",
    ),
    (
        "7.11",
        "5165181600015",
        "POST cdata?table=tabledata&tablename=biodata&count=1",
        "biodata pin=1|no=0|index=0|valid=1|duress=0|type=8|majorver=5|minorver=0|format=0|tmp=apUBD+cAC44I",
        "biodata=1",
    ),
    (
        "7.12",
        "5165181600015",
        "POST cdata?table=tabledata&tablename=errorlog&count=1",
        "errorlog errcode=D01E0001|errmsg=|dataorigin=cmd|cmdid=123|additional=",
        "errorlog=1",
    ),
    (
        "7.13",
        F20,
        "POST cdata?table=rtlog",
        "time=2017-01-10 11:49:32|pin=0|cardno=0|eventaddr=1|event=27|inoutstatus=1|verifytype=0|index=21|Alarmtype=200\r\n",
        "OK",
    ),
    (
        "7.14",
        F20,
        "POST cdata?table=irstate",
        "irstate=0|irsensecount=6|incount=1|outcount=2|alarmcount=0|runcount=3\r\n",
        "OK",
    ),
    ("8.1", F20, "GET getrequest?", "", "OK"),
    (
        "9.2.1",
        F20,
        "POST querydata?type=tabledata&cmdid=291&tablename=transaction&count=41&datafmt=3&Stamp=9999",
        "name=transaction.tgz\nsize=636\ndatacode=base64\ndatatype=tgz\0 H4sIAAAA",
        "transaction=41",
    ),
    (
        "9.2.2",
        F20,
        "POST cdata?cmdid=291&desc=overview",
        "SumCount=3\nFileName=transaction.tgz\nContentType=tgz\nFileCount=1",
        "OK",
    ),
    (
        "9.2.2",
        F20,
        "POST file?cmdid=291&fileseq=1&contenttype=tgz&table=transaction&count=3",
        "\x1f\x8b",
        "OK",
    ),
    (
        "9.4",
        F20,
        "POST cdata?table=testdata",
        "type=wg|bitscount=26|bits=01|sn=3383154200002",
        "OK",
    ),
    (
        "9.5.2",
        F20,
        "POST querydata?type=options&cmdid=408&tablename=options&count=1&packcnt=1&packidx=1",
        "~SerialNumber=3383154200002,LockCount=1",
        "OK",
    ),
    ("9.6.1", F20, "POST cdata?type=EnrollInfoData", "TYPE=0|PIN=1|TMP=1", "OK"),
    (
        "9.6.2",
        F20,
        "POST cdata?type=BioData",
        "TYPE=9|PIN=1|NO=0|INDEX=0|MAJOR_VER=58|MINOR_VER=1|TMP=XXXX|BIOPHOTO=XXXX",
        "OK",
    ),
    (
        "10",
        F20,
        "POST cdata?AuthType=device",
        "time=2018-02-22 16:19:20|pin=1|cardno=0|addrtype=2|eventaddr=1|event=0|inoutstatus=0|verifytype=1",
        "AUTH=TIMEOUT\r\ntime=2018-02-22 16:19:20|pin=1|cardno=0|addrtype=2|eventaddr=1|event=0|inoutstatus=0|verifytype=1\r\n",
    ),
]
"""Section, serial number, request line, body, and the answer that the device expects."""


@pytest.mark.parametrize(
    ("section", "serial", "request_line", "body", "answer"), REQUESTS
)
async def test_requests(
    home: Home, *, section: str, serial: str, request_line: str, body: str, answer: str
) -> None:
    """Every request is answered as printed."""
    await home.add(serial, registration={"lockcount": "1"})
    method, _, target = request_line.partition(" ")
    endpoint, _, query = target.partition("?")
    tabbed = body.replace("|", "\t")
    got = home.text(endpoint, query, tabbed, serial=serial, method=method)
    assert got == answer.replace("|", "\t"), section


async def test_registration_and_settings(home: Home) -> None:
    """Sections 4.4 and 4.5: a code, and the printed settings, of which some have other values here."""
    await home.add(F20)
    code = home.text("registry", "", TERMINAL, serial=F20)
    settings = home.text("push", serial=F20, method="POST")

    name, _, value = code.partition("=")
    assert name == "RegistryCode"
    assert 0 < len(value) <= 32
    told = dict(line.split("=", 1) for line in settings.splitlines())
    assert told.keys() >= {
        *("ServerVersion", "ServerName", "PushVersion", "ErrorDelay", "RequestDelay"),
        *("TransTimes", "TransInterval", "TransTables", "Realtime", "SessionID"),
        "TimeoutSec",
    }
    assert told["TransTables"] == "User Transaction"
    assert (told["TransInterval"], told["Realtime"]) == ("1", "1")
    assert len(told["SessionID"]) == 32


async def test_encryption_is_refused(home: Home) -> None:
    """Sections 4.2 and 4.3: nobody but the vendor knows the cipher."""
    await home.add("ODG7030067031100001")
    for kind, body in (("publickey", "PublicKey=DMCt"), ("factors", "Factors=D/Vt")):
        response = home.ask(
            "exchange", f"type={kind}", body, serial="ODG7030067031100001"
        )
        assert response.status == 403


WIFI = {"TempWirelessSSID": "11", "TempWirelessKey": "11"}
DOOR = {
    "Door1Drivertime": 5,
    "Door1KeepOpenTimeZone": 0,
    "Door1ValidTZ": 1,
    "Door1SupperPassWord": "",
    "Door1Intertime": 0,
    "Door1VerifyType": 0,
    "Door1SensorType": 1,
    "Door1Detectortime": 15,
    "Door1CloseAndLock": 0,
    "Door1ForcePassWord": "",
    "Reader1IOState": 0,
    "WiegandIDIn": 1,
    "WiegandID": 1,
}
NETWORK = {
    "IPAddress": "192.168.213.221",
    "GATEIPAddress": "192.168.213.1",
    "NetMask": "255.255.255.0",
}
ABOUT = (
    "~SerialNumber,FirmVer,~DeviceName,LockCount,ReaderCount,AuxInCount,AuxOutCount,MachineType,~IsOnlyRFMachine,"
    "~MaxUserCount,~MaxAttLogCount,~MaxFingerCount,~MaxUserFingerCount,MThreshold,NetMask,GATEIPAddress,~ZKFPVersion,"
    "SimpleEventType,VerifyStyles,EventTypes,ComPwd"
)
FUNCTIONS = (
    "IclockSvrFun,OverallAntiFunOn,~REXInputFunOn,~CardFormatFunOn,~SupAuthrizeFunOn,~ReaderCFGFunOn,"
    "~ReaderLinkageFunOn,~RelayStateFunOn,~Ext485ReaderFunOn,~TimeAPBFunOn,~CtlAllRelayFunOn,~LossCardFunOn,"
    "DisableUserFunOn,DeleteAndFunOn,LogIDFunOn,DateFmtFunOn,DelAllLossCardFunOn,DelayOpenDoorFunOn,"
    "UserOpenDoorDelayFunOn,MultiCardInterTimeFunOn,DSTFunOn,OutRelaySetFunOn,MachineTZFunOn,AutoServerFunOn,"
    "PC485AsInbio485,MasterInbio485,RS232BaudRate,AutoServerMode,IPCLinkFunOn,IPCLinkServerIP"
)
BIOMETRICS = "FingerFunOn,FvFunOn,FaceFunOn,~MaxFace7Count,~MaxFvCount"
FIRMWARE = Firmware(checksum="a5bf4dcd6020f408589224274aab132d", size=2312)
URL = "http://192.168.213.17:8088/fireware/F20/admin/emfw.cfg"
WEB = {"WebServerIP": "192.168.213.221", "WebServerPort": 8088}


@pytest.mark.parametrize(
    ("number", "text", "line"),
    [
        # 5
        *(
            (
                number,
                commands.data_update(
                    "DeviceAuthorize", [{"SN": F20, "IsAuthorize": step}]
                ),
                f"DATA UPDATE DeviceAuthorize SN={F20}|IsAuthorize={step}",
            )
            for number, step in ((295, 1), (296, 2))
        ),
        (
            295,
            commands.data_delete("DeviceAuthorize", [{"SN": F20}]),
            f"DATA DELETE DeviceAuthorize SN={F20}",
        ),
        # 8.1 and 9.5.1
        (
            403,
            commands.set_options(NETWORK),
            "SET OPTIONS IPAddress=192.168.213.221,GATEIPAddress=192.168.213.1,NetMask=255.255.255.0",
        ),
        (
            399,
            commands.set_options(WEB),
            "SET OPTIONS WebServerIP=192.168.213.221,WebServerPort=8088",
        ),
        (
            401,
            commands.set_time(datetime(2018, 2, 22, 14, 54, 54)),
            "SET OPTIONS DateTime=583080894",
        ),
        (402, commands.set_options({"ComPwd": 1}), "SET OPTIONS ComPwd=1"),
        (
            405,
            commands.set_options(DOOR),
            (
                "SET OPTIONS Door1Drivertime=5,Door1KeepOpenTimeZone=0,Door1ValidTZ=1,Door1SupperPassWord=,"
                "Door1Intertime=0,Door1VerifyType=0,Door1SensorType=1,Door1Detectortime=15,Door1CloseAndLock=0,"
                "Door1ForcePassWord=,Reader1IOState=0,WiegandIDIn=1,WiegandID=1"
            ),
        ),
        (
            402,
            commands.set_options({"QRCodeDecryptType": 2, "QRCodeDecryptKey": "k"}),
            "SET OPTIONS QRCodeDecryptType=2,QRCodeDecryptKey=k",
        ),
        # 9.2
        (
            291,
            account.packed_after(0),
            "ACCOUNT transaction ContentType=tgz MaxIndex=0",
        ),
        (291, account.after(92), "ACCOUNT transaction MaxIndex=92"),
        # 9.3
        (
            295,
            commands.try_host("110.80.38.74", 8092),
            "Test Host Address=110.80.38.74:8092",
        ),
        # 9.4
        (221, control.open_door(1, 5), "CONTROL DEVICE 01010105"),
        (222, control.cancel_alarm(1), "CONTROL DEVICE 02010000"),
        (223, control.restart(), "CONTROL DEVICE 03000000"),
        (225, control.sub_devices(), "CONTROL DEVICE 0D000000"),
        (
            226,
            control.switch_network(Network.WIRED_TO_MOBILE),
            "CONTROL DEVICE 0B010000",
        ),
        (
            227,
            commands.set_options(WIFI),
            "SET OPTIONS TempWirelessSSID=11,TempWirelessKey=11",
        ),
        (
            228,
            control.switch_network(Network.WIRED_TO_WIRELESS),
            "CONTROL DEVICE 0B020000",
        ),
        (
            229,
            control.switch_network(Network.MOBILE_TO_WIRED),
            "CONTROL DEVICE 0B030000",
        ),
        (
            230,
            control.switch_network(Network.WIRELESS_TO_WIRED),
            "CONTROL DEVICE 0B040000",
        ),
        # 9.4.1
        (
            384,
            upgrade(Method.ENCODED, FIRMWARE, URL),
            f"UPGRADE checksum={FIRMWARE.checksum},url={URL},size=2312",
        ),
        (
            123,
            upgrade(
                Method.PLAIN,
                Firmware(checksum=FIRMWARE.checksum, size=6558),
                "http://192.168.0.13:89/data/emfw.cfg",
            ),
            f"UPGRADE type=1,checksum={FIRMWARE.checksum},size=6558,url=http://192.168.0.13:89/data/emfw.cfg",
        ),
        # 9.5.2
        (408, commands.get_options(ABOUT.split(",")), f"GET OPTIONS {ABOUT}"),
        (409, commands.get_options(FUNCTIONS.split(",")), f"GET OPTIONS {FUNCTIONS}"),
        (410, commands.get_options(BIOMETRICS.split(",")), f"GET OPTIONS {BIOMETRICS}"),
        # 9.5.3
        (
            411,
            commands.advertise(
                Advertisement.PICTURE,
                "http://192.168.0.13:89/a.jpg",
                leaving=False,
                area=1,
                size="1",
                seconds=5,
            ),
            "SET ADSCREEN_OPTIONS InOut=0,Area=1,Type=1,Range=1,URL=http://192.168.0.13:89/a.jpg,InPlayInterval=5",
        ),
        # 9.6
        (
            394,
            commands.enrol_card("1"),
            "ENROLL_INFO TYPE=0|PIN=1|RETRY=3|MODE=1",
        ),
        (
            395,
            commands.enrol_biometric(Biometric.FACE, 0, "1"),
            "ENROLL_BIO TYPE=9|NO=0|PIN=1|RETRY=3|OVERWRITE=1|MODE=1",
        ),
    ],
)
def test_commands(number: int, text: str, line: str) -> None:
    """Each command as a device receives it."""
    assert encode(number, text) == f"C:{number}:{line}".replace("|", "\t")


@pytest.mark.parametrize(
    ("line", "number", "verb", "code", "verdict"),
    [
        ("ID=1&Return=0&CMD=DATA UPDATE", 1, "DATA UPDATE", 0, Verdict.DONE),
        (
            "ID=291&Return=41&CMD=ACCOUNT&transaction&StartTime=&EndTime=&RecordSum=41",
            291,
            "ACCOUNT",
            41,
            Verdict.DONE,
        ),
        ("ID=291&Return=3&CMD=ACCOUNT", 291, "ACCOUNT", 3, Verdict.DONE),
        ("ID=295&Return=0&CMD=Test Host", 295, "Test Host", 0, Verdict.DONE),
        ("ID=224&Return=0&CMD=CONTROL DEVICE", 224, "CONTROL DEVICE", 0, Verdict.DONE),
        ("ID=384&Return=0&CMD=UPGRADE", 384, "UPGRADE", 0, Verdict.DONE),
        ("ID=405&Return=0&CMD=SET_OPTIONS", 405, "SET_OPTIONS", 0, Verdict.DONE),
        ("ID=408&Return=0&CMD=GET OPTIONS", 408, "GET OPTIONS", 0, Verdict.DONE),
        (
            "ID=411&Return=5000&CMD=SET ADSCREEN_OPTIONS",
            411,
            "SET ADSCREEN_OPTIONS",
            5000,
            Verdict.PENDING,
        ),
        (
            "ID=411&Return=-4&CMD=SET ADSCREEN_OPTIONS",
            411,
            "SET ADSCREEN_OPTIONS",
            -4,
            Verdict.FAILED,
        ),
        ("ID=395&return=0&CMD=ENROLL_BIO", 395, "ENROLL_BIO", 0, Verdict.DONE),
    ],
)
def test_results(
    line: str, number: int, verb: str, code: int, verdict: Verdict
) -> None:
    """Each result as a device sends it."""
    (result,) = parse_results(line, {})
    assert (result.id, result.verb, result.code) == (number, verb, code)
    assert interpret(result.verb, result.code).verdict is verdict


def test_records_of_an_account() -> None:
    """The sum comes with the result."""
    (result,) = parse_results(
        "ID=291&Return=41&CMD=ACCOUNT&transaction&StartTime=&EndTime=&RecordSum=41", {}
    )
    assert result.extra["recordsum"] == "41"
    assert interpret(result.verb, result.code).count == 41
