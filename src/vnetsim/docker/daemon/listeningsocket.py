"""Where a server listens, as configuration files write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from vnetsim.wire.inet import parse_address

LOOPBACK: Final = "127.0.0.1"
IPV4: Final = "0.0.0.0"
IPV6: Final = "::"
#: Of the catalogue's kinds of configuration, those whose servers set IPV6_V6ONLY on each of their sockets of IPv6.
ONLY_IPV6: Final = frozenset(("mosquitto", "postgres", "redis"))
_LAST_PORT: Final = 0xFFFF
#: `8080`, `*:8080`, `127.0.0.1:8080`, `[::1]:8080`; compiled on first use.
_ADDRESS: Final = r"(?:(?P<host>\[[^\]]*\]|[^:\s]*):)?(?P<port>\d{1,5})"


class ListeningSocket(NamedTuple):
    """`address` is "" for all addresses, 0.0.0.0 for those of IPv4 alone; `protocol` is tcp or udp.

    `only_ipv6`: a socket at :: that has IPV6_V6ONLY set; without it :: takes IPv4, too.
    """

    port: int
    address: str = ""
    protocol: str = "tcp"
    only_ipv6: bool = False


def with_only_ipv6(sockets: Iterable[ListeningSocket]) -> Iterator[ListeningSocket]:
    """Of a server that sets IPV6_V6ONLY on its sockets; those of UDP stay as they are."""
    for each in sockets:
        yield each._replace(only_ipv6=each.address == IPV6 and each.protocol == "tcp")


def address_of(host: str, *, is_go: bool = False) -> str | None:
    """ "" for all addresses, 0.0.0.0 for those of IPv4 alone; None for a name.

    A server in Go listens at all addresses where it is given 0.0.0.0 (favoriteAddrFamily of net/ipsock_posix.go).
    """
    if host in ("", "*") or (is_go and host == IPV4):
        return ""
    try:
        return str(parse_address(LOOPBACK if host == "localhost" else host.strip("[]")))
    except ValueError:
        return None


def at(host: str, port: int, protocol: str = "tcp", *, is_go: bool = False) -> Iterator[ListeningSocket]:
    """At a host, "" and * for all addresses; nothing for a name or a port that is none."""
    address = address_of(host, is_go=is_go)
    if 0 < port <= _LAST_PORT and address is not None:
        yield ListeningSocket(port, address, protocol)


def of_text(text: str, protocol: str = "tcp", *, is_go: bool = False) -> Iterator[ListeningSocket]:
    """Of ADDRESS:PORT and PORT; nothing for anything else (a Unix socket, a variable without a value)."""
    found = re.fullmatch(_ADDRESS, text)
    if found is not None:
        yield from at(found["host"] or "", int(found["port"]), protocol, is_go=is_go)


def merged(sockets: Iterable[ListeningSocket]) -> list[ListeningSocket]:
    """Without duplicates; those of a port at all addresses cover the others, and so do 0.0.0.0 and :: together.

    One at :: is one at all addresses, unless it is of IPv6 alone.
    """
    given = set(sockets)
    for each in list(given):
        if each.address == IPV6 and (not each.only_ipv6 or ListeningSocket(each.port, IPV4, each.protocol) in given):
            given.add(ListeningSocket(each.port, "", each.protocol))
    return sorted(
        each for each in given
        if not each.address or ListeningSocket(each.port, "", each.protocol) not in given
    )  # fmt: skip
