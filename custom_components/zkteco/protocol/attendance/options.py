"""What a terminal is told when it connects: what to upload, since when, how often, and what time it is.

Lives here: the block of options, stamps, and the answer to a terminal that asks for the time. Not here: what it uploads
(`records`), who may ask (`session`). PUSH SDK 3.2.0, reports by owners.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
import re
from typing import Final

VERSION: Final = "2.4.1"
ERROR_DELAY_SECONDS: Final = 30
NEW_ONLY: Final = "9999"
"""A stamp for who has never given us one: most firmware then uploads what is new, some uploads everything."""
STAMPED: Final = ("ATTLOG", "OPERLOG")
"""The tables whose stamps are kept. What comes in others is not looked at."""

_STAMP: Final = re.compile(r"[0-9]{1,20}")
# One digit for each kind of upload: attendance, operations, attendance photos, new fingerprints, new users, fingerprint
# images, changed users, changed fingerprints, new faces, user photos. Newer firmware uploads nothing at all when they are
# named in words instead.
_UPLOADS: Final = "1100101000"
_TELL: Final = (
    "~DeviceName",
    "FWVersion",
    "PushVersion",
    "MAC",
    "UserCount",
    "TransactionCount",
    "FingerFunOn",
    "FPVersion",
    "FPCount",
    "FaceFunOn",
    "FaceVersion",
    "FaceCount",
    "~LockFunOn",
    "~Platform",
)
_MAX_POST: Final = 1024 * 1024


def valid_stamp(text: str | None) -> str | None:
    """Return a stamp that can be handed back; some firmware sends words."""
    return text if text and _STAMP.fullmatch(text) else None


def time_zone(offset: timedelta) -> str:
    """Return an offset from UTC as terminals read it: whole hours, else minutes, which are more than any hours."""
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    return str(minutes if rest else hours)


def option_block(
    serial: str, stamps: Mapping[str, str], *, delay: int, now: datetime
) -> str:
    """Return the answer to a terminal that connects.

    `stamps` are the last ones it sent, by table; `delay` is the pause between its polls in seconds; `now` is aware, in the
    home's zone. The last line must end too, or it is not read.
    """
    attendance, operations = (stamps.get(table, NEW_ONLY) for table in STAMPED)
    values: dict[str, str | int] = {
        "ATTLOGStamp": attendance,
        "OPERLOGStamp": operations,
        "ATTPHOTOStamp": NEW_ONLY,
        "BIODATAStamp": NEW_ONLY,
        # The names that older firmware reads.
        "Stamp": attendance,
        "OpStamp": operations,
        "PhotoStamp": NEW_ONLY,
        "ErrorDelay": ERROR_DELAY_SECONDS,
        "Delay": delay,
        "TransTimes": "00:00;14:05",
        "TransInterval": 1,
        "TransFlag": _UPLOADS,
        "TimeZone": time_zone(now.utcoffset() or timedelta()),
        "Realtime": 1,
        "Encrypt": "None",
        "ServerVer": f"{VERSION} 2018-06-30",
        "PushProtVer": VERSION,
        "PushOptionsFlag": 1,
        "PushOptions": ",".join(_TELL),
        "SupportPing": 1,
        "MaxPostSize": _MAX_POST,
    }
    lines = [f"GET OPTION FROM: {serial}", *(f"{k}={v}" for k, v in values.items())]
    return "\n".join(lines) + "\n"


def time_answer(now: datetime) -> str:
    """Answer a terminal that asks for the time (`type=time`); `now` is aware, in the home's zone."""
    return f"Time={now.isoformat(timespec='seconds')}\n"
