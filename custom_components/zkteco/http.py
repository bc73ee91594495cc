"""Where devices call Home Assistant's own web server.

Lives here: one view, which turns aiohttp's requests into the server's and back. Not here:
who is served and what it gets (`protocol/push/server`).
"""

import asyncio
import logging

from aiohttp import web

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.helpers.network import is_cloud_connection

from .hub import DATA_HUB
from .listener import READ_SECONDS
from .protocol.push.messages import Request, Response, parse_query
from .protocol.push.server import BULK_BODY

_LOGGER = logging.getLogger(__name__)


class PushView(HomeAssistantView):
    """Everything below /iclock. Devices cannot log in; the server knows its own."""

    url = "/iclock/{rest:.*}"
    name = "zkteco:iclock"
    requires_auth = False

    async def get(self, request: web.Request, rest: str) -> web.Response:
        """Answer a GET."""
        return await self._async_answer(request)

    async def post(self, request: web.Request, rest: str) -> web.Response:
        """Answer a POST."""
        return await self._async_answer(request)

    async def _async_answer(self, web_request: web.Request) -> web.Response:
        """Answer as the server says; whatever goes wrong looks like a refusal.

        An HTTPUnauthorized is never raised: it would ban the caller's address from all of
        Home Assistant.
        """
        hass = web_request.app[KEY_HASS]
        hub = hass.data[DATA_HUB]
        received = hub.clock.now()
        answer = Response.refused(received)
        length = web_request.content_length
        if not is_cloud_connection(hass) and (length or 0) <= BULK_BODY:
            headers: dict[str, str] = {}
            for name, value in web_request.headers.items():
                headers.setdefault(name.lower(), value)
            request = Request(
                method=web_request.method,
                path=web_request.rel_url.raw_path,
                query=parse_query(web_request.rel_url.raw_query_string.encode()),
                headers=headers,
                body=b"",
                peer=web_request.remote or "",
                received=received,
            )
            if length is None and not web_request.body_exists:
                length = 0
            try:
                async with asyncio.timeout(READ_SECONDS):
                    answer = await hub.async_answer(
                        request, length, lambda keep: _read(web_request, keep)
                    )
            except (web.RequestPayloadError, OSError) as err:
                # Too slow, cut off, or no body at all.
                _LOGGER.debug("A request from %s: %r", request.peer, err)
        response = web.Response(
            status=answer.status, body=answer.body, headers=answer.headers
        )
        if answer.status != 200:
            # The same whether its body was read or not.
            response.force_close()
        return response


async def _read(request: web.Request, keep: int) -> bytes:
    """Return the body, cut to `keep` bytes. What is longer is read and dropped.

    Raises OSError, RequestPayloadError.
    """
    kept = bytearray()
    seen = 0
    async for chunk in request.content.iter_any():
        seen += len(chunk)
        if seen > BULK_BODY:
            raise OSError("the body is too long")
        kept += chunk[: keep - len(kept)]
    return bytes(kept)
