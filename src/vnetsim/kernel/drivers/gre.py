"""Generic Routing Encapsulation over IPv4 (net/ipv4/ip_gre.c): IPv4 and IPv6 in GRE, with keys as names of tunnels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import DecodeError
from vnetsim.kernel.drivers.ip_tunnel import IpTunnel, TunnelNetns
from vnetsim.kernel.drivers.ip_tunnel_fallback import Fallback
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import ipv4
from vnetsim.wire.ethernet import IPV4, IPV6
from vnetsim.wire.gre import BRIDGED, HEADER_LENGTH, Gre
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_ISATAP: int = 0xFE80 << 112 | 0x5EFE << 32
_UNIVERSAL: int = 0x0200 << 48


class GreDevice(IpTunnel):
    kind: str | None = "gre"
    link_type = "gre"
    protocol: ClassVar[int] = ipv4.GRE
    carried: ClassVar[tuple[int, ...]] = (IPV4, IPV6)

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: TunnelNetns) -> IpTunnel:
        load(origin)
        return cls.create(namespace, request, origin)

    def __init__(self, name: str, underlay: TunnelNetns, config: object) -> None:
        super().__init__(name, underlay, config)  # type: ignore[arg-type]
        self._sent = self._expected = 0

    @property
    def overhead(self) -> int:
        config = self.config
        fields = (config.okey is not None) + config.switches.get("oseq", 0) + config.switches.get("ocsum", 0)
        return ipv4.HEADER_LENGTH + HEADER_LENGTH + 4 * fields

    def _link_local(self, address: IPv4) -> IPv6:
        """addrconf_ifid_gre: as ISATAP has it, with the universal bit for public addresses (RFC 5214, 6.1)."""
        return IPv6(_ISATAP | int(address) | (0 if _is_private(address) else _UNIVERSAL))

    def header(self, ethertype: int, data: bytes) -> bytes:
        switches = self.config.switches
        number = None
        if switches.get("oseq"):
            number, self._sent = self._sent, self._sent + 1 & 0xFFFF_FFFF
        return Gre(ethertype, data, self.config.okey, number, bool(switches.get("ocsum"))).encode()

    def gre_arrived(self, skb: Skb, packet: Packet, message: Gre) -> None:
        """ip_tunnel_rcv: checksums and numbers are there exactly where they are required."""
        switches = self.config.switches
        if message.checksummed != bool(switches.get("icsum")):
            self._refuse(skb, "a checksum is missing" if switches.get("icsum") else "a checksum is not expected")
        elif switches.get("iseq") and not self._in_sequence(message.sequence):
            self._refuse(skb, "out of sequence")
        elif message.protocol not in self.carried:
            self.namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)
        else:
            self.arrived(skb, packet, message.protocol, message.payload)

    def _refuse(self, skb: Skb, why: str) -> None:
        self.rx_errors += 1
        self.underlay.drop(skb, self, DropReason.TUNNEL, why)

    def _in_sequence(self, number: int | None) -> bool:
        if number is None or (self._expected and number - self._expected & 0x8000_0000):
            return False
        self._expected = number + 1 & 0xFFFF_FFFF
        return True


def _is_private(address: IPv4) -> bool:
    """Addresses that are not unique (__ipv6_isatap_ifid)."""
    first, second = address >> 24, address >> 16 & 0xFF
    return first in (0, 10, 127) or (first, second) in ((169, 254), (192, 168)) or (first == 172 and second >> 4 == 1)


def load(namespace: TunnelNetns) -> None:
    """modprobe ip_gre"""
    namespace.host.register_pernet("ip_gre", _init_net)


def _init_net(namespace: TunnelNetns) -> None:
    """ipgre_init_net, ipgre_tap_init_net, erspan_init_net, and the handler of GRE packets."""
    details: dict[str, str | int] = {"remote": "any", "local": "any", "pmtudisc": 0}
    devices = (
        Fallback("gre0", "gre", 1476, details=details, link_type="gre"),
        Fallback("gretap0", "gretap", 1462, details=details, limits=(68, 0)),
        Fallback(
            "erspan0", "erspan", 1450, details={**details, "okey": 0, "erspan_index": 0, "erspan_ver": 1},
            limits=(68, 0),
        ),
    )  # fmt: skip
    for device in devices:
        namespace.register(device)
        namespace.ip_tunnels.fallbacks[device.name] = device
    devices[0].ip6.addr_gen_mode = ""  # gre0 alone has no IPv6 state
    tunnels = namespace.ip_tunnels

    def receive(skb: Skb, packet: Packet) -> None:
        """gre_rcv"""
        try:
            message = Gre.decode(packet.encode_payload())
        except DecodeError as error:
            namespace.drop(skb, skb.device, DropReason.IP_INHDR, str(error))
            return
        kind = "gretap" if message.protocol == BRIDGED else "gre"
        device = tunnels.receive((kind,), skb, packet, message.key)
        if isinstance(device, GreDevice):
            device.gre_arrived(skb, packet, message)

    namespace.ip.protocols[ipv4.GRE] = receive
