"""Ethernet over UDP (RFC 7348; drivers/net/vxlan/vxlan_core.c): frames between tunnel end points.

The device's fdb (kernel.drivers.vxlan_fdb) forwards a frame from the namespace the device was made in, wherever
it is now, over IPv4 or IPv6, to hosts or to a group that the device joins while it is up.  Not modelled: external
(metadata) mode, route short circuits (rsc), group policies, GPE, remote checksums.  l2miss and l3miss are stored only,
as there is no listener for their messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.drivers import udp_tunnel, vxlan_proxy
from vnetsim.kernel.drivers.udp_tunnel import Encap, Outer, UdpTunnelDevice
from vnetsim.kernel.drivers.vxlan_config import SHOWN, VxlanConfig
from vnetsim.kernel.drivers.vxlan_fdb import FarEnd, VxlanDatabase
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.operations.verb import Verb
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import LOOPBACK4, LOOPBACK6, Address
from vnetsim.wire.mac import UNKNOWN, Mac
from vnetsim.wire.vxlan import LINUX_PORT, OVERHEAD
from vnetsim.wire.vxlan import Vxlan as Encapsulated

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.vxlan_net import VxlanNetns
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

#: What cannot be changed once the device is there, with the kernel's message.
_FIXED: Final = {
    "dstport": "Cannot change port", "srcport": "Cannot change port range", "udpcsum": "Cannot change UDP_CSUM flag",
    "udp6zerocsumtx": "Cannot change UDP_ZERO_CSUM6_TX flag", "udp6zerocsumrx": "Cannot change UDP_ZERO_CSUM6_RX flag",
    "proxy": "vxlan: cannot change PROXY flag", "rsc": "vxlan: cannot change RSC flag",
    "l2miss": "vxlan: cannot change L2MISS flag", "l3miss": "vxlan: cannot change L3MISS flag",
    "external": "vxlan: cannot change COLLECT_METADATA flag",
}  # fmt: skip
_ABSENT: Final = ("rsc", "external", "vnifilter", "remcsumtx", "remcsumrx", "gbp", "gpe")
_INHERIT: Final = 1
#: Nesting of transmissions through stacked devices (XMIT_RECURSION_LIMIT).
_DEEPEST: Final = 8


class VxlanDevice(UdpTunnelDevice):
    kind: str | None = "vxlan"
    underlay: VxlanNetns
    survives_lower_move: ClassVar[bool] = False

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: VxlanNetns) -> VxlanDevice:
        """vxlan_newlink: frames will travel through `origin`, where it is made."""
        options = request.options
        for name in _ABSENT:
            if options.get(name):
                raise NotModelled(f"vxlan {name}")
        if "id" not in options:
            raise KernelError(Errno.EINVAL, "Required attributes not provided to perform the operation")
        name = namespace.new_name(request.name, "vxlan%d")
        device = cls(name, request.mac or namespace.host.random_mac(), origin, options)
        if any(known.network == device.network for known in origin.vxlans.devices):
            raise KernelError(Errno.EEXIST, "A VXLAN device with the specified VNI already exists")
        namespace.register(device, request.index)
        device.link(request.mtu)
        return device

    def __init__(self, name: str, mac: Mac, underlay: VxlanNetns, options: Mapping[str, str | int]) -> None:
        super().__init__(name, mac)
        self.underlay = underlay
        self.vni = int(options["id"])
        self.port_number = int(options.get("dstport", LINUX_PORT))
        self.settings = VxlanConfig()
        self.settings.take(options, underlay)
        self.database = VxlanDatabase(int(options.get("ageing", 300)) * SECOND, int(options.get("maxaddress", 0)))
        self._depth = 0

    def link(self, mtu: int | None) -> None:
        """Registered: add the default entry, and set the mtu that fits the device below."""
        self.underlay.vxlans.devices += (self,)
        lower = self.settings.lower
        if lower is not None:
            lower.link_upper(self)
            self.mtu = min(self._largest_mtu(lower), self._largest_mtu(lower) if mtu is None else mtu)
        if self.settings.remote:
            far_end = FarEnd(self.settings.remote, via=0 if lower is None else lower.index)
            self.database.add(UNKNOWN, far_end, "permanent", Verb.ADD, 0)

    def _largest_mtu(self, lower: Device) -> int:
        return max(lower.mtu - OVERHEAD[self.version], self.min_mtu)

    def uninit(self) -> None:
        vxlans = self.underlay.vxlans
        vxlans.devices = tuple(known for known in vxlans.devices if known is not self)
        if self.settings.lower is not None:
            self.settings.lower.unlink_upper(self)

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Of IP below."""
        return self.settings.version

    @property
    def network(self) -> tuple[int, int, int]:
        """What tells the devices of a namespace apart."""
        return self.version, self.vni, self.port_number

    @property
    def membership(self) -> tuple[Device, Address] | None:
        """What it joins while it is up."""
        lower, remote = self.settings.lower, self.settings.remote
        return (lower, remote) if lower is not None and remote and remote.is_multicast else None

    @property
    def speed(self) -> int | None:
        return None if self.settings.lower is None else self.settings.lower.speed

    @property
    def tso_max_size(self) -> int:
        return super().tso_max_size if self.settings.lower is None else self.settings.lower.tso_max_size

    def open(self) -> None:
        self.underlay.vxlans.listen(self)

    def stop(self) -> None:
        self.database.flush()
        self.underlay.vxlans.stop_listening(self)

    def change_mtu(self, mtu: int) -> None:
        """With a device below, only what fits there."""
        if self.settings.lower is not None and mtu > self._largest_mtu(self.settings.lower):
            raise KernelError(Errno.EINVAL)
        self.mtu = mtu

    def configure(self, options: Mapping[str, str | int]) -> None:
        """vxlan_changelink: KernelError(EOPNOTSUPP) for what is fixed."""
        if int(options.get("id", self.vni)) != self.vni:
            raise KernelError(Errno.EOPNOTSUPP, "Cannot change VNI")
        for name, message in _FIXED.items():
            if name in options:
                raise KernelError(Errno.EOPNOTSUPP, message)
        if any(options.get(name) for name in _ABSENT):
            raise NotModelled(f"vxlan {next(name for name in _ABSENT if options.get(name))}")
        self._check_families(options)
        before = self.settings.remote
        self.settings.take({"srcport": "{} {}".format(*self.settings.source_ports), **options}, self.underlay)
        self.database.ageing = int(options.get("ageing", self.database.ageing // SECOND)) * SECOND
        lower = self.settings.lower
        if lower is not None:
            self.mtu = min(self.mtu, self._largest_mtu(lower))
        if self.settings.remote != before:
            self._change_default(before, self.settings.remote, 0 if lower is None else lower.index)

    def _check_families(self, options: Mapping[str, str | int]) -> None:
        """vxlan_nl2conf"""
        for keyword, what in (("remote", "group"), ("group", "group"), ("local", "local")):
            if keyword in options and (":" in str(options[keyword])) != (self.version == 6):
                raise KernelError(Errno.EOPNOTSUPP, f"New {what} address family does not match old {what}")

    def _change_default(self, before: Address | None, remote: Address | None, via: int) -> None:
        now = self.engine.now()
        if remote:
            self.database.add(UNKNOWN, FarEnd(remote, via=via), "permanent", Verb.APPEND, now)
        if before and self.database.find(UNKNOWN, now) is not None:
            self.database.delete(UNKNOWN, FarEnd(before, via=via), now)

    def details(self) -> Mapping[str, str | int]:
        settings, database = self.settings, self.database
        shown: dict[str, str | int] = {"id": self.vni, **settings.ends}
        if settings.lower is not None:
            shown["link"] = settings.lower.name
        low, high = settings.source_ports
        return {
            **shown, "port_low": low, "port_high": high, "port": self.port_number, "learning": int(settings.learning),
            "tos": settings.tos, "ttl": settings.ttl, "df": settings.dont_fragment,
            "ageing": database.ageing // SECOND, "limit": database.limit,
            **{SHOWN[name]: value for name, value in settings.others.items()}, "tso_max_size": self.tso_max_size,
        }  # fmt: skip

    # --- frames that leave ------------------------------------------------------------------------------------------

    def _xmit(self, skb: Skb) -> Errno | None:
        """vxlan_xmit: to every far end of the entry, the first one last."""
        if self.settings.others.get("proxy") and vxlan_proxy.answer(self, skb):
            return None
        entry = self.database.lookup(skb.frame.destination, self.engine.now())
        if entry is None:
            self.tx_dropped += 1
            self.namespace.drop(skb, self, DropReason.TUNNEL, f"no far end for {skb.frame.destination}")
            return None
        if self._depth >= _DEEPEST:
            self.namespace.drop(skb, self, DropReason.DEAD_LOOP)
            return None
        self._depth += 1
        for far_end in (*entry.far_ends[1:], entry.far_ends[0]):
            self._send_to(skb, far_end)
        self._depth -= 1
        return None

    def _send_to(self, skb: Skb, far_end: FarEnd) -> None:
        """vxlan_xmit_one"""
        underlay, address = self.underlay, far_end.address
        if not address:
            self._lose(skb, "no address")
            return
        encap = self._encap(skb.frame, far_end)
        route = self.route(skb, encap)
        if route is None:
            return
        if not address.is_multicast and udp_tunnel.is_local(underlay, address):
            self._bypass(skb, far_end)
        elif not self.check_pmtu(skb, udp_tunnel.path_mtu(underlay, route, address) - OVERHEAD[self.version]):
            message = Encapsulated.build(self.vni if far_end.vni is None else far_end.vni, skb.frame)
            self.encapsulate(skb, route, encap, message.encode())

    def _lose(self, skb: Skb, why: str) -> None:
        self.tx_dropped += 1
        self.namespace.drop(skb, self, DropReason.TUNNEL, why)

    def _encap(self, frame: Frame, far_end: FarEnd) -> Encap:
        settings, inner_tos = self.settings, udp_tunnel.inner_tos(frame)
        ttl = udp_tunnel.inner_ttl(frame) if isinstance(settings.ttl, str) else settings.ttl
        if not ttl and far_end.address.is_multicast:
            ttl = 1
        port = self.port_number if far_end.port is None else far_end.port
        return Encap(
            far_end.address, settings.local, self.underlay.by_index.get(far_end.via),
            (udp_tunnel.flow_source_port(self.underlay, frame, *settings.source_ports), port), ttl,
            udp_tunnel.ecn_encap(inner_tos if settings.tos == _INHERIT else settings.tos, inner_tos),
            settings.others.get("flowlabel", 0), udp_tunnel.keeps_whole(settings.dont_fragment, frame),
            settings.version == 6 or bool(settings.others.get("udpcsum", 1)),
        )  # fmt: skip

    def _bypass(self, skb: Skb, far_end: FarEnd) -> None:
        """encap_bypass_if_local: the far end is here, so that the frame need not travel."""
        vni = self.vni if far_end.vni is None else far_end.vni
        port = self.port_number if far_end.port is None else far_end.port
        there = self.underlay.vxlans.find(self.version, vni, port)
        if there is None:
            self.tx_errors += 1
            self.namespace.drop(skb, self, DropReason.TUNNEL, f"no VXLAN device of network {vni} is up here")
            return
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        copy = skb.clone()
        copy.scrub()
        if there.settings.learning:
            loopback = LOOPBACK4 if self.version == 4 else LOOPBACK6
            there.database.learn(copy.frame.source, loopback, self.engine.now())
        if not self.queue(there.bypassed, copy):
            self.namespace.drop(copy, there, DropReason.CPU_BACKLOG)

    def accept_answer(self, skb: Skb) -> None:
        """netif_rx of what the device answers itself: not counted."""
        if self.up:
            self.accept(skb)

    # --- frames that arrive -----------------------------------------------------------------------------------------

    def arrived(self, skb: Skb, packet: Outer, frame: Frame) -> None:
        """A decapsulated frame (vxlan_rcv), in the namespace below."""
        if frame.source == self.mac:
            self.namespace.drop(skb, self, DropReason.TUNNEL, "it came back")
            return
        if self.settings.learning and not self.database.learn(frame.source, packet.source, self.engine.now()):
            self.namespace.drop(skb, self, DropReason.MAC_INVALID_SOURCE)
            return
        self.receive(Skb(frame, skb.identity, self))
