"""A record for a bug report: it begins when an owner says so, and ends by itself."""

from datetime import timedelta
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_fire_time_changed,
    async_get_persistent_notifications,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components.zkteco.capture import MAX_BYTES, MAX_MESSAGES
from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.errors import CannotConnect
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from tests.fake_device import FakeDevice

POLL = {"way": "sent", "command": "RTLOG"}


class Owner:
    """Somebody who writes a bug report."""

    def __init__(
        self,
        hass: HomeAssistant,
        client: ClientSessionGenerator,
        entry: MockConfigEntry,
        panel: str,
        device: FakeDevice,
    ) -> None:
        """Know the device by its page and by its wire."""
        self.hass = hass
        self.entry = entry
        self.panel = panel
        self.device = device
        self._client = client

    async def capture(self, **data: Any) -> None:
        """Begin to record."""
        data = {"device_id": self.panel, **data}
        await self.hass.services.async_call(DOMAIN, "capture", data, blocking=True)

    async def capture_and_answer(self) -> Any:
        """Begin to record; return what the action answers."""
        return await self.hass.services.async_call(
            DOMAIN,
            "capture",
            {"device_id": self.panel},
            blocking=True,
            return_response=True,
        )

    async def reload(self) -> bool:
        """Load the device anew; return whether that worked."""
        return await self.hass.config_entries.async_reload(self.entry.entry_id)

    async def wait(self, minutes: float) -> None:
        """Let time pass."""
        moment = dt_util.utcnow() + timedelta(minutes=minutes, seconds=1)
        async_fire_time_changed(self.hass, moment)
        await self.hass.async_block_till_done()

    async def download(self) -> Any:
        """Return the record in the file for the bug report."""
        return (await self.download_all())["capture"]

    async def download_all(self) -> Any:
        """Return the file for the bug report."""
        return await get_diagnostics_for_config_entry(
            self.hass, self._client, self.entry
        )

    @property
    def told(self) -> list[str]:
        """What the owner was told."""
        notes = async_get_persistent_notifications(self.hass).values()
        return [note["message"] for note in notes]

    @property
    def is_recording(self) -> bool:
        """Whether the device is listened to."""
        return self.device.tell is not None


@pytest.fixture
def owner(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded_entry: MockConfigEntry,
    panel: str,
    device: FakeDevice,
) -> Owner:
    """Return the owner of a panel."""
    return Owner(hass, hass_client, loaded_entry, panel, device)


async def test_a_record_ends_by_itself(owner: Owner) -> None:
    """After its minutes nothing is listened to any more, and the owner is told where the file is."""
    assert await owner.download() is None
    await owner.capture(minutes=2)
    owner.device.send(POLL)
    running = await owner.download()
    assert running["ended"] is None
    (message,) = running["messages"]
    assert message.pop("t") >= 0
    assert message == POLL
    await owner.wait(1)
    assert owner.is_recording
    assert not owner.told
    await owner.wait(2)
    assert not owner.is_recording
    (note,) = owner.told
    assert f"/config/devices/device/{owner.panel}" in note
    assert "Messages: 1." in note
    done = await owner.download()
    assert done["ended"] == "time"
    assert done["minutes"] == 2
    assert len(done["messages"]) == 1


async def test_five_minutes_unless_somebody_says_otherwise(owner: Owner) -> None:
    """That is long enough for most, and nobody records for hours."""
    await owner.capture()
    await owner.wait(4)
    assert owner.is_recording
    await owner.wait(5)
    assert not owner.is_recording
    for minutes in (0, 16, "long"):
        with pytest.raises(vol.Invalid):
            await owner.capture(minutes=minutes)


async def test_starting_again_begins_anew(owner: Owner) -> None:
    """What was recorded before is forgotten, and the time runs anew."""
    await owner.capture(minutes=5)
    owner.device.send(POLL)
    await owner.capture(minutes=15)
    assert (await owner.download())["messages"] == []
    await owner.wait(6)
    assert owner.is_recording
    await owner.wait(15)
    assert len(owner.told) == 1
    await owner.capture()
    assert not owner.told


@pytest.mark.parametrize("size", [10, 10_000])
async def test_a_full_record_ends_early(owner: Owner, size: int) -> None:
    """It keeps how it began, and stays a file that can be attached."""
    await owner.capture(minutes=15)
    for number in range(MAX_MESSAGES + 1):
        if not owner.is_recording:
            break
        owner.device.send({"number": number, "data": "0" * size})
    assert not owner.is_recording
    done = await owner.download()
    assert done["ended"] == "full"
    numbers = [message["number"] for message in done["messages"]]
    assert numbers == [*range(len(numbers))]
    assert 50 < len(numbers) <= MAX_MESSAGES
    assert len(json.dumps(done["messages"])) < 1.1 * MAX_BYTES
    (note,) = owner.told
    assert "full" in note
    await owner.wait(15)
    assert owner.told == [note]


async def test_a_reload_does_not_end_it(owner: Owner) -> None:
    """How a device connects is told, too; and what was told is kept afterwards."""
    await owner.capture()
    owner.device.send(POLL)
    assert await owner.reload()
    assert owner.is_recording
    owner.device.send(POLL)
    await owner.wait(5)
    assert not owner.is_recording
    assert len(owner.told) == 1
    assert await owner.reload()
    assert not owner.is_recording
    done = await owner.download()
    assert done["ended"] == "time"
    assert len(done["messages"]) == 2


async def test_a_device_that_cannot_be_set_up(owner: Owner) -> None:
    """It is tried again at once, and that is recorded."""
    owner.device.start_error = CannotConnect("10.9.8.7")
    assert not await owner.reload()
    assert owner.entry.state is ConfigEntryState.SETUP_RETRY
    await owner.capture()
    await owner.hass.async_block_till_done()
    assert owner.is_recording
    owner.device.send(POLL)
    file = await owner.download_all()
    assert file["set_up"] == "setup_retry"
    assert file["reason"] == "cannot_connect"
    assert len(file["capture"]["messages"]) == 1
    assert "10.9.8.7" not in str(file)
    owner.device.start_error = None
    assert await owner.reload()
    owner.device.send(POLL)
    await owner.wait(5)
    assert len((await owner.download())["messages"]) == 2


async def test_starting_again_hands_over_what_there_is(owner: Owner) -> None:
    """Home Assistant offers no download for a device that is not set up."""
    assert await owner.capture_and_answer() == {}
    owner.device.send(POLL)
    answer = await owner.capture_and_answer()
    assert answer["ended"] == "again"
    assert answer["kind"] == "c3"
    assert len(answer["messages"]) == 1
    assert (await owner.download())["messages"] == []


async def test_neither_set_up_nor_tried_again(owner: Owner) -> None:
    """Nothing would come of it."""
    assert await owner.hass.config_entries.async_unload(owner.entry.entry_id)
    with pytest.raises(ServiceValidationError):
        await owner.capture()
    with pytest.raises(ServiceValidationError):
        await owner.capture(device_id="nobody")
    assert not owner.is_recording


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_device_that_is_removed(owner: Owner, *, recorded: bool) -> None:
    """Nobody is told of a device that is no longer there."""
    if recorded:
        await owner.capture()
    await owner.hass.config_entries.async_remove(owner.entry.entry_id)
    assert not owner.is_recording
    await owner.wait(5)
    assert not owner.told


async def test_a_device_without_a_page(owner: Owner) -> None:
    """It is called by its name."""
    await owner.capture()
    dr.async_get(owner.hass).async_remove_device(owner.panel)
    await owner.wait(5)
    (note,) = owner.told
    assert "Panel is done" in note


async def test_administrators_only(owner: Owner, hass_read_only_user: MockUser) -> None:
    """Who comes and goes when is nobody else's business, even without names."""
    with pytest.raises(Unauthorized):
        await owner.hass.services.async_call(
            DOMAIN,
            "capture",
            {"device_id": owner.panel},
            blocking=True,
            context=Context(user_id=hass_read_only_user.id),
        )
    assert not owner.is_recording
