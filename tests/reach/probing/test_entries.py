"""Holes that somebody made, by which a server is reached other than by its own address; and the same, closed."""

from __future__ import annotations

from functools import cache

import attrs
import pytest

from tests.reach.gateways import Gateway, network, unasked
from tests.reach.typed import disagreements
from vnetsim.lab import Lab
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.policies.check import check
from vnetsim.reach.policies.policy import Policy
from vnetsim.reach.policies.status import Status
from vnetsim.reports.matrix import present

#: From outside nothing passes but what was translated, and answers.
CLOSED = (
    "{0} -P FORWARD DROP",
    "{0} -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
    "{0} -A FORWARD ! -i wan -j ACCEPT",
    "{0} -A FORWARD -m conntrack --ctstate DNAT -j ACCEPT",
)
SERVERS = (
    ("www", "tcp/8080"),
    ("www", "udp/53"),
    ("www", "tcp/127.0.0.1:7000"),
    ("www", "tcp/:::8090"),
    ("db", "tcp/5432"),
    ("r1", "tcp/22"),
)
R1, WWW, DB, INET = (f"ip netns exec {name} " for name in ("r1", "www", "db", "inet"))
PRE = R1 + "iptables -t nat -A PREROUTING "
NFT = R1 + "nft 'add table ip own; add chain ip own pre {{ type nat hook prerouting priority -100; }}; {}'"


@attrs.frozen(kw_only=True)
class Hole:
    """`opens` are lines that break the rule; with `closed` instead it holds, though it looks much the same."""

    name: str
    opens: tuple[str, ...]
    closed: tuple[str, ...]
    rule: str = "inet !-> www, db"
    routers: int = 1

    def __str__(self) -> str:
        return self.name


def nft(rule: str) -> str:
    return NFT.format(f"add rule ip own pre {rule}")


HOLES = (
    Hole(name="DNAT on the router",
         opens=(PRE + "-i wan -p tcp --dport 80 -j DNAT --to 10.0.0.5:8080",),
         closed=(PRE + "-i wan -p tcp --dport 80 -j DNAT --to 10.0.0.5:8081",)),
    Hole(name="DNAT of an address that nobody on the link has",
         opens=(PRE + "-p tcp -d 198.51.100.2 --dport 80 -j DNAT --to 10.0.0.5:8080",),
         closed=(PRE + "-p tcp -d 198.51.100.3 --dport 80 -j DNAT --to 10.0.0.5:8080",)),
    Hole(name="DNAT of everything",
         opens=(PRE + "-i wan -j DNAT --to 10.0.0.6",),
         closed=(PRE + "-i wan -j DNAT --to 10.0.0.6", R1 + "iptables -I FORWARD -i wan -j DROP")),
    Hole(name="DNAT to a range of addresses",
         opens=(PRE + "-i wan -p tcp --dport 5432 -j DNAT --to 10.0.0.6-10.0.0.6",),
         closed=(PRE + "-i wan -p tcp --dport 5432 -j DNAT --to 10.0.0.20-10.0.0.29",)),
    Hole(name="DNAT of a range of ports",
         opens=(PRE + "-i wan -p tcp --dport 9000:9010 -j DNAT --to 10.0.0.5:8075-8085/9000",),
         closed=(PRE + "-i wan -p tcp --dport 9000:9010 -j DNAT --to 10.0.0.5:8091-8101/9000",)),
    Hole(name="DNAT of a wide range to one port",
         opens=(PRE + "-p tcp --dport 20000:60000 -j DNAT --to 10.0.0.6:5432",
                R1 + "iptables -I FORWARD -p tcp -m conntrack --ctorigdstport 1:40000 -j DROP"),
         closed=(PRE + "-p tcp --dport 20000:40000 -j DNAT --to 10.0.0.6:5432",
                 R1 + "iptables -I FORWARD -p tcp -m conntrack --ctorigdstport 1:40000 -j DROP")),
    Hole(name="DNAT of a foreign address",
         opens=(PRE + "-d 203.0.113.9 -p tcp --dport 25 -j DNAT --to 10.0.0.6:5432",),
         closed=(PRE + "-d 203.0.113.9 -p tcp --dport 25 -j DNAT --to 10.0.0.6:5432",
                 "ip -n inet route add unreachable 203.0.113.9")),
    Hole(name="a transparent proxy, which takes foreign addresses only",
         opens=(PRE + "! -d 198.51.100.0/24 -p tcp --dport 3128 -j DNAT --to 10.0.0.6:5432",),
         closed=(PRE + "! -d 198.51.100.0/24 -p tcp --dport 3128 -j DNAT --to 10.0.0.6:5432",
                 "ip -n inet route del default")),
    Hole(name="DNAT in a chain that is called",
         opens=(R1 + "iptables -t nat -N WEB", PRE + "-p tcp -m multiport --dports 25,443 -j WEB",
                R1 + "iptables -t nat -A WEB -p tcp -m addrtype --dst-type LOCAL -j DNAT --to 10.0.0.5:8080"),
         closed=(R1 + "iptables -t nat -N WEB", PRE + "-p tcp -m multiport --dports 25,443 -j WEB",
                 R1 + "iptables -t nat -A WEB -p tcp -m addrtype --dst-type BROADCAST -j DNAT --to 10.0.0.5:8080")),
    Hole(name="NETMAP",
         opens=(PRE + "-d 10.1.0.0/24 -j NETMAP --to 10.0.0.0/24",),
         closed=(PRE + "-d 10.1.0.0/24 -j NETMAP --to 10.0.9.0/24",)),
    Hole(name="NETMAP of a few addresses",
         opens=(PRE + "-d 203.0.113.4/30 -j NETMAP --to 10.0.0.4/30",),
         closed=(PRE + "-d 203.0.113.4/30 -j NETMAP --to 10.0.0.8/30",)),
    Hole(name="REDIRECT on the router to its own server", rule="inet !-> r1: tcp/22",
         opens=(R1 + "iptables -A INPUT -p tcp --dport 22 -m conntrack ! --ctstate DNAT,ESTABLISHED -j DROP",
                PRE + "-i wan -p tcp --dport 2222 -j REDIRECT --to-ports 22"),
         closed=(R1 + "iptables -A INPUT -p tcp --dport 22 -j DROP",
                 PRE + "-i wan -p tcp --dport 2222 -j REDIRECT --to-ports 22")),
    Hole(name="REDIRECT on the server itself",
         opens=(R1 + "iptables -I FORWARD -d 10.0.0.5 -p tcp --dport 4000 -j ACCEPT",
                WWW + "iptables -t nat -A PREROUTING -p tcp --dport 4000:4010 -j REDIRECT --to-ports 8080"),
         closed=(R1 + "iptables -I FORWARD -d 10.0.0.5 -p tcp --dport 4000 -j ACCEPT",
                 WWW + "iptables -t nat -A PREROUTING -p tcp --dport 4001:4010 -j REDIRECT --to-ports 8080")),
    Hole(name="DNAT to a server on loopback", rule="inet !-> www: tcp/7000",
         opens=(R1 + "iptables -I FORWARD -d 10.0.0.5 -p tcp --dport 4000 -j ACCEPT",
                WWW + "sysctl -qw net.ipv4.conf.all.route_localnet=1",
                WWW + "iptables -t nat -A PREROUTING -p tcp --dport 4000 -j DNAT --to 127.0.0.1:7000"),
         closed=(R1 + "iptables -I FORWARD -d 10.0.0.5 -p tcp --dport 4000 -j ACCEPT",
                 WWW + "iptables -t nat -A PREROUTING -p tcp --dport 4000 -j DNAT --to 127.0.0.1:7000")),
    Hole(name="dnat of nft by a map of ports",
         opens=(nft("dnat to tcp dport map { 80 : 10.0.0.5, 5000-6000 : 10.0.0.6 }"),),
         closed=(nft("dnat to tcp dport map { 80 : 10.0.0.5, 5000-5431 : 10.0.0.6 }"),)),
    Hole(name="dnat of nft by a map of addresses and ports",
         opens=(nft("dnat to ip daddr . tcp dport map { 198.51.100.1 . 81 : 10.0.0.5 . 8080 }"),),
         closed=(nft("dnat to ip daddr . tcp dport map { 198.51.100.8 . 81 : 10.0.0.5 . 8080 }"),)),
    Hole(name="dnat of nft behind a verdict map",
         opens=(NFT.format("add chain ip own behind; add rule ip own behind meta l4proto tcp dnat to 10.0.0.6:5432; "
                           "add rule ip own pre tcp dport vmap { 22 : accept, 7000-7005 : goto behind }"),),
         closed=(NFT.format("add chain ip own behind; add rule ip own behind meta l4proto tcp dnat to 10.0.0.6:5432; "
                            "add rule ip own pre tcp dport vmap { 22 : accept, 7000-7005 : drop }"),)),
    Hole(name="redirect of nft on the server itself",
         opens=(R1 + "iptables -I FORWARD -d 10.0.0.6 -p tcp --dport 9 -j ACCEPT",
                nft("tcp dport 1-10 redirect to :5432").replace(R1, DB)),
         closed=(R1 + "iptables -I FORWARD -d 10.0.0.6 -p tcp --dport 9 -j ACCEPT",
                 nft("tcp dport 1-8 redirect to :5432").replace(R1, DB))),
    Hole(name="DNAT of IPv6",
         opens=(R1 + "ip6tables -t nat -A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to [fd00::5]:8090",),
         closed=(R1 + "ip6tables -t nat -A PREROUTING -i wan -p tcp --dport 80 -j DNAT --to [fd00::99]:8090",)),
    Hole(name="IPv6 without a filter",
         opens=(R1 + "ip6tables -P FORWARD ACCEPT",), closed=(R1 + "ip6tables -P INPUT ACCEPT",)),
    Hole(name="DNAT of UDP",
         opens=(PRE + "-i wan -p udp --dport 5353 -j DNAT --to 10.0.0.5:53",),
         closed=(PRE + "-i wan -p udp --dport 5353 -j DNAT --to 10.0.0.6:53",)),
    Hole(name="DNAT of what the sender sends itself", rule="r1 !-> www: tcp/8080",
         opens=(R1 + "iptables -A OUTPUT -p tcp --dport 8080 -m conntrack ! --ctstate DNAT,ESTABLISHED -j DROP",
                R1 + "iptables -t nat -A OUTPUT -d 192.0.2.1 -p tcp -j DNAT --to 10.0.0.5:8080",
                R1 + "ip route add 192.0.2.0/24 via 198.51.100.9"),
         closed=(R1 + "iptables -A OUTPUT -p tcp --dport 8080 -j DROP",
                 R1 + "iptables -t nat -A OUTPUT -d 192.0.2.1 -p tcp -j DNAT --to 10.0.0.5:8080",
                 R1 + "ip route add 192.0.2.0/24 via 198.51.100.9")),
    Hole(name="a second address",
         opens=(R1 + "iptables -I FORWARD -d 10.0.0.7 -j ACCEPT",),
         closed=(R1 + "iptables -I FORWARD -d 10.0.0.8 -j ACCEPT",)),
    Hole(name="an address on lo",
         opens=(R1 + "iptables -I FORWARD -d 172.20.0.1 -j ACCEPT",),
         closed=(R1 + "iptables -I FORWARD -d 172.20.0.2 -j ACCEPT",)),
    Hole(name="a network that is local (AnyIP)",
         opens=("ip -n r1 route add 172.30.0.0/24 via 10.0.0.6", "ip -n db route add local 172.30.0.0/24 dev lo",
                R1 + "iptables -I FORWARD -d 172.30.0.0/24 -j ACCEPT"),
         closed=("ip -n r1 route add 172.30.0.0/24 via 10.0.0.6",
                 R1 + "iptables -I FORWARD -d 172.30.0.0/24 -j ACCEPT")),
    Hole(name="back by the router, under its address", rule="www !-> db: tcp/5432",
         opens=(R1 + "sysctl -qw net.bridge.bridge-nf-call-iptables=0", DB + "iptables -A INPUT -s 10.0.0.5 -j DROP",
                PRE + "-d 10.0.0.1 -p tcp --dport 77 -j DNAT --to 10.0.0.6:5432",
                R1 + "iptables -t nat -A POSTROUTING -d 10.0.0.6 -j MASQUERADE"),
         closed=(R1 + "sysctl -qw net.bridge.bridge-nf-call-iptables=0", DB + "iptables -A INPUT -s 10.0.0.5 -j DROP",
                 PRE + "-d 10.0.0.1 -p tcp --dport 77 -j DNAT --to 10.0.0.6:5432")),
    Hole(name="two routers, each with its rule", routers=2,
         opens=(PRE + "-i wan -p tcp --dport 80 -j DNAT --to 10.9.0.2:8000",
                (PRE + "-i wan -p tcp --dport 8000 -j DNAT --to 10.0.0.5:8080").replace("r1", "r2")),
         closed=(PRE + "-i wan -p tcp --dport 80 -j DNAT --to 10.9.0.2:8000",
                 (PRE + "-i wan -p tcp --dport 8001 -j DNAT --to 10.0.0.5:8080").replace("r1", "r2"))),
    Hole(name="a range of ports that is forbidden", rule="inet !-> www: tcp/8000-9000",
         opens=(PRE + "-i wan -p tcp --dport 443 -j DNAT --to 10.0.0.5:8080",),
         closed=(PRE + "-i wan -p tcp --dport 443 -j DNAT --to 10.0.0.6:5432",)),
    Hole(name="all ports that are forbidden", rule="inet !-> db: tcp/1-65535, udp/1-65535",
         opens=(R1 + "iptables -I FORWARD -p tcp --dport 5000:6000 -d 10.0.0.6 -j ACCEPT",),
         closed=(R1 + "iptables -I FORWARD -p tcp --dport 5000:5431 -d 10.0.0.6 -j ACCEPT",)),
    Hole(name="an address as the destination", rule="inet !-> 10.0.0.6",
         opens=(PRE + "-p tcp --dport 80 -j DNAT --to 10.0.0.6:5432",),
         closed=(PRE + "-p tcp --dport 80 -j DNAT --to 172.20.0.1:5432",)),
)  # fmt: skip


@cache
def _gateway(routers: int) -> Lab:
    closing = [
        f"ip netns exec {name} {line.format(program)}"
        for program in ("iptables", "ip6tables")
        for name in ("r1", "r2")[:routers]
        for line in CLOSED
    ]
    lab = Gateway((*network(routers), *closing), (), SERVERS).lab()
    lab.sleep(2)
    return lab


def with_lines(lab: Lab, lines: tuple[str, ...]) -> Lab:
    copy = lab.fork()
    for line in lines:
        result = copy.run(line)
        assert result, (line, result.output)
    return copy


@pytest.mark.parametrize("hole", HOLES, ids=str)
def test_a_hole_is_found_and_what_looks_like_one_is_not(hole: Hole) -> None:
    policy = Policy.of(hole.rule)
    base = _gateway(hole.routers)
    report = check(with_lines(base, hole.opens), policy, in_place=True)
    assert report.those(Status.BROKEN) == policy.rules
    assert all(violation.sentence for violation in report.violations)
    closed = check(with_lines(base, hole.closed), policy, in_place=True, explained=False)
    assert closed, [str(violation) for violation in closed.violations]


def test_without_a_hole_nobody_reaches_what_is_behind_the_router() -> None:
    for routers in (1, 2):
        assert check(_gateway(routers), Policy.of("inet !-> www, db", "inet !-> www, db: tcp/1-65535"), explained=False)


# --- on a host with an engine ----------------------------------------------------------------------------------------

PUBLISHED = (
    # what is run, what follows, whether lan reaches it; and flags of the engine
    ("-p 8080:80", (), True, ()),
    ("-p 192.168.56.10:8080:80", (), True, ()),
    ("-p 127.0.0.1:8080:80", (), False, ()),
    ("-p 8080:81", (), False, ()),
    ("-p 8080:80", (), True, ("--iptables=false",)),
    ("-p 127.0.0.1:8080:80", (), False, ("--iptables=false",)),
    ("-p 8080:80", (), True, ("--userland-proxy=false",)),
    ("-p 8080:80", ("iptables -I DOCKER-USER -p tcp --dport 80 -j DROP",), False, ()),
    ("-p 8080:80", ("iptables -I DOCKER-USER -p tcp --dport 8080 -j DROP",), True, ()),
    ("", ("iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 81 -j DNAT --to 172.17.0.2:80",), False, ()),
    ("", ("iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 81 -j DNAT --to 172.17.0.2:80",
          "iptables -I DOCKER-USER -p tcp --dport 80 -j ACCEPT"), True, ()),
    ("-p 8080:80", ("iptables -t nat -I PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 8081",), False, ()),
)  # fmt: skip


@pytest.mark.parametrize(("ports", "lines", "reached", "flags"), PUBLISHED)
def test_a_container_is_open_to_the_lan_or_not(
    ports: str, lines: tuple[str, ...], reached: bool, flags: tuple[str, ...]
) -> None:
    lab = Lab.docker_host(docker_flags=flags)
    for line in (f"docker run -d --name web {ports} nginx", *lines):
        assert lab.run(line), line
    report = check(lab, Policy.of("lan !-> web: tcp/80"), explained=False)
    assert [str(each.probe) for each in report.violations] == (["tcp/80"] if reached else [])
    assert bool(check(lab, Policy.of("lan -> web: tcp/80"), explained=False)) is reached


def test_a_proxy_that_reaches_nobody_opens_nothing() -> None:
    """It takes the connection all the same: `nc -z` to the host says that it is open."""
    lab = Lab(docker_flags=("--iptables=false",))
    for line in ("docker run -d --name web -p 8080:80 nginx", "ip link set docker0 down"):
        assert lab.run(line), line
    assert lab.run("nc -z 127.0.0.1 8080")
    assert not check(lab, Policy.of("host -> web: tcp/80"), explained=False)


def test_the_sockets_of_the_embedded_dns_are_nobodys_servers() -> None:
    lab = Lab()
    for line in (
        "docker network create app",
        "docker run -d --name web --network app nginx",
        "docker run -d --name job --network app nettools",
    ):
        assert lab.run(line), line
    assert "127.0.0.11" in lab.run("docker exec job ss -ltn").stdout
    probes = {str(cell.probe) for cell in Matrix.of(lab, names=False).cells}
    assert probes == {"icmp", "tcp/80"}


# --- told ------------------------------------------------------------------------------------------------------------


def test_the_matrix_shows_by_which_address_and_port() -> None:
    lines = (
        PRE + "-i wan -p tcp --dport 80 -j DNAT --to 10.0.0.5:8080",
        PRE + "-d 10.1.0.0/24 -j NETMAP --to 10.0.0.0/24",
    )
    matrix = Matrix.of(with_lines(_gateway(1), lines), senders=["inet"])
    reached = {(c.destination.short, c.target, str(c.probe), c.published) for c in matrix.cells if c.reached}
    assert ("r1", "198.51.100.1", "tcp/80", "www tcp/8080") in reached
    assert ("db", "10.1.0.6", "tcp/5432", "db tcp/5432") in reached
    assert matrix.reaches("inet", "www", "tcp/8080")
    assert "tcp/5432(10.1.0.6:5432)" in present(matrix, "text")


def test_only_an_allowed_port_is_reached_though_it_leads_to_another_one() -> None:
    lines = (
        R1 + "iptables -I FORWARD -d 10.0.0.5 -p tcp --dport 80 -j ACCEPT",
        WWW + "iptables -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080",
    )
    lab = with_lines(_gateway(1), lines)
    assert check(lab, Policy.of("inet -> www: tcp/80 only"), explained=False)
    assert not check(lab, Policy.of("inet -> www: tcp/81 only"), explained=False)


def test_one_port_stands_for_those_that_nothing_tells_apart() -> None:
    report = check(_gateway(1), Policy.of("r1 -> www: tcp/8079-8082"), explained=False)
    assert [violation.headline.partition(",")[0] for violation in report.violations] == [
        "r1 does not reach www at tcp/8079",
        "r1 does not reach www at tcp/8081-8082",
    ]


#: `python -m tests.reach.campaign` draws more of them, and larger ones, than a test has time for.
DRAWN = (
    Gateway(network(1), (PRE + "-i wan -p tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080",
                         WWW + "iptables -t nat -A PREROUTING -p tcp --dport 81 -j REDIRECT --to-ports 8080"), SERVERS),
    Gateway(network(2), (PRE + "-d 198.51.100.2/32 -j NETMAP --to 10.0.0.7/32",
                         R1 + "iptables -A FORWARD -p tcp --dport 8080 -j REJECT"), SERVERS[:2]),
)  # fmt: skip


@pytest.mark.parametrize("gateway", DRAWN, ids=("one router", "two routers"))
def test_the_matrix_of_a_gateway_is_what_is_typed(gateway: Gateway) -> None:
    lab = gateway.lab()
    assert disagreements(lab, Matrix.of(lab, senders=["inet", "www"], jobs=1)) == []


def test_whatever_arrives_was_asked_for() -> None:
    assert unasked(DRAWN[0].lab()) == []


# --- what probes cannot tell ---------------------------------------------------------------------------------------

FORWARD = R1 + "iptables -I FORWARD -d 10.0.0.5 "
#: Rules, and what they decide by; "" where probes tell all there is.
DOUBTS = (
    (FORWARD + "-p tcp --sport 53 -j ACCEPT", "the source port"),
    (FORWARD + "-p tcp -m multiport --ports 1,2 -j ACCEPT", "the source port"),
    (FORWARD + "-p udp --sport 53 -j ACCEPT", ""),
    (FORWARD + "-p tcp --sport 80 -m conntrack --ctstate ESTABLISHED -j ACCEPT", ""),
    (FORWARD + "-m length --length 1000:2000 -j ACCEPT", "the length of packets"),
    (FORWARD + "-m mac --mac-source 02:00:00:00:00:99 -j ACCEPT", "the MAC address of the sender"),
    (FORWARD + "-m recent --name knock --rcheck -j ACCEPT", "earlier packets"),
    (FORWARD + "-m statistic --mode nth --every 90 --packet 80 -j ACCEPT", "chance or earlier packets"),
    (FORWARD + "-m tos --tos 0x10 -j LOG", ""),
    (FORWARD.replace("FORWARD", "OUTPUT") + "-m owner --uid-owner 33 -j ACCEPT", ""),
    (R1 + "nft 'add table ip own; add chain ip own through { type filter hook forward priority 0; }; "
     "add rule ip own through tcp sport 53 accept'", "the source port"),
    (R1 + "nft 'add table ip own; add chain ip own through { type filter hook forward priority 0; }; "
     "add rule ip own through ct state established,related tcp sport 53 accept'", ""),
    (R1 + "nft 'add table ip own; add chain ip own through { type filter hook forward priority 0; }; "
     "add rule ip own through ip saddr 10.0.0.0/24 tcp dport 80 tcp flags syn accept'", ""),
)  # fmt: skip


@pytest.mark.parametrize(("line", "looks_at"), DOUBTS)
def test_a_rule_that_other_packets_may_break_is_unknown(line: str, looks_at: str) -> None:
    report = check(with_lines(_gateway(1), (line,)), Policy.of("inet !-> www: tcp/8080"), in_place=True)
    assert report.status(report.policy.rules[0]) is (Status.UNKNOWN if looks_at else Status.HOLDS)
    assert [unproven.text.partition(" decides by ")[2].partition(",")[0] for unproven in report.unproven_rules] == (
        [looks_at] if looks_at else []
    )


def test_a_translation_that_chooses_among_several_may_lead_there_the_next_time() -> None:
    lab = with_lines(_gateway(1), (PRE + "-i wan -p tcp --dport 81 -j DNAT --to 10.0.0.5:8070-8090",))
    report = check(lab, Policy.of("inet !-> www: tcp/8080"), explained=False)
    assert report.exit_status != 0
