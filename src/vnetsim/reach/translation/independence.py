"""Whether probes may be sent together: does each of them have the same result alone?

Each leaves state behind: neighbour entries, a station in a bridge's fdb, a connection.  In most labs that changes
nothing, since the next probe would have created the same state.  These are the labs in which it may:

- rules that count (limit, quota, statistic), cables that lose or delay;
- ARP that works in one direction only: bridge ports that do not flood or learn, arp_ignore and its siblings, proxies,
  stations that two devices or two hosts claim to be, neighbours and bridge entries that a user added;
- routes that redirects changed;
- servers that take one client and leave, and those that are stopped: their queue is filled, and never emptied.

There, each probe gets a copy of the lab to itself.  What is still pending (ARP, the spanning tree, duplicate address
detection) only needs patience.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from vnetsim.kernel.bridge.port import PORT_FLAGS
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.observations import AddressEntry, Link, SocketEntry
from vnetsim.process.machine import ProcessEntry
from vnetsim.process.network import Network
from vnetsim.wire.inet import Address, IPv6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Queueing disciplines that neither lose nor delay a few small packets.
_PLAIN_QUEUES: Final = frozenset(("noqueue", "pfifo_fast", "pfifo", "bfifo", "fq_codel", "mq"))
#: Matches of iptables that count, wherever they keep what they counted.
_COUNTING: Final = ("connbytes", "connlimit", "hashlimit", "limit", "quota", "rateest", "recent", "statistic")
#: Those that count for their own rule only.
_PER_RULE: Final = ("limit", "statistic", "quota")
#: Targets that let a packet go on: whether they were reached does not matter.
_HARMLESS: Final = ("LOG", "NFLOG")
#: Statements and expressions of nft whose answer depends on what came before.
_NFT_MEMORY: Final = (
    "LimitStmt(", "QuotaStmt(", "ConnlimitStmt(", "SetStmt(", "NumgenExpr(", "MetaExpr(key='random')", "ObjrefStmt(",
)  # fmt: skip
#: A server that lets fewer clients wait than this is not probed by many at once (nc: 1).
_MANY: Final = 64
#: Servers that take one client, and then no other unless an option allows it.
_ONE_CLIENT: Final = ("nc", "netcat")
#: Sysctls of a device that make ARP work for some and not for others.
_ARP_SYSCTLS: Final = ("arp_ignore", "arp_announce", "arp_filter", "arp_accept", "proxy_arp", "proxy_arp_pvlan")
#: Flags of a bridge port that treat a frame and its answer alike.
_SYMMETRIC_FLAGS: Final = ("isolated", "hairpin", "fastleave", "mcast_to_unicast")
_WITHOUT_ARP: Final = ("tun",)
_STATIC_STATES: Final = ("PERMANENT", "NOARP")
_ON_THE_MOVE: Final = ("listening", "learning")


def networks(lab: BaseLab) -> Iterator[Network]:
    """Every namespace of the lab, named or not, oldest first."""
    return map(lab.machine.network, lab.machine.kernel.namespaces)


def remembers(lab: BaseLab) -> bool:
    """Whether a probe may fare otherwise because of another one before it."""
    everywhere = list(networks(lab))
    if any(_has_counting_rules(each) or _has_moody_cables(each) or _is_odd(each) for each in everywhere):
        return True
    return nexthop_exceptions(lab) > 0 or _has_doubles(everywhere) or _knows_wrongly(everywhere)


def nexthop_exceptions(lab: BaseLab) -> int:
    """How many destinations a redirect or an ICMP error has given another route or a smaller MTU."""
    return sum(
        len(fib.exceptions()) for each in lab.machine.kernel.namespaces for fib in (each.inet.fib, each.inet.fib6)
    )


def _has_counting_rules(network: Network) -> bool:
    rules = (
        entry.rule
        for version in (4, 6)
        for table in network.ruleset(version).tables.values()
        for chain in table.chains.values()
        for entry in chain.entries
    )
    if any(_counts(match, rule) for rule in rules for match in rule.matches):
        return True
    statements = (
        repr(entry.rule.statements)
        for table in network.native_tables().values()
        for chain in table.chains.values()
        for entry in chain.entries
    )
    return any(arg in statement for statement in statements for arg in _NFT_MEMORY)


def _counts(match: XtMatch, rule: Rule) -> bool:
    """Whether it decides by what came before, and that has consequences: how much is logged has none."""
    if match.name in _PER_RULE and rule.target is not None and rule.target.name in _HARMLESS:
        return False
    return match.name in _COUNTING or type(match).test is not XtMatch.test


def _has_moody_cables(network: Network) -> bool:
    return any(qdisc.kind not in _PLAIN_QUEUES for qdisc in network.qdiscs())


def _is_odd(network: Any) -> bool:
    """Whether some device has non-default ARP settings, or some bridge carries one direction only."""
    conf = network.namespace.sysctls.conf4
    if any(values[name] for values in conf.values() for name in _ARP_SYSCTLS):
        return True
    if any(entry.proxy for entry in network.neighbours()):
        return True
    links = network.links()
    own = {link.mac for link in links}  # of a port itself, or of the bridge
    if any(entry.state in ("static", "permanent") and entry.master and entry.mac not in own for entry in network.fdb()):
        return True
    return any(_is_odd_link(link) for link in links)


def _is_odd_link(link: Link) -> bool:
    if "NOARP" in link.flags and link.kind not in _WITHOUT_ARP:
        return True
    if link.kind == "bridge" and link.details.get("vlan_filtering"):
        return True
    port = link.port or {}
    return any(
        port[name] != usual for name, usual in PORT_FLAGS.items() if name in port and name not in _SYMMETRIC_FLAGS
    )


def _has_doubles(everywhere: Sequence[Network]) -> bool:
    """Whether two devices have the same MAC address, or the same network address, in different namespaces."""
    macs: dict[Mac, Network] = {}
    owners: dict[Address, tuple[Network, str]] = {}
    for network in everywhere:
        for link in network.links():
            if link.mac and macs.setdefault(link.mac, network) is not network:
                return True
        for entry in filter(_is_of_a_network, network.addresses()):
            if owners.setdefault(entry.address, (network, entry.device)) != (network, entry.device):
                return True
    return False


def _is_of_a_network(entry: AddressEntry) -> bool:
    return not (entry.address.is_loopback or entry.device == "lo" or _is_link_local(entry.address))


def _is_link_local(address: Address) -> bool:
    return isinstance(address, IPv6) and address.is_link_local


def _knows_wrongly(everywhere: Sequence[Network]) -> bool:
    """Whether a neighbour entry differs from the neighbour's own address."""
    true: dict[Address, set[Mac | None]] = {}
    for network in everywhere:
        macs = {link.name: link.mac for link in network.links()}
        for address in network.addresses():
            true.setdefault(address.address, set()).add(macs.get(address.device))
    return any(
        entry.state in _STATIC_STATES or entry.mac not in true.get(entry.address, {entry.mac})
        for network in everywhere
        for entry in network.neighbours()
        if entry.mac is not None and entry.device != "lo"
    )


def is_settled(lab: BaseLab) -> bool:
    """Whether nothing is pending that time alone would change."""
    return not any(is_moving(network) for network in networks(lab))


def has_moving_ports(lab: BaseLab) -> bool:
    """Whether a bridge will open a port within half a minute: later probes may find it open, and earlier ones not."""
    return any(map(_has_moving_ports, networks(lab)))


def is_moving(network: Network) -> bool:
    """Whether an address, a neighbour or a port of a bridge waits for something."""
    return (
        any(entry.state == "INCOMPLETE" for entry in network.neighbours())
        or any(is_tentative(entry) for entry in network.addresses())
        or _has_moving_ports(network)
    )


def _has_moving_ports(network: Network) -> bool:
    return _has_ports(network) and any(map(is_moving_port, network.links()))


def _has_ports(network: Any) -> bool:
    """Whether there is a bridge: most namespaces have none, and links are much to read."""
    return any(device.master is not None for device in network.namespace.devices())


def is_tentative(entry: AddressEntry) -> bool:
    """Whether duplicate address detection is still to tell whether it may be used."""
    return "tentative" in entry.flags


def is_moving_port(link: Link) -> bool:
    """Whether it is a port of a bridge that a timer of the spanning tree is to open."""
    return link.port is not None and link.port.get("state") in _ON_THE_MOVE


def owners(lab: BaseLab) -> Callable[[SocketEntry], ProcessEntry | None]:
    """Whose socket it is, as things are now."""
    known = {entry.pid: entry for entry in lab.machine.processes()}
    return lambda socket: None if socket.pid is None else known.get(socket.pid)


def is_frail(owner: ProcessEntry | None) -> bool:
    """Whether who listens serves one client and then no other: each must come as the first."""
    argv = () if owner is None else owner.argv
    program = argv[1:2] if argv[:1] == ("busybox",) else argv[:1]
    return bool(program) and program[0] in _ONE_CLIENT and not _keeps_listening(argv)


def is_stopped(owner: ProcessEntry | None) -> bool:
    """Whether no process accepts from its queue: a paused container, a program that got SIGSTOP."""
    return owner is not None and owner.stopped


def is_slow(socket: SocketEntry) -> bool:
    """Whether it lets so few clients wait that no more than those may come at a time."""
    return socket.protocol == "tcp" and socket.send_queue < _MANY


def backlog_size(socket: SocketEntry) -> int:
    """How many clients may wait in its queue (and one more, sk_acceptq_is_full, which may be pending)."""
    return max(1, socket.send_queue)


def backlog_left(socket: SocketEntry) -> int:
    """How many more its queue takes without an accept(2)."""
    return max(0, socket.send_queue + 1 - socket.receive_queue)


def _keeps_listening(argv: tuple[str, ...]) -> bool:
    """nc -k; a server with a program of its own for each client (busybox nc -e) does so too."""
    return any(arg.startswith("-") and not arg.startswith("--") and set("ke") & set(arg) for arg in argv[1:])
