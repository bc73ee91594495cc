"""Photos that devices upload (Security PUSH 3.1.2 sections 7.8 to 7.10 and 9.6.2)."""

from base64 import b64encode
from datetime import datetime

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.push.codes import Biometric
from custom_components.zkteco.protocol.push.photos import (
    MAX_PHOTO,
    Photo,
    PhotoKind,
    parse_jpeg,
    parse_photos,
)

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 a picture"
TEXT = b64encode(JPEG).decode()
# How the printed pictures begin; the document cuts them off.
PRINTED = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcU"


@pytest.mark.parametrize(
    ("table", "line", "photo"),
    [
        (
            "userpic",
            "userpic pin=1\tfilename=1.jpg\tsize=22320\tcontent={}",
            Photo(kind=PhotoKind.USER, user_id="1", data=JPEG),
        ),
        (
            "ATTPHOTO",
            "pin=20181003143617-22.jpg\tsn=1809140006\tsize=22701\tphoto={}",
            Photo(
                kind=PhotoKind.SNAPSHOT,
                user_id="22",
                moment=datetime(2018, 10, 3, 14, 36, 17),
                data=JPEG,
            ),
        ),
        (
            "biophoto",
            "biophoto pin=1\tfilename=1.jpg\ttype=9\tsize=95040\tcontent={}",
            Photo(
                kind=PhotoKind.COMPARISON,
                user_id="1",
                biometric=Biometric.FACE,
                data=JPEG,
            ),
        ),
        # Enrolment: the type of the upload, and no table.
        (
            "BioData",
            "TYPE=9\tPIN=1\tNO=0\tINDEX=0\tMAJOR_VER=58\tMINOR_VER=1\tTMP=AAAA\tBIOPHOTO={}",
            Photo(
                kind=PhotoKind.COMPARISON,
                user_id="1",
                biometric=Biometric.FACE,
                data=JPEG,
            ),
        ),
        # A stranger, and a clock that nobody has set.
        (
            "attphoto",
            "pin=20181003143617.JPG\tphoto={}",
            Photo(
                kind=PhotoKind.SNAPSHOT,
                user_id=None,
                moment=datetime(2018, 10, 3, 14, 36, 17),
                data=JPEG,
            ),
        ),
        (
            "attphoto",
            "pin=20180003143617-22.jpg\tphoto={}",
            Photo(kind=PhotoKind.SNAPSHOT, user_id="22", moment=None, data=JPEG),
        ),
        (
            "biophoto",
            "biophoto pin=\ttype=99\tcontent={}",
            Photo(kind=PhotoKind.COMPARISON, user_id=None, data=JPEG),
        ),
    ],
)
def test_photos(table: str, line: str, photo: Photo) -> None:
    """Whose they are, and what for."""
    assert parse_photos(line.format(TEXT), table) == [photo]


def test_the_printed_pictures() -> None:
    """They are JPEG, as far as they go."""
    (photo,) = parse_photos(f"userpic pin=1\tcontent={PRINTED}", "userpic")
    assert photo.data.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF")


def test_a_photo_is_not_shown() -> None:
    """Not in a log, not in an error."""
    (photo,) = parse_photos(f"userpic pin=1\tcontent={TEXT}", "userpic")
    assert "JFIF" not in repr(photo)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        TEXT[:-1],
        TEXT.replace("/", "_"),
        b64encode(b"\x89PNG").decode(),
        b64encode(b"\xff\xd8\xff" + bytes(MAX_PHOTO + 9)).decode(),
    ],
)
def test_what_is_no_picture(text: str) -> None:
    """Empty, torn, another format, too large."""
    assert parse_jpeg(text) is None
    assert parse_photos(f"userpic pin=1\tcontent={text}", "userpic") == []


def test_the_largest_picture() -> None:
    """Just as large as allowed."""
    data = b"\xff\xd8\xff".ljust(MAX_PHOTO, b"\0")
    assert parse_jpeg(b64encode(data).decode()) == data


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("user", "user pin=1\tcontent={}"),
        ("", "content={}"),
        ("userpic", "biophoto pin=1\tcontent={}"),
        ("ATTPHOTO", "pin=22.jpg\tphoto={}"),
        ("ATTPHOTO", "pin=../20181003143617-22.jpg\tphoto={}"),
    ],
)
def test_other_uploads(table: str, line: str) -> None:
    """They have no photos, or do not say of what."""
    assert parse_photos(line.format(TEXT), table) == []


@given(
    st.text() | st.text(st.sampled_from("pin=content\tphoto/9jA=\n")),
    st.sampled_from(["userpic", "biophoto", "ATTPHOTO", "biodata"]) | st.text(),
)
def test_no_photo_is_too_strange(text: str, table: str) -> None:
    """What is there is a JPEG picture."""
    for photo in parse_photos(text, table):
        assert photo.data.startswith(b"\xff\xd8\xff")
