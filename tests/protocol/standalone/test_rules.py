"""Access rules of a terminal that answers as it is told."""

from collections.abc import Awaitable, Callable
from datetime import time

import pytest

from custom_components.zkteco.protocol.errors import InvalidValue, MalformedReply
from custom_components.zkteco.protocol.standalone import rules
from custom_components.zkteco.protocol.standalone.access import (
    Combination,
    GroupZones,
    Hours,
    UserZones,
    WeekSchedule,
)
from custom_components.zkteco.protocol.standalone.client import TerminalClient
from custom_components.zkteco.protocol.standalone.packet import Command

from .scripted import ScriptedClient

WEEK = WeekSchedule((None, *(Hours(time(8), time(18)),) * 5, None))
WEEK_DATA = bytes.fromhex("173b0000" + "08001200" * 5 + "173b0000")


async def test_reading() -> None:
    """Each rule is asked for by its number."""
    client = ScriptedClient(
        {
            Command.TIME_ZONE_READ: b"\x02\x00" + WEEK_DATA + b"\xa7\x1c",
            Command.GROUP_ZONES_READ: bytes.fromhex("4d0800070006008e"),
            Command.COMBINATION_READ: bytes.fromhex("0701020000000200"),
            Command.USER_GROUP_READ: b"\x05",
            Command.USER_ZONES_READ: bytes.fromhex("0000030002000100"),
            Command.VERIFY_MODE_READ: bytes((13, 0, 0x8D)).ljust(24, b"\0"),
        }
    )
    assert await rules.read_zone(client, 2) == WEEK
    assert await rules.read_group(client, 77) == GroupZones(77, (8, 7, 6), True, 14)
    assert await rules.read_combination(client, 7) == Combination(7, (1, 2))
    assert await rules.read_user_group(client, 13) == 5
    assert await rules.read_user_zones(client, 13) == UserZones(True, (3, 2, 1))
    assert await rules.read_verify_mode(client, 13) == 13
    assert client.sent == [
        (Command.TIME_ZONE_READ, b"\x02\0\0\0"),
        (Command.GROUP_ZONES_READ, b"\x4d".ljust(8, b"\0")),
        (Command.COMBINATION_READ, b"\x07".ljust(8, b"\0")),
        (Command.USER_GROUP_READ, b"\x0d\0\0\0"),
        (Command.USER_ZONES_READ, b"\x0d\0\0\0"),
        (Command.VERIFY_MODE_READ, b"\x0d\0"),
    ]


async def test_an_answer_about_something_else() -> None:
    """The rule of another number is never taken for the one that was asked for."""
    client = ScriptedClient(
        {
            Command.TIME_ZONE_READ: b"\x03\x00" + WEEK_DATA,
            Command.GROUP_ZONES_READ: bytes.fromhex("4d0800070006008e"),
            Command.COMBINATION_READ: bytes.fromhex("0701020000000200"),
        }
    )
    with pytest.raises(MalformedReply, match="asked for number 2, told 3"):
        await rules.read_zone(client, 2)
    with pytest.raises(MalformedReply, match="asked for number 1, told 77"):
        await rules.read_group(client, 1)
    with pytest.raises(MalformedReply, match="asked for number 1, told 7"):
        await rules.read_combination(client, 1)


WRITES: list[tuple[Callable[[TerminalClient], Awaitable[None]], Command, str]] = [
    (
        lambda client: rules.write_zone(client, 2, WEEK),
        Command.TIME_ZONE_WRITE,
        "02000000" + WEEK_DATA.hex(),
    ),
    (
        lambda client: rules.write_group(client, GroupZones(77, (8, 7, 6), True, 14)),
        Command.GROUP_ZONES_WRITE,
        "4d0800070006008e",
    ),
    (
        lambda client: rules.write_combination(client, Combination(7, (1, 2))),
        Command.COMBINATION_WRITE,
        "0701020000000200",
    ),
    (
        lambda client: rules.write_user_group(client, 13, 5),
        Command.USER_GROUP_WRITE,
        "0d00000005",
    ),
    (
        lambda client: rules.write_user_zones(client, 13, UserZones(True, (3, 2, 1))),
        Command.USER_ZONES_WRITE,
        "0d00000001000000030000000200000001000000",
    ),
    (
        lambda client: rules.write_verify_mode(client, 13, None),
        Command.VERIFY_MODE_WRITE,
        "0d0000" + "00" * 21,
    ),
    (
        lambda client: rules.clear_access(client, confirmed=True),
        Command.CLEAR_ACCESS,
        "",
    ),
]


@pytest.mark.parametrize(("write", "command", "data"), WRITES)
async def test_writing(
    write: Callable[[TerminalClient], Awaitable[None]], command: Command, data: str
) -> None:
    """Each write is put to use."""
    client = ScriptedClient()
    await write(client)
    assert client.sent == [
        (command, bytes.fromhex(data)),
        (Command.REFRESH_DATA, b""),
    ]


async def test_nothing_wrong_is_sent() -> None:
    """Values are checked first, and all rules go only when that was meant."""
    client = ScriptedClient()
    with pytest.raises(InvalidValue, match="time zone"):
        await rules.write_zone(client, 51, WEEK)
    with pytest.raises(InvalidValue, match="combination"):
        await rules.read_combination(client, 11)
    with pytest.raises(InvalidValue, match="confirmed: must be true"):
        await rules.clear_access(client, confirmed=False)
    assert client.sent == []
