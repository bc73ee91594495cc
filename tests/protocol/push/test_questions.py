"""A device asks who may come in, and somebody here decides."""

import asyncio

import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.model import Capability, EventKind
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.questions import ANSWER_SECONDS
from tests.clock import FakeClock
from tests.protocol.push.conftest import Home

ASKED = (
    "time=2026-11-20 12:00:00\tpin=7\tcardno=0\taddrtype=2\teventaddr=1\tevent=0\t"
    "inoutstatus=0\tverifytype=1"
)
NOBODY_DECIDED = f"AUTH=TIMEOUT\r\n{ASKED}\r\n"


async def settle() -> None:
    """Let everything happen that can."""
    for _ in range(5):
        await asyncio.sleep(0)


def ask(home: Home, question: str = ASKED) -> asyncio.Task[str]:
    """Let the device ask; return its answer to come."""

    async def answer() -> str:
        request = home.request("cdata", "AuthType=device", question)
        return (await home.server.answer(request)).body.decode()

    return asyncio.create_task(answer())


@pytest.fixture
async def device(home: Home) -> PushDevice:
    """Return a device that leaves the decision to us."""
    return await home.add(registration={"lockcount": "2"}, decides=True)


async def test_somebody_may_come_in(home: Home, device: PushDevice) -> None:
    """The question is an event, and the answer opens the door."""
    assert Capability.IDENTIFICATION in device.capabilities
    answer = ask(home)
    await settle()
    [event] = home.events
    assert (event.kind, event.name) == (EventKind.IDENTIFICATION, "identification")
    assert (event.door, event.user_id, event.late) == (1, "7", False)
    await device.answer_identification(1, allow=True, text="Welcome")
    assert await answer == (
        f"AUTH=SUCCESS\r\n{ASKED}\r\nCONTROL DEVICE 01010105\r\nTIPS=Welcome"
    )


async def test_somebody_may_not(home: Home, device: PushDevice) -> None:
    """Nothing opens."""
    answer = ask(home)
    await settle()
    await device.answer_identification(1, allow=False)
    assert await answer == f"AUTH=FAILED\r\n{ASKED}\r\n"


async def test_a_listener_decides_at_once(home: Home, device: PushDevice) -> None:
    """Whoever hears of it may have the answer already."""
    decided: list[asyncio.Task[None]] = []
    device.on_event(
        lambda _: decided.append(
            asyncio.ensure_future(device.answer_identification(1, allow=True))
        )
    )
    assert (await ask(home)).startswith("AUTH=SUCCESS")
    await decided[0]


async def test_nobody_decides(home: Home, device: PushDevice, clock: FakeClock) -> None:
    """The device is told so, and a later answer opens nothing."""
    answer = ask(home)
    await settle()
    await clock.advance(ANSWER_SECONDS + 0.1)
    assert await answer == NOBODY_DECIDED
    with pytest.raises(InvalidValue, match="nobody waits"):
        await device.answer_identification(1, allow=True)


async def test_the_next_person(home: Home, device: PushDevice) -> None:
    """An answer is for whoever stands there now, and for this door."""
    first = ask(home)
    await settle()
    second = ask(home, ASKED.replace("pin=7", "pin=8"))
    await settle()
    assert await first == NOBODY_DECIDED
    with pytest.raises(InvalidValue, match="nobody waits"):
        await device.answer_identification(2, allow=True)
    await device.answer_identification(1, allow=True)
    assert "pin=8" in await second


async def test_an_answer_about_somebody_else(
    home: Home, device: PushDevice, clock: FakeClock
) -> None:
    """Who thought for too long about the one before lets nobody else in."""
    first = ask(home)
    await settle()
    await clock.advance(ANSWER_SECONDS + 0.1)
    assert await first == NOBODY_DECIDED
    second = ask(home, ASKED.replace("pin=7", "pin=8"))
    await settle()
    for user_id in ("7", ""):
        with pytest.raises(InvalidValue, match="nobody waits"):
            await device.answer_identification(1, allow=True, user_id=user_id)
    await device.answer_identification(1, allow=False, user_id="8")
    assert (await second).startswith("AUTH=FAILED")
    nobody_known = ask(home, ASKED.replace("pin=7", "pin=0"))
    await settle()
    with pytest.raises(InvalidValue, match="nobody waits"):
        await device.answer_identification(1, allow=True, user_id="8")
    await device.answer_identification(1, allow=True, user_id="")
    assert (await nobody_known).startswith("AUTH=SUCCESS")


async def test_a_text_that_cannot_be_shown(home: Home, device: PushDevice) -> None:
    """It cannot become a command, and the question stays open."""
    answer = ask(home)
    await settle()
    for text in ("Hi\r\nCONTROL DEVICE 010101FF", "x" * 257):
        with pytest.raises(InvalidValue, match="printable"):
            await device.answer_identification(1, allow=False, text=text)
    with pytest.raises(InvalidValue, match="door"):
        await device.answer_identification(9, allow=True)
    await device.answer_identification(1, allow=False)
    assert (await answer).startswith("AUTH=FAILED")


@pytest.mark.parametrize(
    "question",
    [
        "garbage",
        "pin=7",
        ASKED.replace("eventaddr=1", "eventaddr=9"),
        # A reader, and nobody says of which door.
        ASKED.replace("addrtype=2\teventaddr=1", "addrtype=3\teventaddr=2"),
    ],
)
async def test_a_question_about_nothing(
    home: Home, device: PushDevice, question: str
) -> None:
    """Nobody is asked, and nobody waits."""
    assert (await ask(home, question)).startswith("AUTH=TIMEOUT")
    assert home.events == []


async def test_a_device_that_decides_by_itself(home: Home) -> None:
    """Unless the owner wants otherwise, nobody at the door has to wait for us."""
    device = await home.add(registration={"lockcount": "2"})
    assert await ask(home) == NOBODY_DECIDED
    assert home.events == []
    assert Capability.IDENTIFICATION not in device.capabilities


async def test_the_door_is_gone_meanwhile(
    home: Home, device: PushDevice, clock: FakeClock
) -> None:
    """Nobody can open it, and whoever asked there is told that nobody decided."""
    answer = ask(home, ASKED.replace("eventaddr=1", "eventaddr=2"))
    await settle()
    home.text("registry", "", "DeviceType=acc,LockCount=1")
    with pytest.raises(InvalidValue, match="must be one of 1"):
        await device.answer_identification(2, allow=True)
    await clock.advance(ANSWER_SECONDS + 0.1)
    assert (await answer).startswith("AUTH=TIMEOUT")
