"""Rules that redirect port 53 of 127.0.0.11 to the embedded name server (libnetwork/resolver_unix.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.docker.libnetwork.iptables import destination_is, ports_are, rule_of, source_is
from vnetsim.docker.libnetwork.sandbox_dns import RESOLVER
from vnetsim.netfilter import verdicts
from vnetsim.netfilter.extensions.xt_nat import Dnat, Snat
from vnetsim.netfilter.operations import Deferred, InsertRule, IptablesOperation, NewChain
from vnetsim.netfilter.rules import Jump, Rule
from vnetsim.netfilter.verdicts import Ports
from vnetsim.values import frozen

_OUTPUT: Final = "DOCKER_OUTPUT"
_POSTROUTING: Final = "DOCKER_POSTROUTING"
_DNS: Final = 53
_TO_RESOLVER: Final = destination_is(RESOLVER)
_FROM_RESOLVER: Final = source_is(RESOLVER)
_JUMPS: Final = tuple(
    (builtin, chain, rule_of(_TO_RESOLVER, to=Jump(chain)))
    for builtin, chain in (("OUTPUT", _OUTPUT), ("POSTROUTING", _POSTROUTING))
)
_QUERIES: Final = tuple((protocol, ports_are(protocol, destination=_DNS)) for protocol in ("udp", "tcp"))
_BACK: Final = Snat(verdicts.SnatVerdict(ports=Ports(_DNS, _DNS)))


@frozen(kw_only=True)
class ResolverRules(Deferred):
    """The rules of the container's nat table; packets of few containers ever come to them."""

    table: str = "nat"
    udp_port: int
    tcp_port: int

    def operations(self) -> Iterator[IptablesOperation]:
        for builtin, chain, jump in _JUMPS:
            yield NewChain(table="nat", chain=chain)
            yield _inserted(builtin, jump)
        for (protocol, query), port in zip(_QUERIES, (self.udp_port, self.tcp_port), strict=True):
            response = ports_are(protocol, source=port)
            yield _inserted(_OUTPUT, rule_of(_TO_RESOLVER, query, to=Dnat.to(RESOLVER, port)))
            yield _inserted(_POSTROUTING, rule_of(_FROM_RESOLVER, response, to=_BACK))


def _inserted(chain: str, rule: Rule) -> InsertRule:
    return InsertRule(table="nat", chain=chain, rule=rule, counting=True)
