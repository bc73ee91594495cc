"""What the camera saw, and whom the device knows."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.zkteco.protocol.errors import CannotConnect
from custom_components.zkteco.protocol.model import EventKind, Photo
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.fake_device import FakeDevice

SNAPSHOT = "image.panel_last_snapshot"
USER_PHOTO = "image.panel_photo_of_the_last_user"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def shown(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, image: str
) -> bytes | None:
    """Return the picture as the dashboard loads it."""
    client = await hass_client()
    state = hass.states.get(image)
    response = await client.get(state.attributes["entity_picture"])
    if response.status != HTTPStatus.OK:
        return None
    assert response.content_type == "image/jpeg"
    return await response.read()


async def test_nobody_looks_unless_the_owner_wants_it(
    hass: HomeAssistant, loaded_entry: MockConfigEntry
) -> None:
    """Pictures are off until somebody enables them."""
    registry = er.async_get(hass)
    for image in (SNAPSHOT, USER_PHOTO):
        assert registry.async_get(image).disabled
        assert hass.states.get(image) is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_snapshot(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    device: FakeDevice,
    loaded_entry: MockConfigEntry,
) -> None:
    """The newest snapshot is shown; one that arrives late does not replace it."""
    assert hass.states.get(SNAPSHOT).state == STATE_UNKNOWN
    device.push_photo(Photo(taken=NOON, data=b"noon"))
    device.push_photo(Photo(taken=NOON - timedelta(minutes=1), data=b"earlier"))
    assert hass.states.get(SNAPSHOT).state == NOON.isoformat()
    assert await shown(hass, hass_client, SNAPSHOT) == b"noon"
    device.push_photo(Photo(taken=NOON + timedelta(minutes=1), data=b"later"))
    assert await shown(hass, hass_client, SNAPSHOT) == b"later"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_photo_of_who_came(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    device: FakeDevice,
    loaded_entry: MockConfigEntry,
) -> None:
    """Whoever was let in is shown as the device knows them; a stranger, or nobody, is not."""
    device.photos["1001"] = b"Alice"
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1001")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await shown(hass, hass_client, USER_PHOTO) == b"Alice"

    device.push_event(EventKind.ACCESS_DENIED, door=1, user_id="1002")
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1003", late=True)
    device.push_event(EventKind.EXIT_BUTTON, door=1)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await shown(hass, hass_client, USER_PHOTO) == b"Alice"

    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1002")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get(USER_PHOTO).state == STATE_UNKNOWN
    assert await shown(hass, hass_client, USER_PHOTO) is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_quick_successor_wins(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    device: FakeDevice,
    loaded_entry: MockConfigEntry,
) -> None:
    """The photo is of the last person, however slowly the device answers."""
    device.photos |= {"1001": b"Alice", "1002": b"Bob"}
    device.answering.clear()
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1001")
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1002")
    device.answering.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await shown(hass, hass_client, USER_PHOTO) == b"Bob"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_device_that_does_not_answer(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    device: FakeDevice,
    loaded_entry: MockConfigEntry,
) -> None:
    """Nobody is shown for somebody else."""
    device.photos["1001"] = b"Alice"
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1001")
    await hass.async_block_till_done(wait_background_tasks=True)
    device.command_error = CannotConnect("gone")
    device.push_event(EventKind.ACCESS_GRANTED, door=1, user_id="1002")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await shown(hass, hass_client, USER_PHOTO) is None
