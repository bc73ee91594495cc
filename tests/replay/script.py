r"""Recordings as text: what a device sends, what it gets, and what a person reads then.

Lives here: their format. Not here: playing them (`test_replay`). A recording is made of blocks with an empty line between
them, "#" begins a comment. The blocks are:

    at 2026-09-28 11:40:50      the time at the beginning, in the home
    headers                     what the device sends with every request, one header in each line
    POST /iclock/cdata?SN=1     a request, with more headers, its body behind "|" and the answer behind "<"
    pair NAME                   a person adds the device, which is called NAME
    wait 5                      seconds pass in silence
    ping 70 /iclock/ping?SN=1   seconds pass, and in each the device shows that it is there
    do lock.open lock.gate      a person uses an action, while the device goes on calling
    done                        the action has come to its end
    states                      everything that is known by then, one entity in each line

A line behind "!" of a request is a sentence of the logbook. Line ends and TABs of bodies are written as in Python. In
answers, {number} is one that nobody can foresee, and {settings} or {options} stands for what devices download. In requests,
{number} is that of the last command that the device got.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
import re
from typing import Final

REFUSED: Final = "403: Forbidden"
# What an access device downloads: the version, the pause after a failure, the session.
_SETTINGS: Final = (
    "ServerVersion={0}\nServerName=Home Assistant\nPushProtVer={0}\nPushVersion={0}\n"
    "ErrorDelay={1}\nRequestDelay=1\nTransTimes=00:00;14:00\nTransInterval=1\n"
    "TransTables=User Transaction\nRealtime=1\nSessionID={2}\nTimeoutSec=10\n"
)
# What a terminal in attendance mode downloads: its serial number, two stamps, the pause between polls, the time zone.
_OPTIONS: Final = (
    "GET OPTION FROM: {0}\nATTLOGStamp={1}\nOPERLOGStamp={2}\nATTPHOTOStamp=9999\n"
    "BIODATAStamp=9999\nStamp={1}\nOpStamp={2}\nPhotoStamp=9999\nErrorDelay=30\n"
    "Delay={3}\nTransTimes=00:00;14:05\nTransInterval=1\nTransFlag=1100101000\n"
    "TimeZone={4}\nRealtime=1\nEncrypt=None\nServerVer=2.4.1 2018-06-30\n"
    "PushProtVer=2.4.1\nPushOptionsFlag=1\nPushOptions=~DeviceName,FWVersion,"
    "PushVersion,MAC,UserCount,TransactionCount,FingerFunOn,FPVersion,FPCount,FaceFunOn,"
    "FaceVersion,FaceCount,~LockFunOn,~Platform\nSupportPing=1\nMaxPostSize=1048576\n"
)
_DOWNLOADS: Final = {"settings": _SETTINGS, "options": _OPTIONS}
_DOWNLOAD: Final = re.compile(r"\{(settings|options) ((?:[^{}]|\{\w+\})*)\}")


@dataclass(slots=True)
class Call:
    """One request, and what comes of it."""

    target: str
    method: str
    headers: list[str] = field(default_factory=list)
    body: str = ""
    answer: str = ""
    told: list[str] = field(default_factory=list)

    @property
    def is_upload(self) -> bool:
        """Whether it hands over something that the device would hand over again."""
        return self.method == "POST" and "table=" in self.target

    def raw(self, command: str) -> bytes:
        """Return the request as it goes over the wire, with the number of the last command."""
        body = self.body.replace("{number}", command).encode()
        target = self.target.replace("{number}", command)
        lines = [f"{self.method} {target} HTTP/1.1", *self.headers]
        if self.method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def is_answered_by(self, text: str) -> bool:
        """Whether an answer is the one that the device must get."""
        pattern = re.escape(self.answer).replace(r"\{number\}", "[0-9A-Fa-f]+")
        return re.fullmatch(pattern, text) is not None


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens between requests."""

    verb: str
    what: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A recording."""

    start: str
    steps: list[Call | Act]


def load(path: Path) -> Script:
    """Read a recording."""
    (verb, start, _), *blocks = _blocks(path)
    assert verb == "at"
    headers: list[str] = []
    steps: list[Call | Act] = []
    for verb, what, lines in blocks:
        match verb:
            case "headers":
                headers = lines
            case "GET" | "POST":
                steps.append(_call(verb, what, [*headers, *lines]))
            case "ping":
                seconds, target = what.split()
                ping = _call("GET", target, [*headers, "< OK"])
                steps += [Act("wait", "1"), ping] * int(seconds)
            case "pair" | "wait" | "do" | "done" | "states":
                steps.append(Act(verb, what, tuple(lines)))
            case _:
                raise AssertionError(f"{path.name}: {verb}")
    return Script(start, steps)


def _blocks(path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Return first word, rest of the line, and the other lines of each block."""
    for block in re.split(r"\n\n+", path.read_text()):
        lines = [line for line in block.splitlines() if line and line[0] != "#"]
        if lines:
            verb, _, what = lines[0].partition(" ")
            yield verb, what, lines[1:]


def _call(method: str, target: str, lines: list[str]) -> Call:
    call = Call(target, method)
    for line in lines:
        mark, text = line[0], line[2:]
        match mark:
            case "|":
                call.body += _plain(text)
            case "<":
                call.answer += _DOWNLOAD.sub(_download, _plain(text))
            case "!":
                call.told.append(text)
            case _:
                call.headers.append(line)
    return call


def _download(found: re.Match[str]) -> str:
    return _DOWNLOADS[found[1]].format(*found[2].split(","))


def _plain(text: str) -> str:
    """Return a text with its escapes resolved."""
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
