"""What is to be asked, of whom, and how it is to be told (dighost.h of BIND 9.18 and 9.20)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.process import Context
from vnetsim.wire import dns
from vnetsim.wire.dns import Message, Opcode
from vnetsim.wire.inet import IPv4, parse_address

#: Bytes of a UDP answer that BIND's tools take (RFC 9715).
UDP_SIZE: Final = 1232
#: How the tools name themselves, by the distribution that runs them.
VERSIONS: Final = {"bookworm": "9.18.49-1~deb12u3-Debian", "forky": "9.20.30-1-Debian"}


def version(context: Context) -> str:
    return VERSIONS[context.release]


def is_newer(context: Context) -> bool:
    """BIND 9.20, not 9.18."""
    return context.release != "bookworm"


@attrs.frozen
class DigServer:
    """An address, and the name that the user gave it."""

    address: str
    argument: str


@attrs.define(kw_only=True)
class DigLookup:
    """One name to look up; what is shown of it is dig's business.

    `edns` is the EDNS version (None: no OPT record), `tries` how often one server is asked.  `origin` is the index of
    the search domain in use; `need_search` and `done_as_is` tell how far the search has come.
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
    opcode: Opcode = Opcode.QUERY
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


@attrs.frozen(kw_only=True)
class DigAnswer:
    """A message that is to be shown: an answer, or the query before it is sent (`is_query`)."""

    lookup: DigLookup
    message: Message
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
    """`2.0.18.172.in-addr.arpa.` for an address; not `strict`, the parts of anything with dots are turned round."""
    try:
        address = parse_address(text)
    except ValueError:
        return None if strict else ".".join(reversed(text.split("."))) + ".in-addr.arpa."
    if isinstance(address, IPv4):
        return ".".join(reversed(text.split("."))) + ".in-addr.arpa."
    return ".".join(reversed(f"{address:032x}")) + ".ip6.arpa."


#: Query types of `-t` that dns.TYPES does not name.
_OTHER_TYPES: Final = {
    "MD": 3, "MF": 4, "MB": 7, "MG": 8, "MR": 9, "NULL": 10, "WKS": 11, "MINFO": 14, "RP": 17, "AFSDB": 18, "X25": 19,
    "ISDN": 20, "RT": 21, "NSAP": 22, "NSAP-PTR": 23, "SIG": 24, "KEY": 25, "PX": 26, "GPOS": 27, "NXT": 30, "EID": 31,
    "NIMLOC": 32, "ATMA": 34, "KX": 36, "CERT": 37, "A6": 38, "SINK": 40, "APL": 42, "IPSECKEY": 45, "DHCID": 49,
    "NSEC3PARAM": 51, "SMIMEA": 53, "HIP": 55, "CDS": 59, "CDNSKEY": 60, "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63,
    "TKEY": 249, "TSIG": 250, "IXFR": 251, "MAILB": 253, "MAILA": 254, "URI": 256,
}  # fmt: skip
_CLASSES: Final = {
    "IN": dns.IN, "CH": dns.CHAOS, "CHAOS": dns.CHAOS, "HS": 4, "HESIOD": 4, "NONE": 254, "ANY": 255, "RESERVED0": 0,
}  # fmt: skip


def parse_type(text: str) -> int | None:
    """dns_rdatatype_fromtext(): in any case, `TYPE65` included."""
    word = text.upper()
    return dns.TYPES.get(word) or _OTHER_TYPES.get(word) or _numbered(word, "TYPE")


def parse_class(text: str) -> int | None:
    word = text.upper()
    return _CLASSES.get(word, _numbered(word, "CLASS"))


def _numbered(word: str, prefix: str) -> int | None:
    digits = word.removeprefix(prefix)
    if digits == word or not (digits.isascii() and is_digits(digits)) or int(digits) > 0xFFFF:
        return None
    return int(digits)
