"""Requests that no device should send: the printed ones, damaged. Whatever comes, the next device is served.

The damage is chance with a known beginning, so that whoever finds something finds it again.
"""

from collections.abc import Callable
from random import Random

import pytest

from custom_components.zkteco.protocol.errors import MalformedReply
from custom_components.zkteco.protocol.push import (
    account,
    control,
    enrolled,
    identification,
    photos,
    records,
    states,
    turnstile,
)
from custom_components.zkteco.protocol.push.messages import decode_text, parse_query

from .archives import tgz
from .conftest import SERIAL, Home
from .test_printed import REQUESTS

ROUNDS = 600
CORPUS = [
    *((line, body.replace("|", "\t").encode()) for _, _, line, body, _ in REQUESTS),
    ("POST registry?", b"DeviceType=acc,~DeviceName=F20/M,LockCount=1,authKey=k"),
    ("POST push?", b""),
    ("GET rtdata?type=time", b""),
    ("POST file?cmdid=1&fileseq=1", tgz({"transaction.txt": b"pin=1\tindex=2\n"})),
]
"""Request lines and bodies, as they should be."""
SPICE = (
    *(b"\0", b"\t", b"\n", b"\r\n", b"=", b",", b"&", b"%", b"-", b"[", b"]", b"~"),
    *(
        b"\xff\xfe",
        b"\xd6\xd0",
        b"9" * 40,
        b"-1",
        b"0x1",
        b"event=0\t",
        b"SN=",
        b"user ",
    ),
    "\u0663\u2028".encode(),
)


def damaged(data: bytes, random: Random) -> bytes:
    """Return data with a few bytes lost, doubled, changed or put in between."""
    for _ in range(random.randrange(4)):
        place = random.randrange(len(data) + 1)
        length = random.randrange(1, 12)
        match random.randrange(4):
            case 0:
                data = data[:place] + data[place + length :]
            case 1:
                data = data[:place] + data[place : place + length] + data[place:]
            case 2:
                data = data[:place] + random.randbytes(length) + data[place + length :]
            case _:
                data = data[:place] + random.choice(SPICE) + data[place:]
    return data


@pytest.mark.parametrize("seed", range(4))
async def test_no_request_is_too_strange(home: Home, seed: int) -> None:
    """It is answered or refused, and the device is still there afterwards."""
    random = Random(seed)
    device = await home.add(registration={"lockcount": "2", "devicename": "F20/M"})
    served = 0
    for _ in range(ROUNDS):
        line, body = random.choice(CORPUS)
        method, _, target = line.partition(" ")
        endpoint, _, query = target.partition("?")
        response = home.ask(
            endpoint,
            decode_text(damaged(query.encode(), random), None),
            damaged(body, random),
            method=random.choice((method, "GET", "POST")),
        )
        assert response.status in {200, 403}
        assert response.body
        served += response.status == 200
        await home.clock.advance(1)  # nobody may ask too often
    assert served > ROUNDS // 2
    assert home.text("ping") == "OK"
    assert device.info.serial == SERIAL
    assert len(device.info.doors) <= 8


PARSERS: list[Callable[[str], object]] = [
    records.parse_rtlog,
    lambda text: states.parse_rtstate(text, 2),
    lambda text: records.parse_results(text, parse_query(text.encode())),
    lambda text: records.acknowledge(parse_query(text.encode())),
    records.parse_error_log,
    records.parse_sub_controllers,
    turnstile.parse_irstate,
    control.parse_wiegand_test,
    account.parse_overview,
    identification.parse_question,
    enrolled.parse_enrolled_cards,
    *(
        lambda text, table=table: enrolled.parse_templates(text, table)
        for table in ("templatev10", "biodata")
    ),
    *(
        lambda text, table=table: photos.parse_photos(text, table)
        for table in ("userpic", "biophoto", "ATTPHOTO", "biodata")
    ),
]


@pytest.mark.parametrize("seed", range(4))
def test_no_upload_is_too_strange(seed: int) -> None:
    """Every parser gets every upload, also those that are not its own."""
    random = Random(seed)
    for _ in range(ROUNDS):
        _, body = random.choice(CORPUS)
        data = damaged(body, random)
        text = decode_text(data, random.choice((None, "83")))
        for parse in PARSERS:
            parse(text)
        for unpack in (account.parse_package, account.unpack):
            try:
                unpack(data)
            except MalformedReply:
                continue
