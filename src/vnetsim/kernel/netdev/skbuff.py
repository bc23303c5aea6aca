"""struct sk_buff: a frame in transit, and what the kernel knows about it that the frame does not carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from vnetsim.wire.ethernet import Frame

if TYPE_CHECKING:
    from vnetsim.errors import Errno
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.wire.mac import Mac


class SkbSock(Protocol):
    """The socket of a packet, as long as it is on the sending host (sk_wmem_alloc)."""

    @property
    def namespace(self) -> object: ...
    def holds(self, size: int) -> None:
        """A frame of `size` bytes of data and headers waits in a queue; negative: it has left it."""


class BridgedDnat(Protocol):
    """The bridge of a packet that DNAT sent to another station on its link (br_netfilter)."""

    def redirected(self, skb: Skb, mac: Mac) -> None:
        """The link-layer address of that station is known."""


class Skb:
    """A packet in transit.  It is passed on from hop to hop; flooding clones it.

    `identity` stays the same through bridges, routers and NAT.  `device` is where it arrived, `port` the bridge port it
    came in by, `mark` the netfilter mark, `priority` the class that a rule or filter has chosen, `connection` its
    conntrack entry (`direction` and `ctstate` are its state in
    it).  `nf_prerouted`: br_netfilter has run PREROUTING; `is_host`: a bridge
    knows its destination as an address of this host (pkt_type PACKET_HOST); `is_other`: it was another's
    (PACKET_OTHERHOST) where it arrived, and a filter has moved it since; `frag_max_size`: bytes of the longest
    fragment that it was reassembled from, so that it may be fragmented again; `bound`: the device that its socket is
    bound to; `rerouted`: its new route after a rule changed it, `refusal`: the error if there was none; `dst_valid`:
    its route is known because this host sends to itself (skb_valid_dst); `gso`: it is segmented later, with so
    many bytes of data each; `has_socket`: a program of this namespace sent it; `iif`: the device by which an IPv6
    packet came in (skb->skb_iif); `bridged_dnat`: see BridgedDnat; `sender`: its socket; `dirty`: `scrub` has something
    to do; `dst`: the route by which it leaves; `previous`: the FlowHop that it came from; `path`: what its walk
    through this host has come to, if that is recorded (FlowPath); `redirected`: the device at which a filter
    redirected it, `from_ingress` whether it had arrived there; `skip_classify`: no more filters there.
    """

    # The usual values are on the class, so that a packet that no rule changes costs few assignments.
    port: Device | None = None
    connection: Any = None
    mark: int = 0
    priority: int | None = None
    dirty: bool = False
    direction: int = 0
    ctstate: str = ""
    #: The zone that a rule puts it into before it is tracked: its number, and its directions.
    zone: tuple[int, int] | None = None
    frag_max_size: int = 0
    gso: int = 0
    nf_prerouted: bool = False
    is_host: bool = False
    is_other: bool = False
    has_socket: bool = False
    dst_valid: bool = False
    bound: Device | None = None
    rerouted: Any = None
    refusal: Errno | None = None
    iif: Device | None = None
    sender: SkbSock | None = None
    dst: Any = None
    previous: Any = None
    path: Any = None
    bridged_dnat: BridgedDnat | None = None
    redirected: Device | None = None
    from_ingress: bool = False
    skip_classify: bool = False
    #: Of a packet that is traced, the device by which it came in ("": by none).
    nf_trace: str | None = None

    def __init__(self, frame: Frame, identity: int, device: Device) -> None:
        self.frame = frame
        self.identity = identity
        self.device = device

    def scrub(self) -> None:
        """skb_scrub_packet: forget what belongs to the namespace that the packet leaves."""
        self.port = self.connection = self.iif = None
        self.mark = self.direction = 0
        self.ctstate = ""
        self.priority = self.zone = self.nf_trace = None
        self.dirty = self.frag_max_size = self.nf_prerouted = self.is_host = self.is_other = self.has_socket = False

    def untrack(self) -> None:
        """nf_reset_ct: it has arrived, so what reports on it belongs to no connection."""
        self.connection, self.direction, self.ctstate = None, 0, ""

    def attach(self, other: Skb) -> None:
        """nf_ct_attach: it reports on another packet and is related to its connection, confirmed or not."""
        if other.connection is not None:
            self.connection, self.direction = other.connection, 1 - other.direction
            self.ctstate, self.dirty = "RELATED", True

    def clone(self) -> Skb:
        other = Skb.__new__(Skb)
        other.__dict__.update(self.__dict__)
        other.dst = other.path = None
        return other
