"""People on every kind of device, with the same actions: simulated devices and real sockets.

Here the whole house takes part: action, coordinator, protocol, device. What each of them
does with mistakes is tested where it belongs.
"""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from itertools import permutations
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN, EVENT_USERS_SYNCED
from custom_components.zkteco.hub import Hub
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from tests.clock import FakeClock
from tests.push_calls import SERIAL, push_entry
from tests.simulators.c3_panel import C3Panel
from tests.simulators.push_device import PushDevice
from tests.simulators.standalone_terminal import SimulatedTerminal
from tests.simulators.standalone_world import Template

PANEL, PUSH, TERMINAL = "panel", "push", "terminal"
KINDS = [PANEL, PUSH, TERMINAL]
EVERYWHERE = pytest.mark.parametrize("kind", KINDS)
type Simulated = dict[str, C3Panel | PushDevice | SimulatedTerminal]
SEVERAL_DOORS = pytest.mark.parametrize("kind", [PANEL, PUSH])


class House:
    """Home Assistant with one device of each kind, and one clock for all."""

    def __init__(
        self, hass: HomeAssistant, clock: FakeClock, server: str, simulated: Simulated
    ) -> None:
        """Nothing is added yet."""
        self.hass = hass
        self.clock = clock
        self.server = server
        self.simulated = simulated
        self.callers = [simulated[PUSH]]
        """The devices that call, as long as they are switched on."""
        self.devices: dict[str, str] = {}
        self.entries: dict[str, MockConfigEntry] = {}

    async def add(self, name: str, entry: MockConfigEntry) -> None:
        """Add a device that is switched on."""
        entry.add_to_hass(self.hass)
        self.hass.config_entries.async_update_entry(
            entry, options={"card_numbers": "full"}
        )
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        self.entries[name] = entry
        device = dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, entry.unique_id), entry.entry_id
        )
        self.devices[name] = device.id

    async def live(self, done: Callable[[], bool]) -> None:
        """Let time pass, and the device that calls do so, until something is so."""
        for _ in range(600):
            if done():
                return
            for caller in self.callers:
                await caller.step()
            await self.clock.advance(0.2)
            await asyncio.sleep(0.001)  # for the sockets
        pytest.fail("it never came true")

    async def act(self, action: str, *kinds: str, **data: Any) -> dict[str, Any]:
        """Use an action on devices, and return their answers by kind."""
        work = self.hass.async_create_task(
            self.hass.services.async_call(
                DOMAIN,
                action,
                {"device_id": [self.devices[kind] for kind in kinds], **data},
                blocking=True,
                return_response=True,
            )
        )
        await self.live(work.done)
        answers = await work
        return {kind: answers[self.devices[kind]] for kind in kinds}

    async def rule(self, action: str, kind: str, **data: Any) -> Any:
        """Use an action about the rules of one device, and return its answer."""
        work = self.hass.async_create_task(
            self.hass.services.async_call(
                DOMAIN,
                action,
                {"device_id": self.devices[kind], **data},
                blocking=True,
                return_response=True,
            )
        )
        await self.live(work.done)
        return await work

    async def switch_off(self, kind: str) -> None:
        """Let a device go away, until Home Assistant knows."""
        match self.simulated[kind]:
            case C3Panel() as panel:
                await panel.stop()
            case SimulatedTerminal() as terminal:
                terminal.power_off()
            case PushDevice() as push:
                self.callers.remove(push)
        await self.live(lambda: not self.is_connected(kind))

    async def switch_on(self, kind: str) -> None:
        """Let a device come back."""
        match self.simulated[kind]:
            case C3Panel() as panel:
                await panel.start(port=panel.port)
            case SimulatedTerminal() as terminal:
                terminal.power_on()
            case PushDevice() as push:
                self.callers.append(push)

    def is_connected(self, kind: str) -> bool:
        """Return whether Home Assistant reaches a device."""
        title = self.entries[kind].title
        return self.hass.states.is_state(f"binary_sensor.{title}_connection", "on")

    async def users(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the users of a device by their ID."""
        answer = (await self.act("get_users", kind))[kind]
        return {user["user_id"]: user for user in answer["users"]}


@pytest.fixture
async def house(
    hass: HomeAssistant,
    hub: Hub,
    clock: FakeClock,
    hass_client_no_auth: ClientSessionGenerator,
) -> AsyncGenerator[House]:
    """Return a house in which every device has people of its own."""
    server = f"http://127.0.0.1:{(await hass_client_no_auth()).server.port}"
    times = {"now": clock.local, "monotonic": clock.monotonic}
    async with (
        C3Panel(**times) as panel,
        SimulatedTerminal(**times) as terminal,
        PushDevice(server, SERIAL, clock=clock) as push,
    ):
        simulated = {PANEL: panel, TERMINAL: terminal, PUSH: push}
        house = House(hass, clock, server, simulated)
        for name, serial, port, more in (
            (PANEL, "DGD9190019050335134", panel.port, {"kind": "c3"}),
            (
                TERMINAL,
                terminal.options["~SerialNumber"],
                terminal.port,
                {"kind": "terminal", "transport": "tcp"},
            ),
        ):
            data = {"host": "127.0.0.1", "port": port, **more}
            entry = MockConfigEntry(
                domain=DOMAIN, title=name, unique_id=serial, data=data
            )
            await house.add(name, entry)
        await house.add(PUSH, push_entry())
        await house.live(lambda: house.is_connected(PUSH))
        yield house
        for entry in hass.config_entries.async_entries(DOMAIN):
            assert await hass.config_entries.async_unload(entry.entry_id)


@EVERYWHERE
async def test_a_person_comes_and_goes(house: House, kind: str) -> None:
    """Added with a card and a PIN code, changed, and removed; nobody else is touched."""
    others = await house.users(kind)
    answer = await house.act(
        "set_user", kind, user_id="4711", card="4711001", pin_code="2580"
    )
    assert answer[kind]["created"]
    users = await house.users(kind)
    assert users["4711"]["cards"] == ["4711001"]
    assert users["4711"]["credentials"]["pin_code"]
    assert "2580" not in str(users)

    answer = await house.act("set_user", kind, user_id="4711", card="4711002")
    assert answer[kind] == {"user_id": "4711", "created": False, "changed": ["card"]}
    users = await house.users(kind)
    assert users["4711"]["cards"] == ["4711002"]
    assert users["4711"]["credentials"]["pin_code"]

    answer = await house.act("set_user", kind, user_id="4711", card="4711002")
    assert answer[kind]["changed"] == []

    answer = await house.act("delete_user", kind, user_id="4711")
    assert answer[kind]["deleted"]
    assert await house.users(kind) == others
    answer = await house.act("delete_user", kind, user_id="4711")
    assert not answer[kind]["deleted"]


@SEVERAL_DOORS
async def test_a_visitor_until_sunday(house: House, kind: str) -> None:
    """A card that is valid on two doors until a day, and then on one."""
    await house.act(
        "set_user",
        kind,
        user_id="4712",
        card="1234568",
        valid_until="2026-11-22",
        doors=[1, 2],
    )
    visitor = (await house.users(kind))["4712"]
    assert visitor["valid_until"].startswith("2026-11-22")
    assert {right["door"] for right in visitor["rights"]} == {1, 2}
    await house.act("clear_access", kind, user_id="4712", doors=[2])
    visitor = (await house.users(kind))["4712"]
    assert {right["door"] for right in visitor["rights"]} == {1}


@EVERYWHERE
async def test_a_card_has_one_owner(house: House, kind: str) -> None:
    """With a card that two people have, the device alone would decide who came."""
    await house.act("set_user", kind, user_id="4711", card="4711001")
    users = await house.users(kind)
    with pytest.raises(ServiceValidationError, match="card: user 4711 has it already"):
        await house.act("set_user", kind, user_id="4712", card="4711001")
    assert await house.users(kind) == users

    newcomers = [
        {"user_id": "4712", "card": "4711001"},
        {"user_id": "4713", "card": "4711003"},
    ]
    sync = await house.act("sync_users", kind, users=newcomers, mode="merge")
    assert sync[kind]["added"] == ["4713"]
    assert "user 4711 has it already" in sync[kind]["skipped"]["4712"]
    # Whoever goes leaves the card to others.
    swapped = [{"user_id": "4711", "card": ""}, newcomers[0]]
    sync = await house.act("sync_users", kind, users=swapped, mode="merge")
    assert sync[kind]["added"] == ["4712"]


@EVERYWHERE
async def test_spaces_around_a_name(house: House, kind: str) -> None:
    """They are nobody's: the user is made, and there is nothing to do the second time."""
    for changed in (["user_name", "doors"], []):
        answer = await house.act("set_user", kind, user_id="4711", user_name=" Al ice ")
        assert answer[kind]["changed"] == changed
    assert (await house.users(kind))["4711"]["user_name"].strip() == "Al ice"


@EVERYWHERE
async def test_a_dry_run_tells_what_will_be(house: House, kind: str) -> None:
    """Also of people of whom the device has another spelling, or none."""
    users = [{"user_id": user_id} for user_id in ("0705", "705", "01", "706", "0")]
    wanted = {"users": users, "mode": "merge"}
    plan = (await house.act("sync_users", kind, **wanted, dry_run=True))[kind]
    done = (await house.act("sync_users", kind, **wanted))[kind]
    assert done == plan | {"dry_run": False}
    assert {int(user_id) for user_id in done["added"]} >= {705, 706}


@EVERYWHERE
@pytest.mark.parametrize(
    "wrong",
    [
        {"user_id": "12 34"},
        {"user_id": "1\t2"},
        {"user_id": "0"},
        {"user_id": "4711", "card": "99999999999999999999999"},
        {"user_id": "4711", "card": "12\tPin=3"},
        {"user_id": "4711", "pin_code": "12ab"},
        {"user_id": "4711", "pin_code": "1" * 30},
        {"user_id": "4711", "doors": [9]},
        {"user_id": "4711", "doors": [1], "time_zone": 9999},
    ],
)
async def test_what_cannot_be_written_is_not_written(
    house: House, kind: str, wrong: dict[str, Any]
) -> None:
    """There is a clear error, and everything is as before."""
    before = await house.users(kind)
    with pytest.raises(HomeAssistantError):
        await house.act("set_user", kind, **wrong)
    assert await house.users(kind) == before


@pytest.mark.parametrize(("source", "target"), [*permutations(KINDS, 2)])
async def test_one_device_becomes_like_another(
    house: House, source: str, target: str
) -> None:
    """What a device cannot hold is reported; the second time there is nothing to do."""
    await house.act("set_user", source, user_id="4713", card="1111111", doors=[1])
    wanted = {"source": house.devices[source], "mode": "merge"}
    plan = (await house.act("sync_users", target, **wanted, dry_run=True))[target]
    assert "4713" in [*plan["added"]]
    assert "4713" not in await house.users(target)

    done = (await house.act("sync_users", target, **wanted))[target]
    assert [*done["added"]] == [*plan["added"]]
    assert not done["failed"]
    users = await house.users(target)
    assert users["4713"]["cards"] == ["1111111"]

    again = (await house.act("sync_users", target, **wanted))[target]
    assert not (again["added"] or again["updated"] or again["deleted"])
    assert await house.users(target) == users


@SEVERAL_DOORS
async def test_schedules_and_holidays(house: House, kind: str) -> None:
    """Written and read back; days that are not given stay."""
    work = [{"from": "08:00", "to": "17:30"}]
    await house.act(
        "set_time_zone", kind, time_zone=2, days={"monday": work, "friday": work}
    )
    zones = (await house.act("get_time_zones", kind))[kind]["time_zones"]
    (zone,) = [zone for zone in zones if zone["time_zone"] == 2]
    assert zone["days"]["monday"] == work
    await house.act("set_holiday", kind, date="2026-12-25", holiday_type=2)
    days = (await house.act("get_holidays", kind))[kind]["holidays"]
    assert "2026-12-25" in [day["date"] for day in days]
    await house.act("delete_holiday", kind, date="2026-12-25")
    days = (await house.act("get_holidays", kind))[kind]["holidays"]
    assert "2026-12-25" not in [day["date"] for day in days]


async def test_a_schedule_of_a_terminal(house: House) -> None:
    """It has one interval a day and no holidays."""
    work = [{"from": "08:00", "to": "17:30"}]
    await house.act("set_time_zone", TERMINAL, time_zone=2, days={"monday": work})
    zones = (await house.act("get_time_zones", TERMINAL))[TERMINAL]["time_zones"]
    (zone,) = [zone for zone in zones if zone["time_zone"] == 2]
    assert zone["days"]["monday"] == work
    with pytest.raises(HomeAssistantError):
        await house.act("set_holiday", TERMINAL, date="2026-12-25")
    with pytest.raises(HomeAssistantError):
        await house.act(
            "set_time_zone", TERMINAL, time_zone=2, days={"monday": work * 2}
        )


RULES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (PANEL, "first_card", {"door": 1, "time_zone": 2, "user_id": 1}, {"door": 3}),
    (PUSH, "first_card", {"door": 1, "time_zone": 2, "user_id": 1}, {"door": 3}),
    *(
        (kind, "multi_card", {"number": 7, "door": 2, "group_1": 1}, {"group_1": -1})
        for kind in (PANEL, PUSH)
    ),
    *(
        (
            kind,
            "linkage",
            {
                "number": 7,
                "event": 102,
                "point": 1,
                "output_type": "aux_output",
                "output": 2,
                "seconds": 60,
            },
            {"output_type": "siren"},
        )
        for kind in (PANEL, PUSH)
    ),
    (
        PUSH,
        "scheduled_output",
        {"output": 1, "output_type": "door", "action": "open", "time_zone": 2},
        {"action": "on"},
    ),
    (
        PUSH,
        "daylight_saving",
        {"year": 2026, "start": "M3.5.0/2", "end": "M10.5.0/3", "yearly": True},
        {"end": "October"},
    ),
    (TERMINAL, "unlock_combination", {"number": 7, "group_1": 1}, {"group_1": 100}),
]


@pytest.mark.parametrize(("kind", "rule", "row", "wrong"), RULES)
async def test_rules(
    house: House,
    kind: str,
    rule: str,
    row: dict[str, Any],
    wrong: dict[str, Any],
) -> None:
    """A row comes, is there, and goes; a wrong one leaves no trace."""
    kept = (await house.rule("set_rule", kind, rule=rule, fields=row))["fields"]
    wanted = {**row, **({"user_id": "1"} if "user_id" in row else {})}
    assert kept.items() >= wanted.items()
    told = await house.rule("get_rules", kind, rule=rule)
    assert kept in told["rows"]
    assert {field["name"] for field in told["fields"]} >= row.keys()

    with pytest.raises(HomeAssistantError):
        await house.rule("set_rule", kind, rule=rule, fields={**row, **wrong})
    assert await house.rule("get_rules", kind, rule=rule) == told

    # As it was told, it can be given back.
    for deleted in (True, False):
        answer = await house.rule("delete_rule", kind, rule=rule, fields=kept)
        assert answer == {"deleted": deleted}
    left = (await house.rule("get_rules", kind, rule=rule))["rows"]
    assert left == [one for one in told["rows"] if one != kept]


async def test_a_group_of_a_terminal(house: House) -> None:
    """It is changed, and always there."""
    change = {"number": 1, "time_zone_2": "3", "verify_mode": "card"}
    kept = await house.rule("set_rule", TERMINAL, rule="group", fields=change)
    assert kept["fields"]["time_zone_1"] == 1
    assert kept["fields"]["time_zone_2"] == 3
    with pytest.raises(HomeAssistantError):
        await house.rule("delete_rule", TERMINAL, rule="group", fields={"number": 1})


@EVERYWHERE
async def test_a_rule_that_a_device_does_not_have(house: House, kind: str) -> None:
    """It says which it has."""
    missing = "linkage" if kind == TERMINAL else "group"
    with pytest.raises(HomeAssistantError, match="It has these"):
        await house.rule("get_rules", kind, rule=missing)


@EVERYWHERE
async def test_everybody_goes(house: House, kind: str) -> None:
    """Only with the right words."""
    before = await house.users(kind)
    device = house.devices[kind]
    for confirm, users in (("yes", before), ("delete all users", {})):
        work = house.hass.async_create_task(
            house.hass.services.async_call(
                DOMAIN,
                "clear_users",
                {"device_id": device, "confirm": confirm},
                blocking=True,
            )
        )
        await house.live(work.done)
        assert (work.exception() is None) is (users == {})
        assert await house.users(kind) == users


async def test_a_terminal_lets_in_whoever_it_knows(house: House) -> None:
    """So nobody is left there without rights by mistake; making them inactive is the way."""
    with pytest.raises(HomeAssistantError):
        await house.act("set_user", TERMINAL, user_id="4711", doors=[])
    await house.act("set_user", TERMINAL, user_id="4711")
    rights = (await house.users(TERMINAL))["4711"]["rights"]
    assert rights == [{"door": 1, "time_zone": 1}]
    with pytest.raises(HomeAssistantError):
        await house.act("clear_access", TERMINAL, user_id="4711")
    await house.act("set_user_enabled", TERMINAL, user_id="4711", active=False)
    assert not (await house.users(TERMINAL))["4711"]["active"]


@EVERYWHERE
async def test_a_device_that_is_away_follows(house: House, kind: str) -> None:
    """What could not be done is done when it is back, and told."""
    synced = async_capture_events(house.hass, EVENT_USERS_SYNCED)
    users = [{"user_id": "4714", "card": "1234569", "pin_code": "2580"}]
    await house.switch_off(kind)
    answer = (await house.act("sync_users", kind, users=users))[kind]
    assert answer.keys() == {"waiting", "reason"}
    assert synced == []

    await house.switch_on(kind)
    await house.live(lambda: bool(synced))
    assert synced[0].data["device_id"] == house.devices[kind]
    assert synced[0].data["added"] == ["4714"]
    assert (await house.users(kind))["4714"]["cards"] == ["1234569"]


def known_to(device: C3Panel | PushDevice | SimulatedTerminal) -> int:
    """Return how many people a device knows."""
    match device:
        case C3Panel():
            return len(device.tables["user"])
        case PushDevice():
            return len(device.table("user"))
        case SimulatedTerminal():
            return len(device.users)


async def begin_sync(house: House, kind: str) -> asyncio.Task[Any]:
    """Begin a sync of more users than fit into one request, and return it in its middle."""
    users = [
        {"user_id": str(5001 + n), "card": str(9000001 + n), "pin_code": "86420975"}
        for n in range(300)
    ]
    before = known_to(house.simulated[kind])
    work = house.hass.async_create_task(
        house.hass.services.async_call(
            DOMAIN,
            "sync_users",
            {"device_id": house.devices[kind], "users": users},
            blocking=True,
            return_response=True,
        )
    )
    await house.live(lambda: known_to(house.simulated[kind]) > before)
    assert not work.done()
    return work


@EVERYWHERE
async def test_set_up_anew_in_the_middle(house: House, kind: str) -> None:
    """The rest is done by whoever is there afterwards, as soon as it is known that something is left."""
    synced = async_capture_events(house.hass, EVENT_USERS_SYNCED)
    work = await begin_sync(house, kind)
    anew = house.hass.async_create_task(
        house.hass.config_entries.async_reload(house.entries[kind].entry_id)
    )
    await house.live(lambda: anew.done() and work.done())
    assert (await work)[house.devices[kind]]["waiting"]
    await house.live(lambda: bool(synced))
    users = await house.users(kind)
    assert all(users[str(5001 + n)]["rights"] for n in range(300))


@EVERYWHERE
async def test_removed_in_the_middle(
    house: House, kind: str, hass_storage: dict[str, Any]
) -> None:
    """Nothing waits for a device that is gone, least of all PIN codes."""
    work = await begin_sync(house, kind)
    removal = house.hass.async_create_task(
        house.hass.config_entries.async_remove(house.entries[kind].entry_id)
    )
    await house.live(lambda: removal.done() and work.done())
    assert "86420975" not in str(hass_storage)


FINGER = bytes.fromhex("4dfd53533231") + bytes(range(256)) * 4
"""As readers make one."""


async def annex(house: House, kind: str, stack: AsyncExitStack, number: int) -> str:
    """Add one more device of a kind, on which no first user has a fingerprint."""
    name, serial = f"{kind}_{number}", f"700120010012{number}"
    times = {"now": house.clock.local, "monotonic": house.clock.monotonic}
    match kind:
        case "panel":
            panel = C3Panel(serial=serial, **times)
            # It shows by somebody's finger how it keeps them.
            row = {"Pin": 2, "FingerID": 0, "Valid": 1, "Template": b"Bob's"}
            panel.tables.put("templatev10", {"Size": 5, **row})
            simulated = await stack.enter_async_context(panel)
            data = {"kind": "c3", "host": "127.0.0.1", "port": simulated.port}
        case "terminal":
            terminal = SimulatedTerminal(serial=serial, **times)
            terminal.templates.clear()
            simulated = await stack.enter_async_context(terminal)
            data = {"kind": kind, "host": "127.0.0.1", "port": simulated.port}
            data["transport"] = "tcp"
        case _:
            push = PushDevice(house.server, serial, "fingerprint", clock=house.clock)
            simulated = await stack.enter_async_context(push)
            house.callers.append(simulated)
            data = {**push_entry(serial).data}
    house.simulated[name] = simulated
    entry = MockConfigEntry(domain=DOMAIN, title=name, unique_id=serial, data=data)
    await house.add(name, entry)
    await house.live(lambda: house.is_connected(name))
    return name


def enrol(device: C3Panel | PushDevice | SimulatedTerminal) -> str:
    """Let the first user put a finger on the device, and return who that is."""
    match device:
        case C3Panel():
            finger = {"Size": len(FINGER), "Pin": 1, "FingerID": 6, "Valid": 1}
            device.tables.put("templatev10", {**finger, "Template": FINGER})
        case PushDevice():
            device.enroll_finger(1, 6, b64encode(FINGER).decode())
        case SimulatedTerminal():
            user = min(device.users.values(), key=lambda user: user.uid)
            device.templates[user.uid, 6] = Template(FINGER)
            return user.user_id
    return "1"


def fingers(device: C3Panel | PushDevice | SimulatedTerminal) -> list[bytes]:
    """Return the fingers that a device knows."""
    match device:
        case C3Panel():
            return [row["Template"] for row in device.tables["templatev10"]]
        case PushDevice():
            return [b64decode(row["Template"]) for row in device.table("templatev10")]
        case SimulatedTerminal():
            return [template.data for template in device.templates.values()]


@EVERYWHERE
async def test_fingers_go_to_another_device_of_the_kind(
    house: House, kind: str
) -> None:
    """As they are, and twice does no harm."""
    async with AsyncExitStack() as stack:
        source, target = [await annex(house, kind, stack, n) for n in (1, 2)]
        user_id = enrol(house.simulated[source])
        for _ in range(2):
            answer = await house.act(
                "copy_credentials",
                target,
                source=house.devices[source],
                user_id=user_id,
            )
            done = {"copied": {user_id: 1}, "skipped": {}, "failed": {}}
            assert answer[target] == done
            assert fingers(house.simulated[target]).count(FINGER) == 1
        for name in (source, target):
            await house.hass.config_entries.async_unload(house.entries[name].entry_id)
