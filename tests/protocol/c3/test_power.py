"""Mains and battery, where the panel's log is text; a binary one has no room for them."""

from custom_components.zkteco.protocol.model import Capability
from tests.protocol.c3.conftest import HomeBuilder

MAINS, BATTERY = 0x20, 0x40


async def test_a_text_log_tells_power(build: HomeBuilder) -> None:
    """Each failure is told by itself, and is no alarm of a door."""
    home = await build(text_log=True)
    async with home.connected() as device:
        assert Capability.POWER_ALARMS in device.capabilities
        for bits, mains_failed, battery_failed in (
            (0, False, False),
            (MAINS, True, False),
            (MAINS | BATTERY, True, True),
        ):
            home.panel.doors[1].alarm_bits = bits
            await home.clock.advance(5)
            assert device.state.mains_failed is mains_failed
            assert device.state.battery_failed is battery_failed
        assert not any(device.state.doors[1].alarms.values())


async def test_a_binary_log_does_not(build: HomeBuilder) -> None:
    """What is not told is not called good."""
    home = await build(text_log=False)
    async with home.connected() as device:
        await home.clock.advance(5)
        assert Capability.POWER_ALARMS not in device.capabilities
        assert device.state.mains_failed is None
        assert device.state.battery_failed is None
