"""Ethernet over UDP to one far end (RFC 8926; drivers/net/geneve.c).

Devices of a namespace with the same UDP port and version of IP share a socket; the network identifier and the sender's
address tell them apart.  Not modelled: external (metadata) mode, inner_proto_inherit, datagrams over IPv6 without a
checksum, options.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import DecodeError, Errno, KernelError, NotModelled
from vnetsim.kernel.drivers import udp_tunnel
from vnetsim.kernel.drivers.udp_tunnel import INHERIT, Encap, Outer, TunnelSocket, UdpTunnelDevice, UdpTunnelNetns
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.geneve import OVERHEAD, PORT, Geneve
from vnetsim.wire.inet import Address, IPv6, parse_address
from vnetsim.wire.mac import Mac
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink
    from vnetsim.wire.ethernet import Frame

_INHERIT_TOS: Final = 1
#: Nesting of transmissions through stacked devices (XMIT_RECURSION_LIMIT).
_DEEPEST: Final = 8
_LONGEST: Final = 65535
_ABSENT: Final = ("external", "innerprotoinherit")
_FIXED: Final = (
    "Changing VNI, Port, endpoint IP address family, external, inner_proto_inherit, and UDP checksum attributes are "
    "not supported"
)


class Geneves:
    """The Geneve devices that were made in one namespace (struct geneve_net), and their sockets by version and port."""

    def __init__(self, namespace: UdpTunnelNetns) -> None:
        self.namespace = namespace
        self.devices: tuple[GeneveDevice, ...] = ()
        self._sockets: dict[tuple[int, int], TunnelSocket] = {}

    def listen(self, device: GeneveDevice) -> None:
        """geneve_sock_add: KernelError(EADDRINUSE) if the port is taken."""
        key = (device.remote.version, device.port_number)
        if key not in self._sockets:
            self._sockets[key] = TunnelSocket(self.namespace, *key, self._receive)

    def stop_listening(self, device: GeneveDevice) -> None:
        """Unless another device still does."""
        key = (device.remote.version, device.port_number)
        if not any(d.up and (d.remote.version, d.port_number) == key for d in self.devices if d is not device):
            self._sockets.pop(key).close()

    def _receive(self, skb: Skb, packet: Outer, datagram: Udp) -> None:
        """geneve_udp_encap_recv, geneve_lookup"""
        try:
            message = Geneve.decode(datagram.data)
        except DecodeError as error:
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR, str(error))
            return
        wanted = (message.vni, packet.source, datagram.destination_port)
        device = next((d for d in self.devices if d.up and (d.vni, d.remote, d.port_number) == wanted), None)
        if device is None:
            why = f"no Geneve device of network {message.vni} to {packet.source} is up"
            self.namespace.drop(skb, skb.device, DropReason.TUNNEL, why)
        elif message.frame.source == device.mac:
            self.namespace.drop(skb, device, DropReason.TUNNEL, "it came back")
        else:
            device.receive(Skb(message.frame, skb.identity, device))


class GeneveNetns(UdpTunnelNetns):
    """A namespace with its Geneve state; kernel.netns sets it."""

    geneves: Geneves


class GeneveDevice(UdpTunnelDevice):
    kind: str | None = "geneve"
    underlay: GeneveNetns

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: GeneveNetns) -> GeneveDevice:
        """geneve_newlink: frames will travel through `origin`, where it is made."""
        options = request.options
        _check(options)
        if "id" not in options or "remote" not in options:
            raise KernelError(Errno.EINVAL, "Required attributes not provided to perform the operation")
        device = cls(
            namespace.new_name(request.name, "geneve%d"), request.mac or namespace.host.random_mac(), origin, options
        )
        if any(known.ends == device.ends for known in origin.geneves.devices):
            raise KernelError(Errno.EBUSY)
        namespace.register(device, request.index)
        origin.geneves.devices += (device,)
        if request.mtu is None:
            device.fit()
        else:
            device.mtu = min(request.mtu, device.max_mtu)
        return device

    def __init__(self, name: str, mac: Mac, underlay: GeneveNetns, options: Mapping[str, str | int]) -> None:
        super().__init__(name, mac)
        self.underlay = underlay
        self.vni = int(options["id"])
        self.remote = parse_address(str(options["remote"]))
        self.port_number = int(options.get("dstport", PORT))
        self._options = dict(options)
        self._check_remote()
        self.max_mtu = _LONGEST - OVERHEAD[self.remote.version]
        self._depth = 0

    def _check_remote(self) -> None:
        """geneve_nl2info"""
        remote, options = self.remote, self._options
        if remote.is_multicast:
            raise KernelError(Errno.EINVAL, f"Remote IPv{remote.version} address cannot be Multicast")
        if isinstance(remote, IPv6) and remote.is_link_local:
            raise KernelError(Errno.EINVAL, "Remote IPv6 address cannot be link-local")
        if remote.version == 4 and options.get("flowlabel"):
            raise KernelError(Errno.EINVAL, "Label attribute only applies for IPv6 Geneve devices")
        if remote.version == 6 and options.get("udp6zerocsumtx"):
            raise NotModelled("datagrams without a checksum over IPv6 (geneve udp6zerocsumtx)")

    def fit(self) -> None:
        """geneve_link_config: the mtu that fits the device towards the far end, if there is a route."""
        try:
            route = Encap(self.remote).route(self.underlay, 0)
        except KernelError:
            return
        if route.device is not None and route.device.mtu > OVERHEAD[self.remote.version]:
            self.mtu = max(min(route.device.mtu - OVERHEAD[self.remote.version], self.max_mtu), self.min_mtu)

    def uninit(self) -> None:
        geneves = self.underlay.geneves
        geneves.devices = tuple(known for known in geneves.devices if known is not self)

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def ends(self) -> tuple[int, Address, int]:
        """What tells the devices of a namespace apart."""
        return self.vni, self.remote, self.port_number

    def open(self) -> None:
        self.underlay.geneves.listen(self)

    def stop(self) -> None:
        self.underlay.geneves.stop_listening(self)

    def configure(self, options: Mapping[str, str | int]) -> None:
        """geneve_changelink: KernelError(EOPNOTSUPP) for what is fixed."""
        _check(options)
        remote = parse_address(str(options.get("remote", self.remote)))
        fixed = {"id": self.vni, "dstport": self.port_number, "udpcsum": int(self._checksummed)}
        if any(int(options.get(name, value)) != value for name, value in fixed.items()) or (
            remote.version != self.remote.version or options.get("udp6zerocsumtx")
        ):
            raise KernelError(Errno.EOPNOTSUPP, _FIXED)
        before, known = self.remote, self._options
        self.remote, self._options = remote, {**known, **options}
        try:
            self._check_remote()
        except KernelError:
            self.remote, self._options = before, known
            raise
        if remote != before:
            self.fit()

    @property
    def _checksummed(self) -> bool:
        return self.remote.version == 6 or bool(self._options.get("udpcsum", 0))

    def details(self) -> Mapping[str, str | int]:
        options = self._options
        checksums = {"udp_csum": int(self._checksummed)} if self.remote.version == 4 else {"udp_zero_csum6_tx": 0}
        return {
            "id": self.vni, "remote": str(self.remote), "ttl": options.get("ttl", 0), "tos": options.get("tos", 0),
            "df": options.get("df", "unset"), "label": options.get("flowlabel", 0), "port": self.port_number,
            **checksums, "udp_zero_csum6_rx": int(options.get("udp6zerocsumrx", 1)), "tso_max_size": 65536,
        }  # fmt: skip

    # --- frames that leave ------------------------------------------------------------------------------------------

    def _xmit(self, skb: Skb) -> Errno | None:
        """geneve_xmit_skb, geneve6_xmit_skb"""
        if self._depth >= _DEEPEST:
            self.namespace.drop(skb, self, DropReason.DEAD_LOOP)
            return None
        self._depth += 1
        encap = self._encap(skb.frame)
        route = self.route(skb, encap)
        if route is not None and not self.check_pmtu(
            skb, udp_tunnel.path_mtu(self.underlay, route, self.remote) - OVERHEAD[self.remote.version]
        ):
            self.encapsulate(skb, route, encap, Geneve.build(self.vni, skb.frame).encode())
        self._depth -= 1
        return None

    def _encap(self, frame: Frame) -> Encap:
        options, inner_tos = self._options, udp_tunnel.inner_tos(frame)
        ttl, tos = options.get("ttl", 0), int(options.get("tos", 0))
        return Encap(
            self.remote, ports=(udp_tunnel.flow_source_port(self.underlay, frame, 1, 65535), self.port_number),
            ttl=udp_tunnel.inner_ttl(frame) if ttl == INHERIT else int(ttl),
            tos=udp_tunnel.ecn_encap(inner_tos if tos == _INHERIT_TOS else tos, inner_tos),
            label=int(options.get("flowlabel", 0)), dont_fragment=udp_tunnel.keeps_whole(str(options.get("df")), frame),
            checksummed=self._checksummed,
        )  # fmt: skip


def _check(options: Mapping[str, str | int]) -> None:
    for name in _ABSENT:
        if options.get(name):
            raise NotModelled(f"geneve {name}")
