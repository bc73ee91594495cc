"""Between device and entities: loss and return, and errors in the user's language."""

import logging

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceBusy,
    DeviceError,
    DidNotAsk,
    InvalidValue,
    LoginLocked,
    MalformedReply,
    OutcomeUnknown,
    SecureFirmware,
    Unsupported,
    WrongDevice,
    WrongFamily,
    WrongPassword,
)
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests.fake_device import FakeDevice

OPEN = ("lock", "open", {"entity_id": "lock.panel_door_1"})


@pytest.mark.parametrize(
    ("error", "key", "words"),
    [
        (CannotConnect(), "cannot_connect", "Panel cannot be reached"),
        (DidNotAsk(), "did_not_ask", "thrown away and not carried out"),
        (DeviceBusy(), "device_busy", "serves only one at a time"),
        (WrongPassword(), "wrong_password", "refused the communication password"),
        (LoginLocked(), "login_locked", "refuses everybody for some minutes"),
        (SecureFirmware(), "secure_firmware", "only the vendor's own software"),
        (WrongFamily("terminal"), "wrong_family", "speaks another protocol"),
        (WrongDevice("X1"), "wrong_device", "serial number is X1 instead of AJYX"),
        (MalformedReply(), "unreadable_answer", "an answer that cannot be read"),
        (CommandRefused(-9, "no such door"), "command_refused", r"no such door \(-9\)"),
        (OutcomeUnknown(), "outcome_unknown", "may or may not have been carried out"),
        (DeviceError(), "unreadable_answer", "an answer that cannot be read"),
    ],
)
@pytest.mark.usefixtures("loaded_entry")
async def test_a_command_that_fails(
    hass: HomeAssistant,
    device: FakeDevice,
    error: DeviceError,
    key: str,
    words: str,
) -> None:
    """Every failure of a device has a sentence of its own."""
    device.command_error = error
    with pytest.raises(HomeAssistantError, match=words) as raised:
        await hass.services.async_call(*OPEN, blocking=True)
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == key
    assert not isinstance(raised.value, ServiceValidationError)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unsupported(), "Panel does not support this"),
        (InvalidValue("seconds", "1 to 254"), "Invalid value for seconds: 1 to 254"),
    ],
)
async def test_a_command_that_makes_no_sense(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    error: DeviceError,
    words: str,
) -> None:
    """The person who asked can do something about it."""
    device.command_error = error
    with pytest.raises(ServiceValidationError, match=words):
        await hass.services.async_call(*OPEN, blocking=True)


async def test_a_first_call_is_no_return(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device: FakeDevice,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A device that calls us is away until it does so; it was never lost, and later may be."""
    caplog.set_level(logging.INFO, "custom_components.zkteco")
    device.push_state(error=CannotConnect())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    device.push_state(error=DeviceBusy())
    device.push_state(error=None)
    assert hass.states.get("lock.panel_door_1").state == "locked"
    assert "reachable" not in caplog.text

    device.push_state(error=CannotConnect())
    device.push_state(error=None)
    assert caplog.text.count("Panel cannot be reached") == 1
    assert caplog.text.count("Panel is reachable again") == 1


async def test_loss_and_return_are_logged_once(
    hass: HomeAssistant,
    loaded_entry: MockConfigEntry,
    device: FakeDevice,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line when the panel is lost, one when it is back."""
    caplog.clear()
    caplog.set_level(logging.INFO, "custom_components.zkteco")
    device.push_state(error=CannotConnect())
    device.push_state(error=CannotConnect())
    device.push_state(error=DeviceBusy())
    device.push_state(error=None)
    device.push_state(user_count=9)
    told = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.zkteco")
        and record.levelno >= logging.INFO
    ]
    assert len(told) == 2
    assert "Panel cannot be reached" in told[0]
    assert told[1] == "Panel is reachable again"


async def test_a_password_that_was_changed(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """The panel comes back with another password: the owner is asked, once."""
    device.push_state(error=CannotConnect())
    device.push_state(error=WrongPassword())
    device.push_state(error=WrongPassword())
    await hass.async_block_till_done()
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


async def test_update_entity_asks_for_what_is_known(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """Nothing is sent to the device: its state is always current."""
    await loaded_entry.runtime_data.async_refresh()
    assert hass.states.get("lock.panel_door_1").state == "locked"
    assert device.calls == []


async def test_update_entity_while_the_panel_is_away(
    hass: HomeAssistant, loaded_entry: MockConfigEntry, device: FakeDevice
) -> None:
    """What was known before is not taken for news."""
    device.push_state(error=CannotConnect())
    await loaded_entry.runtime_data.async_refresh()
    assert hass.states.get("lock.panel_door_1").state == "unavailable"
