"""The mode of a door."""

from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.protocol.model import Capability
from homeassistant.core import HomeAssistant
from tests.fake_device import FakeDevice

MODE = "select.panel_door_1_mode"


async def select(hass: HomeAssistant, option: str) -> None:
    """Choose a mode."""
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": MODE, "option": option},
        blocking=True,
    )


async def test_select(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Held open and back to normal, shown when the device shows it."""
    for option in ("held_open", "normal"):
        await select(hass, option)
        assert hass.states.get(MODE).state == option
    assert device.calls == [("hold_open", 1), ("release_door", 1)]


@pytest.mark.parametrize(
    ("before", "option", "verbs"),
    [
        ({}, "locked_down", [("lock_down", 1, True)]),
        ({"locked_down": True}, "normal", [("lock_down", 1, False)]),
        (
            {"locked_down": True},
            "held_open",
            [("lock_down", 1, False), ("hold_open", 1)],
        ),
        # First nobody else gets in, then the door is locked.
        (
            {"relay": True, "held": True},
            "locked_down",
            [("lock_down", 1, True), ("release_door", 1)],
        ),
        (
            {"locked_down": True, "relay": True, "held": True},
            "normal",
            [("lock_down", 1, False), ("release_door", 1)],
        ),
        # Nobody knows about the hold, so it is ended, too.
        (
            {"locked_down": True, "held": None},
            "normal",
            [("lock_down", 1, False), ("release_door", 1)],
        ),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_a_mode_ends_the_one_before(
    hass: HomeAssistant,
    device: FakeDevice,
    before: dict[str, bool | None],
    option: str,
    verbs: list[tuple[str | int | bool, ...]],
) -> None:
    """Whatever the door did, then it does what was chosen, and nothing else."""
    device.push_door(1, **before)
    await select(hass, option)
    assert device.calls == verbs
    assert hass.states.get(MODE).state == option


@pytest.mark.parametrize(
    ("capabilities", "options"),
    [
        (Capability.HOLD_OPEN, ["normal", "held_open"]),
        (Capability.LOCK_DOWN, ["normal", "locked_down"]),
    ],
)
async def test_only_what_the_device_can_do(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    capabilities: Capability,
    options: list[str],
) -> None:
    """No mode is offered that would be refused."""
    unable = FakeDevice(capabilities=capabilities)
    monkeypatch.setattr(
        "custom_components.zkteco.async_build_device", AsyncMock(return_value=unable)
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert hass.states.get(MODE).attributes["options"] == options


async def test_unknown_mode(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """A device that does not tell is not called normal."""
    device.push_door(1, held=None)
    assert hass.states.get(MODE).state == "unknown"
