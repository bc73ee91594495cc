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

from ..device import Json
from ..errors import InvalidValue

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

_MOST_BUCKETS = 512

_PROXY_HEADERS = frozenset({"x-real-ip", "forwarded", "via"})
_PROXY_PREFIX = "x-forwarded-"


def parse_network(text: str) -> Network:
    """Return the addresses that a device may call from: one address, or a range such as 192.168.1.0/24.

    Raises InvalidValue, also for public addresses, from which nobody is served.
    """
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as err:
        limit = "must be an IP address or a range such as 192.168.1.0/24"
        raise InvalidValue("address", limit) from err
    if not (network.is_private or network.is_link_local):
        raise InvalidValue("address", "must be in a private network")
    return network


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
    """Whether a request came straight from a private address, through no proxy; `headers` by lower-case name."""
    address = parse_address(peer)
    if address is None or not (address.is_private or address.is_link_local):
        return False
    return not any(
        name in _PROXY_HEADERS or name.startswith(_PROXY_PREFIX) for name in headers
    )


class Pin:
    """Where one device may call from: where the owner says, else the first address that it used."""

    def __init__(self, chosen: str = "", remembered: Json = None) -> None:
        """`chosen` is an address or a range, empty for none; `remembered` is the last `memory`. Raises InvalidValue."""
        self._network = parse_network(chosen) if chosen else None
        self._address = (
            parse_address(remembered) if isinstance(remembered, str) else None
        )

    @property
    def memory(self) -> Json:
        """The address that was used first."""
        return None if self._address is None else str(self._address)

    def admits(self, peer: str) -> bool:
        """Whether the device may call from `peer`."""
        address = parse_address(peer)
        if address is None:
            return False
        if self._network is not None:
            return address in self._network
        return self._address is None or address == self._address

    def keep(self, peer: str) -> None:
        """Take `peer` for the device's address, if that is not known yet."""
        if self._address is None:
            self._address = parse_address(peer)

    def release(self) -> None:
        """Take the next address that is used for the device's."""
        self._address = None


class Buckets:
    """A token bucket per key."""

    def __init__(self, per_second: float, burst: float) -> None:
        """Each key may send `per_second` requests in the long run, `burst` at once."""
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float) -> bool:
        """Return whether `key` may send one more request at `now` (seconds, monotonic)."""
        level, then = self._buckets.pop(key, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._per_second)
        admitted = level >= 1
        self._buckets[key] = (level - 1 if admitted else level, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return admitted
