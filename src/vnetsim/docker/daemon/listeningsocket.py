"""Where a server listens, as configuration files write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from vnetsim.wire.inet import parse_address

LOOPBACK: Final = "127.0.0.1"
IPV4: Final = "0.0.0.0"
IPV6: Final = "::"
_LAST_PORT: Final = 0xFFFF
#: `8080`, `*:8080`, `127.0.0.1:8080`, `[::1]:8080`; compiled on first use.
_ADDRESS: Final = r"(?:(?P<host>\[[^\]]*\]|[^:\s]*):)?(?P<port>\d{1,5})"


class ListeningSocket(NamedTuple):
    """`address` is "" for all addresses, 0.0.0.0 for those of IPv4 alone; `protocol` is tcp or udp."""

    port: int
    address: str = ""
    protocol: str = "tcp"


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

    One at :: alone takes IPv4 here too.
    """
    given = set(sockets)
    for each in list(given):
        both = {ListeningSocket(each.port, other, each.protocol) for other in (IPV4, IPV6)}
        if both <= given or each.address == IPV6:
            given.add(ListeningSocket(each.port, "", each.protocol))
    return sorted(
        each for each in given
        if not each.address or ListeningSocket(each.port, "", each.protocol) not in given
    )  # fmt: skip
