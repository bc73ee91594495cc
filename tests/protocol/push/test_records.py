"""What devices upload, and how each upload is acknowledged."""

from base64 import b64encode
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.model import Direction, VerifyMethod
from custom_components.zkteco.protocol.push.codes import VerifyStyle
from custom_components.zkteco.protocol.push.messages import parse_query
from custom_components.zkteco.protocol.push.records import (
    AddressType,
    Authorization,
    CommandResult,
    EventRecord,
    acknowledge,
    parse_card,
    parse_error_log,
    parse_results,
    parse_rtlog,
    parse_sub_controllers,
    parse_upload,
)


def tabs(text: str) -> str:
    """Return a line whose fields are separated by TABs; written with "|" here."""
    return text.replace("|", "\t")


def event(text: str) -> EventRecord:
    """Return the one event of an upload."""
    log = parse_rtlog(tabs(text))
    assert log.unreadable == 0
    (record,) = log.events
    return record


def test_let_in_by_finger() -> None:
    """Captured from a SpeedFace-V3L."""
    record = event(
        "time=2026-09-28 11:40:45|pin=41235478|cardno=0|eventaddr=1|event=0|inoutstatus=0|verifytype=1|"
        "index=13355|sitecode=0|linkid=0|maskflag=0|temperature=0|convtemperature=0\n"
    )

    assert record.time == datetime(2026, 9, 28, 11, 40, 45)
    assert record.user_id == "41235478"
    assert record.card is None
    assert (record.code, record.address, record.index) == (0, 1, 13355)
    assert record.direction is Direction.IN
    assert record.reader == 1
    assert (record.verify, record.method) == (1, VerifyMethod.FINGERPRINT)
    assert record.styles is None
    assert (record.site_code, record.link_id, record.trigger) == (0, 0, None)
    assert record.mask is False
    assert record.temperature is None
    assert record.serial is None
    assert record.raw["convtemperature"] == "0"
    assert "convtemperature" not in repr(record)


def test_a_finger_that_nobody_knows() -> None:
    """Captured from a SpeedFace-V3L."""
    record = event(
        "time=2026-09-28 11:41:02|pin=0|cardno=0|eventaddr=1|event=27|inoutstatus=1|verifytype=1|index=13357|"
        "sitecode=0|linkid=0|maskflag=0|temperature=0|convtemperature=0\n"
    )

    assert record.code == 27
    assert record.user_id is None
    assert record.direction is Direction.OUT
    assert record.reader == 2


@pytest.mark.parametrize(
    ("line", "user_id", "method", "index"),
    [
        (
            "time=2026-02-23 14:13:48|pin=2|cardno=0|eventaddr=1|event=3|inoutstatus=0|verifytype=15|index=140|sitecode=0",
            "2",
            VerifyMethod.FACE,
            140,
        ),
        (
            "time=2026-09-09 12:09:10|pin=445966|cardno=0|eventaddr=1|event=3|inoutstatus=0|verifytype=1|index=40",
            "445966",
            VerifyMethod.FINGERPRINT,
            40,
        ),
    ],
)
def test_faces(line: str, user_id: str, method: VerifyMethod, index: int) -> None:
    """Captured from SenseFace terminals, which send 3 for everybody they let in."""
    record = event(line)

    assert record.code == 3
    assert (record.user_id, record.method, record.index) == (user_id, method, index)


def test_something_that_nobody_did() -> None:
    """Rows of the door or the system: no user, no direction, no way to verify."""
    record = event(
        "time=2026-09-09 12:09:10|pin=0|cardno=0|eventaddr=1|event=206|inoutstatus=2|verifytype=200|index=41"
    )

    assert record.user_id is None
    assert (record.direction, record.reader) == (None, None)
    assert (record.verify, record.method) == (200, None)


def test_let_in_at_a_panel() -> None:
    """As a C3-200 Plus writes it: its own serial number, and 32 zeros for the way to verify."""
    record = event(
        f"time=2026-07-05 10:00:00|pin=1|cardno=5551234|sitecode=0|eventaddr=1|event=0|inoutstatus=2|"
        f"verifytype={'0' * 32}|index=42|sn=ABC1234567890"
    )

    assert record.card == "5551234"
    assert record.serial == "ABC1234567890"
    assert record.verify == "0" * 32
    assert (record.method, record.styles) == (None, None)


def test_the_printed_event() -> None:
    """Sections 7.2 and 7.13."""
    record = event(
        "time=2017-01-10 11:49:32|pin=0|cardno=0|eventaddr=1|event=27|inoutstatus=1|verifytype=0|index=21"
    )

    assert record.time == datetime(2017, 1, 10, 11, 49, 32)
    assert record.method is VerifyMethod.AUTOMATIC
    assert record.index == 21
    assert record.mask is None


def test_all_newer_fields() -> None:
    """Site code, temperature, mask and card bits arrive in any order and any case."""
    record = event(
        "TIME=2024-01-02 03:04:05|Event=0|BitCount=26|maskflag=1|temperature=36.2|ConvTemperature=36.2|"
        "sitecode=10010|linkid=7|AddrType=3|eventaddr=4|cardno=[15CD5B07]|verifytype=0000100000000011|"
        "Alarmtype=200|inoutstatus=1|pin=0042|\t"
    )

    assert record.bit_count == 26
    assert record.mask is True
    assert record.temperature == 36.2
    assert (record.site_code, record.link_id) == (10010, 7)
    assert record.address_type is AddressType.READER
    assert record.reader == 4
    assert record.card == "123456789"
    assert record.styles == frozenset({VerifyStyle.FACE, VerifyStyle.CARD})
    assert record.method is VerifyMethod.FACE_AND_CARD
    assert record.verify == "0000100000000011"
    assert record.alarm_type == 200
    assert record.user_id == "0042"
    assert record.index is None


@pytest.mark.parametrize("code", [6, 231])
def test_linkage(code: int) -> None:
    """In place of a way to verify there is the event that set it off."""
    record = event(f"event={code}|eventaddr=1|verifytype=27|linkid=3|inoutstatus=2")

    assert record.trigger == 27
    assert record.link_id == 3
    assert (record.verify, record.styles, record.method) == (None, None, None)
    assert event(f"event={code}|verifytype={'0' * 16}").trigger is None
    assert event(f"event={code}|verifytype=6009").trigger == 6009


@pytest.mark.parametrize(
    "written",
    [
        "1971--10--29 -23:-27:-54",
        "2026-02-30 00:00:00",
        "2026-02-23",
        "2026-02-23T14:13:48",
        "2026-02-23 14:13:48+01:00",
        "",
    ],
)
def test_a_clock_that_is_not_set(written: str) -> None:
    """The first was captured from a SenseFace 2A. The event still happened."""
    record = event(f"time={written}|event=200|eventaddr=1")

    assert (record.code, record.time) == (200, None)


@pytest.mark.parametrize(
    ("line", "reader"),
    [
        ("event=0|eventaddr=2|inoutstatus=0", 3),
        ("event=0|eventaddr=2|inoutstatus=1", 4),
        ("event=0|eventaddr=2|addrtype=2|inoutstatus=1", 4),
        ("event=0|eventaddr=2|addrtype=1|inoutstatus=1", None),
        ("event=0|eventaddr=0|inoutstatus=0", None),
        ("event=221|eventaddr=2|inoutstatus=0", None),
    ],
)
def test_readers(line: str, reader: int | None) -> None:
    """Only a door has readers."""
    assert event(line).reader == reader


@pytest.mark.parametrize(
    "temperature", ["", "0", "0.0", "255", "24.9", "-36", "nan", "1e2"]
)
def test_no_temperature(temperature: str) -> None:
    """Devices that measure none send something all the same."""
    assert event(f"event=0|temperature={temperature}").temperature is None


@pytest.mark.parametrize(
    ("written", "card"),
    [
        ("123456789", "123456789"),
        ("[15CD5B07]", "123456789"),
        ("[15cd5b07]", "123456789"),
        ("[15CD5B0700000000]", "123456789"),
        ("0005551234", "5551234"),
        ("0", None),
        ("", None),
        ("[00000000]", None),
        ("[15CD5B0]", None),
        ("[]", None),
        ("75BCD15", None),
        ("١٢٣", None),
        ("9" * 41, None),
    ],
)
def test_cards(written: str, card: str | None) -> None:
    """Section 7.5: the same card in both forms."""
    assert parse_card(written) == card


def test_rows_of_the_log() -> None:
    """Printed in section 9.1.4: the same facts by other names, and a packed time."""
    record = event(
        "transaction cardno=0|pin=0|verified=200|doorid=1|eventtype=100|inoutstate=2|time_second=548003688|"
        "index=92|sitecode=0|devid=1|sn=3383154200002"
    )

    assert record.code == 100
    assert record.address == 1
    assert record.verify == 200
    assert record.time == datetime(2017, 1, 19, 15, 14, 48)
    assert record.index == 92
    assert record.serial == "3383154200002"


def test_events_without_a_table_name() -> None:
    """Printed in section 9.2.2."""
    line = "cardno=0|pin=0|verified=200|doorid=1|eventtype=100|inoutstate=2|time_second={}|index={}\r\n"
    log = parse_rtlog(
        tabs("".join(line.format(548003687 + n, 92 + n) for n in range(3)))
    )

    assert [record.index for record in log.events] == [92, 93, 94]
    assert log.unreadable == 0


def test_lines_that_cannot_be_read() -> None:
    """They are counted, and the others are not lost."""
    log = parse_rtlog("event=0\tpin=1\ngarbage\nevent=x\nevent=-1\n\nevent=200")

    assert [record.code for record in log.events] == [0, 200]
    assert log.unreadable == 3


def result(number: int, code: int, verb: str) -> CommandResult:
    """Return a result without extras."""
    return CommandResult(id=number, code=code, verb=verb)


@pytest.mark.parametrize(
    ("text", "results"),
    [
        # Captured from a BioFace A1 and a SpeedFace-V5L.
        ("ID=1&Return=3&CMD=DATA QUERY", [result(1, 3, "DATA QUERY")]),
        ("ID=5&Return=0&CMD=DATA UPDATE", [result(5, 0, "DATA UPDATE")]),
        ("ID=9&Return=-629&CMD=DATA QUERY", [result(9, -629, "DATA QUERY")]),
        (
            "ID=1&Return=0&CMD=DATA\nID=2&Return=0&CMD=DATA\nID=3&Return=0&CMD=CHECK",
            [result(1, 0, "DATA"), result(2, 0, "DATA"), result(3, 0, "CHECK")],
        ),
        (
            "ID=32\nReturn=0\nCMD=Shell\nContent=a=b",
            [CommandResult(id=32, code=0, verb="Shell", extra={"content": "a=b"})],
        ),
        # Printed in sections 7.4, 9.1 and 9.2.1.
        ("ID=1&Return=0&CMD=DATA UPDATE\r\n\r\n", [result(1, 0, "DATA UPDATE")]),
        ("ID=415&return=3&CMD=DATA QUERY", [result(415, 3, "DATA QUERY")]),
        (
            "ID=291&Return=41&CMD=ACCOUNT&transaction&StartTime=&EndTime=&RecordSum=41",
            [
                CommandResult(
                    id=291,
                    code=41,
                    verb="ACCOUNT",
                    extra={
                        "transaction": "",
                        "starttime": "",
                        "endtime": "",
                        "recordsum": "41",
                    },
                )
            ],
        ),
        (
            "ID=7&Return=-5000&CMD=CONTROL DEVICE&SN=DDG7050067042500078",
            [
                CommandResult(
                    id=7,
                    code=-5000,
                    verb="CONTROL DEVICE",
                    serial="DDG7050067042500078",
                )
            ],
        ),
        # An attendance terminal tells about itself.
        (
            "ID=4&Return=0&CMD=INFO\n~DeviceName=K40\nUserCount=3",
            [
                CommandResult(
                    id=4,
                    code=0,
                    verb="INFO",
                    extra={"devicename": "K40", "usercount": "3"},
                )
            ],
        ),
        ("ID=1&Return=-0&CMD=X", [result(1, 0, "X")]),
        ("ID=1&CMD=X\nID=2&Return=0", [result(2, 0, "")]),
        ("ID=x&Return=0", []),
        ("ID=1&Return=--1", []),
        ("ID=1&Return=-", []),
        ("ID=1&Return=99999999999", []),
        ("noise", []),
        ("", []),
    ],
)
def test_results(text: str, results: list[CommandResult]) -> None:
    """Any case of keys, any number of results, and whatever comes with them."""
    assert parse_results(text, {"sn": "3383154200002"}) == results


def test_result_in_the_query() -> None:
    """Some firmware does that; the serial number is then its own."""
    query = parse_query(b"SN=3383154200002&ID=8&Return=0&CMD=DATA UPDATE")

    assert parse_results("", query) == [result(8, 0, "DATA UPDATE")]


def test_error_log() -> None:
    """The printed line of section 7.12, and one with details."""
    details = b64encode(b'{"pin": "1"}').decode()
    printed, detailed, broken = parse_error_log(
        tabs(
            "errorlog errcode=D01E0001|errmsg=|dataorigin=cmd|cmdid=123|additional=\n"
            f"errorlog errcode=D02E0007|errmsg=bad|dataorigin=dev|cmdid=|additional={details}\n"
            "errcode=D01E0002|additional=%%%\n"
            "errorlog errmsg=nothing\n"
            "user pin=1"
        )
    )

    assert (printed.code, printed.words) == ("D01E0001", "no face found")
    assert (printed.message, printed.command_id, printed.details) == ("", 123, None)
    assert detailed.words == "unknown error in template processing"
    assert (detailed.message, detailed.command_id) == ("bad", None)
    assert detailed.details == '{"pin": "1"}'
    assert "pin" not in repr(detailed)
    assert broken.details is None


def test_sub_controllers() -> None:
    """Section 5: one waits for its owner, one is at work, one has no serial number."""
    waiting, working = parse_sub_controllers(
        tabs(
            "DeviceAuthorize SN=DDG7050067042500078|Online=1|IsAuthorize=0|"
            "AuthorizeInfo=DeviceName=C3-200,MachineType=1|RegisterInfo=\r\n"
            "DeviceAuthorizeSN=DDG7012017010600049|Online=0|IsAuthorize=2|AuthorizeInfo=|"
            "RegisterInfo=~DeviceName=inBio260,LockCount=2,authKey=secret\r\n"
            "DeviceAuthorize SN=?|Online=1|IsAuthorize=9|AuthorizeInfo=|RegisterInfo=\r\n"
        )
    )

    assert waiting.serial == "DDG7050067042500078"
    assert waiting.online is True
    assert waiting.authorization is Authorization.NONE
    assert waiting.registration.model == "C3-200"
    assert working.serial == "DDG7012017010600049"
    assert working.online is False
    assert working.authorization is Authorization.GRANTED
    assert working.registration.lock_count == 2


def test_a_sub_controller_that_says_little() -> None:
    """Unknown is unknown."""
    (sub,) = parse_sub_controllers("SN=DDG7050067042500078\tOnline=?\tIsAuthorize=7")

    assert (sub.online, sub.authorization) == (None, None)
    assert sub.registration.model is None


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        # Printed in sections 4.6, 5, 7 and 9, or captured.
        ("table=rtlog", "OK"),
        ("table=rtstate", "OK"),
        ("table=irstate", "OK"),
        ("table=testdata", "OK"),
        ("table=options", "OK"),
        ("table=tabledata&tablename=user&count=1", "user=1"),
        ("table=tabledata&tablename=identitycard&count=1", "identitycard=1"),
        ("table=tabledata&tablename=templatev10&count=2", "templatev10=2"),
        ("table=tabledata&tablename=biophoto&count=1", "biophoto=1"),
        ("table=tabledata&tablename=ATTPHOTO&count=1", "ATTPHOTO=1"),
        ("table=tabledata&tablename=userpic&count=1", "userpic=1"),
        ("table=tabledata&tablename=biodata&count=1", "biodata=1"),
        ("table=tabledata&tablename=errorlog&count=1", "errorlog=1"),
        (
            "type=registry&table=tabledata&tablename=DeviceAuthorize&count=1",
            "DeviceAuthorize=1",
        ),
        (
            "type=tabledata&cmdid=1&tablename=user&count=3&packcnt=1&packidx=1",
            "user=3",
        ),
        (
            "type=tabledata&cmdid=291&tablename=transaction&count=41&datafmt=3&Stamp=9999",
            "transaction=41",
        ),
        (
            "type=vmtable&cmdid=415&tablename=APList&count=3&packcnt=1&packidx=1",
            "APList=3",
        ),
        (
            "type=count&cmdid=288&tablename=user&count=1&packcnt=1&packidx=1",
            "OK",
        ),
        (
            "type=options&cmdid=408&tablename=options&count=1&packcnt=1&packidx=1",
            "OK",
        ),
        ("cmdid=1&desc=overview", "OK"),
        ("cmdid=1&fileseq=1&contenttype=tgz&table=transaction&count=3", "OK"),
        ("type=BioData", "OK"),
        ("table=ATTLOG&Stamp=9999", "OK"),
        # Without a usable count, the rows are counted.
        ("table=tabledata&tablename=user", "user=7"),
        ("table=tabledata&tablename=user&count=x", "user=7"),
        # Nothing strange is ever repeated.
        ("table=tabledata&tablename=a%0Ab&count=1", "OK"),
        ("table=tabledata&tablename=&type=&count=1", "tabledata=1"),
        ("", "OK"),
    ],
)
def test_acknowledgements(query: str, answer: str) -> None:
    """Anything else, and the device sends the same again for ever."""
    assert acknowledge(parse_query(query.encode()), rows=7) == answer


def test_packets() -> None:
    """Where a packet belongs."""
    upload = parse_upload(
        parse_query(
            b"SN=3383154200002&type=tabledata&cmdid=415&tablename=user&count=3&packcnt=4&packidx=2"
        )
    )

    assert (upload.kind, upload.table, upload.count) == ("tabledata", "user", 3)
    assert (upload.packet, upload.packets, upload.command_id) == (2, 4, 415)


@pytest.mark.parametrize(
    "query", ["", "packcnt=2&packidx=3", "packcnt=0&packidx=0", "packcnt=9999999"]
)
def test_packets_that_make_no_sense(query: str) -> None:
    """They are taken for the only one."""
    upload = parse_upload(parse_query(query.encode()))

    assert (upload.packet, upload.packets) == (1, 1)
    assert (upload.kind, upload.table) == ("", "")
    assert (upload.count, upload.command_id) == (None, None)


KEYS = st.sampled_from(
    [
        "time",
        "pin",
        "cardno",
        "event",
        "eventaddr",
        "inoutstatus",
        "verifytype",
        "index",
        "temperature",
        "sn",
        "sensor",
        "relay",
        "alarm",
        "door",
        "time_second",
        "addrtype",
        "maskflag",
        "errcode",
        "additional",
        "online",
        "isauthorize",
        "registerinfo",
        "irstate",
        "incount",
        "id",
        "return",
        "cmd",
    ]
)
VALUES = st.text() | st.text(st.sampled_from("0123456789ABCDEFabcdef[]-. :"))
LINES = st.dictionaries(KEYS, VALUES).map(
    lambda line: "\t".join(f"{key}={value}" for key, value in line.items())
)
UPLOADS = st.text() | st.lists(LINES).map("\n".join)


@given(UPLOADS)
def test_no_event_is_too_strange(text: str) -> None:
    """Each line is an event or is counted, and numbers have their bounds."""
    log = parse_rtlog(text)

    assert len(log.events) + log.unreadable <= len(text)
    for record in log.events:
        assert 0 <= record.code <= 99999
        assert 0 <= record.address <= 99999
        assert record.card is None or int(record.card) > 0
        assert record.time is None or record.time.tzinfo is None
        assert record.reader is None or record.reader >= 0


@given(
    UPLOADS | st.lists(LINES).map(lambda lines: "\n".join(lines).replace("\t", "&")),
    st.dictionaries(KEYS, VALUES),
)
def test_no_result_is_too_strange(text: str, query: dict[str, str]) -> None:
    """Numbers have their bounds."""
    for record in parse_results(text, query):
        assert 0 <= record.id < 10**10
        assert abs(record.code) < 10**10


@given(UPLOADS)
def test_no_other_upload_is_too_strange(text: str) -> None:
    """What is read is never more than what was sent."""
    assert len(parse_error_log(text)) <= len(text)
    assert len(parse_sub_controllers(text)) <= len(text)


@given(
    st.dictionaries(
        st.sampled_from(["table", "tablename", "type", "count", "packcnt", "packidx"]),
        st.text() | st.sampled_from(["tabledata", "user"]),
    ),
    st.integers(0, 10**6),
)
def test_no_acknowledgement_is_too_strange(query: dict[str, str], rows: int) -> None:
    """One short word, and never a line that a device could take for a command."""
    answer = acknowledge(query, rows)

    assert answer.isprintable()
    assert answer.isascii()
    assert ":" not in answer
    assert 0 < len(answer) <= 53
