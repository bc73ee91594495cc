"""Fingers and messages of a terminal that answers as it is told."""

from dataclasses import replace
from datetime import datetime
import struct

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
)
from custom_components.zkteco.protocol.standalone import people
from custom_components.zkteco.protocol.standalone.messages import (
    MessageKind,
    ShortMessage,
    encode_message,
)
from custom_components.zkteco.protocol.standalone.packet import Command, Reply
from custom_components.zkteco.protocol.standalone.templates import Template

from .scripted import ScriptedClient

LUNCH = ShortMessage(3, MessageKind.PUBLIC, "Lunch", datetime(2018, 6, 25), 30)


async def test_writing_and_deleting_a_finger() -> None:
    """The template goes into the buffer, then to the user; whoever writes puts all of them to use at the end."""
    client = ScriptedClient()
    await people.write_template(client, Template(14, 4, 1, b"abc"))
    await people.delete_template(client, "B17", 4)
    assert client.sent == [
        (Command.DATA, b"abc"),
        (Command.BUFFERED_TEMPLATE_WRITE, bytes.fromhex("0e0004010300")),
        (Command.DELETE_TEMPLATE, b"B17".ljust(24, b"\0") + b"\x04"),
        (Command.REFRESH_DATA, b""),
    ]


async def test_enrolment() -> None:
    """Readers stop, the enrolment starts, readers go on."""
    client = ScriptedClient()
    await people.enrol(client, "B17", 4, numeric=False)
    assert client.sent == [
        (Command.CANCEL_CAPTURE, b""),
        (Command.START_ENROL, b"B17".ljust(24, b"\0") + b"\x04\x01"),
        (Command.START_VERIFY, b""),
    ]


@pytest.mark.parametrize("command", [Command.CANCEL_CAPTURE, Command.START_ENROL])
async def test_readers_go_on_after_a_refused_enrolment(command: Command) -> None:
    """Nobody stands before a dead reader because an enrolment failed."""
    client = ScriptedClient({command: CommandRefused(Reply.ERROR, "refused")})
    with pytest.raises(CommandRefused):
        await people.enrol(client, "17", 4, numeric=True)
    assert client.commands[-1] == Command.START_VERIFY


async def test_an_enrolment_of_nobody() -> None:
    """The readers are not touched for it."""
    client = ScriptedClient()
    with pytest.raises(InvalidValue, match="user_id"):
        await people.enrol(client, "B17", 4, numeric=True)
    assert client.sent == []


async def test_cancelling_an_enrolment() -> None:
    """And letting people verify again, whatever the terminal says to that."""
    client = ScriptedClient()
    await people.cancel_enrol(client)
    assert client.commands == [Command.CANCEL_CAPTURE, Command.START_VERIFY]
    client = ScriptedClient({Command.CANCEL_CAPTURE: CannotConnect("gone")})
    with pytest.raises(CannotConnect):
        await people.cancel_enrol(client)
    assert client.commands == [Command.CANCEL_CAPTURE, Command.START_VERIFY]


async def test_short_messages() -> None:
    """Read, written, given to a user, taken away, deleted."""
    record = encode_message(LUNCH)
    stored = struct.pack("<I", len(record)) + record
    client = ScriptedClient({Command.DB_READ: stored})
    assert await people.read_messages(client) == [LUNCH]
    personal = replace(LUNCH, kind=MessageKind.PERSONAL)
    await people.write_message(client, personal)
    await people.give_message(client, 13, 3)
    await people.take_message(client, 13, 3)
    await people.delete_message(client, 3)
    assert client.sent == [
        (Command.DB_READ, b"\x06"),
        (Command.MESSAGE_WRITE, b"\xfe" + record[1:]),
        (Command.USER_MESSAGE_WRITE, b"\x0d\0\x03\0"),
        (Command.USER_MESSAGE_DELETE, b"\x0d\0\x03\0"),
        (Command.MESSAGE_DELETE, b"\x03\0"),
    ]
