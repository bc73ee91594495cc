"""The texts that a terminal can be sent, and none besides."""

from collections.abc import Callable
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.attendance import commands
from custom_components.zkteco.protocol.attendance.commands import encode
from custom_components.zkteco.protocol.errors import InvalidValue

ROW = {
    "PIN": "4",
    "Name": "Zoë = B",
    "Pri": "14",
    "Passwd": "",
    "Card": "1234567",
    "Grp": "1",
    "TZ": "0000000100000000",
}
MORNING = datetime(2026, 8, 28)
EVENING = datetime(2026, 8, 28, 23, 59, 59)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (commands.unlock(), "C:7:AC_UNLOCK"),
        (commands.cancel_alarm(), "C:7:AC_UNALARM"),
        (commands.restart(), "C:7:REBOOT"),
        (commands.check(), "C:7:CHECK"),
        (commands.info(), "C:7:INFO"),
        (commands.clear_users(), "C:7:CLEAR ALL USERINFO"),
        (commands.set_option("VOLUME", "70"), "C:7:SET OPTION VOLUME=70"),
        (commands.query_users(), "C:7:DATA QUERY USERINFO"),
        (commands.query_users("5_4968"), "C:7:DATA QUERY USERINFO PIN=5_4968"),
        (
            commands.query_punches(MORNING, EVENING),
            "C:7:DATA QUERY ATTLOG StartTime=2026-08-28 00:00:00\tEndTime=2026-08-28 23:59:59",
        ),
        (commands.delete_user("4"), "C:7:DATA DELETE USERINFO PIN=4"),
        (
            commands.update_user(ROW),
            (
                "C:7:DATA UPDATE USERINFO PIN=4\tName=Zoë = B\tPri=14\tPasswd=\tCard=1234567"
                "\tGrp=1\tTZ=0000000100000000"
            ),
        ),
        (
            commands.enrol_finger("4", 6),
            "C:7:ENROLL_FP PIN=4\tFID=6\tRETRY=3\tOVERWRITE=1",
        ),
    ],
)
def test_every_command_in_its_line(text: str, line: str) -> None:
    """As the vendor's own software writes them."""
    assert encode(7, text) == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Shell reboot",
        "SHELL ls",
        "PutFile x\ty",
        "GetFile /mnt/mtdblock/data",
        "CLEAR DATA",
        "CLEAR LOG",
        "DATA DELETE USERINFO",
        "DATA DELETE USERINFO PIN=",
        "DATA DELETE USERINFO PIN=1\tName=x",
        "SET OPTION ICLOCKSVRURL=http://x",
        "SET OPTION VOLUME=1\nC:9:Shell",
        "AC_UNLOCK\nC:9:AC_UNLOCK",
        "AC_UNLOCK ",
        "DATA UPDATE USERINFO PIN=1\tName=a\nC:2:Shell x",
        "DATA UPDATE USERINFO PIN=1\tName=a\rC:2:Shell x",
        "DATA UPDATE USERINFO PIN=1\tName=a\u2028",
    ],
)
def test_nothing_else_leaves(text: str) -> None:
    """No shell, no file, no second line, no delete without a user."""
    with pytest.raises(InvalidValue, match="command"):
        encode(7, text)


@pytest.mark.parametrize("number", [0, -1, 2**31])
def test_numbers_of_commands(number: int) -> None:
    """Terminals keep them in 31 bits."""
    with pytest.raises(InvalidValue, match="command id"):
        encode(number, commands.info())


BUILDERS: list[Callable[[str], str]] = [
    commands.query_users,
    commands.delete_user,
    lambda text: commands.enrol_finger(text, 0),
    lambda text: commands.update_user({"PIN": text}),
    lambda text: commands.update_user({"PIN": "1", "Name": text}),
    lambda text: commands.update_user({"PIN": "1", text: "x"}),
    lambda text: commands.set_option("VOLUME", text),
    lambda text: commands.set_option(text, "1"),
]


@given(st.sampled_from(BUILDERS), st.text())
def test_no_value_breaks_out_of_its_field(
    build: Callable[[str], str], text: str
) -> None:
    """A builder refuses, or makes one command in one line."""
    try:
        line = encode(1, build(text))
    except InvalidValue:
        return
    assert len(line.splitlines()) == 1
    assert line.count("\t") <= 3
    assert line.startswith("C:1:")


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: commands.set_option("VOLUME", ""), "VOLUME"),
        (lambda: commands.set_option("VOLUME", "1" * 257), "VOLUME"),
        (lambda: commands.set_option("ComKey", "1"), "name"),
        (lambda: commands.enrol_finger("1", 10), "index"),
        (lambda: commands.enrol_finger("1", -1), "index"),
        (lambda: commands.update_user({"Name": "nobody"}), "user_id"),
        (lambda: commands.update_user({"PIN": "1", "Shell": "x"}), "Shell"),
        (lambda: commands.delete_user("*"), "user_id"),
        (lambda: commands.delete_user("1 2"), "user_id"),
    ],
)
def test_refusals_name_the_field(build: Callable[[], str], field: str) -> None:
    """A person reads what is wrong."""
    with pytest.raises(InvalidValue) as refused:
        build()
    assert refused.value.field == field
