"""Groups that sockets of the kernel join (RFC 3810; recorded as vxlan_over_ipv6 on Linux 6.18)."""

from __future__ import annotations

from tests.kernel.six import pair6
from tests.kernel.wires import device
from vnetsim.wire.inet import IPv6

GROUP = IPv6.parse("ff05::100")


def test_the_last_socket_that_leaves_takes_the_device_out_of_the_group() -> None:
    lab = pair6()
    namespace, eth0 = lab.network("a").namespace, device(lab, "a", "eth0")
    for _ in range(2):
        namespace.mld.join_group(eth0, GROUP)
    namespace.mld.leave_group(eth0, GROUP)
    assert namespace.mcast6.has_joined(eth0, GROUP)
    namespace.mld.leave_group(eth0, GROUP)
    assert not namespace.mcast6.has_joined(eth0, GROUP)
    namespace.mld.leave_group(eth0, GROUP)
    assert not namespace.mcast6.has_joined(eth0, GROUP)


def test_nothing_is_left_of_a_device_that_is_gone() -> None:
    lab = pair6()
    namespace, eth0 = lab.network("a").namespace, device(lab, "a", "eth0")
    namespace.mld.join_group(eth0, GROUP)
    lab.run("ip -n a link del eth0")
    assert namespace.mcast6.groups(eth0) == []
