"""The data tables inside the simulated PUSH device, and how they travel as text.

Layouts and keys are the vendor's (Security PUSH 3.1.2, section 9.1). What the
rows mean for a door is decided in `c3_world` and `push_world`, not here.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
import re
from typing import override

from .c3_tables import Row, Tables, Value
from .c3_wire import NOT_PARSEABLE, TABLE_FULL, WRONG_PARAMETER, Refused, pack_time

NO_SUCH_FIELD, NO_SUCH_TABLE = -621, -629
DURESS, DURESS_FINGER = 3, 16

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Hol1", "Hol2", "Hol3")
_SLOTS: Row = {f"{day}Time{slot}": 0 for day in _DAYS for slot in (1, 2, 3)}

# Table: the fields in upload order with their defaults, whose type is the
# field's; rows are replaced when the fields marked as keys agree.
_LAYOUTS: dict[str, Row] = {
    "user": {
        "UID": 0,
        "CardNo": 0,
        "Pin": 0,
        "Password": "",
        "Group": 1,
        "StartTime": 0,
        "EndTime": 0,
        "Name": "",
        "Privilege": 0,
        "Disable": 0,
        "Verify": 0,
    },
    "userauthorize": {
        "Pin": 0,
        "AuthorizeTimezoneId": 1,
        "AuthorizeDoorId": 0,
        "DevID": 1,
        "StartTime": 0,
        "EndTime": 0,
    },
    "mulcarduser": {"Pin": 0, "CardNo": "", "LossCardFlag": 0, "CardType": 0},
    "extuser": {
        "Pin": 0,
        "FunSwitch": 0,
        "FirstName": "",
        "LastName": "",
        "PersonalVS": 0,
    },
    "holiday": {"Holiday": 0, "HolidayType": 1, "Loop": 2},
    "timezone": {"TimezoneId": 0, **_SLOTS},
    "firstcard": {"Pin": 0, "DoorID": 0, "TimezoneID": 1, "DevID": 1},
    "multimcard": {
        "Index": 0,
        "DoorId": 0,
        **{f"Group{n}": 0 for n in range(1, 6)},
    },
    "inoutfun": {
        "Index": 0,
        "EventType": 0,
        "InAddr": 0,
        "OutType": 0,
        "OutAddr": 0,
        "OutTime": 0,
        "Reserved": 0,
        "InDevID": 1,
        "OutDevID": 1,
    },
    "outrelaysetting": {"Num": 0, "OutType": 0, "ActionType": 0, "TimezoneId": 0},
    "InputIOSetting": {"Number": 0, "InType": 0, "TimeZoneId": 0, "DevID": 1},
    "DSTSetting": {"Year": 0, "StartTime": "", "EndTime": "", "Loop": 0},
    "DiffTimezoneVS": {
        "TimezoneID": 0,
        **{
            slot + suffix: start
            for slot in _SLOTS
            for suffix, start in (("", 0), ("VSUser", 255), ("VSDoor", 255))
        },
    },
    "DoorVSTimezone": {"DoorID": 0, "TimezoneID": 0},
    "PersonalVSTimezone": {"PIN": 0, "DoorID": 0, "TimezoneID": 0},
    "SuperAuthorize": {"Pin": 0, "DoorID": 0},
    "losscard": {"CardNo": 0, "Reserved": 0},
    "DeviceAuthorize": {
        "SN": "",
        "Online": 0,
        "IsAuthorize": 0,
        "AuthorizeInfo": "",
        "RegisterInfo": "",
    },
    # Empty where a device keeps parameters as options.
    "DoorParameters": {"ID": 0, "Name": "", "Value": "", "DevID": 1},
    "DevParameters": {"ID": 0, "Name": "", "Value": ""},
    "templatev10": {
        "Size": 0,
        "UID": 0,
        "Pin": 0,
        "FingerID": 0,
        "Valid": 1,
        "Template": "",
    },
    "biodata": {
        "Pin": 0,
        "No": 0,
        "Index": 0,
        "Valid": 1,
        "Duress": 0,
        "Type": 0,
        "MajorVer": 0,
        "MinorVer": 0,
        "Format": 0,
        "Tmp": "",
    },
    "biophoto": {"Pin": 0, "Type": 9, "Size": 0, "Content": "", "Format": 0, "Url": ""},
    "userpic": {"Pin": 0, "Size": 0, "Content": "", "Format": 0, "Url": ""},
}
_KEYS = {
    "user": ("Pin",),
    "userauthorize": ("Pin", "AuthorizeTimezoneId", "AuthorizeDoorId", "DevID"),
    "mulcarduser": ("Pin", "CardNo"),
    "extuser": ("Pin",),
    "holiday": ("Holiday",),
    "timezone": ("TimezoneId",),
    "firstcard": ("Pin", "DoorID", "TimezoneID", "DevID"),
    "multimcard": ("Index",),
    "inoutfun": ("Index",),
    "outrelaysetting": ("Num", "OutType"),
    "InputIOSetting": ("Number", "InType", "DevID"),
    "DSTSetting": ("Year",),
    "DiffTimezoneVS": ("TimezoneID",),
    "DoorVSTimezone": ("DoorID",),
    "PersonalVSTimezone": ("PIN", "DoorID"),
    "SuperAuthorize": ("Pin", "DoorID"),
    "losscard": ("CardNo",),
    "DeviceAuthorize": ("SN",),
    "DoorParameters": ("ID", "Name"),
    "DevParameters": ("ID", "Name"),
    "templatev10": ("Pin", "FingerID"),
    "biodata": ("Pin", "Type", "No", "Index"),
    "biophoto": ("Pin", "Type"),
    "userpic": ("Pin",),
}
BIOMETRIC = frozenset({"templatev10", "biodata", "biophoto", "userpic"})


def number(text: str) -> int:
    """Return a number as a server may write it; refuse what is none.

    Besides digits: nothing (0), `[15CD5B07]` (bytes, lowest first) and a
    written-out date and time.
    """
    if not text:
        return 0
    if text.isascii() and text.isdecimal():
        return int(text)
    if found := re.fullmatch(r"\[((?:[0-9A-Fa-f]{2}){1,8})\]", text):
        return int.from_bytes(bytes.fromhex(found[1]), "little")
    try:
        return pack_time(datetime.strptime(text, "%Y-%m-%d %H:%M:%S"))
    except ValueError as err:
        raise Refused(WRONG_PARAMETER) from err


class PushTables(Tables):
    """Every table of one device; names and fields are found in any case."""

    def __init__(self, *, biometric: bool, max_rows: int) -> None:
        """Create the tables empty, those of templates and photos on demand."""
        super().__init__(new_layout=True, odd_line=False, max_rows=max_rows)
        self._contents: dict[str, dict[tuple[Value, ...], Row]] = {
            name: {} for name in _LAYOUTS if biometric or name not in BIOMETRIC
        }

    @override
    def __getitem__(self, name: str) -> Collection[Row]:
        """Return a table's rows by its name."""
        return self._contents[name].values()

    def name(self, wanted: str) -> str:
        """Return a table's name as it is spelled here; refuse an unknown one."""
        for name in self._contents:
            if name.lower() == wanted.lower():
                return name
        raise Refused(NO_SUCH_TABLE)

    @override
    def put(self, name: str, values: Mapping[str, Value]) -> None:
        """Insert a row, or change the fields of the row that has the same key."""
        rows = self._contents[name]
        row: Row = dict(values)
        key = tuple(row.get(field, _LAYOUTS[name][field]) for field in _KEYS[name])
        if key not in rows and len(rows) >= self.max_rows:
            raise Refused(TABLE_FULL)
        rows[key] = {**rows.get(key, _LAYOUTS[name]), **row}
        if rows[key].get("UID") == 0:
            self._last_uid += 1
            rows[key]["UID"] = self._last_uid

    def update(self, table: str, text: str) -> None:
        """Carry out DATA UPDATE; refuse all of it when one record is wrong."""
        name = self.name(table)
        records = [self._record(name, line) for line in text.splitlines() if line]
        if not records:
            raise Refused(NOT_PARSEABLE)
        for record in records:
            if not {*_KEYS[name][:1]} <= record.keys():
                raise Refused(WRONG_PARAMETER)
        for record in records:
            self.put(name, record)

    def remove(self, table: str, text: str) -> None:
        """Carry out DATA DELETE: the rows that match, or all of them for `*`."""
        name = self.name(table)
        if not text.strip():
            raise Refused(WRONG_PARAMETER)
        for line in text.splitlines():
            wanted = self._condition(name, line)
            self._contents[name] = {
                key: row
                for key, row in self._contents[name].items()
                if not _matches(row, wanted)
            }

    def select(self, table: str, text: str) -> list[Row]:
        """Return the rows that match a condition, all of them for `*` or nothing."""
        name = self.name(table)
        wanted = self._condition(name, text.strip() or "*")
        return [row for row in self[name] if _matches(row, wanted)]

    def _condition(self, name: str, text: str) -> Row:
        return {} if text.strip() == "*" else self._record(name, text)

    def _record(self, name: str, line: str) -> Row:
        spelled = {field.lower(): field for field in _LAYOUTS[name]}
        record: Row = {}
        for part in filter(None, line.split("\t")):
            key, sign, value = part.partition("=")
            if not sign:
                raise Refused(NOT_PARSEABLE)
            field = spelled.get(key.strip().lower())
            if field is None:
                raise Refused(NO_SUCH_FIELD)
            text = isinstance(_LAYOUTS[name][field], str)
            record[field] = value if text else number(value)
        return record


def record_line(
    name: str, row: Mapping[str, Value], fields: str = "*", *, keep_case: bool = False
) -> str:
    """Return a row as the device uploads it: the table's name, then its fields."""
    chosen = [field.lower() for field in re.split(r"[\t,; ]+", fields)]
    if name.lower() == "templatev10" and row["Valid"] == DURESS:
        # By the finger's number instead (section 7.7).
        row = {**row, "FingerID": int(row["FingerID"]) + DURESS_FINGER, "Valid": 1}
    parts = [
        f"{key if keep_case else key.lower()}={_shown(key, value)}"
        for key, value in row.items()
        if fields == "*" or key.lower() in chosen
    ]
    return f"{name} " + "\t".join(parts)


def _shown(key: str, value: Value) -> str:
    # A user without a card has an empty field, not a zero.
    return "" if key == "CardNo" and value == 0 else str(value)


def _matches(row: Mapping[str, Value], wanted: Mapping[str, Value]) -> bool:
    return all(row[name] == value for name, value in wanted.items())
