"""What a terminal can be asked to do with itself, against one that answers as it is told."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import override

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
)
from custom_components.zkteco.protocol.model import Sound
from custom_components.zkteco.protocol.standalone import verbs
from custom_components.zkteco.protocol.standalone.client import TerminalClient
from custom_components.zkteco.protocol.standalone.packet import Command, Packet, Reply
from custom_components.zkteco.protocol.standalone.sizes import Sizes
from custom_components.zkteco.protocol.standalone.verbs import Data, WorkState

from .scripted import ScriptedClient

WHEN = datetime(2018, 6, 25, 17, 50, 35)
PACKED = bytes.fromhex("6bb36823")
NO_DATE = (((24 * 12 + 1) * 31 + 30) * 86400).to_bytes(4, "little")
"""31 February."""
NO_SUCH_THING = CommandRefused(Reply.ERROR, "refused")
UNKNOWN_COMMAND = CommandRefused(Reply.UNKNOWN_COMMAND, "command unknown")
BUSY = CommandRefused(Reply.RETRY, "terminal is busy")


# --- Options ---


async def test_an_option() -> None:
    """The terminal repeats the name."""
    client = ScriptedClient({Command.OPTION_READ: b"LockOn=5\0junk"})
    assert await verbs.get_option(client, "LockOn") == "5"
    assert client.sent == [(Command.OPTION_READ, b"LockOn\0")]


@pytest.mark.parametrize("refusal", [NO_SUCH_THING, UNKNOWN_COMMAND])
async def test_an_option_that_the_terminal_lacks(refusal: CommandRefused) -> None:
    """Firmware says that in two ways."""
    client = ScriptedClient({Command.OPTION_READ: refusal})
    assert await verbs.get_option(client, "LockOn") is None


async def test_a_busy_terminal_lacks_nothing() -> None:
    """Another refusal says nothing about the option."""
    client = ScriptedClient({Command.OPTION_READ: BUSY})
    with pytest.raises(CommandRefused, match="busy"):
        await verbs.get_option(client, "LockOn")


async def test_options() -> None:
    """What the terminal lacks is absent."""
    client = ScriptedClient(
        {Command.OPTION_READ: [b"LockOn=5\0", NO_SUCH_THING, b"VoiceOn=1\0"]}
    )
    values = await verbs.get_options(client, ["LockOn", "MAC", "VoiceOn"])
    assert values == {"LockOn": "5", "VoiceOn": "1"}


@pytest.mark.parametrize("name", ["ComKey", "WebServerIP", "Lock\0On"])
async def test_names_that_are_not_read(name: str) -> None:
    """Nothing is sent, also not for the names before it."""
    client = ScriptedClient()
    with pytest.raises(InvalidValue):
        await verbs.get_option(client, name)
    with pytest.raises(InvalidValue):
        await verbs.get_options(client, ["LockOn", name])
    assert client.sent == []


async def test_writing_options() -> None:
    """Written, put to use once, read back."""
    client = ScriptedClient({Command.OPTION_READ: [b"LockOn=5\0", b"VoiceOn=0\0"]})
    await verbs.set_options(client, {"LockOn": "5", "VoiceOn": "0"})
    assert client.sent == [
        (Command.OPTION_WRITE, b"LockOn=5\0"),
        (Command.OPTION_WRITE, b"VoiceOn=0\0"),
        (Command.REFRESH_OPTIONS, b""),
        (Command.OPTION_READ, b"LockOn\0"),
        (Command.OPTION_READ, b"VoiceOn\0"),
    ]


@pytest.mark.parametrize("kept", [b"LockOn=3\0", b"VoiceOn=5\0", NO_SUCH_THING])
async def test_an_option_that_was_not_taken(kept: bytes | CommandRefused) -> None:
    """The terminal said yes and did nothing."""
    client = ScriptedClient({Command.OPTION_READ: kept})
    with pytest.raises(CommandRefused, match="did not accept LockOn"):
        await verbs.set_options(client, {"LockOn": "5"})


async def test_options_that_are_not_written() -> None:
    """One wrong value, and none is written."""
    client = ScriptedClient()
    for name, value in (("LockOn", "0"), ("IPAddress", "192.0.2.1"), ("ComKey", "1")):
        with pytest.raises(InvalidValue, match=name):
            await verbs.set_options(client, {"VoiceOn": "1", name: value})
    assert client.sent == []


# --- What the terminal tells about itself ---


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (b"Ver 6.60 Jan  1 2020\0junk", "Ver 6.60 Jan  1 2020"),
        (b"", None),
        (UNKNOWN_COMMAND, None),
    ],
)
async def test_version(answer: bytes | CommandRefused, version: str | None) -> None:
    """A text, where the terminal tells."""
    client = ScriptedClient({Command.VERSION: answer})
    assert await verbs.get_version(client) == version


async def test_sizes() -> None:
    """Counters, or none where the terminal does not tell."""
    answer = bytearray(80)
    answer[16] = 70
    client = ScriptedClient({Command.SIZES: [bytes(answer), UNKNOWN_COMMAND]})
    assert (await verbs.get_sizes(client)).users == 70
    assert await verbs.get_sizes(client) == Sizes()


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (2, WorkState.IDENTIFYING),
        (0, WorkState.IDLE),
        (0x8DF3, None),
        (UNKNOWN_COMMAND, None),
    ],
)
async def test_state(answer: int | CommandRefused, state: WorkState | None) -> None:
    """It stands where the session would be; firmware that has its session there does not tell."""
    client = ScriptedClient({Command.STATE: answer})
    assert await verbs.get_state(client) is state


async def test_a_state_of_a_busy_terminal() -> None:
    """Another refusal is an error."""
    with pytest.raises(CommandRefused, match="busy"):
        await verbs.get_state(ScriptedClient({Command.STATE: BUSY}))


@pytest.mark.parametrize(
    ("answer", "when"),
    [(PACKED, WHEN), (NO_DATE, None), (b"", None), (UNKNOWN_COMMAND, None)],
)
async def test_the_clock(answer: bytes | CommandRefused, when: datetime | None) -> None:
    """Local time, or nothing."""
    client = ScriptedClient({Command.GET_TIME: answer})
    assert await verbs.get_time(client) == when


async def test_setting_the_clock() -> None:
    """And putting it to use; an aware time is not guessed at."""
    client = ScriptedClient()
    await verbs.set_time(client, WHEN)
    assert client.sent == [(Command.SET_TIME, PACKED), (Command.REFRESH_DATA, b"")]
    with pytest.raises(InvalidValue, match="time"):
        await verbs.set_time(client, datetime(2020, 1, 1, tzinfo=UTC))


async def test_pin_width() -> None:
    """One byte, after a question with two strange ones."""
    client = ScriptedClient({Command.PIN_WIDTH: [b"\x09", b"", NO_SUCH_THING]})
    assert await verbs.get_pin_width(client) == 9
    assert client.sent == [(Command.PIN_WIDTH, bytes.fromhex("2050"))]
    assert await verbs.get_pin_width(client) is None
    assert await verbs.get_pin_width(client) is None


# --- Sound and screen ---


async def test_sound_and_screen() -> None:
    """A bell, a text, no text, a clock that blinks and one that does not."""
    client = ScriptedClient()
    await verbs.play_sound(client, Sound.BELL)
    await verbs.show_text(client, "Hello", 1)
    await verbs.clear_text(client)
    await verbs.show_clock(client, blinking=True)
    await verbs.show_clock(client, blinking=False)
    assert client.sent == [
        (Command.TEST_VOICE, b"\x0d\0\0\0"),
        (Command.WRITE_SCREEN, b"\x01\0\0Hello"),
        (Command.CLEAR_SCREEN, b""),
        (Command.ENABLE_CLOCK, b"\x01"),
        (Command.ENABLE_CLOCK, b"\x00"),
    ]


async def test_a_text_in_the_terminals_letters() -> None:
    """The code page is the terminal's."""
    client = ScriptedClient()
    client.encoding = "cp1251"
    await verbs.show_text(client, "\u0414\u0430", 2)
    assert client.sent == [(Command.WRITE_SCREEN, b"\x02\0\0\xc4\xe0")]


# --- At work and not ---


async def test_disabled_for_a_while() -> None:
    """For a limited time, and enabled again."""
    client = ScriptedClient()
    async with verbs.disabled(client, 30):
        assert client.sent == [(Command.DISABLE, b"\x1e\0\0\0")]
    assert client.sent[1:] == [(Command.ENABLE, b"")]


async def test_enabled_after_a_failure() -> None:
    """The failure is what the caller gets to know, also when enabling fails too."""
    client = ScriptedClient({Command.ENABLE: CannotConnect("gone")})
    with pytest.raises(ZeroDivisionError):
        async with verbs.disabled(client, 30):
            raise ZeroDivisionError
    assert client.commands == [Command.DISABLE, Command.ENABLE]


async def test_enabled_after_a_doubt() -> None:
    """No answer to the first command may mean that it was carried out."""
    client = ScriptedClient({Command.DISABLE: CannotConnect("no answer in time")})
    with pytest.raises(CannotConnect, match="no answer"):
        async with verbs.disabled(client, 30):
            pytest.fail("the terminal is not known to be disabled")
    assert client.commands == [Command.DISABLE, Command.ENABLE]


class _SlowToEnable(ScriptedClient):
    """Takes its time with the answer to `Command.ENABLE`."""

    def __init__(self) -> None:
        """Wait until the test says so."""
        super().__init__()
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.enabled = False

    @override
    async def request(self, command: int, data: bytes = b"") -> Packet:
        reply = await super().request(command, data)
        if command == Command.ENABLE:
            self.asked.set()
            await self.go.wait()
            self.enabled = True
        return reply


async def test_enabled_after_a_cancellation() -> None:
    """Whoever is cancelled, even twice, leaves an enabled terminal behind."""
    client = _SlowToEnable()

    async def work() -> None:
        async with verbs.disabled(client, 30):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    while not client.sent:
        await asyncio.sleep(0)
    task.cancel()
    await client.asked.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    client.go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.enabled


@pytest.mark.parametrize("seconds", [0, -1, 3601])
async def test_never_disabled_for_ever(seconds: int) -> None:
    """No time is no limit to some terminals."""
    client = ScriptedClient()
    with pytest.raises(InvalidValue, match="seconds: a whole number from 1 to 3600"):
        async with verbs.disabled(client, seconds):
            pytest.fail("not disabled")
    assert client.sent == []


@pytest.mark.parametrize("answer", [b"", CannotConnect("the connection ended")])
async def test_restart(answer: bytes | CannotConnect) -> None:
    """A confirmation, silence and a closed connection all mean that it restarts."""
    client = ScriptedClient({Command.RESTART: answer})
    await verbs.restart(client)
    assert client.commands == [Command.RESTART]


async def test_restart_of_a_terminal_that_is_not_there() -> None:
    """Nothing was sent, so nothing restarts."""
    client = ScriptedClient(connected=False)
    with pytest.raises(CannotConnect, match="not connected"):
        await verbs.restart(client)
    assert client.sent == []


async def test_restart_refused() -> None:
    """A no is a no."""
    client = ScriptedClient({Command.RESTART: BUSY})
    with pytest.raises(CommandRefused, match="busy"):
        await verbs.restart(client)


async def test_sleep_and_resume() -> None:
    """Few terminals can."""
    client = ScriptedClient()
    await verbs.sleep(client)
    await verbs.resume(client)
    assert client.commands == [Command.SLEEP, Command.RESUME]


# --- What cannot be undone ---

FINAL: list[Callable[[TerminalClient, bool], Awaitable[None]]] = [
    lambda client, yes: verbs.power_off(client, confirmed=yes),
    lambda client, yes: verbs.clear_data(client, Data.USERS, confirmed=yes),
    lambda client, yes: verbs.clear_attendance(client, confirmed=yes),
    lambda client, yes: verbs.clear_operations(client, confirmed=yes),
    lambda client, yes: verbs.clear_admins(client, confirmed=yes),
]


@pytest.mark.parametrize("verb", FINAL)
async def test_only_when_confirmed(
    verb: Callable[[TerminalClient, bool], Awaitable[None]],
) -> None:
    """Nothing is sent by mistake, not even for something that only looks like a yes."""
    client = ScriptedClient()
    for confirmed in (False, 1, "yes", None):
        with pytest.raises(InvalidValue, match="confirmed: must be true"):
            await verb(client, confirmed)
    assert client.sent == []
    await verb(client, True)
    assert client.sent


async def test_clearing() -> None:
    """The kind always goes along: without it the terminal would delete everything."""
    client = ScriptedClient()
    for kind in Data:
        await verbs.clear_data(client, kind, confirmed=True)
    await verbs.clear_attendance(client, confirmed=True)
    await verbs.clear_operations(client, confirmed=True)
    await verbs.clear_admins(client, confirmed=True)
    sent = [one for one in client.sent if one != (Command.REFRESH_DATA, b"")]
    assert sent == [
        (Command.CLEAR_DATA, b"\x01"),
        (Command.CLEAR_DATA, b"\x02"),
        (Command.CLEAR_DATA, b"\x04"),
        (Command.CLEAR_DATA, b"\x05"),
        (Command.CLEAR_ATTENDANCE, b""),
        (Command.CLEAR_OPERATIONS, b""),
        (Command.CLEAR_ADMINS, b""),
    ]
    assert client.commands.count(Command.REFRESH_DATA) == len(sent)


def test_what_cannot_be_sent_at_all() -> None:
    """No firmware update, no file, no encrypted options has a name here."""
    known = {int(command) for command in Command}
    assert not known & {*range(110, 119), *range(1700, 1720), 76, 78, 1101}
