"""What a device's reports prove: its doors, its events, its clock."""

import asyncio
from datetime import datetime, timedelta
import random
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.model import AccessEvent, DoorAlarm, EventKind
from custom_components.zkteco.protocol.push.device import PushDevice
from tests.clock import FakeClock
from tests.simulators.push_device import ALICE

from .conftest import SERIAL, Home, Simulate

PANEL = {"lockcount": "2", "auxincount": "2", "auxoutcount": "2"}
GARBAGE = "1971--10--29 -23:-27:-54"
SUB = "SUB7001"


class Wire:
    """A device that tells exactly what a test lets it tell."""

    def __init__(self, home: Home, error: timedelta = timedelta()) -> None:
        """`error` is how far its clock is ahead of ours."""
        self.home = home
        self.error = error
        self.index = 0

    def time(self, ago: float = 0) -> str:
        """Return what its clock showed some seconds ago."""
        moment = self.home.clock.local() + self.error - timedelta(seconds=ago)
        return f"{moment:%Y-%m-%d %H:%M:%S}"

    def line(
        self,
        code: int,
        door: int = 1,
        *,
        ago: float = 0,
        time: str = "",
        index: int = 0,
        more: str = "",
    ) -> str:
        """Return an event."""
        if not index:
            index = self.index = self.index + 1
        when = time or self.time(ago)
        return (
            f"time={when}\tpin=0\teventaddr={door}\tevent={code}\tindex={index}{more}\n"
        )

    def tell(self, *lines: str) -> list[AccessEvent]:
        """Upload events, and return what was made of them."""
        before = len(self.home.events)
        text = self.home.text("cdata", "table=rtlog", "".join(lines), method="POST")
        assert text == "OK"
        return self.home.events[before:]

    def state(self, text: str, *, ago: float = 0) -> None:
        """Upload a state."""
        body = f"time={self.time(ago)}\t{text}"
        assert self.home.text("cdata", "table=rtstate", body) == "OK"

    async def settled(self) -> None:
        """Call for more than a minute without a pause."""
        for _ in range(65):
            self.home.text("ping")
            await self.home.live(1)


@pytest.fixture
async def device(home: Home) -> PushDevice:
    """Return a panel with two doors."""
    return await home.add(registration=PANEL, keep_clock=False)


@pytest.fixture
def wire(home: Home, device: PushDevice) -> Wire:
    """Return its side of the conversation."""
    return Wire(home)


# Doors


@pytest.mark.parametrize(
    ("state", "contacts"),
    [
        ("sensor=09\trelay=00\talarm=0000", [False, True]),
        ("sensor=0102\trelay=00\talarm=0000", [False, None]),
        ("sensor=0000000000\trelay=000000\talarm=0000\tdoor=0102", [False, True]),
        ("sensor=0000000000\trelay=000000\talarm=0000\tdoor=010201", [None, None]),
        ("sensor=zz\tdoor=zz", [None, None]),
        ("sensor=03", [None, None]),
        ("relay=00", [None, None]),
    ],
)
async def test_positions_of_every_known_layout(
    device: PushDevice, wire: Wire, state: str, contacts: list[bool | None]
) -> None:
    """What nobody has explained is no position, and never closed."""
    wire.state(state)
    assert [door.contact_open for door in device.state.doors.values()] == contacts
    fitted = [door.has_contact for door in device.info.doors.values()]
    assert fitted == [contact is not None for contact in contacts]


async def test_a_contact_that_was_seen_once_is_remembered(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """So that its entity is there after a restart, before the device calls."""
    wire.state("sensor=01")
    device = await home.restarted(device, registration=PANEL)
    assert [door.has_contact for door in device.info.doors.values()] == [True, False]
    assert device.state.doors[1].contact_open is None


async def test_every_alarm_bit(device: PushDevice, wire: Wire) -> None:
    """Doors have theirs, mains and battery are the device's."""
    wire.state("sensor=05\talarm=3391")
    first, second = device.state.doors.values()
    assert {alarm for alarm, on in first.alarms.items() if on} == {
        DoorAlarm.ANY,
        DoorAlarm.FORCED,
        DoorAlarm.TAMPER,
        DoorAlarm.HELD_OPEN,
    }
    assert {alarm for alarm, on in second.alarms.items() if on} == {
        DoorAlarm.ANY,
        DoorAlarm.FORCED,
        DoorAlarm.HELD_OPEN,
        DoorAlarm.TAMPER,
    }
    assert (device.state.mains_failed, device.state.battery_failed) == (True, False)
    wire.state("sensor=05\talarm=4000")
    assert device.state.doors[1].alarms[DoorAlarm.ANY] is False
    assert (device.state.mains_failed, device.state.battery_failed) == (False, True)
    wire.state("sensor=05\talarm=0c00")
    assert device.state.doors[1].alarms[DoorAlarm.DURESS] is True
    wire.state("sensor=05")
    assert device.state.doors[1].alarms[DoorAlarm.ANY] is None


async def test_an_old_event_changes_no_alarm(device: PushDevice, wire: Wire) -> None:
    """It may be over."""
    wire.state("sensor=05\talarm=0000")
    [event] = wire.tell(wire.line(102, ago=600))
    assert event.late
    assert device.state.doors[1].alarms[DoorAlarm.FORCED] is False
    [event] = wire.tell(wire.line(102))
    assert not event.late
    assert device.state.doors[1].alarms[DoorAlarm.FORCED] is True


async def test_a_relay_bit_means_what_pulses_show(
    home: Home, simulate: Simulate
) -> None:
    """Devices disagree with the document, and with each other."""
    sim = await simulate(model="face")
    sim.faults.relay_inverted = True
    device = await home.add()
    await home.live(15, sim)
    assert device.state.doors[1].locked is None  # on, or idle: nobody knows yet
    await home.run(device.open_door(1), sim)
    assert device.state.doors[1].locked is False
    await home.live(10, sim)
    assert device.state.doors[1].locked is True
    device = await home.restarted(device)
    await home.live(90, sim)
    sim.reboot()
    await home.live(2, sim)
    assert device.state.doors[1].locked is True
    sim.doors[1].drive(60)
    await home.live(1, sim)
    assert device.state.doors[1].locked is False


async def test_a_relay_of_the_usual_kind(home: Home, simulate: Simulate) -> None:
    """Nothing has to be learned for it to be locked."""
    sim = await simulate(model="face")
    device = await home.add()
    await home.live(2, sim)
    assert device.state.doors[1].locked is True
    await home.live(10, sim)
    sim.show_face(ALICE.pin)
    await home.live(1, sim)
    assert device.state.doors[1].locked is False
    await home.live(10, sim)
    assert device.state.doors[1].locked is True
    sim.doors[1].drive(20)  # by a way that tells no event
    await home.live(1, sim)
    assert device.state.doors[1].locked is False
    await home.live(30, sim)
    assert device.state.doors[1].locked is True


async def test_one_odd_pulse_convinces_nobody(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """What was seen three times is not unlearned by one coincidence."""

    async def pulse(bit: str) -> None:
        wire.state("sensor=05\trelay=00")
        await home.live(12)
        wire.tell(wire.line(202))
        wire.state(f"sensor=05\trelay={bit}")
        await home.live(6)

    for _ in range(4):
        await pulse("01")
    wire.state("sensor=05\trelay=01")
    await home.live(12)
    wire.tell(wire.line(202))
    wire.state("sensor=05\trelay=00")
    assert device.state.doors[1].locked is True
    polarity = device.memory["reports"]["polarity"]
    assert polarity == {SERIAL: 2}


async def test_a_relay_that_changes_long_after_a_pulse_proves_nothing(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """Somebody else may have moved it."""
    wire.state("sensor=05\trelay=00")
    await home.live(12)
    wire.tell(wire.line(202))
    await home.live(6)
    wire.state("sensor=05\trelay=01")
    assert device.memory["reports"]["polarity"] == {}
    assert device.state.doors[1].locked is None


@pytest.mark.parametrize("memory", [{SERIAL: "x"}, {SERIAL: 99}, []])
async def test_nonsense_about_relays(home: Home, memory: Json) -> None:
    """Nobody has learned more than three times."""
    device = await home.add(memory={"reports": {"polarity": memory, "contacts": 7}})
    known = device.memory["reports"]["polarity"]
    assert known in ({}, {SERIAL: 3})


async def test_inputs_outputs_and_the_device_itself(
    device: PushDevice, wire: Wire
) -> None:
    """An address counts what the event's number says, or what the device says."""
    events = wire.tell(
        wire.line(221, 2),
        wire.line(12, 1),
        wire.line(206, 0),
        wire.line(0, 1, more="\taddrtype=1"),
        wire.line(0, 7),
        wire.line(9999, 1),
    )
    assert [(e.door, e.aux_input, e.aux_output) for e in events] == [
        (None, 2, None),
        (None, None, 1),
        (None, None, None),
        (None, None, None),
        (None, None, None),
        (1, None, None),
    ]
    assert events[-1].name == "unknown"


async def test_what_the_device_itself_says_of_its_inputs(
    device: PushDevice, wire: Wire
) -> None:
    """Until it starts anew, which it tells no more of."""
    wire.tell(wire.line(221, 2), wire.line(12, 1))
    wire.state("sensor=05")
    assert device.state.aux_inputs == {1: None, 2: True}
    assert device.state.aux_outputs == {1: True, 2: None}
    wire.tell(wire.line(206, 0))
    wire.state("sensor=05")
    assert device.state.aux_inputs == {1: None, 2: None}


async def test_a_device_that_nobody_let_in_has_no_doors(
    device: PushDevice, wire: Wire
) -> None:
    """Nor does it move ours."""
    [event] = wire.tell(wire.line(202, 1, more=f"\tsn={SUB}"))
    assert event.door is None
    wire.state(f"sensor=0a\tsn={SUB}")
    assert device.state.doors[1].contact_open is None


async def test_there_is_an_end_to_devices_behind(
    home: Home, device: PushDevice
) -> None:
    """And no device is behind itself."""
    for start in (0, 30):
        rows = "\n".join(
            f"DeviceAuthorize SN=SUB{number:04}\tOnline=1"
            for number in range(start, start + 30)
        )
        own = f"\nDeviceAuthorize SN={SERIAL}\tOnline=1"
        query = "type=registry&table=tabledata&tablename=DeviceAuthorize"
        home.text("cdata", query, rows + own)
    assert len(device.info.sub_devices) == 32
    assert SERIAL not in device.info.sub_devices


# Late and live


async def test_what_happened_during_an_outage_is_history(
    home: Home, simulate: Simulate
) -> None:
    """Told in order, once, and acted on by nobody; what happens then is news again."""
    sim = await simulate()
    await home.add()
    await home.live(5, sim)
    await home.live(300)
    for _ in range(3):
        sim.exit_button(1)
        await home.live(60)
    await home.live(2, sim)
    sim.exit_button(2)
    await home.live(1, sim)
    assert [(e.door, e.late) for e in home.events] == [
        (1, True),
        (1, True),
        (1, True),
        (2, False),
    ]
    assert [e.time for e in home.events] == sorted(e.time for e in home.events)


@pytest.mark.parametrize("hours", [-1, 1, -24 * 365 * 20])
@pytest.mark.parametrize("reports", [True, False])
async def test_a_wrong_clock_silences_nothing(
    home: Home, device: PushDevice, wire: Wire, hours: int, reports: bool
) -> None:
    """By its reports of the state we know how wrong it is, else by its calling without a pause."""
    wire.error = timedelta(hours=hours)
    if reports:
        wire.state("sensor=05")
    else:
        await wire.settled()
    [event] = wire.tell(wire.line(0))
    assert not event.late
    assert abs(event.time - home.clock.now()) < timedelta(seconds=2)
    [event] = wire.tell(wire.line(0, ago=300))
    assert event.late is reports  # without a pause, nothing is old
    assert device.state.clock_offset == wire.error or not reports


async def test_a_wrong_clock_replays_no_night(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """After an outage its events are as old as its own clock says."""
    wire.error = timedelta(hours=-1)
    wire.state("sensor=05")
    wire.tell(wire.line(0))
    await home.live(3600)
    events = wire.tell(*(wire.line(0, ago=ago) for ago in (3000, 1800, 600, 20, 3)))
    assert [e.late for e in events] == [True, True, True, True, False]


async def test_a_pause_of_half_a_minute_is_a_pause(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """An answer was lost, and the device tries again after its error delay: too late to act."""
    wire.state("sensor=05")
    await wire.settled()
    kept = wire.line(0)
    await home.live(30)
    [event] = wire.tell(kept)
    assert event.late


async def test_a_long_backlog_stays_history(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """However long the device takes to tell it."""
    for number in range(200):
        [event] = wire.tell(wire.line(0, ago=7200 - 30 * number))
        assert event.late, number
        await home.live(1)
    wire.state("sensor=05")
    [event] = wire.tell(wire.line(0))
    assert not event.late


async def test_what_comes_out_of_turn_is_history(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """First what happens now, then what happened before; a door held open since stays so."""
    wire.state("sensor=05")
    first, second = wire.line(9, ago=9), wire.line(205)
    [live] = wire.tell(second)
    [late] = wire.tell(first)
    assert (live.late, late.late) == (False, True)
    wire.state("sensor=05")
    assert device.state.doors[1].held


async def test_a_device_that_connects_is_taken_to_have_our_time(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """Until it shows its own."""
    old, future, new = wire.tell(
        wire.line(0, ago=600), wire.line(0, ago=-600), wire.line(0, ago=2)
    )
    assert (old.late, future.late, new.late) == (True, True, False)
    assert home.clock.now() - old.time == timedelta(minutes=10)
    assert device.state.clock_offset is None


async def test_how_wrong_a_clock_was_survives_a_restart(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """What the device tells first would be judged wrongly otherwise."""
    wire.error = timedelta(hours=3)
    wire.state("sensor=05")
    await home.restarted(device)
    old, new = wire.tell(wire.line(0, ago=600), wire.line(0))
    assert (old.late, new.late) == (True, False)


@pytest.mark.parametrize("offset", ["x", 1e300, 1e11])
async def test_nonsense_about_a_clock(home: Home, offset: Json) -> None:
    """It was never seen."""
    device = await home.add(memory={"reports": {"clock_offset": offset}})
    assert device.state.clock_offset is None


@pytest.mark.parametrize(
    "time", [GARBAGE, "1999-12-31 23:59:59", "9999-12-31 23:59:59"]
)
async def test_a_clock_that_was_never_set(
    home: Home, device: PushDevice, wire: Wire, time: str
) -> None:
    """The time of arrival counts, and right after a connection nobody knows how old it is."""
    home.text("cdata", "table=rtstate", f"time={time}\tsensor=05")
    [event] = wire.tell(wire.line(0, time=time))
    assert event.late
    assert event.time == home.clock.now()
    await wire.settled()
    [event] = wire.tell(wire.line(0, time=time))
    assert not event.late
    assert device.state.clock_offset is None


@pytest.mark.parametrize(
    "night", [datetime(2026, 3, 29, 1, 30), datetime(2026, 10, 25, 2, 30)]
)
@pytest.mark.parametrize("follows", [True, False])
async def test_daylight_saving_silences_nothing(night: datetime, follows: bool) -> None:
    """Whether the device's clock jumps with ours or not."""
    clock = FakeClock(night.replace(tzinfo=ZoneInfo("Europe/Berlin")))
    home = Home(clock)
    await home.add(registration=PANEL, keep_clock=False)
    try:
        wire = Wire(home)
        start = clock.now().utcoffset()
        assert start is not None
        for minute in range(90):
            if not follows:
                wire.error = start - (clock.now().utcoffset() or start)
            if minute % 20 == 0:
                wire.state("sensor=05")
            [event] = wire.tell(wire.line(0))
            assert not event.late, minute
            assert abs(event.time - clock.now()) < timedelta(seconds=2)
            for _ in range(6):
                home.text("ping")
                await clock.advance(10)
    finally:
        await home.started[0].stop()


async def test_a_log_without_numbers_is_told_once(
    device: PushDevice, wire: Wire
) -> None:
    """By what the events say."""
    line = f"time={wire.time()}\tpin=0\teventaddr=1\tevent=0\n"
    assert len(wire.tell(line, line.replace("addr=1", "addr=2"), line)) == 2


async def test_a_person_who_was_renamed(
    home: Home, device: PushDevice, wire: Wire
) -> None:
    """The device tells at once; one without a name has none."""
    query = "table=tabledata&tablename=user&count=1"
    home.text("cdata", query, "user uid=1\tpin=7\tname=Alice")
    home.text("cdata", query, "user uid=2\tpin=8\tname=")
    home.text("cdata", query, "user uid=2\tname=Nobody")
    line = wire.line(0).replace("pin=0", "pin={}")
    [event] = wire.tell(line.format(7))
    assert (event.user_id, event.user_name) == ("7", "Alice")
    [event] = wire.tell(wire.line(0).replace("pin=0", "pin=8"))
    assert (event.user_id, event.user_name) == ("8", None)


async def test_mask_and_temperature(home: Home, simulate: Simulate) -> None:
    """From a terminal that measures them."""
    sim = await simulate(model="face")
    await home.add()
    await home.live(4, sim)
    sim.show_face(ALICE.pin, mask=True, temperature=36.6)
    sim.doorbell()
    await home.live(1, sim)
    seen, rung = home.events
    assert (seen.kind, seen.mask, seen.temperature) == (
        EventKind.ACCESS_GRANTED,
        True,
        36.6,
    )
    assert rung.kind is EventKind.DOORBELL


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_no_event_is_lost_or_told_twice(seed: int) -> None:
    """Whatever gets lost, comes twice, or starts anew, on either side."""
    asyncio.run(_weeks(random.Random(seed)))


async def _weeks(dice: random.Random) -> None:
    """Let a device buffer and repeat, and both sides restart."""
    clock = FakeClock()
    home = Home(clock)
    device = await home.add(registration=PANEL)
    wire = Wire(home, timedelta(seconds=dice.choice((0, 3600, -3600))))
    kept: list[str] = []
    happened: list[int] = []
    for _ in range(60):
        for _ in range(dice.randrange(3)):
            kept.append(wire.line(0, dice.choice((1, 2))))
            happened.append(wire.index)
        match dice.randrange(6):
            case 0:
                await clock.advance(dice.choice((1, 20, 400)))
            case 1:
                device = await home.restarted(device)
            case 2 if kept:  # the answer is lost
                wire.tell(*kept[: dice.randint(1, len(kept))])
            case 3 if kept:  # half of it comes twice
                wire.tell(*kept)
                wire.tell(*kept[len(kept) // 2 :])
                kept.clear()
            case 4:
                wire.state("sensor=05")
            case _:
                wire.tell(*kept)
                kept.clear()
    wire.tell(*kept)
    await device.stop()
    assert sorted(e.index or 0 for e in home.events) == happened
