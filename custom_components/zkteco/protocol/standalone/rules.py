"""Reading and writing the access rules of a connected terminal.

Lives here: one short function per rule; each write is followed by the refresh without which nothing changes. Not here: the
layouts (`access`), the rest of what a terminal can be asked (`verbs`, `people`).
Every function raises InvalidValue before anything is sent, and what `TerminalClient.request` raises.
"""

from ..errors import MalformedReply
from . import access
from .access import Combination, GroupZones, UserZones, WeekSchedule
from .client import TerminalClient
from .packet import Command
from .verbs import check_confirmed, refresh_data


async def _read(client: TerminalClient, command: Command, data: bytes) -> bytes:
    return (await client.request(command, data)).data


async def _write(client: TerminalClient, command: Command, data: bytes) -> None:
    await client.request(command, data)
    await refresh_data(client)


def _check_same(asked: int, told: int) -> None:
    """Raise MalformedReply when the terminal tells about something else than it was asked."""
    if asked != told:
        raise MalformedReply(f"asked for number {asked}, told {told}")


async def read_zone(client: TerminalClient, zone: int) -> WeekSchedule:
    """Read a time zone, 1 to 50."""
    request = access.encode_zone_request(zone)
    told, schedule = access.decode_zone(
        await _read(client, Command.TIME_ZONE_READ, request)
    )
    _check_same(zone, told)
    return schedule


async def write_zone(client: TerminalClient, zone: int, schedule: WeekSchedule) -> None:
    """Write a time zone, 1 to 50."""
    await _write(client, Command.TIME_ZONE_WRITE, access.encode_zone(zone, schedule))


async def read_group(client: TerminalClient, group: int) -> GroupZones:
    """Read when a group, 1 to 99, has access."""
    request = access.encode_group_request(group)
    told = access.decode_group(await _read(client, Command.GROUP_ZONES_READ, request))
    _check_same(group, told.group)
    return told


async def write_group(client: TerminalClient, group: GroupZones) -> None:
    """Write when a group has access."""
    await _write(client, Command.GROUP_ZONES_WRITE, access.encode_group(group))


async def read_combination(client: TerminalClient, number: int) -> Combination:
    """Read an unlock combination, 1 to 10."""
    request = access.encode_combination_request(number)
    told = access.decode_combination(
        await _read(client, Command.COMBINATION_READ, request)
    )
    _check_same(number, told.number)
    return told


async def write_combination(client: TerminalClient, combination: Combination) -> None:
    """Write an unlock combination."""
    await _write(
        client, Command.COMBINATION_WRITE, access.encode_combination(combination)
    )


async def read_user_group(client: TerminalClient, uid: int) -> int:
    """Read the group of a user."""
    request = access.encode_user_request(uid)
    return access.decode_user_group(
        await _read(client, Command.USER_GROUP_READ, request)
    )


async def write_user_group(client: TerminalClient, uid: int, group: int) -> None:
    """Put a user into a group, 1 to 99."""
    await _write(client, Command.USER_GROUP_WRITE, access.encode_user_group(uid, group))


async def read_user_zones(client: TerminalClient, uid: int) -> UserZones:
    """Read the time zones of a user."""
    request = access.encode_user_request(uid)
    return access.decode_user_zones(
        await _read(client, Command.USER_ZONES_READ, request)
    )


async def write_user_zones(client: TerminalClient, uid: int, zones: UserZones) -> None:
    """Write the time zones of a user; the user's record does the same without doubt about the flag."""
    await _write(client, Command.USER_ZONES_WRITE, access.encode_user_zones(uid, zones))


async def read_verify_mode(client: TerminalClient, uid: int) -> int | None:
    """Read how a user must verify, 0 to 14; None is as the group does."""
    request = access.encode_verify_mode_request(uid)
    return access.decode_verify_mode(
        await _read(client, Command.VERIFY_MODE_READ, request)
    )


async def write_verify_mode(client: TerminalClient, uid: int, mode: int | None) -> None:
    """Write how a user must verify, 0 to 14; None is as the group does."""
    await _write(
        client, Command.VERIFY_MODE_WRITE, access.encode_verify_mode(uid, mode)
    )


async def clear_access(client: TerminalClient, *, confirmed: bool) -> None:
    """Set every access rule back to what the factory had."""
    check_confirmed(confirmed)
    await _write(client, Command.CLEAR_ACCESS, b"")
