"""The second listener: plain HTTP on a port of its own, for devices and nothing else.

Lives here: sockets, time limits, who may connect how often. Not here: HTTP itself
(`protocol/push/http1`), what a request means (`protocol/push/server`), when it runs
(hub).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
import logging

from .protocol.push.gate import is_local
from .protocol.push.http1 import CONTINUE, Head, HttpError, HttpReader, serialise
from .protocol.push.messages import Request, Response, parse_query
from .protocol.push.server import BULK_BODY

_LOGGER = logging.getLogger(__name__)

READ_SECONDS = 10.0
"""How long one request may take to arrive, and its answer to leave."""
IDLE_SECONDS = 90.0
"""How long a connection may rest between two requests."""
MAX_CONNECTIONS = 64
MAX_CONNECTIONS_PER_PEER = 16
READ_SIZE = 64 * 1024

type ReadBody = Callable[[int], Awaitable[bytes]]
type Answer = Callable[[Request, int | None, ReadBody], Awaitable[Response]]


class Listener:
    """Serves devices until it is stopped. A connection that fails concerns nobody else."""

    def __init__(self, answer: Answer, now: Callable[[], datetime]) -> None:
        """`answer` is given a request, the length of its body, and how to read that."""
        self._answer = answer
        self._now = now
        self._server: asyncio.Server | None = None
        self.port = 0
        """The port that is, or was, listened on."""
        self._connections: dict[asyncio.Task[None], str] = {}

    @property
    def running(self) -> bool:
        """Whether devices can connect."""
        return self._server is not None

    async def start(self, host: str | None, port: int) -> None:
        """Listen on an address of ours, None for all. Raises OSError."""
        self._server = await asyncio.start_server(self._connected, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up on everybody."""
        server, self._server = self._server, None
        if server:
            server.close()
        for task in (tasks := [*self._connections]):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _peers(self) -> list[str]:
        return [*self._connections.values()]

    def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection, or hang up at once."""
        peer = str(writer.get_extra_info("peername")[0])
        if (
            not is_local(peer, {})
            or len(self._peers) >= MAX_CONNECTIONS
            or self._peers.count(peer) >= MAX_CONNECTIONS_PER_PEER
        ):
            writer.close()
            return
        task = asyncio.create_task(self._serve(reader, writer, peer))
        self._connections[task] = peer
        task.add_done_callback(self._connections.pop)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
    ) -> None:
        """Answer one request after the other."""
        try:
            await self._converse(_Connection(reader, writer, peer))
        except OSError as err:
            # A TimeoutError is one too.
            _LOGGER.debug("Connection from %s: %s", peer, err or type(err).__name__)
        except Exception:
            _LOGGER.exception("Unexpected failure over a connection from %s", peer)
        finally:
            writer.close()

    async def _converse(self, connection: _Connection) -> None:
        """Answer requests until one of the two hangs up."""
        idle = READ_SECONDS
        while await connection.next_request(idle):
            idle = IDLE_SECONDS
            keep_alive = False
            response = Response.refused(self._now())
            try:
                async with asyncio.timeout(READ_SECONDS):
                    head = await connection.head()
                    response = await self._respond(connection, head)
                    # To leave at once is how a refusal looks, whatever its reason.
                    keep_alive = head.keep_alive and response.status == 200
            except HttpError as err:
                _LOGGER.debug("A request from %s: %s", connection.peer, err)
            except TimeoutError:
                _LOGGER.debug("A request from %s came too slowly", connection.peer)
            async with asyncio.timeout(READ_SECONDS):
                await connection.send(serialise(response, keep_alive=keep_alive))
            if not keep_alive:
                return

    async def _respond(self, connection: _Connection, head: Head) -> Response:
        """Hand a request on."""
        if head.expects_continue:
            await connection.send(CONTINUE)
        request = Request(
            method=head.method,
            path=head.path,
            query=parse_query(head.query),
            headers=head.headers,
            body=b"",
            peer=connection.peer,
            received=self._now(),
        )
        if head.method not in ("GET", "POST"):
            return Response.refused(request.received)
        return await self._answer(request, head.length, connection.body)


class _Connection:
    """One device's connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
    ) -> None:
        """Take over the streams."""
        self.peer = peer
        self._reader = reader
        self._writer = writer
        self._http = HttpReader(BULK_BODY)

    async def next_request(self, seconds: float) -> bool:
        """Wait for another request; return whether one has begun. Raises TimeoutError."""
        if self._http.pending:
            return True
        async with asyncio.timeout(seconds):
            data = await self._reader.read(READ_SIZE)
        self._http.feed(data)
        return bool(data)

    async def _more(self) -> None:
        data = await self._reader.read(READ_SIZE)
        if not data:
            raise HttpError("it ends in the middle")
        self._http.feed(data)

    async def head(self) -> Head:
        """Return the head of the request that has begun. Raises HttpError."""
        while (head := self._http.head()) is None:
            await self._more()
        return head

    async def body(self, keep: int) -> bytes:
        """Return the body, cut to `keep` bytes. Raises HttpError."""
        while (body := self._http.body(keep)) is None:
            await self._more()
        return body

    async def send(self, data: bytes) -> None:
        """Send an answer."""
        self._writer.write(data)
        await self._writer.drain()
