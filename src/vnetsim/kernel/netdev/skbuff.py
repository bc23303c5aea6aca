"""The packet in transit (struct sk_buff): a frame, and the facts of its journey that the frame does not carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from vnetsim.wire.ethernet import Frame

if TYPE_CHECKING:
    from vnetsim.errors import Errno
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netfilter.flow_entry import FlowEntry
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.wire.mac import Mac


class Sender(Protocol):
    """Whose frames these are, as long as they have not left this host (sk_wmem_alloc)."""

    @property
    def namespace(self) -> NetworkNamespace: ...
    def holds(self, size: int) -> None:
        """A frame waits in a queue, `size` bytes of data and headers; negative: it has left it."""
        ...


class Redirecting(Protocol):
    """A bridge, as far as a packet is concerned that rules sent to another of its stations."""

    def redirected(self, skb: Skb, mac: Mac) -> None:
        """The address of that station is known."""
        ...


class Skb:
    """One traveller.  It is handed on from hop to hop; who floods it clones it.

    `identity` stays the same through bridges, routers and NAT.  `device` is where it arrived, `port` the bridge
    port it came in by, `mark` the netfilter mark, `connection` its conntrack entry (`direction` and `ctstate` say how
    it belongs to it).  `nf_prerouted`: br_netfilter has shown it to PREROUTING already; `to_host`: a bridge knows its
    destination as an address of this host; `gathered`: bytes of the longest fragment that it was put together from
    here, so that it may be cut again;
    `bound`: the device that its sender is bound to; `rerouted`: its new way, when rules changed where it goes, and
    `refusal`: what its sender hears if there was none;
    `routed`: what this host sends to itself, where it goes is known (skb_valid_dst);
    `gso`: it stands for several segments with so many bytes of data each, which a device cuts that must;
    `has_socket`: a program of this namespace sent it; `arrived`: the device by which an IPv6 packet came in here;
    `redirected_by`: the bridge that it crosses and behind which rules sent it to another station (bridged_dnat);
    `sender`: who wants to know how much of it waits in queues of this host (skb->destructor);
    `flow`: the flow entry that it matched at the last hook;
    `touched`: there is something to `scrub`.
    """

    # What most packets have is on the class: a packet that nobody touches costs few assignments.
    port: Device | None = None
    connection: Any = None
    direction: int = 0
    ctstate: str = ""
    gathered: int = 0
    gso: int = 0
    nf_prerouted: bool = False
    to_host: bool = False
    has_socket: bool = False
    routed: bool = False
    bound: Device | None = None
    rerouted: Any = None
    refusal: Errno | None = None
    arrived: Device | None = None
    sender: Sender | None = None
    flow: FlowEntry | None = None
    redirected_by: Redirecting | None = None

    def __init__(self, frame: Frame, identity: int, device: Device) -> None:
        self.frame = frame
        self.identity = identity
        self.device = device
        # Asked on every hop, and quicker to find here than on the class.
        self.mark = 0
        self.touched = False

    def scrub(self) -> None:
        """Leave what a host knows about the packet behind: it is entering another namespace (skb_scrub_packet)."""
        self.port = self.connection = self.arrived = self.flow = None
        self.mark = self.direction = 0
        self.ctstate = ""
        self.touched = self.gathered = self.nf_prerouted = self.to_host = self.has_socket = False

    def untrack(self) -> None:
        """It has arrived: what is said about it from now on belongs to no connection (nf_reset_ct)."""
        self.connection, self.direction, self.ctstate = None, 0, ""

    def answer(self, other: Skb) -> None:
        """It reports on another packet, and belongs to its connection, confirmed or not (nf_ct_attach)."""
        if other.connection is not None:
            self.connection, self.direction = other.connection, 1 - other.direction
            self.ctstate, self.touched = "RELATED", True

    def clone(self) -> Skb:
        other = Skb(self.frame, self.identity, self.device)
        other.__dict__.update(self.__dict__)
        return other
