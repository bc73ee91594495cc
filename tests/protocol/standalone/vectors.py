"""Packets and records of standalone terminals, with what they mean. All were captured unless they say otherwise.

The people in them are the authors' John Does; where an owner had published real numbers, others stand here.
"""

from dataclasses import dataclass
from datetime import datetime
import struct

from custom_components.zkteco.protocol.standalone.logs import (
    Attendance,
    AttendanceLayout,
    Operation,
)
from custom_components.zkteco.protocol.standalone.packet import Command, Packet, Reply
from custom_components.zkteco.protocol.standalone.sizes import Sizes
from custom_components.zkteco.protocol.standalone.users import Privilege, User


def sizes(*numbers: int) -> bytes:
    """Return counters as they stand in an answer."""
    return struct.pack(f"<{len(numbers)}i", *numbers)


@dataclass(frozen=True, kw_only=True)
class Captured:
    """One packet, as it stands in a TCP stream or, as a datagram, without the eight bytes before it."""

    id: str
    wire: str
    packet: Packet
    is_datagram: bool = False


USERS_30 = bytes.fromhex(
    "90000000"
    "01000000000000000000006366756c616e6f0000000000000000000000000000000000000000000000000000000000003130303030316c70"
    "00000000000000000000000000000000"
    "0200000000000000000000726d656e67616e6f00000000000000000000000000000000000000000000000000000000003232323232326362"
    "00000000000000000000000000000000"
)
USER_32 = bytes.fromhex(
    "0e0006313233343536007c4e7565766f000000000000000000000000000000000000008f1900000100000000000000003131323234343838"
    "00000000000000000000000000000000"
)
SIZES_23 = sizes(
    *(0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0),
    *(500, 500, 50000, 500, 498, 50000),
)
SIZES_24 = sizes(
    *(0, 0, 0, 0, 70, 0, 70, 0, 3225, 0, 282, 0, 6, 6),
    *(500, 500, 50000, 430, 430, 46775),
)

PACKETS = [
    Captured(
        id="1 connect",
        wire="5050827d08000000e80317fc00000000",
        packet=Packet(Command.CONNECT, 0, 0),
    ),
    Captured(
        id="2 connected",
        wire="5050827d08000000d007fffc2ffb0000",
        packet=Packet(Reply.OK, 0xFB2F, 0),
    ),
    Captured(
        id="3 goodbye",
        wire="5050827d08000000e903e6002ffb0100",
        packet=Packet(Command.EXIT, 0xFB2F, 1),
    ),
    Captured(
        id="4 connected, but who are you",
        wire="5050827d08000000d5075bb2cf450000",
        packet=Packet(Reply.UNAUTHORISED, 0x45CF, 0),
    ),
    Captured(
        id="5 key 12",
        wire="5050827d0c0000004e044e2ccf450100614d323c",
        packet=Packet(Command.AUTH, 0x45CF, 1, b"\x61\x4d\x32\x3c"),
    ),
    Captured(
        id="6 key 45",
        wire="5050827d0c0000004e044db0cf45010061c9323c",
        packet=Packet(Command.AUTH, 0x45CF, 1, b"\x61\xc9\x32\x3c"),
    ),
    Captured(
        id="7 key accepted",
        wire="5050827d08000000d0075fb2cf450100",
        packet=Packet(Reply.OK, 0x45CF, 1),
    ),
    Captured(
        id="8 key refused",
        wire="5050827d08000000d5075ab2cf450100",
        packet=Packet(Reply.UNAUTHORISED, 0x45CF, 1),
    ),
    Captured(
        id="9 option ~OS",
        wire="5050827d0c0000000b0058efc5c005007e4f5300",
        packet=Packet(Command.OPTION_READ, 0xC0C5, 5, b"~OS\0"),
    ),
    Captured(
        id="10 option ~Platform",
        wire="5050827d120000000b00b9e6f38d0c007e506c6174666f726d00",
        packet=Packet(Command.OPTION_READ, 0x8DF3, 12, b"~Platform\0"),
    ),
    Captured(
        id="11 value of ~Platform",
        wire="5050827d1d000000d007714cf38d0c007e506c6174666f726d3d5a454d3736305f54465400",
        packet=Packet(Reply.OK, 0x8DF3, 12, b"~Platform=ZEM760_TFT\0"),
    ),
    Captured(
        id="12 value of WorkCode",
        wire="5050827d13000000d007828af38d0b00576f726b436f64653d3000",
        packet=Packet(Reply.OK, 0x8DF3, 11, b"WorkCode=0\0"),
    ),
    Captured(
        id="13 option ZKFaceVersion",
        wire="0b005a17f38d03005a4b4661636556657273696f6e00",
        packet=Packet(Command.OPTION_READ, 0x8DF3, 3, b"ZKFaceVersion\0"),
        is_datagram=True,
    ),
    Captured(
        id="14 set LockOn",
        wire="5050827d110000000c00ebbb84c547004c6f636b4f6e3d3500",
        packet=Packet(Command.OPTION_WRITE, 0xC584, 71, b"LockOn=5\0"),
    ),
    Captured(
        id="15 set AntiPassbackOn",
        wire="5050827d190000000c00602284c54300416e7469506173736261636b4f6e3d3000",
        packet=Packet(Command.OPTION_WRITE, 0xC584, 67, b"AntiPassbackOn=0\0"),
    ),
    Captured(
        id="20 user ids of nine digits",
        wire="d007296af38d0a0009",
        packet=Packet(Reply.OK, 0x8DF3, 10, b"\x09"),
        is_datagram=True,
    ),
    Captured(
        id="21 the same of another terminal",
        wire="5050827d09000000d007babb5c3c100009",
        packet=Packet(Reply.OK, 0x3C5C, 16, b"\x09"),
    ),
    Captured(
        id="22 how full are you",
        wire="5050827d080000003200fcb9cf450200",
        packet=Packet(Command.SIZES, 0x45CF, 2),
    ),
    Captured(
        id="23 a new terminal",
        wire="5050827d58000000d0074c495820130000000000000000000000000000000000020000000000000000000000000000000000000000"
        "00000007000000000000000000000000000000f4010000f401000050c30000f4010000f201000050c30000",
        packet=Packet(Reply.OK, 0x2058, 19, SIZES_23),
    ),
    Captured(
        id="24 a used terminal",
        wire="5050827d58000000d007292c5c3c130000000000000000000000000000000000460000000000000046000000"
        "00000000990c0000000000001a010000000000000600000006000000f4010000f401000050c30000ae010000ae010000b7b60000",
        packet=Packet(Reply.OK, 0x3C5C, 19, SIZES_24),
    ),
    Captured(
        id="25 state 2 in the session's place",
        wire="5050827d08000000d007f6f702003700",
        packet=Packet(Reply.OK, 2, 55),
    ),
    Captured(
        id="26 prepare the users",
        wire="5050827d13000000df053ca6cf4514000109000500000000000000",
        packet=Packet(
            Command.PREPARE_BUFFER,
            0x45CF,
            20,
            struct.pack("<BHII", 1, Command.TEMPLATE_READ, 5, 0),
        ),
    ),
    Captured(
        id="27 prepared: 70 users and their total",
        wire="5050827d15000000d007a7625c3c150000b4130000b4130000cdef2300",
        packet=Packet(
            Reply.OK, 0x3C5C, 21, struct.pack("<BIII", 0, 5044, 5044, 0x23EFCD)
        ),
    ),
    Captured(
        id="28 5044 bytes come, 1008 at a time",
        wire="5050827d10000000dc050da65c3c1600b4130000f0030000",
        packet=Packet(
            Command.PREPARE_DATA, 0x3C5C, 22, struct.pack("<II", 5044, 0x3F0)
        ),
    ),
    Captured(
        id="29 the last of them, number 5",
        wire="5050827d0c000000dd0507fa0500160000000000",
        packet=Packet(Command.DATA, 5, 22, bytes(4)),
    ),
    Captured(
        id="30 two users at once",
        wire="5050827d9c000000dd053c8758201500" + USERS_30.hex(),
        packet=Packet(Command.DATA, 0x2058, 21, USERS_30),
    ),
    Captured(
        id="32 write a user",
        wire="5050827d500000000800fc579d8a5c00" + USER_32.hex(),
        packet=Packet(Command.USER_WRITE, 0x8A9D, 92, USER_32),
    ),
    Captured(
        id="44 end of a long answer, the session's place means nothing",
        wire="5050827d08000000d007fcf701003200",
        packet=Packet(Reply.OK, 1, 50),
    ),
    Captured(
        id="45 free the buffer",
        wire="5050827d08000000de05aebd5c3c1700",
        packet=Packet(Command.FREE_DATA, 0x3C5C, 23),
    ),
    Captured(
        id="46 7572 bytes come at once",
        wire="5050827d10000000dc05477830641700941d000000000100",
        packet=Packet(
            Command.PREPARE_DATA, 0x6430, 23, struct.pack("<II", 7572, 0x10000)
        ),
    ),
    Captured(
        id="47 prepared: 7572 bytes",
        wire="5050827d15000000d007acf93064160000941d0000941d0000b400be00",
        packet=Packet(
            Reply.OK, 0x6430, 22, struct.pack("<BIII", 0, 7572, 7572, 0xBE00B4)
        ),
    ),
    Captured(
        id="48 end of a template, an odd number of bytes",
        wire="5050827d0b000000dd054ba201003500a05701",
        packet=Packet(Command.DATA, 1, 53, b"\xa0\x57\x01"),
    ),
    Captured(
        id="49 connect, counting from 1",
        wire="5050827d08000000e80316fc00000100",
        packet=Packet(Command.CONNECT, 0, 1),
    ),
    Captured(
        id="50 the log, without a buffer",
        wire="5050827d080000000d005094a06b0200",
        packet=Packet(Command.ATTENDANCE_READ, 0x6BA0, 2),
    ),
    Captured(
        id="51 124 bytes come",
        wire="5050827d10000000dc05158aa06b02007c000000f0030000",
        packet=Packet(Command.PREPARE_DATA, 0x6BA0, 2, struct.pack("<II", 124, 0x3F0)),
    ),
    Captured(
        id="52 end of them, their number in the session's place",
        wire="5050827d08000000d007b1f77c000200",
        packet=Packet(Reply.OK, 124, 2),
    ),
]

# key, session, tick, what goes over the wire
KEYS = {
    "5 captured": (12, 0x45CF, 50, "614d323c"),
    "6 captured": (45, 0x45CF, 50, "61c9323c"),
    "computed, no key": (0, 0x45CF, 50, "617d323c"),
    "computed, one session": (1234, 0x1F2E, 50, "41363266"),
    "computed, another session": (1234, 0x1F99, 50, "41363266"),
    "computed, the largest key": (999_999, 0x1234, 0, "10b30049"),
}

SIZES = {
    "23": (
        SIZES_23,
        Sizes(
            users=2,
            fingerprints=0,
            records=0,
            operations=7,
            admins=0,
            passwords=0,
            fingerprint_capacity=500,
            user_capacity=500,
            record_capacity=50000,
        ),
    ),
    "24": (
        SIZES_24,
        Sizes(
            users=70,
            fingerprints=70,
            records=3225,
            operations=282,
            admins=6,
            passwords=6,
            fingerprint_capacity=500,
            user_capacity=500,
            record_capacity=50000,
        ),
    ),
    "25b, its numbers without its frame": (
        sizes(
            *(0, 0, 0, 0, 7, 0, 6, 0, 605, 0, 3087, 0, 1, 0),
            *(3000, 10000, 100_000, 2994, 9993, 99395),
        ),
        Sizes(
            users=7,
            fingerprints=6,
            records=605,
            operations=3087,
            admins=1,
            passwords=0,
            fingerprint_capacity=3000,
            user_capacity=10000,
            record_capacity=100_000,
        ),
    ),
}

USER_31 = bytes.fromhex(
    "0d000034343400c69a807c4e6564000000000000000000000000000000000000000000de0000000201000100020000003535350000000000"
    "00000000000000000000000000000000"
)
USER_33 = bytes.fromhex(
    "01000e0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003830380000000000"
    "00000000000000000000000000000000"
)
USERS = {
    "30 first": (
        USERS_30[4:76],
        User(1, "100001lp", "cfulano", group=0, kept=USERS_30[4:76]),
    ),
    "30 second": (
        USERS_30[76:],
        User(2, "222222cb", "rmengano", group=0, kept=USERS_30[76:]),
    ),
    "31": (
        USER_31,
        User(
            13,
            "555",
            "Ned",
            password="444",
            card=0xDE,
            group=2,
            own_zones=True,
            zones=(1, 2, 0),
            kept=USER_31,
        ),
    ),
    "32": (
        USER_32,
        User(
            14,
            "11224488",
            "Nuevo",
            Privilege.MANAGER,
            password="123456",
            card=6543,
            kept=USER_32,
        ),
    ),
    "33": (USER_33, User(1, "808", "", Privilege.ADMIN, group=0, kept=USER_33)),
}

ATTENDANCE = {
    "34": (
        AttendanceLayout.TEXT_40,
        "0d00393939313131333333000000000000000000000000000000016bb368230000000000ff000000",
        [
            Attendance(
                "999111333",
                13,
                datetime(2018, 6, 25, 17, 50, 35),
                1,
                0,
                tail=b"\xff\0\0\0",
            )
        ],
    ),
    "35": (
        AttendanceLayout.TEXT_40,
        "01003230303435000000000000000000000000000000000000000fb8ebc929000000000000000000",
        [
            Attendance(
                "20045", 1, datetime(2021, 10, 24, 13, 42, 16), 15, 0, tail=bytes(4)
            )
        ],
    ),
    "36": (
        AttendanceLayout.NUMBER_16,
        (
            "65000000ec154f230000000000000000"
            "6600000095164f230000000000000000"
            "67000000c1194f230000000000000000"
        ),
        [
            Attendance(
                "101", None, datetime(2018, 6, 6, 7, 31, 56), 0, 0, tail=b"\0\0"
            ),
            Attendance(
                "102", None, datetime(2018, 6, 6, 7, 34, 45), 0, 0, tail=b"\0\0"
            ),
            Attendance(
                "103", None, datetime(2018, 6, 6, 7, 48, 17), 0, 0, tail=b"\0\0"
            ),
        ],
    ),
    "37": (
        AttendanceLayout.NUMBER_8B,
        "08002800a8eba71e7a0028004beca71e7a0028004eeca71e",
        [
            Attendance("8", 8, datetime(2016, 1, 1, 19, 2), 1, 0, tail=b"\x28\0"),
            Attendance(
                "122", 122, datetime(2016, 1, 1, 19, 4, 43), 1, 0, tail=b"\x28\0"
            ),
            Attendance(
                "122", 122, datetime(2016, 1, 1, 19, 4, 46), 1, 0, tail=b"\x28\0"
            ),
        ],
    ),
}

OPERATION_38 = "0000062ac29b68230300000007000205"
FINGERPRINT_ENROLLED = Operation(
    0, 6, datetime(2018, 6, 25, 16, 9, 38), (3, 0, 7, 0x0502)
)

TIMES = {
    0x2368B36B: datetime(2018, 6, 25, 17, 50, 35),
    0x23689BC2: datetime(2018, 6, 25, 16, 9, 38),
    0x29C9EBB8: datetime(2021, 10, 24, 13, 42, 16),
    0x1EA7EBA8: datetime(2016, 1, 1, 19, 2),
    0: datetime(2000, 1, 1),
}
