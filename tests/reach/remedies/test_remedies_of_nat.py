"""Remedies of NAT, bridges, uplinks and tracked flows: where they apply, and that they are not proposed elsewhere.

What they heal is in the questions (tests/reach/questions); here stand their limits.
"""

from __future__ import annotations

import pytest

from tests.reach.diagnosis.test_reasons import LAN
from tests.reach.labs import made_by
from tests.reach.remedies.test_remedy import commands
from tests.reach.test_exposures import BRIDGE, ROUTER
from vnetsim import Lab

BLUE = "ip netns exec blue"
FILTERED = ("sysctl -w net.bridge.bridge-nf-call-iptables=1", "iptables -P FORWARD DROP")
NO_WAY_BACK = (*ROUTER, "ip -n blue route del default")
LOCAL = "-m addrtype --dst-type LOCAL"


def made(*lines: str) -> Lab:
    """A lab; lines that end with & are servers."""
    lab = made_by(*(line for line in lines if not line.endswith("&")))
    for line in lines:
        if line.endswith("&"):
            lab.start(line[:-1])
    lab.sleep(1)
    return lab


def proposed(lab: Lab, *question: str) -> list[str]:
    return commands(lab.why(*question))


# --- what the host sends, and what comes in by another device -------------------------------------------------------


def redirecting(port: int, *more: str) -> tuple[str, ...]:
    rule = f"iptables -t nat -A PREROUTING -p tcp --dport {port} -j REDIRECT --to-ports 8080"
    return (*LAN, "nc -lk -p 8080 &", rule, *more)


def test_what_the_host_asks_of_others_is_not_redirected() -> None:
    lab = made(*redirecting(80), "ip netns exec lan nc -lk -p 80 &")
    (line,) = proposed(lab, "host", "127.0.0.1:80")
    assert line == f"iptables -t nat -A OUTPUT {LOCAL} -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080"
    assert lab.run(line)
    assert lab.why("host", "192.168.56.20:80").diagnosis.namespace == "lan"
    assert lab.why("host", "192.168.56.10:80").diagnosis.namespace == "host"


@pytest.mark.parametrize(("port", "target"), [(80, "192.168.56.20:80"), (81, "127.0.0.1:80")])
def test_no_rule_for_output_where_the_one_of_prerouting_is_not_about_it(port: int, target: str) -> None:
    assert not any("OUTPUT" in line for line in proposed(made(*redirecting(port)), "host", target))


@pytest.mark.parametrize(
    ("rule", "is_proposed"),
    [
        ("-i to-blue -p tcp --dport 80", True),
        ("-i to-blue -p tcp --dport 81", False),
        ("-i to-blue -s 10.0.9.0/24 -p tcp --dport 80", False),
    ],
)
def test_a_rule_for_another_device_is_extended_if_all_the_rest_of_it_fits(rule: str, is_proposed: bool) -> None:
    translate = f"iptables -t nat -A PREROUTING {rule} -j DNAT --to-destination 10.0.2.2:5000"
    lines = proposed(made(*ROUTER, f"{BLUE} nc -lk -p 5000 &", translate), "red", "10.0.1.1:80")
    assert any(f"-R PREROUTING 1 {LOCAL} " in line for line in lines) is is_proposed
    assert any(f"-A PREROUTING -i to-red {LOCAL} " in line for line in lines) is is_proposed


@pytest.mark.parametrize(
    ("port", "is_proposed"),
    [(8080, True), (8081, False), (80, False)],
)
def test_an_allowance_of_the_published_port_asks_for_the_original_one(port: int, is_proposed: bool) -> None:
    lab = made(
        *LAN,
        "docker run -d --name web -p 8080:80 nginx",
        "iptables -I DOCKER-USER -i eth0 -j DROP",
        f"iptables -I DOCKER-USER -i eth0 -s 192.168.56.0/24 -p tcp --dport {port} -j RETURN",
    )
    rule = "-s 192.168.56.0/24 -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j RETURN"
    assert (f"iptables -R DOCKER-USER 1 {rule}" in proposed(lab, "lan", "host:8080")) is is_proposed


# --- 127.0.0.1 -------------------------------------------------------------------------------------------------------

TO_LOOPBACK = "iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 127.0.0.1:5000"
#: A neighbour that sends to 127.0.0.1 of the host.
NEIGHBOUR = (
    "ip netns exec red sysctl -w net.ipv4.conf.all.route_localnet=1",
    "ip -n red route add 127.0.0.1/32 via 10.0.1.1 src 10.0.1.2",
)


def test_a_server_that_hears_on_the_device_is_reached_without_route_localnet() -> None:
    lines = proposed(made(*ROUTER, "nc -lk -p 5000 &", TO_LOOPBACK), "red", "10.0.1.1:80")
    assert any("-R PREROUTING 1 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 5000" in line for line in lines)
    assert not any("route_localnet" in line for line in lines)


def test_nothing_is_let_in_to_127_0_0_1_where_nobody_listens() -> None:
    assert not any("route_localnet" in line for line in proposed(made(*ROUTER, TO_LOOPBACK), "red", "10.0.1.1:80"))


def test_route_localnet_lets_in_what_is_translated_and_nothing_else() -> None:
    servers = ("nc -lk -s 127.0.0.1 -p 5000 &", "nc -lk -s 127.0.0.1 -p 6000 &")
    lab = made(*(line for line in ROUTER if line != "ip -n red link set lo up"), *servers, TO_LOOPBACK)
    guard, setting = proposed(lab, "red", "10.0.1.1:80")
    assert setting == "sysctl -w net.ipv4.conf.to-red.route_localnet=1"
    for line in NEIGHBOUR:
        assert lab.run(line), line
    ask = "ip netns exec red nc -z -w 2 127.0.0.1 6000"
    open_, guarded = lab.fork(), lab.fork()
    assert open_.run(setting)
    assert open_.run(ask)  # what CVE-2020-8558 was about
    assert guarded.run(guard)
    assert guarded.run(setting)
    assert not guarded.run(ask)
    assert guarded.run("ip netns exec red nc -z -w 2 10.0.1.1 80")


@pytest.mark.parametrize(("address", "is_proposed"), [("127.0.0.1", True), ("10.0.2.2", False)])
def test_route_localnet_is_switched_off_where_it_let_something_in(address: str, is_proposed: bool) -> None:
    lab = made(
        *ROUTER,
        "nc -lk -s 127.0.0.1 -p 5000 &",
        f"{BLUE} nc -lk -p 5000 &",
        "sysctl -w net.ipv4.conf.to-red.route_localnet=1",
        f"iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination {address}:5000",
    )
    answer = lab.why("red", "10.0.1.1:80")
    assert ("sysctl -w net.ipv4.conf.to-red.route_localnet=0" in commands(answer)) is is_proposed
    assert "tracked before" not in answer.sentence


# --- bridges ---------------------------------------------------------------------------------------------------------

TO_ITSELF = (
    *BRIDGE,
    "ip address add 10.0.0.1/24 dev br0",
    "sysctl -w net.ipv4.ip_forward=1",
    "ip -n red route add default via 10.0.0.1",
    "iptables -t nat -A PREROUTING -d 203.0.113.9 -j DNAT --to-destination 10.0.0.2",
)


def test_a_port_in_hairpin_mode_needs_masquerading_only() -> None:
    lines = proposed(made(*TO_ITSELF, "bridge link set dev to-red hairpin on"), "red", "203.0.113.9")
    assert any("MASQUERADE" in line for line in lines)
    assert not any("hairpin" in line for line in lines)


def test_no_hairpin_mode_where_a_wrong_entry_says_that_it_is_behind_the_port() -> None:
    lab = made(*BRIDGE)
    mac = lab.run("ip -n blue -br link show eth0").output.split()[2]
    assert lab.run(f"bridge fdb replace {mac} dev to-red master static")
    assert lab.run(f"ip -n red neigh replace 10.0.0.3 lladdr {mac} dev eth0")
    answer = lab.why("red", "blue")
    assert answer.reason == "NO_TX_TARGET"
    assert not any("hairpin" in line for line in commands(answer))


@pytest.mark.parametrize(
    "more",
    [
        ("iptables -A FORWARD -m physdev --physdev-in to-blue -j DROP",),
        ("iptables -A FORWARD -i br0 -o br0 -p udp -j DROP",),
        ("docker network create app",),
    ],
)
def test_bridged_packets_go_on_being_filtered_where_rules_are_about_them(more: tuple[str, ...]) -> None:
    key = "net.bridge.bridge-nf-call-iptables=0"
    assert any(key in line for line in proposed(made(*BRIDGE, *FILTERED), "red", "blue"))
    assert not any(key in line for line in proposed(made(*BRIDGE, *FILTERED, *more), "red", "blue"))


def test_what_is_routed_is_not_let_through_as_bridged() -> None:
    assert not any("bridge-nf" in line for line in proposed(made(*ROUTER, *FILTERED), "red", "blue"))


# --- masquerading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("-s 10.0.9.0/24 -o to-blue", "-R POSTROUTING 1 -s 10.0.1.0/24 -o to-blue -j MASQUERADE"),
        ("-s 10.0.9.0/24", "-R POSTROUTING 1 -s 10.0.1.0/24 -j MASQUERADE"),
        ("-s 10.0.3.0/24 -o to-blue", "-A POSTROUTING -s 10.0.1.0/24 -o to-blue -j MASQUERADE"),
        ("-s 10.0.9.0/24 ! -o to-red", "-R POSTROUTING 1 -s 10.0.1.0/24 ! -o to-red -j MASQUERADE"),
        ("-s 10.0.9.0/24 ! -o d0", ""),
        ("-s 10.0.9.0/24 -o to-red", ""),
        ("-s 10.0.9.0/255.0.255.0", ""),
        ("-s 10.0.9.0/24 -o to-blue -p udp", ""),
    ],
)
def test_a_rule_that_masquerades_another_network_is_replaced_if_nobody_has_that(rule: str, line: str) -> None:
    third = ("ip link add d0 type dummy", "ip address add 10.0.3.1/24 dev d0", "ip link set d0 up")
    lab = made(*NO_WAY_BACK, *third, f"iptables -t nat -A POSTROUTING {rule} -j MASQUERADE")
    lines = proposed(lab, "red", "blue")
    if line:
        assert lines[0] == f"iptables -t nat {line}"
    else:
        assert not any("MASQUERADE" in each for each in lines)


def test_an_engine_whose_nat_table_was_flushed_writes_it_anew_and_publishes_again() -> None:
    web = ("docker run -d --name web -p 8080:80 nginx", "iptables -t nat -F")
    lab = made(*LAN, *web)
    lines = proposed(lab, "web", "lan")
    restored = lines[lines.index("systemctl restart docker") :]
    assert restored == ["systemctl restart docker", "docker start web"]
    for line in restored:
        assert lab.run(line)
    assert lab.run("ip netns exec lan nc -z -w 2 192.168.56.10 8080")


def test_an_engine_that_was_not_flushed_is_not_started_again() -> None:
    lab = made(
        *LAN,
        "docker network create -o com.docker.network.bridge.enable_ip_masquerade=false app",
        "docker run -d --name web --network app nginx",
    )
    assert not any("systemctl" in line for line in proposed(lab, "web", "lan"))


# --- uplinks ---------------------------------------------------------------------------------------------------------

#: red reaches blue by r1, and blue answers by r2, whose filter does not believe it.
UPLINKS = (
    *(f"ip netns add {name}" for name in ("red", "r1", "r2", "blue")),
    "ip link add eth0 netns red type veth peer name in netns r1",
    "ip link add eth1 netns red type veth peer name in netns r2",
    "ip link add eth0 netns blue type veth peer name out netns r1",
    "ip link add eth1 netns blue type veth peer name out netns r2",
    "ip -n red address add 10.0.1.2/24 dev eth0", "ip -n red address add 10.0.3.2/24 dev eth1",
    "ip -n r1 address add 10.0.1.1/24 dev in", "ip -n r1 address add 10.0.2.1/24 dev out",
    "ip -n r2 address add 10.0.3.1/24 dev in", "ip -n r2 address add 10.0.4.1/24 dev out",
    "ip -n blue address add 10.0.2.2/24 dev eth0", "ip -n blue address add 10.0.4.2/24 dev eth1",
    *(f"ip -n {name} link set {device} up" for name in ("red", "blue") for device in ("eth0", "eth1")),
    *(f"ip -n {name} link set {device} up" for name in ("r1", "r2") for device in ("in", "out")),
    *(f"ip netns exec {name} sysctl -w net.ipv4.ip_forward=1" for name in ("r1", "r2")),
    "ip -n red route add default via 10.0.1.1", "ip -n blue route add default via 10.0.4.1",
    "ip netns exec r2 sysctl -w net.ipv4.conf.all.rp_filter=1",
)  # fmt: skip


def test_a_table_for_the_uplink_takes_a_free_number_and_leaves_the_filter_alone() -> None:
    used = ("ip -n blue route add 10.0.99.0/24 via 10.0.4.1 table 100", "ip -n blue rule add from 10.0.4.2 lookup 101")
    lines = proposed(made(*UPLINKS, *used), "red", "10.0.2.2")
    assert lines[:3] == [
        "ip -n blue route add 10.0.2.0/24 dev eth0 src 10.0.2.2 table 102",
        "ip -n blue route add default via 10.0.2.1 dev eth0 table 102",
        "ip -n blue rule add from 10.0.2.2 lookup 102",
    ]
    assert not any("rp_filter" in line for line in lines)


def test_who_is_asked_on_the_link_itself_gets_no_table() -> None:
    """The router is asked by its neighbour: there is no other router on that link."""
    lab = made(*UPLINKS, "ip -n blue route add 10.0.2.1/32 via 10.0.4.1")
    assert not any(" rule add from " in line for line in proposed(lab, "r1", "10.0.2.2"))


def test_who_has_one_uplink_gets_no_table() -> None:
    dropped = f"{BLUE} iptables -A OUTPUT -p icmp -j DROP"
    for lab in (made(*NO_WAY_BACK), made(*ROUTER, dropped)):
        assert not any(" rule add from " in line for line in proposed(lab, "red", "blue"))


# --- flows that are remembered ---------------------------------------------------------------------------------------

DATAGRAMS = (
    *ROUTER,
    f"{BLUE} sh -c 'nc -luk -p 8125 > /dev/null' &",
    "iptables -t nat -A PREROUTING -p udp --dport 8125 -j DNAT --to-destination 10.0.2.2",
)
BEGIN = "ip netns exec red sh -c 'echo one | nc -u -w 1 -p 40000 10.0.1.1 8125'"


@pytest.mark.parametrize(("port", "is_stale"), [(40000, True), (40001, False)])
def test_a_flow_is_forgotten_if_it_is_translated_otherwise_than_the_rules_say(port: int, is_stale: bool) -> None:
    lab = made(*DATAGRAMS)
    assert lab.run(BEGIN)
    assert lab.run("ip -n blue link set eth0 down")
    assert lab.run("iptables -t nat -R PREROUTING 1 -p udp --dport 8125 -j REDIRECT --to-ports 8125")
    lab.start("sh -c 'nc -luk -p 8125 > /dev/null'")
    lab.sleep(1)
    answer = lab.why("red", "10.0.1.1", "udp/8125", f"sport={port}")
    assert bool(answer) is not is_stale
    assert "a connection tracked before still goes to 10.0.2.2" in answer.sentence
    assert (commands(answer)[0].startswith("conntrack -D -p udp -s 10.0.1.2 ")) is is_stale


def test_a_flow_that_is_translated_as_the_rules_say_is_not_to_blame() -> None:
    lab = made(*DATAGRAMS)
    assert lab.run(BEGIN)
    assert lab.run(f"{BLUE} iptables -A INPUT -p udp -j DROP")
    answer = lab.why("red", "10.0.1.1", "udp/8125", "sport=40000")
    assert answer.reason == "NETFILTER_DROP"
    assert "tracked before" not in answer.sentence


# --- networks that others joined -------------------------------------------------------------------------------------

JOINED = (
    *LAN,
    "docker run -d --name vpn alpine sleep infinity",
    "docker run -d --name app --network container:vpn nginx",
)


def test_a_port_of_who_joined_a_network_is_published_by_its_owner() -> None:
    answer = made(*JOINED).why("lan", "host:8080")
    assert "app has the network of vpn, and only vpn publishes its ports" in answer.sentence
    assert commands(answer)[1] == "docker run -d --name vpn -p 8080:80 alpine sleep infinity"
    assert commands(answer)[3] == "docker run -d --name app --network container:vpn nginx"


@pytest.mark.parametrize(
    "more",
    [("docker run -d --name web -p 9000:80 nginx",), ("docker rm -f app",), ("docker exec -d vpn nc -lk -p 5000",)],
)
def test_nothing_is_published_where_it_is_not_known_what_is_meant(more: tuple[str, ...]) -> None:
    answer = made(*JOINED, *more).why("lan", "host:8080")
    assert not any("-p 8080:80" in line for line in commands(answer))


def test_who_joined_a_network_is_connected_by_its_owner() -> None:
    lab = made(
        *JOINED,
        "docker network create back",
        "docker run -d --name db --network back -e POSTGRES_PASSWORD=secret postgres",
    )
    assert proposed(lab, "app", "db:5432") == ["docker network connect back vpn"]


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_name_of_another_network_is_given_on_the_shared_one() -> None:
    start = (
        "docker network create a",
        "docker network create b",
        "docker run -d --name web --network a alpine sleep infinity",
    )
    app = ("docker run -d --name app --network b --network-alias api nginx",)
    alias = "docker network connect --alias api a app"
    assert alias in proposed(made(*start, *app, "docker network connect a app"), "web", "name:api:80")
    assert not any("--alias" in line for line in proposed(made(*start, *app), "web", "name:api:80"))


def test_a_link_is_made_for_who_is_on_the_default_bridge() -> None:
    start = (
        "docker run -d --name db nginx",
        "docker run -d --name one --link db:data alpine sleep infinity",
        "docker network create app",
    )
    told = proposed(
        made(*start, "docker run -d --name web --link one:first alpine sleep infinity"), "web", "name:data:80"
    )
    assert "docker run -d --name web --link one:first --link db:data alpine sleep infinity" in told
    elsewhere = proposed(
        made(*start, "docker run -d --name web --network app alpine sleep infinity"), "web", "name:data:80"
    )
    assert not any("--link" in line for line in elsewhere)


# --- cards on one segment --------------------------------------------------------------------------------------------


UPON = (
    *LAN,
    "ip netns add upon",
    "ip link add mv0 link eth0 netns upon type macvlan mode bridge",
    "ip -n upon address add 192.168.56.30/24 dev mv0",
    "ip -n upon link set mv0 up",
)


@pytest.mark.parametrize(("target", "is_proposed"), [("192.168.56.10", True), ("192.168.56.99", False)])
def test_the_host_gets_a_device_beside_who_asks_for_it(target: str, is_proposed: bool) -> None:
    lines = proposed(made(*UPON), "upon", target)
    assert ("ip link add shim0 link eth0 type macvlan mode bridge" in lines) is is_proposed


def test_a_container_without_a_port_of_its_own_leaves_the_network_of_the_host() -> None:
    first = ("docker run -d --name first --network host nginx",)
    (_, line) = proposed(made(*first, "docker run -d --name other --network host nginx"), "host", "other:80")[:2]
    assert line == "docker run -d --name other -p 8080:80 nginx"
    lines = proposed(made("docker create --name other --network host nginx"), "host", "other:80")
    assert lines == ["docker start other"]


@pytest.mark.parametrize(("card", "is_named"), [("eth1", True), ("eth0", False)])
def test_two_cards_on_one_segment_are_named_if_the_packet_came_by_both(card: str, is_named: bool) -> None:
    lab = made(
        "ip netns add switch", "ip link add eth0 type veth peer name p0 netns switch",
        "ip link add eth1 type veth peer name p1 netns switch", "ip -n switch link add br0 type bridge",
        *(f"ip -n switch link set {name} up" for name in ("br0", "p0", "p1")),
        *(f"ip -n switch link set {name} master br0" for name in ("p0", "p1")),
        "ip link set eth0 up", "ip link set eth1 up", "ip netns add c1", "ip netns add c2",
        "ip link add mv0 link eth0 netns c1 type macvlan mode bridge",
        f"ip link add mv0 link {card} netns c2 type macvlan mode bridge",
        "ip -n c1 address add 172.16.86.2/24 dev mv0", "ip -n c2 address add 172.16.86.3/24 dev mv0",
        "ip -n c1 link set mv0 up", "ip -n c2 link set mv0 up",
    )  # fmt: skip
    assert ("both cards are on one segment" in lab.why("c1", "c2", change=False).sentence) is is_named
