"""Options of terminals."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.standalone import options
from custom_components.zkteco.protocol.standalone.options import (
    OPTIONS,
    check_readable,
    check_writable,
    decode_value,
    encode_read,
    encode_write,
    find,
)
from custom_components.zkteco.protocol.standalone.packet import decode

NAMES = st.from_regex(r"~?[A-Za-z][A-Za-z0-9_]{0,39}", fullmatch=True)
VALUES = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="="),
    max_size=40,
)
SECRETS = ["ComKey", "COMKEY"]


def data(frame: str) -> bytes:
    """Return the data in a captured TCP frame."""
    return decode(bytes.fromhex(frame)[8:])[0].data


def test_captured_reads() -> None:
    """A name and its end."""
    assert encode_read("~OS") == data("5050827d0c0000000b0058efc5c005007e4f5300")
    assert encode_read("~Platform") == data(
        "5050827d120000000b00b9e6f38d0c007e506c6174666f726d00"
    )


def test_captured_writes() -> None:
    """A name, its value and the end."""
    assert encode_write("LockOn", "5") == data(
        "5050827d110000000c00ebbb84c547004c6f636b4f6e3d3500"
    )
    assert encode_write("AntiPassbackOn", "0") == data(
        "5050827d190000000c00602284c54300416e7469506173736261636b4f6e3d3000"
    )


def test_captured_answers() -> None:
    """The terminal repeats the name."""
    platform = data(
        "5050827d1d000000d007714cf38d0c007e506c6174666f726d3d5a454d3736305f54465400"
    )
    assert decode_value("~Platform", platform) == "ZEM760_TFT"
    work_code = data("5050827d13000000d007828af38d0b00576f726b436f64653d3000")
    assert decode_value("WorkCode", work_code) == "0"


@given(NAMES, VALUES)
def test_what_is_written_can_be_read(name: str, value: str) -> None:
    """Writing and answering have the same form."""
    assert decode_value(name, encode_write(name, value)) == value


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (b"LockOn=5", "5"),
        (b"LockOn=5\0junk", "5"),
        (b"LOCKON=5\0", "5"),
        (b"LockOn= 5 \0", "5"),
        (b"LockOn=\0", ""),
        (b"LockOn=a=b\0", "a=b"),
        (b"=5\0", "5"),
        (b"5\0", "5"),
        (b"LockOn=\xff\0", "\N{REPLACEMENT CHARACTER}"),
        (b"", None),
        (b"\0LockOn=5", None),
        (b"VoiceOn=1\0", None),
    ],
)
def test_answers_of_different_firmware(answer: bytes, value: str | None) -> None:
    """Spelling differs; an answer about something else is none."""
    assert decode_value("LockOn", answer) == value


@given(NAMES, st.binary(max_size=60))
def test_garbage(name: str, answer: bytes) -> None:
    """Whatever a terminal answers, it is a text or nothing."""
    value = decode_value(name, answer)
    assert value is None or "\0" not in value


@pytest.mark.parametrize(
    "name", ["", "~", "1Lock", "Lock On", "LockOn=5", "LockOn\0", "L\xf6ck", "a" * 41]
)
def test_what_is_no_name(name: str) -> None:
    """A name cannot smuggle a value or a second name, and is not repeated in the error."""
    with pytest.raises(InvalidValue, match=r"^option name: 1 to 40 letters"):
        encode_read(name)
    with pytest.raises(InvalidValue, match=r"^option name: 1 to 40 letters"):
        encode_write(name, "1")
    with pytest.raises(InvalidValue, match=r"^option name: 1 to 40 letters"):
        check_readable(name)


@pytest.mark.parametrize("value", ["1\0", "1=2", "1\n", "\xe4", "x" * 101])
def test_what_is_no_value(value: str) -> None:
    """A value cannot end the text or begin another one."""
    with pytest.raises(InvalidValue, match=r"^LockOn: up to 100 printable"):
        encode_write("LockOn", value)


@pytest.mark.parametrize("name", SECRETS)
def test_secrets(name: str) -> None:
    """The communication key can be neither read nor changed."""
    with pytest.raises(InvalidValue, match=f"^{name}: keys are neither"):
        check_readable(name)
    with pytest.raises(InvalidValue, match=f"^{name}: keys are neither"):
        check_writable(name, "1")


@pytest.mark.parametrize("name", ["WebServerIP", "lockon", "AutoAlarm7", "~ComKey"])
def test_undocumented_names(name: str) -> None:
    """A name that no document has is refused, even one that is nearly right."""
    assert find(name) is None
    with pytest.raises(InvalidValue, match=f"^{name}: not a documented option"):
        check_readable(name)
    with pytest.raises(InvalidValue, match=f"^{name}: not a documented option"):
        check_writable(name, "1")


def test_documented_names_can_be_read() -> None:
    """All but the secrets."""
    for option in OPTIONS:
        if option.name not in SECRETS:
            check_readable(option.name)


def test_what_can_be_written() -> None:
    """Nothing that could cut the owner off, change who the terminal is, or hold the door open."""
    assert {option.name for option in OPTIONS if option.writable} == {
        "LockOn",
        "AntiPassbackOn",
        "VoiceOn",
        "ShowScore",
        *(f"AutoAlarm{n}" for n in range(1, 7)),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LockOn", "1"),
        ("LockOn", "254"),
        ("AntiPassbackOn", "0"),
        ("VoiceOn", "1"),
        ("AutoAlarm1", "0"),
        ("AutoAlarm6", str(7 * 256 + 45)),
        ("AutoAlarm6", "65535"),
    ],
)
def test_values_in_range(name: str, value: str) -> None:
    """Documented values."""
    check_writable(name, value)


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("LockOn", "0", "a whole number from 1 to 254"),
        ("LockOn", "255", "a whole number from 1 to 254"),
        ("LockOn", "05", "a whole number from 1 to 254"),
        ("LockOn", "5 ", "a whole number from 1 to 254"),
        ("VoiceOn", "on", "a whole number from 0 to 1"),
        ("AutoAlarm1", "60", "hour x 256 [+] minute, or 65535 for no bell"),
        ("AutoAlarm1", "6144", "hour x 256 [+] minute, or 65535 for no bell"),
        ("IPAddress", "192.0.2.1", "can only be read"),
        ("DeviceID", "2", "can only be read"),
        ("~SerialNumber", "1", "can only be read"),
    ],
)
def test_values_out_of_range(name: str, value: str, limit: str) -> None:
    """The error says what would be right."""
    with pytest.raises(InvalidValue, match=f"^{name}: {limit}"):
        check_writable(name, value)


def test_every_option_is_explained() -> None:
    """Names are unique, have words and a source, and go into a request."""
    assert len({option.name for option in OPTIONS}) == len(OPTIONS)
    for option in OPTIONS:
        assert option.words
        assert option.source
        assert options.encode_read(option.name)
