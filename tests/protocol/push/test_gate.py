"""Who may talk to us, and how often."""

import pytest

from custom_components.zkteco.protocol.errors import InvalidValue
from custom_components.zkteco.protocol.push.gate import (
    Buckets,
    Pin,
    is_local,
    parse_address,
    parse_network,
)


@pytest.mark.parametrize(
    "text",
    ["192.168.1.7", " 192.168.1.0/24 ", "192.168.1.7/24", "10.0.0.0/8", "fe80::/64"],
)
def test_an_owner_chooses_an_address_or_a_range(text: str) -> None:
    """Spaces and host bits are forgiven."""
    assert Pin(text).admits(text.split("/", maxsplit=1)[0].strip())


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("gate.local", "must be an IP address or a range such as 192.168.1.0/24"),
        ("192.168.1.0/33", "must be an IP address or a range such as 192.168.1.0/24"),
        ("", "must be an IP address or a range such as 192.168.1.0/24"),
        ("8.8.8.8", "must be in a private network"),
        ("0.0.0.0/0", "must be in a private network"),
    ],
)
def test_other_choices_are_explained(text: str, limit: str) -> None:
    """The error names the field and the limit."""
    with pytest.raises(InvalidValue) as caught:
        parse_network(text)
    assert (caught.value.field, caught.value.limit) == ("address", limit)


def test_an_address_is_the_same_over_ipv6() -> None:
    """A listener for both kinds sees IPv4 callers as mapped addresses."""
    assert parse_address("::ffff:192.168.1.7") == parse_address("192.168.1.7")
    assert parse_address("fd00::1") != parse_address("fd00::2")
    assert parse_address("nobody") is None


@pytest.mark.parametrize(
    "peer", ["192.168.1.7", "127.0.0.1", "fd00::7", "fe80::7%eth0"]
)
def test_the_home_is_served(peer: str) -> None:
    """Private and link-local addresses are the home."""
    assert is_local(peer, {"host": "home"})


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("8.8.8.8", {}),
        ("2001:4860:4860::8888", {}),
        ("100.64.0.1", {}),
        ("", {}),
        ("192.168.1.7", {"x-forwarded-for": "192.168.1.8"}),
        ("192.168.1.7", {"x-forwarded-proto": ""}),
        ("192.168.1.7", {"forwarded": "for=192.168.1.8"}),
        ("192.168.1.7", {"via": "1.1 proxy"}),
        ("192.168.1.7", {"x-real-ip": "192.168.1.8"}),
    ],
)
def test_the_world_is_not(peer: str, headers: dict[str, str]) -> None:
    """Whoever comes through a proxy is somebody else than it says."""
    assert not is_local(peer, headers)


def test_the_first_address_is_kept() -> None:
    """From then on, also after a restart, the device may call from there only."""
    pin = Pin()
    assert pin.memory is None
    assert pin.admits("192.168.1.7")
    pin.keep("::ffff:192.168.1.7")
    pin.keep("192.168.1.8")
    assert pin.memory == "192.168.1.7"
    for known in (pin, Pin(remembered=pin.memory)):
        assert known.admits("192.168.1.7")
        assert not known.admits("192.168.1.8")
    pin.release()
    assert pin.admits("192.168.1.8")


def test_the_owner_knows_better_than_the_first_address() -> None:
    """A chosen range counts, whatever was used before."""
    pin = Pin("192.168.1.0/24", "10.0.0.7")
    assert pin.admits("192.168.1.200")
    assert not pin.admits("10.0.0.7")


def test_nonsense_is_no_address() -> None:
    """Neither from a caller nor from a file."""
    assert not Pin().admits("nobody")
    assert Pin(remembered="nobody").admits("192.168.1.7")
    assert Pin(remembered=7).admits("192.168.1.7")


def test_a_bucket_fills_again() -> None:
    """Sixty at once, then twenty a second."""
    buckets = Buckets(20, 60)
    assert sum(buckets.take("a", 0.0) for _ in range(100)) == 60
    assert sum(buckets.take("a", 1.0) for _ in range(100)) == 20
    assert sum(buckets.take("a", 3600.0) for _ in range(100)) == 60
    assert buckets.take("b", 0.0)


def test_many_strangers_fill_no_memory() -> None:
    """The one who was not heard for longest is forgotten, and starts anew."""
    buckets = Buckets(20, 60)
    spent = sum(buckets.take("first", 0.0) for _ in range(100))
    assert spent == 60
    for number in range(511):
        buckets.take(f"stranger {number}", 0.0)
    assert not buckets.take("first", 0.0)
    for number in range(512):
        buckets.take(f"other {number}", 0.0)
    assert buckets.take("first", 0.0)
