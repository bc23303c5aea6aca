"""IPv6, as far as a LAN sees it from an IPv4 host (net/ipv6/addrconf.c, ndisc.c, mcast.c).

Modelled: link-local addresses, duplicate address detection, the frames that a host sends by itself when a link comes
up (multicast listener reports, neighbour and router solicitations), ::1 on lo, disable_ipv6.  Not modelled yet:
sending, receiving, forwarding and routing of IPv6 packets; privacy and stable addresses; router advertisements.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND
from vnetsim.errors import NotModelled
from vnetsim.kernel import connected
from vnetsim.kernel.buffer import Skb
from vnetsim.kernel.devices.device import Device
from vnetsim.kernel.ifaddr import Ifa6
from vnetsim.protocols.neighbour import NeighbourTable, Parameters
from vnetsim.trace import Reason
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.icmpv6 import HOP_LIMIT, PROTOCOL, ROUTER_ALERT, TO_EXCLUDE, GroupRecord, Icmpv6
from vnetsim.wire.inet import ANY6, LOOPBACK6, IPv6
from vnetsim.wire.ipv6 import Packet
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.namespace import NetworkNamespace
    from vnetsim.operations import ChangeNeighbour, DeleteNeighbour

_ALL_ROUTERS: Final = IPv6.parse("ff02::2")
_ALL_MLDV2_ROUTERS: Final = IPv6.parse("ff02::16")
_SOLICITED_NODE: Final = IPv6.parse("ff02::1:ff00:0")
_LINK_LOCAL: Final = IPv6.parse("fe80::")
_MINIMUM_MTU: Final = 1280
_NONCE: Final = 14
#: IFAPROT_KERNEL_LO and IFAPROT_KERNEL_LL of linux/if_addr.h.
PROTOCOL_LO: Final = 1
PROTOCOL_LL: Final = 3
_SCOPE_LINK: Final = 253
_SCOPE_HOST: Final = 254


class Ip6:
    """The IPv6 protocol of one namespace."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self.namespace = namespace
        host = namespace.host
        self.neighbours: NeighbourTable[Skb] = NeighbourTable(
            lambda _index: Parameters(locktime=0), host.random, lambda skb: skb.frame.length
        )
        # Delays of this noise have a source of their own, so that they disturb no other draw.
        self._random = random.Random(f"neighbour discovery {host.seed} {len(host.namespaces)}")

    def forget_routes(self) -> None:
        """No IPv6 route is cached yet."""

    def receive(self, skb: Skb) -> None:
        """ipv6_rcv: groups are listened to without a word, the rest has nobody to go to yet."""
        packet = skb.frame.payload
        if isinstance(packet, Packet) and packet.destination.is_multicast:
            self.namespace.ip.delivered(skb, "IPv6 groups")
        else:
            self.namespace.drop(skb, skb.device, Reason.UNKNOWN_PROTOCOL, "IPv6")

    def change_neighbour(self, _device: Device, _request: ChangeNeighbour) -> None:
        raise NotModelled("IPv6 neighbours")

    def delete_neighbour(self, _device: Device, _request: DeleteNeighbour) -> None:
        raise NotModelled("IPv6 neighbours")

    # --- addresses by themselves ----------------------------------------------------------------------------------

    def device_ready(self, device: Device) -> None:
        """addrconf_notify: the device is up and has a carrier."""
        if device.conf6["disable_ipv6"] or device.mtu < _MINIMUM_MTU:
            return
        if device.link_type == "loopback":
            if not device.addresses6:
                device.addresses6.append(Ifa6(LOOPBACK6, 128, _SCOPE_HOST, protocol=PROTOCOL_LO))
        elif device.link_type == "ether" and device.addrgenmode == "eui64":
            self._add_link_local(device)
        inet = self.namespace.inet
        connected.device_ready6(inet.fib6, inet.devices6, device.index)

    def device_down(self, device: Device) -> None:
        """addrconf_ifdown: nothing stays, as keep_addr_on_down is off."""
        device.addresses6.clear()
        self.namespace.inet.fib6.device_down(device.index, force=True)

    def disabled_changed(self, device: Device) -> None:
        if device.conf6["disable_ipv6"]:
            self.device_down(device)
        elif device.running:
            self.device_ready(device)

    def _add_link_local(self, device: Device) -> None:
        address = link_local(device.mac)
        if any(ifa.address == address for ifa in device.addresses6):
            return
        self._begin(device, Ifa6(address, 64, _SCOPE_LINK, protocol=PROTOCOL_LL))

    def add_address(self, device: Device, ifa: Ifa6) -> None:
        """inet6_addr_add: the newest global address is listed first."""
        self._begin(device, ifa)

    def delete_address(self, device: Device, ifa: Ifa6) -> None:
        device.addresses6.remove(ifa)
        inet = self.namespace.inet
        connected.address_deleted6(inet.fib6, inet.devices6, ifa.entry(device, self.namespace.host.engine.now()))

    def _begin(self, device: Device, ifa: Ifa6) -> None:
        """An address appears; it is tentative until nobody has claimed it (addrconf_dad_begin)."""
        position = 0 if ifa.scope == 0 else len(device.addresses6)
        device.addresses6.insert(position, ifa)
        inet = self.namespace.inet
        connected.address_added6(inet.fib6, inet.devices6, ifa.entry(device, self.namespace.host.engine.now()))
        checks = device.conf6["accept_dad"] or self.namespace.sysctls.conf6["all"]["accept_dad"]
        ifa.tentative = bool(checks) and not ifa.nodad and device.link_type == "ether"
        if not ifa.tentative or not device.running:
            return
        engine = self.namespace.host.engine
        delay = max(1, device.conf6["router_solicitation_delay"]) * SECOND
        engine.after(self._random.randrange(delay), self._report, device, ifa)
        engine.after(self._random.randrange(delay), self._probe, device, ifa)

    def _holds(self, device: Device, ifa: Ifa6) -> bool:
        return device.running and ifa in device.addresses6

    def _probe(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_work: ask whether somebody has the address already (RFC 4862, 5.4)."""
        if not self._holds(device, ifa):
            return
        plain = Icmpv6.neighbor_solicitation(ifa.address, None)
        # A nonce, by which the sender would know its own question if it came back (RFC 7527).
        nonce = bytes((_NONCE, 1)) + self._random.randbytes(6)
        question = Icmpv6.build(plain.type, plain.code, plain.word, plain.data + nonce)
        self._send(device, ANY6, solicited_node(ifa.address), question)
        self.namespace.host.engine.after(SECOND, self._unique, device, ifa)

    def _unique(self, device: Device, ifa: Ifa6) -> None:
        """addrconf_dad_completed: nobody answered for a second."""
        if not self._holds(device, ifa):
            return
        ifa.tentative = False
        self._report(device, ifa)
        self.namespace.host.engine.after(self._random.randrange(SECOND), self._report, device, ifa)
        self._solicit_router(device, ifa, device.conf6["router_solicitation_interval"])

    def _report(self, device: Device, ifa: Ifa6) -> None:
        """A multicast listener report for the solicited-node group (RFC 3810)."""
        if self._holds(device, ifa):
            record = GroupRecord(TO_EXCLUDE, solicited_node(ifa.address))
            source = ANY6 if ifa.tentative else ifa.address
            self._send(device, source, _ALL_MLDV2_ROUTERS, Icmpv6.listener_report((record,)), alert=True)

    def _solicit_router(self, device: Device, ifa: Ifa6, interval: int) -> None:
        """addrconf_rs_timer: again and again, at longer and longer intervals (RFC 7559)."""
        if not self._holds(device, ifa) or device.conf6["forwarding"] or not device.conf6["accept_ra"]:
            return
        self._send(device, ifa.address, _ALL_ROUTERS, Icmpv6.router_solicitation(device.mac))
        longest = device.conf6["router_solicitation_max_interval"]
        self.namespace.host.engine.after(
            interval * SECOND, self._solicit_router, device, ifa, min(2 * interval, longest)
        )

    def _send(self, device: Device, source: IPv6, group: IPv6, message: Icmpv6, *, alert: bool = False) -> None:
        packet = Packet.build(
            source, group, PROTOCOL, message, hop_limit=1 if alert else HOP_LIMIT,
            hop_by_hop=ROUTER_ALERT if alert else b"",
        )  # fmt: skip
        station = Mac(0x333300000000 | group & 0xFFFFFFFF)
        device.transmit(device.new_skb(Frame.build(station, device.mac, IPV6, packet)))


def link_local(mac: Mac) -> IPv6:
    """fe80::/64 with the modified EUI-64 of the device (RFC 4291, appendix A)."""
    identifier = (mac >> 24 ^ 0x020000) << 40 | 0xFFFE << 24 | mac & 0xFFFFFF
    return IPv6(_LINK_LOCAL | identifier)


def solicited_node(address: IPv6) -> IPv6:
    """The group in which an address is asked for (RFC 4291, 2.7.1)."""
    return IPv6(_SOLICITED_NODE | address & 0xFFFFFF)
