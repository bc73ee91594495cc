"""Remote identification: a device asks the server whether to let somebody in.

Lives here: the question and the three answers (Security PUSH 3.1.2 section 10). Not here: who decides; as long as nobody
does, the answer is a timeout and the device decides for itself.
"""

from enum import StrEnum
import re
from typing import Final

from ..errors import InvalidValue
from . import control
from .records import EventRecord, parse_rtlog
from .values import CONTROL

MAX_TIPS: Final = 256
_CONTROL: Final = re.compile(control.GRAMMAR)


class Answer(StrEnum):
    """Whether somebody may come in."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    """Nobody decided in time."""


def parse_question(text: str) -> EventRecord | None:
    """Read what a device asks: an event that has not happened yet; None when it is none. Never raises."""
    events = parse_rtlog(_asked(text)).events
    return events[0] if events else None


def _asked(text: str) -> str:
    """Return the one line of a question, without its end."""
    return re.split(r"[\r\n]", text.strip(), maxsplit=1)[0]


def answer(question: str, result: Answer, *, command: str = "", tips: str = "") -> str:
    """Return the answer to a question, which the device wants to see again.

    `command` is a text of `control`, such as for opening the door, and only for somebody who may come in; `tips` is
    shown at the device, at most 256 characters. Raises `InvalidValue`.
    """
    lines = [f"AUTH={result}", _asked(question)]
    if command:
        if result is not Answer.SUCCESS:
            raise InvalidValue("command", "only for somebody who may come in")
        if not _CONTROL.fullmatch(command):
            raise InvalidValue("command", "must come from one of the builders")
        lines.append(command)
    if tips:
        if len(tips) > MAX_TIPS or CONTROL.search(tips):
            raise InvalidValue("tips", f"at most {MAX_TIPS} printable characters")
        lines.append(f"TIPS={tips}")
        return "\r\n".join(lines)
    # Without the last field, as printed, the line before it keeps its end.
    return "\r\n".join((*lines, ""))
