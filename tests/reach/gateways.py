"""Networks with gateways that translate: drawn, and the brute force that their answers are held against.

A machine outside (inet), one or two routers in a row, and two servers behind the last one, with both families.  Drawn
are the rules that somebody typed by hand on the routers and the machines: DNAT, REDIRECT and NETMAP of iptables and of
nft, and filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
from hypothesis import strategies as st

from vnetsim.lab import Lab
from vnetsim.lab.base_lab import BaseLab
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.probing.asking import SETTLE_SECONDS, Asker
from vnetsim.reach.probing.probe_paths import ProbePaths
from vnetsim.reach.probing.sweep import ProbeRequest, sweep
from vnetsim.wire.inet import Address, parse_address

#: Addresses that nobody has, to which packets are routed.
FOREIGN = ("203.0.113.9", "203.0.113.10", "10.1.0.5", "10.1.0.6", "192.0.2.1", "fd00:1::5", "fd00:9::9")
_SERVERS = {"www": ("tcp/8080", "tcp/80", "udp/53"), "db": ("tcp/5432", "tcp/8081"), "r1": ("tcp/22",)}


@attrs.frozen
class Gateway:
    """`lines` make the network, `rules` are those that are drawn; `servers` are (namespace, port)."""

    lines: tuple[str, ...]
    rules: tuple[str, ...]
    servers: tuple[tuple[str, str], ...]

    def lab(self) -> Lab:
        lab = Lab(docker=False)
        for line in self.lines:
            result = lab.run(line)
            assert result, (line, result.stderr)
        lab.accept_failures()  # some of what is drawn is refused
        for line in self.rules:
            lab.run(line)
        for name, port in self.servers:
            protocol, _, number = port.partition("/")
            address, colon, end = number.rpartition(":")
            where = f"-s {address} " if colon else ""
            lab.start(f"ip netns exec {name} nc -lk {'-u ' if protocol == 'udp' else ''}{where}-p {end}")
        return lab


def cable(
    one: str, device: str, addresses: Sequence[str], other: str, end: str, others: Sequence[str]
) -> Iterator[str]:
    yield f"ip link add {device} netns {one} type veth peer name {end} netns {other}"
    for name, port, own in ((one, device, addresses), (other, end, others)):
        for address in own:
            nodad = " nodad" if ":" in address else ""
            yield f"ip -n {name} addr add {address} dev {port}{nodad}"
        yield f"ip -n {name} link set {port} up"


def network(routers: int) -> tuple[str, ...]:
    """inet - r1 (- r2) - a bridge with www and db."""
    names = ("inet", *(f"r{number}" for number in range(1, routers + 1)), "www", "db")
    last = f"r{routers}"
    lines = [f"ip netns add {name} && ip -n {name} link set lo up" for name in names]
    lines += cable("inet", "eth0", ("198.51.100.9/24", "fd00:51::9/64"), "r1", "wan",
                   ("198.51.100.1/24", "198.51.100.2/24", "fd00:51::1/64"))  # fmt: skip
    if routers == 2:
        lines += cable("r1", "lan", ("10.9.0.1/24", "fd00:9::1/64"), "r2", "wan", ("10.9.0.2/24", "fd00:9::2/64"))
    lines += [
        f"ip -n {last} link add br0 type bridge",
        f"ip -n {last} addr add 10.0.0.1/24 dev br0",
        f"ip -n {last} addr add fd00:0::1/64 dev br0 nodad",
        f"ip -n {last} link set br0 up",
    ]
    for name, number in (("www", 5), ("db", 6)):
        lines += cable(name, "eth0", (f"10.0.0.{number}/24", f"fd00::{number}/64"), last, f"p{name}", ())
        lines += [
            f"ip -n {last} link set p{name} master br0",
            f"ip -n {name} route add default via 10.0.0.1",
            f"ip -n {name} -6 route add default via fd00::1",
        ]
    lines += [
        "ip -n www addr add 10.0.0.7/24 dev eth0",
        "ip -n db addr add 172.20.0.1/32 dev lo",
        "ip -n inet route add default via 198.51.100.1",
        "ip -n inet -6 route add default via fd00:51::1",
    ]
    for number in range(1, routers + 1):
        lines += [f"ip netns exec r{number} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"]
    if routers == 2:
        lines += [
            "ip -n r1 route add 10.0.0.0/24 via 10.9.0.2",
            "ip -n r1 -6 route add fd00::/64 via fd00:9::2",
            "ip -n r2 route add default via 10.9.0.1",
            "ip -n r2 -6 route add default via fd00:9::1",
        ]
    lines += [f"ip -n {last} route add 172.20.0.1 via 10.0.0.6"]
    return tuple(lines)


_TARGETS4 = ("10.0.0.5", "10.0.0.6", "10.0.0.7", "172.20.0.1", "10.9.0.2", "198.51.100.1")
_TARGETS6 = ("fd00::5", "fd00::6", "fd00:9::2")
_WANTED4 = ("", "-d 198.51.100.1", "-d 198.51.100.2", "-d 203.0.113.9", "-d 10.9.0.2", "! -d 198.51.100.1",
            "-d 203.0.113.0/28", "-d 10.0.0.5", "-m addrtype --dst-type LOCAL")  # fmt: skip
_WANTED6 = ("", "-d fd00:51::1", "-d fd00:1::5", "-d fd00:9::2", "-m addrtype --dst-type LOCAL")
_PORTS = ("--dport 80", "--dport 8000:8010", "-m multiport --dports 21,443,9000:9002", "--dport 1000:2000",
          "! --dport 22", "")  # fmt: skip


@st.composite
def _dnat(draw: st.DrawFn, namespace: str) -> str:
    version = draw(st.sampled_from((4, 4, 4, 6)))
    program, wanted, targets = (("iptables", _WANTED4, _TARGETS4), ("ip6tables", _WANTED6, _TARGETS6))[version == 6]
    chain = draw(st.sampled_from(["PREROUTING", "PREROUTING", "PREROUTING", "OUTPUT"]))
    source = draw(st.sampled_from(["", "", "-i wan " if chain == "PREROUTING" else ""]))
    protocol = draw(st.sampled_from(["tcp", "tcp", "tcp", "udp", "all"]))
    ports = draw(st.sampled_from(_PORTS)) if protocol != "all" else ""
    address = draw(st.sampled_from(targets))
    shown = f"[{address}]" if version == 6 else address
    port = draw(st.sampled_from(["", ":80", ":8080", ":5432", ":8081", ":8080-8081/8000"]))
    target = draw(
        st.sampled_from(
            [
                f"DNAT --to-destination {address if protocol == 'all' or not port else shown + port}",
                f"REDIRECT{' --to-ports 8080' if protocol != 'all' else ''}",
            ]
        )
    )
    words = f"-t nat -A {chain} {source}{draw(st.sampled_from(wanted))} -p {protocol} {ports} -j {target}"
    return f"ip netns exec {namespace} {program} {' '.join(words.split())}"


@st.composite
def _netmap(draw: st.DrawFn, namespace: str) -> str:
    source, target = draw(st.sampled_from([
        ("10.1.0.0/24", "10.0.0.0/24"), ("203.0.113.0/28", "10.0.0.0/28"), ("198.51.100.2/32", "10.0.0.7/32"),
        ("10.1.0.4/30", "10.0.0.4/30"),
    ]))  # fmt: skip
    return f"ip netns exec {namespace} iptables -t nat -A PREROUTING -d {source} -j NETMAP --to {target}"


_NFT = (
    "tcp dport 80 dnat to 10.0.0.5:8080",
    "tcp dport { 80, 8000-8010 } dnat to 10.0.0.6:5432",
    "ip daddr 203.0.113.0/28 dnat to 10.0.0.5",
    "dnat to tcp dport map { 80 : 10.0.0.5, 5432 : 10.0.0.6, 8000-8100 : 10.0.0.7 }",
    "dnat to ip daddr . tcp dport map { 198.51.100.1 . 443 : 10.0.0.5 . 8080, 203.0.113.9 . 21 : 10.0.0.6 . 5432 }",
    "tcp dport 1000-2000 redirect to :22",
    "fib daddr type local tcp dport 8080 dnat to 10.0.0.5",
    "udp dport 53 dnat to 10.0.0.5",
    "tcp dport vmap { 443 : goto behind, 8443 : jump behind }",
)


@st.composite
def _nft(draw: st.DrawFn, namespace: str) -> str:
    hook = draw(st.sampled_from(["prerouting", "prerouting", "output"]))
    rule = draw(st.sampled_from(_NFT))
    words = (
        f"add table ip own; add chain ip own behind; "
        f"add rule ip own behind meta l4proto tcp dnat to 10.0.0.6:5432; "
        f"add chain ip own {hook} {{ type nat hook {hook} priority -90; }}; "
        f"add rule ip own {hook} {rule}"
    )
    return f"ip netns exec {namespace} nft '{words}'"


@st.composite
def _filter(draw: st.DrawFn, namespace: str) -> str:
    program = draw(st.sampled_from(["iptables", "iptables", "ip6tables"]))
    chain = draw(st.sampled_from(["INPUT", "FORWARD"]))
    match = draw(st.sampled_from(["-p tcp --dport 8080", "-p tcp --dport 80", "-p tcp --dport 1:1023", "-p udp",
                                  "-m conntrack --ctstate NEW", "-p icmp", "-p tcp --dport 5432"]))  # fmt: skip
    return f"ip netns exec {namespace} {program} -A {chain} {match} -j {draw(st.sampled_from(['DROP', 'REJECT']))}"


@st.composite
def gateways(draw: st.DrawFn) -> Gateway:
    routers = draw(st.integers(1, 2))
    names = [f"r{number}" for number in range(1, routers + 1)]
    rules = []
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.sampled_from([*names, *names, "www", "inet"]))
        rules.append(draw(st.one_of(_dnat(place), _dnat(place), _netmap(place), _nft(place), _filter(place))))
    if draw(st.booleans()):
        where = draw(st.sampled_from(names))
        rules.append(f"ip netns exec {where} iptables -t nat -A POSTROUTING -j MASQUERADE")
    servers = [(name, port) for name, ports in _SERVERS.items() for port in ports if draw(st.integers(0, 3))]
    return Gateway(network(routers), tuple(rules), tuple(servers))


@st.composite
def by_hand(draw: st.DrawFn) -> tuple[str, ...]:
    """Rules that somebody adds to those of an engine: ports that are opened or closed by hand."""
    container = draw(st.sampled_from(["172.17.0.2", "172.17.0.3", "172.18.0.2", "172.19.0.2"]))
    port = draw(st.sampled_from(["80", "81", "5432", "8080"]))
    return tuple(draw(st.lists(st.sampled_from([
        f"iptables -t nat -A PREROUTING -i eth0 -p tcp --dport {port} -j DNAT --to {container}:80",
        f"iptables -t nat -A PREROUTING -p tcp --dport 7000:7010 -j DNAT --to {container}:80",
        f"iptables -t nat -A PREROUTING -d 10.1.0.0/24 -j NETMAP --to {container}/24",
        f"iptables -t nat -A OUTPUT -d 203.0.113.9 -p tcp -j DNAT --to {container}",
        f"iptables -t nat -I PREROUTING -p tcp --dport {port} -j REDIRECT --to-ports 8080",
        "iptables -I DOCKER-USER -p tcp --dport 80 -j ACCEPT", "iptables -I DOCKER-USER -j DROP",
        "ip -n lan route add default via 192.168.56.10", "iptables -t nat -A POSTROUTING -j MASQUERADE",
    ]), max_size=4, unique=True)))  # fmt: skip


# --- brute force -----------------------------------------------------------------------------------------------------


def unasked(lab: BaseLab, senders: Sequence[str] = ("inet", "www")) -> list[str]:
    """What arrives at a server, sent to any address and port that means anything in the lab, and was not asked.

    Tried are all ports at which intervals begin and those before them, at all addresses that somebody has and some
    that nobody has; where each packet arrives its trace says.
    """
    asker = Asker(lab, in_place=False, jobs=1)
    lab = asker.lab
    lab.sleep(SETTLE_SECONDS)
    ports = sorted({p for start in asker.entries.boundaries.ports for p in (start - 1, start) if p > 0})
    addresses = [*dict.fromkeys([*map(parse_address, FOREIGN), *_addresses(asker)])]
    probes = [Probe(), *(Probe("tcp", port) for port in ports)]
    wanted = [one for one in asker.senders if one.short in senders]
    requests = [ProbeRequest(one, address, probe) for one in wanted for address in addresses for probe in probes]
    arrived = {
        (request.sender, owner, Probe(request.probe.protocol, answer.arrival.port)): request
        for request, answer in zip(requests, sweep(lab, requests, asker.backlog, asker.arrivals), strict=True)
        if answer
        and answer.arrival is not None
        and (owner := asker.entries.owner_of(answer.arrival.namespace)) not in (None, request.sender)
    }
    return [
        f"{key[0].short} -> {key[1].short} {key[2]}: {arrived[key].address} {arrived[key].probe}"
        for key in _missing(asker, arrived)
    ]


def _addresses(asker: Asker) -> Iterator[Address]:
    for network in asker.lab.machine.kernel.namespaces:
        for entry in asker.lab.machine.network(network).addresses():
            if not str(entry.address).startswith("fe80"):
                yield entry.address


def _missing(
    asker: Asker, arrived: dict[tuple[Endpoint, Endpoint, Probe], ProbeRequest]
) -> Iterator[tuple[Endpoint, Endpoint, Probe]]:
    """Those of which no way that a check asks leads there."""
    paths = ProbePaths(asker, [])
    found = {key: paths.between(*key) for key in arrived}
    requests = list(dict.fromkeys(way.request for some in found.values() for way in some))
    answers = asker.answers(
        requests, {way.request for some in found.values() for way in some if way.inside is not None}
    )
    return (key for key, some in found.items() if not any(way.leads(answers[way.request]) for way in some))
