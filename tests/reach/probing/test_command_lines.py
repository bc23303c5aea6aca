"""The command lines that show a violation: typed in the lab, each gives the verdict that it is printed with."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.reach.policies.check import Violation, check
from vnetsim.reach.policies.policy import Policy

BUSYBOX = "docker run --rm --network container:web busybox"
SILENT = "  # exits with 0 also where the packet was lost without an answer"
LAB = """\
docker network create front
docker network create back
docker run -d --name db --network back -e POSTGRES_PASSWORD=x postgres
docker run -d --name dns --network back acme/dns
docker run -d --name web --network front --add-host docs:192.0.2.9 -p 8080:80 nginx
docker network connect back web
docker run -d --name side --network container:web redis
docker run -d --name tools --network front alpine sleep infinity
docker run -d --name app --network front acme/app
docker run -d --name wide --network host httpd
ip netns add red
ip link add v0 type veth peer v1 netns red
ip link set v0 up
ip addr add 10.7.0.1/24 dev v0
ip -n red link set v1 up
ip -n red addr add 10.7.0.2/24 dev v1
ip -n red route add default via 10.7.0.1
"""
POLICY = """\
web !-> db
web -> db: tcp/1, udp/1
web -> dns: udp/1
dns !-> web: tcp/80
side !-> db
side -> db: tcp/1, udp/1
tools -> db: tcp/5432, udp/53, icmp
tools !-> web
app -> db: tcp/5432, udp/53, icmp
app !-> web
db -> app: icmp, tcp/80
wide !-> db
wide -> dns: tcp/1
red !-> host
red -> db: tcp/5432
lan !-> web
lan -> web: tcp/81
host !-> db
host -> db: tcp/1
"""


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = Lab.docker_host(images={"acme/dns": ["53/udp"], "acme/app": []})
    for line in LAB.splitlines():
        assert made.run(line)
    return made


@pytest.fixture(scope="module")
def violations(lab: Lab) -> tuple[Violation, ...]:
    return check(lab, Policy.of(*POLICY.splitlines()), explained=False).violations


def test_each_rule_of_the_table_is_broken(violations: tuple[Violation, ...]) -> None:
    assert {str(violation.rule) for violation in violations} == set(POLICY.splitlines())


def test_each_command_gives_the_verdict_that_it_is_printed_with(lab: Lab, violations: tuple[Violation, ...]) -> None:
    for violation in violations:
        for line in violation.commands:
            arrives = " reaches " in violation.headline or "#" in line
            assert (lab.run(line).exit_code == 0) is arrives, (violation.headline, line)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("web !-> db: tcp/5432", f"{BUSYBOX} nc -z -w 5 db 5432"),
        ("web !-> db: icmp", f"{BUSYBOX} ping -c 1 -W 5 db"),
        ("app !-> web: tcp/80", "docker run --rm --network container:app busybox nc -z -w 5 web 80"),
        ("tools !-> web: tcp/80", "docker exec tools nc -z -w 5 web 80"),
        ("tools -> web: udp/1", "docker exec tools nc -z -u -w 5 web 1"),
        ("tools -> dns: udp/53", f"docker exec tools nc -z -u -w 5 172.19.0.3 53{SILENT}"),
        ("host !-> db: tcp/5432", "nc -z -w 5 172.19.0.2 5432"),
        ("red !-> host: icmp", "ip netns exec red ping -c 1 -W 5 10.7.0.1"),
        ("lan !-> web: tcp/80", "ip netns exec lan nc -z -w 5 192.168.56.10 8080"),
    ],
)
def test_a_program_runs_where_there_is_one(lab: Lab, rule: str, line: str) -> None:
    (violation,) = check(lab, Policy.of(rule), explained=False).violations
    assert violation.commands == (line,)


def test_there_is_no_command_where_nothing_can_be_sent(lab: Lab) -> None:
    assert lab.run("docker create --name idle nginx")
    (violation,) = check(lab, Policy.of("idle -> web: tcp/80"), explained=False).violations
    assert violation.commands == ()
