"""Users, fingers and messages of a terminal that answers as it is told."""

from dataclasses import replace
from datetime import datetime
import struct

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
    MalformedReply,
    Unsupported,
)
from custom_components.zkteco.protocol.standalone import people
from custom_components.zkteco.protocol.standalone.messages import (
    MessageKind,
    ShortMessage,
    encode_message,
)
from custom_components.zkteco.protocol.standalone.packet import Command, Reply
from custom_components.zkteco.protocol.standalone.templates import Template
from custom_components.zkteco.protocol.standalone.users import User

from .scripted import ScriptedClient

# Two users of a colour terminal; behind the password of the first one is junk.
ANN = bytes.fromhex(
    "0d000034343400c69a807c416e6e000000000000000000000000000000000000000000de000000"
    "020100010002000000353535000000000000000000000000000000000000000000"
)
BEN = bytes.fromhex(
    "0e000000000000000000004265" + "6e" + "00" * 21 + "00000000" + "01" + "00" * 8
) + b"B17".ljust(24, b"\0")

LUNCH = ShortMessage(3, MessageKind.PUBLIC, "Lunch", datetime(2018, 6, 25), 30)


def data_set(*records: bytes) -> bytes:
    """Return records behind their length."""
    content = b"".join(records)
    return struct.pack("<I", len(content)) + content


def sizes(users: int) -> bytes:
    """Return the counters of a terminal."""
    return struct.pack("<20i", *(users if index == 4 else 0 for index in range(20)))


def terminal(*users: bytes) -> ScriptedClient:
    """Return a terminal with some users."""
    return ScriptedClient(
        {
            Command.SIZES: sizes(len(users)),
            Command.TEMPLATE_READ: data_set(*users) if users else b"",
            Command.OPTION_READ: b"~Platform=ZEM760_TFT\0",
        }
    )


def written(client: ScriptedClient) -> bytes:
    """Return the one user record that was written, and put to use."""
    assert client.commands[-2:] == [Command.USER_WRITE, Command.REFRESH_DATA]
    assert client.commands.count(Command.USER_WRITE) == 1
    return client.sent[-2][1]


async def test_changing_a_user() -> None:
    """What `User` does not know, or does not change, stays byte for byte as it was."""
    client = terminal(ANN, BEN)
    ann = User(
        uid=13,
        user_id="555",
        name="Anna",
        password="444",
        card=0xDE,
        group=2,
        own_zones=True,
        zones=(1, 2, 0),
    )
    await people.write_user(client, ann)
    record = written(client)
    assert record[11:35] == b"Anna".ljust(24, b"\0")
    assert record[:11] + record[35:] == ANN[:11] + ANN[35:]


async def test_a_new_user() -> None:
    """Laid out as the others are."""
    client = terminal(ANN, BEN)
    await people.write_user(client, User(uid=15, user_id="C18", name="Cleo"))
    record = written(client)
    assert len(record) == 72
    assert record.startswith(b"\x0f\0\0")
    assert record.endswith(b"C18".ljust(24, b"\0"))


async def test_a_user_id_that_is_taken() -> None:
    """Two people with one ID would be one person in every log."""
    client = terminal(ANN, BEN)
    with pytest.raises(InvalidValue, match="user_id: one that no other user has"):
        await people.write_user(client, User(uid=15, user_id="B17"))
    assert Command.USER_WRITE not in client.commands


async def test_the_first_user_of_a_colour_terminal() -> None:
    """Its platform tells how it keeps users."""
    client = terminal()
    await people.write_user(client, User(uid=1, user_id="1"))
    assert len(written(client)) == 72


@pytest.mark.parametrize(
    "platform", [b"~Platform=ZEM500\0", CommandRefused(Reply.ERROR, "refused")]
)
async def test_the_first_user_of_another_terminal(
    platform: bytes | CommandRefused,
) -> None:
    """Nothing is guessed where a wrong guess would write nonsense."""
    client = terminal()
    client.script[Command.OPTION_READ] = platform
    with pytest.raises(Unsupported, match="at this terminal itself"):
        await people.write_user(client, User(uid=1, user_id="1"))
    assert Command.USER_WRITE not in client.commands


async def test_disabling_a_user() -> None:
    """One bit changes."""
    client = terminal(ANN, BEN)
    await people.set_enabled(client, 13, enabled=False)
    record = written(client)
    assert record[2] == ANN[2] | 1
    assert record[:2] + record[3:] == ANN[:2] + ANN[3:]


@pytest.mark.parametrize("users", [(), (ANN, BEN)])
async def test_disabling_nobody(users: tuple[bytes, ...]) -> None:
    """A user that the terminal does not have is not made."""
    client = terminal(*users)
    with pytest.raises(InvalidValue, match="user: one that the terminal has"):
        await people.set_enabled(client, 99, enabled=False)
    assert Command.USER_WRITE not in client.commands


async def test_deleting_a_user() -> None:
    """By the terminal's own number, never without one."""
    client = ScriptedClient()
    await people.delete_user(client, 13)
    assert client.sent == [
        (Command.DELETE_USER, b"\x0d\0"),
        (Command.REFRESH_DATA, b""),
    ]
    for uid in (0, 65536):
        with pytest.raises(InvalidValue, match="user: a whole number"):
            await people.delete_user(client, uid)
    assert len(client.sent) == 2


async def test_reading_fingers() -> None:
    """All of them at once."""
    entry = bytes.fromhex("09000e000401") + b"abc"
    client = ScriptedClient({Command.DB_READ: [data_set(entry), b"", entry]})
    assert await people.read_templates(client) == [Template(14, 4, 1, b"abc")]
    assert client.sent == [(Command.DB_READ, b"\x02")]
    assert await people.read_templates(client) == []
    with pytest.raises(MalformedReply):
        await people.read_templates(client)


async def test_writing_and_deleting_a_finger() -> None:
    """The template goes into the buffer, then to the user."""
    client = ScriptedClient()
    await people.write_template(client, Template(14, 4, 1, b"abc"))
    await people.delete_template(client, "B17", 4)
    assert client.sent == [
        (Command.DATA, b"abc"),
        (Command.BUFFERED_TEMPLATE_WRITE, bytes.fromhex("0e0004010300")),
        (Command.REFRESH_DATA, b""),
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
    client = ScriptedClient({Command.DB_READ: data_set(record)})
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
