"""A capture of every kind of device, as it is downloaded: simulated devices and real sockets.

Here the whole house takes part: action, coordinator, protocol, device, and the file that an owner attaches to a bug report.
What is told of a message is tested where the message is.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.protocol.people import User
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.clock import FakeClock
from tests.people_calls import device_id
from tests.push_calls import push_entry
from tests.secrets import foreseeable, found, people, secrets_of
from tests.simulators.attendance_terminal import AttendanceTerminal
from tests.simulators.attendance_world import Entry
from tests.simulators.c3_panel import C3Panel
from tests.simulators.push_device import PushDevice
from tests.simulators.standalone_terminal import SimulatedTerminal
from tests.simulators.standalone_world import Template

__all__ = ["foreseeable"]

KINDS = ["c3", "push", "attendance", "terminal"]
PASSWORD = "Xy7-rosebud"
KEY = "835271"
type Simulated = C3Panel | PushDevice | AttendanceTerminal | SimulatedTerminal

# As readers make one; nothing in it is twice.
FINGER = bytes.fromhex("4dfd53533231") + Random(7).randbytes(300)
PHOTO = b"\xff\xd8\xff\xe0" + Random(8).randbytes(300)


class House:
    """Home Assistant with two devices of one kind, one clock, and an owner."""

    def __init__(
        self,
        hass: HomeAssistant,
        clock: FakeClock,
        client: ClientSessionGenerator,
        server: str,
    ) -> None:
        """Nothing is there yet."""
        self.hass = hass
        self.clock = clock
        self.server = server
        self.simulated: list[Simulated] = []
        self.entries: list[MockConfigEntry] = []
        self._client = client

    async def add(self, kind: str, number: int, stack: AsyncExitStack) -> None:
        """Add a device that is switched on."""
        serial = f"7001200{kind.upper()[:2]}012{number}"
        times: dict[str, Any] = {
            "now": self.clock.local,
            "monotonic": self.clock.monotonic,
        }
        host = {"kind": kind, "host": "127.0.0.1"}
        sim: Simulated
        match kind:
            case "c3":
                sim = C3Panel(serial=serial, password=PASSWORD, **times)
                port = (await stack.enter_async_context(sim)).port
                data = {**host, "port": port, "password": PASSWORD}
            case "terminal":
                sim = SimulatedTerminal(serial=serial, key=int(KEY), **times)
                port = (await stack.enter_async_context(sim)).port
                data = {**host, "port": port, "key": KEY, "transport": "tcp"}
            case "push":
                sim = PushDevice(
                    self.server, serial, "fingerprint", clock=self.clock, auth_key=KEY
                )
                data = {**push_entry(serial, key=KEY).data}
            case _:
                sim = AttendanceTerminal(
                    self.server, serial, "classic", clock=self.clock, key=KEY
                )
                entry = push_entry(serial, key=KEY, mode=kind, registration={})
                data = {**entry.data}
        entry = MockConfigEntry(
            domain=DOMAIN, title=f"{kind} {number}", unique_id=serial, data=data
        )
        entry.add_to_hass(self.hass)
        self.simulated.append(sim)
        self.entries.append(entry)
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.live(lambda: entry.runtime_data.last_update_success)

    async def live(self, done: Callable[[], bool]) -> None:
        """Let time pass, and devices that call do so, until something is so."""
        for _ in range(900):
            if done():
                return
            for sim in self.simulated:
                if isinstance(sim, PushDevice | AttendanceTerminal):
                    await sim.step()
            await self.clock.advance(0.5)
            await asyncio.sleep(0.001)  # for the sockets
        pytest.fail("it never came true")

    async def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        until = self.clock.monotonic() + seconds
        await self.live(lambda: self.clock.monotonic() >= until)

    async def act(
        self, action: str, number: int = 0, *, answers: bool = True, **data: Any
    ) -> Any:
        """Use an action on a device."""
        target = device_id(self.hass, self.entries[number])
        call: Awaitable[Any] = self.hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": target, **data},
            blocking=True,
            return_response=answers,
        )
        work = self.hass.async_create_task(call)
        await self.live(work.done)
        return await work

    async def download(self) -> Any:
        """Return the whole file, as it is attached to a bug report."""
        client = await self._client()
        path = f"/api/diagnostics/config_entry/{self.entries[0].entry_id}"
        response = await client.get(path)
        assert response.status == 200
        return await response.json()


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hub: Hub,
    clock: FakeClock,
    hass_client_no_auth: ClientSessionGenerator,
    hass_client: ClientSessionGenerator,
) -> AsyncGenerator[House]:
    """Return a house without devices. Somebody always waits for the clock, so that it can be moved."""
    assert await async_setup_component(hass, "diagnostics", {})
    somebody = asyncio.create_task(clock.wait(10**9))
    server = f"http://127.0.0.1:{(await hass_client_no_auth()).server.port}"
    yield House(hass, clock, hass_client, server)
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            assert await hass.config_entries.async_unload(entry.entry_id)
    somebody.cancel()


def come(sim: Simulated, user: User) -> None:
    """Let somebody come to the door."""
    card = int(user.cards[0])
    match sim:
        case C3Panel() | PushDevice():
            sim.swipe(1, card)
        case SimulatedTerminal():
            sim.verify(user.user_id)
            sim.swipe(card)
        case AttendanceTerminal():
            sim.world.verify(user.user_id)


def enrol(sim: Simulated, user: User) -> None:
    """Let the device know somebody's finger and face, and tell them if it does that by itself."""
    finger, photo = (b64encode(data).decode() for data in (FINGER, PHOTO))
    pin = user.user_id
    match sim:
        case C3Panel():
            row = {"Pin": int(pin), "FingerID": 6, "Valid": 1, "Template": FINGER}
            sim.tables.put("templatev10", {"Size": len(FINGER), **row})
        case PushDevice():
            sim.enroll_finger(int(pin), 6, finger)
            picture = f"pin={pin}\tfilename={pin}.jpg\tsize=404\tcontent={photo}"
            for table in ("biophoto", "userpic"):
                sim.upload(table, [f"{table} {picture}"])
        case SimulatedTerminal():
            (uid,) = [u.uid for u in sim.users.values() if u.user_id == pin]
            sim.templates[uid, 6] = Template(FINGER)
        case AttendanceTerminal():
            # Some firmware uploads what nobody wants.
            sim.settings["TransFlag"] = "1" * 10
            last = sim.world.operate(30).stamp
            for number, secret in enumerate((finger, photo), 1):
                text = f"FP PIN={pin}\tFID={number}\tSize=404\tValid=1\tTMP={secret}"
                sim.world.operations.append(Entry(last + number, text))


async def a_day(house: House, users: list[User]) -> None:
    """Let everything happen that can be about people."""
    sim = house.simulated[0]
    for user in users:
        await house.act(
            "set_user",
            user_id=user.user_id,
            user_name=user.name,
            card=user.cards[0],
            pin_code=user.pin_code,
        )
        enrol(sim, user)
        come(sim, user)
    await house.pass_by(10)
    await house.act("get_users")
    await house.act("get_events", limit=100)
    if not isinstance(sim, AttendanceTerminal):
        source = device_id(house.hass, house.entries[0])
        await house.act("copy_credentials", 1, source=source)
    await house.act("delete_user", user_id=users[0].user_id)


def pieces(data: bytes) -> list[str]:
    """Return parts of a template or photo, in every form in which it is sent."""
    text = b64encode(data).decode()
    parts = [data[place : place + 12].hex() for place in range(0, 300, 60)]
    return parts + [text[place : place + 16] for place in range(0, 400, 80)]


@pytest.mark.parametrize("kind", KINDS)
@given(users=people())
@settings(
    max_examples=2,
    phases=[Phase.generate],  # no patience for smaller examples over sockets
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_nobody_is_in_the_file(
    house: House, kind: str, users: list[User]
) -> None:
    """Neither people, their fingers and faces, nor passwords, keys, numbers and addresses."""
    async with AsyncExitStack() as stack:
        if not house.entries:
            for number in (1, 2):
                await house.add(kind, number, stack)
        await house.act("capture", answers=False, minutes=15)
        if kind in ("c3", "terminal"):  # the login, too
            (entry, _) = house.entries
            assert await house.hass.config_entries.async_reload(entry.entry_id)
        await a_day(house, users)
        file = await house.download()
        for entry in house.entries:
            await house.hass.config_entries.async_remove(entry.entry_id)
    serial = str(house.entries[0].unique_id)
    house.entries.clear()
    house.simulated.clear()
    secrets = [*secrets_of(users), serial, PASSWORD, KEY, "127.0.0.1"]
    assert not found(file, secrets)
    text = str(file).lower()
    assert not [p for p in pieces(FINGER) + pieces(PHOTO) if p.lower() in text]
    messages = file["data"]["capture"]["messages"]
    assert len(messages) > 40
    assert not [entry for entry in messages if "cannot be told" in entry]
    # Fingers and faces were on the wire.
    assert max(entry.get("size", 0) for entry in messages) > len(FINGER)
    if kind in ("push", "attendance"):
        assert "=" + "a" * 400 in text
