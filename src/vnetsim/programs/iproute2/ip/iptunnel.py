"""`ip tunnel`: gre, ipip and sit by the ioctls SIOCADDTUNNEL and its like (iproute2: ip/iptunnel.c, ip/tunnel.c).

Not modelled: `prl`, `6rd`, the modes isatap and vti, tunnels over IPv6 (`ip -6 tunnel`).
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import Link
from vnetsim.operations import AddLink, DeleteLink, SetLink
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.iplink.link_args import is_name
from vnetsim.programs.iproute2.ip.iplink.tunnels import get_addr32, parse_key, parse_tos, parse_ttl
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    duparg2,
    invarg,
    matches,
    nodev,
    usage,
)
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import by_name
from vnetsim.values import define
from vnetsim.wire.inet import ANY4

_MODES: Final = {
    "ipip": "ipip", "ip/ip": "ipip", "gre": "gre", "gre/ip": "gre", "sit": "sit", "ipv6/ip": "sit",
}  # fmt: skip
_ABSENT_MODES: Final = frozenset({
    "isatap", "vti", "ipv6/ipv6", "ip6ip6", "vti6", "ip/ipv6", "ipv4/ipv6", "ipip6", "ip4ip6", "ip6gre", "gre/ipv6",
    "any/ipv6", "any",
})  # fmt: skip
#: The device that the ioctls of a kind go to, and its protocol.
_FALLBACKS: Final = {"gre": "gre0", "ipip": "tunl0", "sit": "sit0"}
_PROTOCOLS: Final = {"gre": "gre", "ipip": "ip", "sit": "ipv6"}
_NUMBERS: Final = {"ipip": 4, "sit": 41}
_FLAGS: Final = {
    f"{side}{name}": tuple(f"{each}{name}" for each in (side or "io"))
    for name in ("seq", "csum") for side in ("", "i", "o")
}  # fmt: skip
_NOTES: Final = {
    "iseq": ("rx_drop_ooseq", "Drop packets out of sequence."),
    "icsum": ("rx_csum", "Checksum in received packet is required."),
    "oseq": ("tx_seq", "Sequence packets on output."),
    "ocsum": ("tx_csum", "Checksum output packets."),
}


def main(request: Request) -> Program:
    """Reads what follows `ip tunnel`."""
    if request.options.family == 6:
        raise NotModelled("ip -6 tunnel")
    arg = request.args.take()
    if arg is None:
        return _show(request)
    for command, act in (("add", _add), ("change", _change), ("del", _delete)):
        if matches(arg, command):
            return act(request)
    if any(matches(arg, keyword) for keyword in ("show", "lst", "list")):
        return _show(request)
    if matches(arg, "prl") or matches(arg, "6rd"):
        raise NotModelled(f"ip tunnel {arg}")
    if matches(arg, "help"):
        raise usage("ip-tunnel")
    raise Iproute2Error(255, f'Command "{arg}" is unknown, try "ip tunnel help"')


@define
class _TunnelArgs:
    name: str | None = None
    mode: str | None = None
    options: dict[str, str | int] = attrs.field(factory=dict)
    #: The tunnel that `change` begins with.
    before: Link | None = None


def _parse(request: Request, *, changing: bool = False) -> _TunnelArgs:
    """parse_args()"""
    parsed = _TunnelArgs()
    first = True
    for arg in request.args:
        if not _read_option(request, parsed, arg):
            _read_name(request, parsed, arg)
            if changing and first:
                _read_existing(request, parsed)
        first = False
    if parsed.mode is None and parsed.name is not None:
        parsed.mode = next((mode for mode in _FALLBACKS if parsed.name.startswith(mode)), None)
        if parsed.name.startswith(("isatap", "vti")):
            raise NotModelled(f"ip tunnel mode {parsed.name}")
    if parsed.mode != "gre" and ("ikey" in parsed.options or "okey" in parsed.options):
        raise Iproute2Error(1, "Keys are not allowed with ipip and sit tunnels")
    device = parsed.options.get("dev")
    if device is not None and by_name(request.network.links(), str(device)) is None:
        raise nodev(str(device))
    return parsed


def _read_option(request: Request, parsed: _TunnelArgs, arg: str) -> bool:
    args, options = request.args, parsed.options
    if arg == "mode":
        _read_mode(parsed, args.next_arg())
    elif arg == "key":
        options["ikey"] = options["okey"] = parse_key(arg, args.next_arg())
    elif arg in ("ikey", "okey"):
        options[arg] = parse_key(arg, args.next_arg())
    elif arg in _FLAGS:
        options.update(dict.fromkeys(_FLAGS[arg], 1))
    elif arg in ("nopmtudisc", "pmtudisc"):
        options["pmtudisc"] = int(arg == "pmtudisc")
    elif arg in ("remote", "local"):
        options[arg] = str(get_addr32(args.next_arg()))
    elif arg == "dev":
        options["dev"] = args.next_arg()
    elif arg in ("ttl", "hoplimit", "hlim"):
        options["ttl"] = parse_ttl(args.next_arg())
    elif arg in ("tos", "tclass") or matches(arg, "dsfield"):
        options["tos"] = parse_tos(args.next_arg())
    else:
        return False
    return True


def _read_mode(parsed: _TunnelArgs, arg: str) -> None:
    if arg in _ABSENT_MODES:
        raise NotModelled(f"ip tunnel mode {arg}")
    if arg not in _MODES:
        raise Iproute2Error(255, f'Unknown tunnel mode "{arg}"')
    if parsed.mode not in (None, _MODES[arg]):
        raise Iproute2Error(255, "You managed to ask for more than one tunnel mode.")
    parsed.mode = _MODES[arg]


def _read_name(request: Request, parsed: _TunnelArgs, arg: str) -> None:
    if arg == "name":
        arg = request.args.next_arg()
    elif matches(arg, "help"):
        raise usage("ip-tunnel")
    if parsed.name is not None:
        raise duparg2("name", arg)
    if not is_name(arg, request.options):
        raise invarg('"name" not a valid ifname', arg)
    parsed.name = arg


def _read_existing(request: Request, parsed: _TunnelArgs) -> None:
    link = by_name(request.network.links(), parsed.name or "")
    if link is None:
        raise Iproute2Error(1, f'get tunnel "{parsed.name}" failed: {Errno.ENODEV.strerror}')
    parsed.before, parsed.mode = link, link.kind if link.kind in _FALLBACKS else None
    for key in ("ttl", "pmtudisc"):
        parsed.options[key] = link.details.get(key, 0)


def _check(parsed: _TunnelArgs) -> str:
    """do_add(): the name of the device that the ioctl goes to."""
    if parsed.options.get("ttl") and parsed.options.get("pmtudisc", 1) == 0:
        raise Iproute2Error(1, "ttl != 0 and nopmtudisc are incompatible")
    if parsed.mode is None:
        raise Iproute2Error(1, "cannot determine tunnel mode (ipip, gre, vti or sit)")
    return _FALLBACKS[parsed.mode]


def _add(request: Request) -> Program:
    parsed = _parse(request)
    base = _check(parsed)
    options = {**parsed.options, "ioctl": 1}
    if parsed.mode in _NUMBERS:
        options["mode"] = _NUMBERS[parsed.mode]
    try:
        request.execute(AddLink(kind=str(parsed.mode), name=parsed.name, options=options))
    except KernelError as error:
        # The kernel that cannot load the module has no such device.
        errno = Errno.ENODEV if error.errno is Errno.EOPNOTSUPP else error.errno
        raise Iproute2Error(1, f'add tunnel "{base}" failed: {errno.strerror}') from None
    return 0


def _change(request: Request) -> Program:
    parsed = _parse(request, changing=True)
    base = _check(parsed)
    if parsed.before is None:
        raise NotModelled("ip tunnel change without the name first")
    try:
        request.execute(SetLink(device=parsed.before.name, kind=parsed.before.kind, options=parsed.options))
    except KernelError as error:
        raise Iproute2Error(1, f'add tunnel "{base}" failed: {error.errno.strerror}') from None
    return 0


def _delete(request: Request) -> Program:
    parsed = _parse(request)
    name = parsed.name or ""
    link = by_name(request.network.links(), name)
    errno = None
    if link is None:
        errno = Errno.ENODEV
    elif link.kind not in _FALLBACKS:
        errno = Errno.EOPNOTSUPP
    elif link.name in _FALLBACKS.values():
        errno = Errno.EPERM
    if errno is not None:
        raise Iproute2Error(1, f'delete tunnel "{name}" failed: {errno.strerror}')
    request.execute(DeleteLink(device=name))
    return 0


# --- show ------------------------------------------------------------------------------------------------------------


def _show(request: Request) -> Program:
    parsed = _parse(request)
    links = [link for link in request.network.links() if link.kind in _FALLBACKS]
    if parsed.mode is not None:
        name = parsed.name or _FALLBACKS[parsed.mode]
        found = by_name(links, name)
        if found is None:
            raise Iproute2Error(1, f'get tunnel "{name}" failed: {Errno.ENODEV.strerror}')
        links, with_counters = [found], False
    else:
        links, with_counters = [link for link in links if _is_meant(parsed, link)], request.options.stats > 0
    texts = [_text(request, link, json=parsed.mode is None, with_counters=with_counters) for link in links]
    # The newline behind each object goes past the writer of the document.
    whole = "[" + "\n,".join(text.strip()[1:-1] for text in texts) + "\n]\n"
    request.process.write(whole if request.options.json and parsed.mode is None else "".join(texts))
    return 0


def _text(request: Request, link: Link, *, json: bool, with_counters: bool) -> str:
    """A single tunnel that is asked for by its mode is always text."""
    out = (
        request.printer()
        if json
        else attrs.evolve(request, options=attrs.evolve(request.options, json=False)).printer()
    )
    _print(out, link)
    if with_counters:
        _print_counters(out, link)
    out.text("\n")
    return out.result()


def _is_meant(parsed: _TunnelArgs, link: Link) -> bool:
    """ip_tunnel_parm_match()"""
    options, known = parsed.options, link.details
    ends = all(
        options.get(key, str(ANY4)) in (str(ANY4), known.get(key)) for key in ("remote", "local")
    )  # fmt: skip
    same_key = not options.get("ikey") or options["ikey"] == known.get("ikey")
    return parsed.name in (None, link.name) and options.get("dev") in (None, known.get("link")) and ends and same_key


def _print(out: Iproute2Output, link: Link) -> None:
    """print_tunnel()"""
    known = link.details
    out.open_object()
    out.both("ifname", f"{link.name}: ", link.name, Color.IFNAME)
    mode = f"{_mode_name(link)}/ip"
    out.both("mode", f"{mode} ", mode)
    for key, end in (("remote", " "), ("local", "")):
        address = str(known.get(key, "any"))
        out.text(f"{key} ")
        out.both(key, f"{address}{end}", str(ANY4) if address == "any" else address, Color.INET)
    if "link" in known:
        out.both("dev", f" dev {known['link']}", known["link"])
    ttl, tos = int(known.get("ttl", 0)), int(known.get("tos", 0))
    if ttl:
        out.both("ttl", f" ttl {ttl}", ttl)
    else:
        out.text(" ttl inherit")
    if tos == 1:
        out.text(" tos inherit")
    elif tos:
        out.both("tos", f" tos {'inherit/' * (tos & 1)}{tos & ~1:#04x}", f"{tos:#04x}")
    if not known.get("pmtudisc", 1):
        out.both("nopmtudisc", " nopmtudisc", None)
    if mode == "ipv6/ip" and "prefix" in known:
        out.both("6rd-prefix", f" 6rd-prefix {known['prefix']}", known["prefix"])
        out.both("6rd-prefixlen", f"/{known['prefixlen']}", known["prefixlen"])
    _print_gre(out, link)
    out.close_object()


def _mode_name(link: Link) -> str:
    if link.kind == "gre":
        return "gre"
    return {0: "any", 4: "ip", 41: "ipv6"}[int(link.details.get("proto", 0))]


def _print_gre(out: Iproute2Output, link: Link) -> None:
    """tnl_print_gre_flags()"""
    known = link.details
    if "ikey" in known and known["ikey"] == known.get("okey"):
        out.both("key", f" key {known['ikey']}", known["ikey"])
    else:
        for key in ("ikey", "okey"):
            if key in known:
                out.both(key, f" {key} {known[key]}", known[key])
    if link.kind != "gre":
        return
    notes = [note for flag, note in _NOTES.items() if known.get(flag)]
    for _, text in notes:
        out.line()
        out.text(f"  {text}")
    out.data("flags", [name for name, _ in notes])


def _print_counters(out: Iproute2Output, link: Link) -> None:
    """tnl_print_stats()"""
    if out.json:
        return
    counted = link.statistics
    out.line()
    out.text("RX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts")
    out.line()
    out.text(f"    {counted.rx_packets:<10} {counted.rx_bytes:<12} {counted.rx_errors:<6} {0:<8} {0:<8} "
             f"{counted.multicast:<8}")  # fmt: skip
    out.line()
    out.text("TX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs")
    out.line()
    out.text(f"    {counted.tx_packets:<10} {counted.tx_bytes:<12} {counted.tx_errors:<6} {counted.collisions:<8} "
             f"{counted.tx_carrier:<8} {counted.tx_dropped:<6}")  # fmt: skip
