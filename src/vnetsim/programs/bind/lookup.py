"""Lookups, servers and answers (dig_lookup_t of dighost.h of BIND 9.18 and 9.20)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.process import Context
from vnetsim.values import define, frozen
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage
from vnetsim.wire.inet import parse_address

#: Bytes of a UDP answer that BIND's tools take (RFC 9715).
UDP_SIZE: Final = 1232
#: How the tools name themselves, by the distribution that runs them.
VERSIONS: Final = {"bookworm": "9.18.49-1~deb12u3-Debian", "forky": "9.20.30-1-Debian"}


def version(context: Context) -> str:
    return VERSIONS[context.release]


def is_newer(context: Context) -> bool:
    """BIND 9.20, not 9.18."""
    return context.release != "bookworm"


@frozen
class DigServer:
    """An address, and the name that the user gave it."""

    address: str
    argument: str


@define(kw_only=True)
class DigLookup:
    """One name to look up; what is shown of it is dig's business.

    `edns` is the EDNS version (None: no OPT record), `tries` how often one server is queried.  `origin` is the index of
    the search domain in use; `need_search` and `done_as_is` are the state of the search.
    """

    name: str = "."
    type: int = dns.A
    type_set: bool = False
    cls: int = dns.IN
    cls_set: bool = False
    servers: list[DigServer] = attrs.field(factory=list)
    tries: int = 3
    tcp: bool = False
    tcp_set: bool = False
    identification: int | None = None
    opcode: int = dns.QUERY
    recurse: bool = True
    authoritative: bool = False
    authentic: bool = False
    checking_disabled: bool = False
    available: bool = False
    truncated: bool = False
    edns: int | None = None
    udp_size: int | None = None
    dnssec: bool = False
    cookie: bool = False
    header_only: bool = False
    servfail_stops: bool = True
    best_effort: bool = True
    ignore_truncation: bool = False
    new_search: bool = False
    origin: int | None = None
    need_search: bool = False
    done_as_is: bool = False
    # What dig shows.
    banner: str = ""
    comments: bool = True
    stats: bool = True
    question: bool = True
    answer: bool = True
    authority: bool = True
    additional: bool = True
    identify: bool = False
    microseconds: bool = False
    query: bool = False
    multiline: bool = False
    ttl: bool = True
    ttl_units: bool = False
    cls_shown: bool = True

    def clone(self) -> DigLookup:
        """Another lookup of the same kind, with servers of its own."""
        return attrs.evolve(self, servers=list(self.servers), new_search=False)


@frozen(kw_only=True)
class DigAnswer:
    """A message that is to be shown: an answer, or the query before it is sent (`is_query`)."""

    lookup: DigLookup
    message: DnsMessage
    size: int
    server: DigServer
    port: int
    sent: int
    received: int
    is_query: bool = False

    @property
    def socket(self) -> str:
        """The server as BIND writes a socket's address."""
        return f"{self.server.address}#{self.port}"


def reverse_name(text: str, *, strict: bool) -> str | None:
    """`2.0.18.172.in-addr.arpa.` for an address; not `strict`, the labels of any text are reversed."""
    try:
        address = parse_address(text)
    except ValueError:
        return None if strict else ".".join(reversed(text.split("."))) + ".in-addr.arpa."
    return dns.reverse_name(address)
