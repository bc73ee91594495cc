"""A terminal in attendance mode in a home, from its first call: the simulated terminal and real HTTP.

Here the whole house takes part: config flow, hub, views, protocol, entities.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN, EVENT_ZKTECO
from custom_components.zkteco.diagnostics import async_get_config_entry_diagnostics
from custom_components.zkteco.hub import FOLLOW_SECONDS, Hub
from custom_components.zkteco.protocol.push.messages import Request, parse_query
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from tests.clock import START, FakeClock
from tests.push_calls import Caller, call, push_entry, request
from tests.simulators.attendance_terminal import (
    ALICE,
    BOB,
    AttendanceTerminal,
    Faults,
    Person,
    Quirks,
)
from tests.simulators.attendance_world import CARD, CHECK_OUT, FACE
from tests.simulators.push_device import PushDevice

SERIAL = "BOCK200961014"
LOCK = "lock.gate_door_1"
CONNECTION = "binary_sensor.gate_connection"
ACCESS = "event.gate_door_1_access"


@pytest.fixture
async def server(
    hub: Hub, clock: FakeClock, hass_client_no_auth: ClientSessionGenerator
) -> AsyncGenerator[str]:
    """Return Home Assistant's address. Somebody always waits for the clock, so that it can be moved."""
    client = await hass_client_no_auth()
    somebody = asyncio.create_task(clock.wait(10**9))
    yield f"http://127.0.0.1:{client.server.port}"
    somebody.cancel()


@pytest.fixture
async def simulator(
    server: str, clock: FakeClock
) -> AsyncGenerator[AttendanceTerminal]:
    """Return a terminal whose server is Home Assistant. It calls at each `step`."""
    people = [Person(ALICE.pin, ALICE.name), Person(BOB.pin, BOB.name)]
    async with AttendanceTerminal(
        server, SERIAL, "face", clock=clock, people=people
    ) as terminal:
        yield terminal


async def until(
    simulator: AttendanceTerminal | PushDevice,
    clock: FakeClock,
    hass: HomeAssistant,
    done: Callable[[], bool],
) -> None:
    """Let the terminal call until something is so."""
    for _ in range(60):
        await simulator.step()
        await clock.advance(1)
        await hass.async_block_till_done()
        if done():
            return
    pytest.fail("it never came true")


def is_state(hass: HomeAssistant, entity_id: str, state: str) -> Callable[[], bool]:
    """Return a check of an entity's state."""

    def check() -> bool:
        found = hass.states.get(entity_id)
        return found is not None and found.state == state

    return check


@pytest.fixture
async def entry(
    hass: HomeAssistant, hub: Hub, simulator: AttendanceTerminal, clock: FakeClock
) -> MockConfigEntry:
    """Return the entry of the terminal, which has called."""
    entry = push_entry(SERIAL, mode="attendance", registration={})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(simulator, clock, hass, is_state(hass, CONNECTION, "on"))
    return entry


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(registers=True)])
@pytest.mark.parametrize("model", ["classic", "face"])
async def test_from_the_first_call_to_the_open_door(
    hass: HomeAssistant,
    server: str,
    clock: FakeClock,
    *,
    model: Any,
    quirks: Quirks,
) -> None:
    """Set the address, pick it, confirm, open the door. Also a terminal that never says what it is."""
    async with AttendanceTerminal(
        server, SERIAL, model, clock=clock, quirks=quirks, people=[]
    ) as simulator:
        flows = hass.config_entries.flow
        result = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
        result = await flows.async_configure(
            result["flow_id"], {"next_step_id": "push"}
        )
        for _ in range(4):
            await simulator.step()
        await hass.async_block_till_done(wait_background_tasks=True)
        result = await flows.async_configure(result["flow_id"])
        assert result["step_id"] == "push_pick"
        result = await flows.async_configure(result["flow_id"], {"device": SERIAL})
        assert result["step_id"] == "push_attendance"
        result = await flows.async_configure(result["flow_id"], {})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["title"] == simulator.model.name
        await hass.async_block_till_done()
        name = simulator.model.name.lower().replace(" ", "_").replace("/", "_")
        connection = f"binary_sensor.{name}_connection"
        await until(simulator, clock, hass, is_state(hass, connection, "on"))
        await command(
            simulator, hass, "lock", "open", {"entity_id": f"lock.{name}_door_1"}
        )
        assert simulator.world.opened == 1


async def command(
    simulator: AttendanceTerminal,
    hass: HomeAssistant,
    domain: str,
    action: str,
    data: dict[str, Any],
    *,
    response: bool = False,
) -> Any:
    """Use an action while the terminal goes on calling."""
    work = hass.async_create_task(
        hass.services.async_call(
            domain, action, data, blocking=True, return_response=response
        )
    )
    for _ in range(20):
        await simulator.step()
        if work.done():
            break
    return await work


async def test_someone_comes_and_goes(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """An event at the door, with the name, the choice and the work code."""
    events = async_capture_events(hass, EVENT_ZKTECO)
    await until(simulator, clock, hass, lambda: simulator.commands[-1][1] != "INFO")
    simulator.world.verify(ALICE.pin, CHECK_OUT, FACE, work_code="12")
    await until(simulator, clock, hass, lambda: bool(events))
    data = events[0].data
    assert (data["type"], data["user_id"], data["user_name"]) == (
        "access_granted",
        "1001",
        "Alice",
    )
    assert (data["attendance"], data["direction"]) == ("check_out", "out")
    assert (data["method"], data["work_code"]) == ("face", "12")
    assert not data["late"]
    assert hass.states.get(ACCESS).attributes["event_type"] == "access_granted"
    assert hass.states.get("sensor.gate_last_user").state == "Alice"


async def test_the_door(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """It opens; whether it is locked, nobody can tell; held open it cannot be."""
    assert hass.states.get(LOCK).state == "unknown"
    await command(simulator, hass, "lock", "unlock", {"entity_id": LOCK})
    assert simulator.world.opened == 1
    assert hass.states.get(LOCK).state == "unknown"
    with pytest.raises(HomeAssistantError):
        await command(simulator, hass, "lock", "lock", {"entity_id": LOCK})


async def test_people(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """Users are read and written like those of any other device."""
    target = {"device_id": entry.runtime_data.panel_device_id}
    user = {"user_id": "1009", "user_name": "Dora", "pin_code": "4711", "card": "7"}
    await command(simulator, hass, DOMAIN, "set_user", target | user)
    assert simulator.world.people["1009"].name == "Dora"
    assert simulator.world.people["1009"].password == "4711"
    answer = await command(simulator, hass, DOMAIN, "get_users", target, response=True)
    assert "Dora" in str(answer)
    await command(simulator, hass, DOMAIN, "delete_user", target | {"user_id": "1009"})
    assert [*simulator.world.people] == ["1001", "1002"]


async def test_events_survive_a_restart_of_home_assistant(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """What happens meanwhile is told once, as late."""
    events = async_capture_events(hass, EVENT_ZKTECO)

    def came() -> list[Any]:
        return [e.data for e in events if e.data["type"] == "access_granted"]

    simulator.world.verify(ALICE.pin)
    await until(simulator, clock, hass, lambda: bool(came()))
    assert await hass.config_entries.async_unload(entry.entry_id)
    await simulator.step()
    assert not simulator.online
    simulator.world.verify(BOB.pin)
    await clock.advance(40)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(simulator, clock, hass, lambda: len(came()) == 2)
    simulator.reboot()
    simulator.lose_stamps()
    await until(simulator, clock, hass, lambda: simulator.online)
    assert [(e["user_id"], e["late"]) for e in came()] == [
        ("1001", False),
        ("1002", True),
    ]


async def test_a_terminal_that_is_switched(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    server: str,
    clock: FakeClock,
) -> None:
    """It is followed to the other mode by itself, and not to and fro."""
    async with PushDevice(server, SERIAL, "face", clock=clock) as access:
        await access.step()
        await hass.async_block_till_done()
        assert entry.data["mode"] == "access"
        await until(access, clock, hass, lambda: access.online)
        await until(access, clock, hass, is_state(hass, CONNECTION, "on"))
        assert is_state(hass, LOCK, "locked")() or is_state(hass, LOCK, "unknown")()

        # A device that cannot make up its mind is followed seldom.
        simulator.reboot()
        await simulator.step()
        await hass.async_block_till_done()
        assert entry.data["mode"] == "access"
        assert hass.states.get(CONNECTION).state == "off"
        with pytest.raises(HomeAssistantError, match="switched between access"):
            raise entry.runtime_data.error(entry.runtime_data.device.state.error)
        await clock.advance(FOLLOW_SECONDS)
        async_fire_time_changed(
            hass, dt_util.utcnow() + timedelta(seconds=FOLLOW_SECONDS + 1)
        )
        await hass.async_block_till_done()
        assert entry.data["mode"] == "attendance"
        await until(simulator, clock, hass, is_state(hass, CONNECTION, "on"))


async def test_another_mode_that_is_over_is_not_followed(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    server: str,
    clock: FakeClock,
) -> None:
    """What counts is what the device shows when the time has come."""
    async with PushDevice(server, SERIAL, "face", clock=clock) as access:
        await access.step()
        await hass.async_block_till_done()
        assert entry.data["mode"] == "access"
        simulator.reboot()
        await simulator.step()
        await hass.async_block_till_done()
        await until(access, clock, hass, is_state(hass, CONNECTION, "on"))
        async_fire_time_changed(
            hass, dt_util.utcnow() + timedelta(seconds=FOLLOW_SECONDS + 1)
        )
        await hass.async_block_till_done()
        assert entry.data["mode"] == "access"


CALLS = st.builds(
    lambda endpoint, table, query, prefix, body, post: Request(
        method="POST" if post else "GET",
        path=f"/iclock/{endpoint}",
        query=parse_query(f"SN={SERIAL}&table={table}&".encode() + query),
        headers={},
        body=prefix + body,
        peer="127.0.0.1",
        received=START,
    ),
    st.sampled_from(
        ["cdata", "getrequest", "devicecmd", "fdata", "querydata", "rtdata", "ping"]
    ),
    st.sampled_from(["", "ATTLOG", "OPERLOG", "USERINFO", "options", "BIODATA"]),
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"",
            b"1\t2026-11-21 12:00:00\t",
            b"OPLOG 3\t",
            b"USER PIN=1\t",
            b"ID=1&Return=",
        ]
    ),
    st.binary(max_size=300),
    st.booleans(),
)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(calls=st.lists(CALLS, min_size=1, max_size=10))
async def test_nothing_that_a_terminal_sends_breaks_anything(
    hub: Hub,
    clock: FakeClock,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    calls: list[Request],
) -> None:
    """Whatever it is, there is an answer, the next call is answered as well, and no error is in the log."""
    await clock.advance(1)
    for one in calls:
        response = hub.server.handle(one)
        assert response.status in {200, 403}
        assert response.body
    ping = replace(
        calls[0], path="/iclock/getrequest", query={"sn": SERIAL, "info": "x"}
    )
    assert hub.server.handle(ping).status == 200
    assert not [r for r in caplog.records if r.levelname == "ERROR"]


async def test_a_card_nobody_knows(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """A user without a name has a number."""
    events = async_capture_events(hass, EVENT_ZKTECO)
    simulator.world.verify("4711", method=CARD)
    await until(simulator, clock, hass, lambda: bool(events))
    assert "user_name" not in events[0].data
    assert events[0].data["user_id"] == "4711"


async def test_an_upload_that_breaks_off(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    server: str,
    clock: FakeClock,
) -> None:
    """Half of it is nothing; the whole is told once, however often it comes."""
    events = async_capture_events(hass, EVENT_ZKTECO)
    port = int(server.rpartition(":")[2])
    row = f"{ALICE.pin}\t{clock.local():%F %T}\t0\t1\t\t0\t0\t0\t0\t0\t\n"
    target = f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=7"
    whole = request(target, row)
    async with Caller(port) as caller:
        caller.send(whole[:-20])
        await caller.writer.drain()
    await hass.async_block_till_done()
    assert not events
    for _ in range(3):
        assert (await call(port, whole)).body == "OK: 1"
    await hass.async_block_till_done()
    assert [event.data["user_id"] for event in events] == [ALICE.pin]


async def test_the_port_for_devices(
    hass: HomeAssistant, hub: Hub, clock: FakeClock, server: str, free_port: int
) -> None:
    """A terminal whose HTTP a strict server would refuse is served there."""
    await hub.async_listen_on({"port": free_port, "host": "127.0.0.1"})
    faults = Faults(lf_only=True, no_host=True, raw_query=b"&x=a b\xff")
    async with AttendanceTerminal(
        f"http://127.0.0.1:{free_port}", SERIAL, clock=clock, people=[], faults=faults
    ) as simulator:
        entry = push_entry(SERIAL, mode="attendance", registration={})
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(simulator, clock, hass, is_state(hass, CONNECTION, "on"))
        assert simulator.refusals == 0
        assert await hass.config_entries.async_unload(entry.entry_id)
    await hub.async_listen_on({})


async def test_diagnostics(
    hass: HomeAssistant,
    simulator: AttendanceTerminal,
    entry: MockConfigEntry,
    clock: FakeClock,
) -> None:
    """Say what the terminal is and how it calls; nobody's name, and no serial number."""
    await until(simulator, clock, hass, lambda: len(simulator.commands) > 1)
    text = str(await async_get_config_entry_diagnostics(hass, entry))
    assert "SenseFace 2A" in text
    assert "stamps" in text
    for secret in ("Alice", "Bob", SERIAL, "127.0.0.1"):
        assert secret not in text
