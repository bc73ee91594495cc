"""Answers that arrive in packets."""

import itertools

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import MalformedReply
from custom_components.zkteco.protocol.push.records import Upload
from custom_components.zkteco.protocol.push.transfers import Transfer

ROOM = 1000


def packet(number: int, of: int, table: str = "user") -> Upload:
    """Return what the query of a packet says."""
    return Upload(
        kind="tabledata",
        table=table,
        count=1,
        packets=of,
        packet=number,
        command_id=1,
    )


def test_a_query_that_finds_nothing_has_no_packets() -> None:
    """Its answer is empty."""
    assert Transfer().text() == ""


def test_whole_records_are_kept_apart() -> None:
    """A packet that begins with the table's name begins a record."""
    transfer = Transfer()
    transfer.add(packet(1, 2), "user uid=1\tpin=1", ROOM)
    transfer.add(packet(2, 2), "USER uid=2\tpin=2", ROOM)
    assert transfer.text() == "user uid=1\tpin=1\nUSER uid=2\tpin=2"


@given(
    text=st.text(alphabet="pin=user \t\n12", min_size=1),
    cuts=st.sets(st.integers(0, 50)),
)
def test_records_may_be_cut_anywhere(text: str, cuts: set[int]) -> None:
    """Packets that begin no record are joined as they are, in whatever order they come."""
    places = [0, *sorted(cut for cut in cuts if 0 < cut < len(text)), len(text)]
    parts = [text[a:b] for a, b in itertools.pairwise(places)]
    transfer = Transfer()
    for number, part in reversed([*enumerate(parts, 1)]):
        transfer.add(packet(number, len(parts), "other"), part, ROOM)
    assert transfer.text() == text
    assert transfer.size == len(text)


def test_files_that_say_only_which_they_are() -> None:
    """How many there are shows when all are there, in whatever order they come."""
    transfer = Transfer()
    for number, text in ((2, "b\n"), (1, "a\n")):
        transfer.add(packet(number, number), text, ROOM)
    assert transfer.text() == "a\nb\n"


def test_a_packet_that_comes_twice_counts_once() -> None:
    """The device did not hear that it had arrived."""
    transfer = Transfer()
    transfer.add(packet(1, 1), "user uid=1", ROOM)
    transfer.add(packet(1, 1), "user uid=1", 0)
    assert transfer.text() == "user uid=1"
    assert transfer.size == len("user uid=1")


def test_a_missing_packet_is_no_shorter_answer() -> None:
    """Half of the people is not all of them."""
    transfer = Transfer()
    transfer.add(packet(2, 2), "user uid=2", ROOM)
    with pytest.raises(MalformedReply):
        transfer.text()


def test_a_packet_without_room_is_missing() -> None:
    """Memory is bounded, and the caller hears of it."""
    transfer = Transfer()
    transfer.add(packet(1, 1), "user uid=1", 9)
    assert transfer.size == 0
    with pytest.raises(MalformedReply):
        transfer.text()
