"""Random command lines, as strategies: words that make little sense, and commands that make sense in some state.

What a template holds in braces is filled in with one of its kind; kinds may hold braces themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

#: Words by program.
VOCABULARY: Mapping[str, str] = {
    "ip": """
        -4 -6 -br -o -j -s -d -n -V link addr address route rule neigh netns tuntap add del show set change
        replace append get flush list up down dev via src type veth bridge vxlan macvlan vlan dummy peer
        name netns master nomaster mtu address txqueuelen group alias promisc arp on off id remote local
        dstport mode private table main metric scope link global host proto kernel static onlink from to iif
        oif fwmark pref lookup blackhole unreachable nexthop weight lladdr nud permanent reachable proxy
        label broadcast + - forever noprefixroute exec identify pids all cache tos stp_state ageing_time
        forward_delay bridge_slave hairpin
    """,
    "bridge": """
        -j -s -d link fdb vlan monitor show add del replace append set dev master self permanent static
        dynamic dst via port br learning flood hairpin isolated locked on off state cost priority
    """,
    "iptables": """
        -A -I -D -R -C -L -S -F -Z -N -X -P -E -t filter nat mangle raw nosuch INPUT FORWARD OUTPUT
        PREROUTING POSTROUTING A -p tcp udp icmp all 47 -s -d -i -o ! -j ACCEPT DROP RETURN REJECT LOG MARK
        MASQUERADE SNAT DNAT REDIRECT NETMAP -g --dport --sport -m conntrack state multiport mark limit
        comment addrtype physdev --ctstate NEW --mark 0x1/0xff --limit 5/s --reject-with tcp-reset --to-destination
        10.0.0.2:80 --to-source 10.0.0.9 --to-ports 80-90 --set-mark -n -v -x --line-numbers -c
        --icmp-type 8 --syn --tcp-flags
    """,
    "sysctl": """
        -w -n -q -a -e -N -p -b --pattern net.ipv4.ip_forward=1 net.ipv4.ip_forward net.nosuch = =1 net.ipv4
        net.ipv4.conf.eth0.forwarding=0 net/ipv4/ip_default_ttl=5 net.ipv4.ip_forward=abc -r -V
    """,
    "ping": """
        -c 1 2 -W -w -i 0.2 -s 56 65507 65508 -t 64 256 -I eth0 lo 10.0.0.1 -M do want dont -q -n -v -D -O
        -R -b -f -4 -A -p ff zz -l 3 -Q 0x10 10.0.0.2 10.0.0.255 224.0.0.1 localhost nosuch.example 127.1 -h
        -V -T -m
    """,
    "docker": """
        network create rm ls inspect connect disconnect prune run ps exec stop start rm kill port images
        info version -f -d --rm --name c1 c2 --network net1 host none bridge container:c1 --ip 10.9.0.5
        --subnet 10.9.0.0/16 --gateway 10.9.0.1 --driver macvlan -o parent=eth0 --internal -p 8080:80 80
        alpine nginx nosuch sleep 5 ping -c --format {{.Name}} {{json .}} {{.Nosuch}} {{ --filter name=x -q
        -a --no-trunc --help
    """,
    "tc": """
        -s -d qdisc class filter add del show replace dev eth0 root handle 1: tbf netem rate 1mbit burst
        1540 limit 10 latency 50ms delay 10ms loss 10% ingress
    """,
    "arping": "-c 1 -w -I eth0 lo nosuch -D -A -U -f -q -b -s 10.0.0.1 10.0.0.2 10.0.0.77 -V",
    "brctl": "show addbr delbr addif delif showmacs showstp stp on off setageing setfd br0 eth0 nosuch 1 x",
    "conntrack": "-L -D -F -C -p tcp udp -s -d 10.0.0.1 -o extended id -f ipv4 --state ESTABLISHED -n x",
    "ss": "-t -u -l -n -a -p -4 -6 -tln state established dport = :80 sport src ( ) or and not x",
}

#: What may stand anywhere.
ODDITIES = """
    eth0 v0 br0 lo nosuch vx0 up dev 10.0.0.1 10.0.0.2/24 default 0.0.0.0 255.255.255.255 fd00::1 ::
    10.0.0 10/8 1.2.3.4/33 x '' -1 1.2.3.4.5 any 0 5 1500 99999 4294967296 0x10 010 1e3 1.5 256
    02:00:00:00:00:01 ff:ff:ff:ff:ff:ff 02:00:00 -- - --nosuch
"""

#: Commands for namespaces a and b on a bridge br0 of the host.
TEMPLATES: Sequence[str] = """
    ip link add {device} type veth peer name {device}
    ip link add {device} netns {netns} type veth peer name {device} netns {netns}
    ip link add {device} type bridge
    ip link add {device} type dummy
    ip link add {device} link {device} type vlan id {number}
    ip link add {device} link {device} type macvlan mode {mode}
    ip link add {device} type vxlan id {number} remote {address} dstport 4789
    ip link set {device} {updown}
    ip link set {device} up
    ip link set {device} netns {netns}
    ip link set {device} name {device}
    ip link set {device} master {device}
    ip link set {device} nomaster
    ip link set {device} mtu {mtu}
    ip link set {device} address {mac}
    ip link set {device} type bridge stp_state {bit} forward_delay {number}
    ip link del {device}
    ip -d -s link
    ip addr add {address}/{length} dev {device}
    ip addr del {address}/{length} dev {device}
    ip addr flush dev {device}
    ip addr
    ip route add {prefix} via {address}
    ip route add {prefix} dev {device}
    ip route add {prefix} nexthop via {address} nexthop via {address} weight 2
    ip route add {kind} {prefix}
    ip route replace {prefix} via {address} mtu {mtu}
    ip route del {prefix}
    ip route get {address}
    ip route get {address} from {address} iif {device}
    ip route show table all
    ip rule add from {prefix} table {number}
    ip rule add fwmark {number} table {number}
    ip neigh add {address} lladdr {mac} dev {device} nud {nud}
    ip neigh flush all
    ip neigh
    ip netns add {netns}
    ip netns del {netns}
    ip netns list
    bridge fdb
    bridge fdb add {mac} dev {device} master {fdb}
    bridge link set dev {device} {flag} {switch}
    bridge link set dev {device} state {small}
    sysctl -w net.ipv4.ip_forward={bit}
    sysctl -w net.ipv4.conf.all.rp_filter={small}
    sysctl -w net.ipv4.conf.{device}.proxy_arp={bit}
    sysctl -w net.bridge.bridge-nf-call-iptables={bit}
    iptables -A {chain} {match} {target}
    iptables -I {chain} {match} {target}
    iptables -t nat -A PREROUTING {match} -j DNAT --to-destination {address}
    iptables -t nat -A POSTROUTING {match} -j SNAT --to-source {address}
    iptables -t nat -A POSTROUTING -o {device} -j MASQUERADE
    iptables -t mangle -A PREROUTING {match} -j MARK --set-mark {number}
    iptables -t raw -A PREROUTING {match} -j NOTRACK
    iptables -P {chain} {policy}
    iptables -F
    iptables-save -c
    conntrack -L
    ping -c 1 -W 1 {address}
    ping -c 2 -i 0.2 -W 1 -s {mtu} {address}
    ping -c 1 -W 1 -I {device} {address}
    ping -c 1 -W 1 -t {small} {address}
    arping -c 1 -w 1 -I {device} {address}
    traceroute -n -w 1 -q 1 -m 3 {address}
    nc -z -w 1 {address} {number}
    nc -l -p {number} &
    tc qdisc add dev {device} root netem delay {small}ms loss {small}%
    tc qdisc del dev {device} root
    cat /sys/class/net/{device}/operstate
    sleep 1
    sleep 40
""".strip().splitlines()

KINDS: Mapping[str, Sequence[str]] = {
    "device": ("eth0", "v0", "v1", "br0", "br1", "lo", "vx0"), "netns": ("a", "b", "c"), "bit": ("0", "1"),
    "updown": ("up", "down"), "switch": ("on", "off"), "small": ("0", "1", "2", "3", "4"),
    "number": ("0", "1", "7", "80", "100", "4095", "30000"), "mode": ("bridge", "private", "vepa", "passthru"),
    "mtu": ("0", "20", "68", "100", "1280", "1400", "1500", "9000"), "length": ("0", "8", "24", "24", "31", "32"),
    "address": ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.1", "8.8.8.8", "127.0.0.1", "10.0.0.255", "224.0.0.1",
                "0.0.0.0"),
    "prefix": ("default", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.2", "0.0.0.0/0", "127.0.0.0/8"),
    "kind": ("blackhole", "unreachable", "prohibit", "throw"), "nud": ("permanent", "reachable", "stale", "failed"),
    "mac": ("02:00:00:00:00:01", "02:00:00:00:00:aa", "ff:ff:ff:ff:ff:ff"), "fdb": ("static", "dynamic", "permanent"),
    "flag": ("hairpin", "learning", "flood", "isolated", "locked", "mcast_flood"), "policy": ("ACCEPT", "DROP"),
    "chain": ("INPUT", "FORWARD", "OUTPUT"),
    "match": ("", "-s {address}", "-d {prefix}", "-i {device}", "-p icmp", "-p udp", "! -s {address}",
              "-m conntrack --ctstate NEW", "-m limit --limit 1/s", "-m mark --mark {number}", "-p tcp --syn"),
    "target": ("-j ACCEPT", "-j DROP", "-j REJECT", "-j LOG", "-j RETURN", ""),
}  # fmt: skip

#: The machine on which the commands make sense.
BASE = """
    ip netns add a
    ip netns add b
    ip link add br0 type bridge
    ip link set br0 up
    ip link add v0 type veth peer name eth0 netns a
    ip link add v1 type veth peer name eth0 netns b
    ip link set v0 master br0 up
    ip link set v1 master br0 up
    ip -n a link set eth0 up
    ip -n b link set eth0 up
    ip -n a addr add 10.0.0.1/24 dev eth0
    ip -n b addr add 10.0.0.2/24 dev eth0
"""

_HOLE = re.compile(r"\{(\w+)\}")
_places = st.sampled_from(["", "", "ip netns exec a ", "ip netns exec b "])


@st.composite
def sensible(draw: st.DrawFn) -> str:
    """A command that could succeed."""
    text = draw(st.sampled_from(TEMPLATES)).strip()
    while hole := _HOLE.search(text):
        text = text[: hole.start()] + draw(st.sampled_from(KINDS[hole[1]])) + text[hole.end() :]
    return f"{draw(_places)}{text}"


@st.composite
def senseless(draw: st.DrawFn) -> str:
    """A program and any words."""
    program = draw(st.sampled_from(sorted(VOCABULARY)))
    own = st.sampled_from(VOCABULARY[program].split())
    words = draw(st.lists(st.one_of(own, own, own, st.sampled_from(ODDITIES.split())), max_size=9))
    return f"{draw(_places)}{' '.join([program, *words])}"
