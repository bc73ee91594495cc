"""The independent client `pyzk` at the same work, in a process of its own.

Its licence keeps it out of everything but tests, and its blocking calls out of our event loop.
"""

import json
import struct
import sys
import time
from timeit import repeat
import tracemalloc

from zk import ZK
from zk.exception import ZKError

PATIENCE_SECONDS = 3


class Canned(ZK):
    """The client with a log in place of a terminal."""

    log: bytes

    def read_sizes(self):
        """Count."""
        self.records = len(self.log) // 40

    def get_users(self):
        """Know nobody."""
        return []

    def read_with_buffer(self, command, fct=0, ext=0):
        """Return the log, with its length before it."""
        return len(self.log).to_bytes(4, "little") + self.log, len(self.log) + 4

    def packet(self, command: int, data: bytes, number: int) -> bytes:
        """Return a packet of a session."""
        # It counts its requests there.
        return self._ZK__create_header(command, data, 0x45CE, number - 1)


def connected(port: int, *, udp: bool = False) -> ZK:
    """Return the client, connected."""
    client = ZK(
        "127.0.0.1",
        port=port,
        timeout=PATIENCE_SECONDS,
        force_udp=udp,
        ommit_ping=True,
    )
    client.connect()
    return client


def read(port: int, transport: str, repeats: int) -> None:
    """Print the rows, the seconds of each reading, and the peak of memory in bytes; or null when it cannot read."""
    client = connected(port, udp=transport == "udp")
    seconds = []
    try:
        for _ in range(repeats):
            started = time.monotonic()
            rows = len(client.get_attendance())
            seconds.append(time.monotonic() - started)
        tracemalloc.start()
        client.get_attendance()
    except (ZKError, OSError, struct.error, TypeError, ValueError) as err:
        # It trips in many ways over packets that come together; which one is for a person to see.
        sys.stderr.write(f"pyzk cannot read the log: {err!r}\n")
        sys.stdout.write("null")
        return
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    client.disconnect()
    sys.stdout.write(json.dumps([rows, seconds, peak]))


def listen(port: int, events: int) -> None:
    """Print a line when listening, and for each event when it came (seconds, monotonic)."""
    client = connected(port)
    listening = False
    for record in client.live_capture(new_timeout=0.5):
        now = time.monotonic()
        if record is not None:
            print(now, flush=True)
            events -= 1
            client.end_live_capture = not events
        elif not listening:
            listening = True
            print("listening", flush=True)
    client.disconnect()
    sys.stdin.readline()


def ask(port: int, times: int) -> None:
    """Print the processor time of one question for the terminal's time."""
    client = connected(port)
    client.get_time()
    started = time.process_time()
    for _ in range(times):
        client.get_time()
    sys.stdout.write(str((time.process_time() - started) / times))
    client.disconnect()


def codecs(block: bytes, log: bytes, number: int, repeats: int) -> None:
    """Do the jobs of `terminals.JOBS` and print seconds and answer of each."""
    client = Canned("127.0.0.1")
    client.log = log

    def encode() -> list[str]:
        return [client.packet(1501, block, 8).hex()]

    def decode() -> list[str]:
        return [record.user_id for record in client.get_attendance()]

    results = [
        (min(repeat(job, number=number, repeat=repeats)) / number, job())
        for job in (encode, decode)
    ]
    sys.stdout.write(json.dumps(results))


match sys.argv[1:]:
    case ["read", port, transport, repeats]:
        read(int(port), transport, int(repeats))
    case ["listen", port, events]:
        listen(int(port), int(events))
    case ["ask", port, times]:
        ask(int(port), int(times))
    case ["codecs", block, log, number, repeats]:
        codecs(bytes.fromhex(block), bytes.fromhex(log), int(number), int(repeats))
