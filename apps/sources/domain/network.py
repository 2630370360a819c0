"""Which addresses may be reached from here: what somebody types leads to the internet, never into the operator's house.

A name is resolved once, every address it has is checked, and the connection goes to exactly the address that was
checked (`apps.sources.fetch.guard`): a name that answers otherwise the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks from a list with commas: "10.2.0.0/16, 192.168.7.9". Raises ValueError for what is none."""
    return tuple(ipaddress.ip_network(part.strip(), strict=True) for part in text.split(",") if part.strip())


def plain(address: Address) -> Address:
    """The address that packets end up at: what an IPv6 address wraps, if it wraps one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether it stands in the internet: not private, shared, loopback, link-local (where clouds keep their metadata),
    multicast or reserved, in whatever it is wrapped."""
    inner = plain(address)
    if isinstance(inner, ipaddress.IPv6Address) and (inner in _NAT64_LOCAL or inner.teredo is not None):
        return False
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def is_trusted(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether the operator lists its network, so that it may be reached though it is private."""
    inner = plain(address)
    return any(inner.version == network.version and inner in network for network in allowed)


def may_reach(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether a connection may be made to this address."""
    return is_public(address) or is_trusted(address, allowed)
