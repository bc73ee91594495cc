"""How a simulated PUSH device hands over its log as a whole (Security PUSH 3.1.2, section 9.2).

A terminal sends one package, a controller announces files and sends them; both
are gzipped tar archives. Which events are meant is `push_commands`.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
import io
import tarfile
from typing import NamedTuple

RECORDS_PER_FILE = 40
_NAME = "transaction.txt"


class Posted(NamedTuple):
    """One upload of a log."""

    endpoint: str
    query: str
    body: bytes
    answer: str


def archive(records: Sequence[str]) -> bytes:
    """Pack records as the document describes it."""
    text = "".join(f"{record}\r\n" for record in records).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.USTAR_FORMAT) as tar:
        member = tarfile.TarInfo(_NAME)
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    return buffer.getvalue()


def package(number: int, records: Sequence[str]) -> Iterator[Posted]:
    """Yield the one upload of a PULL SDK device."""
    data = archive(records)
    head = f"name=transaction.tgz\nsize={len(data)}\ndatacode=base64\ndatatype=tgz\0"
    count = len(records)
    query = (
        f"&type=tabledata&cmdid={number}&tablename=transaction&count={count}"
        "&datafmt=3&Stamp=9999"
    )
    body = head.encode() + b64encode(data)
    yield Posted("querydata", query, body, f"transaction={count}")


def files(number: int, records: Sequence[str]) -> Iterator[Posted]:
    """Yield what a controller announces, and its files."""
    starts = range(0, len(records), RECORDS_PER_FILE)
    overview = (
        f"SumCount={len(records)}\nFileName=transaction.tgz\nContentType=tgz\n"
        f"FileCount={len(starts)}"
    )
    yield Posted("cdata", f"&cmdid={number}&desc=overview", overview.encode(), "OK")
    for sequence, start in enumerate(starts, 1):
        some = records[start : start + RECORDS_PER_FILE]
        query = (
            f"&cmdid={number}&fileseq={sequence}&contenttype=tgz&table=transaction"
            f"&count={len(some)}"
        )
        yield Posted("file", query, archive(some), "OK")
