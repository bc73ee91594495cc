"""How people, schedules and holidays look in actions, on every kind of device the same.

Lives here: the translation of the protocols' vocabulary into action data and back, as pure
functions. Not here: the actions (`services_people`), what a device can hold (`people`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import time
from typing import Any, Final

from homeassistant.util.json import JsonObjectType, JsonValueType

from .const import CardNumbers
from .event_data import shown_card
from .protocol.errors import DeviceError, InvalidValue
from .protocol.people import (
    ALWAYS,
    NEEDS,
    Ability,
    Credential,
    Holiday,
    Interval,
    Limits,
    Right,
    TimeZone,
    User,
    Weekday,
    check_user,
)

ATTR_ACTIVE: Final = "active"
ATTR_CARD: Final = "card"
ATTR_DATE: Final = "date"
ATTR_DOORS: Final = "doors"
ATTR_GROUP: Final = "group"
ATTR_HOLIDAY_TYPE: Final = "holiday_type"
ATTR_PIN_CODE: Final = "pin_code"
ATTR_PRIVILEGE: Final = "privilege"
ATTR_TIME_ZONE: Final = "time_zone"
ATTR_USER_ID: Final = "user_id"
ATTR_USER_NAME: Final = "user_name"
ATTR_VALID_FROM: Final = "valid_from"
ATTR_VALID_UNTIL: Final = "valid_until"
ATTR_VERIFY_STYLE: Final = "verify_style"
ATTR_YEARLY: Final = "yearly"

ALL: Final = "all"
"""Every door of the device."""

type Fields = Mapping[str, Any]
"""The validated fields of an action about a user."""
type Wish = Callable[[User | None, Limits], User]
"""What a device's user has to be, from what it is there (None where it is not) and what the device can hold."""

# The vocabulary's names where an action has others.
_OUR_NAMES: Final = {
    "name": ATTR_USER_NAME,
    "cards": ATTR_CARD,
    "enabled": ATTR_ACTIVE,
    "rights": ATTR_DOORS,
    "kind": ATTR_HOLIDAY_TYPE,
    "day": ATTR_DATE,
}
# The action's fields that are one field of a user each.
_PLAIN: Final = {_OUR_NAMES.get(name, name): name for name in NEEDS if name != "rights"}
_NOT_THERE: Final = "this device does not have it"


def our_names(fields: Iterable[str]) -> list[JsonValueType]:
    """Return fields of the vocabulary as actions name them."""
    return [_OUR_NAMES.get(name, name) for name in fields]


def in_our_names[E: DeviceError](err: E) -> E | InvalidValue:
    """Return an error that names fields as actions do."""
    if isinstance(err, InvalidValue) and err.field in _OUR_NAMES:
        return InvalidValue(_OUR_NAMES[err.field], err.limit)
    return err


# What is wished


def with_fields(user: User | None, fields: Fields, limits: Limits) -> User:
    """Return a user with some fields changed. A new one gets in everywhere and always, unless told otherwise.

    Raises InvalidValue where the device has no rights to change.
    """
    changes = {_PLAIN[key]: value for key, value in fields.items() if key in _PLAIN}
    rights = _rights(user, fields, limits)
    return replace(user or User(user_id=fields[ATTR_USER_ID]), rights=rights, **changes)


def _rights(user: User | None, fields: Fields, limits: Limits) -> frozenset[Right]:
    """Return a user's rights after `doors` and `time_zone`, each of which may be missing."""
    zone: int | None = fields.get(ATTR_TIME_ZONE)
    if zone is not None:
        _need_rights(limits, ATTR_TIME_ZONE)
    if ATTR_DOORS in fields:
        doors = _doors(fields[ATTR_DOORS], limits)
    elif user is None:
        doors = _doors(ALL, limits)
    elif zone is None:
        return user.rights
    else:
        doors = frozenset(right.door for right in user.rights)
        if not doors:
            raise InvalidValue(ATTR_DOORS, "needed, because this user has none")
    return _at(doors, zone)


def given(fields: Fields) -> Wish:
    """Return the wish that some fields are as an action says, and the others as they are."""
    return lambda user, limits: with_fields(user, fields, limits)


def with_access(user: User, fields: Fields, limits: Limits) -> User:
    """Return a user with access at some more doors; at these, the time zone replaces others.

    Raises InvalidValue where the device has no rights to change.
    """
    _need_rights(limits, ATTR_DOORS)
    doors = _doors(fields[ATTR_DOORS], limits)
    elsewhere = {right for right in user.rights if right.door not in doors}
    changes = {_PLAIN[key]: value for key, value in fields.items() if key in _PLAIN}
    rights = _at(doors, fields[ATTR_TIME_ZONE]) | elsewhere
    return replace(user, rights=rights, **changes)


def without_access(user: User, fields: Fields, limits: Limits) -> User:
    """Return a user without access at some doors, or without that during one time zone.

    Raises InvalidValue where the device has no rights to change, and for doors and time zones that it does not have.
    """
    _need_rights(limits, ATTR_DOORS)
    doors = _doors(fields[ATTR_DOORS], limits)
    zone: int | None = fields.get(ATTR_TIME_ZONE)
    # Whoever mistakes a door would believe it to be shut.
    check_user(User(user_id="1", rights=_at(doors, zone)), limits)
    gone = {
        right
        for right in user.rights
        if right.door in doors and zone in (None, right.time_zone)
    }
    return replace(user, rights=user.rights - gone)


def with_card(user: User, card: str, limits: Limits) -> User:
    """Return a user with one more card, or with this one where there is room for one only."""
    if card in user.cards:
        return user
    others = user.cards if limits.max_cards > 1 else ()
    return replace(user, cards=(*others, card))


def without_card(user: User, card: str | None) -> User:
    """Return a user without a card, or without any."""
    cards = () if card is None else tuple(c for c in user.cards if c != card)
    return replace(user, cards=cards)


def like(source: User, abilities: Ability) -> Wish:
    """Return the wish for the same user as on another device with these abilities.

    What that device does not have, it has no say in. Many tell no PIN codes: none there is no reason to erase one here.
    """
    unknown = {name for name, ability in NEEDS.items() if ability not in abilities}
    if not source.pin_code:
        unknown.add(ATTR_PIN_CODE)

    def wish(there: User | None, limits: Limits) -> User:
        kept = there or User(user_id=source.user_id)
        return replace(source, **{name: getattr(kept, name) for name in unknown})

    return wish


def _need_rights(limits: Limits, name: str) -> None:
    """Raise InvalidValue unless the device keeps rights by door."""
    if Ability.RIGHTS not in limits.abilities:
        raise InvalidValue(name, _NOT_THERE)


def _doors(doors: str | list[int], limits: Limits) -> frozenset[int]:
    """Return which doors are meant."""
    if doors != ALL:
        return frozenset(map(int, doors))
    # Where a device keeps no rights, everybody gets in everywhere.
    return limits.doors if Ability.RIGHTS in limits.abilities else frozenset()


def _at(doors: Iterable[int], zone: int | None) -> frozenset[Right]:
    """Return the rights at some doors."""
    return frozenset(Right(door, ALWAYS if zone is None else zone) for door in doors)


# What is told


def user_data(user: User, limits: Limits, policy: CardNumbers) -> JsonObjectType:
    """Return a user as JSON values, without PIN code; what the device cannot hold is left out."""
    told: dict[str, JsonValueType] = {
        "name": user.name,
        "enabled": user.enabled,
        "privilege": user.privilege.value,
        "group": user.group,
        "valid_from": user.valid_from.isoformat() if user.valid_from else None,
        "valid_until": user.valid_until.isoformat() if user.valid_until else None,
        "verify_style": user.verify_style,
        "rights": [
            {"door": right.door, "time_zone": right.time_zone}
            for right in sorted(user.rights)
        ],
    }
    data: JsonObjectType = {ATTR_USER_ID: user.user_id}
    for name, value in told.items():
        if NEEDS[name] in limits.abilities:
            # The rights name a time zone beside each door.
            data["rights" if name == "rights" else _OUR_NAMES.get(name, name)] = value
    credentials: JsonObjectType = {
        kind.value: count for kind, count in user.credentials.items()
    }
    if Ability.CARDS in limits.abilities:
        credentials[Credential.CARD.value] = len(user.cards)
        data["cards"] = [
            shown for card in user.cards if (shown := shown_card(card, policy))
        ]
    if Ability.PIN_CODE in limits.abilities:
        credentials[ATTR_PIN_CODE] = int(bool(user.pin_code))
    return {**data, "credentials": credentials}


def limits_data(limits: Limits | None) -> JsonObjectType:
    """Return what a device can hold; None is a device without users that can be managed."""
    if limits is None:
        return {"supports_user_management": False}
    types: dict[str, JsonValueType] = {
        credential.value: {
            "supports_learn": credential in limits.enrols,
            # None is one that cannot be copied to the device.
            "template_version": limits.templates.get(credential),
        }
        for credential in sorted({*limits.enrols, *limits.templates})
    }
    if Ability.PIN_CODE in limits.abilities:
        types[ATTR_PIN_CODE] = {
            "num_slots": 1,
            "min_length": 1,
            "max_length": limits.pin_code_digits,
            "supports_learn": False,
        }
    if Ability.CARDS in limits.abilities:
        types[Credential.CARD.value] = {
            "num_slots": limits.max_cards,
            "min_length": 1,
            "max_length": len(str(limits.max_card)),
            "supports_learn": Credential.CARD in limits.enrols,
        }
    fields = {name for name, ability in NEEDS.items() if ability in limits.abilities}
    if Ability.RIGHTS in limits.abilities:
        fields.add(ATTR_TIME_ZONE)
    return {
        "supports_user_management": True,
        "max_users": limits.users,
        "max_user_id_length": limits.user_id_digits,
        "user_id_letters": limits.user_id_letters,
        "max_user_name_length": limits.name_bytes,
        "supported_credential_types": types,
        "supported_fields": [*sorted(_OUR_NAMES.get(name, name) for name in fields)],
        "validity_to_the_second": Ability.VALIDITY_TIME in limits.abilities,
        "privileges": [*sorted(privilege.value for privilege in limits.privileges)],
        "max_group": limits.groups[-1],
        "doors": [*sorted(limits.doors)],
        "supports_time_zones": Ability.TIME_ZONES in limits.abilities,
        "max_time_zone": limits.time_zones[-1],
        "max_intervals_per_day": limits.intervals,
        "supports_holidays": Ability.HOLIDAYS in limits.abilities,
    }


def time_zone_data(zone: TimeZone) -> JsonObjectType:
    """Return a weekly schedule as JSON values."""
    days: JsonObjectType = {
        day.name.lower(): [
            {
                "from": interval.start.isoformat("minutes"),
                "to": interval.end.isoformat("minutes"),
            }
            for interval in zone.days.get(day, ())
        ]
        for day in Weekday
    }
    return {ATTR_TIME_ZONE: zone.number, "days": days}


def with_days(
    zone: TimeZone | None, number: int, days: Mapping[str, list[Mapping[str, time]]]
) -> TimeZone:
    """Return a weekly schedule with some days changed; of a new one, the others are closed."""
    changed = {
        Weekday[day.upper()]: tuple(
            Interval(interval["from"], interval["to"]) for interval in intervals
        )
        for day, intervals in days.items()
    }
    return TimeZone(number=number, days={**(zone.days if zone else {}), **changed})


def holiday_data(holiday: Holiday) -> JsonObjectType:
    """Return a holiday as JSON values."""
    return {
        ATTR_DATE: holiday.day.isoformat(),
        ATTR_HOLIDAY_TYPE: holiday.kind,
        ATTR_YEARLY: holiday.yearly,
    }
