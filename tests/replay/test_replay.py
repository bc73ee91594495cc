"""Real devices in a home, as far as somebody wrote down what they send.

The recordings beside this file tell where they come from; what is only concluded in them is marked as inferred. Each is
played over real sockets to Home Assistant's own web server and to the second listener, from the first call of a device
that nobody has added. Everything that it then uploads comes again after a restart, as devices do that have lost an
acknowledgement.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import datetime
from pathlib import Path
import re
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.logbook import async_describe_events
from homeassistant.components.logbook import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.clock import PATIENCE_SECONDS, ZONE, FakeClock
from tests.push_calls import Caller

from .script import REFUSED, Act, Call, Script, load

RECORDINGS = {
    path.stem: load(path) for path in sorted(Path(__file__).parent.glob("*.txt"))
}


@pytest.fixture(params=RECORDINGS)
def script(request: pytest.FixtureRequest) -> Script:
    """Return one recording after the other."""
    return RECORDINGS[request.param]


@pytest.fixture
def clock(script: Script) -> Generator[FakeClock]:
    """Return the clock of the home, at the time of the recording."""
    clock = FakeClock(datetime.fromisoformat(script.start).replace(tzinfo=ZONE))
    with patch("custom_components.zkteco.hub.Clock", return_value=clock):
        yield clock


@pytest.fixture(params=["home assistant", "listener"])
async def house(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    hub: Hub,
    clock: FakeClock,
    hass_client_no_auth: ClientSessionGenerator,
) -> AsyncGenerator[House]:
    """Return a home in which somebody is about to add a device."""
    # It has a view of its own, which a server that runs takes no more.
    assert await async_setup_component(hass, "image", {})
    client = await hass_client_no_auth()
    port: int = client.server.port
    if request.param == "listener":
        port = request.getfixturevalue("free_port")
        await hub.async_listen_on({"port": port, "host": "127.0.0.1"})
    somebody = asyncio.create_task(clock.wait(10**9))
    house = House(hass, clock, port)
    await house.open_pairing()
    await hub.async_open_pairing()  # the flow does so in the background
    yield house
    await house.hang_up()
    somebody.cancel()


class House:
    """A home, and the device that calls it."""

    def __init__(self, hass: HomeAssistant, clock: FakeClock, port: int) -> None:
        """Know where the device calls."""
        self.hass = hass
        self.clock = clock
        self.port = port
        self.uploads: list[Call] = []
        self._events = async_capture_events(hass, EVENT_ZKTECO)
        self._describe: Callable[[Event], dict[str, str]] = lambda _event: {}
        async_describe_events(hass, self._learn_words)
        self._flow = ""
        self._command = ""
        self._caller: Caller | None = None
        self._action: asyncio.Task[object] | None = None
        self._entry: ConfigEntry | None = None

    async def play(self, step: Call | Act) -> None:
        """Let one thing happen."""
        if isinstance(step, Call):
            assert await self.call(step) == step.told, step
            if self._entry is not None and step.is_upload:
                self.uploads.append(step)
            return
        match step.verb:
            case "pair":
                await self._pair(step.what)
            case "wait":
                await self.clock.advance(float(step.what))
                await self._settle()
            case "do":
                domain, _, action = step.what.partition(".")
                action, _, entity_id = action.partition(" ")
                self._action = asyncio.create_task(
                    self.hass.services.async_call(
                        domain, action, {"entity_id": entity_id}, blocking=True
                    )
                )
                await self._settle()
            case "done":
                assert self._action
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._action
            case _:
                assert self.states() == [*step.lines]

    # The device

    async def call(self, call: Call) -> list[str]:
        """Let the device send a request, check what it gets, and return what a person reads then."""
        if self._caller is None:
            self._caller = await Caller(self.port).__aenter__()
        before = len(self._events)
        self._caller.send(call.raw(self._command))
        answer = await self._caller.answer()
        if command := re.match("C:([0-9]+):", answer.body):
            self._command = command[1]
        assert call.is_answered_by(answer.body), (call, answer.body)
        assert answer.status == (403 if call.answer == REFUSED else 200)
        assert "Content-Type: text/plain" in answer.headers
        if answer.status != 200 or "Connection: close" in call.headers:
            await self.hang_up()
        await self._settle()
        return self._sentences(self._events[before:])

    async def _settle(self) -> None:
        """Let Home Assistant see what came. Its own tasks may wait for the device, and cannot be waited for."""
        await self.clock.settle()
        for _ in range(20):
            await asyncio.sleep(0)

    async def hang_up(self) -> None:
        """Close the connection; otherwise a device keeps it."""
        if self._caller is not None:
            await self._caller.__aexit__()
            self._caller = None

    # The person

    async def open_pairing(self) -> None:
        """Begin to add a device."""
        flows = self.hass.config_entries.flow
        result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
        self._flow = result["flow_id"]
        result = await flows.async_configure(self._flow, {"next_step_id": "push"})
        assert result["type"] is FlowResultType.SHOW_PROGRESS

    async def _pair(self, name: str) -> None:
        """Add the device that has called."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.hass.async_block_till_done(wait_background_tasks=True)
        flows = self.hass.config_entries.flow
        result = await flows.async_configure(self._flow)
        (device,) = result["data_schema"].schema.values()
        (option,) = device.config["options"]
        result = await flows.async_configure(self._flow, {"device": option["value"]})
        if result["type"] is FlowResultType.FORM:
            assert result["step_id"] == "push_attendance"
            result = await flows.async_configure(self._flow, {})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["title"] == name
        self._entry = result["result"]
        await self._settle()

    async def restart(self) -> None:
        """Load the device anew, which has to connect anew then."""
        assert self._entry
        await self.hang_up()
        assert await self.hass.config_entries.async_reload(self._entry.entry_id)
        await self._settle()

    def states(self) -> list[str]:
        """Return what is known of the device; of events, which one was the last."""
        assert self._entry
        shown = []
        registry = er.async_get(self.hass)
        for item in er.async_entries_for_config_entry(registry, self._entry.entry_id):
            if (state := self.hass.states.get(item.entity_id)) is not None:
                value = state.attributes.get("event_type") or state.state
                if value != STATE_UNKNOWN:
                    shown.append(f"{item.entity_id}: {value}")
        return sorted(shown)

    def _learn_words(
        self, _domain: str, _event: str, describe: Callable[[Event], dict[str, str]]
    ) -> None:
        self._describe = describe

    def _sentences(self, events: list[Event]) -> list[str]:
        """Return what the logbook says."""
        entries = map(self._describe, events)
        return [
            f"{entry[LOGBOOK_ENTRY_NAME]} {entry[LOGBOOK_ENTRY_MESSAGE]}"
            for entry in entries
        ]


async def test_a_recording(
    house: House, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """Every answer is the one that the device needs, and everything is told, once."""
    for step in script.steps:
        await house.play(step)
    await house.restart()
    for upload in house.uploads:
        assert not await house.call(upload)
    assert not [r for r in caplog.records if r.levelname == "ERROR" and r.exc_info]
