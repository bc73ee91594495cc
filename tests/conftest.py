"""Fixtures that all tests share."""

from collections.abc import Generator

import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

# Imported before the hass fixture runs, or the fixtures' own custom_components wins.
import custom_components.zkteco  # noqa: F401
from homeassistant import block_async_io, loader
from homeassistant.core import HomeAssistant


@pytest.fixture
def hass(hass: HomeAssistant) -> HomeAssistant:
    """Return Home Assistant with custom integrations enabled."""
    hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
    return hass


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare states and registry entries without random ids, on every release."""
    return snapshot.with_defaults(
        extension_class=HomeAssistantSnapshotExtension,
        # A field of entity registry entries that came with Home Assistant 2026.11.
        exclude=props("compat_name"),
    )


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop(
    disable_block_async_io: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Generator[None]:
    """Fail a test in which the integration blocks the event loop.

    Home Assistant's detector as in a real home: the file access that it tolerates in
    tests counts too.
    """
    monkeypatch.setattr(block_async_io, "_IN_TESTS", False)
    block_async_io.enable()
    yield
    blocked = [
        record.getMessage()
        for record in caplog.get_records("setup") + caplog.get_records("call")
        if record.name == "homeassistant.util.loop"
        and "'zkteco'" in record.getMessage()
    ]
    assert not blocked
