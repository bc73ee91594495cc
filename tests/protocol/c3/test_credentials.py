"""Fingers that pass from panel to panel: read, written, and proven by reading back."""

from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
import logging
from random import Random

from hypothesis import given, reject, strategies as st
import pytest

from custom_components.zkteco.protocol.c3.credentials import FORMS, Form, decode_rows
from custom_components.zkteco.protocol.c3.panel import C3Panel
from custom_components.zkteco.protocol.c3.people_rows import TEMPLATES
from custom_components.zkteco.protocol.c3.tables import encode_write, parse_definitions
from custom_components.zkteco.protocol.errors import (
    CommandRefused,
    DeviceError,
    InvalidValue,
    MalformedReply,
    Unsupported,
)
from custom_components.zkteco.protocol.people import Credential, Template
from tests.simulators import c3_wire as wire
from tests.simulators.c3_link import Link, Reply
from tests.simulators.c3_panel import ALICE, BOB, C3Panel as SimulatedPanel
from tests.simulators.c3_world import generated_users

from .conftest import Home, HomeBuilder, PanelAnswer, refuse

V10 = "templatev10"


def finger(
    user_id: str, index: int, *, duress: bool = False, size: int = 1404
) -> Template:
    """Return a made-up finger."""
    return Template(
        user_id=user_id,
        credential=Credential.FINGERPRINT,
        index=index,
        version="10",
        duress=duress,
        data=Random(f"{user_id} {index}").randbytes(size),
    )


OF_BOB = [finger("2", 3), finger("2", 7, size=1021)]
OF_ALICE = finger("1", 6, size=1536)


def enrol(panel: SimulatedPanel, template: Template, **otherwise: object) -> None:
    """Let somebody be enrolled at the panel itself."""
    panel.tables.put(
        V10,
        {
            "Size": len(template.data),
            "Pin": int(template.user_id),
            "FingerID": template.index,
            "Valid": 1,
            "Template": template.data,
        }
        | otherwise,
    )


def fingers(panel: SimulatedPanel) -> list[tuple[object, ...]]:
    """Return whose fingers a panel has, and what they raise."""
    return sorted(
        (row["Pin"], row["FingerID"], row["Valid"]) for row in panel.tables[V10]
    )


async def read(device: C3Panel, *user_ids: str) -> list[Template]:
    """Read the fingers of some users."""
    return [template async for template in device.read_templates(user_ids)]


def asked_otherwise(
    panel: SimulatedPanel, change: Callable[[bytes], bytes]
) -> PanelAnswer:
    """Return how a panel answers that understands reads in its own way."""
    answer = panel.answer

    def answering(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        if frame.command == wire.READ_TABLE:
            data = frame.data[:4] + change(frame.data[4:])
            frame = wire.Frame(frame.address, frame.command, data)
        return answer(link, frame)

    return answering


def without_conditions(request: bytes) -> bytes:
    """Ask for all rows."""
    return request[: 3 + request[1]] + b"\0"


def for_nobody(request: bytes) -> bytes:
    """Ask for a number that nobody has."""
    end = 3 + request[1]
    return request[: end + 2] + b"\x01\x7b" if request[end] else request


def for_no_table(request: bytes) -> bytes:
    """Ask for a table that there is not."""
    return b"\xff" if request[3 + request[1]] else request


# Reading


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
async def test_the_fingers_of_some(home: Home, length_bytes: int) -> None:
    """Those who are asked for, user by user, however the panel tells how long a template is."""
    panel = home.panel
    panel.tables.length_bytes = length_bytes
    for template in (*OF_BOB, OF_ALICE):
        enrol(panel, template)
    enrol(panel, finger("2", 4), Valid=0)
    enrol(panel, finger("2", 5), Size=0, Template=b"")
    enrol(panel, finger("2", 12))
    async with home.connected() as device:
        assert device.people
        assert device.people.templates == {Credential.FINGERPRINT: "10"}
        assert await read(device, "2", "4711", "2", "x") == OF_BOB
        assert await read(device, "1", "2") == [OF_ALICE, *OF_BOB]
        assert await read(device) == []
        assert await read(device, "4711") == []


async def test_a_finger_under_duress(home: Home) -> None:
    """Panels tell it in two ways."""
    enrol(home.panel, OF_BOB[0], FingerID=3 + 16)
    enrol(home.panel, OF_BOB[1], Valid=3)
    async with home.connected() as device:
        told = await read(device, "2")
        assert told == [replace(template, duress=True) for template in OF_BOB]


async def test_one_user_at_a_time(build: HomeBuilder) -> None:
    """Thousands of fingers never cross the wire for two of them, and in between the panel is free."""
    home = await build(users=[ALICE, BOB, *generated_users(100)])
    panel = home.panel
    for user in generated_users(100):
        enrol(panel, finger(str(user.pin), 0))
    async with home.connected() as device:
        await home.clock.advance(5)
        parts = panel.requests[wire.READ_PART]
        reads = panel.requests[wire.READ_TABLE]
        async for template in device.read_templates(["101", "150", "190"]):
            await device.open_door(1, 3)
            assert template == finger(template.user_id, 0)
        assert len(panel.commands) == 3
        assert panel.requests[wire.READ_PART] == parts
        assert panel.requests[wire.READ_TABLE] == reads + 4


@pytest.mark.parametrize(
    ("change", "reads"), [(without_conditions, 2), (for_nobody, 3), (for_no_table, 3)]
)
async def test_a_panel_that_does_not_find_single_rows(
    home: Home, change: Callable[[bytes], bytes], reads: int
) -> None:
    """Then it is asked for the whole table, once."""
    panel = home.panel
    for template in (OF_ALICE, *OF_BOB):
        enrol(panel, template)
    panel.answer = asked_otherwise(panel, change)
    async with home.connected() as device:
        await home.clock.advance(5)
        before = panel.requests[wire.READ_TABLE]
        assert await read(device, "1", "2") == [OF_ALICE, *OF_BOB]
        assert panel.requests[wire.READ_TABLE] == before + reads
        assert await read(device, "2") == OF_BOB


async def test_somebody_who_goes_while_others_are_read(home: Home) -> None:
    """Bob has no fingers any more: the others are told."""
    panel = home.panel
    for template in (OF_ALICE, *OF_BOB):
        enrol(panel, template)
    async with home.connected() as device:
        told = []
        async for template in device.read_templates(["1", "2"]):
            told.append(template)
            await device.delete_users(["2"])
        assert told == [OF_ALICE]


@pytest.mark.parametrize("of_text", [True, False])
async def test_older_fingers_are_text(home: Home, of_text: bool) -> None:
    """Version 9 has a table of its own, in base64; its size is of the text or of the template."""
    panel = home.panel
    panel.parameters["~ZKFPVersion"] = "9"
    old = replace(OF_BOB[0], version="9", data=OF_BOB[0].data[:500])
    text = b64encode(old.data).decode()
    row = {"Pin": 2, "FingerID": 3, "Valid": 1, "Template": text}
    size = len(text) if of_text else len(old.data)
    panel.tables.put("template", row | {"Size": size})
    of_alice = replace(old, user_id="1", data=OF_ALICE.data[:601])
    async with home.connected() as device:
        assert device.people
        assert device.people.templates == {Credential.FINGERPRINT: "9"}
        assert await read(device, "2") == [old]
        assert await device.write_templates([of_alice]) == {}
        assert await read(device, "1") == [of_alice]
        text = b64encode(of_alice.data).decode()
        [_, there] = panel.tables["template"]
        assert there["Template"] == text
        assert there["Size"] == (len(text) if of_text else 601)


async def test_a_form_that_nobody_knows(home: Home) -> None:
    """The panel tells lengths in a way of its own: nothing is guessed."""
    home.panel.tables.length_bytes = 3
    enrol(home.panel, OF_BOB[0])
    async with home.connected() as device:
        with pytest.raises(MalformedReply):
            await read(device, "2")
        with pytest.raises(MalformedReply):
            await device.write_templates([OF_ALICE])
        assert not home.panel.requests[wire.WRITE_TABLE]


async def test_a_finger_without_a_template(home: Home) -> None:
    """It is there and empty: it tells nothing, not even how templates are kept."""
    enrol(home.panel, OF_BOB[0], Size=0, Template=b"")
    async with home.connected() as device:
        assert await read(device, "2") == []
        assert (await device.write_templates([OF_ALICE])).keys() == {"1"}
        assert not home.panel.requests[wire.WRITE_TABLE]


async def test_text_that_is_none(home: Home) -> None:
    """It stands where base64 should be."""
    home.panel.parameters["~ZKFPVersion"] = "9"
    row = {"Size": 4, "Pin": 2, "FingerID": 3, "Valid": 1, "Template": "????"}
    home.panel.tables.put("template", row)
    async with home.connected() as device:
        with pytest.raises(MalformedReply):
            await read(device, "2")


async def test_panels_without_fingers(home: Home) -> None:
    """One that knows cards only says so, or tells no version."""
    enrol(home.panel, OF_BOB[0])
    for told in (
        {"~IsOnlyRFMachine": "1"},
        {"~ZKFPVersion": "", "~IsOnlyRFMachine": "0"},
    ):
        home.panel.parameters |= told
        async with home.connected() as device:
            assert device.people
            assert device.people.templates == {}
            with pytest.raises(Unsupported):
                await read(device, "2")
            failures = await device.write_templates(OF_BOB)
            assert str(failures["2"]) == "credential: this device does not have it"


async def test_a_table_that_is_only_named(home: Home) -> None:
    """The panel lists it and refuses to be asked: it tells of no finger, and takes none."""
    panel = home.panel
    answer = panel.answer

    def refusing(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        asked = frame.command == wire.READ_TABLE and frame.data[4] == 10
        unknown = wire.Frame(frame.address, 0x7E, frame.data)
        return answer(link, unknown if asked else frame)

    panel.answer = refusing
    async with home.connected() as device:
        assert await read(device, "2") == []
        assert (await device.write_templates(OF_BOB)).keys() == {"2"}
        assert not panel.requests[wire.WRITE_TABLE]


DEFINED = parse_definitions(
    b"templatev10=10,Size=i1,UID=i2,Pin=i3,FingerID=i4,Valid=i5,Template=B6,Resverd=i7,EndTag=i8\n"
    b"template=9,Size=i1,Pin=i2,FingerID=i3,Valid=i4,Template=s5"
)
CONTENTS = st.builds(
    bytes.__mul__, st.binary(min_size=16, max_size=60), st.integers(16, 30)
)


@given(
    st.lists(CONTENTS, min_size=1, max_size=4),
    st.sampled_from([*FORMS[False], *FORMS[True]]),
    st.integers(0, 3),
)
def test_one_form_explains_all_rows(
    contents: list[bytes], form: Form, valid: int
) -> None:
    """Whatever stands in templates, they are read in the form in which they were written, or not at all."""
    table = DEFINED["template" if form in FORMS[True] else V10]
    written = [
        {"pin": n, "fingerid": n, "valid": valid, **form.encode(content)}
        for n, content in enumerate(contents)
    ]
    [data, *more] = encode_write(table, written, form.column)
    try:
        rows, found = decode_rows(table, data + b"".join(m[2 + m[1] :] for m in more))
    except MalformedReply:
        reject()
    assert found == form
    assert [form.decode(row["template"]) for row in rows] == contents


def test_rows_that_two_forms_explain() -> None:
    """Zeros of a length that is a multiple of 256 look the same one byte further: nothing is guessed."""
    table, form = DEFINED[V10], FORMS[False][1]
    content = (bytes(15) + b"\x02") * 16
    [data] = encode_write(table, [{"pin": 0, **form.encode(content)}], form.column)
    with pytest.raises(MalformedReply, match="2 forms"):
        decode_rows(table, data)


@given(st.binary(max_size=60))
def test_any_bytes(rest: bytes) -> None:
    """They are rows, or it is said that they are not."""
    for table in DEFINED.values():
        columns = bytes(field.index for field in table.fields)
        with suppress(MalformedReply):
            decode_rows(table, bytes((table.index, len(columns))) + columns + rest)


# Writing


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
async def test_from_one_panel_to_another(
    home: Home, build: HomeBuilder, length_bytes: int
) -> None:
    """What one panel knows Alice and Bob by, the other knows them by then, in its own form."""
    for template in (OF_ALICE, *OF_BOB):
        enrol(home.panel, template)
    other = await build(users=[ALICE, BOB, *generated_users(1)])
    panel = other.panel
    panel.tables.length_bytes = length_bytes
    enrol(panel, finger("101", 0), UID=40)
    async with home.connected() as source, other.connected() as target:
        told = await read(source, "1", "2")
        assert await target.write_templates(told) == {}
        assert await read(target, "1", "2", "101") == [*told, finger("101", 0)]
        sizes = {(row["Pin"], row["Size"]) for row in panel.tables[V10]}
        assert sizes == {(1, 1536), (2, 1404), (2, 1021), (101, 1404)}
        assert fingers(panel) == [(1, 6, 1), (2, 3, 1), (2, 7, 1), (101, 0, 1)]
        writes = panel.requests[wire.WRITE_TABLE]
        assert await target.write_templates(told) == {}
        assert panel.requests[wire.WRITE_TABLE] == writes


async def test_a_panel_that_has_none_yet(home: Home) -> None:
    """Nobody knows in which form it takes them: it is not tried, and the owner is told what helps."""
    async with home.connected() as device:
        failures = await device.write_templates([*OF_BOB, OF_ALICE])
        assert failures.keys() == {"1", "2"}
        assert str(failures["2"]) == (
            "fingerprint: only after another was enrolled at this panel, which shows how it keeps them"
        )
        assert not home.panel.requests[wire.WRITE_TABLE]


async def test_a_finger_that_is_replaced(home: Home) -> None:
    """The panel has it once, whatever it raised before; what we do not know of it stays."""
    panel = home.panel
    enrol(panel, finger("2", 3, size=900), FingerID=3 + 16, UID=40, Resverd=5)
    enrol(panel, OF_BOB[1], UID=41)
    quiet = OF_BOB[0]
    loud = replace(OF_BOB[1], duress=True)
    async with home.connected() as device:
        assert await device.write_templates([quiet, loud]) == {}
        assert await read(device, "2") == [loud, quiet]
        assert fingers(panel) == [(2, 3, 1), (2, 7, 3)]
        kept = {
            (row["FingerID"], row["UID"], row["Resverd"]) for row in panel.tables[V10]
        }
        assert kept == {(3, 40, 5), (7, 41, 0)}
        changed = replace(loud, data=quiet.data)
        assert await device.write_templates([changed]) == {}
        assert await read(device, "2") == [changed, quiet]


async def test_a_finger_that_was_there_twice(home: Home) -> None:
    """With and without alarm: one of them stays, with its number."""
    panel = home.panel
    enrol(panel, OF_BOB[0])
    enrol(panel, finger("2", 3, size=900), FingerID=3 + 16)
    async with home.connected() as device:
        loud = replace(OF_BOB[0], duress=True)
        assert await device.write_templates([loud]) == {}
        assert await read(device, "2") == [loud]
        assert fingers(panel) == [(2, 19, 1)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user_id": "4711"}, "user_id"),
        ({"user_id": "02"}, "user_id"),
        ({"credential": Credential.FACE}, "credential"),
        ({"version": "9"}, "version"),
        ({"index": 10}, "index"),
        ({"index": -1}, "index"),
        ({"part": 1}, "index"),
        ({"data": b""}, "data"),
        ({"data": bytes(6000)}, "rows"),
    ],
)
async def test_what_a_panel_cannot_hold(
    home: Home, changes: dict[str, object], field: str
) -> None:
    """It is refused by name, and the others are written."""
    enrol(home.panel, OF_BOB[1])
    bad = replace(OF_BOB[0], **changes)
    async with home.connected() as device:
        failures = await device.write_templates([bad, OF_ALICE])
        assert failures.keys() == {bad.user_id}
        failure = failures[bad.user_id]
        assert isinstance(failure, InvalidValue)
        assert failure.field == field
        assert fingers(home.panel) == [(1, 6, 1), (2, 7, 1)]


async def test_what_a_panel_refuses(home: Home) -> None:
    """Some of it, and then everything."""
    panel = home.panel
    enrol(panel, OF_BOB[1])
    panel.tables.refused_pins = {1}
    async with home.connected() as device:
        failures = await device.write_templates([OF_ALICE, OF_BOB[0]])
        assert failures.keys() == {"1"}
        assert isinstance(failures["1"], CommandRefused)
        assert fingers(panel) == [(2, 3, 1), (2, 7, 1)]
        panel.answer = refuse(panel, wire.WRITE_TABLE)
        loud = replace(OF_BOB[0], duress=True)
        failures = await device.write_templates([loud])
        assert isinstance(failures["2"], CommandRefused)
        assert await read(device, "2") == [OF_BOB[1], OF_BOB[0]]


async def test_what_a_panel_does_not_keep(home: Home) -> None:
    """It says that all is well: reading back tells."""
    panel = home.panel
    enrol(panel, OF_BOB[1])
    answer = panel.answer

    def idle(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        if frame.command != wire.WRITE_TABLE:
            return answer(link, frame)
        return Reply(), wire.Frame(panel.address, wire.OK, frame.data[:4]).encode()

    panel.answer = idle
    async with home.connected() as device:
        failures = await device.write_templates([OF_ALICE, *OF_BOB])
        assert {user_id: str(err) for user_id, err in failures.items()} == {
            "1": "the panel did not accept a template (-12)",
            "2": "the panel did not accept a template (-12)",
        }


async def test_a_panel_that_loses_the_connection(home: Home) -> None:
    """It goes on where it was."""
    enrol(home.panel, OF_BOB[1])
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.faults.reset_after = 4
        assert await home.run(device.write_templates([OF_ALICE, *OF_BOB])) == {}
        assert home.panel.connections == 2
        assert fingers(home.panel) == [(1, 6, 1), (2, 3, 1), (2, 7, 1)]


async def test_a_panel_without_a_table_of_users(home: Home) -> None:
    """None of it is offered."""
    home.panel.answer = refuse(home.panel, wire.TABLE_DEFINITIONS)
    async with home.connected() as device:
        with pytest.raises(Unsupported):
            await read(device, "2")
        with pytest.raises(Unsupported):
            await device.write_templates(OF_BOB)


@pytest.mark.parametrize("version", TEMPLATES)
async def test_nobody_inherits_fingers(home: Home, version: str) -> None:
    """Somebody with Bob's number is not known by Bob's finger."""
    enrol(home.panel, OF_BOB[0])
    home.panel.tables.put("template", {"Pin": 2, "FingerID": 1})
    async with home.connected() as device:
        assert await device.delete_users(["2"]) == {}
        assert not home.panel.tables[TEMPLATES[version]]


async def test_nothing_private_leaves(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """A template is in no log, no bug report and no error."""
    caplog.set_level(logging.DEBUG)
    enrol(home.panel, OF_BOB[1])
    home.panel.tables.refused_pins = {1}
    errors: list[DeviceError] = []
    async with home.connected() as device:
        failures = await device.write_templates([OF_ALICE, *OF_BOB])
        errors += failures.values()
        told = await read(device, "2")
        texts = str((caplog.text, device.diagnostics(), told, errors, device.memory))
    for template in (OF_ALICE, *OF_BOB):
        start = template.data[:6]
        for private in (repr(start)[2:-1], start.hex(), b64encode(start).decode()):
            assert private not in texts
