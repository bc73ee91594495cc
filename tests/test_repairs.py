"""Issues that a person is told about, and the one that a click mends."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.coordinator import DISMISSIBLE, ERROR_ISSUES
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    DeviceBusy,
    OutcomeUnknown,
    SecureFirmware,
)
from custom_components.zkteco.protocol.model import Notice
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.fake_device import NOTHING, FakeDevice
from tests.manual import PAGES, anchors
from tests.source import ROOT


def issues(hass: HomeAssistant) -> set[str]:
    """Return which of our issues are shown."""
    return {
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


async def post(
    hass_client: ClientSessionGenerator, path: str, **data: Any
) -> dict[str, Any]:
    """Talk to the repairs flow as the frontend does."""
    client = await hass_client()
    response = await client.post(f"/api/repairs/issues/fix{path}", json=data)
    assert response.status == HTTPStatus.OK
    result: dict[str, Any] = await response.json()
    return result


async def start_fix(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: MockConfigEntry
) -> dict[str, Any]:
    """Open the repair of the clock."""
    assert await async_setup_component(hass, "repairs", {})
    issue_id = f"clock_drift_{entry.entry_id}"
    return await post(hass_client, "", handler=DOMAIN, issue_id=issue_id)


async def test_a_clock_that_drifts(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The issue comes above a minute and goes well below, so that it does not flap."""
    for seconds, expected in (
        (60, set()),
        (61, {"clock_drift"}),
        (59, {"clock_drift"}),
        (61, {"clock_drift"}),
        (29, set()),
        (59, set()),
        (-61, {"clock_drift"}),
        (-1, set()),
    ):
        device.push_state(clock_offset=timedelta(seconds=seconds))
        assert issues(hass) == expected

    device.push_state(clock_offset=None)
    assert issues(hass) == set()


async def test_a_clock_that_cannot_be_set_is_no_issue(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There would be nothing to click."""
    unable = FakeDevice(capabilities=NOTHING)
    monkeypatch.setattr(
        "custom_components.zkteco.async_build_device", AsyncMock(return_value=unable)
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    unable.push_state(clock_offset=timedelta(hours=1))
    assert issues(hass) == set()


async def test_fixing_the_clock(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
) -> None:
    """One click; a failure is told and can be tried again."""
    device.push_state(clock_offset=timedelta(minutes=5))
    flow = await start_fix(hass, hass_client, loaded_entry)
    assert flow["step_id"] == "confirm"

    device.command_error = OutcomeUnknown()
    result = await post(hass_client, f"/{flow['flow_id']}")
    assert result["errors"] == {"base": "outcome_unknown"}
    assert issues(hass) == {"clock_drift"}

    device.command_error = None
    result = await post(hass_client, f"/{flow['flow_id']}")
    assert result["type"] == "create_entry"
    assert device.calls == [("sync_time",), ("sync_time",)]
    assert issues(hass) == set()


async def test_fixing_the_clock_of_a_panel_that_is_not_set_up(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
) -> None:
    """The click comes while the panel is being set up again."""
    device.push_state(clock_offset=timedelta(minutes=5))
    flow = await start_fix(hass, hass_client, loaded_entry)
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    result = await post(hass_client, f"/{flow['flow_id']}")
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")


async def test_a_fix_of_nobody_knows_what(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """An issue that tells no device is about none that is there."""
    assert await async_setup_component(hass, "repairs", {})
    ir.async_create_issue(
        hass,
        DOMAIN,
        "clock_drift_unknown",
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="clock_drift",
    )
    result = await post(hass_client, "", handler=DOMAIN, issue_id="clock_drift_unknown")
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")


async def test_another_program_uses_the_panel(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The issue stays until the connection is back."""
    device.push_state(error=CannotConnect())
    assert issues(hass) == set()
    device.push_state(error=DeviceBusy())
    assert issues(hass) == {"device_busy"}
    device.push_state(error=CannotConnect())
    assert issues(hass) == {"device_busy"}
    device.push_state(error=None)
    assert issues(hass) == set()


async def test_another_program_uses_the_panel_from_the_start(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The set-up is tried again, and the issue goes when it works."""
    device.start_error = DeviceBusy()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert issues(hass) == {"device_busy"}

    device.start_error = None
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert issues(hass) == set()


async def test_firmware_that_encrypts(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The owner switches it to plain mode, sooner or later."""
    device.start_error = SecureFirmware()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert issues(hass) == {"secure_firmware"}

    device.start_error = None
    await hass.config_entries.async_reload(entry.entry_id)
    assert issues(hass) == set()

    # An update can bring it, too.
    device.push_state(error=SecureFirmware())
    assert issues(hass) == {"secure_firmware"}
    await hass.config_entries.async_unload(entry.entry_id)
    assert issues(hass) == set()


async def test_issues_go_with_the_entry(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """A panel that is unloaded has no issues."""
    device.push_state(clock_offset=timedelta(minutes=5))
    device.push_state(error=DeviceBusy())
    assert issues(hass) == {"clock_drift", "device_busy"}
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert issues(hass) == set()


@pytest.mark.parametrize("chapter", [chapter for _, _, chapter in ERROR_ISSUES])
def test_more_about_it_can_be_read(chapter: str) -> None:
    """The link leads to a heading of the manual."""
    assert chapter in anchors(PAGES[ROOT / "docs/troubleshooting.md"])


async def test_what_a_device_is_worried_about(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """One issue each, for as long as the device is worried, reachable or not."""
    device.push_state(notices=frozenset(Notice))
    assert issues(hass) == set(Notice)
    device.push_state(notices=frozenset({Notice.ENCRYPTION}))
    assert issues(hass) == {"encryption"}
    both = frozenset({Notice.ENCRYPTION, Notice.SECOND_ADDRESS})
    device.push_state(notices=both, error=CannotConnect())
    assert issues(hass) == set(both)
    await hass.config_entries.async_unload(loaded_entry.entry_id)
    assert issues(hass) == set()


@pytest.mark.parametrize("notice", DISMISSIBLE)
async def test_all_right(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    notice: Notice,
) -> None:
    """The owner says that it is."""
    device.push_state(notices=frozenset({notice}))
    assert await async_setup_component(hass, "repairs", {})
    issue_id = f"{notice}_{loaded_entry.entry_id}"
    flow = await post(hass_client, "", handler=DOMAIN, issue_id=issue_id)
    assert flow["step_id"] == "confirm"
    assert flow["description_placeholders"] == {"name": "Panel"}
    result = await post(hass_client, f"/{flow['flow_id']}")
    assert result["type"] == "create_entry"
    assert device.calls == [("dismiss", notice)]
    assert issues(hass) == set()
