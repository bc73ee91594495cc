"""New firmware goes to the device that it is for, once somebody gives it."""

import asyncio
from base64 import b64encode

import pytest

from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    InvalidValue,
)
from custom_components.zkteco.protocol.push.firmware import INSTALL_SECONDS
from tests.clock import PATIENCE_SECONDS, FakeClock
from tests.protocol.push.conftest import SERIAL, Home

IMAGE = bytes(range(256)) * 4
MD5 = "b2ea9f7fcea831a4a63b213f41a8855b"


async def offered(home: Home) -> tuple[int, str]:
    """Poll until the device is told of firmware; whatever else it is asked it refuses."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            number, command = home.poll()
            if command.startswith("UPGRADE"):
                return number, command
            if number:
                home.conclude(number, -1)
            await asyncio.sleep(0)


async def test_in_parts(home: Home) -> None:
    """A device with little memory takes a part at a time, and says when it is done."""
    device = await home.add(
        registration={"lockcount": "1", "subcontractingupgradefunon": "1"}
    )
    home.poll()
    installed = asyncio.create_task(device.update_firmware(IMAGE))
    await asyncio.sleep(0)
    number, command = await offered(home)
    assert command == (
        f"UPGRADE checksum={MD5},size=1024,url=/iclock/file?SN={SERIAL}&url=emfw.cfg,"
        "supportsubcontracting=1"
    )
    query = "url=emfw.cfg"
    first = home.ask("file", query, range="bytes=0-999")
    assert (first.status, first.body) == (206, IMAGE[:1000])
    assert first.headers["Content-Range"] == "bytes 0-999/1024"
    assert first.headers["Content-Type"] == "application/octet-stream"
    assert home.ask("file", query, range="1000-1999").body == IMAGE[1000:]
    assert home.ask("file", query, range="1024-").status == 416
    assert home.ask("file", query).body == IMAGE
    with pytest.raises(InvalidValue, match="one installation at a time"):
        await device.update_firmware(IMAGE)
    home.conclude(number)
    await installed
    assert home.ask("file", query).status == 403


async def test_all_at_once(home: Home) -> None:
    """Other devices take it as Base64; what they refuse is told."""
    device = await home.add(registration={"lockcount": "1"})
    home.poll()
    installed = asyncio.create_task(device.update_firmware(IMAGE))
    await asyncio.sleep(0)
    number, command = await offered(home)
    assert command.startswith(f"UPGRADE checksum={MD5},url=/iclock/file")
    assert home.ask("file", "url=emfw.cfg").body == b64encode(IMAGE)
    home.conclude(number, -19)
    with pytest.raises(CommandRefused):
        await installed
    assert home.ask("file", "url=emfw.cfg").status == 403


async def test_whatever_it_asks_for(home: Home) -> None:
    """There is nothing to fetch but the file that was given, and nothing without one."""
    device = await home.add(registration={"lockcount": "1"})
    for url in (
        "emfw.cfg",
        "../../secrets.yaml",
        "http://192.168.0.13:89/data/emfw.cfg",
    ):
        assert home.ask("file", f"url={url}").status == 403
    home.poll()
    installed = asyncio.create_task(device.update_firmware(IMAGE))
    await asyncio.sleep(0)
    await offered(home)
    stranger = home.ask("file", "url=emfw.cfg", serial="7001200100999")
    assert stranger.status == 403
    answer = home.ask("file", "url=../../secrets.yaml")
    assert answer.body == b64encode(IMAGE)
    installed.cancel()


async def test_a_device_that_never_tells(home: Home, clock: FakeClock) -> None:
    """After half an hour it may have what it wants, or not."""
    device = await home.add(registration={"lockcount": "1"})
    with pytest.raises(CannotConnect):
        await device.update_firmware(IMAGE)
    home.poll()
    installed = asyncio.create_task(device.update_firmware(IMAGE))
    await asyncio.sleep(0)
    await offered(home)
    await clock.advance(INSTALL_SECONDS - 1)
    assert not installed.done()
    await clock.advance(2)
    with pytest.raises(Exception, match="did not answer"):
        await installed


async def test_no_file(home: Home) -> None:
    """An empty file, or one beyond all measure, is none."""
    device = await home.add(registration={"lockcount": "1"})
    home.poll()
    with pytest.raises(InvalidValue, match="size"):
        await device.update_firmware(b"")
