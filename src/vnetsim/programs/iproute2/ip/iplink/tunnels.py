"""Reads what follows `type gre`, `ipip` and `sit` (iproute2: ip/link_gre.c, ip/link_iptnl.c, ip/tunnel.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.iproute2.ip.iplink.fields import Details, Field, Fields, hexadecimal, plain
from vnetsim.programs.iproute2.ip.iplink.kind_parser import Handler, KindArgs, Table, each
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, invarg, lookup, matches, number, valid
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.prefixes import get_addr
from vnetsim.wire.inet import IPv4

_SIDES: Final = ("i", "o")
MODES: Final = {
    "ipv6/ipv4": 41, "ip6ip": 41, "ipv4/ipv4": 4, "ipip": 4, "ip4ip4": 4, "mpls/ipv4": 137, "mplsip": 137,
    "any/ipv4": 0, "any": 0,
}  # fmt: skip


def get_addr32(text: str) -> IPv4:
    """get_addr32(): Iproute2Error (status 1) for what is no IPv4 address."""
    try:
        return IPv4(int(get_addr(text, 4)))
    except Iproute2Error:
        message = f'Error: an IP address is expected rather than "{text}"'
        raise Iproute2Error(1, message, exits=True) from None


def parse_key(name: str, text: str) -> int:
    """tnl_parse_key(): a number, or four with dots."""
    if "." in text:
        return int(get_addr32(text))
    value = number(text)
    if value is None:
        raise Iproute2Error(255, f'invalid value for "{name}": "{text}"; it should be an unsigned integer')
    return value


def parse_ttl(text: str) -> int:
    return 0 if text == "inherit" else valid(number(text, 8), "invalid TTL\n", text)


def parse_tos(text: str) -> int:
    return 1 if text == "inherit" else valid(number(text, 8, 16), "bad TOS value", text)


def _key(sides: tuple[str, ...], *, given: bool) -> Handler:
    def handle(it: KindArgs, keyword: str) -> None:
        value: str | int = parse_key(keyword, it.args.next_arg()) if given else ""
        it.options.update({f"{side}key": value for side in sides})

    return handle


def _flag(name: str, sides: tuple[str, ...], value: int) -> Handler:
    def handle(it: KindArgs, _: str) -> None:
        it.options.update({f"{side}{name}": value for side in sides})

    return handle


def _constant(key: str, value: int) -> Handler:
    def handle(it: KindArgs, _: str) -> None:
        it.options[key] = value

    return handle


def _end(it: KindArgs, keyword: str) -> None:
    address = get_addr(it.args.next_arg(), 4)
    it.options[keyword] = str(address)


def _device(it: KindArgs, _: str) -> None:
    it.options["dev"] = find(it.network, it.args.next_arg()).name


def _ttl(it: KindArgs, _: str) -> None:
    it.options["ttl"] = parse_ttl(it.args.next_arg())


def _tos(it: KindArgs, _: str) -> None:
    it.options["tos"] = parse_tos(it.args.next_arg())


def _mark(it: KindArgs, keyword: str) -> None:
    it.options[keyword] = valid(number(arg := it.args.next_arg()), "invalid fwmark\n", arg)


def _absent(it: KindArgs, keyword: str) -> None:
    raise NotModelled(f"{it.kind} {keyword}")


def _mode(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    if arg not in MODES or (MODES[arg] == 41 and it.kind != "sit"):
        raise invarg("Cannot guess tunnel mode.", arg)
    it.options[keyword] = MODES[arg]


def _nothing(_it: KindArgs, _keyword: str) -> None:
    """`noencap` and its like: as it is."""


_BOTH: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (("", _SIDES), ("i", ("i",)), ("o", ("o",)))
_ENDS: Final[Table] = (("nopmtudisc", _constant("pmtudisc", 0)), ("pmtudisc", _constant("pmtudisc", 1)),
                       *each(_end, "remote", "local"), ("dev", _device))  # fmt: skip
_ENCAP: Final[Table] = (
    *each(_nothing, "noencap.", "noencap-csum.", "noencap-udp6-csum.", "noencap-remcsum."),
    *each(_absent, "encap.", "encap-sport.", "encap-dport.", "encap-csum.", "encap-udp6-csum.", "encap-remcsum."),
    ("external.", _absent),
)
_GRE: Final[Table] = (
    *((f"{no}{prefix}key", _key(sides, given=not no)) for prefix, sides in _BOTH for no in ("", "no")),
    *(
        (f"{no}{prefix}{name}", _flag(name, sides, int(not no)))
        for name in ("seq", "csum") for prefix, sides in _BOTH for no in ("", "no")
    ),
    *_ENDS,
    *each(_ttl, "ttl", "hoplimit", "hlim"),
    *each(_tos, "tos", "tclass", "dsfield"),
    *_ENCAP,
    ("ignore-df.", _constant("ignore-df", 1)),
    ("noignore-df.", _constant("ignore-df", 0)),
    ("fwmark.", _mark),
)  # fmt: skip
_IPTNL: Final[Table] = (
    ("mode.", _mode),
    *((f"{name}." if name != "dev" else name, handler) for name, handler in _ENDS),
    *each(_ttl, "ttl.", "hoplimit.", "hlim."),
    *each(_tos, "tos.", "tclass.", "tc.", "dsfield"),
    *_ENCAP,
    *each(_absent, "isatap.", "6rd-prefix.", "6rd-relay_prefix.", "6rd-reset."),
    ("fwmark.", _mark),
)


def read_gre(it: KindArgs) -> None:
    _read(it, _GRE)


def read_iptnl(it: KindArgs) -> None:
    _read(it, _IPTNL)
    if it.options.get("ttl") and it.options.get("pmtudisc", 1) == 0:
        raise Iproute2Error(255, "ttl != 0 and nopmtudisc are incompatible")


def _read(it: KindArgs, table: Table) -> None:
    for arg in it.args:
        found = lookup(arg, table)
        if found is None or matches(arg, "help"):
            raise it.usage()
        found[1](it, found[0])


# --- what `ip -d` prints ---------------------------------------------------------------------------------------------


def _proto(out: Iproute2Output, key: str, known: Details) -> None:
    name = {4: "ipip", 41: "ip6ip", 137: "mplsip", 0: "any"}[int(known[key])]
    out.both(key, f"{name} ", name)


def _print_ttl(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, f"ttl {known[key] or 'inherit'} ", known[key])


def _print_tos(out: Iproute2Output, key: str, known: Details) -> None:
    tos = int(known[key])
    if tos:
        out.both(key, f"tos {'inherit' if tos == 1 else f'{tos:#x}'} ", f"{tos:#x}")


def _gre_pmtudisc(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, "" if known[key] else "nopmtudisc ", bool(known[key]))


def _pmtudisc(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, f"{'' if known[key] else 'no'}pmtudisc ", bool(known[key]))


def _present(keyword: str) -> Field:
    def print_field(out: Iproute2Output, key: str, _known: Details) -> None:
        out.both(key, f"{keyword} ", value=True)

    return print_field


def _print_key(out: Iproute2Output, key: str, known: Details) -> None:
    dotted = str(IPv4(int(known[key])))
    out.both(key, f"{key} {dotted} ", dotted)


def _prefix(out: Iproute2Output, key: str, known: Details) -> None:
    out.text(f"6rd-prefix {known[key]}/{known['prefixlen']} ")
    out.data(key, known[key])
    out.data("prefixlen", known["prefixlen"])


_COMMON: Final[Fields] = (
    ("remote", plain()), ("local", plain()), ("link", plain("dev")), ("ttl", _print_ttl), ("tos", _print_tos),
)  # fmt: skip
GRE: Final[Fields] = (
    *_COMMON,
    ("pmtudisc", _gre_pmtudisc),
    ("ignore_df", _present("ignore-df")),
    *((key, _print_key) for key in ("ikey", "okey")),
    *((key, _present(key)) for key in ("iseq", "oseq", "icsum", "ocsum")),
    ("fwmark", hexadecimal()),
    ("erspan_index", plain()),
    ("erspan_ver", plain()),
)
IPTNL: Final[Fields] = (
    ("proto", _proto), *_COMMON, ("pmtudisc", _pmtudisc), ("prefix", _prefix), ("fwmark", hexadecimal())
)  # fmt: skip
#: What a new tunnel has.
DEFAULTS: Final[Details] = {"ttl": 0, "tos": 0, "pmtudisc": 1}
