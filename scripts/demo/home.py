"""The demo home: simulated devices, a real Home Assistant, and a dashboard for them.

Run by `scripts/develop`. Lives here: what the home consists of, and starting and stopping
it. Not here: Home Assistant's API (`api.py`) and its start (`hass.py`).
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys

import aiohttp

from homeassistant.components.http.config import HTTP_STORAGE_SCHEMA

from .api import Api, FlowFailed, Json

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOST = "127.0.0.1"
USER = PASSWORD = "demo"
DASHBOARD = "zkteco-doors"
PANEL_SERIAL = "DGD9190019050335134"
PUSH_DEVICES = {
    # what a person calls it at the terminal: its serial number and model
    "garden": ("DEMO2000000200", "c3-200-plus"),
    "office": ("DEMO3000000300", "face"),
}
# Terminals that keep attendance.
ATTENDANCE_TERMINALS = {"hall": ("DEMO4000000400", "face")}
# A terminal with a communication key and a door sensor.
TERMINAL_SERIAL = "DEMO1000000100"
TERMINAL_MODEL = "F18"
TERMINAL_KEY = "12345"
DOORS = {
    f"{PANEL_SERIAL}-door-1": "Front door",
    f"{PANEL_SERIAL}-door-2": "Back door",
    "DEMO2000000200-door-1": "Garden gate",
    "DEMO2000000200-door-2": "Shed",
    "DEMO3000000300-door-1": "Office",
    f"{TERMINAL_SERIAL}-door-1": "Workshop",
    "DEMO4000000400-door-1": "Hall",
}
# With Home Assistant on its usual port, the panel is on the simulator's usual port.
PANEL_PORT_OFFSET = 14370 - 8123


# Where the demo home is (configuration.yaml). Panels keep local time.
ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"


def prepare(config: Path, port: int) -> None:
    """Make the folder that Home Assistant lives in; keep what is there."""
    storage = config / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    for name in ("automations.yaml", "scripts.yaml", "scenes.yaml"):
        (config / name).touch()
    for link, target in (
        (config / "configuration.yaml", HERE / "configuration.yaml"),
        (config / "custom_components", ROOT / "custom_components"),
    ):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    if not (storage / "onboarding").exists():
        # All but the owner's account: the other steps add integrations that call out.
        done = ["core_config", "analytics", "integration"]
        store(storage, "onboarding", 4, 1, {"done": done})
    # An address set any other way is on trial, and taken back at the next start.
    address = HTTP_STORAGE_SCHEMA({"server_host": [HOST], "server_port": port})
    trial = {"created_at": "", "error": None, "error_message": None}
    slots = {"stable": address | trial, "pending": None, "yaml_migration_done": True}
    store(storage, "http", 2, 2, slots)


def store(
    storage: Path, key: str, version: int, minor_version: int, data: Json
) -> None:
    """Write a file of Home Assistant's storage."""
    content = {
        "version": version,
        "minor_version": minor_version,
        "key": key,
        "data": data,
    }
    (storage / key).write_text(json.dumps(content), encoding="utf-8")


def check_free(port: int) -> None:
    """Leave with a clear message when something else listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as err:
            sys.exit(f"develop: port {port} is not free ({err}). Try --port.")


@asynccontextmanager
async def running(
    *command: str, listens: bool = False, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a Python module for a while, and end it in any case.

    Only one that `listens` has an input; none of them gets the terminal's Ctrl-C.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
        process_group=0,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(60):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def wait_for_answer(session: aiohttp.ClientSession, url: str) -> None:
    """Wait until Home Assistant serves its pages; that is before it has started."""
    while True:
        with suppress(aiohttp.ClientError):
            async with session.get(f"{url}/api/onboarding") as response:
                if response.ok:
                    return
        await asyncio.sleep(0.5)


async def wait_for_home(session: aiohttp.ClientSession, url: str) -> Api:
    """Return the owner's connection once Home Assistant has started."""
    await wait_for_answer(session, url)
    api = await Api.sign_in(session, url, USER, PASSWORD)
    while (await api.get("config"))["state"] != "RUNNING":
        await asyncio.sleep(0.5)
    return api


async def furnish(api: Api, panel_port: int) -> None:
    """Add the devices and the dashboard that are not there yet."""
    await add_devices(api, panel_port)
    await arrange(api)


async def arrange(api: Api) -> None:
    """Name the doors and make their dashboard, if nobody did."""
    for door in await doors_of(api):
        if door["name_by_user"] is None:
            await api.ask(
                "config/device_registry/update",
                device_id=door["id"],
                name_by_user=DOORS.get(door["door"]),
            )
    dashboards = await api.ask("lovelace/dashboards/list")
    if all(item["url_path"] != DASHBOARD for item in dashboards):
        await api.ask(
            "lovelace/dashboards/create",
            url_path=DASHBOARD,
            title="Doors",
            icon="mdi:door",
            show_in_sidebar=True,
        )
        await api.ask(
            "lovelace/config/save", url_path=DASHBOARD, config=await dashboard(api)
        )
        await api.ask(
            "frontend/set_system_data", key="core", value={"default_panel": DASHBOARD}
        )


async def add_devices(api: Api, panel_port: int) -> None:
    """Go through the config flow for each device, as its owner would."""
    known = {
        identifier
        for device in await api.ask("config/device_registry/list")
        for domain, identifier in device["identifiers"]
        if domain == "zkteco"
    }
    address = {"host": HOST, "port": panel_port, "panel": "manual"}
    if PANEL_SERIAL not in known:
        await add(api, ("c3", "manual"), address)
    if TERMINAL_SERIAL not in known:
        address |= {"port": panel_port + 1, "key": TERMINAL_KEY}
        await add(api, ("terminal",), address)
        for entry in await api.ask("config_entries/get", domain="zkteco"):
            if entry["title"] == TERMINAL_MODEL:
                options = {"door_sensor": True}
                await api.walk_flow(entry["entry_id"], (), options, kind="options/flow")
    for serial, _ in (PUSH_DEVICES | ATTENDANCE_TERMINALS).values():
        if serial not in known:
            # Whichever of them calls first.
            await add(api, ("push",), {})


async def add(api: Api, choices: tuple[str, ...], values: Json) -> None:
    """Add one device."""
    try:
        await api.walk_flow("zkteco", choices, values)
    except FlowFailed as err:
        say(f"a device could not be added: {err}")


async def doors_of(api: Api) -> list[Json]:
    """Return the devices that have a lock, in the order of their door numbers.

    Each with `door`, which identifies it, and its `entities`: entity ids by what they
    are, "lock" and the translation keys of the others.
    """
    devices = await api.ask("config/device_registry/list")
    entities = await api.ask("config/entity_registry/list")
    doors = []
    for device in devices:
        device["entities"] = {
            entity["translation_key"] or entity["entity_id"].split(".")[0]: entity[
                "entity_id"
            ]
            for entity in entities
            if entity["device_id"] == device["id"] and entity["platform"] == "zkteco"
        }
        if "lock" in device["entities"]:
            device["door"] = device["identifiers"][0][1]
            doors.append(device)
    return sorted(
        doors, key=lambda device: [*DOORS, device["door"]].index(device["door"])
    )


async def dashboard(api: Api) -> Json:
    """Return a dashboard: a column per door and one for what happened; and the doors card."""
    doors = await doors_of(api)
    sections: list[Json] = []
    for door in doors:
        name = door["name_by_user"] or door["name"]
        entities = door["entities"]
        features = [{"type": "lock-commands"}, {"type": "lock-open-door"}]
        cards: list[Json] = [
            {"type": "heading", "heading": name, "icon": "mdi:door"},
            {"type": "tile", "entity": entities["lock"], "features": features},
            *(
                {"type": "tile", "entity": entities[key], "name": {"type": "entity"}}
                for key in ("contact", "access", "alarm", "door_mode")
                if key in entities
            ),
        ]
        sections.append({"type": "grid", "cards": cards})
    logbook = {
        "type": "logbook",
        "target": {"device_id": [door["id"] for door in doors]},
        "hours_to_show": 24,
        "grid_options": {"columns": "full", "rows": 8},
    }
    heading = {"type": "heading", "heading": "What happened", "icon": "mdi:history"}
    sections.append({"type": "grid", "cards": [heading, logbook]})
    view = {"type": "sections", "title": "Doors", "max_columns": 3}
    card = {"type": "custom:zkteco-doors-card", "grid_options": {"columns": "full"}}
    whole = [{"type": "grid", "column_span": 3, "cards": [card]}]
    return {
        "views": [
            view | {"sections": sections},
            view | {"title": "People", "path": "people", "sections": whole},
        ]
    }


def say(text: str) -> None:
    """Show a line to the person at the terminal."""
    print(f"develop: {text}", flush=True)


class Ended(Exception):
    """Something that the home cannot do without is over."""


async def ended(process: asyncio.subprocess.Process, name: str) -> None:
    """Wait for the end of a process."""
    raise Ended(f"{name} ended with code {await process.wait()}")


async def stopped() -> None:
    """Wait for Ctrl-C, a terminal that closes, or a polite kill; not for a second one."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    raise Ended("stopping")


async def welcome(port: int, panel_port: int) -> None:
    """Furnish the home once it stands, and tell the person how to get in."""
    url = f"http://localhost:{port}"
    say("Home Assistant starts, which takes about half a minute")
    async with aiohttp.ClientSession() as session:
        await furnish(await wait_for_home(session, url), panel_port)
    say(f"{url}  user: {USER}  password: {PASSWORD}")
    names = ", ".join(f"{name} swipe 1 1234567" for name in PUSH_DEVICES)
    say("type here what happens at the doors:")
    say(f"swipe 1 1234567, {names}, workshop verify 1001 or hall in 1001")


def listen(simulators: dict[str, asyncio.subprocess.Process]) -> None:
    """Pass what a person types on to the simulator that it begins with, or to the panel."""

    def typed() -> None:
        text = os.read(sys.stdin.fileno(), 4096).decode(errors="replace")
        if not text:
            loop.remove_reader(sys.stdin)
        for line in text.splitlines():
            name, _, rest = line.partition(" ")
            known = name in simulators
            simulator = simulators[name if known else "panel"]
            if simulator.stdin is not None:
                simulator.stdin.write(f"{rest if known else line}\n".encode())

    loop = asyncio.get_running_loop()
    with suppress(PermissionError):  # a file, or nothing at all
        loop.add_reader(sys.stdin, typed)


async def live(port: int, config: Path) -> None:
    """Run the home until something ends it."""
    panel_port = port + PANEL_PORT_OFFSET
    commands = {
        "panel": ("c3_panel", "--host", HOST, "--port", str(panel_port)),
        "workshop": (
            "standalone_terminal",
            *("--host", HOST, "--port", str(panel_port + 1), "--key", TERMINAL_KEY),
            *("--serial", TERMINAL_SERIAL, "--model", TERMINAL_MODEL),
            *("--records", "200"),
        ),
        **{
            name: (
                module,
                *("--server", f"http://{HOST}:{port}"),
                *("--serial", serial, "--model", model),
            )
            for module, devices in (
                ("push_device", PUSH_DEVICES),
                ("attendance_terminal", ATTENDANCE_TERMINALS),
            )
            for name, (serial, model) in devices.items()
        },
    }
    async with AsyncExitStack() as stack:
        simulators = {
            name: await stack.enter_async_context(
                running(f"tests.simulators.{module}", *rest, listens=True, TZ=ZONE)
            )
            for name, (module, *rest) in commands.items()
        }
        home = await stack.enter_async_context(
            running("scripts.demo.hass", "--config", str(config))
        )
        listen(simulators)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(stopped())
                tasks.create_task(ended(home, "Home Assistant"))
                tasks.create_task(welcome(port, panel_port))
                for name, simulator in simulators.items():
                    tasks.create_task(ended(simulator, f"the simulated {name}"))
        except* Ended as group:
            say(str(group.exceptions[0]))


def main() -> None:
    """Read the arguments and run the home until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=main.__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--config", type=Path, default=ROOT / "config")
    arguments = parser.parse_args()
    check_free(arguments.port)
    check_free(arguments.port + PANEL_PORT_OFFSET)
    check_free(arguments.port + PANEL_PORT_OFFSET + 1)
    config = arguments.config.resolve()
    prepare(config, arguments.port)
    asyncio.run(live(arguments.port, config))


if __name__ == "__main__":
    main()
