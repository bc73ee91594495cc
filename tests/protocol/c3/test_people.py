"""People at a panel: they come, change and go, whatever the panel makes of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
import logging

import pytest

from custom_components.zkteco.protocol import progress
from custom_components.zkteco.protocol.c3.frame import ErrorCode
from custom_components.zkteco.protocol.errors import (
    CannotConnect,
    CommandRefused,
    DeviceError,
    InvalidValue,
    Unsupported,
)
from custom_components.zkteco.protocol.people import (
    ALWAYS,
    Ability,
    Credential,
    Failures,
    Holiday,
    Interval,
    Right,
    TimeZone,
    User,
    Weekday,
    check_user,
)
from tests.simulators import c3_wire as wire
from tests.simulators.c3_link import Link, Reply
from tests.simulators.c3_panel import ALICE, BOB, C3Panel as SimulatedPanel
from tests.simulators.c3_world import Code, generated_users

from .conftest import Home, HomeBuilder, PanelAnswer, refuse, until

CAROL = User(
    user_id="77",
    name="Carol",
    cards=("5551234",),
    pin_code="4711",
    group=3,
    valid_from=datetime(2026, 11, 20),
    valid_until=datetime(2026, 11, 22, 23, 59, 59),
    rights=frozenset({Right(1), Right(2)}),
)
BOTH_DOORS = frozenset({Right(1), Right(2)})
OFFICE_HOURS = Interval(time(8, 30), time(12, 30))


def visitors(count: int) -> list[User]:
    """Return people who may go through both doors."""
    return [
        User(user_id=str(n), name=f"Visitor {n}", cards=(str(n),), rights=BOTH_DOORS)
        for n in range(1001, 1001 + count)
    ]


def pins(panel: SimulatedPanel, table: str) -> list[object]:
    """Return whose rows a table has."""
    return sorted(row["Pin"] for row in panel.tables[table])


def rights(panel: SimulatedPanel, pin: int) -> set[tuple[object, object]]:
    """Return time zone and doors of each row of somebody's rights."""
    return {
        (row["AuthorizeTimezoneId"], row["AuthorizeDoorId"])
        for row in panel.tables["userauthorize"]
        if row["Pin"] == pin
    }


def reasons(failures: Failures) -> dict[str, str]:
    """Return what went wrong, in words."""
    return {user_id: str(err) for user_id, err in failures.items()}


def watch(panel: SimulatedPanel, look: Callable[[int], None]) -> PanelAnswer:
    """Return how a panel answers after which somebody looks at it."""
    answer = panel.answer

    def watched(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        reply = answer(link, frame)
        look(frame.command)
        return reply

    return watched


def ignore(panel: SimulatedPanel, command: int) -> PanelAnswer:
    """Return how a panel answers that says OK to a command and does nothing."""
    answer = panel.answer

    def idle(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        if frame.command != command:
            return answer(link, frame)
        raw = wire.Frame(panel.address, wire.OK, frame.data[:4])
        return Reply(), raw.encode()

    return idle


# Somebody comes and goes


async def test_a_visitor_until_sunday(home: Home) -> None:
    """One call makes a card that works; it ends by itself; one call leaves nothing behind."""
    panel = home.panel
    async with home.connected() as device:
        assert device.people
        check_user(CAROL, device.people)
        assert await device.write_users([CAROL]) == {}
        assert (await device.read_users())["77"] == CAROL
        assert panel.swipe(1, 5551234).code == Code.GRANTED
        assert panel.swipe(2, 5551234).code == Code.GRANTED
        panel.clock_offset = timedelta(days=2)
        assert panel.swipe(1, 5551234).code == Code.EXPIRED
        assert await device.delete_users(["77"]) == {}
        assert panel.swipe(1, 5551234).code == Code.UNKNOWN_CARD
        assert pins(panel, "user") == [1, 2]
        assert pins(panel, "userauthorize") == [1, 2]
        assert "77" not in await device.read_users()


async def test_who_is_there(home: Home) -> None:
    """Name, card and the doors that the panel has, with time zones and fingers; a right of nobody is nobody's."""
    panel = home.panel
    for finger in (1, 2, 2 + 16):
        row = {"Pin": 2, "FingerID": finger, "Template": b"secret"}
        panel.tables.put("templatev10", row)
    orphan = {"Pin": 9, "AuthorizeTimezoneId": 1, "AuthorizeDoorId": 3}
    panel.tables.put("userauthorize", orphan)
    panel.tables.put("user", {"Pin": 0, "CardNo": 5})
    async with home.connected() as device:
        users = await device.read_users()
        assert users == {
            "1": User(user_id="1", name="Alice", cards=("1234567",), rights=BOTH_DOORS),
            "2": User(
                user_id="2",
                name="Bob",
                cards=("7654321",),
                rights=frozenset({Right(1, ALWAYS)}),
            ),
        }
        assert users["1"].credentials == {}
        assert users["2"].credentials == {Credential.FINGERPRINT: 2}


async def test_old_firmware(build: HomeBuilder) -> None:
    """Its table has no names: a name is refused, all else works."""
    home = await build(new_layout=False)
    async with home.connected() as device:
        assert device.people
        assert Ability.NAME not in device.people.abilities
        [failure] = (await device.write_users([CAROL])).values()
        assert isinstance(failure, InvalidValue)
        assert failure.field == "name"
        carol = replace(CAROL, name="")
        assert await device.write_users([carol]) == {}
        assert (await device.read_users())["77"] == carol
        assert home.panel.swipe(2, 5551234).code == Code.GRANTED


async def test_a_panel_that_keeps_seconds(home: Home) -> None:
    """It says so: validity ends at a time of day, and it says how many users it has room for."""
    panel = home.panel
    panel.parameters |= {"DateFmtFunOn": "1", "~MaxUserCount": "300"}
    carol = replace(CAROL, valid_until=datetime(2026, 11, 21, 12, 30))
    async with home.connected() as device:
        assert device.people
        assert Ability.VALIDITY_TIME in device.people.abilities
        assert device.people.users == 30000
        assert await device.write_users([carol]) == {}
        assert (await device.read_users())["77"] == carol
        assert panel.swipe(1, 5551234).code == Code.GRANTED
        panel.clock_offset = timedelta(minutes=31)
        assert panel.swipe(1, 5551234).code == Code.EXPIRED


async def test_a_panel_that_keeps_days(home: Home) -> None:
    """It does not know the setting; a time of day counts as the whole day."""
    home.panel.answer = refuse_settings(home.panel)
    carol = replace(CAROL, valid_until=datetime(2026, 11, 21, 12, 30))
    async with home.connected() as device:
        assert device.people
        assert Ability.VALIDITY_TIME not in device.people.abilities
        assert device.people.users is None
        assert await device.write_users([carol]) == {}
        there = (await device.read_users())["77"]
        assert there.valid_until == datetime(2026, 11, 21, 23, 59, 59)


def refuse_settings(panel: SimulatedPanel) -> PanelAnswer:
    """Return how a panel answers that refuses to be asked how it keeps people."""
    answer = panel.answer

    def refusing(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        unknown = wire.Frame(frame.address, 0x7E, frame.data)
        return answer(link, unknown if b"DateFmtFunOn" in frame.data else frame)

    return refusing


async def test_names_in_events_are_fresh(home: Home) -> None:
    """Carol is known by name the next time, and so is her new name."""
    async with home.connected() as device:
        await home.clock.advance(5)
        await device.write_users([CAROL])
        await home.clock.advance(2)
        assert device.state.user_count == 3
        home.panel.swipe(1, 5551234)
        await home.clock.advance(2)
        await device.write_users([replace(CAROL, name="Caroline")])
        await home.clock.advance(2)
        home.panel.swipe(1, 5551234)
        await home.clock.advance(2)
        await device.delete_users(["77"])
        await home.clock.advance(2)
        assert device.state.user_count == 2
        assert [event.user_name for event in home.events] == ["Carol", "Caroline"]


async def test_people_who_change_while_names_are_read(build: HomeBuilder) -> None:
    """The names that were read are old already: they are read again."""
    home = await build(users=[ALICE, *generated_users(2000)])
    async with home.connected() as device:
        advancing = asyncio.create_task(home.clock.advance(1))
        await until(lambda: home.panel.requests[wire.READ_PART])
        home.panel.add_user(type(ALICE)(77, 5551234, "Carol"))
        # Nothing to write is done before the long answer has come.
        await device.write_users([])
        await advancing
        await home.clock.advance(3)
        home.panel.swipe(1, 5551234)
        await home.clock.advance(2)
        assert home.events[-1].user_name == "Carol"


# Changes


async def test_twice_changes_nothing(home: Home) -> None:
    """What is there already is not written again, however it was told."""
    told_otherwise = replace(
        CAROL,
        cards=("0005551234",),
        valid_from=datetime(2026, 11, 20, 8, 0, 0, 5),
        valid_until=datetime(2026, 11, 22, 17),
    )
    async with home.connected() as device:
        assert await device.write_users([CAROL]) == {}
        before = home.panel.requests[wire.WRITE_TABLE]
        assert before == 2
        assert await device.write_users([CAROL]) == {}
        assert await device.write_users([told_otherwise]) == {}
        assert await device.write_users([]) == {}
        assert home.panel.requests[wire.WRITE_TABLE] == before
        assert not home.panel.requests[wire.DELETE_ROWS]


async def test_what_we_do_not_know_stays(home: Home) -> None:
    """A super user stays one, and so does an odd date that nobody changed."""
    [alice, _] = home.panel.tables["user"]
    odd = {**alice, "SuperAuthorize": 1, "UID": 40, "EndTime": 20261399}
    home.panel.tables.put("user", odd)
    async with home.connected() as device:
        there = (await device.read_users())["1"]
        assert there.valid_until is None
        assert await device.write_users([replace(there, name="Alicia")]) == {}
        assert [*home.panel.tables["user"]][0] == {**odd, "Name": "Alicia"}


async def test_a_cleared_user(home: Home) -> None:
    """What is not told any more is gone."""
    nobody = User(user_id="77")
    async with home.connected() as device:
        await device.write_users([CAROL])
        assert await device.write_users([nobody]) == {}
        assert (await device.read_users())["77"] == nobody
        assert rights(home.panel, 77) == set()
        assert home.panel.swipe(1, 5551234).code == Code.UNKNOWN_CARD


async def test_nobody_stands_outside_while_rights_change(home: Home) -> None:
    """Carol may go through door 1 before, after, and at every moment in between."""
    panel = home.panel
    async with home.connected() as device:
        await device.write_users([CAROL])
        assert rights(panel, 77) == {(1, 0b11)}
        seen: list[Code] = []

        def swipe(command: int) -> None:
            if command in (wire.WRITE_TABLE, wire.DELETE_ROWS):
                seen.append(Code(panel.swipe(1, 5551234).code))

        panel.answer = watch(panel, swipe)
        changed = replace(CAROL, rights=frozenset({Right(1)}))
        assert await device.write_users([changed]) == {}
        assert seen == [Code.GRANTED, Code.GRANTED]
        assert rights(panel, 77) == {(1, 0b01)}
        assert rights(panel, ALICE.pin) == {(1, 0b1111)}
        assert panel.swipe(2, 5551234).code == Code.NO_RIGHT


async def test_rights_at_several_times(home: Home) -> None:
    """One row for each time zone; the ones that stay are not touched."""
    both = frozenset({Right(1), Right(2), Right(1, 5)})
    async with home.connected() as device:
        await device.write_users([replace(CAROL, rights=both)])
        assert rights(home.panel, 77) == {(1, 0b11), (5, 0b01)}
        less = replace(CAROL, rights=both - {Right(1, 5)})
        assert await device.write_users([less]) == {}
        assert rights(home.panel, 77) == {(1, 0b11)}
        assert (await device.read_users())["77"].rights == less.rights


async def test_rights_for_doors_that_are_not_there(home: Home) -> None:
    """Alice's row names four doors: it means both, so it is left as it is."""
    async with home.connected() as device:
        alice = (await device.read_users())["1"]
        assert await device.write_users([replace(alice, group=1)]) == {}
        assert rights(home.panel, ALICE.pin) == {(1, 0b1111)}


async def test_a_number_that_had_rights_before(home: Home) -> None:
    """Somebody was deleted by hand and left a right: the next one does not inherit it."""
    row = {"Pin": 77, "AuthorizeTimezoneId": 1, "AuthorizeDoorId": 2}
    home.panel.tables.put("userauthorize", row)
    only_first = replace(CAROL, rights=frozenset({Right(1)}))
    async with home.connected() as device:
        assert await device.write_users([only_first]) == {}
        assert rights(home.panel, 77) == {(1, 0b01)}


# A panel with many users


async def test_one_of_many(build: HomeBuilder) -> None:
    """Somebody new is written, found and changed without reading what thousands of others have."""
    home = await build(users=[ALICE, *generated_users(3000)])
    panel = home.panel
    async with home.connected() as device:
        await home.clock.advance(5)
        parts = panel.requests[wire.READ_PART]
        assert await device.write_users([CAROL]) == {}
        new = panel.requests[wire.READ_PART] - parts
        assert await device.write_users([replace(CAROL, name="Caroline")]) == {}
        assert panel.requests[wire.READ_PART] == parts + new
        users = await device.read_users()
        assert users["77"].name == "Caroline"
        all_of_them = panel.requests[wire.READ_PART] - parts - new
        assert new < all_of_them / 2


def ignored(request: bytes) -> bytes:
    """Ask for all rows."""
    return request[: 3 + request[1]] + b"\0"


def misunderstood(request: bytes) -> bytes:
    """Ask for a number that nobody has."""
    end = 3 + request[1]
    return request[: end + 2] + b"\x01\x7b" if request[end] else request


def refused(request: bytes) -> bytes:
    """Ask for a table that there is not."""
    return b"\xff" if request[3 + request[1]] else request


@pytest.mark.parametrize("conditions", [ignored, misunderstood, refused])
async def test_a_panel_that_does_not_find_single_rows(
    home: Home, conditions: Callable[[bytes], bytes]
) -> None:
    """What it knows of somebody is not overwritten for that, and it is still verified."""
    panel = home.panel
    answer = panel.answer

    def asked_otherwise(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        if frame.command == wire.READ_TABLE:
            data = frame.data[:4] + conditions(frame.data[4:])
            frame = wire.Frame(frame.address, frame.command, data)
        return answer(link, frame)

    [alice, bob] = panel.tables["user"]
    panel.tables.put("user", {**alice, "SuperAuthorize": 1})
    panel.answer = asked_otherwise
    alicia = User(user_id="1", name="Alicia", rights=frozenset({Right(2)}))
    async with home.connected() as device:
        assert await device.write_users([alicia, CAROL]) == {}
        users = await device.read_users()
        assert (users["1"], users["77"]) == (alicia, CAROL)
        assert [*panel.tables["user"]][:2] == [
            {**alice, "SuperAuthorize": 1, "Name": "Alicia", "CardNo": 0},
            bob,
        ]
        assert rights(panel, 1) == {(1, 0b10)}
        assert rights(panel, 2) == {(1, 0b01)}
        writes = panel.requests[wire.WRITE_TABLE]
        assert await device.write_users([alicia, CAROL]) == {}
        assert panel.requests[wire.WRITE_TABLE] == writes


# What does not fit


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user_id": "0"}, "user_id"),
        ({"user_id": "077"}, "user_id"),
        ({"user_id": "77\tPin=1"}, "user_id"),
        ({"user_id": "1234567890"}, "user_id"),
        ({"name": "Carol\tGroup=9"}, "name"),
        ({"name": "C" * 25}, "name"),
        ({"cards": ("1", "2")}, "cards"),
        ({"cards": ("4294967296",)}, "cards"),
        ({"cards": ("0",)}, "cards"),
        ({"pin_code": "123456789"}, "pin_code"),
        ({"group": 256}, "group"),
        ({"enabled": False}, "enabled"),
        ({"verify_style": 4}, "verify_style"),
        ({"rights": frozenset({Right(3)})}, "doors"),
        ({"rights": frozenset({Right(1, 51)})}, "time_zone"),
    ],
)
async def test_what_a_panel_cannot_hold(
    home: Home, changes: dict[str, object], field: str
) -> None:
    """It is refused by name, nothing of it is written, and others are."""
    bad = replace(CAROL, **changes)
    good = replace(CAROL, user_id="78", cards=("78",))
    async with home.connected() as device:
        failures = await device.write_users([bad, good])
        assert failures.keys() == {bad.user_id}
        failure = failures[bad.user_id]
        assert isinstance(failure, InvalidValue)
        assert failure.field == field
        assert pins(home.panel, "user") == [1, 2, 78]
        assert pins(home.panel, "userauthorize") == [1, 2, 78]


async def test_a_row_that_cannot_be_sent(home: Home) -> None:
    """A column that we do not know holds more than it can: the others are written."""
    [alice, _] = home.panel.tables["user"]
    home.panel.tables.put("user", {**alice, "UID": 1 << 40})
    async with home.connected() as device:
        users = await device.read_users()
        bob = replace(users["2"], name="Robert")
        alicia = replace(users["1"], name="Alicia")
        failures = await device.write_users([alicia, bob])
        assert failures.keys() == {"1"}
        assert {row["Name"] for row in home.panel.tables["user"]} == {"Alice", "Robert"}


async def test_one_bad_user_among_many(home: Home) -> None:
    """Requests hold many rows; what the panel refuses is narrowed down."""
    people = visitors(130)
    home.panel.tables.refused_pins = {1060}
    async with home.connected() as device:
        failures = await device.write_users(people)
        assert failures.keys() == {"1060"}
        assert isinstance(failures["1060"], CommandRefused)
        assert failures["1060"].code == ErrorCode.EXECUTION_FAILED
        there = await device.read_users()
        assert there.keys() == {
            "1",
            "2",
            *(u.user_id for u in people if u.user_id != "1060"),
        }
        assert all(there[u.user_id] == u for u in people if u.user_id != "1060")
        assert pins(home.panel, "userauthorize") == pins(home.panel, "user")
        home.panel.tables.refused_pins = {1070}
        failures = await device.delete_users([user.user_id for user in people])
        assert failures.keys() == {"1070"}
        assert pins(home.panel, "user") == [1, 2, 1070]
        assert pins(home.panel, "userauthorize") == [1, 2, 1070]


async def test_how_far_it_is(home: Home) -> None:
    """Long work tells so, with each request and with each part of a long answer."""
    shares: list[float] = []
    async with home.connected() as device:
        with progress.listening(shares.append):
            assert await device.write_users(visitors(400)) == {}
        written, shares = shares, []
        with progress.listening(shares.append):
            await device.read_users()
    for told in (written, shares):
        assert told == sorted(told)
        assert told[-1] == 1
    # Eight requests with users, sixteen with rights.
    assert len(set(written)) > 20
    assert len(set(shares)) > 3


async def test_a_full_table(home: Home) -> None:
    """Known users are changed, new ones come in while there is room, the rest is told so."""
    home.panel.tables.max_rows = 40
    people = visitors(100)
    async with home.connected() as device:
        users = await device.read_users()
        bob = replace(users["2"], name="Robert")
        failures = await device.write_users([*people, bob])
        assert len(failures) == 62
        for failure in failures.values():
            assert isinstance(failure, CommandRefused)
            assert failure.code == ErrorCode.TABLE_FULL
            assert failure.reason == "the panel has no space left"
        there = await device.read_users()
        assert there.keys().isdisjoint(failures)
        assert len(there) == 40
        assert there["2"].name == "Robert"
        assert all(there[user.user_id] == user for user in people[:38])


async def test_rights_that_change_in_a_full_table(home: Home) -> None:
    """There is no room for the new right before the old one is gone."""
    home.panel.tables.max_rows = 2
    async with home.connected() as device:
        users = await device.read_users()
        alice = replace(users["1"], rights=frozenset({Right(2)}))
        assert await device.write_users([alice]) == {}
        assert rights(home.panel, ALICE.pin) == {(1, 0b10)}
        more = replace(alice, rights=frozenset({Right(2), Right(1, 2)}))
        failures = await device.write_users([more])
        assert reasons(failures) == {"1": "the panel has no space left (-18)"}
        assert rights(home.panel, ALICE.pin) == {(1, 0b10)}


async def test_firmware_that_drops_what_is_long(home: Home) -> None:
    """It says that all is well; reading back says whose row is not there. No rights for nobody."""
    home.panel.tables.longest_text = 10
    long = replace(CAROL, name="Carol of the long name")
    short = replace(CAROL, user_id="78", cards=("78",))
    async with home.connected() as device:
        alice = (await device.read_users())["1"]
        failures = await device.write_users(
            [long, short, replace(alice, name="Alice of the long name")]
        )
        assert reasons(failures) == {
            "77": "the panel did not accept the user (-12)",
            "1": "the panel did not accept name (-12)",
        }
        assert pins(home.panel, "user") == [1, 2, 78]
        assert pins(home.panel, "userauthorize") == [1, 2, 78]


async def test_rights_that_are_not_kept(home: Home) -> None:
    """The panel says OK and does nothing: the caller is told."""
    async with home.connected() as device:
        alice = (await device.read_users())["1"]
        home.panel.answer = ignore(home.panel, wire.WRITE_TABLE)
        failures = await device.write_users([replace(alice, rights=frozenset())])
        assert failures == {}
        failures = await device.write_users([alice])
        assert reasons(failures) == {"1": "the panel did not accept rights (-12)"}


async def test_a_right_that_cannot_be_taken(home: Home) -> None:
    """The refusal comes back."""
    panel = home.panel
    async with home.connected() as device:
        alice = (await device.read_users())["1"]
        panel.answer = refuse(panel, wire.DELETE_ROWS)
        failures = await device.write_users([replace(alice, rights=frozenset())])
        assert failures.keys() == {"1"}
        assert isinstance(failures["1"], CommandRefused)
        assert failures["1"].code == ErrorCode.UNKNOWN_COMMAND


# Deleting


async def test_everything_of_somebody_goes(home: Home) -> None:
    """Rights, fingers and the like; a card format of the same number is nobody's and stays."""
    tables = home.panel.tables
    for name in ("firstcard", "template", "templatev10", "usertype", "wiegandfmt"):
        tables.put(name, {"Pin": 1})
        tables.put(name, {"Pin": 2})
    async with home.connected() as device:
        assert await device.delete_users(["1", "01", "4711", "x\t1"]) == {}
        for name in ("user", "userauthorize", "firstcard", "template", "templatev10"):
            assert pins(home.panel, name) == [2]
        assert pins(home.panel, "usertype") == [2]
        assert pins(home.panel, "wiegandfmt") == [1, 2]
        deletes = home.panel.requests[wire.DELETE_ROWS]
        assert await device.delete_users(["1"]) == {}
        assert home.panel.requests[wire.DELETE_ROWS] == deletes


async def test_nobody_inherits_a_privilege(home: Home) -> None:
    """A door that opens for good at somebody's card is theirs; what groups of people do together is nobody's."""
    tables = home.panel.tables
    for pin in (ALICE.pin, BOB.pin):
        tables.put("firstcard", {"Pin": pin, "DoorID": 1, "TimezoneID": 1})
        tables.put("firstcard", {"Pin": pin, "DoorID": 2, "TimezoneID": 1})
    together = {"Index": 1, "DoorId": 1, "Group1": 1, "Group2": 2}
    tables.put("multimcard", together)
    async with home.connected() as device:
        assert await device.delete_users(["1"]) == {}
        assert await device.write_users([User(user_id="1", rights=BOTH_DOORS)]) == {}
        assert pins(home.panel, "firstcard") == [2, 2]
        [row] = tables["multimcard"]
        assert together.items() <= row.items()


async def test_rights_go_first(home: Home) -> None:
    """Nobody's number is ever left with rights, and a right alone goes too."""
    panel = home.panel
    orphan = {"Pin": 9, "AuthorizeTimezoneId": 1, "AuthorizeDoorId": 3}
    panel.tables.put("userauthorize", orphan)
    seen: list[tuple[int, int]] = []

    def count(command: int) -> None:
        if command == wire.DELETE_ROWS:
            seen.append((len(panel.tables["userauthorize"]), len(panel.tables["user"])))

    panel.answer = watch(panel, count)
    async with home.connected() as device:
        assert await device.delete_users(["1", "9"]) == {}
        assert seen == [(1, 2), (1, 1)]


async def test_a_table_that_is_only_named(home: Home) -> None:
    """Some panels list fingers and cannot be asked for them: users are read and deleted all the same."""
    panel = home.panel
    answer = panel.answer
    fingers = {9, 10}

    def refusing(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        asked = frame.command == wire.READ_TABLE and frame.data[4] in fingers
        unknown = wire.Frame(frame.address, 0x7E, frame.data)
        return answer(link, unknown if asked else frame)

    panel.answer = refusing
    async with home.connected() as device:
        assert (await device.read_users()).keys() == {"1", "2"}
        assert await device.delete_users(["1"]) == {}
        assert pins(panel, "user") == [2]


async def test_a_panel_that_only_says_that_it_deletes(home: Home) -> None:
    """Reading back tells."""
    async with home.connected() as device:
        await device.write_holiday(Holiday(day=date(2026, 12, 25)))
        home.panel.answer = ignore(home.panel, wire.DELETE_ROWS)
        assert reasons(await device.delete_users(["1", "5"])) == {
            "1": "the panel did not delete (-12)"
        }
        with pytest.raises(CommandRefused):
            await device.clear_users()
        with pytest.raises(CommandRefused):
            await device.delete_holiday(date(2026, 12, 25))


async def test_everybody_goes(home: Home) -> None:
    """Users, rights, fingers; schedules and events stay."""
    panel = home.panel
    panel.tables.put("templatev10", {"Pin": 1})
    panel.swipe(1, ALICE.card)
    async with home.connected() as device:
        await device.clear_users()
        assert await device.read_users() == {}
        for name in ("user", "userauthorize", "templatev10"):
            assert pins(panel, name) == []
        assert len(panel.tables["timezone"]) == 1
        assert len(panel.transactions) == 1
        await home.clock.advance(2)
        assert device.state.user_count == 0
        deletes = panel.requests[wire.DELETE_ROWS]
        await device.clear_users()
        assert panel.requests[wire.DELETE_ROWS] == deletes


# Schedules


async def test_a_schedule(home: Home) -> None:
    """Mornings only: the card works then, and the schedule that everybody has stays."""
    panel = home.panel
    zone = TimeZone(
        number=5,
        days={
            Weekday.SATURDAY: (OFFICE_HOURS, Interval(time(14), time(23, 59))),
            Weekday.HOLIDAY_3: (Interval(time(10), time(11)),),
        },
    )
    async with home.connected() as device:
        await device.write_time_zone(zone)
        zones = await device.read_time_zones()
        assert zones.keys() == {ALWAYS, 5}
        assert zones[5].days == {day: zone.days.get(day, ()) for day in Weekday}
        assert set(zones[ALWAYS].days.values()) == {(Interval(time(0), time(23, 59)),)}
        await device.write_users(
            [replace(CAROL, valid_until=None, rights=frozenset({Right(1, 5)}))]
        )
        assert panel.swipe(1, 5551234).code == Code.GRANTED
        panel.clock_offset = timedelta(hours=1)
        assert panel.swipe(1, 5551234).code == Code.USER_OUT_OF_HOURS
        writes = panel.requests[wire.WRITE_TABLE]
        await device.write_time_zone(zone)
        assert panel.requests[wire.WRITE_TABLE] == writes
        await device.write_time_zone(TimeZone(number=5, days={}))
        panel.clock_offset = timedelta()
        assert panel.swipe(1, 5551234).code == Code.USER_OUT_OF_HOURS


@pytest.mark.parametrize(
    "zone",
    [
        TimeZone(number=0, days={}),
        TimeZone(number=51, days={}),
        TimeZone(number=2, days={Weekday.MONDAY: (OFFICE_HOURS,) * 4}),
        TimeZone(number=2, days={Weekday.MONDAY: (Interval(time(), time()),)}),
    ],
)
async def test_a_schedule_that_does_not_fit(home: Home, zone: TimeZone) -> None:
    """Nothing is written."""
    async with home.connected() as device:
        with pytest.raises(InvalidValue):
            await device.write_time_zone(zone)
        assert not home.panel.requests[wire.WRITE_TABLE]


async def test_a_holiday(home: Home) -> None:
    """On that day the holiday schedule counts; it is moved, made yearly, and taken away."""
    panel = home.panel
    today = home.clock.local().date()
    closed = TimeZone(number=ALWAYS, days={Weekday.SATURDAY: (OFFICE_HOURS,)})
    async with home.connected() as device:
        await device.write_time_zone(closed)
        assert panel.swipe(1, ALICE.card).code == Code.GRANTED
        christmas = Holiday(day=date(2026, 12, 25), kind=3, yearly=True)
        await device.write_holiday(christmas)
        await device.write_holiday(Holiday(day=today))
        assert await device.read_holidays() == [Holiday(day=today), christmas]
        assert panel.swipe(1, ALICE.card).code == Code.DOOR_OUT_OF_HOURS
        writes = panel.requests[wire.WRITE_TABLE]
        await device.write_holiday(christmas)
        assert panel.requests[wire.WRITE_TABLE] == writes
        await device.write_holiday(replace(christmas, yearly=False))
        await device.delete_holiday(today)
        await device.delete_holiday(today)
        assert await device.read_holidays() == [replace(christmas, yearly=False)]
        assert panel.swipe(1, ALICE.card).code == Code.GRANTED
        with pytest.raises(InvalidValue):
            await device.write_holiday(replace(christmas, kind=4))


async def test_a_holiday_without_a_date(home: Home) -> None:
    """After a fault; it is left out."""
    home.panel.tables.put("holiday", {"Holiday": 20261399, "HolidayType": 1})
    async with home.connected() as device:
        assert await device.read_holidays() == []


async def test_schedules_that_are_not_kept(home: Home) -> None:
    """The panel says OK and does nothing."""
    home.panel.answer = ignore(home.panel, wire.WRITE_TABLE)
    async with home.connected() as device:
        for number in (ALWAYS, 2):
            days = {Weekday.SUNDAY: (OFFICE_HOURS,)}
            with pytest.raises(CommandRefused):
                await device.write_time_zone(TimeZone(number=number, days=days))
        with pytest.raises(CommandRefused):
            await device.write_holiday(Holiday(day=date(2026, 12, 25)))


async def test_a_holiday_that_stays_as_it_was(home: Home) -> None:
    """The row is there, with another kind."""
    async with home.connected() as device:
        await device.write_holiday(Holiday(day=date(2026, 12, 25)))
        home.panel.answer = ignore(home.panel, wire.WRITE_TABLE)
        with pytest.raises(CommandRefused):
            await device.write_holiday(Holiday(day=date(2026, 12, 25), kind=2))


# What goes wrong on the way


async def test_a_connection_lost_in_the_middle(home: Home) -> None:
    """It is opened again and the work goes on where it was."""
    people = visitors(120)
    async with home.connected() as device:
        await home.clock.advance(5)
        home.panel.faults.reset_after = 3
        assert await home.run(device.write_users(people)) == {}
        there = await device.read_users()
        assert [there[user.user_id] for user in people] == people
        assert home.panel.connections == 2


async def test_a_panel_that_is_gone(home: Home) -> None:
    """The caller is told after some tries."""
    async with home.connected() as device:
        home.panel.reboot()
        with pytest.raises(CannotConnect):
            await home.run(device.write_users([CAROL]))


async def test_door_commands_go_first(build: HomeBuilder) -> None:
    """A long read gives way, and starts again."""
    home = await build(users=[ALICE, BOB, *generated_users(3000)])
    async with home.connected() as device:
        await home.clock.advance(5)
        parts = home.panel.requests[wire.READ_PART]
        writing = asyncio.create_task(device.write_users([CAROL]))
        await until(lambda: home.panel.requests[wire.READ_PART] > parts)
        await device.open_door(1, 3)
        assert home.panel.commands == [(1, b"\x01\x01\x03\x00")]
        assert await home.run(writing) == {}
        users = await device.read_users()
        assert len(users) == 3003
        assert users["77"] == CAROL


def interrupt(
    panel: SimulatedPanel, open_door: Callable[[], object], rest: int
) -> PanelAnswer:
    """Return how a panel answers where a door command follows each long answer, but for every so manieth."""
    answer = panel.answer
    announced = 0

    def answering(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        nonlocal announced
        reply = answer(link, frame)
        if reply[0].command == wire.LARGE_REPLY:
            announced += 1
            if announced % rest:
                open_door()
        return reply

    return answering


async def test_every_second_request_is_a_door_command(build: HomeBuilder) -> None:
    """Only the table that was interrupted is read again, so that reading comes to an end."""
    home = await build(users=[ALICE, BOB, *generated_users(1200)])
    panel = home.panel
    for user in generated_users(1200):
        panel.tables.put("templatev10", {"Pin": user.pin, "FingerID": 1})
    openings: list[asyncio.Task[None]] = []
    async with home.connected() as device:
        await home.clock.advance(5)
        reads = panel.requests[wire.READ_TABLE]

        def open_door() -> None:
            openings.append(asyncio.create_task(device.open_door(1, 3)))

        panel.answer = interrupt(panel, open_door, rest=4)
        users = await home.run(device.read_users())
        assert len(users) == 1202
        assert users["101"].rights == BOTH_DOORS
        assert users["101"].credentials == {Credential.FINGERPRINT: 1}
        # Users, rights and fingers four times each; the older fingers are none.
        assert len(openings) == len(panel.commands) == 9
        assert panel.requests[wire.READ_TABLE] == reads + 13
        assert await home.run(device.write_users([CAROL, *visitors(10)])) == {}
        assert {"77", "1001", "1010"} <= (await home.run(device.read_users())).keys()
        await asyncio.gather(*openings)


async def test_door_commands_without_end(build: HomeBuilder) -> None:
    """Doors come first; whoever reads is told in the end."""
    home = await build(users=generated_users(1000))
    openings: list[asyncio.Task[None]] = []
    async with home.connected() as device:
        await home.clock.advance(5)

        def open_door() -> None:
            openings.append(asyncio.create_task(device.open_door(1, 3)))

        home.panel.answer = interrupt(home.panel, open_door, rest=1000)
        with pytest.raises(DeviceError, match="a command went first"):
            await home.run(device.read_users())
        assert len(openings) == 10
        await asyncio.gather(*openings)


async def test_two_at_once(home: Home) -> None:
    """Neither undoes what the other did."""
    async with home.connected() as device:
        await asyncio.gather(
            device.write_users([CAROL]),
            device.write_users([replace(CAROL, rights=frozenset({Right(2)}))]),
        )
        assert rights(home.panel, 77) == {(1, 0b10)}


async def test_a_panel_that_tells_nothing_of_people(home: Home) -> None:
    """It has no tables: none of it is offered."""
    home.panel.answer = refuse(home.panel, wire.TABLE_DEFINITIONS)
    async with home.connected() as device:
        assert device.people is None
        for verb in (
            device.read_users(),
            device.write_users([CAROL]),
            device.delete_users(["1"]),
            device.clear_users(),
            device.read_time_zones(),
            device.write_time_zone(TimeZone(number=1, days={})),
            device.read_holidays(),
            device.write_holiday(Holiday(day=date(2026, 12, 25))),
            device.delete_holiday(date(2026, 12, 25)),
            device.enrol("1", Credential.FINGERPRINT, 0),
        ):
            with pytest.raises(Unsupported):
                await verb


async def test_a_panel_with_a_table_of_users_only(home: Home) -> None:
    """Who is there can be read and changed; rights and schedules are refused by name."""
    panel = home.panel
    answer = panel.answer
    [line, *_] = panel.tables.definitions.splitlines()

    def only_users(link: Link, frame: wire.Frame) -> tuple[Reply, bytes]:
        if frame.command != wire.TABLE_DEFINITIONS:
            return answer(link, frame)
        raw = wire.Frame(panel.address, wire.OK, frame.data[:4] + line)
        return Reply(), raw.encode()

    panel.answer = only_users
    plain = replace(CAROL, rights=frozenset())
    async with home.connected() as device:
        assert (await device.write_users([CAROL])).keys() == {"77"}
        assert await device.write_users([plain]) == {}
        assert (await device.read_users())["77"] == plain
        assert await device.delete_users(["77"]) == {}
        assert "77" not in await device.read_users()
        for verb in (
            device.read_time_zones(),
            device.read_holidays(),
            device.delete_holiday(date(2026, 12, 25)),
        ):
            with pytest.raises(Unsupported):
                await verb
        for wrong in (
            device.write_time_zone(TimeZone(number=1, days={})),
            device.write_holiday(Holiday(day=date(2026, 12, 25))),
        ):
            with pytest.raises(InvalidValue):
                await wrong


async def test_reading_that_is_refused(home: Home) -> None:
    """The panel's own words come back."""
    home.panel.answer = refuse(home.panel, wire.READ_TABLE)
    async with home.connected() as device:
        with pytest.raises(DeviceError, match="does not know this command"):
            await device.read_users()


async def test_nothing_private_leaves(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """PIN codes and cards are neither in logs nor in bug reports nor in what is printed."""
    caplog.set_level(logging.DEBUG)
    home.panel.tables.longest_text = 3
    async with home.connected() as device:
        failures = await device.write_users([CAROL])
        users = await device.read_users()
        texts = (caplog.text, device.diagnostics(), failures, users, CAROL)
        for private in ("4711", "5551234", str(ALICE.card)):
            assert not any(private in str(text) for text in texts)
