"""Templates as rows of a PUSH device's tables, in both directions.

Lives here: what the fields mean (Security PUSH 3.1.2 sections 7.7, 7.11 and 9.1.1), as pure functions. Not here: where a
device keeps them (`dialect`), asking it (`credentials`). Rows have their field names in lower case. What is in a template is
nobody's business: it is not looked at.
"""

from base64 import b64decode, b64encode
import binascii
from collections.abc import Iterable, Mapping
from typing import Final

from ..errors import InvalidValue
from ..people import Credential, Limits, Template, User, check_user
from .dialect import FINGERPRINT, Store, plain_version
from .fields import PIN
from .messages import parse_number
from .records import Fields

INDEXES: Final = range(10)
_PARTS: Final = range(100)
"""A sanity limit: the document has none."""
_MAX_BYTES: Final = 18 * 1024
"""What leaves room for the rest of a command in the 30 kB that older firmware has for it."""
_DURESS_FINGER: Final = 16
"""Added to the number of a finger that raises an alarm (section 7.7)."""
_VALID, _DURESS = 1, 3
_ZK: Final = 0
"""The vendor's own format."""


def index_of(row: Fields, store: Store) -> int | None:
    """Return which finger, face or palm a row is about; None for one that does not count."""
    if row.get("valid", "1") == "0":
        return None
    if store.table == FINGERPRINT:
        finger = parse_number(row.get("fingerid"), 2)
        index = None if finger is None else finger % _DURESS_FINGER
    elif row.get("type") in {None, str(int(store.kind))}:
        index = parse_number(row.get("no"), 2)
    else:
        return None
    return index if index in INDEXES else None


def decode_template(
    row: Fields, credential: Credential, store: Store
) -> Template | None:
    """Read a template; None for what is none, or not in the vendor's own format. Never raises."""
    index = index_of(row, store)
    of_fingers = store.table == FINGERPRINT
    data = _decode(row.get("template" if of_fingers else "tmp", ""))
    if index is None or not data:
        return None
    part: int | None = 0
    if of_fingers:
        version = store.version
        finger = parse_number(row.get("fingerid"), 2)
        duress = row.get("valid") == str(_DURESS) or finger != index
    else:
        version = version_of(row)
        part = parse_number(row.get("index") or "0", 2)
        duress = row.get("duress") == "1"
    foreign = row.get("format", "") not in {"", str(_ZK)}
    if version is None or part is None or foreign:
        return None
    return Template(
        user_id=row.get(PIN, ""),
        credential=credential,
        index=index,
        part=part,
        version=version,
        duress=duress,
        data=data,
    )


def version_of(row: Fields) -> str | None:
    """Return the version of the algorithm that a row of the common table is of; None where it does not tell."""
    return plain_version(f"{row.get('majorver', '')}.{row.get('minorver') or 0}")


def _decode(text: str) -> bytes:
    """Read Base64; nothing where it is torn."""
    try:
        return b64decode(text, validate=True)
    except ValueError, binascii.Error:
        return b""


def encode_template(template: Template, store: Store) -> Fields:
    """Return the row of a template that was checked."""
    data = b64encode(template.data).decode()
    if store.table == FINGERPRINT:
        return {
            PIN: template.user_id,
            "fingerid": str(template.index),
            "valid": str(_DURESS if template.duress else _VALID),
            "template": data,
        }
    major, _, minor = template.version.partition(".")
    return {
        PIN: template.user_id,
        "no": str(template.index),
        "index": str(template.part),
        "valid": str(_VALID),
        "duress": str(int(template.duress)),
        "type": str(int(store.kind)),
        "majorver": major,
        "minorver": minor or "0",
        "format": str(_ZK),
        "tmp": data,
    }


def check_template(
    template: Template, limits: Limits, stores: Mapping[Credential, Store]
) -> None:
    """Raise InvalidValue, with the field and its limit, unless a device can read a template."""
    check_user(User(user_id=template.user_id), limits)
    version = limits.templates.get(template.credential)
    if version is None:
        known = ", ".join(sorted(limits.templates)) or "none"
        raise InvalidValue("credential", f"one of {known}")
    if template.version != version:
        raise InvalidValue("version", f"must be {version}")
    if template.index not in INDEXES:
        raise InvalidValue("index", f"must be from {INDEXES[0]} to {INDEXES[-1]}")
    parts = _PARTS[:1] if stores[template.credential].table == FINGERPRINT else _PARTS
    if template.part not in parts:
        raise InvalidValue("part", f"must be from {parts[0]} to {parts[-1]}")
    if not 0 < len(template.data) <= _MAX_BYTES:
        raise InvalidValue("data", f"1 to {_MAX_BYTES} bytes")


def shown_version(rows: Iterable[Fields], store: Store) -> str | None:
    """Return the version that a device's own templates are of, else the one that it tells.

    Some devices tell only half of it. Where templates of an older version are left, the told one counts.
    """
    shown = {
        version
        for row in rows
        if index_of(row, store) is not None and (version := version_of(row))
    }
    if len(shown) != 1 or store.version in shown:
        return store.version
    return shown.pop()


def count_by_user(rows: Iterable[Fields], store: Store) -> dict[str, int]:
    """Return how many fingers, faces or palms each user has."""
    found: dict[str, set[int]] = {}
    for row in rows:
        index = index_of(row, store)
        if index is not None and (user_id := row.get(PIN, "")).strip("0"):
            found.setdefault(user_id, set()).add(index)
    return {user_id: len(indexes) for user_id, indexes in found.items()}
