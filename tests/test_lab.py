"""The front door."""

from __future__ import annotations

import pytest

from tests.machines import pair, ping, typed
from vnetsim import Lab
from vnetsim.errors import UsageError


def test_a_command_that_does_not_end_is_interrupted_and_says_goodbye() -> None:
    lab = pair()
    result = lab.run("ip netns exec a ping 10.0.0.2", timeout_seconds=3.5)
    assert result.timed_out
    assert "4 packets transmitted, 4 received" in result.stdout


def test_the_two_streams_are_told_apart_and_together() -> None:
    result = Lab(docker=False).run("echo out; echo err >&2; false")
    assert (result.stdout, result.stderr, result.output) == ("out\n", "err\n", "out\nerr\n")
    assert result.exit_code == 1
    assert not result


def test_time_passes_while_a_command_runs() -> None:
    lab = Lab(docker=False)
    assert 2.0 < lab.run("sleep 2").seconds < 2.1
    assert lab.run("sleep 600 &").seconds < 1


def test_a_background_program_goes_on_while_time_passes() -> None:
    lab = pair()
    lab.run("ip netns exec a ping -c 3 10.0.0.2 > /tmp/answers &")
    assert "received" not in lab.run("cat /tmp/answers").stdout
    lab.sleep(5)
    assert "3 received" in lab.run("cat /tmp/answers").stdout


def test_two_labs_never_meet() -> None:
    one, other = Lab(docker=False), Lab(docker=False)
    one.run("ip netns add red")
    assert other.run("ip netns list").stdout == ""


def test_the_engine_starts_when_docker_is_first_named() -> None:
    lab = Lab()
    assert "docker0" not in lab.run("ip -br link").stdout
    lab.run("docker network ls")
    assert "docker0" in lab.run("ip -br link").stdout


def test_a_machine_without_an_engine_says_so() -> None:
    result = Lab(docker=False).run("docker ps")
    assert result.exit_code == 1
    assert "Cannot connect to the Docker daemon" in result.stderr


def test_a_loop_of_bridges_is_a_storm_that_ends() -> None:
    lab = Lab(docker=False, frame_limit=20_000)
    typed(
        lab,
        """
        ip link add br0 type bridge
        ip link add br1 type bridge
        ip link add a0 type veth peer name a1
        ip link add b0 type veth peer name b1
        ip addr add 10.0.0.1/24 dev br0
        ip link set lo up
    """,
    )
    for port, bridge in (("a0", "br0"), ("b0", "br0"), ("a1", "br1"), ("b1", "br1")):
        lab.run(f"ip link set {port} master {bridge} up")
    lab.run("ip link set br0 up")
    lab.run("ip link set br1 up")
    result = lab.run("ping -c 1 -W 60 10.0.0.2")
    assert "they circle in a loop" in result.stderr
    assert lab.run("echo still here").stdout == "still here\n"


def test_why_tells_what_ended_a_packet() -> None:
    lab = pair(watch=True)
    typed(lab, "ip netns exec b iptables -A INPUT -p icmp -j DROP")
    assert not ping(lab, "a", "10.0.0.2")
    assert lab.run("why").stdout == (
        "b, eth0: a netfilter rule or policy dropped it (filter INPUT, INPUT rule 1: -p icmp -j DROP)\n"
    )
    assert "leaves eth0" in lab.run("why -v").stdout
    typed(lab, "ip netns exec b iptables -F")
    assert ping(lab, "a", "10.0.0.2")
    assert lab.run("why").stdout == "why: no packet was lost\n"


def test_why_needs_somebody_who_watches() -> None:
    assert lab_without_watching().run("why").exit_code == 1


def lab_without_watching() -> Lab:
    return Lab(docker=False)


def routed() -> Lab:
    """Hosts a and b with a router r between them; b knows no way back."""
    lab = Lab(docker=False, watch=True)
    typed(
        lab,
        """
        ip netns add a
        ip netns add b
        ip netns add r
        ip link add a0 netns a type veth peer name ra netns r
        ip link add b0 netns b type veth peer name rb netns r
        ip -n a addr add 10.0.1.2/24 dev a0
        ip -n r addr add 10.0.1.1/24 dev ra
        ip -n r addr add 10.0.2.1/24 dev rb
        ip -n b addr add 10.0.2.2/24 dev b0
        ip -n a link set a0 up
        ip -n b link set b0 up
        ip -n r link set ra up
        ip -n r link set rb up
    """,
    )
    return lab


def test_why_names_the_way_that_is_missing() -> None:
    lab = routed()
    assert not lab.run("ip netns exec a ping -c 1 -W 1 10.0.2.2")
    assert lab.run("why").stdout == (
        "why: no packet was sent, so none was lost; what the command printed is the reason\n"
    )
    lab.run("ip -n a route add default via 10.0.1.1")
    lab.run("ip netns exec a ping -c 1 -W 1 10.0.2.2")
    assert lab.why() == "r, ra: this host does not forward (10.0.1.2 > 10.0.2.2)\n"
    lab.run("ip netns exec r sysctl -qw net.ipv4.ip_forward=1")
    lab.run("ip netns exec a ping -c 1 -W 1 10.0.2.2")
    assert lab.why() == "b: the echo request arrived, and no route leads its answer back to 10.0.1.2\n"
    lab.run("ip netns exec b nc -lk -p 80 > /dev/null &")
    lab.run("ip netns exec a nc -z -w 1 10.0.2.2 80")
    assert lab.why() == (
        "b: the connection request arrived, and no answer left: its queue is full, or no route leads back to 10.0.1.2\n"
    )
    lab.run("ip -n b route add default via 10.0.2.1")
    assert lab.run("ip netns exec a ping -c 1 -W 1 10.0.2.2")
    assert lab.run("why").stdout == "why: no packet was lost\n"
    assert lab.run("ip netns exec a nc -z -w 1 10.0.2.2 80")
    assert lab.run("why").stdout == "why: no packet was lost\n"


def test_what_ipv6_says_by_itself_is_no_loss() -> None:
    lab = routed()
    lab.run("sleep 5")
    assert lab.why() == ""


def test_a_host_with_an_engine_reaches_itself() -> None:
    assert Lab(docker=True).run("ping -c 1 127.0.0.1")


def test_the_wrong_questions_are_refused_in_a_sentence() -> None:
    lab = Lab(docker=False)
    with pytest.raises(UsageError, match="nobody watches"):
        lab.why()
    with pytest.raises(TypeError, match="found list"):
        lab.do([])  # type: ignore[arg-type]
