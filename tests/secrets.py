"""People whose secrets can be searched for, in every form in which a byte can be written down.

Lives here: inventing them, and the search. Not here: recordings (the tests of each protocol).
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
import json
from random import Random
import string

from hypothesis import strategies as st
import pytest

from custom_components.zkteco.protocol import redact
from custom_components.zkteco.protocol.people import User

_DIGITS = st.text(string.digits, min_size=7, max_size=7)
# So long that none of them is anywhere by chance.
_NUMBERS = st.builds(lambda first, rest: f"{first}{rest}", st.integers(1, 9), _DIGITS)
_PIN_CODES = st.text(string.digits, min_size=7, max_size=7).filter(lambda t: t[0] > "0")
_NAMES = st.text(string.ascii_letters + "äöüßéñø", min_size=8, max_size=9)


@pytest.fixture(autouse=True)
def foreseeable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stand-ins be the same in every run: one in millions looks like a secret by chance."""
    monkeypatch.setattr(redact, "SystemRandom", lambda: Random(0))


def people(count: int = 2) -> st.SearchStrategy[list[User]]:
    """Return people with a number, a name, a card and a PIN code that nobody else has."""
    person = st.builds(
        User,
        user_id=_NUMBERS,
        name=_NAMES,
        cards=st.tuples(_NUMBERS),
        pin_code=_PIN_CODES,
    )
    several = st.lists(person, min_size=count, max_size=count)
    return several.filter(lambda users: len({*secrets_of(users)}) == 4 * count)


def secrets_of(users: Iterable[User]) -> Iterator[str]:
    """Return what nobody may learn of them."""
    for user in users:
        yield from (user.user_id, user.name, *user.cards, user.pin_code)


def with_rights(users: Iterable[User], like: User) -> list[User]:
    """Return people who may go where somebody else may."""
    return [replace(user, rights=like.rights) for user in users]


def forms(secret: str) -> Iterator[str]:
    """Return everything that a secret looks like, in small letters."""
    plain = [secret.encode(), secret.encode("utf-16-le"), secret[::-1].encode()]
    if secret.isdigit():
        number = int(secret)
        yield f"{number:x}"
        size = (number.bit_length() + 7) // 8
        plain += [number.to_bytes(size, "little"), number.to_bytes(size, "big")]
    yield secret
    for data in plain:
        yield data.hex()
        yield data.hex(" ")
        for shift in range(3):
            # Whatever stands in front and behind, these letters are the same.
            encoded = b64encode(bytes(shift) + data).decode()
            yield encoded[(0, 2, 3)[shift] : len(data) * 4 // 3]


def found(recording: object, secrets: Iterable[str]) -> list[str]:
    """Return which secrets a recording gives away, in whatever form."""
    text = json.dumps(recording, ensure_ascii=False).lower()
    return [
        f"{secret} as {form}"
        for secret in secrets
        for form in forms(secret)
        if len(form) > 6 and form.lower() in text
    ]
