"""Fingerprints, faces and palms from one device to others: what arrives, and what does not."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
import json
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from custom_components.zkteco import people_copy
from custom_components.zkteco.const import DOMAIN
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    Unsupported,
)
from custom_components.zkteco.protocol.people import Credential, Template, User
from homeassistant.const import ATTR_DEVICE_ID, MATCH_ALL
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import device_registry as dr
from tests.fake_device import LIMITS, FakeDevice
from tests.people_calls import ask

SECRET = b"the ridges of a finger"


def finger(user_id: str, index: int = 6, **changes: Any) -> Template:
    """Return the template of a finger."""
    template = Template(
        user_id=user_id,
        credential=Credential.FINGERPRINT,
        index=index,
        version="10",
        data=SECRET,
    )
    return replace(template, **changes)


FACE = finger("1", 0, credential=Credential.FACE, version="39.1")
PALM = finger("1", 0, credential=Credential.PALM, version="12")


@pytest.fixture
def source(people: FakeDevice) -> FakeDevice:
    """Return the panel where Alice has two fingers and a face, and Bob one finger."""
    people.templates = [finger("1", 5), finger("1", 6, duress=True), FACE, finger("2")]
    return people


@pytest.fixture
def target(source: FakeDevice, second: FakeDevice) -> FakeDevice:
    """Return the panel that knows the same people by card only."""
    second.users = {**source.users}
    return second


type Copy = Callable[..., Awaitable[Any]]


@pytest.fixture
def copy(hass: HomeAssistant, panel: str, second_panel: str) -> Copy:
    """Return the action, from the first panel to the second."""
    return partial(ask, hass, "copy_credentials", second_panel, source=panel)


async def test_everything_is_copied(
    source: FakeDevice, target: FakeDevice, copy: Copy
) -> None:
    """As it is; what was there already is replaced, and twice does no harm."""
    target.templates = [finger("1", 5, data=b"an older one"), finger("1", 0)]
    for _ in range(2):
        answer = await copy()
        assert answer == {"copied": {"1": 3, "2": 1}, "skipped": {}, "failed": {}}
        assert sorted(map(str, target.templates)) == sorted(
            map(str, [*source.templates, finger("1", 0)])
        )
        assert {template.data for template in target.templates} == {SECRET}


@pytest.mark.parametrize(
    ("fields", "copied"),
    [
        ({"user_id": "2"}, {"2": 1}),
        ({"user_id": [1, 2], "credential_type": "fingerprint"}, {"1": 2, "2": 1}),
        ({"credential_type": ["face", "palm"]}, {"1": 1}),
        ({"user_id": []}, {}),
    ],
)
async def test_what_is_asked_for_is_copied(
    source: FakeDevice,
    target: FakeDevice,
    fields: dict[str, Any],
    copied: dict[str, int],
    copy: Copy,
) -> None:
    """Of some people, or of some kinds."""
    answer = await copy(**fields)
    assert answer == {"copied": copied, "skipped": {}, "failed": {}}
    assert len(target.templates) == sum(copied.values())


@pytest.mark.parametrize("kind", [[], "card", "pin_code", "iris"])
async def test_what_cannot_be_copied(source: FakeDevice, kind: Any, copy: Copy) -> None:
    """Only what is made of templates."""
    with pytest.raises(vol.Invalid):
        await copy(credential_type=kind)


async def test_what_does_not_fit_is_skipped(
    source: FakeDevice, target: FakeDevice, copy: Copy
) -> None:
    """With the reason: strangers, other algorithms, other kinds."""
    source.templates = [finger("1", 5), finger("1", version="9"), FACE, PALM]
    source.templates += [finger("2"), finger("2", 7)]
    target.users.pop("2")
    target.limits = replace(LIMITS, templates={Credential.FINGERPRINT: "10"})
    answer = await copy(user_id=["1", "2", "9"])
    assert answer["copied"] == {"1": 1}
    assert answer["skipped"] == {
        "1": "Annex reads a fingerprint of version 10 only, and that of Panel has version 9;"
        " Annex does not take a face from other devices;"
        " Annex does not take a palm from other devices",
        "2": "Annex has no user 2",
        "9": "Panel has no user 9",
    }
    assert target.templates == [finger("1", 5)]


async def test_nothing_fits(source: FakeDevice, target: FakeDevice, copy: Copy) -> None:
    """Then nothing is written."""
    target.limits = replace(LIMITS, templates={})
    answer = await copy()
    assert answer["copied"] == {}
    assert answer["skipped"].keys() == {"1", "2"}
    assert target.calls == [("read_users",)]


async def test_zeros_in_front(
    source: FakeDevice, target: FakeDevice, copy: Copy
) -> None:
    """Devices that keep digits only write 0001 or 1 for the same person."""
    target.users = {"0001": User(user_id="0001")}
    answer = await copy(user_id=["01"])
    assert answer["copied"] == {"0001": 3}
    assert {template.user_id for template in target.templates} == {"0001"}


async def test_what_the_device_refuses(
    source: FakeDevice, target: FakeDevice, copy: Copy
) -> None:
    """One person stops nobody else."""
    target.refused = {"1": CommandRefused(-1, "no room")}
    answer = await copy()
    assert answer["copied"] == {"2": 1}
    assert answer["failed"].keys() == {"1"}
    assert "no room" in answer["failed"]["1"]


async def test_a_few_at_a_time(
    source: FakeDevice, target: FakeDevice, copy: Copy
) -> None:
    """Memory is small: portions end after enough bytes, with a person's last."""
    big = bytes(people_copy.PORTION_BYTES)
    source.templates = [finger("1", 0, data=big), *(finger("1", n) for n in (1, 2))]
    source.templates += [finger("2", data=big), finger("3"), finger("4")]
    for device in (source, target):
        device.users |= {user_id: User(user_id=user_id) for user_id in "34"}
    answer = await copy()
    assert answer["copied"] == {"1": 3, "2": 1, "3": 1, "4": 1}
    portions = [
        "".join(dict.fromkeys(template.user_id for template in call[1:]))
        for call in target.calls
        if call[0] == "write_templates"
    ]
    assert portions == ["1", "2", "34"]


@pytest.mark.parametrize(
    ("error", "portions"), [(CannotConnect(), 1), (CommandRefused(-1, "no room"), 2)]
)
async def test_a_target_that_fails(
    source: FakeDevice,
    target: FakeDevice,
    copy: Copy,
    *,
    error: DeviceError,
    portions: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everybody is told of; who is away is not asked again and again."""
    monkeypatch.setattr(people_copy, "PORTION_BYTES", 1)
    target.write_error = error
    answer = await copy()
    assert answer["copied"] == answer["skipped"] == {}
    assert answer["failed"].keys() == {"1", "2"}
    calls = [call for call in target.calls if call[0] == "write_templates"]
    assert len(calls) == portions


async def test_a_target_that_is_away_stops_no_other(
    hass: HomeAssistant,
    source: FakeDevice,
    panel: str,
    target: FakeDevice,
    second_panel: str,
) -> None:
    """Nor does the source itself among the targets."""
    both = [panel, second_panel]
    answers = await ask(hass, "copy_credentials", both, source=panel)
    assert "Panel is where the credentials come from" in answers[panel]["error"]
    assert answers[second_panel]["copied"] == {"1": 3, "2": 1}

    target.command_error = CannotConnect()
    with pytest.raises(HomeAssistantError, match="Annex cannot be reached"):
        await ask(hass, "copy_credentials", second_panel, source=panel)
    assert not [call for call in source.calls if call[0] == "read_templates"][1:]


async def test_onto_itself(hass: HomeAssistant, source: FakeDevice, panel: str) -> None:
    """That is a mistake."""
    with pytest.raises(ServiceValidationError, match="cannot be copied to it"):
        await ask(hass, "copy_credentials", panel, source=panel)


async def test_two_doors_of_one_target(
    hass: HomeAssistant,
    source: FakeDevice,
    panel: str,
    target: FakeDevice,
    second_panel: str,
) -> None:
    """They are one device, which is given everything once."""
    [entry] = (e for e in hass.config_entries.async_entries() if e.title == "Annex")
    registry = dr.async_get(hass)
    children = dr.async_child_entries_for_config_entry(registry, entry.entry_id)
    doors = [door.id for door in children]
    answers = await ask(hass, "copy_credentials", doors, source=panel)
    assert len(doors) == 2
    assert answers[doors[0]] == answers[doors[1]]
    assert [call[0] for call in target.calls] == ["read_users", "write_templates"]


async def test_a_source_that_is_lost_on_the_way(
    source: FakeDevice, target: FakeDevice, monkeypatch: pytest.MonkeyPatch, copy: Copy
) -> None:
    """What was carried until then is told, and who is missing."""
    monkeypatch.setattr(people_copy, "PORTION_BYTES", 1)
    source.templates.append(finger("2", 7))
    source.torn_after = 4
    answer = await copy()
    assert answer["copied"] == {"1": 3}
    assert answer["failed"].keys() == {"2"}
    assert answer["failed"]["2"].startswith("Panel cannot be reached")
    assert {template.user_id for template in target.templates} == {"1"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"torn_after": 0}, "Panel cannot be reached"),
        ({"command_error": CannotConnect()}, "Panel cannot be reached"),
        ({"limits": None}, "Panel cannot manage users"),
    ],
)
async def test_a_source_that_tells_nothing(
    source: FakeDevice,
    target: FakeDevice,
    copy: Copy,
    *,
    changes: dict[str, Any],
    words: str,
) -> None:
    """The action says why."""
    for name, value in changes.items():
        setattr(source, name, value)
    with pytest.raises(HomeAssistantError, match=words):
        await copy()
    assert target.templates == []


async def test_a_source_that_cannot(
    source: FakeDevice, monkeypatch: pytest.MonkeyPatch, copy: Copy
) -> None:
    """Some devices have no templates to tell."""

    def read_templates(user_ids: object) -> None:
        raise Unsupported

    monkeypatch.setattr(source, "read_templates", read_templates)
    with pytest.raises(ServiceValidationError, match="Panel does not support this"):
        await copy()


async def test_others_go_on_while_it_reads(
    hass: HomeAssistant,
    source: FakeDevice,
    target: FakeDevice,
    second_panel: str,
    copy: Copy,
) -> None:
    """A target is held only while it is written to."""
    source.answering.clear()
    work = hass.async_create_task(copy())
    answer = await ask(hass, "set_user", second_panel, user_id="7")
    assert answer["created"]
    assert not work.done()
    source.answering.set()
    assert (await work)["copied"] == {"1": 3, "2": 1}


async def test_only_administrators(
    hass: HomeAssistant,
    source: FakeDevice,
    panel: str,
    target: FakeDevice,
    second_panel: str,
    *,
    hass_admin_user: MockUser,
    hass_read_only_user: MockUser,
) -> None:
    """Who may come in is nobody else's business."""

    async def act(user: MockUser) -> None:
        await hass.services.async_call(
            DOMAIN,
            "copy_credentials",
            {ATTR_DEVICE_ID: second_panel, "source": panel},
            blocking=True,
            context=Context(user_id=user.id),
        )

    with pytest.raises(Unauthorized):
        await act(hass_read_only_user)
    assert target.calls == []
    await act(hass_admin_user)
    assert len(target.templates) == 4


async def test_templates_stay_nowhere(
    hass: HomeAssistant,
    source: FakeDevice,
    loaded_entry: MockConfigEntry,
    target: FakeDevice,
    copy: Copy,
    *,
    hass_client: ClientSessionGenerator,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In no answer, log, event, state, diagnostics or file."""
    caplog.set_level(logging.DEBUG)
    events = async_capture_events(hass, MATCH_ALL)
    target.refused = {"2": CommandRefused(-1, "no room")}
    answer = await copy()
    await hass.async_block_till_done()
    assert answer["copied"] == {"1": 3}
    diagnostics = await get_diagnostics_for_config_entry(
        hass, hass_client, loaded_entry
    )
    everything = json.dumps(
        [
            answer,
            caplog.text,
            [str(event.data) for event in events],
            [str(state.as_dict()) for state in hass.states.async_all()],
            diagnostics,
            hass_storage,
            repr(target.calls),
        ],
        default=str,
    )
    assert len(everything) > 1000
    for form in (SECRET.decode(), SECRET.hex(), b64encode(SECRET).decode()):
        assert form not in everything
