"""What one terminal is and can do, found out by asking it.

Lives here: identification and the capability probe. Not here: listening to it (`monitor`). There is no list of models:
the same model answers differently from one firmware to the next.
"""

from dataclasses import dataclass

from ..device import Json
from ..errors import CommandRefused, MalformedReply
from ..model import Capability, DoorInfo, PanelInfo
from .access import decode_door_state
from .client import TerminalClient
from .packet import Command
from .translate import DOOR
from .verbs import get_option, get_version

_CAPABILITIES = (
    Capability.RESTART
    | Capability.SET_TIME
    | Capability.PARAMETERS
    | Capability.EVENT_LOG
    | Capability.SOUND
    | Capability.SCREEN
)
OPEN_TIME_OPTION = "LockOn"
FINGER_VERSIONS = ("9", "10")
NO_LOCK = "0"
ON = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The answer of a probe."""

    info: PanelInfo
    platform: str | None
    open_time: int | None
    """For how many seconds the terminal releases the lock by itself."""
    user_id_digits: int | None
    """How long a user ID can be."""
    user_id_letters: bool
    has_fingers: bool
    """Whether it can enrol fingers."""
    finger_version: str | None
    """Of their templates, "9" or "10"."""

    @property
    def capabilities(self) -> Capability:
        """What Home Assistant may offer."""
        found = _CAPABILITIES
        if self.open_time is not None and self.info.doors[DOOR].has_lock:
            found |= Capability.OPEN_TIME
        return found

    def describe(self) -> dict[str, Json]:
        """Return the facts of the probe for a bug report."""
        return {
            "platform": self.platform,
            "open_time": self.open_time,
            "user_id_digits": self.user_id_digits,
            "user_id_letters": self.user_id_letters,
            "has_fingers": self.has_fingers,
            "finger_version": self.finger_version,
        }


async def probe(
    client: TerminalClient, *, has_contact: bool = False, has_doorbell: bool = False
) -> Profile:
    """Find out what a connected terminal is; the flags are what only its owner can know.

    Raises MalformedReply when it does not tell its serial number.
    """
    serial = await get_option(client, "~SerialNumber")
    if not serial:
        raise MalformedReply("the terminal does not tell its serial number")
    door = DoorInfo(
        number=DOOR,
        has_contact=has_contact,
        alarms=frozenset(),
        has_lock=await get_option(client, "~LockFunOn") != NO_LOCK,
        has_doorbell=has_doorbell,
    )
    info = PanelInfo(
        serial=serial,
        model=await get_option(client, "~DeviceName") or "Terminal",
        firmware=await get_version(client),
        mac=await get_option(client, "MAC"),
        doors={DOOR: door},
    )
    finger_version = await get_option(client, "~ZKFPVersion")
    return Profile(
        info=info,
        platform=await get_option(client, "~Platform"),
        open_time=_number(await get_option(client, OPEN_TIME_OPTION)),
        user_id_digits=_number(await get_option(client, "~PIN2Width")),
        user_id_letters=await get_option(client, "~IsABCPinEnable") == ON
        or await get_option(client, "IsSupportABCPin") == ON,
        has_fingers=await get_option(client, "FingerFunOn") == ON,
        finger_version=finger_version if finger_version in FINGER_VERSIONS else None,
    )


async def read_contact(client: TerminalClient) -> bool | None:
    """Return whether the door leaf is open; None where the terminal cannot tell."""
    try:
        return decode_door_state((await client.request(Command.DOOR_STATE)).data)
    except CommandRefused:
        return None


def _number(text: str | None) -> int | None:
    """Return an option that is a small number."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 3:
        return None
    return int(text)
