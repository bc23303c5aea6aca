"""`ip link`: add, set, delete, show, property (iproute2: ip/iplink.c, ip/link_veth.c).

Not modelled: `xstats`, virtual functions, XDP, VRFs, link modes, queue counts, segmentation limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import Link
from vnetsim.operations import AddLink, DeleteLink, Peer, SetLink
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.ipaddress import listing
from vnetsim.programs.iproute2.ip.iplink import kinds
from vnetsim.programs.iproute2.ip.iplink.kind_parser import KindArgs, Options
from vnetsim.programs.iproute2.ip.iplink.link_args import LinkArgs, garbage, is_altname
from vnetsim.programs.iproute2.ip.iplink.parse import parse
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    duparg,
    duparg2,
    invarg,
    matches,
    run_command,
    unknown_command,
    usage,
    usage_text,
)
from vnetsim.programs.iproute2.lib.ll_map import by_index, by_name, find, index_of
from vnetsim.wire.mac import Mac


def main(request: Request) -> Program:
    """Reads what follows `ip link`."""
    if not request.args:
        return listing.show_links(request, "ip-link")
    return run_command(request, _COMMANDS, "ip link help")


def _show(request: Request) -> Program:
    return listing.show_links(request, "ip-link")


# --- add -------------------------------------------------------------------------------------------------------------


def _add(request: Request) -> Program:
    parsed = parse(request, request.args, creating=True)
    peer, options = _read_kind(parsed)
    if parsed.kind is None:
        raise Iproute2Error(1, 'Not enough information: "type" argument is required')
    _create(parsed, peer, options)
    return 0


def _replace(request: Request) -> Program:
    """Of a device that is not there, `add`; the kernel replaces none."""
    parsed = parse(request, request.args, creating=True)
    peer, options = _read_kind(parsed)
    if parsed.name is not None and by_name(request.network.links(), parsed.name) is not None:
        raise KernelError(Errno.EOPNOTSUPP)
    if parsed.kind is None:
        raise Iproute2Error(1, 'Not enough information: "type" argument is required')
    _create(parsed, peer, options)
    return 0


def _read_kind(parsed: LinkArgs) -> tuple[LinkArgs | None, Options]:
    """Reads what follows `type KIND`: of a veth pair the other end, of other kinds their options."""
    args = parsed.args
    if parsed.kind is None or not args:
        return None, {}
    if parsed.kind == "veth":
        return _read_peer(parsed), {}
    if parsed.kind not in kinds.KNOWN:
        if matches(args.peek or "", "help"):
            raise usage("ip-link")
        raise Iproute2Error(1, str(garbage(args)))
    request = parsed.request
    it = KindArgs(
        parsed.kind, args, request.network, parsed.creating, request.options.family, request.options.newer,
        request.process.error, request.process.files,
    )  # fmt: skip
    return None, kinds.read(it)


def _read_peer(parsed: LinkArgs) -> LinkArgs:
    if parsed.args.next_arg() != "peer":
        parsed.request.process.write(usage_text("ip-link-veth"))
        raise Iproute2Error(1)
    peer = parse(parsed.request, parsed.args, creating=parsed.creating)
    if peer.kind is not None:
        raise duparg("type", peer.kind)
    return peer


def _create(parsed: LinkArgs, peer: LinkArgs | None, options: Options) -> None:
    """Create the device, then set what cannot be set at its creation.  The kernel ignores an alias there."""
    _refuse_unmodelled(parsed, *([peer] if peer else []))
    if parsed.addrgenmode is not None:
        raise KernelError(Errno.EAFNOSUPPORT)
    if peer is not None and peer.up:
        raise KernelError(Errno.ENOTCONN)
    assert parsed.kind is not None
    parsed.request.execute(
        AddLink(
            kind=parsed.kind, name=parsed.name, link=parsed.link, netns=parsed.netns, mac=_mac(parsed.mac),
            mtu=parsed.mtu,
            qlen=parsed.qlen, index=parsed.index or None, master=parsed.master or None, up=parsed.up or None,
            group=parsed.group, peer=_peer(parsed, peer), queues=parsed.queues,
            options=options,
        )
    )  # fmt: skip
    for end in (parsed, peer):
        if end is not None:
            _change_new(end, is_peer=end is peer)


def _peer(parsed: LinkArgs, peer: LinkArgs | None) -> Peer | None:
    if peer is None:
        return None
    if peer.index and parsed.index:
        raise NotModelled("an index for each end of a veth pair")
    return Peer(name=peer.name, netns=peer.netns, mac=_mac(peer.mac), mtu=peer.mtu, qlen=peer.qlen, queues=peer.queues)


def _change_new(parsed: LinkArgs, *, is_peer: bool) -> None:
    """Flags, broadcast address, and the peer's group."""
    change = {
        "arp": parsed.arp,
        "multicast": parsed.multicast,
        "allmulticast": parsed.allmulticast,
        "promisc": parsed.promisc,
        "broadcast": _mac(parsed.broadcast),
        "group": parsed.group if is_peer else None,
    }
    if all(value is None for value in change.values()):
        return
    if parsed.name is None or "%" in parsed.name or parsed.netns is not None:
        raise NotModelled("flags of a new device without a name, or of one in another namespace")
    parsed.request.execute(SetLink(device=parsed.name, **change))  # type: ignore[arg-type]


def _mac(octets: bytes | None) -> Mac | None:
    """KernelError, as from the kernel, if there are too few or too many octets."""
    if octets is None:
        return None
    mac = ll_addr.to_mac(octets)
    if mac is None:
        raise KernelError(Errno.EINVAL)
    return mac


def _refuse_unmodelled(*ends: LinkArgs) -> None:
    for parsed in ends:
        if parsed.protodown:
            raise KernelError(Errno.EOPNOTSUPP, "Protodown not supported by device")
        for what in parsed.unmodelled:
            raise NotModelled(f"ip link {what}")


# --- set, delete -----------------------------------------------------------------------------------------------------


def _set(request: Request) -> Program:
    parsed = parse(request, request.args, creating=False)
    peer, options = _read_kind(parsed)
    if peer is not None:
        raise KernelError(Errno.EOPNOTSUPP)
    _refuse_unmodelled(parsed)
    for device in _devices(parsed):
        _change(parsed, device, options)
    return 0


def _devices(parsed: LinkArgs) -> Iterator[Link]:
    """The device meant, or all of a group."""
    if parsed.device is not None:
        yield parsed.device
    elif parsed.of_group:
        yield from [link for link in parsed.request.network.links() if link.group == parsed.group]


def _change(parsed: LinkArgs, device: Link, options: Options) -> None:
    if parsed.carrier is not None and device.kind == "tun":
        raise NotModelled("ip link set carrier")
    parsed.request.execute(
        SetLink(
            device=device.name, up=parsed.up, master=parsed.master, name=parsed.name, netns=parsed.netns,
            index=parsed.index or None, mac=_mac(parsed.mac),
            broadcast=_mac(parsed.broadcast), mtu=parsed.mtu, qlen=parsed.qlen, alias=parsed.alias, group=parsed.group,
            arp=parsed.arp, multicast=parsed.multicast, allmulticast=parsed.allmulticast, promisc=parsed.promisc,
            carrier=parsed.carrier, addrgenmode=parsed.addrgenmode, kind=parsed.kind, options=options,
        )
    )  # fmt: skip


def _delete(request: Request) -> Program:
    parsed = parse(request, request.args, creating=False)
    _read_kind(parsed)
    if parsed.of_group:
        _delete_group(request, parsed.group or 0)
    elif parsed.device is not None:
        request.execute(DeleteLink(device=parsed.device.name))
    return 0


def _delete_group(request: Request, group: int) -> None:
    """rtnl_group_dellink(): all of a group or none."""
    members = [link for link in request.network.links() if link.group == group]
    if group == 0:
        raise KernelError(Errno.EPERM)
    if any(link.kind is None for link in members):
        raise KernelError(Errno.EOPNOTSUPP)
    if not members:
        raise KernelError(Errno.ENODEV)
    for member in members:
        if by_index(request.network.links(), member.index) is not None:
            request.execute(DeleteLink(device=member.name))


# --- property, help, afstats -----------------------------------------------------------------------------------------


def _property(request: Request) -> Program:
    arg = request.args.take()
    if arg is None or matches(arg, "help"):
        raise usage("ip-link")
    if matches(arg, "add"):
        return _change_altnames(request, adding=True)
    if matches(arg, "del"):
        return _change_altnames(request, adding=False)
    raise Iproute2Error(255, "Operator required")


def _change_altnames(request: Request, *, adding: bool) -> Program:
    name, altnames = _read_altnames(request)
    if name is None:
        raise Iproute2Error(255, 'Not enough of information: "dev" argument is required.')
    device = find(request.network, name).name
    for altname in altnames:
        if adding:
            request.execute(SetLink(device=device, add_altname=altname))
        else:
            request.execute(SetLink(device=device, delete_altname=altname))
    return 0


def _read_altnames(request: Request) -> tuple[str | None, list[str]]:
    args, name, altnames = request.args, None, list[str]()
    for arg in args:
        if matches(arg, "altname"):
            altnames.append(_altname(request, args.next_arg(), "not a valid altname"))
        elif matches(arg, "help"):
            raise usage("ip-link")
        else:
            if arg == "dev":
                arg = args.next_arg()
            if name is not None:
                raise duparg2("dev", arg)
            name = _altname(request, arg, '"dev" not a valid ifname')
    return name, altnames


def _altname(request: Request, arg: str, complaint: str) -> str:
    if not is_altname(arg, request.options):
        raise invarg(complaint, arg)
    return arg


def _help(request: Request) -> Program:
    kind = request.args.take() or ""
    if kind in _KINDS_WITH_HELP:
        request.process.write(usage_text(f"ip-link-{kind}"))
        return 0
    if kind in kinds.KNOWN and kind not in _WITHOUT_HELP:
        raise NotModelled(f"ip link help {kind}")
    raise usage("ip-link")


def _xstats(request: Request) -> Program:
    arg = request.args.take()
    if arg is None:
        raise Iproute2Error(1, "xstats: missing argument")
    if arg == "help":
        request.process.write("Usage: ... xstats type TYPE [ ARGS ]\n")
        return 0
    raise NotModelled("ip link xstats")


def _afstats(request: Request) -> Program:
    """Counters of address families other than IP, of which there is none."""
    args, name = request.args, None
    for arg in args:
        if arg == "dev":
            arg = args.next_arg()
            if name is not None:
                raise duparg2("dev", arg)
            name = arg
        elif matches(arg, "help"):
            raise usage("ip-link")
        else:
            raise unknown_command(arg, "ip link help")
    if name is not None and not index_of(request.network.links(), name):
        request.process.error(f'Device "{name}" does not exist.\n')
    elif request.options.json:
        request.process.write(request.printer().result())
    return 0


#: Kinds without a help text for `ip link help`.
_KINDS_WITH_HELP: Final = frozenset((
    "bond", "bond_slave", "bridge", "bridge_slave", "dummy", "ipvlan", "ipvtap", "macvlan", "macvtap", "veth", "vlan",
    "vxlan",
))  # fmt: skip
_WITHOUT_HELP: Final = frozenset({"tun"})
#: In the order of matching: `s` is `set`.
_COMMANDS: Final[tuple[tuple[str, Command], ...]] = (
    ("add", _add),
    ("set", _set),
    ("change", _set),
    ("replace", _replace),
    ("delete", _delete),
    ("show", _show),
    ("lst", _show),
    ("list", _show),
    ("xstats", _xstats),
    ("afstats", _afstats),
    ("property", _property),
    ("help", _help),
)
