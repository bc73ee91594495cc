"""The answer to a query, which arrives in packets before the command's result does.

Lives here: putting packets together. Not here: who asked, and how long that is waited for (`queue`).
"""

from ..errors import MalformedReply
from .records import Upload


class Transfer:
    """The packets of one answer."""

    def __init__(self) -> None:
        """Start with none, which is the answer to a query that finds nothing."""
        self._packets: dict[int, str] = {}
        self._expected = 0
        self._table = ""
        self.size = 0
        """Characters kept."""

    def add(self, upload: Upload, text: str, room: int) -> None:
        """Take over a packet, or the same once more; one of more than `room` further characters is left out."""
        self._table = upload.table.lower()
        self._expected = max(self._expected, upload.packets)
        grown = len(text) - len(self._packets.get(upload.packet, ""))
        if grown <= room:
            self._packets[upload.packet] = text
            self.size += grown

    def text(self) -> str:
        """Return the packets in order.

        A record may be cut anywhere, but a packet that begins with the table's name begins one. Raises MalformedReply when
        a packet is missing.
        """
        text = ""
        for number in range(1, self._expected + 1):
            if (packet := self._packets.get(number)) is None:
                raise MalformedReply("a part of the answer is missing")
            begins = packet.lower().startswith(f"{self._table} ")
            text += ("\n" if begins and text else "") + packet
        return text
