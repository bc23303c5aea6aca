"""`proxy`: a VXLAN device answers for the neighbours that it knows (recorded as vxlan_evpn_static on Linux 6.18)."""

from __future__ import annotations

from tests.kernel.wires import watched
from tests.machines import pair, ping, typed
from vnetsim import Lab


def evpn(*, ipv6: bool = False) -> Lab:
    """Tunnels vx0 with `proxy` and nothing learned: a knows where 02:..:b2 is, b where 02:..:a1 is, by hand."""
    lab = pair()
    for number, (here, there, mac) in enumerate((("a", 2, "b2"), ("b", 1, "a1")), start=1):
        own = {"a": "a1", "b": "b2"}[here]
        typed(
            lab,
            f"""
            ip -n {here} link add vx0 address 02:00:00:00:00:{own} type vxlan id 7 dstport 4789 nolearning proxy
            ip netns exec {here} sysctl -qw net.ipv6.conf.vx0.disable_ipv6={int(not ipv6)}
            ip -n {here} link set vx0 up
            ip -n {here} addr add 10.1.0.{number}/24 dev vx0
            bridge -n {here} fdb add 02:00:00:00:00:{mac} dev vx0 dst 10.0.0.{there}
        """,
        )
    return lab


def test_requests_never_travel() -> None:
    lab = evpn()
    seen = watched(lab, "b", "eth0")
    assert not ping(lab, "a", "10.1.0.2")
    assert not seen


def test_it_answers_for_whom_it_knows_and_frames_of_others_may_pass() -> None:
    lab = evpn()
    typed(
        lab,
        """
        ip netns add h
        ip -n a link add br0 type bridge mcast_snooping 0
        ip -n a link set br0 up
        ip -n a link set vx0 master br0
        ip -n a link add p type veth peer name eth0 netns h address 02:00:00:00:00:11
        ip -n a link set p up master br0
        ip -n h link set eth0 up
        ip -n h addr add 10.1.0.9/24 dev eth0
        bridge -n b fdb add 02:00:00:00:00:11 dev vx0 dst 10.0.0.1
        ip -n b neigh replace 10.1.0.9 lladdr 02:00:00:00:00:11 dev vx0
    """,
    )
    assert not ping(lab, "h", "10.1.0.2")
    typed(lab, "ip -n a neigh replace 10.1.0.2 lladdr 02:00:00:00:00:b2 dev vx0")
    assert ping(lab, "h", "10.1.0.2")
    assert "lladdr 02:00:00:00:00:b2 REACHABLE" in lab.run("ip -n h neigh show").stdout


def test_it_answers_solicitations_as_well() -> None:
    lab = evpn(ipv6=True)
    typed(
        lab,
        """
        ip -n a addr add fd00::1/64 dev vx0 nodad
        ip -n b addr add fd00::2/64 dev vx0 nodad
        ip -n b neigh replace fd00::1 lladdr 02:00:00:00:00:a1 dev vx0
    """,
    )
    assert not ping(lab, "a", "fd00::2")
    typed(lab, "ip -n a neigh replace fd00::2 lladdr 02:00:00:00:00:b2 dev vx0")
    assert ping(lab, "a", "fd00::2")
