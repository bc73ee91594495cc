"""What a device is made of: doors of devices behind it, bells, lockdown; also after a restart of ours."""

import json

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.model import DoorInfo
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.messages import Request
from custom_components.zkteco.protocol.push.records import (
    parse_rtlog,
    parse_sub_controllers,
)
from custom_components.zkteco.protocol.push.server import PushServer
from tests.clock import FakeClock

SERIAL, SUB = "CJDE193560303", "CKPG221160003"
ROW = f"DeviceAuthorize SN={SUB}\tOnline=1\tIsAuthorize=1\tRegisterInfo=LockCount=2"
DOORBELL, LOCKED_DOWN, LOCKDOWN_ENDED = 224, 233, 234


def device(clock: FakeClock, memory: dict[str, Json] | None = None) -> PushDevice:
    """Return a two-door master; its memory goes through a file."""
    return PushDevice(
        SERIAL,
        PushServer(clock),
        clock=clock,
        registration={"lockcount": "2"},
        memory=json.loads(json.dumps(memory)),
    )


def tell(master: PushDevice, clock: FakeClock, code: int, index: int) -> None:
    """Let the device tell an event at door 1."""
    time = clock.now().replace(tzinfo=None).isoformat(" ", "seconds")
    record = f"time={time}\tpin=0\teventaddr=1\tevent={code}\tindex={index}"
    master.happened(parse_rtlog(record), clock.now())


def sub_doors(master: PushDevice) -> list[DoorInfo]:
    """Return the doors that are not the master's own."""
    return [door for door in master.info.doors.values() if door.sub_device]


def test_a_door_knows_what_it_is_called_on_its_own_device() -> None:
    """Our numbers go on where the master's end; its own stay."""
    master = device(FakeClock())
    master.sub_controllers_reported(parse_sub_controllers(ROW))
    assert [*master.info.doors] == [1, 2, 9, 10]
    assert [(door.sub_device, door.sub_door) for door in sub_doors(master)] == [
        (SUB, 1),
        (SUB, 2),
    ]
    assert master.info.sub_devices == (SUB,)


def test_its_doors_are_there_after_a_restart() -> None:
    """Their names and areas would be lost otherwise: nobody reports them again soon."""
    clock = FakeClock()
    before = device(clock)
    before.sub_controllers_reported(parse_sub_controllers(ROW))
    after = device(clock, before.memory)
    assert after.info.doors == before.info.doors
    assert after.info.sub_devices == (SUB,)
    assert after.state.sub_devices == {SUB: None}


def test_a_bell_shows_itself_and_is_remembered() -> None:
    """Nobody hears of a bell before it rings."""
    clock = FakeClock()
    master = device(clock)
    assert not master.info.doors[1].has_doorbell
    tell(master, clock, DOORBELL, 1)
    assert master.info.doors[1].has_doorbell
    assert device(clock, master.memory).info.doors[1].has_doorbell


def test_a_lockdown_is_known_after_a_restart() -> None:
    """The device tells only when it begins and when it ends."""
    clock = FakeClock()
    master = device(clock)
    assert master.state.doors[1].locked_down is None
    tell(master, clock, LOCKED_DOWN, 1)
    assert device(clock, master.memory).state.doors[1].locked_down is True
    tell(master, clock, LOCKDOWN_ENDED, 2)
    assert not device(clock, master.memory).state.doors[1].locked_down


async def test_a_bell_alone_is_told() -> None:
    """A ring changes no state, but what the device is: listeners hear of it at the next request."""
    clock = FakeClock()
    master = device(clock)
    heard: list[bool] = []
    master.on_state(lambda state: heard.append(master.info.doors[1].has_doorbell))
    for number in range(3):
        if number == 2:
            tell(master, clock, DOORBELL, 1)
        master.handle(
            Request(
                method="GET",
                path="/iclock/ping",
                query={"sn": SERIAL},
                headers={},
                body=b"",
                peer="192.168.1.7",
                received=clock.now(),
            )
        )
    await master.stop()
    assert heard[-1]
    assert not any(heard[:-1])
