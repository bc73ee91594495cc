"""The cookie by which a device shows that it knows what it was told."""

from hashlib import md5

import pytest

from custom_components.zkteco.protocol.device import Json
from custom_components.zkteco.protocol.push.token import (
    MATCHES_UNTIL_REQUIRED,
    TokenWatch,
    tokens,
)

CODE, SERIAL, SESSION = (
    "Uy47fxftP3",
    "3383154200002",
    "30BFB04B2C8AECC72C01C03BFD549D15",
)


def hashed(text: str) -> str:
    """Return what the document prints."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


RIGHT = tokens(CODE, SERIAL, [SESSION])
TOKEN = hashed(CODE + SERIAL + SESSION)
WRONG = "0" * 32


def learned(memory: Json = None) -> TokenWatch:
    """Return a watch that has seen a device's polls be right."""
    watch = TokenWatch(memory)
    for _ in range(MATCHES_UNTIL_REQUIRED):
        assert watch.admits("getrequest", TOKEN, RIGHT)
    return watch


def test_a_token_belongs_to_a_session_or_to_none_yet() -> None:
    """The first request that carries one is made before there is a session."""
    assert {TOKEN, hashed(CODE + SERIAL)} == RIGHT


@pytest.mark.parametrize("token", [None, WRONG])
def test_nothing_is_asked_of_a_device_that_never_showed_a_token(
    token: str | None,
) -> None:
    """Nobody knows for sure how devices make theirs."""
    watch = TokenWatch()
    assert all(watch.admits("getrequest", token, RIGHT) for _ in range(100))
    assert watch.memory == []
    assert not watch.changed


def test_a_token_that_was_right_again_and_again_is_asked_for() -> None:
    """For that kind of request only: some firmware leaves it out of others."""
    watch = learned()
    assert watch.memory == ["getrequest"]
    assert not watch.admits("getrequest", WRONG, RIGHT)
    assert not watch.admits("getrequest", None, RIGHT)
    assert watch.admits("getrequest", TOKEN, RIGHT)
    assert watch.admits("devicecmd", None, RIGHT)
    assert watch.admits("registry", None, RIGHT)


def test_one_wrong_token_in_between_starts_the_counting_anew() -> None:
    """What is right by chance proves nothing."""
    watch = TokenWatch()
    for token in [TOKEN] * (MATCHES_UNTIL_REQUIRED - 1) + [WRONG, TOKEN]:
        assert watch.admits("getrequest", token, RIGHT)
    assert watch.memory == []


def test_it_is_asked_for_after_a_restart_too() -> None:
    """What was learned is kept; nonsense in the file is not."""
    watch = TokenWatch([*learned().memory, 7])  # type: ignore[misc]
    assert watch.memory == ["getrequest"]
    assert not watch.admits("getrequest", WRONG, RIGHT)
    assert TokenWatch("getrequest").admits("getrequest", WRONG, RIGHT)


def test_a_device_that_connects_anew_has_not_changed() -> None:
    """It is refused once, and then right again."""
    watch = learned()
    for _ in range(10):
        assert not watch.admits("getrequest", WRONG, RIGHT)
        assert not watch.admits("getrequest", WRONG, RIGHT)
        assert watch.admits("getrequest", TOKEN, RIGHT)
        assert not watch.changed


def test_one_that_stays_wrong_has() -> None:
    """Until its owner says that it is all right."""
    watch = learned()
    for _ in range(3):
        watch.admits("getrequest", WRONG, RIGHT)
    assert watch.changed
    watch.forget()
    assert not watch.changed
    assert watch.admits("getrequest", WRONG, RIGHT)
    assert watch.memory == []
