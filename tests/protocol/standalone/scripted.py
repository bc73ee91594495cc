"""A terminal's client that answers as it is told, and remembers what it was asked."""

from collections.abc import Mapping
from typing import override

from custom_components.zkteco.protocol.errors import DeviceError
from custom_components.zkteco.protocol.standalone.client import TerminalClient
from custom_components.zkteco.protocol.standalone.packet import Command, Packet, Reply

type Answer = bytes | int | DeviceError
"""Data of a reply, what stands in place of its session, or what goes wrong."""


class ScriptedClient(TerminalClient):
    """Answers each command with what the script has for it: one answer, or one after the other."""

    def __init__(
        self,
        script: Mapping[int, Answer | list[Answer]] | None = None,
        *,
        connected: bool = True,
    ) -> None:
        """Confirm, without data, every command that the script does not have."""
        self.script = dict(script or {})
        self.sent: list[tuple[int, bytes]] = []
        self.encoding = "utf-8"
        self._up = connected

    @property
    @override
    def connected(self) -> bool:
        """As the test says."""
        return self._up

    @property
    def commands(self) -> list[int]:
        """What was sent, without data."""
        return [command for command, _ in self.sent]

    def _answer(self, command: int) -> bytes | int:
        answer = self.script.get(command, b"")
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, DeviceError):
            raise answer
        return answer

    @override
    async def request(self, command: int, data: bytes = b"") -> Packet:
        """Answer one request."""
        self.sent.append((command, data))
        answer = self._answer(command)
        if isinstance(answer, int):
            return Packet(Reply.OK, answer, 1)
        return Packet(Reply.OK, 7, 1, answer)

    @override
    async def read(self, command: int, argument: int = 0) -> bytes:
        """Return a whole data set."""
        self.sent.append((command, bytes((argument,))))
        answer = self._answer(command)
        assert isinstance(answer, bytes)
        return answer

    @override
    async def upload(self, data: bytes, command: int, request: bytes) -> None:
        """Take an upload and the request that uses it."""
        self.sent.append((Command.DATA, data))
        self._answer(Command.DATA)
        self.sent.append((command, request))
        self._answer(command)
