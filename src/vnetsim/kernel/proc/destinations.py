"""In which order the addresses of a name are tried (RFC 6724, 6, as glibc's getaddrinfo(3) follows it).

    sorted_destinations(namespace, addresses) -> list[Address]        # the best first, each once

Not modelled: gai.conf, home and deprecated addresses, encapsulated routes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from vnetsim.errors import KernelError
from vnetsim.kernel.ipv6.source import GLOBAL, LINK_LOCAL, common_bits, scope_of
from vnetsim.kernel.transport.af_inet6 import mapped
from vnetsim.wire.inet import Address, IPv4, IPv6, Prefix

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace

#: glibc's default policy: label and precedence by prefix, longest first.
_POLICY: Final = tuple(
    (Prefix(IPv6.parse(address), length), label, precedence)
    for address, length, label, precedence in (
        ("::1", 128, 0, 50), ("::ffff:0:0", 96, 4, 10), ("::", 96, 3, 20), ("2001::", 32, 7, 40),
        ("2002::", 16, 2, 30), ("fec0::", 10, 5, 40), ("fc00::", 7, 6, 40), ("::", 0, 1, 40),
    )
)  # fmt: skip
_LINK_LOCAL4: Final = Prefix.parse("169.254.0.0/16")


def sorted_destinations(namespace: NetworkNamespace, addresses: Iterable[Address]) -> list[Address]:
    unique = [address for _, address in dict.fromkeys((address.version, address) for address in addresses)]
    if len(unique) < 2:
        return unique
    return sorted(unique, key=lambda address: _rank(namespace, address))


def _rank(namespace: NetworkNamespace, address: Address) -> tuple[int, ...]:
    """The rules, in order; less is better.  What comes equal stays as it came."""
    source = _source(namespace, address)
    label, precedence = _policy(address)
    scope = _scope(address)
    if source is None:
        return (1, 0, 0, -precedence, scope, 0)
    shared = common_bits(source, address) if isinstance(source, IPv6) and isinstance(address, IPv6) else 0
    return (0, int(_scope(source) != scope), int(_policy(source)[0] != label), -precedence, scope, -shared)


def _source(namespace: NetworkNamespace, address: Address) -> Address | None:
    """The address that this host would send with; None without a route."""
    try:
        if isinstance(address, IPv4):
            return namespace.ip.routes.route_output(address).source
        return namespace.ip6.routes.route_output(address).source
    except KernelError:
        return None


def _policy(address: Address) -> tuple[int, int]:
    six = mapped(address, 6) if isinstance(address, IPv4) else address
    return next((label, precedence) for prefix, label, precedence in _POLICY if six in prefix)


def _scope(address: Address) -> int:
    if isinstance(address, IPv6):
        return scope_of(address)
    return LINK_LOCAL if address.is_loopback or address in _LINK_LOCAL4 else GLOBAL
