"""The examples that Security PUSH 3.1.2 prints for its tables, as data.

White space between fields is what the document calls HT. Where a command is printed with a slip of the pen, `sent` is what was
meant and `slip` says why. What belongs to a person, and photos and templates, which are cut off in print, are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from custom_components.zkteco.protocol.people import Interval
from custom_components.zkteco.protocol.push import table_list as t
from custom_components.zkteco.protocol.push.kinds import Cell, DstMoment
from custom_components.zkteco.protocol.push.tables import Row, Table

type Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One printed example."""

    heading: str
    table: Table
    text: str
    rows: Rows
    sent: str = ""
    slip: str = ""

    @property
    def meant(self) -> str:
        """The text without the slip."""
        return self.sent or self.text


def _tabs(text: str) -> str:
    """Return a text in whose fields are no spaces, as it is sent."""
    head, _, fields = text.partition(" | ")
    return f"{head} {fields.replace(' ', '\t')}" if fields else text


DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Hol1", "Hol2", "Hol3")
SLOTS = [f"{day}Time{slot}" for day in DAYS for slot in (1, 2, 3)]
WHOLE_DAY = Interval(time(0), time(23, 59))
# As printed, four times in three ways; none has 26 letters on both sides for the 26 bits.
WIEGAND_26 = "p" + "c" * 23 + "p:" + "e" * 13 + "o" * 14
WIEGAND_26_AGAIN = "p" + "c" * 23 + "p:" + "e" * 14 + "o" * 13

_SCHEDULE = {
    "MonTime1": Interval(time(0, 1), time(0, 3)),
    "MonTime2": Interval(time(10), time(11)),
}
_SCHEDULE_TEXT = " ".join(
    f"{slot}={ {'MonTime1': 65539, 'MonTime2': 65537100}.get(slot, 0) }"
    for slot in SLOTS
)
_VERIFY: dict[str, Cell] = {"TimezoneID": 1}
_VERIFY_TEXT = "TimezoneID=1"
for _slot in SLOTS:
    _first = _slot.endswith("1")
    _user, _door = (7, 5) if _slot == "MonTime1" else (255, 255)
    _VERIFY |= {
        _slot: WHOLE_DAY if _first else None,
        f"{_slot}VSUser": _user,
        f"{_slot}VSDoor": _door,
    }
    _VERIFY_TEXT += (
        f" {_slot}={2359 if _first else 0} {_slot}VSUser={_user} {_slot}VSDoor={_door}"
    )

_FORMAT: Mapping[str, Cell] = {
    "ID": 2,
    "CardBit": 26,
    "SiteCode": 0,
    "FormatName": "Wiegand 26",
    "CardFormat": WIEGAND_26,
}
_FORMAT_TEXT = (
    f"ID=2\tCardBit=26\tSiteCode=0\tFormatName=Wiegand 26\tCardFormat={WIEGAND_26}"
)

# A photo and a template of three bytes each.
PHOTO, PHOTO_TEXT = b"\xff\xd8\xff", "/9j/"
TEMPLATE, TEMPLATE_TEXT = b"\x00\x00\x00", "AAAA"

UPDATES: Final = (
    Example(
        "User Information",
        t.USER,
        _tabs(
            "DATA UPDATE user | CardNo= Pin=1 Password=234 Group=0 StartTime=0 EndTime=0 Name= Privilege=0"
        ),
        (
            {
                "CardNo": None,
                "Pin": "1",
                "Password": "234",
                "Group": 0,
                "StartTime": None,
                "EndTime": None,
                "Name": "",
                "Privilege": 0,
            },
        ),
    ),
    Example(
        "Extended User Information",
        t.EXTENDED_USER,
        _tabs(
            "DATA UPDATE extuser | Pin=1 FunSwitch=1 FirstName= LastName= PersonalVS=0"
        ),
        (
            {
                "Pin": "1",
                "FunSwitch": frozenset({1}),
                "FirstName": "",
                "LastName": "",
                "PersonalVS": 0,
            },
        ),
    ),
    Example(
        "MulCardUser Information",
        t.CARD,
        _tabs(
            "DATA UPDATE mulcarduser | Pin=1 CardNo=CC9932DD LossCardFlag=0 CardType=0"
        ),
        ({"Pin": "1", "CardNo": "CC9932DD", "LossCardFlag": False, "CardType": 0},),
    ),
    Example(
        "MulCardUser Information",
        t.CARD,
        _tabs(
            "DATA UPDATE mulcarduser | Pin=1 CardNo=CC9932DD LossCardFlag=0 CardType=0 CardBit=26 SiteCode=10010 IMIE=356591106"
        ),
        (
            {
                "Pin": "1",
                "CardNo": "CC9932DD",
                "LossCardFlag": False,
                "CardType": 0,
                "CardBit": 26,
                "SiteCode": 10010,
                "IMIE": "356591106",
            },
        ),
    ),
    Example(
        "Identity Card Information",
        t.IDENTITY_CARD,
        "DATA UPDATE identitycard Pin=1\tSN_Num=12345\tID_Num=67890x\tDN_Num=\tName=Zoë Zimmer\tGender=1\tNation=1"
        "\tBirthday=19911218\tValidInfo=2013091220230912\tAddress=1 Any Street, Any Town\tAdditionalInfo="
        "\tIssuer=Any Town\tPhoto=/9j/\tPhotoJPG=/9j/\tFP_Template1=AAAA\tFP_Template2=AAAA\tReserve=\tNotice=",
        (
            {
                "Pin": "1",
                "SN_Num": "12345",
                "ID_Num": "67890x",
                "DN_Num": "",
                "Name": "Zoë Zimmer",
                "Gender": 1,
                "Nation": 1,
                "Birthday": date(1991, 12, 18),
                "Valid_Info": "2013091220230912",
                "Address": "1 Any Street, Any Town",
                "Additional_Info": "",
                "Issuer": "Any Town",
                "Photo": PHOTO,
                "PhotoJPG": PHOTO,
                "FP_Template1": TEMPLATE,
                "FP_Template2": TEMPLATE,
                "Reserve": "",
                "Notice": "",
            },
        ),
        sent="DATA UPDATE identitycard Pin=1\tSN_Num=12345\tID_Num=67890x\tDN_Num=\tName=Zoë Zimmer\tGender=1\tNation=1"
        "\tBirthday=19911218\tValid_Info=2013091220230912\tAddress=1 Any Street, Any Town\tAdditional_Info="
        "\tIssuer=Any Town\tPhoto=/9j/\tPhotoJPG=/9j/\tFP_Template1=AAAA\tFP_Template2=AAAA\tReserve=\tNotice=",
        slip="The format has Valid_Info and Additional_Info.",
    ),
    Example(
        "User's Access Control Privilege",
        t.RIGHT,
        _tabs(
            "DATA UPDATE userauthorize | Pin=1 AuthorizeTimezoneId=1 AuthorizeDoorId=1 DevID=1"
        ),
        ({"Pin": "1", "AuthorizeTimezoneId": 1, "AuthorizeDoorId": 1, "DevID": 1},),
    ),
    Example(
        "Holiday",
        t.HOLIDAY,
        _tabs("DATA UPDATE holiday | Holiday=20100101 HolidayType=1 Loop=1"),
        ({"Holiday": date(2010, 1, 1), "HolidayType": 1, "Loop": 1},),
    ),
    Example(
        "Time Rule",
        t.TIME_ZONE,
        _tabs(f"DATA UPDATE timezone | TimeZoneId=2 {_SCHEDULE_TEXT}"),
        ({"TimezoneId": 2, **{slot: _SCHEDULE.get(slot) for slot in SLOTS}},),
        sent=_tabs(f"DATA UPDATE timezone | TimezoneId=2 {_SCHEDULE_TEXT}"),
        slip="The format has TimezoneId.",
    ),
    Example(
        "Fingerprint Template",
        t.FINGERPRINT,
        _tabs("DATA UPDATE templatev10 | Pin=1 FingerID=6 Valid=1 Template=AAAA"),
        ({"Pin": "1", "FingerID": 6, "Valid": 1, "Template": TEMPLATE},),
    ),
    Example(
        "First-card Opening Information",
        t.FIRST_CARD,
        _tabs("DATA UPDATE firstcard | DoorID=1 TimezoneID=1 Pin=1 DevID=1"),
        ({"DoorID": 1, "TimezoneID": 1, "Pin": "1", "DevID": 1},),
    ),
    Example(
        "Multi-card Opening Information",
        t.MULTI_CARD,
        _tabs(
            "DATA UPDATE multimcard | Index=1 DoorId=1 Group1=1 Group2=3 Group3= Group4= Group5= DevID=1"
        ),
        (
            {
                "Index": 1,
                "DoorId": 1,
                "Group1": 1,
                "Group2": 3,
                "Group3": None,
                "Group4": None,
                "Group5": None,
                "DevID": 1,
            },
        ),
    ),
    Example(
        "Linkage Details",
        t.LINKAGE,
        _tabs(
            "DATA UPDATE inoutfun | Index=1 EventType=204 InAddr=0 OutType=0 OutAddr=1 OutTime=0 Reserved=0 InDevID=14 OutDevID=14"
        ),
        (
            {
                "Index": 1,
                "EventType": 204,
                "InAddr": 0,
                "OutType": 0,
                "OutAddr": 1,
                "OutTime": 0,
                "Reserved": 0,
                "InDevID": 14,
                "OutDevID": 14,
            },
        ),
    ),
    Example(
        "Scheduled Output Information",
        t.OUTPUT,
        _tabs(
            "DATA UPDATE outrelaysetting | Num=1 OutType=1 ActionType=0 TimezoneId=1 DevID=14"
        ),
        ({"Num": 1, "OutType": 1, "ActionType": 0, "TimezoneId": 1, "DevID": 14},),
    ),
    Example(
        "DLST Information",
        t.DAYLIGHT_SAVING,
        _tabs(
            "DATA UPDATE DSTSetting | Year=2018 StartTime=03020517 EndTime=08020508 Loop=1"
        ),
        (
            {
                "Year": 2018,
                "StartTime": DstMoment(3, 2, 5, 17),
                "EndTime": DstMoment(8, 2, 5, 8),
                "Loop": True,
            },
        ),
    ),
    Example(
        "Device Property",
        t.DEVICE,
        _tabs(
            "DATA UPDATE DevProperty | ID=14 Type=0 BusType=0 MachineType=28 Address=0 Mac= IPAddress=192.168.223.222 SN=DDG7050067042500078 IsMaster=0"
        ),
        (
            {
                "ID": 14,
                "Type": 0,
                "BusType": 0,
                "MachineType": 28,
                "Address": 0,
                "Mac": "",
                "IPAddress": "192.168.223.222",
                "SN": "DDG7050067042500078",
                "IsMaster": 0,
            },
        ),
    ),
    Example(
        "Device Parameter",
        t.DEVICE_PARAMETER,
        _tabs("DATA UPDATE DevParameters | ID=14 Name=IsSupportReaderEncrypt Value=0"),
        ({"ID": 14, "Name": "IsSupportReaderEncrypt", "Value": "0"},),
    ),
    Example(
        "Door Property",
        t.DOOR,
        _tabs("DATA UPDATE DoorProperty | ID=1 DevID=14 Address=1 Disable=0"),
        ({"ID": 1, "DevID": 14, "Address": 1, "Disable": False},),
    ),
    Example(
        "Door Parameter",
        t.DOOR_PARAMETER,
        _tabs("DATA UPDATE DoorParameters | ID=1 Name=MaskFlag Value=0 DevID=14"),
        ({"ID": 1, "Name": "MaskFlag", "Value": "0", "DevID": 14},),
    ),
    Example(
        "Reader Property",
        t.READER,
        _tabs(
            "DATA UPDATE ReaderProperty | ID=1 DoorID=1 Type=2 Address=1 IPAddress= Port=4376 MAC= InOut=0 Disable=0 VerifyType=0 Multicast= DevID=14 OfflineRefuse=0"
        ),
        (
            {
                "ID": 1,
                "DoorID": 1,
                "Type": frozenset({2}),
                "Address": 1,
                "IPAddress": None,
                "Port": 4376,
                "MAC": "",
                "InOut": 0,
                "Disable": False,
                "VerifyType": 0,
                "Multicast": None,
                "DevID": 14,
                "OfflineRefuse": False,
            },
        ),
    ),
    Example(
        "Reader Parameter",
        t.READER_PARAMETER,
        _tabs("DATA UPDATE ReaderParameters | ID=1 DevID=1 Name=MaskFlag Value=1"),
        ({"ID": 1, "DevID": 1, "Name": "MaskFlag", "Value": "1"},),
    ),
    Example(
        "Auxiliary Input Property",
        t.AUX_INPUT,
        _tabs("DATA UPDATE AuxIn | ID=1 DevID=14 Address=1 Disable=0"),
        ({"ID": 1, "DevID": 14, "Address": 1, "Disable": False},),
    ),
    Example(
        "Auxiliary Output Property",
        t.AUX_OUTPUT,
        _tabs("DATA UPDATE AuxOut | ID=1 DevID=14 Address=1 Disable=0"),
        ({"ID": 1, "DevID": 14, "Address": 1, "Disable": False},),
    ),
    Example(
        "Default Wiegand Format",
        t.DEFAULT_FORMAT,
        f"DATA UPDATE DefaultWGFormat {_FORMAT_TEXT}",
        (_FORMAT,),
    ),
    Example(
        "Wiegand Format",
        t.FORMAT,
        f"DATA UPDATE WGFormat {_FORMAT_TEXT.replace(WIEGAND_26, WIEGAND_26_AGAIN)}",
        ({**_FORMAT, "CardFormat": WIEGAND_26_AGAIN},),
    ),
    Example(
        "Wiegand Format of Wiegand Reader",
        t.READER_FORMAT,
        _tabs(
            "DATA UPDATE ReaderWGFormat | ReaderID=1 DevID=14 WGFormatID=2 ParityVerifyDisable=0 ReversalType=0"
        ),
        (
            {
                "ReaderID": 1,
                "DevID": 14,
                "WGFormatID": 2,
                "ParityVerifyDisable": False,
                "ReversalType": 0,
            },
        ),
    ),
    Example(
        "Input Control (by Time Period) Information",
        t.INPUT,
        _tabs("DATA UPDATE InputIOSetting | Number=1 InType=0 TimeZoneId=1 DevID=14"),
        ({"Number": 1, "InType": 0, "TimeZoneId": 1, "DevID": 14},),
    ),
    Example(
        "Verification Modes in Different Time Periods",
        t.VERIFY,
        _tabs(f"DATA UPDATE DiffTimezoneVS | {_VERIFY_TEXT}"),
        (_VERIFY,),
    ),
    Example(
        "Verification Modes for Different Doors in Different Periods",
        t.DOOR_VERIFY,
        _tabs("DATA UPDATE DoorVSTimezone | DoorID=4 TimezoneID=1 DevID=14"),
        ({"DoorID": 4, "TimezoneID": 1, "DevID": 14},),
    ),
    Example(
        "Verification Modes for Different Users in Different Periods",
        t.USER_VERIFY,
        _tabs("DATA UPDATE PersonalVSTimezone | PIN=1 DoorID=4 TimezoneID=1 DevID=14"),
        ({"PIN": "1", "DoorID": 4, "TimezoneID": 1, "DevID": 14},),
    ),
    Example(
        "Super User Privilege",
        t.SUPER_USER,
        _tabs("DATA UPDATE SuperAuthorize | Pin=1 DoorID=4 DevID=14"),
        ({"Pin": "1", "DoorID": 4, "DevID": 14},),
    ),
    Example(
        "User Photo",
        t.USER_PHOTO,
        _tabs("DATA UPDATE userpic | pin=2 size=4 content=/9j/"),
        ({"pin": "2", "size": 4, "content": PHOTO},),
    ),
    Example(
        "Unified Template",
        t.BIO_DATA,
        _tabs(
            "DATA UPDATE biodata | Pin=2 No=0 Index=0 Valid=1 Duress=0 Type=9 Majorver=5 Minorver=8 Format=0 Tmp=AAAA"
        ),
        (
            {
                "Pin": "2",
                "No": 0,
                "Index": 0,
                "Valid": True,
                "Duress": False,
                "Type": 9,
                "MajorVer": 5,
                "MinorVer": 8,
                "Format": 0,
                "Tmp": TEMPLATE,
            },
        ),
        sent=_tabs(
            "DATA UPDATE biodata | Pin=2 No=0 Index=0 Valid=1 Duress=0 Type=9 MajorVer=5 MinorVer=8 Format=0 Tmp=AAAA"
        ),
        slip="The format has MajorVer and MinorVer, which its history says is a correction.",
    ),
    Example(
        "Unified Template",
        t.BIO_DATA,
        "DATA UPDATE biodata Pin=1\tNo=0\tType=9\tIndex=0\tValid=1\tDuress=0\tTmp=AAAA"
        "\nPin=2\tNo=0\tType=9\tIndex=0\tValid=1\tDuress=0\tTmp=AAAA"
        "\nPin=3\tNo=0\tType=9\tIndex=0\tValid=1\tDuress=0\tTmp=AAAA",
        tuple(
            {
                "Pin": pin,
                "No": 0,
                "Index": 0,
                "Valid": True,
                "Duress": False,
                "Type": 9,
                "Tmp": TEMPLATE,
            }
            for pin in "123"
        ),
        sent="DATA UPDATE biodata Pin=1\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tTmp=AAAA"
        "\nPin=2\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tTmp=AAAA"
        "\nPin=3\tNo=0\tIndex=0\tValid=1\tDuress=0\tType=9\tTmp=AAAA",
        slip="The format has Type after Duress.",
    ),
    Example(
        "Elevator Control Privilege Group",
        t.ELEVATOR,
        _tabs(
            "DATA UPDATE biodata | Pin=2 AuthorizeTimezoneId=1 AuthorizeFloorId=1 AuthorizeFloors=180"
        ),
        (
            {
                "Pin": "2",
                "AuthorizeTimezoneId": 1,
                "AuthorizeFloorId": 1,
                "AuthorizeFloors": frozenset({8, 9}),
            },
        ),
        sent=_tabs(
            "DATA UPDATE userleauthorize | Pin=2 AuthorizeTimezoneId=1 AuthorizeFloorId=1 AuthorizeFloors=180"
        ),
        slip="The format has userleauthorize; biodata was left over from the section before.",
    ),
    Example(
        "Expansion Board Property",
        t.BOARD,
        _tabs(
            "DATA UPDATE | ExtBoardID=1 DevID=1 DevType=101 BusType=0 Address=4 Disable=0"
        ),
        (
            {
                "ExtBoardID": 1,
                "DevID": 1,
                "DevType": 101,
                "BusType": 0,
                "Address": 4,
                "Disable": False,
            },
        ),
        sent=_tabs(
            "DATA UPDATE ExtBoardID | ExtBoardID=1 DevID=1 DevType=101 BusType=0 Address=4 Disable=0"
        ),
        slip="The format has a table of this name before the fields.",
    ),
    Example(
        "Expansion Board Configuration",
        t.BOARD_PORT,
        _tabs("DATA UPDATE | ExtBoardID=1 ReactType=1 EntityID=1 SeqNo=1"),
        ({"ExtBoardID": 1, "ReactType": 1, "EntityID": 1, "SeqNo": 1},),
        sent=_tabs(
            "DATA UPDATE ExtBoardID | ExtBoardID=1 ReactType=1 EntityID=1 SeqNo=1"
        ),
        slip="The format has a table of this name before the fields.",
    ),
    Example(
        "Wiegand Format Information",
        t.FORMAT,
        f"DATA UPDATE WGFormat ID=2\tCardBit=26\tSiteCode=0\tFormatName=Wiegand26\tCardFormat={WIEGAND_26[1:]}",
        ({**_FORMAT, "FormatName": "Wiegand26", "CardFormat": WIEGAND_26[1:]},),
    ),
    Example(
        "Wiegand Format Information",
        t.FORMAT,
        f"DATA UPDATE WGFormat ID=2\tCardBit=26\tSiteCode=0\tFormatName= Wiegand26\tCardFormat={WIEGAND_26[1:]}"
        f"\tExtSiteCode=1000;2000\tExtParityFormat={'x' * 30};{'x' * 24} {'x' * 25}o\tIsDefault=0",
        (
            {
                **_FORMAT,
                "FormatName": "Wiegand26",
                "CardFormat": WIEGAND_26[1:],
                "ExtSiteCode": "1000;2000",
                "ExtParityFormat": f"{'x' * 30};{'x' * 49}o",
                "IsDefault": False,
            },
        ),
        sent=f"DATA UPDATE WGFormat ID=2\tCardBit=26\tSiteCode=0\tFormatName=Wiegand26\tCardFormat={WIEGAND_26[1:]}"
        f"\tExtSiteCode=1000;2000\tExtParityFormat={'x' * 30};{'x' * 49}o\tIsDefault=0",
        slip="The spaces in values are where printed lines end.",
    ),
    Example(
        "Contact List Basic Information",
        t.CONTACT,
        _tabs(
            "DATA UPDATE contact_info | ContactID=1 Pin=1000 GroupName=1#101 DisplayName=Zoë PassCode=123456"
        ),
        (
            {
                "ContactID": 1,
                "Pin": "1000",
                "GroupName": "1#101",
                "DisplayName": "Zoë",
                "PassCode": "123456",
            },
        ),
    ),
    Example(
        "Contact Number List",
        t.CONTACT_NUMBER,
        _tabs(
            "DATA UPDATE contact_number_list | ContactID=1 NumType=1 Number=5550100 Priority=1 PatternID=1"
        ),
        (
            {
                "ContactID": 1,
                "NumType": 1,
                "Number": "5550100",
                "Priority": 1,
                "PatternID": 1,
            },
        ),
    ),
    Example(
        "Contact Number Rule List",
        t.CONTACT_PATTERN,
        _tabs(
            "DATA UPDATE contact_number_pattern_list | PatternID=1 Pattern=9[1-9] Strip=2 PatternID=1"
        ),
        ({"PatternID": 1, "Pattern": "9[1-9]", "Strip": 2},),
        sent=_tabs(
            "DATA UPDATE contact_number_pattern_list | PatternID=1 Pattern=9[1-9] Strip=2"
        ),
        slip="PatternID twice; the format ends with Prepend.",
    ),
    Example(
        "5. Authorization",
        t.SUB_CONTROLLER,
        _tabs("DATA UPDATE DeviceAuthorize | SN=DDG7050067042500078 IsAuthorize=1"),
        ({"SN": "DDG7050067042500078", "IsAuthorize": 1},),
    ),
)


def _delete(
    heading: str, table: Table, fields: str, row: Row, *, name: str = "", slip: str = ""
) -> Example:
    head = f"DATA DELETE {name or table.name} | {fields}"
    sent = _tabs(f"DATA DELETE {table.name} | {fields}") if slip else ""
    return Example(heading, table, _tabs(head), (row,), sent, slip)


DELETES: Final = (
    _delete("User Information", t.USER, "Pin=1", {"Pin": "1"}),
    _delete("Extended User Information", t.EXTENDED_USER, "Pin=1", {"Pin": "1"}),
    _delete("Multi-card User", t.CARD, "Pin=1", {"Pin": "1"}),
    _delete("User's Access Control Privilege", t.RIGHT, "Pin=1", {"Pin": "1"}),
    # Printed with the user.
    _delete("Fingerprint Template", t.FINGERPRINT, "Pin=1", {"Pin": "1"}),
    _delete(
        "Fingerprint Template",
        t.FINGERPRINT,
        "Pin=1 FingerID=6",
        {"Pin": "1", "FingerID": 6},
    ),
    _delete("Time Period", t.TIME_ZONE, "TimezoneId=1", {"TimezoneId": 1}),
    _delete("First-card Opening Record", t.FIRST_CARD, "DoorID=1", {"DoorID": 1}),
    _delete("First-card Opening Record", t.FIRST_CARD, "Pin=1", {"Pin": "1"}),
    _delete("Multi-card Opening Record", t.MULTI_CARD, "Index=1", {"Index": 1}),
    _delete("Linkage Details", t.LINKAGE, "Index=1", {"Index": 1}),
    _delete("Scheduled Output", t.OUTPUT, "Num=1", {"Num": 1}),
    _delete("Default Wiegand Format", t.DEFAULT_FORMAT, "ID=1", {"ID": 1}),
    _delete("Default Wiegand Format", t.DEFAULT_FORMAT, "CardBit=26", {"CardBit": 26}),
    _delete("Wiegand Format", t.FORMAT, "ID=1", {"ID": 1}),
    _delete("Wiegand Format", t.FORMAT, "CardBit=26", {"CardBit": 26}),
    _delete(
        "Reader Wiegand Format",
        t.READER_FORMAT,
        "ReaderID=1",
        {"ReaderID": 1},
        name="WGFormat",
        slip="Readers have a table of their own; that of formats has no such field.",
    ),
    _delete(
        "Reader Wiegand Format",
        t.READER_FORMAT,
        "DevID=24",
        {"DevID": 24},
        name="WGFormat",
        slip="Readers have a table of their own; that of formats has no such field.",
    ),
    _delete(
        "Verification Modes in Different Time Periods",
        t.VERIFY,
        "TimezoneID=1",
        {"TimezoneID": 1},
    ),
    _delete(
        "Door's Verification Modes in Different Time Periods",
        t.DOOR_VERIFY,
        "DoorID=1",
        {"DoorID": 1},
    ),
    _delete(
        "User's Verification Modes in Different Time Periods",
        t.USER_VERIFY,
        "PIN=1",
        {"PIN": "1"},
    ),
    _delete(
        "User's Verification Modes in Different Time Periods",
        t.USER_VERIFY,
        "PIN=1 DoorID=1",
        {"PIN": "1", "DoorID": 1},
    ),
    _delete("Super User Privilege", t.SUPER_USER, "Pin=1", {"Pin": "1"}),
    _delete(
        "Contact List Basic Information", t.CONTACT, "ContactID=1", {"ContactID": 1}
    ),
    _delete("Contact Number List", t.CONTACT_NUMBER, "ContactID=1", {"ContactID": 1}),
    _delete(
        "Contact Number List",
        t.CONTACT_NUMBER,
        "ContactID=1 NumType=1",
        {"ContactID": 1, "NumType": 1},
    ),
    _delete(
        "Contact Number Rule List", t.CONTACT_PATTERN, "PatternID=1", {"PatternID": 1}
    ),
    # No examples, but formats.
    _delete("Comparison Photo", t.BIO_PHOTO, "PIN=1", {"PIN": "1"}),
    _delete("User Photo", t.USER_PHOTO, "pin=1", {"pin": "1"}),
    _delete(
        "Unified Template",
        t.BIO_DATA,
        "Type=9 Pin=1 No=0",
        {"Type": 9, "Pin": "1", "No": 0},
    ),
    _delete(
        "5. Authorization",
        t.SUB_CONTROLLER,
        "SN=DDG7050067042500078",
        {"SN": "DDG7050067042500078"},
    ),
)

WIPES: Final = {
    "Access Control Record": "DATA DELETE transaction *",
    "Holiday": "DATA DELETE holiday *",
    "DLST Record": "DATA DELETE DSTSetting *",
    "Device Property": "DATA DELETE DevProperty *",
    "Device Parameter": "DATA DELETE DevParameters *",
    "Door Property": "DATA DELETE DoorProperty *",
    "Door Parameter": "DATA DELETE DoorParameters *",
    # Without the space.
    "Reader Property": "DATA DELETE ReaderProperty*",
    "Reader Parameter": "DATA DELETE ReaderParameters *",
    "Auxiliary Input": "DATA DELETE AuxIn *",
    "Auxiliary Output": "DATA DELETE AuxOut *",
    "Input Control (by Time Period)": "DATA DELETE InputIOSetting *",
}
"""Printed, and never sent."""

COUNTS: Final = (
    Example("User Count", t.USER, "DATA COUNT user", ()),
    Example("Comparison Photo Count", t.BIO_PHOTO, "DATA COUNT biophoto", ()),
    Example(
        "Comparison Photo Count",
        t.BIO_PHOTO,
        "DATA COUNT biophoto Type=9",
        ({"Type": 9},),
    ),
    Example("Unified Template Count", t.BIO_DATA, "DATA COUNT biodata", ()),
    # No examples: the table's name changes, says the document.
    Example("Access Control Record Count", t.TRANSACTION, "DATA COUNT transaction", ()),
    Example(
        "Fingerprint Template Count",
        t.FINGERPRINT,
        "DATA COUNT templatev10",
        (),
        slip="The document repeats transaction.",
    ),
)

_ALL_OF = "DATA QUERY tablename={},fielddesc=*,filter=*"
QUERIES: Final = (
    Example("User", t.USER, _ALL_OF.format("user"), ()),
    # No example: the table's name changes, says the document.
    Example("Fingerprint Template", t.FINGERPRINT, _ALL_OF.format("templatev10"), ()),
    Example(
        "Access Control Record",
        t.TRANSACTION,
        _ALL_OF.format("user"),
        (),
        sent=_ALL_OF.format("transaction"),
        slip="The answer and the text before have transaction.",
    ),
    Example("Wi-Fi List", t.ACCESS_POINT, _ALL_OF.format("[APList]"), ()),
    Example("Comparison Photo", t.BIO_PHOTO, _ALL_OF.format("biophoto"), ()),
    Example(
        "Unified Template",
        t.BIO_DATA,
        "DATA QUERY tablename=biodata,fielddesc=*,filter=Type=9",
        ({"Type": 9},),
    ),
    Example(
        "Unified Template",
        t.BIO_DATA,
        r"DATA QUERY tablename=biodata,fielddesc=\*,filter=Type=9\tPin=1",
        ({"Type": 9, "Pin": "1"},),
        sent="DATA QUERY tablename=biodata,fielddesc=*,filter=Type=9\tPin=1",
        slip="The backslashes are left over from program text.",
    ),
    Example(
        "Unified Template",
        t.BIO_DATA,
        r"DATA QUERY tablename=biodata,fielddesc=\*,filter=Type=1\tPin=1\tNo=6",
        ({"Type": 1, "Pin": "1", "No": 6},),
        sent="DATA QUERY tablename=biodata,fielddesc=*,filter=Type=1\tPin=1\tNo=6",
        slip="The backslashes are left over from program text.",
    ),
)

_UPLOADED_USER: Mapping[str, Cell] = {
    "uid": 5,
    "CardNo": None,
    "Pin": "4",
    "Password": "",
    "Group": 1,
    "StartTime": None,
    "EndTime": None,
    "Name": "",
    "Privilege": 0,
    "Disable": False,
    "Verify": 0,
}
_UPLOADED_FACE: Mapping[str, Cell] = {
    "Pin": "1",
    "No": 0,
    "Index": 0,
    "Valid": True,
    "Duress": False,
    "Type": 1,
    "MajorVer": 10,
    "MinorVer": 0,
    "Format": 0,
    "Tmp": TEMPLATE,
}
_FACE_TEXT = _tabs(
    "biodata | pin={} no=0 index=0 valid=1 duress=0 type={} majorver={} minorver=0 format=0 tmp=AAAA"
)
UPLOADS: Final = (
    Example(
        "7.5",
        t.USER,
        _tabs(
            "user | uid=5 cardno= pin=4 password= group=1 starttime=0 endtime=0 name= privilege=0 disable=0 verify=0"
        ),
        (_UPLOADED_USER,),
    ),
    Example(
        "7.6",
        t.IDENTITY_CARD,
        "identitycard pin=1\tSN_Num=12345\tIDNum=67890x\tDNNum=\tName=Zoë Zimmer\tGender=1\tNation=1\tBirthday=19911218"
        "\tValidInfo=2013091220230912\tAddress=1 Any Street, Any Town\tAdditionalInfo=\tIssuer=Any Town\tPhoto=/9j/"
        "\tPhotoJPG=/9j/\tFPTemplate1=AAAA\tFPTemplate2=AAAA\tReserve=\tNotice=",
        UPDATES[4].rows,
    ),
    Example(
        "7.7",
        t.FINGERPRINT,
        _tabs(
            "templatev10 | size=4 uid=4 pin=4 fingerid=7 valid=1 template=AAAA resverd= endtag="
        )
        + "\n"
        + _tabs(
            "templatev10 | size=4 uid=3 pin=4 fingerid=6 valid=1 template=AAAA resverd= endtag="
        ),
        tuple(
            {
                "size": 4,
                "uid": row,
                "Pin": "4",
                "FingerID": finger,
                "Valid": 1,
                "Template": TEMPLATE,
                "resverd": "",
                "endtag": "",
            }
            for row, finger in ((4, 7), (3, 6))
        ),
    ),
    Example(
        "7.8",
        t.BIO_PHOTO,
        _tabs("biophoto | pin=1 filename=1.jpg type=9 size=4 content=/9j/"),
        (
            {
                "PIN": "1",
                "filename": "1.jpg",
                "Type": 9,
                "Size": 4,
                "Content": PHOTO,
            },
        ),
    ),
    Example(
        "7.9",
        t.SNAPSHOT,
        "pin=20181003143617-22.jpg\tsn=1809140006\tsize=22701\tphoto=/9j/",
        (
            {
                "pin": "20181003143617-22.jpg",
                "sn": "1809140006",
                "size": 22701,
                "photo": PHOTO,
            },
        ),
    ),
    Example(
        "7.10",
        t.USER_PHOTO,
        _tabs("userpic | pin=1 filename=1.jpg size=22320 content=/9j/"),
        ({"pin": "1", "filename": "1.jpg", "size": 22320, "content": PHOTO},),
    ),
    Example(
        "7.11",
        t.BIO_DATA,
        _FACE_TEXT.format(1, 8, 5),
        ({**_UPLOADED_FACE, "Type": 8, "MajorVer": 5},),
    ),
    Example(
        "7.12",
        t.ERROR,
        _tabs(
            "errorlog | errcode=D01E0001 errmsg= dataorigin=cmd cmdid=123 additional="
        ),
        (
            {
                "errcode": "D01E0001",
                "errmsg": "",
                "dataorigin": "cmd",
                "cmdid": 123,
                "additional": None,
            },
        ),
    ),
    Example(
        "9.1.4 User",
        t.USER,
        "\n".join(
            _tabs(
                f"user | uid={n} cardno= pin={n} password={word} group=1 starttime=0 endtime=0 name= privilege=0 disable=0 verify=0"
            )
            for n, word in ((1, ""), (2, "1"), (3, ""))
        ),
        tuple(
            {**_UPLOADED_USER, "uid": n, "Pin": str(n), "Password": word}
            for n, word in ((1, ""), (2, "1"), (3, ""))
        ),
    ),
    Example(
        "9.1.4 Access Control Record",
        t.TRANSACTION,
        _tabs(
            "transaction | cardno=0 pin=0 verified=200 doorid=1 eventtype=100 inoutstate=2 time_second=548003688 index=92 sitecode=0 devid=1 sn=3383154200002"
        ),
        (
            {
                "cardno": None,
                "pin": "0",
                "verified": "200",
                "doorid": 1,
                "eventtype": 100,
                "inoutstate": 2,
                "time_second": datetime(2017, 1, 19, 15, 14, 48),
                "index": 92,
                "sitecode": 0,
                "devid": 1,
                "sn": "3383154200002",
            },
        ),
    ),
    Example(
        "9.1.4 Wi-Fi List",
        t.ACCESS_POINT,
        # Printed with placeholders.
        _tabs("APList | ecn=0 ssid=attic rssi=-62 mac=00:17:61:00:00:01"),
        ({"ecn": 0, "ssid": "attic", "rssi": -62, "mac": "00:17:61:00:00:01"},),
    ),
    Example(
        "9.1.4 Comparison Photo",
        t.BIO_PHOTO,
        _tabs("biophoto | pin=123 filename=123.jpg type=9 size=95040 content=/9j/"),
        (
            {
                "PIN": "123",
                "filename": "123.jpg",
                "Type": 9,
                "Size": 95040,
                "Content": PHOTO,
            },
        ),
    ),
    Example(
        "9.1.4 Unified Template",
        t.BIO_DATA,
        "\n".join(_FACE_TEXT.format(pin, 1, 10) for pin in (1, 123)),
        ({**_UPLOADED_FACE}, {**_UPLOADED_FACE, "Pin": "123"}),
    ),
)

WITHOUT_EXAMPLE: Final = {
    "Comparison Photo": t.BIO_PHOTO,
    "Time Rule and Passing Mode": t.PASSAGE,
    "NTP Server Information": t.NTP,
}
"""Headings of section 9.1.1 that print no example, only a format."""
