"""Which of our door numbers is which door of which device."""

import json

from custom_components.zkteco.protocol.push.doors import MAX_SUB_CONTROLLERS, Doors

SERIAL, FIRST, SECOND = "7001200100123", "SUB1", "SUB2"


def numbered() -> Doors:
    """Return a master with two devices behind it."""
    doors = Doors(SERIAL)
    doors.add(FIRST, 2)
    doors.add(SECOND, 4)
    return doors


def test_each_device_goes_on_where_the_one_before_could_end() -> None:
    """There is room for eight doors each, so that no number ever moves."""
    doors = numbered()
    assert [doors.number(serial, 2) for serial in (SERIAL, FIRST, SECOND)] == [
        2,
        10,
        18,
    ]
    assert [doors.place(number) for number in (2, 10, 18)] == [
        (None, 2),
        (FIRST, 2),
        (SECOND, 2),
    ]


def test_what_is_no_door_has_no_number() -> None:
    """A ninth door of one device is not the first of the next."""
    doors = numbered()
    assert doors.number(SERIAL, 9) is None
    assert doors.number(SERIAL, 0) is None
    assert doors.number("SUB3", 1) is None


def test_numbers_survive_a_restart() -> None:
    """And a device that is told of again in another order."""
    doors = Doors(SERIAL, json.loads(json.dumps(numbered().memory)))
    doors.add(SECOND, 1)
    doors.add(FIRST, 2)
    assert doors.number(SECOND, 1) == 17
    assert doors.subs == {FIRST: 2, SECOND: 1}


def test_nonsense_has_no_doors() -> None:
    """Neither from a file nor from a device."""
    assert Doors(SERIAL, {"SUB1": 2}).memory == []
    assert Doors(SERIAL, [[FIRST, 2, 3], FIRST, [FIRST, "2"], [SECOND, 1]]).memory == [
        [SECOND, 1]
    ]
    doors = Doors(SERIAL)
    doors.add(SERIAL, 2)
    doors.add(FIRST, 0)
    doors.add(FIRST, 9)
    assert doors.subs == {}


def test_there_is_an_end() -> None:
    """A device cannot have as many devices behind it as it likes."""
    doors = numbered()
    for number in range(100):
        doors.add(f"MORE{number}", 1)
    doors.add(FIRST, 3)
    assert len(doors.subs) == MAX_SUB_CONTROLLERS
    assert doors.subs[FIRST] == 3
