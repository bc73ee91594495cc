"""What devices upload: events, results of commands, error log, sub-controllers.

Lives here: the meaning of those records, and how each upload is acknowledged. Not here: states (`states`), their text form (`messages`),
what an event number means (`event_codes`), what is made of a record (`device`). Nothing here raises, and whatever a
record does not tell is None, never "closed" or "off".
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
import re
from typing import Final

from .. import packed_time
from ..event_codes import Subject, describe, method
from ..model import Direction, VerifyMethod
from .codes import VerifyStyle, describe_error, method_of_styles, verify_styles
from .messages import (
    parse_number,
    parse_options,
    parse_records,
    parse_time,
    record_lines,
    valid_serial,
)
from .registration import Registration

type Fields = Mapping[str, str]

LINKAGE: Final = (6, 231)
"""Events that carry, in place of the way to verify, the number of the event that set them off."""

_DIRECTIONS: Final[Mapping[int | None, Direction]] = {0: Direction.IN, 1: Direction.OUT}
_CARD: Final = re.compile(r"[0-9]{1,40}")
_CARD_BYTES: Final = re.compile(r"\[((?:[0-9A-Fa-f]{2}){1,16})\]")
# Degrees Celsius that a person can have at the forehead; devices without a sensor send 0.
_TEMPERATURES: Final = (25.0, 50.0)
_TEMPERATURE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")


def _signed(text: str | None) -> int | None:
    value = parse_number((text or "").removeprefix("-"))
    return -value if value and text and text.startswith("-") else value


class AddressType(IntEnum):
    """What an event address counts, where the device says so (Security PUSH 3.1.2 section 10)."""

    DEVICE = 1
    DOOR = 2
    READER = 3
    AUX_INPUT = 4
    AUX_OUTPUT = 5


_ADDRESS_TYPES: Final[Mapping[int | None, AddressType]] = {
    int(item): item for item in AddressType
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """Something that happened at the device (Security PUSH 3.1.2 sections 7.2, 7.13, 9.1.4 and 10)."""

    code: int
    time: datetime | None
    """The device's local time, naive; None when it is no date."""
    index: int | None
    """The record's number in the device's log."""
    user_id: str | None
    card: str | None
    """Decimal card number."""
    address: int
    """Door or auxiliary number, depending on the code; 0 for the whole device."""
    address_type: AddressType | None
    direction: Direction | None
    verify: int | str | None
    """The number (appendix 3), or whatever else the device wrote, such as bits of ways to verify."""
    styles: frozenset[VerifyStyle] | None
    """The ways to verify, from devices that use those bits."""
    method: VerifyMethod | None
    trigger: int | None
    """The code of the event that set off this linkage event."""
    link_id: int | None
    site_code: int | None
    bit_count: int | None
    mask: bool | None
    """Whether a mask was worn; devices that cannot tell send False as well."""
    temperature: float | None
    """Degrees Celsius."""
    alarm_type: int | None
    """Only from turnstiles: an alarm was cancelled."""
    serial: str | None
    """Of the sub-controller where it happened, or of the device itself."""
    raw: Fields = field(repr=False)

    @property
    def reader(self) -> int | None:
        """The reader, as the device says it, else by the vendor's rule of two per door; None when no door is meant."""
        if self.address_type is AddressType.READER:
            return self.address
        if (
            self.direction is None
            or self.address < 1
            or self.address_type not in {None, AddressType.DOOR}
            or describe(self.code).subject is not Subject.DOOR
        ):
            return None
        return 2 * self.address - (self.direction is Direction.IN)


@dataclass(frozen=True, slots=True)
class EventLog:
    """The events of one upload."""

    events: list[EventRecord]
    unreadable: int
    """Lines that are no event. They are acknowledged like the others, or the device sends them forever."""


# Rows of the table "transaction" name their fields in their own way (section 9.1.4).
_ALIASES: Final = {
    "eventtype": "event",
    "doorid": "eventaddr",
    "inoutstate": "inoutstatus",
    "verified": "verifytype",
}


def parse_rtlog(text: str) -> EventLog:
    """Read events as they happen, or rows of the table "transaction". Never raises."""
    lines = record_lines(text)
    events = [event for line in lines if (event := _event(line)) is not None]
    return EventLog(events, len(lines) - len(events))


def _event(raw: Fields) -> EventRecord | None:
    line = {_ALIASES.get(key, key): value for key, value in raw.items()}
    code = parse_number(line.get("event"), digits=5)
    if code is None:
        return None
    verify, styles = _verification(line.get("verifytype", ""))
    linkage = code in LINKAGE
    user = line.get("pin", "")
    packed = parse_number(line.get("time_second"))
    return EventRecord(
        code=code,
        time=parse_time(line.get("time"))
        if packed is None
        else packed_time.decode(packed),
        index=parse_number(line.get("index"), digits=18),
        user_id=user if user.strip("0") else None,
        card=parse_card(line.get("cardno", "")),
        address=parse_number(line.get("eventaddr"), digits=5) or 0,
        address_type=_ADDRESS_TYPES.get(parse_number(line.get("addrtype"))),
        direction=_DIRECTIONS.get(parse_number(line.get("inoutstatus"))),
        verify=None if linkage else verify,
        styles=None if linkage else styles,
        method=None
        if linkage
        else method(verify)
        if isinstance(verify, int)
        else method_of_styles(styles or frozenset()),
        trigger=verify if linkage and isinstance(verify, int) else None,
        link_id=parse_number(line.get("linkid")),
        site_code=parse_number(line.get("sitecode")),
        bit_count=parse_number(line.get("bitcount")),
        mask={"0": False, "1": True}.get(line.get("maskflag", "")),
        temperature=_temperature(line.get("temperature", "")),
        alarm_type=parse_number(line.get("alarmtype")),
        serial=valid_serial(line.get("sn")),
        raw=raw,
    )


def _verification(text: str) -> tuple[int | str | None, frozenset[VerifyStyle] | None]:
    """Read a number of up to 4 digits; longer ones are strings of bits."""
    number = parse_number(text, digits=4)
    return (text or None) if number is None else number, verify_styles(text)


def parse_card(text: str) -> str | None:
    """Return a card number in decimal; None when there is none or it cannot be read.

    Devices write "123456789", or "[15CD5B07]" with the lowest byte first (Security PUSH 3.1.2 section 7.5).
    """
    if found := _CARD_BYTES.fullmatch(text):
        return str(int.from_bytes(bytes.fromhex(found[1]), "little") or "") or None
    return (text.lstrip("0") or None) if _CARD.fullmatch(text) else None


def _temperature(text: str) -> float | None:
    low, high = _TEMPERATURES
    if _TEMPERATURE.fullmatch(text) and low <= (value := float(text)) <= high:
        return value
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """How a command ended (Security PUSH 3.1.2 section 7.4); `codes.interpret` says what the number means."""

    id: int
    code: int
    verb: str
    """As the device repeats it: "DATA QUERY", or only "DATA"."""
    serial: str | None = None
    """Of the sub-controller that carried it out."""
    extra: Fields = field(default_factory=dict, repr=False)
    """Whatever else came with it, by lower-case key."""


_RESULT_KEYS: Final = frozenset({"id", "return", "cmd", "sn"})


def parse_results(text: str, query: Mapping[str, str]) -> list[CommandResult]:
    """Read the results of one upload; those without a number or a result are left out. Never raises.

    Some devices put a single result into the query string instead.
    """
    parts: list[dict[str, str]] = []
    for part in re.split(r"[&\r\n]+", text):
        key, _, value = part.partition("=")
        key = key.strip().lstrip("~").lower()
        if key == "id":
            parts.append({})
        if key and parts:
            parts[-1].setdefault(key, value.strip())
    if not parts:
        # The serial number in the query is the sender's, which is no sub-controller.
        parts = [{key: value for key, value in query.items() if key != "sn"}]
    return [result for part in parts if (result := _result(part)) is not None]


def _result(part: Fields) -> CommandResult | None:
    number, code = parse_number(part.get("id")), _signed(part.get("return"))
    if number is None or code is None:
        return None
    return CommandResult(
        id=number,
        code=code,
        verb=part.get("cmd", ""),
        serial=valid_serial(part.get("sn")),
        extra={key: value for key, value in part.items() if key not in _RESULT_KEYS},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """A line of the device's error log (Security PUSH 3.1.2 section 7.12)."""

    code: str
    words: str
    message: str
    command_id: int | None
    """The command that caused it; None when none did."""
    details: str | None = field(repr=False)
    """JSON, as the device wrote it; may hold personal data."""


def parse_error_log(text: str) -> list[ErrorRecord]:
    """Read the error log; lines without a code are left out. Never raises."""
    return [
        ErrorRecord(
            code=code,
            words=describe_error(code),
            message=line.get("errmsg", ""),
            command_id=parse_number(line.get("cmdid")),
            details=_base64(line.get("additional", "")),
        )
        for line in parse_records(text, "errorlog")
        if (code := line.get("errcode"))
    ]


def _base64(text: str) -> str | None:
    try:
        return b64decode(text, validate=True).decode() or None
    except ValueError:
        return None


class Authorization(IntEnum):
    """Whether a sub-controller may talk through its master."""

    NONE = 0
    IN_PROGRESS = 1
    GRANTED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SubController:
    """A row of the table DeviceAuthorize (Security PUSH 3.1.2 section 5)."""

    serial: str
    online: bool | None
    authorization: Authorization | None
    registration: Registration
    """What it told: little until it is authorized."""


_AUTHORIZATIONS: Final[Mapping[int | None, Authorization]] = {
    int(item): item for item in Authorization
}


def parse_sub_controllers(text: str) -> list[SubController]:
    """Read sub-controllers; rows without a valid serial number are left out. Never raises."""
    return [
        SubController(
            serial=serial,
            online={"0": False, "1": True}.get(line.get("online", "")),
            authorization=_AUTHORIZATIONS.get(parse_number(line.get("isauthorize"))),
            registration=Registration.of(
                parse_options(line.get("authorizeinfo", ""))
                | parse_options(line.get("registerinfo", ""))
            ),
        )
        for line in parse_records(text, "deviceauthorize")
        # The document prints the table's name and the first key without a space.
        if (serial := valid_serial(line.get("sn", line.get("deviceauthorizesn"))))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What the query of an upload says about its body (Security PUSH 3.1.2 sections 7.5 to 7.12 and 9.1)."""

    kind: str
    """The `type`, such as "tabledata" or "count"; empty when it has none."""
    table: str
    """The `tablename` as written, else the `table`; empty when it has neither or no valid one."""
    count: int | None
    """Rows in this packet."""
    packets: int
    packet: int
    """1 to `packets`."""
    command_id: int | None
    """The command that asked for it."""


_TABLE_NAME: Final = re.compile(r"\[?[A-Za-z]\w{0,39}\]?", re.ASCII)
_ROWS: Final = frozenset({"tabledata", "vmtable"})
_MAX_PACKETS: Final = 100_000


def parse_upload(query: Mapping[str, str]) -> Upload:
    """Read the query of an upload. Never raises."""
    table = query.get("tablename") or query.get("table", "")
    packets = parse_number(query.get("packcnt")) or 1
    packet = parse_number(query.get("packidx")) or 1
    if not packet <= packets <= _MAX_PACKETS:
        packets = packet = 1
    return Upload(
        kind=query.get("type", "").lower(),
        table=table if _TABLE_NAME.fullmatch(table) else "",
        count=parse_number(query.get("count")),
        packets=packets,
        packet=packet,
        command_id=parse_number(query.get("cmdid")),
    )


def acknowledge(query: Mapping[str, str], rows: int = 0) -> str:
    """Return the text that lets a device forget an upload; any other makes it send the same again and again.

    Rows of a table are acknowledged by their number, everything else by "OK". `rows` is how many there were, for devices
    that do not say so themselves. Sources: Security PUSH 3.1.2 sections 7, 9.1 and 9.5; captured uploads.
    """
    upload = parse_upload(query)
    if upload.table and (
        query.get("table", "").lower() in _ROWS or upload.kind in _ROWS
    ):
        return f"{upload.table}={rows if upload.count is None else upload.count}"
    return "OK"
