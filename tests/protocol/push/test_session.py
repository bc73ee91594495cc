"""The conversation with one paired device: every message in every state."""

import asyncio

import pytest

from custom_components.zkteco.protocol.errors import WrongFamily, WrongPassword
from custom_components.zkteco.protocol.model import Notice
from custom_components.zkteco.protocol.push.device import PushDevice

from .conftest import SERIAL, Home, Simulate

REGISTER = (
    "DeviceType=acc,~DeviceName=C3-200 Plus,FirmVer=AC Ver 19.0.18,LockCount=2,"
    "AuxInCount=2,AuxOutCount=2,authKey={}"
)


def block(text: str) -> dict[str, str]:
    """Return the options of a block, each on a line that ends."""
    assert text.endswith("\n")
    pairs = [line.partition("=") for line in text.splitlines()]
    return {key: value for key, _, value in pairs}


async def test_both_handshakes(home: Home) -> None:
    """A device that is not known yet registers; later it gets everything at once."""
    await home.add()
    assert home.text("cdata", "options=all&pushver=3.0.1") == "OK"
    code = home.text("registry", "", REGISTER.format(""))
    assert code.startswith("RegistryCode=")
    settings = block(home.text("push", method="POST"))
    assert settings["RequestDelay"] == "1"
    assert settings["ErrorDelay"] == "30"
    assert settings["PushProtVer"] == settings["PushVersion"] == "3.1.2"
    assert len(settings["SessionID"]) == 32
    assert "SvrNSLevel" not in settings
    again = block(home.text("cdata", "options=all&pushver=3.0.1"))
    assert again["registry"] == "ok"
    assert f"RegistryCode={again['RegistryCode']}" == code
    assert again["SessionID"] != settings["SessionID"]


async def test_a_device_may_have_been_updated_while_we_were_down(home: Home) -> None:
    """So it is asked to register; one that does not is served all the same."""
    device = await home.add(registration={"lockcount": "2"}, delay=3)
    assert home.text("cdata", "options=all") == "OK"
    assert block(home.text("cdata", "options=all"))["RequestDelay"] == "3"
    home.text("registry", "", REGISTER.format(""))
    device = await home.restarted(device)
    assert home.text("cdata", "options=all") == "OK"
    assert device.info.model == "C3-200 Plus"


async def test_the_level_of_the_device_is_ours(home: Home) -> None:
    """Otherwise it would not connect."""
    await home.add()
    home.text("registry", "", REGISTER.format("") + ",DevNSLevel=2")
    assert block(home.text("push"))["SvrNSLevel"] == "2"


async def test_kinds_of_biometrics(home: Home) -> None:
    """A device that negotiates learns that we can pass on what it has; to others nothing is said."""
    await home.add()
    home.text("registry", "", REGISTER.format(""))
    assert "MultiBioDataSupport" not in block(home.text("push"))
    told = "MultiBioDataSupport=0:1:0:0:0:0:0:0:1:0,MultiBioPhotoSupport=0:0:0:0:0:0:0:0:0:1:0"
    home.text("registry", "", REGISTER.format(f",{told}"))
    settings = block(home.text("push"))
    assert settings["MultiBioDataSupport"] == "0:1:0:0:0:0:0:0:1:0:0"
    assert settings["MultiBioPhotoSupport"] == "0:0:0:0:0:0:0:0:0:1:0"


async def test_names_of_a_chinese_device_are_readable(home: Home) -> None:
    """Also after a restart, when it does not say its language again."""
    device = await home.add()
    home.text("cdata", "options=all&language=83")
    device = await home.restarted(device)
    row = "user uid=1\tpin=7\tname=张伟".encode("gb18030")
    ack = home.text("cdata", "table=tabledata&tablename=user&count=1", row)
    assert ack == "user=1"
    home.text("cdata", "table=rtlog", "event=0\teventaddr=1\tpin=7\tindex=1")
    assert home.events[-1].user_name == "张伟"
    assert "张伟" not in str(device.memory)


@pytest.mark.parametrize(
    ("endpoint", "query", "body", "answer"),
    [
        ("cdata", "table=rtlog", "nonsense", "OK"),
        ("cdata", "table=rtlog", "event=x\tindex=9", "OK"),
        ("cdata", "table=rtstate", "nonsense", "OK"),
        ("cdata", "table=options", "~DeviceName=C3,UserCount=7", "OK"),
        ("cdata", "table=irstate", "irstate=1\tincount=3\toutcount=2", "OK"),
        ("cdata", "table=irstate", "nonsense", "OK"),
        ("cdata", "table=testdata", "x", "OK"),
        ("cdata", "type=EnrollInfoData", "x", "OK"),
        ("cdata", "table=tabledata&tablename=biodata&count=3", "x", "biodata=3"),
        (
            "cdata",
            "table=tabledata&tablename=errorlog",
            "errorlog errcode=D01E0001\n",
            "errorlog=1",
        ),
        (
            "cdata",
            "AuthType=device",
            "time=1\tpin=2\n",
            "AUTH=TIMEOUT\r\ntime=1\tpin=2\r\n",
        ),
        (
            "querydata",
            "type=tabledata&tablename=user&cmdid=9&count=2",
            "user uid=1",
            "user=2",
        ),
        ("querydata", "type=count&tablename=user&cmdid=9&count=1", "user=1", "OK"),
        ("querydata", "type=options&cmdid=9", "a=1", "OK"),
        ("file", "", b"\xff\xfe", "OK"),
        ("fdata", "", b"\xff\xfe", "OK"),
        ("devicecmd", "", "ID=99&Return=0&CMD=x", "OK"),
        ("devicecmd", "ID=99&Return=0", "", "OK"),
        ("ping", "", "", "OK"),
        ("getrequest", "", "", "OK"),
    ],
)
async def test_everything_is_acknowledged_exactly(
    home: Home, endpoint: str, query: str, body: str | bytes, answer: str
) -> None:
    """Or the device would send it again and again."""
    await home.add(registration={"lockcount": "2"})
    assert home.text(endpoint, query, body, method="POST") == answer


async def test_the_time_is_told_in_the_homes_zone(home: Home) -> None:
    """Universal time, and how far the home is from it."""
    await home.add()
    assert home.text("rtdata", "type=time").endswith(",ServerTZ=+0100")


async def test_commands_say_for_whom_they_are_where_that_is_asked_for(
    home: Home,
) -> None:
    """Appendix 14: for devices that speak for others."""
    device = await home.add(registration={"lockcount": "2", "cmdformat": "1"})
    home.text("ping")
    verb = asyncio.ensure_future(device.open_door(2, 3))
    await asyncio.sleep(0)
    assert home.text("getrequest") == (
        f"DataType=1,SN={SERIAL},Priority=0,CmdID=1,CmdDesc="
        "C:1:CONTROL DEVICE 01020103\n"
    )
    home.conclude(1)
    await verb


@pytest.mark.parametrize("manner", ["try", "insist"])
async def test_encryption_is_refused_and_the_plain_version_offered(
    home: Home, simulate: Simulate, manner: str
) -> None:
    """Once and for all, and the owner hears of it until he says that it is all right."""
    sim = await simulate(model="face")
    sim.faults.encrypt = manner
    device = await home.add()
    await home.live(3, sim)
    assert sim.online
    assert device.state.error is None
    assert Notice.ENCRYPTION in device.state.notices
    device.dismiss(Notice.ENCRYPTION)
    assert device.state.notices == frozenset()
    device = await home.restarted(device)
    sim.reboot()
    home.texts.clear()
    await home.live(3, sim)
    assert sim.online
    assert sim.settings["PushProtVer"] == "3.0.1"
    assert device.state.notices == frozenset()


async def test_a_key_is_asked_for(home: Home, simulate: Simulate) -> None:
    """Nothing is exchanged before it was shown, and it is written nowhere."""
    device = await home.add(key="opensesame")
    assert home.text("cdata", "options=all") == "OK"
    assert home.text("cdata", "options=all") == "OK"
    for endpoint in ("getrequest", "ping", "push", "rtdata"):
        assert home.ask(endpoint).status == 403
    sim = await simulate(auth_key="wrong")
    await home.live(3, sim)
    assert not sim.online
    assert isinstance(device.state.error, WrongPassword)
    right = await simulate(auth_key="opensesame")
    await home.live(3, right)
    assert right.online
    assert device.state.error is None
    assert "opensesame" not in str(device.memory) + str(device.diagnostics())
    device = await home.restarted(device, key="another")
    await home.live(3, right)
    assert not right.online
    assert isinstance(device.state.error, WrongPassword)


async def test_a_wrong_key_does_not_take_the_address(home: Home) -> None:
    """Whoever came first without it was not the device."""
    await home.add(key="opensesame")
    home.text("cdata", "options=all", peer="127.0.0.7")
    wrong = REGISTER.format("wrong")
    assert home.ask("registry", "", wrong, peer="127.0.0.7").status == 403
    home.text("registry", "", REGISTER.format("opensesame"))
    assert home.ask("ping", peer="127.0.0.7").status == 403


async def test_a_device_that_wants_to_encrypt_is_heard_before_its_key(
    home: Home,
) -> None:
    """It asks before it registers."""
    device = await home.add(key="opensesame")
    assert home.ask("exchange", "type=publickey", "PublicKey=x").status == 403
    assert Notice.ENCRYPTION in device.state.notices
    assert block(home.text("cdata", "options=all"))["PushProtVer"] == "3.0.1"


async def learned(home: Home, device: PushDevice) -> None:
    """Let a device's polls be right until they are asked to be."""
    assert device.diagnostics()["session"]["tokens_required_for"] == [
        "cdata",
        "getrequest",
    ]


async def test_tokens_are_learned_and_then_asked_for(
    home: Home, simulate: Simulate
) -> None:
    """A device that reboots, or loses an answer, is right again; one that stays wrong is shown."""
    sim = await simulate(cookies="some")
    device = await home.add()
    for _ in range(12):
        sim.exit_button(1)
        await home.live(1, sim)
    await learned(home, device)
    device = await home.restarted(device)
    await home.live(1, sim)
    await learned(home, device)
    sim.reboot()
    await home.live(2, sim)
    sim.session = "LOST"
    await home.live(3, sim)
    assert sim.online
    assert Notice.TOKEN_CHANGED not in device.state.notices
    for _ in range(5):
        assert home.ask("getrequest").status == 403
    assert Notice.TOKEN_CHANGED in device.state.notices
    await home.live(1, sim)
    assert Notice.TOKEN_CHANGED not in device.state.notices
    for _ in range(5):
        home.ask("getrequest")
    device.dismiss(Notice.TOKEN_CHANGED)
    assert Notice.TOKEN_CHANGED not in device.state.notices
    assert home.ask("getrequest").status == 200


async def test_a_terminal_that_turns_up_in_attendance_mode_says_so(home: Home) -> None:
    """Its records are left to it; it is a device with doors again when it says so."""
    device = await home.add(registration={"lockcount": "1"})
    home.text("ping")
    home.text("cdata", "options=all&DeviceType=att")
    assert isinstance(device.state.error, WrongFamily)
    assert device.state.error.found == "attendance"
    body = "1\t2024-07-28 01:25:24\t0\t1"
    assert home.ask("cdata", "table=ATTLOG&Stamp=9999", body).status == 403
    assert isinstance(device.state.error, WrongFamily)
    home.text("registry", "", REGISTER.format(""))
    home.text("ping")
    assert device.state.error is None


@pytest.mark.parametrize(
    "memory", [None, {}, {"session": 7, "queue": [], "reports": "x"}]
)
async def test_nonsense_in_the_file_is_a_fresh_start(
    home: Home, memory: dict | None
) -> None:
    """Also nonsense inside it."""
    await home.add(memory=memory)
    inner = {"sessions": "x", "registry_code": 7, "language": 83, "tokens": {}}
    await home.add("OTHER", memory={"session": inner, "registration": {"lockcount": 2}})
    assert home.text("cdata", "options=all") == "OK"
    assert home.text("cdata", "options=all", serial="OTHER") == "OK"
