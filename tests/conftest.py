"""Fixtures that all tests share."""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from importlib import import_module
import logging
from pkgutil import walk_packages
from unittest.mock import AsyncMock, PropertyMock, patch

from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

# Imported before the hass fixture runs, or the fixtures' own custom_components wins.
import custom_components.zkteco
from custom_components.zkteco.const import CONF_KIND, DOMAIN, Kind
from custom_components.zkteco.hub import DATA_HUB, Hub
from homeassistant import block_async_io, loader
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.clock import FakeClock, timeout, to_thread
from tests.fake_device import INFO, SERIAL, FakeDevice
from tests.people_calls import ALICE, BOB, OTHER_SERIAL, device_id
from tests.push_calls import kept_free

# The same examples everywhere: what is green here is green on the next machine. `--hypothesis-profile=explore` looks for
# new ones. A slow machine is no failure.
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.register_profile(
    "same",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("same")
# Hypothesis tries the constants of the modules that are loaded, so all of them are, whatever is tested first.
for module in walk_packages(
    custom_components.zkteco.__path__, "custom_components.zkteco."
):
    import_module(module.name)


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


@pytest.fixture(autouse=True)
def nothing_depends_on_speed(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Let clocks wait for threads, and time limits for whoever is at work.

    Nor does asyncio say what took long: it would tell results, in which there are secrets that no log of ours has.
    """
    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    monkeypatch.setattr(asyncio, "timeout", timeout)
    log = logging.getLogger("asyncio")
    log.addFilter(is_not_about_speed)
    yield
    log.removeFilter(is_not_about_speed)


def is_not_about_speed(record: logging.LogRecord) -> bool:
    """Whether a message of asyncio would be the same on a faster machine."""
    return not str(record.msg).startswith("Executing ")


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Enable the entities too that are disabled by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        new=PropertyMock(return_value=True),
    ):
        yield


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> FakeDevice:
    """Return the device that every config entry gets."""
    fake = FakeDevice()
    # Undone together with what a test patches over it.
    monkeypatch.setattr(
        custom_components.zkteco, "async_build_device", AsyncMock(return_value=fake)
    )
    return fake


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    """Return the config entry of a panel, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Panel",
        unique_id=SERIAL,
        entry_id="01JZKTECOENTRY000000000000",
        data={
            CONF_KIND: Kind.C3,
            CONF_HOST: "127.0.0.1",
            CONF_PORT: 4370,
            CONF_PASSWORD: "secret",
        },
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def loaded_entry(
    hass: HomeAssistant, entry: MockConfigEntry, device: FakeDevice
) -> MockConfigEntry:
    """Return the config entry of a panel, set up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.fixture
def clock() -> Generator[FakeClock]:
    """Return the clock of everything that has to do with PUSH devices."""
    clock = FakeClock()
    with patch("custom_components.zkteco.hub.Clock", return_value=clock):
        yield clock


@pytest.fixture
async def hub(hass: HomeAssistant, clock: FakeClock, socket_enabled: None) -> Hub:
    """Return what all PUSH devices share."""
    assert await async_setup_component(hass, DOMAIN, {})
    return hass.data[DATA_HUB]


@pytest.fixture
def free_port(socket_enabled: None) -> Generator[int]:
    """Return a port that nobody uses."""
    with kept_free() as port:
        yield port


@pytest.fixture
def people(device: FakeDevice) -> FakeDevice:
    """Return the panel with Alice and Bob."""
    device.users = {"1": ALICE, "2": BOB}
    return device


@pytest.fixture
def panel(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> str:
    """Return the panel's device."""
    return device_id(hass, loaded_entry)


@pytest.fixture
def second() -> FakeDevice:
    """Return another panel, empty."""
    return FakeDevice(info=replace(INFO, serial=OTHER_SERIAL, mac=None))


@pytest.fixture
async def second_panel(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    second: FakeDevice,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Return the other panel's device, set up."""
    monkeypatch.setattr(
        custom_components.zkteco, "async_build_device", AsyncMock(return_value=second)
    )
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Annex",
        unique_id=OTHER_SERIAL,
        data={**loaded_entry.data},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return device_id(hass, entry)
