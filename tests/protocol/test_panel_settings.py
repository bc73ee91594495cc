"""What the parameters of panels mean, in both directions."""

import pytest

from custom_components.zkteco.protocol.c3.parameters import check_writable
from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.event_codes import METHODS
from custom_components.zkteco.protocol.panel_settings import (
    MAX_DOORS,
    MAX_READERS,
    Parameter,
    find,
    parameters,
)
from custom_components.zkteco.protocol.settings import (
    CHOICES,
    Choice,
    Range,
    Scope,
    SettingKey as Key,
    SettingValue,
    Switch,
)

# Security PUSH 3.1.2 section 9.5.1, without the passwords.
PRINTED = (
    "Door1Drivertime=5,Door1KeepOpenTimeZone=0,Door1ValidTZ=1,Door1Intertime=0,Door1VerifyType=0,"
    "Door1SensorType=1,Door1Detectortime=15,Door1CloseAndLock=0,Reader1IOState=0"
)


def known(
    doors: int = 4, readers: int = 8, verify_codes: frozenset[int] | None = None
) -> dict[str, Parameter]:
    """Return what a panel may have, by name."""
    found = parameters(doors=doors, readers=readers, verify_codes=verify_codes)
    return {parameter.name: parameter for parameter in found}


def test_the_printed_example() -> None:
    """Every setting in it has its meaning, and goes back as it came."""
    texts = dict(pair.split("=") for pair in PRINTED.split(","))
    possible = known(1, 1)
    read = {
        name: possible[name].setting(text).value
        for name, text in texts.items()
        if name in possible
    }
    assert read == {
        "Door1KeepOpenTimeZone": 0,
        "Door1ValidTZ": 1,
        "Door1Intertime": 0,
        "Door1VerifyType": "automatic",
        "Door1SensorType": "normally_open",
        "Door1Detectortime": 15,
        "Door1CloseAndLock": False,
        "Reader1IOState": "in",
    }
    assert {name: possible[name].encode(value) for name, value in read.items()} == {
        name: text for name, text in texts.items() if name in possible
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Door2SensorType", "0", "none"),
        ("Door2SensorType", "2", "normally_closed"),
        ("Door1FirstCardOpenDoor", "1", "normal_open"),
        ("Door1FirstCardOpenDoor", "2", "activation"),
        ("Door1InOutAntiPassback", "3", "in_and_out"),
        ("Door4MultiCardOpenDoor", "1", True),
        ("Door1REXInput", "1", True),
        ("Door1VerifyType", "11", "card_and_pin_code"),
        ("Reader8IOState", "1", "out"),
        ("AntiPassback", "0", "off"),
        ("AntiPassback", "6", "door_1_against_2_3_4"),
        ("AntiPassback", "16", "readers_1"),
        ("AntiPassback", "48", "readers_1_2"),
        ("AntiPassback", "192", "readers_3_4"),
        ("AntiPassback", "240", "readers_1_2_3_4"),
        ("InterLock", "4", "doors_1_2_and_3_4"),
        ("InterLock", "5", "doors_1_2_3_4"),
    ],
)
def test_meanings(name: str, text: str, value: SettingValue) -> None:
    """Texts to values and back (appendices 8 to 10)."""
    parameter = known()[name]
    assert parameter.setting(text).value == value
    assert parameter.encode(value) == text


def test_a_misprint_is_read_and_not_repeated() -> None:
    """Readers of doors 3 and 4: both documents have 196, the sum is 192."""
    rule = known()["AntiPassback"]
    assert rule.setting("196").value == "readers_3_4"
    assert rule.encode("readers_3_4") == "192"


@pytest.mark.parametrize("text", ["", "3", "-1", "x", "1.0", "1234", "٢"])
def test_what_no_document_explains_is_unknown(text: str) -> None:
    """It never becomes one of the known."""
    setting = known()["Door1SensorType"].setting(text)
    assert setting.value is None
    assert setting.kind == Choice(CHOICES[Key.SENSOR_TYPE])


def test_numbers_may_have_leading_zeros_and_spaces() -> None:
    """Some firmware pads."""
    assert known()["Door1Detectortime"].setting(" 015 ").value == 15


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Door1SensorType", "open", "one of none, normally_open, normally_closed"),
        ("Door1SensorType", 1, "one of none"),
        ("Door1Detectortime", 256, "a whole number from 0 to 255"),
        ("Door1Detectortime", -1, "a whole number from 0 to 255"),
        ("Door1Detectortime", True, "a whole number"),
        ("Door1Intertime", 255, "a whole number from 0 to 254"),
        ("Door1CloseAndLock", 1, "on or off"),
        ("Door1CloseAndLock", "on", "on or off"),
    ],
)
def test_what_cannot_be_set(name: str, value: SettingValue, words: str) -> None:
    """The setting is named, and what is allowed."""
    parameter = known()[name]
    with pytest.raises(InvalidValue, match=words) as caught:
        parameter.encode(value)
    assert caught.value.field == parameter.key.replace("_", " ")


def words(name: str, doors: int, **told: frozenset[int]) -> tuple[str, ...]:
    """Return what a panel with some doors can choose."""
    kind = known(doors, 0, **told)[name].meaning.kind
    assert isinstance(kind, Choice)
    return kind.words


def test_rules_need_their_doors() -> None:
    """Nobody is offered a rule about a door that is not there."""
    assert words("AntiPassback", 1) == ("off", "readers_1")
    assert words("AntiPassback", 2) == (
        "off",
        "doors_1_2",
        "readers_1",
        "readers_2",
        "readers_1_2",
    )
    assert words("AntiPassback", 4) == CHOICES[Key.ANTI_PASSBACK]
    assert "InterLock" not in known(1)
    assert words("InterLock", 2) == ("off", "doors_1_2")
    assert words("InterLock", 4) == CHOICES[Key.INTERLOCK]


def test_a_rule_that_is_set_without_its_doors_is_shown() -> None:
    """Somebody set it by mistake, or the panel had more doors."""
    setting = known(2)["InterLock"].setting("5")
    assert setting.value == "doors_1_2_3_4"
    assert setting.kind == Choice(("off", "doors_1_2", "doors_1_2_3_4"))


def test_ways_to_verify_are_those_that_the_device_told() -> None:
    """And the one that it is set to."""
    told = frozenset({1, 4, 200})
    assert words("Door1VerifyType", 1, verify_codes=told) == ("fingerprint", "card")
    assert words("Door1VerifyType", 1) == tuple(METHODS.values())
    setting = known(1, 1, told)["Door1VerifyType"].setting("11")
    assert setting.kind == Choice(("fingerprint", "card", "card_and_pin_code"))


def test_every_choice_has_its_words() -> None:
    """What Home Assistant has texts for is what can be chosen, and no more."""
    used: dict[Key, set[str]] = {}
    for parameter in known(MAX_DOORS, MAX_READERS).values():
        if isinstance(kind := parameter.meaning.kind, Choice):
            used.setdefault(parameter.key, set()).update(kind.words)
    assert used == {key: set(words) for key, words in CHOICES.items()}


@pytest.mark.parametrize(
    ("readers", "doors_of_readers"),
    [
        (4, [1, 1, 2, 2]),
        (2, [1, 2]),
        (3, [None, None, None]),
        (0, []),
    ],
)
def test_where_readers_are(readers: int, doors_of_readers: list[int | None]) -> None:
    """One each, or one to come in and one to leave; otherwise nobody knows."""
    found = parameters(doors=2, readers=readers, verify_codes=None)
    assert [p.door for p in found if p.scope is Scope.READER] == doors_of_readers


def test_a_setting_has_its_kind() -> None:
    """A time, a number, a switch."""
    panel = known()
    assert panel["Door1Detectortime"].setting("0").kind == Range(0, 255, seconds=True)
    assert panel["Door1ValidTZ"].setting("0").kind == Range(0, 255)
    setting = panel["Door3CloseAndLock"].setting("1")
    assert setting.kind == Switch()
    assert (setting.scope, setting.number, setting.door) == (Scope.DOOR, 3, 3)
    assert setting.id == (Key.LOCK_ON_CLOSING, 3)
    assert panel["InterLock"].setting("0").id == (Key.INTERLOCK, 0)


def test_find() -> None:
    """By what it sets, and where."""
    possible = parameters(doors=2, readers=2, verify_codes=None)
    assert find(possible, Key.SENSOR_TYPE, 2).name == "Door2SensorType"
    for number in (0, 3):
        possible = parameters(doors=2, readers=2, verify_codes=None)
        with pytest.raises(InvalidValue, match="sensor type"):
            find(possible, Key.SENSOR_TYPE, number)


def test_everything_is_a_documented_parameter_of_panels() -> None:
    """What an entity may write, an owner may write by name, too."""
    for parameter in known(verify_codes=frozenset(range(25))).values():
        kind = parameter.meaning.kind
        values: tuple[SettingValue, ...] = (
            kind.words
            if isinstance(kind, Choice)
            else (True, False)
            if isinstance(kind, Switch)
            else (kind.low, kind.high)
        )
        for value in values:
            check_writable(parameter.name, parameter.encode(value))
