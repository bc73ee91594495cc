"""What the simulated terminal does for one client: login, requests, answers.

Packets in, packets out. What the requests change lives in `standalone_world`;
sockets and everything that goes wrong on the way live in `standalone_link`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from math import inf
import struct
from typing import TYPE_CHECKING

from . import standalone_wire as wire
from .standalone_records import SUPER_ADMIN, unpack_user
from .standalone_wire import Packet, Refused
from .standalone_world import (
    MAX_COMBINATION,
    MAX_GROUP,
    MAX_ZONE,
    Access,
    Did,
    Template,
)

if TYPE_CHECKING:
    from .standalone_terminal import SimulatedTerminal

CLOSING_FIELD = 0x7C  # in the last packet of a long answer; nobody knows its meaning
MAX_BLOCK = 1024  # bytes of data in one packet of a client's transfer


class Kind(IntEnum):
    """What can be read or cleared as a whole."""

    ATTENDANCE = 1
    FINGERS = 2
    OPERATIONS = 4
    USERS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request brings about; `field` stands where the session id would."""

    data: bytes = b""
    code: int = wire.OK
    field: int | None = None
    long: bool = False  # data that may have to go in chunks
    then: Callable[[], None] | None = None  # once the answer is out


@dataclass(frozen=True, slots=True)
class Said:
    """An answer's packets, and what happens when they are out."""

    packets: list[Packet]
    then: Callable[[], None] | None = None


class Session:
    """One client: its number, whether it may ask, and what it wants to hear."""

    def __init__(self, terminal: SimulatedTerminal, largest_chunk: int) -> None:
        """Belong to a terminal, before the first request."""
        self._terminal = terminal
        self._largest_chunk = largest_chunk
        self.id: int | None = None
        self.authorised = False
        self.mask = 0
        self.unacknowledged: deque[Packet] = deque()
        self._prepared: bytes | None = None  # what the client reads piece by piece
        self._incoming: bytearray | None = None  # what the client sends in pieces
        self._handlers: dict[int, Callable[[bytes], Answer]] = {
            wire.EXIT: self._exit,
            wire.VERSION: self._version,
            wire.OPTION_READ: self._option_read,
            wire.OPTION_WRITE: self._option_write,
            wire.SIZES: self._sizes,
            wire.STATE: self._state,
            wire.GET_TIME: self._get_time,
            wire.SET_TIME: self._set_time,
            wire.PIN_WIDTH: self._pin_width,
            wire.ENABLE: self._enable,
            wire.DISABLE: self._disable,
            wire.SLEEP: self._sleep,
            wire.RESUME: self._resume,
            wire.RESTART: self._restart,
            wire.POWER_OFF: self._power_off,
            wire.REFRESH_DATA: self._nothing,
            wire.REFRESH_OPTIONS: self._nothing,
            wire.TEST_VOICE: self._voice,
            wire.ENABLE_CLOCK: self._show_clock,
            wire.WRITE_SCREEN: self._write_screen,
            wire.CLEAR_SCREEN: self._clear_screen,
            wire.EVENT: self._register,
            wire.UNLOCK: self._unlock,
            wire.DOOR_STATE: self._door_state,
            wire.PREPARE_BUFFER: self._prepare_buffer,
            wire.READ_BUFFER: self._read_buffer,
            wire.FREE_DATA: self._free,
            wire.DB_READ: self._read_directly,
            wire.TEMPLATE_READ: self._read_directly,
            wire.ATTENDANCE_READ: self._read_log,
            wire.OPERATIONS_READ: self._read_operations,
            wire.ONE_TEMPLATE_READ: self._one_template,
            wire.PREPARE_DATA: self._begin_incoming,
            wire.DATA: self._take_incoming,
            wire.BUFFER_CHECKSUM: self._incoming_checksum,
            wire.BUFFERED_TEMPLATE: self._store_template,
            wire.USER_WRITE: self._write_user,
            wire.DELETE_USER: self._delete_user,
            wire.DELETE_USER_TEMPLATE: self._delete_user_template,
            wire.DELETE_TEMPLATE: self._delete_template,
            wire.CLEAR_ADMINS: self._clear_admins,
            wire.CLEAR_DATA: self._clear_data,
            wire.CLEAR_ATTENDANCE: self._clear_log,
            wire.CLEAR_OPERATIONS: self._clear_operations,
            wire.CLEAR_ACCESS: self._clear_access,
            wire.START_ENROL: self._start_enrol,
            wire.START_VERIFY: self._nothing,
            wire.CANCEL_CAPTURE: self._cancel_capture,
            wire.USER_GROUP_READ: self._user_group_read,
            wire.USER_GROUP_WRITE: self._user_group_write,
            wire.USER_ZONES_READ: self._user_zones_read,
            wire.USER_ZONES_WRITE: self._user_zones_write,
            wire.GROUP_READ: self._group_read,
            wire.GROUP_WRITE: self._group_write,
            wire.ZONE_READ: self._zone_read,
            wire.ZONE_WRITE: self._zone_write,
            wire.COMBINATION_READ: self._combination_read,
            wire.COMBINATION_WRITE: self._combination_write,
            wire.VERIFY_MODE_READ: self._verify_mode_read,
            wire.VERIFY_MODE_WRITE: self._verify_mode_write,
            wire.MESSAGE_READ: self._message_read,
            wire.MESSAGE_WRITE: self._message_write,
            wire.MESSAGE_DELETE: self._message_delete,
            wire.USER_MESSAGE_WRITE: self._user_message_write,
            wire.USER_MESSAGE_DELETE: self._user_message_delete,
        }

    # Requests, answers, events

    def answer(self, request: Packet) -> Said:
        """Carry out a request."""
        try:
            answer = self._carry_out(request)
        except Refused as refusal:
            answer = Answer(code=refusal.code)
        except struct.error, ValueError, LookupError:
            # Too short, too long, or about somebody who is not there.
            answer = Answer(code=wire.ERROR)
        session = self.id or 0
        if not answer.long:
            field = session if answer.field is None else answer.field
            packet = Packet(answer.code, field, request.number, answer.data)
            return Said([packet], answer.then)
        return Said(self._in_chunks(request.number, answer.data))

    def _carry_out(self, request: Packet) -> Answer:
        code = self._terminal.faults.answers.get(request.command)
        if request.command == wire.CONNECT:
            return self._connect(code)
        if code is not None:
            raise Refused(code)
        if self.id is None or not self._terminal.is_own(request.session, self.id):
            raise Refused(wire.UNAUTHORISED)
        if request.command == wire.AUTH:
            return self._authorise(request.data)
        if not self.authorised:
            raise Refused(wire.UNAUTHORISED)
        handler = self._handlers.get(request.command)
        if handler is None or request.command in self._terminal.unknown_commands:
            raise Refused(wire.UNKNOWN_COMMAND)
        return handler(request.data)

    def event(self, code: int, data: bytes) -> Packet | None:
        """Return an event's packet when the client wants to hear of it."""
        if not (self.authorised and self.mask & code):
            return None
        packet = Packet(wire.EVENT, code, 0, data)
        self.unacknowledged.append(packet)
        return packet

    def acknowledge(self, packet: Packet) -> bool:
        """Take a client's word that it got the oldest event."""
        if self.id is None or not self._terminal.is_own(packet.session, self.id):
            return False
        if self.unacknowledged:
            self.unacknowledged.popleft()
        return True

    def _in_chunks(self, number: int, data: bytes) -> list[Packet]:
        session = self.id or 0
        size = min(self._terminal.max_chunk, self._largest_chunk)
        if len(data) <= self._terminal.inline_limit:
            return [Packet(wire.DATA, session, number, data)]
        announcement = struct.pack("<II", len(data), size)
        chunks = [
            Packet(wire.DATA, index & 0xFFFF, number, data[start : start + size])
            for index, start in enumerate(range(0, len(data), size))
        ]
        return [
            Packet(wire.PREPARE_DATA, session, number, announcement),
            *chunks,
            Packet(wire.OK, CLOSING_FIELD, number),
        ]

    # Login

    def _connect(self, code: int | None) -> Answer:
        if self.id is None:  # connecting again changes nothing
            self.id = self._terminal.new_session()
        if code is not None:
            raise Refused(code)
        if self._terminal.key or self._terminal.always_ask:
            self.authorised = False
            raise Refused(wire.UNAUTHORISED)
        self.authorised = True
        return Answer()

    def _authorise(self, data: bytes) -> Answer:
        proof = wire.scramble(self._terminal.key, self.id or 0, data[2])
        if data != proof:
            self._terminal.note(Did.FAILED_LOGIN)
            raise Refused(wire.UNAUTHORISED)
        self.authorised = True
        return Answer()

    def _exit(self, _data: bytes) -> Answer:
        answer = Answer(field=self.id)
        self.authorised, self.mask, self.id = False, 0, None
        return answer

    # The terminal itself

    def _nothing(self, _data: bytes) -> Answer:
        return Answer()

    def _version(self, _data: bytes) -> Answer:
        return Answer(self._terminal.firmware.encode() + b"\0")

    def _option_read(self, data: bytes) -> Answer:
        name = data.split(b"\0")[0].decode()
        value = self._terminal.options.get(name)
        if value is None:
            raise Refused(self._terminal.unknown_option)
        return Answer(f"{name}={value}\0".encode())

    def _option_write(self, data: bytes) -> Answer:
        name, sign, value = data.split(b"\0")[0].decode().partition("=")
        if not sign:
            raise Refused
        # Some terminals store and echo what they do not use, so this one does.
        self._terminal.options[name] = value
        self._terminal.note(Did.OPTION_CHANGED)
        return Answer()

    def _sizes(self, _data: bytes) -> Answer:
        terminal = self._terminal
        if terminal.sizes == 4:
            return Answer(bytes(4))
        users, fingers, records = (
            len(terminal.users),
            len(terminal.templates),
            len(terminal.log),
        )
        people = terminal.users.values()
        counters = [0] * 23
        counters[4], counters[6], counters[8] = users, fingers, records
        counters[10] = len(terminal.operations)
        counters[12] = sum(user.privilege & SUPER_ADMIN > 0 for user in people)
        counters[13] = sum(bool(user.password) for user in people)
        capacities = terminal.capacities
        counters[14:17] = capacities
        counters[17:20] = (
            capacity - used
            for capacity, used in zip(
                capacities, (fingers, users, records), strict=True
            )
        )
        for place, count in terminal.claimed.items():
            counters[place // 4] = count
        return Answer(struct.pack("<23i", *counters)[: terminal.sizes])

    def _state(self, _data: bytes) -> Answer:
        return Answer(field=self._terminal.state)

    def _get_time(self, _data: bytes) -> Answer:
        return Answer(struct.pack("<I", wire.pack_time(self._terminal.time)))

    def _set_time(self, data: bytes) -> Answer:
        (packed,) = struct.unpack("<I", data)
        self._terminal.set_time(wire.unpack_time(packed))
        return Answer()

    def _pin_width(self, _data: bytes) -> Answer:
        return Answer(bytes([int(self._terminal.options["~PIN2Width"])]))

    def _enable(self, _data: bytes) -> Answer:
        self._terminal.enable()
        return Answer()

    def _disable(self, data: bytes) -> Answer:
        self._terminal.disable(struct.unpack("<I", data)[0] if data else inf)
        return Answer()

    def _sleep(self, _data: bytes) -> Answer:
        self._terminal.asleep = True
        return Answer()

    def _resume(self, _data: bytes) -> Answer:
        self._terminal.asleep = False
        return Answer()

    def _restart(self, _data: bytes) -> Answer:
        if self._terminal.confirms_restart:
            return Answer(then=self._terminal.power_cycle)
        self._terminal.power_cycle()  # the connection ends before an answer
        return Answer()

    def _power_off(self, _data: bytes) -> Answer:
        return Answer(then=self._terminal.power_off)

    def _voice(self, data: bytes) -> Answer:
        self._terminal.voices += struct.unpack("<I", data)
        return Answer()

    def _show_clock(self, data: bytes) -> Answer:
        self._terminal.clock_shown = data[:1] != b"\0"
        return Answer()

    def _write_screen(self, data: bytes) -> Answer:
        row, _ = struct.unpack_from("<HB", data)
        self._terminal.screen[row] = data[3:].split(b"\0")[0].decode()
        return Answer()

    def _clear_screen(self, _data: bytes) -> Answer:
        self._terminal.screen.clear()
        return Answer()

    def _register(self, data: bytes) -> Answer:
        (self.mask,) = struct.unpack("<I", data)
        return Answer()

    # The door

    def _unlock(self, data: bytes) -> Answer:
        if not 1 <= len(data) <= 4:
            raise Refused
        self._terminal.unlock(int.from_bytes(data, "little"))
        return Answer()

    def _door_state(self, _data: bytes) -> Answer:
        if self._terminal.contact:
            return Answer(bytes([self._terminal.leaf_open]))
        if self._terminal.admits_missing_contact:
            raise Refused
        return Answer(b"\0")

    # Reading what is stored

    def _prepare_buffer(self, data: bytes) -> Answer:
        if self._terminal.old_firmware:
            raise Refused(wire.UNKNOWN_COMMAND)
        _, command, first, second = struct.unpack("<BHII", data)
        match command:
            case wire.ATTENDANCE_RANGE:
                whole = self._range(first, second)
            case wire.ATTENDANCE_READ:
                whole = self._dataset(Kind.ATTENDANCE)
            case wire.OPERATIONS_READ:
                whole = self._dataset(Kind.OPERATIONS)
            case wire.DB_READ | wire.TEMPLATE_READ:
                whole = self._dataset(first)
            case _:
                raise Refused
        if len(whole) == 4 and self._terminal.refuses_empty:
            raise Refused(wire.NOTHING_TO_READ)
        if len(whole) <= self._terminal.inline_limit:
            return Answer(whole, wire.DATA)
        self._prepared = whole
        size = len(whole)
        return Answer(struct.pack("<BIII", 0, size, size, sum(whole)))

    def _read_buffer(self, data: bytes) -> Answer:
        offset, length = struct.unpack("<II", data)
        if self._prepared is None or offset >= len(self._prepared):
            raise Refused
        return Answer(self._prepared[offset : offset + length], long=True)

    def _free(self, _data: bytes) -> Answer:
        self._prepared = self._incoming = None
        return Answer()

    def _read_log(self, _data: bytes) -> Answer:
        return Answer(self._dataset(Kind.ATTENDANCE), long=True)

    def _read_operations(self, _data: bytes) -> Answer:
        return Answer(self._dataset(Kind.OPERATIONS), long=True)

    def _read_directly(self, data: bytes) -> Answer:
        if len(data) == 3:
            return self._one_template(data)
        (kind,) = data
        return Answer(self._dataset(kind), long=True)

    def _one_template(self, data: bytes) -> Answer:
        template = self._terminal.templates[struct.unpack("<HB", data)]
        return Answer(template.data, long=True)

    def _dataset(self, kind: int) -> bytes:
        terminal = self._terminal
        match kind:
            case Kind.ATTENDANCE:
                size = terminal.record_size
                body = b"".join([record.pack(size) for record in terminal.log])
            case Kind.FINGERS:
                body = b"".join(
                    struct.pack("<HHBB", len(t.data) + 6, uid, finger, t.flag) + t.data
                    for (uid, finger), t in terminal.templates.items()
                )
                if terminal.cuts_fingers:
                    body = body[:-1]
            case Kind.OPERATIONS:
                body = b"".join(entry.pack() for entry in terminal.operations)
            case Kind.USERS:
                size_of_user = terminal.user_size
                body = b"".join(u.pack(size_of_user) for u in terminal.users.values())
            case _:
                raise Refused
        return len(body).to_bytes(4, "little") + body

    def _range(self, start: int, end: int) -> bytes:
        terminal = self._terminal
        if not terminal.range_read:
            raise Refused(wire.UNKNOWN_COMMAND)
        size = terminal.record_size
        body = b"".join(r.pack(size) for r in terminal.log if start <= r.packed <= end)
        return len(body).to_bytes(4, "little") + body

    # Writing what is stored

    def _begin_incoming(self, data: bytes) -> Answer:
        struct.unpack("<I", data)
        self._incoming = bytearray()
        return Answer()

    def _take_incoming(self, data: bytes) -> Answer:
        if self._incoming is None or len(data) > MAX_BLOCK:
            raise Refused
        self._incoming += data
        return Answer()

    def _incoming_checksum(self, _data: bytes) -> Answer:
        return Answer(struct.pack("<I", sum(self._incoming or b"")))

    def _store_template(self, data: bytes) -> Answer:
        uid, finger, flag, size = struct.unpack("<HBBH", data)
        if self._incoming is None or len(self._incoming) != size or finger > 9:
            raise Refused
        self._terminal.users[uid]
        template = Template(bytes(self._incoming), flag)
        self._terminal.templates[uid, finger] = template
        self._terminal.note(Did.FINGER_ENROLLED, uid, 0, finger, size)
        return Answer()

    def _write_user(self, data: bytes) -> Answer:
        user = unpack_user(data)
        if len(data) != self._terminal.user_size or not user.user_id:
            raise Refused
        if user.uid not in self._terminal.users:
            self._terminal.note(Did.USER_ADDED, user.uid)
        self._terminal.users[user.uid] = user
        return Answer()

    def _delete_user(self, data: bytes) -> Answer:
        (uid,) = struct.unpack("<H", data)
        self._terminal.delete_user(uid)
        return Answer()

    def _delete_user_template(self, data: bytes) -> Answer:
        uid, finger = struct.unpack("<HB", data)
        templates = self._terminal.templates
        # Reported from one terminal: finger 0 means all of them.
        found = [key for key in templates if key[0] == uid and finger in (0, key[1])]
        return self._delete_fingers(found)

    def _delete_template(self, data: bytes) -> Answer:
        raw, finger = struct.unpack("<24sB", data)
        uid = self._terminal.user(raw.split(b"\0")[0].decode()).uid
        known = (uid, finger) in self._terminal.templates
        return self._delete_fingers([(uid, finger)] if known else [])

    def _delete_fingers(self, found: list[tuple[int, int]]) -> Answer:
        if not found:
            raise Refused
        for uid, finger in found:
            del self._terminal.templates[uid, finger]
            self._terminal.note(Did.FINGER_DELETED, uid)
        return Answer()

    # Wiping

    def _clear_admins(self, _data: bytes) -> Answer:
        self._terminal.clear_admins()
        return Answer()

    def _clear_data(self, data: bytes) -> Answer:
        terminal = self._terminal
        kinds = set(data) or {*Kind}
        if Kind.ATTENDANCE in kinds:
            terminal.log.clear()
        if Kind.FINGERS in kinds:
            terminal.templates.clear()
        if Kind.USERS in kinds:
            terminal.users.clear()
            terminal.templates.clear()
        if Kind.OPERATIONS in kinds:
            terminal.operations.clear()
        terminal.note(Did.DATA_CLEARED)
        return Answer()

    def _clear_log(self, _data: bytes) -> Answer:
        self._terminal.log.clear()
        self._terminal.note(Did.LOGS_CLEARED)
        return Answer()

    def _clear_operations(self, _data: bytes) -> Answer:
        self._terminal.operations.clear()
        return Answer()

    def _clear_access(self, _data: bytes) -> Answer:
        self._terminal.access = Access()
        return Answer()

    # Enrolling

    def _start_enrol(self, data: bytes) -> Answer:
        flag = 1
        match len(data):
            case 26:
                raw, finger, flag = struct.unpack("<24sBB", data)
                user_id = raw.split(b"\0")[0].decode()
            case 25:
                raw, finger = struct.unpack("<24sB", data)
                user_id = raw.split(b"\0")[0].decode()
            case 5:
                number, finger = struct.unpack("<IB", data)
                user_id = str(number)
            case _:
                raise Refused
        if self._terminal.enrolling or finger > 9 or not user_id:
            raise Refused
        self._terminal.start_enrolment(user_id, finger, flag)
        return Answer()

    def _cancel_capture(self, _data: bytes) -> Answer:
        return Answer(then=lambda: self._terminal.fail_enrolment(6))

    # Who may pass when

    def _user_group_read(self, data: bytes) -> Answer:
        (uid,) = struct.unpack("<I", data)
        return Answer(bytes([self._terminal.users[uid].group]))

    def _user_group_write(self, data: bytes) -> Answer:
        uid, group = struct.unpack("<IB", data)
        self._terminal.change_user(uid, group=group)
        return Answer()

    def _user_zones_read(self, data: bytes) -> Answer:
        (uid,) = struct.unpack("<I", data)
        user = self._terminal.users[uid]
        # Captured so: read, 1 means the group's zones; written, 1 means one's own.
        return Answer(struct.pack("<4H", not user.own_zones, *user.zones))

    def _user_zones_write(self, data: bytes) -> Answer:
        uid, own, first, second, third = struct.unpack("<5I", data)
        zones = (first, second, third)
        self._terminal.change_user(uid, own_zones=own == 1, zones=zones)
        return Answer()

    def _group_read(self, data: bytes) -> Answer:
        group = data[0]
        self._check(group, MAX_GROUP)
        first = self._terminal.access.groups.get(group, (0, 0, 0, 0))
        return Answer(struct.pack("<B3HB", group, *first))

    def _group_write(self, data: bytes) -> Answer:
        group, first, second, third, mode = struct.unpack("<B3HB", data)
        self._check(group, MAX_GROUP)
        self._terminal.access.groups[group] = (first, second, third, mode)
        return Answer()

    def _zone_read(self, data: bytes) -> Answer:
        (zone,) = struct.unpack("<I", data)
        self._check(zone, MAX_ZONE)
        hours = self._terminal.access.zones.get(zone, bytes((0, 0, 23, 59)) * 7)
        return Answer(struct.pack("<H28s2s", zone, hours, b"\xa7\x1c"))

    def _zone_write(self, data: bytes) -> Answer:
        zone, hours = struct.unpack("<I28s", data)
        self._check(zone, MAX_ZONE)
        self._terminal.access.zones[zone] = hours
        return Answer()

    def _combination_read(self, data: bytes) -> Answer:
        combination = data[0]
        self._check(combination, MAX_COMBINATION)
        groups, count = self._terminal.access.combinations.get(
            combination, (bytes(5), 0)
        )
        return Answer(struct.pack("<B5sH", combination, groups, count))

    def _combination_write(self, data: bytes) -> Answer:
        combination, groups, count = struct.unpack("<B5sH", data)
        self._check(combination, MAX_COMBINATION)
        self._terminal.access.combinations[combination] = (groups, count)
        return Answer()

    def _verify_mode_read(self, data: bytes) -> Answer:
        (uid,) = struct.unpack("<H", data)
        self._terminal.users[uid]
        mode = self._terminal.access.verify_modes.get(uid, 0)
        return Answer(struct.pack("<HB21x", uid, mode))

    def _verify_mode_write(self, data: bytes) -> Answer:
        uid, mode = struct.unpack("<HB21x", data)
        self._terminal.users[uid]
        self._terminal.access.verify_modes[uid] = mode
        return Answer()

    def _check(self, number: int, highest: int) -> None:
        if not 1 <= number <= highest:
            raise Refused

    # Short messages

    def _message_read(self, data: bytes) -> Answer:
        (message,) = struct.unpack("<H", data)
        return Answer(self._terminal.messages[message])

    def _message_write(self, data: bytes) -> Answer:
        if len(data) != 72:
            raise Refused
        (message,) = struct.unpack_from("<H", data, 1)
        self._terminal.messages[message] = data
        return Answer()

    def _message_delete(self, data: bytes) -> Answer:
        (message,) = struct.unpack("<H", data)
        del self._terminal.messages[message]
        return Answer()

    def _user_message_write(self, data: bytes) -> Answer:
        uid, message = struct.unpack("<HH", data)
        self._terminal.user_messages.add((uid, message))
        return Answer()

    def _user_message_delete(self, data: bytes) -> Answer:
        uid, message = struct.unpack("<HH", data)
        self._terminal.user_messages.remove((uid, message))
        return Answer()
