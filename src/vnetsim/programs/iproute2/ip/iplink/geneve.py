"""Reads what follows `type geneve`, and prints its details (iproute2: ip/iplink_geneve.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.programs.iproute2.ip.iplink import vxlan_details
from vnetsim.programs.iproute2.ip.iplink.fields import Fields, flag, no_flag, plain
from vnetsim.programs.iproute2.ip.iplink.kind_parser import KindArgs
from vnetsim.programs.iproute2.ip.iplink.vxlan import (
    UdpTunnelArgs,
    read_destination_port,
    read_dont_fragment,
    read_flow_label,
    read_id,
    read_switch,
    read_tos,
    read_ttl,
)
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, invarg
from vnetsim.programs.iproute2.lib.prefixes import get_addr

_SWITCHES: Final = ("external", "udpcsum", "udp6zerocsumtx", "udp6zerocsumrx")


def read(it: KindArgs) -> None:
    geneve = UdpTunnelArgs(it)
    for arg in it.args:
        geneve.parse_arg(arg, _TABLE)
    options = it.options
    if options.get("external") and "id" in options:
        raise Iproute2Error(1, "geneve: both 'external' and vni cannot be specified")
    if not options.get("external"):
        if "id" not in options:
            raise Iproute2Error(1, "geneve: missing virtual network identifier")
        if it.creating and "remote" not in options:
            raise Iproute2Error(1, "geneve: remote link partner not specified")


def _remote(it: UdpTunnelArgs, _: str) -> None:
    arg = it.value("remote")
    address = get_addr(arg, None)
    if address.is_multicast:
        raise invarg("invalid remote address", arg)
    it.it.options["remote"] = str(address)


def _inherit(it: UdpTunnelArgs, arg: str) -> None:
    it.once("innerprotoinherit", arg, arg)
    it.it.options["innerprotoinherit"] = 1


_TABLE: Final[tuple[tuple[str, Callable[[UdpTunnelArgs, str], None]], ...]] = (
    ("id", read_id),
    ("vni", read_id),
    ("remote", _remote),
    ("ttl", read_ttl),
    ("hoplimit", read_ttl),
    ("tos", read_tos),
    ("dsfield", read_tos),
    ("df", read_dont_fragment),
    ("label", read_flow_label),
    ("flowlabel", read_flow_label),
    ("dstport", read_destination_port),
    *((f"{no}{keyword}", read_switch(keyword, int(not no))) for keyword in _SWITCHES for no in ("", "no")),
    ("innerprotoinherit.", _inherit),
)

#: What `ip -d` prints.
GENEVE: Final[Fields] = (
    ("id", plain()),
    ("remote", vxlan_details.far_end),
    ("ttl", vxlan_details.ttl),
    ("tos", vxlan_details.tos),
    ("df", vxlan_details.dont_fragment),
    ("label", vxlan_details.flow_label),
    ("port", plain("dstport")),
    ("external", flag()),
    ("udp_csum", no_flag("udpcsum")),
    ("udp_zero_csum6_tx", no_flag("udp6zerocsumtx")),
    ("udp_zero_csum6_rx", no_flag("udp6zerocsumrx")),
)
