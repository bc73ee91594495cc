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
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
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

    async def wait(self, minutes: float) -> None:
        """Let time pass."""
        moment = dt_util.utcnow() + timedelta(minutes=minutes, seconds=1)
        async_fire_time_changed(self.hass, moment)
        await self.hass.async_block_till_done()

    async def download(self) -> Any:
        """Return the record in the file for the bug report."""
        found = await get_diagnostics_for_config_entry(
            self.hass, self._client, self.entry
        )
        return found["capture"]

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


async def test_a_reload_ends_and_forgets_it(owner: Owner) -> None:
    """The connection that was listened to is gone."""
    await owner.capture()
    owner.device.send(POLL)
    assert await owner.hass.config_entries.async_reload(owner.entry.entry_id)
    assert not owner.is_recording
    assert await owner.download() is None
    await owner.wait(5)
    assert not owner.told
    await owner.capture()
    assert owner.is_recording


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
