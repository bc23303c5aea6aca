"""The rules of ebtables at the hooks of bridges (net/bridge/netfilter, nf_tables of the family bridge)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.dropreason import DropReason
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.netfilter.ebtables.frame import FrameInfo, unlogged
from vnetsim.netfilter.ebtables.rules import DROP
from vnetsim.netfilter.ebtables.tables import HOOKS, EbOutcome, EbTables
from vnetsim.netfilter.operations import BridgeRuleOperation
from vnetsim.trace import Filtered
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns


class EbtablesHooks:
    """The tables of one namespace, and the walk of frames through them."""

    def __init__(self, namespace: Netns) -> None:
        self._namespace = namespace
        self.tables = EbTables()

    def execute(self, operation: BridgeRuleOperation) -> None:
        """EbtablesRefusal as ebtables says it."""
        self.tables.apply(operation)

    def run(self, hook: str, skb: Skb, bridge: Device, ingress: Device | None, egress: Device | None) -> bool:
        """Walk the tables of a hook; False if the frame ended here.  It may leave with other addresses or a mark."""
        namespace = self._namespace
        skb.path = None
        for table in HOOKS[hook]:
            frame = FrameInfo(
                skb.frame,
                "" if ingress is None else ingress.name,
                "" if egress is None else egress.name,
                "" if ingress is None else bridge.name,
                "" if egress is None else bridge.name,
                skb.mark,
                namespace.host.engine.now(),
                skb.frame.destination == bridge.mac,
                namespace.host.printk if namespace.logs_packets else unlogged,
            )
            outcome = self.tables.walk(table, hook, frame, lambda mac: self._reply(skb, ingress, mac), bridge.mac)
            self._trace(skb, table, hook, outcome, ingress or egress or bridge)
            if outcome.verdict == DROP:
                text = (
                    f"policy of ebtables {table} {hook}"
                    if outcome.by_policy
                    else f"ebtables {table} {outcome.hits[-1]}"
                )
                namespace.drop(skb, ingress or egress or bridge, DropReason.NETFILTER_DROP, text)
                return False
            if frame.mark != skb.mark:
                skb.mark, skb.dirty = frame.mark, True
            skb.frame = frame.frame
        return True

    def _reply(self, skb: Skb, ingress: Device | None, mac: Mac) -> None:
        """arp_send of ebt_arpreply.c: the answer goes out where the question came in."""
        question = skb.frame.payload
        if ingress is None or not isinstance(question, Arp):
            return
        host = self._namespace.host
        host.packets += 1
        frame = Frame.build(question.sender_mac, mac, ARP, question.answer(mac))
        answer = Skb(frame, host.packets, ingress)
        if host.tracer is not None:
            self._namespace.made(answer, about=skb.identity)
        ingress.transmit(answer)

    def _trace(self, skb: Skb, table: str, hook: str, outcome: EbOutcome, device: Device) -> None:
        namespace = self._namespace
        tracer = namespace.host.tracer
        if tracer is not None and (outcome.hits or outcome.verdict == DROP):
            tracer(
                Filtered(
                    at=namespace.host.engine.now(), namespace=namespace.label, device=device.name, packet=skb.identity,
                    hook=hook, table=f"ebtables {table}", verdict=outcome.verdict, hits=outcome.hits,
                    by_policy=outcome.by_policy,
                )
            )  # fmt: skip
