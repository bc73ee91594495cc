"""Every table of the PUSH protocol.

Lives here: those that can only be read (Security PUSH 3.1.2 sections 7 and 9.1.4), and the list of all. Not here: those that
are written (`people_tables`, `device_tables`), what is done with them (`tables`).
"""

from typing import Final

from .device_tables import (
    AUX_INPUT,
    AUX_OUTPUT,
    BOARD,
    BOARD_PORT,
    DAYLIGHT_SAVING,
    DEFAULT_FORMAT,
    DEVICE,
    DEVICE_PARAMETER,
    DOOR,
    DOOR_PARAMETER,
    FORMAT,
    INPUT,
    LINKAGE,
    MULTI_CARD,
    NTP,
    OUTPUT,
    PASSAGE,
    READER,
    READER_FORMAT,
    READER_PARAMETER,
    SUB_CONTROLLER,
)
from .kinds import Base64, Card, Moment, Number
from .people_tables import (
    BIO_DATA,
    BIO_PHOTO,
    CARD,
    CONTACT,
    CONTACT_NUMBER,
    CONTACT_PATTERN,
    DOOR_VERIFY,
    ELEVATOR,
    EXTENDED_USER,
    FINGERPRINT,
    FIRST_CARD,
    HOLIDAY,
    IDENTITY_CARD,
    RIGHT,
    SUPER_USER,
    TIME_ZONE,
    USER,
    USER_PHOTO,
    USER_VERIFY,
    VERIFY,
)
from .table_parts import (
    COUNT,
    DIGITS,
    MAC,
    NUMBER,
    PHOTO,
    QUERY,
    SERIAL,
    SWITCH,
    TEXT,
    USER_ID,
    own,
    table,
)
from .tables import Field, Table

TRANSACTION: Final = table(
    "transaction",
    "the log",
    # The document can also delete it, all at once: nobody can here.
    (COUNT, QUERY),
    own("cardno", Card()),
    own("pin", USER_ID),
    # A number, or 16 digits.
    own("verified", DIGITS),
    own("doorid", NUMBER),
    own("eventtype", Number(0, 9999)),
    own("inoutstate", Number(0, 9)),
    own("time_second", Moment()),
    own("index", NUMBER),
    own("sitecode", NUMBER),
    own("devid", NUMBER),
    # In the example only.
    own("sn", SERIAL),
    own("maskflag", SWITCH),
    own("temperature", TEXT),
    own("convtemperature", TEXT),
    # On some devices.
    filters=(Field("starttime", Moment()), Field("endtime", Moment())),
)
SNAPSHOT: Final = table(
    "ATTPHOTO",
    "photos of who came",
    ("7.9",),
    own("pin", TEXT),
    own("sn", SERIAL),
    own("size", NUMBER),
    own("photo", PHOTO),
)
ERROR: Final = table(
    "errorlog",
    "what went wrong at the device",
    ("7.12",),
    own("errcode", TEXT),
    own("errmsg", TEXT),
    own("dataorigin", TEXT),
    own("cmdid", NUMBER),
    own("additional", Base64(4096)),
)
ACCESS_POINT: Final = table(
    "[APList]",
    "wireless networks that the device hears",
    (QUERY,),
    own("ecn", NUMBER),
    own("ssid", TEXT),
    own("rssi", Number(-200, 200)),
    own("mac", MAC),
)

TABLES: Final = (
    *(USER, EXTENDED_USER, CARD, IDENTITY_CARD, RIGHT, HOLIDAY, TIME_ZONE, FINGERPRINT),
    *(FIRST_CARD, MULTI_CARD, LINKAGE, OUTPUT, DAYLIGHT_SAVING),
    *(DEVICE, DEVICE_PARAMETER, DOOR, DOOR_PARAMETER, READER, READER_PARAMETER),
    *(AUX_INPUT, AUX_OUTPUT, DEFAULT_FORMAT, FORMAT, READER_FORMAT),
    *(INPUT, VERIFY, DOOR_VERIFY, USER_VERIFY, SUPER_USER),
    *(BIO_PHOTO, USER_PHOTO, BIO_DATA, ELEVATOR, BOARD, BOARD_PORT, PASSAGE, NTP),
    *(CONTACT, CONTACT_NUMBER, CONTACT_PATTERN),
    *(SUB_CONTROLLER, TRANSACTION, SNAPSHOT, ERROR, ACCESS_POINT),
)


def find(name: str) -> Table | None:
    """Return a table by its wire name; neither case nor square brackets count."""
    wanted = name.strip("[]").lower()
    return next((t for t in TABLES if t.name.strip("[]").lower() == wanted), None)
