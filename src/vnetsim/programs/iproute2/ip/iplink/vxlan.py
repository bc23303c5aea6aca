"""Reads what follows `type vxlan` (iproute2: ip/iplink_vxlan.c); `type geneve` is read alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.programs.iproute2.ip.iplink.kind_parser import KindArgs
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, duparg2, invarg, lookup, matches, number, valid
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.prefixes import get_addr
from vnetsim.values import define
from vnetsim.wire.inet import Address

_UNSPECIFIED_PORT: Final = """\
vxlan: destination port not specified
Will use Linux kernel default (non-standard value)
Use 'dstport 4789' to get the IANA assigned value
Use 'dstport 0' to get default and quiet this message
"""
_GPE_PORT: Final = 4790
_SWITCHES: Final = (
    "learning", "proxy", "rsc", "l2miss", "l3miss", "udpcsum", "udp6zerocsumtx", "udp6zerocsumrx", "remcsumtx",
    "remcsumrx", "external",
)  # fmt: skip


def read(it: KindArgs) -> None:
    """All arguments; the warning about the port goes to standard error."""
    vxlan = UdpTunnelArgs(it)
    for arg in it.args:
        vxlan.parse_arg(arg, _TABLE)
    vxlan.check()


@define
class UdpTunnelArgs:
    it: KindArgs
    seen: set[str] = attrs.field(factory=set)
    far: Address | None = None
    local: Address | None = None

    def parse_arg(self, arg: str, table: Sequence[tuple[str, Callable[[UdpTunnelArgs, str], None]]]) -> None:
        if found := lookup(arg, table):
            found[1](self, arg)
        elif matches(arg, "help"):
            raise self.it.usage()
        else:
            raise self.it.unknown(arg, "command")

    def value(self, attribute: str, key: str | None = None) -> str:
        """The value behind a keyword, which may come once."""
        arg = self.it.args.next_arg()
        self.once(attribute, key or attribute, arg)
        return arg

    def once(self, attribute: str, key: str, arg: str) -> None:
        if attribute in self.seen:
            raise duparg2(key, arg)
        self.seen.add(attribute)

    def check(self) -> None:
        options = self.it.options
        external = options.get("external") == 1
        if options.get("vnifilter") and not external:
            raise Iproute2Error(1, "vxlan: vnifilter is valid only when 'external' is set")
        if external and "id" in options:
            raise Iproute2Error(1, "vxlan: both 'external' and vni cannot be specified")
        if not external and "id" not in options and self.it.creating:
            raise Iproute2Error(1, "vxlan: missing virtual network identifier")
        if self.far is not None and self.far.is_multicast and "dev" not in options:
            raise Iproute2Error(1, "vxlan: 'group' requires 'dev' to be specified")
        if "dstport" not in options:
            if options.get("gpe"):
                options["dstport"] = _GPE_PORT
            elif self.it.creating:
                self.it.warn(_UNSPECIFIED_PORT)
        elif not options["dstport"]:
            del options["dstport"]


def read_id(it: UdpTunnelArgs, _: str) -> None:
    arg = it.value("id")
    value = number(arg)
    if value is None or value >= 1 << 24:
        raise invarg("invalid id", arg)
    it.it.options["id"] = value


def _far_end(keyword: str, *, multicast: bool) -> Callable[[UdpTunnelArgs, str], None]:
    def handle(it: UdpTunnelArgs, _: str) -> None:
        if it.far is not None and it.far.is_multicast != multicast:
            raise Iproute2Error(1, "vxlan: both group and remote cannot be specified")
        arg = it.value("group", keyword)
        it.far = get_addr(arg, it.local.version if it.local is not None else None)
        if it.far.is_multicast != multicast:
            raise invarg(f"invalid {keyword} address", arg)
        it.it.options[keyword] = str(it.far)

    return handle


def _local(it: UdpTunnelArgs, _: str) -> None:
    arg = it.value("local")
    it.local = get_addr(arg, it.far.version if it.far is not None else None)
    if it.local.is_multicast:
        raise invarg("invalid local address", arg)
    it.it.options["local"] = str(it.local)


def _device(it: UdpTunnelArgs, _: str) -> None:
    arg = it.value("dev")
    try:
        it.it.options["dev"] = find(it.it.network, arg).name
    except Iproute2Error as error:
        raise Iproute2Error(255, str(error)) from None


def read_ttl(it: UdpTunnelArgs, _: str) -> None:
    arg = it.value("ttl")
    if arg in ("inherit", "auto"):
        it.it.options["ttl"] = arg if arg == "inherit" else 0
        return
    value = valid(number(arg), "invalid TTL", arg)
    if value > 0xFF:
        raise invarg("TTL must be <= 255", arg)
    it.it.options["ttl"] = value


def read_tos(it: UdpTunnelArgs, _: str) -> None:
    arg = it.value("tos")
    it.it.options["tos"] = valid(1 if arg == "inherit" else number(arg, 8, 16), "bad TOS value", arg)


def read_dont_fragment(it: UdpTunnelArgs, _: str) -> None:
    arg = it.value("df")
    if arg not in ("unset", "set", "inherit"):
        raise invarg("DF must be 'unset', 'set' or 'inherit'", arg)
    it.it.options["df"] = arg


def read_flow_label(it: UdpTunnelArgs, _: str) -> None:
    it.it.options["flowlabel"] = valid(number(arg := it.value("flowlabel"), 20), "invalid flowlabel", arg)


def _or_zero(keyword: str, zero: str, complaint: str) -> Callable[[UdpTunnelArgs, str], None]:
    def handle(it: UdpTunnelArgs, _: str) -> None:
        arg = it.value(keyword)
        it.it.options[keyword] = valid(0 if arg == zero else number(arg), complaint, arg)

    return handle


def _source_ports(it: UdpTunnelArgs, _: str) -> None:
    low = it.value("srcport")
    if number(low, 16) is None:
        raise invarg("min port", low)
    high = it.it.args.next_arg()
    if number(high, 16) is None:
        raise invarg("max port", high)
    it.it.options["srcport"] = f"{number(low, 16)} {number(high, 16)}"


def read_destination_port(it: UdpTunnelArgs, _: str) -> None:
    it.it.options["dstport"] = valid(number(arg := it.value("dstport"), 16), "dst port", arg)


def read_switch(keyword: str, value: int) -> Callable[[UdpTunnelArgs, str], None]:
    def handle(it: UdpTunnelArgs, arg: str) -> None:
        it.once(keyword, arg, arg)
        it.it.options[keyword] = value
        if keyword == "external" and value:
            it.it.options["learning"] = 0

    return handle


_TABLE: Final[tuple[tuple[str, Callable[[UdpTunnelArgs, str], None]], ...]] = (
    ("id", read_id),
    ("vni", read_id),
    ("group", _far_end("group", multicast=True)),
    ("remote", _far_end("remote", multicast=False)),
    ("local", _local),
    ("dev", _device),
    ("ttl", read_ttl),
    ("hoplimit", read_ttl),
    ("tos", read_tos),
    ("dsfield", read_tos),
    ("df", read_dont_fragment),
    ("label", read_flow_label),
    ("flowlabel", read_flow_label),
    ("ageing", _or_zero("ageing", "none", "ageing timer")),
    ("maxaddress", _or_zero("maxaddress", "unlimited", "max addresses")),
    ("port", _source_ports),
    ("srcport", _source_ports),
    ("dstport", read_destination_port),
    *((f"no{keyword}", read_switch(keyword, 0)) for keyword in _SWITCHES[:5]),
    *((keyword, read_switch(keyword, 1)) for keyword in _SWITCHES),
    *((f"no{keyword}", read_switch(keyword, 0)) for keyword in _SWITCHES[5:]),
    ("gbp", read_switch("gbp", 1)),
    ("gpe", read_switch("gpe", 1)),
    ("vnifilter.", read_switch("vnifilter", 1)),
    ("novnifilter.", read_switch("vnifilter", 0)),
)
