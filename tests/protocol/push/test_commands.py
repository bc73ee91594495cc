"""The texts that move something, and the lines they travel in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.push import account, commands, control
from custom_components.zkteco.protocol.push.codes import Biometric
from custom_components.zkteco.protocol.push.commands import Advertisement, encode
from custom_components.zkteco.protocol.push.upgrade import Firmware, Method, upgrade


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # Printed in sections 8.1 and 9.
        (
            commands.set_options(
                {
                    "IPAddress": "192.168.213.222",
                    "GATEIPAddress": "192.168.213.1",
                    "NetMask": "255.255.255.0",
                }
            ),
            "SET OPTIONS IPAddress=192.168.213.222,GATEIPAddress=192.168.213.1,NetMask=255.255.255.0",
        ),
        (
            commands.set_time(datetime(2018, 2, 22, 14, 54, 54)),
            "SET OPTIONS DateTime=583080894",
        ),
        (
            commands.get_options(["~SerialNumber", "FirmVer", "~DeviceName"]),
            "GET OPTIONS ~SerialNumber,FirmVer,~DeviceName",
        ),
        (
            commands.query("user"),
            "DATA QUERY tablename=user,fielddesc=*,filter=*",
        ),
        (
            commands.query_new("transaction"),
            "DATA QUERY tablename=transaction,fielddesc=*,filter=NewRecord",
        ),
        (
            commands.query("[APList]"),
            "DATA QUERY tablename=[APList],fielddesc=*,filter=*",
        ),
        (
            commands.query("biophoto", conditions={"Type": 9, "Pin": "1"}),
            "DATA QUERY tablename=biophoto,fielddesc=*,filter=Type=9\tPin=1",
        ),
        (commands.count("user"), "DATA COUNT user"),
        (commands.count("biophoto", {"Type": 9}), "DATA COUNT biophoto Type=9"),
        (
            commands.data_update(
                "user",
                [
                    {
                        "CardNo": "",
                        "Pin": 1,
                        "Password": 234,
                        "Group": 0,
                        "StartTime": 0,
                        "EndTime": 0,
                        "Name": "",
                        "Privilege": 0,
                    }
                ],
            ),
            "DATA UPDATE user CardNo=\tPin=1\tPassword=234\tGroup=0\tStartTime=0\tEndTime=0\tName=\tPrivilege=0",
        ),
        (
            commands.data_update(
                "DeviceAuthorize", [{"SN": "DDG7050067042500078", "IsAuthorize": 2}]
            ),
            "DATA UPDATE DeviceAuthorize SN=DDG7050067042500078\tIsAuthorize=2",
        ),
        (commands.data_delete("user", [{"Pin": 1}]), "DATA DELETE user Pin=1"),
        (
            commands.data_delete("templatev10", [{"Pin": 1, "FingerID": 6}]),
            "DATA DELETE templatev10 Pin=1\tFingerID=6",
        ),
        (
            commands.enrol_biometric(Biometric.FACE, 0, "1"),
            "ENROLL_BIO TYPE=9\tNO=0\tPIN=1\tRETRY=3\tOVERWRITE=1\tMODE=1",
        ),
        # By the rules of sections 9.1.2, 9.4 and 9.6.
        (
            commands.data_delete("user", [{"Pin": 1}, {"Pin": 2}]),
            "DATA DELETE user Pin=1\nPin=2",
        ),
        (commands.data_clear("user"), "DATA DELETE user *"),
        (commands.enrol_card("7"), "ENROLL_INFO TYPE=0\tPIN=7\tRETRY=3\tMODE=1"),
        (
            commands.query("user", ["Pin", "Name"]),
            "DATA QUERY tablename=user,fielddesc=Pin\tName,filter=*",
        ),
        (
            commands.data_update("user", [{"Pin": 1, "Name": "Zoë"}, {"Pin": 2}]),
            "DATA UPDATE user Pin=1\tName=Zoë\nPin=2",
        ),
        (
            commands.set_options({"WebServerURL": "http://ha.lan:8123/?a=b"}),
            "SET OPTIONS WebServerURL=http://ha.lan:8123/?a=b",
        ),
    ],
)
def test_commands(text: str, line: str) -> None:
    """Each builder's text, and the line that hands it to a device."""
    assert text == line
    assert encode(221, text) == f"C:221:{line}"


def test_command_for_a_sub_controller() -> None:
    """Masters of other devices want to know whom a command is for (appendix 14)."""
    text = commands.data_update("user", [{"Pin": 1}])

    assert encode(295, text, prefix_for="DDG7012017010600049") == (
        "DataType=1,SN=DDG7012017010600049,Priority=0,CmdID=295,CmdDesc=C:295:DATA UPDATE user Pin=1"
    )
    with pytest.raises(InvalidValue, match=r"^serial number: 4 to 32"):
        encode(295, text, prefix_for="1,CmdDesc=C:1:x")


def shown(*, url: str = "/a", area: int = 1, seconds: int = 0) -> str:
    """Show a video to those who leave."""
    return commands.advertise(
        Advertisement.VIDEO, url, leaving=True, area=area, size="", seconds=seconds
    )


NAME = "1 to 64 letters, digits or underscores"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: commands.set_options({}), "options: 1 to 1000 in one command"),
        (lambda: commands.get_options([]), "options: 1 to 1000 in one command"),
        (lambda: commands.get_options(["A,B"]), f"option: {NAME}"),
        (lambda: commands.set_options({"A=1,B": "2"}), f"field name: {NAME}"),
        (
            lambda: commands.set_options({"SSID": "a,WebServerIP=1.2.3.4"}),
            "SSID: no comma, no control characters",
        ),
        (lambda: commands.set_options({"A": "x" * 1025}), "A: at most 1024 characters"),
        (lambda: commands.try_host("a b", 80), "host: a name or an IPv4 address"),
        (lambda: commands.try_host("", 80), "host: a name or an IPv4 address"),
        (lambda: commands.try_host("a:1\nC:2", 80), "host: a name or an IPv4 address"),
        (lambda: commands.try_host("a", 0), "port: must be from 1 to 65535"),
        (lambda: shown(area=0), "Area: must be from 1 to 999"),
        (lambda: shown(seconds=100000), "seconds: must be from 0 to 99999"),
        (lambda: shown(url=""), "URL: must not be empty"),
        (lambda: shown(url="/a,b"), "URL: no comma, no control characters"),
        (
            lambda: commands.set_time(datetime(2018, 1, 1, tzinfo=UTC)),
            "time: must be local, without a time zone",
        ),
        (lambda: commands.query("user,filter=*"), f"table: {NAME}"),
        (lambda: commands.query("[user"), f"table: {NAME}"),
        (lambda: commands.query("user", ["Pin,filter"]), f"field name: {NAME}"),
        (
            lambda: commands.query("user", conditions={"Pin": "1,2"}),
            "Pin: no comma, no control characters",
        ),
        (lambda: commands.count("user x"), f"table: {NAME}"),
        (lambda: commands.data_update("user", []), "rows: 1 to 1000 in one command"),
        (
            lambda: commands.data_update("user", [{"Pin": 1}, {}]),
            "rows: at least one field in each",
        ),
        (
            lambda: commands.data_update("user", [{"Pin": 1}] * 1001),
            "rows: 1 to 1000 in one command",
        ),
        (
            lambda: commands.data_delete("user", [{}]),
            "conditions: at least one in each",
        ),
        (lambda: commands.data_delete("user", []), "rows: 1 to 1000 in one command"),
        (
            lambda: commands.data_delete("user", [{"Pin": 1}, {}]),
            "conditions: at least one in each",
        ),
        (
            lambda: commands.enrol_biometric(Biometric.FINGERPRINT, 10, "1"),
            "index: must be from 0 to 9",
        ),
        (
            lambda: commands.data_delete("user", [{"Pin": ""}]),
            "Pin: must name what to delete",
        ),
        (
            lambda: commands.data_delete("user", [{"Pin": " * "}]),
            "Pin: must name what to delete",
        ),
        (
            lambda: encode(0, control.restart()),
            "command id: must be from 1 to 2147483647",
        ),
        (
            lambda: encode(2**31, control.restart()),
            "command id: must be from 1 to 2147483647",
        ),
    ],
)
def test_limits(build: Callable[[], str], message: str) -> None:
    """Door 0 never becomes all doors, no pulse a hold, no delete a wipe."""
    with pytest.raises(InvalidValue) as caught:
        build()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "separator",
    ["\t", "\n", "\r", "\0", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\ud800"],
)
def test_control_characters(separator: str) -> None:
    """A name is a name, whatever its owner typed; an error names the field and never the value."""
    value = f"Eve{separator}C:9:CONTROL DEVICE 010101FF"
    builders: list[Callable[[], str]] = [
        lambda: commands.data_update("user", [{"Name": value}]),
        lambda: commands.data_delete("user", [{"Name": value}]),
        lambda: commands.count("user", {"Name": value}),
    ]
    personal: list[Callable[[], str]] = [
        lambda: commands.enrol_card(value),
        lambda: commands.enrol_biometric(Biometric.FACE, 0, value),
    ]
    for build in personal:
        with pytest.raises(InvalidValue, match=r"^PIN: no control"):
            build()
    for build in builders:
        with pytest.raises(InvalidValue) as caught:
            build()
        assert str(caught.value) == "Name: no control characters"


@pytest.mark.parametrize("table", ["timezone", "transaction", "user *", "USER", ""])
def test_only_tables_of_people_are_cleared(table: str) -> None:
    """The rest of a device's memory cannot be wiped."""
    with pytest.raises(InvalidValue, match=r"^table: one of PersonalVSTimezone,"):
        commands.data_clear(table)


@pytest.mark.parametrize("table", sorted(commands.PERSONAL_TABLES))
def test_a_cleared_table_is_sent(table: str) -> None:
    """It is one of the commands that travel."""
    assert encode(1, commands.data_clear(table)) == f"C:1:DATA DELETE {table} *"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "REBOOT",
        "Shell reboot",
        "PutFile x",
        "UPGRADE x",
        "Test Host Address=a:1\nC:2:x",
        "Test Host Address=a:1 b",
        "Test Host x",
        "SET ADSCREEN_OPTIONS A=1",
        "SET ADSCREEN_OPTIONS InOut=0,Area=1,Type=0,Range=,URL=/a,InPlayInterval=5,A=1",
        "CONTROL DEVICE 01010105\nCONTROL DEVICE 01010105",
        "CONTROL DEVICE 01010105\n",
        "CONTROL DEVICE 010101051",
        "DATA DELETE timezone *",
        "DATA DELETE transaction *",
        "DATA DELETE user",
        "DATA DELETE user Pin=1\n*",
        "DATA UPDATE user Pin=1\nC:2:CONTROL DEVICE 01010105",
        "DATA UPDATE user Pin=1\rC:2:CONTROL DEVICE 01010105",
        "DATA QUERY tablename=user,fielddesc=*,filter=*\nC:2:REBOOT",
        "SET OPTIONS A=1\nC:2:REBOOT",
        "SET OPTIONS",
        "SET OPTIONS A=1\0",
    ],
)
def test_no_other_command_is_sent(text: str) -> None:
    """Only what a builder makes travels, however it came here."""
    with pytest.raises(InvalidValue, match=r"^command: must come from"):
        encode(1, text)


NAMES = st.from_regex(r"[A-Za-z]\w{0,9}", fullmatch=True).filter(str.isascii)
ANYTHING = (
    st.text() | st.text(st.sampled_from("aC:1,=\t\r\n\0*[] \u2028")) | st.integers()
)


def is_one_command(line: str, rows: int = 1) -> bool:
    """Whether a device reads `line` as one command with `rows` lines."""
    lines = line.splitlines()
    return len(lines) == rows and not any(item.startswith("C:") for item in lines[1:])


@given(st.lists(st.dictionaries(NAMES, ANYTHING, min_size=1), min_size=1))
def test_rows_stay_rows(rows: list[dict[str, str | int]]) -> None:
    """No value becomes another field, row or command."""
    try:
        line = encode(1, commands.data_update("user", rows))
    except InvalidValue:
        return
    assert is_one_command(line, len(rows))
    head = "C:1:DATA UPDATE user "
    for row, text in zip(rows, line.removeprefix(head).split("\n"), strict=True):
        fields = [part.partition("=")[::2] for part in text.split("\t")]
        assert fields == [(key, str(value)) for key, value in row.items()]


@given(st.dictionaries(NAMES, ANYTHING, min_size=1))
def test_options_stay_options(options: dict[str, str | int]) -> None:
    """No value becomes another option or command."""
    try:
        line = encode(1, commands.set_options(options))
    except InvalidValue:
        return
    assert is_one_command(line)
    parts = line.removeprefix("C:1:SET OPTIONS ").split(",")
    assert [part.partition("=")[::2] for part in parts] == [
        (key, str(value)) for key, value in options.items()
    ]


@given(ANYTHING.map(str), st.lists(ANYTHING.map(str)), st.dictionaries(NAMES, ANYTHING))
def test_questions_stay_questions(
    table: str, fields: list[str], conditions: dict[str, str | int]
) -> None:
    """No name and no condition becomes another command."""
    builders: list[Callable[[], str]] = [
        lambda: commands.query(table, fields, conditions),
        lambda: commands.query("user", (), conditions),
        lambda: commands.count("user", conditions),
        lambda: commands.get_options(fields),
        lambda: commands.data_delete("user", [conditions]),
    ]
    for build in builders:
        try:
            line = encode(1, build())
        except InvalidValue:
            continue
        assert is_one_command(line)


BUILT = (
    control.open_door(1, 5),
    control.elevator_floors([1], 5),
    account.packed_after(),
    account.between_indexes(1, 2),
    account.between_times(datetime(2018, 2, 22), datetime(2018, 2, 23)),
    upgrade(Method.ENCODED, Firmware.of(b"a"), "/a"),
    upgrade(Method.PLAIN, Firmware.of(b"a"), "http://ha.lan/a"),
    upgrade(Method.IN_PARTS, Firmware.of(b"a"), "/a"),
    commands.set_options({"A": 1}),
    commands.get_options(["A"]),
    commands.query("user", ["Pin"], {"Pin": 1}),
    commands.count("user", {"Pin": 1}),
    commands.data_update("user", [{"Pin": 1}]),
    commands.data_delete("user", [{"Pin": 1}]),
    commands.data_clear("user"),
    commands.enrol_card("1"),
    commands.enrol_biometric(Biometric.FACE, 0, "1"),
    commands.try_host("ha.lan", 8123),
    commands.advertise(
        Advertisement.VIDEO, "/a", leaving=True, area=1, size="1", seconds=0
    ),
)
"""One text of each builder that has a grammar of its own."""


def words(text: str) -> str:
    """Return the verb of a text, which is what it is about."""
    return " ".join(text.split()[:2])


@given(
    st.sampled_from(BUILT),
    st.integers(0, 90),
    st.integers(0, 3),
    st.text(st.sampled_from("aA0=,: *\t\n\r[]\u2028\0"), max_size=4),
)
def test_a_damaged_command_stays_what_it_was(
    text: str, place: int, length: int, instead: str
) -> None:
    """Or is refused: no change of a few characters makes another command or a second one of it."""
    changed = text[:place] + instead + text[place + length :]
    try:
        line = encode(1, changed)
    except InvalidValue:
        return
    assert is_one_command(line, changed.count("\n") + 1)
    assert changed.split(maxsplit=1)[0] in {words(item).split()[0] for item in BUILT}
    if changed.endswith(" *"):
        assert changed.removeprefix("DATA DELETE ")[:-2] in commands.PERSONAL_TABLES
    else:
        assert changed.count("\n") == 0 or changed.startswith("DATA ")


@given(st.integers(), ANYTHING.map(str), ANYTHING.map(str))
def test_only_one_command_is_ever_encoded(number: int, text: str, serial: str) -> None:
    """Whatever goes in: one command, or a clear refusal."""
    try:
        line = encode(number, text, prefix_for=serial)
    except InvalidValue:
        return
    assert is_one_command(line)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        # Printed in section 9.5.1.
        (
            datetime(2018, 2, 22, 14, 36, 30, tzinfo=timezone(timedelta(hours=8))),
            "DateTime=583050990,ServerTZ=+0800",
        ),
        (
            datetime(2018, 2, 22, 3, 6, 30, tzinfo=timezone(-timedelta(hours=3.5))),
            "DateTime=583050990,ServerTZ=-0330",
        ),
        (
            datetime(2018, 2, 22, 6, 36, 30, tzinfo=UTC),
            "DateTime=583050990,ServerTZ=+0000",
        ),
        (
            datetime(2018, 2, 22, 12, 21, 30, tzinfo=timezone(timedelta(hours=5.75))),
            "DateTime=583050990,ServerTZ=+0545",
        ),
    ],
)
def test_time_for_a_device_that_asks(now: datetime, answer: str) -> None:
    """UTC, and how far the zone is from it now."""
    assert commands.rtdata_time(now) == answer


@pytest.mark.parametrize(
    "now", [datetime(2018, 2, 22), datetime(1999, 12, 31, tzinfo=UTC)]
)
def test_time_that_cannot_be_told(now: datetime) -> None:
    """No zone, or before the calendar begins."""
    with pytest.raises(InvalidValue, match=r"^time: "):
        commands.rtdata_time(now)
