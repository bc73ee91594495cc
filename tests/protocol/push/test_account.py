"""The whole log of events in one package (Security PUSH 3.1.2 section 9.2)."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
import gzip
import tarfile

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue, MalformedReply
from custom_components.zkteco.protocol.push import account
from custom_components.zkteco.protocol.push.account import (
    MAX_MEMBERS,
    MAX_PACKED,
    MAX_UNPACKED,
    Overview,
    parse_overview,
    parse_package,
    read_upload,
    unpack,
)
from custom_components.zkteco.protocol.push.commands import encode
from custom_components.zkteco.protocol.push.records import parse_rtlog

from .archives import tar, tgz

# Printed in 9.2.2.
ROW = "cardno=0\tpin=0\tverified=200\tdoorid=1\teventtype=100\tinoutstate=2\ttime_second={}\tindex={}\n"
ROWS = "".join(ROW.format(548003687 + n, 92 + n) for n in range(3))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        # Printed.
        (account.packed_after(), "ACCOUNT transaction ContentType=tgz MaxIndex=0"),
        # By the three forms of 9.2.2.
        (account.after(), "ACCOUNT transaction MaxIndex=0"),
        (account.after(4294967295), "ACCOUNT transaction MaxIndex=4294967295"),
        (
            account.between_indexes(92, 94),
            "ACCOUNT transaction StartIndex=92\tEndIndex=94",
        ),
        (
            account.between_times(
                datetime(2018, 2, 22, 16, 19, 20), datetime(2018, 2, 22, 16, 19, 20, 9)
            ),
            "ACCOUNT transaction StartTime=2018-02-22 16:19:20\tEndTime=2018-02-22 16:19:20",
        ),
    ],
)
def test_commands(text: str, line: str) -> None:
    """Each form, and the line that hands it to a device."""
    assert text == line
    assert encode(291, text) == f"C:291:{line}"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: account.packed_after(-1),
            "MaxIndex: must be from 0 to 4294967295",
        ),
        (lambda: account.after(2**32), "MaxIndex: must be from 0 to 4294967295"),
        (
            lambda: account.between_indexes(2, 1),
            "EndIndex: must not be before StartIndex",
        ),
        (
            lambda: account.between_indexes(-1, 1),
            "StartIndex: must be from 0 to 4294967295",
        ),
        (
            lambda: account.between_times(datetime(2018, 1, 2), datetime(2018, 1, 1)),
            "EndTime: must not be before StartTime",
        ),
        (
            lambda: account.between_times(
                datetime(2018, 1, 1, tzinfo=UTC), datetime(2018, 1, 2)
            ),
            "StartTime: must be local, without a time zone",
        ),
    ],
)
def test_limits(build: Callable[[], str], message: str) -> None:
    """What makes no sense is not asked."""
    with pytest.raises(InvalidValue) as caught:
        build()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "ACCOUNT user MaxIndex=0",
        "ACCOUNT transaction",
        "ACCOUNT transaction MaxIndex=",
        "ACCOUNT transaction MaxIndex=0\tx",
        "ACCOUNT transaction StartTime=now\tEndTime=then",
        "ACCOUNT transaction StartIndex=1 EndIndex=2",
    ],
)
def test_other_forms_are_not_sent(text: str) -> None:
    """They have no builder."""
    with pytest.raises(InvalidValue, match=r"^command: must come from"):
        encode(1, text)


def test_a_package_of_a_terminal() -> None:
    """Header lines, a NUL, and the archive in Base64, as printed in 9.2.1 with a space before it."""
    archive = tgz({"transaction.txt": ROWS.encode()})
    head = (
        f"name=transaction.tgz\nsize={len(archive)}\ndatacode=base64\ndatatype=tgz\0 "
    )
    package = parse_package(head.encode() + b64encode(archive) + b"\r\n")

    assert (package.name, package.size) == ("transaction.tgz", len(archive))
    assert package.archive == archive
    assert str(archive) not in repr(package)
    log = parse_rtlog(unpack(package.archive))
    assert [event.index for event in log.events] == [92, 93, 94]
    assert log.events[0].time == datetime(2017, 1, 19, 15, 14, 47)
    assert log.unreadable == 0


def test_files_of_a_controller() -> None:
    """It announces them first; each is an archive of its own. Rows never run into one another."""
    text = "SumCount=3\nFileName=transaction.tgz\nContentType=tgz\nFileCount=1\n"
    assert parse_overview(text) == Overview(
        events=3, files=1, file_name="transaction.tgz", content_type="tgz"
    )
    assert parse_overview("SumCount=many").events is None
    files = {
        "./transaction.txt": ROWS.rstrip("\n").encode(),
        "transaction2.txt": b"",
        "transaction3.txt": ROW.format(548003690, 95).encode(),
    }
    log = parse_rtlog(unpack(tgz(files)))
    assert [event.index for event in log.events] == [92, 93, 94, 95]


def test_uploads() -> None:
    """Which file it is, and what it says; other uploads are none of these."""
    archive = tgz({"transaction.txt": b"pin=1"})
    package = b"datacode=base64\ndatatype=tgz\0" + b64encode(archive)

    assert read_upload({"datafmt": "3"}, package) == (1, "pin=1\n")
    file = {"contenttype": "TGZ", "fileseq": "2"}
    assert read_upload(file, archive) == (2, "pin=1\n")
    assert read_upload({"contenttype": "tgz", "fileseq": "x"}, archive) == (
        1,
        "pin=1\n",
    )
    assert read_upload({"tablename": "user"}, b"user pin=1") is None
    with pytest.raises(MalformedReply):
        read_upload(file, b"x")


def test_no_events() -> None:
    """An archive may be empty."""
    assert unpack(tgz({})) == unpack(tgz({"transaction.txt": b""})) == ""
    assert unpack(gzip.compress(b"")) == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"name=transaction.tgz\ndatacode=base64\ndatatype=tgz",
        b"name=transaction.tgz\ndatacode=hex\ndatatype=tgz\0AAAA",
        b"name=transaction.tgz\ndatacode=base64\ndatatype=zip\0AAAA",
        b"datacode=base64\ndatatype=tgz\0A*AA",
        b"datacode=base64\ndatatype=tgz\0AAA",
    ],
)
def test_packages_that_cannot_be_read(body: bytes) -> None:
    """No end of the header, another kind, or torn."""
    with pytest.raises(MalformedReply):
        parse_package(body)


def damaged() -> bytes:
    """Return an archive whose member claims more than there is."""
    data = bytearray(tar({"transaction.txt": b"x"}))
    data[124:136] = b"77777777777\0"
    data[148:156] = b" " * 8
    data[148:156] = f"{sum(data[:512]):06o}\0 ".encode()
    return gzip.compress(bytes(data))


def negative() -> bytes:
    """Return an archive with a member of less than no bytes."""
    data = bytearray(tar({"transaction.txt": b"x"}))
    data[124:136] = b"\xff" * 12
    data[148:156] = b" " * 8
    data[148:156] = f"{sum(data[:512]):06o}\0 ".encode()
    return gzip.compress(bytes(data))


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (b"", "cut off"),
        (b"hello", "not gzip"),
        (tgz({"transaction.txt": ROWS.encode()})[:-9], "cut off"),
        (gzip.compress(b"hello" * 200), "not tar"),
        (gzip.compress(tar({"a.txt": b"x"})[:100]), "not tar"),
        (damaged(), "cut off"),
        (negative(), "cut off"),
        (tgz({"../transaction.txt": b"x"}), "more than plain files"),
        (tgz({"/etc/passwd": b"x"}), "more than plain files"),
        (tgz({"a/b.txt": b"x"}), "more than plain files"),
        (tgz({"..": b"x"}), "more than plain files"),
        (tgz({"a b.txt": b"x"}), "more than plain files"),
        (tgz({"a.txt": b""}, kind=tarfile.SYMTYPE), "more than plain files"),
        (tgz({"a.txt": b""}, kind=tarfile.DIRTYPE), "more than plain files"),
        (tgz({"a.txt": b""}, kind=tarfile.FIFOTYPE), "more than plain files"),
        (tgz({"a.txt": b"x"}, kind=tarfile.GNUTYPE_LONGNAME), "more than plain files"),
        (tgz({"a.txt": b"x"}, kind=tarfile.XHDTYPE), "more than plain files"),
        (tgz({"a.txt": b"x"}, kind=tarfile.GNUTYPE_SPARSE), "more than plain files"),
        (
            tgz({f"{number}.txt": b"" for number in range(MAX_MEMBERS + 1)}),
            "too many files",
        ),
        (bytes(MAX_PACKED + 1), "too large"),
    ],
)
def test_archives_that_nobody_opens(archive: bytes, why: str) -> None:
    """Torn, hostile, or no archive at all: refused, and nothing is written anywhere."""
    with pytest.raises(MalformedReply, match=why):
        unpack(archive)


def test_a_bomb() -> None:
    """A small archive of very many zeros is refused before they fill the memory."""
    bomb = gzip.compress(bytes(MAX_UNPACKED + 1), compresslevel=9)

    assert len(bomb) < MAX_PACKED
    with pytest.raises(MalformedReply, match="too much"):
        unpack(bomb)


@given(
    st.binary(max_size=600)
    | st.binary(max_size=1200).map(gzip.compress)
    | st.tuples(st.integers(0, 511), st.integers(0, 255)).map(
        lambda place: gzip.compress(
            bytes(
                place[1] if index == place[0] else byte
                for index, byte in enumerate(tar({"a.txt": b"pin=1"}))
            )
        )
    )
)
def test_no_archive_is_too_strange(archive: bytes) -> None:
    """It has a text, or cannot be read."""
    try:
        text = unpack(archive)
    except MalformedReply:
        return
    assert text == "" or text.endswith("\n")


@given(st.binary() | st.binary().map(lambda data: b"datatype=tgz\n" + data))
def test_no_package_is_too_strange(body: bytes) -> None:
    """It has an archive, or cannot be read."""
    try:
        package = parse_package(body)
    except MalformedReply:
        return
    assert len(package.archive) <= len(body)
