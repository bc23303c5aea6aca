"""The chains of nft at the hooks of bridges, devices and ARP (net/netfilter/nft_chain_filter.c, core.c).

Where connections are tracked for rules of bridges, see net/bridge/netfilter/nf_conntrack_bridge.c.  A chain of devices
belongs to names: a device that comes, or gets another name, has the chains of its name.

Not modelled: fragments of bridged packets with tags where connections are tracked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, NotModelled
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.bridge_reject import answer_to
from vnetsim.netfilter.nft.do_chain import evaluate
from vnetsim.netfilter.nft.frame import NO_PACKET, FramePkt, packet_of
from vnetsim.netfilter.nft.ruleset import rank
from vnetsim.netfilter.nft.tables import NftFlowtable
from vnetsim.netfilter.verdicts import AcceptVerdict, RejectVerdict, StolenVerdict
from vnetsim.trace import Filtered
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, Frame
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netfilter.flowtable import FlowHooks
    from vnetsim.kernel.netfilter.hooks import Hooks
    from vnetsim.netfilter.nft.ruleset import NftRuleset
    from vnetsim.netfilter.nft.tables import NftChain, NftTable
    from vnetsim.netfilter.outcome import TableOutcome

#: The priority at which the packets of bridges are tracked (NF_IP_PRI_CONNTRACK).
_TRACKING: Final = -200


class FrameChains:
    """Those of one namespace, and the walk of frames through them; `families` are its hooks of IPv4 and IPv6."""

    def __init__(self, namespace: Netns, families: Mapping[int, Hooks]) -> None:
        self._namespace, self._families = namespace, families
        self._native: NftRuleset | None = None
        #: Base chains by family and hook, and by hook and device.
        self._chains: dict[tuple[str, str], list[tuple[NftTable, NftChain | NftFlowtable]]] = {}
        self._flows: FlowHooks | None = None
        self._tracks = False
        #: Of packets in fragments: the length of the longest one so far.
        self._longest: dict[tuple[Address, Address, int], int] = {}

    def rebuild(self, native: NftRuleset) -> None:
        """The tables have changed."""
        namespace = self._namespace
        self._chains = native.frame_chains()
        self._tracks = native.tracks_frames()
        flowtables = {one.registered for table in native.tables.values() for one in table.flowtables.values()}
        if flowtables or self._flows is not None:
            self._keep_flows(flowtables)
        namespace.arp_hook = self.arp if any(family == "arp" for family, _ in self._chains) else None
        for device in namespace.devices():
            self.attach(device)

    def _keep_flows(self, flowtables: set[int]) -> None:
        if self._flows is None:
            from vnetsim.kernel.netfilter.flowtable import FlowHooks  # noqa: PLC0415 -- most networks have none

            self._flows = FlowHooks(self._namespace)
            for hooks in self._families.values():
                hooks.offload = self._flows.add
        self._flows.keep(flowtables)

    def device_down(self, device: Device) -> None:
        if self._flows is not None:
            self._flows.device_down(device)

    @property
    def bridged(self) -> bool:
        """Whether there is something to do for frames of bridges."""
        return self._tracks or any(family == "bridge" for family, _ in self._chains)

    def attach(self, device: Device) -> None:
        """The chains of the device's name."""
        device.set_nf_ingress(partial(self.ingress, device) if ("ingress", device.name) in self._chains else None)
        device.set_nf_egress(partial(self.egress, device) if ("egress", device.name) in self._chains else None)

    # --- the hooks --------------------------------------------------------------------------------------------------

    def ingress(self, device: Device, skb: Skb) -> bool:
        """nf_ingress: a frame that filters of tc have let pass."""
        return bool(self._walk(skb, "ingress", ("ingress", device.name), device, None))

    def egress(self, device: Device, skb: Skb) -> Errno | None:
        """nf_hook_egress, before the filters of tc; then the frame leaves."""
        skb.path = skb.dst = None
        outcome = self._walk(skb, "egress", ("egress", device.name), None, device)
        if outcome:
            return type(device).transmit(device, skb)
        return None if outcome is None else Errno.ENOBUFS

    def arp(self, skb: Skb, device: Device, direction: str) -> bool:
        """NF_ARP_IN and NF_ARP_OUT."""
        out = direction == "output"
        return bool(self._walk(skb, direction, ("arp", direction), None if out else device, device if out else None))

    def bridge(self, hook: str, skb: Skb, bridge: Device, ingress: Device | None, egress: Device | None) -> bool:
        """The hooks of a bridge; connections are tracked before, and confirmed behind them."""
        skb.path = None
        chains = self._chains.get(("bridge", hook.lower()), [])
        early = [pair for pair in chains if rank(pair[1])[0] < _TRACKING]
        tracking = self._tracks and hook == "PREROUTING"
        if tracking and not self._run(early, skb, hook, ingress, egress, bridge):
            return False
        if tracking and not self._track(skb):
            return False
        if not self._run(chains[len(early) :] if tracking else chains, skb, hook, ingress, egress, bridge):
            return False
        return not self._tracks or self._end(hook, skb, bridge, ingress or egress or bridge)

    # --- connections of bridged packets -----------------------------------------------------------------------------

    def _track(self, skb: Skb) -> bool:
        """nf_ct_bridge_pre: as if the frame had no tag; False while fragments are missing."""
        packet = packet_of(skb.frame)
        if packet is NO_PACKET:
            return True
        if (fragment := _fragment_id(packet)) is not None and not self._defrag(skb, packet, fragment):
            return False
        packet, frame = packet_of(skb.frame), skb.frame
        skb.frame = Frame(frame.destination, frame.source, frame.ethertype, packet, frame.length)
        self._families[packet.source.version].connections.track(skb)
        skb.frame = frame
        return True

    def _defrag(self, skb: Skb, packet: ipv4.Packet | ipv6.Packet, number: int) -> bool:
        """br_ip_frag: what was in pieces leaves in pieces that are as long."""
        if packet is not skb.frame.payload:
            raise NotModelled("nft: tracking connections of bridged fragments with tags")
        key = packet.source, packet.destination, number
        self._longest[key] = max(self._longest.get(key, 0), packet.length)
        if not self._families[packet.source.version].defrag(skb):
            return False
        skb.frag_max_size = self._longest.pop(key)
        return True

    def _refrag(self, skb: Skb, packet: ipv4.Packet | ipv6.Packet, device: Device) -> None:
        """nf_ct_bridge_refrag"""
        namespace: Any = self._namespace
        if isinstance(packet, ipv4.Packet):
            pieces: list[Any] = packet.fragments(skb.frag_max_size)
        else:
            pieces = packet.fragments(skb.frag_max_size, namespace.ip6.next_identification())
        frame = skb.frame
        for piece in pieces:
            part = skb.clone()
            part.frame = Frame(frame.destination, frame.source, frame.ethertype, piece, HEADER_LENGTH + piece.length)
            device.transmit(part)

    def _end(self, hook: str, skb: Skb, bridge: Device, device: Device) -> bool:
        """nf_ct_bridge_in, nf_ct_bridge_post."""
        packet = packet_of(skb.frame)
        if packet is NO_PACKET or skb.connection is None:
            return True
        if hook == "INPUT" and skb.frame.destination != bridge.mac:
            skb.untrack()
        if hook != "POSTROUTING":
            return True
        if self._families[packet.source.version].connections.confirm(skb):
            if not skb.frag_max_size or packet is not skb.frame.payload:
                return True
            self._refrag(skb, packet, device)
            return False
        self._namespace.drop(skb, device, DropReason.NETFILTER_DROP, "clashing connection")
        return False

    # --- the walk ---------------------------------------------------------------------------------------------------

    def _walk(
        self, skb: Skb, hook: str, key: tuple[str, str], ingress: Device | None, egress: Device | None
    ) -> bool | None:
        """False if the frame was dropped, None if it went elsewhere."""
        return self._run(self._chains.get(key, []), skb, hook, ingress, egress, None)

    def _run(
        self, chains: list[tuple[NftTable, NftChain | NftFlowtable]], skb: Skb, hook: str, ingress: Device | None,
        egress: Device | None, bridge: Device | None,
    ) -> bool | None:  # fmt: skip
        for table, chain in chains:
            if isinstance(chain, NftFlowtable):
                if self._fast(table, chain, skb, ingress):
                    return None
                continue
            packet = self._packet(skb, table, hook, ingress, egress, bridge)
            if table.family == "inet" and not packet.is_ip:
                continue
            packet.traced = skb.nf_trace is not None
            outcome = evaluate(table, chain, packet)
            if packet.traced or skb.nf_trace is not None:
                self._families[4].note_trace(skb, hook, table, outcome.trail, packet)
            self._trace(skb, hook, f"{table} {chain.name}", outcome, ingress or egress)
            if isinstance(outcome.verdict, StolenVerdict):
                return None
            if not isinstance(outcome.verdict, AcceptVerdict):
                self._refuse(skb, outcome, hook, ingress, egress)
                return False
            self._take_over(skb, packet)
        return True

    def _fast(self, table: NftTable, flowtable: NftFlowtable, skb: Skb, device: Device | None) -> bool:
        packet = skb.frame.payload
        if device is None or self._flows is None or not isinstance(packet, (ipv4.Packet, ipv6.Packet)):
            return False
        version = packet.source.version
        return table.family in ("inet", "ip" if version == 4 else "ip6") and self._flows.forward(
            self._families[version], skb, flowtable, device
        )

    def _packet(
        self, skb: Skb, table: NftTable, hook: str, ingress: Device | None, egress: Device | None,
        bridge: Device | None,
    ) -> FramePkt:  # fmt: skip
        packet = packet_of(skb.frame)
        version = 6 if packet is not NO_PACKET and packet.source.version == 6 else 4
        leaves = bridge is None and egress is not None
        found = FramePkt(
            packet,
            self._families[version].surroundings(),
            "" if ingress is None else ingress.name,
            "" if egress is None else egress.name,
            skb.mark,
            skb.connection,
            skb.ctstate or "INVALID",
            bool(skb.direction),
            frame=skb.frame,
            headed=leaves,
            link=not (leaves and table.family == "arp"),
            link_device=egress.name if egress is not None and leaves else "",
        )
        found.source_mac, found.destination_mac = skb.frame.source, skb.frame.destination
        found.packet_type = _packet_type(skb.frame, hook, ingress, bridge)
        if bridge is not None:
            found.in_bridge = "" if ingress is None else bridge.name
            found.out_bridge = "" if egress is None else bridge.name
        found.emit = partial(self._emit, skb)
        return found

    def _take_over(self, skb: Skb, packet: FramePkt) -> None:
        """What rules have changed."""
        if packet.mark != skb.mark:
            skb.mark, skb.dirty = packet.mark, True
        if packet.priority is not None:
            skb.priority, skb.dirty = packet.priority, True
        if packet.untracked and not skb.ctstate:
            skb.ctstate, skb.dirty = "UNTRACKED", True
        skb.frame = packet.result()

    def _emit(self, skb: Skb, frame: Frame, index: int) -> None:
        """nf_fwd_netdev_egress, nf_dup_netdev_egress: nothing happens where there is no such device."""
        device = self._namespace.by_index.get(index)
        if device is None:
            return
        copy = skb.clone()
        copy.frame = frame
        device.transmit(copy)

    # --- the end of a frame -----------------------------------------------------------------------------------------

    def _refuse(
        self, skb: Skb, outcome: TableOutcome, hook: str, ingress: Device | None, egress: Device | None
    ) -> None:
        namespace = self._namespace
        why = "" if namespace.host.tracer is None else outcome.rule_text or f"policy of {hook}"
        rejected = isinstance(outcome.verdict, RejectVerdict)
        reason = DropReason.NETFILTER_REJECT if rejected else DropReason.NETFILTER_DROP
        namespace.drop(skb, ingress or egress, reason, why)
        if isinstance(outcome.verdict, RejectVerdict) and ingress is not None:
            self._answer(skb, outcome.verdict.kind, ingress)

    def _answer(self, skb: Skb, kind: str, ingress: Device) -> None:
        """nft_reject_bridge_eval: the answer leaves by the port where the packet came in, as a frame of this host."""
        port: Any = br_port_get(ingress)
        frame = answer_to(skb.frame, kind)
        if port is None or frame is None:
            return
        namespace = self._namespace
        answer = ingress.new_skb(frame)
        if namespace.host.tracer is not None:
            namespace.made(answer, about=skb.identity)
        port.bridge.send_by(answer, port)

    def _trace(self, skb: Skb, hook: str, table: str, outcome: TableOutcome, device: Device | None) -> None:
        namespace = self._namespace
        tracer = namespace.host.tracer
        if tracer is not None:
            tracer(
                Filtered(
                    at=namespace.host.engine.now(), namespace=namespace.label,
                    device="" if device is None else device.name, packet=skb.identity, hook=hook.upper(), table=table,
                    verdict=str(outcome.verdict), hits=outcome.hits, by_policy=outcome.by_policy,
                )
            )  # fmt: skip


def _fragment_id(packet: ipv4.Packet | ipv6.Packet) -> int | None:
    """The identification of a fragment."""
    if isinstance(packet, ipv4.Packet):
        return packet.identification if packet.is_fragment else None
    return None if packet.fragment is None else packet.fragment.identification


def _packet_type(frame: Frame, hook: str, ingress: Device | None, bridge: Device | None) -> str:
    """skb->pkt_type: what leaves this host is its own, whatever its address."""
    if ingress is None and not (hook == "POSTROUTING" and bridge is not None):
        return "host"
    if frame.destination >> 40 & 1:
        return "broadcast" if frame.destination == 0xFFFF_FFFF_FFFF else "multicast"
    own = [device.mac for device in (ingress, bridge) if device is not None]
    return "host" if frame.destination in own else "other"
