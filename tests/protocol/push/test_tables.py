"""The list of all tables: what the document prints, what may be written, and what comes back."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
import re

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.people import Interval
from custom_components.zkteco.protocol.push import commands, kinds, table_list as t
from custom_components.zkteco.protocol.push.kinds import Cell, DstMoment, Kind, Raw
from custom_components.zkteco.protocol.push.registration import parse_registration
from custom_components.zkteco.protocol.push.table_list import TABLES, find
from custom_components.zkteco.protocol.push.tables import (
    Field,
    Operation,
    Row,
    Table,
    check,
    count,
    delete,
    parse,
    parse_row,
    query,
    update,
)

from . import printed_tables as printed
from .printed_tables import Example

# Every heading of sections 9.1.1 to 9.1.4, in order, and of which table it is.
HEADINGS: Mapping[str, tuple[tuple[str, Table], ...]] = {
    "9.1.1": (
        ("User Information", t.USER),
        ("Extended User Information", t.EXTENDED_USER),
        ("MulCardUser Information", t.CARD),
        ("Identity Card Information", t.IDENTITY_CARD),
        ("User's Access Control Privilege", t.RIGHT),
        ("Holiday", t.HOLIDAY),
        ("Time Rule", t.TIME_ZONE),
        ("Fingerprint Template", t.FINGERPRINT),
        ("First-card Opening Information", t.FIRST_CARD),
        ("Multi-card Opening Information", t.MULTI_CARD),
        ("Linkage Details", t.LINKAGE),
        ("Scheduled Output Information", t.OUTPUT),
        ("DLST Information", t.DAYLIGHT_SAVING),
        ("Device Property", t.DEVICE),
        ("Device Parameter", t.DEVICE_PARAMETER),
        ("Door Property", t.DOOR),
        ("Door Parameter", t.DOOR_PARAMETER),
        ("Reader Property", t.READER),
        ("Reader Parameter", t.READER_PARAMETER),
        ("Auxiliary Input Property", t.AUX_INPUT),
        ("Auxiliary Output Property", t.AUX_OUTPUT),
        ("Default Wiegand Format", t.DEFAULT_FORMAT),
        ("Wiegand Format", t.FORMAT),
        ("Wiegand Format of Wiegand Reader", t.READER_FORMAT),
        ("Input Control (by Time Period) Information", t.INPUT),
        ("Verification Modes in Different Time Periods", t.VERIFY),
        ("Verification Modes for Different Doors in Different Periods", t.DOOR_VERIFY),
        ("Verification Modes for Different Users in Different Periods", t.USER_VERIFY),
        ("Super User Privilege", t.SUPER_USER),
        ("Comparison Photo", t.BIO_PHOTO),
        ("User Photo", t.USER_PHOTO),
        ("Unified Template", t.BIO_DATA),
        ("Elevator Control Privilege Group", t.ELEVATOR),
        ("Expansion Board Property", t.BOARD),
        ("Expansion Board Configuration", t.BOARD_PORT),
        ("Time Rule and Passing Mode", t.PASSAGE),
        ("NTP Server Information", t.NTP),
        ("Wiegand Format Information", t.FORMAT),
        ("Contact List Basic Information", t.CONTACT),
        ("Contact Number List", t.CONTACT_NUMBER),
        ("Contact Number Rule List", t.CONTACT_PATTERN),
    ),
    "9.1.2": (
        ("User Information", t.USER),
        ("Extended User Information", t.EXTENDED_USER),
        ("Multi-card User", t.CARD),
        ("User's Access Control Privilege", t.RIGHT),
        ("Access Control Record", t.TRANSACTION),
        ("Fingerprint Template", t.FINGERPRINT),
        ("Holiday", t.HOLIDAY),
        ("Time Period", t.TIME_ZONE),
        ("First-card Opening Record", t.FIRST_CARD),
        ("Multi-card Opening Record", t.MULTI_CARD),
        ("Linkage Details", t.LINKAGE),
        ("Scheduled Output", t.OUTPUT),
        ("DLST Record", t.DAYLIGHT_SAVING),
        ("Device Property", t.DEVICE),
        ("Device Parameter", t.DEVICE_PARAMETER),
        ("Door Property", t.DOOR),
        ("Door Parameter", t.DOOR_PARAMETER),
        ("Reader Property", t.READER),
        ("Reader Parameter", t.READER_PARAMETER),
        ("Auxiliary Input", t.AUX_INPUT),
        ("Auxiliary Output", t.AUX_OUTPUT),
        ("Default Wiegand Format", t.DEFAULT_FORMAT),
        ("Wiegand Format", t.FORMAT),
        ("Reader Wiegand Format", t.READER_FORMAT),
        ("Input Control (by Time Period)", t.INPUT),
        ("Verification Modes in Different Time Periods", t.VERIFY),
        ("Door's Verification Modes in Different Time Periods", t.DOOR_VERIFY),
        ("User's Verification Modes in Different Time Periods", t.USER_VERIFY),
        ("Super User Privilege", t.SUPER_USER),
        ("Comparison Photo", t.BIO_PHOTO),
        ("User Photo", t.USER_PHOTO),
        ("Unified Template", t.BIO_DATA),
        ("Contact List Basic Information", t.CONTACT),
        ("Contact Number List", t.CONTACT_NUMBER),
        ("Contact Number Rule List", t.CONTACT_PATTERN),
    ),
    "9.1.3": (
        ("User Count", t.USER),
        ("Access Control Record Count", t.TRANSACTION),
        ("Fingerprint Template Count", t.FINGERPRINT),
        ("Comparison Photo Count", t.BIO_PHOTO),
        ("Unified Template Count", t.BIO_DATA),
    ),
    "9.1.4": (
        ("User", t.USER),
        ("Fingerprint Template", t.FINGERPRINT),
        ("Access Control Record", t.TRANSACTION),
        ("Wi-Fi List", t.ACCESS_POINT),
        ("Comparison Photo", t.BIO_PHOTO),
        ("Unified Template", t.BIO_DATA),
    ),
}
EXAMPLES = {
    "9.1.1": printed.UPDATES,
    "9.1.2": printed.DELETES,
    "9.1.3": printed.COUNTS,
    "9.1.4": printed.QUERIES,
}
NEVER = {("9.1.2", heading) for heading in printed.WIPES}
WITHOUT = {("9.1.1", heading) for heading in printed.WITHOUT_EXAMPLE}
# In the document, but nobody can do it here.
REFUSED = {("9.1.2", "transaction")}


def by_heading(example: Example) -> str:
    """Name a test after its example."""
    return example.heading


# What is printed


@pytest.mark.parametrize("example", printed.UPDATES, ids=by_heading)
def test_printed_updates(example: Example) -> None:
    """The values make the text, and the text the values."""
    assert update(example.table, example.rows) == example.meant
    body = example.meant.split(" ", 3)[3]
    assert parse(example.table, body) == [*example.rows]


@pytest.mark.parametrize("example", printed.DELETES, ids=by_heading)
def test_printed_deletes(example: Example) -> None:
    """What is to be deleted is named as printed."""
    assert delete(example.table, example.rows) == example.meant
    assert commands.encode(1, example.meant) == f"C:1:{example.meant}"


@pytest.mark.parametrize("heading", printed.WIPES)
def test_wipes_are_never_sent(heading: str) -> None:
    """The document empties tables that hold more than people; nobody can here."""
    text = printed.WIPES[heading]
    table = find(re.findall(r"\w+", text)[2])
    assert table
    with pytest.raises(InvalidValue):
        delete(table, [{}])
    with pytest.raises(InvalidValue):
        commands.data_clear(table.name)
    with pytest.raises(InvalidValue):
        commands.encode(1, text)


@pytest.mark.parametrize("example", printed.COUNTS, ids=by_heading)
def test_printed_counts(example: Example) -> None:
    """How many rows there are, of all or of one kind."""
    assert count(example.table, *example.rows) == example.meant


@pytest.mark.parametrize("example", printed.QUERIES, ids=by_heading)
def test_printed_queries(example: Example) -> None:
    """All rows, or those that meet all conditions, in the order in which they are given."""
    assert query(example.table, (), *example.rows) == example.meant


@pytest.mark.parametrize("example", printed.UPLOADS, ids=by_heading)
def test_printed_uploads(example: Example) -> None:
    """What devices send on their own, and what they answer."""
    assert parse(example.table, example.text) == [*example.rows]


@pytest.mark.parametrize(
    "example", [e for e in (*printed.UPDATES, *printed.DELETES) if e.slip]
)
def test_slips_are_slips(example: Example) -> None:
    """Each one that is claimed makes a difference."""
    assert example.text != example.meant


def test_every_heading_has_its_example() -> None:
    """Nothing of these sections is forgotten, and what prints no example says so."""
    for section, headings in HEADINGS.items():
        shown = {(section, example.heading) for example in EXAMPLES[section]}
        wanted = {(section, heading) for heading, _ in headings}
        named = {(section, h) for s, h in NEVER | WITHOUT if s == section}
        assert wanted == (shown - {(section, "5. Authorization")}) | named
        assert not shown & named
        tables = dict(headings)
        for example in EXAMPLES[section]:
            assert example.table is tables.get(example.heading, t.SUB_CONTROLLER)


def test_every_table_names_its_sections() -> None:
    """What can be done with a table is what the document has for it."""
    has = {
        (section, table.name)
        for section, headings in HEADINGS.items()
        for _, table in headings
    }
    told = {(section, table.name) for table in TABLES for section in table.sections}
    listed = {item for item in told if item[0].startswith("9.1.")}
    assert has == listed | REFUSED
    assert {table.name for table in TABLES} == {name for _, name in told}
    uploads = {table for table in TABLES if Operation.UPLOAD in table.operations}
    assert uploads == {
        *(t.USER, t.IDENTITY_CARD, t.FINGERPRINT, t.BIO_PHOTO, t.SNAPSHOT),
        *(t.USER_PHOTO, t.BIO_DATA, t.ERROR, t.SUB_CONTROLLER),
    }
    assert t.SUB_CONTROLLER.operations == (
        Operation.UPLOAD | Operation.UPDATE | Operation.DELETE
    )


# What may be written


# No control characters, no separators of lines, no halves of characters.
PRINTABLE = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
PIECES = (
    "1",
    "042",
    "7aF",
    "aF:0",
    "ab;c",
    "a_b-c",
    "~Key",
    "10.0.0.1",
    "/a?b=c",
    "s p",
)
NUMBERS = (*range(300), 2000, 2099, 9999, 65535, 2**31 - 1, 2**32 - 1, -62)
SECONDS = st.datetimes(datetime(2001, 1, 1), datetime(2133, 8, 18)).map(
    lambda moment: moment.replace(microsecond=0)
)


def interval(first: int, last: int) -> Interval:
    """Return from one minute of the day to another."""
    start, end = sorted((first, last))
    return Interval(time(*divmod(start, 60)), time(*divmod(end, 60)))


MADE: Mapping[type[Kind], st.SearchStrategy[Cell]] = {
    kinds.Switch: st.booleans(),
    kinds.Card: st.integers(1, 10**19).map(str),
    kinds.Hexadecimal: st.text("0123456789abcdefABCDEF", min_size=1, max_size=16),
    kinds.Moment: SECONDS,
    kinds.Day: st.dates(),
    kinds.Validity: SECONDS | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    kinds.Window: st.builds(interval, st.integers(0, 1439), st.integers(1, 1439)),
    kinds.Dst: st.builds(
        DstMoment,
        st.integers(1, 12),
        st.integers(1, 5),
        st.integers(0, 7),
        st.integers(0, 23),
    ),
    kinds.Base64: st.binary(min_size=1, max_size=20),
    kinds.Ipv4: st.ip_addresses(v=4).map(str),
}


def cells(kind: Kind) -> st.SearchStrategy[Cell]:
    """Return values of a kind; texts are not empty."""
    if isinstance(kind, kinds.Text):
        if kind.encode("Zoë, =€") is None:
            return st.sampled_from([p for p in PIECES if kind.encode(p)])
        return st.text(PRINTABLE, max_size=8).map(lambda text: text.strip() or "x")
    if isinstance(kind, kinds.Number):
        return st.sampled_from([n for n in NUMBERS if kind.encode(n)])
    if isinstance(kind, kinds.Bits):
        bits = [n for n in NUMBERS if kind.encode(frozenset({n}))]
        return st.frozensets(st.sampled_from(bits))
    return MADE[type(kind)]


def rows(table: Table) -> st.SearchStrategy[dict[str, Cell]]:
    """Return rows of a table that can be written."""
    wanted: dict[str, st.SearchStrategy[Cell]] = {}
    more: dict[str, st.SearchStrategy[Cell]] = {}
    for item in table.fields:
        values = cells(item.kind)
        if item.required:
            wanted[item.name] = values
        elif not item.own:
            more[item.name] = values | st.just(None if item.kind.blanks else "")
    every = {*more}
    few = st.sets(st.sampled_from([*more]), max_size=4) if more else st.just(every)
    return (few | st.just(every)).flatmap(
        lambda names: st.fixed_dictionaries(
            {**wanted, **{name: more[name] for name in names}}
        )
    )


WRITTEN = [table for table in TABLES if Operation.UPDATE in table.operations]


@pytest.mark.parametrize("table", WRITTEN, ids=lambda table: table.purpose)
@settings(max_examples=20)
@given(data=st.data())
def test_what_is_written_can_be_read(table: Table, data: st.DataObject) -> None:
    """Of every table, every value comes back as it was."""
    row = data.draw(rows(table))
    text = update(table, [row, row])
    assert commands.encode(1, text) == f"C:1:{text}"
    assert parse(table, text.split(" ", 3)[3]) == [row, row]


ANYTHING = (
    st.text()
    | st.text(st.sampled_from("aC:1,=\t\r\n\0*[] \u2028")).map(Raw)
    | st.integers()
    | st.none()
    | st.booleans()
    | st.binary()
    | st.datetimes()
    | st.dates()
    | st.frozensets(st.integers(), max_size=3)
    | st.builds(Interval, st.times(), st.times())
    | st.builds(DstMoment, *(st.integers(),) * 4)
)


def names_of(text: str) -> list[str]:
    """Return what a device takes for the names of fields."""
    return [part.partition("=")[0] for part in text.split("\t")]


@given(st.sampled_from(TABLES), st.data())
def test_no_value_leaves_its_field(table: Table, data: st.DataObject) -> None:
    """Whatever anybody puts into a field: one command with just those fields, or a refusal."""
    every = {item.name: item for item in (*table.fields, *table.filters)}
    row = data.draw(rows(table)) | data.draw(
        st.dictionaries(st.sampled_from([*every]), ANYTHING, max_size=2)
    )
    written = [name for name in every if name in row and not every[name].own]
    builders: dict[str, Callable[[], str]] = {
        f"DATA UPDATE {table.name} ": lambda: update(table, [row]),
        f"DATA DELETE {table.name} ": lambda: delete(table, [row]),
        f"DATA COUNT {table.name} ": lambda: count(table, row),
        f"DATA QUERY tablename={table.name},fielddesc=*,filter=": lambda: query(
            table, (), row
        ),
    }
    for head, build in builders.items():
        try:
            text = build()
        except InvalidValue:
            continue
        line = commands.encode(1, text)
        assert len(line.splitlines()) == 1
        names = written if "UPDATE" in head else [*row]
        if row:
            assert names_of(line.removeprefix(f"C:1:{head}")) == names


@given(st.sampled_from(TABLES), st.data())
def test_nothing_that_devices_send_is_lost(table: Table, data: st.DataObject) -> None:
    """What a table does not explain stays as it came, and can be written back."""
    names = st.sampled_from([item.name.lower() for item in table.fields] + ["extra"])
    texts = st.text(st.sampled_from("09aF[]:-./ ")).map(str.strip)
    told = data.draw(st.dictionaries(names, texts, max_size=5))
    row = parse_row(table, told)
    assert len(row) == len(told)
    for name, text in told.items():
        item = table.find(name)
        value = row[item.name if item else name]
        if isinstance(value, Raw):
            assert value == text
            continue
        assert item
        if value is None:
            assert text in item.kind.blanks
        else:
            again = item.kind.encode(value)
            assert again is not None
            assert item.kind.decode(again) == value


@pytest.mark.parametrize(
    ("kind", "wrong", "limit"),
    [
        (
            kinds.Text(3),
            ["four", "€€", " a", "a ", "\x1fa", 1, b"a", None],
            "at most 3",
        ),
        (kinds.Text(9, "[0-9]*", "digits"), ["a"], "at most 9 bytes of digits"),
        (kinds.Number(1, 4), [0, 5, -1, True, "1", None, 1.5], "must be from 1 to 4"),
        (kinds.Choice(0, 2), [1, 3, False, "0"], "one of 0, 2"),
        (kinds.Switch(), [0, 1, "1", "true"], "true or false"),
        (kinds.Card(), ["0", "01", "", "1a", "1" * 21, 1], "1 to 20 digits"),
        (kinds.Hexadecimal(4), ["", "12345", "xy", 12], "1 to 4 hexadecimal digits"),
        (kinds.Bits(4), [frozenset({0}), frozenset({5}), {1}, 1], "a set of numbers"),
        (
            kinds.Moment(),
            [
                datetime(2000, 1, 1),
                datetime(1999, 12, 31),
                datetime(2133, 8, 18, 6, 28, 16),
                datetime(2020, 1, 1, tzinfo=timezone(timedelta())),
                date(2020, 1, 1),
                1,
            ],
            "a local time from 2000-01-01 00:00:01",
        ),
        (kinds.Day(), [datetime(2020, 1, 1), "20200101"], "a date"),
        (
            kinds.Validity(),
            [
                date(1999, 12, 31),
                date(9999, 1, 1),
                datetime(2000, 12, 31),
                datetime(2134, 1, 1),
                "20200101",
            ],
            "a date from 2000 on, or a local time from 2001-01-01",
        ),
        (
            kinds.Window(),
            [
                Interval(time(8), time(7)),
                Interval(time(0), time(0)),
                Interval(time(8, 0, 1), time(9)),
                Interval(time(8), time(9, 0, 0, 1)),
                (time(8), time(9)),
            ],
            "whole minutes",
        ),
        (
            kinds.Dst(),
            [
                DstMoment(0, 1, 1, 1),
                DstMoment(13, 1, 1, 1),
                DstMoment(1, 0, 1, 1),
                DstMoment(1, 6, 1, 1),
                DstMoment(1, 1, 8, 1),
                DstMoment(1, 1, 1, 24),
                DstMoment(100, 1, 1, -1),
                (3, 2, 5, 17),
            ],
            "month 1 to 12",
        ),
        (kinds.Base64(3), [b"", b"1234", "AAAA"], "1 to 3 bytes"),
        (kinds.Ipv4(), ["", "1.2.3", "1.2.3.256", "::1", 1], "an address such as"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Kind) else "",
)
def test_out_of_range(kind: Kind, wrong: list[Cell], limit: str) -> None:
    """What a field cannot hold is refused, by the name of the field and what is allowed."""
    table = Table(
        name="t", purpose="", sections=("9.1.1",), fields=(Field("Some", kind),)
    )
    for value in wrong:
        if value is None and kind.blanks:
            continue
        with pytest.raises(InvalidValue) as caught:
            update(table, [{"Some": value}])
        assert caught.value.field == "Some"
        assert caught.value.limit == kind.limit
        assert caught.value.limit.startswith(limit)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (kinds.Number(1, 4), ["0", "5", "x", "1.0", "٣", "1" * 30]),
        (kinds.Choice(0, 2), ["1"]),
        (kinds.Switch(), ["2", "yes"]),
        (kinds.Card(), ["x", "[12]]", "00"]),
        (kinds.Hexadecimal(4), ["12345", "0x1"]),
        (kinds.Bits(4), ["16", "-1", "a"]),
        (kinds.Bits(4, hexadecimal=True), ["1F", "x"]),
        # The 31st of February.
        (kinds.Moment(), [str((31 + 30) * 86400), "-1", "1e3", "9" * 20]),
        (kinds.Day(), ["20230229", "2023-1-1", "2023011", "2023W011"]),
        (kinds.Validity(), ["20230229", "19991231", "20991232", "1", "x"]),
        (kinds.Window(), [str(8 << 16 | 7), "2500", "60", "x", "9" * 20]),
        (kinds.Dst(), ["0302051", "13020517", "x3020517"]),
        (kinds.Base64(3), ["AAA", "A===", "AAAAAAAA", "QQ=", "QR=="]),
        (kinds.Ipv4(), ["1.2.3"]),
        (kinds.Text(3), ["four"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Kind) else "",
)
def test_what_does_not_fit_stays_text(kind: Kind, texts: list[str]) -> None:
    """A device is told nothing about our ranges: its text is kept, and goes back as it came."""
    table = Table(
        name="t", purpose="", sections=("9.1.1",), fields=(Field("Some", kind),)
    )
    for text in texts:
        (row,) = parse(table, f"t some={text}")
        assert row == {"Some": text}
        assert isinstance(row["Some"], Raw)
        assert update(table, [row]) == f"DATA UPDATE t Some={text}"


def test_read_change_write() -> None:
    """What only the device fills is left out, and what nobody knows stays."""
    (row,) = parse(
        t.USER, "user uid=7\tpin=4\tname=Eve\tgroup=x\tnew=1\tcardno=[15CD5B07]"
    )
    assert row["CardNo"] == "123456789"
    row["Name"] = "Zoë"
    assert update(t.USER, [row]) == (
        "DATA UPDATE user CardNo=123456789\tPin=4\tGroup=x\tName=Zoë\tnew=1"
    )


def test_validity_is_a_date_or_a_time() -> None:
    """Devices have one or the other."""
    days = {"Pin": "1", "StartTime": date(2026, 1, 1), "EndTime": None}
    assert update(t.USER, [days]).endswith("Pin=1\tStartTime=20260101\tEndTime=0")
    times = {"Pin": "1", "StartTime": datetime(2018, 2, 22, 14, 54, 54)}
    assert update(t.USER, [times]).endswith("StartTime=583080894")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: update(t.USER, [{"Name": "Zoë"}]),
            "Pin: must have a value",
        ),
        (lambda: update(t.USER, [{"Pin": ""}]), "Pin: must have a value"),
        (
            lambda: update(t.HOLIDAY, [{"Holiday": None}]),
            "Holiday: must have a value",
        ),
        (
            lambda: update(t.BIO_DATA, [{"Pin": "1", "Type": 9}]),
            "Tmp: must have a value",
        ),
        (
            lambda: update(t.HOLIDAY, [{"Holiday": date(2026, 1, 1), "Pin": "1"}]),
            "field name: one of Holiday, HolidayType, Loop",
        ),
        (
            lambda: update(t.TRANSACTION, [{"pin": "1"}]),
            "table: transaction can only be read",
        ),
        (
            lambda: delete(t.TRANSACTION, [{"pin": "1"}]),
            "table: transaction can only be read",
        ),
        (lambda: delete(t.USER, [{}]), "conditions: at least one in each"),
        (
            lambda: delete(t.USER, [{"Name": "Zoë"}]),
            "field name: one of Pin",
        ),
        (
            lambda: delete(t.USER, [{"Pin": "1"}, {"new": Raw("1")}]),
            "field name: one of Pin",
        ),
        (lambda: delete(t.USER, [{"Pin": ""}]), "Pin: must name what to delete"),
        # As printed, which would hit everybody.
        (
            lambda: delete(t.BIO_DATA, [{"Type": 9}]),
            "Pin: must be among the conditions",
        ),
        (
            lambda: delete(t.BIO_PHOTO, [{"PIN": "1", "Type": 9}, {"Type": 9}]),
            "PIN: must be among the conditions",
        ),
        (
            lambda: delete(t.USER, [{"Pin": Raw("*")}]),
            "Pin: must name what to delete",
        ),
        (
            lambda: query(t.CONTACT, (), {"GroupName": "a,b"}),
            "GroupName: no comma, no control characters",
        ),
        (
            lambda: query(t.USER, ["Pin", "Face"]),
            "field name: one of uid, CardNo, Pin, Password, Group, StartTime, EndTime, Name, Privilege, Disable, Verify",
        ),
    ],
)
def test_refusals(build: Callable[[], str], message: str) -> None:
    """Each says what is wrong."""
    with pytest.raises(InvalidValue) as caught:
        build()
    assert str(caught.value) == message


def test_the_log_of_some_time() -> None:
    """Its limits are no fields, and are in no row."""
    since = datetime(2018, 2, 22, 14, 54, 54)
    assert query(t.TRANSACTION, ["pin", "EventType"], {"starttime": since}) == (
        "DATA QUERY tablename=transaction,fielddesc=pin\teventtype,filter=starttime=583080894"
    )
    with pytest.raises(InvalidValue):
        count(t.TRANSACTION, {"starttime": since})


@pytest.mark.parametrize(
    ("table", "name", "size"),
    [
        (t.FINGERPRINT, "Template", 18 * 1024),
        (t.BIO_DATA, "Tmp", 18 * 1024),
        (t.USER_PHOTO, "content", 768 * 1024),
        (t.BIO_PHOTO, "Content", 768 * 1024),
        (t.IDENTITY_CARD, "PhotoJPG", 768 * 1024),
        (t.IDENTITY_CARD, "FP_Template1", 18 * 1024),
    ],
)
def test_photos_and_templates_fit(table: Table, name: str, size: int) -> None:
    """Commands have room for the largest, and only for that."""
    row: Row = {"Pin": "1", "FingerID": 1, "Type": 9}
    row = {key: value for key, value in row.items() if table.find(key)}
    text = update(table, [row | {name: bytes(size)}])
    assert commands.encode(1, text)
    with pytest.raises(InvalidValue) as caught:
        update(table, [row | {name: bytes(size + 1)}])
    assert str(caught.value) == f"{name}: 1 to {size} bytes"


def test_elevators_lose_their_rights_too() -> None:
    """The document prints no deletion for them, but the format is the same for all."""
    assert delete(t.ELEVATOR, [{"pin": "2"}]) == "DATA DELETE userleauthorize Pin=2"


# Which devices have what


def test_fields_that_a_device_does_not_know() -> None:
    """They can be left out of the table, and so of what is written."""
    old = parse_registration("AccSupportFunList=1,WGRuleVer=V1.0")
    new = parse_registration(f"AccSupportFunList={'1' * 64},WGRuleVer=V2.0")
    row: Row = {"Pin": "1", "DoorID": 4}

    assert check(t.SUPER_USER.on(new), {**row, "DevID": 14}) == {
        "Pin": "1",
        "DoorID": "4",
        "DevID": "14",
    }
    with pytest.raises(InvalidValue, match=r"^field name: one of Pin, DoorID$"):
        check(t.SUPER_USER.on(old), {**row, "DevID": 14})
    assert t.CARD.on(old).find("SiteCode") is None
    assert t.CARD.on(new) == t.CARD
    assert t.RIGHT.on(old).find("StartTime") is None
    assert t.USER.on(old).find("disable") is None


@pytest.mark.parametrize(
    ("table", "told", "there"),
    [
        (t.USER, "", True),
        (t.NTP, "", False),
        (t.NTP, f"AccSupportFunList={'0' * 61}1", True),
        (t.CARD, "MulCardUserFunOn=1", True),
        (t.CARD, "MulCardUserFunOn=0", False),
        (t.CARD, f"AccSupportFunList={'0' * 7}1", True),
        (t.BIO_DATA, "MultiBioDataSupport=0:0:0:0:0:0:0:0:0:0", False),
        (t.BIO_DATA, "MultiBioDataSupport=0:1:0:0:0:0:0:0:0:1", True),
        (t.DEFAULT_FORMAT, "~CardFormatFunOn=1", True),
        (t.BOARD, f"AccSupportFunList={'0' * 52}1", True),
    ],
)
def test_tables_that_a_device_has(table: Table, told: str, there: bool) -> None:
    """As far as the document says what tells that."""
    assert table.is_there(parse_registration(told)) is there


def test_newer_rules_count_too() -> None:
    """A field that came with some version is in later ones."""
    for version, there in (
        ("V2.0", True),
        ("V2.1", True),
        ("V10.0", True),
        ("", False),
    ):
        known = parse_registration(f"WGRuleVer={version}")
        assert bool(t.FORMAT.on(known).find("IsDefault")) is there


# The list itself


def test_names_are_unique() -> None:
    """No field of a table can be taken for another, in any case and without underscores."""
    for table in TABLES:
        names = [item.name.lower().replace("_", "") for item in table.fields]
        assert len(names) == len({*names})
        assert not {f.name for f in table.filters} & {*names}


def test_tables_of_people_are_told_apart_by_them() -> None:
    """Just these can be emptied."""
    personal = {
        table.name
        for table in WRITTEN
        if any(item.key and item.name.lower() == "pin" for item in table.fields)
    }
    assert personal == commands.PERSONAL_TABLES


def test_defaults_fit() -> None:
    """What the device takes for a missing field could be written, and is not asked for."""
    for table in TABLES:
        for item in table.fields:
            if item.default is not None:
                assert item.kind.encode(item.default) is not None
                assert not item.required


@pytest.mark.parametrize("name", ["user", "USER", "[APList]", "APList", "dstsetting"])
def test_tables_are_found(name: str) -> None:
    """By whatever name a device has for them."""
    table = find(name)
    assert table
    assert table.name.strip("[]").lower() == name.strip("[]").lower()
    assert find("nobody") is None


MAP = (Path(__file__).parents[3] / "docs/push-protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_is_on_the_map(table: Table) -> None:
    """With its sections and what it is for."""
    sections = ", ".join(table.sections)
    assert f"| {sections} | `{table.name}` | {table.purpose.capitalize()} |" in MAP
