"""What LOG says is read with dmesg, and `-m owner` and the clamp see what the kernel knows of a packet."""

from __future__ import annotations

from vnetsim import Lab

PAIR = """\
ip netns add a
ip link add v0 type veth peer name v1 netns a
ip address add 10.0.0.1/24 dev v0
ip link set v0 up
ip -n a address add 10.0.0.2/24 dev v1
ip -n a link set v1 up
"""


def pair() -> Lab:
    lab = Lab()
    typed(lab, PAIR)
    return lab


def typed(lab: Lab, lines: str) -> str:
    result = lab.run(lines)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_log_speaks_in_the_first_namespace_only() -> None:
    lab = pair()
    for program in ("iptables", "ip netns exec a iptables"):
        typed(lab, f'{program} -A INPUT -p icmp --icmp-type 8 -j LOG --log-prefix "seen: "')
    typed(lab, "ip netns exec a ping -q -c 1 10.0.0.1")
    typed(lab, "ping -q -c 1 10.0.0.2")
    said = typed(lab, "dmesg -t").splitlines()
    assert len(said) == 1
    assert said[0].startswith("seen: IN=v0 OUT= MAC=")
    assert " SRC=10.0.0.2 DST=10.0.0.1 LEN=84 " in said[0]


def test_dmesg_shows_seconds_and_how_urgent_it_was() -> None:
    lab = pair()
    typed(lab, "iptables -A OUTPUT -j LOG --log-level debug\niptables -A OUTPUT -j LOG\nping -q -c 1 10.0.0.2")
    first, second = typed(lab, "dmesg -x").splitlines()
    assert (first[:17], second[:17]) == ("kern  :debug : [ ", "kern  :warn  : [ ")
    assert typed(lab, "dmesg -x -l warn").splitlines() == [second]


def test_an_unknown_level_is_refused_as_dmesg_refuses_it() -> None:
    result = Lab().run("dmesg -l loud")
    assert (result.exit_code, result.stderr) == (1, "dmesg: unknown level 'loud'\n")


def test_owner_knows_what_a_program_sent_from_what_the_kernel_answered() -> None:
    lab = pair()
    typed(lab, "iptables -A OUTPUT -m owner --uid-owner 0 -j ACCEPT\niptables -A OUTPUT -j ACCEPT")
    typed(lab, "ping -q -c 2 10.0.0.2\nip netns exec a ping -q -c 3 10.0.0.1")
    counted = [line.split()[0] for line in typed(lab, "iptables -nvxL OUTPUT").splitlines()[2:]]
    assert counted == ["2", "3"]


def test_facilities_are_told_apart() -> None:
    """Recording: kmsg_flags."""
    lab = Lab(docker=False)
    for line in ("<4>user", "<30>daemon", "<134>local", "<111>none"):
        typed(lab, f"echo '{line}' > /dev/kmsg")
    typed(lab, "ip link add bond9 type bond; ip link set bond9 down; iptables -A OUTPUT -j LOG; ip link set lo up")
    typed(lab, "ping -q -c 1 127.0.0.1")
    assert typed(lab, "dmesg -t -x -u").splitlines() == ["user  :warn  : user", "daemon:info  : daemon"]
    assert typed(lab, "dmesg -t -x | tail -n +3 | head -n 2").splitlines() == ["local", "none"]
    assert typed(lab, "dmesg -t -l info").splitlines() == ["daemon"]
    kernel = typed(lab, "dmesg -t -k").splitlines()
    assert kernel
    assert all("IN=" in line for line in kernel)
    assert len(typed(lab, "dmesg -t -k -u").splitlines()) == len(kernel) + 2


def test_a_line_feed_in_the_log_is_one_message() -> None:
    lab = Lab(docker=False)
    typed(lab, "nft add table ip t; nft 'add chain ip t c { type filter hook output priority 0; }'; ip link set lo up")
    typed(lab, "printf 'add rule ip t c icmp type echo-request log prefix \"p\\nq\"\\n' > /tmp/r; nft -f /tmp/r")
    typed(lab, "ping -q -c 1 127.0.0.1")
    said = typed(lab, "dmesg -t")
    assert said.startswith("p\nqIN= OUT=lo ")
