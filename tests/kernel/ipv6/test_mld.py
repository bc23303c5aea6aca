"""Groups that sockets of the kernel join (RFC 3810; recorded as vxlan_over_ipv6 on Linux 6.18)."""

from __future__ import annotations

from tests.kernel.six import messages, pair6
from tests.kernel.wires import device, watched
from tests.machines import typed
from vnetsim.wire.icmpv6 import TO_EXCLUDE, TO_INCLUDE
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


def test_an_address_with_autojoin_is_a_group_that_is_joined() -> None:
    """Recording: addr_autojoin."""
    lab = pair6()
    heard = watched(lab, "b", "eth0")
    typed(lab, "ip -n a addr add ff15::5/128 dev eth0 autojoin nodad")
    assert "inet6 ff15::5/128 scope site nodad autojoin \n" in lab.run("ip -n a addr show dev eth0").stdout
    assert "\tinet6 ff15::5\n" in lab.run("ip -n a maddr show dev eth0").stdout
    typed(lab, "ip -n a addr change ff15::5/128 dev eth0")
    lab.sleep(3)
    typed(lab, "ip -n a addr del ff15::5/128 dev eth0")
    lab.sleep(3)
    records = [record for message in messages(heard) for record in message.records()]
    assert [record.type for record in records if str(record.group) == "ff15::5"] == [TO_EXCLUDE] * 2 + [TO_INCLUDE] * 2
    assert "ff15::5" not in lab.run("ip -n a maddr show dev eth0").stdout


def test_a_group_that_lost_its_address_stays_joined_and_cannot_be_joined_again() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add ff15::5/128 dev eth0 autojoin\nip -n a link set eth0 down\nip -n a link set eth0 up")
    assert "\tinet6 ff15::5\n" in lab.run("ip -n a maddr show dev eth0").stdout
    again = lab.run("ip -n a addr add ff15::5/128 dev eth0 autojoin")
    assert (again.exit_code, again.stderr) == (2, "Error: ipv6: Multicast auto join failed.\n")
