"""The details of a vxlan device (iproute2: ip/iplink_vxlan.c: vxlan_print_opt)."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.iproute2.ip.iplink.fields import (
    Details,
    Fields,
    all_of,
    flag,
    no_flag,
    plain,
    present,
    sharp,
    unusual,
)
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.wire.inet import parse_address


def far_end(out: Iproute2Output, key: str, known: Details) -> None:
    """`remote`, `group` or `local`; the key in the JSON document contains the family, too."""
    text = str(known[key])
    address = parse_address(text)
    if address:
        out.both(key if address.version == 4 else f"{key}6", f"{key} {text} ", text)


def _port_range(out: Iproute2Output, _: str, known: Details) -> None:
    low, high = known["port_low"], known["port_high"]
    out.text(f"srcport {low} {high} ")
    out.data("port_range", {"low": low, "high": high})


def _learning(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, "" if known[key] else "nolearning ", bool(known[key]))


def tos(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        text = sharp(int(known[key]))
        out.both(key, f"tos {'inherit' if known[key] == 1 else text} ", text)


def ttl(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key] == "inherit":
        out.text("ttl inherit ")
    else:
        out.both(key, f"ttl {known[key] or 'auto'} ", known[key])


def dont_fragment(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, "" if known[key] == "unset" else f"df {known[key]} ", known[key])


def flow_label(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        text = sharp(int(known[key]))
        out.both(key, f"flowlabel {text} ", text)


def _ageing(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, f"ageing {known[key] or 'none'} ", known[key])


def _limit(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        out.both(key, f"maxaddr {known[key]} ", known[key])


_ENDPOINTS: Final[Fields] = (
    ("id", plain()),
    *all_of(far_end, "group", "remote", "local"),
    ("link", plain("dev")),
    ("port_low", _port_range),
    ("port", plain("dstport")),
)
_HEADERS: Final[Fields] = (
    ("tos", tos),
    ("ttl", ttl),
    ("df", dont_fragment),
    ("label", flow_label),
    ("ageing", _ageing),
    ("limit", _limit),
)
VXLAN: Final[Fields] = (
    ("external", flag()),
    ("vnifilter", flag()),
    *_ENDPOINTS,
    ("learning", _learning),
    *all_of(flag(), "proxy", "rsc", "l2miss", "l3miss"),
    *_HEADERS,
    ("udp_csum", no_flag("udpcsum")),
    ("udp_zero_csum6_tx", no_flag("udp6zerocsumtx")),
    ("udp_zero_csum6_rx", no_flag("udp6zerocsumrx")),
    ("remcsum_tx", flag("remcsumtx")),
    ("remcsum_rx", flag("remcsumrx")),
    *all_of(flag(), "gbp", "gpe"),
)
NEWER_VXLAN: Final[Fields] = (
    *_ENDPOINTS,
    *_HEADERS,
    ("reserved_bits", plain()),
    *all_of(present, "gbp", "gpe"),
    *all_of(unusual(usual=False), "external", "vnifilter"),
    ("learning", unusual(usual=True)),
    *all_of(unusual(usual=False), "proxy", "rsc", "l2miss", "l3miss"),
    ("udp_csum", unusual(usual=True)),
    *all_of(unusual(usual=False), "udp_zero_csum6_tx", "udp_zero_csum6_rx", "remcsum_tx", "remcsum_rx"),
    ("localbypass", unusual(usual=True)),
)
