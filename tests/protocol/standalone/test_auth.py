"""The communication key: what a person may type, and what goes over the wire."""

from hypothesis import given, strategies as st
import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.standalone.auth import check_key, scramble

from . import vectors

KEYS = st.integers(0, 999_999)
SESSIONS = st.integers(0, 0xFFFF)
TICKS = st.integers(0, 0xFF)


@pytest.mark.parametrize(
    ("key", "session", "tick", "proof"), vectors.KEYS.values(), ids=vectors.KEYS
)
def test_known_proofs(key: int, session: int, tick: int, proof: str) -> None:
    """Two were captured, the others computed by independent implementations."""
    assert scramble(key, session, tick).hex() == proof


@given(KEYS, SESSIONS, TICKS, TICKS)
def test_the_tick_proves_nothing(key: int, session: int, one: int, other: int) -> None:
    """It stands in the third byte, and takes itself out of the others."""

    def without_tick(tick: int) -> list[int]:
        first, second, third, fourth = scramble(key, session, tick)
        assert third == tick
        return [first ^ tick, second ^ tick, fourth ^ tick]

    assert without_tick(one) == without_tick(other)


@given(st.integers(0, 0xFFFFFFFF), SESSIONS)
def test_no_key_is_too_large(key: int, session: int) -> None:
    """Mirrored and added to the session, a key may pass 32 bits."""
    assert len(scramble(key, session)) == 4


@given(KEYS)
def test_a_key_as_typed(key: int) -> None:
    """With or without zeros in front and blanks around it."""
    assert check_key(str(key)) == key
    assert check_key(f" {key:06} ") == key


@pytest.mark.parametrize("text", ["", "  ", "0", "000000"])
def test_no_key_is_zero(text: str) -> None:
    """Terminals leave the factory with key 0, which is none."""
    assert check_key(text) == 0


@pytest.mark.parametrize(
    "text", ["1234567", "-1", "+1", "1.5", "12 34", "abc", "0x10", "1_0", "١٢", "²"]
)
def test_what_is_no_key(text: str) -> None:
    """A person is told what is, and the key is not repeated."""
    with pytest.raises(InvalidValue, match="key: 1 to 6 digits") as caught:
        check_key(text)
    assert text not in str(caught.value)
