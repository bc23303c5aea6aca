"""Rules that redirect port 53 of 127.0.0.11 to the embedded name server (libnetwork/resolver_unix.go of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.libnetwork.iptables import ChainRule, Iptables, destination_is, ports_are, rule_of, source_is
from vnetsim.docker.libnetwork.sandbox_dns import RESOLVER
from vnetsim.netfilter import verdicts
from vnetsim.netfilter.extensions.xt_nat import Dnat, Snat
from vnetsim.netfilter.rules import Jump
from vnetsim.netfilter.verdicts import Ports
from vnetsim.process.network import Network

_OUTPUT: Final = "DOCKER_OUTPUT"
_POSTROUTING: Final = "DOCKER_POSTROUTING"
_DNS: Final = 53
_TO_RESOLVER: Final = destination_is(RESOLVER)
_FROM_RESOLVER: Final = source_is(RESOLVER)
_JUMPS: Final = tuple(
    ChainRule("nat", builtin, rule_of(_TO_RESOLVER, to=Jump(chain)), inserted=True)
    for builtin, chain in (("OUTPUT", _OUTPUT), ("POSTROUTING", _POSTROUTING))
)
_QUERIES: Final = tuple((protocol, ports_are(protocol, destination=_DNS)) for protocol in ("udp", "tcp"))
_BACK: Final = Snat(verdicts.SnatVerdict(ports=Ports(_DNS, _DNS)))


class ResolverRules:
    """The rules of the container's nat table."""

    def add(self, network: Network, udp_port: int, tcp_port: int) -> None:
        tables = Iptables(network, 4)
        for chain, jump in zip((_OUTPUT, _POSTROUTING), _JUMPS, strict=True):
            tables.new_chain("nat", chain)
            tables.add(jump)
        for (protocol, query), port in zip(_QUERIES, (udp_port, tcp_port), strict=True):
            response = ports_are(protocol, source=port)
            there = rule_of(_TO_RESOLVER, query, to=Dnat.to(RESOLVER, port))
            tables.add(
                ChainRule("nat", _OUTPUT, there, inserted=True),
                ChainRule("nat", _POSTROUTING, rule_of(_FROM_RESOLVER, response, to=_BACK), inserted=True),
            )
