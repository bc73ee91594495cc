"""Settings of simulated devices, over real sockets, as a person finds and changes them.

Here the whole house takes part: entity, coordinator, protocol, device.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.hub import Hub
from homeassistant.core import HomeAssistant
from tests.clock import FakeClock
from tests.push_calls import SERIAL, push_entry
from tests.simulators.c3_panel import C3Panel
from tests.simulators.push_device import PushDevice
from tests.simulators.standalone_terminal import SimulatedTerminal

CONTACT = "binary_sensor.panel_door_1_contact"
CONTACT_TYPE = "select.panel_door_1_contact_type"


class House:
    """Home Assistant and simulated devices, with one clock."""

    def __init__(self, hass: HomeAssistant, clock: FakeClock) -> None:
        """Nothing is added yet."""
        self.hass = hass
        self.clock = clock
        self.callers: list[PushDevice] = []

    async def add(self, entry: MockConfigEntry) -> None:
        """Add a device."""
        entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(entry.entry_id)

    async def live(self, done: Callable[[], bool]) -> None:
        """Let time pass until something is so."""
        for _ in range(600):
            if done():
                return
            for caller in self.callers:
                await caller.step()
            await self.clock.advance(0.2)
            await asyncio.sleep(0.001)  # for the sockets
        pytest.fail("it never came true")

    async def shows(self, entity_id: str, state: str) -> None:
        """Wait until an entity shows a state."""
        await self.live(lambda: self.hass.states.is_state(entity_id, state))

    async def call(self, action: str, entity_id: str, **data: object) -> None:
        """Change something."""
        work: Awaitable[object] = self.hass.services.async_call(
            entity_id.partition(".")[0],
            action,
            {"entity_id": entity_id, **data},
            blocking=True,
        )
        task = self.hass.async_create_task(work)
        await self.live(task.done)
        await task


@pytest.fixture
async def house(
    hass: HomeAssistant, hub: Hub, clock: FakeClock
) -> AsyncGenerator[House]:
    """Return a house without devices."""
    somebody = asyncio.create_task(clock.wait(10**9))
    yield House(hass, clock)
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        assert await hass.config_entries.async_unload(entry.entry_id)
    somebody.cancel()


def entry_at(port: int, serial: str, **data: str) -> MockConfigEntry:
    """Return the entry of a device that listens."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Panel",
        unique_id=serial,
        data={"host": "127.0.0.1", "port": port, **data},
    )


async def test_a_panel_that_gets_a_contact(house: House) -> None:
    """Choosing its type is enough: the contact is there without a reload."""
    async with AsyncExitStack() as stack:
        panel = await stack.enter_async_context(
            C3Panel(now=house.clock.local, monotonic=house.clock.monotonic)
        )
        panel.parameters["Door1SensorType"] = "0"
        serial = panel.parameters["~SerialNumber"]
        await house.add(entry_at(panel.port, serial, kind="c3"))
        await house.shows(CONTACT_TYPE, "none")
        assert house.hass.states.get(CONTACT) is None
        await house.call("select_option", CONTACT_TYPE, option="normally_closed")
        assert panel.parameters["Door1SensorType"] == "2"
        await house.shows(CONTACT, "off")
        panel.open_contact(1)
        await house.shows(CONTACT, "on")
        await house.call("set_value", "number.panel_door_1_held_open_delay", value=3)
        await house.shows("binary_sensor.panel_door_1_held_open_too_long", "on")
        # Somebody changes it elsewhere while we are away.
        await panel.stop()
        await house.shows(CONTACT_TYPE, "unavailable")
        panel.parameters["Door1SensorType"] = "1"
        await panel.start(port=panel.port)
        await house.shows(CONTACT_TYPE, "normally_open")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_device_that_calls(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Its settings appear when it has told them."""
    server = f"http://127.0.0.1:{(await hass_client_no_auth()).server.port}"
    async with PushDevice(server, SERIAL, clock=house.clock) as push:
        house.callers.append(push)
        await house.add(push_entry())
        await house.shows("switch.gate_time_servers", "off")
        await house.call("turn_on", "switch.gate_time_servers")
        assert push.world.parameters["NtpFunOn"] == "1"
        await house.shows("switch.gate_time_servers", "on")
        await house.call(
            "select_option", "select.gate_door_2_verify_mode", option="card"
        )
        assert push.world.parameters["Door2VerifyType"] == "4"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_terminal(house: House) -> None:
    """It has few."""
    async with SimulatedTerminal(
        now=house.clock.local, monotonic=house.clock.monotonic
    ) as terminal:
        serial = terminal.options["~SerialNumber"]
        data = {"kind": "terminal", "transport": "tcp"}
        await house.add(entry_at(terminal.port, serial, **data))
        await house.shows("switch.panel_voice", "on")
        await house.call("turn_off", "switch.panel_voice")
        assert terminal.options["VoiceOn"] == "0"
        await house.shows("switch.panel_anti_passback", "off")
