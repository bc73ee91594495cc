"""What a device's camera saw, and the photos that it knows people by."""

import asyncio
from base64 import b64encode
from datetime import timedelta

import pytest

from custom_components.zkteco.protocol.errors import CannotConnect, CommandRefused
from custom_components.zkteco.protocol.model import Capability, Photo
from tests.protocol.push.conftest import Home

JPEG = b"\xff\xd8\xff\xe0 somebody \xff\xd9"
BASE64 = b64encode(JPEG).decode()


def snapshot(name: str, photo: str = BASE64) -> str:
    """Return a line as a camera uploads it."""
    return f"pin={name}\tsn=7001200100123\tsize={len(JPEG)}\tphoto={photo}"


async def test_snapshots(home: Home) -> None:
    """Who and when, by our clock; the device gets its acknowledgement, and is known to have a camera."""
    device = await home.add(registration={"lockcount": "1"})
    assert Capability.SNAPSHOTS not in device.capabilities
    seen: list[Photo] = []
    device.on_photo(seen.append)
    now = home.clock.now()
    name = f"{now - timedelta(minutes=1):%Y%m%d%H%M%S}"
    lines = "\n".join([snapshot(f"{name}-22.jpg"), snapshot("later.jpg"), "garbage"])
    answer = home.text("cdata", "table=tabledata&tablename=ATTPHOTO&count=3", lines)
    assert answer == "ATTPHOTO=3"
    [photo] = seen
    assert (photo.user_id, photo.data) == ("22", JPEG)
    assert photo.taken == now - timedelta(minutes=1)
    home.text("cdata", "table=tabledata&tablename=ATTPHOTO", snapshot(f"{name}.jpg"))
    assert seen[1].user_id is None
    assert b"somebody" not in repr(seen).encode()
    assert Capability.SNAPSHOTS in (await home.restarted(device)).capabilities


async def test_a_snapshot_of_another_age(home: Home) -> None:
    """A clock that was never set puts it to now."""
    device = await home.add(registration={"lockcount": "1"})
    seen: list[Photo] = []
    device.on_photo(seen.append)
    query = "table=tabledata&tablename=ATTPHOTO"
    home.text("cdata", query, snapshot("19700101000000-22.jpg"))
    assert seen[0].taken == home.clock.now()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([f"biophoto pin=22\ttype=9\tcontent={BASE64}"], JPEG),
        ([f"biophoto pin=2\ttype=9\tcontent={BASE64}"], None),
        (["biophoto pin=22\ttype=9\tcontent=!!!"], None),
        ([], None),
    ],
)
async def test_the_photo_of_a_user(
    home: Home, rows: list[str], expected: bytes | None
) -> None:
    """It is asked for, of this user only."""
    device = await home.add(registration={"lockcount": "1", "biophotofun": "1"})
    assert Capability.USER_PHOTOS in device.capabilities
    home.poll()
    asked = asyncio.create_task(device.read_user_photo("22"))
    await asyncio.sleep(0)
    command = ""
    number = 0
    while not command.startswith("DATA QUERY tablename=biophoto"):
        if number:
            home.conclude(number, -1)
        number, command = home.poll()
        await asyncio.sleep(0)
    assert command.endswith("fielddesc=*,filter=PIN=22")
    if rows:
        query = f"type=tabledata&cmdid={number}&tablename=biophoto&count=1&packcnt=1&packidx=1"
        home.text("querydata", query, "\n".join(rows))
    home.text("devicecmd", "", f"ID={number}&Return={len(rows)}&CMD=DATA QUERY")
    assert await asked == expected


async def test_nobody_to_ask(home: Home) -> None:
    """A device that is away has no photos, and one that refuses says so."""
    device = await home.add(registration={"lockcount": "1", "biophotofun": "1"})
    with pytest.raises(CannotConnect):
        await device.read_user_photo("22")
    home.poll()
    asked = asyncio.create_task(device.read_user_photo("22"))
    await asyncio.sleep(0)
    for _ in range(10):
        number, _ = home.poll()
        if number:
            home.conclude(number, -629)
        await asyncio.sleep(0)
    with pytest.raises(CommandRefused):
        await asked
