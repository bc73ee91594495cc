"""How fast bytes become values, next to the independent client `zkaccess-c3`.

Lives here: three jobs that both can do, done by both in the same run. Not here: the other one's code, which runs in a
process of its own (`peer`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import json
import struct
import sys
from timeit import repeat

from custom_components.zkteco.protocol import packed_time
from custom_components.zkteco.protocol.c3 import frame, rtlog, tables

from .panel_process import ROOT

type Answer = int | list[int]

USER = tables.parse_definitions(
    b"user=1,UID=i1,CardNo=i2,Pin=i3,Password=s4,Group=i5,StartTime=i6,EndTime=i7,"
    b"Name=s8,SuperAuthorize=i9"
)["user"]
EVENTS = b"".join(
    struct.pack(
        "<IIBBBBI",
        308555799,
        pin,
        4,
        1,
        0,
        0,
        packed_time.encode(datetime(2026, 11, 21, 12, 0, pin)),
    )
    for pin in range(1, 31)
)
"""As many events as a panel's ring holds."""
USERS = tables.encode_write(
    USER,
    [
        {"CardNo": 10_000_000 + pin, "Pin": pin, "Name": "Alice"}
        for pin in range(1, 161)
    ],
)[0]
"""About as many users as fit into one reply: the other client reads no larger one."""
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """One job, done by both."""

    job: str
    ours: float
    """Seconds for one job, the best of some."""
    theirs: float
    agree: bool
    """Whether both came to the same answer."""


def _crc() -> Answer:
    return frame.crc16(USERS)


def _events() -> Answer:
    records = rtlog.decode_binary(EVENTS)
    return [int(r.user_id or 0) for r in records if isinstance(r, rtlog.EventRecord)]


def _users() -> Answer:
    return [int(row["Pin"]) for row in tables.decode_rows(USER, USERS)]


JOBS: dict[str, Callable[[], Answer]] = {
    f"Checksum of {len(USERS)} bytes": _crc,
    "Decode 30 events": _events,
    "Decode 160 users": _users,
}


async def compare(*, number: int) -> list[Comparison]:
    """Do each job `number` times a round. Raises RuntimeError when the other client failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.peer", "codecs"),
        *(EVENTS.hex(), USERS.hex(), str(number), str(REPEATS)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the other client failed")
    theirs: list[tuple[float, Answer]] = json.loads(output)
    return [
        Comparison(
            name,
            min(repeat(job, number=number, repeat=REPEATS)) / number,
            seconds,
            agree=job() == answer,
        )
        for (name, job), (seconds, answer) in zip(JOBS.items(), theirs, strict=True)
    ]
