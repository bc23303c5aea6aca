"""Connection tracking and NAT at the hooks of one namespace (net/netfilter/nf_conntrack_core.c, nf_nat_core.c).

A packet is tracked in PREROUTING or OUTPUT, the nat rules are asked once for each end of a new connection, every packet
is translated as its connection says, and a connection counts once its first packet got out (POSTROUTING) or in (INPUT).

Not modelled: the kernel gives up the search for a free port after some 240 attempts, and drops closed TCP connections
early when the table is full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.nat_proto import Rewrite, translate_error
from vnetsim.netfilter.verdicts import (
    AcceptVerdict,
    Addresses,
    DnatVerdict,
    MasqueradeVerdict,
    NetmapVerdict,
    RedirectVerdict,
    SnatVerdict,
    Verdict,
)
from vnetsim.protocols.conntrack import ConnectionTable, FlowTuple, NfConn, Packet, is_untracked
from vnetsim.wire import icmp, ipv4
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.ipv4 import ICMP, TCP, UDP
from vnetsim.wire.ipv6 import ICMPV6

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netfilter.ip_ops import NfIpOps
    from vnetsim.netfilter.verdicts import NatVerdict, Ports

#: Hooks at which the destination is translated; at the others it is the source.
DESTINATION_HOOKS: Final = frozenset({"PREROUTING", "OUTPUT"})
#: Source ports keep their class (nf_nat_l4proto_unique_tuple): highest of the class, first and last to choose from.
_CLASSES: Final = ((511, 1, 511), (1023, 600, 1023), (65535, 1024, 65535))
#: So many sources of connections that have ended are kept.
_FORGOTTEN_SOURCES: Final = 1024


def is_translated(connection: NfConn | None) -> bool:
    """Whether packets of it change (IPS_NAT_MASK)."""
    return connection is not None and ("SNAT" in connection.status or "DNAT" in connection.status)


class Misleading(Exception):
    """A packet that a translated connection drops (nf_nat_icmp_reply_translation)."""


class Connections:
    """Connection tracking and NAT of one namespace and family."""

    ops: NfIpOps

    def __init__(self, namespace: Netns, version: int) -> None:
        self._namespace = namespace
        self._softirq = namespace.host.engine.softirq
        self._address: type[IPv4 | IPv6] = IPv4 if version == 4 else IPv6
        self._timeouts: dict[str, int] = {}
        #: Connections whose source was translated, by protocol, source and its port (nf_nat_bysource).
        self._sources: dict[tuple[Any, ...], list[NfConn]] = {}
        self.table = ConnectionTable(self._timeout)

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
        tracked = self.table.track(packet, self._now())
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
        return _done(hook) not in connection.status

    def bind(self, skb: Skb, hook: str, verdict: Verdict, in_device: Device | None, out_device: Device | None) -> bool:
        """nf_nat_setup_info: set the translation of a connection by the verdict; False if no tuple is free."""
        connection: NfConn = skb.connection
        connection.status.add(_done(hook))
        if isinstance(verdict, AcceptVerdict) and self._may_stay(connection, hook):
            return True
        wanted = connection.reply.inverse()
        chosen: FlowTuple | None = wanted
        if isinstance(verdict, SnatVerdict | MasqueradeVerdict):
            chosen = self._source(connection, wanted, verdict, out_device)
        elif isinstance(verdict, DnatVerdict | RedirectVerdict):
            chosen = self._destination(connection, wanted, verdict, in_device)
        elif isinstance(verdict, NetmapVerdict):
            mapped = _mapped(wanted, verdict, hook)
            chosen = self._unique(connection, mapped, None, destination=hook in DESTINATION_HOOKS)
        else:
            chosen = self._unique(connection, wanted, None, destination=False)
        if chosen is None:
            return False
        if chosen != wanted:
            connection.reply = chosen.inverse()
            connection.status.add("DNAT" if hook in DESTINATION_HOOKS else "SNAT")
            if hook not in DESTINATION_HOOKS:
                self._note_source(connection)
        return True

    def _may_stay(self, connection: NfConn, hook: str) -> bool:
        """Whether a flow without a nat rule can keep its tuple."""
        return hook in DESTINATION_HOOKS or not self.table.is_taken(connection.reply, connection)

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
        found = self.table.find(connection.original, self._now())
        if found is None or found[0].reply != connection.reply or connection.original.protocol in (ICMP, ICMPV6):
            return False
        skb.connection, skb.direction = found
        return True

    # --- choosing -----------------------------------------------------------------------------------------------------

    def _source(
        self, connection: NfConn, wanted: FlowTuple, verdict: NatVerdict, out: Device | None
    ) -> FlowTuple | None:
        addresses = verdict.addresses
        if isinstance(verdict, MasqueradeVerdict):
            assert out is not None
            own = self.ops.masquerade_address(out, wanted.destination)
            if own is None:
                return None
            addresses = Addresses(own, own)
        ports, random = verdict.ports, verdict.random or verdict.random_fully
        if not random and (known := self._known_source(connection, wanted, addresses, ports)) is not None:
            return known
        address = wanted.source if addresses is None else self._pick(addresses, wanted, persistent=verdict.persistent)
        chosen = wanted._replace(source=address)
        return self._unique(connection, chosen, ports, destination=False, random=random)

    def _known_source(
        self, connection: NfConn, wanted: FlowTuple, addresses: Addresses | None, ports: Ports | None
    ) -> FlowTuple | None:
        """find_appropriate_src: its own source, or the translation that the same source already has."""
        if _in_range(wanted, addresses, ports):
            return None if self.table.is_taken(wanted.inverse(), connection) else wanted
        for before in reversed(self._sources.get(_source_key(wanted), ())):
            source = before.reply.inverse()
            known = wanted._replace(source=source.source, source_port=source.source_port)
            if not before.dying and _in_range(known, addresses, ports):
                return None if self.table.is_taken(known.inverse(), connection) else known
        return None

    def _note_source(self, connection: NfConn) -> None:
        if len(self._sources) > 2 * len(self.table) + _FORGOTTEN_SOURCES:
            alive = {key: [one for one in known if not one.dying] for key, known in self._sources.items()}
            self._sources = {key: known for key, known in alive.items() if known}
        self._sources.setdefault(_source_key(connection.original), []).append(connection)

    def _pick(self, addresses: Addresses, wanted: FlowTuple, *, persistent: bool) -> Address:
        """find_best_ips_proto: the address of the range by a hash of both ends, or (persistent) of the client."""
        first, space = int(addresses.first), 1 << addresses.first.bits
        ends = int(wanted.source) ^ (0 if persistent else int(wanted.destination))
        size = (int(addresses.last) - first + 1) % space
        # A range that ends before it begins wraps around; an empty one is its first address.
        offset = (ends * 0x9E3779B1 & 0xFFFFFFFF) % size if size else 0
        return self._address((first + offset) % space)

    def _unique(
        self, connection: NfConn, wanted: FlowTuple, ports: Ports | None, *, destination: bool, random: bool = False
    ) -> FlowTuple | None:
        """get_unique_tuple: the port (or identifier) stays if it is allowed and the reply tuple is not taken."""
        if not random and self._keeps_port(connection, wanted, ports, destination=destination):
            return wanted
        choice = _ports_to_choose_from(wanted, ports, destination=destination)
        if choice is None:
            return wanted
        field, first, size = choice
        start = 0
        if ports is not None and ports.base is not None:
            start = (getattr(wanted, field) - ports.base) & 0xFFFF
        elif random or not destination:
            start = self._namespace.host.random.randrange(size)
        for offset in range(size):
            candidate = _with_port(wanted, field, first + (start + offset) % size)
            if not self.table.is_taken(candidate.inverse(), connection):
                return candidate
        return None

    def _keeps_port(self, connection: NfConn, wanted: FlowTuple, ports: Ports | None, *, destination: bool) -> bool:
        if ports is not None:
            port = getattr(wanted, _port_field(wanted, destination=destination))
            if ports.base is not None or not ports.first <= port <= ports.last:
                return False
            if ports.first == ports.last:
                return True
        return not self.table.is_taken(wanted.inverse(), connection)

    def _destination(
        self, connection: NfConn, wanted: FlowTuple, verdict: NatVerdict, device: Device | None
    ) -> FlowTuple | None:
        address: Address | None
        if isinstance(verdict, RedirectVerdict):
            address = self.ops.redirect_address(device)
        elif verdict.addresses is None:
            address = wanted.destination
        else:
            address = self._pick(verdict.addresses, wanted, persistent=verdict.persistent)
        if address is None:
            return None
        chosen, random = wanted._replace(destination=address), verdict.random or verdict.random_fully
        return self._unique(connection, chosen, verdict.ports, destination=True, random=random)


def _source_key(flow: FlowTuple) -> tuple[Any, ...]:
    return flow.protocol, flow.source, flow.source_port


def _in_range(flow: FlowTuple, addresses: Addresses | None, ports: Ports | None) -> bool:
    """Whether its source is what a translation may give (nf_in_range)."""
    if addresses is not None and not addresses.first <= flow.source <= addresses.last:
        return False
    return ports is None or ports.first <= flow.source_port <= ports.last


def _port_field(flow: FlowTuple, *, destination: bool) -> str:
    """An identifier is the same in both directions."""
    return "destination_port" if destination and flow.protocol in (TCP, UDP) else "source_port"


def _with_port(flow: FlowTuple, field: str, port: int) -> FlowTuple:
    return flow._replace(source_port=port) if field == "source_port" else flow._replace(destination_port=port)


def _ports_to_choose_from(flow: FlowTuple, ports: Ports | None, *, destination: bool) -> tuple[str, int, int] | None:
    """The field, its first value and how many there are (nf_nat_l4proto_unique_tuple); None if it cannot change."""
    if flow.protocol not in (TCP, UDP, ICMP, ICMPV6):
        return None
    field = _port_field(flow, destination=destination)
    if ports is not None:
        return field, ports.first, ports.last - ports.first + 1
    if flow.protocol in (ICMP, ICMPV6):
        return field, 0, 0x10000
    if destination:
        return None
    first, last = next((low, high) for top, low, high in _CLASSES if flow.source_port <= top)
    return field, first, last - first + 1


def _done(hook: str) -> str:
    return "DNAT_DONE" if hook in DESTINATION_HOOKS else "SNAT_DONE"


def _mapped(wanted: FlowTuple, verdict: NetmapVerdict, hook: str) -> FlowTuple:
    if hook in DESTINATION_HOOKS:
        return wanted._replace(destination=_in_network(wanted.destination, verdict))
    return wanted._replace(source=_in_network(wanted.source, verdict))


def _in_network(address: Address, verdict: NetmapVerdict) -> Address:
    """The address with the bits of the mask as the verdict has them."""
    return type(address)(address ^ (address ^ verdict.address) & verdict.mask)
