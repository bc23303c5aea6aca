"""Labs with many machines that are alike, and commands that make a difference between some of them.

crowd = draw(crowds())
lab = crowd.lab()
"""

from __future__ import annotations

import attrs
from hypothesis import strategies as st

from vnetsim.lab import Lab

NETWORKS = ("", "--internal", "-o com.docker.network.bridge.enable_icc=false", "--ipv6", "-d macvlan -o parent=eth0",
            "-o com.docker.network.bridge.gateway_mode_ipv4=routed",
            "-o com.docker.network.bridge.enable_ip_masquerade=false")  # fmt: skip
RUN = ("nginx", "nginx", "nginx", "alpine nc -lk -p 80", "redis", "alpine nc -l -p 80")
EXTRAS = ("--network-alias c1", "--hostname c0", "--dns 192.168.56.20", "--network-alias web")
MODES = ("host", "none", "container:c0")
#: {a} and {b} are addresses, {A} and {B} their owners, {in_A} a command line in a machine, {port} its other end.
ANYWHERE = """
    iptables -I FORWARD -s {a} -d {b} -j DROP
    iptables -I FORWARD -s {a} -j REJECT
    iptables -I FORWARD -d {a}/30 -j DROP
    iptables -I FORWARD -s {a}/31 -j REJECT --reject-with tcp-reset -p tcp
    iptables -I FORWARD ! -s {a} -p tcp -j DROP
    iptables -A FORWARD -m iprange --src-range {low}-{high} -j REJECT
    iptables -I FORWARD -p tcp --dport 80 -d {a} -j DROP
    iptables -I INPUT -s {a} -j DROP
    iptables -I OUTPUT -d {a} -j REJECT
    iptables -I FORWARD -i {port} -j DROP
    iptables -I FORWARD -m physdev --physdev-in {port} -j DROP
    iptables -t raw -I PREROUTING -s {a} -j DROP
    iptables -t raw -I PREROUTING -d {a} -j DROP
    iptables -I FORWARD -m mac --mac-source {mac} -j DROP
    iptables -t nat -I PREROUTING -d {a} -p tcp --dport 80 -j DNAT --to-destination {b}
    iptables -t nat -I POSTROUTING -s {a} -j SNAT --to-source {b}
    iptables -t nat -A POSTROUTING -d {a} -j MASQUERADE
    iptables -t nat -I PREROUTING -p tcp --dport 81 -j DNAT --to-destination {a}:80
    iptables -t mangle -I PREROUTING -s {a} -j MARK --set-mark 1
    iptables -I FORWARD -m statistic --mode nth --every 2 --packet 0 -j DROP
    iptables -P FORWARD DROP
    iptables -P FORWARD ACCEPT
    iptables -I FORWARD -d {a} -j ACCEPT
    iptables -I FORWARD -d {b} -j DROP
    iptables -I FORWARD -s {b} -j ACCEPT
    iptables -I FORWARD -p tcp --sport 1024:40000 -s {a} -j DROP
    nft add table ip t; nft add chain ip t c '{{ type filter hook forward priority 5; }}'; nft add rule ip t c drop
    ip route add blackhole {a}
    ip route add unreachable {a}/30
    ip route add {a} via {b}
    ip route add {a} dev {port}
    ip rule add from {a} prohibit
    ip rule add from {a}/30 to {b} blackhole
    ip rule add iif {port} prohibit
    ip neigh add {a} lladdr 02:00:00:00:00:99 dev {bridge} nud permanent
    ip link set {port} down
    ip link set {port} mtu 1000
    bridge link set dev {port} isolated on
    bridge link set dev {port} hairpin on
    bridge link set dev {port} learning off
    sysctl -w net.ipv4.conf.{port}.rp_filter=1
    sysctl -w net.ipv4.conf.{port}.forwarding=0
    sysctl -w net.ipv4.ip_forward=0
    sysctl -w net.bridge.bridge-nf-call-iptables=1
    ip addr add {c}/32 dev lo
    ip addr add {c}/24 dev {port}
    ip link set {port} nomaster
    ip link set {port} promisc on
    tc qdisc add dev {port} root netem loss 100%
    arp -s {a} 02:00:00:00:00:99
    bridge fdb add {mac} dev {port} master static
    ip link set {port} name {A}x
    ip rule add sport 30000-45000 prohibit
    ip rule add to {a} ipproto tcp prohibit
    ip -6 addr add fe80::1/64 dev {port} nodad
    ip -6 addr flush dev {port}
    ip link set {bridge} type bridge stp_state 1; ip link set {port} down; ip link set {port} up; sleep {seconds}
    iptables -I FORWARD -p tcp --dport 30000:45000 -j DROP
"""
INSIDE = """
    iptables -I INPUT -s {b} -j DROP
    iptables -I INPUT -p icmp -j DROP
    iptables -I OUTPUT -d {b} -j REJECT
    iptables -I INPUT -p tcp --dport 80 -j REJECT
    iptables -t nat -I OUTPUT -d {b} -j DNAT --to-destination {c}
    ip route del default
    ip route replace default via {b}
    ip route add {c} via {b}
    ip route add blackhole {b}
    ip addr add {c}/32 dev lo
    ip addr add {c}/16 dev eth0
    ip link set eth0 down
    ip link set eth0 mtu 900
    ip addr flush dev eth0
    ip link add d0 type dummy
    sysctl -w net.ipv4.icmp_echo_ignore_all=1
    sysctl -w net.ipv4.ip_forward=1
    sysctl -w net.ipv4.conf.all.rp_filter=1
    ping -c 1 -W 1 {b}
    nc -z -w 1 {b} 80
    ip neigh add {b} lladdr 02:00:00:00:00:99 dev eth0 nud permanent
    ip link set eth0 address 02:00:00:00:00:77
    sysctl -w net.ipv4.conf.eth0.arp_ignore=1
    nc -lk -p 81 &
    nc -lk -u -p 53 &
    iptables -P INPUT DROP
    sysctl -w net.ipv4.ip_local_port_range='1024 1100'
    ip rule add from all to {b} prohibit
    ip link set lo down
    ip link set eth0 arp off
    sysctl -w net.ipv6.conf.all.disable_ipv6=1
    ip -6 route del default
    ip -6 route replace default via fe80::1 dev eth0
    ip -6 addr add 2001:db8::{number}/64 dev eth0
    nft add table ip t; nft add chain ip t c '{{ type filter hook input priority 0; policy drop; }}'
    ping -c 1 -W 1 {gateway}
    ip neigh flush dev eth0
"""
DOCKER = """
    docker pause {A}
    docker stop {A}
    docker network connect n0 {A}
    docker network disconnect n0 {A}
    docker exec {A} ping -c 1 -W 1 {b}
    docker restart {A}
    docker network connect --alias {B} n0 {A}
"""
#: What decides about names.
NAMES = """
    docker exec {A} sh -c 'echo {b} {B} >> /etc/hosts'
    docker exec {A} sh -c 'echo {c} {B} >> /etc/hosts'
    docker exec {A} sh -c 'echo nameserver {b} > /etc/resolv.conf'
    docker exec {A} sh -c 'echo > /etc/resolv.conf'
    docker exec {A} sh -c 'echo options ndots:2 >> /etc/resolv.conf'
    docker exec {A} sh -c 'echo search n0 >> /etc/resolv.conf'
    echo nameserver 192.168.56.10 > /etc/resolv.conf; dnsmasq -R -h --address=/{A}/{b} &
    docker rename {A} {A}-x
"""


def lines(table: str) -> list[str]:
    return [line.strip() for line in table.strip().splitlines()]


@attrs.frozen(kw_only=True)
class Change:
    """A command line to be; the numbers choose whom it is about, among those that there are."""

    text: str
    one: int
    other: int
    inside: bool = False


@attrs.frozen(kw_only=True)
class Crowd:
    """`setup` makes it, `changes` are done to it."""

    setup: tuple[str, ...]
    names: tuple[str, ...]
    changes: tuple[Change, ...]

    def lab(self) -> Lab:
        lab = Lab.docker_host()
        lab.accept_failures()
        for line in self.setup:
            lab.run(line)
        for change in self.changes:
            lab.run(self.line(lab, change))
        return lab

    def line(self, lab: Lab, change: Change) -> str:
        """With what is there now."""
        one, other = (self.names[number % len(self.names)] for number in (change.one, change.other))
        values = {**self._values(lab, one), "B": other, "b": self._values(lab, other)["a"]}
        line = change.text.format(**values)
        return "; ".join(f"{values['inside']} {part}" for part in line.split("; ")) if change.inside else line

    def _values(self, lab: Lab, name: str) -> dict[str, str]:
        if name.startswith("c"):
            inside = f"nsenter -t $(docker inspect -f '{{{{.State.Pid}}}}' {name}) -n"
        else:
            inside = f"ip netns exec {name}"
        shown = lab.run(f"{inside} ip -o -4 addr show dev eth0").stdout.split()
        address = shown[3].partition("/")[0] if len(shown) > 3 else "10.9.0.9"
        mac = (lab.run(f"{inside} cat /sys/class/net/eth0/address").stdout or "02:00:00:00:00:01").strip()
        index = lab.run(f"{inside} cat /sys/class/net/eth0/iflink").stdout.strip()
        ports = [line.split(": ") for line in lab.run("ip -o link").stdout.splitlines()]
        port = next((words[1].partition("@")[0] for words in ports if words[0] == index), "lo")
        start, _, last = address.rpartition(".")
        number = int(last)
        return {
            "A": name, "a": address, "inside": inside, "mac": mac, "port": port, "bridge": "br0",
            "c": f"{start}.{(number + 40) % 250 + 2}", "low": f"{start}.{max(1, number - 1)}",
            "high": f"{start}.{number + 1}", "gateway": f"{start}.1", "number": last, "seconds": str(number % 16),
        }  # fmt: skip


@st.composite
def crowds(draw: st.DrawFn, max_members: int = 8, max_changes: int = 3) -> Crowd:
    kinds = draw(st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=2))
    setup = [f"docker network create {kind} n{number}" for number, kind in enumerate(kinds)]
    names = []
    image = draw(st.sampled_from(RUN))
    for number in range(draw(st.integers(3, max_members))):
        network = f"n{draw(st.integers(0, len(kinds) - 1))}"
        odd = draw(st.integers(0, 29))
        where = draw(st.sampled_from(MODES)) if odd == 29 and number else network
        what = draw(st.sampled_from(RUN)) if odd == 28 else image
        extra = draw(
            st.sampled_from(["--network-alias c1", "--hostname c0", "--dns 192.168.56.20", "--network-alias web"])
        )
        where = f"{where} {extra}" if odd in (24, 25) else where
        port = f"-p {8080 + number}:80" if odd in (26, 27) else ""
        setup.append(f"docker run -d --name c{number} --network {where} {port} {what}".replace("  ", " "))
        names.append(f"c{number}")
    cables = draw(st.sampled_from([0, 0, 3, 4]))
    if cables:
        setup += ["ip link add br0 type bridge", "ip link set br0 up", "ip addr add 10.7.0.1/24 dev br0"]
    for number in range(cables):
        name = f"m{number}"
        setup += [
            f"ip netns add {name}", f"ip link add v{number} type veth peer name eth0 netns {name}",
            f"ip link set v{number} master br0 up", f"ip -n {name} link set lo up", f"ip -n {name} link set eth0 up",
            f"ip -n {name} addr add 10.7.0.{number + 2}/24 dev eth0", f"ip -n {name} route add default via 10.7.0.1",
            f"ip netns exec {name} nc -lk -p 80 &",
        ]  # fmt: skip
        names.append(name)
    texts = [(text, text in INSIDE) for part in (ANYWHERE, DOCKER, NAMES, INSIDE) for text in lines(part)]
    changes = []
    for _ in range(draw(st.integers(0, max_changes))):
        text, inside = draw(st.sampled_from(texts))
        numbers = st.integers(0, len(names) - 1)
        changes.append(Change(text=text, inside=inside, one=draw(numbers), other=draw(numbers)))
    return Crowd(setup=tuple(setup), names=tuple(names), changes=tuple(changes))
