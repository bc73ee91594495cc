"""What somebody sees of long work: a percentage while it goes on, and what came of it."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, override
from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_get_persistent_notifications,
)

import custom_components.zkteco
from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.progress import SHOWN_AFTER, TOLD_AFTER
from custom_components.zkteco.protocol import progress
from custom_components.zkteco.protocol.errors import CannotConnect, CommandRefused
from custom_components.zkteco.protocol.model import AccessEvent, PanelInfo
from custom_components.zkteco.protocol.people import (
    Credential,
    Failures,
    Template,
    User,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
from tests.clock import rest
from tests.fake_device import INFO, FakeDevice
from tests.people_calls import OTHER_SERIAL, ask

PROGRESS = "sensor.panel_progress"
FINGER = Template(
    user_id="1",
    credential=Credential.FINGERPRINT,
    index=1,
    version="10",
    data=b"finger",
)
MANY = [{"user_id": str(n)} for n in range(1, 201)]


class SlowDevice(FakeDevice):
    """A panel that takes its time, which is the test's."""

    def __init__(self, info: PanelInfo = INFO) -> None:
        """Be stuck until it is told to go on."""
        super().__init__(info)
        self.done = 0
        """How many percent of what it was asked for."""
        self._went_on = asyncio.Condition()

    async def go_on(self, percent: int) -> None:
        """Do more of it."""
        async with self._went_on:
            self.done = percent
            self._went_on.notify_all()
        await rest()

    async def _take_time(self) -> None:
        async with self._went_on:
            while self.done < 100:
                progress.tell(self.done, 100)
                await self._went_on.wait()

    @override
    async def write_users(self, users: Sequence[User]) -> Failures:
        await self._take_time()
        return await super().write_users(users)

    @override
    async def enrol(self, user_id: str, credential: Credential, index: int) -> None:
        await self._take_time()
        await super().enrol(user_id, credential, index)

    @override
    async def read_templates(
        self, user_ids: Collection[str]
    ) -> AsyncGenerator[Template]:
        await self._take_time()
        async for template in super().read_templates(user_ids):
            yield template

    @override
    async def write_templates(self, templates: Sequence[Template]) -> Failures:
        await self._take_time()
        return await super().write_templates(templates)

    @override
    async def read_events(self, since: Any, limit: int) -> list[AccessEvent]:
        await self._take_time()
        return await super().read_events(since, limit)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> SlowDevice:
    """Return the device that the config entry gets."""
    slow = SlowDevice()
    monkeypatch.setattr(
        custom_components.zkteco, "async_build_device", AsyncMock(return_value=slow)
    )
    return slow


@pytest.fixture
def second() -> SlowDevice:
    """Return another panel, empty."""
    return SlowDevice(replace(INFO, serial=OTHER_SERIAL, mac=None))


@pytest.fixture
def states(hass: HomeAssistant, loaded_entry: MockConfigEntry) -> list[str]:
    """Return what the sensor shows, one after the other."""
    shown: list[str] = []

    @callback
    def on_change(event: Event[EventStateChangedData]) -> None:
        if state := event.data["new_state"]:
            shown.append(state.state)

    async_track_state_change_event(hass, PROGRESS, on_change)
    return shown


async def wait(hass: HomeAssistant, seconds: float) -> None:
    """Let time pass."""
    await rest()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await rest()


def begin(
    hass: HomeAssistant, action: str, devices: str | list[str], **data: Any
) -> asyncio.Task[Any]:
    """Perform an action that takes its time."""
    return hass.async_create_task(ask(hass, action, devices, **data))


def shown(hass: HomeAssistant) -> tuple[str, str | None]:
    """Return the percentage, and what is done."""
    state = hass.states.get(PROGRESS)
    assert state
    return state.state, state.attributes["activity"]


def notifications(hass: HomeAssistant) -> list[tuple[str | None, str]]:
    """Return title and text of each notification."""
    return [
        (note["title"], note["message"])
        for note in async_get_persistent_notifications(hass).values()
    ]


# What a dashboard shows


async def test_a_sync_of_many(
    hass: HomeAssistant, device: SlowDevice, panel: str, states: list[str]
) -> None:
    """It begins at 0, goes up in steps, ends at 100, and leaves a note."""
    assert shown(hass) == ("unknown", None)
    device.refused = {"7": CommandRefused(-1, "no room")}
    sync = begin(hass, "sync_users", panel, users=MANY)
    await wait(hass, SHOWN_AFTER + 1)
    # The users that are there were read.
    assert shown(hass) == ("20", "sync_users")
    await wait(hass, TOLD_AFTER + 1)
    for percent in range(1, 100):
        await device.go_on(percent)
    assert shown(hass) == ("95", "sync_users")
    assert notifications(hass) == []
    await device.go_on(100)
    assert (await sync)["failed"].keys() == {"7"}
    assert shown(hass) == ("100", "sync_users")
    percentages = [int(state) for state in states]
    assert percentages == [*range(20, 101, 5)]
    assert notifications(hass) == [
        ("Panel: sync of users", "Users written: 199. Deleted: 0. Refused: 1.")
    ]


async def test_deleting_is_a_part_of_it(
    hass: HomeAssistant, people: SlowDevice, panel: str
) -> None:
    """A mirror of two that deletes two is half done before it writes."""
    users = [{"user_id": "8"}, {"user_id": "9"}]
    sync = begin(hass, "sync_users", panel, users=users, mode="mirror")
    await wait(hass, TOLD_AFTER + 1)
    assert shown(hass) == ("60", "sync_users")
    await people.go_on(100)
    await sync
    assert notifications(hass) == [
        ("Panel: sync of users", "Users written: 2. Deleted: 2. Refused: 0.")
    ]


async def test_short_work(
    hass: HomeAssistant, device: SlowDevice, panel: str, states: list[str]
) -> None:
    """Nobody needs to be told of what is done at once."""
    device.done = 100
    await ask(hass, "sync_users", panel, users=MANY)
    await wait(hass, TOLD_AFTER + 1)
    assert states == []
    assert shown(hass) == ("unknown", None)
    assert notifications(hass) == []


async def test_it_is_done_again(
    hass: HomeAssistant, device: SlowDevice, panel: str, states: list[str]
) -> None:
    """The panel begins from the start; the percentage waits until it is as far again."""
    sync = begin(hass, "sync_users", panel, users=MANY)
    await wait(hass, SHOWN_AFTER + 1)
    for percent in (50, 10, 60, 100):
        await device.go_on(percent)
    await sync
    assert states == ["20", "60", "65", "95", "100"]


async def test_failure(
    hass: HomeAssistant, device: SlowDevice, panel: str, states: list[str]
) -> None:
    """There is nothing left to show, and the note says why."""
    device.answering.clear()
    sync = begin(hass, "sync_users", panel, users=MANY)
    await wait(hass, TOLD_AFTER + 1)
    assert shown(hass) == ("0", "sync_users")
    device.command_error = CommandRefused(-2, "memory error")
    device.answering.set()
    with pytest.raises(HomeAssistantError, match="memory error"):
        await sync
    assert shown(hass) == ("unknown", None)
    [(title, message)] = notifications(hass)
    assert title == "Panel: sync of users"
    assert message.startswith("This failed: Panel")
    assert "memory error" in message


async def test_a_note_that_no_longer_holds(
    hass: HomeAssistant, device: SlowDevice, panel: str
) -> None:
    """The sync failed, and the next one is quickly done: the note is gone."""
    device.answering.clear()
    sync = begin(hass, "sync_users", panel, users=MANY)
    await wait(hass, TOLD_AFTER + 1)
    device.command_error = CommandRefused(-2, "memory error")
    device.answering.set()
    with pytest.raises(HomeAssistantError):
        await sync
    assert notifications(hass)
    device.command_error = None
    device.done = 100
    await ask(hass, "sync_users", panel, users=MANY)
    assert notifications(hass) == []


async def test_the_device_goes_away(
    hass: HomeAssistant, device: SlowDevice, panel: str
) -> None:
    """The rest is done later."""
    sync = begin(hass, "sync_users", panel, users=MANY)
    await wait(hass, TOLD_AFTER + 1)
    device.write_error = CannotConnect()
    await device.go_on(100)
    assert (await sync)["waiting"] is True
    [(_, message)] = notifications(hass)
    assert message.startswith("Panel went away.")
    assert message.endswith("Users written so far: 0.")


async def test_reading(hass: HomeAssistant, device: SlowDevice, panel: str) -> None:
    """It is shown; whoever asked has the answer, so there is no note."""
    reading = begin(hass, "get_events", "")
    with pytest.raises(HomeAssistantError):
        await reading
    reading = hass.async_create_task(
        hass.services.async_call(
            DOMAIN,
            "get_events",
            {"device_id": panel},
            blocking=True,
            return_response=True,
        )
    )
    await wait(hass, TOLD_AFTER + 1)
    await device.go_on(42)
    assert shown(hass) == ("40", "read_events")
    await device.go_on(100)
    assert await reading == {"events": []}
    assert shown(hass) == ("100", "read_events")
    assert notifications(hass) == []


@pytest.mark.parametrize(
    ("action", "data"),
    [("get_users", {}), ("sync_users", {"users": MANY, "dry_run": True})],
)
async def test_reading_users(
    hass: HomeAssistant,
    device: SlowDevice,
    panel: str,
    action: str,
    data: dict[str, Any],
) -> None:
    """A dry run reads, too."""
    device.answering.clear()
    reading = begin(hass, action, panel, **data)
    await wait(hass, TOLD_AFTER + 1)
    assert shown(hass) == ("0", "read_users")
    device.answering.set()
    await reading
    assert shown(hass) == ("100", "read_users")
    assert notifications(hass) == []


async def test_enrolment(hass: HomeAssistant, device: SlowDevice, panel: str) -> None:
    """Some devices wait for the finger."""
    enrolment = begin(
        hass, "enroll", panel, user_id="1", credential_type="fingerprint", finger=1
    )
    await wait(hass, TOLD_AFTER + 1)
    assert shown(hass) == ("0", "enrol")
    await device.go_on(100)
    await enrolment
    assert notifications(hass) == [
        ("Panel: enrollment", "The enrollment of user 1 is done.")
    ]


async def test_two_at_once(
    hass: HomeAssistant, device: SlowDevice, panel: str, states: list[str]
) -> None:
    """The older one is shown; when it fails or is done, the other one."""
    enrolment = begin(
        hass, "enroll", panel, user_id="1", credential_type="fingerprint", finger=1
    )
    await wait(hass, SHOWN_AFTER + 1)
    device.answering.clear()
    reading = begin(hass, "get_users", panel)
    await wait(hass, SHOWN_AFTER + 1)
    assert shown(hass) == ("0", "enrol")
    await device.go_on(100)
    assert shown(hass) == ("0", "enrol")
    device.answering.set()
    await asyncio.gather(enrolment, reading)
    assert shown(hass)[0] == "100"


async def test_copying(
    hass: HomeAssistant,
    device: SlowDevice,
    panel: str,
    second: SlowDevice,
    second_panel: str,
) -> None:
    """It is shown on the device that gets something, user by user."""
    everybody = {str(n): User(user_id=str(n)) for n in range(1, 5)}
    second.users = {**everybody, "5": User(user_id="5")}
    device.users = {**everybody}
    size = 1 << 20
    second.done = 100
    second.templates = [
        replace(FINGER, user_id=user_id, data=bytes(size)) for user_id in second.users
    ]
    copying = begin(
        hass,
        "copy_credentials",
        panel,
        source=second_panel,
        credential_type=["fingerprint"],
    )
    await wait(hass, TOLD_AFTER + 1)
    assert shown(hass) == ("0", "copy_credentials")
    await device.go_on(50)
    assert shown(hass) == ("10", "copy_credentials")
    await device.go_on(100)
    await copying
    assert shown(hass) == ("100", "copy_credentials")
    annex = hass.states.get("sensor.annex_progress")
    assert annex
    assert annex.state == "unknown"
    assert notifications(hass) == [
        (
            "Panel: copy of credentials",
            "Users whose credentials were copied: 4. Left out: 1. Failed: 0.",
        )
    ]


async def test_copying_from_a_device_that_fails(
    hass: HomeAssistant,
    device: SlowDevice,
    panel: str,
    second: SlowDevice,
    second_panel: str,
) -> None:
    """Nothing was copied, and it is said on the device that should have got it."""
    second.users = device.users = {"1": User(user_id="1")}
    second.templates = [FINGER]
    second.torn_after = 0
    copying = begin(
        hass,
        "copy_credentials",
        panel,
        source=second_panel,
        credential_type=["fingerprint"],
    )
    await wait(hass, TOLD_AFTER + 1)
    assert shown(hass) == ("0", "copy_credentials")
    await second.go_on(100)
    with pytest.raises(HomeAssistantError, match="Annex"):
        await copying
    assert shown(hass) == ("unknown", None)
    [(title, message)] = notifications(hass)
    assert title == "Panel: copy of credentials"
    assert message.startswith("This failed: Annex")
