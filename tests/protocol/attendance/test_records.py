"""What terminals upload, in every form that was seen."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.attendance.records import (
    Operation,
    Punch,
    acknowledge,
    count_lines,
    parse_fields,
    parse_info,
    parse_operations,
    parse_punches,
)
from custom_components.zkteco.protocol.push.records import parse_results

ZONE = ZoneInfo("Europe/Berlin")


def punch(line: str) -> Punch:
    """Read one row."""
    [row] = parse_punches(line, ZONE).rows
    return row


# Who came


def test_a_captured_upload() -> None:
    """Eight columns, the last one empty, an empty work code, and a carriage return."""
    log = parse_punches(
        "1\t2024-07-28 01:25:24\t0\t1\t\t0\t0\t\r\n"
        "2\t2024-07-28 01:26:02\t1\t15\t\t0\t0\t\r\n",
        ZONE,
    )
    assert log.unreadable == 0
    assert log.rows == [
        Punch(user_id="1", time=datetime(2024, 7, 28, 1, 25, 24), state=0, verify=1),
        Punch(user_id="2", time=datetime(2024, 7, 28, 1, 26, 2), state=1, verify=15),
    ]


def test_columns_for_masks_and_fever() -> None:
    """Ten columns, as captured from a face terminal, and as they are when there is something to tell."""
    quiet = punch("7\t2024-07-07 01:29:01\t0\t1\t0\t0\t0\t0\t0\t0\t")
    assert (quiet.mask, quiet.temperature, quiet.work_code) == (False, None, "")
    ill = punch("7\t2024-07-07 01:29:01\t0\t15\t010\t0\t0\t1\t37.9\t37.9")
    assert (ill.mask, ill.temperature, ill.work_code) == (True, 37.9, "010")


def test_sixteen_columns() -> None:
    """Codes of jobs and tips stand where others measure."""
    row = punch("7\t2024-07-07 01:29:01\t0\t15\t12\t0\t0\t1\t36.6" + "\t5" * 7)
    assert (row.mask, row.temperature, row.work_code) == (None, None, "12")


@pytest.mark.parametrize(
    "line",
    [
        "41\t2026-01-02 03:04:05\t1\t4",
        "  41\t2026-01-02 03:04:05 \t 1\t 4  ",
        "41 2026-01-02 03:04:05 1 4",
        "    41  2026-01-02 03:04:05   1  4   0  0",
        # Seconds since 1970, in winter.
        "41\t1767319445\t1\t4",
        "41 1767319445 1 4",
    ],
)
def test_ways_to_write_the_same(line: str) -> None:
    """TABs, spaces instead, a time as a number."""
    assert punch(line) == Punch(
        user_id="41", time=datetime(2026, 1, 2, 3, 4, 5), state=1, verify=4
    )


@pytest.mark.parametrize(
    "time",
    [
        "1971--10--29 -23:-27:-54",
        "2026-02-30 10:00:00",
        "0000-00-00 00:00:00",
        "1970-01-01 00:00:00",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05+01:00",
        "",
        "now",
    ],
)
def test_a_time_that_is_none(time: str) -> None:
    """The row is kept: somebody came."""
    assert punch(f"41\t{time}\t0\t1") == Punch(
        user_id="41", time=None, state=0, verify=1
    )


def test_short_rows() -> None:
    """What is not told is not known."""
    row = punch("ab_1\t2026-01-02 03:04:05")
    assert (row.user_id, row.state, row.verify) == ("ab_1", None, None)
    row = punch("1\t2026-01-02 03:04:05\tin\t-1")
    assert (row.state, row.verify) == (None, None)


@pytest.mark.parametrize(
    "line", ["41", "nonsense here", "\t\t", "\t2026-01-02 03:04:05", "x" * 33 + "\t1"]
)
def test_lines_that_are_no_row(line: str) -> None:
    """They are counted, and nothing else."""
    log = parse_punches(f"1\t2026-01-02 03:04:05\n\r\n{line}\n", ZONE)
    assert (len(log.rows), log.unreadable) == (1, 0 if not line.strip() else 1)


@given(st.text())
def test_nothing_that_is_uploaded_raises(text: str) -> None:
    """Whatever it is, and each line counts once."""
    for log in (parse_punches(text, ZONE), parse_punches(f"1\t{text}", ZONE)):
        assert log.unreadable >= 0
    operations = parse_operations(text, ZONE)
    parse_operations(f"OPLOG {text}\nUSER PIN=1\t{text}", ZONE)
    assert operations.ignored.total() >= 0
    parse_info(text)
    parse_fields(text)


# What was done


def test_a_captured_operation() -> None:
    """All data was cleared."""
    log = parse_operations("OPLOG 13\t0\t2024-03-12 11:03:28\t0\t0\t0\t0\r\n", ZONE)
    assert log.operations == [
        Operation(13, "0", datetime(2024, 3, 12, 11, 3, 28), (0, 0, 0, 0))
    ]
    assert (log.users, log.ignored.total()) == ([], 0)


def test_captured_lines_of_a_face_terminal() -> None:
    """It was switched on, its door was forced, and somebody opened the menu."""
    log = parse_operations(
        "OPLOG 0\t0\t2024-07-07 01:42:53\t0\t0\t0\t0\n"
        "OPLOG 3\t0\t2024-07-07 01:43:07\t54\t0\t0\t0\n"
        "OPLOG 4\t7\t2024-07-07 01:44:19\t1\t0\t0\t0\n",
        ZONE,
    )
    assert [(o.code, o.admin, o.first) for o in log.operations] == [
        (0, "0", 0),
        (3, "0", 54),
        (4, "7", 1),
    ]


def test_a_person_is_enrolled() -> None:
    """Of all that is uploaded then, templates and photos are counted and not kept."""
    log = parse_operations(
        "OPLOG 30\t0\t2026-06-25 16:28:28\t4\t0\t0\t0\n"
        "USER PIN=4\tName=Zoë B.\tPri=0\tPasswd=1234\tCard=\tGrp=1\tTZ=0000000100000000\tVerify=1\n"
        "FP PIN=4\tFID=6\tSize=1488\tValid=1\tTMP=QUJDQUJD\n"
        "FACE PIN=4\tFID=0\tSIZE=4\tVALID=1\tTMP=QUJD\n"
        "USERPIC PIN=4\tFileName=4.jpg\tSize=4\tContent=QUJD\n"
        "BIOPHOTO PIN=4\tFileName=4.jpg\tType=9\tSize=4\tContent=QUJD\n",
        ZONE,
    )
    [user] = log.users
    assert (user["pin"], user["name"], user["tz"]) == (
        "4",
        "Zoë B.",
        "0000000100000000",
    )
    assert log.ignored == {"FP": 1, "FACE": 1, "USERPIC": 1, "BIOPHOTO": 1}
    assert "1234" not in repr(log)
    assert "QUJD" not in repr(log)


def test_lines_of_no_known_kind() -> None:
    """Nothing is made of them."""
    log = parse_operations(
        "OPLOG x\t0\t2026-01-01 00:00:00\nOPLOG 4\nUSER Name=nobody\n\t\n=\nUSERINFO\tPIN=5\n",
        ZONE,
    )
    assert log.operations == []
    assert [user["pin"] for user in log.users] == ["5"]
    assert log.ignored.total() == 4


def test_an_operation_with_little_to_tell() -> None:
    """Its parameters may be missing, or no numbers."""
    log = parse_operations("OPLOG 4\t1\tnever\nOPLOG 3\t0\t\tx", ZONE)
    assert log.operations == [
        Operation(4, "1", None, ()),
        Operation(3, "0", None, (0,)),
    ]
    assert [operation.first for operation in log.operations] == [0, 0]


# What it is


def test_the_information_of_the_first_poll() -> None:
    """In a fixed order; shorter from older firmware."""
    assert parse_info("Ver 8.0.4.2-20180611,10,9,75,192.168.1.201,10,7,15,3") == {
        "fwversion": "Ver 8.0.4.2-20180611",
        "usercount": "10",
        "fpcount": "9",
        "transactioncount": "75",
        "ipaddress": "192.168.1.201",
        "fpversion": "10",
        "faceversion": "7",
        "facecount": "15",
    }
    assert parse_info("Ver 2.0.12,0,,0") == {
        "fwversion": "Ver 2.0.12",
        "usercount": "0",
        "transactioncount": "0",
    }


def test_results_as_captured() -> None:
    """Three in one answer, and the answer to INFO, which follows its result line by line."""
    body = "ID=1&Return=0&CMD=DATA\nID=2&Return=0&CMD=DATA\nID=3&Return=0&CMD=CHECK"
    results = parse_results(body, {})
    assert [(r.id, r.code, r.verb) for r in results] == [
        (1, 0, "DATA"),
        (2, 0, "DATA"),
        (3, 0, "CHECK"),
    ]
    body = (
        "ID=122&Return=0&CMD=INFO\n~DeviceName=MB360/ID\nMAC=00:17:61:10:79:9f\n"
        "TransactionCount=98\n~MaxAttLogCount=10\nUserCount=143\nVOLUME=70\n"
        "~OEMVendor=ZKTECO CO., LTD.\n"
    )
    [info] = parse_results(body, {})
    assert (info.id, info.code) == (122, 0)
    assert info.extra == {
        "devicename": "MB360/ID",
        "mac": "00:17:61:10:79:9f",
        "transactioncount": "98",
        "maxattlogcount": "10",
        "usercount": "143",
        "volume": "70",
        "oemvendor": "ZKTECO CO., LTD.",
    }


@pytest.mark.parametrize(
    ("table", "answer"),
    [
        ("ATTLOG", "OK: 3"),
        ("operlog", "OK: 3"),
        ("BIODATA", "OK: 3"),
        ("options", "OK"),
        ("ATTPHOTO", "OK"),
    ],
)
def test_how_uploads_are_acknowledged(table: str, answer: str) -> None:
    """By their count, or not at all."""
    assert acknowledge(table, 3) == answer


@given(st.lists(st.sampled_from([b"a", b"BIODATA Pin=1", b"", b" "])))
def test_lines_are_counted_without_reading_them(lines: list[bytes]) -> None:
    """Whatever ends them, empty ones do not count."""
    full = sum(1 for line in lines if line.strip())
    for end in (b"\n", b"\r\n", b"\r"):
        assert count_lines(end.join(lines)) == full
