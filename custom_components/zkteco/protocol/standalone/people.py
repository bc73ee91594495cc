"""What belongs to the users of a connected terminal: their fingers, an enrolment, their short messages.

Lives here: what belongs together to one change. Not here: the users themselves (`roster`), layouts (`templates`,
`messages`), how an enrolment goes on (`realtime`).
Every function raises InvalidValue before anything is written, and what `TerminalClient.request` raises.
"""

from collections.abc import Container
from typing import Final

from . import messages, templates
from .client import TerminalClient
from .messages import ShortMessage
from .packet import Command
from .queries import records
from .templates import Template
from .verbs import at_last, refresh_data

# What `Command.DB_READ` can be asked for (the vendor's communication manual of 2006).
_FINGERPRINTS: Final = 2
_MESSAGES: Final = 6


# --- Fingers ---


async def read_templates(
    client: TerminalClient, uids: Container[int]
) -> list[Template]:
    """Read the fingers of some users, by the terminal's own numbers for them, out of the list of all fingers."""
    decoder = templates.TemplateDecoder(uids)
    await client.read_into(decoder.feed, Command.DB_READ, _FINGERPRINTS)
    return decoder.finish()


async def write_template(client: TerminalClient, template: Template) -> None:
    """Write one finger of a user that the terminal has. Nobody can use it before `verbs.refresh_data`."""
    request = templates.encode_template_write(template)
    await client.upload(template.data, Command.BUFFERED_TEMPLATE_WRITE, request)


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
