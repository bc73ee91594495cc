"""The tables of a PUSH device about itself: its doors, readers, inputs and outputs, and how they work together.

Lives here: which fields these tables have (Security PUSH 3.1.2 sections 5 and 9.1). Not here: all other tables
(`people_tables`, `table_list`), what is done with them (`tables`).

The document names no keys: they are the conditions of its deletions, and whatever else tells two rows apart. Capitals are
as it spells them in the format of the command.
"""

from typing import Final

from .kinds import Bits, Choice, Dst, Ipv4, Number, Text, Window
from .registration import Feature
from .table_parts import (
    CHANGED,
    DEVICE_ID,
    DEVICE_KEY,
    HOST,
    LETTERS,
    MAC,
    NUMBER,
    PARAMETER,
    POSITIVE,
    SERIAL,
    STYLE,
    SWITCH,
    TEXT,
    UPDATED,
    WEEKDAYS,
    WIEGAND_2,
    device,
    key,
    own,
    table,
    week,
)
from .tables import Field

# Devices and clocks

DEVICE: Final = table(
    "DevProperty",
    "devices behind this one",
    CHANGED,
    key("ID", NUMBER),
    # 0 a door unit, 1 Zigbee, 2 BioCom48.
    Field("Type", Choice(0, 1, 2)),
    # 0 RS-485 A, 1 RS-485 B, 2 Zigbee, 3 TCP/IP.
    Field("BusType", Choice(0, 1, 2, 3)),
    Field("MachineType", Number(0, 255)),
    Field("Address", Number(0, 255)),
    Field("Mac", MAC),
    Field("IPAddress", Ipv4()),
    Field("SN", SERIAL),
    # 0 a master, 1 a slave, says the document.
    Field("IsMaster", Choice(0, 1)),
)
DEVICE_PARAMETER: Final = table(
    "DevParameters",
    "settings of devices (appendix 12)",
    CHANGED,
    key("ID", NUMBER),
    key("Name", PARAMETER),
    Field("Value", TEXT),
)
SUB_CONTROLLER: Final = table(
    "DeviceAuthorize",
    "sub-controllers",
    ("5",),
    key("SN", SERIAL),
    own("Online", SWITCH),
    # 0 no, 1 in progress, 2 yes.
    Field("IsAuthorize", Choice(0, 1, 2)),
    own("AuthorizeInfo", Text(4096)),
    own("RegisterInfo", Text(4096)),
    needs=(Feature.AUTHORIZATION_TABLE,),
)
DAYLIGHT_SAVING: Final = table(
    "DSTSetting",
    "daylight saving time",
    CHANGED,
    key("Year", Number(2000, 2099)),
    Field("StartTime", Dst()),
    Field("EndTime", Dst()),
    Field("Loop", SWITCH),
    needs=("DSTFunOn",),
)
NTP: Final = table(
    "ntpserverlist",
    "time servers",
    UPDATED,
    key("ServerAddress", HOST),
    needs=(Feature.NTP,),
)

# Doors and readers

DOOR: Final = table(
    "DoorProperty",
    "doors and their locks",
    CHANGED,
    key("ID", NUMBER),
    DEVICE_ID,
    Field("Address", Number(1, 255)),
    Field("Disable", SWITCH),
    needs=(Feature.DOOR_PROPERTIES,),
)
DOOR_PARAMETER: Final = table(
    "DoorParameters",
    "settings of doors (appendix 10)",
    CHANGED,
    key("ID", NUMBER),
    key("Name", PARAMETER),
    Field("Value", TEXT),
    DEVICE_ID,
    needs=(Feature.DOOR_PARAMETERS,),
)
MULTI_CARD: Final = table(
    "multimcard",
    "groups that open a door together",
    # Only for doors with DoorMultiCardOpenDoor=1.
    CHANGED,
    key("Index", NUMBER),
    Field("DoorId", POSITIVE),
    *(Field(f"Group{number}", NUMBER) for number in range(1, 6)),
    DEVICE_ID,
)
READER: Final = table(
    "ReaderProperty",
    "readers",
    CHANGED,
    key("ID", NUMBER),
    Field("DoorID", NUMBER),
    # 1 RS-485, 2 Wiegand, 3 network, 4 Zigbee; none of them is off.
    Field("Type", Bits(4)),
    Field("Address", Number(0, 255)),
    Field("IPAddress", Ipv4()),
    Field("Port", Number(0, 65535)),
    Field("MAC", MAC),
    # 0 in, 1 out.
    Field("InOut", Choice(0, 1)),
    Field("Disable", SWITCH),
    Field("VerifyType", STYLE),
    Field("Multicast", Ipv4()),
    DEVICE_ID,
    Field("OfflineRefuse", SWITCH),
    needs=(Feature.READER_PROPERTIES,),
)
READER_PARAMETER: Final = table(
    "ReaderParameters",
    "settings of readers (appendix 11)",
    CHANGED,
    key("ID", NUMBER),
    DEVICE_KEY,
    key("Name", PARAMETER),
    Field("Value", TEXT),
)
PASSAGE: Final = table(
    "gatepassrule",
    "weekly schedules of turnstiles",
    UPDATED,
    key("PasswayTimeZoneId", POSITIVE),
    *week(("Time{}", Window()), ("PassMode{}", NUMBER), days=WEEKDAYS, slots=5),
)

# Inputs, outputs and boards

AUX_INPUT: Final = table(
    "AuxIn",
    "auxiliary inputs",
    CHANGED,
    key("ID", NUMBER),
    DEVICE_ID,
    Field("Address", Number(1, 255)),
    Field("Disable", SWITCH),
    needs=(Feature.AUX_INPUT_PROPERTIES,),
)
AUX_OUTPUT: Final = table(
    "AuxOut",
    "auxiliary outputs",
    CHANGED,
    key("ID", NUMBER),
    DEVICE_ID,
    Field("Address", Number(1, 255)),
    Field("Disable", SWITCH),
    needs=(Feature.AUX_OUTPUT_PROPERTIES,),
)
INPUT: Final = table(
    "InputIOSetting",
    "hours of exit buttons and inputs",
    CHANGED,
    key("Number", NUMBER),
    # 0 an exit button, 1 an auxiliary input.
    Field("InType", Choice(0, 1), key=True, required=True),
    Field("TimeZoneId", POSITIVE),
    DEVICE_ID,
    needs=(Feature.INPUT_TIME_CONTROL,),
)
OUTPUT: Final = table(
    "outrelaysetting",
    "schedules of outputs",
    CHANGED,
    key("Num", NUMBER),
    # 0 a door, 1 an auxiliary output.
    Field("OutType", Choice(0, 1), key=True, required=True),
    # 0 nothing, 1 open, 2 closed.
    Field("ActionType", Choice(0, 1, 2)),
    Field("TimezoneId", POSITIVE),
    DEVICE_ID,
    needs=("OutRelaySetFunOn",),
)
LINKAGE: Final = table(
    "inoutfun",
    "what an event sets off",
    CHANGED,
    key("Index", NUMBER),
    Field("EventType", Number(0, 9999)),
    Field("InAddr", Number(0, 4)),
    # 0 a lock, 1 an auxiliary output.
    Field("OutType", Choice(0, 1)),
    Field("OutAddr", Number(1, 4)),
    # 0 closed, 1 to 254 seconds, 255 open.
    Field("OutTime", Number(0, 255)),
    # 0 of a door, 1 of a reader, 2 of a camera; and 16 lock, 32 unlock.
    Field("Reserved", Choice(0, 1, 2, 16, 17, 18, 32, 33, 34)),
    device("InDevID"),
    device("OutDevID"),
)
# The document has no name for these two but that of their first field.
_BOARD: Final = key("ExtBoardID", NUMBER)
_BOARDS: Final = (
    Feature.EXPANSION_DM10,
    Feature.EXPANSION_AUX485,
    Feature.EXPANSION_EX0808,
    Feature.ELEVATOR_EXPANSION,
)
BOARD: Final = table(
    "ExtBoardID",
    "expansion boards",
    UPDATED,
    _BOARD,
    DEVICE_ID,
    # DM10, WR485, AUX485, EX308, EX316, EX0808.
    Field("DevType", Choice(101, 102, 103, 104, 105, 110)),
    Field("BusType", Number(0, 0), default=0),
    Field("Address", Number(1, 8)),
    Field("Disable", SWITCH),
    needs=_BOARDS,
)
BOARD_PORT: Final = table(
    "ExtBoardID",
    "what is connected to expansion boards",
    UPDATED,
    _BOARD,
    # 1 a door, 2 an input, 3 an output, 4 a reader.
    Field("ReactType", Number(1, 4), required=True),
    Field("EntityID", NUMBER, required=True),
    Field("SeqNo", NUMBER),
    needs=_BOARDS,
)

# Wiegand formats

_FORMAT: Final = (
    key("ID", NUMBER),
    Field("CardBit", Number(0, 256), key=True),
    Field("SiteCode", NUMBER),
    Field("FormatName", TEXT),
    Field("CardFormat", LETTERS),
)
DEFAULT_FORMAT: Final = table(
    "DefaultWGFormat",
    "Wiegand formats from the factory",
    CHANGED,
    *_FORMAT,
    needs=(Feature.MULTIPLE_WIEGAND_FORMATS, "CardFormatFunOn"),
)
FORMAT: Final = table(
    "WGFormat",
    "Wiegand formats",
    CHANGED,
    *_FORMAT,
    Field("ExtSiteCode", LETTERS, needs=WIEGAND_2),
    Field("ExtParityFormat", Text(1024, "[A-Za-z;]*", "letters"), needs=WIEGAND_2),
    Field("IsDefault", SWITCH, needs=WIEGAND_2),
    needs=(Feature.MULTIPLE_WIEGAND_FORMATS, "CardFormatFunOn"),
)
READER_FORMAT: Final = table(
    "ReaderWGFormat",
    "Wiegand formats of readers",
    CHANGED,
    key("ReaderID", NUMBER),
    DEVICE_KEY,
    Field("WGFormatID", NUMBER),
    Field("ParityVerifyDisable", SWITCH),
    # 1 all bits, 2 zeros and ones, 3 low and high bits, 4 a low and a high bit.
    Field("ReversalType", Number(0, 4)),
    needs=(Feature.MULTIPLE_WIEGAND_FORMATS, "CardFormatFunOn"),
)
