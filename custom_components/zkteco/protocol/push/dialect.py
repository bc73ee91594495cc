"""What a PUSH device can hold of people, as it says when it registers.

Lives here: from a registration to limits, and to the tables that belong to a user. Not here: the rows of those tables
(`people`, `schedules`, `templates`), asking the device (`roster`, `credentials`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Final

from ..people import Ability, Credential, Limits, Privilege
from . import people_tables
from .codes import Biometric
from .records import Fields
from .registration import Feature, Registration

USER: Final = "user"
CARD: Final = "mulcarduser"
RIGHT: Final = "userauthorize"
FINGERPRINT: Final = "templatev10"
BIO_DATA: Final = "biodata"

PRIVILEGES: Final[Mapping[Privilege, int]] = {
    Privilege.USER: 0,
    Privilege.ENROLLER: 2,
    Privilege.MANAGER: 6,
    Privilege.ADMIN: 14,
}
_GROUPS: Final = range(256)
_DEFAULT_GROUP: Final = 1
_TIME_ZONES: Final = range(1, 256)
_MAX_CARDS: Final = 16
"""A sanity limit: the document has none."""
_NAME_BYTES, _LONG_NAME_BYTES = 24, 48
_TEXT_ID_LETTERS: Final = 24
_HUNDREDS_BELOW: Final = 1000
"""A capacity of less is counted in hundreds."""
# In the order in which they are deleted; those of which there are several kinds come last.
_BELONGINGS: Final = (
    people_tables.RIGHT,
    people_tables.ELEVATOR,
    people_tables.CARD,
    people_tables.SUPER_USER,
    people_tables.USER_VERIFY,
    people_tables.FIRST_CARD,
    people_tables.EXTENDED_USER,
    people_tables.IDENTITY_CARD,
    people_tables.FINGERPRINT,
    people_tables.USER_PHOTO,
)
_VERSION: Final = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,4}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a device can hold, and how it says so."""

    limits: Limits
    card_table: bool
    """Cards are in a table of their own, and the field of the user table does not count."""
    door_per_right: bool
    """A right is for one door rather than for a mask of doors."""
    device_field: bool
    """Rights name the device that they are for."""
    verify_codes: frozenset[int]


def find_dialect(known: Registration) -> Dialect | None:
    """Return how a device that registered so keeps people; None for one that has not told what it is.

    The document has no switch for schedules and holidays: every access device has them. Its field for the way to verify
    is written where the device tells which ways it knows.
    """
    if not known.raw:
        return None
    # The switch alone is set by devices that keep the card with the user, too.
    card_table = (
        known.supports(Feature.MULTIPLE_CARDS) and known.multiple_cards is not False
    )
    door_per_right = known.supports(Feature.AUTHORITY_PER_DOOR)
    verify_codes = (known.verify_codes or frozenset()) - {0}
    letters = bool(known.letters_in_user_ids)
    abilities = (
        Ability.CARDS
        | Ability.PIN_CODE
        | Ability.PRIVILEGE
        | Ability.GROUP
        | Ability.VALIDITY
        | Ability.RIGHTS
        | Ability.TIME_ZONES
        | Ability.HOLIDAYS
    )
    if known.user_names is not False:
        abilities |= Ability.NAME
    if known.packed_user_times:
        abilities |= Ability.VALIDITY_TIME
    if known.disable_users:
        abilities |= Ability.ENABLED
    if verify_codes:
        abilities |= Ability.VERIFY_STYLE
    doors = range(1, (known.lock_count or 1) + 1)
    limits = Limits(
        abilities=abilities,
        user_id_digits=_TEXT_ID_LETTERS if letters else 9,
        user_id_letters=letters,
        name_bytes=_LONG_NAME_BYTES
        if known.supports(Feature.LONG_NAMES)
        else _NAME_BYTES,
        max_cards=_MAX_CARDS if card_table else 1,
        max_card=(1 << _card_bits(known)) - 1 if card_table else 0xFFFFFFFF,
        privileges=frozenset(PRIVILEGES),
        groups=_GROUPS,
        default_group=_DEFAULT_GROUP,
        # Whether 4 is door 3 or door 4 is nowhere said where a right is for one door:
        # 1 and 2 mean the same either way.
        doors=frozenset(doors[:2] if door_per_right else doors),
        time_zones=_TIME_ZONES,
        enrols=frozenset(_enrols(known)),
        users=_capacity(known.max_users),
    )
    return Dialect(
        limits=limits,
        card_table=card_table,
        door_per_right=door_per_right,
        device_field=known.supports(Feature.DEVICE_ID_FIELD),
        verify_codes=verify_codes,
    )


def _card_bits(known: Registration) -> int:
    bits = known.max_card_bits or 0
    return bits if 32 <= bits <= 64 else 32


def _capacity(told: int | None) -> int | None:
    if told is None or told >= _HUNDREDS_BELOW:
        return told
    return told * 100 or None


_KINDS: Final[Mapping[Credential, tuple[Biometric, ...]]] = {
    Credential.FINGERPRINT: (Biometric.FINGERPRINT,),
    Credential.FACE: (Biometric.FACE, Biometric.NEAR_INFRARED_FACE),
    Credential.PALM: (Biometric.PALM, Biometric.PALM_VEIN),
}
"""The kinds that a credential can be of, better ones first."""


def credential_of(kind: Biometric) -> Credential | None:
    """Return as what a kind of biometric is known to people; None for one that is not passed on."""
    return next((found for found, kinds in _KINDS.items() if kind in kinds), None)


def find_biometric(known: Registration, credential: Credential) -> Biometric | None:
    """Return by which number a device is asked to enrol a credential; None where it does not know any."""
    wanted = _KINDS.get(credential, ())
    switches = {
        Biometric.FINGERPRINT: known.fingerprint,
        Biometric.NEAR_INFRARED_FACE: known.face,
        Biometric.PALM_VEIN: known.palm_vein,
        Biometric.FACE: known.bio_data,
    }
    kinds = (*(kind for kind in wanted if kind in known.multi_bio_data),) or (
        *(kind for kind in wanted if switches.get(kind)),
    )
    return kinds[0] if kinds else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where a device keeps the templates of a credential."""

    table: str
    kind: Biometric
    version: str | None
    """Of the algorithm, such as "10" or "39.1"; None where the device does not tell."""
    named: bool
    """The kind must be named to the device, because the table holds several."""


def find_stores(known: Registration) -> dict[Credential, Store]:
    """Return where a device keeps templates (Security PUSH 3.1.2 sections 3.1, 4.4 and 9.1).

    A device that names the kinds that it knows keeps all of them in the common table. Others keep fingerprints in a table
    of their own, and only faces by visible light in the common one.
    """
    found: dict[Credential, Store] = {}
    for credential, kinds in _KINDS.items():
        for kind in kinds[::-1]:
            if kind in known.multi_bio_data:
                version = plain_version(known.multi_bio_version.get(kind))
                found[credential] = Store(
                    table=BIO_DATA, kind=kind, version=version, named=True
                )
    if known.fingerprint:
        fingerprint = Store(
            table=FINGERPRINT,
            kind=Biometric.FINGERPRINT,
            version=plain_version(known.fingerprint_version),
            named=False,
        )
        found.setdefault(Credential.FINGERPRINT, fingerprint)
    if known.bio_data and not known.multi_bio_data:
        version = plain_version(known.face_version)
        found[Credential.FACE] = Store(
            table=BIO_DATA, kind=Biometric.FACE, version=version, named=False
        )
    return found


def plain_version(text: str | None) -> str | None:
    """Return a version in one way of several to write it: "10.0" is "10". None for what is no version."""
    match = _VERSION.fullmatch(text or "")
    if match is None:
        return None
    major, minor = int(match[1]), int(match[2] or 0)
    return f"{major}.{minor}" if minor else str(major)


def _enrols(known: Registration) -> Iterable[Credential]:
    if not known.supports(Feature.REMOTE_ENROLMENT):
        return
    for credential in Credential:
        if credential is Credential.CARD or find_biometric(known, credential):
            yield credential


def belongings(known: Registration) -> list[tuple[str, Fields]]:
    """Return the tables that hold something of a user, in the order in which it is deleted, and what else to name there.

    Super users, first cards and the like are not offered, but must not pass to the next person with the same number.
    """
    found: list[tuple[str, Fields]] = [
        (table.name, {}) for table in _BELONGINGS if table.is_there(known)
    ]
    for table, kinds in (
        (people_tables.BIO_DATA, known.multi_bio_data),
        (people_tables.BIO_PHOTO, known.multi_bio_photo),
    ):
        # Devices that know several kinds must be told which one is meant.
        if kinds:
            found += [(table.name, {"type": str(int(kind))}) for kind in kinds]
        elif table.is_there(known):
            found.append((table.name, {}))
    return found
