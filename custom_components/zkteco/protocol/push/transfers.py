"""The answers to queries, which arrive in packets before the command's result does.

Lives here: putting packets together, within bounds. Not here: who asked (`session`).
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from ..device import Clock
from .records import Upload

MAX_TRANSFERS = 5
MAX_BYTES = 8 * 1024 * 1024
LIFETIME_SECONDS = 120.0


@dataclass(slots=True)
class _Transfer:
    table: str
    started: float
    packets: dict[int, str] = field(default_factory=dict)
    size: int = 0


class Transfers:
    """The open transfers of one device."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._open: OrderedDict[int, _Transfer] = OrderedDict()

    def add(self, upload: Upload, text: str) -> None:
        """Take over a packet; one that nobody asked for, that comes too late or is too much is dropped."""
        now = self._clock.monotonic()
        for number, transfer in list(self._open.items()):
            if now - transfer.started > LIFETIME_SECONDS:
                del self._open[number]
        if upload.command_id is None:
            return
        transfer = self._open.setdefault(
            upload.command_id, _Transfer(upload.table, now)
        )
        while len(self._open) > MAX_TRANSFERS:
            self._open.popitem(last=False)
        size = transfer.size + len(text) - len(transfer.packets.get(upload.packet, ""))
        if size <= MAX_BYTES:
            transfer.packets[upload.packet] = text
            transfer.size = size

    def take(self, command_id: int) -> str:
        """Return what a query brought, its packets in order, and forget it."""
        transfer = self._open.pop(command_id, None)
        return "" if transfer is None else _join(transfer)


def _join(transfer: _Transfer) -> str:
    """Put packets together: a record may be cut anywhere, but a packet that begins with the table's name begins one."""
    text = ""
    for _, packet in sorted(transfer.packets.items()):
        begins = packet.lower().startswith(f"{transfer.table.lower()} ")
        text += ("\n" if begins and text else "") + packet
    return text
