"""What happens to users at the device itself: it is told once, and what we did ourselves is not told."""

import asyncio

import pytest

from custom_components.zkteco.protocol.errors import (
    CommandRefused,
    DidNotAsk,
    OutcomeUnknown,
)
from custom_components.zkteco.protocol.event_codes import USERS_CHANGED
from custom_components.zkteco.protocol.model import AccessEvent, EventKind, VerifyMethod
from custom_components.zkteco.protocol.people import Credential, Right, User
from custom_components.zkteco.protocol.push.device import PushDevice
from tests.simulators.push_commands import NEW_CARD, NEW_TEMPLATE
from tests.simulators.push_device import PushDevice as SimulatedDevice, User as Person

from .conftest import Home, Simulate

EVE = User(user_id="1001", name="Eve", rights=frozenset({Right(1)}))
CAROL = Person(3, name="Carol")
DAVE = Person(4, name="Dave")


async def begun(
    home: Home, simulate: Simulate, **options: object
) -> tuple[PushDevice, SimulatedDevice]:
    """Return a terminal that has called for more than a minute."""
    sim = await simulate(**{"model": "face", **options})
    device = await home.add()
    await home.live(70, sim)
    assert home.events == []
    return device, sim


def changes(home: Home) -> list[tuple[str | None, str | None]]:
    """Return ID and name of whoever was told to be changed."""
    return [
        (event.user_id, event.user_name)
        for event in home.events
        if event.kind is EventKind.USERS_CHANGED
    ]


# Changes at the device


async def test_somebody_is_enrolled_at_the_device(
    home: Home, simulate: Simulate
) -> None:
    """By name, because the upload has it."""
    _, sim = await begun(home, simulate)
    sim.enroll(CAROL)
    await home.live(2, sim)
    [event] = home.events
    assert event == AccessEvent(
        kind=EventKind.USERS_CHANGED,
        code=USERS_CHANGED.code,
        name="users_changed",
        description="users were changed at the device",
        time=event.time,
        device_time=None,
        user_id="3",
        user_name="Carol",
    )
    assert event.time.tzinfo is not None


async def test_several_at_once(home: Home, simulate: Simulate) -> None:
    """One event for one upload, which names nobody."""
    _, sim = await begun(home, simulate)
    sim.enroll(CAROL, DAVE)
    await home.live(2, sim)
    assert changes(home) == [(None, None)]


async def test_a_finger_is_enrolled_at_the_device(
    home: Home, simulate: Simulate
) -> None:
    """Whoever's it is; and photos, cards and rights alike."""
    _, sim = await begun(home, simulate, model="fingerprint")
    sim.enroll_finger(2, 6, NEW_TEMPLATE)
    for table in ("userpic", "biodata", "UserAuthorize"):
        sim.upload(table, [f"{table} pin=1\tsize=0"])
    await home.live(2, sim)
    assert changes(home) == [("2", "Bob"), *[("1", "Alice")] * 3]
    assert sim.reuploads.total() == 0


async def test_somebody_is_deleted_at_the_device(
    home: Home, simulate: Simulate
) -> None:
    """Only their number shows it; the names are read again."""
    device, sim = await begun(home, simulate)
    assert device.state.user_count == 2
    sim.delete(2)
    await home.live(5, sim)
    assert changes(home) == [(None, None)]
    assert device.state.user_count == 1
    sim.upload("biodata", ["biodata pin=2"])
    await home.live(2, sim)
    assert changes(home)[-1] == ("2", None)


async def test_what_is_told_twice_is_told_once(home: Home, simulate: Simulate) -> None:
    """A terminal tells of the user first, and then how many there are."""
    _, sim = await begun(home, simulate)
    sim.enroll(CAROL)
    sim.upload_text("options", "UserCount=3")
    sim.upload_text("options", "UserCount=3")
    await home.live(2, sim)
    assert changes(home) == [("3", "Carol")]


async def test_nobody_is_no_change(home: Home, simulate: Simulate) -> None:
    """An upload without a user, and options that tell nothing new."""
    _, sim = await begun(home, simulate)
    sim.upload("user", ["user pin=0"])
    sim.upload("user", [""])
    sim.upload("extlog", ["extlog pin=1"])
    sim.upload_text("options", "UserCount=2,Volume=9")
    await home.live(2, sim)
    assert home.events == []


# What is no change


async def test_whom_we_write_is_not_told(home: Home, simulate: Simulate) -> None:
    """Some firmware tells of everybody whom it was told of; others are still told by name."""
    device, sim = await begun(home, simulate)
    sim.faults.echoes = True
    sim.faults.result_delay = 3  # it tells of them before it says that it is done
    await home.run(device.write_users([EVE]), sim)
    await home.live(2, sim)
    assert sim.reuploads.total() == 0
    assert changes(home) == []
    sim.upload("user", ["user pin=1001\tname=Eve", "user pin=1\tname=Alice"])
    await home.live(2, sim)
    assert changes(home) == [("1", "Alice")]
    await home.live(61, sim)
    sim.upload("user", ["user pin=1001\tname=Eva"])
    await home.live(2, sim)
    assert changes(home)[1:] == [("1001", "Eva")]


async def test_whom_we_delete_is_not_told(home: Home, simulate: Simulate) -> None:
    """Nor that there are fewer then."""
    device, sim = await begun(home, simulate)
    await home.run(device.delete_users(["2"]), sim)
    sim.upload_text("options", "UserCount=1")
    await home.live(2, sim)
    assert changes(home) == []
    await home.live(61, sim)
    clearing = asyncio.ensure_future(device.clear_users())
    await home.live(3, sim)
    sim.upload("user", ["user pin=1"])
    await home.run(clearing, sim)
    sim.upload_text("options", "UserCount=0")
    sim.upload("user", ["user pin=1"])
    await home.live(2, sim)
    assert changes(home) == []


async def test_a_new_device_tells_all_its_users(home: Home, simulate: Simulate) -> None:
    """That is no change: they are who they were. Their names are known all the same."""
    sim = await simulate(model="face")
    device = await home.add()
    sim.enroll(CAROL)
    sim.upload_text("options", "UserCount=3")
    await home.live(10, sim)
    sim.enroll(DAVE)
    await home.live(10, sim)
    sim.upload_text("options", "UserCount=4")
    await home.live(10, sim)
    assert home.events == []
    assert device.state.user_count == 4
    sim.show_face(4)
    await home.live(2, sim)
    assert home.events[-1].user_name == "Dave"
    assert device.memory["users_known"] is False


async def test_a_device_that_does_not_tell_its_users(
    home: Home, simulate: Simulate
) -> None:
    """Nobody knows then what is new."""
    sim = await simulate(model="face")
    sim.faults.refuses = "tablename=user"
    device = await home.add()
    await home.live(100, sim)
    sim.enroll(CAROL)
    await home.live(2, sim)
    assert changes(home) == []
    sim.faults.refuses = ""
    await home.run(device.read_users(), sim)
    await home.live(61, sim)
    sim.enroll(DAVE)
    await home.live(2, sim)
    assert changes(home) == [("4", "Dave")]


async def test_while_nobody_was_looking(home: Home, simulate: Simulate) -> None:
    """A device that is known keeps what it has to tell until there is somebody who hears it."""
    device, sim = await begun(home, simulate)
    sim.enroll(CAROL)
    await home.restarted(device)
    await home.live(2, sim)
    assert changes(home) == [("3", "Carol")]


async def test_fewer_than_before_a_restart(home: Home, simulate: Simulate) -> None:
    """Somebody was deleted meanwhile."""
    device, sim = await begun(home, simulate)
    sim.delete(1)
    await home.restarted(device)
    await home.live(2, sim)
    assert changes(home) == [(None, None)]


# Enrolment


def told(home: Home) -> list[tuple[str, str, VerifyMethod | None, str | None]]:
    """Return what was told of an enrolment of Bob."""
    assert {event.user_name for event in home.events} == {"Bob"}
    assert {event.user_id for event in home.events} == {"2"}
    assert {event.kind for event in home.events} == {EventKind.ENROLMENT}
    return [(e.name, e.description, e.method, e.card) for e in home.events]


async def test_a_card_is_enrolled(home: Home, simulate: Simulate) -> None:
    """It is told which one; that the user has it now is no other change."""
    device, sim = await begun(home, simulate)
    await home.run(device.enrol("2", Credential.CARD, 0), sim)
    sim.upload("user", [f"user pin=2\tcardno={NEW_CARD}\tname=Bob"])
    await home.live(2, sim)
    method = VerifyMethod.CARD
    assert told(home) == [
        ("enrolment_started", "enrolment started (card)", method, None),
        ("enrolment_progress", "enrolment goes on (card)", method, str(NEW_CARD)),
        ("enrolment_finished", "enrolment finished (card)", method, None),
    ]


@pytest.mark.parametrize(
    ("credential", "method"),
    [
        (Credential.FINGERPRINT, VerifyMethod.FINGERPRINT),
        (Credential.FACE, VerifyMethod.FACE),
    ],
)
async def test_a_part_of_somebody_is_enrolled(
    home: Home, simulate: Simulate, credential: Credential, method: VerifyMethod
) -> None:
    """However long that takes; what it looks like is nobody's business."""
    device, sim = await begun(home, simulate)
    sim.faults.result_delay = 90
    enrolment = asyncio.ensure_future(device.enrol("2", credential, 3))
    await home.live(80, sim)
    sim.upload("biodata", ["biodata pin=2"])
    await home.run(enrolment, sim)
    assert told(home) == [
        ("enrolment_started", f"enrolment started ({credential})", method, None),
        ("enrolment_progress", f"enrolment goes on ({credential})", method, None),
        ("enrolment_finished", f"enrolment finished ({credential})", method, None),
    ]


async def test_an_enrolment_that_fails(home: Home, simulate: Simulate) -> None:
    """It is told why."""
    device, sim = await begun(home, simulate)
    sim.faults.refuses = "ENROLL_BIO"
    with pytest.raises(CommandRefused):
        await home.run(device.enrol("2", Credential.FACE, 0), sim)
    assert told(home)[-1][:2] == (
        "enrolment_failed",
        "enrolment failed (face): command could not be carried out (-12)",
    )
    home.events.clear()
    with pytest.raises(DidNotAsk):
        await home.run(device.enrol("2", Credential.FACE, 0))
    assert told(home)[-1][:2] == (
        "enrolment_failed",
        "enrolment failed (face): the device did not ask in time",
    )


async def test_nobody_comes(home: Home, simulate: Simulate) -> None:
    """After two minutes nobody waits any longer; whoever comes later is told all the same."""
    device, sim = await begun(home, simulate)
    sim.faults.result_delay = 1000
    with pytest.raises(OutcomeUnknown):
        await home.run(device.enrol("2", Credential.FACE, 0), sim, seconds=200)
    assert told(home)[-1][0] == "enrolment_failed"


async def test_enrolments_as_printed(home: Home) -> None:
    """Security PUSH 3.1.2 section 9.6: several templates of one face are one face; cards as numbers or bytes."""
    await home.add(registration={"lockcount": "1"})
    face = "TYPE=9\tPIN=2\tNO=0\tINDEX={}\tMAJOR_VER=58\tMINOR_VER=1\tTMP=XXXX"
    body = "\r\n".join(face.format(index) for index in (0, 1))
    for kind, text in (
        ("BioData", body),
        ("BioData", "TYPE=4\tPIN=2\tTMP=XXXX"),
        ("BioData", "TYPE=9\tPIN=0\tTMP=XXXX"),
        ("EnrollInfoData", "TYPE=0\tPIN=2\tTMP=[15CD5B07]"),
        ("EnrollInfoData", "TYPE=0\tPIN=2\tTMP=?"),
    ):
        assert home.text("cdata", f"type={kind}", text) == "OK"
    assert [(e.method, e.card) for e in home.events] == [
        (VerifyMethod.FACE, None),
        (VerifyMethod.CARD, "123456789"),
        (VerifyMethod.CARD, None),
    ]


# Privacy


async def test_nothing_of_it_is_written_down(
    home: Home, simulate: Simulate, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither who it was nor the card."""
    caplog.set_level("DEBUG")
    device, sim = await begun(home, simulate)
    await home.run(device.enrol("2", Credential.CARD, 0), sim)
    await home.run(device.enrol("2", Credential.FACE, 0), sim)
    sim.enroll(Person(5, name="Mallory", card=76543210))
    await home.live(2, sim)
    text = caplog.text + repr([device.memory, device.diagnostics()])
    for secret in ("Mallory", "76543210", str(NEW_CARD), NEW_TEMPLATE):
        assert secret not in text
