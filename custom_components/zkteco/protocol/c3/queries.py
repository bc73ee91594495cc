"""Questions to a connected panel that take more than one request or codec.

Lives here: parameters in any number, rows and counts of tables. Not here: when they are asked (`monitor`), layouts
(`parameters`, `tables`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from ..device import Clock
from ..errors import CommandRefused, Unsupported
from . import parameters, tables
from .client import C3Client, TransferInterrupted
from .frame import Command
from .history import decode_row, oldest_first
from .rtlog import EventRecord

type Tables = Mapping[str, tables.Table]


_TRIES: Final = 10
_AGAIN_SECONDS: Final = 0.3


async def uninterrupted[T](clock: Clock, read: Callable[[], Awaitable[T]]) -> T:
    """Read something long, from its start again when a door command went first.

    Raises TransferInterrupted when commands came in between again and again.
    """
    for _ in range(_TRIES - 1):
        with suppress(TransferInterrupted):
            return await read()
        await clock.wait(_AGAIN_SECONDS)
    return await read()


async def read_parameters(client: C3Client, names: Sequence[str]) -> dict[str, str]:
    """Read any number of parameters, as many as one request may name at a time."""
    values: dict[str, str] = {}
    for first in range(0, len(names), parameters.MAX_READ):
        part = names[first : first + parameters.MAX_READ]
        data = await client.request(Command.GET_PARAMETERS, parameters.encode_get(part))
        values |= parameters.parse(data)
    return values


async def read_tables(client: C3Client) -> Tables:
    """Read the table definitions; a panel that refuses has no tables for us."""
    try:
        return tables.parse_definitions(await client.fetch(Command.TABLE_DEFINITIONS))
    except CommandRefused:
        return {}


async def read_rows[T](
    client: C3Client,
    table: tables.Table,
    fields: Sequence[str] | None,
    read: Callable[[Iterator[tables.Row]], T],
    conditions: Mapping[str, tables.Value] | None = None,
) -> T:
    """Read a table, all fields of it or some; `conditions` are values that a row must have."""
    request = tables.encode_read(table, fields, conditions)
    data = await client.fetch(Command.READ_ROWS, request)
    # A full log takes a small computer seconds, in which nothing else may stop.
    return await asyncio.to_thread(lambda: read(tables.decode_rows(table, data)))


async def count_rows(client: C3Client, known: Tables, name: str) -> int | None:
    """Count the rows of a table; None where the panel cannot."""
    if (table := known.get(name)) is None:
        return None
    try:
        data = await client.request(Command.COUNT_ROWS, tables.encode_count(table))
    except CommandRefused:
        return None
    return tables.decode_count(data)


async def read_log(client: C3Client, known: Tables) -> list[EventRecord]:
    """Read the panel's own log, oldest first. Raises Unsupported when it has none."""
    if (table := known.get("transaction")) is None:
        raise Unsupported("the panel has no log that can be read")
    return await read_rows(
        client, table, None, lambda rows: oldest_first(map(decode_row, rows))
    )


async def read_names(client: C3Client, known: Tables) -> dict[str, str]:
    """Return the name of each PIN; none where the panel keeps no names."""
    if (table := known.get("user")) is None:
        return {}
    pin, name = table.field("Pin"), table.field("Name")
    if pin is None or name is None:
        return {}

    def names(rows: Iterator[tables.Row]) -> dict[str, str]:
        pairs = ((str(row[pin.name]), str(row[name.name]).strip()) for row in rows)
        return {user_id: words for user_id, words in pairs if words}

    return await read_rows(client, table, [pin.name, name.name], names)
