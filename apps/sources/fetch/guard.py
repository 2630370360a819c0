"""No connection of this process leads where the operator does not allow it, whichever library makes it."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Sequence

from apps.kernel.issue import N_
from apps.sources.domain.network import Address, Network, is_trusted, may_reach
from apps.sources.fetch.trouble import Trouble

REFUSED = N_(
    "%(host)s leads to an address inside a private network (%(address)s), and those are closed. "
    "Only the operator of this service can open one."
)
UNKNOWN = N_("There is no server of the name %(host)s.")
IN_THE_CLEAR = N_(
    "Without encryption everybody on the way could read along. It is only possible in networks that the operator of "
    "this service lists. Choose an encrypted connection."
)


class Refused(OSError):
    """A connection to an address that is closed; of no use to try again."""


def stand(allowed: Sequence[Network]) -> None:
    """From now on every connection that Python makes here goes to an address that `may_reach` allows, or raises.

    The check is made on the very address the connection goes to, after every resolving and redirect. What is not an
    address of the internet (a socket in the file system) is refused.
    """

    def watch(event: str, args: tuple[object, ...]) -> None:
        if event == "socket.connect":
            _check(args[1], allowed)
        elif event == "socket.sendto":
            raise Refused("datagrams are closed")

    sys.addaudithook(watch)


def _check(target: object, allowed: Sequence[Network]) -> None:
    host = target[0] if isinstance(target, tuple) and target else None
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        raise Refused("not an address") from None
    if not may_reach(address, allowed):
        raise Refused(str(address))


def resolve(host: str, port: int, allowed: Sequence[Network]) -> list[Address]:
    """The addresses of a host, every one of them checked. Raises Trouble."""
    name = host.strip("[]")
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Trouble(UNKNOWN, {"host": name}, retry=True) from None
    addresses = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    for address in addresses:
        if not may_reach(address, allowed):
            raise Trouble(REFUSED, {"host": name, "address": str(address)})
    return addresses


def must_be_trusted(addresses: Sequence[Address], allowed: Sequence[Network]) -> None:
    """Raises Trouble unless every address is one that the operator lists: for connections in the clear."""
    if not all(is_trusted(address, allowed) for address in addresses):
        raise Trouble(IN_THE_CLEAR)
