"""What a connected terminal can be asked to do with itself: options, clock, state, sound and screen, restart, clearing.

Lives here: one short function per command, which knows what has to follow it. Not here: people (`people`), access rules
(`rules`), long answers (`queries`), the door, whose commands are sent at most once (`terminal`). There is no way to send
any other command, and none that wipes more than it names.
Every function raises what `TerminalClient.request` raises.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from enum import IntEnum
from typing import Final

from .. import packed_time
from ..errors import CannotConnect, CommandRefused, DeviceError, InvalidValue
from ..model import Sound
from .client import TerminalClient
from .messages import encode_screen_text, encode_sound
from .options import (
    check_readable,
    check_writable,
    decode_value,
    encode_read,
    encode_write,
)
from .packet import UNSUPPORTED, Command, Reply
from .sizes import Sizes, decode_sizes

MAX_DISABLED: Final = 3600
"""Seconds for which a terminal can be disabled."""

_CANNOT_READ: Final = 4999
_CANNOT_WRITE: Final = 4998
_DOES_NOT_KNOW: Final = UNSUPPORTED | {Reply.ERROR, Reply.NOT_FOUND, _CANNOT_READ}
# What the vendor's own software sends with this question; nobody knows why.
_PIN_WIDTH_REQUEST: Final = b" P"


async def _ask(
    client: TerminalClient, command: Command, data: bytes = b""
) -> bytes | None:
    """Return the answer to a question; None where the terminal does not know what was asked."""
    try:
        return (await client.request(command, data)).data
    except CommandRefused as err:
        if err.code in _DOES_NOT_KNOW:
            return None
        raise


# --- Options ---


async def get_option(client: TerminalClient, name: str) -> str | None:
    """Return a documented option; None where the terminal does not have it. Raises InvalidValue for another name."""
    check_readable(name)
    data = await _ask(client, Command.OPTION_READ, encode_read(name))
    return None if data is None else decode_value(name, data)


async def get_options(client: TerminalClient, names: Sequence[str]) -> dict[str, str]:
    """Return the options that the terminal has. Raises InvalidValue before anything is asked."""
    for name in names:
        check_readable(name)
    values = {name: await get_option(client, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


async def set_options(client: TerminalClient, values: Mapping[str, str]) -> None:
    """Write options and read them back.

    Raises InvalidValue before anything is written, and CommandRefused when one reads as something else afterwards. That it
    reads the same proves little: terminals also store what they do not use.
    """
    for name, value in values.items():
        check_writable(name, value)
    for name, value in values.items():
        await client.request(Command.OPTION_WRITE, encode_write(name, value))
    await refresh_options(client)
    for name, value in values.items():
        if await get_option(client, name) != value:
            reason = f"the terminal did not accept {name}"
            raise CommandRefused(_CANNOT_WRITE, reason)


async def refresh_options(client: TerminalClient) -> None:
    """Let the terminal use the options that were written."""
    await client.request(Command.REFRESH_OPTIONS)


async def refresh_data(client: TerminalClient) -> None:
    """Let the terminal use the users, templates and rules that were written."""
    await client.request(Command.REFRESH_DATA)


# --- What the terminal tells about itself ---


class WorkState(IntEnum):
    """What the terminal is busy with."""

    IDLE = 0
    ENROLLING = 1
    IDENTIFYING = 2
    MENU = 3
    BUSY = 4
    WRITING_CARD = 5


async def get_version(client: TerminalClient) -> str | None:
    """Return the firmware version; None where the terminal does not tell."""
    data = await _ask(client, Command.VERSION)
    if data is None:
        return None
    return data.partition(b"\0")[0].decode("utf-8", "replace").strip() or None


async def get_sizes(client: TerminalClient) -> Sizes:
    """Return how much the terminal holds; hints only."""
    return decode_sizes(await _ask(client, Command.SIZES) or b"")


async def get_state(client: TerminalClient) -> WorkState | None:
    """Return what the terminal is busy with; None where it does not tell.

    The answer stands where other replies have their session (captured frames).
    """
    try:
        reply = await client.request(Command.STATE)
        return WorkState(reply.session)
    except CommandRefused as err:
        if err.code in _DOES_NOT_KNOW:
            return None
        raise
    except ValueError:
        return None


async def get_time(client: TerminalClient) -> datetime | None:
    """Return the terminal's local time, naive; None when it is no date."""
    data = await _ask(client, Command.GET_TIME)
    if data is None or len(data) < 4:
        return None
    return packed_time.decode(int.from_bytes(data[:4], "little"))


async def set_time(client: TerminalClient, when: datetime) -> None:
    """Set the terminal's clock to a naive local time. Raises InvalidValue for one that it cannot have."""
    await client.request(
        Command.SET_TIME, packed_time.encode(when).to_bytes(4, "little")
    )
    await refresh_data(client)


async def get_pin_width(client: TerminalClient) -> int | None:
    """Return how long a user ID can be; None where the terminal does not tell."""
    data = await _ask(client, Command.PIN_WIDTH, _PIN_WIDTH_REQUEST)
    return data[0] if data else None


# --- Sound and screen ---


async def play_sound(client: TerminalClient, sound: Sound) -> None:
    """Play a sound."""
    await client.request(Command.TEST_VOICE, encode_sound(sound))


async def show_text(client: TerminalClient, text: str, line: int) -> None:
    """Show a text in a line of the screen, 1 to 8. Raises InvalidValue."""
    await client.request(
        Command.WRITE_SCREEN, encode_screen_text(text, line, client.encoding)
    )


async def clear_text(client: TerminalClient) -> None:
    """Take all shown texts off the screen."""
    await client.request(Command.CLEAR_SCREEN)


async def show_clock(client: TerminalClient, *, blinking: bool) -> None:
    """Let the colon of the clock on the screen blink, or not."""
    await client.request(Command.ENABLE_CLOCK, bytes((blinking,)))


# --- At work and not ---


@asynccontextmanager
async def disabled(client: TerminalClient, seconds: int) -> AsyncGenerator[None]:
    """Keep people from using the terminal while a block runs, for at most `seconds` (1 to 3600).

    It is enabled again whatever happens to the block; should the connection break, the terminal does that itself when the
    time is up. Raises InvalidValue. Source: the SDK manual's advice.
    """
    if not 1 <= seconds <= MAX_DISABLED:
        raise InvalidValue("seconds", f"a whole number from 1 to {MAX_DISABLED}")
    try:
        await client.request(Command.DISABLE, seconds.to_bytes(4, "little"))
        yield
    finally:
        await at_last(client, Command.ENABLE)


async def at_last(client: TerminalClient, command: Command) -> None:
    """Send what puts the terminal back to normal, even when the caller is being cancelled. What it answers is ignored."""
    task = asyncio.ensure_future(_attempt(client, command))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _attempt(client: TerminalClient, command: Command) -> None:
    with suppress(DeviceError):
        await client.request(command)


async def restart(client: TerminalClient) -> None:
    """Restart the terminal. Some confirm that, some fall silent, some just hang up (reported by owners)."""
    if not client.connected:
        raise CannotConnect("not connected")
    with suppress(CannotConnect):
        await client.request(Command.RESTART)


async def power_off(client: TerminalClient, *, confirmed: bool) -> None:
    """Switch the terminal off: only somebody who stands there can switch it on again. Raises InvalidValue."""
    check_confirmed(confirmed)
    await client.request(Command.POWER_OFF)


async def sleep(client: TerminalClient) -> None:
    """Let the terminal sleep, which few can."""
    await client.request(Command.SLEEP)


async def resume(client: TerminalClient) -> None:
    """Wake the terminal up."""
    await client.request(Command.RESUME)


# --- Clearing ---


class Data(IntEnum):
    """What can be cleared at once."""

    ATTENDANCE = 1
    FINGERPRINTS = 2
    OPERATIONS = 4
    USERS = 5


def check_confirmed(confirmed: bool) -> None:
    """Raise InvalidValue unless somebody said that they want what cannot be undone."""
    if confirmed is not True:
        raise InvalidValue("confirmed", "must be true: this cannot be undone")


async def clear_data(client: TerminalClient, kind: Data, *, confirmed: bool) -> None:
    """Delete everything of one kind. Raises InvalidValue.

    The kind is always sent: without one the terminal would delete everything that it has.
    """
    check_confirmed(confirmed)
    await client.request(Command.CLEAR_DATA, bytes((Data(kind),)))
    await refresh_data(client)


async def clear_attendance(client: TerminalClient, *, confirmed: bool) -> None:
    """Delete the attendance log. Raises InvalidValue."""
    check_confirmed(confirmed)
    await client.request(Command.CLEAR_ATTENDANCE)
    await refresh_data(client)


async def clear_operations(client: TerminalClient, *, confirmed: bool) -> None:
    """Delete the operation log. Raises InvalidValue."""
    check_confirmed(confirmed)
    await client.request(Command.CLEAR_OPERATIONS)
    await refresh_data(client)


async def clear_admins(client: TerminalClient, *, confirmed: bool) -> None:
    """Make every administrator a common user: from then on anybody can use the menu. Raises InvalidValue."""
    check_confirmed(confirmed)
    await client.request(Command.CLEAR_ADMINS)
    await refresh_data(client)
