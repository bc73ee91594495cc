"""What our code understands of a capture: the record in the diagnostics that an owner attaches to a bug report.

Lives here: reading the file, and giving each message from the device to the decoders of its protocol. Not here: what must
come out (`test_captures` and its snapshot). Every function returns sentences, which the test counts: what happened, what
was read, and what nobody understands.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
import json
from pathlib import Path
from typing import Any

import yaml

from custom_components.zkteco.protocol.attendance.terminal import AttendanceTerminal
from custom_components.zkteco.protocol.c3 import parameters, rtlog, tables
from custom_components.zkteco.protocol.c3.frame import error_code
from custom_components.zkteco.protocol.device_clock import DeviceClock
from custom_components.zkteco.protocol.errors import MalformedReply
from custom_components.zkteco.protocol.event_codes import describe
from custom_components.zkteco.protocol.model import AccessEvent
from custom_components.zkteco.protocol.push.device import PushDevice
from custom_components.zkteco.protocol.push.messages import Request
from custom_components.zkteco.protocol.push.records import parse_results
from custom_components.zkteco.protocol.push.server import PushServer
from custom_components.zkteco.protocol.standalone import logs, options, sizes, users
from custom_components.zkteco.protocol.standalone.packet import (
    Command,
    Packet,
    Reply,
    decode,
    encode,
)
from custom_components.zkteco.protocol.standalone.queries import records
from custom_components.zkteco.protocol.standalone.realtime import decode_event
from custom_components.zkteco.protocol.standalone.translate import (
    Moment,
    People,
    realtime_event,
)
from tests.clock import FakeClock

type Capture = dict[str, Any]
type Message = Mapping[str, Any]


def load(path: Path) -> Capture:
    """Return the capture of a file: itself, the facts around it, or a whole download."""
    text = path.read_text()
    # What an action returns is shown as YAML. JSON is YAML too, but reading that takes a hundred times as long.
    read = yaml.safe_load if path.suffix == ".yaml" else json.loads
    found: Capture = read(text)
    found = found.get("data", found)
    capture = found.get("capture", found)
    assert isinstance(capture, dict), "there is no capture in it"
    return capture


async def understand(capture: Capture) -> list[str]:
    """Return what is understood of every message from the device."""
    started = datetime.fromisoformat(capture["started"])
    messages = capture["messages"]
    match capture["kind"]:
        case "c3":
            return [*_panel(messages)]
        case "terminal":
            return [*_terminal(messages, started)]
        case _:
            keeps_attendance = capture["mode"] == "attendance"
            return await _calls(messages, started, keeps_attendance=keeps_attendance)


def _event(event: AccessEvent) -> str:
    where = f", door {event.door}" if event.door else ""
    late = ", late" if event.late else ""
    return f"event {event.code} {event.kind} ({event.name}){where}{late}"


def _hidden(message: Message) -> str | None:
    """Return why nobody knows what a message from the device says, None when it can be decoded."""
    if "cannot be told" in message:
        return "a mistake of the capture"
    if "shape" in message:
        return "not told"
    told = len(message.get("data", "")) // 2 or len(message.get("text", ""))
    return "told in part" if told < message["size"] else None


# C3


def _panel(messages: list[Message]) -> Iterator[str]:
    """Understand what a panel answers."""
    asked = ""
    known: dict[int, tables.Table] = {}
    for message in messages:
        if message["way"] == "note":
            yield f"note: {message['note']}"
            if message["note"] == "tables":
                known = _tables(message["text"])
            continue
        command = message.get("whole", message.get("command", "no frame"))
        if message["way"] == "sent":
            asked = command
            continue
        if command == "OK":
            command = asked
        if why := _hidden(message):
            # The parts of a long answer are told once it is whole.
            if command != "READ_PART":
                yield f"{why}: {command}"
            continue
        data = bytes.fromhex(message.get("data", ""))
        text = message.get("text", "")
        try:
            if command == "TABLE_DEFINITIONS":
                known = _tables(text)
                yield from (f"table: {table.name}" for table in known.values())
            else:
                yield from _panel_answer(command, asked, data, text, known)
        except MalformedReply as err:
            yield f"unreadable: {command}: {err}"


def _tables(text: str) -> dict[int, tables.Table]:
    found = tables.parse_definitions(text.encode("latin-1")).values()
    return {table.index: table for table in found}


def _panel_answer(
    command: str, asked: str, data: bytes, text: str, known: Mapping[int, tables.Table]
) -> Iterator[str]:
    match command:
        case "ERROR":
            yield f"refused with {error_code(data)}: {asked}"
        case "LARGE":
            tables.parse_large_reply(data)
        case "GET_PARAMETERS":
            for name in parameters.parse(text.encode("latin-1")):
                yield f"parameter: {name}"
        case "COUNT_ROWS":
            yield f"rows counted: {tables.decode_count(data)}"
        case "READ_ROWS" if data:
            table = known[data[0]]
            for row in tables.decode_rows(table, data):
                yield f"row of {table.name}: {', '.join(row)}"
        case "RTLOG":
            yield from map(_record, rtlog.decode_binary(data))
        case "RTLOG_TEXT":
            yield from map(_record, rtlog.decode_text(text.encode("latin-1")))


def _record(record: rtlog.Record) -> str:
    if isinstance(record, rtlog.EventRecord):
        code = describe(record.code)
        return f"event {code.code} {code.kind} ({code.name}), address {record.address}"
    doors = {number: door.contact_open for number, door in record.doors.items()}
    return f"status: open {doors}, relays {record.relays}"


# Standalone


def _terminal(messages: list[Message], started: datetime) -> Iterator[str]:
    """Understand what a terminal answers, and what it tells by itself."""
    names: dict[str, int] = {item.name: item for item in (*Reply, *Command)}
    asked = option = ""
    for message in messages:
        if message["way"] == "note":
            yield f"note: {message['note']}"
            continue
        command = message.get("whole", message.get("command", "no packet"))
        data = bytes.fromhex(message.get("data", "")) or message.get("text", "").encode(
            "latin-1"
        )
        if message["way"] == "sent":
            if command != "OK":  # an event is acknowledged
                asked, option = command, data.decode("latin-1").rstrip("\0")
            continue
        if why := _hidden(message):
            if command not in ("DATA", "PREPARE_DATA"):  # told once it is whole
                yield f"{why}: {asked or command if command == 'OK' else command}"
            continue
        try:
            if "whole" in message:
                yield from _data_set(command, records(data), started)
                continue
            number = names[command] if command in names else int(command)
            session = message["session"]
            packet, _ = decode(encode(Packet(number, session, message["number"], data)))
            if packet.command == Command.EVENT:
                event = decode_event(packet.session, packet.data)
                now = started + timedelta(seconds=message["t"])
                told = realtime_event(event, People(), Moment(DeviceClock(), now), None)
                yield _event(told) if told else f"heard: {type(event).__name__}"
            elif packet.command != Reply.OK:
                yield f"{command}: {asked}"
            elif asked == "OPTION_READ":
                has_it = options.decode_value(option, packet.data) is not None
                yield f"option: {option}" if has_it else f"unreadable: {option}"
            elif asked == "SIZES":
                yield str(sizes.decode_sizes(packet.data))
        except MalformedReply as err:
            yield f"unreadable: {command}: {err}"


def _data_set(name: str, data: bytes, started: datetime) -> Iterator[str]:
    match name:
        case "TEMPLATE_READ":
            layout = users.user_layout(len(data), None, data)
            yield from (
                f"user of {layout.value} bytes"
                for _ in users.decode_users(data, layout)
            )
        case "OPERATIONS_READ":
            for operation in logs.decode_operations(data):
                yield f"operation {operation.code}"
        case _:
            latest = started.replace(tzinfo=None) + timedelta(days=1)
            decoder = logs.AttendanceDecoder(len(data), None, latest)
            for row in [*decoder.feed(data), *decoder.finish()]:
                yield f"attendance: state {row.state}, verification {row.verify}"


# PUSH


async def _calls(
    messages: list[Message], started: datetime, *, keeps_attendance: bool
) -> list[str]:
    """Understand what a device says when it calls: it calls the real server, in which it is paired."""
    told: list[str] = []
    clock = FakeClock(started)
    server = PushServer(clock)
    serials = [m["query"]["sn"] for m in messages if "sn" in m.get("query", {})]
    if not serials:
        return [f"note: {m['note']}" for m in messages if "note" in m]
    build = AttendanceTerminal if keeps_attendance else PushDevice
    device = build(serials[0], server, clock=clock)
    device.on_event(lambda event: told.append(_event(event)))
    await device.start()
    for message in messages:
        await clock.advance(max(0.0, message["t"] - clock.monotonic()))
        if message["way"] == "note":
            told.append(f"note: {message['note']}")
        if message["way"] != "received":
            continue
        query, path = message["query"], message["path"]
        table = query.get("table") or query.get("tablename") or ""
        what = f"{path.rpartition('/')[2]} {table}".strip()
        if why := _hidden({"size": 0, **message}):
            told.append(f"{why}: {what}")
        body = message.get("text", "").encode()
        request = Request(
            method=message["method"],
            path=path,
            query=query,
            headers={k: v for k, v in message["headers"].items() if k != "cookie"},
            body=body,
            peer="127.0.0.1",
            received=clock.now(),
        )
        answer = await server.answer(request)
        word = "refused" if answer.status != 200 else "answered"
        told.append(f"{word}: {what}")
        if request.endpoint == "devicecmd":
            results = parse_results(message.get("text", ""), query)
            told += [f"result of a command: {result.code}" for result in results]
    for number, door in device.state.doors.items():
        told.append(f"in the end, door {number}: open {door.contact_open}")
    await device.stop()
    return told


def counted(told: list[str]) -> dict[str, int]:
    """Return how often each sentence was said."""
    return {text: len([*same]) for text, same in groupby(sorted(told))}
