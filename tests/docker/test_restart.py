"""What outlives a container's end, an engine's end, and the machine's.  Goldens: Engine 28.5.2 on Linux 6.18."""

from __future__ import annotations

from itertools import pairwise

import pytest

from vnetsim import Lab
from vnetsim.errors import NotModelled

POLICIES = ("no", "on-failure", "unless-stopped", "always")


def _lab(*lines: str) -> Lab:
    lab = Lab.docker_host()
    for line in lines:
        assert lab.run(line), line
    return lab


def _state(lab: Lab, name: str) -> str:
    form = "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}"
    return lab.run(f"docker inspect -f '{form}' {name}").stdout.strip()


def _rules(lab: Lab) -> list[str]:
    lines = lab.run("iptables-save; ip6tables-save").stdout.splitlines()
    return sorted(line for line in lines if not line.startswith(("#", ":")))


def _seen(lab: Lab) -> list[str]:
    """What a person sees of addresses, names and rules, but for what chance decides."""
    devices = [line.split("@")[0].split()[0] for line in lab.run("ip -br link").stdout.splitlines()]
    return [
        lab.run("docker network ls --format '{{.Name}} {{.Driver}}'").stdout,
        lab.run("docker ps -a --format '{{.Names}} {{.State}} {{.Ports}}'").stdout,
        lab.run("ip route").stdout,
        *(name for name in devices if not name.startswith("veth")),
        *_rules(lab),
    ]


# --- restart policies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "command", "state"),
    [
        ("no", "false", "exited 1 0"),
        ("on-failure:2", "false", "exited 1 2"),
        ("on-failure:2", "true", "exited 0 0"),
        ("always", "sleep 1000", "running 0 0"),
    ],
)
def test_a_policy_decides_what_follows_an_end(policy: str, command: str, state: str) -> None:
    lab = _lab(f"docker run -d --name web --restart {policy} alpine {command}")
    lab.sleep(5)
    assert _state(lab, "web") == state


def test_a_container_that_always_ends_waits_longer_each_time() -> None:
    lab = _lab("docker run -d --name web --restart always alpine true")
    began = lab.now()
    lab.sleep(60)
    starts = [e["timeNano"] for e in lab.docker.system_events() if e["Action"] == "start"]
    waits = [round((late - early) / 1e9, 1) for early, late in pairwise(starts)]
    assert waits == sorted(waits)
    assert waits[0] < 0.5 < 10 < waits[-1]
    assert lab.now() > began


def test_between_two_runs_a_container_has_no_address_and_can_be_stopped() -> None:
    lab = _lab("docker run -d --name web --restart always alpine sleep 0.2")
    lab.sleep(8)
    assert _state(lab, "web").startswith("restarting 0")
    assert lab.run("docker inspect -f '{{.NetworkSettings.IPAddress}}' web").stdout == "\n"
    assert "is restarting, wait until the container is running" in lab.run("docker exec web true").stderr
    assert lab.run("docker stop web")
    lab.sleep(120)
    assert _state(lab, "web").startswith("exited 0")


def test_who_kills_a_container_wants_it_to_stay_dead() -> None:
    lab = _lab("docker run -d --name web --restart always alpine sleep infinity", "docker kill web")
    lab.sleep(5)
    assert _state(lab, "web") == "exited 137 0"


# --- an engine's restart -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("restart", ["systemctl restart docker", "reboot"])
def test_policies_decide_what_the_next_engine_starts(restart: str) -> None:
    lab = _lab(*(f"docker run -d --name {policy}-runs --restart {policy} alpine sleep infinity" for policy in POLICIES))
    for policy in POLICIES:
        lab.run(
            f"docker run -d --name {policy}-stopped --restart {policy} alpine sleep infinity; "
            f"docker stop -t 0 {policy}-stopped"
        )
        lab.run(f"docker create --name {policy}-made --restart {policy} alpine sleep infinity")
    lab.run("docker run -d --rm --name once alpine sleep infinity")
    lab.run(restart)
    running = lab.run("docker ps --format '{{.Names}}'").stdout.split()
    # SIGKILL after ten seconds is a failure, so that on-failure starts what was stopped by hand, too.
    assert sorted(running) == [
        "always-runs",
        "always-stopped",
        "on-failure-runs",
        "on-failure-stopped",
        "unless-stopped-runs",
    ]
    assert lab.run("docker ps -aq --filter name=once").stdout == ""
    assert _state(lab, "no-runs") == "exited 137 0"


SETUP = (
    "docker network create app",
    "docker network create --ipv6 --internal inner",
    "docker network create --subnet 10.7.0.0/24 --gateway 10.7.0.99 --ip-range 10.7.0.64/26 own",
    "docker run -d --name web --restart always --network app -p 8080:80 nginx",
    "docker run -d --name db --restart always --network own --ip 10.7.0.70 alpine sleep infinity",
    "docker network connect inner db",
)


@pytest.mark.parametrize("restart", ["systemctl restart docker", "service docker restart"])
def test_an_engines_restart_changes_nothing_that_is_seen(restart: str) -> None:
    lab = _lab(*SETUP)
    before = _seen(lab)
    assert lab.run(restart)
    assert _seen(lab) == before
    assert lab.run("docker exec web curl -s 172.18.0.1:8080")
    assert "Welcome to nginx!" in lab.run("ip netns exec lan curl -s http://192.168.56.10:8080/").stdout


def test_users_rules_stay_and_the_engines_go_before_them() -> None:
    lab = _lab(
        "iptables -I FORWARD -p icmp -j ACCEPT",
        "iptables -A DOCKER-USER -s 192.168.56.20 -j DROP",
        "iptables -t nat -I PREROUTING -p tcp --dport 1 -j RETURN",
        "systemctl restart docker",
    )
    assert lab.run("iptables -S FORWARD").stdout.splitlines()[1:] == [
        "-A FORWARD -j DOCKER-USER",
        "-A FORWARD -j DOCKER-FORWARD",
        "-A FORWARD -p icmp -j ACCEPT",
    ]
    assert "-A DOCKER-USER -s 192.168.56.20/32 -j DROP" in _rules(lab)
    assert lab.run("iptables -t nat -S PREROUTING 2").stdout == "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"


def test_a_stopped_engine_leaves_bridges_and_rules_and_nobody_answers() -> None:
    lab = _lab(*SETUP, "systemctl stop docker")
    assert "Cannot connect to the Docker daemon" in lab.run("docker ps").stderr
    assert not lab.has_engine
    assert "docker0" in lab.run("ip -br link").stdout
    assert "veth" not in lab.run("ip -br link").stdout
    assert "-A DOCKER ! -i docker0 -o docker0 -j DROP" in _rules(lab)
    assert not any("10.7.0.70" in rule or "8080" in rule for rule in _rules(lab))


def test_the_default_bridge_is_made_anew_and_the_others_are_not() -> None:
    lab = _lab("docker network create app")
    ids = {network["Name"]: network["Id"] for network in lab.docker.network_list()}
    lab.host.restart_engine()
    later = {network["Name"]: network["Id"] for network in lab.docker.network_list()}
    assert [name for name in ids if ids[name] != later[name]] == ["bridge"]


# --- a reboot ------------------------------------------------------------------------------------------------------


def test_a_reboot_keeps_what_the_engine_keeps() -> None:
    lab = _lab(*SETUP)
    before = _seen(lab)
    lab.host.reboot()
    assert _seen(lab) == before
    assert lab.run("docker exec db ping -c 1 -W 1 10.7.0.99")
    assert "Welcome to nginx!" in lab.run("ip netns exec lan curl -s http://192.168.56.10:8080/").stdout


def test_a_machine_that_is_to_start_with_what_is_not_modelled_says_so_and_starts() -> None:
    lab = _lab(
        "printf 'net.ipv4.tcp_syncookies = 2\\nnet.ipv4.ip_default_ttl = 33\\n' > /etc/sysctl.conf",
        "docker run -d --name web --restart always nginx",
    )
    with pytest.raises(NotModelled, match="tcp_syncookies=2"):
        lab.run("reboot")
    assert lab.run("sysctl -n net.ipv4.tcp_syncookies net.ipv4.ip_default_ttl").stdout == "1\n33\n"
    assert lab.run("docker ps -q").stdout
    with pytest.raises(NotModelled, match="tcp_syncookies=2"):
        lab.host.reboot()
    assert lab.fork().run("docker ps -q").stdout


def test_a_reboot_forgets_what_was_typed() -> None:
    lab = _lab(
        "sysctl -w net.ipv4.conf.all.rp_filter=2",
        "sysctl -w net.ipv4.ip_default_ttl=30; echo 'net.ipv4.ip_default_ttl = 33' > /etc/sysctl.conf",
        "iptables -A INPUT -p tcp --dport 22 -j DROP",
        "ip route add 10.99.0.0/16 via 192.168.56.20",
        "ip netns add red",
        "echo kept > /root/note 2>/dev/null || mkdir -p /root && echo kept > /root/note",
    )
    before = lab.now()
    lab.run("reboot")
    assert lab.run("sysctl -n net.ipv4.conf.all.rp_filter net.ipv4.ip_default_ttl").stdout == "0\n33\n"
    assert "dport 22" not in "".join(_rules(lab))
    assert "10.99" not in lab.run("ip route").stdout
    assert "red" not in lab.run("ip netns list").stdout
    assert lab.run("cat /root/note").stdout == "kept\n"
    assert lab.now() > before
    assert lab.run("ping -c 1 192.168.56.20")


def test_when_the_power_fails_nobody_knows_how_a_container_ended() -> None:
    lab = _lab(
        "docker run -d --name web alpine sleep infinity",
        "docker run -d --name db --restart always alpine sleep infinity",
    )
    lab.host.reboot(forced=True)
    assert _state(lab, "web") == "exited 255 0"
    assert _state(lab, "db") == "running 0 0"


def test_a_machine_without_an_engine_boots_without_one() -> None:
    lab = Lab()
    lab.run("ip link add v0 type veth peer name v1")
    lab.host.reboot()
    assert lab.run("ip -br link").stdout.split()[:2] == ["lo", "DOWN"]
    assert not lab.has_engine


def test_two_reboots_give_the_same_bytes_twice() -> None:
    def play() -> str:
        lab = _lab(*SETUP)
        lab.host.reboot()
        lab.host.reboot()
        return lab.run("docker inspect web db; iptables-save; ip addr").stdout

    assert play() == play()


def test_a_forked_lab_was_rebooted_too() -> None:
    lab = _lab("docker run -d --name web --restart always alpine sleep infinity")
    lab.host.reboot()
    lab.host.stop_engine()
    lab.run("systemctl start docker; reboot")
    other = lab.fork()
    assert other.run("docker inspect web; iptables-save").stdout == lab.run("docker inspect web; iptables-save").stdout
    assert other.now() == lab.now()
