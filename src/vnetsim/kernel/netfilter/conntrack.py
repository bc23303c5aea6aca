"""Connection tracking and NAT at the hooks of one namespace (net/netfilter/nf_conntrack_core.c).

A packet is tracked in PREROUTING or OUTPUT, the nat rules are evaluated once for each end of a new connection, every
packet is translated by its connection, and a connection is confirmed when its first packet leaves POSTROUTING or INPUT.

Not modelled: closed TCP connections are not dropped early when the table is full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.nat_core import DESTINATION_HOOKS, Nat, done_status
from vnetsim.kernel.netfilter.nat_proto import Rewrite, translate_error
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.protocols.conntrack import DEFAULT_ZONE, ConnectionTable, NfConn, Packet, Zone, is_untracked
from vnetsim.wire import icmp, ipv4
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.ipv4 import ICMP
from vnetsim.wire.ipv6 import ICMPV6

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netfilter.ip_ops import NfIpOps


def is_translated(connection: NfConn | None) -> bool:
    """Whether packets of it change (IPS_NAT_MASK)."""
    return connection is not None and ("SNAT" in connection.status or "DNAT" in connection.status)


class Misleading(Exception):
    """A packet that a translated connection drops (nf_nat_icmp_reply_translation)."""


class Connections:
    """Connection tracking and NAT of one namespace and family."""

    def __init__(self, namespace: Netns, version: int, ops: NfIpOps) -> None:
        self._namespace = namespace
        self._softirq = namespace.host.engine.softirq
        self._timeouts: dict[str, int] = {}
        self.table = ConnectionTable(self._timeout)
        self.nat = Nat(namespace, version, self.table, ops)

    def sysctls_changed(self) -> None:
        """A sysctl was written: cached timeouts are stale."""
        self._timeouts.clear()

    def _timeout(self, name: str) -> int:
        seconds = self._timeouts.get(name)
        if seconds is None:
            seconds = self._timeouts[name] = self._namespace.sysctls.number(f"net/netfilter/nf_conntrack_{name}")
        return seconds

    def _now(self) -> int:
        return self._softirq.instant

    def count(self) -> int:
        self.table.expire(self._now())
        return len(self.table)

    # --- the walk ---------------------------------------------------------------------------------------------------

    def track(self, skb: Skb) -> None:
        """nf_conntrack_in: find the connection of a packet; one that came over lo has it already."""
        if skb.connection is not None or skb.ctstate == "UNTRACKED":
            return
        skb.dirty = True
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        if is_untracked(packet):
            skb.ctstate = "UNTRACKED"
            return
        zone = DEFAULT_ZONE if skb.zone is None else Zone(*skb.zone)
        tracked = self.table.track(packet, self._now(), zone)
        if tracked is None:
            skb.ctstate = "INVALID"
        else:
            skb.connection, skb.direction, skb.ctstate = tracked.connection, tracked.direction, tracked.state

    def ordinary(self, skb: Skb) -> tuple[NfConn | None, int]:
        """The connection and direction of an untracked packet, if it does not change the connection's state."""
        packet = skb.frame.payload
        if skb.ctstate or not isinstance(packet, ipv4.Packet) or packet.more_fragments or packet.fragment_offset:
            return None, 0
        return self.table.ordinary(packet, self._softirq.instant)

    def go_on(self, skb: Skb, connection: NfConn, direction: int) -> None:
        """Track a packet that `ordinary` found a connection for."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        self.table.go_on(connection, direction, packet.length, self._softirq.instant)
        skb.connection, skb.direction, skb.ctstate, skb.dirty = connection, direction, "ESTABLISHED", True

    def translation(self, connection: NfConn, direction: int, hook: str) -> Rewrite | None:
        """The rewrite of `translate` for packets of a direction other than ICMP errors; None if there is none."""
        destination = hook in DESTINATION_HOOKS
        if ("DNAT" if destination != bool(direction) else "SNAT") not in connection.status:
            return None
        return Rewrite(connection.flow(1 - direction).inverse(), destination=destination)

    def wants_rules(self, skb: Skb, hook: str) -> bool:
        """Whether the nat rules apply: to the first packet of a connection, once for each end."""
        connection = skb.connection
        if connection is None or "CONFIRMED" in connection.status or skb.ctstate != "NEW":
            return False
        return done_status(hook) not in connection.status

    def bind(self, skb: Skb, hook: str, verdict: Verdict, in_device: Device | None, out_device: Device | None) -> bool:
        """Set up NAT for the packet's connection; False if no tuple is free."""
        return self.nat.setup(skb.connection, hook, verdict, in_device, out_device)

    def translate(self, skb: Skb, hook: str) -> Packet | None:
        """nf_nat_packet: the translated packet, or None if it does not change.

        Misleading for a redirect, which would make its receiver bypass the translation.
        """
        connection: NfConn | None = skb.connection
        if connection is None or not is_translated(connection):
            return None
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        payload = packet.payload
        if isinstance(payload, (Icmp, Icmpv6)) and payload.is_error:
            if isinstance(payload, Icmp) and payload.type == icmp.REDIRECT:
                raise Misleading
            destination = hook in DESTINATION_HOOKS
            return translate_error(packet, payload, connection, skb.direction, destination=destination)
        rewrite = self.translation(connection, skb.direction, hook)
        return None if rewrite is None else rewrite.apply(packet)

    def confirm(self, skb: Skb) -> bool:
        """nf_conntrack_confirm: the packet leaves the host or reaches it, so its connection enters the table.

        If another packet of the flow was confirmed first, with the same translation, this one joins its connection
        (nf_ct_resolve_clash), unless it is ICMP.
        """
        connection: NfConn | None = skb.connection
        if connection is None or skb.ctstate == "RELATED" or self.table.confirm(connection, self._now()):
            return True
        found = self.table.find(connection.original, self._now(), connection.zone)
        if found is None or found[0].reply != connection.reply or connection.original.protocol in (ICMP, ICMPV6):
            return False
        skb.connection, skb.direction = found
        return True
