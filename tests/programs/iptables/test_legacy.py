"""iptables-legacy: rules of ip_tables alone in a namespace; what sees only one kind of two is refused."""

from __future__ import annotations

from vnetsim import Lab


def test_its_rules_are_met_by_packets() -> None:
    lab = Lab()
    lab.run("ip link set lo up; iptables-legacy -A INPUT -p icmp -j DROP")
    assert lab.run("ping -c1 -W1 127.0.0.1").exit_code == 1
    assert "-A INPUT -p icmp -j DROP" in lab.run("iptables-legacy -S INPUT").stdout


def test_both_kinds_in_a_namespace_are_refused() -> None:
    lab = Lab()
    lab.run("ip netns add a; iptables-legacy -A INPUT -j DROP; ip netns exec a iptables -A INPUT -j DROP")
    for line in ("iptables -L", "nft list ruleset", "iptables-save"):
        refusal = f"vnetsim: not modelled: {line.split()[0]} beside rules of iptables-legacy\n"
        assert lab.run(line).stderr == refusal
    refusal = "vnetsim: not modelled: iptables-legacy beside rules of iptables-nft\n"
    assert lab.run("ip netns exec a iptables-legacy -A INPUT -j DROP").stderr == refusal
    assert lab.run("ip netns exec a iptables -S").exit_code == 0
