"""The fields of flower (iproute2 6.1: tc/f_flower.c).

Not modelled: masks of numbers, ranges of ports, TCP flags, tunnels, ARP, MPLS, connection tracking.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.operations.tcfilter import ALL_PROTOCOLS
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac

PROTOCOLS: Final = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58, "l2tp": 115}
_IP, _IP6, _VLAN, _SERVICE_VLAN = 0x0800, 0x86DD, 0x8100, 0x88A8
_NAMES: Final = {number: name for name, number in PROTOCOLS.items()}
_ETH_TYPES: Final = {_IP: "ipv4", _IP6: "ipv6"}
_UNMODELLED_NAMES: Final = """
    indev num_of_vlans vlan_ethtype cvlan_id cvlan_prio cvlan_ethtype pppoe_sid ppp_proto mpls mpls_label mpls_tc
    mpls_bos mpls_ttl tcp_flags arp_tip arp_sip arp_op arp_tha arp_sha enc_dst_ip enc_src_ip enc_key_id enc_tos
    enc_ttl geneve_opts vxlan_opts erspan_opts gtp_opts ip_flags enc_dst_port ct_state ct_label ct_mark ct_zone
    verbose skip_hw skip_sw hw_tc
"""
_UNMODELLED: Final = frozenset(_UNMODELLED_NAMES.split())


def _no_prefix(text: str) -> str:
    return f'Error: inet prefix is expected rather than "{text}".'


class FlowerKeys:
    """The fields of one filter as they are read."""

    def __init__(self, protocol: int) -> None:
        self._protocol = protocol
        self.keys: dict[str, object] = {}
        if protocol not in (ALL_PROTOCOLS, _VLAN, _SERVICE_VLAN):
            self.keys["eth_type"] = protocol

    def read(self, args: Args, arg: str) -> None:
        """One field; `arg` is its name."""
        if arg in _UNMODELLED:
            raise NotModelled(f"flower {arg}")
        if arg in ("dst_mac", "src_mac"):
            self.keys[arg] = self._mac(args.next_arg(), arg)
        elif arg in ("dst_ip", "src_ip"):
            self._address(args.next_arg(), arg)
        elif arg == "ip_proto":
            self._ip_proto(args.next_arg())
        elif arg in ("dst_port", "src_port"):
            self._port(args.next_arg(), arg)
        elif arg in ("type", "code"):
            self._of_icmp(args.next_arg(), arg)
        elif arg in ("ip_tos", "ip_ttl", "vlan_id", "vlan_prio"):
            self._number(args.next_arg(), arg)
        else:
            raise usage("tc-flower", 1, "" if arg == "help" else f'What is "{arg}"?')

    @staticmethod
    def _mac(text: str, arg: str) -> Mac:
        if "/" in text:
            raise NotModelled(f"flower {arg} with a mask")
        try:
            return Mac.parse(text)
        except ValueError:
            raise Iproute2Error(1, f'Illegal "{arg}"') from None

    def _address(self, text: str, arg: str) -> None:
        try:
            network = ipaddress.ip_interface(text)
        except ValueError:
            raise Iproute2Error(1, _no_prefix(text)) from None
        if self._protocol != (_IP if network.version == 4 else _IP6):
            family = self._protocol in (_IP, _IP6)
            raise Iproute2Error(1, _no_prefix(text) if family else f'Illegal "{arg}"')
        address = IPv4(int(network.ip)) if network.version == 4 else IPv6(int(network.ip))
        self.keys[arg] = (address, network.network.prefixlen)

    def _ip_proto(self, text: str) -> None:
        value = PROTOCOLS.get(text, number(text, 8, 16))
        if self._protocol not in (_IP, _IP6):
            raise Iproute2Error(1, 'Illegal "eth_type" for ip proto\nIllegal "ip_proto"')
        if value is None:
            raise Iproute2Error(1, 'Illegal "ip_proto"')
        self.keys["ip_proto"] = value

    def _port(self, text: str, arg: str) -> None:
        value = number(text, 16, 10)
        if "-" in text or "/" in text:
            raise NotModelled(f"flower {arg} with a range or a mask")
        if self.keys.get("ip_proto") not in (6, 17, 132) or not value:
            raise Iproute2Error(1, f'Illegal "{arg}"')
        self.keys[arg] = value

    def _of_icmp(self, text: str, arg: str) -> None:
        value = number(text, 8)
        number_, slash, mask = text.partition("/")
        if slash and number(number_, 8, 10) is not None and number(mask, 8, 10) is not None:
            raise NotModelled(f"flower {arg} with a mask")
        if self.keys.get("ip_proto") not in (1, 58) or value is None:
            raise Iproute2Error(1, f'Illegal "icmp {arg}"')
        self.keys[f"icmp_{arg}"] = value

    def _number(self, text: str, arg: str) -> None:
        if arg.startswith("vlan") and self._protocol not in (_VLAN, _SERVICE_VLAN):
            raise Iproute2Error(1, f"Can't set \"{arg}\" if ethertype isn't 802.1Q or 802.1AD and num_of_vlans is 0")
        value = number(text, {"vlan_id": 12, "vlan_prio": 3}.get(arg, 8), 16 if arg == "ip_tos" else 0)
        if "/" in text:
            raise NotModelled(f"flower {arg} with a mask")
        if value is None:
            raise Iproute2Error(1, f'Illegal "{arg}"')
        self.keys[arg] = value


#: In the order in which they are shown.
_ORDER: Final = (
    "vlan_id", "vlan_prio", "dst_mac", "src_mac", "eth_type", "ip_proto", "ip_tos", "ip_ttl", "dst_ip", "src_ip",
    "dst_port", "src_port", "icmp_type", "icmp_code",
)  # fmt: skip
_NUMBERS: Final = ("vlan_id", "vlan_prio", "dst_port", "src_port")


def show(out: Iproute2Output, keys: dict[str, object]) -> None:
    out.open_object("keys")
    for name in _ORDER:
        if name not in keys:
            continue
        text = _text(name, keys[name])
        out.both(name, f"\n  {name} {text}", int(text) if name in _NUMBERS else text)
    out.close_object()


def _text(name: str, value: object) -> str:
    if name in ("dst_ip", "src_ip"):
        assert isinstance(value, tuple)
        address, length = value
        whole = length == (32 if isinstance(address, IPv4) else 128)
        return f"{address}" if whole else f"{address}/{length}"
    if name == "eth_type":
        assert isinstance(value, int)
        return _ETH_TYPES.get(value, f"{value:04x}")
    if name == "ip_proto":
        assert isinstance(value, int)
        return _NAMES.get(value, f"{value:02x}")
    return f"{value}"
