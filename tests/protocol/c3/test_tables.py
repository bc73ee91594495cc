"""Tables: definitions, rows in both directions, answers in parts; known frames are in `vectors`."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.c3 import tables
from custom_components.zkteco.protocol.c3.frame import MAX_REQUEST_DATA
from custom_components.zkteco.protocol.c3.tables import (
    Field,
    LargeReply,
    LongColumn,
    Row,
    Table,
    Value,
    decode_count,
    decode_rows,
    decode_string,
    encode_clear,
    encode_count,
    encode_delete,
    encode_read,
    encode_write,
    parse_definitions,
    parse_large_reply,
    parse_part,
)
from custom_components.zkteco.protocol.errors import (
    InvalidValue,
    MalformedReply,
    Unsupported,
)

from .vectors import NEW_TRANSACTION, OLD_USER, USERAUTHORIZE

MIXED = parse_definitions(b"mixed=20,Long=L3,Number=i1,Text=s2,Blob=B9,Odd=x4")["mixed"]
MAX_DATA = MAX_REQUEST_DATA - 4

TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "Number": st.integers(0, 2**32 - 1),
            "Text": TEXT,
            "Long": st.integers(0, 2**64 - 1),
            "Odd": st.binary(max_size=255),
            "Blob": st.binary(max_size=255),
        }
    ),
    min_size=1,
    max_size=30,
)


def rows(table: Table, data: str | bytes) -> list[Row]:
    """Read all rows of an answer."""
    return list(
        decode_rows(table, bytes.fromhex(data) if isinstance(data, str) else data)
    )


@given(ROWS)
def test_what_is_written_reads_the_same(written: list[Row]) -> None:
    """A write has the form of an answer, in as many requests as it takes."""
    requests = encode_write(MIXED, written)

    assert [row for request in requests for row in rows(MIXED, request)] == written
    assert all(len(request) <= MAX_DATA for request in requests)


@given(st.binary(max_size=120))
def test_garbage_rows(data: bytes) -> None:
    """Any bytes are rows or a malformed reply."""
    for answer in (data, bytes((20, 2, 1, 2)) + data):
        try:
            found = rows(MIXED, answer)
        except MalformedReply:
            continue
        assert len(found) <= len(answer)


@given(st.binary(max_size=300))
def test_garbage_definitions(data: bytes) -> None:
    """Any bytes are definitions that requests can be built from."""
    for name, table in parse_definitions(data).items():
        assert name == table.name
        assert encode_read(table)[0] == table.index


@given(st.binary(max_size=20))
def test_garbage_answers(data: bytes) -> None:
    """Short answers raise what a client expects, and nothing else."""
    for parse in (decode_count, parse_large_reply, parse_part):
        with suppress(MalformedReply, Unsupported):
            parse(data)


def test_definitions() -> None:
    """Names are found in any case; fields are in the order of their indexes."""
    assert (
        Table(
            "mixed",
            20,
            (
                Field("Number", "i", 1),
                Field("Text", "s", 2),
                Field("Long", "L", 3),
                Field("Odd", "x", 4),
                Field("Blob", "B", 9),
            ),
        )
        == MIXED
    )
    assert MIXED.field("LONG") == Field("Long", "L", 3)
    assert MIXED.field("Longer") is None


def test_definitions_that_do_not_fit() -> None:
    """A line of newer firmware that fits no request does not hide the other tables."""
    found = parse_definitions(
        b"logfmt=256,logfmt=i1\n"
        b"USER=1,Pin=i1,Wide=i256,Nothing=,=i3,Bare,Word=ix\r\n"
        b"empty=3\n"
        b"=4,Pin=i1\n"
        b"none,Pin=i1\n"
        b"\n"
        b"last=5,Pin=i1\0"
    )

    assert found == {
        "user": Table("user", 1, (Field("Pin", "i", 1),)),
        "last": Table("last", 5, (Field("Pin", "i", 1),)),
    }


def test_reading_some_fields_with_conditions() -> None:
    """Fields go out in ascending order, each once; conditions in the order given."""
    assert encode_read(
        MIXED, ["text", "Number", "TEXT"], {"Text": "ab", "number": 300}
    ) == bytes.fromhex("14 02 0102 00 02 0201 026162 022c01")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: encode_read(MIXED, ["Nope"]), "Nope: no such field in table mixed"),
        (lambda: encode_read(MIXED, []), "fields: at least one field of table mixed"),
        (
            lambda: encode_read(MIXED, conditions={"Nope": 1}),
            "Nope: no such field in table mixed",
        ),
        (
            lambda: encode_write(MIXED, [{"Nope": 1}]),
            "Nope: no such field in table mixed",
        ),
        (lambda: encode_write(MIXED, []), "rows: at least one row"),
        (
            lambda: encode_delete(MIXED, []),
            "rows: a delete needs at least one condition",
        ),
        (
            lambda: encode_delete(MIXED, [{}]),
            "rows: a delete needs at least one condition",
        ),
        (
            lambda: encode_delete(MIXED, [{"Number": 1}, {}]),
            "rows: all rows of a delete must name the same fields",
        ),
        (
            lambda: encode_delete(MIXED, [{"Number": 1}, {"Text": "a"}]),
            "rows: all rows of a delete must name the same fields",
        ),
        (
            lambda: encode_delete(MIXED, [{"Nope": 1}]),
            "Nope: no such field in table mixed",
        ),
    ],
)
def test_requests_that_make_no_sense(build: Callable[[], object], message: str) -> None:
    """Above all, no delete without a condition: it would empty the table."""
    with pytest.raises(InvalidValue, match=f"^{message}$"):
        build()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Number", -1, "Number: must be a whole number from 0 to 4294967295"),
        ("Number", 2**32, "Number: must be a whole number from 0 to 4294967295"),
        ("Number", "1", "Number: must be a whole number from 0 to 4294967295"),
        ("Long", 2**64, "Long: must be a whole number from 0 to 18446744073709551615"),
        ("Text", 1, "Text: must be text without control characters"),
        ("Text", "a\r\nb", "Text: must be text without control characters"),
        ("Text", "a\tb", "Text: must be text without control characters"),
        ("Text", "a\0", "Text: must be text without control characters"),
        ("Text", "\x85", "Text: must be text without control characters"),
        ("Text", "\ud800", "Text: must be text without control characters"),
        ("Text", "ü" * 128, "Text: must be at most 255 bytes long"),
        ("Blob", bytes(256), "Blob: must be at most 255 bytes long"),
        ("Blob", "text", "Blob: must be bytes"),
    ],
)
def test_values_that_do_not_fit(name: str, value: Value, message: str) -> None:
    """The error names the field and the limit, as rows, conditions and deletes."""
    for build in (
        lambda: encode_write(MIXED, [{name: value}]),
        lambda: encode_delete(MIXED, [{name: value}]),
        lambda: encode_read(MIXED, conditions={name: value}),
    ):
        with pytest.raises(InvalidValue, match=f"^{message}$"):
            build()


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (0, "0100"),
        (127, "017f"),
        (128, "028000"),
        (65535, "03ffff00"),
        (2**31 - 1, "04ffffff7f"),
        (2**32 - 1, "04ffffffff"),
    ],
)
def test_numbers_are_never_negative(value: int, wire: str) -> None:
    """A spare bit keeps a panel from reading a card number as negative, as far as the field is wide."""
    assert encode_delete(OLD_USER, [{"CardNo": value}]) == [
        bytes.fromhex("010101" + wire)
    ]


def test_rows_are_always_whole() -> None:
    """A panel clears what a row leaves out, so it is sent as such; names may be in any case."""
    assert encode_write(MIXED, [{"TEXT": "a"}]) == [
        bytes.fromhex("14 05 01020304 09 0100 0161 0100 00 00")
    ]


def test_many_rows_take_several_requests() -> None:
    """Each request has the header, and none is too large for a panel."""
    users: list[Row] = [{"Pin": pin, "Password": "x" * 200} for pin in range(1, 101)]

    requests = encode_write(OLD_USER, users)
    deletes = encode_delete(OLD_USER, [{"Pin": pin} for pin in range(1, 5001)])

    assert len(requests) == 5
    assert all(len(request) <= MAX_DATA for request in requests + deletes)
    found = [row["Pin"] for request in requests for row in rows(OLD_USER, request)]
    assert found == list(range(1, 101))
    assert all(request[:3] == b"\x01\x01\x02" for request in deletes)
    # Pins to 127 take two bytes with their length, larger ones three.
    assert len(deletes) == 3
    assert sum(map(len, deletes)) == 3 * 3 + 127 * 2 + 4873 * 3


def test_a_row_too_large_for_any_request() -> None:
    """A table with many long fields is refused clearly."""
    wide = Table("wide", 1, tuple(Field(f"F{n}", "s", n) for n in range(30)))

    with pytest.raises(InvalidValue, match="rows: a row of table wide exceeds 5188"):
        encode_write(wide, [{f"F{n}": "x" * 255 for n in range(30)}])


def test_delete_by_several_fields() -> None:
    """One right of one user at a time."""
    assert encode_delete(
        USERAUTHORIZE,
        [
            {"Pin": 1, "AuthorizeTimezoneId": 1, "AuthorizeDoorId": 3},
            {"AuthorizeDoorId": 4, "AuthorizeTimezoneId": 1, "Pin": 2},
        ],
    ) == [bytes.fromhex("02 03 010203 0101 0101 0103 0102 0101 0104")]


def test_emptying_a_table_is_a_request_of_its_own() -> None:
    """The only way to a delete without a condition."""
    assert encode_clear(OLD_USER) == bytes.fromhex("0100")


def test_counting() -> None:
    """A count is four bytes."""
    assert encode_count(OLD_USER) == b"\x01"
    assert decode_count(bytes.fromhex("e8030000")) == 1000
    for data in (b"", b"\x01", bytes(5)):
        with pytest.raises(MalformedReply, match=f"{len(data)} bytes"):
            decode_count(data)


@pytest.mark.parametrize("data", ["", "14 01 01", "14 02 0203"])
def test_no_rows(data: str) -> None:
    """Nothing, or a header alone."""
    assert rows(MIXED, data) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("15 01 01", "table 21 instead of 20"),
        ("14", "header of table mixed is cut off"),
        ("14 00", "header of table mixed is cut off"),
        ("14 00 00", "header of table mixed is cut off"),
        ("14 02 01", "header of table mixed is cut off"),
        ("14 01 05", "no such field"),
        ("14 01 01 02 01", "a row of table mixed is cut off"),
        ("14 02 0102 0101", "a row of table mixed is cut off"),
        ("14 02 0102 0101 00 0101", "a row of table mixed is cut off"),
    ],
)
def test_answers_that_are_cut_off(data: str, message: str) -> None:
    """A damaged answer is noticed, not read as fewer rows."""
    with pytest.raises(MalformedReply, match=message):
        rows(MIXED, data)


def test_rows_before_the_damage_are_given() -> None:
    """Rows come one by one; the error comes where the damage is."""
    found = decode_rows(MIXED, bytes.fromhex("14 01 01 0105 02"))

    assert next(found) == {"Number": 5}
    with pytest.raises(MalformedReply):
        next(found)


def test_values_of_every_kind() -> None:
    """Empty numbers are 0, long ones are read whole, unknown kinds stay bytes."""
    assert rows(MIXED, "14 05 0102030409 00 0141 05ffffffffff 02aabb 00") == [
        {
            "Number": 0,
            "Text": "A",
            "Long": 0xFFFFFFFFFF,
            "Odd": b"\xaa\xbb",
            "Blob": b"",
        }
    ]
    assert rows(NEW_TRANSACTION, "05 01 01 03303037") == [{"Pin": "007"}]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        ("Müller".encode(), "Müller"),
        ("王".encode(), "王"),
        ("王".encode("gb18030"), "王"),
        ("王\u3000明".encode(), "王\u3000明"),
        (b"Anna\0\0", "Anna"),
        (b"A\xff", "A�"),
    ],
)
def test_names_in_any_encoding(raw: bytes, text: str) -> None:
    """Newer firmware writes UTF-8, older the Chinese national encoding."""
    assert decode_string(raw) == text


def test_a_large_answer() -> None:
    """The known announcement, and the limits of what is accepted."""
    known = bytes.fromhex("005d8900005d89000075209643f4130000")

    assert parse_large_reply(known) == LargeReply(False, 35165, 0x43962075, 5108)
    with pytest.raises(Unsupported):
        parse_large_reply(b"\x01" + known[1:])
    for damaged in (known[:-1], known + b"\0", known[:-4] + bytes(4)):
        with pytest.raises(MalformedReply):
            parse_large_reply(damaged)


@pytest.mark.parametrize(("length", "accepted"), [(4 << 20, True), (4194305, False)])
def test_the_largest_answer(length: int, accepted: bool) -> None:
    """Four MiB are the vendor's limit, and ours: a panel cannot fill the memory."""
    data = b"\0" + length.to_bytes(4, "little") * 2 + bytes(4) + b"\xf4\x13\0\0"

    if accepted:
        assert parse_large_reply(data).length == length
    else:
        with pytest.raises(MalformedReply, match=f"{length} bytes"):
            parse_large_reply(data)


def test_parts() -> None:
    """A part tells where it belongs; one without bytes would be asked for for ever."""
    assert tables.encode_part(5108) == bytes.fromhex("f4130000")
    assert parse_part(bytes.fromhex("f4130000") + b"abc") == (5108, b"abc")
    for data in (b"", bytes(3), bytes(4)):
        with pytest.raises(MalformedReply, match="part without data"):
            parse_part(data)


# Values longer than 255 bytes

SIZED = parse_definitions(b"sized=21,Size=i1,Before=i2,Blob=B3,After=i4")["sized"]
LENGTHS = st.sampled_from([0, 1, 255, 256, 257, 1404, 4096])


@given(st.lists(LENGTHS, min_size=1, max_size=5), st.sampled_from([1, 2, 4]))
def test_long_values_come_back(lengths: list[int], width: int) -> None:
    """Whatever part of the length stands in front, the size column has all of it."""
    long = LongColumn("blob", "size", width)
    written: list[Row] = [
        {"Size": length, "Before": 7, "Blob": b"\x01" * length, "After": 9}
        for length in lengths
    ]
    found = [
        row
        for request in encode_write(SIZED, written, long)
        for row in decode_rows(SIZED, request, long)
    ]
    assert found == written


def test_a_long_value_in_base64() -> None:
    """Where the size is of what the text means."""
    long = LongColumn("blob", "size", 2, in_base64=True)
    row: Row = {"Size": 4, "Before": 0, "Blob": b"AQIDBA==", "After": 0}
    [request] = encode_write(SIZED, [row], long)
    assert list(decode_rows(SIZED, request, long)) == [row]


@pytest.mark.parametrize(
    "data",
    [
        "15 04 01020304 0102 0100 0300 010203 0100",  # longer than its size
        "15 04 01020304 0102 0100 02",  # the length is cut off
        "15 04 01020304 0102 0100 0200 01",  # the value is cut off
        "15 03 020301 0100 0200 0102 0102",  # the size comes too late
        "15 01 03 0200 0102",  # there is none
    ],
)
def test_long_values_that_cannot_be_read(data: str) -> None:
    """Each length is told twice, and both have to agree."""
    with pytest.raises(MalformedReply):
        list(
            decode_rows(SIZED, bytes.fromhex(data), LongColumn("blob", "size", width=2))
        )


def test_a_long_value_is_bytes() -> None:
    """A text is none."""
    with pytest.raises(InvalidValue) as caught:
        encode_write(SIZED, [{"Blob": "text"}], LongColumn("blob", "size", 2))
    assert caught.value.field == "Blob"
