"""The part of Home Assistant's HTTP and websocket API that sets up the demo home.

Lives here: signing in, requests, walking through a config flow. Not here: what the home
consists of (`home.py`).
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Self

import aiohttp

# What Home Assistant answers is data of many shapes; its own types for it say the same.
type Json = dict[str, Any]


class FlowFailed(Exception):
    """A config flow did not get to its end."""


class Api:
    """An administrator's connection to Home Assistant."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Use a token from `sign_in`."""
        self._session = session
        self._url = url
        self._token = token
        self._headers = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def sign_in(
        cls, session: aiohttp.ClientSession, url: str, user: str, password: str
    ) -> Self:
        """Sign in as the owner, who is created when nobody was here before."""
        client = {"client_id": f"{url}/"}
        steps = await _json(session.get(f"{url}/api/onboarding"))
        if not next(item["done"] for item in steps if item["step"] == "user"):
            owner = {
                "name": user.title(),
                "username": user,
                "password": password,
                "language": "en",
            }
            await _json(
                session.post(f"{url}/api/onboarding/users", json=client | owner)
            )
        flow = await _json(
            session.post(
                f"{url}/auth/login_flow",
                json=client
                | {"handler": ["homeassistant", None], "redirect_uri": f"{url}/"},
            )
        )
        done = await _json(
            session.post(
                f"{url}/auth/login_flow/{flow['flow_id']}",
                json=client | {"username": user, "password": password},
            )
        )
        grant = {"grant_type": "authorization_code", "code": done["result"]}
        token = await _json(session.post(f"{url}/auth/token", data=client | grant))
        return cls(session, url, token["access_token"])

    async def get(self, path: str) -> Any:
        """Return the answer to a GET request."""
        return await _json(
            self._session.get(f"{self._url}/api/{path}", headers=self._headers)
        )

    async def post(self, path: str, data: Json) -> Any:
        """Return the answer to a POST request."""
        return await _json(
            self._session.post(
                f"{self._url}/api/{path}", headers=self._headers, json=data
            )
        )

    async def ask(self, kind: str, **data: object) -> Any:
        """Return the result of a websocket command."""
        async with self._session.ws_connect(f"{self._url}/api/websocket") as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            await socket.receive_json()
            await socket.send_json({"id": 1, "type": kind, **data})
            answer = await socket.receive_json()
        if not answer["success"]:
            raise RuntimeError(f"{kind}: {answer['error']['message']}")
        return answer["result"]

    async def walk_flow(
        self,
        handler: str,
        choices: tuple[str, ...],
        values: Mapping[str, object],
        *,
        kind: str = "flow",
    ) -> None:
        """Go through a flow as a person would: of a domain, or an entry's "options/flow".

        `choices` are the menu entries to take, `values` what to type into fields. What
        a form wants beyond that keeps its default. Raises `FlowFailed`.
        """
        path = f"config/config_entries/{kind}"
        answered: set[str] = set()
        step = await self.post(path, {"handler": handler})
        while step["type"] != "create_entry":
            here = f"{path}/{step['flow_id']}"
            match step["type"]:
                case "menu":
                    options = [*step["menu_options"]]
                    choice = next((item for item in choices if item in options), None)
                    if choice is None:
                        raise FlowFailed(f"a menu with {options}")
                    step = await self.post(here, {"next_step_id": choice})
                case "form":
                    if step.get("errors") or step["step_id"] in answered:
                        raise FlowFailed(f"{step['step_id']}: {step.get('errors')}")
                    answered.add(step["step_id"])
                    fields = {item["name"]: item for item in step["data_schema"] or ()}
                    filled = {
                        name: values.get(name, _usual(field))
                        for name, field in fields.items()
                        if name in values or _usual(field) is not None
                    }
                    step = await self.post(here, filled)
                case "progress" | "progress_done":
                    await asyncio.sleep(0.2)
                    step = await self.get(here)
                case _:
                    raise FlowFailed(str(step.get("reason", step["type"])))


def _usual(field: Json) -> object:
    """Return what a form has filled in already."""
    suggested = (field.get("description") or {}).get("suggested_value")
    return field.get("default") if suggested is None else suggested


async def _json(request: Any) -> Any:
    """Return the body of an answer; raises for one that is no success."""
    async with request as response:
        if not response.ok:
            raise RuntimeError(f"{response.url}: {await response.text()}")
        return await response.json()
