"""The tables of a PUSH device about people: who they are, what they are known by, and where they may go when.

Lives here: which fields these tables have (Security PUSH 3.1.2 sections 7 and 9.1). Not here: all other tables
(`device_tables`, `table_list`), what is done with them (`tables`), what the fields mean to a person (`people`).

The document names no keys: they are the conditions of its deletions, and whatever else tells two rows apart. Capitals are
as it spells them in the format of the command.
"""

from typing import Final

from .codes import Biometric
from .kinds import (
    Bits,
    Card,
    Choice,
    Day,
    Hexadecimal,
    Moment,
    Number,
    Text,
    Validity,
    Window,
)
from .registration import Feature
from .table_parts import (
    ALL_FOUR,
    BIOMETRIC,
    CHANGED,
    DAYS,
    DEVICE_ID,
    DEVICE_KEY,
    DIGITS,
    NUMBER,
    PHOTO,
    PIN,
    POSITIVE,
    STYLE,
    SWITCH,
    TEMPLATE,
    TEXT,
    UPDATED,
    URL,
    USER_ID,
    WIEGAND_2,
    key,
    own,
    table,
    week,
)
from .tables import Field

# Who, and who may what when

USER: Final = table(
    "user",
    "users",
    ("7.5", *ALL_FOUR),
    own("uid", NUMBER),
    # Not where cards have a table of their own.
    Field("CardNo", Card()),
    PIN,
    # Section 7.5 says up to 6; `Limits` has 8.
    Field("Password", Text(8, "[0-9]*", "digits")),
    # The printed example has 0.
    Field("Group", Number(0, 255), default=1),
    Field("StartTime", Validity()),
    Field("EndTime", Validity()),
    # 24 bytes without Feature.LONG_NAMES.
    Field("Name", Text(48)),
    Field("Privilege", Choice(0, 2, 6, 10, 14)),
    # The last two are printed in section 7.5 only.
    Field("Disable", SWITCH, needs=("DisableUserFunOn",)),
    Field("Verify", STYLE),
)
EXTENDED_USER: Final = table(
    "extuser",
    "more about users: longer opening, visitors, way to verify",
    CHANGED,
    PIN,
    # 1 longer opening, 2 a visitor.
    Field("FunSwitch", Bits(2)),
    Field("FirstName", TEXT),
    Field("LastName", TEXT),
    Field("PersonalVS", STYLE),
)
CARD: Final = table(
    "mulcarduser",
    "several cards of a user",
    CHANGED,
    PIN,
    # Printed in capitals; an owner found his controller to know small letters only.
    key("CardNo", Hexadecimal(16)),
    Field("LossCardFlag", SWITCH),
    # 0 the main card, 1 another.
    Field("CardType", Choice(0, 1)),
    Field("CardBit", Number(0, 256), needs=WIEGAND_2),
    Field("SiteCode", NUMBER, needs=WIEGAND_2),
    Field("IMIE", DIGITS, needs=WIEGAND_2),
    needs=(Feature.MULTIPLE_CARDS, "MulCardUserFunOn"),
)
IDENTITY_CARD: Final = table(
    "identitycard",
    "Chinese identity cards",
    ("7.6", *UPDATED),
    PIN,
    Field("SN_Num", TEXT),
    Field("ID_Num", TEXT),
    Field("DN_Num", TEXT),
    Field("Name", TEXT),
    Field("Gender", Number(0, 9)),
    Field("Nation", Number(0, 98)),
    Field("Birthday", Day()),
    # Two dates, the first and the last day.
    Field("Valid_Info", TEXT),
    Field("Address", TEXT),
    Field("Additional_Info", TEXT),
    Field("Issuer", TEXT),
    Field("Photo", PHOTO),
    Field("PhotoJPG", PHOTO),
    Field("FP_Template1", TEMPLATE),
    Field("FP_Template2", TEMPLATE),
    Field("Reserve", TEXT),
    Field("Notice", TEXT),
    needs=(Feature.IDENTITY_CARDS,),
)
RIGHT: Final = table(
    "userauthorize",
    "who may open which doors when",
    CHANGED,
    PIN,
    key("AuthorizeTimezoneId", POSITIVE),
    # A bit for each door, or one door with Feature.AUTHORITY_PER_DOOR.
    key("AuthorizeDoorId", Number(1, 0xFFFFFFFF)),
    DEVICE_KEY,
    Field("StartTime", Moment(), needs=(Feature.PERMISSION_GROUP_VALIDITY,)),
    Field("EndTime", Moment(), needs=(Feature.PERMISSION_GROUP_VALIDITY,)),
)
HOLIDAY: Final = table(
    "holiday",
    "holidays",
    # All at once, as printed; the general format can name one.
    CHANGED,
    key("Holiday", Day()),
    Field("HolidayType", Number(1, 3)),
    # 1 every year, 2 once.
    Field("Loop", Choice(1, 2)),
)
TIME_ZONE: Final = table(
    "timezone",
    "weekly schedules",
    CHANGED,
    key("TimezoneId", POSITIVE),
    *week(("Time{}", Window()), days=DAYS, slots=3),
    Field("StartTime", Moment(), needs=(Feature.TIME_RULE_VALIDITY,)),
    Field("EndTime", Moment(), needs=(Feature.TIME_RULE_VALIDITY,)),
)
FIRST_CARD: Final = table(
    "firstcard",
    "whose card starts normal opening",
    CHANGED,
    key("DoorID", POSITIVE),
    key("TimezoneID", POSITIVE),
    PIN,
    DEVICE_KEY,
)
SUPER_USER: Final = table(
    "SuperAuthorize",
    "who may open doors at any time",
    CHANGED,
    PIN,
    key("DoorID", POSITIVE),
    DEVICE_ID,
    needs=(Feature.SUPER_USER_TABLE,),
)
VERIFY: Final = table(
    "DiffTimezoneVS",
    "weekly schedules of ways to verify",
    CHANGED,
    key("TimezoneID", POSITIVE),
    *week(
        ("Time{}", Window()),
        ("Time{}VSUser", STYLE),
        ("Time{}VSDoor", STYLE),
        days=DAYS,
        slots=3,
    ),
    needs=(Feature.USER_VERIFY_BY_TIME,),
)
DOOR_VERIFY: Final = table(
    "DoorVSTimezone",
    "which doors follow such a schedule",
    CHANGED,
    key("DoorID", POSITIVE),
    Field("TimezoneID", POSITIVE),
    DEVICE_ID,
    needs=(Feature.USER_VERIFY_BY_TIME,),
)
USER_VERIFY: Final = table(
    "PersonalVSTimezone",
    "which users follow such a schedule, at which doors",
    CHANGED,
    key("PIN", USER_ID),
    key("DoorID", POSITIVE),
    Field("TimezoneID", POSITIVE),
    DEVICE_ID,
    needs=(Feature.USER_VERIFY_BY_TIME,),
)
ELEVATOR: Final = table(
    "userleauthorize",
    "who may go to which floors when",
    UPDATED,
    PIN,
    Field("AuthorizeTimezoneId", POSITIVE, required=True),
    Field("AuthorizeFloorId", NUMBER),
    Field("AuthorizeFloors", Bits(256, hexadecimal=True)),
    DEVICE_ID,
    needs=(Feature.ELEVATOR_PRIVILEGE_GROUPS,),
)

# What people are known by

FINGERPRINT: Final = table(
    "templatev10",
    "fingerprints, of algorithms up to 10",
    ("7.7", *ALL_FOUR),
    own("size", NUMBER),
    own("uid", NUMBER),
    PIN,
    # Devices tell a finger under duress as 16 more, with Valid 1.
    key("FingerID", Number(0, 25)),
    # 0 not valid, 1 valid, 3 under duress.
    Field("Valid", Choice(0, 1, 3)),
    Field("Template", TEMPLATE, required=True),
    own("resverd", TEXT),
    own("endtag", TEXT),
    needs=("FingerFunOn",),
)
BIO_DATA: Final = table(
    "biodata",
    "templates of fingers, faces, palms and more",
    ("7.11", *ALL_FOUR),
    PIN,
    Field("No", Number(0, 9), key=True, default=0),
    Field("Index", Number(0, 255), key=True, default=0),
    Field("Valid", SWITCH, default=True),
    Field("Duress", SWITCH, default=False),
    Field("Type", BIOMETRIC, key=True, required=True),
    Field("MajorVer", Number(0, 255)),
    Field("MinorVer", Number(0, 255)),
    # 0 the vendor's, 1 ISO, 2 ANSI.
    Field("Format", Choice(0, 1, 2)),
    Field("Tmp", TEMPLATE, required=True),
    needs=("BioDataFun", "MultiBioDataSupport"),
)
# 0 in the field of the content, 1 at an address.
_DELIVERY: Final = Choice(0, 1)
BIO_PHOTO: Final = table(
    "biophoto",
    "photos that people are compared with",
    ("7.8", *ALL_FOUR),
    key("PIN", USER_ID),
    own("filename", TEXT),
    # Devices that know only faces need none.
    Field("Type", Choice(*(kind for kind in Biometric if kind < 10)), key=True),
    # Of the base64 text.
    Field("Size", NUMBER),
    Field("Content", PHOTO),
    Field("Format", _DELIVERY),
    Field("Url", URL),
    Field("PostBackTmpFlag", SWITCH, default=False),
    needs=("BioPhotoFun", "MultiBioPhotoSupport"),
)
USER_PHOTO: Final = table(
    "userpic",
    "photos of users",
    ("7.10", *CHANGED),
    key("pin", USER_ID),
    own("filename", TEXT),
    # Of the base64 text.
    Field("size", NUMBER),
    Field("format", _DELIVERY),
    Field("url", URL, needs=("UserPicURLFunOn",)),
    Field("content", PHOTO),
    needs=("PhotoFunOn", "UserPicURLFunOn"),
)

# Whom the video intercom calls

CONTACT: Final = table(
    "contact_info",
    "contacts",
    CHANGED,
    key("ContactID", NUMBER),
    Field("Pin", USER_ID),
    Field("GroupName", TEXT),
    Field("DisplayName", TEXT),
    Field("PassCode", DIGITS),
    needs=(Feature.VIDEO_INTERCOM_CONTACTS,),
)
CONTACT_NUMBER: Final = table(
    "contact_number_list",
    "numbers of contacts",
    CHANGED,
    key("ContactID", NUMBER),
    # 1 a phone, 2 an account, 3 an address.
    Field("NumType", Number(1, 3), key=True, required=True),
    Field("Number", TEXT, required=True),
    Field("Priority", Number(1)),
    # 0 none.
    Field("PatternID", NUMBER),
    needs=(Feature.VIDEO_INTERCOM_CONTACTS,),
)
CONTACT_PATTERN: Final = table(
    "contact_number_pattern_list",
    "rules for numbers",
    CHANGED,
    key("PatternID", POSITIVE),
    Field("Pattern", TEXT),
    Field("Strip", Number(1)),
    Field("Prepend", TEXT),
    needs=(Feature.VIDEO_INTERCOM_CONTACTS,),
)
