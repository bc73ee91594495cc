"""What the simulated terminal stores, and how wide its records are on the wire.

Users, attendance records and the operation log, each with its layouts. Who makes
them and who asks for them lives in `standalone_world` and `standalone_session`.
"""

from dataclasses import dataclass
from datetime import datetime
import struct
from typing import Literal

from .standalone_wire import pack_time, unpack_time

type UserSize = Literal[16, 28, 72]
type RecordSize = Literal["8A", "8B", 16, 40, 49]

# uid, privilege, password, name, card, group, own zones, three zones, user id
_USER_72 = struct.Struct("<HB8s24sIBHHHH24s")
# uid, privilege, password, name
_USER_16 = struct.Struct("<HB5s8s")
# uid, privilege, password, name, card and its fifth byte, group, zone bits, user id
_USER_28 = struct.Struct("<HB5s8sIxBHI")

# uid, user id, verify, time, state, work code, reserved
_RECORD_40 = struct.Struct("<H24sBIBII")
_RECORD_49 = struct.Struct("<H24sBIBIIB8s")
# user id, time, state, verify, reserved, work code
_RECORD_16 = struct.Struct("<IIBBHI")
# uid, verify, time, state
_RECORD_8A = struct.Struct("<HBIB")
# uid, packed state and verify, unknown, time
_RECORD_8B = struct.Struct("<HBBI")

# administrator's uid, operation, unknown, time, four parameters
_OPERATION = struct.Struct("<HBBIHHHH")

DISABLED = 1
SUPER_ADMIN = 14


@dataclass(frozen=True, slots=True)
class User:
    """A person the terminal knows; `zones` count when `own_zones` is set."""

    uid: int
    user_id: str
    name: str = ""
    privilege: int = 0
    password: str = ""
    card: int = 0
    group: int = 1
    own_zones: bool = False
    zones: tuple[int, int, int] = (0, 0, 0)

    def pack(self, size: UserSize) -> bytes:
        """Return the record; a narrow one loses what does not fit."""
        if size == 72:
            return _USER_72.pack(
                self.uid,
                self.privilege,
                self.password.encode()[:7],
                self.name.encode()[:23],
                self.card,
                self.group,
                self.own_zones,
                *self.zones,
                self.user_id.encode(),
            )
        password, name = self.password.encode()[:5], self.name.encode()[:8]
        if size == 16:
            return _USER_16.pack(self.uid, self.privilege, password, name)
        return _USER_28.pack(
            self.uid,
            self.privilege,
            password,
            name,
            self.card,
            self.group,
            sum(1 << zone - 1 for zone in set(self.zones) if 0 < zone <= 16),
            number_of(self.user_id, self.uid),
        )


def unpack_user(raw: bytes) -> User:
    """Read a user record of either width; raise ValueError for any other."""
    if len(raw) == _USER_72.size:
        uid, privilege, password, name, card, group, own, *zones, user_id = (
            _USER_72.unpack(raw)
        )
        return User(
            uid,
            _text(user_id),
            _text(name),
            privilege,
            _text(password),
            card,
            group,
            own == 1,
            (zones[0], zones[1], zones[2]),
        )
    if len(raw) == _USER_28.size:
        uid, privilege, password, name, card, group, bits, number = _USER_28.unpack(raw)
        set_bits = [bit + 1 for bit in range(16) if bits >> bit & 1]
        first, second, third = (*set_bits, 0, 0, 0)[:3]
        return User(
            uid,
            str(number),
            _text(name),
            privilege,
            _text(password),
            card,
            group,
            bool(bits),
            (first, second, third),
        )
    raise ValueError("not a user record")


@dataclass(frozen=True, slots=True)
class Record:
    """Somebody who verified; `packed` is the terminal's own wall clock."""

    uid: int
    user_id: str
    verify: int
    state: int
    packed: int
    work_code: int = 0

    @property
    def time(self) -> datetime:
        """The wall clock time."""
        return unpack_time(self.packed)

    def pack(self, size: RecordSize) -> bytes:
        """Return the record in one of the known widths."""
        match size:
            case 40 | 49:
                wide = (
                    self.uid,
                    self.user_id.encode(),
                    self.verify,
                    self.packed,
                    self.state,
                    self.work_code,
                    255,
                )
                if size == 40:
                    return _RECORD_40.pack(*wide)
                return _RECORD_49.pack(*wide, 255, b"255")
            case 16:
                number = number_of(self.user_id, self.uid)
                return _RECORD_16.pack(
                    number, self.packed, self.state, self.verify, 0, self.work_code
                )
            case "8A":
                return _RECORD_8A.pack(self.uid, self.verify, self.packed, self.state)
            case "8B":
                both = self.state & 7 | (self.verify & 3) << 3 | 0x20
                return _RECORD_8B.pack(self.uid, both, 0, self.packed)


@dataclass(frozen=True, slots=True)
class Operation:
    """An entry of the operation log."""

    code: int
    time: datetime
    parameters: tuple[int, int, int, int] = (0, 0, 0, 0)
    admin: int = 0

    def pack(self) -> bytes:
        """Return the entry's 16 bytes."""
        return _OPERATION.pack(
            self.admin, self.code, 0, pack_time(self.time), *self.parameters
        )


def number_of(user_id: str, uid: int) -> int:
    """Return a user id as old formats carry it; they know no letters."""
    number = int(user_id) if user_id.isascii() and user_id.isdecimal() else uid
    return number & 0xFFFFFFFF


def _text(raw: bytes) -> str:
    """Cut at the first NUL, as the terminal does: junk may follow."""
    return raw.split(b"\0")[0].decode(errors="replace")
