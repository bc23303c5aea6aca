"""Datagrams of tunnels over IPv6: room for the header, and no pieces (recorded as vxlan_over_ipv6 on Linux 6.18)."""

from __future__ import annotations

from tests.kernel.six import pair6
from tests.kernel.wires import lost
from tests.machines import ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason


def tunnel6(more: str = "") -> Lab:
    """A tunnel vx0 between 10.1.0.1 (a) and 10.1.0.2 (b) over IPv6."""
    lab = pair6(watch=True)
    for number, (here, there) in enumerate((("a", 2), ("b", 1)), start=1):
        typed(
            lab,
            f"""
            ip -n {here} addr add 2001:db8::{number}/64 dev eth0 nodad
            ip -n {here} link add vx0 type vxlan id 7 remote 2001:db8::{there} dstport 4789 {more}
            ip -n {here} link set vx0 up
            ip -n {here} addr add 10.1.0.{number}/24 dev vx0
        """,
        )
    lab.sleep(3)
    return lab


def test_a_packet_has_seventy_bytes_before_it() -> None:
    lab = tunnel6("dev eth0")
    assert "mtu 1430" in lab.run("ip -n a link show vx0").stdout
    assert ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1402")
    assert not ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1403")
    assert "-" not in lab.run("ip -n a link set vx0 mtu 1430").output
    assert "Invalid argument" in lab.run("ip -n a link set vx0 mtu 1431").stderr


def test_a_datagram_over_ipv6_that_is_too_long_is_lost_and_its_sender_remembers() -> None:
    lab = tunnel6()
    assert not ping(lab, "b", "10.1.0.1", "-c 1 -W 1 -s 1422")
    assert "mtu 1430" in lab.run("ip -n b route get 10.1.0.1").stdout
    assert not ping(lab, "b", "10.1.0.1", "-c 1 -W 1 -s 1422"), "a does not know yet"
    assert DropReason.ICMP_FRAG_NEEDED in lost(lab)
    assert ping(lab, "b", "10.1.0.1", "-c 1 -W 1 -s 1422")


def test_the_same_network_may_be_there_once_for_each_version_of_ip() -> None:
    lab = tunnel6()
    add = "ip -n a link add vx1 type vxlan id 7 dstport 4789 remote"
    assert "already exists" in lab.run(f"{add} 2001:db8::3").stderr
    assert lab.run(f"{add} 10.0.0.3").exit_code == 0
