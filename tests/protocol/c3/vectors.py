"""Frames of C3 panels, most of them captured, with what they mean.

`REQUESTS` are what a host sends and must come out of the builders byte by byte; `REPLIES` are what panels answer and must be
read as shown. Records without a frame around them are in `RECORDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
import struct

from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.c3 import (
    control,
    discovery,
    frame,
    parameters,
    rtlog,
    tables,
)
from custom_components.zkteco.protocol.c3.frame import Command, Reply
from custom_components.zkteco.protocol.model import Direction

NO_SESSION = b""


def session(number: int, sequence: int) -> bytes:
    """Return what a session puts in front of the data."""
    return struct.pack("<HH", number, sequence)


def clock(text: str) -> datetime:
    """Return a panel's local time."""
    return datetime.fromisoformat(text)


def table(definition: str) -> tables.Table:
    """Return the table of one definition line."""
    return next(iter(tables.parse_definitions(definition.encode()).values()))


OLD_USER = table(
    "user=1,CardNo=i1,Pin=i2,Password=s3,Group=i4,StartTime=i5,EndTime=i6,SuperAuthorize=i7"
)
NEW_USER = table(
    "user=1,UID=i1,CardNo=i2,Pin=i3,Password=s4,Group=i5,StartTime=i6,EndTime=i7,Name=s8,SuperAuthorize=i9"
)
USERAUTHORIZE = table(
    "userauthorize=2,Pin=i1,AuthorizeTimezoneId=i2,AuthorizeDoorId=i3"
)
OLD_TRANSACTION = table(
    "transaction=5,Cardno=i1,Pin=i2,Verified=i3,DoorID=i4,EventType=i5,InOutState=i6,Time_second=i7"
)
NEW_TRANSACTION = table(
    "transaction=5,Pin=s1,Verified=i2,DoorID=i3,EventType=i4,InOutState=i5,Time_second=i6,Index=i7,Cardno=L8,"
    "Sitecode=i9"
)


def event(
    code: int,
    address: int,
    time: str,
    *,
    card: int = 0,
    user_id: str | None = None,
    verify: int = 200,
    direction: Direction | None = None,
    index: int | None = None,
) -> rtlog.EventRecord:
    """Return an event as panels report it when nobody verified; the rest says otherwise."""
    return rtlog.EventRecord(
        code=code,
        card=card,
        user_id=user_id,
        address=address,
        verify=verify,
        direction=direction,
        time=clock(time),
        index=index,
        trigger=None,
    )


def door(contact_open: bool | None, alarms: str = "") -> rtlog.DoorStatus:
    """Return a door of the binary log; `alarms` names those that are on."""
    return rtlog.DoorStatus(
        contact_open=contact_open,
        any_alarm="any" in alarms,
        held_open="held" in alarms,
    )


def quiet_door(contact_open: bool | None) -> rtlog.DoorStatus:
    """Return a door of the text log without any alarm."""
    return rtlog.DoorStatus(
        contact_open=contact_open,
        any_alarm=False,
        held_open=False,
        forced=False,
        tamper=False,
        duress=False,
    )


NOTHING, CLOSED, OPEN = door(None), door(False), door(True)


def status(
    time: str, *doors: rtlog.DoorStatus, relays: Mapping[int, bool] | None
) -> rtlog.StatusRecord:
    """Return a status of the binary log."""
    return rtlog.StatusRecord(
        doors=dict(enumerate(doors, 1)),
        relays=relays,
        mains_failed=None,
        battery_failed=None,
        time=clock(time),
    )


def relays(*on: int, count: int = 4) -> dict[int, bool]:
    """Return the relays of which `on` are energised."""
    return {number: number in on for number in range(1, count + 1)}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A frame to be built."""

    id: str
    wire: str
    command: Command
    prefix: bytes = NO_SESSION
    payload: bytes = b""


REQUESTS = [
    Request(
        id="1 connect with a session",
        wire="aa01760400fefefefe467755",
        command=Command.CONNECT_SESSION,
        prefix=session(0xFEFE, 0xFEFE),
    ),
    Request(
        id="4 connect with a session and a password",
        wire="aa01760d00fefefefe62616e616e61313233961955",
        command=Command.CONNECT_SESSION,
        prefix=session(0xFEFE, 0xFEFE),
        payload=b"banana123",
    ),
    Request(
        id="10 connect without a session",
        wire="aa01010000503c55",
        command=Command.CONNECT,
    ),
    Request(
        id="13 disconnect",
        wire="aa01020000a03c55",
        command=Command.DISCONNECT,
    ),
    Request(
        id="14 disconnect in a session",
        wire="aa01020400d6cd01004baf55",
        command=Command.DISCONNECT,
        prefix=session(0xCDD6, 1),
    ),
    Request(
        id="15 connect without a session, with a password",
        wire="aa0101090062616e616e61313233d26055",
        command=Command.CONNECT,
        payload=b"banana123",
    ),
    Request(
        id="16 get parameters",
        wire="aa010441007e53657269616c4e756d6265722c4669726d5665722c4465766963654e616d652c4c6f636b436f756e742c"
        "417578496e436f756e742c4175784f7574436f756e74d06355",
        command=Command.GET_PARAMETERS,
        payload=parameters.encode_get(
            (
                "~SerialNumber",
                "FirmVer",
                "DeviceName",
                "LockCount",
                "AuxInCount",
                "AuxOutCount",
            )
        ),
    ),
    Request(
        id="23 set the clock",
        wire="aa01031600d18a00ff4461746554696d653d383132363439323532053e55",
        command=Command.SET_PARAMETERS,
        prefix=session(0x8AD1, 0xFF00),
        payload=parameters.encode_set(
            {"DateTime": str(packed_time.encode(clock("2025-04-13 15:54:12")))}
        ),
    ),
    Request(
        id="24 get the clock",
        wire="aa010408004461746554696d65763755",
        command=Command.GET_PARAMETERS,
        payload=parameters.encode_get(["DateTime"]),
    ),
    Request(
        id="25 ask for the log",
        wire="aa010b0000703e55",
        command=Command.RTLOG,
    ),
    Request(
        id="26 ask for the log in a session",
        wire="aa010b0400d2fe1639ec7255",
        command=Command.RTLOG,
        prefix=session(0xFED2, 0x3916),
    ),
    Request(
        id="49 ask for the log as text",
        wire="aa01790000d02555",
        command=Command.RTLOG_TEXT,
    ),
    Request(
        id="50 open door 1 for 3 s",
        wire="aa010505000101010300f5a355",
        command=Command.CONTROL,
        payload=control.open_door(1, 3),
    ),
    Request(
        id="51 close door 1",
        wire="aa010505000101010000f55355",
        command=Command.CONTROL,
        payload=control.close_door(1),
    ),
    Request(
        id="52 hold door 1 open",
        wire="aa01050500010101ff00b4a355",
        command=Command.CONTROL,
        payload=control.hold_door(1),
    ),
    Request(
        id="53 auxiliary output 1 for 5 s",
        wire="aa010505000101020500060355",
        command=Command.CONTROL,
        payload=control.aux_pulse(1, 5),
    ),
    Request(
        id="54 cancel alarms",
        wire="aa010505000200000000e16f55",
        command=Command.CONTROL,
        payload=control.cancel_alarms(),
    ),
    Request(
        id="55 restart",
        wire="aa010505000300000000dcaf55",
        command=Command.CONTROL,
        payload=control.restart(),
    ),
    Request(
        id="56 enable the normal-open schedule of door 1",
        wire="aa010505000401010000395355",
        command=Command.CONTROL,
        payload=control.normal_open_schedule(1, enabled=True),
    ),
    Request(
        id="57 open door 1 for 3 s in a session",
        wire="aa01050900d2fed73a0101010300e52755",
        command=Command.CONTROL,
        prefix=session(0xFED2, 0x3AD7),
        payload=control.open_door(1, 3),
    ),
    Request(
        id="58 close door 3 in a session",
        wire="aa01050900d2fe993a01030100004a6b55",
        command=Command.CONTROL,
        prefix=session(0xFED2, 0x3A99),
        payload=control.close_door(3),
    ),
    Request(
        id="59 get table definitions",
        wire="aa01060000e1fd55",
        command=Command.TABLE_DEFINITIONS,
    ),
    Request(
        id="62 read all fields of all users",
        wire="aa01080d0001090102030405060708090000073f55",
        command=Command.READ_ROWS,
        payload=tables.encode_read(NEW_USER),
    ),
    Request(
        id="67 count users",
        wire="aa010a010001ae1855",
        command=Command.COUNT_ROWS,
        payload=tables.encode_count(OLD_USER),
    ),
    Request(
        id="68 read new log rows",
        wire="aa01080c0005070102030405060701010047e355",
        command=Command.READ_ROWS,
        payload=tables.encode_read(OLD_TRANSACTION, new_records=True),
    ),
    Request(
        id="69 read user 1001",
        wire="aa01080f0001070102030405060700010202e903a3ee55",
        command=Command.READ_ROWS,
        payload=tables.encode_read(OLD_USER, conditions={"Pin": 1001}),
    ),
    Request(
        id="70 write user 1001",
        wire="aa01071a00010701020304050607044e61bc0002e903000100010001000100737655",
        command=Command.WRITE_ROWS,
        payload=tables.encode_write(OLD_USER, [{"CardNo": 12345678, "Pin": 1001}])[0],
    ),
    Request(
        id="71 write a right of user 1001",
        wire="aa01070c00020301020302e9030101010195f855",
        command=Command.WRITE_ROWS,
        payload=tables.encode_write(
            USERAUTHORIZE,
            [{"Pin": 1001, "AuthorizeTimezoneId": 1, "AuthorizeDoorId": 1}],
        )[0],
    ),
    Request(
        id="72 delete user 1001",
        wire="aa0109060001010202e903284755",
        command=Command.DELETE_ROWS,
        payload=tables.encode_delete(OLD_USER, [{"Pin": 1001}])[0],
    ),
    Request(
        id="73 read the part at 0",
        wire="aa010e0400000000002f8855",
        command=Command.READ_PART,
        payload=tables.encode_part(0),
    ),
    Request(
        id="73 end of the transfer",
        wire="aa010f000031ff55",
        command=Command.END_TRANSFER,
    ),
    Request(
        id="74 discovery",
        wire="aa0114120043616c6c5365637572697479446576696365eea955",
        command=Command.DISCOVER,
        payload=frame.FrameReader().feed(discovery.REQUEST)[0].data,
    ),
]


def as_is(data: bytes) -> bytes:
    """Return data that means only itself."""
    return data


def user_rows(data: bytes) -> list[tables.Row]:
    """Read rows of the newer user table."""
    return list(tables.decode_rows(NEW_USER, data))


def old_transactions(data: bytes) -> list[tables.Row]:
    """Read rows of the older log table."""
    return list(tables.decode_rows(OLD_TRANSACTION, data))


def new_transactions(data: bytes) -> list[tables.Row]:
    """Read rows of the newer log table."""
    return list(tables.decode_rows(NEW_TRANSACTION, data))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A frame to be read."""

    id: str
    wire: str
    command: Reply = Reply.OK
    address: int = 1
    prefix: bytes = NO_SESSION
    decode: Callable[[bytes], object] = as_is
    meaning: object = b""


_TWO_USERS = (
    "010901020304050607080901010387d6120376543200010001000100000100010203a1a3a303b1b2b3000100042a893401049fb034010001"
    "0082ce55"
)

_USERS = [
    {
        "UID": 1,
        "CardNo": 1234567,
        "Pin": 3298422,
        "Password": "",
        "Group": 0,
        "StartTime": 0,
        "EndTime": 0,
        "Name": "",
        "SuperAuthorize": 0,
    },
    {
        "UID": 2,
        "CardNo": 10724257,
        "Pin": 11776689,
        "Password": "",
        "Group": 0,
        "StartTime": 20220202,
        "EndTime": 20230303,
        "Name": "",
        "SuperAuthorize": 0,
    },
]

REPLIES = [
    Answer(
        id="2 session granted, sequence 0",
        wire="aa01c80400d6cd0000203355",
        prefix=session(0xCDD6, 0),
    ),
    Answer(
        id="3 session granted, sequence echoed",
        wire="aa01c804004d9cfefe9f2655",
        prefix=session(0x9C4D, 0xFEFE),
    ),
    Answer(
        id="5 session granted after the password",
        wire="aa01c804001420fefe4c5e55",
        prefix=session(0x2014, 0xFEFE),
    ),
    Answer(
        id="6 no sessions",
        wire="aa01c90100f313d955",
        command=Reply.ERROR,
        decode=frame.error_code,
        meaning=-13,
    ),
    Answer(
        id="7 no sessions, address 2",
        wire="aa02c90100f357d955",
        command=Reply.ERROR,
        address=2,
        decode=frame.error_code,
        meaning=-13,
    ),
    Answer(
        id="8 wrong password",
        wire="aa01c9050050a7fefef2d7c755",
        command=Reply.ERROR,
        prefix=session(0xA750, 0xFEFE),
        decode=frame.error_code,
        meaning=-14,
    ),
    Answer(
        id="9 wrong password again",
        wire="aa01c905005a39fefef2602e55",
        command=Reply.ERROR,
        prefix=session(0x395A, 0xFEFE),
        decode=frame.error_code,
        meaning=-14,
    ),
    Answer(id="11 OK", wire="aa01c80000800255"),
    Answer(id="12 OK, address 0", wire="aa00c8000081fe55", address=0),
    Answer(
        id="17 C3-400",
        wire="aa00c848007e53657269616c4e756d6265723d444447383133303031363039323230303430312c4c6f636b436f756e743d"
        "342c417578496e436f756e743d342c4175784f7574436f756e743d343b3f55",
        address=0,
        decode=parameters.parse,
        meaning={
            "~SerialNumber": "DDG8130016092200401",
            "LockCount": "4",
            "AuxInCount": "4",
            "AuxOutCount": "4",
        },
    ),
    Answer(
        id="18 another C3-400",
        wire="aa02c842007e53657269616c4e756d6265723d414359543033323335333632372c4c6f636b436f756e743d342c417578"
        "496e436f756e743d342c4175784f7574436f756e743d34599355",
        address=2,
        decode=parameters.parse,
        meaning={
            "~SerialNumber": "ACYT032353627",
            "LockCount": "4",
            "AuxInCount": "4",
            "AuxOutCount": "4",
        },
    ),
    Answer(
        id="19 C3-200",
        wire="aa01c84600eb6601007e53657269616c4e756d6265723d363430343136323130313638392c4c6f636b436f756e743d322c"
        "417578496e436f756e743d322c4175784f7574436f756e743d326a2255",
        prefix=session(0x66EB, 1),
        decode=parameters.parse,
        meaning={
            "~SerialNumber": "6404162101689",
            "LockCount": "2",
            "AuxInCount": "2",
            "AuxOutCount": "2",
        },
    ),
    Answer(
        id="20 counts",
        wire="aa01c84800d18a02007e5a4b465056657273696f6e3d31302c4c6f636b436f756e743d322c526561646572436f756e743d"
        "342c417578496e436f756e743d322c4175784f7574436f756e743d32783f55",
        prefix=session(0x8AD1, 2),
        decode=parameters.parse,
        meaning={
            "~ZKFPVersion": "10",
            "LockCount": "2",
            "ReaderCount": "4",
            "AuxInCount": "2",
            "AuxOutCount": "2",
        },
    ),
    Answer(
        id="21 settings of door 1",
        wire="aa00c83d004d9c08ff446f6f723153656e736f72547970653d322c446f6f723144726976657274696d653d312c446f6f72"
        "314465746563746f7274696d653d323530b18d55",
        address=0,
        prefix=session(0x9C4D, 0xFF08),
        decode=parameters.parse,
        meaning={
            "Door1SensorType": "2",
            "Door1Drivertime": "1",
            "Door1Detectortime": "250",
        },
    ),
    Answer(
        id="22 settings of door 2",
        wire="aa00c83c004d9c09ff446f6f723253656e736f72547970653d302c446f6f723244726976657274696d653d352c446f6f72"
        "324465746563746f7274696d653d3135158355",
        address=0,
        prefix=session(0x9C4D, 0xFF09),
        decode=parameters.parse,
        meaning={
            "Door2SensorType": "0",
            "Door2Drivertime": "5",
            "Door2Detectortime": "15",
        },
    ),
    Answer(
        id="27 status for the request before (sequence 3915)",
        wire="aa01c81400d2fe15390000000001000202 0000ff00d888da2d27c055",
        prefix=session(0xFED2, 0x3915),
        decode=rtlog.decode_binary,
        meaning=[
            status("2023-12-07 21:30:00", CLOSED, NOTHING, OPEN, OPEN, relays=relays())
        ],
    ),
    Answer(
        id="28 alarm at door 1",
        wire="aa01c81400d2fe573b01000000010002020001ff000c8bda2d2a6c55",
        prefix=session(0xFED2, 0x3B57),
        decode=rtlog.decode_binary,
        meaning=[
            status(
                "2023-12-07 21:39:24",
                door(False, "any"),
                NOTHING,
                OPEN,
                OPEN,
                relays=relays(),
            )
        ],
    ),
    Answer(
        id="29 unlocked and opened",
        wire="aa01c81400d2feda3a01000000020002020101ff00958ada2d7a2f55",
        prefix=session(0xFED2, 0x3ADA),
        decode=rtlog.decode_binary,
        meaning=[
            status(
                "2023-12-07 21:37:25",
                door(True, "any"),
                NOTHING,
                OPEN,
                OPEN,
                relays=relays(1),
            )
        ],
    ),
    Answer(
        id="30 two events",
        wire="aa01c82400d2fed93a0000000000000000c8010802928ada2d0000000000000000c801c802928ada2dc10d55",
        prefix=session(0xFED2, 0x3AD9),
        decode=rtlog.decode_binary,
        meaning=[
            event(8, 1, "2023-12-07 21:37:22"),
            event(200, 1, "2023-12-07 21:37:22"),
        ],
    ),
    Answer(
        id="31 older firmware without relay bits",
        wire="aa01c810000000000001010101c800ff00deaf042ed32255",
        decode=rtlog.decode_binary,
        meaning=[
            status("2024-01-08 20:51:42", CLOSED, CLOSED, CLOSED, CLOSED, relays=None)
        ],
    ),
    Answer(
        id="32 held open",
        wire="aa01c81400eb66030003000000110000000001ff00f5c1ca2caa1f55",
        prefix=session(0x66EB, 3),
        decode=rtlog.decode_binary,
        meaning=[
            status(
                "2023-05-18 17:57:09",
                door(False, "any held"),
                NOTHING,
                NOTHING,
                NOTHING,
                relays=relays(),
            )
        ],
    ),
    Answer(
        id="33 high half of the contact byte",
        wire="aa00c814004d9c06ff03000000111000000001ff0013ecfd2d4ae555",
        address=0,
        prefix=session(0x9C4D, 0xFF06),
        decode=rtlog.decode_binary,
        meaning=[
            status(
                "2024-01-03 17:42:43",
                door(False, "any held"),
                NOTHING,
                NOTHING,
                NOTHING,
                relays=relays(),
            )
        ],
    ),
    Answer(
        id="34 unknown byte 9",
        wire="aa01c81400d805e8ff0200000011000000000bff00fa61fb2c38b255",
        prefix=session(0x05D8, 0xFFE8),
        decode=rtlog.decode_binary,
        meaning=[
            status(
                "2023-06-24 15:08:42",
                door(False, "held"),
                NOTHING,
                NOTHING,
                NOTHING,
                relays=relays(),
            )
        ],
    ),
    Answer(
        id="35 unknown contact value",
        wire="aa01c81400d805e8ff02000000110007000007ff00fa61fb2c456855",
        prefix=session(0x05D8, 0xFFE8),
        decode=rtlog.decode_binary,
        meaning=[
            status(
                "2023-06-24 15:08:42",
                door(False, "held"),
                NOTHING,
                NOTHING,
                NOTHING,
                relays=relays(),
            )
        ],
    ),
    Answer(
        id="36 auxiliary input 2 shorted",
        wire="aa01c81400eb663c000000000000000000c802dd02f5c3ca2c0abe55",
        prefix=session(0x66EB, 0x3C),
        decode=rtlog.decode_binary,
        meaning=[event(221, 2, "2023-05-18 18:05:41")],
    ),
    Answer(
        id="37 auxiliary input 2 opened",
        wire="aa01c81400eb663e000000000000000000c802dc02f9c3ca2ca98755",
        prefix=session(0x66EB, 0x3E),
        decode=rtlog.decode_binary,
        meaning=[event(220, 2, "2023-05-18 18:05:45")],
    ),
    Answer(
        id="38 auxiliary output 2 on",
        wire="aa01c81400eb6643000000000000000000c8020c0229c4ca2cbb6255",
        prefix=session(0x66EB, 0x43),
        decode=rtlog.decode_binary,
        meaning=[event(12, 2, "2023-05-18 18:06:33")],
    ),
    Answer(
        id="39 auxiliary output 2 off",
        wire="aa01c81400eb664c000000000000000000c8020d0271c4ca2c9ac455",
        prefix=session(0x66EB, 0x4C),
        decode=rtlog.decode_binary,
        meaning=[event(13, 2, "2023-05-18 18:07:45")],
    ),
    Answer(
        id="40 exit button at door 2",
        wire="aa00c814004d9c07ff0000000000000000c802ca0215ecfd2d710f55",
        address=0,
        prefix=session(0x9C4D, 0xFF07),
        decode=rtlog.decode_binary,
        meaning=[event(202, 2, "2024-01-03 17:42:45")],
    ),
    Answer(
        id="41 card at door 1",
        wire="aa01c81000014f86009992980004010000a5adad211ea055",
        decode=rtlog.decode_binary,
        meaning=[
            event(
                0,
                1,
                "2017-07-30 16:51:49",
                card=8802049,
                user_id="9999001",
                verify=4,
                direction=Direction.IN,
            )
        ],
    ),
    Answer(
        id="42 event and status together",
        wire="aa01c82000014f86009992980004010000a5adad21014f8600999298000401ff00a5adad21ceeb55",
        decode=rtlog.decode_binary,
        meaning=[
            event(
                0,
                1,
                "2017-07-30 16:51:49",
                card=8802049,
                user_id="9999001",
                verify=4,
                direction=Direction.IN,
            ),
            status(
                "2017-07-30 16:51:49",
                door(None, "any"),
                door(True, "any held"),
                door(None, "held"),
                NOTHING,
                relays=relays(3),
            ),
        ],
    ),
    Answer(
        id="47 two events as text",
        wire="aa01c8c40074696d653d323032332d31322d30362032323a33333a31350970696e3d3009636172646e6f3d30096576656e"
        "74616464723d30096576656e743d32303609696e6f75747374617475733d3209766572696679747970653d32303009696e6465"
        "783d380d0a74696d653d323032332d31322d30362032323a35373a35340970696e3d3009636172646e6f3d30096576656e7461"
        "6464723d31096576656e743d3809696e6f75747374617475733d3209766572696679747970653d32303009696e6465783d39"
        "621455",
        decode=rtlog.decode_text,
        meaning=[
            event(206, 0, "2023-12-06 22:33:15", index=8),
            event(8, 1, "2023-12-06 22:57:54", index=9),
        ],
    ),
    Answer(
        id="48 status as text",
        wire="aa01c83a0074696d653d323032332d31322d30392031353a30393a33330973656e736f723d32340972656c61793d303409"
        "616c61726d3d3030303030303030c2b655",
        decode=rtlog.decode_text,
        meaning=[
            rtlog.StatusRecord(
                doors={
                    1: quiet_door(None),
                    2: quiet_door(False),
                    3: quiet_door(True),
                    4: quiet_door(None),
                },
                relays=relays(3, count=8),
                mains_failed=False,
                battery_failed=False,
                time=clock("2023-12-09 15:09:33"),
            )
        ],
    ),
    Answer(
        id="57 OK in a session",
        wire="aa01c80400d2fed73a0eef55",
        prefix=session(0xFED2, 0x3AD7),
    ),
    Answer(
        id="60 definition of the user table",
        wire="aa01c86600757365723d312c5549443d69312c436172644e6f3d69322c50696e3d69332c50617373776f72643d73342c47"
        "726f75703d69352c537461727454696d653d69362c456e6454696d653d69372c4e616d653d73382c5375706572417574686f72"
        "697a653d69390a821055",
        decode=tables.parse_definitions,
        meaning={"user": NEW_USER},
    ),
    Answer(
        id="61 definition of the log table",
        wire="aa01c874007472616e73616374696f6e3d352c50696e3d73312c56657269666965643d69322c446f6f7249443d69332c45"
        "76656e74547970653d69342c496e4f757453746174653d69352c54696d655f7365636f6e643d69362c496e6465783d69372c43"
        "6172646e6f3d4c382c53697465636f64653d69390a94ea55",
        decode=tables.parse_definitions,
        meaning={"transaction": NEW_TRANSACTION},
    ),
    Answer(
        id="63 two users",
        wire="aa01c83900" + _TWO_USERS,
        decode=user_rows,
        meaning=_USERS,
    ),
    Answer(
        id="63 two users in a session",
        wire="aa00c83d004ac70400" + _TWO_USERS.replace("82ce55", "b44b55"),
        address=0,
        prefix=session(0xC74A, 4),
        decode=user_rows,
        meaning=_USERS,
    ),
    Answer(
        id="64 older log row",
        wire="aa01c81a00050701020304050607016401010101010201030101041f3aba14941955",
        decode=old_transactions,
        meaning=[
            {
                "Cardno": 100,
                "Pin": 1,
                "Verified": 1,
                "DoorID": 2,
                "EventType": 3,
                "InOutState": 1,
                "Time_second": 347748895,
            }
        ],
    ),
    Answer(
        id="65 newer log row",
        wire="aa01c82200050901020304050607080901310101010101000100041f3aba1401010387d6120101adac55",
        decode=new_transactions,
        meaning=[
            {
                "Pin": "1",
                "Verified": 1,
                "DoorID": 1,
                "EventType": 0,
                "InOutState": 0,
                "Time_second": 347748895,
                "Index": 1,
                "Cardno": 1234567,
                "Sitecode": 1,
            }
        ],
    ),
    Answer(
        id="66 large answer announced",
        wire="aa200d1100005d8900005d89000075209643f4130000951655",
        command=Reply.LARGE,
        address=0x20,
        decode=tables.parse_large_reply,
        meaning=tables.LargeReply(
            compressed=False, length=35165, crc32=0x43962075, part_size=5108
        ),
    ),
]

BAD_CHECKSUM = bytes.fromhex("aa02c8000081fe55")
"""12b: an OK whose checksum is that of address 0."""

EMPTY_RECORDS = bytes.fromhex("aa01c86801" + 360 * "00" + "fabb55")
"""46: ten empty records of 36 bytes, from a panel that wants to be asked for text."""


@dataclass(frozen=True, kw_only=True)
class Records:
    """Binary log records without their frame."""

    id: str
    wire: str
    meaning: list[rtlog.Record]


_NOBODY = "0000000000000000 c801"

RECORDS = [
    Records(
        id="43 card at door 1",
        wire="17306412 e2b10400 04 01 00 00 742caf21",
        meaning=[
            event(
                0,
                1,
                "2017-07-31 20:05:08",
                card=308555799,
                user_id="307682",
                verify=4,
                direction=Direction.IN,
            )
        ],
    ),
    Records(
        id="44 remote opening from beginning to end",
        wire="03000000 11000000 00 01 ff 00 f231b321"
        f"{_NOBODY} 08 02 f431b321 {_NOBODY} c8 02 f531b321"
        "03000000 02000000 01 01 ff 00 fc31b321",
        meaning=[
            status(
                "2017-08-03 21:17:38",
                door(False, "any held"),
                NOTHING,
                NOTHING,
                NOTHING,
                relays=relays(),
            ),
            event(8, 1, "2017-08-03 21:17:40"),
            event(200, 1, "2017-08-03 21:17:41"),
            status(
                "2017-08-03 21:17:48",
                door(True, "any held"),
                NOTHING,
                NOTHING,
                NOTHING,
                relays=relays(1),
            ),
        ],
    ),
    Records(
        id="45 forced open, then closed",
        wire=f"{_NOBODY} 66 02 328fae21 {_NOBODY} c9 02 ea8fae21",
        meaning=[
            event(102, 1, "2017-07-31 08:54:10"),
            event(201, 1, "2017-07-31 08:57:14"),
        ],
    ),
]

TIMES = {
    347748895: clock("2010-10-26 20:54:55"),
    812649252: clock("2025-04-13 15:54:12"),
    565030309: clock("2017-07-30 16:51:49"),
    853507565: clock("2026-07-21 13:26:05"),
}
