"""Which addresses and ports NAT gives to a connection (nf_nat_core.c, nf_nat_masquerade.c, nf_nat_redirect.c).

The verdict of a nat rule is a range; a tuple of the range is chosen so that no other connection has its reply.
Not modelled: the kernel gives up the search for a free port after some 240 attempts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from vnetsim.netfilter.verdicts import (
    AcceptVerdict,
    Addresses,
    DnatVerdict,
    MasqueradeVerdict,
    NatVerdict,
    NetmapVerdict,
    RedirectVerdict,
    SnatVerdict,
    Verdict,
)
from vnetsim.protocols.conntrack import AlikeConnections, ConnectionTable, FlowTuple, NfConn
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.ipv4 import ICMP, TCP, UDP, Packet
from vnetsim.wire.ipv6 import ICMPV6

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netfilter.ip_ops import NfIpOps
    from vnetsim.netfilter.verdicts import Ports

#: Hooks at which the destination is translated; at the others it is the source.
DESTINATION_HOOKS: Final = frozenset({"PREROUTING", "OUTPUT"})
#: Source ports keep their class (nf_nat_l4proto_unique_tuple): highest of the class, first and last to choose from.
_CLASSES: Final = ((511, 1, 511), (1023, 600, 1023), (65535, 1024, 65535))
#: So many sources of connections that have ended are kept.
_FORGOTTEN_SOURCES: Final = 1024


class Nat:
    """The translations of one namespace and family; `table` has the connections."""

    def __init__(self, namespace: Netns, version: int, table: ConnectionTable, ops: NfIpOps) -> None:
        self.ops = ops
        self._random = namespace.host.random
        self._address: type[IPv4 | IPv6] = IPv4 if version == 4 else IPv6
        self._table = table
        #: Connections whose source was translated, by protocol, source and its port (nf_nat_bysource).
        self._sources: dict[tuple[Any, ...], list[NfConn]] = {}

    def setup(
        self, connection: NfConn, hook: str, verdict: Verdict, in_device: Device | None, out_device: Device | None
    ) -> bool:
        """nf_nat_setup_info: set the translation of a connection by the verdict; False if no tuple is free."""
        connection.status |= {done_status(hook)}
        if isinstance(verdict, AcceptVerdict) and self._may_stay(connection, hook):
            return True
        wanted = connection.reply.inverse()
        chosen: FlowTuple | None = wanted
        if isinstance(verdict, (SnatVerdict, MasqueradeVerdict)):
            chosen = self._source(connection, wanted, verdict, out_device)
        elif isinstance(verdict, (DnatVerdict, RedirectVerdict)):
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
            connection.status |= {"DNAT" if hook in DESTINATION_HOOKS else "SNAT"}
            if hook not in DESTINATION_HOOKS:
                self._note_source(connection)
        return True

    def begin_like(self, like: AlikeConnections, packet: Packet, now: int) -> NfConn | None:
        """A connection as `alike` has them: begun, translated and confirmed at once.

        None if it may come to another translation: the one of its source, or another port.
        """
        payload: Any = packet.payload
        translates = "SNAT" in like.status
        if translates and (packet.protocol, packet.source, payload.source_port) in self._sources:
            return None
        connection = self._table.begin_like(like, packet, now)
        if translates and connection is not None:
            self._note_source(connection)
        return connection

    def _may_stay(self, connection: NfConn, hook: str) -> bool:
        """Whether a flow without a nat rule can keep its tuple."""
        return hook in DESTINATION_HOOKS or not self._table.is_taken(connection.reply, connection)

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
        chosen = FlowTuple(wanted.protocol, address, *wanted[2:])
        return self._unique(connection, chosen, ports, destination=False, random=random)

    def _known_source(
        self, connection: NfConn, wanted: FlowTuple, addresses: Addresses | None, ports: Ports | None
    ) -> FlowTuple | None:
        """find_appropriate_src: its own source, or the translation that the same source already has."""
        if _in_range(wanted, addresses, ports):
            return None if self._table.is_taken(wanted.inverse(), connection) else wanted
        for before in reversed(self._sources.get(_source_key(wanted), ())):
            source = before.reply.inverse()
            known = wanted._replace(source=source.source, source_port=source.source_port)
            if not before.dying and _in_range(known, addresses, ports):
                return None if self._table.is_taken(known.inverse(), connection) else known
        return None

    def _note_source(self, connection: NfConn) -> None:
        if len(self._sources) > 2 * len(self._table) + _FORGOTTEN_SOURCES:
            alive = {key: [one for one in known if not one.dying] for key, known in self._sources.items()}
            self._sources = {key: known for key, known in alive.items() if known}
        self._sources.setdefault(_source_key(connection.original), []).append(connection)

    def _pick(self, addresses: Addresses, wanted: FlowTuple, *, persistent: bool) -> Address:
        """find_best_ips_proto: the address of the range by a hash of both ends, or (persistent) of the client."""
        if addresses.first == addresses.last:
            return addresses.first
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
            start = self._random.randrange(size)
        for offset in range(size):
            candidate = _with_port(wanted, field, first + (start + offset) % size)
            if not self._table.is_taken(candidate.inverse(), connection):
                return candidate
        # Its client gets another port later.
        return candidate if destination else None

    def _keeps_port(self, connection: NfConn, wanted: FlowTuple, ports: Ports | None, *, destination: bool) -> bool:
        if ports is not None:
            port = getattr(wanted, _port_field(wanted, destination=destination))
            if ports.base is not None or not ports.first <= port <= ports.last:
                return False
            if ports.first == ports.last:
                return True
        return not self._table.is_taken(wanted.inverse(), connection)

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


def alike(connection: NfConn, verdicts: Iterable[Verdict]) -> AlikeConnections | None:
    """What these verdicts make of all connections with the same ends whose clients can keep their ports.

    None if that is not certain: if chance, or the port of the client, decides.
    """
    original, reply = connection.original, connection.reply
    if reply.destination_port != original.source_port or not all(map(_keeps_client_port, verdicts)):
        return None
    return AlikeConnections(reply.source, reply.source_port, reply.destination, connection.status)


def _keeps_client_port(verdict: Verdict) -> bool:
    if isinstance(verdict, AcceptVerdict):
        return True
    if not isinstance(verdict, NatVerdict) or verdict.random or verdict.random_fully:
        return False
    if isinstance(verdict, (DnatVerdict, RedirectVerdict)):
        return not chooses_port(verdict)
    addresses, ports = verdict.addresses, verdict.ports
    # The other address of a range may be in use by the same client.
    return ports is None and (addresses is None or addresses.first == addresses.last)


def chooses_port(verdict: Verdict) -> bool:
    """Whether the port of a destination is one of several."""
    ports = verdict.ports if isinstance(verdict, (DnatVerdict, RedirectVerdict)) else None
    return ports is not None and ports.first != ports.last


def done_status(hook: str) -> str:
    """The status bit of a connection whose NAT was set up at the hook (IPS_DST_NAT_DONE, IPS_SRC_NAT_DONE)."""
    return "DNAT_DONE" if hook in DESTINATION_HOOKS else "SNAT_DONE"


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


def _mapped(wanted: FlowTuple, verdict: NetmapVerdict, hook: str) -> FlowTuple:
    if hook in DESTINATION_HOOKS:
        return wanted._replace(destination=_in_network(wanted.destination, verdict))
    return wanted._replace(source=_in_network(wanted.source, verdict))


def _in_network(address: Address, verdict: NetmapVerdict) -> Address:
    """The address with the bits of the mask as the verdict has them."""
    return type(address)(address ^ (address ^ verdict.address) & verdict.mask)
