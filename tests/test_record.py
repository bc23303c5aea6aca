"""Recordings: steps, captures and times of scripts, as a recorder of a real machine notes them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from vnetsim.errors import UsageError
from vnetsim.record import record

CABLE = """
ip netns add a
ip netns add b
ip link add va netns a type veth peer name vb netns b
ip -n a link set va up
ip -n b link set vb up
ip -n a addr add 10.0.0.1/24 dev va
ip -n b addr add 10.0.0.2/24 dev vb
"""


def steps(script: str, kind: str = "kernel", seed: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = record(kind, "test", script, seed)["steps"]
    return found


def test_a_capture_shows_each_frame_with_its_time_as_tcpdump_does() -> None:
    played = steps(f"{CABLE}\n@sleep 5\n@capture b vb\nip netns exec a ping -c 1 10.0.0.2\n@stop\n")
    frames = [frame for frame in played[-1]["capture"]["frames"] if "IPv6" not in frame]
    assert all(re.match(r"\d{10}\.\d{6} ", frame) for frame in frames[:-1])
    words = [re.sub(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", "MAC", frame.partition(" ")[2]) for frame in frames]
    assert words[0] == "MAC > MAC, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28"
    assert "10.0.0.1 > 10.0.0.2: ICMP echo request" in words[2]
    assert "10.0.0.2 > 10.0.0.1: ICMP echo reply" in words[3]
    assert frames[-1] == ""


def test_captures_that_are_not_stopped_end_with_the_script() -> None:
    played = steps(f"{CABLE}\n@capture b vb\n")
    assert played[-1]["capture"]["netns"] == "b"


@pytest.mark.parametrize("where", ["nosuch eth0", "- nosuch", "- lo"])
def test_a_capture_of_what_is_not_there_or_not_up_is_empty(where: str) -> None:
    namespace, device = where.split()
    assert steps(f"@capture {where}\n@stop")[0] == {"capture": {"netns": namespace, "dev": device, "frames": []}}


def test_a_command_is_over_when_nobody_can_write_any_more() -> None:
    (step,) = steps("(sleep 2; echo late) & echo early")
    assert (step["stdout"], round(step["seconds"])) == ("early\nlate\n", 2)


def test_what_a_command_wrote_before_its_time_was_over_is_kept() -> None:
    (step,) = steps("echo before; echo error >&2; sleep 100")
    assert step == {
        "cmd": "echo before; echo error >&2; sleep 100",
        "rc": None,
        "stdout": "before\n",
        "stderr": "TIMEOUT",
        "seconds": 40.0,
    }


def test_the_background_runs_until_the_end() -> None:
    played = steps("sh -c 'while sleep 1; do echo x >> /tmp/x; done' &\n@sleep 10\nwc -l < /tmp/x")
    assert played[0] == {"cmd": "sh -c 'while sleep 1; do echo x >> /tmp/x; done' &"}
    assert 9 <= int(played[1]["stdout"]) <= 11


def test_the_host_is_empty() -> None:
    settings = "cat /proc/sys/net/ipv4/ip_forward\ncat /proc/sys/net/bridge/bridge-nf-call-iptables"
    played = steps(f"ls /sys/class/net\n{settings}\nip -br link")
    assert [step["stdout"].split() for step in played[:3]] == [["lo"], ["0"], ["1"]]
    assert "lo               DOWN" in played[3]["stdout"]


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    script = "ip link add v0 type veth peer name v1\nip link"
    assert steps(script, seed=1) == steps(script, seed=1)
    assert steps(script, seed=1) != steps(script, seed=2)


def test_a_docker_script_starts_on_a_host_with_a_neighbour() -> None:
    played = steps("ip -br -4 addr show eth0\nip netns\nip route | head -n 1\ncat /etc/resolv.conf", "docker")
    assert played[0]["stdout"].split()[2] == "192.168.56.10/24"
    assert played[1]["stdout"].split()[0] == "lan"
    assert played[2]["stdout"].strip() == "default via 192.168.56.20 dev eth0"
    assert played[3]["stdout"] == "nameserver 10.255.255.53\n"


@pytest.mark.parametrize("line", ["@capture eth0", "@sleep", "@sleep soon", "@nosuch", "@stop now"])
def test_a_directive_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="is none of"):
        steps(line)
