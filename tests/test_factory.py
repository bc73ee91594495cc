"""A config entry becomes the device of its kind."""

from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.factory import async_build_device
from custom_components.zkteco.hub import Hub
from custom_components.zkteco.protocol.attendance.terminal import AttendanceTerminal
from custom_components.zkteco.protocol.c3.panel import C3Panel
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.messages import Request
from custom_components.zkteco.protocol.standalone.connection import Transport
from custom_components.zkteco.protocol.standalone.terminal import UnlockUnit
from homeassistant.core import HomeAssistant
from tests.push_calls import SERIAL, push_entry


@pytest.mark.parametrize("password", [{}, {"password": "secret"}])
async def test_c3(hass: HomeAssistant, hub: Hub, password: dict[str, str]) -> None:
    """A C3 panel, with or without a password; nothing is connected yet."""
    data = {"kind": "c3", "host": "127.0.0.1", "port": 4370, **password}
    entry = MockConfigEntry(domain="zkteco", data=data)
    assert isinstance(await async_build_device(hass, entry, {}), C3Panel)


@pytest.mark.parametrize("secrets", [{}, {"address": "192.168.1.9", "key": "1"}])
async def test_push(hass: HomeAssistant, hub: Hub, secrets: dict[str, str]) -> None:
    """A device that calls us, with the doors that it had when it was added."""
    device = await async_build_device(hass, push_entry(**secrets), {})
    assert isinstance(device, PushDevice)
    assert device.info.serial == SERIAL
    assert list(device.info.doors) == [1, 2]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("access", PushDevice), ("attendance", AttendanceTerminal)],
)
async def test_both_modes_of_a_push_device(
    hass: HomeAssistant, hub: Hub, mode: str, kind: type
) -> None:
    """The entry says which one the device was last seen in."""
    device = await async_build_device(hass, push_entry(mode=mode), {})
    assert type(device) is kind
    assert device.info.model == "C3-200 Plus"


async def test_a_device_that_asks_less_often(hass: HomeAssistant, hub: Hub) -> None:
    """It is told so when it connects."""
    entry = MockConfigEntry(
        domain="zkteco", data=push_entry().data, options={"request_delay": 3}
    )
    device = await async_build_device(hass, entry, {})
    await device.start()
    call = Request(
        method="POST",
        path="/iclock/push",
        query={"sn": SERIAL},
        headers={},
        body=b"",
        peer="127.0.0.1",
        received=hub.clock.now(),
    )
    assert b"RequestDelay=3\n" in hub.server.handle(call).body
    await device.stop()


TERMINAL = {"kind": "terminal", "host": "127.0.0.1", "port": 4370, "transport": "udp"}


@pytest.mark.parametrize(
    ("key", "options", "told"),
    [
        (
            "",
            {},
            {
                "zone": None,
                "unlock_unit": UnlockUnit.TENTHS,
                "has_contact": False,
                "doorbell_key": None,
            },
        ),
        (
            "1234",
            {
                "time_zone": "Asia/Tokyo",
                "unlock_unit": "seconds",
                "door_sensor": True,
                "doorbell_key": 0,
            },
            {
                "zone": ZoneInfo("Asia/Tokyo"),
                "unlock_unit": UnlockUnit.SECONDS,
                "has_contact": True,
                "doorbell_key": 0,
            },
        ),
        # A zone that this machine has no file for is no reason to fail.
        (
            "",
            {"time_zone": "Moon/Sea"},
            {
                "zone": None,
                "unlock_unit": UnlockUnit.TENTHS,
                "has_contact": False,
                "doorbell_key": None,
            },
        ),
    ],
)
async def test_terminal(
    hass: HomeAssistant,
    hub: Hub,
    key: str,
    options: dict[str, str | int | bool],
    told: dict[str, object],
) -> None:
    """A standalone terminal is told what only its owner knows."""
    data = {**TERMINAL, "key": key} if key else TERMINAL
    entry = MockConfigEntry(domain="zkteco", data=data, options=options)
    with patch("custom_components.zkteco.factory.Terminal", autospec=True) as terminal:
        device = await async_build_device(hass, entry, {"told": 17})
    assert device is terminal.return_value
    terminal.assert_called_once_with(
        "127.0.0.1",
        4370,
        key,
        transport=Transport.UDP,
        clock=hub.clock,
        memory={"told": 17},
        **told,
    )
