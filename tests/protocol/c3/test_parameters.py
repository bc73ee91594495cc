"""Panel parameters."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.c3 import parameters
from custom_components.zkteco.protocol.c3.parameters import (
    PARAMETERS,
    check_readable,
    check_writable,
    encode_get,
    encode_set,
    find,
    parse,
)
from custom_components.zkteco.protocol.errors import InvalidValue

NAMES = st.from_regex(r"~?[A-Za-z][A-Za-z0-9_]{0,39}", fullmatch=True)
VALUES = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",="),
    max_size=40,
)

SECRETS = [
    "ComPwd",
    *(f"Door{n}SupperPassWord" for n in range(1, 5)),
    *(f"Door{n}ForcePassWord" for n in range(1, 5)),
]


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=20))
def test_what_is_written_can_be_read(values: dict[str, str]) -> None:
    """Writing and answering have the same form."""
    assert parse(encode_set(values)) == values


@given(st.lists(NAMES, min_size=1, max_size=30))
def test_names_to_read(names: list[str]) -> None:
    """A read lists names, separated by commas."""
    assert encode_get(names).decode().split(",") == names


@pytest.mark.parametrize("count", [0, 31])
def test_how_many_can_be_read(count: int) -> None:
    """At most 30 names go into one request."""
    with pytest.raises(InvalidValue, match="parameters: 1 to 30 names"):
        encode_get(["MAC"] * count)


@pytest.mark.parametrize("count", [0, 21])
def test_how_many_can_be_written(count: int) -> None:
    """At most 20 values go into one request."""
    with pytest.raises(InvalidValue, match="parameters: 1 to 20"):
        encode_set({f"Name{n}": "1" for n in range(count)})


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A,Reboot",
        "A=1",
        "A\r\n",
        "A\n",
        "A\tB",
        "A\0",
        "A B",
        "Tür",
        "1A",
        "A" * 41,
        "~",
        "~~A",
    ],
)
def test_names_that_could_be_more_than_a_name(name: str) -> None:
    """No name smuggles in a second one, and a bad one is not repeated in the error."""
    for build in (
        lambda: encode_get([name]),
        lambda: encode_set({name: "1"}),
        lambda: check_readable(name),
        lambda: check_writable(name, "1"),
    ):
        with pytest.raises(InvalidValue, match=r"^parameter name: 1 to 40 letters"):
            build()


@pytest.mark.parametrize(
    "value",
    ["1,Reboot=1", "a=b", "1\r", "1\n", "1\t", "1\0", "\x7f", "ü", "\x1b"],
)
def test_values_that_could_be_more_than_a_value(value: str) -> None:
    """No value smuggles in a second parameter."""
    with pytest.raises(InvalidValue, match=r"^WatchDog: printable ASCII without comma"):
        encode_set({"WatchDog": value})


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b"", {}),
        (b"~ZKFPVersion=,LockCount=2", {"~ZKFPVersion": "", "LockCount": "2"}),
        (b"A=b=c", {"A": "b=c"}),
        (b"A=1\0\0", {"A": "1"}),
        (b"A=1,\r\n", {"A": "1"}),
        (b"A=1,nonsense,=2, B = 3 \r\n", {"A": "1", "B": "3"}),
        (b"FirmVer=AC Ver 4.3.4 Apr 27 2017", {"FirmVer": "AC Ver 4.3.4 Apr 27 2017"}),
        (b"A=\xff", {"A": "�"}),
    ],
)
def test_answers(data: bytes, values: dict[str, str]) -> None:
    """Whatever a panel answers, what can be understood is."""
    assert parse(data) == values


@given(st.binary())
def test_any_answer_can_be_read(data: bytes) -> None:
    """No answer raises."""
    assert all(name for name in parse(data))


def test_names_of_doors_and_readers() -> None:
    """Doors count to 4, readers to 8."""
    drive_time = find("Door1Drivertime")

    assert drive_time is not None
    assert drive_time.name == "Door{n}Drivertime"
    assert find("Door4Drivertime") is drive_time
    assert find("Reader8IOState") is not None
    for name in (
        "Door0Drivertime",
        "Door5Drivertime",
        "Door{n}Drivertime",
        "Reader9IOState",
        "door1drivertime",
    ):
        assert find(name) is None


def test_the_table_is_complete() -> None:
    """Every entry says what it is and where that is written, and what may be written."""
    for parameter in PARAMETERS:
        assert parameter.words
        assert parameter.source
        assert parameter.writable == bool(parameter.allowed)
        assert not (parameter.secret and parameter.writable)
    assert len({parameter.name for parameter in PARAMETERS}) == len(PARAMETERS)


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_stay_secret(name: str) -> None:
    """Panels would tell passwords in clear text; nobody gets to ask."""
    with pytest.raises(InvalidValue, match=f"^{name}: passwords are neither"):
        check_readable(name)
    with pytest.raises(InvalidValue, match=f"^{name}: passwords are neither"):
        check_writable(name, "1234")


@pytest.mark.parametrize(
    "name",
    [
        "~SerialNumber",
        "DateTime",
        "IPAddress",
        "GATEIPAddress",
        "NetMask",
        "DeviceID",
        "Door1CancelKeepOpenDay",
        "Door1MaskFlag",
        "WeekOfMonth10",
        "~MaxUserCount",
    ],
)
def test_what_can_only_be_read(name: str) -> None:
    """Nothing that cuts the owner off, has a verb of its own or is not documented well enough is written."""
    check_readable(name)
    with pytest.raises(InvalidValue, match=f"^{name}: can only be read$"):
        check_writable(name, "1")


@pytest.mark.parametrize("name", ["Reboot", "Door9Drivertime", "WebServerIP"])
def test_unknown_names(name: str) -> None:
    """Only documented names; restarting has a verb of its own."""
    with pytest.raises(InvalidValue, match=f"^{name}: not a documented parameter$"):
        check_readable(name)
    with pytest.raises(InvalidValue, match=f"^{name}: not a documented parameter$"):
        check_writable(name, "1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Door1Drivertime", "0"),
        ("Door4Drivertime", "255"),
        ("Door1SensorType", "2"),
        ("Door1Intertime", "254"),
        ("Door1VerifyType", "24"),
        ("BackupTime", "24"),
        ("AntiPassback", "6"),
        ("AntiPassback", "192"),
        ("AntiPassback", "196"),
        ("AntiPassback", "240"),
        ("InterLock", "5"),
        ("Reader1IOState", "1"),
        ("RS232BaudRate", "38400"),
    ],
)
def test_values_that_are_allowed(name: str, value: str) -> None:
    """The ends of the documented ranges can be written."""
    check_writable(name, value)
    assert encode_set({name: value}) == f"{name}={value}".encode()


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("Door1Drivertime", "256", "a whole number from 0 to 255"),
        ("Door1Drivertime", "-1", "a whole number from 0 to 255"),
        ("Door1Drivertime", "", "a whole number from 0 to 255"),
        ("Door1Drivertime", "05", "a whole number from 0 to 255"),
        ("Door1Drivertime", "5.0", "a whole number from 0 to 255"),
        ("Door1Drivertime", "٥", "a whole number from 0 to 255"),
        ("Door1SensorType", "3", "a whole number from 0 to 2"),
        ("Door1Intertime", "255", "a whole number from 0 to 254"),
        ("Door1CloseAndLock", "2", "a whole number from 0 to 1"),
        ("BackupTime", "0", "a whole number from 1 to 24"),
        ("InterLock", "6", "a whole number from 0 to 5"),
        ("RS232BaudRate", "1", "one of 9600, 19200, 38400, 57600, 115200"),
        ("AntiPassback", "7", "one of 0, 1, 2"),
    ],
)
def test_values_that_are_not(name: str, value: str, limit: str) -> None:
    """The error names the parameter and the limit, never the value."""
    with pytest.raises(InvalidValue, match=f"^{name}: {limit}") as error:
        check_writable(name, value)
    assert error.value.field == name


def test_limits_of_the_protocol() -> None:
    """The client splits its reads by this."""
    assert (parameters.MAX_READ, parameters.MAX_WRITE) == (30, 20)
