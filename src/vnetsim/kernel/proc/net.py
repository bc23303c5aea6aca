"""Files of /proc/net that netfilter makes: nf_conntrack, xt_recent/NAME (nf_conntrack_standalone.c, xt_recent.c).

Those about devices are kernel.proc.net_devices'.  Not modelled: the other files of /proc/net.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.proc import net_devices as proc_net_devices
from vnetsim.kernel.proc import vlan
from vnetsim.kernel.rtnetlink.conntrack import dump_connections
from vnetsim.protocols.jiffies import JIFFY
from vnetsim.wire.inet import parse_address

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.netfilter.extensions.xt_recent import RecentTable
    from vnetsim.observations import ConnectionEntry, Flow

DIRECTORY: Final = "/proc/net"
_CONNECTIONS: Final = "nf_conntrack"
_RECENT: Final = "xt_recent"
_BONDING: Final = "bonding"
_FAMILIES: Final = {4: "ipv4     2", 6: "ipv6     10"}
_PROTOCOLS: Final = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
_WITH_PORTS: Final = ("tcp", "udp")


def read(namespace: NetworkNamespace, name: str) -> str:
    """`name` is behind /proc/net/; KernelError as open(2)."""
    if name == _CONNECTIONS:
        entries = [entry for version in (4, 6) for entry in dump_connections(namespace, version)]
        return "".join(f"{_line(entry)}\n" for entry in entries)
    if name in proc_net_devices.FILES:
        return proc_net_devices.FILES[name](namespace)
    if name.startswith(f"{vlan.NAME}/") and vlan.vlans(namespace):
        return vlan.read(namespace, name.removeprefix(f"{vlan.NAME}/"))
    if name == _RECENT or (name == vlan.NAME and vlan.vlans(namespace)) or (name == _BONDING and _bonds(namespace)):
        raise KernelError(Errno.EISDIR)
    if name.startswith(f"{_BONDING}/"):
        from vnetsim.kernel.proc import bonding  # noqa: PLC0415 -- only who reads such a file

        return bonding.read(namespace, name.removeprefix(f"{_BONDING}/"))
    return "".join(f"{seen}\n" for seen in _list(namespace, name).seen.values())


def names(namespace: NetworkNamespace, directory: str) -> list[str]:
    """What is in a directory behind /proc; nothing where there is no such directory."""
    if directory == DIRECTORY:
        vlans = [vlan.NAME] if vlan.vlans(namespace) else []
        directories = [_RECENT, *vlans, *([_BONDING] if _bonds(namespace) else [])]
        return sorted([_CONNECTIONS, *directories, *proc_net_devices.FILES])
    if directory == f"{DIRECTORY}/{vlan.NAME}":
        return vlan.names(namespace)
    if directory == f"{DIRECTORY}/{_BONDING}":
        return _bonds(namespace)
    if directory == f"{DIRECTORY}/{_RECENT}":
        return sorted({table for _, table in _lists(namespace)})
    return []


def _bonds(namespace: NetworkNamespace) -> list[str]:
    return sorted(device.name for device in namespace.devices() if device.kind == "bond")


def write(namespace: NetworkNamespace, name: str, text: str) -> None:
    """`+ADDRESS` is seen now, `-ADDRESS` forgotten, `/` forgets all of a list of xt_recent."""
    if not name.startswith(f"{_RECENT}/"):
        raise KernelError(Errno.EACCES)
    lately = _list(namespace, name)
    command = text.strip()
    if command == "/":
        lately.seen.clear()
        return
    try:
        address = parse_address(command[1:])
    except ValueError:
        raise KernelError(Errno.EINVAL) from None
    if command[0] == "-":
        lately.seen.pop(address, None)
    elif command[0] == "+":
        lately.touch(lately.seen.get(address) or lately.add(address, 0), namespace.host.engine.now() // JIFFY, 0)
    else:
        raise KernelError(Errno.EINVAL)


def _lists(namespace: NetworkNamespace) -> list[tuple[int, str]]:
    """Family and name of every list that a rule refers to."""
    return [
        (version, key[1])
        for version, ruleset in namespace.netfilter.rulesets.items()
        for key in ruleset.memory_keys
        if key is not None and key[0] == "recent"
    ]


def _list(namespace: NetworkNamespace, name: str) -> RecentTable:
    from vnetsim.netfilter.extensions.xt_recent import RecentTable  # noqa: PLC0415 -- only who reads such a list

    table = name.removeprefix(f"{_RECENT}/")
    version = next((version for version, known in _lists(namespace) if known == table), None)
    if version is None or name == table:
        raise KernelError(Errno.ENOENT)
    memory = namespace.netfilter.memory(version)
    found: RecentTable = memory.setdefault(("recent", table), RecentTable())
    if not found.most:
        found.resize(0)
    return found


def _line(entry: ConnectionEntry) -> str:
    name = _PROTOCOLS.get(entry.original.protocol, "unknown")
    offload = "OFFLOAD" in entry.status
    seconds = "" if offload else f" {entry.seconds}"
    fields = [_FAMILIES[entry.version], f"{name:<8} {entry.original.protocol}{seconds}"]
    fields += [entry.state] if entry.state is not None else []
    fields += [_flow(entry.original, name), *_zone(entry, 1)]
    fields += [] if "SEEN_REPLY" in entry.status else ["[UNREPLIED]"]
    fields += [_flow(entry.reply, name), *_zone(entry, 2)]
    fields += ["[OFFLOAD]"] if offload else ["[ASSURED]"] if "ASSURED" in entry.status else []
    return " ".join([*fields, f"mark={entry.mark}", *_zone(entry, 3), f"use={2 + offload}"])


def _zone(entry: ConnectionEntry, directions: int) -> list[str]:
    """ct_show_zone"""
    names = {1: "zone-orig", 2: "zone-reply", 3: "zone"}
    return [f"{names[directions]}={entry.zone}"] if entry.zone_directions == directions else []


def _flow(flow: Flow, protocol: str) -> str:
    text = f"src={flow.source} dst={flow.destination}"
    if protocol in _WITH_PORTS:
        text += f" sport={flow.source_port} dport={flow.destination_port}"
    elif protocol.startswith("icmp"):
        kind = flow.destination_port
        text += f" type={kind >> 8} code={kind & 0xFF} id={flow.source_port}"
    return text if flow.packets is None else f"{text} packets={flow.packets} bytes={flow.bytes}"
