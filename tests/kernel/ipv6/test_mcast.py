"""Groups and anycast addresses that follow from the addresses of a device (net/ipv6/mcast.c, anycast.c)."""

from __future__ import annotations

from tests.kernel.six import pair6
from tests.kernel.wires import device
from tests.machines import typed
from vnetsim.kernel.ipv6.mcast import ALL_NODES, has_anycast, is_solicited_node, solicited_node
from vnetsim.wire.inet import IPv6

ADDRESS = IPv6.parse("2001:db8::12:3456")


def test_an_address_joins_its_solicited_node_group() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add 2001:db8::12:3456/64 dev eth0")
    mcast, eth0 = lab.network("a").namespace.mcast6, device(lab, "a", "eth0")
    group = solicited_node(ADDRESS)
    assert str(group) == "ff02::1:ff12:3456"
    assert is_solicited_node(group)
    assert group in mcast.groups(eth0)
    assert mcast.has_joined(eth0, ALL_NODES)
    typed(lab, "ip -n a addr del 2001:db8::12:3456/64 dev eth0")
    assert not mcast.has_joined(eth0, group)


def test_a_router_has_the_anycast_address_of_its_subnets() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add 2001:db8::12:3456/64 dev eth0 nodad")
    eth0 = device(lab, "a", "eth0")
    assert not has_anycast(eth0, IPv6.parse("2001:db8::"))
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.all.forwarding=1")
    assert has_anycast(eth0, IPv6.parse("2001:db8::"))
    assert not has_anycast(eth0, IPv6.parse("2001:db9::"))
