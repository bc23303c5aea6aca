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


class ResolverRules:
    """The rules of the container's nat table."""

    def add(self, network: Network, udp_port: int, tcp_port: int) -> None:
        tables = Iptables(network, 4)
        for builtin, chain in (("OUTPUT", _OUTPUT), ("POSTROUTING", _POSTROUTING)):
            tables.new_chain("nat", chain)
            tables.add(ChainRule("nat", builtin, rule_of(destination_is(RESOLVER), to=Jump(chain)), inserted=True))
        back = Snat(verdicts.SnatVerdict(ports=Ports(_DNS, _DNS)))
        for protocol, port in (("udp", udp_port), ("tcp", tcp_port)):
            query = ports_are(protocol, destination=_DNS)
            response = ports_are(protocol, source=port)
            there = rule_of(destination_is(RESOLVER), query, to=Dnat.to(RESOLVER, port))
            tables.add(
                ChainRule("nat", _OUTPUT, there, inserted=True),
                ChainRule("nat", _POSTROUTING, rule_of(source_is(RESOLVER), response, to=back), inserted=True),
            )
