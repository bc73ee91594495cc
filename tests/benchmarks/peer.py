"""The independent client `zkaccess-c3` at the same work, in a process of its own.

Its licence keeps it out of everything but tests, and its blocking calls out of our event loop.
"""

import json
import sys
import time
from timeit import repeat

from c3 import C3
from c3.core import _DataTableCfg
from c3.crc import crc16
from c3.rtlog import EventRecord

USER = {
    "user": "1",
    "UID": "i1",
    "CardNo": "i2",
    "Pin": "i3",
    "Password": "s4",
    "Group": "i5",
    "StartTime": "i6",
    "EndTime": "i7",
    "Name": "s8",
    "SuperAuthorize": "i9",
}


class Canned(C3):
    """The client with an answer in place of a panel."""

    answer: bytes
    tables: list[object]

    def _send_receive(self, command, data=None):  # type: ignore[no-untyped-def]
        return bytearray(self.answer), len(self.answer)

    def _get_device_data_cfg(self):  # type: ignore[no-untyped-def]
        return self.tables


def codecs(events: bytes, users: bytes, number: int, repeats: int) -> None:
    """Do the jobs of `codecs.JOBS` and print seconds and answer of each."""
    client = Canned("127.0.0.1")
    client.answer = users
    client.tables = [_DataTableCfg(USER)]

    def decode_events() -> list[int]:
        starts = range(0, len(events), 16)
        return [EventRecord.from_bytes(events[at : at + 16]).pin for at in starts]

    def decode_users() -> list[int]:
        return [row["Pin"] for row in client.get_device_data("user")]

    results = [
        (min(repeat(job, number=number, repeat=repeats)) / number, job())
        for job in (lambda: crc16(users), decode_events, decode_users)
    ]
    sys.stdout.write(json.dumps(results))


def poll(port: int, polls: int) -> None:
    """Print the processor time of one idle poll."""
    client = C3("127.0.0.1", port)
    if not client.connect():
        sys.exit("not connected")
    client.get_rt_log()
    started = time.process_time()
    for _ in range(polls):
        client.get_rt_log()
    sys.stdout.write(str((time.process_time() - started) / polls))
    client.disconnect()


match sys.argv[1:]:
    case ["codecs", events, users, number, repeats]:
        codecs(bytes.fromhex(events), bytes.fromhex(users), int(number), int(repeats))
    case ["poll", port, polls]:
        poll(int(port), int(polls))
