"""What panels call the fields of their rules, however they are reached.

Lives here: the names of columns (PullSDK User Guide 2.0; Security PUSH 3.1.2 section 9.1.1) and the words for numbers. Not
here: which tables a device has and what fits into a column (`c3.rules`, `push.rules`).
"""

from collections.abc import Mapping
from typing import Final

from .people import Weekday
from .rules import USER_ID

NEW_ROWS_NEED: Final = frozenset(
    {
        *(USER_ID, "door", "time_zone", "group_1"),
        *("event", "point", "output_type", "output", "seconds", "action"),
        *("start", "end"),
    }
)
"""Fields without which a row means nothing."""

_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "hol1", "hol2", "hol3")
NAMES: Final[Mapping[str, str]] = {
    "pin": USER_ID,
    "doorid": "door",
    "timezoneid": "time_zone",
    "index": "number",
    **{f"group{number}": f"group_{number}" for number in range(1, 6)},
    "eventtype": "event",
    "inaddr": "point",
    "outtype": "output_type",
    "outaddr": "output",
    "outtime": "seconds",
    "reserved": "linkage_type",
    "num": "output",
    "actiontype": "action",
    "number": "input",
    "intype": "input_type",
    "year": "year",
    "starttime": "start",
    "endtime": "end",
    "loop": "yearly",
    "devid": "device",
    "indevid": "input_device",
    "outdevid": "output_device",
    **{
        f"{wire}time{slot}{suffix}": f"{day.name.lower()}_{slot}{words}"
        for wire, day in zip(_DAYS, Weekday, strict=True)
        for slot in (1, 2, 3)
        for suffix, words in (("", ""), ("vsuser", "_user"), ("vsdoor", "_door"))
    },
}
"""The name of a field by that of its column, in lower case."""

WORDS: Final[Mapping[str, Mapping[int, str]]] = {
    "output_type": {0: "door", 1: "aux_output"},
    "input_type": {0: "exit_button", 1: "aux_input"},
    "action": {0: "none", 1: "open", 2: "closed"},
    "linkage_type": {
        0: "door",
        1: "reader",
        2: "camera",
        16: "door_lock",
        17: "reader_lock",
        18: "camera_lock",
        32: "door_unlock",
        33: "reader_unlock",
        34: "camera_unlock",
    },
}
"""What the numbers of a field mean."""
NUMBERS: Final[Mapping[str, Mapping[str, int]]] = {
    name: {word: number for number, word in words.items()}
    for name, words in WORDS.items()
}
