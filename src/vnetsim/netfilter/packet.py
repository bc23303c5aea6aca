"""What a rule can look at: a packet in transit, as netfilter's hooks see it (struct sk_buff and nf_hook_state)."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable
from random import Random
from typing import Any, Final, Protocol, TypeAlias

import attrs

from vnetsim.values import define
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

IpPacket: TypeAlias = ipv4.Packet | ipv6.Packet


class ConntrackTuple(Protocol):
    """One direction of a connection (struct nf_conntrack_tuple); ports are the identifier for ICMP, 0 for others."""

    @property
    def protocol(self) -> int: ...
    @property
    def source(self) -> Address: ...
    @property
    def destination(self) -> Address: ...
    @property
    def source_port(self) -> int: ...
    @property
    def destination_port(self) -> int: ...


class ConntrackZone(Protocol):
    """struct nf_conntrack_zone"""

    @property
    def id(self) -> int: ...
    def of(self, direction: int, /) -> int: ...


class ConntrackInfo(Protocol):
    """The tracked connection that a packet belongs to (struct nf_conn)."""

    mark: int
    labels: set[int]  #: bits that rules have set
    packets: list[int]  #: of the original and of the reply direction
    bytes: list[int]
    state: Any  #: of TCP
    offload: Any  #: its flow in a flowtable

    @property
    def original(self) -> ConntrackTuple:
        """As its first packet was before any translation."""

    @property
    def reply(self) -> ConntrackTuple:
        """As answers look before they are translated back."""

    @property
    def zone(self) -> ConntrackZone:
        """In which its packets are tracked."""

    @property
    def status(self) -> Container[str]:
        """Names of `--ctstatus` (EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED) and SNAT, DNAT when translated so."""

    @property
    def expires(self) -> int:
        """Seconds until it would be forgotten."""

    def lasts(self, now: int) -> bool:
        """Whether it counts where connections are counted."""


class PacketSets(Protocol):
    """The sets of `ipset`, as rules look packets up in them (netfilter.ipset.ipsets)."""

    def matches(self, name: str, packet: PktInfo, lookup: Any, /) -> bool: ...
    def entry_of(self, name: str, packet: PktInfo, sides: tuple[str, ...], /) -> Any: ...
    def add_packet(
        self, name: str, packet: PktInfo, sides: tuple[str, ...], timeout: int | None = None, /, *, exist: bool
    ) -> None: ...
    def delete_packet(self, name: str, packet: PktInfo, sides: tuple[str, ...], /) -> None: ...


def _no_log(_level: int, _line: str) -> None:
    pass


def _unicast(_address: Address, _device: str) -> str:
    return "UNICAST"


def _no_path(_packet: IpPacket, _device: str) -> None:
    return None


def _no_index(_device: str) -> int:
    return 0


def _no_route(_address: Address, _mark: int, _in_device: str) -> tuple[str, tuple[str, ...]]:
    return "", ()


def _no_socket(_packet: IpPacket, _device: str) -> str:
    return ""


def _no_copy(_packet: IpPacket, _gateway: Address, _device: str, _arrived: bool) -> None:
    pass


def _epoch() -> int:
    return 0


@define
class NetContext:
    """What rules look up besides the packet: in its namespace, and in the machine.

    `address_type(address, device)` is the route type of an address (LOCAL, UNICAST, BROADCAST, MULTICAST, ...), seen
    from `device` or from the whole namespace for "".  `path_mtu(packet, out_device)` is the smaller of the MTUs of its
    route and the reverse route, for `TCPMSS --clamp-mss-to-pmtu`.  `log(level, line)` takes a line of LOG (Linux prints
    it for the first network namespace only).  `now()` is in nanoseconds, `clock()` the time of day in nanoseconds since
    1970; `random` must be there for `-m statistic --mode random`.  `device_index(name)` is 0 for "",
    `route(address, mark, in_device)` the kind of the route to an address ("" without one), in the VRF of `in_device`,
    and the devices that it may lead to, with their VRFs; the first is the one that packets take.  `memory` is
    what rules of a namespace keep in common, by extension and name; `sets` gives the sets of `ipset`.
    `socket(packet, in_device)` is whether a local socket is there for a packet: "address", "wildcard" (bound to no
    address), or "" for none.
    `duplicate(packet, gateway, device, arrived)` sends a copy by the route to a gateway, by `device` if that is not "".
    """

    address_type: Callable[[Address, str], str] = _unicast
    path_mtu: Callable[[IpPacket, str], int | None] = _no_path
    log: Callable[[int, str], None] = _no_log
    now: Callable[[], int] = _epoch
    clock: Callable[[], int] = _epoch
    random: Random | None = None
    device_index: Callable[[str], int] = _no_index
    route: Callable[[Address, int, str], tuple[str, tuple[str, ...]]] = _no_route
    memory: dict[tuple[str, str], Any] = attrs.field(factory=dict)
    sets: Callable[[], PacketSets] | None = None
    socket: Callable[[IpPacket, str], str] = _no_socket
    duplicate: Callable[[IpPacket, Address, str, bool], None] = _no_copy


@define
class PktInfo:
    """A packet at a hook.

    Built by the kernel for each table that is evaluated; rules may change `mark`, `ip` (TTL, TCPMSS, TOS ...),
    `untracked` (NOTRACK), `zone` (CT), `priority` (CLASSIFY) and `connection.mark` (CONNMARK), nothing else.

    `in_device` and `out_device` are "" where the hook has none, `physical_in` and `physical_out` are the bridge ports
    of bridged packets.  `ctstate` is NEW, ESTABLISHED, RELATED, INVALID or UNTRACKED; `is_reply` is the direction.
    `owner` and `group` are those of the local socket, None if there is none.  `packet_type` is unicast, broadcast or
    multicast by the link-layer destination.
    """

    ip: IpPacket
    context: NetContext
    in_device: str = ""
    out_device: str = ""
    mark: int = 0
    connection: ConntrackInfo | None = None
    ctstate: str = "INVALID"
    is_reply: bool = False
    physical_in: str = ""
    physical_out: str = ""
    source_mac: Mac | None = None
    destination_mac: Mac | None = None
    packet_type: str = "unicast"
    owner: int | None = None
    group: int | None = None
    untracked: bool = False
    #: The zone that a rule puts it into before it is tracked: its number, and its directions (1, 2 or both: 3).
    zone: tuple[int, int] | None = None
    #: That a rule has set (skb->priority).
    priority: int | None = None
    #: Whether it is traced (skb->nf_trace).
    traced: bool = False
    #: The flowtable of nft into which a rule puts the connection.
    flowtable: Any = None

    @property
    def path_mtu(self) -> int | None:
        return self.context.path_mtu(self.ip, self.out_device)

    # --- what a frame without a packet has, too -----------------------------------------------------------------------

    @property
    def is_ip(self) -> bool:
        """Whether `ip` is its packet: not of ARP and other frames at the hooks of bridges and devices (nft.frame)."""
        return True

    @property
    def ethertype(self) -> int:
        return 0x0800 if isinstance(self.ip, ipv4.Packet) else 0x86DD

    @property
    def length(self) -> int:
        """Bytes, as counters count them at this hook."""
        return self.ip.length

    # --- what both families have, under one name --------------------------------------------------------------------

    @property
    def protocol(self) -> int:
        """Of the payload."""
        return self.ip.protocol if isinstance(self.ip, ipv4.Packet) else self.ip.next_header

    @property
    def transport(self) -> Tcp | Udp | Icmp | Icmpv6 | None:
        """The payload's header; None if it has none that we know, or in a second or later fragment."""
        payload = self.ip.payload
        if isinstance(payload, bytes):
            return self._first_fragment(payload)
        return payload if isinstance(payload, (Tcp, Udp, Icmp, Icmpv6)) else None

    def _first_fragment(self, data: bytes) -> Tcp | Udp | Icmp | Icmpv6 | None:
        if self.fragment_offset > 0:
            return None
        start = self.ip.start_of_payload(data, len(data))
        return start if isinstance(start, (Tcp, Udp, Icmp, Icmpv6)) else None

    @property
    def fragment_offset(self) -> int:
        """In bytes."""
        if isinstance(self.ip, ipv4.Packet):
            return self.ip.fragment_offset
        return self.ip.fragment.offset if self.ip.fragment is not None else 0

    @property
    def hop_limit(self) -> int:
        """The time to live."""
        return self.ip.ttl if isinstance(self.ip, ipv4.Packet) else self.ip.hop_limit

    @property
    def tos(self) -> int:
        """The type of service, or traffic class: eight bits."""
        return self.ip.tos if isinstance(self.ip, ipv4.Packet) else self.ip.traffic_class


# --- what rules read of a packet --------------------------------------------------------------------------------------

#: Something that a rule's answer depends on.
MatchKey: TypeAlias = Callable[[PktInfo], Hashable]


def meta_key(packet: PktInfo) -> Hashable:
    """Between which devices it goes, and its protocol."""
    return packet.in_device, packet.out_device, packet.protocol


def source(packet: PktInfo) -> Hashable:
    return packet.ip.source


def destination(packet: PktInfo) -> Hashable:
    return packet.ip.destination


def source_port(packet: PktInfo) -> Hashable:
    """None where it has no ports."""
    header = packet.transport
    return header.source_port if isinstance(header, (Tcp, Udp)) else None


def destination_port(packet: PktInfo) -> Hashable:
    """None where it has no ports."""
    header = packet.transport
    return header.destination_port if isinstance(header, (Tcp, Udp)) else None


def ctstate(packet: PktInfo) -> Hashable:
    return packet.ctstate


#: Keys without ports, and those of ports by their names.
_PORTLESS: Final = frozenset({meta_key, source, destination, ctstate})
_PORTS: Final = {source_port: "source_port", destination_port: "destination_port"}


def port_keys(match_keys: Iterable[MatchKey]) -> set[str] | None:
    """The ports among keys that are otherwise devices, addresses, protocol and state; None if there are others.

    A match whose answer is a key says with `of_addresses` that it reads no more than these.
    """
    ports = set()
    for key in match_keys:
        if key in _PORTS:
            ports.add(_PORTS[key])
        elif key not in _PORTLESS and not getattr(getattr(key, "__self__", None), "of_addresses", False):
            return None
    return ports
