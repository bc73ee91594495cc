"""Drives the independent client `pyzk`; prints what it saw as JSON.

Runs in a process of its own: the client blocks, and its licence keeps it out
of everything but tests.
"""

import json
import sys

from zk import ZK
from zk.exception import ZKErrorResponse


def main(port: int, key: int, transport: str) -> None:
    """Connect, look around, unlock for three seconds, wait for somebody, say goodbye."""
    client = ZK(
        "127.0.0.1",
        port=port,
        timeout=10,
        password=key,
        force_udp=transport == "udp",
        ommit_ping=True,
    )
    try:
        client.connect()
    except ZKErrorResponse as err:
        sys.exit(str(err))
    seen = {
        "serial": client.get_serialnumber(),
        "firmware": client.get_firmware_version(),
        "users": [
            [user.uid, user.user_id, user.name, user.privilege, user.card]
            for user in client.get_users()
        ],
        "records": [record_of(record) for record in client.get_attendance()],
    }
    client.unlock(3)
    for record in client.live_capture():
        if record:
            seen["live"] = record_of(record)
            client.end_live_capture = True
    client.disconnect()
    sys.stdout.write(json.dumps(seen))


def record_of(record: object) -> list[str]:
    """Return who and when."""
    return [record.user_id, record.timestamp.isoformat()]


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
