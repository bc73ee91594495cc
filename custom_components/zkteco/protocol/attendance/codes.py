"""What the numbers of results mean in attendance mode, where they differ from those of access devices.

Lives here: their tables. Not here: what was done at a terminal (`terminal_codes`). A number that no document explains is
described all the same: nothing here raises.
"""

from collections.abc import Mapping
from typing import Final

from ..push.codes import Outcome, Verdict

RETURN_VALUES: Final[Mapping[int, str]] = {
    -1: "parameter not valid",
    -3: "reading or writing failed",
    -4: "data does not exist",
    -5: "device is full",
    -9: "data has the wrong size",
    -10: "user not found",
    -11: "template not valid",
    -12: "template not valid",
    -22: "command unknown to the device",
    -1002: "command not understood",
    -1004: "table not supported",
}
"""Failures (PUSH SDK 3.2.0; captured results)."""


_ENROLMENT: Final[Mapping[int, str]] = {
    2: "finger already enrolled",
    4: "samples too bad or too different",
    5: "finger already enrolled for somebody",
    6: "cancelled",
    7: "terminal busy",
}
"""How an enrolment failed, in numbers that are no failures elsewhere (PUSH SDK 3.2.0)."""


def interpret(verb: str, code: int) -> Outcome:
    """Return what `code` means as the result of a command that begins with `verb`."""
    if code < 0:
        return Outcome(Verdict.FAILED, RETURN_VALUES.get(code, "unknown failure"))
    if code and verb.startswith("ENROLL_FP"):
        return Outcome(Verdict.FAILED, _ENROLMENT.get(code, "unknown failure"))
    return Outcome(Verdict.DONE)
