"""Fingers, faces and palms of a PUSH device's users, over real sockets: they pass from one device to another, and nowhere else."""

from base64 import b64encode
from collections.abc import Collection
from dataclasses import replace

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DidNotAsk,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.people import Credential, Template
from custom_components.zkteco.protocol.push.device import PushDevice
from tests.simulators.push_device import PushDevice as SimulatedDevice

from .conftest import SERIAL, Home, Simulate

FINGER = Template(
    user_id="1",
    credential=Credential.FINGERPRINT,
    index=7,
    version="10",
    data=b"what a reader makes of a thumb",
)
THUMB = replace(FINGER, index=4, data=b"of another thumb")
FACE = Template(
    user_id="1",
    credential=Credential.FACE,
    index=0,
    version="40.1",
    data=b"what a camera makes of a face",
)
OTHER = "7001200100124"


async def begun(
    home: Home, simulate: Simulate, model: str = "face", **options: object
) -> tuple[PushDevice, SimulatedDevice]:
    """Return a device that calls and has been asked what it does not tell by itself."""
    sim = await simulate(model=model, **options)
    device = await home.add(sim.serial)
    await home.live(6, sim)
    return device, sim


def told(sim: SimulatedDevice, verb: str) -> list[str]:
    """Return the commands that a device was given which begin so."""
    texts = [command.text for command in sim.commands]
    return [text for text in texts if text.startswith(verb)]


async def read(
    home: Home, device: PushDevice, sim: SimulatedDevice, user_ids: Collection[str]
) -> list[Template]:
    """Return the templates of some users."""

    async def collect() -> list[Template]:
        return [template async for template in device.read_templates(user_ids)]

    return await home.run(collect(), sim)


# Passing them on


@pytest.mark.parametrize(
    ("model", "templates"),
    [
        ("fingerprint", [FINGER, THUMB]),
        ("fingerprint", [replace(FINGER, duress=True)]),
        ("face", [FINGER, THUMB, FACE, replace(FACE, part=1)]),
        ("face", [replace(FINGER, duress=True), replace(FINGER, user_id="2")]),
    ],
)
async def test_there_and_back(
    home: Home, simulate: Simulate, model: str, templates: list[Template]
) -> None:
    """What was written is what is read, in as many packets as it takes."""
    device, sim = await begun(home, simulate, model, max_package=300)
    assert await home.run(device.write_templates(templates), sim) == {}
    assert {*await read(home, device, sim, ["1", "2"])} == {*templates}
    assert await home.run(device.write_templates(templates), sim) == {}
    assert {*await read(home, device, sim, ["2", "1", "2"])} == {*templates}


async def test_from_one_device_to_another(home: Home, simulate: Simulate) -> None:
    """A finger that was enrolled at an older terminal opens a newer one's door; somebody without any stops nothing."""
    old, there = await begun(home, simulate, "fingerprint")
    new, here = await begun(home, simulate, serial=OTHER)
    there.enroll_finger(1, 6, b64encode(b"thumb").decode())
    templates = await read(home, old, there, ["2", "1", "99"])
    assert old.people is not None
    assert new.people is not None
    assert new.people.templates == {
        Credential.FINGERPRINT: "10",
        Credential.FACE: "40.1",
    }
    assert old.people.templates == {Credential.FINGERPRINT: "10"}
    assert [t.version for t in templates] == ["10"]
    assert await home.run(new.write_templates(templates), here) == {}
    [row] = here.table("biodata")
    assert (row["Pin"], row["Type"], row["No"]) == (1, 1, 6)
    assert row["Tmp"] == b64encode(b"thumb").decode()


async def test_as_printed(home: Home, simulate: Simulate) -> None:
    """Security PUSH 3.1.2 sections 9.1.1 and 9.1.4: one user and one kind at a time."""
    old, there = await begun(home, simulate, "fingerprint")
    new, here = await begun(home, simulate, serial=OTHER)
    data = b64encode(FINGER.data).decode()
    await home.run(old.write_templates([FINGER]), there)
    assert told(there, "DATA UPDATE") == [
        f"DATA UPDATE templatev10 Pin=1\tFingerID=7\tValid=1\tTemplate={data}"
    ]
    assert told(there, "DATA QUERY tablename=templatev10") == [
        "DATA QUERY tablename=templatev10,fielddesc=*,filter=Pin=1"
    ]
    await home.run(new.write_templates([FINGER]), here)
    assert told(here, "DATA UPDATE") == [
        (
            "DATA UPDATE biodata Pin=1\tNo=7\tIndex=0\tValid=1\tDuress=0\tType=1\t"
            f"MajorVer=10\tMinorVer=0\tFormat=0\tTmp={data}"
        )
    ]
    assert told(here, "DATA QUERY tablename=biodata") == [
        "DATA QUERY tablename=biodata,fielddesc=*,filter=Type=1\tPin=1"
    ]


async def test_a_template_of_some_size(home: Home, simulate: Simulate) -> None:
    """As much as older firmware has room for; one command holds few of them."""
    device, sim = await begun(home, simulate)
    some = [
        replace(FINGER, index=index, data=bytes([index]) * 18 * 1024)
        for index in range(3)
    ]
    assert await home.run(device.write_templates(some), sim) == {}
    assert len(told(sim, "DATA UPDATE")) == 3
    assert all(len(text) < 30_000 for text in told(sim, "DATA UPDATE"))


async def test_what_is_left_of_an_earlier_face_goes(
    home: Home, simulate: Simulate
) -> None:
    """Also where one consists of fewer parts than another; other fingers and faces stay."""
    device, sim = await begun(home, simulate)
    earlier = [replace(FACE, part=part, data=b"earlier") for part in range(3)]
    await home.run(device.write_templates([*earlier, FINGER]), sim)
    later = [FACE, replace(FACE, part=1)]
    assert await home.run(device.write_templates(later), sim) == {}
    assert {*await read(home, device, sim, ["1"])} == {*later, FINGER}
    assert told(sim, "DATA DELETE") == ["DATA DELETE biodata Type=9\tPin=1\tNo=0"]


async def test_a_device_that_names_no_kinds(home: Home, simulate: Simulate) -> None:
    """It has faces by visible light in the common table, and is asked for nothing else there."""
    sim = await simulate(model="fingerprint")
    sim.world.parameters |= {"BioDataFun": "1"}
    device = await home.add()
    await home.live(6, sim)
    device.registered({"biodatafun": "1", "faceversion": "40.1"})
    assert await home.run(device.write_templates([FACE, FINGER]), sim) == {}
    assert {*await read(home, device, sim, ["1"])} == {FACE, FINGER}
    assert told(sim, "DATA QUERY tablename=biodata")[0].endswith("filter=Pin=1")


# What does not work


async def test_who_is_not_there(home: Home, simulate: Simulate) -> None:
    """Nobody gets fingers before the device knows the user; everybody else does."""
    device, sim = await begun(home, simulate)
    templates = [replace(FINGER, user_id=user_id) for user_id in ("77", "1")]
    failures = await home.run(device.write_templates(templates), sim)
    assert {u: str(err) for u, err in failures.items()} == {
        "77": "the device does not have the user (-12)"
    }
    assert [row["Pin"] for row in sim.table("biodata")] == [1]
    assert [*await home.run(device.write_templates(templates[:1]), sim)] == ["77"]
    assert await home.run(device.write_templates([]), sim) == {}


async def test_what_no_reader_can_read(home: Home, simulate: Simulate) -> None:
    """Another version, or a palm: nothing of such a user is written, everything of others is."""
    device, sim = await begun(home, simulate)
    templates = [
        FINGER,
        replace(FINGER, version="13"),
        replace(FACE, user_id="2"),
        replace(FACE, user_id="3", credential=Credential.PALM),
    ]
    failures = await home.run(device.write_templates(templates), sim)
    assert {u: str(err) for u, err in failures.items()} == {
        "1": "version: must be 10",
        "3": "credential: one of face, fingerprint",
    }
    assert [(row["Pin"], row["Type"]) for row in sim.table("biodata")] == [(2, 9)]
    before = len(sim.commands)
    wrong = [replace(FINGER, version="13")]
    assert [*await device.write_templates(wrong)] == ["1"]
    assert len(sim.commands) == before


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refuses", "command could not be carried out (-12)"),
        ("ignores", "the device did not accept the templates (-12)"),
    ],
)
async def test_a_device_that_does_not_take_one(
    home: Home, simulate: Simulate, fault: str, reason: str
) -> None:
    """Whatever it answers, what counts is what it has; the others' are kept."""
    device, sim = await begun(home, simulate, "fingerprint")
    bad = b64encode(b"bad").decode()
    setattr(sim.faults, fault, bad)
    templates = [replace(FINGER, user_id="2", data=b"bad"), THUMB]
    failures = await home.run(device.write_templates(templates), sim)
    assert str(failures["2"]) == reason
    if fault == "refuses":
        assert [*failures] == ["2"]
        assert await read(home, device, sim, ["1"]) == [THUMB]


async def test_a_device_that_does_not_tell_what_it_took(
    home: Home, simulate: Simulate
) -> None:
    """Nothing is proven then; it stops nobody else."""
    device, sim = await begun(home, simulate, "fingerprint")
    sim.faults.refuses = "templatev10,fielddesc=*,filter=Pin=2"
    templates = [replace(FINGER, user_id="2"), THUMB]
    failures = await home.run(device.write_templates(templates), sim)
    assert {u: str(err) for u, err in failures.items()} == {
        "2": "command could not be carried out (-12)"
    }


async def test_a_device_that_answers_more_than_was_asked(
    home: Home, simulate: Simulate
) -> None:
    """Nobody gets another one's fingers."""
    device, sim = await begun(home, simulate)
    second = replace(FINGER, user_id="2", data=b"second")
    sim.faults.all_rows = True
    assert await home.run(device.write_templates([FINGER, second]), sim) == {}
    assert await read(home, device, sim, ["2"]) == [second]


async def test_what_a_device_does_not_tell_is_left_out(
    home: Home, simulate: Simulate, caplog: pytest.LogCaptureFixture
) -> None:
    """What it refuses to tell, what is torn, and whoever nobody can be."""
    caplog.set_level("DEBUG")
    device, sim = await begun(home, simulate)
    await home.run(device.write_templates([FINGER, FACE]), sim)
    sim.faults.refuses = "Type=9"
    assert await read(home, device, sim, ["1,2", "1"]) == [FINGER]
    assert "No face of a user" in caplog.text
    sim.faults.refuses = ""
    sim.table("biodata")[0]["Tmp"] = "torn="
    assert await read(home, device, sim, ["1"]) == [FACE]


async def test_nobody_is_there(home: Home, simulate: Simulate) -> None:
    """Templates do not wait for a device."""
    device = await home.add(registration={"lockcount": "1"})
    with pytest.raises(CannotConnect):
        await device.write_templates([FINGER])
    with pytest.raises(CannotConnect):
        await anext(device.read_templates(["1"]))
    device, sim = await begun(home, simulate, serial=OTHER)
    with pytest.raises(DidNotAsk):
        await home.run(device.write_templates([FINGER]))
    assert sim.table("biodata") == []


async def test_a_device_that_has_not_told_what_it_is(home: Home) -> None:
    """Nobody knows what it can read."""
    device = await home.add()
    home.text("ping")
    with pytest.raises(Unsupported):
        await device.write_templates([FINGER])
    with pytest.raises(Unsupported):
        await anext(device.read_templates(["1"]))


async def test_a_panel_has_none(home: Home, simulate: Simulate) -> None:
    """It is not asked for any."""
    device, sim = await begun(home, simulate, "c3-200-plus")
    assert device.people is not None
    assert device.people.templates == {}
    assert await read(home, device, sim, ["1"]) == []
    users = await home.run(device.read_users(), sim)
    assert users["1"].credentials == {}
    assert not any("biodata" in c.text or "template" in c.text for c in sim.commands)


# How many there are


@pytest.mark.parametrize("model", ["face", "fingerprint"])
async def test_how_many(home: Home, simulate: Simulate, model: str) -> None:
    """Told with the users, without the templates themselves."""
    device, sim = await begun(home, simulate, model)
    some = [FINGER, THUMB, replace(FINGER, user_id="2")]
    some += [FACE, replace(FACE, part=1)] if model == "face" else []
    await home.run(device.write_templates(some), sim)
    before = len(home.texts), len(sim.commands)
    users = await home.run(device.read_users(), sim)
    counts = {u: {**user.credentials} for u, user in users.items()}
    faces = {Credential.FACE: 1} if model == "face" else {}
    assert counts == {
        "1": {Credential.FINGERPRINT: 2, **faces},
        "2": {Credential.FINGERPRINT: 1},
    }
    asked = [command.text for command in sim.commands[before[1] :]]
    assert [text for text in asked if "Valid" in text] == (
        [
            "DATA QUERY tablename=biodata,fielddesc=Pin\tType\tNo\tValid\tMajorVer\tMinorVer,filter=Type=1",
            "DATA QUERY tablename=biodata,fielddesc=Pin\tType\tNo\tValid\tMajorVer\tMinorVer,filter=Type=9",
        ]
        if model == "face"
        else [
            "DATA QUERY tablename=templatev10,fielddesc=Pin\tFingerID\tValid,filter=*"
        ]
    )


async def test_a_device_that_tells_half_of_a_version(
    home: Home, simulate: Simulate
) -> None:
    """Its own templates show the rest, as soon as it has been asked for its users."""
    sim = await simulate(model="face")
    device = await home.add()
    await home.live(6, sim)
    device.registered({"multibioversion": "0:10:0:0:0:0:0:0:0:58"})
    [failure] = (await device.write_templates([FACE])).values()
    assert str(failure) == "version: must be 58"
    versions = "MajorVer=40\tMinorVer=1"
    sim.world.rows.update("biodata", f"Pin=2\tType=9\tNo=0\t{versions}\tTmp=U2hvd24=")
    await home.run(device.read_users(), sim)
    assert device.people is not None
    assert device.people.templates[Credential.FACE] == "40.1"
    assert await home.run(device.write_templates([FACE]), sim) == {}


async def test_a_device_that_does_not_tell_how_many(
    home: Home, simulate: Simulate
) -> None:
    """It is asked once until it is something else; the users are told all the same."""
    device, sim = await begun(home, simulate, "fingerprint")
    await home.run(device.write_templates([FINGER]), sim)
    sim.faults.refuses = "FingerID"
    for _ in range(2):
        users = await home.run(device.read_users(), sim)
        assert users["1"].credentials == {}
    assert len(told(sim, "DATA QUERY tablename=templatev10,fielddesc=Pin")) == 1


async def test_a_device_that_tells_more_than_it_should(
    home: Home, simulate: Simulate
) -> None:
    """The count is right, and the templates are dropped."""
    device, sim = await begun(home, simulate)
    await home.run(device.write_templates([FINGER]), sim)
    sim.faults.all_fields = True
    users = await home.run(device.read_users(), sim)
    assert users["1"].credentials == {Credential.FINGERPRINT: 1}


# Privacy


async def test_no_template_is_written_down(
    home: Home, simulate: Simulate, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in logs nor in what survives a restart, nor in a bug report, whatever goes wrong."""
    caplog.set_level("DEBUG")
    device, sim = await begun(home, simulate)
    sim.faults.ignores = "Type=9"
    found: list[object] = [await home.run(device.write_templates([FINGER, FACE]), sim)]
    found += await read(home, device, sim, ["1"])
    found.append(await home.run(device.read_users(), sim))
    sim.enroll_finger(1, 3, b64encode(b"thumb").decode())
    await home.live(3, sim)
    sim.faults.refuses = "Type=1"
    found.append(await home.run(device.write_templates([FINGER]), sim))
    found += home.events
    text = caplog.text + repr([found, device.memory, device.diagnostics()])
    for secret in (FINGER.data, FACE.data, b"thumb"):
        assert secret.decode() not in text
        assert b64encode(secret).decode() not in text


async def test_a_failure_names_the_field_but_not_what_is_in_it(
    home: Home, simulate: Simulate
) -> None:
    """Errors are shown to people and logged."""
    device, _ = await begun(home, simulate)
    failures = await device.write_templates([replace(FINGER, data=b"x" * 20_000)])
    error = failures["1"]
    assert isinstance(error, InvalidValue)
    assert str(error) == "data: 1 to 18432 bytes"
    assert not isinstance(error, CommandRefused)
    assert SERIAL not in str(error)
