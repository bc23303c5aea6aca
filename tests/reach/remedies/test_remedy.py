"""What no remedy may be: each of these was once proposed, and turned the verdict."""

from __future__ import annotations

import re

import pytest

from tests.reach.labs import made_by, two_networks
from tests.reach.test_faults import TABLE, proposals
from vnetsim import Lab
from vnetsim.reach.why.why import Why

CABLE = (
    "ip netns add red", "ip netns add blue", "ip link add eth0 netns red type veth peer name eth0 netns blue",
    "ip -n red address add 10.0.0.2/24 dev eth0", "ip -n blue address add 10.0.0.3/24 dev eth0",
    "ip -n red link set eth0 up", "ip -n blue link set eth0 up", "ip -n blue link set lo up",
)  # fmt: skip
INPUT = "ip netns exec blue iptables -A INPUT"
ESTABLISHED = "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"


def served(*lines: str, port: int = 5000) -> Lab:
    """Two namespaces and a server in blue."""
    lab = made_by(*CABLE, *lines)
    lab.start(f"ip netns exec blue nc -lk -p {port}")
    lab.sleep(1)
    return lab


def commands(answer: Why) -> list[str]:
    return [line for remedy in answer.remedies for line in remedy.commands]


@pytest.mark.parametrize(
    "wall",
    [
        "-j REJECT --reject-with icmp-port-unreachable",
        "-j REJECT --reject-with icmp-host-prohibited",
        "-j DROP",
        "! -s 10.0.0.9/32 -j DROP",
        "-p tcp -j REJECT --reject-with tcp-reset",
        "-p tcp -m multiport --dports 22,5000 -j DROP",
        "! -i lo -p tcp -j DROP",
    ],
)
def test_the_last_rule_of_a_firewall_is_not_deleted(wall: str) -> None:
    answer = served(
        f"{INPUT} {ESTABLISHED}", f"{INPUT} -p tcp --dport 22 -s 10.0.0.9 -j ACCEPT", f"{INPUT} {wall}"
    ).why("red", "blue:5000")
    assert commands(answer) == [
        "ip netns exec blue iptables -I INPUT -s 10.0.0.2 -d 10.0.0.3 -p tcp --dport 5000 -j ACCEPT"
    ]
    assert answer.remedies[0].effects == ()
    assert "delete rule 3 of INPUT" in answer.refused[0].description
    assert answer.refused[0].reason.startswith("it also opens: ")


def test_a_rule_for_this_sender_alone_is_deleted() -> None:
    answer = served(f"{INPUT} -s 10.0.0.2/32 -p tcp --dport 5000 -j DROP").why("red", "blue:5000")
    assert answer.remedies[0].commands == ("ip netns exec blue iptables -D INPUT 1",)
    assert answer.remedies[0].effects == ()


def test_a_rule_for_this_sender_and_other_ports_is_not_deleted() -> None:
    answer = served(f"{INPUT} -s 10.0.0.2/32 -p tcp -m multiport --dports 22,5000 -j DROP").why("red", "blue:5000")
    assert commands(answer)[0].endswith("-I INPUT -s 10.0.0.2 -d 10.0.0.3 -p tcp --dport 5000 -j ACCEPT")
    assert [each.reason for each in answer.refused] == ["it also opens: red -> blue tcp/22"]


def test_a_rule_about_every_datagram_is_not_deleted() -> None:
    lab = made_by(*CABLE, f"{INPUT} -s 10.0.0.2/32 -p udp -j DROP")
    lab.start("ip netns exec blue nc -u -lk -p 53")
    lab.sleep(1)
    answer = lab.why("red", "blue", "udp/53")
    assert commands(answer)[0].endswith("-I INPUT -s 10.0.0.2 -d 10.0.0.3 -p udp --dport 53 -j ACCEPT")
    assert [each.reason for each in answer.refused] == ["it also opens: red -> blue any other udp port"]


def test_what_depends_on_earlier_packets_is_told_with_the_comparison() -> None:
    limited = "-p tcp --dport 22 -m limit --limit 1/min -j ACCEPT"
    answer = served(f"{INPUT} {limited}", f"{INPUT} -p tcp --dport 5000 -j DROP").why("red", "blue:5000")
    assert answer.remedies[0].scope.caveat.startswith("rules that count")
    assert "more may change" in str(answer)


@pytest.mark.parametrize("policy", ["iptables -P INPUT DROP", "iptables -P OUTPUT DROP"])
def test_a_policy_stays(policy: str) -> None:
    answer = served(f"ip netns exec blue {policy}").why("red", "blue:5000")
    assert answer.remedies
    assert not any(" -P " in line for line in commands(answer))
    assert policy != "iptables -P INPUT DROP" or answer.remedies[0].effects == ()


def test_answers_are_accepted_by_their_connection() -> None:
    answer = served("ip netns exec red iptables -A INPUT -p tcp -j DROP").why("red", "blue:5000")
    assert answer.remedies[0].commands == (f"ip netns exec red iptables -I INPUT {ESTABLISHED}",)
    assert not any("--sport" in line for line in commands(answer))


def test_native_rules_are_kept_too() -> None:
    lab = served(
        "ip netns exec blue nft add table inet fw",
        "ip netns exec blue nft add chain inet fw in '{ type filter hook input priority 0; policy accept; }'",
        "ip netns exec blue nft add rule inet fw in tcp dport 22 accept",
        "ip netns exec blue nft add rule inet fw in drop",
    )
    answer = lab.why("red", "blue:5000")
    assert commands(answer) == [
        "ip netns exec blue nft insert rule inet fw in ip saddr 10.0.0.2 ip daddr 10.0.0.3 tcp dport 5000 accept"
    ]


def test_an_exposed_port_is_not_closed_for_one_address_only() -> None:
    lab = Lab.docker_host()
    assert lab.run("docker run -d --name web -p 8080:80 nginx")
    answer = lab.why("lan", "host:8080")
    assert answer.remedies
    assert not any("192.168.56.20" in line for line in commands(answer))


def test_no_server_is_started_where_the_service_listens_elsewhere() -> None:
    answer = served(port=8080).why("red", "blue:80")
    assert (answer.reason, answer.remedies) == ("NO_SOCKET", ())
    assert "change   none was found" in str(answer)
    assert [str(hint.question) for hint in answer.hints] == ["netns:red -> netns:blue tcp/8080"]


def test_a_server_is_started_where_nothing_listens_at_all() -> None:
    answer = made_by(*CABLE).why("red", "blue:5000")
    assert commands(answer) == ["ip netns exec blue nc -l -k -p 5000 &"]


def test_no_server_is_started_in_a_container() -> None:
    answer = two_networks().why("web", "cache:1234")
    assert answer.remedies == ()
    assert "tcp/6379" in str(answer.hints[0].question)


@pytest.mark.parametrize("address", ["10.0.9", "192.168.7"])
def test_the_machine_outside_gets_no_route_to_a_private_network(address: str) -> None:
    lab = Lab.docker_host()
    for line in (
        "ip netns add red",
        "ip link add to-red type veth peer name eth0 netns red",
        f"ip address add {address}.1/24 dev to-red",
        f"ip -n red address add {address}.2/24 dev eth0",
        "ip link set to-red up",
        "ip -n red link set eth0 up",
        f"ip -n red route add default via {address}.1",
        "iptables -P FORWARD ACCEPT",
    ):
        assert lab.run(line), line
    answer = lab.why("lan", "red")
    assert not answer
    assert not any("ip -n lan route" in line for line in commands(answer))
    # What red asks for is translated, as it leaves.
    back = lab.why("red", "lan")
    assert commands(back)[0] == f"iptables -t nat -A POSTROUTING -s {address}.0/24 -o eth0 -j MASQUERADE"


def test_a_host_of_the_internet_gets_no_route_to_a_private_network() -> None:
    lab = made_by(
        "ip netns add red", "ip netns add isp",
        "ip link add to-red type veth peer name eth0 netns red",
        "ip link add to-isp type veth peer name eth0 netns isp",
        "ip address add 10.0.1.1/24 dev to-red", "ip address add 198.51.100.2/24 dev to-isp",
        "ip -n red address add 10.0.1.2/24 dev eth0", "ip -n isp address add 198.51.100.1/24 dev eth0",
        "ip link set to-red up", "ip link set to-isp up", "ip -n red link set eth0 up", "ip -n isp link set eth0 up",
        "ip -n red route add default via 10.0.1.1", "sysctl -w net.ipv4.ip_forward=1",
    )  # fmt: skip
    answer = lab.why("red", "isp")
    assert commands(answer)[0] == "iptables -t nat -A POSTROUTING -s 10.0.1.0/24 -o to-isp -j MASQUERADE"
    assert not any("ip -n isp route" in line for line in commands(answer))


def test_a_setting_of_a_container_is_made_from_the_host() -> None:
    """In an unprivileged container /proc/sys cannot be written, and images have no ip(8)."""
    lab = two_networks()
    inside = "nsenter -t $(docker inspect -f '{{.State.Pid}}' cache) -n sysctl -w net.ipv4.icmp_echo_ignore_all="
    assert lab.run(f"{inside}1")
    answer = lab.why("web", "cache")
    assert answer.remedies[0].commands == (f"{inside}0",)


KEPT = (
    "--restart always", "--hostname front", "--label tier=web", "--dns-search example.org",
    "--ip6 fd00:5::9", "--ip 172.30.0.9", "--sysctl net.ipv4.ip_forward=0", "--read-only", "--cap-add CAP_NET_ADMIN",
    "-e MODE=test", "--add-host db:10.0.0.9", "--ulimit nofile=10:20", "--network-alias front",
)  # fmt: skip


@pytest.mark.parametrize("option", KEPT)
def test_a_container_that_is_made_again_keeps_its_options(option: str) -> None:
    lab = Lab.docker_host()
    assert lab.run("docker network create --ipv6 --subnet 172.30.0.0/24 --subnet fd00:5::/64 app")
    assert lab.run(f"docker run -d --name web --network app {option} nginx")
    answer = lab.why("lan", "web:80")
    (line,) = (line for line in commands(answer) if line.startswith("docker run"))
    assert option in line


def test_a_container_is_not_made_again_without_what_cannot_be_said() -> None:
    lab = Lab.docker_host()
    assert lab.run("docker run -d --name web --memory 100m nginx")
    answer = lab.why("lan", "web:80")
    assert not any("docker run" in line for line in commands(answer))
    assert "web would be made without its Memory" in str(answer)


def test_one_command_is_enough_where_there_is_a_network_with_names() -> None:
    answer = two_networks().why("web", "name:db:5432")
    assert answer.remedies[0].commands == ("docker network connect app db",)


def test_what_is_tried_in_vain_is_counted() -> None:
    answer = made_by("ip netns add red", "ip netns add blue").why("red", "192.0.2.1")
    assert answer.remedies == ()
    assert f"change   none was found with which it arrives ({answer.findings.tried} were tried)" in str(answer)


#: Numbers of simulated processes and bridges, commands that a container refuses, doors without a lock.
FORBIDDEN = re.compile(
    r"kill \d|--privileged|--sport \d| -P (INPUT|FORWARD|OUTPUT) ACCEPT|policy accept|route \w+ [\d.]+/\d+ via .*lan"
    r"|\bbr-[0-9a-f]{12}\b|\bveth[0-9a-f]{7}\b|docker exec \S+ sysctl"
)


@pytest.mark.parametrize("name", TABLE)
def test_commands_work_as_they_stand_on_a_real_machine(name: str) -> None:
    assert not any(FORBIDDEN.search(line) for lines in proposals(name) for line in lines)


def test_a_large_lab_is_compared_by_one_of_each_kind() -> None:
    lab = Lab.docker_host()
    for line in ("docker network create a", "docker network create b"):
        assert lab.run(line)
    for number in range(12):
        assert lab.run(f"docker run -d --name c{number} --network {'ab'[number % 2]} -p {8000 + number}:80 nginx")
    answer = lab.why("c0", "c1:80")
    assert answer.change is not None
    scope = answer.change.scope
    assert (scope.destinations, scope.ends) == (4, 14)
    assert "4 of 14 destinations, one of each kind and network" in str(answer)
