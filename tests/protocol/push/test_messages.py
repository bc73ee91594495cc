"""How requests are read and answers written."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.push.messages import (
    Request,
    Response,
    decode_text,
    parse_options,
    parse_query,
    parse_records,
    record_lines,
    route,
    valid_serial,
)

NOW = datetime(2017, 1, 9, 2, 20, 19, tzinfo=UTC)


def request(
    path: str = "/iclock/cdata", query: bytes = b"", cookie: str | None = None
) -> Request:
    """Return a call of a device."""
    return Request(
        method="GET",
        path=path,
        query=parse_query(query),
        headers={} if cookie is None else {"cookie": cookie},
        body=b"",
        peer="192.168.213.221",
        received=NOW,
    )


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/iclock/cdata", "cdata"),
        ("/iclock/cdata.aspx", "cdata"),
        ("/iclock/getrequest/", "getrequest"),
        ("/iclock/iclock/registry", "registry"),
        ("/ICLOCK/Cdata", "cdata"),
        ("//iclock//ping", "ping"),
        ("/iclock/iclock/rtdata.ASPX//", "rtdata"),
        ("/iclock/devicecmd", "devicecmd"),
        ("/iclock/querydata", "querydata"),
        ("/iclock/exchange", "exchange"),
        ("/iclock/push", "push"),
        ("/iclock/file", "file"),
        ("/iclock/fdata", "fdata"),
        ("/iclock/inspect", None),
        ("/iclock/FileName=options.cfg", None),
        ("/iclock/iclock/iclock/cdata", None),
        ("/iclock/cdata/x", None),
        ("/iclock/cdatax", None),
        ("/x/iclock/cdata", None),
        ("iclock/cdata", None),
        ("/cdata", None),
        ("/iclock", None),
        ("/iclock/cdata\n", None),
        ("", None),
    ],
)
def test_routes(path: str, endpoint: str | None) -> None:
    """Whatever people type into a device leads to the same place, and nothing else does."""
    assert route(path) == endpoint
    assert request(path).endpoint == endpoint


def test_a_terminal_asks_for_its_settings() -> None:
    """A captured request, whose device type is neither of the two documented ones."""
    asked = request(
        query=b"SN=BOCK200961014&options=all&language=69&pushver=2.4.0&DeviceType=middle%20east&PushOptionsFlag=1"
    )

    assert asked.serial == "BOCK200961014"
    assert asked.query == {
        "sn": "BOCK200961014",
        "options": "all",
        "language": "69",
        "pushver": "2.4.0",
        "devicetype": "middle east",
        "pushoptionsflag": "1",
    }


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        (b"", {}),
        (b"&&=&", {}),
        (b"SN=1234&sn=5678", {"sn": "1234"}),
        (b"CMD=DATA UPDATE", {"cmd": "DATA UPDATE"}),
        (b"a=\tb\t&c", {"a": "b", "c": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1+1", {"a": "1+1"}),
        (b"a=100%&b=%zz&c=%4", {"a": "100%", "b": "%zz", "c": "%4"}),
        (b"name=%E5%BC%A0&%4eo=1", {"name": "张", "no": "1"}),
        (b"name=\xd5\xc5x", {"name": "\ufffd\ufffdx"}),
        (b"a=%00b%00", {"a": "b"}),
    ],
)
def test_careless_queries(raw: bytes, values: dict[str, str]) -> None:
    """Devices write queries by hand."""
    assert parse_query(raw) == values


@pytest.mark.parametrize(
    "serial", ["3383154200002", "ODG7030067031100001", "a_-9", "A" * 32]
)
def test_serial_numbers(serial: str) -> None:
    """Letters, digits and two marks."""
    assert valid_serial(serial) == serial
    assert request(query=f"SN={serial}".encode()).serial == serial


@pytest.mark.parametrize(
    "serial",
    [None, "", "123", "A" * 33, "../../etc", "1234 ", "1234\n", "12\x0034", "١٢٣٤"],
)
def test_what_cannot_be_a_serial_number(serial: str | None) -> None:
    """Nothing that could be a path, a line or a lookalike."""
    assert valid_serial(serial) is None


def test_no_serial_number() -> None:
    """A request without one is nobody's."""
    assert request(query=b"options=all").serial is None
    assert request(query=b"SN=..").serial is None


@pytest.mark.parametrize(
    ("cookie", "token"),
    [
        (
            "token=cb386eb5f8219329db63356fb262ddff",
            "cb386eb5f8219329db63356fb262ddff",
        ),
        # Printed in section 7.4.
        ("1637f0b091af92b0cc66b8eede0ae48e", "1637f0b091af92b0cc66b8eede0ae48e"),
        (
            "token=CB386EB5F8219329DB63356FB262DDFF, timestamp=1483927939",
            "cb386eb5f8219329db63356fb262ddff",
        ),
        (
            "JSESSIONID=30BFB04B2C8AECC72C01C03BFD549D15; token=cb386eb5f8219329db63356fb262ddff",
            "cb386eb5f8219329db63356fb262ddff",
        ),
        ("JSESSIONID=30BFB04B2C8AECC72C01C03BFD549D15", None),
        ("token=cb386eb5f8219329db63356fb262ddff0", None),
        ("token=cb386eb5", None),
        ("", None),
        (None, None),
    ],
)
def test_tokens(cookie: str | None, token: str | None) -> None:
    """Devices put a comma where a cookie has a semicolon, or nothing but the hash."""
    assert request(cookie=cookie).token == token


def test_an_answer() -> None:
    """The printed answer to a device that is not registered."""
    answer = Response.ok("OK", NOW)

    assert (answer.status, answer.body) == (200, b"OK")
    assert answer.headers == {
        "Content-Type": "text/plain",
        "Content-Length": "2",
        "Date": "Mon, 09 Jan 2017 02:20:19 GMT",
    }


def test_an_answer_is_never_empty() -> None:
    """Devices take an empty answer for a failed connection."""
    assert Response.ok("", NOW).body == b"OK"


def test_length_and_date_of_an_answer() -> None:
    """Length counts bytes, and the date is in GMT wherever we are."""
    answer = Response.ok("Zoë", NOW.astimezone(timezone(timedelta(hours=8))))

    assert answer.headers["Content-Length"] == "4"
    assert answer.headers["Date"] == "Mon, 09 Jan 2017 02:20:19 GMT"


def test_a_refusal() -> None:
    """A refusal says nothing, and none of the words that an attendance terminal would obey."""
    answer = Response.refused(NOW)

    assert answer.status == 403
    assert answer.body == b"403: Forbidden"
    assert answer.headers == {
        "Content-Type": "text/plain",
        "Content-Length": "14",
        "Date": "Mon, 09 Jan 2017 02:20:19 GMT",
    }


@pytest.mark.parametrize(
    ("body", "language", "text"),
    [
        ("name=Zoë".encode(), None, "name=Zoë"),
        ("name=张三".encode(), "83", "name=张三"),
        ("name=张三".encode("gb2312"), "83", "name=张三"),
        ("name=张三".encode("gb2312"), "69", "name=\ufffd\ufffd\ufffd\ufffd"),
        (b"name=\xd5\xc5\xff", "83", "name=张\ufffd"),
        (b"user uid=1\0\0", None, "user uid=1"),
        (b"", None, ""),
    ],
)
def test_texts(body: bytes, language: str | None, text: str) -> None:
    """Chinese devices may write in their own encoding."""
    assert decode_text(body, language) == text


def test_users_of_a_face_terminal() -> None:
    """Captured rows: each begins with the name of the table."""
    row = (
        "user uid={0}\tcardno=\tpin={0}\tpassword=\tgroup=1\tstarttime=0\tendtime=0\tname=\tprivilege=14\t"
        "disable=0\tverify=0"
    )
    text = "\r\n".join(row.format(number) for number in (1, 2, 3)) + "\r\n\r\n"

    assert parse_records(text, "user") == parse_records(text)
    assert [record["pin"] for record in parse_records(text)] == ["1", "2", "3"]
    assert parse_records(text)[0] == {
        "uid": "1",
        "cardno": "",
        "pin": "1",
        "password": "",
        "group": "1",
        "starttime": "0",
        "endtime": "0",
        "name": "",
        "privilege": "14",
        "disable": "0",
        "verify": "0",
    }


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ("", []),
        ("\r\n \r\n", []),
        ("a=1\tb=2\t\t", [{"a": "1", "b": "2"}]),
        ("a=1\nA=2\r\na=3\ra=4", [{"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "4"}]),
        ("tmp=AAAA==\tB= x ", [{"tmp": "AAAA==", "b": "x"}]),
        ("name=John Doe\tpin=1", [{"name": "John Doe", "pin": "1"}]),
        ("name=a\x85b\u2028c\td=1", [{"name": "a\x85b\u2028c", "d": "1"}]),
        ("no fields here\ta", []),
        ("=1\tb=2", [{"b": "2"}]),
        ("APList ecn=1\tssid=Home", [{"ecn": "1", "ssid": "Home"}]),
        ("[APList] ecn=1", [{"ecn": "1"}]),
    ],
)
def test_record_lines(text: str, records: list[dict[str, str]]) -> None:
    """TABs between fields, any line end between records, and nothing else counts."""
    assert parse_records(text) == records


def test_records_of_another_table() -> None:
    """A packet may hold more than was asked for."""
    text = "user pin=1\nuserauthorize pin=1\nUSER pin=2\npin=3"

    assert [record["pin"] for record in parse_records(text, "user")] == ["1", "2", "3"]
    assert parse_records("[APList] ecn=1", "APList") == [{"ecn": "1"}]


def test_lines_without_fields_are_counted() -> None:
    """So that somebody can say how many could not be read."""
    assert record_lines("a=1\ngarbage\n\nb=2") == [{"a": "1"}, {}, {"b": "2"}]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("garbage", {}),
        (
            "~OEMVendor=ZKTECO CO., LTD.,FWVersion=ZAM180-NF50VA-Ver3.4.9",
            {"oemvendor": "ZKTECO CO., LTD.", "fwversion": "ZAM180-NF50VA-Ver3.4.9"},
        ),
        (
            "BioPhotoFun=1BioDataFun=0,UserPicURLFunOn=1",
            {"biophotofun": "1", "biodatafun": "0", "userpicurlfunon": "1"},
        ),
        ("BioPhotoFun=BioDataFun=1", {"biophotofun": "", "biodatafun": "1"}),
        ("~MaxPvCount=,PvCount=0", {"maxpvcount": "", "pvcount": "0"}),
        ("A=1, ~B=2 ,C=3\r\n", {"a": "1", "b": "2", "c": "3"}),
        ("A=1\nB=2", {"a": "1", "b": "2"}),
        ("=1,~=2", {}),
    ],
)
def test_options(text: str, options: dict[str, str]) -> None:
    """Only a comma in front of a key separates."""
    assert parse_options(text) == options


@given(st.text())
def test_no_path_is_too_strange(path: str) -> None:
    """A route is one of the known ones or none."""
    assert route(path) is None
    assert route(f"/iclock/{path}") in {None, path.lower().split(".")[0].strip("/")}


@given(st.binary())
def test_no_query_is_too_strange(raw: bytes) -> None:
    """What comes out is never more than what came in."""
    values = parse_query(raw)

    assert len(values) <= raw.count(b"&") + 1
    assert sum(map(len, values)) + sum(map(len, values.values())) <= 3 * len(raw)
    assert all(key == key.strip().lower() != "" for key in values)


@given(st.binary(), st.sampled_from(["83", "69", None]))
def test_no_body_is_too_strange(body: bytes, language: str | None) -> None:
    """Any bytes are some text, which can be sent back."""
    text = decode_text(body, language)

    assert "\0" not in text
    assert len(text) <= len(body)
    assert Response.ok(text, NOW).body


@given(st.text(st.sampled_from("user =\t\r\n,~aB1[]\x85")) | st.text())
def test_no_text_is_too_strange(text: str) -> None:
    """Keys have no upper case and no separators, values no line ends."""
    records = record_lines(text, "user")

    assert len(records) <= len(text)
    for fields in (*records, parse_options(text)):
        for key, value in fields.items():
            assert key
            assert not set(key) & set("=\r\n")
            assert not set(value) & set("\r\n")


@given(st.text())
def test_no_cookie_is_too_strange(cookie: str) -> None:
    """A token is 32 hexadecimal digits, or none."""
    token = request(cookie=cookie).token

    assert token is None or bytes.fromhex(token)
