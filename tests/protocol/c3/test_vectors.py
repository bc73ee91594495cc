"""Every known frame, in both directions."""

import pytest

from custom_components.zkteco.protocol.c3 import frame, rtlog
from custom_components.zkteco.protocol.errors import MalformedReply

from . import vectors


@pytest.mark.parametrize("request_", vectors.REQUESTS, ids=lambda vector: vector.id)
def test_a_request_is_built_and_read_back(request_: vectors.Request) -> None:
    """The builders produce exactly the known frame, and the reader takes it apart again."""
    wire = bytes.fromhex(request_.wire)
    data = request_.prefix + request_.payload

    assert frame.encode(request_.command, data) == wire
    assert frame.FrameReader().feed(wire) == [frame.Frame(request_.command, data, 1)]


@pytest.mark.parametrize("answer", vectors.REPLIES, ids=lambda vector: vector.id)
def test_a_reply_is_understood(answer: vectors.Answer) -> None:
    """A panel's frame is read down to its meaning."""
    reader = frame.FrameReader()
    (reply,) = reader.feed(bytes.fromhex(answer.wire))

    assert reader.skipped == 0
    assert (reply.command, reply.address) == (answer.command, answer.address)
    assert reply.data.startswith(answer.prefix)
    assert answer.decode(reply.data[len(answer.prefix) :]) == answer.meaning


@pytest.mark.parametrize("records", vectors.RECORDS, ids=lambda vector: vector.id)
def test_log_records_are_understood(records: vectors.Records) -> None:
    """Records captured without their frame read the same."""
    assert rtlog.decode_binary(bytes.fromhex(records.wire)) == records.meaning


def test_a_wrong_checksum_is_no_frame() -> None:
    """Vector 12b: even an empty OK counts only with the right checksum."""
    reader = frame.FrameReader()

    assert reader.feed(vectors.BAD_CHECKSUM) == []
    assert reader.skipped == len(vectors.BAD_CHECKSUM)


def test_a_panel_that_wants_the_text_log() -> None:
    """Vector 46: records of another size, all empty, are no events."""
    (reply,) = frame.FrameReader().feed(vectors.EMPTY_RECORDS)

    assert len(reply.data) == 360
    with pytest.raises(MalformedReply):
        rtlog.decode_binary(reply.data)


def test_no_vector_is_missing() -> None:
    """All 74 are here: the two negative ones in tests of their own."""
    ids = [
        *(vector.id for vector in vectors.REQUESTS),
        *(vector.id for vector in vectors.REPLIES),
        *(vector.id for vector in vectors.RECORDS),
    ]

    assert {int(text.split()[0]) for text in ids} | {46} == set(range(1, 75))
