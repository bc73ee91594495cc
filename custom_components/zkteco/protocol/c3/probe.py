"""What one C3 panel is and can do, found out by asking it.

Lives here: identification and the capability probe. Not here: the polling that follows (`monitor`). There is no list of
models or firmware versions: the same model answers differently from one firmware to the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..device import Json
from ..errors import CannotConnect, CommandRefused, MalformedReply
from ..model import Capability, DoorAlarm, DoorInfo, PanelInfo
from ..people import Limits
from .client import C3Client
from .control import MAX_DOORS
from .frame import Command
from .people_rows import find_limits
from .queries import Tables, read_parameters, read_tables
from .rtlog import Record, decode_text

MAX_AUX = 32
"""More than any panel has; a larger count is a damaged answer."""

_IDENTITY = (
    "~SerialNumber",
    "LockCount",
    "AuxInCount",
    "AuxOutCount",
    "FirmVer",
    "DeviceName",
    "~DeviceName",
    "MAC",
)
# Security PUSH 3.1.2, section 4.4; older panels know neither.
_PACKED_VALIDITY = "DateFmtFunOn"
_HUNDREDS_OF_USERS = "~MaxUserCount"
_FINGERPRINTS = "~ZKFPVersion"
_ONLY_CARDS = "~IsOnlyRFMachine"
_DOOR_SETTINGS = ("SensorType", "Drivertime")
_CAPABILITIES = (
    Capability.HOLD_OPEN
    | Capability.CANCEL_ALARMS
    | Capability.RESTART
    | Capability.SET_TIME
    | Capability.OPEN_TIME
    | Capability.PARAMETERS
)
_ALARMS = frozenset(DoorAlarm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The answer of a probe."""

    info: PanelInfo
    text_log: bool
    """Whether events are read as text (0x79) rather than as 16-byte records (0x0B)."""
    tables: Tables
    open_times: Mapping[int, int]
    """`Door{n}Drivertime` by door, in seconds."""
    packed_validity: bool = False
    """Whether the validity of a user is a packed time rather than a date."""
    max_users: int | None = None
    fingerprints: str = ""
    """The version of the algorithm that knows fingers; empty where the panel tells none, or knows cards only."""

    @property
    def people(self) -> Limits | None:
        """What the panel can hold about people."""
        return find_limits(
            self.tables,
            self.info.doors,
            to_the_second=self.packed_validity,
            users=self.max_users,
            fingerprints=self.fingerprints,
        )

    @property
    def capabilities(self) -> Capability:
        """What Home Assistant may offer."""
        found = _CAPABILITIES
        if "transaction" in self.tables:
            found |= Capability.EVENT_LOG
        if self.text_log:
            found |= Capability.POWER_ALARMS
        return found

    def describe(self) -> dict[str, Json]:
        """Return the facts of the probe for a bug report."""
        return {
            "text_log": self.text_log,
            "tables": {
                name: [f"{f.name}={f.kind}{f.index}" for f in table.fields]
                for name, table in self.tables.items()
            },
            "open_times": {str(door): s for door, s in self.open_times.items()},
            "packed_validity": self.packed_validity,
            "max_users": self.max_users,
            "fingerprints": self.fingerprints,
        }


async def read_info(client: C3Client) -> tuple[PanelInfo, dict[int, int]]:
    """Read who the panel is, and the open time of each door.

    Raises MalformedReply when it does not tell its serial number or how many doors it has.
    """
    values = await read_parameters(client, list(_IDENTITY))
    serial = values.get("~SerialNumber", "").strip()
    doors = _count(values, "LockCount", MAX_DOORS)
    if not serial or not doors:
        raise MalformedReply("the panel does not tell its serial number and doors")
    settings = await read_parameters(
        client,
        [f"Door{n}{name}" for n in range(1, doors + 1) for name in _DOOR_SETTINGS],
    )
    info = PanelInfo(
        serial=serial,
        model=values.get("DeviceName") or values.get("~DeviceName") or _model(doors),
        firmware=values.get("FirmVer") or None,
        mac=values.get("MAC") or None,
        doors={
            n: DoorInfo(
                number=n,
                has_contact=settings.get(f"Door{n}SensorType", "") in ("1", "2"),
                alarms=_ALARMS,
            )
            for n in range(1, doors + 1)
        },
        aux_inputs=_count(values, "AuxInCount", MAX_AUX),
        aux_outputs=_count(values, "AuxOutCount", MAX_AUX),
    )
    open_times = {
        n: seconds
        for n in info.doors
        if (seconds := _number(settings.get(f"Door{n}Drivertime", ""))) is not None
    }
    return info, open_times


async def probe(client: C3Client) -> tuple[Profile, list[Record]]:
    """Find out what a connected panel is; also return the events that the probe took out of its log."""
    info, open_times = await read_info(client)
    definitions = await read_tables(client)
    of_people = await _settings_of_people(client)
    text_log, records = await _text_log(client)
    return (
        Profile(
            info=info,
            text_log=text_log,
            tables=definitions,
            open_times=open_times,
            packed_validity=of_people.get(_PACKED_VALIDITY) == "1",
            max_users=(_number(of_people.get(_HUNDREDS_OF_USERS, "")) or 0) * 100
            or None,
            fingerprints=(
                ""
                if of_people.get(_ONLY_CARDS) == "1"
                else of_people.get(_FINGERPRINTS, "")
            ),
        ),
        records,
    )


async def _settings_of_people(client: C3Client) -> dict[str, str]:
    """Read how people are kept; a panel that refuses keeps them as old ones do."""
    try:
        return await read_parameters(
            client, [_PACKED_VALIDITY, _HUNDREDS_OF_USERS, _FINGERPRINTS, _ONLY_CARDS]
        )
    except CommandRefused:
        return {}


async def refresh(client: C3Client, profile: Profile) -> Profile:
    """Read again what settings can change."""
    info, open_times = await read_info(client)
    return replace(profile, info=info, open_times=open_times)


async def _text_log(client: C3Client) -> tuple[bool, list[Record]]:
    """Try the text form of the event log once. Some firmware refuses it, some does not even answer."""
    try:
        records = decode_text(await client.request(Command.RTLOG_TEXT))
    except CommandRefused:
        return False, []
    except CannotConnect, MalformedReply:
        await client.connect()
        return False, []
    return bool(records), records


def _count(values: Mapping[str, str], name: str, most: int) -> int:
    """Return a hardware count, 0 when the panel does not tell or tells nonsense."""
    count = _number(values.get(name, "")) or 0
    return count if count <= most else 0


def _number(text: str) -> int | None:
    """Return a decimal number, or None."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _model(doors: int) -> str:
    """Name a panel that does not name itself."""
    return f"C3-{doors}00"
