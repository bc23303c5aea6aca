"""The neighbour table of one namespace and family: its timer and its actions (net/core/neighbour.c).

The states are in protocols.neighbour_entry.  kernel.ipv4.arp and kernel.ipv6.ndisc send solicitations, report failures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from vnetsim.clock import MILLISECOND, SECOND, DeadlineTimer
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import transmit_segments
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.protocols import neighbour_entry
from vnetsim.protocols.neighbour import NeighbourTable, truesize
from vnetsim.protocols.neighbour_entry import VALID, DropWhy, NeighbourDrop, NeighbourFail, NeighbourSend, Parameters
from vnetsim.trace import Waiting
from vnetsim.values import made_on_first_use
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns

Entry: TypeAlias = neighbour_entry.Neighbour[Skb]
Action: TypeAlias = neighbour_entry.Action[Skb]
Solicit: TypeAlias = neighbour_entry.Solicit[Skb]

#: A jiffy of USER_HZ, in which some sysctls count.
CENTISECOND: Final = 10 * MILLISECOND


def neigh_output(skb: Skb, packet: ipv4.Packet | ipv6.Packet, device: Device, mac: Mac) -> Errno | None:
    """neigh_resolve_output: put the next hop's link-layer address in front, and send."""
    skb.frame = Frame(mac, device.mac, skb.frame.ethertype, packet, 14 + packet.length)
    if skb.gso and not device.segmentation:
        return transmit_segments(skb, packet, device)
    return device.transmit(skb)


class Neighbours:
    """A neighbour table at work (struct neigh_table); `family` is ipv4 or ipv6, as the sysctls call it.

    `error_report` gets the packets whose next hop did not answer (neigh_ops->error_report).
    """

    def __init__(self, namespace: Netns, family: str) -> None:
        self.namespace = namespace
        self._family = family
        self.entries: dict[tuple[int, Address], Entry] = {}
        #: Proxy entries: the index of the device and the address.
        self.proxies: dict[tuple[int, Address], None] = {}
        self.error_report: Callable[[Skb], None] | None = None

    @made_on_first_use
    def table(self) -> NeighbourTable[Skb]:
        return NeighbourTable(self._parameters, self.namespace.host.random, _size, self.entries)

    @made_on_first_use
    def _timer(self) -> DeadlineTimer:
        return DeadlineTimer(self._expired)

    def _parameters(self, index: int) -> Parameters:
        device = self.namespace.by_index.get(index)
        if device is None:
            return Parameters()
        values = self.namespace.sysctls.neigh(self._family, device.name)
        return Parameters(
            base_reachable=values["base_reachable_time_ms"] * MILLISECOND,
            retransmit=values["retrans_time_ms"] * MILLISECOND,
            delay_first_probe=values["delay_first_probe_time"] * SECOND,
            mcast_solicit=values["mcast_solicit"],
            ucast_solicit=values["ucast_solicit"],
            mcast_resolicit=values["mcast_resolicit"],
            locktime=values["locktime"] * CENTISECOND,
            queue_bytes=values["unres_qlen_bytes"],
        )

    def entry(self, device: Device, hop: Address) -> Entry | None:
        return self.entries.get((device.index, hop))

    def knows(self, device: Device, hop: Address) -> bool:
        """Whether the entry of `hop` is valid; if not, it is solicited."""
        entry = self.entry(device, hop)
        if entry is not None and entry.state in VALID:
            return True
        self.carry_out(self.table.event_send(device.index, hop, self.namespace.host.engine.now()))
        return False

    def resolve(self, skb: Skb, device: Device, hop: Address) -> Errno | None:
        """neigh_resolve_output: send the packet now, or queue it until the address of `hop` is known."""
        skb.path = None
        tracer = self.namespace.host.tracer
        if tracer is not None:
            known = self.entries.get((device.index, hop))
            if known is None or known.mac is None:
                tracer(Waiting(at=self.namespace.host.engine.now(), namespace=self.namespace.label,
                               device=device.name, packet=skb.identity, hop=str(hop)))  # fmt: skip
        if skb.sender is not None and skb.sender.namespace is self.namespace:
            skb.sender.holds(skb.frame.length)
        return self.carry_out(self.table.resolve(device.index, hop, skb, self.namespace.host.engine.now()))

    def carry_out(self, actions: Iterable[Action]) -> Errno | None:
        """Perform the table's actions and set its timer; the error of a device for a packet that was sent."""
        failed = None
        for action in actions:
            failed = self._perform(action) or failed
        self._timer.set(self.table.deadline, self.namespace.host.engine)
        return failed

    def _expired(self) -> None:
        self.carry_out(self.table.expire(self.namespace.host.engine.now()))

    def _perform(self, action: Action) -> Errno | None:
        namespace = self.namespace
        if isinstance(action, neighbour_entry.Solicit):
            self._solicit(action)
            return None
        sender = action.packet.sender
        if sender is not None and sender.namespace is namespace:
            sender.holds(-action.packet.frame.length)
        if isinstance(action, NeighbourSend):
            device = namespace.by_index.get(action.index)
            if device is not None:
                return _resolved(action.packet, device, action.mac)
        elif isinstance(action, NeighbourFail):
            self.namespace.drop(action.packet, action.packet.device, DropReason.NEIGH_FAILED)
            if self.error_report is not None and action.packet.bridged_dnat is None:
                self.error_report(action.packet)
        elif isinstance(action, NeighbourDrop):
            full = action.why is DropWhy.QUEUE_FULL
            reason = DropReason.NEIGH_QUEUEFULL if full else DropReason.NEIGH_FAILED
            namespace.drop(action.packet, action.packet.device, reason)
        return None

    def _solicit(self, solicit: Solicit) -> None:
        """neigh_ops->solicit."""
        raise NotImplementedError

    # --- events -------------------------------------------------------------------------------------------------

    def carrier_lost(self, device: Device) -> None:
        """Flush all entries except permanent ones."""
        if self.entries:
            self.carry_out(self.table.flush(device.index, keep_permanent=True))

    def device_down(self, device: Device) -> None:
        """The device went down, was removed or changed its address: flush all its entries."""
        if self.entries:
            self.carry_out(self.table.flush(device.index))


def _resolved(skb: Skb, device: Device, mac: Mac) -> Errno | None:
    """The next hop's address is known: the packet that waited for it leaves."""
    if skb.bridged_dnat is not None:
        skb.bridged_dnat.redirected(skb, mac)
        return None
    packet = skb.frame.payload
    assert isinstance(packet, (ipv4.Packet, ipv6.Packet))
    return neigh_output(skb, packet, device, mac)


def _size(skb: Skb) -> int:
    return truesize(skb.frame.length)
