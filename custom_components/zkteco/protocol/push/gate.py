"""Who may talk to us, and how often.

Lives here: token buckets, source addresses, proxies. Not here: what an admitted request means (`session`). Everything is
bounded: strangers can fill no memory.
"""

from collections import OrderedDict
from collections.abc import Mapping
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from ..errors import InvalidValue

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

REQUESTS_PER_SECOND = 20.0
BURST = 60.0
_MOST_BUCKETS = 512

_PROXY_HEADERS = frozenset(
    {"x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"}
)


def parse_network(text: str) -> Network:
    """Return the addresses that a device may call from: one address, or a range such as 192.168.1.0/24.

    Raises InvalidValue.
    """
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError as err:
        limit = "must be an IP address or a range such as 192.168.1.0/24"
        raise InvalidValue("address", limit) from err


def parse_address(text: str) -> Address | None:
    """Return the address of a peer, an IPv4 address that came over IPv6 as what it is; None when it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_local(peer: str, headers: Mapping[str, str]) -> bool:
    """Whether a request came straight from a private address, through no proxy."""
    address = parse_address(peer)
    if address is None or not (address.is_private or address.is_link_local):
        return False
    return not _PROXY_HEADERS & headers.keys()


class Buckets:
    """A token bucket per key: 20 requests a second, 60 at once."""

    def __init__(self) -> None:
        """Start with full buckets."""
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float) -> bool:
        """Return whether `key` may send one more request at `now` (seconds, monotonic)."""
        level, then = self._buckets.pop(key, (BURST, now))
        level = min(BURST, level + (now - then) * REQUESTS_PER_SECOND)
        admitted = level >= 1
        self._buckets[key] = (level - 1 if admitted else level, now)
        while len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return admitted
