"""What the sentence of `why` adds to the walk, and that it adds nothing where that would be wrong."""

from __future__ import annotations

import pytest

from tests.reach.labs import made_by
from vnetsim import Lab

LAN = (
    "ip netns add lan", "ip link add eth0 type veth peer name eth0 netns lan",
    "ip address add 192.168.56.10/24 dev eth0", "ip -n lan address add 192.168.56.20/24 dev eth0",
    "ip link set eth0 up", "ip -n lan link set eth0 up", "ip link set lo up", "ip route add default via 192.168.56.20",
)  # fmt: skip
BRIDGE = (
    "ip link add br0 type bridge", "ip link set br0 up", "ip netns add red", "ip netns add blue", "ip netns add green",
    *(f"ip link add to-{name} type veth peer name eth0 netns {name}" for name in ("red", "blue", "green")),
    *(f"ip link set to-{name} master br0 up" for name in ("red", "blue", "green")),
    *(f"ip -n {name} link set eth0 up" for name in ("red", "blue", "green")),
    "ip -n red address add 10.0.0.2/24 dev eth0", "ip -n blue address add 10.0.0.3/24 dev eth0",
)  # fmt: skip
TO_HOST = "iptables -t nat -A PREROUTING -p tcp --dport {} -j REDIRECT --to-ports 8080"


def sentence(lab: Lab, *question: str) -> str:
    return lab.why(*question, change=False).sentence


@pytest.mark.parametrize(("port", "is_named"), [(80, True), (81, False)])
def test_a_translation_of_what_comes_in_is_named_for_the_hosts_own_packets_if_it_fits_them(
    port: int, is_named: bool
) -> None:
    told = sentence(made_by(*LAN, TO_HOST.format(port)), "host", "127.0.0.1:80")
    assert ("passes nat OUTPUT instead" in told) is is_named


def test_no_translation_is_missed_where_output_has_one_too() -> None:
    output = "iptables -t nat -A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports 8080"
    told = sentence(made_by(*LAN, TO_HOST.format(80), output), "host", "127.0.0.1:80")
    assert "tcp port 8080" in told
    assert "PREROUTING" not in told


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("iptables -P INPUT DROP", "it never passes INPUT, where the policy is DROP"),
        ("iptables -A INPUT -p tcp --dport 8080 -j DROP", "it never passes INPUT, where INPUT rule 1"),
        ("iptables -A INPUT -p tcp --dport 22 -j DROP", ""),
        ("iptables -I DOCKER-USER -p tcp --dport 8080 -j DROP", "--dport 8080 -j DROP) does not fit any more"),
        ("iptables -I DOCKER-USER -i docker0 -p tcp --dport 8080 -j DROP", ""),
    ],
)
def test_a_rule_that_does_not_protect_a_published_port_is_named_if_it_was_to(rule: str, words: str) -> None:
    lab = made_by(*LAN, "docker run -d --name web -p 8080:80 nginx", rule)
    told = sentence(lab, "lan", "host:8080")
    assert words in told
    assert words or told == "web: reached tcp port 80"


def test_a_rule_behind_a_return_would_not_have_dropped_it() -> None:
    lab = made_by(
        *LAN,
        "docker run -d --name web -p 8080:80 nginx",
        "iptables -I DOCKER-USER -p tcp --dport 8080 -j DROP",
        "iptables -I DOCKER-USER -s 192.168.56.0/24 -j RETURN",
    )
    assert sentence(lab, "lan", "host:8080") == "web: reached tcp port 80"


def test_an_address_that_moved_is_told_from_a_host_that_does_not_forward() -> None:
    moved = made_by(
        *BRIDGE,
        "ip netns exec red ping -c 1 10.0.0.3",
        "ip -n blue address del 10.0.0.3/24 dev eth0",
        "ip -n green address add 10.0.0.3/24 dev eth0",
    )
    assert "which is blue, and green has that address now" in sentence(moved, "red", "green")
    astray = made_by(
        *BRIDGE, "ip -n red route add 10.9.0.1 via 10.0.0.3", "ip -n green address add 10.9.0.1/32 dev eth0"
    )
    assert sentence(astray, "red", "10.9.0.1").endswith("(net.ipv4.ip_forward = 0, 10.0.0.2 > 10.9.0.1)")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ((), "does not answer for it (net.ipv4.conf.eth0.proxy_arp = 0)"),
        (("ip -n red address del 192.168.56.77/32 dev eth0",), "no namespace here has this address"),
    ],
)
def test_a_proxy_that_does_not_answer_is_named_if_somebody_has_the_address(before: tuple[str, ...], words: str) -> None:
    lab = made_by(
        *LAN, "ip netns add red", "ip link add to-red type veth peer name eth0 netns red", "ip link set to-red up",
        "ip -n red link set eth0 up", "ip -n red address add 192.168.56.77/32 dev eth0",
        "ip route add 192.168.56.77 dev to-red", *before,
    )  # fmt: skip
    assert words in sentence(lab, "lan", "192.168.56.77")


def test_who_loses_a_packet_to_a_twin_is_told_of_the_twin() -> None:
    lab = made_by(*BRIDGE, "ip -n green address add 10.0.0.3/24 dev eth0", "ip netns exec blue nc -l -k -p 80 &")
    answer = lab.why("red", "blue:80", change=False)
    assert answer.reason == "DUPLICATE_ADDRESS"
    assert answer.sentence.startswith(
        "green has the address 10.0.0.3 too, and it got the packet, not blue; green, eth0"
    )
    alone = made_by(*BRIDGE)
    assert alone.why("red", "blue:80", change=False).reason == "NO_SOCKET"


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        (("--network one",), ""),
        (("--network one", "two"), "the default gateway of web is that of one (it is on two, too)"),
    ],
)
def test_the_network_that_gives_the_gateway_is_named_if_there_are_several(
    networks: tuple[str, ...], words: str
) -> None:
    lab = made_by(
        *LAN,
        "docker network create one",
        "docker network create two",
        f"docker run -d --name web {networks[0]} alpine sleep infinity",
        *(f"docker network connect {name} web" for name in networks[1:]),
        "iptables -I DOCKER-USER -p icmp -j DROP",
    )
    told = sentence(lab, "web", "lan")
    assert words in told
    assert words or "default gateway" not in told


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("127.0.0.1", "127.0.0.1 is box itself, and nothing listens on udp port 53 of box"),
        ("192.0.2.1", "no namespace here has 192.0.2.1"),
        ("192.168.56.20", ""),
    ],
)
def test_a_dead_name_server_is_named_and_a_living_one_is_not(server: str, words: str) -> None:
    lab = made_by(
        *LAN, "ip netns exec lan nc -l -k -u -p 53 &", f"docker run -d --name box --dns {server} alpine sleep infinity"
    )
    told = sentence(lab, "box", "name:www.example.org:80")
    assert f"it asks {server}" in told
    assert words in told
    assert words or told.endswith("(/etc/resolv.conf)")


@pytest.mark.parametrize("is_stale", [True, False])
def test_connections_that_still_go_elsewhere_are_named(is_stale: bool) -> None:
    lab = made_by(
        *BRIDGE,
        "ip address add 10.0.0.1/24 dev br0",
        "ip -n green address add 10.0.0.4/24 dev eth0",
        "sysctl -w net.ipv4.ip_forward=1",
        *(f"ip netns exec {name} nc -l -u -k -p 53 >/dev/null &" for name in ("blue", "green")),
        "iptables -t nat -A PREROUTING -p udp --dport 53 -j DNAT --to-destination 10.0.0.3",
        "ip netns exec red sh -c 'echo a | nc -u -w 1 10.0.0.1 53'",
        "iptables -t nat -R PREROUTING 1 -p udp --dport 53 -j DNAT --to-destination 10.0.0.4",
        *([] if is_stale else ["conntrack -D -p udp"]),
    )
    assert ("a connection tracked before still goes to 10.0.0.3" in sentence(lab, "red", "host", "udp/53")) is is_stale


CHAIN = "add chain bridge t c { type filter hook forward priority 0; }"
TUNNEL = (
    "ip netns add red", "ip netns add blue", "ip link add r0 netns red type veth peer name b0 netns blue",
    "ip -n red addr add 10.0.0.1/24 dev r0", "ip -n blue addr add 10.0.0.2/24 dev b0",
    "ip -n red link set r0 up", "ip -n blue link set b0 up",
    "ip -n red tunnel add t0 mode gre local 10.0.0.1 remote 10.0.0.2",
    "ip -n blue tunnel add t0 mode gre local 10.0.0.2 remote 10.0.0.1",
    "ip -n red addr add 10.9.0.1/24 dev t0", "ip -n blue addr add 10.9.0.2/24 dev t0",
    "ip -n red link set t0 up", "ip -n blue link set t0 up",
)  # fmt: skip


def test_the_packet_around_that_of_a_tunnel_was_not_translated() -> None:
    told = sentence(made_by(*TUNNEL, "ip netns exec blue iptables -A INPUT -p gre -j DROP"), "red", "10.9.0.2")
    assert told.endswith("(filter INPUT rule 1: -p gre -j DROP); it is in a tunnel there: 10.0.0.1 > 10.0.0.2, gre")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("ebtables -A FORWARD -p IPv4 --ip-proto icmp -j DROP", False),
        ("iptables -A FORWARD -p icmp -j DROP", True),
        (f"nft add table bridge t; nft '{CHAIN}'; nft add rule bridge t c ip protocol icmp drop", False),
    ],
)  # fmt: skip
def test_the_sysctl_of_bridged_frames_is_named_for_rules_of_iptables_alone(rule: str, words: bool) -> None:
    told = sentence(made_by(*BRIDGE, rule), "red", "10.0.0.3")
    assert "dropped it" in told
    assert ("bridged frames pass there too" in told) is words


HOOKLESS = "nft add table ip t; nft add chain ip t c; nft 'add rule ip t c {}'; {}"
HOOK = "nft 'add chain ip t p { type nat hook prerouting priority -100; }'; nft add rule ip t p jump c"


def test_a_chain_of_nft_that_no_packet_meets_is_named() -> None:
    dnat = made_by(*BRIDGE, "ip address add 10.0.0.1/24 dev br0", HOOKLESS.format("tcp dport 80 dnat to 10.0.0.3", ":"))
    told = (
        "chain c of nft ip t has no hook, and no rule jumps to it, so no packet meets its rules (tcp dport 80 dnat to"
    )
    assert told in sentence(dnat, "red", "10.0.0.1:80")
    assert "no hook" not in sentence(dnat, "red", "10.0.0.1:81")
    dnat.run(HOOK)
    assert "no hook" not in sentence(dnat, "red", "10.0.0.1:80")
    drop = made_by(*BRIDGE, "ip address add 10.0.0.1/24 dev br0", HOOKLESS.format("icmp type echo-request drop", ":"))
    (rule,) = drop.why("red", "10.0.0.1", change=False).missed
    assert rule.sentence == "c has no hook, and no rule jumps to c, so no packet ever meets it"


def test_an_answer_that_a_host_does_not_let_in_itself_is_lost_by_its_rule() -> None:
    rule = "-p icmp -m icmp --icmp-type 0 -j DROP"
    words = f"lo: a netfilter rule or policy dropped it (filter INPUT rule 1: {rule})"
    lab = made_by("ip link set lo up", f"iptables -A INPUT {rule}")
    assert sentence(lab, "host", "127.0.0.1").endswith(words)


@pytest.mark.parametrize(("address", "words"), [("", "there"), ("127.0.0.1:", "on 127.0.0.1")])
def test_a_publisher_that_ended_is_named_with_its_address(address: str, words: str) -> None:
    lab = made_by(f"docker create --name web -p {address}8080:80 nginx")
    assert f"web is to be published {words}, and is created" in sentence(lab, "host", "127.0.0.2:8080")
