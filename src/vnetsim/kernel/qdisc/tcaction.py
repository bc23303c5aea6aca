"""Actions of filters (net/sched/act_api.c, act_gact.c, act_mirred.c, act_police.c, act_skbedit.c, act_vlan.c).

Not modelled: actions that several filters share, `goto chain`, random verdicts, limits in packets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from vnetsim.dropreason import DropReason
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.netdev.gso import count
from vnetsim.kernel.qdisc.rate import Rate
from vnetsim.operations.tcfilter import Action, Mirred, Police, Skbedit, VlanTag
from vnetsim.values import define
from vnetsim.wire.ethernet import ARP, Frame, Tagged

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb

#: What ends a list of actions.
PASS: Final = "pass"
DROP: Final = "drop"
STOLEN: Final = "stolen"
#: Dropped without being counted by the action.
LOST: Final = "lost"
_EVERY_BIT: Final = 0xFFFF_FFFF
#: MIRRED_NEST_LIMIT
_MOST_REDIRECTIONS: Final = 4


class Where(Protocol):
    """Where filters stand: at a device, for what arrives or for what leaves."""

    device: Device
    ingress: bool


@define
class TcAction:
    """One action of a filter with its counters (struct tc_action); `index` is its number among those of its kind."""

    spec: Action
    index: int
    installed: int
    bytes: int = 0
    packets: int = 0
    drops: int = 0
    overlimits: int = 0
    first_used: int = 0
    last_used: int = 0
    #: Of police: its tokens in nanoseconds, and when they were counted.
    tokens: int = 0
    checked: int = 0
    #: Of mirred: where packets go.
    target: Device | None = None

    def run(self, skb: Skb, where: Where, length: int) -> str:
        """tcf_action_exec for one: the verdict; `length` is what it counts of the packet."""
        spec = self.spec
        if isinstance(spec, Mirred) and where.device.namespace.host.redirections >= _MOST_REDIRECTIONS:
            self.overlimits += 1
            return LOST
        now = where.device.engine.now()
        self.first_used = self.first_used or now
        self.last_used = now
        self.bytes += length
        self.packets += count(skb)
        if isinstance(spec, Mirred):
            return self._mirror(spec, skb, where)
        verdict = self._police(spec, length, now) if isinstance(spec, Police) else spec.verdict
        if isinstance(spec, Skbedit | VlanTag):
            _edit(spec, skb)
        self.drops += verdict == DROP
        return verdict

    def _police(self, spec: Police, length: int, now: int) -> str:
        """tcf_police_act"""
        rate = Rate(spec.rate)
        tokens = min(self.tokens + now - self.checked, spec.burst) - rate.nanoseconds(length)
        if length <= spec.mtu and tokens >= 0:
            self.tokens, self.checked = tokens, now
            return spec.conform
        self.overlimits += 1
        return spec.verdict

    def _mirror(self, spec: Mirred, skb: Skb, where: Where) -> str:
        """tcf_mirred_act: to a device that is down the packet gets lost; so it does, unnoticed, to one that is gone."""
        target, here = self.target, where.device
        if target is None or not target.registered:
            self.overlimits += 1
            if spec.redirect:
                reason = DropReason.TC_INGRESS if where.ingress else DropReason.TC_EGRESS
                here.namespace.drop(skb, here, reason, "mirred: its device is gone")
            return spec.verdict
        if not target.up:
            self.overlimits += 1
            return LOST if spec.redirect else spec.verdict
        copy = skb if spec.redirect else skb.clone()
        copy.path = copy.dst = copy.previous = None
        copy.redirected, copy.from_ingress = here, where.ingress
        here.namespace.host.redirections += 1
        try:
            taken = _forward(spec, target, copy, at_ingress=where.ingress)
        finally:
            here.namespace.host.redirections -= 1
        self.overlimits += not taken
        return spec.verdict


def _forward(spec: Mirred, target: Device, skb: Skb, *, at_ingress: bool) -> bool:
    """tcf_mirred_forward: False if the receiving device's protocol drops it, as it is another host's."""
    if not spec.ingress:
        target.transmit(skb)
        return True
    _decide(skb, at_ingress=at_ingress)
    if at_ingress:
        refused = skb.is_other and target.rx_handler_data is None and skb.frame.ethertype != ARP
        target.accept(skb)
        return not refused
    if not target.queue(target.accept, skb):
        target.namespace.drop(skb, target, DropReason.CPU_BACKLOG)
    return True


def _decide(skb: Skb, *, at_ingress: bool) -> None:
    """skb->pkt_type, of which mirred changes nothing: the first device that received a frame decided whose it is.

    What this host sends is its own; what a bridge forwards to one station is another's.
    """
    to_one = not skb.frame.destination >> 40 & 1
    if at_ingress:
        own = skb.is_host or (skb.frame.destination == skb.device.mac and not skb.is_other)
    else:
        own = skb.is_host or br_port_get(skb.device) is None
    skb.is_host, skb.is_other, skb.dirty = own, to_one and not own, True


def _edit(spec: Skbedit | VlanTag, skb: Skb) -> None:
    if isinstance(spec, VlanTag):
        skb.frame = _tagged(spec, skb.frame)
        return
    skb.priority = skb.priority if spec.priority is None else spec.priority
    if spec.mark is not None:
        mask = _EVERY_BIT if spec.mask is None else spec.mask
        skb.mark = skb.mark & ~mask | spec.mark & mask
    skb.dirty = True


def _tagged(spec: VlanTag, frame: Frame) -> Frame:
    """tcf_vlan_act: a frame without a tag is neither changed by pop nor by modify."""
    inner = frame.payload
    if spec.what == "push":
        tag = Tagged.build(spec.vlan, spec.priority or 0, frame.ethertype, inner)
        return Frame.build(frame.destination, frame.source, spec.protocol, tag)
    if not isinstance(inner, Tagged):
        return frame
    if spec.what == "pop":
        return Frame.build(frame.destination, frame.source, inner.ethertype, inner.payload)
    priority = inner.priority if spec.priority is None else spec.priority
    tag = Tagged.build(spec.vlan, priority, inner.ethertype, inner.payload)
    return Frame.build(frame.destination, frame.source, spec.protocol, tag)
