"""Turnstiles: their state and counters, and what their options set.

Lives here: the upload of Security PUSH 3.1.2 section 7.14 and the table of appendix 20. Not here: commands for them
(`control`), the events of a cancelled alarm (`records`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .messages import parse_number, parse_records


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnstileState:
    """Infrared state and counters of a turnstile (Security PUSH 3.1.2 section 7.14)."""

    infrared: str | None
    sensors: int | None
    """How many infrared sensors there are."""
    entries: int | None
    exits: int | None
    alarms: int | None
    runs: int | None


def parse_irstate(text: str) -> TurnstileState | None:
    """Read the state of a turnstile; of several the last, which is the newest. Never raises."""
    if not (records := parse_records(text)):
        return None
    line = records[-1]
    return TurnstileState(
        infrared=line.get("irstate") or None,
        sensors=parse_number(line.get("irsensecount")),
        entries=parse_number(line.get("incount")),
        exits=parse_number(line.get("outcount")),
        alarms=parse_number(line.get("alarmcount")),
        runs=parse_number(line.get("runcount")),
    )


CHANNEL_OPTIONS: Final[Mapping[str, str]] = {
    "passmode": "passing mode",
    "motoropenspeed": "opening speed",
    "motorclosespeed": "closing speed",
    "passwayswipemode": "swiping mode",
    "passwayvolume": "volume",
    "passwayunmanned": "time open",
    "passwayclosedelay": "closing delay",
    "passwaycounter": "passing counter",
    "passwayworkmode": "working mode",
    "passwaytype": "type of passage",
    "firefightingmode": "fire mode",
    "motoropenslowstroke": "opening slow-down distance",
    "motoropenslowspeed": "opening slow-down speed",
    "motorcloseslowstroke": "closing slow-down distance",
    "motorcloseslowspeed": "closing slow-down speed",
    "memoryopengate": "memory",
    "volume": "device volume",
    "passwaypreventclamp": "anti-pinch area",
    "passwaytailset": "anti-tailgating",
    "passwayclutchalarm": "clutch brake release",
    "passwaypassingtime": "passing time",
    "passwayalarmonoff": "alarm tone",
    "passwayinoutswap": "entrance and exit exchanged",
    "passwayexportset": "intensity",
    "passwaycloseplace": "closing position",
    "passwayshowgateinfo": "gate information shown",
    "tzpassmodeon": "passing mode by time",
    "passwayreverseinto": "entry from the wrong side",
    "passwayclutchangle": "clutch start angle",
    "passwayclamppro": "anti-pinch action",
    "passunmannedrange": "range of time open",
    "passclosedelayrange": "range of closing delay",
    "passclosedelay": "gate closing delay",
    "voicetoalarm": "voice switching",
    "issupportadscreen": "advertising screen available",
    "adscreenfunon": "advertising screen",
    "inplayinterval": "picture interval at the entrance",
    "outplayinterval": "picture interval at the exit",
}
"""What the options of a turnstile set, by lower-case key (Security PUSH 3.1.2 appendix 20)."""
