"""A router whose connections a test begins one after the other, packet by packet."""

from __future__ import annotations

import attrs

from tests.machines import pair
from vnetsim import Lab
from vnetsim.kernel.ipv4.netfilter import NfIpv4
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.conntrack import Connections
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.verdicts import ACCEPT, Verdict
from vnetsim.protocols.conntrack import FlowTuple
from vnetsim.wire import ipv4
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.mac import Mac

NOBODY = Mac(0)


def verdict(target: str) -> Verdict:
    """What the nat table says, of `-j TARGET`; ACCEPT where no rule fits."""
    found = parse_rule(f"-p udp -j {target}").target if target else None
    answer = ACCEPT if found is None else found.act(None)  # type: ignore[arg-type]  # it looks at no packet
    assert answer is not None
    return answer


@attrs.define
class Router:
    """Connections of the namespace a, whose eth0 has 10.0.0.1, and the flows that were confirmed."""

    lab: Lab = attrs.field(factory=pair)
    connections: Connections = attrs.field(init=False)
    device: Device = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        namespace = self.lab.network("a").namespace
        self.connections = Connections(namespace, 4, NfIpv4(namespace.ip, namespace.icmp))
        self.device = namespace.device("eth0")

    def track(self, packet: ipv4.Packet) -> Skb:
        skb = Skb(Frame.build(NOBODY, NOBODY, IPV4, packet), 1, self.device)
        self.connections.track(skb)
        assert skb.ctstate == "NEW"
        return skb

    def begin(self, packet: ipv4.Packet, *, to: str = "", come_from: str = "") -> FlowTuple | None:
        """The answers that are expected of a new connection; None where no port was free."""
        skb = self.track(packet)
        bound = self.connections.bind(skb, "PREROUTING", verdict(to), self.device, None)
        if not bound or not self.connections.bind(skb, "POSTROUTING", verdict(come_from), None, self.device):
            return None
        assert self.connections.confirm(skb)
        answers: FlowTuple = skb.connection.reply
        return answers
