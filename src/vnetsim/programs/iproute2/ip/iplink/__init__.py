"""`ip link`: add, set, delete, show, property (iproute2: ip/iplink.c, ip/link_veth.c).

Not modelled: `xstats`, virtual functions, XDP, VRFs, link modes, queue counts, segmentation limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import Link
from vnetsim.operations import AddLink, DeleteLink, Peer, SetLink
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.ipaddress import listing
from vnetsim.programs.iproute2.ip.iplink import kinds
from vnetsim.programs.iproute2.ip.iplink.kind_parser import KindWords, Options
from vnetsim.programs.iproute2.ip.iplink.parse import LinkWords, garbage, is_altname, parse
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import (
    CommandError,
    Request,
    duparg,
    duparg2,
    invarg,
    matches,
    unknown_command,
    usage,
    usage_text,
)
from vnetsim.programs.iproute2.lib.ll_map import by_index, by_name, find, index_of
from vnetsim.wire.mac import Mac


def main(request: Request) -> Program:
    """The words behind `ip link`."""
    word = request.words.take()
    if word is None:
        return listing.show_links(request, "ip-link")
    for keyword, command in _COMMANDS:
        if matches(word, keyword):
            return command(request)
    raise unknown_command(word, "ip link help")


def _show(request: Request) -> Program:
    return listing.show_links(request, "ip-link")


# --- add -------------------------------------------------------------------------------------------------------------


def _add(request: Request) -> Program:
    said = parse(request, request.words, creating=True)
    peer, options = _read_kind(said)
    if said.kind is None:
        raise CommandError(1, 'Not enough information: "type" argument is required')
    _create(said, peer, options)
    return 0


def _replace(request: Request) -> Program:
    """Of a device that is not there, `add`; the kernel replaces none."""
    said = parse(request, request.words, creating=True)
    peer, options = _read_kind(said)
    if said.name is not None and by_name(request.network.links(), said.name) is not None:
        raise KernelError(Errno.EOPNOTSUPP)
    if said.kind is None:
        raise CommandError(1, 'Not enough information: "type" argument is required')
    _create(said, peer, options)
    return 0


def _read_kind(said: LinkWords) -> tuple[LinkWords | None, Options]:
    """The words behind `type KIND`: of a veth pair the other end, of other kinds their options."""
    words = said.words
    if said.kind is None or not words:
        return None, {}
    if said.kind == "veth":
        return _read_peer(said), {}
    if said.kind not in kinds.KNOWN:
        if matches(words.peek or "", "help"):
            raise usage("ip-link")
        raise CommandError(1, str(garbage(words)))
    request = said.request
    it = KindWords(
        said.kind, words, request.network, said.creating, request.options.family, request.options.newer,
        request.process.error,
    )  # fmt: skip
    return None, kinds.read(it)


def _read_peer(said: LinkWords) -> LinkWords:
    if said.words.next_arg() != "peer":
        said.request.process.write(usage_text("ip-link-veth"))
        raise CommandError(1)
    peer = parse(said.request, said.words, creating=said.creating)
    if peer.kind is not None:
        raise duparg("type", peer.kind)
    return peer


def _create(said: LinkWords, peer: LinkWords | None, options: Options) -> None:
    """Ask for the device, then for what cannot be said at its creation.  The kernel ignores an alias there."""
    _refuse_unmodelled(said, *([peer] if peer else []))
    if said.addrgenmode is not None:
        raise KernelError(Errno.EAFNOSUPPORT)
    if peer is not None and peer.up:
        raise KernelError(Errno.ENOTCONN)
    assert said.kind is not None
    said.request.execute(
        AddLink(
            kind=said.kind, name=said.name, link=said.link, netns=said.netns, mac=_mac(said.mac), mtu=said.mtu,
            qlen=said.qlen, index=said.index or None, master=said.master or None, up=said.up or None,
            group=said.group, peer=_peer(said, peer), options=options,
        )
    )  # fmt: skip
    for end in (said, peer):
        if end is not None:
            _change_new(end, is_peer=end is peer)


def _peer(said: LinkWords, peer: LinkWords | None) -> Peer | None:
    if peer is None:
        return None
    if peer.index and said.index:
        raise NotModelled("an index for each end of a veth pair")
    return Peer(name=peer.name, netns=peer.netns, mac=_mac(peer.mac), mtu=peer.mtu, qlen=peer.qlen)


def _change_new(said: LinkWords, *, is_peer: bool) -> None:
    """Flags, broadcast address, and the peer's group."""
    change = {
        "arp": said.arp, "multicast": said.multicast, "allmulticast": said.allmulticast, "promisc": said.promisc,
        "broadcast": _mac(said.broadcast), "group": said.group if is_peer else None,
    }  # fmt: skip
    if all(value is None for value in change.values()):
        return
    if said.name is None or "%" in said.name or said.netns is not None:
        raise NotModelled("flags of a new device without a name, or of one in another namespace")
    said.request.execute(SetLink(device=said.name, **change))  # type: ignore[arg-type]


def _mac(octets: bytes | None) -> Mac | None:
    """KernelError as the kernel says that there are too few or too many octets."""
    if octets is None:
        return None
    mac = ll_addr.to_mac(octets)
    if mac is None:
        raise KernelError(Errno.EINVAL)
    return mac


def _refuse_unmodelled(*ends: LinkWords) -> None:
    for said in ends:
        if said.protodown:
            raise KernelError(Errno.EOPNOTSUPP, "Protodown not supported by device")
        for what in said.unmodelled:
            raise NotModelled(f"ip link {what}")


# --- set, delete -----------------------------------------------------------------------------------------------------


def _set(request: Request) -> Program:
    said = parse(request, request.words, creating=False)
    peer, options = _read_kind(said)
    if peer is not None:
        raise KernelError(Errno.EOPNOTSUPP)
    _refuse_unmodelled(said)
    for device in _devices(said):
        _change(said, device, options)
    return 0


def _devices(said: LinkWords) -> Iterator[Link]:
    """The device meant, or all of a group."""
    if said.device is not None:
        yield said.device
    elif said.of_group:
        yield from [link for link in said.request.network.links() if link.group == said.group]


def _change(said: LinkWords, device: Link, options: Options) -> None:
    if said.carrier is not None:
        if device.kind == "tun":
            raise NotModelled("ip link set carrier")
        raise KernelError(Errno.EOPNOTSUPP)
    if said.index:
        raise NotModelled("ip link set netns ... index")
    said.request.execute(
        SetLink(
            device=device.name, up=said.up, master=said.master, name=said.name, netns=said.netns, mac=_mac(said.mac),
            broadcast=_mac(said.broadcast), mtu=said.mtu, qlen=said.qlen, alias=said.alias, group=said.group,
            arp=said.arp, multicast=said.multicast, allmulticast=said.allmulticast, promisc=said.promisc,
            addrgenmode=said.addrgenmode, kind=said.kind, options=options,
        )
    )  # fmt: skip


def _delete(request: Request) -> Program:
    said = parse(request, request.words, creating=False)
    _read_kind(said)
    if said.of_group:
        _delete_group(request, said.group or 0)
    elif said.device is not None:
        request.execute(DeleteLink(device=said.device.name))
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
    word = request.words.take()
    if word is None or matches(word, "help"):
        raise usage("ip-link")
    if matches(word, "add"):
        return _change_altnames(request, adding=True)
    if matches(word, "del"):
        return _change_altnames(request, adding=False)
    raise CommandError(255, "Operator required")


def _change_altnames(request: Request, *, adding: bool) -> Program:
    name, altnames = _read_altnames(request)
    if name is None:
        raise CommandError(255, 'Not enough of information: "dev" argument is required.')
    device = find(request.network, name).name
    for altname in altnames:
        if adding:
            request.execute(SetLink(device=device, add_altname=altname))
        else:
            request.execute(SetLink(device=device, delete_altname=altname))
    return 0


def _read_altnames(request: Request) -> tuple[str | None, list[str]]:
    words, name, altnames = request.words, None, list[str]()
    for word in words:
        if matches(word, "altname"):
            altnames.append(_altname(request, words.next_arg(), "not a valid altname"))
        elif matches(word, "help"):
            raise usage("ip-link")
        else:
            if word == "dev":
                word = words.next_arg()
            if name is not None:
                raise duparg2("dev", word)
            name = _altname(request, word, '"dev" not a valid ifname')
    return name, altnames


def _altname(request: Request, word: str, complaint: str) -> str:
    if not is_altname(word, request.options):
        raise invarg(complaint, word)
    return word


def _help(request: Request) -> Program:
    kind = request.words.take() or ""
    if kind in _KINDS_WITH_HELP:
        request.process.write(usage_text(f"ip-link-{kind}"))
        return 0
    if kind in kinds.KNOWN and kind not in _WITHOUT_HELP:
        raise NotModelled(f"ip link help {kind}")
    raise usage("ip-link")


def _xstats(request: Request) -> Program:
    word = request.words.take()
    if word is None:
        raise CommandError(1, "xstats: missing argument")
    if word == "help":
        request.process.write("Usage: ... xstats type TYPE [ ARGS ]\n")
        return 0
    raise NotModelled("ip link xstats")


def _afstats(request: Request) -> Program:
    """Counters of address families other than IP, of which there is none."""
    words, name = request.words, None
    for word in words:
        if word == "dev":
            word = words.next_arg()
            if name is not None:
                raise duparg2("dev", word)
            name = word
        elif matches(word, "help"):
            raise usage("ip-link")
        else:
            raise unknown_command(word, "ip link help")
    if name is not None and not index_of(request.network.links(), name):
        request.process.error(f'Device "{name}" does not exist.\n')
    elif request.options.json:
        request.process.write(request.printer().result())
    return 0


#: Kinds about which iproute2 knows nothing to say for `ip link help`.
_KINDS_WITH_HELP: Final = frozenset(
    ("bridge", "bridge_slave", "dummy", "ipvlan", "ipvtap", "macvlan", "macvtap", "veth", "vlan", "vxlan")
)
_WITHOUT_HELP: Final = frozenset({"tun"})
#: In the order of asking: `s` is `set`.
_COMMANDS: Final[tuple[tuple[str, Callable[[Request], Program]], ...]] = (
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
