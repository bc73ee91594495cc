"""Templates as rows of tables: nothing of them is lost, and nothing else is taken for one."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.people import (
    Ability,
    Credential,
    Limits,
    Template,
)
from custom_components.zkteco.protocol.push.codes import Biometric
from custom_components.zkteco.protocol.push.dialect import (
    Store,
    credential_of,
    find_stores,
    plain_version,
)
from custom_components.zkteco.protocol.push.messages import parse_records
from custom_components.zkteco.protocol.push.registration import Registration
from custom_components.zkteco.protocol.push.templates import (
    check_template,
    count_by_user,
    decode_template,
    encode_template,
    shown_version,
)

FINGER = Template(
    user_id="4",
    credential=Credential.FINGERPRINT,
    index=7,
    version="10",
    data=b"L\x02-SS21 invented",
)
FACE = Template(
    user_id="4",
    credential=Credential.FACE,
    index=0,
    part=2,
    version="40.1",
    data=b"face",
)
FINGERS = Store(
    table="templatev10", kind=Biometric.FINGERPRINT, version="10", named=False
)
COMMON_FINGERS = Store(
    table="biodata", kind=Biometric.FINGERPRINT, version="13", named=True
)
FACES = Store(table="biodata", kind=Biometric.FACE, version="40.1", named=True)
TEXT = b64encode(FINGER.data).decode()

# As an owner's terminal registers.
TERMINAL = {
    "fingerfunon": "1",
    "multibiodatasupport": "0:1:0:0:0:0:0:0:0:1",
    "multibioversion": "0:13.0:0:0:0:0:0:0:0:40.1",
}


def read(line: str, store: Store) -> Template | None:
    """Read an upload of one template."""
    [row] = parse_records(line, store.table)
    [credential] = [c for c in Credential if credential_of(store.kind) is c]
    return decode_template(row, credential, store)


# Where they are kept


@pytest.mark.parametrize(
    ("options", "stores"),
    [
        ({}, {}),
        # Security PUSH 3.1.2 section 4.4: an older device.
        (
            {"fingerfunon": "1", "zkfpversion": "10"},
            {Credential.FINGERPRINT: FINGERS},
        ),
        (
            {"fingerfunon": "1", "zkfpversion": ""},
            {Credential.FINGERPRINT: replace(FINGERS, version=None)},
        ),
        (
            {"fingerfunon": "0", "zkfpversion": "10"},
            {},
        ),
        # Faces by visible light only.
        (
            {"biodatafun": "1", "faceversion": "58"},
            {Credential.FACE: replace(FACES, version="58", named=False)},
        ),
        (
            TERMINAL,
            {Credential.FINGERPRINT: COMMON_FINGERS, Credential.FACE: FACES},
        ),
        # Several kinds of faces and palms: the better one counts. Fingers have a table of their own.
        (
            {
                "fingerfunon": "1",
                "biodatafun": "1",
                "multibiodatasupport": "0:0:1:0:0:0:0:0:1:1:1",
                "multibioversion": "0:0:7:0:0:0:0:0:1:0:32.2",
            },
            {
                Credential.FACE: replace(FACES, version=None),
                Credential.PALM: Store(
                    table="biodata", kind=Biometric.PALM, version="32.2", named=True
                ),
                Credential.FINGERPRINT: replace(FINGERS, version=None),
            },
        ),
    ],
)
def test_where_a_device_keeps_them(
    options: dict[str, str],
    stores: dict[Credential, Store],
) -> None:
    """One table for each kind, and the version where it is told."""
    assert find_stores(Registration.of({"lockcount": "1", **options})) == stores


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("10", "10"),
        ("10.0", "10"),
        ("010.00", "10"),
        ("40.1", "40.1"),
        ("58.12", "58.12"),
        ("", None),
        (None, None),
        ("ten", None),
        ("1.2.3", None),
        ("-1", None),
    ],
)
def test_versions(text: str | None, plain: str | None) -> None:
    """One way to write each, so that two devices' can be compared."""
    assert plain_version(text) == plain


# As devices upload them


@pytest.mark.parametrize(
    ("line", "store", "template"),
    [
        # Sections 7.7 and 7.11, with invented templates.
        (
            (
                f"templatev10 size=24 uid=4 pin=4 fingerid=7 valid=1 template={TEXT} "
                "resverd= endtag="
            ),
            FINGERS,
            FINGER,
        ),
        (
            f"templatev10 size=24 uid=4 pin=4 fingerid=23 valid=1 template={TEXT}",
            FINGERS,
            replace(FINGER, duress=True),
        ),
        (
            f"templatev10 pin=4 fingerid=7 valid=3 template={TEXT}",
            FINGERS,
            replace(FINGER, duress=True),
        ),
        (
            (
                "biodata pin=4 no=0 index=2 valid=1 duress=0 type=9 majorver=40 "
                "minorver=1 format=0 tmp=ZmFjZQ=="
            ),
            FACES,
            FACE,
        ),
        (
            (
                f"biodata pin=4 no=7 index=0 valid=1 duress=1 type=1 majorver=10 "
                f"minorver=0 format=0 tmp={TEXT}"
            ),
            COMMON_FINGERS,
            replace(FINGER, duress=True),
        ),
        # What a device may leave out.
        (
            "biodata pin=4 no=0 index=2 majorver=40 minorver=1 tmp=ZmFjZQ==",
            FACES,
            FACE,
        ),
        (
            f"biodata pin=4 no=7 type=1 majorver=10 tmp={TEXT}",
            COMMON_FINGERS,
            FINGER,
        ),
    ],
)
def test_as_uploaded(line: str, store: Store, template: Template) -> None:
    """Finger or hand, duress, version, and the bytes."""
    assert read(line.replace(" ", "\t").replace("\t", " ", 1), store) == template


@pytest.mark.parametrize(
    ("store", "fields"),
    [
        (FINGERS, {"template": ""}),
        (FINGERS, {"template": "U2hvd24"}),
        (FINGERS, {"template": "U2hv d24="}),
        (FINGERS, {"template": "U2hvd24=é"}),
        (FINGERS, {"fingerid": ""}),
        (FINGERS, {"fingerid": "10"}),
        (FINGERS, {"fingerid": "-1"}),
        (FINGERS, {"valid": "0"}),
        (FACES, {"tmp": "U2hvd24"}),
        (FACES, {"no": "x"}),
        (FACES, {"index": "x"}),
        (FACES, {"valid": "0"}),
        (FACES, {"type": "2"}),
        (FACES, {"majorver": ""}),
        (FACES, {"minorver": "x"}),
        (FACES, {"format": "1"}),
    ],
)
def test_what_is_no_template(store: Store, fields: dict[str, str]) -> None:
    """Torn, invalid, of another kind, or not in the vendor's own format."""
    template = FINGER if store is FINGERS else FACE
    row = encode_template(template, store)
    assert decode_template(row, template.credential, store) == template
    assert decode_template({**row, **fields}, template.credential, store) is None


def test_a_version_that_nobody_told() -> None:
    """The table of fingerprints does not have it, so nobody could say who can read them."""
    row = encode_template(FINGER, FINGERS)
    store = replace(FINGERS, version=None)
    assert decode_template(row, Credential.FINGERPRINT, store) is None


@given(
    st.dictionaries(st.sampled_from(sorted(encode_template(FACE, FACES))), st.text())
)
def test_nonsense_is_no_template(row: dict[str, str]) -> None:
    """It is left out, whatever it is."""
    for store in (FACES, COMMON_FINGERS):
        decode_template(row, Credential.FACE, store)
    count_by_user([row], FACES)


# As they are written


def test_as_written() -> None:
    """Section 9.1.1: a finger that raises an alarm is marked, and keeps its number."""
    assert encode_template(replace(FINGER, duress=True), FINGERS) == {
        "pin": "4",
        "fingerid": "7",
        "valid": "3",
        "template": TEXT,
    }
    assert encode_template(FACE, FACES) == {
        "pin": "4",
        "no": "0",
        "index": "2",
        "valid": "1",
        "duress": "0",
        "type": "9",
        "majorver": "40",
        "minorver": "1",
        "format": "0",
        "tmp": "ZmFjZQ==",
    }


@given(
    st.builds(
        Template,
        user_id=st.just("4"),
        credential=st.just(Credential.FINGERPRINT),
        index=st.integers(0, 9),
        version=st.just("13"),
        duress=st.booleans(),
        data=st.binary(min_size=1, max_size=100),
    )
)
def test_there_and_back(template: Template) -> None:
    """Both tables keep all of it."""
    for store in (replace(FINGERS, version="13"), COMMON_FINGERS):
        row = encode_template(template, store)
        assert decode_template(row, Credential.FINGERPRINT, store) == template


LIMITS = Limits(
    abilities=Ability.NAME,
    templates={Credential.FINGERPRINT: "13", Credential.FACE: "40.1"},
)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"user_id": "4\tPin=5"}, "user_id"),
        ({"user_id": "0"}, "user_id"),
        ({"credential": Credential.PALM}, "credential"),
        ({"version": "10"}, "version"),
        ({"index": 10}, "index"),
        ({"index": -1}, "index"),
        ({"part": 100}, "part"),
        ({"part": -1}, "part"),
        ({"data": b""}, "data"),
        ({"data": bytes(18 * 1024 + 1)}, "data"),
    ],
)
def test_what_a_device_cannot_read(changes: dict[str, Any], field: str) -> None:
    """It is said which field, and never what is in it."""
    stores = find_stores(Registration.of(TERMINAL))
    template = replace(FINGER, version="13", data=bytes(18 * 1024))
    check_template(template, LIMITS, stores)
    with pytest.raises(InvalidValue) as caught:
        check_template(replace(template, **changes), LIMITS, stores)
    assert caught.value.field == field


def test_a_finger_has_one_part() -> None:
    """Its own table has no room for more."""
    limits = replace(LIMITS, templates={Credential.FINGERPRINT: "10"})
    stores = {Credential.FINGERPRINT: FINGERS}
    check_template(FINGER, limits, stores)
    with pytest.raises(InvalidValue, match="part"):
        check_template(replace(FINGER, part=1), limits, stores)


def test_a_device_that_takes_none() -> None:
    """It says so."""
    with pytest.raises(InvalidValue, match="one of none"):
        check_template(FINGER, replace(LIMITS, templates={}), {})


# What the device's own templates show


@pytest.mark.parametrize(
    ("told", "rows", "version"),
    [
        ("58", [], "58"),
        (None, [], None),
        ("58", ["58.12", "58.12"], "58.12"),
        ("58", ["5.8"], "5.8"),
        (None, ["40.1"], "40.1"),
        ("40.1", ["40.1", "39.1"], "40.1"),
        ("58", ["40.1", "39.1"], "58"),
        ("58", ["x.y"], "58"),
    ],
)
def test_the_version_that_counts(
    told: str | None, rows: list[str], version: str | None
) -> None:
    """Some devices tell half of it, or nothing; what is left of older firmware does not count."""
    store = replace(FACES, version=told)
    there = [
        {"pin": "1", "no": "0", "type": "9", "majorver": major, "minorver": minor}
        for major, minor in (row.split(".") for row in rows)
    ]
    other = {"pin": "1", "no": "0", "type": "2", "majorver": "7", "minorver": "0"}
    assert shown_version([*there, other], store) == version


# How many there are


def test_how_many() -> None:
    """Fingers rather than rows; the same finger is one, whoever wrote it and however often."""
    fingers = [
        {"pin": "4", "fingerid": "7"},
        {"pin": "4", "fingerid": "23"},
        {"pin": "4", "fingerid": "1", "valid": "0"},
        {"pin": "5", "fingerid": "1", "valid": "1"},
        {"pin": "0", "fingerid": "1"},
        {"fingerid": "1"},
    ]
    assert count_by_user(fingers, FINGERS) == {"4": 1, "5": 1}
    faces = [
        {"pin": "4", "no": "0", "type": "9"},
        {"pin": "4", "no": "0", "type": "9"},
        {"pin": "4", "no": "0", "type": "2"},
    ]
    assert count_by_user(faces, FACES) == {"4": 1}
