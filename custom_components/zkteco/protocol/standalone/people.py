"""Changing who is known to a connected terminal: users, their fingers, an enrolment, their short messages.

Lives here: what belongs together to one change. Not here: layouts (`users`, `templates`, `messages`), reading all users
(`queries`), how an enrolment goes on (`realtime`).
Every function raises InvalidValue before anything is written, and what `TerminalClient.request` raises.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..errors import InvalidValue, Unsupported
from . import messages, templates
from .client import TerminalClient
from .messages import ShortMessage
from .packet import Command
from .queries import read_users, records
from .templates import Template
from .users import User, UserLayout, encode_user
from .verbs import at_last, get_option, get_sizes, refresh_data

# What `Command.DB_READ` can be asked for (the vendor's communication manual of 2006).
_FINGERPRINTS: Final = 2
_MESSAGES: Final = 6

_COLOUR: Final = "_TFT"
"""How the name of a colour terminal's platform ends."""


# --- Users ---


async def write_user(client: TerminalClient, user: User) -> None:
    """Write a new user, or change the one with the same `uid`.

    The terminal's record is read first: whatever it holds that `User` does not know stays as it is. Raises InvalidValue
    also for a user ID that another user has, and Unsupported where the layout of the records is unknown.
    """
    users, layout = await _read_users(client)
    if any(one.user_id == user.user_id and one.uid != user.uid for one in users):
        raise InvalidValue("user_id", "one that no other user has")
    if layout is None:
        layout = await _layout_of_first_user(client)
    before = _find(users, user.uid)
    await _write(client, replace(user, kept=before.kept if before else b""), layout)


async def set_enabled(client: TerminalClient, uid: int, *, enabled: bool) -> None:
    """Let a user in again, or no more; all else stays as it is."""
    users, layout = await _read_users(client)
    user = _find(users, uid)
    if user is None or layout is None:
        raise InvalidValue("user", "one that the terminal has")
    await _write(client, replace(user, enabled=enabled), layout)


async def delete_user(client: TerminalClient, uid: int) -> None:
    """Delete a user with everything that belongs to them."""
    if not 1 <= uid <= 0xFFFF:
        raise InvalidValue("user", "a whole number from 1 to 65535")
    await client.request(Command.DELETE_USER, uid.to_bytes(2, "little"))
    await refresh_data(client)


async def _read_users(
    client: TerminalClient,
) -> tuple[list[User], UserLayout | None]:
    return await read_users(client, (await get_sizes(client)).users)


def _find(users: Sequence[User], uid: int) -> User | None:
    return next((user for user in users if user.uid == uid), None)


async def _layout_of_first_user(client: TerminalClient) -> UserLayout:
    """Tell how a terminal without users keeps them: where that is not certain, the first one is made by hand."""
    platform = await get_option(client, "~Platform") or ""
    if platform.endswith(_COLOUR):
        return UserLayout.TEXT
    raise Unsupported("the first user has to be made at this terminal itself")


async def _write(client: TerminalClient, user: User, layout: UserLayout) -> None:
    await client.request(Command.USER_WRITE, encode_user(user, layout, client.encoding))
    await refresh_data(client)


# --- Fingers ---


async def read_templates(client: TerminalClient) -> list[Template]:
    """Read the fingers of all users."""
    return templates.decode_templates(
        records(await client.read(Command.DB_READ, _FINGERPRINTS))
    )


async def write_template(client: TerminalClient, template: Template) -> None:
    """Write one finger of a user that the terminal has."""
    request = templates.encode_template_write(template)
    await client.upload(template.data, Command.BUFFERED_TEMPLATE_WRITE, request)
    await refresh_data(client)


async def delete_template(client: TerminalClient, user_id: str, finger: int) -> None:
    """Delete one finger (0 to 9) of a user."""
    request = templates.encode_template_delete(user_id, finger)
    await client.request(Command.DELETE_TEMPLATE, request)
    await refresh_data(client)


async def enrol(
    client: TerminalClient,
    user_id: str,
    finger: int,
    *,
    numeric: bool,
    duress: bool = False,
) -> None:
    """Let the terminal ask a user for a finger (0 to 9); events tell how it goes on.

    `numeric` is for terminals whose user IDs are numbers. The finger must not be enrolled yet: delete its template first.
    """
    request = templates.encode_enrol(user_id, finger, numeric=numeric, duress=duress)
    try:
        # Nobody can verify from here on.
        await client.request(Command.CANCEL_CAPTURE)
        await client.request(Command.START_ENROL, request)
    finally:
        await at_last(client, Command.START_VERIFY)


async def cancel_enrol(client: TerminalClient) -> None:
    """End an enrolment, and let people verify again."""
    try:
        await client.request(Command.CANCEL_CAPTURE)
    finally:
        await at_last(client, Command.START_VERIFY)


# --- Short messages ---


async def read_messages(client: TerminalClient) -> list[ShortMessage]:
    """Read all short messages."""
    return messages.decode_messages(
        records(await client.read(Command.DB_READ, _MESSAGES)), client.encoding
    )


async def write_message(client: TerminalClient, message: ShortMessage) -> None:
    """Write a short message, in place of the one with the same number."""
    request = messages.encode_message(message, client.encoding)
    await client.request(Command.MESSAGE_WRITE, request)


async def delete_message(client: TerminalClient, number: int) -> None:
    """Delete a short message."""
    await client.request(Command.MESSAGE_DELETE, messages.encode_message_delete(number))


async def give_message(client: TerminalClient, uid: int, number: int) -> None:
    """Let a user see a personal short message."""
    request = messages.encode_message_link(uid, number)
    await client.request(Command.USER_MESSAGE_WRITE, request)


async def take_message(client: TerminalClient, uid: int, number: int) -> None:
    """Let a user no longer see a personal short message."""
    request = messages.encode_message_link(uid, number)
    await client.request(Command.USER_MESSAGE_DELETE, request)
