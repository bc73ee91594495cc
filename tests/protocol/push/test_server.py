"""Who is served, who may pair, and what everybody else learns: nothing."""

import asyncio

import pytest

from custom_components.zkteco.protocol.model import Notice
from custom_components.zkteco.protocol.push.messages import Answer, Request, Response
from custom_components.zkteco.protocol.push.server import (
    BULK_BODY,
    MAX_CANDIDATES,
    MAX_LINES,
    PAIRING_SECONDS,
    SMALL_BODY,
    Candidate,
    PushServer,
)

from .conftest import SERIAL, STRANGER, Home, Simulate

OTHER = "3383154200002"
REGISTER = "DeviceType=acc,~DeviceName=C3-200 Plus,LockCount=2,authKey=secret"
EVENT = "time=2026-11-21 12:00:00\tpin=1\teventaddr=1\tevent=0\tindex=1"


def look(response: Response) -> tuple[int, bytes, dict[str, str]]:
    """Return everything that can be seen from outside."""
    return response.status, response.body, dict(response.headers)


async def test_strangers_cannot_be_told_apart(home: Home) -> None:
    """Unknown, refused or malformed: status, words and headers are the same."""
    await home.add()
    home.text("ping")  # from now on the device is at this address
    answers = [
        home.ask("getrequest", serial=OTHER),
        home.ask("getrequest", peer=STRANGER),
        home.ask("cdata", "table=rtlog", EVENT, peer=STRANGER),
        home.ask("cdata", "table=rtlog", EVENT, serial=OTHER),
        home.ask("registry", "", REGISTER, serial=OTHER),
        home.ask("getrequest", serial="../../etc"),
        home.ask("getrequest", serial=""),
        home.ask("shell"),
        home.ask("ping", path="/api/{}"),
        home.ask("ping", peer="8.8.8.8"),
        home.ask("ping", peer="nobody"),
        home.ask("ping", x_forwarded_for="127.0.0.1"),
        home.ask("exchange", "type=publickey", "PublicKey=x"),
        home.ask("cdata", "table=rtstate", b"x" * (SMALL_BODY + 1)),
        home.ask("ping", "", b"\xff" * 100, serial=OTHER),
    ]
    assert {str(look(answer)) for answer in answers} == {str(look(answers[0]))}
    assert answers[0].status == 403


async def test_paired_and_unknown_look_alike_while_pairing_too(home: Home) -> None:
    """Who claims a paired serial number from elsewhere hears what any newcomer hears."""
    await home.add()
    home.text("ping")
    home.server.open_pairing()

    def conversation(serial: str) -> list[str]:
        asked = [
            home.ask("cdata", "options=all", serial=serial, peer=STRANGER),
            home.ask("registry", "", REGISTER, serial=serial, peer=STRANGER),
            home.ask("push", "", serial=serial, peer=STRANGER),
            home.ask("cdata", "table=rtlog", EVENT, serial=serial, peer=STRANGER),
            *(home.ask("getrequest", serial=serial, peer=STRANGER) for _ in range(100)),
        ]
        return [str(look(answer)) for answer in asked]

    paired = conversation(SERIAL)
    await home.live(60)
    unknown = conversation(OTHER)
    drop_date = [text.partition("'Date'")[0] for text in paired]
    assert drop_date == [text.partition("'Date'")[0] for text in unknown]
    assert [candidate.serial for candidate in home.called] == [OTHER]
    assert [candidate.serial for candidate in home.server.candidates] == [OTHER]
    assert home.events == []


async def test_a_stranger_with_a_known_serial_number_gets_nowhere(home: Home) -> None:
    """It fetches no command, tells no event, and ends no command of somebody else."""
    device = await home.add(registration={"lockcount": "2"})
    home.text("ping")
    home.server.open_pairing()
    task = asyncio.create_task(device.open_door(1))
    await asyncio.sleep(0)
    assert home.ask("getrequest", peer=STRANGER).status == 403
    assert home.ask("cdata", "table=rtlog", EVENT, peer=STRANGER).status == 403
    number, command = home.poll()
    assert command == "CONTROL DEVICE 01010105"
    assert (
        home.ask("devicecmd", "", f"ID={number}&Return=0", peer=STRANGER).status == 403
    )
    await home.live(1)
    assert not task.done()
    home.conclude(number)
    await task
    assert home.events == []
    assert Notice.SECOND_ADDRESS in device.state.notices


async def test_a_device_is_found_while_the_window_is_open(home: Home) -> None:
    """It says what it is, and is told to wait with its news."""
    assert home.ask("registry", "", REGISTER).status == 403
    home.server.open_pairing()
    assert home.server.pairing
    assert home.ask("getrequest").status == 403
    assert home.text("cdata", "options=all&DeviceType=acc") == "OK"
    assert home.called == []
    assert home.text("registry", "", REGISTER) == "RegistryCode=unpaired"
    [candidate] = home.called
    assert home.server.candidates == [candidate]
    assert candidate.registration is not None
    assert candidate.registration.model == "C3-200 Plus"
    assert "secret" not in str(candidate.registration.raw)
    assert "RequestDelay=1\n" in home.text("push")
    assert home.text("getrequest") == home.text("ping") == "OK"
    assert home.ask("cdata", "table=rtlog", EVENT).status == 403
    home.text("registry", "", REGISTER)
    assert home.called == [candidate]


async def test_a_terminal_that_changes_its_mode_is_told_again(home: Home) -> None:
    """First it keeps attendance; then its owner follows the advice, and it has doors."""
    home.server.open_pairing()
    home.text("cdata", "options=all&DeviceType=att")
    [candidate] = home.called
    assert candidate.attendance
    home.text("registry", "", REGISTER)
    assert home.called == [candidate, candidate]
    assert not candidate.attendance


async def test_the_window_closes_by_itself(home: Home) -> None:
    """After ten minutes; when it opens again, everybody is new."""
    home.server.open_pairing()
    home.text("registry", "", REGISTER)
    await home.live(PAIRING_SECONDS)
    assert not home.server.pairing
    assert home.ask("getrequest").status == 403
    assert len(home.server.candidates) == 1  # somebody may still be choosing
    home.server.open_pairing()
    assert home.server.candidates == []
    home.text("registry", "", REGISTER)
    home.server.open_pairing()  # longer, not anew
    assert len(home.called) == 2
    assert len(home.server.candidates) == 1
    home.server.close_pairing()
    assert home.server.candidates == []
    assert home.ask("getrequest").status == 403


async def test_a_candidate_that_is_paired_is_none_any_more(home: Home) -> None:
    """And the other way round: a removed device is a stranger."""
    home.server.open_pairing()
    home.text("registry", "", REGISTER)
    device = await home.add()
    assert home.server.candidates == []
    assert home.text("ping") == "OK"
    await device.stop()
    home.server.detach(home.device(OTHER))
    home.server.close_pairing()
    assert home.ask("ping").status == 403


async def test_one_stranger_cannot_crowd_a_device_out(home: Home) -> None:
    """Four serial numbers per address, sixteen in all."""
    home.server.open_pairing()
    for number in range(50):
        home.ask("registry", "", REGISTER, serial=f"FAKE{number:04}", peer=STRANGER)
    assert len(home.called) == 4
    home.text("registry", "", REGISTER)
    assert home.called[-1].serial == SERIAL
    for number in range(50):
        peer = f"127.0.1.{number}"
        home.ask("registry", "", REGISTER, serial=f"MORE{number:04}", peer=peer)
    assert len(home.server.candidates) == MAX_CANDIDATES
    assert len(home.called) == MAX_CANDIDATES


async def test_an_attendance_terminal_is_recognised(home: Home) -> None:
    """By what it calls itself, or by what it wants to upload; it has no doors to tell of."""
    home.server.open_pairing()
    home.text("cdata", "options=all&DeviceType=middle%20east")
    home.ask(
        "cdata", "table=ATTLOG&Stamp=9999", "1\t2024-07-28 01:25:24\t0", serial=OTHER
    )
    assert [c.attendance for c in home.called] == [True, True]
    home.text("registry", "", REGISTER)
    assert [c.attendance for c in home.called] == [False, True, False]
    home.ask("cdata", "table=ATTLOG&Stamp=9999", "1\t2024-07-28 01:25:24\t0")
    assert [c.attendance for c in home.server.candidates] == [False, True]


async def test_an_empty_registration_says_nothing(home: Home) -> None:
    """The device will tell more."""
    home.server.open_pairing()
    home.text("registry", "", " ")
    assert home.called == []


@pytest.mark.parametrize("manner", ["try", "insist"])
async def test_a_device_that_wants_to_encrypt_can_be_paired(
    home: Home, simulate: Simulate, manner: str
) -> None:
    """It is offered the older version, without encryption."""
    sim = await simulate(model="face")
    sim.faults.encrypt = manner
    home.server.open_pairing()
    await home.live(3, sim)
    [candidate] = home.called
    assert candidate.encrypts
    assert sim.online or sim.refusals
    assert "PushProtVer=3.0.1" in "".join(home.texts)


async def test_who_calls_too_often_is_refused_and_starves_nobody(home: Home) -> None:
    """Each paired device has a bucket of its own, strangers share one per address."""
    await home.add()
    await home.add(OTHER)
    assert sum(home.ask("ping").status == 200 for _ in range(1000)) == 600
    assert home.ask("ping", serial=OTHER).status == 200
    home.server.open_pairing()
    statuses = [
        home.ask("cdata", "options=all", serial="STRANGER").status for _ in range(100)
    ]
    assert statuses.count(200) == 60
    assert home.ask("ping", serial=OTHER).status == 200
    await home.live(1)
    assert sum(home.ask("ping").status == 200 for _ in range(1000)) == 100


async def test_a_body_may_be_as_long_as_its_kind(home: Home) -> None:
    """Judged by the head alone, and for strangers as if nobody were paired."""
    request = home.request

    def limit(*args: str, **more: str) -> int:
        return home.server.body_limit(request(*args, **more))

    assert limit("cdata", "table=tabledata") == 0
    await home.add(registration={"maxpackagesize": "1000000"})
    await home.add(OTHER, registration={"maxpackagesize": "99999999"})
    await home.add("SMALL", registration={"maxpackagesize": "100"})
    await home.add("SILENT")
    home.text("ping")
    assert limit("cdata", "table=tabledata") == 1_000_000
    assert limit("cdata", "table=tabledata", serial=OTHER) == BULK_BODY
    assert limit("querydata", serial="SMALL") == SMALL_BODY
    assert limit("querydata", serial="SILENT") == 2_048_000
    assert limit("cdata", "table=rtlog") == SMALL_BODY
    assert limit("registry") == SMALL_BODY
    assert limit("cdata", "table=tabledata", peer=STRANGER) == 0
    home.server.open_pairing()
    assert limit("cdata", "table=tabledata", peer=STRANGER) == SMALL_BODY


async def test_a_body_has_so_many_lines(home: Home) -> None:
    """Nothing else runs while they are read, and the shortest cost as much as others."""
    await home.add()

    def status(lines: int) -> int:
        return home.ask("cdata", "table=tabledata", b"\n" * lines).status

    assert status(MAX_LINES) == 200
    assert status(MAX_LINES + 1) == 403


async def test_one_failing_device_takes_no_other_down(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """It is refused, and the log says so."""

    class Failing:
        serial = OTHER
        max_package = None

        def is_at(self, peer: str) -> bool:
            return True

        def claimed_elsewhere(self) -> None:
            raise NotImplementedError

        def refused(self, why: str) -> None:
            raise NotImplementedError

        def handle(self, request: Request) -> Answer:
            if request.endpoint == "ping":
                raise RuntimeError("out of order")
            return self.decide()

        async def decide(self) -> Response:
            raise RuntimeError("out of order")

    await home.add()
    home.server.attach(Failing())
    assert home.ask("ping", serial=OTHER).status == 403
    later = home.request("cdata", serial=OTHER)
    assert (await home.server.answer(later)).status == 403
    assert "Unexpected failure over a request to /iclock/cdata" in caplog.text
    assert home.ask("ping").status == 200
    assert "Unexpected failure over a request to /iclock/ping" in caplog.text
    caplog.clear()


async def test_nobody_needs_to_hear_of_candidates(home: Home) -> None:
    """They can be asked for."""
    server = PushServer(home.clock)
    server.open_pairing()
    server.handle(home.request("registry", "", REGISTER))
    assert [type(candidate) for candidate in server.candidates] == [Candidate]


@pytest.mark.parametrize("model", ["c3-200-plus", "face"])
async def test_a_simulated_device_is_paired_and_there_at_once(
    home: Home, simulate: Simulate, model: str
) -> None:
    """Without having to be restarted, and without having lost what happened meanwhile."""
    sim = await simulate(model=model)
    home.server.open_pairing()
    await home.live(5, sim)
    [candidate] = home.called
    sim.exit_button(1)
    assert candidate.registration is not None
    device = await home.add(registration=candidate.registration.raw)
    await home.live(10, sim)
    assert device.state.error is None
    assert home.told == [(202, 1)]
