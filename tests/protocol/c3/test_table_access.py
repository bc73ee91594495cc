"""Tables over the wire: what is written is read back, counted, found by a condition and deleted again."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from custom_components.zkteco.protocol.c3 import tables
from custom_components.zkteco.protocol.c3.client import C3Client
from custom_components.zkteco.protocol.c3.frame import Command
from custom_components.zkteco.protocol.c3.queries import count_rows, read_tables
from custom_components.zkteco.protocol.c3.tables import Row, Table, Value
from tests.simulators.c3_panel import C3Panel

from .conftest import HOST

pytestmark = pytest.mark.usefixtures("socket_enabled")

NOW = datetime(2026, 11, 21, 12, 0)
CAROL: Row = {"Pin": 77, "CardNo": 5551234, "Name": "Carol", "EndTime": 20261123}


async def send(client: C3Client, command: Command, requests: list[bytes]) -> None:
    """Send what a builder made."""
    for data in requests:
        await client.request(command, data)


async def find(
    client: C3Client, table: Table, conditions: Mapping[str, Value]
) -> list[Row]:
    """Read the rows that meet the conditions."""
    request = tables.encode_read(table, None, conditions)
    return list(
        tables.decode_rows(table, await client.fetch(Command.READ_ROWS, request))
    )


@pytest.mark.parametrize("session", [True, False])
async def test_a_visitor_comes_and_goes(session: bool) -> None:
    """Right and person are written, the card opens the door, and both are deleted."""
    async with C3Panel(session=session, now=lambda: NOW) as panel:
        client = C3Client(HOST, panel.port, "")
        await client.connect()
        known = await read_tables(client)
        user, right = known["user"], known["userauthorize"]
        before = await count_rows(client, known, "user")
        assert before == len(await find(client, user, {}))

        access: Row = {
            "Pin": 77,
            "AuthorizeTimezoneId": 1,
            "AuthorizeDoorId": 0b01,
        }
        await send(client, Command.WRITE_ROWS, tables.encode_write(right, [access]))
        await send(client, Command.WRITE_ROWS, tables.encode_write(user, [CAROL]))
        assert await count_rows(client, known, "user") == before + 1
        [row] = await find(client, user, {"Pin": 77})
        assert {key: row[key] for key in CAROL} == CAROL
        assert row["Password"] == ""
        panel.swipe(1, 5551234)
        panel.swipe(2, 5551234)
        assert panel.doors[1].relay
        assert not panel.doors[2].relay

        for table in (right, user):
            delete = tables.encode_delete(table, [{"Pin": 77}])
            await send(client, Command.DELETE_ROWS, delete)
            assert await find(client, table, {"Pin": 77}) == []
        assert await count_rows(client, known, "user") == before
        await client.close()


async def test_only_what_was_not_read_yet() -> None:
    """The option NewRecord of the log: nobody has read anything, so everything is new."""
    async with C3Panel(now=lambda: NOW) as panel:
        panel.swipe(1, 1234567)
        client = C3Client(HOST, panel.port, "")
        await client.connect()
        log = (await read_tables(client))["transaction"]
        request = tables.encode_read(log, ["Time_second"], new_records=True)
        answer = await client.fetch(Command.READ_ROWS, request)
        assert len(list(tables.decode_rows(log, answer))) == len(panel.transactions)
        await client.close()
