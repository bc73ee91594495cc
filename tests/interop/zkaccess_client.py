"""Drives the independent client `zkaccess-c3`; prints what it saw as JSON.

Runs in a process of its own: the client blocks, and its licence keeps it out
of everything but tests.
"""

import json
import sys

from c3 import C3
from c3.consts import ControlOutputAddress
from c3.controldevice import ControlDeviceOutput


def main(port: int, password: str) -> None:
    """Connect, look around, open door 1 for three seconds and say goodbye."""
    panel = C3("127.0.0.1", port)
    if not panel.connect(password):
        sys.exit("not connected")
    door = panel.door_settings(1)
    seen = {
        "parameters": panel.get_device_param(["~SerialNumber", "LockCount"]),
        "drive_time": door.lock_drive_time,
        "users": panel.get_device_data("user"),
        "quiet": codes(panel),
    }
    panel.control_device(ControlDeviceOutput(1, ControlOutputAddress.DOOR_OUTPUT, 3))
    seen["after_opening"] = codes(panel)
    seen["quiet_again"] = codes(panel)
    panel.disconnect()
    sys.stdout.write(json.dumps(seen))


def codes(panel: C3) -> list[int]:
    """Poll once; return the event code of every record."""
    return [int(record.event_type) for record in panel.get_rt_log()]


main(int(sys.argv[1]), sys.argv[2])
