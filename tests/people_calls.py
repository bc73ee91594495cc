"""Actions about people as an automation uses them, and people to use them for."""

from datetime import datetime
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.people import Credential, Right, User
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

OTHER_SERIAL = "AJYX184460099"

ALICE = User(
    user_id="1",
    name="Alice",
    cards=("1234567",),
    pin_code="4711",
    valid_until=datetime(2026, 11, 22, 23, 59, 59),
    rights=frozenset({Right(1), Right(2, 3)}),
    credentials={Credential.FINGERPRINT: 2},
)
BOB = User(user_id="2", name="Bob", rights=frozenset({Right(1)}))


def device_id(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return the device of a config entry's panel."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, str(entry.unique_id)), entry.entry_id
    )
    assert device
    return device.id


async def ask(
    hass: HomeAssistant, action: str, devices: str | list[str], **data: Any
) -> Any:
    """Perform an action, and return its answers by device; that of the only device at once."""
    answers = await hass.services.async_call(
        DOMAIN,
        action,
        {ATTR_DEVICE_ID: devices, **data},
        blocking=True,
        return_response=True,
    )
    assert answers is not None
    return answers[devices] if isinstance(devices, str) else answers
