"""The fingers of a terminal's users: told to others, taken from others, and never half."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
import json
import logging

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
    MalformedReply,
    Unsupported,
)
from custom_components.zkteco.protocol.model import EventKind
from custom_components.zkteco.protocol.people import Credential, Template
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.packet import Command
from custom_components.zkteco.protocol.standalone.terminal import Terminal
from tests.simulators.standalone_world import Template as Stored, invented_template

from .conftest import Home, HomeBuilder

TRANSPORTS = pytest.mark.parametrize("transport", [Transport.TCP, Transport.UDP])
SIZES = pytest.mark.parametrize("user_size", [72, 28])
FINGER = Credential.FINGERPRINT


def thumb(user_id: str = "1002", index: int = 0, **options: object) -> Template:
    """Return a template that comes from elsewhere."""
    template = Template(
        user_id=user_id,
        credential=FINGER,
        index=index,
        version="10",
        data=invented_template(int(user_id), index),
    )
    return replace(template, **options)


async def read(device: Terminal, user_ids: Collection[str]) -> list[Template]:
    """Return all that is told."""
    return [template async for template in device.read_templates(user_ids)]


# Reading


@pytest.mark.parametrize(
    ("options", "templates"),
    [
        ({}, {FINGER: "10"}),
        ({"~ZKFPVersion": "9"}, {FINGER: "9"}),
        ({"~ZKFPVersion": "12"}, {}),
        ({"~ZKFPVersion": ""}, {}),
        ({"FingerFunOn": "0"}, {}),
    ],
)
async def test_what_a_terminal_takes(
    home: Home, options: dict[str, str], templates: dict[Credential, str]
) -> None:
    """Its options say so; without a version nothing can be said of a template."""
    home.terminal.options |= options
    async with home.connected() as device:
        await device.read_users()
        assert device.people is not None
        assert device.people.templates == templates
        if not templates:
            with pytest.raises(Unsupported):
                await read(device, ["1001"])
            with pytest.raises(Unsupported):
                await device.write_templates([thumb()])


@SIZES
@TRANSPORTS
async def test_reading(
    build: HomeBuilder, user_size: int, transport: Transport
) -> None:
    """Those of one user together, and of nobody else's; a finger for duress is told as one."""
    home = await build(user_size=user_size)
    fingers = home.terminal.templates
    fingers[1, 0] = Stored(b"thumb", 3)
    fingers[3, 2] = Stored(b"not valid", 0)
    async with home.connected(transport=transport) as device:
        found = await read(device, ["1003", "1001", "4711"])
        assert [(one.user_id, one.index, one.duress) for one in found] == [
            ("1001", 6, False),
            ("1001", 0, True),
            ("1003", 6, False),
        ]
        assert [one.data for one in found] == [
            fingers[1, 6].data,
            b"thumb",
            fingers[3, 6].data,
        ]
        assert {(one.credential, one.version, one.part) for one in found} == {
            (FINGER, "10", 0)
        }
        assert home.asked(Command.DB_READ) <= 1
        asked = len(home.terminal.requests)
        assert await read(device, ["4711"]) == []
        datasets = home.terminal.commands[asked:].count(Command.PREPARE_BUFFER)
        assert datasets == 1  # the users, and no finger of anybody


async def test_nobody_has_a_finger(home: Home) -> None:
    """An empty list is not an error."""
    home.terminal.templates.clear()
    for home.terminal.refuses_empty in (False, True):
        async with home.connected() as device:
            assert await read(device, ["1001"]) == []


async def test_a_door_does_not_wait_for_fingers(build: HomeBuilder) -> None:
    """It opens in the middle of a long list, which is read again; and between two templates the terminal is free."""
    home = await build(users=40)
    home.terminal.inline_limit = 0
    async with home.connected() as device:
        await home.clock.advance(40)
        await device.read_users()
        reading = asyncio.create_task(read(device, [str(1001 + n) for n in range(40)]))
        await home.terminal.asked(Command.READ_BUFFER)
        await home.terminal.asked(Command.READ_BUFFER)
        await device.open_door(1)
        assert not reading.done()
        assert len(await home.run(reading)) == 40
        templates = device.read_templates(["1001", "1002"])
        await anext(templates)
        await device.open_door(1)
        assert (await anext(templates)).user_id == "1002"
    assert len(home.terminal.unlocks) == 2


async def test_a_list_that_is_damaged(home: Home) -> None:
    """Nothing of it is told."""
    home.terminal.cuts_fingers = True
    async with home.connected() as device:
        with pytest.raises(MalformedReply):
            await read(device, ["1001"])


# Writing


@SIZES
@TRANSPORTS
async def test_writing(
    build: HomeBuilder, user_size: int, transport: Transport
) -> None:
    """New fingers, and one in place of another; doing it twice sends nothing."""
    home = await build(user_size=user_size)
    async with home.connected(transport=transport) as device:
        new = [
            thumb(),
            thumb(index=6, data=b"another" * 300, duress=True),
            thumb("1003", 9),
        ]
        before = home.asked(Command.REFRESH_DATA)
        assert await device.write_templates(new) == {}
        assert home.asked(Command.REFRESH_DATA) == before + 1
        stored = home.terminal.templates
        assert stored[2, 0] == Stored(new[0].data)
        assert stored[2, 6] == Stored(b"another" * 300, 3)
        assert stored[3, 9] == Stored(new[2].data)
        assert len(stored) == 5
        told = await read(device, ["1002", "1003"])
        assert [one for one in told if one in new] == [new[1], new[0], new[2]]
        assert home.asked(Command.BUFFERED_TEMPLATE_WRITE) == 3
        assert await device.write_templates(new) == {}
        assert await device.write_templates([]) == {}
        assert home.asked(Command.BUFFERED_TEMPLATE_WRITE) == 3


async def test_from_terminal_to_terminal(build: HomeBuilder) -> None:
    """Byte for byte, zeros at the end among them."""
    source, target = await build(), await build(users=3)
    target.terminal.templates.clear()
    async with source.connected() as one, target.connected() as other:
        copied = await read(one, ["1001", "1002", "1003"])
        assert await other.write_templates(copied) == {}
    assert target.terminal.templates == source.terminal.templates


async def test_one_bad_template_stops_nobody_else(home: Home) -> None:
    """Each user has a reason; nothing is written of somebody of whom a part cannot be."""
    async with home.connected() as device:
        failures = await device.write_templates(
            [
                thumb("1001"),
                thumb("1001", 1, version="9"),
                thumb("1002", credential=Credential.FACE),
                thumb("1002", part=1),
                thumb("1003", 3),
                thumb("4711"),
            ]
        )
        assert {key: str(err) for key, err in failures.items()} == {
            "1001": "templates: version 10 only, and this is 9",
            "1002": "templates: fingerprints only",
            "4711": "user_id: one that the terminal has",
        }
        assert all(isinstance(err, InvalidValue) for err in failures.values())
        for bad in (thumb(index=10), thumb(data=b""), thumb(part=1)):
            failures = await device.write_templates([bad])
            assert isinstance(failures["1002"], InvalidValue)
    assert len(home.terminal.templates) == 4
    assert (3, 3) in home.terminal.templates


async def test_the_two_versions_never_mix(home: Home) -> None:
    """Not in the other direction either."""
    home.terminal.options["~ZKFPVersion"] = "9"
    async with home.connected() as device:
        failures = await device.write_templates([thumb()])
        assert str(failures["1002"]) == "templates: version 9 only, and this is 10"
        nine = thumb(version="9", data=invented_template(2, 0, "9"))
        assert await device.write_templates([nine]) == {}
        assert nine in await read(device, ["1002"])


async def test_the_last_word_about_a_finger_counts(home: Home) -> None:
    """Of two templates for the same one."""
    async with home.connected() as device:
        assert await device.write_templates([thumb(data=b"old"), thumb()]) == {}
    assert home.terminal.templates[2, 0].data == thumb().data
    assert home.asked(Command.BUFFERED_TEMPLATE_WRITE) == 1


async def test_what_the_terminal_does_not_keep(home: Home) -> None:
    """It says yes and stores nothing, or it says no, in its own words."""
    async with home.connected() as device:
        home.terminal.faults.answers[Command.BUFFERED_TEMPLATE_WRITE] = 2000
        failures = await device.write_templates(
            [thumb(), thumb("1003"), thumb("1003", 1)]
        )
        assert {key: str(err) for key, err in failures.items()} == {
            "1002": "the terminal did not accept the finger (2001)",
            "1003": "the terminal did not accept the fingers (2001)",
        }
        home.terminal.faults.answers[Command.BUFFERED_TEMPLATE_WRITE] = 4990
        failures = await device.write_templates([thumb()])
        assert str(failures["1002"]) == "storage is full (4990)"
        assert isinstance(failures["1002"], CommandRefused)


@TRANSPORTS
async def test_the_connection_is_cut_in_the_middle_of_a_template(
    home: Home, impatient: None, transport: Transport
) -> None:
    """Nothing half is kept; it comes back, and the whole is written."""
    long = thumb(data=b"0123456789" * 400)
    async with home.connected(transport=transport) as device:
        await home.clock.advance(40)

        async def cut() -> None:
            await home.terminal.asked(Command.DATA)
            await home.terminal.asked(Command.DATA)
            home.terminal.hang_up()
            assert (2, 0) not in home.terminal.templates

        cutting = asyncio.create_task(cut())
        assert await home.run(device.write_templates([long])) == {}
        await cutting
    assert home.terminal.templates[2, 0].data == long.data


async def test_the_terminal_goes_away_in_the_middle_of_a_template(
    home: Home, impatient: None
) -> None:
    """The user has a reason, the terminal nothing of it; when it is back, the same call does it."""
    long = thumb(data=b"0123456789" * 400)
    async with home.connected() as device:
        await home.clock.advance(40)

        async def power_cut() -> None:
            await home.terminal.asked(Command.DATA)
            await home.terminal.asked(Command.DATA)
            home.terminal.power_off()

        cutting = asyncio.create_task(power_cut())
        failures = await home.run(device.write_templates([long]))
        await cutting
        assert isinstance(failures["1002"], CannotConnect)
        assert (2, 0) not in home.terminal.templates
        home.terminal.power_on()
        await home.clock.advance(120)
        assert await home.run(device.write_templates([long])) == {}
    assert home.terminal.templates[2, 0].data == long.data


async def test_a_template_stays_where_it_belongs(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in logs, not in a repr, not in diagnostics, not in what is remembered, not in an error."""
    caplog.set_level(logging.DEBUG)
    secret = b"SECRET-FINGER" * 50
    home.terminal.templates[2, 0] = Stored(secret)
    async with home.connected() as device:
        (_, found) = await read(device, ["1002"])
        home.terminal.faults.answers[Command.BUFFERED_TEMPLATE_WRITE] = 2001
        failures = await device.write_templates([replace(found, user_id="1003")])
        told = [
            repr(found),
            json.dumps(device.diagnostics()),
            json.dumps(device.memory),
            repr(failures),
            caplog.text,
        ]
    assert found.data == secret
    for text in told:
        assert "SECRET" not in text
        assert secret[:6].hex() not in text


# Enrolling


@pytest.mark.parametrize("user_size", [72, 28])
async def test_an_enrolment(build: HomeBuilder, user_size: int) -> None:
    """The finger that was there goes first; events tell the rest."""
    home = await build(user_size=user_size)
    async with home.connected() as device:
        await home.clock.advance(1)
        await device.enrol("1002", Credential.FINGERPRINT, 6)
        assert (2, 6) not in home.terminal.templates
        for _ in range(3):
            home.terminal.present_finger()
        await home.hear(4)
        assert (2, 6) in home.terminal.templates
        assert {event.kind for event in home.events} == {EventKind.ENROLMENT}
        await device.enrol("1002", Credential.FINGERPRINT, 0)  # which nobody enrolled
        assert home.terminal.enrolling is not None


@pytest.mark.parametrize(
    ("user_id", "credential", "index", "error"),
    [
        ("4711", Credential.FINGERPRINT, 0, InvalidValue),
        ("1001", Credential.FINGERPRINT, 10, InvalidValue),
        ("1001", Credential.FINGERPRINT, -1, InvalidValue),
        ("1001", Credential.FACE, 0, Unsupported),
    ],
)
async def test_an_enrolment_that_cannot_be(
    home: Home, user_id: str, credential: Credential, index: int, error: type[Exception]
) -> None:
    """No finger is deleted for it, and the readers are left alone."""
    async with home.connected() as device:
        with pytest.raises(error):
            await device.enrol(user_id, credential, index)
    assert (
        home.asked(Command.DELETE_TEMPLATE) == home.asked(Command.CANCEL_CAPTURE) == 0
    )
