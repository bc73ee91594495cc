"""What a simulated attendance terminal consists of: users, logs, a door, a clock.

Knows nothing of HTTP. Written from PUSH SDK 3.2.0, captured frames and reports by owners.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

type Family = Literal["classic", "face"]

CHECK_IN, CHECK_OUT, BREAK_OUT, BREAK_IN = range(4)
FINGER, CARD, FACE = 1, 2, 15

POWER_ON, ALARM, MENU, DELETED, UNLOCKED, ENROLLED, DURESS, BELL = (
    0,
    3,
    4,
    9,
    29,
    30,
    32,
    33,
)
CONTACT_CLOSED, CONTACT_OPEN, EXIT_BUTTON, FORCED, TAMPER, OVER = (
    50,
    51,
    53,
    54,
    55,
    65535,
)

# What commands end with.
DONE, NO_USER, FULL, NOT_UNDERSTOOD, NO_SUCH_TABLE = 0, -10, -5, -1002, -1004


@dataclass(frozen=True)
class Model:
    """A make of terminal."""

    name: str
    firmware: str
    push_version: str
    first_query: str
    """What it adds to its first request."""
    columns: int
    """Of its rows of attendance, not counting an empty one at the end."""
    line_end: str
    reads_words: bool
    """Whether it understands what to upload in words, or in digits only."""
    has_lock: bool = True
    verify_and_more: bool = False
    """Whether rows of users hold fields that came later."""


MODELS: Final[dict[Family, Model]] = {
    "classic": Model(
        name="MB360/ID",
        firmware="Ver 8.0.4.2-20180611",
        push_version="2.4.0",
        first_query="&language=69&pushver=2.4.0",
        columns=7,
        line_end="\r\n",
        reads_words=True,
    ),
    "face": Model(
        name="SenseFace 2A",
        firmware="ZAM70-NF24HA-Ver3.0.15",
        push_version="3.0.4S",
        first_query="&language=69&pushver=3.0.4&DeviceType=att&PushOptionsFlag=1",
        columns=10,
        line_end="\n",
        reads_words=False,
        verify_and_more=True,
    ),
}


@dataclass
class Person:
    """A user of the terminal, as the table USERINFO holds it."""

    pin: str
    name: str = ""
    privilege: str = "0"
    password: str = field(default="", repr=False)
    card: str = ""
    group: str = "1"
    zones: str = "0000000100000000"
    fingers: set[int] = field(default_factory=set)

    def row(self, *, more: bool) -> str:
        """Return the row, with the fields that came later if it has `more`."""
        text = (
            f"USER PIN={self.pin}\tName={self.name}\tPri={self.privilege}\tPasswd={self.password}"
            f"\tCard={_shown_card(self.card) if more else self.card}\tGrp={self.group}\tTZ={self.zones}"
        )
        if more:
            text += "\tVerify=-1\tViceCard=\tStartDatetime=0\tEndDatetime=0"
        return text


def _shown_card(number: str) -> str:
    """Return a card as newer firmware tells it: five bytes, the lowest first."""
    if not number.isdigit() or number == "0":
        return ""
    return f"[{int(number).to_bytes(5, 'little').hex().upper()}]"


@dataclass(frozen=True)
class Entry:
    """One line of a log, and the stamp that goes with it."""

    stamp: int
    text: str


ALICE: Final = Person("1001", "Alice", card="1234567")
BOB: Final = Person("1002", "Bob")


class World:
    """The terminal as people meet it."""

    def __init__(
        self,
        model: Model,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        noticed: Callable[[], None],
    ) -> None:
        """`now` is the true local time; `noticed` is called when there is something to upload."""
        self.model = model
        self.clock_offset = timedelta()
        self.people: dict[str, Person] = {}
        self.attendance: list[Entry] = []
        self.operations: list[Entry] = []
        self.open_seconds = 5.0
        self.options = {"VOLUME": "70", "Language": "69", "DtFmt": "0"}
        self.alarm = False
        self.opened = 0
        self.capacity = 2000
        self._now = now
        self._monotonic = monotonic
        self._noticed = noticed
        self._open_until = 0.0
        self._stamp = 0

    @property
    def time(self) -> datetime:
        """What the terminal's clock shows."""
        return self._now().replace(tzinfo=None) + self.clock_offset

    @property
    def relay(self) -> bool:
        """Whether the lock is open now."""
        return self._monotonic() < self._open_until

    def unlock(self) -> None:
        """Open the lock for a while."""
        self.opened += 1
        self._open_until = self._monotonic() + self.open_seconds

    def _entry(self, text: str) -> Entry:
        # Stamps rise with time.
        packed = int((self.time - datetime(2000, 1, 1)).total_seconds())
        self._stamp = max(self._stamp + 1, packed)
        return Entry(self._stamp, text)

    def verify(
        self,
        pin: str,
        state: int = CHECK_IN,
        method: int = FINGER,
        work_code: str = "",
        *,
        garbage_time: bool = False,
    ) -> Entry:
        """Let somebody verify; the door opens."""
        time = "1971--10--29 -23:-27:-54" if garbage_time else f"{self.time:%F %T}"
        columns = [pin, time, str(state), str(method), work_code]
        columns += ["0"] * (self.model.columns - len(columns)) + [""]
        entry = self._entry("\t".join(columns))
        self.attendance.append(entry)
        if self.model.has_lock:
            self._open_until = self._monotonic() + self.open_seconds
        self._noticed()
        return entry

    def operate(self, code: int, first: int = 0, admin: str = "0") -> Entry:
        """Note that something was done."""
        entry = self._entry(
            f"OPLOG {code}\t{admin}\t{self.time:%F %T}\t{first}\t0\t0\t0"
        )
        self.operations.append(entry)
        self._noticed()
        return entry

    def enrol(self, person: Person, *, finger: int | None = 6) -> None:
        """Add a user at the terminal, perhaps with a finger, whose template is uploaded by some firmware."""
        self.people[person.pin] = person
        self.operate(ENROLLED, int(person.pin))
        self.operations.append(self._entry(person.row(more=self.model.verify_and_more)))
        if finger is not None:
            person.fingers.add(finger)
            template = f"FP PIN={person.pin}\tFID={finger}\tSize=1488\tValid=1\tTMP="
            self.operations.append(self._entry(template + "QUJD" * 400))
        self._noticed()

    def remove(self, pin: str) -> None:
        """Delete a user at the terminal."""
        del self.people[pin]
        self.operate(DELETED, int(pin))

    def info(self) -> dict[str, str]:
        """Return what the terminal tells about itself."""
        model = self.model
        return {
            "~DeviceName": model.name,
            "MAC": "00:17:61:10:79:9f",
            "TransactionCount": str(len(self.attendance)),
            "~MaxAttLogCount": "10",
            "UserCount": str(len(self.people)),
            "~MaxUserCount": "20",
            "PhotoFunOn": "1",
            "FingerFunOn": "1",
            "FPVersion": "10",
            "FPCount": str(sum(len(p.fingers) for p in self.people.values())),
            "FaceFunOn": "1",
            "FaceVersion": "7",
            "FaceCount": "0",
            "~LockFunOn": "15" if model.has_lock else "0",
            "~OEMVendor": "ZKTECO CO., LTD.",
            "FWVersion": model.firmware,
            "PushVersion": model.push_version,
            "~Platform": "ZMM220_TFT",
            "IPAddress": "192.168.1.201",
            **self.options,
        }
